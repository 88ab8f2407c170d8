"""What holds for every request and every set of policies."""

from __future__ import annotations

import json
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.policy import Policies, Request, evaluate

A, B = "111122223333", "444455556666"
USER, ROLE = f"arn:aws:iam::{A}:user/ann", f"arn:aws:iam::{A}:role/ops"
SESSION, ROOT = f"arn:aws:sts::{A}:assumed-role/ops/ann", f"arn:aws:iam::{A}:root"
PRINCIPALS = (
    *(USER, ROLE, SESSION, ROOT, f"arn:aws:sts::{A}:federated-user/fay", "*", "s3.amazonaws.com"),
    f"arn:aws:iam::{A}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
    f"arn:aws:iam::{A}:saml-provider/corp",
)
TARGETS = (
    ("s3:GetObject", "arn:aws:s3:::b/ann/k"),
    ("s3:PutBucketPolicy", "arn:aws:s3:::b"),
    ("iam:GetUser", USER),
    ("sts:AssumeRole", ROLE),
    ("sts:GetCallerIdentity", "*"),
    ("kms:Decrypt", f"arn:aws:kms:eu-west-1:{A}:key/1"),
)
KEYS = {
    "aws:username": ("ann", "bob", "*"),
    "aws:MultiFactorAuthPresent": ("true", "false", True),
    "aws:TagKeys": (["team"], ["team", "cost"], [], ""),
    "aws:SourceIp": ("10.0.0.1", "192.0.2.1", "s3.amazonaws.com"),
    "aws:CurrentTime": ("2026-11-24T12:00:00Z", "1795521600", "soon"),
}

actions = st.sampled_from(["*", "s3:*", "s3:Get*", "S3:getobject", "iam:*", "sts:*", "kms:*"])
resources = st.sampled_from(
    ["*", "arn:aws:s3:::*", "arn:aws:s3:::b/${aws:username}/*", "arn:aws:*:*:*:*", ROLE, USER]
)
conditions = st.fixed_dictionaries(
    {},
    optional={
        "Bool": st.just({"aws:MultiFactorAuthPresent": "true"}),
        "BoolIfExists": st.just({"aws:multifactorauthpresent": "false"}),
        "Null": st.just({"aws:TagKeys": "true"}),
        "ForAllValues:StringEquals": st.just({"aws:TagKeys": ["team", "${aws:username}"]}),
        "ForAnyValue:StringNotLike": st.just({"aws:TagKeys": "t*"}),
        "IpAddress": st.just({"aws:SourceIp": ["10.0.0.0/8", "::1"]}),
        "DateLessThan": st.just({"aws:CurrentTime": "2026-11-24T12:00:01Z"}),
        "ArnNotLike": st.just({"aws:PrincipalArn": "arn:aws:iam::*:role/*"}),
    },
).map(lambda found: dict(list(found.items())[:2]))
names = st.sampled_from([USER, ROLE, SESSION, ROOT, A, B, "*"])
principals = st.one_of(
    st.just("*"),
    st.fixed_dictionaries(
        {"AWS": st.lists(names, min_size=1, max_size=3)},
        optional={"Service": st.just("s3.amazonaws.com")},
    ),
    st.just({"Federated": f"arn:aws:iam::{A}:saml-provider/corp"}),
)


@st.composite
def statement(
    draw: st.DrawFn, effect: str | None = None, principal: bool = False
) -> dict[str, Any]:
    made: dict[str, Any] = {"Effect": effect or draw(st.sampled_from(["Allow", "Allow", "Deny"]))}
    if principal:
        names_ = draw(st.sampled_from(["Principal", "Principal", "NotPrincipal"]))
        made[names_] = draw(principals)
    made[draw(st.sampled_from(["Action", "Action", "NotAction"]))] = draw(actions)
    made[draw(st.sampled_from(["Resource", "Resource", "NotResource"]))] = draw(resources)
    if draw(st.booleans()):
        made["Condition"] = draw(conditions)
    return made


def document(
    effect: str | None = None, principal: bool = False, most: int = 3
) -> st.SearchStrategy[dict[str, Any]]:
    statements = st.lists(statement(effect, principal), min_size=1, max_size=most)
    return statements.map(lambda found: {"Version": "2012-10-17", "Statement": found})


def with_everybody(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "Statement": [{**one, "Principal": "*"} for one in found["Statement"]]}


def is_no_trust_policy(found: dict[str, Any]) -> bool:
    return any(
        not str(one.get("Action", "NotAction")).startswith("sts:") for one in found["Statement"]
    )


levels = st.lists(st.lists(document(most=2), min_size=1, max_size=2), max_size=2)
policy_sets = st.fixed_dictionaries(
    {
        "identity": st.lists(document(), max_size=2),
        "permissions_boundary": st.none() | document(most=2),
        "session": st.none() | document(most=2),
        "resource": st.none() | document(principal=True).filter(is_no_trust_policy),
        "service_control": levels,
        "resource_control": levels.map(
            lambda found: [[with_everybody(one) for one in level] for level in found]
        ),
    }
)
requests = st.builds(
    lambda target, principal, context, account: Request(*target, principal, context, account),
    st.sampled_from(TARGETS),
    st.sampled_from(PRINCIPALS),
    st.fixed_dictionaries({}, optional={k: st.sampled_from(v) for k, v in KEYS.items()}),
    st.sampled_from([None, None, A, B]),
)
SETTINGS = settings(max_examples=50, deadline=None)
LAYERS = ("identity", "permissions_boundary", "session", "resource")


def effect(request: Request, policies: dict[str, Any]) -> str:
    return evaluate(request, Policies(**policies)).effect


def with_statement(policies: dict[str, Any], layer: str, added: dict[str, Any]) -> dict[str, Any]:
    """The policies with one more statement in a layer that is set already (or in identity)."""
    policies = json.loads(json.dumps(policies))
    if layer == "identity":
        policies["identity"].append({"Version": "2012-10-17", "Statement": added})
    elif policies[layer] is not None:
        if layer == "resource":
            added = {**added, "Principal": "*"}
        policies[layer]["Statement"].append(added)
    return policies


@SETTINGS
@given(requests, policy_sets, statement("Deny"), st.sampled_from(LAYERS))
def test_adding_a_deny_never_opens(
    request: Request, policies: dict[str, Any], added: dict[str, Any], layer: str
) -> None:
    before, after = (
        effect(request, policies),
        effect(request, with_statement(policies, layer, added)),
    )
    assert not (before != "allowed" and after == "allowed")
    assert not (before == "explicitDeny" and after != "explicitDeny")


@SETTINGS
@given(requests, policy_sets, statement("Allow"), st.sampled_from(LAYERS))
def test_adding_an_allow_never_closes(
    request: Request, policies: dict[str, Any], added: dict[str, Any], layer: str
) -> None:
    before, after = (
        effect(request, policies),
        effect(request, with_statement(policies, layer, added)),
    )
    assert not (before == "allowed" and after != "allowed")
    assert (before == "explicitDeny") is (after == "explicitDeny")


@SETTINGS
@given(requests, policy_sets)
def test_nothing_overrules_a_deny_of_everything(request: Request, policies: dict[str, Any]) -> None:
    caller = request.caller
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    denied = effect(request, with_statement(policies, "identity", deny))
    always = request.action == "sts:GetCallerIdentity"
    if always:
        assert denied == "allowed"
    elif caller.has_identity_policies and not caller.is_root:
        assert denied == "explicitDeny"
    else:  # the policies of nobody, and those that cannot limit root
        assert denied == effect(request, policies)


@SETTINGS
@given(requests, policy_sets)
def test_dropping_boundary_and_session_policy_never_closes(
    request: Request, policies: dict[str, Any]
) -> None:
    if effect(request, policies) == "allowed":
        assert effect(request, policies | {"permissions_boundary": None}) == "allowed"
        assert effect(request, policies | {"session": None}) == "allowed"
        assert effect(request, policies | {"service_control": []}) == "allowed"
        assert effect(request, policies | {"resource_control": []}) == "allowed"


@SETTINGS
@given(requests, policy_sets, st.randoms(use_true_random=False))
def test_order_never_matters(
    request: Request, policies: dict[str, Any], chance: random.Random
) -> None:
    shuffled = json.loads(json.dumps(policies))

    def shuffle(value: Any) -> None:
        if isinstance(value, list):
            chance.shuffle(value)
        for item in value.values() if isinstance(value, dict) else value:
            if isinstance(item, list | dict):
                shuffle(item)

    shuffle(shuffled)
    assert effect(request, shuffled) == effect(request, policies)


@SETTINGS
@given(requests, policy_sets)
def test_case_of_actions_and_keys_never_matters(request: Request, policies: dict[str, Any]) -> None:
    changed = json.loads(json.dumps(policies))

    def change(value: Any) -> None:
        for item in value.values() if isinstance(value, dict) else value:
            if isinstance(item, list | dict):
                change(item)
        if isinstance(value, dict):
            for name in ("Action", "NotAction"):
                if name in value:
                    value[name] = value[name].swapcase()
            for operator, keys in value.get("Condition", {}).items():
                value["Condition"][operator] = {key.swapcase(): keys[key] for key in keys}

    change(changed)
    same = Request(
        request.action.swapcase(),
        request.resource,
        request.principal,
        {key.swapcase(): value for key, value in request.context.items()},
        request.resource_account,
    )
    assert effect(same, changed) == effect(request, policies)


@SETTINGS
@given(requests, policy_sets)
def test_the_explanation_agrees_with_the_decision(
    request: Request, policies: dict[str, Any]
) -> None:
    decision = evaluate(request, Policies(**policies))
    statements = [step for step in decision.steps if step.is_statement]
    results = [step for step in decision.steps if not step.is_statement]
    for step in statements:
        assert step.matched is all(check.matched for check in step.checks)
    denied = any(step.effect == "explicitDeny" for step in results)
    assert denied is (decision.effect == "explicitDeny")
    if by := decision.decided_by:
        (step,) = (
            step
            for step in statements
            if (step.policy_type, step.policy_name, step.index)
            == (by.policy_type, by.policy_name, by.index)
        )
        assert step.matched
        assert step.effect == ("Allow" if decision.allowed else "Deny")
    if decision.lacking is not None and results:
        lacking = [step for step in results if step.policy_type == decision.lacking]
        assert any(step.effect == "implicitDeny" for step in lacking)
    assert (decision.nearest() is None) is decision.allowed
    assert json.loads(json.dumps(decision.to_dict())) == decision.to_dict()
    assert decision.effect in ("allowed", "explicitDeny", "implicitDeny")
    assert str(decision)
    assert decision.message.endswith(decision.reason)


def test_a_compiled_set_has_no_memory() -> None:
    chance = random.Random(7)
    allow = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "s3:*",
            "Resource": "arn:aws:s3:::b/${aws:username}/*",
        },
    }
    policies = Policies(identity=[allow])
    for _ in range(300):
        name, other = chance.choice("abc"), chance.choice("abc")
        request = Request("s3:Get", f"arn:aws:s3:::b/{other}/k", USER, {"aws:username": name})
        assert evaluate(request, policies).allowed is (name == other)
