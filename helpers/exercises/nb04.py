"""Exercises of notebook 04, multi-factor authentication."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from helpers.exercises.answers import FUNCTION, LAB
from helpers.exercises.behaviour import returns
from helpers.exercises.exercise import Exercise, WrongAnswer
from helpers.exercises.outcome import CannotCheck, NotAttempted
from helpers.exercises.quiz import Option, Quiz

# q1: a code from a seed -------------------------------------------------------------------------

SEED = base64.b32encode(b"a secret of twenty b").decode()
OTHER_SEED = base64.b32encode(b"another twenty bytes").decode()
NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def _leading_zero() -> datetime:
    """A moment whose code begins with a zero, which a number would lose."""
    moments = (NOON + timedelta(seconds=30 * step) for step in range(1000))
    return next(when for when in moments if pyotp.TOTP(SEED).at(when).startswith("0"))


def _codes(function: Any) -> str | None:
    moments = {
        "noon": NOON,
        "noon and 29 seconds, the same half minute": NOON + timedelta(seconds=29),
        "noon and 30 seconds, the next half minute": NOON + timedelta(seconds=30),
        "a moment whose code begins with a zero": _leading_zero(),
        "a moment in 2031": datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC),
    }
    cases = [
        ((seed, when), pyotp.TOTP(seed).at(when), f"the seed `{seed}`, {name}")
        for seed in (SEED, OTHER_SEED)
        for name, when in moments.items()
    ]
    return returns(function, cases)


q1 = Exercise(
    name="nb04.q1",
    title="Be the phone",
    question=(
        "Write `code_at(seed, when)`. `seed` is the secret as AWS shows it, a text in *base32*; "
        "`base64.b32decode` makes bytes of it. `when` is a moment, such as `lab.clock.now`; "
        "`when.timestamp()` counts its seconds since 1970. Return the six digits that a phone "
        "with this secret would show, as a text. `one_time_code` from above does the rest."
    ),
    expects=FUNCTION,
    stub="def code_at(seed, when):\n    return ...",
    model_answer=(
        "def code_at(seed, when):\n"
        "    return one_time_code(base64.b32decode(seed), when.timestamp())"
    ),
    rule=_codes,
    explanation=(
        "Every authenticator app does just this. Secret and time are all it needs, so it works "
        "without a network."
    ),
    hints=(
        "`one_time_code` wants bytes and seconds. You are given a text and a moment.",
        "`base64.b32decode(seed)` and `when.timestamp()`.",
    ),
    wrong_answers=(
        WrongAnswer(
            "def code_at(seed, when):\n"
            "    return int(one_time_code(base64.b32decode(seed), when.timestamp()))",
            says="of type int",
        ),
        WrongAnswer(
            "def code_at(seed, when):\n    return one_time_code(seed.encode(), when.timestamp())",
            says="noon: your function returned",
        ),
        WrongAnswer(
            "def code_at(seed, when):\n    return one_time_code(base64.b32decode(seed), when)",
            says="your function stopped with `TypeError",
        ),
        WrongAnswer(
            "def code_at(seed, when):\n"
            "    return one_time_code(base64.b32decode(seed), when.timestamp(), digits=8)",
            says="your function returned",
        ),
        WrongAnswer(
            "def code_at(seed, when):\n    return pyotp.TOTP(seed).at(when, counter_offset=1)",
            says="noon: your function returned",
        ),
        WrongAnswer(
            "def code_at(seed, when):\n    return pyotp.TOTP(seed).at(when).lstrip('0')",
            says="begins with a zero",
        ),
    ),
)


# q2: root's device ------------------------------------------------------------------------------


def _root_has_mfa(lab: Any) -> str | None:
    iam = lab.root.client("iam")
    if iam.get_account_summary()["SummaryMap"]["AccountMFAEnabled"]:
        return None
    found = iam.list_virtual_mfa_devices(AssignmentStatus="Unassigned")["VirtualMFADevices"]
    names = (device["SerialNumber"].rpartition("/")[2] for device in found)
    # The notebook's own cell makes the analyst's, one more each time that it runs.
    if unused := sorted(name for name in names if not name.startswith("analyst-phone-")):
        return (
            f"The account says that root has no MFA yet. There is a device, `{unused[-1]}`, that "
            'is enabled for nobody. `enable_mfa_device` takes root as `UserName` "root" and two '
            "codes, the second one 30 seconds after the first."
        )
    raise NotAttempted("Root has no MFA device yet. Put your calls above the check.")


_ENROL_ROOT = """root_iam = lab.root.client("iam")
name = f"root-phone-{lab.clock.now:%H%M%S}"
made = root_iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
root_phone = pyotp.TOTP(made["Base32StringSeed"].decode())
now = lab.clock.now
root_iam.enable_mfa_device(
    UserName="root",
    SerialNumber=made["SerialNumber"],
    AuthenticationCode1=root_phone.at(now),
    AuthenticationCode2=root_phone.at(now, counter_offset=1),
)"""


def _enrol_root(lab: Any) -> None:
    if not lab.root.client("iam").get_account_summary()["SummaryMap"]["AccountMFAEnabled"]:
        exec(_ENROL_ROOT, {"lab": lab, "pyotp": pyotp})  # the solution as it is shown


q2 = Exercise(
    name="nb04.q2",
    title="Root first",
    question=(
        "Give the root user a virtual MFA device: create one, and enable it with two codes that "
        'follow each other. Call as root; here, and only here, its `UserName` is `"root"`.'
    ),
    expects=LAB,
    stub='root_iam = lab.root.client("iam")',
    model_answer=_ENROL_ROOT,
    rule=_root_has_mfa,
    explanation=(
        "`AccountMFAEnabled` in the account summary is root's MFA and nobody else's. It is the "
        "first thing that an audit looks at."
    ),
    hints=(
        "It is the same as for the analyst: create, compute two codes, enable.",
        "A device's name is taken once: choose a new one, such as `root-phone`.",
        "The second code: `.at(now, counter_offset=1)`.",
    ),
    wrong_answers=(
        WrongAnswer(
            'lab.root.client("iam").create_virtual_mfa_device(VirtualMFADeviceName="roots")',
            says="enabled for nobody",
        ),
        WrongAnswer(
            'root_iam = lab.root.client("iam")\n'
            "made = root_iam.create_virtual_mfa_device(\n"
            '    VirtualMFADeviceName="root-wrong")["VirtualMFADevice"]\n'
            'root_phone = pyotp.TOTP(made["Base32StringSeed"].decode())\n'
            "code = root_phone.at(lab.clock.now)\n"
            'try_call(root_iam.enable_mfa_device, UserName="root",\n'
            '         SerialNumber=made["SerialNumber"],\n'
            "         AuthenticationCode1=code, AuthenticationCode2=code)",
            says="the second one 30 seconds after",
        ),
        WrongAnswer(
            'root_iam = lab.root.client("iam")\n'
            "made = root_iam.create_virtual_mfa_device(\n"
            '    VirtualMFADeviceName="admin-instead")["VirtualMFADevice"]\n'
            'root_iam.create_virtual_mfa_device(VirtualMFADeviceName="and-one-more")\n'
            'totp = pyotp.TOTP(made["Base32StringSeed"].decode())\n'
            "now = lab.clock.now\n"
            'root_iam.enable_mfa_device(UserName="admin", SerialNumber=made["SerialNumber"],\n'
            "    AuthenticationCode1=totp.at(now),\n"
            "    AuthenticationCode2=totp.at(now, counter_offset=1))",
            says="root has no MFA yet",
        ),
    ),
    reach=_enrol_root,
    reached="The root user has an MFA device.",
)


# q3: a lost phone -------------------------------------------------------------------------------

LOST, KEPT = "admin-phone", "admin-tablet"


def _serial(lab: Any, name: str) -> str:
    return f"arn:aws:iam::{lab.account.id}:mfa/{name}"


def lose_the_phone(lab: Any) -> None:
    """The administrator has two devices, and has just lost one of them.

    May be called again; it puts everything back to that state.
    """
    iam = lab.root.client("iam")
    _take_off(iam, "admin")
    for name in (LOST, KEPT):
        made = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
        totp, now = pyotp.TOTP(made["Base32StringSeed"].decode()), lab.clock.now
        iam.enable_mfa_device(
            UserName="admin",
            SerialNumber=made["SerialNumber"],
            AuthenticationCode1=totp.at(now),
            AuthenticationCode2=totp.at(now, counter_offset=1),
        )


def _take_off(iam: Any, user: str) -> None:
    """All devices of a user, and those of the story's names that belong to nobody."""
    for device in iam.list_mfa_devices(UserName=user)["MFADevices"]:
        iam.deactivate_mfa_device(UserName=user, SerialNumber=device["SerialNumber"])
        iam.delete_virtual_mfa_device(SerialNumber=device["SerialNumber"])
    for device in iam.list_virtual_mfa_devices(AssignmentStatus="Unassigned")["VirtualMFADevices"]:
        if device["SerialNumber"].endswith((f"/{LOST}", f"/{KEPT}")):
            iam.delete_virtual_mfa_device(SerialNumber=device["SerialNumber"])


def _devices(lab: Any) -> set[str]:
    found = lab.root.client("iam").list_mfa_devices(UserName="admin")["MFADevices"]
    return {device["SerialNumber"] for device in found}


def _lost_is_off(lab: Any) -> str | None:
    iam = lab.root.client("iam")
    users = {user["UserName"] for user in iam.list_users()["Users"]}
    if "admin" not in users:
        return (
            "The administrator is gone. A lost phone takes no job away: run the setup cell and "
            "the cells down to here again."
        )
    lost, kept = _serial(lab, LOST), _serial(lab, KEPT)
    enabled = _devices(lab)
    seen = {
        event["requestParameters"]["virtualMFADeviceName"]
        for event in lab.trail.events
        if event["eventName"] == "CreateVirtualMFADevice" and "errorCode" not in event
    }
    if LOST not in seen:
        raise CannotCheck("Run the cell with `exercise.lose_the_phone(lab)` first.")
    if kept not in enabled:
        return (
            "The tablet is off as well, and it was not lost. Without any device the password "
            "alone would open the administrator's account."
        )
    if lost in enabled:
        raise NotAttempted(
            f"`{LOST}` is still enabled: whoever finds it has the codes. Put your calls above "
            "the check."
        )
    left = iam.list_virtual_mfa_devices(AssignmentStatus="Any")["VirtualMFADevices"]
    if any(device["SerialNumber"] == lost for device in left):
        return (
            f"The lost phone opens nothing any more. But the device `{LOST}` is still there, "
            "enabled for nobody, and its name cannot be used again. Clear it away."
        )
    return None


def _take_lost_off(lab: Any) -> None:
    lost, kept = _serial(lab, LOST), _serial(lab, KEPT)
    if kept not in _devices(lab):
        lose_the_phone(lab)
    iam = lab.root.client("iam")
    if lost in _devices(lab):
        iam.deactivate_mfa_device(UserName="admin", SerialNumber=lost)
    left = iam.list_virtual_mfa_devices(AssignmentStatus="Unassigned")["VirtualMFADevices"]
    if any(device["SerialNumber"] == lost for device in left):
        iam.delete_virtual_mfa_device(SerialNumber=lost)


_OFF = """lost = "arn:aws:iam::111122223333:mfa/admin-phone"
try_call(iam.deactivate_mfa_device, UserName="admin", SerialNumber=lost)
try_call(iam.delete_virtual_mfa_device, SerialNumber=lost)"""

_LIST = """for found in iam.list_mfa_devices(UserName="admin")["MFADevices"]:
    print(found["SerialNumber"], "enabled", found["EnableDate"])"""

q3 = Exercise(
    name="nb04.q3",
    title="The phone in the train",
    question=(
        "The administrator had two devices, a phone and a tablet, and left the phone in the "
        "train. Make it useless to the finder, and leave nothing behind: the phone opens nothing "
        "and is gone from the account, the tablet goes on working. `iam` is root's client."
    ),
    expects=LAB,
    stub=_LIST,
    model_answer=_OFF,
    rule=_lost_is_off,
    explanation=(
        "First *deactivate*, which takes the device off the user, then *delete* it. On AWS an "
        "administrator does this for somebody else after making sure, by voice or in person, who "
        "is asking: a thief would ask the same."
    ),
    hints=(
        "`deactivate_mfa_device` takes a device off its user.",
        "A device that belongs to nobody is still in the account. `delete_virtual_mfa_device`.",
        "The serial numbers stand in the list that the cell prints.",
    ),
    wrong_answers=(
        WrongAnswer(
            'iam.deactivate_mfa_device(\n    UserName="admin", '
            'SerialNumber="arn:aws:iam::111122223333:mfa/admin-phone")',
            says="enabled for nobody",
        ),
        WrongAnswer(
            'for found in iam.list_mfa_devices(UserName="admin")["MFADevices"]:\n'
            '    serial_number = found["SerialNumber"]\n'
            '    iam.deactivate_mfa_device(UserName="admin", SerialNumber=serial_number)\n'
            "    iam.delete_virtual_mfa_device(SerialNumber=serial_number)",
            says="it was not lost",
        ),
        WrongAnswer(
            'tablet = "arn:aws:iam::111122223333:mfa/admin-tablet"\n'
            'iam.deactivate_mfa_device(UserName="admin", SerialNumber=tablet)\n'
            "iam.delete_virtual_mfa_device(SerialNumber=tablet)",
            says="it was not lost",
        ),
    ),
    reach=_take_lost_off,
    reached="The lost phone is off and gone; the administrator has the tablet.",
)


# q4: the site's check ---------------------------------------------------------------------------

REAL, FAKE = "https://signin.aws.example", "https://signin.avvs.example"


def _accepts(function: Any) -> str | None:
    own, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    public = own.public_key()

    def signed(site: str, challenge: str, key: Any = own) -> bytes:
        return key.sign(f"{site} {challenge}".encode())

    cases = [
        ((public, signed(REAL, "c-1"), "c-1"), True, "a signature for the real page"),
        ((public, signed(REAL, "c-2"), "c-2"), True, "the next challenge, signed"),
        (
            (public, signed(FAKE, "c-1"), "c-1"),
            False,
            "a signature that was made for the fake page",
        ),
        (
            (public, signed(REAL, "c-1"), "c-2"),
            False,
            "a signature of yesterday's challenge, sent again",
        ),
        (
            (public, signed(REAL, "c-1", other), "c-1"),
            False,
            "a signature by somebody else's key",
        ),
        ((public, b"", "c-1"), False, "no signature at all, an empty one"),
        ((public, None, "c-1"), False, "the key did not answer: `None`"),
    ]
    return returns(function, cases)


_ACCEPTS = """def accepts(public_key, signature, challenge):
    if signature is None:
        return False
    try:
        public_key.verify(signature, f"{REAL} {challenge}".encode())
    except InvalidSignature:
        return False
    return True"""

q4 = Exercise(
    name="nb04.q4",
    title="The site's half",
    question=(
        "Write `accepts(public_key, signature, challenge)` for the real site, whose address is "
        "`REAL`. It returns `True` for a signature of this challenge made for this site, and "
        "`False` for everything else; `signature` is `None` when the key did not answer. "
        "`public_key.verify(signature, message)` compares, where `message` are the bytes that "
        "were signed. It returns nothing for a good signature and raises `InvalidSignature` for "
        "any other."
    ),
    expects=FUNCTION,
    stub="def accepts(public_key, signature, challenge):\n    return ...",
    model_answer=_ACCEPTS,
    rule=_accepts,
    explanation=(
        "The site puts its **own** address into the message. A signature that was made for "
        "another page never fits, and a fresh challenge each time makes old ones worthless."
    ),
    hints=(
        'The key signed `f"{site} {challenge}".encode()`. Which site does the real one put in?',
        "`try:` verify, `except InvalidSignature:` return `False`, after it return `True`.",
        "`None` is no signature: look at it first.",
    ),
    wrong_answers=(
        WrongAnswer(
            "def accepts(public_key, signature, challenge):\n    return True",
            says="made for the fake page",
        ),
        WrongAnswer(
            "def accepts(public_key, signature, challenge):\n"
            "    if signature is None:\n        return False\n"
            "    for site in (REAL, FAKE):\n        try:\n"
            '            public_key.verify(signature, f"{site} {challenge}".encode())\n'
            "            return True\n        except InvalidSignature:\n            pass\n"
            "    return False",
            says="made for the fake page",
        ),
        WrongAnswer(
            "def accepts(public_key, signature, challenge):\n    try:\n"
            '        public_key.verify(signature, f"{REAL} {challenge}".encode())\n'
            "    except InvalidSignature:\n        return False\n    return True",
            says="the key did not answer",
        ),
        WrongAnswer(
            "def accepts(public_key, signature, challenge):\n"
            "    public_key.verify(signature, challenge.encode())\n    return True",
            says="for the real page",
        ),
        WrongAnswer(
            "def accepts(public_key, signature, challenge):\n    return bool(signature)",
            says="made for the fake page",
        ),
    ),
)


# The quiz ---------------------------------------------------------------------------------------

quiz1 = Quiz(
    name="nb04.quiz1",
    question="A thief has a photo of the QR code from the day a phone was enrolled. What now?",
    options={
        "a": Option(
            "nothing: the code in the picture is long past",
            "The picture does not hold a code. It holds the secret that all codes come from.",
        ),
        "b": Option(
            "the thief can compute every code, until the device is taken off",
            "The picture is the secret. Deactivate the device and enrol a new one.",
            right=True,
        ),
        "c": Option(
            "the thief can sign in once",
            "With the secret there is a new code every 30 seconds, for ever.",
        ),
    },
)

quiz2 = Quiz(
    name="nb04.quiz2",
    question="Which second factor holds against a page that looks just like AWS's?",
    options={
        "a": Option(
            "an authenticator app, because a code lives for half a minute only",
            "Half a minute is plenty for a program that passes it on.",
        ),
        "b": Option(
            "two authenticator apps",
            "One code is asked for, and a person types it into whatever page is open.",
        ),
        "c": Option(
            "a security key or a passkey",
            "It signs for the page's true address, so a signature for the fake page fits nowhere.",
            right=True,
        ),
        "d": Option(
            "a longer password",
            "A longer password is typed into the fake page as well.",
        ),
    },
)

quiz3 = Quiz(
    name="nb04.quiz3",
    question="All users of the account have MFA. A script's access key leaks. What happens?",
    options={
        "a": Option(
            "AWS asks the script's finder for a code",
            "It asks when somebody signs in on the console. A key signs calls by itself.",
        ),
        "b": Option(
            "the key works as before",
            "Having MFA is not using it. A policy has to insist: notebook 05.",
            right=True,
        ),
        "c": Option(
            "the key stops working, because its owner has MFA",
            "Access keys and MFA devices know nothing of each other.",
        ),
    },
)
