"""CloudTrail's event history: the management events of the last 90 days, in each Region.

AWS's history is up to 15 minutes late; the lab's tells at once.

AWS page: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from helpers.lab.errors import AwsError
from helpers.lab.services.registry import Asked, answers
from helpers.lab.trail.resources import looked_up

KEPT = timedelta(days=90)
PAGE = 50

Event = dict[str, Any]


def user_name(event: Event) -> str | None:
    """Whose doing an event is, in one word: a user's name, a role session's, "root"."""
    identity = event["userIdentity"]
    kind = identity.get("type")
    if kind == "Root":
        return "root"
    if kind in ("AssumedRole", "FederatedUser"):
        return str(identity.get("principalId", "")).rpartition(":")[2] or None
    return identity.get("userName")


def _resources(name: str) -> Callable[[Event], list[str]]:
    return lambda event: [resource[name] for resource in looked_up(event)]


def _one(value: Any) -> list[str]:
    return [] if value is None else [value]


# Lookup attribute → the values that an event has of it.
ATTRIBUTES: dict[str, Callable[[Event], list[str]]] = {
    "AccessKeyId": lambda event: _one(event["userIdentity"].get("accessKeyId")),
    "EventId": lambda event: [event["eventID"]],
    "EventName": lambda event: [event["eventName"]],
    "EventSource": lambda event: [event["eventSource"]],
    "ReadOnly": lambda event: ["true" if event["readOnly"] else "false"],
    "ResourceName": _resources("ResourceName"),
    "ResourceType": _resources("ResourceType"),
    "Username": lambda event: _one(user_name(event)),
}


@answers("cloudtrail", "LookupEvents")
def lookup_events(asked: Asked) -> Any:
    parameters = asked.parameters
    category = parameters.get("EventCategory")
    if category not in (None, "insight"):
        raise AwsError("InvalidEventCategoryException", f"Event category {category} is not valid.")
    page = parameters.get("MaxResults")
    if page is not None and not 1 <= page <= PAGE:
        raise AwsError(
            "InvalidMaxResultsException",
            f"Max results must be between 1 and {PAGE}, this is {page}.",
        )
    matches = _attribute(parameters.get("LookupAttributes"))
    start, end = _instant(parameters.get("StartTime")), _instant(parameters.get("EndTime"))
    if start is not None and end is not None and start > end:
        raise AwsError(
            "InvalidTimeRangeException",
            "The start time must not be later than the end time.",
        )
    oldest = asked.now - KEPT
    first = oldest if start is None else max(start, oldest)
    events = asked.world.trail.events
    position = _position(parameters, len(events))
    found: list[Event] = []
    while position > 0 and len(found) < (page or PAGE) and category is None:
        position -= 1
        event = events[position]
        at = datetime.strptime(event["eventTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        if at < first:
            position = 0
        elif _is_in_history(event, asked) and (end is None or at <= end) and matches(event):
            found.append(event)
    answer: dict[str, Any] = {"Events": [_listed(event) for event in found]}
    # A page that ends where the history ends may be followed by an empty one, as on AWS.
    if position > 0 and len(found) == (page or PAGE):
        answer["NextToken"] = _token(parameters, position)
    return answer


def _is_in_history(event: Event, asked: Asked) -> bool:
    return (
        event["managementEvent"]
        and event["recipientAccountId"] == asked.account.id
        and event["awsRegion"] == asked.call.region
    )


def _attribute(given: Any) -> Callable[[Event], bool]:
    """The test of the one attribute that a call may ask by."""
    if not given:
        return lambda event: True
    if len(given) > 1:
        raise AwsError(
            "InvalidLookupAttributesException",
            "You can specify only one attribute in the lookup attributes.",
        )
    key, value = given[0].get("AttributeKey"), given[0].get("AttributeValue")
    if key not in ATTRIBUTES:
        raise AwsError(
            "InvalidLookupAttributesException", f"The lookup attribute {key} is not valid."
        )
    if not value:
        raise AwsError(
            "InvalidLookupAttributesException", f"The value of the attribute {key} is empty."
        )
    if key == "ReadOnly" and value not in ("true", "false"):
        raise AwsError(
            "InvalidLookupAttributesException", "The value of ReadOnly must be true or false."
        )
    values = ATTRIBUTES[key]
    return lambda event: value in values(event)


def _instant(value: Any) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, (int, float)):
        value = datetime.fromtimestamp(value, UTC)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _listed(event: Event) -> dict[str, Any]:
    at = datetime.strptime(event["eventTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    found = {
        "EventId": event["eventID"],
        "EventName": event["eventName"],
        "ReadOnly": "true" if event["readOnly"] else "false",
        "EventTime": at,
        "EventSource": event["eventSource"],
        "Resources": looked_up(event),
        "CloudTrailEvent": json.dumps(event, separators=(",", ":")),
    }
    if key := event["userIdentity"].get("accessKeyId"):
        found["AccessKeyId"] = key
    if name := user_name(event):
        found["Username"] = name
    return found


# A token says how far the record was read. It is good for the same question only.


def _question(parameters: Any) -> str:
    asked = {k: v for k, v in parameters.items() if k not in ("NextToken", "MaxResults")}
    return hashlib.sha256(repr(sorted(asked.items())).encode()).hexdigest()[:16]


def _token(parameters: Any, position: int) -> str:
    return base64.b64encode(f"{position} {_question(parameters)}".encode()).decode()


def _position(parameters: Any, length: int) -> int:
    token = parameters.get("NextToken")
    if not token:
        return length
    for position, question in _read(token):
        if question == _question(parameters) and 0 < position <= length:
            return position
    raise AwsError("InvalidNextTokenException", "The next token is not valid.")


def _read(token: str) -> Iterator[tuple[int, str]]:
    try:
        position, question = base64.b64decode(token, validate=True).decode().split(" ")
        yield int(position), question
    except ValueError:
        return
