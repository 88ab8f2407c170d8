"""Which Allow statement came nearest to a denied request.

Statements are told apart by their index. Each case names the one a person would point at, and
every order of the statements has to give the same one.
"""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from helpers.policy import Policies, Request, evaluate

ANALYST = "arn:aws:iam::111122223333:user/analyst"
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
OFFICE = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}


def allow(action: str | list[str], resource: str | list[str], *conditions: dict) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": action, "Resource": resource}
    if conditions:
        statement["Condition"] = {name: keys for c in conditions for name, keys in c.items()}
    return statement


PAYROLL = ["arn:aws:s3:::payroll", "arn:aws:s3:::payroll/*"]
BUCKETS = allow("s3:ListAllMyBuckets", "*")
READ = allow(["s3:ListBucket", "s3:GetObject"], PAYROLL)

# name, the nearest statement, the others
CASES = [
    ("the same resource before one that is about everything", READ, [BUCKETS]),
    (
        "a resource of the same bucket before another bucket",
        allow("s3:DeleteObject", "arn:aws:s3:::payroll/drafts/*"),
        [allow("s3:DeleteObject", "arn:aws:s3:::logs/*")],
    ),
    (
        "a similar action before another one",
        allow("s3:PutObject", "*"),
        [BUCKETS, allow("s3:PutBucketPolicy", "*")],
    ),
    ("the same service before another", BUCKETS, [allow("ec2:*", "*"), allow("iam:*", PAYROLL)]),
    (
        "another service is far, however many conditions are not met",
        allow("s3:*", PAYROLL, MFA, OFFICE, {"StringEquals": {"aws:PrincipalTag/team": "pay"}}),
        [allow("ec2:DeleteVolume", "*")],
    ),
    (
        "only a condition is not met",
        allow("s3:Delete*", "*", MFA),
        [READ, BUCKETS, allow("s3:Delete*", "*", MFA, OFFICE)],
    ),
    (
        "the action on another resource before another action",
        allow("s3:DeleteObject", "arn:aws:s3:::logs/*"),
        [READ],
    ),
    (
        "a variable is filled in before resources are compared",
        allow("s3:GetObject", "arn:aws:s3:::${aws:PrincipalTag/bucket}/*"),
        [allow("s3:GetObject", "arn:aws:s3:::pay-roll/*")],
    ),
    (
        "the case of the service does not count",
        allow("S3:getobject", PAYROLL),
        [allow("ec2:DeleteVolume", PAYROLL)],
    ),
]


@pytest.mark.parametrize(
    ("nearest", "others"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_nearest(nearest: dict[str, Any], others: list[dict[str, Any]]) -> None:
    request = Request(
        "s3:DeleteObject",
        "arn:aws:s3:::payroll/2026.csv",
        ANALYST,
        {"aws:PrincipalTag/bucket": "payroll"},
    )
    for statements in permutations([nearest, *others]):
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        decision = evaluate(request, Policies(identity=[document]))
        assert decision.effect == "implicitDeny"
        assert statements[decision.nearest().step.index] is nearest


def test_what_the_nearest_statement_lacks() -> None:
    policies = Policies(identity=[("Tour", {"Statement": [BUCKETS, READ]})])
    asked = Request("s3:DeleteObject", "arn:aws:s3:::payroll/2026.csv", ANALYST)
    near = evaluate(asked, policies).nearest()
    assert [check.element for check in near.obstacles] == ["Action"]
    assert near.obstacles[0].expected == ("s3:ListBucket", "s3:GetObject")
    assert "statement no. 2 of Tour" in str(near)


def test_an_excluded_action_is_of_the_same_service() -> None:
    document = {
        "Statement": [
            allow("ec2:*", "*"),
            {"Effect": "Allow", "NotAction": "s3:Delete*", "Resource": "*"},
        ]
    }
    asked = Request("s3:DeleteObject", "arn:aws:s3:::payroll/2026.csv", ANALYST)
    near = evaluate(asked, Policies(identity=[document])).nearest()
    assert near.step.index == 1


def test_where_nothing_tells_them_apart_the_first_is_named() -> None:
    document = {"Statement": [BUCKETS, BUCKETS]}
    asked = Request("s3:DeleteObject", "arn:aws:s3:::payroll/2026.csv", ANALYST)
    assert evaluate(asked, Policies(identity=[document])).nearest().step.index == 0
