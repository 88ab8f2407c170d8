"""The notebooks of the series, read once and looked at cell by cell."""

from __future__ import annotations

import ast
import importlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat

from helpers.exercises import Exercise, Quiz

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"

CHECK = re.compile(r"^exercise\.(q\d+)\.check\(.*\)$")
QUIZ = re.compile(r"^exercise\.(quiz\d+)\.answer\((.*?)\)(\s*#.*)?$")
FINISH = re.compile(r"^(?:\w+ = )?exercise\.(q\d+)\.finish\(.*\)$")
SHOWN = re.compile(r"^exercise\.(q\d+)$")

# What exercises offer to look with; their docstrings say that nothing stays of it.
LOOKS = frozenset({"replay", "ways_up"})

_FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)


def paths() -> list[Path]:
    """Every notebook of the series, in its order."""
    return sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))


def anchors(page: Path) -> list[str]:
    """The anchors of a page of markdown, one a heading, as JupyterLab makes them.

    GitHub makes them small, and finds them however a link writes them. A mark of punctuation in a
    heading stays in JupyterLab's anchor and is left out of GitHub's.
    """
    prose = _FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#{1,6}\s+(.*?)\s*#*$", prose, re.MULTILINE)
    return [re.sub(r"[*`]", "", heading).replace(" ", "-") for heading in headings]


@dataclass(frozen=True)
class Code:
    """One code cell."""

    index: int  # among all cells of the notebook, from 0
    source: str
    outputs: tuple[Any, ...] = ()
    count: int | None = None

    @cached_property
    def lines(self) -> list[str]:
        return self.source.rstrip().splitlines()

    @property
    def last(self) -> str:
        return self.lines[-1].strip() if self.lines else ""

    @property
    def above(self) -> str:
        """All but the last line: the stub of an answer cell."""
        return "\n".join(self.lines[:-1]).strip("\n")

    @property
    def checks(self) -> str | None:
        """``q1`` where this is the answer cell of ``exercise.q1``."""
        found = CHECK.match(self.last)
        return found[1] if found else None

    @property
    def asks(self) -> str | None:
        """``quiz1`` where this cell answers ``exercise.quiz1``."""
        found = QUIZ.match(self.last)
        return found[1] if found else None

    @property
    def finishes(self) -> str | None:
        found = FINISH.match(self.last)
        return found[1] if found else None

    @property
    def shows(self) -> str | None:
        found = SHOWN.match(self.last)
        return found[1] if found else None

    @property
    def only_looks(self) -> bool:
        """Whether nothing of this cell stays: a question, hints, or a look that leaves no trace.

        >>> [Code(0, s).only_looks for s in ("exercise.replay(lab)[:3]", "# exercise.q1.hint()")]
        [True, True]
        >>> [Code(0, s).only_looks for s in ("exercise.overnight(lab)", "rows = f(LOOKS)")]
        [False, False]
        """
        tree = self.tree()
        if tree is None or not all(isinstance(each, ast.Expr) for each in tree.body):
            return False
        called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        return not tree.body or bool(self.shows) or (len(tree.body) == 1 and bool(called & LOOKS))

    def tree(self) -> ast.Module | None:
        try:
            return ast.parse(self.source)
        except SyntaxError:
            return None

    def filled(self, answer: str) -> str:
        """The cell with ``answer`` in the stub's place."""
        return f"{answer.strip()}\n{self.last}"

    def answered(self, letter: str) -> str:
        """The quiz cell with this letter."""
        return f'exercise.{self.asks}.answer("{letter}")'


@dataclass(frozen=True)
class Markdown:
    """One markdown cell."""

    index: int
    source: str

    @cached_property
    def prose(self) -> str:
        """The source without fenced code."""
        return _FENCE.sub("", self.source)

    @cached_property
    def headings(self) -> list[tuple[int, str]]:
        found = re.findall(r"^(#{1,6})\s+(.*?)\s*#*$", self.prose, re.MULTILINE)
        return [(len(marks), text) for marks, text in found]


@dataclass(frozen=True)
class Notebook:
    """A notebook on disk."""

    path: Path

    @cached_property
    def node(self) -> Any:
        return nbformat.read(self.path, as_version=4)

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def number(self) -> str:
        """``05`` of ``05_deny_without_mfa``."""
        return self.name[:2]

    @cached_property
    def cells(self) -> list[Code | Markdown]:
        cells: list[Code | Markdown] = []
        for index, cell in enumerate(self.node.cells):
            if cell.cell_type == "code":
                outputs = tuple(cell.outputs)
                cells.append(Code(index, cell.source, outputs, cell.execution_count))
            else:
                cells.append(Markdown(index, cell.source))
        return cells

    @cached_property
    def code(self) -> list[Code]:
        return [cell for cell in self.cells if isinstance(cell, Code)]

    @cached_property
    def markdown(self) -> list[Markdown]:
        return [cell for cell in self.cells if isinstance(cell, Markdown)]

    @cached_property
    def headings(self) -> list[tuple[int, str]]:
        return [heading for cell in self.markdown for heading in cell.headings]

    def section(self, title: str) -> str | None:
        """The prose under the heading that begins with ``title``, up to the next heading."""
        prose = "\n\n".join(cell.prose for cell in self.markdown)
        pattern = rf"^#{{2,6}}\s+{re.escape(title)}.*?$(.*?)(?=^#{{1,6}}\s|\Z)"
        found = re.search(pattern, prose, re.MULTILINE | re.DOTALL | re.IGNORECASE)
        return found[1] if found else None

    def module(self) -> ModuleType:
        """Its exercises: ``helpers.exercises.nb05``."""
        return importlib.import_module(f"helpers.exercises.nb{self.number}")

    def exercises(self) -> dict[str, Exercise]:
        return {k: v for k, v in vars(self.module()).items() if isinstance(v, Exercise)}

    def quizzes(self) -> dict[str, Quiz]:
        return {k: v for k, v in vars(self.module()).items() if isinstance(v, Quiz)}
