"""Exercises of notebook 01, protect the root user."""

from __future__ import annotations

import gc
import itertools
import json
import random
import re
import string
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from helpers.analysis.password_strength import in_words as in_words  # the notebook's
from helpers.exercises.answers import FUNCTION, LAB, names
from helpers.exercises.behaviour import calls
from helpers.exercises.exercise import Exercise, WrongAnswer
from helpers.exercises.outcome import CannotCheck, NotAttempted
from helpers.exercises.quiz import Option, Quiz
from helpers.lab import passwords
from helpers.lab.attacks import attempt
from helpers.lab.errors import AwsError
from helpers.policy.public_access import is_public

if TYPE_CHECKING:
    from helpers.lab.accounts import LabAccount

BUCKET = "payroll"
NIGHTLY = "backup/nightly.ini"


def before_you_came(lab: Any) -> None:
    """What happened in the account's first three months; the notebook starts after it.

    Root made itself two access keys. A nightly job uses the first one, and its settings, with
    the key in them, lie in the bucket. Nobody has ever used the second one. Called again, it
    changes nothing.
    """
    iam = lab.root.client("iam")
    if iam.list_access_keys()["AccessKeyMetadata"]:
        return
    key, _ = (iam.create_access_key()["AccessKey"] for _ in range(2))
    settings = (
        "[default]\n"
        f"aws_access_key_id = {key['AccessKeyId']}\n"
        f"aws_secret_access_key = {key['SecretAccessKey']}\n"
    )
    lab.root.client("s3").put_object(Bucket=BUCKET, Key=NIGHTLY, Body=settings.encode())
    lab.clock.advance(days=90)
    nightly = boto3.Session(
        aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )
    nightly.client("s3").list_objects_v2(Bucket=BUCKET)
    lab.clock.advance(hours=6)


SANDBOX = "444455556666"


def take_in_a_sandbox(lab: Any) -> LabAccount:
    """The company's organization, and its second account, which is returned.

    The account of the lab becomes the management account, and service control policies are
    switched on. May be called again.
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_invites.html
    """
    if SANDBOX not in lab.accounts:
        lab.add_account(SANDBOX, "sandbox")
    sandbox = lab.accounts[SANDBOX]
    organizations = lab.root.client("organizations")
    attempt("", organizations.create_organization, FeatureSet="ALL")
    target = {"Id": SANDBOX, "Type": "ACCOUNT"}
    attempt("", organizations.invite_account_to_organization, Target=target)
    invited = sandbox.root.client("organizations")
    for handshake in invited.list_handshakes_for_account()["Handshakes"]:
        attempt("", invited.accept_handshake, HandshakeId=handshake["Id"])
    top = organizations.list_roots()["Roots"][0]["Id"]
    attempt("", organizations.enable_policy_type, RootId=top, PolicyType="SERVICE_CONTROL_POLICY")
    return sandbox


# q1: what takes root ----------------------------------------------------------------------------

# Letter → what is said where it is named and does not take root.
_NOT_ROOT = {
    "b": "Attaching a policy takes the right to attach policies, and an administrator has it.",
    "d": "An administrator may delete users, even the own one.",
    "g": "The password policy is set by a call of IAM's, and an administrator may make it.",
}
# Letter → where to look, said where it is not named.
_ROOT = {
    "e": "Everyone means the administrators, too.",
    "h": "Who is left to give permissions when nobody has any?",
    "a": "Think of what cannot be taken back and ends everything at once.",
    "c": "Think of what the root user itself signs in with.",
    "f": "Think of the money.",
}


def _letters(text: str) -> list[str]:
    """The letters in one text: ["a, c"] and ["a)", "c)"] are meant as ["a", "c"]."""
    parts = [part.strip(".)(") for part in re.split(r"[,\s]+", text.lower())]
    return parts if all(len(part) == 1 for part in parts) else [text]


def _takes_root(answer: frozenset[str]) -> str | None:
    letters = {letter for text in answer for letter in _letters(text)}
    if strange := sorted(letters - set(_NOT_ROOT) - set(_ROOT)):
        return f"There is no job `{strange[0][:20]}`; the letters are a to h."
    for letter, why in _NOT_ROOT.items():
        if letter in letters:
            return f"`{letter}` does not need root. {why}"
    for letter, where in _ROOT.items():
        if letter not in letters:
            return f"All that you named need root. At least one is missing. {where}"
    return None


q1 = Exercise(
    name="nb01.q1",
    title="Which jobs take root?",
    question=(
        "Eight jobs in this company's own account. Name those that **no** administrator can do, "
        "however many permissions they have:\n\n"
        "- **a** close the account\n"
        "- **b** give a new colleague `AdministratorAccess`\n"
        "- **c** change the email address that root signs in with\n"
        "- **d** delete the user `admin`\n"
        "- **e** open a bucket again whose policy denies everything to everyone\n"
        "- **f** switch on, for the first time, that IAM users can see the bill\n"
        "- **g** set the account's password policy\n"
        "- **h** give the only administrator permissions back, after they took them off themselves"
    ),
    expects=names('["a", "b"]'),
    stub='takes_root = ["..."]',
    model_answer='takes_root = ["a", "c", "e", "f", "h"]',
    rule=_takes_root,
    explanation=(
        "They have one thing in common: they are about the account as a whole, or about getting "
        "back in. None of them comes up in a normal week."
    ),
    hints=(
        "Five of the eight.",
        "Ask of each: is it about users, policies and files *in* the account, or about the "
        "account itself and who owns it?",
        "`AdministratorAccess` allows every action, so whoever has it makes and removes users, "
        "policies and settings of IAM.",
    ),
    wrong_answers=(
        WrongAnswer('takes_root = ["e"]', says="nobody has any"),
        WrongAnswer('takes_root = ["a", "c", "e", "h"]', says="Think of the money"),
        WrongAnswer(
            'takes_root = ["a", "b", "c", "d", "e", "f", "g", "h"]', says="`b` does not need root"
        ),
        WrongAnswer('takes_root = ["A", "C", "D", "E", "F", "H"]', says="`d` does not need root"),
        WrongAnswer('takes_root = ["close the account"]', says="There is no job"),
        WrongAnswer("takes_root = []", says="At least one is missing"),
    ),
)


# q2: the account's password policy --------------------------------------------------------------

DRAFT = {"RequireNumbers": True}
"""The policy that the notebook sets before the exercise: stricter in words, weaker in effect."""

_LET_PASS = (
    ("quietotterlamps", "15 small letters"),
    ("seven green cups of tea", "a sentence of 23 characters"),
    ("847302958163047", "15 digits"),
    ("XKQWMZJVPLRTBND", "15 capital letters"),
    ("the otter reads the payroll every morning before the tea is ready", "a long sentence"),
)
_REFUSE = (
    ("123456", "the most used password of all"),
    ("P@ssw0rd", "eight characters of four kinds"),
    ("Xk7#mQ9!vR2$", "12 characters of four kinds"),
    ("Xk7#mQ9!vR2$pL", "14 characters of four kinds"),
    ("quietotterlamp", "14 small letters"),
)


def _own_policy(lab: Any) -> dict[str, Any] | None:
    try:
        return lab.root.client("iam").get_account_password_policy()["PasswordPolicy"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchEntity":
            return None
        raise


def _passes(lab: Any, password: str) -> bool:
    """What the account would say to this password; nobody's password changes by asking."""
    try:
        passwords.check(lab.account, password, ())
    except AwsError:
        return False
    return True


def _judge_policy(lab: Any) -> str | None:
    policy = _own_policy(lab)
    asks = policy and {name for name, value in policy.items() if value is True}
    if policy and policy["MinimumPasswordLength"] == 6 and asks == set(DRAFT):
        raise NotAttempted("The draft is still in force. Put your call above the check.")
    for password, what in _REFUSE:
        if _passes(lab, password):
            return f"`{password}` passes, {what}. It should be refused."
    for password, what in _LET_PASS:
        if not _passes(lab, password):
            return f"`{password}` is refused, {what}. It should pass."
    if policy.get("ExpirePasswords"):
        return (
            f"What the analyst chooses today has to be changed in {policy['MaxPasswordAge']} "
            "days, although nobody has seen it."
        )
    if not passwords.users_may_change(lab.account):
        return (
            "The analyst fears that somebody has seen the password, and wants to change it. "
            "Refused: users may not change their own."
        )
    return None


_SET = "try_call(iam.update_account_password_policy, %s)"


def _set_policy(lab: Any) -> None:
    lab.root.client("iam").update_account_password_policy(
        MinimumPasswordLength=15, AllowUsersToChangePassword=True
    )


q2 = Exercise(
    name="nb01.q2",
    title="Length instead of rules",
    question=(
        "Set a password policy for the account as NIST would have it: at least 15 characters, "
        "made of whatever their owners like. A password stays good until there is a reason to "
        "change it, and then its owner may change it. `update_account_password_policy` takes "
        "`MinimumPasswordLength`, `RequireSymbols`, `RequireNumbers`, "
        "`RequireUppercaseCharacters`, `RequireLowercaseCharacters`, "
        "`AllowUsersToChangePassword`, `MaxPasswordAge` (days), and a few more."
    ),
    expects=LAB,
    stub=_SET % "RequireNumbers=True",
    model_answer=_SET % "MinimumPasswordLength=15,\n         AllowUsersToChangePassword=True",
    rule=_judge_policy,
    explanation=(
        "Two settings, and the rest stays off. What AWS cannot do is look at a list of leaked "
        "passwords: that part of NIST's advice is yours, and so is MFA."
    ),
    hints=(
        "Each call sets all of the policy anew. What you leave out goes back to its default.",
        "The defaults of everything that begins with `Require` are right for this.",
        "Two settings are needed: one with a number, one that is `True`.",
    ),
    wrong_answers=(
        WrongAnswer(_SET % "MinimumPasswordLength=15", says="wants to change it"),
        WrongAnswer(
            _SET % "MinimumPasswordLength=14, AllowUsersToChangePassword=True",
            says="`Xk7#mQ9!vR2$pL` passes",
        ),
        WrongAnswer(
            _SET % "MinimumPasswordLength=15, AllowUsersToChangePassword=True, RequireNumbers=True",
            says="`quietotterlamps` is refused",
        ),
        WrongAnswer(
            _SET % "MinimumPasswordLength=15, AllowUsersToChangePassword=True, MaxPasswordAge=90",
            says="changed in 90 days",
        ),
        WrongAnswer(
            _SET % "MinimumPasswordLength=16, AllowUsersToChangePassword=True",
            says="`quietotterlamps` is refused",
        ),
        WrongAnswer(
            _SET % "RequireNumbers=True, AllowUsersToChangePassword=True",
            says="`123456` passes",
        ),
        WrongAnswer("try_call(iam.delete_account_password_policy)", says="`P@ssw0rd` passes"),
    ),
    reach=_set_policy,
    reached="Passwords of users have 15 characters at least, and their owners may change them.",
)


# q3: root made safe -----------------------------------------------------------------------------

WEAK = "Password1"
"""What the notebook sets root's password to, before the exercise."""

_COMMON = ("password", "passw0rd", "p@ssw0rd", "123456", "qwerty", "iloveyou", "letmein", "welcome")


def _weakness(password: str) -> str | None:
    """What is wrong with a password of root's, without showing it."""
    if password == WEAK:
        return "is still the one from the list of leaked passwords"
    if len(password) < 15:
        return f"has {len(password)} characters"
    found = next((word for word in _COMMON if word in password.lower()), None)
    if found and len(password) - len(found) < 12:
        return f"is `{found}` with a little around it, and a guesser tries that first"
    steps = [abs(ord(a) - ord(b)) for a, b in itertools.pairwise(password.lower())]
    if sum(step <= 1 for step in steps) > len(steps) / 2:
        return "is a row of neighbours, such as `abcd` or `1234`"
    if len(set(password.lower())) < 8:
        return f"is made of {len(set(password.lower()))} different characters"
    return None


def _root_is_safe(lab: Any) -> str | None:
    iam = lab.root.client("iam")
    keys = iam.list_access_keys()["AccessKeyMetadata"]
    active = [key["AccessKeyId"] for key in keys if key["Status"] == "Active"]
    weakness = _weakness(lab.account.root.password or "")
    for user in ("admin", "analyst"):
        try:
            theirs = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
        except ClientError:
            return f"The user `{user}` is gone. Run the setup cell and the cells down to here."
        if not theirs:
            return f"`{user}` has lost the access key, and root's are not touched by that."
    if len(active) == 2 and lab.account.root.password == WEAK:
        raise NotAttempted("Root has two keys and a weak password. Put your calls above the check.")
    if len(active) > 1:
        return f"Root still has {len(active)} keys that open everything."
    if active:
        return f"One key of root's is left, `{active[0]}`, and it opens everything."
    if keys:
        return (
            f"The key `{keys[0]['AccessKeyId']}` is inactive. That was right to try first, but "
            "one call makes it active again."
        )
    if weakness:
        return f"No key is left. But root's password {weakness}."
    return None


_MAKE_SAFE = """keys = iam.list_access_keys()["AccessKeyMetadata"]
for key in keys:
    iam.update_access_key(AccessKeyId=key["AccessKeyId"], Status="Inactive")
for key in keys:
    iam.delete_access_key(AccessKeyId=key["AccessKeyId"])
signs = string.ascii_letters + string.digits + "!@#$%^&*()_+-=[]{}|"
password = "".join(secrets.choice(signs) for _ in range(24))
try_call(house.reset_root_password, password)"""


def _make_safe(lab: Any) -> None:
    iam = lab.root.client("iam")
    for key in iam.list_access_keys()["AccessKeyMetadata"]:
        iam.delete_access_key(AccessKeyId=key["AccessKeyId"])
    for user in ("admin", "analyst"):
        if any(each["UserName"] == user for each in iam.list_users()["Users"]):
            lab.caller(user)  # makes the key that somebody took away by mistake
    if _weakness(lab.account.root.password or ""):
        house = lab.accounts[lab.account.id]
        house.reset_root_password("Seven-green-cups-of-cold-tea")


q3 = Exercise(
    name="nb01.q3",
    title="Root, made safe",
    question=(
        "Take both access keys away from root, and give root a password of at least 15 "
        "characters that nobody can guess. `iam` is root's client: without a `UserName`, "
        "`list_access_keys`, `update_access_key` and `delete_access_key` are about the caller's "
        'own keys. `try_call(house.reset_root_password, "…")` sets the password.'
    ),
    expects=LAB,
    stub='for key in iam.list_access_keys()["AccessKeyMetadata"]:\n'
    '    print(key["AccessKeyId"], key["Status"])',
    model_answer=_MAKE_SAFE,
    rule=_root_is_safe,
    explanation=(
        "*Inactive* comes first, because it can be undone: wait a day and see who complains. "
        "Here it will be the nightly job, which gets a role of its own, with the one permission "
        "that it needs. Then delete."
    ),
    hints=(
        "`delete_access_key` takes an `AccessKeyId`. The list has two of them.",
        "A loop over the list, as in the cell that you start from, and a call in it.",
        "For the password: let `secrets.choice` draw the characters, or take a sentence that "
        "nobody knows, with capitals and symbols in it.",
    ),
    wrong_answers=(
        WrongAnswer(
            'for key in iam.list_access_keys()["AccessKeyMetadata"]:\n'
            '    iam.update_access_key(AccessKeyId=key["AccessKeyId"], Status="Inactive")',
            says="is inactive",
        ),
        WrongAnswer(
            'keys = iam.list_access_keys()["AccessKeyMetadata"]\n'
            'iam.delete_access_key(AccessKeyId=keys[0]["AccessKeyId"])',
            says="One key of root's is left",
        ),
        WrongAnswer(
            'for key in iam.list_access_keys()["AccessKeyMetadata"]:\n'
            '    iam.delete_access_key(AccessKeyId=key["AccessKeyId"])',
            says="is still the one from the list",
        ),
        WrongAnswer(
            'for key in iam.list_access_keys()["AccessKeyMetadata"]:\n'
            '    iam.delete_access_key(AccessKeyId=key["AccessKeyId"])\n'
            'house.reset_root_password("P@ssw0rd-P@ssw0rd!")',
            says="with a little around it",
        ),
        WrongAnswer(
            'for key in iam.list_access_keys()["AccessKeyMetadata"]:\n'
            '    iam.delete_access_key(AccessKeyId=key["AccessKeyId"])\n'
            'house.reset_root_password("Xk7#mQ9!vR2$")',
            says="has 12 characters",
        ),
        WrongAnswer(
            'house.reset_root_password("Seven-green-cups-of-tea")',
            says="Root still has 2 keys",
        ),
        WrongAnswer(
            'for key in iam.list_access_keys(UserName="admin")["AccessKeyMetadata"]:\n'
            '    iam.delete_access_key(UserName="admin", AccessKeyId=key["AccessKeyId"])',
            says="`admin` has lost the access key",
        ),
    ),
    reach=_make_safe,
    reached="Root has no access key, and a password that is on no list.",
)


# q4: the bucket that nobody can open ------------------------------------------------------------

LOCK = {
    "Sid": "NobodyTouchesThis",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
}
"""The statement that the notebook puts on the bucket before the exercise."""

_READS = ("Get", "List", "Head")


def _policy_of_bucket(s3: Any) -> dict[str, Any] | None:
    try:
        return json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucketPolicy":
            return None
        raise


def _is_locked(policy: dict[str, Any] | None) -> bool:
    return policy is not None and policy["Statement"] == [LOCK]


def _attempts(events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The changes to the bucket that were refused since it was locked, the newest last."""
    since: list[dict[str, Any]] = []
    for event in events:
        parameters = event.get("requestParameters") or {}
        if parameters.get("bucketName") != BUCKET or event["eventName"].startswith(_READS):
            continue
        if "errorCode" not in event:
            since = []  # the lock, or what took its place
        elif LOCK["Sid"] not in json.dumps(parameters):
            since.append(event)  # but for the lock itself, whose cell may be run again
    return since


def _unlocked(lab: Any) -> str | None:
    s3 = lab.root.client("s3")
    try:
        policy = _policy_of_bucket(s3)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucket":
            return "The bucket `payroll` is gone, and the files with it. Run the setup cell again."
        raise
    seen = any(
        event["eventName"] == "PutBucketPolicy" and "errorCode" not in event
        for event in lab.trail.events
    )
    if policy is None and not seen:
        raise CannotCheck("Run the cell in which the administrator locks the bucket first.")
    if _is_locked(policy):
        tried = _attempts(lab.trail.events)
        if not tried:
            raise NotAttempted("The bucket is still locked. Put your call above the check.")
        who = tried[-1]["userIdentity"]["arn"].rpartition(":")[2]
        return (
            f"The bucket is still locked. `{who}` tried `{tried[-1]['eventName']}`, and was "
            "refused."
        )
    admin, analyst = lab.caller("admin").client("s3"), lab.caller("analyst").client("s3")
    file = {"Bucket": BUCKET, "Key": "2026.csv"}
    nowhere = {"Bucket": BUCKET, "Key": "a-file-that-is-not-there"}
    feedback = calls(
        [
            (lambda: analyst.get_object(**file), "allowed", "the analyst reads 2026.csv"),
            (
                lambda: analyst.get_object(**{**file, "Key": "2025.csv"}),
                "allowed",
                "the analyst reads 2025.csv",
            ),
            (
                lambda: admin.list_objects_v2(Bucket=BUCKET),
                "allowed",
                "the administrator lists the bucket",
            ),
            (
                lambda: admin.get_bucket_policy(Bucket=BUCKET),
                "allowed",
                "the administrator reads the bucket's policy",
            ),
            (
                lambda: admin.put_object(**nowhere),
                "allowed",
                "the administrator writes a file",
            ),
            (
                lambda: admin.delete_object(**nowhere),
                "allowed",
                "the administrator deletes that file",
            ),
            (lambda: analyst.delete_object(**nowhere), "denied", "the analyst deletes a file"),
        ]
    )
    if feedback:
        return feedback
    if policy is not None and is_public(policy):
        return "The bucket's new policy lets in a stranger, who reads 2026.csv without an account."
    there = {found["Key"] for found in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())}
    if gone := sorted({"2025.csv", "2026.csv"} - there):
        return f"The bucket is open, but the file `{gone[0]}` is gone. Run the setup cell again."
    return None


def _unlock(lab: Any) -> None:
    lab.root.client("s3").delete_bucket_policy(Bucket=BUCKET)


_Q4_STUB = """s3 = lab.caller("admin").client("s3")
try_call(s3.get_object, Bucket="payroll", Key="2026.csv")"""

_LOCK_FOR = """lab.root.client("s3").put_bucket_policy(Bucket="payroll", Policy=json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "%s", "Principal": %s, "Action": "s3:*",
                   "Resource": ["arn:aws:s3:::payroll", "arn:aws:s3:::payroll/*"]}],
}))"""

q4 = Exercise(
    name="nb01.q4",
    title="The bucket that nobody can open",
    question=(
        "Open the bucket `payroll` again: the analyst reads, the administrator does everything, "
        "and nobody else gets in, just as before. Who can do it, and with which one call? "
        "`put_bucket_policy` has set the lock; there are `get_bucket_policy` and "
        "`delete_bucket_policy` as well."
    ),
    expects=LAB,
    stub=_Q4_STUB,
    model_answer='s3 = lab.root.client("s3")\ns3.delete_bucket_policy(Bucket="payroll")',
    rule=_unlocked,
    explanation=(
        "AWS leaves one door open in such a lock: the account's own root user may always read, "
        "change and delete the **policy** of a bucket, whatever it says. Without that, a typing "
        "error could lock up the files for ever. It is a task for root, and there are not many."
    ),
    hints=(
        "The Deny is for everyone, so the administrator's own permissions do not matter.",
        "Root was refused to read the *file*. Was root refused to touch the *policy*?",
        'A client of root\'s is `lab.root.client("s3")`.',
    ),
    wrong_answers=(
        WrongAnswer(
            'admin_s3 = lab.caller("admin").client("s3")\n'
            'try_call(admin_s3.delete_bucket_policy, Bucket="payroll")',
            says="`user/admin` tried `DeleteBucketPolicy`",
        ),
        WrongAnswer(
            'try_call(lab.root.client("s3").delete_bucket, Bucket="payroll")',
            says="`root` tried `DeleteBucket`",
        ),
        WrongAnswer(
            _LOCK_FOR % ("Deny", '{"AWS": "arn:aws:iam::111122223333:user/admin"}'),
            says="the administrator lists the bucket: denied",
        ),
        WrongAnswer(
            _LOCK_FOR % ("Allow", '{"AWS": "arn:aws:iam::111122223333:user/analyst"}'),
            says="the analyst deletes a file: allowed",
        ),
    ),
    reach=_unlock,
    reached="The bucket has no policy of its own any more, as it was before.",
)


# q5: a generator of passwords -------------------------------------------------------------------

ALPHABET = string.ascii_letters + string.digits + "!@#$%^&*()_+-=[]{}|'"

# Enough calls that a fair draw out of 82 shows some 80 of them at every place, and all of them
# somewhere; the fewest at one place leaves much room for bad luck.
_DRAWS, _FEWEST = 300, 45


def _generator(function: Any) -> str | None:
    """Length, alphabet, chance at every place; and nothing that can be wound back."""
    before = random.getstate()
    try:
        return _one_call(function) or _many_calls(function)
    finally:
        random.setstate(before)


def _made(function: Any, length: int) -> str:
    try:
        return function(length)
    except Exception as error:
        line = " ".join(f"{type(error).__name__}: {error}".split())
        raise _Stopped(f"`make_password({length})` stopped with `{line[:200]}`.") from error


class _Stopped(Exception):
    """The learner's function raised; the text is the feedback."""


def _one_call(function: Any) -> str | None:
    try:
        for length in (11, 20, 40):
            found = _made(function, length)
            if found is None or found is ...:
                raise NotAttempted("The function returns nothing yet. Fill in its `return`.")
            if not isinstance(found, str):
                kind = type(found).__name__
                return f"`make_password({length})` returned a {kind}, should be one text."
            if len(found) != length:
                return f"`make_password({length})` returned {len(found)} characters."
            if strange := sorted(set(found) - set(ALPHABET)):
                return f"`make_password({length})` used `{strange[0]}`, which is not in `ALPHABET`."
    except _Stopped as stopped:
        return str(stopped)
    return None


def _many_calls(function: Any) -> str | None:
    made = [function(12) for _ in range(_DRAWS)]
    if len(set(made)) < len(made):
        return f"In {_DRAWS} calls it made the same password more than once."
    places = [len({password[place] for password in made}) for place in range(12)]
    if min(places) < _FEWEST:
        return (
            f"At place {places.index(min(places)) + 1} of {_DRAWS} passwords stood only "
            f"{min(places)} different characters: a guesser tries just these."
        )
    if never := sorted(set(ALPHABET) - set("".join(made))):
        return (
            f"In {_DRAWS} passwords never stood a `{never[0]}`, and {len(never)} characters of "
            "`ALPHABET` were missing in all."
        )
    return _wound_back(function)


def _wound_back(function: Any) -> str | None:
    def start_of(seed: int) -> str:
        random.seed(seed)
        return function(20)

    if start_of(4711) == start_of(4711):
        return (
            "The passwords look random. But we set Python's `random` to the same start twice, "
            "and your function made the same password twice."
        )
    if _uses_a_start(function):
        return (
            "The passwords look random. But your function draws from a generator that computes "
            "its numbers from a start, as `random` does: whoever knows the start, or tries them "
            "all, has the passwords."
        )
    return None


def _uses_a_start(function: Any) -> bool:
    """Whether a call moves one of the generators that are alive, or makes a new one."""
    made = []

    class Watched(random.Random):
        def __init__(self, *start: Any) -> None:
            made.append(self)
            super().__init__(*start)

    before = _states()
    original, random.Random = random.Random, Watched
    try:
        function(20)
    finally:
        random.Random = original
    after = _states()
    return bool(made) or any(after.get(name, state) != state for name, state in before.items())


def _states() -> dict[Any, Any]:
    """Where each generator of the process stands, but for the operating system's."""
    alive = (
        each
        for each in gc.get_objects()
        if issubclass(type(each), random.Random) and not isinstance(each, random.SystemRandom)
    )
    states: dict[Any, Any] = {id(each): each.getstate() for each in alive}
    if "numpy" in sys.modules:
        states["numpy"] = repr(sys.modules["numpy"].random.get_state())
    return states


_Q5 = """def make_password(length):
    return %s"""

q5 = Exercise(
    name="nb01.q5",
    title="A generator that nobody can wind back",
    question=(
        "Write `make_password(length)`: a text of so many characters, each drawn by chance from "
        "the whole of `ALPHABET`. Nobody, not even you, shall be able to make the same password "
        "a second time. Python has a module for such draws: `secrets`."
    ),
    expects=FUNCTION,
    stub=_Q5 % "...",
    model_answer=_Q5 % '"".join(secrets.choice(ALPHABET) for _ in range(length))',
    rule=_generator,
    explanation=(
        "`secrets` asks the operating system, which collects chance from the machine. It has no "
        "start that could be set. A password manager does the same for you."
    ),
    hints=(
        "The line with `generator.choice` above is nearly it. What has to go is the start.",
        "`secrets.choice(ALPHABET)` draws one character.",
        '`"".join(… for _ in range(length))` puts the draws together.',
    ),
    wrong_answers=(
        WrongAnswer(
            _Q5 % '"".join(random.choice(ALPHABET) for _ in range(length))',
            says="the same password twice",
        ),
        WrongAnswer(
            "def make_password(length):\n"
            "    random.seed(secrets.randbits(64))\n"
            '    return "".join(random.choices(ALPHABET, k=length))',
            says="draws from a generator that computes",
        ),
        WrongAnswer(
            "def make_password(length):\n"
            "    generator = random.Random(11)\n"
            '    return "".join(generator.choice(ALPHABET) for _ in range(length))',
            says="the same password more than once",
        ),
        WrongAnswer(
            _Q5 % '"".join(generator.choice(ALPHABET) for _ in range(length))',
            says="draws from a generator that computes",
        ),
        WrongAnswer(
            "def make_password(length):\n"
            "    mine = random.Random()\n"
            '    return "".join(mine.choice(ALPHABET) for _ in range(length))',
            says="draws from a generator that computes",
        ),
        WrongAnswer(
            _Q5 % "[secrets.choice(ALPHABET) for _ in range(length)]", says="should be one text"
        ),
        WrongAnswer(_Q5 % "secrets.token_urlsafe(length)", says="`make_password(11)` returned 15"),
        WrongAnswer(_Q5 % "secrets.token_hex(length)[:length]", says="only 16 different"),
        WrongAnswer(
            _Q5 % 'secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") + '
            '"".join(secrets.choice(ALPHABET) for _ in range(length - 1))',
            says="At place 1",
        ),
        WrongAnswer(_Q5 % "secrets.choice(ALPHABET)", says="returned 1 characters"),
        WrongAnswer(_Q5 % "secrets.token_urlsafe(length)[:length]", says="never stood a `!`"),
        WrongAnswer(
            "def make_password():\n    return secrets.token_urlsafe(20)", says="stopped with"
        ),
        WrongAnswer(
            _Q5 % '"".join(secrets.choice(string.printable) for _ in range(length))',
            says="not in `ALPHABET`",
        ),
    ),
)


# The quiz ---------------------------------------------------------------------------------------

quiz1 = Quiz(
    name="nb01.quiz1",
    question=(
        "An access key of root's was pushed to a public repository. What stops whoever finds it?"
    ),
    options={
        "a": Option(
            "A new password for root.",
            "A key does not know the password. It goes on working.",
        ),
        "b": Option(
            "MFA for root.",
            "MFA guards the sign-in on the console. The key is never asked for a code.",
        ),
        "c": Option(
            "Making the key inactive, then deleting it.",
            "Yes, and at once: whoever looks for keys in public repositories is fast.",
            right=True,
        ),
        "d": Option(
            "A policy with a Deny for everything, in a group that all users are in.",
            "It stops the users. Root is no user, and in no group.",
        ),
    },
)

quiz2 = Quiz(
    name="nb01.quiz2",
    question="What can refuse a call of the root user of an organization's management account?",
    options={
        "a": Option(
            "A service control policy.",
            "It binds member accounts only. The management account is outside.",
        ),
        "b": Option(
            "A permissions boundary.",
            "It is set on a user or a role, and root is neither.",
        ),
        "c": Option(
            "A Deny in the policy of a bucket, when root reads a file in it.",
            "Yes, until root takes that policy away again, which nobody can forbid.",
            right=True,
        ),
        "d": Option(
            "The account's password policy, when root chooses a password.",
            "It is for IAM users. Root's password has AWS's own rules.",
        ),
    },
)

quiz3 = Quiz(
    name="nb01.quiz3",
    question="Which password takes the most guesses?",
    options={
        "a": Option(
            "`P@ssw0rd2027!`",
            "A word from the list, with a year and a mark: guessers try such endings at once.",
        ),
        "b": Option(
            "8 characters of all kinds, drawn by chance",
            "About 52 bits. Another one on this list has more.",
        ),
        "c": Option(
            "12 small letters, drawn by chance",
            "Yes, about 56 bits: four more places are worth more than the symbols.",
            right=True,
        ),
        "d": Option(
            "`iloveyouiloveyou`",
            "Long, but not by chance: a listed password, twice.",
        ),
    },
)

quiz4 = Quiz(
    name="nb01.quiz4",
    question=(
        "You raise the least length from 8 to 15. The analyst's password has 9 characters. What "
        "happens to it?"
    ),
    options={
        "a": Option(
            "It works on, until the analyst changes it.",
            "Yes. The policy looks at a password in the moment in which it is set.",
            right=True,
        ),
        "b": Option(
            "The next sign-in asks for a new one.",
            "That would be so if you had let passwords expire, or asked for a reset.",
        ),
        "c": Option(
            "The analyst is locked out.",
            "Nobody is. A password that is already set is not looked at again.",
        ),
    },
)
