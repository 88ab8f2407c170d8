"""A lab for each test, stopped afterwards whatever happened in between.

``Lab`` is imported when first asked for: where a private name of moto or botocore moved, the lab
cannot be imported, and the canaries have to be able to say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from helpers import Lab


@pytest.fixture
def lab() -> Iterator[Lab]:
    """An empty account."""
    from helpers import Lab

    yield Lab.start()
    Lab.stop()


@pytest.fixture
def house() -> Iterator[Lab]:
    """The account of the scenario "house": admin, analyst, the bucket payroll."""
    from helpers import Lab

    yield Lab.start("house")
    Lab.stop()
