"""Rules about behaviour: the first wrong decision is told, with its request, without the answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from helpers.exercises import POLICY, Exercise, Verdict, calls, decides
from helpers.exercises.answers import FUNCTION
from helpers.exercises.behaviour import returns
from helpers.exercises.outcome import NotAttempted

ADMIN = "arn:aws:iam::111122223333:user/admin"
PAYROLL = "arn:aws:s3:::payroll/2026.csv"
READ = {"action": "s3:GetObject", "resource": PAYROLL, "principal": ADMIN}
MFA = {"aws:MultiFactorAuthPresent": "true"}
NO_MFA = {"aws:MultiFactorAuthPresent": "false"}

EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


def deny(**condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
    return {"Version": "2012-10-17", "Statement": [statement]}


RIGHT = deny(BoolIfExists={"aws:MultiFactorAuthPresent": "false"})
TOO_NARROW = deny(Bool={"aws:MultiFactorAuthPresent": "false"})
TOO_WIDE = deny(StringLike={"aws:PrincipalArn": "*"}, Null={"s3:none": "true"})

CASES = [
    ({"context": MFA}, "allowed", "with MFA"),
    ({"context": NO_MFA}, "denied", "in the console without MFA"),
    ({"context": {}}, "denied", "with an access key"),
]


def judged(answer: Any) -> str | None:
    return decides(answer, CASES, beside={"identity": [EVERYTHING]}, common=READ)


def test_right_policy_has_no_feedback_whatever_its_wording() -> None:
    assert judged(RIGHT) is None
    assert judged(json.dumps(RIGHT)) is None
    other = deny(BoolIfExists={"AWS:multifactorauthpresent": ["false"]})
    other["Statement"][0]["Sid"] = "Mine"
    other["Statement"] = other["Statement"][0]
    assert judged(other) is None


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (TOO_NARROW, "with an access key: allowed, should be denied."),
        (json.dumps(TOO_NARROW), "with an access key: allowed, should be denied."),
        (deny(Null={"s3:none": "true"}), "with MFA: denied, should be allowed."),
        (EVERYTHING, "in the console without MFA: allowed, should be denied."),
    ],
)
def test_first_wrong_decision_is_told(answer: Any, words: str) -> None:
    assert (judged(answer) or "").splitlines()[0] == words


def test_feedback_names_the_request_and_why_it_was_decided() -> None:
    feedback = judged(deny(Null={"s3:none": "true"})) or ""
    for part in (
        "`s3:GetObject`",
        f"`{PAYROLL}`",
        f"`{ADMIN}`",
        "`aws:MultiFactorAuthPresent` = `true`",
        "with an explicit deny in an identity-based policy",
    ):
        assert part in feedback
    assert "no condition keys" in (judged(TOO_NARROW) or "")


def test_feedback_does_not_give_the_answer_away() -> None:
    assert "BoolIfExists" not in (judged(TOO_NARROW) or "")


@pytest.mark.parametrize(
    "answer",
    [
        "not json",
        "{",
        "[]",
        {},
        {"Version": "2012-10-17"},
        {"Version": "2012-10-17", "Statement": [{"Effect": "deny", "Action": "*"}]},
        deny(BoolIfExist={"aws:MultiFactorAuthPresent": "false"}),
        {"Version": "2012-10-17", "Statement": {"Effect", "Deny"}},
        {"Statement": object()},
        {1: 2},
    ],
)
def test_malformed_policy_is_the_learners_to_mend(answer: Any) -> None:
    assert (judged(answer) or "").startswith("The policy cannot be read yet.\n")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (deny(BoolIfExist={"a:b": "x"}), "At `Statement[0].Condition.BoolIfExist`: "),
        ('{\n  "Statement": {"Effect": "allow"}\n}', "Line 2, column 27, at `Statement.Effect`: "),
        ("{", "Line 1, column "),
    ],
)
def test_malformed_policy_says_where(answer: Any, words: str) -> None:
    feedback = judged(answer) or ""
    assert words in feedback
    assert "json.dumps" not in feedback


def test_malformed_policy_through_a_check_is_not_yet() -> None:
    q1 = Exercise(
        name="nb99.q1",
        title="t",
        question="q",
        expects=POLICY,
        stub="policy = {}",
        model_answer="policy = {}",
        rule=judged,
    )
    assert q1.judge("{").verdict is Verdict.NOT_YET
    assert q1.judge(RIGHT).verdict is Verdict.CORRECT


@pytest.mark.parametrize(
    ("place", "answer", "wanted"),
    [
        ("identity", EVERYTHING, "allowed"),
        ("permissions_boundary", RIGHT, "denied"),
        ("session", RIGHT, "denied"),
        ("session", EVERYTHING, "allowed"),
    ],
)
def test_answer_stands_where_it_belongs(place: Any, answer: Any, wanted: Any) -> None:
    case = [({**READ, "context": {}}, wanted, "the case")]
    beside = {"identity": [EVERYTHING]}
    assert decides(answer, case, place=place, beside=beside) is None
    opposite = "denied" if wanted == "allowed" else "allowed"
    assert decides(answer, [(*case[0][:1], opposite, "x")], place=place, beside=beside)


def test_resource_policy_is_read_as_one() -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": ADMIN}, "Action": "s3:*", "Resource": "*"}
        ],
    }
    assert decides(policy, [(READ, "allowed", "named")], place="resource") is None
    other = {**READ, "principal": ADMIN.replace("admin", "other")}
    assert decides(policy, [(other, "denied", "not named")], place="resource") is None
    assert "cannot be read" in (decides(EVERYTHING, [], place="resource") or "")


def test_answer_is_left_as_it_is() -> None:
    answer = json.loads(json.dumps(RIGHT))
    judged(answer)
    assert answer == RIGHT


@pytest.mark.parametrize(
    "case", [({"action": "s3:GetObject"}, "allowed", "x"), (READ, "forbidden", "x")]
)
def test_case_that_is_malformed_is_ours(case: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        decides(RIGHT, [case])


# -- real calls -------------------------------------------------------------------------------


class ClientError(Exception):
    """Has the shape of botocore's."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code)
        self.response = {"Error": {"Code": code, "Message": message}}


def raising(error: Exception) -> Any:
    def call() -> None:
        raise error

    return call


@pytest.mark.parametrize(
    ("call", "observed"),
    [
        (lambda: {"Buckets": []}, "allowed"),
        (raising(ClientError("AccessDenied")), "denied"),
        (raising(ClientError("AccessDeniedException")), "denied"),
        (raising(ClientError("UnauthorizedOperation")), "denied"),
        (raising(ClientError("NoSuchBucket")), "allowed"),
    ],
)
def test_calls_are_allowed_or_denied(call: Any, observed: Any) -> None:
    other = "denied" if observed == "allowed" else "allowed"
    assert calls([(call, observed, "the case")]) is None
    feedback = calls([(call, observed, "one"), (call, other, "the case")]) or ""
    assert feedback.startswith(f"the case: {observed}, should be {other}.")


def test_what_the_account_said_is_passed_on() -> None:
    call = raising(ClientError("AccessDenied", "User: x is not authorized"))
    assert "User: x is not authorized" in (calls([(call, "allowed", "the case")]) or "")


def test_other_errors_are_ours() -> None:
    with pytest.raises(ZeroDivisionError):
        calls([(lambda: 1 / 0, "allowed", "the case")])


# Functions ----------------------------------------------------------------------------------------

DOUBLES = [((2,), 4, "the double of 2"), ((0,), 0, "the double of 0")]


def test_a_function_that_returns_what_is_wanted() -> None:
    assert returns(lambda number: 2 * number, DOUBLES) is None


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda number: number, "the double of 2: your function returned `2`, should return `4`"),
        (lambda number: "4", "returned `'4'`, of type str, should return `4`"),
        (lambda: 4, "the double of 2: your function stopped with `TypeError"),
        (lambda number: 1 / 0, "stopped with `ZeroDivisionError: division by zero`"),
        (lambda number: 4, "the double of 0: your function returned `4`"),
    ],
)
def test_the_first_case_that_goes_wrong_is_told(function: Any, says: str) -> None:
    assert says in (returns(function, DOUBLES) or "")


@pytest.mark.parametrize("value", [..., None])
def test_a_function_without_a_return_is_not_attempted(value: Any) -> None:
    with pytest.raises(NotAttempted):
        returns(lambda number: value, DOUBLES)


@pytest.mark.parametrize("answer", ["double", 4, int, None])
def test_a_check_of_a_function_takes_functions_alone(answer: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        FUNCTION.read(answer)
