"""Groups and who is in them.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_groups_manage.html
"""

from __future__ import annotations

from typing import Any

from helpers.lab.services import iam_store as store
from helpers.lab.services import iam_views as views
from helpers.lab.services.iam_quotas import room_for_one
from helpers.lab.services.registry import Asked, answers


def _new_name_is_free(asked: Asked, name: str, except_for: Any = None) -> None:
    others = [group.name for group in asked.iam.groups.values() if group is not except_for]
    if store.taken(name, others):
        raise store.already_exists(f"Group with name {name} already exists.")


def groups_of(asked: Asked, user: Any) -> list[Any]:
    """moto's groups that a user is in."""
    groups = asked.iam.groups.values()
    return [group for group in groups if any(member is user for member in group.users)]


@answers("iam", "CreateGroup")
def create_group(asked: Asked) -> Any:
    parameters = asked.parameters
    _new_name_is_free(asked, parameters["GroupName"])
    room_for_one("GroupsQuota", asked.iam.groups)
    group = asked.iam.create_group(parameters["GroupName"], parameters.get("Path") or "/")
    group.id = asked.account.new_key_id("AGPA")
    return {"Group": views.group_in_short(group)}


@answers("iam", "GetGroup")
def get_group(asked: Asked) -> Any:
    group = store.group(asked)
    users, more = store.page(asked, store.by_name(group.users))
    members = [views.user_in_short(user) for user in users]
    return {"Group": views.group_in_short(group), "Users": members, **more}


@answers("iam", "ListGroups")
def list_groups(asked: Asked) -> Any:
    there = store.by_name(asked.iam.groups.values(), asked.parameters.get("PathPrefix"))
    groups, more = store.page(asked, there)
    return {"Groups": [views.group_in_short(group) for group in groups], **more}


@answers("iam", "ListGroupsForUser")
def list_groups_for_user(asked: Asked) -> Any:
    there = store.by_name(groups_of(asked, store.user(asked)))
    groups, more = store.page(asked, there)
    return {"Groups": [views.group_in_short(group) for group in groups], **more}


@answers("iam", "UpdateGroup")
def update_group(asked: Asked) -> None:
    group = store.group(asked)
    name = asked.parameters.get("NewGroupName") or group.name
    _new_name_is_free(asked, name, except_for=group)
    del asked.iam.groups[group.name]
    group.name, group.path = name, asked.parameters.get("NewPath") or group.path
    asked.iam.groups[name] = group


@answers("iam", "DeleteGroup")
def delete_group(asked: Asked) -> None:
    group = store.group(asked)
    for there, message in (
        (group.users, "Cannot delete entity, must remove users from group first."),
        (group.managed_policies, "Cannot delete entity, must detach all policies first."),
        (group.policies, "Cannot delete entity, must delete policies first."),
    ):
        if there:
            raise store.delete_conflict(message)
    del asked.iam.groups[group.name]


@answers("iam", "AddUserToGroup")
def add_user_to_group(asked: Asked) -> None:
    """Somebody who is in the group already stays so, and that is no error."""
    group, user = store.group(asked), store.user(asked)
    if any(member is user for member in group.users):
        return
    room_for_one("GroupsPerUserQuota", groups_of(asked, user))
    group.users.append(user)


@answers("iam", "RemoveUserFromGroup")
def remove_user_from_group(asked: Asked) -> None:
    """Somebody who is not in the group is none afterwards either."""
    group, user = store.group(asked), store.user(asked)
    group.users[:] = [member for member in group.users if member is not user]
