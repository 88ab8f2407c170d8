"""Password policies, one's own password, passwords that run out or have to be changed."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from lab_calls import (
    ACCOUNT,
    DENY_WITHOUT_MFA,
    allow,
    enrol,
    new_user,
    policy,
    refused,
    statement,
    trust,
)

from helpers import Caller, Lab
from helpers.lab.console import MUST_CHANGE, NOT_CHANGED, SignInFailed

VIOLATION = "PasswordPolicyViolation"
GOOD, BETTER, BEST = "winter-Sky-19", "summer-Sky-20", "autumn-Sky-21"
MAY_CHANGE = allow("iam:ChangePassword", f"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}")


@pytest.fixture
def iam(lab: Lab) -> Any:
    found = lab.root.client("iam")
    found.create_user(UserName="ann")
    return found


def set_to(iam: Any, password: str, **others: Any) -> None:
    iam.update_login_profile(UserName="ann", Password=password, **others)


# The policy of an account without one of its own -------------------------------------------------


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("aB3-xyz", "Password should have a minimum length of 8"),
        (
            "abcdefgh1",
            "Password should meet 1 more of the following requirements: Password should have at "
            "least one uppercase letter, Password should have at least one symbol",
        ),
        (
            "abcdefgh",
            "Password should meet 2 more of the following requirements: Password should have at "
            "least one uppercase letter, Password should have at least one number, Password should "
            "have at least one symbol",
        ),
    ],
)
def test_what_iam_asks_by_itself(iam: Any, password: str, said: str) -> None:
    user = {"UserName": "ann"}
    assert refused(VIOLATION, iam.create_login_profile, **user, Password=password) == said
    refused("NoSuchEntity", iam.get_login_profile, **user)
    iam.create_login_profile(**user, Password=GOOD)
    assert refused(VIOLATION, iam.update_login_profile, **user, Password=password) == said


@pytest.mark.parametrize(
    "password", ["Abcdefg1", "abcdef-1", "ABCDEF-1", "Abcdef-g", "A" * 126 + "b1"]
)
def test_three_classes_of_four_and_8_to_128_characters(iam: Any, password: str) -> None:
    iam.create_login_profile(UserName="ann", Password=password)


def test_128_characters_are_the_most(iam: Any) -> None:
    said = refused(
        "ValidationError", iam.create_login_profile, UserName="ann", Password="Ab1-" * 33
    )
    assert said == (
        "1 validation error detected: Value at 'password' failed to satisfy constraint: "
        "Member must have length less than or equal to 128"
    )


def test_a_password_is_not_what_the_account_is_called(lab: Lab, iam: Any) -> None:
    refused(VIOLATION, iam.create_login_profile, UserName="ann", Password=lab.account.email)
    iam.create_account_alias(AccountAlias="example-corp-7")
    refused(VIOLATION, iam.create_login_profile, UserName="ann", Password="Example-Corp-7")
    iam.create_login_profile(UserName="ann", Password="Example-Corp-8")


# One of its own ---------------------------------------------------------------------------------


def test_there_is_none_until_one_is_set(iam: Any) -> None:
    said = refused("NoSuchEntity", iam.get_account_password_policy)
    assert said == f"The Password Policy with domain name {ACCOUNT} cannot be found."
    refused("NoSuchEntity", iam.delete_account_password_policy)
    iam.update_account_password_policy()
    assert iam.get_account_password_policy()["PasswordPolicy"] == {
        "MinimumPasswordLength": 6,
        "RequireSymbols": False,
        "RequireNumbers": False,
        "RequireUppercaseCharacters": False,
        "RequireLowercaseCharacters": False,
        "AllowUsersToChangePassword": False,
        "ExpirePasswords": False,
        "HardExpiry": False,
    }
    iam.create_login_profile(UserName="ann", Password="abcdef")
    iam.delete_account_password_policy()
    refused("NoSuchEntity", iam.get_account_password_policy)
    refused(VIOLATION, iam.update_login_profile, UserName="ann", Password="abcdefg")


def test_all_of_it_is_set_anew_each_time(iam: Any) -> None:
    iam.update_account_password_policy(
        MinimumPasswordLength=14, MaxPasswordAge=90, PasswordReusePrevention=24, HardExpiry=True
    )
    found = iam.get_account_password_policy()["PasswordPolicy"]
    assert (found["MinimumPasswordLength"], found["MaxPasswordAge"]) == (14, 90)
    assert (found["PasswordReusePrevention"], found["ExpirePasswords"]) == (24, True)
    iam.update_account_password_policy(RequireSymbols=True)
    found = iam.get_account_password_policy()["PasswordPolicy"]
    assert found["MinimumPasswordLength"] == 6
    assert "MaxPasswordAge" not in found
    assert not found["ExpirePasswords"]


@pytest.mark.parametrize(
    ("parameter", "value", "bound"),
    [
        ("MinimumPasswordLength", 129, 128),
        ("MaxPasswordAge", 1096, 1095),
        ("PasswordReusePrevention", 25, 24),
    ],
)
def test_numbers_that_a_policy_may_not_have(
    iam: Any, parameter: str, value: int, bound: int
) -> None:
    said = refused("ValidationError", iam.update_account_password_policy, **{parameter: value})
    field = parameter[0].lower() + parameter[1:]
    assert said == (
        f"1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: "
        f"Member must have value less than or equal to {bound}"
    )
    refused("NoSuchEntity", iam.get_account_password_policy)


@pytest.mark.parametrize(
    ("asked", "without", "said"),
    [
        ({"MinimumPasswordLength": 14}, "short-Pass-12", "a minimum length of 14"),
        ({"RequireUppercaseCharacters": True}, "winter-sky-19", "at least one uppercase letter"),
        ({"RequireLowercaseCharacters": True}, "WINTER-SKY-19", "at least one lowercase letter"),
        ({"RequireNumbers": True}, "winter-Sky", "at least one number"),
        ({"RequireSymbols": True}, "winterSky19", "at least one symbol"),
    ],
)
def test_each_thing_that_a_policy_asks(
    iam: Any, asked: dict[str, Any], without: str, said: str
) -> None:
    iam.create_login_profile(UserName="ann", Password=without)
    iam.update_account_password_policy(**asked)
    assert refused(VIOLATION, set_to, iam, without) == f"Password should have {said}"
    set_to(iam, "winter-Sky-19-and-more")


def test_it_bites_at_the_next_change_and_never_binds_root_or_keys(lab: Lab, iam: Any) -> None:
    iam.create_login_profile(UserName="ann", Password=GOOD)
    key = lab.caller("ann")
    iam.update_account_password_policy(MinimumPasswordLength=100, MaxPasswordAge=1, HardExpiry=True)
    assert lab.sign_in("ann", GOOD).arn == key.arn
    lab.clock.advance(days=2)
    assert lab.sign_in("root", lab.account.root.password).arn == lab.root.arn
    assert key.client("sts").get_caller_identity()["Arn"] == key.arn


@pytest.mark.parametrize("password", ["Password1", "passw0rd<", "A" * 126 + "b1"])
def test_root_has_rules_of_its_own_and_not_the_accounts(lab: Lab, iam: Any, password: str) -> None:
    iam.update_account_password_policy(MinimumPasswordLength=128, RequireSymbols=True)
    house = lab.accounts[ACCOUNT]
    house.reset_root_password(password)
    assert house.sign_in("root", password).arn == lab.root.arn


@pytest.mark.parametrize("password", ["", "Passw0r", "password", "password1", "A1b-" * 33])
def test_what_aws_asks_of_roots_password(lab: Lab, password: str) -> None:
    before = lab.account.root.password
    with pytest.raises(SignInFailed, match="8 to 128 characters"):
        lab.accounts[ACCOUNT].reset_root_password(password)
    assert lab.account.root.password == before


def test_roots_password_is_not_the_accounts_name_or_email(lab: Lab) -> None:
    lab.account.name, lab.account.email = "Example-Corp-7", "owner-7@example.com"
    for taken in (lab.account.name, lab.account.email):
        with pytest.raises(SignInFailed):
            lab.accounts[ACCOUNT].reset_root_password(taken.title())


def test_earlier_passwords(iam: Any) -> None:
    iam.create_login_profile(UserName="ann", Password=GOOD)
    set_to(iam, GOOD)  # nobody forbids it yet
    iam.update_account_password_policy(PasswordReusePrevention=2)
    refused(VIOLATION, set_to, iam, GOOD)
    set_to(iam, BETTER)
    refused(VIOLATION, set_to, iam, GOOD)
    refused(VIOLATION, set_to, iam, BETTER)
    set_to(iam, BEST)
    set_to(iam, GOOD)


def test_24_passwords_are_remembered_also_under_a_new_name(iam: Any) -> None:
    iam.update_account_password_policy(PasswordReusePrevention=24)
    iam.create_login_profile(UserName="ann", Password="password-00")
    for number in range(1, 24):
        set_to(iam, f"password-{number:02}")
    iam.update_user(UserName="ann", NewUserName="anna")
    change = {"UserName": "anna", "Password": "password-00"}
    refused(VIOLATION, iam.update_login_profile, **change)
    iam.update_login_profile(UserName="anna", Password="password-24")
    iam.update_login_profile(**change)


def test_a_new_user_of_the_same_name_has_no_past(iam: Any) -> None:
    iam.update_account_password_policy(PasswordReusePrevention=24)
    iam.create_login_profile(UserName="ann", Password=GOOD)
    iam.delete_login_profile(UserName="ann")
    iam.delete_user(UserName="ann")
    iam.create_user(UserName="ann")
    iam.create_login_profile(UserName="ann", Password=GOOD)


# Login profiles ---------------------------------------------------------------------------------


def test_a_login_profile_from_its_first_day_to_its_last(lab: Lab, iam: Any) -> None:
    made = iam.create_login_profile(UserName="ann", Password=GOOD, PasswordResetRequired=True)
    profile = made["LoginProfile"]
    assert profile["PasswordResetRequired"] is True
    assert profile["CreateDate"] > iam.get_user(UserName="ann")["User"]["CreateDate"]
    said = refused("EntityAlreadyExists", iam.create_login_profile, UserName="ann", Password=GOOD)
    assert said == "Login Profile for user ann already exists."
    lab.clock.advance(days=3)
    set_to(iam, BETTER)
    assert iam.get_login_profile(UserName="ann")["LoginProfile"] == profile
    iam.update_login_profile(UserName="ann", PasswordResetRequired=False)
    found = iam.get_login_profile(UserName="ann")["LoginProfile"]
    assert found == {**profile, "PasswordResetRequired": False}
    iam.delete_login_profile(UserName="ann")
    for call in (iam.get_login_profile, iam.delete_login_profile):
        said = refused("NoSuchEntity", call, UserName="ann")
        assert said == "Login Profile for User ann cannot be found."
    refused("NoSuchEntity", set_to, iam, BEST)
    with pytest.raises(SignInFailed):
        lab.sign_in("ann", BETTER)


# One's own password -----------------------------------------------------------------------------


def with_password(lab: Lab, *documents: str, password: str = GOOD, **others: Any) -> Caller:
    ann = new_user(lab, "ann", *documents)
    lab.root.client("iam").create_login_profile(UserName="ann", Password=password, **others)
    return ann


def test_change_password(lab: Lab) -> None:
    iam = with_password(lab, MAY_CHANGE).client("iam")
    refused("AccessDenied", iam.change_password, OldPassword="no-Idea-1", NewPassword=BETTER)
    refused(VIOLATION, iam.change_password, OldPassword=GOOD, NewPassword="short")
    lab.sign_in("ann", GOOD)
    iam.change_password(OldPassword=GOOD, NewPassword=BETTER)
    with pytest.raises(SignInFailed):
        lab.sign_in("ann", GOOD)
    signed_in = lab.sign_in("ann", BETTER).client("iam")
    signed_in.change_password(OldPassword=BETTER, NewPassword=BEST)
    lab.sign_in("ann", BEST)


def test_only_iam_users_have_one_to_change(lab: Lab, iam: Any) -> None:
    change = {"OldPassword": GOOD, "NewPassword": BETTER}
    refused("InvalidUserType", iam.change_password, **change)
    ann = lab.caller("ann")
    iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=allow("*"))
    said = refused("NoSuchEntity", ann.client("iam").change_password, **change)
    assert said == "Login Profile for User ann cannot be found."
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=allow("*"))
    role = ann.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/r", RoleSessionName="ss"
    )["Credentials"]
    session = Caller("r", "", role["AccessKeyId"], role["SecretAccessKey"], role["SessionToken"])
    refused("InvalidUserType", session.client("iam").change_password, **change)


def test_the_account_may_let_all_users_change_their_own(lab: Lab) -> None:
    ann = with_password(lab).client("iam")
    root = lab.root.client("iam")
    change = {"OldPassword": GOOD, "NewPassword": BETTER}
    refused("AccessDenied", ann.change_password, **change)
    root.update_account_password_policy(AllowUsersToChangePassword=False)
    refused("AccessDenied", ann.change_password, **change)
    root.update_account_password_policy(AllowUsersToChangePassword=True)
    deny = policy(statement("Deny", "iam:ChangePassword"))
    root.put_user_policy(UserName="ann", PolicyName="no", PolicyDocument=deny)
    assert "explicit deny" in refused("AccessDenied", ann.change_password, **change)
    root.delete_user_policy(UserName="ann", PolicyName="no")
    ann.change_password(**change)
    refused("AccessDenied", ann.update_login_profile, UserName="ann", Password=BEST)


# Sign-in with a password that has to be changed --------------------------------------------------


def test_a_first_password_opens_nothing_until_it_is_changed(lab: Lab) -> None:
    with_password(lab, MAY_CHANGE, PasswordResetRequired=True)
    with pytest.raises(SignInFailed) as caught:
        lab.sign_in("ann", GOOD)
    assert str(caught.value) == MUST_CHANGE
    with pytest.raises(SignInFailed, match="iam:ChangePassword or entered password does not"):
        lab.sign_in("ann", GOOD, new_password="short")
    sessions = len(lab.account.sessions)
    ann = lab.sign_in("ann", GOOD, new_password=BETTER)
    assert len(lab.account.sessions) == sessions + 1
    assert ann.client("sts").get_caller_identity()["Arn"] == ann.arn
    profile = lab.root.client("iam").get_login_profile(UserName="ann")["LoginProfile"]
    assert profile["PasswordResetRequired"] is False
    lab.sign_in("ann", BETTER)
    with pytest.raises(ValueError, match="new_password"):
        lab.sign_in("ann", BETTER, new_password=BEST)


def test_it_takes_the_permission(lab: Lab) -> None:
    with_password(lab, PasswordResetRequired=True)
    before = set(lab.account.sessions)
    with pytest.raises(SignInFailed) as caught:
        lab.sign_in("ann", GOOD, new_password=BETTER)
    assert str(caught.value) == NOT_CHANGED
    assert isinstance(caught.value.__cause__, ClientError)
    assert lab.decisions[-1].request.action == "iam:ChangePassword"
    assert set(lab.account.sessions) == before


def test_a_policy_that_denies_without_mfa_shuts_a_new_colleague_out(lab: Lab) -> None:
    """AWS_FACTS 17: unless the policy lists iam:ChangePassword."""
    deny = {**DENY_WITHOUT_MFA["Statement"][0]}
    with_password(lab, MAY_CHANGE, policy(deny), PasswordResetRequired=True)
    with pytest.raises(SignInFailed, match="not authorized to perform iam:ChangePassword"):
        lab.sign_in("ann", GOOD, new_password=BETTER)
    assert lab.decisions[-1].effect == "explicitDeny"
    deny["NotAction"] = [*deny["NotAction"], "iam:ChangePassword"]
    root = lab.root.client("iam")
    root.put_user_policy(UserName="ann", PolicyName="inline-1", PolicyDocument=policy(deny))
    lab.sign_in("ann", GOOD, new_password=BETTER)


def test_with_mfa_the_same_policy_lets_them(lab: Lab) -> None:
    deny = policy(DENY_WITHOUT_MFA["Statement"][0])
    with_password(lab, MAY_CHANGE, deny, PasswordResetRequired=True)
    root = lab.root.client("iam")
    phone = enrol(lab, root, "ann")
    lab.sign_in("ann", GOOD, phone.fresh(), new_password=BETTER)


def test_a_password_runs_out_at_once_when_the_policy_says_so(lab: Lab) -> None:
    with_password(lab, MAY_CHANGE)
    root = lab.root.client("iam")
    lab.clock.advance(days=90)
    lab.sign_in("ann", GOOD)
    root.update_account_password_policy(MaxPasswordAge=90)
    with pytest.raises(SignInFailed, match="must change"):
        lab.sign_in("ann", GOOD)
    lab.sign_in("ann", GOOD, new_password=BETTER)
    lab.clock.advance(days=89)
    lab.sign_in("ann", BETTER)
    lab.clock.advance(days=1)
    with pytest.raises(SignInFailed, match="must change"):
        lab.sign_in("ann", BETTER)


def test_hard_expiry_leaves_it_to_an_administrator(lab: Lab) -> None:
    with_password(lab, MAY_CHANGE)
    root = lab.root.client("iam")
    root.update_account_password_policy(MaxPasswordAge=30, HardExpiry=True)
    lab.clock.advance(days=30)
    for new in (None, BETTER):
        with pytest.raises(SignInFailed, match="expired"):
            lab.sign_in("ann", GOOD, new_password=new)
    with pytest.raises(SignInFailed, match="incorrect"):
        lab.sign_in("ann", BETTER)
    set_to(root, BETTER)
    lab.sign_in("ann", BETTER)
