"""The quarter: who did what and when, what an analyzer finds, and the work done again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from helpers import Lab
from helpers.analysis.permissions.entities import Entity, entities, granted
from helpers.analysis.trail.event_table import event_table
from helpers.lab.scenarios.ninety_days import jobs


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    yield Lab.start("ninety_days")
    Lab.stop()


@pytest.fixture(scope="module")
def events(lab: Lab) -> pd.DataFrame:
    table = event_table(lab.events)
    return table[table.principal != lab.root.arn]


def of(events: pd.DataFrame, name: str) -> pd.DataFrame:
    return events[events.principal.str.endswith(f"/{name}")]


def days_ago(lab: Lab, at: datetime) -> int:
    return (lab.clock.now - at) // timedelta(days=1)


def test_today_is_a_monday_morning_thirteen_weeks_later(lab: Lab) -> None:
    assert f"{lab.clock.now:%A %Y-%m-%d %H}" == "Monday 2027-02-01 09"


def test_everybody_has_a_rhythm(lab: Lab, events: pd.DataFrame) -> None:
    assert len(events) > 700
    days = events.groupby(events.principal.str.rpartition("/")[2]).time.apply(
        lambda times: times.dt.date.nunique()
    )
    assert days["backup"] == 90
    assert days["builder"] >= 64
    assert days["tester"] == 26
    assert days["analyst"] == 12
    assert days["inventory"] == 13
    assert days["restore"] == 1
    assert days["webserver"] == 3
    assert "migration" not in days


def test_who_left_and_what_is_done_once_a_quarter(lab: Lab, events: pd.DataFrame) -> None:
    assert days_ago(lab, of(events, "consultant").time.max()) == 74
    assert 30 < days_ago(lab, of(events, "restore").time.max()) < 60


def test_only_the_curious_are_refused(events: pd.DataFrame) -> None:
    denied = events[events.outcome == "denied"]
    assert set(denied.principal.str.rpartition("/")[2]) == {"tester"}
    assert set(denied.action) == {"iam:CreateUser", "iam:CreateAccessKey"}
    assert set(events.outcome) == {"done", "denied"}


def test_roles_are_passed_and_data_events_are_there(events: pd.DataFrame) -> None:
    assert of(events, "builder").action.str.contains("iam:PassRole").sum() == 3
    assert set(events[events.data].source) == {"s3"}


def test_it_looks_like_a_company_s_log(lab: Lab, events: pd.DataFrame) -> None:
    assert events.ip.nunique() == 4
    assert events.agent.nunique() >= 3
    people = events[events.principal.str.rpartition("/")[2].isin(["analyst", "builder", "admin"])]
    assert people.time.dt.hour.between(8, 16).all()
    assert people.time.dt.day_of_week.max() < 5


Found = dict[tuple[str, str], list[dict[str, Any]]]
"""Type of finding and whose → its details, where they were asked for."""


def findings(lab: Lab, age: int, details_of: frozenset[str] = frozenset()) -> Found:
    client: Any = lab.root.client("accessanalyzer")
    arn = client.create_analyzer(
        analyzerName=f"unused-{age}",
        type="ACCOUNT_UNUSED_ACCESS",
        configuration={"unusedAccess": {"unusedAccessAge": age}},
    )["arn"]
    found: Found = {}
    for page in client.get_paginator("list_findings_v2").paginate(analyzerArn=arn):
        for finding in page["findings"]:
            name = finding["resource"].split(":")[-1]
            whole = found.setdefault((finding["findingType"], name), [])
            if name in details_of:
                parts = client.get_paginator("get_finding_v2").paginate(
                    analyzerArn=arn, id=finding["id"], maxResults=100
                )
                whole += [one for part in parts for one in part["findingDetails"]]
    client.delete_analyzer(analyzerName=f"unused-{age}")
    return found


@pytest.fixture(scope="module")
def ninety(lab: Lab) -> Found:
    looked_into = ("user/analyst", "user/backup", "user/builder", "user/tester", "role/inventory")
    return findings(lab, 90, frozenset(looked_into))


def others(found: Found) -> set[tuple[str, str]]:
    return {one for one in found if one[0] != "UnusedPermission"}


def unused_permissions(found: Found, name: str) -> dict[str, set[str]]:
    """Service → its unused actions; none: the whole service."""
    details = [one["unusedPermissionDetails"] for one in found["UnusedPermission", name]]
    return {
        one["serviceNamespace"]: {action["action"] for action in one.get("actions", ())}
        for one in details
    }


PERMISSIONS = {"user/admin", "user/analyst", "user/backup", "user/builder", "user/consultant"} | {
    "user/scheduler", "user/tester", "role/deploy", "role/inventory", "role/webserver",
}  # fmt: skip
ALWAYS = {
    ("UnusedIAMRole", "role/migration"),
    ("UnusedIAMUserAccessKey", "user/admin"),
    ("UnusedIAMUserAccessKey", "user/backup"),
    ("UnusedIAMUserPassword", "user/analyst"),
}
LEAVER = {
    ("UnusedIAMUserAccessKey", "user/consultant"),
    ("UnusedIAMUserPassword", "user/consultant"),
}


def test_what_an_analyzer_finds_depends_on_how_far_it_looks_back(lab: Lab, ninety: Found) -> None:
    assert {name for kind, name in ninety if kind == "UnusedPermission"} == PERMISSIONS
    assert others(ninety) == ALWAYS
    assert others(findings(lab, 60)) == ALWAYS | LEAVER
    assert others(findings(lab, 30)) == ALWAYS | LEAVER | {("UnusedIAMRole", "role/restore")}


def test_of_two_keys_the_unused_one_is_found(events: pd.DataFrame, ninety: Found) -> None:
    (details,) = ninety["UnusedIAMUserAccessKey", "user/backup"]
    used = set(of(events, "backup").access_key)
    assert len(used) == 1
    assert details["unusedIamUserAccessKeyDetails"]["accessKeyId"] not in used


def test_what_was_granted_a_week_ago_is_not_judged(lab: Lab, ninety: Found) -> None:
    given = entity(lab, "analyst")
    assert "cloudwatch:GetMetricData" in {row.action for row in granted(given)}
    assert set(unused_permissions(ninety, "user/analyst")) == {"athena", "glue", "quicksight", "s3"}


def test_a_boundary_cuts_what_a_role_has(lab: Lab) -> None:
    services = {row.service for row in granted(entity(lab, "deploy"))}
    assert services == {"cloudformation", "ec2", "s3"}
    assert any("iam:*" in policy.document for policy in entity(lab, "deploy").policies)


def test_what_is_used_is_not_found(ninety: Found) -> None:
    inventory = unused_permissions(ninety, "role/inventory")
    assert not {"iam:ListUsers", "iam:ListRoles", "iam:GetAccountSummary"} & inventory["iam"]
    assert "iam:CreateUser" in inventory["iam"]
    assert inventory["sqs"] == set()
    assert "ec2:RunInstances" not in unused_permissions(ninety, "user/builder")["ec2"]
    assert "ec2:RunInstances" in unused_permissions(ninety, "user/tester")["ec2"]


def entity(lab: Lab, name: str) -> Entity:
    details = lab.root.client("iam").get_account_authorization_details()
    assert not details["IsTruncated"]
    return next(one for one in entities(details) if one.name == name)


def test_two_runs_have_the_same_record(lab: Lab) -> None:
    starts = [one for one in lab.events if one["eventName"] == "RunInstances"]
    tokens = {one["requestParameters"]["clientToken"] for one in starts}
    assert len(tokens) == 3
    assert all(re.fullmatch(r"web-server-\d{8}T\d{6}", token) for token in tokens)


def test_the_event_history_has_no_data_events(lab: Lab) -> None:
    pages = lab.root.client("cloudtrail").get_paginator("lookup_events").paginate()
    names = {event["EventName"] for page in pages for event in page["Events"]}
    assert "AssumeRole" in names
    assert not {"GetObject", "PutObject", "ListObjects"} & names


def test_the_work_can_be_done_again(lab: Lab) -> None:
    rows = pd.DataFrame([job.row for job in jobs(lab)])
    assert len(rows) == 9
    assert rows.outcome.str.startswith("✔").all(), rows.to_string()


def test_a_job_that_breaks_is_named_with_what_stopped_it(lab: Lab) -> None:
    iam = lab.root.client("iam")
    policy = iam.get_user_policy(UserName="backup", PolicyName="Backup")["PolicyDocument"]
    iam.delete_user_policy(UserName="backup", PolicyName="Backup")
    iam.delete_role_policy(RoleName="restore", PolicyName="Restore")
    broken = {row["job"]: row for job in jobs(lab) if (row := job.row)["outcome"] == "✖ broken"}
    assert set(broken) == {"nightly backup", "restore, once a quarter"}
    assert broken["nightly backup"]["broken at"] == "list the payroll"
    assert broken["nightly backup"]["stopped by"] == "no identity-based policy allows"
    assert policy["Statement"][0]["Action"] == ["s3:*", "kms:*"]
