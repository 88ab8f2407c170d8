"""Trusted access of AWS services to an organization, and the accounts that run them for it.

AWS pages: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services.html,
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_delegate_policies.html
"""

from __future__ import annotations

import re
from typing import Any

from helpers.lab.organization import IAM, Organization
from helpers.lab.services.organizations import (
    check_all_features,
    error,
    managed,
    page,
    readable,
)
from helpers.lab.services.organizations_accounts import described, member_of
from helpers.lab.services.registry import Asked, answers

ADMINISTRATORS = 3
"""How many accounts may administer one service."""

_SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com")


def _service(asked: Asked) -> str:
    name = asked.parameters["ServicePrincipal"]
    if not _SERVICE.fullmatch(name):
        raise error(
            "InvalidInput",
            "You specified an unrecognized service principal.",
            "UNRECOGNIZED_SERVICE_PRINCIPAL",
        )
    return name


@answers("organizations", "EnableAWSServiceAccess")
def enable_aws_service_access(asked: Asked) -> None:
    organization = managed(asked)
    check_all_features(organization)
    organization.trusted_services.setdefault(_service(asked), asked.now)


@answers("organizations", "DisableAWSServiceAccess")
def disable_aws_service_access(asked: Asked) -> None:
    organization = managed(asked)
    service = _service(asked)
    organization.trusted_services.pop(service, None)
    if service == IAM:
        organization.root_features.clear()


@answers("organizations", "ListAWSServiceAccessForOrganization")
def list_aws_service_access_for_organization(asked: Asked) -> Any:
    found = readable(asked).trusted_services.items()
    services = ({"ServicePrincipal": name, "DateEnabled": since} for name, since in found)
    return page(asked, "EnabledServicePrincipals", services)


@answers("organizations", "RegisterDelegatedAdministrator")
def register_delegated_administrator(asked: Asked) -> None:
    organization = managed(asked)
    check_all_features(organization)
    account_id, service = asked.parameters["AccountId"], _service(asked)
    if account_id == organization.management_id:
        raise error(
            "ConstraintViolation",
            "You cannot register the management account as delegated administrator for your "
            "organization.",
            "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
        )
    member_of(organization, account_id)
    if service not in organization.trusted_services:
        raise error(
            "ConstraintViolation",
            "You cannot register a delegated administrator for a service before you enable "
            "trusted access for it.",
            "SERVICE_ACCESS_NOT_ENABLED",
        )
    if service in organization.delegated.get(account_id, ()):
        raise error(
            "AccountAlreadyRegistered",
            "The provided account is already a delegated administrator for your organization.",
        )
    if len(_administrators(organization, service)) >= ADMINISTRATORS:
        raise error(
            "ConstraintViolation",
            "You have exceeded the number of delegated administrators for the service.",
            "MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED",
        )
    organization.delegated.setdefault(account_id, {})[service] = asked.now


def _administrators(organization: Organization, service: str | None) -> list[str]:
    return [a for a, found in organization.delegated.items() if service in (None, *found)]


@answers("organizations", "DeregisterDelegatedAdministrator")
def deregister_delegated_administrator(asked: Asked) -> None:
    organization = managed(asked)
    account_id, service = asked.parameters["AccountId"], _service(asked)
    member_of(organization, account_id)
    _check_registered(organization, account_id, service)
    del organization.delegated[account_id][service]
    if not organization.delegated[account_id]:
        del organization.delegated[account_id]


def _check_registered(organization: Organization, account_id: str, service: str | None) -> None:
    if account_id not in _administrators(organization, service):
        raise error(
            "AccountNotRegistered",
            "The provided account is not a registered delegated administrator for your "
            "organization.",
        )


@answers("organizations", "ListDelegatedAdministrators")
def list_delegated_administrators(asked: Asked) -> Any:
    organization = readable(asked)
    found = (
        {
            name: value
            for name, value in described(organization, organization.members[account_id]).items()
            if name != "Paths"
        }
        | {"DelegationEnabledDate": min(organization.delegated[account_id].values())}
        for account_id in _administrators(organization, asked.parameters.get("ServicePrincipal"))
    )
    return page(asked, "DelegatedAdministrators", found)


@answers("organizations", "ListDelegatedServicesForAccount")
def list_delegated_services_for_account(asked: Asked) -> Any:
    organization = readable(asked)
    account_id = asked.parameters["AccountId"]
    member_of(organization, account_id)
    _check_registered(organization, account_id, None)
    services = (
        {"ServicePrincipal": name, "DelegationEnabledDate": since}
        for name, since in organization.delegated[account_id].items()
    )
    return page(asked, "DelegatedServices", services)
