"""What was spent hour by hour, as bars and in words.

The picture stands on its own white ground with dark words, so that it reads the same on a light
and on a dark page, and every series has a hatch beside its colour.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from helpers.views.text import plain

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CostByHour"]

# Colours of at least 3:1 against white; neighbours differ in colour and in hatch, and no two of the
# first sixteen are the same in both.
_COLOURS = ("#0b5cad", "#b04a00", "#5b6b1f", "#7a3e9d")
_HATCHES = ("", "///", "...", "xxx")
_INK = "#1a1a1a"

_MOST = 40
"""Characters of a name in the picture."""


class CostByHour:
    """Bars of dollars for each hour, stacked by the columns of a table.

    ``table`` has a row for each hour and a column for each part, in US dollars.

    >>> import pandas as pd
    >>> CostByHour(pd.DataFrame({"us-west-2": [1.36, 17.0]}, index=["Sun 23:00", "Mon 00:00"]))
    Cost by hour, in US dollars: 2 hours, 18.36 in all; the dearest is Mon 00:00 with 17.00.
      Sun 23:00   1.36: us-west-2 1.36
      Mon 00:00  17.00: us-west-2 17.00
    """

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table.astype(float)

    def __repr__(self) -> str:
        return "\n".join([self._headline(), *self._rows()])

    def _rows(self) -> Iterator[str]:
        """An hour in each line: its sum, and the parts that cost anything."""
        names = [plain(name) for name in self.table.columns]
        hours = [plain(hour) for hour in self.table.index]
        sums = [f"{cost:.2f}" for cost in self.table.sum(axis=1)]
        width, digits = max(map(len, hours), default=0), max(map(len, sums), default=0)
        for hour, cost, row in zip(hours, sums, self.table.to_numpy(), strict=True):
            parts = ", ".join(
                f"{name} {part:.2f}" for name, part in zip(names, row, strict=True) if part
            )
            yield f"  {hour:<{width}}  {cost:>{digits}}: {parts or 'nothing'}"

    def _headline(self) -> str:
        sums = self.table.sum(axis=1)
        head = "Cost by hour, in US dollars"
        if sums.empty:
            return f"{head}: nothing yet."
        return (
            f"{head}: {len(sums)} hours, {sums.sum():.2f} in all; "
            f"the dearest is {plain(sums.idxmax())} with {sums.max():.2f}."
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        alt = {"image/png": {"alt": self._headline()}}
        return {"text/plain": repr(self), "image/png": self.png()}, alt

    def png(self) -> bytes:
        """The picture."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=(8, 3.4), dpi=96, facecolor="white", layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots()
        axes.set_facecolor("white")
        places = range(len(self.table))
        bottom = [0.0] * len(self.table)
        for number, name in enumerate(self.table.columns):
            colour = _COLOURS[number % len(_COLOURS)]
            hatch = _HATCHES[(number + number // len(_COLOURS)) % len(_HATCHES)]
            heights = self.table[name].to_list()
            axes.bar(
                places,
                heights,
                bottom=bottom,
                label=_drawn(name),
                color=colour,
                hatch=hatch,
                edgecolor="white",
                linewidth=0.5,
            )
            bottom = [low + high for low, high in zip(bottom, heights, strict=True)]
        axes.set_xticks(list(places), [_drawn(hour) for hour in self.table.index], rotation=45)
        axes.set_ylabel("US dollars in the hour", color=_INK)
        axes.tick_params(colors=_INK)
        axes.spines[["top", "right"]].set_visible(False)
        if len(self.table.columns) and len(self.table):
            axes.legend(frameon=False, labelcolor=_INK)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", metadata={"Software": None})
        return buffer.getvalue()


def _drawn(name: Any) -> str:
    """A name in the picture: a dollar sign begins no formula, and a long name leaves room for the
    bars; the words have all of it."""
    text = plain(name)
    return (text if len(text) <= _MOST else f"{text[: _MOST - 1]}…").replace("$", r"\$")
