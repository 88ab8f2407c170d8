"""Account Management: whom AWS writes to, and the Regions of an account.

With trusted access for ``account.amazonaws.com`` the management account asks and sets it for
the members of its organization.

AWS pages: https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-api-top-level.html,
https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from helpers.lab import regions
from helpers.lab.account import Account
from helpers.lab.errors import AwsError
from helpers.lab.services.registry import Asked, answers

TRUSTED = "account.amazonaws.com"

EVERY_REGION = sorted((*regions.ON_BY_DEFAULT, *regions.BY_CHOICE))

CONTACT_TYPES = ("BILLING", "OPERATIONS", "SECURITY")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_PHONE = re.compile(r"[\s0-9()+-]{1,25}")


@dataclass
class Details:
    """What Account Management keeps of an account."""

    contact: Mapping[str, Any]
    alternates: dict[str, Mapping[str, str]] = field(default_factory=dict)
    regions: dict[str, tuple[bool, datetime]] = field(default_factory=dict)
    """Region → whether it was enabled or disabled last, and when."""


def details(account: Account) -> Details:
    """What Account Management keeps of an account, with the contact given at sign-up."""
    if "account" not in account.own:
        account.own["account"] = Details(
            contact={
                "FullName": account.name,
                "AddressLine1": "123 Any Street",
                "City": "Any Town",
                "PostalCode": "98101",
                "StateOrRegion": "WA",
                "CountryCode": "US",
                "PhoneNumber": "+15555550100",
            }
        )
    return account.own["account"]


def _denied(asked: Asked) -> AwsError:
    return AwsError(
        "AccessDeniedException",
        f"User: {asked.principal.arn} is not authorized to perform: "
        f"account:{asked.call.operation} (The caller's account has no say over this account.)",
        403,
    )


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message, 400)


def _not_found(message: str) -> AwsError:
    return AwsError("ResourceNotFoundException", message, 404)


def _account(asked: Asked) -> Account:
    """The account that a call is about: the caller's, or a member that the caller may rule."""
    named = asked.parameters.get("AccountId")
    if named is None:
        return asked.account
    if not re.fullmatch(r"\d{12}", named):
        raise _invalid("AccountId must be twelve digits.")
    organization = asked.world.organization_of(asked.account.id)
    if (
        organization is None
        or TRUSTED not in organization.trusted_services
        or named not in organization.members
        or named == organization.management_id
        or (
            asked.account.id != organization.management_id
            and TRUSTED not in organization.delegated.get(asked.account.id, ())
        )
    ):
        raise _denied(asked)
    return asked.world.accounts[named]


# The account itself ------------------------------------------------------------------------------


@answers("account", "GetAccountInformation")
def get_account_information(asked: Asked) -> Any:
    account = _account(asked)
    organization = asked.world.organization_of(account.id)
    state = organization.members[account.id].state if organization is not None else "ACTIVE"
    return {
        "AccountId": account.id,
        "AccountName": account.name,
        "AccountCreatedDate": account.root.created_at,
        "AccountState": state,
    }


@answers("account", "PutAccountName")
def put_account_name(asked: Asked) -> None:
    account, name = _account(asked), asked.parameters["AccountName"]
    if not 1 <= len(name) <= 50:
        raise _invalid("AccountName must have between 1 and 50 characters.")
    account.name = name
    organization = asked.world.organization_of(account.id)
    if organization is not None:
        organization.members[account.id].name = name


# Contacts ----------------------------------------------------------------------------------------


@answers("account", "GetContactInformation")
def get_contact_information(asked: Asked) -> Any:
    return {"ContactInformation": dict(details(_account(asked)).contact)}


@answers("account", "PutContactInformation")
def put_contact_information(asked: Asked) -> None:
    contact = asked.parameters["ContactInformation"]
    for name in ("FullName", "AddressLine1", "City", "PostalCode", "CountryCode", "PhoneNumber"):
        if not contact.get(name):
            raise _invalid(f"ContactInformation.{name} is required.")
    if not re.fullmatch("[A-Z]{2}", contact["CountryCode"]):
        raise _invalid("ContactInformation.CountryCode must be two letters, such as US.")
    if not re.fullmatch(r"[+][\s0-9()-]+", contact["PhoneNumber"]):
        raise _invalid("ContactInformation.PhoneNumber must begin with + and the country's code.")
    details(_account(asked)).contact = dict(contact)


def _type(asked: Asked) -> str:
    type_ = asked.parameters["AlternateContactType"]
    if type_ not in CONTACT_TYPES:
        raise _invalid(
            f"Value '{type_}' at 'alternateContactType' failed to satisfy constraint: Member must "
            f"satisfy enum value set: [{', '.join(CONTACT_TYPES)}]"
        )
    return type_


def _no_contact() -> AwsError:
    return _not_found("No contact of the inputted alternate contact type found.")


@answers("account", "GetAlternateContact")
def get_alternate_contact(asked: Asked) -> Any:
    type_ = _type(asked)
    contact = details(_account(asked)).alternates.get(type_)
    if contact is None:
        raise _no_contact()
    return {"AlternateContact": {**contact, "AlternateContactType": type_}}


@answers("account", "PutAlternateContact")
def put_alternate_contact(asked: Asked) -> None:
    type_, parameters = _type(asked), asked.parameters
    if not _EMAIL.fullmatch(parameters["EmailAddress"]):
        raise _invalid("EmailAddress is not an email address.")
    if not _PHONE.fullmatch(parameters["PhoneNumber"]):
        raise _invalid("PhoneNumber may have digits, spaces, brackets, + and - only.")
    names = ("Name", "Title", "EmailAddress", "PhoneNumber")
    details(_account(asked)).alternates[type_] = {name: parameters[name] for name in names}


@answers("account", "DeleteAlternateContact")
def delete_alternate_contact(asked: Asked) -> None:
    type_ = _type(asked)
    if details(_account(asked)).alternates.pop(type_, None) is None:
        raise _no_contact()


@answers("account", "GetPrimaryEmail")
def get_primary_email(asked: Asked) -> Any:
    return {"PrimaryEmail": _account(asked).email}


# Regions -----------------------------------------------------------------------------------------


def _region(asked: Asked) -> str:
    region = asked.parameters["RegionName"]
    if region not in EVERY_REGION:
        raise _invalid(f"There is no Region {region}.")
    return region


@answers("account", "ListRegions")
def list_regions(asked: Asked) -> Any:
    account, parameters = _account(asked), asked.parameters
    wanted = parameters.get("RegionOptStatusContains")
    found = [
        {"RegionName": region, "RegionOptStatus": opted}
        for region in EVERY_REGION
        for opted in (regions.status(account, region, asked.now),)
        if not wanted or opted in wanted
    ]
    # The name of the next Region is the token: a list of names needs no other.
    begin = parameters.get("NextToken") or ""
    left = [entry for entry in found if entry["RegionName"] >= begin]
    size = parameters.get("MaxResults") or len(left)
    answer: dict[str, Any] = {"Regions": left[:size]}
    if size < len(left):
        answer["NextToken"] = left[size]["RegionName"]
    return answer


@answers("account", "GetRegionOptStatus")
def get_region_opt_status(asked: Asked) -> Any:
    region = _region(asked)
    return {
        "RegionName": region,
        "RegionOptStatus": regions.status(_account(asked), region, asked.now),
    }


@answers("account", "EnableRegion", "DisableRegion")
def switch_region(asked: Asked) -> None:
    region, account = _region(asked), _account(asked)
    status = regions.status(account, region, asked.now)
    if status == "ENABLED_BY_DEFAULT":
        raise _invalid(f"{region} is enabled by default and cannot be disabled or enabled.")
    if status in ("ENABLING", "DISABLING"):
        raise AwsError("ConflictException", f"The Region {region} is {status}.", 409)
    details(account).regions[region] = (asked.call.operation == "EnableRegion", asked.now)
