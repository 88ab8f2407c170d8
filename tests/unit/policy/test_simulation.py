"""A request and policies as they are typed: the decision, every fault with its place, the text."""

from __future__ import annotations

import ast
import doctest
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.policy import PolicyType, evaluate, simulation
from helpers.policy.simulation import (
    MFA,
    MOST_POLICIES,
    Simulation,
    WrittenPolicy,
    notes,
    readings,
    request_fields,
    text,
    written,
)
from helpers.policy.simulation.text import as_source, from_text, to_text

USER = "arn:aws:iam::111122223333:user/analyst"
FILE = "arn:aws:s3:::payroll/2026.csv"


def policy(effect: str = "Allow", type_: str = "identity-based policy", **more: Any) -> Any:
    statement = {"Effect": effect, "Action": "s3:*", "Resource": "*", **more}
    return WrittenPolicy(type_, effect, {"Version": "2012-10-17", "Statement": [statement]})


def asked(*policies: WrittenPolicy, **more: str) -> Simulation:
    usual = {"principal": USER, "action": "s3:GetObject", "resource": FILE}
    return Simulation(**{**usual, **more}, policies=policies)


@pytest.mark.parametrize("module", [simulation, notes, readings, request_fields, text, written])
def test_doctests(module: Any) -> None:
    assert doctest.testmod(module).failed == 0


def test_each_type_of_policy_takes_its_place() -> None:
    principal = {"Principal": {"AWS": "111122223333"}}
    kinds = [str(kind) for kind in PolicyType if kind is not PolicyType.TRUST]
    for kind in kinds:
        more = principal if kind == "resource-based policy" else {}
        more = {"Principal": "*"} if kind == "resource control policy" else more
        found = asked(policy(), policy("Deny", kind, **more)).judge().decision
        assert found is not None
        assert found.effect == "explicitDeny"
        assert found.decided_by is not None
        assert found.decided_by.policy_type == kind


def test_the_decision_is_that_of_the_engine_on_the_same_request() -> None:
    found = asked(policy(), mfa="true", mfa_age="60").judge()
    assert found.decision is not None
    assert evaluate(found.decision.request, found.decision._policies).effect == "allowed"
    assert found.decision.request.values("aws:MultiFactorAuthAge") == ("60",)


@pytest.mark.parametrize(
    ("fields", "key", "values"),
    [
        ({"mfa": "missing"}, "aws:MultiFactorAuthPresent", None),
        ({"mfa": "false"}, "aws:MultiFactorAuthPresent", ["false"]),
        ({"mfa": "true", "mfa_age": "300"}, "aws:MultiFactorAuthAge", ["300"]),
        ({"mfa": "false", "mfa_age": "300"}, "aws:MultiFactorAuthAge", None),
        ({"source_ip": "2001:DB8::1"}, "aws:SourceIp", ["2001:db8::1"]),
        ({"region": "eu-west-1"}, "aws:RequestedRegion", ["eu-west-1"]),
        ({"time": "2026-11-02T10:00:00+01:00"}, "aws:CurrentTime", ["2026-11-02T09:00:00Z"]),
        ({"time": "2026-11-02T09:00:00Z"}, "aws:EpochTime", ["1793610000"]),
        ({}, "aws:SecureTransport", ["true"]),
        ({"context": "AWS:securetransport = false"}, "AWS:securetransport", ["false"]),
        ({"context": "AWS:securetransport = false"}, "aws:SecureTransport", None),
        ({"context": "aws:TagKeys = a\n\n aws:TagKeys=b=c "}, "aws:TagKeys", ["a", "b=c"]),
        ({}, "aws:username", ["analyst"]),
        ({"principal": "*"}, "aws:PrincipalArn", None),
        ({"principal": "111122223333"}, "aws:PrincipalArn", ["arn:aws:iam::111122223333:root"]),
    ],
)
def test_the_keys_that_the_fields_make(fields: Any, key: str, values: Any) -> None:
    assert asked(**fields).judge().context.get(key) == values


@pytest.mark.parametrize(
    ("resource", "field", "expected"),
    [
        ("arn:aws:s3:::b/k", "", None),
        ("arn:aws:s3:::b/k", "444455556666", "444455556666"),
        ("arn:aws:iam::444455556666:role/r", "", "444455556666"),
    ],
)
def test_whose_the_resource_is(resource: str, field: str, expected: str | None) -> None:
    assert asked(resource=resource, resource_account=field).account == expected


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"action": ""}, "action: It is empty."),
        ({"action": "s3:Get*"}, 'action: "s3:Get*" is no action.'),
        ({"resource": "payroll"}, 'resource: "payroll" is no ARN.'),
        ({"principal": "analyst"}, 'principal: "analyst" is no principal.'),
        ({"resource_account": "1111"}, "resource account: An account id has twelve digits."),
        ({"source_ip": "203.0.113"}, 'source IP: "203.0.113" is no address.'),
        ({"time": "2026-11-02"}, 'time: "2026-11-02" is no time.'),
        ({"time": "9999-12-31T23:59:59-23:00"}, "is no time."),
        ({"mfa": "true", "mfa_age": "soon"}, "MFA age: Write whole seconds, such as 300."),
        ({"mfa": "true", "mfa_age": "²"}, "MFA age: Write whole seconds"),
        ({"context": "a:b = c\nteam"}, 'other keys, line 2, column 1: "team" is no condition key.'),
    ],
)
def test_a_field_that_says_nothing(fields: Any, said: str) -> None:
    found = asked(policy(), **fields).judge()
    assert found.decision is None
    assert [said in str(fault) for fault in found.faults] == [True]
    assert found.readings[0].statements[0].matched is None  # the policies are read all the same


def test_a_fault_in_a_policy_has_its_line_and_column() -> None:
    broken = WrittenPolicy("permissions boundary", "Edge", '{\n  "Statement": [\n    {,}]}')
    found = asked(policy(), broken).judge()
    assert found.decision is None
    assert [(f.where, f.line, f.column) for f in found.faults] == [
        ("permissions boundary Edge", 3, 6)
    ]
    assert found.readings[1].fault == found.faults[0]
    assert found.readings[0].fault is None


def test_an_action_that_aws_has_not_is_noted_and_judged() -> None:
    found = asked(policy(), action="s3:GetObjekt").judge()
    assert found.notes == ('AWS has no action "s3:GetObjekt". Did you mean s3:GetObject?',)
    assert found.decision is not None
    assert asked(policy(), action="dynamdb:GetItem").judge().notes == (
        'AWS has no service "dynamdb", as in "dynamdb:GetItem". Did you mean "dynamodb"?',
    )
    assert asked(policy(), action="s3:Get").judge().decision is not None


def test_actions_of_a_policy_that_aws_has_not_are_noted() -> None:
    listed = ["s3:ListBuckets", "s3:Get*", "s3:NoSuch*", "S3:GETOBJECT"]
    found = asked(policy(Action=listed), policy("Deny", Action="iam:Zzzzz")).judge()
    assert found.notes == (
        'Allow, line 4 onward: AWS has no action "s3:ListBuckets". '
        "Did you mean s3:ListAllMyBuckets?",
        'Deny, line 4 onward: AWS has no action "iam:Zzzzz".',
    )


def test_the_keys_of_sound_fields_stay_while_a_policy_is_half_written() -> None:
    broken = WrittenPolicy("session policy", "S", "{")
    found = asked(broken, region="eu-west-1", time="soon").judge()
    assert found.context["aws:RequestedRegion"] == ["eu-west-1"]
    assert "aws:CurrentTime" not in found.context


def test_every_statement_says_what_became_of_it() -> None:
    three = WrittenPolicy(
        "identity-based policy",
        "Three",
        {
            "Statement": [
                {"Sid": "Other", "Effect": "Allow", "Action": "ec2:*", "Resource": "*"},
                {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
                {
                    "Sid": "Mfa",
                    "Effect": "Deny",
                    "Action": "*",
                    "Resource": "*",
                    "Condition": {"Null": {"aws:MultiFactorAuthPresent": "true"}},
                },
            ]
        },
    )
    denied = asked(three).judge().readings[0].statements
    assert [(s.name, s.matched, s.decides) for s in denied] == [
        ("statement Other", False, False),
        ("statement no. 2", True, False),
        ("statement Mfa", True, True),
    ]
    assert denied[0].because == "Action [ec2:*] does not match: s3:GetObject"
    assert "Null aws:MultiFactorAuthPresent [true] matches: missing" in denied[2].because
    lines = three.text.split("\n")
    for statement in denied:
        part = "\n".join(lines[statement.first_line - 1 : statement.last_line])
        assert json.loads(part.rstrip(","))["Effect"] == statement.effect
    allowed = asked(three, mfa="true").judge().readings[0].statements
    assert [s.decides for s in allowed] == [False, True, False]


def test_an_allow_that_is_not_enough_decides_nothing() -> None:
    found = asked(policy(), policy("Allow", "permissions boundary", Action="ec2:*")).judge()
    assert found.decision is not None
    assert found.decision.effect == "implicitDeny"
    assert [s.decides for reading in found.readings for s in reading.statements] == [False, False]


def test_who_is_not_asked() -> None:
    root = "arn:aws:iam::111122223333:root"
    found = asked(policy("Deny"), principal=root).judge().readings[0].statements[0]
    assert found.matched is None
    assert found.because.startswith("the root user may do everything")
    action = "sts:GetCallerIdentity"
    found = asked(policy("Deny"), action=action, resource="*").judge().readings[0].statements[0]
    assert found.because == f"{action} needs no permission, and no policy can deny it"


def test_a_deny_that_does_not_bind_root() -> None:
    deny = policy("Deny", "resource-based policy", Principal="*")
    root = "arn:aws:iam::111122223333:root"
    found = asked(
        deny, principal=root, action="s3:DeleteBucketPolicy", resource="arn:aws:s3:::payroll"
    ).judge()
    statement = found.readings[0].statements[0]
    assert found.decision is not None
    assert (found.decision.effect, statement.matched, statement.decides) == ("allowed", True, False)
    assert "does not bind the root user" in statement.because


def test_a_role_s_trust_policy_stands_as_the_resource_s() -> None:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": USER}}
    trust = WrittenPolicy("resource-based policy", "ops", {"Statement": [statement]})
    role = "arn:aws:iam::111122223333:role/ops"
    found = asked(trust, action="sts:AssumeRole", resource=role).judge()
    assert found.readings[0].statements[0].decides


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: WrittenPolicy("identity", "A", ""), "type: 'identity' is no type of policy"),
        (lambda: WrittenPolicy("role trust policy", "A", ""), "is no type of policy"),
        (lambda: WrittenPolicy("session policy", " ", ""), "name: a policy needs a name"),
        (lambda: WrittenPolicy("session policy", "a\nb", ""), "name: expected one line"),
        (lambda: WrittenPolicy("session policy", "A", 7), "text: expected a policy"),
        (lambda: asked(policy(), policy()), "stands twice"),
        (
            lambda: asked(*(policy(e, "permissions boundary") for e in ("Allow", "Deny"))),
            'the "permissions boundary" stands twice',
        ),
        (
            lambda: asked(
                *(WrittenPolicy("session policy", "a", "") for _ in range(MOST_POLICIES + 1))
            ),
            "10 at most",
        ),
        (lambda: asked(mfa="yes"), "mfa: expected one of missing, false, true"),
        (lambda: asked(action="a\nb"), "action: expected one line"),
        (lambda: replace(asked(), region=None), "region: expected a text, got a NoneType"),
        (lambda: replace(asked(), context=None), "context: expected a text"),
    ],
)
def test_what_is_no_simulation(make: Any, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        make()


# -- as text --------------------------------------------------------------------------------------

LINES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=12)
SIMULATIONS = st.builds(
    Simulation,
    principal=LINES,
    action=LINES,
    resource=LINES,
    resource_account=LINES,
    mfa=st.sampled_from(MFA),
    mfa_age=LINES,
    source_ip=LINES,
    region=LINES,
    time=LINES,
    context=st.text(max_size=20),
    policies=st.lists(
        st.builds(
            WrittenPolicy,
            st.sampled_from(["identity-based policy", "service control policy"]),
            LINES.filter(str.strip),
            st.text(max_size=30)
            | st.sampled_from(['\n\n {\n\n"a"}', '"""', "\\", "\u2028", " {\n  }", "\t{\n \t\n}"]),
        ),
        max_size=3,
        unique_by=lambda each: each.label,
    ).map(tuple),
)


@settings(max_examples=80, deadline=None)
@given(SIMULATIONS)
def test_whatever_is_typed_comes_back_out_of_its_cell(written: Simulation) -> None:
    assert from_text(to_text(written)) == written
    assert from_text(ast.literal_eval(as_source(to_text(written)))) == written
    found = written.judge()  # never raises
    assert (found.decision is None) == bool(found.faults)


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.text(max_size=4),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["Action", "[", '"]', "a,\n"]), inner)
        ),
        max_leaves=8,
    )
)
def test_lists_are_laid_out_and_nothing_else_changes(inner: Any) -> None:
    document = {"Statement": inner}
    assert json.loads(WrittenPolicy("session policy", "A", document).text) == document


def test_an_indented_text_is_read_like_one_at_the_margin() -> None:
    plain = to_text(asked(policy()))
    assert from_text("\n    " + plain.replace("\n", "\n    ")) == asked(policy())


GOOD = "principal: *\naction: s3:GetObject\nresource: *\n"


@pytest.mark.parametrize(
    ("given_text", "said"),
    [
        (None, "expected a simulation as text, got a NoneType"),
        ("", "the text has no line that begins with principal:"),
        ("principal: *\naction: a:B", "no line that begins with resource:"),
        (GOOD + "hello", 'line 4: "hello" is no field'),
        (GOOD + "Regin: x", 'line 4: "Regin" is no field. Did you mean "Region"?'),
        (GOOD + "action: s3:PutObject", "line 4: action stands twice."),
        (GOOD + "MFA: yes", 'line 4: MFA is one of missing, false, true, not "yes".'),
        (GOOD + "  {", "line 4: this line is indented, but stands under no policy."),
        (GOOD + "session policy:", "line 4: the session policy has no name"),
        (GOOD + "session policy: a\nsession policy: b", "stands twice"),
        (GOOD + "x" * 200_000, "characters, more than 200,000"),
        ("<script>alert(1)</script>", "is no field"),
    ],
)
def test_a_text_that_is_none(given_text: Any, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        from_text(given_text)


def test_a_faulty_policy_is_no_faulty_text() -> None:
    found = from_text(GOOD + "session policy: a\n  {,}").judge()
    assert str(found.faults[0]).startswith("session policy a, line 1, column 2: This is not JSON")
