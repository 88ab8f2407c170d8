"""Statements that allow more than their author is likely to want."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..policy_types import PolicyType
from .reading import ConditionUse, Document, Problem, StatementView


def check(document: Document) -> Iterator[Problem]:
    if not document.grants:
        return  # a boundary or an organization's policy allows nothing by itself
    for statement in document.statements:
        if not statement.allows:
            continue
        yield from negated_elements(statement)
        if document.type is PolicyType.IDENTITY:
            yield from everything(statement)
            yield from pass_role(statement)
            yield from service_linked_role(statement)
        else:
            yield from anybody(statement)
            if document.type is PolicyType.RESOURCE:
                yield from any_customer_of(statement)


def negated_elements(statement: StatementView) -> Iterator[Problem]:
    """Allow with a Not… element: it allows what nobody has thought of yet."""
    if statement.not_action:
        yield Problem(
            "ALLOW_WITH_NOT_ACTION",
            "This allows every action but those listed, those that AWS adds next year included. "
            "List in Action what is allowed.",
            (*statement.path, "NotAction"),
            at_value=False,
        )
    if statement.not_resource:
        yield Problem(
            "ALLOW_WITH_NOT_RESOURCE",
            "This allows every resource but those listed, also ones that do not exist yet. "
            "List in Resource what is allowed.",
            (*statement.path, "NotResource"),
            at_value=False,
        )
    if statement.not_principal:
        yield Problem(
            "ALLOW_WITH_NOT_PRINCIPAL",
            "This allows everybody but those listed, anonymous requests included. "
            "Name in Principal who is allowed.",
            (*statement.path, "NotPrincipal"),
            at_value=False,
        )


def everything(statement: StatementView) -> Iterator[Problem]:
    """Every action on every resource."""
    if statement.not_action or not statement.whole_resource:
        return
    for value in statement.actions:
        if value.text in ("*", "*:*"):
            yield Problem(
                "FULL_ADMINISTRATOR_ACCESS",
                "Every action on every resource: whoever has this policy can do all that the "
                "account can. It is meant for administrators.",
                value.path,
            )
            return


def _breadth(statement: StatementView, action: str) -> tuple[str, str] | None:
    """How a statement speaks of an action (by name, by wildcard, by NotAction) and of how many
    resources, as the two halves of an issue's code; None where it names its resources."""
    if not statement.speaks_of(action):
        return None
    if statement.not_resource:
        width = "NOT_RESOURCE"
    elif statement.whole_resource:
        width = "STAR_IN_RESOURCE"
    else:
        return None
    named = any(value.text.lower() == action.lower() for value in statement.actions)
    return ("NOT_ACTION" if statement.not_action else "NAME" if named else "STAR"), width


_SUFFIX = {
    ("NAME", "STAR_IN_RESOURCE"): "STAR_IN_RESOURCE",
    ("NAME", "NOT_RESOURCE"): "NOT_RESOURCE",
    ("STAR", "STAR_IN_RESOURCE"): "STAR_IN_ACTION_AND_RESOURCE",
    ("STAR", "NOT_RESOURCE"): "STAR_IN_ACTION_AND_NOT_RESOURCE",
    ("NOT_ACTION", "STAR_IN_RESOURCE"): "STAR_IN_RESOURCE_AND_NOT_ACTION",
    ("NOT_ACTION", "NOT_RESOURCE"): "NOT_ACTION_AND_NOT_RESOURCE",
}


def _has_key(statement: StatementView, key: str) -> bool:
    return any(use.folded_key == key and not use.operator.if_exists for use in statement.conditions)


def pass_role(statement: StatementView) -> Iterator[Problem]:
    """iam:PassRole on all roles: whoever has it can have any role that the account trusts a
    service with, an administrator's included."""
    breadth = _breadth(statement, "iam:PassRole")
    if breadth is None or _has_key(statement, "iam:passedtoservice"):
        return
    yield Problem(
        f"PASS_ROLE_WITH_{_SUFFIX[breadth]}",
        "This allows iam:PassRole on every role, so a service can be given a role that may do "
        "more than the caller. Name the roles, or add a condition on iam:PassedToService.",
        _place_of(statement, "iam:PassRole"),
    )


def service_linked_role(statement: StatementView) -> Iterator[Problem]:
    """iam:CreateServiceLinkedRole for every service."""
    breadth = _breadth(statement, "iam:CreateServiceLinkedRole")
    if breadth is None or _has_key(statement, "iam:awsservicename"):
        return
    yield Problem(
        f"CREATE_SLR_WITH_{_SUFFIX[breadth]}",
        "This allows iam:CreateServiceLinkedRole for every service. Name the roles "
        "(arn:aws:iam::*:role/aws-service-role/SERVICE/*), or add a condition on "
        "iam:AWSServiceName.",
        _place_of(statement, "iam:CreateServiceLinkedRole"),
    )


def _place_of(statement: StatementView, action: str) -> tuple[str | int, ...]:
    from ..catalogue import expand

    if not statement.not_action:
        for value in statement.actions:
            if action in expand(value.text):
                return value.path
    return (*statement.path, statement.action_name)


# -- who -----------------------------------------------------------------------------------------


def anybody(statement: StatementView) -> Iterator[Problem]:
    """Everybody in the world, without any condition."""
    if statement.not_principal or statement.conditions:
        return
    principal: Any = statement.principal
    listed = principal.get("AWS", ()) if isinstance(principal, dict) else principal
    if "*" in ([listed] if isinstance(listed, str) else listed):
        yield Problem(
            "PUBLIC_PRINCIPAL",
            "This allows everybody, also people without an AWS account. Name who is allowed, or "
            "add a condition such as aws:PrincipalOrgID.",
            (*statement.path, "Principal"),
        )


_FOR_WHOM = frozenset(
    {
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:principalorgid",
        "aws:resourceaccount",
        "aws:resourceorgid",
    }
)


def any_customer_of(statement: StatementView) -> Iterator[Problem]:
    """A service as principal, whichever customer's account it acts for.

    AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    principal: Any = statement.principal
    if statement.not_principal or not isinstance(principal, dict) or "Service" not in principal:
        return
    if any(_restricts(use) for use in statement.conditions):
        return
    yield Problem(
        "RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL",
        "The service may act here for any of its customers. Add a condition on aws:SourceArn, "
        "aws:SourceAccount or aws:SourceOrgID that names yours.",
        (*statement.path, "Principal", "Service"),
    )


def _restricts(use: ConditionUse) -> bool:
    return use.folded_key in _FOR_WHOM and use.family in ("String", "Arn")
