"""The condition keys that every request carries, whatever it asks for.

A key that AWS leaves out of a request is left out here as well: whether a key is missing or
false decides policies.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from helpers.lab import s3_context, seam
from helpers.lab.account import Credential, PrincipalType
from helpers.lab.callers import Principal
from helpers.lab.wire import Call

if TYPE_CHECKING:
    from helpers.lab.world import World

SOURCE_IP = "203.0.113.10"
"""Where calls come from unless a caller says otherwise: an address kept for documentation."""

SOURCE_IP_ENVIRON = "lab.source_ip"
"""Where a request in here keeps the address that it comes from."""

GLOBAL_SERVICES_REGION = "us-east-1"
"""What aws:RequestedRegion says for IAM and the other services without a Region."""


def source_ip(call: Call) -> str:
    """The address that a call comes from."""
    return str(call.request.environ.get(SOURCE_IP_ENVIRON, SOURCE_IP))


def request_context(call: Call, principal: Principal, now: datetime) -> dict[str, Any]:
    """The context of a request: condition key → value."""
    context: dict[str, Any] = {
        "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(int(now.timestamp())),
        "aws:RequestedRegion": call.region or GLOBAL_SERVICES_REGION,
        "aws:SecureTransport": "true" if call.request.scheme == "https" else "false",
        "aws:SourceIp": source_ip(call),
        "aws:ViaAWSService": "false",
        "aws:PrincipalType": principal.type.value,
        "aws:userid": principal.user_id,
    }
    if call.service in ("s3", "s3control"):
        context.update(s3_context.signing(call, now))
    if agent := call.request.headers.get("User-Agent"):
        context["aws:UserAgent"] = agent
    if referer := call.request.headers.get("Referer"):
        context["aws:Referer"] = referer
    if principal.type is PrincipalType.ANONYMOUS:
        return context
    context["aws:PrincipalAccount"] = principal.account_id
    context["aws:PrincipalArn"] = _principal_arn(principal)
    context["aws:PrincipalIsAWSService"] = "false"
    if principal.type is PrincipalType.USER:
        context["aws:username"] = principal.name
    context.update(_mfa(principal, now))
    if principal.issued_at is not None:
        context["aws:TokenIssueTime"] = principal.issued_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    for key, value in principal_tags(principal).items():
        context[f"aws:PrincipalTag/{key}"] = value
    if principal.session is not None and principal.session.source_identity:
        context["aws:SourceIdentity"] = principal.session.source_identity
    if principal.credential is Credential.ASSUMED_ROOT:
        context["aws:AssumedRoot"] = "true"
    return context


def merged(*parts: Mapping[str, Any]) -> dict[str, Any]:
    """One context of several; the later ones win. Keys are the same in any case, so that of the
    tags Team and team one is seen.

    >>> merged({"aws:SourceIp": "203.0.113.10"}, {"AWS:sourceip": "198.51.100.1"})
    {'AWS:sourceip': '198.51.100.1'}
    """
    found: dict[str, tuple[str, Any]] = {}
    for part in parts:
        for key, value in part.items():
            found[key.lower()] = key, value
    return dict(found.values())


def organization_context(kind: str, account_id: str | None, world: World) -> dict[str, Any]:
    """Where in its organization an account is: the keys aws:PrincipalOrgID, aws:ResourceOrgID…

    ``kind`` is "Principal", "Resource" or "Source" (of a call that a service makes for an
    account's resource). An account of no organization has none of the keys.
    """
    organization = world.organization_of(account_id)
    if organization is None or account_id is None:
        return {}
    found: dict[str, Any] = {
        f"aws:{kind}OrgID": organization.id,
        f"aws:{kind}OrgPaths": [organization.path_of(account_id)],
    }
    if kind == "Principal":
        found["aws:PrincipalOrgMasterAccountId"] = organization.management_id
    return found


def _principal_arn(principal: Principal) -> str:
    """For a role's session the role's ARN; for all others the caller's own."""
    if principal.type is PrincipalType.ROLE_SESSION:
        return principal.identity_arn
    return principal.arn


def _mfa(principal: Principal, now: datetime) -> Mapping[str, str]:
    if principal.mfa is None:
        return {}
    if not principal.mfa or principal.mfa_at is None:
        return {"aws:MultiFactorAuthPresent": "false"}
    age = int((now - principal.mfa_at).total_seconds())
    return {"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": str(age)}


def principal_tags(principal: Principal) -> dict[str, str]:
    """The tags of the user or role, with a session's own tags over them."""
    tags: dict[str, str] = {}
    if principal.account_id is not None:
        store = seam.iam_backend(principal.account_id)
        if principal.type is PrincipalType.USER and principal.name in store.users:
            tags = seam.tags_of(store.users[principal.name])
        elif principal.type is PrincipalType.ROLE_SESSION:
            role = seam.role(principal.identity_arn)
            tags = seam.tags_of(role) if role is not None else {}
    if principal.session is not None:
        tags.update(principal.session.tags)
    return tags
