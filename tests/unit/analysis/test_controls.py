"""The controls: each fails in an account that is badly kept, its own program mends it, and what
cannot be read cannot be told."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

import botocore.session
import pytest
from accounts import ACCOUNT, REGIONS, Person, make_bad, rest
from botocore import xform_name
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import Lab
from helpers.analysis.controls import (
    AREAS,
    CONTROLS,
    Ask,
    Document,
    Outcome,
    Scorecard,
    Step,
    score,
)
from helpers.analysis.controls.mending import python, shell
from helpers.analysis.snapshot import Snapshot
from helpers.analysis.sources.account_calls import CALLS
from helpers.analysis.sources.account_reading import Answer, Asked

IDS = sorted(CONTROLS)
HARDWARE = "root-hardware-mfa"


class Told(NamedTuple):
    """An account before and after it was mended, and with a call that failed on the way."""

    bad: Snapshot
    before: Scorecard
    good: Snapshot
    after: Scorecard
    failed: dict[str, str]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    lab = Lab.start()
    make_bad(lab)
    bad = Snapshot.collect(lab.root, REGIONS)
    before = score(bad)
    space: dict[str, Any] = {}
    space["input"] = Person(lab, space)
    failed = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("mending"))  # where the picture to scan is put
        for result in before.results:
            try:
                exec(result.boto3, space)
            except Exception as error:
                failed[result.control.id] = repr(error)
            lab.clock.advance(minutes=1)
    rest(lab)
    good = Snapshot.collect(lab.root, REGIONS)
    yield Told(bad, before, good, score(good), failed)
    Lab.stop()


# What every control has ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", IDS)
def test_texts_and_numbers(name: str) -> None:
    control = CONTROLS[name]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    assert control.title
    assert control.title[-1] not in ".!"
    for text in (control.why, control.mend):
        assert text.endswith(".")
        assert len(text) > 40
    assert control.calls
    assert control.area in AREAS
    assert re.fullmatch(r"(\d\.\d+(\.\d+)?(, )?)*", control.cis)
    assert re.fullmatch(r"((Account|IAM|S3|EC2|CloudTrail)\.\d+(, )?)*", control.security_hub)
    assert name in (control.id, "")


def test_their_number_and_that_no_title_is_there_twice() -> None:
    assert len(CONTROLS) >= 35
    assert len({control.title for control in CONTROLS.values()}) == len(CONTROLS)


# A bad account, mended ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", IDS)
def test_the_bad_account_fails(told: Told, name: str) -> None:
    result = told.before[name]
    assert result.outcome is Outcome.FAIL, result.evidence
    assert result.control.by_hand == (not result.boto3) == (not result.cli)


@pytest.mark.parametrize("name", IDS)
def test_its_own_program_mends_it(told: Told, name: str) -> None:
    assert name not in told.failed
    result = told.after[name]
    if name == HARDWARE:  # the program gave root an app
        assert "virtual MFA device: arn:aws:iam::111122223333:mfa/root-app" in str(result.reasons)
        devices = Answer({"VirtualMFADevices": []})
        key = Asked("iam:ListVirtualMFADevices")
        result = CONTROLS[name].judge(
            replace(told.good, answers={**told.good.answers, key: devices})
        )
    assert result.outcome is Outcome.PASS, result.reasons
    assert result.reasons
    assert not result.steps


SUBJECTS = {
    "console-mfa": ["user/ann", "user/gone"],
    "unused-credentials": ["user/ann", "user/ann", "user/gone"],
    "key-age": ["user/ann", "user/ann"],
    "one-key": ["user/ann"],
    "policies-by-group": ["user/ann"],
    "no-full-admin": ["role/everything"],
    "service-wildcards": ["group/storage"],
    "no-cloudshell-full-access": ["role/anyone"],
    "role-for-anyone": ["role/anyone"],
    "role-for-others": ["role/partner"],
    "s3-not-public": ["arn:aws:s3:::trail-files"],
    "analyzer-everywhere": list(REGIONS),
    "ebs-encryption": list(REGIONS),
}


@pytest.mark.parametrize("name", sorted(SUBJECTS))
def test_it_names_who_and_nobody_else(told: Told, name: str) -> None:
    found = [reason.subject.partition("::111122223333:")[2] or reason.subject
             for reason in told.before[name].reasons]  # fmt: skip
    assert found == SUBJECTS[name]


def test_the_words_of_some(told: Told) -> None:
    def text(name: str) -> str:
        return "\n".join(str(reason) for reason in told.before[name].reasons)

    assert "of one Region, it is stopped, it leaves management events out" in text(
        "trail-everywhere"
    )
    assert "web opens to everybody: 22 (SSH)" in text("no-open-admin-ports")
    assert "by its policy and its access control list" in text("s3-not-public")
    assert "allows s3:* on everything" in text("service-wildcards")
    assert "its password was never used, and set on 2026-11-02" in text("unused-credentials")
    assert "its first access key was used on 2027-03-02" in text("root-unused")
    assert "120 days old" in text("key-age")
    assert "AKIA************" in text("key-age")


def test_mending_leaves_the_rest(told: Told) -> None:
    """Of the rule that lets everybody in the named network stays; of the policy, what it allows."""
    groups = told.good.answer("ec2:DescribeSecurityGroups", region="us-east-1")["SecurityGroups"]
    (web,) = [group for group in groups if group["GroupName"] == "web"]
    ranges = {rule["FromPort"]: [one["CidrIp"] for one in rule["IpRanges"]]
              for rule in web["IpPermissions"]}  # fmt: skip
    assert ranges == {20: ["198.51.100.0/24"], 443: ["0.0.0.0/0", "198.51.100.0/24"]}
    policy = told.good.answer("s3:GetBucketPolicy", of="trail-files")["Policy"]
    assert len(json.loads(policy)["Statement"]) == 3
    details = told.good.details.mapping
    (ann,) = [user for user in details["UserDetailList"] if user["UserName"] == "ann"]
    (group,) = [one for one in details["GroupDetailList"] if one["GroupName"] == "work-of-ann"]
    assert ann["GroupList"] == ["work-of-ann"]
    assert [one["PolicyName"] for one in group["GroupPolicyList"]] == ["Queues"]


# The lines for a shell ----------------------------------------------------------------------------


def test_every_line_of_the_cli_is_a_command_with_its_options(told: Told) -> None:
    session = botocore.session.Session()
    models: dict[str, Any] = {}
    lines = [line for result in told.before.results for line in result.cli.splitlines()]
    assert len(lines) > 60
    for line in lines:
        aws, service, command, *options = shlex.split(line)
        service = {"s3api": "s3"}.get(service, service)
        model = models.setdefault(service, session.get_service_model(service))
        known = {xform_name(name, "-"): name for name in model.operation_names}
        shape = model.operation_model(known[command]).input_shape
        members = {xform_name(one, "-") for one in shape.members} if shape else set()
        members |= {f"no-{one}" for one in members} | {"region"}
        if command == "create-virtual-mfa-device":  # the CLI writes the picture to a file
            members |= {"outfile", "bootstrap-method"}
        asked = {option[2:] for option in options if option.startswith("--")}
        assert aws == "aws"
        assert asked <= members, line


NASTY = "x'); import os; os.system('y') #\n$(z) `w` \"'"


def test_names_cannot_become_part_of_a_program() -> None:
    step = Step(
        "iam",
        "put_user_policy",
        {"UserName": NASTY, "PolicyDocument": Document({"Id": NASTY})},
        region=NASTY,
    )
    seen: list[Any] = []

    class Fake:
        def client(self, *names: str, **others: str) -> Fake:
            seen.append((names, others))
            return self

        def put_user_policy(self, **given: str) -> None:
            seen.append(given)

    exec(step.boto3, {"boto3": Fake(), "json": json})
    assert seen[0] == (("iam",), {"region_name": NASTY})
    assert seen[1] == {"UserName": NASTY, "PolicyDocument": json.dumps({"Id": NASTY})}
    assert Ask(NASTY).placeholder.isidentifier()


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_names_cannot_become_part_of_a_command() -> None:
    step = Step(
        "iam",
        "put_user_policy",
        {"UserName": NASTY, "PolicyDocument": Document({"Id": NASTY})},
        region=NASTY,
    )
    assert "\n" not in step.cli
    split = ["bash", "-c", f"printf '%s\\0' {step.cli}"]
    words = subprocess.run(split, capture_output=True, text=True, check=True).stdout.split("\0")
    assert words[words.index("--user-name") + 1] == NASTY
    assert json.loads(words[words.index("--policy-document") + 1]) == {"Id": NASTY}
    assert words[words.index("--region") + 1] == NASTY


def test_nothing_to_mend_is_no_program() -> None:
    assert python([]) == shell([]) == ""


# What cannot be told ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", IDS)
def test_nothing_is_told_of_nothing(name: str) -> None:
    result = CONTROLS[name].judge(Snapshot({}, datetime(2026, 11, 2, tzinfo=UTC)))
    assert result.outcome is Outcome.CANNOT_TELL
    assert all("cannot tell, because" in str(reason) for reason in result.reasons)


# Where another call tells it as well, or where the rest is enough.
ENOUGH = {
    *((name, "sts:GetCallerIdentity") for name in IDS),  # ARNs of users tell the account
    *((name, "iam:ListAccessKeys") for name in IDS),  # the credential report tells of keys
    *(
        (name, call)
        for name in ("s3-not-public", "trail-bucket-private")
        for call in (
            "s3:GetBucketPolicy",
            "s3:GetBucketPolicyStatus",
            "s3:GetBucketAcl",
            "s3control:GetPublicAccessBlock",
        )
    ),  # all is blocked
}


@pytest.mark.parametrize("code", ["AccessDenied", ""])
@pytest.mark.parametrize("name", IDS)
def test_a_call_that_is_refused_or_answers_oddly(told: Told, name: str, code: str) -> None:
    for call in CONTROLS[name].calls:
        wrong = Answer(None, code) if code else Answer([7])
        answers = {
            asked: wrong if asked.call == call else answer
            for asked, answer in told.good.answers.items()
        }
        result = CONTROLS[name].judge(replace(told.good, answers=answers))
        if name == HARDWARE or (name, call) in ENOUGH:
            assert isinstance(result.outcome, Outcome)
            continue
        assert result.outcome is Outcome.CANNOT_TELL, call
        if code:
            assert "AccessDenied" in str(result.reasons[0])


@pytest.mark.parametrize("name", IDS)
def test_it_reads_no_other_calls(told: Told, name: str) -> None:
    for snapshot, card in ((told.bad, told.before), (told.good, told.after)):
        kept = {
            asked: answer
            for asked, answer in snapshot.answers.items()
            if asked.call in CONTROLS[name].calls
        }
        assert CONTROLS[name].judge(replace(snapshot, answers=kept)) == card[name]


def test_exports_tell_of_users_and_policies(told: Told) -> None:
    details = told.bad.answer("iam:GetAccountAuthorizationDetails")
    report = told.bad.answer("iam:GetCredentialReport")["Content"]
    card = score(Snapshot.from_exports(details, report, told.bad.taken_at))
    known = {one.control.id for one in card.results if one.outcome is Outcome.FAIL}
    assert known == {
        name
        for name in IDS
        if not set(CONTROLS[name].calls)
        - {
            "iam:GetAccountAuthorizationDetails",
            "iam:GetCredentialReport",
            "iam:ListAccessKeys",
            "sts:GetCallerIdentity",
        }
    }
    assert {one.outcome for one in card.results} == {Outcome.FAIL, Outcome.CANNOT_TELL}
    assert card.account == ACCOUNT
    assert "the id of the access key of ann" in card["key-age"].boto3


def test_one_bucket_that_is_refused_hides_no_other(told: Told) -> None:
    answers = dict(told.good.answers)
    answers[Asked("s3:GetBucketVersioning", "", "trail-files")] = Answer(None, "AccessDenied")
    answers[Asked("s3:ListBuckets")] = Answer({"Buckets": [{"Name": "trail-files"}, {"Name": "b"}]})
    answers[Asked("s3:GetBucketVersioning", "", "b")] = Answer({"Status": "Suspended"})
    result = CONTROLS["s3-versioning"].judge(replace(told.good, answers=answers))
    assert [one.outcome for one in result.evidence] == [Outcome.CANNOT_TELL, Outcome.FAIL]
    assert result.outcome is Outcome.FAIL


JUNK = st.sampled_from([None, 7, -1.5, True, "", "x", "{", [], [None], ["x"], {}, {"x": 1}])


def _spoilt(value: Any, path: list[int], junk: Any) -> Any:
    """``value`` with something deep in it replaced."""
    if not path or not isinstance(value, dict | list) or not value:
        return junk
    place = path[0] % len(value)
    if isinstance(value, dict):
        key = sorted(value)[place]
        return {**value, key: _spoilt(value[key], path[1:], junk)}
    return [*value[:place], _spoilt(value[place], path[1:], junk), *value[place + 1 :]]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 999), st.lists(st.integers(0, 99), max_size=9), JUNK), max_size=6
    ),
    st.integers(1, 12),
)
def test_nothing_is_raised_whatever_is_missing_or_odd(
    told: Told, spoilt: list[tuple[int, list[int], Any]], kept: int
) -> None:
    answers = dict(told.bad.answers)
    for number, path, junk in spoilt:
        asked = list(answers)[number % len(answers)]
        answers[asked] = Answer(_spoilt(answers[asked].value, path, junk))
    answers = {key: one for place, (key, one) in enumerate(answers.items()) if place % 13 != kept}
    card = score(replace(told.bad, answers=answers))
    assert len(card.results) == len(CONTROLS)
    assert str(card)
    for row in card.rows():
        assert row["evidence"] or row["result"] == "pass"
        compile(row["boto3"], row["control"], "exec")


def test_all_calls_are_of_use() -> None:
    used = {call for control in CONTROLS.values() for call in control.calls}
    assert set(CALLS) - used == {"ec2:DescribeRegions"}


def test_a_control_is_registered_once() -> None:
    from helpers.analysis.controls.control import Severity, control

    words = {"why": "w", "mend": "m", "severity": Severity.LOW}
    for name, calls in (("root-mfa", []), ("new", ["s3:DeleteBucket"])):
        with pytest.raises(ValueError, match=name):
            control(name, "t", calls=calls, **words)(lambda snapshot: [])
    assert "new" not in CONTROLS
