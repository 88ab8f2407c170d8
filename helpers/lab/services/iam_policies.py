"""Managed policies: created, versioned, attached, listed, deleted when nobody uses them.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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


# Attached to somebody ---------------------------------------------------------------------------

Find = Callable[[Asked], Any]

# Kind → who the call names, for a look and for a change.
LOOK: dict[str, Find] = {"User": store.user, "Group": store.group, "Role": store.role}
CHANGE: dict[str, Find] = {**LOOK, "Role": store.modifiable_role}


def _kind(asked: Asked) -> str:
    """ "User", "Group" or "Role", whichever the operation's name has in it."""
    return next(kind for kind in LOOK if kind in asked.call.operation)


@answers("iam", "AttachUserPolicy", "AttachGroupPolicy", "AttachRolePolicy")
def attach(asked: Asked) -> None:
    """A policy that is attached already stays so, and that is no error."""
    kind = _kind(asked)
    entity = CHANGE[kind](asked)
    policy = store.attachable_policy(asked)
    if policy.arn not in entity.managed_policies:
        room_for_one(f"AttachedPoliciesPer{kind}Quota", entity.managed_policies)
        policy.attach_to(entity)


@answers("iam", "DetachUserPolicy", "DetachGroupPolicy", "DetachRolePolicy")
def detach(asked: Asked) -> None:
    entity = CHANGE[_kind(asked)](asked)
    arn = asked.parameters["PolicyArn"]
    if arn not in entity.managed_policies:
        raise store.no_such_entity(f"Policy {arn} was not found.")
    entity.managed_policies[arn].detach_from(entity)


@answers("iam", "ListAttachedUserPolicies", "ListAttachedGroupPolicies", "ListAttachedRolePolicies")
def list_attached(asked: Asked) -> Any:
    entity = LOOK[_kind(asked)](asked)
    there = entity.managed_policies.values()
    policies, more = store.page(asked, store.by_name(there, asked.parameters.get("PathPrefix")))
    listed = [{"PolicyName": policy.name, "PolicyArn": policy.arn} for policy in policies]
    return {"AttachedPolicies": listed, **more}


@answers("iam", "ListEntitiesForPolicy")
def list_entities_for_policy(asked: Asked) -> Any:
    policy, parameters = store.policy(asked), asked.parameters
    usage = parameters.get("PolicyUsageFilter")

    def uses(entity: Any) -> bool:
        attached = policy.arn in entity.managed_policies
        bounds = getattr(entity, "permissions_boundary_arn", None) == policy.arn
        return attached * (usage != "PermissionsBoundary") + bounds * (usage != "PermissionsPolicy")

    found = [
        (kind, entity)
        for kind, entities in _ENTITIES.items()
        if parameters.get("EntityFilter") in (None, kind)
        for entity in store.by_name(entities(asked.iam), parameters.get("PathPrefix"))
        if uses(entity)
    ]
    entities, more = store.page(asked, found)
    return {
        f"Policy{kind}s": [
            {f"{kind}Name": entity.name, f"{kind}Id": entity.id}
            for of, entity in entities
            if of == kind
        ]
        for kind in _ENTITIES
    } | more


_ENTITIES: dict[str, Callable[[Any], Any]] = {
    "Group": lambda iam: iam.groups.values(),
    "User": lambda iam: iam.users.values(),
    "Role": lambda iam: iam.roles.values(),
}


# Inline policies --------------------------------------------------------------------------------


def _inline(asked: Asked, kind: str, entity: Any) -> str:
    """The name of the inline policy that the call names, whatever case it names it in."""
    name = asked.parameters["PolicyName"]
    found = next((own for own in entity.policies if own.lower() == name.lower()), None)
    if found is None:
        raise store.no_such_entity(f"The {kind.lower()} policy with name {name} cannot be found.")
    return found


@answers("iam", "PutUserPolicy", "PutGroupPolicy", "PutRolePolicy")
def put_inline(asked: Asked) -> None:
    kind, iam = _kind(asked), asked.iam
    put = {"User": iam.put_user_policy, "Group": iam.put_group_policy, "Role": iam.put_role_policy}
    entity, name = CHANGE[kind](asked), asked.parameters["PolicyName"]
    there = next((own for own in entity.policies if own.lower() == name.lower()), name)
    put[kind](entity.name, there, asked.parameters["PolicyDocument"])


@answers("iam", "GetUserPolicy", "GetGroupPolicy", "GetRolePolicy")
def get_inline(asked: Asked) -> Any:
    kind = _kind(asked)
    entity = LOOK[kind](asked)
    document = entity.policies[_inline(asked, kind, entity)]
    return {
        f"{kind}Name": entity.name,
        "PolicyName": asked.parameters["PolicyName"],
        "PolicyDocument": views.encoded(document),
    }


@answers("iam", "DeleteUserPolicy", "DeleteGroupPolicy", "DeleteRolePolicy")
def delete_inline(asked: Asked) -> None:
    kind = _kind(asked)
    entity = CHANGE[kind](asked)
    del entity.policies[_inline(asked, kind, entity)]


@answers("iam", "ListUserPolicies", "ListGroupPolicies", "ListRolePolicies")
def list_inline(asked: Asked) -> Any:
    names, more = store.page(asked, sorted(LOOK[_kind(asked)](asked).policies))
    return {"PolicyNames": names, **more}
