"""IAM's entities as its answers show them: in short where it lists, in full where it gets one.

AWS page: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html (what a list
leaves out)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from helpers.lab import seam

View = dict[str, Any]


def encoded(document: str) -> str:
    """A policy document as IAM writes it into an answer (RFC 3986)."""
    return quote(document, safe="")


def user_in_short(user: Any) -> View:
    """A user as in a list."""
    return {
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.id,
        "Arn": user.arn,
        "CreateDate": user.create_date,
        "PasswordLastUsed": user.password_last_used,
    }


def user_in_full(user: Any) -> View:
    """A user with boundary and tags."""
    return {**user_in_short(user), **_boundary(user), **_tags(seam.tag_list(user))}


def group_in_short(group: Any) -> View:
    """A group, of which there is no more to say."""
    return {
        "Path": group.path,
        "GroupName": group.name,
        "GroupId": group.id,
        "Arn": group.arn,
        "CreateDate": group.create_date,
    }


def role_at_least(role: Any) -> View:
    """A role as inside an instance profile, or in an account's details."""
    return {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": role.arn,
        "CreateDate": role.create_date,
        "AssumeRolePolicyDocument": encoded(role.assume_role_policy_document),
    }


def role_in_short(role: Any) -> View:
    """A role as in a list."""
    return {
        **role_at_least(role),
        "Description": role.description,
        "MaxSessionDuration": int(role.max_session_duration or 3600),
    }


def role_in_full(role: Any) -> View:
    """A role with boundary, tags and its last use."""
    used: View = {}
    if role.last_used is not None:
        used = {"LastUsedDate": role.last_used, "Region": role.last_used_region}
    return {
        **role_in_short(role),
        **_boundary(role),
        **_tags(seam.tag_list(role)),
        "RoleLastUsed": used,
    }


def instance_profile_in_short(profile: Any) -> View:
    """An instance profile as in a list."""
    return {
        "Path": profile.path,
        "InstanceProfileName": profile.name,
        "InstanceProfileId": profile.id,
        "Arn": profile.arn,
        "CreateDate": profile.create_date,
        "Roles": [role_at_least(role) for role in profile.roles],
    }


def instance_profile_in_full(profile: Any) -> View:
    """An instance profile with its tags."""
    return {**instance_profile_in_short(profile), **_tags(seam.tag_list(profile))}


def policy_in_short(policy: Any, uses: Uses) -> View:
    """A managed policy as in a list."""
    return {
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.default_version_id,
        "AttachmentCount": uses.attached[policy.arn],
        "PermissionsBoundaryUsageCount": uses.boundaries[policy.arn],
        "IsAttachable": True,
        "CreateDate": policy.create_date,
        "UpdateDate": policy.update_date,
    }


def policy_in_full(policy: Any, uses: Uses) -> View:
    """A managed policy with description and tags."""
    return {
        **policy_in_short(policy, uses),
        "Description": policy.description or None,
        "Tags": seam.tag_list(policy),
    }


def version_in_short(policy: Any, version: Any) -> View:
    """A version of a managed policy as in a list."""
    return {
        "VersionId": version.version_id,
        "IsDefaultVersion": version.version_id == policy.default_version_id,
        "CreateDate": version.create_date,
    }


def version_in_full(policy: Any, version: Any) -> View:
    """A version of a managed policy with its document."""
    return {"Document": encoded(version.document), **version_in_short(policy, version)}


def attached(entity: Any) -> list[View]:
    """The managed policies of a user, group or role, as lists of attachments show them."""
    policies = sorted(entity.managed_policies.values(), key=lambda policy: policy.name.lower())
    return [{"PolicyName": policy.name, "PolicyArn": policy.arn} for policy in policies]


def inline(entity: Any) -> list[View]:
    """The inline policies of a user, group or role, with their documents."""
    return [
        {"PolicyName": name, "PolicyDocument": encoded(document)}
        for name, document in sorted(entity.policies.items())
    ]


class Uses:
    """How often each managed policy is attached, and set as a permissions boundary."""

    def __init__(self, iam: Any) -> None:
        self.attached = Counter(arn for it in entities(iam) for arn in it.managed_policies)
        self.boundaries = Counter(
            arn
            for entity in entities(iam)
            if (arn := getattr(entity, "permissions_boundary_arn", None))
        )


def entities(iam: Any) -> Iterator[Any]:
    """Every user, group and role of moto's store."""
    yield from iam.users.values()
    yield from iam.groups.values()
    yield from iam.roles.values()


def _boundary(entity: Any) -> View:
    if arn := getattr(entity, "permissions_boundary_arn", None):
        boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
        return {"PermissionsBoundary": boundary}
    return {}


def _tags(tags: list[Mapping[str, str]]) -> View:
    return {"Tags": tags} if tags else {}
