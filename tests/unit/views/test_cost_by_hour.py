"""The bars of cost by hour: what they say in words, and how long they are."""

from __future__ import annotations

import re

import pandas as pd

from helpers.views import CostByHour

TABLE = pd.DataFrame(
    {"us-west-2": [1.0, 16.0], "eu-west-1": [0.5, 1.5]}, index=["Sun 21:00", "Sun 22:00"]
)


def test_the_words_name_the_sums_the_parts_and_the_hour_of_most() -> None:
    assert repr(CostByHour(TABLE)).splitlines() == [
        "Cost by hour, in US dollars: 2 hours, 19.00 in all; the highest is 17.50, Sun 22:00.",
        "  Sun 21:00   1.50: us-west-2 1.00, eu-west-1 0.50",
        "  Sun 22:00  17.50: us-west-2 16.00, eu-west-1 1.50",
    ]


def test_the_picture_says_what_the_words_say() -> None:
    drawn = re.sub(r"<[^>]+>", " ", CostByHour(TABLE).html())
    for line in repr(CostByHour(TABLE)).splitlines():
        for words in re.split(r"\s{2,}|: ", line.strip()):
            assert words in drawn


def test_bars_are_as_long_as_the_costs() -> None:
    bars = re.findall(r"height: 14px; width: ([\d.]+)%", CostByHour(TABLE).html())
    assert [float(bar) for bar in bars] == [5.7, 2.9, 91.4, 8.6]
    doubled = re.findall(r"height: 14px; width: ([\d.]+)%", CostByHour(TABLE * 2).html())
    assert doubled == bars


def test_no_two_of_many_parts_look_alike() -> None:
    many = pd.DataFrame([range(1, 17)], columns=[f"region-{n}" for n in range(16)], index=["x"])
    looks = re.findall(r'<div style="(background[^"]*); height: 14px', CostByHour(many).html())
    assert len(set(looks)) == len(looks) == 16


def test_an_hour_may_cost_nothing_and_there_may_be_no_hour() -> None:
    free = CostByHour(TABLE * 0)
    assert repr(free).endswith("Sun 22:00  0.00: nothing")
    assert "height: 14px" not in free.html()
    assert repr(CostByHour(pd.DataFrame())).endswith("nothing yet.")
    assert "nothing yet." in CostByHour(pd.DataFrame()).html()
