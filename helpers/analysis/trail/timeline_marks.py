"""The marks of a timeline: a lane a principal, and what overlaps in it put together and counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from helpers.analysis.trail.time_scale import Column, columns, places
from helpers.analysis.trail.timeline import ALLOWED, FAILED, REFUSED, summaries

if TYPE_CHECKING:
    import pandas as pd

MOST_LANES = 12
"""Of more principals, those with the fewest events share the last lane."""

_ORDER = (ALLOWED, REFUSED, FAILED)


class Mark(NamedTuple):
    """The events of a lane that have one outcome and fall into one column of the axis."""

    who: str
    outcome: str
    column: int
    places: list[int]
    """Of its events in the table, in the order of time."""


class Lane(NamedTuple):
    """What a principal did, or several who share the lane."""

    who: str
    rows: dict[str, list[Mark]]
    """Outcome → its marks in the order of time; no outcome that there is not."""


@dataclass(frozen=True)
class Chart:
    """An axis, and over it the lanes with their marks."""

    axis: list[Column]
    """Empty where there are no events."""
    lanes: list[Lane]
    """That with the first event first; that of the others last."""
    marks: list[Mark]
    """Of all lanes, in the order of their first events."""
    others: list[str]
    """The principals who share the last lane."""


def chart(
    events: pd.DataFrame,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    fold: bool = True,
) -> Chart:
    """The chart of ``events``, rows of a timeline's.

    The axis goes from ``since`` to ``until``, both included; ``None``: from the first event, to the
    last. ``fold``: long gaps take one column, see :mod:`helpers.analysis.trail.time_scale`.

    >>> from helpers.analysis.trail.timeline import timeline
    >>> ann = {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ann"}
    >>> records = [{"eventTime": f"2026-11-02T0{n}:00:00Z", "userIdentity": ann} for n in (1, 1, 9)]
    >>> [(mark.outcome, mark.column, mark.places) for mark in chart(timeline(records).events).marks]
    [('allowed', 0, [0, 1]), ('allowed', 2, [2])]
    """
    if events.empty:
        return Chart([], [], [], [])
    times = events["time"].astype("int64").tolist()
    first = times[0] if since is None else min(int(since.timestamp()), times[0])
    last = times[-1] if until is None else max(int(until.timestamp()), times[-1])
    axis = columns(times, first, last, fold=fold)
    others = _others(events)
    shared = set(others)
    together = f"{len(others)} other principals"
    found: dict[tuple[str, str, int], Mark] = {}
    for place, (who, outcome, column) in enumerate(
        zip(events["who"], events["outcome"], places(times, axis), strict=True)
    ):
        lane = together if who in shared else who
        key = (lane, outcome, column)
        found.setdefault(key, Mark(*key, [])).places.append(place)
    marks = list(found.values())
    names = dict.fromkeys(mark.who for mark in marks)
    if others:
        names[together] = names.pop(together)
    return Chart(axis, [_lane(who, marks) for who in names], marks, others)


def _others(events: pd.DataFrame) -> list[str]:
    """Those who get no lane of their own."""
    found = summaries(events)
    if len(found) <= MOST_LANES:
        return []
    by_events = sorted(found, key=lambda one: -one.events)  # of as many, the earlier one first
    return [one.who for one in by_events[MOST_LANES - 1 :]]


def _lane(who: str, marks: list[Mark]) -> Lane:
    own = [mark for mark in marks if mark.who == who]
    there = dict.fromkeys(mark.outcome for mark in own)
    order = [name for name in _ORDER if name in there]
    order += [name for name in there if name not in _ORDER]
    return Lane(who, {name: [mark for mark in own if mark.outcome == name] for name in order})
