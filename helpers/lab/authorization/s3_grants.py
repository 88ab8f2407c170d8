"""What an S3 bucket and its objects grant: the bucket's policy, and access control lists.

Access control lists count only while Object Ownership leaves them on. What they grant is written
out as a policy for the caller at hand, so that the policy engine decides on it like on any other.
Block Public Access takes public grants back before anybody asks.

AWS pages: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from helpers.lab import seam
from helpers.lab.authorization.requirement import Named
from helpers.lab.callers import Principal
from helpers.policy import PolicyError
from helpers.policy.public_access import is_public

ENFORCED = "BucketOwnerEnforced"

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED_USERS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
PUBLIC_GROUPS = frozenset({ALL_USERS, AUTHENTICATED_USERS})

# Permission of an access control list → the actions that it allows.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions
ON_BUCKET = {
    "READ": ("s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"),
    "WRITE": ("s3:PutObject",),
    "READ_ACP": ("s3:GetBucketAcl",),
    "WRITE_ACP": ("s3:PutBucketAcl",),
}
ON_OBJECT = {
    "READ": ("s3:GetObject", "s3:GetObjectVersion"),
    "READ_ACP": ("s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
    "WRITE_ACP": ("s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
}

# Actions that are the object's owner's to allow. All others are the bucket owner's, who pays
# for the objects and may delete any of them.
OF_THE_OWNER = frozenset(
    {
        "DeleteObjectTagging",
        "DeleteObjectVersionTagging",
        "GetObject",
        "GetObjectAcl",
        "GetObjectAttributes",
        "GetObjectTagging",
        "GetObjectVersion",
        "GetObjectVersionAcl",
        "GetObjectVersionAttributes",
        "GetObjectVersionTagging",
        "PutObjectAcl",
        "PutObjectTagging",
        "PutObjectVersionAcl",
        "PutObjectVersionTagging",
    }
)


class Granted(NamedTuple):
    """What stands on a resource: policies, and the account whose it is."""

    policies: Named | tuple[Named, ...] | None
    owner: str


class Switches(NamedTuple):
    """The four switches of Block Public Access, as they work together: bucket's or account's."""

    block_public_acls: bool
    ignore_public_acls: bool
    block_public_policy: bool
    restrict_public_buckets: bool


def switches(bucket: Any, point: Any = None) -> Switches:
    """The switches in force for moto's bucket: on where the bucket or its account has them on,
    or the access point through which a request comes.
    """
    blocks = [bucket.public_access_block, seam.s3_account_block(bucket.account_id)]
    if point is not None:
        blocks.append(seam.s3_access_point_block(point))
    return Switches(*(any(getattr(b, name) for b in blocks if b) for name in Switches._fields))


@functools.lru_cache(maxsize=4096)
def canonical_id(account_id: str) -> str:
    """The canonical user id by which access control lists name an account."""
    return hashlib.sha256(f"canonical user of {account_id}".encode()).hexdigest()


def acls_are_on(bucket: Any) -> bool:
    """Whether access control lists of a bucket and of its objects count at all."""
    return bucket.ownership_rule != ENFORCED


def owner_of(bucket: Any, version: Any) -> str:
    """The account that owns a version of an object: the bucket's, or the one that wrote it."""
    if not acls_are_on(bucket):
        return bucket.account_id
    return seam.s3_owner(bucket, version)


def granted(
    bucket: Any,
    key: str | None,
    version: Any,
    action: str,
    principal: Principal,
    point: Any = None,
) -> Granted:
    """The policies on a bucket, or on an object in it, that a caller's action meets; ``point`` is
    the access point through which it comes."""
    owner = bucket.account_id
    text = bucket.policy.decode() if bucket.policy else None
    policy = restricted(text, bucket, point, principal, {owner})
    if not acls_are_on(bucket):
        return Granted(policy and (bucket.name, policy), owner)
    writer = owner_of(bucket, version) if version is not None else owner
    if writer != owner and action in OF_THE_OWNER:
        # The bucket's owner may deny what is in the bucket, but not give away others' objects.
        policy, owner = policy and denials_of(policy), writer
    found: list[Named] = [(bucket.name, policy)] if policy else []
    ignored = PUBLIC_GROUPS if switches(bucket, point).ignore_public_acls else frozenset()
    found += _by_lists(bucket, key, version, writer, principal, ignored)
    return Granted(tuple(found) or None, owner)


def restricted(
    policy: str | None, bucket: Any, point: Any, principal: Principal, owners: set[str]
) -> str | None:
    """What RestrictPublicBuckets leaves of a policy: of a public one, nothing but its denials for
    who is of none of the owners' accounts."""
    if not policy or principal.account_id in owners or not is_public_text(policy):
        return policy
    return denials_of(policy) if switches(bucket, point).restrict_public_buckets else policy


def _by_lists(
    bucket: Any,
    key: str | None,
    version: Any,
    writer: str,
    principal: Principal,
    ignored: frozenset[str],
) -> Iterator[Named]:
    """What the access control lists of the bucket and the object grant to a caller."""
    arn = f"arn:aws:s3:::{bucket.name}"
    bucket_actions: dict[str, set[str]] = {}
    for who, permission in _grants_to(bucket.acl, principal, ignored):
        for name in ON_BUCKET if permission == "FULL_CONTROL" else (permission,):
            # WRITE lets others add objects, and change those that are theirs.
            if name == "WRITE" and version is not None and writer != principal.account_id:
                continue
            bucket_actions.setdefault(who, set()).update(ON_BUCKET.get(name, ()))
    if version is not None and writer == principal.account_id and bucket_actions:
        for actions in bucket_actions.values():
            if "s3:PutObject" in actions:
                actions.add("s3:DeleteObject")
    if any(bucket_actions.values()):
        yield f"ACL of {bucket.name}", _policy(bucket_actions, [arn, f"{arn}/*"])
    if version is None or seam.is_s3_delete_marker(version):
        return
    object_actions: dict[str, set[str]] = {}
    for who, permission in _grants_to(version.acl, principal, ignored):
        for name in ON_OBJECT if permission == "FULL_CONTROL" else (permission,):
            object_actions.setdefault(who, set()).update(ON_OBJECT.get(name, ()))
    if any(object_actions.values()):
        yield f"ACL of {bucket.name}/{key}", _policy(object_actions, f"{arn}/*")


def _grants_to(acl: Any, principal: Principal, ignored: frozenset[str]) -> Iterator[tuple]:
    """The grants of an access control list that mean a caller: (who in a policy, permission)."""
    own = canonical_id(principal.account_id) if principal.account_id else None
    for grant in acl.grants if acl is not None else ():
        for grantee in grant.grantees:
            if grantee.uri in ignored:
                continue
            if grantee.uri == ALL_USERS or (grantee.uri == AUTHENTICATED_USERS and own):
                who = "*"
            elif own and grantee.id == own:
                who = principal.account_id
            else:
                continue
            for permission in grant.permissions:
                yield who, permission


def _policy(actions: dict[str, set[str]], resource: Any) -> str:
    """A policy that says the same as grants of an access control list."""
    statements = [
        {
            "Effect": "Allow",
            "Principal": {"AWS": who},
            "Action": sorted(allowed),
            "Resource": resource,
        }
        for who, allowed in sorted(actions.items())
        if allowed
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@functools.lru_cache(maxsize=256)
def is_public_text(policy: str) -> bool:
    """Whether a bucket's policy is public; one that cannot be read grants nothing."""
    try:
        return is_public(policy)
    except PolicyError:
        return False


@functools.lru_cache(maxsize=256)
def denials_of(policy: str) -> str | None:
    """What is left of a policy without its Allow statements; ``None``: nothing."""
    document = json.loads(policy)
    statements = document["Statement"]
    statements = statements if isinstance(statements, list) else [statements]
    document["Statement"] = [s for s in statements if s.get("Effect") == "Deny"]
    return json.dumps(document) if document["Statement"] else None
