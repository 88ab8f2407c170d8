"""Every notebook of the series keeps every rule."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from notebook_files import Notebook, paths
from notebook_rules import RULES, Rule

NOTEBOOKS = [pytest.param(Notebook(path), id=path.stem) for path in paths()]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_notebook_keeps_the_rule(notebook: Notebook, rule: Rule) -> None:
    assert rule(notebook) == []


@pytest.mark.parametrize("path", paths(), ids=lambda path: path.stem)
def test_names_are_a_number_and_words(path: Path) -> None:
    assert re.fullmatch(r"\d\d_[a-z0-9_]+", path.stem)


def test_no_two_notebooks_share_a_number() -> None:
    numbers = [Notebook(path).number for path in paths()]
    assert len(numbers) == len(set(numbers))
