"""What an S3 call needs of KMS: who reads an object under a KMS key has to be let use the key.

S3 asks KMS in the caller's name. So the key's policy and the caller's own policies decide, beside
those on the object. Only keys that somebody made are asked about: AWS's own key for S3 serves
everybody in its account whom S3 lets in.

AWS pages: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html,
https://docs.aws.amazon.com/kms/latest/developerguide/services-s3.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from helpers.lab import seam, seam_resources
from helpers.lab.authorization.requirement import Requirement
from helpers.lab.callers import Principal
from helpers.lab.errors import AwsError
from helpers.lab.wire import Call

KMS = ("aws:kms", "aws:kms:dsse")
READS = frozenset({"GetObject", "SelectObjectContent"})
WRITES = frozenset({"PutObject", "PostObject", "CopyObject", "CreateMultipartUpload"})
AWS_MANAGED = "alias/aws/s3"


def is_signed(call: Call) -> bool:
    """Whether a request is signed in the one way that S3 passes on to KMS: version 4."""
    return call.scope is not None and call.scope.form in ("header", "url", "form")


def is_aws_managed(key: str | None) -> bool:
    """Whether the name of an object's key means AWS's own key for S3, as no name does.

    >>> is_aws_managed(None), is_aws_managed("1234abcd-12ab-34cd-56ef-1234567890ab")
    (True, False)
    """
    return not key or key == AWS_MANAGED or key.endswith(f":{AWS_MANAGED}")


def to_read(bucket: Any, version: Any, call: Call, principal: Principal) -> Iterator[Requirement]:
    """What decrypting a version of an object needs."""
    encryption = getattr(version, "encryption", None)
    if encryption in KMS and version.kms_key_id:
        if call.operation == "GetObject" and not is_signed(call):
            return  # S3 refuses it by itself, without a word to KMS (services/s3_kms)
        keyed = bool(version.bucket_key_enabled) and str(version.bucket_key_enabled) != "false"
        arn = f"arn:aws:s3:::{bucket.name}" + ("" if keyed else f"/{version.name}")
        yield from _of_key("Decrypt", str(version.kms_key_id), bucket, arn, call, principal)


def to_write(bucket: Any, key: str, call: Call, principal: Principal) -> Iterator[Requirement]:
    """What encrypting a new object needs: by the call's word, else as the bucket is set up."""
    rule = (bucket.encryption or {}).get("Rule") or {}
    default = rule.get("ApplyServerSideEncryptionByDefault") or {}
    encryption = call.parameters.get("ServerSideEncryption")
    name = call.parameters.get("SSEKMSKeyId")
    if encryption is None:
        encryption, name = default.get("SSEAlgorithm"), default.get("KMSMasterKeyID")
    elif name is None and encryption == default.get("SSEAlgorithm"):
        name = default.get("KMSMasterKeyID")
    if encryption not in KMS or not name:
        return
    keyed = call.parameters.get("BucketKeyEnabled", rule.get("BucketKeyEnabled"))
    keyed = keyed is True or str(keyed).lower() == "true"
    arn = f"arn:aws:s3:::{bucket.name}" + ("" if keyed else f"/{key}")
    actions = ["GenerateDataKey"]
    if call.operation == "CreateMultipartUpload":
        actions.append("Decrypt")  # its parts are read again when they are put together
    for action in actions:
        yield from _of_key(action, str(name), bucket, arn, call, principal)


def _of_key(
    action: str, name: str, bucket: Any, arn: str, call: Call, principal: Principal
) -> Iterator[Requirement]:
    region, account = bucket.region_name, bucket.account_id
    if name.startswith("arn:"):
        parts = name.split(":", 5)
        if len(parts) < 6:
            return
        region, account, name = parts[3], parts[4], parts[5]
    store = seam.store("kms", account, region)
    if name.startswith("alias/"):
        if is_aws_managed(name):
            return
        name = (store and seam_resources.kms_key_id(store, name)) or name
    key_arn = f"arn:aws:kms:{region}:{account}:key/{name.removeprefix('key/')}"
    stored = seam_resources.stored(key_arn)
    context = {
        "aws:ViaAWSService": "true",
        "aws:CalledVia": ["s3.amazonaws.com"],
        "aws:CalledViaFirst": "s3.amazonaws.com",
        "aws:CalledViaLast": "s3.amazonaws.com",
        "kms:ViaService": f"s3.{region}.amazonaws.com",
        "kms:EncryptionContext:aws:s3:arn": arn,
        "kms:EncryptionContextKeys": ["aws:s3:arn"],
        "kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
    }
    if principal.account_id is not None:
        context["kms:CallerAccount"] = principal.account_id
    policies = stored.policies if stored is not None else ()
    yield Requirement(
        f"kms:{action}",
        key_arn,
        context,
        policies or None,
        account,
        fault=_fault(store, key_arn, bucket),
    )


def _fault(store: Any, arn: str, bucket: Any) -> AwsError | None:
    """Why KMS does not let S3 use a key, whoever asks; ``None``: it does."""
    region, name = arn.split(":")[3], arn.partition(":key/")[2]
    key = store.keys.get(name) if store is not None else None
    if region != bucket.region_name:
        return AwsError("KMS.NotFoundException", f"Invalid arn {region}")
    if key is None and name.startswith("alias/"):
        alias = arn.replace(":key/alias/", ":alias/")
        return AwsError("KMS.NotFoundException", f"Alias {alias} is not found.")
    if key is None:
        return AwsError("KMS.NotFoundException", f"Key '{arn}' does not exist")
    if key.key_state == "PendingDeletion":
        return AwsError("KMS.KMSInvalidStateException", f"{arn} is pending deletion.")
    if not key.enabled:
        return AwsError("KMS.DisabledException", f"{arn} is disabled.")
    return None
