"""Objects: writing them, whose they are, and deleting them.

A bucket that keeps versions loses nothing by a delete that names no version, nor by an overwrite:
it only hides what was there. Suspending versioning does not change that for the versions there are.

AWS pages: https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/AddingObjectstoVersionSuspendedBuckets.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
"""

from __future__ import annotations

from typing import Any

from helpers.lab import seam
from helpers.lab.authorization import s3_encryption
from helpers.lab.authorization.s3 import OF_A_VERSION, Source, copy_source
from helpers.lab.authorization.s3_grants import acls_are_on, canonical_id
from helpers.lab.errors import AwsError
from helpers.lab.services import s3_acls, s3_customer_keys, s3_locks
from helpers.lab.services.registry import Asked, answers
from helpers.lab.services.s3_digests import check_digests
from helpers.lab.services.s3_errors import (
    access_denied,
    invalid_argument,
    no_such_key,
    no_such_version,
)
from helpers.lab.services.s3_locks import LOCKED
from helpers.lab.services.s3_mfa_delete import show_code

MOST_AT_ONCE = 1_000
NULL = "null"
"""The id of the version that a bucket without versioning keeps."""

ENCRYPTIONS = ("AES256", "aws:kms", "aws:kms:dsse", "aws:fsx")
NEEDS_KMS = (
    "Server Side Encryption with AWS KMS managed key requires HTTP header "
    "x-amz-server-side-encryption : aws:kms"
)
MOST_PARTS = 10_000

# Attributes without which a copy of an object onto itself changes nothing.
CHANGES = (
    "StorageClass",
    "ServerSideEncryption",
    "SSEKMSKeyId",
    "SSECustomerAlgorithm",
    "WebsiteRedirectLocation",
    "ObjectLockMode",
    "ObjectLockLegalHoldStatus",
    "ObjectLockRetainUntilDate",
)


# -- writing -----------------------------------------------------------------------------------


@answers("s3", "PutObject", "PostObject")
def put_object(asked: Asked) -> Any:
    return _write(asked)


@answers("s3", "CopyObject")
def copy_object(asked: Asked) -> Any:
    parameters = asked.parameters
    source = copy_source(parameters)
    if source is None:
        raise invalid_argument("Invalid copy source object key", "x-amz-copy-source", "")
    _check_source(asked, source)
    itself = (source.bucket, source.key) == (parameters["Bucket"], parameters["Key"])
    changes = parameters.get("MetadataDirective") == "REPLACE" or source.version_id
    if itself and not changes and not any(parameters.get(name) for name in CHANGES):
        raise AwsError(
            "InvalidRequest",
            "This copy request is illegal because it is trying to copy an object to itself without "
            "changing the object's metadata, storage class, website redirect location or "
            "encryption attributes.",
        )
    return _write(asked)


@answers("s3", "CreateMultipartUpload")
def create_multipart_upload(asked: Asked) -> Any:
    """The access control list is told at the beginning, and the object has it at the end."""
    _check_encryption(asked)
    bucket, grants, owner = _to_be(asked)
    s3_locks.check_new(asked)
    digest = s3_customer_keys.check_new(asked, bucket)
    before = set(bucket.multiparts)
    http = asked.forward()
    for upload_id in set(bucket.multiparts) - before:
        upload = bucket.multiparts[upload_id]
        upload.acl = seam.s3_acl(grants)
        seam.s3_set_owner(upload, owner)
        seam.s3_set_customer_key(upload, digest)
        seam.s3_marks(bucket).uploads[upload_id] = asked.now
    return s3_customer_keys.told(http, digest)


@answers("s3", "CompleteMultipartUpload")
def complete_multipart_upload(asked: Asked) -> Any:
    bucket = seam.s3_bucket(asked.parameters["Bucket"])
    upload_id = asked.parameters.get("UploadId")
    upload = bucket.multiparts.get(upload_id)
    parts = (asked.parameters.get("MultipartUpload") or {}).get("Parts") or []
    numbers = [part.get("PartNumber") or 0 for part in parts]
    if numbers != sorted(set(numbers)):
        raise AwsError(
            "InvalidPartOrder",
            "The list of parts was not in ascending order. The parts list must be specified in "
            "order by part number.",
        )
    before = seam.s3_version(bucket, asked.parameters["Key"])
    # Completed twice, an upload is the same object once more.
    if upload is None and getattr(getattr(before, "multipart", None), "id", None) != upload_id:
        raise _no_such_upload(upload_id)
    owner = bucket.account_id if upload is None else seam.s3_owner(bucket, upload)
    acl = None if upload is None else upload.acl
    digest = seam.s3_customer_key(upload)
    return _kept(asked, bucket, asked.parameters["Key"], acl, owner, digest)


@answers("s3", "UploadPart", "UploadPartCopy", "AbortMultipartUpload")
def on_an_upload(asked: Asked) -> Any:
    """moto's answer, for an upload that was begun and neither completed nor aborted."""
    upload_id, number = asked.parameters.get("UploadId"), asked.parameters.get("PartNumber", 1)
    if not 1 <= int(number) <= MOST_PARTS:
        raise invalid_argument(
            f"Part number must be an integer between 1 and {MOST_PARTS}, inclusive",
            "partNumber",
            str(number),
        )
    upload = _bucket(asked).multiparts.get(upload_id)
    if upload is None or upload.key_name != asked.parameters["Key"]:
        raise _no_such_upload(upload_id)
    if asked.call.operation == "AbortMultipartUpload":
        return asked.forward()
    s3_customer_keys.check_read(asked, upload)
    source = copy_source(asked.parameters)
    if source is not None:
        _check_source(asked, source)
    else:
        check_digests(asked)
    return s3_customer_keys.told(asked.forward(), seam.s3_customer_key(upload))


@answers("s3", "ListMultipartUploads")
def list_multipart_uploads(asked: Asked) -> Any:
    """moto's answer, which says of every upload that it was begun in 2010."""
    http = asked.forward()
    if http[0] >= 400:
        return http
    begun = seam.s3_marks(_bucket(asked)).uploads
    found = seam.parse_answer(asked.call.model, *http)
    for upload in found.get("Uploads", ()):
        upload["Initiated"] = begun.get(upload["UploadId"], asked.now)
    return found


def _no_such_upload(upload_id: Any) -> AwsError:
    return AwsError(
        "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have "
        "been aborted or completed.",
        404,
        details={"UploadId": str(upload_id)},
    )


def _check_source(asked: Asked, source: Source) -> None:
    """Raise ``AwsError`` where there is nothing to copy, or it cannot be read."""
    version = seam.s3_version(seam.s3_bucket(source.bucket), source.key, source.version_id)
    if version is None and source.version_id:
        raise no_such_version(source.key, source.version_id)
    if version is None:
        raise no_such_key(source.key)
    if seam.is_s3_delete_marker(version):
        raise AwsError(
            "InvalidRequest",
            "The source of a copy request may not specifically refer to a delete marker by "
            "version id.",
        )
    s3_customer_keys.check_read(asked, version, "CopySource")


def _check_encryption(asked: Asked) -> None:
    """Raise ``AwsError`` for an encryption that there is not, and a key without one."""
    encryption = asked.parameters.get("ServerSideEncryption")
    if encryption and encryption not in ENCRYPTIONS:
        raise invalid_argument(
            "The encryption method specified is not supported",
            "x-amz-server-side-encryption",
            encryption,
        )
    key = asked.parameters.get("SSEKMSKeyId")
    if key and encryption not in s3_encryption.KMS:
        raise invalid_argument(NEEDS_KMS, "x-amz-server-side-encryption", str(encryption or ""))


def _write(asked: Asked) -> Any:
    _check_encryption(asked)
    if asked.call.operation == "PutObject":
        check_digests(asked)
    bucket, grants, owner = _to_be(asked)
    s3_locks.check_new(asked)
    digest = s3_customer_keys.check_new(asked, bucket)
    acl = seam.s3_acl(grants)
    return _kept(asked, bucket, asked.parameters["Key"], acl, owner, digest)


def _to_be(asked: Asked) -> tuple[Any, list[s3_acls.Grant], str]:
    """The bucket of a new object, the grants that the object is to have, and its owner."""
    name = asked.parameters["Bucket"]
    point = seam.s3_access_point(name)
    bucket = seam.s3_bucket(point.bucket if point is not None else name)
    writer = asked.principal.account_id or bucket.account_id
    owner = writer if acls_are_on(bucket) else bucket.account_id
    given = asked.parameters.get("ACL") == s3_acls.OF_THE_BUCKETS_OWNER
    if bucket.ownership_rule == "BucketOwnerPreferred" and given:
        owner = bucket.account_id
    grants = s3_acls.asked_for(asked, owner, bucket.account_id)
    s3_acls.check_write(asked, bucket, grants)
    if grants is None or not acls_are_on(bucket):
        grants = [(canonical_id(owner), "", "FULL_CONTROL")]
    return bucket, grants, owner


def _kept(
    asked: Asked, bucket: Any, key: str, acl: Any, owner: str, digest: str | None = None
) -> Any:
    """Let moto write an object, and keep the versions that it would drop."""
    before = list(seam.s3_versions(bucket, key))
    suspended = bucket.versioning_status == "Suspended"
    if suspended:
        # moto's way of writing where versions are off is to let go of all that is there.
        with seam.s3_set_aside(bucket, key):
            http = asked.forward()
    else:
        http = asked.forward()
    after = seam.s3_versions(bucket, key)
    new = next((v for v in after if not any(v is old for old in before)), None)
    if suspended:
        others = [v for v in before if new is None or v.version_id != NULL]
        seam.s3_keep_versions(bucket, key, [*others, *([new] if new is not None else [])])
    if new is not None:
        if acl is not None:
            new.acl = acl
        seam.s3_set_owner(new, owner)
        seam.s3_set_customer_key(new, digest)
    return s3_customer_keys.told(http, digest)


@answers("s3", "HeadObject")
def head_object(asked: Asked) -> Any:
    """moto knows of no versions where versioning is suspended; they are still there."""
    bucket, version_id = _bucket(asked), asked.parameters.get("VersionId")
    version = seam.s3_version(bucket, asked.parameters["Key"], version_id)
    if version is not None and not seam.is_s3_delete_marker(version):
        s3_customer_keys.check_read(asked, version)
    suspended = version_id is not None and bucket.versioning_status == "Suspended"
    if suspended:
        bucket.versioning_status = "Enabled"
    try:
        return s3_customer_keys.told(asked.forward(), seam.s3_customer_key(version))
    finally:
        if suspended:
            bucket.versioning_status = "Suspended"


# -- deleting ----------------------------------------------------------------------------------


@answers("s3", "DeleteObject")
def delete_object(asked: Asked) -> Any:
    parameters = asked.parameters
    bucket, version_id = _bucket(asked), parameters.get("VersionId")
    if version_id and seam.s3_marks(bucket).mfa_delete:
        show_code(asked, bucket)
    current = seam.s3_version(bucket, parameters["Key"], version_id)
    if not _matches(current, parameters.get("IfMatch")):
        raise AwsError(
            "PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold",
            412,
            details={"Condition": "If-Match"},
        )
    return _delete(bucket, parameters["Key"], version_id, _bypasses(parameters))


def _matches(version: Any, etag: str | None) -> bool:
    """Whether the object is the one that a conditional delete means."""
    if etag is None or version is None or seam.is_s3_delete_marker(version):
        return True
    return etag == "*" or version.etag.strip('"') == etag.strip('"')


@answers("s3", "DeleteObjects")
def delete_objects(asked: Asked) -> Any:
    bucket, parameters = _bucket(asked), asked.parameters
    wanted = parameters.get("Delete") or {}
    items = wanted.get("Objects") or []
    if not items or len(items) > MOST_AT_ONCE:
        raise AwsError(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published "
            "schema",
        )
    # One code for all of them; without it not one goes.
    if seam.s3_marks(bucket).mfa_delete and any(item.get("VersionId") for item in items):
        show_code(asked, bucket)
    deleted: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for item in items:
        key, version_id = item["Key"], item.get("VersionId")
        named = {"Key": key, **({"VersionId": version_id} if version_id else {})}
        action = OF_A_VERSION["DeleteObject"] if version_id else "DeleteObject"
        decision = asked.denied.get((f"s3:{action}", f"arn:aws:s3:::{bucket.name}/{key}"))
        if decision is not None:
            own = asked.principal.account_id == decision.request.resource_account
            message = decision.message if own else "Access Denied"
            failed.append({**named, "Code": "AccessDenied", "Message": message})
            continue
        try:
            told = _delete(bucket, key, version_id, _bypasses(parameters))
        except AwsError as error:
            failed.append({**named, "Code": error.code, "Message": error.message})
            continue
        if told.get("DeleteMarker"):
            named |= {"DeleteMarker": True, "DeleteMarkerVersionId": told["VersionId"]}
        deleted.append(named)
    return {"Deleted": [] if wanted.get("Quiet") else deleted, "Errors": failed}


def _bucket(asked: Asked) -> Any:
    name = asked.parameters["Bucket"]
    point = seam.s3_access_point(name)
    return seam.s3_bucket(point.bucket if point is not None else name)


def _bypasses(parameters: Any) -> bool:
    return bool(parameters.get("BypassGovernanceRetention"))


def _delete(bucket: Any, key: str, version_id: str | None, bypass: bool) -> dict[str, Any]:
    """Delete an object, or one version of it; the members of DeleteObject's output."""
    versions = list(seam.s3_versions(bucket, key))
    if version_id is not None:
        gone = next((v for v in versions if v.version_id == version_id), None)
        if gone is None:
            return {"VersionId": version_id}
        marker = seam.is_s3_delete_marker(gone)
        if not marker and gone.is_locked(governance_bypass=bypass):
            raise access_denied(LOCKED)
        seam.s3_keep_versions(bucket, key, [v for v in versions if v is not gone])
        return {"VersionId": version_id, **({"DeleteMarker": True} if marker else {})}
    status = bucket.versioning_status
    if status is None:
        seam.s3_keep_versions(bucket, key, [])
        return {}
    newest = versions[-1] if versions else None
    if status == "Suspended":
        versions = [v for v in versions if v.version_id != NULL]
    marker = seam.s3_delete_marker(newest, key, NULL if status == "Suspended" else None)
    seam.s3_keep_versions(bucket, key, [*versions, marker])
    return {"VersionId": marker.version_id, "DeleteMarker": True}
