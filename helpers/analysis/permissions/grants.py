"""Several policies read as one, and what they say of a single action.

Which policy grants something does not matter to a request: all statements have a say. So two sets
of policies are compared as two documents.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from helpers.analysis.permissions.entities import is_valid
from helpers.policy import Policy, parse_policy
from helpers.policy.access_checks import granted_access, no_new_access
from helpers.policy.elements import ActionElement

Document = Mapping[str, Any] | str
Named = tuple[str, Document]
"""A policy's id (an ARN, or an inline policy's name) and its document."""

VERSION = "2012-10-17"
"""The version in which ``${…}`` are policy variables."""


class Origin(NamedTuple):
    """Where a statement stands: the policy, its Sid, its place in the policy from 0."""

    policy: str
    sid: str | None
    index: int

    def __str__(self) -> str:
        return f"{self.policy}, statement {self.sid or f'no. {self.index + 1}'}"


class Merged(NamedTuple):
    """The statements of several policies as those of one document, and where each is from."""

    statements: tuple[dict[str, Any], ...]
    origins: tuple[Origin, ...]

    def of_action(self, action: str) -> tuple[dict[str, Any], ...]:
        """The statements that speak of an action, as if of that action alone."""
        return tuple(
            {**_but_actions(one), "Action": action}
            for one in map(self.statements.__getitem__, self.speaking_of(action))
        )

    def speaking_of(self, action: str) -> tuple[int, ...]:
        """The places of the statements that speak of an action."""
        return tuple(n for n, one in enumerate(self.statements) if speaks_of(one, action))

    def allows(self, action: str) -> bool:
        """Whether any request for an action may be allowed; ``False`` is certain."""
        own = self.of_action(action)
        if not any(one["Effect"] == "Allow" for one in own):
            return False
        return bool(granted_access(_parsed(_text(own)), [action]))


def merged(policies: Iterable[Named]) -> Merged:
    """Several policies as one. A document that is no valid policy says nothing.

    >>> found = merged([("Read", {"Statement": {"Effect": "Allow", "Action": "s3:Get*",
    ...     "Resource": "arn:aws:s3:::${literally}/*"}})])
    >>> found.statements[0]["Resource"], str(found.origins[0])
    ('arn:aws:s3:::${$}{literally}/*', 'Read, statement no. 1')
    """
    statements, origins = [], []
    for name, document in policies:
        text = document if isinstance(document, str) else json.dumps(document)
        if not is_valid(text):
            continue
        data = json.loads(text)
        if data.get("Version") != VERSION:
            # Under the older version a variable is plain text, which is written so today.
            data = json.loads(text.replace("${", "${$}{"))
        listed = data["Statement"] if isinstance(data["Statement"], list) else [data["Statement"]]
        for index, one in enumerate(listed):
            origins.append(Origin(name, one.get("Sid"), index))
            statements.append({key: value for key, value in one.items() if key != "Sid"})
    return Merged(tuple(statements), tuple(origins))


def speaks_of(statement: Mapping[str, Any], action: str) -> bool:
    """Whether a statement's Action or NotAction means an action."""
    negated = "NotAction" in statement
    value = statement["NotAction" if negated else "Action"]
    patterns = (value,) if isinstance(value, str) else tuple(value)
    return _element(patterns, negated).matches(action.lower())


@lru_cache(maxsize=4096)
def _element(patterns: tuple[str, ...], negated: bool) -> ActionElement:
    return ActionElement(patterns, negated=negated)


def allows_all_of(
    statements: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]]
) -> bool:
    """Whether some statements allow every request that others allow; ``True`` is certain."""
    return statements == others or not new_access(others, statements)


def new_access(
    statements: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]]
) -> list[int]:
    """The places of the statements that allow something that the others do not, from 0.

    An empty list is certain; see :func:`helpers.policy.access_checks.no_new_access`.
    """
    allows = [n for n, one in enumerate(statements) if one["Effect"] == "Allow"]
    if not allows or not others:
        return allows
    found = no_new_access(_parsed(_text(statements)), _parsed(_text(others)))
    if all(one in statements for one in others if one["Effect"] == "Deny"):
        # As much is denied as before, so that part of an old Allow is nothing new. (The
        # comparison cannot tell of a pattern with variables under NotResource that it means
        # the same in both.)
        found = [one for one in found if not _is_part(statements[one.index], others)]
    return [statement.index for statement in found]


def _is_part(statement: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> bool:
    """Whether another statement differs in its actions alone, and allows all of these."""
    for other in others:
        if _but_actions(statement) == _but_actions(other):
            one, all_ = (_on_everything(each) for each in (statement, other))
            if not no_new_access(_parsed(_text([one])), _parsed(_text([all_]))):
                return True
    return False


_ACTIONS = ("Action", "NotAction")


def _but_actions(statement: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in statement.items() if key not in _ACTIONS}


def _on_everything(statement: Mapping[str, Any]) -> dict[str, Any]:
    actions = {key: statement[key] for key in _ACTIONS if key in statement}
    return {"Effect": "Allow", **actions, "Resource": "*"}


def _text(statements: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"Version": VERSION, "Statement": list(statements)})


@lru_cache(maxsize=512)
def _parsed(text: str) -> Policy:
    return parse_policy(text)
