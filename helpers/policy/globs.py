"""Patterns compared with patterns: does one cover the other, and can both match the same text?

Both answers are safe on one side. ``covers`` says yes only where it is certain; ``meet`` says no
only where it is certain. (Policy variables are the reason why neither can be complete: a value
is known only when a request comes.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from .arn import SEPARATORS, bind_to_segments
from .patterns import Wildcard, compile_glob, tokenize
from .variables import Variable, parse_variables, with_wildcards


class Some(NamedTuple):
    """Characters that are not told: any number of them (``*``) or exactly one (``?``).

    ``without`` are the characters that it never stands for.
    """

    many: bool
    without: str = ""


Symbol: TypeAlias = str | Some | Variable

ANYTHING = Some(True)

_OF_WILDCARD = {
    Wildcard.STAR: ANYTHING,
    Wildcard.ANY: Some(False),
    Wildcard.SEGMENT_STAR: Some(True, ":"),
    Wildcard.SEGMENT_ANY: Some(False, ":"),
}


@lru_cache(maxsize=4096)
def resource_symbols(pattern: str, variables: bool = True) -> tuple[Symbol, ...]:
    """A pattern of the Resource element, read as the engine reads it, a symbol a character."""
    *early, last = pattern.split(":", SEPARATORS) if pattern.startswith("arn:") else (pattern,)
    whole = len(early) == SEPARATORS
    tokens = [
        *tokenize("".join(f"{part}:" for part in early)),
        *(with_wildcards(parse_variables(last)) if variables and whole else tokenize(last)),
    ]
    if early:
        tokens, _ = bind_to_segments(tokens, last_star_crosses=True)
    return _symbols(tokens)


_TEMPLATE = re.compile(r"(\$\{\w+\}|\*)")


@lru_cache(maxsize=4096)
def template_symbols(template: str) -> tuple[Symbol, ...]:
    """A resource type's ARN from the service authorization reference.

    Most names may hold slashes and colons (a user's path, a log group); a bucket's may not, and
    that is what tells a bucket from an object.
    """
    symbols: list[Symbol] = []
    colons = 0
    for piece in _TEMPLATE.split(template):
        if piece == "${BucketName}":
            symbols.append(Some(True, ":/"))
        elif piece == "*" or piece.startswith("${"):
            symbols.append(Some(True, ":" if colons < SEPARATORS else ""))
        else:
            symbols += piece
            colons += piece.count(":")
    return tuple(symbols)


def _symbols(tokens: Iterable[str | Wildcard | Variable]) -> tuple[Symbol, ...]:
    symbols: list[Symbol] = []
    for token in tokens:
        if isinstance(token, str):
            symbols += token
        else:
            symbols.append(_OF_WILDCARD[token] if isinstance(token, Wildcard) else token)
    return tuple(symbols)


# -- covering ------------------------------------------------------------------------------------


def action_covers(outer: str, inner: str) -> bool:
    """Whether every action that ``inner`` stands for is one of ``outer``'s.

    >>> action_covers("s3:*", "S3:Get*"), action_covers("s3:Get*", "s3:*")
    (True, False)
    """
    return action_matcher(outer.lower())(inner.lower())


def action_matcher(outer: str) -> Callable[[str], bool]:
    """``action_covers`` for one outer pattern and many inner ones, all in lower case."""
    if outer in ("*", "*:*"):
        return lambda inner: True
    if "?" not in outer:  # then only a * of the outer pattern can match a * of the inner one
        return compile_glob(outer).matches
    symbols = _symbols(tokenize(outer))
    return lambda inner: covers(symbols, _symbols(tokenize(inner)))


@lru_cache(maxsize=8192)
def resource_covers(outer: str, inner: str, outer_variables: bool, inner_variables: bool) -> bool:
    """Whether every resource that ``inner`` matches is matched by ``outer``, in any request.

    Args:
        outer_variables, inner_variables: Whether ``${…}`` are variables in their policies.

    >>> resource_covers("arn:aws:s3:::*/*", "arn:aws:s3:::payroll/2026/*", True, True)
    True
    >>> resource_covers("arn:aws:s3:::payroll", "arn:aws:s3:::payroll/*", True, True)
    False
    """
    if outer == "*" or (outer == inner and outer_variables == inner_variables and "$" not in outer):
        return True
    outer_symbols = resource_symbols(outer, outer_variables)
    return covers(outer_symbols, resource_symbols(inner, inner_variables))


def covers(outer: Sequence[Symbol], inner: Sequence[Symbol]) -> bool:
    """Whether ``outer`` matches whatever ``inner`` does. False may also mean: not certain."""
    states = _skip_stars(outer, {0})
    for symbol in inner:
        following = set()
        for at in states:
            if at == len(outer) or not _takes(outer[at], symbol):
                continue
            here = outer[at]
            following.add(at if isinstance(here, Some) and here.many else at + 1)
        if not following:
            return False
        states = _skip_stars(outer, following)
    return len(outer) in states


def _skip_stars(pattern: Sequence[Symbol], states: set[int]) -> set[int]:
    reached = set()
    for at in states:
        reached.add(at)
        while at < len(pattern) and isinstance(star := pattern[at], Some) and star.many:
            at += 1
            reached.add(at)
    return reached


def _takes(outer: Symbol, inner: Symbol) -> bool:
    """Whether a symbol stands for all that another one may be."""
    if not isinstance(outer, Some):
        return outer == inner
    if isinstance(inner, str):
        return inner not in outer.without
    if isinstance(inner, Variable):
        return outer.many and not outer.without
    return (outer.many or not inner.many) and set(outer.without) <= set(inner.without)


# -- meeting -------------------------------------------------------------------------------------


@lru_cache(maxsize=16384)
def resources_meet(one: str, other: str, one_variables: bool, other_variables: bool) -> bool:
    """Whether some resource may be matched by both patterns.

    >>> resources_meet("arn:aws:s3:::pay*", "arn:aws:s3:::*roll", True, True)
    True
    >>> resources_meet("arn:aws:s3:::payroll/*", "arn:aws:s3:::logs/*", True, True)
    False
    """
    if "*" in (one, other):
        return True
    return meet(resource_symbols(one, one_variables), resource_symbols(other, other_variables))


@lru_cache(maxsize=16384)
def resource_can_be(pattern: str, template: str, variables: bool = True) -> bool:
    """Whether a pattern of the Resource element can match a resource of the template's type.

    >>> bucket, thing = "arn:${Partition}:s3:::${BucketName}", "arn:aws:s3:::payroll/*"
    >>> resource_can_be(thing, bucket), resource_can_be("arn:aws:s3:::pay*", bucket)
    (False, True)
    """
    if pattern == "*":
        return True
    return meet(resource_symbols(pattern, variables), template_symbols(template))


def meet(one: Sequence[Symbol], other: Sequence[Symbol]) -> bool:
    """Whether a text may be matched by both. True may also mean: not certain."""
    start = 0
    for start, (a, b) in enumerate(zip(one, other, strict=False)):  # noqa: B007
        if not (isinstance(a, str) and isinstance(b, str)):
            break
        if a != b:  # nearly all pairs differ early in their plain texts
            return False
    reached = {(start, start)} if one and other else {(0, 0)}
    waiting = list(reached)
    while waiting:
        i, j = waiting.pop()
        if i == len(one) and j == len(other):
            return True
        for step in _steps(one, other, i, j):
            if step not in reached:
                reached.add(step)
                waiting.append(step)
    return False


def _steps(
    one: Sequence[Symbol], other: Sequence[Symbol], i: int, j: int
) -> Iterable[tuple[int, int]]:
    a = one[i] if i < len(one) else None
    b = other[j] if j < len(other) else None
    a_many, b_many = _is_many(a), _is_many(b)
    if a_many:
        yield i + 1, j
    if b_many:
        yield i, j + 1
    if a is None or b is None or (a_many and b_many):
        return
    if _share(a, b):
        yield (i if a_many else i + 1), (j if b_many else j + 1)


def _is_many(symbol: Symbol | None) -> bool:
    return isinstance(symbol, Variable) or (isinstance(symbol, Some) and symbol.many)


def _share(a: Symbol, b: Symbol) -> bool:
    """Whether a character can be both (a variable's value may be any text)."""
    if isinstance(a, str) and isinstance(b, str):
        return a == b
    if isinstance(a, str):
        a, b = b, a
    return not (isinstance(b, str) and isinstance(a, Some)) or b not in a.without
