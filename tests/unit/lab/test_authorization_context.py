"""Which condition keys a request has, by who makes it: whether one is missing or false decides
policies. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
import requests
from botocore import UNSIGNED
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from lab_calls import ACCOUNT, allow, client, enrol, new_user, outcome, policy, refused

from helpers import Lab

USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/ann"


def context(lab: Lab, call: Any, /, **parameters: Any) -> dict[str, Any]:
    """The context of a call's last decision."""
    outcome(call, **parameters)
    return lab.decisions[-1].request.context


def listing(lab: Lab, credentials: Any) -> dict[str, Any]:
    return context(lab, client(credentials, "kms").list_keys)


@pytest.fixture
def ann(lab: Lab) -> Any:
    made = new_user(lab, "ann", allow("sts:*"), path="/team/")
    lab.root.client("iam").tag_user(UserName="ann", Tags=[{"Key": "team", "Value": "web"}])
    return made


def role(lab: Lab, name: str, *actions: str) -> str:
    iam = lab.root.client("iam")
    document = policy(
        {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": list(actions or ["sts:*"])}
    )
    made = iam.create_role(
        RoleName=name,
        Path="/app/",
        AssumeRolePolicyDocument=document,
        Tags=[{"Key": "team", "Value": "ops"}, {"Key": "cost", "Value": "7"}],
    )
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=allow("sts:*"))
    return made["Role"]["Arn"]


def session_keys(found: dict[str, Any]) -> set[str]:
    """Which of the keys that depend on the kind of credentials there are."""
    some = (
        "aws:username aws:TokenIssueTime aws:MultiFactorAuthPresent aws:MultiFactorAuthAge "
        "aws:SourceIdentity aws:PrincipalArn aws:PrincipalAccount aws:PrincipalIsAWSService"
    )
    return found.keys() & set(some.split())


ALWAYS = {"aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalIsAWSService"}
TEMPORARY = {*ALWAYS, "aws:TokenIssueTime", "aws:MultiFactorAuthPresent"}


def test_a_user_with_an_access_key(lab: Lab, ann: Any) -> None:
    found = context(lab, ann.client("kms").list_keys)
    assert session_keys(found) == {*ALWAYS, "aws:username"}
    assert found["aws:username"] == "ann"
    assert found["aws:userid"].startswith("AIDA")
    assert found["aws:PrincipalType"] == "User"
    assert found["aws:PrincipalArn"] == f"arn:aws:iam::{ACCOUNT}:user/team/ann"
    assert found["aws:PrincipalAccount"] == found["aws:ResourceAccount"] == ACCOUNT
    assert found["aws:PrincipalTag/team"] == "web"
    assert found["aws:RequestedRegion"] == "us-east-1"
    assert found["aws:SecureTransport"] == "true"
    assert found["aws:ViaAWSService"] == "false"
    assert found["aws:EpochTime"] == str(int(lab.clock.now.timestamp()))
    assert found["aws:CurrentTime"].endswith("Z")
    assert "Boto3" in found["aws:UserAgent"]
    assert "aws:CalledVia" not in found
    assert "aws:Referer" not in found


def test_regions(lab: Lab, ann: Any) -> None:
    there = ann.client("kms", region_name="eu-west-1")
    assert context(lab, there.list_keys)["aws:RequestedRegion"] == "eu-west-1"
    everywhere = ann.client("iam", region_name="eu-west-1")
    assert context(lab, everywhere.list_users)["aws:RequestedRegion"] == "us-east-1"


def test_the_root_user(lab: Lab) -> None:
    found = context(lab, lab.root.client("kms").list_keys)
    assert "aws:username" not in found
    assert (found["aws:userid"], found["aws:PrincipalType"]) == (ACCOUNT, "Account")
    assert found["aws:PrincipalArn"] == f"arn:aws:iam::{ACCOUNT}:root"


def test_sessions_of_a_user(lab: Lab, ann: Any) -> None:
    sts = ann.client("sts")
    found = listing(lab, sts.get_session_token()["Credentials"])
    assert session_keys(found) == {*TEMPORARY, "aws:username"}
    assert found["aws:MultiFactorAuthPresent"] == "false"
    phone = enrol(lab, lab.root.client("iam"), "ann")
    codes = {"SerialNumber": phone.serial, "TokenCode": phone.fresh()}
    credentials = sts.get_session_token(**codes)["Credentials"]
    lab.clock.advance(minutes=10)
    found = listing(lab, credentials)
    assert found["aws:MultiFactorAuthPresent"] == "true"
    assert 600 <= int(found["aws:MultiFactorAuthAge"]) <= 610
    assert found["aws:PrincipalTag/team"] == "web"


def test_a_federated_user(lab: Lab, ann: Any) -> None:
    token = ann.client("sts").get_federation_token(
        Name="guest", Policy=allow("kms:*"), Tags=[{"Key": "team", "Value": "guests"}]
    )
    found = listing(lab, token["Credentials"])
    assert session_keys(found) == TEMPORARY
    assert (found["aws:userid"], found["aws:PrincipalType"]) == (
        f"{ACCOUNT}:guest",
        "FederatedUser",
    )
    assert found["aws:PrincipalArn"] == f"arn:aws:sts::{ACCOUNT}:federated-user/guest"
    assert found["aws:PrincipalTag/team"] == "guests"


def test_a_role_session(lab: Lab, ann: Any) -> None:
    arn = role(lab, "ops")
    assumed = ann.client("sts").assume_role(
        RoleArn=arn,
        RoleSessionName="night",
        SourceIdentity="ann",
        Tags=[{"Key": "team", "Value": "web"}],
    )
    found = listing(lab, assumed["Credentials"])
    assert session_keys(found) == {*TEMPORARY, "aws:SourceIdentity"}
    assert found["aws:PrincipalArn"] == arn
    assert found["aws:userid"] == assumed["AssumedRoleUser"]["AssumedRoleId"]
    assert found["aws:PrincipalType"] == "AssumedRole"
    assert found["aws:MultiFactorAuthPresent"] == "false"
    assert found["aws:SourceIdentity"] == "ann"
    # The session's own tag over the role's; the role's others stay.
    assert (found["aws:PrincipalTag/team"], found["aws:PrincipalTag/cost"]) == ("web", "7")


def test_anonymous_requests(lab: Lab) -> None:
    lab.root.client("s3").create_bucket(Bucket="open")
    s3 = boto3.client("s3", config=Config(signature_version=UNSIGNED))
    found = context(lab, s3.list_objects_v2, Bucket="open")
    assert session_keys(found) == set()
    assert (found["aws:PrincipalType"], found["aws:userid"]) == ("Anonymous", "anonymous")


def test_tags_that_differ_in_case_alone(lab: Lab, ann: Any) -> None:
    """Most services keep both; condition keys know no case."""
    tags = [{"Key": key, "Value": key} for key in ("Team", "team")]
    secrets = lab.root.client("secretsmanager")
    secrets.create_secret(Name="app", SecretString="v", Tags=tags)
    assert outcome(secrets.get_secret_value, SecretId="app") == "allowed"


def test_a_value_that_no_condition_key_can_have(lab: Lab) -> None:
    """boto3 would not send it; others do."""

    url = "https://secretsmanager.us-east-1.amazonaws.com/"
    body = json.dumps({"Name": {"not": "a text"}, "Description": {"x": {"y": 1}}})
    headers = {
        "X-Amz-Target": "secretsmanager.CreateSecret",
        "Content-Type": "application/x-amz-json-1.1",
    }
    request = AWSRequest("POST", url, headers=headers, data=body)
    root = lab.root
    credentials = Credentials(root.access_key_id, root.secret_access_key, root.session_token)
    SigV4Auth(credentials, "secretsmanager", "us-east-1").add_auth(request)
    answer = requests.post(url, data=body, headers=dict(request.headers), timeout=5)
    assert answer.status_code == 400
    assert "SerializationException" in answer.text


# -- what STS's own calls say --------------------------------------------------------------------


def test_what_assuming_a_role_says(lab: Lab, ann: Any) -> None:
    arn = role(lab, "ops")
    found = context(
        lab,
        ann.client("sts").assume_role,
        RoleArn=arn,
        RoleSessionName="night",
        ExternalId="42",
        Tags=[{"Key": "team", "Value": "web"}],
        TransitiveTagKeys=["team"],
    )
    assert found["sts:ExternalId"] == "42"
    assert found["sts:RoleSessionName"] == "night"
    assert found["sts:TransitiveTagKeys"] == ["team"]
    assert (found["aws:RequestTag/team"], found["aws:TagKeys"]) == ("web", ["team"])
    assert found["iam:ResourceTag/cost"] == "7"


@pytest.mark.parametrize(
    ("actions", "parameters", "expected"),
    [
        (["sts:AssumeRole"], {}, "allowed"),
        (["sts:AssumeRole"], {"Tags": [{"Key": "a", "Value": "b"}]}, "sts:TagSession"),
        (["sts:AssumeRole"], {"SourceIdentity": "ann"}, "sts:SetSourceIdentity"),
        (["sts:TagSession"], {}, "sts:AssumeRole"),
        (
            ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
            {"Tags": [{"Key": "a", "Value": "b"}], "SourceIdentity": "ann"},
            "allowed",
        ),
    ],
)
def test_what_a_trust_policy_has_to_allow(
    lab: Lab, ann: Any, actions: list[str], parameters: dict, expected: str
) -> None:
    call = {"RoleArn": role(lab, "ops", *actions), "RoleSessionName": "s1", **parameters}
    assume = ann.client("sts").assume_role
    if expected == "allowed":
        assert outcome(assume, **call) == "allowed"
    else:
        assert f"not authorized to perform: {expected} on" in refused(
            "AccessDenied", assume, **call
        )


def test_what_goes_on_through_a_chain_of_roles(lab: Lab, ann: Any) -> None:
    first, second = role(lab, "first"), role(lab, "second")
    one = ann.client("sts").assume_role(
        RoleArn=first,
        RoleSessionName="s1",
        SourceIdentity="ann",
        Tags=[{"Key": "stays", "Value": "1"}, {"Key": "ends", "Value": "2"}],
        TransitiveTagKeys=["stays"],
    )["Credentials"]
    sts = client(one, "sts")
    again = {"RoleArn": second, "RoleSessionName": "s2"}
    found = listing(lab, sts.assume_role(**again)["Credentials"])
    assert found["aws:PrincipalTag/stays"] == "1"
    assert "aws:PrincipalTag/ends" not in found
    assert found["aws:SourceIdentity"] == "ann"
    anew = {"Tags": [{"Key": "stays", "Value": "3"}]}
    assert outcome(sts.assume_role, **again, **anew) == "InvalidParameterValue"
    assert outcome(sts.assume_role, **again, SourceIdentity="eve") == "AccessDenied"
    unknown = {"TransitiveTagKeys": ["nothing"]}
    assert outcome(sts.assume_role, **again, **unknown) == "InvalidParameterValue"


def test_whose_an_access_key_is(lab: Lab, ann: Any) -> None:
    sts = lab.root.client("sts")
    for key in (ann.access_key_id, lab.root.access_key_id):
        assert sts.get_access_key_info(AccessKeyId=key)["Account"] == ACCOUNT
    # The example of AWS's documentation, whose account is written into it.
    foreign = sts.get_access_key_info(AccessKeyId="AKIAIOSFODNN7EXAMPLE")["Account"]
    assert foreign.isdigit()
    assert len(foreign) == 12
    assert outcome(sts.get_access_key_info, AccessKeyId="AKIA-not-a-key-id-1") == "ValidationError"
    assert outcome(
        new_user(lab, "bob").client("sts").get_access_key_info, AccessKeyId="A" * 20
    ) == ("AccessDenied")


def test_tokens_that_nobody_here_can_judge(lab: Lab) -> None:
    sts = boto3.client("sts")
    call = {"RoleArn": role(lab, "ops"), "RoleSessionName": "s1"}
    for method, others in (
        (sts.assume_role_with_web_identity, {"WebIdentityToken": "token"}),
        (sts.assume_role_with_saml, {"PrincipalArn": "a" * 20, "SAMLAssertion": "a" * 8}),
    ):
        parameters = {k: v for k, v in call.items() if "saml" not in method.__name__ or "Arn" in k}
        assert "identity provider" in refused("NotSimulated", method, **parameters, **others)


# -- tags as the key to things (ABAC) ------------------------------------------------------------


def test_who_has_a_team_may_use_what_is_its_own(lab: Lab, ann: Any) -> None:
    same = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    document = allow("secretsmanager:GetSecretValue", Condition=same)
    lab.root.client("iam").put_user_policy(
        UserName="ann", PolicyName="abac", PolicyDocument=document
    )
    secrets = lab.root.client("secretsmanager")
    for team in ("web", "ops"):
        tags = [{"Key": "team", "Value": team}]
        secrets.create_secret(Name=team, SecretString=json.dumps(team), Tags=tags)
    mine = ann.client("secretsmanager")
    assert outcome(mine.get_secret_value, SecretId="web") == "allowed"
    assert outcome(mine.get_secret_value, SecretId="ops") == "AccessDeniedException"
