"""Whoever lacks something that tests need, or has worked in a notebook, is told in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from worked_in import changed_notebooks

from helpers.setup.shipped import Shipped, ship

pytest_plugins = "pytester"

TESTS = Path(__file__).resolve().parents[1]


def test_each_reason_is_told_once(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # they take seconds to load
    for name in ("conftest", "worked_in"):
        pytester.makepyfile(**{name: (TESTS / f"{name}.py").read_text(encoding="utf-8")})
    pytester.makepyfile(
        """
        import pytest

        pytestmark = pytest.mark.skipif(True, reason="no browser found: get one")

        def test_one(): ...

        def test_two(): ...
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.stdout.fnmatch_lines("2 left out: no browser found: get one")
    assert result.stdout.str().count("no browser found") == 1


def test_whoever_worked_in_a_notebook_is_told_which(tmp_path: Path) -> None:
    notebook, other = tmp_path / "05_one.ipynb", tmp_path / "06_other.ipynb"
    notebook.write_text("as shipped")
    other.write_text("as shipped")
    ship(tmp_path)
    failed = [f"notebooks/{notebook.name}::ipynb::Cell 3"]
    assert changed_notebooks(failed, Shipped(tmp_path)) == []
    notebook.write_text("worked in")
    assert changed_notebooks(failed, Shipped(tmp_path)) == ["05"]
    assert changed_notebooks(["tests/notebooks/test_x.py::test_05"], Shipped(tmp_path)) == ["05"]
    assert changed_notebooks(["tests/unit/test_x.py::test"], Shipped(tmp_path)) == []
    assert changed_notebooks([], Shipped(tmp_path)) == []
