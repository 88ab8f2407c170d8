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


def _in_organization(site: Site, _nothing: str) -> str | None:
    """A member's ARN, which the management account names."""
    account_id = site.parameters.get("AccountId")
    if not account_id:
        return None
    organization = site.organization
    if organization is None:
        return f"arn:aws:account::{site.account_id}:account/o-*/{account_id}"
    return f"arn:aws:account::{organization.management_id}:account/{organization.id}/{account_id}"


def _domain(site: Site, _arn: str) -> str | None:
    email = site.parameters.get("PrimaryEmail")
    return email.rpartition("@")[2] if isinstance(email, str) else None


TABLE = Table(
    resources={
        "account": (By(read=_own),),
        "accountInOrganization": (By(read=_in_organization),),
    },
    keys={
        "account:AlternateContactTypes": "AlternateContactType",
        "account:EmailTargetDomain": _domain,
        "account:TargetRegion": "RegionName",
    },
    of_organization=True,
)
