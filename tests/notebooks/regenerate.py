"""Run the notebooks and write their outputs as they are committed.

    python tests/notebooks/regenerate.py           # every notebook
    python tests/notebooks/regenerate.py 05 06     # these
    python tests/notebooks/regenerate.py --check   # write nothing, say which would change
    python tests/notebooks/regenerate.py --copies  # run nothing, write the shipped copies anew

Each notebook runs from a fresh kernel in its own folder. Written are execution counts 1…N, the
outputs, and of the metadata the kernel's name and the language alone, so that a second run changes
nothing. A notebook with an error is left as it is, and the error is shown.

At the end the compressed copies are written from which ``start.py reset`` brings a notebook back;
after a change by hand, or a merge, ``--copies`` does that alone.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import nbformat
from notebook_files import FOLDER, paths
from notebook_kernel import joined, kernel

from helpers.exercises.remembered import VARIABLE
from helpers.setup.shipped import ship

METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
WIDGET = "application/vnd.jupyter.widget-view+json"


class Failed(Exception):
    """A cell raised; the text says which and how."""


def run(path: Path) -> str:
    """The text of the notebook at ``path`` with fresh outputs.

    Raises Failed where a cell ends in an error.
    """
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata = nbformat.from_dict(METADATA)
    with kernel(path.parent) as running:
        count = 0
        for cell in notebook.cells:
            cell.metadata = nbformat.from_dict(_kept(cell.metadata))
            if cell.cell_type != "code":
                continue
            count += 1
            ran = running.run(cell.source)
            if ran.error:
                raise Failed(ran.error)
            cell.execution_count = count
            cell.outputs = [_clean(output, count) for output in joined(ran.outputs)]
    return text_of(notebook)


def text_of(notebook: Any) -> str:
    """A notebook as it is written: the same text for the same cells."""
    for cell, name in zip(notebook.cells, cell_ids(notebook.cells), strict=True):
        cell.id = name
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    nbformat.validate(notebook)
    return nbformat.writes(notebook, indent=1, ensure_ascii=False) + "\n"


def cell_ids(cells: list[Any]) -> list[str]:
    """An id for each cell that depends on its text alone: a cell keeps it wherever it moves.

    >>> cell = nbformat.v4.new_markdown_cell("Recap")
    >>> cell_ids([cell, cell])
    ['853175a7', '853175a7-2']
    """
    seen: Counter[str] = Counter()
    names = []
    for cell in cells:
        name = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return names


def _kept(metadata: dict[str, Any]) -> dict[str, Any]:
    """Of a cell's metadata only that its source is folded."""
    if metadata.get("jupyter", {}).get("source_hidden"):
        return {"jupyter": {"source_hidden": True}}
    return {}


def _clean(output: Any, count: int) -> Any:
    output.pop("transient", None)
    if "execution_count" in output:
        output.execution_count = count
    if "metadata" in output:
        output.metadata = nbformat.from_dict({})
    if "data" in output:
        # A view without its state would draw as an error until the cell is run.
        output.data.pop(WIDGET, None)
    return output


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("numbers", nargs="*", metavar="NN", help="such as 05; none: all")
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--copies", action="store_true", help="only write the shipped copies")
    chosen = parser.parse_args(arguments)
    if chosen.copies:
        return _ship(write=not chosen.check)
    found = {path.stem[:2]: path for path in paths()}
    unknown = [number for number in chosen.numbers if number not in found]
    if unknown:
        parser.error(f"no notebook {', '.join(unknown)} in {FOLDER.name}/")
    os.environ[VARIABLE] = "off"  # what is solved here, nobody solved
    status = 0
    for number in chosen.numbers or found:
        path = found[number]
        try:
            text = run(path)
        except Failed as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            status = 1
            continue
        changed = text != path.read_text(encoding="utf-8")
        if changed and chosen.check:
            status = 1
        elif changed:
            path.write_text(text, encoding="utf-8", newline="\n")
        print(f"{path.name}: {'changed' if changed else 'as it was'}")
    return _ship(write=not chosen.check) or status


def _ship(write: bool) -> int:
    """Bring the shipped copies up to date, or only say which are not. Returns the exit code."""
    changed = ship(FOLDER, write)
    for name in changed:
        print(f"{name}: its shipped copy is {'new' if write else 'another'}")
    return int(bool(changed) and not write)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
