"""The credentials that an EC2 instance gets from its instance profile.

On AWS the programs of a machine ask the instance metadata service for them. The lab's machines run
nothing, so somebody has to ask in their place.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from helpers.lab import ec2_store
from helpers.lab.account import Credential, PrincipalType
from helpers.lab.caller import Caller
from helpers.lab.services.sts import new_session
from helpers.policy import Policies, Request, evaluate

if TYPE_CHECKING:
    from helpers.lab.lab import Lab

EC2 = "ec2.amazonaws.com"
SECONDS = 21_600
"""How long a machine's credentials last: about six hours."""

RUNNING = "running"


class NoMachine(LookupError):
    """There is no such instance that runs."""


class NoRole(LookupError):
    """Why a machine that runs gets no credentials."""


def running(lab: Lab, name: str, region: str = "us-east-1") -> str | None:
    """The id of a running instance of the lab's account with this Name tag; ``None``: there is
    none."""
    store = ec2_store.store(lab.account.id, region)
    for machine in ec2_store.instances(store):
        tags = {tag["key"]: tag["value"] for tag in machine.get_tags()}
        if machine.state == RUNNING and tags.get("Name") == name:
            return str(machine.id)
    return None


def caller_of_machine(lab: Lab, instance_id: str, region: str = "us-east-1") -> Caller:
    """An instance of the lab's account, with the credentials of the role in its profile.

    Its calls come from its own address. Raises ``NoMachine`` where no such instance runs, and
    ``NoRole`` where it has no instance profile or one without a role, or the role does not trust
    EC2.

    >>> from helpers import Lab
    >>> caller_of_machine(Lab.start(), "i-0123456789abcdef0")
    Traceback (most recent call last):
    helpers.lab.machine_roles.NoMachine: no instance i-0123456789abcdef0 is running in us-east-1
    >>> Lab.stop()
    """
    role = _role(lab, instance_id, region)
    request = Request(
        "sts:AssumeRole",
        role.arn,
        EC2,
        context={"aws:SourceAccount": lab.account.id},
        resource_account=lab.account.id,
    )
    if not evaluate(request, Policies(resource=role.assume_role_policy_document)).allowed:
        raise NoRole(f"the role {role.name} does not trust {EC2}")
    session = new_session(
        lab.account,
        SECONDS,
        lab.clock.now,
        credential=Credential.ASSUMED_ROLE,
        principal_type=PrincipalType.ROLE_SESSION,
        principal_arn=f"arn:aws:sts::{lab.account.id}:assumed-role/{role.name}/{instance_id}",
        identity_arn=role.arn,
        user_id=f"{role.id}:{instance_id}",
    )
    caller = Caller(
        role.name,
        session.principal_arn,
        session.access_key_id,
        session.secret,
        session.token,
        session.expires_at,
    )
    return caller.at(address_of(lab, instance_id, region))


def address_of(lab: Lab, instance_id: str, region: str = "us-east-1") -> str:
    """The address that an instance's calls come from: its public one, else its private one.

    Raises ``NoMachine`` where no such instance runs.
    """
    machine = _machine(lab, instance_id, region)
    return str(machine.public_ip or machine.private_ip)


def _machine(lab: Lab, instance_id: str, region: str) -> Any:
    machine = ec2_store.find(ec2_store.store(lab.account.id, region), "instance", instance_id)
    if machine is None or machine.state != RUNNING:
        raise NoMachine(f"no instance {instance_id} is running in {region}")
    return machine


def _role(lab: Lab, instance_id: str, region: str) -> Any:
    machine = _machine(lab, instance_id, region)
    profile = machine.iam_instance_profile
    if not profile:
        raise NoRole(f"the instance {instance_id} has no instance profile")
    found = ec2_store.instance_profile(lab.account.id, profile)
    if found is None or not found.roles:
        raise NoRole(f"there is no role in the instance profile of {instance_id}")
    return found.roles[0]
