"""The exports of an account: the policy allows the commands, each action is needed for one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from helpers import Lab
from helpers.analysis.permissions.entities import entities
from helpers.analysis.sources.export_commands import BUCKET, COMMANDS, WITHOUT_A_TRAIL, policy
from helpers.analysis.trail.cloudtrail_files import LogFiles

LOGS = "example-trail"


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    found = Lab.start("house")
    s3, iam = found.root.client("s3"), found.root.client("iam")
    s3.create_bucket(Bucket=LOGS)
    s3.put_object(Bucket=LOGS, Key="AWSLogs/111122223333/a.json.gz", Body=b"log")
    s3.put_object(Bucket=LOGS, Key="other", Body=b"no log")
    iam.create_user(UserName="auditor")
    yield found
    Lab.stop()


Calls = dict[str, Callable[[], Any]]


def recipe(lab: Lab) -> Calls:
    """What the commands call, as ``service operation``."""
    auditor = lab.caller("auditor")
    iam, s3 = auditor.client("iam"), auditor.client("s3")
    trail, account = auditor.client("cloudtrail"), auditor.client("account")
    analyst = "arn:aws:iam::111122223333:user/analyst"
    job = lab.root.client("iam").generate_service_last_accessed_details(Arn=analyst)["JobId"]

    def copy() -> None:
        s3.list_objects_v2(Bucket=LOGS, Prefix="AWSLogs/")
        s3.get_object(Bucket=LOGS, Key="AWSLogs/111122223333/a.json.gz")

    return {
        "iam get-account-authorization-details": iam.get_account_authorization_details,
        "iam generate-credential-report": iam.generate_credential_report,
        "iam get-credential-report": iam.get_credential_report,
        "iam list-users": iam.list_users,
        "iam list-roles": iam.list_roles,
        "iam generate-service-last-accessed-details": (
            lambda: iam.generate_service_last_accessed_details(Arn=analyst)
        ),
        "iam get-service-last-accessed-details": (
            lambda: iam.get_service_last_accessed_details(JobId=job)
        ),
        "account list-regions": account.list_regions,
        "cloudtrail lookup-events": trail.lookup_events,
        "s3 cp": copy,
    }


STAND_IN = """
sleep() { echo waited >> calls; }
aws() {
  echo "$2" >> calls
  test "$2" != "$REFUSED" || { echo "An error occurred (AccessDenied)" >&2; return 254; }
  asked=$(grep -c "^$2$" calls)
  case $2 in
    list-users) echo arn:aws:iam::111122223333:user/ann arn:aws:iam::111122223333:user/a/bob ;;
    list-roles) echo arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/Linked ;;
    generate-credential-report) test $asked -gt 2 && echo COMPLETE || echo STARTED ;;
    get-credential-report) echo dXNlcixhcm4= ;;
    generate-service-last-accessed-details) echo job ;;
    get-service-last-accessed-details)
      test $asked -gt 2 && status=COMPLETED || status=IN_PROGRESS
      echo '{"JobStatus": "'$status'"}' ;;
  esac
}
"""
"""In place of the AWS CLI: two answers "not yet" of what takes its time, then the result; one
operation is refused."""

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="the commands are for bash")


def run(commands: str, folder: Path, refused: str = "") -> list[str]:
    """Run commands with the stand-in; what was called, in order."""
    script = f"REFUSED={refused}\n{STAND_IN}\n{commands}"
    subprocess.run(["bash", "-c", script], cwd=folder, timeout=20, capture_output=True, check=False)
    return (folder / "calls").read_text().split()


@needs_bash
def test_the_report_is_waited_for(tmp_path: Path) -> None:
    calls = run(COMMANDS["credential report"], tmp_path)
    wait = ["generate-credential-report", "waited"]
    assert calls == [*wait, *wait, "generate-credential-report", "get-credential-report"]
    assert (tmp_path / "credential-report.csv").read_text() == "user,arn"


@needs_bash
def test_every_answer_is_waited_for_and_is_in_a_file_of_its_name(tmp_path: Path) -> None:
    calls = run(COMMANDS["last accessed"], tmp_path)
    assert calls.count("waited") == 2
    found = {str(path.relative_to(tmp_path).as_posix()) for path in tmp_path.rglob("*.json")}
    assert found == {
        "last-accessed/user/ann.json",
        "last-accessed/user/bob.json",
        "last-accessed/role/Linked.json",
    }
    for name in found:
        assert json.loads((tmp_path / name).read_text()) == {"JobStatus": "COMPLETED"}


@needs_bash
@pytest.mark.parametrize(
    ("export", "refused"),
    [
        ("credential report", "generate-credential-report"),
        ("last accessed", "generate-service-last-accessed-details"),
        ("last accessed", "get-service-last-accessed-details"),
    ],
)
def test_a_refused_call_is_not_waited_for(tmp_path: Path, export: str, refused: str) -> None:
    calls = run(COMMANDS[export], tmp_path, refused)
    assert refused in calls
    assert "waited" not in calls


def give(lab: Lab, document: dict[str, Any]) -> None:
    lab.root.client("iam").put_user_policy(
        UserName="auditor", PolicyName="Export", PolicyDocument=json.dumps(document)
    )


def refused(calls: Calls) -> set[str]:
    found = set()
    for name, call in calls.items():
        try:
            call()
        except ClientError as error:
            if "AccessDenied" not in error.response["Error"]["Code"]:
                raise
            found.add(name)
    return found


def test_the_recipe_is_what_the_commands_call(lab: Lab) -> None:
    text = "\n".join([*COMMANDS.values(), WITHOUT_A_TRAIL])
    assert {" ".join(each) for each in re.findall(r"\baws (\S+) (\S+)", text)} == set(recipe(lab))


def test_the_policy_allows_every_command(lab: Lab) -> None:
    give(lab, policy(LOGS))
    assert refused(recipe(lab)) == set()


def test_it_allows_nothing_else(lab: Lab) -> None:
    give(lab, policy(LOGS))
    auditor = lab.caller("auditor")
    s3 = auditor.client("s3")
    others: Calls = {
        "buckets": s3.list_buckets,
        "another file": lambda: s3.get_object(Bucket=LOGS, Key="other"),
        "another bucket": lambda: s3.list_objects_v2(Bucket="payroll"),
        "write": lambda: s3.put_object(Bucket=LOGS, Key="AWSLogs/x", Body=b""),
        "a user": lambda: auditor.client("iam").create_user(UserName="x"),
    }
    assert refused(others) == set(others)


ACTIONS = [a for s in policy(LOGS)["Statement"] for a in s["Action"]]


@pytest.mark.parametrize("action", ACTIONS)
def test_each_action_is_needed(lab: Lab, action: str) -> None:
    document = policy(LOGS)
    for statement in document["Statement"]:
        statement["Action"] = [one for one in statement["Action"] if one != action]
    give(lab, document)
    assert refused(recipe(lab))


@pytest.mark.parametrize("name", ["", "B", "two words", 'a"b', "x" * 64, BUCKET])
def test_what_is_no_bucket_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no name of a bucket"):
        policy(name)


def test_the_lab_exports_the_same(lab: Lab, tmp_path: Path) -> None:
    before = len(lab.events)
    assert lab.export_account(tmp_path / "account") == tmp_path / "account"
    found = {
        path.relative_to(tmp_path / "account").parts[0]
        for path in tmp_path.rglob("*")
        if path.is_file()
    }
    assert found == {
        "trail",
        "authorization-details.json",
        "credential-report.csv",
        "last-accessed",
    }
    assert len(list(LogFiles(tmp_path / "account" / "trail"))) == before
    details = json.loads((tmp_path / "account" / "authorization-details.json").read_text())
    names = {entity.name for entity in entities(details)}
    assert names == {"admin", "analyst", "auditor"}
    for name in names:
        path = tmp_path / "account" / "last-accessed" / "user" / f"{name}.json"
        assert json.loads(path.read_text())["JobStatus"] == "COMPLETED"
    report = (tmp_path / "account" / "credential-report.csv").read_text()
    assert report.startswith("user,arn,user_creation_time")
