"""May somebody of an account make a call? Asked of the policy engine, with all that is known.

What the authorization details say of caller and target are facts: names, tags, boundaries. What
only the call itself tells, such as MFA or an address, is open, and becomes a condition of the
answer. Service control policies are in no details, and are not looked at.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple

from helpers.analysis.permissions.account_parts import (
    AccountParts,
    Member,
    parsed,
    policy_name,
    session_arn,
)
from helpers.analysis.permissions.becoming_ways import ADMINISTRATOR_ACCESS, ANYTHING, ASSUME
from helpers.analysis.permissions.entities import ALLOWS_NOTHING
from helpers.policy import Policies, Policy, PolicyType, Request, Statement, catalogue
from helpers.policy.variables import Context
from helpers.policy.when_allowed import MFA, MFA_AGE, TooManyConditions, when_allowed

TOO_MANY = "nobody can tell: too many conditions to try"
"""The condition of what could not be decided."""

NOTHING: Mapping[str, str] = {}

SESSION = "session"
"""The name of a role's session that nobody gave another."""

Named = tuple[str, str]
"""A policy: what it is called, and its document."""

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

    def may_give(
        self, state: State, action: str, target: str = "", of: Member | None = None
    ) -> Right | None:
        """Whether any policy may be given to a target; without one, to somebody new."""
        context = {"iam:PolicyARN": ADMINISTRATOR_ACCESS} if "Attach" in action else NOTHING
        if not target:
            return self.may_somewhere(state, action, context)
        return self.may(state, action, target, of, context)

    def may_assume(self, state: State, role: Member, trust: Policy) -> Right | None:
        """Whether a member may assume a role that has this trust policy."""
        policies = compiled(state.identity, state.boundary)
        both = policies.with_resource(("the trust policy", trust))
        session = _session_named(trust, state.member)
        return self._asked(state, ASSUME, role.arn, role, both, NOTHING, session)

    def may_all(self, state: State, actions: Iterable[str]) -> Right | None:
        """Whether all of some actions may be allowed on resources of the caller's choice."""
        total = Right()
        for action in actions:
            if (right := self.may_somewhere(state, action)) is None:
                return None
            total = total.also(right)
        return total

    def may_somewhere(
        self, state: State, action: str, context: Mapping[str, str] = NOTHING
    ) -> Right | None:
        """Whether an action may be allowed on resources of the caller's choice."""
        if not allows_some(state.identity, action):
            return None
        policies, total = compiled(state.identity, state.boundary), Right()
        for candidates in _free(state.identity, action, self.parts.account):
            asked_all = (
                self._asked(state, action, arn, None, policies, context) for arn in candidates
            )
            rights = [right for right in asked_all if right is not None]
            if not rights:
                return None
            total = total.also(min(rights, key=lambda right: len(right.conditions)))
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
        return asked(request, policies, _closed_to[state.member.kind])

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
    request: Request, policies: Policies, closed: Callable[[str], bool] = lambda key: False
) -> Right | None:
    """The right to a request; what could not be decided has the condition ``TOO_MANY``."""
    try:
        found = when_allowed(request, policies, closed)
    except TooManyConditions:
        return Right((TOO_MANY,))
    if found is None:
        return None
    because = [f"{by.statement} of {by.policy_name}" for by in found.decision.all_deciding]
    return Right(
        found.conditions, tuple(because or [found.decision.reason.removeprefix("because ")])
    )


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
_closed_to = {
    "user": lambda key: _CLOSED.match(key) is not None,
    # The credentials that AssumeRole gives say nothing of MFA:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
    "role": lambda key: key in (MFA, MFA_AGE) or _CLOSED.match(key) is not None,
}


def _session_named(trust: Policy, member: Member) -> str:
    """The session of a role that a trust policy names; whoever assumes a role names its session."""
    begin = f":assumed-role/{member.name}/"
    names = (
        name
        for statement in trust.statements
        if member.kind == "role" and statement.principals is not None
        for name in statement.principals.names
    )
    return next((name.partition(begin)[2] for name in names if begin in name), SESSION)


# -- policies -------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def compiled(identity: tuple[Named, ...], boundary: Named | None) -> Policies:
    """A state's policies for the engine. A document that is none says nothing; a boundary that
    is none lets nothing through."""
    readable = [(name, found) for name, text in identity if (found := parsed(text)) is not None]
    fence = None
    if boundary is not None:
        fence = boundary[0], parsed(boundary[1]) or parsed(ALLOWS_NOTHING)
    return Policies(identity=readable, permissions_boundary=fence)  # type: ignore[arg-type]


def allows_some(identity: tuple[Named, ...], action: str) -> bool:
    """Whether any statement that allows speaks of an action at all."""
    return bool(speaking_of(identity, None, action).allows)


class Meant(NamedTuple):
    """A statement, as far as its resources go."""

    statement: Statement
    has_variables: bool

    def may_mean(self, target: str, known: Context) -> bool:
        """Whether it speaks of a target; with variables of which nobody knows: it may."""
        resources = self.statement.resources
        if resources is None:
            return True
        if self.has_variables and any(map(_OF_TARGET.search, resources.patterns)):
            return True
        return resources.matches(target, known)


class Speaking(NamedTuple):
    """The statements of a member's policies that speak of an action.

    ``plain``: what they say depends on the target's ARN alone. ``on_everything``: not even on
    that. ``key`` is the same for all who have the same of them.
    """

    allows: tuple[Meant, ...]
    plain: bool
    on_everything: bool
    key: tuple[Any, ...]


@lru_cache(maxsize=65536)
def speaking_of(identity: tuple[Named, ...], boundary: Named | None, action: str) -> Speaking:
    """What of a state's policies speaks of an action."""
    folded, policies = action.lower(), compiled(identity, boundary)
    entries = [
        (layer.type, placed.name, statement)
        for layer in policies.layers
        for statement, placed in (*layer.allows, *layer.denies)
        if statement.actions.matches(folded)
    ]
    statements = [statement for _, _, statement in entries]
    with_variables = {id(one): _has_variables(one) for one in statements}
    return Speaking(
        tuple(
            Meant(one, with_variables[id(one)])
            for type_, _, one in entries
            if type_ is PolicyType.IDENTITY and one.effect == "Allow"
        ),
        not any(one.conditions or with_variables[id(one)] for one in statements),
        all(
            one.resources is not None
            and not one.resources.negated
            and "*" in one.resources.patterns
            for one in statements
        ),
        (folded, boundary is not None, *entries),
    )


_OF_TARGET = re.compile(r"\$\{(?:iam:|aws:Resource)", re.IGNORECASE)


def _has_variables(statement: Statement) -> bool:
    resources = statement.resources
    return resources is not None and any("${" in pattern for pattern in resources.patterns)


def _free(identity: tuple[Named, ...], action: str, account: str) -> Iterator[list[str]]:
    """For each type of resource that an action needs: ARNs that somebody may choose."""
    service = action.partition(":")[0]
    types = [kind.name for kind in catalogue.used_types(action) if kind.required]
    if not types:
        yield ["*"]
    for name in types:
        template = catalogue.arn_template(service, name) or "*"
        chosen = _filled(template, account)
        shape = re.compile(re.sub(r"\\\$\\\{[^}]*\\\}", ".*", re.escape(template)))
        named = [
            arn
            for statement, _ in compiled(identity, None).identity.allows
            if statement.actions.matches(action.lower()) and statement.resources is not None
            for pattern in statement.resources.patterns
            for arn in (pattern.replace("*", "x").replace("?", "x"),)
            if shape.fullmatch(arn)
        ]
        yield [chosen, *dict.fromkeys(_settled(arn, account) for arn in named)]


def _filled(template: str, account: str) -> str:
    known = {"Partition": "aws", "Region": "us-east-1", "Account": account}
    return re.sub(r"\$\{(\w+)\}", lambda found: known.get(found[1], "x"), template)


def _settled(arn: str, account: str) -> str:
    """An ARN made of a pattern, with a partition, Region and account that there are."""
    parts = arn.split(":", 5)
    if len(parts) == 6:
        parts[1] = "aws"
        parts[3] = "us-east-1" if "x" in parts[3] and "-" not in parts[3] else parts[3]
        parts[4] = account if parts[4] == "x" else parts[4]
    return ":".join(parts)
