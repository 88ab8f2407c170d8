"""The safe side of the access checks: whatever request comes, a good answer holds for it."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from helpers.policy import Policies, PolicyType, Request, evaluate, parse_policy
from helpers.policy.access_checks import granted_access, no_new_access

SETTINGS = settings(max_examples=40, deadline=None)
A, B = "111122223333", "444455556666"
USER, ROLE = f"arn:aws:iam::{A}:user/ann", f"arn:aws:iam::{A}:role/ops"
SESSION = f"arn:aws:sts::{A}:assumed-role/ops/ann"
ACTION_PATTERNS = ("*", "s3:*", "s3:Get*", "S3:getobject", "s3:?etObject", "s3:*Object", "kms:*")
ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:GetFuture", "s3:setobject", "kms:Decrypt", "s3:x")
RESOURCE_PATTERNS = (
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b/${aws:username}/*",
    "arn:aws:s3:::b/${aws:username, 'ann'}/*",
    "arn:aws:s3:::b/ann/*",
    "arn:aws:s3:::b/?nn/*",
    "arn:*:s3:::b/*",
)
RESOURCES = (
    "*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/k",
    "arn:aws:s3:::b/ann/k",
    "arn:aws:s3:::b/bob/k",
    "arn:aws-cn:s3:::b/ann/k",
)
CONDITIONS = (
    {},
    {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}},
    {"BoolIfExists": {"aws:multifactorauthpresent": "false"}},
    {"StringEquals": {"aws:username": ["ann", "bob"]}},
    {"StringEquals": {"aws:username": "ann"}},
    {"StringEqualsIgnoreCase": {"aws:username": "ANN"}},
    {"StringLike": {"aws:username": "a*"}},
    {"StringLike": {"aws:username": ["a?n*", "${aws:userid}"]}},
    {"StringNotEquals": {"aws:username": "ann"}},
    {"StringNotLike": {"aws:username": ["a*", "b*"]}},
    {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    {"IpAddress": {"aws:SourceIp": "10.1.0.0/16"}},
    {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    {"NotIpAddress": {"aws:SourceIp": "10.1.0.0/16"}},
    {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}},
    {"ForAnyValue:StringLike": {"aws:TagKeys": ["t*"]}},
    {"Null": {"aws:TagKeys": "true"}},
    {"Null": {"aws:TagKeys": "false"}},
)
PRINCIPALS: tuple[Any, ...] = (
    "*",
    {"AWS": "*"},
    {"AWS": [USER, ROLE]},
    {"AWS": USER},
    {"AWS": SESSION},
    {"AWS": A},
    {"AWS": f"arn:aws:iam::{A}:root"},
    {"AWS": B},
    {"Service": "s3.amazonaws.com"},
    {"AWS": B, "Service": "s3.amazonaws.com"},
)

contexts = st.fixed_dictionaries(
    {},
    optional={
        "aws:username": st.sampled_from(["ann", "bob", "Ann", "ann/x", "*"]),
        "aws:userid": st.sampled_from(["ann", "bob"]),
        "aws:MultiFactorAuthPresent": st.sampled_from(["true", "false"]),
        "aws:SourceIp": st.sampled_from(["10.1.2.3", "10.9.9.9", "192.0.2.1"]),
        "aws:TagKeys": st.sampled_from([["team"], ["team", "cost"], ["cost"]]),
    },
)


@st.composite
def documents(draw: st.DrawFn, principal: bool = False) -> dict[str, Any]:
    statements = []
    for effect in draw(
        st.lists(st.sampled_from(["Allow", "Allow", "Deny"]), min_size=1, max_size=3)
    ):
        one: dict[str, Any] = {"Effect": effect}
        if principal:
            key = draw(st.sampled_from(["Principal"] * 4 + ["NotPrincipal"]))
            one[key] = draw(st.sampled_from(PRINCIPALS))
        many = st.lists(st.sampled_from(ACTION_PATTERNS), min_size=1, max_size=2)
        one[draw(st.sampled_from(["Action"] * 3 + ["NotAction"]))] = draw(many)
        many = st.lists(st.sampled_from(RESOURCE_PATTERNS), min_size=1, max_size=2)
        one[draw(st.sampled_from(["Resource"] * 3 + ["NotResource"]))] = draw(many)
        if condition := draw(st.sampled_from(CONDITIONS)):
            one["Condition"] = condition
        statements.append(one)
    return {
        "Version": draw(st.sampled_from(["2012-10-17"] * 4 + ["2008-10-17"])),
        "Statement": statements,
    }


requests = st.builds(
    Request,
    action=st.sampled_from(ACTIONS),
    resource=st.sampled_from(RESOURCES),
    principal=st.just(USER),
    context=contexts,
)
anybodys = st.builds(
    Request,
    action=st.sampled_from(ACTIONS),
    resource=st.sampled_from(RESOURCES),
    principal=st.sampled_from(
        [USER, SESSION, f"arn:aws:iam::{B}:user/eve", "*", "s3.amazonaws.com"]
    ),
    context=contexts,
    resource_account=st.just(A),
)
ALLOWED_TO_ALL = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},
}


def variant(document: dict[str, Any], draw: Any) -> dict[str, Any]:
    """The document with a statement more, or less: near enough for the check to pass often."""
    statements = list(document["Statement"])
    other = draw(
        documents(principal="Principal" in statements[0] or "NotPrincipal" in statements[0])
    )
    if draw(st.booleans()) and len(statements) > 1:
        del statements[draw(st.integers(0, len(statements) - 1))]
    else:
        statements.append(other["Statement"][0])
    return {**document, "Statement": statements}


@SETTINGS
@given(st.data(), documents(), st.lists(requests, min_size=8, max_size=8))
def test_nothing_new_of_an_identity_policy(
    data: st.DataObject, old: dict[str, Any], asked: list[Request]
) -> None:
    new = data.draw(documents()) if data.draw(st.booleans()) else variant(old, data.draw)
    assume(not no_new_access(parse_policy(new), parse_policy(old)))
    before, after = Policies(identity=[old]), Policies(identity=[new])
    for request in asked:
        if evaluate(request, after).effect == "allowed":
            assert evaluate(request, before).effect == "allowed", request


@SETTINGS
@given(st.data(), documents(principal=True), st.lists(anybodys, min_size=8, max_size=8))
def test_nothing_new_of_a_resource_policy(
    data: st.DataObject, old: dict[str, Any], asked: list[Request]
) -> None:
    other = data.draw(documents(principal=True))
    new = other if data.draw(st.booleans()) else variant(old, data.draw)
    parsed = [parse_policy(one, PolicyType.RESOURCE) for one in (new, old)]
    assume(not no_new_access(*parsed))
    for request in asked:
        # To principals of another account both sides must allow; at home either does, and a
        # policy must be asked for what it allows by itself.
        identity = [ALLOWED_TO_ALL] if B in request.principal else []
        if evaluate(request, Policies(identity=identity, resource=new)).effect == "allowed":
            before = Policies(identity=identity, resource=old)
            assert evaluate(request, before).effect == "allowed", request


@SETTINGS
@given(
    documents(),
    st.lists(st.sampled_from(ACTION_PATTERNS), max_size=2),
    st.lists(st.sampled_from(RESOURCE_PATTERNS[:3] + RESOURCES[1:]), max_size=2),
    st.lists(requests, min_size=8, max_size=8),
)
def test_what_is_not_granted(
    document: dict[str, Any], actions: list[str], resources: list[str], asked: list[Request]
) -> None:
    assume(not granted_access(parse_policy(document), actions, resources))
    reach = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": actions or "*", "Resource": resources or "*"},
    }
    for request in asked:
        if evaluate(request, Policies(identity=[reach])).effect == "allowed":
            assert evaluate(request, Policies(identity=[document])).effect != "allowed", request


@SETTINGS
@given(documents(principal=True))
def test_a_policy_allows_nothing_that_itself_does_not(document: dict[str, Any]) -> None:
    policy = parse_policy(document, PolicyType.RESOURCE)
    twins = no_new_access(policy, policy)
    # Only a variable under NotResource keeps a policy from being told to cover itself.
    assert not twins or any(
        statement.resources and statement.resources.negated for statement in twins
    )
