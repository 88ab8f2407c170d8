"""Notebooks that somebody has worked in fail their tests, and nothing is wrong."""

from __future__ import annotations

from collections.abc import Collection

from helpers.setup.shipped import Shipped


def changed_notebooks(failed: Collection[str], shipped: Shipped | None = None) -> list[str]:
    """The numbers of the notebooks that are not as they were shipped, where any test of a
    notebook failed.

    >>> changed_notebooks(["tests/unit/test_style.py::test_ruff_finds_nothing[check]"])
    []
    """
    if not any(name.startswith(("notebooks/", "tests/notebooks/")) for name in failed):
        return []
    shipped = shipped or Shipped()
    return [n for n, path in shipped.notebooks().items() if not shipped.is_unchanged(path)]
