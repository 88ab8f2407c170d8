"""Where in a call's parameters a value stands, written as text.

``Name`` is a parameter, ``Delete.Objects[].Key`` each ``Key`` in the list ``Objects`` within
``Delete``, and ``RequestItems{}`` each key of a map.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any


@functools.cache
def _steps(path: str) -> tuple[tuple[str, str], ...]:
    """The names of a path, each with what follows it: "", "[]" (items) or "{}" (keys)."""
    steps = []
    for part in path.split("."):
        mark = part[-2:] if part.endswith(("[]", "{}")) else ""
        steps.append((part.removesuffix(mark), mark))
    return tuple(steps)


def values(parameters: Any, path: str) -> list[Any]:
    """Everything that stands at a path; what is missing or empty is left out.

    >>> values({"Delete": {"Objects": [{"Key": "a"}, {"Key": "b"}]}}, "Delete.Objects[].Key")
    ['a', 'b']
    >>> values({"RequestItems": {"music": {}, "films": {}}}, "RequestItems{}")
    ['music', 'films']
    >>> values({"Name": "a"}, "Other.Name")
    []
    """
    found = [parameters]
    for name, mark in _steps(path):
        found = [item[name] for item in found if isinstance(item, Mapping) and name in item]
        if mark:
            kind: Any = list if mark == "[]" else Mapping
            found = [inner for item in found if isinstance(item, kind) for inner in item]
    return [item for item in found if item is not None and item != ""]


def value(parameters: Any, path: str) -> Any:
    """The first that stands at a path; ``None`` where nothing does.

    >>> value({"Names": ["/app/a", "/app/b"]}, "Names[]")
    '/app/a'
    """
    found = values(parameters, path)
    return found[0] if found else None
