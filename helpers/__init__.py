"""Everything that a notebook of the series imports.

Five rooms, and imports only ever go down: ``views`` and ``exercises`` use ``lab``,
``analysis`` and ``policy``; ``lab`` uses ``analysis`` and ``policy``; ``analysis`` uses
``policy``; ``policy`` uses none of them.

``import helpers`` is light. ``Lab`` and ``try_call`` bring boto3 and moto along, so they
load when they are first asked for. From that moment on the guard stands: no AWS call and
no connection of this process leaves the machine (see ``helpers.lab.guard``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helpers.lab import Caller, Lab, try_call

__all__ = ["Caller", "Lab", "try_call"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from helpers import lab

        return getattr(lab, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
