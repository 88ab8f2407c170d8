"""Granted against used, and what can be said of it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from records import ANN, NOON, allowing, by_user, details, record

from helpers.analysis.permissions.entities import entities, granted
from helpers.analysis.permissions.unused import Verdict, rows, unused_services
from helpers.analysis.trail.usage import usage

START = NOON + timedelta(days=10)
LATER = 20


def verdicts(
    found: dict[str, Any], events: list[dict[str, Any]] | None = None, **others: Any
) -> dict[str, Verdict]:
    (entity,) = entities(found, events or [])
    return {row.action: row.verdict for row in rows(entity, usage(events or []), START, **others)}


def test_used_and_unused() -> None:
    found = details(allowing("iam:ListUsers", "iam:ListRoles", "iam:PassRole", "s3:GetObject"))
    events = [record("iam", "ListUsers", days=LATER), record("iam", "ListRoles", days=1)]
    assert verdicts(found, events) == {
        "iam:ListUsers": Verdict.USED,
        "iam:ListRoles": Verdict.UNUSED,  # before the period
        "iam:PassRole": Verdict.NEVER_LOGGED,
        "s3:GetObject": Verdict.NO_DATA_EVENTS,
    }


def test_data_events_are_judged_where_there_are_any() -> None:
    found = details(allowing("s3:GetObject", "s3:PutObject", "dynamodb:GetItem"))
    events = [
        record(
            "s3",
            "GetObject",
            days=LATER,
            managementEvent=False,
            requestParameters={"bucketName": "b", "key": "k"},
        )
    ]
    assert verdicts(found, events) == {
        "s3:GetObject": Verdict.USED,
        "s3:PutObject": Verdict.UNUSED,
        "dynamodb:GetItem": Verdict.NO_DATA_EVENTS,
    }
    assert verdicts(found, data_events=["dynamodb"])["dynamodb:GetItem"] is Verdict.UNUSED


def test_denied_attempts_are_no_use() -> None:
    found = details(allowing("iam:ListUsers"))
    events = [record("iam", "ListUsers", days=LATER, error="AccessDenied")]
    (entity,) = entities(found)
    (row,) = rows(entity, usage(events), START)
    assert row.verdict is Verdict.UNUSED
    assert row.last_denied == NOON + timedelta(days=LATER)
    # IAM's last accessed information counts them; so do Access Analyzer's findings.
    assert unused_services(entity, usage(events), START) == []


def test_only_what_was_there_all_the_time_is_judged() -> None:
    found = details(allowing("iam:ListUsers"), allowing("iam:ListRoles", "iam:ListUsers"))
    put = record(
        "iam",
        "PutUserPolicy",
        by_user("root"),
        days=LATER,
        requestParameters={"userName": "ann", "policyName": "p1"},
    )
    assert verdicts(found, [put]) == {
        "iam:ListUsers": Verdict.UNUSED,  # p0 granted it before
        "iam:ListRoles": Verdict.TOO_NEW,
    }
    failed = {**put, "errorCode": "AccessDenied"}
    assert verdicts(found, [failed])["iam:ListRoles"] is Verdict.UNUSED
    young = details(allowing("iam:ListUsers"), CreateDate=(START + timedelta(days=1)).isoformat())
    assert verdicts(young) == {"iam:ListUsers": Verdict.TOO_NEW}


def test_another_accounts_changes_are_none_of_this_one() -> None:
    """A trail of the organization has the records of all its accounts."""
    found = details(allowing("iam:ListUsers"))
    parameters = {"userName": "ann", "policyName": "p0"}
    put = record("iam", "PutUserPolicy", days=LATER, requestParameters=parameters)
    assert verdicts(found, [put]) == {"iam:ListUsers": Verdict.TOO_NEW}
    elsewhere = {**put, "recipientAccountId": "444455556666"}
    assert verdicts(found, [elsewhere]) == {"iam:ListUsers": Verdict.UNUSED}
    # An old record names its account in the caller's ARN alone.
    old = {key: value for key, value in put.items() if key != "recipientAccountId"}
    assert verdicts(found, [old]) == {"iam:ListUsers": Verdict.TOO_NEW}


@pytest.mark.parametrize("event", ["PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary"])
def test_what_another_boundary_lets_through_is_new(event: str) -> None:
    changed = record("iam", event, days=LATER, requestParameters={"userName": "ann"})
    found = details(allowing("iam:ListUsers"))
    assert verdicts(found, [changed]) == {"iam:ListUsers": Verdict.TOO_NEW}
    others = {**changed, "requestParameters": {"userName": "ben"}}
    assert verdicts(found, [others]) == {"iam:ListUsers": Verdict.UNUSED}


def test_groups_managed_policies_and_boundaries() -> None:
    queues, bound = (
        "arn:aws:iam::111122223333:policy/queues",
        "arn:aws:iam::111122223333:policy/bound",
    )

    def managed(arn: str, document: dict[str, Any], days: int = 0) -> dict[str, Any]:
        at = (NOON + timedelta(days=days)).isoformat()
        old = {"VersionId": "v1", "Document": allowing("ec2:*"), "CreateDate": NOON.isoformat()}
        new = {
            "VersionId": "v2",
            "Document": document,
            "CreateDate": at,
            "IsDefaultVersion": True,
        }
        return {"Arn": arn, "DefaultVersionId": "v2", "PolicyVersionList": [new, old]}

    found = details(
        GroupList=["g"],
        PermissionsBoundary={"PermissionsBoundaryArn": bound},
    )
    found["GroupDetailList"] = [
        {
            "Arn": "arn:aws:iam::111122223333:group/g",
            "GroupName": "g",
            "GroupPolicyList": [
                {
                    "PolicyName": "p",
                    "PolicyDocument": allowing("iam:ListUsers", "s3:ListAllMyBuckets"),
                }
            ],
            "AttachedManagedPolicies": [{"PolicyArn": queues, "PolicyName": "queues"}],
        }
    ]
    found["Policies"] = [
        managed(queues, allowing("sqs:ListQueues"), days=LATER),
        managed(bound, allowing("iam:*", "sqs:*")),
    ]
    (entity,) = entities(found)
    assert [(one.id, one.group) for one in entity.policies] == [("p", "g"), (queues, "g")]
    assert [row.action for row in granted(entity)] == ["iam:ListUsers", "sqs:ListQueues"]
    assert verdicts(found) == {
        "iam:ListUsers": Verdict.UNUSED,
        "sqs:ListQueues": Verdict.TOO_NEW,  # the version in force is new
    }
    joined = record(
        "iam",
        "AddUserToGroup",
        by_user("root"),
        days=LATER,
        requestParameters={"userName": "ann", "groupName": "g"},
    )
    assert set(verdicts(found, [joined]).values()) == {Verdict.TOO_NEW}
    # A boundary whose policy is gone allows nothing.
    found["Policies"].pop()
    assert verdicts(found) == {}


def test_documents_as_the_api_encodes_them() -> None:
    text = quote(json.dumps(allowing("iam:ListUsers")))
    found = details()
    found["UserDetailList"][0]["UserPolicyList"] = [{"PolicyName": "p", "PolicyDocument": text}]
    assert list(verdicts(found)) == ["iam:ListUsers"]
    broken = details()
    broken["UserDetailList"][0]["UserPolicyList"] = [{"PolicyName": "p", "PolicyDocument": "{"}]
    assert verdicts(broken) == {}


def test_services_as_access_analyzer_reports_them() -> None:
    found = details(allowing("iam:ListUsers", "iam:ListRoles", "iam:PassRole", "sqs:*", "s3:*"))
    events = [
        record("iam", "ListUsers", days=LATER),
        record("sqs", "ListQueues", days=1),
        record("s3", "GetObject", days=LATER),
    ]
    (entity,) = entities(found)
    by_service = {one.service: one for one in unused_services(entity, usage(events), START)}
    assert set(by_service) == {"iam", "s3", "sqs"}
    assert by_service["iam"].actions == (("iam:ListRoles", None),)
    assert by_service["sqs"].actions == ()
    assert by_service["sqs"].last_tried == NOON + timedelta(days=1)
    actions = [action for action, _ in by_service["s3"].actions]
    assert "s3:CreateBucket" in actions
    assert "s3:PutObject" not in actions
    assert entity.arn == ANN
