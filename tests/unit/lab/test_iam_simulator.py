"""IAM's policy simulator through stock boto3.

The first two positions are those of AWS's own examples:
https://docs.aws.amazon.com/cli/latest/reference/iam/simulate-custom-policy.html
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from lab_calls import allow, policy

ALLOW_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
ALLOW_S3 = ALLOW_ALL.replace('"Action":"*"', '"Action":"s3:*"')
DENY_S3 = ALLOW_S3.replace('"Allow"', '"Deny"')
AFTER = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*",'
    '"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}'
)
FILE = "arn:aws:s3:::payroll/2026.csv"
ANALYST = "arn:aws:iam::111122223333:user/analyst"


@pytest.fixture
def iam(house: Any) -> Any:
    return house.root.client("iam")


def custom(iam: Any, *policies: str, actions: tuple[str, ...] = ("s3:GetObject",), **rest: Any):
    answer = iam.simulate_custom_policy(
        PolicyInputList=list(policies), ActionNames=list(actions), **rest
    )
    return answer["EvaluationResults"]


def entry(name: str, *values: str, kind: str = "string") -> dict[str, Any]:
    return {"ContextKeyName": name, "ContextKeyType": kind, "ContextKeyValues": list(values)}


def refused(call: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


# Decisions and where they come from ------------------------------------------------------------


@pytest.mark.parametrize(
    ("policies", "decision", "ids"),
    [
        ((ALLOW_ALL,), "allowed", ["PolicyInputList.1"]),
        ((ALLOW_ALL, ALLOW_S3), "allowed", ["PolicyInputList.1", "PolicyInputList.2"]),
        ((ALLOW_ALL, DENY_S3), "explicitDeny", ["PolicyInputList.2"]),
        ((AFTER,), "implicitDeny", []),
    ],
)
def test_the_statements_that_decide_are_named(
    iam: Any, policies: tuple[str, ...], decision: str, ids: list[str]
) -> None:
    (result,) = custom(iam, *policies)
    assert result["EvalDecision"] == decision
    assert [each["SourcePolicyId"] for each in result["MatchedStatements"]] == ids


def position(result: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    (matched,) = result["MatchedStatements"]
    places = matched["StartPosition"], matched["EndPosition"]
    start, end = ((place["Line"], place["Column"]) for place in places)
    return start, end


def test_the_place_of_a_statement_that_stands_alone(iam: Any) -> None:
    now = entry("aws:CurrentTime", "2019-04-25T11:00:00Z", kind="date")
    (result,) = custom(iam, AFTER, actions=("dynamodb:CreateBackup",), ContextEntries=[now])
    assert position(result) == ((1, 38), (1, 167))


def test_the_place_of_the_first_statement_of_a_list(iam: Any) -> None:
    text = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": ["a:List"], "Resource": "*"}],
        },
        indent=4,
    )
    (result,) = custom(iam, text, actions=("a:List",))
    assert position(result) == ((3, 19), (10, 10))


def test_a_key_that_nobody_supplied_is_missing(iam: Any) -> None:
    (result,) = custom(iam, AFTER, actions=("dynamodb:CreateBackup",))
    assert result["EvalDecision"] == "implicitDeny"
    assert result["MissingContextValues"] == ["aws:CurrentTime"]


def test_a_key_of_another_action_is_not_missing(iam: Any) -> None:
    (result,) = custom(iam, AFTER, actions=("s3:GetObject",))
    assert result["MissingContextValues"] == []


def test_one_result_an_action_and_the_worst_decision_on_top(iam: Any) -> None:
    one_file = ALLOW_S3.replace('"Resource":"*"', f'"Resource":"{FILE}"')
    other = "arn:aws:s3:::other/x"
    (result,) = custom(iam, one_file, ResourceArns=[FILE, other])
    assert result["EvalDecision"] == "implicitDeny"
    assert result["EvalResourceName"].startswith("arn:${Partition}:s3:::")
    found = {
        each["EvalResourceName"]: each["EvalResourceDecision"]
        for each in result["ResourceSpecificResults"]
    }
    assert found == {FILE: "allowed", other: "implicitDeny"}


def test_the_boundary_says_whether_it_allows(iam: Any) -> None:
    results = custom(
        iam,
        ALLOW_ALL,
        actions=("s3:GetObject", "iam:CreateUser"),
        PermissionsBoundaryPolicyInputList=[ALLOW_S3],
    )
    detail = "PermissionsBoundaryDecisionDetail"
    says = [result[detail]["AllowedByPermissionsBoundary"] for result in results]
    assert [result["EvalDecision"] for result in results] == ["allowed", "implicitDeny"]
    assert says == [True, False]
    assert detail not in custom(iam, ALLOW_ALL)[0]


@pytest.mark.parametrize(
    ("levels", "allowed", "decision"),
    [
        ([[ALLOW_ALL], [ALLOW_S3]], True, "allowed"),
        ([[ALLOW_ALL], [AFTER]], False, "implicitDeny"),
        ([[ALLOW_ALL, DENY_S3]], False, "explicitDeny"),
    ],
)
def test_the_organization_has_a_say(
    iam: Any, levels: list[list[str]], allowed: bool, decision: str
) -> None:
    organization = [{"ServiceControlPolicyInputList": level} for level in levels]
    (result,) = custom(iam, ALLOW_ALL, OrderedOrganizationPolicyInputList=organization)
    assert result["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": allowed}
    assert result["EvalDecision"] == decision


def test_a_resource_policy_for_a_caller_of_another_account(iam: Any) -> None:
    policy = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"AWS": ANALYST},
                "Action": "s3:GetObject",
                "Resource": "*",
            },
        }
    )
    rest = {"ResourceArns": [FILE], "CallerArn": ANALYST, "ResourceOwner": "444455556666"}
    (with_both,) = custom(iam, ALLOW_S3, ResourcePolicy=policy, **rest)
    (with_one,) = custom(iam, AFTER, ResourcePolicy=policy, **rest)
    assert with_both["EvalDecision"] == "allowed"
    assert with_one["EvalDecision"] == "implicitDeny"
    assert with_one["EvalDecisionDetails"]["IAM Policy"] == "implicitDeny"
    assert with_one["EvalDecisionDetails"]["Resource Policy"] == "allowed"


@pytest.mark.parametrize(
    ("action", "arn"),
    [
        ("sts:AssumeRole", "arn:aws:iam::111122223333:role/ops"),
        ("kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:key/k"),
    ],
)
def test_trust_and_key_policies_that_are_not_given_are_left_out(
    iam: Any, action: str, arn: str
) -> None:
    assert custom(iam, ALLOW_ALL, actions=(action,), ResourceArns=[arn])[0]["EvalDecision"] == (
        "allowed"
    )
    assert custom(iam, AFTER, actions=(action,), ResourceArns=[arn])[0]["EvalDecision"] == (
        "implicitDeny"
    )


# Principals of the account ------------------------------------------------------------------------


def principal(iam: Any, arn: str = ANALYST, **rest: Any) -> Any:
    rest.setdefault("ActionNames", ["s3:GetObject"])
    rest.setdefault("ResourceArns", [FILE])
    return iam.simulate_principal_policy(PolicySourceArn=arn, **rest)["EvaluationResults"][0]


def test_a_user_has_the_policies_of_the_groups(iam: Any) -> None:
    result = principal(iam)
    (matched,) = result["MatchedStatements"]
    assert result["EvalDecision"] == "allowed"
    assert matched["SourcePolicyId"] == "group_analysts_ReadPayroll"
    assert matched["SourcePolicyType"] == "IAM Policy"


def test_a_managed_policy_is_called_by_its_name(iam: Any) -> None:
    (matched,) = principal(iam, "arn:aws:iam::111122223333:user/admin")["MatchedStatements"]
    assert matched["SourcePolicyId"] == "AdministratorAccess"
    assert matched["SourcePolicyType"] == "IAM Policy"


def test_a_resource_policy_is_told_apart(iam: Any) -> None:
    grant = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": FILE}
    result = iam.simulate_custom_policy(
        PolicyInputList=[allow("ec2:*")],
        ActionNames=["s3:GetObject"],
        ResourceArns=[FILE],
        ResourcePolicy=policy(grant),
        CallerArn=ANALYST,
    )["EvaluationResults"][0]
    (matched,) = result["MatchedStatements"]
    assert (matched["SourcePolicyId"], matched["SourcePolicyType"]) == (
        "ResourcePolicy",
        "Resource Policy",
    )


def test_the_simulator_agrees_with_the_call_that_it_simulates(house: Any, iam: Any) -> None:
    s3 = house.caller("analyst").client("s3")
    made = {
        "s3:GetObject": lambda: s3.get_object(Bucket="payroll", Key="2026.csv"),
        "s3:DeleteObject": lambda: s3.delete_object(Bucket="payroll", Key="2026.csv"),
        "s3:PutObject": lambda: s3.put_object(Bucket="payroll", Key="2026.csv", Body=b""),
    }
    for action, call in made.items():
        simulated = principal(iam, ActionNames=[action])["EvalDecision"]
        try:
            call()
        except ClientError:
            assert simulated == "implicitDeny", action
        else:
            assert simulated == "allowed", action


def test_the_users_own_boundary_counts(iam: Any) -> None:
    arn = iam.create_policy(PolicyName="OnlyLogs", PolicyDocument=AFTER)["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="analyst", PermissionsBoundary=arn)
    assert principal(iam)["EvalDecision"] == "implicitDeny"
    without = principal(iam, PolicyExclusionList=[{"PolicyType": "permission-boundary"}])
    assert without["EvalDecision"] == "allowed"


@pytest.mark.parametrize(
    "excluded",
    [
        {"PolicyType": "inline"},
        {
            "InlinePolicyIdentifier": {
                "PolicyName": "ReadPayroll",
                "AttachmentType": "group",
                "AttachmentName": "analysts",
            }
        },
    ],
)
def test_a_policy_can_be_left_out(iam: Any, excluded: dict[str, Any]) -> None:
    assert principal(iam, PolicyExclusionList=[excluded])["EvalDecision"] == "implicitDeny"
    other = {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    assert principal(iam, PolicyExclusionList=[other])["EvalDecision"] == "allowed"


def test_username_follows_from_the_caller(iam: Any) -> None:
    own = ALLOW_S3.replace('"Resource":"*"', '"Resource":"arn:aws:s3:::home/${aws:username}/*"')
    mine, others = "arn:aws:s3:::home/analyst/a", "arn:aws:s3:::home/admin/a"
    assert principal(iam, PolicyInputList=[own], ResourceArns=[mine])["EvalDecision"] == "allowed"
    assert principal(iam, PolicyInputList=[own], ResourceArns=[others])["EvalDecision"] == (
        "implicitDeny"
    )


def test_simulating_needs_its_own_permission(house: Any) -> None:
    iam = house.caller("analyst").client("iam")
    code, message = refused(
        iam.simulate_principal_policy, PolicySourceArn=ANALYST, ActionNames=["s3:GetObject"]
    )
    assert code == "AccessDenied"
    assert f"iam:SimulatePrincipalPolicy on resource: {ANALYST}" in message


# Context keys, pages, wrong input  ---------------------------------------------------------


def test_the_context_keys_of_policies(iam: Any) -> None:
    text = ALLOW_S3.replace('"Resource":"*"', '"Resource":"arn:aws:s3:::${aws:username}"')
    found = iam.get_context_keys_for_custom_policy(PolicyInputList=[AFTER, text])
    assert sorted(found["ContextKeyNames"]) == ["aws:CurrentTime", "aws:username"]
    old = text.replace("2012-10-17", "2008-10-17")
    found = iam.get_context_keys_for_custom_policy(PolicyInputList=[old])
    assert found["ContextKeyNames"] == []
    found = iam.get_context_keys_for_principal_policy(
        PolicySourceArn=ANALYST, PolicyInputList=[AFTER]
    )
    assert found["ContextKeyNames"] == ["aws:CurrentTime"]


def test_results_come_in_pages(iam: Any) -> None:
    actions = [f"s3:Action{number}" for number in range(25)]
    pages = list(
        iam.get_paginator("simulate_custom_policy").paginate(
            PolicyInputList=[ALLOW_ALL], ActionNames=actions, PaginationConfig={"PageSize": 10}
        )
    )
    assert [len(page["EvaluationResults"]) for page in pages] == [10, 10, 5]
    assert [page["IsTruncated"] for page in pages] == [True, True, False]
    assert [r["EvalActionName"] for page in pages for r in page["EvaluationResults"]] == actions


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"PolicyInputList": ["{"]}, "PolicyInputList.1"),
        ({"ActionNames": ["s3:Get*"]}, "Invalid Action Name: s3:Get*"),
        ({"ActionNames": ["GetObject"]}, "Invalid Action Name: GetObject"),
        ({"ResourceArns": ["payroll"]}, "Invalid Resource Arn: payroll"),
        ({"CallerArn": "arn:aws:sts::111122223333:assumed-role/r/s"}, "Invalid CallerArn"),
        ({"ResourceOwner": "me"}, "Invalid ResourceOwner"),
        ({"ResourcePolicy": "{}"}, "CallerArn is required"),
        ({"PermissionsBoundaryPolicyInputList": [ALLOW_ALL] * 2}, "Only one"),
        ({"ContextEntries": [entry("aws:x", "a", "b")]}, "takes one value"),
        ({"Marker": "seven"}, "Invalid Marker"),
    ],
)
def test_wrong_input_is_named(iam: Any, wrong: dict[str, Any], says: str) -> None:
    right = {"PolicyInputList": [ALLOW_ALL], "ActionNames": ["s3:GetObject"]}
    code, message = refused(iam.simulate_custom_policy, **{**right, **wrong})
    assert code == "InvalidInput"
    assert says in message


def test_a_principal_that_there_is_not(iam: Any) -> None:
    arn = "arn:aws:iam::111122223333:user/nobody"
    right = {"ActionNames": ["s3:GetObject"]}
    assert refused(iam.simulate_principal_policy, PolicySourceArn=arn, **right)[0] == "NoSuchEntity"
    root = "arn:aws:iam::111122223333:root"
    assert refused(iam.simulate_principal_policy, PolicySourceArn=root, **right)[0] == (
        "InvalidInput"
    )
