"""The answer to "why was that denied?", for a person: what happened, and what would help.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from helpers.cards import BAD, NEUTRAL, OF_EFFECT, Box, Card, row_of_boxes
from helpers.lab.errors import AwsError, Failure
from helpers.policy import Decision, PolicyType
from helpers.policy.explanation import Check
from helpers.policy.gates import gates


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call that was refused: which one, AWS's error, and the decision behind it.

    ``decision`` is ``None`` where no policy was asked: the credentials were no good, or the
    service itself refused.
    """

    api: str
    error: AwsError
    decision: Decision | None = None


class Explanation:
    """The last refusal as a few lines of text; shown by itself at the end of a cell.

    >>> Explanation(None)
    Nothing was denied so far.
    """

    def __init__(self, refusal: Refusal | None) -> None:
        self.refusal = refusal

    @property
    def decision(self) -> Decision | None:
        """The decision of the policy engine; ``None`` where no policy was asked."""
        return self.refusal and self.refusal.decision

    def __str__(self) -> str:
        if self.refusal is None:
            return "Nothing was denied so far."
        if self.refusal.decision is not None:
            text = str(self.refusal.decision)
            return f"{text}\n  what helps: {_what_helps(self.refusal.decision)}"
        error = self.refusal.error
        advice = error.hint or _CREDENTIALS.get(error.failure, _NO_POLICY)
        return (
            f"{BAD.symbol} refused: {self.refusal.api}\n"
            f"  why: {error.code}: {error.message.strip()}\n"
            f"  what helps: {advice}"
        )

    __repr__ = __str__

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        head, _, lines = str(self).removeprefix(f"{BAD.symbol} ").partition("\n")
        text = "\n".join(line.strip() for line in lines.splitlines())
        card = Card(NEUTRAL if self.refusal is None else BAD, head, text)
        return {"text/plain": str(self), "text/html": card.html() + self._way()}

    def _way(self) -> str:
        """The gates that the request had to pass, to be opened; nothing where none was asked."""
        if self.decision is None:
            return ""
        boxes = (
            Box(gate.name, OF_EFFECT[gate.effect], gate.word, gate.statement)
            for gate in gates(self.decision)
        )
        row = row_of_boxes(boxes)
        return f"<details><summary>The way past the policies</summary>{row}</details>"


# Credentials that are no good: no policy was asked.
_CREDENTIALS = {
    Failure.UNKNOWN_KEY: (
        "a key that the account knows. This one is mistyped, inactive or deleted, its user is "
        "gone, or it is temporary and came without its session token."
    ),
    Failure.WRONG_SIGNATURE: (
        "the secret that belongs to this access key. Nobody can look a secret up later; if it is "
        "lost, make a new key."
    ),
    Failure.UNKNOWN_TOKEN: "the session token that came with this temporary key, whole.",
    Failure.EXPIRED_TOKEN: "new temporary credentials. These have come to their end.",
    Failure.EXPIRED_URL: "a new pre-signed URL. This one has come to its end.",
    Failure.NO_SIGNATURE: "credentials. This service answers nobody who does not sign the call.",
    Failure.OLD_SIGNATURE: "signature version 4, which boto3 uses by itself.",
    Failure.SKEWED_CLOCK: "a clock that is right: who signs may be 15 minutes off at the most.",
}
_NO_POLICY = "no policy: the service itself refuses this. Its sentence says what it wants."

_LACKING = {
    PolicyType.IDENTITY: (
        "a statement that allows {action} on this resource, in a policy of {holder}. Somebody "
        "who may change policies can add it."
    ),
    PolicyType.RESOURCE: (
        "a statement in the policy of the resource that names this caller and allows {action}. "
        "Only those who own the resource can add it."
    ),
    PolicyType.TRUST: (
        "a statement in the role's trust policy whose Principal is this caller and whose "
        "conditions are met. A permission of the caller's own is not enough."
    ),
    PolicyType.BOUNDARY: (
        "a permissions boundary that allows {action} as well. It is the limit of what the other "
        "policies can give, and one more Allow in those does not move it."
    ),
    PolicyType.SESSION: (
        "new temporary credentials whose session policy allows {action}, or that have none. A "
        "session policy can only take away."
    ),
    PolicyType.SERVICE_CONTROL: (
        "a service control policy that allows {action}, on every level from the organization's "
        "root down. Only the management account can change that; nobody in this account can."
    ),
    PolicyType.RESOURCE_CONTROL: (
        "a resource control policy that allows {action}. Only the organization's management "
        "account can change that."
    ),
}

_MFA = (
    "credentials that were got with MFA: sign in with a code, or call sts.get_session_token with "
    "SerialNumber and TokenCode and use the keys that it returns."
)

_FROM_ABOVE = (PolicyType.SERVICE_CONTROL, PolicyType.RESOURCE_CONTROL)


def _what_helps(decision: Decision) -> str:
    """What would let a denied request through, in a sentence or two."""
    near = decision.nearest()
    obstacles = near.obstacles if near else ()
    by = decision.decided_by
    if by is not None:
        if any(map(_is_about_mfa, obstacles)):
            return _MFA
        whose = "Only the organization's management account can change it."
        if by.policy_type not in _FROM_ABOVE:
            whose = "Somebody who may change that policy has to change it."
        return (
            f"only that {by.statement} of {by.policy_name} no longer applies. No Allow is stronger "
            f"than a Deny. {whose}"
        )
    if near and near.step is not None and obstacles and all(map(_is_condition, obstacles)):
        # An Allow is there, for this action and this resource; the circumstances are not.
        if all(map(_is_about_mfa, obstacles)):
            return _MFA
        wanted = " and ".join(f"{check.operator} {check.key}" for check in obstacles)
        return f"a request that meets the condition of that statement ({wanted})."
    assert decision.lacking is not None  # an implicit deny
    return _LACKING[decision.lacking].format(
        action=decision.request.action, holder=_holder(decision.request.principal)
    )


def _is_condition(check: Check) -> bool:
    return check.operator is not None


def _is_about_mfa(check: Check) -> bool:
    return (check.key or "").lower().startswith("aws:multifactorauth")


def _holder(principal: str) -> str:
    """Whose identity-based policies a caller has."""
    if ":assumed-role/" in principal:
        return f"the role {principal.split('/')[1]}"
    if ":federated-user/" in principal:
        return "the user who asked for these credentials, and in the session policy"
    return "this user or of a group that it is in"
