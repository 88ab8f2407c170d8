"""Numbers, dates and addresses as conditions write them, read into things that compare exactly.

Each function returns None for a text that it cannot read. The readings of short texts are kept
(a few hundred), because requests repeat the same addresses and dates; long ones are not, so that
hostile input cannot fill the memory.
"""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache, wraps
from typing import TypeVar

T = TypeVar("T")


def _remembering(read: Callable[[str], T]) -> Callable[[str], T]:
    remembered = lru_cache(maxsize=512)(read)

    @wraps(read)
    def wrapper(text: str) -> T:
        return remembered(text) if len(text) <= 48 else read(text)

    return wrapper


# No NaN, Infinity, underscores or digits of other scripts, all of which Decimal would take; and
# no exponent so large that writing the number out would be work.
_NUMBER = re.compile(r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]{1,3})?")


@_remembering
def read_number(text: str) -> Decimal | None:
    """An integer or a decimal number, exactly.

    >>> read_number("1.0") == read_number("1"), read_number("1_0"), read_number("NaN")
    (True, None, None)
    """
    return Decimal(text) if _NUMBER.fullmatch(text) else None


_EPOCH = re.compile(r"([0-9]{1,3}|[0-9]{5,20})(?:\.([0-9]+))?|([0-9]{4})\.([0-9]+)")
_DATE = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?"
    r"(?:(Z)|([+-])([0-9]{2})(?::?([0-9]{2}))?)?)?)?)?",
    re.IGNORECASE,
)
_EPOCH_DAY = datetime.date(1970, 1, 1).toordinal()


@_remembering
def read_date(text: str) -> tuple[int, str] | None:
    """A moment: whole seconds since 1970 in UTC, and the digits of the fraction of a second.

    ISO 8601 in the forms of the W3C note (``2026``, ``2026-11``, ``2026-11-24``,
    ``2026-11-24T12:00Z``, with seconds and fractions; a date without an offset is UTC) or seconds
    since 1970. Exactly four digits are a year. Fractions compare as text because their trailing
    zeros are cut; nothing is rounded.

    >>> read_date("2026-11-24T01:00:00.50+01:00") == read_date("1795478400.5")
    True
    >>> read_date("2026-02-30") is None
    True
    """
    if epoch := _EPOCH.fullmatch(text):
        seconds, fraction = epoch[1] or epoch[3], epoch[2] or epoch[4] or ""
        return int(seconds), fraction.rstrip("0")
    if not (found := _DATE.fullmatch(text)):
        return None
    year, month, day, hour, minute, second, fraction, _, sign, off_hours, off_minutes = (
        found.groups()
    )
    try:
        date = datetime.date(int(year), int(month or 1), int(day or 1))
        time = datetime.time(int(hour or 0), int(minute or 0), int(second or 0))
        offset = datetime.time(int(off_hours or 0), int(off_minutes or 0))
    except ValueError:  # a month 13, an hour 25
        return None
    away = offset.hour * 3600 + offset.minute * 60
    seconds = (
        (date.toordinal() - _EPOCH_DAY) * 86400
        + time.hour * 3600
        + time.minute * 60
        + time.second
        - (-away if sign == "-" else away)
    )
    return seconds, (fraction or "").rstrip("0")


@_remembering
def read_address(text: str) -> tuple[int, int] | None:
    """An IP address: its version (4 or 6) and its number.

    >>> read_address("10.0.0.1")
    (4, 167772161)
    """
    if "%" in text:  # a zone means something on one machine only
        return None
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return address.version, int(address)


def read_network(text: str) -> tuple[int, int, int] | None:
    """A CIDR range or a single address: version, leading bits as a number, count of host bits.

    Host bits that are set (``10.0.0.7/8``) are left out of account, as IAM does.

    >>> read_network("10.0.0.7/8")
    (4, 10, 24)
    """
    address_text, slash, length_text = text.partition("/")
    address = read_address(address_text)
    if address is None:
        return None
    version, number = address
    bits = 32 if version == 4 else 128
    if not slash:
        return version, number, 0
    if not (length_text.isascii() and length_text.isdigit() and len(length_text) <= 3):
        return None
    host_bits = bits - int(length_text)
    return None if host_bits < 0 else (version, number >> host_bits, host_bits)
