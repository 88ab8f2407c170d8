"""The instructor guide's plans by the clock, and what they say of the notebooks.

    python tests/notebooks/guide_plans.py

prints each row of the plans that names a part of a notebook, with its minutes and the measure's. A
row names a part so: a link to the notebook, a colon, and then

- ``the core``: all but the extra part
- ``from *A section* through *Another*``, or ``from the top through *A section*``; extra sections
  that lie between do not count
- ``*A section*, *Another* and *A third*``
- ``q2``: this exercise alone

each perhaps with ``, without q1`` or ``, without its exercise`` behind it. What follows the first
full stop is for people.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from minutes import Section, sections
from notebook_files import FOLDER, Notebook

GUIDE = FOLDER / "instructor_guide.md"

_PART = re.compile(r"\[(\d\d)\]\((\d\d_\w+\.ipynb)\)[:,]? (.+)", re.DOTALL)
_TITLE = re.compile(r"\*([^*]+)\*")


@dataclass(frozen=True)
class Row:
    """A row of a plan. ``minutes`` is None in the last one, which only says when the plan ends."""

    clock: str
    minutes: int | None
    what: str

    @property
    def time(self) -> datetime:
        return datetime.strptime(self.clock, "%H:%M")


@dataclass(frozen=True)
class Plan:
    """A plan by the clock: ``length`` is what its heading says, in minutes."""

    title: str
    length: int
    rows: tuple[Row, ...]

    def faults(self) -> list[str]:
        """Where the clock and the minutes do not agree."""
        found = []
        for row, following in zip(self.rows, self.rows[1:], strict=False):
            passed = (following.time - row.time) // timedelta(minutes=1)
            if passed != row.minutes:
                found.append(f"{row.clock} takes {row.minutes}, the next row is {passed} later")
        total = sum(row.minutes or 0 for row in self.rows)
        if total != self.length:
            found.append(f"{total} minutes in all, should be {self.length}")
        if self.rows[-1].minutes is not None:
            found.append(f"{self.rows[-1].clock} is no end")
        return found


def plans(text: str) -> list[Plan]:
    """The plans of a guide: under a heading such as ``### Half a day, 09:00 to 13:00``, a table."""
    found = []
    for part in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        title = part.partition("\n")[0]
        if rows := _table(part, "Clock"):
            found.append(Plan(title, _length(title), tuple(_row(*cells) for cells in rows)))
    return found


def cuts(text: str) -> list[Row]:
    """The table of what can be left out: its rows, without a clock."""
    return [_row("00:00", saved, what) for what, saved, *_ in _table(text, "What is left out")]


def measured(what: str) -> float | None:
    """The minutes of the part of a notebook that a row names; None where it names none.

    Raises ValueError where the notebook has no such section or exercise.
    """
    found = _PART.match(what)
    if not found:
        return None
    number, name, rest = found.groups()
    if number != name[:2]:
        raise ValueError(f"the link {number} leads to {name}")
    there = _sections(name)
    part, _, without = _sentence(rest).partition(", without ")
    if re.fullmatch(r"q\d+", part):
        return _exercise(there, part) / 60
    chosen = _chosen(there, part)
    seconds = sum(section.walk.seconds for section in chosen)
    left_out = (
        [label for section in chosen for label in section.exercises]
        if re.fullmatch("its exercises?", without)
        else re.findall(r"q\d+", without)
    )
    return (seconds - sum(_exercise(chosen, label) for label in left_out)) / 60


def _sentence(text: str) -> str:
    """The text up to its first full stop; what stands between stars may have one."""
    found = re.match(r"(?:\*[^*]+\*|[^.*])*", text)
    return found[0].strip() if found else ""


@cache
def _sections(name: str) -> tuple[Section, ...]:
    return tuple(sections(Notebook(FOLDER / name)))


def _chosen(there: tuple[Section, ...], part: str) -> list[Section]:
    if part == "the core":
        return [section for section in there if not section.is_extra]
    titles = [section.title for section in there]
    places = []
    for title in _TITLE.findall(part):
        if title not in titles:
            raise ValueError(f"there is no section {title!r}")
        places.append(titles.index(title))
    if re.fullmatch(r"from the top through \*[^*]+\*", part):
        places = [0, *places]
    if re.fullmatch(r"from (the top|\*[^*]+\*) through \*[^*]+\*", part):
        return [one for one in there[places[0] : places[1] + 1] if not one.is_extra]
    if re.fullmatch(r"\*[^*]+\*((, | and )\*[^*]+\*)*", part):
        return [there[place] for place in places]
    raise ValueError(f"not understood: {part!r}")


def _exercise(there: tuple[Section, ...] | list[Section], label: str) -> float:
    for section in there:
        if label in section.exercises:
            return section.exercises[label].seconds
    raise ValueError(f"there is no exercise {label}")


def _table(text: str, first: str) -> list[list[str]]:
    """The cells of the rows of the table whose first column is called so."""
    rows: list[list[str]] = []
    inside = False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            inside = False
        elif cells[0] == first:
            inside = True
        elif inside and not set(line) <= set("|-: "):
            rows.append(cells)
    return rows


def _row(clock: str, minutes: str, what: str) -> Row:
    return Row(clock, int(minutes) if minutes else None, what)


def _length(title: str) -> int:
    if found := re.match(r"(\d+) minutes", title):
        return int(found[1])
    begin, end = (datetime.strptime(one, "%H:%M") for one in re.findall(r"\d\d:\d\d", title))
    return (end - begin) // timedelta(minutes=1)


def main() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    for title, rows in [*((p.title, p.rows) for p in plans(text)), ("Cuts", cuts(text))]:
        print(title)
        for row in rows:
            if (minutes := measured(row.what)) is not None:
                print(f"  {row.minutes:3} {minutes:5.1f}  {row.what[:90]}")


if __name__ == "__main__":
    main()
