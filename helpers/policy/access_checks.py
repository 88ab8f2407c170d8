"""Does a policy allow more than another one? Does it allow what it must not?

The questions of IAM Access Analyzer's custom policy checks. The answers are safe on one side:
"no new access" and "not granted" are said only where they are certain for every request that
can be made. "New access" may be said where nobody would find such a request: of conditions,
only those are compared that have the same key and operators that tell which is narrower.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-custom-policy-checks.html
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from .arn import SEPARATORS
from .classes import TooManyClasses, classes
from .conditions import Condition
from .elements import ResourceElement
from .globs import Symbol, covers, meet, resource_symbols
from .patterns import compile_glob
from .principals import PrincipalElement, is_account_id
from .statements import Policy, Statement
from .variables import Variable

MOST_PATTERNS = 1_000
"""How many patterns are compared at once; a policy of AWS's size has room for fewer."""

EVERYTHING = resource_symbols("*")


def no_new_access(new: Policy, existing: Policy) -> list[Statement]:
    """The statements of a policy that allow something that another one does not.

    An empty list: whatever the new policy allows, to whomever, the existing one allows too.

    >>> from helpers.policy import parse_policy
    >>> def policy(*actions):
    ...     return parse_policy({"Version": "2012-10-17", "Statement": {
    ...         "Sid": "Read", "Effect": "Allow", "Action": list(actions), "Resource": "*"}})
    >>> no_new_access(policy("s3:GetObject"), policy("s3:Get*"))
    []
    >>> no_new_access(policy("s3:Get*"), policy("s3:GetObject"))
    [<Statement Read: Allow>]
    """
    news, olds = _statements(new), _statements(existing)
    return [
        one.statement
        for one in news
        if one.statement.effect == "Allow" and not _all_covered(one, news, olds)
    ]


def granted_access(
    policy: Policy, actions: Sequence[str] = (), resources: Sequence[str] = ()
) -> list[Statement]:
    """The statements of a policy that may allow one of the actions on one of the resources.

    Both are patterns as in a policy; left out, they mean any action, any resource. An empty
    list: no request for any of them is allowed.

    >>> from helpers.policy import parse_policy
    >>> policy = parse_policy({"Version": "2012-10-17", "Statement": [
    ...     {"Sid": "All", "Effect": "Allow", "Action": "iam:*", "Resource": "*"},
    ...     {"Effect": "Deny", "Action": "iam:Delete*", "Resource": "*"}]})
    >>> granted_access(policy, ["iam:DeleteUser"]), granted_access(policy, ["iam:GetUser"])
    ([], [<Statement All: Allow>])
    """
    statements = _statements(policy)
    asked_resources = [resource_symbols(text, False) for text in resources or ["*"]]
    return [
        one.statement
        for one in statements
        if one.statement.effect == "Allow"
        and _may_grant(one, statements, actions or ["*"], asked_resources)
    ]


# -- statements, as the comparison sees them -----------------------------------------------------


class _One(NamedTuple):
    """A statement, its patterns as symbols, and whether ``${…}`` are variables in it."""

    statement: Statement
    variables: bool
    actions: tuple[tuple[Symbol, ...], ...]
    resources: tuple[tuple[Symbol, ...], ...]

    @property
    def element(self) -> ResourceElement | None:
        return self.statement.resources

    @property
    def not_action(self) -> bool:
        return self.statement.actions.negated

    @property
    def not_resource(self) -> bool:
        return self.element is not None and self.element.negated


def _statements(policy: Policy) -> list[_One]:
    variables = policy.version == "2012-10-17"
    return [
        _One(
            statement,
            variables,
            tuple(_action_symbols(text) for text in statement.actions.patterns),
            tuple(
                resource_symbols(text, variables)
                for text in (statement.resources.patterns if statement.resources else ("*",))
            ),
        )
        for statement in policy.statements
    ]


def _action_symbols(pattern: str) -> tuple[Symbol, ...]:
    return EVERYTHING if pattern in ("*", "*:*") else resource_symbols(pattern.lower(), False)


def _has_variable(symbols: Iterable[Symbol]) -> bool:
    return any(isinstance(symbol, Variable) for symbol in symbols)


# -- no new access -------------------------------------------------------------------------------


class _Sides(NamedTuple):
    """What has a say over the requests of one principal of a new statement.

    ``grants``: existing allows that surely mean the principal, and whose conditions hold whenever
    the new statement's do. ``denies``: existing denies that may mean it. ``new_denies``: those of
    the new policy, and ``sure`` those among them that surely mean it.
    """

    grants: tuple[_One, ...]
    denies: tuple[_One, ...]
    new_denies: tuple[_One, ...]
    sure: tuple[_One, ...]

    @property
    def all(self) -> tuple[_One, ...]:
        return (*self.grants, *self.denies, *self.new_denies)


def _all_covered(one: _One, news: list[_One], olds: list[_One]) -> bool:
    sides = {_sides(one, name, news, olds) for name in _names(one.statement.principals)}
    try:
        return all(_covered(one, each) for each in sides)
    except TooManyClasses:
        return False


def _sides(one: _One, name: _Name | None, news: list[_One], olds: list[_One]) -> _Sides:
    def implied(other: _One) -> bool:
        return _implied([other], [one])

    return _Sides(
        tuple(
            old
            for old in olds
            if old.statement.effect == "Allow"
            and _surely_means(old.statement.principals, name, of_deny=False)
            and implied(old)
        ),
        tuple(
            old
            for old in olds
            if old.statement.effect == "Deny" and _may_mean(old.statement.principals, name)
        ),
        new_denies := tuple(new for new in news if new.statement.effect == "Deny"),
        tuple(
            new for new in new_denies if _surely_means(new.statement.principals, name, of_deny=True)
        ),
    )


def _covered(one: _One, sides: _Sides) -> bool:
    seen = set()
    for speaking in _speaking(one, sides.all):
        if speaking not in seen:
            seen.add(speaking)
            if not all(_covered_on(one, text, sides, speaking) for text in _inner_resources(one)):
                return False
    return True


def _speaking(one: _One, others: Sequence[_One]) -> Iterator[frozenset[int]]:
    """For all actions of a statement: the others (by number) that speak of the same action."""
    patterns: dict[tuple[Symbol, ...], None] | None = None
    for text in ("*",) if one.not_action else one.statement.actions.patterns:
        if not _is_pattern(text):  # one action, and no need to look for what tells others apart
            folded = text.lower()
            yield frozenset(
                number
                for number, other in enumerate(others)
                if other.statement.actions.matches(folded)
            )
            continue
        if patterns is None:
            patterns = dict.fromkeys(p for other in (one, *others) for p in other.actions)
        yield from _speaking_of_any(one, others, _action_symbols(text), patterns)


def _speaking_of_any(
    one: _One,
    others: Sequence[_One],
    inner: tuple[Symbol, ...],
    patterns: Iterable[tuple[Symbol, ...]],
) -> Iterator[frozenset[int]]:
    for matched in _classes_by_pattern(inner, patterns):
        if one.not_action and not matched.isdisjoint(one.actions):
            continue
        yield frozenset(
            number
            for number, other in enumerate(others)
            if (not matched.isdisjoint(other.actions)) is not other.not_action
        )


def _classes_by_pattern(
    inner: tuple[Symbol, ...], patterns: Iterable[tuple[Symbol, ...]]
) -> Iterator[frozenset[tuple[Symbol, ...]]]:
    """The classes of :func:`.classes.classes` as sets of patterns; those that match all or none
    of the texts are told at once."""
    near = [pattern for pattern in patterns if meet(pattern, inner)]
    always = frozenset(pattern for pattern in near if covers(pattern, inner))
    between = tuple(pattern for pattern in near if pattern not in always)
    if len(between) > MOST_PATTERNS:
        raise TooManyClasses
    for matched in classes(inner, between):
        yield always | {between[number] for number in matched}


def _inner_resources(one: _One) -> tuple[tuple[Symbol, ...], ...]:
    return (EVERYTHING,) if one.not_resource else one.resources


def _covered_on(
    one: _One, inner: tuple[Symbol, ...], sides: _Sides, speaking: frozenset[int]
) -> bool:
    others = sides.all
    live = [other for number, other in enumerate(others) if number in speaking]
    grants = [other for other in live if other in sides.grants]
    denies = [other for other in live if other in sides.denies]
    new_denies = [other for other in live if other in sides.new_denies]
    patterns = tuple(dict.fromkeys(p for other in (one, *live) for p in other.resources))
    place = {pattern: number for number, pattern in enumerate(patterns)}
    for matched in classes(inner, patterns):
        certain = {pattern for pattern in patterns if place[pattern] in matched}
        if one.not_resource and any(p in certain for p in one.resources):
            continue
        if any(
            new in sides.sure and _surely_on(new, inner, certain) and _implied([new], [one])
            for new in new_denies
        ):
            continue  # the new policy itself denies it
        if not any(_surely_on(grant, inner, certain) for grant in grants):
            return False
        for deny in denies:
            if _may_be_on(deny, inner, certain) and not any(
                _implied([new], [one, deny])
                and (new in sides.sure or _means_as_many(new, deny))
                and (_surely_on(new, inner, certain) or _reaches_as_far(new, deny))
                for new in new_denies
            ):
                return False
    return True


def _surely_on(other: _One, inner: tuple[Symbol, ...], certain: set[tuple[Symbol, ...]]) -> bool:
    """Whether a statement's resources surely are those of the texts at hand."""
    if not other.not_resource:
        return any(pattern in certain for pattern in other.resources)
    # Under NotResource the text must surely be matched by none.
    if _has_variable(inner) or any(map(_has_variable, other.resources)):
        return not any(meet(pattern, inner) for pattern in other.resources) and not any(
            map(_has_variable, other.resources)
        )
    return not any(pattern in certain for pattern in other.resources)


def _may_be_on(other: _One, inner: tuple[Symbol, ...], certain: set[tuple[Symbol, ...]]) -> bool:
    """Whether a statement's resources may be those of the texts at hand."""
    if other.not_resource:
        return not any(pattern in certain for pattern in other.resources)
    if _has_variable(inner):
        return any(meet(pattern, inner) for pattern in other.resources)
    return any(
        meet(pattern, inner) if _has_variable(pattern) else pattern in certain
        for pattern in other.resources
    )


def _reaches_as_far(one: _One, other: _One) -> bool:
    """Whether a statement speaks of every resource, in any request, that another one speaks of."""
    if one.not_resource or other.not_resource:
        return (one.not_resource, set(one.resources)) == (other.not_resource, set(other.resources))
    return all(any(covers(wide, narrow) for wide in one.resources) for narrow in other.resources)


# -- access not granted --------------------------------------------------------------------------


def _may_grant(
    one: _One,
    statements: Sequence[_One],
    actions: Sequence[str],
    resources: Sequence[tuple[Symbol, ...]],
) -> bool:
    denies = [
        other
        for other in statements
        if other.statement.effect == "Deny"
        and _implied([other], [one])
        and all(
            _surely_means(other.statement.principals, name, of_deny=True)
            for name in _names(one.statement.principals)
        )
    ]
    others = [one, *denies]
    patterns = dict.fromkeys(p for other in others for p in other.actions)
    try:
        for action in actions:
            for matched in _classes_by_pattern(_action_symbols(action), patterns):
                live = [
                    other
                    for other in others
                    if (not matched.isdisjoint(other.actions)) is not other.not_action
                ]
                if one in live and _grants_on(one, live, resources):
                    return True
    except TooManyClasses:
        return True
    return False


def _grants_on(one: _One, live: list[_One], resources: Sequence[tuple[Symbol, ...]]) -> bool:
    if one.element is None:  # a trust policy speaks of its role
        return not any(deny.element is None for deny in live if deny is not one)
    patterns = tuple(dict.fromkeys(p for other in live for p in other.resources))
    for inner in resources:
        for matched in classes(inner, patterns):
            certain = {p for number, p in enumerate(patterns) if number in matched}
            if _may_be_on(one, inner, certain) and not any(
                _surely_on(deny, inner, certain) for deny in live if deny is not one
            ):
                return True
    return False


# -- principals ----------------------------------------------------------------------------------


class _Name(NamedTuple):
    """One value of a Principal element; of a NotPrincipal the whole element."""

    kind: str
    name: str | tuple[str, ...]


def _names(element: PrincipalElement | None) -> list[_Name | None]:
    if element is None:
        return [None]
    if element.negated:
        return [_all_but(element)]
    return [_Name(kind, name) for kind, names in element.listed.items() for name in names]


def _all_but(element: PrincipalElement) -> _Name:
    listed = (f"{kind} {name}" for kind, names in element.listed.items() for name in names)
    return _Name("Not", tuple(sorted(listed)))


def _surely_means(element: PrincipalElement | None, name: _Name | None, *, of_deny: bool) -> bool:
    """Whether a statement is meant for everybody whom a value stands for, in the same way.

    An account's name only delegates to its users, so an Allow for it covers none of theirs; a
    Deny for it does.
    """
    if element is None or name is None:
        return element is None and name is None
    if element.negated:
        return not of_deny and _all_but(element) == name
    if "*" in element.listed.get("AWS", ()):
        return True
    if name.name in element.listed.get(name.kind, ()):
        return True
    if not of_deny or name.kind != "AWS" or not isinstance(name.name, str):
        return False
    account = _account(name.name)
    return account is not None and account in map(_whole_account, element.listed.get("AWS", ()))


def _means_as_many(one: _One, other: _One) -> bool:
    """Whether a Deny statement is meant for everybody whom another one is meant for."""
    element, of_other = one.statement.principals, other.statement.principals
    if element is None or of_other is None:
        return element is of_other
    if of_other.negated:
        return _surely_means(element, _Name("AWS", "*"), of_deny=True) or (
            element.negated and _all_but(element) == _all_but(of_other)
        )
    return all(_surely_means(element, name, of_deny=True) for name in _names(of_other))


def _may_mean(element: PrincipalElement | None, name: _Name | None) -> bool:
    """Whether a statement may be meant for somebody whom a value stands for."""
    if element is None or name is None or element.negated or name.kind == "Not":
        return True
    if name.name == "*" or "*" in element.listed.get("AWS", ()):
        return True
    if name.kind != "AWS":
        return name.kind == "CanonicalUser" or bool(element.listed.get(name.kind))
    account = _account(str(name.name))
    return bool(element.listed.get("CanonicalUser")) or any(
        account is None or _account(other) in (None, account)
        for other in element.listed.get("AWS", ())
    )


def _account(principal: str) -> str | None:
    """The account of a principal's ARN or of a bare account id; None for an id of a principal."""
    if is_account_id(principal):
        return principal
    parts = principal.split(":", SEPARATORS)
    return parts[4] if len(parts) > SEPARATORS else None


def _whole_account(principal: str) -> str | None:
    """The account that a principal is the name of."""
    return _account(principal) if is_account_id(principal) or principal.endswith(":root") else None


# -- conditions ----------------------------------------------------------------------------------


def _implied(those: Iterable[_One], given: Sequence[_One]) -> bool:
    """Whether the conditions of some statements hold whenever those of all given ones do."""
    return all(
        any(
            _implies(have, wanted, one.variables, other.variables)
            for other in given
            for have in other.statement.conditions
        )
        for one in those
        for wanted in one.statement.conditions
    )


# An operator that is met only where another one, with a value that fits, is met too.
_ALSO = {
    "StringEquals": ("StringEquals", "StringLike", "StringEqualsIgnoreCase"),
    "ArnEquals": ("ArnEquals", "ArnLike"),
    "ArnLike": ("ArnEquals", "ArnLike"),
    "ArnNotEquals": ("ArnNotEquals", "ArnNotLike"),
    "ArnNotLike": ("ArnNotEquals", "ArnNotLike"),
}


def _implies(
    have: Condition, wanted: Condition, wanted_variables: bool, have_variables: bool
) -> bool:
    if have.key.lower() != wanted.key.lower() or (have.when_missing and not wanted.when_missing):
        return False
    first, second = have.operator, wanted.operator
    if first.set_operator != second.set_operator:
        return False
    if second.operator.name not in _ALSO.get(first.operator.name, (first.operator.name,)):
        return False
    same_variables = wanted_variables == have_variables

    def fits(narrow: str, wide: str) -> bool:
        if narrow == wide and (same_variables or "$" not in narrow):
            return first.operator.name == second.operator.name or not _is_pattern(wide)
        if "$" in narrow + wide:
            return False
        return _within(second.operator.name, narrow, wide)

    narrow, wide = have.expected, wanted.expected
    if first.operator.negated:  # the more is named, the less is left
        narrow, wide = wide, narrow
    return all(any(fits(one, other) for other in wide) for one in narrow)


def _is_pattern(text: str) -> bool:
    return "*" in text or "?" in text


@lru_cache(maxsize=4096)
def _within(operator: str, narrow: str, wide: str) -> bool:
    """Whether every value that matches one expectation matches the other."""
    if operator in ("StringLike", "StringNotLike"):
        if not _is_pattern(narrow):
            return compile_glob(wide).matches(narrow)
        return "$" not in narrow + wide and covers(
            resource_symbols(f"-{wide}", False), resource_symbols(f"-{narrow}", False)
        )
    if operator in ("StringEqualsIgnoreCase", "Bool"):
        return narrow.lower() == wide.lower()
    if operator in ("IpAddress", "NotIpAddress"):
        try:
            one, other = (ipaddress.ip_network(text, strict=False) for text in (narrow, wide))
        except ValueError:
            return False
        return one.version == other.version and one.subnet_of(other)  # type: ignore[arg-type]
    return False
