"""Systems Manager: parameters with and without the leading slash, documents of AWS and of the
account, instances of EC2 and of one's own.

AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html,
https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html
"""

from __future__ import annotations

from helpers.lab import seam, seam_resources
from helpers.lab.authorization.kms import key_arn
from helpers.lab.authorization.paths import values
from helpers.lab.authorization.table import (
    ANY,
    Ask,
    By,
    Site,
    Table,
    by_service,
    pass_role,
    role_arn,
)

SERVICE = "ssm.amazonaws.com"

# What KMS says through Systems Manager when it does not let the caller use the key.
NO_KEY = (
    "The ciphertext refers to a customer master key that does not exist, does not exist in this "
    "region, or you are not allowed to access."
)

# ResourceType of the operations on tags → kind in the ARN.
TAGGED = {
    "Association": "association",
    "Automation": "automation-execution",
    "Document": "document",
    "MaintenanceWindow": "maintenancewindow",
    "ManagedInstance": "managed-instance",
    "OpsItem": "opsitem",
    "OpsMetadata": "opsmetadata",
    "Parameter": "parameter",
    "PatchBaseline": "patchbaseline",
}


def _parameter(site: Site, name: str) -> str:
    """A parameter's ARN; a version or a label behind the name is no part of it."""
    if not name.startswith("arn:"):
        return site.arn("ssm", f"parameter/{name.partition(':')[0].removeprefix('/')}")
    parts = name.split(":", 6)
    return ":".join(parts[:6])


def _path(site: Site, path: str) -> str:
    return site.arn("ssm", f"parameter/{path.removeprefix('/')}")


def _document(site: Site, name: str) -> str:
    """A document's ARN; AWS's own belong to no account."""
    if name.startswith("arn:"):
        return name
    if name.startswith(("AWS-", "AWSSupport-", "AWSEC2-", "Amazon")):
        return f"arn:aws:ssm:{site.call.region}::document/{name}"
    return site.arn("ssm", f"document/{name}")


def _instance(site: Site, name: str) -> str | None:
    return site.arn("ec2", f"instance/{name}") if name.startswith("i-") else None


def _managed(site: Site, name: str) -> str | None:
    return site.arn("ssm", f"managed-instance/{name}") if name.startswith("mi-") else None


def _tagged(site: Site, name: str) -> str:
    kind = TAGGED.get(str(site.parameters.get("ResourceType")), "*")
    if kind == "parameter":
        return _parameter(site, name)
    if kind == "document":
        return _document(site, name)
    return name if name.startswith("arn:") else site.arn("ssm", f"{kind}/{name}")


# -- the keys of secure strings ------------------------------------------------------------------


def _own_key(site: Site, key: str | None) -> str | None:
    """The ARN of a key of the account's; AWS's own key for Systems Manager asks nobody."""
    if not key or key in ("alias/aws/ssm",) or key.endswith(":alias/aws/ssm"):
        return None
    return key_arn(site, key)


def _decrypted(site: Site) -> list[str]:
    """The keys of the secure strings that a call wants in the clear."""
    store = seam.store("ssm", site.account_id, site.call.region)
    if store is None or not site.parameters.get("WithDecryption"):
        return []
    names = [*values(site.parameters, "Name"), *values(site.parameters, "Names[]")]
    found = [seam_resources.key_of_parameter(store, name) for name in names]
    return [arn for key in found if (arn := _own_key(site, key))]


def _decryption_key(site: Site, name: str) -> str | None:
    store = seam.store("ssm", site.account_id, site.call.region)
    key = seam_resources.key_of_parameter(store, name) if store is not None else None
    return _own_key(site, key)


def _keys_below(site: Site, path: str) -> list[str]:
    """The keys of all secure strings below a path."""
    store = seam.store("ssm", site.account_id, site.call.region)
    recursive = bool(site.parameters.get("Recursive"))
    names = seam_resources.parameters_below(store, path, recursive) if store is not None else []
    found = (_decryption_key(site, name) for name in names)
    return list(dict.fromkeys(arn for arn in found if arn))


def _wants_those_below(site: Site) -> bool:
    path = str(site.parameters.get("Path") or "")
    return bool(site.parameters.get("WithDecryption") and _keys_below(site, path))


DECRYPT = by_service("kms:Decrypt", By("Name", read=_decryption_key), "ssm", _decrypted, NO_KEY)
DECRYPT_ALL = by_service(
    "kms:Decrypt", By("Names[]", read=_decryption_key), "ssm", _decrypted, NO_KEY
)
DECRYPT_BELOW = by_service(
    "kms:Decrypt", By("Path", read=_keys_below), "ssm", _wants_those_below, NO_KEY
)
ENCRYPT = by_service(
    "kms:Encrypt",
    By("KeyId", read=_own_key),
    "ssm",
    lambda site: _own_key(site, site.parameters.get("KeyId")),
    NO_KEY,
)

NAME = By("Name", read=_document)
DOCUMENT = By("DocumentName", read=_document)
INSTANCES = (By("InstanceIds[]", read=_instance), By("InstanceId", read=_instance))
MANAGED = (By("InstanceIds[]", read=_managed), By("InstanceId", read=_managed))

TABLE = Table(
    resources={
        "association": (By("AssociationId"), By("AssociationIds[]"), ANY),
        "cloud-connector": (By("CloudConnectorId"), ANY),
        "automation-execution": (By("AutomationExecutionId"),),
        "bucket": (By("OutputS3BucketName"),),
        "document": (
            By("DocumentName", read=_document),
            NAME,
            By("CalendarNames[]", read=_document),
            By("Entries[].Name", read=_document),
        ),
        "iam-role": (By("IamRole", read=role_arn),),
        "instance": (*INSTANCES, By("Target", read=_instance)),
        "maintenancewindow": (By("WindowId"), ANY),
        "managed-instance": (*MANAGED, By("Target", read=_managed)),
        "opsitem": (By("OpsItemId"), By("AccessRequestId")),
        "opsmetadata": (By("OpsMetadataArn"),),
        "parameter": (
            By("Name", read=_parameter),
            By("Names[]", read=_parameter),
            By("Path", read=_path),
        ),
        "patchbaseline": (By("BaselineId"), ANY),
        "resourcedatasync": (By("SyncName"),),
        "servicesetting": (By("SettingId"),),
        "session": (By("SessionId"),),
        "windowtarget": (By("WindowTargetId"),),
        "windowtask": (By("WindowTaskId"),),
    },
    rows={
        **{
            operation: (Ask(operation, {"parameter": By("ResourceId", read=_tagged)}),)
            for operation in ("AddTagsToResource", "ListTagsForResource", "RemoveTagsFromResource")
        },
        **{
            operation: (Ask(operation, {"parameter": By("ResourceArn")}),)
            for operation in ("DeleteResourcePolicy", "GetResourcePolicies", "PutResourcePolicy")
        },
        **{
            operation: (Ask(operation, {"document": DOCUMENT, "automation-execution": ANY}),)
            for operation in ("StartAutomationExecution", "StartChangeRequestExecution")
        },
        "UpdateManagedInstanceRole": (
            Ask("UpdateManagedInstanceRole", {"managed-instance": By("InstanceId", read=_managed)}),
            pass_role("IamRole", SERVICE),
        ),
    },
    also={
        "CreateActivation": (pass_role("IamRole", SERVICE),),
        "CreateDocument": (Ask("AddTagsToResource", {"document": NAME}, "Tags"),),
        "GetParameter": (DECRYPT,),
        "GetParameterHistory": (DECRYPT,),
        "GetParameters": (DECRYPT_ALL,),
        "GetParametersByPath": (DECRYPT_BELOW,),
        "PutParameter": (
            Ask("AddTagsToResource", {"parameter": By("Name", read=_parameter)}, "Tags"),
            ENCRYPT,
        ),
        "RegisterTaskWithMaintenanceWindow": (pass_role("ServiceRoleArn", SERVICE),),
        "SendCommand": (pass_role("ServiceRoleArn", SERVICE),),
        "UpdateMaintenanceWindowTask": (pass_role("ServiceRoleArn", SERVICE),),
    },
    keys={
        "ssm:AutoApprove": "AutoApprove",
        "ssm:DocumentType": "DocumentType",
        "ssm:DocumentVersion": "DocumentVersion",
        "ssm:InventoryTypeName": "Items[].TypeName",
        "ssm:Overwrite": lambda site, _arn: str(bool(site.parameters.get("Overwrite"))).lower(),
        "ssm:Policies": "Policies",
        "ssm:Recursive": lambda site, _arn: str(bool(site.parameters.get("Recursive"))).lower(),
        "ssm:SyncType": "SyncType",
    },
    across=frozenset({"GetParameter", "GetParameters", "GetParameterHistory"}),
)
