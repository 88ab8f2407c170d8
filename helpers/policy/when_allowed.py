"""Under which circumstances would a request be allowed?

A policy may ask for what nobody knows beforehand: MFA, an external id, an address. Here such
condition keys are open. Values are tried for them, taken from the policies' own conditions, until
the engine allows the request, or all are through. Nothing is allowed but by :func:`.evaluate`, of a
request that can be made.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
"""

from __future__ import annotations

import datetime
import heapq
import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from itertools import count, product
from typing import NamedTuple

from .conditions import Condition
from .conditions.values import read_date, read_number
from .decision import EXPLICIT_DENY, Decision
from .evaluation import evaluate
from .policies import Layer, Policies
from .policy_types import PolicyType
from .requests import Request
from .statements import Statement
from .variables import Escape, parse_variables

MOST_TRIALS = 300
"""How many requests are judged before the answer is that nobody can tell."""

MOST_COMPARISONS = 300_000
"""How many values are compared for one key before the answer is the same."""

MFA, MFA_AGE = "aws:multifactorauthpresent", "aws:multifactorauthage"

Values = tuple[str, ...]
Given = Mapping[str, Values]


class TooManyConditions(Exception):
    """The conditions are too many, or too much entangled, to be tried."""


class WhenAllowed(NamedTuple):
    """A request that is allowed, and what it needs for that.

    Attributes:
        decision: The engine's decision, of the request with the keys that it needs.
        given: The open keys that were given a value, in lower case.
        conditions: What they are for, in words; empty where the request needs nothing.
    """

    decision: Decision
    given: Given
    conditions: tuple[str, ...]


def when_allowed(
    request: Request,
    policies: Policies,
    closed: Callable[[str], bool] = lambda key: False,
    possible: Callable[[str, Values], bool] = lambda key, values: True,
) -> WhenAllowed | None:
    """The least that a request needs to be allowed; ``None``: nothing allows it.

    The keys that the request carries are facts. All others are open, and missing to begin with;
    ``closed`` says of a key (in lower case) that it is missing for certain, ``possible`` whether
    it can have these values. Fewer keys are tried before more; of the values of one key, those
    that make a difference to the policies.

    Raises:
        TooManyConditions: ``MOST_TRIALS`` requests did not tell, or a key has too many values.

    >>> policies = Policies(identity=[{"Version": "2012-10-17", "Statement": {
    ...     "Effect": "Allow", "Action": "iam:*", "Resource": "*",
    ...     "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}}])
    >>> ann = "arn:aws:iam::111122223333:user/ann"
    >>> when_allowed(Request("iam:ListUsers", "*", ann), policies).conditions
    ('with MFA',)
    >>> when_allowed(Request("s3:ListAllMyBuckets", "*", ann), policies) is None
    True
    """
    decision = evaluate(request, policies)
    if decision.allowed:
        return WhenAllowed(decision, {}, ())
    return _Search(request, policies, closed, possible).run(decision)


class _Search:
    """Requests with more and more keys, until one is allowed."""

    def __init__(
        self,
        request: Request,
        policies: Policies,
        closed: Callable[[str], bool],
        possible: Callable[[str, Values], bool],
    ) -> None:
        self._request, self._policies = request, policies
        self._closed, self._possible = closed, possible
        self._facts = request.folded_context
        self._values_of: dict[str, list[Values]] = {}

    def run(self, first: Decision) -> WhenAllowed | None:
        order = count()
        waiting = [(0, next(order), dict[str, Values](), first)]
        seen: set[frozenset[tuple[str, Values]]] = {frozenset()}
        while waiting:
            _, _, given, decision = heapq.heappop(waiting)
            if decision.allowed:
                return WhenAllowed(decision, given, tuple(dict.fromkeys(self._words(given))))
            for more in self._next(given, decision):
                key = frozenset(more.items())
                if key in seen:
                    continue
                if len(seen) >= MOST_TRIALS:
                    raise TooManyConditions
                seen.add(key)
                found = evaluate(self._with(more), self._policies)
                heapq.heappush(waiting, (len(more), next(order), more, found))
        return None

    def _with(self, given: Given) -> Request:
        asked, context = self._request, {**self._facts, **given}
        parts = asked.action, asked.resource, asked.principal
        return Request(*parts, context, asked.resource_account)

    # -- what would help ---------------------------------------------------------------------

    def _next(self, given: Given, decision: Decision) -> Iterator[dict[str, Values]]:
        context = {**self._facts, **given}
        if decision.effect == EXPLICIT_DENY:
            (statement,) = decision.statements
            for condition in statement.conditions:
                yield from self._filled(given, [condition], holds=False)
            return
        for layer in self._lacking(decision):
            for statement, _ in layer.allows:
                missed = [one for one in statement.conditions if not one.matches(context)]
                if missed and self._speaks(statement, context):
                    keys = {one.key.lower() for one in missed}
                    asked = [one for one in statement.conditions if one.key.lower() in keys]
                    yield from self._filled(given, asked, holds=True)

    def _lacking(self, decision: Decision) -> Iterator[Layer]:
        """The layers of which one more Allow may help."""
        policies = self._policies
        if decision.lacking is PolicyType.IDENTITY:
            yield policies.identity
        elif decision.lacking is PolicyType.BOUNDARY and policies.boundary is not None:
            yield policies.boundary
        elif decision.lacking is PolicyType.SESSION and policies.session is not None:
            yield policies.session
        yield from (each for each in policies.service_control + policies.resource_control)
        yield policies.resource  # its Allow may do alone, whatever is lacking

    def _speaks(self, statement: Statement, context: Given) -> bool:
        """Whether a statement is about the request, whatever its conditions say."""
        request, resources, principals = self._request, statement.resources, statement.principals
        if not statement.actions.matches(request.folded_action):
            return False
        if resources is not None and not resources.matches(request.resource, context):
            return False
        if principals is None:
            return True
        if statement.effect == "Allow":
            return bool(principals.grants(request.caller))
        return principals.denies(request.caller, has_boundary=self._policies.boundary is not None)

    def _filled(
        self, given: Given, conditions: list[Condition], *, holds: bool
    ) -> Iterator[dict[str, Values]]:
        """What is given, with values for these conditions' keys so that all of them hold, or so
        that none does."""
        by_key: dict[str, list[Condition]] = {}
        for condition in conditions:
            by_key.setdefault(condition.key.lower(), []).append(condition)
        if any(key in self._facts or key in given or self._closed(key) for key in by_key):
            return
        choices = [
            [
                (key, values)
                for values in self._values(key)
                if all(
                    one.matches({**self._facts, **given, key: values}) is holds for one in of_key
                )
            ]
            for key, of_key in by_key.items()
        ]
        for chosen in product(*choices):
            more = {**given, **dict(chosen)}
            if MFA_AGE in more and more.setdefault(MFA, ("true",)) != ("true",):
                continue  # there is no age of what was not used
            if MFA not in self._facts or MFA_AGE not in more:
                yield more

    def _conditions(self) -> Iterator[tuple[Statement, Condition]]:
        for layer in self._policies.layers:
            for statement, _ in (*layer.allows, *layer.denies):
                for condition in statement.conditions:
                    yield statement, condition

    @cached_property
    def _by_key(self) -> dict[str, tuple[Condition, ...]]:
        """The conditions on each key."""
        found: dict[str, list[Condition]] = {}
        for _, condition in self._conditions():
            found.setdefault(condition.key.lower(), []).append(condition)
        return {key: tuple(dict.fromkeys(of_key)) for key, of_key in found.items()}

    def _values(self, key: str) -> list[Values]:
        """Values of a key that it can have, one for each way in which the policies' conditions
        answer it."""
        if key not in self._values_of:
            conditions = self._by_key[key]
            if any("${" in text for one in conditions for text in one.expected):
                values = _answering(key, conditions, self._facts)
            else:  # then it is the same for everybody
                values = _answering_all(key, conditions)
            found: dict[tuple[bool, ...], Values] = {}
            for answers, each in values:
                if answers not in found and self._possible(key, each):
                    found[answers] = each
            self._values_of[key] = list(found.values())
        return self._values_of[key]

    # -- in words ----------------------------------------------------------------------------

    def _words(self, given: Given) -> Iterator[str]:
        context = {**self._facts, **given}
        if given.get(MFA) == ("true",):
            yield "with MFA"
        for key, values in given.items():
            if key == MFA and values == ("true",):
                continue
            without = {name: value for name, value in context.items() if name != key}
            yield next(self._told(key, context, without), f"{key} is {', '.join(values)}")

    def _told(self, key: str, context: Given, without: Given) -> Iterator[str]:
        """What a key's value is for: an Allow that applies by it alone, a Deny that does not."""
        for statement in dict.fromkeys(statement for statement, _ in self._conditions()):
            now, then = (
                all(one.matches(each) for one in statement.conditions)
                for each in (context, without)
            )
            allows = statement.effect == "Allow"
            if now is then or now is not allows or not self._speaks(statement, context):
                continue
            of_key = [one for one in statement.conditions if one.key.lower() == key]
            of_key = [one for one in of_key if one.matches(context) is allows]
            # "there" is the least that can be asked: where more is asked, that is told.
            of_key.sort(key=lambda one: one.operator.operator.name == "Null")
            yield from (words_of(one, holds=allows) for one in of_key)


_WORDS = {
    "IpAddress": ("in", "not in"),
    "StringLike": ("is like", "is not like"),
    "ArnLike": ("is like", "is not like"),
    "ArnEquals": ("is like", "is not like"),
    "NumericLessThan": ("<", ">="),
    "NumericLessThanEquals": ("<=", ">"),
    "NumericGreaterThan": (">", "<="),
    "NumericGreaterThanEquals": (">=", "<"),
    "DateLessThan": ("before", "not before"),
    "DateLessThanEquals": ("not after", "after"),
    "DateGreaterThan": ("after", "not after"),
    "DateGreaterThanEquals": ("not before", "before"),
}
"""How an operator reads where its condition holds, and where it does not."""


def words_of(condition: Condition, *, holds: bool = True) -> str:
    """A condition as people say it, or its opposite.

    >>> from .conditions import make_condition, parse_operator
    >>> office = make_condition(parse_operator("NotIpAddress"), "aws:SourceIp", ["203.0.113.0/24"])
    >>> words_of(office), words_of(office, holds=False)
    ('aws:SourceIp not in 203.0.113.0/24', 'aws:SourceIp in 203.0.113.0/24')
    """
    name, positive = condition.operator.operator.name, holds
    if condition.operator.operator.negated:
        name, positive = name.replace("Not", ""), not holds
    if name == "Null":
        return f"{condition.key} is {'missing' if condition.when_missing is holds else 'there'}"
    words = _WORDS.get(name, ("is", "is not"))
    return f"{condition.key} {words[not positive]} {' or '.join(condition.expected)}"


# -- values to try -------------------------------------------------------------------------------

_NOBODYS = ("203.0.113.77", "198.51.100.77", "192.0.2.77", "2001:db8::77")
"""Addresses kept for documentation, to be outside of whatever range a policy names.
https://www.rfc-editor.org/rfc/rfc5737"""

_ANOTHER = "some-other-value"


Answering = list[tuple[tuple[bool, ...], Values]]
"""Values, each with what some conditions say to it."""


def _answering(key: str, conditions: tuple[Condition, ...], facts: Given) -> Answering:
    """Values to try for a key."""
    singles = dict.fromkeys(
        (replaced(text, facts),)
        for one in conditions
        for text in _of_values(one.expected, one.operator.operator.name)
    )
    together = [one.expected for one in conditions if one.operator.set_operator is not None]
    to_try = [*singles, *filter(None, together)]
    if len(to_try) * sum(len(one.expected) for one in conditions) > MOST_COMPARISONS:
        raise TooManyConditions
    return [
        (tuple(one.matches({**facts, key: values}) for one in conditions), values)
        for values in to_try
    ]


@lru_cache(maxsize=256)
def _answering_all(key: str, conditions: tuple[Condition, ...]) -> Answering:
    return _answering(key, conditions, {})


def replaced(text: str, facts: Given) -> str:
    """A value with the policy variables in it replaced by what is known."""
    if "${" not in text:
        return text
    return "".join(
        part
        if isinstance(part, str)
        else part.character
        if isinstance(part, Escape)
        else part.value(facts) or ""
        for part in parse_variables(text)
    )


@lru_cache(maxsize=2048)
def _of_values(expected: Values, name: str) -> Values:
    if name in ("Null", "Bool"):
        return "true", "false"
    if name in ("IpAddress", "NotIpAddress"):
        return (*(each for text in expected for each in _addresses(text)), *_NOBODYS)
    if name.startswith("Numeric"):
        numbers = [number for text in expected if (number := read_number(text)) is not None]
        return tuple(format(number + step, "f") for number in numbers for step in (0, -1, 1))
    if name.startswith("Date"):
        return tuple(_dates(expected))
    # A text as it is, for where * is no wildcard, and with something in place of its wildcards.
    filled = (text.replace("*", part).replace("?", "x") for text in expected for part in ("", "x"))
    return (*expected, *filled, _ANOTHER)


def _addresses(text: str) -> Iterator[str]:
    """The first and the last address of a range, and those beside it: of two ranges that overlap,
    one of these is in the one alone."""
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return
    first, last = int(network[0]), int(network[-1])
    for number in dict.fromkeys((first, last, last + 1, first - 1)):
        if 0 <= number < 1 << network.max_prefixlen:
            yield str(type(network[0])(number))


def _dates(expected: Iterable[str]) -> Iterator[str]:
    for text in expected:
        if (found := read_date(text)) is None:
            continue
        for step in (0, -86_400, 86_400):
            try:
                when = datetime.datetime.fromtimestamp(found[0] + step, datetime.UTC)
            except (ValueError, OverflowError, OSError):
                continue
            yield when.strftime("%Y-%m-%dT%H:%M:%SZ")
