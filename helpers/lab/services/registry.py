"""How a service answers by itself, where moto has no answer or a wrong one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from helpers.lab import seam
from helpers.lab.account import Account
from helpers.lab.callers import Principal
from helpers.lab.wire import Call, HttpAnswer


@dataclass(frozen=True, slots=True)
class Asked:
    """An allowed call, with all that an answer may need.

    ``forward`` hands the call on to moto and returns moto's HTTP answer.
    """

    call: Call
    principal: Principal
    account: Account
    accounts: Mapping[str, Account]
    now: datetime
    forward: Callable[[], HttpAnswer]

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

ANSWERS: dict[tuple[str, str], Answer] = {}
"""(service, operation) → the lab's own answer."""


def answers(service: str, *operations: str) -> Callable[[Answer], Answer]:
    """Register a function as the answer to operations of a service."""

    def register(function: Answer) -> Answer:
        for operation in operations:
            ANSWERS[service, operation] = function
        return function

    return register
