"""The condition operators, as data, and the reading of an operator's name.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from ..errors import quoted
from . import comparisons as c

IF_EXISTS = "IfExists"


class SetOperator(StrEnum):
    """How many of a request's values have to match."""

    FOR_ALL_VALUES = "ForAllValues"
    FOR_ANY_VALUE = "ForAnyValue"


class Operator(NamedTuple):
    """An operator without its prefix and suffix.

    ``comparison`` is None for Null, which looks at a key's presence and compares nothing.
    """

    name: str
    comparison: type[c.Comparison] | None
    negated: bool = False


class OperatorUse(NamedTuple):
    """An operator as a statement writes it: ``ForAllValues:StringLikeIfExists``."""

    operator: Operator
    set_operator: SetOperator | None = None
    if_exists: bool = False

    @property
    def name(self) -> str:
        prefix = f"{self.set_operator}:" if self.set_operator else ""
        return f"{prefix}{self.operator.name}{IF_EXISTS if self.if_exists else ''}"


OPERATORS = {
    operator.name.lower(): operator
    for operator in (
        Operator("StringEquals", c.StringEquals),
        Operator("StringNotEquals", c.StringEquals, negated=True),
        Operator("StringEqualsIgnoreCase", c.StringEqualsIgnoreCase),
        Operator("StringNotEqualsIgnoreCase", c.StringEqualsIgnoreCase, negated=True),
        Operator("StringLike", c.StringLike),
        Operator("StringNotLike", c.StringLike, negated=True),
        Operator("NumericEquals", c.NumericEquals),
        Operator("NumericNotEquals", c.NumericEquals, negated=True),
        Operator("NumericLessThan", c.NumericLessThan),
        Operator("NumericLessThanEquals", c.NumericLessThanEquals),
        Operator("NumericGreaterThan", c.NumericGreaterThan),
        Operator("NumericGreaterThanEquals", c.NumericGreaterThanEquals),
        Operator("DateEquals", c.DateEquals),
        Operator("DateNotEquals", c.DateEquals, negated=True),
        Operator("DateLessThan", c.DateLessThan),
        Operator("DateLessThanEquals", c.DateLessThanEquals),
        Operator("DateGreaterThan", c.DateGreaterThan),
        Operator("DateGreaterThanEquals", c.DateGreaterThanEquals),
        Operator("Bool", c.Bool),
        Operator("BinaryEquals", c.BinaryEquals),
        Operator("IpAddress", c.IpAddress),
        Operator("NotIpAddress", c.IpAddress, negated=True),
        Operator("ArnEquals", c.ArnLike),
        Operator("ArnLike", c.ArnLike),
        Operator("ArnNotEquals", c.ArnLike, negated=True),
        Operator("ArnNotLike", c.ArnLike, negated=True),
        Operator("Null", None),
    )
}
"""Every operator by its name in lower case. IAM reads operator names without regard to case."""

_SET_OPERATORS = {member.lower(): member for member in SetOperator}


class UnknownOperator(ValueError):
    """The name is none of an operator's; ``nearest_to`` is the name to look for a correction of."""

    def __init__(self, problem: str, *, prefix: str = "", base: str = "", suffix: str = "") -> None:
        super().__init__(problem)
        self.prefix, self.base, self.suffix = prefix, base, suffix


def parse_operator(name: str) -> OperatorUse:
    """The operator that a statement's Condition names.

    >>> use = parse_operator("ForAnyValue:StringNotLikeIfExists")
    >>> use.operator.name, use.set_operator.value, use.if_exists, use.operator.negated
    ('StringNotLike', 'ForAnyValue', True, True)

    Raises:
        UnknownOperator: No operator is called so.
    """
    base = name
    set_operator = None
    prefix, colon, rest = name.partition(":")
    if colon:
        set_operator = _SET_OPERATORS.get(prefix.lower())
        if set_operator is None:
            raise UnknownOperator(
                f"{quoted(name)} begins with {quoted(prefix)}, which is no set operator.",
                prefix=prefix,
                base=rest,
            )
        base = rest
    if_exists = base.lower().endswith(IF_EXISTS.lower())
    if if_exists:
        base = base[: -len(IF_EXISTS)]
    operator = OPERATORS.get(base.lower())
    shown_prefix = f"{set_operator}:" if set_operator else ""
    if operator is None:
        raise UnknownOperator(
            f"{quoted(name)} is not a condition operator.",
            prefix=shown_prefix,
            base=base,
            suffix=IF_EXISTS if if_exists else "",
        )
    if if_exists and operator.comparison is None:
        raise UnknownOperator(
            "NullIfExists does not exist: Null itself asks whether the key is there.",
            base="Null",
        )
    return OperatorUse(operator, set_operator, if_exists)
