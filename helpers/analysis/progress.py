"""A bar that shows how far a long reading is; a short one shows none.

The bar is tqdm's: a widget in a notebook, a line of text elsewhere.
"""

from __future__ import annotations

from typing import Any

DELAY = 2.0
"""Seconds before a bar is shown at all, so that what is quick leaves no output behind."""


def bar(total: int, unit: str) -> Any:
    """A bar of so many steps, to be used in a ``with`` statement; ``update()`` is one step.

    >>> with bar(3, "file") as progress:
    ...     progress.update()
    """
    import tqdm
    from tqdm.auto import tqdm as any_bar

    tqdm.tqdm.monitor_interval = 0  # no thread beside the bar
    return any_bar(total=total, unit=unit, delay=DELAY, leave=False)
