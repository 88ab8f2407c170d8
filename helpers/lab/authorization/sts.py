"""STS: roles with their trust policies, and the operations that need no permission.

AWS page: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from helpers.lab import seam
from helpers.lab.authorization.requirement import Requirement
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
}


def requirements(call: Call, principal: Principal, account_id: str) -> Iterator[Requirement]:
    """What an STS call needs."""
    parameters = call.parameters
    context: dict[str, Any] = {
        key: parameters[name] for key, name in CONTEXT.items() if parameters.get(name)
    }
    tags = parameters.get("Tags") or []
    for tag in tags:
        context[f"aws:RequestTag/{tag['Key']}"] = tag.get("Value", "")
    if tags:
        context["aws:TagKeys"] = [tag["Key"] for tag in tags]
    if call.operation not in ROLE_OPERATIONS:
        resource = "*"
        if call.operation == "GetFederationToken":
            resource = f"arn:aws:sts::{account_id}:federated-user/{parameters.get('Name', '')}"
        elif call.operation == "AssumeRoot":
            resource = root_arn(parameters.get("TargetPrincipal", ""))
            context["sts:TaskPolicyArn"] = (parameters.get("TaskPolicyArn") or {}).get("arn")
        yield Requirement(f"sts:{call.operation}", resource, context)
        return
    arn = parameters.get("RoleArn", "")
    role = seam.role(arn)
    on_role = {
        "resource": arn,
        "context": context,
        "resource_account": _account_of(arn),
        "resource_policy": role and (role.name, role.assume_role_policy_document),
    }
    yield Requirement(f"sts:{call.operation}", **on_role)
    if tags:
        yield Requirement("sts:TagSession", **on_role)
    if parameters.get("SourceIdentity"):
        yield Requirement("sts:SetSourceIdentity", **on_role)


def root_arn(target: str) -> str:
    """The root user that AssumeRoot is about, which is named by its ARN or its account's id."""
    return f"arn:aws:iam::{target}:root" if target.isdigit() else target


def _account_of(arn: str) -> str | None:
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 else None
