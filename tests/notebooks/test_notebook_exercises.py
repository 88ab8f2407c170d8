"""The exercises' data: what an author may forget. What they do is tested in a kernel."""

from __future__ import annotations

import ast

import pytest
from notebook_files import Notebook, paths

from helpers.exercises import LAB, Exercise
from helpers.exercises.answers import assigned

NOTEBOOKS = [Notebook(path) for path in paths()]

# Above the check line, in a cell of at most fifteen lines.
MAX_ANSWER_LINES = 14


def exercises() -> list:
    return [
        pytest.param(notebook, label, each, id=each.name)
        for notebook in NOTEBOOKS
        for label, each in notebook.exercises().items()
    ]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda each: each.name)
def test_notebook_and_module_hold_the_same_exercises(notebook: Notebook) -> None:
    asked = {cell.checks for cell in notebook.code} - {None}
    quizzed = {cell.asks for cell in notebook.code} - {None}
    assert asked == set(notebook.exercises())
    assert quizzed == set(notebook.quizzes())
    for label, each in {**notebook.exercises(), **notebook.quizzes()}.items():
        assert each.name == f"nb{notebook.number}.{label}"


@pytest.mark.parametrize(("notebook", "label", "each"), exercises())
def test_answer_cell_is_the_stub_and_the_check(
    notebook: Notebook, label: str, each: Exercise
) -> None:
    cell = next(cell for cell in notebook.code if cell.checks == label)
    assert cell.above.strip() == each.stub.strip()
    assert cell.last == each.call


@pytest.mark.parametrize(("notebook", "label", "each"), exercises())
def test_stub_has_the_shape_of_the_answer(notebook: Notebook, label: str, each: Exercise) -> None:
    assert set(assigned(each.stub)) <= set(assigned(each.model_answer))
    if each.expects is not LAB:
        assert assigned(each.stub)[-1] == assigned(each.model_answer)[-1]
    assert ast.dump(ast.parse(each.stub)) != ast.dump(ast.parse(each.model_answer))
    for text in (each.stub, each.model_answer):
        assert len(text.strip().splitlines()) <= MAX_ANSWER_LINES


@pytest.mark.parametrize(("notebook", "label", "each"), exercises())
def test_exercise_is_complete(notebook: Notebook, label: str, each: Exercise) -> None:
    assert len(each.hints) >= 2
    assert len(each.wrong_answers) >= 2
    assert each.explanation.strip()
    for answer in each.wrong_answers:
        ast.parse(answer.code)
        assert answer.says.strip()
        assert answer.code.strip() != each.model_answer.strip()
    # What feedback must say may not be the answer itself.
    assert each.model_answer.strip() not in each.question


@pytest.mark.parametrize(("notebook", "label", "each"), exercises())
def test_work_on_the_account_can_be_caught_up_with(
    notebook: Notebook, label: str, each: Exercise
) -> None:
    """An exercise about the account has a way to go on from, and the notebook takes it."""
    finished = [cell for cell in notebook.code if cell.finishes == label]
    answered = next(cell for cell in notebook.code if cell.checks == label)
    if each.expects is LAB:
        assert each.reach is not None
        assert each.reached.strip()
    if each.reach is not None:
        assert len(finished) == 1
        assert finished[0].index > answered.index
    else:
        assert finished == []
