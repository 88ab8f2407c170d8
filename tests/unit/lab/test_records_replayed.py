"""Calls made again from their record alone: the policies say the same as they said to the call."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lab_calls import (
    ACCOUNT,
    DENY_WITHOUT_MFA,
    allow,
    client,
    enrol,
    new_user,
    outcome,
    policy,
    statement,
    trust,
)

from helpers import Lab
from helpers.analysis.permissions.replay import Replay, replays
from helpers.lab.trail import records
from helpers.policy import Decision, evaluate

JUDGED_ON_MORE_THAN_THE_RECORD_TELLS = {
    ("iam:ListRoles", f"arn:aws:iam::{ACCOUNT}:role/"),
    ("iam:ListUsers", f"arn:aws:iam::{ACCOUNT}:user/"),
    ("s3:ListAllMyBuckets", "arn:aws:s3:::*"),
}
"""Actions that have no resource by the reference, and the one that IAM and S3 judge them on."""

NOT_READ = {
    ("AddRoleToInstanceProfile", "iam:PassRole"),
}
"""What a call needs beside the actions that are read from its record."""

AUDIT = "arn:aws:iam::aws:policy/SecurityAudit"

UNLISTED = {"s3:objectcreationoperation", "sts:durationseconds", "sts:rolesessionname"}
"""Keys that came with an action which, by the reference, does not carry them."""

Pair = tuple[dict[str, Any], tuple[Decision, ...]]


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> list[Pair]:
    """Each record with the lab's own decisions on its call, filled when the trail is read."""
    found: list[Pair] = []
    made = records.of

    def of(note: Any) -> list[dict[str, Any]]:
        events = made(note)
        found.append((events[0], getattr(note, "decisions", ())))
        return events

    monkeypatch.setattr(records, "of", of)
    return found


def compare(pairs: list[Pair]) -> tuple[int, int]:
    """How many requests were allowed and denied, by the record as by the lab."""
    allowed = denied = 0
    for event, decisions in pairs:
        asked = replays(event)
        for decision in decisions:
            action, resource = decision.request.action, decision.request.resource
            of_it = [one for one in asked if one.request.action == action]
            if not of_it and (event["eventName"], action) in NOT_READ:
                continue
            if not of_it and any(one.denied for one in asked):
                continue  # the message names the action that was denied, and that alone
            found = next((one for one in of_it if one.request.resource == resource), of_it[0])
            assert evaluate(found.request, decision._policies).effect == decision.effect, event
            if found.names_resource and not found.denied:
                assert (
                    found.request.resource == resource
                    or (action, resource) in JUDGED_ON_MORE_THAN_THE_RECORD_TELLS
                ), event
            same_keys(found, decision)
            allowed += decision.allowed
            denied += not decision.allowed
    return allowed, denied


def same_keys(found: Replay, decision: Decision) -> None:
    """What the record tells of the context is so, and what it calls missing was missing."""
    true = decision.request.folded_context
    told = found.request.folded_context
    assert {key: true.get(key) for key in told} == told
    left_open = found.untold(true)
    wrongly_missing = {key for key in true if key not in told and key not in left_open}
    assert wrongly_missing <= UNLISTED


@pytest.mark.parametrize("scenario", ["office", "hijacked"])
def test_a_scenario(scenario: str, noted: list[Pair]) -> None:
    lab = Lab.start(scenario=scenario)
    try:
        assert lab.trail.events
        allowed, _ = compare(noted)
        assert allowed > 50
    finally:
        Lab.stop()


def test_conditions_and_sessions(lab: Lab, noted: list[Pair]) -> None:
    s3, iam = lab.root.client("s3"), lab.root.client("iam")
    s3.create_bucket(Bucket="payroll")
    s3.put_object(Bucket="payroll", Key="2026/a.csv", Body=b"1")
    home = {"StringLike": {"s3:prefix": "${aws:username}/*"}}
    here = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    ann = new_user(lab, "ann", allow(["iam:*", "sts:*"]), json.dumps(DENY_WITHOUT_MFA))
    bob = new_user(
        lab,
        "bob",
        policy(
            statement("Allow", "s3:ListBucket", Condition=home),
            statement("Allow", "s3:GetObject", "arn:aws:s3:::payroll/2026/*", Condition=here),
            statement("Allow", "sts:AssumeRole"),
            statement("Allow", "s3:PutObject", "arn:aws:s3:::payroll/copies/*"),
        ),
    )
    iam.create_role(
        RoleName="ops",
        AssumeRolePolicyDocument=trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
        Tags=[{"Key": "team", "Value": "red"}],
    )
    iam.put_role_policy(
        RoleName="ops", PolicyName="p", PolicyDocument=allow(["iam:GetUser", "iam:List*"])
    )
    outcomes = [outcome(ann.client("iam").create_user, UserName="x")]
    phone = enrol(lab, iam, "ann")
    session = ann.client("sts").get_session_token(
        SerialNumber=phone.serial, TokenCode=phone.fresh()
    )
    lab.clock.advance(minutes=7)
    with_mfa = client(session["Credentials"], "iam")
    outcomes.append(outcome(with_mfa.create_user, UserName="eve"))
    outcomes.append(outcome(with_mfa.attach_user_policy, UserName="eve", PolicyArn=AUDIT))
    for_bob = bob.client("s3")
    for prefix in ("bob/x", "ann/x"):
        outcomes.append(outcome(for_bob.list_objects_v2, Bucket="payroll", Prefix=prefix))
    for key in ("2026/a.csv", "2027/a.csv"):
        outcomes.append(outcome(for_bob.get_object, Bucket="payroll", Key=key))
    source = {"Bucket": "payroll", "Key": "2026/a.csv"}
    for key in ("copies/a.csv", "2026/b.csv"):
        outcomes.append(outcome(for_bob.copy_object, Bucket="payroll", Key=key, CopySource=source))
    outcomes.append(outcome(for_bob.list_buckets))
    role = bob.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/ops", RoleSessionName="bob"
    )
    lab.root.client("iam").update_assume_role_policy(
        RoleName="ops", PolicyDocument=trust({"AWS": "*"}).replace("sts:AssumeRole", "sts:*")
    )
    new_user(lab, "eva", allow("sts:*")).client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/ops",
        RoleSessionName="eva",
        SourceIdentity="eva",
        Tags=[{"Key": "team", "Value": "blue"}],
    )
    of_role = client(role["Credentials"], "iam")
    for call in (of_role.get_user, of_role.create_user):
        outcomes.append(outcome(call, UserName="ann"))
    with_mfa.get_user()
    assert lab.trail.events
    allowed, denied = compare(noted)
    assert outcomes.count("allowed") == 6
    assert denied == len(outcomes) - 6
    assert allowed >= 15
