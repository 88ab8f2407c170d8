"""Signing in to the AWS Management Console: a password, and a one-time code where there is a
device.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/console_sign-in-experience.html
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from helpers.lab import passwords, seam
from helpers.lab.account import Account, Credential, PrincipalType, Session
from helpers.lab.context import SOURCE_IP
from helpers.lab.errors import AwsError
from helpers.lab.services.sts import check_code, new_session
from helpers.lab.world import World

CONSOLE_SECONDS = 43_200
"""How long a sign-in to the console lasts: twelve hours."""

WRONG = "Authentication failed: your authentication information is incorrect. Please try again."
EXPIRED = (
    "Your password has expired. Contact your AWS administrator: only an administrator can set a "
    "new one for you."
)
MUST_CHANGE = (
    "You must change your password to continue: sign in once more and say the new password as "
    "well (new_password=…)."
)
NOT_CHANGED = (
    "Either user is not authorized to perform iam:ChangePassword or entered password does not "
    "comply with account password policy set by administrator"
)

WEAK_FOR_ROOT = (
    "The root user's password takes 8 to 128 characters of at least three kinds (uppercase, "
    "lowercase, numbers, symbols), and is not the account's name or email address."
)
"""What AWS asks, in our words: the console marks it beside the field."""

FAILED = "Failed authentication"
NO_SUCH_NAME = "No username found in supplied account"
"""CloudTrail's words for a sign-in that failed."""

Change = Callable[[Session], None]
"""Sets a new password with the credentials of a session that has just begun."""


class SignInFailed(Exception):
    """The console's no to a sign-in."""


def sign_in(
    world: World,
    account: Account,
    user_name: str,
    password: str,
    mfa_code: str | None,
    change: Change | None = None,
    *,
    source_ip: str = SOURCE_IP,
) -> Session:
    """The session that a sign-in as "root" or as an IAM user begins.

    ``change`` is asked where the user has to choose a new password first; it makes the call of
    ChangePassword, which the user's policies have to allow. Raises ``SignInFailed`` in the
    console's words.
    """
    now = world.clock.tick()
    root = account.root
    user = None
    if user_name == "root":
        identity, stored, devices = root.arn, root.password, root.mfa_serials
    else:
        user = seam.iam_backend(account.id).users.get(user_name)
        stored = user.password if user is not None else None
        identity = user.arn if user is not None else ""
        devices = user.mfa_devices if user is not None else {}
    record = functools.partial(
        world.trail.signed_in,
        account=account.id,
        root=user_name == "root",
        user=user,
        source_ip=source_ip,
    )
    if stored is None or password != stored:
        unknown = user is None and user_name != "root"
        record("ConsoleLogin", at=now, error=NO_SUCH_NAME if unknown else FAILED)
        raise SignInFailed(WRONG)
    if devices:
        record("CheckMfa", at=now)
    serial = _device_at_sign_in(account, identity, devices, mfa_code, now)
    if devices and serial is None:
        record("ConsoleLogin", at=now, mfa_used=True, error=FAILED)
        raise SignInFailed(WRONG)
    mfa_at = now if serial is not None else None
    record = functools.partial(
        record, "ConsoleLogin", mfa_serial=serial, mfa_used=serial is not None
    )
    must_change = user is not None and _must_change(account, user, now)
    if must_change and change is None:
        raise SignInFailed(MUST_CHANGE)
    if change is not None and not must_change:
        raise ValueError("new_password: nobody asks this user for a new one (see change_password)")
    if user is None:
        root.password_last_used = now
        record(at=now)
        return session_of_root(account, now, mfa_at)
    user.password_last_used = now
    session = new_session(
        account,
        CONSOLE_SECONDS,
        now,
        credential=Credential.CONSOLE,
        principal_type=PrincipalType.USER,
        principal_arn=user.arn,
        identity_arn=user.arn,
        user_id=user.id,
        mfa_at=mfa_at,
    )
    if change is not None:
        _change_first(account, session, change)
    record(at=world.clock.now)
    return session


def _must_change(account: Account, user: Any, now: datetime) -> bool:
    """Whether a user gets no further than to choosing a new password."""
    end = passwords.expires_at(account, user)
    expired = end is not None and now >= end
    if expired and passwords.is_hard_expiry(account):
        raise SignInFailed(EXPIRED)
    return expired or passwords.profile_of(account, user).reset_required


def _change_first(account: Account, session: Session, change: Change) -> None:
    try:
        change(session)
    except ClientError as error:
        del account.sessions[session.access_key_id]
        raise SignInFailed(NOT_CHANGED) from error


def _device_at_sign_in(
    account: Account, owner: str, devices: Any, code: str | None, now: datetime
) -> str | None:
    """The serial number of the device that the code is of; ``None``: of none of them."""
    if not devices:
        return None
    if code is None:
        raise SignInFailed(
            "Multi-factor authentication: enter the code of your MFA device to sign in."
        )
    for serial in devices:
        try:
            check_code(account, serial, code, owner, now)
        except AwsError:
            continue
        return serial
    return None


def reset_root_password(account: Account, password: str) -> None:
    """Set the root user's password by the account's email address.

    Raises ``SignInFailed`` for a root user without a login profile, and for a password that AWS
    does not take.
    """
    if account.root.login_profile_at is None:
        raise SignInFailed("Password recovery is disabled for your AWS account root user.")
    if not passwords.suits_root(account, password):
        raise SignInFailed(WEAK_FOR_ROOT)
    account.root.password = password


def session_of_root(account: Account, now: datetime, mfa_at: datetime | None) -> Session:
    """A console session of the root user; without MFA it is the notebook's own and lasts."""
    return new_session(
        account,
        CONSOLE_SECONDS if mfa_at else 10**9,
        now,
        credential=Credential.CONSOLE,
        principal_type=PrincipalType.ROOT,
        principal_arn=account.root.arn,
        identity_arn=account.root.arn,
        user_id=account.id,
        mfa_at=mfa_at,
    )
