"""The neglected account mended rightly and wrongly: which attacks work then, and which jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import neglected_repairs as repairs
import pytest
from lab_calls import enrol

from helpers import Lab
from helpers.lab import people
from helpers.lab.attacks.neglected import ATTACKS, replay_attacks
from helpers.lab.scenarios.neglected_jobs import BROKEN, NOT_TRIED, WORKS, jobs, run_jobs


@pytest.fixture
def neglected() -> Iterator[Lab]:
    yield Lab.start("neglected")
    Lab.stop()


def attacks(lab: Lab) -> dict[tuple[str, str], str]:
    """Attack and with what → what stopped it; empty where it worked."""
    rows = replay_attacks(lab)
    for row in rows:
        assert (row["outcome"] == "✔ worked") is (row["stopped by"] == "")
    return {(row["attack"], row["with"]): row["stopped by"] for row in rows}


def broken(lab: Lab) -> dict[str, tuple[str, str]]:
    """Job → at which step it ended and by what; the jobs that work are not among them."""
    rows = run_jobs(lab)
    assert len(rows) == 7
    return {
        row["job"]: (row["ended at"], row["stopped by"]) for row in rows if row["outcome"] != WORKS
    }


def state(lab: Lab) -> Any:
    """What attacks may not leave changed."""
    root = lab.root
    details = root.client("iam").get_account_authorization_details()
    for role in details["RoleDetailList"]:
        role.pop("RoleLastUsed", None)  # that somebody was there stays in the record
    reservations = root.client("ec2").describe_instances()["Reservations"]
    keys = root.client("iam").list_access_keys()["AccessKeyMetadata"]
    return (
        {name: details[name] for name in details if name.endswith("List")},
        [m["InstanceId"] for found in reservations for m in found["Instances"]],
        root.client("cloudtrail").get_trail_status(Name="management")["IsLogging"],
        keys,
    )


ALL = {(attack.name, attack.held) for attack in ATTACKS}
INSIDE, VENDOR = "what the program backup holds now", "the vendor's account 777788889999"


def test_cosmetics_and_deleted_users_mend_nothing(neglected: Lab) -> None:
    before = state(neglected)
    assert set(attacks(neglected).values()) == {""}
    assert state(neglected) == before
    repairs.cosmetics(neglected)
    assert attacks(neglected) == dict.fromkeys(ALL, "")
    assert broken(neglected) == {}
    # Nor do users who are deleted because it is simple: their work is gone, the doors are open.
    repairs.delete_users(neglected)
    assert broken(neglected) == {
        "nightly backup": (
            "find credentials",
            "its user has no active key, its machine no role",
        ),
        "monthly report": ("sign in as analyst", "there is no user analyst"),
        "deployment": ("sign in as admin", "there is no user admin"),
        "audit": ("sign in as auditor", "there is no user auditor"),
    }
    found = attacks(neglected)
    assert found["make an administrator", INSIDE] == "no way in"
    worked = {attack for attack, by in found.items() if not by}
    assert ("read the payroll", "the leaked key of root") in worked
    assert ("read the bucket exchange", "nothing") in worked


def test_a_good_repair(neglected: Lab) -> None:
    repairs.good_repair(neglected)
    found = attacks(neglected)
    for attack in (("reach port 22", "nothing"), ("reach port 3389", "nothing")):
        assert found.pop(attack).startswith("no rule of its security groups (sg-")
    assert found == {
        ("read the payroll", "the leaked key of root"): "the access key is deleted",
        ("make an administrator", "the leaked key of root"): "the access key is deleted",
        ("start a machine", "the key of contractor, who left"): "the user contractor is gone",
        (
            "sign in and start a machine",
            "the password of contractor, who left",
        ): "the user contractor is gone",
        ("read the payroll", "the key of intern, who left"): "the user intern is gone",
        ("sign in and make an administrator", "the leaked password of admin"): "MFA",
        (
            "assume a role",
            "an account that nobody knows",
        ): "the role trust policy (condition aws:MultiFactorAuthPresent)",
        (
            "assume monitoring for another customer",
            VENDOR,
        ): "the role trust policy (condition sts:ExternalId)",
        (
            "assume monitoring and read the payroll",
            VENDOR,
        ): "no identity-based policy allows s3:GetObject",
        (
            "read the bucket exchange",
            "nothing",
        ): "no resource-based policy allows s3:GetObject",
        ("read the payroll", "the leaked key of backup"): "the access key is deleted",
        ("make an administrator", INSIDE): "no identity-based policy allows iam:CreateUser",
        (
            "switch the trail off",
            INSIDE,
        ): "no identity-based policy allows cloudtrail:StopLogging",
    }
    assert broken(neglected) == {}  # the replay took nothing from them


def test_another_right_way(neglected: Lab) -> None:
    repairs.other_repair(neglected)
    assert broken(neglected) == {}
    found = attacks(neglected)
    assert "" not in found.values()
    controls = set(found.values())
    assert {
        "the access key is inactive",
        "the user contractor has no password",
        "the user backup is gone",
        "no permissions boundary allows s3:GetObject",
        "the role trust policy",
    } < controls
    assert found["reach port 22", "nothing"].startswith("the network ACL acl-")


def test_denying_everything_stops_the_work(neglected: Lab) -> None:
    repairs.deny_everything(neglected)
    found = broken(neglected)
    assert set(found) == {job.name for job in jobs()}
    denied = "explicit deny of {} in the identity-based policy AWSDenyAll"
    assert found["monthly report"] == (
        "list the bucket payroll",
        denied.format("s3:ListBucket"),
    )
    assert found["deployment"] == ("assume the role deploy", denied.format("sts:AssumeRole"))
    assert found["fetch the orders"] == ("read exchange/orders/2027.csv", "Block Public Access")
    assert found["website"][0] == "answer on port 443"
    worked = {attack for attack, by in attacks(neglected).items() if not by}
    # Whom a role trusts is not changed by what it may do.
    assert worked == {
        ("assume a role", "an account that nobody knows"),
        ("assume monitoring for another customer", VENDOR),
    }


def _no_credentials(lab: Lab) -> None:
    iam = lab.root.client("iam")
    iam.delete_login_profile(UserName="analyst")
    iam.update_access_key(**repairs.old_key(iam, "analyst"), Status="Inactive")


def _machines_off(lab: Lab) -> None:
    ec2 = lab.root.client("ec2")
    for found in ec2.describe_instances()["Reservations"]:
        ec2.terminate_instances(InstanceIds=[m["InstanceId"] for m in found["Instances"]])


def _no_role(lab: Lab) -> None:
    iam = lab.root.client("iam")
    profile = {"InstanceProfileName": "web-server", "RoleName": "web-server"}
    iam.remove_role_from_instance_profile(**profile)


def _from_the_office(lab: Lab) -> None:
    """What only the company's own people come from."""
    orders = repairs.statement(
        "Allow",
        "s3:GetObject",
        "arn:aws:s3:::exchange/orders/*",
        Principal="*",
        Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    )
    lab.root.client("s3").put_bucket_policy(Bucket="exchange", Policy=repairs.policy(orders))


def _program_in_the_office(lab: Lab) -> None:
    outside = {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    lab.root.client("iam").put_user_policy(
        UserName="backup",
        PolicyName="Office",
        PolicyDocument=repairs.policy(repairs.statement("Deny", "*", Condition=outside)),
    )


def _other_trust(lab: Lab) -> None:
    iam = lab.root.client("iam")
    lambda_ = repairs.trust({"Service": "lambda.amazonaws.com"})
    iam.update_assume_role_policy(RoleName="web-server", PolicyDocument=lambda_)


BREAKS: list[tuple[Callable[[Lab], None], str, str, str]] = [
    (_no_credentials, "monthly report", NOT_TRIED, people.NO_CREDENTIALS),
    (_other_trust, "website", BROKEN, "the role web-server does not trust ec2.amazonaws.com"),
    (_no_role, "website", BROKEN, "there is no role in the instance profile of i-"),
    (
        _from_the_office,
        "fetch the orders",
        BROKEN,
        "no resource-based policy allows s3:GetObject (condition aws:SourceIp)",
    ),
    (
        _program_in_the_office,
        "nightly backup",
        BROKEN,
        "explicit deny of s3:ListBucket in the identity-based policy Office (condition aws:",
    ),
    (_machines_off, "nightly backup", BROKEN, "no machine backup is running"),
]


def test_half_measures_are_seen_through_and_what_breaks_a_job_is_named(neglected: Lab) -> None:
    iam, ec2 = neglected.root.client("iam"), neglected.root.client("ec2")
    # A leaked password that has to be changed is changed by whoever comes first.
    iam.update_login_profile(UserName="admin", PasswordResetRequired=True)
    # A new key for a program that may do everything.
    iam.create_access_key(UserName="backup")
    iam.delete_access_key(**repairs.old_key(iam, "backup"))
    no_users = repairs.policy(repairs.statement("Deny", "iam:CreateUser"))
    iam.put_user_policy(UserName="backup", PolicyName="NoUsers", PolicyDocument=no_users)
    # The world in two halves, and one port for the office only.
    group = repairs.open_group(ec2)
    rule = {"GroupId": group, "IpProtocol": "tcp"}
    for port, ranges in ((22, ("0.0.0.0/1", "128.0.0.0/1")), (3389, ("203.0.113.0/24",))):
        ports = {**rule, "FromPort": port, "ToPort": port}
        ec2.revoke_security_group_ingress(**ports, CidrIp="0.0.0.0/0")
        for cidr in ranges:
            ec2.authorize_security_group_ingress(**ports, CidrIp=cidr)
    neglected.root.client("cloudtrail").stop_logging(Name="management")
    before = state(neglected)
    found = attacks(neglected)
    assert state(neglected) == before
    assert found["sign in and make an administrator", "the leaked password of admin"] == ""
    assert found["read the payroll", "the leaked key of backup"] == "the access key is deleted"
    assert found["make an administrator", INSIDE] == ""
    assert found["switch the trail off", INSIDE] == ""  # there is nothing to switch off
    assert found["reach port 22", "nothing"] == ""
    assert found["reach port 3389", "nothing"] == (
        "security group or network ACL: only 203.0.113.0/24 gets in"
    )
    # The administrator chooses a new password at the next sign-in, and the stranger is late.
    iam.update_account_password_policy(AllowUsersToChangePassword=True)
    assert broken(neglected) == {}
    for break_, name, outcome, by in BREAKS:
        break_(neglected)
        (job,) = [job for job in jobs() if job.name == name]
        row = job.run(neglected).row
        assert row["outcome"] == outcome
        assert row["stopped by"].startswith(by)
    found = attacks(neglected)
    assert found["reach port 22", "nothing"] == "no machine is running"
    assert found["sign in and make an administrator", "the leaked password of admin"] == (
        "the password, or the code with it"
    )


def test_people_come_in_with_what_they_have(house: Lab) -> None:
    iam = house.root.client("iam")
    enrol(house, iam, "admin", "admin")
    for _ in range(2):  # a code is good once
        step, caller = people.at_work(house, "admin")
        assert step.worked
        assert caller.client("iam").list_users()
    iam.delete_login_profile(UserName="admin")
    step, caller = people.at_work(house, "admin")
    assert caller.client("iam").list_users()  # GetSessionToken without MFA is not let into IAM
    assert [e["eventName"] for e in house.events].count("GetSessionToken") == 1
    iam.update_account_password_policy(MaxPasswordAge=90, HardExpiry=True)
    house.clock.advance(days=100)
    step, caller = people.at_work(house, "analyst")
    assert (step.worked, caller) == (False, None)
    assert "password has expired" in step.said
