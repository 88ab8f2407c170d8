"""Who used what: records counted by principal."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from records import ACCOUNT, ANN, NOON, OPS, by_role, by_user, record

from helpers.analysis.trail.event_table import event_table
from helpers.analysis.trail.usage import caller, usage

# Recorded events that lie beside the project, where they do.
NAMED = Path("shared", "data", "cloudtrail-invictus")
REAL = next((p / NAMED for p in Path(__file__).resolve().parents if (p / NAMED).exists()), None)


def test_uses_of_a_user() -> None:
    found = usage(
        [
            record("iam", "ListUsers", days=1),
            record("iam", "ListUsers"),
            record("iam", "ListUsers", days=2, error="AccessDenied"),
            record("iam", "GetUser", error="NoSuchEntityException"),
        ]
    )
    use = found.of(ANN)["iam:ListUsers"]
    assert (use.count, use.denied) == (2, 1)
    assert (use.first, use.last) == (NOON, NOON + timedelta(days=1))
    assert use.last_denied == use.last_tried == NOON + timedelta(days=2)
    # What failed for another reason needed the permission all the same.
    assert found.of(ANN)["iam:GetUser"].count == 1
    assert found.keys == {"AKIAIOSFODNN7EXAMPLE": NOON + timedelta(days=2)}
    assert found.last_of_service(ANN, "iam") == NOON + timedelta(days=2)
    assert found.last_of_service(ANN, "s3") is None
    assert (found.first, found.last) == (NOON, NOON + timedelta(days=2))


def test_what_each_key_did() -> None:
    second = {**by_user(), "accessKeyId": "AKIAI44QH8DHBEXAMPLE"}
    found = usage(
        [
            record("iam", "ListUsers"),
            record("iam", "ListRoles", second),
            record("s3", "ListBuckets", by_role()),
        ]
    )
    assert {key: list(uses) for key, uses in found.by_key.items()} == {
        "AKIAIOSFODNN7EXAMPLE": ["iam:ListUsers"],
        "AKIAI44QH8DHBEXAMPLE": ["iam:ListRoles"],
    }


def test_sessions_are_the_roles() -> None:
    found = usage(
        [record("s3", "ListBuckets", by_role("ann")), record("s3", "ListBuckets", by_role("bob"))]
    )
    assert found.of(OPS)["s3:ListAllMyBuckets"].count == 2
    assert set(found.by_principal) == {OPS}


@pytest.mark.parametrize(
    ("identity", "arn", "reason"),
    [
        (
            {"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root"},
            f"arn:aws:iam::{ACCOUNT}:root",
            "",
        ),
        (
            {"type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/ann"},
            f"arn:aws:iam::{ACCOUNT}:role/ops",
            "",
        ),
        (
            {"type": "FederatedUser", "sessionContext": {"sessionIssuer": {"arn": ANN}}},
            ANN,
            "",
        ),
        ({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}, None, "an AWS service"),
        ({"accountId": ACCOUNT, "invokedBy": "rds.amazonaws.com"}, None, "an AWS service"),
        ({"type": "AWSAccount", "accountId": "444455556666"}, None, "a caller of another account"),
        ({"type": "SAMLUser"}, None, "a user of an identity provider"),
        ({"type": "AssumedRole"}, None, "no principal that can be told"),
        ({}, None, "no principal that can be told"),
        (None, None, "no userIdentity"),
        ("ann", None, "no userIdentity"),
    ],
)
def test_callers(identity: Any, arn: str | None, reason: str) -> None:
    found = caller({"userIdentity": identity})
    assert (found.arn, found.reason) == (arn, reason)


def test_nothing_is_lost_silently() -> None:
    found = usage(
        [
            record("iam", "ListUsers", {"type": "AWSService"}),
            record("iam", "DoMagic"),
            {"eventName": "ListUsers"},
            record("iam", "ListUsers", eventTime="yesterday"),
        ]
    )
    assert found.unattributed == {"an AWS service": 1, "no time": 2}
    assert found.unknown == {"iam.amazonaws.com DoMagic": 1}
    assert found.of(ANN) == {}


def test_sign_ins() -> None:
    event = record("signin", "ConsoleLogin", eventType="AwsConsoleSignIn")
    failed = {**event, "responseElements": {"ConsoleLogin": "Failure"}}
    assert usage([failed]).signed_in == {}
    good = {**event, "responseElements": {"ConsoleLogin": "Success"}}
    assert usage([good]).signed_in == {ANN: NOON}


def test_only_what_lies_within_the_time() -> None:
    events = [record("iam", "ListUsers", days=day) for day in (0, 5, 10)]
    found = usage(events, NOON + timedelta(days=1), NOON + timedelta(days=9))
    assert found.of(ANN)["iam:ListUsers"].count == 1


def test_old_records_of_data_events_do_not_say_that_they_are() -> None:
    """Before version 1.06, as in the logs of many training grounds."""
    old = [record("s3", name) for name in ("GetObject", "HeadBucket", "ListBuckets")]
    assert usage(old[:1]).data_services == {"s3"}
    assert usage(old[1:]).data_services == set()
    assert usage([record("lambda", "Invoke")]).data_services == {"lambda"}
    assert usage([record("s3", "GetObject", managementEvent=True)]).data_services == set()


def test_resources_that_were_seen() -> None:
    def put(key: str) -> dict[str, Any]:
        return record("s3", "PutObject", requestParameters={"bucketName": "b", "key": key})

    use = usage([put("1"), put("2"), put("1")]).of(ANN)["s3:PutObject"]
    assert use.resources == {"arn:aws:s3:::b/1", "arn:aws:s3:::b/2"}
    assert not use.without_resource
    many = usage(put(str(number)) for number in range(500)).of(ANN)["s3:PutObject"]
    assert many.without_resource
    assert len(many.resources) <= 100


@pytest.mark.skipif(REAL is None, reason="the recorded events are not here")
def test_every_real_event_is_attributed_or_counted() -> None:
    records: list[dict[str, Any]] = []
    assert REAL is not None
    for path in REAL.rglob("*.json*"):
        data = path.read_bytes()
        records += json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)["Records"]
    assert len(records) > 2_000
    found = usage(records)
    counted = sum(
        use.count + use.denied for uses in found.by_principal.values() for use in uses.values()
    )
    assert counted > 0.95 * len(records)
    assert set(found.unknown) <= {"s3.amazonaws.com GetStorageLensDashboardDataInternal"}
    assert set(found.unattributed) <= {"an AWS service", "no principal that can be told"}
    assert found.unattributed["no principal that can be told"] <= 3


ODD: list[Any] = [0, 1.5, True, ["x"], {"a": 1}]
PLACES = (
    "eventType",
    "eventName",
    "eventSource",
    "eventTime",
    "eventCategory",
    "errorCode",
    "resources",
    "requestParameters",
    "userIdentity type",
    "userIdentity arn",
    "userIdentity accessKeyId",
    "userIdentity invokedBy",
    "userIdentity sessionContext",
)


@pytest.mark.parametrize("place", PLACES)
def test_values_of_another_type_are_as_good_as_none(place: str) -> None:
    for made in (record("iam", "PutUserPolicy"), record("s3", "GetObject", by_role())):
        for odd in ODD:
            *above, last = place.split()
            outer = {key: dict(made[key]) for key in above}
            event = {**made, **outer}
            (event[above[0]] if above else event)[last] = odd
            found = usage([event])
            uses = [use for by in found.by_principal.values() for use in by.values()]
            counted = sum(use.count + use.denied for use in uses)
            assert counted + found.unattributed.total() + found.unknown.total() <= 1
            assert len(event_table([event])) == 1
            assert caller(event).access_key_id is None or isinstance(
                caller(event).access_key_id, str
            )


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
def test_a_time_outside_of_the_calendar_is_none(text: str) -> None:
    assert usage([record("iam", "ListUsers", eventTime=text)]).unattributed == {"no time": 1}
