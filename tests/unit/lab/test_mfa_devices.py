"""MFA devices: enrolled with two codes, used once a code, put right, taken away."""

from __future__ import annotations

import zlib
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import segno
from lab_calls import ACCOUNT, Phone, allow, client, enrol, new_phone, new_user, refused

from helpers import Lab


@pytest.fixture
def admin(house: Lab):
    return house.caller("admin")


def enable(iam, phone: Phone, first: str, second: str, user: str = "admin") -> None:
    iam.enable_mfa_device(
        UserName=user,
        SerialNumber=phone.serial,
        AuthenticationCode1=first,
        AuthenticationCode2=second,
    )


def token(caller, phone: Phone, code: str, **parameters):
    return caller.client("sts").get_session_token(
        SerialNumber=phone.serial, TokenCode=code, **parameters
    )["Credentials"]


def modules(png: bytes, scale: int) -> list[list[bool]]:
    """The dark modules of a black-and-white PNG of one bit a pixel, border included."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at, data, width = 8, b"", 0
    while at < len(png):
        size, kind = int.from_bytes(png[at : at + 4], "big"), png[at + 4 : at + 8]
        body = png[at + 8 : at + 8 + size]
        if kind == b"IHDR":
            width = int.from_bytes(body[:4], "big")
            assert body[8] == 1, "one bit a pixel"
        elif kind == b"IDAT":
            data += body
        at += size + 12
    raw, stride = zlib.decompress(data), (width + 7) // 8 + 1
    rows = []
    for y in range(0, width, scale):
        row = raw[y * stride : (y + 1) * stride]
        assert row[0] == 0, "no filter"
        bits = [(row[1 + x // 8] >> (7 - x % 8)) & 1 for x in range(0, width, scale)]
        rows.append([bit == 0 for bit in bits])
    return rows


def test_the_qr_code_is_an_otpauth_uri_with_the_seed(house: Lab, admin) -> None:
    device = admin.client("iam").create_virtual_mfa_device(VirtualMFADeviceName="my-phone")
    device = device["VirtualMFADevice"]
    seed = device["Base32StringSeed"].decode()
    assert len(seed) == 64
    assert device["SerialNumber"] == f"arn:aws:iam::{ACCOUNT}:mfa/my-phone"
    uri = (
        f"otpauth://totp/Amazon%20Web%20Services%3Amy-phone%40{ACCOUNT}"
        f"?secret={seed}&issuer=Amazon%20Web%20Services"
    )
    parts = urlsplit(uri)
    assert unquote(parts.path) == f"/Amazon Web Services:my-phone@{ACCOUNT}"
    assert parse_qs(parts.query)["secret"] == [seed]
    # A picture of this very text, pixel by pixel; another seed makes another one.
    found = modules(device["QRCodePNG"], scale=4)

    def drawn(text: str) -> list[list[bool]]:
        code = segno.make(text, error="m", micro=False)
        return [[bool(module) for module in row] for row in code.matrix_iter(border=4)]

    assert found == drawn(uri)
    assert found != drawn(uri.replace(seed, seed[::-1]))


def test_two_codes_that_follow_each_other_enrol_and_nothing_else_does(house: Lab, admin) -> None:
    iam = admin.client("iam")
    phone = new_phone(house, iam)
    one, two, three = phone.code(), phone.code(1), phone.code(2)
    wrong = phone.wrong()
    for first, second in (
        (two, one),
        (one, one),
        (one, three),
        (one, wrong),
        (wrong, two),
        (wrong, wrong),
        (phone.code(-30), phone.code(-29)),
        (phone.code(30), phone.code(31)),
    ):
        message = refused("InvalidAuthenticationCode", enable, iam, phone, first, second)
        assert message == "Authentication code for device is not valid."
        assert iam.list_mfa_devices(UserName="admin")["MFADevices"] == []
    enable(iam, phone, one, two)
    (found,) = iam.list_mfa_devices(UserName="admin")["MFADevices"]
    assert (found["UserName"], found["SerialNumber"]) == ("admin", phone.serial)
    assert abs((found["EnableDate"] - house.clock.now).total_seconds()) < 5


@pytest.mark.parametrize("code", ["12345a", "12 456", "......"])
def test_codes_that_are_no_six_digits(house: Lab, admin, code: str) -> None:
    iam = admin.client("iam")
    phone = new_phone(house, iam)
    refused("ValidationError", enable, iam, phone, code, phone.code(1))


def test_a_code_is_good_once_and_never_after_a_later_one(house: Lab, admin) -> None:
    phone = enrol(house, admin.client("iam"), "admin")
    code, later = phone.code(), phone.code(1)
    token(admin, phone, code)
    refused("AccessDenied", token, admin, phone, code)
    token(admin, phone, later)
    refused("AccessDenied", token, admin, phone, later)
    house.clock.advance(seconds=60)
    refused("AccessDenied", token, admin, phone, later)
    token(admin, phone, phone.code())


def test_the_codes_that_enrolled_are_used_up(house: Lab, admin) -> None:
    iam = admin.client("iam")
    phone = new_phone(house, iam)
    one, two, three = phone.code(), phone.code(1), phone.code(2)
    enable(iam, phone, one, two)
    refused("AccessDenied", token, admin, phone, one)
    refused("AccessDenied", token, admin, phone, two)
    house.clock.advance(seconds=60)
    token(admin, phone, three)


def test_the_window_is_one_step_either_way(house: Lab, admin) -> None:
    phone = enrol(house, admin.client("iam"), "admin")
    house.clock.advance(seconds=30 - house.clock.now.timestamp() % 30 + 5)
    for steps in (-3, -2, 2, 3):
        refused("AccessDenied", token, admin, phone, phone.code(steps))
        house.clock.advance(seconds=29)  # and back to the same place in the next step
    for steps in (-1, 0, 1):
        house.clock.advance(seconds=150)
        token(admin, phone, phone.code(steps))


def test_a_wrong_code_in_the_words_of_sts(house: Lab, admin) -> None:
    phone = enrol(house, admin.client("iam"), "admin")
    message = refused("AccessDenied", token, admin, phone, phone.wrong())
    assert (
        message.strip() == "MultiFactorAuthentication failed with invalid MFA one time pass code."
    )
    sts = admin.client("sts")
    for half in ({"SerialNumber": phone.serial}, {"TokenCode": phone.code()}):
        message = refused("AccessDenied", sts.get_session_token, **half)
        assert "must provide both" in message


def test_a_device_that_is_not_the_callers(house: Lab, admin) -> None:
    iam = house.root.client("iam")
    theirs = enrol(house, iam, "analyst", "theirs")
    loose = new_phone(house, iam, "loose")
    roots = enrol(house, iam, "root", "roots")
    for phone in (theirs, loose, roots):
        message = refused("AccessDenied", token, admin, phone, phone.fresh())
        assert "unable to validate MFA code" in message
    nowhere = house.caller("admin").client("sts").get_session_token
    refused(
        "AccessDenied",
        nowhere,
        SerialNumber=f"arn:aws:iam::{ACCOUNT}:mfa/nowhere",
        TokenCode="123456",
    )


def test_a_drifted_clock_and_its_resynchronisation(house: Lab, admin) -> None:
    """A phone that is ten minutes slow is refused until its two codes put it right."""
    iam = admin.client("iam")
    phone = enrol(house, iam, "admin")
    slow = -20
    refused("AccessDenied", token, admin, phone, phone.code(slow))
    resync = {"UserName": "admin", "SerialNumber": phone.serial}
    refused(
        "InvalidAuthenticationCode",
        iam.resync_mfa_device,
        **resync,
        AuthenticationCode1=phone.code(slow + 1),
        AuthenticationCode2=phone.code(slow),
    )
    iam.resync_mfa_device(
        **resync,
        AuthenticationCode1=phone.code(slow),
        AuthenticationCode2=phone.code(slow + 1),
    )
    house.clock.advance(minutes=2)
    token(admin, phone, phone.code(slow))
    house.clock.advance(minutes=2)
    refused("AccessDenied", token, admin, phone, phone.code())
    # The phone's clock is set right: its codes are, after resynchronising, good again.
    house.clock.advance(minutes=30)
    iam.resync_mfa_device(
        **resync, AuthenticationCode1=phone.code(), AuthenticationCode2=phone.code(1)
    )
    token(admin, phone, phone.fresh())


def test_resync_of_a_device_that_is_not_the_users(house: Lab, admin) -> None:
    iam = admin.client("iam")
    phone = new_phone(house, iam)
    refused(
        "NoSuchEntity",
        iam.resync_mfa_device,
        UserName="admin",
        SerialNumber=phone.serial,
        AuthenticationCode1=phone.code(),
        AuthenticationCode2=phone.code(1),
    )


def test_eight_devices_and_no_ninth(house: Lab, admin) -> None:
    iam = admin.client("iam")
    phones = [enrol(house, iam, "admin", f"phone-{n}") for n in range(8)]
    ninth = new_phone(house, iam, "phone-8")
    refused("LimitExceeded", enable, iam, ninth, ninth.code(), ninth.code(1))
    for phone in (phones[0], phones[7]):  # any of them serves
        token(admin, phone, phone.fresh())


def test_entities_that_already_exist_and_those_that_do_not(house: Lab, admin) -> None:
    iam = admin.client("iam")
    phone = enrol(house, iam, "admin")
    refused("EntityAlreadyExists", iam.create_virtual_mfa_device, VirtualMFADeviceName="phone")
    for user in ("admin", "analyst"):
        refused("EntityAlreadyExists", enable, iam, phone, phone.code(), phone.code(1), user)
    loose = new_phone(house, iam, "loose")
    refused("NoSuchEntity", enable, iam, loose, loose.code(), loose.code(1), "nobody")
    gone = Phone(house, {"SerialNumber": phone.serial + "x", "Base32StringSeed": b"A" * 32})
    refused("NoSuchEntity", enable, iam, gone, "123456", "654321")
    refused("NoSuchEntity", iam.deactivate_mfa_device, UserName="admin", SerialNumber=loose.serial)
    refused("NoSuchEntity", iam.delete_virtual_mfa_device, SerialNumber=gone.serial)
    # Another path is another device.
    iam.create_virtual_mfa_device(VirtualMFADeviceName="phone", Path="/office/")
    refused("ValidationError", iam.create_virtual_mfa_device, VirtualMFADeviceName="a b")


def test_a_device_in_use_is_not_deleted(house: Lab, admin) -> None:
    iam = admin.client("iam")
    phone = enrol(house, iam, "admin")
    message = refused("DeleteConflict", iam.delete_virtual_mfa_device, SerialNumber=phone.serial)
    assert message == "MFA VirtualDevice in use. Must deactivate first."
    refused(
        "NoSuchEntity", iam.deactivate_mfa_device, UserName="analyst", SerialNumber=phone.serial
    )
    iam.deactivate_mfa_device(UserName="admin", SerialNumber=phone.serial)
    refused("AccessDenied", token, admin, phone, phone.fresh())
    iam.delete_virtual_mfa_device(SerialNumber=phone.serial)
    assert iam.list_virtual_mfa_devices()["VirtualMFADevices"] == []
    again = enrol(house, iam, "admin")
    assert again.totp.secret != phone.totp.secret


def test_the_list_of_devices_does_not_show_seeds(house: Lab, admin) -> None:
    """Otherwise everybody who may list devices could make everybody's codes."""
    iam = admin.client("iam")
    mine = enrol(house, iam, "admin", "mine")
    loose = new_phone(house, iam, "loose")
    roots = enrol(house, house.root.client("iam"), "root", "roots")

    def listed(**parameters) -> dict[str, str | None]:
        found = iam.list_virtual_mfa_devices(**parameters)["VirtualMFADevices"]
        for device in found:
            assert set(device) <= {"SerialNumber", "EnableDate", "User", "Tags"}
        return {d["SerialNumber"]: d.get("User", {}).get("Arn") for d in found}

    assigned = {
        mine.serial: f"arn:aws:iam::{ACCOUNT}:user/admin",
        roots.serial: f"arn:aws:iam::{ACCOUNT}:root",
    }
    assert listed() == {**assigned, loose.serial: None}
    assert listed(AssignmentStatus="Assigned") == assigned
    assert listed(AssignmentStatus="Unassigned") == {loose.serial: None}
    pages = iam.get_paginator("list_virtual_mfa_devices").paginate(PaginationConfig={"PageSize": 1})
    assert sum(len(page["VirtualMFADevices"]) for page in pages) == 3


def test_get_mfa_device(house: Lab, admin) -> None:
    iam = admin.client("iam")
    phone = enrol(house, iam, "admin")
    found = iam.get_mfa_device(SerialNumber=phone.serial, UserName="admin")
    assert (found["UserName"], found["SerialNumber"]) == ("admin", phone.serial)
    refused("NoSuchEntity", iam.get_mfa_device, SerialNumber=phone.serial, UserName="analyst")


def test_roots_device_is_roots_alone(lab: Lab) -> None:
    """Not even an IAM user who is called root, and may do everything, has it or lists it."""
    root = lab.root.client("iam")
    phone = enrol(lab, root, "root", "roots")
    impostor = new_user(lab, "root", allow("*"))
    iam = impostor.client("iam")
    assert iam.list_mfa_devices()["MFADevices"] == []
    assert iam.list_mfa_devices(UserName="root")["MFADevices"] == []
    refused("AccessDenied", token, impostor, phone, phone.fresh())
    refused("NoSuchEntity", iam.deactivate_mfa_device, UserName="root", SerialNumber=phone.serial)
    refused("DeleteConflict", iam.delete_virtual_mfa_device, SerialNumber=phone.serial)
    own = enrol(lab, iam, "root", "impostors")
    with_code = token(impostor, own, own.fresh())
    assert client(with_code, "sts").get_caller_identity()["Arn"] == impostor.arn
    (found,) = root.list_mfa_devices()["MFADevices"]
    assert found["SerialNumber"] == phone.serial
    assert client(token(lab.root, phone, phone.fresh()), "iam").list_users()


def test_an_administrator_cannot_name_the_root_user(house: Lab, admin) -> None:
    iam = admin.client("iam")
    loose = new_phone(house, iam, "loose")
    for name in ("root", "<root_account>", "root-account"):
        code = refused_code(enable, iam, loose, loose.code(), loose.code(1), name)
        assert code in ("NoSuchEntity", "ValidationError")


def refused_code(call, *args) -> str:
    from lab_calls import outcome

    return outcome(call, *args)


def test_codes_go_with_the_accounts_clock(house: Lab, admin) -> None:
    phone = enrol(house, admin.client("iam"), "admin")
    before = phone.code()
    house.clock.advance(days=30)
    refused("AccessDenied", token, admin, phone, before)
    assert token(admin, phone, phone.code())["Expiration"] > house.clock.now


@pytest.mark.parametrize(("asked", "lasts"), [(900, 900), (129_600, 129_600)])
def test_durations_with_mfa(house: Lab, admin, asked: int, lasts: int) -> None:
    phone = enrol(house, admin.client("iam"), "admin")
    found = token(admin, phone, phone.fresh(), DurationSeconds=asked)
    assert (found["Expiration"] - house.clock.now).total_seconds() == lasts
