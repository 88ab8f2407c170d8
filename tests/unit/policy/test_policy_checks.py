"""Every check: a policy that has the fault, and the same policy mended."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.policy import PolicyError, PolicyType, check_policy, parse_policy
from helpers.policy.checks import ISSUES, FindingType, malformed

OBJECTS = "arn:aws:s3:::payroll/*"
BUCKET = "arn:aws:s3:::payroll"


def codes(document: Any, type_: str = PolicyType.IDENTITY) -> list[str]:
    return [finding.code for finding in check_policy(document, type_)]


def policy(*statements: dict[str, Any], **elements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)} | elements


def allow(**changes: Any) -> dict[str, Any]:
    whole = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": OBJECTS} | changes
    return {name: value for name, value in whole.items() if value is not None}


def deny(**changes: Any) -> dict[str, Any]:
    return allow(**({"Effect": "Deny"} | changes))


def when(operator: str, key: str, value: Any, **changes: Any) -> dict[str, Any]:
    return allow(Condition={operator: {key: value}}, **changes)


# Code → a policy that has it, and one that has not.
CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("INVALID_ACTION", policy(allow(Action="s3:GetObjects")), policy(allow())),
    ("INVALID_ACTION", policy(allow(Action="s3:Fetch*")), policy(allow(Action="s3:GetO*"))),
    ("INVALID_SERVICE_IN_ACTION", policy(allow(Action="s33:GetObject")), policy(allow())),
    (
        "REDUNDANT_ACTION",
        policy(allow(Action=["s3:Get*", "s3:GetObject"])),
        policy(allow(Action=["s3:Get*", "s3:PutObject"])),
    ),
    (
        "REDUNDANT_ACTION",
        policy(allow(Action=["s3:GetObject", "s3:getobject"])),
        policy(allow(Action=["s3:GetObject", "s3:GetObjectAcl"])),
    ),
    (
        "REDUNDANT_RESOURCE",
        policy(allow(Resource=[OBJECTS, "arn:aws:s3:::payroll/2026/*"])),
        policy(allow(Resource=[OBJECTS, "arn:aws:s3:::logs/*"])),
    ),
    (
        "REDUNDANT_STATEMENT",
        policy(allow(Action="s3:GetO*"), allow(Resource="arn:aws:s3:::payroll/a")),
        policy(allow(Action="s3:GetO*"), deny(Resource="arn:aws:s3:::payroll/a")),
    ),
    (
        "REDUNDANT_STATEMENT",
        policy(allow(), when("Bool", "aws:SecureTransport", "true")),
        policy(
            when("Bool", "aws:SecureTransport", "true"),
            when("Bool", "aws:ViaAWSService", "true"),
        ),
    ),
    (
        "RESOURCE_NOT_OF_ACTION",
        policy(allow(Action=["s3:ListBucket", "s3:GetObject"])),
        policy(allow(Action=["s3:ListBucket", "s3:GetObject"], Resource=[BUCKET, OBJECTS])),
    ),
    ("RESOURCE_NOT_OF_ACTION", policy(allow(Resource=BUCKET)), policy(allow())),
    (
        "RESOURCE_NOT_OF_ACTION",
        policy(allow(Action="s3:ListAllMyBuckets", Resource=BUCKET)),
        policy(allow(Action="s3:ListAllMyBuckets", Resource="*")),
    ),
    (
        "RESOURCE_NOT_OF_ACTION",
        policy(allow(Action="iam:ListUsers", Resource="arn:aws:iam::111122223333:user/ann")),
        policy(allow(Action="iam:ListUsers", Resource="arn:aws:iam::111122223333:user/*")),
    ),
    (
        "RESOURCE_WITHOUT_ACTION",
        policy(allow(Resource=[OBJECTS, "arn:aws:iam::111122223333:user/ann"])),
        policy(allow(Resource=[OBJECTS])),
    ),
    ("INVALID_ARN_PREFIX", policy(allow(Resource="payroll/*")), policy(allow())),
    ("MISSING_ARN_FIELD", policy(allow(Resource="arn:aws:s3:payroll")), policy(allow())),
    ("INVALID_PARTITION", policy(allow(Resource="arn:amazon:s3:::payroll/*")), policy(allow())),
    ("INVALID_SERVICE", policy(allow(Resource="arn:aws:s33:::payroll/*")), policy(allow())),
    ("INVALID_ARN_SERVICE_CASE", policy(allow(Resource="arn:aws:S3:::p/*")), policy(allow())),
    (
        "INVALID_ARN_ACCOUNT",
        policy(allow(Action="iam:GetUser", Resource="arn:aws:iam::1111:user/ann")),
        policy(allow(Action="iam:GetUser", Resource="arn:aws:iam::111122223333:user/ann")),
    ),
    (
        "INVALID_ARN_RESOURCE",
        policy(allow(Action="iam:GetUser", Resource="arn:aws:iam::111122223333:users/ann")),
        policy(allow(Action="iam:GetUser", Resource="arn:aws:iam::111122223333:user/a/ann")),
    ),
    (
        "INVALID_ARN_RESOURCE",
        policy(allow(Resource="arn:aws:s3:eu-west-1:111122223333:payroll/*")),
        policy(allow()),
    ),
    (
        "INVALID_GLOBAL_CONDITION_KEY",
        policy(when("Bool", "aws:MultiFactorPresent", "true")),
        policy(when("Bool", "aws:MultiFactorAuthPresent", "true")),
    ),
    (
        "INVALID_SERVICE_CONDITION_KEY",
        policy(when("StringEquals", "s3:prefiks", "a", Action="s3:ListBucket", Resource=BUCKET)),
        policy(when("StringEquals", "s3:prefix", "a", Action="s3:ListBucket", Resource=BUCKET)),
    ),
    (
        "INVALID_CONDITION_KEY_FORMAT",
        policy(when("StringEquals", "username", "ann")),
        policy(when("StringEquals", "aws:username", "ann")),
    ),
    (
        "MISSING_TAG_KEY_IN_CONDITION",
        policy(when("StringEquals", "aws:PrincipalTag", "x")),
        policy(when("StringEquals", "aws:PrincipalTag/team", "x")),
    ),
    (
        "DUPLICATE_KEYS_WITH_DIFFERENT_CASE",
        policy(allow(Condition={"StringEquals": {"aws:username": "ann", "aws:UserName": "bob"}})),
        policy(allow(Condition={"StringEquals": {"aws:username": "ann", "aws:userid": "bob"}})),
    ),
    (
        "CONDITION_KEY_NOT_OF_ACTION",
        policy(when("StringEquals", "s3:prefix", "a")),
        policy(when("StringEqualsIfExists", "s3:prefix", "a")),
    ),
    (
        "CONDITION_KEY_NOT_OF_ACTION",
        policy(when("StringEquals", "s3:prefix", "a")),
        policy(when("StringEquals", "s3:prefix", "a", Action="s3:List*", Resource=BUCKET)),
    ),
    (
        "ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
        policy(
            when("StringEquals", "aws:ResourceTag/a", "b", Action="iam:ListUsers", Resource="*")
        ),
        policy(
            when(
                "StringEquals", "aws:ResourceTag/a", "b", Action="ec2:RebootInstances", Resource="*"
            )
        ),
    ),
    (
        "DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
        policy(
            when("StringEquals", "aws:ResourceTag/a", "b", Effect="Deny", Action="iam:ListUsers")
            | {"Resource": "*"}
        ),
        policy(deny(Action="iam:ListUsers", Resource="*")),
    ),
    *[
        ("TYPE_MISMATCH", policy(when(*wrong)), policy(when(*right)))
        for wrong, right in [
            (
                ("StringEquals", "aws:MultiFactorAuthPresent", "true"),
                ("Bool", "aws:MultiFactorAuthPresent", "true"),
            ),
            (
                ("NumericLessThan", "aws:CurrentTime", "2026"),
                ("DateLessThan", "aws:EpochTime", "1795478400"),
            ),
            (
                ("StringEquals", "aws:MultiFactorAuthAge", "60"),
                ("NumericLessThan", "aws:MultiFactorAuthAge", "60"),
            ),
            (
                ("StringLike", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/*"),
                ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/*"),
            ),
            (
                ("StringEquals", "aws:SourceIp", "203.0.113.7"),
                ("IpAddress", "aws:SourceIp", "203.0.113.7"),
            ),
            (("Bool", "aws:username", "true"), ("Null", "aws:username", "false")),
        ]
    ],
    (
        "TYPE_MISMATCH_BOOLEAN",
        policy(when("Bool", "aws:SecureTransport", "yes")),
        policy(when("Bool", "aws:SecureTransport", "TRUE")),
    ),
    (
        "TYPE_MISMATCH_BOOLEAN",
        policy(when("Null", "aws:username", "maybe")),
        policy(when("Null", "aws:username", False)),
    ),
    (
        "INVALID_CONDITION_MULTIPLE_BOOLEAN",
        policy(when("Bool", "aws:SecureTransport", ["true", "false"])),
        policy(when("Bool", "aws:SecureTransport", ["true"])),
    ),
    (
        "TYPE_MISMATCH_DATE",
        policy(when("DateLessThan", "aws:CurrentTime", "24 Nov 2026")),
        policy(when("DateLessThan", "aws:CurrentTime", "2026-11-24T12:00:00Z")),
    ),
    (
        "INVALID_DATE_VALUE",
        policy(when("DateLessThan", "aws:CurrentTime", "1795478400")),
        policy(when("DateLessThan", "aws:EpochTime", "1795478400")),
    ),
    (
        "TYPE_MISMATCH_NUMBER",
        policy(when("NumericLessThan", "aws:MultiFactorAuthAge", "1h")),
        policy(when("NumericLessThan", "aws:MultiFactorAuthAge", 3600)),
    ),
    (
        "TYPE_MISMATCH_IP_RANGE",
        policy(when("IpAddress", "aws:SourceIp", "203.0.113.0/40")),
        policy(when("IpAddress", "aws:SourceIp", ["203.0.113.0/24", "2001:db8::/32"])),
    ),
    (
        "IMPROVE_IP_RANGE",
        policy(when("IpAddress", "aws:SourceIp", "203.0.113.7/24")),
        policy(when("IpAddress", "aws:SourceIp", "203.0.113.7/32")),
    ),
    (
        "PRIVATE_IP_ADDRESS",
        policy(when("IpAddress", "aws:SourceIp", ["10.0.0.0/8", "192.168.1.1"])),
        policy(when("IpAddress", "aws:VpcSourceIp", ["10.0.0.0/8", "192.168.1.1"])),
    ),
    (
        "PRIVATE_IP_ADDRESS_SUBSET",
        policy(when("IpAddress", "aws:SourceIp", ["10.0.0.0/8", "203.0.113.7"])),
        policy(when("IpAddress", "aws:SourceIp", ["0.0.0.0/0", "203.0.113.7"])),
    ),
    (
        "VALUE_NOT_AN_ARN",
        policy(when("ArnLike", "aws:PrincipalArn", "role/*")),
        policy(when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*")),
    ),
    (
        "TYPE_MISMATCH_STRING",
        policy(when("BinaryEquals", "login.example.com:x", "no base64!")),
        policy(when("BinaryEquals", "login.example.com:x", "bm8=")),
    ),
    (
        "WILDCARD_WITHOUT_LIKE_OPERATOR",
        policy(when("StringEquals", "aws:username", "ann*")),
        policy(when("StringLike", "aws:username", "ann*")),
    ),
    (
        "WILDCARD_WITHOUT_LIKE_OPERATOR",
        policy(when("StringNotEquals", "aws:username", "ann?")),
        policy(when("StringNotEquals", "aws:username", "ann${?}")),
    ),
    (
        "INVALID_VARIABLE_FOR_OPERATOR",
        policy(when("NumericLessThan", "aws:MultiFactorAuthAge", "${aws:PrincipalTag/age}")),
        policy(when("StringEquals", "aws:username", "${aws:PrincipalTag/age}")),
    ),
    (
        "FORALLVALUES_WITH_SINGLE_VALUED_KEY",
        policy(when("ForAllValues:StringEquals", "aws:username", "ann")),
        policy(when("StringEquals", "aws:username", "ann")),
    ),
    (
        "FORALLVALUES_WITHOUT_NULL_CHECK",
        policy(
            when("ForAllValues:StringEquals", "aws:TagKeys", "a", Action="iam:TagUser")
            | {"Resource": "*"}
        ),
        policy(
            allow(
                Action="iam:TagUser",
                Resource="*",
                Condition={
                    "ForAllValues:StringEquals": {"aws:TagKeys": "a"},
                    "Null": {"aws:TagKeys": "false"},
                },
            )
        ),
    ),
    (
        "NULL_WITH_QUALIFIER",
        policy(when("ForAnyValue:Null", "aws:TagKeys", "true", Action="iam:TagUser", Resource="*")),
        policy(when("Null", "aws:TagKeys", "true", Action="iam:TagUser", Resource="*")),
    ),
    (
        "ALLOW_MFA_IF_EXISTS",
        policy(when("BoolIfExists", "aws:MultiFactorAuthPresent", "true")),
        policy(when("Bool", "aws:MultiFactorAuthPresent", "true")),
    ),
    (
        "DENY_MFA_WITHOUT_IF_EXISTS",
        policy(when("Bool", "aws:MultiFactorAuthPresent", False, Effect="Deny")),
        policy(when("BoolIfExists", "aws:MultiFactorAuthPresent", False, Effect="Deny")),
    ),
    (
        "NULL_ON_MFA",
        policy(when("Null", "aws:multifactorauthpresent", "false")),
        policy(when("Null", "aws:MultiFactorAuthAge", "false")),
    ),
    (
        "ALLOW_WITH_NOT_ACTION",
        policy(allow(Action=None, NotAction="iam:*", Resource=OBJECTS)),
        policy(deny(Action=None, NotAction="iam:*", Resource=OBJECTS)),
    ),
    (
        "ALLOW_WITH_NOT_RESOURCE",
        policy(allow(Resource=None, NotResource=OBJECTS)),
        policy(deny(Resource=None, NotResource=OBJECTS)),
    ),
    (
        "FULL_ADMINISTRATOR_ACCESS",
        policy(allow(Action="*", Resource="*")),
        policy(allow(Action="*", Resource=OBJECTS)),
    ),
    (
        "PASS_ROLE_WITH_STAR_IN_RESOURCE",
        policy(allow(Action="iam:PassRole", Resource="*")),
        policy(
            when(
                "StringEquals",
                "iam:PassedToService",
                "ec2.amazonaws.com",
                Action="iam:PassRole",
                Resource="*",
            )
        ),
    ),
    (
        "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE",
        policy(allow(Action="iam:P*", Resource="*")),
        policy(allow(Action="iam:P*", Resource="arn:aws:iam::111122223333:role/app")),
    ),
    (
        "PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION",
        policy(allow(Action=None, NotAction="s3:*", Resource="*")),
        policy(allow(Action=None, NotAction="iam:*", Resource="*")),
    ),
    (
        "PASS_ROLE_WITH_NOT_RESOURCE",
        policy(allow(Action="iam:PassRole", Resource=None, NotResource=OBJECTS)),
        policy(allow(Action="iam:GetRole", Resource=None, NotResource=OBJECTS)),
    ),
    (
        "CREATE_SLR_WITH_STAR_IN_RESOURCE",
        policy(allow(Action="iam:CreateServiceLinkedRole", Resource="*")),
        policy(
            allow(
                Action="iam:CreateServiceLinkedRole",
                Resource="arn:aws:iam::*:role/aws-service-role/spot.amazonaws.com/*",
            )
        ),
    ),
    (
        "CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE",
        policy(allow(Action="iam:Create*", Resource="*")),
        policy(allow(Action="iam:CreateU*", Resource="*")),
    ),
    ("MISSING_VERSION", {"Statement": allow()}, policy(allow())),
    (
        "VARIABLE_UNSUPPORTED_IN_VERSION",
        policy(allow(Resource="arn:aws:s3:::home/${aws:username}/*"), Version="2008-10-17"),
        policy(allow(Resource="arn:aws:s3:::home/${aws:username}/*")),
    ),
    (
        "MISSING_BRACE_IN_VARIABLE",
        policy(allow(Resource="arn:aws:s3:::home/${aws:username/*")),
        policy(allow(Resource="arn:aws:s3:::home/${aws:username}/*")),
    ),
    (
        "EMPTY_VARIABLE",
        policy(allow(Resource="arn:aws:s3:::home/${}/*")),
        policy(allow(Resource="arn:aws:s3:::home/${*}/*")),
    ),
    (
        "UNSUPPORTED_SPACE_IN_VARIABLE",
        policy(allow(Resource="arn:aws:s3:::home/${ aws:username}/*")),
        policy(allow(Resource="arn:aws:s3:::home/${aws:PrincipalTag/team, 'all of us'}/*")),
    ),
    (
        "UNKNOWN_VARIABLE",
        policy(allow(Resource="arn:aws:s3:::home/${aws:user}/*")),
        policy(allow(Resource="arn:aws:s3:::home/${aws:userid}/*")),
    ),
    ("EMPTY_SID_VALUE", policy(allow(Sid="")), policy(allow(Sid="Read"))),
    ("EMPTY_OBJECT_CONDITION", policy(allow(Condition={})), policy(allow())),
    (
        "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA",
        policy(allow(Resource=[f"arn:aws:s3:::payroll/{n:04}" for n in range(250)])),
        policy(allow(Resource=[f"arn:aws:s3:::payroll/{n:04}" for n in range(150)])),
    ),
]


@pytest.mark.parametrize(
    ("code", "faulty", "mended"), CASES, ids=[f"{n}-{case[0]}" for n, case in enumerate(CASES)]
)
def test_found_and_mended(code: str, faulty: dict[str, Any], mended: dict[str, Any]) -> None:
    assert code in codes(faulty)
    assert code not in codes(mended)


BOB = {"AWS": "arn:aws:iam::111122223333:user/bob"}
SNS = {"Service": "sns.amazonaws.com"}


@pytest.mark.parametrize(
    ("code", "faulty", "mended"),
    [
        (
            "ALLOW_WITH_NOT_PRINCIPAL",
            allow(NotPrincipal=BOB),
            deny(NotPrincipal=BOB),
        ),
        ("PUBLIC_PRINCIPAL", allow(Principal="*"), allow(Principal=BOB)),
        ("PUBLIC_PRINCIPAL", allow(Principal={"AWS": ["*"]}), deny(Principal={"AWS": ["*"]})),
        (
            "PUBLIC_PRINCIPAL",
            allow(Principal="*"),
            when("StringEquals", "aws:PrincipalOrgID", "o-abcdefghij", Principal="*"),
        ),
        (
            "RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL",
            allow(Principal=SNS),
            when("StringEquals", "aws:SourceAccount", "111122223333", Principal=SNS),
        ),
        (
            "INVALID_USER_REFERENCE",
            allow(Principal={"AWS": "AIDAEXAMPLEEXAMPLE000"}),
            allow(Principal=BOB),
        ),
        (
            "INVALID_ROLE_REFERENCE",
            allow(Principal={"AWS": ["AROAEXAMPLEEXAMPLE000"]}),
            allow(Principal=BOB),
        ),
    ],
)
def test_resource_policies(code: str, faulty: dict[str, Any], mended: dict[str, Any]) -> None:
    assert code in codes(policy(faulty), "RESOURCE_POLICY")
    assert code not in codes(policy(mended), "RESOURCE_POLICY")


def test_every_issue_of_a_sound_document_has_a_case() -> None:
    """What is left is what only the parser reports, and NotAction/NotResource combinations."""
    seen = {case[0] for case in CASES}
    for_resources = {
        "ALLOW_WITH_NOT_PRINCIPAL",
        "PUBLIC_PRINCIPAL",
        "RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL",
        "INVALID_USER_REFERENCE",
        "INVALID_ROLE_REFERENCE",
    }
    parsers = {code for _, code in malformed._TABLE}
    parsers |= {"DATA_TYPE_MISMATCH", "INVALID_PRINCIPAL_FORMAT", "INVALID_POLICY_ELEMENT"}
    rest = set(ISSUES) - seen - for_resources - parsers
    assert {code.partition("_WITH_")[0] for code in rest} <= {"PASS_ROLE", "CREATE_SLR"}


@pytest.mark.parametrize("type_", [PolicyType.BOUNDARY, PolicyType.SERVICE_CONTROL])
def test_what_only_limits_grants_nothing(type_: PolicyType) -> None:
    assert codes(policy(allow(Action="*", Resource="*")), type_) == []


def test_places() -> None:
    text = json.dumps(policy(allow(), allow(Action=["s3:PutObject", "s3:Putt"])), indent=2)
    (finding,) = check_policy(text)
    assert finding.path == "Statement[1].Action[1]"
    assert finding.steps == ("Statement", 1, "Action", 1)
    line = text.splitlines()[finding.line - 1]
    assert line[finding.column - 1 : finding.end_column - 1] == '"s3:Putt"'
    assert finding.line == finding.end_line


def test_a_key_is_shown_at_the_key() -> None:
    text = json.dumps(policy(when("BoolIfExists", "aws:MultiFactorAuthPresent", "true")))
    (finding,) = check_policy(text)
    assert text[finding.column - 1 :].startswith('"aws:MultiFactorAuthPresent"')
    assert finding.own
    assert "access keys" in finding.message


def test_the_order_is_the_documents() -> None:
    found = check_policy(policy(allow(Action="s3:Nope"), allow(Action="s3:Nada"), Version=None))
    assert [f.code for f in found] == ["INVALID_VERSION"]
    found = check_policy(policy(allow(Action="s3:Qq"), allow(Resource="payroll")))
    assert [f.path for f in found] == ["Statement[0].Action", "Statement[1].Resource"]


def test_messages_name_what_was_meant() -> None:
    (finding,) = check_policy(policy(allow(Action="s3:ListBuckets", Resource="*")))
    assert "s3:ListAllMyBuckets" in finding.message
    (finding,) = check_policy(policy(allow(Resource=BUCKET)))
    assert "arn:aws:s3:::BucketName/ObjectName" in finding.message


def test_links() -> None:
    assert ISSUES["PASS_ROLE_WITH_STAR_IN_RESOURCE"].learn_more.endswith(
        "access-analyzer-reference-policy-checks.html"
        "#access-analyzer-reference-policy-checks-security-warning-pass-role-with-star-in-resource"
    )
    for issue in ISSUES.values():
        assert issue.learn_more.startswith("https://docs.aws.amazon.com/IAM/")
        assert issue.own is ("access-analyzer-reference" not in issue.learn_more)


# -- malformed documents -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "document"),
    [
        ("JSON_SYNTAX_ERROR", ""),
        ("JSON_SYNTAX_ERROR", "{'Version': 1}"),
        ("JSON_SYNTAX_ERROR", b"\xff"),
        ("JSON_SYNTAX_ERROR", "[" * 100_000),
        ("DATA_TYPE_MISMATCH", "[]"),
        ("INVALID_VERSION", policy(allow(), Version="2026-01-01")),
        ("MISSING_STATEMENT", {"Version": "2012-10-17"}),
        ("MISSING_STATEMENT", policy()),
        ("UNIQUE_SIDS_REQUIRED", policy(allow(Sid="A"), allow(Sid="A"))),
        ("UNSUPPORTED_SID", policy(allow(Sid="a b"))),
        ("MISSING_EFFECT", policy(allow(Effect=None))),
        ("INVALID_EFFECT", policy(allow(Effect="allow"))),
        ("MISSING_ACTION", policy(allow(Action=None))),
        ("EMPTY_ARRAY_ACTION", policy(allow(Action=[]))),
        ("INVALID_ACTION", policy(allow(Action="GetObject"))),
        ("MISSING_RESOURCE", policy(allow(Resource=None))),
        ("EMPTY_ARRAY_RESOURCE", policy(allow(Resource=[]))),
        ("UNSUPPORTED_PRINCIPAL", policy(allow(Principal="*"))),
        ("UNSUPPORTED_ELEMENT_COMBINATION", policy(allow(NotAction="s3:*"))),
        ("INVALID_POLICY_ELEMENT", policy(allow(Actions="s3:*"))),
        ("INVALID_CONDITION_OPERATOR", policy(when("StringEqual", "aws:username", "a"))),
        ("INVALID_CONDITION_OPERATOR", policy(when("ForEach:Bool", "aws:username", "a"))),
        ("NULL_WITH_IF_EXISTS", policy(when("NullIfExists", "aws:username", "true"))),
        ("INVALID_CONDITION_KEY_FORMAT", policy(when("Bool", "", "true"))),
        ("EMPTY_ARRAY_CONDITION", policy(when("Bool", "aws:SecureTransport", []))),
        ("DATA_TYPE_MISMATCH", policy(when("Bool", "aws:SecureTransport", None))),
        ("DATA_TYPE_MISMATCH", policy(allow(Action=7))),
    ],
)
def test_malformed(code: str, document: Any) -> None:
    (finding,) = check_policy(document)
    assert (finding.code, finding.type) == (code, FindingType.ERROR)
    with pytest.raises(PolicyError) as caught:
        parse_policy(document)
    assert (finding.line, finding.column) == (caught.value.line, caught.value.column)


@pytest.mark.parametrize(
    ("code", "statement", "type_"),
    [
        ("MISSING_PRINCIPAL", allow(), PolicyType.RESOURCE),
        ("INVALID_PRINCIPAL_KEY", allow(Principal={"Aws": "*"}), PolicyType.RESOURCE),
        ("EMPTY_OBJECT_PRINCIPAL", allow(Principal={}), PolicyType.RESOURCE),
        ("EMPTY_ARRAY_PRINCIPAL", allow(Principal={"AWS": []}), PolicyType.RESOURCE),
        ("INVALID_PRINCIPAL_FORMAT", allow(Principal={"AWS": "bob"}), PolicyType.RESOURCE),
        (
            "UNSUPPORTED_WILDCARD_IN_PRINCIPAL",
            allow(Principal={"AWS": "arn:aws:iam::111122223333:user/*"}),
            PolicyType.RESOURCE,
        ),
        ("RCP_SYNTAX_ERROR_PRINCIPAL", deny(Principal=BOB), PolicyType.RESOURCE_CONTROL),
        (
            "ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE",
            allow(Action="sts:AssumeRole", Principal=BOB, Resource="*"),
            PolicyType.TRUST,
        ),
    ],
)
def test_malformed_principals(code: str, statement: dict[str, Any], type_: PolicyType) -> None:
    (finding,) = check_policy(policy(statement), type_)
    assert finding.code == code


def test_arguments() -> None:
    with pytest.raises(ValueError, match="type: 'nonsense'"):
        check_policy(policy(allow()), "nonsense")
    with pytest.raises(ValueError, match="type: "):
        check_policy(policy(allow()), [])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="document"):
        check_policy(7)  # type: ignore[arg-type]


# -- whatever comes ------------------------------------------------------------------------------

_words = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "*", "?", "s3:*", "s3:GetObject", "iam:PassRole", "arn:aws:s3:::a", "arn:aws:s3:::*",
            "arn:::::", "arn:aws:iam::aws:policy/x", "${aws:username}", "${", "${}", "${*}", "",
            "true", "2026", "10.0.0.0/8", "::/0", "aws:SourceIp", "aws:TagKeys", "s3:prefix",
        ]
    ),
)  # fmt: skip
_one_or_more = _words | st.lists(_words, min_size=1, max_size=4)
_operators = st.sampled_from(
    ["StringEquals", "Bool", "Null", "IpAddress", "ArnLike", "DateLessThan", "NumericEquals",
     "BinaryEquals", "ForAllValues:StringLike", "ForAnyValue:Null", "BoolIfExists"]
)  # fmt: skip
_statements = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Action": st.lists(
            st.sampled_from(["*", "s3:*", "s3:G?t*", "iam:PassRole", "q:x", "s3:\x00", "s3:${a}"]),
            min_size=1,
        ),
        "Resource": _one_or_more,
    },
    optional={
        "Condition": st.dictionaries(
            _operators, st.dictionaries(_words, _one_or_more, max_size=3), max_size=3
        ),
        "Sid": st.sampled_from(["", "A"]),
    },
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_statements, min_size=1, max_size=3), st.booleans())
def test_no_other_exception_for_odd_values(statements: list[Any], dated: bool) -> None:
    document: dict[str, Any] = {"Statement": statements}
    if dated:
        document["Version"] = "2012-10-17"
    for finding in check_policy(document):
        assert finding.line >= 1
        assert finding.column >= 1
        assert finding.message


@settings(max_examples=100, deadline=None)
@given(st.text() | st.binary())
def test_no_other_exception_for_any_text(text: str | bytes) -> None:
    (finding,) = check_policy(text)
    assert finding.type is FindingType.ERROR


# -- the project's own, and speed ----------------------------------------------------------------


def test_the_projects_own_policies_are_clean() -> None:
    from helpers.lab.scenarios import READ_PAYROLL

    assert check_policy(READ_PAYROLL) == []


def test_the_mfa_policy_of_the_lessons_is_clean() -> None:
    listed = ["CreateVirtualMFADevice", "EnableMFADevice", "GetUser", "ListMFADevices"]
    exempt = [f"iam:{name}" for name in listed] + ["sts:GetSessionToken"]
    statement = {
        "Sid": "DenyAllExceptListedIfNoMFA",
        "Effect": "Deny",
        "NotAction": exempt,
        "Resource": "*",
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    }
    assert check_policy(policy(statement)) == []


def test_a_long_policy_is_checked_in_good_time() -> None:
    from helpers.policy import catalogue

    names = [name for service in ("ec2", "iam", "s3") for name in catalogue.actions(service)]
    chunks = [names[at : at + 20] for at in range(0, 260, 20)]
    tagged = {"StringEquals": {"aws:ResourceTag/team": "blue"}}
    instances = "arn:aws:ec2:*:111122223333:instance/*"
    statements = [allow(Action=c, Resource=instances, Condition=tagged) for c in chunks]
    document = json.dumps(policy(*statements))
    assert 9_000 < len(document) < 12_000
    check_policy(document)
    # Sanity only: it takes hundredths of a second; what would be quadratic takes many.
    began = time.process_time()
    check_policy(document)
    assert time.process_time() - began < 0.5
