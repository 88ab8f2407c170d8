"""The neglected account: in what state it was left, read through boto3, and what works in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from lab_calls import outcome

from helpers import Lab
from helpers.lab.scenarios.neglected import CUSTOMERS, ORDERS, leaked
from helpers.lab.scenarios.neglected_jobs import WORKS, jobs, run_jobs

FIRST: list[Any] = []
"""What the first start left, before any test did anything."""


@pytest.fixture(scope="module")
def neglected() -> Iterator[Lab]:
    lab = Lab.start("neglected")
    FIRST[:] = [lab.events, leaked(lab), lab.clock.now]
    yield lab
    Lab.stop()


@pytest.fixture(scope="module")
def report(neglected: Lab) -> dict[str, dict[str, str]]:
    iam = neglected.root.client("iam")
    iam.generate_credential_report()
    text = iam.get_credential_report()["Content"].decode()
    return {row["user"]: row for row in csv.DictReader(io.StringIO(text))}


def days_ago(lab: Lab, when: str) -> int:
    return (lab.clock.now - datetime.fromisoformat(when)).days


def test_root_has_a_key_and_no_mfa(neglected: Lab, report: dict[str, dict[str, str]]) -> None:
    summary = neglected.root.client("iam").get_account_summary()["SummaryMap"]
    assert summary["AccountAccessKeysPresent"] == 1
    assert summary["AccountMFAEnabled"] == 0
    assert days_ago(neglected, report["<root_account>"]["access_key_1_last_used_date"]) == 280


def test_nobody_has_mfa(report: dict[str, dict[str, str]]) -> None:
    assert {user for user, row in report.items() if row["password_enabled"] == "true"} >= {
        "admin",
        "analyst",
        "auditor",
    }
    assert {row["mfa_active"] for row in report.values()} == {"false"}


def test_keys_are_old(neglected: Lab, report: dict[str, dict[str, str]]) -> None:
    active = {user for user, row in report.items() if row["access_key_1_active"] == "true"}
    assert active >= {"admin", "analyst", "backup", "contractor", "intern"}
    ages = {days_ago(neglected, report[user]["access_key_1_last_rotated"]) for user in active}
    assert ages == {300}


@pytest.mark.parametrize("user", ["contractor", "intern"])
def test_who_left_could_still_come(
    neglected: Lab, report: dict[str, dict[str, str]], user: str
) -> None:
    row = report[user]
    assert (row["password_enabled"], row["access_key_1_active"]) == ("true", "true")
    assert days_ago(neglected, row["password_last_used"]) == 280
    assert days_ago(neglected, row["access_key_1_last_used_date"]) == 280


def test_the_account_has_none_of_its_safeguards(neglected: Lab) -> None:
    root = neglected.root
    assert outcome(root.client("iam").get_account_password_policy) == "NoSuchEntity"
    contact = {"AlternateContactType": "SECURITY"}
    assert (
        outcome(root.client("account").get_alternate_contact, **contact)
        == "ResourceNotFoundException"
    )
    assert root.client("accessanalyzer").list_analyzers()["analyzers"] == []
    assert (
        outcome(root.client("s3control").get_public_access_block, AccountId=neglected.account.id)
        == "NoSuchPublicAccessBlockConfiguration"
    )


def test_the_trail_is_of_one_region_and_unvalidated(neglected: Lab) -> None:
    cloudtrail = neglected.root.client("cloudtrail")
    (trail,) = cloudtrail.describe_trails()["trailList"]
    assert (trail["IsMultiRegionTrail"], trail["LogFileValidationEnabled"]) == (False, False)
    assert cloudtrail.get_trail_status(Name=trail["Name"])["IsLogging"] is True
    other = neglected.root.client("cloudtrail", region_name="eu-west-1")
    assert other.describe_trails()["trailList"] == []


def test_the_program_may_do_everything(neglected: Lab) -> None:
    iam = neglected.root.client("iam")
    policy = iam.get_user_policy(UserName="backup", PolicyName="Everything")["PolicyDocument"]
    assert policy["Statement"] == [{"Effect": "Allow", "Action": "*", "Resource": "*"}]


def trusted(lab: Lab, role: str) -> dict[str, Any]:
    found = lab.root.client("iam").get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    (statement,) = found["Statement"]
    return statement


def test_roles_let_in_too_many(neglected: Lab) -> None:
    assert trusted(neglected, "deploy")["Principal"] == {"AWS": "*"}
    vendor = trusted(neglected, "monitoring")
    assert vendor["Principal"] == {"AWS": "arn:aws:iam::777788889999:root"}
    assert "Condition" not in vendor
    attached = neglected.root.client("iam").list_attached_role_policies(RoleName="monitoring")
    names = [policy["PolicyName"] for policy in attached["AttachedPolicies"]]
    assert names == ["AdministratorAccess"]


def test_a_bucket_is_public_with_what_must_not_be(neglected: Lab) -> None:
    s3 = neglected.root.client("s3")
    assert s3.get_bucket_policy_status(Bucket="exchange")["PolicyStatus"]["IsPublic"] is True
    assert (
        outcome(s3.get_public_access_block, Bucket="exchange")
        == "NoSuchPublicAccessBlockConfiguration"
    )
    grantees = [grant["Grantee"] for grant in s3.get_bucket_acl(Bucket="exchange")["Grants"]]
    assert any(grantee.get("URI", "").endswith("/AllUsers") for grantee in grantees)
    keys = {item["Key"] for item in s3.list_objects_v2(Bucket="exchange")["Contents"]}
    assert {ORDERS, CUSTOMERS} < keys


def test_a_machine_is_open_to_the_world(neglected: Lab) -> None:
    ec2 = neglected.root.client("ec2")
    assert ec2.describe_vpcs()["Vpcs"][0]["IsDefault"] is True
    (group,) = ec2.describe_security_groups(GroupNames=["web"])["SecurityGroups"]
    open_ = {
        rule["FromPort"]
        for rule in group["IpPermissions"]
        if rule["IpRanges"] == [{"CidrIp": "0.0.0.0/0"}]
    }
    assert open_ == {22, 443, 3389}
    machines = ec2.describe_instances(
        Filters=[{"Name": "instance.group-id", "Values": [group["GroupId"]]}]
    )["Reservations"]
    assert [m["State"]["Name"] for found in machines for m in found["Instances"]] == ["running"]


def test_every_job_works(neglected: Lab) -> None:
    runs = run_jobs(neglected)
    assert [run["job"] for run in runs] == [job.name for job in jobs()]
    assert {run["outcome"] for run in runs} == {WORKS}
    s3 = neglected.root.client("s3")
    copied = [item["Key"] for item in s3.list_objects_v2(Bucket="backups")["Contents"]]
    assert [key.partition("/")[2] for key in copied[:2]] == ["2025.csv", "2026.csv"]


def test_what_leaked_is_what_is_there(neglected: Lab) -> None:
    held = leaked(neglected)
    for caller, arn in ((held.root, ":root"), (held.contractor, ":user/contractor")):
        assert caller.client("sts").get_caller_identity()["Arn"].endswith(arn)
    assert neglected.sign_in("admin", held.administrator).session_token


def test_the_partner_sees_the_public_bucket_only(neglected: Lab) -> None:
    """The other buckets are as new ones are: closed to everybody outside."""
    partner = neglected.accounts["444455556666"].caller("service").client("s3")
    with pytest.raises(ClientError, match="AccessDenied"):
        partner.get_object(Bucket="payroll", Key="2026.csv")


def test_nothing_leaked_elsewhere() -> None:
    lab = Lab.start("house")
    try:
        with pytest.raises(LookupError, match="neglected"):
            leaked(lab)
    finally:
        Lab.stop()


def test_two_starts_are_the_same(neglected: Lab) -> None:
    first = list(FIRST)  # the last test of this module: the first account goes
    lab = Lab.start("neglected")
    try:
        assert [lab.events, leaked(lab), lab.clock.now] == first
    finally:
        Lab.stop()
