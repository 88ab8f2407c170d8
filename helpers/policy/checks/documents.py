"""The document as a whole: its version, its variables, its size, statements that say it twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .. import catalogue
from ..document import VERSIONS, policy_size
from ..errors import quoted
from ..globs import action_covers, resource_covers
from ..policy_types import PolicyType
from .reading import Document, Problem, StatementView, Value

IDENTITY_QUOTA = 6144
"""Characters of a managed policy, white space not counted.
AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


def check(document: Document) -> Iterator[Problem]:
    yield from version(document)
    yield from size(document)
    for statement in document.statements:
        yield from empty(statement)
        for value in _texts(statement):
            yield from variables(value, document)
        yield from deleted_principals(statement)
    yield from redundant(document)


def version(document: Document) -> Iterator[Problem]:
    """No Version: the old one then counts."""
    if "Version" not in document.data:
        yield Problem(
            "MISSING_VERSION",
            f"Without Version the rules of {VERSIONS[1]} count, which know no policy variables. "
            f'Write "Version": "{VERSIONS[0]}".',
            (),
        )


def size(document: Document) -> Iterator[Problem]:
    """More characters than a managed policy may have."""
    if document.type not in (PolicyType.IDENTITY, PolicyType.BOUNDARY):
        return
    found = policy_size(document.data)
    if found > IDENTITY_QUOTA:
        yield Problem(
            "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA",
            f"The policy has {found:,} characters without white space; a managed policy has "
            f"{IDENTITY_QUOTA:,} at most.",
            (),
        )


def empty(statement: StatementView) -> Iterator[Problem]:
    """Elements that are there and say nothing."""
    if statement.sid == "":
        yield Problem(
            "EMPTY_SID_VALUE",
            "The Sid is empty: fill it or leave it out.",
            (*statement.path, "Sid"),
        )
    data = statement.data
    if "Condition" in data and not statement.conditions:
        yield Problem(
            "EMPTY_OBJECT_CONDITION",
            "The Condition is empty and always holds: fill it or leave it out.",
            (*statement.path, "Condition"),
        )


# -- variables -----------------------------------------------------------------------------------

_WHOLE = re.compile(r"\$\{([^{}]*)\}")
_WITH_DEFAULT = re.compile(r"([^,']*?)\s*(?:,\s*'[^']*')?")


def _texts(statement: StatementView) -> Iterator[Value]:
    yield from statement.resources
    for use in statement.conditions:
        if use.family in ("String", "Arn"):
            yield from use.values


def variables(value: Value, document: Document) -> Iterator[Problem]:
    """Policy variables that are none."""
    if "${" not in value.text:
        return
    if not document.variables:
        yield Problem(
            "VARIABLE_UNSUPPORTED_IN_VERSION",
            f"{quoted(value.text)} holds a policy variable, which this version takes for plain "
            f'text. Write "Version": "{VERSIONS[0]}".',
            value.path,
        )
        return
    found = _WHOLE.findall(value.text)
    if value.text.count("${") > len(found):
        yield Problem(
            "MISSING_BRACE_IN_VARIABLE",
            f"A policy variable in {quoted(value.text)} lacks its closing brace, so it is plain "
            "text.",
            value.path,
        )
    for inner in found:
        if inner in ("*", "?", "$"):
            continue
        if not inner.strip():
            yield Problem("EMPTY_VARIABLE", "${} names no condition key.", value.path)
            continue
        match = _WITH_DEFAULT.fullmatch(inner)
        key = match[1] if match else inner
        if inner[0].isspace() or key != key.strip() or " " in key.partition("/")[0]:
            yield Problem(
                "UNSUPPORTED_SPACE_IN_VARIABLE",
                f"Spaces in the policy variable {quoted('${' + inner + '}')} become part of its "
                "name.",
                value.path,
            )
        elif not (catalogue.condition_key(key) or catalogue.is_of_identity_provider(key)):
            close = catalogue.nearest_condition_key(key)
            meant = f' Did you mean "${{{close}}}"?' if close else ""
            yield Problem(
                "UNKNOWN_VARIABLE",
                f"No request has {quoted(key)}, so this matches nothing.{meant}",
                value.path,
            )


# -- principals ----------------------------------------------------------------------------------

_IDS = {"AIDA": ("INVALID_USER_REFERENCE", "user"), "AROA": ("INVALID_ROLE_REFERENCE", "role")}


def deleted_principals(statement: StatementView) -> Iterator[Problem]:
    """Ids of users and roles, which IAM puts in the place of an ARN when it is deleted."""
    principal: Any = statement.principal
    listed = principal.get("AWS", ()) if isinstance(principal, dict) else ()
    name = "NotPrincipal" if statement.not_principal else "Principal"
    path = (*statement.path, name, "AWS")
    many = isinstance(listed, list)
    for index, text in enumerate(listed if many else [listed] if listed else []):
        if str(text)[:4] in _IDS:
            code, kind = _IDS[str(text)[:4]]
            yield Problem(
                code,
                f"{quoted(str(text))} is a {kind}'s id, not its ARN; IAM writes ids where a {kind} "
                "was deleted.",
                (*path, index) if many else path,
            )


# -- statements beside each other ----------------------------------------------------------------


def redundant(document: Document) -> Iterator[Problem]:
    """A statement that another one of the same effect covers."""
    statements = document.statements
    for index, inner in enumerate(statements):
        for other, outer in enumerate(statements):
            if other == index or not _covers(outer, inner, document.variables):
                continue
            if other > index and _covers(inner, outer, document.variables):
                continue  # they mean the same: the first one stays
            yield Problem(
                "REDUNDANT_STATEMENT",
                f"Statement no. {other + 1} says all that this one does.",
                inner.path,
            )
            break


def _covers(outer: StatementView, inner: StatementView, variables: bool) -> bool:
    if outer.effect != inner.effect or outer.principal != inner.principal:
        return False
    if outer.not_principal != inner.not_principal:
        return False
    if outer.conditions and outer.data["Condition"] != inner.data.get("Condition"):
        return False
    if (outer.not_action, outer.not_resource) != (inner.not_action, inner.not_resource):
        return False
    # Of Not… elements the shorter list covers the longer one.
    wide, narrow = (inner, outer) if outer.not_action else (outer, inner)
    if not all(any(action_covers(a.text, b.text) for a in wide.actions) for b in narrow.actions):
        return False
    wide, narrow = (inner, outer) if outer.not_resource else (outer, inner)
    return all(
        any(resource_covers(a.text, b.text, variables, variables) for a in wide.resources)
        for b in narrow.resources
    )
