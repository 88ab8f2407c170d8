"""Account Management: the caller's own account, or one of its organization.

AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsaccountmanagement.html,
https://docs.aws.amazon.com/accounts/latest/reference/security_account-permissions-ref.html
"""

from __future__ import annotations

from helpers.lab.authorization.table import By, Site, Table


def _own(site: Site, _nothing: str) -> str | None:
    """The account's ARN; AccountId is for those who mean another one."""
    if site.parameters.get("AccountId"):
        return None
    return f"arn:aws:account::{site.account_id}:account"


def _in_organization(site: Site, account_id: str) -> str:
    """A member's ARN, which belongs to the management account."""
    organization = site.organization
    owner = organization.management_id if organization is not None else site.account_id
    of = organization.id if organization is not None else "o-*"
    return f"arn:aws:account::{owner}:account/{of}/{account_id}"


def _domain(site: Site, _arn: str) -> str | None:
    email = site.parameters.get("PrimaryEmail")
    return email.rpartition("@")[2] if isinstance(email, str) else None


TABLE = Table(
    resources={
        "account": (By(read=_own),),
        "accountInOrganization": (By("AccountId", read=_in_organization),),
    },
    keys={
        "account:AlternateContactTypes": "AlternateContactType",
        "account:EmailTargetDomain": _domain,
        "account:TargetRegion": "RegionName",
    },
)
