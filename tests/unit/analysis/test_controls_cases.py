"""Where a control draws its line: what is still well, what is not, and what the calls keep."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from helpers import Lab
from helpers.analysis.controls import CONTROLS, Document, Outcome, Result, score
from helpers.analysis.snapshot import DETAILS, REPORT, Snapshot
from helpers.analysis.sources.account_reading import Answer, Asked
from helpers.analysis.sources.credential_report import HEADER

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
ACCOUNT, OTHER = "111122223333", "444455556666"
IAM = f"arn:aws:iam::{ACCOUNT}"
PASS, FAIL, OPEN = Outcome.PASS, Outcome.FAIL, Outcome.CANNOT_TELL
REGION = "us-east-1"


def judged(name: str, answers: Mapping[Asked, Any]) -> Result:
    """A control on answers; one that is a text is an error's code."""
    given = {
        asked: Answer(None, value) if isinstance(value, str) else Answer(value)
        for asked, value in answers.items()
    }
    identity = {"Account": ACCOUNT, "Arn": f"{IAM}:root"}
    given[Asked("sts:GetCallerIdentity")] = Answer(identity)
    return CONTROLS[name].judge(Snapshot(given, AT, (REGION,)))


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


# Trails -------------------------------------------------------------------------------------------


def trail(selectors: Any, name: str = "t", logging: Any = True, **others: Any) -> dict[Asked, Any]:
    arn = others.pop("arn", f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/{name}")
    one = {
        "Name": name,
        "TrailARN": arn,
        "HomeRegion": REGION,
        "S3BucketName": "b",
        "IsMultiRegionTrail": True,
        **others,
    }
    status = {"IsLogging": logging} if isinstance(logging, bool) else logging
    return {
        Asked("cloudtrail:DescribeTrails", "", name): {"trailList": [one]},
        Asked("cloudtrail:GetTrailStatus", "", arn): status,
        Asked("cloudtrail:GetEventSelectors", "", arn): selectors,
    }


def fields(**equals: str) -> dict[str, Any]:
    """An advanced selector; ``_`` in a name stands for a dot."""
    found = [{"Field": k.replace("_", "."), "Equals": [v]} for k, v in equals.items()]
    return {"FieldSelectors": found}


MANAGEMENT = fields(eventCategory="Management")
OBJECTS = fields(eventCategory="Data", resources_type="AWS::S3::Object")
NARROW = {**MANAGEMENT["FieldSelectors"][0], "NotStartsWith": ["M"]}
NOT_KMS = {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}


def classic(*values: str, **others: Any) -> dict[str, Any]:
    data = [{"Type": "AWS::S3::Object", "Values": list(values)}] if values else []
    selector = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": data}
    return {"EventSelectors": [{**selector, **others}]}


@pytest.mark.parametrize(
    ("selectors", "everything", "objects"),
    [
        ({}, PASS, FAIL),
        (classic(), PASS, FAIL),
        (classic("arn:aws:s3"), PASS, PASS),
        (classic("arn:aws:s3:::"), PASS, PASS),
        (classic("arn:aws:s3:::payroll/"), PASS, FAIL),
        (classic("arn:aws:s3", ReadWriteType="ReadOnly"), FAIL, FAIL),
        (classic("arn:aws:s3", IncludeManagementEvents=False), FAIL, PASS),
        (classic(ExcludeManagementEventSources=["kms.amazonaws.com"]), FAIL, FAIL),
        ({"AdvancedEventSelectors": [MANAGEMENT]}, PASS, FAIL),
        ({"AdvancedEventSelectors": [MANAGEMENT, OBJECTS]}, PASS, PASS),
        ({"AdvancedEventSelectors": [OBJECTS]}, FAIL, PASS),
        (
            {
                "AdvancedEventSelectors": [
                    {"FieldSelectors": [*MANAGEMENT["FieldSelectors"], NOT_KMS]}
                ]
            },
            FAIL,
            FAIL,
        ),
        (
            {"AdvancedEventSelectors": [fields(eventCategory="Management", readOnly="false")]},
            FAIL,
            FAIL,
        ),
        (
            {"AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "eventCategory"}]}]},
            FAIL,
            FAIL,
        ),
        ({"AdvancedEventSelectors": [{"FieldSelectors": [NARROW]}]}, FAIL, FAIL),
        ("AccessDenied", OPEN, OPEN),
    ],
)
def test_what_a_trail_records(selectors: Any, everything: Outcome, objects: Outcome) -> None:
    answers = trail(selectors)
    assert judged("trail-everywhere", answers).outcome is everything
    found = judged("trail-s3-objects", answers)
    assert found.outcome is objects
    if found.steps:  # what the call would set is enough
        wanted = {k: v for k, v in found.steps[0].parameters.items() if k.endswith("Selectors")}
        assert judged("trail-s3-objects", trail(wanted)).outcome is PASS
        assert judged("trail-everywhere", trail(wanted)).outcome is PASS


def test_what_a_trail_records_besides_stays() -> None:
    tables = {"Type": "AWS::DynamoDB::Table", "Values": ["arn:aws:dynamodb"]}
    held = classic("arn:aws:s3:::payroll/")
    held["EventSelectors"][0]["DataResources"].append(tables)
    (step,) = judged("trail-s3-objects", trail(held)).steps
    assert tables in step.parameters["EventSelectors"][0]["DataResources"]
    other = fields(eventCategory="Data", resources_type="AWS::DynamoDB::Table")
    (step,) = judged("trail-s3-objects", trail({"AdvancedEventSelectors": [other]})).steps
    assert step.parameters["AdvancedEventSelectors"] == [other, MANAGEMENT, OBJECTS]


def test_one_trail_of_several_is_enough() -> None:
    bad = trail(classic(ReadWriteType="WriteOnly"), "bad", False, IsMultiRegionTrail=False)
    good = trail({}, "good")
    assert judged("trail-everywhere", {**bad, **good}).outcome is PASS
    theirs = f"arn:aws:cloudtrail:{REGION}:{OTHER}:trail/organization"
    assert judged("trail-everywhere", {**bad, **trail({}, arn=theirs)}).outcome is PASS
    # Of the one that cannot be told it may be the one.
    assert judged("trail-everywhere", {**bad, **trail({}, "x", "AccessDenied")}).outcome is OPEN
    found = judged("trail-everywhere", bad)
    (reason,) = found.reasons
    assert reason.text == ("it is of one Region, it is stopped, it leaves management events out")
    assert [step.method for step in found.steps] == [
        "update_trail",
        "start_logging",
        "put_event_selectors",
    ]


def test_a_trail_of_another_account_is_not_this_ones_to_change() -> None:
    theirs = f"arn:aws:cloudtrail:{REGION}:{OTHER}:trail/organization"
    found = judged("trail-everywhere", trail({}, arn=theirs, logging=False))
    assert found.outcome is FAIL
    assert [step.method for step in found.steps][-2:] == ["create_trail", "start_logging"]


@pytest.fixture(scope="module")
def empty() -> Iterator[Lab]:
    yield Lab.start()
    Lab.stop()


def test_where_there_is_no_trail_one_is_made(empty: Lab) -> None:
    names = "trail-everywhere", "trail-validation", "trail-bucket-private", "trail-s3-objects"
    chosen = [CONTROLS[name] for name in names]
    before = score(Snapshot.collect(empty.root, [REGION]), chosen)
    assert {one.outcome for one in before.results} == {FAIL}
    assert {str(one.reasons[0]) for one in before.results[:3]} == {"account: there is no trail"}
    exec(before["trail-s3-objects"].boto3, {})
    after = score(Snapshot.collect(empty.root, [REGION]), chosen)
    assert {one.outcome for one in after.results} == {PASS}, str(after)


# Networks and machines ----------------------------------------------------------------------------


def group(*rules: dict[str, Any], name: str = "web") -> dict[Asked, Any]:
    one = {
        "GroupId": "sg-1",
        "GroupName": name,
        "IpPermissions": list(rules),
        "IpPermissionsEgress": [],
    }
    return {Asked("ec2:DescribeSecurityGroups", REGION): {"SecurityGroups": [one]}}


def rule(first: int | None, last: int | None, protocol: str = "tcp", **to: str) -> dict[str, Any]:
    ports = {} if first is None else {"FromPort": first, "ToPort": last}
    ranges = [{"CidrIp": to["v4"]}] if "v4" in to else []
    six = [{"CidrIpv6": to["v6"]}] if "v6" in to else []
    return {"IpProtocol": protocol, **ports, "IpRanges": ranges, "Ipv6Ranges": six}


@pytest.mark.parametrize(
    ("given", "ports"),
    [
        (rule(22, 22, v4="0.0.0.0/0"), "22 (SSH)"),
        (rule(3389, 3389, v6="::/0"), "3389 (Remote Desktop)"),
        (rule(0, 65535, v4="0.0.0.0/0"), "22 (SSH), 3389 (Remote Desktop)"),
        (rule(None, None, "-1", v4="0.0.0.0/0"), "22 (SSH), 3389 (Remote Desktop)"),
        (rule(22, 22, "6", v4="0.0.0.0/0"), "22 (SSH)"),
        (rule(22, 22, "udp", v4="0.0.0.0/0"), ""),
        (rule(23, 3388, v4="0.0.0.0/0"), ""),
        (rule(22, 22, v4="198.51.100.0/24"), ""),
        (rule(None, None, "icmp", v4="0.0.0.0/0"), ""),
    ],
)
def test_open_ports(given: dict[str, Any], ports: str) -> None:
    found = judged("no-open-admin-ports", group(given))
    assert found.outcome is (FAIL if ports else PASS)
    assert ports in str(found.reasons[0])
    if ports:
        (revoked,) = found.steps[0].parameters["IpPermissions"]
        assert set(revoked) <= set(given)
        assert revoked["IpProtocol"] == given["IpProtocol"]


@pytest.mark.parametrize(
    ("instance", "outcome"),
    [
        ({"MetadataOptions": {"HttpTokens": "required"}}, PASS),
        ({"MetadataOptions": {"HttpTokens": "optional"}}, FAIL),
        ({"MetadataOptions": {"HttpTokens": "optional", "HttpEndpoint": "disabled"}}, PASS),
        ({}, FAIL),
        ({"State": {"Name": "terminated"}}, PASS),
        ({"State": {"Name": "stopped"}}, FAIL),
        ({"State": 7}, OPEN),
    ],
)
def test_tokens_of_machines(instance: dict[str, Any], outcome: Outcome) -> None:
    answer = {"Reservations": [{"Instances": [{"InstanceId": "i-1", **instance}]}]}
    found = judged("imdsv2", {Asked("ec2:DescribeInstances", REGION): answer})
    assert found.outcome is outcome


# Buckets ------------------------------------------------------------------------------------------


def bucket(**answers: Any) -> dict[Asked, Any]:
    found: dict[Asked, Any] = {Asked("s3:ListBuckets"): {"Buckets": [{"Name": "b"}]}}
    for call, answer in answers.items():
        asked = Asked("s3control:GetPublicAccessBlock")
        found[asked if call == "account" else Asked(f"s3:{call}", "", "b")] = answer
    return found


def deny(action: str = "s3:*", condition: Any = None, resource: Any = None) -> dict[str, Any]:
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": resource or ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
        "Condition": condition or {"Bool": {"aws:SecureTransport": "false"}},
    }


@pytest.mark.parametrize(
    ("statement", "outcome"),
    [
        (deny(), PASS),
        (deny("*", {"NumericLessThan": {"s3:TlsVersion": "1.2"}}), PASS),
        (deny("s3:GetObject"), FAIL),
        (deny(resource="arn:aws:s3:::b/*"), FAIL),
        (deny(resource=["arn:aws:s3:::other", "arn:aws:s3:::other/*"]), FAIL),
        (deny(condition={"Bool": {"aws:SecureTransport": "true"}}), FAIL),
        (deny() | {"Principal": {"AWS": f"{IAM}:user/ann"}}, FAIL),
        (deny() | {"Effect": "Deni"}, OPEN),
    ],
)
def test_plain_http_is_refused(statement: dict[str, Any], outcome: Outcome) -> None:
    answer = {"Policy": json.dumps(policy(statement))}
    found = judged("s3-tls-only", bucket(GetBucketPolicy=answer))
    assert found.outcome is outcome
    for step in found.steps:
        document = step.parameters["Policy"]
        assert isinstance(document, Document)
        again = {"Policy": json.dumps(document.content)}
        assert judged("s3-tls-only", bucket(GetBucketPolicy=again)).outcome is PASS
        assert statement in document.content["Statement"]


def test_a_denial_of_the_same_name_is_replaced() -> None:
    weak = deny("s3:GetObject") | {"Sid": "OnlyWithTls"}
    answer = {"Policy": json.dumps(policy(weak))}
    (step,) = judged("s3-tls-only", bucket(GetBucketPolicy=answer)).steps
    sids = [one["Sid"] for one in step.parameters["Policy"].content["Statement"]]
    assert sids == ["OnlyWithTls"]  # AWS takes no two statements of one Sid


ALL = {"PublicAccessBlockConfiguration": dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)}  # fmt: skip
NONE = "NoSuchPublicAccessBlockConfiguration"
PUBLIC = {"PolicyStatus": {"IsPublic": True}}
NOT_PUBLIC = {"PolicyStatus": {"IsPublic": False}}
EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
OPEN_LIST = {"Grants": [{"Grantee": {"URI": EVERYBODY}, "Permission": "READ"}]}
OWN_LIST: dict[str, Any] = {"Grants": [{"Grantee": {}, "Permission": "FULL_CONTROL"}]}


@pytest.mark.parametrize(
    ("own", "account", "status", "acl", "outcome"),
    [
        (NONE, NONE, PUBLIC, OWN_LIST, FAIL),
        (NONE, NONE, "NoSuchBucketPolicy", OPEN_LIST, FAIL),
        (NONE, NONE, NOT_PUBLIC, OWN_LIST, PASS),
        (NONE, ALL, PUBLIC, OPEN_LIST, PASS),
        (ALL, NONE, PUBLIC, OPEN_LIST, PASS),
        (ALL, "AccessDenied", "AccessDenied", "AccessDenied", PASS),
        (NONE, "AccessDenied", NOT_PUBLIC, OWN_LIST, OPEN),
        ("AccessDenied", NONE, NOT_PUBLIC, OWN_LIST, OPEN),
        (NONE, NONE, "AccessDenied", OWN_LIST, OPEN),
    ],
)
def test_public_buckets(own: Any, account: Any, status: Any, acl: Any, outcome: Outcome) -> None:
    answers = bucket(
        GetPublicAccessBlock=own, GetBucketPolicyStatus=status, GetBucketAcl=acl, account=account
    )
    assert judged("s3-not-public", answers).outcome is outcome


# Policies and roles -------------------------------------------------------------------------------


def allow(action: Any = "*", resource: Any = "*", **others: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **others}


def user(*statements: dict[str, Any]) -> dict[Asked, Any]:
    inline = [{"PolicyName": "p", "PolicyDocument": policy(*statements)}]
    entry = {"Arn": f"{IAM}:user/ann", "UserName": "ann", "UserPolicyList": inline}
    return {Asked(DETAILS): {"UserDetailList": [entry]}}


@pytest.mark.parametrize(
    ("statement", "full", "wildcard"),
    [
        (allow(), FAIL, PASS),
        (allow("*:*"), FAIL, PASS),
        (allow("*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}), FAIL, PASS),
        (allow(["sqs:*", "*"], ["arn:aws:s3:::b", "*"]), FAIL, FAIL),
        (allow("*", "arn:aws:s3:::b"), PASS, PASS),
        (allow("iam:*"), PASS, FAIL),
        (allow("IAM:*"), PASS, FAIL),
        (allow("iam:*", f"{IAM}:user/ann"), PASS, PASS),
        (allow("iam:Get*"), PASS, PASS),
        (allow("rds-data:*"), PASS, PASS),  # it has no action that manages permissions
        (allow() | {"Effect": "Deny"}, PASS, PASS),
        ({"Effect": "Allow", "NotAction": "*", "Resource": "*"}, PASS, PASS),
        (allow() | {"Effect": "Alow"}, OPEN, OPEN),
    ],
)
def test_what_allows_everything(statement: Any, full: Outcome, wildcard: Outcome) -> None:
    assert judged("no-full-admin", user(statement)).outcome is full
    assert judged("service-wildcards", user(statement)).outcome is wildcard


def test_aws_own_policies_are_not_the_accounts() -> None:
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    entry = {
        "Arn": f"{IAM}:role/admin",
        "RoleName": "admin",
        "AttachedManagedPolicies": [{"PolicyArn": arn}],
    }
    assert judged("no-full-admin", {Asked(DETAILS): {"RoleDetailList": [entry]}}).outcome is PASS


def test_entries_that_cannot_be_read_are_told() -> None:
    answers = {Asked(DETAILS): {"UserDetailList": [7], "RoleDetailList": []}}
    found = judged("no-full-admin", answers)
    assert found.outcome is OPEN
    assert "UserDetailList[0]" in str(found.reasons[0])


def role(**statement: Any) -> dict[Asked, Any]:
    given = {"Effect": "Allow", "Action": "sts:AssumeRole", **statement}
    entry = {
        "Arn": f"{IAM}:role/r",
        "RoleName": "r",
        "Path": "/",
        "AssumeRolePolicyDocument": policy(given),
    }
    return {Asked(DETAILS): {"RoleDetailList": [entry]}}


BOUND = {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}}
AGREED = {"StringEquals": {"sts:ExternalId": "x"}}
WITH_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


@pytest.mark.parametrize(
    ("statement", "anyone", "others"),
    [
        ({"Principal": {"AWS": "*"}}, FAIL, PASS),
        ({"Principal": "*"}, FAIL, PASS),
        ({"Principal": {"AWS": "*"}, "Condition": WITH_MFA}, FAIL, PASS),
        ({"Principal": {"AWS": "*"}, "Condition": BOUND}, PASS, PASS),
        ({"Principal": {"AWS": OTHER}}, PASS, FAIL),
        ({"Principal": {"AWS": [ACCOUNT, f"arn:aws:iam::{OTHER}:root"]}}, PASS, FAIL),
        ({"Principal": {"AWS": OTHER}, "Condition": AGREED}, PASS, PASS),
        ({"Principal": {"AWS": f"{IAM}:root"}}, PASS, PASS),
        ({"Principal": {"Service": "ec2.amazonaws.com"}}, PASS, PASS),
        ({"Principal": {"AWS": OTHER}, "Effect": "Deny"}, PASS, PASS),
        ({"Principal": {"AWS": 7}}, OPEN, OPEN),
    ],
)
def test_who_may_assume_a_role(statement: Any, anyone: Outcome, others: Outcome) -> None:
    for name, outcome in (("role-for-anyone", anyone), ("role-for-others", others)):
        found = judged(name, role(**statement))
        assert found.outcome is outcome, found.evidence
        for step in found.steps:
            document = step.parameters["PolicyDocument"].content
            text = json.dumps(document, default=lambda asked: "agreed")
            again = json.loads(text)["Statement"][0]
            assert judged(name, role(**again)).outcome is PASS


# Credentials --------------------------------------------------------------------------------------


def days(number: float) -> str:
    return (AT - timedelta(days=number)).isoformat()


def report(**values: str) -> dict[Asked, Any]:
    row = {name: "false" if name.endswith("_active") else "N/A" for name in HEADER}
    row |= {"user": "ann", "arn": f"{IAM}:user/ann", "user_creation_time": days(400)}
    row |= {"password_enabled": "false", **values}
    return {Asked(REPORT): {"Content": "\n".join([",".join(HEADER), ",".join(row.values())])}}


def key(number: int, made: float, used: float | None = None) -> dict[str, str]:
    name = f"access_key_{number}"
    found = {f"{name}_active": "true", f"{name}_last_rotated": days(made)}
    return found if used is None else {**found, f"{name}_last_used_date": days(used)}


def listed(*keys: tuple[str, float]) -> dict[Asked, Any]:
    found = [
        {"AccessKeyId": f"AKIA{n:016}", "Status": status, "CreateDate": days(made)}
        for n, (status, made) in enumerate(keys)
    ]
    return {Asked("iam:ListAccessKeys", "", "ann"): {"AccessKeyMetadata": found}}


PASSWORD = {"password_enabled": "true"}


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        ({}, PASS),
        (key(1, 400, 44.9), PASS),
        (key(1, 400, 45.1), FAIL),
        (key(1, 44.9), PASS),
        (key(1, 45.1), FAIL),
        (key(1, 400, 1) | key(2, 400, 46), FAIL),
        (PASSWORD | {"password_last_used": days(44)}, PASS),
        (PASSWORD | {"password_last_used": days(46)}, FAIL),
        (PASSWORD | {"password_last_used": "N/A", "password_last_changed": days(46)}, FAIL),
        (
            PASSWORD | {"password_last_used": "no_information", "password_last_changed": days(4)},
            PASS,
        ),
        ({"password_last_used": days(400)}, PASS),  # it has no password any more
        ({"password_last_used": "soon"}, OPEN),
    ],
)
def test_what_nobody_uses(values: dict[str, str], outcome: Outcome) -> None:
    assert judged("unused-credentials", report(**values)).outcome is outcome


@pytest.mark.parametrize(("age", "outcome"), [(89.9, PASS), (90.1, FAIL)])
def test_how_old_a_key_may_be(age: float, outcome: Outcome) -> None:
    assert judged("key-age", report(**key(1, age))).outcome is outcome


def test_keys_that_iam_lists_are_newer_than_the_report() -> None:
    old = report(**key(1, 400, 1), **key(2, 10, 2))
    assert judged("key-age", old).outcome is FAIL
    assert judged("one-key", old).outcome is FAIL
    now = listed(("Inactive", 400), ("Active", 10))
    assert judged("key-age", {**old, **now}).outcome is PASS
    assert judged("one-key", {**old, **now}).outcome is PASS
    gone = {Asked("iam:ListAccessKeys", "", "ann"): "NoSuchEntity"}
    assert judged("one-key", {**old, **gone}).outcome is PASS


def test_the_key_that_is_used_least_goes() -> None:
    found = judged(
        "one-key",
        {**report(**key(1, 400, 1), **key(2, 10, 300)), **listed(("Active", 400), ("Active", 10))},
    )
    assert [step.parameters["AccessKeyId"] for step in found.steps] == [f"AKIA{1:016}"]


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        (PASSWORD | key(1, 400), FAIL),
        (PASSWORD | key(1, 399), PASS),
        (key(1, 400), PASS),
        (PASSWORD, PASS),
    ],
)
def test_a_key_made_with_its_user(values: dict[str, str], outcome: Outcome) -> None:
    assert judged("key-on-request", report(**values)).outcome is outcome


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        ({"password_last_used": days(31)}, PASS),
        ({"password_last_used": days(29)}, FAIL),
        (key(2, 400, 3), FAIL),
        ({"password_last_used": "no_information"}, PASS),
        ({"user": "ann"}, OPEN),  # no line of the root user
    ],
)
def test_when_root_was_used(values: dict[str, str], outcome: Outcome) -> None:
    answers = report(**{"user": "<root_account>", "arn": f"{IAM}:root", **values})
    assert judged("root-unused", answers).outcome is outcome


def test_a_password_policy_keeps_what_it_asks_for() -> None:
    held = {
        "MinimumPasswordLength": 20,
        "RequireSymbols": True,
        "MaxPasswordAge": 365,
        "ExpirePasswords": True,
        "AllowUsersToChangePassword": False,
    }
    asked = Asked("iam:GetAccountPasswordPolicy")
    found = judged("password-reuse", {asked: {"PasswordPolicy": held}})
    (step,) = found.steps
    assert step.parameters == {
        "MinimumPasswordLength": 20,
        "RequireSymbols": True,
        "MaxPasswordAge": 365,
        "AllowUsersToChangePassword": False,
        "PasswordReusePrevention": 24,
    }
    assert judged("password-length", {asked: {"PasswordPolicy": held}}).outcome is PASS
    held = {"MinimumPasswordLength": 8, "MaxPasswordAge": 0, "HardExpiry": False}
    found = judged("password-length", {asked: {"PasswordPolicy": held}})
    assert "MaxPasswordAge" not in found.steps[0].parameters
    assert found.outcome is FAIL


# The organization ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("organization", "features", "outcome"),
    [
        ("AWSOrganizationsNotInUseException", "", PASS),
        ("AccessDenied", "", OPEN),
        (OTHER, {"EnabledFeatures": []}, OPEN),  # a member: its management account decides
        (ACCOUNT, {"EnabledFeatures": ["RootSessions"]}, FAIL),
        (ACCOUNT, {"EnabledFeatures": ["RootCredentialsManagement"]}, PASS),
        (ACCOUNT, "ServiceAccessNotEnabledException", FAIL),
        (ACCOUNT, "AccessDenied", OPEN),
    ],
)
def test_root_users_of_members(organization: str, features: Any, outcome: Outcome) -> None:
    described: Any = organization
    if organization.isdigit():
        described = {"Organization": {"Id": "o-example", "MasterAccountId": organization}}
    answers = {
        Asked("organizations:DescribeOrganization"): described,
        Asked("iam:ListOrganizationsFeatures"): features,
    }
    assert judged("central-root-access", answers).outcome is outcome
