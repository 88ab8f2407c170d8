"""What keys can do in the state that they are in, and grants."""

from __future__ import annotations

from typing import Any

import pytest
from lab_calls import ACCOUNT, new_user, refused

from helpers import Lab


@pytest.fixture
def kms(lab: Lab) -> Any:
    return lab.root.client("kms")


@pytest.fixture
def key(kms: Any) -> str:
    return kms.create_key()["KeyMetadata"]["KeyId"]


def test_a_disabled_key_does_no_cryptography(kms: Any, key: str) -> None:
    text = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.disable_key(KeyId=key)
    assert refused("DisabledException", kms.encrypt, KeyId=key, Plaintext=b"x").endswith(
        f"key/{key} is disabled."
    )
    refused("DisabledException", kms.decrypt, CiphertextBlob=text)
    refused("DisabledException", kms.generate_data_key, KeyId=key, KeySpec="AES_256")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    kms.enable_key(KeyId=key)
    assert kms.decrypt(CiphertextBlob=text)["Plaintext"] == b"x"


def test_a_key_is_deleted_when_its_time_has_come(lab: Lab, kms: Any, key: str) -> None:
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    refused("ValidationException", kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=3)
    answer = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert (answer["KeyState"], answer["PendingWindowInDays"]) == ("PendingDeletion", 7)
    refused("KMSInvalidStateException", kms.encrypt, KeyId="alias/app", Plaintext=b"x")
    refused("KMSInvalidStateException", kms.enable_key, KeyId=key)
    lab.clock.advance(days=6)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    lab.clock.advance(days=1, minutes=1)
    assert key not in [entry["KeyId"] for entry in kms.list_keys()["Keys"]]
    refused("NotFoundException", kms.describe_key, KeyId=key)


def test_deletion_can_be_cancelled_and_leaves_the_key_disabled(kms: Any, key: str) -> None:
    refused("KMSInvalidStateException", kms.cancel_key_deletion, KeyId=key)
    kms.schedule_key_deletion(KeyId=key)
    assert kms.cancel_key_deletion(KeyId=key)["KeyId"].endswith(key)
    refused("DisabledException", kms.encrypt, KeyId=key, Plaintext=b"x")
    kms.enable_key(KeyId=key)
    kms.encrypt(KeyId=key, Plaintext=b"x")


def test_a_key_is_switched_by_its_id_or_arn_and_by_no_alias(kms: Any) -> None:
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/app", TargetKeyId=key["KeyId"])
    for call in (kms.disable_key, kms.enable_key, kms.schedule_key_deletion):
        refused("NotFoundException", call, KeyId="alias/app")
        call(KeyId=key["Arn"])
    kms.cancel_key_deletion(KeyId=key["Arn"])
    nothing = "1234abcd-12ab-34cd-56ef-1234567890ab"
    refused("NotFoundException", kms.disable_key, KeyId=nothing)


def test_grants(lab: Lab, kms: Any, key: str) -> None:
    ann = new_user(lab, "ann")
    grant = {"KeyId": key, "GranteePrincipal": ann.arn, "Operations": ["Encrypt"], "Name": "one"}
    made = kms.create_grant(**grant)
    assert len(made["GrantId"]) == 64
    assert kms.create_grant(**grant)["GrantId"] == made["GrantId"]
    (found,) = kms.list_grants(KeyId=key)["Grants"]
    assert found["IssuingAccount"] == f"arn:aws:iam::{ACCOUNT}:root"
    assert found["KeyId"].endswith(f":key/{key}")
    assert ann.client("kms").encrypt(KeyId=key, Plaintext=b"x")
    kms.revoke_grant(KeyId=key, GrantId=made["GrantId"])
    refused("AccessDeniedException", ann.client("kms").encrypt, KeyId=key, Plaintext=b"x")
    refused("ValidationException", kms.create_grant, **{**grant, "Operations": ["Fly"]})
    nobody = f"arn:aws:iam::{ACCOUNT}:user/nobody"
    refused("InvalidArnException", kms.create_grant, **{**grant, "GranteePrincipal": nobody})


def test_aliases_of_aws_are_its_own(lab: Lab, kms: Any, key: str) -> None:
    call = {"AliasName": "alias/aws/mine", "TargetKeyId": key}
    refused("NotAuthorizedException", kms.create_alias, **call)
    lab.clock.advance(days=400)
    own = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert own["CreationDate"] <= lab.clock.now
    assert (lab.clock.now - own["CreationDate"]).days == 0
