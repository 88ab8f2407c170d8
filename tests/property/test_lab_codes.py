"""One-time codes, for any order of codes and any passing of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp
from hypothesis import given
from hypothesis import strategies as st

from helpers.lab.account import CODE_STEP, MfaDevice

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
BEGIN = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
TOTP = pyotp.TOTP(SEED)

# Steps of a walk: seconds that pass, then the code of how many steps ahead or back is tried.
walks = st.lists(st.tuples(st.integers(0, 200), st.integers(-4, 4)), min_size=1, max_size=20)


@given(walks)
def test_each_accepted_code_is_later_than_all_before_and_near_now(walk: list) -> None:
    device, now, taken = MfaDevice("s", SEED), BEGIN, []
    for seconds, ahead in walk:
        now += timedelta(seconds=seconds)
        step = int(now.timestamp()) // CODE_STEP + ahead
        if device.accept(TOTP.at(step * CODE_STEP), now):
            assert abs(ahead) <= 1
            assert all(step > earlier for earlier in taken)
            taken.append(step)
        else:
            # Refused for a reason: too far from now, or not later than one that was taken.
            assert abs(ahead) > 1 or any(step <= earlier for earlier in taken)


@given(st.integers(0, 999_999), st.integers(0, 10_000))
def test_a_code_is_accepted_only_if_it_is_one_of_three(number: int, seconds: int) -> None:
    now = BEGIN + timedelta(seconds=seconds)
    code = f"{number:06d}"
    near = {TOTP.at(now, counter_offset=n) for n in (-1, 0, 1)}
    assert MfaDevice("s", SEED).accept(code, now) is (code in near)


@given(st.integers(-260, 260), st.integers(-260, 260), st.integers(0, 250))
def test_two_codes_have_to_follow_each_other_within_reach(one: int, two: int, reach: int) -> None:
    codes = [TOTP.at(BEGIN, counter_offset=n) for n in (one, two)]
    found = MfaDevice("s", SEED).accept_two(*codes, BEGIN, reach)
    follows = two == one + 1 and abs(one) <= reach
    assert found is follows


@given(st.integers(4, 240), st.booleans(), st.integers(2, 50))
def test_after_resynchronising_the_drifting_device_works(
    drift: int, slow: bool, later: int
) -> None:
    ahead = -drift if slow else drift
    device = MfaDevice("s", SEED)
    codes = [TOTP.at(BEGIN, counter_offset=ahead + n) for n in (0, 1)]
    assert device.accept_two(*codes, BEGIN, 240)
    now = BEGIN + timedelta(seconds=later * CODE_STEP)
    assert device.accept(TOTP.at(now, counter_offset=ahead), now)
    assert not device.accept(TOTP.at(now), now)
