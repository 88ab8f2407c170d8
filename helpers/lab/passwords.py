"""Console passwords of IAM users: what the account asks of them, and when they run out.

A policy of the account's own takes the place of IAM's. Neither binds the root user, whose password
has rules of its own.

AWS pages: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html,
https://docs.aws.amazon.com/accounts/latest/reference/root-user-password.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from helpers.lab import seam
from helpers.lab.account import Account
from helpers.lab.errors import AwsError

SYMBOLS = frozenset("!@#$%^&*()_+-=[]{}|'")
"""The characters that IAM counts as symbols."""

DEFAULT_LENGTH = 8
CLASSES_BY_DEFAULT = 3
"""Of the four classes of characters, how many IAM asks for where there is no own policy."""

SYMBOLS_OF_ROOT = frozenset("!@#$%^&*()<>[]{}|_+-=")
"""The characters that count as symbols in the root user's password."""

LONGEST_OF_ROOT = 128

REMEMBERED = 24
"""How many passwords of a user IAM may be asked to remember."""

CLASSES = {
    "require_uppercase_characters": ("uppercase letter", lambda c: "A" <= c <= "Z"),
    "require_lowercase_characters": ("lowercase letter", lambda c: "a" <= c <= "z"),
    "require_numbers": ("number", lambda c: "0" <= c <= "9"),
    "require_symbols": ("symbol", lambda c: c in SYMBOLS),
}
"""The policy's word for a class of characters → what it is called, and what belongs to it."""


@dataclass
class LoginProfile:
    """What is known of a user's password beside the password itself, which moto keeps."""

    created_at: datetime
    changed_at: datetime
    reset_required: bool = False
    earlier: list[str] = field(default_factory=list)
    """The passwords so far, the newest last."""


def profiles(account: Account) -> dict[str, LoginProfile]:
    """The account's login profiles, by the id of the user (a name may come back)."""
    return account.own.setdefault("iam.login_profiles", {})


def profile_of(account: Account, user: Any) -> LoginProfile:
    """The login profile of a user who has a password."""
    found = profiles(account).get(user.id)
    if found is None:  # the password was not set through the API
        found = LoginProfile(user.create_date, user.create_date)
        profiles(account)[user.id] = found
    return found


def account_policy(account: Account) -> Any | None:
    """The account's own password policy (moto's); ``None``: IAM's holds."""
    return seam.iam_backend(account.id).account_password_policy


def users_may_change(account: Account) -> bool:
    """Whether the account lets every IAM user change the own password."""
    policy = account_policy(account)
    return policy is not None and bool(policy.allow_users_to_change_password)


def expires_at(account: Account, user: Any) -> datetime | None:
    """When a user's password runs out; ``None``: never."""
    policy = account_policy(account)
    if policy is None or not policy.max_password_age or user.password is None:
        return None
    return profile_of(account, user).changed_at + timedelta(days=policy.max_password_age)


def is_hard_expiry(account: Account) -> bool:
    """Whether only an administrator can help a user whose password ran out."""
    policy = account_policy(account)
    return policy is not None and bool(policy.hard_expiry)


def set_password(account: Account, user: Any, password: str, now: datetime) -> None:
    """Give a user a password that the account's policy lets pass.

    Raises ``AwsError`` (PasswordPolicyViolation) for one that it does not.
    """
    known = profiles(account).get(user.id)
    earlier = known.earlier if known is not None else []
    check(account, password, earlier)
    user.password = password
    profile = profiles(account).setdefault(user.id, LoginProfile(now, now))
    profile.changed_at = now
    profile.earlier = [*earlier, password][-REMEMBERED:]


def check(account: Account, password: str, earlier: Iterable[str]) -> None:
    """Raise ``AwsError`` for a password that the account's policy does not let pass."""
    policy = account_policy(account)
    faults = _faults_by_default(account, password) if policy is None else _faults(policy, password)
    if not faults and policy is not None and (count := policy.password_reuse_prevention):
        faults = [_GENERAL] if password in list(earlier)[-count:] else []
    if faults:
        raise AwsError("PasswordPolicyViolation", ", ".join(faults))


def suits_root(account: Account, password: str) -> bool:
    """Whether AWS takes a password for the root user, whatever the account's policy says."""
    belongs = [CLASSES[asked][1] for asked in CLASSES if asked != "require_symbols"]
    kinds = [any(map(test, password)) for test in (*belongs, SYMBOLS_OF_ROOT.__contains__)]
    return (
        DEFAULT_LENGTH <= len(password) <= LONGEST_OF_ROOT
        and sum(kinds) >= CLASSES_BY_DEFAULT
        and password.lower() not in (account.name.lower(), account.email.lower())
    )


_GENERAL = "Password does not conform to the account password policy."


def _faults(policy: Any, password: str) -> list[str]:
    faults = _too_short(password, policy.minimum_password_length)
    asked = (asked for asked in CLASSES if getattr(policy, asked))
    return faults + [_at_least_one(asked) for asked in asked if not _has(password, asked)]


def _faults_by_default(account: Account, password: str) -> list[str]:
    faults = _too_short(password, DEFAULT_LENGTH)
    missing = [_at_least_one(asked) for asked in CLASSES if not _has(password, asked)]
    more = CLASSES_BY_DEFAULT - (len(CLASSES) - len(missing))
    if more > 0:
        faults.append(
            f"Password should meet {more} more of the following requirements: {', '.join(missing)}"
        )
    if not faults and password.lower() in _names_of(account):
        faults.append(_GENERAL)
    return faults


def _too_short(password: str, length: int) -> list[str]:
    if len(password) >= length:
        return []
    return [f"Password should have a minimum length of {length}"]


def _has(password: str, asked: str) -> bool:
    return any(map(CLASSES[asked][1], password))


def _at_least_one(asked: str) -> str:
    return f"Password should have at least one {CLASSES[asked][0]}"


def _names_of(account: Account) -> set[str]:
    """What the account is called, and its email address: no password may be that."""
    aliases = seam.iam_backend(account.id).account_aliases
    return {name.lower() for name in (account.name, account.email, *aliases)}
