"""The Condition element: operators, the reading of values, and what a missing key means."""

from .condition import Condition, make_condition
from .operators import OPERATORS, OperatorUse, SetOperator, UnknownOperator, parse_operator

__all__ = [
    "OPERATORS",
    "Condition",
    "OperatorUse",
    "SetOperator",
    "UnknownOperator",
    "make_condition",
    "parse_operator",
]
