"""IAM users: created, renamed with all that they have, deleted when nothing hangs on them.

AWS pages: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users_manage.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from helpers.lab import principals, seam
from helpers.lab.services import iam_store as store
from helpers.lab.services import iam_tags
from helpers.lab.services import iam_views as views
from helpers.lab.services.iam_quotas import room_for_one
from helpers.lab.services.iam_service_credentials import credentials_of
from helpers.lab.services.registry import Asked, answers


def boundary_to_set(asked: Asked) -> str | None:
    """The ARN of the policy that the call sets as a permissions boundary.

    Raises NoSuchEntity for one that there is not.
    """
    arn = asked.parameters.get("PermissionsBoundary")
    if arn and seam.policy(arn, asked.account.id) is None:
        raise store.no_such_entity(f"Scope ARN: {arn} does not exist or is not attachable.")
    return arn


def _new_name_is_free(asked: Asked, name: str, except_for: Any = None) -> None:
    others = [user.name for user in asked.iam.users.values() if user is not except_for]
    if store.taken(name, others):
        raise store.already_exists(f"User with name {name} already exists.")


@answers("iam", "CreateUser")
def create_user(asked: Asked) -> Any:
    parameters = asked.parameters
    _new_name_is_free(asked, parameters["UserName"])
    room_for_one("UsersQuota", asked.iam.users)
    boundary, tags = boundary_to_set(asked), iam_tags.checked(parameters.get("Tags"))
    user = asked.iam.create_user(
        region_name=seam.REGION,
        user_name=parameters["UserName"],
        path=parameters.get("Path") or "/",
        tags=tags,
    )
    user.id = asked.account.new_key_id("AIDA")
    user.permissions_boundary_arn = boundary
    return {"User": views.user_in_full(user)}


@answers("iam", "GetUser")
def get_user(asked: Asked) -> Any:
    user = store.user_or_root(asked)
    if user is not None:
        return {"User": views.user_in_full(user)}
    root = asked.account.root
    return {
        "User": {
            "UserId": root.account_id,
            "Arn": root.arn,
            "CreateDate": root.created_at,
            "PasswordLastUsed": root.password_last_used,
        }
    }


@answers("iam", "ListUsers")
def list_users(asked: Asked) -> Any:
    there = store.by_name(asked.iam.users.values(), asked.parameters.get("PathPrefix"))
    users, more = store.page(asked, there)
    return {"Users": [views.user_in_short(user) for user in users], **more}


@answers("iam", "UpdateUser")
def update_user(asked: Asked) -> None:
    """Another name or path, and with it another ARN; the id and all else stay the user's."""
    user, iam = store.user(asked), asked.iam
    name = asked.parameters.get("NewUserName") or user.name
    _new_name_is_free(asked, name, except_for=user)
    old_arn, tags = user.arn, seam.tag_list(user)
    iam.tagger.delete_all_tags_for_resource(old_arn)
    del iam.users[user.name]
    user.name, user.path = name, asked.parameters.get("NewPath") or user.path
    iam.users[name] = user
    iam_tags.set_user_tags(asked, user, tags)
    for key in (*user.access_keys, *user.ssh_public_keys):
        key.user_name = name
    for serial in user.mfa_devices:
        if (device := iam.virtual_mfa_devices.get(serial)) is not None:
            device.user_attribute = views.user_in_short(user)
    _follow(asked, user, old_arn)
    principals.rename(asked.world.accounts, old_arn, user.arn)


def _follow(asked: Asked, user: Any, old_arn: str) -> None:
    """Let sessions that the user has begun be the user's under the new name too."""
    sessions = asked.account.sessions
    for key_id, session in sessions.items():
        if session.identity_arn == old_arn and user.id in (session.user_id, session.issuer_id):
            own = session.principal_arn == old_arn
            sessions[key_id] = replace(
                session,
                identity_arn=user.arn,
                principal_arn=user.arn if own else session.principal_arn,
            )


@answers("iam", "DeleteUser")
def delete_user(asked: Asked) -> None:
    user, iam = store.user(asked), asked.iam
    groups = any(user is member for group in iam.groups.values() for member in group.users)
    for there, message in (
        (user.managed_policies, "Cannot delete entity, must detach all policies first."),
        (user.policies, "Cannot delete entity, must delete policies first."),
        (user.access_keys, "Cannot delete entity, must delete access keys first."),
        (user.password is not None, "Cannot delete entity, must delete login profile first."),
        (user.mfa_devices, "Cannot delete entity, must delete MFA device first."),
        (groups, "Cannot delete entity, must remove users from group first."),
        (user.signing_certificates, _REFERENCED),
        (user.ssh_public_keys, _REFERENCED),
        (credentials_of(asked.account, user), _REFERENCED),
    ):
        if there:
            raise store.delete_conflict(message)
    principals.rename(asked.world.accounts, user.arn, user.id)
    iam.tagger.delete_all_tags_for_resource(user.arn)
    del iam.users[user.name]


_REFERENCED = "Cannot delete entity, must remove referenced objects first."


# Boundaries -------------------------------------------------------------------------------------


@answers("iam", "PutUserPermissionsBoundary")
def put_user_permissions_boundary(asked: Asked) -> None:
    store.user(asked).permissions_boundary_arn = boundary_to_set(asked)


@answers("iam", "DeleteUserPermissionsBoundary")
def delete_user_permissions_boundary(asked: Asked) -> None:
    user = store.user(asked)
    if getattr(user, "permissions_boundary_arn", None) is None:
        raise store.no_such_entity(
            f"User with name {user.name} does not have a permissions boundary."
        )
    user.permissions_boundary_arn = None
