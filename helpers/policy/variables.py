"""Policy variables: ``${aws:username}`` in a document, replaced by what the request says.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeAlias

from .patterns import STAR, Pattern, PatternSet, Token, Wildcard, compile_tokens, tokenize

Context: TypeAlias = Mapping[str, tuple[str, ...]]
"""A request's context: lower-case key to its values, of which there is at least one."""


class Variable(NamedTuple):
    """``${key}`` or ``${key, 'default'}``."""

    key: str
    default: str | None = None

    def value(self, context: Context) -> str | None:
        """The key's value, else the default, else None.

        A key with several values cannot be a variable; it counts as having none.
        """
        values = context.get(self.key)
        return values[0] if values is not None and len(values) == 1 else self.default


class Escape(NamedTuple):
    """``${*}``, ``${?}`` or ``${$}``: the character itself, which is then no wildcard."""

    character: str


_VARIABLE = re.compile(r"\$\{(?:([*?$])|([^{}$,']+?)(?:\s*,\s*'([^']*)'\s*)?)\}")

Part: TypeAlias = str | Escape | Variable


def parse_variables(text: str) -> list[Part]:
    """The text cut at its variables. What does not read as a variable stays text.

    >>> parse_variables("home/${aws:username}/${*}")
    ['home/', Variable(key='aws:username', default=None), '/', Escape(character='*')]
    >>> parse_variables("${aws:PrincipalTag/team, 'all'} ${unclosed")
    [Variable(key='aws:principaltag/team', default='all'), ' ${unclosed']
    """
    parts: list[Part] = []
    at = 0
    for found in _VARIABLE.finditer(text):
        if found.start() > at:
            parts.append(text[at : found.start()])
        escape, key, default = found.groups()
        parts.append(Escape(escape) if escape else Variable(key.lower(), default))
        at = found.end()
    if at < len(text):
        parts.append(text[at:])
    return parts


def variable_keys(text: str) -> list[str]:
    """The keys of the variables in a text, as it writes them.

    >>> variable_keys("home/${aws:username}/${aws:PrincipalTag/team, 'all'}/${*}")
    ['aws:username', 'aws:PrincipalTag/team']
    """
    return [found[2] for found in _VARIABLE.finditer(text) if found[2]]


def with_wildcards(parts: Iterable[Part]) -> list[Token | Variable]:
    """The parts with ``*`` and ``?`` of their text as wildcards; an escape becomes text."""
    tokens: list[Token | Variable] = []
    for part in parts:
        if isinstance(part, str):
            tokens += tokenize(part)
        else:
            tokens.append(part.character if isinstance(part, Escape) else part)
    return tokens


def resolve(tokens: Sequence[Token | Variable], context: Context) -> list[Token] | None:
    """The tokens with each variable's value as plain text; None where one has no value.

    The value's own ``*`` and ``?`` are characters like any other.
    """
    resolved: list[Token] = []
    for token in tokens:
        if isinstance(token, Variable):
            value = token.value(context)
            if value is None:
                return None
            resolved.append(value)
        else:
            resolved.append(token)
    return resolved


class Template:
    """A pattern with variables: what it matches depends on the request's context."""

    __slots__ = ("_head", "_is_prefix", "_tokens")

    def __init__(self, tokens: Sequence[Token | Variable]) -> None:
        self._tokens = tuple(tokens)
        # Nearly all are "text${key}text" or "text${key}text*", which need no pattern to be made.
        self._is_prefix = bool(tokens) and tokens[-1] is STAR
        head = self._tokens[:-1] if self._is_prefix else self._tokens
        self._head = None if any(isinstance(token, Wildcard) for token in head) else head

    def matches(self, text: str, context: Context) -> bool:
        if self._head is None:
            tokens = resolve(self._tokens, context)
            return tokens is not None and compile_tokens(tokens).matches(text)
        head = ""
        for token in self._head:
            value = token.value(context) if isinstance(token, Variable) else token
            if value is None:
                return False
            head += value  # type: ignore[operator]  # the head holds no wildcards
        return text.startswith(head) if self._is_prefix else text == head

    def text(self, context: Context) -> str | None:
        """The pattern with its variables filled in, for people; None where one has no value."""
        tokens = resolve(self._tokens, context)
        return None if tokens is None else show(tokens)


def compile_template(tokens: Sequence[Token | Variable]) -> Pattern | Template:
    """A pattern, or a template where the tokens hold a variable.

    >>> ann = {"aws:username": ("ann",)}
    >>> tokens = with_wildcards(parse_variables("home/${aws:username}/*"))
    >>> compile_template(tokens).matches("home/ann/cv.pdf", ann)
    True
    """
    static = [token for token in tokens if not isinstance(token, Variable)]
    return compile_tokens(static) if len(static) == len(tokens) else Template(tokens)


class ContextPattern(Protocol):
    """What matches a text under the circumstances of a request, such as a Template."""

    def matches(self, text: str, context: Context) -> bool: ...


class AnyOf:
    """Several patterns, with variables or without, of which one has to match."""

    __slots__ = ("_static", "_templates")

    def __init__(self, patterns: Iterable[Pattern | ContextPattern]) -> None:
        patterns = list(patterns)
        static = [pattern for pattern in patterns if isinstance(pattern, Pattern)]
        self._static = PatternSet(static).matches
        self._templates = tuple(p for p in patterns if not isinstance(p, Pattern))

    def matches(self, text: str, context: Context) -> bool:
        if self._static(text):
            return True
        for template in self._templates:  # noqa: SIM110 (any() takes three times as long)
            if template.matches(text, context):
                return True
        return False


def show(tokens: Iterable[Token]) -> str:
    """Tokens as a policy would write them (for people: ``${*}`` keeps text and wildcard apart)."""
    return "".join(
        re.sub(r"[*?]", r"${\g<0>}", token)
        if isinstance(token, str)
        else ("*" if token.is_star else "?")
        for token in tokens
    )
