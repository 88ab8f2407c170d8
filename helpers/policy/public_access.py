"""Is a resource's policy public? Amazon S3's own answer, which Block Public Access goes by.

A policy is public until it shows otherwise: each statement that allows something has to name
whom it allows by fixed values, without wildcard and without policy variable. Either the
Principal element does, or a condition on one of the keys below, which say who asks or where
from. Statements that deny take nothing back.

AWS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from .conditions import Condition, SetOperator
from .document import parse_policy
from .policy_types import PolicyType
from .statements import Policy, Statement

FIXING_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalservicename",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpcarn",
        "aws:sourcevpce",
        "aws:userid",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "aws:vpceorgpaths",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
    }
)
"""Condition keys (in lower case) of which a fixed value makes a statement non-public. AWS's list
says "an AWS principal", with aws:PrincipalOrgID as an example, for the keys of the principal."""

COMPARES = frozenset(
    {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress"}
)
"""Operators (in lower case) that hold a key to the values that they name."""

WIDEST = {4: 8, 6: 32}
"""Prefix length of the widest range of addresses that still counts as fixed, by IP version."""

PRIVATE = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
"""RFC 1918's ranges, from which nobody comes over the internet."""

_NOT_FIXED = re.compile(r"[*?]|\$\{")
_ACCESS_POINTS = re.compile(r"arn:aws[a-z-]*:s3:[a-z0-9*-]*:[0-9]{12}:accesspoint/[^$]*")
_ORGANIZATION_PATH = re.compile(r"o-[a-z0-9]+/[^$]*")
_ANY_SESSION = re.compile(r"AROA[A-Z0-9]+:\*")


def is_public(policy: Policy | dict[str, Any] | str | bytes) -> bool:
    """Whether a resource-based policy is public, as S3 means it.

    Raises:
        PolicyError: The document is no resource-based policy.

    >>> statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
    ...              "Resource": "arn:aws:s3:::amzn-s3-demo-bucket/*"}
    >>> is_public({"Version": "2012-10-17", "Statement": statement})
    True
    >>> statement["Condition"] = {"StringEquals": {"aws:SourceVpc": "vpc-91237329"}}
    >>> is_public({"Version": "2012-10-17", "Statement": statement})
    False
    >>> statement["Condition"] = {"StringLike": {"aws:SourceVpc": "vpc-*"}}
    >>> is_public({"Version": "2012-10-17", "Statement": statement})
    True
    """
    if not isinstance(policy, Policy):
        policy = parse_policy(policy, PolicyType.RESOURCE)
    return any(is_public_statement(statement) for statement in policy.statements)


def is_public_statement(statement: Statement) -> bool:
    """Whether one statement allows something to the public."""
    if statement.effect != "Allow" or statement.principals is None:
        return False
    principals = statement.principals
    if not principals.negated and not any(_NOT_FIXED.search(name) for name in principals.names):
        return False
    return not any(_fixes(condition) for condition in statement.conditions)


def _fixes(condition: Condition) -> bool:
    """Whether a condition holds the statement to fixed values, so that it is not public."""
    key, use = condition.key.lower(), condition.operator
    if key not in FIXING_KEYS or use.operator.name.lower() not in COMPARES:
        return False
    # Both match a request that lacks the key, which is anybody's.
    if use.if_exists or use.set_operator is SetOperator.FOR_ALL_VALUES:
        return False
    return bool(condition.expected) and all(_is_fixed(key, value) for value in condition.expected)


def _is_fixed(key: str, value: str) -> bool:
    if key == "aws:sourceip":
        return _is_narrow(value)
    if key == "s3:dataaccesspointarn" and _ACCESS_POINTS.fullmatch(value):
        return True  # any access point, of a fixed account
    if key.endswith("orgpaths") and _ORGANIZATION_PATH.fullmatch(value):
        return True  # a part of a fixed organization: such paths are written with a wildcard
    if key == "aws:userid" and _ANY_SESSION.fullmatch(value):
        return False
    return bool(value) and not _NOT_FIXED.search(value)


def _is_narrow(text: str) -> bool:
    """Whether a range of addresses is no wider than AWS lets it be."""
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    if network.prefixlen >= WIDEST[network.version]:
        return True
    return network.version == 4 and any(network.subnet_of(private) for private in PRIVATE)
