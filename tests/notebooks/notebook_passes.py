"""The passes through a notebook, each a function that returns its faults.

Apart from the tests, so that a small notebook with a planted fault can be sent through them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from notebook_files import Code, Notebook
from notebook_kernel import Kernel, Ran, right, text_of

from helpers.exercises import LAB, Exercise, Quiz, Verdict, WrongAnswer

Pass = Callable[[Kernel, Notebook], list[str]]


def wrong_answers(running: Kernel, notebook: Notebook) -> list[str]:
    """Every known wrong answer: not yet, with its feedback, and the notebook still goes on.

    A wrong answer about the account changes the account, so the notebook is run once for each of
    them; all others follow each other in the first run, in which each ``finish`` is run twice. A
    later run is about the answers that are new to it. What stands before the first of them has
    been seen as it is then, so what only looks is left out; it ends where the last has been
    finished.
    """
    exercises, quizzes = notebook.exercises(), notebook.quizzes()
    faults = []
    for turn in range(turns(exercises)):
        answers = _now(exercises, turn)
        for cell in _cells(notebook, answers, turn):
            if cell.checks in answers:
                for answer in answers[cell.checks]:
                    ran = running.run(cell.filled(answer.code))
                    faults += _error(ran) + _outcome(cell, ran, Verdict.NOT_YET)
                    if answer.says not in ran.text:
                        said = f"{answer.says!r} is not in the feedback"
                        faults.append(f"{cell.checks}: {said}\n{ran.source}\n{ran.text}")
            elif cell.asks and turn == 0:
                for letter in _wrong(quizzes[cell.asks]):
                    ran = running.run(cell.answered(letter))
                    faults += _error(ran) + _outcome(cell, ran, Verdict.NOT_YET)
            else:
                faults += _error(running.run(cell.source))
            if cell.finishes:
                if turn == 0:
                    faults += [f"the second time: {f}" for f in _error(running.run(cell.source))]
                check = running.run(exercises[cell.finishes].call)
                faults += _is(f"{cell.finishes} after finish()", check, Verdict.CORRECT)
    return faults


def solutions(running: Kernel, notebook: Notebook) -> list[str]:
    """The solutions as they are shown: correct, and the notebook goes on to its end.

    Each cell is run twice in a row: a learner runs a cell again, and nothing breaks. (The first one
    is run again by each pass.)
    """
    fill = right(notebook)
    faults = []
    for cell in notebook.code:
        source = fill(cell)
        ran = running.run(source)
        faults += _error(ran) + _outcome(cell, ran, Verdict.CORRECT)
        if cell is notebook.code[0]:
            continue
        again = running.run(source)
        faults += [f"the second time: {fault}" for fault in _error(again)]
        faults += _outcome(cell, again, Verdict.CORRECT)
    return faults


def as_committed(running: Kernel, notebook: Notebook) -> list[str]:
    """As shipped, in a kernel that has run the notebook before: nothing is attempted, and what
    the cells say is what is committed.

    In a fresh kernel nbval looks at the same.
    """
    faults = []
    for cell in notebook.code:
        committed, ran = text_of(cell.outputs), running.run(cell.source)
        faults += _error(ran) + _outcome(cell, ran, Verdict.NOT_ATTEMPTED)
        if ran.text != committed:
            faults.append(
                f"cell {cell.index} says something else than the committed output:\n"
                f"{cell.source}\n--- committed\n{committed}\n--- now\n{ran.text}"
            )
    return faults


# In this order, in one kernel: each pass finds what those before it have left behind.
PASSES: tuple[Pass, ...] = (
    wrong_answers,
    solutions,
    as_committed,
)


def turns(exercises: dict[str, Exercise]) -> int:
    """How often the notebook is run to try every wrong answer."""
    about_account = [each for each in exercises.values() if each.expects is LAB]
    return max((len(each.wrong_answers) for each in about_account), default=1)


def _now(exercises: dict[str, Exercise], turn: int) -> dict[str, tuple[WrongAnswer, ...]]:
    """The wrong answers of this turn: of each exercise about the account one, as long as it has."""
    found = {}
    for name, each in exercises.items():
        place = slice(turn, turn + 1) if each.expects is LAB else slice(None if turn == 0 else 0)
        found[name] = each.wrong_answers[place]
    return {name: answers for name, answers in found.items() if answers}


def _cells(notebook: Notebook, answers: Collection[str], turn: int) -> list[Code]:
    """The code cells that a turn has to run."""
    cells = notebook.code
    if turn == 0:
        return cells
    first = next(n for n, cell in enumerate(cells) if cell.checks in answers)
    end = max(n for n, cell in enumerate(cells) if {cell.checks, cell.finishes} & set(answers))
    return [cell for cell in cells[:first] if not cell.only_looks] + cells[first : end + 1]


def _wrong(quiz: Quiz) -> list[str]:
    return [letter for letter, option in quiz.options.items() if not option.right]


def _error(ran: Ran) -> list[str]:
    return [ran.error] if ran.error else []


def _outcome(cell: Code, ran: Ran, wanted: Verdict) -> list[str]:
    label = cell.checks or cell.asks
    return _is(label, ran, wanted) if label else []


def _is(label: str, ran: Ran, wanted: Verdict) -> list[str]:
    if ran.outcome == wanted:
        return []
    return [f"{label}: {ran.outcome}, should be {wanted}\n{ran.source}\n{ran.text}"]
