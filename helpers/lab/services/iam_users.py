"""IAM users: ids as AWS makes them, permissions boundaries that last, and the root user as
the one who asks about himself.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

from __future__ import annotations

import re
from typing import Any

from helpers.lab import seam
from helpers.lab.errors import AwsError
from helpers.lab.services.iam_root import named_user
from helpers.lab.services.registry import Asked, answers

_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)


def _set_boundary(asked: Asked, user: Any, arn: str) -> None:
    if seam.policy(arn, asked.account.id) is None:
        raise AwsError(
            "NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable.", 404
        )
    user.permissions_boundary_arn = arn
    user.permissions_boundary = {
        "PermissionsBoundaryType": "Policy",
        "PermissionsBoundaryArn": arn,
    }


@answers("iam", "CreateUser")
def create_user(asked: Asked) -> Any:
    parameters = asked.parameters
    if not _NAME.fullmatch(parameters["UserName"]):
        raise AwsError(
            "ValidationError",
            "The specified value for userName is invalid. It must contain only alphanumeric "
            "characters and/or the following: +=,.@_-",
        )
    boundary = parameters.get("PermissionsBoundary")
    if boundary and seam.policy(boundary, asked.account.id) is None:
        raise AwsError(
            "NoSuchEntity", f"Scope ARN: {boundary} does not exist or is not attachable.", 404
        )
    user = asked.iam.create_user(
        region_name="us-east-1",
        user_name=parameters["UserName"],
        path=parameters.get("Path") or "/",
        tags=parameters.get("Tags") or [],
    )
    user.id = asked.account.new_key_id("AIDA")
    if boundary:
        _set_boundary(asked, user, boundary)
    return {"User": user}


@answers("iam", "GetUser")
def get_user(asked: Asked) -> Any:
    user = named_user(asked)
    if user is not None:
        return {"User": user}
    root = asked.account.root
    return {
        "User": {
            "UserId": root.account_id,
            "Arn": root.arn,
            "CreateDate": root.created_at,
            "PasswordLastUsed": root.password_last_used,
        }
    }


@answers("iam", "PutUserPermissionsBoundary")
def put_user_permissions_boundary(asked: Asked) -> None:
    user = asked.iam.get_user(asked.parameters["UserName"])
    _set_boundary(asked, user, asked.parameters["PermissionsBoundary"])


@answers("iam", "DeleteUserPermissionsBoundary")
def delete_user_permissions_boundary(asked: Asked) -> None:
    user = asked.iam.get_user(asked.parameters["UserName"])
    user.permissions_boundary_arn = user.permissions_boundary = None
