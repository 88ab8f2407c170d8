"""requestParameters and responseElements: a call's parameters and answer as records write them.

Most services write the members of their own models with a small first letter. EC2 and S3 have
forms of their own (``ec2.py``, ``s3.py``).

AWS page: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from helpers.lab import seam
from helpers.lab.trail import secrets
from helpers.lab.trail.notes import Called

LARGEST = 100_000
"""Bytes: AWS leaves requestParameters and responseElements out that are larger."""

AS_THEY_ARE = frozenset({"account", "ce", "devops-guru", "notifications", "resource-explorer-2"})
"""Services whose records keep the names of members as they are in the API."""

WITHOUT_COMMA = frozenset({"iam", "rds", "ssm"})
"""Services whose dates have no comma before the time."""

ONLY = {
    ("secretsmanager", "CreateSecret"): {"ARN": "arn"},
    ("secretsmanager", "PutSecretValue"): {"ARN": "arn"},
}
"""Operations of whose answers the record keeps these members alone, under these names."""

# Data events of DynamoDB name the item and never quote it.
KEPT_OF_ITEMS = frozenset({"TableName", "Key", "ConsistentRead", "ReturnConsumedCapacity"})

# Operations whose answer the record does not quote although they change something.
UNQUOTED = frozenset(
    {
        ("sns", "Publish"),
        ("sqs", "SendMessage"),
        ("lambda", "Invoke"),
        ("logs", "PutLogEvents"),
    }
)


class Writer:
    """Writes values by botocore's shapes, and remembers the secrets that it left out."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.secrets: list[str] = []

    def structure(self, shape: Any, value: Any) -> dict[str, Any]:
        """A structure's members that have a value, in the model's order."""
        found: dict[str, Any] = {}
        for name, member in shape.members.items():
            item = value.get(name)
            if item is None:
                continue
            if secrets.is_secret(self.service, name, member):
                self.secrets += secrets.texts(item)
                mask = secrets.instead(self.service, name)
                if mask is not None:
                    found[self.name(name, member)] = mask
            elif member.type_name != "blob":
                found[self.name(name, member)] = self.value(member, item)
        return found

    def value(self, shape: Any, value: Any) -> Any:
        """A value of any type."""
        kind = shape.type_name
        if kind == "structure" and isinstance(value, dict):
            return self.structure(shape, value)
        if kind == "list" and isinstance(value, list):
            return [self.value(shape.member, item) for item in value]
        if kind == "map" and isinstance(value, dict):
            return {str(key): self.value(shape.value, item) for key, item in value.items()}
        if isinstance(value, datetime):
            return self.date(value)
        return plain(value)

    def name(self, name: str, shape: Any) -> str:
        """A member's name in the record."""
        if self.service in AS_THEY_ARE:
            return name
        return name[:1].lower() + name[1:]

    def date(self, value: datetime) -> Any:
        """A date as Java writes it, which most of AWS is made of: Nov 2, 2026, 9:00:00 AM."""
        value = value.astimezone(UTC)
        comma = "" if self.service in WITHOUT_COMMA else ","
        hour = value.hour % 12 or 12
        return f"{value:%b} {value.day}, {value.year}{comma} {hour}:{value:%M:%S %p}"


def plain(value: Any) -> Any:
    """A value that JSON can hold, whatever it was."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(item) for item in value]
    return "" if isinstance(value, bytes) else str(value)


def request_of(note: Called, writer: Writer) -> dict[str, Any] | None:
    """The requestParameters of a call; ``None`` where there are none."""
    shape = note.model.input_shape
    if shape is None:
        return None
    parameters = note.parameters
    if note.service == "dynamodb" and "Item" in note.operation:
        parameters = {name: parameters[name] for name in KEPT_OF_ITEMS if name in parameters}
        for name, value in note.parameters.items():
            if name not in parameters:
                writer.secrets += secrets.texts(value)
    return writer.structure(shape, parameters) or None


def response_of(note: Called, writer: Writer) -> dict[str, Any] | None:
    """The responseElements of a call that changed something."""
    shape = note.model.output_shape
    if shape is None or (note.service, note.operation) in UNQUOTED:
        return None
    answer = parsed(note)
    if not answer:
        return None
    if only := ONLY.get((note.service, note.operation)):
        return {only[name]: plain(answer[name]) for name in only if name in answer}
    return writer.structure(shape, answer) or None


def parsed(note: Called) -> dict[str, Any]:
    """A good answer as boto3 would read it."""
    if note.body is None or note.status >= 400:
        return {}
    return seam.parse_answer(note.model, note.status, note.headers, note.body)


def fitting(elements: dict[str, Any] | None) -> dict[str, Any] | None:
    """The elements, or nothing where they are larger than a record takes."""
    if elements is None or len(json.dumps(elements)) > LARGEST:
        return None
    return elements
