"""Requests made again from their record: what the record tells, and what it leaves open."""

from __future__ import annotations

from typing import Any

import pytest
from records import ACCOUNT, ANN, OPS, by_role, by_user, record

from helpers.analysis.permissions.replay import replays, requests_of

CSV = "arn:aws:s3:::payroll/2026.csv"
OBJECT = {"bucketName": "payroll", "key": "2026.csv"}


def context(identity: Any = None, **others: Any) -> dict[str, Any]:
    (request,) = requests_of(
        record("s3", "GetObject", identity, requestParameters=OBJECT, **others)
    )
    return request.context


def test_a_call_with_a_long_term_key() -> None:
    (found,) = replays(
        record(
            "s3",
            "GetObject",
            requestParameters=OBJECT,
            sourceIPAddress="203.0.113.10",
            userAgent="[aws-cli/2.0]",
            tlsDetails={"tlsVersion": "TLSv1.3"},
        )
    )
    request = found.request
    assert (request.action, request.resource, request.principal) == ("s3:GetObject", CSV, ANN)
    assert found.names_resource
    assert not found.denied
    assert request.context == {
        "aws:CurrentTime": "2026-11-02T12:00:00Z",
        "aws:EpochTime": "1793620800",
        "aws:PrincipalAccount": ACCOUNT,
        "aws:PrincipalArn": ANN,
        "aws:PrincipalIsAWSService": "false",
        "aws:PrincipalType": "User",
        "aws:RequestedRegion": "us-east-1",
        "aws:SecureTransport": "true",
        "aws:SourceIp": "203.0.113.10",
        "aws:UserAgent": "aws-cli/2.0",
        "aws:ViaAWSService": "false",
        "aws:username": "ann",
    }
    # A long-term key never carries MFA; the object's tags and the user's nobody knows.
    asked = ["aws:MultiFactorAuthPresent", "s3:ExistingObjectTag/x", "aws:PrincipalTag/team"]
    assert found.untold(asked) == ("s3:ExistingObjectTag/x", "aws:PrincipalTag/team")
    # An action that never carries a key leaves nothing open.
    assert found.untold(["s3:prefix", "aws:SourceVpce", "aws:username"]) == ()


def test_a_session() -> None:
    identity = by_role()
    identity["sessionContext"]["attributes"] = {
        "creationDate": "2026-11-02T11:00:00Z",
        "mfaAuthenticated": "true",
    }
    identity["sessionContext"]["sourceIdentity"] = "ann"
    found = context(identity)
    assert found["aws:PrincipalArn"] == OPS
    assert found["aws:MultiFactorAuthPresent"] == "true"
    assert found["aws:MultiFactorAuthAge"] == "3600"
    assert found["aws:TokenIssueTime"] == "2026-11-02T11:00:00Z"
    assert found["aws:SourceIdentity"] == "ann"
    identity["sessionContext"]["attributes"]["mfaAuthenticated"] = "false"
    found = context(identity)
    assert found["aws:MultiFactorAuthPresent"] == "false"
    assert "aws:MultiFactorAuthAge" not in found
    assert "aws:username" not in found


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({"sourceIPAddress": "2001:db8::1"}, {"aws:SourceIp": "2001:db8::1"}),
        ({"sourceIPAddress": "cloudformation.amazonaws.com"}, {}),
        ({"sourceIPAddress": "AWS Internal"}, {}),
        (
            {"sourceIPAddress": "10.0.0.4", "vpcEndpointId": "vpce-1"},
            {"aws:SourceVpce": "vpce-1", "aws:VpcSourceIp": "10.0.0.4"},
        ),
    ],
)
def test_where_from(others: dict[str, Any], expected: dict[str, str]) -> None:
    found = context(**others)
    keys = ("aws:SourceIp", "aws:SourceVpce", "aws:VpcSourceIp")
    assert {key: found[key] for key in keys if key in found} == expected


def test_by_way_of_a_service() -> None:
    identity = by_user() | {"invokedBy": "athena.amazonaws.com"}
    found = context(identity)
    assert found["aws:ViaAWSService"] == "true"
    assert found["aws:CalledViaLast"] == "athena.amazonaws.com"
    assert context()["aws:ViaAWSService"] == "false"


def test_tags_are_known_or_not() -> None:
    event = record("iam", "ListUsers")
    (known,), (unknown,) = replays(event, {"team": "red"}), replays(event)
    assert known.request.context["aws:PrincipalTag/team"] == "red"
    keys = ["aws:PrincipalTag/team", "aws:PrincipalTag/desk"]
    assert known.untold(keys) == ()
    assert unknown.untold(keys) == tuple(keys)


def test_an_action_on_no_resource_and_an_unknown_one() -> None:
    assert replays(record("iam", "ListUsers"))[0].names_resource
    (found,) = replays(record("ec2", "TerminateInstances", requestParameters={"instancesSet": {}}))
    assert (found.request.resource, found.names_resource) == ("*", False)


def test_a_user_who_asks_for_itself() -> None:
    assert [one.resource for one in requests_of(record("iam", "GetUser"))] == [ANN]
    bob = record("iam", "GetUser", requestParameters={"userName": "bob"})
    assert [one.resource for one in requests_of(bob)] == [ANN.replace("ann", "bob")]
    assert [one.resource for one in requests_of(record("iam", "GetUser", by_role()))] == ["*"]
    assert [one.resource for one in requests_of(record("iam", "ListUsers"))] == ["*"]


def test_a_copy_reads_one_object_and_writes_another() -> None:
    event = record(
        "s3",
        "CopyObject",
        requestParameters={
            "bucketName": "backup",
            "key": "a b.csv",
            "x-amz-copy-source": "/payroll/a%20b.csv?versionId=3",
        },
    )
    assert [(one.action, one.resource) for one in requests_of(event)] == [
        ("s3:GetObject", "arn:aws:s3:::payroll/a b.csv"),
        ("s3:PutObject", "arn:aws:s3:::backup/a b.csv"),
    ]


def test_a_role_is_passed() -> None:
    event = record(
        "lambda", "CreateFunction20150331", requestParameters={"functionName": "f", "role": OPS}
    )
    made, passed = requests_of(event)
    assert made.resource == f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"
    assert (passed.action, passed.resource) == ("iam:PassRole", OPS)
    assert passed.context["iam:PassedToService"] == "lambda.amazonaws.com"


@pytest.mark.parametrize(
    ("message", "resource"),
    [
        (
            f"User: {ANN} is not authorized to perform: iam:DeleteUser on resource: user bob "
            "because no identity-based policy allows the iam:DeleteUser action",
            "*",
        ),
        (
            f"User: {ANN} is not authorized to perform: iam:DeleteUser on resource: {OPS} "
            "with an explicit deny in an identity-based policy",
            OPS,
        ),
        (f'User: {ANN} is not authorized to perform: iam:DeleteUser on resource: "{OPS}"', OPS),
        (f"User: {ANN} is not authorized to perform: iam:DeleteUser", "*"),
    ],
)
def test_a_denied_call_is_what_its_message_says(message: str, resource: str) -> None:
    event = record("iam", "DeleteUser", error="AccessDenied", errorMessage=message)
    (found,) = replays(event)
    assert found.denied
    assert (found.request.action, found.request.resource) == ("iam:DeleteUser", resource)


def test_arguments_and_tags_of_the_call() -> None:
    asked = {"bucketName": "payroll", "prefix": "2026/", "list-type": "2"}
    (found,) = replays(record("s3", "ListObjectsV2", requestParameters=asked))
    assert found.request.context["s3:prefix"] == "2026/"
    assert found.untold(["s3:delimiter"]) == ()
    tags = {"userName": "bob", "tags": [{"key": "team", "value": "red"}]}
    made, tagged = requests_of(record("iam", "CreateUser", requestParameters=tags))
    assert (tagged.action, tagged.resource) == ("iam:TagUser", made.resource)
    assert made.context["aws:RequestTag/team"] == "red"
    assert made.context["aws:TagKeys"] == ["team"]


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"userIdentity": "ann"},
        record("iam", "ListUsers", {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}),
        record("iam", "ListUsers", by_user() | {"arn": "no arn"}),
        record("iam", "ListUsers", eventTime="yesterday"),
        record("signin", "ConsoleLogin", eventType="AwsConsoleSignIn"),
        record("nothing", "NoSuchCall"),
    ],
)
def test_nothing_to_ask(event: dict[str, Any]) -> None:
    assert requests_of(event) == []


@pytest.mark.parametrize("odd", [7, True, "arn", {"ARN": "arn"}])
def test_resources_that_are_no_list_are_as_good_as_none(odd: object) -> None:
    event = record("s3", "GetObject", requestParameters={"bucketName": "b", "key": "k"})
    assert requests_of({**event, "resources": odd}) == requests_of(event)
