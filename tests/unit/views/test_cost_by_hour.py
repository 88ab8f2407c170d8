"""The bars of cost by hour: what they say in words, and that names are data."""

from __future__ import annotations

import pandas as pd
from view_builders import HOSTILE

from helpers.views import CostByHour

TABLE = pd.DataFrame(
    {"us-west-2": [1.0, 16.0], "eu-west-1": [0.5, 1.5]}, index=["Sun 21:00", "Sun 22:00"]
)


def test_the_words_name_the_sum_and_the_dearest_hour() -> None:
    words = repr(CostByHour(TABLE))
    assert "2 hours, 19.00 in all" in words
    assert "the dearest is Sun 22:00 with 17.50" in words
    assert words.splitlines()[1:] == [
        "  Sun 21:00   1.50: us-west-2 1.00, eu-west-1 0.50",
        "  Sun 22:00  17.50: us-west-2 16.00, eu-west-1 1.50",
    ]


def test_the_picture_comes_with_the_words() -> None:
    data, metadata = CostByHour(TABLE)._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert data["text/plain"] == repr(CostByHour(TABLE))
    assert metadata["image/png"]["alt"] == repr(CostByHour(TABLE)).splitlines()[0]


def test_it_changes_with_the_numbers_alone() -> None:
    assert CostByHour(TABLE).png() == CostByHour(TABLE.copy()).png()
    assert CostByHour(TABLE).png() != CostByHour(TABLE * 2).png()


def test_any_name_can_be_drawn() -> None:
    names = list(HOSTILE.values())
    for some in (names[:5], names[5:10], names[10:]):
        drawn = CostByHour(pd.DataFrame([range(len(some))], columns=some, index=[some[-1]]))
        assert drawn.png().startswith(b"\x89PNG")


def test_names_are_text_and_nothing_is_drawn_of_nothing() -> None:
    odd = TABLE.rename(columns={"us-west-2": "$broken{", "eu-west-1": "_hidden"})
    assert CostByHour(odd).png().startswith(b"\x89PNG")
    assert repr(CostByHour(pd.DataFrame())).endswith("nothing yet.")
    assert CostByHour(pd.DataFrame()).png().startswith(b"\x89PNG")
