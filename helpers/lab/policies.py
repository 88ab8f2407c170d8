"""All policies that have a say in a caller's requests, out of the account's stores."""

from __future__ import annotations

import functools
from typing import Any

from helpers.lab import passwords, seam
from helpers.lab.account import PrincipalType
from helpers.lab.authorization import Requirement
from helpers.lab.authorization.requirement import Named
from helpers.lab.authorization.sts import NEED_NO_ALLOW
from helpers.lab.callers import Principal
from helpers.lab.organization import RCP, SCP, Levels
from helpers.lab.world import World
from helpers.policy import Policies

# What AWS itself allows without any policy of the account's.
BUILT_IN: Named = (
    "permission that AWS gives to everybody",
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": '
    + str(sorted(NEED_NO_ALLOW)).replace("'", '"')
    + ', "Resource": "*"}}',
)


# What an account gives every IAM user whose password policy lets users change their own.
CHANGE_OWN_PASSWORD: Named = (
    "password policy of the account",
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:ChangePassword", '
    '"Resource": "*"}}',
)

# For a boundary whose policy is gone, or a federated user without a session policy. An empty
# list of statements would say the same, but is no valid policy.
ALLOWS_NOTHING = (
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "NotAction": "*", "Resource": "*"}}'
)

# What a federated user of the root user may do, as far as the session policy lets it.
AS_ROOT: Named = (
    "root user",
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}',
)


def policies_for(principal: Principal, requirement: Requirement, world: World) -> Policies:
    """What decides a requirement of a caller, compiled; the same policies compile once."""
    entity = _entity(principal)
    identity: tuple[Named, ...] = ()
    boundary: Named | None = None
    if entity is not None:
        identity = tuple(identity_policies(entity))
        boundary = boundary_of(entity)
    elif _is_federated_root(principal):
        identity = (AS_ROOT,)
    if requirement.action in NEED_NO_ALLOW:
        identity = (*identity, BUILT_IN)
    if _changes_own_password(principal, requirement, world):
        identity = (*identity, CHANGE_OWN_PASSWORD)
    session = principal.session.policies if principal.session is not None else None
    service_control = organization_levels(principal.account_id, SCP, world)
    owner = requirement.resource_account or principal.account_id
    resource_control = organization_levels(owner, RCP, world)
    return _compiled(
        identity,
        boundary,
        session,
        requirement.resource_policy,
        service_control,
        resource_control,
    )


def organization_levels(account_id: str | None, type_: str, world: World) -> Levels:
    """The policies of an organization that limit an account: SCPs what its principals may do,
    RCPs what may be done to its resources."""
    organization = world.organization_of(account_id)
    return organization.levels(account_id, type_) if organization is not None else ()


@functools.lru_cache(maxsize=512)
def _compiled(
    identity: tuple[Named, ...],
    boundary: Named | None,
    session: tuple[Named, ...] | None,
    resource: Named | tuple[Named, ...] | None,
    service_control: Levels,
    resource_control: Levels,
) -> Policies:
    return Policies(
        identity=list(identity),
        permissions_boundary=boundary,
        session=None if session is None else list(session),
        resource=list(resource) if resource and isinstance(resource[0], tuple) else resource,
        service_control=[list(level) for level in service_control],
        resource_control=[list(level) for level in resource_control],
    )


def _changes_own_password(principal: Principal, requirement: Requirement, world: World) -> bool:
    """Whether this is a user's change of the own password in an account that lets users."""
    if requirement.action != "iam:ChangePassword" or principal.type is not PrincipalType.USER:
        return False
    account = world.accounts.get(principal.account_id or "")
    return account is not None and passwords.users_may_change(account)


def _is_federated_root(principal: Principal) -> bool:
    return (
        principal.type is PrincipalType.FEDERATED_USER
        and principal.identity_arn == f"arn:aws:iam::{principal.account_id}:root"
    )


def _entity(principal: Principal) -> Any | None:
    """moto's user or role behind a caller."""
    if principal.account_id is None or principal.is_root:
        return None
    if principal.type is PrincipalType.ROLE_SESSION:
        return seam.role(principal.identity_arn)
    return seam.iam_backend(principal.account_id).users.get(principal.name)


def identity_policies(entity: Any) -> list[Named]:
    """The inline and attached policies of a user or role, and those of the user's groups."""
    found = list(entity.policies.items())
    found += [
        (policy.arn, seam.default_document(policy)) for policy in entity.managed_policies.values()
    ]
    for group in seam.groups_of(entity):
        found += group.policies.items()
        found += [
            (policy.arn, seam.default_document(policy))
            for policy in group.managed_policies.values()
        ]
    return found


def boundary_of(entity: Any) -> Named | None:
    """The permissions boundary of a user or role."""
    arn = getattr(entity, "permissions_boundary_arn", None)
    if not arn:
        return None
    policy = seam.policy(arn, entity.account_id)
    # A boundary whose policy is gone allows nothing.
    return (
        arn,
        seam.default_document(policy) if policy else ALLOWS_NOTHING,
    )
