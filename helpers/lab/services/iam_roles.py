"""Roles: created, changed, deleted when nothing hangs on them.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_manage.html
"""

from __future__ import annotations

from typing import Any

from helpers.lab import principals
from helpers.lab.services import iam_store as store
from helpers.lab.services import iam_tags
from helpers.lab.services import iam_views as views
from helpers.lab.services.iam_instance_profiles import profiles_of
from helpers.lab.services.iam_quotas import room_for_one
from helpers.lab.services.iam_users import boundary_to_set
from helpers.lab.services.registry import Asked, answers

USUAL_SESSION = 3_600


def _new_role_name_is_free(asked: Asked, name: str) -> None:
    if store.taken(name, (role.name for role in asked.iam.roles.values())):
        raise store.already_exists(f"Role with name {name} already exists.")


@answers("iam", "CreateRole")
def create_role(asked: Asked) -> Any:
    parameters = asked.parameters
    path = parameters.get("Path") or "/"
    if path.startswith(store.SERVICE_LINKED):
        raise store.invalid_input(
            "Path starting with /aws-service-role/ is reserved for service-linked roles."
        )
    _new_role_name_is_free(asked, parameters["RoleName"])
    room_for_one("RolesQuota", asked.iam.roles)
    role = asked.iam.create_role(
        parameters["RoleName"],
        parameters["AssumeRolePolicyDocument"],
        path,
        boundary_to_set(asked),
        parameters.get("Description"),
        iam_tags.checked(parameters.get("Tags")),
        parameters.get("MaxSessionDuration") or USUAL_SESSION,
    )
    shown = views.role_in_full(role)
    return {"Role": {name: shown[name] for name in shown if name != "RoleLastUsed"}}


@answers("iam", "GetRole")
def get_role(asked: Asked) -> Any:
    return {"Role": views.role_in_full(store.role(asked))}


@answers("iam", "ListRoles")
def list_roles(asked: Asked) -> Any:
    there = store.by_name(asked.iam.roles.values(), asked.parameters.get("PathPrefix"))
    roles, more = store.page(asked, there)
    return {"Roles": [views.role_in_short(role) for role in roles], **more}


@answers("iam", "UpdateRole")
def update_role(asked: Asked) -> Any:
    """What the call leaves out stays as it is."""
    role, parameters = store.modifiable_role(asked), asked.parameters
    role.description = parameters.get("Description", role.description)
    role.max_session_duration = parameters.get("MaxSessionDuration", role.max_session_duration)
    return {}


@answers("iam", "UpdateRoleDescription")
def update_role_description(asked: Asked) -> Any:
    role = store.modifiable_role(asked)
    role.description = asked.parameters["Description"]
    return {"Role": views.role_in_short(role)}


@answers("iam", "UpdateAssumeRolePolicy")
def update_assume_role_policy(asked: Asked) -> None:
    role = store.modifiable_role(asked)
    role.assume_role_policy_document = asked.parameters["PolicyDocument"]


@answers("iam", "PutRolePermissionsBoundary")
def put_role_permissions_boundary(asked: Asked) -> None:
    store.modifiable_role(asked).permissions_boundary_arn = boundary_to_set(asked)


@answers("iam", "DeleteRolePermissionsBoundary")
def delete_role_permissions_boundary(asked: Asked) -> None:
    role = store.modifiable_role(asked)
    if not role.permissions_boundary_arn:
        raise store.no_such_entity(
            f"Role with name {role.name} does not have a permissions boundary."
        )
    role.permissions_boundary_arn = None


@answers("iam", "DeleteRole")
def delete_role(asked: Asked) -> None:
    role = store.modifiable_role(asked)
    for there, message in (
        (profiles_of(asked, role), "must remove roles from instance profile first."),
        (role.managed_policies, "must detach all policies first."),
        (role.policies, "must delete policies first."),
    ):
        if there:
            raise store.delete_conflict(f"Cannot delete entity, {message}")
    forget_role(asked, role)


def forget_role(asked: Asked, role: Any) -> None:
    """Take a role out of the account, and its name out of the policies that trust it."""
    principals.rename(asked.world.accounts, role.arn, role.id)
    del asked.iam.roles[role.id]
