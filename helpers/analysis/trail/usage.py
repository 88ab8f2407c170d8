"""Who used which actions, and when: CloudTrail records counted by principal.

A call of a role's session is the role's, whatever the session is called; a call of a federated
user is the IAM user's who asked for the session. Whatever cannot be laid at the door of a
principal of the account (AWS services, callers of other accounts, records without identity) is
counted by its reason, so that nothing is lost silently.

AWS: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from helpers.analysis.trail import event_actions
from helpers.analysis.trail.event_actions import Record, Status
from helpers.analysis.trail.policy_changes import Change, change, latest

LONG_TERM = "AKIA"
"""What the id of a long-term access key begins with; a session's is gone within hours.
AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html"""

MOST_RESOURCES = 100
"""How many different resources are remembered of one action of a principal."""


class Caller(NamedTuple):
    """Whose call a record is of.

    ``arn`` is the principal's whose policies allowed it: a user's, a role's, the root user's;
    ``None`` where there is none in an account, and ``reason`` says why.
    """

    arn: str | None
    access_key_id: str | None = None
    session: str | None = None
    reason: str = ""


def caller(record: Record) -> Caller:
    """Whose call a record is of.

    >>> caller({"userIdentity": {"type": "AssumedRole",
    ...     "arn": "arn:aws:sts::111122223333:assumed-role/ops/ann", "accessKeyId": "ASIAEXAMPLE",
    ...     "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/ops"}}}})
    Caller(arn='arn:aws:iam::111122223333:role/ops', access_key_id='ASIAEXAMPLE', session='ann', \
reason='')
    >>> caller({"userIdentity": {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}}).reason
    'an AWS service'
    """
    identity = record.get("userIdentity")
    if not isinstance(identity, Mapping):
        return Caller(None, reason="no userIdentity")
    kind, arn, key = (_text(identity.get(name)) for name in ("type", "arn", "accessKeyId"))
    if kind in _NOBODY:
        return Caller(None, key, reason=_NOBODY[kind])
    if kind in SESSIONS:
        context = identity.get("sessionContext")
        issuer = context.get("sessionIssuer") if isinstance(context, Mapping) else None
        issued_by = issuer.get("arn") if isinstance(issuer, Mapping) else None
        session = arn.rpartition("/")[2] if arn else None
        return _found(issued_by or (_role_of(arn) if arn else None), key, session)
    if identity.get("invokedBy") and arn is None:
        return Caller(None, key, reason=_NOBODY["AWSService"])
    if arn is not None and ":iam::" in arn:
        return _found(arn, key, None)
    if arn is not None and ":assumed-role/" in arn:
        return _found(_role_of(arn), key, arn.rpartition("/")[2])
    return Caller(None, key, reason="no principal that can be told")


SESSIONS = ("AssumedRole", "FederatedUser")
"""Types of identities that stand for the principal who issued them."""

_NOBODY = {
    "AWSService": "an AWS service",
    "AWSAccount": "a caller of another account",
    "SAMLUser": "a user of an identity provider",
    "WebIdentityUser": "a user of an identity provider",
    "IdentityCenterUser": "a user of an identity provider",
    "Directory": "a user of an identity provider",
    "Unknown": "no principal that can be told",
}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _found(arn: object, key: str | None, session: str | None) -> Caller:
    if not isinstance(arn, str):
        return Caller(None, key, session, "no principal that can be told")
    return Caller(arn, key, session)


def _role_of(session_arn: str) -> str | None:
    """The role of a session's ARN, which leaves out the role's path."""
    head, _, rest = session_arn.partition(":assumed-role/")
    account = head.rpartition(":")[2]
    partition = head.split(":")[1] if head.count(":") > 1 else "aws"
    name = rest.partition("/")[0]
    return f"arn:{partition}:iam::{account}:role/{name}" if name and account else None


def without_path(arn: str) -> str:
    """The ARN of a role without the role's path, without which a session's ARN names it; any
    other ARN as it is. No two roles of an account have one name.

    >>> without_path("arn:aws:iam::111122223333:role/team/ops")
    'arn:aws:iam::111122223333:role/ops'
    """
    head, role, name = arn.partition(":role/")
    return f"{head}{role}{name.rpartition('/')[2]}"


@dataclass(slots=True)
class Use:
    """What a principal did with one action.

    ``count`` and the times are of calls that were not denied, whether or not they then failed
    for another reason: they needed the permission all the same. ``denied`` are apart.
    ``resources`` are those of all calls; there are none where some call's is unknown or where
    they are more than ``MOST_RESOURCES``, so that it matters in no way which call came first.
    """

    count: int = 0
    first: datetime | None = None
    last: datetime | None = None
    denied: int = 0
    last_denied: datetime | None = None
    resources: set[str] = field(default_factory=set)
    without_resource: bool = False
    """Whether some call's resource is unknown, or more were seen than are remembered."""

    def add(self, at: datetime, *, denied: bool, resources: Iterable[str] = ()) -> None:
        """Count one call."""
        if denied:
            self.add_denied(1, at)
        else:
            self.add_calls(1, at, at, resources)

    def add_denied(self, count: int, last: datetime) -> None:
        """Count so many calls that were denied."""
        self.denied += count
        self.last_denied = _later(self.last_denied, last)

    def add_calls(
        self, count: int, first: datetime, last: datetime, resources: Iterable[str]
    ) -> None:
        """Count so many calls; no resources: those of some are unknown."""
        self.count += count
        self.first = _earlier(self.first, first)
        self.last = _later(self.last, last)
        if self.without_resource:
            return
        found = set(resources)
        self.resources |= found
        if not found or len(self.resources) > MOST_RESOURCES:
            self.without_resource = True
            self.resources = set()

    def merge(self, other: Use) -> None:
        """Count what another has counted."""
        if other.denied and other.last_denied:
            self.add_denied(other.denied, other.last_denied)
        if other.count and other.first and other.last:
            self.add_calls(other.count, other.first, other.last, other.resources)

    @property
    def last_tried(self) -> datetime | None:
        """The last call, denied or not: what IAM calls last accessed."""
        if self.last is None or self.last_denied is None:
            return self.last or self.last_denied
        return max(self.last, self.last_denied)


def _later(known: datetime | None, at: datetime) -> datetime:
    return at if known is None else max(known, at)


def _earlier(known: datetime | None, at: datetime) -> datetime:
    return at if known is None else min(known, at)


class Reading(NamedTuple):
    """What a record says of its call, but for when it was and on what."""

    who: Caller
    actions: tuple[str, ...] = ()
    denied: bool = False
    signs_in: bool | None = None
    """Of a sign-in to the console, whether it was good; ``None`` for every other call."""
    unknown: str = ""
    """The event's source and name where its action is unknown."""
    data_service: str = ""
    """The service whose data event it is."""


def reading(record: Record) -> Reading:
    """Read a record.

    >>> found = reading({"eventSource": "s3.amazonaws.com", "eventName": "ListBuckets",
    ...     "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ann"}})
    >>> found.who.arn, found.actions, found.denied
    ('arn:aws:iam::111122223333:user/ann', ('s3:ListAllMyBuckets',), False)
    """
    who = caller(record)
    if who.arn is None:
        return Reading(who)
    if record.get("eventName") == "ConsoleLogin":
        return Reading(who, signs_in=_succeeded(record))
    found = event_actions.meaning(record)
    source = record.get("eventSource")
    return Reading(
        who,
        found.actions,
        event_actions.is_denied(record),
        None,
        f"{source} {record.get('eventName')}" if found.status is Status.UNKNOWN else "",
        event_actions.prefix_of(str(source)) if event_actions.is_data_event(record) else "",
    )


@dataclass
class Usage:
    """What the principals of an account did, as far as a record tells."""

    by_principal: dict[str, dict[str, Use]] = field(default_factory=dict)
    """A principal's ARN → action → its use."""
    last_seen: dict[str, datetime] = field(default_factory=dict)
    """A principal's ARN → its last call of any kind, denied ones included."""
    keys: dict[str, datetime] = field(default_factory=dict)
    """Id of a long-term access key → its last call."""
    by_key: dict[str, dict[str, Use]] = field(default_factory=dict)
    """Id of a long-term access key → action → its use with this key."""
    owners: dict[str, str] = field(default_factory=dict)
    """Id of a long-term access key → ARN of the principal whose it is."""
    signed_in: dict[str, datetime] = field(default_factory=dict)
    """A principal's ARN → its last good sign-in to the console."""
    changes: dict[Change, datetime] = field(default_factory=dict)
    """When somebody last came to have a policy, from
    :mod:`helpers.analysis.trail.policy_changes`."""
    data_services: set[str] = field(default_factory=set)
    """Services of which the record has data events."""
    unknown: Counter[str] = field(default_factory=Counter)
    """Event (source and name) whose action is unknown → how often."""
    unattributed: Counter[str] = field(default_factory=Counter)
    """Why a call is nobody's in the account → how often."""
    first: datetime | None = None
    last: datetime | None = None

    def add(self, record: Record, *, actions: bool = True) -> None:
        """Count one record; without its ``actions`` where they are known from elsewhere."""
        at = event_time(record)
        if at is None:
            self.unattributed["no time"] += 1
            return
        if (what := change(record)) is not None:
            self.changes[what] = _later(self.changes.get(what), at)
        found = reading(record)
        on = {action: event_actions.resources(record, action) for action in found.actions}
        self.count(found, 1, at, at, on if actions else {})

    def count(
        self,
        found: Reading,
        times: int,
        first: datetime,
        last: datetime,
        actions: Mapping[str, Iterable[str]],
    ) -> None:
        """Count so many calls that read alike; ``actions`` are those to count, each with its
        resources (none: unknown)."""
        who = found.who
        self.first = _earlier(self.first, first)
        self.last = _later(self.last, last)
        key = who.access_key_id if (who.access_key_id or "").startswith(LONG_TERM) else None
        if key:
            self.keys[key] = _later(self.keys.get(key), last)
        if who.arn is None:
            self.unattributed[who.reason] += times
            return
        if found.signs_in is not None:
            if found.signs_in:
                self.signed_in[who.arn] = _later(self.signed_in.get(who.arn), last)
            return
        self.last_seen[who.arn] = _later(self.last_seen.get(who.arn), last)
        if key:
            self.owners[key] = who.arn
        if found.unknown:
            self.unknown[found.unknown] += times
        if found.data_service:
            self.data_services.add(found.data_service)
        for uses in (
            self.by_principal.setdefault(who.arn, {}) if actions else {},
            self.by_key.setdefault(key, {}) if key and actions else {},
        ):
            for action, resources in actions.items():
                use = uses.setdefault(action, Use())
                if found.denied:
                    use.add_denied(times, last)
                else:
                    use.add_calls(times, first, last, resources)

    def note(
        self,
        principal: str,
        action: str,
        at: datetime,
        *,
        denied: bool,
        resources: Iterable[str] = (),
    ) -> None:
        """Count one action of a principal, from whichever source it is known."""
        uses = self.by_principal.setdefault(principal, {})
        uses.setdefault(action, Use()).add(at, denied=denied, resources=resources)

    def merge(self, other: Usage) -> None:
        """Count what another has counted, of other records."""
        for mine, theirs in (
            (self.last_seen, other.last_seen),
            (self.keys, other.keys),
            (self.signed_in, other.signed_in),
        ):
            for name, at in theirs.items():
                mine[name] = _later(mine.get(name), at)
        for known, counted in (
            (self.by_principal, other.by_principal),
            (self.by_key, other.by_key),
        ):
            for name, uses in counted.items():
                for action, use in uses.items():
                    known.setdefault(name, {}).setdefault(action, Use()).merge(use)
        self.owners |= other.owners
        self.changes = latest([self.changes, other.changes])
        self.data_services |= other.data_services
        self.unknown += other.unknown
        self.unattributed += other.unattributed
        if other.first is not None and other.last is not None:
            self.first = _earlier(self.first, other.first)
            self.last = _later(self.last, other.last)

    def of(self, principal: str) -> Mapping[str, Use]:
        """What a principal did: action → use; empty for one that did nothing.

        A record whose session names no issuer leaves out the role's path; such use is the role's.
        """
        found = self.by_principal.get(principal, {})
        short = without_path(principal)
        if short == principal or short not in self.by_principal:
            return found
        both: dict[str, Use] = {}
        for uses in (found, self.by_principal[short]):
            for action, use in uses.items():
                both.setdefault(action, Use()).merge(use)
        return both

    def last_of_service(self, principal: str, service: str) -> datetime | None:
        """When a principal last tried any action of a service."""
        prefix = f"{service}:"
        times = [
            use.last_tried
            for action, use in self.of(principal).items()
            if action.startswith(prefix) and use.last_tried is not None
        ]
        return max(times, default=None)


def usage(
    records: Iterable[Record], since: datetime | None = None, until: datetime | None = None
) -> Usage:
    """Count records; those outside of a time are left aside. Reads them once, one by one."""
    found = Usage()
    for record in within(records, since, until):
        found.add(record)
    return found


def within(
    records: Iterable[Record], since: datetime | None, until: datetime | None
) -> Iterator[Record]:
    """The records of a time; those that tell no time are kept, to be counted as such."""
    for record in records:
        at = event_time(record)
        if at is not None and ((since and at < since) or (until and at > until)):
            continue
        yield record


def event_time(record: Record) -> datetime | None:
    """When a record says that it happened, in UTC; ``None`` where it does not say.

    >>> event_time({"eventTime": "2026-11-02T09:00:01Z"})
    datetime.datetime(2026, 11, 2, 9, 0, 1, tzinfo=datetime.timezone.utc)
    """
    return moment(record.get("eventTime"))


def moment(value: object) -> datetime | None:
    """A time as a datetime in UTC, from one or from its ISO 8601 text; ``None``: it is none, or
    outside of the calendar."""
    try:
        if isinstance(value, str):
            value = _time(value)
        if not isinstance(value, datetime):
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _time(text: str) -> datetime:
    try:
        return msgspec.convert(text, datetime)  # as where whole files are decoded
    except msgspec.ValidationError:
        return datetime.fromisoformat(text)


def _succeeded(record: Record) -> bool:
    answer = record.get("responseElements")
    return isinstance(answer, Mapping) and answer.get("ConsoleLogin") == "Success"
