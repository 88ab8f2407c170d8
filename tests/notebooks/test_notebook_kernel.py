"""The passes find what they are for: a small notebook passes, one planted fault each does not."""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import notebook_passes
import pytest
from notebook_files import Notebook
from notebook_kernel import Kernel, joined, kernel, text_of
from notebook_passes import PASSES, turns

MODULE = '''
import helpers
from helpers.exercises import *


class Lab:
    """Stands in for the account: these passes are about the exercises."""

    users = ()
    is_running = True

    @classmethod
    def start(cls):
        return cls()


helpers.Lab = Lab


def count_rule(count):
    return None if count == 2 else f"you counted {count}"


def user_rule(lab):
    if not lab.users:
        raise NotAttempted("There is no user yet.")
    return None if "alice" in lab.users else "the account has " + ", ".join(lab.users)


def add_alice(lab):
    lab.users = ("alice",)


q1 = Exercise(
    name="nb99.q1",
    title="Count",
    question="How many?",
    expects=NUMBER,
    stub="count = ...",
    model_answer="count = 2",
    rule=count_rule,
    wrong_answers=(WrongAnswer("count = 3", says="counted 3"), WrongAnswer("count = 4", says="4")),
)
q2 = Exercise(
    name="nb99.q2",
    title="A user",
    question="Make the user alice.",
    expects=LAB,
    stub="...",
    model_answer='lab.users = ("alice",)',
    rule=user_rule,
    wrong_answers=(WrongAnswer('lab.users = ("bob",)', says="bob"),),
    reach=add_alice,
    reached="The user alice is there.",
)
quiz1 = Quiz(
    name="nb99.quiz1",
    question="Which?",
    options={"a": Option("A", "No."), "b": Option("B", "Yes.", right=True), "c": Option("C", "N.")},
)
'''

CELLS = [
    """import types

exercise = types.ModuleType("nb99")
exec(open("nb99.py").read(), vars(exercise))
lab = exercise.Lab.start()
runs = globals().get("runs", 0) + 1""",
    "seen = []",
    "exercise.q1",
    "count = ...\nexercise.q1.check(count)",
    "...\nexercise.q2.check(lab)",
    "exercise.q2.finish(lab)",
    "lab.users",
    "exercise.quiz1.answer(...)",
]


# What these cells say, as shipped.
COMMITTED = {
    "exercise.q1": "**Exercise q1 · Count**\n\nHow many?",
    CELLS[
        3
    ]: "○ Not attempted · q1\n  Put your answer in the lines above the check, then run the cell.",
    CELLS[4]: "○ Not attempted · q2\n  There is no user yet.",
    CELLS[5]: "▸ Going on after q2\n  The user alice is there.",
    CELLS[6]: "('alice',)",
    CELLS[7]: """Quiz quiz1 · Which?
  a  A
  b  B
  c  C

○ Not attempted · quiz1
  Give your letter in quotes: `exercise.quiz1.answer("a")`.""",
}


@dataclass(frozen=True)
class Small(Notebook):
    """A notebook whose exercises lie in a file beside it."""

    def module(self) -> types.ModuleType:
        module = types.ModuleType("nb99")
        exec((self.path.parent / "nb99.py").read_text(), vars(module))
        return module


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("small")


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Kernel]:
    with kernel(folder) as started:
        yield started


@pytest.fixture(autouse=True)
def _own_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in that the small module sets is gone after each test."""
    import helpers

    monkeypatch.setattr(helpers, "Lab", None, raising=False)


def small(folder: Path, module: str = MODULE, cells: list[str] = CELLS) -> Small:
    (folder / "nb99.py").write_text(module)
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    for cell in node.cells:
        if cell.source in COMMITTED:
            data = {"text/plain": COMMITTED[cell.source]}
            cell.outputs.append(nbformat.v4.new_output("display_data", data=data))
    path = folder / "99_small.ipynb"
    path.write_text(nbformat.writes(node))
    return Small(path)


@pytest.mark.parametrize("each_pass", PASSES, ids=lambda each: each.__name__)
def test_small_notebook_passes(folder: Path, running: Kernel, each_pass) -> None:
    assert each_pass(running, small(folder)) == []


# (pass, in the module or a cell: old, new, what the fault says)
FAULTS = [
    ("as_committed", "count = ...\nex", "count = 2\nex", "q1: correct, should be not_attempted"),
    ("as_committed", "answer(...)", 'answer("b")', "quiz1: correct, should be not_attempted"),
    ("wrong_answers", 'lab.users = ("alice",)\n\n', "pass\n\n", "q2 after finish(): not_yet"),
    ("wrong_answers", "exercise.q2.finish", "assert not lab.users; exercise", "AssertionError"),
    ("as_committed", "seen = []", "seen = nothing", "NameError: name 'nothing' is not defined"),
    ("wrong_answers", "if count == 2", "if count > 1", "q1: correct, should be not_yet"),
    ("wrong_answers", 'says="4"', 'says="five"', "'five' is not in the feedback"),
    ("wrong_answers", '("bob",)\', ', '("bob",); 1 / 0\', ', "ZeroDivisionError"),
    ("wrong_answers", 'f"you counted {count}"', "count / 0", "q1: cannot_check, should be not_yet"),
    ("solutions", 'model_answer="count = 2"', 'model_answer="count = 5"', "q1: not_yet"),
    ("solutions", 'model_answer="count = 2"', 'model_answer="lab = 2"', "AttributeError"),
    ("solutions", "seen = []", "assert not lab.users; lab.users = 1", "AssertionError"),
    (
        "wrong_answers",
        "exercise.q2.finish",
        "assert not hasattr(lab, 'once')\nlab.once = 1\nexercise.q2.finish",
        "second time: AssertionError",
    ),
    (
        "solutions",
        "'lab.users = (\"a",
        "'assert not lab.users; lab.users = (\"a",
        "second time: AssertionError",
    ),
    ("as_committed", "seen = []", "print(runs)", "says something else"),
]


@pytest.mark.parametrize(("name", "old", "new", "says"), FAULTS)
def test_planted_fault_is_found(
    folder: Path, running: Kernel, name: str, old: str, new: str, says: str
) -> None:
    assert old in MODULE or any(old in cell for cell in CELLS)
    cells = [cell.replace(old, new) for cell in CELLS]
    notebook = small(folder, MODULE.replace(old, new), cells)
    faults = getattr(notebook_passes, name)(running, notebook)
    assert any(says in fault for fault in faults), faults


def test_every_wrong_answer_about_the_account_has_its_turn(folder: Path) -> None:
    one = small(folder).exercises()
    assert turns(one) == 1
    second = 'says="bob"), WrongAnswer("lab.users = (1,)", says="1")'
    assert turns(small(folder, MODULE.replace('says="bob")', second)).exercises()) == 2
    assert turns({}) == 1


def test_how_a_stream_was_cut_does_not_matter() -> None:
    def stream(text: str, name: str = "stdout") -> nbformat.NotebookNode:
        return nbformat.v4.new_output("stream", name=name, text=text)

    outputs = (stream("one "), stream("two\n"), stream("!", "stderr"), stream("three"))
    assert [output.text for output in joined(outputs)] == ["one two\n", "!", "three"]
    assert joined(tuple(joined(outputs))) == joined(outputs)
    assert text_of(outputs[:2]) == "one two\n"
