"""The way to a decision, told step by step.

A second pass over the same compiled statements, made only when somebody asks. Every check calls
the same ``matches`` that decided, so explanation and decision cannot disagree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from .conditions import Condition, SetOperator
from .evaluation import ALWAYS_ALLOWED, explicit_deny, root_keeps, why_not_evaluated
from .policies import Entry, Layer, Policies
from .policy_types import PolicyType
from .principals import Match
from .requests import Request
from .statements import Statement

if TYPE_CHECKING:
    from .decision import Decision


class Check(NamedTuple):
    """One element of a statement, held against the request.

    Attributes:
        element: ``Principal``, ``Action``, ``Resource``, their Not… forms, or ``Condition``.
        matched: Whether the element lets the statement apply.
        expected: What the policy says; variables stand filled in where they have a value.
        found: What the request says; None where it lacks the condition key.
        operator, key: For a condition, its operator and key.
        note: A sentence where the result needs one (a missing key, a variable without value).
    """

    element: str
    matched: bool
    expected: tuple[str, ...]
    found: tuple[str, ...] | None
    operator: str | None = None
    key: str | None = None
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The check as plain data."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in self._asdict().items()
        }

    def __str__(self) -> str:
        expected = ", ".join(self.expected)
        what = f"{self.operator} {self.key}" if self.operator else self.element
        found = "missing" if self.found is None else ", ".join(self.found)
        verdict = "matches" if self.matched else "does not match"
        note = f" ({self.note})" if self.note else ""
        return f"{what} [{expected}] {verdict}: {found}{note}"


class Step(NamedTuple):
    """One statement, or the result of a whole layer of policies.

    Attributes:
        policy_type: The type of policy; None for what was asked.
        policy_name: The policy's name or place; empty for a layer's result.
        sid, index: The statement; ``index`` is None for a layer's result.
        effect: ``Allow`` or ``Deny``; for a layer what came of it: ``allowed``, ``explicitDeny``,
            ``implicitDeny`` or ``notEvaluated``; ``asked`` for what was asked.
        matched: Whether the statement applies; for a layer whether it says Allow.
        checks: What was compared, in the order of evaluation.
        text: A sentence for people.
    """

    policy_type: PolicyType | None
    policy_name: str
    sid: str | None
    index: int | None
    effect: str
    matched: bool
    checks: tuple[Check, ...] = ()
    text: str = ""

    @property
    def is_statement(self) -> bool:
        return self.index is not None

    @property
    def missed(self) -> tuple[Check, ...]:
        """The checks that kept the statement from applying."""
        return tuple(check for check in self.checks if not check.matched)

    def to_dict(self) -> dict[str, Any]:
        """The step as plain data."""
        return {
            **self._asdict(),
            "policy_type": str(self.policy_type) if self.policy_type else None,
            "checks": [check.to_dict() for check in self.checks],
        }

    def __str__(self) -> str:
        return self.text


def explain(request: Request, policies: Policies) -> tuple[Step, ...]:
    """Every step of the evaluation, in its order."""
    if request.folded_action == ALWAYS_ALLOWED:
        text = f"{request.action} needs no permission, and no policy can deny it"
        return (Step(PolicyType.IDENTITY, "", None, None, "allowed", True, text=text),)
    layers = (step for layer in policies.layers for step in _layer(layer, request, policies))
    return (*_asked(request), *layers)


def _asked(request: Request) -> Iterator[Step]:
    """How action and resource were told, where they come from an API call."""
    if request.source:
        text = f"asked: {request.action} on {request.resource}, told by {request.source}"
        yield Step(None, "", None, None, "asked", True, text=text)


def _layer(layer: Layer, request: Request, policies: Policies) -> Iterator[Step]:
    type_ = layer.type
    if type_ is PolicyType.RESOURCE and request.assumes_role:
        type_ = PolicyType.TRUST
    where = f"{type_} level {layer.level}" if layer.level else str(type_)
    if reason := why_not_evaluated(layer.type, request):
        text = f"{where}: not evaluated, because {reason}"
        yield Step(type_, "", None, None, "notEvaluated", False, text=text)
        return
    allows = False
    for placed in layer.policies:
        for statement in placed.policy.statements:
            checks = tuple(_checks(statement, request, policies))
            matched = all(check.matched for check in checks)
            allows = allows or (matched and statement.effect == "Allow")
            yield Step(
                type_,
                placed.name,
                statement.sid,
                statement.index,
                statement.effect,
                matched,
                checks,
                _statement_text(statement, placed.name, matched, checks),
            )
    denial = explicit_deny(layer, request, policies)
    if denial:
        effect, text = "explicitDeny", f"{where}: {_named(denial)} denies"
    elif allows:
        effect, text = "allowed", f"{where}: a statement allows"
    elif not layer.policies:
        effect, text = "implicitDeny", f"{where}: there is none"
    else:
        effect, text = "implicitDeny", f"{where}: no statement allows"
    if layer.type is PolicyType.RESOURCE and layer.denies and root_keeps(request):
        text += "; its Deny statements do not bind the root user of the resource's account here"
    yield Step(type_, "", None, None, effect, effect == "allowed", text=text)


def _named(entry: Entry) -> str:
    statement, placed = entry
    return f"{statement.name} of {placed.name}"


def _statement_text(
    statement: Statement, policy: str, matched: bool, checks: tuple[Check, ...]
) -> str:
    name = f"{statement.name} of {policy} ({statement.effect})"
    if matched:
        met = "; ".join(str(check) for check in checks if check.operator)
        return f"{name} applies: {met}" if met else f"{name} applies"
    missed = "; ".join(str(check) for check in checks if not check.matched)
    return f"{name} does not apply: {missed}"


# -- one statement -----------------------------------------------------------------------------


def _checks(statement: Statement, request: Request, policies: Policies) -> Iterator[Check]:
    if statement.principals is not None:
        yield _principal_check(statement, request, policies)
    actions = statement.actions
    yield Check(
        actions.name, actions.matches(request.folded_action), actions.patterns, (request.action,)
    )
    if statement.resources is not None:
        yield _resource_check(statement, request)
    for condition in statement.conditions:
        yield _condition_check(condition, request)


def _principal_check(statement: Statement, request: Request, policies: Policies) -> Check:
    element = statement.principals
    assert element is not None
    caller = request.caller
    note = ""
    if statement.effect == "Deny":
        has_boundary = policies.boundary is not None
        matched = element.denies(caller, has_boundary=has_boundary)
        if matched and element.negated and has_boundary and caller.is_user_or_role:
            note = "NotPrincipal spares nobody who has a permissions boundary"
    else:
        match = element.grants(caller)
        matched = match is not Match.NONE
        note = {
            Match.ACCOUNT: "the account is named: its own policies have to allow as well",
            Match.ROLE: "the role is named: boundary and session policy still limit its session",
        }.get(match, "")
    return Check(element.name, matched, element.names, (request.principal,), note=note)


def _resource_check(statement: Statement, request: Request) -> Check:
    element = statement.resources
    assert element is not None
    context = request.folded_context
    expected = element.shown(context)
    note = ""
    if not all(resolved for _, resolved in expected):
        note = "a variable without a value: its pattern matches nothing"
    return Check(
        element.name,
        element.matches(request.resource, context),
        tuple(pattern for pattern, _ in expected),
        (request.resource,),
        note=note,
    )


def _condition_check(condition: Condition, request: Request) -> Check:
    context = request.folded_context
    found = condition.found(context)
    return Check(
        "Condition",
        condition.matches(context),
        condition.expected,
        found,
        operator=condition.operator.name,
        key=condition.key,
        note=_missing_note(condition) if found is None else "",
    )


def _missing_note(condition: Condition) -> str:
    """What it means for this operator that the request lacks the key."""
    use = condition.operator
    key = condition.key
    if use.operator.comparison is None:
        return f"the request has no {key}, and that is what Null asks about"
    if use.if_exists:
        return f"the request has no {key}, and …IfExists matches then"
    if use.set_operator is SetOperator.FOR_ALL_VALUES:
        return f"the request has no {key}, and ForAllValues matches where there is no value"
    if use.set_operator is SetOperator.FOR_ANY_VALUE:
        return f"the request has no {key}, and ForAnyValue needs at least one value"
    if use.operator.negated:
        return f"the request has no {key}, and a negated operator matches then"
    return f"the request has no {key}, and {use.name} matches only where it is there"


# -- what would have to change -------------------------------------------------------------------


class Near(NamedTuple):
    """What stands between a denied request and its being allowed.

    Attributes:
        step: The statement: for an explicit deny the one that denies; for an implicit deny the
            Allow that came nearest (of the type of policy that is lacking); None where there is
            no Allow statement at all.
        obstacles: What kept that Allow from applying; for an explicit deny the conditions that were
            met (all that matched, where it has none).
        text: The same for people.
    """

    step: Step | None
    obstacles: tuple[Check, ...]
    text: str

    def __str__(self) -> str:
        return self.text


_OTHER_SERVICE = 100
_WEIGHTS = {"Action": 4, "NotAction": 4, "Principal": 4, "NotPrincipal": 4}
"""How far an element that misses puts a statement away: one that speaks of other actions is about
something else, of another service all the more; a condition that is not met is the nearest miss."""

_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+")


def _distance(step: Step, request: Request) -> tuple[int, int, int]:
    """How far a statement is from applying: what misses; then, the less the better, how little its
    resources (``*`` least of all) and the names of its actions have in common with the request's.
    """
    missed = sum(_WEIGHTS.get(check.element, 2) for check in step.missed)
    same_resource = same_words = 0
    for check in step.checks:
        if check.element == "Action":
            if not check.matched and not _names_service(check.expected, request.service):
                missed += _OTHER_SERVICE
            same_words = max(_shared_words(pattern, request.action) for pattern in check.expected)
        elif check.element == "Resource":
            same_resource = max(_shared_start(text, request.resource) for text in check.expected)
    return missed, -same_resource, -same_words


def _names_service(patterns: tuple[str, ...], service: str) -> bool:
    return any(pattern.partition(":")[0].lower() in (service, "*") for pattern in patterns)


def _shared_start(first: str, second: str) -> int:
    length = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        length += 1
    return length


def _shared_words(pattern: str, action: str) -> int:
    """``s3:GetObject`` and ``s3:DeleteObject`` share one."""
    first, second = (set(_WORD.findall(name.partition(":")[2])) for name in (pattern, action))
    return len(first & second)


def nearest_allow(decision: Decision, policies: Policies) -> Near | None:
    """What would have to change for a denied request to be allowed; None if it is allowed."""
    if decision.allowed:
        return None
    if by := decision.decided_by:
        step = next(
            step
            for step in decision.steps
            if step.matched
            and step.effect == "Deny"
            and (step.policy_type, step.policy_name, step.index)
            == (by.policy_type, by.policy_name, by.index)
        )
        conditions = tuple(check for check in step.checks if check.operator)
        return Near(step, conditions or step.checks, f"it must no longer apply: {step.text}")
    allows = [
        step
        for step in decision.steps
        if step.is_statement
        and step.effect == "Allow"
        and not step.matched
        and step.policy_type == decision.lacking
    ]
    if not allows:
        return Near(
            None, (), f"there is no {decision.lacking} with a statement that allows anything"
        )
    step = min(allows, key=lambda step: _distance(step, decision.request))
    return Near(step, step.missed, step.text)
