"""Organizations: callers give ids, policies ARNs. The organization knows both.

AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html
"""

from __future__ import annotations

from helpers.lab import seam_resources
from helpers.lab.authorization.table import ANY, Ask, By, Site, Table

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
AWS_POLICIES = {
    "p-FullAWSAccess": "service_control_policy",
    "p-RCPFullAWSAccess": "resource_control_policy",
}
"""The policies that AWS owns and attaches to everything, and their type."""


def _organization(site: Site) -> tuple[str, str]:
    """The management account and the organization's id."""
    store = seam_resources.organization(site.account_id)
    if store is None or store.org is None:
        return site.account_id, "o-*"
    return store.account_id, store.org.id


def _arn(site: Site, name: str) -> str:
    """The ARN of anything in an organization, from its id."""
    if name in AWS_POLICIES:
        return f"arn:aws:organizations::aws:policy/{AWS_POLICIES[name]}/{name}"
    store = seam_resources.organization(site.account_id)
    thing = seam_resources.organization_things(store).get(name) if store is not None else None
    if thing is not None:
        return thing.arn
    owner, organization = _organization(site)
    begin = name.partition("-")[0] + "-"
    form = KINDS.get(begin, "account/{organization}/{id}")
    rest = form.format(organization=organization, id=name)
    return f"arn:aws:organizations::{owner}:{rest}"


def _new_policy(site: Site, _nothing: str) -> str:
    owner, organization = _organization(site)
    kind = str(site.parameters.get("Type", "*")).lower()
    return f"arn:aws:organizations::{owner}:policy/{organization}/{kind}/p-*"


def _policy_type(site: Site, _arn: str) -> str | None:
    """The type of policy that a call names; a policy's own type is known with the policy."""
    parameters = site.parameters
    for name in ("PolicyType", "Filter", "Type"):
        if parameters.get(name):
            return str(parameters[name])
    store = seam_resources.organization(site.account_id)
    things = seam_resources.organization_things(store) if store is not None else {}
    policy = things.get(parameters.get("PolicyId") or parameters.get("ResourceId") or "")
    return getattr(policy, "type", None)


# One parameter may hold the id of anything; the ARN says of what.
TARGET = tuple(By(name, read=_arn) for name in ("TargetId", "ResourceId", "ChildId"))

TABLE = Table(
    resources={
        "account": (By("AccountId", read=_arn), *TARGET),
        "handshake": (By("HandshakeId", read=_arn),),
        "organizationalunit": (
            By("OrganizationalUnitId", read=_arn),
            By("ParentId", read=_arn),
            *TARGET,
        ),
        "policy": (By("PolicyId", read=_arn), *TARGET),
        "resourcepolicy": (By("ResourceId", read=_arn),),
        "responsibilitytransfer": (By("Id", read=_arn),),
        "root": (By("RootId", read=_arn), By("ParentId", read=_arn), *TARGET),
    },
    rows={
        "CreatePolicy": (Ask("CreatePolicy", {"policy": By(read=_new_policy)}),),
        "InviteAccountToOrganization": (
            Ask("InviteAccountToOrganization", {"account": By("Target.Id", read=_arn)}),
        ),
        "MoveAccount": (
            Ask(
                "MoveAccount",
                {
                    "account": By("AccountId", read=_arn),
                    "organizationalunit": By("SourceParentId", read=_arn),
                    "root": By("DestinationParentId", read=_arn),
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
        "organizations:TransferType": "Type",
    },
)
