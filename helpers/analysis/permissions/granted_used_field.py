"""One field of the table of granted and used: what a principal may do with a service, and did.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from helpers.analysis.permissions.unused import Verdict

if TYPE_CHECKING:
    import pandas as pd

NOT_GRANTED = (Verdict.ELSEWHERE, Verdict.ONLY_DENIED)
"""Verdicts of what was done or tried without a grant of the principal's own."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An action that is in the record; ``statements`` grant it, none where it is empty. Times are
    aware, in UTC; ``None``: never."""

    action: str
    verdict: str
    uses: int
    last_used: datetime | None
    denied: int
    last_denied: datetime | None
    statements: str

    @property
    def last(self) -> datetime:
        """The last call, denied or not."""
        return max(filter(None, (self.last_used, self.last_denied)))


@dataclass(frozen=True, slots=True)
class Unseen:
    """Actions that are not in the record, which the same statements grant, with one verdict."""

    verdict: str
    statements: str
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """What a principal has and did of some services.

    ``seen`` begins with the latest call, ``unseen`` with what is the most.
    """

    principal: str
    services: tuple[str, ...]
    granted: int
    used: int
    seen: tuple[Seen, ...]
    unseen: tuple[Unseen, ...]


def is_used(table: pd.DataFrame) -> pd.Series:
    """Which rows of ``granted_used``'s table are of actions that were used."""
    return table["verdict"].astype("str") == str(Verdict.USED)


def is_granted(table: pd.DataFrame) -> pd.Series:
    """Which rows are of actions that a policy of the principal's own grants."""
    return ~table["verdict"].astype("str").isin(list(NOT_GRANTED))


def field_of(table: pd.DataFrame, principal: str, services: Collection[str] | None = None) -> Field:
    """The rows of a principal and of some services; ``None``: of all that it has or tried.

    Args:
        table: What ``granted_used`` returns, or rows of it. Columns beside ``principal``,
            ``service``, ``action`` and ``verdict`` may be missing; nothing is told of them then.

    >>> import pandas as pd
    >>> table = pd.DataFrame([("ann", "s3", "s3:ListBucket", "used", "Read, statement no. 1"),
    ...                       ("ann", "s3", "s3:GetObject", "unused", "Read, statement no. 1")],
    ...     columns=["principal", "service", "action", "verdict", "statements"])
    >>> field = field_of(table, "ann", ["s3"])
    >>> field.used, field.granted, field.unseen[0].actions
    (1, 2, ('s3:GetObject',))
    """
    rows = table[table["principal"] == principal]
    if services is None:
        services = sorted(map(str, rows["service"].unique()))
    rows = rows[rows["service"].isin(list(services))]
    seen: list[Seen] = []
    unseen: dict[tuple[str, str], list[str]] = {}
    for row in zip(*(_column(rows, name) for name in _NEEDED), strict=True):
        found = Seen(*row)
        if found.last_used or found.last_denied:
            seen.append(found)
        else:
            unseen.setdefault((found.verdict, found.statements), []).append(found.action)
    groups = [Unseen(*key, tuple(sorted(actions))) for key, actions in unseen.items()]
    return Field(
        principal,
        tuple(services),
        int(is_granted(rows).sum()),
        int(is_used(rows).sum()),
        tuple(sorted(seen, key=lambda one: (one.last, one.action), reverse=True)),
        tuple(sorted(groups, key=lambda one: (-len(one.actions), one.statements, one.verdict))),
    )


_NEEDED = ("action", "verdict", "uses", "last_used", "denied", "last_denied", "statements")


def _column(rows: pd.DataFrame, name: str) -> list[Any]:
    """A column's values; times as ``datetime`` or ``None``."""
    if name in ("last_used", "last_denied"):
        if name not in rows:
            return [None] * len(rows)
        known = rows[name].notna()
        return [
            at.to_pydatetime() if there else None
            for at, there in zip(rows[name], known, strict=True)
        ]
    if name in ("uses", "denied"):
        return rows[name].tolist() if name in rows else [0] * len(rows)
    return rows[name].astype("str").tolist() if name in rows else [""] * len(rows)
