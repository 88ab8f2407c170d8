"""What a learner has tried and solved, remembered on this machine only.

One plain JSON file of the user's own, ``progress.json`` in the folder ``account-protection``:

* Linux: ``$XDG_DATA_HOME``, or else ``~/.local/share``
* macOS: ``~/Library/Application Support``
* Windows: ``%APPDATA%``

It holds the names of exercises with two days each, the first try and the first right answer::

    {"form": 1, "remember": true,
     "exercises": {"nb05.q1": {"tried": "2026-11-25", "solved": "2026-11-26"}}}

No name of a person, no answer and no count of tries is in it. Nothing is remembered

* after ``exercises.remember(False)``, which holds for all notebooks and empties the file;
* where the environment variable ``ACCOUNT_PROTECTION_PROGRESS`` is ``off`` (a path there names
  another file);
* where no person works: outside of a Jupyter kernel, in everything that pytest starts (it sets
  ``PYTEST_VERSION``), and where ``CI`` is set.

A file that is broken, or may not be written, is never an error: then there is no memory. Two
kernels may write at once: the file is replaced in one go, and each kernel writes all that it has
noted every time, so that nothing stays lost that another one wrote over.

Specification: https://specifications.freedesktop.org/basedir-spec/latest/
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from helpers.exercises.outcome import Outcome, Verdict
from helpers.exercises.render import Text

__all__ = ["VARIABLE", "Days", "Memory", "file", "memory", "note", "read", "remember"]

VARIABLE = "ACCOUNT_PROTECTION_PROGRESS"
"""The environment variable: ``off``, or the path of the file."""

NO_PERSON = ("PYTEST_VERSION", "CI")
"""Environment variables of programs that run notebooks in nobody's name."""

FORM = 1
"""The form of the JSON; another number is another form."""

LARGEST = 1_000_000
"""Bytes; a larger file is none of ours."""

_NAME = re.compile(r"nb\d\d\.(?:q|quiz)\d{1,2}")


@dataclass(frozen=True)
class Days:
    """When an exercise was first tried, and when first solved (``None``: not yet)."""

    tried: date
    solved: date | None = None

    def and_(self, other: Days) -> Days:
        """What two files, or two kernels, know together.

        >>> Days(date(2026, 11, 3)).and_(Days(date(2026, 11, 2), date(2026, 11, 4)))
        Days(tried=datetime.date(2026, 11, 2), solved=datetime.date(2026, 11, 4))
        """
        solved = [day for day in (self.solved, other.solved) if day is not None]
        return Days(min(self.tried, other.tried), min(solved, default=None))


def read(text: str) -> tuple[dict[str, Days], bool]:
    """The exercises in a file's text, and whether its owner wants to be remembered.

    Entries that are none are left out. Raises ``ValueError`` where the text is no such file.

    >>> read('{"form": 1, "exercises": {"nb05.q1": {"tried": "2026-11-25"}, "x": 1}}')
    ({'nb05.q1': Days(tried=datetime.date(2026, 11, 25), solved=None)}, True)
    """
    try:
        kept = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("it is no JSON") from None
    if not isinstance(kept, dict) or not isinstance(kept.get("exercises"), dict):
        raise ValueError("it is no file of progress")
    if kept.get("form") != FORM:
        raise ValueError("it is of another version of these notebooks")
    found = {}
    for name, entry in kept["exercises"].items():
        if _NAME.fullmatch(name) and isinstance(entry, Mapping):
            tried, solved = _day(entry.get("tried")), _day(entry.get("solved"))
            if tried is not None:
                found[name] = Days(tried, solved)
    return found, kept.get("remember") is not False


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return None


@dataclass
class Memory:
    """A file of progress, and what this kernel noted."""

    file: Path
    noted: dict[str, Days] = field(default_factory=dict)
    off: bool = False
    """Whether ``remember(False)`` was called here."""

    def known(self) -> tuple[dict[str, Days], bool]:
        """What the file and this kernel know; ``False``: it is to be forgotten."""
        try:
            if self.file.stat().st_size > LARGEST:
                raise ValueError("it is too large")
            found, wanted = read(self.file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            found, wanted = {}, True
        if self.off or not wanted:
            return {}, False
        for name, days in self.noted.items():
            found[name] = days.and_(found[name]) if name in found else days
        return found, True

    def note(self, name: str, solved: bool, today: date) -> None:
        """Note that an exercise was tried; nothing is raised where the file cannot be written."""
        found, wanted = self.known()
        if not wanted:
            return
        days = Days(today, today if solved else None)
        self.noted[name] = found[name] = days.and_(found[name]) if name in found else days
        self._write(found, True)

    def switch(self, on: bool) -> bool:
        """Remember from now on, or forget everything. Returns whether the file says so now."""
        self.off = not on
        if not on:
            self.noted.clear()
            return self._write({}, False)
        try:
            found, _ = read(self.file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            found = {}
        return self._write(found, True)

    def _write(self, found: Mapping[str, Days], wanted: bool) -> bool:
        exercises = {}
        for name, days in sorted(found.items()):
            exercises[name] = {"tried": days.tried.isoformat()}
            if days.solved is not None:
                exercises[name]["solved"] = days.solved.isoformat()
        kept = {"form": FORM, "remember": wanted, "exercises": exercises}
        try:
            self._replace(json.dumps(kept, indent=1) + "\n")
        except OSError:
            return False
        return True

    def _replace(self, text: str) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self._set_aside()
        handle, made = tempfile.mkstemp(dir=self.file.parent, prefix=self.file.name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as new:
                new.write(text)
            os.replace(made, self.file)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(made)
            raise

    def _set_aside(self) -> None:
        """A file that cannot be read is kept under another name, for whoever can."""
        try:
            read(self.file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return
        except ValueError:  # of the text, or of its letters
            os.replace(self.file, self.file.with_suffix(".broken.json"))


# The file of this machine ------------------------------------------------------------------------


def file() -> Path:
    """Where progress is kept on this machine, whether or not there is such a file."""
    named = os.environ.get(VARIABLE, "")
    if named and not _says_off(named):
        return Path(os.path.expanduser(named))
    return _data_folder() / "account-protection" / "progress.json"


def _data_folder() -> Path:
    home = Path(os.path.expanduser("~"))
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming")
    if sys.platform == "darwin":
        return home / "Library" / "Application Support"
    # A relative path there is invalid, by the specification, and is to be ignored.
    named = Path(os.environ.get("XDG_DATA_HOME", ""))
    return named if named.is_absolute() else home / ".local" / "share"


def _says_off(value: str) -> bool:
    return value.strip().casefold() in {"off", "no", "false", "0"}


_MEMORIES: dict[Path, Memory] = {}


def memory() -> Memory | None:
    """This kernel's memory; ``None`` where nothing is remembered."""
    if _says_off(os.environ.get(VARIABLE, "")) or not _a_person_works():
        return None
    return _MEMORIES.setdefault(file(), Memory(file()))


def _a_person_works() -> bool:
    """Whether this is a Jupyter kernel, and not one that tests have started."""
    if any(os.environ.get(name) for name in NO_PERSON):
        return False
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


def note(outcome: Outcome) -> None:
    """Remember the outcome of a check, where it was answered rightly or wrongly."""
    if outcome.verdict not in (Verdict.CORRECT, Verdict.NOT_YET):
        return
    if _NAME.fullmatch(outcome.exercise) and (here := memory()) is not None:
        here.note(outcome.exercise, outcome.verdict is Verdict.CORRECT, date.today())


def remember(on: bool = True) -> Text:
    """Whether to remember what is solved, from now on and in all notebooks.

    ``remember(False)`` also forgets what was; ``remember()`` begins anew. Says what holds now.

    >>> remember(False)
    Nothing is remembered here.
    """
    here = memory()
    if here is None:
        return Text("Nothing is remembered here.")
    kept = here.switch(on)
    if on and kept:
        return Text(f"What you solve is remembered from now on, in `{here.file}`.")
    if on:
        return Text(f"`{here.file}` cannot be written, so nothing is remembered.")
    if kept:
        return Text("Nothing is remembered any more, and what was is forgotten.")
    return Text(f"Nothing more is remembered in this notebook. `{here.file}` cannot be changed.")
