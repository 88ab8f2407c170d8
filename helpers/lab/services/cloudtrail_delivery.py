"""Log files in a trail's bucket: every five minutes, what the trail's event selectors let in.

Nothing runs in the background: the files that are due are put there when somebody calls S3, or
asks for the trail's status.

AWS pages: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html,
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from helpers.lab import seam
from helpers.lab.account import Account
from helpers.lab.callers import Principal
from helpers.lab.services.registry import checks
from helpers.lab.trail import files
from helpers.lab.wire import Call
from helpers.lab.world import World
from helpers.policy import Policies, PolicyError, Request, evaluate

SERVICE = "cloudtrail.amazonaws.com"
GLOBAL_SOURCES = frozenset({"iam.amazonaws.com", "sts.amazonaws.com", "cloudfront.amazonaws.com"})

Event = dict[str, Any]


@dataclass
class Delivery:
    """What a trail has delivered: up to which event, since when it logs, what went wrong."""

    read: int = 0
    logging: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    """When logging was switched on, and when off again."""
    latest: datetime | None = None
    error: str | None = None

    @property
    def is_logging(self) -> bool:
        """Whether the trail logs now."""
        return bool(self.logging) and self.logging[-1][1] is None

    def covers(self, at: datetime) -> bool:
        """Whether the trail logged at that time."""
        return any(begin <= at and (end is None or at < end) for begin, end in self.logging)


def deliveries(account: Account) -> dict[str, Delivery]:
    """The deliveries of an account's trails, by the trail's ARN."""
    return account.own.setdefault("cloudtrail", {})


def refusal(trail_arn: str, account_id: str, bucket: str, prefix: str | None) -> str | None:
    """Why CloudTrail cannot write to a bucket: S3's error code; ``None``: it can."""
    owner, stored = seam.s3_account_of(bucket), seam.s3_bucket(bucket)
    if owner is None or stored is None:
        return "NoSuchBucket"
    if not stored.policy:
        return "AccessDenied"
    document = stored.policy.decode()
    folder = f"{prefix}/" if prefix else ""
    asked = {
        "s3:GetBucketAcl": f"arn:aws:s3:::{bucket}",
        "s3:PutObject": f"arn:aws:s3:::{bucket}/{folder}AWSLogs/{account_id}/CloudTrail/file",
    }
    context = {
        "aws:PrincipalServiceName": SERVICE,
        "aws:PrincipalIsAWSService": "true",
        "aws:SourceAccount": account_id,
        "aws:SourceArn": trail_arn,
        "aws:SecureTransport": "true",
        "s3:x-amz-acl": "bucket-owner-full-control",
    }
    try:
        policies = Policies(identity=[], resource=(bucket, document))
    except PolicyError:
        return "AccessDenied"
    for action, resource in asked.items():
        request = Request(
            action=action,
            resource=resource,
            principal=SERVICE,
            context=context,
            resource_account=owner,
        )
        if evaluate(request, policies).effect != "allowed":
            return "AccessDenied"
    return None


def deliver(world: World, account: Account) -> None:
    """Put the files that are due into the buckets of an account's trails."""
    known = deliveries(account)
    for trail in seam.trails(account.id) if known else ():
        state = known.get(trail.arn)
        if state is not None:
            _deliver(world, trail, state)


def _deliver(world: World, trail: Any, state: Delivery) -> None:
    events, now = world.trail.events, world.clock.now
    end, due = state.read, []
    while end < len(events) and files.delivered_at(events[end]) <= now:
        if _takes(trail, state, events[end]):
            due.append(events[end])
        end += 1
    if due:
        state.error = refusal(trail.arn, trail.account_id, trail.bucket_name, trail.s3_key_prefix)
        if state.error is not None:
            return  # tried again the next time
        owner = seam.s3_account_of(trail.bucket_name)
        prefix = f"{trail.s3_key_prefix}/" if trail.s3_key_prefix else ""
        with world.clock.hold():
            for key, content in files.packed(due, prefix):
                seam.put_log_file(str(owner), trail.bucket_name, key, content)
        state.latest = files.delivered_at(due[-1])
    state.read = end


def _takes(trail: Any, state: Delivery, event: Event) -> bool:
    """Whether an event is one that a trail logs."""
    at = datetime.strptime(event["eventTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    if event["recipientAccountId"] != trail.account_id or not state.covers(at):
        return False
    if not trail.is_multi_region and event["awsRegion"] != trail.region_name:
        return False
    if event["eventSource"] in GLOBAL_SOURCES and trail.include_global_service_events is False:
        return False
    if trail.advanced_event_selectors and not trail.event_selectors:
        return any(_advanced(selector, event) for selector in trail.advanced_event_selectors)
    selectors = trail.event_selectors or [{}]
    return any(_basic(selector, event) for selector in selectors)


def _basic(selector: dict[str, Any], event: Event) -> bool:
    wanted = selector.get("ReadWriteType") or "All"
    if wanted != "All" and event["readOnly"] is not (wanted == "ReadOnly"):
        return False
    if event["managementEvent"]:
        excluded = selector.get("ExcludeManagementEventSources") or ()
        included = selector.get("IncludeManagementEvents", True)
        return bool(included) and event["eventSource"] not in excluded
    return any(
        resource.get("type") == data.get("Type")
        and any(_arn(resource).startswith(value) for value in data.get("Values") or ())
        for data in selector.get("DataResources") or ()
        for resource in event.get("resources") or ()
    )


def _arn(resource: dict[str, Any]) -> str:
    return str(resource.get("ARN") or resource.get("ARNPrefix") or "")


COMPARISONS = {
    "Equals": lambda found, value: found == value,
    "StartsWith": str.startswith,
    "EndsWith": str.endswith,
}


def _advanced(selector: dict[str, Any], event: Event) -> bool:
    return all(_field(condition, event) for condition in selector.get("FieldSelectors") or ())


def _field(condition: dict[str, Any], event: Event) -> bool:
    """Whether an event has a field's value: any that is named, and none that is ruled out."""
    found = _values(str(condition.get("Field")), event)
    for name, compare in COMPARISONS.items():
        wanted, unwanted = condition.get(name), condition.get(f"Not{name}")
        if wanted and not any(compare(one, value) for one in found for value in wanted):
            return False
        if unwanted and any(compare(one, value) for one in found for value in unwanted):
            return False
    return True


def _values(name: str, event: Event) -> list[str]:
    resources = event.get("resources") or ()
    if name == "resources.type":
        # An object's event names its bucket too, but is selected by the object.
        return [str(resource.get("type")) for resource in resources[:1]]
    if name == "resources.ARN":
        return [_arn(resource) for resource in resources[:1]]
    if name == "userIdentity.arn":
        return [str(event["userIdentity"].get("arn", ""))]
    value = event.get(name)
    return [str(value).lower() if isinstance(value, bool) else str(value)]


@checks("s3")
def deliver_before_anybody_looks(call: Call, principal: Principal, world: World) -> None:
    """Files that are due are there before the call that might look for them."""
    for account in world.accounts.values():
        if "cloudtrail" in account.own:
            deliver(world, account)
