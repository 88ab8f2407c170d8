"""A check of the account, on the real one: running, stopped, started anew."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from helpers import Lab
from helpers.exercises import LAB, Exercise, Verdict, calls


def analyst_may_look(lab: Lab) -> str | None:
    sts = lab.root.client("sts")
    return calls([(sts.get_caller_identity, "allowed", "asking who one is")])


Q1 = Exercise(
    name="nb99.q1",
    title="Look",
    question="May you look?",
    expects=LAB,
    stub="...",
    model_answer="lab.root",
    rule=analyst_may_look,
)


@pytest.fixture
def lab() -> Iterator[Lab]:
    yield Lab.start()
    Lab.stop()


def test_running_account_is_checked(lab: Lab) -> None:
    assert Q1.judge(lab).verdict is Verdict.CORRECT


def test_stopped_account_says_how_to_go_on(lab: Lab) -> None:
    Lab.stop()
    outcome = Q1.judge(lab)
    assert outcome.verdict is Verdict.CANNOT_CHECK
    assert "`lab = Lab.start()`" in outcome.message
    assert outcome.error is None


def test_account_of_an_earlier_start_is_stopped(lab: Lab) -> None:
    newer = Lab.start()
    assert "Lab.start()" in Q1.judge(lab).message
    assert Q1.judge(newer).verdict is Verdict.CORRECT


def test_class_is_not_an_account(lab: Lab) -> None:
    assert "`exercise.q1.check(lab)`" in Q1.judge(Lab).message
