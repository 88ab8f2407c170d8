"""The form of a service's table: operation → actions → resources → condition keys, as data.

Most operations need no row. Their action is their name; AWS's service authorization reference
says which types of resource the action works on and which condition keys it carries; and the
table says once for each type which parameters name such a resource, and for each key which
parameter holds its value. Rows are for the operations that AWS treats in another way.

AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from helpers.lab.callers import Principal
from helpers.lab.seam_resources import Stored
from helpers.lab.wire import Call

if TYPE_CHECKING:
    from helpers.lab.organization import Organization
    from helpers.lab.world import World


@dataclass(frozen=True, slots=True)
class Site:
    """Where a call takes place: the call, who makes it, the account that it works on, and the
    lab with its other accounts."""

    call: Call
    principal: Principal
    account_id: str
    world: World | None = None

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The call's typed parameters."""
        return self.call.parameters

    @property
    def organization(self) -> Organization | None:
        """The organization that the account belongs to."""
        return self.world.organization_of(self.account_id) if self.world is not None else None

    def arn(self, service: str, rest: str, *, region: bool = True) -> str:
        """An ARN of this account and, unless told otherwise, this Region."""
        where = self.call.region if region else ""
        return f"arn:aws:{service}:{where}:{self.account_id}:{rest}"


Reader = Callable[[Site, Any], str | list[str] | None]
"""From what a caller writes (an alias, a partial ARN, a name with a version behind it) to the
resource's name as its ARN has it, or to the whole ARN, or to several where it means many;
``None``: no resource of this type."""


class By:
    """The parameters that name a resource of one type: the paths of what stands in its ARN
    template for the variables behind Region and account, in their order.

    The first may hold many values. Where it holds an ARN, that is the resource, or the one that
    the resource belongs to (a table's ARN, for its index). No path at all: what ``read`` finds
    by itself; without it any resource of the type, as for one that the call creates and AWS
    names.
    """

    __slots__ = ("paths", "read")

    def __init__(self, *paths: str, read: Reader | None = None) -> None:
        self.paths = paths
        self.read = read


ANY = By()
"""Any resource of a type: ``*`` in place of its name."""

Key = str | Callable[[Site, str], Any]
"""Where the value of a condition key comes from: a parameter's path, or a function of the site
and the resource's ARN; ``None`` and an empty list: the request has no such key."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One action that an operation needs.

    ``action`` is of the service itself unless it has a prefix of its own. ``on`` maps resource
    types to the parameters that name them here; ``None``: as for the service's other
    operations; an empty one: no resource, so ``*``. ``when`` is a path (or a function) without
    which the action is not asked for. ``context`` are condition keys beside the table's own.
    """

    action: str
    on: Mapping[str, By | tuple[By, ...]] | None = None
    when: str | Callable[[Site], Any] | None = None
    context: Mapping[str, Key] = field(default_factory=dict)
    sentence: str | None = None
    """What the service says of a denial in place of AWS's usual sentence."""


@dataclass(frozen=True, slots=True)
class Table:
    """A service's table.

    ``resources``: resource type → the parameters that name one, the first that are there.
    ``rows``: operation → the actions that it needs, where they are not simply its own name.
    ``also``: operation → actions that it needs beside its own.
    ``keys``: condition key → where its value comes from; a request has it where the reference
    lists it for the action.
    ``nowhere``: the resource of an action that has none: "*", or what the service writes, with
    ``${Region}``, ``${Account}`` and ``${Operation}``.
    ``silent``: the service's sentence leaves such a resource out.
    ``shown``: how the sentence writes a resource, where not by its ARN.
    ``about``: what the lab itself keeps of a resource, for a service whose state is not moto's.
    ``of_organization``: its resources belong to the organization. Their ARNs name the management
    account, but to the members they are no other account's; the service itself says who may ask.
    ``across``: operations that work on another account's resource when its ARN is given.
    """

    resources: Mapping[str, tuple[By, ...]] = field(default_factory=dict)
    rows: Mapping[str, tuple[Ask, ...]] = field(default_factory=dict)
    also: Mapping[str, tuple[Ask, ...]] = field(default_factory=dict)
    keys: Mapping[str, Key] = field(default_factory=dict)
    nowhere: str = "*"
    silent: bool = False
    shown: Callable[[Site, str], str | None] | None = None
    about: Callable[[Site, str], Stored | None] | None = None
    of_organization: bool = False
    across: frozenset[str] = frozenset()


def same(action: str, *operations: str) -> dict[str, tuple[Ask, ...]]:
    """Rows of operations that all need one and the same action."""
    return {operation: (Ask(action),) for operation in operations}


def by_service(action: str, by: By, service: str, when: Any, sentence: str | None = None) -> Ask:
    """An action on a KMS key that a service takes in the caller's name, with the caller's
    permission.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
    """
    return Ask(
        action,
        {"key": by},
        when,
        {
            "kms:ViaService": lambda site, _arn: f"{service}.{site.call.region}.amazonaws.com",
            "kms:CallerAccount": lambda site, _arn: site.principal.account_id,
            "aws:ViaAWSService": lambda _site, _arn: "true",
            "aws:CalledVia": lambda _site, _arn: [f"{service}.amazonaws.com"],
            "aws:CalledViaFirst": lambda _site, _arn: f"{service}.amazonaws.com",
            "aws:CalledViaLast": lambda _site, _arn: f"{service}.amazonaws.com",
            # The service's address, which no policy of the caller's knows.
            "aws:SourceIp": lambda _site, _arn: WITHOUT,
        },
        sentence,
    )


WITHOUT: Any = ()
"""For a key that every request has and this one has not."""


def pass_role(
    path: str, service: str, *, associated: Key | None = None, read: Reader | None = None
) -> Ask:
    """The permission to hand a role to a service, where a parameter names the role.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    context: dict[str, Key] = {"iam:PassedToService": lambda _site, _arn: service}
    if associated is not None:
        context["iam:AssociatedResourceArn"] = associated
    return Ask("iam:PassRole", {"role": By(path, read=read or role_arn)}, path, context)


def role_arn(site: Site, name: str) -> str:
    """A role's ARN, from it or from its name with or without its path."""
    if name.startswith("arn:"):
        return name
    return f"arn:aws:iam::{site.account_id}:role/{name.removeprefix('/')}"
