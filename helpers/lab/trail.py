"""What the account records: one CloudTrail event for each call, allowed or denied.

AWS page: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from random import Random
from typing import Any

from helpers.lab.account import Credential, PrincipalType
from helpers.lab.callers import Principal
from helpers.lab.context import SOURCE_IP
from helpers.lab.errors import AwsError
from helpers.lab.wire import Call, HttpAnswer, error_in

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
"""What CloudTrail writes in place of a secret."""

SECRETS = frozenset(
    {
        "AuthenticationCode1",
        "AuthenticationCode2",
        "NewPassword",
        "OldPassword",
        "Password",
        "SecretAccessKey",
        "SessionToken",
        "TokenCode",
        "Body",
    }
)
"""Parameters that never reach the record."""

READ_ONLY = ("Get", "List", "Describe", "Head", "Lookup", "Simulate")


class Trail:
    """The account's events, oldest first, as CloudTrail's records (plain dicts)."""

    def __init__(self, random: Random) -> None:
        self.events: list[dict[str, Any]] = []
        self._random = random

    def record(
        self,
        call: Call,
        principal: Principal,
        account_id: str,
        now: datetime,
        outcome: HttpAnswer | AwsError,
    ) -> None:
        """Write down one call of a principal; ``outcome`` is how it was answered."""
        error = outcome if isinstance(outcome, AwsError) else error_in(outcome)
        event = {
            "eventVersion": "1.11",
            "userIdentity": user_identity(principal),
            "eventTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "eventSource": f"{call.model.service_model.endpoint_prefix}.amazonaws.com",
            "eventName": call.operation,
            "awsRegion": call.region,
            "sourceIPAddress": SOURCE_IP,
            "userAgent": call.request.headers.get("User-Agent", ""),
            "requestParameters": _without_secrets(call.parameters) or None,
            "responseElements": None,
            "requestID": self._id(),
            "eventID": self._id(),
            "readOnly": call.operation.startswith(READ_ONLY),
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": account_id,
            "eventCategory": "Management",
        }
        if error is not None:
            event["errorCode"] = error.code
            event["errorMessage"] = error.message
        self.events.append(event)

    def _id(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))


def user_identity(principal: Principal) -> dict[str, Any]:
    """The record's userIdentity: who it was, with which kind of credentials."""
    if principal.type is PrincipalType.ANONYMOUS:
        return {"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"}
    kinds = {
        PrincipalType.ROOT: "Root",
        PrincipalType.USER: "IAMUser",
        PrincipalType.ROLE_SESSION: "AssumedRole",
        PrincipalType.FEDERATED_USER: "FederatedUser",
    }
    found: dict[str, Any] = {
        "type": kinds[principal.type],
        "principalId": principal.user_id,
        "arn": principal.arn,
        "accountId": principal.account_id,
        "accessKeyId": principal.access_key_id,
    }
    if principal.type is PrincipalType.USER:
        found["userName"] = principal.name
    if principal.credential not in (None, Credential.LONG_TERM):
        found["sessionContext"] = {
            "attributes": {
                "creationDate": principal.issued_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "mfaAuthenticated": "true" if principal.mfa else "false",
            }
        }
        if principal.type in (PrincipalType.ROLE_SESSION, PrincipalType.FEDERATED_USER):
            role = principal.type is PrincipalType.ROLE_SESSION
            found["sessionContext"]["sessionIssuer"] = {
                "type": "Role" if role else "IAMUser",
                "principalId": principal.user_id.split(":")[0],
                "arn": principal.identity_arn,
                "accountId": principal.account_id,
                "userName": principal.name,
            }
    return found


def _without_secrets(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as the record writes them: camelCase, secrets hidden, bytes left out."""
    return {
        name[:1].lower() + name[1:]: HIDDEN if name in SECRETS else _plain(value)
        for name, value in parameters.items()
        if value is not None
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _without_secrets(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, datetime):
        return value.isoformat()
    return value
