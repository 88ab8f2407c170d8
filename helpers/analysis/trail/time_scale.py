"""An axis of time in columns, with long gaps in which nothing happened folded away.

An incident is minutes of work between hours of silence. With the gaps folded the minutes have the
room; without, every column is as long as the others.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

COLUMNS = 32
"""Columns of an axis at most: each is 10 pixels wide in a narrow window, 30 in a wide one."""

MOST_FOLDS = 8
"""Gaps that are folded at most."""

LONG = 8
"""A gap is long if it takes more than one in so many parts of what is not folded yet …"""

SHORTEST = 600
"""… and so many seconds: what comes within ten minutes is one piece of work."""


class Column(NamedTuple):
    """A part of an axis: ``begin`` ≤ time < ``end``, in seconds since 1970."""

    begin: int
    end: int
    folded: bool = False
    """Whether it stands for a gap of whatever length, in which nothing happened."""

    @property
    def seconds(self) -> int:
        return self.end - self.begin


def columns(times: Sequence[int], first: int, last: int, *, fold: bool = True) -> list[Column]:
    """The axis from ``first`` to ``last``, both included, one column behind the other.

    ``times`` are those of the events, in order, all on the axis. Columns are whole seconds; a short
    axis has fewer of them.

    >>> columns([0, 2, 86_400, 86_401], 0, 86_401)[2:5]
    [Column(begin=2, end=3, folded=False), Column(begin=3, end=86400, folded=True), \
Column(begin=86400, end=86401, folded=False)]
    >>> [column.seconds for column in columns([0, 63], 0, 63, fold=False)][:3]
    [2, 2, 2]
    """
    gaps = _long_gaps(times, first, last + 1) if fold else []
    edges = [first, *(edge for gap in gaps for edge in gap), last + 1]
    parts = [part for part in zip(edges[::2], edges[1::2], strict=True) if part[0] < part[1]]
    shares = _shares([end - begin for begin, end in parts], COLUMNS - len(gaps))
    found = [Column(*gap, folded=True) for gap in gaps]
    for (begin, end), share in zip(parts, shares, strict=True):
        bounds = [begin + (end - begin) * n // share for n in range(share + 1)]
        found += [Column(*pair) for pair in pairwise(bounds)]
    return sorted(found)


def at(seconds: int) -> datetime:
    """The moment, in UTC, so many seconds after 1970 began; before it, where there is a minus.

    >>> f"{at(1_793_610_000):%F %T}"
    '2026-11-02 09:00:00'
    """
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


def places(times: Iterable[int], axis: Sequence[Column]) -> list[int]:
    """Which column of an axis each of the times is in.

    >>> places([0, 86_400], [Column(0, 6), Column(6, 86_400, True), Column(86_400, 86_410)])
    [0, 2]
    """
    begins = [column.begin for column in axis]
    return [bisect(begins, time) - 1 for time in times]


def _long_gaps(times: Sequence[int], first: int, end: int) -> list[tuple[int, int]]:
    """The gaps to fold, in order: the longest as long as it dwarfs what would be left."""
    if not times:
        return []
    known = sorted(set(times))
    gaps = [(one + 1, other) for one, other in pairwise(known)]
    gaps += [(first, known[0]), (known[-1] + 1, end)]
    left, found = end - first, list[tuple[int, int]]()
    for gap in sorted(gaps, key=lambda gap: gap[0] - gap[1])[:MOST_FOLDS]:
        length = gap[1] - gap[0]
        if length * LONG <= left or length < SHORTEST:
            break
        found.append(gap)
        left -= length
    return sorted(found)


def _shares(lengths: Sequence[int], number: int) -> list[int]:
    """Columns for each part: one at least, no more than it has seconds, together ``number`` at
    most, and as its length has it."""
    whole = sum(lengths)
    free = number - len(lengths)  # beyond the one that each has
    return [min(length, 1 + free * length // whole) if free > 0 else 1 for length in lengths]
