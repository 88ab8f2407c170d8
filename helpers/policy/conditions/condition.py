"""One line of a Condition block: an operator, a key and the values to compare it with.

What holds for every operator stands here, once:

================  =======================================  =======================
written           matches when                             when the key is missing
================  =======================================  =======================
operator          some value of the key matches            no
negated operator  no value of the key matches              yes
ForAllValues:     every value matches (negated: each       yes
                  value differs from all expected)
ForAnyValue:      some value matches (negated: some value  no
                  differs from all expected)
…IfExists         as without                               yes
Null              "false" is expected                      "true" is expected
================  =======================================  =======================

For set operators a key that holds nothing but an empty text has no values: it satisfies
ForAllValues and fails ForAnyValue. An empty text beside other values is a value like them.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
and https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from ..variables import Context
from .operators import OperatorUse, SetOperator


class Condition(ABC):
    """``"Bool": {"aws:MultiFactorAuthPresent": "true"}`` and the like.

    Attributes:
        operator: The operator with its prefix and suffix.
        key: The condition key as the policy writes it.
        expected: The policy's values, as text.
        when_missing: Whether the condition matches a request that lacks the key.
    """

    __slots__ = ("_key", "expected", "key", "operator", "when_missing")

    def __init__(
        self, operator: OperatorUse, key: str, expected: Sequence[str], *, when_missing: bool
    ) -> None:
        self.operator = operator
        self.key = key
        self.expected = tuple(expected)
        self.when_missing = when_missing
        self._key = key.lower()

    @abstractmethod
    def matches(self, context: Context) -> bool:
        """Whether the request's context satisfies the condition."""

    def found(self, context: Context) -> tuple[str, ...] | None:
        """The key's values in the request; None where the key is missing."""
        return context.get(self._key)


class NullCondition(Condition):
    """Null: is the key missing ("true") or there ("false")?"""

    __slots__ = ("_when_present",)

    def __init__(self, operator: OperatorUse, key: str, expected: Sequence[str]) -> None:
        wanted = {text.lower() for text in expected}
        super().__init__(operator, key, expected, when_missing="true" in wanted)
        self._when_present = "false" in wanted

    def matches(self, context: Context) -> bool:
        return self._when_present if self._key in context else self.when_missing


class _Comparing(Condition):
    """What compares the key's values with the expected ones."""

    __slots__ = ("_compare", "_negated")

    _missing_matches: bool | None = None  # None: as the operator's negation says

    def __init__(
        self, operator: OperatorUse, key: str, expected: Sequence[str], *, variables: bool
    ) -> None:
        assert operator.operator.comparison is not None
        self._negated = operator.operator.negated
        self._compare = operator.operator.comparison(expected, variables=variables).matches
        missing = self._negated if self._missing_matches is None else self._missing_matches
        super().__init__(operator, key, expected, when_missing=missing or operator.if_exists)


class SingleCondition(_Comparing):
    """No set operator. Should the key have several values all the same, one match suffices."""

    __slots__ = ()

    def matches(self, context: Context) -> bool:
        values = context.get(self._key)
        if values is None:
            return self.when_missing
        for value in values:
            if self._compare(value, context):
                return not self._negated
        return self._negated


class AllValuesCondition(_Comparing):
    """ForAllValues."""

    __slots__ = ()
    _missing_matches = True

    def matches(self, context: Context) -> bool:
        values = context.get(self._key)
        if values is None:
            return self.when_missing
        for value in values:
            if self._compare(value, context) is self._negated:
                return not any(values)
        return True


class AnyValueCondition(_Comparing):
    """ForAnyValue."""

    __slots__ = ()
    _missing_matches = False

    def matches(self, context: Context) -> bool:
        values = context.get(self._key)
        if values is None:
            return self.when_missing
        for value in values:
            if self._compare(value, context) is not self._negated:
                return any(values)
        return False


_BY_SET_OPERATOR: dict[SetOperator | None, type[_Comparing]] = {
    None: SingleCondition,
    SetOperator.FOR_ALL_VALUES: AllValuesCondition,
    SetOperator.FOR_ANY_VALUE: AnyValueCondition,
}


def make_condition(
    operator: OperatorUse, key: str, expected: Sequence[str], *, variables: bool = True
) -> Condition:
    """The condition for an operator, a key and the values of a policy.

    Args:
        variables: Whether ``${…}`` in the values are policy variables (Version 2012-10-17).

    >>> from helpers.policy.conditions import parse_operator
    >>> operator = parse_operator("BoolIfExists")
    >>> mfa = make_condition(operator, "aws:MultiFactorAuthPresent", ["false"])
    >>> mfa.matches({}), mfa.matches({"aws:multifactorauthpresent": ("true",)})
    (True, False)
    """
    if operator.operator.comparison is None:
        return NullCondition(operator, key, expected)
    kind = _BY_SET_OPERATOR[operator.set_operator]
    return kind(operator, key, expected, variables=variables)
