"""What is taken down of a call, of a sign-in, of a service's own doing: facts, not yet records."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from helpers.lab.callers import Principal
from helpers.lab.errors import AwsError
from helpers.lab.wire import Call, Scope
from helpers.policy import Decision


class Called(NamedTuple):
    """An API call and its answer.

    ``home`` is the caller's account, ``owner`` the account whose stores the call worked on.
    ``body`` is the answer's, kept only where the record may have to quote it; ``decisions``
    are what the policies said. ``ids`` are 128 random bits for each event that may be written.
    """

    service: str
    operation: str
    model: Any
    parameters: Any
    region: str
    scope: Scope | None
    host: str
    user_agent: str
    source_ip: str
    received: int
    query: str
    principal: Principal
    home: str
    owner: str
    at: datetime
    status: int
    headers: Any
    body: Any
    sent: int
    error: AwsError | None
    decisions: tuple[Decision, ...]
    request_id: str
    ids: tuple[int, ...]


class SignedIn(NamedTuple):
    """An attempt to sign in to the console.

    ``event`` is "ConsoleLogin" or "CheckMfa"; ``user`` is moto's user, ``None`` for the root
    user and for a name that nobody has (``root`` tells them apart).
    """

    event: str
    account: str
    root: bool
    user_name: str | None
    user_id: str | None
    arn: str | None
    mfa_serial: str | None
    mfa_used: bool
    error: str | None
    source_ip: str
    at: datetime
    ids: tuple[int, ...]


class Served(NamedTuple):
    """What an AWS service did in the account for itself, such as CloudTrail in a trail's bucket."""

    service: str
    source: str
    event: str
    account: str
    region: str
    request: Any
    resources: Any
    read_only: bool
    at: datetime
    ids: tuple[int, ...]


class Attempt(NamedTuple):
    """An action that somebody tried, granted or not: what last-accessed data is made of.

    ``entity`` is the ARN of the user or role whose policies were asked, ``entity_id`` its id
    (a user made anew under an old name has another). ``management`` says whether the action
    manages the service, as opposed to what is kept in it.
    """

    at: datetime
    account: str
    entity: str
    entity_id: str
    region: str
    action: str
    resource: str
    effect: str
    management: bool


Note = Called | SignedIn | Served


def called(
    call: Call,
    principal: Principal,
    home: str,
    owner: str,
    at: datetime,
    answer: Any,
    error: AwsError | None,
    decisions: tuple[Decision, ...],
    source_ip: str,
    request_id: str,
    ids: tuple[int, ...],
) -> Called:
    """What is taken down of a call: as little as can be, for every call pays for it."""
    status, headers, body = answer
    request = call.request
    # A read's answer is never quoted; what was read may be large.
    quoted = status >= 400 or not call.operation.startswith(("Get", "List", "Describe", "Head"))
    return Called(
        call.service,
        call.operation,
        call.model,
        call.parameters,
        call.region,
        call.scope,
        request.host,
        request.headers.get("User-Agent", ""),
        source_ip,
        request.content_length or 0,
        request.query_string.decode("latin-1") if call.service == "s3" else "",
        principal,
        home,
        owner,
        at,
        status,
        headers,
        body if quoted else None,
        len(body),
        error,
        decisions,
        request_id,
        ids,
    )
