"""Access control lists: how they are written, and who may set which.

Object Ownership says whether they count at all. Since April 2023 new buckets have them off.

AWS pages: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from helpers.lab import seam
from helpers.lab.authorization.s3_grants import (
    ALL_USERS,
    AUTHENTICATED_USERS,
    ENFORCED,
    LOG_DELIVERY,
    PUBLIC_GROUPS,
    acls_are_on,
    canonical_id,
    owner_of,
    switches,
)
from helpers.lab.errors import AwsError
from helpers.lab.services.registry import Asked, answers
from helpers.lab.services.s3_errors import (
    a_delete_marker,
    blocked,
    invalid_argument,
    no_such_key,
    no_such_version,
)

Grant = tuple[str, str, str]
"""Canonical id, a group's URI, permission: one of the first two is empty."""

OF_THE_BUCKETS_OWNER = "bucket-owner-full-control"

# Canned list → what it grants beside the owner's full control. ``{bucket}`` is the bucket's owner.
CANNED: Mapping[str, tuple[Grant, ...]] = {
    "private": (),
    "public-read": (("", ALL_USERS, "READ"),),
    "public-read-write": (("", ALL_USERS, "READ"), ("", ALL_USERS, "WRITE")),
    "authenticated-read": (("", AUTHENTICATED_USERS, "READ"),),
    "aws-exec-read": (),
    "bucket-owner-read": (("{bucket}", "", "READ"),),
    "bucket-owner-full-control": (("{bucket}", "", "FULL_CONTROL"),),
    "log-delivery-write": (("", LOG_DELIVERY, "WRITE"), ("", LOG_DELIVERY, "READ_ACP")),
}
FOR_BUCKETS = frozenset(
    {"private", "public-read", "public-read-write", "authenticated-read", "log-delivery-write"}
)

PERMISSION_OF = {
    "GrantFullControl": "FULL_CONTROL",
    "GrantRead": "READ",
    "GrantReadACP": "READ_ACP",
    "GrantWrite": "WRITE",
    "GrantWriteACP": "WRITE_ACP",
}
PERMISSIONS = frozenset(PERMISSION_OF.values())
GROUPS = frozenset({ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY})

_GRANTEE = re.compile(r'\s*(id|uri|emailAddress)\s*=\s*"?([^",]+)"?\s*', re.I)


def asked_for(asked: Asked, owner: str, bucket_owner: str) -> list[Grant] | None:
    """The grants that a call's parameters ask for; ``None``: it says nothing of an ACL.

    ``owner`` is whose the bucket or object is, or is to be. Raises ``AwsError`` for grants
    that cannot be read and grantees that there are not.
    """
    parameters = asked.parameters
    canned = parameters.get("ACL")
    headers = {name: parameters[name] for name in PERMISSION_OF if parameters.get(name)}
    if canned and headers:
        raise AwsError(
            "InvalidRequest",
            "Specifying both Canned ACLs and Header Grants is not allowed",
        )
    if canned:
        usable = CANNED if parameters.get("Key") is not None else FOR_BUCKETS
        if canned not in usable:
            raise invalid_argument("", "x-amz-acl", canned)
        named = {"{bucket}": canonical_id(bucket_owner)}
        return _with_owner(owner, [(named.get(i, i), u, p) for i, u, p in CANNED[canned]])
    if headers:
        return [
            grant
            for name, value in headers.items()
            for grant in _from_header(value, PERMISSION_OF[name], asked)
        ]
    policy = parameters.get("AccessControlPolicy")
    if policy:
        return _from_policy(policy, owner, asked)
    return None


def _with_owner(owner: str, grants: list[Grant]) -> list[Grant]:
    own = (canonical_id(owner), "", "FULL_CONTROL")
    return [own, *(grant for grant in grants if grant != own)]


def _from_header(value: str, permission: str, asked: Asked) -> list[Grant]:
    grants = []
    for part in value.split(","):
        match = _GRANTEE.fullmatch(part)
        if match is None:
            raise invalid_argument("Argument format not recognized", "x-amz-grant", value)
        kind, name = match[1].lower(), match[2]
        grants.append(_grant(kind, name, permission, asked))
    return grants


def _grant(kind: str, name: str, permission: str, asked: Asked) -> Grant:
    accounts = asked.world.accounts.values()
    if kind == "uri":
        if name not in GROUPS:
            raise invalid_argument("Invalid group uri", "uri", name)
        return "", name, permission
    if kind == "emailaddress":
        # Since October 2025 no request may name an account by its e-mail address.
        raise AwsError(
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
            405,
            details={"Method": asked.call.request.method, "ResourceType": "ACL"},
        )
    if name not in {canonical_id(account.id) for account in accounts}:
        raise invalid_argument("Invalid id", "CanonicalUser/ID", name)
    return name, "", permission


def _from_policy(policy: Mapping[str, Any], owner: str, asked: Asked) -> list[Grant]:
    malformed = AwsError(
        "MalformedACLError",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
    if (policy.get("Owner") or {}).get("ID") not in (None, canonical_id(owner)):
        raise malformed
    grants = []
    for grant in policy.get("Grants") or []:
        grantee, permission = grant.get("Grantee") or {}, grant.get("Permission")
        if permission not in PERMISSIONS:
            raise malformed
        for kind, member in (("id", "ID"), ("uri", "URI"), ("emailaddress", "EmailAddress")):
            if grantee.get(member):
                grants.append(_grant(kind, grantee[member], permission, asked))
                break
        else:
            raise malformed
    return grants


def is_public(grants: list[Grant]) -> bool:
    """Whether grants give anything to everybody, or to everybody with an AWS account."""
    return any(uri in PUBLIC_GROUPS for _, uri, _ in grants)


def gives_only_to(grants: list[Grant], account_id: str) -> bool:
    """Whether grants give nothing but full control to one account."""
    return all(grant == (canonical_id(account_id), "", "FULL_CONTROL") for grant in grants)


def check_write(asked: Asked, bucket: Any, grants: list[Grant] | None) -> None:
    """Raise ``AwsError`` where a new object may not bring these grants along."""
    if grants is None:
        return
    if not acls_are_on(bucket):
        canned = asked.parameters.get("ACL")
        if canned == OF_THE_BUCKETS_OWNER or (
            canned is None and gives_only_to(grants, bucket.account_id)
        ):
            return
        raise lists_are_off()
    check_not_public(asked, bucket, grants, "s3:PutObject")


def check_not_public(asked: Asked, bucket: Any, grants: list[Grant], action: str) -> None:
    """Raise ``AwsError`` for public grants where BlockPublicAcls is on."""
    if is_public(grants) and switches(bucket).block_public_acls:
        key = asked.parameters.get("Key")
        arn = f"arn:aws:s3:::{bucket.name}" + (f"/{key}" if key is not None else "")
        raise blocked(asked.principal.arn, action, arn, "ACLs", "BlockPublicAcls")


def lists_are_off() -> AwsError:
    return AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs")


# -- the operations ----------------------------------------------------------------------------


@answers("s3", "PutBucketAcl")
def put_bucket_acl(asked: Asked) -> None:
    bucket = seam.s3_bucket(asked.parameters["Bucket"])
    grants = asked_for(asked, bucket.account_id, bucket.account_id)
    if not acls_are_on(bucket):
        raise lists_are_off()
    if grants is None:
        raise missing_header()
    check_not_public(asked, bucket, grants, "s3:PutBucketAcl")
    bucket.acl = seam.s3_acl(grants)


@answers("s3", "PutObjectAcl")
def put_object_acl(asked: Asked) -> None:
    bucket, version = object_of(asked)
    owner = owner_of(bucket, version)
    grants = asked_for(asked, owner, bucket.account_id)
    if not acls_are_on(bucket):
        raise lists_are_off()
    if grants is None:
        raise missing_header()
    action = "s3:PutObjectVersionAcl" if asked.parameters.get("VersionId") else "s3:PutObjectAcl"
    check_not_public(asked, bucket, grants, action)
    version.acl = seam.s3_acl(grants)


def missing_header() -> AwsError:
    return AwsError(
        "MissingSecurityHeader", "Your request was missing a required header", 400,
        details={"MissingHeaderName": "x-amz-acl"},
    )  # fmt: skip


@answers("s3", "GetBucketAcl")
def get_bucket_acl(asked: Asked) -> Any:
    bucket = seam.s3_bucket(asked.parameters["Bucket"])
    return _shown(bucket.acl, bucket.account_id, acls_are_on(bucket))


@answers("s3", "GetObjectAcl")
def get_object_acl(asked: Asked) -> Any:
    bucket, version = object_of(asked)
    return _shown(version.acl, owner_of(bucket, version), acls_are_on(bucket))


def _shown(acl: Any, owner: str, on: bool) -> dict[str, Any]:
    """An access control list as S3 shows it; where they are off, the owner has it all."""
    own = canonical_id(owner)
    grants = [
        {
            "Grantee": {"Type": "Group", "URI": grantee.uri}
            if grantee.uri
            else {"Type": "CanonicalUser", "ID": grantee.id},
            "Permission": permission,
        }
        for grant in (acl.grants if acl is not None and on else ())
        for grantee in grant.grantees
        for permission in grant.permissions
    ]
    full = {"Grantee": {"Type": "CanonicalUser", "ID": own}, "Permission": "FULL_CONTROL"}
    return {"Owner": {"ID": own}, "Grants": grants if on else [full]}


@answers("s3", "ListObjects", "ListObjectsV2", "ListObjectVersions", "ListMultipartUploads")
def list_with_owners(asked: Asked) -> Any:
    """moto's list, which knows of one owner in the world, with the owner of the bucket in it."""
    bucket = seam.s3_bucket(asked.parameters["Bucket"])
    status, headers, body = asked.forward()
    if bucket is not None:
        body = seam.s3_list_of(body, canonical_id(bucket.account_id))
    return status, headers, body


def object_of(asked: Asked) -> tuple[Any, Any]:
    """The bucket and the version of an object that a call names.

    Raises ``AwsError`` where there is no such object or version, and for delete markers.
    """
    parameters = asked.parameters
    bucket = seam.s3_bucket(parameters["Bucket"])
    key, version_id = parameters["Key"], parameters.get("VersionId")
    version = seam.s3_version(bucket, key, version_id)
    if version is None:
        raise no_such_version(key, version_id) if version_id else no_such_key(key)
    if seam.is_s3_delete_marker(version):
        raise a_delete_marker(asked.call.request.method)
    return bucket, version


@answers("s3", "PutBucketOwnershipControls")
def put_bucket_ownership_controls(asked: Asked) -> None:
    bucket = seam.s3_bucket(asked.parameters["Bucket"])
    rules = (asked.parameters.get("OwnershipControls") or {}).get("Rules") or []
    names = [rule.get("ObjectOwnership") for rule in rules]
    if len(names) != 1 or names[0] not in OWNERSHIPS:
        raise AwsError(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published "
            "schema",
        )
    if names[0] == ENFORCED:
        shared = [
            grantee
            for grant in bucket.acl.grants
            for grantee in grant.grantees
            if grantee.uri or grantee.id != canonical_id(bucket.account_id)
        ]
        if shared:
            raise acl_with_ownership()
    bucket.ownership_rule = names[0]


OWNERSHIPS = frozenset({ENFORCED, "BucketOwnerPreferred", "ObjectWriter"})


def acl_with_ownership() -> AwsError:
    return AwsError(
        "InvalidBucketAclWithObjectOwnership",
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    )
