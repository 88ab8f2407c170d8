"""The account's time."""

from __future__ import annotations

import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from types import TracebackType

# time_machine has a plugin for pytest in it and imports pytest for that, a quarter of a second in
# every notebook. It does without where pytest is not to be had.
_without_pytest = sys.modules.setdefault("pytest", None) is None  # type: ignore[arg-type]
try:
    import time_machine
finally:
    if _without_pytest:
        del sys.modules["pytest"]

from helpers.lab.interrupts import Deferred  # noqa: E402

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
"""Where every fresh account's time begins: a Monday morning. Fixed, so that two runs of a
notebook print the same dates."""

CALL_TAKES = timedelta(seconds=1)
"""How far one API call moves the clock, so that events have an order and sessions an age."""


_LAST = datetime.max.replace(tzinfo=UTC)


class _Process:
    """What the whole process has one of: the turn of whoever works on the lab, and the time.

    moto's stores and the held time belong to the process, so calls, and signatures, which boto3
    makes in several threads, take turns. It is one lock for both: a signature may need a call
    (credentials that are renewed), and a call holds the time.
    """

    def __init__(self) -> None:
        self.turn = threading.RLock()
        self.travels: list[time_machine.travel] = []
        """The travels of ours that last, the newest last."""


_process = _Process()


def turn() -> threading.RLock:
    """The lock of whoever works on the lab of this process."""
    return _process.turn


def forget_other_threads() -> None:
    """In a forked child: let go of what threads held that are not there any more."""
    while _process.travels:
        _process.travels.pop().stop()
    _process.turn = threading.RLock()


def machine_now() -> datetime:
    """This machine's time, also while the account's is held; in UTC."""
    with _process.turn:
        hatch = time_machine.escape_hatch
        seconds = hatch.time.time() if hatch.is_travelling() else time.time()
    return datetime.fromtimestamp(seconds, UTC)


class Hold:
    """A context in which ``datetime.now()`` and ``time.time()`` tell the account's time.

    The monotonic clocks, on which event loops and timeouts run, are left alone.
    """

    __slots__ = ("_clock", "_deferred")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._deferred = Deferred()

    def __enter__(self) -> None:
        self._deferred.__enter__()
        _process.turn.acquire()
        # A number, because for a datetime time_machine sets the process's time zone and back,
        # which another thread may be reading.
        travel = time_machine.travel(self._clock.now.timestamp(), tick=False)
        travel.start()
        _process.travels.append(travel)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            _process.travels.pop().stop()
        finally:
            _process.turn.release()
            self._deferred.__exit__(kind, error, trace)


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

        Raises ``ValueError`` for a step backwards, which an account's time never makes, and for
        one that is no length of time.
        """
        try:
            step = timedelta(*args, **kwargs)
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(
                f"advance: say how long with numbers, as in advance(days=90) ({error})"
            ) from None
        if step < timedelta(0):
            raise ValueError(f"advance: time only moves forward, and this step is {step}")
        with _process.turn:
            try:
                self._now += step
            except OverflowError:
                raise ValueError("advance: this step leads beyond the year 9999") from None
            return self._now

    def tick(self) -> datetime:
        """Let the time of one API call pass and return the new time.

        At the end of the year 9999 it stands.
        """
        with _process.turn:
            if self._now <= _LAST - CALL_TAKES:
                self._now += CALL_TAKES
            return self._now

    def hold(self) -> Hold:
        """A context in which ``datetime.now()`` and ``time.time()`` tell the account's time."""
        return Hold(self)

    def __repr__(self) -> str:
        return f"<the account's clock: {self._now:%Y-%m-%d %H:%M:%S} UTC>"
