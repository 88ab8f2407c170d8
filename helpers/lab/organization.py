"""An organization: accounts in a tree of organizational units, and the policies along it.

Kept apart from the operations that change it (``services/organizations_*``), because every
authorized call of a member account asks it for the policies that limit the call.

AWS pages: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_introduction.html,
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html,
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_arn-formats.html
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from random import Random

SCP = "SERVICE_CONTROL_POLICY"
RCP = "RESOURCE_CONTROL_POLICY"

ACCOUNTS = 10
"""How many accounts an organization may have, its management account included."""

IAM = "iam.amazonaws.com"
"""The service principal of IAM, which rules the root users of member accounts centrally."""

Levels = tuple[tuple[tuple[str, str], ...], ...]
"""Policies as (ARN, document), level by level: the root, its units downward, the account."""


class RootFeature(StrEnum):
    """What IAM may centrally do about the root users of member accounts."""

    CREDENTIALS = "RootCredentialsManagement"
    SESSIONS = "RootSessions"


@dataclass
class Unit:
    """The root of an organization, or an organizational unit in it."""

    id: str
    arn: str
    name: str
    parent_id: str | None
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def is_root(self) -> bool:
        """Whether this is where the tree begins."""
        return self.parent_id is None


@dataclass
class Member:
    """An account as its organization sees it; the management account is one of them."""

    id: str
    arn: str
    name: str
    email: str
    joined_method: str
    joined_at: datetime
    parent_id: str
    state: str = "ACTIVE"
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class OrganizationPolicy:
    """A policy that an organization keeps, attached or not."""

    id: str
    arn: str
    name: str
    description: str
    type: str
    content: str
    aws_managed: bool = False
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class AccountRequest:
    """A request to create an account, and what became of it."""

    id: str
    name: str
    requested_at: datetime
    account_id: str | None = None
    failure: str | None = None


@dataclass
class Handshake:
    """An invitation of an account into the organization."""

    id: str
    arn: str
    target: dict[str, str]
    account_id: str | None
    """The account that is invited; ``None`` where nobody has it."""
    notes: str
    requested_at: datetime
    expires_at: datetime
    state: str = "REQUESTED"

    def state_at(self, now: datetime) -> str:
        """The state, which is EXPIRED where nobody answered in time."""
        if self.state == "REQUESTED" and now >= self.expires_at:
            return "EXPIRED"
        return self.state


@dataclass
class ResourcePolicy:
    """The organization's own policy: what member accounts may do in it."""

    id: str
    arn: str
    content: str
    tags: dict[str, str] = field(default_factory=dict)


_FULL_ACCESS = {
    SCP: (
        "FullAWSAccess",
        "Allows access to every operation",
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    ),
    RCP: (
        "RCPFullAWSAccess",
        "Allows access to every resource",
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*",'
        '"Resource":"*"}]}',
    ),
}


def _full_access(type_: str) -> OrganizationPolicy:
    name, description, content = _FULL_ACCESS[type_]
    return OrganizationPolicy(
        id=f"p-{name}",
        arn=f"arn:aws:organizations::aws:policy/{type_.lower()}/p-{name}",
        name=name,
        description=description,
        type=type_,
        content=content,
        aws_managed=True,
    )


@dataclass
class Organization:
    """One organization with all that Organizations keeps of it."""

    id: str
    management_id: str
    feature_set: str
    random: Random
    root_id: str
    units: dict[str, Unit] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    policies: dict[str, OrganizationPolicy] = field(default_factory=dict)
    enabled_types: list[str] = field(default_factory=list)
    attached: dict[str, list[str]] = field(default_factory=dict)
    """Id of a root, unit or account → ids of the policies attached to it."""
    trusted_services: dict[str, datetime] = field(default_factory=dict)
    """Service principal → when trusted access was enabled."""
    delegated: dict[str, dict[str, datetime]] = field(default_factory=dict)
    """Account → the services that it administers for the organization, and since when."""
    root_features: set[RootFeature] = field(default_factory=set)
    requests: dict[str, AccountRequest] = field(default_factory=dict)
    handshakes: dict[str, Handshake] = field(default_factory=dict)
    resource_policy: ResourcePolicy | None = None

    @classmethod
    def found(cls, management_id: str, feature_set: str, random: Random) -> Organization:
        """A new organization with nothing but its root; the management account joins next."""
        own = Random(random.getrandbits(64))
        organization = cls(
            id=f"o-{_letters(own, 10)}",
            management_id=management_id,
            feature_set=feature_set,
            random=own,
            root_id=f"r-{_letters(own, 4)}",
        )
        root_arn = organization.arn_of("root", organization.root_id)
        organization.units[organization.root_id] = Unit(
            organization.root_id, root_arn, "Root", None
        )
        organization.attached[organization.root_id] = []
        for type_ in _FULL_ACCESS:
            policy = _full_access(type_)
            organization.policies[policy.id] = policy
        return organization

    # Names --------------------------------------------------------------------------------------

    @property
    def arn(self) -> str:
        """The organization's ARN."""
        return f"arn:aws:organizations::{self.management_id}:organization/{self.id}"

    def arn_of(self, kind: str, identifier: str) -> str:
        """The ARN of something of the organization's: root, ou, account, policy, handshake."""
        return f"arn:aws:organizations::{self.management_id}:{kind}/{self.id}/{identifier}"

    def named(self, identifier: str) -> Unit | Member | OrganizationPolicy | Handshake | None:
        """What has that id: the root, a unit, an account, a policy or an invitation."""
        for things in (self.units, self.members, self.policies, self.handshakes):
            if (found := things.get(identifier)) is not None:
                return found
        return None

    def new_id(self, prefix: str, length: int = 8) -> str:
        """A new id: the prefix and lower-case letters or digits."""
        return f"{prefix}-{_letters(self.random, length)}"

    # The tree -----------------------------------------------------------------------------------

    def add_unit(self, parent_id: str, name: str, tags: dict[str, str]) -> Unit:
        """A new organizational unit below a root or unit."""
        identifier = self.new_id(f"ou-{self.root_id.removeprefix('r-')}")
        unit = Unit(identifier, self.arn_of("ou", identifier), name, parent_id, tags)
        self.units[identifier] = unit
        self._attach_full_access(identifier)
        return unit

    def join(self, account_id: str, name: str, email: str, method: str, now: datetime) -> Member:
        """Take an account in, directly below the root, as on AWS."""
        member = Member(
            account_id,
            self.arn_of("account", account_id),
            name,
            email,
            method,
            now,
            self.root_id,
        )
        self.members[account_id] = member
        self._attach_full_access(account_id)
        return member

    def is_full(self, now: datetime) -> bool:
        """Whether no further account may be created or invited; open invitations count."""
        invited = sum(h.state_at(now) == "REQUESTED" for h in self.handshakes.values())
        return len(self.members) + invited >= ACCOUNTS

    def remove(self, account_id: str) -> None:
        """Let an account go, and all that was attached to it."""
        del self.members[account_id]
        self.attached.pop(account_id, None)
        self.delegated.pop(account_id, None)

    def remove_unit(self, unit_id: str) -> None:
        """Take an empty unit out of the tree."""
        del self.units[unit_id]
        self.attached.pop(unit_id, None)

    def parent_of(self, identifier: str) -> str | None:
        """The parent of a unit or account; ``None`` of the root and of what there is not."""
        if (member := self.members.get(identifier)) is not None:
            return member.parent_id
        unit = self.units.get(identifier)
        return unit.parent_id if unit is not None else None

    def chain(self, identifier: str) -> list[str]:
        """The way from the root down to a unit or account, both included."""
        way = [identifier]
        while (parent := self.parent_of(way[-1])) is not None:
            way.append(parent)
        return way[::-1]

    def path_of(self, account_id: str) -> str:
        """An account's place as the condition key aws:PrincipalOrgPaths writes it."""
        units = self.chain(account_id)[:-1]
        return f"{self.id}/{'/'.join(units)}/"

    # Root users -----------------------------------------------------------------------------------

    def rules_root_users(self, account_id: str) -> bool:
        """Whether an account rules the members' root users: the management account, or the one
        that it made IAM's delegated administrator."""
        return account_id == self.management_id or IAM in self.delegated.get(account_id, ())

    # The policies -------------------------------------------------------------------------------

    def enable(self, type_: str) -> None:
        """Put a type of policy in force: full access everywhere, to begin with."""
        self.enabled_types.append(type_)
        for target in (*self.units, *self.members):
            self.attached.setdefault(target, []).append(_FULL_ACCESS_ID[type_])

    def disable(self, type_: str) -> None:
        """Put a type of policy out of force; all its policies are detached by that."""
        self.enabled_types.remove(type_)
        for target, ids in self.attached.items():
            self.attached[target] = [i for i in ids if self.policies[i].type != type_]

    def attached_to(self, target: str, type_: str) -> list[OrganizationPolicy]:
        """The policies of a type that are attached to a root, unit or account itself."""
        found = (self.policies[i] for i in self.attached.get(target, ()))
        return [policy for policy in found if policy.type == type_]

    def targets_of(self, policy_id: str) -> Iterator[str]:
        """What a policy is attached to."""
        return (target for target, ids in self.attached.items() if policy_id in ids)

    def levels(self, account_id: str, type_: str) -> Levels:
        """The policies of a type that limit an account, from the root down to it.

        None limit the management account, and none of a type that is not enabled does.
        """
        if (
            account_id == self.management_id
            or account_id not in self.members
            or type_ not in self.enabled_types
        ):
            return ()
        return tuple(
            tuple((p.arn, p.content) for p in self.attached_to(target, type_))
            for target in self.chain(account_id)
        )

    def _attach_full_access(self, target: str) -> None:
        self.attached[target] = [_FULL_ACCESS_ID[type_] for type_ in self.enabled_types]


_FULL_ACCESS_ID = {type_: f"p-{name}" for type_, (name, *_) in _FULL_ACCESS.items()}


def _letters(random: Random, length: int) -> str:
    return "".join(random.choices(string.ascii_lowercase + string.digits, k=length))
