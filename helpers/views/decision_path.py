"""The way of one request past every type of policy, as a row of gates, and in words.

The order is AWS's: first a look for a Deny anywhere, then one type of policy after the other.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from helpers.cards import OF_EFFECT, Box, escaped, plain, row_of_boxes
from helpers.policy import Decision
from helpers.policy.gates import gates
from helpers.views.decision_drawing import drawing

if TYPE_CHECKING:
    from helpers.lab.explanation import Explanation

__all__ = ["DecisionPath"]


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

    @property
    def _boxes(self) -> list[Box]:
        return [
            Box(gate.name, OF_EFFECT[gate.effect], gate.word, gate.statement)
            for gate in gates(self.decision)
        ]

    @property
    def _title(self) -> str:
        return f"{self.decision.request.action} on {self.decision.request.resource}"

    def __repr__(self) -> str:
        *boxes, last = self._boxes
        width = max(len(box.name) for box in boxes)
        lines = [self._title, *(f"  {box.name:<{width}}   {_said(box)}" for box in boxes)]
        return "\n".join(map(plain, [*lines, f"  → {_said(last)}"]))

    def html(self) -> str:
        """The row of gates. All text of policies and requests is escaped."""
        title = f'<div style="overflow-wrap: anywhere"><code>{escaped(self._title)}</code></div>'
        return title + row_of_boxes(self._boxes)

    def svg(self) -> str:
        """The path as an SVG file's text, for a document or a page; light and dark.

        >>> from helpers.policy import Policies, Request, evaluate
        >>> request = Request("s3:GetObject", "arn:aws:s3:::payroll/2026.csv", "*")
        >>> DecisionPath(evaluate(request, Policies())).svg().partition(" class")[0]
        '<svg xmlns="http://www.w3.org/2000/svg"'
        """
        return drawing(self._title, repr(self), self._boxes)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": repr(self), "text/html": self.html()}


def _said(box: Box) -> str:
    verdict = f"{box.tone.symbol} {box.word}"
    return f"{verdict}: {box.note}" if box.note else verdict
