"""Unused access: what nobody needed for the tracking period, and the policy that would do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from analyzer_calls import analyzer_client, details, findings, unused
from lab_calls import ACCOUNT, allow, client, new_user, policy, refused, statement, trust

from helpers import Lab
from helpers.policy import parse_policy
from helpers.policy.access_checks import no_new_access

OWN = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
MANY = ["iam:GetUser", "iam:ListUsers", "iam:CreateUser", "iam:PassRole", "sqs:*"]


@pytest.fixture
def analyzer(lab: Lab) -> Any:
    return analyzer_client(lab)


def kinds(found: list[dict[str, Any]]) -> dict[str, list[str]]:
    """A user's or role's name → the types of its findings."""
    result: dict[str, list[str]] = {}
    for one in found:
        result.setdefault(one["resource"].rpartition("/")[2], []).append(one["findingType"])
    return {name: sorted(types) for name, types in result.items()}


def role(lab: Lab, name: str, *documents: str, **others: Any) -> str:
    iam = lab.root.client("iam")
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(OWN), **others)
    for number, document in enumerate(documents):
        iam.put_role_policy(RoleName=name, PolicyName=f"p{number}", PolicyDocument=document)
    return made["Role"]["Arn"]


def session(caller: Any, arn: str, service: str) -> Any:
    """A client of a role's session."""
    answer = caller.client("sts").assume_role(RoleArn=arn, RoleSessionName="ann")
    return client(answer["Credentials"], service)


def test_nothing_is_judged_before_the_period_is_over(lab: Lab, analyzer: Any) -> None:
    arn = unused(analyzer, age=30)
    role(lab, "idle")
    new_user(lab, "ann", allow(MANY))
    lab.clock.advance(days=29)
    assert findings(analyzer, arn) == []
    lab.clock.advance(days=2)
    assert kinds(findings(analyzer, arn)) == {
        "idle": ["UnusedIAMRole"],
        "ann": ["UnusedIAMUserAccessKey"],
    }


def test_roles(lab: Lab, analyzer: Any) -> None:
    arn = unused(analyzer)
    ops = role(lab, "ops", allow("iam:*"))
    role(lab, "idle")
    ann = new_user(lab, "ann", allow("sts:AssumeRole"))
    lab.clock.advance(days=60)
    session(ann, ops, "iam").list_users()
    used = lab.clock.now
    lab.clock.advance(days=60)
    assert [one["resource"] for one in findings(analyzer, arn, findingType="UnusedIAMRole")] == [
        f"arn:aws:iam::{ACCOUNT}:role/idle"
    ]
    role(lab, "new")
    lab.clock.advance(days=60)
    found = findings(analyzer, arn, findingType="UnusedIAMRole")
    assert [one["resource"].rpartition("/")[2] for one in found] == ["idle", "ops"]
    assert "lastAccessed" not in details(analyzer, arn, found[0])[0]
    last = details(analyzer, arn, found[1])[0]["lastAccessed"]
    assert abs((last - used).total_seconds()) < 2
    # Used again, the finding is resolved.
    session(ann, ops, "iam").list_users()
    (again,) = findings(analyzer, arn, resource=ops, findingType="UnusedIAMRole")
    assert again["status"] == "RESOLVED"


def test_service_linked_roles_are_left_aside(lab: Lab, analyzer: Any) -> None:
    arn = unused(analyzer)
    lab.root.client("iam").create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")
    lab.clock.advance(days=200)
    assert findings(analyzer, arn) == []


def test_keys_and_passwords(lab: Lab, analyzer: Any) -> None:
    arn = unused(analyzer)
    iam = lab.root.client("iam")
    for name in ("ann", "bob"):
        new_user(lab, name)
        iam.create_login_profile(UserName=name, Password="Quiet-otter-violet-3")
    lab.clock.advance(days=91)
    lab.caller("ann").client("sts").get_caller_identity()
    lab.sign_in("bob", "Quiet-otter-violet-3")
    assert kinds(findings(analyzer, arn)) == {
        "ann": ["UnusedIAMUserPassword"],
        "bob": ["UnusedIAMUserAccessKey"],
    }
    (key,) = findings(analyzer, arn, findingType="UnusedIAMUserAccessKey")
    key_id = iam.list_access_keys(UserName="bob")["AccessKeyMetadata"][0]["AccessKeyId"]
    assert details(analyzer, arn, key) == [{"accessKeyId": key_id}]
    iam.update_access_key(UserName="bob", AccessKeyId=key_id, Status="Inactive")
    iam.delete_login_profile(UserName="ann")
    assert {one["status"] for one in findings(analyzer, arn)} == {"RESOLVED"}


def test_a_new_key_of_an_old_user_is_not_judged(lab: Lab, analyzer: Any) -> None:
    arn = unused(analyzer)
    iam = lab.root.client("iam")
    iam.create_user(UserName="ann")
    lab.clock.advance(days=100)
    iam.create_access_key(UserName="ann")
    iam.create_login_profile(UserName="ann", Password="Quiet-otter-violet-3")
    assert findings(analyzer, arn) == []


def test_permissions(lab: Lab, analyzer: Any) -> None:
    arn = unused(analyzer)
    ann = new_user(lab, "ann", allow(MANY))
    ann.client("iam").create_user(UserName="bob")
    lab.clock.advance(days=91)
    ann.client("iam").list_users()
    found = [f for f in findings(analyzer, arn) if f["findingType"] == "UnusedPermission"]
    assert [one["resource"] for one in found] == [f"arn:aws:iam::{ACCOUNT}:user/ann"]
    assert found[0]["resourceType"] == "AWS::IAM::User"
    iam, sqs = details(analyzer, arn, found[0])
    assert sqs == {"serviceNamespace": "sqs"}  # not one action of it
    assert iam["serviceNamespace"] == "iam"
    assert iam["lastAccessed"] > found[0]["createdAt"].replace(year=2026, month=1)
    # PassRole leaves no trace and is never judged; of what was used long ago the time is told.
    assert [one["action"] for one in iam["actions"]] == ["iam:CreateUser", "iam:GetUser"]
    assert ["lastAccessed" in one for one in iam["actions"]] == [True, False]


def test_all_sources_of_permissions_count(lab: Lab, analyzer: Any) -> None:
    """Groups grant, boundaries and denies take away."""
    arn = unused(analyzer)
    iam = lab.root.client("iam")
    boundary = iam.create_policy(
        PolicyName="bound", PolicyDocument=allow(["iam:*", "sqs:*", "logs:*"])
    )["Policy"]["Arn"]
    iam.create_user(UserName="ann", PermissionsBoundary=boundary)
    iam.create_group(GroupName="g")
    iam.put_group_policy(
        GroupName="g",
        PolicyName="p",
        PolicyDocument=policy(
            statement("Allow", ["iam:ListUsers", "iam:ListRoles", "sqs:*", "logs:*", "ec2:*"]),
            statement("Deny", "logs:*"),
        ),
    )
    iam.add_user_to_group(GroupName="g", UserName="ann")
    ann = lab.caller("ann")
    lab.clock.advance(days=100)
    ann.client("iam").list_users()
    (found,) = findings(analyzer, arn, findingType="UnusedPermission")
    by_service = {one["serviceNamespace"]: one for one in details(analyzer, arn, found)}
    assert set(by_service) == {"iam", "sqs"}
    assert [one["action"] for one in by_service["iam"]["actions"]] == ["iam:ListRoles"]


def test_what_was_granted_lately_is_not_judged(lab: Lab, analyzer: Any) -> None:
    arn = unused(analyzer)
    ann = new_user(lab, "ann", allow(["iam:ListUsers", "iam:ListRoles"]))
    lab.clock.advance(days=60)
    lab.root.client("iam").put_user_policy(
        UserName="ann", PolicyName="later", PolicyDocument=allow(["sqs:*", "iam:ListGroups"])
    )
    lab.clock.advance(days=60)
    ann.client("iam").list_users()
    (found,) = findings(analyzer, arn, findingType="UnusedPermission")
    (only,) = details(analyzer, arn, found)
    assert [one["action"] for one in only["actions"]] == ["iam:ListRoles"]
    lab.clock.advance(days=40)
    ann.client("iam").list_users()
    names = [one["serviceNamespace"] for one in details(analyzer, arn, found)]
    assert names == ["iam", "sqs"]


def test_a_denied_attempt_counts_as_access(lab: Lab, analyzer: Any) -> None:
    """As in IAM's last accessed information."""
    arn = unused(analyzer)
    ann = new_user(
        lab,
        "ann",
        policy(
            statement("Allow", ["iam:ListUsers", "iam:GetUser", "iam:ListRoles"]),
            statement("Deny", "iam:ListUsers", Condition={"Bool": {"aws:SecureTransport": "true"}}),
        ),
    )
    lab.clock.advance(days=91)
    refused("AccessDenied", ann.client("iam").list_users)
    (found,) = findings(analyzer, arn, findingType="UnusedPermission")
    (only,) = details(analyzer, arn, found)
    assert [one["action"] for one in only["actions"]] == ["iam:GetUser", "iam:ListRoles"]


def test_exclusions_by_tags(lab: Lab, analyzer: Any) -> None:
    for name, tags in (("a", {"team": "ops"}), ("b", {"team": "dev"}), ("c", {})):
        role(lab, name, Tags=[{"Key": k, "Value": v} for k, v in tags.items()])
    arn = unused(analyzer, exclusions=[{"resourceTags": [{"team": "ops"}]}])
    lab.clock.advance(days=100)
    assert set(kinds(findings(analyzer, arn, status="ACTIVE"))) == {"b", "c"}
    any_team = {"exclusions": [{"resourceTags": [{"team": ""}]}]}
    analyzer.update_analyzer(
        analyzerName="unused", configuration={"unusedAccess": {"analysisRule": any_team}}
    )
    assert set(kinds(findings(analyzer, arn, status="ACTIVE"))) == {"c"}


def test_the_first_versions_are_for_external_access(analyzer: Any) -> None:
    arn = unused(analyzer)
    refused("ValidationException", analyzer.list_findings, analyzerArn=arn)
    refused("ValidationException", analyzer.get_finding, analyzerArn=arn, id="x")
    refused(
        "ValidationException",
        analyzer.start_resource_scan,
        analyzerArn=arn,
        resourceArn="arn:aws:s3:::b",
    )


def test_statistics(lab: Lab, analyzer: Any) -> None:
    arn = unused(analyzer)
    role(lab, "idle")
    new_user(lab, "ann")
    lab.clock.advance(days=100)
    (found,) = analyzer.get_findings_statistics(analyzerArn=arn)["findingsStatistics"]
    found = found["unusedAccessFindingsStatistics"]
    totals = {one["unusedAccessType"]: one["total"] for one in found["unusedAccessTypeStatistics"]}
    assert totals == {
        "UnusedIAMRole": 1,
        "UnusedIAMUserAccessKey": 1,
        "UnusedIAMUserPassword": 0,
        "UnusedPermission": 0,
    }
    assert found["topAccounts"][0]["numberOfActiveFindings"] == found["totalActiveFindings"] == 2


def steps(analyzer: Any, arn: str, identifier: str) -> list[dict[str, Any]]:
    analyzer.generate_finding_recommendation(analyzerArn=arn, id=identifier)
    answer = analyzer.get_finding_recommendation(analyzerArn=arn, id=identifier)
    assert answer["status"] == "SUCCEEDED"
    assert answer["recommendationType"] == "UnusedPermissionRecommendation"
    return [one["unusedPermissionsRecommendedStep"] for one in answer["recommendedSteps"]]


def test_recommendation(lab: Lab, analyzer: Any) -> None:
    arn = unused(analyzer)
    condition = {"Bool": {"aws:SecureTransport": "true"}}
    old = policy(
        statement("Allow", ["iam:List*", "iam:PassRole"], Condition=condition),
        statement("Deny", "iam:ListPolicies"),
    )
    ann = new_user(lab, "ann", old)
    iam = lab.root.client("iam")
    managed = iam.create_policy(PolicyName="queues", PolicyDocument=allow("sqs:*"))
    managed = managed["Policy"]["Arn"]
    iam.attach_user_policy(UserName="ann", PolicyArn=managed)
    lab.clock.advance(days=91)
    for name in ("list_users", "list_roles"):
        getattr(ann.client("iam"), name)()
    (found,) = findings(analyzer, arn, findingType="UnusedPermission")
    refused(
        "ResourceNotFoundException",
        analyzer.get_finding_recommendation,
        analyzerArn=arn,
        id=found["id"],
    )
    got = steps(analyzer, arn, found["id"])
    assert [(one["recommendedAction"], one["existingPolicyId"]) for one in got] == [
        ("CREATE_POLICY", "inline-0"),
        ("DETACH_POLICY", "inline-0"),
        ("DETACH_POLICY", managed),
    ]
    assert "policyUpdatedAt" in got[2]
    new = json.loads(got[0]["recommendedPolicy"])
    assert new["Statement"][0] == {
        "Effect": "Allow",
        "Action": ["iam:ListPolicies", "iam:ListRoles", "iam:ListUsers", "iam:PassRole"],
        "Resource": "*",
        "Condition": condition,
    }
    assert new["Statement"][1] == json.loads(old)["Statement"][1]
    assert no_new_access(parse_policy(new), parse_policy(old)) == []
    # Done as recommended, what was used still works, the rest does not, and the issue is gone.
    iam.put_user_policy(
        UserName="ann", PolicyName="inline-0", PolicyDocument=got[0]["recommendedPolicy"]
    )
    iam.detach_user_policy(UserName="ann", PolicyArn=managed)
    ann.client("iam").list_users()
    refused("AccessDenied", ann.client("iam").list_groups)
    assert findings(analyzer, arn, findingType="UnusedPermission")[0]["status"] == "RESOLVED"
    refused(
        "ValidationException",
        analyzer.generate_finding_recommendation,
        analyzerArn=arn,
        id=found["id"],
    )


def test_what_a_policy_denies_is_not_recommended_away(lab: Lab, analyzer: Any) -> None:
    arn = unused(analyzer)
    mixed = policy(statement("Allow", "sqs:*"), statement("Deny", "iam:ListRoles"))
    ann = new_user(lab, "ann", allow("iam:List*"), mixed)
    lab.clock.advance(days=91)
    for name in ("list_users", "list_groups"):
        getattr(ann.client("iam"), name)()
    (found,) = findings(analyzer, arn, findingType="UnusedPermission")
    by_policy = {}
    for one in steps(analyzer, arn, found["id"]):
        by_policy.setdefault(one["existingPolicyId"], []).append(one)
    create, detach = by_policy["inline-1"]
    assert detach["recommendedAction"] == "DETACH_POLICY"
    assert json.loads(create["recommendedPolicy"])["Statement"] == [
        statement("Deny", "iam:ListRoles")
    ]


def test_recommendations_are_for_permissions_only(lab: Lab, analyzer: Any) -> None:
    arn = unused(analyzer)
    role(lab, "idle")
    lab.clock.advance(days=91)
    (found,) = findings(analyzer, arn)
    call = analyzer.generate_finding_recommendation
    refused("ValidationException", call, analyzerArn=arn, id=found["id"])
    refused("ResourceNotFoundException", call, analyzerArn=arn, id="nobody")


def test_an_administrator_who_only_reads(house: Lab) -> None:
    analyzer = analyzer_client(house)
    arn = unused(analyzer)
    house.clock.advance(days=91)
    admin = house.caller("admin")
    admin.client("iam").list_users()
    admin.client("s3").get_object(Bucket="payroll", Key="2026.csv")
    (found,) = findings(
        analyzer,
        arn,
        findingType="UnusedPermission",
        resource=f"arn:aws:iam::{ACCOUNT}:user/admin",
    )
    services = {one["serviceNamespace"]: one for one in details(analyzer, arn, found)}
    assert len(services) > 400
    assert "actions" not in services["ec2"]
    s3 = [one["action"] for one in services["s3"]["actions"]]
    assert "s3:CreateBucket" in s3
    # What is done to objects is not tracked action by action.
    assert not {"s3:GetObject", "s3:PutObject"} & set(s3)
    got = steps(analyzer, arn, found["id"])
    new = json.loads(got[0]["recommendedPolicy"])
    assert parse_policy(new)
    actions = new["Statement"][0]["Action"]
    assert {"iam:ListUsers", "iam:PassRole", "s3:GetObject*"} <= set(actions)
    assert len(got[0]["recommendedPolicy"]) < 6_144


def test_the_same_account_gives_the_same_findings() -> None:
    def walk() -> list[str]:
        lab = Lab.start()
        analyzer = analyzer_client(lab)
        arn = unused(analyzer)
        role(lab, "idle")
        lab.clock.advance(days=91)
        return [one["id"] for one in findings(analyzer, arn)]

    try:
        assert walk() == walk()
    finally:
        Lab.stop()
