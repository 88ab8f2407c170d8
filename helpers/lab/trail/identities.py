"""The record's userIdentity: who it was, with which kind of credentials.

AWS page: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from helpers.lab.account import Credential, PrincipalType
from helpers.lab.callers import Principal
from helpers.lab.trail.notes import SignedIn

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
"""What CloudTrail writes in place of a secret."""

TYPES = {
    PrincipalType.ROOT: "Root",
    PrincipalType.USER: "IAMUser",
    PrincipalType.ROLE_SESSION: "AssumedRole",
    PrincipalType.FEDERATED_USER: "FederatedUser",
}

ANONYMOUS = {"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"}


def instant(at: datetime) -> str:
    """A point in time as records write it: 2026-11-02T09:00:00Z."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def of_caller(principal: Principal) -> dict[str, Any]:
    """The identity of a caller, as the record of the caller's own account has it."""
    if principal.type is PrincipalType.ANONYMOUS:
        return dict(ANONYMOUS)
    found: dict[str, Any] = {
        "type": TYPES[principal.type],
        "principalId": principal.user_id,
        "arn": principal.arn,
        "accountId": principal.account_id,
        "accessKeyId": principal.access_key_id,
    }
    if principal.type is PrincipalType.USER:
        found["userName"] = principal.name
    if principal.credential not in (None, Credential.LONG_TERM):
        found["sessionContext"] = _session(principal)
    return found


def _session(principal: Principal) -> dict[str, Any]:
    context: dict[str, Any] = {}
    if principal.type in (PrincipalType.ROLE_SESSION, PrincipalType.FEDERATED_USER):
        context["sessionIssuer"] = _issuer(principal)
    context["attributes"] = {
        "creationDate": instant(principal.issued_at) if principal.issued_at else "",
        "mfaAuthenticated": "true" if principal.mfa else "false",
    }
    if principal.session is not None and principal.session.source_identity:
        context["sourceIdentity"] = principal.session.source_identity
    if principal.credential is Credential.ASSUMED_ROOT:
        context["assumedRoot"] = "true"
    return context


def _issuer(principal: Principal) -> dict[str, Any]:
    """Whose credentials the session was got with: a role's, or those of a user or of root."""
    account = principal.identity_arn.split(":")[4]
    if principal.identity_arn.endswith(":root"):
        return {
            "type": "Root",
            "principalId": account,
            "arn": principal.identity_arn,
            "accountId": account,
        }
    federated = principal.type is PrincipalType.FEDERATED_USER
    issuer_id = principal.session.issuer_id if federated and principal.session else None
    return {
        "type": "IAMUser" if federated else "Role",
        "principalId": issuer_id or principal.user_id.partition(":")[0],
        "arn": principal.identity_arn,
        "accountId": account,
        "userName": principal.name,
    }


def of_stranger(principal: Principal) -> dict[str, Any]:
    """A caller as the record of another account has it, whose resource was called."""
    if principal.type is PrincipalType.ANONYMOUS:
        return dict(ANONYMOUS)
    return {
        "type": "AWSAccount",
        "principalId": principal.user_id,
        "accountId": principal.account_id,
    }


def of_service(service: str) -> dict[str, Any]:
    """An AWS service that acts for itself: ``cloudtrail.amazonaws.com``."""
    return {"type": "AWSService", "invokedBy": service}


def of_sign_in(note: SignedIn) -> dict[str, Any]:
    """Who signed in, or tried to. Of a name that nobody has nothing is kept: people type their
    password there."""
    if note.root:
        found = {
            "type": "Root",
            "principalId": note.account,
            "arn": f"arn:aws:iam::{note.account}:root",
            "accountId": note.account,
        }
    elif note.user_name is None:
        return {
            "type": "IAMUser",
            "accountId": note.account,
            "accessKeyId": "",
            "userName": HIDDEN,
        }
    else:
        found = {"type": "IAMUser", "principalId": note.user_id}
        if note.error is None and note.event == "ConsoleLogin":
            found["arn"] = note.arn
        found["accountId"] = note.account
    if note.error is not None or note.event == "CheckMfa":
        found["accessKeyId"] = ""
    if not note.root:
        found["userName"] = note.user_name
    return found
