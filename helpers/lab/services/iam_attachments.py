"""Who has which policy: managed ones attached to users, groups and roles, and inline ones.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_manage-attach-detach.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from helpers.lab.services import iam_store as store
from helpers.lab.services import iam_views as views
from helpers.lab.services.iam_quotas import room_for_one
from helpers.lab.services.registry import Asked, answers

Find = Callable[[Asked], Any]

# Kind → who the call names, for a look and for a change.
LOOK: dict[str, Find] = {"User": store.user, "Group": store.group, "Role": store.role}
CHANGE: dict[str, Find] = {**LOOK, "Role": store.modifiable_role}


def _kind(asked: Asked) -> str:
    """Whichever of User, Group and Role the operation's name has in it."""
    return next(kind for kind in LOOK if kind in asked.call.operation)


# Managed policies -----------------------------------------------------------------------------


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


# Inline policies ------------------------------------------------------------------------------


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
    document = asked.parameters["PolicyDocument"]
    put[kind](entity.name, there, _of_today(document))
    entity.policies[there] = document


def _of_today(document: str) -> str:
    """A document in the current version of the policy language, for moto's checks of the rest.

    Only managed policies have to be in it. An inline one may be in the version of 2008, which
    knows no policy variables, and is where it names none.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
    """
    return json.dumps({**json.loads(document), "Version": "2012-10-17"})


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
