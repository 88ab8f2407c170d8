"""Which actions a principal has, on what: policies written out as rows.

:func:`effective_permissions` turns patterns into the real actions that they stand for, takes away
what is denied, and keeps to each row what it depends on.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from . import catalogue
from .conditions import Condition
from .evaluation import RCP_EXEMPT_ACTIONS, RCP_SERVICES
from .globs import resource_covers, resources_meet
from .policies import Entry, Layer, Policies
from .policy_types import PolicyType
from .statements import Statement

ALWAYS = "sts:GetCallerIdentity"
"""The action that everybody has, whatever the policies say."""

DENY, BOUND = "deny", "bound"


class ConditionRow(NamedTuple):
    """A condition of a statement: ``Bool``, ``aws:MultiFactorAuthPresent``, ``("true",)``."""

    operator: str
    key: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.operator} {self.key} {' or '.join(self.values)}"


class Limit(NamedTuple):
    """A statement elsewhere that narrows a permission for some requests.

    Attributes:
        kind: ``"deny"``: requests that match the statement are denied. ``"bound"``: only requests
            that match it (or another bound of the same policy type and level) are allowed.
        policy_type: The type of its policy.
        policy: The policy's name, or its place (``identity[0]``).
        sid: The statement's Sid; None where it has none.
        level: For organization policies the level (1: the root); 0 for all others.
        resources: Its resource patterns.
        except_resources: Whether they stand under NotResource.
        conditions: Its conditions.
    """

    kind: str
    policy_type: PolicyType
    policy: str
    sid: str | None
    level: int
    resources: tuple[str, ...]
    except_resources: bool
    conditions: tuple[ConditionRow, ...]


class Permission(NamedTuple):
    """One action that one statement allows.

    Attributes:
        service: The service prefix: ``s3``.
        action: The action in full, in AWS's spelling: ``s3:GetObject``.
        access_level: ``List``, ``Read``, ``Write``, ``Permissions management`` or ``Tagging``.
        resources: The resource patterns, as the policy writes them, less those that are denied.
        except_resources: Whether they stand under NotResource: all but these.
        conditions: What the statement asks of a request, all of it.
        sid: The statement's Sid; None where it has none.
        policy: The policy's name, or its place (``identity[0]``); None for what AWS always allows.
        limits: What narrows it elsewhere; empty where nothing does.
        index: The statement's place in its policy, from 0; None for what AWS always allows.
    """

    service: str
    action: str
    access_level: str
    resources: tuple[str, ...]
    except_resources: bool
    conditions: tuple[ConditionRow, ...]
    sid: str | None
    policy: str | None
    limits: tuple[Limit, ...]
    index: int | None

    @property
    def is_unconditional(self) -> bool:
        """Whether every request for the action on these resources is allowed."""
        return not self.conditions and not self.limits


def effective_permissions(policies: Policies, *, actions: str = "*") -> list[Permission]:
    """What a user or role may do by its identity-based policies, a row an action and statement.

    Permissions boundary, session policy and organization policies are intersected, explicit
    denies subtracted. The rows are NamedTuples, which ``pandas.DataFrame(rows)`` takes as they
    are.

    **Exact:** an action without a row is never allowed, on no resource and in no context. A row
    without conditions and limits is allowed on every resource that its patterns match (where they
    hold policy variables: for a request that has them).

    **Approximate:** a row with conditions or limits may be allowed. Whether any request meets
    all of them at once is not worked out: two conditions may contradict each other, several
    denies may together leave nothing, and a pattern under NotResource is subtracted only when it
    is plain that it covers. Patterns may name resources that the action does not work on.

    **Left out:** what the policies of resources grant or deny, root users, and actions that the
    service authorization reference does not know.

    Args:
        policies: As for :func:`helpers.policy.evaluate`; ``resource`` is left aside.
        actions: An action pattern (``"s3:*"``): only these.

    Raises:
        ValueError: An argument is of another type.

    >>> rows = effective_permissions(Policies(identity=[("Team", {
    ...     "Version": "2012-10-17",
    ...     "Statement": [
    ...         {"Sid": "Keys", "Effect": "Allow", "Action": "iam:*AccessKey", "Resource": "*"},
    ...         {"Effect": "Deny", "Action": "iam:Delete*", "Resource": "*"},
    ...     ],
    ... })]), actions="iam:*")
    >>> [(row.action, row.resources, row.policy, row.sid) for row in rows]
    [('iam:CreateAccessKey', ('*',), 'Team', 'Keys'), ('iam:UpdateAccessKey', ('*',), 'Team', 'Keys')]
    """  # noqa: E501 (a doctest's answer)
    if not isinstance(policies, Policies):
        raise ValueError(f"policies: expected Policies, got a {type(policies).__name__}")
    if not isinstance(actions, str):
        raise ValueError(f"actions: expected an action pattern, got a {type(actions).__name__}")
    asked = {name.lower(): name for name in catalogue.expand(actions)}
    always = asked.pop(ALWAYS.lower(), None)
    rows = [_always()] if always else []
    guards = _Guards(policies)
    for statement, placed in policies.identity.allows:
        known: dict[_Speaking, _Narrowed | None] = {}
        conditions = _conditions(statement)
        for folded, name in asked.items():
            if not statement.actions.matches(folded):
                continue
            # Actions that the same other statements speak of are narrowed alike.
            matching = guards.speaking_of(folded)
            if matching not in known:
                known[matching] = guards.narrow(statement, placed.policy.version, matching)
            narrowed = known[matching]
            if narrowed is not None:
                rows.append(
                    Permission(
                        name.partition(":")[0],
                        name,
                        catalogue.access_level(name),
                        narrowed.resources,
                        statement.resources.negated if statement.resources else False,
                        conditions,
                        statement.sid,
                        placed.name,
                        narrowed.limits,
                        statement.index,
                    )
                )
    return sorted(rows, key=lambda row: row.action.lower())


def _always() -> Permission:
    service = ALWAYS.partition(":")[0]
    return Permission(
        service, ALWAYS, catalogue.access_level(ALWAYS), ("*",), False, (), None, None, (), None
    )


def _conditions(statement: Statement) -> tuple[ConditionRow, ...]:
    def row(condition: Condition) -> ConditionRow:
        return ConditionRow(condition.operator.name, condition.key, condition.expected)

    return tuple(map(row, statement.conditions))


# -- what narrows --------------------------------------------------------------------------------


class _Narrowed(NamedTuple):
    resources: tuple[str, ...]
    limits: tuple[Limit, ...]


class _Speaking(NamedTuple):
    """The guards (by number) that speak of an action, and whether RCPs cover its service."""

    by_resource_control: bool
    guards: tuple[int, ...]


class _Guard(NamedTuple):
    """A statement that can narrow. ``ceiling`` numbers the layer that it belongs to as one of
    several ways through; None for a deny."""

    entry: Entry
    layer: Layer
    ceiling: int | None

    @property
    def statement(self) -> Statement:
        return self.entry[0]

    @property
    def variables(self) -> bool:
        return _knows_variables(self.entry[1].policy.version)

    def limit(self) -> Limit:
        statement, placed = self.entry
        element = statement.resources
        return Limit(
            BOUND if self.ceiling is not None else DENY,
            self.layer.type,
            placed.name,
            statement.sid,
            self.layer.level,
            element.patterns if element else ("*",),
            element.negated if element else False,
            _conditions(statement),
        )


class _Guards:
    """All statements beside the allowing ones of the identity-based policies."""

    def __init__(self, policies: Policies) -> None:
        ceilings = [
            *policies.resource_control,
            *policies.service_control,
            *filter(None, (policies.boundary, policies.session)),
        ]
        of_resources = len(policies.resource_control)
        self._of_principal = range(of_resources, len(ceilings))
        self._all_ceilings = range(len(ceilings))
        self._guards = [
            *(
                _Guard(entry, layer, None)
                for layer in (policies.identity, *ceilings)
                for entry in layer.denies
            ),
            *(
                _Guard(entry, layer, number)
                for number, layer in enumerate(ceilings)
                for entry in layer.allows
            ),
        ]

    def speaking_of(self, folded_action: str) -> _Speaking:
        """The guards that speak of an action."""
        by_resource_control = (
            folded_action.partition(":")[0] in RCP_SERVICES
            and folded_action not in RCP_EXEMPT_ACTIONS
        )
        numbers = tuple(
            number
            for number, guard in enumerate(self._guards)
            if (by_resource_control or guard.layer.type is not PolicyType.RESOURCE_CONTROL)
            and guard.statement.actions.matches(folded_action)
        )
        return _Speaking(by_resource_control, numbers)

    def narrow(self, statement: Statement, version: str, speaking: _Speaking) -> _Narrowed | None:
        """What the guards leave of a statement; None where they leave nothing."""
        element = statement.resources
        resources = element.patterns if element else ("*",)
        negated = element.negated if element else False
        variables = _knows_variables(version)
        limits: list[Limit] = []
        ceilings = self._all_ceilings if speaking.by_resource_control else self._of_principal
        through: dict[int, list[_Guard]] = {number: [] for number in ceilings}
        denies = []
        for number in speaking.guards:
            guard = self._guards[number]
            if guard.ceiling is None:
                denies.append(_Scope(guard, negated, variables))
            else:
                through[guard.ceiling].append(guard)
        for scope in denies:
            if not scope.guard.statement.conditions:
                resources = tuple(text for text in resources if not scope.covers(text))
        if not resources:
            return None
        for guards in through.values():
            found = _within(guards, resources, negated, variables)
            if found is None:
                return None
            resources, more = found
            limits += more
        limits = [s.guard.limit() for s in denies if s.may_meet_any(resources)] + limits
        return _Narrowed(resources, tuple(limits))


def _within(
    guards: Iterable[_Guard], resources: tuple[str, ...], negated: bool, variables: bool
) -> tuple[tuple[str, ...], list[Limit]] | None:
    """The resources that a ceiling may leave, and its statements where it does not leave all."""
    scopes = [_Scope(guard, negated, variables) for guard in guards]
    left = (
        resources
        if negated and scopes
        else tuple(text for text in resources if any(scope.may_meet(text) for scope in scopes))
    )
    if not left:
        return None
    open_scopes = [scope for scope in scopes if not scope.guard.statement.conditions]
    if negated:
        whole = any(scope.covers_all() for scope in open_scopes)
    else:
        whole = all(any(scope.covers(text) for scope in open_scopes) for text in left)
    if whole:
        return left, []
    return left, [scope.guard.limit() for scope in scopes if scope.may_meet_any(left)]


class _Scope:
    """The resources of a guard, seen from an allowing statement."""

    def __init__(self, guard: _Guard, negated: bool, variables: bool) -> None:
        self.guard = guard
        self._negated = negated  # whether the allowing statement has NotResource
        self._variables = variables

    def covers_all(self) -> bool:
        """Whether the guard speaks of every resource there is."""
        element = self.guard.statement.resources
        return element is None or (not element.negated and "*" in element.patterns)

    def covers(self, text: str) -> bool:
        """Whether the guard certainly speaks of every resource that a pattern matches."""
        element = self.guard.statement.resources
        if self.covers_all():
            return True
        if self._negated or element is None:
            return False
        if element.negated:
            return not any(self._meets(pattern, text) for pattern in element.patterns)
        return any(
            resource_covers(pattern, text, self.guard.variables, self._variables)
            for pattern in element.patterns
        )

    def may_meet(self, text: str) -> bool:
        """Whether the guard may speak of some resource that a pattern matches."""
        element = self.guard.statement.resources
        if element is None or self._negated:
            return True
        if element.negated:
            return not any(
                resource_covers(pattern, text, self.guard.variables, self._variables)
                for pattern in element.patterns
            )
        return any(self._meets(pattern, text) for pattern in element.patterns)

    def may_meet_any(self, texts: Iterable[str]) -> bool:
        return any(self.may_meet(text) for text in texts)

    def _meets(self, pattern: str, text: str) -> bool:
        return resources_meet(pattern, text, self.guard.variables, self._variables)


def _knows_variables(version: str) -> bool:
    return version == "2012-10-17"
