"""Prepared accounts: what somebody did before the learner comes in.

A scenario is a function that acts in a fresh account through boto3, as its root user would.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from helpers.lab.scenarios.hijacked import hijacked
from helpers.lab.scenarios.house import (
    ADMINISTRATOR_ACCESS,
    PASSWORDS,
    PAYROLL,
    READ_PAYROLL,
    house,
)
from helpers.lab.scenarios.office import office
from helpers.lab.scenarios.organization import organization

if TYPE_CHECKING:
    from helpers.lab.lab import Lab

__all__ = ["ADMINISTRATOR_ACCESS", "PASSWORDS", "PAYROLL", "READ_PAYROLL", "SCENARIOS", "named"]

Scenario = Callable[["Lab"], None]

SCENARIOS: dict[str, Scenario] = {
    "hijacked": hijacked,
    "house": house,
    "office": office,
    "organization": organization,
}
"""Name → scenario."""


def named(name: str | None) -> Scenario | None:
    """The scenario of that name; ``None`` for an empty account.

    >>> named("palace")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: scenario: there is none called 'palace'; there are: hijacked, house, office, ...
    """
    if name is None:
        return None
    if name not in SCENARIOS:
        there = ", ".join(sorted(SCENARIOS))
        raise ValueError(f"scenario: there is none called {name!r}; there are: {there}")
    return SCENARIOS[name]
