"""Answers to notebook 07's exercises that nobody listed, and its claims tried in an account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from helpers import Lab
from helpers.exercises import nb07
from helpers.exercises.outcome import Verdict
from helpers.lab.attacks.escalation import AROUND_A_BOUNDARY, WAYS, Target, escalate

OFFICE = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
REPORTS, ARCHIVE = "arn:aws:s3:::reports", "arn:aws:s3:::archive/reports/*"
INCOMING, PAYROLL = "arn:aws:s3:::incoming", "arn:aws:s3:::payroll"
APP = "arn:aws:iam::111122223333:role/app/*"
WITHIN = {"iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/AppEdge"}
MAKING = ["iam:CreateRole", "iam:AttachRolePolicy", "iam:PutRolePolicy"]
TO_LAMBDA = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}


def may(action: Any, resource: Any, condition: Any = None) -> dict[str, Any]:
    found = {"Effect": "Allow", "Action": action, "Resource": resource}
    return {**found, "Condition": condition} if condition else found


def denied(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": "*", "Resource": "*", **elements}


READS = (
    may("s3:ListBucket", REPORTS, OFFICE),
    may("s3:GetObject", f"{REPORTS}/*", OFFICE),
)
TAKES = may(["s3:ListBucket", "s3:GetObject", "s3:DeleteObject"], [INCOMING, f"{INCOMING}/*"])
WRITES = (
    may("s3:PutObject", f"{PAYROLL}/hours.csv"),
    may("s3:GetObject", f"{PAYROLL}/2025.csv"),
)
PASSES = may("iam:PassRole", APP, TO_LAMBDA)


@pytest.mark.parametrize(
    ("label", "statements"),
    [
        ("q1", [may(["s3:ListBucket", "s3:GetObject"], [REPORTS, f"{REPORTS}/*"], OFFICE),
                may("S3:putobject", ARCHIVE, OFFICE)]),
        ("q1", [may("s3:ListBucket", REPORTS), may("s3:GetObject", f"{REPORTS}/*"),
                may("s3:PutObject", ARCHIVE),
                denied(Condition={"NotIpAddress": OFFICE["IpAddress"]})]),
        ("q2", [TAKES, *WRITES]),
        ("q2", [TAKES, may("s3:PutObject", f"{PAYROLL}/hours.csv"),
                may("s3:GetObject", f"{PAYROLL}/*")]),
        ("q4", [may(MAKING, APP, {"ArnEquals": WITHIN}), PASSES]),
        ("q4", [may([*MAKING, "iam:PassRole"], APP),
                denied(Action=MAKING, Condition={"StringNotEquals": WITHIN}),
                denied(Action="iam:PassRole",
                       Condition={"StringNotEquals": TO_LAMBDA["StringEquals"]})]),
    ],
)  # fmt: skip
def test_right_in_other_words(label: str, statements: list[Any]) -> None:
    document = {"Version": "2012-10-17", "Statement": statements}
    exercise = getattr(nb07, label)
    for answer in (document, json.dumps(document)):
        assert exercise.judge(answer).verdict is Verdict.CORRECT, exercise.judge(answer)


@pytest.mark.parametrize(
    ("label", "statements", "says"),
    [
        ("q1", [*READS, may("s3:PutObject", ARCHIVE)], "from elsewhere"),
        ("q1", [*READS, may(["s3:PutObject", "s3:PutObjectAcl"], ARCHIVE, OFFICE)], "ObjectAcl"),
        ("q1", [*READS, may("s3:Put*", ARCHIVE, OFFICE)], "no part of the job"),
        ("q1", [*READS, may("s3:PutObject", ARCHIVE, OFFICE), may("sts:AssumeRole", "*")],
         "`sts:AssumeRole`"),
        ("q1", [*READS, may("s3:PutObject", ARCHIVE, OFFICE), may("kms:Decrypt", "*")],
         "`kms:Decrypt`"),
        ("q1", [may("*", "*", OFFICE)], "`iam:CreateUser`"),
        ("q1", [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*", "Condition": OFFICE}],
         "`s3:DeleteObject` on `arn:aws:s3:::reports/"),
        ("q2", [TAKES, may(["s3:PutObject", "s3:GetObject"], f"{PAYROLL}/*")],
         "`s3:PutObject` on `arn:aws:s3:::payroll/2026.csv`"),
        ("q2", [may("s3:*", [INCOMING, f"{INCOMING}/*"]), *WRITES], "no part of the job"),
        ("q2", [TAKES, *WRITES, may("iam:ListRoles", "*")], "`iam:ListRoles`"),
        ("q4", [may(MAKING, APP, {"StringEqualsIfExists": WITHIN}), PASSES],
         "making a role without a boundary"),
        ("q4", [may(MAKING, "*", {"StringEquals": WITHIN}), PASSES], "role/deployer"),
        ("q4", [may(MAKING, APP, {"StringEquals": WITHIN}), PASSES,
                may("iam:CreatePolicyVersion", "arn:aws:iam::111122223333:policy/*")],
         "policy/AppEdge"),
        ("q4", [may("iam:*", "*")], "without a boundary"),
    ],
)  # fmt: skip
def test_wrong_in_ways_that_no_list_has(label: str, statements: list[Any], says: str) -> None:
    outcome = getattr(nb07, label).judge({"Version": "2012-10-17", "Statement": statements})
    assert outcome.verdict is Verdict.NOT_YET
    assert says in outcome.message


@pytest.fixture(scope="module")
def office() -> Iterator[Lab]:
    yield Lab.start("office")
    Lab.stop()


def test_the_letters_are_as_the_account_says(office: Lab) -> None:
    """q3: with one of the rights, the way that it opens leads up or it does not."""
    iam = office.root.client("iam")
    iam.create_group(GroupName="helpdesks")
    iam.add_user_to_group(GroupName="helpdesks", UserName="helpdesk")
    nothing = {"Version": "2012-10-17", "Statement": [may("iam:ListUsers", "*")]}
    own = iam.create_policy(PolicyName="Own", PolicyDocument=json.dumps(nothing))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="helpdesk", PolicyArn=own)
    target = Target(office.accounts[office.account.id], "helpdesk", own)
    for _, right, grows in nb07.RIGHTS.values():
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **right}]}
        iam.put_user_policy(
            UserName="helpdesk", PolicyName="One", PolicyDocument=json.dumps(document)
        )
        worked = any(step.worked for step in escalate(target, (*WAYS, *AROUND_A_BOUNDARY)))
        helpdesk = office.caller("helpdesk").client("iam")
        if right["Action"] == "iam:PutGroupPolicy":
            helpdesk.put_group_policy(
                GroupName="helpdesks",
                PolicyName="Up",
                PolicyDocument=json.dumps(nb07.ADMINISTRATOR),
            )
            helpdesk.get_account_authorization_details()
            iam.delete_group_policy(GroupName="helpdesks", PolicyName="Up")
            worked = True
        assert worked is grows, right
    iam.delete_user_policy(UserName="helpdesk", PolicyName="One")


def test_a_replay_changes_nothing(office: Lab) -> None:
    s3 = office.root.client("s3")

    def files() -> list[str]:
        return [
            f"{bucket}/{item['Key']} {item['ETag']}"
            for bucket in ("payroll", "reports", "incoming")
            for item in s3.list_objects_v2(Bucket=bucket).get("Contents", ())
        ]

    before = files()
    table = nb07.replay(office, "importer")
    assert set(table["outcome"]) == {"✔ worked"}
    # What came in was taken away again, as the importer does.
    assert [name for name in files() if not name.startswith("incoming/")] == [
        name for name in before if not name.startswith("incoming/")
    ]


def test_the_tables_of_the_helpdesk(office: Lab) -> None:
    table = nb07.ways_up(office)
    assert len(table) == len(WAYS)
    assert set(table["outcome"]) == {"✔ worked"}


# q5: what was done to the account -------------------------------------------------------------

SOLVED = nb07.q5.model_answer
EC2 = '"Principal": {"Service": "ec2.amazonaws.com"}'
RETIRE = SOLVED[SOLVED.index("for key in") :]
ROLE = SOLVED[: SOLVED.index("for key in")]


@pytest.fixture
def fresh() -> Iterator[Lab]:
    yield Lab.start("office")
    Lab.stop()


def do(lab: Lab, code: str) -> str:
    exec(code, {"lab": lab, "iam": lab.root.client("iam"), "json": json})
    outcome = nb07.q5.judge(lab)
    return f"{outcome.verdict} {outcome.message}"


def test_q5_done_step_by_step(fresh: Lab) -> None:
    assert nb07.q5.judge(fresh).verdict == Verdict.NOT_ATTEMPTED
    trust = ROLE.partition("work = ")[0]
    bare = trust + (
        'iam.create_role(RoleName="reporter", AssumeRolePolicyDocument=json.dumps(trust))'
    )
    assert "listing the payroll is denied" in do(fresh, bare)
    assert "still works" in do(fresh, ROLE)
    assert Verdict.CORRECT in do(fresh, RETIRE)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (SOLVED.replace(EC2, '"Principal": {"Service": "lambda.amazonaws.com"}'), "does not let"),
        (
            SOLVED.replace(
                EC2, '"Principal": {"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]}'
            ),
            "another service, Lambda",
        ),
        (SOLVED.replace(EC2, '"Principal": "*"'), "so can"),
        (
            SOLVED.replace(
                EC2,
                '"Principal": {"Service": "ec2.amazonaws.com", '
                '"AWS": "arn:aws:iam::111122223333:user/analyst"}',
            ),
            "the analyst",
        ),
        (SOLVED.replace("reports/*", "*"), "writing to the payroll"),
        (SOLVED.replace('"s3:PutObject"', '"s3:*"'), "deleting a report"),
        (SOLVED.replace("payroll/*", "payroll"), "reading this year's payroll"),
        (
            SOLVED.replace(
                '"arn:aws:s3:::payroll"}', f'"arn:aws:s3:::payroll", "Condition": {OFFICE}}}'
            ),
            "in EC2, listing the payroll is denied",
        ),
        ('iam.delete_user_policy(UserName="reporter", PolicyName="Work")', "There is no role"),
    ],
)
def test_q5_wrong_in_other_ways(fresh: Lab, code: str, says: str) -> None:
    assert says in do(fresh, code)
    nb07.q5.finish(fresh)
    assert nb07.q5.judge(fresh).verdict is Verdict.CORRECT


def test_q5_says_what_aws_said_to_a_service_under_the_wrong_word(fresh: Lab) -> None:
    trust = SOLVED.partition("work = ")[0].replace("Service", "AWS")
    said = do(
        fresh,
        f"{trust}\ntry:\n"
        '    iam.create_role(RoleName="reporter", AssumeRolePolicyDocument=json.dumps(trust))\n'
        "except iam.exceptions.MalformedPolicyDocumentException:\n"
        "    pass",
    )
    assert said.startswith(Verdict.NOT_YET)
    assert 'AWS says: Invalid principal in policy: "AWS":"ec2.amazonaws.com"' in said
    assert Verdict.CORRECT in do(fresh, SOLVED)


def test_q5_right_in_other_ways_and_what_follows(fresh: Lab) -> None:
    delete = RETIRE.replace("update_access_key", "delete_access_key").replace(
        ', Status="Inactive"', ""
    )
    assert Verdict.CORRECT in do(fresh, ROLE + delete)
    nb07.q5.finish(fresh)
    nb07.q5.finish(fresh)
    assert set(nb07.replay(fresh)["outcome"]) == {"✖ stopped"}
    everything_gone = (
        'iam.delete_user_policy(UserName="reporter", PolicyName="Work")\n'
        + delete
        + '\niam.delete_user(UserName="reporter")'
    )
    assert Verdict.CORRECT in do(fresh, everything_gone)
    nb07.q5.finish(fresh)
    assert set(nb07.replay(fresh)["outcome"]) == {"✖ stopped"}


def test_the_fence_needs_no_cell_before_it(fresh: Lab) -> None:
    table = nb07.ways_out(fresh)
    assert len(table) == len(WAYS) + len(AROUND_A_BOUNDARY)
    assert set(table["outcome"]) == {"✖ stopped"}
