"""A timeline as words and as HTML: what is shown, the lanes with their marks, a mark's events.

Nothing is told by its colour alone: each outcome has its own shape and its own row, and the word
stands before the row. Positions are shares of the width, so that the picture fits any window.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from helpers.analysis.trail.time_scale import Column, at
from helpers.analysis.trail.timeline import ALLOWED, FAILED, REFUSED, Filters, Timeline, summaries
from helpers.analysis.trail.timeline_marks import Chart, Lane, Mark
from helpers.cards import BAD, GOOD, NEUTRAL, WARN, Tone, escaped, plain
from helpers.policy.errors import counted
from helpers.views.live import ARROW

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CLASS",
    "ROW",
    "STYLE",
    "Place",
    "head_html",
    "mark_names",
    "notes_html",
    "places",
    "plot_html",
    "table_html",
    "words",
]

MOST_LISTED = 20
"""Principals that the words name one by one."""
MOST_ROWS = 50
"""Events of a crowd that are shown at once."""
MOST_EVENTS = 4
"""Names of events that a mark tells."""

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


class _Look(NamedTuple):
    """An outcome's symbol in words, its shape in the picture, and its tone."""

    symbol: str
    shape: str
    tone: Tone


# Shapes are 12 by 12, drawn in the tone's fallback: 3:1 or more on light and on dark ground.
_LOOKS = {
    ALLOWED: _Look("●", '<circle cx="6" cy="6" r="5"/>', GOOD),
    REFUSED: _Look("✖", '<path d="M1 3 3 1 6 4 9 1 11 3 8 6 11 9 9 11 6 8 3 11 1 9 4 6z"/>', BAD),
    FAILED: _Look("▲", '<path d="M6 1 11.5 11H.5z"/>', WARN),
}
_OTHER = _Look("◆", '<path d="M6 0 12 6 6 12 0 6z"/>', NEUTRAL)


def _look(outcome: str) -> _Look:
    return _LOOKS.get(outcome, _OTHER)


def _outcome(outcome: str) -> str:
    return f"{_look(outcome).symbol} {outcome}"


# As words ----------------------------------------------------------------------------------------


def words(timeline: Timeline, events: pd.DataFrame, filters: Filters) -> str:
    """What the picture shows, as text."""
    lines = list(_head(timeline, events, filters))
    found = summaries(events)
    if found:
        for one in found[:MOST_LISTED]:
            lines.append(f"{one.who}: {_counted(one.numbers)}")
            lines.append(f"    first {_told(events, one.first)}")
        if more := found[MOST_LISTED:]:
            many = sum(one.events for one in more)
            lines.append(
                f"and {counted(len(more), 'principal')} more, with {counted(many, 'event')}"
            )
        refused = events[events["outcome"] == REFUSED]
        first = f"{_told(refused, 0)} by {refused['who'].iloc[0]}" if len(refused) else "none"
        lines.append(f"first refusal: {first}")
    return "\n".join(map(plain, lines))


def _head(timeline: Timeline, events: pd.DataFrame, filters: Filters) -> Iterator[str]:
    """How many events of how many, from when to when, and what is not among them."""
    whole, chosen = len(timeline.events), str(filters)
    if not whole:
        yield "No events."
    elif chosen:
        yield f"{len(events):,} of {counted(whole, 'event')}: {chosen}"
    else:
        yield f"All {counted(whole, 'event')}" if whole > 1 else "One event"
    if len(events):
        first, last = (f"{events['time'].iloc[place]:%F %T}" for place in (0, -1))
        regions = counted(events["region"].nunique(), "Region")
        yield f"{first} to {last} UTC, {counted(events['who'].nunique(), 'principal')}, {regions}"
        yield _counted(dict.fromkeys(_LOOKS, 0) | Counter(events["outcome"]))
    if timeline.left_out:
        said = (f"{number:,} {why}" for why, number in timeline.left_out.items())
        yield f"Left out: {', '.join(said)}"


def _counted(numbers: Mapping[str, int]) -> str:
    """``● 1 allowed · ✖ 1 refused``, in an order of its own."""
    order = [*(name for name in _LOOKS if name in numbers), *sorted(numbers.keys() - _LOOKS.keys())]
    return " · ".join(f"{_look(name).symbol} {numbers[name]:,} {name}" for name in order)


def _told(events: pd.DataFrame, place: int) -> str:
    """One event in a line."""
    row = events.iloc[place]
    source = f" from {row['ip']}" if _is(row["ip"]) else ""
    error = f" ({row['error']})" if _is(row["error"]) else ""
    said = f"{row['event']} in {row['region']}{source}"
    return f"{row['time']:%F %T} {said}, {_outcome(row['outcome'])}{error}"


def _is(value: Any) -> bool:
    return isinstance(value, str)


def _duration(seconds: int) -> str:
    """A length of time in its two largest units.

    >>> _duration(95_000), _duration(61)
    ('1 day 2 hours', '1 minute 1 second')
    """
    parts = []
    for name, unit in (("day", _DAY), ("hour", _HOUR), ("minute", _MINUTE), ("second", 1)):
        number, seconds = divmod(seconds, unit)
        if number and len(parts) < 2:
            parts.append(counted(number, name))
    return " ".join(parts)


# The marks ---------------------------------------------------------------------------------------


def mark_names(events: pd.DataFrame, marks: Sequence[Mark]) -> list[str]:
    """Each mark in a line: when, who, how many with which outcome, the events' names. The number
    in front sets it apart from others that read alike."""
    times, names = events["time"].tolist(), events["event"].tolist()
    found = []
    for number, mark in enumerate(marks, 1):
        first, last = times[mark.places[0]], times[mark.places[-1]]
        when = f"{first:%F %T}"
        if first != last:
            when += f" to {last:%T}" if first.date() == last.date() else f" to {last:%F %T}"
        counted = _counted({mark.outcome: len(mark.places)})
        said = _most([names[place] for place in mark.places])
        found.append(plain(f"{number}. {when} {mark.who} {counted}: {said}"))
    return found


def _most(names: Sequence[str]) -> str:
    """The most frequent of these names, each with its number."""
    counts = Counter(names).most_common()
    said = [name if number == 1 else f"{name} × {number:,}" for name, number in counts]
    more = len(said) - MOST_EVENTS
    return ", ".join(said[:MOST_EVENTS]) + (f", and {more} more" if more > 0 else "")


# As HTML -----------------------------------------------------------------------------------------

CLASS = "incident-timeline"
ROW = 30
_LANE, _AXIS = 22, 20  # pixels, as all heights

# In a narrow window a mark has room for one digit, and a row of the table has none.
STYLE = f"""<style>
.{CLASS} {{ container-type: inline-size; {ARROW} }}
.{CLASS} .widget-html-content {{ line-height: 1.4; }}
@container (max-width: 560px) {{
  .{CLASS}-long {{ display: none; }}
  .{CLASS}-events thead {{ display: none; }}
  .{CLASS}-events td {{ display: block; border: 0 !important; padding: 0 6px !important; }}
  .{CLASS}-events td:first-child {{ border-top: 1px solid #757575 !important; }}
  .{CLASS}-events td::before {{ content: attr(data-label) ": "; }}
}}
</style>"""


class Place(NamedTuple):
    """Where a mark stands in the picture."""

    left: float
    """As a share of the width, in percent."""
    width: float
    top: int


def places(chart: Chart) -> dict[tuple[str, str, int], Place]:
    """(Lane, outcome, column) → where its mark stands."""
    found, top, width = {}, 0, 100 / max(len(chart.axis), 1)
    for lane in chart.lanes:
        top += _LANE
        for marks in lane.rows.values():
            for mark in marks:
                found[mark[:3]] = Place(mark.column * width, width, top)
            top += ROW
    return found


def height(chart: Chart) -> int:
    """The picture's height, in pixels."""
    rows = sum(len(lane.rows) for lane in chart.lanes)
    return len(chart.lanes) * _LANE + rows * ROW + (_AXIS if chart.axis else 0)


def head_html(timeline: Timeline, events: pd.DataFrame, filters: Filters) -> str:
    """The picture's first lines."""
    first, *others = _head(timeline, events, filters)
    rest = "".join(f"<div>{escaped(line)}</div>" for line in others)
    return f"<div><strong>{escaped(first)}</strong></div>{rest}"


def plot_html(chart: Chart) -> str:
    """The lanes with their marks over the axis. All names are data."""
    width, drawn = 100 / max(len(chart.axis), 1), []
    where = places(chart)
    folds = [number for number, column in enumerate(chart.axis) if column.folded]
    top = 0
    for lane in chart.lanes:
        drawn.append(_lane_html(lane, top))
        tall = ROW * len(lane.rows)
        drawn += [_box(n * width, width, top + _LANE, tall, _FOLD, "") for n in folds]
        top += _LANE + tall
    drawn += [_mark_html(mark, where[mark[:3]]) for mark in chart.marks]
    drawn += _ticks(chart.axis, width, top)
    style = f"position: relative; height: {height(chart)}px; overflow: hidden;"
    return f'<div style="{style}">{"".join(drawn)}</div>'


def notes_html(chart: Chart) -> str:
    """What the marks mean, and what was folded."""
    if not chart.axis:
        return ""
    shapes = " ".join(
        f'<span style="white-space: nowrap">{_svg(name, 12)} {escaped(name)}</span>'
        for name in (*_LOOKS, *sorted({mark.outcome for mark in chart.marks} - _LOOKS.keys()))
    )
    lines = [
        f"Times are UTC. {shapes}. A number counts the events of a mark; in a narrow window "
        "those above 9 are left out."
    ]
    gaps = [column for column in chart.axis if column.folded]
    if gaps:
        said = (f"{_duration(gap.seconds)} from {at(gap.begin):%F %T}" for gap in gaps)
        lines.append(f"Between dashed lines nothing happened: {', '.join(said)}.")
    if chart.others:
        shared = escaped(", ".join(chart.others))
        lines.append(f"The last lane is of {len(chart.others)}: {shared}.")
    return "".join(f"<div><small>{line}</small></div>" for line in lines)


_FOLD = "border: 1px dashed #757575; border-width: 0 1px; box-sizing: border-box;"
_LINE = "white-space: nowrap; overflow: hidden; text-overflow: ellipsis;"


def _box(left: float, width: float, top: int, tall: int, style: str, inside: str) -> str:
    at = f"position: absolute; left: {left:.3f}%; width: {width:.3f}%; top: {top}px;"
    return f'<div style="{at} height: {tall}px; {style}">{inside}</div>'


def _lane_html(lane: Lane, top: int) -> str:
    numbers = {name: sum(len(mark.places) for mark in marks) for name, marks in lane.rows.items()}
    style = "display: flex; gap: 6px; border-top: 1px solid #757575; box-sizing: border-box;"
    who, counts = escaped(lane.who), escaped(_counted(numbers))
    name = f'<div title="{who}" style="{_LINE} min-width: 0; font-weight: bold">{who}</div>'
    return _box(0, 100, top, _LANE, style, f'{name}<div style="flex: none">{counts}</div>')


def _svg(outcome: str, size: int) -> str:
    look = _look(outcome)
    return (
        f'<svg viewBox="0 0 12 12" width="{size}" height="{size}" aria-hidden="true" '
        f'style="max-width: 100%; vertical-align: middle" fill="{look.tone.fallback}">'
        f"{look.shape}</svg>"
    )


def _mark_html(mark: Mark, place: Place) -> str:
    many = len(mark.places)
    size = min(8 + 2 * len(f"{many}"), 16)
    name = f' class="{CLASS}-long"' if many > 9 else ""
    number = f'<div{name} style="{_NUMBER}">{many}</div>' if many > 1 else ""
    inside = f'<div style="height: 16px; line-height: 16px">{_svg(mark.outcome, size)}</div>'
    drawn = f'<div aria-hidden="true" style="text-align: center">{inside}{number}</div>'
    return _box(place.left, place.width, place.top, ROW, "", drawn)


_NUMBER = "font-size: 11px; line-height: 13px; height: 13px"


def _ticks(axis: Sequence[Column], width: float, top: int) -> Iterator[str]:
    """Four times under the axis: each is when the column begins over it."""
    if not axis:
        return
    step = max(len(axis) / 4, 1)
    starts = dict.fromkeys(round(step * number) for number in range(4))
    chosen = [start + axis[start].folded for start in starts if start < len(axis)]
    days = at(axis[0].begin).date() != at(axis[-1].end - 1).date()
    style = f"{_LINE} font-size: 11px; padding-left: 2px; box-sizing: border-box; "
    style += "border: solid #757575; border-width: 0 0 0 1px;"
    for start, end in zip(chosen, [*chosen[1:], len(axis)], strict=True):
        column = axis[start]
        form = ("%m-%d " if days else "") + ("%T" if column.seconds < _MINUTE else "%R")
        when = f"{at(column.begin):{form}}"
        yield _box(start * width, (end - start) * width, top, _AXIS, style, when)


# A mark's events ---------------------------------------------------------------------------------

_HEADS = ("Time (UTC)", "Who", "What", "Where", "Outcome", "MFA")
_WHOLE = "white-space: nowrap;"
_CELL = "text-align: left; vertical-align: top; padding: 2px 8px; border-top: 1px solid #757575;"


def table_html(events: pd.DataFrame, mark: Mark) -> str:
    """The events of a mark, one a row."""
    rows = [_row(row) for _, row in events.iloc[mark.places[:MOST_ROWS]].iterrows()]
    heads = "".join(f'<th scope="col" style="{_CELL} {_WHOLE}">{name}</th>' for name in _HEADS)
    many, more = len(mark.places), len(mark.places) - MOST_ROWS
    title = f"{counted(many, 'event')} of {mark.who}, {mark.outcome}"
    if more > 0:
        title += f"; the first {MOST_ROWS} are shown: zoom in, or filter, for the other {more:,}"
    return (
        f'<table class="{CLASS}-events" style="border-collapse: collapse; width: 100%; '
        'overflow-wrap: anywhere">'
        f'<caption style="text-align: left">{escaped(title)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _row(row: Any) -> str:
    who = [row["who"]]
    who += [f"session {row['session']}"] if _is(row["session"]) else []
    who += [f"key {row['access_key']}"] if _is(row["access_key"]) else []
    what = [row["event"], row["source"]] + ([row["resource"]] if _is(row["resource"]) else [])
    where = [row["region"]] + ([f"from {row['ip']}"] if _is(row["ip"]) else [])
    why = [row[name] for name in ("error", "message") if _is(row[name])]
    outcome = f'<span style="{_WHOLE}">{escaped(_outcome(row["outcome"]))}</span>'
    mfa = {True: "yes", False: "no"}.get(row["mfa"], "not told")
    cells = (
        f"{row['time']:%F %T}",
        *(_lines(each) for each in (who, what, where)),
        "<br>".join(filter(None, (outcome, _lines(why)))),
        mfa,
    )
    drawn = (
        f'<td style="{_CELL}" data-label="{head}">{cell}</td>'
        for head, cell in zip(_HEADS, cells, strict=True)
    )
    return f"<tr>{''.join(drawn)}</tr>"


def _lines(texts: Sequence[str]) -> str:
    return "<br>".join(map(escaped, texts))
