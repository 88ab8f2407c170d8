"""STS: roles with their trust policies, and the operations that need no permission.

AWS page: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from helpers.lab import seam
from helpers.lab.account import Session
from helpers.lab.authorization.requirement import Requirement
from helpers.lab.authorization.tags import request_tags
from helpers.lab.callers import Principal
from helpers.lab.wire import Call

ROLE_OPERATIONS = frozenset({"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"})

# Nothing has to allow these; a Deny still stops them. AWS's pages disagree on the second half
# for GetSessionToken, and its own example of an MFA policy exempts it from the Deny, which
# would be idle if the Deny did not reach it.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getsessiontoken.html
NEED_NO_ALLOW = frozenset({"sts:GetSessionToken"})

CONTEXT = {
    "sts:ExternalId": "ExternalId",
    "sts:RoleSessionName": "RoleSessionName",
    "sts:SourceIdentity": "SourceIdentity",
    "sts:DurationSeconds": "DurationSeconds",
    "sts:TransitiveTagKeys": "TransitiveTagKeys",
    "sts:IdentityTokenAudience": "Audience",
    "sts:SigningAlgorithm": "SigningAlgorithm",
}


def requirements(call: Call, principal: Principal, account_id: str) -> Iterator[Requirement]:
    """What an STS call needs."""
    parameters = call.parameters
    context: dict[str, Any] = {
        key: parameters[name] for key, name in CONTEXT.items() if parameters.get(name)
    }
    context |= request_tags(call.operation, parameters)
    tagged = bool(parameters.get("Tags"))
    action = f"sts:{call.operation}"
    if call.operation in ROLE_OPERATIONS:
        yield from _on_role(action, parameters, context, principal.session)
    elif call.operation == "GetFederationToken":
        user = f"arn:aws:sts::{account_id}:federated-user/{parameters.get('Name', '')}"
        yield Requirement(action, user, context)
        if tagged:
            yield Requirement("sts:TagSession", user, context)
    elif call.operation == "AssumeRoot":
        context["sts:TaskPolicyArn"] = (parameters.get("TaskPolicyArn") or {}).get("arn")
        yield Requirement(action, root_arn(parameters.get("TargetPrincipal", "")), context)
    else:
        yield Requirement(action, "*", context)
        if call.operation == "GetWebIdentityToken" and tagged:
            yield Requirement("sts:TagGetWebIdentityToken", "*", context)


def _on_role(
    action: str, parameters: Any, context: dict[str, Any], caller: Session | None
) -> Iterator[Requirement]:
    """What assuming a role needs, which its trust policy has to allow as well.

    What the caller's session hands on, its transitive tags and its source identity, is set on
    the new one, and takes the same permissions as if the call set it.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
    """
    arn = parameters.get("RoleArn", "")
    role = seam.role(arn)
    for key, value in (seam.tags_of(role) if role is not None else {}).items():
        context[f"aws:ResourceTag/{key}"] = context[f"iam:ResourceTag/{key}"] = value
    actions = [action]
    if parameters.get("Tags") or (caller is not None and caller.transitive):
        actions.append("sts:TagSession")
    identity = parameters.get("SourceIdentity") or (caller and caller.source_identity)
    if identity:
        context["sts:SourceIdentity"] = identity
        actions.append("sts:SetSourceIdentity")
    if parameters.get("ProvidedContexts"):
        actions.append("sts:SetContext")
        context["sts:RequestContextProviders"] = [
            item.get("ProviderArn") for item in parameters["ProvidedContexts"]
        ]
    for needed in actions:
        yield Requirement(
            needed,
            arn,
            context,
            resource_policy=role and (role.name, role.assume_role_policy_document),
            resource_account=_account_of(arn),
        )


def root_arn(target: str) -> str:
    """The root user that AssumeRoot is about, which is named by its ARN or its account's id."""
    return f"arn:aws:iam::{target}:root" if target.isdigit() else target


def _account_of(arn: str) -> str | None:
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 and len(parts[4]) == 12 and parts[4].isdigit() else None
