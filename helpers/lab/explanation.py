"""The answer to "why was that denied?", for a person."""

from __future__ import annotations

from typing import Any

from helpers.cards import BAD, NEUTRAL, Card
from helpers.policy import Decision


class Explanation:
    """A decision as a few lines of text; shown by itself at the end of a cell.

    >>> Explanation(None)
    Nothing was denied so far.
    """

    def __init__(self, decision: Decision | None) -> None:
        self.decision = decision

    def __str__(self) -> str:
        if self.decision is None:
            return "Nothing was denied so far."
        return str(self.decision)

    __repr__ = __str__

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        head, _, lines = str(self).removeprefix(f"{BAD.symbol} ").partition("\n")
        text = "\n".join(line.strip() for line in lines.splitlines())
        card = Card(NEUTRAL if self.decision is None else BAD, head, text)
        return {"text/plain": str(self), "text/html": card.html()}
