"""Exercises of notebook 05, deny everything without MFA."""

from __future__ import annotations

from typing import Any

import pyotp

from helpers.exercises.answers import LAB, POLICY, names
from helpers.exercises.behaviour import decides, refused
from helpers.exercises.exercise import Exercise, WrongAnswer
from helpers.exercises.outcome import CannotCheck, NotAttempted
from helpers.exercises.quiz import Option, Quiz
from helpers.policy import Policies, Request, catalogue, evaluate

ADMIN = "arn:aws:iam::111122223333:user/admin"
KEY_ALONE: dict[str, Any] = {}
WITHOUT_MFA = {"aws:MultiFactorAuthPresent": "false"}
WITH_MFA = {"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "60"}

DENY_NAME = "DenyAllExceptListedIfNoMFA"
EXEMPT = (
    "iam:CreateVirtualMFADevice",
    "iam:EnableMFADevice",
    "iam:GetUser",
    "iam:ListMFADevices",
    "iam:ListVirtualMFADevices",
    "iam:ResyncMFADevice",
    "sts:GetSessionToken",
)

# The same document as in the notebook: what q1 asks about and q4 changes.
DENY_WITHOUT_MFA = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": DENY_NAME,
            "Effect": "Deny",
            "NotAction": list(EXEMPT),
            "Resource": "*",
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        }
    ],
}
ADMINISTRATOR = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},
}


def _case(action: str, context: dict[str, Any], resource: str = "*") -> dict[str, Any]:
    return {"action": action, "resource": resource, "principal": ADMIN, "context": context}


# q1: what is still open? ---------------------------------------------------------------------

ASKED = (
    "iam:ListMFADevices",
    "iam:DeactivateMFADevice",
    "s3:GetObject",
    "sts:GetSessionToken",
    "iam:EnableMFADevice",
    "iam:ChangePassword",
)


def _open(action: str) -> bool:
    policies = Policies(identity=[ADMINISTRATOR, DENY_WITHOUT_MFA])
    return evaluate(Request(**_case(action, KEY_ALONE)), policies).effect == "allowed"


def _still_open(answer: frozenset[str]) -> str | None:
    asked = {action.casefold(): action for action in ASKED}
    for given in sorted(answer):
        action = asked.get(given.casefold())
        if action is None:
            return f"`{given}` is none of the six calls that were asked about."
        if not _open(action):
            return (
                f"With the access key alone, `{action}` is denied. Is it among the actions "
                "that `NotAction` lists?"
            )
    chosen = {given.casefold() for given in answer}
    missing = sum(_open(action) and action.casefold() not in chosen for action in ASKED)
    if missing:
        return f"What you list is open. {missing} more of the six {_is(missing)} open as well."
    return None


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


q1 = Exercise(
    name="nb05.q1",
    title="What stays open?",
    question=(
        "The policy is attached, and somebody holds the administrator's access key, but no MFA "
        "device. Which of these six calls still work? Put their names into the list "
        "`still_open`.\n\n" + "\n".join(f"- `{action}`" for action in ASKED)
    ),
    expects=names('["s3:GetObject"]'),
    stub='still_open = ["..."]',
    model_answer=(
        'still_open = ["iam:ListMFADevices", "sts:GetSessionToken", "iam:EnableMFADevice"]'
    ),
    rule=_still_open,
    explanation=(
        "`NotAction` lists what the Deny leaves alone. The other three are denied: reading data, "
        "changing the password, and taking an MFA device away."
    ),
    hints=(
        "A Deny with `NotAction` reaches every action that is **not** in the list.",
        "Go through the six and look for each in the policy's `NotAction`.",
        "There are three.",
    ),
    wrong_answers=(
        WrongAnswer('still_open = ["s3:GetObject"]', says="is denied"),
        WrongAnswer('still_open = ["iam:ListMFADevices", "sts:GetSessionToken"]', says="1 more"),
        WrongAnswer(
            'still_open = ["iam:ListMFADevices", "sts:GetSessionToken", "iam:EnableMFADevice", '
            '"iam:ChangePassword"]',
            says="`iam:ChangePassword` is denied",
        ),
        WrongAnswer('still_open = ["iam:CreateUser"]', says="none of the six"),
        WrongAnswer("still_open = []", says="3 more"),
    ),
)


# q2: a device for the analyst ------------------------------------------------------------------


def _attached(lab: Any) -> set[str]:
    """The policies of the group that the notebook makes."""
    iam = lab.root.client("iam")
    if not any(group["GroupName"] == "everyone" for group in iam.list_groups()["Groups"]):
        raise CannotCheck("There is no group `everyone` yet: run the cells above this one first.")
    found = iam.list_attached_group_policies(GroupName="everyone")["AttachedPolicies"]
    return {policy["PolicyName"] for policy in found}


def _has_device(lab: Any) -> bool:
    return bool(lab.root.client("iam").list_mfa_devices(UserName="analyst")["MFADevices"])


def _analyst_has_mfa(lab: Any) -> str | None:
    if DENY_NAME not in _attached(lab):
        return f"`{DENY_NAME}` is gone from the group `everyone`. Attach it again first."
    if _has_device(lab):
        return None
    created = [
        event["requestParameters"]["virtualMFADeviceName"]
        for event in lab.trail.events
        if event["eventName"] == "CreateVirtualMFADevice"
        and event["userIdentity"].get("userName") == "analyst"
        and "errorCode" not in event
    ]
    calls = (
        event
        for event in lab.trail.events
        if event["eventName"] in ("CreateVirtualMFADevice", "EnableMFADevice")
        and event["userIdentity"].get("userName") == "analyst"
    )
    if said := refused(calls):
        return said
    if created:
        return (
            f"There is a device, `{created[-1]}`, but it is enabled for nobody yet. "
            "`enable_mfa_device` takes two codes, the second one 30 seconds after the first."
        )
    raise NotAttempted("The analyst has no MFA device yet. Put your calls above the check.")


def _enrol_analyst(lab: Any) -> None:
    if DENY_NAME not in _attached(lab):
        arn = f"arn:aws:iam::{lab.account.id}:policy/{DENY_NAME}"
        lab.root.client("iam").attach_group_policy(GroupName="everyone", PolicyArn=arn)
    lab.root.client("iam").add_user_to_group(GroupName="everyone", UserName="analyst")
    if not _has_device(lab):
        exec(_ENROL, {"lab": lab, "pyotp": pyotp})  # the solution as it is shown


_ENROL = """analyst_iam = lab.caller("analyst").client("iam")
name = f"analyst-phone-{lab.clock.now:%H%M%S}"
created = analyst_iam.create_virtual_mfa_device(VirtualMFADeviceName=name)
analyst_device = created["VirtualMFADevice"]
analyst_phone = pyotp.TOTP(analyst_device["Base32StringSeed"].decode())
first = analyst_phone.at(lab.clock.now)
lab.clock.advance(seconds=30)
analyst_iam.enable_mfa_device(
    UserName="analyst",
    SerialNumber=analyst_device["SerialNumber"],
    AuthenticationCode1=first,
    AuthenticationCode2=analyst_phone.at(lab.clock.now),
)"""

q2 = Exercise(
    name="nb05.q2",
    title="A phone for the analyst",
    question=(
        "Enrol a virtual MFA device for the analyst, with the analyst's own access key: create "
        "it, read two codes that follow each other, enable it. `UserName` is `analyst`. A device's "
        "name has no spaces."
    ),
    expects=LAB,
    stub='analyst_iam = lab.caller("analyst").client("iam")',
    model_answer=_ENROL,
    rule=_analyst_has_mfa,
    explanation=(
        "It worked without MFA and under the Deny, because `NotAction` exempts these two calls, "
        "and because the group `everyone` allows them on the user's own name."
    ),
    hints=(
        "The four cells above did it for the administrator. Only the names change.",
        "Device names are taken once: choose another than the administrator's.",
        "Between the two codes: `lab.clock.advance(seconds=30)`. Take codes with "
        "`.at(lab.clock.now)`, not `.now()`: the account has a clock of its own.",
    ),
    wrong_answers=(
        WrongAnswer(
            'lab.caller("analyst").client("iam").create_virtual_mfa_device('
            'VirtualMFADeviceName="spare")',
            says="enabled for nobody yet",
        ),
        WrongAnswer(
            'lab.root.client("iam").detach_group_policy(GroupName="everyone", '
            'PolicyArn="arn:aws:iam::111122223333:policy/DenyAllExceptListedIfNoMFA")',
            says="gone from the group",
        ),
    ),
    reach=_enrol_analyst,
    reached="The analyst has an MFA device, and the group its policy.",
)


# q3: an Allow that asks for MFA -----------------------------------------------------------------

DELETE = _case("s3:DeleteObject", {}, "arn:aws:s3:::payroll/2025.csv")
READ = _case("s3:GetObject", {}, "arn:aws:s3:::payroll/2025.csv")


def _allow_with_mfa(policy: Any) -> str | None:
    return decides(
        policy,
        [
            ({**DELETE, "context": WITH_MFA}, "allowed", "deleting with MFA"),
            ({**DELETE, "context": WITHOUT_MFA}, "denied", "deleting in a session without MFA"),
            ({**DELETE, "context": KEY_ALONE}, "denied", "deleting with an access key alone"),
            ({**READ, "context": KEY_ALONE}, "denied", "reading, which nobody asked for"),
        ],
    )


_ALLOW = """policy = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "s3:DeleteObject",
            "Resource": "arn:aws:s3:::payroll/*",
            "Condition": %s,
        }
    ],
}"""

q3 = Exercise(
    name="nb05.q3",
    title="An Allow that asks for MFA",
    question=(
        "This time nothing is denied: an **Allow** shall let people delete from the payroll "
        "bucket when they used MFA, and in no other case. A colleague copied the condition over "
        "from the Deny and turned `false` into `true`. Find out who gets through that should "
        "not, and mend the condition."
    ),
    expects=POLICY,
    stub=_ALLOW % '{"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}',
    model_answer=_ALLOW % '{"Bool": {"aws:MultiFactorAuthPresent": "true"}}',
    rule=_allow_with_mfa,
    explanation=(
        "`IfExists` means: if the key is missing, count the condition as met. In a Deny that "
        "closes the gap, in an Allow it opens one. With `Bool` a missing key does not match, so "
        "the access key alone gets nothing."
    ),
    hints=(
        "Three kinds of credentials: which of them has no word about MFA in its request?",
        "What does `IfExists` do when the key is missing? And what follows in an Allow?",
        "Only the operator's name changes.",
    ),
    wrong_answers=(
        WrongAnswer(
            _ALLOW % '{"BoolIfExists": {"aws:MultiFactorAuthPresent": ["true"]}}',
            says="an access key alone",
        ),
        WrongAnswer(
            _ALLOW % '{"Null": {"aws:MultiFactorAuthPresent": "false"}}', says="without MFA"
        ),
        WrongAnswer(
            _ALLOW % '{"Bool": {"aws:MultiFactorAuthPresent": "false"}}', says="with MFA: denied"
        ),
        WrongAnswer(
            'policy = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": '
            '"s3:*", "Resource": "*", "Condition": {"NumericLessThanIfExists": '
            '{"aws:MultiFactorAuthAge": "3600"}}}}',
            says="allowed",
        ),
        WrongAnswer(_ALLOW % '{"Boolean": {"a": "b"}}', says="cannot be read"),
    ),
)


# q4: what a new colleague needs -----------------------------------------------------------------


def _exempts_rightly(policy: Any) -> str | None:
    if policy == DENY_WITHOUT_MFA:
        raise NotAttempted("`policy` is still the copy. Exempt what the new colleague needs.")
    on_me = "arn:aws:iam::111122223333:user/admin"
    device = "arn:aws:iam::111122223333:mfa/admin-phone"
    bucket = "arn:aws:s3:::payroll"
    wanted = [
        (_case("iam:ChangePassword", WITHOUT_MFA, on_me), "allowed", "changing one's password"),
        (_case("iam:ChangePassword", KEY_ALONE, on_me), "allowed", "the same with a key"),
        (_case("iam:EnableMFADevice", WITHOUT_MFA, on_me), "allowed", "enabling a device"),
        (_case("sts:GetSessionToken", KEY_ALONE), "allowed", "asking for an MFA session"),
        (_case("s3:ListBucket", WITHOUT_MFA, bucket), "denied", "listing the bucket without MFA"),
        (_case("s3:ListBucket", KEY_ALONE, bucket), "denied", "listing it with a key alone"),
        (
            _case("iam:DeactivateMFADevice", WITHOUT_MFA, on_me),
            "denied",
            "taking somebody's device away without MFA",
        ),
        (
            _case("iam:DeleteVirtualMFADevice", KEY_ALONE, device),
            "denied",
            "deleting a device without MFA",
        ),
        (
            _case("iam:UpdateLoginProfile", WITHOUT_MFA, on_me),
            "denied",
            "setting anybody's password without MFA",
        ),
        (_case("iam:CreateAccessKey", KEY_ALONE, on_me), "denied", "making another access key"),
        (_case("s3:ListBucket", WITH_MFA, bucket), "allowed", "listing the bucket with MFA"),
    ]
    on_all = [
        (_case(action, KEY_ALONE), "allowed", f"`{action}`, without which nobody gets MFA going")
        for action in EXEMPT
    ]
    feedback = decides(policy, wanted + on_all, beside={"identity": [ADMINISTRATOR]})
    return feedback or _too_wide(policy)


# What may work without MFA when q4 is done; the last is always allowed.
MAY_BE_OPEN = {
    action.casefold()
    for action in (
        *EXEMPT,
        "iam:ChangePassword",
        "iam:GetAccountPasswordPolicy",
        "sts:GetCallerIdentity",
    )
}


def _too_wide(policy: Any) -> str | None:
    """The first action of all that AWS has which works without MFA and should not."""
    policies = Policies(identity=[ADMINISTRATOR, policy])
    for action in catalogue.expand("*"):
        if action.casefold() in MAY_BE_OPEN:
            continue
        for context in (KEY_ALONE, WITHOUT_MFA):
            if evaluate(Request(**_case(action, context)), policies).allowed:
                return (
                    f"`{action}` works without MFA now. Nobody needs it to choose a first "
                    "password or to get MFA going."
                )
    return None


q4 = Exercise(
    name="nb05.q4",
    title="A new colleague's first sign-in",
    question=(
        "A new colleague gets a first password that has to be changed at the first sign-in, long "
        "before there is an MFA device. Under the policy the change is refused, and nobody gets "
        "in. Copy `POLICY`, exempt what is needed, and no more, and put it into `policy`."
    ),
    expects=POLICY,
    stub="policy = copy.deepcopy(POLICY)",
    model_answer="policy = copy.deepcopy(POLICY)\n"
    'policy["Statement"][0]["NotAction"].append("iam:ChangePassword")',
    rule=_exempts_rightly,
    explanation=(
        "`iam:ChangePassword` changes one's own password and asks for the old one. "
        "`iam:UpdateLoginProfile` sets anybody's, so it stays behind MFA. Many accounts exempt "
        "`iam:GetAccountPasswordPolicy` too, so that the page can show the rules."
    ),
    hints=(
        "Which action does a user call to change the own password? Its name says just that.",
        "There is another action that sets passwords, for administrators. It is not the one.",
        '`policy["Statement"][0]["NotAction"]` is a list, and a list has `append`.',
    ),
    wrong_answers=(
        WrongAnswer(
            "policy = copy.deepcopy(POLICY)\n"
            'policy["Statement"][0]["NotAction"].append("iam:UpdateLoginProfile")',
            says="changing one's password: denied",
        ),
        WrongAnswer(
            'policy = copy.deepcopy(POLICY)\npolicy["Statement"][0]["NotAction"].append("iam:*")',
            says="taking somebody's device away",
        ),
        WrongAnswer(
            "policy = copy.deepcopy(POLICY)\n"
            'policy["Statement"][0]["NotAction"] += ["iam:ChangePassword", '
            '"iam:DeleteVirtualMFADevice"]',
            says="deleting a device",
        ),
        WrongAnswer(
            'policy = copy.deepcopy(POLICY)\npolicy["Statement"][0]["NotAction"] = '
            '["iam:ChangePassword"]',
            says="enabling a device: denied",
        ),
        WrongAnswer(
            "policy = copy.deepcopy(POLICY)\n"
            'policy["Statement"][0]["NotAction"] += ["iam:ChangePassword", "iam:UpdateUser"]',
            says="`iam:UpdateUser` works without MFA now",
        ),
        WrongAnswer(
            "policy = copy.deepcopy(POLICY)\n"
            'policy["Statement"][0]["NotAction"] += ["iam:ChangePassword", "s3:Get*"]',
            says="works without MFA now",
        ),
        WrongAnswer(
            "policy = copy.deepcopy(POLICY)\n"
            'policy["Statement"][0]["NotAction"].append("iam:ChangePassword")\n'
            'policy["Statement"][0]["NotAction"].remove("iam:GetUser")',
            says="`iam:GetUser`",
        ),
        WrongAnswer(
            "policy = copy.deepcopy(POLICY)\n"
            'policy["Statement"][0]["NotAction"].append("iam:ChangePassword")\n'
            'policy["Statement"][0]["Condition"] = '
            '{"Bool": {"aws:MultiFactorAuthPresent": "false"}}',
            says="with a key alone: allowed",
        ),
    ),
)


# The quiz ----------------------------------------------------------------------------------------

quiz1 = Quiz(
    name="nb05.quiz1",
    question="The policy says Deny with BoolIfExists false. Why not simply Bool?",
    options={
        "a": Option(
            "Bool is an older name for the same thing",
            "They differ when the key is missing: Bool does not match then, BoolIfExists does.",
        ),
        "b": Option(
            "With Bool, a request signed with an access key would get past the Deny",
            "Such a request has no word about MFA. Bool finds no key, the Deny does not match, "
            "and the key opens everything.",
            right=True,
        ),
        "c": Option(
            "With Bool, people who used MFA would be denied",
            "For them the key is there and true. Neither Bool nor BoolIfExists matches false.",
        ),
    },
)

quiz2 = Quiz(
    name="nb05.quiz2",
    question="A thief has the administrator's access key. What does the policy leave to them?",
    options={
        "a": Option(
            "Nothing at all",
            "The exempt calls still work: somebody without MFA has to be able to enrol it.",
        ),
        "b": Option(
            "Everything, because the administrator has AdministratorAccess",
            "An explicit Deny is stronger than every Allow.",
        ),
        "c": Option(
            "A handful of calls around enrolling MFA",
            "Right, and that is not nothing: enrolling is open to the thief too, even for a user "
            "who has a device, for AWS allows eight. So watch the record for new devices.",
            right=True,
        ),
    },
)

quiz3 = Quiz(
    name="nb05.quiz3",
    question=(
        "A user with MFA assumes a role. Inside the role, does a request still say that MFA was "
        "used?"
    ),
    options={
        "a": Option(
            "Yes, it belongs to the person",
            "It belongs to the session. AssumeRole gives a new one, without a word about MFA.",
        ),
        "b": Option(
            "No, so ask for MFA in the role's trust policy",
            "Right. The trust policy is asked while the user's own session still counts.",
            right=True,
        ),
        "c": Option(
            "Only for an hour",
            "MFA age is a key of its own. In a role's session there is neither of the two.",
        ),
    },
)
