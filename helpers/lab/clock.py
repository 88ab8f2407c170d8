"""The account's time."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

# time_machine has a plugin for pytest in it and imports pytest for that, a quarter of a second in
# every notebook. It does without where pytest is not to be had.
_without_pytest = sys.modules.setdefault("pytest", None) is None  # type: ignore[arg-type]
try:
    import time_machine
finally:
    if _without_pytest:
        del sys.modules["pytest"]

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
"""Where every fresh account's time begins: a Monday morning. Fixed, so that two runs of a
notebook print the same dates."""

CALL_TAKES = timedelta(seconds=1)
"""How far one API call moves the clock, so that events have an order and sessions an age."""

# boto3 signs the parts of an upload in several threads, and time_machine takes one at a time.
_HELD = threading.RLock()


class Clock:
    """The time inside the account; it moves by calls and by ``advance``, never by itself.

    >>> clock = Clock()
    >>> clock.now.isoformat()
    '2026-11-02T09:00:00+00:00'
    >>> clock.advance(days=90).isoformat()
    '2027-01-31T09:00:00+00:00'
    """

    def __init__(self, start: datetime = START) -> None:
        if start.tzinfo is None:
            raise ValueError("start: an aware datetime is needed, such as one with tzinfo=UTC")
        self._now = start.astimezone(UTC)

    @property
    def now(self) -> datetime:
        """The account's time as an aware UTC datetime."""
        return self._now

    def advance(self, *args: float, **kwargs: float) -> datetime:
        """Let time pass and return the new time; takes ``datetime.timedelta``'s arguments.

        Raises ``ValueError`` for a step backwards: an account's time never does that.
        """
        step = timedelta(*args, **kwargs)
        if step < timedelta(0):
            raise ValueError(f"advance: time only moves forward, and this step is {step}")
        try:
            self._now += step
        except OverflowError:
            raise ValueError("advance: this step leads beyond the year 9999") from None
        return self._now

    def tick(self) -> datetime:
        """Let the time of one API call pass and return the new time."""
        self._now += CALL_TAKES
        return self._now

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """A context in which ``datetime.now()`` and ``time.time()`` tell the account's time.

        The monotonic clocks, on which event loops and timeouts run, are left alone. The time
        belongs to the process, so threads hold it one after another.
        """
        # A number, because for a datetime time_machine sets the process's time zone and back,
        # which another thread may be reading.
        with _HELD, time_machine.travel(self._now.timestamp(), tick=False):
            yield

    def __repr__(self) -> str:
        return f"<the account's clock: {self._now:%Y-%m-%d %H:%M:%S} UTC>"
