"""The map of granted and used: numbers, shades, names that are data."""

from __future__ import annotations

import re
import time

import pandas as pd
import pytest

from helpers.analysis.permissions.unused import Verdict
from helpers.views import GrantedUsedMap
from helpers.views.granted_used_map import SHADES

IAM = "arn:aws:iam::111122223333"
ANN, OPS = f"{IAM}:user/ann", f"{IAM}:role/team/ops"


def table(*rows: tuple[str, str, int, Verdict]) -> pd.DataFrame:
    """(principal, service, how many actions, their verdict)."""
    return pd.DataFrame(
        [
            (principal, service, f"{service}:{verdict}{n}", str(verdict))
            for principal, service, number, verdict in rows
            for n in range(number)
        ],
        columns=["principal", "service", "action", "verdict"],
    )


TABLE = table(
    (ANN, "s3", 2, Verdict.USED),
    (ANN, "s3", 20, Verdict.UNUSED),
    (ANN, "s3", 3, Verdict.NO_DATA_EVENTS),
    (ANN, "kms", 5, Verdict.ELSEWHERE),
    (OPS, "sqs", 3, Verdict.USED),
    (OPS, "iam", 7, Verdict.UNUSED),
    (OPS, "ec2", 9, Verdict.TOO_NEW),
    (OPS, "sns", 2, Verdict.ONLY_DENIED),
)


def test_words() -> None:
    assert repr(GrantedUsedMap(TABLE)) == "\n".join(
        [
            "                sqs  s3    other services (2)",
            "role/team/ops   3/3  –     0/16",
            "user/ann        –    2/25  –",
        ]
    )


def test_only_these_and_in_this_order() -> None:
    text = repr(GrantedUsedMap(TABLE, [ANN]))
    assert "user/ann" in text
    assert "ops" not in text
    first, second = repr(GrantedUsedMap(TABLE, [ANN, OPS])).splitlines()[1:]
    assert first.startswith("user/ann")
    assert second.startswith("role/team/ops")


def test_the_picture_says_what_the_words_say() -> None:
    page = GrantedUsedMap(TABLE).html()
    assert re.findall(r">(\d+/\d+|–)</td>", page) == ["3/3", "–", "0/16", "–", "2/25", "–"]
    assert "role/team/ops, sqs: 3 of 3 actions used" in page
    for share, shade in ((3 / 3, 3), (0 / 16, 0), (2 / 25, 1)):
        assert SHADES[shade].least <= share
        assert SHADES[shade].ground in page
    assert 'scope="row"' in page
    assert 'scope="col"' in page


def test_nothing() -> None:
    assert repr(GrantedUsedMap(table())) == "Nothing is granted and nothing was used."
    assert "Nothing" in GrantedUsedMap(table()).html()


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x onerror=a>', "a&b", ""]
)
def test_names_are_data(name: str) -> None:
    page = GrantedUsedMap(table((name, name, 2, Verdict.USED))).html()
    for part in ("<script", "<img"):
        assert part not in page
    assert not re.search(r'="[^"]*"[^ >/]', page)


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("shade", SHADES, ids=lambda shade: shade.word)
def test_ink_and_ground(shade: object) -> None:
    """WCAG AA: 4.5:1."""
    high, low = sorted((luminance(shade.ground), luminance(shade.ink)), reverse=True)  # type: ignore[attr-defined]
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_a_large_map_is_drawn_within_a_second() -> None:
    rows = [
        (f"{IAM}:role/r{n}", f"s{m}", 1, Verdict.USED if (n * m) % 3 else Verdict.UNUSED)
        for n in range(100)
        for m in range(200)
    ]
    large = table(*rows)
    begin = time.perf_counter()
    page = GrantedUsedMap(large).html()
    assert time.perf_counter() - begin < 1
    assert page.count("<tr>") == 101
