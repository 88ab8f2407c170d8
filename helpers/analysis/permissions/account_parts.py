"""The users, groups, roles and policies of an account, put together for looking at them as a whole.

AWS: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from helpers.analysis.permissions.entities import (
    UNKNOWN,
    Attached,
    Entity,
    account_of,
    document_text,
    entities,
    policies_of_group,
    short,
)
from helpers.analysis.sources.authorization_details import Details
from helpers.policy import Policy, PolicyError, PolicyType, parse_policy
from helpers.policy.principals import read_principal


@dataclass(frozen=True, slots=True)
class Member:
    """A user or role with what the authorization details say beside its policies."""

    entity: Entity
    groups: tuple[str, ...] = ()
    trust: str = UNKNOWN
    """A role's trust policy as text; ``UNKNOWN`` where the details have none."""
    unique_id: str = ""
    has_profile: bool = False
    """Whether a role is in an instance profile."""

    @property
    def arn(self) -> str:
        return self.entity.arn

    @property
    def kind(self) -> str:
        """``user`` or ``role``."""
        return self.entity.kind

    @property
    def name(self) -> str:
        return self.entity.name


@dataclass(frozen=True, slots=True)
class Group:
    """A group of users."""

    name: str
    arn: str
    policies: tuple[Attached, ...]
    members: tuple[str, ...]
    """The ARNs of its users."""


@dataclass(frozen=True, slots=True)
class Managed:
    """A managed policy."""

    arn: str
    document: str
    """The version in force, as text."""
    others: Mapping[str, str]
    """The other versions by their ids."""

    @property
    def is_of_aws(self) -> bool:
        """Whether AWS made it, so that no account can edit it."""
        return self.arn.split(":")[4:5] == ["aws"]


@dataclass(frozen=True)
class AccountParts:
    """An account as its authorization details tell of it.

    ``unread`` says what of it cannot be read, or is missing: a sentence each.
    """

    account: str
    members: Mapping[str, Member]
    """By ARN, users first."""
    groups: Mapping[str, Group]
    """By name."""
    managed: Mapping[str, Managed]
    """By ARN."""
    unread: tuple[str, ...] = ()

    @property
    def partition(self) -> str:
        """The part of AWS that the account is in: ``aws``, ``aws-us-gov``, ``aws-cn``.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html"""
        return next(iter(self.members), "arn:aws:").split(":")[1]

    @property
    def root(self) -> str:
        """The root user's ARN; empty where the account is not known."""
        return f"arn:{self.partition}:iam::{self.account}:root" if self.account else ""

    def of_aws(self, policy: str) -> str:
        """The ARN that a managed policy of AWS has in the account's partition."""
        return policy.replace("arn:aws:", f"arn:{self.partition}:", 1)


def account_parts(details: Details, account: str = "") -> AccountParts:
    """The parts of an account from its details, as
    :func:`helpers.analysis.sources.authorization_details.well_formed` gives them.

    ``account`` is the account's number; empty: that of the first user or role.

    >>> from helpers.analysis.sources.authorization_details import well_formed
    >>> parts = account_parts(well_formed({"UserDetailList": [{"UserName": "ann",
    ...     "Arn": "arn:aws:iam::111122223333:user/ann", "GroupList": ["admins"]}]}))
    >>> parts.account, list(parts.members), parts.unread
    ('111122223333', ['arn:aws:iam::111122223333:user/ann'], ('group admins of user/ann is not \
among the groups: what it grants is not known',))
    """
    mapping = details.mapping
    entries = {
        entry["Arn"]: entry
        for name in ("UserDetailList", "RoleDetailList")
        for entry in mapping[name]
    }
    everybody = [_member(entity, entries[entity.arn]) for entity in entities(mapping)]
    number = account or next(filter(None, (account_of(one.arn) for one in everybody)), "")
    members = {one.arn: one for one in everybody if _is_of(one, number)}
    by_arn = {entry["Arn"]: entry for entry in mapping["Policies"]}
    managed = {arn: _managed(entry) for arn, entry in by_arn.items()}
    groups = {}
    for entry in mapping["GroupDetailList"]:
        name = entry["GroupName"]
        arn = entry.get("Arn")
        groups[name] = Group(
            name,
            arn if isinstance(arn, str) else f"arn:aws:iam::{number}:group/{name}",
            policies_of_group(entry, by_arn),
            tuple(arn for arn, member in members.items() if name in member.groups),
        )
    unread = [f"{each.file}: {each.reason}" for each in details.skipped]
    unread += [
        f"{one.arn} is no {one.kind} of account {number}: not looked at"
        for one in everybody
        if one.arn not in members
    ]
    unread += _unread(members.values(), groups, managed)
    return AccountParts(number, members, groups, managed, tuple(dict.fromkeys(unread)))


def _is_of(member: Member, account: str) -> bool:
    """Whether the ARN is that of a user or role of the account, and its sessions have one."""
    found = read_principal(member.arn, {})
    session = read_principal(session_arn(member, "session"), {})
    return (
        found is not None
        and found.account == account
        and session is not None
        and f":{member.kind}/" in member.arn
    )


def session_arn(member: Member, session: str) -> str:
    """Whom a request names: a user itself, a session of a role."""
    if member.kind == "user":
        return member.arn
    begin = member.arn.partition(":role/")[0].replace(":iam:", ":sts:")
    return f"{begin}:assumed-role/{member.name}/{session}"


def _member(entity: Entity, entry: Mapping[str, Any]) -> Member:
    role = entity.kind == "role"
    trust = entry.get("AssumeRolePolicyDocument") if role else None
    unique = entry.get("RoleId" if role else "UserId")
    profiles = entry.get("InstanceProfileList")
    return Member(
        entity,
        tuple(entry.get("GroupList") or ()),
        UNKNOWN if trust is None else document_text(trust),
        unique if isinstance(unique, str) else "",
        isinstance(profiles, list | tuple) and bool(profiles),
    )


def _managed(entry: Mapping[str, Any]) -> Managed:
    wanted = entry.get("DefaultVersionId")
    in_force, others = UNKNOWN, {}
    for version in entry.get("PolicyVersionList") or ():
        text = document_text(version["Document"])
        if version.get("IsDefaultVersion") or version.get("VersionId") == wanted:
            in_force = text
        else:
            others[str(version.get("VersionId") or "?")] = text
    return Managed(entry["Arn"], in_force, others)


# -- what cannot be read --------------------------------------------------------------------------


def _unread(
    members: Iterable[Member], groups: Mapping[str, Group], managed: Mapping[str, Managed]
) -> Iterator[str]:
    members = list(members)
    unique_ids = {member.unique_id for member in members}
    for member in members:
        name = short(member.arn)
        for group in member.groups:
            if group not in groups:
                yield (
                    f"group {group} of {name} is not among the groups: what it grants is not known"
                )
        for policy in member.entity.policies:
            if policy.group is None:
                yield from _of_document(policy.id, policy.document, name)
        if member.entity.boundary is not None:
            boundary = member.entity.boundary
            document = boundary.document if boundary.id in managed else UNKNOWN
            effect = "as a boundary it lets nothing through"
            yield from _of_document(boundary.id, document, name, effect=effect)
        if member.kind == "role":
            effect = "nobody is let in by it"
            yield from _of_document(
                "its trust policy", member.trust, name, PolicyType.TRUST, effect, unique_ids
            )
    for group in groups.values():
        for policy in group.policies:
            yield from _of_document(policy.id, policy.document, f"group {group.name}")


def _of_document(
    id_: str,
    document: str,
    holder: str,
    type_: PolicyType = PolicyType.IDENTITY,
    effect: str = "it counts as granting nothing",
    unique_ids: Container[str] = (),
) -> Iterator[str]:
    if document == UNKNOWN:
        yield f"{id_} of {holder} is not among the details: {effect}"
    elif (found := parsed(document, type_)) is None:
        yield f"{id_} of {holder} is no valid policy: {effect}"
    elif type_ is PolicyType.TRUST:
        for statement in found.statements:
            names = statement.principals.names if statement.principals is not None else ()
            for gone in names:
                if gone.startswith(("AIDA", "AROA")):
                    if gone not in unique_ids:
                        yield f"{id_} of {holder} names {gone}, whose user or role is deleted"
                elif gone != "*" and read_principal(gone, {}) is None:
                    yield f"{id_} of {holder} names {gone}, which is no principal that is known"


@lru_cache(maxsize=4096)
def parsed(document: str, type_: PolicyType = PolicyType.IDENTITY) -> Policy | None:
    """A policy document, read; ``None`` where it is none."""
    try:
        return parse_policy(document, type_)
    except PolicyError:
        return None


def policy_name(policy: Attached) -> str:
    """What people call a policy: its name, and the group that it comes through.

    >>> policy_name(Attached("arn:aws:iam::aws:policy/job-function/Billing", "", "accounting"))
    'Billing of the group accounting'
    """
    name = policy.id.rpartition("/")[2] if policy.is_managed else policy.id
    return f"{name} of the group {policy.group}" if policy.group else name


def laid_out(document: str, indent: int | None = 2) -> str:
    """A document as JSON, indented or (``None``) in one line; as it stands where it is none.

    >>> laid_out('{"Version": "2012-10-17"}'), laid_out('{ "Version" :"2012-10-17"}', None)
    ('{\\n  "Version": "2012-10-17"\\n}', '{"Version": "2012-10-17"}')
    """
    try:
        return json.dumps(json.loads(document), indent=indent, ensure_ascii=False)
    except (ValueError, RecursionError):
        return document
