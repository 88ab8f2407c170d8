"""Showing things in a notebook, and as plain text anywhere else."""

from __future__ import annotations

from typing import Any

__all__ = ["Text", "show"]


def show(thing: Any) -> None:
    """Display ``thing`` at once: one output, wherever the call stands in its cell.

    Returning the thing instead would show nothing when the call is not the cell's last line.
    Outside of IPython its ``repr`` is printed.
    """
    # Here and not above: the exercises can be read and tested without a notebook around them.
    from IPython.display import display

    display(thing)


class Text:
    """Markdown of our own making, with the same text for places without markdown.

    >>> Text("**Hint 1 of 2.** Look at `Effect`.")
    **Hint 1 of 2.** Look at `Effect`.
    """

    def __init__(self, markdown: str) -> None:
        self.markdown = markdown

    def __repr__(self) -> str:
        return self.markdown

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": self.markdown, "text/markdown": self.markdown}
