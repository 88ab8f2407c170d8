"""When a request would be allowed: the conditions that it needs, against all contexts there are."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.policy import Policies, Request, evaluate
from helpers.policy.when_allowed import MFA, TooManyConditions, when_allowed

ANN = "arn:aws:iam::111122223333:user/ann"
ROLE = "arn:aws:iam::111122223333:role/ops"
MFA_KEY = "aws:MultiFactorAuthPresent"


def statement(effect: str, **condition: Any) -> dict[str, Any]:
    found = {"Effect": effect, "Action": "iam:*", "Resource": "*"}
    return {**found, "Condition": condition} if condition else found


def asked(*statements: dict[str, Any], facts: Any = None, closed: Any = None) -> Any:
    policies = Policies(identity=[{"Version": "2012-10-17", "Statement": list(statements)}])
    request = Request("iam:ListUsers", "*", ANN, facts)
    return when_allowed(request, policies, closed or (lambda key: False))


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"Bool": {MFA_KEY: "true"}}, ("with MFA",)),
        ({"BoolIfExists": {MFA_KEY: "true"}}, ()),
        ({"Null": {MFA_KEY: "false"}}, ("with MFA",)),
        (
            {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}},
            ("with MFA", "aws:MultiFactorAuthAge < 3600"),
        ),
        (
            {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}},
            ("aws:SourceIp in 203.0.113.0/24",),
        ),
        (
            {"StringLike": {"aws:UserAgent": "tool/*"}, "Bool": {MFA_KEY: "true"}},
            ("with MFA", "aws:UserAgent is like tool/*"),
        ),
        ({"StringEquals": {"aws:UserAgent": "a*b"}}, ("aws:UserAgent is a*b",)),
        (
            {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}},
            ("sts:RoleSessionName is ${aws:username}",),
        ),
        (
            {"DateGreaterThan": {"aws:TokenIssueTime": "2026-01-01T00:00:00Z"}},
            ("aws:TokenIssueTime after 2026-01-01T00:00:00Z",),
        ),
        (
            {
                "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]},
                "Null": {"aws:TagKeys": "false"},
            },
            ("aws:TagKeys is team",),
        ),
    ],
)
def test_what_an_allow_asks_for(condition: Any, words: tuple[str, ...]) -> None:
    found = asked(statement("Allow", **condition), facts={"aws:username": "ann"})
    assert found is not None
    assert found.decision.allowed
    assert found.conditions == words


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"BoolIfExists": {MFA_KEY: "false"}}, ("with MFA",)),
        ({"Bool": {MFA_KEY: "false"}}, ()),  # an access key has no such key, and is not denied
        (
            {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}},
            ("aws:SourceIp in 203.0.113.0/24",),
        ),
    ],
)
def test_what_a_deny_leaves(condition: Any, words: tuple[str, ...]) -> None:
    found = asked(statement("Allow"), statement("Deny", **condition))
    assert found is not None
    assert found.conditions == words


def test_what_cannot_be() -> None:
    only_with = statement("Allow", Bool={MFA_KEY: "true"})
    assert asked(only_with, closed=lambda key: key == MFA) is None
    assert asked(only_with, facts={MFA_KEY: "false"}) is None
    assert asked(statement("Allow"), statement("Deny")) is None
    assert asked(statement("Deny", Bool={MFA_KEY: "false"})) is None
    both = {"aws:SourceIp": "203.0.113.0/24"}, {"aws:SourceIp": "198.51.100.0/24"}
    assert (
        asked(statement("Allow", IpAddress=both[0]), statement("Deny", NotIpAddress=both[1]))
        is None
    )


def test_a_trust_policy_that_names_somebody_is_tried_by_itself() -> None:
    trust = {
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": ANN},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "7"}},
        }
    }
    found = when_allowed(Request("sts:AssumeRole", ROLE, ANN), Policies(resource=("trust", trust)))
    assert found is not None
    assert found.conditions == ("sts:ExternalId is 7",)


def test_too_many_conditions_are_told() -> None:
    keys = [f"aws:RequestTag/{n}" for n in range(9)]
    lines = [statement("Deny", StringNotEquals={key: ["a", "b", "c"]}) for key in keys]
    likes = [statement("Deny", StringEquals={key: "a", keys[0]: "b"}) for key in keys[1:]]
    impossible = statement("Deny", Null={keys[0]: "false"})
    with pytest.raises(TooManyConditions):
        asked(statement("Allow"), *lines, *likes, impossible)


# -- against every context there is ----------------------------------------------------------------

VALUES: dict[str, list[str | None]] = {
    MFA_KEY: [None, "true", "false"],
    "aws:UserAgent": [None, "a", "b", "c"],
    "aws:SourceIp": [None, "203.0.113.9", "198.51.100.9", "192.0.2.9"],
}
CONDITIONS = st.one_of(
    st.builds(
        lambda name, value: {name: {MFA_KEY: value}},
        st.sampled_from(["Bool", "BoolIfExists", "Null"]),
        st.sampled_from(["true", "false"]),
    ),
    st.builds(
        lambda name, value: {name: {"aws:UserAgent": value}},
        st.sampled_from(["StringEquals", "StringNotEquals", "StringLikeIfExists"]),
        st.sampled_from(["a", "b", ["a", "b"]]),
    ),
    st.builds(
        lambda name, value: {name: {"aws:SourceIp": value}},
        st.sampled_from(["IpAddress", "NotIpAddress"]),
        st.sampled_from(["203.0.113.0/24", "198.51.100.0/24"]),
    ),
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["Allow", "Deny"]), st.lists(CONDITIONS, max_size=2)), max_size=4
    )
)
def test_it_is_found_whenever_there_is_one(made: list[tuple[str, list[Any]]]) -> None:
    statements = []
    for effect, conditions in made:
        merged: dict[str, Any] = {}
        for one in conditions:
            for name, keys in one.items():
                merged.setdefault(name, {}).update(keys)
        statements.append(statement(effect, **merged))
    policies = Policies(
        identity=[{"Version": "2012-10-17", "Statement": statements}] if made else []
    )
    found = when_allowed(Request("iam:ListUsers", "*", ANN), policies)
    possible = any(
        evaluate(
            Request("iam:ListUsers", "*", ANN, dict(zip(VALUES, values, strict=True))), policies
        ).allowed
        for values in product(*VALUES.values())
    )
    assert (found is not None) is possible
    assert found is None or evaluate(found.decision.request, policies).allowed


def test_what_is_in_one_range_and_not_in_the_other() -> None:
    """Both begin at the same address."""
    inside = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    for part in ("203.0.113.0/25", "203.0.113.128/25"):
        shut = statement("Deny", IpAddress={"aws:SourceIp": part})
        found = asked(statement("Allow", **inside), shut)
        assert found is not None
        assert found.decision.allowed
    assert asked(statement("Allow", **inside), statement("Deny", **inside)) is None


def test_values_that_the_caller_cannot_have_are_not_tried() -> None:
    policies = Policies(identity=[{"Version": "2012-10-17", "Statement": [
        statement("Allow", StringEquals={"aws:SourceVpc": ["vpc-1", "vpc-2"]})]}])  # fmt: skip
    request = Request("iam:ListUsers", "*", ANN)

    def only(*possible: str) -> Any:
        return when_allowed(request, policies, possible=lambda key, values: values[0] in possible)

    assert only("vpc-2").given == {"aws:sourcevpc": ("vpc-2",)}
    assert only("vpc-3") is None
