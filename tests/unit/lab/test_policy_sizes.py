"""IAM's quotas for the size of policies: refused one character beyond, white space left aside."""

from __future__ import annotations

from typing import Any

import pytest
from lab_calls import refused, trust

from helpers import Lab

HEAD = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Resource":"*","Action":"s3:'


def of_size(size: int) -> str:
    tail = '"}}'
    return HEAD + "a" * (size - len(HEAD) - len(tail)) + tail


def spaced(document: str) -> str:
    return document.replace(",", ",\n    ")


@pytest.fixture
def iam(lab: Lab) -> Any:
    iam = lab.root.client("iam")
    iam.create_user(UserName="ann")
    iam.create_group(GroupName="team")
    iam.create_role(RoleName="job", AssumeRolePolicyDocument=trust({"AWS": "111122223333"}))
    return iam


@pytest.mark.parametrize(("kind", "largest"), [("user", 2_048), ("group", 5_120), ("role", 10_240)])
def test_inline_policies_count_together(iam: Any, kind: str, largest: int) -> None:
    put = getattr(iam, f"put_{kind}_policy")
    name = {f"{kind.title()}Name": {"user": "ann", "group": "team", "role": "job"}[kind]}
    half = of_size(largest // 2)
    put(**name, PolicyName="one", PolicyDocument=half)
    put(**name, PolicyName="two", PolicyDocument=spaced(half))
    put(**name, PolicyName="two", PolicyDocument=half)  # in its own place
    said = refused(
        "LimitExceeded", put, **name, PolicyName="two", PolicyDocument=of_size(largest // 2 + 1)
    )
    assert f"Maximum policy size of {largest} bytes exceeded for {kind}" in said


def test_managed_policies(iam: Any) -> None:
    created = iam.create_policy(PolicyName="fits", PolicyDocument=spaced(of_size(6_144)))
    large = {"PolicyDocument": of_size(6_145)}
    said = refused("LimitExceeded", iam.create_policy, PolicyName="large", **large)
    assert "PolicySize: 6144" in said
    arn = created["Policy"]["Arn"]
    refused("LimitExceeded", iam.create_policy_version, PolicyArn=arn, **large)


def test_trust_policies(iam: Any) -> None:
    users = [f"arn:aws:iam::111122223333:user/{'u' * 60}{number:03}" for number in range(30)]
    said = refused(
        "LimitExceeded",
        iam.update_assume_role_policy,
        RoleName="job",
        PolicyDocument=trust({"AWS": users}),
    )
    assert "ACLSizePerRole: 2048" in said
