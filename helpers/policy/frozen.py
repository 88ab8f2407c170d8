"""Objects that never change.

The engine's records are NamedTuples and a few small classes rather than dataclasses: importing
dataclasses and building theirs took longer than all the rest of ``import helpers.policy``.
"""

from __future__ import annotations

from typing import NoReturn


class Frozen:
    """A class whose objects are complete once made. Their own ``__init__`` uses :meth:`_set`."""

    __slots__ = ()

    def _set(self, **attributes: object) -> None:
        for name, value in attributes.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed; make a new one")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed; make a new one")
