"""Exercises of notebook 99, title of the notebook."""

from __future__ import annotations

from typing import Any

from helpers.exercises.answers import LAB, NUMBER, POLICY, TEXT
from helpers.exercises.behaviour import decides
from helpers.exercises.exercise import Exercise, WrongAnswer
from helpers.exercises.outcome import NotAttempted
from helpers.exercises.quiz import Option, Quiz

ANALYST = "arn:aws:iam::111122223333:user/analyst"
REPORT = "arn:aws:s3:::reports/2026.txt"

# q1: a text ------------------------------------------------------------------------------------


def _action(answer: str) -> str | None:
    if answer.casefold() == "s3:putobject":
        return None
    if answer.casefold() == "s3:getobject":
        return "That call was allowed. Take the other one."
    if ":" not in answer:
        return f"`{answer}` is no action of a policy: those begin with the service and a colon."
    return f"The account was not asked for `{answer}`. Read the sentence of the refusal again."


q1 = Exercise(
    name="nb99.q1",
    title="What was refused?",
    question="Which action was refused? Put it into `action`, as a policy would call it.",
    expects=TEXT,
    stub="action = ...",
    model_answer='action = "s3:PutObject"',
    rule=_action,
    explanation="boto3 says `put_object`; policies and CloudTrail say `PutObject`.",
    hints=(
        "The refusal says it, behind *is not authorized to perform*.",
        "It begins with `s3:`.",
    ),
    wrong_answers=(
        WrongAnswer('action = "put_object"', says="no action of a policy"),
        WrongAnswer('action = "s3:GetObject"', says="was allowed"),
        WrongAnswer('action = "s3:DeleteObject"', says="was not asked"),
    ),
)


# q2: a policy ----------------------------------------------------------------------------------

CASES = (
    ({"action": "s3:PutObject", "resource": REPORT}, "allowed", "the analyst writes a report"),
    ({"action": "s3:DeleteObject", "resource": REPORT}, "denied", "the analyst deletes a report"),
    (
        {"action": "s3:PutObject", "resource": "arn:aws:s3:::payroll/2026.csv"},
        "denied",
        "the analyst writes the payroll",
    ),
)

q2 = Exercise(
    name="nb99.q2",
    title="Let the analyst write reports",
    question=(
        "Write a policy that lets the analyst put files into the bucket `reports`, and nothing "
        "else."
    ),
    expects=POLICY,
    stub='policy = {"Version": "2012-10-17", "Statement": [...]}',
    model_answer="""\
policy = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::reports/*"}]}""",
    rule=lambda policy: decides(policy, CASES, common={"principal": ANALYST}),
    explanation="The files of a bucket are `reports/*`; the bucket itself is another resource.",
    hints=(
        "One statement is enough: an effect, an action, a resource.",
        "The action is the one of the first exercise.",
        "The resource ends in `/*`.",
    ),
    wrong_answers=(
        WrongAnswer(
            'policy = {"Version": "2012-10-17", "Statement": [\n'
            '    {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::reports/*"}]}',
            says="deletes a report: allowed, should be denied",
        ),
        WrongAnswer(
            'policy = {"Version": "2012-10-17", "Statement": [\n'
            '    {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}]}',
            says="writes the payroll: allowed, should be denied",
        ),
    ),
)


# q3: the account -------------------------------------------------------------------------------


TEAM = {"Key": "team", "Value": "payroll"}


def _tags(lab: Any, user: str) -> list[dict[str, str]]:
    return lab.root.client("iam").list_user_tags(UserName=user)["Tags"]


def _tagged(lab: Any) -> str | None:
    if TEAM in _tags(lab, "analyst"):
        return None
    if TEAM in _tags(lab, "admin"):
        return "The tag is there, but at the user `admin`."
    if not _tags(lab, "analyst"):
        raise NotAttempted("The analyst has no tag yet.")
    return "The analyst has a tag, but not with that key and that value."


def _tag(lab: Any) -> None:
    lab.root.client("iam").tag_user(UserName="analyst", Tags=[TEAM])


q3 = Exercise(
    name="nb99.q3",
    title="Whose team?",
    question="Give the analyst the tag `team` with the value `payroll`.",
    expects=LAB,
    stub="...",
    model_answer=('iam.tag_user(UserName="analyst", Tags=[{"Key": "team", "Value": "payroll"}])'),
    rule=_tagged,
    explanation="A policy can ask for the tag of its caller: `aws:PrincipalTag/team`.",
    hints=(
        "The method of the client `iam` is called as the action is, `iam:TagUser`.",
        '`Tags` is a list of dicts, each with `"Key"` and `"Value"`.',
    ),
    wrong_answers=(
        WrongAnswer(
            'iam.tag_user(UserName="analyst", Tags=[{"Key": "team", "Value": "Payroll"}])',
            says="not with that key and that value",
        ),
        WrongAnswer(
            'iam.tag_user(UserName="admin", Tags=[{"Key": "team", "Value": "payroll"}])',
            says="at the user `admin`",
        ),
    ),
    reach=_tag,
    reached="The analyst has the tag `team`, with the value `payroll`.",
)


# q4: a number ----------------------------------------------------------------------------------


def _without_mfa(answer: float) -> str | None:
    if answer == 2:
        return None
    if answer == 1:
        return "That is one of them. `list_users` names all users of the account."
    return f"You counted {answer}. Ask for the devices of each user in turn."


q4 = Exercise(
    name="nb99.q4",
    title="Who has no second factor?",
    question="How many users of the account have no MFA device? Put the number into `without_mfa`.",
    expects=NUMBER,
    stub="without_mfa = ...",
    model_answer="""\
users = [user["UserName"] for user in iam.list_users()["Users"]]
devices = [iam.list_mfa_devices(UserName=name)["MFADevices"] for name in users]
without_mfa = devices.count([])""",
    rule=_without_mfa,
    explanation="Neither of the two users has one. The root user would count for itself.",
    hints=(
        "`iam.list_users()` names the users.",
        "`iam.list_mfa_devices(UserName=name)` lists one user's devices.",
    ),
    wrong_answers=(
        WrongAnswer("without_mfa = 1", says="one of them"),
        WrongAnswer("without_mfa = 0", says="You counted 0"),
    ),
)


quiz1 = Quiz(
    name="nb99.quiz1",
    question="A user has no policy at all. What may the user do?",
    options={
        "a": Option("nothing that a policy has to allow", "What nobody allows is denied.", True),
        "b": Option("read, but not write", "Reading needs an Allow as well."),
        "c": Option("everything", "That is the root user. A user begins with nothing."),
    },
)

quiz2 = Quiz(
    name="nb99.quiz2",
    question="What does a policy that allows `s3:PutObject` on `reports/*` let its holder do?",
    options={
        "a": Option("delete the files of `reports`", "Deleting is an action of its own."),
        "b": Option("overwrite a file of `reports`", "A file of the same name is replaced.", True),
        "c": Option("make the bucket `reports`", "The bucket is another resource and action."),
    },
)

quiz3 = Quiz(
    name="nb99.quiz3",
    question="Where do you look for who made a call last night?",
    options={
        "a": Option("in the policies", "They say who may, not who did."),
        "b": Option("in the credential report", "It says when a key was last used, not for what."),
        "c": Option("in CloudTrail's event history", "One event for each call.", True),
    },
)
