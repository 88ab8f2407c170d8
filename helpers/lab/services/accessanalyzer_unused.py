"""Unused access in an account, as issues: roles, keys, passwords and permissions left alone.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-concepts.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from helpers.analysis.permissions.entities import Entity, entities
from helpers.analysis.permissions.unused import UnusedService, unused_services
from helpers.analysis.trail.usage import Usage, event_time, moment
from helpers.lab import seam_shared
from helpers.lab.services.accessanalyzer_store import Analyzer, Issue
from helpers.lab.world import World

PASSWORD_EVENTS = frozenset({"CreateLoginProfile", "UpdateLoginProfile", "ChangePassword"})
RESOURCE_TYPES = {"user": "AWS::IAM::User", "role": "AWS::IAM::Role"}


@dataclass
class Watched:
    """What an account's record said so far: read once, and then only what is new.

    Which actions were asked for is known to the lab itself, more exactly than events tell.
    """

    usage: Usage = field(default_factory=Usage)
    of_iam: list[Mapping[str, Any]] = field(default_factory=list)
    passwords: dict[str, datetime] = field(default_factory=dict)
    """User name → when the password was last set."""
    events_read: int = 0
    attempts_read: int = 0


def watched(world: World, account_id: str) -> Watched:
    """What an account's record says up to now."""
    account = world.accounts[account_id]
    found: Watched = account.own.setdefault("accessanalyzer.watched", Watched())
    events = world.trail.events
    for event in events[found.events_read :]:
        if event.get("recipientAccountId") != account_id:
            continue
        found.usage.add(event, actions=False)
        if event.get("eventSource") == "iam.amazonaws.com" and not event.get("errorCode"):
            found.of_iam.append(event)
            _note_password(found, event)
    found.events_read = len(events)
    attempts = world.trail.attempts
    for attempt in attempts[found.attempts_read :]:
        if attempt.account == account_id:
            denied = attempt.effect != "allowed"
            found.usage.note(attempt.entity, attempt.action, attempt.at, denied=denied)
    found.attempts_read = len(attempts)
    return found


def _note_password(found: Watched, event: Mapping[str, Any]) -> None:
    name = (event.get("requestParameters") or {}).get("userName")
    name = name or (event.get("userIdentity") or {}).get("userName")
    at = event_time(event)
    if event.get("eventName") in PASSWORD_EVENTS and name and at:
        found.passwords[name] = at


def accounts_of(analyzer: Analyzer, account_id: str, world: World) -> list[str]:
    """The accounts that an analyzer looks at."""
    organization = world.organization_of(account_id) if analyzer.is_of_organization else None
    if organization is None:
        return [account_id]
    return [member for member in organization.members if member in world.accounts]


def issues(analyzer: Analyzer, account_id: str, world: World) -> Iterator[Issue]:
    """What is unused in the accounts of an analyzer."""
    unused = (analyzer.configuration or {})["unusedAccess"]
    start = world.clock.now - timedelta(days=unused["unusedAccessAge"])
    exclusions = (unused.get("analysisRule") or {}).get("exclusions") or ()
    for owner in accounts_of(analyzer, account_id, world):
        seen = watched(world, owner)
        for entity in entities_of(world, owner):
            if entity.is_service_linked or _is_excluded(entity, owner, exclusions):
                continue
            yield from _of_entity(entity, owner, seen, start)


def entities_of(world: World, account_id: str) -> list[Entity]:
    """The users and roles of an account with their policies."""
    details = seam_shared.authorization_details(account_id)
    return entities(details, watched(world, account_id).of_iam)


def _is_excluded(entity: Entity, owner: str, exclusions: Iterable[Mapping[str, Any]]) -> bool:
    return any(
        (not rule.get("accountIds") or owner in rule["accountIds"])
        and (not rule.get("resourceTags") or _has_tags(entity, rule["resourceTags"]))
        for rule in exclusions
    )


def _has_tags(entity: Entity, wanted: Iterable[Mapping[str, str]]) -> bool:
    """Whether a user or role has one of the tags; an empty value stands for any."""
    return any(
        key in entity.tags and value in ("", entity.tags[key])
        for tags in wanted
        for key, value in tags.items()
    )


def _of_entity(entity: Entity, owner: str, seen: Watched, start: datetime) -> Iterator[Issue]:
    use = seen.usage
    last = use.last_seen.get(entity.arn)
    active = last is not None and last >= start
    if entity.kind == "role":
        if not active and _is_older(entity.created, start):
            yield _issue(entity, owner, "UnusedIAMRole", "", "unusedIamRoleDetails", {}, last)
    else:
        yield from _credentials(entity, owner, seen, start)
        signed_in = _signed_in(entity, owner, seen)
        active = active or (signed_in is not None and signed_in >= start)
    if active:
        services = unused_services(entity, use, start)
        if services:
            yield Issue(
                f"{entity.arn} UnusedPermission",
                "UnusedPermission",
                entity.arn,
                RESOURCE_TYPES[entity.kind],
                owner,
                tuple({"unusedPermissionDetails": _permission(one)} for one in services),
            )


def _credentials(entity: Entity, owner: str, seen: Watched, start: datetime) -> Iterator[Issue]:
    for key in seam_shared.access_keys(owner, entity.name):
        last = seen.usage.keys.get(key.id)
        if key.active and _is_older(moment(key.created), start) and not _is_recent(last, start):
            named = {"accessKeyId": key.id}
            kind, details = "UnusedIAMUserAccessKey", "unusedIamUserAccessKeyDetails"
            yield _issue(entity, owner, kind, key.id, details, named, last)
    if seam_shared.has_password(owner, entity.name):
        last = _signed_in(entity, owner, seen)
        set_at = seen.passwords.get(entity.name, entity.created)
        if _is_older(set_at, start) and not _is_recent(last, start):
            kind, details = "UnusedIAMUserPassword", "unusedIamUserPasswordDetails"
            yield _issue(entity, owner, kind, "", details, {}, last)


def _signed_in(entity: Entity, owner: str, seen: Watched) -> datetime | None:
    """When a user last signed in: by the record, or by what IAM itself remembers."""
    remembered = moment(seam_shared.password_last_used(owner, entity.name))
    known = [at for at in (seen.usage.signed_in.get(entity.arn), remembered) if at is not None]
    return max(known, default=None)


def _is_older(at: datetime | None, start: datetime) -> bool:
    return at is None or at <= start


def _is_recent(at: datetime | None, start: datetime) -> bool:
    return at is not None and at >= start


def _issue(
    entity: Entity,
    owner: str,
    finding_type: str,
    which: str,
    details: str,
    members: Mapping[str, Any],
    last: datetime | None,
) -> Issue:
    found = dict(members)
    if last is not None:
        found["lastAccessed"] = last
    return Issue(
        f"{entity.arn} {finding_type} {which}",
        finding_type,
        entity.arn,
        RESOURCE_TYPES[entity.kind],
        owner,
        ({details: found},),
    )


def _permission(one: UnusedService) -> dict[str, Any]:
    found: dict[str, Any] = {"serviceNamespace": one.service}
    if one.last_tried is not None:
        found["lastAccessed"] = one.last_tried
    if one.actions:
        found["actions"] = [
            {"action": action, **({"lastAccessed": last} if last is not None else {})}
            for action, last in one.actions
        ]
    return found
