"""A lab for each test, stopped afterwards whatever happened in between."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from helpers import Lab


@pytest.fixture
def lab() -> Iterator[Lab]:
    """An empty account."""
    yield Lab.start()
    Lab.stop()


@pytest.fixture
def house() -> Iterator[Lab]:
    """The account of the scenario "house": admin, analyst, the bucket payroll."""
    yield Lab.start("house")
    Lab.stop()
