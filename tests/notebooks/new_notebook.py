"""Begin a notebook: the file, its exercises, its row in the README.

    python tests/notebooks/new_notebook.py 12 "Rotate the keys"

From ``template/`` come a notebook that keeps every rule and four exercises of different kinds, all
of them working: put your own in their places, one round at a time, and run the tests in between.
The notebook is run once, so that its outputs are there. What is left to do is printed. Nothing that
exists is overwritten.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import regenerate
from minutes import walk
from notebook_files import ROOT, Notebook

from helpers.exercises.remembered import VARIABLE

TEMPLATE = Path(__file__).parent / "template"
NUMBER, TITLE, MINUTES = "99", "Title of the notebook", "MINUTES"
"""What stands in the template for the new notebook's own."""

ROW = re.compile(r"^\| \d\d \| \[.*\n", re.MULTILINE)
_CODE = re.compile(r"^```python\n(.*?)\n```$", re.MULTILINE | re.DOTALL)


class Refused(Exception):
    """The text says what is in the way."""


@dataclass(frozen=True)
class New:
    """A notebook that is to be: its number and title, in the project at ``root``."""

    number: str
    title: str
    root: Path = ROOT

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\d\d", self.number):
            raise Refused(f"{self.number!r} is no number of two digits, such as 12")
        if not re.search(r"[A-Za-z]", self.title) or re.search(r"[|\[\]`\"\\\n]", self.title):
            raise Refused('a title holds letters, and none of | [ ] ` " \\')
        taken = [*self.notebooks.glob(f"{self.number}_*.ipynb"), self.module]
        if there := next((path for path in taken if path.exists()), None):
            raise Refused(f"{there.relative_to(self.root).as_posix()} is there already")

    @property
    def notebooks(self) -> Path:
        return self.root / "notebooks"

    @property
    def notebook(self) -> Path:
        words = re.findall(r"[a-z0-9]+", self.title.lower())
        return self.notebooks / f"{'_'.join([self.number, *words])}.ipynb"

    @property
    def module(self) -> Path:
        return self.root / "helpers" / "exercises" / f"nb{self.number}.py"

    def write(self) -> int:
        """Write all three, the notebook with its outputs; returns the minutes that it takes.

        Raises Refused where the README has no table to put a row into.
        """
        readme = self.root / "README.md"
        text = readme.read_text(encoding="utf-8")
        rows = list(ROW.finditer(text))
        if not rows:
            raise Refused("README.md has no table of notebooks")
        self.module.write_text(self._own("nb99.py"), encoding="utf-8", newline="\n")
        new_cells = cells(self._own("notebook.md"))
        self.notebook.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=new_cells)))
        ran = nbformat.reads(regenerate.run(self.notebook), as_version=4)
        self.notebook.write_text(nbformat.writes(ran), encoding="utf-8")
        minutes = walk(Notebook(self.notebook))[0].minutes  # the outputs are read, too
        ran.cells[0].source = ran.cells[0].source.replace(MINUTES, str(minutes))
        self.notebook.write_text(regenerate.text_of(ran), encoding="utf-8", newline="\n")
        row = (
            f"| {self.number} | [{self.title}](notebooks/{self.notebook.name}) | {minutes} | 00 |\n"
        )
        place = next((row.start() for row in rows if row[0][2:4] > self.number), rows[-1].end())
        regenerate.ship(self.notebooks, write=True)
        readme.write_text(text[:place] + row + text[place:], encoding="utf-8", newline="\n")
        return minutes

    def _own(self, name: str) -> str:
        """A file of the template, in the new notebook's name."""
        text = (TEMPLATE / name).read_text(encoding="utf-8")
        lower = self.title[0].lower() + self.title[1:]
        return (
            text.replace(f"{NUMBER} ·", f"{self.number} ·")
            .replace(f"nb{NUMBER}", f"nb{self.number}")
            .replace(f"notebook {NUMBER}", f"notebook {self.number}")
            .replace(TITLE, self.title)
            .replace(TITLE[0].lower() + TITLE[1:], lower)
        )


def cells(text: str) -> list[Any]:
    """The cells of a notebook written as markdown: each fence of Python is a code cell.

    >>> [cell.cell_type for cell in cells("# Title\\n\\n```python\\n1 + 1\\n```\\n\\nTwo.\\n")]
    ['markdown', 'code', 'markdown']
    """
    found = []
    for number, part in enumerate(_CODE.split(text)):
        new = nbformat.v4.new_code_cell if number % 2 else nbformat.v4.new_markdown_cell
        if part.strip():
            found.append(new(part.strip()))
    return found


TO_DO = """\
{notebook}: {minutes} minutes, with four exercises of {module}
README.md has its row. What is left:
  1. Put your rounds in the place of the template's. Then:
     python tests/notebooks/regenerate.py {number}
  2. Say in README.md and in the notebook's opening what a learner needs first.
  3. Link to it: from the section Next of the notebook before it.
  4. Give it a section in notebooks/instructor_guide.md, like the others there, with something to
     show on the projector, and a row under "Where to cut when it gets late"; and its terms in
     notebooks/glossary.md.
  5. Run: python3 start.py test tests/notebooks tests/unit/exercises tests/unit/setup"""


def main(arguments: list[str], root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("number", help="such as 12")
    parser.add_argument("title", help='such as "Rotate the keys"')
    chosen = parser.parse_args(arguments)
    os.environ[VARIABLE] = "off"  # what is solved here, nobody solved
    os.environ["PYTHONPATH"] = str(root)  # the kernel looks for the new module here
    try:
        new = New(chosen.number, chosen.title, root)
        minutes = new.write()
    except Refused as reason:
        print(reason, file=sys.stderr)
        return 1
    notebook, module = (path.relative_to(root).as_posix() for path in (new.notebook, new.module))
    print(TO_DO.format(notebook=notebook, minutes=minutes, module=module, number=new.number))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
