"""That one principal may become another, or give it more: the edges of an account's map.

A principal **becomes** another where it can act as that one: it assumes the role, gets credentials
of the user, or hands the role to a service that runs what it likes. It **gives** somebody more
where it may change what that one is allowed. Whoever may give any permission to itself, with no
boundary and no Deny that stays in the way, gets ``ANY_PERMISSION``, and with that may become
everybody in the account.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_controlling.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from helpers.analysis.permissions.becoming_ways import (
    NEW_KEY,
    NEW_PASSWORD,
    OTHER_PASSWORD,
    OTHER_TRUST,
    Takeover,
)
from helpers.analysis.permissions.rights import TOO_MANY

ANY_PERMISSION = "any permission"
"""The end of a way at which somebody may do everything in the account."""

ANYONE = "*"
"""Everybody who has an AWS account, any one."""


class Kind(StrEnum):
    """What one may do to the other."""

    BECOMES = "may become"
    GETS = "may get"
    """any permission, and with that become everybody in the account"""
    GIVES = "may give more to"


@dataclass(frozen=True, slots=True)
class Edge:
    """That a principal may become another one, or give it more.

    ``source`` and ``target`` are ARNs, names of services, ``ANYONE`` or ``ANY_PERMISSION``.
    """

    source: str
    target: str
    kind: Kind
    way: str
    """How, in words: ``assume the role``."""
    actions: tuple[str, ...]
    """The calls that it takes."""
    conditions: tuple[str, ...] = ()
    """What must hold as well; empty: nothing."""
    because: tuple[str, ...] = ()
    """The statements that allow it, each with its policy."""
    limit: str = ""
    """Of what is given: what stays in its way, as a boundary; empty: nothing."""

    @property
    def condition(self) -> str:
        """The conditions in words; empty where there is none.

        >>> Edge("a", "b", Kind.BECOMES, "assume the role", (), ("with MFA", "aws:SourceIp in "
        ...     "203.0.113.0/24")).condition
        'with MFA, under a condition: aws:SourceIp in 203.0.113.0/24'
        """
        plain = [one for one in self.conditions if one.startswith(_PLAIN)]
        others = [one for one in self.conditions if not one.startswith(_PLAIN)]
        if others:
            plain.append(f"under a condition: {' and '.join(others)}")
        return ", ".join(plain)


_PLAIN = ("with MFA", "with its MFA", "if ", TOO_MANY)


def with_any_permission(target: str) -> Edge:
    """The last step of whoever has any permission: to whomever in the account."""
    takeover = NEW_KEY if ":user/" in target else OTHER_TRUST
    return Edge(ANY_PERMISSION, target, Kind.BECOMES, takeover.words, ())


class Credentials(dict[str, tuple[bool | None, bool | None]]):
    """ARN of a user → whether it has a password, and whether it has MFA; ``None``: not known."""

    def needed(self, takeover: Takeover, arn: str) -> tuple[str, ...] | None:
        """What a takeover needs of the user's credentials; ``None``: it cannot be done.

        >>> ann = "arn:aws:iam::111122223333:user/ann"
        >>> Credentials({ann: (True, False)}).needed(OTHER_PASSWORD, ann)
        ()
        >>> Credentials().needed(OTHER_PASSWORD, ann)
        ('if it has a password', 'if it has no MFA device')
        """
        if takeover not in (NEW_PASSWORD, OTHER_PASSWORD):
            return ()
        has_password, has_mfa = self.get(arn, (None, None))
        must_have = takeover is OTHER_PASSWORD
        if has_password is not None and has_password is not must_have:
            return None
        needs = []
        if has_password is None:
            needs.append("if it has a password" if must_have else "if it has no password yet")
        if has_mfa is not False:
            needs.append("with its MFA device" if has_mfa else "if it has no MFA device")
        return tuple(needs)

    @classmethod
    def of_report(cls, rows: list[Mapping[str, object]]) -> Credentials:
        """From the rows of a credential report; what a row does not tell is not known."""
        known = cls()
        for row in rows:
            values = (row.get("password_enabled"), row.get("mfa_active"))
            has_password, has_mfa = (bool(one) if one is not None else None for one in values)
            known[str(row.get("arn"))] = has_password, has_mfa
        return known
