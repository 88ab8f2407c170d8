"""The phone's app: what it learns from a QR code, and the codes that AWS takes of it."""

from __future__ import annotations

import io
from typing import Any

import pyotp
import pytest
import segno
from botocore.exceptions import ClientError

from helpers.lab import Lab
from helpers.lab.authenticator import MOST_DRIFT, Authenticator, PhoneLost
from helpers.lab.clock import Clock
from helpers.lab.qr_reading import QrUnreadable
from helpers.lab.sign_in_answer import sign_in_answer

PASSWORD = "quiet-Otter-violet-3"


def picture(text: str) -> bytes:
    found = io.BytesIO()
    segno.make(text, micro=False).save(found, kind="png")
    return found.getvalue()


@pytest.fixture
def house() -> Any:
    yield Lab.start("house")
    Lab.stop()


def enrolled(lab: Lab) -> tuple[Authenticator, dict[str, Any]]:
    """A phone of the analyst's, enrolled by its own two codes."""
    iam = lab.root.client("iam")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="mine")["VirtualMFADevice"]
    app = Authenticator(lab.clock)
    app.scan(device["QRCodePNG"])
    first = app.code()
    lab.clock.advance(seconds=30)
    iam.enable_mfa_device(
        UserName="analyst",
        SerialNumber=device["SerialNumber"],
        AuthenticationCode1=first,
        AuthenticationCode2=app.code(),
    )
    lab.clock.advance(seconds=30)
    return app, device


def test_the_picture_alone_gives_the_codes_of_the_seed(house: Lab) -> None:
    app, device = enrolled(house)
    by_seed = pyotp.TOTP(device["Base32StringSeed"].decode())
    for _ in range(5):
        assert app.code() == by_seed.at(house.clock.now)
        house.clock.advance(seconds=30)
    assert device["Base32StringSeed"].decode() not in repr(app.entries)


def test_sign_in_with_and_without_the_phone(house: Lab) -> None:
    app, _ = enrolled(house)
    asked = sign_in_answer(house, "analyst", PASSWORD)
    assert not asked.signed_in
    assert "enter the code of your MFA device" in asked.words
    answer = sign_in_answer(house, " analyst ", PASSWORD, f"{app.code()[:3]} {app.code()[3:]}")
    assert answer.caller is not None
    assert answer.mfa_at == house.clock.now
    assert (answer.until - answer.mfa_at).total_seconds() == 43_200
    answer.caller.client("s3").list_buckets()
    assert "Authentication failed" in sign_in_answer(house, "analyst", PASSWORD, app.code()).words


def test_a_wrong_clock_until_it_is_put_right(house: Lab) -> None:
    app, device = enrolled(house)
    app.drift = -600
    assert not sign_in_answer(house, "analyst", PASSWORD, app.code()).signed_in
    first = app.code()
    app._clock.advance(seconds=30)
    house.root.client("iam").resync_mfa_device(
        UserName="analyst",
        SerialNumber=device["SerialNumber"],
        AuthenticationCode1=first,
        AuthenticationCode2=app.code(),
    )
    house.clock.advance(minutes=1)
    assert sign_in_answer(house, "analyst", PASSWORD, app.code()).signed_in


def test_a_lost_phone_shows_and_learns_nothing(house: Lab) -> None:
    app, device = enrolled(house)
    app.lost = True
    for use in (app.code, lambda: app.scan(device["QRCodePNG"])):
        with pytest.raises(PhoneLost, match="The phone is lost"):
            use()
    app.lost = False
    assert sign_in_answer(house, "analyst", PASSWORD, app.code()).signed_in


def test_root_without_mfa_has_no_end_here(house: Lab) -> None:
    house.accounts["111122223333"].reset_root_password("Password1")
    answer = sign_in_answer(house, "root", "Password1")
    assert (answer.mfa_at, answer.until) == (None, None)
    assert answer.words.endswith("signed in without MFA, for as long as this account runs")


def test_a_new_password_is_asked_for(house: Lab) -> None:
    iam = house.root.client("iam")
    iam.update_account_password_policy(AllowUsersToChangePassword=True, MinimumPasswordLength=8)
    iam.update_login_profile(
        UserName="analyst", Password="seven-Green-cups", PasswordResetRequired=True
    )
    asked = sign_in_answer(house, "analyst", "seven-Green-cups")
    assert (asked.signed_in, asked.asks_new_password) == (False, True)
    new = "eight-Green-cups"
    assert sign_in_answer(house, "analyst", "seven-Green-cups", "", new).signed_in
    again = sign_in_answer(house, "analyst", new, "", "nine-Green-cups")
    assert "nobody asks this user" in again.words


def test_a_stopped_account_says_so(house: Lab) -> None:
    Lab.stop()
    assert "No account is running" in sign_in_answer(house, "analyst", PASSWORD).words


def test_scanning_twice_is_one_entry_and_two_secrets_are_two() -> None:
    app = Authenticator(Clock())
    uri = "otpauth://totp/A:me?issuer=A&secret="
    first = app.scan(picture(uri + "MFRGGZDF" * 4))
    assert (first.issuer, first.name) == ("A", "me")
    assert app.scan(picture(uri + "MFRGGZDF" * 4)) is first
    app.scan(picture(uri + "JBSWY3DP" * 4))
    assert len(app.entries) == 2
    assert app.code() == app.code(1) != app.code(0)


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com/otpauth",
        "otpauth://hotp/me?counter=1&secret=MFRGGZDFMFRGGZDFMFRGGZDFMFRGGZDF",
        "otpauth://totp/me?secret=short",
        "otpauth://totp/me?secret=!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!",
        "otpauth://totp/me?period=0&secret=MFRGGZDFMFRGGZDFMFRGGZDFMFRGGZDF",
        "otpauth://totp/me?period=x&secret=MFRGGZDFMFRGGZDFMFRGGZDFMFRGGZDF",
        "otpauth://totp/me?encoder=steam&secret=MFRGGZDFMFRGGZDFMFRGGZDFMFRGGZDF",
        "otpauth://totp/me",
    ],
)
def test_other_codes_are_refused(text: str) -> None:
    app = Authenticator(Clock())
    with pytest.raises(QrUnreadable, match="not that of a device"):
        app.scan(picture(text))
    with pytest.raises(LookupError, match="scan a QR code first"):
        app.code()


@pytest.mark.parametrize("seconds", [MOST_DRIFT + 1, -MOST_DRIFT - 1, 1.5, "600", True, None])
def test_drift_that_is_none(seconds: Any) -> None:
    app = Authenticator(Clock(), drift=5)
    with pytest.raises(ValueError, match="drift: whole seconds"):
        app.drift = seconds
    assert app.drift == 5


def test_the_account_knows_nothing_of_the_phone(house: Lab) -> None:
    """The codes are AWS's to judge: those of another phone are refused."""
    _, device = enrolled(house)
    stranger = Authenticator(house.clock)
    stranger.scan(picture("otpauth://totp/me?secret=MFRGGZDFMFRGGZDFMFRGGZDFMFRGGZDF"))
    with pytest.raises(ClientError, match="invalid MFA one time pass code"):
        house.caller("analyst").client("sts").get_session_token(
            SerialNumber=device["SerialNumber"], TokenCode=stranger.code()
        )
