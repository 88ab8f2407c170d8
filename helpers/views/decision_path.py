"""The way of one request past every type of policy, as a row of gates, and in words.

The order is AWS's: first a look for a Deny anywhere, then one type of policy after the other.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helpers.cards import BAD, GOOD, NEUTRAL, Tone
from helpers.policy import Decision
from helpers.policy.explanation import Step
from helpers.views.decision_drawing import Box, drawing
from helpers.views.text import escaped, plain

if TYPE_CHECKING:
    from helpers.lab.explanation import Explanation

__all__ = ["DecisionPath"]


@dataclass(frozen=True)
class _Gate:
    """One gate: what it is called, how it looks, what it says."""

    name: str
    tone: Tone
    word: str
    statement: str = ""

    def plain(self) -> str:
        said = plain(f"{self.tone.symbol} {self.word}")
        return f"{said}: {plain(self.statement)}" if self.statement else said


_OF_EFFECT = {
    "allowed": (GOOD, "allows"),
    "explicitDeny": (BAD, "denies"),
    "implicitDeny": (NEUTRAL, "does not allow"),
    "notEvaluated": (NEUTRAL, "not asked"),
}


def _verdict(decision: Decision) -> tuple[Tone, str]:
    """The last word, and of a denial for want of an Allow which policy lacks it."""
    if decision.effect == "allowed":
        return GOOD, "allowed"
    if decision.effect == "explicitDeny":
        return BAD, "denied explicitly"
    reason = decision.reason.replace(f" the {decision.request.action} action", " it")
    return BAD, f"denied, {reason}"


class DecisionPath:
    """A decision as the gates that its request had to pass.

    ``decision`` is one of ``lab.decisions``, what ``helpers.policy.evaluate`` returns, or
    ``lab.why()``. The text says all that the picture shows; :meth:`svg` is a picture for documents.

    Raises:
        ValueError: It is none of these, or no policy was asked (nothing was denied so far, the
            credentials were no good).

    >>> from helpers.policy import Policies, Request, evaluate
    >>> allow = {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    >>> policy = ("ReadAll", {"Version": "2012-10-17", "Statement": allow})
    >>> user = "arn:aws:iam::111122223333:user/analyst"
    >>> request = Request("s3:GetObject", "arn:aws:s3:::payroll/2026.csv", user)
    >>> DecisionPath(evaluate(request, Policies(identity=[policy])))
    s3:GetObject on arn:aws:s3:::payroll/2026.csv
      a Deny anywhere?        ✔ no
      resource-based policy   ○ there is none
      identity-based policy   ✔ allows: statement Read of ReadAll
      → ✔ allowed
    """

    def __init__(self, decision: Decision | Explanation) -> None:
        found = decision if isinstance(decision, Decision) else getattr(decision, "decision", None)
        if not isinstance(found, Decision):
            raise ValueError(
                "decision: expected a Decision, or lab.why() after a call that a policy refused"
            )
        self.decision = found

    def _gates(self) -> Iterator[_Gate]:
        steps = self.decision.steps
        denial = next((step for step in steps if _is_denial(step)), None)
        if denial is not None:
            yield _Gate("a Deny anywhere?", BAD, "yes", _name(denial))
            return  # it decides, whatever the others say
        yield _Gate("a Deny anywhere?", GOOD, "no")
        statements: list[Step] = []
        for step in steps:
            if step.policy_type is None:
                continue  # what was asked: it stands above the picture
            if step.is_statement:
                statements.append(step)
                continue
            yield _gate(step, statements)
            statements = []

    def __repr__(self) -> str:
        request = self.decision.request
        gates = list(self._gates())
        width = max(len(gate.name) for gate in gates)
        lines = [plain(f"{request.action} on {request.resource}")]
        lines += [f"  {gate.name:<{width}}   {gate.plain()}" for gate in gates]
        tone, word = _verdict(self.decision)
        return "\n".join([*lines, f"  → {tone.symbol} {plain(word)}"])

    def html(self) -> str:
        """The row of gates. All text of policies and requests is escaped."""
        request = self.decision.request
        boxes = [_box(gate.name, gate.tone, gate.word, gate.statement) for gate in self._gates()]
        tone, word = _verdict(self.decision)
        boxes.append(_box("the decision", tone, word, ""))
        head = f"{request.action} on {request.resource}"
        row = _ARROW.join(boxes)
        return (
            f'<div style="overflow-wrap: anywhere"><code>{escaped(head)}</code></div>'
            f'<div style="display: flex; flex-wrap: wrap; align-items: center;">{row}</div>'
        )

    def svg(self) -> str:
        """The path as an SVG file's text, for a document or a page; light and dark.

        >>> from helpers.policy import Policies, Request, evaluate
        >>> request = Request("s3:GetObject", "arn:aws:s3:::payroll/2026.csv", "*")
        >>> DecisionPath(evaluate(request, Policies())).svg().partition(" class")[0]
        '<svg xmlns="http://www.w3.org/2000/svg"'
        """
        request = self.decision.request
        gates = [Box(gate.name, gate.tone, gate.word, gate.statement) for gate in self._gates()]
        gates.append(Box("the decision", *_verdict(self.decision), ""))
        return drawing(f"{request.action} on {request.resource}", repr(self), gates)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": repr(self), "text/html": self.html()}


_ARROW = '<div aria-hidden="true" style="padding: 0 6px;">→</div>'


def _box(name: str, tone: Tone, word: str, statement: str) -> str:
    """One gate as a box with the tone's bar on the left; the symbol says what the colour says."""
    style = (
        f"border: 1px solid #757575; border-left: 6px solid {tone.fallback}; padding: 4px 10px; "
        "margin: 4px 0; max-width: 190px; overflow-wrap: anywhere; "
        f"border-left-color: {tone.colour};"
    )
    below = f"<div><small>{escaped(statement)}</small></div>" if statement else ""
    return (
        f'<div style="{style}"><div><small>{escaped(name)}</small></div>'
        f"<strong>{escaped(tone.symbol)} {escaped(word)}</strong>{below}</div>"
    )


def _is_denial(step: Step) -> bool:
    """Whether a statement denies here; one that does not bind this caller is passed over by its
    layer's result."""
    return not step.is_statement and step.effect == "explicitDeny"


def _name(step: Step) -> str:
    """Where the Deny stands, out of the sentence of its layer: "…: statement X of Y denies"."""
    return step.text.partition(": ")[2].removesuffix(" denies")


def _gate(step: Step, statements: list[Step]) -> _Gate:
    """A layer's result, with the Allow that made it."""
    name, _, said = step.text.partition(": ")
    tone, word = _OF_EFFECT[step.effect]
    if step.effect == "allowed":
        allows = next((s for s in statements if s.matched and s.effect == "Allow"), None)
        return _Gate(name, tone, word, _by(allows) if allows is not None else "")
    if step.effect == "implicitDeny":
        return _Gate(name, tone, "there is none" if said == "there is none" else word)
    return _Gate(name, tone, word, said.removeprefix("not evaluated, because "))


def _by(step: Step) -> str:
    """A statement's name and its policy's."""
    number = f"statement {step.sid}" if step.sid else f"statement no. {(step.index or 0) + 1}"
    return f"{number} of {step.policy_name}"
