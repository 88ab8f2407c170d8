"""Account Management through stock boto3: contacts, Regions, the accounts of an organization."""

from __future__ import annotations

from typing import Any

import pytest
from lab_calls import ACCOUNT, refused
from organization_calls import Organization

from helpers import Lab

CONTACT = {
    "Name": "Saanvi Sarkar",
    "Title": "CISO",
    "EmailAddress": "security@example.com",
    "PhoneNumber": "+1 (555) 555-0100",
}


@pytest.fixture
def account(lab: Lab) -> Any:
    return lab.root.client("account")


def test_alternate_contacts(account: Any) -> None:
    for type_ in ("SECURITY", "BILLING", "OPERATIONS"):
        which = {"AlternateContactType": type_}
        message = refused("ResourceNotFoundException", account.get_alternate_contact, **which)
        assert message == "No contact of the inputted alternate contact type found."
        account.put_alternate_contact(**CONTACT, **which)
        assert account.get_alternate_contact(**which)["AlternateContact"] == {**CONTACT, **which}
        account.delete_alternate_contact(**which)
        refused("ResourceNotFoundException", account.get_alternate_contact, **which)
        refused("ResourceNotFoundException", account.delete_alternate_contact, **which)


def test_what_is_no_contact(account: Any) -> None:
    for wrong in (
        {"AlternateContactType": "FRIENDS"},
        {"EmailAddress": "nobody"},
        {"PhoneNumber": "call me"},
    ):
        parameters = {**CONTACT, "AlternateContactType": "SECURITY", **wrong}
        refused("ValidationException", account.put_alternate_contact, **parameters)


def test_the_primary_contact(account: Any) -> None:
    found = account.get_contact_information()["ContactInformation"]
    assert found["FullName"] == "Example Corp"
    account.put_contact_information(ContactInformation={**found, "City": "Seattle"})
    assert account.get_contact_information()["ContactInformation"]["City"] == "Seattle"
    wrong = {**found, "PhoneNumber": "0100"}
    refused("ValidationException", account.put_contact_information, ContactInformation=wrong)


def test_the_account_itself(lab: Lab, account: Any) -> None:
    found = account.get_account_information()
    assert (found["AccountId"], found["AccountName"]) == (ACCOUNT, "Example Corp")
    assert found["AccountCreatedDate"] < lab.clock.now
    account.put_account_name(AccountName="Renamed")
    assert account.get_account_information()["AccountName"] == "Renamed"


def test_regions(lab: Lab, account: Any) -> None:
    default = account.list_regions(RegionOptStatusContains=["ENABLED_BY_DEFAULT"])["Regions"]
    assert len(default) == 17
    pages = account.get_paginator("list_regions").paginate(PaginationConfig={"PageSize": 20})
    every = [region["RegionName"] for page in pages for region in page["Regions"]]
    assert len(every) == len(set(every)) == 34
    region = {"RegionName": "af-south-1"}

    def status() -> str:
        return account.get_region_opt_status(**region)["RegionOptStatus"]

    assert status() == "DISABLED"
    account.enable_region(**region)
    assert status() == "ENABLING"
    refused("ConflictException", account.disable_region, **region)
    lab.clock.advance(minutes=10)
    assert status() == "ENABLED"
    account.disable_region(**region)
    lab.clock.advance(minutes=10)
    assert status() == "DISABLED"
    refused("ValidationException", account.disable_region, RegionName="us-east-1")
    refused("ValidationException", account.get_region_opt_status, RegionName="us-moon-1")


def test_the_management_account_asks_for_its_members(lab: Lab) -> None:
    org = Organization(lab)
    account = org.admin.client("account")
    which = {"AlternateContactType": "SECURITY", "AccountId": org.member}
    refused("AccessDeniedException", account.get_alternate_contact, **which)
    org.api.enable_aws_service_access(ServicePrincipal="account.amazonaws.com")
    account.put_alternate_contact(**CONTACT, **which)
    inside = org.inside("account")
    found = inside.get_alternate_contact(AlternateContactType="SECURITY")["AlternateContact"]
    assert found["Name"] == "Saanvi Sarkar"
    assert account.get_primary_email(AccountId=org.member)["PrimaryEmail"] == "dev@example.com"
    refused("AccessDeniedException", inside.get_account_information, AccountId=ACCOUNT)
    refused("AccessDeniedException", account.get_account_information, AccountId=ACCOUNT)
    refused("ResourceNotFoundException", account.get_alternate_contact,
            AlternateContactType="SECURITY")  # fmt: skip
    account.put_account_name(AccountName="renamed", AccountId=org.member)
    assert org.api.describe_account(AccountId=org.member)["Account"]["Name"] == "renamed"
