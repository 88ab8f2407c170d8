"""Organizations: callers give ids, policies ARNs. The organization knows both.

AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html
"""

from __future__ import annotations

from helpers.lab.authorization.paths import value
from helpers.lab.authorization.table import ANY, Ask, By, Site, Table
from helpers.lab.seam_resources import Stored

# What an ARN of an id looks like: the id's beginning → the kind of resource.
KINDS = {
    "h-": "handshake/{organization}/*/{id}",
    "o-": "organization/{id}",
    "ou-": "ou/{organization}/{id}",
    "p-": "policy/{organization}/*/{id}",
    "r-": "root/{organization}/{id}",
    "rp-": "resourcepolicy/{organization}/{id}",
    "rt-": "transfer/{organization}/*/*/{id}",
}


def _arn(site: Site, name: str) -> str:
    """The ARN of anything in an organization, from its id."""
    organization = site.organization
    thing = organization.named(name) if organization is not None else None
    if thing is not None:
        return thing.arn
    begin = name.partition("-")[0] + "-"
    form = KINDS.get(begin, "account/{organization}/{id}")
    owner, organization_id = _owner(site)
    rest = form.format(organization=organization_id, id=name)
    return f"arn:aws:organizations::{owner}:{rest}"


def _owner(site: Site) -> tuple[str, str]:
    """The management account and the organization's id."""
    organization = site.organization
    if organization is None:
        return site.account_id, "o-*"
    return organization.management_id, organization.id


def _new_policy(site: Site, _nothing: str) -> str:
    owner, organization = _owner(site)
    kind = str(site.parameters.get("Type", "*")).lower()
    return f"arn:aws:organizations::{owner}:policy/{organization}/{kind}/p-*"


def _policy_type(site: Site, _arn: str) -> str | None:
    """The type of policy that a call names; a policy's own type is known with the policy."""
    parameters = site.parameters
    for name in ("PolicyType", "Filter", "Type"):
        if parameters.get(name):
            return str(parameters[name])
    identifier = parameters.get("PolicyId") or parameters.get("ResourceId") or ""
    thing = site.organization.named(identifier) if site.organization is not None else None
    return getattr(thing, "type", None)


def _about(site: Site, arn: str) -> Stored | None:
    """What the organization keeps of a thing."""
    organization = site.organization
    thing = organization.named(arn.rpartition("/")[2]) if organization is not None else None
    if thing is None:
        return None
    keys = {"organizations:PolicyType": thing.type} if hasattr(thing, "type") else {}
    return Stored(dict(getattr(thing, "tags", {})), keys)


def _by(*names: str) -> By:
    """The parameters of which the first that is there holds an id."""

    def read(site: Site, _nothing: str) -> str | None:
        found = (value(site.parameters, name) for name in names)
        identifier = next((i for i in found if i), None)
        return _arn(site, str(identifier)) if identifier is not None else None

    return By(read=read)


# One of these may hold the id of anything; the ARN says of what.
TARGET = ("TargetId", "ResourceId", "ChildId")

TABLE = Table(
    resources={
        "account": (_by("AccountId", *TARGET),),
        "handshake": (_by("HandshakeId"),),
        "organizationalunit": (_by("OrganizationalUnitId", "ParentId", *TARGET),),
        "policy": (_by("PolicyId", *TARGET),),
        "resourcepolicy": (_by("ResourceId"),),
        "responsibilitytransfer": (_by("Id"),),
        "root": (_by("RootId", "ParentId", *TARGET),),
    },
    rows={
        "PutResourcePolicy": (Ask("PutResourcePolicy", {"resourcepolicy": ANY}),),
        "CreatePolicy": (Ask("CreatePolicy", {"policy": By(read=_new_policy)}),),
        "InviteAccountToOrganization": (
            Ask("InviteAccountToOrganization", {"account": _by("Target.Id")}),
        ),
        "MoveAccount": (
            Ask(
                "MoveAccount",
                {
                    "account": _by("AccountId"),
                    "organizationalunit": _by("SourceParentId"),
                    "root": _by("DestinationParentId"),
                },
            ),
        ),
    },
    also={
        "CreateAccount": (Ask("TagResource", {"account": ANY}, "Tags"),),
        "CreateOrganizationalUnit": (Ask("TagResource", {"organizationalunit": ANY}, "Tags"),),
        "CreatePolicy": (Ask("TagResource", {"policy": By(read=_new_policy)}, "Tags"),),
        "InviteAccountToOrganization": (Ask("TagResource", {"account": ANY}, "Tags"),),
    },
    keys={
        "organizations:PolicyType": _policy_type,
        "organizations:ServicePrincipal": "ServicePrincipal",
        "organizations:TransferDirection": "Direction",
        "organizations:TransferType": "Type",
    },
    about=_about,
    of_organization=True,
)
