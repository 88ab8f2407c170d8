"""Rows against the evaluation itself: no action without a row is ever allowed, and an
unconditional row is allowed on every resource of its patterns."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.policy import Permission, Policies, Request, effective_permissions, evaluate
from helpers.policy.elements import ResourceElement
from helpers.policy.globs import action_covers, resource_covers, resources_meet
from helpers.policy.patterns import compile_glob

ANN = "arn:aws:iam::111122223333:user/ann"
ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:ListBucket", "iam:GetUser", "kms:RetireGrant")
RESOURCES = (
    "*",
    "arn:aws:s3:::a",
    "arn:aws:s3:::a/x",
    "arn:aws:s3:::a/b/x",
    "arn:aws:s3:::b/x",
    "arn:aws:s3:::home/ann/x",
    "arn:aws:iam::111122223333:user/ann",
    "arn:aws:sqs:eu-west-1:111122223333:a",
)
CONTEXTS: tuple[dict[str, str], ...] = tuple(
    base | {"aws:username": "ann"}
    for base in (
        {},
        {"aws:MultiFactorAuthPresent": "true"},
        {"aws:MultiFactorAuthPresent": "false"},
    )
)

_action = st.sampled_from(["*", "s3:*", "s3:Get*", "s3:?etObject", "iam:*", *ACTIONS])
_resource = st.sampled_from(
    [
        "*",
        "arn:aws:s3:::*",
        "arn:aws:s3:::a*",
        "arn:aws:s3:::a/*",
        "arn:aws:s3:::?/x",
        "arn:aws:*:*/x",
        "arn:*:a",
        "arn:aws:s3:::home/${aws:username}/*",
        "arn:aws:s3:::${aws:PrincipalTag/no}/*",
        "arn:aws:s3:::${aws:PrincipalTag/no, 'a'}/*",
        "arn:aws:s3:::${*}",
        *RESOURCES,
    ]
)
_some = st.lists(_resource, min_size=1, max_size=2)
_condition = st.sampled_from(
    [
        {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        {"StringEquals": {"aws:username": "bob"}},
    ]
)


@st.composite
def _statement(draw: st.DrawFn, principal: bool = False) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        draw(st.sampled_from(["Action", "Action", "NotAction"])): draw(
            st.lists(_action, min_size=1, max_size=2)
        ),
        draw(st.sampled_from(["Resource", "Resource", "NotResource"])): draw(_some),
    }
    if draw(st.integers(0, 2)) == 0:
        statement["Condition"] = draw(_condition)
    if principal:
        statement["Principal"] = "*"
    return statement


def _document(principal: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "Version": st.sampled_from(["2012-10-17", "2012-10-17", "2008-10-17"]),
            "Statement": st.lists(_statement(principal), min_size=1, max_size=3),
        }
    )


_policies = st.builds(
    Policies,
    identity=st.lists(_document(), min_size=1, max_size=2),
    permissions_boundary=st.none() | _document(),
    session=st.none() | _document(),
    service_control=st.lists(st.lists(_document(), min_size=1, max_size=1), max_size=1),
    resource_control=st.lists(st.lists(_document(True), min_size=1, max_size=1), max_size=1),
)


def matches(row: Permission, resource: str, version: str, context: dict[str, str]) -> bool:
    """Whether a row's patterns match a resource, asked of the engine in a policy of their own."""
    element = "NotResource" if row.except_resources else "Resource"
    alone = {
        "Version": version,
        "Statement": {"Effect": "Allow", "Action": "*", element: list(row.resources)},
    }
    request = Request(row.action, resource, ANN, context)
    return evaluate(request, Policies(identity=[alone])).effect == "allowed"


@settings(max_examples=250, deadline=None)
@given(_policies)
def test_rows_agree_with_the_evaluation(policies: Policies) -> None:
    versions = {placed.name: placed.policy.version for placed in policies.identity.policies}
    for action in ACTIONS:
        found = effective_permissions(policies, actions=action)
        for resource in RESOURCES:
            for context in CONTEXTS:
                allowed = evaluate(Request(action, resource, ANN, context), policies).effect
                among = [
                    row
                    for row in found
                    if matches(row, resource, versions[row.policy or ""], context)
                ]
                if allowed == "allowed":
                    assert among  # no request is allowed that no row speaks of
                if any(row.is_unconditional for row in among):
                    assert allowed == "allowed"


_glob = st.text(alphabet="ab*?:", max_size=6)
_text = st.text(alphabet="ab:", max_size=6)


@settings(max_examples=500)
@given(_glob, _glob, _text)
def test_covering_actions(outer: str, inner: str, text: str) -> None:
    if outer != "*:*" and action_covers(outer, inner) and compile_glob(inner).matches(text):
        assert compile_glob(outer).matches(text)


def _matches(pattern: str, text: str) -> bool:
    return ResourceElement([pattern], variables=True).matches(text, {})


_patterns = st.lists(st.text(alphabet="ab*?", max_size=2), min_size=5, max_size=6).map(
    lambda parts: "arn:" + ":".join(parts)
) | st.sampled_from(["*", "a*", "arn:*"])
_arns = st.lists(st.text(alphabet="ab", max_size=2), min_size=5, max_size=7).map(
    lambda parts: "arn:" + ":".join(parts)
)


@settings(max_examples=800)
@given(_patterns, _patterns, st.lists(_arns, min_size=5, max_size=5))
def test_covering_and_meeting_of_resources(one: str, other: str, texts: list[str]) -> None:
    for text in texts:
        if _matches(other, text):
            if resource_covers(one, other, True, True):
                assert _matches(one, text)
            if _matches(one, text):
                assert resources_meet(one, other, True, True)
    assert resource_covers("*", other, True, True)
    assert resource_covers(other, other, True, True)
    assert resources_meet(other, other, True, True)
