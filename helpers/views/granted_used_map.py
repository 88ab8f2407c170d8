"""Granted against used at a glance: a field for each principal and service.

A field shows how many of the granted actions were used, as numbers and as the depth of one colour.
The colours are the picture's own, ink and ground together, so that a field reads the same on a
light and on a dark page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helpers.analysis.permissions.unused import Verdict
from helpers.views.text import escaped, plain

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["GrantedUsedMap"]

MOST_SERVICES = 200
"""Columns at most; the services that nobody uses are counted together anyway."""


@dataclass(frozen=True)
class _Shade:
    """How a field looks from which share of used actions on."""

    least: float
    ground: str
    ink: str
    word: str


# One hue, from light to dark; ink and ground at least 4.5:1.
_SHADES = (
    _Shade(0.0, "#f6e7d8", "#1a1a1a", "granted, nothing used"),
    _Shade(1e-9, "#cfe3f5", "#1a1a1a", "less than a tenth used"),
    _Shade(0.1, "#8fbfe6", "#1a1a1a", "less than half used"),
    _Shade(0.5, "#1f5f9e", "#ffffff", "half or more used"),
)
_EMPTY = "–"


class GrantedUsedMap:
    """A map of the table that ``granted_used`` returns: principals by services.

    Each field says ``used/granted`` in actions. Columns are the services that anybody used, most
    used first; what is granted of all others, and used by nobody, stands together in the last
    one. Actions of which nobody can tell whether they were used (see the table's verdicts) count
    as granted.

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
    """

    def __init__(self, table: pd.DataFrame, names: list[str] | None = None) -> None:
        used = table["verdict"].astype("str") == str(Verdict.USED)
        granted = ~table["verdict"].astype("str").isin([Verdict.ELSEWHERE, Verdict.ONLY_DENIED])
        counts = (
            table.assign(used=used.astype(int), granted=granted.astype(int))
            .groupby(["principal", "service"], observed=True)[["used", "granted"]]
            .sum()
        )
        by_service = counts["used"].groupby("service", observed=True).sum()
        by_service = by_service[by_service > 0].sort_values(ascending=False, kind="stable")
        self._services = [str(name) for name in by_service.index[:MOST_SERVICES]]
        self._fields: dict[tuple[str, str], tuple[int, int]] = {}
        self._others: dict[str, tuple[int, int]] = {}
        left: set[str] = set()
        shown = set(self._services)
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
        self._names = known if names is None else [str(name) for name in names]
        self._rest = f"other services ({len(left)})" if left else ""

    def _rows(self) -> list[tuple[str, list[tuple[int, int] | None]]]:
        found = []
        for name in self._names:
            fields = [self._fields.get((name, service)) for service in self._services]
            if self._rest:
                fields.append(self._others.get(name))
            found.append((name, fields))
        return found

    @property
    def _columns(self) -> list[str]:
        return [*self._services, *([self._rest] if self._rest else [])]

    def __repr__(self) -> str:
        if not self._names:
            return "Nothing is granted and nothing was used."
        lines = [["", *map(plain, self._columns)]]
        lines += [[plain(_short(name)), *map(_text, fields)] for name, fields in self._rows()]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        widths[0] += 1
        return "\n".join(
            "  ".join(text.ljust(w) for text, w in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": repr(self), "text/html": self.html()}

    def html(self) -> str:
        """The map as a table that loads nothing; names are data."""
        if not self._names:
            return f"<div>{escaped(repr(self))}</div>"
        heads = "".join(
            f'<th scope="col" style="{_HEAD}">{escaped(name)}</th>' for name in self._columns
        )
        rows = []
        for name, fields in self._rows():
            cells = [
                _cell(name, column, field)
                for column, field in zip(self._columns, fields, strict=True)
            ]
            title, short = escaped(name), escaped(_short(name))
            first = f'<th scope="row" style="{_SIDE}" title="{title}">{short}</th>'
            rows.append(f"<tr>{first}{''.join(cells)}</tr>")
        legend = " ".join(
            f'<span style="background:{shade.ground};color:{shade.ink};padding:1px 6px">'
            f"{escaped(shade.word)}</span>"
            for shade in _SHADES
        )
        return (
            '<div style="overflow-x:auto"><table style="border-collapse:collapse">'
            "<caption>Actions used of those granted, by principal and service</caption>"
            f"<thead><tr><td></td>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
            f"<p>{legend} {_EMPTY} nothing granted</p></div>"
        )


_HEAD = "text-align:left;padding:2px 6px"
_SIDE = "text-align:left;padding:2px 6px;white-space:nowrap"


def _text(field: tuple[int, int] | None) -> str:
    return _EMPTY if field is None or not any(field) else f"{field[0]}/{field[1]}"


def _cell(name: str, column: str, field: tuple[int, int] | None) -> str:
    text = _text(field)
    if field is None or not field[1]:
        return f'<td style="text-align:center;padding:2px 6px">{text}</td>'
    used, granted = field
    shade = next(one for one in reversed(_SHADES) if used / granted >= one.least)
    style = f"background:{shade.ground};color:{shade.ink};text-align:center;padding:2px 6px"
    said = escaped(f"{_short(name)}, {column}: {used} of {granted} actions used")
    return f'<td style="{style}" title="{said}">{text}</td>'


def _short(name: str) -> str:
    """A principal without the part that is the same for all of an account."""
    return name.partition(":iam::")[2].partition(":")[2] or name
