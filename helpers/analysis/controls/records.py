"""Controls on what is recorded and watched: trails, their files, access analyzers.

AWS: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from helpers.analysis.controls.control import (
    Evidence,
    Severity,
    bad,
    control,
    each,
    good,
    unknown,
    verdict,
)
from helpers.analysis.controls.mending import Document, Step
from helpers.analysis.controls.storage import PUBLIC_CALLS, privacy
from helpers.analysis.snapshot import Snapshot
from helpers.analysis.sources.account_calls import CannotTell
from helpers.analysis.sources.account_reading import HOME

TRAILS = "cloudtrail:DescribeTrails"
STATUS, SELECTORS = "cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors"
ALL_OBJECTS = ("arn:aws:s3", "arn:aws:s3:::")
"""How a selector of data events names the objects of all buckets."""

NO_TRAIL = "there is no trail"


def _trails(snapshot: Snapshot) -> dict[str, dict[str, Any]]:
    """ARN → trail, of all Regions that were looked at. Raises ``CannotTell``."""
    regions = [asked.of for asked in snapshot.answers if asked.call == TRAILS]
    if not regions:
        raise CannotTell(f"{TRAILS} was not read")
    found: dict[str, dict[str, Any]] = {}
    refused = None
    for region in regions:
        try:
            trails = snapshot.answer(TRAILS, of=region)["trailList"]
        except CannotTell as reason:
            refused = reason
        else:
            found.update({one["TrailARN"]: one for one in trails})
    if refused is not None and not found:
        raise refused
    return found


def _of_the_account(snapshot: Snapshot, trails: Mapping[str, Any]) -> str:
    """The trail that is best made better: one of many Regions, else any of this account's."""
    own = [arn for arn in trails if f":{snapshot.account}:" in arn]
    own.sort(key=lambda arn: not trails[arn].get("IsMultiRegionTrail"))
    return next(iter(own), "")


def _new_trail(account: str) -> tuple[Step, ...]:
    """The calls that make a bucket and a trail of all Regions that writes to it."""
    bucket, name = f"trail-of-{account}", "all-regions"
    service = {"Service": "cloudtrail.amazonaws.com"}
    source = {"aws:SourceArn": f"arn:aws:cloudtrail:{HOME}:{account}:trail/{name}"}
    allow = {"Effect": "Allow", "Principal": service, "Condition": {"StringEquals": source}}
    arn = f"arn:aws:s3:::{bucket}"
    statements = [
        {**allow, "Action": "s3:GetBucketAcl", "Resource": arn},
        {**allow, "Action": "s3:PutObject", "Resource": f"{arn}/AWSLogs/{account}/*"},
    ]
    policy = Document({"Version": "2012-10-17", "Statement": statements})
    trail = {
        "Name": name,
        "S3BucketName": bucket,
        "IsMultiRegionTrail": True,
        "EnableLogFileValidation": True,
    }
    return (
        Step("s3", "create_bucket", {"Bucket": bucket}, HOME),
        Step("s3", "put_bucket_policy", {"Bucket": bucket, "Policy": policy}, HOME),
        Step("cloudtrail", "create_trail", trail, HOME),
        Step("cloudtrail", "start_logging", {"Name": name}, HOME),
    )


# What a trail selects ----------------------------------------------------------------------------


def _selectors(snapshot: Snapshot, arn: str) -> dict[str, Any]:
    return snapshot.answer(SELECTORS, of=arn)


def _fields(selector: Mapping[str, Any]) -> dict[str, Any]:
    """An advanced selector as field → values, for selectors that only say what a field equals."""
    found = {}
    for one in selector["FieldSelectors"]:
        values = one.get("Equals")
        narrow = set(one) - {"Field", "Equals"} or not isinstance(values, Sequence)
        found[str(one.get("Field"))] = () if narrow else tuple(values)
    return found


def _all_management(selectors: Mapping[str, Any]) -> bool:
    """Whether all management events are recorded; AWS's default, no selectors, does."""
    classic = selectors.get("EventSelectors", [])
    advanced = selectors.get("AdvancedEventSelectors", [])
    if not classic and not advanced:
        return True
    return any(_fields(one) == {"eventCategory": ("Management",)} for one in advanced) or any(
        one.get("IncludeManagementEvents", True)
        and one.get("ReadWriteType", "All") == "All"
        and not one.get("ExcludeManagementEventSources")
        for one in classic
    )


_DATA = {"eventCategory": ("Data",), "resources.type": ("AWS::S3::Object",)}


def _all_objects(selectors: Mapping[str, Any]) -> bool:
    """Whether reads and writes of all buckets' objects are recorded."""
    return any(_fields(one) == _DATA for one in selectors.get("AdvancedEventSelectors", [])) or any(
        data["Type"] == "AWS::S3::Object" and set(data.get("Values", ())) & set(ALL_OBJECTS)
        for one in selectors.get("EventSelectors", [])
        if one.get("ReadWriteType", "All") == "All"
        for data in one.get("DataResources", ())
    )


def _select(arn: str, home: str, selectors: Mapping[str, Any], *, objects: bool) -> Step:
    """The call that lets a trail record all management events, beside what it records now."""
    advanced = list(selectors.get("AdvancedEventSelectors", []))
    if advanced:
        wanted = [{"eventCategory": ("Management",)}, *([_DATA] if objects else [])]
        kept = [one for one in advanced if _fields(one).get("eventCategory") != ("Management",)]
        added = [
            {"FieldSelectors": [{"Field": f, "Equals": list(v)} for f, v in fields.items()]}
            for fields in wanted
        ]
        given: dict[str, Any] = {"AdvancedEventSelectors": [*kept, *added]}
    else:
        classic = selectors.get("EventSelectors", [])
        data = [each for one in classic for each in one.get("DataResources", ())]
        if objects:
            data = [one for one in data if one["Type"] != "AWS::S3::Object"]
            data.append({"Type": "AWS::S3::Object", "Values": [ALL_OBJECTS[0]]})
        selector = {
            "ReadWriteType": "All",
            "IncludeManagementEvents": True,
            "DataResources": data,
        }
        given = {"EventSelectors": [selector]}
    return Step("cloudtrail", "put_event_selectors", {"TrailName": arn, **given}, home)


# The controls ------------------------------------------------------------------------------------


@control(
    "trail-everywhere",
    "A trail records every management event of all Regions",
    why="What is not recorded cannot be found out later, and attackers like Regions that nobody "
    "looks at.",
    mend="Make the trail one of all Regions, let it record reads and writes, and start it; or make "
    "a new one with a bucket of its own, better in an account of its own.",
    severity=Severity.HIGH,
    calls=[TRAILS, STATUS, SELECTORS, "sts:GetCallerIdentity"],
    cis="4.1",
    security_hub="CloudTrail.1",
)
def trail_everywhere(snapshot: Snapshot) -> Iterator[Evidence]:
    trails = _trails(snapshot)
    best = _of_the_account(snapshot, trails)
    told: list[Evidence] = []
    for arn, trail in trails.items():
        try:
            logging = snapshot.answer(STATUS, of=arn)["IsLogging"]
            selectors = _selectors(snapshot, arn)
        except CannotTell as reason:
            told.append(unknown(arn, str(reason)))
            continue
        faults = [
            fault
            for fault, there in (
                ("it is of one Region", not trail.get("IsMultiRegionTrail")),
                ("it is stopped", not logging),
                ("it leaves management events out", not _all_management(selectors)),
            )
            if there
        ]
        if not faults:
            yield good(arn, "it records all management events of all Regions")
            return
        name, home = {"Name": arn}, trail["HomeRegion"]
        steps = [
            Step("cloudtrail", "update_trail", {**name, "IsMultiRegionTrail": True}, home),
            Step("cloudtrail", "start_logging", name, home),
        ]
        if not _all_management(selectors):
            steps.append(_select(arn, home, selectors, objects=_all_objects(selectors)))
        told.append(bad(arn, ", ".join(faults), *(steps if arn == best else ())))
    # Of which one cannot tell may be the one that records everything.
    if any(one.text.startswith("cannot tell") for one in told):
        yield from (one for one in told if one.text.startswith("cannot tell"))
        return
    yield from told
    if not best:
        yield bad("account", NO_TRAIL, *_new_trail(snapshot.account))


@control(
    "trail-validation",
    "Changes of a trail's files are noticed",
    why="Who can write to the bucket could take their own traces out; signed digests show it.",
    mend="Turn log file validation on; `aws cloudtrail validate-logs` then checks the files.",
    severity=Severity.LOW,
    calls=[TRAILS, "sts:GetCallerIdentity"],
    security_hub="CloudTrail.4",
)
def trail_validation(snapshot: Snapshot) -> Iterator[Evidence]:
    trails = _trails(snapshot)
    for arn, trail in trails.items():
        given = {"Name": arn, "EnableLogFileValidation": True}
        yield verdict(
            trail.get("LogFileValidationEnabled", False),
            arn,
            "its files are validated",
            "its files are not validated",
            Step("cloudtrail", "update_trail", given, trail["HomeRegion"]),
        )
    if not trails:
        yield bad("account", NO_TRAIL, *_new_trail(snapshot.account))


@control(
    "trail-bucket-private",
    "The bucket of a trail is not public",
    why="The record tells who works how with what: a plan for whoever wants to get in.",
    mend="Block public access to the bucket; CloudTrail writes to it all the same.",
    severity=Severity.CRITICAL,
    calls=[TRAILS, *PUBLIC_CALLS, "sts:GetCallerIdentity"],
    security_hub="CloudTrail.6",
)
def trail_bucket_private(snapshot: Snapshot) -> Iterator[Evidence]:
    trails = _trails(snapshot)
    buckets = dict.fromkeys(trail["S3BucketName"] for trail in trails.values())
    yield from each(buckets, lambda bucket: [privacy(snapshot, bucket)])
    if not trails:
        yield bad("account", NO_TRAIL, *_new_trail(snapshot.account))


@control(
    "trail-s3-objects",
    "A trail records who reads and writes objects",
    why="Without data events nobody can say afterwards which files were taken.",
    mend="Let the trail record data events of S3. They are paid for by number: where that is too "
    "much, name the buckets that matter (this control wants all).",
    severity=Severity.MEDIUM,
    calls=[TRAILS, SELECTORS, "sts:GetCallerIdentity"],
    security_hub="S3.22, S3.23",
)
def trail_s3_objects(snapshot: Snapshot) -> Iterator[Evidence]:
    trails = _trails(snapshot)
    best = _of_the_account(snapshot, trails)
    steps: list[Step] = []
    told: list[Evidence] = []
    for arn, trail in trails.items():
        try:
            selectors = _selectors(snapshot, arn)
        except CannotTell as reason:
            told.append(unknown(arn, str(reason)))
            continue
        if _all_objects(selectors):
            yield good(arn, "it records reads and writes of all objects")
            return
        if arn == best:
            steps.append(_select(arn, trail["HomeRegion"], selectors, objects=True))
    if told:
        yield from told
        return
    if not best:
        steps += _new_trail(snapshot.account)
        arn = f"arn:aws:cloudtrail:{HOME}:{snapshot.account}:trail/all-regions"
        steps.append(_select(arn, HOME, {}, objects=True))
    yield bad("account", "no trail records reads and writes of all objects", *steps)


@control(
    "analyzer-everywhere",
    "An access analyzer watches every Region",
    why="It tells which buckets, roles and keys somebody outside can reach, whenever that changes.",
    mend="Make an analyzer for external access in each Region; it costs nothing.",
    severity=Severity.MEDIUM,
    calls=["access-analyzer:ListAnalyzers"],
    cis="2.18",
    security_hub="IAM.28",
)
def analyzer_everywhere(snapshot: Snapshot) -> Iterator[Evidence]:
    def judge(region: str) -> Iterator[Evidence]:
        found = snapshot.answer("access-analyzer:ListAnalyzers", region=region)["analyzers"]
        active = [
            one["arn"]
            for one in found
            if one["type"] in ("ACCOUNT", "ORGANIZATION") and one["status"] == "ACTIVE"
        ]
        yield verdict(
            bool(active),
            region,
            f"{', '.join(active)} watches it",
            "no analyzer for external access watches it",
            Step(
                "accessanalyzer",
                "create_analyzer",
                {"analyzerName": "external-access", "type": "ACCOUNT"},
                region,
            ),
        )

    yield from each(looked_at(snapshot), judge)


def looked_at(snapshot: Snapshot) -> tuple[str, ...]:
    """The Regions of a snapshot. Raises ``CannotTell`` where there are none."""
    if not snapshot.regions:
        raise CannotTell("no Region was looked at")
    return snapshot.regions
