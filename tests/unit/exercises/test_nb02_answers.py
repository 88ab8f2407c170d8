"""Notebook 02: further answers about the account, right and wrong, beside those of the notebook."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from helpers import Lab, try_call
from helpers.exercises import Verdict, nb02
from helpers.lab.scenarios import ADMINISTRATOR_ACCESS

DELEGATE, TAKE_BACK = nb02.q1.model_answer, nb02.q2.model_answer


def without(code: str, mark: str) -> str:
    return "\n".join(line for line in code.splitlines() if mark not in line)


def run(lab: Lab, code: str) -> None:
    names = {
        "lab": lab,
        "json": json,
        "try_call": try_call,
        "iam": lab.root.client("iam"),
        "s3": lab.root.client("s3"),
        "ADMINISTRATOR_ACCESS": ADMINISTRATOR_ACCESS,
        "ADMIN_PASSWORD": nb02.ADMIN_PASSWORD,
        "NEW_PASSWORD": nb02.NEW_PASSWORD,
    }
    exec(code, names)


def said(exercise: Any, lab: Lab) -> str:
    outcome = exercise.judge(lab)
    assert outcome.verdict is Verdict.NOT_YET, outcome
    return outcome.message


@pytest.fixture
def lab() -> Iterator[Lab]:
    lab = Lab.start()
    run(
        lab,
        's3.create_bucket(Bucket="payroll")\n'
        f's3.put_object(Bucket="payroll", Key="2026.csv", Body={nb02.CONTENT!r})\n'
        'iam.create_user(UserName="analyst")\n'
        'iam.create_access_key(UserName="analyst")\n'
        'iam.create_group(GroupName="analysts")\n'
        'iam.add_user_to_group(GroupName="analysts", UserName="analyst")',
    )
    yield lab
    Lab.stop()


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (without(DELEGATE, "add_user_to_group"), "lists the users: denied"),
        (DELEGATE.replace("Password=ADMIN", "Password='Other-'+ADMIN"), "says:"),
        (DELEGATE.replace('admin"', 'administrator"'), "none called `admin`"),
        (without(DELEGATE, 'admin"'), "no user `admin` yet"),
        (DELEGATE.replace("=ADMIN", "=ADMIN").replace(
            "ADMINISTRATOR_ACCESS", "ADMINISTRATOR_ACCESS.replace('Administrator', 'ReadOnly')"
        ), "`iam:CreateUser` would be denied"),
        (DELEGATE + '\niam.add_user_to_group(GroupName="administrators", UserName="analyst")',
         "so is `analyst`"),
        (DELEGATE + '\nfor k in iam.list_access_keys(UserName="admin")["AccessKeyMetadata"]:\n'
         '    iam.update_access_key(UserName="admin", AccessKeyId=k["AccessKeyId"], '
         'Status="Inactive")', "no access key that is active"),
    ],
)  # fmt: skip
def test_administrator_delegated_wrongly(lab: Lab, code: str, says: str) -> None:
    run(lab, code)
    assert says in said(nb02.q1, lab)


def test_any_group_and_any_policy_will_do(lab: Lab) -> None:
    run(
        lab,
        'iam.create_group(GroupName="bosses")\n'
        'iam.put_group_policy(GroupName="bosses", PolicyName="All", PolicyDocument=json.dumps({\n'
        '    "Version": "2012-10-17",\n'
        '    "Statement": {"Effect": "Allow", "Action": ["*"], "Resource": ["*"]}}))\n'
        + without(DELEGATE, "attach_group_policy").replace("administrators", "bosses"),
    )
    assert nb02.q1.judge(lab).verdict is Verdict.CORRECT


def keys_off(lab: Lab) -> None:
    """What root does in the notebook before q2."""
    run(
        lab,
        'iam.update_login_profile(UserName="admin", Password=NEW_PASSWORD)\n'
        'for key in iam.list_access_keys(UserName="admin")["AccessKeyMetadata"]:\n'
        '    iam.update_access_key(UserName="admin", AccessKeyId=key["AccessKeyId"], '
        'Status="Inactive")\n'
        'old = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"DateLessThan":\n'
        '       {"aws:TokenIssueTime": f"{lab.clock.now:%Y-%m-%dT%H:%M:%SZ}"}}}\n'
        'iam.put_user_policy(UserName="admin", PolicyName="EndOldSessions",\n'
        '    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [old]}))',
    )


@pytest.fixture
def taken(lab: Lab) -> Lab:
    nb02.take_over(lab)
    lab.clock.advance(seconds=5)
    keys_off(lab)
    return lab


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("\n".join(TAKE_BACK.splitlines()[:-3]), "still in with the role SupportAccess"),
        (TAKE_BACK + '\nfor key in iam.list_access_keys(UserName="admin")["AccessKeyMetadata"]:\n'
         '    iam.update_access_key(UserName="admin", AccessKeyId=key["AccessKeyId"], '
         'Status="Active")', "still in with the access key"),
        ('for user in ("admin", "analyst", "support-service"):\n'
         '    for key in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]:\n'
         '        iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])',
         "The analyst's access key is off"),
        (TAKE_BACK.replace("        iam.delete_user(UserName=name)", "        pass"),
         "`support-service` is still in the account"),
        (without(TAKE_BACK, "iam.delete_role"), "`SupportAccess` is still in the account"),
        (TAKE_BACK + '\niam.remove_user_from_group(GroupName="administrators", UserName="admin")',
         "is refused"),
        (TAKE_BACK + '\niam.update_login_profile(UserName="admin", Password="Some-other-77-z")',
         "the owner is not back"),
        (TAKE_BACK + '\niam.update_login_profile(UserName="admin", Password=NEW_PASSWORD, '
         "PasswordResetRequired=True)", "good practice"),
        (TAKE_BACK + '\niam.delete_login_profile(UserName="admin")', "no password"),
        (TAKE_BACK + '\ns3.delete_object(Bucket="payroll", Key="2026.csv")', "cannot read"),
        (TAKE_BACK + '\niam.remove_user_from_group(GroupName="administrators", UserName="admin")\n'
         'iam.attach_user_policy(UserName="admin", '
         'PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")', "no administrator any more"),
        (TAKE_BACK + '\niam.attach_user_policy(UserName="analyst", '
         'PolicyArn="arn:aws:iam::aws:policy/IAMFullAccess")', "could make users now"),
        (TAKE_BACK + "\niam.create_access_key()", "root has an access key now"),
        (without(TAKE_BACK, "delete_virtual"), "`support-phone` is still in the account"),
    ],
)  # fmt: skip
def test_account_taken_back_wrongly(taken: Lab, code: str, says: str) -> None:
    run(taken, code)
    assert says in said(nb02.q2, taken)


def test_owner_may_be_made_anew(taken: Lab) -> None:
    run(
        taken,
        TAKE_BACK + '\nfor key in iam.list_access_keys(UserName="admin")["AccessKeyMetadata"]:\n'
        '    iam.delete_access_key(UserName="admin", AccessKeyId=key["AccessKeyId"])\n'
        'iam.delete_user_policy(UserName="admin", PolicyName="EndOldSessions")\n'
        'iam.remove_user_from_group(GroupName="administrators", UserName="admin")\n'
        'iam.delete_login_profile(UserName="admin")\n'
        'iam.delete_user(UserName="admin")\n'
        'iam.create_user(UserName="admin")\n'
        'iam.add_user_to_group(GroupName="administrators", UserName="admin")\n'
        'iam.create_login_profile(UserName="admin", Password=NEW_PASSWORD)',
    )
    assert nb02.q2.judge(taken).verdict is Verdict.CORRECT


def test_nothing_done_is_no_attempt(taken: Lab) -> None:
    assert nb02.q2.judge(taken).verdict is Verdict.NOT_ATTEMPTED


def test_an_attempt_that_aws_refused_is_one(taken: Lab) -> None:
    run(taken, 'try_call(iam.delete_user, UserName="support-service")')
    feedback = said(nb02.q2, taken)
    assert "`DeleteUser`, was refused. AWS says: Cannot delete entity" in feedback
    assert "still in with" in feedback
    # What went well afterwards is the last call, and no refusal is told any more.
    run(taken, 'iam.detach_user_policy(UserName="support-service", PolicyArn=ADMINISTRATOR_ACCESS)')
    assert "refused" not in said(nb02.q2, taken)


@pytest.mark.parametrize("code", ["", TAKE_BACK])
def test_after_q2_the_administrator_has_a_key_that_works(taken: Lab, code: str) -> None:
    stolen = {key["AccessKeyId"] for key in keys_of_admin(taken)}
    run(taken, code)
    nb02.q2.finish(taken)
    assert nb02.q2.judge(taken).verdict is Verdict.CORRECT
    # q3 starts from here: the bucket's Deny stops this caller, and no dead key does.
    nb02.against_root(taken)
    admin = taken.caller("admin")
    assert admin.access_key_id not in stolen
    with pytest.raises(ClientError, match="explicit deny in a resource-based policy"):
        admin.client("s3").delete_bucket_policy(Bucket=nb02.BUCKET)
    before = keys_of_admin(taken)
    nb02.q2.finish(taken)
    assert keys_of_admin(taken) == before


def keys_of_admin(lab: Lab) -> list[Any]:
    return list(lab.root.client("iam").list_access_keys(UserName="admin")["AccessKeyMetadata"])


def test_takeover_of_another_account_does_not_count(taken: Lab) -> None:
    newer = Lab.start()
    outcome = nb02.q2.judge(newer)
    assert outcome.verdict is Verdict.CANNOT_CHECK
    assert "exercise.take_over(lab)" in outcome.message


def test_bucket_opened_for_another_account(lab: Lab) -> None:
    nb02.q1.finish(lab)
    nb02.against_root(lab)
    run(
        lab,
        's3.put_bucket_policy(Bucket="payroll", Policy=json.dumps({\n'
        '    "Version": "2012-10-17",\n'
        '    "Statement": {"Effect": "Allow", "Action": "s3:GetObject",\n'
        '        "Principal": {"AWS": "arn:aws:iam::999988887777:root"},\n'
        '        "Resource": "arn:aws:s3:::payroll/*"}}))',
    )
    assert "a user of another account" in said(nb02.q3, lab)


def test_bucket_that_was_never_closed_cannot_be_checked(lab: Lab) -> None:
    nb02.q1.finish(lab)
    assert nb02.q3.judge(lab).verdict is Verdict.CANNOT_CHECK


@pytest.mark.parametrize(
    "condition",
    [
        {"Bool": {"aws:multifactorauthpresent": ["true"]}},
        {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}},
        {"StringEquals": {"aws:MultiFactorAuthPresent": "true"}},
    ],
)
@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": "arn:aws:iam::111122223333:user/admin"},
        {"AWS": ["arn:aws:iam::111122223333:user/admin"]},
        {"AWS": "111122223333"},
    ],
)
def test_trust_in_other_words(condition: dict[str, Any], principal: dict[str, Any]) -> None:
    by_name = {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/admin"}}
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "sts:AssumeRole",
        "Condition": {**condition, **by_name},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    assert nb02.q4.judge(policy).verdict is Verdict.CORRECT
