"""What a call needs to be allowed: an action on a resource, with what AWS knows of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from helpers.lab.errors import AwsError

Named = tuple[str, str]
"""A policy's name and its document as JSON text; a managed policy's name is its ARN."""


class Source(StrEnum):
    """How it was found which action and which resource a call is about."""

    TABLE = "the lab's table of the service"
    REFERENCE = (
        "the operation's name, and the resource types that AWS's service authorization "
        "reference gives to the action of this name"
    )
    NAME = (
        "the operation's name alone, for AWS's service authorization reference has no action "
        "of this name"
    )


@dataclass(frozen=True, slots=True)
class Requirement:
    """One question for the policy engine; most calls ask one, CopyObject two.

    ``resource`` is an ARN or "*". ``context`` holds the condition keys that come from the
    call's own parameters and from the resource. ``resource_policy`` is (name, document) of the
    policy on the resource (a bucket policy, a role's trust policy), or a tuple of such pairs
    where several things on it grant.

    An ``optional`` requirement does not stop the call. Where it is denied, the service's own
    answer is told (``Asked.denied``) and says what follows: of DeleteObjects, that this one
    object stays.
    """

    action: str
    resource: str
    context: Mapping[str, Any] = field(default_factory=dict)
    resource_policy: Named | tuple[Named, ...] | None = None
    resource_account: str | None = None
    optional: bool = False
    source: Source = Source.TABLE
    shown: str | None = None
    """The resource in the service's own sentence of a denial where it writes another one than
    it judges; "" where it names none; ``None``: the resource as it is."""
    sentence: str | None = None
    """The service's own sentence of a denial, where it has another one than AWS's usual."""
    fault: AwsError | None = None
    """What is wrong with the resource, told to those who may use it."""
