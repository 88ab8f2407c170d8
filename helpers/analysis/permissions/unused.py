"""Granted and not used: which permissions a principal could do without.

A permission is judged only where the record can tell. It must have existed for the whole tracking
period, and its use must leave a trace: some actions are recorded in data events only, which a
trail leaves out unless told, some nowhere. What cannot be judged is said to be so, never guessed.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-findings.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from helpers.analysis.permissions.entities import (
    Entity,
    EntityPolicies,
    entity_policies,
    granted_by,
)
from helpers.analysis.permissions.grants import Origin
from helpers.analysis.trail.recorded_actions import NEVER_LOGGED, is_data_action
from helpers.analysis.trail.usage import Usage, Use


class Verdict(StrEnum):
    """What can be said of a permission."""

    USED = "used"
    UNUSED = "unused"
    TOO_NEW = "granted for less than the tracking period"
    NO_DATA_EVENTS = "recorded in data events only, and there are none"
    NEVER_LOGGED = "not recorded by CloudTrail"
    ELSEWHERE = "used, no policy of its own grants it"
    """By a policy of a resource, or by one that it had before."""
    ONLY_DENIED = "tried, not granted"


@dataclass(frozen=True, slots=True)
class Row:
    """One action that a principal has, and what the record says of its use.

    ``last_used`` and ``last_denied`` may lie before the tracking period. ``policies`` are the
    ids of the policies that grant the action, ``since`` when the first of them came, and
    ``statements`` are those in them that do.
    """

    principal: str
    service: str
    action: str
    verdict: Verdict
    last_used: datetime | None
    last_denied: datetime | None
    since: datetime | None
    policies: tuple[str, ...]
    statements: tuple[Origin, ...]


class Columns(NamedTuple):
    """The rows of a principal as columns, all of one length: the fields of ``Row``."""

    actions: Sequence[str]
    services: Sequence[str]
    verdicts: Sequence[Verdict]
    last_used: Sequence[datetime | None]
    last_denied: Sequence[datetime | None]
    since: Sequence[datetime | None]
    policies: Sequence[tuple[str, ...]]
    statements: Sequence[tuple[Origin, ...]]


def rows(
    entity: Entity,
    use: Usage,
    start: datetime,
    *,
    data_events: Collection[str] | None = None,
    actions: str = "*",
) -> list[Row]:
    """Every action that a user or role has, with a verdict for the time from ``start`` on.

    Args:
        use: What the record says; it should reach back to ``start``.
        data_events: Services whose data events the record has; ``None``: those of which it has
            any.
        actions: An action pattern: only these.
    """
    found = columns(
        entity, use.of(entity.arn), start, data_events=data_events_of(use, data_events),
        actions=actions,
    )  # fmt: skip
    return [
        Row(entity.arn, service, action, *others)
        for action, service, *others in zip(*found, strict=True)
    ]


def data_events_of(use: Usage, services: Collection[str] | None) -> frozenset[str]:
    """The services whose data events the record has; ``None``: those of which it has any."""
    return frozenset(use.data_services if services is None else services)


def columns(
    entity: Entity,
    uses: Mapping[str, Use],
    start: datetime,
    *,
    data_events: frozenset[str],
    actions: str = "*",
) -> Columns:
    """As ``rows``, for the use of a principal or of one of its access keys."""
    grants = _grants(entity_policies(entity), actions)
    since = _since(entity)
    bound = entity.boundary.since if entity.boundary else None
    began_with: dict[tuple[str, ...], datetime | None] = {}
    for policies in set(grants.policies):
        began = _earliest(since.get(policy) for policy in policies)
        later = began is not None and bound is not None
        began_with[policies] = max(began, bound) if later else began  # type: ignore[type-var]
    began_at = [began_with[policies] for policies in grants.policies]
    verdicts = list(_unseen(grants.actions, data_events))
    if any(began is not None and began > start for began in began_with.values()):
        for n, began in enumerate(began_at):
            if verdicts[n] is Verdict.UNUSED and began is not None and began > start:
                verdicts[n] = Verdict.TOO_NEW
    last_used: list[datetime | None] = [None] * len(verdicts)
    last_denied = last_used.copy()
    for action, seen in uses.items():
        place = grants.places.get(action)
        if place is not None:
            last_used[place], last_denied[place] = seen.last, seen.last_denied
            if seen.last is not None and seen.last >= start:
                verdicts[place] = Verdict.USED
    return Columns(
        grants.actions,
        grants.services,
        verdicts,
        last_used,
        last_denied,
        began_at,
        grants.policies,
        grants.statements,
    )


class _Grants(NamedTuple):
    actions: tuple[str, ...]
    services: tuple[str, ...]
    policies: tuple[tuple[str, ...], ...]
    statements: tuple[tuple[Origin, ...], ...]
    places: Mapping[str, int]


@lru_cache(maxsize=64)
def _grants(policies: EntityPolicies, actions: str) -> _Grants:
    """The actions that policies grant, each with the ids of those that do, and the statements."""
    by_action: dict[str, list[Origin]] = {}
    for one in granted_by(policies, actions):
        origin = Origin(str(one.policy), one.sid, one.index or 0)
        by_action.setdefault(one.action, []).append(origin)
    statements = [tuple(dict.fromkeys(origins)) for origins in by_action.values()]
    ids = {each: tuple(dict.fromkeys(one.policy for one in each)) for each in set(statements)}
    return _Grants(
        tuple(by_action),
        tuple(sys.intern(action.partition(":")[0]) for action in by_action),
        tuple(map(ids.__getitem__, statements)),
        tuple(statements),
        {action: place for place, action in enumerate(by_action)},
    )


@lru_cache(maxsize=64)
def _unseen(actions: tuple[str, ...], data_events: frozenset[str]) -> tuple[Verdict, ...]:
    """What can be said of actions that the record does not show."""
    return tuple(
        Verdict.NEVER_LOGGED
        if action in NEVER_LOGGED
        else Verdict.NO_DATA_EVENTS
        if is_data_action(action) and action.partition(":")[0] not in data_events
        else Verdict.UNUSED
        for action in actions
    )


def _since(entity: Entity) -> dict[str, datetime | None]:
    """When each policy came. One that came twice is there since the first time; of two inline
    policies of one name (the user's own and a group's) nobody can tell which grants, so that the
    later one counts."""
    found: dict[str, datetime | None] = {}
    for policy in entity.policies:
        if policy.id not in found:
            found[policy.id] = policy.since
        elif policy.is_managed:
            found[policy.id] = _earliest([found[policy.id], policy.since])
        else:
            found[policy.id] = max(filter(None, (found[policy.id], policy.since)), default=None)
    return found


def _earliest(times: Iterable[datetime | None]) -> datetime | None:
    """The first of some times; ``None`` where one of them is unknown, for it may be long ago."""
    known = list(times)
    return None if None in known or not known else min(time for time in known if time)


@dataclass(frozen=True, slots=True)
class UnusedService:
    """A service that a principal may use and does not, or not all of.

    ``actions`` are the unused ones with their last use; empty: the whole service is unused.
    ``last_tried`` is the last attempt of any of its actions, denied ones included.
    """

    service: str
    last_tried: datetime | None
    actions: tuple[tuple[str, datetime | None], ...] = ()


def unused_services(entity: Entity, use: Usage, start: datetime) -> list[UnusedService]:
    """What IAM Access Analyzer reports of a user or role: unused services, and unused actions of
    services that are used.

    It goes by IAM's last accessed information, where an attempt counts though it was denied,
    and where single actions are tracked if they manage a service, not its data.
    """
    by_service: dict[str, list[Row]] = {}
    for row in rows(entity, use, start):
        by_service.setdefault(row.service, []).append(row)
    uses = use.of(entity.arn)
    found = []
    for service, granted_rows in sorted(by_service.items()):
        if all(row.since is not None and row.since > start for row in granted_rows):
            continue
        tried = use.last_of_service(entity.arn, service)
        if tried is None or tried < start:
            found.append(UnusedService(service, tried))
            continue
        actions = []
        for row in granted_rows:
            last = uses[row.action].last_tried if row.action in uses else None
            recent = last is not None and last >= start
            if row.verdict is Verdict.UNUSED and not recent and not is_data_action(row.action):
                actions.append((row.action, last))
        if actions:
            found.append(UnusedService(service, tried, tuple(actions)))
    return found
