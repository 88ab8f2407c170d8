"""What came of the proof of a smaller policy: to read, and as a table.

A proof says no more than it knows. What the records leave open stays open, and is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from helpers.analysis.permissions.entities import Entity
from helpers.analysis.permissions.grants import Origin
from helpers.policy import Request
from helpers.policy.errors import counted

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 10
"""How many requests the text names of each kind."""


class Outcome(StrEnum):
    """What becomes of a recorded request under the new policies."""

    PASSES = "allowed as before"
    FAILS = "was allowed, is refused now"
    DENIED = "denied as before"
    NEWLY_ALLOWED = "was denied, is allowed now"
    INEXACT = "cannot be replayed exactly"


class Reason(StrEnum):
    """Why a request cannot be replayed exactly."""

    RESOURCE = "the record does not name the resource"
    CONTEXT = "a policy asks for a condition key that the record does not tell"
    ALLOWED_ELSEWHERE = "it was allowed by something else than these policies"
    DENIED_ELSEWHERE = "it was denied by something else than these policies"


@dataclass(frozen=True, slots=True)
class Row:
    """Recorded requests that are alike to the policies.

    ``calls`` is their number, ``last`` the time of the last one, ``request`` that one. ``keys``
    are the condition keys that the record does not tell. ``is_safe`` is for those that cannot be
    replayed exactly: whether they pass nevertheless, because the new policies allow everything
    that the old ones did for this action, or because the call had been denied.
    """

    request: Request
    outcome: Outcome
    reason: Reason | None
    keys: tuple[str, ...]
    is_safe: bool
    calls: int
    last: datetime

    def __str__(self) -> str:
        return f"{self.request.action} on {self.request.resource} ({self.calls} calls)"


class Removed(NamedTuple):
    """An action that was removed, tried on a resource that stands for all.

    ``before`` and ``after`` are effects in the words of :class:`helpers.policy.Decision`.
    ``is_certain``: no request for the action is allowed any more, on no resource, in no context.
    """

    action: str
    resource: str
    before: str
    after: str
    is_certain: bool


@dataclass(frozen=True)
class Proof:
    """What came of a proof.

    ``used`` are the recorded requests, ``removed`` the actions that were taken away,
    ``new_access`` the statements that allow something new, ``unread`` counts the events that stand
    for no request that could be told, by source and name.
    """

    entity: Entity
    used: tuple[Row, ...]
    removed: tuple[Removed, ...]
    new_access: tuple[Origin, ...]
    unread: Counter[str]

    @property
    def passed(self) -> list[Row]:
        """Recorded requests that get the same answer as before."""
        return [row for row in self.used if row.outcome in (Outcome.PASSES, Outcome.DENIED)]

    @property
    def failed(self) -> list[Row]:
        """Recorded requests that get another answer than before."""
        return [row for row in self.used if row.outcome in (Outcome.FAILS, Outcome.NEWLY_ALLOWED)]

    @property
    def inexact(self) -> list[Row]:
        """Recorded requests that cannot be replayed exactly."""
        return [row for row in self.used if row.outcome is Outcome.INEXACT]

    @property
    def holds(self) -> bool | None:
        """Whether all is proven; ``None`` where nothing speaks against it and something is open."""
        if self.failed or self.new_access or any(one.after == "allowed" for one in self.removed):
            return False
        open_ = any(not row.is_safe for row in self.inexact) or self.unread
        return None if open_ or any(not one.is_certain for one in self.removed) else True

    def frame(self) -> pd.DataFrame:
        """A row a recorded request, removed action and statement with new access.

        Columns: ``part`` ("use", "removed", "new access"), ``action``, ``resource``, ``before``
        and ``after`` (effects, both empty for a use that cannot be replayed exactly), ``result``,
        ``reason``, ``calls``, ``last`` (UTC), ``ok`` (true, false, or empty: open).
        """
        import pandas as pd

        return pd.DataFrame(list(self._table()), columns=list(_COLUMNS)).astype({"ok": "boolean"})

    def _table(self) -> Iterator[tuple[Any, ...]]:
        for row in self.used:
            before, after, ok = _BEFORE_AND_AFTER[row.outcome]
            reason = f"{row.reason}{': ' if row.keys else ''}{', '.join(row.keys)}"
            ok = (True if row.is_safe else None) if row.outcome is Outcome.INEXACT else ok
            yield (
                "use",
                row.request.action,
                row.request.resource,
                before,
                after,
                str(row.outcome),
                reason if row.reason else "",
                row.calls,
                row.last,
                ok,
            )
        for one in self.removed:
            ok = False if one.after == "allowed" else True if one.is_certain else None
            result = "allowed still" if ok is False else "refused"
            if ok:
                result = "refused on every resource"
            yield (
                "removed",
                one.action,
                one.resource,
                one.before,
                one.after,
                result,
                "",
                0,
                None,
                ok,
            )
        for origin in self.new_access:
            yield ("new access", "", "", "", "", f"allows more: {origin}", "", 0, None, False)

    def __str__(self) -> str:
        return "\n".join(_lines(self))

    __repr__ = __str__


_COLUMNS = (
    "part",
    "action",
    "resource",
    "before",
    "after",
    "result",
    "reason",
    "calls",
    "last",
    "ok",
)

_BEFORE_AND_AFTER: dict[Outcome, tuple[str, str, bool | None]] = {
    Outcome.PASSES: ("allowed", "allowed", True),
    Outcome.FAILS: ("allowed", "denied", False),
    Outcome.DENIED: ("denied", "denied", True),
    Outcome.NEWLY_ALLOWED: ("denied", "allowed", False),
    Outcome.INEXACT: ("", "", None),
}


# -- the text ----------------------------------------------------------------------------------


def _lines(proof: Proof) -> Iterator[str]:
    words = {True: "it holds.", False: "it does not hold.", None: "nothing speaks against it."}
    yield f"Proof for {proof.entity.kind} {proof.entity.name}: {words[proof.holds]}"
    if not proof.used and not proof.unread:
        yield "  ✔ no recorded call"
    for outcome in Outcome:
        rows = [row for row in proof.used if row.outcome is outcome]
        if not rows or outcome is Outcome.INEXACT:
            continue
        good = outcome in (Outcome.PASSES, Outcome.DENIED)
        yield f"  {'✔' if good else '✖'} {_counted(rows)}: {outcome}"
        if not good:
            yield from _named(map(str, rows))
    for (reason, safe), rows in _grouped(proof.inexact).items():
        yield f"  {'✔' if safe else '?'} {_counted(rows)}: {Outcome.INEXACT}, for {reason}"
        if not safe:
            yield from _named(map(str, rows))
        elif reason is not Reason.DENIED_ELSEWHERE:
            yield "      (safe: for these actions all is allowed that was allowed before)"
    for event, calls in sorted(proof.unread.items()):
        yield f"  ? {counted(calls, 'call')} of {event}: which action it needs is unknown"
    yield from _lines_of_removed(proof.removed)
    if proof.new_access:
        yield f"  ✖ something new is allowed by {counted(len(proof.new_access), 'statement')}"
        yield from _named(map(str, proof.new_access))
    else:
        yield "  ✔ nothing new is allowed"


def _lines_of_removed(removed: tuple[Removed, ...]) -> Iterator[str]:
    still = [one for one in removed if one.after == "allowed"]
    sure = [one for one in removed if one.is_certain]
    rest = [one for one in removed if not one.is_certain and one not in still]
    if not removed:
        yield "  ✔ no action is removed"
    for mark, rows, words in (
        ("✔", sure, "refused, whatever the resource"),
        ("?", rest, "refused on the resource tried, perhaps not on all"),
        ("✖", still, "allowed still"),
    ):
        if rows:
            verb = "is" if len(rows) == 1 else "are"
            yield f"  {mark} {counted(len(rows), 'removed action')} {verb} {words}"
            if mark != "✔":
                yield from _named(f"{one.action} on {one.resource}" for one in rows)


def _grouped(rows: Iterable[Row]) -> dict[tuple[Reason | None, bool], list[Row]]:
    found: dict[tuple[Reason | None, bool], list[Row]] = {}
    for row in rows:
        found.setdefault((row.reason, row.is_safe), []).append(row)
    return found


def _counted(rows: list[Row]) -> str:
    calls = counted(sum(row.calls for row in rows), "recorded call")
    return f"{calls} ({counted(len(rows), 'different request')})"


def _named(texts: Iterable[str]) -> Iterator[str]:
    known = list(texts)
    yield from (f"      {text}" for text in known[:SHOWN])
    if len(known) > SHOWN:
        yield f"      and {len(known) - SHOWN:,} more"
