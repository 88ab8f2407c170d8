"""User names and passwords that only one service takes, such as CodeCommit for Git over HTTPS.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_service-specific-creds.html
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from helpers.lab.account import Account
from helpers.lab.errors import AwsError
from helpers.lab.services import iam_store as store
from helpers.lab.services.registry import Asked, answers

SERVICES = ("codecommit.amazonaws.com", "cassandra.amazonaws.com")
PER_SERVICE = 2


@dataclass
class ServiceCredential:
    """One such pair of a user, who is known by id."""

    id: str
    user_id: str
    service: str
    name: str
    password: str
    created_at: datetime
    status: str = "Active"


def credentials_of(account: Account, user: Any) -> list[ServiceCredential]:
    """All such credentials of a user."""
    return [it for it in _all(account).values() if it.user_id == user.id]


def _all(account: Account) -> dict[str, ServiceCredential]:
    return account.own.setdefault("iam.service_credentials", {})


def _named(asked: Asked) -> tuple[Any, ServiceCredential]:
    user = store.own_or_named_user(asked)
    wanted = asked.parameters["ServiceSpecificCredentialId"]
    found = _all(asked.account).get(wanted)
    if found is None or found.user_id != user.id:
        raise store.no_such_entity(f"No such credential {wanted} exists")
    return user, found


def _shown(user: Any, credential: ServiceCredential) -> dict[str, Any]:
    return {
        "UserName": user.name,
        "Status": credential.status,
        "ServiceUserName": credential.name,
        "CreateDate": credential.created_at,
        "ServiceSpecificCredentialId": credential.id,
        "ServiceName": credential.service,
    }


def _check_service(service: str) -> None:
    if service not in SERVICES:
        raise AwsError("NotSupportedService", f"No such service {service} is supported", 404)


@answers("iam", "CreateServiceSpecificCredential")
def create_service_specific_credential(asked: Asked) -> Any:
    user, service = store.user(asked), asked.parameters["ServiceName"]
    _check_service(service)
    there = [it for it in credentials_of(asked.account, user) if it.service == service]
    if len(there) >= PER_SERVICE:
        raise store.limit_exceeded("ServiceSpecificCredentialsPerUser", PER_SERVICE)
    suffix = f"+{len(there)}" if there else ""
    made = ServiceCredential(
        asked.account.new_key_id("ACCA"),
        user.id,
        service,
        f"{user.name}{suffix}-at-{asked.account.id}",
        asked.account.new_secret(),
        asked.now,
    )
    _all(asked.account)[made.id] = made
    shown = {**_shown(user, made), "ServicePassword": made.password}
    return {"ServiceSpecificCredential": shown}


@answers("iam", "ListServiceSpecificCredentials")
def list_service_specific_credentials(asked: Asked) -> Any:
    service = asked.parameters.get("ServiceName")
    if service is not None:
        _check_service(service)
    every = asked.parameters.get("AllUsers")
    users = store.by_name(asked.iam.users.values()) if every else [store.own_or_named_user(asked)]
    there = [
        _shown(user, credential)
        for user in users
        for credential in credentials_of(asked.account, user)
        if service in (None, credential.service)
    ]
    found, more = store.page(asked, there)
    return {"ServiceSpecificCredentials": found, **more}


@answers("iam", "UpdateServiceSpecificCredential")
def update_service_specific_credential(asked: Asked) -> None:
    _, credential = _named(asked)
    credential.status = asked.parameters["Status"]


@answers("iam", "ResetServiceSpecificCredential")
def reset_service_specific_credential(asked: Asked) -> Any:
    user, credential = _named(asked)
    credential.password = asked.account.new_secret()
    shown = {**_shown(user, credential), "ServicePassword": credential.password}
    return {"ServiceSpecificCredential": shown}


@answers("iam", "DeleteServiceSpecificCredential")
def delete_service_specific_credential(asked: Asked) -> None:
    _, credential = _named(asked)
    del _all(asked.account)[credential.id]
