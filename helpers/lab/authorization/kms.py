"""KMS: keys by id, ARN or alias, and by what they encrypted; aliases; the keys of its own.

AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html,
https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html,
https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
"""

from __future__ import annotations

import contextlib
from typing import Any

from helpers.lab import seam, seam_resources
from helpers.lab.authorization.table import Ask, By, Key, Site, Table


def _store(site: Site, account: str | None = None, region: str | None = None) -> Any:
    return seam.store("kms", account or site.account_id, region or site.call.region)


def key_arn(site: Site, name: str) -> str:
    """A key's ARN, from it, its id, or an alias or an alias's ARN."""
    account, region = site.account_id, site.call.region
    if name.startswith("arn:"):
        parts = name.split(":", 5)
        if len(parts) < 6 or not parts[5].startswith("alias/"):
            return name
        region, account, name = parts[3], parts[4], parts[5]
    if not name.startswith("alias/"):
        return f"arn:aws:kms:{region}:{account}:key/{name}"
    store = _store(site, account, region)
    # AWS's own key is made when its alias is first looked up: in the lab's time.
    with site.world.clock.hold() if site.world is not None else contextlib.nullcontext():
        key_id = seam_resources.kms_key_id(store, name) if store is not None else None
    if key_id is None:
        return f"arn:aws:kms:{region}:{account}:{name}"
    return f"arn:aws:kms:{region}:{account}:key/{key_id}"


def _encrypted_with(site: Site, ciphertext: Any) -> str | None:
    """The ARN of the key that a text was encrypted with, in whichever account it is."""
    others = site.world.accounts if site.world is not None else ()
    for account in dict.fromkeys((site.account_id, *others)):
        store = _store(site, account)
        key_id = seam_resources.kms_key_of(store, ciphertext) if store is not None else None
        if key_id:
            return f"arn:aws:kms:{site.call.region}:{account}:key/{key_id}"
    return None


def _of_grant(site: Site, _nothing: str) -> str | None:
    """The key of a grant that is to be retired, known by its token."""
    token = site.parameters.get("GrantToken")
    store = _store(site)
    found = seam_resources.kms_grant(store, token) if token and store is not None else None
    return key_arn(site, found[0]) if found else None


def _alias_target(site: Site, alias: str) -> str | None:
    """The key behind an alias that is there."""
    store = _store(site)
    key = seam_resources.kms_key_id(store, alias) if store is not None else None
    return key_arn(site, key) if key else None


ENCRYPTION_CONTEXT = "kms:EncryptionContext:${EncryptionContextKey}"


def _alias_is_there(site: Site) -> bool:
    return _alias_target(site, str(site.parameters.get("AliasName", ""))) is not None


KEY = By("KeyId", read=key_arn)
ALIAS = By("AliasName", read=lambda _site, name: name.removeprefix("alias/"))
NEW_TARGET = By("TargetKeyId", read=key_arn)
OLD_TARGET = By("AliasName", read=_alias_target)
CIPHERTEXT = By("CiphertextBlob", read=_encrypted_with)

# -- condition keys ------------------------------------------------------------------------------


def _or(path: str, usual: str) -> Key:
    """A parameter, or what KMS takes it to be where it is left out."""
    return lambda site, _arn: site.parameters.get(path) or usual


def _alias(*names: str) -> Key:
    def alias(site: Site, _arn: str) -> str | None:
        for name in names:
            text = str(site.parameters.get(name) or "")
            if "alias/" in text:
                return "alias/" + text.partition("alias/")[2]
        return None

    return alias


def _bool(path: str) -> Key:
    return lambda site, _arn: "true" if site.parameters.get(path) else "false"


def encryption_context(site: Site, side: str = "") -> dict[str, str]:
    """The encryption context of a call, of the source or the destination of a ReEncrypt, or the
    one that a new grant is bound to."""
    parameters = site.parameters
    constraints = parameters.get("Constraints") or {}
    return (
        parameters.get(f"{side}EncryptionContext")
        or constraints.get("EncryptionContextEquals")
        or constraints.get("EncryptionContextSubset")
        or {}
    )


def _context_keys(side: str) -> Key:
    return lambda site, _arn: sorted(encryption_context(site, side))


def _context(side: str) -> Key:
    return lambda site, _arn: encryption_context(site, side)


def _same_key(site: Site, _arn: str) -> str:
    source = site.parameters.get("SourceKeyId")
    before = (
        key_arn(site, source)
        if source
        else _encrypted_with(site, site.parameters.get("CiphertextBlob") or b"")
    )
    after = key_arn(site, str(site.parameters.get("DestinationKeyId", "")))
    return "true" if before == after else "false"


def _constraint_type(site: Site, _arn: str) -> str | None:
    constraints = site.parameters.get("Constraints") or {}
    return next((name for name in constraints if name.startswith("EncryptionContext")), None)


def _re_encrypt(side: str, action: str, named: tuple[By, ...]) -> Ask:
    return Ask(
        action,
        {"key": named},
        context={
            "kms:EncryptionAlgorithm": _or(f"{side}EncryptionAlgorithm", "SYMMETRIC_DEFAULT"),
            ENCRYPTION_CONTEXT: _context(side),
            "kms:EncryptionContextKeys": _context_keys(side),
            "kms:RequestAlias": _alias(f"{side}KeyId"),
        },
    )


TABLE = Table(
    resources={
        "alias": (ALIAS,),
        "key": (KEY, CIPHERTEXT, By(read=_of_grant)),
    },
    rows={
        "CreateKey": (
            Ask(
                "CreateKey",
                {},
                context={
                    "kms:KeyOrigin": _or("Origin", "AWS_KMS"),
                    "kms:KeySpec": _or("KeySpec", "SYMMETRIC_DEFAULT"),
                    "kms:KeyUsage": _or("KeyUsage", "ENCRYPT_DECRYPT"),
                    "kms:MultiRegion": _bool("MultiRegion"),
                },
            ),
        ),
        "CreateAlias": (
            Ask("CreateAlias", {"alias": ALIAS}),
            Ask("CreateAlias", {"key": NEW_TARGET}, "TargetKeyId"),
        ),
        "DeleteAlias": (
            Ask("DeleteAlias", {"alias": ALIAS}),
            Ask("DeleteAlias", {"key": OLD_TARGET}, _alias_is_there),
        ),
        "UpdateAlias": (
            Ask("UpdateAlias", {"alias": ALIAS}),
            Ask("UpdateAlias", {"key": OLD_TARGET}, _alias_is_there),
            Ask("UpdateAlias", {"key": NEW_TARGET}, "TargetKeyId"),
        ),
        "ReEncrypt": (
            _re_encrypt("Source", "ReEncryptFrom", (By("SourceKeyId", read=key_arn), CIPHERTEXT)),
            _re_encrypt("Destination", "ReEncryptTo", (By("DestinationKeyId", read=key_arn),)),
        ),
        "ListAliases": (Ask("ListAliases", {}),),
    },
    also={
        "CreateKey": (Ask("TagResource", {"key": By()}, "Tags"),),
        "ReplicateKey": (Ask("TagResource", {"key": By()}, "Tags"),),
    },
    keys={
        "kms:BypassPolicyLockoutSafetyCheck": _bool("BypassPolicyLockoutSafetyCheck"),
        "kms:EncapsulationAlgorithm": "EncapsulationAlgorithm",
        "kms:CallerAccount": lambda site, _arn: site.principal.account_id,
        "kms:DataKeyPairSpec": "KeyPairSpec",
        "kms:EncryptionAlgorithm": _or("EncryptionAlgorithm", "SYMMETRIC_DEFAULT"),
        ENCRYPTION_CONTEXT: _context(""),
        "kms:EncryptionContextKeys": _context_keys(""),
        "kms:ExpirationModel": _or("ExpirationModel", "KEY_MATERIAL_EXPIRES"),
        "kms:GrantConstraintType": _constraint_type,
        "kms:GrantOperations": "Operations[]",
        "kms:GrantConstraintSourceArn": "Constraints.SourceArn",
        "kms:GranteePrincipal": "GranteePrincipal",
        "kms:GranteeServicePrincipal": "GranteeServicePrincipal",
        "kms:KeyAgreementAlgorithm": "KeyAgreementAlgorithm",
        "kms:MacAlgorithm": "MacAlgorithm",
        "kms:MessageType": _or("MessageType", "RAW"),
        "kms:PrimaryRegion": "PrimaryRegion",
        "kms:ReEncryptOnSameKey": _same_key,
        "kms:ReplicaRegion": "ReplicaRegion",
        "kms:RequestAlias": _alias("KeyId"),
        "kms:RetiringPrincipal": "RetiringPrincipal",
        "kms:RetiringServicePrincipal": "RetiringServicePrincipal",
        "kms:RotationPeriodInDays": "RotationPeriodInDays",
        "kms:ScheduleKeyDeletionPendingWindowInDays": _or("PendingWindowInDays", "30"),
        "kms:SigningAlgorithm": "SigningAlgorithm",
        "kms:ValidTo": "ValidTo",
        "kms:WrappingAlgorithm": "WrappingAlgorithm",
        "kms:WrappingKeySpec": "WrappingKeySpec",
    },
    # "Cross-account use: Yes" on the operations' pages.
    across=frozenset(
        [
            "CreateGrant",
            "Decapsulate",
            "Decrypt",
            "DeriveSharedSecret",
            "DescribeKey",
            "Encapsulate",
            "Encrypt",
            "GenerateDataKey",
            "GenerateDataKeyPair",
            "GenerateDataKeyPairWithoutPlaintext",
            "GenerateDataKeyWithoutPlaintext",
            "GenerateMac",
            "GetKeyRotationStatus",
            "GetPublicKey",
            "ListGrants",
            "ReEncrypt",
            "RetireGrant",
            "RevokeGrant",
            "Sign",
            "Verify",
            "VerifyMac",
        ]
    ),
)
