"""Which policies decide: of users, groups, roles, boundaries, buckets; changed ones at once."""

from __future__ import annotations

import json

import pytest
from lab_calls import ACCOUNT, allow, new_user, outcome, policy, refused, statement, trust

from helpers import Lab
from helpers.lab import seam

NO = "AccessDenied"
OBJECT = {"Bucket": "payroll", "Key": "2026.csv"}
BUCKET = ["arn:aws:s3:::payroll", "arn:aws:s3:::payroll/*"]


def bucket_policy(lab: Lab, *statements: dict) -> None:
    lab.root.client("s3").put_bucket_policy(Bucket="payroll", Policy=policy(*statements))


def test_inline_attached_group_and_aws_managed_policies_each_allow(house: Lab) -> None:
    iam = house.root.client("iam")
    ann = new_user(house, "ann")
    s3 = ann.client("s3")
    made = iam.create_policy(PolicyName="read", PolicyDocument=allow("s3:GetObject"))
    arn, managed = made["Policy"]["Arn"], "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    iam.create_group(GroupName="readers")
    iam.add_user_to_group(GroupName="readers", UserName="ann")
    user, group, name = {"UserName": "ann"}, {"GroupName": "readers"}, {"PolicyName": "inline"}
    document = {"PolicyDocument": allow("s3:GetObject")}
    ways = [
        (lambda: iam.put_user_policy(**user, **name, **document),
         lambda: iam.delete_user_policy(**user, **name)),
        (lambda: iam.attach_user_policy(**user, PolicyArn=arn),
         lambda: iam.detach_user_policy(**user, PolicyArn=arn)),
        (lambda: iam.put_group_policy(**group, **name, **document),
         lambda: iam.delete_group_policy(**group, **name)),
        (lambda: iam.attach_group_policy(**group, PolicyArn=arn),
         lambda: iam.detach_group_policy(**group, PolicyArn=arn)),
        (lambda: iam.attach_user_policy(**user, PolicyArn=managed),
         lambda: iam.detach_user_policy(**user, PolicyArn=managed)),
        (lambda: iam.attach_group_policy(**group, PolicyArn=managed),
         lambda: iam.detach_group_policy(**group, PolicyArn=managed)),
    ]  # fmt: skip
    for give, take in ways:
        assert outcome(s3.get_object, **OBJECT) == NO
        give()
        assert outcome(s3.get_object, **OBJECT) == "allowed"
        assert outcome(s3.put_object, **OBJECT, Body=b"") == NO
        take()
    iam.attach_group_policy(**group, PolicyArn=arn)
    iam.remove_user_from_group(**group, **user)
    assert outcome(s3.get_object, **OBJECT) == NO


@pytest.mark.parametrize(
    ("name", "may", "may_not"),
    [
        ("AdministratorAccess", ["iam", "ec2", "s3"], []),
        ("ReadOnlyAccess", ["iam", "ec2", "s3"], []),
        ("PowerUserAccess", ["ec2", "s3"], ["iam"]),
        ("AmazonEC2ReadOnlyAccess", ["ec2"], ["iam", "s3"]),
        ("IAMReadOnlyAccess", ["iam"], ["ec2", "s3"]),
    ],
)
def test_aws_managed_policies_are_there(
    lab: Lab, name: str, may: list[str], may_not: list[str]
) -> None:
    ann = new_user(lab, "ann")
    arn = f"arn:aws:iam::aws:policy/{name}"
    lab.root.client("iam").attach_user_policy(UserName="ann", PolicyArn=arn)
    calls = {"iam": "list_policies", "ec2": "describe_instances", "s3": "list_buckets"}
    parameters = {"iam": {"Scope": "Local"}}
    for service, method in calls.items():
        call = getattr(ann.client(service), method)
        found = outcome(call, **parameters.get(service, {}))
        assert (found == "allowed") is (service in may), service
    assert sorted(may + may_not) == sorted(calls)


def test_an_aws_managed_policy_that_there_is_not(lab: Lab) -> None:
    new_user(lab, "ann")
    attach = lab.root.client("iam").attach_user_policy
    arn = "arn:aws:iam::aws:policy/NoSuchAccess"
    assert outcome(attach, UserName="ann", PolicyArn=arn) == "NoSuchEntity"


def test_a_new_default_version_counts_at_once(house: Lab) -> None:
    iam = house.root.client("iam")
    s3 = new_user(house, "ann").client("s3")
    arn = iam.create_policy(PolicyName="p", PolicyDocument=allow("s3:GetObject"))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="ann", PolicyArn=arn)
    get = lambda: outcome(s3.get_object, **OBJECT)  # noqa: E731
    assert get() == "allowed"
    deny = policy(statement("Deny", "s3:*"))
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=deny)  # not the default
    assert get() == "allowed"
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    assert get() == NO
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    assert get() == "allowed"
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=deny, SetAsDefault=True)
    assert get() == NO


def test_boundary_of_a_user(house: Lab) -> None:
    iam = house.root.client("iam")
    arn = iam.create_policy(PolicyName="edge", PolicyDocument=allow("s3:*"))["Policy"]["Arn"]
    made = iam.create_user(UserName="ann", PermissionsBoundary=arn)["User"]
    edge = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
    assert made["PermissionsBoundary"] == edge
    assert iam.get_user(UserName="ann")["User"]["PermissionsBoundary"] == edge
    ann = house.caller("ann")
    assert outcome(ann.client("s3").list_buckets) == NO  # a boundary allows nothing itself
    iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=allow("*"))
    ann.client("s3").list_buckets()
    message = refused(NO, ann.client("iam").list_users)
    assert message.endswith("because no permissions boundary allows the iam:ListUsers action")
    iam.delete_user_permissions_boundary(UserName="ann")
    ann.client("iam").list_users()
    assert "PermissionsBoundary" not in iam.get_user(UserName="ann")["User"]
    iam.put_user_permissions_boundary(
        UserName="ann", PermissionsBoundary="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    )
    assert outcome(ann.client("iam").list_users) == NO
    none = f"arn:aws:iam::{ACCOUNT}:policy/none"
    refused(
        "NoSuchEntity", iam.put_user_permissions_boundary, UserName="ann", PermissionsBoundary=none
    )
    refused("NoSuchEntity", iam.create_user, UserName="bob", PermissionsBoundary=none)
    assert outcome(iam.get_user, UserName="bob") == "NoSuchEntity"


def test_boundary_of_a_role(house: Lab) -> None:
    iam = house.root.client("iam")
    edge = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    iam.create_role(
        RoleName="r",
        AssumeRolePolicyDocument=trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
        PermissionsBoundary=edge,
    )
    iam.put_role_policy(RoleName="r", PolicyName="all", PolicyDocument=allow("*"))
    found = iam.get_role(RoleName="r")["Role"]["PermissionsBoundary"]
    assert found["PermissionsBoundaryArn"] == edge
    sts = house.caller("admin").client("sts")

    def made(service: str):
        from lab_calls import client

        role = sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/r", RoleSessionName="ss")
        return client(role["Credentials"], service)

    made("s3").list_buckets()
    assert "no permissions boundary allows" in refused(NO, made("iam").list_users)
    iam.delete_role_permissions_boundary(RoleName="r")
    made("iam").list_users()


def test_the_policy_of_a_boundary_cannot_be_deleted_and_one_that_is_gone_allows_nothing(
    house: Lab,
) -> None:
    iam = house.root.client("iam")
    arn = iam.create_policy(PolicyName="edge", PolicyDocument=allow("*"))["Policy"]["Arn"]
    ann = new_user(house, "ann", allow("*"))
    iam.put_user_permissions_boundary(UserName="ann", PermissionsBoundary=arn)
    ann.client("s3").list_buckets()
    refused("DeleteConflict", iam.delete_policy, PolicyArn=arn)
    del seam.iam_backend(ACCOUNT).managed_policies[arn]
    assert outcome(ann.client("s3").list_buckets) == NO


def test_the_variable_of_the_users_own_name(house: Lab) -> None:
    own = allow(
        ["iam:CreateAccessKey", "iam:GetUser"], f"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}"
    )
    iam = new_user(house, "ann", own).client("iam")
    assert iam.get_user()["User"]["UserName"] == "ann"
    iam.create_access_key(UserName="ann")
    refused(NO, iam.create_access_key, UserName="admin")
    refused(NO, iam.get_user, UserName="admin")


def test_conditions_are_evaluated(house: Lab) -> None:
    """By the address, the account's clock and the user's tags."""
    iam = house.root.client("iam")
    ann = new_user(house, "ann")
    s3 = ann.client("s3")

    def when(**condition) -> str:
        iam.put_user_policy(
            UserName="ann",
            PolicyName="p",
            PolicyDocument=allow("s3:ListAllMyBuckets", Condition=condition),
        )
        return outcome(s3.list_buckets)

    assert when(IpAddress={"aws:SourceIp": "203.0.113.0/24"}) == "allowed"
    assert when(IpAddress={"aws:SourceIp": "198.51.100.0/24"}) == NO
    assert when(Bool={"aws:SecureTransport": "true"}) == "allowed"
    assert when(StringEquals={"aws:PrincipalTag/team": "blue"}) == NO
    iam.tag_user(UserName="ann", Tags=[{"Key": "team", "Value": "blue"}])
    assert when(StringEquals={"aws:PrincipalTag/team": "blue"}) == "allowed"
    assert when(Null={"aws:MultiFactorAuthPresent": "true"}) == "allowed"
    assert when(DateLessThan={"aws:CurrentTime": "2026-12-01T00:00:00Z"}) == "allowed"
    house.clock.advance(days=60)
    assert outcome(s3.list_buckets) == NO


# Bucket policies ---------------------------------------------------------------------------------


def test_a_bucket_policy_gives_to_whom_it_names(house: Lab) -> None:
    ann, bob = new_user(house, "ann"), new_user(house, "bob")
    give = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": BUCKET[1]}
    bucket_policy(house, {**give, "Principal": {"AWS": ann.arn}})
    ann.client("s3").get_object(**OBJECT)
    refused(NO, bob.client("s3").get_object, **OBJECT)
    refused(NO, ann.client("s3").put_object, **OBJECT, Body=b"")
    # The account only: it is left to identity policies.
    bucket_policy(house, {**give, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}})
    refused(NO, ann.client("s3").get_object, **OBJECT)


def test_a_deny_in_a_bucket_policy_hits_whom_it_means(house: Lab) -> None:
    admin, analyst = house.caller("admin").client("s3"), house.caller("analyst").client("s3")
    deny = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": BUCKET[1]}
    bucket_policy(house, {**deny, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/analyst"}})
    admin.get_object(**OBJECT)
    assert refused(NO, analyst.get_object, **OBJECT).endswith(
        "with an explicit deny in a resource-based policy"
    )
    elsewhere = {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    bucket_policy(house, {**deny, "Principal": "*", "Condition": elsewhere})
    analyst.get_object(**OBJECT)
    from_here = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    bucket_policy(house, {**deny, "Principal": "*", "Condition": from_here})
    refused(NO, analyst.get_object, **OBJECT)


def test_moto_does_not_judge_a_second_time(house: Lab) -> None:
    """Its own reading of bucket policies takes a Deny of one principal for a Deny of all."""
    admin = house.caller("admin").client("s3")
    ann = {"AWS": new_user(house, "ann").arn}
    every = {"Action": "s3:*", "Resource": BUCKET}
    never = {"StringEquals": {"aws:PrincipalTag/no": "such"}}
    bucket_policy(
        house,
        {"Effect": "Deny", "Principal": ann, **every},
        {"Effect": "Deny", "Principal": "*", **every, "Condition": never},
    )
    admin.get_object(**OBJECT)
    admin.put_object(**OBJECT, Body=b"new")
    assert "Errors" not in admin.delete_objects(
        Bucket="payroll", Delete={"Objects": [{"Key": "2026.csv"}]}
    )


def test_root_can_always_mend_the_bucket_policy(house: Lab) -> None:
    s3 = house.root.client("s3")
    shut = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": BUCKET}
    bucket_policy(house, shut)
    admin = house.caller("admin").client("s3")
    for call in (admin.get_bucket_policy, admin.delete_bucket_policy):
        refused(NO, call, Bucket="payroll")
    refused(NO, s3.get_object, **OBJECT)
    refused(NO, s3.list_objects_v2, Bucket="payroll")
    assert json.loads(s3.get_bucket_policy(Bucket="payroll")["Policy"])["Statement"] == [shut]
    bucket_policy(house, shut)
    s3.delete_bucket_policy(Bucket="payroll")
    s3.get_object(**OBJECT)
    admin.get_object(**OBJECT)


@pytest.mark.parametrize(
    "document",
    [
        "not json",
        "{}",
        '{"Version": "2012-10-17", "Statement": []}',
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*"}]}',
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", '
        '"Resource": "*"}]}',
    ],
)
def test_what_is_no_policy_is_refused_and_breaks_nothing(house: Lab, document: str) -> None:
    s3, iam = house.root.client("s3"), house.root.client("iam")
    refused("MalformedPolicy", s3.put_bucket_policy, Bucket="payroll", Policy=document)
    refused("NoSuchBucketPolicy", s3.get_bucket_policy, Bucket="payroll")
    s3.get_object(**OBJECT)
    create = {"RoleName": "r", "AssumeRolePolicyDocument": document}
    refused("MalformedPolicyDocument", iam.create_role, **create)
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"}))
    update = {"RoleName": "r", "PolicyDocument": document}
    refused("MalformedPolicyDocument", iam.update_assume_role_policy, **update)
    if '"Resource"' not in document:
        put = {"UserName": "admin", "PolicyName": "p", "PolicyDocument": document}
        refused("MalformedPolicyDocument", iam.put_user_policy, **put)
    house.caller("admin").client("s3").list_buckets()


def test_get_caller_identity_cannot_be_denied_and_get_session_token_needs_no_allow(
    lab: Lab,
) -> None:
    deny = policy(statement("Deny", "*"))
    sts = new_user(lab, "ann", deny).client("sts")
    assert sts.get_caller_identity()["Arn"].endswith("user/ann")
    refused(NO, sts.get_session_token)
    new_user(lab, "bob").client("sts").get_session_token()
    refused(NO, lab.caller("bob").client("sts").get_federation_token, Name="xy")


def test_the_words_of_each_service_for_a_denial(house: Lab) -> None:
    ann = new_user(house, "ann")
    who = f"User: {ann.arn} is not authorized to perform: "
    assert refused(NO, ann.client("s3").get_object, **OBJECT) == (
        f'{who}s3:GetObject on resource: "arn:aws:s3:::payroll/2026.csv" '
        "because no identity-based policy allows the s3:GetObject action"
    )
    assert refused(NO, ann.client("iam").get_user, UserName="admin") == (
        f"{who}iam:GetUser on resource: arn:aws:iam::{ACCOUNT}:user/admin "
        "because no identity-based policy allows the iam:GetUser action"
    )
    assert refused("UnauthorizedOperation", ann.client("ec2").describe_vpcs).startswith(
        f"You are not authorized to perform this operation. {who}ec2:DescribeVpcs"
    )
    for service, method in (
        ("cloudtrail", "describe_trails"),
        ("accessanalyzer", "list_analyzers"),
    ):
        message = refused("AccessDeniedException", getattr(ann.client(service), method))
        assert message.startswith(who)
