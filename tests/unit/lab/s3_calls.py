"""Small words for the tests of S3: a bucket open to the world, strangers, lists of versions."""

from __future__ import annotations

from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from lab_calls import policy, statement

from helpers import Lab

STRANGER = "444455556666"
BUCKET = "arn:aws:s3:::vault"
OBJECTS = f"{BUCKET}/*"


def vault(lab: Lab, ownership: str = "BucketOwnerEnforced", *, closed: bool = False) -> Any:
    """Root's S3 client, and a bucket "vault" with the object "k"; its guard down, if not closed."""
    s3 = lab.root.client("s3")
    s3.create_bucket(Bucket="vault", ObjectOwnership=ownership)
    s3.put_object(Bucket="vault", Key="k", Body=b"secret")
    if not closed:
        s3.delete_public_access_block(Bucket="vault")
    return s3


def bucket_policy(*statements: dict[str, Any]) -> dict[str, str]:
    """put_bucket_policy's arguments."""
    return {"Bucket": "vault", "Policy": policy(*statements)}


def everybody(action: str = "s3:GetObject", resource: str = OBJECTS, **others: Any) -> dict:
    return statement("Allow", action, resource, **{"Principal": "*", **others})


def anonymous() -> Any:
    return boto3.client("s3", config=Config(signature_version=UNSIGNED))


def switch(s3: Any, *on: str) -> None:
    """Turn these switches of the bucket on, and the others off."""
    s3.put_public_access_block(
        Bucket="vault", PublicAccessBlockConfiguration=dict.fromkeys(on, True)
    )


def switch_account(lab: Lab, *on: str) -> None:
    lab.root.client("s3control").put_public_access_block(
        AccountId=lab.account.id, PublicAccessBlockConfiguration=dict.fromkeys(on, True)
    )


def versions(s3: Any, key: str = "k") -> tuple[list[str], list[str]]:
    """The ids of an object's versions and of its delete markers, the newest first."""
    found = s3.list_object_versions(Bucket="vault", Prefix=key)
    return (
        [version["VersionId"] for version in found.get("Versions", [])],
        [marker["VersionId"] for marker in found.get("DeleteMarkers", [])],
    )
