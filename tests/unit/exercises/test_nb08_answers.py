"""Answers of notebook 08 that the notebook's own tests do not try."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from helpers import Lab
from helpers.exercises import nb08
from helpers.exercises.outcome import Outcome, Verdict
from helpers.lab.scenarios.ninety_days import POLICIES

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
ROLES = "arn:aws:iam::111122223333:role/"
EVERYWHERE = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": sorted(nb08.NEEDED), "Resource": "*"},
}
"""One statement, not in a list: that is a policy as well."""


def said(outcome: Outcome) -> str:
    return str(outcome)


@pytest.mark.parametrize(
    ("answer", "verdict", "words"),
    [
        ([], Verdict.NOT_YET, "The list is empty, and 2 are missing"),
        (["consultant", "root"], Verdict.NOT_YET, "`root` made a call"),
        (["user/consultant"], Verdict.NOT_YET, "1 more is missing"),
        (("role/migration", "user/consultant"), Verdict.CORRECT, ""),
        (["consultant", "migration", "analyst"], Verdict.NOT_YET, "`analyst` made a call"),
        ("consultant", Verdict.CANNOT_CHECK, "a list of texts"),
        ([1], Verdict.CANNOT_CHECK, "texts only"),
    ],
)
def test_who_was_not_seen(answer: Any, verdict: Verdict, words: str) -> None:
    outcome = nb08.q1.judge(answer)
    assert outcome.verdict is verdict
    assert words in said(outcome)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (["a", "e", "f"], "only once"),
        (["kms:Decrypt"], "none of the six letters"),
        ([], "The list is empty. There are 2 missing"),
    ],
)
def test_what_may_go(answer: list[str], words: str) -> None:
    outcome = nb08.q2.judge(answer)
    assert outcome.verdict is Verdict.NOT_YET
    assert words in said(outcome)


@pytest.mark.parametrize("answer", [["A", "E"], ["a)", " e."], {"e", "a"}])
def test_letters_however_they_are_written(answer: Any) -> None:
    assert nb08.q2.judge(answer).verdict is Verdict.CORRECT


@pytest.fixture
def lab() -> Iterator[Lab]:
    yield Lab.start("ninety_days")
    Lab.stop()


def give(lab: Lab, policy: dict[str, Any]) -> None:
    lab.root.client("iam").put_group_policy(
        GroupName="developers", PolicyName="Develop", PolicyDocument=json.dumps(policy)
    )


def with_statement(number: int, **changes: Any) -> dict[str, Any]:
    statements = [dict(one) for one in nb08.SMALL["Statement"]]
    statements[number] |= changes
    return {**nb08.SMALL, "Statement": statements}


def test_clearing_away_and_the_developers_policy(lab: Lab) -> None:
    """One account for all: what is tried is taken back by ``finish``, as in the notebook."""
    iam = lab.root.client("iam")
    assert nb08.q3.judge(lab).verdict is Verdict.NOT_ATTEMPTED

    def delete_the_leaver() -> None:
        for group in iam.list_groups_for_user(UserName="consultant")["Groups"]:
            iam.remove_user_from_group(GroupName=group["GroupName"], UserName="consultant")
        for key in iam.list_access_keys(UserName="consultant")["AccessKeyMetadata"]:
            iam.delete_access_key(UserName="consultant", AccessKeyId=key["AccessKeyId"])
        iam.delete_login_profile(UserName="consultant")
        iam.delete_user(UserName="consultant")

    delete_the_leaver()
    assert "still has an active access key" in said(nb08.q3.judge(lab))
    for key in iam.list_access_keys(UserName="backup")["AccessKeyMetadata"]:
        iam.update_access_key(UserName="backup", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    for key in iam.list_access_keys(UserName="admin")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="admin", AccessKeyId=key["AccessKeyId"])
    assert "works with every night is not active" in said(nb08.q3.judge(lab))
    keys = iam.list_access_keys(UserName="backup")["AccessKeyMetadata"]
    used = [
        key["AccessKeyId"]
        for key in keys
        if "LastUsedDate"
        in iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
    ]
    for key in keys:
        status = "Inactive" if key["AccessKeyId"] in used else "Active"
        iam.update_access_key(UserName="backup", AccessKeyId=key["AccessKeyId"], Status=status)
    assert "works with every night is not active" in said(nb08.q3.judge(lab))
    # Whatever else a loop has taken along comes back.
    for key in iam.list_access_keys(UserName="analyst")["AccessKeyMetadata"]:
        iam.update_access_key(UserName="analyst", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    iam.delete_login_profile(UserName="admin")
    iam.delete_role_policy(RoleName="deploy", PolicyName=next(iter(POLICIES["role/deploy"])))
    nb08.q3.finish(lab)
    assert nb08.q3.judge(lab).verdict is Verdict.CORRECT
    assert nb08.work(lab)["outcome"].str.startswith("✔").all()

    answers: list[tuple[Callable[[], None], Verdict, str]] = [
        (lambda: None, Verdict.NOT_ATTEMPTED, "still the old one"),
        (lambda: give(lab, with_statement(2, Resource="*")), Verdict.NOT_YET, "list the payroll"),
        (lambda: give(lab, with_statement(1, Resource="*")), Verdict.NOT_YET, "which may do all"),
        (
            lambda: give(lab, with_statement(3, Resource="arn:aws:s3:::*")),
            Verdict.NOT_YET,
            "write over the payroll",
        ),
        (
            lambda: give(lab, with_statement(3, Resource="arn:aws:s3:::reports*")),
            Verdict.NOT_YET,
            "whose name only begins like `reports`",
        ),
        (
            lambda: give(lab, with_statement(1, Resource=f"{ROLES}web*")),
            Verdict.NOT_YET,
            "whose name only begins like `webserver`",
        ),
        (lambda: give(lab, EVERYWHERE), Verdict.NOT_YET, "which may do all"),
        (
            lambda: give(lab, with_statement(3, Action="s3:*")),
            Verdict.NOT_YET,
            "such as `s3:DeleteBucket`",
        ),
        (
            lambda: give(lab, with_statement(2, Resource="arn:aws:s3:::reports/*")),
            Verdict.NOT_YET,
            "The job *a day of development* of builder does not work any more",
        ),
        (
            lambda: give(lab, with_statement(0, Action="ec2:Describe*")),
            Verdict.NOT_YET,
            "The job *a web server on trial*",
        ),
        (
            lambda: give(lab, {**nb08.SMALL, "Statement": nb08.SMALL["Statement"][::-1]}),
            Verdict.CORRECT,
            "",
        ),
        (
            lambda: iam.attach_group_policy(GroupName="developers", PolicyArn=ADMINISTRATOR),
            Verdict.NOT_YET,
            "more actions than they need",
        ),
    ]
    for act, verdict, words in answers:
        act()
        outcome = nb08.q4.judge(lab)
        assert outcome.verdict is verdict, said(outcome)
        assert words in said(outcome)
    nb08.q4.finish(lab)
    assert nb08.q4.judge(lab).verdict is Verdict.CORRECT
