"""Documents that are no policies: where the fault is, and what would be valid."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest

from helpers.policy import Policies, PolicyError, PolicyType, parse_policy, policy_size

VALID = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def fault(document: Any, policy_type: PolicyType = PolicyType.IDENTITY) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        parse_policy(document, policy_type)
    return caught.value


def statement(**changes: Any) -> dict[str, Any]:
    """A valid policy whose second statement is changed; ``…=None`` takes an element out."""
    changed = {name: value for name, value in (VALID | changes).items() if value is not None}
    return {"Version": "2012-10-17", "Statement": [VALID, changed]}


@pytest.mark.parametrize(
    ("text", "line", "column", "hint"),
    [
        ("", 1, 1, "empty"),
        ("   \n ", 2, 2, "empty"),
        ("{'Version': 1}", 1, 2, "double quotes"),
        ('{\n  "Version": "2012-10-17",\n}', 2, 26, "comma"),
        ('{"Statement": [1, 2,]}', 1, 20, "comma"),
        ('{\n  "Id": "x"\n  "Statement": []\n}', 3, 3, "comma missing"),
        ('{"Id": "x" # no\n}', 1, 12, "no comments"),
        ('{"Id": "x"} trailing', 1, 13, ""),
        ('{"Id": "x', 1, 8, ""),
        ('{"Id": NaN}', 1, 8, "finite"),
        ('{"Id": -Infinity}', 1, 8, "finite"),
        ('{"Id": "NaN", "Statement": [NaN]}', 1, 29, "finite"),
        ("NaN", 1, 1, "finite"),
        ("\ufeff{}", 1, 1, "byte order mark"),
        ("ä{}", 1, 1, ""),
    ],
)
def test_not_json(text: str, line: int, column: int, hint: str) -> None:
    error = fault(text)
    assert (error.line, error.column) == (line, column)
    assert hint in error.hint


def test_not_utf_8() -> None:
    error = fault(b'{"Id":\n "\xff"}')
    assert (error.line, error.column) == (2, 3)
    assert parse_policy(b"\xef\xbb\xbf" + json.dumps(statement()).encode()).statements


@pytest.mark.parametrize("text", ["[]", '"text"', "7", "null", "true"])
def test_not_an_object(text: str) -> None:
    assert "JSON object" in fault(text).problem


@pytest.mark.parametrize(
    "deep", ["[" * 100_000, '{"a":' * 100_000, '{"Statement":' + "[" * 5000 + "]" * 5000 + "}"]
)
def test_nested_deeply(deep: str) -> None:
    fault(deep)


@pytest.mark.parametrize(
    ("document", "path", "hint"),
    [
        ({"Version": "2012-10-17"}, "", "Statement"),
        ({"Statement": []}, "Statement", "at least one"),
        ({"Statement": "x"}, "Statement", "at least one"),
        ({"Statement": ["x"]}, "Statement[0]", ""),
        ({"Statement": VALID, "Statment": 1}, "Statment", '"Statement"'),
        ({"Statement": VALID, "Version": "2012-10-18"}, "Version", "2012-10-17"),
        ({"Statement": VALID, "Version": 20121017}, "Version", "2012-10-17"),
        ({"Statement": VALID, "Id": 7}, "Id", "double quotes"),
        (statement(Effect=None), "Statement[1]", "Effect"),
        (statement(Effect="allow"), "Statement[1].Effect", 'Write "Allow"'),
        (statement(Effect="Denied"), "Statement[1].Effect", 'Write "Deny"'),
        (statement(Effect=["Allow"]), "Statement[1].Effect", "Allow"),
        (statement(Action=None), "Statement[1]", "Action"),
        (statement(Action=[]), "Statement[1].Action", "value"),
        (statement(Action=7), "Statement[1].Action", "double quotes"),
        (statement(Action=["s3:Get*", None]), "Statement[1].Action[1]", "double quotes"),
        (statement(Action="GetObject"), "Statement[1].Action", "service:Name"),
        (statement(Action="s3:"), "Statement[1].Action", "service:Name"),
        (statement(Action=":Get"), "Statement[1].Action", "service:Name"),
        (statement(Action="s3:Get:Object"), "Statement[1].Action", "service:Name"),
        (statement(Action="s3: GetObject"), "Statement[1].Action", "service:Name"),
        (statement(Action="s*:GetObject"), "Statement[1].Action", "service:Name"),
        (statement(NotAction="s3:*"), "Statement[1].NotAction", "one of them"),
        (statement(Actions="s3:*"), "Statement[1].Actions", '"Action"'),
        (statement(Resource=None), "Statement[1]", "Resource"),
        (statement(Resource=[]), "Statement[1].Resource", "value"),
        (statement(NotResource="*"), "Statement[1].NotResource", "one of them"),
        (statement(Sid="With space"), "Statement[1].Sid", "letters"),
        (statement(Sid=5), "Statement[1].Sid", "double quotes"),
        (statement(Principal="*"), "Statement[1].Principal", "attached"),
        (statement(NotPrincipal="*"), "Statement[1].NotPrincipal", "attached"),
        (statement(Condition="x"), "Statement[1].Condition", "Bool"),
        (statement(Condition=[{}]), "Statement[1].Condition", "Bool"),
        (
            statement(Condition={"StringEqual": {"a:b": "c"}}),
            "Statement[1].Condition.StringEqual",
            '"StringEquals"',
        ),
        (
            statement(Condition={"BoolIfExist": {"a:b": "c"}}),
            "Statement[1].Condition.BoolIfExist",
            '"Bool',
        ),
        (
            statement(Condition={"ForAllValue:StringLike": {"a:b": "c"}}),
            'Statement[1].Condition["ForAllValue:StringLike"]',
            '"ForAllValues:StringLike"',
        ),
        (
            statement(Condition={"ForAnyValue:Stringlikes": {"a:b": "c"}}),
            'Statement[1].Condition["ForAnyValue:Stringlikes"]',
            '"ForAnyValue:StringLike"',
        ),
        (
            statement(Condition={"NullIfExists": {"a:b": "true"}}),
            "Statement[1].Condition.NullIfExists",
            '"Null"',
        ),
        (statement(Condition={"Bool": "true"}), "Statement[1].Condition.Bool", "Bool"),
        (statement(Condition={"Bool": {"a:b": {}}}), 'Statement[1].Condition.Bool["a:b"]', ""),
        (statement(Condition={"Bool": {"a:b": None}}), 'Statement[1].Condition.Bool["a:b"]', ""),
        (statement(Condition={"Bool": {"a:b": []}}), 'Statement[1].Condition.Bool["a:b"]', "value"),
        (
            statement(Condition={"Bool": {"a:b": ["true", []]}}),
            'Statement[1].Condition.Bool["a:b"][1]',
            "",
        ),
    ],
)
def test_grammar(document: dict[str, Any], path: str, hint: str) -> None:
    error = fault(document)
    assert error.path == path
    assert hint in f"{error.problem} {error.hint}"
    as_text = fault(json.dumps(document, indent=4))
    assert (as_text.path, as_text.line, as_text.column) == (path, error.line, error.column)
    assert "json.dumps" in str(error)
    assert "json.dumps" not in str(as_text)


def test_a_name_is_shown_at_the_name_and_a_value_at_the_value() -> None:
    text = '{\n  "Statement": {\n    "Effect": "Alow",\n    "Action": "*", "Resource": "*"\n  }\n}'
    error = fault(text)
    assert (error.line, error.column) == (3, 15)
    error = fault(text.replace("Alow", "Allow").replace('"Action"', '"Aktion"'))
    assert (error.line, error.column, error.hint) == (4, 5, 'Did you mean "Action"?')
    assert str(error).startswith("Statement.Aktion (line 4, column 5): A statement has no element")


def test_the_same_name_twice() -> None:
    text = (
        '{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*",\n "Effect": "Allow"}]}'
    )
    error = fault(text)
    assert (error.path, error.line, error.column) == ("Statement[0].Effect", 2, 2)
    more = text.replace('"Allow"}', '"Allow", "Action": "s3:*"}')
    assert fault(more).path == "Statement[0].Effect"  # the first of them
    assert "not JSON" in fault(text[:-1] + "]").problem  # what is no JSON at all comes first
    escaped = fault(text.replace('"Effect": "Allow"', '"\\u0045ffect": "Allow"'))
    assert escaped.path == "Statement[0].Effect"


def test_a_sid_twice() -> None:
    document = {"Statement": [VALID | {"Sid": "A"}, VALID | {"Sid": "B"}, VALID | {"Sid": "A"}]}
    assert fault(document).path == "Statement[2].Sid"
    parse_policy({"Statement": [VALID | {"Sid": ""}, VALID | {"Sid": ""}]})


RESOURCE, TRUST = PolicyType.RESOURCE, PolicyType.TRUST


@pytest.mark.parametrize(
    ("policy_type", "element", "path"),
    [
        (RESOURCE, {}, "Statement"),
        (RESOURCE, {"Principal": "everybody"}, "Statement.Principal"),
        (RESOURCE, {"Principal": {}}, "Statement.Principal"),
        (RESOURCE, {"Principal": ["*"]}, "Statement.Principal"),
        (RESOURCE, {"Principal": {"Aws": "*"}}, "Statement.Principal.Aws"),
        (RESOURCE, {"Principal": {"AWS": []}}, "Statement.Principal.AWS"),
        (RESOURCE, {"Principal": {"AWS": "ann"}}, "Statement.Principal.AWS"),
        (RESOURCE, {"Principal": {"AWS": 111122223333}}, "Statement.Principal.AWS"),
        (
            RESOURCE,
            {"Principal": {"AWS": "arn:aws:iam::111122223333:user/*"}},
            "Statement.Principal.AWS",
        ),
        (RESOURCE, {"Principal": {"AWS": "arn:aws:iam::*:root"}}, "Statement.Principal.AWS"),
        (
            RESOURCE,
            {"Principal": {"AWS": "arn:aws:iam::111122223333:group/devs"}},
            "Statement.Principal.AWS",
        ),
        (
            RESOURCE,
            {"Principal": {"Service": ["ec2.amazonaws.com", "*.amazonaws.com"]}},
            "Statement.Principal.Service[1]",
        ),
        (RESOURCE, {"Principal": "*", "NotPrincipal": "*"}, "Statement.NotPrincipal"),
        (TRUST, {"Principal": "*"}, "Statement.Resource"),
        (TRUST, {"NotPrincipal": "*", "Resource": None}, "Statement.NotPrincipal"),
        (
            PolicyType.RESOURCE_CONTROL,
            {"Principal": {"AWS": "111122223333"}},
            "Statement.Principal",
        ),
        (PolicyType.SERVICE_CONTROL, {"Principal": "*"}, "Statement.Principal"),
        (PolicyType.BOUNDARY, {"Principal": "*"}, "Statement.Principal"),
        (PolicyType.SESSION, {"Principal": "*"}, "Statement.Principal"),
    ],
)
def test_principals(policy_type: PolicyType, element: dict[str, Any], path: str) -> None:
    merged = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"} | element
    if policy_type is RESOURCE:
        merged["Action"] = "s3:GetObject"
    data = {name: value for name, value in merged.items() if value is not None}
    assert fault({"Statement": data}, policy_type).path == path


@pytest.mark.parametrize(
    "document",
    [
        {
            "Statement": {
                "Effect": "Allow",
                "Principal": {"AWS": ["111122223333", "AROAEXAMPLEROLEID"]},
                "Action": "s3:*",
                "Resource": "*",
            }
        },
        {
            "Statement": {
                "Sid": "With spaces",
                "Effect": "Deny",
                "NotPrincipal": {"Service": "x.amazonaws.com"},
                "Action": "s3:*",
                "Resource": "*",
            }
        },
        {
            "Statement": {
                "Effect": "Allow",
                "Principal": {"Federated": "accounts.google.com"},
                "Action": "sts:AssumeRoleWithWebIdentity",
            }
        },
        {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}},
    ],
)
def test_valid_resource_policies(document: dict[str, Any]) -> None:
    assert len(parse_policy(document, RESOURCE).statements) == 1


def test_a_trust_policy_is_recognised() -> None:
    assume = {"Effect": "Allow", "Principal": "*", "Action": ["sts:AssumeRole", "STS:TagSession"]}
    assert parse_policy({"Statement": assume}, RESOURCE).type is TRUST
    bucket = assume | {"Action": "s3:*", "Resource": "*"}
    assert parse_policy({"Statement": bucket}, RESOURCE).type is RESOURCE


def test_what_is_valid_though_odd() -> None:
    parse_policy({"Statement": VALID | {"Condition": {}}})
    parse_policy({"Statement": VALID | {"Condition": {"Bool": {}}}})
    parse_policy(
        {"Statement": VALID | {"Condition": {"NumericEquals": {"a:b": [1, 1.5, True, "x"]}}}}
    )
    parse_policy(
        '{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": '
        '{"NumericEquals": {"a:b": ' + "9" * 10_000 + "}}}}"
    )
    parse_policy({"Statement": VALID | {"Resource": "\ud800 lone surrogate"}})


def test_positions_of_statements() -> None:
    text = (
        '{"Statement": [\n  {"Effect": "Deny", "Action": "*", "Resource": "*"},\n  '
        + json.dumps(VALID)
        + "\n]}"
    )
    first, second = parse_policy(text).statements
    assert (first.start, first.end) == ((2, 3), (2, 53))
    assert second.start == (3, 3)
    assert second.end == (3, 3 + len(json.dumps(VALID)))


def test_a_dict_that_is_changed_later_changes_nothing() -> None:
    document = statement()
    policy = parse_policy(document)
    document["Statement"].clear()
    assert len(policy.statements) == 2
    assert policy.statements[1].start.line == 9


def test_a_dict_that_json_cannot_write() -> None:
    circular: dict[str, Any] = {}
    circular["Statement"] = circular
    for document in (
        {"Statement": {1, 2}},
        circular,
        {"Statement": object()},
        {"Id": float("nan")},
    ):
        fault(document)


def test_the_error_names_the_document() -> None:
    with pytest.raises(PolicyError, match=r'^identity\[1\] "mine": Statement \(line'):
        Policies(identity=[{"Statement": VALID}, ("mine", {"Statement": []})])
    with pytest.raises(PolicyError, match=r"^service_control\[0\]\[1\]: "):
        Policies(service_control=[[{"Statement": VALID}, "{"]])


def test_the_error_can_be_pickled() -> None:
    error = fault({"Statement": []})
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.path, again.line, again.hint) == (
        str(error),
        error.path,
        error.line,
        error.hint,
    )


def test_size_leaves_white_space_out() -> None:
    assert policy_size(json.dumps(statement(), indent=4)) == policy_size(statement())
    assert policy_size('{ "a" : "b c" }') == 10


def test_a_statement_alone_is_no_policy() -> None:
    error = fault(VALID)
    assert error.problem == "This is a statement, and not yet a policy."
    assert '"Statement": [...]' in error.hint
    assert "no element" in fault({**statement(), "Effect": "Deny"}).problem
