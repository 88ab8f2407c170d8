"""Exercises of notebook 08, find unused permissions."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from typing import Any

import pandas as pd

from helpers.exercises.answers import LAB, names
from helpers.exercises.exercise import Exercise, WrongAnswer
from helpers.exercises.outcome import NotAttempted
from helpers.exercises.quiz import Option, Quiz
from helpers.policy import Policies, Request, effective_permissions, evaluate

ACCOUNT = "111122223333"


def _arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:{name}"


def work(lab: Any) -> pd.DataFrame:
    """Every job of the company, done once more with the policies of today; a row a job."""
    from helpers.lab.scenarios.ninety_days import jobs

    table = pd.DataFrame([job.row for job in jobs(lab)]).set_index("job")
    return table.loc[:, (table != "").any()]


def _broken(lab: Any) -> str | None:
    """What is said of the first job that does not work any more."""
    for job, row in work(lab).to_dict("index").items():
        if row["outcome"].startswith("✖"):
            return (
                f"The job *{job}* of {row['who']} does not work any more. It broke at "
                f"`{row['broken at']}`: {row['stopped by']}."
            )
    return None


# q1: who has not been seen -----------------------------------------------------------------------

SILENT = frozenset({"consultant", "migration"})
USERS = frozenset({"admin", "analyst", "backup", "builder", "consultant", "scheduler", "tester"})
ROLES = frozenset({"deploy", "inventory", "migration", "restore", "webserver"})


def _silent(answer: frozenset[str]) -> str | None:
    found = {name.rpartition("/")[2] for name in answer}
    for name in sorted(found - USERS - ROLES - {"root"}):
        return f"`{name}` is no user or role of this account."
    for name in sorted(found - SILENT):
        return f"`{name}` made a call within the last 45 days of the record."
    missing = len(SILENT - found)
    if not found:
        return f"The list is empty, and {missing} are missing."
    if missing:
        return (
            f"All in the list are right, and {missing} more {'is' if missing == 1 else 'are'} "
            "missing. Whoever did nothing at all is in no record of what was done."
        )
    return None


q1 = Exercise(
    name="nb08.q1",
    title="Who has not been seen?",
    question=(
        "A common rule says: what was not used for **45 days** is to be looked into. Which users "
        "and roles made no call in the last 45 days of the record? Put their names into the list "
        "`silent`."
    ),
    expects=names('["analyst", "deploy"]'),
    stub='silent = ["..."]',
    model_answer='silent = ["consultant", "migration"]',
    rule=_silent,
    explanation=(
        "The consultant left ten weeks ago and can still get in. The role `migration` was never "
        "assumed, so that the record does not know it: only the list of all users and roles does."
    ),
    hints=(
        "Look at the column `days ago`.",
        "The table has only those who made a call. `account.entities` has all.",
        'Compare the two: `set(everybody) - set(who.index)`, with names like `"user/admin"`.',
    ),
    wrong_answers=(
        WrongAnswer('silent = ["consultant"]', says="1 more is missing"),
        WrongAnswer(
            'silent = ["consultant", "migration", "restore"]', says="`restore` made a call"
        ),
        WrongAnswer('silent = ["consultant", "webserver"]', says="`webserver` made a call"),
        WrongAnswer('silent = ["nobody"]', says="no user or role of this account"),
    ),
)


# q2: what may go ---------------------------------------------------------------------------------

# letter → what is granted, whether it may go, what is said to whoever is wrong about it
RIGHTS: dict[str, tuple[str, bool, str]] = {
    "a": ("`backup`: `kms:Decrypt`", True, "`a`: the record would show it, and does not."),
    "b": ("`builder`: `iam:PassRole`", False, "`b`: three machines were started with a role."),
    "c": (
        "`analyst`: `cloudwatch:GetDashboard`",
        False,
        "`c`: look at since when the analyst has it.",
    ),
    "d": (
        "`tester`: `dynamodb:GetItem`",
        False,
        "`d`: would the record show it at all? It has no data events of that service.",
    ),
    "e": ("`tester`: `ec2:RunInstances`", True, "`e`: the record would show it, and does not."),
    "f": ("`restore`: `s3:PutObject`", False, "`f`: it was used, though only once."),
}


def _may_go(answer: frozenset[str]) -> str | None:
    letters = {name.strip(" .)").lower(): name for name in answer}
    for letter in sorted(letters.keys() - RIGHTS.keys()):
        return f"`{letters[letter]}` is none of the six letters."
    for letter, (_, may_go, feedback) in RIGHTS.items():
        if letter in letters and not may_go:
            return feedback
    missing = {letter for letter, (_, may_go, _) in RIGHTS.items() if may_go} - letters.keys()
    if not letters:
        return f"The list is empty. There are {len(missing)} missing."
    return "All in the list are right. There is 1 more missing." if missing else None


q2 = Exercise(
    name="nb08.q2",
    title="What may go?",
    question=(
        "Six rights that somebody has. Of which of them does the record say that they were **not "
        "used**, so that they may be taken away? Put the letters into the list `may_go`.\n\n"
        + "\n".join(f"- **{letter}** · {words}" for letter, (words, _, _) in RIGHTS.items())
    ),
    expects=names('["a", "f"]'),
    stub='may_go = ["..."]',
    model_answer='may_go = ["a", "e"]',
    rule=_may_go,
    explanation=(
        "Two are unused. Two were used, and one of these left no event of its own name. Of the "
        "last two nobody can tell: one is a week old, of the other there would be no event."
    ),
    hints=(
        "`table` has a line for each of the six: look at its `verdict`.",
        'For example: `table[(table["who"] == "user/backup") & (table["action"] == '
        '"kms:Decrypt")]`.',
        "Only the verdict `unused` says that a right was not used.",
    ),
    wrong_answers=(
        WrongAnswer('may_go = ["a"]', says="is 1 more missing"),
        WrongAnswer('may_go = ["a", "b", "e"]', says="`b`: three machines"),
        WrongAnswer('may_go = ["a", "c", "e"]', says="since when"),
        WrongAnswer('may_go = ["a", "d", "e"]', says="data events"),
    ),
)


# q3: clear away ----------------------------------------------------------------------------------

LEAVER, UNUSED_ROLE = "consultant", "migration"


def _keys(iam: Any, user: str) -> Iterator[tuple[str, bool, bool]]:
    """(id, whether it is active, whether it was ever used) of a user's access keys."""
    for key in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]:
        used = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
        yield key["AccessKeyId"], key["Status"] == "Active", "LastUsedDate" in used


def _users(iam: Any) -> set[str]:
    return {user["UserName"] for user in iam.list_users()["Users"]}


def _roles(iam: Any) -> set[str]:
    return {role["RoleName"] for role in iam.list_roles()["Roles"]}


def _has_password(iam: Any, user: str) -> bool:
    try:
        iam.get_login_profile(UserName=user)
    except iam.exceptions.NoSuchEntityException:
        return False
    return True


def _open(lab: Any) -> dict[str, str]:
    """What is still there of what is to go: what it is → what is said of it."""
    iam = lab.root.client("iam")
    users, found = _users(iam), {}
    if LEAVER in users and _has_password(iam, LEAVER):
        found["password"] = "The consultant can still sign in: there is a password."
    if LEAVER in users and any(active for _, active, _ in _keys(iam, LEAVER)):
        found["leaver"] = "An access key of the consultant's is still active."
    for user in ("admin", "backup"):
        if any(active and not used for _, active, used in _keys(iam, user)):
            found[user] = f"The user `{user}` still has an active access key that was never used."
    if UNUSED_ROLE in _roles(iam):
        found["role"] = f"The role `{UNUSED_ROLE}` is still there."
    return found


def _cleared(lab: Any) -> str | None:
    left = _open(lab)
    if len(left) == 5:
        raise NotAttempted("Nothing has gone yet.")
    iam = lab.root.client("iam")
    for user in sorted(USERS - {LEAVER} - _users(iam)):
        return f"The user `{user}` is gone, and works here."
    if not any(active and used for _, active, used in _keys(iam, "backup")):
        return "The key that the program `backup` works with every night is not active any more."
    return next(iter(left.values()), None) or _broken(lab)


_CLEAR = """leaver = "consultant"
try_call(iam.delete_login_profile, UserName=leaver)
for name in [leaver, "admin", "backup"]:
    for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        last = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
        if name == leaver or "LastUsedDate" not in last["AccessKeyLastUsed"]:
            iam.update_access_key(
                UserName=name, AccessKeyId=key["AccessKeyId"], Status="Inactive")
try_call(iam.delete_role_policy, RoleName="migration", PolicyName="Migrate")
try_call(iam.delete_role, RoleName="migration")"""


def _clear(lab: Any) -> None:
    from helpers.lab.scenarios.house import PASSWORDS
    from helpers.lab.scenarios.ninety_days import put_back

    iam = lab.root.client("iam")
    if "admin" in _users(iam) and not _has_password(iam, "admin"):
        iam.create_login_profile(UserName="admin", Password=PASSWORDS["admin"])
    if LEAVER in _users(iam) and _has_password(iam, LEAVER):
        iam.delete_login_profile(UserName=LEAVER)
    for user in sorted(USERS & _users(iam)):
        for key, active, used in list(_keys(iam, user)):
            wanted = used and user != LEAVER
            if active is not wanted:
                status = "Active" if wanted else "Inactive"
                iam.update_access_key(UserName=user, AccessKeyId=key, Status=status)
    if UNUSED_ROLE in _roles(iam):
        for policy in iam.list_role_policies(RoleName=UNUSED_ROLE)["PolicyNames"]:
            iam.delete_role_policy(RoleName=UNUSED_ROLE, PolicyName=policy)
        iam.delete_role(RoleName=UNUSED_ROLE)
    put_back(lab, sorted(ROLES - {UNUSED_ROLE}))


q3 = Exercise(
    name="nb08.q3",
    title="Clear away",
    question=(
        "Take away what nobody needs, and nothing else:\n\n"
        "- the consultant gets in by no way: no password "
        "(`iam.delete_login_profile(UserName=…)`), no active access key\n"
        "- no user has an active access key that was never used: `admin` has one, and `backup` "
        "has one beside the key that it works with "
        '(`iam.update_access_key(UserName=…, AccessKeyId=…, Status="Inactive")`)\n'
        "- the role `migration` is gone (`iam.delete_role_policy(RoleName=…, PolicyName="
        '"Migrate")`, then `iam.delete_role(RoleName=…)`)\n\n'
        "The check looks at the account and does every job once more."
    ),
    expects=LAB,
    stub='leaver = "consultant"',
    model_answer=_CLEAR,
    rule=_cleared,
    explanation=(
        "A key that is inactive can be made active again, should somebody miss it. What nobody "
        "missed for some weeks you delete. The role had to lose its policy first."
    ),
    hints=(
        "Which key is which? `iam.get_access_key_last_used(AccessKeyId=…)` has a `LastUsedDate` "
        "only where the key was used.",
        "A role can be deleted when it has no policies any more.",
        "Go through the users with `for name in [...]`, and through the keys of each with a "
        "second `for`.",
    ),
    wrong_answers=(
        WrongAnswer(
            'leaver = "consultant"\ntry_call(iam.delete_login_profile, UserName=leaver)',
            says="of the consultant's",
        ),
        WrongAnswer(
            _CLEAR + '\ntry_call(iam.delete_role_policy, RoleName="restore", PolicyName="Restore")',
            says="The job *restore, once a quarter*",
        ),
    ),
    reach=_clear,
    reached="The consultant is shut out, unused keys are inactive, and the role is gone.",
)


# q4: the developers' policy ----------------------------------------------------------------------

GROUP, POLICY_NAME = "developers", "Develop"
BUILDER = _arn("user/builder")
NEEDED = frozenset(
    {
        "ec2:DescribeInstanceStatus",
        "ec2:DescribeVolumes",
        "ec2:RunInstances",
        "ec2:TerminateInstances",
        "iam:PassRole",
        "s3:ListBucket",
        "s3:PutObject",
    }
)
# Their roles' trust policies name the builder, so that it is not needed; it does no harm.
HARMLESS = frozenset({"sts:AssumeRole", "sts:GetCallerIdentity"})

_ELSEWHERE = (
    (
        "iam:PassRole",
        _arn("role/inventory"),
        "hand a machine the role `inventory`, which may do all",
    ),
    ("s3:PutObject", "arn:aws:s3:::payroll/2026.csv", "write over the payroll"),
    ("s3:ListBucket", "arn:aws:s3:::payroll", "list the payroll"),
    (
        "iam:PassRole",
        _arn("role/webserver-admin"),
        "hand a machine a role whose name only begins like `webserver`",
    ),
    (
        "s3:PutObject",
        "arn:aws:s3:::reports-of-others/a.csv",
        "write to a bucket whose name only begins like `reports`",
    ),
    (
        "s3:ListBucket",
        "arn:aws:s3:::reports-of-others",
        "list a bucket whose name only begins like `reports`",
    ),
)


def _policies_of(iam: Any) -> list[tuple[str, dict[str, Any]]]:
    """What the group and its members have, as (name, document)."""
    found = [
        (name, iam.get_group_policy(GroupName=GROUP, PolicyName=name)["PolicyDocument"])
        for name in iam.list_group_policies(GroupName=GROUP)["PolicyNames"]
    ]
    for policy in iam.list_attached_group_policies(GroupName=GROUP)["AttachedPolicies"]:
        arn = policy["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        answer = iam.get_policy_version(PolicyArn=arn, VersionId=version)
        found.append((policy["PolicyName"], answer["PolicyVersion"]["Document"]))
    return found


def _actions(document: dict[str, Any]) -> Any:
    """The actions of a policy of one statement, which may stand in a list or by itself."""
    statements = document["Statement"]
    listed = statements if isinstance(statements, list) else [statements]
    return listed[0].get("Action") if len(listed) == 1 else None


def _developers(lab: Any) -> str | None:
    from helpers.lab.scenarios.ninety_days import POLICIES

    iam = lab.root.client("iam")
    policies = _policies_of(iam)
    first = POLICIES[f"group/{GROUP}"][POLICY_NAME]
    if len(policies) == 1 and _actions(policies[0][1]) == first:
        raise NotAttempted("The group's policy is still the old one.")
    if said := _broken(lab):
        return said
    given = Policies(identity=list(policies))
    extra = {row.action for row in effective_permissions(given)} - NEEDED - HARMLESS
    if extra:
        example = min(extra, key=lambda action: (action not in _TELLING, action))
        return (
            f"All jobs work. But the group allows {len(extra):,} more "
            f"action{'s' * (len(extra) > 1)} than they need, such as `{example}`."
        )
    for action, resource, words in _ELSEWHERE:
        if evaluate(Request(action, resource, BUILDER), given).allowed:
            return f"All jobs work, and with no action too many. But the builder can {words}."
    return None


_TELLING = frozenset(
    {"s3:DeleteBucket", "dynamodb:DeleteTable", "iam:ListUsers", "ec2:StopInstances"}
)

_DEVELOP = """policy = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Resource": "*", "Action": [
        "ec2:DescribeInstanceStatus", "ec2:DescribeVolumes",
        "ec2:RunInstances", "ec2:TerminateInstances"]},
    {"Effect": "Allow", "Action": "iam:PassRole",
     "Resource": "arn:aws:iam::111122223333:role/webserver"},
    {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::reports"},
    {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::reports/*"}]}
iam.put_group_policy(
    GroupName="developers", PolicyName="Develop", PolicyDocument=json.dumps(policy))"""

SMALL = ast.literal_eval(_DEVELOP.partition(" = ")[2].rpartition("\niam.")[0])
"""The policy of the model answer."""


def _shrink(lab: Any) -> None:
    iam = lab.root.client("iam")
    for policy in iam.list_attached_group_policies(GroupName=GROUP)["AttachedPolicies"]:
        iam.detach_group_policy(GroupName=GROUP, PolicyArn=policy["PolicyArn"])
    for name in iam.list_group_policies(GroupName=GROUP)["PolicyNames"]:
        if name != POLICY_NAME:
            iam.delete_group_policy(GroupName=GROUP, PolicyName=name)
    iam.put_group_policy(GroupName=GROUP, PolicyName=POLICY_NAME, PolicyDocument=json.dumps(SMALL))


q4 = Exercise(
    name="nb08.q4",
    title="A policy for the developers",
    question=(
        "The builder and the tester have their rights from the group `developers`. Write the "
        "group a smaller policy: all jobs go on, and no other action is allowed. Keep "
        "`iam:PassRole` to the role `webserver`, and what is done in S3 to the bucket `reports`. "
        'The call is `iam.put_group_policy(GroupName="developers", PolicyName="Develop", '
        "PolicyDocument=json.dumps(policy))`."
    ),
    expects=LAB,
    stub='policy = {"Version": "2012-10-17", "Statement": [...]}',
    model_answer=_DEVELOP,
    rule=_developers,
    explanation=(
        "Seven actions are left of more than 1,600. The builder can hand a machine the role "
        "`webserver` and no other, least of all `inventory`, which may do everything."
    ),
    hints=(
        'Which actions? `table[(table["verdict"] == "used") & table["who"].isin(["user/builder", '
        '"user/tester"])]` has them.',
        "Actions of EC2 can stay on `*`. PassRole, ListBucket and PutObject need a statement each, "
        "with a resource each.",
        "`s3:ListBucket` is done on `arn:aws:s3:::reports`, `s3:PutObject` on "
        "`arn:aws:s3:::reports/*`.",
    ),
    wrong_answers=(
        WrongAnswer(
            _DEVELOP.replace('"ec2:RunInstances"', '"ec2:*"'), says="more actions than they need"
        ),
        WrongAnswer(
            _DEVELOP.replace("iam:PassRole", "iam:GetRole"), says="The job *a web server on trial*"
        ),
    ),
    reach=_shrink,
    reached="The group `developers` allows seven actions.",
)


quiz1 = Quiz(
    name="nb08.quiz1",
    question="An analyzer that looks back 30 days calls the role `restore` unused. What now?",
    options={
        "a": Option(
            "Delete it: what was not used for a month is not needed.",
            "It is needed at the end of each quarter, and on the day on which data are lost.",
        ),
        "b": Option(
            "Ask whoever owns it, and look back further before you judge.",
            "A finding is a question. Who owns a role stands in its tags, if somebody wrote it "
            "there.",
            right=True,
        ),
        "c": Option(
            "Nothing: Access Analyzer is wrong.",
            "It says what is true, that nobody used the role for 30 days. What follows, people "
            "decide.",
        ),
    },
)

quiz2 = Quiz(
    name="nb08.quiz2",
    question="A trail records no data events. What can you say of `s3:GetObject`?",
    options={
        "a": Option(
            "It is unused: there is no event of it.",
            "There would be none either if thousands of files were read each day.",
        ),
        "b": Option(
            "It is used: everybody reads files.",
            "Perhaps. The record does not say so.",
        ),
        "c": Option(
            "Nothing, from this record.",
            "What is not recorded is not unused. Switch data events on for a while, or ask.",
            right=True,
        ),
    },
)

quiz3 = Quiz(
    name="nb08.quiz3",
    question=(
        "The tester tried `iam:CreateUser` last week and was denied. What does IAM's *last "
        "accessed* information say of the service IAM?"
    ),
    options={
        "a": Option(
            "that it was accessed last week",
            "An attempt counts, also one that was denied. A record tells the two apart.",
            right=True,
        ),
        "b": Option(
            "that it was never accessed",
            "So one would think. But it counts attempts, whatever came of them.",
        ),
        "c": Option(
            "that it was accessed and denied",
            "It holds a date and no outcome.",
        ),
    },
)

quiz4 = Quiz(
    name="nb08.quiz4",
    question="What makes you sure that a smaller policy breaks nothing?",
    options={
        "a": Option(
            "It allows all that the record shows.",
            "That is a good start. But the record may be too short, or lack data events.",
        ),
        "b": Option(
            "All jobs were done once more with it, also those of a quarter's end.",
            "As sure as you can be. And you keep the old policy's version, to go back to.",
            right=True,
        ),
        "c": Option(
            "Access Analyzer recommended it.",
            "It goes by what was used. A job that has yet to come is not in there.",
        ),
    },
)
