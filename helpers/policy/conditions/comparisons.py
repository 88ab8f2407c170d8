"""How one value of a request is compared with the values of a policy, one class an operator family.

Every class takes the policy's values (and whether variables may be used in them) and answers one
question: does this value of the request equal, or stand in the operator's relation to, **any** of
them? Negation, missing keys and set operators are no concern of a comparison: see
:mod:`helpers.policy.conditions.condition`. A value that cannot be read (a number, a date, an
address) on either side compares with nothing.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import binascii
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from ..arn import SEPARATORS, bind_to_segments
from ..patterns import Pattern, Token, compile_tokens, tokenize
from ..variables import (
    AnyOf,
    Context,
    ContextPattern,
    Escape,
    Variable,
    compile_template,
    parse_variables,
    resolve,
    with_wildcards,
)
from .values import read_address, read_date, read_network, read_number


class Comparison(Protocol):
    """What each class below offers."""

    def __init__(self, expected: Sequence[str], *, variables: bool) -> None: ...

    def matches(self, found: str, context: Context) -> bool: ...


def _unchanged(text: str) -> str:
    return text


class StringEquals:
    """Character for character; ``*`` and ``?`` are no wildcards here."""

    __slots__ = ("_literals", "_templates")

    fold: Callable[[str], str] = staticmethod(_unchanged)

    def __init__(self, expected: Sequence[str], *, variables: bool) -> None:
        literals = set()
        templates: list[tuple[str | Variable, ...]] = []
        for text in expected:
            parts = tuple(
                part.character if isinstance(part, Escape) else part
                for part in (parse_variables(text) if variables else [text])
            )
            static = [part for part in parts if isinstance(part, str)]
            if len(static) == len(parts):
                literals.add(self.fold("".join(static)))
            else:
                templates.append(parts)
        self._literals = frozenset(literals)
        self._templates = tuple(templates)

    def matches(self, found: str, context: Context) -> bool:
        found = self.fold(found)
        if found in self._literals:
            return True
        for template in self._templates:
            parts = resolve(template, context)
            if parts is not None and self.fold("".join(parts)) == found:  # type: ignore[arg-type]
                return True
        return False


class StringEqualsIgnoreCase(StringEquals):
    """As StringEquals, without regard to case (of any script, by Unicode's case folding)."""

    __slots__ = ()

    fold = staticmethod(str.casefold)


class StringLike:
    """Whole text against ``*`` (any characters) and ``?`` (exactly one), case-sensitive."""

    __slots__ = ("_matches",)

    def __init__(self, expected: Sequence[str], *, variables: bool) -> None:
        patterns = (self.pattern(_tokens(text, variables)) for text in expected)
        self._matches = AnyOf(pattern for pattern in patterns if pattern is not None).matches

    def pattern(self, tokens: Sequence[Token | Variable]) -> Pattern | ContextPattern | None:
        """The pattern for one expected value; None where it can match nothing."""
        return compile_template(tokens)

    def matches(self, found: str, context: Context) -> bool:
        return self._matches(found, context)


def _tokens(text: str, variables: bool) -> Sequence[Token | Variable]:
    return with_wildcards(parse_variables(text)) if variables else tokenize(text)


class ArnLike(StringLike):
    """Six colon-separated parts, each compared for itself with ``*`` and ``?``.

    The sixth part may hold further colons. What has fewer parts is no ARN and matches nothing.
    ArnEquals behaves the same.
    """

    __slots__ = ()

    def pattern(self, tokens: Sequence[Token | Variable]) -> Pattern | ContextPattern | None:
        if any(isinstance(token, Variable) for token in tokens):
            return _ArnTemplate(tokens)
        return _arn_pattern(tokens)

    def matches(self, found: str, context: Context) -> bool:
        return found.startswith("arn:") and self._matches(found, context)


def _arn_pattern(tokens: Sequence[Token | Variable]) -> Pattern | None:
    bound, colons = bind_to_segments(tokens, last_star_crosses=False)
    return compile_tokens(bound) if colons >= SEPARATORS else None  # type: ignore[arg-type]


class _ArnTemplate:
    """An ARN pattern with variables. Values are filled in first, so that one variable may stand
    for a whole ARN; the colons that part the pattern are then looked for."""

    __slots__ = ("_tokens",)

    def __init__(self, tokens: Sequence[Token | Variable]) -> None:
        self._tokens = tuple(tokens)

    def matches(self, found: str, context: Context) -> bool:
        tokens = resolve(self._tokens, context)
        pattern = None if tokens is None else _arn_pattern(tokens)
        return pattern is not None and pattern.matches(found)


class Bool:
    """``true`` or ``false``, however they are capitalised."""

    __slots__ = ("_expected",)

    def __init__(self, expected: Sequence[str], *, variables: bool) -> None:
        self._expected = {text.lower() for text in expected} & {"true", "false"}

    def matches(self, found: str, context: Context) -> bool:
        return found.lower() in self._expected


class BinaryEquals:
    """The bytes behind two base64 texts, compared byte for byte."""

    __slots__ = ("_expected",)

    def __init__(self, expected: Sequence[str], *, variables: bool) -> None:
        self._expected = {_decoded(text) for text in expected} - {None}

    def matches(self, found: str, context: Context) -> bool:
        return _decoded(found) in self._expected


def _decoded(text: str) -> bytes | None:
    try:
        return binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except ValueError:  # binascii.Error and UnicodeEncodeError are both ValueErrors
        return None


class IpAddress:
    """An IPv4 or IPv6 address within a CIDR range, or equal to a single address."""

    __slots__ = ("_networks",)

    def __init__(self, expected: Sequence[str], *, variables: bool) -> None:
        networks = map(read_network, expected)
        self._networks = tuple(network for network in networks if network is not None)

    def matches(self, found: str, context: Context) -> bool:
        address = read_address(found)
        if address is None:
            return False
        version, number = address
        for network_version, prefix, host_bits in self._networks:
            if version == network_version and number >> host_bits == prefix:
                return True
        return False


class _Ordered:
    """Values on a scale."""

    __slots__ = ("_limits",)

    read: Callable[[str], Any | None]
    relation: Callable[[Any, Any], bool]

    def __init__(self, expected: Sequence[str], *, variables: bool) -> None:
        limits: Iterable[Any] = map(self.read, expected)
        self._limits = tuple(limit for limit in limits if limit is not None)

    def matches(self, found: str, context: Context) -> bool:
        value = self.read(found)
        if value is None:
            return False
        for limit in self._limits:  # noqa: SIM110
            if self.relation(value, limit):
                return True
        return False


class NumericEquals(_Ordered):
    """Integers and decimals by their exact value: ``1.0`` equals ``1``."""

    __slots__ = ()
    read = staticmethod(read_number)
    relation = staticmethod(operator.eq)


class NumericLessThan(NumericEquals):
    __slots__ = ()
    relation = staticmethod(operator.lt)


class NumericLessThanEquals(NumericEquals):
    __slots__ = ()
    relation = staticmethod(operator.le)


class NumericGreaterThan(NumericEquals):
    __slots__ = ()
    relation = staticmethod(operator.gt)


class NumericGreaterThanEquals(NumericEquals):
    __slots__ = ()
    relation = staticmethod(operator.ge)


class DateEquals(_Ordered):
    """Moments, written in ISO 8601 or as seconds since 1970; both forms share one scale."""

    __slots__ = ()
    read = staticmethod(read_date)
    relation = staticmethod(operator.eq)


class DateLessThan(DateEquals):
    __slots__ = ()
    relation = staticmethod(operator.lt)


class DateLessThanEquals(DateEquals):
    __slots__ = ()
    relation = staticmethod(operator.le)


class DateGreaterThan(DateEquals):
    __slots__ = ()
    relation = staticmethod(operator.gt)


class DateGreaterThanEquals(DateEquals):
    __slots__ = ()
    relation = staticmethod(operator.ge)
