"""Principals in trust policies and bucket policies are somebody, and stay the same somebody."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lab_calls import ACCOUNT, allow, new_user, outcome, policy, refused, statement, trust

from helpers import Lab

ANN = f"arn:aws:iam::{ACCOUNT}:user/ann"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"


def principal_of(document: Any) -> Any:
    return document["Statement"][0]["Principal"]["AWS"]


def bucket_policy(principal: Any) -> str:
    return policy(
        {
            **statement("Allow", "s3:GetObject", "arn:aws:s3:::vault/*"),
            "Principal": {"AWS": principal},
        }
    )


@pytest.fixture
def vault(lab: Lab) -> Any:
    s3 = lab.root.client("s3")
    s3.create_bucket(Bucket="vault")
    s3.put_object(Bucket="vault", Key="k", Body=b"x")
    return s3


@pytest.mark.parametrize(
    "nobody",
    [
        ANN,
        ROLE,
        f"arn:aws:iam::{ACCOUNT}:user/x/admin",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/r/session",
        "AIDAQAAAAAAAAAAAAAAAA",
    ],
)
def test_nobody_is_no_principal(house: Lab, nobody: str) -> None:
    iam, s3 = house.root.client("iam"), house.root.client("s3")
    said = refused(
        "MalformedPolicyDocument",
        iam.create_role,
        RoleName="q",
        AssumeRolePolicyDocument=trust({"AWS": [ACCOUNT, nobody]}),
    )
    assert said == f'Invalid principal in policy: "AWS":"{nobody}"'
    refused("NoSuchEntity", iam.get_role, RoleName="q")
    document = bucket_policy(nobody).replace("vault", "payroll")
    said = refused("MalformedPolicy", s3.put_bucket_policy, Bucket="payroll", Policy=document)
    assert said == "Invalid principal in policy"
    refused("NoSuchBucketPolicy", s3.get_bucket_policy, Bucket="payroll")


@pytest.mark.parametrize(
    "somebody",
    [
        "*",
        ACCOUNT,
        f"arn:aws:iam::{ACCOUNT}:root",
        f"arn:aws:iam::{ACCOUNT}:user/admin",
        "arn:aws:iam::444455556666:root",
        "arn:aws:iam::444455556666:role/of-another-account",
    ],
)
def test_somebody_is(house: Lab, somebody: str) -> None:
    iam = house.root.client("iam")
    iam.create_role(RoleName="q", AssumeRolePolicyDocument=trust({"AWS": somebody}))
    refused(
        "MalformedPolicyDocument",
        iam.update_assume_role_policy,
        RoleName="q",
        PolicyDocument=trust({"AWS": ANN}),
    )
    found = iam.get_role(RoleName="q")["Role"]["AssumeRolePolicyDocument"]
    assert principal_of(found) == somebody


def test_a_new_user_does_not_step_into_an_old_ones_trust(lab: Lab, vault: Any) -> None:
    iam = lab.root.client("iam")
    ann = new_user(lab, "ann", allow("sts:AssumeRole"))
    old = iam.get_user(UserName="ann")["User"]["UserId"]
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": [ANN, ACCOUNT]}))
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=trust({"AWS": ANN}))
    vault.put_bucket_policy(Bucket="vault", Policy=bucket_policy(ANN))
    ann.client("sts").assume_role(RoleArn=ROLE, RoleSessionName="ss")
    ann.client("s3").get_object(Bucket="vault", Key="k")
    iam.delete_access_key(UserName="ann", AccessKeyId=ann.access_key_id)
    iam.delete_user_policy(UserName="ann", PolicyName="inline-0")
    iam.delete_user(UserName="ann")

    trusted = iam.get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"]
    let_in = json.loads(vault.get_bucket_policy(Bucket="vault")["Policy"])
    assert principal_of(trusted) == principal_of(let_in) == old
    assert old.startswith("AIDA")
    ann = new_user(lab, "ann", allow("ec2:*"))
    assume = ann.client("sts").assume_role
    assert outcome(assume, RoleArn=ROLE, RoleSessionName="ss") == "AccessDenied"
    assert outcome(ann.client("s3").get_object, Bucket="vault", Key="k") == "AccessDenied"
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=trust({"AWS": ANN}))
    assume(RoleArn=ROLE, RoleSessionName="ss")


def test_a_deleted_role_leaves_its_id(lab: Lab, vault: Any) -> None:
    iam = lab.root.client("iam")
    made = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))["Role"]
    vault.put_bucket_policy(Bucket="vault", Policy=bucket_policy([ROLE, ACCOUNT]))
    iam.delete_role(RoleName="r")
    found = json.loads(vault.get_bucket_policy(Bucket="vault")["Policy"])
    assert principal_of(found) == [made["RoleId"], f"arn:aws:iam::{ACCOUNT}:root"]
    assert made["RoleId"].startswith("AROA")


def test_s3_keeps_accounts_by_their_arns(lab: Lab, vault: Any) -> None:
    """https://github.com/aws/aws-cdk/issues/9334 shows it; IAM keeps what it is given."""
    vault.put_bucket_policy(Bucket="vault", Policy=bucket_policy(ACCOUNT))
    found = json.loads(vault.get_bucket_policy(Bucket="vault")["Policy"])
    assert principal_of(found) == f"arn:aws:iam::{ACCOUNT}:root"
    iam = lab.root.client("iam")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))
    kept = iam.get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"]
    assert principal_of(kept) == ACCOUNT


def test_trust_follows_a_user_to_a_new_name(lab: Lab) -> None:
    iam = lab.root.client("iam")
    ann = new_user(lab, "ann", allow("sts:AssumeRole"))
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": ANN}))
    iam.update_user(UserName="ann", NewUserName="anna", NewPath="/staff/")
    found = iam.get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"]
    assert principal_of(found) == f"arn:aws:iam::{ACCOUNT}:user/staff/anna"
    ann.client("sts").assume_role(RoleArn=ROLE, RoleSessionName="ss")


def test_key_policies_name_somebody_too(lab: Lab) -> None:
    iam, kms = lab.root.client("iam"), lab.root.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]

    def key_policy(principal: Any) -> str:
        root = f"arn:aws:iam::{ACCOUNT}:root"
        named = {**statement("Allow", "kms:*"), "Principal": {"AWS": [root, principal]}}
        return policy(named)

    put = {"KeyId": key, "PolicyName": "default"}
    refused("MalformedPolicyDocumentException", kms.put_key_policy, **put, Policy=key_policy(ANN))
    refused("MalformedPolicyDocumentException", kms.create_key, Policy=key_policy(ANN))
    refused("MalformedPolicyDocumentException", kms.put_key_policy, **put, Policy="no policy")
    made = iam.create_user(UserName="ann")["User"]
    kms.put_key_policy(**put, Policy=key_policy(ANN))
    iam.delete_user(UserName="ann")
    found = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    assert principal_of(found)[1] == made["UserId"]
