"""The scenario "organization": two accounts, an SCP and an RCP in force."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from lab_calls import ACCOUNT, client, outcome, refused

from helpers import Lab
from helpers.lab.scenarios.house import PASSWORDS
from helpers.lab.scenarios.organization import BUCKET, DEVELOPER_PASSWORD, MEMBER, PARTNER


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """One lab for all, which no test changes for another."""
    yield Lab.start("organization")
    Lab.stop()


def test_who_is_there(lab: Lab) -> None:
    assert list(lab.accounts) == [ACCOUNT, MEMBER]
    organizations = lab.root.client("organizations")
    accounts = organizations.list_accounts()["Accounts"]
    assert [(a["Id"], a["Name"]) for a in accounts] == [
        (ACCOUNT, "Example Corp"),
        (MEMBER, "Workloads"),
    ]
    assert lab.sign_in("admin", PASSWORDS["admin"])
    assert lab.accounts[MEMBER].sign_in("developer", DEVELOPER_PASSWORD)
    assert "rule" not in repr(lab.accounts[MEMBER])


def test_the_developer_works_within_the_guardrails(lab: Lab) -> None:
    developer = lab.accounts[MEMBER].caller("developer")
    assert outcome(developer.client("ec2").describe_vpcs) == "allowed"
    assert outcome(developer.client("s3").list_objects_v2, Bucket=BUCKET) == "allowed"
    denied: list[tuple[str, Any, dict[str, str]]] = [
        ("AccessDeniedException", developer.client("organizations").leave_organization, {}),
        ("AccessDeniedException", developer.client("cloudtrail").stop_logging, {"Name": "t"}),
        ("UnauthorizedOperation",
         developer.client("ec2", region_name="eu-west-1").describe_vpcs, {}),
    ]  # fmt: skip
    for code, call, parameters in denied:
        message = refused(code, call, **parameters)
        assert "with an explicit deny in a service control policy" in message


def test_root_is_limited_in_the_member_and_not_in_the_management_account(lab: Lab) -> None:
    member = lab.accounts[MEMBER].root
    for service, call in (("s3", "list_buckets"), ("ec2", "describe_vpcs"), ("iam", "list_users")):
        for caller, answer in ((member, "denied"), (lab.root, "allowed")):
            found = outcome(getattr(caller.client(service), call))
            assert (found == "allowed") == (answer == "allowed"), (service, found)


def test_the_administrator_goes_over_by_the_role(lab: Lab) -> None:
    key = (
        lab.caller("admin")
        .client("sts")
        .assume_role(
            RoleArn=f"arn:aws:iam::{MEMBER}:role/OrganizationAccountAccessRole",
            RoleSessionName="over",
        )["Credentials"]
    )
    assert [u["UserName"] for u in client(key, "iam").list_users()["Users"]] == ["developer"]
    refused("AccessDeniedException", client(key, "organizations").leave_organization)


def test_the_bucket_is_shared_with_a_partner_whom_the_perimeter_keeps_out(lab: Lab) -> None:
    partner = lab.accounts.get(PARTNER) or lab.add_account(PARTNER)
    s3 = partner.root.client("s3")
    refused("AccessDenied", s3.list_objects_v2, Bucket=BUCKET)
    organizations = lab.root.client("organizations")
    top = organizations.list_roots()["Roots"][0]["Id"]
    perimeter = organizations.list_policies(Filter="RESOURCE_CONTROL_POLICY")["Policies"][-1]["Id"]
    organizations.detach_policy(PolicyId=perimeter, TargetId=top)
    assert outcome(s3.list_objects_v2, Bucket=BUCKET) == "allowed"
    organizations.attach_policy(PolicyId=perimeter, TargetId=top)
    refused("AccessDenied", s3.list_objects_v2, Bucket=BUCKET)


def test_the_management_account_acts_as_root_for_one_task(lab: Lab) -> None:
    key = (
        lab.caller("admin")
        .client("sts")
        .assume_root(
            TargetPrincipal=MEMBER,
            TaskPolicyArn={"arn": "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"},
        )["Credentials"]
    )
    summary = client(key, "iam").get_account_summary()["SummaryMap"]
    assert summary["AccountPasswordPresent"] == 1
    event = lab.trail.events[-1]
    assert (event["userIdentity"]["type"], event["recipientAccountId"]) == ("Root", MEMBER)
    assert event["userIdentity"]["sessionContext"]["assumedRoot"] == "true"
    refused("AccessDenied", client(key, "s3").list_buckets)


def test_each_account_has_its_own_stores(lab: Lab) -> None:
    developer = lab.accounts[MEMBER].caller("developer").client("ec2")
    own = {v["OwnerId"] for v in developer.describe_vpcs()["Vpcs"]}
    theirs = {v["OwnerId"] for v in lab.root.client("ec2").describe_vpcs()["Vpcs"]}
    assert (own, theirs) == ({MEMBER}, {ACCOUNT})
    vpcs = [v["VpcId"] for v in developer.describe_vpcs()["Vpcs"]]
    assert not {v["VpcId"] for v in lab.root.client("ec2").describe_vpcs()["Vpcs"]} & set(vpcs)
    buckets = lab.accounts[MEMBER].caller("developer").client("s3").list_buckets()
    assert [b["Name"] for b in buckets["Buckets"]] == [BUCKET]
    assert not lab.root.client("s3").list_buckets()["Buckets"]
    users = lab.root.client("iam").list_users()["Users"]
    assert [u["UserName"] for u in users] == ["admin"]
    developer.describe_vpcs()
    assert lab.trail.events[-1]["recipientAccountId"] == MEMBER


def test_it_is_the_same_each_time(lab: Lab) -> None:
    again = Lab.start("organization")
    found = again.root.client("organizations").describe_organization()["Organization"]["Id"]
    assert found == Lab.start("organization").root.client(
        "organizations"
    ).describe_organization()["Organization"]["Id"]  # fmt: skip
