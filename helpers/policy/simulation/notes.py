"""What is worth a look in a simulation, and keeps nothing from being judged."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from .. import catalogue
from ..errors import PolicyError, nearest, quoted
from ..statements import Policy


def notes_on(asked: str, policies: Iterable[Policy | PolicyError]) -> tuple[str, ...]:
    """The actions, asked for or written in a policy, that AWS does not have.

    >>> notes_on("s3:ListBuckets", [])
    ('AWS has no action "s3:ListBuckets". Did you mean s3:ListAllMyBuckets?',)
    """
    found = [_no_such_action(asked)]
    for policy in policies:
        if isinstance(policy, PolicyError):
            continue
        for statement in policy.statements:
            for name in statement.actions.patterns:
                if note := _no_such_action(name):
                    found.append(f"{policy.name}, line {statement.start.line} onward: {note}")
    return tuple(dict.fromkeys(filter(None, found)))


@lru_cache(maxsize=4096)
def _no_such_action(name: str) -> str:
    """A sentence; empty where the action exists or has wildcards.

    Looked at is the action's own service alone: to read all of them takes a third of a second.
    """
    if "*" in name or "?" in name or catalogue.action_exists(name):
        return ""
    service = name.partition(":")[0]
    if not catalogue.service_exists(service):
        close = catalogue.nearest_service(service)
        meant = f" Did you mean {quoted(close)}?" if close else ""
        return f"AWS has no service {quoted(service)}, as in {quoted(name)}.{meant}"
    slips = {slip.lower(): right for slip, right in catalogue.USUAL_SLIPS.items()}
    close = slips.get(name.lower()) or nearest(name, catalogue.actions(service))
    meant = f" Did you mean {close}?" if close else ""
    return f"AWS has no action {quoted(name)}.{meant}"
