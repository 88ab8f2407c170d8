"""Every notebook in a real kernel: with wrong answers, with its solutions, twice, as shipped.

Each notebook has a class of its own, and pytest's workers take a class each (``--dist loadscope``),
so that two notebooks run at a time. A worker has one kernel, emptied for each notebook: what it
imports it need not import again.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from notebook_files import FOLDER, Notebook, paths
from notebook_kernel import Kernel, kernel
from notebook_passes import PASSES, Pass

# A notebook's names are gone, and so is what it told pandas.
EMPTIED = "import pandas\npandas.reset_option('display')\n%reset -f"


@pytest.fixture(scope="module")
def one_kernel() -> Iterator[Kernel]:
    with kernel(FOLDER) as started:
        yield started


class Passes:
    """The passes through one notebook, one after the other in one kernel."""

    notebook: Notebook

    @pytest.fixture(scope="class")
    @classmethod
    def running(cls, one_kernel: Kernel) -> Kernel:
        one_kernel.run(EMPTIED)
        return one_kernel

    @pytest.mark.parametrize("each_pass", PASSES, ids=lambda each: each.__name__)
    def test_pass(self, running: Kernel, each_pass: Pass) -> None:
        assert each_pass(running, self.notebook) == []


for _path in paths():
    _notebook = Notebook(_path)
    _name = f"Test{_notebook.number}"
    globals()[_name] = type(_name, (Passes,), {"notebook": _notebook})


def test_every_notebook_has_its_class() -> None:
    classes = [each for name, each in globals().items() if name.startswith("Test")]
    assert [each.notebook.path for each in classes] == paths()
