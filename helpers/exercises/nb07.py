"""Exercises of notebook 07, least privilege."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any

import pandas as pd

from helpers.exercises.answers import LAB, POLICY, names
from helpers.exercises.behaviour import decides, refused
from helpers.exercises.exercise import Exercise, WrongAnswer
from helpers.exercises.outcome import NotAttempted
from helpers.exercises.quiz import Option, Quiz
from helpers.policy import Policies, Request, catalogue, evaluate

ACCOUNT = "111122223333"
OFFICE = "203.0.113.0/24"
S3 = "arn:aws:s3:::"


def _user(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:user/{name}"


def _role(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def _policy(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:policy/{name}"


def _document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


ADMINISTRATOR = _document({"Effect": "Allow", "Action": "*", "Resource": "*"})

# What the notebook replays -----------------------------------------------------------------------


def replay(lab: Any, program: str = "reporter") -> pd.DataFrame:
    """A night's work of ``program``, an accident and an attack with its key, and what came of each.

    Every step is a call of boto3's. Whatever it changed is put back afterwards.
    """
    from helpers.lab.attacks.stolen_key import Keepsake, accident, expel, stolen_key
    from helpers.lab.scenarios.office import bring_hours, nightly_import, nightly_report

    s3 = lab.root.client("s3")
    caller, keepsake = lab.caller(program), Keepsake(s3, "payroll", "reports", "incoming")
    night = _next_first(lab)
    bring_hours(s3, night)
    work = nightly_import if program == "importer" else nightly_report
    parts = {
        "work": work(caller.client("s3"), night),
        "accident": accident(caller, "payroll", "2025.csv"),
    }
    keepsake.restore()
    parts["attack"] = stolen_key(caller, "payroll", "2026.csv")
    if any(step.worked for step in parts["attack"]):
        expel(lab.root)
    rows = [{"part": part, **step.row} for part, steps in parts.items() for step in steps]
    return pd.DataFrame(rows).set_index(["part", "step"])


def _next_first(lab: Any) -> Any:
    """The next first of a month, on which the programs do all that they ever do."""
    night = (lab.clock.now + timedelta(days=1)).replace(hour=2, minute=0, second=0)
    while night.day != 1:
        night += timedelta(days=1)
    return night


HELPDESK = "Helpdesk"
EDGE = "StaffEdge"


def ways_up(lab: Any) -> pd.DataFrame:
    """Each right alone in the helpdesk's hands: whether it makes an administrator of them.

    The helpdesk has nothing but the one right while it is tried, and nothing afterwards.
    """
    from helpers.lab.attacks.escalation import WAYS, Target, escalate

    iam = lab.root.client("iam")
    _set_policy(iam, HELPDESK, ["iam:ListUsers"])
    iam.attach_user_policy(UserName="helpdesk", PolicyArn=_policy(HELPDESK))
    target = Target(lab.accounts[lab.account.id], "helpdesk", _policy(HELPDESK))
    rows = []
    for way in WAYS:
        one = _document({"Effect": "Allow", "Action": list(way.right), "Resource": "*"})
        iam.put_user_policy(
            UserName="helpdesk", PolicyName="OneRight", PolicyDocument=json.dumps(one)
        )
        (step,) = escalate(target, [way])
        rows.append({"the right alone": ", ".join(way.right), **step.row})
    iam.delete_user_policy(UserName="helpdesk", PolicyName="OneRight")
    return _table(rows, "the right alone")


def ways_out(lab: Any) -> pd.DataFrame:
    """The helpdesk, with the rights that it has now, tries every way up and around the boundary."""
    from helpers.lab.attacks.escalation import AROUND_A_BOUNDARY, WAYS, Target, escalate

    account, iam = lab.accounts[lab.account.id], lab.root.client("iam")
    if EDGE not in _own_policies(iam):
        _set_policy(iam, EDGE, ["s3:Get*", "s3:List*"])
    target = Target(account, "helpdesk", _policy(EDGE), path="/staff/")
    steps = escalate(target, (*WAYS, *AROUND_A_BOUNDARY))
    return _table([step.row for step in steps], "step")


def _table(rows: list[dict[str, str]], index: str) -> pd.DataFrame:
    table = pd.DataFrame(rows).set_index(index)
    return table.loc[:, (table != "").any()]


def _own_policies(iam: Any) -> set[str]:
    return {policy["PolicyName"] for policy in iam.list_policies(Scope="Local")["Policies"]}


def _set_policy(iam: Any, name: str, actions: list[str], resource: Any = "*") -> None:
    """A managed policy that allows these actions, whatever it said before."""
    document = json.dumps(_document({"Effect": "Allow", "Action": actions, "Resource": resource}))
    if name not in _own_policies(iam):
        iam.create_policy(PolicyName=name, PolicyDocument=document)
        return
    arn = _policy(name)
    for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)


# More than the job needs -------------------------------------------------------------------------

TELLING = (
    "iam:CreateUser",
    "iam:ListUsers",
    "s3:DeleteObject",
    "s3:PutObject",
    "s3:GetObject",
    "s3:ListBucket",
    "iam:DeleteRolePermissionsBoundary",
    "ec2:RunInstances",
)
"""Actions that are tried first, for they say most to a beginner."""

ALWAYS = frozenset({"sts:GetCallerIdentity"})
"""What no policy can keep anybody from."""

# A role and a key let somebody in only where their own policy does, too. So that the answer is
# what decides, these two leave it to the account's policies.
_DELEGATED = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
LEAVE_IT_TO_THE_ACCOUNT = {
    "sts": _document({**_DELEGATED, "Action": "sts:AssumeRole"}),
    "kms": _document({**_DELEGATED, "Action": "kms:*", "Resource": "*"}),
}

May = Callable[[str, str], bool]


def _only(*pairs: tuple[str, str]) -> May:
    """A job: actions, each with the resources (a pattern) that it is needed on."""

    def may(action: str, resource: str) -> bool:
        return any(action == one and fnmatchcase(resource, on) for one, on in pairs)

    return may


def _beyond(
    answer: Any, principal: str, may: May, on: Mapping[str, tuple[str, ...]], context: Any
) -> str | None:
    """The first action of all that AWS has which works and is not part of the job.

    ``on`` has the resources of the story by their kinds; of other kinds one example is tried.
    """
    alone = Policies(identity=[answer])
    with_theirs = {
        service: Policies(identity=[answer], resource=resource)
        for service, resource in LEAVE_IT_TO_THE_ACCOUNT.items()
    }
    for action in _candidates(answer):
        policies = with_theirs.get(action.partition(":")[0], alone)
        for resource in _resources(action, on):
            if may(action, resource) or action in ALWAYS:
                continue
            if evaluate(Request(action, resource, principal, context), policies).allowed:
                return (
                    f"All that is needed works. But `{action}` on `{resource}` works as well, "
                    "and that is no part of the job."
                )
    return None


def _candidates(answer: Any) -> list[str]:
    """The actions that some Allow of a policy may fit, the telling ones first."""
    document = json.loads(answer) if isinstance(answer, str) else answer
    statements = document["Statement"]
    found: dict[str, None] = {}
    for statement in statements if isinstance(statements, list) else [statements]:
        if statement["Effect"] == "Allow":
            patterns = statement.get("Action", "*")
            for pattern in [patterns] if isinstance(patterns, str) else patterns:
                found.update(dict.fromkeys(catalogue.expand(pattern)))
    first = {action: place for place, action in enumerate(TELLING)}
    return sorted(found, key=lambda action: first.get(action, len(first)))


def _resources(action: str, on: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """What an action may be tried on."""
    service = action.partition(":")[0]
    known = {"Partition": "aws", "Region": "us-east-1", "Account": ACCOUNT}
    kinds = sorted(
        catalogue.used_types(action),
        key=lambda kind: (f"{service}:{kind.name}" not in on, not kind.required),
    )
    for kind in kinds:
        if f"{service}:{kind.name}" in on:
            yield from on[f"{service}:{kind.name}"]
        elif template := catalogue.arn_template(service, kind.name):
            yield catalogue.fill(template, known).replace("*", "example")
    if not kinds:
        yield "*"


def _from(address: str | None, **others: str) -> dict[str, Any]:
    """The context of a program's call."""
    context = {
        "aws:SecureTransport": "true",
        "aws:RequestedRegion": "us-east-1",
        "aws:CurrentTime": "2026-12-02T02:00:00Z",
        **others,
    }
    return {**context, "aws:SourceIp": address} if address else context


AT_THE_OFFICE = _from("203.0.113.10")
ELSEWHERE = _from("198.51.100.23")
NOWHERE = _from(None)


# q1: a policy from a description -----------------------------------------------------------------

ARCHIVER = _user("archiver")
ARCHIVERS_JOB = _only(
    ("s3:ListBucket", f"{S3}reports"),
    ("s3:GetObject", f"{S3}reports/*"),
    ("s3:PutObject", f"{S3}archive/reports/*"),
)
BUCKETS = {
    "s3:bucket": (f"{S3}reports", f"{S3}archive", f"{S3}payroll", f"{S3}reports-of-the-board"),
    "s3:object": (
        f"{S3}reports/2026-12-01.txt",
        f"{S3}archive/reports/2026-12-01.txt",
        f"{S3}archive/minutes.txt",
        f"{S3}payroll/2026.csv",
        f"{S3}reports-of-the-board/2026.txt",
    ),
}


def _as(principal: str, action: str, resource: str, context: dict[str, Any]) -> dict[str, Any]:
    return {"action": action, "resource": resource, "principal": principal, "context": context}


def _archives(policy: Any) -> str | None:
    listing, reading, deep, writing = (
        ("s3:ListBucket", f"{S3}reports"),
        ("s3:GetObject", f"{S3}reports/2026-12-01.txt"),
        ("s3:GetObject", f"{S3}reports/2026/q4.txt"),
        ("s3:PutObject", f"{S3}archive/reports/2026-12-01.txt"),
    )
    cases: list[Any] = [
        (_as(ARCHIVER, *listing, AT_THE_OFFICE), "allowed", "listing the bucket `reports`"),
        (_as(ARCHIVER, *reading, AT_THE_OFFICE), "allowed", "reading a report"),
        (_as(ARCHIVER, *deep, _from("203.0.113.200")), "allowed", "a report in a folder"),
        (_as(ARCHIVER, *writing, AT_THE_OFFICE), "allowed", "writing to the archive"),
        (_as(ARCHIVER, *listing, ELSEWHERE), "denied", "listing `reports` from elsewhere"),
        (_as(ARCHIVER, *reading, ELSEWHERE), "denied", "reading a report from elsewhere"),
        (_as(ARCHIVER, *writing, ELSEWHERE), "denied", "writing to the archive from elsewhere"),
        (_as(ARCHIVER, *reading, NOWHERE), "denied", "a call that carries no address"),
    ]
    return decides(policy, cases) or _beyond(
        policy, ARCHIVER, ARCHIVERS_JOB, BUCKETS, AT_THE_OFFICE
    )


_ARCHIVER = """policy = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": %s, "Resource": %s,
         "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": %s,
         "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}},
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": %s%s},
    ],
}"""
_OFFICE_ONLY = ',\n         "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}'
_RIGHT = (
    '"s3:ListBucket"',
    '"arn:aws:s3:::reports"',
    '"arn:aws:s3:::reports/*"',
    '"arn:aws:s3:::archive/reports/*"',
    _OFFICE_ONLY,
)


def _archiver(**changed: str) -> str:
    parts = dict(zip(("action", "bucket", "files", "archive", "condition"), _RIGHT, strict=True))
    return _ARCHIVER % tuple({**parts, **changed}.values())


q1 = Exercise(
    name="nb07.q1",
    title="A policy for the archiver",
    question=(
        "A third program starts tomorrow, the `archiver`. Each evening it lists the bucket "
        "`reports`, reads every file in it, and writes each into the bucket `archive`, always "
        "under `reports/`. It runs in the office, `203.0.113.0/24`. Write its policy: this "
        "works from the office, and nothing else works."
    ),
    expects=POLICY,
    stub="""policy = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": "arn:aws:s3:::reports*",
        }
    ],
}""",
    model_answer=_archiver(),
    rule=_archives,
    explanation=(
        "Three actions, each on its own resource, each under the same condition. One statement "
        "for all three would allow each action on each of the resources."
    ),
    hints=(
        "Three things are done, on three kinds of resources. How many statements is that?",
        "Listing is done on the bucket, `arn:aws:s3:::reports`. Reading is done on its files, "
        "`arn:aws:s3:::reports/*`.",
        'Each statement needs the condition `{"IpAddress": {"aws:SourceIp": ...}}`.',
    ),
    wrong_answers=(
        WrongAnswer(
            'policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": '
            '"s3:*", "Resource": "*"}]}',
            says="from elsewhere: allowed",
        ),
        WrongAnswer(_archiver(action='"s3:ListBuckets"'), says="listing the bucket `reports`"),
        WrongAnswer(
            _archiver(bucket='"arn:aws:s3:::reports/*"'), says="listing the bucket `reports`"
        ),
        WrongAnswer(_archiver(files='"arn:aws:s3:::reports"'), says="reading a report: denied"),
        WrongAnswer(
            _archiver(files='"arn:aws:s3:::reports*"'), says="`arn:aws:s3:::reports-of-the-board/"
        ),
        WrongAnswer(
            _archiver(archive='"arn:aws:s3:::archive/*"'), says="`arn:aws:s3:::archive/minutes.txt`"
        ),
        WrongAnswer(_archiver(condition=""), says="writing to the archive from elsewhere"),
        WrongAnswer(
            'policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": '
            '["s3:ListBucket", "s3:GetObject", "s3:PutObject"], "Resource": '
            '["arn:aws:s3:::reports", "arn:aws:s3:::reports/*", '
            '"arn:aws:s3:::archive/reports/*"], "Condition": {"IpAddress": {"aws:SourceIp": '
            '"203.0.113.0/24"}}}]}',
            says="no part of the job",
        ),
        WrongAnswer('policy = {"Statement": [{"Effect": "allow"}]}', says="cannot be read"),
    ),
)


# q2: a policy from the record --------------------------------------------------------------------

IMPORTER = _user("importer")
IMPORTERS_JOB = _only(
    ("s3:ListBucket", f"{S3}incoming"),
    ("s3:GetObject", f"{S3}incoming/*"),
    ("s3:DeleteObject", f"{S3}incoming/*"),
    ("s3:PutObject", f"{S3}payroll/hours.csv"),
    # Which year's file is last year's changes: reading others of them is neither asked nor wrong.
    ("s3:GetObject", f"{S3}payroll/*"),
)
HOUSE_BUCKETS = {
    "s3:bucket": (f"{S3}incoming", f"{S3}payroll", f"{S3}reports"),
    "s3:object": (
        f"{S3}incoming/2026-12-02.csv",
        f"{S3}payroll/2026.csv",
        f"{S3}payroll/hours.csv",
        f"{S3}reports/2026-12-01.txt",
    ),
}


def _imports(policy: Any) -> str | None:
    tomorrow = f"{S3}incoming/2026-12-02.csv"
    later = f"{S3}incoming/2027-02-28.csv"
    needed = [
        ("s3:ListBucket", f"{S3}incoming", "looking what has come in"),
        ("s3:GetObject", f"{S3}incoming/2026-11-30.csv", "reading a file of the last weeks"),
        ("s3:GetObject", tomorrow, "reading tomorrow's file"),
        ("s3:GetObject", later, "reading a file that comes in February"),
        ("s3:PutObject", f"{S3}payroll/hours.csv", "writing the hours to the payroll"),
        ("s3:DeleteObject", tomorrow, "clearing up tomorrow's file"),
        ("s3:DeleteObject", later, "clearing up in February"),
        ("s3:GetObject", f"{S3}payroll/2025.csv", "what it does on the first of a month"),
    ]
    cases: list[Any] = [
        (_as(IMPORTER, action, resource, AT_THE_OFFICE), "allowed", what)
        for action, resource, what in needed
    ]
    return decides(policy, cases) or _beyond(
        policy, IMPORTER, IMPORTERS_JOB, HOUSE_BUCKETS, AT_THE_OFFICE
    )


_IMPORTER = """policy = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::incoming"},
        {"Effect": "Allow", "Action": %s,
         "Resource": "arn:aws:s3:::incoming/%s"},
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::payroll/%s"},
%s    ],
}"""
_TAKES = '["s3:GetObject", "s3:DeleteObject"]'
_ON_THE_FIRST = (
    '        {"Effect": "Allow", "Action": "s3:GetObject",\n'
    '         "Resource": "arn:aws:s3:::payroll/2025.csv"},\n'
)
_LOOKED = '        {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"},\n'


def _give_importer(lab: Any) -> dict[str, Any]:
    scope: dict[str, Any] = {}
    exec(q2.model_answer, scope)  # the solution as it is shown
    policy: dict[str, Any] = scope["policy"]
    lab.root.client("iam").put_user_policy(
        UserName="importer", PolicyName="Work", PolicyDocument=json.dumps(policy)
    )
    return policy


q2 = Exercise(
    name="nb07.q2",
    title="What the importer needs",
    question=(
        "Write the importer's policy: from the record, but so that it holds tomorrow and in "
        "February as well. A colleague's draft is in the cell. What was done in the afternoon "
        "of 22 November was no work of the program's."
    ),
    expects=POLICY,
    stub="""policy = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["s3:*", "iam:List*"], "Resource": "*"},
    ],
}""",
    model_answer=_IMPORTER % (_TAKES, "*", "hours.csv", _ON_THE_FIRST),
    rule=_imports,
    explanation=(
        "Files that are new each night need a `*`, files that are always the same do not. The "
        "one call of 1 December belongs to the work, although it stands only once in the record. "
        "The three of 22 November do not."
    ),
    hints=(
        "Go through the draft from the record: which action on which bucket, and which files "
        "change their names?",
        "The file in `payroll` that is written has the same name each night.",
        "The record holds one more call at night than there are nights: look at 1 December.",
    ),
    wrong_answers=(
        WrongAnswer(
            _IMPORTER % (_TAKES, "2026-1*", "hours.csv", _ON_THE_FIRST),
            says="comes in February",
        ),
        WrongAnswer(_IMPORTER % (_TAKES, "*", "hours.csv", ""), says="the first of a month"),
        WrongAnswer(
            _IMPORTER % (_TAKES, "*", "*", _ON_THE_FIRST), says="`s3:PutObject` on `arn:aws:s3:::p"
        ),
        WrongAnswer(
            _IMPORTER % (_TAKES, "*", "hours.csv", _ON_THE_FIRST + _LOOKED),
            says="`iam:ListUsers`",
        ),
        WrongAnswer(
            _IMPORTER % ('"s3:GetObject"', "*", "hours.csv", _ON_THE_FIRST), says="clearing up"
        ),
        WrongAnswer(
            _IMPORTER % ('"s3:*"', "*", "hours.csv", _ON_THE_FIRST), says="no part of the job"
        ),
        WrongAnswer(
            'policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": '
            '"s3:*", "Resource": "*"}]}',
            says="`s3:DeleteObject` on `arn:aws:s3:::payroll",
        ),
    ),
    reach=_give_importer,
    reached="The importer has a policy made of its record.",
)


# q3: which rights grow ---------------------------------------------------------------------------

RIGHTS: dict[str, tuple[str, dict[str, Any], bool]] = {
    "a": (
        "`iam:CreateAccessKey` on every user",
        {"Action": "iam:CreateAccessKey", "Resource": _user("*")},
        True,
    ),
    "b": (
        "`iam:CreateAccessKey` on `user/${aws:username}`, which stands for oneself",
        {"Action": "iam:CreateAccessKey", "Resource": _user("${aws:username}")},
        False,
    ),
    "c": (
        "`iam:PutGroupPolicy` on the group `helpdesks`, in which the helpdesk is",
        {
            "Action": "iam:PutGroupPolicy",
            "Resource": f"arn:aws:iam::{ACCOUNT}:group/helpdesks",
        },
        True,
    ),
    "d": ("`iam:CreateUser` on every user", {"Action": "iam:CreateUser", "Resource": "*"}, False),
    "e": (
        "`iam:UpdateAssumeRolePolicy` on the role `deployer`",
        {"Action": "iam:UpdateAssumeRolePolicy", "Resource": _role("deployer")},
        True,
    ),
    "f": (
        "`iam:PassRole` on the role `deployer`",
        {"Action": "iam:PassRole", "Resource": _role("deployer")},
        False,
    ),
}

_WHY_NOT = {
    "b": "a second key of one's own opens what the first one opens",
    "d": "a new user can do nothing, and this right makes no key and attaches no policy",
    "f": "a role is passed to a service by a call to that service, and no such call is allowed",
}


def _growing(answer: frozenset[str]) -> str | None:
    chosen = {given.casefold() for given in answer}
    for given in sorted(chosen):
        if given not in RIGHTS:
            return f"`{given}` is none of the six letters, `a` to `f`."
        if not RIGHTS[given][2]:
            return f"`{given}` alone does not grow: {_WHY_NOT[given]}."
    missing = sum(grows for letter, (_, _, grows) in RIGHTS.items() if letter not in chosen)
    if missing:
        more = "is one more" if missing == 1 else f"are {missing} more"
        return f"What you list grows. There {more}. For each ask: what could I call next?"
    return None


q3 = Exercise(
    name="nb07.q3",
    title="Small, or as good as everything?",
    question=(
        "The helpdesk gets one of these rights and has no other. Which of them make an "
        "administrator of it? Put the letters into the list `growing`. The role `deployer` has "
        "AdministratorAccess.\n\n"
        + "\n".join(f"- **{letter}** · {words}" for letter, (words, _, _) in RIGHTS.items())
    ),
    expects=names('["a", "f"]'),
    stub='growing = ["..."]',
    model_answer='growing = ["a", "c", "e"]',
    rule=_growing,
    explanation=(
        "A key for the administrator, a policy for one's own group, a role that trusts oneself. "
        "The other three are steps that lack the next one. Together with a second right they "
        "may grow, so look at what a person has in all."
    ),
    hints=(
        "Take each as the helpdesk would: make the one call. What can you do now that you could "
        "not do before?",
        "One of the six reaches only the helpdesk's own name. One makes somebody who can do "
        "nothing.",
        "There are three.",
    ),
    wrong_answers=(
        WrongAnswer('growing = ["a", "b"]', says="opens what the first one opens"),
        WrongAnswer('growing = ["A", "E"]', says="is one more"),
        WrongAnswer('growing = ["a", "c", "e", "f"]', says="a call to that service"),
        WrongAnswer('growing = ["a", "c", "d", "e"]', says="can do nothing"),
        WrongAnswer('growing = ["iam:PassRole"]', says="none of the six letters"),
        WrongAnswer("growing = []", says="are 3 more"),
    ),
)


# q4: roles within a boundary ---------------------------------------------------------------------

DEVELOPER = _user("developer")
APP_EDGE = _policy("AppEdge")
APP_ROLE = _role("app/report")
APP_JOB = _only(
    ("iam:CreateRole", _role("app/*")),
    ("iam:AttachRolePolicy", _role("app/*")),
    ("iam:PutRolePolicy", _role("app/*")),
    ("iam:PassRole", _role("app/*")),
)
WITHIN = {"iam:PermissionsBoundary": APP_EDGE}
WIDER = {"iam:PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"}
ANY_POLICY = {"iam:PolicyARN": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}
TO_LAMBDA = {"iam:PassedToService": "lambda.amazonaws.com"}
TO_EC2 = {"iam:PassedToService": "ec2.amazonaws.com"}


def _delegates(policy: Any) -> str | None:
    deployer = _role("deployer")
    rows: list[tuple[str, str, dict[str, Any], Any, str]] = [
        ("iam:CreateRole", APP_ROLE, WITHIN, "allowed", "making a role within the boundary"),
        (
            "iam:AttachRolePolicy",
            APP_ROLE,
            {**WITHIN, **ANY_POLICY},
            "allowed",
            "attaching a policy to a role that has the boundary",
        ),
        (
            "iam:PutRolePolicy",
            APP_ROLE,
            WITHIN,
            "allowed",
            "writing an inline policy for a role that has the boundary",
        ),
        ("iam:PassRole", APP_ROLE, TO_LAMBDA, "allowed", "handing a role to Lambda"),
        ("iam:CreateRole", APP_ROLE, {}, "denied", "making a role without a boundary"),
        ("iam:CreateRole", APP_ROLE, WIDER, "denied", "making a role with another boundary"),
        (
            "iam:AttachRolePolicy",
            APP_ROLE,
            ANY_POLICY,
            "denied",
            "attaching a policy to a role without a boundary",
        ),
        (
            "iam:PutRolePolicy",
            APP_ROLE,
            WIDER,
            "denied",
            "writing a policy for a role with another boundary",
        ),
        ("iam:PutRolePolicy", deployer, {}, "denied", "writing a policy for `deployer`"),
        ("iam:PassRole", deployer, TO_LAMBDA, "denied", "handing `deployer` to Lambda"),
        ("iam:PassRole", APP_ROLE, TO_EC2, "denied", "handing a role to EC2"),
    ]
    cases = [
        (_as(DEVELOPER, action, resource, context), wanted, what)
        for action, resource, context, wanted, what in rows
    ]
    roles = {
        "iam:role": (APP_ROLE, deployer),
        "iam:user": (DEVELOPER, _user("admin")),
        "iam:policy": (APP_EDGE,),
    }
    context = {**WITHIN, **ANY_POLICY, **TO_LAMBDA}
    return decides(policy, cases) or _beyond(policy, DEVELOPER, APP_JOB, roles, context)


_DELEGATION = """policy = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": %s,
         "Resource": "arn:aws:iam::111122223333:role/app/*",
         "Condition": {"StringEquals":
             {"iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/AppEdge"}}},
        {"Effect": "Allow", "Action": %s,
         "Resource": "%s"%s},
    ],
}"""
_THREE = '["iam:CreateRole", "iam:AttachRolePolicy", "iam:PutRolePolicy"]'
_DRAFTED = """[
            "iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:PassRole"]"""
_APP = "arn:aws:iam::111122223333:role/app/*"
_LAMBDA = (
    ',\n         "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}'
)

q4 = Exercise(
    name="nb07.q4",
    title="Roles for the developers' functions",
    question=(
        "A developer makes roles for small programs that run in AWS Lambda. The boundary for "
        "such roles is the policy `AppEdge`. The developer shall be able to create roles under "
        "`role/app/`, attach policies to them and write inline policies for them, all three "
        "only with this boundary, and to pass these roles to Lambda "
        "(`lambda.amazonaws.com`) and to no other service. Mend the draft. The service that a "
        "role is passed to stands in the condition key `iam:PassedToService`."
    ),
    expects=POLICY,
    stub=_DELEGATION
    % (
        '"iam:CreateRole"',
        _DRAFTED,
        "*",
        "",
    ),
    model_answer=_DELEGATION % (_THREE, '"iam:PassRole"', _APP, _LAMBDA),
    rule=_delegates,
    explanation=(
        "The boundary has to stand at each of the three: a role that has none must not get a "
        "policy either. `iam:PassRole` knows no boundary, so it is kept by the path and by the "
        "service."
    ),
    hints=(
        "In the draft, which roles can get a policy? Think of `deployer`, and of older roles.",
        "Two of the three actions in the second statement belong into the first.",
        "`iam:PassRole` needs `role/app/*` as its resource and a condition of its own.",
    ),
    wrong_answers=(
        WrongAnswer(
            _DELEGATION % (_THREE, '"iam:PassRole"', "*", ""), says="handing `deployer` to Lambda"
        ),
        WrongAnswer(
            _DELEGATION % (_THREE, '"iam:PassRole"', _APP, ""), says="handing a role to EC2"
        ),
        WrongAnswer(
            _DELEGATION
            % (
                '"iam:CreateRole"',
                _DRAFTED,
                _APP,
                "",
            ),
            says="to a role without a boundary",
        ),
        WrongAnswer(
            _DELEGATION
            % (
                '["iam:CreateRole", "iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:PassRole"]',
                '"iam:GetRole"',
                _APP,
                "",
            ),
            says="handing a role to Lambda: denied",
        ),
        WrongAnswer(
            _DELEGATION % ('"iam:*"', '"iam:PassRole"', _APP, _LAMBDA), says="no part of the job"
        ),
        WrongAnswer(
            _DELEGATION
            % (
                _THREE.replace("]", ', "iam:DeleteRolePermissionsBoundary"]'),
                '"iam:PassRole"',
                _APP,
                _LAMBDA,
            ),
            says="`iam:DeleteRolePermissionsBoundary`",
        ),
    ),
)


# q5: a role in place of a key --------------------------------------------------------------------

REPORTER_ROLE = "reporter"
NEEDED = (
    ("s3:ListBucket", f"{S3}payroll", "listing the payroll"),
    ("s3:GetObject", f"{S3}payroll/2026.csv", "reading this year's payroll"),
    ("s3:GetObject", f"{S3}payroll/2025.csv", "reading last year's payroll"),
    ("s3:PutObject", f"{S3}reports/2027-01-01.txt", "writing a report"),
)
NOT_NEEDED = (
    ("iam:CreateUser", _user("eve"), "making a user"),
    ("s3:PutObject", f"{S3}payroll/2026.csv", "writing to the payroll"),
    ("s3:DeleteObject", f"{S3}payroll/2026.csv", "deleting a payroll file"),
    ("s3:DeleteObject", f"{S3}reports/2026-12-01.txt", "deleting a report"),
    ("s3:GetObject", f"{S3}incoming/2026-12-01.csv", "reading what has come in"),
    ("s3:ListBucket", f"{S3}incoming", "listing what has come in"),
    ("ec2:RunInstances", "*", "starting a machine"),
)
STRANGERS = (
    (_user("admin"), "the administrator"),
    (_user("analyst"), "the analyst"),
    ("lambda.amazonaws.com", "another service, Lambda"),
    ("arn:aws:iam::999988887777:user/thief", "a user of another account"),
)


def _role_instead_of_key(lab: Any) -> str | None:
    iam = lab.root.client("iam")
    role = _role_named(iam, REPORTER_ROLE)
    keys = _keys_of_the_reporter(iam)
    active = [key["AccessKeyId"] for key in keys if key["Status"] == "Active"]
    if role is None:
        if said := refused(_role_making(lab)):
            return f"There is no role `{REPORTER_ROLE}` yet. {said}"
        if active:
            raise NotAttempted("There is no role `reporter` yet. Put your calls above the check.")
        return "The key no longer works, and there is no role `reporter` yet: tonight's run fails."
    trusting = _trusts(role["AssumeRolePolicyDocument"])
    return (
        trusting
        or _may_work(iam, role["Arn"])
        or (
            f"The role is right. But the key `{active[0]}` of the user `reporter` still works, "
            "and whoever found it can still use it."
            if active
            else None
        )
    )


def _role_making(lab: Any) -> list[dict[str, Any]]:
    """The learner's calls that make the role or write its policies, the oldest first."""
    return [
        event
        for event in lab.trail.events
        if event["eventName"] in ("CreateRole", "PutRolePolicy", "AttachRolePolicy")
        and (event.get("requestParameters") or {}).get("roleName") == REPORTER_ROLE
    ]


def _keys_of_the_reporter(iam: Any) -> list[dict[str, Any]]:
    """None where the user has been deleted, and the keys with it."""
    users = iam.list_users()["Users"]
    if not any(user["UserName"] == "reporter" for user in users):
        return []
    return list(iam.list_access_keys(UserName="reporter")["AccessKeyMetadata"])


def _role_named(iam: Any, name: str) -> dict[str, Any] | None:
    pages = iam.get_paginator("list_roles").paginate()
    roles = [role for page in pages for role in page["Roles"] if role["RoleName"] == name]
    return roles[0] if roles else None


def _trusts(trust: Any) -> str | None:
    """Whether EC2 may assume the role, and nobody else."""

    def assumes(principal: str, *own: Any) -> bool:
        request = Request(
            "sts:AssumeRole", _role(REPORTER_ROLE), principal, resource_account=ACCOUNT
        )
        return evaluate(request, Policies(identity=list(own), resource=trust)).allowed

    if not assumes("ec2.amazonaws.com"):
        return "The role's trust policy does not let `ec2.amazonaws.com` assume the role."
    for principal, who in STRANGERS:
        own = [ADMINISTRATOR] if ":user/" in principal else []
        if assumes(principal, *own):
            return f"EC2 can assume the role, but so can {who}: `{principal}`."
    return None


def _may_work(iam: Any, role: str) -> str | None:
    machine = {  # not in the office any more
        "ContextKeyName": "aws:SourceIp",
        "ContextKeyType": "ip",
        "ContextKeyValues": ["198.51.100.23"],
    }

    def allowed(action: str, resource: str) -> bool:
        answer = iam.simulate_principal_policy(
            PolicySourceArn=role,
            ActionNames=[action],
            ResourceArns=[resource],
            ContextEntries=[machine],
        )
        return bool(answer["EvaluationResults"][0]["EvalDecision"] == "allowed")

    for action, resource, what in NEEDED:
        if not allowed(action, resource):
            return f"As the role, in EC2, {what} is denied: `{action}` on `{resource}`."
    for action, resource, what in NOT_NEEDED:
        if allowed(action, resource):
            return f"As the role, {what} works as well: `{action}` on `{resource}`."
    return None


def _retire_key(lab: Any) -> None:
    iam = lab.root.client("iam")
    if _role_named(iam, REPORTER_ROLE) is not None:
        attached = iam.list_attached_role_policies(RoleName=REPORTER_ROLE)["AttachedPolicies"]
        for policy in attached:
            iam.detach_role_policy(RoleName=REPORTER_ROLE, PolicyArn=policy["PolicyArn"])
        for name in iam.list_role_policies(RoleName=REPORTER_ROLE)["PolicyNames"]:
            iam.delete_role_policy(RoleName=REPORTER_ROLE, PolicyName=name)
        for profile in iam.list_instance_profiles_for_role(RoleName=REPORTER_ROLE)[
            "InstanceProfiles"
        ]:
            iam.remove_role_from_instance_profile(
                InstanceProfileName=profile["InstanceProfileName"], RoleName=REPORTER_ROLE
            )
        iam.delete_role(RoleName=REPORTER_ROLE)
    if not any(user["UserName"] == "reporter" for user in iam.list_users()["Users"]):
        iam.create_user(UserName="reporter")
    if not _keys_of_the_reporter(iam):
        iam.create_access_key(UserName="reporter")  # what is looked for later is an inactive one
    exec(_ROLE, {"iam": iam, "json": json})  # the solution as it is shown


_ROLE = """trust = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"},
     "Action": "sts:AssumeRole"}]}
work = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::payroll"},
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::payroll/*"},
    {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::reports/*"}]}
if "reporter" not in [role["RoleName"] for role in iam.list_roles()["Roles"]]:
    iam.create_role(RoleName="reporter", AssumeRolePolicyDocument=json.dumps(trust))
iam.put_role_policy(RoleName="reporter", PolicyName="Work", PolicyDocument=json.dumps(work))
for key in iam.list_access_keys(UserName="reporter")["AccessKeyMetadata"]:
    iam.update_access_key(
        UserName="reporter", AccessKeyId=key["AccessKeyId"], Status="Inactive")"""


def _without_keys(code: str) -> str:
    return code.partition("for key in")[0].strip()


q5 = Exercise(
    name="nb07.q5",
    title="The reporter without a key",
    question=(
        "The reporter moves to a machine in EC2. There a role does what the key did. Make the "
        "role `reporter`: the service `ec2.amazonaws.com` may assume it and nobody else, and it "
        "may do the reporter's work, as in `by_resource`. Then make sure that the user "
        "`reporter`'s access key is switched off. Root's client is `iam`."
    ),
    expects=LAB,
    stub='trust = {"Version": "2012-10-17", "Statement": [...]}',
    model_answer=_ROLE,
    rule=_role_instead_of_key,
    explanation=(
        "No secret is stored anywhere now: AWS hands the machine credentials that end after some "
        "hours, and renews them. A machine is given the role in an *instance profile*. When a "
        "night has passed well, the inactive key can be deleted, and the user with it."
    ),
    hints=(
        "`iam.create_role` takes `RoleName` and `AssumeRolePolicyDocument`, the trust policy as "
        'JSON text. Its `Principal` is `{"Service": ...}`.',
        "`iam.put_role_policy(RoleName=..., PolicyName=..., PolicyDocument=json.dumps("
        "by_resource))` gives the role its rights.",
        "`iam.update_access_key` takes `UserName`, `AccessKeyId` and `Status`, here `Inactive`.",
    ),
    wrong_answers=(
        WrongAnswer(
            _ROLE.replace('{"Service": "ec2.amazonaws.com"}', '{"AWS": "111122223333"}'),
            says="does not let `ec2.amazonaws.com`",
        ),
        WrongAnswer(
            _ROLE.replace(
                '{"Service": "ec2.amazonaws.com"}',
                '{"Service": "ec2.amazonaws.com", "AWS": "111122223333"}',
            ),
            says="so can the administrator",
        ),
        WrongAnswer(
            _without_keys(_ROLE).partition("iam.put_role_policy")[0]
            + '\niam.attach_role_policy(RoleName="reporter", '
            'PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")',
            says="making a user works as well",
        ),
        WrongAnswer(_without_keys(_ROLE), says="still works"),
        WrongAnswer(
            'for key in iam.list_access_keys(UserName="reporter")["AccessKeyMetadata"]:\n'
            '    iam.delete_access_key(UserName="reporter", AccessKeyId=key["AccessKeyId"])',
            says="tonight's run fails",
        ),
    ),
    reach=_retire_key,
    reached="The reporter works by its role, and its key is inactive.",
)


# The quiz ----------------------------------------------------------------------------------------

quiz1 = Quiz(
    name="nb07.quiz1",
    question=(
        "A policy was made from three months of CloudTrail. It allows every call of these months "
        "and no other. What can still be wrong with it?"
    ),
    options={
        "a": Option(
            "Nothing: it is least privilege by definition",
            "The record knows the past. It does not know the work at the year's end, and it "
            "cannot tell a program's calls from those of somebody who borrowed its key.",
        ),
        "b": Option(
            "It may allow too much, and too little",
            "Too much: calls that were made and are no part of the job. Too little: work that "
            "comes once a year, files with new names, and calls that CloudTrail does not keep.",
            right=True,
        ),
        "c": Option(
            "It has to be made anew every night",
            "A policy that follows the record each night would follow a thief as well.",
        ),
    },
)

quiz2 = Quiz(
    name="nb07.quiz2",
    question=(
        "A policy allows `s3:GetObject` and `s3:PutObject` on `arn:aws:s3:::reports*`. What can "
        "its holder do?"
    ),
    options={
        "a": Option(
            "read and write the files of the bucket `reports`, and nothing else",
            "`*` stands for any text. `reports-of-the-board/2026.txt` begins with `reports`, too.",
        ),
        "b": Option(
            "read and write in every bucket whose name begins with `reports`",
            "`*` fits whatever follows. `arn:aws:s3:::reports/*` ends the bucket's name and names "
            "its files alone.",
            right=True,
        ),
        "c": Option(
            "read, write, and list which files there are",
            "Listing is an action of its own, `s3:ListBucket`, and nobody has allowed it.",
        ),
    },
)

quiz3 = Quiz(
    name="nb07.quiz3",
    question=(
        "Somebody may do one thing: `iam:CreatePolicyVersion`, on every policy of the account. How "
        "far does that lead?"
    ),
    options={
        "a": Option(
            "nowhere: an administrator has to put the new version in force",
            "Whoever writes the version can put it in force, with `SetAsDefault=True`.",
        ),
        "b": Option(
            "as far as those policies reach today",
            "A new version may say anything, whatever the policy said before.",
        ),
        "c": Option(
            "to everything, by way of a policy that they have themselves",
            "One call. So look at what a right lets its holder call next.",
            right=True,
        ),
    },
)

quiz4 = Quiz(
    name="nb07.quiz4",
    question=(
        "Somebody may attach any policy to the users under `user/staff/`, but only to those that "
        "have the boundary StaffEdge. They attach AdministratorAccess to one of them. What can "
        "this user do?"
    ),
    options={
        "a": Option(
            "everything",
            "The policy allows it, the boundary does not let it through. Both have to.",
        ),
        "b": Option(
            "what StaffEdge allows",
            "The boundary is the limit, whatever is attached.",
            right=True,
        ),
        "c": Option(
            "nothing, for the two contradict each other",
            "What both allow goes through, and that is what StaffEdge allows.",
        ),
    },
)

quiz5 = Quiz(
    name="nb07.quiz5",
    question="A program runs on a machine in EC2. Which credentials should it use?",
    options={
        "a": Option(
            "an access key of an IAM user, in a file that only the program can read",
            "The key works until somebody switches it off, also for whoever copies the file.",
        ),
        "b": Option(
            "an access key that is changed every 90 days",
            "Better than never. A stolen key still works for up to 90 days, from anywhere that "
            "its policy allows.",
        ),
        "c": Option(
            "those of a role that the machine has",
            "They end after hours and are renewed by AWS. No secret is stored, none can be "
            "forgotten.",
            right=True,
        ),
    },
)
