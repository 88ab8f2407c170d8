"""How a service answers by itself, where moto has no answer or a wrong one.

Two registries. ``ANSWERS`` holds the answers to calls that were allowed. ``CHECKS`` holds what a
service looks at before it asks any policy, such as S3 whether the bucket exists at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from helpers.lab import seam
from helpers.lab.account import Account
from helpers.lab.callers import Principal
from helpers.lab.errors import AwsError
from helpers.lab.wire import Call, HttpAnswer
from helpers.lab.world import World
from helpers.policy import Decision


@dataclass(frozen=True, slots=True)
class Asked:
    """An allowed call, with all that an answer may need.

    ``account`` is the account whose stores the call works on. ``forward`` hands the call on to
    moto, or another call that is given, and returns moto's HTTP answer. ``denied`` are the
    decisions against the optional requirements of the call, by action and
    resource: see ``Requirement.optional``.
    """

    call: Call
    principal: Principal
    account: Account
    world: World
    forward: Callable[..., HttpAnswer]
    denied: Mapping[tuple[str, str], Decision] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        """The account's time."""
        return self.world.clock.now

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The call's typed parameters."""
        return self.call.parameters

    @property
    def iam(self) -> Any:
        """moto's IAM store of the account that is called."""
        return seam.iam_backend(self.account.id)


Answer = Callable[[Asked], Any]
"""Returns the operation's output (a dict in the shape of botocore's model, ``None`` for an
empty one) or the result of ``asked.forward()``; raises ``AwsError``."""

ANY_OPERATION = "*"
"""In the place of an operation: all of the service that have no answer of their own."""

ANSWERS: dict[tuple[str, str], Answer] = {}
"""(service, operation) → the lab's own answer."""


def answers(service: str, *operations: str) -> Callable[[Answer], Answer]:
    """Register a function as the answer to operations of a service."""

    def register(function: Answer) -> Answer:
        for operation in operations:
            ANSWERS[service, operation] = function
        return function

    return register


Denial = Callable[[AwsError, Decision, Account], AwsError]
"""From the error of a denial to what the service tells: it may add to the sentence."""

DENIALS: dict[str, Denial] = {}
"""Service → how it tells a denial."""


def denials(service: str) -> Callable[[Denial], Denial]:
    """Register a function as a service's way to tell a denial."""

    def register(function: Denial) -> Denial:
        DENIALS[service] = function
        return function

    return register


Check = Callable[[Call, Principal, World], None]
"""Raises ``AwsError`` for a call that the service refuses before it asks any policy."""

CHECKS: dict[str, list[Check]] = {}
"""Service → what it looks at first."""


def checks(service: str) -> Callable[[Check], Check]:
    """Register a function that looks at every call of a service before policies are asked."""

    def register(function: Check) -> Check:
        CHECKS.setdefault(service, []).append(function)
        return function

    return register
