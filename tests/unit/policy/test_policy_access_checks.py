"""What a new policy allows beyond an existing one: cases that a property would seldom meet."""

from __future__ import annotations

from typing import Any

import pytest

from helpers.policy import PolicyType, catalogue, parse_policy
from helpers.policy.access_checks import granted_access, no_new_access
from helpers.policy.classes import TooManyClasses, classes
from helpers.policy.globs import resource_symbols


def policy(*statements: dict[str, Any], version: str = "2012-10-17") -> Any:
    return parse_policy({"Version": version, "Statement": list(statements)})


def allow(action: Any, resource: Any = "*", **others: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **others}


def deny(action: Any, resource: Any = "*", **others: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **others}


MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ([allow(["s3:a*", "s3:b*"])], [allow("s3:a*"), allow("s3:b*")]),
        ([allow("s3:?et*", "arn:aws:s3:::b/*")], [allow("s3:*", "arn:aws:s3:::b*")]),
        # One statement's actions on another's resources: each pair is looked at.
        ([allow(["s3:a", "s3:b"], ["x", "y"])], [allow("s3:a"), allow("s3:b", ["x", "y"])]),
        # A deny may be narrowed where nothing is allowed any more.
        ([allow("s3:Get*")], [allow("s3:*"), deny("s3:Put*")]),
        # ...or kept under conditions that hold whenever the old ones do.
        ([allow("s3:*"), deny("s3:Put*")], [allow("s3:*"), deny("s3:Put*", Condition=MFA)]),
        ([allow("s3:*", Condition=MFA)], [allow("s3:*")]),
        (
            [allow("*", Condition={"StringEquals": {"aws:username": "ann"}})],
            [allow("*", Condition={"StringLike": {"AWS:UserName": ["a*", "b*"]}})],
        ),
        (
            [allow("*", Condition={"IpAddress": {"aws:SourceIp": "10.1.0.0/16"}})],
            [allow("*", Condition={"IpAddress": {"aws:SourceIp": ["10.0.0.0/8"]}})],
        ),
        (
            [allow("*", Condition={"StringNotEquals": {"aws:username": ["ann", "bob"]}})],
            [allow("*", Condition={"StringNotEquals": {"aws:username": "bob"}})],
        ),
        ([allow("s3:*", "arn:aws:s3:::b/${aws:username}/*")], [allow("s3:*", "arn:aws:s3:::b/*")]),
        ([deny("*")], [deny("s3:*")]),
    ],
)
def test_no_new_access(new: list[Any], old: list[Any]) -> None:
    assert no_new_access(policy(*new), policy(*old)) == []
    assert no_new_access(policy(*new), policy(*new)) == []


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ([allow(["s3:a", "s3:b"], ["x", "y"])], [allow("s3:a", "x"), allow("s3:b", "y")]),
        ([allow("s3:*")], [allow("s3:*"), deny("s3:Put*")]),
        ([allow("s3:*"), deny("s3:Put*", Condition=MFA)], [allow("s3:*"), deny("s3:Put*")]),
        ([allow("s3:*")], [allow("s3:*", Condition=MFA)]),
        (
            [allow("*", Condition={"BoolIfExists": MFA["Bool"]})],
            [allow("*", Condition=MFA)],
        ),
        (
            [allow("*", Condition={"StringLike": {"aws:username": "a*"}})],
            [allow("*", Condition={"StringEquals": {"aws:username": "a*"}})],
        ),
        (
            [allow("*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})],
            [allow("*", Condition={"IpAddress": {"aws:SourceIp": "10.1.0.0/16"}})],
        ),
        ([allow("s3:*", "arn:aws:s3:::b/*")], [allow("s3:*", "arn:aws:s3:::b/${aws:username}/*")]),
        # Actions that AWS has not made yet count as well.
        ([allow("iam:*")], [allow(list(catalogue.actions("iam")))]),
        (
            [allow("s3:*", "*")],
            [{"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::secret/*"}],
        ),
    ],
)
def test_new_access(new: list[Any], old: list[Any]) -> None:
    assert len(no_new_access(policy(*new), policy(*old))) == 1


def test_a_variable_of_the_older_version_is_text() -> None:
    statement = allow("s3:*", "arn:aws:s3:::b/${aws:username}/*")
    old = policy(statement, version="2008-10-17")
    assert no_new_access(policy(statement), old) != []
    assert no_new_access(old, old) == []


def test_principals() -> None:
    def trust(principal: Any, effect: str = "Allow") -> dict[str, Any]:
        return {"Effect": effect, "Principal": principal, "Action": "sts:AssumeRole"}

    def new(first: list[Any], second: list[Any]) -> int:
        one, other = (
            parse_policy({"Version": "2012-10-17", "Statement": s}, PolicyType.TRUST)
            for s in (first, second)
        )
        return len(no_new_access(one, other))

    ann, account = "arn:aws:iam::111122223333:user/ann", "111122223333"
    assert new([trust({"AWS": ann})], [trust({"AWS": [ann, "444455556666"]})]) == 0
    # An account's name delegates to its users' own policies; a user's own name needs none.
    assert new([trust({"AWS": ann})], [trust({"AWS": account})]) == 1
    assert new([trust({"AWS": ann})], [trust({"AWS": account}), trust("*")]) == 0
    assert new([trust("*")], [trust("*"), trust({"AWS": ann}, "Deny")]) == 1
    without = [trust("*"), trust({"AWS": account}, "Deny")]
    assert new(without, [trust("*"), trust({"AWS": ann}, "Deny")]) == 0
    other = [trust({"AWS": "444455556666"})]
    assert new(other, [*other, trust({"AWS": ann}, "Deny")]) == 0


def test_granted_access() -> None:
    document = policy(allow("s3:*", "arn:aws:s3:::a/*"), deny("s3:Put*", Condition=MFA))
    assert granted_access(document, ["s3:PutObject"]) != []  # without MFA it is
    assert granted_access(document, ["s3:PutObject"], ["arn:aws:s3:::b/*"]) == []
    assert granted_access(document, ["S3:GETOBJECT"], ["arn:aws:s3:::*"]) != []
    assert granted_access(document, [], ["arn:aws:sqs:eu-west-1:111122223333:q"]) == []
    home = policy(allow("s3:*", "arn:aws:s3:::home/${aws:username}/*"))
    assert granted_access(home, [], ["arn:aws:s3:::home/ann/*"]) != []


def test_hostile_patterns_end() -> None:
    symbols = [resource_symbols("*" + "?*".join("abcdefgh"[n % 8] * 3 for n in range(40)))] * 2
    tangle = tuple(resource_symbols(f"*{a}*{b}*{a}{b}*") for a in "abcdefgh" for b in "hgfedcba")
    with pytest.raises(TooManyClasses):
        classes(symbols[0], tangle)
    texts = [f"s3:*{a}*{b}*{a}{b}*" for a in "abcdefgh" for b in "hgfedcba"]
    # What cannot be compared is new access, and may be granted.
    assert no_new_access(policy(allow("s3:*x*")), policy(*(allow(one) for one in texts))) != []
