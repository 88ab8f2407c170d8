"""Amazon Resource Names as patterns: ``arn:partition:service:region:account:resource``.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from __future__ import annotations

from collections.abc import Sequence

from .patterns import STAR, Token, Wildcard
from .variables import Variable

SEPARATORS = 5
"""Colons that part an ARN; those in its sixth part belong to the resource's name."""


def split_arn(text: str) -> list[str] | None:
    """The six parts, or None where the text is no ARN.

    >>> split_arn("arn:aws:logs:eu-west-1:111122223333:log-group:app:*")
    ['arn', 'aws', 'logs', 'eu-west-1', '111122223333', 'log-group:app:*']
    """
    parts = text.split(":", SEPARATORS)
    return parts if len(parts) == SEPARATORS + 1 and parts[0] == "arn" else None


def bind_to_segments(
    tokens: Sequence[Token | Variable], *, last_star_crosses: bool
) -> tuple[list[Token | Variable], int]:
    """The tokens with wildcards of the first five parts kept inside their part.

    Returns them with the number of colons seen (at least five in a whole ARN). With
    ``last_star_crosses`` a ``*`` that is the last character of its part may stand for colons
    too, as IAM has it for the Resource element.
    """
    bound: list[Token | Variable] = []
    colons = 0
    for index, token in enumerate(tokens):
        if isinstance(token, Wildcard) and colons < SEPARATORS:
            following = tokens[index + 1] if index + 1 < len(tokens) else ":"
            ends_part = isinstance(following, str) and following.startswith(":")
            if not (last_star_crosses and token is STAR and ends_part):
                token = token.within_segment
        elif isinstance(token, str):
            colons += token.count(":")
        bound.append(token)
    return bound, colons
