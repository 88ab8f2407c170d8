"""Each small right alone makes an administrator, without it nothing does, and nothing is left."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lab_calls import allow, policy, statement

from helpers import Lab
from helpers.lab.attacks.escalation import (
    ADMINISTRATOR_ACCESS,
    AROUND_A_BOUNDARY,
    WAYS,
    Target,
    Way,
    escalate,
)

PARTNER = "444455556666"


def set_the_stage(lab: Lab, account: Any) -> Target:
    """An account of any number with what the ways work on."""
    iam = account.root.client("iam")
    if account.id != lab.account.id:
        iam.create_group(GroupName="administrators")
        iam.attach_group_policy(GroupName="administrators", PolicyArn=ADMINISTRATOR_ACCESS)
        iam.create_user(UserName="admin")
        iam.add_user_to_group(GroupName="administrators", UserName="admin")
        iam.create_access_key(UserName="admin")
    for role, trusted in (
        ("deployer", {"Service": "ec2.amazonaws.com"}),
        ("emergency", {"AWS": account.id}),
    ):
        trust = statement("Allow", "sts:AssumeRole", Principal=trusted)
        del trust["Resource"]
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=policy(trust))
        iam.attach_role_policy(RoleName=role, PolicyArn=ADMINISTRATOR_ACCESS)
    iam.create_instance_profile(InstanceProfileName="deployer")
    iam.add_role_to_instance_profile(InstanceProfileName="deployer", RoleName="deployer")
    iam.create_user(UserName="helper")
    made = iam.create_policy(PolicyName="Own", PolicyDocument=allow("iam:ListUsers"))
    arn = made["Policy"]["Arn"]
    iam.attach_user_policy(UserName="helper", PolicyArn=arn)
    return Target(account, "helper", arn)


@pytest.fixture
def target(house: Lab) -> Target:
    return set_the_stage(house, house.accounts[house.account.id])


def give(target: Target, *statements: dict[str, Any]) -> None:
    target.owners_iam.put_user_policy(
        UserName="helper", PolicyName="OneRight", PolicyDocument=policy(*statements)
    )


def state(target: Target) -> Any:
    """All that IAM knows of the account, but for who used what when."""
    found = target.owners_iam.get_account_authorization_details()
    keys = target.owners_iam.list_access_keys(UserName="admin")["AccessKeyMetadata"]
    del found["ResponseMetadata"]
    for each in found["RoleDetailList"]:
        each.pop("RoleLastUsed", None)
    for each in found["Policies"]:
        each.pop("UpdateDate", None)
    return json.dumps([found, keys], default=str)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_each_right_alone_is_enough_and_leaves_no_trace(target: Target, way: Way) -> None:
    give(target, statement("Allow", list(way.right)))
    before = state(target)
    assert [(step.name, step.worked) for step in escalate(target, [way])] == [(way.name, True)]
    assert state(target) == before
    running = target.account.root.client("ec2").describe_instances(
        Filters=[{"Name": "instance-state-name", "Values": ["pending", "running"]}]
    )
    assert running["Reservations"] == []


def test_without_rights_every_way_is_stopped(target: Target) -> None:
    steps = escalate(target, (*WAYS, *AROUND_A_BOUNDARY))
    assert not any(step.worked for step in steps)
    assert {step.control for step in steps} == {"no identity-based policy allows"}


def test_with_everything_of_iam_only_other_services_are_missing(target: Target) -> None:
    give(target, statement("Allow", "iam:*"))
    stopped = [step.name for step in escalate(target) if not step.worked]
    assert stopped == ["step into a role that trusts the account", "pass a role to a machine"]


def test_a_delegation_without_a_boundary_is_got_around(target: Target) -> None:
    give(target, statement("Allow", "iam:*", "arn:aws:iam::*:user/*"))
    worked = {step.name: step.worked for step in escalate(target, AROUND_A_BOUNDARY)}
    assert worked["a new user, without a boundary"]
    assert worked["take the boundary off"]
    assert not worked["a new user, with the boundary"]


def test_a_delegation_with_a_boundary_holds(target: Target) -> None:
    staff = f"arn:aws:iam::{target.account.id}:user/staff/*"
    within = {"StringEquals": {"iam:PermissionsBoundary": target.policy}}
    give(
        target,
        statement("Allow", ["iam:CreateUser", "iam:AttachUserPolicy"], staff, Condition=within),
        statement("Allow", "iam:CreateAccessKey", staff),
    )
    inside = Target(target.account, "helper", target.policy, path="/staff/")
    before = state(target)
    steps = {step.name: step for step in escalate(inside, (*WAYS, *AROUND_A_BOUNDARY))}
    assert not any(step.worked for step in steps.values())
    held = steps["a new user, with the boundary"]
    assert held.control == "no permissions boundary allows"
    assert "GetAccountAuthorizationDetails" in held.said
    assert state(target) == before


def test_an_explicit_deny_is_named(target: Target) -> None:
    give(target, statement("Allow", "iam:*"), statement("Deny", "iam:AttachUserPolicy"))
    step = escalate(target, WAYS[:1])[0]
    assert (step.worked, step.control) == (False, "explicit deny in an identity-based policy")


def test_any_account_will_do(house: Lab) -> None:
    target = set_the_stage(house, house.add_account(PARTNER))
    give(target, statement("Allow", "*"))
    assert all(step.worked for step in escalate(target))


def test_a_full_hand_of_keys_stops_one_way(target: Target) -> None:
    give(target, statement("Allow", "iam:CreateAccessKey"))
    target.owners_iam.create_access_key(UserName="admin")
    step = escalate(target, [way for way in WAYS if way.right == ("iam:CreateAccessKey",)])[0]
    assert (step.worked, step.control) == (False, "a quota")
