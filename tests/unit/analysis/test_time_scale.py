"""An axis of time: whole, without holes, and with long gaps folded."""

from __future__ import annotations

import doctest
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.analysis.trail import time_scale
from helpers.analysis.trail.time_scale import COLUMNS, MOST_FOLDS, SHORTEST, columns, places

DAY = 86_400


def test_doctests() -> None:
    assert doctest.testmod(time_scale).failed == 0


@given(
    st.lists(st.integers(0, 10**7), max_size=12),
    st.integers(0, 10**7),
    st.integers(0, 10**7),
    st.booleans(),
)
def test_every_second_is_in_one_column(times: list[int], one: int, other: int, fold: bool) -> None:
    first, last = min([one, other, *times]), max([one, other, *times])
    axis = columns(sorted(times), first, last, fold=fold)
    assert 1 <= len(axis) <= COLUMNS
    assert (axis[0].begin, axis[-1].end) == (first, last + 1)
    assert all(before.end == after.begin for before, after in pairwise(axis))
    assert all(column.seconds > 0 for column in axis)
    folded = [column for column in axis if column.folded]
    assert len(folded) <= (MOST_FOLDS if fold else 0)
    assert all(column.seconds >= SHORTEST for column in folded)
    for time, place in zip(times, places(times, axis), strict=True):
        assert axis[place].begin <= time < axis[place].end
        assert not axis[place].folded


def test_columns_of_one_length_without_folds() -> None:
    lengths = {column.seconds for column in columns([0, DAY - 1], 0, DAY - 1, fold=False)}
    assert lengths == {DAY // COLUMNS}


def test_a_folded_gap_leaves_its_room_to_what_happened() -> None:
    """Two busy minutes a day apart: a column each without folding, half of all with it."""
    times = [*range(0, 120, 10), *range(DAY, DAY + 120, 10)]
    spread = len(set(places(times, columns(times, 0, times[-1]))))
    crowded = len(set(places(times, columns(times, 0, times[-1], fold=False))))
    assert (crowded, spread) == (2, 24)


def test_only_long_gaps_are_folded() -> None:
    """Four busy hours, an event every five minutes, with two, six and nineteen hours between."""
    times = [3_600 * hour + 300 * n for hour in (0, 3, 10, 30) for n in range(13)]
    folded = [column for column in columns(times, 0, times[-1]) if column.folded]
    assert [column.end // 3_600 for column in folded] == [3, 10, 30]
    assert folded[0].begin == 3_601  # the second after an event


def test_gaps_at_the_ends_of_a_window() -> None:
    axis = columns([DAY], 0, 2 * DAY)
    assert [column.folded for column in axis] == [True, False, True]


@pytest.mark.parametrize("seconds", [1, 2, COLUMNS - 1, COLUMNS, COLUMNS + 1])
def test_a_short_axis_has_a_column_a_second_at_most(seconds: int) -> None:
    axis = columns([0, seconds - 1], 0, seconds - 1)
    assert len(axis) == min(seconds, COLUMNS)
