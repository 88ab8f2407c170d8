"""What the evaluation found, and how to say it.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from .policies import Entry, Policies
from .policy_types import PolicyType
from .principals import PrincipalKind
from .requests import Request
from .statements import statement_name

if TYPE_CHECKING:
    from .explanation import Near, Step
    from .statements import Statement


DecisionEffect: TypeAlias = Literal["allowed", "explicitDeny", "implicitDeny"]
"""The three results that the IAM API knows (EvalDecision).
AWS: https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html"""

ALLOWED: DecisionEffect = "allowed"
EXPLICIT_DENY: DecisionEffect = "explicitDeny"
IMPLICIT_DENY: DecisionEffect = "implicitDeny"


class DecidedBy(NamedTuple):
    """The statement that decided.

    Attributes:
        policy_type: In AWS's words, such as ``identity-based policy``.
        policy_name: The policy's name or ARN; its place (``identity[0]``) where it has none.
        sid: The statement's Sid; None where it has none.
        index: The statement's place in the policy, from 0.
    """

    policy_type: PolicyType
    policy_name: str
    sid: str | None
    index: int

    @property
    def statement(self) -> str:
        return statement_name(self.sid, self.index)


# Actions without a resource, whose message leaves "on resource" out.
_WITHOUT_RESOURCE = frozenset({"s3:listallmybuckets"})

# Policies whose ARN the message gives, within one account.
_SHOW_ARN = frozenset(
    {
        PolicyType.IDENTITY,
        PolicyType.BOUNDARY,
        PolicyType.SERVICE_CONTROL,
        PolicyType.RESOURCE_CONTROL,
    }
)

_VERDICTS = {
    ALLOWED: "✔ allowed",
    EXPLICIT_DENY: "✖ denied explicitly",
    IMPLICIT_DENY: "✖ denied, because an Allow is missing",
}


class Decision:
    """The answer to a request. It never changes; what it takes time to explain is worked out
    when first asked for.

    Attributes:
        request: The request that was judged.
        effect: ``"allowed"``, ``"explicitDeny"`` or ``"implicitDeny"``.
    """

    __slots__ = ("_entries", "_lacking", "_policies", "_steps", "effect", "request")

    request: Request
    effect: DecisionEffect

    def __init__(
        self,
        request: Request,
        policies: Policies,
        effect: DecisionEffect,
        entries: tuple[Entry, ...] = (),
        *,
        lacking: PolicyType | None = None,
    ) -> None:
        self.request = request
        self.effect = effect
        self._policies = policies
        self._entries = entries
        self._lacking = lacking
        self._steps: tuple[Step, ...] | None = None

    @property
    def allowed(self) -> bool:
        """Whether the request goes through."""
        return self.effect == ALLOWED

    @property
    def lacking(self) -> PolicyType | None:
        """For an implicit deny the type of policy that should have allowed it; else None."""
        return self._lacking

    @property
    def decided_by(self) -> DecidedBy | None:
        """The statement that denied or allowed; None where none matched, and where none was needed
        (the root user, sts:GetCallerIdentity)."""
        if self.effect == IMPLICIT_DENY or not self._entries:
            return None
        return self.all_deciding[0]

    @property
    def all_deciding(self) -> tuple[DecidedBy, ...]:
        """Every statement that decided: two where both sides have to allow, none where
        ``decided_by`` is None."""
        return tuple(
            DecidedBy(self._type(placed.type), placed.name, statement.sid, statement.index)
            for statement, placed in self._entries
        )

    @property
    def statements(self) -> tuple[Statement, ...]:
        """The statements that allowed or denied; empty where none matched."""
        return tuple(statement for statement, _ in self._entries)

    def _type(self, type_: PolicyType) -> PolicyType:
        trust = type_ is PolicyType.RESOURCE and self.request.assumes_role
        return PolicyType.TRUST if trust else type_

    @property
    def reason(self) -> str:
        """The clause with which AWS ends its message; for an allowed request one like it.

        ``with an explicit deny in an identity-based policy`` or ``because no identity-based
        policy allows the s3:GetObject action``.
        """
        action = self.request.action
        if self._lacking is not None:
            return f"because no {self._lacking} allows the {action} action"
        if self.effect == EXPLICIT_DENY:
            placed = self._entries[0][1]
            clause = f"with an explicit deny in {self._type(placed.type).with_article}"
            show_arn = (
                placed.type in _SHOW_ARN
                and placed.name.startswith("arn:")
                and not self.request.crosses_accounts
            )
            return f"{clause}: {placed.name}" if show_arn else clause
        if self._entries:
            types = [self._type(placed.type).with_article for _, placed in self._entries]
            verb = "allows" if len(types) == 1 else "allow"
            return f"because {' and '.join(types)} {verb} the {action} action"
        if self.request.caller.is_root:
            return f"because the root user of the account may use the {action} action"
        return f"because the {action} action needs no permission"

    @property
    def message(self) -> str:
        """The sentence that AWS answers with, and a sentence like it for an allowed request."""
        request = self.request
        anonymous = request.caller.kind is PrincipalKind.ANONYMOUS
        user = f"User: {'anonymous' if anonymous else request.principal}"
        authorized = "is authorized" if self.allowed else "is not authorized"
        text = f"{user} {authorized} to perform: {request.action}"
        if request.folded_action not in _WITHOUT_RESOURCE:
            quote = '"' if request.service == "s3" else ""  # S3 has its own way
            text += f" on resource: {quote}{request.resource}{quote}"
        return f"{text} {self.reason}"

    @property
    def steps(self) -> tuple[Step, ...]:
        """The way to the decision: every type of policy, every statement, and what in it matched or
        did not."""
        if self._steps is None:
            from .explanation import explain

            self._steps = explain(self.request, self._policies)
        return self._steps

    def nearest(self) -> Near | None:
        """For a denial, what would have to change; None for an allowed request."""
        from .explanation import nearest_allow

        return nearest_allow(self, self._policies)

    def to_dict(self) -> dict[str, Any]:
        """The decision with its steps as plain data (dict, list, str, int, bool, None)."""
        by = self.decided_by
        return {
            "effect": self.effect,
            "reason": self.reason,
            "message": self.message,
            "decided_by": None
            if by is None
            else {**by._asdict(), "policy_type": str(by.policy_type)},
            "request": {
                "action": self.request.action,
                "resource": self.request.resource,
                "principal": self.request.principal,
                "context": {
                    key: list(values) for key, values in self.request.folded_context.items()
                },
                "resource_account": self.request.resource_account,
                "source": self.request.source,
            },
            "steps": [step.to_dict() for step in self.steps],
        }

    def __str__(self) -> str:
        lines = [f"{_VERDICTS[self.effect]}: {self.request.action} on {self.request.resource}"]
        lines.append(f"  who: {self.request.principal}")
        lines.append(f"  why: {self.reason}")
        near = self.nearest()
        if by := self.decided_by:
            lines.append(f"  decided by: {by.statement} of {by.policy_name} ({by.policy_type})")
            conditions = near.obstacles if near else ()
            lines += [f"  because: {check}" for check in conditions if check.operator]
        elif near:
            lines.append(f"  nearest: {near}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<Decision {self.effect}: {self.request.action} {self.reason}>"
