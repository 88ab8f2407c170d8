"""The proof of a smaller policy: what passes, what fails, and what nobody can tell."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from records import ANN, OPS, allowing, by_role, details, record

from helpers.analysis.permissions.entities import Entity, entities
from helpers.analysis.permissions.proof import prove
from helpers.analysis.permissions.proof_result import Outcome, Proof, Reason
from helpers.policy import PolicyError

PAYROLL = "arn:aws:s3:::payroll/*"
READ = record(
    "s3", "GetObject", requestParameters={"bucketName": "payroll", "key": "a"}, eventCategory="Data"
)
LIST = record("iam", "ListUsers")
DELETE = record("iam", "DeleteUser", requestParameters={"userName": "bob"}, error="AccessDenied")


def ann(*documents: dict[str, Any], **others: Any) -> Entity:
    return entities(details(*documents, **others))[0]


def proof(old: dict[str, Any], new: dict[str, Any], *events: Any, **options: Any) -> Proof:
    return prove(ann(old), events, [("p0", new)], **options)


def on(resource: str, *actions: str, **others: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource, **others}
    return {"Version": "2012-10-17", "Statement": [statement]}


def test_it_holds() -> None:
    small = on("*", "iam:ListUsers", "s3:GetObject")
    found = proof(allowing("iam:*", "s3:*"), small, READ, READ, LIST, DELETE)
    assert found.holds is True
    assert str(found).splitlines()[0] == "Proof for user ann: it holds."
    (inexact,), passed = found.inexact, found.passed
    assert inexact.reason is Reason.DENIED_ELSEWHERE
    assert inexact.is_safe
    assert [(row.request.action, row.calls) for row in passed] == [
        ("iam:ListUsers", 1),
        ("s3:GetObject", 2),
    ]
    assert {one.after for one in found.removed} == {"implicitDeny"}
    assert {one.before for one in found.removed} == {"allowed"}
    assert {"iam:DeleteUser", "s3:DeleteBucket"} <= {one.action for one in found.removed}


def test_a_used_action_that_is_gone() -> None:
    found = proof(allowing("iam:*", "s3:*"), allowing("iam:ListUsers"), READ, LIST)
    (failed,) = found.failed
    assert (failed.request.action, failed.outcome) == ("s3:GetObject", Outcome.FAILS)
    assert found.holds is False
    assert "✖ 1 recorded call (1 different request): was allowed, is refused now" in str(found)
    assert "s3:GetObject on arn:aws:s3:::payroll/a" in str(found)


def test_a_resource_that_is_gone() -> None:
    wide = allowing("s3:GetObject")
    assert proof(wide, on(PAYROLL, "s3:GetObject"), READ, removed=[]).holds is True
    assert proof(wide, on("arn:aws:s3:::other/*", "s3:GetObject"), READ, removed=[]).failed


def test_something_new() -> None:
    old = on(PAYROLL, "s3:GetObject")
    new = on("*", "s3:GetObject")
    new["Statement"][0]["Sid"] = "Wide"
    found = proof(old, new, READ)
    assert [str(origin) for origin in found.new_access] == ["p0, statement Wide"]
    assert found.holds is False
    assert not found.failed
    # A Deny that is dropped gives access, though the Allow is the old one.
    deny = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}
    both = {"Version": "2012-10-17", "Statement": [*old["Statement"], deny]}
    found = prove(ann(both), [], [("p0", old)])
    assert found.new_access
    assert found.holds is False


def test_a_denied_call_that_passes_now() -> None:
    found = proof(allowing("iam:List*"), allowing("iam:List*", "iam:DeleteUser"), DELETE)
    (failed,) = found.failed
    assert failed.outcome is Outcome.NEWLY_ALLOWED
    assert found.new_access


def test_a_removed_action_that_is_allowed_still() -> None:
    found = proof(allowing("iam:*"), allowing("iam:Delete*"), removed=["iam:DeleteUser"])
    (one,) = found.removed
    assert (one.after, one.is_certain) == ("allowed", False)
    assert found.holds is False
    # Allowed on other resources: refused where it was tried, and no more is said.
    other = on("arn:aws:iam::111122223333:user/temp/*", "iam:DeleteUser")
    found = proof(allowing("iam:*"), other, removed=["iam:DeleteUser"])
    assert found.holds is None
    assert "perhaps not on all" in str(found)
    # Allowed here and denied there: certain all the same.
    deny = {"Effect": "Deny", "Action": "iam:Delete*", "Resource": "*"}
    other["Statement"].append(deny)
    assert proof(allowing("iam:*"), other, removed=["iam:DeleteUser"]).holds is True


@pytest.mark.parametrize(
    ("event", "old", "reason"),
    [
        (record("sqs", "ReceiveMessage"), allowing("sqs:*"), Reason.RESOURCE),
        (
            READ,
            allowing("s3:*", Condition={"StringEquals": {"s3:ExistingObjectTag/open": "yes"}}),
            Reason.CONTEXT,
        ),
        (READ, allowing("iam:*"), Reason.ALLOWED_ELSEWHERE),
        (DELETE, allowing("iam:*"), Reason.DENIED_ELSEWHERE),
    ],
)
def test_what_cannot_be_replayed_exactly(
    event: dict[str, Any], old: dict[str, Any], reason: Reason
) -> None:
    found = proof(old, old, event)
    (row,) = found.inexact
    assert row.reason is reason
    assert row.is_safe  # nothing is changed
    assert found.holds is True
    assert not found.passed
    assert str(reason) in str(found)


def test_an_inexact_call_is_open_where_its_action_is_narrowed() -> None:
    event = record("sqs", "ReceiveMessage")
    old, new = allowing("sqs:*"), on("arn:aws:sqs:*:*:jobs", "sqs:*")
    found = proof(old, new, event, removed=[])
    assert [row.is_safe for row in found.inexact] == [False]
    assert found.holds is None
    assert "nothing speaks against it" in str(found)
    # With the action as it was, and others removed, it is safe.
    found = proof(old, allowing("sqs:ReceiveMessage"), event)
    assert [row.is_safe for row in found.inexact] == [True]
    assert found.holds is True


def test_the_condition_keys_that_the_record_tells_are_no_gap() -> None:
    here = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    policy = allowing("s3:*", Condition=here)
    inside, outside = (
        READ | {"sourceIPAddress": "203.0.113.9"},
        READ | {"sourceIPAddress": "10.1.1.1"},
    )
    found = proof(policy, policy, inside, outside)
    assert [row.request.context["aws:SourceIp"] for row in found.passed] == ["203.0.113.9"]
    assert [row.reason for row in found.inexact] == [Reason.ALLOWED_ELSEWHERE]
    (row,) = proof(policy, policy, READ).inexact
    assert row.keys == ("aws:SourceIp",)


def test_others_calls_and_events_of_no_known_action() -> None:
    unknown = record("iam", "InventUser")
    found = proof(
        allowing("iam:*"), allowing("iam:*"), record("iam", "ListUsers", by_role()), unknown
    )
    assert found.used == ()
    assert found.unread == Counter({"iam.amazonaws.com InventUser": 1})
    assert found.holds is None
    assert "InventUser" in str(found)


def test_a_boundary_and_a_broken_document_count() -> None:
    old = ann({"Version": "2012-10-17", "Statement": []}, allowing("iam:*"))
    found = prove(old, [LIST], [("p1", allowing("iam:ListUsers"))], removed=["iam:DeleteUser"])
    assert found.holds is True
    with pytest.raises(PolicyError):
        prove(old, [LIST], [("p1", {"Statement": "none"})])
    boundary = "arn:aws:iam::111122223333:policy/edge"
    version = {"Document": allowing("s3:*"), "IsDefaultVersion": True}
    made = details(allowing("iam:*"), PermissionsBoundary={"PermissionsBoundaryArn": boundary})
    made["Policies"] = [{"Arn": boundary, "PolicyVersionList": [version]}]
    found = prove(entities(made)[0], [LIST], [("p0", allowing("iam:*"))])
    assert [row.reason for row in found.inexact] == [Reason.ALLOWED_ELSEWHERE]


def test_the_table() -> None:
    found = proof(allowing("iam:*"), allowing("iam:ListUsers"), LIST, LIST, DELETE)
    table = found.frame()
    assert list(table.columns) == [
        *("part", "action", "resource", "before", "after", "result", "reason", "calls", "last"),
        "ok",
    ]
    used = table[table.part == "use"].set_index("action")
    assert used.loc["iam:ListUsers", "calls"] == 2
    assert used.loc["iam:DeleteUser", "reason"] == str(Reason.DENIED_ELSEWHERE)
    removed = table[table.part == "removed"]
    assert len(removed) == len(found.removed) > 100
    assert removed.ok.all()
    assert proof(allowing("iam:*"), allowing("s3:*")).frame().ok.tolist().count(False) == 1
    assert list(proof(allowing("iam:*"), allowing("iam:*")).frame().columns) == list(table.columns)


def test_roles() -> None:
    role = Entity(OPS, "role", "ops", "/team/", None, ann(allowing("iam:*")).policies)
    found = prove(
        role, [record("iam", "ListUsers", by_role()), LIST], [("p0", allowing("iam:List*"))]
    )
    assert [row.calls for row in found.passed] == [1]
    assert ANN not in {row.request.principal for row in found.used}


def test_what_a_role_or_another_account_must_allow_too() -> None:
    other = "arn:aws:iam::444455556666:role/ops"
    for role in (OPS, other):
        assumed = record("sts", "AssumeRole", requestParameters={"roleArn": role})
        kept = proof(allowing("sts:*"), on(role, "sts:AssumeRole"), assumed, removed=[])
        assert [row.request.resource for row in kept.passed] == [role]
        assert kept.holds is True
        lost = proof(allowing("sts:*"), allowing("sts:GetSessionToken"), assumed)
        assert [row.outcome for row in lost.failed] == [Outcome.FAILS]
    removed = {one.action: one for one in lost.removed}
    assert removed["sts:AssumeRole"].before == "allowed"
    key = "arn:aws:kms:us-east-1:111122223333:key/1"
    read = record("kms", "Decrypt", resources=[{"ARN": key, "accountId": "111122223333"}])
    assert proof(allowing("kms:*"), on(key, "kms:Decrypt"), read, removed=[]).passed
