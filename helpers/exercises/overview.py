"""The exercises of the whole series, and which of them are done."""

from __future__ import annotations

import html
import importlib
import pkgutil
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import helpers.exercises
from helpers.exercises.remembered import Days, memory

__all__ = ["Progress", "names_of_exercises", "progress"]

_NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"

NOTHING = "○ Nothing is done yet. Exercises that you solve will stand here, notebook by notebook."


def names_of_exercises() -> dict[str, list[str]]:
    """The exercises and quiz questions of each notebook by its number, in their order.

    >>> names_of_exercises()["00"]
    ['nb00.q1']
    """
    from helpers.exercises.exercise import Exercise
    from helpers.exercises.quiz import Quiz

    found = {}
    for each in pkgutil.iter_modules(helpers.exercises.__path__):
        if re.fullmatch(r"nb\d\d", each.name):
            module = importlib.import_module(f"helpers.exercises.{each.name}")
            asked = [one for one in vars(module).values() if isinstance(one, Exercise | Quiz)]
            found[each.name[2:]] = [one.name for one in asked]
    return found


@dataclass(frozen=True)
class Progress:
    """A row a notebook: what of it is solved. Says so as text, and as a table in a notebook."""

    done: Mapping[str, Days]
    """The exercises that were tried."""
    kept: str = ""
    """Where that is remembered; empty: nowhere."""

    def rows(self) -> list[dict[str, str]]:
        """``notebook``, ``exercises`` and ``quiz`` (how many solved of how many), ``last`` day."""
        return [self._row(number, names) for number, names in names_of_exercises().items()]

    def _row(self, number: str, names: list[str]) -> dict[str, str]:
        parts = {
            what: [name for name in names if (".quiz" in name) is is_quiz]
            for what, is_quiz in (("exercises", False), ("quiz", True))
        }
        days = [self.done[name] for name in names if name in self.done]
        solved = [one.solved for one in days if one.solved is not None]
        mark = "✔" if len(solved) == len(names) else "✎" if days else "○"
        last = max(solved or [one.tried for one in days], default=None)
        return {
            "notebook": f"{mark} {_title(number)}",
            **{what: self._solved(part) for what, part in parts.items()},
            "last": f"{last:%Y-%m-%d}" if last else "",
        }

    def _solved(self, names: list[str]) -> str:
        solved = [name for name in names if name in self.done and self.done[name].solved]
        return f"{len(solved)} of {len(names)}" if names else ""

    def __repr__(self) -> str:
        if not self.done:
            return NOTHING
        rows = self.rows()
        titles = {name: name for name in rows[0]}
        width = {name: max(len(row[name]) for row in [titles, *rows]) for name in titles}
        lines = [
            "  ".join(row[name].ljust(width[name]) for name in titles).rstrip()
            for row in [titles, *rows]
        ]
        return "\n".join([*lines, *([f"Remembered in {self.kept}"] if self.kept else [])])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": repr(self), "text/html": self.html()}

    def html(self) -> str:
        """The same as HTML; the path is data."""
        if not self.done:
            return f"<div>{NOTHING}</div>"
        rows = self.rows()
        heads = "".join(f'<th scope="col" style="{_CELL}">{name}</th>' for name in rows[0])
        lines = "".join(
            "<tr>"
            + "".join(f'<td style="{_CELL}">{html.escape(value)}</td>' for value in row.values())
            + "</tr>"
            for row in rows
        )
        below = f"<div><small>Remembered in {html.escape(self.kept)}</small></div>"
        return (
            "<table><caption>✔ all solved, ✎ begun, ○ not begun</caption>"
            f"<thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>"
            f"{below if self.kept else ''}"
        )


_CELL = "text-align: left"


def _title(number: str) -> str:
    """A notebook's number and name, as its file has them."""
    found = sorted(_NOTEBOOKS.glob(f"{number}_*.ipynb"))
    return found[0].stem.replace("_", " ") if found else number


def progress() -> Progress:
    """What you have solved so far, as this machine remembers it.

    >>> progress()
    ○ Nothing is done yet. Exercises that you solve will stand here, notebook by notebook.
    """
    here = memory()
    if here is None:
        return Progress({})
    done, wanted = here.known()
    return Progress(done, str(here.file) if wanted else "")
