"""A decision as the gates that its request had to pass, in AWS's order.

First a look for a Deny anywhere, then one type of policy after the other.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .decision import ALLOWED, EXPLICIT_DENY, IMPLICIT_DENY, Decision
from .explanation import Step
from .statements import statement_name

NOT_EVALUATED = "notEvaluated"


class Gate(NamedTuple):
    """One gate.

    Attributes:
        name: The type of policy, or what was looked for.
        effect: ``allowed``, ``explicitDeny``, ``implicitDeny`` or ``notEvaluated``.
        word: The effect for people: "does not allow".
        statement: The statement that made it, or why nothing was asked; may be empty.
    """

    name: str
    effect: str
    word: str
    statement: str = ""


_WORDS = {
    ALLOWED: "allows",
    EXPLICIT_DENY: "denies",
    IMPLICIT_DENY: "does not allow",
    NOT_EVALUATED: "not asked",
}


def gates(decision: Decision) -> Iterator[Gate]:
    """The gates of a decision; the last is the decision itself.

    >>> from helpers.policy import Policies, Request, evaluate
    >>> request = Request("s3:GetObject", "arn:aws:s3:::payroll/1.csv",
    ...     "arn:aws:iam::111122223333:user/ann")
    >>> for gate in gates(evaluate(request, Policies())):
    ...     print(f"{gate.name}: {gate.word}")
    a Deny anywhere?: no
    resource-based policy: there is none
    identity-based policy: there is none
    the decision: denied, because no identity-based policy allows it
    """
    if decision.effect == EXPLICIT_DENY:
        # It decides, whatever the others say.
        by = decision.decided_by
        assert by is not None
        said = f"{by.statement} of {by.policy_name}"
        yield Gate("a Deny anywhere?", EXPLICIT_DENY, "yes", said)
    else:
        yield Gate("a Deny anywhere?", ALLOWED, "no")
        yield from _policy_types(decision)
    yield Gate(
        "the decision", ALLOWED if decision.effect == ALLOWED else EXPLICIT_DENY, _last(decision)
    )


def _policy_types(decision: Decision) -> Iterator[Gate]:
    statements: list[Step] = []
    for step in decision.steps:
        if step.policy_type is None:
            continue  # what was asked
        if step.is_statement:
            statements.append(step)
            continue
        yield _gate(step, statements)
        statements = []


def _last(decision: Decision) -> str:
    """The last word, and of a denial for want of an Allow which policy lacks it."""
    if decision.effect == ALLOWED:
        return "allowed"
    if decision.effect == EXPLICIT_DENY:
        return "denied explicitly"
    reason = decision.reason.replace(f" the {decision.request.action} action", " it")
    return f"denied, {reason}"


def _gate(step: Step, statements: list[Step]) -> Gate:
    """A layer's result, with the Allow that made it."""
    name, _, said = step.text.partition(": ")
    effect = step.effect or NOT_EVALUATED
    if effect == ALLOWED:
        allows = next((s for s in statements if s.matched and s.effect == "Allow"), None)
        return Gate(name, effect, _WORDS[effect], _by(allows) if allows is not None else "")
    if effect == IMPLICIT_DENY:
        return Gate(name, effect, said if said == "there is none" else _WORDS[effect])
    return Gate(name, effect, _WORDS[effect], said.removeprefix("not evaluated, because "))


def _by(step: Step) -> str:
    """A statement's name and its policy's."""
    return f"{statement_name(step.sid, step.index or 0)} of {step.policy_name}"
