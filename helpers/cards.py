"""The project's callout card: a thick bar on the left, a symbol, a word, a text.

A leaf beside the rooms of ``helpers``: it imports nothing of the project, so ``exercises``,
``views`` and the displays of ``lab`` can all draw the same card without importing each other.

JupyterLab's own ``alert`` boxes fail the AA contrast in the dark theme, so a card leaves text and
background to the theme and colours its bar only. The bar's colour is a variable of JupyterLab's
themes; where there is none (VS Code, nbconvert, a notebook not yet trusted) a fallback stands in
that is visible on white and on black. Nothing depends on the colour: the symbol and the word say
the same.

Two forms:

* in an output, a ``Card`` (any object that shows one returns ``card.bundle()``), or a row of boxes;
* in a markdown cell, the text of ``callout("Note", "…")``, typed into the cell as it is. The
  tests accept no other ``<div>`` there. The blank lines in it let markdown work inside; a
  ``background`` with a variable is left out, for JupyterLab's sanitizer removes it.

The contrast that is kept: https://www.w3.org/WAI/WCAG21/Understanding/non-text-contrast.html
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

__all__ = [
    "BAD",
    "CALLOUTS",
    "GOOD",
    "INFO",
    "NEUTRAL",
    "OF_EFFECT",
    "TONES",
    "WARN",
    "Box",
    "Card",
    "Tone",
    "callout",
    "escaped",
    "inline",
    "is_callout",
    "plain",
    "row_of_boxes",
]


@dataclass(frozen=True)
class Tone:
    """What a card's bar and symbol say at a glance.

    ``variable`` is the CSS variable of JupyterLab's themes, ``fallback`` the colour where no theme
    defines it: at least 3:1 against white and against JupyterLab's dark background.
    """

    symbol: str
    variable: str
    fallback: str

    @property
    def colour(self) -> str:
        """The theme's colour, in CSS.

        >>> GOOD.colour
        'var(--jp-success-color0, #388e3c)'
        """
        return f"var({self.variable}, {self.fallback})"


# The darkest step of each of JupyterLab's scales: step 1 of its orange fails 3:1 on white.
GOOD = Tone("✔", "--jp-success-color0", "#388e3c")
BAD = Tone("✖", "--jp-error-color0", "#d32f2f")
WARN = Tone("⚠", "--jp-warn-color0", "#d9660f")
INFO = Tone("ℹ", "--jp-info-color0", "#0b7f8c")
NEUTRAL = Tone("○", "--jp-layout-color4", "#757575")

TONES = (GOOD, BAD, WARN, INFO, NEUTRAL)

OF_EFFECT = {"allowed": GOOD, "explicitDeny": BAD, "implicitDeny": NEUTRAL, "notEvaluated": NEUTRAL}
"""The tones of what policies say, in AWS's words."""


def plain(text: object) -> str:
    r"""``text`` with what cannot be seen written out, so that a name stays in its line.

    A line end in a name would begin a line that looks like the view's own, and a mark that turns
    the direction of writing would show other words than those that are there.

    >>> print(plain("ann\n  → ✔ allowed"), plain("\u202egnp.exe"))
    ann\n  → ✔ allowed \u202egnp.exe
    """
    said = str(text)
    if said.isprintable():
        return said
    return "".join(each if each.isprintable() or each == "\t" else _written(each) for each in said)


def escaped(text: object) -> str:
    """``plain`` text for HTML, in an element or in an attribute.

    >>> escaped("<b>\\u202e")
    '&lt;b&gt;\\\\u202e'
    """
    return html.escape(plain(text))


def _written(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


_BAR = "border-left: 6px solid {colour}; padding: 4px 12px;"

# JupyterLab cleans the HTML of a notebook that it does not trust yet, a fresh clone's, and drops
# every declaration with a variable: so the theme's colour is a declaration of its own.
_THEMED = " border-left-color: {colour};"

_CODE = re.compile(r"`([^`\n]+)`")


def inline(text: str) -> str:
    """``text`` as HTML: everything is data, only `` `code` `` and line ends are given a look.

    >>> inline("the action `s3:*` of <b>")
    'the action <code>s3:*</code> of &lt;b&gt;'
    """
    return _CODE.sub(r"<code>\1</code>", html.escape(text)).replace("\n", "<br>")


@dataclass(frozen=True)
class Card:
    """One card: ``word`` is its verdict or kind, ``text`` what it says, ``note`` a smaller line.

    Text may hold `` `code` `` and line ends; everything else is shown as it stands.

    >>> Card(BAD, "AccessDenied", "No policy allows `s3:ListAllMyBuckets`.")
    ✖ AccessDenied
      No policy allows `s3:ListAllMyBuckets`.
    """

    tone: Tone
    word: str
    text: str = ""
    note: str = ""
    symbol: str = ""  # empty: the tone's own

    @property
    def mark(self) -> str:
        return self.symbol or self.tone.symbol

    def plain(self) -> str:
        """The card as text; it says all that the picture says."""
        lines = [f"{self.mark} {self.word}"]
        for part in (self.text, self.note):
            lines += [f"  {line}".rstrip() for line in part.splitlines()]
        return "\n".join(lines)

    def html(self) -> str:
        """The card as HTML that loads nothing and keeps within JupyterLab's sanitizer."""
        parts = [f"<strong>{html.escape(self.mark)} {html.escape(self.word)}</strong>"]
        if self.text:
            parts.append(f"<div>{inline(self.text)}</div>")
        if self.note:
            parts.append(f"<div><small>{inline(self.note)}</small></div>")
        style = _BAR.format(colour=self.tone.fallback) + _THEMED.format(colour=self.tone.colour)
        return f'<div style="{style}">{"".join(parts)}</div>'

    def bundle(self) -> dict[str, Any]:
        """The card as a MIME bundle, plain text first."""
        return {"text/plain": self.plain(), "text/html": self.html()}

    def __repr__(self) -> str:
        return self.plain()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return self.bundle()


class Box(NamedTuple):
    """A box of a row: what it is called, its verdict as a tone and a word, and a smaller line."""

    name: str
    tone: Tone
    word: str
    note: str = ""


def row_of_boxes(boxes: Iterable[Box]) -> str:
    """Boxes with an arrow from each to the next, as HTML that loads nothing; all text is data.

    They stand side by side where there is room. A tone's bar is on the left of each, and the symbol
    says what the colour says.
    """
    row = _ARROW.join(map(_boxed, boxes))
    return f'<div style="display: flex; flex-wrap: wrap; align-items: center;">{row}</div>'


_ARROW = '<div aria-hidden="true" style="padding: 0 6px;">→</div>'


def _boxed(box: Box) -> str:
    style = (
        f"border: 1px solid #757575; border-left: 6px solid {box.tone.fallback}; "
        "padding: 4px 10px; margin: 4px 0; max-width: 190px; overflow-wrap: anywhere; "
        f"border-left-color: {box.tone.colour};"
    )
    below = f"<div><small>{escaped(box.note)}</small></div>" if box.note else ""
    return (
        f'<div style="{style}"><div><small>{escaped(box.name)}</small></div>'
        f"<strong>{escaped(box.tone.symbol)} {escaped(box.word)}</strong>{below}</div>"
    )


# The callouts of markdown cells: the word in bold, and what it is for.
CALLOUTS = {
    "Note": INFO,  # worth knowing, the lesson goes on without it
    "Careful": WARN,  # a mistake that people make here
    "Today": INFO,  # the article's advice has aged; what holds now
    "In your own account": NEUTRAL,  # what differs outside of the lab
}


def callout(word: str, text: str) -> str:
    """The one form of a callout in a markdown cell; ``word`` is one of ``CALLOUTS``.

    >>> print(callout("Note", "An *explicit* deny always wins."))
    <div style="border-left: 6px solid #0b7f8c; padding: 4px 12px;">
    <BLANKLINE>
    **ℹ Note.** An *explicit* deny always wins.
    <BLANKLINE>
    </div>
    """
    tone = CALLOUTS[word]
    # The fallback alone: JupyterLab cleans a markdown cell each time that it draws it.
    style = _BAR.format(colour=tone.fallback)
    return f'<div style="{style}">\n\n**{tone.symbol} {word}.** {text.strip()}\n\n</div>'


def is_callout(snippet: str) -> bool:
    """Whether ``snippet``, from ``<div`` to ``</div>``, is exactly what ``callout`` writes.

    >>> is_callout(callout("Careful", "Two codes, one after the other."))
    True
    >>> is_callout('<div class="alert alert-info">Hm.</div>')
    False
    """
    for word in CALLOUTS:
        head, _, tail = callout(word, "\0").partition("\0")
        if snippet.startswith(head) and snippet.endswith(tail):
            body = snippet[len(head) : len(snippet) - len(tail)]
            return bool(body.strip()) and body == body.strip() and "<div" not in body
    return False
