"""Wildcards that match in linear time, however hostile the pattern.

A pattern is a sequence of tokens: plain text and :class:`Wildcard` members. Patterns without
wildcards are compared, ``prefix*`` is a ``startswith``, and any number of ``*`` is a chain of
``str.find`` (the leftmost place of each piece is always as good as a later one, so nothing is
ever tried twice). Only ``?``, and the ``*`` that may not cross a colon, need a regular
expression; its groups are atomic for the same reason, and it is compiled when first used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from operator import methodcaller
from typing import TypeAlias


class Wildcard(Enum):
    """What stands for other characters. Members named SEGMENT_… never stand for a colon."""

    STAR = ".*"
    ANY = "."
    SEGMENT_STAR = "[^:]*"
    SEGMENT_ANY = "[^:]"

    @property
    def within_segment(self) -> Wildcard:
        return _WITHIN_SEGMENT.get(self, self)

    @property
    def is_star(self) -> bool:
        return self is Wildcard.STAR or self is Wildcard.SEGMENT_STAR


STAR, ANY = Wildcard.STAR, Wildcard.ANY
SEGMENT_STAR, SEGMENT_ANY = Wildcard.SEGMENT_STAR, Wildcard.SEGMENT_ANY
_WITHIN_SEGMENT = {STAR: SEGMENT_STAR, ANY: SEGMENT_ANY}
_WILDCARDS = {"*": STAR, "?": ANY}
_SPLIT = re.compile(r"([*?])")

Token: TypeAlias = "str | Wildcard"


def tokenize(text: str) -> list[Token]:
    """Plain text and wildcards, in order.

    >>> tokenize("s3:Get*")
    ['s3:Get', <Wildcard.STAR: '.*'>]
    """
    return [_WILDCARDS.get(part, part) for part in _SPLIT.split(text) if part]


class Literal:
    """A pattern without wildcards."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def matches(self, text: str) -> bool:
        return text == self.text


class Prefix:
    """``text*``; the empty prefix is the pattern ``*``."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def matches(self, text: str) -> bool:
        return text.startswith(self.text)


class Pieces:
    """Any number of ``*``, and plain text between them."""

    __slots__ = ("first", "last", "least", "middle")

    def __init__(self, pieces: Sequence[str]) -> None:
        self.first, *middle, self.last = pieces
        self.middle = tuple(middle)
        self.least = sum(map(len, pieces))

    def matches(self, text: str) -> bool:
        if (
            len(text) < self.least
            or not text.startswith(self.first)
            or not text.endswith(self.last)
        ):
            return False
        at, end = len(self.first), len(text) - len(self.last)
        for piece in self.middle:
            at = text.find(piece, at, end)
            if at < 0:
                return False
            at += len(piece)
        return True


class Expression:
    """Everything else: a regular expression that cannot backtrack more than linearly."""

    __slots__ = ("_compiled", "_tokens")

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tuple(tokens)
        self._compiled: re.Pattern[str] | None = None

    def matches(self, text: str) -> bool:
        if self._compiled is None:
            self._compiled = re.compile(_expression(self._tokens), re.DOTALL)
        return self._compiled.fullmatch(text) is not None


Pattern: TypeAlias = Literal | Prefix | Pieces | Expression
"""A compiled pattern: ``matches(text)`` says whether it fits the whole text."""


def compile_tokens(tokens: Iterable[Token]) -> Pattern:
    """The cheapest pattern that says what the tokens say.

    >>> compile_tokens(tokenize("arn:aws:s3:::logs-*/2026/*")).matches("arn:aws:s3:::logs-a/2026/b")
    True
    """
    tokens = _simplify(tokens)
    kinds = {token for token in tokens if isinstance(token, Wildcard)}
    if not kinds:
        return Literal("".join(tokens))  # type: ignore[arg-type]
    if kinds == {STAR}:
        if tokens[-1] is STAR and tokens.count(STAR) == 1:
            return Prefix("".join(tokens[:-1]))  # type: ignore[arg-type]
        return Pieces(["".join(run) for run in _split(tokens, STAR)])  # type: ignore[arg-type]
    return Expression(tokens)


def compile_glob(text: str) -> Pattern:
    """The pattern of a text in which ``*`` stands for any characters and ``?`` for one.

    >>> compile_glob("s?:*").matches("s3:GetObject")
    True
    """
    return compile_tokens(tokenize(text))


def _simplify(tokens: Iterable[Token]) -> list[Token]:
    """Neighbouring texts joined, neighbouring stars made one."""
    simple: list[Token] = []
    for token in tokens:
        before = simple[-1] if simple else None
        if isinstance(token, str):
            if isinstance(before, str):
                simple[-1] = before + token
            elif token:
                simple.append(token)
        elif token.is_star and isinstance(before, Wildcard) and before.is_star:
            if token is STAR:
                simple[-1] = STAR
        else:
            simple.append(token)
    return simple


def _split(tokens: Sequence[Token], at: Wildcard) -> list[list[Token]]:
    runs: list[list[Token]] = [[]]
    for token in tokens:
        if token is at:
            runs.append([])
        else:
            runs[-1].append(token)
    return runs


def _expression(tokens: Sequence[Token]) -> str:
    """The tokens as a regular expression to be matched against a whole text.

    Between two ``*`` stands a run of fixed places. The match of a run that ends earliest leaves
    the most to the rest, so it can be kept for good: ``(?>.*?run)``. Only the last run is tied to
    the end of the text. A run that follows a ``*`` and holds a star bound to its segment begins
    with a colon, so each of its attempts stays in segments of its own.
    """
    first, *rest = _split(tokens, STAR)
    expression = _run(first, last=not rest)
    for run in rest[:-1]:
        expression += f"(?>.*?{_run(run)})"
    if rest:
        expression += f".*{_run(rest[-1], last=True)}"
    return expression


def _run(tokens: Sequence[Token], *, last: bool = False) -> str:
    first, *rest = ("".join(map(_character, piece)) for piece in _split(tokens, SEGMENT_STAR))
    expression = first
    for number, piece in enumerate(rest, start=1):
        if last and number == len(rest):
            expression += f"[^:]*{piece}"
        else:
            expression += f"(?>[^:]*?{piece})"
    return expression


def _character(token: Token) -> str:
    return token.value if isinstance(token, Wildcard) else re.escape(token)


class PatternSet:
    """Several patterns, of which one has to match.

    ``matches`` is chosen for the patterns at hand: plain texts are looked up, prefixes are asked
    for in one call, and only other patterns are tried one after the other.

    >>> PatternSet([compile_glob("s3:get*"), compile_glob("s3:listbucket")]).matches("s3:getobject")
    True
    """

    __slots__ = ("_literals", "_prefixes", "_rest", "matches")

    matches: Callable[[str], bool]

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        patterns = list(patterns)
        self._literals = frozenset(p.text for p in patterns if isinstance(p, Literal))
        self._prefixes = tuple(p.text for p in patterns if isinstance(p, Prefix))
        self._rest = tuple(p for p in patterns if isinstance(p, Pieces | Expression))
        if self._rest or (self._literals and self._prefixes):
            self.matches = self._any
        elif self._prefixes:
            self.matches = methodcaller("startswith", self._prefixes)
        else:
            self.matches = self._literals.__contains__

    def _any(self, text: str) -> bool:
        if text in self._literals or text.startswith(self._prefixes):
            return True
        for pattern in self._rest:  # noqa: SIM110 (any() takes three times as long)
            if pattern.matches(text):
                return True
        return False
