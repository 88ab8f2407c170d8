"""What became of each statement of the written policies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..decision import EXPLICIT_DENY, IMPLICIT_DENY, Decision
from ..errors import PolicyError
from ..explanation import Step
from ..policy_types import PolicyType
from ..statements import Policy, Statement
from .written import Fault, WrittenPolicy


class StatementReading(NamedTuple):
    """One statement of a written policy, and what became of it.

    Attributes:
        name: ``statement Read``, or ``statement no. 2`` where it has no Sid.
        effect: ``Allow`` or ``Deny``.
        first_line, last_line: Where it stands in the text, from 1.
        matched: Whether it applies to the request; None where nobody asked it.
        decides: Whether it is (one of) the statements that decided.
        because: What was compared, or why nobody asked.
    """

    name: str
    effect: str
    first_line: int
    last_line: int
    matched: bool | None
    decides: bool
    because: str


class Reading(NamedTuple):
    """A written policy with its fault, or with its statements where it has none."""

    policy: WrittenPolicy
    fault: Fault | None
    statements: tuple[StatementReading, ...]


def reading_of(
    written: WrittenPolicy, found: Policy | PolicyError, decision: Decision | None
) -> Reading:
    """The policy as it was read, held against the decision where there is one."""
    if isinstance(found, PolicyError):
        fault = Fault(written.label, found.problem, found.hint, found.line, found.column)
        return Reading(written, fault, ())
    return Reading(written, None, tuple(_statements(written, found, decision)))


def _statements(
    written: WrittenPolicy, policy: Policy, decision: Decision | None
) -> Iterator[StatementReading]:
    steps = {} if decision is None else _steps(written, decision)
    not_asked = "" if decision is None else _why_not_asked(written, decision)
    decided = (
        () if decision is None or decision.effect == IMPLICIT_DENY else decision.statements
    )  # of an implicit deny they are what allowed, and was not enough
    for statement in policy.statements:
        step = steps.get(statement.index)
        yield StatementReading(
            statement.name,
            statement.effect,
            statement.start.line,
            statement.end.line,
            None if step is None else step.matched,
            statement in decided,
            not_asked if step is None else _because(step, statement, decision),
        )


def _steps(written: WrittenPolicy, decision: Decision) -> dict[int, Step]:
    return {
        step.index: step
        for step in decision.steps
        if step.index is not None
        and step.policy_name == written.name
        and _type_of(step) is written.type
    }


def _why_not_asked(written: WrittenPolicy, decision: Decision) -> str:
    for step in decision.steps:
        if step.effect == "notEvaluated" and _type_of(step) is written.type:
            return step.text.partition("not evaluated, because ")[2]
    return decision.steps[-1].text


def _type_of(step: Step) -> PolicyType | None:
    return PolicyType.RESOURCE if step.policy_type is PolicyType.TRUST else step.policy_type


def _because(step: Step, statement: Statement, decision: Decision | None) -> str:
    if not step.matched:
        return "; ".join(map(str, step.missed))
    met = [str(check) for check in step.checks if check.operator]
    if statement.effect == "Deny" and decision is not None and decision.effect != EXPLICIT_DENY:
        met.append("it does not bind the root user of the resource's account here")
    names = [check.element for check in step.checks if not check.operator]
    return "; ".join([_all_match(names), *met])


def _all_match(names: list[str]) -> str:
    """
    >>> _all_match(["Principal", "Action", "Resource"])
    'Principal, Action and Resource match'
    """
    *most, last = names
    return f"{', '.join(most)} and {last} match" if most else f"{last} matches"
