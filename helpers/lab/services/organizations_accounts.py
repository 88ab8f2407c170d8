"""Accounts of an organization: made, found, moved, and how they leave.

A new account has no password for its root user. The way in is the role that its management
account may assume.

AWS pages: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_create.html,
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access-cross-account-role.html
"""

from __future__ import annotations

import json
import re
from random import Random
from typing import Any

from helpers.lab import seam
from helpers.lab.organization import AccountRequest, Member, Organization
from helpers.lab.services.organizations import (
    error,
    join,
    managed,
    own_organization,
    page,
    readable,
    tags_in,
)
from helpers.lab.services.registry import Asked, answers

ROLE_NAME = "OrganizationAccountAccessRole"
ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


def member_of(organization: Organization, account_id: str) -> Member:
    """A member account. Raises AccountNotFoundException."""
    if account_id not in organization.members:
        raise error("AccountNotFound", "You specified an account that doesn't exist.")
    return organization.members[account_id]


def described(organization: Organization, member: Member) -> dict[str, Any]:
    """An account as Organizations describes it."""
    return {
        "Id": member.id,
        "Arn": member.arn,
        "Email": member.email,
        "Name": member.name,
        "Status": "SUSPENDED" if member.state == "CLOSED" else member.state,
        "State": member.state,
        "Paths": [f"{organization.path_of(member.id)}{member.id}/"],
        "JoinedMethod": member.joined_method,
        "JoinedTimestamp": member.joined_at,
    }


@answers("organizations", "CreateAccount")
def create_account(asked: Asked) -> Any:
    organization = managed(asked)
    parameters = asked.parameters
    if organization.is_full(asked.now):
        raise error(
            "ConstraintViolation",
            "You have exceeded the allowed number of AWS accounts.",
            "ACCOUNT_NUMBER_LIMIT_EXCEEDED",
        )
    if not _EMAIL.fullmatch(parameters["Email"]):
        raise error(
            "InvalidInput",
            "You specified an invalid email address.",
            "INVALID_EMAIL_ADDRESS_TARGET",
        )
    request = AccountRequest(organization.new_id("car", 32), parameters["AccountName"], asked.now)
    organization.requests[request.id] = request
    if any(a.email == parameters["Email"] for a in asked.world.accounts.values()):
        request.failure = "EMAIL_ALREADY_EXISTS"
    else:
        request.account_id = _open(asked, organization)
    # What becomes of it is told by DescribeCreateAccountStatus, as on AWS.
    return {
        "CreateAccountStatus": {
            "Id": request.id,
            "AccountName": request.name,
            "State": "IN_PROGRESS",
            "RequestedTimestamp": request.requested_at,
        }
    }


def _open(asked: Asked, organization: Organization) -> str:
    world, parameters = asked.world, asked.parameters
    account_id = organization.management_id
    while account_id in world.accounts:
        account_id = str(organization.random.randrange(10**11, 10**12))
    account = world.open_account(
        account_id,
        random=Random(organization.random.getrandbits(64)),
        name=parameters["AccountName"],
        email=parameters["Email"],
        password=None,
    )
    member = join(world, organization, account, "CREATED")
    member.tags = tags_in(asked)
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{organization.management_id}:root"},
        "Action": "sts:AssumeRole",
    }
    role_name = parameters.get("RoleName") or ROLE_NAME
    store = seam.iam_backend(account_id)
    store.create_role(
        role_name=role_name,
        assume_role_policy_document=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        path="/",
        permissions_boundary=None,
        description="",
        tags=[],
        max_session_duration=3600,
    )
    seam.policy(ADMINISTRATOR_ACCESS, account_id)
    store.attach_role_policy(ADMINISTRATOR_ACCESS, role_name)
    return account_id


def _status(request: AccountRequest) -> dict[str, Any]:
    found = {
        "Id": request.id,
        "AccountName": request.name,
        "State": "FAILED" if request.failure else "SUCCEEDED",
        "RequestedTimestamp": request.requested_at,
        "CompletedTimestamp": request.requested_at,
    }
    if request.failure:
        found["FailureReason"] = request.failure
    else:
        found["AccountId"] = request.account_id
    return found


@answers("organizations", "DescribeCreateAccountStatus")
def describe_create_account_status(asked: Asked) -> Any:
    request = readable(asked).requests.get(asked.parameters["CreateAccountRequestId"])
    if request is None:
        raise error(
            "CreateAccountStatusNotFound",
            "You specified a create account request that doesn't exist.",
        )
    return {"CreateAccountStatus": _status(request)}


@answers("organizations", "ListCreateAccountStatus")
def list_create_account_status(asked: Asked) -> Any:
    wanted = asked.parameters.get("States") or ["SUCCEEDED", "FAILED"]
    statuses = map(_status, readable(asked).requests.values())
    return page(asked, "CreateAccountStatuses", (s for s in statuses if s["State"] in wanted))


@answers("organizations", "DescribeAccount")
def describe_account(asked: Asked) -> Any:
    organization = readable(asked)
    member = member_of(organization, asked.parameters["AccountId"])
    return {"Account": described(organization, member)}


@answers("organizations", "ListAccounts")
def list_accounts(asked: Asked) -> Any:
    organization = readable(asked)
    members = organization.members.values()
    return page(asked, "Accounts", (described(organization, member) for member in members))


@answers("organizations", "ListAccountsForParent")
def list_accounts_for_parent(asked: Asked) -> Any:
    organization = readable(asked)
    parent = asked.parameters["ParentId"]
    if parent not in organization.units:
        raise error("ParentNotFound", "You specified parent that doesn't exist.")
    members = (m for m in organization.members.values() if m.parent_id == parent)
    return page(asked, "Accounts", (described(organization, member) for member in members))


@answers("organizations", "MoveAccount")
def move_account(asked: Asked) -> None:
    organization = managed(asked)
    parameters = asked.parameters
    member = member_of(organization, parameters["AccountId"])
    source, destination = parameters["SourceParentId"], parameters["DestinationParentId"]
    if source not in organization.units or member.parent_id != source:
        raise error("SourceParentNotFound", "You specified a source parent that doesn't exist.")
    if destination not in organization.units:
        raise error(
            "DestinationParentNotFound", "You specified a destination parent that doesn't exist."
        )
    if source == destination:
        raise error(
            "DuplicateAccount", "The account is already present in the specified destination."
        )
    member.parent_id = destination


@answers("organizations", "CloseAccount")
def close_account(asked: Asked) -> None:
    organization = managed(asked)
    account_id = asked.parameters["AccountId"]
    member = member_of(organization, account_id)
    if account_id == organization.management_id:
        raise error(
            "ConstraintViolation",
            "You cannot close the management account of an organization.",
            "CANNOT_CLOSE_MANAGEMENT_ACCOUNT",
        )
    if member.state != "ACTIVE":
        raise error("AccountAlreadyClosed", "The account is already closed.")
    member.state = "CLOSED"


@answers("organizations", "RemoveAccountFromOrganization")
def remove_account_from_organization(asked: Asked) -> None:
    organization = managed(asked)
    _let_go(organization, member_of(organization, asked.parameters["AccountId"]))


@answers("organizations", "LeaveOrganization")
def leave_organization(asked: Asked) -> None:
    organization = own_organization(asked)
    _let_go(organization, organization.members[asked.account.id])


def _let_go(organization: Organization, member: Member) -> None:
    if member.id == organization.management_id:
        raise error(
            "MasterCannotLeaveOrganization",
            "You cannot remove the management account from its organization.",
        )
    if member.id in organization.delegated:
        raise error(
            "ConstraintViolation",
            "You cannot remove an account that is a delegated administrator of the organization.",
            "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
        )
    if member.joined_method == "CREATED":
        # It has no means of payment of its own, and nobody can give it one in a notebook.
        raise error(
            "ConstraintViolation",
            "The member account is missing one or more of the prerequisites required to operate "
            "as a standalone account.",
            "MEMBER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED",
        )
    organization.remove(member.id)
