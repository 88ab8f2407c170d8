"""An account in which every control fails, made by calls, and what brings it in order."""

from __future__ import annotations

import json
from typing import Any

import pyotp

from helpers import Lab

REGIONS = ("us-east-1", "eu-west-1")
ACCOUNT, PARTNER = "111122223333", "444455556666"
PASSWORD = "amber-Ledger-crane-5"
IMAGE = "ami-04681a1dbd79675a5"
CLOUDSHELL = "arn:aws:iam::aws:policy/AWSCloudShellFullAccess"
SERVICE = {"Principal": {"Service": "cloudtrail.amazonaws.com"}}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(action: Any, resource: Any = "*", **others: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **others}


def trust(principal: str, **others: Any) -> str:
    return document(
        {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole", **others}
    )


def make_bad(lab: Lab) -> None:
    """Fails every control, 120 days on; ``ann`` is the one who works."""
    root = lab.root
    iam, s3, ec2 = root.client("iam"), root.client("s3"), root.client("ec2")
    iam.create_user(UserName="ann")
    iam.create_login_profile(UserName="ann", Password=PASSWORD)
    for _ in range(2):
        iam.create_access_key(UserName="ann")
    iam.attach_user_policy(UserName="ann", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    iam.put_user_policy(
        UserName="ann", PolicyName="Queues", PolicyDocument=document(allow("sqs:ListQueues"))
    )
    iam.create_user(UserName="gone")
    iam.create_login_profile(UserName="gone", Password=PASSWORD)
    for name, trusted in (
        ("everything", trust(f"arn:aws:iam::{ACCOUNT}:root")),
        ("anyone", trust("*")),
        ("partner", trust(f"arn:aws:iam::{PARTNER}:root")),
    ):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusted)
    everything = iam.create_policy(PolicyName="Everything", PolicyDocument=document(allow("*")))[
        "Policy"
    ]["Arn"]
    iam.attach_role_policy(RoleName="everything", PolicyArn=everything)
    iam.attach_role_policy(RoleName="anyone", PolicyArn=CLOUDSHELL)
    iam.create_group(GroupName="storage")
    iam.put_group_policy(
        GroupName="storage", PolicyName="All", PolicyDocument=document(allow(["s3:*", "sqs:Get*"]))
    )
    s3.create_bucket(Bucket="trail-files", ObjectOwnership="BucketOwnerPreferred")
    s3.delete_public_access_block(Bucket="trail-files")
    s3.put_bucket_acl(Bucket="trail-files", ACL="public-read")
    files = "arn:aws:s3:::trail-files"
    s3.put_bucket_policy(
        Bucket="trail-files",
        Policy=document(
            allow("s3:GetBucketAcl", files) | SERVICE,
            allow("s3:PutObject", f"{files}/*") | SERVICE,
            allow("s3:GetObject", f"{files}/*") | {"Principal": "*"},
        ),
    )
    cloudtrail = root.client("cloudtrail")
    cloudtrail.create_trail(Name="one", S3BucketName="trail-files")
    cloudtrail.put_event_selectors(
        TrailName="one",
        EventSelectors=[{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}],
    )
    group = ec2.create_security_group(GroupName="web", Description="web")["GroupId"]
    world = [{"CidrIp": "0.0.0.0/0"}, {"CidrIp": "198.51.100.0/24"}]
    ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 20, "ToPort": 25, "IpRanges": world},
            {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": world},
        ],
    )
    ec2.run_instances(
        ImageId=IMAGE, InstanceType="t3.small", MinCount=1, MaxCount=1, SecurityGroupIds=[group]
    )
    root.client("organizations").create_organization(FeatureSet="ALL")
    key = iam.create_access_key()["AccessKey"]
    lab.clock.advance(days=120)
    lab.sign_in("ann", PASSWORD)
    from helpers import Caller

    theirs = Caller("root", root.arn, key["AccessKeyId"], key["SecretAccessKey"])
    theirs.client("s3").list_buckets()


class Person:
    """Who answers what a mending program asks for."""

    def __init__(self, lab: Lab, space: dict[str, Any]) -> None:
        self._lab, self._space = lab, space
        self._root: tuple[str, pyotp.TOTP] | None = None

    def __call__(self, prompt: str) -> str:
        if "code that" in prompt:
            device = self._space["device"]["VirtualMFADevice"]
            codes = pyotp.TOTP(device["Base32StringSeed"].decode())
            if "/root-app" in device["SerialNumber"]:
                self._root = device["SerialNumber"], codes
            return _code(codes, self._lab, 1 if "next" in prompt else 0)
        if "root's MFA device" in prompt:
            assert self._root is not None
            self._lab.clock.advance(minutes=2)  # a code is good once
            return f"{self._root[0]} {_code(self._root[1], self._lab)}"
        if "root's access key" in prompt:
            return self._space["keys"]["AccessKeyMetadata"][0]["AccessKeyId"]
        return "soc@example.com" if "email" in prompt else "+1 555 0100"


def _code(codes: pyotp.TOTP, lab: Lab, steps: int = 0) -> str:
    return codes.at(lab.clock.now.timestamp() + 30 * steps)


def rest(lab: Lab) -> None:
    """What no call mends: root rests, and the machine is gone from the default VPC."""
    ec2 = lab.root.client("ec2")
    (found,) = ec2.describe_instances()["Reservations"]
    ec2.terminate_instances(InstanceIds=[found["Instances"][0]["InstanceId"]])
    lab.clock.advance(days=31)
