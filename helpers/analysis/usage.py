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

from helpers.analysis import event_actions
from helpers.analysis.event_actions import Record, Status

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
    kind, arn = identity.get("type"), identity.get("arn")
    key = identity.get("accessKeyId") or None
    if kind in _NOBODY:
        return Caller(None, key, reason=_NOBODY[kind])
    if kind in ("AssumedRole", "FederatedUser"):
        context = identity.get("sessionContext")
        issuer = context.get("sessionIssuer") if isinstance(context, Mapping) else None
        issued_by = issuer.get("arn") if isinstance(issuer, Mapping) else None
        session = str(arn).rpartition("/")[2] if arn else None
        return _found(issued_by or (_role_of(str(arn)) if arn else None), key, session)
    if identity.get("invokedBy") and arn is None:
        return Caller(None, key, reason=_NOBODY["AWSService"])
    if isinstance(arn, str) and ":iam::" in arn:
        return _found(arn, key, None)
    if isinstance(arn, str) and ":assumed-role/" in arn:
        return _found(_role_of(arn), key, arn.rpartition("/")[2])
    return Caller(None, key, reason="no principal that can be told")


_NOBODY = {
    "AWSService": "an AWS service",
    "AWSAccount": "a caller of another account",
    "SAMLUser": "a user of an identity provider",
    "WebIdentityUser": "a user of an identity provider",
    "IdentityCenterUser": "a user of an identity provider",
    "Directory": "a user of an identity provider",
    "Unknown": "no principal that can be told",
}


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


@dataclass(slots=True)
class Use:
    """What a principal did with one action.

    ``count`` and the times are of calls that were not denied, whether or not they then failed
    for another reason: they needed the permission all the same. ``denied`` are apart.
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
            self.denied += 1
            self.last_denied = _later(self.last_denied, at)
            return
        self.count += 1
        self.first = at if self.first is None else min(self.first, at)
        self.last = _later(self.last, at)
        found = set(resources)
        if not found or len(self.resources | found) > MOST_RESOURCES:
            self.without_resource = True
        else:
            self.resources |= found

    @property
    def last_tried(self) -> datetime | None:
        """The last call, denied or not: what IAM calls last accessed."""
        if self.last is None or self.last_denied is None:
            return self.last or self.last_denied
        return max(self.last, self.last_denied)


def _later(known: datetime | None, at: datetime) -> datetime:
    return at if known is None else max(known, at)


@dataclass
class Usage:
    """What the principals of an account did, as far as a record tells."""

    by_principal: dict[str, dict[str, Use]] = field(default_factory=dict)
    """A principal's ARN → action → its use."""
    last_seen: dict[str, datetime] = field(default_factory=dict)
    """A principal's ARN → its last call of any kind, denied ones included."""
    keys: dict[str, datetime] = field(default_factory=dict)
    """Access key id → its last call."""
    by_key: dict[str, dict[str, Use]] = field(default_factory=dict)
    """Id of a long-term access key → action → its use with this key."""
    signed_in: dict[str, datetime] = field(default_factory=dict)
    """A principal's ARN → its last good sign-in to the console."""
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
        self.first = at if self.first is None else min(self.first, at)
        self.last = _later(self.last, at)
        who = caller(record)
        if who.access_key_id:
            self.keys[who.access_key_id] = _later(self.keys.get(who.access_key_id), at)
        if who.arn is None:
            self.unattributed[who.reason] += 1
            return
        if record.get("eventName") == "ConsoleLogin":
            if _succeeded(record):
                self.signed_in[who.arn] = _later(self.signed_in.get(who.arn), at)
            return
        self.last_seen[who.arn] = _later(self.last_seen.get(who.arn), at)
        found = event_actions.meaning(record)
        if found.status is Status.UNKNOWN:
            self.unknown[f"{record.get('eventSource')} {record.get('eventName')}"] += 1
        if record.get("managementEvent") is False or record.get("eventCategory") == "Data":
            self.data_services.add(event_actions.prefix_of(str(record.get("eventSource"))))
        if not actions:
            return
        denied = event_actions.is_denied(record)
        for action in found.actions:
            on = event_actions.resources(record, action)
            self.note(who.arn, action, at, denied=denied, resources=on)
            if (key := who.access_key_id) and key.startswith(LONG_TERM):
                uses = self.by_key.setdefault(key, {})
                uses.setdefault(action, Use()).add(at, denied=denied, resources=on)

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

    def of(self, principal: str) -> Mapping[str, Use]:
        """What a principal did: action → use; empty for one that did nothing."""
        return self.by_principal.get(principal, {})

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
    """A time as a datetime in UTC, from one or from its ISO 8601 text."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _succeeded(record: Record) -> bool:
    answer = record.get("responseElements")
    return isinstance(answer, Mapping) and answer.get("ConsoleLogin") == "Success"
