"""A decision's gates as an SVG of their own, for documents and pages outside of a notebook.

One gate stands below the other, so that it fits a narrow page. A drawing that is a file cannot know
the theme of the page that shows it: it brings ink and ground of its own, dark where the reader asks
for dark (``prefers-color-scheme``). The letters are of one width, so that no line is cut off.

SVG: https://www.w3.org/TR/SVG2/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from unicodedata import east_asian_width

from helpers.cards import Box, escaped, plain

__all__ = ["COLOURS", "drawing"]


COLOURS = {"light": ("#1a1a1a", "#ffffff"), "dark": ("#e8e8e8", "#111111")}
"""Ink and ground by scheme."""

_LINE = "#757575"
_WIDTH = 640  # of the drawing, in pixels; those that follow, too
_EDGE, _BAR, _PAD, _GAP = 12, 6, 10, 26
_SIZE, _LINE_HEIGHT = 14, 20
_LETTER = 0.61 * _SIZE  # a letter's width in the usual fonts of one width
_ROOM = int((_WIDTH - 2 * _EDGE - _BAR - 2 * _PAD) / _LETTER)

_CLASS = "decision-path"
_STYLE = (
    f".{_CLASS} text {{ font: {_SIZE}px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', "
    "monospace; white-space: pre; }"
)


def drawing(title: str, words: str, boxes: Iterable[Box]) -> str:
    """The SVG. ``title`` stands above it; ``words`` are told to those who do not see it."""
    parts: list[str] = []
    y = _EDGE
    for line in _wrapped(title):
        parts.append(_text(_EDGE, y, line))
        y += _LINE_HEIGHT
    y += _PAD
    for number, box in enumerate(boxes):
        if number:
            parts.append(_arrow(y))
            y += _GAP
        drawn, height = _box(y, box)
        parts += drawn
        y += height
    height = y + _EDGE
    described = "\n".join(escaped(line) for line in words.split("\n"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{_CLASS}" role="img" '
        f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        'style="max-width: 100%; height: auto">'
        f"<title>{escaped(title)}</title><desc>{described}</desc>"
        f"<style>{_STYLE} {_scheme('light')} "
        f"@media (prefers-color-scheme: dark) {{ {_scheme('dark')} }}</style>"
        f'<rect class="{_CLASS}-ground" width="{_WIDTH}" height="{height}"/>{"".join(parts)}</svg>'
    )


def _scheme(name: str) -> str:
    ink, ground = COLOURS[name]
    return f".{_CLASS}-ink {{ fill: {ink}; }} .{_CLASS}-ground {{ fill: {ground}; }}"


def _box(y: int, box: Box) -> tuple[list[str], int]:
    """A gate's elements and its height."""
    lines = [(line, "") for line in _wrapped(box.name)]
    lines += [(line, "bold") for line in _wrapped(f"{box.tone.symbol} {box.word}")]
    lines += [(line, "") for line in (_wrapped(box.note) if box.note else ())]
    height = len(lines) * _LINE_HEIGHT + _PAD
    width = _WIDTH - 2 * _EDGE
    found = [
        f'<rect x="{_EDGE}" y="{y}" width="{width}" height="{height}" fill="none" '
        f'stroke="{_LINE}"/>',
        f'<rect x="{_EDGE}" y="{y}" width="{_BAR}" height="{height}" fill="{box.tone.fallback}"/>',
    ]
    for number, (line, weight) in enumerate(lines):
        place = y + _PAD // 2 + number * _LINE_HEIGHT
        found.append(_text(_EDGE + _BAR + _PAD, place, line, weight))
    return found, height


def _text(x: int, y: int, line: str, weight: str = "") -> str:
    style = f' style="font-weight: {weight}"' if weight else ""
    return f'<text class="{_CLASS}-ink" x="{x}" y="{y + _SIZE}"{style}>{escaped(line)}</text>'


def _arrow(y: int) -> str:
    middle, end = _WIDTH // 2, y + _GAP - 4
    return (
        f'<path d="M {middle} {y + 3} V {end} m -5 -6 l 5 6 l 5 -6" fill="none" stroke="{_LINE}" '
        'stroke-width="2"/>'
    )


def _wrapped(text: str) -> Iterator[str]:
    """The text in lines that have room, broken at spaces where there are any."""
    left = plain(text)
    while left:
        end = _fitting(left)
        if end < len(left):
            space = left.rfind(" ", 1, end + 1)
            end = space if space > 0 else end
        yield left[:end]
        left = left[end:].lstrip(" ")


def _fitting(text: str) -> int:
    """How many of the first characters have room; those of East Asia take two places."""
    taken = 0
    for number, each in enumerate(text):
        taken += 2 if east_asian_width(each) in "FW" else 1
        if taken > _ROOM:
            return number
    return len(text)
