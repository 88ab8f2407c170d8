"""Sets of IP addresses as ranges: what two have in common, and what an ordered list decides."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

Range = ipaddress.IPv4Network | ipaddress.IPv6Network
Ranges = tuple[Range, ...]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

EVERYWHERE: Ranges = (ipaddress.IPv4Network("0.0.0.0/0"), ipaddress.IPv6Network("::/0"))

PRIVATE: Ranges = tuple(
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)
"""Addresses that nobody has on the internet, as VPCs use them."""


def network(text: str) -> Range:
    """A range from its text; bits behind the prefix do not count, as in EC2.

    Raises ``ValueError`` for what is no range.

    >>> network("203.0.113.7/24")
    IPv4Network('203.0.113.0/24')
    """
    return ipaddress.ip_network(text, strict=False)


def tidy(ranges: Iterable[Range]) -> Ranges:
    """The same addresses in as few ranges as can be, IPv4 before IPv6, in order.

    >>> tidy([network("10.0.0.0/9"), network("::/0"), network("10.128.0.0/9")])
    (IPv4Network('10.0.0.0/8'), IPv6Network('::/0'))
    """
    known = list(ranges)
    four = ipaddress.collapse_addresses(r for r in known if isinstance(r, ipaddress.IPv4Network))
    six = ipaddress.collapse_addresses(r for r in known if isinstance(r, ipaddress.IPv6Network))
    return (*four, *six)


def covers(ranges: Iterable[Range], address: Address) -> bool:
    """Whether an address is in one of the ranges."""
    return any(address in range_ for range_ in ranges)


def is_private(range_: Range) -> bool:
    """Whether nobody on the internet has any address of a range.

    >>> is_private(network("10.1.0.0/16")), is_private(network("8.0.0.0/5"))
    (True, False)
    """
    return any(_both(range_, outer) == [range_] for outer in PRIVATE)


def intersection(first: Iterable[Range], second: Iterable[Range]) -> Ranges:
    """The addresses that are in both.

    >>> intersection([network("10.0.0.0/8")], [network("10.1.0.0/16"), network("0.0.0.0/4")])
    (IPv4Network('10.0.0.0/8'),)
    """
    others = list(second)
    return tidy(found for one in first for other in others for found in _both(one, other))


def first_match(rules: Iterable[tuple[Range, bool]]) -> Ranges:
    """The addresses that an ordered list of rules allows: for each address the first rule that it
    is in decides, and an address in none is not allowed.

    >>> first_match([(network("0.0.0.0/1"), False), (network("0.0.0.0/0"), True)])
    (IPv4Network('128.0.0.0/1'),)
    """
    left, allowed = list(EVERYWHERE), []
    for range_, allow in rules:
        if allow:
            allowed += [found for one in left for found in _both(one, range_)]
        left = [rest for one in left for rest in _without(one, range_)]
    return tidy(allowed)


def _both(one: Range, other: Range) -> list[Range]:
    if one.version != other.version or not one.overlaps(other):
        return []
    return [max(one, other, key=lambda range_: range_.prefixlen)]


def _without(one: Range, taken: Range) -> list[Range]:
    if one.version != taken.version or not one.overlaps(taken):
        return [one]
    if taken.prefixlen <= one.prefixlen:
        return []
    return list(one.address_exclude(taken))
