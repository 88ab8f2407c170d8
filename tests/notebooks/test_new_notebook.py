"""A new notebook, as the command makes it, keeps every rule and passes every pass."""

from __future__ import annotations

import importlib.util
import re
import shutil
import types
from dataclasses import dataclass
from pathlib import Path

import new_notebook
import pytest
import test_notebook_exercises
from notebook_files import FOLDER, ROOT, Notebook
from notebook_kernel import kernel
from notebook_passes import PASSES
from notebook_rules import RULES

README = (
    "# Series\n\n| No. |\n|---|\n| 00 | [Start here](notebooks/00_start_here.ipynb) |\n\nEnd.\n"
)
NAME = "98_count_the_keys.ipynb"


@dataclass(frozen=True)
class Made(Notebook):
    """A notebook of a project elsewhere, with its module."""

    def module(self) -> types.ModuleType:
        path = self.path.parents[1] / "helpers" / "exercises" / f"nb{self.number}.py"
        spec = importlib.util.spec_from_file_location(f"helpers.exercises.{path.stem}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module


def project(folder: Path) -> Path:
    """A project with what a new notebook leans on: the helpers, a README, two pages."""
    shutil.copytree(ROOT / "helpers", folder / "helpers")
    notebooks = folder / "notebooks"
    notebooks.mkdir()
    for name in ("00_start_here.ipynb", "glossary.md"):
        shutil.copy(FOLDER / name, notebooks)
    (folder / "README.md").write_text(README)
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = project(tmp_path_factory.mktemp("series"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(new_notebook.os, "environ", dict(new_notebook.os.environ))
        assert new_notebook.main(["98", "Count the keys"], root) == 0
    return root


def test_it_keeps_every_rule(made: Path) -> None:
    notebook = Made(made / "notebooks" / NAME)
    assert [fault for rule in RULES for fault in rule(notebook)] == []


def test_its_exercises_are_complete(made: Path) -> None:
    notebook = Made(made / "notebooks" / NAME)
    test_notebook_exercises.test_notebook_and_module_hold_the_same_exercises(notebook)
    assert len(notebook.exercises()) == 4
    for label, each in notebook.exercises().items():
        for test in (
            test_notebook_exercises.test_answer_cell_is_the_stub_and_the_check,
            test_notebook_exercises.test_stub_has_the_shape_of_the_answer,
            test_notebook_exercises.test_exercise_is_complete,
            test_notebook_exercises.test_work_on_the_account_can_be_caught_up_with,
        ):
            test(notebook, label, each)


def test_it_passes_every_pass(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(made))
    notebook = Made(made / "notebooks" / NAME)
    with kernel(notebook.path.parent) as running:
        assert [fault for each in PASSES for fault in each(running, notebook)] == []


def test_the_readme_has_its_row(made: Path) -> None:
    rows = [line for line in (made / "README.md").read_text().splitlines() if line[:3] == "| 9"]
    assert rows == [f"| 98 | [Count the keys](notebooks/{NAME}) | 30 | 00 |"]
    assert (made / "README.md").read_text().endswith("| 00 |\n\nEnd.\n")


def test_nothing_of_the_template_is_left(made: Path) -> None:
    for path in (made / "notebooks" / NAME, made / "helpers" / "exercises" / "nb98.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\bnb99\b|\b99 ·|notebook 99", text)
        assert new_notebook.MINUTES not in text
        assert new_notebook.TITLE.lower() not in text.lower()


@pytest.mark.parametrize(
    ("number", "title", "says"),
    [
        ("98", "Again", "notebooks/98_count_the_keys.ipynb is there already"),
        ("5", "Deny", "'5' is no number of two digits"),
        ("97", "…", "a title holds letters"),
        ("97", "a | b", "none of |"),
    ],
)
def test_what_cannot_be_made_is_one_line(
    made: Path, capsys: pytest.CaptureFixture[str], number: str, title: str, says: str
) -> None:
    before = sorted(made.rglob("*.ipynb"))
    assert new_notebook.main([number, title], made) == 1
    said = capsys.readouterr()
    assert says in said.err
    assert said.err.count("\n") == 1
    assert sorted(made.rglob("*.ipynb")) == before


def test_a_readme_without_a_table_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "README.md").write_text("# Nothing\n")
    assert new_notebook.main(["97", "Deny"], tmp_path) == 1
    assert "README.md has no table of notebooks" in capsys.readouterr().err
    assert list(tmp_path.rglob("*.ipynb")) == []
