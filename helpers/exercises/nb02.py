"""Exercises of notebook 02, delegate an administrator."""

from __future__ import annotations

import json
from itertools import takewhile
from typing import Any

import pyotp
from botocore import UNSIGNED
from botocore.config import Config

from helpers.exercises.answers import LAB, POLICY
from helpers.exercises.behaviour import calls, decides, refused
from helpers.exercises.exercise import Exercise, WrongAnswer
from helpers.exercises.outcome import CannotCheck, NotAttempted
from helpers.exercises.quiz import Option, Quiz
from helpers.lab.attacks import Step, attempt
from helpers.lab.attacks import against_root as attack_on_root
from helpers.lab.attacks.takeover import (
    BACK_DOOR_ROLE,
    BACK_DOOR_USER,
    PHONE,
    Takeover,
    at_home,
)
from helpers.lab.scenarios import ADMINISTRATOR_ACCESS, READ_PAYROLL

# What the notebook's cells say as well.
ADMIN_PASSWORD = "correct-Horse-battery-7"
NEW_PASSWORD = "brisk-Lantern-oyster-8"
ANALYST_PASSWORD = "quiet-Otter-violet-3"
BUCKET, FILE, CONTENT = "payroll", "2026.csv", b"month,total\n2026-10,71400\n"

# The account, as the story needs it ----------------------------------------------------------


def _iam(lab: Any) -> Any:
    return lab.root.client("iam")


def _users(lab: Any) -> set[str]:
    return {user["UserName"] for user in _iam(lab).list_users()["Users"]}


def _groups(lab: Any) -> set[str]:
    return {group["GroupName"] for group in _iam(lab).list_groups()["Groups"]}


def _remove_user(lab: Any, name: str) -> None:
    """A user with everything that AWS wants gone first; nothing where there is none."""
    iam, user = _iam(lab), {"UserName": name}
    if name not in _users(lab):
        return
    for key in iam.list_access_keys(**user)["AccessKeyMetadata"]:
        iam.delete_access_key(**user, AccessKeyId=key["AccessKeyId"])
    _take_phones_off(lab, name)
    _clear_rights(iam, name)
    attempt("", iam.delete_login_profile, **user)
    iam.delete_user(**user)


def _clear_rights(iam: Any, name: str) -> None:
    """Take a user's policies away, and the user out of every group."""
    user = {"UserName": name}
    for policy in iam.list_attached_user_policies(**user)["AttachedPolicies"]:
        iam.detach_user_policy(**user, PolicyArn=policy["PolicyArn"])
    for policy in iam.list_user_policies(**user)["PolicyNames"]:
        iam.delete_user_policy(**user, PolicyName=policy)
    for group in iam.list_groups_for_user(**user)["Groups"]:
        iam.remove_user_from_group(**user, GroupName=group["GroupName"])


def _take_phones_off(lab: Any, user: str) -> None:
    iam = _iam(lab)
    for device in iam.list_mfa_devices(UserName=user)["MFADevices"]:
        iam.deactivate_mfa_device(UserName=user, SerialNumber=device["SerialNumber"])
        iam.delete_virtual_mfa_device(SerialNumber=device["SerialNumber"])


def _remove_role(lab: Any, name: str) -> None:
    iam = _iam(lab)
    if name not in {role["RoleName"] for role in iam.list_roles()["Roles"]}:
        return
    for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    iam.delete_role(RoleName=name)


def _remove_back_doors(lab: Any) -> None:
    _remove_user(lab, BACK_DOOR_USER)
    _remove_role(lab, BACK_DOOR_ROLE)
    unused = _iam(lab).list_virtual_mfa_devices(AssignmentStatus="Unassigned")
    for device in unused["VirtualMFADevices"]:
        if device["SerialNumber"].endswith(f"/{PHONE}"):
            _iam(lab).delete_virtual_mfa_device(SerialNumber=device["SerialNumber"])


def _open_bucket(lab: Any) -> None:
    """The bucket with its file, and without a policy."""
    s3 = lab.root.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.delete_bucket_policy(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key=FILE, Body=CONTENT)


def _ensure_analyst(lab: Any) -> None:
    iam = _iam(lab)
    if "analysts" not in _groups(lab):
        iam.create_group(GroupName="analysts")
    iam.put_group_policy(
        GroupName="analysts", PolicyName="ReadPayroll", PolicyDocument=json.dumps(READ_PAYROLL)
    )
    for policy in iam.list_attached_group_policies(GroupName="analysts")["AttachedPolicies"]:
        iam.detach_group_policy(GroupName="analysts", PolicyArn=policy["PolicyArn"])
    for name in iam.list_group_policies(GroupName="analysts")["PolicyNames"]:
        if name != "ReadPayroll":
            iam.delete_group_policy(GroupName="analysts", PolicyName=name)
    if "analyst" not in _users(lab):
        iam.create_user(UserName="analyst")
    _clear_rights(iam, "analyst")
    iam.add_user_to_group(GroupName="analysts", UserName="analyst")
    attempt("", iam.create_login_profile, UserName="analyst", Password=ANALYST_PASSWORD)
    for key in iam.list_access_keys(UserName="analyst")["AccessKeyMetadata"]:
        iam.update_access_key(UserName="analyst", AccessKeyId=key["AccessKeyId"], Status="Active")
    lab.caller("analyst")  # a key, where there is none


def _new_admin(lab: Any, password: str = ADMIN_PASSWORD) -> None:
    """The administrator anew, as exercise q1 asks for one."""
    iam = _iam(lab)
    if "administrators" not in _groups(lab):
        iam.create_group(GroupName="administrators")
    iam.attach_group_policy(GroupName="administrators", PolicyArn=ADMINISTRATOR_ACCESS)
    _remove_user(lab, "admin")
    iam.create_user(UserName="admin")
    iam.add_user_to_group(GroupName="administrators", UserName="admin")
    iam.create_login_profile(UserName="admin", Password=password)
    iam.create_access_key(UserName="admin")


# q1: an administrator -------------------------------------------------------------------------

_WORK = ("iam:CreateUser", "iam:DeleteUser", "ec2:RunInstances", "s3:DeleteBucket", "ce:GetTags")


def _may(lab: Any, user: str, action: str) -> bool:
    found = _iam(lab).simulate_principal_policy(
        PolicySourceArn=f"arn:aws:iam::{lab.account.id}:user/{user}", ActionNames=[action]
    )
    return found["EvaluationResults"][0]["EvalDecision"] == "allowed"


def _root_keys(lab: Any) -> int:
    return _iam(lab).get_account_summary()["SummaryMap"]["AccountAccessKeysPresent"]


def _delegated(lab: Any) -> str | None:
    if "analyst" not in _users(lab):
        raise CannotCheck("There is no user `analyst`: run the cells above this one first.")
    if _root_keys(lab):
        return (
            "There is an access key now that is root's own. `create_access_key` without a "
            "`UserName` makes a key for whoever calls, and root called. Delete it again: nothing "
            "can limit it."
        )
    if "admin" not in _users(lab):
        if strangers := sorted(_users(lab) - {"analyst"}):
            return f"There is a user `{strangers[0]}`, and none called `admin`."
        if _groups(lab) - {"analysts"}:
            return "There is a group, and no user `admin` yet who could be in it."
        raise NotAttempted("There is no user `admin` yet. Put your calls above the check.")
    return _admin_works(lab) or _by_group(lab)


def _admin_works(lab: Any) -> str | None:
    keys = _iam(lab).list_access_keys(UserName="admin")["AccessKeyMetadata"]
    if not any(key["Status"] == "Active" for key in keys):
        return "`admin` has no access key that is active."
    feedback, console = _signs_in(lab, "ADMIN_PASSWORD", ADMIN_PASSWORD)
    if feedback:
        return feedback
    refused = calls(
        [
            (console.client("iam").list_users, "allowed", "`admin` lists the users"),
            (console.client("s3").list_buckets, "allowed", "`admin` lists the buckets"),
        ]
    )
    if refused:
        return refused
    for action in _WORK:
        if not _may(lab, "admin", action):
            return f"`admin` can sign in and look around. But `{action}` would be denied."
    return None


def _signs_in(lab: Any, name: str, password: str) -> tuple[str | None, Any]:
    """What keeps ``admin`` from signing in, and the session where nothing does."""
    if attempt("", _iam(lab).get_login_profile, UserName="admin")[1] is None:
        return "`admin` has no password for the console.", None
    step, console = attempt("", lab.sign_in, user_name="admin", password=password)
    if console is not None:
        return None, console
    if "must change" in step.said:
        return (
            f"`{name}` opens the console, and the console asks for a new password. That is good "
            "practice. For this notebook leave `PasswordResetRequired` out."
        ), None
    return (f"`admin` signs in with `{name}`, and the console says: {step.said}"), None


def _by_group(lab: Any) -> str | None:
    iam = _iam(lab)
    if _may(lab, "analyst", "iam:CreateUser"):
        return (
            "`admin` is an administrator. And so is `analyst` now, who could make users: what a "
            "group has, everybody in it has."
        )
    attached = iam.list_attached_user_policies(UserName="admin")["AttachedPolicies"]
    direct = [policy["PolicyName"] for policy in attached]
    direct += iam.list_user_policies(UserName="admin")["PolicyNames"]
    if direct:
        return (
            f"`admin` may do everything. But `{direct[0]}` is attached to the user, not to a "
            "group. Take `admin` out of every group, and this user is an administrator still."
        )
    return None


def _remove_root_keys(lab: Any) -> None:
    for key in _iam(lab).list_access_keys()["AccessKeyMetadata"]:
        _iam(lab).delete_access_key(AccessKeyId=key["AccessKeyId"])


def _delegate(lab: Any) -> None:
    _remove_root_keys(lab)
    _open_bucket(lab)
    _ensure_analyst(lab)
    if "admin" not in _users(lab) or _delegated(lab) is not None:
        _new_admin(lab)


_DELEGATE = """try_call(iam.create_group, GroupName="administrators")
try_call(iam.attach_group_policy, GroupName="administrators", PolicyArn=ADMINISTRATOR_ACCESS)
try_call(iam.create_user, UserName="admin")
try_call(iam.add_user_to_group, GroupName="administrators", UserName="admin")
try_call(iam.create_login_profile, UserName="admin", Password=ADMIN_PASSWORD)
try_call(iam.create_access_key, UserName="admin")"""


def _without(solution: str, *marks: str) -> str:
    """A solution without the lines that hold one of these marks."""
    lines = solution.splitlines()
    return "\n".join(line for line in lines if not any(mark in line for mark in marks))


q1 = Exercise(
    name="nb02.q1",
    title="Somebody for every day",
    question=(
        "Make the administrator: a user `admin` who may do everything, **by a group**. `admin` "
        "signs in on the console with `ADMIN_PASSWORD`, and has an access key. Nobody else gets "
        "more than before, and root gets no key. `attach_group_policy` attaches a policy by its "
        "ARN."
    ),
    expects=LAB,
    stub='print([user["UserName"] for user in iam.list_users()["Users"]])',
    model_answer=_DELEGATE,
    rule=_delegated,
    explanation=(
        "The right belongs to the job, and people come and go. A second administrator is one call "
        "of `add_user_to_group`, and one call takes the job away again."
    ),
    hints=(
        "The same steps as for the analyst: group, policy, user, membership, password, key.",
        "A policy that AWS keeps is *attached*: `attach_group_policy` takes its ARN.",
        "Mind who gets the key: `create_access_key` wants a `UserName`.",
    ),
    wrong_answers=(
        WrongAnswer('try_call(iam.create_user, UserName="admin")', says="no access key"),
        WrongAnswer(
            _DELEGATE.replace("create_access_key, UserName", "create_access_key)  # UserName"),
            says="root's own",
        ),
        WrongAnswer(
            _DELEGATE.replace(
                'attach_group_policy, GroupName="administrators"',
                'attach_user_policy, UserName="admin"',
            )
            + '\ntry_call(iam.attach_user_policy, UserName="admin", '
            "PolicyArn=ADMINISTRATOR_ACCESS)",
            says="attached to the user",
        ),
        WrongAnswer(_DELEGATE.replace("administrators", "analysts"), says="so is `analyst`"),
        WrongAnswer(_without(_DELEGATE, "login_profile"), says="no password for the console"),
        WrongAnswer(
            _DELEGATE.replace("ADMIN_PASSWORD)", "ADMIN_PASSWORD, PasswordResetRequired=True)"),
            says="good practice",
        ),
    ),
    reach=_delegate,
    reached="The administrator is there, by the group `administrators`.",
)


# q2: the account taken back -------------------------------------------------------------------

# The thief of the account that runs now; a lab that is thrown away takes its thief along.
_thief: list[Takeover] = []


def take_over(lab: Any) -> Takeover:
    """The administrator's password is stolen and used; the thief, whose ``steps`` say how.

    May be called again; it puts everything back to the evening before.
    """
    _remove_back_doors(lab)
    _open_bucket(lab)
    _ensure_analyst(lab)
    _new_admin(lab)
    thief = Takeover(lab, "admin", ADMIN_PASSWORD)
    thief.run()
    _thief[:] = [thief]
    return thief


def _taken_back(lab: Any) -> str | None:
    if not _thief or _thief[0].lab is not lab:
        raise CannotCheck("Run the cell with `exercise.take_over(lab)` first.")
    left_alone = _analyst_works(lab)
    if left_alone:
        return left_alone
    ways = _thief[0].tries()
    open_ways = [name for name, step in ways.items() if step.worked]
    attempts = _attempts(lab)
    if _untouched(lab, ways) and not attempts:
        raise NotAttempted(
            f"The phone and the back doors are still there, and the thief is in by "
            f"{len(open_ways)} ways. Put your calls above the check."
        )
    if open_ways:
        observed = f"The thief tries everything once more, and is still in with {open_ways[0]}."
        return " ".join(filter(None, (refused(attempts), observed)))
    return _owner_works(lab) or _nothing_left(lab)


# What root does in the notebook itself before the exercise, to the user `admin`.
_DONE_BEFORE = frozenset({"UpdateLoginProfile", "UpdateAccessKey", "PutUserPolicy"})


def _attempts(lab: Any) -> list[dict[str, Any]]:
    """The calls with which root has tried to change something since the thief's last back door."""
    root = f"arn:aws:iam::{lab.account.id}:root"
    later = takewhile(lambda event: not _makes_back_door(event), reversed(lab.trail.events))
    found = [
        event
        for event in later
        if event["userIdentity"].get("arn") == root
        and not event["readOnly"]
        and event["eventName"] not in _DONE_BEFORE
    ]
    return found[::-1]


def _makes_back_door(event: dict[str, Any]) -> bool:
    asked = event.get("requestParameters") or {}
    return event["eventName"] == "CreateRole" and asked.get("roleName") == BACK_DOOR_ROLE


def _untouched(lab: Any, ways: dict[str, Step]) -> bool:
    devices = attempt("", _iam(lab).list_mfa_devices, UserName="admin")[1]
    roles = {role["RoleName"] for role in _iam(lab).list_roles()["Roles"]}
    back_door = ways[f"the key of {BACK_DOOR_USER}"].worked
    return bool(devices and devices["MFADevices"]) and BACK_DOOR_ROLE in roles and back_door


def _analyst_works(lab: Any) -> str | None:
    iam = _iam(lab)
    if "analyst" not in _users(lab):
        return "The user `analyst` is gone, and had done nothing. Run the cells from there again."
    keys = iam.list_access_keys(UserName="analyst")["AccessKeyMetadata"]
    if not any(key["Status"] == "Active" for key in keys):
        return "The analyst's access key is off. The analyst had done nothing, and has work to do."
    s3 = lab.caller("analyst").client("s3")
    step, answer = attempt("", s3.get_object, Bucket=BUCKET, Key=FILE)
    if answer is None:
        return f"The analyst cannot read `{BUCKET}/{FILE}` any more. AWS says: {step.said}"
    if answer["Body"].read() != CONTENT:
        return f"The file `{BUCKET}/{FILE}` holds something else than before."
    if attempt("", s3.put_object, Bucket=BUCKET, Key=FILE, Body=CONTENT)[0].worked:
        return f"The analyst can write to `{BUCKET}` now, which was never allowed before."
    if _may(lab, "analyst", "iam:CreateUser"):
        return "The analyst could make users now, which was never allowed before."
    return None


def _owner_works(lab: Any) -> str | None:
    if "admin" not in _users(lab):
        return "The thief is out. But the user `admin` is gone, and the owner cannot work."
    feedback, console = _signs_in(lab, "NEW_PASSWORD", NEW_PASSWORD)
    if feedback:
        return f"The thief is out, and the owner is not back. {feedback}"
    for service, operation in (("iam", "list_users"), ("s3", "list_buckets")):
        step, _ = attempt("", getattr(console.client(service), operation))
        if not step.worked:
            return (
                f"The owner signs in, and `{service}.{operation}` is refused. AWS says: {step.said}"
            )
    if not all(_may(lab, "admin", action) for action in _WORK):
        return "The owner signs in, but is no administrator any more: making a user is denied."
    return None


def _nothing_left(lab: Any) -> str | None:
    if BACK_DOOR_USER in _users(lab):
        return (
            f"The thief can do nothing now. But the user `{BACK_DOOR_USER}` is still in the "
            "account, one attached policy away from being an administrator."
        )
    unused = _iam(lab).list_virtual_mfa_devices(AssignmentStatus="Unassigned")
    for device in unused["VirtualMFADevices"]:
        if device["SerialNumber"].endswith(f"/{PHONE}"):
            return (
                f"The thief can do nothing now. But the device `{PHONE}` is still in the account, "
                "enabled for nobody."
            )
    if _root_keys(lab):
        return "The thief is out. But root has an access key now, which nothing can limit."
    if BACK_DOOR_ROLE in {role["RoleName"] for role in _iam(lab).list_roles()["Roles"]}:
        return (
            f"The thief can do nothing now. But the role `{BACK_DOOR_ROLE}` is still in the "
            "account, for somebody to attach a policy to."
        )
    return None


def _take_back(lab: Any) -> None:
    if not _thief or _thief[0].lab is not lab:
        take_over(lab)
    _remove_root_keys(lab)
    if "admin" in _users(lab):
        _take_phones_off(lab, "admin")
    _remove_back_doors(lab)
    _open_bucket(lab)
    _ensure_analyst(lab)
    if _taken_back(lab) is not None:
        _new_admin(lab, NEW_PASSWORD)
    _renew_key(lab)


def _renew_key(lab: Any) -> None:
    """The owner's programs sign with a key again: a new one, for the old one was the thief's."""
    iam = _iam(lab)
    keys = iam.list_access_keys(UserName="admin")["AccessKeyMetadata"]
    if any(key["Status"] == "Active" for key in keys):
        return
    for key in keys:
        iam.delete_access_key(UserName="admin", AccessKeyId=key["AccessKeyId"])
    iam.create_access_key(UserName="admin")


_TAKE_BACK = """for device in iam.list_mfa_devices(UserName="admin")["MFADevices"]:
    iam.deactivate_mfa_device(UserName="admin", SerialNumber=device["SerialNumber"])
    iam.delete_virtual_mfa_device(SerialNumber=device["SerialNumber"])
for user in iam.list_users()["Users"]:
    name = user["UserName"]
    if name not in ("admin", "analyst"):
        for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
            iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        iam.detach_user_policy(UserName=name, PolicyArn=ADMINISTRATOR_ACCESS)
        iam.delete_user(UserName=name)
role = "SupportAccess"
try_call(iam.detach_role_policy, RoleName=role, PolicyArn=ADMINISTRATOR_ACCESS)
try_call(iam.delete_role, RoleName=role)"""

_NO_PHONE = "\n".join(_TAKE_BACK.splitlines()[3:])

q2 = Exercise(
    name="nb02.q2",
    title="Take the account back",
    question=(
        "Finish the job, as root. At the end every way of the thief's is shut, and nothing that "
        "the thief made is left. The owner signs in with `NEW_PASSWORD`, without a code, and is "
        "the administrator again. The analyst does not notice anything. Beside calls that you "
        "know, these help: `detach_user_policy`, `delete_access_key`, `delete_user`, "
        "`detach_role_policy`, `delete_role`, `deactivate_mfa_device`, `delete_virtual_mfa_device`."
    ),
    expects=LAB,
    stub=(
        'print([user["UserName"] for user in iam.list_users()["Users"]])\n'
        'print([role["RoleName"] for role in iam.list_roles()["Roles"]])\n'
        'print(len(iam.list_mfa_devices(UserName="admin")["MFADevices"]), "phone of admin\'s")'
    ),
    model_answer=_TAKE_BACK,
    rule=_taken_back,
    explanation=(
        "With the user went the user's session of 36 hours: AWS looks for the owner of a session "
        "at every call. The record (CloudTrail) would tell what else was made; notebook 03 reads "
        "it."
    ),
    hints=(
        "What did the thief make? The table of the attack lists it: a phone, a user, a role.",
        "AWS deletes a user only without keys and policies, a role only without policies: "
        "`delete_access_key`, `detach_user_policy`, `detach_role_policy` come first.",
        "`deactivate_mfa_device` takes the phone off `admin`. Leave `EndOldSessions` in place.",
    ),
    wrong_answers=(
        WrongAnswer(
            'for device in iam.list_mfa_devices(UserName="admin")["MFADevices"]:\n'
            '    iam.deactivate_mfa_device(UserName="admin", '
            'SerialNumber=device["SerialNumber"])',
            says="still in with",
        ),
        WrongAnswer(_NO_PHONE, says="enter the code of your MFA device"),
        WrongAnswer(
            _TAKE_BACK + '\niam.delete_user_policy(UserName="admin", PolicyName="EndOldSessions")',
            says="still in with the open console session",
        ),
        WrongAnswer(
            _TAKE_BACK + '\niam.put_user_policy(UserName="admin", PolicyName="Stop", '
            "PolicyDocument=json.dumps({\n"
            '    "Version": "2012-10-17",\n'
            '    "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}))',
            says="is refused",
        ),
        WrongAnswer(
            "for user in iam.list_users()['Users']:\n"
            "    name = user['UserName']\n"
            "    for key in iam.list_access_keys(UserName=name)['AccessKeyMetadata']:\n"
            "        iam.delete_access_key(UserName=name, AccessKeyId=key['AccessKeyId'])\n"
            "    for group in iam.list_groups_for_user(UserName=name)['Groups']:\n"
            "        iam.remove_user_from_group(\n"
            "            UserName=name, GroupName=group['GroupName'])\n"
            "    try_call(iam.delete_login_profile, UserName=name)\n"
            "    try_call(iam.delete_user, UserName=name)",
            says="The user `analyst` is gone",
        ),
        WrongAnswer(
            _TAKE_BACK.replace("        iam.delete_user(UserName=name)", "        pass").replace(
                "        iam.detach_user_policy(UserName=name, PolicyArn=ADMINISTRATOR_ACCESS)\n",
                "",
            ),
            says="still in with the session of support-service",
        ),
    ),
    reach=_take_back,
    reached="The thief is out, the owner works again with a new key, the analyst never stopped.",
)


# q3: a bucket closed for everybody ------------------------------------------------------------


def against_root(lab: Any) -> list[Step]:
    """What an administrator who is taken over tries on root; the last step closes the bucket."""
    _open_bucket(lab)
    return attack_on_root.against_root(_administrator(lab), BUCKET)


def past_root(lab: Any) -> list[Step]:
    """The account is drawn into the thief's organization, and let go at the end."""
    return attack_on_root.past_root(lab, _administrator(lab))


def _administrator(lab: Any) -> Any:
    """The administrator's own console session, whoever sits before it."""
    for password in (NEW_PASSWORD, ADMIN_PASSWORD):
        _, console = attempt("", lab.sign_in, user_name="admin", password=password)
        if console is not None:
            return console
    _new_admin(lab, NEW_PASSWORD)
    return lab.sign_in("admin", NEW_PASSWORD)


def _opened(lab: Any) -> str | None:
    if not {"admin", "analyst"} <= _users(lab):
        raise CannotCheck("A user is missing: run the notebook's cells down to here again.")
    if not any(event["eventName"] == "PutBucketPolicy" for event in lab.trail.events):
        raise CannotCheck("Run the cell with `exercise.against_root(lab)` first.")
    s3 = lab.root.client("s3")
    policy = attempt("", s3.get_bucket_policy, Bucket=BUCKET)[1]
    closed = attack_on_root.closed_bucket(BUCKET)
    if policy is not None and json.loads(policy["Policy"]) == closed:
        return _still_closed(lab)
    if feedback := _analyst_works(lab):
        return feedback
    stranger = lab.root.client("s3", config=Config(signature_version=UNSIGNED))
    if attempt("", stranger.get_object, Bucket=BUCKET, Key=FILE)[0].worked:
        return (
            "The analyst can read the file, and so can anybody on the internet, without signing "
            f"in: `get_object` on `{BUCKET}/{FILE}` worked without credentials."
        )
    elsewhere = at_home(lab)
    if attempt("", elsewhere.client("s3").get_object, Bucket=BUCKET, Key=FILE)[0].worked:
        return (
            f"The analyst can read the file, and so can `{elsewhere.arn}`, a user of another "
            "account."
        )
    step, _ = attempt("", _administrator(lab).client("s3").get_bucket_location, Bucket=BUCKET)
    if not step.worked:
        return f"The administrator is still shut out of the bucket. AWS says: {step.said}"
    return None


def _still_closed(lab: Any) -> str:
    tried = [
        event
        for event in lab.trail.events
        if event["eventName"] in ("DeleteBucketPolicy", "PutBucketPolicy")
        and event.get("errorCode") == "AccessDenied"
    ]
    # The last time that the bucket was closed counts: what was tried before is past.
    closed_at = max(
        event["eventTime"]
        for event in lab.trail.events
        if event["eventName"] == "PutBucketPolicy" and "errorCode" not in event
    )
    late = [event for event in tried if event["eventTime"] >= closed_at]
    if late:
        who = late[-1]["userIdentity"]["arn"].rpartition(":")[2]
        return (
            f"Nothing has changed: `{late[-1]['eventName']}` was denied to `{who}`. The bucket's "
            "policy denies everybody."
        )
    raise NotAttempted("The bucket is closed. Put your call above the check.")


q3 = Exercise(
    name="nb02.q3",
    title="Out of one's own house",
    question=(
        "The thief's last step closed the bucket `payroll`: its policy denies everybody. Open it "
        "again, so that the analyst can read `2026.csv` as before. Strangers stay outside, and "
        "the file stays what it is."
    ),
    expects=LAB,
    stub=(
        'try_call(lab.caller("analyst").client("s3").get_object, Bucket="payroll", Key="2026.csv")'
    ),
    model_answer='lab.root.client("s3").delete_bucket_policy(Bucket="payroll")',
    rule=_opened,
    explanation=(
        "The Deny reached everybody, `admin` and, for the file, even root. But AWS lets root, and "
        "nobody else, replace or delete a bucket's policy whatever it says. That is one of the few "
        "tasks that need root."
    ),
    hints=(
        "An explicit deny beats `AdministratorAccess`. Who is not stopped by it?",
        "The policy itself has to go: `delete_bucket_policy`.",
    ),
    wrong_answers=(
        WrongAnswer(
            'admin = lab.sign_in("admin", NEW_PASSWORD)\n'
            'try_call(admin.client("s3").delete_bucket_policy, Bucket="payroll")',
            says="was denied to `user/admin`",
        ),
        WrongAnswer(
            's3 = lab.root.client("s3")\n'
            's3.delete_bucket_policy(Bucket="payroll")\n'
            's3.delete_object(Bucket="payroll", Key="2026.csv")',
            says="cannot read",
        ),
        WrongAnswer(
            's3 = lab.root.client("s3")\n'
            's3.delete_bucket_policy(Bucket="payroll")\n'
            's3.put_object(Bucket="payroll", Key="2026.csv", Body=b"")',
            says="holds something else",
        ),
        WrongAnswer(
            's3 = lab.root.client("s3")\n'
            's3.delete_bucket_policy(Bucket="payroll")\n'
            's3.delete_public_access_block(Bucket="payroll")\n'
            's3.put_bucket_policy(Bucket="payroll", Policy=json.dumps({\n'
            '    "Version": "2012-10-17",\n'
            '    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",\n'
            '                   "Resource": "arn:aws:s3:::payroll/*"}]}))',
            says="anybody on the internet",
        ),
        WrongAnswer(
            'lab.root.client("s3").put_bucket_policy(Bucket="payroll", Policy=json.dumps({\n'
            '    "Version": "2012-10-17",\n'
            '    "Statement": [{"Effect": "Allow", "Action": "s3:*",\n'
            '                   "Principal": {"AWS": "arn:aws:iam::111122223333:user/analyst"},\n'
            '                   "Resource": "arn:aws:s3:::payroll/*"}]}))',
            says="can write to `payroll` now",
        ),
        WrongAnswer(
            'lab.root.client("s3").put_bucket_policy(Bucket="payroll", Policy=json.dumps({\n'
            '    "Version": "2012-10-17",\n'
            '    "Statement": [{"Effect": "Deny", "Action": "s3:*",\n'
            '                   "Principal": {"AWS": "arn:aws:iam::111122223333:user/admin"},\n'
            '                   "Resource": "arn:aws:s3:::payroll"}]}))',
            says="administrator is still shut out",
        ),
    ),
    reach=_open_bucket,
    reached="The bucket has no policy, and the analyst reads again.",
)


# q4: a role with MFA ---------------------------------------------------------------------------

ROLE_NAME = "administration"
ROLE_ARN = f"arn:aws:iam::111122223333:role/{ROLE_NAME}"
_WITH_MFA = {"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "60"}
_MAY_ASSUME = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"},
}


def _assumes(user: str, mfa: dict[str, str], account: str = "111122223333") -> dict[str, Any]:
    arn = f"arn:aws:iam::{account}:user/{user}"
    names = {"aws:username": user, "aws:PrincipalArn": arn, "aws:PrincipalAccount": account}
    return {"principal": arn, "context": {**names, **mfa}}


def _trusts(policy: Any) -> str | None:
    return decides(
        policy,
        [
            (_assumes("admin", _WITH_MFA), "allowed", "the administrator, with MFA"),
            (_assumes("admin", {}), "denied", "the administrator's access key, without a code"),
            (
                _assumes("admin", {"aws:MultiFactorAuthPresent": "false"}),
                "denied",
                "the administrator's console session, without MFA",
            ),
            (
                _assumes("analyst", _WITH_MFA),
                "denied",
                "the analyst with MFA, whom somebody has allowed `sts:AssumeRole`",
            ),
            (
                _assumes("thief", _WITH_MFA, "999988887777"),
                "denied",
                "a user of another account, with MFA",
            ),
            (
                _assumes("admin", _WITH_MFA, "999988887777"),
                "denied",
                "a user of another account who is called `admin`, with MFA",
            ),
        ],
        place="resource",
        beside={"identity": [_MAY_ASSUME]},
        common={
            "action": "sts:AssumeRole",
            "resource": ROLE_ARN,
            "resource_account": "111122223333",
        },
    )


_TRUST = """trust = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "%s"},
            "Action": "sts:AssumeRole",%s
        }
    ],
}"""
_ANYBODY, _ADMIN = "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:user/admin"
_CONDITION = '\n            "Condition": {"%s": {"aws:MultiFactorAuthPresent": "true"}},'

q4 = Exercise(
    name="nb02.q4",
    title="Who may put the role on",
    question=(
        "Write the trust policy of the role `administration`. `admin` may assume it, and only "
        "with MFA. Nobody else may, whatever their own policies say. The one below lets in "
        "everybody of the account whose own policy allows `sts:AssumeRole`."
    ),
    expects=POLICY,
    stub=_TRUST % (_ANYBODY, ""),
    model_answer=_TRUST % (_ADMIN, _CONDITION % "Bool"),
    rule=_trusts,
    explanation=(
        "In an Allow it has to be `Bool`: a call with an access key alone does not carry the key, "
        "and must not count as one with MFA. MFA is asked for here and not later, for the role's "
        "own session carries no word about MFA."
    ),
    hints=(
        "`Principal` names who may. An ARN of a user looks like `…:user/analyst`.",
        "The key is `aws:MultiFactorAuthPresent`, and it goes into a `Condition`.",
        "`Bool` or `BoolIfExists`? Think of an access key: its calls do not carry the key at all.",
    ),
    wrong_answers=(
        WrongAnswer(_TRUST % (_ADMIN, ""), says="access key, without a code: allowed"),
        WrongAnswer(
            _TRUST % (_ADMIN, _CONDITION % "BoolIfExists"),
            says="access key, without a code: allowed",
        ),
        WrongAnswer(_TRUST % (_ANYBODY, _CONDITION % "Bool"), says="the analyst with MFA"),
        WrongAnswer(_TRUST % ("*", _CONDITION % "Bool"), says="the analyst with MFA"),
        WrongAnswer(
            _TRUST % (_ADMIN, (_CONDITION % "Bool").replace('"true"', '"false"')),
            says="the administrator, with MFA: denied",
        ),
        WrongAnswer(
            (_TRUST % (_ADMIN, _CONDITION % "Bool")).replace(
                '"Action": "sts:AssumeRole"', '"Action": "sts:AssumeRole", "Resource": "*"'
            ),
            says="cannot be read",
        ),
        WrongAnswer(
            (_TRUST % (_ADMIN, _CONDITION % "Bool")).replace("Allow", "Deny"),
            says="the administrator, with MFA: denied",
        ),
        WrongAnswer(
            _TRUST
            % (
                "*",
                '\n            "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"},'
                '\n                          "StringEquals": {"aws:username": "admin"}},',
            ),
            says="another account who is called `admin`",
        ),
        WrongAnswer(
            _TRUST % ("admin", _CONDITION % "Bool"),
            says="cannot be read",
        ),
    ),
)


def role_with_mfa(lab: Any) -> pyotp.TOTP:
    """The account as it should be: rights in a role, MFA to put it on; the administrator's phone.

    The group ``administrators`` may assume the role and nothing else. May be called again.
    """
    iam = _iam(lab)
    _administrator(lab)
    _take_phones_off(lab, "admin")
    trust: dict[str, Any] = {}
    exec(q4.model_answer, trust)  # the solution as it is shown
    _remove_role(lab, ROLE_NAME)
    iam.create_role(RoleName=ROLE_NAME, AssumeRolePolicyDocument=json.dumps(trust["trust"]))
    iam.attach_role_policy(RoleName=ROLE_NAME, PolicyArn=ADMINISTRATOR_ACCESS)
    may_assume = {**_MAY_ASSUME, "Statement": {**_MAY_ASSUME["Statement"], "Resource": ROLE_ARN}}
    iam.put_group_policy(
        GroupName="administrators",
        PolicyName="AssumeAdministration",
        PolicyDocument=json.dumps(may_assume),
    )
    attempt(
        "",
        iam.detach_group_policy,
        GroupName="administrators",
        PolicyArn=ADMINISTRATOR_ACCESS,
    )
    keys = iam.list_access_keys(UserName="admin")["AccessKeyMetadata"]
    for key in keys:
        iam.delete_access_key(UserName="admin", AccessKeyId=key["AccessKeyId"])
    iam.create_access_key(UserName="admin")
    return _enrol(lab)


def _enrol(lab: Any) -> pyotp.TOTP:
    iam, now = _iam(lab), lab.clock.now
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="admin-phone")["VirtualMFADevice"]
    phone = pyotp.TOTP(made["Base32StringSeed"].decode())
    iam.enable_mfa_device(
        UserName="admin",
        SerialNumber=made["SerialNumber"],
        AuthenticationCode1=phone.at(now),
        AuthenticationCode2=phone.at(now, counter_offset=1),
    )
    lab.clock.advance(minutes=2)
    return phone


def attack_again(lab: Any) -> list[Step]:
    """The attack once more, with the administrator's password of today."""
    return Takeover(lab, "admin", NEW_PASSWORD).run()


# The quiz ---------------------------------------------------------------------------------------

quiz1 = Quiz(
    name="nb02.quiz1",
    question="Three people run the account. How do they get in?",
    options={
        "a": Option(
            "all three with the user `admin`, whose password is kept in a safe",
            "The record would show one name for three people, and whoever leaves knows it still.",
        ),
        "b": Option(
            "each as root, for all three are trusted",
            "Nothing limits root, and nothing above root could take the account back.",
        ),
        "c": Option(
            "each with a user or sign-in of their own, and the right by a group or a role",
            "The record tells them apart, and one membership ends one person's access.",
            right=True,
        ),
    },
)

quiz2 = Quiz(
    name="nb02.quiz2",
    question=(
        "A user's access key leaked. You deactivate it within a minute. Can the finder still be in?"
    ),
    options={
        "a": Option(
            "no: the key was the only thing that leaked",
            "A minute is enough for `get_session_token`, and a session needs no key any more.",
        ),
        "b": Option(
            "yes, with a session made before, for up to 36 hours",
            "So add a Deny on `aws:TokenIssueTime`, or take the user's rights away.",
            right=True,
        ),
        "c": Option(
            "yes, with the key, until midnight",
            "A key that is off is refused at once; on AWS within seconds.",
        ),
    },
)

quiz3 = Quiz(
    name="nb02.quiz3",
    question="What can an administrator who was taken over do to the root user?",
    options={
        "a": Option(
            "set root's password, like everybody's",
            "No call of IAM takes root as its target: there is no user of that name.",
        ),
        "b": Option(
            "nothing at all",
            "Not to root itself. But root's buckets, bills and contact are within reach, and an "
            "organization that the account joins can limit root.",
        ),
        "c": Option(
            "nothing to its password and keys, much to what is around it",
            "The email inbox and phone that root is recovered with deserve the same care.",
            right=True,
        ),
    },
)
