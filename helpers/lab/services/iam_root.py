"""What IAM's operations mean when nobody is named: the caller, who may be the root user.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html
"""

from __future__ import annotations

from typing import Any

from helpers.lab.account import RootKey
from helpers.lab.errors import AwsError
from helpers.lab.services.registry import Asked, answers

KEYS_PER_USER = 2


def named_user(asked: Asked) -> Any | None:
    """moto's user that a call is about; ``None``: it is about the root user itself.

    Raises moto's NoSuchEntity for a name that no user has.
    """
    name = asked.parameters.get("UserName")
    if name is None and asked.principal.is_root:
        return None
    return asked.iam.get_user(name or asked.principal.name)


def _key(asked: Asked) -> RootKey:
    key_id = asked.parameters["AccessKeyId"]
    for key in asked.account.root.keys:
        if key.access_key_id == key_id:
            return key
    raise AwsError("NoSuchEntity", f"The Access Key with id {key_id} cannot be found.", 404)


@answers("iam", "CreateAccessKey")
def create_access_key(asked: Asked) -> Any:
    user = named_user(asked)
    if user is not None:
        key = asked.iam.create_access_key(user_name=user.name)
        return {"AccessKey": key}
    if len(asked.account.root.keys) >= KEYS_PER_USER:
        raise AwsError(
            "LimitExceeded", f"Cannot exceed quota for AccessKeysPerUser: {KEYS_PER_USER}", 409
        )
    key = RootKey(asked.account.new_key_id("AKIA"), asked.account.new_secret(), asked.now)
    asked.account.root.keys.append(key)
    return {
        "AccessKey": {
            "UserName": "root",
            "AccessKeyId": key.access_key_id,
            "Status": key.status,
            "SecretAccessKey": key.secret,
            "CreateDate": key.created_at,
        }
    }


@answers("iam", "ListAccessKeys")
def list_access_keys(asked: Asked) -> Any:
    user = named_user(asked)
    if user is not None:
        found = [
            (user.name, key.access_key_id, key.status, key.create_date) for key in user.access_keys
        ]
    else:
        found = [
            ("root", key.access_key_id, key.status, key.created_at)
            for key in asked.account.root.keys
        ]
    names = ("UserName", "AccessKeyId", "Status", "CreateDate")
    return {
        "AccessKeyMetadata": [dict(zip(names, row, strict=True)) for row in found],
        "IsTruncated": False,
    }


@answers("iam", "UpdateAccessKey")
def update_access_key(asked: Asked) -> None:
    user = named_user(asked)
    status = asked.parameters["Status"]
    if status not in ("Active", "Inactive"):
        raise AwsError(
            "ValidationError",
            f"1 validation error detected: Value '{status}' at 'status' failed to satisfy "
            "constraint: Member must satisfy enum value set: [Active, Inactive, Expired]",
        )
    if user is None:
        _key(asked).status = status
    else:
        user.update_access_key(asked.parameters["AccessKeyId"], status)


@answers("iam", "DeleteAccessKey")
def delete_access_key(asked: Asked) -> None:
    user = named_user(asked)
    if user is None:
        asked.account.root.keys.remove(_key(asked))
    else:
        asked.iam.delete_access_key(asked.parameters["AccessKeyId"], user.name)


@answers("iam", "GetAccountSummary")
def get_account_summary(asked: Asked) -> Any:
    summary = dict(asked.iam.account_summary.summary_map)
    root = asked.account.root
    summary["AccountMFAEnabled"] = int(bool(root.mfa_serials))
    summary["AccountAccessKeysPresent"] = int(bool(root.keys))
    summary["AccountPasswordPresent"] = int(root.login_profile_at is not None)
    summary["MFADevices"] = len(asked.account.devices)
    summary["MFADevicesInUse"] = len(root.mfa_serials) + sum(
        len(user.mfa_devices) for user in asked.iam.users.values()
    )
    return {"SummaryMap": summary}
