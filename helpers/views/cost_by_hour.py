"""What was spent hour by hour, as bars and in words.

The bars stand in a table, so that every number can be read beside them; each part has a hatch
beside its colour. Text and ground are the theme's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from helpers.cards import escaped, plain

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CostByHour"]

# At least 3:1 on white and on JupyterLab's dark ground. Neighbours differ in colour and in hatch,
# and no two of the first sixteen are the same in both.
_COLOURS = ("#0b7f8c", "#d9660f", "#757575", "#9c5fd0")
_HATCHES = (
    "",
    "repeating-linear-gradient(45deg, #0000 0 4px, #fff9 4px 6px)",
    "repeating-linear-gradient(-45deg, #0000 0 4px, #0009 4px 6px)",
    "repeating-linear-gradient(90deg, #0000 0 5px, #fff9 5px 7px)",
)


class CostByHour:
    """Bars of dollars for each hour, stacked by the columns of a table.

    ``table`` has a row for each hour and a column for each part, in US dollars.

    >>> import pandas as pd
    >>> CostByHour(pd.DataFrame({"us-west-2": [1.36, 17.0]}, index=["Sun 23:00", "Mon 00:00"]))
    Cost by hour, in US dollars: 2 hours, 18.36 in all; the highest is 17.00, Mon 00:00.
      Sun 23:00   1.36: us-west-2 1.36
      Mon 00:00  17.00: us-west-2 17.00
    """

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table.astype(float)

    def __repr__(self) -> str:
        return "\n".join([self._headline(), *self._lines()])

    def _lines(self) -> Iterator[str]:
        """An hour in each line: its sum, and the parts that cost anything."""
        rows = list(self._rows())
        width = max((len(hour) for hour, _, _ in rows), default=0)
        digits = max((len(f"{cost:.2f}") for _, cost, _ in rows), default=0)
        for hour, cost, parts in rows:
            yield f"  {hour:<{width}}  {cost:>{digits}.2f}: {self._said(parts)}"

    def _rows(self) -> Iterator[tuple[str, float, list[float]]]:
        """Each hour with its sum and its parts."""
        for hour, parts in zip(self.table.index, self.table.to_numpy().tolist(), strict=True):
            yield plain(hour), sum(parts), parts

    def _said(self, parts: list[float]) -> str:
        named = zip(self.table.columns, parts, strict=True)
        return ", ".join(f"{plain(name)} {part:.2f}" for name, part in named if part) or "nothing"

    def _headline(self) -> str:
        sums = self.table.sum(axis=1)
        head = "Cost by hour, in US dollars"
        if sums.empty:
            return f"{head}: nothing yet."
        return (
            f"{head}: {len(sums)} hours, {sums.sum():.2f} in all; "
            f"the highest is {sums.max():.2f}, {plain(sums.idxmax())}."
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": repr(self), "text/html": self.html()}

    def html(self) -> str:
        """The bars as a table that loads nothing; names are data."""
        rows = list(self._rows())
        head = f"<div>{escaped(self._headline())}</div>"
        if not rows:
            return f"<div>{head}</div>"
        most = max(cost for _, cost, _ in rows) or 1.0
        heads = "".join(
            f'<th scope="col" style="{_CELL}">{name}</th>' for name in ("Hour", "Sum", "Parts")
        )
        body = "".join(self._row(*row, most) for row in rows)
        return (
            f'<div style="max-width: 56em">{head}<div style="line-height: 1.8">{self._legend()}'
            '</div><table style="border-collapse: collapse; width: 100%; table-layout: auto">'
            f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    def _legend(self) -> str:
        return " ".join(
            f'<span style="{_swatch(number)}; display: inline-block; width: 1.4em; height: 0.9em" '
            f'aria-hidden="true"></span> <span style="{_WRAP}">{escaped(name)}</span>'
            for number, name in enumerate(self.table.columns)
        )

    def _row(self, hour: str, cost: float, parts: list[float], most: float) -> str:
        bars = "".join(
            f'<div style="{_swatch(number)}; height: 14px; width: {100 * part / most:.1f}%"></div>'
            for number, part in enumerate(parts)
            if part > 0
        )
        return (
            f'<tr><th scope="row" style="{_CELL}; {_WRAP}; font-weight: normal">{escaped(hour)}'
            f'</th><td style="{_CELL}; text-align: right">{cost:.2f}</td>'
            f'<td style="{_CELL}; width: 80%"><div style="display: flex" aria-hidden="true">{bars}'
            f'</div><small style="{_WRAP}">{escaped(self._said(parts))}</small></td></tr>'
        )


_CELL = "text-align: left; vertical-align: top; padding: 2px 8px"
_WRAP = "overflow-wrap: anywhere"


def _swatch(number: int) -> str:
    """The look of a part: its colour, and over it the hatch."""
    colour = _COLOURS[number % len(_COLOURS)]
    hatch = _HATCHES[(number + number // len(_COLOURS)) % len(_HATCHES)]
    return f"background-color: {colour}" + (f"; background-image: {hatch}" if hatch else "")
