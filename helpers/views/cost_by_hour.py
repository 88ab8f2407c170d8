"""What was spent hour by hour, as bars and in words.

The picture stands on its own white ground with dark words, so that it reads the same on a light
and on a dark page, and every series has a hatch beside its colour.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CostByHour"]

# Colours of at least 3:1 against white and against each other's neighbours by the hatch.
_SERIES = (("#0b5cad", ""), ("#b04a00", "///"), ("#5b6b1f", "..."), ("#7a3e9d", "xxx"))
_INK = "#1a1a1a"


class CostByHour:
    """Bars of dollars for each hour, stacked by the columns of a table.

    ``table`` has a row for each hour and a column for each part, in US dollars. The words name
    the dearest hour and the sum; the numbers themselves are in the table.

    >>> import pandas as pd
    >>> CostByHour(pd.DataFrame({"us-west-2": [1.36, 17.0]}, index=["Sun 23:00", "Mon 00:00"]))
    Cost by hour, in US dollars: 2 hours, 18.36 in all; the dearest is Mon 00:00 with 17.00.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table.astype(float)

    def __repr__(self) -> str:
        sums = self.table.sum(axis=1)
        head = "Cost by hour, in US dollars"
        if sums.empty:
            return f"{head}: nothing yet."
        return (
            f"{head}: {len(sums)} hours, {sums.sum():.2f} in all; "
            f"the dearest is {sums.idxmax()} with {sums.max():.2f}."
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        words = repr(self)
        return {"text/plain": words, "image/png": self.png()}, {"image/png": {"alt": words}}

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
            colour, hatch = _SERIES[number % len(_SERIES)]
            heights = self.table[name].to_list()
            axes.bar(
                places,
                heights,
                bottom=bottom,
                label=_plain(name),
                color=colour,
                hatch=hatch,
                edgecolor="white",
                linewidth=0.5,
            )
            bottom = [low + high for low, high in zip(bottom, heights, strict=True)]
        axes.set_xticks(list(places), [_plain(hour) for hour in self.table.index], rotation=45)
        axes.set_ylabel("US dollars in the hour", color=_INK)
        axes.tick_params(colors=_INK)
        axes.spines[["top", "right"]].set_visible(False)
        if len(self.table.columns) and len(self.table):
            axes.legend(frameon=False, labelcolor=_INK)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", metadata={"Software": None})
        return buffer.getvalue()


def _plain(name: Any) -> str:
    """A name as text: a dollar sign begins no formula."""
    return str(name).replace("$", r"\$")
