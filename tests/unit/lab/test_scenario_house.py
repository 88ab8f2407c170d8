"""The house: who is in it, and who can do what."""

from __future__ import annotations

from typing import Any

import pytest
from lab_calls import ACCOUNT, outcome, refused

from helpers import Caller, Lab
from helpers.lab import scenarios
from helpers.lab.console import SignInFailed

READ = {"Bucket": "payroll", "Key": "2026.csv"}
WRITE = {**READ, "Body": b"x"}
DENIED = "AccessDenied"

# service, method, parameters: the outcome for root, admin, analyst.
MATRIX: list[tuple[str, str, dict[str, Any], tuple[str, str, str]]] = [
    ("sts", "get_caller_identity", {}, ("allowed", "allowed", "allowed")),
    ("sts", "get_session_token", {}, ("allowed", "allowed", "allowed")),
    ("s3", "list_buckets", {}, ("allowed", "allowed", "allowed")),
    ("s3", "list_objects_v2", {"Bucket": "payroll"}, ("allowed", "allowed", "allowed")),
    ("s3", "get_object", READ, ("allowed", "allowed", "allowed")),
    ("s3", "put_object", WRITE, ("allowed", "allowed", DENIED)),
    ("s3", "delete_object", READ, ("allowed", "allowed", DENIED)),
    ("s3", "get_bucket_versioning", {"Bucket": "payroll"}, ("allowed", "allowed", DENIED)),
    ("s3", "create_bucket", {"Bucket": "new-bucket"}, ("allowed", "allowed", DENIED)),
    ("iam", "list_users", {}, ("allowed", "allowed", DENIED)),
    ("iam", "get_user", {"UserName": "analyst"}, ("allowed", "allowed", DENIED)),
    ("iam", "create_user", {"UserName": "eve"}, ("allowed", "allowed", DENIED)),
    ("iam", "create_access_key", {"UserName": "admin"}, ("allowed", "allowed", DENIED)),
    ("ec2", "describe_vpcs", {}, ("allowed", "allowed", "UnauthorizedOperation")),
    ("cloudtrail", "describe_trails", {}, ("allowed", "allowed", "AccessDeniedException")),
]


@pytest.mark.parametrize(("service", "method", "parameters", "expected"), MATRIX)
def test_who_can_do_what(
    house: Lab, service: str, method: str, parameters: dict, expected: tuple[str, str, str]
) -> None:
    callers = (house.root, house.caller("admin"), house.caller("analyst"))
    # The least first: what is denied must leave nothing behind for those who come after.
    found = [
        outcome(getattr(caller.client(service), method), **as_new(parameters, caller))
        for caller in reversed(callers)
    ]
    assert tuple(reversed(found)) == expected


def as_new(parameters: dict, caller: Caller) -> dict:
    """What is made is made by each under a name of their own."""
    if parameters.get("Bucket") == "new-bucket" or parameters.get("UserName") == "eve":
        return {name: f"{value}-{caller.name}" for name, value in parameters.items()}
    if parameters.get("UserName") == "admin" and caller.name == "root":
        return {"UserName": "analyst"}  # two keys each
    return parameters


def test_what_stands_in_it(house: Lab) -> None:
    iam, s3 = house.root.client("iam"), house.root.client("s3")
    assert [u["UserName"] for u in iam.list_users()["Users"]] == ["admin", "analyst"]
    groups = {
        user: [g["GroupName"] for g in iam.list_groups_for_user(UserName=user)["Groups"]]
        for user in ("admin", "analyst")
    }
    assert groups == {"admin": ["administrators"], "analyst": ["analysts"]}
    attached = iam.list_attached_group_policies(GroupName="administrators")["AttachedPolicies"]
    assert [p["PolicyArn"] for p in attached] == [scenarios.ADMINISTRATOR_ACCESS]
    stored = iam.get_group_policy(GroupName="analysts", PolicyName="ReadPayroll")
    assert stored["PolicyDocument"] == scenarios.READ_PAYROLL
    for user in ("admin", "analyst"):
        keys = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
        assert [key["Status"] for key in keys] == ["Active"]
        assert iam.list_mfa_devices(UserName=user)["MFADevices"] == []
        assert iam.list_user_policies(UserName=user)["PolicyNames"] == []
        iam.get_login_profile(UserName=user)
    assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == ["payroll"]
    for key, body in scenarios.PAYROLL.items():
        assert s3.get_object(Bucket="payroll", Key=key)["Body"].read().decode() == body
    summary = iam.get_account_summary()["SummaryMap"]
    assert summary["AccountMFAEnabled"] == summary["AccountAccessKeysPresent"] == 0


@pytest.mark.parametrize("user", ["admin", "analyst"])
def test_the_passwords_open_the_console_and_others_do_not(house: Lab, user: str) -> None:
    signed_in = house.sign_in(user, scenarios.PASSWORDS[user])
    assert signed_in.arn == f"arn:aws:iam::{ACCOUNT}:user/{user}"
    signed_in.client("s3").list_buckets()
    others = {scenarios.PASSWORDS[name] for name in scenarios.PASSWORDS if name != user}
    for wrong in (*others, "", scenarios.PASSWORDS[user].lower()):
        with pytest.raises(SignInFailed, match="incorrect"):
            house.sign_in(user, wrong)


def test_the_analysts_denials_name_action_resource_and_reason(house: Lab) -> None:
    analyst = house.caller("analyst")
    assert refused(DENIED, analyst.client("s3").put_object, **WRITE) == (
        f"User: {analyst.arn} is not authorized to perform: s3:PutObject on resource: "
        '"arn:aws:s3:::payroll/2026.csv" because no identity-based policy allows the '
        "s3:PutObject action"
    )
    assert house.decisions[-1].effect == "implicitDeny"
    assert "s3:PutObject" in str(house.why())


def test_each_start_is_the_same_house(house: Lab) -> None:
    before = house.caller("admin")
    house.root.client("s3").delete_object(**READ)
    again = Lab.start("house")
    assert again.caller("admin") == before
    assert again.root.client("s3").get_object(**READ)["ContentLength"] > 0
