"""The scenario "office": the small company a month later, with two programs that do its chores.

The programs ``reporter`` and ``importer`` hold an access key each and a policy that allows
everything. The importer has run every night for two weeks: there is a record of what it uses.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from helpers.lab.attacks.step import Step, attempt
from helpers.lab.caller import Caller
from helpers.lab.scenarios.house import ADMINISTRATOR_ACCESS, house

if TYPE_CHECKING:
    from helpers.lab.lab import Lab

FULL_ACCESS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
PROGRAMS_POLICY = "Work"
"""The name of each program's inline policy."""

NIGHTS = 14
LAST_NIGHT = datetime(2026, 12, 1, 2, tzinfo=UTC)
FIRST_OF_THE_MONTH = 1


def office(lab: Lab) -> None:
    """The house, and in it two weeks of work.

    New are the buckets ``reports`` and ``incoming``, the users ``reporter`` and ``importer``
    (programs), the user ``helpdesk``, and two roles that may do everything: ``deployer``, for
    machines of EC2, and ``emergency``, for whoever in the account is allowed to assume it.
    """
    house(lab)
    iam, s3 = lab.root.client("iam"), lab.root.client("s3")
    for bucket in ("reports", "incoming"):
        s3.create_bucket(Bucket=bucket)
    for program in ("reporter", "importer"):
        iam.create_user(UserName=program)
        iam.create_access_key(UserName=program)
        iam.put_user_policy(
            UserName=program,
            PolicyName=PROGRAMS_POLICY,
            PolicyDocument=json.dumps(FULL_ACCESS),
        )
    iam.create_user(UserName="helpdesk")
    iam.create_access_key(UserName="helpdesk")
    _role(iam, "deployer", {"Service": "ec2.amazonaws.com"})
    iam.create_instance_profile(InstanceProfileName="deployer")
    iam.add_role_to_instance_profile(InstanceProfileName="deployer", RoleName="deployer")
    _role(iam, "emergency", {"AWS": f"arn:aws:iam::{lab.account.id}:root"})
    _two_weeks(lab)


def _role(iam: Any, name: str, trusted: dict[str, str]) -> None:
    statement = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    iam.attach_role_policy(RoleName=name, PolicyArn=ADMINISTRATOR_ACCESS)


def _two_weeks(lab: Lab) -> None:
    """Every night the importer runs; one afternoon somebody looks around with its key."""
    s3 = lab.root.client("s3")
    importer = lab.caller("importer")
    work = importer.client("s3")
    # A lab that begins on another day has its two weeks then.
    last = max(LAST_NIGHT, lab.clock.now + timedelta(days=NIGHTS))
    for number in range(NIGHTS):
        night = last - timedelta(days=NIGHTS - 1 - number)
        lab.clock.advance(seconds=(night - lab.clock.now).total_seconds())
        bring_hours(s3, night)
        nightly_import(work, night)
        if number == NIGHTS // 3:
            lab.clock.advance(hours=12)
            _look_around(importer)
    lab.clock.advance(hours=7)


def bring_hours(s3: Any, night: datetime) -> None:
    """The file that the branch office leaves in ``incoming`` each evening."""
    s3.put_object(Bucket="incoming", Key=f"{night:%Y-%m-%d}.csv", Body=b"name,hours\n")


def _look_around(caller: Caller) -> None:
    """What a person did with a program's key, once. It is no part of the program's work."""
    iam = caller.client("iam")
    iam.list_users()
    iam.list_roles()
    caller.client("s3").list_buckets()


# What the programs do ---------------------------------------------------------------------------


def nightly_report(s3: Any, night: datetime) -> list[Step]:
    """The reporter's work: read the payroll, write a report; each first, last year's as well."""
    steps = [
        _step("list the payroll", s3.list_objects_v2, Bucket="payroll"),
        _step("read this year's payroll", s3.get_object, Bucket="payroll", Key="2026.csv"),
    ]
    if night.day == FIRST_OF_THE_MONTH:
        steps.append(
            _step("read last year's payroll", s3.get_object, Bucket="payroll", Key="2025.csv")
        )
    steps.append(
        _step("write the report", s3.put_object, Bucket="reports", Key=_report(night), Body=b"ok\n")
    )
    return steps


def _report(night: datetime) -> str:
    return f"{night:%Y-%m-%d}.txt"


def nightly_import(s3: Any, night: datetime) -> list[Step]:
    """The importer's work: take in what lies in ``incoming``, add it to the payroll, clear up.

    On the first of a month it also starts the year's file again from last year's.
    """
    key = f"{night:%Y-%m-%d}.csv"
    steps = [
        _step("look what has come in", s3.list_objects_v2, Bucket="incoming"),
        _step("read what has come in", s3.get_object, Bucket="incoming", Key=key),
    ]
    if night.day == FIRST_OF_THE_MONTH:
        steps.append(_step("read last year", s3.get_object, Bucket="payroll", Key="2025.csv"))
    return [
        *steps,
        _step(
            "write it to the payroll",
            s3.put_object,
            Bucket="payroll",
            Key="hours.csv",
            Body=b"hours\n",
        ),
        _step("clear up", s3.delete_object, Bucket="incoming", Key=key),
    ]


def _step(name: str, call: Callable[..., Any], **parameters: Any) -> Step:
    return attempt(name, call, **parameters)[0]
