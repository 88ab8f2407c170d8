"""IAM's sentences for what is no policy, and the lab's hint behind them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lab_calls import ACCOUNT, allow, client, new_user, policy, refused, statement, trust

from helpers import Lab

GOOD = statement("Allow", "s3:GetObject")
SID = "Statement IDs (SID) in a single policy must be unique."


def without(whole: dict[str, Any], *elements: str) -> dict[str, Any]:
    return {name: value for name, value in whole.items() if name not in elements}


IDENTITY = {
    '{"Version": "2012-10-17",': "Syntax errors in policy.",
    policy({**GOOD, "Effect": "allow"}): "Syntax errors in policy.",
    policy(
        {**GOOD, "Condition": {"StringIs": {"aws:username": "ann"}}}
    ): "Syntax errors in policy.",
    policy(without(GOOD, "Action")): "Policy statement must contain actions.",
    policy({**GOOD, "Action": []}): "Policy statement must contain actions.",
    policy(without(GOOD, "Resource")): "Policy statement must contain resources.",
    policy({**GOOD, "Resource": []}): "Policy statement must contain resources.",
    policy({**GOOD, "Resource": "vault"}): 'Resource vault must be in ARN format or "*".',
    policy({**GOOD, "Action": "GetObject"}): "Actions/Conditions must be prefaced by a vendor, "
    "e.g., iam, sdb, ec2, etc.",
    policy({**GOOD, "Action": "s3:s3:GetObject"}): "Actions/Condition can contain only one colon.",
    policy({**GOOD, "Principal": "*"}): "Policy document should not specify a principal.",
    policy({**GOOD, "Sid": "a b"}): "Statement IDs (SID) must be alpha-numeric. Check that your "
    "input satisfies the regular expression [0-9A-Za-z]*",
    policy({**GOOD, "Sid": "a"}, {**GOOD, "Sid": "a"}): SID,
}

TRUSTED = json.loads(trust({"AWS": ACCOUNT}))["Statement"][0]
TRUST = {
    "{": "This policy contains invalid Json",
    policy(): "Could not parse the policy: Statement is empty!",
    policy(without(TRUSTED, "Principal")): "Missing required field Principal",
    policy(without(TRUSTED, "Action")): "Missing required field Action",
    policy(without(TRUSTED, "Effect")): "Missing required field Effect",
    policy({**TRUSTED, "Resource": "*"}): "Has prohibited field Resource",
    policy({**TRUSTED, "Action": ["sts:AssumeRole", "s3:GetObject"]}): "AssumeRole policy may only "
    "specify STS AssumeRole actions.",
    trust({"AWS": "ann"}): 'Invalid principal in policy: "AWS":"ann"',
    trust({"AWS": f"arn:aws:iam::{ACCOUNT}:role/no"}): "Invalid principal in policy: "
    f'"AWS":"arn:aws:iam::{ACCOUNT}:role/no"',
    trust({"Service": "lambda"}): 'Invalid principal in policy: "SERVICE":"lambda"',
}


@pytest.mark.parametrize("document", IDENTITY)
def test_identity_based_policies(lab: Lab, document: str) -> None:
    iam = lab.root.client("iam")
    call = {"PolicyName": "p", "PolicyDocument": document}
    said = refused("MalformedPolicyDocument", iam.create_policy, **call)
    assert said == IDENTITY[document]


@pytest.mark.parametrize("document", TRUST)
def test_trust_policies(lab: Lab, document: str) -> None:
    iam = lab.root.client("iam")
    call = {"RoleName": "r", "AssumeRolePolicyDocument": document}
    said = refused("MalformedPolicyDocument", iam.create_role, **call)
    assert said == TRUST[document]


@pytest.mark.parametrize("service", ["ec2", "logs.us-east-1", "delivery.logs", "pods.eks"])
def test_services_are_trusted_by_their_names(lab: Lab, service: str) -> None:
    document = trust({"Service": f"{service}.amazonaws.com"})
    lab.root.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=document)


def test_why_tells_where_the_fault_is(lab: Lab) -> None:
    iam = lab.root.client("iam")
    document = policy(statement("Allow", "s3:GetObject", "*"), {**GOOD, "Effect": "allow"})
    refused("MalformedPolicyDocument", iam.create_policy, PolicyName="p", PolicyDocument=document)
    told = str(lab.why())
    assert "iam:CreatePolicy" in told
    assert "Syntax errors in policy." in told
    assert "Statement[1].Effect (line 1, column" in told
    assert 'Write "Allow".' in told


def test_session_policies_and_service_control_policies(lab: Lab) -> None:
    iam = lab.root.client("iam")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))
    sts = new_user(lab, "ann", allow("sts:*")).client("sts")
    call = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r", "RoleSessionName": "ann"}
    said = refused("MalformedPolicyDocument", sts.assume_role, **call, Policy="{")
    assert said == "Syntax errors in policy."
    client(sts.assume_role(**call, Policy=allow("s3:*"))["Credentials"], "sts")
    organizations = lab.root.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    said = refused(
        "MalformedPolicyDocumentException",
        organizations.create_policy,
        Name="p",
        Description="",
        Type="SERVICE_CONTROL_POLICY",
        Content=policy({**GOOD, "Principal": "*"}),
    )
    assert said.endswith("does not meet the requirements of the specified policy type.")
    assert "Principal may not stand in a service control policy" in str(lab.why())


@pytest.mark.parametrize("version", [{}, {"Version": "2008-10-17"}])
def test_only_managed_policies_have_to_be_in_the_current_version(
    lab: Lab, version: dict[str, str]
) -> None:
    iam = lab.root.client("iam")
    ann, bob = new_user(lab, "ann"), new_user(lab, "bob")
    document = json.dumps(version | {"Statement": [statement("Allow", "iam:GetUser")]})
    call = {"PolicyName": "p", "PolicyDocument": document}
    said = refused("MalformedPolicyDocument", iam.create_policy, **call)
    assert said == "Policy document must be version 2012-10-17 or greater."
    iam.put_user_policy(UserName="ann", **call)
    assert iam.get_user_policy(UserName="ann", PolicyName="p")["PolicyDocument"] == json.loads(
        document
    )
    ann.client("iam").get_user()
    # The old version has no policy variables: the text stands for itself.
    variable = document.replace('"*"', '"arn:aws:iam::*:user/${aws:username}"')
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=variable)
    refused("AccessDenied", bob.client("iam").get_user)
