"""The canaries of ``seam_shared``: one for each store that holds what can be shared.

Under plain moto, so that a failure says which attribute moved.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import boto3
import pytest
from lab_calls import ACCOUNT, allow, policy, trust

from helpers import Lab
from helpers.lab import seam_shared
from helpers.lab.authorization.s3_grants import canonical_id
from helpers.lab.seam_shared import Shared

DOCUMENT = policy(
    {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
)


@pytest.fixture(autouse=True)
def account(lab: Lab) -> Lab:
    """A lab, whose root user the clients below are."""
    return lab


def shared(kind: str) -> list[Shared]:
    return [one for one in seam_shared.shared(ACCOUNT, "us-east-1") if one.type == kind]


def test_roles() -> None:
    document = trust({"AWS": ACCOUNT})
    boto3.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=document)
    (one,) = shared("AWS::IAM::Role")
    assert one.arn == f"arn:aws:iam::{ACCOUNT}:role/r"
    assert json.loads(one.policy or "") == json.loads(document)


def test_buckets() -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bucket-a", ObjectOwnership="ObjectWriter")
    s3.put_public_access_block(
        Bucket="bucket-a",
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": False,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": False,
            "RestrictPublicBuckets": False,
        },
    )
    (one,) = shared("AWS::S3::Bucket")
    assert (one.arn, one.policy) == ("arn:aws:s3:::bucket-a", None)
    assert (one.ignores_public_grants, one.restricts_public_policy) == (True, False)
    ((kind, who, permission),) = one.grants
    assert (kind, permission) == ("id", "FULL_CONTROL")
    assert who == canonical_id(ACCOUNT)
    s3.create_bucket(Bucket="bucket-b", ObjectOwnership="BucketOwnerEnforced")
    assert shared("AWS::S3::Bucket")[1].grants == ()


def test_the_accounts_own_block() -> None:
    boto3.client("s3").create_bucket(Bucket="bucket-a")
    boto3.client("s3").delete_public_access_block(Bucket="bucket-a")
    assert not shared("AWS::S3::Bucket")[0].restricts_public_policy
    boto3.client("s3control").put_public_access_block(
        AccountId=ACCOUNT,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    assert shared("AWS::S3::Bucket")[0].restricts_public_policy


def test_keys() -> None:
    key = boto3.client("kms").create_key()["KeyMetadata"]
    (one,) = shared("AWS::KMS::Key")
    assert one.arn == key["Arn"]
    assert json.loads(one.policy or "")["Statement"]


def test_queues() -> None:
    sqs = boto3.client("sqs")
    sqs.create_queue(QueueName="q", Attributes={"Policy": DOCUMENT})
    (one,) = shared("AWS::SQS::Queue")
    assert one.arn == f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"
    assert json.loads(one.policy or "") == json.loads(DOCUMENT)


def test_topics() -> None:
    topic = boto3.client("sns").create_topic(Name="t")["TopicArn"]
    (one,) = shared("AWS::SNS::Topic")
    assert one.arn == topic
    assert json.loads(one.policy or "")["Statement"]


def test_secrets() -> None:
    secrets = boto3.client("secretsmanager")
    made = secrets.create_secret(Name="s", SecretString="x")
    assert [(one.arn, one.policy) for one in shared("AWS::SecretsManager::Secret")] == [
        (made["ARN"], None)
    ]


def test_functions() -> None:
    text = io.BytesIO()
    with zipfile.ZipFile(text, "w") as archive:
        archive.writestr("f.py", "def run(event, context): ...")
    role = boto3.client("iam").create_role(
        RoleName="r", AssumeRolePolicyDocument=trust({"Service": "lambda.amazonaws.com"})
    )
    function = boto3.client("lambda")
    made = function.create_function(
        FunctionName="f",
        Runtime="python3.12",
        Handler="f.run",
        Role=role["Role"]["Arn"],
        Code={"ZipFile": text.getvalue()},
    )
    assert [(one.arn, one.policy) for one in shared("AWS::Lambda::Function")] == [
        (made["FunctionArn"], None)
    ]
    function.add_permission(
        FunctionName="f",
        StatementId="s",
        Action="lambda:InvokeFunction",
        Principal="444455556666",
    )
    (one,) = shared("AWS::Lambda::Function")
    assert json.loads(one.policy or "")["Statement"][0]["Sid"] == "s"


def test_snapshots() -> None:
    ec2 = boto3.client("ec2")
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]

    def own() -> Shared:
        arn = f"arn:aws:ec2:us-east-1::snapshot/{snapshot}"
        return next(one for one in shared("AWS::EC2::Snapshot") if one.arn == arn)

    assert own().grants == ()
    ec2.modify_snapshot_attribute(
        SnapshotId=snapshot,
        Attribute="createVolumePermission",
        OperationType="add",
        UserIds=["444455556666"],
    )
    assert own().grants == (("account", "444455556666", ""),)


def test_trails() -> None:
    service = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    boto3.client("s3").create_bucket(Bucket="logs-of-main")
    boto3.client("s3").put_bucket_policy(
        Bucket="logs-of-main",
        Policy=policy(
            {**service, "Action": "s3:GetBucketAcl", "Resource": "arn:aws:s3:::logs-of-main"},
            {**service, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::logs-of-main/*"},
        ),
    )
    made = boto3.client("cloudtrail").create_trail(Name="main", S3BucketName="logs-of-main")
    assert seam_shared.has_trail(made["TrailARN"])
    assert not seam_shared.has_trail(f"{made['TrailARN']}-2")
    assert not seam_shared.has_trail("main")


def test_authorization_details() -> None:
    iam = boto3.client("iam")
    bound = iam.create_policy(PolicyName="bound", PolicyDocument=allow("s3:*"))["Policy"]["Arn"]
    iam.create_user(
        UserName="ann",
        Path="/team/",
        PermissionsBoundary=bound,
        Tags=[{"Key": "team", "Value": "ops"}],
    )
    iam.create_group(GroupName="g")
    iam.add_user_to_group(GroupName="g", UserName="ann")
    iam.attach_group_policy(GroupName="g", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=allow("sqs:*"))
    iam.create_access_key(UserName="ann")
    details = seam_shared.authorization_details(ACCOUNT)
    (user,) = details["UserDetailList"]
    assert user["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/team/ann"
    assert (user["GroupList"], user["Path"]) == (["g"], "/team/")
    assert user["Tags"] == [{"Key": "team", "Value": "ops"}]
    assert user["PermissionsBoundary"] == {"PermissionsBoundaryArn": bound}
    assert [one["PolicyName"] for one in user["UserPolicyList"]] == ["p"]
    versions: dict[str, Any] = {one["Arn"]: one for one in details["Policies"]}
    assert set(versions) == {bound, "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    assert versions[bound]["PolicyVersionList"][0]["VersionId"] == "v1"
    (key,) = seam_shared.access_keys(ACCOUNT, "ann")
    assert key.active
    assert not seam_shared.has_password(ACCOUNT, "ann")
    iam.create_login_profile(UserName="ann", Password="Quiet-otter-violet-3")
    assert seam_shared.has_password(ACCOUNT, "ann")
    assert seam_shared.password_last_used(ACCOUNT, "ann") is None
