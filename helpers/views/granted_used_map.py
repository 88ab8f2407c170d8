"""Granted against used at a glance: a field for each principal and service.

A field shows how many of the granted actions were used, as numbers and as the depth of one colour.
The colours are the picture's own, ink and ground together, so that a field reads the same on a
light and on a dark page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.analysis.permissions.entities import short
from helpers.analysis.permissions.granted_used_field import field_of, is_granted, is_used
from helpers.cards import escaped, plain
from helpers.policy.errors import quoted
from helpers.views.granted_used_details import GrantedUsedDetails
from helpers.views.live import LiveView

if TYPE_CHECKING:
    import ipywidgets
    import pandas as pd

__all__ = ["GrantedUsedMap"]

MOST_SERVICES = 200
"""Columns at most; the services that nobody uses are counted together anyway."""

MOST_TITLES = 2_000
"""Fields at most that say their principal and service to the mouse: it doubles the page."""


@dataclass(frozen=True)
class Shade:
    """How a field looks from which share of used actions on."""

    least: float
    symbol: str
    ground: str
    ink: str
    word: str


# One hue, from light to dark; ink and ground at least 4.5:1.
SHADES = (
    Shade(0.0, "○", "#f6e7d8", "#1a1a1a", "granted, nothing used"),
    Shade(1e-9, "◔", "#cfe3f5", "#1a1a1a", "less than a tenth used"),
    Shade(0.1, "◑", "#8fbfe6", "#1a1a1a", "less than half used"),
    Shade(0.5, "●", "#1f5f9e", "#ffffff", "half or more used"),
)
_EMPTY = "–"


class GrantedUsedMap(LiveView):
    """A map of the table that ``granted_used`` returns: principals by services.

    Each field says ``used/granted`` in actions. Columns are the services that anybody used, most
    used first; what is granted of all others, and used by nobody, stands together in the last
    one. Actions of which nobody can tell whether they were used (see the table's verdicts) count
    as granted. A click on a field tells which actions it is made of, when and how often each was
    used, and which statement grants it; :meth:`details` tells a program the same.

    100 principals by 200 services are drawn within half a second (tests/benchmarks/bench_views.py):
    all of them as points, and a part of them with numbers, a button for each field.

    Args:
        table: The table, or rows of it.
        names: Principals in the order wanted; ``None``: those of the table by name.

    >>> import pandas as pd
    >>> rows = [("user/ann", "s3", "s3:ListBucket", "used"), ("user/ann", "s3", "s3:a", "unused"),
    ...         ("user/bob", "kms", "kms:b", "unused")]
    >>> table = pd.DataFrame(rows, columns=["principal", "service", "action", "verdict"])
    >>> GrantedUsedMap(table)
               s3   other services (1)
    user/ann   1/2  –
    user/bob   –    0/1
    >>> GrantedUsedMap(table).details("user/bob", "kms")
    user/bob, kms: 0 of 1 action used
    ○ 1 unused
        kms:b
    """

    def __init__(self, table: pd.DataFrame, names: list[str] | None = None) -> None:
        self._table = table
        counts = (
            table.assign(used=is_used(table).astype(int), granted=is_granted(table).astype(int))
            .groupby(["principal", "service"], observed=True)[["used", "granted"]]
            .sum()
        )
        by_service = counts["used"].groupby("service", observed=True).sum()
        by_service = by_service[by_service > 0].sort_values(ascending=False, kind="stable")
        self.services = [str(name) for name in by_service.index[:MOST_SERVICES]]
        """The services that have a column."""
        self._fields: dict[tuple[str, str], tuple[int, int]] = {}
        self._others: dict[str, tuple[int, int]] = {}
        left: set[str] = set()
        shown = set(self.services)
        for (principal, service), row in zip(
            counts.index, counts.itertuples(index=False), strict=True
        ):
            found = (int(row.used), int(row.granted))
            if service in shown:
                self._fields[str(principal), str(service)] = found
            elif row.granted:
                before = self._others.get(str(principal), (0, 0))
                self._others[str(principal)] = (before[0] + found[0], before[1] + found[1])
                left.add(str(service))
        known = sorted({str(principal) for principal, _ in counts.index})
        self.names = known if names is None else [str(name) for name in names]
        """The principals, a row each."""
        self.other_services = sorted(left)
        """The services that stand together in the last column."""
        self._rest = f"other services ({len(left)})" if left else ""

    def details(self, principal: str, service: str | None = None) -> GrantedUsedDetails:
        """What is behind a field.

        Args:
            principal: An ARN, or its end as the map has it: ``user/ann``.
            service: A service's prefix; ``None``: all of them together.

        Raises:
            ValueError: The map has no such principal.
        """
        found = next((name for name in self.names if principal in (name, short(name))), None)
        if found is None:
            raise ValueError(f"The map has no principal {quoted(principal)}.")
        services = None if service is None else [service]
        return GrantedUsedDetails(field_of(self._table, found, services))

    def other_details(self, principal: str) -> GrantedUsedDetails:
        """As ``details``, for all that is in the last column."""
        return GrantedUsedDetails(field_of(self._table, principal, self.other_services))

    def fields(self, name: str) -> list[tuple[int, int] | None]:
        """Used and granted of a principal, a column each; ``None``: nothing of either."""
        found = [self._fields.get((name, service)) for service in self.services]
        return [*found, self._others.get(name)] if self._rest else found

    @property
    def columns(self) -> list[str]:
        """The heads of the columns."""
        return [*self.services, *([self._rest] if self._rest else [])]

    def __repr__(self) -> str:
        if not self.names:
            return "Nothing is granted and nothing was used."
        if not self.columns:
            return (
                "No policy of their own grants these principals anything; details(…) says what "
                f"is in the record: {', '.join(plain(short(name)) for name in self.names)}."
            )
        lines = [["", *map(plain, self.columns)]]
        lines += [[plain(short(name)), *map(field_text, self.fields(name))] for name in self.names]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        widths[0] += 1
        return "\n".join(
            "  ".join(text.ljust(w) for text, w in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )

    def html(self) -> str:
        """The map as a table that loads nothing; names are data."""
        if not self.names or not self.columns:
            return f'<div style="overflow-wrap:anywhere">{escaped(repr(self))}</div>'
        heads = "".join(
            f'<th scope="col" style="{_HEAD}">{escaped(name)}</th>' for name in self.columns
        )
        rows = []
        is_titled = len(self.names) * len(self.columns) <= MOST_TITLES
        for name in self.names:
            cells = [
                _cell(f"{short(name)}, {column}" if is_titled else "", field)
                for column, field in zip(self.columns, self.fields(name), strict=True)
            ]
            title, words = escaped(name), escaped(short(name))
            first = f'<th scope="row" style="{_SIDE}" title="{title}">{words}</th>'
            rows.append(f"<tr>{first}{''.join(cells)}</tr>")
        legend = " ".join(
            f'<span style="background:{shade.ground};color:{shade.ink};padding:1px 6px">'
            f"{escaped(shade.word)}</span>"
            for shade in SHADES
        )
        return (
            '<div style="overflow-x:auto"><table style="border-collapse:collapse">'
            '<caption style="text-align:left">'
            "Actions used of those granted, by principal and service</caption>"
            f"<thead><tr><td></td>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
            f"<p>{legend} {_EMPTY} nothing granted</p></div>"
        )

    def _build(self) -> ipywidgets.Widget:
        from helpers.views.granted_used_form import GrantedUsedForm

        return GrantedUsedForm(self).box

    def refresh(self) -> None:
        """Nothing changes by itself: a map is of one table."""


_HEAD = "text-align:left;padding:2px 6px"
_SIDE = "text-align:left;padding:2px 6px;white-space:nowrap"


def field_text(field: tuple[int, int] | None) -> str:
    """A field in words: ``used/granted``."""
    return _EMPTY if field is None or not any(field) else f"{field[0]}/{field[1]}"


def shade_of(field: tuple[int, int] | None) -> Shade | None:
    """How a field looks; ``None`` where nothing is granted."""
    if field is None or not field[1]:
        return None
    return next(one for one in reversed(SHADES) if field[0] / field[1] >= one.least)


def _cell(title: str, field: tuple[int, int] | None) -> str:
    text, shade = field_text(field), shade_of(field)
    if field is None or shade is None:
        return f'<td style="text-align:center;padding:2px 6px">{text}</td>'
    style = f"background:{shade.ground};color:{shade.ink};text-align:center;padding:2px 6px"
    said = escaped(f"{title}: {field[0]} of {field[1]} actions used")
    attribute = f' title="{said}"' if title else ""
    return f'<td style="{style}"{attribute}>{text}</td>'
