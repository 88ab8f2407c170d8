"""What the lab keeps of an account beside moto's stores.

moto keeps users, groups, roles, policies, buckets and instances. It knows nothing of the root
user, of temporary credentials, of one-time codes and of who signed in when; that is here.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from random import Random
from typing import Any

import pyotp

CODE_STEP = 30
"""Seconds for which a one-time code stands (RFC 6238's default, which AWS uses)."""

CODE_DRIFT = 1
"""How many steps a device's clock may be off in either direction when a code is checked."""


class Credential(StrEnum):
    """What kind of credentials signed a call."""

    LONG_TERM = "access key"
    CONSOLE = "console session"
    SESSION_TOKEN = "GetSessionToken"
    ASSUMED_ROLE = "AssumeRole"
    FEDERATION = "GetFederationToken"
    ASSUMED_ROOT = "AssumeRoot"


class PrincipalType(StrEnum):
    """The values of the condition key ``aws:PrincipalType``."""

    ROOT = "Account"
    USER = "User"
    ROLE_SESSION = "AssumedRole"
    FEDERATED_USER = "FederatedUser"
    ANONYMOUS = "Anonymous"


@dataclass(frozen=True, slots=True)
class Session:
    """Temporary credentials and what AWS remembers of how they were got.

    ``principal_arn`` is the caller's ARN; ``identity_arn`` the user's or role's whose policies
    apply. ``mfa_at`` is when a one-time code was given, ``None`` where none was.
    """

    access_key_id: str
    secret: str
    token: str
    credential: Credential
    principal_type: PrincipalType
    principal_arn: str
    identity_arn: str
    user_id: str
    account_id: str
    issued_at: datetime
    expires_at: datetime
    mfa_at: datetime | None = None
    policies: tuple[tuple[str, str], ...] | None = None
    """Session policies as (name, document); ``None``: the session was given none."""
    tags: tuple[tuple[str, str], ...] = ()
    transitive: tuple[str, ...] = ()
    """Keys of the tags that go on to the sessions assumed with this one."""
    source_identity: str | None = None
    issuer_id: str | None = None
    """The id of the user who asked for a federated user's session, whose own id it is not."""


@dataclass
class MfaDevice:
    """A device that makes one-time codes, and the last code that it was used with.

    A code is good once, and never after a later one.
    """

    serial_number: str
    seed: str
    drift: int = 0
    """Steps by which the device's clock was found to be off when it was enabled."""
    last_step: int = -1

    def accept(self, code: str, now: datetime) -> bool:
        """Whether a code is right now; a right one is used up by this."""
        step = self._step_of(code, now, range(-CODE_DRIFT, CODE_DRIFT + 1))
        if step is None:
            return False
        self.last_step = step
        return True

    def accept_two(self, first: str, second: str, now: datetime, reach: int) -> bool:
        """Whether two codes follow each other within ``reach`` steps of now; uses them up.

        The distance found is kept: it is how far the device's own clock is off.
        """
        current = int(now.timestamp()) // CODE_STEP
        for offset in sorted(range(-reach, reach + 1), key=abs):
            step = current + offset
            if self._code(step) == first and self._code(step + 1) == second:
                # Codes just entered may be a step or two old; more than that is a clock's fault.
                self.drift = offset if abs(offset) > 2 * CODE_DRIFT + 1 else 0
                self.last_step = step + 1
                return True
        return False

    def _step_of(self, code: str, now: datetime, window: range) -> int | None:
        current = int(now.timestamp()) // CODE_STEP + self.drift
        for offset in window:
            step = current + offset
            if step > self.last_step and self._code(step) == code:
                return step
        return None

    def _code(self, step: int) -> str:
        return pyotp.TOTP(self.seed, interval=CODE_STEP).generate_otp(step) if step >= 0 else ""


@dataclass
class RootKey:
    """An access key of the root user."""

    access_key_id: str
    secret: str
    created_at: datetime
    status: str = "Active"


@dataclass
class RootUser:
    """The root user: no IAM user, so no store of moto's holds it."""

    account_id: str
    password: str | None
    """``None``: nobody knows one, and the root user cannot sign in."""
    created_at: datetime
    login_profile_at: datetime | None = None
    """Since when the root user may have a password, set by the account's email address;
    ``None``: it may have none."""
    keys: list[RootKey] = field(default_factory=list)
    mfa_serials: dict[str, datetime] = field(default_factory=dict)
    """Serial number of each MFA device → when it was enabled."""
    password_last_used: datetime | None = None

    @property
    def arn(self) -> str:
        """The ARN that stands for the root user (and, in a policy, for the account)."""
        return f"arn:aws:iam::{self.account_id}:root"


@dataclass
class Account:
    """One account: its root user, temporary credentials and MFA devices."""

    id: str
    root: RootUser
    random: Random
    name: str = "Example Corp"
    email: str = "root@example.com"
    """The address of the root user, which also tells the account apart from all others."""
    sessions: dict[str, Session] = field(default_factory=dict)
    devices: dict[str, MfaDevice] = field(default_factory=dict)
    """Every MFA device by serial number, enabled or not."""
    own: dict[str, Any] = field(default_factory=dict)
    """What the lab's own services keep, by the service's name; each knows its own kind."""

    def new_key_id(self, prefix: str) -> str:
        """A new id with the prefix that tells its kind: ASIA for temporary keys, AIDA for users…

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
        """
        length = 20 if prefix in ("AKIA", "ASIA") else 21
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
        return prefix + "".join(self.random.choices(letters, k=length - len(prefix)))

    def new_secret(self) -> str:
        """A new secret access key: 40 characters."""
        return base64.b64encode(self.random.randbytes(30)).decode()

    def new_token(self) -> str:
        """A new session token."""
        return "IQoJb3JpZ2luX2VjE" + base64.b64encode(self.random.randbytes(192)).decode()

    def new_seed(self) -> str:
        """A new MFA seed: 64 characters of base32, as AWS makes them."""
        return base64.b32encode(self.random.randbytes(40)).decode()

    def add(self, session: Session) -> Session:
        """Keep a session, so that its credentials are known from now on."""
        self.sessions[session.access_key_id] = session
        return session
