"""CloudTrail records as a table: one row an event, typed, for questions asked with pandas.

AWS: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from helpers.analysis.masking import masked
from helpers.analysis.trail import event_actions
from helpers.analysis.trail.event_actions import Record
from helpers.analysis.trail.usage import caller, event_time

if TYPE_CHECKING:
    import pandas as pd

DONE, DENIED, FAILED = "done", "denied", "failed"

COLUMNS = {
    "time": "when it happened, UTC; NaT: the record does not say",
    "principal": "ARN of the user, role or root user whose call it was; missing: of nobody here",
    "nobody": "why it is nobody's call: an AWS service, a caller of another account, ...",
    "session": "the name of the role's or federated session; missing: no session",
    "access_key": "the access key's id with its middle masked; missing: none",
    "mfa": "whether the session was begun with MFA; missing: not a session",
    "source": "the service's prefix in actions: s3",
    "event": "the event's name: ListBuckets",
    "action": "the IAM action that it needed (s3:ListAllMyBuckets); several: a, b; missing: none",
    "outcome": "done, denied (for lack of permission), or failed (for another reason)",
    "error": "the error code; missing: none",
    "message": "the error's words; missing: none",
    "reads": "whether it only reads; missing: the record does not say",
    "data": "whether it is a data event, which a trail records only where it is told to",
    "region": "the Region",
    "ip": "where the call came from: an address, or an AWS service's name",
    "agent": "what the caller's program says of itself",
    "resource": "the first resource that it worked on, as far as the record tells; missing: none",
    "account": "the account whose record it is",
    "id": "the event's id",
}
"""The columns of the table and what they hold."""

_CATEGORIES = (
    "principal",
    "nobody",
    "access_key",
    "source",
    "event",
    "action",
    "outcome",
    "error",
    "message",
    "region",
    "agent",
    "account",
)


def event_table(records: Iterable[Record]) -> pd.DataFrame:
    """One row an event, in the order of time; see ``COLUMNS``.

    ``records`` are read once, one by one. An event that is recorded twice, as a trail of the
    organization and one of the account do, has one row: ids tell.

    >>> table = event_table([{"eventID": "1", "eventTime": "2026-11-02T09:00:00Z",
    ...     "eventSource": "s3.amazonaws.com", "eventName": "ListBuckets", "userIdentity": {
    ...         "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ann",
    ...         "accessKeyId": "AKIAIOSFODNN7EXAMPLE"}}])
    >>> table.loc[0, ["time", "action", "outcome", "access_key"]].tolist()
    [Timestamp('2026-11-02 09:00:00+0000', tz='UTC'), 's3:ListAllMyBuckets', 'done', \
'AKIA************MPLE']
    """
    import pandas as pd

    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    seen: set[str] = set()
    for record in records:
        given = record.get("eventID")
        if isinstance(given, str):
            if given in seen:
                continue
            seen.add(given)
        for name, value in _row(record).items():
            columns[name].append(value)
    types = {
        "time": lambda values: pd.Series(values, dtype="datetime64[s, UTC]"),
        "mfa": lambda values: pd.array(values, dtype="boolean"),
        "reads": lambda values: pd.array(values, dtype="boolean"),
        "data": lambda values: pd.array(values, dtype="bool"),
    } | dict.fromkeys(_CATEGORIES, lambda values: pd.Categorical(pd.Series(values, dtype="str")))
    table = pd.DataFrame(
        {
            name: types[name](values) if name in types else pd.Series(values, dtype="str")
            for name, values in columns.items()
        }
    )
    return table.sort_values("time", kind="stable", ignore_index=True)


def _row(record: Record) -> dict[str, Any]:
    who = caller(record)
    actions = event_actions.meaning(record).actions
    on = (found for action in actions for found in event_actions.resources(record, action))
    error, message = _text(record.get("errorCode")), _text(record.get("errorMessage"))
    outcome = FAILED if error or message else DONE
    if event_actions.is_denied(record):
        outcome = DENIED
    return {
        "time": event_time(record),
        "principal": who.arn,
        "nobody": None if who.arn else who.reason,
        "session": who.session,
        "access_key": masked(who.access_key_id) if who.access_key_id else None,
        "mfa": _mfa(record),
        "source": event_actions.prefix_of(str(record.get("eventSource", ""))),
        "event": _text(record.get("eventName")),
        "action": ", ".join(actions) or None,
        "outcome": outcome,
        "error": error,
        "message": message,
        "reads": _truth(record.get("readOnly")),
        "data": event_actions.is_data_event(record),
        "region": _text(record.get("awsRegion")),
        "ip": _text(record.get("sourceIPAddress")),
        "agent": _text(record.get("userAgent")),
        "resource": next(on, None),
        "account": _text(record.get("recipientAccountId")),
        "id": _text(record.get("eventID")),
    }


def _mfa(record: Record) -> bool | None:
    """Whether MFA was used, as the session's attributes or a sign-in's own field say."""
    identity, more = record.get("userIdentity"), record.get("additionalEventData")
    for place in ("sessionContext", "attributes"):
        identity = identity.get(place) if isinstance(identity, Mapping) else None
    if isinstance(identity, Mapping) and "mfaAuthenticated" in identity:
        return _truth(identity["mfaAuthenticated"])
    used = more.get("MFAUsed") if isinstance(more, Mapping) else None
    return {"Yes": True, "No": False}.get(used) if isinstance(used, str) else None


def _truth(value: object) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return value if isinstance(value, bool) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
