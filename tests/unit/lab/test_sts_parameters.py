"""What STS refuses before it asks any policy, and what a chain of roles asks for."""

from __future__ import annotations

from typing import Any

import pytest
from lab_calls import ACCOUNT, allow, client, new_user, policy, refused, trust

from helpers import Lab

ROLE = f"arn:aws:iam::{ACCOUNT}:role/worker"
TAG = {"Key": "team", "Value": "red"}


def trust_in(principal: str, *actions: str) -> str:
    """A trust policy that lets a principal do these."""
    return policy({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": list(actions)})


@pytest.fixture
def sts(lab: Lab) -> Any:
    """STS of a user who may do everything with a role that trusts the account."""
    every = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
    iam = lab.root.client("iam")
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument=trust_in(ACCOUNT, *every))
    iam.put_role_policy(RoleName="worker", PolicyName="sts", PolicyDocument=allow("sts:*"))
    return new_user(lab, "ann", allow("sts:*")).client("sts")


def test_names_follow_the_model(sts: Any) -> None:
    said = refused("ValidationError", sts.get_federation_token, Name="ann b")
    assert said.endswith(
        "at 'name' failed to satisfy constraint: Member must satisfy regular "
        r"expression pattern: [\w+=,.@-]*"
    )
    call = {"RoleArn": ROLE, "RoleSessionName": "ann"}
    assert "sourceIdentity" in refused(
        "ValidationError", sts.assume_role, **call, SourceIdentity="ann b"
    )
    assert "externalId" in refused("ValidationError", sts.assume_role, **call, ExternalId="a b")


def test_ten_session_policies_and_fifty_tags_at_most(sts: Any) -> None:
    call = {"RoleArn": ROLE, "RoleSessionName": "ann"}
    arns = [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}] * 11
    said = refused("ValidationError", sts.assume_role, **call, PolicyArns=arns)
    assert "length less than or equal to 10" in said
    tags = [{"Key": f"k{n}", "Value": ""} for n in range(51)]
    said = refused("ValidationError", sts.assume_role, **call, Tags=tags)
    assert "length less than or equal to 50" in said
    # A managed policy is passed on by its ARN: a long one does not fill the session.
    assert sts.assume_role(**call, PolicyArns=arns[:1])["PackedPolicySize"] < 10


def test_session_tags_are_one_for_each_key_and_none_of_aws(sts: Any) -> None:
    call = {"RoleArn": ROLE, "RoleSessionName": "ann"}
    twice = [TAG, {"Key": "Team", "Value": "blue"}]
    assert "Duplicate tag keys" in refused(
        "InvalidParameterValue", sts.assume_role, **call, Tags=twice
    )
    reserved = [{"Key": "aws:team", "Value": "red"}]
    refused("InvalidParameterValue", sts.assume_role, **call, Tags=reserved)


@pytest.mark.parametrize(
    ("handed_on", "action"),
    [
        ({"Tags": [TAG], "TransitiveTagKeys": ["team"]}, "sts:TagSession"),
        ({"SourceIdentity": "ann"}, "sts:SetSourceIdentity"),
    ],
)
def test_what_a_session_hands_on_the_next_role_has_to_take(
    lab: Lab, sts: Any, handed_on: dict[str, Any], action: str
) -> None:
    iam = lab.root.client("iam")
    iam.create_role(RoleName="next", AssumeRolePolicyDocument=trust({"AWS": ROLE}))
    call = {"RoleArn": ROLE.replace("worker", "next"), "RoleSessionName": "ann"}
    plain = sts.assume_role(RoleArn=ROLE, RoleSessionName="ann")
    client(plain["Credentials"], "sts").assume_role(**call)
    first = sts.assume_role(RoleArn=ROLE, RoleSessionName="ann", **handed_on)
    chained = client(first["Credentials"], "sts")
    assert f"perform: {action} on" in refused("AccessDenied", chained.assume_role, **call)
    iam.update_assume_role_policy(
        RoleName="next", PolicyDocument=trust_in(ROLE, "sts:AssumeRole", action)
    )
    chained.assume_role(**call)
