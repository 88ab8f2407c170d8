"""How long a password holds against somebody who guesses.

The arithmetic is that of a password drawn by chance: the most that its length and its characters
allow. What people choose falls sooner, and what is on a list of leaked passwords falls with it.

Where the numbers come from: 10 tries a second at a sign-in page, https://github.com/dropbox/zxcvbn;
one graphics card of 2022 against a slow hash (bcrypt) and a fast one (MD5),
https://gist.github.com/Chick3nman/32e662a5bb63bc4f51b847bb422222fd; the 100,000 most used
passwords, https://www.ncsc.gov.uk/blog-post/passwords-passwords-everywhere
"""

from __future__ import annotations

import itertools
import math
import string
from collections.abc import Collection
from dataclasses import dataclass

__all__ = ["LISTED", "RATES", "Strength", "bits", "in_words", "strength"]

RATES = {"online": 10, "offline, slow hash": 184_000, "offline, fast hash": 164_100_000_000}
"""Where the guesser tries → tries a second."""

LISTED = 100_000
"""How many passwords the list of the most used ones holds, which a guesser tries first."""

_KINDS = (
    string.ascii_lowercase,
    string.ascii_uppercase,
    string.digits,
    string.punctuation,
)
"""The 94 characters that a keyboard has beside the space."""

_SHORTEST_KNOWN = 4
"""How long a leaked password has to be to count as part of a longer one."""

_LONGEST_PART = 128
"""How long a part is looked for that a password may repeat."""

_OTHERS = 100
"""For characters beyond those (a space, é, ж, 語): about an alphabet more, whichever it is."""

_UNITS = {"years": 31_557_600, "days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}


def bits(length: int, alphabet: int) -> float:
    """The entropy of ``length`` characters drawn by chance out of ``alphabet``, in bits.

    >>> round(bits(8, 26), 1)
    37.6
    """
    return length * math.log2(alphabet)


def in_words(seconds: float) -> str:
    """A length of time, in the largest unit of which there are two.

    >>> in_words(10_000), in_words(1), in_words(1e15)
    ('3 hours', 'at once', 'over a million years')
    """
    if seconds > 1e6 * _UNITS["years"]:
        return "over a million years"
    for unit, length in _UNITS.items():
        if seconds >= 2 * length:
            return f"{seconds / length:,.0f} {unit}"
    return "at once"


@dataclass(frozen=True)
class Strength:
    """What is known of a password's strength, without the password.

    ``alphabet`` is how many characters its kinds have together. ``bits`` is the most that it can
    be worth. ``pattern`` says what makes it less: "" where nothing was seen, which is no proof of
    chance.
    """

    length: int
    alphabet: int
    bits: float
    leaked: bool = False
    pattern: str = ""

    @property
    def tries(self) -> float:
        """How many tries a guesser needs on average; of a leaked one, at most the whole list."""
        return LISTED if self.leaked else 2 ** min(self.bits, 1000) / 2

    def seconds(self, way: str) -> float:
        """How long that takes, by one of ``RATES``.

        >>> strength("a" * 8, ["aaaaaaaa"]).seconds("online")
        10000.0
        """
        return self.tries / RATES[way]

    def holds(self, way: str) -> str:
        """In a word: it "falls" within a day, it "may fall", it "holds" for 1,000 years or more.

        A thousand years of one card are one of a thousand cards, which can be rented.
        """
        years = self.seconds(way) / _UNITS["years"]
        return "holds" if years >= 1000 else "may fall" if years > 1 / 365.25 else "falls"


def strength(password: str, leaked: Collection[str] = ()) -> Strength:
    """The strength of a password; ``leaked`` are the passwords that a guesser has a list of.

    >>> strength("P@ssw0rd", {"P@ssw0rd"}).leaked
    True
    >>> found = strength("v8#Kq!2mZ&xT")
    >>> found.alphabet, round(found.bits), in_words(found.seconds("offline, fast hash"))
    (94, 79, '45,951 years')
    >>> strength("P@ssw0rd-2027!", {"P@ssw0rd"}).pattern
    'a leaked password with 6 characters more'
    """
    alphabet = sum(len(kind) for kind in _KINDS if not set(kind).isdisjoint(password))
    if not set(password) <= set("".join(_KINDS)):
        alphabet += _OTHERS
    most = bits(len(password), max(alphabet, 1))
    is_leaked = bool(password) and password in leaked
    return min(
        (Strength(len(password), alphabet, worth, is_leaked, pattern)
         for worth, pattern in ((most, ""), *_patterns(password, alphabet, leaked))),
        key=lambda found: found.bits,
    )  # fmt: skip


def _patterns(password: str, alphabet: int, leaked: Collection[str]) -> list[tuple[float, str]]:
    """What the password is worth to somebody who tries such patterns, and what it is called."""
    length = len(password)
    found = []
    parts = range(1, min(length // 2, _LONGEST_PART) + 1)
    part = next((n for n in parts if password[n:] == password[:-n]), None)
    if part and length > 2:
        plural = "s" if part > 1 else ""
        worth = bits(part, alphabet) + math.log2(length)
        found.append((worth, f"a part of {part} character{plural}, repeated"))
    steps = {ord(b) - ord(a) for a, b in itertools.pairwise(password)}
    if length > 2 and steps in ({1}, {-1}):
        worth = bits(1, alphabet) + math.log2(2 * length)
        found.append((worth, "a row of neighbours, such as abcd or 4321"))
    inside = [one for one in leaked if len(one) >= _SHORTEST_KNOWN and one in password]
    if inside and (more := length - max(map(len, inside))):
        plural = "s" if more > 1 else ""
        worth = math.log2(LISTED) + bits(more, alphabet)
        found.append((worth, f"a leaked password with {more} character{plural} more"))
    return found
