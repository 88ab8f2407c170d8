"""Who calls: the root user and access keys, right, wrong, inactive and deleted."""

from __future__ import annotations

import hashlib
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError
from lab_calls import ACCOUNT, allow, client, new_user, outcome, refused

from helpers import Lab

CALLS = {
    "iam": lambda c: c.list_users(),
    "sts": lambda c: c.get_caller_identity(),
    "s3": lambda c: c.list_buckets(),
    "ec2": lambda c: c.describe_instances(),
    "cloudtrail": lambda c: c.describe_trails(),
    "accessanalyzer": lambda c: c.list_analyzers(),
}

# The words of each service: for a key that is not known, for a wrong secret, and for a
# session token that is not the key's own.
UNKNOWN = {
    "iam": ("InvalidClientTokenId", 403),
    "sts": ("InvalidClientTokenId", 403),
    "s3": ("InvalidAccessKeyId", 403),
    "ec2": ("AuthFailure", 401),
    "cloudtrail": ("UnrecognizedClientException", 400),
    "accessanalyzer": ("UnrecognizedClientException", 403),
}
WRONG = {
    "iam": ("SignatureDoesNotMatch", 403),
    "sts": ("SignatureDoesNotMatch", 403),
    "s3": ("SignatureDoesNotMatch", 403),
    "ec2": ("AuthFailure", 401),
    "cloudtrail": ("InvalidSignatureException", 400),
    "accessanalyzer": ("InvalidSignatureException", 403),
}


def said(words: tuple[str, int], service: str, made) -> None:
    """The call of a service fails with this code and HTTP status."""
    from botocore.exceptions import ClientError

    with pytest.raises(ClientError) as caught:
        CALLS[service](made)
    response = caught.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == words


def known(service: str, made) -> None:
    """The call of a service gets past the question who calls."""
    # accessanalyzer has no answer yet; whoever reaches "not simulated" was identified.
    assert outcome(CALLS[service], made) in ("allowed", "NotSimulated")


def test_root_is_the_account_root_user_in_every_way_of_asking(lab: Lab) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:root"
    assert lab.root.arn == arn
    for sts in (lab.root.client("sts"), boto3.client("sts"), boto3.Session().client("sts")):
        answer = sts.get_caller_identity()
        assert answer["Arn"] == arn
        assert answer["UserId"] == answer["Account"] == ACCOUNT


def test_plain_boto3_is_whoever_the_lab_uses(house: Lab) -> None:
    sts = boto3.client("sts")
    house.use(house.caller("analyst"))
    assert sts.get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/analyst"
    assert boto3.resource("s3").Bucket("payroll").name == "payroll"
    assert refused("AccessDenied", boto3.client("iam").list_users)
    house.use(None)
    assert sts.get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    with pytest.raises(ValueError, match="a caller is needed"):
        house.use("analyst")


def test_a_user_is_known_by_their_access_key(house: Lab) -> None:
    analyst = house.caller("analyst")
    answer = analyst.client("sts").get_caller_identity()
    assert answer["Arn"] == analyst.arn == f"arn:aws:iam::{ACCOUNT}:user/analyst"
    assert answer["UserId"].startswith("AIDA")
    assert analyst.access_key_id.startswith("AKIA")
    assert analyst.secret_access_key not in repr(analyst)


def test_a_user_with_a_path_has_it_in_the_arn(lab: Lab) -> None:
    ann = new_user(lab, "ann", path="/finance/")
    assert (
        ann.client("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/finance/ann"
    )


def test_a_caller_that_there_is_not_is_named_with_those_that_there_are(house: Lab) -> None:
    with pytest.raises(LookupError, match=r"'nobody'.*admin, analyst"):
        house.caller("nobody")


def test_root_access_key_signs_as_root_and_at_most_two_of_them(lab: Lab) -> None:
    iam = lab.root.client("iam")
    key = iam.create_access_key()["AccessKey"]
    sts = client(key, "sts")
    assert sts.get_caller_identity()["Arn"] == lab.root.arn
    iam.create_access_key()
    refused("LimitExceeded", iam.create_access_key)
    iam.update_access_key(AccessKeyId=key["AccessKeyId"], Status="Inactive")
    refused("InvalidClientTokenId", sts.get_caller_identity)
    iam.delete_access_key(AccessKeyId=key["AccessKeyId"])
    assert len(iam.list_access_keys()["AccessKeyMetadata"]) == 1


@pytest.mark.parametrize("service", CALLS)
def test_an_unknown_key_in_the_words_of_the_service(lab: Lab, service: str) -> None:
    unknown = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "x" * 40}
    said(UNKNOWN[service], service, client(unknown, service))


@pytest.mark.parametrize("service", CALLS)
def test_a_wrong_secret_in_the_words_of_the_service(house: Lab, service: str) -> None:
    admin = house.caller("admin")
    right = {"AccessKeyId": admin.access_key_id, "SecretAccessKey": admin.secret_access_key}
    known(service, client(right, service))
    wrong = {**right, "SecretAccessKey": admin.secret_access_key[:-1] + "="}
    said(WRONG[service], service, client(wrong, service))


@pytest.mark.parametrize("service", CALLS)
def test_an_inactive_key_then_an_active_one_again_then_a_deleted_one(
    house: Lab, service: str
) -> None:
    iam = house.root.client("iam")
    admin = house.caller("admin")
    made = admin.client(service)
    key = {"UserName": "admin", "AccessKeyId": admin.access_key_id}
    known(service, made)
    iam.update_access_key(**key, Status="Inactive")
    said(UNKNOWN[service], service, made)
    iam.update_access_key(**key, Status="Active")
    known(service, made)
    iam.delete_access_key(**key)
    said(UNKNOWN[service], service, made)


def test_a_key_does_not_come_back_with_a_new_user_of_the_same_name(lab: Lab) -> None:
    iam = lab.root.client("iam")
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    session = client(key, "sts").get_session_token()["Credentials"]
    iam.delete_access_key(UserName="ann", AccessKeyId=key["AccessKeyId"])
    client(session, "sts").get_caller_identity()
    iam.delete_user(UserName="ann")
    refused("InvalidClientTokenId", client(key, "sts").get_caller_identity)
    iam.create_user(UserName="ann")
    refused("InvalidClientTokenId", client(key, "sts").get_caller_identity)
    refused("InvalidClientTokenId", client(session, "sts").get_caller_identity)


def test_a_long_term_key_with_a_token_that_it_does_not_have(house: Lab) -> None:
    admin = house.caller("admin")
    odd = {
        "AccessKeyId": admin.access_key_id,
        "SecretAccessKey": admin.secret_access_key,
        "SessionToken": "made-up",
    }
    refused("InvalidClientTokenId", client(odd, "iam").list_users)
    refused("InvalidToken", client(odd, "s3").list_buckets)


def test_a_user_called_root_is_not_the_root_user(lab: Lab) -> None:
    impostor = new_user(lab, "root", allow("s3:ListAllMyBuckets"))
    assert impostor.arn == f"arn:aws:iam::{ACCOUNT}:user/root"
    assert impostor.client("sts").get_caller_identity()["Arn"] == impostor.arn
    impostor.client("s3").list_buckets()
    refused("AccessDenied", impostor.client("iam").list_users)
    refused("AccessDenied", impostor.client("iam").create_access_key)
    refused("AccessDenied", impostor.client("s3").create_bucket, Bucket="grabbed")
    bucket = lab.root.client("s3")
    bucket.create_bucket(Bucket="vault")
    deny = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", '
        '"Action": "s3:*", "Resource": "arn:aws:s3:::vault"}}'
    )
    bucket.put_bucket_policy(Bucket="vault", Policy=deny)
    refused("AccessDenied", impostor.client("s3").get_bucket_policy, Bucket="vault")


@pytest.mark.parametrize("name", ["x/admin", "admin user", "a:b", "", "ä"])
def test_a_name_that_iam_does_not_allow_makes_no_user(house: Lab, name: str) -> None:
    from botocore.config import Config

    iam = house.root.client("iam", config=Config(parameter_validation=False))
    refused("ValidationError", iam.create_user, UserName=name)
    assert {u["UserName"] for u in iam.list_users()["Users"]} == {"admin", "analyst"}


def test_ids_carry_the_prefix_of_their_kind(lab: Lab) -> None:
    iam = lab.root.client("iam")
    ids = {
        "AIDA": iam.create_user(UserName="u")["User"]["UserId"],
        "AGPA": iam.create_group(GroupName="g")["Group"]["GroupId"],
        "AROA": iam.create_role(
            RoleName="r",
            AssumeRolePolicyDocument='{"Version": "2012-10-17", "Statement": {"Effect": "Allow", '
            '"Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}}',
        )["Role"]["RoleId"],
        "ANPA": iam.create_policy(PolicyName="p", PolicyDocument=allow("s3:*"))["Policy"][
            "PolicyId"
        ],
        "AIPA": iam.create_instance_profile(InstanceProfileName="i")["InstanceProfile"][
            "InstanceProfileId"
        ],
    }
    for prefix, found in ids.items():
        assert found.startswith(prefix)
        assert len(found) == 21
        assert found.isupper()
    # Stored, not only answered once.
    assert iam.get_group(GroupName="g")["Group"]["GroupId"] == ids["AGPA"]
    assert iam.list_groups()["Groups"][0]["GroupId"] == ids["AGPA"]


def test_account_summary_counts_root_keys_and_devices(lab: Lab) -> None:
    iam = lab.root.client("iam")

    def summary() -> tuple[int, int, int]:
        found = iam.get_account_summary()["SummaryMap"]
        return tuple(
            found[name] for name in ("AccountAccessKeysPresent", "AccountMFAEnabled", "Users")
        )

    assert summary() == (0, 0, 0)
    iam.create_access_key()
    iam.create_user(UserName="u")
    assert summary() == (1, 0, 1)


def with_another_body(client: Any, body: bytes) -> Any:
    """The client, whose requests change on the way after they were signed."""

    def change(request: Any, **_: Any) -> None:
        request.body = body

    client.meta.events.register_first("before-send", change)
    return client


def test_a_body_that_is_not_the_one_that_was_signed(house: Lab) -> None:
    config = Config(request_checksum_calculation="when_required", s3={"payload_signing_enabled": 1})
    s3 = with_another_body(house.root.client("s3", config=config), b"changed")
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket="payroll", Key="k", Body=b"signed")
    error = caught.value.response["Error"]
    assert error["Code"] == "XAmzContentSHA256Mismatch"
    assert error["ClientComputedContentSHA256"] == hashlib.sha256(b"signed").hexdigest()
    assert error["S3ComputedContentSHA256"] == hashlib.sha256(b"changed").hexdigest()
    iam = with_another_body(house.root.client("iam"), b"Action=ListUsers&Version=2010-05-08")
    refused("SignatureDoesNotMatch", iam.delete_user, UserName="admin")
    # Services beside S3 have the header only where somebody signs it along.
    logs = house.root.client("logs")

    def hash_it(request: Any, **_: Any) -> None:
        request.headers["X-Amz-Content-SHA256"] = hashlib.sha256(request.data).hexdigest()

    logs.meta.events.register("before-sign", hash_it)
    logs.describe_log_groups()
    refused(
        "InvalidSignatureException", with_another_body(logs, b'{"limit": 1}').describe_log_groups
    )


def test_a_body_that_is_not_signed_may_be_any(house: Lab) -> None:
    s3 = house.root.client("s3")
    url = s3.generate_presigned_url("put_object", Params={"Bucket": "payroll", "Key": "k"})
    assert requests.put(url, data=b"anything", timeout=5).status_code == 200
    assert s3.get_object(Bucket="payroll", Key="k")["Body"].read() == b"anything"
