"""Any input: a PolicyError or another ValueError, or a decision. Nothing else."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.policy import Policies, PolicyError, PolicyType, Request, evaluate, parse_policy

USER = "arn:aws:iam::111122223333:user/ann"
SETTINGS = settings(max_examples=60, deadline=None)

words = st.sampled_from(
    [
        *(
            "Version",
            "2012-10-17",
            "2008-10-17",
            "Id",
            "Statement",
            "Sid",
            "Effect",
            "Allow",
            "Deny",
        ),
        *(
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Principal",
            "NotPrincipal",
            "AWS",
            "*",
        ),
        *("Condition", "Bool", "StringLike", "ForAllValues:StringEquals", "NullIfExists", "Null"),
        *("DateLessThan", "IpAddress", "BinaryEquals", "ArnLike", "NumericEquals", "s3:Get*"),
        *("arn:aws:s3:::b/${aws:username}", "${", "${*}", "aws:username", "sts:AssumeRole"),
    ]
)
any_text = st.text(st.characters(codec=None), max_size=20)  # lone surrogates too
scalars = st.one_of(
    words,
    any_text,
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
)
any_json = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(words | any_text, inner, max_size=5)
    ),
    max_leaves=25,
)
policy_like = st.fixed_dictionaries(
    {
        "Statement": st.lists(
            st.fixed_dictionaries(
                {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": words | st.just("*")},
                optional={
                    "Resource": st.lists(any_text, min_size=1, max_size=3),
                    "Principal": any_json | st.just("*"),
                    "Condition": st.dictionaries(
                        words, st.dictionaries(any_text, any_json, max_size=2), max_size=2
                    ),
                    "Sid": any_text,
                },
            ),
            max_size=3,
        )
    },
    optional={"Version": words | st.just("2012-10-17")},
)


@SETTINGS
@given(any_json | policy_like, st.sampled_from(PolicyType))
def test_any_document(document: Any, policy_type: PolicyType) -> None:
    try:
        policy = parse_policy(document, policy_type)
    except ValueError as error:
        raised = error
    else:
        assert policy.statements
        assert all(statement.start < statement.end for statement in policy.statements)
        return
    if isinstance(document, dict | str | bytes):
        assert isinstance(raised, PolicyError)
        assert min(raised.line, raised.column) >= 1
        assert raised.problem in str(raised)
    else:
        assert str(raised).startswith("document:")


@SETTINGS
@given(st.text(max_size=60) | st.text('{}[]":,\\tn0-.eE', max_size=30) | st.binary(max_size=40))
def test_any_text(document: str | bytes) -> None:
    with contextlib.suppress(PolicyError):
        parse_policy(document)


@SETTINGS
@given(policy_like, st.integers(min_value=0, max_value=200), any_text)
def test_a_policy_with_a_slip(document: dict[str, Any], at: int, slip: str) -> None:
    text = json.dumps(document, indent=2)
    text = text[:at] + slip + text[at:]
    try:
        parse_policy(text)
    except PolicyError as error:
        line, column = error.line, error.column
    else:
        return
    lines = text.split("\n")
    assert line <= len(lines)
    assert column <= len(lines[line - 1]) + 1


@SETTINGS
@given(
    any_text | words,
    any_text | words | st.just("arn:aws:s3:::b/k"),
    any_text | st.just(USER) | st.just("*"),
    st.dictionaries(any_text | words, any_json, max_size=3),
    st.none() | any_text | st.just("111122223333"),
    policy_like,
)
def test_any_request(
    action: Any, resource: Any, principal: Any, context: Any, account: Any, document: Any
) -> None:
    policies = Policies()
    with contextlib.suppress(PolicyError):
        policies = Policies(identity=[document])
    with contextlib.suppress(PolicyError):
        policies = Policies(resource=document)
    try:
        request = Request(action, resource, principal, context, account)
    except ValueError as error:
        raised = str(error)
    else:
        decision = evaluate(request, policies)
        assert decision.effect in ("allowed", "explicitDeny", "implicitDeny")
        assert decision.to_dict()["effect"] == decision.effect
        assert str(decision)
        assert repr(request)
        return
    assert raised.startswith(("action", "resource", "principal", "context", "resource_account"))


@SETTINGS
@given(st.tuples(*[any_json] * 6))
def test_any_arguments_of_policies(arguments: tuple[Any, ...]) -> None:
    with contextlib.suppress(ValueError):
        Policies(*arguments)


@SETTINGS
@given(st.tuples(*[any_json] * 5))
def test_any_arguments_of_a_request(arguments: tuple[Any, ...]) -> None:
    with contextlib.suppress(ValueError):
        Request(*arguments)


@SETTINGS
@given(
    st.sampled_from(
        [
            *("StringLike", "StringEqualsIgnoreCase", "NumericLessThan", "DateGreaterThan"),
            *("Bool", "BinaryEquals", "IpAddress", "ArnLike"),
        ]
    ),
    any_text | words | st.text("0123456789-:.TZ/eE+", max_size=30),
    any_text | words | st.text("0123456789-:.TZ/eE+", max_size=30),
)
def test_any_values(operator: str, expected: str, found: str) -> None:
    """A value and its negation always disagree, however little they can be read."""
    negated = {
        "StringLike": "StringNotLike",
        "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase",
        "IpAddress": "NotIpAddress",
        "ArnLike": "ArnNotLike",
    }
    results = []
    for name in filter(None, (operator, negated.get(operator))):
        statement = {
            "Effect": "Allow",
            "Action": "*",
            "Resource": "*",
            "Condition": {name: {"x:y": expected}},
        }
        policies = Policies(identity=[{"Version": "2012-10-17", "Statement": statement}])
        results.append(evaluate(Request("a:b", "*", USER, {"x:y": found}), policies).allowed)
    assert len(results) == 1 or results[0] is not results[1]
