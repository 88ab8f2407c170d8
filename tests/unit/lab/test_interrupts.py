"""Ctrl-C inside a call: the call ends, nothing is left held, and the interrupt comes then."""

from __future__ import annotations

import signal
import sys
import threading
import time
from datetime import UTC, datetime

import pytest

from helpers import Lab
from helpers.lab.clock import turn
from helpers.lab.interrupts import Deferred


def interrupted_at(line: int, call) -> bool:
    """Make a call with a real signal at its n-th line; whether it was interrupted."""
    seen = 0

    def trace(frame, event, argument):
        nonlocal seen
        if event == "line":
            seen += 1
            if seen == line:
                signal.raise_signal(signal.SIGINT)
        return trace

    sys.settrace(trace)
    try:
        call()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(None)
    return False


def turn_is_free() -> bool:
    found: list[bool] = []

    def ask() -> None:
        found.append(turn().acquire(timeout=30))
        if found[0]:
            turn().release()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    return found[0]


def test_a_signal_at_many_points_of_a_call_leaves_nothing_held(house: Lab) -> None:
    iam = house.root.client("iam")
    iam.get_user(UserName="admin")
    interrupted = 0
    for line in range(1, 6000, 97):
        interrupted += interrupted_at(line, lambda: iam.get_user(UserName="admin"))
        assert abs(time.time() - datetime.now(UTC).timestamp()) < 5
        assert turn_is_free(), line
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert interrupted > 10
    assert iam.get_user(UserName="admin")["User"]["UserName"] == "admin"


def test_what_a_call_did_is_in_the_record_though_it_was_interrupted(lab: Lab) -> None:
    iam = lab.root.client("iam")
    iam.list_users()
    for number in range(1, 40):
        interrupted_at(number * 151, lambda n=number: iam.create_user(UserName=f"u{n}"))
    there = {user["UserName"] for user in iam.list_users()["Users"]}
    made = [e for e in lab.trail.events if e["eventName"] == "CreateUser"]
    assert {e["requestParameters"]["userName"] for e in made if "errorCode" not in e} == there


def test_the_second_interrupt_does_not_wait() -> None:
    after = []

    def twice() -> None:
        with Deferred():
            signal.raise_signal(signal.SIGINT)
            after.append("first")
            signal.raise_signal(signal.SIGINT)
            after.append("second")

    with pytest.raises(KeyboardInterrupt):
        twice()
    assert after == ["first"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"days": -1}, "forward"),
        ({"days": float("nan")}, "numbers"),
        ({"days": float("inf")}, "numbers"),
        ({"days": "90"}, "numbers"),
        ({"weeks": None}, "numbers"),
        ({"years": 1}, "numbers"),
        ({"days": 10**12}, "numbers"),
        ({"days": 4_000_000}, "9999"),
    ],
)
def test_steps_of_the_clock_that_are_none(lab: Lab, arguments: dict, words: str) -> None:
    before = lab.clock.now
    with pytest.raises(ValueError, match=words):
        lab.clock.advance(**arguments)
    assert lab.clock.now == before


def test_at_the_end_of_time_calls_are_still_answered(lab: Lab) -> None:
    far = datetime(9999, 12, 31, 23, 59, 58, tzinfo=UTC)
    lab.clock.advance(seconds=(far - lab.clock.now).total_seconds())
    before = lab.clock.now
    lab.clock.tick()
    assert lab.clock.tick() - before < far.resolution * 2_000_000
