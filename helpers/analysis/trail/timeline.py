"""An incident's events in the order of time, whatever form they come in, and a choice of them.

The ids of access keys are masked wherever they stand, and what a record does not tell is called
so. Nothing is left out silently: ``Timeline.left_out`` counts what has no place on an axis of time.

AWS: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from helpers.analysis.masking import mask_text
from helpers.analysis.trail import event_table as table
from helpers.analysis.trail.cloudtrail_files import LISTS, LogFiles
from helpers.analysis.trail.usage import moment
from helpers.policy.errors import nearest, quoted

if TYPE_CHECKING:
    import pandas as pd

ALLOWED, REFUSED, FAILED = "allowed", "refused", "failed"
OUTCOMES = {table.DONE: ALLOWED, table.DENIED: REFUSED, table.FAILED: FAILED}
"""Outcome in an event table → in a timeline. What failed was allowed, and then went wrong."""

NOT_TOLD = "not told"
"""In the place of a Region, a service or an event's name that a record does not tell."""

NO_TIME = "without a time that can be read"
TWICE = "recorded twice"
NO_RECORD = "that are no records"
NOT_READ = "that could not be read from their files"

NEEDED = ("time", "principal", "event", "outcome")
"""The columns without which a table is none of events."""

_FILLED = ("event", "region", "source")
_SEARCHED = (
    *("who", "principal", "session", "access_key", "source", "event", "action", "error", "message"),
    *("region", "ip", "agent", "resource", "account", "id"),
)


@dataclass(frozen=True)
class Filters:
    """Which events of a timeline to show; ``None`` and an empty text let all pass."""

    principal: str | None = None
    """As the column ``who`` names it."""
    region: str | None = None
    outcome: str | None = None
    service: str | None = None
    """Its prefix in actions: s3."""
    text: str = ""
    """Somewhere in the event, in capitals or not: a name, an address, an error's code, ..."""
    since: datetime | None = None
    until: datetime | None = None
    """The last moment, included."""

    def __str__(self) -> str:
        """The filters in words; empty where all events pass.

        >>> str(Filters(principal="user/ann", text="create"))
        'user/ann, with "create"'
        """
        named = [self.principal, self.region, self.outcome, self.service]
        said = [name for name in named if name is not None]
        said += [f"with {quoted(self.text)}"] if self.text else []
        said += [f"since {self.since:%F %T}"] if self.since else []
        said += [f"until {self.until:%F %T}"] if self.until else []
        return ", ".join(said)


_COLUMN = {"principal": "who", "region": "region", "outcome": "outcome", "service": "source"}
"""Filter → the column that it looks at."""


class Summary(NamedTuple):
    """What one principal did."""

    who: str
    numbers: dict[str, int]
    """Outcome → how many events."""
    first: int
    """The place of its first event in the table."""

    @property
    def events(self) -> int:
        return sum(self.numbers.values())


@dataclass(frozen=True)
class Timeline:
    """Events in the order of time, as :func:`timeline` makes them."""

    events: pd.DataFrame
    """An event table (:data:`~helpers.analysis.trail.event_table.COLUMNS`) of what has a time,
    with ``OUTCOMES``' words, and with the column ``who``: the principal in short, or why there is
    none."""
    left_out: dict[str, int]
    """What is not among the events: why → how many."""

    def choices(self, name: str) -> dict[str, int]:
        """What a filter (``principal``, ``region``, ``outcome``, ``service``) can be set to: value
        → number of events, most first."""
        counts = self.events[_COLUMN[name]].value_counts()
        return {
            str(value): int(number)
            for value, number in sorted(counts.items(), key=lambda each: (-each[1], each[0]))
            if number
        }

    def filters(self, **chosen: Any) -> Filters:
        """Filters of :class:`Filters`' names; times may be texts, and a principal its ARN.

        Raises ``ValueError`` for a name that no event has and for a time that is none.
        """
        found = dict(chosen)
        for name in _COLUMN.keys() & found.keys():
            if found[name] is not None:
                found[name] = self._known(name, str(found[name]))
        for name in ("since", "until"):
            if found.get(name) is not None:
                found[name] = moment(found[name])
                if found[name] is None:
                    raise ValueError(
                        f"{name}: {quoted(str(chosen[name]))} is no time such as 2026-11-08 21:40"
                    )
        return Filters(**found)

    def _known(self, name: str, value: str) -> str:
        choices = self.choices(name)
        if value in choices:
            return value
        if name == "principal":
            names = self.events.loc[self.events["principal"] == value, "who"]
            if len(names):
                return str(names.iloc[0])
        close = nearest(value, choices)
        meant = f" Did you mean {quoted(close)}?" if close else ""
        raise ValueError(f"{name}: no event has {quoted(value)}.{meant}")

    def choose(self, filters: Filters) -> pd.DataFrame:
        """The events that pass, under the numbers that they have among all."""
        import pandas as pd

        keep = pd.Series(True, index=self.events.index)
        for name, column in _COLUMN.items():
            if (value := getattr(filters, name)) is not None:
                keep &= self.events[column] == value
        if filters.text:
            keep &= self._texts.str.contains(filters.text.casefold(), regex=False)
        if filters.since is not None:
            keep &= self.events["time"] >= filters.since
        if filters.until is not None:
            keep &= self.events["time"] <= filters.until
        return self.events[keep]

    @cached_property
    def _texts(self) -> pd.Series[str]:
        import pandas as pd

        columns = (self.events[name].astype(object).fillna("") for name in _SEARCHED)
        return pd.Series(
            ["\n".join(row).casefold() for row in zip(*columns, strict=True)],
            index=self.events.index,
            dtype=object,
        )


def timeline(events: Any) -> Timeline:
    """The timeline of events in any of these forms:

    records of CloudTrail (``lab.events``, what ``json.load`` reads of a log file, what
    LookupEvents answers), an event table or rows of it, files (``LogFiles``, ``Exports``, a path),
    a lab. An event that was recorded twice, which its id tells, is in it once.

    Raises ``TypeError`` for anything else, ``ValueError`` for a table that is none of events, and
    ``FileNotFoundError`` for a path that there is not.

    >>> ann = {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ann"}
    >>> found = timeline([
    ...     {"eventTime": "2026-11-02T09:00:00Z", "eventName": "ListUsers", "userIdentity": ann,
    ...      "errorCode": "AccessDenied"},
    ...     {"eventTime": "soon", "eventName": "ListUsers", "userIdentity": ann}, 7])
    >>> found.events.loc[0, ["who", "event", "outcome", "region"]].tolist()
    ['user/ann', 'ListUsers', 'refused', 'not told']
    >>> found.left_out
    {'that are no records': 1, 'without a time that can be read': 1}
    """
    import pandas as pd

    left_out: dict[str, int] = {}
    frame = _of_table(events) if isinstance(events, pd.DataFrame) else _of_records(events, left_out)
    rows = len(frame)
    if "id" in frame.columns:
        frame = frame[frame["id"].isna() | ~frame["id"].duplicated()]
    left_out[TWICE] = left_out.get(TWICE, 0) + rows - len(frame)
    left_out[NO_TIME] = int(frame["time"].isna().sum())
    frame = frame[frame["time"].notna()].sort_values("time", kind="stable", ignore_index=True)
    return Timeline(_shown(frame), {why: number for why, number in left_out.items() if number})


def _of_table(given: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    missing = [name for name in NEEDED if name not in given.columns]
    if missing:
        raise ValueError(
            f"events: the table has no column {', '.join(missing)}; expected one that event_table "
            "makes, or its records"
        )
    found = given.reindex(columns=list(table.COLUMNS))
    times = pd.to_datetime(found["time"], utc=True, errors="coerce")
    found["time"] = times.astype("datetime64[s, UTC]")
    return found


def _of_records(given: Any, left_out: dict[str, int]) -> pd.DataFrame:
    files = LogFiles(given) if isinstance(given, str | Path) else getattr(given, "trail", given)
    if isinstance(files, LogFiles):
        found = _counted(files, left_out)
        left_out[NOT_READ] = len(files.skipped)
        return found
    if isinstance(given, Mapping):
        lists = (given[name] for name in LISTS if isinstance(given.get(name), list))
        given = next(lists, None)
    elif isinstance(in_a_lab := getattr(given, "events", None), list):
        given = in_a_lab
    if not isinstance(given, Iterable) or isinstance(given, bytes):
        raise TypeError(
            "events: expected records of CloudTrail (lab.events), a table of them, or their files"
        )
    return _counted(given, left_out)


def _counted(records: Iterable[Any], left_out: dict[str, int]) -> pd.DataFrame:
    """The records' table; what is no record, and what comes again, is counted."""
    read = 0

    def good() -> Iterator[Mapping[str, Any]]:
        nonlocal read
        for record in records:
            if (found := _record(record)) is None:
                left_out[NO_RECORD] = left_out.get(NO_RECORD, 0) + 1
            else:
                read += 1
                yield found

    found = table.event_table(good())
    left_out[TWICE] = read - len(found)
    return found


def _record(given: Any) -> Mapping[str, Any] | None:
    """The record, out of LookupEvents' envelope where it is in one."""
    if isinstance(given, Mapping) and isinstance(given.get("CloudTrailEvent"), str):
        try:
            given = json.loads(given["CloudTrailEvent"])
        except (ValueError, RecursionError):
            return None
    return given if isinstance(given, Mapping) else None


# -- fit to be shown ------------------------------------------------------------------------------


def _shown(frame: pd.DataFrame) -> pd.DataFrame:
    found = frame.drop(columns="who", errors="ignore")
    for name in found.columns:
        if name not in ("time", "mfa", "reads", "data"):
            found[name] = _each(found[name], mask_text)
    found["outcome"] = _each(found["outcome"], lambda word: OUTCOMES.get(word, word))
    for name in (*_FILLED, "outcome"):
        told = found[name].astype(object).replace("", None).fillna(NOT_TOLD)
        found[name] = told.astype("category")
    who = _each(found["principal"], _names(found["principal"].dropna().unique()).__getitem__)
    who = who.astype(object).fillna(found["nobody"].astype(object)).fillna(NOT_TOLD)
    found["who"] = who.astype("category")
    return found


def _each(values: pd.Series[Any], change: Any) -> pd.Series[Any]:
    """The values changed, each different one once; what is missing stays so."""
    known = {value: change(str(value)) for value in values.dropna().unique()}
    if all(value == changed for value, changed in known.items()):
        return values
    return values.astype(object).map(known).astype("category")


def _names(arns: Iterable[str]) -> dict[str, str]:
    """Principal's ARN → its name, with the account where there are several.

    >>> _names(["arn:aws:iam::111122223333:user/ann", "arn:aws:iam::444455556666:user/ann"])
    {'arn:aws:iam::111122223333:user/ann': 'user/ann of 111122223333', \
'arn:aws:iam::444455556666:user/ann': 'user/ann of 444455556666'}
    """
    parts = {arn: arn.partition(":iam::")[2].partition(":") for arn in arns}
    several = len({account for account, _, name in parts.values() if name}) > 1
    names = {
        arn: (f"{name} of {account}" if several else name) or arn
        for arn, (account, _, name) in parts.items()
    }
    unique = len(set(names.values())) == len(names)
    return names if unique else {arn: arn for arn in names}


def summaries(events: pd.DataFrame) -> list[Summary]:
    """What each principal did, the one with the first event first.

    ``events`` are rows of a timeline's.
    """
    found: dict[str, Summary] = {}
    for place, (who, outcome) in enumerate(zip(events["who"], events["outcome"], strict=True)):
        numbers = found.setdefault(who, Summary(who, {}, place)).numbers
        numbers[outcome] = numbers.get(outcome, 0) + 1
    return list(found.values())
