"""Which IAM actions an event stands for, and on what."""

from __future__ import annotations

from typing import Any

import pytest
from records import record

from helpers.analysis.trail.event_actions import (
    OF_A_VERSION,
    PASSES_A_ROLE,
    RENAMED,
    Status,
    is_denied,
    meaning,
    resources,
)
from helpers.analysis.trail.recorded_actions import DATA_ACTIONS, NEVER_LOGGED
from helpers.policy import catalogue

ROLE = "arn:aws:iam::111122223333:role/app"
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-a1B2c3"
POINT = "arn:aws:s3:us-east-1:111122223333:accesspoint/point"


@pytest.mark.parametrize(
    ("source", "name", "parameters", "actions"),
    [
        ("iam", "ListUsers", None, "iam:ListUsers"),
        ("s3", "ListBuckets", None, "s3:ListAllMyBuckets"),
        ("s3", "HeadObject", None, "s3:GetObject"),
        ("s3", "GetObject", {"versionId": "1"}, "s3:GetObjectVersion"),
        ("s3", "CopyObject", None, "s3:GetObject s3:PutObject"),
        ("s3", "DeleteObjectTagging", {"versionId": "1"}, "s3:DeleteObjectVersionTagging"),
        ("s3", "PutObject", {"x-amz-grant-read": "id=1"}, "s3:PutObject s3:PutObjectAcl"),
        (
            "s3",
            "CreateMultipartUpload",
            {"x-amz-acl": "private", "x-amz-tagging": "team=ops"},
            "s3:PutObject s3:PutObjectAcl s3:PutObjectTagging",
        ),
        ("s3", "UploadPart", {"x-amz-acl": "private"}, "s3:PutObject"),
        (
            "s3",
            "CreateBucket",
            {"x-amz-bucket-object-lock-enabled": True},
            "s3:CreateBucket s3:PutBucketObjectLockConfiguration s3:PutBucketVersioning",
        ),
        (
            "s3",
            "DeleteObject",
            {"x-amz-bypass-governance-retention": "true", "versionId": "1"},
            "s3:DeleteObjectVersion s3:BypassGovernanceRetention",
        ),
        ("bedrock", "Converse", None, "bedrock:InvokeModel"),
        ("s3", "PutBucketLifecycle", None, "s3:PutLifecycleConfiguration"),
        ("s3", "GetBucketEncryption", None, "s3:GetEncryptionConfiguration"),
        ("lambda", "Invoke", None, "lambda:InvokeFunction"),
        ("lambda", "ListFunctions20150331", None, "lambda:ListFunctions"),
        ("lambda", "AddPermission20150331v2", None, "lambda:AddPermission"),
        ("cloudfront", "CreateDistribution2020_05_31", None, "cloudfront:CreateDistribution"),
        ("monitoring", "PutMetricAlarm", None, "cloudwatch:PutMetricAlarm"),
        ("tagging", "GetResources", None, "tag:GetResources"),
        ("apigateway", "UpdateRestApi", None, "apigateway:PATCH"),
        ("kms", "ReEncrypt", None, "kms:ReEncryptFrom kms:ReEncryptTo"),
        ("sts", "AssumeRole", None, "sts:AssumeRole"),
        ("lambda", "CreateFunction20150331", {"role": ROLE}, "lambda:CreateFunction iam:PassRole"),
        (
            "ec2",
            "RunInstances",
            {"iamInstanceProfile": {"name": "web"}},
            "ec2:RunInstances iam:PassRole",
        ),
        ("ec2", "RunInstances", {}, "ec2:RunInstances"),
    ],
)
def test_actions(source: str, name: str, parameters: Any, actions: str) -> None:
    found = meaning(record(source, name, requestParameters=parameters))
    assert found.actions == tuple(actions.split())
    assert found.status is Status.KNOWN


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (record("signin", "ConsoleLogin", eventType="AwsConsoleSignIn"), Status.NO_ACTION),
        (record("kms", "RotateKey", eventType="AwsServiceEvent"), Status.NO_ACTION),
        # What a VPC endpoint let through, the service records as well; what it did not, nobody did.
        (record("kms", "Decrypt", eventType="AwsVpceEvent"), Status.NO_ACTION),
        (record("ec2", "RunInstances", eventType="AwsCloudTrailInsight"), Status.NO_ACTION),
        (record("s3", "GetStorageLensDashboardDataInternal"), Status.UNKNOWN),
        (record("dynamodb", "ExecuteStatement"), Status.UNKNOWN),
        (record("nosuchservice", "DoThings"), Status.UNKNOWN),
        ({}, Status.UNKNOWN),
        ({"eventSource": 7, "eventName": None}, Status.UNKNOWN),
    ],
)
def test_what_is_not_known_is_said(event: dict[str, Any], status: Status) -> None:
    assert meaning(event) == ((), status)


def test_the_tables_hold_real_actions() -> None:
    named = [f"{p}:{n}" for p, rows in RENAMED.items() for ns in rows.values() for n in ns.split()]
    named += [f"{p}:{n}" for p, names in DATA_ACTIONS.items() for n in names.split()]
    named += [*OF_A_VERSION, *OF_A_VERSION.values(), *NEVER_LOGGED]
    named += [f"{prefix}:{name}" for prefix, name in PASSES_A_ROLE]
    assert [name for name in named if not catalogue.action_exists(name)] == []


def test_every_action_on_objects_is_known_for_a_data_action() -> None:
    on_objects = {
        name
        for name in catalogue.actions("s3")
        if "object" in catalogue.action(name).resource_types  # type: ignore[union-attr]
    }
    data = {f"s3:{name}" for name in DATA_ACTIONS["s3"].split()}
    assert on_objects <= data | NEVER_LOGGED


def test_what_leaves_no_event_is_not_told_by_events() -> None:
    both = {f"{prefix}:{name}" for prefix, ns in DATA_ACTIONS.items() for name in ns.split()}
    assert not both & NEVER_LOGGED
    # What the most common policies of AWS for machines and functions are there for.
    for action in ("logs:PutLogEvents", "rds-db:connect", "execute-api:Invoke", "iam:PassRole"):
        assert action in NEVER_LOGGED
    for action in ("kinesis:PutRecord", "ssmmessages:OpenDataChannel", "cloudwatch:GetMetricData"):
        assert action in both


def test_denied_or_failed_otherwise() -> None:
    for code in (
        "AccessDenied",
        "AccessDeniedException",
        "AccessDeniedError",
        "Client.UnauthorizedOperation",
        "Server.UnauthorizedOperation",
        "Lambda.AccessDenied",
        "VpceAccessDenied",
    ):
        assert is_denied(record("iam", "ListUsers", error=code))
    for code in (None, "NoSuchEntityException", "ThrottlingException", "NotAccessDenied at all"):
        assert not is_denied(record("iam", "ListUsers", error=code))


@pytest.mark.parametrize(
    ("event", "action", "arns"),
    [
        (
            record("s3", "PutObject", requestParameters={"bucketName": "b", "key": "a/k"}),
            "s3:PutObject",
            ("arn:aws:s3:::b/a/k",),
        ),
        (
            record("s3", "ListObjects", requestParameters={"bucketName": "b"}),
            "s3:ListBucket",
            ("arn:aws:s3:::b",),
        ),
        (
            record("iam", "GetUser", requestParameters={"userName": "bob"}),
            "iam:GetUser",
            ("arn:aws:iam::111122223333:user/bob",),
        ),
        (
            record("sts", "AssumeRole", requestParameters={"roleArn": ROLE}),
            "sts:AssumeRole",
            (ROLE,),
        ),
        (record("iam", "ListUsers"), "iam:ListUsers", ()),
        (
            record("iam", "CreateRole", requestParameters={"roleName": "app", "path": "/team/"}),
            "iam:CreateRole",
            ("arn:aws:iam::111122223333:role/team/app",),
        ),
        # An alias is no key's id, and a secret's ARN ends in six characters that nobody chose.
        (
            record("kms", "DescribeKey", requestParameters={"keyId": "alias/a"}),
            "kms:DescribeKey",
            (),
        ),
        (
            record("kms", "DescribeKey", requestParameters={"keyId": KEY}),
            "kms:DescribeKey",
            (f"arn:aws:kms:us-east-1:111122223333:key/{KEY}",),
        ),
        (
            record("secretsmanager", "GetSecretValue", requestParameters={"secretId": "db"}),
            "secretsmanager:GetSecretValue",
            (),
        ),
        (
            record("secretsmanager", "GetSecretValue", requestParameters={"secretId": SECRET}),
            "secretsmanager:GetSecretValue",
            (SECRET,),
        ),
        # A function's name may bring its account along.
        (
            record(
                "lambda",
                "GetFunction20150331v2",
                requestParameters={"functionName": "444455556666:function:f"},
            ),
            "lambda:GetFunction",
            (),
        ),
        (
            record("lambda", "GetFunction20150331v2", requestParameters={"functionName": "f:live"}),
            "lambda:GetFunction",
            ("arn:aws:lambda:us-east-1:111122223333:function:f:live",),
        ),
        # An object behind an access point has an ARN of its own.
        (
            record("s3", "GetObject", requestParameters={"bucketName": POINT, "key": "k"}),
            "s3:GetObject",
            (),
        ),
        (
            record("lambda", "CreateFunction20150331", requestParameters={"role": ROLE}),
            "iam:PassRole",
            (ROLE,),
        ),
        (
            record(
                "kms",
                "Decrypt",
                resources=[{"ARN": "arn:aws:kms:us-east-1:111122223333:key/1"}, "odd"],
            ),
            "kms:Decrypt",
            ("arn:aws:kms:us-east-1:111122223333:key/1",),
        ),
    ],
)
def test_resources(event: dict[str, Any], action: str, arns: tuple[str, ...]) -> None:
    assert resources(event, action) == arns
