"""Trails: made for a bucket that CloudTrail may write to, switched on and off, asked how they are.

AWS page: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from helpers.lab import seam
from helpers.lab.errors import AwsError
from helpers.lab.services import cloudtrail_delivery as delivery
from helpers.lab.services.registry import Asked, answers

TRAILS_PER_REGION = 5

RESOLUTION = timedelta(seconds=1)
"""Events carry whole seconds."""


def trail_of(asked: Asked, name: str) -> Any:
    """moto's trail of that name in this Region, of that ARN, or of all Regions by its name."""
    trails = seam.trails(asked.account.id)
    for trail in trails:
        here = trail.region_name == asked.call.region or trail.is_multi_region
        if trail.arn == name or (trail.trail_name == name and here):
            return trail
    arn = f"arn:aws:cloudtrail:{asked.call.region}:{asked.account.id}:trail/{name}"
    arn = name if name.startswith("arn:") else arn
    raise AwsError(
        "TrailNotFoundException", f"Unknown trail: {arn} for the user: {asked.account.id}"
    )


def at_home(asked: Asked, name: str) -> Any:
    """The same, for what can be done in the trail's home Region only."""
    trail = trail_of(asked, name)
    if trail.region_name != asked.call.region:
        raise AwsError(
            "InvalidHomeRegionException",
            f"The trail {trail.trail_name} can be changed in its home Region only: "
            f"{trail.region_name}.",
        )
    return trail


def _must_be_writable(asked: Asked, arn: str, bucket: str, prefix: str | None) -> None:
    """Refuse a bucket whose policy does not let CloudTrail in; moto looks for the bucket."""
    if delivery.refusal(arn, asked.account.id, bucket, prefix) == "AccessDenied":
        raise AwsError(
            "InsufficientS3BucketPolicyException",
            f"Incorrect S3 bucket policy is detected for bucket: {bucket}",
        )


@answers("cloudtrail", "CreateTrail")
def create_trail(asked: Asked) -> Any:
    name, region = asked.parameters["Name"], asked.call.region
    here = [one for one in seam.trails(asked.account.id) if one.region_name == region]
    if any(trail.trail_name == name for trail in here):
        raise AwsError(
            "TrailAlreadyExistsException",
            f"Trail {name} already exists for customer: {asked.account.id}",
        )
    if len(here) >= TRAILS_PER_REGION:
        raise AwsError(
            "MaximumNumberOfTrailsExceededException",
            f"User: {asked.account.id} already has {len(here)} trails in {region}.",
        )
    arn = f"arn:aws:cloudtrail:{region}:{asked.account.id}:trail/{name}"
    bucket, prefix = asked.parameters["S3BucketName"], asked.parameters.get("S3KeyPrefix")
    _must_be_writable(asked, arn, bucket, prefix)
    answer = asked.forward()
    if answer[0] < 400:
        delivery.deliveries(asked.account)[arn] = delivery.Delivery(len(asked.world.trail.events))
        asked.world.trail.served(
            delivery.SERVICE,
            "s3.amazonaws.com",
            "GetBucketAcl",
            asked.account.id,
            region,
            asked.now,
            request={
                "bucketName": bucket,
                "acl": "",
                "Host": f"{bucket}.s3.{region}.amazonaws.com",
            },
            resources=[
                {
                    "accountId": seam.s3_account_of(bucket),
                    "type": "AWS::S3::Bucket",
                    "ARN": f"arn:aws:s3:::{bucket}",
                }
            ],
            read_only=True,
        )
    return answer


@answers("cloudtrail", "UpdateTrail")
def update_trail(asked: Asked) -> Any:
    trail = at_home(asked, asked.parameters["Name"])
    bucket = asked.parameters.get("S3BucketName") or trail.bucket_name
    prefix = asked.parameters.get("S3KeyPrefix", trail.s3_key_prefix)
    if seam.s3_bucket(bucket) is None:
        raise AwsError("S3BucketDoesNotExistException", f"S3 bucket {bucket} does not exist!")
    _must_be_writable(asked, trail.arn, bucket, prefix)
    delivery.deliver(asked.world, asked.account)
    return asked.forward()


@answers("cloudtrail", "DeleteTrail")
def delete_trail(asked: Asked) -> None:
    trail = at_home(asked, asked.parameters["Name"])
    delivery.deliver(asked.world, asked.account)
    seam.forget_trail(trail)
    delivery.deliveries(asked.account).pop(trail.arn, None)


@answers("cloudtrail", "StartLogging")
def start_logging(asked: Asked) -> None:
    trail = at_home(asked, asked.parameters["Name"])
    state = _state(asked, trail)
    trail.start_logging()
    if not state.is_logging:
        state.logging.append((asked.now, None))


@answers("cloudtrail", "StopLogging")
def stop_logging(asked: Asked) -> None:
    trail = at_home(asked, asked.parameters["Name"])
    state = _state(asked, trail)
    trail.stop_logging()
    if state.is_logging:
        # The call that stops it is the last that is logged.
        state.logging[-1] = (state.logging[-1][0], asked.now + RESOLUTION)


def _state(asked: Asked, trail: Any) -> delivery.Delivery:
    return delivery.deliveries(asked.account).setdefault(trail.arn, delivery.Delivery())


@answers("cloudtrail", "GetTrailStatus")
def get_trail_status(asked: Asked) -> Any:
    trail = trail_of(asked, asked.parameters["Name"])
    delivery.deliver(asked.world, asked.account)
    state = _state(asked, trail)
    found: dict[str, Any] = {"IsLogging": state.is_logging}
    started = state.logging[-1][0] if state.logging else None
    stops = [end for _, end in state.logging if end is not None]
    stopped = stops[-1] - RESOLUTION if stops else None
    found["LatestDeliveryError"] = state.error
    for name, at in (
        ("LatestDeliveryTime", state.latest),
        ("StartLoggingTime", started),
        ("StopLoggingTime", stopped),
    ):
        if at is not None:
            found[name] = at
    found["TimeLoggingStarted"] = _written(started)
    found["TimeLoggingStopped"] = _written(stopped)
    found["LatestDeliveryAttemptTime"] = _written(state.latest)
    return {name: value for name, value in found.items() if value is not None}


def _written(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at is not None else ""


@answers("cloudtrail", "DescribeTrails", "GetTrail")
def describe_trails(asked: Asked) -> Any:
    """moto's answer, which never says whether a trail has selectors of its own and Insights."""
    answer = asked.forward()
    status, _, body = answer
    if status >= 400:
        return answer
    found = json.loads(body)
    own = {trail.arn: trail for trail in seam.trails(asked.account.id)}
    for trail in found.get("trailList") or [found.get("Trail") or {}]:
        if (kept := own.get(trail.get("TrailARN"))) is not None:
            custom = kept.event_selectors or kept.advanced_event_selectors
            trail["HasCustomEventSelectors"] = bool(custom)
            trail["HasInsightSelectors"] = bool(kept.insight_selectors)
    return found
