"""EC2: whose snapshots are listed, and the keys and switches of an account in a Region.

AWS pages: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSnapshots.html,
https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html,
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configure-access-to-serial-console.html
"""

from __future__ import annotations

from typing import Any

from helpers.lab.ec2_state import state_of
from helpers.lab.services.ec2_calls import ec2_answers, for_real, store_of
from helpers.lab.services.registry import Asked

DEFAULT_KEY = "alias/aws/ebs"
"""What encrypts volumes where nobody chose a key: AWS's own for EBS."""


@ec2_answers("DescribeSnapshots")
def describe_snapshots(asked: Asked) -> dict[str, Any]:
    """Snapshots by id and filter, by owner, and by who may restore them; moto knows no owner."""
    parameters, own = asked.parameters, asked.account.id
    filters = {one["Name"]: one.get("Values", []) for one in parameters.get("Filters") or []}
    for_real(asked)
    found = store_of(asked).describe_snapshots(parameters.get("SnapshotIds"), filters)
    if owners := parameters.get("OwnerIds"):
        found = [one for one in found if _owner_is(one, owners, own)]
    if restorers := parameters.get("RestorableByUserIds"):
        found = [one for one in found if _may_restore(one, restorers, own)]
    return {"Snapshots": found}


def _owner_is(snapshot: Any, owners: list[str], own: str) -> bool:
    of_amazon = snapshot.owner_id != own and snapshot.from_ami is not None
    names = {snapshot.owner_id, *(["self"] if snapshot.owner_id == own else [])}
    return bool(names & set(owners)) or (of_amazon and "amazon" in owners)


def _may_restore(snapshot: Any, restorers: list[str], own: str) -> bool:
    names = set(snapshot.create_volume_permission_groups)
    for account in (snapshot.owner_id, *snapshot.create_volume_permission_userids):
        names |= {account, *(["self"] if account == own else [])}
    return bool(names & set(restorers))


@ec2_answers("GetEbsDefaultKmsKeyId")
def get_default_key(asked: Asked) -> dict[str, Any]:
    """The key for volumes of which nobody says another one."""
    for_real(asked)
    return {"KmsKeyId": store_of(asked).default_kms_key_id or DEFAULT_KEY}


@ec2_answers("ResetEbsDefaultKmsKeyId")
def reset_default_key(asked: Asked) -> dict[str, Any]:
    """Back to AWS's own key."""
    for_real(asked)
    store_of(asked).default_kms_key_id = ""
    return {"KmsKeyId": DEFAULT_KEY}


@ec2_answers(
    "GetSerialConsoleAccessStatus", "EnableSerialConsoleAccess", "DisableSerialConsoleAccess"
)
def serial_console(asked: Asked) -> dict[str, Any]:
    """Whether instances can be reached by their serial console; not, unless somebody lets it."""
    for_real(asked)
    settings = state_of(asked.account).settings_of(asked.call.region)
    if not asked.call.operation.startswith("Get"):
        settings.serial_console = asked.call.operation.startswith("Enable")
    return {"SerialConsoleAccessEnabled": settings.serial_console}
