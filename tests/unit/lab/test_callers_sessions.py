"""Temporary credentials: how they are got, what they may do, when they end."""

from __future__ import annotations

import pytest
from lab_calls import (
    ACCOUNT,
    DENY_WITHOUT_MFA,
    allow,
    client,
    enrol,
    new_user,
    outcome,
    policy,
    refused,
    statement,
    trust,
)

from helpers import Lab
from helpers.lab import SignInFailed
from helpers.lab.scenarios import PASSWORDS

ROLE = f"arn:aws:iam::{ACCOUNT}:role/auditor"


def session_of(caller, **parameters):
    return caller.client("sts").get_session_token(**parameters)["Credentials"]


def new_role(lab: Lab, trust_policy: str, *documents: str, **parameters) -> None:
    iam = lab.root.client("iam")
    iam.create_role(RoleName="auditor", AssumeRolePolicyDocument=trust_policy, **parameters)
    for number, document in enumerate(documents):
        iam.put_role_policy(
            RoleName="auditor", PolicyName=f"inline-{number}", PolicyDocument=document
        )


def assume(caller, **parameters):
    answer = caller.client("sts").assume_role(
        **{"RoleArn": ROLE, "RoleSessionName": "shift", **parameters}
    )
    return answer["Credentials"]


# GetSessionToken ------------------------------------------------------------------------------


def test_session_token_is_the_user_with_keys_of_its_own(house: Lab) -> None:
    analyst = house.caller("analyst")
    one, two = session_of(analyst), session_of(analyst)
    assert one["AccessKeyId"].startswith("ASIA")
    assert one["AccessKeyId"] != two["AccessKeyId"]
    answer = client(one, "sts").get_caller_identity()
    assert answer["Arn"] == analyst.arn
    client(one, "s3").get_object(Bucket="payroll", Key="2026.csv")
    refused("AccessDenied", client(one, "s3").delete_object, Bucket="payroll", Key="2026.csv")


def test_session_without_mfa_cannot_call_iam_and_little_of_sts(house: Lab) -> None:
    plain = session_of(house.caller("admin"))
    refused("InvalidClientTokenId", client(plain, "iam").list_users)
    refused("AccessDenied", client(plain, "sts").get_session_token)
    refused("AccessDenied", client(plain, "sts").get_federation_token, Name="bob")
    client(plain, "sts").get_caller_identity()
    client(plain, "s3").list_buckets()
    phone = enrol(house, house.root.client("iam"), "admin")
    strong = session_of(house.caller("admin"), SerialNumber=phone.serial, TokenCode=phone.fresh())
    client(strong, "iam").list_users()


def test_root_session_without_mfa_cannot_call_iam_either(lab: Lab) -> None:
    plain = session_of(lab.root)
    assert client(plain, "sts").get_caller_identity()["Arn"] == lab.root.arn
    refused("InvalidClientTokenId", client(plain, "iam").list_users)
    refused("AccessDenied", client(plain, "sts").get_session_token)


@pytest.mark.parametrize(
    ("asked", "lasts"), [(None, 43_200), (900, 900), (129_600, 129_600), (3_601, 3_601)]
)
def test_duration_of_a_users_session(house: Lab, asked: int | None, lasts: int) -> None:
    parameters = {} if asked is None else {"DurationSeconds": asked}
    found = session_of(house.caller("admin"), **parameters)
    assert (found["Expiration"] - house.clock.now).total_seconds() == lasts
    house.clock.advance(seconds=lasts - 2)
    client(found, "s3").list_buckets()
    house.clock.advance(seconds=2)
    refused("ExpiredToken", client(found, "s3").list_buckets)
    refused("ExpiredToken", client(found, "sts").get_caller_identity)
    refused("RequestExpired", client(found, "ec2").describe_instances)
    refused("ExpiredTokenException", client(found, "cloudtrail").describe_trails)


@pytest.mark.parametrize("asked", [899, 129_601])
def test_durations_that_are_too_short_or_too_long(house: Lab, asked: int) -> None:
    from botocore.config import Config

    sts = house.caller("admin").client("sts", config=Config(parameter_validation=False))
    message = refused("ValidationError", sts.get_session_token, DurationSeconds=asked)
    assert str(asked) in message
    assert "durationSeconds" in message


def test_root_sessions_last_an_hour_at_the_most(lab: Lab) -> None:
    for parameters in ({}, {"DurationSeconds": 43_200}):
        found = session_of(lab.root, **parameters)
        assert (found["Expiration"] - lab.clock.now).total_seconds() == 3_600
    found = session_of(lab.root, DurationSeconds=900)
    assert (found["Expiration"] - lab.clock.now).total_seconds() == 900


def test_session_key_without_with_foreign_and_with_spoilt_token(house: Lab) -> None:
    good = session_of(house.caller("admin"))
    other = session_of(house.caller("analyst"))
    words = {
        "s3": ("list_buckets", "InvalidAccessKeyId", "InvalidToken"),
        "sts": ("get_caller_identity", "InvalidClientTokenId", "InvalidClientTokenId"),
        "ec2": ("describe_instances", "AuthFailure", "AuthFailure"),
        "cloudtrail": (
            "describe_trails",
            "UnrecognizedClientException",
            "UnrecognizedClientException",
        ),
        "accessanalyzer": (
            "list_analyzers",
            "UnrecognizedClientException",
            "UnrecognizedClientException",
        ),
    }
    for service, (method, missing, foreign) in words.items():
        bare = {k: v for k, v in good.items() if k != "SessionToken"}
        refused(missing, getattr(client(bare, service), method))
        for token in (other["SessionToken"], good["SessionToken"][:-4] + "AAAA"):
            bad = {**good, "SessionToken": token}
            refused(foreign, getattr(client(bad, service), method))


def test_a_deactivated_key_does_not_end_the_sessions_made_with_it(house: Lab) -> None:
    admin = house.caller("admin")
    session = session_of(admin)
    house.root.client("iam").update_access_key(
        UserName="admin", AccessKeyId=admin.access_key_id, Status="Inactive"
    )
    refused("InvalidAccessKeyId", admin.client("s3").list_buckets)
    client(session, "s3").list_buckets()


# AssumeRole ------------------------------------------------------------------------------------


def test_role_session_has_the_roles_permissions_and_name(house: Lab) -> None:
    new_role(house, trust({"AWS": f"arn:aws:iam::{ACCOUNT}:user/analyst"}), allow("iam:ListUsers"))
    found = assume(house.caller("analyst"))
    answer = client(found, "sts").get_caller_identity()
    assert answer["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/auditor/shift"
    assert answer["UserId"].startswith("AROA")
    assert answer["UserId"].endswith(":shift")
    client(found, "iam").list_users()
    message = refused("AccessDenied", client(found, "s3").list_buckets)
    assert "assumed-role/auditor/shift is not authorized to perform" in message
    # The administrator may do everything and is not named: the trust policy decides.
    assert "sts:AssumeRole" in refused("AccessDenied", assume, house.caller("admin"))


def test_trust_in_the_account_leaves_it_to_identity_policies(house: Lab) -> None:
    new_role(house, trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}), allow("s3:*"))
    assume(house.caller("admin"))
    message = refused("AccessDenied", assume, house.caller("analyst"))
    assert "no identity-based policy allows the sts:AssumeRole action" in message


def test_root_may_not_assume_roles(lab: Lab) -> None:
    new_role(lab, trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}), allow("s3:*"))
    assert refused("AccessDenied", assume, lab.root) == (
        "Roles may not be assumed by root accounts."
    )


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        (f"arn:aws:iam::{ACCOUNT}:role/nobody", "AccessDenied"),
        ("arn:aws:iam::444455556666:role/auditor", "AccessDenied"),
        (f"arn:aws:iam::{ACCOUNT}:user/admin", "ValidationError"),
        ("this-is-not-an-arn-at-all", "ValidationError"),
    ],
)
def test_roles_that_there_are_not(house: Lab, arn: str, code: str) -> None:
    new_role(house, trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}), allow("s3:*"))
    refused(code, assume, house.caller("admin"), RoleArn=arn)


def test_external_id_has_to_be_the_agreed_one(house: Lab) -> None:
    condition = {"StringEquals": {"sts:ExternalId": "agreed-7"}}
    new_role(house, trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, Condition=condition))
    admin = house.caller("admin")
    refused("AccessDenied", assume, admin)
    refused("AccessDenied", assume, admin, ExternalId="guessed-8")
    assume(admin, ExternalId="agreed-7")


def test_trust_that_asks_for_mfa(house: Lab) -> None:
    """With a code in the very call, or with a session that was got with one; not else."""
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    new_role(house, trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, Condition=mfa), allow("s3:*"))
    admin = house.caller("admin")
    refused("AccessDenied", assume, admin)
    phone = enrol(house, house.root.client("iam"), "admin")
    refused("AccessDenied", assume, admin)
    wrong = refused(
        "AccessDenied", assume, admin, SerialNumber=phone.serial, TokenCode=phone.wrong()
    )
    assert "MultiFactorAuthentication failed" in wrong
    code = phone.fresh()
    found = assume(admin, SerialNumber=phone.serial, TokenCode=code)
    refused("AccessDenied", assume, admin, SerialNumber=phone.serial, TokenCode=code)
    strong = session_of(admin, SerialNumber=phone.serial, TokenCode=phone.fresh())
    answer = client(strong, "sts").assume_role(RoleArn=ROLE, RoleSessionName="shift")
    # What came of it carries no word of MFA: a policy of the role cannot see the code.
    deny = policy(
        statement(
            "Deny", "s3:*", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
        )
    )
    for credentials in (found, answer["Credentials"]):
        client(credentials, "s3").list_buckets()
    house.root.client("iam").put_role_policy(
        RoleName="auditor", PolicyName="mfa", PolicyDocument=deny
    )
    for credentials in (found, answer["Credentials"]):
        refused("AccessDenied", client(credentials, "s3").list_buckets)


def test_a_code_in_assume_role_is_not_anothers(house: Lab) -> None:
    new_role(house, trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}), allow("s3:*"))
    phone = enrol(house, house.root.client("iam"), "analyst")
    message = refused(
        "AccessDenied",
        assume,
        house.caller("admin"),
        SerialNumber=phone.serial,
        TokenCode=phone.fresh(),
    )
    assert "MultiFactorAuthentication failed" in message


def test_session_policies_limit_and_never_grant(house: Lab) -> None:
    new_role(
        house,
        trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
        allow(["s3:ListAllMyBuckets", "s3:GetObject"]),
    )
    admin = house.caller("admin")
    parameters = {"Bucket": "payroll", "Key": "2026.csv"}

    def may(**limits) -> tuple[str, str, str]:
        s3 = client(assume(admin, **limits), "s3")
        return (
            outcome(s3.list_buckets),
            outcome(s3.get_object, **parameters),
            outcome(s3.delete_object, **parameters),
        )

    read_only = {"arn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}
    no = "AccessDenied"
    assert may() == ("allowed", "allowed", no)
    assert may(Policy=allow("s3:GetObject")) == (no, "allowed", no)
    assert may(Policy=allow("s3:*")) == ("allowed", "allowed", no)
    assert may(Policy=allow("ec2:*")) == (no, no, no)
    assert may(PolicyArns=[read_only]) == ("allowed", "allowed", no)
    assert may(Policy=allow("ec2:*"), PolicyArns=[read_only]) == ("allowed", "allowed", no)
    deny = policy(statement("Deny", "s3:GetObject"), statement("Allow", "s3:*"))
    assert may(Policy=deny, PolicyArns=[read_only]) == ("allowed", no, no)
    refused("MalformedPolicyDocument", assume, admin, Policy='{"Statement": 7}')


def test_role_sessions_and_their_lengths(house: Lab) -> None:
    new_role(
        house,
        trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
        allow("sts:AssumeRole"),
        MaxSessionDuration=7_200,
    )
    admin = house.caller("admin")
    found = assume(admin)
    assert (found["Expiration"] - house.clock.now).total_seconds() == 3_600
    assume(admin, DurationSeconds=7_200)
    refused("ValidationError", assume, admin, DurationSeconds=7_201)
    chained = client(found, "sts").assume_role
    message = refused(
        "ValidationError", chained, RoleArn=ROLE, RoleSessionName="again", DurationSeconds=3_601
    )
    assert "role chaining" in message
    house.clock.advance(hours=1)
    refused("ExpiredToken", client(found, "sts").get_caller_identity)


def test_sessions_end_with_their_role_even_if_it_is_made_anew(house: Lab) -> None:
    new_role(house, trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}), allow("s3:*"))
    found = assume(house.caller("admin"))
    client(found, "s3").list_buckets()
    iam = house.root.client("iam")
    iam.delete_role_policy(RoleName="auditor", PolicyName="inline-0")
    iam.delete_role(RoleName="auditor")
    refused("InvalidAccessKeyId", client(found, "s3").list_buckets)
    new_role(house, trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}), allow("s3:*"))
    refused("InvalidAccessKeyId", client(found, "s3").list_buckets)


def test_tags_of_a_session_are_conditions(house: Lab) -> None:
    who = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    tagging = policy(
        {"Effect": "Allow", "Principal": who, "Action": ["sts:AssumeRole", "sts:TagSession"]}
    )
    for_blue = {"StringEquals": {"aws:PrincipalTag/team": "blue"}}
    new_role(house, tagging, allow("s3:ListAllMyBuckets", Condition=for_blue))
    admin = house.caller("admin")
    blue = assume(admin, Tags=[{"Key": "team", "Value": "blue"}])
    red = assume(admin, Tags=[{"Key": "team", "Value": "red"}])
    client(blue, "s3").list_buckets()
    refused("AccessDenied", client(red, "s3").list_buckets)
    refused("AccessDenied", client(assume(admin), "s3").list_buckets)


# GetFederationToken ----------------------------------------------------------------------------


def test_federated_user_has_what_both_the_user_and_the_session_allow(lab: Lab) -> None:
    ann = new_user(lab, "ann", allow(["sts:GetFederationToken", "s3:ListAllMyBuckets"]))
    sts = ann.client("sts")
    bob = sts.get_federation_token(Name="bob", Policy=allow("s3:*"))
    assert bob["FederatedUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:federated-user/bob"
    made = bob["Credentials"]
    assert client(made, "sts").get_caller_identity()["Arn"] == bob["FederatedUser"]["Arn"]
    client(made, "s3").list_buckets()
    refused("AccessDenied", client(made, "s3").create_bucket, Bucket="not-anns")
    refused("InvalidClientTokenId", client(made, "iam").get_user)
    refused("AccessDenied", client(made, "sts").get_session_token)
    bare = sts.get_federation_token(Name="bob")["Credentials"]
    refused("AccessDenied", client(bare, "s3").list_buckets)
    limited = sts.get_federation_token(Name="bob", Policy=allow("s3:CreateBucket"))["Credentials"]
    refused("AccessDenied", client(limited, "s3").list_buckets)


def test_federated_user_of_root_has_what_the_session_allows(lab: Lab) -> None:
    sts = lab.root.client("sts")
    made = sts.get_federation_token(Name="bob", Policy=allow("s3:*"))["Credentials"]
    assert (made["Expiration"] - lab.clock.now).total_seconds() == 3_600
    client(made, "s3").create_bucket(Bucket="bobs")
    refused("UnauthorizedOperation", client(made, "ec2").describe_instances)


def test_a_federated_user_called_root_is_not_root(lab: Lab) -> None:
    made = lab.root.client("sts").get_federation_token(Name="root", Policy=allow("s3:List*"))
    refused("AccessDenied", client(made["Credentials"], "s3").create_bucket, Bucket="grabbed")


# Console ------------------------------------------------------------------------------------------


def test_console_sign_in(house: Lab) -> None:
    admin = house.sign_in("admin", PASSWORDS["admin"])
    assert admin.arn == f"arn:aws:iam::{ACCOUNT}:user/admin"
    assert admin.access_key_id.startswith("ASIA")
    admin.client("iam").list_users()  # unlike a session of GetSessionToken
    for name, password in (
        ("admin", "wrong"),
        ("admin", PASSWORDS["analyst"]),
        ("nobody", "x"),
        ("root", PASSWORDS["admin"]),
        ("admin", ""),
    ):
        with pytest.raises(SignInFailed, match="incorrect"):
            house.sign_in(name, password)


def test_console_sign_in_with_a_device_asks_for_its_code(house: Lab) -> None:
    phone = enrol(house, house.root.client("iam"), "admin")
    with pytest.raises(SignInFailed, match="Multi-factor"):
        house.sign_in("admin", PASSWORDS["admin"])
    with pytest.raises(SignInFailed, match="incorrect"):
        house.sign_in("admin", PASSWORDS["admin"], phone.wrong())
    code = phone.fresh()
    house.sign_in("admin", PASSWORDS["admin"], code)
    with pytest.raises(SignInFailed, match="incorrect"):
        house.sign_in("admin", PASSWORDS["admin"], code)


def test_mfa_of_each_kind_of_credentials(house: Lab) -> None:
    """Absent for access keys, false for temporary ones without a code, true with one."""
    import json

    iam = house.root.client("iam")
    iam.put_user_policy(
        UserName="admin", PolicyName="mfa", PolicyDocument=json.dumps(DENY_WITHOUT_MFA)
    )
    phone = enrol(house, iam, "analyst")
    plain = house.sign_in("admin", PASSWORDS["admin"])
    refused("AccessDenied", plain.client("s3").list_buckets)
    refused("AccessDenied", house.caller("admin").client("s3").list_buckets)
    phone = enrol(house, iam, "admin", "second")
    strong = house.sign_in("admin", PASSWORDS["admin"], phone.fresh())
    strong.client("s3").list_buckets()
    found = []
    for caller in (house.caller("admin"), plain, strong):
        outcome(caller.client("s3").list_buckets)
        context = house.decisions[-1].request.folded_context
        found.append(context.get("aws:multifactorauthpresent"))
    assert [list(f) if f else f for f in found] == [None, ["false"], ["true"]]


def test_root_signs_in_with_its_own_password_and_device(lab: Lab) -> None:
    password = lab.account.root.password
    assert lab.sign_in("root", password).arn == lab.root.arn
    iam = lab.root.client("iam")
    phone = enrol(lab, iam, "root")
    with pytest.raises(SignInFailed, match="Multi-factor"):
        lab.sign_in("root", password)
    root = lab.sign_in("root", password, phone.fresh())
    assert root.client("iam").get_account_summary()["SummaryMap"]["AccountMFAEnabled"] == 1
