"""Answers to notebook 10's exercises that nobody listed, and its claims tried in an account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pyotp
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from helpers import Lab
from helpers.exercises import nb10
from helpers.exercises.outcome import Verdict
from helpers.lab.scenarios.exchange import FILES

ANALYST = "arn:aws:iam::111122223333:user/analyst"
ADMIN = "arn:aws:iam::111122223333:user/admin"
PARTNER = "arn:aws:iam::444455556666:root"
BUCKET, FILE = "arn:aws:s3:::exchange", "arn:aws:s3:::exchange/*"
ORDERS = "arn:aws:s3:::exchange/orders/*"
PLAIN = {"Bool": {"aws:SecureTransport": "false"}}


def statement(effect: str, principal: Any, action: Any, resource: Any, **others: Any) -> dict:
    elements = {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource}
    return {**elements, **others}


def reads(principal: Any, **others: Any) -> dict:
    return {**statement("Allow", principal, "s3:GetObject", ORDERS), **others}


def denies(action: Any = "s3:*", resource: Any = (BUCKET, FILE), **others: Any) -> dict:
    resources = list(resource) if isinstance(resource, tuple) else resource
    return statement("Deny", "*", action, resources, **{"Condition": PLAIN, **others})


def document(*statements: dict) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    yield Lab.start("exchange")
    Lab.stop()


BOTH = reads({"AWS": [ANALYST, PARTNER]})
FROM_BOTH = {"StringEquals": {"aws:PrincipalAccount": ["111122223333", "444455556666"]}}


@pytest.mark.parametrize(
    ("label", "statements", "says"),
    [
        ("q1", [reads({"AWS": [ANALYST, "444455556666"]})], None),
        ("q1", [reads({"AWS": ANALYST}), reads({"AWS": PARTNER})], None),
        ("q1", [reads({"AWS": [ANALYST, PARTNER]}), denies()], None),
        # The whole company is more than the analyst, and everybody is more than the two accounts.
        ("q1", [reads("*", Condition=FROM_BOTH)], "an intern without a policy reads: allowed"),
        ("q1", [reads({"AWS": [ANALYST, PARTNER]}, NotAction="x", Action=None)], "cannot be read"),
        ("q1", [reads({"AWS": [ANALYST, PARTNER]}),
                statement("Allow", {"AWS": PARTNER}, "s3:ListBucket", BUCKET)], "s3:ListBucket"),
        ("q1", [reads({"AWS": [ANALYST, PARTNER]}),
                statement("Allow", {"AWS": PARTNER}, "s3:ListBucket", "arn:aws:s3:::payroll")],
         "Policy has invalid resource"),
        ("q1", [reads("*", Condition={"ArnEquals": {"aws:PrincipalArn": ANALYST}}),
                reads("*", Condition={"StringEquals": {"aws:PrincipalAccount": "444455556666"}})],
         None),
        # S3 holds a wildcard in a condition for public, whatever stands before it.
        ("q1", [reads({"AWS": ANALYST}), reads("*", Condition={"ArnLike": {
            "aws:PrincipalArn": "arn:aws:iam::444455556666:*"}})], "to S3 it is public"),
        ("q1", [reads({"AWS": [ANALYST, PARTNER], "Service": "cloudtrail.amazonaws.com"})],
         "lets in `cloudtrail.amazonaws.com`"),
        ("q1", [reads({"AWS": [ANALYST, PARTNER, "123456789012"]})], "lets in `123456789012`"),
        ("q1", [BOTH, statement("Allow", {"AWS": ADMIN}, "s3:PutObject", ORDERS)],
         f"lets in `{ADMIN}`"),
        ("q1", [BOTH, reads("*", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})],
         "is allowed to everybody"),
        ("q1", [BOTH, statement("Allow", {"AWS": PARTNER}, "s3:ListBucket", BUCKET,
                                Condition={"StringLike": {"s3:prefix": "orders/*"}})],
         "`s3:ListBucket`"),
        ("q1", [BOTH,
                statement("Allow", {"AWS": PARTNER}, "s3:PutObject", f"{BUCKET}/customers.csv")],
         "`s3:PutObject` on `arn:aws:s3:::exchange/customers.csv`"),
        ("q1", [reads({"AWS": [ANALYST, PARTNER]}, Resource=f"{BUCKET}/orders*")],
         "a file that is not under `orders/`"),
        ("q2", [denies(Condition={"BoolIfExists": {"aws:SecureTransport": "false"}})], None),
        ("q2", [denies(Condition={"StringEquals": {"aws:SecureTransport": "false"}})], None),
        ("q2", [denies("*")], None),
        ("q2", [denies(resource=BUCKET), denies(resource=FILE)], None),
        ("q2", [denies(resource=f"{BUCKET}*")], None),
        ("q2", [nb10.ORDERS_FOR_TWO["Statement"][0], nb10.FENCE, denies()], None),
        ("q2", [denies(), reads("*", Condition={"Bool": {"aws:SecureTransport": "true"}})],
         "allowed before"),
        ("q2", [denies(resource=(BUCKET, f"{BUCKET}/*.csv"))], "reads a picture over http"),
        ("q2", [denies(Condition={
            **PLAIN, "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}})],
         "root reads the orders over http"),
        ("q2", [denies(Condition={"Null": {"aws:SecureTransport": "false"}})],
         "over https: denied"),
        ("q2", [denies(["s3:Get*", "s3:Put*", "s3:Delete*", "s3:ListBucket"])],
         "over http: allowed"),
        ("q2", [denies(Principal={"AWS": [ANALYST]})], "admin reads the orders over http"),
        ("q2", [denies(), statement("Deny", "*", "s3:GetBucketAcl", BUCKET)],
         "`s3:GetBucketAcl` on `arn:aws:s3:::exchange` over https: denied"),
    ],
)  # fmt: skip
def test_other_answers(lab: Lab, label: str, statements: list[dict], says: str | None) -> None:
    policy = document(*[{k: v for k, v in each.items() if v is not None} for each in statements])
    for form in (policy, json.dumps(policy)):
        outcome = getattr(nb10, label).judge(form)
        assert outcome.verdict == (Verdict.NOT_YET if says else Verdict.CORRECT), outcome
        assert (says or "") in outcome.message


def test_without_an_account_a_policy_is_judged_all_the_same() -> None:
    Lab.stop()
    assert nb10.q1.judge(document(reads({"AWS": [ANALYST, PARTNER]}))).verdict == Verdict.CORRECT


@pytest.fixture
def attacked() -> Iterator[Lab]:
    """The bucket as the thief of the notebook leaves it."""
    lab = Lab.start("exchange")
    s3 = lab.root.client("s3")
    s3.put_bucket_versioning(Bucket="exchange", VersioningConfiguration={"Status": "Enabled"})
    for key in FILES:
        s3.delete_object(Bucket="exchange", Key=key)
    s3.put_object(Bucket="exchange", Key="orders/2027.csv", Body=b"Pay")
    yield lab
    Lab.stop()


def versions(s3: Any, kind: str) -> list[tuple[str, str]]:
    found = s3.list_object_versions(Bucket="exchange")
    return [(each["Key"], each["VersionId"]) for each in found.get(kind, ())]


def test_copying_the_good_versions_on_top_is_right(attacked: Lab) -> None:
    s3 = attacked.root.client("s3")
    assert nb10.q3.judge(attacked).verdict == Verdict.NOT_ATTEMPTED
    for key in FILES:
        source = {"Bucket": "exchange", "Key": key, "VersionId": "null"}
        s3.copy_object(Bucket="exchange", Key=key, CopySource=source)
        last = key == list(FILES)[-1]
        assert nb10.q3.judge(attacked).verdict == (Verdict.CORRECT if last else Verdict.NOT_YET)
    s3.put_bucket_versioning(Bucket="exchange", VersioningConfiguration={"Status": "Suspended"})
    assert "versioning is no longer on" in nb10.q3.judge(attacked).message


def test_half_the_way_and_too_far(attacked: Lab) -> None:
    s3 = attacked.root.client("s3")
    key, letter = versions(s3, "Versions")[-2]
    assert key == "orders/2027.csv"
    assert letter != "null"
    s3.delete_object(Bucket="exchange", Key=key, VersionId=letter)
    assert "`customers.csv` cannot be read" in nb10.q3.judge(attacked).message
    s3.delete_object(Bucket="exchange", Key="customers.csv", VersionId="null")
    assert "Of `customers.csv` no version is left" in nb10.q3.judge(attacked).message
    nb10.q3.finish(attacked)
    assert nb10.q3.judge(attacked).verdict == Verdict.CORRECT


def test_a_refused_attempt_is_told(attacked: Lab) -> None:
    analyst = attacked.caller("analyst").client("s3")
    with pytest.raises(analyst.exceptions.ClientError):
        analyst.delete_object(Bucket="exchange", Key="customers.csv", VersionId="null")
    outcome = nb10.q3.judge(attacked)
    assert outcome.verdict == Verdict.NOT_YET
    assert "`DeleteObject`, was refused" in outcome.message


def test_finishing_again_with_mfa_delete_on(attacked: Lab) -> None:
    iam, s3, clock = attacked.root.client("iam"), attacked.root.client("s3"), attacked.clock
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]
    serial, phone = device["SerialNumber"], pyotp.TOTP(device["Base32StringSeed"].decode())
    codes = [phone.at(clock.now, counter_offset=offset) for offset in (0, 1, 2)]
    iam.enable_mfa_device(UserName="root", SerialNumber=serial, AuthenticationCode1=codes[0],
                          AuthenticationCode2=codes[1])  # fmt: skip
    clock.advance(seconds=60)
    s3.put_bucket_versioning(
        Bucket="exchange",
        VersioningConfiguration={"Status": "Enabled", "MFADelete": "Enabled"},
        MFA=f"{serial} {codes[2]}",
    )
    for _ in range(2):
        nb10.q3.finish(attacked)
        assert nb10.q3.judge(attacked).verdict == Verdict.CORRECT


def test_finishing_puts_real_policies_in_force() -> None:
    lab = Lab.start("exchange")
    nobody = boto3.client("s3", config=Config(signature_version=UNSIGNED))
    service = lab.accounts["444455556666"].caller("service")
    file = {"Bucket": "exchange", "Key": "orders/2027.csv"}
    for finish in (nb10.q1.finish, nb10.q2.finish, nb10.q1.finish):
        finish(lab)
        assert service.client("s3").get_object(**file)
        assert lab.caller("analyst").client("s3").get_object(**file)
        with pytest.raises(nobody.exceptions.ClientError):
            nobody.get_object(**file)
    nb10.q2.finish(lab)
    with pytest.raises(nobody.exceptions.ClientError):
        service.client("s3", use_ssl=False).get_object(**file)
    Lab.stop()
