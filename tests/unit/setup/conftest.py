"""Checkouts to try start.py in."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from setup_checkout import ROOT, Checkout, lay


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout without a .venv, in a path with spaces and letters from elsewhere."""
    return lay(tmp_path / "ein Ordner für Übungen" / "repo")


@pytest.fixture(scope="session")
def set_up_once(tmp_path_factory) -> Checkout:
    """A checkout that start.py has set up, to be copied only."""
    checkout = lay(tmp_path_factory.mktemp("once") / "repo")
    done = checkout.run("setup")
    assert done.returncode == 0, done.stdout + done.stderr
    return checkout


@pytest.fixture
def ready(tmp_path: Path, set_up_once: Checkout) -> Checkout:
    """A checkout whose .venv is ready."""
    checkout = Checkout(tmp_path / "ein Ordner für Übungen" / "repo")
    shutil.copytree(set_up_once.root, checkout.root, symlinks=True)
    checkout.start.write_stamp(checkout.start.wish())
    return checkout


@pytest.fixture
def one_line() -> Callable[[str], str]:
    """Asserts that what start.py said on stderr is one clear line, and gives it back."""

    def check(stderr: str) -> str:
        lines = stderr.strip().splitlines()
        assert len(lines) == 1, stderr
        assert lines[0].startswith("start.py: ")
        assert "Traceback" not in lines[0]
        return lines[0]

    return check


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository itself, to be read only."""
    return ROOT
