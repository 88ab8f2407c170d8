"""When somebody came to have a policy, by the record of IAM's calls.

Authorization details say when a user was made, not when a policy was attached: that is in the
record, where it reaches back so far.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from helpers.analysis.trail.event_actions import Record

Change = tuple[str, ...]
"""What was changed: (account, ``user``, ``role`` or ``group``, name, policy's name or ARN or
``BOUNDARY``), (account, ``member``, group, user), or (managed policy's ARN,)."""

Changes = Mapping[Change, datetime]
"""What was changed → when last."""

SOURCE = "iam.amazonaws.com"
BOUNDARY = "permissions boundary"
"""In place of a policy: somebody got another boundary, or lost one and can do more since."""

# Event → kind of holder, parameter with its name, parameter with the policy.
_GIVEN = {
    f"{verb}{title}Policy": (title.lower(), f"{title.lower()}Name", policy)
    for title in ("User", "Role", "Group")
    for verb, policy in (("Put", "policyName"), ("Attach", "policyArn"))
}
_BOUNDED = {
    f"{verb}{title}PermissionsBoundary": (title.lower(), f"{title.lower()}Name")
    for title in ("User", "Role")
    for verb in ("Put", "Delete")
}
EVENTS = frozenset({*_GIVEN, *_BOUNDED, "AddUserToGroup", "SetDefaultPolicyVersion"})
"""The events that tell a change."""


def change(record: Record) -> Change | None:
    """What a call changed in who has which policy; ``None``: nothing.

    >>> change({"eventSource": "iam.amazonaws.com", "eventName": "PutUserPolicy",
    ...         "recipientAccountId": "111122223333",
    ...         "requestParameters": {"userName": "ann", "policyName": "Read"}})
    ('111122223333', 'user', 'ann', 'Read')
    """
    name, parameters = record.get("eventName"), record.get("requestParameters")
    if record.get("eventSource") != SOURCE or record.get("errorCode"):
        return None
    if not isinstance(name, str) or name not in EVENTS or not isinstance(parameters, Mapping):
        return None
    account = _account(record)
    if name in _GIVEN:
        kind, holder, policy = _GIVEN[name]
        found = (account, kind, parameters.get(holder), parameters.get(policy))
    elif name in _BOUNDED:
        kind, holder = _BOUNDED[name]
        found = (account, kind, parameters.get(holder), BOUNDARY)
    elif name == "AddUserToGroup":
        found = (account, "member", parameters.get("groupName"), parameters.get("userName"))
    else:
        found = (parameters.get("policyArn"),)
    return found if all(isinstance(part, str) for part in found) else None  # type: ignore[return-value]


def _account(record: Record) -> str:
    """The account that was changed, which is the caller's own; empty: the record does not say."""
    account, identity = record.get("recipientAccountId"), record.get("userIdentity")
    if isinstance(account, str) and account:
        return account
    arn = identity.get("arn") if isinstance(identity, Mapping) else None
    parts = arn.split(":", 5) if isinstance(arn, str) else ()
    return parts[4] if len(parts) > 5 else ""


def when(changes: Changes, account: str, *what: str) -> datetime | None:
    """When something was changed in an account; ``None``: that is not known.

    What a record without an account tells counts for each.
    """
    found = [changes.get((place, *what)) for place in (account, "")]
    return max((at for at in found if at is not None), default=None)


def latest(changes: Iterable[Changes]) -> dict[Change, datetime]:
    """Several counts of changes in one.

    >>> from datetime import UTC
    >>> old, new = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    >>> latest([{("a",): new}, {("a",): old}]) == {("a",): new}
    True
    """
    found: dict[Change, datetime] = {}
    for each in changes:
        for what, at in each.items():
            found[what] = max(at, found.get(what, at))
    return found
