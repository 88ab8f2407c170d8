"""``lab.why()``: the last refusal as a text that a beginner can act on."""

from __future__ import annotations

import json

import pytest
from lab_calls import allow, client, enrol, new_user, outcome, policy, statement, trust

from helpers import Lab

WITHOUT_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
WITH_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def helps(lab: Lab) -> str:
    """The last line: what would help."""
    head, _, advice = str(lab.why()).rpartition("\n  what helps: ")
    assert head.startswith("✖ ")
    return advice


def test_nothing_was_refused(lab: Lab) -> None:
    lab.root.client("iam").list_users()
    assert str(lab.why()) == "Nothing was denied so far."


def test_no_policy_allows_it(house: Lab) -> None:
    outcome(house.caller("analyst").client("iam").list_users)
    assert "nearest: " in str(house.why())
    assert helps(house).startswith("a statement that allows iam:ListUsers")
    assert "this user or of a group" in helps(house)


def test_a_role_is_named_as_the_holder(lab: Lab) -> None:
    iam = lab.root.client("iam")
    ann = new_user(lab, "ann", allow("sts:AssumeRole"))
    role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=trust({"AWS": ann.arn}))
    made = ann.client("sts").assume_role(RoleArn=role["Role"]["Arn"], RoleSessionName="work")
    outcome(client(made["Credentials"], "iam").list_users)
    assert "in a policy of the role reader" in helps(lab)


@pytest.mark.parametrize(
    "document",
    [
        policy(statement("Allow", "*"), statement("Deny", "s3:*", Condition=WITHOUT_MFA)),
        allow("*", Condition=WITH_MFA),
    ],
    ids=["deny without", "allow with"],
)
def test_mfa_is_what_helps_and_it_does(lab: Lab, document: str) -> None:
    ann = new_user(lab, "ann", document)
    phone = enrol(lab, lab.root.client("iam"), "ann")
    assert outcome(ann.client("s3").list_buckets) == "AccessDenied"
    assert helps(lab).startswith("credentials that were got with MFA")
    session = ann.client("sts").get_session_token(SerialNumber=phone.serial, TokenCode=phone.code())
    assert outcome(client(session["Credentials"], "s3").list_buckets) == "allowed"


def test_a_deny_names_its_statement_and_says_that_no_allow_is_stronger(lab: Lab) -> None:
    deny = json.loads(policy(statement("Allow", "*"), statement("Deny", "s3:*", Sid="NoS3")))
    ann = new_user(lab, "ann", json.dumps(deny))
    outcome(ann.client("s3").list_buckets)
    assert "statement NoS3 of inline-0" in helps(lab)
    assert "No Allow is stronger than a Deny" in helps(lab)


def test_another_condition_of_an_allow(lab: Lab) -> None:
    office = {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}
    ann = new_user(lab, "ann", allow("s3:*", Condition=office))
    outcome(ann.client("s3").list_buckets)
    assert helps(lab) == (
        "a request that meets the condition of that statement (IpAddress aws:SourceIp)."
    )


def test_boundary_and_session_policy_and_trust_policy(lab: Lab) -> None:
    iam = lab.root.client("iam")
    edge = iam.create_policy(PolicyName="edge", PolicyDocument=allow("ec2:*"))["Policy"]["Arn"]
    ann = new_user(lab, "ann", allow("*"))
    iam.put_user_permissions_boundary(UserName="ann", PermissionsBoundary=edge)
    outcome(ann.client("s3").list_buckets)
    assert helps(lab).startswith("a permissions boundary that allows s3:ListAllMyBuckets as well")

    bob = new_user(lab, "bob", allow("*"))
    made = bob.client("sts").get_federation_token(Name="bob", Policy=allow("ec2:*"))
    outcome(client(made["Credentials"], "s3").list_buckets)
    assert helps(lab).startswith("new temporary credentials whose session policy allows")

    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": ann.arn}))
    outcome(bob.client("sts").assume_role, RoleArn=role["Role"]["Arn"], RoleSessionName="work")
    assert helps(lab).startswith("a statement in the role's trust policy")


def test_credentials_that_are_no_good_are_the_last_refusal_too(house: Lab) -> None:
    analyst = house.caller("analyst")
    outcome(analyst.client("iam").list_users)
    house.root.client("iam").update_access_key(
        UserName="analyst", AccessKeyId=analyst.access_key_id, Status="Inactive"
    )
    assert outcome(analyst.client("s3").list_buckets) == "InvalidAccessKeyId"
    assert str(house.why()).startswith("✖ refused: s3:ListBuckets\n  why: InvalidAccessKeyId: ")
    assert helps(house).startswith("a key that the account knows")
    assert house.why().decision is None


def test_an_ended_session(lab: Lab) -> None:
    ann = new_user(lab, "ann", allow("*"))
    made = ann.client("sts").get_session_token(DurationSeconds=900)["Credentials"]
    lab.clock.advance(minutes=16)
    assert outcome(client(made, "s3").list_buckets) == "ExpiredToken"
    assert helps(lab).startswith("new temporary credentials")


def test_a_wrong_call_is_no_refusal(house: Lab) -> None:
    outcome(house.root.client("iam").get_user, UserName="nobody")
    assert str(house.why()) == "Nothing was denied so far."


def test_a_later_success_does_not_hide_the_refusal(house: Lab) -> None:
    outcome(house.caller("analyst").client("iam").list_users)
    house.root.client("iam").list_users()
    assert "iam:ListUsers" in str(house.why())


def test_text_of_the_account_is_data_in_the_card(lab: Lab) -> None:
    ann = new_user(lab, "ann", allow("ec2:*"))
    outcome(ann.client("s3").put_object, Bucket="vault", Key="<img src=x onerror=alert(1)>")
    html = lab.why()._repr_mimebundle_()["text/html"]
    assert "<img" not in html


def test_the_way_past_the_policies_can_be_opened(lab: Lab) -> None:
    assert "<details>" not in lab.why()._repr_mimebundle_()["text/html"]  # nothing was denied
    ann = new_user(lab, "ann", allow("ec2:*"))
    outcome(ann.client("s3").list_buckets)
    _, _, way = (
        lab.why()
        ._repr_mimebundle_()["text/html"]
        .partition("<details><summary>The way past the policies</summary>")
    )
    for words in ("a Deny anywhere?", "identity-based policy", "○ does not allow", "✖ denied"):
        assert words in way
