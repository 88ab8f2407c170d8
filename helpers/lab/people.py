"""A person who comes to work: signed in with whatever the account lets them have.

AWS pages: https://docs.aws.amazon.com/IAM/latest/UserGuide/console_sign-in-experience.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyotp

from helpers.lab import seam
from helpers.lab.attacks.step import Step, attempt
from helpers.lab.caller import Caller
from helpers.lab.console import MUST_CHANGE
from helpers.lab.services.iam_mfa import owner_of

if TYPE_CHECKING:
    from helpers.lab.lab import Lab

NO_CREDENTIALS = "neither a password nor an active access key"
"""What keeps somebody from trying at all."""

SESSION_SECONDS = 3_600
BETWEEN_CODES = 90
"""Seconds after which an authenticator app shows a code that was not used yet."""


def at_work(lab: Lab, user_name: str) -> tuple[Step, Caller | None]:
    """An IAM user of the lab's account at work: how coming in went, and the credentials.

    Whoever has a password signs in to the console, all others use their newest active access key.
    Both give the code of their MFA device where they have one, and choose a new password where the
    console asks for it. No credentials are made: without any the step is stopped by
    ``NO_CREDENTIALS``. ``None``: they did not get in.

    >>> from helpers import Lab
    >>> lab = Lab.start("house")
    >>> step, caller = at_work(lab, "analyst")
    >>> step.name, step.worked, caller.session_token is None
    ('sign in as analyst', True, False)
    >>> at_work(lab, "nobody")[0].control
    'there is no user nobody'
    >>> Lab.stop()
    """
    name = f"sign in as {user_name}"
    user = seam.iam_backend(lab.account.id).users.get(user_name)
    if user is None:
        return Step(name, False, f"there is no user {user_name}"), None
    if user.password is not None:
        return _at_the_console(lab, user, name)
    key = newest_key(lab, user_name)
    if key is None:
        return Step(name, False, NO_CREDENTIALS), None
    serial = _device(lab, user)
    if serial is None:
        return Step(name, True), key
    step, made = attempt(
        name,
        key.client("sts").get_session_token,
        SerialNumber=serial,
        TokenCode=_code(lab, serial),
        DurationSeconds=SESSION_SECONDS,
    )
    return step, None if made is None else caller_of(made, user_name, user.arn)


def newest_key(lab: Lab, user_name: str) -> Caller | None:
    """An IAM user with their newest active access key; ``None`` where they have none."""
    user = seam.iam_backend(lab.account.id).users.get(user_name)
    active = [key for key in user.access_keys if key.status == "Active"] if user else []
    if not active:
        return None
    return Caller(user.name, user.arn, active[-1].access_key_id, active[-1].secret_access_key)


def caller_of(made: Any, name: str, arn: str) -> Caller:
    """The caller whom an answer of STS with ``Credentials`` makes."""
    parts = made["Credentials"]
    return Caller(
        name,
        arn,
        parts["AccessKeyId"],
        parts["SecretAccessKey"],
        parts["SessionToken"],
        parts["Expiration"],
    )


def _at_the_console(lab: Lab, user: Any, name: str) -> tuple[Step, Caller | None]:
    serial = _device(lab, user)
    given = {"user_name": user.name, "password": user.password}
    code = None if serial is None else _code(lab, serial)
    step, caller = attempt(name, lab.sign_in, **given, mfa_code=code)
    if step.said != MUST_CHANGE:
        return step, caller
    code = None if serial is None else _code(lab, serial)
    new = f"Chosen-at-the-console-{lab.clock.now:%Y-%m-%d-%H-%M-%S}"
    return attempt(name, lab.sign_in, **given, mfa_code=code, new_password=new)


def _device(lab: Lab, user: Any) -> str | None:
    """The serial number of a user's first device that makes codes; ``None``: they have none."""
    devices = lab.account.devices
    return next((s for s in devices if owner_of(lab.account, s) == user.arn), None)


def _code(lab: Lab, serial: str) -> str:
    """A code of the person's own phone, which was not used yet."""
    lab.clock.advance(seconds=BETWEEN_CODES)
    device = lab.account.devices[serial]
    return pyotp.TOTP(device.seed).at(lab.clock.now, counter_offset=device.drift)
