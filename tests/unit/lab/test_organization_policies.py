"""SCPs and RCPs in force: whom they limit, on which level, and what AWS says about it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lab_calls import ACCOUNT, allow, client, outcome, policy, refused, statement
from organization_calls import RCP, SCP, Organization

from helpers import Lab

NO_EC2 = policy(statement("Deny", "ec2:*"))
ONLY_S3 = allow("s3:*")
STRANGER = "777788889999"


@pytest.fixture
def org(lab: Lab) -> Organization:
    organization = Organization(lab)
    organization.enable(SCP, RCP)
    return organization


def replace_full_access(org: Organization, content: str, target: str) -> None:
    org.limit(content, target, name=f"only-{target}")
    org.api.detach_policy(PolicyId="p-FullAWSAccess", TargetId=target)


# SCPs ------------------------------------------------------------------------------------------


def test_a_deny_on_any_level_limits_the_account_below(org: Organization) -> None:
    ec2 = org.inside("ec2")
    policies = f"arn:aws:organizations::{ACCOUNT}:policy/{org.id}/service_control_policy"
    for target in (org.root, org.unit, org.member):
        assert outcome(ec2.describe_vpcs) == "allowed"
        identifier = org.limit(NO_EC2, target, name=target)
        message = refused("UnauthorizedOperation", ec2.describe_vpcs)
        assert message.endswith(
            f"with an explicit deny in a service control policy: {policies}/{identifier}"
        )
        org.api.detach_policy(PolicyId=identifier, TargetId=target)
    assert outcome(ec2.describe_vpcs) == "allowed"


def test_every_level_has_to_allow(org: Organization) -> None:
    s3, iam = org.inside("s3"), org.inside("iam")
    replace_full_access(org, ONLY_S3, org.unit)
    assert outcome(s3.list_buckets) == "allowed"
    message = refused("AccessDenied", iam.list_users)
    assert message.endswith("because no service control policy allows the iam:ListUsers action")
    replace_full_access(org, allow("iam:*"), org.member)
    assert [outcome(s3.list_buckets), outcome(iam.list_users)] == ["AccessDenied"] * 2


def test_an_scp_gives_nobody_anything(org: Organization) -> None:
    inside = org.inside("iam")
    inside.create_user(UserName="ann")
    key = inside.create_access_key(UserName="ann")["AccessKey"]
    message = refused("AccessDenied", client(key, "iam").list_users)
    assert "because no identity-based policy allows" in message


def test_the_management_account_is_outside(org: Organization) -> None:
    for name, target in (("of all", org.root), ("own", ACCOUNT)):
        org.limit(NO_EC2, target, name=name)
    assert outcome(org.admin.client("ec2").describe_vpcs) == "allowed"
    assert outcome(org.lab.root.client("ec2").describe_vpcs) == "allowed"


def test_the_root_user_of_a_member_account_is_not(org: Organization) -> None:
    account = org.lab.add_account("444455556666")
    made = org.api.invite_account_to_organization(Target={"Id": account.id, "Type": "ACCOUNT"})
    theirs = account.root.client("organizations")
    theirs.accept_handshake(HandshakeId=made["Handshake"]["Id"])
    is_root = {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}
    org.limit(policy(statement("Deny", "*", Condition=is_root)), org.root)
    for service, call in (("ec2", "describe_vpcs"), ("iam", "list_users"), ("s3", "list_buckets")):
        denied = getattr(account.root.client(service), call)
        with pytest.raises(Exception, match="explicit deny in a service control policy"):
            denied()
    refused("AccessDeniedException", theirs.leave_organization)
    assert outcome(account.root.client("sts").get_caller_identity) == "allowed"
    assert outcome(org.lab.root.client("iam").list_users) == "allowed"


def test_a_policy_follows_the_tree(org: Organization) -> None:
    ec2 = org.inside("ec2")
    quiet = org.new_unit("Quiet")
    org.limit(NO_EC2, quiet)
    assert outcome(ec2.describe_vpcs) == "allowed"
    org.api.move_account(AccountId=org.member, SourceParentId=org.unit, DestinationParentId=quiet)
    assert outcome(ec2.describe_vpcs) == "UnauthorizedOperation"


def test_a_change_counts_at_once_and_a_disabled_type_not_at_all(org: Organization) -> None:
    ec2 = org.inside("ec2")
    identifier = org.limit(NO_EC2, org.unit)
    org.api.update_policy(PolicyId=identifier, Content=policy(statement("Deny", "rds:*")))
    assert outcome(ec2.describe_vpcs) == "allowed"
    org.api.update_policy(PolicyId=identifier, Content=NO_EC2)
    assert outcome(ec2.describe_vpcs) == "UnauthorizedOperation"
    org.api.disable_policy_type(RootId=org.root, PolicyType=SCP)
    assert outcome(ec2.describe_vpcs) == "allowed"


def test_conditions_know_region_and_organization(org: Organization) -> None:
    elsewhere = {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}
    org.limit(policy(statement("Deny", "ec2:*", Condition=elsewhere)), org.unit)
    key = org.role()
    assert outcome(client(key, "ec2").describe_vpcs) == "allowed"
    away = client(key, "ec2", region_name="eu-west-1")
    assert outcome(away.describe_vpcs) == "UnauthorizedOperation"


def test_what_limits_the_caller_is_the_callers_own_account(org: Organization) -> None:
    """The SCP of a member's account does not reach the management account's calls there."""
    s3 = org.inside("s3")
    s3.create_bucket(Bucket="shared")
    s3.put_bucket_policy(Bucket="shared", Policy=policy(
        statement("Allow", "s3:ListBucket", "arn:aws:s3:::shared", Principal={"AWS": ACCOUNT})
    ))  # fmt: skip
    org.limit(policy(statement("Deny", "s3:*")), org.unit)
    assert outcome(s3.list_objects_v2, Bucket="shared") == "AccessDenied"
    assert outcome(org.admin.client("s3").list_objects_v2, Bucket="shared") == "allowed"


def test_s3_gives_its_reasons_within_the_organization(org: Organization) -> None:
    s3 = org.inside("s3")
    s3.create_bucket(Bucket="private")
    message = refused("AccessDenied", org.admin.client("s3").list_objects_v2, Bucket="private")
    assert "because no resource-based policy allows the s3:ListBucket action" in message
    stranger = org.lab.add_account(STRANGER).root.client("s3")
    assert refused("AccessDenied", stranger.list_objects_v2, Bucket="private") == "Access Denied"


# RCPs ------------------------------------------------------------------------------------------


def perimeter(org: Organization) -> str:
    """S3 for the organization's own principals and for AWS's services alone."""
    outside = {
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": org.id},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    }
    return policy(statement("Deny", "s3:*", Principal="*", Condition=outside))


@pytest.fixture
def shared(org: Organization) -> Any:
    """A member's bucket whose policy lets everybody list it."""
    s3 = org.inside("s3")
    s3.create_bucket(Bucket="shared")
    s3.put_public_access_block(
        Bucket="shared",
        PublicAccessBlockConfiguration=dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"),
            False,
        ),
    )
    s3.put_bucket_policy(Bucket="shared", Policy=policy(
        statement("Allow", "s3:ListBucket", "arn:aws:s3:::shared", Principal="*")
    ))  # fmt: skip
    return s3


def test_an_rcp_keeps_strangers_away_whatever_the_bucket_says(
    org: Organization, shared: Any
) -> None:
    stranger = org.lab.add_account(STRANGER).root.client("s3")
    listing = {"Bucket": "shared"}
    assert outcome(stranger.list_objects_v2, **listing) == "allowed"
    org.limit(perimeter(org), org.root, RCP)
    assert refused("AccessDenied", stranger.list_objects_v2, **listing) == "Access Denied"
    assert outcome(org.admin.client("s3").list_objects_v2, **listing) == "allowed"
    assert outcome(shared.list_objects_v2, **listing) == "allowed"


def test_an_rcp_limits_the_accounts_own_people_too(org: Organization, shared: Any) -> None:
    identifier = org.limit(
        policy(statement("Deny", "s3:DeleteBucket", Principal="*")), org.unit, RCP
    )
    message = refused("AccessDenied", shared.delete_bucket, Bucket="shared")
    assert "with an explicit deny in a resource control policy" in message
    assert message.endswith(f"/resource_control_policy/{identifier}")


def test_an_rcp_reaches_no_bucket_of_the_management_account(org: Organization) -> None:
    s3 = org.admin.client("s3")
    s3.create_bucket(Bucket="of-the-management")
    org.limit(policy(statement("Deny", "s3:*", Principal="*")), org.root, RCP)
    assert outcome(s3.list_objects_v2, Bucket="of-the-management") == "allowed"


def test_an_rcp_leaves_other_services_alone(org: Organization) -> None:
    org.limit(policy(statement("Deny", ["s3:*", "sts:*"], Principal="*")), org.root, RCP)
    inside = org.lab.accounts[org.member]
    assert outcome(org.admin.client("sts").assume_role, RoleSessionName="try",
                   RoleArn=f"arn:aws:iam::{inside.id}:role/OrganizationAccountAccessRole"
                   ) == "AccessDenied"  # fmt: skip
    org.api.disable_policy_type(RootId=org.root, PolicyType=RCP)
    assert outcome(org.inside("iam").list_users) == "allowed"


def test_roles_of_a_member_are_in_the_perimeter(org: Organization) -> None:
    trust = policy({"Effect": "Allow", "Principal": {"AWS": STRANGER}, "Action": "sts:AssumeRole"})
    role = org.inside("iam").create_role(RoleName="open", AssumeRolePolicyDocument=trust)["Role"]
    stranger = org.lab.add_account(STRANGER)
    iam = stranger.root.client("iam")
    iam.create_user(UserName="eve")
    iam.put_user_policy(UserName="eve", PolicyName="p", PolicyDocument=allow("sts:AssumeRole"))
    sts = stranger.caller("eve").client("sts")
    ask = {"RoleArn": role["Arn"], "RoleSessionName": "eve"}
    assert outcome(sts.assume_role, **ask) == "allowed"
    foreign = {"StringNotEquals": {"aws:PrincipalOrgID": org.id}}
    org.limit(
        policy(statement("Deny", "sts:AssumeRole", Principal="*", Condition=foreign)),
        org.member,
        RCP,
    )
    assert outcome(sts.assume_role, **ask) == "AccessDenied"
    assert org.role()


# The keys that tell of organizations -----------------------------------------------------------


def may(org: Organization, caller: Any, condition: dict[str, Any]) -> str:
    """Whether a bucket policy of the management account with this condition lets a caller in."""
    s3 = org.admin.client("s3")
    if not s3.list_buckets()["Buckets"]:
        s3.create_bucket(Bucket="records")
    everybody = statement(
        "Allow", "s3:ListBucket", "arn:aws:s3:::records", Principal="*", Condition=condition
    )
    s3.put_bucket_policy(Bucket="records", Policy=policy(everybody))
    return outcome(caller.list_objects_v2, Bucket="records")


def test_a_bucket_policy_for_the_whole_organization(org: Organization) -> None:
    member, stranger = org.inside("s3"), org.lab.add_account(STRANGER).root.client("s3")
    own = {"StringEquals": {"aws:PrincipalOrgID": org.id}}
    assert [may(org, member, own), may(org, stranger, own)] == ["allowed", "AccessDenied"]


def test_a_bucket_policy_for_a_unit(org: Organization) -> None:
    member = org.inside("s3")
    way = f"{org.id}/{org.root}/{org.unit}/"
    for path, answer in ((way, "allowed"), (f"{org.id}/*", "allowed"),
                         (f"{org.id}/*/ou-other/*", "AccessDenied")):  # fmt: skip
        condition = {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": [path]}}
        assert may(org, member, condition) == answer


def test_an_scp_that_keeps_data_in_the_organization(org: Organization, shared: Any) -> None:
    stranger = org.lab.add_account(STRANGER).root.client("s3")
    stranger.create_bucket(Bucket="far-away")
    stranger.put_bucket_policy(Bucket="far-away", Policy=policy(
        statement("Allow", "s3:ListBucket", "arn:aws:s3:::far-away",
                  Principal={"AWS": org.member})
    ))  # fmt: skip
    assert outcome(shared.list_objects_v2, Bucket="far-away") == "allowed"
    foreign = {"StringNotEqualsIfExists": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}}
    org.limit(policy(statement("Deny", "s3:*", Condition=foreign)), org.unit)
    assert outcome(shared.list_objects_v2, Bucket="far-away") == "AccessDenied"
    assert outcome(shared.list_objects_v2, Bucket="shared") == "allowed"


def test_resource_account_and_paths(org: Organization, shared: Any) -> None:
    own = {"StringEquals": {"aws:ResourceAccount": org.member}}
    path = {"ForAnyValue:StringLike": {"aws:ResourceOrgPaths": f"{org.id}/{org.root}/{org.unit}/*"}}
    for number, condition in enumerate((own, path)):
        identifier = org.limit(
            policy(statement("Deny", "s3:ListBucket", Condition=condition)),
            org.unit,
            name=f"n{number}",
        )
        assert outcome(shared.list_objects_v2, Bucket="shared") == "AccessDenied"
        org.api.detach_policy(PolicyId=identifier, TargetId=org.unit)


def test_a_decision_explains_the_levels(org: Organization) -> None:
    org.limit(NO_EC2, org.unit)
    ec2 = org.inside("ec2")
    refused("UnauthorizedOperation", ec2.describe_vpcs)
    decision = org.lab.decisions[-1]
    assert decision.decided_by.policy_type == "service control policy"
    assert "service control policy" in str(org.lab.why())
    assert json.loads(json.dumps(decision.to_dict()))["effect"] == "explicitDeny"


def test_another_organization_in_the_same_lab(org: Organization) -> None:
    stranger = org.lab.add_account(STRANGER)
    api = stranger.root.client("organizations")
    other = api.create_organization()["Organization"]["Id"]
    assert other != org.id
    org.limit(NO_EC2, org.root)
    assert outcome(stranger.root.client("ec2").describe_vpcs) == "allowed"
    assert [a["Id"] for a in api.list_accounts()["Accounts"]] == [STRANGER]


def test_the_simulator_knows_the_guardrails(org: Organization) -> None:
    iam = org.inside("iam")
    arn = iam.create_user(UserName="ann")["User"]["Arn"]
    iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=allow("*"))
    ask = {"PolicySourceArn": arn, "ActionNames": ["ec2:DescribeVpcs"]}

    def found(**others: Any) -> tuple[str, Any]:
        (result,) = iam.simulate_principal_policy(**ask, **others)["EvaluationResults"]
        return result["EvalDecision"], result.get("OrganizationsDecisionDetail")

    assert found() == ("allowed", {"AllowedByOrganizations": True})
    org.limit(NO_EC2, org.unit)
    assert found() == ("explicitDeny", {"AllowedByOrganizations": False})
    assert found(PolicyExclusionList=[{"PolicyType": "scp"}]) == ("allowed", None)
