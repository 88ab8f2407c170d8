"""The quarter: who did what and when, what an analyzer finds, and the work done again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from helpers import Lab
from helpers.analysis.event_table import event_table
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
    assert len(events) > 800
    days = events.groupby(events.principal.str.rpartition("/")[2]).time.apply(
        lambda times: times.dt.date.nunique()
    )
    assert days["backup"] == 90
    assert days["builder"] >= 64
    assert days["tester"] == 64
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


def findings(lab: Lab, age: int) -> set[tuple[str, str]]:
    client: Any = lab.root.client("accessanalyzer")
    arn = client.create_analyzer(
        analyzerName=f"unused-{age}",
        type="ACCOUNT_UNUSED_ACCESS",
        configuration={"unusedAccess": {"unusedAccessAge": age}},
    )["arn"]
    pages = client.get_paginator("list_findings_v2").paginate(analyzerArn=arn)
    found = {(f["findingType"], f["resource"].split(":")[-1]) for p in pages for f in p["findings"]}
    client.delete_analyzer(analyzerName=f"unused-{age}")
    return found


PERMISSIONS = {"user/admin", "user/analyst", "user/backup", "user/builder", "user/consultant"} | {
    "user/scheduler", "user/tester", "role/deploy", "role/inventory",
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


def test_what_an_analyzer_finds_depends_on_how_far_it_looks_back(lab: Lab) -> None:
    ninety = findings(lab, 90)
    assert {name for kind, name in ninety if kind == "UnusedPermission"} - {
        "role/restore", "role/webserver"} == PERMISSIONS  # fmt: skip
    assert {one for one in ninety if one[0] != "UnusedPermission"} == ALWAYS
    sixty = {one for one in findings(lab, 60) if one[0] != "UnusedPermission"}
    assert sixty == ALWAYS | LEAVER
    thirty = {one for one in findings(lab, 30) if one[0] != "UnusedPermission"}
    assert thirty == ALWAYS | LEAVER | {("UnusedIAMRole", "role/restore")}


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
