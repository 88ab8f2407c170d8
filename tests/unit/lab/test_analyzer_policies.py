"""Policies looked at by themselves, and policies made of what was done, through stock boto3."""

from __future__ import annotations

import json
from typing import Any

import pytest
from analyzer_calls import OTHER, analyzer_client
from lab_calls import ACCOUNT, allow, new_user, policy, refused, statement, trust

from helpers import Lab

BUCKET = "arn:aws:s3:::amzn-s3-demo-bucket"


@pytest.fixture
def client(lab: Lab) -> Any:
    return analyzer_client(lab)


# -- validation ------------------------------------------------------------------------------------


def test_a_good_policy_has_no_findings(client: Any) -> None:
    document = allow("s3:GetObject", f"{BUCKET}/*")
    answer = client.validate_policy(policyDocument=document, policyType="IDENTITY_POLICY")
    assert answer["findings"] == []


def test_findings_tell_where_they_are(client: Any) -> None:
    document = json.dumps(json.loads(allow(["s3:GetObject", "s3:ListBuckets"])), indent=2)
    answer = client.validate_policy(policyDocument=document, policyType="IDENTITY_POLICY")
    (found,) = answer["findings"]
    assert (found["findingType"], found["issueCode"]) == ("ERROR", "INVALID_ACTION")
    assert found["learnMoreLink"].startswith("https://docs.aws.amazon.com/IAM/")
    assert found["learnMoreLink"].endswith("-error-invalid-action")
    (place,) = found["locations"]
    assert place["path"] == [
        {"value": "Statement"},
        {"index": 0},
        {"value": "Action"},
        {"index": 1},
    ]
    start, end = place["span"]["start"], place["span"]["end"]
    assert document[start["offset"] : end["offset"]] == '"s3:ListBuckets"'
    line = document.splitlines()[start["line"] - 1]
    assert line[start["column"] : end["column"]] == '"s3:ListBuckets"'


@pytest.mark.parametrize(
    ("document", "code", "kind"),
    [
        (allow("iam:PassRole"), "PASS_ROLE_WITH_STAR_IN_RESOURCE", "SECURITY_WARNING"),
        (
            json.dumps({"Statement": statement("Deny", "iam:*")}),
            "MISSING_VERSION",
            "WARNING",
        ),
        ("{", "JSON_SYNTAX_ERROR", "ERROR"),
        (allow(["iam:GetUser", "iam:Get*"]), "REDUNDANT_ACTION", "SUGGESTION"),
    ],
)
def test_kinds_of_findings(client: Any, document: str, code: str, kind: str) -> None:
    answer = client.validate_policy(policyDocument=document, policyType="IDENTITY_POLICY")
    assert (code, kind) in [(f["issueCode"], f["findingType"]) for f in answer["findings"]]


def test_types_of_policies(client: Any) -> None:
    role = trust({"AWS": ACCOUNT})
    validate = client.validate_policy
    assert validate(policyDocument=role, policyType="RESOURCE_POLICY")["findings"] == []
    checked = validate(
        policyDocument=role,
        policyType="RESOURCE_POLICY",
        validatePolicyResourceType="AWS::IAM::AssumeRolePolicyDocument",
    )
    assert checked["findings"] == []
    assert validate(policyDocument=role, policyType="IDENTITY_POLICY")["findings"]
    scp = policy(statement("Deny", "s3:*"))
    assert validate(policyDocument=scp, policyType="SERVICE_CONTROL_POLICY")["findings"] == []
    refused(
        "ValidationException",
        validate,
        policyDocument=scp,
        policyType="IDENTITY_POLICY",
        validatePolicyResourceType="AWS::S3::Bucket",
    )
    refused("ValidationException", validate, policyDocument=scp, policyType="TREATY")


def test_findings_come_in_pages(client: Any) -> None:
    document = allow([f"s3:Nothing{number}" for number in range(5)])
    pages = client.get_paginator("validate_policy").paginate(
        policyDocument=document,
        policyType="IDENTITY_POLICY",
        locale="DE",
        PaginationConfig={"PageSize": 2},
    )
    assert [len(page["findings"]) for page in pages] == [2, 2, 1]


# -- custom checks ---------------------------------------------------------------------------------


def no_new_access(client: Any, new: str, old: str, kind: str = "IDENTITY_POLICY") -> Any:
    return client.check_no_new_access(
        newPolicyDocument=new, existingPolicyDocument=old, policyType=kind
    )


def test_no_new_access(client: Any) -> None:
    narrow, wide = allow("s3:GetObject", f"{BUCKET}/*"), allow("s3:Get*", f"{BUCKET}*")
    passed = no_new_access(client, narrow, wide)
    assert passed["result"] == "PASS"
    assert "reasons" not in passed
    failed = no_new_access(client, wide, narrow)
    assert failed["result"] == "FAIL"
    assert failed["message"] == (
        "The modified permissions grant new access compared to your existing policy."
    )
    assert failed["reasons"] == [
        {"description": "New access in the statement with index: 0.", "statementIndex": 0}
    ]
    named = policy(
        statement("Allow", "s3:GetObject", Sid="Old"), statement("Allow", "*", Sid="New")
    )
    (reason,) = no_new_access(client, named, allow("s3:*"))["reasons"]
    assert reason == {
        "description": "New access in the statement with sid: New.",
        "statementIndex": 1,
        "statementId": "New",
    }


@pytest.mark.parametrize(
    ("new", "old", "result"),
    [
        # A deny or a condition that is gone opens.
        (allow("s3:*"), policy(statement("Allow", "s3:*"), statement("Deny", "s3:Put*")), "FAIL"),
        (allow("s3:*"), allow("s3:*", Condition={"Bool": {"aws:SecureTransport": "true"}}), "FAIL"),
        (allow("s3:*", Condition={"Bool": {"aws:SecureTransport": "true"}}), allow("s3:*"), "PASS"),
        # Two that together cover a third.
        (allow("s3:*", BUCKET), policy(statement("Allow", "s3:*", BUCKET)), "PASS"),
        (
            allow("ec2:*Vpcs"),
            policy(
                {"Effect": "Allow", "NotAction": "ec2:Describe*", "Resource": "*"},
                statement("Allow", "ec2:*"),
            ),
            "PASS",
        ),
        (
            {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
            policy(statement("Allow", "*"), statement("Deny", "iam:*")),
            "PASS",
        ),
        (
            policy(statement("Allow", "*"), statement("Deny", "iam:*")),
            {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
            "PASS",
        ),
        (allow("*"), {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, "FAIL"),
        (
            allow("s3:*", "arn:aws:s3:::home/${aws:username}/*"),
            allow("s3:*", "arn:aws:s3:::home/*"),
            "PASS",
        ),
        (
            allow("s3:*", "arn:aws:s3:::home/*"),
            allow("s3:*", "arn:aws:s3:::home/${aws:username}/*"),
            "FAIL",
        ),
    ],
)
def test_new_access_by_cases(client: Any, new: Any, old: Any, result: str) -> None:
    new, old = (one if isinstance(one, str) else policy(one) for one in (new, old))
    assert no_new_access(client, new, old)["result"] == result


def test_new_access_to_principals(client: Any) -> None:
    kind = "RESOURCE_POLICY"
    one, both, all_ = trust({"AWS": ACCOUNT}), trust({"AWS": [ACCOUNT, OTHER]}), trust("*")
    assert no_new_access(client, one, both, kind)["result"] == "PASS"
    assert no_new_access(client, both, one, kind)["result"] == "FAIL"
    assert no_new_access(client, both, all_, kind)["result"] == "PASS"
    assert no_new_access(client, all_, both, kind)["result"] == "FAIL"


def not_granted(client: Any, document: str, **access: list[str]) -> Any:
    return client.check_access_not_granted(
        policyDocument=document, access=[access], policyType="IDENTITY_POLICY"
    )


def test_access_not_granted(client: Any) -> None:
    document = policy(
        statement("Allow", "s3:*", f"{BUCKET}/*", Sid="Objects"), statement("Deny", "s3:Put*")
    )
    assert not_granted(client, document, actions=["iam:CreateUser"])["result"] == "PASS"
    assert not_granted(client, document, actions=["s3:PutObject"])["result"] == "PASS"
    assert not_granted(client, document, resources=["arn:aws:s3:::other/*"])["result"] == "PASS"
    failed = not_granted(client, document, actions=["iam:CreateUser", "s3:Get*"])
    assert failed["result"] == "FAIL"
    assert failed["reasons"] == [
        {
            "description": "One or more of the listed actions or resources in the statement "
            "with sid: Objects.",
            "statementIndex": 0,
            "statementId": "Objects",
        }
    ]
    both = {"actions": ["s3:GetObject"], "resources": [f"{BUCKET}/a/*"]}
    assert not_granted(client, document, **both)["result"] == "FAIL"
    elsewhere = {"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::other/*"]}
    assert not_granted(client, document, **elsewhere)["result"] == "PASS"


def test_no_public_access(client: Any) -> None:
    def check(kind: str = "AWS::S3::Bucket", **others: Any) -> Any:
        one = {"Sid": "Bob", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
        return client.check_no_public_access(
            policyDocument=policy({**one, **others}), resourceType=kind
        )

    failed = check()  # the resource may be left out: the policy hangs on it
    assert failed["result"] == "FAIL"
    assert failed["message"] == (
        "The resource policy grants public access for the given resource type."
    )
    assert failed["reasons"] == [
        {
            "description": "Public access granted in the following statement with sid: Bob.",
            "statementIndex": 0,
            "statementId": "Bob",
        }
    ]
    passed = check(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/ann"})
    assert passed == {**passed, "result": "PASS"}
    assert "reasons" not in passed
    fixed = {"StringEquals": {"aws:SourceVpc": "vpc-1a2b3c4d"}}
    assert check(Condition=fixed)["result"] == "PASS"
    role = {"kind": "AWS::IAM::AssumeRolePolicyDocument", "Action": "sts:AssumeRole"}
    assert check(**role)["result"] == "FAIL"
    refused(
        "ValidationException",
        client.check_no_public_access,
        policyDocument=allow("*"),
        resourceType="AWS::EC2::Instance",
    )


def test_wrong_input_to_checks(client: Any) -> None:
    good = allow("s3:*")
    wrong = "InvalidParameterException"
    for new, old in ((good, "{"), ('{"Statement": 7}', good), (trust("*"), good)):
        call = client.check_no_new_access
        kind = {"policyType": "IDENTITY_POLICY"}
        refused(wrong, call, newPolicyDocument=new, existingPolicyDocument=old, **kind)
    call = client.check_access_not_granted
    here = {"policyDocument": good, "policyType": "IDENTITY_POLICY"}
    refused(wrong, call, **here, access=[{"actions": ["GetObject"]}])
    refused(wrong, call, **here, access=[{"resources": ["bucket"]}])
    refused(wrong, call, **here, access=[{"resources": ["arn:aws:*:::bucket"]}])
    refused("ValidationException", call, **here, access=[{}])
    refused("ValidationException", call, **here, access=[])
    message = refused(
        wrong,
        client.check_no_public_access,
        policyDocument="<html>",
        resourceType="AWS::S3::Bucket",
    )
    assert "Traceback" not in message


# -- generation ------------------------------------------------------------------------------------


def generated(client: Any, principal: str, **others: Any) -> Any:
    job = client.start_policy_generation(policyGenerationDetails={"principalArn": principal})
    return client.get_generated_policy(jobId=job["jobId"], **others)


def test_a_policy_out_of_what_was_done(lab: Lab, client: Any) -> None:
    ann = new_user(lab, "ann", allow(["iam:*", "s3:*"]))
    ann.client("iam").list_users()
    ann.client("iam").get_user(UserName="ann")
    ann.client("s3").create_bucket(Bucket="reports-of-ann")
    answer = generated(client, f"arn:aws:iam::{ACCOUNT}:user/ann")
    details = answer["jobDetails"]
    assert details["status"] == "SUCCEEDED"
    assert details["startedOn"] < details["completedOn"]
    result = answer["generatedPolicyResult"]
    assert result["properties"] == {
        "principalArn": f"arn:aws:iam::{ACCOUNT}:user/ann",
        "isComplete": True,
    }
    (made,) = result["generatedPolicies"]
    assert json.loads(made["policy"])["Statement"] == [
        {
            "Sid": "SupportedServiceSid0",
            "Effect": "Allow",
            "Action": ["iam:GetUser", "iam:ListUsers", "s3:CreateBucket"],
            "Resource": "*",
        }
    ]


def test_placeholders_and_what_a_trail_cannot_tell(lab: Lab, client: Any) -> None:
    ann = new_user(lab, "ann", allow(["iam:*", "s3:*"]))
    s3 = ann.client("s3")
    s3.create_bucket(Bucket="reports-of-ann")
    s3.put_object(Bucket="reports-of-ann", Key="k", Body=b"x")
    arn = f"arn:aws:iam::{ACCOUNT}:user/ann"
    answer = generated(
        client, arn, includeResourcePlaceholders=True, includeServiceLevelTemplate=True
    )
    result = answer["generatedPolicyResult"]
    assert result["properties"]["isComplete"] is False
    first, second = json.loads(result["generatedPolicies"][0]["policy"])["Statement"]
    assert first["Action"] == ["s3:CreateBucket"]
    assert first["Resource"] == ["arn:aws:s3:::${BucketName}"]
    assert second["Action"] == ["s3:*"]


def test_the_trail_that_is_named(lab: Lab, client: Any) -> None:
    iam = lab.root.client("iam")
    service = trust({"Service": "access-analyzer.amazonaws.com"})
    access = iam.create_role(RoleName="monitor", AssumeRolePolicyDocument=service)["Role"]["Arn"]
    ann = new_user(lab, "ann", allow("iam:*"))
    ann.client("iam").list_users()
    start = lab.clock.advance(seconds=5)
    lab.clock.advance(days=10)
    ann.client("iam").list_roles()
    logs = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    lab.root.client("s3").create_bucket(Bucket="trail-of-main")
    lab.root.client("s3").put_bucket_policy(
        Bucket="trail-of-main",
        Policy=policy(
            {**logs, "Action": "s3:GetBucketAcl", "Resource": "arn:aws:s3:::trail-of-main"},
            {**logs, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::trail-of-main/*"},
        ),
    )
    cloudtrail = lab.root.client("cloudtrail")
    made = cloudtrail.create_trail(Name="main", S3BucketName="trail-of-main")
    trail = {"cloudTrailArn": made["TrailARN"], "allRegions": True}
    asked = {
        "policyGenerationDetails": {"principalArn": f"arn:aws:iam::{ACCOUNT}:user/ann"},
        "cloudTrailDetails": {"trails": [trail], "accessRole": access, "startTime": start},
    }
    job = client.start_policy_generation(**asked)["jobId"]
    result = client.get_generated_policy(jobId=job)["generatedPolicyResult"]
    trails = result["properties"]["cloudTrailProperties"]
    assert trails["trailProperties"] == [{**trail, "regions": []}]
    (made,) = result["generatedPolicies"]
    assert json.loads(made["policy"])["Statement"][0]["Action"] == ["iam:ListRoles"]
    nowhere = {**trail, "cloudTrailArn": f"{trail['cloudTrailArn']}-2"}
    asked["cloudTrailDetails"] |= {"trails": [nowhere]}
    job = client.start_policy_generation(**asked)["jobId"]
    failed = client.get_generated_policy(jobId=job)["jobDetails"]
    assert failed["status"] == "FAILED"
    assert failed["jobError"]["code"] == "RESOURCE_NOT_FOUND_ERROR"
    lab.clock.advance(days=120)
    refused("ValidationException", client.start_policy_generation, **asked)  # beyond 90 days
    asked["cloudTrailDetails"] |= {"startTime": lab.clock.now, "accessRole": f"{access}x"}
    refused("ValidationException", client.start_policy_generation, **asked)


def test_jobs(lab: Lab, client: Any) -> None:
    new_user(lab, "ann")
    arn = f"arn:aws:iam::{ACCOUNT}:user/ann"
    missing = generated(client, f"{arn}e")
    assert missing["jobDetails"]["status"] == "FAILED"
    assert missing["jobDetails"]["jobError"]["code"] == "RESOURCE_NOT_FOUND_ERROR"
    start = client.start_policy_generation
    job = start(policyGenerationDetails={"principalArn": arn})["jobId"]
    client.cancel_policy_generation(jobId=job)
    assert client.get_generated_policy(jobId=job)["jobDetails"]["status"] == "CANCELED"
    refused("ValidationException", client.cancel_policy_generation, jobId=job)
    refused("ValidationException", client.get_generated_policy, jobId="nobody")
    listed = client.list_policy_generations()["policyGenerations"]
    assert [one["status"] for one in listed] == ["FAILED", "CANCELED"]
    only = client.list_policy_generations(principalArn=arn)["policyGenerations"]
    assert [one["jobId"] for one in only] == [job]
    lab.clock.advance(days=8)
    assert client.list_policy_generations()["policyGenerations"] == []
    for wrong in ("ann", f"arn:aws:iam::{OTHER}:user/ann"):
        refused("ValidationException", start, policyGenerationDetails={"principalArn": wrong})


def test_passing_the_access_role_needs_permission(lab: Lab) -> None:
    ann = new_user(lab, "ann", allow("access-analyzer:*")).client("accessanalyzer")
    trail = {"cloudTrailArn": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/t"}
    message = refused(
        "AccessDeniedException",
        ann.start_policy_generation,
        policyGenerationDetails={"principalArn": f"arn:aws:iam::{ACCOUNT}:user/ann"},
        cloudTrailDetails={
            "trails": [trail],
            "accessRole": f"arn:aws:iam::{ACCOUNT}:role/monitor",
            "startTime": lab.clock.now,
        },
    )
    assert "iam:PassRole" in message
