"""One exercise: what it asks, how an answer is judged, what helps, and what the tests try on it.

For authors
-----------
One module a notebook (``nb05.py``) holds its exercises as ``q1``, ``q2``, …::

    q1 = Exercise(
        name="nb05.q1",
        title="Let the analyst read one file",
        question="Write a policy that …",
        expects=POLICY,
        stub='policy = {"Version": "2012-10-17", "Statement": [...]}',
        model_answer='policy = {"Version": "2012-10-17", "Statement": [{…}]}',
        rule=lambda policy: decides(policy, CASES),
        explanation="Why this is the answer.",
        hints=("Where to look.", "What to look for.", "Nearly the answer."),
        wrong_answers=(WrongAnswer('policy = {…}', says="reads another file"),),
    )

The notebook shows it in one cell, answers it in the next, offers help in a third::

    exercise.q1
    ----------------------------------------------------------------
    policy = {"Version": "2012-10-17", "Statement": [...]}
    exercise.q1.check(policy)
    ----------------------------------------------------------------
    # exercise.q1.hint()
    # exercise.q1.solution()

The convention that the tests rest on: an exercise's **answer cell** is the code cell whose last
line is ``exercise.qN.check(…)``; what stands above that line is ``stub``, letter for letter
(blank lines before the check aside). The tests put ``model_answer`` and every one of
``wrong_answers`` in the stub's place and run the cell, so all three are whole replacements of it.

A rule gets the answer as ``expects`` reads it and returns None (correct) or one feedback text
(not yet): what was observed and for which input, without the answer. ``raise NotAttempted(text)``
where the learner has not begun (a rule about the account has to see that for itself) and
``raise CannotCheck(text)`` where the call is what is wrong. Any other exception is a fault of ours
and is shown as one line. Feedback may hold names, policies, whatever a learner typed: it is
escaped where it is shown. `` `code` `` is the only markup.

``reach`` brings the account to the state after the exercise, solved or not, for
``exercise.qN.finish(lab)``; it must do no harm when called again. ``reached`` says in a sentence
how the account stands then.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from helpers.cards import NEUTRAL, Card
from helpers.exercises.answers import LAB, Expected, assigned, describe, hole, untouched
from helpers.exercises.outcome import CannotCheck, NotAttempted, Outcome, Verdict
from helpers.exercises.remembered import note
from helpers.exercises.render import Text, show

__all__ = ["Exercise", "WrongAnswer"]

# One line is shown of an unforeseen error.
_LINE = 200


@dataclass(frozen=True)
class WrongAnswer:
    """A known wrong answer, for the tests: code in the stub's place, and what feedback must say."""

    code: str
    says: str


@dataclass(frozen=True, kw_only=True, repr=False)
class Exercise:
    """One exercise of a notebook. The module's text says what each field is for.

    >>> from helpers.exercises.answers import NUMBER
    >>> q1 = Exercise(
    ...     name="nb99.q1",
    ...     title="Count",
    ...     question="How many policies decide this request?",
    ...     expects=NUMBER,
    ...     stub="count = ...",
    ...     model_answer="count = 2",
    ...     rule=lambda count: None if count == 2 else f"You counted {count}; one more look.",
    ... )
    >>> q1.judge(3)
    ✎ Not yet · q1
      You counted 3; one more look.
    >>> q1.judge("two")
    ⚠ Cannot be checked · q1
      This check takes a number, without quotes; it was given a str: `'two'`.
      Call it as `exercise.q1.check(count)`.
    """

    name: str  # notebook and exercise: "nb05.q1"
    title: str
    question: str  # markdown
    expects: Expected
    stub: str
    model_answer: str
    rule: Callable[[Any], str | None]
    explanation: str = ""
    hints: tuple[str, ...] = ()
    wrong_answers: tuple[WrongAnswer, ...] = ()
    reach: Callable[[Any], Any] | None = None
    reached: str = ""
    _turns: Iterator[int] = field(default_factory=itertools.count, init=False, compare=False)

    # -- what learners call -------------------------------------------------------------------

    def check(self, *answer: Any) -> None:
        """Judge ``answer`` and show the outcome; never raises."""
        outcome = self.judge(*answer)
        show(outcome)
        note(outcome)

    def hint(self) -> None:
        """Show the next hint, a fuller one each time."""
        turn = next(self._turns)
        if turn < len(self.hints):
            show(Text(f"**Hint {turn + 1} of {len(self.hints)}.** {self.hints[turn]}"))
        else:
            show(Text(f"No further hint. `exercise.{self.label}.solution()` shows an answer."))

    def solution(self) -> None:
        """Show one right answer and why it is right."""
        code = f"```python\n{self.model_answer.strip()}\n```"
        show(Text(f"**One right answer to {self.label}**\n\n{code}\n\n{self.explanation}".strip()))

    def finish(self, *lab: Any) -> Any:
        """Bring the account to the state after this exercise, whoever has solved it or not.

        May be called again. Returns what ``reach`` returns: None, or what the next cells need.
        """
        if self.reach is None:
            return None
        try:
            account = self._read(LAB, lab, f"exercise.{self.label}.finish(lab)")
            result = self.reach(account)
        except CannotCheck as problem:
            show(self._outcome(Verdict.CANNOT_CHECK, str(problem)))
            return None
        except Exception as error:
            show(self._stopped(error))
            return None
        show(Card(NEUTRAL, f"Going on after {self.label}", self.reached, symbol="▸"))
        return result

    # -- what check() shows -------------------------------------------------------------------

    def judge(self, *answer: Any) -> Outcome:
        """The outcome for ``answer``, without showing it; never raises for what is handed over."""
        try:
            if len(answer) == 1:
                self._begun(answer[0])
            feedback = self.rule(self._read(self.expects, answer, self.call))
            if feedback is None:
                return self._outcome(Verdict.CORRECT, self.explanation)
            if not isinstance(feedback, str) or not feedback.strip():
                raise TypeError(f"the rule of {self.name} returned {feedback!r}")
            return self._outcome(Verdict.NOT_YET, feedback)
        except NotAttempted as problem:
            return self._outcome(Verdict.NOT_ATTEMPTED, str(problem))
        except CannotCheck as problem:
            return self._outcome(Verdict.CANNOT_CHECK, str(problem))
        except Exception as error:
            return self._stopped(error)

    def _begun(self, answer: Any) -> None:
        place = hole(answer)
        if place == "" or untouched(answer, self.stub):
            raise NotAttempted("Put your answer in the lines above the check, then run the cell.")
        if place is not None:
            raise NotAttempted(f"Something is still to be filled in: `...` at `{place}`.")

    def _read(self, expects: Expected, given: tuple[Any, ...], call: str) -> Any:
        if len(given) != 1:
            count = "nothing" if not given else f"{len(given)} things"
            raise CannotCheck(
                f"This check takes {expects.words}; it was given {count}.\nCall it as `{call}`."
            )
        try:
            return expects.read(given[0])
        except ValueError:
            raise CannotCheck(
                f"This check takes {expects.words}; it was given {describe(given[0])}.\n"
                f"Call it as `{call}`."
            ) from None

    def _stopped(self, error: Exception) -> Outcome:
        line = " ".join(f"{type(error).__name__}: {error}".split())
        if len(line) > _LINE:
            line = line[: _LINE - 1] + "…"
        return self._outcome(
            Verdict.CANNOT_CHECK,
            f"The check stopped half-way: {line}\n"
            "Run the notebook from its first cell to here and check again. If this line comes "
            "back, the fault is the check's, not yours.",
            error,
        )

    def _outcome(self, verdict: Verdict, message: str, error: Exception | None = None) -> Outcome:
        return Outcome(verdict, message, self.name, error)

    # -- how it looks -------------------------------------------------------------------------

    @property
    def label(self) -> str:
        """``q1`` of ``nb05.q1``."""
        return self.name.rpartition(".")[2]

    @property
    def call(self) -> str:
        """How the check is called in the notebook."""
        argument = "lab" if self.expects is LAB else (assigned(self.model_answer) or ["answer"])[-1]
        return f"exercise.{self.label}.check({argument})"

    def _text(self) -> Text:
        return Text(f"**Exercise {self.label} · {self.title}**\n\n{self.question.strip()}")

    def __repr__(self) -> str:
        return repr(self._text())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return self._text()._repr_mimebundle_()
