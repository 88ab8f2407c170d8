"""External access, statement by statement."""

from __future__ import annotations

from typing import Any

import pytest
from records import ACCOUNT

from helpers.analysis.permissions.external import ALL_USERS, Zone, external_access, external_grants

OTHER, ORGANIZATION = "444455556666", "o-1a2b3c4d5e"
ALONE = Zone(frozenset({ACCOUNT}), canonical_ids=frozenset({"own"}))
TOGETHER = Zone(frozenset({ACCOUNT, OTHER}), ORGANIZATION)
READ = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
DENY = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}


def found(zone: Zone, *statements: dict[str, Any]) -> list[tuple[str, bool]]:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return [(one.principal[1], one.is_public) for one in external_access(document, zone)]


def test_an_organization_is_one_zone() -> None:
    partner = {**READ, "Principal": {"AWS": f"arn:aws:iam::{OTHER}:user/bob"}}
    assert found(ALONE, partner) == [(f"arn:aws:iam::{OTHER}:user/bob", False)]
    assert found(TOGETHER, partner) == []
    same = {**READ, "Condition": {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}}
    assert found(TOGETHER, same) == []
    assert found(ALONE, same) == [("*", False)]
    path = {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{ORGANIZATION}/r-ab12/*"}}
    assert found(TOGETHER, {**READ, "Condition": path}) == []


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEqualsIfExists": {"aws:PrincipalAccount": ACCOUNT}},
        {"ForAllValues:StringEquals": {"aws:PrincipalAccount": ACCOUNT}},
        {"StringNotEquals": {"aws:PrincipalAccount": OTHER}},
        {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ops"}},
    ],
)
def test_conditions_that_hold_nobody(condition: dict[str, Any]) -> None:
    assert found(ALONE, {**READ, "Condition": condition}) == [("*", True)]


@pytest.mark.parametrize(
    ("deny", "left"),
    [
        ({}, 0),
        ({"Action": "s3:Get*"}, 0),
        ({"Action": "s3:Put*"}, 1),
        ({"Principal": {"AWS": OTHER}}, 1),
        ({"Resource": "arn:aws:s3:::b/secret/*"}, 1),
        ({"Condition": {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}}, 0),
        ({"Condition": {"StringNotEquals": {"aws:PrincipalAccount": [ACCOUNT, OTHER]}}}, 1),
        ({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}, 1),
        ({"Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}}, 1),
    ],
)
def test_denies(deny: dict[str, Any], left: int) -> None:
    assert len(found(ALONE, READ, {**DENY, **deny})) == left


def test_not_principal_and_not_action() -> None:
    others = {key: value for key, value in READ.items() if key != "Principal"}
    assert found(ALONE, {**others, "NotPrincipal": {"AWS": ACCOUNT}}) == [("*", True)]
    others = {key: value for key, value in READ.items() if key != "Action"}
    document = {
        "Version": "2012-10-17",
        "Statement": {**others, "NotAction": "s3:Delete*"},
    }
    assert external_access(document, ALONE)[0].actions == ("*",)


def test_principals_that_are_gone_or_services_are_nobody() -> None:
    gone = {**READ, "Principal": {"AWS": "AIDACKCEVSQ6C2EXAMPLE", "Service": "ec2.amazonaws.com"}}
    assert found(ALONE, gone) == []


def test_canonical_ids() -> None:
    principal = {"CanonicalUser": ["own", "f" * 64]}
    assert found(ALONE, {**READ, "Principal": principal}) == [("f" * 64, False)]


def test_access_lists() -> None:
    grants = [
        ("id", "own", "FULL_CONTROL"),
        ("id", "else", "WRITE"),
        ("uri", ALL_USERS, "READ_ACP"),
    ]
    one, other = external_grants(grants, ALONE)
    assert (one.principal, one.is_public) == (("CanonicalUser", "else"), False)
    assert "s3:PutObject" in one.actions
    assert (other.principal, other.is_public) == (("AWS", "*"), True)
    assert other.actions == ("s3:GetBucketAcl",)
    logs = "http://acs.amazonaws.com/groups/s3/LogDelivery"
    assert external_grants([("uri", logs, "WRITE")], ALONE) == []
