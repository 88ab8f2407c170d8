"""One quiz question: options with a feedback each, answered by a letter.

A notebook asks and answers in one cell a question; the output holds the question, so that nothing
is lost where widgets or HTML are not drawn::

    exercise.quiz1.answer("...")  # your letter in place of the dots

The quotes stand there from the start: a bare letter would be a name that Python does not know, and
end in a traceback before anything here is asked.

``exercise.quiz1.widget()`` is the same question with radio buttons: an extra look, never needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helpers.cards import inline
from helpers.exercises.answers import describe, hole
from helpers.exercises.outcome import Outcome, Verdict
from helpers.exercises.remembered import note
from helpers.exercises.render import show

if TYPE_CHECKING:
    import ipywidgets

__all__ = ["Option", "Quiz"]


@dataclass(frozen=True)
class Option:
    """One option and what is said to whoever chooses it."""

    text: str
    feedback: str
    right: bool = False


@dataclass(frozen=True)
class _Asked:
    """What ``answer`` shows: the question, and under it the outcome."""

    quiz: Quiz
    outcome: Outcome
    chosen: str | None

    def bundle(self) -> dict[str, Any]:
        below = self.outcome.bundle()
        return {
            **below,
            "text/plain": f"{self.quiz.plain(self.chosen)}\n\n{below['text/plain']}",
            "text/html": self.quiz.html(self.chosen) + below["text/html"],
        }

    def __repr__(self) -> str:
        return str(self.bundle()["text/plain"])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return self.bundle()


@dataclass(frozen=True, kw_only=True, repr=False)
class Quiz:
    """A question with one right option; the letters are the keys of ``options``.

    >>> quiz1 = Quiz(
    ...     name="nb99.quiz1",
    ...     question="Which one wins?",
    ...     options={
    ...         "a": Option("an Allow", "Only where no Deny matches."),
    ...         "b": Option("a Deny", "Always.", right=True),
    ...     },
    ... )
    >>> quiz1.judge("b")
    ✔ Correct · quiz1
      Always.
    >>> quiz1.judge("A")
    ✎ Not yet · quiz1
      Only where no Deny matches.
    """

    name: str  # notebook and question: "nb05.quiz1"
    question: str
    options: Mapping[str, Option]

    def __post_init__(self) -> None:
        if sum(option.right for option in self.options.values()) != 1:
            raise ValueError(f"{self.name} needs exactly one right option")
        for letter, option in self.options.items():
            if not (len(letter) == 1 and letter.islower()):
                raise ValueError(f"{self.name}: {letter!r} should be one small letter")
            if not (option.text.strip() and option.feedback.strip()):
                raise ValueError(f"{self.name}: option {letter} lacks its text or its feedback")

    @property
    def label(self) -> str:
        """``quiz1`` of ``nb05.quiz1``."""
        return self.name.rpartition(".")[2]

    def answer(self, *letter: Any) -> None:
        """Show the question and what there is to say about ``letter``; never raises."""
        outcome = self.judge(*letter)
        show(_Asked(self, outcome, self._letter(letter[0]) if letter else None))
        note(outcome)

    def judge(self, *letter: Any) -> Outcome:
        """The outcome for ``letter``, without showing it."""
        call = f'`exercise.{self.label}.answer("{min(self.options)}")`'
        if len(letter) == 1 and hole(letter[0]) == "":
            return self._outcome(Verdict.NOT_ATTEMPTED, f"Give your letter in quotes: {call}.")
        if len(letter) != 1:
            return self._outcome(Verdict.CANNOT_CHECK, f"Give one letter in quotes: {call}.")
        chosen = self._letter(letter[0])
        if chosen is None:
            letters = ", ".join(f'`"{each}"`' for each in self.options)
            return self._outcome(
                Verdict.CANNOT_CHECK,
                f"The answer is one of {letters}; it was given {describe(letter[0])}.",
            )
        option = self.options[chosen]
        verdict = Verdict.CORRECT if option.right else Verdict.NOT_YET
        return self._outcome(verdict, option.feedback)

    def widget(self) -> ipywidgets.Widget:
        """The question with radio buttons; the feedback follows the choice."""
        import ipywidgets

        buttons = ipywidgets.RadioButtons(
            # A button's label knows no markup.
            options=[(f"{k}  {v.text.replace('`', '')}", k) for k, v in self._items()],
            index=None,
            layout=ipywidgets.Layout(width="auto"),
        )
        feedback = ipywidgets.HTML()

        def chosen(change: Any) -> None:
            outcome = self.judge(change["new"])
            feedback.value = outcome.card.html()
            note(outcome)

        buttons.observe(chosen, names="value")
        question = ipywidgets.HTML(f"<p><strong>{inline(self.question)}</strong></p>")
        return ipywidgets.VBox([question, buttons, feedback])

    def _items(self) -> list[tuple[str, Option]]:
        return sorted(self.options.items())

    def _letter(self, given: Any) -> str | None:
        if not isinstance(given, str):
            return None
        letter = given.strip().casefold()
        return letter if letter in self.options else None

    def _outcome(self, verdict: Verdict, message: str) -> Outcome:
        return Outcome(verdict, message, self.name)

    def plain(self, chosen: str | None = None) -> str:
        """Question and options as text, the chosen one marked."""
        lines = [f"Quiz {self.label} · {self.question}"]
        for letter, option in self._items():
            mark = "▸" if letter == chosen else " "
            lines.append(f"{mark} {letter}  {option.text}")
        return "\n".join(lines)

    def html(self, chosen: str | None = None) -> str:
        """The same as HTML; texts are data and are escaped."""
        rows = []
        for letter, option in self._items():
            text = f"<strong>{letter}</strong>&nbsp; {inline(option.text)}"
            if letter == chosen:
                text += " <strong>◂ your answer</strong>"
            rows.append(f'<div style="padding: 2px 18px;">{text}</div>')
        heading = f"<p><strong>Quiz {self.label} · {inline(self.question)}</strong></p>"
        return f'<div style="padding: 0 0 8px 0;">{heading}{"".join(rows)}</div>'

    def __repr__(self) -> str:
        return self.plain()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": self.plain(), "text/html": self.html()}
