"""Managed policies: created, versioned, attached, listed, deleted when nobody uses them.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helpers.lab import seam
from helpers.lab.errors import AwsError
from helpers.lab.services import iam_store as store
from helpers.lab.services import iam_tags
from helpers.lab.services import iam_views as views
from helpers.lab.services.iam_quotas import QUOTAS, room_for_one
from helpers.lab.services.registry import Asked, answers


def _own_policy(asked: Asked) -> Any:
    """The policy that the call is to change, which may not be one of AWS's."""
    found = store.policy(asked)
    if seam.is_aws_managed(found):
        raise AwsError(
            "AccessDenied",
            f"User: {asked.principal.arn} is not authorized to perform: "
            f"iam:{asked.call.operation} on resource: policy {found.arn}",
            403,
        )
    return found


def _version(asked: Asked, policy: Any) -> Any:
    wanted = asked.parameters["VersionId"]
    found = next((v for v in policy.versions if v.version_id == wanted), None)
    if found is None:
        raise store.no_such_entity(
            f"Policy {policy.arn} version {wanted} does not exist or is not attachable."
        )
    return found


# The policy itself ------------------------------------------------------------------------------


@answers("iam", "CreatePolicy")
def create_policy(asked: Asked) -> Any:
    parameters = asked.parameters
    name, path = parameters["PolicyName"], parameters.get("Path") or "/"
    own = [p for p in asked.iam.managed_policies.values() if not seam.is_aws_managed(p)]
    if store.taken(name, (policy.name for policy in own)):
        raise store.already_exists(
            f"A policy called {name} already exists. Duplicate names are not allowed."
        )
    room_for_one("PoliciesQuota", own)
    tags = iam_tags.checked(parameters.get("Tags"))
    policy = asked.iam.create_policy(
        description=parameters.get("Description"),
        path=path,
        policy_document=parameters["PolicyDocument"],
        policy_name=name,
        tags=tags,
    )
    policy.id = asked.account.new_key_id("ANPA")
    return {"Policy": {**views.policy_in_short(policy, views.Uses(asked.iam)), "Tags": tags}}


@answers("iam", "GetPolicy")
def get_policy(asked: Asked) -> Any:
    return {"Policy": views.policy_in_full(store.policy(asked), views.Uses(asked.iam))}


@answers("iam", "ListPolicies")
def list_policies(asked: Asked) -> Any:
    parameters = asked.parameters
    scope = parameters.get("Scope") or "All"
    if scope != "Local":
        seam.load_all_managed_policies(asked.account.id)
    uses = views.Uses(asked.iam)
    found = [
        policy
        for policy in store.by_name(
            asked.iam.managed_policies.values(), parameters.get("PathPrefix")
        )
        if scope == "All" or seam.is_aws_managed(policy) == (scope == "AWS")
        if not parameters.get("OnlyAttached") or _is_used(policy, uses, parameters)
    ]
    policies, more = store.page(asked, found)
    return {"Policies": [views.policy_in_short(policy, uses) for policy in policies], **more}


def _is_used(policy: Any, uses: views.Uses, parameters: Mapping[str, Any]) -> bool:
    """Whether somebody has a policy, or has it as the usage that the call asks for.

    AWS reads PolicyUsageFilter together with OnlyAttached only.
    """
    usage = parameters.get("PolicyUsageFilter")
    attached = usage != "PermissionsBoundary" and uses.attached[policy.arn]
    return bool(attached or (usage != "PermissionsPolicy" and uses.boundaries[policy.arn]))


@answers("iam", "DeletePolicy")
def delete_policy(asked: Asked) -> None:
    policy = _own_policy(asked)
    uses = views.Uses(asked.iam)
    if uses.attached[policy.arn] or uses.boundaries[policy.arn]:
        raise store.delete_conflict("Cannot delete a policy attached to entities.")
    if len(policy.versions) > 1:
        raise store.delete_conflict(
            "This policy has more than one version. Before you delete a policy, you must delete "
            "the policy's versions. The default version is deleted with the policy."
        )
    del asked.iam.managed_policies[policy.arn]


# Its versions -----------------------------------------------------------------------------------


@answers("iam", "CreatePolicyVersion")
def create_policy_version(asked: Asked) -> Any:
    policy = _own_policy(asked)
    if len(policy.versions) >= QUOTAS["VersionsPerPolicyQuota"]:
        raise AwsError(
            "LimitExceeded",
            "A managed policy can have up to 5 versions. Before you create a new version, you must "
            "delete an existing version.",
            409,
        )
    version = asked.iam.create_policy_version(
        policy.arn, asked.parameters["PolicyDocument"], bool(asked.parameters.get("SetAsDefault"))
    )
    policy.update_date = asked.now
    return {"PolicyVersion": views.version_in_short(policy, version)}


@answers("iam", "GetPolicyVersion")
def get_policy_version(asked: Asked) -> Any:
    policy = store.policy(asked)
    return {"PolicyVersion": views.version_in_full(policy, _version(asked, policy))}


@answers("iam", "ListPolicyVersions")
def list_policy_versions(asked: Asked) -> Any:
    policy = store.policy(asked)
    versions, more = store.page(asked, reversed(policy.versions))
    return {"Versions": [views.version_in_short(policy, version) for version in versions], **more}


@answers("iam", "SetDefaultPolicyVersion")
def set_default_policy_version(asked: Asked) -> None:
    policy = _own_policy(asked)
    policy.update_default_version(_version(asked, policy).version_id)
    policy.update_date = asked.now


@answers("iam", "DeletePolicyVersion")
def delete_policy_version(asked: Asked) -> None:
    policy = _own_policy(asked)
    version = _version(asked, policy)
    if version.version_id == policy.default_version_id:
        raise store.delete_conflict("Cannot delete the default version of a policy.")
    policy.versions.remove(version)
    policy.update_date = asked.now
