"""A policy document as the checks read it: every value with the place where it stands.

The document has been parsed before, so its grammar is known to be sound.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ..catalogue import expand
from ..conditions import OperatorUse, parse_operator
from ..document import VERSIONS
from ..policy_types import PolicyType
from ..source import Path


class Value(NamedTuple):
    """A text of the document and where it stands."""

    text: str
    path: Path


class Problem(NamedTuple):
    """What a check reports: an issue's code, a sentence, and the place."""

    code: str
    message: str
    path: Path
    at_value: bool = True


class ConditionUse(NamedTuple):
    """One condition key under one operator."""

    operator: OperatorUse
    key: str
    values: tuple[Value, ...]
    path: Path

    @property
    def folded_key(self) -> str:
        return self.key.lower()

    @property
    def family(self) -> str:
        """The kind of value that the operator compares: ``String``, ``Bool``, …, ``Null``."""
        name = self.operator.operator.name
        return next(family for family in _FAMILIES if name.removeprefix("Not").startswith(family))


_FAMILIES = ("String", "Numeric", "Date", "Bool", "Binary", "IpAddress", "Arn", "Null")


class StatementView(NamedTuple):
    """One statement. ``actions`` and ``resources`` are those of the Not… form where
    ``not_action`` or ``not_resource`` says so."""

    path: Path
    effect: str
    sid: str | None
    actions: tuple[Value, ...]
    not_action: bool
    resources: tuple[Value, ...]
    not_resource: bool
    principal: Any
    not_principal: bool
    conditions: tuple[ConditionUse, ...]
    data: dict[str, Any]

    @property
    def allows(self) -> bool:
        return self.effect == "Allow"

    @property
    def action_name(self) -> str:
        return "NotAction" if self.not_action else "Action"

    @property
    def resource_name(self) -> str:
        return "NotResource" if self.not_resource else "Resource"

    @property
    def whole_resource(self) -> bool:
        """Whether one of the resources is ``*`` (or a pattern as wide)."""
        return not self.not_resource and any(is_everything(r.text) for r in self.resources)

    def speaks_of(self, action: str) -> bool:
        """Whether the statement is about this real action (in AWS's spelling)."""
        listed = any(action in expand(value.text) for value in self.actions)
        return listed is not self.not_action


class Document(NamedTuple):
    """A whole policy document. ``variables``: whether its version knows policy variables."""

    type: PolicyType
    data: dict[str, Any]
    variables: bool
    statements: tuple[StatementView, ...]

    @property
    def grants(self) -> bool:
        """Whether its Allow statements give something (those of a boundary, a session policy
        or an organization's policy only leave something)."""
        return self.type in (PolicyType.IDENTITY, PolicyType.RESOURCE, PolicyType.TRUST)


def is_everything(pattern: str) -> bool:
    """Whether a resource pattern stands for everything.

    >>> is_everything("*"), is_everything("arn:aws:s3:::*")
    (True, False)
    """
    return not pattern.strip("*") and bool(pattern)


def read(data: dict[str, Any], type_: PolicyType) -> Document:
    """The views of a document that the parser has accepted."""
    found = data["Statement"]
    placed: list[tuple[Any, Path]] = (
        [(item, ("Statement", index)) for index, item in enumerate(found)]
        if isinstance(found, list)
        else [(found, ("Statement",))]
    )
    variables = data.get("Version") == VERSIONS[0]
    return Document(type_, data, variables, tuple(_statement(*item) for item in placed))


def _statement(data: dict[str, Any], path: Path) -> StatementView:
    action = "NotAction" if "NotAction" in data else "Action"
    resource = "NotResource" if "NotResource" in data else "Resource"
    principal = "NotPrincipal" if "NotPrincipal" in data else "Principal"
    return StatementView(
        path=path,
        effect=data["Effect"],
        sid=data.get("Sid"),
        actions=tuple(_values(data[action], (*path, action))),
        not_action=action == "NotAction",
        resources=tuple(_values(data[resource], (*path, resource))) if resource in data else (),
        not_resource=resource == "NotResource",
        principal=data.get(principal),
        not_principal=principal in data and principal == "NotPrincipal",
        conditions=tuple(_conditions(data.get("Condition", {}), (*path, "Condition"))),
        data=data,
    )


def _values(value: Any, path: Path) -> Iterator[Value]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield Value(_text(item), (*path, index))
    else:
        yield Value(_text(value), path)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _conditions(data: dict[str, Any], path: Path) -> Iterator[ConditionUse]:
    for operator, keys in data.items():
        for key, value in keys.items():
            where = (*path, operator, key)
            yield ConditionUse(parse_operator(operator), key, tuple(_values(value, where)), where)
