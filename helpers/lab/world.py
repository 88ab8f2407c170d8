"""All that one lab consists of: its accounts, their time and their record."""

from __future__ import annotations

from dataclasses import dataclass, field

from helpers.lab.account import Account
from helpers.lab.clock import Clock
from helpers.lab.explanation import Refusal
from helpers.lab.trail import Trail
from helpers.policy import Decision


@dataclass
class World:
    """The accounts of one lab, which share a clock and a record.

    Outside an organization there is one account. The first is where callers belong who have no
    account of their own (anonymous requests).
    """

    accounts: dict[str, Account]
    clock: Clock
    trail: Trail
    decisions: list[Decision] = field(default_factory=list)
    """Every decision so far, the newest last."""
    refusal: Refusal | None = None
    """The last call that was refused."""

    @property
    def first(self) -> Account:
        """The account that the lab was started with; an organization's management account."""
        return next(iter(self.accounts.values()))
