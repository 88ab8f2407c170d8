"""Notebooks are written the same way every time."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
import regenerate

from helpers.setup.shipped import Shipped, ship

CELLS = [
    "print('one')\nprint('two')",
    "2 + 2",
    "import sys; print('three'); sys.stdout.flush(); print('four')",
    "import ipywidgets; ipywidgets.HTML('a')",
]


def notebook(folder: Path, cells: list[str]) -> Path:
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    node.metadata.widgets = {"state": {}}
    node.cells[0].metadata.tags = ["x"]
    node.cells[0].metadata.jupyter = {"source_hidden": True}
    node.cells[-1].execution_count = 9
    path = folder / "98_small.ipynb"
    path.write_text(nbformat.writes(node))
    return path


def only(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but this notebook is there."""
    monkeypatch.setattr(regenerate, "paths", lambda: [path])
    monkeypatch.setattr(regenerate, "FOLDER", path.parent)


def test_outputs_are_clean_and_the_second_run_changes_nothing(tmp_path: Path) -> None:
    path = notebook(tmp_path, CELLS)
    text = regenerate.run(path)
    path.write_text(text, encoding="utf-8")
    assert regenerate.run(path) == text

    written = json.loads(text)
    assert written["metadata"] == regenerate.METADATA
    cells = written["cells"]
    assert [cell["execution_count"] for cell in cells] == [1, 2, 3, 4]
    assert [cell["metadata"] for cell in cells] == [{"jupyter": {"source_hidden": True}}] + [{}] * 3
    assert cells[1]["outputs"] == [
        {
            "data": {"text/plain": ["4"]},
            "execution_count": 2,
            "metadata": {},
            "output_type": "execute_result",
        }
    ]
    # One piece however the stream was cut.
    assert ["".join(output["text"]) for output in cells[2]["outputs"]] == ["three\nfour\n"]
    assert list(cells[3]["outputs"][0]["data"]) == ["text/plain"]


def test_notebook_with_an_error_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = notebook(tmp_path, ["1", "nothing"])
    before = path.read_text()
    only(path, monkeypatch)
    assert regenerate.main(["98"]) == 1
    assert path.read_text() == before
    assert "NameError: name 'nothing' is not defined" in capsys.readouterr().err


def test_check_writes_nothing_and_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = notebook(tmp_path, ["1"])
    before = path.read_text()
    only(path, monkeypatch)
    assert regenerate.main(["--check"]) == 1
    assert path.read_text() == before
    assert "changed" in capsys.readouterr().out
    assert regenerate.main([]) == 0
    assert regenerate.main(["--check"]) == 0


def test_the_shipped_copy_goes_with_the_notebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = notebook(tmp_path, ["1"])
    only(path, monkeypatch)
    assert regenerate.main(["--copies", "--check"]) == 1
    assert not (tmp_path / "data").exists()
    assert regenerate.main(["--copies"]) == 0
    assert Shipped(tmp_path).is_unchanged(path)
    assert regenerate.main(["98"]) == 0
    assert Shipped(tmp_path).is_unchanged(path)
    assert "its shipped copy is new" in capsys.readouterr().out
    # Written by hand since, or merged.
    path.write_text(path.read_text().replace("1", "2", 1))
    assert regenerate.main(["--copies", "--check"]) == 1


def test_every_notebook_is_shipped_as_it_is() -> None:
    assert ship(regenerate.FOLDER, write=False) == [], (
        "run: python tests/notebooks/regenerate.py --copies"
    )


def test_unknown_number_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        regenerate.main(["97"])
    assert "no notebook 97 in notebooks/" in capsys.readouterr().err
