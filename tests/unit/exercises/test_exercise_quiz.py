"""A quiz question: feedback for every option, as text, as HTML and as a widget."""

from __future__ import annotations

from typing import Any

import pytest

from helpers.exercises import OUTCOME_MIME, Option, Quiz, Verdict


def quiz(**changes: Any) -> Quiz:
    standard: dict[str, Any] = {
        "name": "nb99.quiz1",
        "question": "Which one wins?",
        "options": {
            "a": Option("an Allow", "Only where no Deny matches."),
            "b": Option("a Deny", "Always.", right=True),
            "c": Option("the newer one", "Age plays no part."),
        },
    }
    return Quiz(**{**standard, **changes})


@pytest.mark.parametrize(
    ("letter", "verdict", "words"),
    [
        ("a", Verdict.NOT_YET, "Only where no Deny matches."),
        ("b", Verdict.CORRECT, "Always."),
        (" B ", Verdict.CORRECT, "Always."),
        ("c", Verdict.NOT_YET, "Age plays no part."),
        (..., Verdict.NOT_ATTEMPTED, '`exercise.quiz1.answer("a")`'),
        ("...", Verdict.NOT_ATTEMPTED, '`exercise.quiz1.answer("a")`'),
        (None, Verdict.NOT_ATTEMPTED, '`exercise.quiz1.answer("a")`'),
        ("d", Verdict.CANNOT_CHECK, "it was given a str: `'d'`"),
        ("", Verdict.CANNOT_CHECK, '`"a"`, `"b"`, `"c"`'),
        (2, Verdict.CANNOT_CHECK, "it was given an int: `2`"),
        (["b"], Verdict.CANNOT_CHECK, "it was given a list"),
    ],
)
def test_each_letter_has_its_feedback(letter: Any, verdict: Verdict, words: str) -> None:
    outcome = quiz().judge(letter)
    assert outcome.verdict is verdict
    assert words in outcome.message


@pytest.mark.parametrize("given", [(), ("a", "b")])
def test_a_call_with_another_number_of_letters(given: tuple) -> None:
    assert quiz().judge(*given).verdict is Verdict.CANNOT_CHECK


@pytest.mark.parametrize("given", [(), ("b",), ("c",), (...,), ("...",), (3, 4)])
def test_answer_shows_question_and_outcome_in_one_output(
    given: tuple, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quiz().answer(*given) is None
    shown = capsys.readouterr().out
    assert shown.count("Which one wins?") == 1
    assert str(quiz().judge(*given)) in shown
    for option in ("an Allow", "a Deny", "the newer one"):
        assert option in shown


def test_answer_marks_the_choice_in_text_and_html(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    monkeypatch.setattr("helpers.exercises.quiz.show", shown.append)
    quiz().answer("c")
    bundle = shown[0]._repr_mimebundle_()
    assert "▸ c  the newer one" in bundle["text/plain"]
    assert "  a  an Allow" in bundle["text/plain"]
    assert bundle["text/html"].count("◂ your answer") == 1
    assert bundle[OUTCOME_MIME] == {"exercise": "nb99.quiz1", "outcome": "not_yet"}


def test_question_alone_gives_nothing_away() -> None:
    bundle = quiz()._repr_mimebundle_()
    for text in bundle.values():
        assert "Which one wins?" in text
        assert "Always." not in text


def test_texts_are_data() -> None:
    nasty = '<img src=x onerror="alert(1)">'
    options = {"a": Option(nasty, nasty, right=True), "b": Option("no", "no")}
    asked = quiz(question=nasty, options=options)
    assert "<img" not in asked.html("a")
    assert "<img" not in asked.judge("a").bundle()["text/html"]
    assert nasty in asked.plain()


@pytest.mark.parametrize(
    "options",
    [
        {"a": Option("x", "y"), "b": Option("x", "y")},
        {"a": Option("x", "y", right=True), "b": Option("x", "y", right=True)},
        {"a": Option("x", "", right=True)},
        {"a": Option(" ", "y", right=True)},
        {"A": Option("x", "y", right=True)},
        {},
    ],
)
def test_question_that_cannot_be_answered_is_refused(options: dict[str, Option]) -> None:
    with pytest.raises(ValueError, match=r"nb99\.quiz1"):
        quiz(options=options)


def test_widget_gives_the_same_feedback() -> None:
    question, buttons, feedback = quiz().widget().children
    assert "Which one wins?" in question.value
    assert [value for _, value in buttons.options] == ["a", "b", "c"]
    assert (buttons.value, feedback.value) == (None, "")
    for letter in ("a", "b"):
        buttons.value = letter
        assert feedback.value == quiz().judge(letter).card.html()
