"""S3: what its calls ask for beyond ``s3_actions``, and on which resources.

AWS page: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from helpers.lab import seam
from helpers.lab.authorization import s3_encryption
from helpers.lab.authorization.requirement import Requirement
from helpers.lab.authorization.s3_grants import granted, restricted
from helpers.lab.callers import Principal
from helpers.lab.wire import Call
from helpers.policy.s3_actions import RENAMED

# Operation → action, where they differ. The action takes the object where the call has a Key.
ACTIONS = {
    **RENAMED,
    "CopyObject": "PutObject",
    "CreateSession": "s3express:CreateSession",
    "ListDirectoryBuckets": "s3express:ListAllMyDirectoryBuckets",
    "RenameObject": "s3express:CreateSession",
    "UploadPartCopy": "PutObject",
    "WriteGetObjectResponse": "s3-object-lambda:WriteGetObjectResponse",
}

# Action on an object → the action that AWS asks for instead when a version is named.
OF_A_VERSION = {
    "DeleteObject": "DeleteObjectVersion",
    "DeleteObjectTagging": "DeleteObjectVersionTagging",
    "GetObject": "GetObjectVersion",
    "GetObjectAcl": "GetObjectVersionAcl",
    "GetObjectAttributes": "GetObjectVersionAttributes",
    "GetObjectTagging": "GetObjectVersionTagging",
    "GetObjectTorrent": "GetObjectVersionTorrent",
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
    "ObjectLockRetainUntilDate": "PutObjectRetention",
    "Tagging": "PutObjectTagging",
}
WRITES = frozenset({"PutObject", "PostObject", "CopyObject", "CreateMultipartUpload"})

# The same for a new bucket. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
ALSO_FOR_A_BUCKET = {
    "ACL": ("PutBucketAcl",),
    "GrantFullControl": ("PutBucketAcl",),
    "GrantRead": ("PutBucketAcl",),
    "GrantReadACP": ("PutBucketAcl",),
    "GrantWrite": ("PutBucketAcl",),
    "GrantWriteACP": ("PutBucketAcl",),
    "ObjectLockEnabledForBucket": ("PutBucketObjectLockConfiguration", "PutBucketVersioning"),
    "ObjectOwnership": ("PutBucketOwnershipControls",),
}

# Operations that only say that a key is missing to those who may list the bucket anyway.
READS = frozenset(
    {
        "GetObject",
        "GetObjectAcl",
        "GetObjectAttributes",
        "GetObjectTagging",
        "HeadObject",
        "SelectObjectContent",
    }
)

# Operations that a Governance lock does not stop, if the caller may bypass it.
BYPASSES = frozenset({"DeleteObject", "DeleteObjects", "PutObjectRetention"})

# Writes that make a whole object, which alone can take the headers of a conditional write.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
MAKES_AN_OBJECT = frozenset({"PutObject", "PostObject", "CopyObject", "CompleteMultipartUpload"})

# Condition key → parameter.
CONTEXT = {
    "s3:delimiter": "Delimiter",
    "s3:if-match": "IfMatch",
    "s3:if-none-match": "IfNoneMatch",
    "s3:max-keys": "MaxKeys",
    "s3:object-lock-legal-hold": "ObjectLockLegalHoldStatus",
    "s3:object-lock-mode": "ObjectLockMode",
    "s3:object-lock-retain-until-date": "ObjectLockRetainUntilDate",
    "s3:prefix": "Prefix",
    "s3:x-amz-acl": "ACL",
    "s3:x-amz-bucket-namespace": "BucketNamespace",
    "s3:x-amz-grant-full-control": "GrantFullControl",
    "s3:x-amz-grant-read": "GrantRead",
    "s3:x-amz-grant-read-acp": "GrantReadACP",
    "s3:x-amz-grant-write": "GrantWrite",
    "s3:x-amz-grant-write-acp": "GrantWriteACP",
    "s3:x-amz-metadata-directive": "MetadataDirective",
    "s3:x-amz-object-ownership": "ObjectOwnership",
    "s3:x-amz-server-side-encryption": "ServerSideEncryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    "s3:x-amz-server-side-encryption-customer-algorithm": "SSECustomerAlgorithm",
    "s3:x-amz-storage-class": "StorageClass",
    "s3:x-amz-website-redirect-location": "WebsiteRedirectLocation",
}

# Condition key → a parameter, and the field in it.
CONTEXT_INSIDE = {
    "s3:locationconstraint": ("CreateBucketConfiguration", "LocationConstraint"),
    "s3:object-lock-legal-hold": ("LegalHold", "Status"),
    "s3:object-lock-mode": ("Retention", "Mode"),
    "s3:object-lock-retain-until-date": ("Retention", "RetainUntilDate"),
}

# Actions to which AWS tells the tags of the object as it is.
SEES_OBJECT_TAGS = frozenset(
    {
        "DeleteObjectAnnotation",
        "DeleteObjectTagging",
        "DeleteObjectVersionAnnotation",
        "DeleteObjectVersionTagging",
        "GetObject",
        "GetObjectAcl",
        "GetObjectAnnotation",
        "GetObjectAttributes",
        "GetObjectTagging",
        "GetObjectVersion",
        "GetObjectVersionAcl",
        "GetObjectVersionAnnotation",
        "GetObjectVersionAttributes",
        "GetObjectVersionTagging",
        "ListObjectAnnotations",
        "ListObjectVersionAnnotations",
        "PutObjectAcl",
        "PutObjectAnnotation",
        "PutObjectTagging",
        "PutObjectVersionAcl",
        "PutObjectVersionAnnotation",
        "PutObjectVersionTagging",
        "UpdateObjectEncryption",
    }
)

_COPY_SOURCE = re.compile(r"/?([^/]+)/(.+?)(?:\?versionId=(.+))?$", re.S)


class Source(NamedTuple):
    """The object that a copy reads."""

    bucket: str
    key: str
    version_id: str | None


def copy_source(parameters: Any) -> Source | None:
    """The source of a copy; ``None`` for a call that copies nothing.

    >>> copy_source({"CopySource": "/payroll/a%20b?versionId=7"})
    Source(bucket='payroll', key='a b', version_id='7')
    """
    source = parameters.get("CopySource")
    if isinstance(source, dict):
        if source.get("Bucket") and source.get("Key"):
            return Source(source["Bucket"], source["Key"], source.get("VersionId"))
        return None
    match = _COPY_SOURCE.match(unquote(source)) if source else None
    return Source(*match.groups()) if match else None


def requirements(call: Call, principal: Principal, account_id: str) -> Iterator[Requirement]:
    """What an S3 call needs: itself, the source of a copy, and what a write brings along."""
    operation, parameters = call.operation, call.parameters
    action = ACTIONS.get(operation, operation)
    name = parameters.get("Bucket")
    if name is None:
        # Also matched by "arn:aws:s3:::*", as on AWS.
        yield Requirement(_prefixed(action), "arn:aws:s3:::*")
        return
    source = copy_source(parameters)
    context = _context(call, source)
    if operation == "CreateBucket":
        yield from _new_bucket(name, parameters, context, account_id)
        return
    point = seam.s3_access_point(name)
    if point is not None:
        yield _through(point, call, action, context, principal)
        context = {**context, **_point_context(point)}
        name = point.bucket
    asked = _Asking(name, principal, call, context, point)
    if source is not None:
        yield from _copied(source, principal, call)
    if operation == "DeleteObjects":
        for item in (parameters.get("Delete") or {}).get("Objects") or []:
            need = asked.about(action, item.get("Key"), item.get("VersionId"))
            yield replace(need, optional=True)
    else:
        yield asked.about(action, parameters.get("Key"), parameters.get("VersionId"))
    key = parameters.get("Key")
    if operation in READS and asked.lacks(key, parameters.get("VersionId")):
        yield asked.about("ListBucket")
    if operation == "GetObjectAttributes":
        yield asked.about("GetObject", key, parameters.get("VersionId"))
    if operation in s3_encryption.READS and asked.bucket is not None:
        version = asked.version(key, parameters.get("VersionId"))
        yield from s3_encryption.to_read(asked.bucket, version, call, principal)
    if operation in s3_encryption.WRITES and asked.bucket is not None:
        yield from s3_encryption.to_write(asked.bucket, str(key), call, principal)
    if operation in WRITES:
        for extra in sorted({ALSO[part] for part in ALSO if parameters.get(part)}):
            yield asked.about(extra, key)
        if source is not None and _copies_tags(source, parameters):
            yield asked.about("PutObjectTagging", key)
    if operation in BYPASSES and parameters.get("BypassGovernanceRetention"):
        yield asked.about("BypassGovernanceRetention", key or "*")
    if operation == "PutBucketReplication":
        role = (parameters.get("ReplicationConfiguration") or {}).get("Role")
        if role:
            passed = {
                "iam:PassedToService": "s3.amazonaws.com",
                "iam:AssociatedResourceArn": f"arn:aws:s3:::{name}",
            }
            yield Requirement("iam:PassRole", role, passed)


def _prefixed(action: str) -> str:
    return action if ":" in action else f"s3:{action}"


def _context(call: Call, source: Source | None) -> dict[str, Any]:
    """The condition keys that the call's own parameters give."""
    parameters = call.parameters
    context: dict[str, Any] = {
        key: _text(parameters[name])
        for key, name in CONTEXT.items()
        if parameters.get(name) is not None
    }
    for key, (name, field) in CONTEXT_INSIDE.items():
        inside = parameters.get(name)
        if inside and inside.get(field) is not None:
            context[key] = _text(inside[field])
    if source is not None:
        context["s3:x-amz-copy-source"] = f"{source.bucket}/{source.key}"
    tags = parameters.get("Tagging")
    if tags and parameters.get("Key") is not None:
        pairs = (
            [(tag["Key"], tag.get("Value", "")) for tag in tags.get("TagSet") or []]
            if isinstance(tags, dict)
            else parse_qsl(tags, keep_blank_values=True)
        )
        context.update(tag_keys("s3:RequestObjectTag", dict(pairs)))
        context["s3:RequestObjectTagKeys"] = [key for key, _ in pairs]
    return context


def tag_keys(key: str, tags: dict[str, str]) -> dict[str, str]:
    """Tags as condition keys. Two that differ in case only are one key, as in a policy."""
    folded = {name.lower(): f"{key}/{name}" for name in tags}
    return {folded[name.lower()]: value or "" for name, value in tags.items()}


def _text(value: Any) -> str:
    if hasattr(value, "strftime"):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)


class _Asking:
    """The questions about one bucket and what is in it."""

    def __init__(
        self,
        name: str,
        principal: Principal,
        call: Call,
        context: dict[str, Any],
        point: Any = None,
    ) -> None:
        self.name = name
        self._point = point
        self.bucket = seam.s3_bucket(name)
        self._principal = principal
        self._context = context
        if call.operation in MAKES_AN_OBJECT:
            context["s3:ObjectCreationOperation"] = "true"
        elif ACTIONS.get(call.operation) == "PutObject":
            context["s3:ObjectCreationOperation"] = "false"
        if self.bucket is None:
            return
        context["s3:ResourceAccount"] = context["aws:ResourceAccount"] = self.bucket.account_id
        if seam.s3_marks(self.bucket).abac:
            tags = seam.s3_tags(self.bucket)
            context.update(tag_keys("aws:ResourceTag", tags))
            context.update(tag_keys("s3:BucketTag", tags))

    def lacks(self, key: str | None, version_id: str | None) -> bool:
        """Whether the bucket has no such object."""
        return self.bucket is not None and self.version(key, version_id) is None

    def version(self, key: str | None, version_id: str | None) -> Any:
        """moto's object that a key and a version id name; ``None``: there is none."""
        if self.bucket is None or key is None:
            return None
        return seam.s3_version(self.bucket, key, version_id)

    def about(
        self, action: str, key: str | None = None, version_id: str | None = None
    ) -> Requirement:
        """The question whether the caller may do something with the bucket, or an object in it."""
        arn = f"arn:aws:s3:::{self.name}"
        context = self._context
        if key is not None:
            arn = f"{arn}/{key}"
            if version_id:
                action = OF_A_VERSION.get(action, action)
                context = {**context, "s3:VersionId": version_id}
        if self.bucket is None:
            return Requirement(_prefixed(action), arn, context)
        version = self.version(key, version_id)
        if version is not None and action in SEES_OBJECT_TAGS:
            tags = seam.s3_tags(self.bucket, version)
            if tags:
                context = {**context, **tag_keys("s3:ExistingObjectTag", tags)}
        policies, owner = granted(self.bucket, key, version, action, self._principal, self._point)
        return Requirement(
            _prefixed(action), arn, context, resource_policy=policies, resource_account=owner
        )


def _copied(source: Source, principal: Principal, call: Call) -> Iterator[Requirement]:
    """What reading the source of a copy needs; whoever may not list it is told of no gaps."""
    asked = _Asking(source.bucket, principal, call, {})
    yield asked.about("GetObject", source.key, source.version_id)
    if asked.lacks(source.key, source.version_id):
        yield asked.about("ListBucket")
    elif _copies_tags(source, call.parameters):
        yield asked.about("GetObjectTagging", source.key, source.version_id)
    if asked.bucket is not None:
        version = asked.version(source.key, source.version_id)
        yield from s3_encryption.to_read(asked.bucket, version, call, principal)


def _copies_tags(source: Source, parameters: Any) -> bool:
    """Whether a copy takes tags along: it does unless told to replace them."""
    if parameters.get("TaggingDirective") == "REPLACE" or parameters.get("UploadId"):
        return False
    bucket = seam.s3_bucket(source.bucket)
    version = bucket and seam.s3_version(bucket, source.key, source.version_id)
    return bool(version and seam.s3_tags(bucket, version))


def _new_bucket(
    name: str, parameters: Any, context: dict[str, Any], account_id: str
) -> Iterator[Requirement]:
    """What a new bucket needs. Nothing stands on it yet, whoever has the name already."""
    arn = f"arn:aws:s3:::{name}"
    context["s3:ResourceAccount"] = context["aws:ResourceAccount"] = account_id
    tags = (parameters.get("CreateBucketConfiguration") or {}).get("Tags") or []
    if tags:
        context["aws:TagKeys"] = [tag["Key"] for tag in tags]
        context.update(tag_keys("aws:RequestTag", {t["Key"]: t.get("Value", "") for t in tags}))
    also = {
        action
        for part, actions in ALSO_FOR_A_BUCKET.items()
        if parameters.get(part)
        for action in actions
    }
    for action in ("CreateBucket", *sorted(also), *(("TagResource",) if tags else ())):
        yield Requirement(f"s3:{action}", arn, context)


def _point_context(point: Any) -> dict[str, str]:
    origin = point.network_origin
    return {
        "s3:DataAccessPointArn": point.arn,
        "s3:DataAccessPointAccount": point.arn.split(":")[4],
        "s3:AccessPointNetworkOrigin": "VPC" if str(origin).upper() == "VPC" else "Internet",
    }


def _through(
    point: Any, call: Call, action: str, context: dict[str, Any], principal: Principal
) -> Requirement:
    """What a request through an access point needs there; the bucket itself is asked as well.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
    """
    key, version = call.parameters.get("Key"), call.parameters.get("VersionId")
    arn = point.arn if key is None else f"{point.arn}/object/{key}"
    if version and key is not None:
        action = OF_A_VERSION.get(action, action)
    owner, bucket, policy = point.arn.split(":")[4], seam.s3_bucket(point.bucket), point.policy
    if bucket is not None:
        policy = restricted(policy, bucket, point, principal, {owner, bucket.account_id})
    return Requirement(
        _prefixed(action),
        arn,
        {**context, **_point_context(point)},
        resource_policy=(point.arn, policy) if policy else None,
        resource_account=owner,
    )
