"""What a service's model asks of parameters: lengths, ranges, patterns, enumerations.

botocore's models carry these constraints and botocore itself checks a few of them. AWS checks
all before it asks any policy, and answers in one form for every service.

AWS page: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from helpers.lab.errors import AwsError

MEASURED_BY_LENGTH = ("string", "blob", "list", "map")


@dataclass(frozen=True, slots=True)
class Violation:
    """One parameter that is not as the model asks.

    ``field`` is the parameter as AWS's errors spell it (``userName``, ``tags.1.member.key``),
    ``pattern`` the pattern that the value does not match, where that is the fault.
    """

    field: str
    shown: str
    constraint: str
    pattern: str | None = None

    @property
    def sentence(self) -> str:
        """The violation in AWS's words."""
        return f"{self.shown} at '{self.field}' failed to satisfy constraint: {self.constraint}"


def violations(shape: Any, parameters: Mapping[str, Any]) -> list[Violation]:
    """What is wrong with a call's parameters by the shape of its input, in the model's order."""
    if shape is None:
        return []
    return list(_of_structure(shape, parameters, ""))


def validation_error(found: list[Violation]) -> AwsError:
    """AWS's error for parameters that are not as the model asks."""
    count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected"
    return AwsError("ValidationError", f"{count}: " + "; ".join(v.sentence for v in found))


def _of_structure(shape: Any, value: Mapping[str, Any], prefix: str) -> Iterator[Violation]:
    required = _required(shape)
    for name, member in shape.members.items():
        given = value.get(name)
        field = f"{prefix}{name[:1].lower()}{name[1:]}"
        if given is not None:
            yield from _of_value(member, given, field)
        elif name in required:
            yield Violation(field, "Value null", "Member must not be null")


def _required(shape: Any) -> frozenset[str]:
    return frozenset(shape.required_members)


def _of_value(shape: Any, value: Any, field: str) -> Iterator[Violation]:
    shown = "Value" if shape.metadata.get("sensitive") else f"Value '{value}'"
    for constraint, pattern in _broken(shape, value):
        yield Violation(field, shown, constraint, pattern)
    if shape.type_name == "structure" and isinstance(value, Mapping):
        yield from _of_structure(shape, value, f"{field}.")
    elif shape.type_name == "list" and isinstance(value, list):
        yield from _of_list(shape.member, value, field)


def _of_list(member: Any, values: list[Any], field: str) -> Iterator[Violation]:
    if member.type_name in ("structure", "list"):
        for number, value in enumerate(values, 1):
            yield from _of_value(member, value, f"{field}.{number}.member")
    elif any(True for value in values for _ in _broken(member, value)):
        every = ", ".join(text for text, _ in _constraints(member))
        shown = "[" + ", ".join(map(str, values)) + "]"
        yield Violation(field, f"Value '{shown}'", f"Member must satisfy constraint: [{every}]")


def _broken(shape: Any, value: Any) -> Iterator[tuple[str, str | None]]:
    for text, test in _constraints(shape):
        if not test(value):
            yield text, shape.metadata.get("pattern") if test.__name__ == "_matches" else None


def _constraints(shape: Any) -> list[tuple[str, Any]]:
    return _constraints_of(
        shape.type_name,
        shape.metadata.get("min"),
        shape.metadata.get("max"),
        shape.metadata.get("pattern"),
        tuple(shape.metadata.get("enum") or ()),
    )


@functools.lru_cache(maxsize=512)
def _constraints_of(
    kind: str, least: Any, most: Any, pattern: str | None, enum: tuple[str, ...]
) -> list[tuple[str, Any]]:
    """Each constraint of a shape: AWS's words, and the test of a value."""
    measured = "length" if kind in MEASURED_BY_LENGTH else "value"
    size = len if kind in MEASURED_BY_LENGTH else _itself
    found: list[tuple[str, Any]] = []
    if most is not None:
        text = f"Member must have {measured} less than or equal to {most}"
        found.append((text, lambda value: size(value) <= most))
    if least is not None:
        text = f"Member must have {measured} greater than or equal to {least}"
        found.append((text, lambda value: size(value) >= least))
    if pattern is not None:
        compiled = compile_pattern(pattern)

        def _matches(value: Any) -> bool:
            return compiled.fullmatch(str(value)) is not None

        found.append((f"Member must satisfy regular expression pattern: {pattern}", _matches))
    if enum:
        text = f"Member must satisfy enum value set: [{', '.join(enum)}]"
        found.append((text, lambda value: value in enum))
    return found


def _itself(value: Any) -> Any:
    return value


# Unicode's categories in Java's regular expressions, as near as Python's come.
_CATEGORIES = {r"\p{L}": r"\w", r"\p{N}": r"\d", r"\p{Z}": r"\s", r"\p{S}": r"\$+<=>^`|~"}


@functools.lru_cache(maxsize=512)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """A model's pattern, which is Java's, as Python's.

    >>> bool(compile_pattern(r"[\\w+=,.@-]+").fullmatch("ann@example.com"))
    True
    """
    flags = re.RegexFlag(0) if r"\p{" in pattern else re.ASCII
    for category, ours in _CATEGORIES.items():
        pattern = pattern.replace(category, ours)
    return re.compile(pattern, flags)
