"""What a member's policies speak of: which statements are about an action, and on which resources.

What no Allow statement speaks of needs not be asked of the engine.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from helpers.analysis.permissions.account_parts import AccountParts, parsed
from helpers.analysis.permissions.entities import ALLOWS_NOTHING
from helpers.policy import Policies, PolicyType, Statement, catalogue
from helpers.policy.variables import Context
from helpers.policy.when_allowed import replaced

Named = tuple[str, str]
"""A policy: what it is called, and its document."""


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


def free(
    identity: tuple[Named, ...], actions: tuple[str, ...], parts: AccountParts, known: Context
) -> Iterator[tuple[list[str], list[str]]]:
    """For each type of resource that actions need: ARNs that somebody may choose, and which
    actions are on that one."""
    on: dict[str, list[str]] = {}
    for action in actions:
        service = action.partition(":")[0]
        types = [kind.name for kind in catalogue.used_types(action) if kind.required]
        if not types:
            yield ["*"], [action]
        for name in types:
            template = catalogue.arn_template(service, name) or "*"
            on.setdefault(template, []).append(action)
    for template, together in on.items():
        shape = re.compile(re.sub(r"\\\$\\\{[^}]*\\\}", ".*", re.escape(template)))
        named = [
            arn
            for statement, _ in compiled(identity, None).identity.allows
            if statement.resources is not None
            and any(statement.actions.matches(action.lower()) for action in together)
            for pattern in statement.resources.patterns
            for arn in (replaced(pattern, known).replace("*", "x").replace("?", "x"),)
            if shape.fullmatch(arn)
        ]
        chosen = _filled(template, parts)
        yield list(dict.fromkeys([chosen, *(_settled(arn, parts) for arn in named)])), together


def _filled(template: str, parts: AccountParts) -> str:
    known = {"Partition": parts.partition, "Region": "us-east-1", "Account": parts.account}
    return re.sub(r"\$\{(\w+)\}", lambda found: known.get(found[1], "x"), template)


def _settled(arn: str, account: AccountParts) -> str:
    """An ARN made of a pattern, with a partition, Region and account that there are."""
    parts = arn.split(":", 5)
    if len(parts) == 6:
        parts[1] = account.partition
        parts[3] = "us-east-1" if "x" in parts[3] and "-" not in parts[3] else parts[3]
        parts[4] = account.account if parts[4] == "x" else parts[4]
    return ":".join(parts)
