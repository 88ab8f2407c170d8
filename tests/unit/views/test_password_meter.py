"""The password meter: what it says and draws, and that it never tells the password."""

from __future__ import annotations

import itertools
import re

import ipywidgets
import pytest

from helpers.views import PasswordMeter

LEAKED = ["iloveyou", "P@ssw0rd"]


def field(meter: PasswordMeter) -> ipywidgets.Password:
    return next(one for one in meter.widget.children if isinstance(one, ipywidgets.Password))


def widths(html: str) -> list[int]:
    """How long the three bars are, in percent."""
    return [int(width) for width in re.findall(r"height: 12px;[^>]*width: (\d+)%", html)]


def test_text_and_picture_say_the_same() -> None:
    meter = PasswordMeter("quietotterlamps", LEAKED)
    bundle = meter._repr_mimebundle_()
    assert bundle["text/plain"] == repr(meter)
    plain = re.sub(r"<[^>]+>", " ", bundle["text/html"])
    for words in ("15 characters", "162 years, may fall", "not on the list", "over a million"):
        assert words in plain
        assert words in repr(meter)


def test_bars_grow_with_the_logarithm_of_the_time() -> None:
    """Each letter more is the same step more, until the scale ends."""
    letters = "qjxkvbzwpfgh"
    lengths = [widths(PasswordMeter(letters[:n]).html())[2] for n in range(9, 13)]
    steps = [b - a for a, b in itertools.pairwise(lengths)]
    assert all(9 <= step <= 12 for step in steps)
    online, slow, fast = widths(PasswordMeter(letters).html())
    assert 100 >= online > slow > fast > 0
    assert widths(PasswordMeter("q").html()) == [1, 1, 1]


def test_typing_moves_it() -> None:
    meter = PasswordMeter(leaked=LEAKED)
    assert repr(meter) == "No password to measure yet"
    typed = field(meter)
    typed.value = "iloveyou"
    assert "on the list of leaked passwords, so one of the first 100,000" in repr(meter)
    assert repr(meter).count("✖") == 4  # the list, and all three guessers
    typed.value = "iloveyou-and-3-more-things"
    assert "It is not on the list" in meter._picture.value
    typed.value = ""
    assert "No password to measure yet" in meter._picture.value


@pytest.mark.parametrize("password", ["<script>alert(1)</script>", "<img src=x>", "Zebra-Tango-77"])
def test_the_password_is_told_nowhere(password: str) -> None:
    meter = PasswordMeter(password, LEAKED)
    bundle = meter._repr_mimebundle_()
    field(meter).value = password
    said = [repr(meter), meter.html(), meter._picture.value, repr(vars(meter)), repr(meter.widget)]
    said += [repr(meter.widget.children), repr(field(meter)), repr(meter.strength), str(bundle)]
    assert not any(password in text for text in said)
    assert "<script" not in meter._picture.value
