"""An account that exists already joins an organization: invited, and accepting it itself.

It keeps its root user's password, and no role lets the management account in: both are left to
the people of the account.

AWS page: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_invites.html
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from helpers.lab.organization import Handshake, Organization
from helpers.lab.services.organizations import error, join, managed, page
from helpers.lab.services.registry import Asked, answers
from helpers.lab.world import World

LASTS = timedelta(days=15)
"""How long an invitation waits for its answer."""


def _described(organization: Organization, handshake: Handshake, world: World) -> dict[str, Any]:
    management = world.accounts[organization.management_id]
    sender = [
        {"Type": "MASTER_EMAIL", "Value": management.email},
        {"Type": "MASTER_NAME", "Value": management.name},
        {"Type": "ORGANIZATION_FEATURE_SET", "Value": organization.feature_set},
    ]
    resources = [
        {"Type": "ORGANIZATION", "Value": organization.id, "Resources": sender},
        {"Type": handshake.target["Type"], "Value": handshake.target["Id"]},
    ]
    if handshake.notes:
        resources.append({"Type": "NOTES", "Value": handshake.notes})
    return {
        "Id": handshake.id,
        "Arn": handshake.arn,
        "Parties": [
            {"Id": organization.id.removeprefix("o-"), "Type": "ORGANIZATION"},
            handshake.target,
        ],
        "State": handshake.state_at(world.clock.now),
        "RequestedTimestamp": handshake.requested_at,
        "ExpirationTimestamp": handshake.expires_at,
        "Action": "INVITE",
        "Resources": resources,
    }


@answers("organizations", "InviteAccountToOrganization")
def invite_account_to_organization(asked: Asked) -> Any:
    organization = managed(asked)
    world, now = asked.world, asked.now
    target = dict(asked.parameters["Target"])
    if target["Type"] not in ("ACCOUNT", "EMAIL"):
        raise error("InvalidInput", "You specified an invalid value.", "INVALID_PARTY_TYPE_TARGET")
    known = "id" if target["Type"] == "ACCOUNT" else "email"
    invited = next((a for a in world.accounts.values() if getattr(a, known) == target["Id"]), None)
    if target["Type"] == "ACCOUNT" and invited is None:
        raise error("AccountNotFound", "You specified an account that doesn't exist.")
    if invited is not None and invited.id in organization.members:
        raise error(
            "HandshakeConstraintViolation",
            "The account is already a member of the organization.",
            "ALREADY_IN_AN_ORGANIZATION",
        )
    if any(
        h.target == target and h.state_at(now) == "REQUESTED"
        for h in organization.handshakes.values()
    ):
        raise error("DuplicateHandshake", "An invitation to the specified account exists already.")
    if organization.is_full(now):
        raise error(
            "HandshakeConstraintViolation",
            "You have exceeded the allowed number of AWS accounts.",
            "ACCOUNT_NUMBER_LIMIT_EXCEEDED",
        )
    identifier = organization.new_id("h", 32)
    handshake = Handshake(
        id=identifier,
        arn=organization.arn_of("handshake", f"invite/{identifier}"),
        target=target,
        account_id=invited.id if invited is not None else None,
        notes=asked.parameters.get("Notes") or "",
        requested_at=now,
        expires_at=now + LASTS,
    )
    organization.handshakes[identifier] = handshake
    return {"Handshake": _described(organization, handshake, world)}


def _find(asked: Asked, *, as_sender: bool, as_recipient: bool) -> tuple[Organization, Handshake]:
    """The handshake that a call names, where the caller is the party that it has to be."""
    identifier, own = asked.parameters["HandshakeId"], asked.account.id
    for organization in asked.world.organizations.values():
        handshake = organization.handshakes.get(identifier)
        if handshake is None:
            continue
        if as_recipient and handshake.account_id == own:
            return organization, handshake
        if as_sender and organization.management_id == own:
            return organization, handshake
    raise error("HandshakeNotFound", "You specified a handshake that doesn't exist.")


def _end(asked: Asked, state: str, *, as_sender: bool = False) -> tuple[Organization, Handshake]:
    """Bring a handshake that still waits into its last state."""
    organization, handshake = _find(asked, as_sender=as_sender, as_recipient=not as_sender)
    current = handshake.state_at(asked.now)
    if current == state:
        raise error("HandshakeAlreadyInState", f"The handshake is already {state.lower()}.")
    if current != "REQUESTED":
        raise error(
            "InvalidHandshakeTransition",
            f"The handshake is {current.lower()} and cannot become {state.lower()}.",
        )
    return organization, handshake


@answers("organizations", "AcceptHandshake")
def accept_handshake(asked: Asked) -> Any:
    organization, handshake = _end(asked, "ACCEPTED")
    world = asked.world
    if world.organization_of(asked.account.id) is not None:
        raise error(
            "HandshakeConstraintViolation",
            "The account is already a member of an organization.",
            "ALREADY_IN_AN_ORGANIZATION",
        )
    join(world, organization, asked.account, "INVITED")
    handshake.state = "ACCEPTED"
    return {"Handshake": _described(organization, handshake, world)}


@answers("organizations", "DeclineHandshake")
def decline_handshake(asked: Asked) -> Any:
    organization, handshake = _end(asked, "DECLINED")
    handshake.state = "DECLINED"
    return {"Handshake": _described(organization, handshake, asked.world)}


@answers("organizations", "CancelHandshake")
def cancel_handshake(asked: Asked) -> Any:
    organization, handshake = _end(asked, "CANCELED", as_sender=True)
    handshake.state = "CANCELED"
    return {"Handshake": _described(organization, handshake, asked.world)}


@answers("organizations", "DescribeHandshake")
def describe_handshake(asked: Asked) -> Any:
    organization, handshake = _find(asked, as_sender=True, as_recipient=True)
    return {"Handshake": _described(organization, handshake, asked.world)}


@answers("organizations", "ListHandshakesForAccount")
def list_handshakes_for_account(asked: Asked) -> Any:
    found = (
        _described(organization, handshake, asked.world)
        for organization in asked.world.organizations.values()
        for handshake in organization.handshakes.values()
        if handshake.account_id == asked.account.id
    )
    return page(asked, "Handshakes", _filtered(asked, found))


@answers("organizations", "ListHandshakesForOrganization")
def list_handshakes_for_organization(asked: Asked) -> Any:
    organization = managed(asked)
    handshakes = organization.handshakes.values()
    found = (_described(organization, handshake, asked.world) for handshake in handshakes)
    return page(asked, "Handshakes", _filtered(asked, found))


def _filtered(asked: Asked, handshakes: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    wanted = (asked.parameters.get("Filter") or {}).get("ActionType", "INVITE")
    return [handshake for handshake in handshakes if handshake["Action"] == wanted]
