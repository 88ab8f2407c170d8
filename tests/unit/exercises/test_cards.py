"""Cards can be read in both themes, without colour, and where HTML is not drawn."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from helpers.cards import CALLOUTS, TONES, Card, Tone, callout, inline, is_callout

THEMES = Path(sys.prefix) / "share/jupyter/lab/themes/@jupyterlab"

# WCAG 2.1: 3:1 for what is no text (1.4.11), 4.5:1 for text (1.4.3).
GRAPHICS, TEXT = 3.0, 4.5

NAMED = {"white": "#ffffff", "black": "#000000"}


def variables(theme: str) -> dict[str, str]:
    """The colours of one of JupyterLab's themes, by variable, as ``#rrggbb``."""
    css = (THEMES / f"theme-{theme}-extension/index.css").read_text(encoding="utf-8")
    declared = dict(re.findall(r"(--jp-[\w-]+):\s*([^;}]+)", css))
    found = {name: colour(value) for name, value in declared.items()}
    return {name: value for name, value in found.items() if value}


def colour(value: str) -> str | None:
    """``#rrggbb`` of ``white``, ``#111`` or ``var(--md-…, #eee)``; None for anything else."""
    value = re.sub(r"var\([\w-]+,\s*([^)]+)\)", r"\1", value.strip())
    value = NAMED.get(value, value)
    short = re.fullmatch(r"#([0-9a-f])([0-9a-f])([0-9a-f])", value)
    if short:
        value = "#" + "".join(digit * 2 for digit in short.groups())
    return value if re.fullmatch(r"#[0-9a-f]{6}", value) else None


def luminance(colour: str) -> float:
    def linear(digits: str) -> float:
        part = int(digits, 16) / 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(colour[i : i + 2]) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_computed_as_wcag_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("tone", TONES, ids=lambda tone: tone.symbol)
def test_bar_is_visible_in_each_theme(tone: Tone, theme: str) -> None:
    colours = variables(theme)
    for background in ("--jp-layout-color0", "--jp-layout-color1"):
        assert contrast(colours[tone.variable], colours[background]) >= GRAPHICS
        # Where the theme's variables are not passed on, as in a markdown cell.
        assert contrast(tone.fallback, colours[background]) >= GRAPHICS


@pytest.mark.parametrize("tone", TONES, ids=lambda tone: tone.symbol)
def test_fallback_is_visible_on_any_ground(tone: Tone) -> None:
    for background in ("#ffffff", "#212121", "#1e1e1e", "#000000"):
        assert contrast(tone.fallback, background) >= GRAPHICS


def test_the_alert_boxes_tone_would_not_pass() -> None:
    """What the darkest step of each scale is for: the next one fails."""
    colours = variables("light")
    assert contrast(colours["--jp-warn-color1"], colours["--jp-layout-color1"]) < GRAPHICS


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_of_the_theme_is_readable_on_its_background(theme: str) -> None:
    """A card sets neither: what is left is the theme's own text on the theme's own ground."""
    colours = variables(theme)
    text = colours.get("--jp-content-font-color1") or colours["--jp-content-font-color0"]
    assert contrast(text, colours["--jp-layout-color1"]) >= TEXT
    for tone in TONES:
        drawn = Card(tone, "Word", "text `code`", note="note").html()
        assert not re.search(r"background|(?<!-)\bcolor:", drawn)


def test_tones_can_be_told_apart_without_colour() -> None:
    assert len({tone.symbol for tone in TONES}) == len(TONES)


def test_card_says_the_same_as_text_and_as_html() -> None:
    card = Card(TONES[1], "AccessDenied", "line one\nline `two`", note="and a note")
    assert card.plain() == "✖ AccessDenied\n  line one\n  line `two`\n  and a note"
    drawn = card.html()
    for words in ("✖ AccessDenied", "line one<br>line <code>two</code>", "and a note"):
        assert words in drawn


def test_card_shows_hostile_text_as_text() -> None:
    nasty = "<script>alert('x')</script>"
    drawn = Card(TONES[0], nasty, nasty, note=nasty, symbol=nasty).html()
    assert "<script" not in drawn
    assert drawn.count("&lt;script&gt;") == 4


def test_inline_marks_code_after_escaping() -> None:
    assert inline("`<b>` & <i>") == "<code>&lt;b&gt;</code> &amp; &lt;i&gt;"
    assert inline("one ` alone") == "one ` alone"


@pytest.mark.parametrize("word", CALLOUTS)
def test_callouts_are_recognised(word: str) -> None:
    assert is_callout(callout(word, "Text with *marks*.\n\nAnd a second paragraph."))


@pytest.mark.parametrize(
    "text",
    [
        '<div class="alert alert-warning">**Careful.** Text</div>',
        callout("Note", "Text").replace("6px", "1px"),
        callout("Note", "Text").replace("Note", "Warning"),
        callout("Note", "Text").replace("ℹ ", ""),
        callout("Note", "Text").replace("</div>", "<div></div></div>"),
        callout("Note", ""),
    ],
)
def test_other_boxes_are_not(text: str) -> None:
    assert not is_callout(text)
