"""Roles and the instance profiles that hand them to EC2; roles that belong to a service.

AWS pages: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_manage.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
"""

from __future__ import annotations

from typing import Any

from helpers.lab import principals, seam
from helpers.lab.services import iam_store as store
from helpers.lab.services import iam_tags
from helpers.lab.services import iam_views as views
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
    _forget_role(asked, role)


def _forget_role(asked: Asked, role: Any) -> None:
    principals.rename(asked.world.accounts, role.arn, role.id)
    del asked.iam.roles[role.id]


# Instance profiles ------------------------------------------------------------------------------


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


# Roles that belong to a service -----------------------------------------------------------------


# Service → the end of its role's name, and AWS's policy that comes attached to it. For others
# moto makes a name out of the service's, and nothing is attached.
SERVICE_ROLES = {
    "access-analyzer": ("AccessAnalyzer", "AccessAnalyzerServiceRolePolicy"),
    "autoscaling": ("AutoScaling", "AutoScalingServiceRolePolicy"),
    "cloudtrail": ("CloudTrail", "CloudTrailServiceRolePolicy"),
    "config": ("Config", "AWSConfigServiceRolePolicy"),
    "ecs": ("ECS", "AmazonECSServiceRolePolicy"),
    "elasticloadbalancing": ("ElasticLoadBalancing", "AWSElasticLoadBalancingServiceRolePolicy"),
    "guardduty": ("AmazonGuardDuty", "AmazonGuardDutyServiceRolePolicy"),
    "organizations": ("Organizations", "AWSOrganizationsServiceTrustPolicy"),
    "rds": ("RDS", "AmazonRDSServiceRolePolicy"),
    "securityhub": ("SecurityHub", "AWSSecurityHubServiceRolePolicy"),
    "spot": ("EC2Spot", "AWSEC2SpotServiceRolePolicy"),
    "support": ("Support", "AWSSupportServiceRolePolicy"),
    "trustedadvisor": ("TrustedAdvisor", "AWSTrustedAdvisorServiceRolePolicy"),
}


def _name_is_taken(name: str) -> Exception:
    return store.invalid_input(
        f"Service role name {name} has been taken in this account, please try a different suffix."
    )


@answers("iam", "CreateServiceLinkedRole")
def create_service_linked_role(asked: Asked) -> Any:
    """The role that a service needs of the account; its name and trust policy are the service's."""
    service, suffix = asked.parameters["AWSServiceName"], asked.parameters.get("CustomSuffix")
    if not service.endswith(".amazonaws.com"):
        raise store.invalid_input(f"{service} is not a valid service principal.")
    ending, policy = SERVICE_ROLES.get(service.split(".")[0], (None, None))
    name = f"AWSServiceRoleFor{ending}" + (f"_{suffix}" if suffix else "")
    names = [role.name for role in asked.iam.roles.values()]
    if ending is not None and store.taken(name, names):
        raise _name_is_taken(name)
    try:
        made = asked.iam.create_service_linked_role(
            service, asked.parameters.get("Description"), suffix
        )
    except seam.ServiceException as error:  # moto's only one here: "Role with name … already …"
        raise _name_is_taken(str(error).split()[3]) from error
    made.name = name if ending is not None else made.name
    arn = f"arn:aws:iam::aws:policy{store.SERVICE_LINKED}{policy}"
    if policy is not None and (found := seam.policy(arn, asked.account.id)) is not None:
        found.attach_to(made)
    return {"Role": views.role_in_short(made)}


@answers("iam", "DeleteServiceLinkedRole")
def delete_service_linked_role(asked: Asked) -> Any:
    role = store.role(asked)
    if not role.path.startswith(store.SERVICE_LINKED):
        raise store.invalid_input(f"Role {role.name} is not a service-linked role.")
    service = role.path.strip("/").rsplit("/", 1)[-1]
    number = f"{asked.account.random.getrandbits(128):032x}"
    task = "-".join((number[:8], number[8:12], number[12:16], number[16:20], number[20:]))
    task = f"task/aws-service-role/{service}/{role.name}/{task}"
    _deletions(asked).add(task)
    _forget_role(asked, role)
    return {"DeletionTaskId": task}


@answers("iam", "GetServiceLinkedRoleDeletionStatus")
def get_service_linked_role_deletion_status(asked: Asked) -> Any:
    task = asked.parameters["DeletionTaskId"]
    if task not in _deletions(asked):
        raise store.no_such_entity(f"Deletion Task Id {task} not found.")
    return {"Status": "SUCCEEDED"}


def _deletions(asked: Asked) -> set[str]:
    return asked.account.own.setdefault("iam.deletions", set())
