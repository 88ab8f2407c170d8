"""What a check says: one of four outcomes, each a word and a symbol beside the colour."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from helpers.cards import BAD, GOOD, NEUTRAL, WARN, Card, Tone

__all__ = ["OUTCOME_MIME", "CannotCheck", "NotAttempted", "Outcome", "Verdict"]

# Beside the text and the HTML each outcome carries {"exercise": "nb05.q1", "outcome": "correct"}
# under this type, so that a program can read a run notebook without reading its prose.
OUTCOME_MIME = "application/vnd.account-protection.outcome+json"


class Verdict(StrEnum):
    """The four outcomes.

    >>> str(Verdict.NOT_YET)
    'not_yet'
    """

    NOT_ATTEMPTED = "not_attempted"
    CORRECT = "correct"
    NOT_YET = "not_yet"
    CANNOT_CHECK = "cannot_check"


@dataclass(frozen=True)
class _Look:
    tone: Tone
    symbol: str
    word: str


_LOOKS = {
    Verdict.NOT_ATTEMPTED: _Look(NEUTRAL, "○", "Not attempted"),
    Verdict.CORRECT: _Look(GOOD, "✔", "Correct"),
    Verdict.NOT_YET: _Look(WARN, "✎", "Not yet"),
    Verdict.CANNOT_CHECK: _Look(BAD, "⚠", "Cannot be checked"),
}


class NotAttempted(Exception):
    """Raised in a rule where the learner has not begun; its text says where to begin."""


class CannotCheck(Exception):
    """Raised in a rule where the call itself is wrong; its text says how to mend the call."""


@dataclass(frozen=True, repr=False)
class Outcome:
    """The outcome of one check.

    ``error`` is the exception that kept a rule from its end, if one did: learners see one line of
    it, tests tell a fault of ours from a wrong call by it.

    >>> Outcome(Verdict.NOT_YET, "for `s3:GetObject`: allowed, should be denied.", "nb05.q1")
    ✎ Not yet · q1
      for `s3:GetObject`: allowed, should be denied.
    """

    verdict: Verdict
    message: str
    exercise: str
    error: Exception | None = field(default=None, compare=False)

    @property
    def card(self) -> Card:
        look = _LOOKS[self.verdict]
        label = self.exercise.rpartition(".")[2]
        return Card(look.tone, f"{look.word} · {label}", self.message, symbol=look.symbol)

    def bundle(self) -> dict[str, Any]:
        """Plain text, HTML and the outcome as data, by MIME type."""
        data = {"exercise": self.exercise, "outcome": str(self.verdict)}
        return {**self.card.bundle(), OUTCOME_MIME: data}

    def __repr__(self) -> str:
        return self.card.plain()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return self.bundle()
