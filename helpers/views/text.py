"""Names, policies and log entries as text: whatever they hold, it is shown and does nothing."""

from __future__ import annotations

import html

__all__ = ["escaped", "plain"]


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
