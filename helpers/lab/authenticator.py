"""A phone's authenticator app, and what can happen to it: a clock that runs wrong, a loss.

It learns a secret from the bytes of a QR code, as an app learns it by the camera, and makes the
codes from that and its own clock. Nothing of it is known to the account.

The rule of the codes: https://www.rfc-editor.org/rfc/rfc6238; the text in the QR code:
https://github.com/google/google-authenticator/wiki/Key-Uri-Format
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pyotp

from helpers.lab.clock import Clock
from helpers.lab.qr_reading import QrUnreadable, read_qr

__all__ = ["MOST_DRIFT", "Authenticator", "Entry", "PhoneLost"]

MOST_DRIFT = 86_400
"""Seconds by which the phone's clock may be off, either way: a day."""


class PhoneLost(LookupError):
    """The phone is not there, so nobody can read it."""


@dataclass(frozen=True)
class Entry:
    """One line of the app: for whom the codes are, and the secret that they are made of."""

    issuer: str
    name: str
    _secret: pyotp.TOTP = field(repr=False, compare=False)

    def code(self, when: datetime) -> str:
        """The code that is shown at ``when`` (aware): six digits, as a rule."""
        return self._secret.at(int(when.timestamp()))

    @property
    def seconds(self) -> int:
        """How long a code is shown."""
        return self._secret.interval

    def seconds_left(self, when: datetime) -> int:
        """How long the code of ``when`` is still shown: 1 to ``seconds``."""
        return self.seconds - int(when.timestamp()) % self.seconds


class Authenticator:
    """An app on a phone whose clock goes with ``clock``, off by ``drift`` seconds.

    A positive drift is a fast clock, a negative one a slow clock. ``lost`` is set where somebody
    loses the phone: the entries are still in it, and nobody can read them.

    >>> from helpers.lab.services.iam_mfa import qr_code
    >>> app = Authenticator(Clock())
    >>> app.scan(qr_code("111122223333", "phone", "JBSWY3DPEHPK3PXP" * 2))
    Entry(issuer='Amazon Web Services', name='phone@111122223333')
    >>> app.code(), app.entries[0].seconds_left(app.now)
    ('302660', 30)
    """

    def __init__(self, clock: Clock, drift: int = 0) -> None:
        self._clock = clock
        self.entries: list[Entry] = []
        self.lost = False
        self.drift = drift

    @property
    def drift(self) -> int:
        """Seconds by which the phone's clock is ahead. Raises ``ValueError`` beyond a day."""
        return self._drift

    @drift.setter
    def drift(self, seconds: int) -> None:
        if isinstance(seconds, bool) or not isinstance(seconds, int) or abs(seconds) > MOST_DRIFT:
            raise ValueError(
                f"drift: whole seconds from -{MOST_DRIFT} to {MOST_DRIFT}, not {seconds!r}"
            )
        self._drift = seconds

    @property
    def now(self) -> datetime:
        """What the phone believes the time to be; aware, in UTC."""
        return self._clock.now + timedelta(seconds=self._drift)

    def scan(self, png: bytes) -> Entry:
        """Learn what a QR code says (``QRCodePNG`` of CreateVirtualMFADevice): a new entry.

        A code that was scanned before changes nothing. Raises ``QrUnreadable`` for a picture that
        holds no such code, and ``PhoneLost`` where there is no phone to scan with.
        """
        self._must_be_here()
        secret = _secret_in(read_qr(png))
        for known in self.entries:
            if known._secret.provisioning_uri() == secret.provisioning_uri():
                return known
        issuer = secret.issuer or ""
        entry = Entry(issuer, secret.name.removeprefix(f"{issuer}:"), secret)
        self.entries.append(entry)
        return entry

    def code(self, number: int = -1) -> str:
        """The code that an entry shows now, by default that of the newest entry.

        Raises ``PhoneLost``, and ``LookupError`` where nothing was scanned.
        """
        self._must_be_here()
        if not self.entries:
            raise LookupError("The phone shows no code: scan a QR code first.")
        return self.entries[number].code(self.now)

    def _must_be_here(self) -> None:
        if self.lost:
            raise PhoneLost("The phone is lost: nobody can read a code from it.")


def _secret_in(uri: str) -> pyotp.TOTP:
    try:
        secret = pyotp.parse_uri(uri)
        # One that makes no codes is noticed when it is used.
        if isinstance(secret, pyotp.TOTP) and secret.interval > 0 and secret.at(0).isdecimal():
            return secret
    except (ValueError, TypeError):
        pass
    raise QrUnreadable("The QR code is not that of a device for time-based codes.")
