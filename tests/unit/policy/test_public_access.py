"""What makes a policy public, by the rule of S3 Block Public Access."""

from __future__ import annotations

from typing import Any

import pytest

from helpers.policy import PolicyError
from helpers.policy.public_access import is_public

B = "arn:aws:s3:::amzn-s3-demo-bucket/*"
BOB = "arn:aws:iam::111122223333:user/bob"


def statement(principal: Any = "*", effect: str = "Allow", **others: Any) -> dict[str, Any]:
    return {
        "Effect": effect,
        "Principal": principal,
        "Action": "s3:GetObject",
        "Resource": B,
        **others,
    }


def public(*statements: dict[str, Any]) -> bool:
    return is_public({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("*", True),
        ({"AWS": "*"}, True),
        ({"AWS": [BOB, "*"]}, True),
        ({"AWS": BOB}, False),
        ({"AWS": "arn:aws:iam::444455556666:root"}, False),
        ({"AWS": ["444455556666", BOB]}, False),
        ({"Service": "cloudtrail.amazonaws.com"}, False),
        ({"Service": "cloudtrail.amazonaws.com", "AWS": "*"}, True),
    ],
)
def test_principals(principal: Any, expected: bool) -> None:
    assert public(statement(principal)) is expected


def test_whom_not_is_everybody_else() -> None:
    found = statement()
    del found["Principal"]
    assert public({**found, "NotPrincipal": {"AWS": BOB}})


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"aws:SourceVpc": "vpc-91237329"}}, False),
        ({"StringLike": {"aws:SourceVpc": "vpc-*"}}, True),
        ({"StringLike": {"aws:SourceVpc": "vpc-91237329"}}, False),
        ({"StringEquals": {"aws:SourceVpc": ["vpc-91237329", "vpc-5"]}}, False),
        ({"StringLike": {"aws:SourceVpc": ["vpc-91237329", "vpc-?"]}}, True),
        ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, False),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, False),
        ({"StringLike": {"aws:PrincipalOrgID": "o-*"}}, True),
        ({"StringEquals": {"AWS:principalorgid": "o-a1b2c3d4e5"}}, False),
        ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}}, False),
        ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "*"}}, True),
        ({"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}}, True),
        ({"ArnEquals": {"aws:SourceArn": "arn:aws:sns:us-east-1:111122223333:t"}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}}, True),
        ({"ArnEquals": {"aws:PrincipalArn": BOB}}, False),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/bob"}}, True),
        ({"StringEquals": {"aws:SourceAccount": "111122223333"}}, False),
        ({"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}}, True),
        ({"StringNotEquals": {"aws:SourceAccount": "111122223333"}}, True),
        ({"Null": {"aws:SourceAccount": "false"}}, True),
        ({"StringEquals": {"aws:PrincipalAccount": "${aws:SourceAccount}"}}, True),
        ({"StringLike": {"aws:userid": "AROAEXAMPLEID:*"}}, True),
        ({"StringEquals": {"aws:userid": "AIDAEXAMPLEID"}}, False),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, False),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.7"}}, False),
        ({"IpAddress": {"aws:SourceIp": "203.0.0.0/8"}}, False),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, True),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}, True),
        ({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "128.0.0.0/1"]}}, True),
        ({"IpAddress": {"aws:SourceIp": "2001:db8::/32"}}, False),
        ({"IpAddress": {"aws:SourceIp": "2001::/16"}}, True),
        ({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, True),
        ({"StringLike": {"s3:DataAccessPointArn":
                         "arn:aws:s3:us-west-2:123456789012:accesspoint/*"}}, False),
        ({"StringLike": {"s3:DataAccessPointArn": "arn:aws:s3:us-west-2:*:accesspoint/*"}}, True),
        ({"StringEquals": {"s3:DataAccessPointAccount": "123456789012"}}, False),
        ({"StringEquals": {"aws:Referer": "https://www.example.com"}}, True),
        ({"StringLike": {"aws:UserAgent": "mine"}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
    ],
)  # fmt: skip
def test_conditions(condition: dict, expected: bool) -> None:
    assert public(statement(Condition=condition)) is expected


def test_one_public_statement_is_enough_and_a_deny_is_none() -> None:
    fixed = statement({"AWS": BOB})
    assert public(fixed, statement())
    assert not public(fixed, statement(effect="Deny"))
    assert public(statement(), statement(effect="Deny"))


def test_what_is_no_policy() -> None:
    with pytest.raises(PolicyError):
        is_public("nonsense")
