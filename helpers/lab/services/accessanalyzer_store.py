"""What IAM Access Analyzer keeps of an account, and the words that its operations share.

AWS page: https://docs.aws.amazon.com/access-analyzer/latest/APIReference/Welcome.html
"""

from __future__ import annotations

import base64
import functools
import hashlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from helpers.lab.account import Account
from helpers.lab.errors import AwsError
from helpers.lab.services.registry import Answer, Asked

EXTERNAL_TYPES = frozenset({"ACCOUNT", "ORGANIZATION"})
UNUSED_TYPES = frozenset({"ACCOUNT_UNUSED_ACCESS", "ORGANIZATION_UNUSED_ACCESS"})

Filter = Mapping[str, Mapping[str, Any]]
"""Filter key → criterion: eq, neq, contains, exists."""


@dataclass
class ArchiveRule:
    """A rule that archives new findings which meet its filter."""

    name: str
    filter: Filter
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Issue:
    """What is the case now: something that a finding reports.

    ``key`` tells one issue of a resource from another for as long as it lasts. ``details`` are
    the findingDetails of the API. ``public`` is ``None`` where the question has no sense.
    """

    key: str
    finding_type: str
    resource: str
    resource_type: str
    owner: str
    details: tuple[Mapping[str, Any], ...]


@dataclass
class Finding:
    """An issue since it was first seen, and what became of it."""

    id: str
    issue: Issue
    created_at: datetime
    analyzed_at: datetime
    updated_at: datetime
    status: str = "ACTIVE"

    @property
    def external(self) -> Mapping[str, Any]:
        """The details of external access."""
        return self.issue.details[0]["externalAccessDetails"]


@dataclass
class Recommendation:
    """What was worked out for a finding, and when."""

    started_at: datetime
    completed_at: datetime
    resource: str
    steps: list[dict[str, Any]]


@dataclass
class Preview:
    """An access preview: a proposed configuration and what it would give."""

    id: str
    created_at: datetime
    configurations: Mapping[str, Any]
    findings: list[dict[str, Any]]
    status: str = "COMPLETED"


@dataclass
class Analyzer:
    """An analyzer of an account and Region, with its findings."""

    name: str
    arn: str
    type: str
    created_at: datetime
    region: str
    configuration: Mapping[str, Any] | None = None
    tags: dict[str, str] = field(default_factory=dict)
    rules: dict[str, ArchiveRule] = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)
    recommendations: dict[str, Recommendation] = field(default_factory=dict)
    previews: dict[str, Preview] = field(default_factory=dict)
    last_resource: str | None = None
    last_analyzed_at: datetime | None = None

    @property
    def is_external(self) -> bool:
        """Whether it looks for external access."""
        return self.type in EXTERNAL_TYPES

    @property
    def is_of_organization(self) -> bool:
        """Whether it looks at all accounts of an organization."""
        return self.type.startswith("ORGANIZATION")

    def id_of(self, key: str) -> str:
        """The id of the finding for an issue: the same as long as the analyzer is the same."""
        return uuid_from(f"{self.arn} {self.created_at.isoformat()} {key}")


@dataclass
class Store:
    """All that the service keeps of one account."""

    analyzers: dict[tuple[str, str], Analyzer] = field(default_factory=dict)
    """(Region, name) → analyzer."""
    jobs: dict[str, Any] = field(default_factory=dict)
    """Policy generations by their ids."""
    answered: dict[tuple[str, str, str], tuple[Mapping[str, Any], Any]] = field(
        default_factory=dict
    )
    """(Region, operation, client token) → the parameters of a call and its answer."""


def store(account: Account) -> Store:
    """What the service keeps of an account."""
    return account.own.setdefault("accessanalyzer", Store())


def once(answer: Answer) -> Answer:
    """An answer that is the same, without another effect, to a call made again with its token.

    boto3 gives each call a token of its own unless the caller does, and keeps it when it tries
    the call again. A call that was refused has no answer to repeat.
    """

    @functools.wraps(answer)
    def answer_once(asked: Asked) -> Any:
        token = asked.parameters.get("clientToken")
        if token is None:
            return answer(asked)
        answered = store(asked.account).answered
        key = (asked.call.region, asked.call.operation, token)
        if key not in answered or answered[key][0] != asked.parameters:
            answered[key] = asked.parameters, answer(asked)
        return answered[key][1]

    return answer_once


def uuid_from(text: str) -> str:
    """A text's own id in the form of a version 4 UUID.

    >>> uuid_from("a") == uuid_from("a") != uuid_from("b")
    True
    """
    return str(uuid.UUID(bytes=hashlib.sha256(text.encode()).digest()[:16], version=4))


# -- errors ---------------------------------------------------------------------------------------


def invalid(message: str, *fields: str, reason: str = "fieldValidationFailed") -> AwsError:
    """ValidationException, with the fields that it is about."""
    members: dict[str, Any] = {"reason": reason}
    if fields:
        members["fieldList"] = [{"name": name, "message": message} for name in fields]
    return AwsError("ValidationException", message, details=members)


def not_found(kind: str, identifier: str) -> AwsError:
    """ResourceNotFoundException."""
    return AwsError(
        "ResourceNotFoundException",
        f"{kind} with identifier {identifier} was not found.",
        404,
        details={"resourceId": identifier, "resourceType": kind},
    )


def conflict(kind: str, identifier: str, message: str) -> AwsError:
    """ConflictException."""
    members = {"resourceId": identifier, "resourceType": kind}
    return AwsError("ConflictException", message, 409, details=members)


def quota_exceeded(kind: str, identifier: str, message: str) -> AwsError:
    """ServiceQuotaExceededException, which this service answers with status 402."""
    members = {"resourceId": identifier, "resourceType": kind}
    return AwsError("ServiceQuotaExceededException", message, 402, details=members)


# -- finding what a call names ---------------------------------------------------------------------


def analyzer_named(asked: Asked) -> Analyzer:
    """The analyzer of the call's Region whose name the call gives."""
    name = asked.parameters["analyzerName"]
    found = store(asked.account).analyzers.get((asked.call.region, name))
    if found is None:
        raise not_found("Analyzer", name)
    return found


def analyzer_of_arn(asked: Asked) -> Analyzer:
    """The analyzer whose ARN the call gives."""
    arn = asked.parameters["analyzerArn"]
    return analyzer_by_arn(asked, arn)


def analyzer_by_arn(asked: Asked, arn: str) -> Analyzer:
    """The analyzer of an ARN, in the call's Region."""
    for found in store(asked.account).analyzers.values():
        if found.arn == arn and found.region == asked.call.region:
            return found
    raise not_found("Analyzer", arn)


def external_only(asked: Asked, analyzer: Analyzer) -> None:
    """Refuse an operation that only external access analyzers support."""
    if not analyzer.is_external:
        raise invalid(
            f"{asked.call.operation} is supported only for external access analyzers.",
            "analyzerArn",
            reason="notSupported",
        )


# -- pages ----------------------------------------------------------------------------------------

USUAL_RESULTS = 100


def page(
    asked: Asked, name: str, items: Sequence[Any], write: Callable[[Any], Any] = lambda item: item
) -> dict[str, Any]:
    """One page of a list, as ``name``, and the token of the next."""
    size = asked.parameters.get("maxResults")
    if size is not None and size < 1:
        raise invalid("maxResults must be greater than or equal to 1.", "maxResults")
    first = _first(asked, len(items))
    last = first + (size or USUAL_RESULTS)
    answer: dict[str, Any] = {name: [write(item) for item in items[first:last]]}
    if last < len(items):
        answer["nextToken"] = base64.b64encode(_token(asked, last).encode()).decode()
    return answer


def _token(asked: Asked, place: int) -> str:
    return f"{asked.call.operation}:{place}"


def _first(asked: Asked, count: int) -> int:
    token = asked.parameters.get("nextToken")
    if token is None:
        return 0
    try:
        operation, _, place = base64.b64decode(token, validate=True).decode().partition(":")
        if operation == asked.call.operation and 0 < int(place) <= count:
            return int(place)
    except ValueError:
        pass
    raise invalid("The pagination token is not valid.", "nextToken")
