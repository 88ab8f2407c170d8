"""From a call and its service's table to the questions for the policy engine."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from helpers.lab import seam_resources
from helpers.lab.authorization import catalogue
from helpers.lab.authorization.paths import value, values
from helpers.lab.authorization.requirement import Requirement, Source
from helpers.lab.authorization.table import Ask, By, Key, Site, Table
from helpers.lab.authorization.tags import request_tags
from helpers.lab.seam_resources import Stored

_VARIABLE = re.compile(r"\$\{(\w+)\}")

# Variables of ARN templates that the place of the call fills in; names fill the rest.
_PLACE = frozenset({"Partition", "Region", "Account", "ManagementAccountId"})


_OF_REQUEST = frozenset({"aws:requesttag/${tagkey}", "aws:tagkeys"})


@dataclass(frozen=True, slots=True)
class _Kind:
    """A type of resource that an action works on: its ARN template, split at the variables
    (texts and names in turn), and the parameters that name one."""

    pieces: tuple[str, ...]
    named: tuple[By, ...]
    in_table: bool


@dataclass(frozen=True, slots=True)
class _Question:
    """What is the same for all calls of an operation, worked out once."""

    action: str
    ask: Ask
    kinds: tuple[_Kind, ...]
    keys: tuple[tuple[str, Key], ...]
    listed: frozenset[str]
    source: Source

    @property
    def takes_tags(self) -> bool:
        return bool(self.listed & _OF_REQUEST)


def requirements(site: Site, table: Table, prefix: str) -> Iterator[Requirement]:
    """What a call needs, by its service's table and AWS's reference."""
    questions = _questions(_Tabled(table, prefix), site.call.operation)
    asked = [question for question in questions if _applies(site, question.ask.when)]
    # A call that fits no row is asked about all the same: nothing goes by unasked.
    for question in asked or questions[:1]:
        yield from _asked(site, question, table, prefix)


def _applies(site: Site, when: Any) -> bool:
    if when is None:
        return True
    return bool(when(site) if callable(when) else values(site.parameters, when))


def _asked(site: Site, question: _Question, table: Table, prefix: str) -> Iterator[Requirement]:
    tags: dict[str, Any] = {}
    if question.takes_tags:
        tags = request_tags(site.call.operation, site.parameters)
    resources = _resources(site, question, prefix)
    for arn in resources:
        shown = table.shown(site, arn) if table.shown is not None else None
        stored = _stored(site, table, prefix, arn)
        need = _requirement(site, question, arn, tags, stored, shown)
        yield replace(need, resource_account=None) if table.of_organization else need
    if not resources:
        arn = _nowhere(site, table.nowhere)
        yield _requirement(site, question, arn, tags, None, "" if table.silent else None)


def _stored(site: Site, table: Table, prefix: str, arn: str) -> Stored | None:
    """What is kept of a resource: by the lab for a service of its own, else by moto."""
    if table.about is not None and arn.startswith(f"arn:aws:{prefix}:"):
        return table.about(site, arn)
    return seam_resources.stored(arn)


def named_resource(site: Site, table: Table, prefix: str) -> str | None:
    """The ARN of the first resource that a call names; ``None`` where it names none."""
    for question in _questions(_Tabled(table, prefix), site.call.operation):
        for arn in _resources(site, question, prefix):
            return arn
    return None


# -- what is the same for all calls of an operation ------------------------------------------


class _Tabled:
    """A table with the prefix of its service's actions; equal to itself alone, so that what was
    worked out for it can be kept."""

    __slots__ = ("prefix", "table")

    def __init__(self, table: Table, prefix: str) -> None:
        self.table, self.prefix = table, prefix

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Tabled) and other.table is self.table and other.prefix == self.prefix
        )

    def __hash__(self) -> int:
        return hash((id(self.table), self.prefix))


@functools.lru_cache(maxsize=4096)
def _questions(tabled: _Tabled, operation: str) -> tuple[_Question, ...]:
    table, prefix = tabled.table, tabled.prefix
    asks = (*table.rows.get(operation, (Ask(operation),)), *table.also.get(operation, ()))
    in_row = operation in table.rows
    return tuple(_question(ask, table, prefix, in_row) for ask in asks)


def _question(ask: Ask, table: Table, own_prefix: str, in_row: bool) -> _Question:
    action = ask.action if ":" in ask.action else f"{own_prefix}:{ask.action}"
    prefix = action.partition(":")[0]
    known = catalogue.action(action)
    kinds = tuple(_kinds(ask, table, prefix, known.resource_types if known else ()))
    listed = {key.lower() for key in known.condition_keys} if known else set()
    keys = [(key, source) for key, source in table.keys.items() if key.lower() in listed]
    if known is None:
        source = Source.TABLE if in_row else Source.NAME
    else:
        in_table = in_row or any(kind.in_table for kind in kinds)
        source = Source.TABLE if in_table else Source.REFERENCE
    return _Question(
        action=action,
        ask=ask,
        kinds=kinds,
        keys=(*keys, *ask.context.items()),
        listed=frozenset(listed),
        source=source,
    )


def _kinds(ask: Ask, table: Table, prefix: str, listed: tuple[str, ...]) -> Iterator[_Kind]:
    if ask.on is not None:
        for name, by in ask.on.items():
            yield _kind(prefix, name, by if isinstance(by, tuple) else (by,))
        return
    for name in listed:
        yield _kind(prefix, name, table.resources.get(name))


def _kind(prefix: str, name: str, named: tuple[By, ...] | None) -> _Kind:
    template = catalogue.arn_template(prefix, name) or "*"
    return _Kind(tuple(_VARIABLE.split(template)), named or (), named is not None)


# -- the resources of a call -------------------------------------------------------------------


def _resources(site: Site, question: _Question, prefix: str) -> list[str]:
    """The ARNs of what a call works on, each once."""
    found: dict[str, None] = {}
    for kind in question.kinds:
        named = kind.named if kind.in_table else _guessed(site, kind, prefix)
        for by in named:
            arns = _named(site, kind, by)
            if arns:
                found.update(dict.fromkeys(arns))
                break
    return list(found)


def _named(site: Site, kind: _Kind, by: By) -> list[str]:
    if not by.paths:
        arn = by.read(site, "") if by.read is not None else _fill(site, kind.pieces, ())
        return arn if isinstance(arn, list) else [] if arn is None else [arn]
    others = [value(site.parameters, path) for path in by.paths[1:]]
    if None in others:
        return []
    arns = []
    for name in values(site.parameters, by.paths[0]):
        if not isinstance(name, str | bytes):
            continue
        read = by.read(site, name) if by.read is not None else name
        for one in read if isinstance(read, list) else [read]:
            if one is not None:
                arns.append(_fill(site, kind.pieces, (str(one), *map(str, others))))
    return arns


def _fill(site: Site, pieces: tuple[str, ...], names: tuple[str, ...]) -> str:
    """An ARN from a template's pieces; ``*`` where no name is left for a variable. The first
    name may be a whole ARN already."""
    whole = bool(names) and names[0].startswith("arn:")
    if whole and len(names) == 1:
        return names[0]
    left = iter(names)
    arn = "" if whole else pieces[0]
    place = _place(site)
    for variable, text in zip(pieces[1::2], pieces[2::2], strict=True):
        if variable not in _PLACE:
            arn += next(left, "*") + text
        elif not whole:
            arn += place[variable] + text
    return arn


def _place(site: Site) -> dict[str, str]:
    account = site.account_id
    region = site.call.region
    return {
        "Partition": "aws",
        "Region": region,
        "Account": account,
        "ManagementAccountId": account,
    }


def _guessed(site: Site, kind: _Kind, prefix: str) -> tuple[By, ...]:
    """For a type that no table knows: parameters called as the template's variables, one that
    holds an ARN of the type, or the plain name that the operation cannot do without."""
    variables = [name for name in kind.pieces[1::2] if name not in _PLACE]
    parameters = {_stem(name): name for name, held in site.parameters.items() if held}
    paths = [parameters.get(_stem(variable)) for variable in variables]
    found = []
    if paths and paths[0] is not None:
        known = paths.index(None) if None in paths else len(paths)
        found.append(By(*(path for path in paths[:known] if path is not None)))
    shape = _shape(kind.pieces)
    for name, held in site.parameters.items():
        items = held if isinstance(held, list) else [held]
        if items and all(isinstance(item, str) and shape.fullmatch(item) for item in items):
            found.append(By(f"{name}[]" if isinstance(held, list) else name))
    needed = _needed(site)
    if len(variables) == len(needed) == 1 and not _stem(needed[0]):
        found.append(By(needed[0]))
    return tuple(found)


_ENDINGS = re.compile(r"(?:name|id|identifier)$")


def _stem(name: str) -> str:
    """What a parameter or a variable is about: "dbinstance" of DBInstanceIdentifier and of
    DbInstanceName; nothing of a plain Name."""
    return _ENDINGS.sub("", name.lower())


def _needed(site: Site) -> list[str]:
    """The parameters that an operation cannot do without."""
    model = getattr(site.call, "model", None)
    shape = getattr(model, "input_shape", None)
    return list(shape.required_members) if shape is not None else []


@functools.lru_cache(maxsize=1024)
def _shape(pieces: tuple[str, ...]) -> re.Pattern[str]:
    """ARNs of a template."""
    return re.compile(".*".join(map(re.escape, pieces[::2])), re.DOTALL)


def _nowhere(site: Site, template: str) -> str:
    if template == "*":
        return "*"
    place = {**_place(site), "Operation": site.call.operation}
    return _VARIABLE.sub(lambda match: place[match[1]], template)


# -- one requirement ---------------------------------------------------------------------------


def _requirement(
    site: Site,
    question: _Question,
    arn: str,
    tags: Mapping[str, Any],
    stored: Stored | None,
    shown: str | None,
) -> Requirement:
    service = arn.split(":", 3)[2] if arn.startswith("arn:") else ""
    context: dict[str, Any] = dict(tags)
    if stored is not None:
        context |= {k: v for k, v in stored.keys.items() if k.lower() in question.listed}
        for key, tag in stored.tags.items():
            for form in _TAG_KEYS.get(service, ("aws:ResourceTag/",)):
                context[form + key] = tag
    for key, source in question.keys:
        found = source(site, arn) if callable(source) else _values(site, source)
        if isinstance(found, Mapping):  # a key of which the caller chose a part
            stem = key.partition("${")[0]
            context.update({stem + name: part for name, part in found.items()})
        elif found is not None and found != []:
            context[key] = found
    return Requirement(
        action=question.action,
        resource=arn,
        context=context,
        resource_policy=(stored.policies or None) if stored is not None else None,
        resource_account=account_in(arn),
        source=question.source,
        shown=shown,
        sentence=question.ask.sentence,
    )


# Services that have a key of their own for the tags on a resource, beside the global one.
_TAG_KEYS = {
    "iam": ("aws:ResourceTag/", "iam:ResourceTag/"),
    "secretsmanager": ("aws:ResourceTag/", "secretsmanager:ResourceTag/"),
    "ssm": ("aws:ResourceTag/", "ssm:resourceTag/"),
}


def _values(site: Site, path: str) -> Any:
    """What stands at the path of a condition key: one value, or a list where the path says so."""
    found = values(site.parameters, path)
    if path.endswith(("[]", "{}")) or "[]." in path:
        return found
    return found[0] if found else None


def account_in(arn: str) -> str | None:
    """The account in an ARN."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 and len(parts[4]) == 12 and parts[4].isdigit() else None
