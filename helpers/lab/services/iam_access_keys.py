"""Access keys, of IAM users and of the root user: where nobody is named, the caller's own.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
"""

from __future__ import annotations

from typing import Any

from helpers.lab import last_use
from helpers.lab.account import RootKey
from helpers.lab.authorization import catalogue
from helpers.lab.errors import AwsError
from helpers.lab.services import iam_store as store
from helpers.lab.services.iam_quotas import room_for_one
from helpers.lab.services.registry import Asked, answers


def _key(asked: Asked, user: Any | None) -> Any:
    """The key that the call names, among those of the user (``None``: of root)."""
    key_id = asked.parameters["AccessKeyId"]
    keys = asked.account.root.keys if user is None else user.access_keys
    found = next((key for key in keys if key.access_key_id == key_id), None)
    if found is None:
        raise _no_such_key(key_id)
    return found


def _no_such_key(key_id: str) -> AwsError:
    return store.no_such_entity(f"The Access Key with id {key_id} cannot be found.")


@answers("iam", "CreateAccessKey")
def create_access_key(asked: Asked) -> Any:
    user = store.user_or_root(asked)
    keys = asked.account.root.keys if user is None else user.access_keys
    room_for_one("AccessKeysPerUserQuota", keys)
    if user is not None:
        return {"AccessKey": asked.iam.create_access_key(user_name=user.name)}
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
    user = store.user_or_root(asked)
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
    rows, more = store.page(asked, found)
    return {"AccessKeyMetadata": [dict(zip(names, row, strict=True)) for row in rows], **more}


@answers("iam", "UpdateAccessKey")
def update_access_key(asked: Asked) -> None:
    user = store.user_or_root(asked)
    status = asked.parameters["Status"]
    if status not in ("Active", "Inactive"):
        raise store.invalid_input("Status must be Active or Inactive")
    _key(asked, user).status = status


@answers("iam", "DeleteAccessKey")
def delete_access_key(asked: Asked) -> None:
    user = store.user_or_root(asked)
    key = _key(asked, user)
    last_use.key_uses(asked.account).pop(key.access_key_id, None)
    if user is None:
        asked.account.root.keys.remove(key)
    else:
        asked.iam.delete_access_key(key.access_key_id, user.name)


@answers("iam", "GetAccessKeyLastUsed")
def get_access_key_last_used(asked: Asked) -> Any:
    key_id = asked.parameters["AccessKeyId"]
    known = last_use.key_uses(asked.account).get(key_id)
    used: dict[str, Any] = {"Region": "N/A", "ServiceName": "N/A"}
    if known is not None:
        used = {
            "LastUsedDate": known.last.at,
            "Region": known.last.region,
            "ServiceName": catalogue.prefix(known.last.service),
        }
    return {"UserName": _owner(asked, key_id), "AccessKeyLastUsed": used}


def _owner(asked: Asked, key_id: str) -> str:
    for user in asked.iam.users.values():
        if any(key.access_key_id == key_id for key in user.access_keys):
            return user.name
    if any(key.access_key_id == key_id for key in asked.account.root.keys):
        return "root"
    raise _no_such_key(key_id)
