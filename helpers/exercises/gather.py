"""Learners' files of progress gathered into one table, for who teaches a class.

    python3 start.py progress FOLDER

Each learner hands in their file (``progress()`` says where it is) under a name of their own, such
as ``anna.json``. The table is written into the same folder, as ``progress.csv``: a row a file, and
no more about a person than the file's own name.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from helpers.exercises.overview import names_of_exercises
from helpers.exercises.remembered import LARGEST, Days, read

__all__ = ["Gathered", "gather"]

TABLE = "progress.csv"
NOT_YET = "not yet"

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass
class Gathered:
    """What was in the files of a folder."""

    learners: dict[str, dict[str, Days]] = field(default_factory=dict)
    """File's name without its ending (with it, where two differ in that alone) → its exercises."""
    skipped: dict[str, str] = field(default_factory=dict)
    """File's name → why it was left out."""

    def rows(self) -> list[dict[str, str]]:
        """A row a learner: ``learner``, ``solved`` and ``of`` (numbers), ``last`` (a day), and a
        column an exercise: the day on which it was solved, or "not yet", or nothing."""
        asked = [name for names in names_of_exercises().values() for name in names]
        rows = []
        for learner, done in self.learners.items():
            solved = [days.solved for name in asked if (days := done.get(name)) and days.solved]
            rows.append(
                {
                    "learner": learner,
                    "solved": str(len(solved)),
                    "of": str(len(asked)),
                    "last": max(solved).isoformat() if solved else "",
                    **{name: _cell(done.get(name)) for name in asked},
                }
            )
        return rows


def _cell(days: Days | None) -> str:
    if days is None:
        return ""
    return days.solved.isoformat() if days.solved else NOT_YET


def gather(files: Iterable[Path]) -> Gathered:
    """Read learners' files; one that cannot be read is left out, with the reason."""
    found = Gathered()
    for path in sorted(files):
        try:
            if path.suffix.lower() != ".json":
                raise ValueError("its name does not end in .json")
            if path.stat().st_size > LARGEST:
                raise ValueError("it is too large")
            done, _ = read(path.read_text(encoding="utf-8"))
            found.learners[path.name if path.stem in found.learners else path.stem] = done
        except UnicodeDecodeError:
            found.skipped[path.name] = "it is no text"
        except ValueError as reason:
            found.skipped[path.name] = str(reason)
        except OSError as error:
            found.skipped[path.name] = error.strerror or "it cannot be read"
    return found


def write(rows: list[dict[str, str]], path: Path) -> None:
    """Write the table; a name that a spreadsheet would take for a formula gets an apostrophe."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # so that Excel reads the names
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        for row in rows:
            learner = row["learner"]
            table.writerow(
                {**row, "learner": f"'{learner}" if learner.startswith(_FORMULA) else learner}
            )


def main(arguments: list[str]) -> int:
    """The command. Returns the exit code: 0, or 1 where no table was made."""
    parser = argparse.ArgumentParser(
        prog="start.py progress", description="Gather learners' files of progress into one table."
    )
    parser.add_argument("folder", type=Path, help="the folder with the learners' .json files")
    folder = parser.parse_args(arguments).folder
    if not folder.is_dir():
        print(f"There is no folder {folder}.", file=sys.stderr)
        return 1
    # All that may be a learner's: a folder may be, too, where a platform hands each one in so.
    found = gather(path for path in folder.glob("[!.]*") if path.name != TABLE)
    for name, reason in found.skipped.items():
        print(f"left out: {name}: {reason}")
    if not found.learners:
        print(f"There is no learner's file in {folder}.", file=sys.stderr)
        return 1
    table = folder / TABLE
    try:
        write(found.rows(), table)
    except OSError as error:
        print(f"{table} cannot be written: {error.strerror}", file=sys.stderr)
        return 1
    many = len(found.learners)
    print(f"{many} learner{'s' * (many != 1)}: {table}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
