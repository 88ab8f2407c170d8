"""Whose an access key is, and what this account cannot judge: tokens of identity providers.

AWS pages: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html,
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from helpers.lab import seam
from helpers.lab.callers import Principal
from helpers.lab.errors import AwsError
from helpers.lab.services.registry import Asked, answers, checks
from helpers.lab.wire import UNSIGNED_OPERATIONS, Call
from helpers.lab.world import World


@checks("sts")
def refuse_tokens(call: Call, _principal: Principal, _world: World) -> None:
    """Say clearly that nobody here can tell a right token from a wrong one."""
    if call.operation in UNSIGNED_OPERATIONS:
        raise AwsError(
            "NotSimulated",
            f"This account lives inside the notebook and cannot ask an identity provider whether "
            f"a token is genuine, so sts:{call.operation} is not simulated. The call is right in "
            "form and would work on AWS; nothing was done here.",
            501,
        )


@answers("sts", "GetAccessKeyInfo")
def get_access_key_info(asked: Asked) -> Any:
    key_id = asked.parameters["AccessKeyId"]
    if not 16 <= len(key_id) <= 128 or not key_id.isalnum():
        raise AwsError(
            "ValidationError",
            f"1 validation error detected: Value '{key_id}' at 'accessKeyId' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [\\w]*",
        )
    for account in asked.world.accounts.values():
        own = {key.access_key_id for key in account.root.keys} | account.sessions.keys()
        if key_id in own or key_id in seam.iam_backend(account.id).access_keys:
            return {"Account": account.id}
    return {"Account": _account_in(key_id)}


def _account_in(key_id: str) -> str:
    """The account that is written into the ids of access keys since 2019."""
    try:
        number = int.from_bytes(base64.b32decode(key_id[4:])[:6])
    except binascii.Error:
        raise AwsError("InvalidAccessKeyId", "The access key ID is not valid.", 403) from None
    return f"{(number & 0x7FFFFFFFFF80) >> 7:012d}"
