"""What moto's stores hold that can be shared with other accounts: resources and their policies.

A part of ``seam``: each function below knows the attributes of one service's stored objects. A
service that nobody used in this process is not loaded for the look; it has nothing to share.
``tests/unit/lab/test_canaries_shared.py`` has a test for each.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from helpers.lab import seam


@dataclass(frozen=True, slots=True)
class Shared:
    """A resource that others may have been let into.

    ``policy`` is its policy, ``None`` for none. ``grants`` are those of an access list, each
    ("id" or "uri", who, permission). The two flags are what Block Public Access leaves of them.
    """

    arn: str
    type: str
    policy: str | None = None
    grants: tuple[tuple[str, str, str], ...] = ()
    ignores_public_grants: bool = False
    restricts_public_policy: bool = False


def shared(account_id: str, region: str) -> Iterator[Shared]:
    """Every resource of an account that a policy or list can share: of a Region, and roles."""
    yield from _roles(account_id)
    for module, name, read in STORES:
        loaded = sys.modules.get(f"moto.{module}.models")
        if loaded is None:
            continue
        stores = getattr(loaded, name)
        where = "aws" if module == "s3" else region
        if account_id in stores:
            yield from read(stores[account_id][where], region)


def _roles(account_id: str) -> Iterator[Shared]:
    for role in seam.iam_backend(account_id).roles.values():
        document = role.assume_role_policy_document
        text = document if isinstance(document, str) else json.dumps(document)
        yield Shared(role.arn, "AWS::IAM::Role", text)


def _buckets(store: Any, region: str) -> Iterator[Shared]:
    account = _account_block(store.account_id)
    for bucket in store.buckets.values():
        if bucket.region_name != region:
            continue
        blocks = [block for block in (bucket.public_access_block, account) if block is not None]
        owner_enforced = "BucketOwnerEnforced" in str(bucket.ownership_rule)
        yield Shared(
            f"arn:aws:s3:::{bucket.name}",
            "AWS::S3::Bucket",
            bucket.policy.decode() if bucket.policy else None,
            () if owner_enforced or bucket.acl is None else tuple(_grants(bucket.acl)),
            any(block.ignore_public_acls for block in blocks),
            any(block.restrict_public_buckets for block in blocks),
        )


def _account_block(account_id: str) -> Any | None:
    """The account's own Block Public Access settings."""
    loaded = sys.modules.get("moto.s3control.models")
    if loaded is None or account_id not in loaded.s3control_backends:
        return None
    return loaded.s3control_backends[account_id]["aws"].public_access_block


def _grants(acl: Any) -> Iterator[tuple[str, str, str]]:
    for grant in acl.grants:
        for grantee in grant.grantees:
            kind, who = ("uri", grantee.uri) if grantee.uri else ("id", grantee.id)
            for permission in grant.permissions:
                yield kind, who, permission


def _keys(store: Any, _region: str) -> Iterator[Shared]:
    for key in store.keys.values():
        yield Shared(key.arn, "AWS::KMS::Key", key.policy)


def _queues(store: Any, _region: str) -> Iterator[Shared]:
    for queue in store.queues.values():
        policy = queue.policy
        text = policy if isinstance(policy, str) or policy is None else json.dumps(policy)
        yield Shared(queue.queue_arn, "AWS::SQS::Queue", text or None)


def _topics(store: Any, _region: str) -> Iterator[Shared]:
    for topic in store.topics.values():
        yield Shared(topic.arn, "AWS::SNS::Topic", topic.policy)


def _secrets(store: Any, _region: str) -> Iterator[Shared]:
    seen = set()
    for secret in store.secrets.values():
        if secret.arn not in seen:
            seen.add(secret.arn)
            yield Shared(secret.arn, "AWS::SecretsManager::Secret", secret.policy)


def _functions(store: Any, _region: str) -> Iterator[Shared]:
    for function in store.list_functions():
        statements = function.policy.statements
        document = {"Version": "2012-10-17", "Statement": statements}
        yield Shared(
            function.function_arn,
            "AWS::Lambda::Function",
            json.dumps(document) if statements else None,
        )


def _snapshots(store: Any, region: str) -> Iterator[Shared]:
    for snapshot in store.snapshots.values():
        arn = f"arn:aws:ec2:{region}::snapshot/{snapshot.id}"
        grants = [
            ("account", str(who), "") for who in sorted(snapshot.create_volume_permission_userids)
        ]
        grants += [
            ("group", str(who), "") for who in sorted(snapshot.create_volume_permission_groups)
        ]
        yield Shared(arn, "AWS::EC2::Snapshot", None, tuple(grants))


STORES: tuple[tuple[str, str, Callable[[Any, str], Iterator[Shared]]], ...] = (
    ("s3", "s3_backends", _buckets),
    ("kms", "kms_backends", _keys),
    ("awslambda", "lambda_backends", _functions),
    ("sqs", "sqs_backends", _queues),
    ("sns", "sns_backends", _topics),
    ("secretsmanager", "secretsmanager_backends", _secrets),
    ("ec2", "ec2_backends", _snapshots),
)
"""moto's module of a service, its stores in there, and how they are read."""


def has_trail(arn: str) -> bool:
    """Whether there is a trail of CloudTrail's of this ARN."""
    parts = arn.split(":")
    if len(parts) != 6:
        return False
    store = seam.store("cloudtrail", parts[4], parts[3])
    return store is not None and parts[5].removeprefix("trail/") in store.trails


@dataclass(frozen=True, slots=True)
class Key:
    """An access key of a user."""

    id: str
    created: datetime
    active: bool


def access_keys(account_id: str, user_name: str) -> list[Key]:
    """The access keys of a user."""
    user = seam.iam_backend(account_id).users.get(user_name)
    return [
        Key(key.access_key_id, key.create_date, key.status == "Active")
        for key in (user.access_keys if user is not None else ())
    ]


def has_password(account_id: str, user_name: str) -> bool:
    """Whether a user can sign in to the console."""
    user = seam.iam_backend(account_id).users.get(user_name)
    return user is not None and bool(user.password)


def password_last_used(account_id: str, user_name: str) -> datetime | None:
    """When a user last signed in to the console."""
    user = seam.iam_backend(account_id).users.get(user_name)
    return getattr(user, "password_last_used", None)


def authorization_details(account_id: str) -> dict[str, Any]:
    """What IAM's GetAccountAuthorizationDetails says of an account, documents as JSON text."""
    store = seam.iam_backend(account_id)
    named: dict[str, Any] = {}

    def attached(entity: Any) -> list[dict[str, str]]:
        named.update(entity.managed_policies)
        return [{"PolicyArn": arn} for arn in entity.managed_policies]

    def common(title: str, entity: Any) -> dict[str, Any]:
        return {
            "Arn": entity.arn,
            f"{title}Name": entity.name,
            "Path": entity.path,
            "CreateDate": entity.create_date,
            f"{title}PolicyList": [
                {"PolicyName": name, "PolicyDocument": document}
                for name, document in entity.policies.items()
            ],
            "AttachedManagedPolicies": attached(entity),
        }

    def bounded(title: str, entity: Any) -> dict[str, Any]:
        found = common(title, entity)
        tags = seam.tags_of(entity)
        found["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
        if arn := getattr(entity, "permissions_boundary_arn", None):
            found["PermissionsBoundary"] = {"PermissionsBoundaryArn": arn}
            if policy := seam.policy(arn, account_id):
                named[arn] = policy
        return found

    details: dict[str, Any] = {
        "UserDetailList": [
            {**bounded("User", user), "GroupList": [one.name for one in seam.groups_of(user)]}
            for user in store.users.values()
        ],
        "GroupDetailList": [common("Group", group) for group in store.groups.values()],
        "RoleDetailList": [bounded("Role", role) for role in store.roles.values()],
    }
    details["Policies"] = [
        {
            "Arn": arn,
            "DefaultVersionId": policy.default_version_id,
            "UpdateDate": policy.update_date,
            "PolicyVersionList": [
                {
                    "VersionId": version.version_id,
                    "Document": version.document,
                    "CreateDate": version.create_date,
                }
                for version in policy.versions
            ],
        }
        for arn, policy in named.items()
    ]
    return details
