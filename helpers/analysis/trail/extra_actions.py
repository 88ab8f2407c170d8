"""Actions that a call needs beside the one of its name, because of what it asks for at once: tags
on what it makes, tags on a session, a source identity, an ACL on what it writes.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html,
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TAGS_OF_IAM = {
    "CreateInstanceProfile": "iam:TagInstanceProfile",
    "CreateOpenIDConnectProvider": "iam:TagOpenIDConnectProvider",
    "CreatePolicy": "iam:TagPolicy",
    "CreateRole": "iam:TagRole",
    "CreateSAMLProvider": "iam:TagSAMLProvider",
    "CreateUser": "iam:TagUser",
    "CreateVirtualMFADevice": "iam:TagMFADevice",
    "UploadServerCertificate": "iam:TagServerCertificate",
}
"""Operation of IAM that may set tags → the action that it then needs as well."""

TAGS_OF_EC2 = "tagSpecificationSet"
SESSIONS = frozenset(
    {"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "GetFederationToken"}
)

_GRANTS = ("full-control", "read", "read-acp", "write", "write-acp")


def _with_acl(action: str, **headers: str) -> dict[str, tuple[str, ...]]:
    """Headers → the actions that a call with them needs; those of an ACL need one and the same."""
    acl = ("x-amz-acl", *(f"x-amz-grant-{grant}" for grant in _GRANTS))
    return dict.fromkeys(acl, (action,)) | {
        f"x-amz-{name.replace('_', '-')}": tuple(actions.split())
        for name, actions in headers.items()
    }


_OBJECT = _with_acl(
    "s3:PutObjectAcl",
    object_lock_legal_hold="s3:PutObjectLegalHold",
    object_lock_mode="s3:PutObjectRetention",
    object_lock_retain_until_date="s3:PutObjectRetention",
    tagging="s3:PutObjectTagging",
)
_BUCKET = _with_acl(
    "s3:PutBucketAcl",
    bucket_object_lock_enabled="s3:PutBucketObjectLockConfiguration s3:PutBucketVersioning",
    object_ownership="s3:PutBucketOwnershipControls",
)
_BYPASS = {"x-amz-bypass-governance-retention": ("s3:BypassGovernanceRetention",)}
S3 = {
    **dict.fromkeys(("CopyObject", "CreateMultipartUpload", "PostObject", "PutObject"), _OBJECT),
    **dict.fromkeys(("DeleteObject", "DeleteObjects", "PutObjectRetention"), _BYPASS),
    "CreateBucket": _BUCKET,
}
"""Operation of S3 → header → the actions that the call then needs as well."""

_NONE: Mapping[str, tuple[str, ...]] = {}


def _extra(prefix: str, operation: str) -> Mapping[str, tuple[str, ...]]:
    """Element of requestParameters → the actions that a call with it needs as well."""
    if prefix == "iam" and operation in TAGS_OF_IAM:
        return {"tags": (TAGS_OF_IAM[operation],)}
    if prefix == "sts" and operation in SESSIONS:
        return {"tags": ("sts:TagSession",), "sourceIdentity": ("sts:SetSourceIdentity",)}
    if prefix == "ec2" and operation != "CreateTags":
        return {TAGS_OF_EC2: ("ec2:CreateTags",)}
    return S3.get(operation, _NONE) if prefix == "s3" else _NONE


def extra_elements(prefix: str, operation: str) -> tuple[str, ...]:
    """The elements of requestParameters that decide what else a call needs.

    >>> extra_elements("iam", "CreateUser"), extra_elements("iam", "GetUser")
    (('tags',), ())
    """
    return tuple(_extra(prefix, operation))


def extra_actions(prefix: str, operation: str, parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """What else a call needs, by its requestParameters.

    >>> extra_actions("iam", "CreateUser", {"userName": "bob", "tags": [{"key": "team"}]})
    ('iam:TagUser',)
    >>> extra_actions("s3", "PutObject", {"bucketName": "b", "key": "k", "x-amz-acl": "private"})
    ('s3:PutObjectAcl',)
    """
    found = [
        action
        for name, actions in _extra(prefix, operation).items()
        if parameters.get(name)
        for action in actions
    ]
    return tuple(dict.fromkeys(found))
