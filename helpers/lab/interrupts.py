"""Ctrl-C, and the kernel's interrupt button, wait until a call is over.

A call moves the clock, locks, stores and the record together; cut in the middle it would leave a
user without a record of its creation, or the process at the account's time. A call takes
milliseconds, so the interrupt waits for its end. The second interrupt does not wait: then
something hangs, and whoever presses twice wants out.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any


class Deferred:
    """A context in which the first interrupt is kept for its end.

    Only the main thread hears of signals; in others, and inside another such context, it does
    nothing.
    """

    __slots__ = ("_before", "_came")

    def __init__(self) -> None:
        self._before: Callable[[int, Any], Any] | None = None
        self._came = False

    def __enter__(self) -> Deferred:
        if threading.current_thread() is threading.main_thread():
            before = signal.getsignal(signal.SIGINT)
            if callable(before) and not isinstance(getattr(before, "__self__", None), Deferred):
                self._before = before
                signal.signal(signal.SIGINT, self._note)
        return self

    def _note(self, number: int, frame: Any) -> None:
        if self._came and self._before is not None:
            self._came = False
            self._before(number, frame)
        else:
            self._came = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        before = self._before
        if before is not None:
            signal.signal(signal.SIGINT, before)
            if self._came:
                before(signal.SIGINT, None)
