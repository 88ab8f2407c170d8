"""Warnings about a policy, as IAM Access Analyzer's policy validation gives them.

:func:`check_policy` asks each module of this package in turn: :mod:`.documents` (version,
variables, size, doubled statements), :mod:`.actions`, :mod:`.resources`, :mod:`.conditions` and
:mod:`.grants`. What they read is a :mod:`.reading` of the document, what they may say stands in
:mod:`.codes`.

A check looks at one document by itself: it knows neither what else is attached nor whether a
bucket of that name exists.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-validation.html
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..document import parse_policy
from ..errors import PolicyError
from ..policy_types import PolicyType
from ..source import Path, Position, Source, path_text
from . import actions, conditions, documents, grants, malformed, resources
from .codes import ISSUES, FindingType, Issue
from .reading import Problem, read

__all__ = ["ISSUES", "Finding", "FindingType", "Issue", "check_policy"]

_CHECKS = (documents.check, actions.check, resources.check, conditions.check, grants.check)

API_TYPES = {
    "IDENTITY_POLICY": PolicyType.IDENTITY,
    "RESOURCE_POLICY": PolicyType.RESOURCE,
    "SERVICE_CONTROL_POLICY": PolicyType.SERVICE_CONTROL,
    "RESOURCE_CONTROL_POLICY": PolicyType.RESOURCE_CONTROL,
}
"""What the API calls the types of policies.
AWS: https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ValidatePolicy.html"""


class Finding(NamedTuple):
    """Something to be said about a policy.

    Attributes:
        type: ``ERROR``, ``SECURITY_WARNING``, ``WARNING`` or ``SUGGESTION``.
        code: The issue: IAM Access Analyzer's code, or one of the project (see ``own``).
        message: What is wrong and what would be better, in one or two sentences.
        path: The element, ``Statement[0].Action[1]``; empty for the document.
        line, column: Where it stands, from 1. For a document that was given as a dict they count
            in ``json.dumps(document, indent=4)``.
        end_line, end_column: The place right behind the element's value.
        learn_more: An AWS page about it.
        own: Whether the check is the project's own and Access Analyzer has none like it.
        steps: The path as names and indexes.
    """

    type: FindingType
    code: str
    message: str
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    learn_more: str
    own: bool
    steps: Path

    def __str__(self) -> str:
        where = f"line {self.line}, column {self.column}"
        at = f"{self.path} ({where})" if self.path else where
        return f"{self.type} {self.code} at {at}: {self.message}"


def check_policy(
    document: dict[str, Any] | str | bytes, type: PolicyType | str = PolicyType.IDENTITY
) -> list[Finding]:
    """What there is to say about a policy document.

    Args:
        document: A dict, or JSON as text or UTF-8 bytes.
        type: What it is used as: a :class:`PolicyType`, its words (``"identity-based policy"``),
            or the API's name (``"IDENTITY_POLICY"``).

    Returns:
        The findings in the order of the document; an empty list for a policy with which nothing
        is wrong. A malformed document gives one ERROR, for its first fault.

    Raises:
        ValueError: An argument is of another type, or ``type`` is no type of policy.

    >>> for finding in check_policy({"Version": "2012-10-17", "Statement": {
    ...         "Effect": "Allow", "Action": "s3:ListBuckets", "Resource": "*"}}):
    ...     print(finding.type, finding.code, finding.path, finding.message)
    ERROR INVALID_ACTION Statement.Action There is no action "s3:ListBuckets". Did you mean \
"s3:ListAllMyBuckets"?
    """
    policy_type = _policy_type(type)
    try:
        policy = parse_policy(document, policy_type)
    except PolicyError as error:
        return [_malformed(error)]
    source = Source(document)
    # Read as what it turned out to be: the parser knows a trust policy by its actions.
    view = read(source.data, policy.type)
    problems = [problem for check in _CHECKS for problem in check(view)]
    findings = [_finding(problem, source) for problem in problems]
    return sorted(findings, key=lambda finding: (finding.line, finding.column))


def _policy_type(given: PolicyType | str) -> PolicyType:
    try:
        return PolicyType(API_TYPES.get(given, given))
    except (TypeError, ValueError):
        known = ", ".join([*API_TYPES, *(repr(str(kind)) for kind in PolicyType)])
        raise ValueError(f"type: {given!r} is no type of policy; there are {known}") from None


def _finding(problem: Problem, source: Source) -> Finding:
    issue = ISSUES[problem.code]
    start = source.start(problem.path, at_value=problem.at_value)
    end = source.end(problem.path)
    path = path_text(problem.path)
    return _made(issue, issue.type, problem.message, path, start, end, problem.path)


def _malformed(error: PolicyError) -> Finding:
    issue = ISSUES[malformed.code_of(error)]
    start = Position(error.line, error.column)
    message = " ".join(filter(None, (error.problem, error.hint)))
    # Whatever the code's usual type, IAM does not take this document.
    return _made(issue, FindingType.ERROR, message, error.path, start, start, ())


def _made(
    issue: Issue,
    type_: FindingType,
    message: str,
    path: str,
    start: Position,
    end: Position,
    steps: Path,
) -> Finding:
    return Finding(
        type_,
        issue.code,
        message,
        path,
        *start,
        *end,
        issue.learn_more,
        issue.own,
        steps,
    )
