"""KMS: what a key can do in the state that it is in, how it is deleted, and its grants.

moto keeps a key's state and lets a disabled key, or one on its way out, encrypt all the same.

AWS pages: https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html,
https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html,
https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from helpers.lab import principals, seam, seam_resources
from helpers.lab.authorization.kms import CIPHERTEXT, TABLE, key_arn
from helpers.lab.authorization.table import Site
from helpers.lab.callers import Principal
from helpers.lab.errors import AwsError
from helpers.lab.services.registry import ANY_OPERATION, Asked, answers
from helpers.lab.wire import Call, HttpAnswer
from helpers.lab.world import World

# What a key has to be enabled for; a disabled one can do everything else.
ENABLED_ONLY = frozenset(
    {
        "CreateGrant",
        "Decrypt",
        "DeriveSharedSecret",
        "DisableKeyRotation",
        "EnableKeyRotation",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateMac",
        "ReEncrypt",
        "ReplicateKey",
        "RotateKeyOnDemand",
        "Sign",
        "UpdatePrimaryRegion",
        "Verify",
        "VerifyMac",
    }
)

# What a key that is to be deleted can do besides.
NOT_PENDING = ENABLED_ONLY | {
    "CreateAlias",
    "DisableKey",
    "EnableKey",
    "GetPublicKey",
    "GetKeyRotationStatus",
    "ImportKeyMaterial",
    "ScheduleKeyDeletion",
    "TagResource",
    "UntagResource",
    "UpdateAlias",
    "UpdateKeyDescription",
}


@dataclass
class Grants:
    """What the lab keeps of an account's grants: grant id → when it was made."""

    made: dict[str, datetime] = field(default_factory=dict)


PENDING = "PendingDeletion"

# Parameters with a key in them.
NAMES = ("KeyId", "TargetKeyId", "SourceKeyId", "DestinationKeyId")

GRANT_OPERATIONS = (
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "Sign",
    "Verify",
    "GetPublicKey",
    "CreateGrant",
    "RetireGrant",
    "DescribeKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateMac",
    "VerifyMac",
    "DeriveSharedSecret",
)

_GRANTEE = re.compile(r"arn:aws:(iam|sts)::\d{12}:.+|[a-z0-9.-]+\.amazonaws\.com")


def _key(asked_call: Call, principal: Principal, account_id: str, world: World, name: Any) -> Any:
    """moto's key behind an id, an ARN or an alias, in whichever account; ``None``: no such."""
    site = Site(asked_call, principal, account_id, world)
    parts = key_arn(site, str(name)).split(":", 5)
    store = seam.store("kms", parts[4], parts[3]) if len(parts) == 6 else None
    return store.keys.get(parts[5].removeprefix("key/")) if store is not None else None


def _keys(asked: Asked) -> list[Any]:
    """moto's keys that a call works with."""
    call, parameters = asked.call, asked.parameters
    names = [parameters[name] for name in NAMES if parameters.get(name)]
    if not parameters.get("KeyId") and CIPHERTEXT.read and parameters.get("CiphertextBlob"):
        site = Site(call, asked.principal, asked.account.id, asked.world)
        names.append(CIPHERTEXT.read(site, parameters["CiphertextBlob"]))
    found = (_key(call, asked.principal, asked.account.id, asked.world, n) for n in names if n)
    return [key for key in found if key is not None]


@answers("kms", ANY_OPERATION)
def in_its_state(asked: Asked) -> HttpAnswer:
    """moto's answer, where the state of the keys allows it."""
    check_states(asked)
    return asked.forward()


def check_states(asked: Asked) -> None:
    """Raise AWS's error for a key that cannot do this in the state that it is in."""
    for key in _keys(asked):
        if key.account_id != asked.account.id and asked.call.operation not in TABLE.across:
            # What is not said to work across accounts does not, whatever the key's policy says.
            raise AwsError(
                "AccessDeniedException",
                f"User: {asked.principal.arn} is not authorized to perform: "
                f"kms:{asked.call.operation} on resource: {key.arn}",
            )
        _forget_deleted(key, asked.now)
        if key.key_state == PENDING and asked.call.operation in NOT_PENDING:
            raise AwsError("KMSInvalidStateException", f"{key.arn} is pending deletion.")
        if not key.enabled and asked.call.operation in ENABLED_ONLY:
            raise AwsError("DisabledException", f"{key.arn} is disabled.")


def _forget_deleted(key: Any, now: datetime) -> None:
    """Delete a key whose waiting period is over, and all that hangs on it."""
    if key.key_state == PENDING and _utc(key.deletion_date) <= now:
        store = seam.store("kms", key.account_id, key.region)
        if store is not None:
            store.delete_key(key.id)
        raise AwsError("NotFoundException", f"Key '{key.arn}' does not exist")


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


# -- deletion --------------------------------------------------------------------------------------


@answers("kms", "ScheduleKeyDeletion")
def schedule_key_deletion(asked: Asked) -> Any:
    """Disable a key, and delete it after a waiting period."""
    days = asked.parameters.get("PendingWindowInDays")
    days = 30 if days is None else days
    if not 7 <= days <= 30:
        bound = "greater than or equal to 7" if days < 7 else "less than or equal to 30"
        raise AwsError(
            "ValidationException",
            f"1 validation error detected: Value '{days}' at 'pendingWindowInDays' failed to "
            f"satisfy constraint: Member must have value {bound}",
        )
    key = _key_itself(asked)
    if key is None:
        return asked.forward()  # moto says that there is none
    key.enabled, key.key_state = False, PENDING
    gone = asked.now + timedelta(days=days)
    key.deletion_date = gone.replace(tzinfo=None)  # as moto has it
    return {
        "KeyId": key.arn,
        "DeletionDate": gone,
        "KeyState": PENDING,
        "PendingWindowInDays": days,
    }


@answers("kms", "CancelKeyDeletion")
def cancel_key_deletion(asked: Asked) -> Any:
    """Keep a key that was to be deleted; it stays disabled."""
    key = _key_itself(asked)
    if key is None:
        return asked.forward()
    if key.key_state != PENDING:
        raise AwsError("KMSInvalidStateException", f"{key.arn} is not pending deletion.")
    key.enabled, key.key_state, key.deletion_date = False, "Disabled", None
    return {"KeyId": key.arn}


@answers("kms", "EnableKey", "DisableKey")
def switch_key(asked: Asked) -> Any:
    """Let a key be used again, or no longer."""
    key = _key_itself(asked)
    if key is None:
        return asked.forward()
    key.enabled = asked.call.operation == "EnableKey"
    key.key_state = "Enabled" if key.enabled else "Disabled"
    return {}


def _key_itself(asked: Asked) -> Any | None:
    """moto's key, for what can be done to a key by its id or ARN and by no alias; moto itself
    stumbles over an ARN here."""
    name = str(asked.parameters["KeyId"])
    if "alias/" in name:
        raise AwsError("NotFoundException", f"Invalid keyId {name}")
    check_states(asked)
    return next(iter(_keys(asked)), None)


@answers("kms", "ListKeys", "ListAliases")
def list_what_is_left(asked: Asked) -> HttpAnswer:
    """Keys and aliases, without those of keys that are gone by now."""
    store = seam.store("kms", asked.account.id, asked.call.region)
    for key in list(store.keys.values()) if store is not None else ():
        if key.key_state == PENDING and _utc(key.deletion_date) <= asked.now:
            store.delete_key(key.id)
    return asked.forward()


# -- aliases and grants ----------------------------------------------------------------------------


@answers("kms", "CreateAlias", "UpdateAlias", "DeleteAlias")
def aliases(asked: Asked) -> HttpAnswer:
    """Name a key; names that begin with alias/aws/ are AWS's own."""
    if str(asked.parameters["AliasName"]).startswith("alias/aws/"):
        raise AwsError("NotAuthorizedException", "")
    check_states(asked)
    return asked.forward()


@answers("kms", "CreateGrant")
def create_grant(asked: Asked) -> Any:
    """Let a principal use a key, by a grant."""
    parameters = asked.parameters
    operations = parameters.get("Operations") or []
    for operation in operations:
        if operation not in GRANT_OPERATIONS:
            raise AwsError(
                "ValidationException",
                f"1 validation error detected: Value '{operations}' at 'operations' failed to "
                "satisfy constraint: Member must satisfy constraint: [Member must satisfy enum "
                f"value set: [{', '.join(GRANT_OPERATIONS)}]]",
            )
    for name in ("GranteePrincipal", "RetiringPrincipal"):
        if (arn := parameters.get(name)) and not _is_there(asked, str(arn)):
            raise AwsError("InvalidArnException", f"Invalid Principal in {name}: {arn}")
    check_states(asked)
    key = next(iter(_keys(asked)), None)
    before = set(key.grants) if key is not None else set()
    wanted = {name: parameters.get(name) for name in ("GranteePrincipal", "Name", "Constraints")}
    for grant in key.grants.values() if key is not None else ():
        # The same grant again is the same grant, if it has a name to know it by.
        kept = (grant.grantee_principal, grant.name, grant.constraints)
        same = kept == tuple(wanted.values()) and grant.operations == operations
        if wanted["Name"] and same:
            return {"GrantId": grant.id, "GrantToken": grant.token}
    http = asked.forward()
    if http[0] != 200 or key is None:
        return http
    grant = next(grant for name, grant in key.grants.items() if name not in before)
    seam_resources.kms_name_grant(key, grant, f"{asked.account.random.getrandbits(256):064x}")
    _grants(asked).made[grant.id] = asked.now
    return {"GrantId": grant.id, "GrantToken": grant.token}


@answers("kms", "ListGrants", "ListRetirableGrants")
def list_grants(asked: Asked) -> Any:
    """The grants of a key, or those that a principal may retire."""
    parameters = asked.parameters
    if asked.call.operation == "ListGrants":
        check_states(asked)
        keys = _keys(asked)
        if not keys:
            return asked.forward()
    else:
        keys = seam.store("kms", asked.account.id, asked.call.region).keys.values()
    found = [(key, grant) for key in keys for grant in key.grants.values()]
    for name, member in WANTED.items():
        if wanted := parameters.get(name):
            found = [(key, grant) for key, grant in found if getattr(grant, member) == wanted]
    return {"Grants": [_shown(asked, key, grant) for key, grant in found], "Truncated": False}


# Parameter that chooses among grants → attribute that it looks at.
WANTED = {
    "GrantId": "id",
    "GranteePrincipal": "grantee_principal",
    "RetiringPrincipal": "retiring_principal",
}


def _shown(asked: Asked, key: Any, grant: Any) -> dict[str, Any]:
    entry = {
        "KeyId": key.arn,
        "GrantId": grant.id,
        "Name": grant.name or "",
        "CreationDate": _grants(asked).made.get(grant.id, key.creation_date),
        "GranteePrincipal": grant.grantee_principal,
        "RetiringPrincipal": grant.retiring_principal,
        "IssuingAccount": f"arn:aws:iam::{key.account_id}:root",
        "Operations": list(grant.operations),
        "Constraints": grant.constraints,
    }
    return {name: value for name, value in entry.items() if value is not None}


def _grants(asked: Asked) -> Grants:
    return asked.account.own.setdefault("kms", Grants())


def _is_there(asked: Asked, principal: str) -> bool:
    if not _GRANTEE.fullmatch(principal):
        return False
    document = {"Statement": [{"Principal": {"AWS": principal}}]}
    service = principal.endswith(".amazonaws.com")
    return service or not principals.unknown(json.dumps(document), asked.world.accounts)
