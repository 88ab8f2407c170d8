"""Roles that belong to a service: it names them, trusts itself in them, and brings its policy.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
"""

from __future__ import annotations

from typing import Any

from helpers.lab import seam
from helpers.lab.services import iam_store as store
from helpers.lab.services import iam_views as views
from helpers.lab.services.iam_roles import forget_role
from helpers.lab.services.registry import Asked, answers

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
    forget_role(asked, role)
    return {"DeletionTaskId": task}


@answers("iam", "GetServiceLinkedRoleDeletionStatus")
def get_service_linked_role_deletion_status(asked: Asked) -> Any:
    task = asked.parameters["DeletionTaskId"]
    if task not in _deletions(asked):
        raise store.no_such_entity(f"Deletion Task Id {task} not found.")
    return {"Status": "SUCCEEDED"}


def _deletions(asked: Asked) -> set[str]:
    return asked.account.own.setdefault("iam.deletions", set())
