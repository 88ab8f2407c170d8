"""EC2: what keeps images and snapshots from the public, and the account's metadata defaults.

All are settings of an account in one Region. moto has none of them.

AWS pages: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/block-public-access-to-amis.html,
https://docs.aws.amazon.com/ebs/latest/userguide/block-public-access-snapshots.html,
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from helpers.lab.ec2_state import RegionSettings, state_of
from helpers.lab.errors import AwsError
from helpers.lab.services.ec2_calls import ec2_answers, for_real, store_of
from helpers.lab.services.registry import Asked
from helpers.lab.wire import HttpAnswer, with_parameters

UNBLOCKED = "unblocked"


def _settings(asked: Asked) -> RegionSettings:
    return state_of(asked.account).settings_of(asked.call.region)


@ec2_answers("GetImageBlockPublicAccessState")
def get_image_block(asked: Asked) -> dict[str, Any]:
    """Whether images may be shared with everybody."""
    for_real(asked)
    state = _settings(asked).image_block
    return {"ImageBlockPublicAccessState": state, "ManagedBy": "account"}


@ec2_answers("EnableImageBlockPublicAccess", "DisableImageBlockPublicAccess")
def set_image_block(asked: Asked) -> dict[str, Any]:
    """Let images be shared with everybody, or no longer."""
    for_real(asked)
    state = asked.parameters.get("ImageBlockPublicAccessState") or UNBLOCKED
    _settings(asked).image_block = state
    return {"ImageBlockPublicAccessState": state}


@ec2_answers("GetSnapshotBlockPublicAccessState")
def get_snapshot_block(asked: Asked) -> dict[str, Any]:
    """Whether snapshots may be shared with everybody."""
    for_real(asked)
    return {"State": _settings(asked).snapshot_block, "ManagedBy": "account"}


@ec2_answers("EnableSnapshotBlockPublicAccess", "DisableSnapshotBlockPublicAccess")
def set_snapshot_block(asked: Asked) -> dict[str, Any]:
    """Let snapshots be shared with everybody, or no longer."""
    for_real(asked)
    state = asked.parameters.get("State") or UNBLOCKED
    _settings(asked).snapshot_block = state
    return {"State": state}


def _changes(parameters: Mapping[str, Any], name: str) -> Iterator[tuple[str, str, str]]:
    """What a call gives and takes: add or remove, Group or UserId, and which."""
    for verb in ("Add", "Remove"):
        for item in (parameters.get(name) or {}).get(verb) or []:
            for kind in ("Group", "UserId"):
                if kind in item:
                    yield verb.lower(), kind, item[kind]
    verb = parameters.get("OperationType")
    for kind, names in (("Group", ("GroupNames", "UserGroups")), ("UserId", ("UserIds",))):
        for each in names:
            for value in parameters.get(each) or []:
                yield str(verb), kind, value


def _refuse_the_public(what: str, api: str) -> AwsError:
    return AwsError(
        "OperationNotPermitted",
        f"You can't publicly share this {what} because block public access for {what}s is enabled "
        f"for this account in this Region. To publicly share the {what}, you must call the "
        f"{api} API.",
    )


@ec2_answers("ModifyImageAttribute")
def modify_image_attribute(asked: Asked) -> HttpAnswer:
    """Share an image; with everybody, where that is not blocked."""
    changes = list(_changes(asked.parameters, "LaunchPermission"))
    if ("add", "Group", "all") in changes and _settings(asked).image_block != UNBLOCKED:
        raise _refuse_the_public("image", "DisableImageBlockPublicAccess")
    for_real(asked)
    return asked.forward()


@ec2_answers("ModifySnapshotAttribute")
def modify_snapshot_attribute(asked: Asked) -> HttpAnswer | None:
    """Share a snapshot; with everybody, where that is not blocked and it is not encrypted."""
    changes = list(_changes(asked.parameters, "CreateVolumePermission"))
    identifier = asked.parameters["SnapshotId"]
    if ("add", "Group", "all") in changes:
        if _settings(asked).snapshot_block != UNBLOCKED:
            raise _refuse_the_public("snapshot", "DisableSnapshotBlockPublicAccess")
        if store_of(asked).snapshots[identifier].encrypted:
            raise AwsError("InvalidParameterValue", "Encrypted snapshots cannot be shared publicly")
    for_real(asked)
    # moto knows one form of the call only, which says one verb.
    http: HttpAnswer | None = None
    for verb in ("add", "remove"):
        groups = [value for v, kind, value in changes if (v, kind) == (verb, "Group")]
        users = [value for v, kind, value in changes if (v, kind) == (verb, "UserId")]
        if groups or users:
            one = {
                "SnapshotId": identifier,
                "Attribute": "createVolumePermission",
                "OperationType": verb,
                **({"GroupNames": groups} if groups else {}),
                **({"UserIds": users} if users else {}),
            }
            http = asked.forward(with_parameters(asked.call, one))
            if http[0] != 200:
                break
    return http


@ec2_answers("GetInstanceMetadataDefaults")
def get_metadata_defaults(asked: Asked) -> dict[str, Any]:
    """The account's defaults for the metadata options of new instances."""
    for_real(asked)
    defaults = getattr(store_of(asked), "metadata_defaults", {})
    return {"AccountLevel": {**defaults, "ManagedBy": "account"}}


@ec2_answers("ModifyInstanceMetadataDefaults")
def modify_metadata_defaults(asked: Asked) -> dict[str, Any]:
    """Set some of these defaults; no-preference takes one back."""
    for_real(asked)
    store = store_of(asked)
    said = {k: v for k, v in asked.parameters.items() if k != "DryRun"}
    held = {**getattr(store, "metadata_defaults", {}), **said}
    store.metadata_defaults = {k: v for k, v in held.items() if v not in ("no-preference", -1)}
    return {"Return": True}
