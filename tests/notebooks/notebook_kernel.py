"""Running a notebook's cells one by one in one real kernel, with answers put in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from notebook_files import Code, Notebook
from traitlets.config import Config

from helpers.exercises import OUTCOME_MIME

# Seconds for one cell; the slowest takes about two.
CELL_TIMEOUT = 60


@dataclass(frozen=True)
class Ran:
    """What one execution of one cell gave."""

    source: str
    outputs: tuple[Any, ...]

    @property
    def error(self) -> str | None:
        """The exception's name and text, where the cell raised."""
        for output in self.outputs:
            if output.output_type == "error":
                return f"{output.ename}: {output.evalue}\nin the cell\n{self.source}"
        return None

    @property
    def outcome(self) -> str | None:
        """The outcome of the check in this cell, by its private MIME type."""
        found = [
            output.data[OUTCOME_MIME]["outcome"]
            for output in self.outputs
            if OUTCOME_MIME in output.get("data", {})
        ]
        return found[0] if len(found) == 1 else None

    @property
    def text(self) -> str:
        return text_of(self.outputs)


@dataclass
class Kernel:
    """One kernel, as a notebook in ``folder`` has it."""

    client: NotebookClient
    _index: Iterator[int] = field(default_factory=count)

    def run(self, source: str) -> Ran:
        """Execute ``source`` as a cell of its own."""
        cell = nbformat.v4.new_code_cell(source)
        self.client.nb.cells.append(cell)
        done = self.client.execute_cell(cell, next(self._index))
        return Ran(source, tuple(done.outputs))


@contextmanager
def kernel(folder: Path) -> Iterator[Kernel]:
    """A fresh kernel whose working directory is ``folder``; it is shut down at the end."""
    client = NotebookClient(
        nbformat.v4.new_notebook(),
        # As start.py has it; without, each kernel warns that others on this machine could listen.
        config=Config(KernelManager={"transport_encryption": "auto"}),
        kernel_name="python3",
        timeout=CELL_TIMEOUT,
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    )
    with client.setup_kernel():
        yield Kernel(client)


def joined(outputs: tuple[Any, ...]) -> list[Any]:
    """Consecutive pieces of one stream as one: how they are cut depends on the machine's load."""
    found: list[Any] = []
    for output in outputs:
        before = found[-1] if found else None
        streams = before and output.output_type == before.output_type == "stream"
        if streams and output.name == before.name:
            found[-1] = nbformat.from_dict({**before, "text": before.text + output.text})
        else:
            found.append(output)
    return found


def text_of(outputs: tuple[Any, ...]) -> str:
    """What the outputs say as plain text."""
    return "\n".join(
        output.get("text") or output.get("data", {}).get("text/plain", "")
        for output in joined(outputs)
    )


# Given an answer cell, the source to run in its place.
Fill = Callable[[Code], str]


def right(notebook: Notebook) -> Fill:
    """Fills in the very text that ``solution()`` shows, and the right letters."""
    exercises, quizzes = notebook.exercises(), notebook.quizzes()

    def fill(cell: Code) -> str:
        if cell.checks:
            return cell.filled(exercises[cell.checks].model_answer)
        if cell.asks:
            options = quizzes[cell.asks].options
            return cell.answered(next(k for k, v in options.items() if v.right))
        return cell.source

    return fill
