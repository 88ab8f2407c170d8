"""Instance profiles, which hand a role to EC2 instances.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html
"""

from __future__ import annotations

from typing import Any

from helpers.lab.services import iam_store as store
from helpers.lab.services import iam_tags
from helpers.lab.services import iam_views as views
from helpers.lab.services.iam_quotas import room_for_one
from helpers.lab.services.registry import Asked, answers


def profiles_of(asked: Asked, role: Any) -> list[Any]:
    """moto's instance profiles that a role is in."""
    profiles = asked.iam.instance_profiles.values()
    return [profile for profile in profiles if any(it is role for it in profile.roles)]


@answers("iam", "CreateInstanceProfile")
def create_instance_profile(asked: Asked) -> Any:
    name = asked.parameters["InstanceProfileName"]
    if store.taken(name, asked.iam.instance_profiles):
        raise store.already_exists(f"Instance Profile {name} already exists.")
    room_for_one("InstanceProfilesQuota", asked.iam.instance_profiles)
    profile = asked.iam.create_instance_profile(
        name,
        asked.parameters.get("Path") or "/",
        role_names=[],
        tags=iam_tags.checked(asked.parameters.get("Tags")),
    )
    profile.id = asked.account.new_key_id("AIPA")
    return {"InstanceProfile": views.instance_profile_in_full(profile)}


@answers("iam", "GetInstanceProfile")
def get_instance_profile(asked: Asked) -> Any:
    return {"InstanceProfile": views.instance_profile_in_full(store.instance_profile(asked))}


@answers("iam", "ListInstanceProfiles")
def list_instance_profiles(asked: Asked) -> Any:
    there = asked.iam.instance_profiles.values()
    profiles, more = store.page(asked, store.by_name(there, asked.parameters.get("PathPrefix")))
    listed = [views.instance_profile_in_short(profile) for profile in profiles]
    return {"InstanceProfiles": listed, **more}


@answers("iam", "ListInstanceProfilesForRole")
def list_instance_profiles_for_role(asked: Asked) -> Any:
    there = store.by_name(profiles_of(asked, store.role(asked)))
    profiles, more = store.page(asked, there)
    listed = [views.instance_profile_in_short(profile) for profile in profiles]
    return {"InstanceProfiles": listed, **more}


@answers("iam", "DeleteInstanceProfile")
def delete_instance_profile(asked: Asked) -> None:
    profile = store.instance_profile(asked)
    if profile.roles:
        raise store.delete_conflict(
            "Cannot delete entity, must remove roles from instance profile first."
        )
    del asked.iam.instance_profiles[profile.name]


@answers("iam", "AddRoleToInstanceProfile")
def add_role_to_instance_profile(asked: Asked) -> None:
    profile, role = store.instance_profile(asked), store.modifiable_role(asked)
    if profile.roles:
        raise store.limit_exceeded("InstanceSessionsPerInstanceProfile", 1)
    profile.roles.append(role)


@answers("iam", "RemoveRoleFromInstanceProfile")
def remove_role_from_instance_profile(asked: Asked) -> None:
    profile, role = store.instance_profile(asked), store.modifiable_role(asked)
    if role not in profile.roles:
        raise store.no_such_entity(f"The role with name {role.name} cannot be found.")
    profile.roles.remove(role)
