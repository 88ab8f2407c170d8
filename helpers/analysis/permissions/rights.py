"""May somebody of an account make a call? Asked of the policy engine, with all that is known.

What the authorization details say of caller and target are facts: names, tags, boundaries. What
only the call itself tells, such as MFA or an address, is open, and becomes a condition of the
answer. Service control policies are in no details, and are not looked at.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from helpers.analysis.permissions.account_parts import (
    AccountParts,
    Member,
    policy_name,
    session_arn,
)
from helpers.analysis.permissions.becoming_ways import ADMINISTRATOR_ACCESS, ANYTHING, ASSUME
from helpers.analysis.permissions.speaking import (
    Named,
    allows_some,
    compiled,
    free,
    speaking_of,
)
from helpers.policy import Policies, Policy, Request, Statement
from helpers.policy.variables import Context
from helpers.policy.when_allowed import (
    MFA,
    MFA_AGE,
    TooManyConditions,
    Values,
    WhenAllowed,
    when_allowed,
)

TOO_MANY = "nobody can tell: too many conditions to try"
"""The condition of what could not be decided."""

NOTHING: Mapping[str, str] = {}

SESSION = "session"
"""The name of a role's session that nobody gave another."""

EVERYTHING: Named = ("the policy that it gives itself", ANYTHING)


class State(NamedTuple):
    """A user or role with the policies that it has, or may come to have."""

    member: Member
    identity: tuple[Named, ...]
    boundary: Named | None

    def having(self, *more: Named) -> State:
        """With further identity-based policies."""
        return self._replace(identity=(*self.identity, *more))


class Right(NamedTuple):
    """That a call is allowed: under which conditions (empty: none), and because of what."""

    conditions: tuple[str, ...] = ()
    because: tuple[str, ...] = ()

    def also(self, other: Right) -> Right:
        """The right to both calls."""
        return Right(
            tuple(dict.fromkeys(self.conditions + other.conditions)),
            tuple(dict.fromkeys(self.because + other.because)),
        )


NO_CONDITION = Right()
"""That of a call that needs nothing."""


def state_of(member: Member) -> State:
    """A user or role as it is."""
    boundary = member.entity.boundary
    return State(
        member,
        tuple((policy_name(policy), policy.document) for policy in member.entity.policies),
        (policy_name(boundary), boundary.document) if boundary is not None else None,
    )


class Rights:
    """What the members of an account may do.

    Args:
        parts: The account.
        now: The time of the calls, aware.
    """

    def __init__(self, parts: AccountParts, now: datetime) -> None:
        self.parts = parts
        self._now = {
            "aws:CurrentTime": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "aws:EpochTime": str(int(now.timestamp())),
        }
        self._facts = cache(self._facts_of)
        self._variables = cache(self._variables_of)
        self._kept: dict[tuple[Any, ...], Right | None] = {}
        self.limits: dict[tuple[Any, ...], tuple[Right, str]] = {}
        """What is known of limits already, for :mod:`.becoming_gifts`."""

    def may(
        self,
        state: State,
        action: str,
        target: str,
        of: Member | None = None,
        context: Mapping[str, str] = NOTHING,
    ) -> Right | None:
        """Whether a call on a target (an ARN) may be allowed; ``None``: no policy allows it.

        ``of`` is the user or role that the target is; ``context`` are further facts of the call.
        """
        speaking = speaking_of(state.identity, state.boundary, action)
        known = self._variables(state.member.arn)
        if not any(one.may_mean(target, known) for one in speaking.allows):
            return None
        policies = compiled(state.identity, state.boundary)
        if not speaking.plain:
            return self._asked(state, action, target, of, policies, context)
        # Who has the same statements is answered the same, for a group of targets at once.
        key = speaking.key, "" if speaking.on_everything else target
        if key not in self._kept:
            self._kept[key] = self._asked(state, action, target, of, policies, context)
        return self._kept[key]

    def may_give(self, state: State, action: str, target: str, of: Member | None) -> Right | None:
        """Whether any policy may be given to a target."""
        return self.may(state, action, target, of, self._given_with(action))

    def _given_with(self, action: str) -> Mapping[str, str]:
        if "Attach" not in action:
            return NOTHING
        return {"iam:PolicyARN": self.parts.of_aws(ADMINISTRATOR_ACCESS)}

    def may_assume(self, state: State, role: Member, trust: Policy) -> Right | None:
        """Whether a member may assume a role that has this trust policy."""
        policies = compiled(state.identity, state.boundary)
        both = policies.with_resource(("the trust policy", trust))
        found = (
            self._asked(state, ASSUME, role.arn, role, both, NOTHING, session)
            for session in _sessions(trust, state.member)
        )
        return least(found)

    def may_all(self, state: State, actions: Iterable[str]) -> Right | None:
        """Whether all of some actions may be allowed on resources of the caller's choice; those
        on the same type of resource on the same one."""
        actions = tuple(actions)
        if not all(allows_some(state.identity, action) for action in actions):
            return None
        policies, total = compiled(state.identity, state.boundary), Right()
        known = self._variables(state.member.arn)
        for candidates, together in free(state.identity, actions, self.parts, known):
            found = (self._on_one(state, together, arn, policies) for arn in candidates)
            if (right := least(found)) is None:
                return None
            total = total.also(right)
        return total

    def _on_one(
        self, state: State, actions: Iterable[str], arn: str, policies: Policies
    ) -> Right | None:
        total = Right()
        for action in actions:
            context = self._given_with(action)
            if (right := self._asked(state, action, arn, None, policies, context)) is None:
                return None
            total = total.also(right)
        return total

    def may_despite(self, state: State, denies: Iterable[Statement]) -> Right | None:
        """What it takes so that none of some Deny statements applies, whatever is asked;
        ``None``: nothing does."""
        widened = [
            {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
            if (condition := deny.document.get("Condition"))
            else {"Effect": "Deny", "Action": "*", "Resource": "*"}
            for deny in denies
        ]
        document = {"Version": "2012-10-17", "Statement": widened}
        policies = Policies(identity=[EVERYTHING, ("denies", document)])
        return self._asked(state, "iam:CreateAccessKey", "*", None, policies, NOTHING)

    # -- the request -------------------------------------------------------------------------

    def _asked(
        self,
        state: State,
        action: str,
        target: str,
        of: Member | None,
        policies: Policies,
        context: Mapping[str, str],
        session: str = SESSION,
    ) -> Right | None:
        facts = {**self._facts(state.member.arn, session), **context}
        if action.startswith("iam:"):
            facts["aws:RequestedRegion"] = "us-east-1"
        if of is not None:
            for key, value in of.entity.tags.items():
                facts[f"aws:ResourceTag/{key}"] = facts[f"iam:ResourceTag/{key}"] = str(value)
            if of.entity.boundary is not None:
                facts.setdefault("iam:PermissionsBoundary", of.entity.boundary.id)
        principal = session_arn(state.member, session)
        request = Request(action, target, principal, _without_doubles(facts), self.parts.account)
        return asked(request, policies, _CLOSED_TO[state.member.kind])

    def _variables_of(self, arn: str) -> Context:
        facts = _without_doubles(self._facts(arn, SESSION))
        return {key.lower(): (value,) for key, value in facts.items()}

    def facts_of_target(self, role: Member) -> dict[str, str]:
        """What is known of a call on a role from outside of the account."""
        facts = {**self._now, "aws:ResourceAccount": self.parts.account}
        for key, value in role.entity.tags.items():
            facts[f"aws:ResourceTag/{key}"] = facts[f"iam:ResourceTag/{key}"] = str(value)
        return _without_doubles(facts)

    def _facts_of(self, arn: str, session: str) -> dict[str, str]:
        member = self.parts.members[arn]
        facts = {
            **self._now,
            "aws:PrincipalArn": member.arn,
            "aws:PrincipalAccount": self.parts.account,
            "aws:PrincipalIsAWSService": "false",
            "aws:ResourceAccount": self.parts.account,
            "aws:SecureTransport": "true",
            "aws:ViaAWSService": "false",
        }
        if member.kind == "user":
            facts |= {"aws:PrincipalType": "User", "aws:username": member.name}
            facts |= {"aws:userid": member.unique_id} if member.unique_id else {}
        else:
            facts["aws:PrincipalType"] = "AssumedRole"
            if member.unique_id:
                facts["aws:userid"] = f"{member.unique_id}:{session}"
        for key, value in member.entity.tags.items():
            facts[f"aws:PrincipalTag/{key}"] = str(value)
        return facts


def asked(
    request: Request,
    policies: Policies,
    closed: Callable[[str], bool] = lambda key: False,
    possible: Callable[[str, Values], bool] = lambda key, values: True,
) -> Right | None:
    """The right to a request; what could not be decided has the condition ``TOO_MANY``."""
    try:
        found = when_allowed(request, policies, closed, possible)
    except TooManyConditions:
        return Right((TOO_MANY,))
    if found is None:
        return None
    right = _right_of(found)
    if not request.folded_action.startswith("sts:assumerole"):
        return right
    for action, keys in _TAKEN_ALONG.items():
        if not any(key.startswith(keys) for key in found.given):
            continue
        context = {**request.folded_context, **found.given}
        where = request.resource, request.principal, context, request.resource_account
        also = asked(Request(action, *where), policies, closed, possible)
        if also is None:  # then without what takes this further right
            without = _either(closed, keys)
            return asked(request, policies, without, possible)
        right = right.also(also)
    return right


def _right_of(found: WhenAllowed) -> Right:
    because = [f"{by.statement} of {by.policy_name}" for by in found.decision.all_deciding]
    return Right(
        found.conditions, tuple(because or [found.decision.reason.removeprefix("because ")])
    )


_TAKEN_ALONG = {
    "sts:TagSession": ("aws:requesttag/", "aws:tagkeys", "sts:transitivetagkeys"),
    "sts:SetSourceIdentity": ("sts:sourceidentity",),
}
"""What whoever assumes a role may only hand to the session with a further right: action → keys.
AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_permissions-required"""


def _either(closed: Callable[[str], bool], keys: tuple[str, ...]) -> Callable[[str], bool]:
    return lambda key: key.startswith(keys) or closed(key)


def least(found: Iterable[Right | None]) -> Right | None:
    """Of several rights the one with the fewest conditions."""
    best: Right | None = None
    for right in found:
        if right is None:
            continue
        if not right.conditions:
            return right
        if best is None or len(right.conditions) < len(best.conditions):
            best = right
    return best


def _without_doubles(facts: dict[str, str]) -> dict[str, str]:
    """Keys differ by more than case; of tags that do not, the last one counts."""
    return dict({key.lower(): (key, value) for key, value in facts.items()}.values())


# Keys (in lower case) that a member's own call lacks unless it is among the facts.
_NEVER = (
    "aws:principaltag/ aws:resourcetag/ iam:resourcetag/ iam:permissionsboundary iam:policyarn "
    "iam:passedtoservice iam:awsservicename aws:sourcearn aws:sourceaccount aws:sourceorgid "
    "aws:sourceowner aws:principalservicename aws:calledvia aws:assumedroot aws:username aws:userid"
)
_CLOSED = re.compile("|".join(map(re.escape, _NEVER.split())))
_CLOSED_TO = {
    "user": lambda key: _CLOSED.match(key) is not None,
    # The credentials that AssumeRole gives say nothing of MFA:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
    "role": lambda key: key in (MFA, MFA_AGE) or _CLOSED.match(key) is not None,
}


def _sessions(trust: Policy, member: Member) -> list[str]:
    """The names of sessions to try; whoever assumes a role names its session. A trust policy may
    mean some of a role's sessions and not the others."""
    if member.kind == "user":
        return [SESSION]
    by_arn, by_id = f":assumed-role/{member.name}/", f"{member.unique_id}:"
    names: dict[str, None] = {}
    for statement in trust.statements:
        for name in statement.principals.names if statement.principals is not None else ():
            if by_arn in name:
                names[name.partition(by_arn)[2]] = None
        for condition in statement.conditions:
            if condition.key.lower() == "aws:userid" and member.unique_id:
                ids = [text for text in condition.expected if text.startswith(by_id)]
                names.update((text.removeprefix(by_id).replace("*", "x"), None) for text in ids)
    another = SESSION
    while another in names:
        another += "-too"
    return [another, *filter(_SESSION_NAME.fullmatch, names)]


_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
