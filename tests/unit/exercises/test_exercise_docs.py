"""The examples in the docstrings are true."""

from __future__ import annotations

import doctest
import importlib

import pytest

MODULES = [
    "helpers.cards",
    "helpers.exercises.answers",
    "helpers.exercises.behaviour",
    "helpers.exercises.exercise",
    "helpers.exercises.outcome",
    "helpers.exercises.overview",
    "helpers.exercises.quiz",
    "helpers.exercises.remembered",
    "helpers.exercises.render",
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    failed, tried = doctest.testmod(importlib.import_module(name))
    assert failed == 0
    assert tried > 0
