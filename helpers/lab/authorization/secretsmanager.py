"""Secrets Manager: secrets by name, by ARN, and by ARN without its six last characters.

AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html,
https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
"""

from __future__ import annotations

from helpers.lab import seam, seam_resources
from helpers.lab.authorization.kms import key_arn
from helpers.lab.authorization.table import Ask, By, Site, Table, by_service

# What Secrets Manager says when KMS does not let the caller use the secret's key.
NO_KEY = "Access to KMS is not allowed"


def secret_arn(site: Site, name: str) -> str:
    """A secret's ARN; for one that is not there the ARN that it might have."""
    parts = name.split(":", 5)
    account, region = site.account_id, site.call.region
    if name.startswith("arn:") and len(parts) == 6:
        account, region = parts[4], parts[3]
    store = seam.store("secretsmanager", account, region)
    found = seam_resources.secret(store, name) if store is not None else None
    if found is not None:
        return found.arn
    return (
        name if name.startswith("arn:") else f"{site.arn('secretsmanager', f'secret:{name}')}{NEW}"
    )


NEW = "-??????"
"""Stands for the six characters that a secret's ARN ends with, for a secret that has none yet."""


def _shown(_site: Site, arn: str) -> str | None:
    """A secret that is not there has no ARN: the sentence has its name."""
    return arn.partition(":secret:")[2].removesuffix(NEW) if arn.endswith(NEW) else None


def _key_of(site: Site, name: str) -> str | None:
    """The ARN of the account's own key that a secret is encrypted with."""
    arn = secret_arn(site, name)
    parts = arn.split(":")
    store = seam.store("secretsmanager", parts[4], parts[3])
    found = seam_resources.secret(store, arn) if store is not None else None
    return _own_key(site, getattr(found, "kms_key_id", None))


def _own_key(site: Site, key: str | None) -> str | None:
    """AWS's own key for Secrets Manager asks nobody."""
    if not key or key.endswith("alias/aws/secretsmanager"):
        return None
    return key_arn(site, key)


def _kms(action: str, by: By) -> Ask:
    def has_key(site: Site) -> bool:
        name = site.parameters.get(by.paths[0])
        return bool(name and by.read is not None and by.read(site, name))

    return by_service(f"kms:{action}", by, "secretsmanager", has_key, NO_KEY)


SECRET = By("SecretId", read=secret_arn)
NEW_SECRET = By("Name", read=secret_arn)
ITS_KEY = By("SecretId", read=_key_of)
NEW_KEY = By("KmsKeyId", read=_own_key)
WRITES = ("GenerateDataKey", "Decrypt")


def _key_id(site: Site, _arn: str) -> str | None:
    return site.parameters.get("KmsKeyId")


def _days(site: Site, _arn: str) -> str | None:
    if site.parameters.get("ForceDeleteWithoutRecovery"):
        return None
    return str(site.parameters.get("RecoveryWindowInDays") or 30)


def _secret_id(site: Site, arn: str) -> str:
    return site.parameters.get("SecretId") or arn


def _bool(path: str):
    return lambda site, _arn: (
        str(bool(site.parameters[path])).lower() if path in site.parameters else None
    )


TABLE = Table(
    resources={"Secret": (SECRET, NEW_SECRET)},
    rows={
        # Each secret in the list is read by GetSecretValue as well.
        "BatchGetSecretValue": (
            Ask("BatchGetSecretValue", {}),
            Ask(
                "GetSecretValue",
                {"Secret": By("SecretIdList[]", read=secret_arn)},
                "SecretIdList[]",
            ),
        ),
    },
    also={
        "CreateSecret": (
            Ask("TagResource", {"Secret": NEW_SECRET}, "Tags"),
            *(_kms(action, NEW_KEY) for action in WRITES),
        ),
        "GetSecretValue": (_kms("Decrypt", ITS_KEY),),
        "PutSecretValue": tuple(_kms(action, ITS_KEY) for action in WRITES),
        "UpdateSecret": tuple(_kms(action, NEW_KEY) for action in WRITES),
    },
    keys={
        "secretsmanager:AddReplicaRegions": "AddReplicaRegions[].Region",
        "secretsmanager:BlockPublicPolicy": _bool("BlockPublicPolicy"),
        "secretsmanager:Description": "Description",
        "secretsmanager:ForceDeleteWithoutRecovery": _bool("ForceDeleteWithoutRecovery"),
        "secretsmanager:ForceOverwriteReplicaSecret": _bool("ForceOverwriteReplicaSecret"),
        "secretsmanager:KmsKeyArn": lambda site, _arn: _own_key(
            site, site.parameters.get("KmsKeyId")
        ),
        "secretsmanager:KmsKeyId": _key_id,
        "secretsmanager:ModifyRotationRules": lambda site, _arn: (
            "true" if site.parameters.get("RotationRules") else "false"
        ),
        "secretsmanager:Name": "Name",
        "secretsmanager:RecoveryWindowInDays": _days,
        "secretsmanager:RotateImmediately": _bool("RotateImmediately"),
        "secretsmanager:RotationLambdaARN": "RotationLambdaARN",
        "secretsmanager:SecretId": _secret_id,
        "secretsmanager:Type": "Type",
        "secretsmanager:VersionId": "VersionId",
        "secretsmanager:VersionStage": lambda site, _arn: (
            site.parameters.get("VersionStage")
            or (None if site.parameters.get("VersionId") else "AWSCURRENT")
        ),
    },
    silent=True,
    shown=_shown,
    across=frozenset(
        [
            "CancelRotateSecret",
            "DeleteResourcePolicy",
            "DeleteSecret",
            "DescribeSecret",
            "GetResourcePolicy",
            "GetSecretValue",
            "ListSecretVersionIds",
            "PutResourcePolicy",
            "PutSecretValue",
            "RestoreSecret",
            "RotateSecret",
            "TagResource",
            "UntagResource",
            "UpdateSecret",
            "UpdateSecretVersionStage",
        ]
    ),
)
