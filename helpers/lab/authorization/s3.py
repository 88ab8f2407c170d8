"""S3: half of its actions are named unlike the operation, so there is a table of all.

AWS page: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from helpers.lab import seam
from helpers.lab.authorization.requirement import Requirement
from helpers.lab.callers import Principal
from helpers.lab.wire import Call

# Operation → action, where they differ. The action takes the object where the call has a Key.
ACTIONS = {
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateBucketMetadataConfiguration": "CreateBucketMetadataTableConfiguration",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
    "DeleteBucketInventoryConfiguration": "PutInventoryConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketMetadataConfiguration": "DeleteBucketMetadataTableConfiguration",
    "DeleteBucketMetricsConfiguration": "PutMetricsConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteObjects": "DeleteObject",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketAnalyticsConfiguration": "GetAnalyticsConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketIntelligentTieringConfiguration": "GetIntelligentTieringConfiguration",
    "GetBucketInventoryConfiguration": "GetInventoryConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketMetadataConfiguration": "GetBucketMetadataTableConfiguration",
    "GetBucketMetricsConfiguration": "GetMetricsConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBucketAnalyticsConfigurations": "GetAnalyticsConfiguration",
    "ListBucketIntelligentTieringConfigurations": "GetIntelligentTieringConfiguration",
    "ListBucketInventoryConfigurations": "GetInventoryConfiguration",
    "ListBucketMetricsConfigurations": "GetMetricsConfiguration",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListParts": "ListMultipartUploadParts",
    "PostObject": "PutObject",  # an upload form
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
    "PutBucketInventoryConfiguration": "PutInventoryConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketMetricsConfiguration": "PutMetricsConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutBucketReplication": "PutReplicationConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "SelectObjectContent": "GetObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
}

# Action on an object → the action that AWS asks for instead when a version is named.
OF_A_VERSION = {
    "DeleteObject": "DeleteObjectVersion",
    "DeleteObjectTagging": "DeleteObjectVersionTagging",
    "GetObject": "GetObjectVersion",
    "GetObjectAcl": "GetObjectVersionAcl",
    "GetObjectAttributes": "GetObjectVersionAttributes",
    "GetObjectTagging": "GetObjectVersionTagging",
    "PutObjectAcl": "PutObjectVersionAcl",
    "PutObjectTagging": "PutObjectVersionTagging",
}

# What a write needs beside its own action when it brings these parameters along.
ALSO = {
    "ACL": "PutObjectAcl",
    "GrantFullControl": "PutObjectAcl",
    "GrantRead": "PutObjectAcl",
    "GrantReadACP": "PutObjectAcl",
    "GrantWriteACP": "PutObjectAcl",
    "ObjectLockLegalHoldStatus": "PutObjectLegalHold",
    "ObjectLockMode": "PutObjectRetention",
    "Tagging": "PutObjectTagging",
}
WRITES = frozenset({"PutObject", "PostObject", "CopyObject", "CreateMultipartUpload"})

# Condition key → parameter.
CONTEXT = {
    "s3:delimiter": "Delimiter",
    "s3:max-keys": "MaxKeys",
    "s3:prefix": "Prefix",
    "s3:VersionId": "VersionId",
    "s3:x-amz-acl": "ACL",
    "s3:x-amz-copy-source": "CopySource",
    "s3:x-amz-grant-full-control": "GrantFullControl",
    "s3:x-amz-grant-read": "GrantRead",
    "s3:x-amz-grant-read-acp": "GrantReadACP",
    "s3:x-amz-grant-write": "GrantWrite",
    "s3:x-amz-grant-write-acp": "GrantWriteACP",
    "s3:x-amz-metadata-directive": "MetadataDirective",
    "s3:x-amz-server-side-encryption": "ServerSideEncryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    "s3:x-amz-storage-class": "StorageClass",
    "s3:object-lock-mode": "ObjectLockMode",
}

_COPY_SOURCE = re.compile(r"/?([^/]+)/(.+?)(?:\?versionId=(.+))?$", re.S)


def requirements(call: Call, principal: Principal, account_id: str) -> Iterator[Requirement]:
    """What an S3 call needs: itself, the source of a copy, and what a write brings along."""
    parameters = call.parameters
    context: dict[str, Any] = {
        key: str(parameters[name])
        for key, name in CONTEXT.items()
        if parameters.get(name) not in (None, "")
    }
    if location := (parameters.get("CreateBucketConfiguration") or {}).get("LocationConstraint"):
        context["s3:locationconstraint"] = location
    bucket = parameters.get("Bucket")
    if bucket is None:
        # Also matched by "arn:aws:s3:::*", as on AWS.
        yield Requirement(f"s3:{ACTIONS.get(call.operation, call.operation)}", "arn:aws:s3:::*")
        return
    action = ACTIONS.get(call.operation, call.operation)
    if source := parameters.get("CopySource"):
        yield from _copied(source)
    if call.operation == "DeleteObjects":
        for item in (parameters.get("Delete") or {}).get("Objects") or []:
            yield _on(bucket, item.get("Key"), action, item.get("VersionId"), context)
        return
    yield _on(bucket, parameters.get("Key"), action, parameters.get("VersionId"), context)
    if call.operation in WRITES:
        also = {ALSO[name] for name in ALSO if parameters.get(name)}
        for extra in sorted(also):
            yield _on(bucket, parameters["Key"], extra, None, context)
    if call.operation == "CreateBucket" and parameters.get("ACL"):
        yield _on(bucket, None, "PutBucketAcl", None, context)


def _on(
    bucket: str, key: str | None, action: str, version: str | None, context: dict[str, Any]
) -> Requirement:
    arn = f"arn:aws:s3:::{bucket}" if key is None else f"arn:aws:s3:::{bucket}/{key}"
    if version and key is not None:
        action = OF_A_VERSION.get(action, action)
    owner, policy = seam.bucket(bucket)
    return Requirement(
        action=f"s3:{action}",
        resource=arn,
        context=context,
        resource_policy=policy and (bucket, policy),
        resource_account=owner,
    )


def _copied(source: Any) -> Iterator[Requirement]:
    """What reading the source of a copy needs."""
    if isinstance(source, dict):
        bucket, key, version = source.get("Bucket"), source.get("Key"), source.get("VersionId")
    else:
        match = _COPY_SOURCE.match(unquote(str(source)))
        bucket, key, version = match.groups() if match else (None, None, None)
    if bucket and key:
        yield _on(bucket, key, "GetObject", version, {})
