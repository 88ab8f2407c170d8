"""What is behind a field of the map of granted and used: actions, their use, what grants them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from helpers.analysis.permissions.entities import short
from helpers.analysis.permissions.granted_used_field import Field, Seen, Unseen
from helpers.analysis.permissions.unused import Verdict
from helpers.cards import GOOD, NEUTRAL, WARN, escaped, plain
from helpers.policy.errors import counted

__all__ = ["GrantedUsedDetails"]

MOST_ACTIONS = 200
"""Actions of one verdict that are named; of more, how many there are."""

_SYMBOLS = {str(Verdict.USED): GOOD.symbol, str(Verdict.UNUSED): NEUTRAL.symbol}

_HEADS = ("Action", "Calls", "Last call", "Denied", "Last denied", "Verdict", "Granted by")


class GrantedUsedDetails:
    """A field in words and as tables; ``field`` is what ``field_of`` returns.

    >>> field = Field("user/ann", ("s3",), 2, 0, (), (
    ...     Unseen("unused", "Read, statement no. 1", ("s3:GetObject", "s3:ListBucket")),))
    >>> GrantedUsedDetails(field)
    user/ann, s3: 0 of 2 actions used
    ○ 2 unused, granted by Read, statement no. 1
        s3:GetObject, s3:ListBucket
    """

    def __init__(self, field: Field) -> None:
        self.field = field

    def __repr__(self) -> str:
        lines = [self._headline()]
        if self.field.seen:
            rows = [_HEADS, *map(_cells, self.field.seen)]
            widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
            lines += [
                "  ".join(text.ljust(w) for text, w in zip(row, widths, strict=True)).rstrip()
                for row in rows
            ]
        for group in self.field.unseen:
            lines += [_title(group), f"    {_named(group)}"]
        return "\n".join(lines)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": repr(self), "text/html": self.html()}

    def html(self) -> str:
        """The same as HTML that loads nothing; names are data."""
        return f"<div>{''.join(self._parts())}</div>"

    def _parts(self) -> Iterator[str]:
        yield f'<div style="{_WRAP}"><strong>{escaped(self._headline())}</strong></div>'
        if self.field.seen:
            heads = "".join(
                f'<th scope="col" style="{_CELL}; {_WHOLE}">{head}</th>' for head in _HEADS
            )
            rows = "".join(map(_row, self.field.seen))
            yield (
                '<div style="overflow-x: auto"><table style="border-collapse: collapse">'
                '<caption style="text-align: left">In the record, the latest first</caption>'
                f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
            )
        for group in self.field.unseen:
            yield (
                f'<details style="{_WRAP}"><summary>{escaped(_title(group))}</summary>'
                f"<div>{escaped(_named(group))}</div></details>"
            )

    def _headline(self) -> str:
        field = self.field
        many = len(field.services)
        of = field.services[0] if many == 1 else f"{many:,} services"
        who = plain(f"{short(field.principal)}, {of}")
        if not (field.seen or field.unseen):
            return f"{who}: nothing granted and nothing used"
        if not field.granted:
            return f"{who}: nothing granted, {len(field.seen):,} in the record"
        return f"{who}: {field.used:,} of {counted(field.granted, 'action')} used"


_CELL = "text-align: left; vertical-align: top; padding: 2px 8px"
_WRAP = "overflow-wrap: anywhere"
_ROOM, _WHOLE = "min-width: 12em", "white-space: nowrap"


def _cells(one: Seen) -> tuple[str, ...]:
    symbol = _SYMBOLS.get(one.verdict, WARN.symbol)
    cells = (
        one.action,
        f"{one.uses:,}",
        _time(one.last_used),
        f"{one.denied:,}",
        _time(one.last_denied),
        f"{symbol} {one.verdict}",
        one.statements or "none of its own",
    )
    return tuple(map(plain, cells))


def _row(one: Seen) -> str:
    first, *others, last = map(escaped, _cells(one))
    # In a narrow window the table is scrolled: a name that is broken anywhere is hard to read.
    head = f'<th scope="row" style="{_CELL}; {_WRAP}; {_ROOM}; font-weight: normal">{first}</th>'
    cells = "".join(f'<td style="{_CELL}; {_WHOLE}">{cell}</td>' for cell in others)
    return f'<tr>{head}{cells}<td style="{_CELL}; {_WRAP}; {_ROOM}">{last}</td></tr>'


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "never"


def _title(group: Unseen) -> str:
    symbol = _SYMBOLS.get(group.verdict, WARN.symbol)
    by = f", granted by {group.statements}" if group.statements else ""
    return plain(f"{symbol} {len(group.actions):,} {group.verdict}{by}")


def _named(group: Unseen) -> str:
    more = len(group.actions) - MOST_ACTIONS
    names = ", ".join(group.actions[:MOST_ACTIONS])
    return plain(f"{names}, and {more:,} more" if more > 0 else names)
