"""Notebooks back to their shipped state, the learner's kept beside them.

    python3 start.py reset 05          one notebook: by its number, its name or its path
    python3 start.py reset 05 07       these
    python3 start.py reset all         every one that has changed

Runs with any Python from 3.11 on, without .venv, and without git.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from helpers.setup.shipped import FOLDER, Broken, Shipped, kept_name

__all__ = ["Unknown", "named", "reset"]


class Unknown(Exception):
    """A word that names no notebook. The text says which there are."""


def named(words: Iterable[str], notebooks: dict[str, Path]) -> dict[str, Path]:
    """The notebooks, number → path, that the words name, in the series' order.

    A word is a number, a name with or without its number and ending, a path, or ``all``. Raises
    Unknown where one is none of these.

    >>> there = {"05": Path("05_deny_without_mfa.ipynb"), "07": Path("07_least_privilege.ipynb")}
    >>> list(named(["7", "deny_without_mfa"], there)), list(named(["all"], there))
    (['05', '07'], ['05', '07'])
    """
    chosen: set[str] = set()
    for word in words:
        stem = Path(word.replace("\\", "/")).name.removesuffix(".ipynb")
        found = {
            number
            for number, path in notebooks.items()
            if stem in (number, str(int(number)), path.stem, path.stem[3:]) or word == "all"
        }
        if not found:
            there = ", ".join(path.stem for path in notebooks.values())
            raise Unknown(f"There is no notebook {word!r} in the series. There are: {there}.")
        chosen |= found
    return {number: path for number, path in notebooks.items() if number in chosen}


def reset(number: str, path: Path, shipped: Shipped, now: datetime) -> Path | None:
    """Write the notebook as it was shipped. Returns where the learner's is kept, or ``None``
    where there was none.

    Whatever happens, one of the two files holds the learner's work: it is copied first, and the
    shipped one takes its place in one go. Raises OSError and shipped.Broken.
    """
    text = shipped.text(path)
    kept = _keep(number, path, now) if path.exists() else None
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_bytes(text)
        os.replace(new, path)
    except OSError:
        new.unlink(missing_ok=True)
        if kept is not None:
            kept.unlink()
        raise
    return kept


def _keep(number: str, path: Path, now: datetime) -> Path:
    """A copy of the learner's notebook under a name that nothing has yet."""
    when, again = now.strftime("%Y-%m-%d %H.%M"), 1
    while True:
        kept = path.with_name(kept_name(number, when, again))
        try:
            with kept.open("xb") as file:
                file.write(path.read_bytes())
            break
        except FileExistsError:
            again += 1
        except OSError:
            kept.unlink(missing_ok=True)
            raise
    shutil.copystat(path, kept)
    return kept


def main(arguments: list[str], folder: Path = FOLDER) -> int:
    """The command. Returns the exit code: 0, or 1 where a notebook could not be reset."""
    parser = argparse.ArgumentParser(
        prog="start.py reset",
        description="Bring notebooks back to their shipped state; yours are kept beside them.",
    )
    parser.add_argument("notebook", nargs="+", help="a number such as 05, a name, a path; or all")
    words = parser.parse_args(arguments).notebook
    shipped = Shipped(folder)
    try:
        wanted = named(words, shipped.notebooks())
        status = _reset_all(wanted, shipped)
    except (Unknown, Broken) as trouble:
        print(f"start.py: {trouble}", file=sys.stderr)
        return 1
    return status


def _reset_all(wanted: dict[str, Path], shipped: Shipped) -> int:
    done = 0
    for number, path in wanted.items():
        try:
            if shipped.is_unchanged(path):
                print(f"{path.name}: nothing has changed in it since it was shipped.")
                continue
            kept = reset(number, path, shipped, datetime.now())
        except OSError as error:
            print(
                f"start.py: {path.name} stays as it is ({error.strerror}). Close JupyterLab, see"
                " that there is room on the disk and that the folder can be written to.",
                file=sys.stderr,
            )
            return 1
        done += 1
        yours = f" Yours is kept beside it: {kept.name}" if kept else ""
        print(f"{path.name}: as it was shipped.{yours}")
    if done:
        print("Is it open in JupyterLab? There: File menu, Reload Notebook from Disk.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
