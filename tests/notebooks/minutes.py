"""How long a beginner needs for a notebook, by what it holds.

    python tests/notebooks/minutes.py        # a row for each notebook, with what its opening says
    python tests/notebooks/minutes.py 05 06  # the sections and exercises of these

The measure counts what a learner does:
reading, running and looking at cells, predicting, solving, answering. The paces are those of
somebody who is new to AWS and reads English as a second language; they were set so that the sums
agree with what two such readers needed for notebooks 00 to 07 on their first walk. The rule
``minutes`` of ``notebook_rules`` keeps each notebook's opening to this measure.

A **section** is what stands under one heading of the second level; all above the first code cell
is the section *Opening*, with the set-up that follows it. A notebook's **core** is everything but
its extra part: the sections whose heading begins with ``Extra:``.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from notebook_files import Code, Markdown, Notebook, paths

EXTRA = "Extra:"
OPENING = "Opening"

# Seconds.
A_WORD = 60 / 150  # technical prose in a second language: 150 words a minute
A_CELL = 10  # look at it, run it, wait for it
A_LINE = 2.5  # of code, read before it is run
AN_OUTPUT = 8  # find what matters in it
AN_OUTPUT_LINE = 1  # of at most
OUTPUT_LINES = 15
A_PICTURE = 15
A_PREDICTION = 25  # stop, think, say it
AN_EXERCISE = 240  # read it, try, a hint, try again
A_QUESTION = 35  # of a quiz, its feedback read

_OPENING = re.compile(
    r"^\*\*(\d+) minutes\*\*(?:, and (\d+) more for the extra part)?$", re.MULTILINE
)


@dataclass(frozen=True)
class Walk:
    """What a part of a notebook holds, and the minutes that it takes."""

    words: int = 0
    cells: int = 0
    exercises: int = 0
    seconds: float = 0.0

    def __add__(self, other: Walk) -> Walk:
        return Walk(
            self.words + other.words,
            self.cells + other.cells,
            self.exercises + other.exercises,
            self.seconds + other.seconds,
        )

    def __sub__(self, other: Walk) -> Walk:
        return Walk(
            self.words - other.words,
            self.cells - other.cells,
            self.exercises - other.exercises,
            self.seconds - other.seconds,
        )

    @property
    def minutes(self) -> int:
        """To the nearest five."""
        return 5 * round(self.seconds / 300)


@dataclass
class Section:
    """What stands under one heading of the second level."""

    title: str
    walk: Walk = Walk()
    exercises: dict[str, Walk] = field(default_factory=dict)
    """Of each exercise, such as ``q1``: its question, its answer and its help."""

    @property
    def is_extra(self) -> bool:
        return self.title.startswith(EXTRA)


def sections(notebook: Notebook) -> list[Section]:
    """The sections of a notebook, in their order."""
    found = [Section(OPENING)]
    for cell in notebook.cells:
        if isinstance(cell, Code):
            _add(found[-1], cell)
            continue
        for title, part in _parts(cell):
            if title and cell.index > 0:
                found.append(Section(title))
            found[-1].walk += _markdown(part)
    return found


def _parts(cell: Markdown) -> Iterator[tuple[str, Markdown]]:
    """The cell cut at its headings of the second level: each with what stands under it."""
    for text in re.split(r"^(?=## )", cell.prose, flags=re.MULTILINE):
        heading = re.match(r"## +(.*?)\s*#*$", text, re.MULTILINE)
        yield heading[1] if heading else "", Markdown(cell.index, text)


def _add(section: Section, cell: Code) -> None:
    found = _code(cell)
    section.walk += found
    help_to = re.search(r"^# exercise\.(q\d+)\.hint\(\)$", cell.source, re.MULTILINE)
    label = cell.shows or cell.checks or (help_to and help_to[1])
    if label:
        section.exercises[label] = section.exercises.get(label, Walk()) + found


def walk(notebook: Notebook) -> tuple[Walk, Walk]:
    """The core of a notebook and its extra part."""
    parts = {False: Walk(), True: Walk()}
    for section in sections(notebook):
        parts[section.is_extra] += section.walk
    return parts[False], parts[True]


def stated(notebook: Notebook) -> tuple[int, int] | None:
    """The minutes of the core and of the extra part that the opening names; 0 where it has none.

    None where the opening has another form than ``**45 minutes**`` or ``**45 minutes**, and 10
    more for the extra part``, on a line of its own.
    """
    found = _OPENING.search(notebook.cells[0].source)
    return (int(found[1]), int(found[2] or 0)) if found else None


def cells(notebook: Notebook) -> Iterator[tuple[bool, Code | Markdown]]:
    """Each cell, and whether it belongs to the extra part."""
    is_extra = False
    for cell in notebook.cells:
        for level, text in cell.headings if isinstance(cell, Markdown) else ():
            if level <= 2:
                is_extra = text.startswith(EXTRA)
        yield is_extra, cell


def _markdown(cell: Markdown) -> Walk:
    shown = re.sub(r"\]\([^)]*\)|<[^>]+>|[#*`|_-]", " ", cell.prose)
    words = len(shown.split())
    predictions = cell.prose.count("**Predict")
    return Walk(words=words, seconds=words * A_WORD + predictions * A_PREDICTION)


def _code(cell: Code) -> Walk:
    if cell.checks:
        return Walk(cells=1, exercises=1, seconds=AN_EXERCISE)
    if cell.asks:
        return Walk(cells=1, seconds=A_QUESTION)
    seconds = A_CELL + A_LINE * len([line for line in cell.lines if line.strip()])
    for output in cell.outputs:
        data = output.get("data", {})
        text = output.get("text") or data.get("text/plain") or ""
        lines = min(len("".join(text).splitlines()), OUTPUT_LINES)
        picture = any(kind.startswith("image/") for kind in data)
        seconds += A_PICTURE if picture else AN_OUTPUT + AN_OUTPUT_LINE * lines
    return Walk(cells=1, seconds=seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("numbers", nargs="*", metavar="NN", help="such as 05; none: all, in short")
    numbers = parser.parse_args().numbers
    found = {path.stem[:2]: Notebook(path) for path in paths()}
    if unknown := [number for number in numbers if number not in found]:
        parser.error(f"no notebook {', '.join(unknown)}")
    if not numbers:
        _print_notebooks(list(found.values()))
    for number in numbers:
        _print_sections(found[number])


def _print_notebooks(notebooks: list[Notebook]) -> None:
    print(
        f"{'notebook':32} {'words':>6} {'cells':>6} {'exercises':>10} {'core':>6} {'extra':>6}"
        "  stated"
    )
    for notebook in notebooks:
        core, extra = walk(notebook)
        said = stated(notebook) or ("?", "?")
        print(
            f"{notebook.name:32} {core.words:6} {core.cells:6} {core.exercises:10}"
            f" {core.seconds / 60:6.0f} {extra.seconds / 60:6.0f}  {said[0]} + {said[1]}"
        )


def _print_sections(notebook: Notebook) -> None:
    print(notebook.name)
    for section in sections(notebook):
        print(f"  {section.walk.seconds / 60:5.1f}  {section.title}")
        for label, one in section.exercises.items():
            print(f"  {one.seconds / 60:5.1f}    of it {label}")


if __name__ == "__main__":
    main()
