"""The four outcomes of a check, whatever is handed over, and what is shown of them."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

import helpers
from helpers.exercises import (
    LAB,
    NUMBER,
    OUTCOME_MIME,
    POLICY,
    TEXT,
    YES_NO,
    CannotCheck,
    Exercise,
    NotAttempted,
    Verdict,
    names,
    one_of,
)


class Lab:
    """Stands in for the account."""

    is_running = True


@pytest.fixture(autouse=True)
def _stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helpers, "Lab", Lab, raising=False)


def exercise(**changes: Any) -> Exercise:
    """Wants a number above 2."""
    standard: dict[str, Any] = {
        "name": "nb99.q1",
        "title": "Count",
        "question": "How many?",
        "expects": NUMBER,
        "stub": "count = ...",
        "model_answer": "count = 3",
        "rule": lambda count: None if count > 2 else f"you counted {count}",
        "explanation": "Three, for the third is attached to the group.",
    }
    return Exercise(**{**standard, **changes})


def says(text: str) -> Any:
    """A rule that returns ``text``."""
    return lambda answer: text


# -- not attempted ----------------------------------------------------------------------------

POLICY_STUB = 'policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": ...}]}'


@pytest.mark.parametrize(
    ("expects", "stub", "answer"),
    [
        (NUMBER, "count = ...", ...),
        (NUMBER, "count = ...", None),
        (TEXT, "action = ...", "..."),
        (NUMBER, "count = 0", 0),
        (TEXT, 'action = "s3:?"', "s3:?"),
        (POLICY, 'policy = {"Statement": []}', {"Statement": []}),
        (POLICY, POLICY_STUB, {"Statement": [{"Effect": "Deny", "Action": ...}]}),
        (POLICY, POLICY_STUB, '{"Statement": [{"Effect": "Deny", "Action": "..."}]}'),
        (LAB, "...", ...),
    ],
)
def test_untouched_is_not_attempted(expects: Any, stub: str, answer: Any) -> None:
    outcome = exercise(expects=expects, stub=stub, rule=says("judged")).judge(answer)
    assert outcome.verdict is Verdict.NOT_ATTEMPTED
    assert outcome.error is None


@pytest.mark.parametrize(
    ("answer", "place"),
    [
        ({"Statement": [{"Effect": "Deny", "Action": ...}]}, "`Statement[0].Action`"),
        ('{"Statement": [{"Action": "..."}]}', "`Statement[0].Action`"),
        ({"Statement": {"Action": ["iam:GetUser", ...]}}, "`Statement.Action[1]`"),
    ],
)
def test_what_is_left_to_fill_in_is_named(answer: Any, place: str) -> None:
    outcome = exercise(expects=POLICY).judge(answer)
    assert outcome.verdict is Verdict.NOT_ATTEMPTED
    assert place in outcome.message


@pytest.mark.parametrize("answer", [0, "", [], {}, False])
def test_an_empty_answer_is_an_answer(answer: Any) -> None:
    assert exercise().judge(answer).verdict is not Verdict.NOT_ATTEMPTED


def test_equal_values_of_another_type_are_not_the_stub() -> None:
    """``False == 0`` in Python; a learner who writes 0 has written something."""
    attempted = exercise(stub="count = False", rule=says("judged")).judge(0)
    assert attempted.verdict is Verdict.NOT_YET


def test_stub_is_never_run() -> None:
    outcome = exercise(stub="count = 1 / 0").judge(3)
    assert outcome.verdict is Verdict.CORRECT


def test_rule_can_say_where_to_begin() -> None:
    def rule(lab: Lab) -> str | None:
        raise NotAttempted("There is no device yet.")

    outcome = exercise(expects=LAB, rule=rule).judge(Lab())
    assert (outcome.verdict, outcome.message) == (Verdict.NOT_ATTEMPTED, "There is no device yet.")


# -- correct and not yet ----------------------------------------------------------------------


def test_right_answer_is_correct_and_explained() -> None:
    outcome = exercise().judge(3)
    assert outcome.verdict is Verdict.CORRECT
    assert outcome.message == "Three, for the third is attached to the group."


def test_wrong_answer_is_not_yet_with_what_was_observed() -> None:
    outcome = exercise().judge(1)
    assert (outcome.verdict, outcome.message) == (Verdict.NOT_YET, "you counted 1")


# -- cannot be checked ------------------------------------------------------------------------


class Hostile:
    """Fails at whatever it is asked."""

    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no comparison")

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("expects", "answer", "words"),
    [
        (NUMBER, "two", "takes a number, without quotes; it was given a str: `'two'`"),
        (NUMBER, True, "it was given a bool"),
        (NUMBER, Hostile(), "it was given a Hostile"),
        (POLICY, [{"Effect": "Deny"}], "a policy document: a dict, or the same as JSON text"),
        (POLICY, 3, "it was given an int: `3`"),
        (POLICY, " ", "The text is empty"),
        (TEXT, 3, "a text in quotes"),
        (YES_NO, "True", "`True` or `False`, without quotes"),
        (names('["a"]'), "alice", 'a list of texts, such as `["a"]`'),
        (names('["a"]'), ["alice", 3], "texts only. In it is an int: `3`."),
        (names('["a"]'), [Hostile()], "texts only. In it is a Hostile."),
        (names('["a"]'), ["alice", float("nan")], "`.dropna()` leaves such ones out."),
        (one_of("allowed", "denied"), "perhaps", 'one of `"allowed"`, `"denied"`'),
        (LAB, Lab, "the account itself, `lab`"),
        (LAB, "lab", "the account itself, `lab`"),
    ],
)
def test_another_kind_of_answer_says_what_to_mend(expects: Any, answer: Any, words: str) -> None:
    outcome = exercise(expects=expects, rule=says("judged")).judge(answer)
    assert outcome.verdict is Verdict.CANNOT_CHECK
    assert words in outcome.message
    assert outcome.error is None


@pytest.mark.parametrize(
    ("expects", "answer", "read"),
    [
        (NUMBER, 2.5, 2.5),
        (TEXT, " s3:GetObject ", "s3:GetObject"),
        (YES_NO, False, False),
        (names("[]"), ("bob", " alice"), frozenset({"alice", "bob"})),
        (names("[]"), [], frozenset()),
        (one_of("Allowed"), " allowed", "Allowed"),
        (POLICY, {"Statement": []}, {"Statement": []}),
        (POLICY, "{", "{"),
    ],
)
def test_rule_gets_the_answer_as_it_is_meant(expects: Any, answer: Any, read: Any) -> None:
    got = []
    exercise(expects=expects, rule=got.append).judge(answer)
    assert got == [read]


@pytest.mark.parametrize(
    ("given", "words"),
    [((), "given nothing"), ((1, 2), "given 2 things"), ((...,) * 3, "3 things")],
)
def test_a_call_with_another_number_of_answers(given: tuple, words: str) -> None:
    outcome = exercise().judge(*given)
    assert outcome.verdict is Verdict.CANNOT_CHECK
    assert words in outcome.message
    assert "`exercise.q1.check(count)`" in outcome.message


def test_stopped_lab_says_how_to_go_on() -> None:
    lab = Lab()
    lab.is_running = False
    outcome = exercise(expects=LAB, rule=says("judged")).judge(lab)
    assert outcome.verdict is Verdict.CANNOT_CHECK
    assert "Lab.start()" in outcome.message


def test_rule_can_say_that_the_call_is_wrong() -> None:
    def rule(count: int) -> str | None:
        raise CannotCheck("Hand over the new count.")

    outcome = exercise(rule=rule).judge(3)
    assert (outcome.verdict, outcome.message, outcome.error) == (
        Verdict.CANNOT_CHECK,
        "Hand over the new count.",
        None,
    )


def broken(error: Exception) -> Any:
    def rule(answer: Any) -> str | None:
        raise error

    return rule


@pytest.mark.parametrize(
    "rule",
    [
        broken(ZeroDivisionError("division by zero")),
        broken(KeyError("Statement")),
        broken(RecursionError()),
        broken(ValueError("x" * 5000 + "\nsecond line")),
        broken(AssertionError()),
        says(""),
        lambda answer: True,
        lambda: None,
    ],
)
def test_fault_of_ours_is_one_line_and_can_be_told_apart(rule: Any) -> None:
    outcome = exercise(rule=rule).judge(3)
    assert outcome.verdict is Verdict.CANNOT_CHECK
    assert outcome.error is not None
    first, _, rest = outcome.message.partition("\n")
    assert type(outcome.error).__name__ in first
    assert len(first) < 250
    assert "Traceback" not in outcome.message
    assert "from its first cell" in rest


def test_interrupting_the_kernel_still_interrupts() -> None:
    with pytest.raises(KeyboardInterrupt):
        exercise(rule=broken(KeyboardInterrupt())).judge(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("answer", [Hostile(), {"a": Hostile()}, [Hostile()], object(), print])
def test_no_answer_makes_a_check_raise(answer: Any) -> None:
    for expects in (NUMBER, TEXT, POLICY, LAB, YES_NO, names("[]"), one_of("a")):
        stub = "answer = {'a': 1}"
        assert exercise(expects=expects, stub=stub, rule=says("judged")).judge(answer).message


def test_answer_that_contains_itself() -> None:
    policy: dict[str, Any] = {}
    policy["Statement"] = policy
    assert exercise(expects=POLICY, rule=says("round")).judge(policy).message == "round"


# -- what is shown ----------------------------------------------------------------------------

NASTY = '<img src=x onerror="alert(1)">`</code><script>&'


class Tags(HTMLParser):
    """Gathers what a browser would make of a text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))


def nasty_outcomes() -> list:
    return [
        exercise(rule=lambda answer: f"user {NASTY} is `{NASTY}`").judge(1),
        exercise(rule=broken(ValueError(NASTY))).judge(1),
        exercise().judge("<script>alert(1)</script>"),
        exercise(explanation=NASTY).judge(3),
        exercise(expects=POLICY).judge({NASTY: ...}),
        exercise(name=f"nb99.{NASTY}").judge(3),
    ]


@pytest.mark.parametrize("number", range(6))
def test_names_and_answers_are_data(number: int) -> None:
    bundle = nasty_outcomes()[number].bundle()
    assert "<script>" in bundle["text/plain"]
    tags = Tags()
    tags.feed(bundle["text/html"])
    allowed = {("div", ("style",)), ("div", ()), ("strong", ()), ("code", ()), ("br", ())}
    assert set(tags.found) <= allowed


@pytest.mark.parametrize(
    ("answer", "symbol", "word", "name"),
    [
        (3, "✔", "Correct", "correct"),
        (1, "✎", "Not yet", "not_yet"),
        (..., "○", "Not attempted", "not_attempted"),
        ("", "⚠", "Cannot be checked", "cannot_check"),
    ],
)
def test_verdict_is_a_symbol_and_a_word(answer: Any, symbol: str, word: str, name: str) -> None:
    bundle = exercise().judge(answer).bundle()
    assert bundle["text/plain"].startswith(f"{symbol} {word} · q1")
    assert f"<strong>{symbol} {word} · q1</strong>" in bundle["text/html"]
    data = json.loads(json.dumps(bundle[OUTCOME_MIME]))
    assert data == {"exercise": "nb99.q1", "outcome": name}


def test_check_shows_one_output_and_returns_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert exercise().check(3) is None
    assert capsys.readouterr().out.count("✔ Correct") == 1


def test_question_is_shown_as_text_and_markdown() -> None:
    bundle = exercise(question="Which of `a`, `b`?")._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/markdown"}
    for text in bundle.values():
        assert "Count" in text
        assert "Which of `a`, `b`?" in text


def test_hints_come_one_by_one_and_end_with_the_way_on(capsys: pytest.CaptureFixture[str]) -> None:
    q1, other = exercise(hints=("look", "look closer")), exercise(hints=("else",))
    for _ in range(4):
        q1.hint()
    other.hint()
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "**Hint 1 of 2.** look",
        "**Hint 2 of 2.** look closer",
        "No further hint. `exercise.q1.solution()` shows an answer.",
        "No further hint. `exercise.q1.solution()` shows an answer.",
        "**Hint 1 of 1.** else",
    ]


def test_solution_shows_the_very_text_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    exercise().solution()
    shown = capsys.readouterr().out
    assert "```python\ncount = 3\n```" in shown
    assert "the third is attached" in shown


# -- going on ---------------------------------------------------------------------------------


def test_finish_brings_the_account_on_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    reached = []
    q1 = exercise(expects=LAB, reach=reached.append, reached="The device is there.")
    lab = Lab()
    assert q1.finish(lab) is None
    assert q1.finish(lab) is None
    assert reached == [lab, lab]
    assert capsys.readouterr().out.count("The device is there.") == 2


def test_finish_hands_on_what_the_next_cells_need() -> None:
    assert exercise(reach=lambda lab: "a session").finish(Lab()) == "a session"


@pytest.mark.parametrize("given", [(), ("lab",), (Lab, Lab), (None,)])
def test_finish_with_something_else_says_what_to_mend(
    given: tuple, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exercise(reach=lambda lab: 1 / 0).finish(*given) is None
    shown = capsys.readouterr().out
    assert "Cannot be checked" in shown
    assert "`exercise.q1.finish(lab)`" in shown


def test_finish_that_fails_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert exercise(reach=lambda lab: 1 / 0).finish(Lab()) is None
    shown = capsys.readouterr().out
    assert "ZeroDivisionError: division by zero" in shown
    assert "Traceback" not in shown


def test_call_is_named_as_the_notebook_writes_it() -> None:
    assert exercise().call == "exercise.q1.check(count)"
    assert exercise(expects=LAB).call == "exercise.q1.check(lab)"
    two_steps = "names = 3\npolicy = {}\nlab.root.arn"
    assert replace(exercise(), model_answer=two_steps).call == "exercise.q1.check(policy)"


def test_exercises_load_without_a_notebook() -> None:
    code = (
        "import sys, helpers.exercises; "
        "print([m for m in ('IPython', 'ipywidgets', 'boto3', 'moto', 'pandas') "
        "if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
