"""The users and roles of an account and their policies, from its authorization details.

What is read is the answer of IAM's GetAccountAuthorizationDetails, as boto3 gives it or as the
AWS CLI writes it to a file, all pages in one.

AWS: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

from helpers.analysis.sources.authorization_details import well_formed
from helpers.analysis.trail.event_actions import Record
from helpers.analysis.trail.policy_changes import BOUNDARY, Change, Changes, change, latest, when
from helpers.analysis.trail.usage import event_time, moment
from helpers.policy import Permission, Policies, PolicyError, effective_permissions

SERVICE_LINKED_PATH = "/aws-service-role/"
UNKNOWN = ""
"""The document of a managed policy that is not among the details, as when these were filtered."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A policy that a user or role has.

    ``id`` is a managed policy's ARN, an inline policy's name. ``group`` is the group that it
    comes through. ``since`` is when the entity came to have it as it is now: the latest of all
    that is known (created, attached, put, version changed, joined the group, boundary changed).
    ``document`` is ``UNKNOWN`` where the details have the policy's name alone.
    """

    id: str
    document: str
    group: str | None = None
    since: datetime | None = None
    updated: datetime | None = None

    @property
    def is_managed(self) -> bool:
        """Whether it is a managed policy, and no inline one."""
        return self.id.startswith("arn:")

    @property
    def is_of_aws(self) -> bool:
        """Whether AWS made it, so that no account can edit it."""
        return self.is_managed and self.id.split(":")[4] == "aws"


@dataclass(frozen=True, slots=True)
class Entity:
    """A user or role: who it is and what it was given."""

    arn: str
    kind: str
    """``user`` or ``role``."""
    name: str
    path: str
    created: datetime | None
    policies: tuple[Attached, ...] = ()
    boundary: Attached | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_service_linked(self) -> bool:
        """Whether it is a role that an AWS service made for itself, and whose policy is its."""
        return self.kind == "role" and self.path.startswith(SERVICE_LINKED_PATH)


def entities(
    details: Mapping[str, Any], records: Iterable[Record] = (), changes: Changes | None = None
) -> list[Entity]:
    """The users and roles in authorization details, users first.

    Args:
        details: ``UserDetailList``, ``GroupDetailList``, ``RoleDetailList``, ``Policies``. What
            is broken in them is left out;
            :func:`helpers.analysis.sources.authorization_details.well_formed` tells it.
        records: CloudTrail records of IAM, which tell since when somebody has a policy.
        changes: The same, where the records were counted already (``Usage.changes``).

    >>> found = entities({"UserDetailList": [{
    ...     "Arn": "arn:aws:iam::111122223333:user/ann", "UserName": "ann", "Path": "/",
    ...     "UserPolicyList": [{"PolicyName": "Read", "PolicyDocument": {
    ...         "Version": "2012-10-17", "Statement": []}}]}]})
    >>> found[0].name, found[0].policies[0].id
    ('ann', 'Read')
    """
    details = well_formed(details).mapping
    of_records = ({what: at} for what, at in map(_change, records) if what and at)
    changes = latest([*of_records, changes or {}])
    managed = {policy["Arn"]: policy for policy in details["Policies"]}
    groups = {group["GroupName"]: group for group in details["GroupDetailList"]}
    found = []
    for kind, title in (("user", "User"), ("role", "Role")):
        for entry in details[f"{title}DetailList"]:
            name, account = entry[f"{title}Name"], account_of(entry["Arn"])
            bounded = when(changes, account, kind, name, BOUNDARY)
            created = _latest(moment(entry.get("CreateDate")), bounded)
            given = _Given(account, managed, changes)
            policies = list(given.of(kind, title, entry, name, created))
            for group in entry.get("GroupList") or ():
                joined = _latest(created, when(changes, account, "member", group, name))
                if group in groups:
                    policies += given.of("group", "Group", groups[group], group, joined)
            found.append(
                Entity(
                    entry["Arn"],
                    kind,
                    name,
                    entry.get("Path") or "/",
                    moment(entry.get("CreateDate")),
                    tuple(policies),
                    given.boundary(entry, created),
                    {tag["Key"]: tag.get("Value", "") for tag in entry.get("Tags") or ()},
                )
            )
    return found


def _change(record: Record) -> tuple[Change | None, datetime | None]:
    return change(record), event_time(record)


def account_of(arn: str) -> str:
    """The account of an ARN; empty: it names none.

    >>> account_of("arn:aws:iam::111122223333:user/ann")
    '111122223333'
    """
    parts = arn.split(":", 5)
    return parts[4] if len(parts) > 5 else ""


def short(arn: str) -> str:
    """An ARN without the part that is the same for all of an account.

    >>> short("arn:aws:iam::111122223333:role/team/ops"), short("ec2.amazonaws.com")
    ('role/team/ops', 'ec2.amazonaws.com')
    """
    return arn.partition(":iam::")[2].partition(":")[2] or arn


class _Given(NamedTuple):
    """What the details of an account and its record say of policies."""

    account: str
    managed: Mapping[str, Any]
    changes: Changes

    def of(
        self, kind: str, title: str, entry: Mapping[str, Any], name: str, since: datetime | None
    ) -> Iterator[Attached]:
        """The policies of a user, role or group: inline ones first."""
        group = name if kind == "group" else None
        for inline in entry.get(f"{title}PolicyList") or ():
            put = when(self.changes, self.account, kind, name, inline["PolicyName"])
            yield Attached(
                inline["PolicyName"],
                document_text(inline["PolicyDocument"]),
                group,
                _latest(since, put),
                put,
            )
        for attached in entry.get("AttachedManagedPolicies") or ():
            arn = attached["PolicyArn"]
            document, updated = UNKNOWN, None
            if arn in self.managed:
                document, updated = _version_in_force(self.managed[arn])
            attachment = when(self.changes, self.account, kind, name, arn)
            began = _latest(since, updated, attachment, self.changes.get((arn,)))
            yield Attached(arn, document, group, began, updated)

    def boundary(self, entry: Mapping[str, Any], since: datetime | None) -> Attached | None:
        arn = (entry.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
        if not arn:
            return None
        if arn not in self.managed:
            return Attached(arn, ALLOWS_NOTHING, None, since)
        document, updated = _version_in_force(self.managed[arn])
        began = _latest(since, updated, self.changes.get((arn,)))
        return Attached(arn, document, None, began, updated)


def policies_of_group(
    entry: Mapping[str, Any], managed: Mapping[str, Mapping[str, Any]]
) -> tuple[Attached, ...]:
    """The policies of a group, from its entry in the details and the managed policies by ARN."""
    given = _Given("", managed, {})
    return tuple(given.of("group", "Group", entry, entry["GroupName"], None))


ALLOWS_NOTHING = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotAction":"*","Resource":"*"}}'
)
"""In place of a boundary whose policy is gone."""


def _version_in_force(policy: Mapping[str, Any]) -> tuple[str, datetime | None]:
    wanted = policy.get("DefaultVersionId")
    for version in policy.get("PolicyVersionList") or ():
        if version.get("IsDefaultVersion") or version.get("VersionId") == wanted:
            return document_text(version["Document"]), moment(version.get("CreateDate"))
    return UNKNOWN, moment(policy.get("UpdateDate"))


def document_text(document: Any) -> str:
    """A policy document as JSON text: boto3 gives a dict, the API itself URL-encoded text."""
    if isinstance(document, str):
        return unquote(document) if document.lstrip().startswith("%") else document
    return json.dumps(document)


def _latest(*times: datetime | None) -> datetime | None:
    return max((time for time in times if time is not None), default=None)


# -- what is granted ------------------------------------------------------------------------------


def granted(entity: Entity, actions: str = "*") -> list[Permission]:
    """What a user or role may do: identity-based policies, less denies and what lies outside
    its permissions boundary. A document that is no valid policy grants nothing.

    The rows say which policy grants each action; see
    :func:`helpers.policy.effective_permissions`.
    """
    return list(granted_by(entity_policies(entity), actions))


class EntityPolicies(NamedTuple):
    """The policies of a user or role as (id, document); alike for all who have the same."""

    identity: tuple[tuple[str, str], ...]
    boundary: tuple[str, str] | None


def entity_policies(entity: Entity) -> EntityPolicies:
    """What a user or role was given."""
    return EntityPolicies(
        tuple((policy.id, policy.document) for policy in entity.policies),
        (entity.boundary.id, entity.boundary.document) if entity.boundary else None,
    )


@lru_cache(maxsize=8)  # what allows everything is 22,000 rows
def granted_by(policies: EntityPolicies, actions: str) -> tuple[Permission, ...]:
    """As ``granted``, for whoever has these policies."""
    rows = effective_permissions(_compiled(policies), actions=actions)
    return tuple(row for row in rows if row.policy)


def policies_of(
    entity: Entity,
    identity: Iterable[tuple[str, Mapping[str, Any] | str]] | None = None,
    resource: str | None = None,
) -> Policies:
    """The policies that decide what a user or role may do, for :func:`helpers.policy.evaluate`.

    A document of the entity's own that is no valid policy says nothing; a boundary that is none
    lets nothing through.

    Args:
        identity: Identity-based policies in place of the entity's own: (id, document).
        resource: The policy of the resource.

    Raises:
        PolicyError: One of these is no valid policy.
    """
    held = entity_policies(entity)
    if identity is not None:
        given = tuple((name, document_text(document)) for name, document in identity)
        Policies(identity=list(given))  # says what is wrong with them
        held = held._replace(identity=given)
    return _compiled(held, resource)


@lru_cache(maxsize=64)
def _compiled(policies: EntityPolicies, resource: str | None = None) -> Policies:
    identity = [policy for policy in policies.identity if is_valid(policy[1])]
    boundary = policies.boundary
    if boundary is not None and not is_valid(boundary[1]):
        boundary = (boundary[0], ALLOWS_NOTHING)
    return Policies(identity=list(identity), permissions_boundary=boundary, resource=resource)


@lru_cache(maxsize=1024)
def is_valid(document: str) -> bool:
    """Whether a document is a policy at all."""
    try:
        Policies(identity=[document])
    except PolicyError:
        return False
    return True
