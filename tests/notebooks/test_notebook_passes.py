"""Every notebook in a real kernel: as shipped, with wrong answers, with its solutions, twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from notebook_files import Notebook, paths
from notebook_kernel import Kernel, kernel
from notebook_passes import PASSES, Pass

NOTEBOOKS = [Notebook(path) for path in paths()]


@pytest.fixture(scope="module")
def running(notebook: Notebook) -> Iterator[Kernel]:
    """One kernel a notebook: pytest keeps the passes of one notebook together."""
    with kernel(notebook.path.parent) as started:
        yield started


@pytest.mark.parametrize("each_pass", PASSES, ids=lambda each: each.__name__)
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda each: each.name, scope="module")
def test_pass(running: Kernel, notebook: Notebook, each_pass: Pass) -> None:
    assert each_pass(running, notebook) == []
