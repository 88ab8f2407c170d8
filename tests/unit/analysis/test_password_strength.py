"""The strength of passwords: notebook 01's numbers, patterns, the list, and what is kept."""

from __future__ import annotations

import ast
import dataclasses
import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.analysis.password_strength import LISTED, RATES, bits, in_words, strength

NOTEBOOK = next((Path(__file__).parents[3] / "notebooks").glob("01_*.ipynb"))


def test_the_rates_are_those_that_notebook_01_shows() -> None:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    shown = [
        ast.literal_eval(node.value)
        for cell in cells
        if cell["cell_type"] == "code"
        for node in ast.parse("".join(cell["source"])).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "rates"
    ]
    assert shown == [RATES]


@pytest.mark.parametrize(
    ("password", "alphabet", "worth"),
    [
        ("quietotr", 26, bits(8, 26)),
        ("v8#Kq!2m", 94, bits(8, 94)),
        ("Tuesdays", 52, bits(8, 52)),
        ("tea & é9", 26 + 10 + 32 + 100, bits(8, 168)),
        ("", 0, 0),
    ],
)
def test_alphabet_and_bits(password: str, alphabet: int, worth: float) -> None:
    found = strength(password)
    assert (found.length, found.alphabet, found.pattern) == (len(password), alphabet, "")
    assert found.bits == pytest.approx(worth)


def test_times_are_those_of_the_notebook() -> None:
    """The table of notebook 01: 8 small letters, 11 of all kinds."""
    assert in_words(strength("quietotr").seconds("online")) == "331 years"
    assert in_words(strength("v8#Kq!2mZ&x").seconds("offline, fast hash")) == "489 years"


@pytest.mark.parametrize(
    ("password", "pattern"),
    [
        ("aaaaaaaaaaaa", "a part of 1 character, repeated"),
        ("x7!x7!x7!", "a part of 3 characters, repeated"),
        ("x7!x7!x7", "a part of 3 characters, repeated"),
        ("abcdefghij", "a row of neighbours"),
        ("98765432", "a row of neighbours"),
        ("ab", ""),
        ("abcab", ""),
        ("abcdx", ""),
    ],
)
def test_patterns_are_worth_less(password: str, pattern: str) -> None:
    found = strength(password)
    assert found.pattern.startswith(pattern) if pattern else not found.pattern
    plain = bits(len(password), found.alphabet)
    assert found.bits < plain if pattern else found.bits == plain


def test_a_leaked_one_in_a_longer_one_is_worth_what_was_added() -> None:
    leaked = ["123", "P@ssw0rd", "ssw0rd"]
    found = strength("P@ssw0rd-2027!", leaked)
    assert found.pattern == "a leaked password with 6 characters more"
    assert found.bits == pytest.approx(math.log2(LISTED) + bits(6, 94))
    assert not found.leaked
    assert strength("Zebra-123-Tango", leaked).pattern == ""  # three characters are no password


def test_a_leaked_one_falls_with_the_list_whatever_it_is_worth() -> None:
    found = strength("v8#Kq!2mZ&xT" * 2 + "!", {"v8#Kq!2mZ&xT" * 2 + "!"})
    assert found.leaked
    assert found.tries == LISTED
    assert found.holds("online") == "falls"
    assert not strength("", {""}).leaked


def test_a_word_for_each_time() -> None:
    fast = "offline, fast hash"
    assert [strength(p).holds(fast) for p in ("v8#Kq!2m", "v8#Kq!2mZ&x", "v8#Kq!2mZ&xT")] == [
        "falls",
        "may fall",
        "holds",
    ]


@pytest.mark.parametrize("password", ["x7!x7!x7!", "klmnopqrst", "Zebra-Tango-77", "pässwörd"])
def test_what_is_kept_is_numbers_and_words_of_ours(password: str) -> None:
    kept = dataclasses.asdict(strength(password, [password]))
    assert {name for name, value in kept.items() if isinstance(value, str)} == {"pattern"}
    assert not any(password[n : n + 3] in str(kept) for n in range(len(password) - 2))


@pytest.mark.parametrize(
    "password", ["a" * 5000, "xY" * 3000, "q?" + "é" * 9000, "\x00\ud800", " "]
)
def test_any_text_has_a_strength(password: str) -> None:
    found = strength(password)
    assert found.bits > 0
    assert all(math.isfinite(found.seconds(way)) for way in RATES)


@settings(max_examples=40)
@given(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=30))
def test_longer_is_never_worth_less_without_a_pattern(password: str) -> None:
    longer = strength(password + "é")
    if not longer.pattern:
        assert longer.bits > strength(password).bits
