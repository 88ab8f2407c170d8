"""The office: two programs that may do everything, and a record of what one of them does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError
from lab_calls import outcome

from helpers import Lab
from helpers.lab.scenarios.office import bring_hours, nightly_import, nightly_report


@pytest.fixture(scope="module")
def office() -> Iterator[Lab]:
    yield Lab.start("office")
    Lab.stop()


def test_the_importer_has_worked_for_two_weeks(office: Lab) -> None:
    events = [e for e in office.events if e["userIdentity"].get("userName") == "importer"]
    assert {event.get("errorCode") for event in events} == {None}
    nights = [event for event in events if "T02:" in event["eventTime"]]
    assert Counter(event["eventName"] for event in nights) == {
        "ListObjects": 14,
        "GetObject": 15,
        "PutObject": 14,
        "DeleteObject": 14,
    }
    others = [event for event in events if event not in nights]
    assert [event["eventName"] for event in others] == ["ListUsers", "ListRoles", "ListBuckets"]
    assert {event["eventTime"][:10] for event in others} == {"2026-11-22"}


@pytest.mark.parametrize("program", ["reporter", "importer"])
def test_the_programs_may_do_everything(office: Lab, program: str) -> None:
    caller = office.caller(program)
    assert outcome(caller.client("iam").list_users) == "allowed"
    assert outcome(caller.client("ec2").describe_vpcs) == "allowed"


def test_the_helpdesk_may_do_nothing(office: Lab) -> None:
    assert outcome(office.caller("helpdesk").client("iam").list_users) == "AccessDenied"


def test_the_roles_are_for_whom_they_say(office: Lab) -> None:
    sts = office.caller("importer").client("sts")
    arn = f"arn:aws:iam::{office.account.id}:role"
    assert sts.assume_role(RoleArn=f"{arn}/emergency", RoleSessionName="work")["Credentials"]
    with pytest.raises(ClientError, match="AccessDenied"):
        sts.assume_role(RoleArn=f"{arn}/deployer", RoleSessionName="work")


@pytest.mark.parametrize(("day", "steps"), [(1, 5), (2, 4)])
def test_the_first_of_a_month_is_longer(office: Lab, day: int, steps: int) -> None:
    night = datetime(2027, 1, day, 2, tzinfo=UTC)
    bring_hours(office.root.client("s3"), night)
    imported = nightly_import(office.caller("importer").client("s3"), night)
    assert [step.worked for step in imported] == [True] * steps
    reported = nightly_report(office.caller("reporter").client("s3"), night)
    assert [step.worked for step in reported] == [True] * (steps - 1)


def test_a_lab_that_begins_later_has_its_two_weeks_then() -> None:
    lab = Lab.start("office", now=datetime(2027, 3, 1, 9, tzinfo=UTC))
    try:
        assert lab.clock.now > datetime(2027, 3, 14, tzinfo=UTC)
        work = [e for e in lab.events if e["userIdentity"].get("userName") == "importer"]
        assert min(event["eventTime"] for event in work) >= "2027-03-01T09:00:00Z"
    finally:
        Lab.stop()
