"""Who outside may reach a resource: external access that its policy or access list grants.

A zone of trust is an account or an organization. Access is external where a statement allows a
principal that lies, or may lie, outside it. Conditions count where they hold the caller to fixed
values: within the zone there is no external access, elsewhere it is not public.

Left aside, as by IAM Access Analyzer: AWS services as principals. Denies count where they take
away what is allowed from everybody outside, without a doubt; a finding may therefore name access
that some narrower deny refuses.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-concepts.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-resources.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from helpers.policy import Policy, PolicyType, Statement, catalogue, parse_policy
from helpers.policy.conditions import Condition, SetOperator
from helpers.policy.globs import action_covers
from helpers.policy.principals import is_account_id
from helpers.policy.public_access import is_public_statement


@dataclass(frozen=True, slots=True)
class Zone:
    """What is inside: an account, or all accounts of an organization."""

    accounts: frozenset[str]
    organization: str | None = None
    canonical_ids: frozenset[str] = frozenset()
    """The S3 canonical user ids of the accounts."""


class Source(StrEnum):
    """How access is granted, in the API's words."""

    POLICY = "POLICY"
    ACL = "BUCKET_ACL"


@dataclass(frozen=True, slots=True)
class External:
    """What one statement, or one grant of an access list, gives to one principal outside.

    ``principal`` is (kind, name): ("AWS", "444455556666"), ("Federated", …), ("AWS", "*").
    """

    principal: tuple[str, str]
    actions: tuple[str, ...]
    conditions: Mapping[str, str] = field(default_factory=dict)
    is_public: bool = False
    source: Source = Source.POLICY


def external_access(
    document: str | Mapping[str, Any] | Policy, zone: Zone, *, trust: bool = False
) -> list[External]:
    """What a resource's policy gives to principals outside of a zone of trust.

    ``trust``: the document is a role's trust policy.

    >>> zone = Zone(frozenset({"111122223333"}))
    >>> found = external_access({"Version": "2012-10-17", "Statement": {
    ...     "Effect": "Allow", "Principal": {"AWS": "444455556666"},
    ...     "Action": "s3:GetObject", "Resource": "*"}}, zone)
    >>> found[0].principal, found[0].actions, found[0].is_public
    (('AWS', '444455556666'), ('s3:GetObject',), False)
    """
    if not isinstance(document, Policy):
        kind = PolicyType.TRUST if trust else PolicyType.RESOURCE
        document = parse_policy(document if isinstance(document, str) else dict(document), kind)
    denies = [one for one in document.statements if one.effect == "Deny"]
    found: list[External] = []
    for statement in document.statements:
        if statement.effect != "Allow" or _held_inside(statement.conditions, zone):
            continue
        actions = tuple(
            action
            for action in _actions(statement)
            if not any(_takes_back(deny, statement, action, zone) for deny in denies)
        )
        if not actions:
            continue
        conditions = _written(statement.conditions)
        public = is_public_statement(statement) and not any(
            map(_names_an_account, statement.conditions)
        )
        for principal in _outside(statement, zone):
            one = External(principal, actions, conditions, public and principal[1] == "*")
            if one not in found:
                found.append(one)
    return found


def _actions(statement: Statement) -> tuple[str, ...]:
    """The actions as the statement writes them, in AWS's spelling where they are no patterns."""
    element = statement.actions
    if element.negated:
        return ("*",)
    return tuple(catalogue.spelled(name) or name for name in element.patterns)


def _outside(statement: Statement, zone: Zone) -> Iterator[tuple[str, str]]:
    element = statement.principals
    if element is None:
        return
    if element.negated:
        yield "AWS", "*"
        return
    for kind, names in element.listed.items():
        for name in names:
            if _is_outside(kind, name, zone):
                yield kind, name


def _is_outside(kind: str, name: str, zone: Zone) -> bool:
    if kind == "AWS":
        return name == "*" or _account(name) not in (None, *zone.accounts)
    if kind == "CanonicalUser":
        return name not in zone.canonical_ids
    return kind == "Federated"


def _account(principal: str) -> str | None:
    """The account of a principal; ``None`` for the id that stands for one that is deleted."""
    if is_account_id(principal):
        return principal
    parts = principal.split(":")
    return parts[4] if len(parts) > 5 else None


# -- conditions -----------------------------------------------------------------------------------

ACCOUNT_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:sourceaccount",
        "aws:sourceowner",
        "aws:vpceaccount",
        "kms:calleraccount",
        "lambda:calleraccount",
        "s3:dataaccesspointaccount",
    }
)
"""Condition keys (in lower case) whose value is an account."""

ARN_KEYS = frozenset({"aws:principalarn", "aws:sourcearn"})
ORGANIZATION_KEYS = frozenset({"aws:principalorgid", "aws:sourceorgid", "aws:vpceorgid"})
PATH_KEYS = frozenset({"aws:principalorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths"})


def _held_inside(conditions: Iterable[Condition], zone: Zone) -> bool:
    """Whether conditions let in nobody but principals of the zone."""
    return any(
        not condition.when_missing
        and not condition.operator.operator.negated
        and condition.operator.set_operator is not SetOperator.FOR_ALL_VALUES
        and condition.expected
        and all(_is_inside(condition.key.lower(), value, zone) for value in condition.expected)
        for condition in conditions
    )


def _is_inside(key: str, value: str, zone: Zone) -> bool:
    """Whether a value of a condition key is that of somebody in the zone."""
    if key in ACCOUNT_KEYS:
        return value in zone.accounts
    if key in ARN_KEYS:
        parts = value.split(":")
        return len(parts) > 5 and parts[4] in zone.accounts
    if key in ORGANIZATION_KEYS:
        return zone.organization is not None and value == zone.organization
    if key in PATH_KEYS:
        return zone.organization is not None and value.startswith(f"{zone.organization}/")
    return False


def _names_an_account(condition: Condition) -> bool:
    """Whether a condition holds the caller to accounts that it names."""
    return (
        condition.key.lower() in ACCOUNT_KEYS
        and not condition.when_missing
        and not condition.operator.operator.negated
        and all(is_account_id(value) for value in condition.expected)
    )


def _takes_back(deny: Statement, statement: Statement, action: str, zone: Zone) -> bool:
    """Whether a Deny statement refuses an action to everybody outside of the zone."""
    element = deny.principals
    if element is None or element.negated or "*" not in element.listed.get("AWS", ()):
        return False
    actions = deny.actions
    if actions.negated:
        covered = not any(
            action_covers(pattern, action) or action_covers(action, pattern)
            for pattern in actions.patterns
        )
    else:
        covered = any(action_covers(pattern, action) for pattern in actions.patterns)
    if not covered or not _same_resources(deny, statement):
        return False
    return all(_hits_outsiders(condition, zone) for condition in deny.conditions)


def _same_resources(deny: Statement, statement: Statement) -> bool:
    if deny.resources is None or statement.resources is None:
        return deny.resources is statement.resources
    if deny.resources.negated or statement.resources.negated:
        return False
    if "*" in deny.resources.patterns:
        return True
    return set(statement.resources.patterns) <= set(deny.resources.patterns)


def _hits_outsiders(condition: Condition, zone: Zone) -> bool:
    """Whether a Deny's condition is met by everybody outside: "not of this account" is."""
    return (
        condition.operator.operator.negated
        and condition.operator.set_operator is None
        and condition.key.lower() in (*ACCOUNT_KEYS, *ARN_KEYS, *ORGANIZATION_KEYS)
        and condition.key.lower().startswith(("aws:principal", "kms:caller"))
        and bool(condition.expected)
        and all(_is_inside(condition.key.lower(), value, zone) for value in condition.expected)
    )


def _written(conditions: Iterable[Condition]) -> dict[str, str]:
    """Conditions as findings show them: key → values."""
    found: dict[str, str] = {}
    for condition in conditions:
        values = condition.expected
        text = values[0] if len(values) == 1 else json.dumps(list(values))
        found[condition.key] = f"{found[condition.key]}, {text}" if condition.key in found else text
    return found


# -- access lists of S3 ---------------------------------------------------------------------------

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED_USERS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"

_ON_THE_BUCKET = {
    "READ": ("s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"),
    "WRITE": ("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"),
    "READ_ACP": ("s3:GetBucketAcl",),
    "WRITE_ACP": ("s3:PutBucketAcl",),
}
ACL_ACTIONS: Mapping[str, tuple[str, ...]] = {
    **_ON_THE_BUCKET,
    "FULL_CONTROL": tuple(action for actions in _ON_THE_BUCKET.values() for action in actions),
}
"""Permission on a bucket → the actions that it gives.
AWS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions"""


def external_grants(grants: Iterable[tuple[str, str, str]], zone: Zone) -> list[External]:
    """What a bucket's access list gives outside; each grant is (``id`` or ``uri``, who, what).

    >>> zone = Zone(frozenset({"111122223333"}))
    >>> [one.is_public for one in external_grants([("uri", ALL_USERS, "READ")], zone)]
    [True]
    """
    found = []
    for kind, who, permission in grants:
        public = kind == "uri" and who in (ALL_USERS, AUTHENTICATED_USERS)
        if not public and (kind == "uri" or who in zone.canonical_ids):
            continue
        principal = ("AWS", "*") if public else ("CanonicalUser", who)
        actions = ACL_ACTIONS.get(permission, ())
        found.append(External(principal, actions, {}, public, Source.ACL))
    return found
