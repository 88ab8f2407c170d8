"""The attacks that notebooks replay: what works on a bare account, and what stops them."""

from __future__ import annotations

import json

import pyotp
import pytest

from helpers import Lab
from helpers.lab.attacks import Step, attempt
from helpers.lab.attacks.against_root import against_root, past_root
from helpers.lab.attacks.step import NO_WAY_IN, control
from helpers.lab.attacks.takeover import Takeover
from helpers.lab.scenarios import ADMINISTRATOR_ACCESS, PASSWORDS

PASSWORD = PASSWORDS["admin"]


def open_ways(thief: Takeover) -> set[str]:
    return {name for name, step in thief.tries().items() if step.worked}


def stopped(steps: list[Step]) -> dict[str, str]:
    return {step.name: step.control for step in steps if not step.worked}


@pytest.fixture
def thief(house: Lab) -> Takeover:
    thief = Takeover(house, "admin", PASSWORD)
    thief.run()
    return thief


def test_bare_account_is_taken_over(thief: Takeover) -> None:
    assert stopped(thief.steps) == {}
    assert len(open_ways(thief)) == len(thief.tries()) == 7


@pytest.mark.parametrize("seconds", range(0, 30, 3))
def test_the_thiefs_code_is_fresh_at_any_time_of_the_clock(house: Lab, seconds: int) -> None:
    house.clock.advance(seconds=seconds)
    thief = Takeover(house, "admin", PASSWORD)
    thief.run()
    assert "the password" in open_ways(thief)
    assert "the password" in open_ways(thief)


def test_each_measure_stops_its_own_way(house: Lab, thief: Takeover) -> None:
    iam = house.root.client("iam")
    ways = open_ways(thief)

    def shut() -> set[str]:
        nonlocal ways
        before, ways = ways, open_ways(thief)
        return before - ways

    iam.update_login_profile(UserName="admin", Password="brisk-Lantern-oyster-8")
    assert shut() == {"the password"}
    for key in iam.list_access_keys(UserName="admin")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="admin", AccessKeyId=key["AccessKeyId"])
    assert shut() == {"the access key"}
    old = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": house.clock.now.isoformat()}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [old]})
    iam.put_user_policy(UserName="admin", PolicyName="Old", PolicyDocument=document)
    assert shut() == {"the open console session", "the session made with the key"}
    key = iam.list_access_keys(UserName="support-service")["AccessKeyMetadata"][0]
    iam.delete_access_key(UserName="support-service", AccessKeyId=key["AccessKeyId"])
    assert shut() == {"the key of support-service"}
    iam.detach_user_policy(UserName="support-service", PolicyArn=ADMINISTRATOR_ACCESS)
    iam.delete_user(UserName="support-service")
    assert shut() == {"the session of support-service"}
    iam.detach_role_policy(RoleName="SupportAccess", PolicyArn=ADMINISTRATOR_ACCESS)
    iam.delete_role(RoleName="SupportAccess")
    assert shut() == {"the role SupportAccess"}
    assert not ways


def test_taken_out_of_the_group_every_credential_of_the_user_is_empty(
    house: Lab, thief: Takeover
) -> None:
    iam = house.root.client("iam")
    iam.remove_user_from_group(GroupName="administrators", UserName="admin")
    tries = thief.tries()
    assert open_ways(thief) == {
        "the key of support-service",
        "the session of support-service",
        "the role SupportAccess",
    }
    assert tries["the access key"].control == "no identity-based policy allows"


def test_wrong_password_ends_at_the_door(house: Lab) -> None:
    thief = Takeover(house, "admin", "guessed-Wrong-7")
    steps = thief.run()
    assert not any(step.worked for step in steps)
    assert {step.control for step in steps[1:]} == {NO_WAY_IN}
    assert not open_ways(thief)


def test_mfa_ends_it_at_the_door(house: Lab) -> None:
    iam = house.root.client("iam")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]
    phone, now = pyotp.TOTP(device["Base32StringSeed"].decode()), house.clock.now
    iam.enable_mfa_device(
        UserName="admin",
        SerialNumber=device["SerialNumber"],
        AuthenticationCode1=phone.at(now),
        AuthenticationCode2=phone.at(now, counter_offset=1),
    )
    assert Takeover(house, "admin", PASSWORD).run()[0].control == "MFA"


def test_small_rights_are_what_stops_an_analysts_thief(house: Lab) -> None:
    thief = Takeover(house, "analyst", PASSWORDS["analyst"])
    found = stopped(thief.run())
    assert found["make an access key"] == "no identity-based policy allows"
    assert found["make a back-door user, support-service"] == "no identity-based policy allows"
    assert open_ways(thief) == {"the password", "the open console session"}


def test_deny_names_its_policy_type(house: Lab) -> None:
    deny = {"Effect": "Deny", "Action": "iam:CreateUser", "Resource": "*"}
    house.root.client("iam").put_group_policy(
        GroupName="administrators",
        PolicyName="NoUsers",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [deny]}),
    )
    found = stopped(Takeover(house, "admin", PASSWORD).run())
    assert found == {
        "make a back-door user, support-service": "explicit deny in an identity-based policy"
    }


def test_another_account_of_the_lab_can_be_attacked(house: Lab) -> None:
    other = house.add_account("444455556666")
    iam = other.root.client("iam")
    iam.create_user(UserName="boss")
    iam.attach_user_policy(UserName="boss", PolicyArn=ADMINISTRATOR_ACCESS)
    iam.create_login_profile(UserName="boss", Password=PASSWORD)
    thief = Takeover(house, "boss", PASSWORD, account=other)
    assert stopped(thief.run()) == {}
    assert len(open_ways(thief)) == 7
    at_home = {user["UserName"] for user in house.root.client("iam").list_users()["Users"]}
    assert at_home == {"admin", "analyst"}


def test_administrator_cannot_climb_to_root(house: Lab) -> None:
    steps = against_root(house.caller("admin"), "payroll")
    assert [step.worked for step in steps] == [False] * 5 + [True] * 3
    step, _ = attempt("", house.caller("admin").client("s3").delete_bucket_policy, Bucket="payroll")
    assert step.control == "explicit deny in a resource-based policy"
    house.root.client("s3").delete_bucket_policy(Bucket="payroll")


def test_organization_of_the_thief_binds_root_until_it_lets_go(house: Lab) -> None:
    for _ in range(2):
        steps = past_root(house, house.caller("admin"))
        assert [step.worked for step in steps] == [True, True, True, False, False]
        assert steps[-1].control == "explicit deny in a service control policy"
        house.root.client("iam").list_users()


def test_analyst_cannot_accept_the_invitation(house: Lab) -> None:
    steps = past_root(house, house.caller("analyst"))
    assert [step.worked for step in steps] == [True, False]
    house.root.client("iam").list_users()


@pytest.mark.parametrize(
    ("code", "sentence", "wanted"),
    [
        (
            "AccessDenied",
            "User: a is not authorized to perform: s3:GetObject on resource: b with an explicit "
            "deny in a service control policy: arn:aws:organizations::1:policy/o/x/p-1",
            "explicit deny in a service control policy",
        ),
        (
            "AccessDenied",
            "… because no permissions boundary allows the s3:GetObject action",
            "no permissions boundary allows",
        ),
        (
            "AccessDenied",
            "User: a is not authorized to perform: sts:AssumeRole on resource: b",
            "nothing allows it",
        ),
        ("InvalidClientTokenId", "…", "credentials that are not valid any more"),
        ("EntityAlreadyExists", "…", "EntityAlreadyExists"),
    ],
)
def test_control_is_read_from_the_answer(code: str, sentence: str, wanted: str) -> None:
    assert control(code, sentence) == wanted
