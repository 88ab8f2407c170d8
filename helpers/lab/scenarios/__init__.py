"""Prepared accounts: what somebody did before the learner comes in.

A scenario is a function that acts in a fresh account through boto3, as its root user would.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from helpers.lab.scenarios.house import ADMINISTRATOR_ACCESS, PASSWORDS, PAYROLL, READ_PAYROLL

if TYPE_CHECKING:
    from helpers.lab.lab import Lab

__all__ = ["ADMINISTRATOR_ACCESS", "NAMES", "PASSWORDS", "PAYROLL", "READ_PAYROLL", "named"]

Scenario = Callable[["Lab"], None]

NAMES = (
    "exchange",
    "hijacked",
    "house",
    "machines",
    "neglected",
    "ninety_days",
    "office",
    "organization",
)
"""Each has a module of that name here with a function of that name, loaded when it is named: the
stories need services that a bare account does without."""


def named(name: str | None) -> Scenario | None:
    """The scenario of that name; ``None`` for an empty account.

    >>> named("palace")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: scenario: there is none called 'palace'; there are: exchange, hijacked, ...
    """
    if name is None:
        return None
    if name not in NAMES:
        raise ValueError(f"scenario: there is none called {name!r}; there are: {', '.join(NAMES)}")
    scenario: Scenario = getattr(importlib.import_module(f"{__name__}.{name}"), name)
    return scenario
