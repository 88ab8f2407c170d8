"""The answer to "why was that denied?", for a person."""

from __future__ import annotations

from helpers.policy import Decision


class Explanation:
    """A decision as a few lines of text; shown by itself at the end of a cell."""

    def __init__(self, decision: Decision | None) -> None:
        self.decision = decision

    def __str__(self) -> str:
        if self.decision is None:
            return "Nothing was denied so far."
        return str(self.decision)

    __repr__ = __str__
