"""The Action and Resource elements of a statement, and their Not… forms."""

from __future__ import annotations

from collections.abc import Sequence

from .arn import SEPARATORS, bind_to_segments
from .patterns import Pattern, PatternSet, Token, compile_glob, tokenize
from .variables import (
    AnyOf,
    Context,
    Template,
    Variable,
    compile_template,
    parse_variables,
    with_wildcards,
)


class ActionElement:
    """``Action`` or ``NotAction``. Actions are compared without regard to case.

    >>> ActionElement(["s3:Get*"]).matches("s3:getobject")
    True

    AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
    """

    __slots__ = ("_matches", "negated", "patterns")

    def __init__(self, patterns: Sequence[str], *, negated: bool = False) -> None:
        self.patterns = tuple(patterns)
        self.negated = negated
        self._matches = PatternSet(compile_glob(pattern.lower()) for pattern in patterns).matches

    @property
    def name(self) -> str:
        return "NotAction" if self.negated else "Action"

    def matches(self, action: str) -> bool:
        """Whether the statement speaks of this action, given in lower case."""
        return self._matches(action) is not self.negated


class ResourceElement:
    """``Resource`` or ``NotResource``. Resources are compared with regard to case.

    In an ARN pattern the first five parts are matched each for itself; only a ``*`` that is the
    last character of its part may stand for colons too. Parts that an ARN leaves out at its end
    count as ``*``: ``arn:aws:sqs`` is every queue. The sixth part, colons included, is one
    piece of text, and only there are variables replaced. A variable without a value makes its
    pattern match nothing, under NotResource as well.

    >>> ResourceElement(["arn:aws:s3:::home/${aws:username}/*"], variables=True).matches(
    ...     "arn:aws:s3:::home/ann/cv.pdf", {"aws:username": ("ann",)})
    True

    AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """

    __slots__ = ("_compiled", "_matches", "negated", "patterns")

    def __init__(
        self, patterns: Sequence[str], *, negated: bool = False, variables: bool = False
    ) -> None:
        self.patterns = tuple(patterns)
        self.negated = negated
        self._compiled = tuple(_resource_pattern(pattern, variables) for pattern in patterns)
        self._matches = AnyOf(self._compiled).matches

    @property
    def name(self) -> str:
        return "NotResource" if self.negated else "Resource"

    def matches(self, resource: str, context: Context) -> bool:
        """Whether the statement speaks of this resource."""
        return self._matches(resource, context) is not self.negated

    def shown(self, context: Context) -> list[tuple[str, bool]]:
        """The patterns for people: variables filled in, and whether each had its values."""
        shown = []
        for pattern, compiled in zip(self.patterns, self._compiled, strict=True):
            text = compiled.text(context) if isinstance(compiled, Template) else pattern
            shown.append((pattern, False) if text is None else (text, True))
        return shown


def _resource_pattern(pattern: str, variables: bool) -> Pattern | Template:
    if not pattern.startswith("arn:"):
        return compile_glob(pattern)
    parts = pattern.split(":", SEPARATORS)
    if not any(part.endswith("*") for part in parts):  # such a * stands for missing parts itself
        parts += ["*"] * (SEPARATORS + 1 - len(parts))
    has_sixth_part = len(parts) > SEPARATORS
    *early, last = parts
    tokens: list[Token | Variable] = [
        *tokenize("".join(f"{part}:" for part in early)),
        *(
            with_wildcards(parse_variables(last))
            if variables and has_sixth_part
            else tokenize(last)
        ),
    ]
    bound, _ = bind_to_segments(tokens, last_star_crosses=True)
    return compile_template(bound)
