"""Granted and not used: which permissions a principal could do without.

A permission is judged only where the record can tell. It must have existed for the whole tracking
period, and its use must leave a trace: some actions are recorded in data events only, which a
trail leaves out unless told, some nowhere. What cannot be judged is said to be so, never guessed.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-findings.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from helpers.analysis.entities import Entity, granted
from helpers.analysis.event_actions import NEVER_LOGGED, is_data_action
from helpers.analysis.usage import Usage


class Verdict(StrEnum):
    """What can be said of a permission."""

    USED = "used"
    UNUSED = "unused"
    TOO_NEW = "granted for less than the tracking period"
    NO_DATA_EVENTS = "recorded in data events only, and there are none"
    NEVER_LOGGED = "not recorded by CloudTrail"


@dataclass(frozen=True, slots=True)
class Row:
    """One action that a principal has, and what the record says of its use.

    ``last_used`` and ``last_denied`` may lie before the tracking period. ``policies`` are the
    ids of the policies that grant the action, ``since`` when the first of them came.
    """

    principal: str
    service: str
    action: str
    verdict: Verdict
    last_used: datetime | None
    last_denied: datetime | None
    since: datetime | None
    policies: tuple[str, ...]


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
    logged = use.data_services if data_events is None else data_events
    since = _since(entity)
    bound = entity.boundary.since if entity.boundary else None
    uses = use.of(entity.arn)
    by_action: dict[str, list[str]] = {}
    for permission in granted(entity, actions):
        by_action.setdefault(permission.action, []).append(str(permission.policy))
    found = []
    for action, policies in by_action.items():
        began = _earliest(since.get(policy) for policy in policies)
        if began is not None and bound is not None:
            began = max(began, bound)
        seen = uses.get(action)
        last = seen.last if seen is not None else None
        service = action.partition(":")[0]
        if last is not None and last >= start:
            verdict = Verdict.USED
        elif action in NEVER_LOGGED:
            verdict = Verdict.NEVER_LOGGED
        elif is_data_action(action) and service not in logged:
            verdict = Verdict.NO_DATA_EVENTS
        elif began is not None and began > start:
            verdict = Verdict.TOO_NEW
        else:
            verdict = Verdict.UNUSED
        found.append(
            Row(
                entity.arn,
                service,
                action,
                verdict,
                last,
                seen.last_denied if seen is not None else None,
                began,
                tuple(dict.fromkeys(policies)),
            )
        )
    return found


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
