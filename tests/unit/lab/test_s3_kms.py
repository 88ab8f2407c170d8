"""Objects under keys that are not there any more, or switched off; secrets of other accounts."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from botocore.config import Config
from lab_calls import ACCOUNT, allow, new_user, policy, refused, statement
from s3_calls import anonymous, bucket_policy, everybody, vault

from helpers import Lab

OTHER = "444455556666"


def under(key: str) -> dict[str, Any]:
    return {
        "Bucket": "vault",
        "Key": "k",
        "Body": b"x",
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": key,
    }


def test_a_key_that_is_off_closes_what_it_encrypted(lab: Lab) -> None:
    s3, kms = vault(lab), lab.root.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    stranger = new_user(lab, "stranger", allow("s3:*")).client("s3")
    s3.put_object(**under(key))
    kms.disable_key(KeyId=key)
    message = refused("KMS.DisabledException", s3.get_object, Bucket="vault", Key="k")
    assert message == f"{key} is disabled."
    refused("KMS.DisabledException", s3.put_object, **under(key))
    # Who may not use the key does not learn how it is.
    refused("AccessDenied", stranger.get_object, Bucket="vault", Key="k")
    kms.schedule_key_deletion(KeyId=key)
    refused("KMS.KMSInvalidStateException", s3.get_object, Bucket="vault", Key="k")
    kms.cancel_key_deletion(KeyId=key)
    kms.enable_key(KeyId=key)
    assert s3.get_object(Bucket="vault", Key="k")["Body"].read() == b"x"


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("1234abcd-12ab-34cd-56ef-1234567890ab", "does not exist"),
        (f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/none", "is not found"),
        (f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab", "Invalid"),
    ],
)
def test_a_key_has_to_be_there_and_in_the_buckets_region(lab: Lab, key: str, said: str) -> None:
    s3 = vault(lab)
    assert said in refused("KMS.NotFoundException", s3.put_object, **under(key))


def test_a_secret_under_the_default_key_stays_in_its_account(lab: Lab) -> None:
    theirs = lab.add_account(OTHER).root.client("secretsmanager")
    secrets, kms = lab.root.client("secretsmanager"), lab.root.client("kms")
    other = {"AWS": f"arn:aws:iam::{OTHER}:root"}
    own = kms.create_key(
        Policy=policy(
            statement("Allow", "kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
            statement("Allow", "kms:Decrypt", Principal=other),
        )
    )["KeyMetadata"]["Arn"]
    arns = [
        secrets.create_secret(Name="plain", SecretString="x")["ARN"],
        secrets.create_secret(Name="keyed", SecretString="x", KmsKeyId=own)["ARN"],
    ]
    for arn in arns:
        document = policy(statement("Allow", "secretsmanager:GetSecretValue", Principal=other))
        secrets.put_resource_policy(SecretId=arn, ResourcePolicy=document)
    message = refused("InvalidRequestException", theirs.get_secret_value, SecretId=arns[0])
    assert "default KMS service key" in message
    assert theirs.get_secret_value(SecretId=arns[1])["SecretString"] == "x"
    assert secrets.get_secret_value(SecretId=arns[0])["SecretString"] == "x"


@pytest.mark.parametrize("own_key", [True, False])
def test_a_public_object_under_a_kms_key_is_not_public(lab: Lab, own_key: bool) -> None:
    s3 = vault(lab)
    s3.put_bucket_policy(**bucket_policy(everybody()))
    assert anonymous().get_object(Bucket="vault", Key="k")["Body"].read() == b"secret"
    name = lab.root.client("kms").create_key()["KeyMetadata"]["Arn"] if own_key else "alias/aws/s3"
    s3.put_object(**under(name))
    message = refused("InvalidArgument", anonymous().get_object, Bucket="vault", Key="k")
    assert message.endswith("require AWS Signature Version 4.")
    old, new = (
        lab.root.client("s3", config=Config(signature_version=version)).generate_presigned_url(
            "get_object", Params={"Bucket": "vault", "Key": "k"}
        )
        for version in ("s3", "s3v4")
    )
    assert "require AWS Signature Version 4." in requests.get(old).text
    assert requests.get(new).content == b"x"
    openly = lab.root.client("s3", use_ssl=False)
    message = refused("InvalidArgument", openly.get_object, Bucket="vault", Key="k")
    assert message.endswith("must be made over a secure connection.")
    # What nobody may read, nobody is told more about.
    s3.delete_bucket_policy(Bucket="vault")
    refused("AccessDenied", anonymous().get_object, Bucket="vault", Key="k")


def test_awss_own_key_serves_one_account(lab: Lab) -> None:
    s3 = vault(lab)
    stranger = lab.add_account(OTHER).root.client("s3")
    s3.put_bucket_policy(**bucket_policy(everybody(Principal={"AWS": OTHER})))
    assert stranger.get_object(Bucket="vault", Key="k")["Body"].read() == b"secret"
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    s3.put_bucket_encryption(Bucket="vault", ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_object(Bucket="vault", Key="k", Body=b"x")
    message = refused("AccessDenied", stranger.get_object, Bucket="vault", Key="k")
    assert message.startswith("The ciphertext refers to a customer master key")
    assert s3.get_object(Bucket="vault", Key="k")["Body"].read() == b"x"


@pytest.mark.parametrize("encryption", [{}, {"ServerSideEncryption": "AES256"}])
def test_a_key_of_kms_goes_with_its_encryption(lab: Lab, encryption: dict[str, str]) -> None:
    s3 = vault(lab)
    key = lab.root.client("kms").create_key()["KeyMetadata"]["KeyId"]
    asked = {"Bucket": "vault", "Key": "new", "SSEKMSKeyId": key, **encryption}
    assert "requires HTTP header" in refused("InvalidArgument", s3.put_object, **asked)
    refused("InvalidArgument", s3.create_multipart_upload, **asked)
