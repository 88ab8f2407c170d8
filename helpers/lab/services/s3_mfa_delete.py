"""Versioning, and MFA Delete: what only the root user with its device may do.

With MFA Delete on, a version is deleted for good, and versioning is changed, only by the bucket
owner's root user and with a one-time code: nobody who finds a key can empty the bucket.

AWS page: https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiFactorAuthenticationDelete.html
"""

from __future__ import annotations

from typing import Any

from helpers.lab import seam
from helpers.lab.errors import AwsError
from helpers.lab.services.registry import Asked, answers
from helpers.lab.services.s3_errors import access_denied
from helpers.lab.services.sts import check_code

NEEDS_MFA = "Mfa Authentication must be used for this request"
OWNER_ONLY = "This operation may only be performed by the bucket owner"


def show_code(asked: Asked, bucket: Any) -> None:
    """Check the code that a call brings, and use it up; raise ``AwsError`` without a good one."""
    serial, _, code = str(asked.parameters.get("MFA") or "").partition(" ")
    if not serial or not code:
        raise access_denied(NEEDS_MFA)
    root = asked.world.accounts[bucket.account_id].root
    # The root user's, by its own keys: nobody else is the bucket's owner.
    if not asked.principal.is_root or asked.principal.account_id != bucket.account_id:
        raise access_denied(OWNER_ONLY)
    account = asked.world.accounts[bucket.account_id]
    try:
        check_code(account, serial, code, root.arn, asked.now)
    except AwsError:
        raise access_denied(NEEDS_MFA) from None


@answers("s3", "PutBucketVersioning")
def put_bucket_versioning(asked: Asked) -> Any:
    bucket = seam.s3_bucket(asked.parameters["Bucket"])
    marks = seam.s3_marks(bucket)
    wanted = asked.parameters.get("VersioningConfiguration") or {}
    status, mfa_delete = wanted.get("Status"), wanted.get("MFADelete")
    if status not in ("Enabled", "Suspended") or mfa_delete not in (None, "Enabled", "Disabled"):
        raise AwsError(
            "IllegalVersioningConfigurationException",
            "The Versioning element must be specified",
        )
    if bucket.object_lock_enabled and status == "Suspended":
        raise AwsError(
            "InvalidBucketState",
            "An Object Lock configuration is present on this bucket, so the versioning state "
            "cannot be changed.",
            409,
        )
    turned_on = mfa_delete == "Enabled" and not marks.mfa_delete
    if marks.mfa_delete or mfa_delete == "Enabled":
        show_code(asked, bucket)
    if turned_on and bucket.rules:
        raise AwsError(
            "InvalidBucketState",
            "MFA Delete cannot be enabled for a bucket with lifecycle rules.",
            409,
        )
    bucket.versioning_status = status
    if mfa_delete is not None:
        marks.mfa_delete = mfa_delete == "Enabled"
    return 200, {}, b""


@answers("s3", "GetBucketVersioning")
def get_bucket_versioning(asked: Asked) -> Any:
    bucket = seam.s3_bucket(asked.parameters["Bucket"])
    if bucket.versioning_status is None:
        return {}
    marks = seam.s3_marks(bucket)
    return {
        "Status": bucket.versioning_status,
        "MFADelete": "Enabled" if marks.mfa_delete else "Disabled",
    }


@answers("s3", "PutBucketLifecycle", "PutBucketLifecycleConfiguration")
def put_bucket_lifecycle(asked: Asked) -> Any:
    """Rules would delete versions without a code, so that one excludes the other."""
    if seam.s3_marks(seam.s3_bucket(asked.parameters["Bucket"])).mfa_delete:
        raise AwsError(
            "InvalidBucketState",
            "Lifecycle configurations cannot be added to MFA Delete enabled buckets.",
            409,
        )
    return asked.forward()
