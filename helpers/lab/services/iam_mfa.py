"""MFA devices: real one-time codes, for users and for the root user.

A device is created (with its seed and a QR code of it), enabled for somebody with two codes
that follow each other, used, put right when its clock drifts, taken away and deleted.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_enable_virtual.html
"""

from __future__ import annotations

import io
import re
from typing import Any
from urllib.parse import quote

import segno

from helpers.lab import seam
from helpers.lab.account import Account, MfaDevice
from helpers.lab.errors import AwsError
from helpers.lab.services import iam_store as store
from helpers.lab.services import iam_tags
from helpers.lab.services.registry import Asked, answers

DEVICES_PER_USER = 8
ENABLE_REACH = 3
"""Steps around now in which two codes are looked for when a device is enabled: a minute and a
half either way, for a person who waits for the second code and then types."""

RESYNC_REACH = 240
"""The same when a device is put right again: two hours either way."""

_CODE = re.compile(r"\d{6}")


def _no_such_device(serial: str) -> AwsError:
    return AwsError(
        "NoSuchEntity", f"VirtualMFADevice with serial number {serial} doesn't exist.", 404
    )


def _invalid_code() -> AwsError:
    return AwsError(
        "InvalidAuthenticationCode", "Authentication code for device is not valid.", 403
    )


ROOT_NAMES = ("root", "root-account", "<root_account>")
"""What people write as the root user's name, for whom IAM has none."""


def _is_root(asked: Asked) -> bool:
    """Whether the call is the root user's own about itself (an IAM user may be called root)."""
    name = asked.parameters.get("UserName")
    if not asked.principal.is_root:
        return False
    return name is None or (name in ROOT_NAMES and name not in asked.iam.users)


def owner_of(account: Account, serial: str) -> str | None:
    """The ARN of the user, or of the root user, that a device is enabled for."""
    if serial in account.root.mfa_serials:
        return account.root.arn
    for user in seam.iam_backend(account.id).users.values():
        if serial in user.mfa_devices:
            return user.arn
    return None


def qr_code(account_id: str, device_name: str, seed: str) -> bytes:
    """The PNG of a device's QR code: an otpauth URI that authenticator apps read."""
    label = quote(f"Amazon Web Services:{device_name}@{account_id}")
    issuer = quote("Amazon Web Services")
    uri = f"otpauth://totp/{label}?secret={seed}&issuer={issuer}"
    png = io.BytesIO()
    segno.make(uri, error="m", micro=False).save(png, kind="png", scale=4, border=4)
    return png.getvalue()


@answers("iam", "CreateVirtualMFADevice")
def create_virtual_mfa_device(asked: Asked) -> Any:
    name = asked.parameters["VirtualMFADeviceName"]
    path = asked.parameters.get("Path") or "/"
    serial = f"arn:aws:iam::{asked.account.id}:mfa{path}{name}"
    if serial in asked.account.devices:
        raise AwsError(
            "EntityAlreadyExists", "MFADevice entity at the same path and name already exists.", 409
        )
    tags = iam_tags.checked(asked.parameters.get("Tags"))
    stored = asked.iam.create_virtual_mfa_device(name, path)
    seed = asked.account.new_seed()
    stored.base32_string_seed = seed
    stored.qr_code_png = qr_code(asked.account.id, name, seed)
    asked.account.devices[serial] = MfaDevice(serial, seed)
    if tags:
        iam_tags.tags_by_arn(asked.account)[serial] = tags
    return {
        "VirtualMFADevice": {
            "SerialNumber": serial,
            "Base32StringSeed": seed.encode(),
            "QRCodePNG": stored.qr_code_png,
            "Tags": tags or None,
        }
    }


@answers("iam", "EnableMFADevice")
def enable_mfa_device(asked: Asked) -> None:
    serial = asked.parameters["SerialNumber"]
    root = _is_root(asked)
    user = None if root else store.user(asked)
    device = asked.account.devices.get(serial)
    if device is None:
        raise _no_such_device(serial)
    if owner_of(asked.account, serial) is not None:
        raise AwsError("EntityAlreadyExists", "MFA Device is already in use.", 409)
    devices = asked.account.root.mfa_serials if root else user.mfa_devices
    if len(devices) >= DEVICES_PER_USER:
        raise AwsError(
            "LimitExceeded", f"Cannot exceed quota for MfaDevicesPerUser: {DEVICES_PER_USER}", 409
        )
    _two_codes(asked, device, ENABLE_REACH)
    stored = asked.iam.virtual_mfa_devices[serial]
    stored.enable_date = asked.now
    if root:
        asked.account.root.mfa_serials[serial] = asked.now
        stored.user_attribute = {
            "UserId": asked.account.id,
            "Arn": asked.account.root.arn,
            "CreateDate": asked.account.root.created_at,
        }
        return
    user.enable_mfa_device(serial, "", "")
    stored.user = user
    stored.user_attribute = {
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.id,
        "Arn": user.arn,
        "CreateDate": user.create_date,
    }


@answers("iam", "ResyncMFADevice")
def resync_mfa_device(asked: Asked) -> None:
    serial = asked.parameters["SerialNumber"]
    devices = asked.account.root.mfa_serials if _is_root(asked) else store.user(asked).mfa_devices
    if serial not in devices:
        raise _no_such_device(serial)
    _two_codes(asked, asked.account.devices[serial], RESYNC_REACH)


def _two_codes(asked: Asked, device: MfaDevice, reach: int) -> None:
    codes = [asked.parameters[f"AuthenticationCode{n}"] for n in (1, 2)]
    for n, code in enumerate(codes, 1):
        if not _CODE.fullmatch(code):
            raise AwsError(
                "ValidationError",
                f"1 validation error detected: Value '{code}' at 'authenticationCode{n}' failed "
                "to satisfy constraint: Member must satisfy regular expression pattern: [\\d]+",
            )
    if not device.accept_two(*codes, asked.now, reach):
        raise _invalid_code()


@answers("iam", "DeactivateMFADevice")
def deactivate_mfa_device(asked: Asked) -> None:
    serial = asked.parameters["SerialNumber"]
    if _is_root(asked):
        if asked.account.root.mfa_serials.pop(serial, None) is None:
            raise _no_such_device(serial)
    else:
        user = store.user(asked)
        if serial not in user.mfa_devices:
            raise _no_such_device(serial)
        user.deactivate_mfa_device(serial)
    stored = asked.iam.virtual_mfa_devices[serial]
    stored.enable_date = stored.user = stored.user_attribute = None


@answers("iam", "DeleteVirtualMFADevice")
def delete_virtual_mfa_device(asked: Asked) -> None:
    serial = asked.parameters["SerialNumber"]
    if serial not in asked.account.devices:
        raise _no_such_device(serial)
    if owner_of(asked.account, serial) is not None:
        raise AwsError("DeleteConflict", "MFA VirtualDevice in use. Must deactivate first.", 409)
    iam_tags.tags_by_arn(asked.account).pop(serial, None)
    asked.iam.delete_virtual_mfa_device(serial)
    del asked.account.devices[serial]


@answers("iam", "ListMFADevices")
def list_mfa_devices(asked: Asked) -> Any:
    if _is_root(asked):
        name, devices = "root", asked.account.root.mfa_serials
    else:
        user = store.own_or_named_user(asked)
        name = user.name
        devices = {serial: device.enable_date for serial, device in user.mfa_devices.items()}
    found, more = store.page(asked, devices.items())
    listed = [
        {"UserName": name, "SerialNumber": serial, "EnableDate": since} for serial, since in found
    ]
    return {"MFADevices": listed, **more}


@answers("iam", "ListVirtualMFADevices")
def list_virtual_mfa_devices(asked: Asked) -> Any:
    """Without seed and QR code, which AWS shows once, to whoever creates the device."""
    status = asked.parameters.get("AssignmentStatus") or "Any"
    devices = [
        device
        for _, device in sorted(asked.iam.virtual_mfa_devices.items())
        if status == "Any" or (device.enable_date is not None) == (status == "Assigned")
    ]
    found, more = store.page(asked, devices)
    listed = [
        {
            "SerialNumber": device.serial_number,
            "EnableDate": device.enable_date,
            "User": device.user_attribute,
        }
        for device in found
    ]
    return {"VirtualMFADevices": listed, **more}


@answers("iam", "GetMFADevice")
def get_mfa_device(asked: Asked) -> Any:
    serial = asked.parameters["SerialNumber"]
    name = asked.parameters.get("UserName")
    if name is None and (since := asked.account.root.mfa_serials.get(serial)) is not None:
        return {"SerialNumber": serial, "EnableDate": since}
    users = [store.user(asked, name)] if name else asked.iam.users.values()
    for user in users:
        if serial in user.mfa_devices:
            return {
                "UserName": user.name,
                "SerialNumber": serial,
                "EnableDate": user.mfa_devices[serial].enable_date,
            }
    raise _no_such_device(serial)
