"""The table of what is granted and what was used."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from helpers.analysis.permissions.granted_used import COLUMNS, granted_used, granted_used_by_key
from helpers.analysis.permissions.unused import Verdict, rows
from helpers.analysis.trail.usage import Usage, usage

IAM = "arn:aws:iam::111122223333"
ANN, OPS = f"{IAM}:user/ann", f"{IAM}:role/team/ops"
START = datetime(2026, 9, 1, tzinfo=UTC)
KEY = "AKIAIOSFODNN7EXAMPLE"


def policy(*actions: str, **more: Any) -> Mapping[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"} | more
    return {"Version": "2012-10-17", "Statement": [statement]}


DETAILS = {
    "UserDetailList": [
        {
            "Arn": ANN,
            "UserName": "ann",
            "Path": "/",
            "CreateDate": START - timedelta(days=300),
            "UserPolicyList": [
                {"PolicyName": "Own", "PolicyDocument": policy("iam:*AccessKey*", "s3:GetObject")}
            ],
            "GroupList": ["readers"],
        }
    ],
    "GroupDetailList": [
        {
            "GroupName": "readers",
            "GroupPolicyList": [
                {"PolicyName": "Read", "PolicyDocument": policy("iam:List*", "iam:PassRole")}
            ],
        }
    ],
    "RoleDetailList": [
        {
            "Arn": OPS,
            "RoleName": "ops",
            "Path": "/team/",
            "CreateDate": START + timedelta(days=5),
            "RolePolicyList": [
                {"PolicyName": "Work", "PolicyDocument": policy("sqs:ListQueues", "sqs:*Queue")}
            ],
        }
    ],
}


def call(
    day: int, service: str, name: str, arn: str = ANN, key: str | None = KEY, **more: Any
) -> dict[str, Any]:
    return {
        "eventTime": f"{START + timedelta(days=day):%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "userIdentity": {"type": "IAMUser", "arn": arn, "accessKeyId": key},
        **more,
    }


def session(day: int, service: str, name: str) -> dict[str, Any]:
    """A call of the role whose record does not tell the role's path."""
    arn = "arn:aws:sts::111122223333:assumed-role/ops/ann"
    return call(day, service, name) | {"userIdentity": {"type": "AssumedRole", "arn": arn}}


RECORDS = [
    call(1, "iam", "ListUsers"),
    call(9, "iam", "ListUsers"),
    call(7, "iam", "ListUsers", errorCode="AccessDenied"),
    call(3, "iam", "CreateUser", errorCode="AccessDenied"),
    call(4, "kms", "ListKeys"),
    session(6, "sqs", "ListQueues"),
    call(8, "iam", "ListRoles", arn=f"{IAM}:root", key=None),
    call(8, "iam", "ListRoles", arn=f"{IAM}:user/gone", key="AKIA2222222222222222"),
]


def row(table: pd.DataFrame, principal: str, action: str) -> dict[str, Any]:
    (found,) = table[(table.principal == principal) & (table.action == action)].to_dict("records")
    return found


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return granted_used(DETAILS, usage(RECORDS), START)


def test_columns_and_types(table: pd.DataFrame) -> None:
    assert list(table.columns) == list(COLUMNS)
    assert str(table.dtypes["last_used"]) == "datetime64[s, UTC]"
    assert str(table.dtypes["uses"]) == "int64"
    assert str(table.dtypes["verdict"]) == "category"
    assert not table.duplicated(["principal", "action"]).any()


@pytest.mark.parametrize(
    ("principal", "action", "expected"),
    [
        (ANN, "iam:ListUsers", {"verdict": "used", "uses": 2, "denied": 1, "policies": "Read"}),
        (ANN, "iam:ListAccessKeys", {"verdict": "unused", "uses": 0, "policies": "Own, Read"}),
        (
            ANN,
            "iam:ListAccessKeys",
            {"statements": "Own, statement no. 1; Read, statement no. 1"},
        ),
        (ANN, "kms:ListKeys", {"statements": ""}),
        (ANN, "iam:PassRole", {"verdict": "not recorded by CloudTrail"}),
        (ANN, "s3:GetObject", {"verdict": "recorded in data events only, and there are none"}),
        (ANN, "kms:ListKeys", {"verdict": "used, no policy of its own grants it", "policies": ""}),
        (ANN, "iam:CreateUser", {"verdict": "tried, not granted", "uses": 0, "denied": 1}),
        (OPS, "sqs:ListQueues", {"verdict": "used", "uses": 1, "kind": "role"}),
        (OPS, "sqs:CreateQueue", {"verdict": "granted for less than the tracking period"}),
        (f"{IAM}:root", "iam:ListRoles", {"kind": "root"}),
        (f"{IAM}:user/gone", "iam:ListRoles", {"kind": "not in the details", "uses": 1}),
    ],
)
def test_verdicts(
    table: pd.DataFrame, principal: str, action: str, expected: dict[str, Any]
) -> None:
    found = row(table, principal, action)
    assert {name: found[name] for name in expected} == expected


def test_times(table: pd.DataFrame) -> None:
    found = row(table, ANN, "iam:ListUsers")
    assert found["first_used"] == pd.Timestamp(START + timedelta(days=1))
    assert found["last_used"] == pd.Timestamp(START + timedelta(days=9))
    assert found["last_denied"] == pd.Timestamp(START + timedelta(days=7))
    assert found["since"] == pd.Timestamp(START - timedelta(days=300))
    assert row(table, ANN, "iam:ListAccessKeys")["last_used"] is pd.NaT


def test_the_table_has_what_the_rows_have(table: pd.DataFrame) -> None:
    """The findings of Access Analyzer in the lab come from ``rows``."""
    from helpers.analysis.permissions.entities import entities

    used = usage(RECORDS)
    (ann, _) = entities(DETAILS)
    of_ann = {each.action: str(each.verdict) for each in rows(ann, used, START)}
    shown = table[(table.principal == ANN) & (table.policies != "")]
    assert dict(zip(shown.action, shown.verdict, strict=True)) == of_ann


def test_only_some_actions() -> None:
    found = granted_used(DETAILS, usage(RECORDS), START, actions="sqs:*")
    assert set(found.service) == {"sqs"}
    assert len(found) > 3


def test_the_period_begins_with_the_record() -> None:
    found = granted_used(DETAILS, usage(RECORDS))
    assert row(found, OPS, "sqs:CreateQueue")["verdict"] == Verdict.TOO_NEW
    later = granted_used(DETAILS, usage(RECORDS), START + timedelta(days=20))
    assert row(later, OPS, "sqs:CreateQueue")["verdict"] == Verdict.UNUSED
    assert row(later, ANN, "iam:ListUsers")["verdict"] == Verdict.UNUSED
    assert row(later, ANN, "iam:ListUsers")["uses"] == 2


def test_the_record_tells_since_when_somebody_has_a_policy() -> None:
    given = call(30, "iam", "PutUserPolicy", requestParameters={
        "userName": "ann", "policyName": "Own", "policyDocument": "{}"})  # fmt: skip
    found = granted_used(DETAILS, usage([*RECORDS, given]), START)
    assert row(found, ANN, "iam:CreateAccessKey")["verdict"] == Verdict.TOO_NEW
    assert row(found, ANN, "iam:CreateAccessKey")["since"] == pd.Timestamp(
        START + timedelta(days=30)
    )
    assert row(found, ANN, "iam:ListRoles")["verdict"] == Verdict.UNUSED
    refused = given | {"errorCode": "AccessDenied"}
    found = granted_used(DETAILS, usage([*RECORDS, refused]), START)
    assert row(found, ANN, "iam:CreateAccessKey")["verdict"] == Verdict.UNUSED


def test_without_records_it_says_so() -> None:
    with pytest.raises(ValueError, match="no record of CloudTrail"):
        granted_used(DETAILS, Usage())
    assert len(granted_used({}, Usage(), START)) == 0


def test_by_access_key() -> None:
    found = granted_used_by_key(DETAILS, usage(RECORDS), START)
    assert set(found.access_key) == {"AKIA************MPLE", "AKIA************2222"}
    assert set(found.principal) == {ANN, f"{IAM}:user/gone"}
    assert row(found, ANN, "iam:ListUsers")["uses"] == 2
    assert row(found, ANN, "iam:ListAccessKeys")["verdict"] == Verdict.UNUSED
    assert not found.astype("str").apply(lambda column: column.str.contains(KEY)).any().any()
