"""A request as the engine judges it: who wants to do what, to which resource, under which
circumstances.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-reqcontext.html
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from .arn import split_arn
from .frozen import Frozen
from .principals import Principal, is_account_id, read_principal

ContextValue: TypeAlias = str | bool | int | float | datetime.datetime

_TRUST_ACTIONS = frozenset(
    {
        "sts:assumerole",
        "sts:assumerolewithsaml",
        "sts:assumerolewithwebidentity",
        "sts:setcontext",
        "sts:setsourceidentity",
        "sts:tagsession",
    }
)
"""Actions on a role that its trust policy decides.
AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
"""


class Request(Frozen):
    """What a caller asks AWS to do.

    Attributes:
        action: ``service:Name``; case does not matter.
        resource: The resource's ARN, or ``*`` for an action that has none.
        principal: Who asks: the ARN of a root user, user, role, role session, federated user or
            identity provider; an account id (its root user); a service (``ec2.amazonaws.com``);
            ``*`` for an anonymous request.
        context: The condition keys of the request with their values: text, bool, number, aware or
            UTC datetime, or a list of these. Case of keys does not matter. None and an empty list
            mean that the key is missing. The engine adds no key of its own: ``aws:PrincipalArn``,
            ``aws:username`` and the like are there when the caller gives them.
        resource_account: The account id that owns the resource; None: the principal's own.
        source: How action and resource were told from an API call, for the explanation; empty
            where somebody wrote the request. It decides nothing, and requests that differ in it
            alone are equal.

    Raises:
        ValueError: Something is none of the above; the message begins with its name.

    >>> Request("s3:GetObject", "arn:aws:s3:::b/k", "arn:aws:iam::111122223333:user/ann",
    ...         {"aws:MultiFactorAuthPresent": False}).values("AWS:multifactorauthpresent")
    ('false',)
    >>> Request("s3:GetObject", "*", "ann")
    Traceback (most recent call last):
    ValueError: principal: 'ann' is no principal; expected an ARN such as ...
    """

    __slots__ = (
        "action",
        "caller",
        "context",
        "folded_action",
        "folded_context",
        "principal",
        "resource",
        "resource_account",
        "source",
    )

    action: str
    resource: str
    principal: str
    context: dict[str, Any]
    resource_account: str | None
    source: str

    # What the engine works with, read once: keys and action in lower case, values as text.
    folded_action: str
    folded_context: dict[str, tuple[str, ...]]
    caller: Principal

    def __init__(
        self,
        action: str,
        resource: str,
        principal: str,
        context: Mapping[str, ContextValue | Sequence[ContextValue] | None] | None = None,
        resource_account: str | None = None,
        source: str = "",
    ) -> None:
        for name, value in (("action", action), ("resource", resource), ("principal", principal)):
            if not isinstance(value, str):
                raise ValueError(f"{name}: expected a text, got {_shown(value)}")
        if resource_account is not None and not (
            isinstance(resource_account, str) and is_account_id(resource_account)
        ):
            raise ValueError(
                "resource_account: expected an account id of twelve digits as text, or None; "
                f"got {_shown(resource_account)}"
            )
        folded_context = _fold_context(context)
        caller = read_principal(principal, folded_context)
        if caller is None:
            raise ValueError(
                f"principal: {_shown(principal)} is no principal; expected an ARN such as "
                "arn:aws:iam::111122223333:user/ann, an account id, a service such as "
                'ec2.amazonaws.com, or "*" for an anonymous request'
            )
        self._set(
            action=action,
            resource=resource,
            principal=principal,
            context=dict(context or {}),
            resource_account=resource_account,
            source=source,
            folded_action=action.lower(),
            folded_context=folded_context,
            caller=caller,
        )

    def _identity(self) -> tuple[object, ...]:
        context = tuple(sorted(self.folded_context.items()))
        return self.action, self.resource, self.principal, context, self.resource_account

    def __eq__(self, other: object) -> bool:
        return (
            self._identity() == other._identity() if isinstance(other, Request) else NotImplemented
        )

    def __hash__(self) -> int:
        return hash(self._identity())

    def __reduce__(self) -> tuple[object, ...]:
        arguments = (self.action, self.resource, self.principal, self.context)
        return Request, (*arguments, self.resource_account, self.source)

    def __repr__(self) -> str:
        # Values as text, for the repr of a number may fail (an int of more than 4300 digits).
        context = {key: list(values) for key, values in self.folded_context.items()}
        return (
            f"Request(action={self.action!r}, resource={self.resource!r}, "
            f"principal={self.principal!r}, context={context!r}, "
            f"resource_account={self.resource_account!r})"
        )

    def values(self, key: str) -> tuple[str, ...] | None:
        """The values of a condition key, as text; None where it is missing."""
        return self.folded_context.get(key.lower())

    @property
    def service(self) -> str:
        """The action's service prefix, in lower case."""
        return self.folded_action.partition(":")[0]

    @property
    def crosses_accounts(self) -> bool:
        """Whether the resource belongs to another account than the principal."""
        account = self.caller.account
        return None not in (account, self.resource_account) and account != self.resource_account

    @property
    def assumes_role(self) -> bool:
        """Whether the resource's policy is a role's trust policy."""
        return self.folded_action in _TRUST_ACTIONS and self._resource_is("iam", "role/")

    @property
    def needs_resource_policy(self) -> bool:
        """Whether, even within one account, nothing is allowed unless the resource's own policy
        allows it: so with roles to be assumed and with KMS keys."""
        return self.assumes_role or (
            self.folded_action.startswith("kms:") and self._resource_is("kms", "key/")
        )

    def _resource_is(self, service: str, type_prefix: str) -> bool:
        parts = split_arn(self.resource)
        return parts is not None and parts[2] == service and parts[5].startswith(type_prefix)


def _fold_context(context: Any) -> dict[str, tuple[str, ...]]:
    if context is None:
        return {}
    if not isinstance(context, Mapping):
        raise ValueError(f"context: expected a dict of condition keys, got {_shown(context)}")
    folded: dict[str, tuple[str, ...]] = {}
    for key, value in context.items():
        if not isinstance(key, str):
            raise ValueError(f"context: a condition key is a text, got {_shown(key)}")
        if type(value) is str:
            values: tuple[str, ...] = (value,)
        elif isinstance(value, list | tuple | set | frozenset):
            values = tuple(_text(item, key) for item in value)
        else:
            values = () if value is None else (_text(value, key),)
        if not values:
            continue
        name = key.lower()
        if name in folded:
            raise ValueError(f"context[{key!r}]: the key stands twice, in different case")
        folded[name] = values
    return folded


def _text(value: Any, key: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        # Decimal writes numbers of any size out, where str() stops at 4300 digits or uses
        # an exponent.
        return format(Decimal(repr(value) if isinstance(value, float) else value), "f")
    if isinstance(value, datetime.datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=datetime.UTC)
        return aware.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")
    raise ValueError(
        f"context[{key!r}]: expected text, bool, a finite number, a datetime or a list of these; "
        f"got {_shown(value)}"
    )


def _shown(value: Any) -> str:
    """A value in an error message: short, and never an exception of its own."""
    try:
        text = repr(value)
    except Exception:
        text = f"a {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:77]}..."
