"""IAM's entities by name, with AWS's sentence where there is none; and lists by the page.

AWS page: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import Any

from helpers.lab import seam
from helpers.lab.account import PrincipalType
from helpers.lab.errors import AwsError
from helpers.lab.services.registry import Asked

USUAL_ITEMS = 100
SERVICE_LINKED = "/aws-service-role/"
"""The path of roles that belong to a service."""


def no_such_entity(message: str) -> AwsError:
    """IAM's error for something that there is not."""
    return AwsError("NoSuchEntity", message, 404)


def already_exists(message: str) -> AwsError:
    """IAM's error for something that there is already."""
    return AwsError("EntityAlreadyExists", message, 409)


def limit_exceeded(quota: str, limit: int) -> AwsError:
    """IAM's error for one more than a quota lets there be."""
    return AwsError("LimitExceeded", f"Cannot exceed quota for {quota}: {limit}", 409)


def delete_conflict(message: str) -> AwsError:
    """IAM's error for the deletion of something in use."""
    return AwsError("DeleteConflict", message, 409)


def invalid_input(message: str) -> AwsError:
    """IAM's error for parameters that are right in form and mean nothing."""
    return AwsError("InvalidInput", message)


def user(asked: Asked, name: str | None = None) -> Any:
    """moto's user of that name, else of the one that the call names."""
    name = asked.parameters["UserName"] if name is None else name
    if (found := asked.iam.users.get(name)) is None:
        raise no_such_entity(f"The user with name {name} cannot be found.")
    return found


def user_name_needed() -> AwsError:
    """IAM's error for a call that is about the calling user, by one who is no user."""
    return AwsError(
        "ValidationError", "Must specify userName when calling with non-User credentials"
    )


def own_or_named_user(asked: Asked) -> Any:
    """moto's user that the call names, else the one who calls."""
    name = asked.parameters.get("UserName")
    if name is None and asked.principal.type is not PrincipalType.USER:
        raise user_name_needed()
    return user(asked, name or asked.principal.name)


def user_or_root(asked: Asked) -> Any | None:
    """The same; ``None`` where the root user calls and names nobody: it is about root itself."""
    if asked.principal.is_root and asked.parameters.get("UserName") is None:
        return None
    return own_or_named_user(asked)


def group(asked: Asked) -> Any:
    """moto's group that the call names."""
    name = asked.parameters["GroupName"]
    if (found := asked.iam.groups.get(name)) is None:
        raise no_such_entity(f"The group with name {name} cannot be found.")
    return found


def role(asked: Asked) -> Any:
    """moto's role that the call names."""
    name = asked.parameters["RoleName"]
    found = next((role for role in asked.iam.roles.values() if role.name == name), None)
    if found is None:
        raise no_such_entity(f"The role with name {name} cannot be found.")
    return found


def modifiable_role(asked: Asked) -> Any:
    """The same, for a change: roles that belong to a service are the service's to change."""
    found = role(asked)
    if found.path.startswith(SERVICE_LINKED):
        raise AwsError(
            "UnmodifiableEntity",
            f"Cannot perform the operation on the protected role '{found.name}' - "
            "this role is only modifiable by AWS",
        )
    return found


def instance_profile(asked: Asked) -> Any:
    """moto's instance profile that the call names."""
    name = asked.parameters["InstanceProfileName"]
    if (found := asked.iam.instance_profiles.get(name)) is None:
        raise no_such_entity(f"Instance Profile {name} cannot be found.")
    return found


def policy(asked: Asked) -> Any:
    """moto's managed policy that the call names."""
    arn = asked.parameters["PolicyArn"]
    _check_policy_arn(arn)
    if (found := seam.policy(arn, asked.account.id)) is None:
        raise no_such_entity(f"Policy {arn} was not found.")
    return found


def attachable_policy(asked: Asked) -> Any:
    """moto's managed policy that the call is to attach."""
    arn = asked.parameters["PolicyArn"]
    _check_policy_arn(arn)
    if (found := seam.policy(arn, asked.account.id)) is None:
        raise no_such_entity(f"Policy {arn} does not exist or is not attachable.")
    if arn.startswith(f"arn:aws:iam::aws:policy{SERVICE_LINKED}"):
        raise AwsError(
            "PolicyNotAttachable", "Cannot attach a Service Role Policy to a Customer Role."
        )
    return found


def _check_policy_arn(arn: str) -> None:
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn" or parts[2] != "iam" or parts[3]:
        raise invalid_input(f"ARN {arn} is not valid.")


def taken(name: str, names: Iterable[str]) -> bool:
    """Whether a name is among others, which differ from each other in more than case.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    """
    folded = name.lower()
    return any(other.lower() == folded for other in names)


def page(asked: Asked, items: Iterable[Any], usual: int = USUAL_ITEMS) -> tuple[list[Any], Any]:
    """The items on the page that a call asks for, and what the answer says of further pages."""
    items = list(items)
    start = _start(asked.parameters.get("Marker"))
    if start > len(items):
        raise _invalid_marker()
    end = start + (asked.parameters.get("MaxItems") or usual)
    if end >= len(items):
        return items[start:], {"IsTruncated": False}
    marker = base64.urlsafe_b64encode(f"from:{end}".encode()).decode()
    return items[start:end], {"IsTruncated": True, "Marker": marker}


def _start(marker: str | None) -> int:
    if marker is None:
        return 0
    try:
        text = base64.b64decode(marker, altchars=b"-_", validate=True).decode()
        return abs(int(text.removeprefix("from:")))
    except (binascii.Error, ValueError) as error:
        raise _invalid_marker() from error


def _invalid_marker() -> AwsError:
    return AwsError("ValidationError", "Invalid Marker.")


def by_name(entities: Iterable[Any], path_prefix: str | None = None) -> list[Any]:
    """Entities under a path, in the order of their names, as IAM lists them."""
    prefix = path_prefix or "/"
    found = [entity for entity in entities if entity.path.startswith(prefix)]
    return sorted(found, key=lambda entity: entity.name.lower())
