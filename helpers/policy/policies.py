"""The policies that a request meets, compiled and sorted for the evaluation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias

from .document import parse_policy
from .errors import quoted
from .frozen import Frozen
from .policy_types import PolicyType
from .statements import Policy, Statement

Document: TypeAlias = "dict[str, Any] | str | bytes | Policy"
NamedDocument: TypeAlias = "Document | tuple[str, Document]"


class PlacedPolicy(NamedTuple):
    """A policy where it stands among others.

    ``type`` is what it is used as there. ``name`` is the policy's own, else its place:
    ``identity[0]``.
    """

    type: PolicyType
    name: str
    policy: Policy

    @property
    def is_named(self) -> bool:
        return self.policy.name is not None


Entry: TypeAlias = tuple[Statement, PlacedPolicy]


class Layer:
    """Policies of which one allowing statement suffices and one denying statement decides.

    Attributes:
        type: The type of its policies.
        level: For organization policies the level (1: the root); 0 for all others.
        policies: The policies in the order given.
        allows, denies: Their statements by effect, each with its policy.
    """

    __slots__ = ("allows", "denies", "level", "policies", "type")

    def __init__(
        self, type: PolicyType, policies: Iterable[PlacedPolicy] = (), level: int = 0
    ) -> None:
        self.type = type
        self.level = level
        self.policies = tuple(policies)
        entries = [
            (statement, placed)
            for placed in self.policies
            for statement in placed.policy.statements
        ]
        self.allows: tuple[Entry, ...] = tuple(e for e in entries if e[0].effect == "Allow")
        self.denies: tuple[Entry, ...] = tuple(e for e in entries if e[0].effect == "Deny")


class Policies(Frozen):
    """All policies that take part in one decision. Compiled once, for any number of requests.

    Every document is a dict, JSON text (str or bytes), a :class:`Policy` from
    :func:`parse_policy`, or a pair of a name (or ARN) and one of these. The name is what a
    decision calls the policy.

    Args:
        identity: The identity-based policies of the principal and of its groups.
        permissions_boundary: The boundary of the user or role; None: none is set.
        session: The session policy, or a list of them; None: none was passed.
        resource: The policy of the resource, or a list of them; for a role that is assumed, its
            trust policy. None: the resource has none.
        service_control: The SCPs as levels, from the organization's root over its units down to
            the account; each level is a list of documents. An empty list: no organization, or the
            management account, which SCPs do not limit.
        resource_control: The RCPs of the resource's account, as levels like the SCPs.

    Raises:
        PolicyError: A document is malformed; the message names the argument.
        ValueError: An argument is of the wrong type.

    >>> Policies(identity=[("ReadAll", {"Statement": [
    ...     {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]})])
    <Policies: identity-based policy ReadAll>
    """

    __slots__ = (
        "boundary",
        "identity",
        "resource",
        "resource_control",
        "service_control",
        "session",
    )

    identity: Layer
    boundary: Layer | None
    session: Layer | None
    resource: Layer
    service_control: tuple[Layer, ...]
    resource_control: tuple[Layer, ...]

    def __init__(
        self,
        identity: Iterable[NamedDocument] = (),
        permissions_boundary: NamedDocument | None = None,
        session: NamedDocument | list[NamedDocument] | None = None,
        resource: NamedDocument | list[NamedDocument] | None = None,
        service_control: Iterable[Iterable[NamedDocument]] = (),
        resource_control: Iterable[Iterable[NamedDocument]] = (),
    ) -> None:
        if isinstance(session, list) and not session:
            raise ValueError("session: the list is empty; where no session policy is set, use None")
        self._set(
            identity=_layer(PolicyType.IDENTITY, identity, "identity"),
            boundary=_single(PolicyType.BOUNDARY, permissions_boundary, "permissions_boundary"),
            session=_layer(PolicyType.SESSION, session, "session")
            if isinstance(session, list)
            else _single(PolicyType.SESSION, session, "session"),
            resource=_layer(PolicyType.RESOURCE, resource, "resource")
            if isinstance(resource, list)
            else _single(PolicyType.RESOURCE, resource, "resource") or Layer(PolicyType.RESOURCE),
            service_control=_levels(PolicyType.SERVICE_CONTROL, service_control, "service_control"),
            resource_control=_levels(
                PolicyType.RESOURCE_CONTROL, resource_control, "resource_control"
            ),
        )

    def with_resource(self, resource: NamedDocument | list[NamedDocument] | None) -> Policies:
        """The same policies for another resource; the others are not compiled anew.

        >>> trust = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}
        >>> Policies().with_resource(("trust", trust))
        <Policies: resource-based policy trust>
        """
        layers = {name: getattr(self, name) for name in self.__slots__}
        return _restore({**layers, "resource": Policies(resource=resource).resource})

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, ({name: getattr(self, name) for name in self.__slots__},)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Every layer that is set, in the order in which AWS evaluates them."""
        return tuple(
            layer
            for layer in (
                *self.resource_control,
                *self.service_control,
                self.resource,
                self.identity,
                self.boundary,
                self.session,
            )
            if layer is not None
        )

    def __repr__(self) -> str:
        names = [f"{p.type} {p.name}" for layer in self.layers for p in layer.policies]
        return f"<Policies: {', '.join(names) or 'none'}>"


def _restore(layers: dict[str, Any]) -> Policies:
    policies = Policies.__new__(Policies)
    policies._set(**layers)
    return policies


def _list(value: Any, argument: str, of_what: str) -> list[Any]:
    if isinstance(value, list | tuple):
        return list(value)
    raise ValueError(f"{argument}: expected a list of {of_what}, got a {type(value).__name__}")


def _layer(type_: PolicyType, documents: Any, argument: str, level: int = 0) -> Layer:
    found = _list(documents, argument, "policy documents")
    placed = (
        _placed(type_, document, f"{argument}[{index}]") for index, document in enumerate(found)
    )
    return Layer(type_, placed, level)


def _levels(type_: PolicyType, levels: Any, argument: str) -> tuple[Layer, ...]:
    return tuple(
        _layer(type_, level, f"{argument}[{index}]", index + 1)
        for index, level in enumerate(_list(levels, argument, "levels, each a list of documents"))
    )


def _single(type_: PolicyType, document: Any, argument: str) -> Layer | None:
    return None if document is None else Layer(type_, [_placed(type_, document, argument)])


def _placed(type_: PolicyType, document: Any, place: str) -> PlacedPolicy:
    name = None
    if isinstance(document, tuple):
        if len(document) != 2 or not isinstance(document[0], str):
            raise ValueError(f"{place}: a pair is a policy's name and its document")
        name, document = document
    if isinstance(document, Policy):
        policy = document
        if type_.names_principals != policy.type.names_principals:
            raise ValueError(
                f"{place}: expected {type_.with_article}, got {policy.type.with_article}"
            )
        if name is not None and name != policy.name:
            policy = Policy(policy.type, name, policy.version, policy.id, policy.statements)
    elif isinstance(document, dict | str | bytes):
        label = f"{place} {quoted(name)}" if name else place
        policy = parse_policy(document, type_, name=name, label=label)
    else:
        raise ValueError(
            f"{place}: expected a policy as a dict or as JSON text, or a pair of a name and one; "
            f"got a {type(document).__name__}"
        )
    return PlacedPolicy(type_, policy.name or place, policy)
