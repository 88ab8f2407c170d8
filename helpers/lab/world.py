"""All that one lab consists of: its accounts, their time and their record."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from helpers.lab.account import Account, RootUser
from helpers.lab.clock import Clock
from helpers.lab.explanation import Refusal
from helpers.lab.organization import Organization
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
    organizations: dict[str, Organization] = field(default_factory=dict)
    """Management account → its organization."""

    @property
    def first(self) -> Account:
        """The account that the lab was started with; an organization's management account."""
        return next(iter(self.accounts.values()))

    def organization_of(self, account_id: str | None) -> Organization | None:
        """The organization that an account belongs to, if it belongs to one."""
        for organization in self.organizations.values():
            if account_id in organization.members:
                return organization
        return None

    def open_account(
        self, account_id: str, *, random: Random, email: str, name: str, password: str | None
    ) -> Account:
        """A further account, as empty as on its first day; the lab forgets it when it stops.

        Without a ``password`` its root user cannot sign in, as in a new member account of an
        organization.
        """
        now = self.clock.now
        has_password = password is not None
        root = RootUser(account_id, password, now, login_profile_at=now if has_password else None)
        account = Account(account_id, root, random, name=name, email=email)
        self.accounts[account_id] = account
        return account
