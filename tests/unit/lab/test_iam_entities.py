"""Names, pages, tags and all that IAM keeps beside users, groups, roles and policies."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from lab_calls import (
    ACCOUNT,
    allow,
    client,
    new_phone,
    new_user,
    outcome,
    policy,
    refused,
    statement,
    trust,
)

from helpers import Lab

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
EC2 = trust({"Service": "ec2.amazonaws.com"})


@pytest.fixture
def iam(lab: Lab) -> Any:
    return lab.root.client("iam")


# Names ------------------------------------------------------------------------------------------


CHARACTERS = (
    "The specified value for {} is invalid. It must contain only alphanumeric characters and/or "
    "the following: +=,.@_-"
)


@pytest.mark.parametrize(
    ("method", "parameters", "said"),
    [
        ("create_user", {"UserName": "a b"}, CHARACTERS.format("userName")),
        ("create_group", {"GroupName": "a/b"}, CHARACTERS.format("groupName")),
        ("get_user", {"UserName": "ä"}, CHARACTERS.format("userName")),
        (
            "create_user",
            {"UserName": "u" * 65},
            f"1 validation error detected: Value '{'u' * 65}' at 'userName' failed to satisfy "
            "constraint: Member must have length less than or equal to 64",
        ),
        (
            "create_user",
            {"UserName": "ann", "Path": "x"},
            "The specified value for path is invalid. It must begin and end with / and contain "
            "only alphanumeric characters and/or / characters.",
        ),
        (
            "create_role",
            {"RoleName": "a b" * 30, "AssumeRolePolicyDocument": EC2},
            f"2 validation errors detected: Value '{'a b' * 30}' at 'roleName' failed to satisfy "
            "constraint: Member must have length less than or equal to 64; Value "
            f"'{'a b' * 30}' at 'roleName' failed to satisfy constraint: Member must satisfy "
            "regular expression pattern: [\\w+=,.@-]+",
        ),
        (
            "create_role",
            {"RoleName": "r", "AssumeRolePolicyDocument": EC2, "MaxSessionDuration": 43_201},
            "1 validation error detected: Value '43201' at 'maxSessionDuration' failed to satisfy "
            "constraint: Member must have value less than or equal to 43200",
        ),
        (
            "tag_user",
            {"UserName": "ann", "Tags": [{"Key": "k", "Value": "v"}, {"Key": "{}", "Value": ""}]},
            "1 validation error detected: Value '{}' at 'tags.2.member.key' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: "
            "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+",
        ),
        (
            "list_policies",
            {"Scope": "Mine"},
            "1 validation error detected: Value 'Mine' at 'scope' failed to satisfy constraint: "
            "Member must satisfy enum value set: [All, AWS, Local]",
        ),
        (
            "untag_user",
            {"UserName": "ann", "TagKeys": ["a", "{}"]},
            "1 validation error detected: Value '[a, {}]' at 'tagKeys' failed to satisfy "
            "constraint: Member must satisfy constraint: [Member must have length less than or "
            "equal to 128, Member must have length greater than or equal to 1, Member must "
            "satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+]",
        ),
    ],
)
def test_parameters_that_iam_does_not_take(
    iam: Any, method: str, parameters: dict[str, Any], said: str
) -> None:
    assert refused("ValidationError", getattr(iam, method), **parameters) == said


def test_parameters_that_are_not_there_or_too_small(lab: Lab) -> None:
    """boto3 looks at these by itself; other ways of calling leave them to IAM."""
    iam = lab.root.client("iam", config=Config(parameter_validation=False))
    said = refused("ValidationError", iam.change_password, OldPassword="a")
    assert said == (
        "1 validation error detected: Value null at 'newPassword' failed to satisfy constraint: "
        "Member must not be null"
    )
    said = refused("ValidationError", iam.update_account_password_policy, MaxPasswordAge=0)
    assert said == (
        "1 validation error detected: Value '0' at 'maxPasswordAge' failed to satisfy "
        "constraint: Member must have value greater than or equal to 1"
    )


def test_parameters_are_looked_at_before_policies(lab: Lab) -> None:
    ann = new_user(lab, "ann").client("iam")
    refused("ValidationError", ann.create_user, UserName="a b")
    refused("AccessDenied", ann.create_user, UserName="bob")
    refused("AccessDenied", ann.get_user, UserName="nobody")


@pytest.mark.parametrize(
    ("method", "parameters", "said"),
    [
        ("get_user", {"UserName": "x"}, "The user with name x cannot be found."),
        ("get_group", {"GroupName": "x"}, "The group with name x cannot be found."),
        ("get_role", {"RoleName": "x"}, "The role with name x cannot be found."),
        (
            "get_instance_profile",
            {"InstanceProfileName": "x"},
            "Instance Profile x cannot be found.",
        ),
        (
            "get_policy",
            {"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/x"},
            f"Policy arn:aws:iam::{ACCOUNT}:policy/x was not found.",
        ),
        (
            "attach_user_policy",
            {"UserName": "ann", "PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/x"},
            f"Policy arn:aws:iam::{ACCOUNT}:policy/x does not exist or is not attachable.",
        ),
        (
            "detach_user_policy",
            {"UserName": "ann", "PolicyArn": READ_ONLY},
            f"Policy {READ_ONLY} was not found.",
        ),
        (
            "get_user_policy",
            {"UserName": "ann", "PolicyName": "x"},
            "The user policy with name x cannot be found.",
        ),
        (
            "delete_role_policy",
            {"RoleName": "r", "PolicyName": "x"},
            "The role policy with name x cannot be found.",
        ),
        (
            "update_access_key",
            {"UserName": "ann", "AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "Status": "Inactive"},
            "The Access Key with id AKIAIOSFODNN7EXAMPLE cannot be found.",
        ),
        (
            "put_user_permissions_boundary",
            {"UserName": "ann", "PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/x"},
            f"Scope ARN: arn:aws:iam::{ACCOUNT}:policy/x does not exist or is not attachable.",
        ),
    ],
)
def test_what_there_is_not(iam: Any, method: str, parameters: dict[str, Any], said: str) -> None:
    iam.create_user(UserName="ann")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2)
    with pytest.raises(ClientError) as caught:
        getattr(iam, method)(**parameters)
    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["Error"]["Message"]) == ("NoSuchEntity", said)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_names_differ_in_more_than_case(iam: Any) -> None:
    made = [
        (iam.create_user, {"UserName": "{}"}, "User with name {} already exists."),
        (iam.create_group, {"GroupName": "{}"}, "Group with name {} already exists."),
        (
            iam.create_role,
            {"RoleName": "{}", "AssumeRolePolicyDocument": EC2},
            "Role with name {} already exists.",
        ),
        (
            iam.create_policy,
            {"PolicyName": "{}", "PolicyDocument": allow("s3:*")},
            "A policy called {} already exists. Duplicate names are not allowed.",
        ),
        (
            iam.create_instance_profile,
            {"InstanceProfileName": "{}"},
            "Instance Profile {} already exists.",
        ),
    ]
    for call, parameters, said in made:
        named = next(iter(parameters))
        call(**{**parameters, named: "Team"})
        for name in ("Team", "tEAM"):
            message = refused("EntityAlreadyExists", call, **{**parameters, named: name})
            assert message == said.format(name)
    assert iam.get_user(UserName="team")["User"]["UserName"] == "Team"
    iam.add_user_to_group(GroupName="TEAM", UserName="TEAM")
    assert iam.get_role(RoleName="team")["Role"]["RoleName"] == "Team"
    iam.update_user(UserName="Team", NewUserName="TEAM")
    iam.update_group(GroupName="Team", NewGroupName="TEAM", NewPath="/x/")
    assert iam.get_group(GroupName="TEAM")["Group"]["Path"] == "/x/"


def test_a_policy_about_a_user_is_about_the_name_in_any_case(lab: Lab, iam: Any) -> None:
    iam.create_user(UserName="Boss", Path="/staff/")
    boss = f"arn:aws:iam::{ACCOUNT}:user/staff/Boss"
    ann = new_user(lab, "ann", allow("iam:*"), policy(statement("Deny", "iam:*", boss)))
    refused("AccessDenied", ann.client("iam").create_access_key, UserName="BOSS")
    refused("AccessDenied", ann.client("iam").get_user, UserName="boss")


def test_inline_policies_are_told_apart_in_more_than_case(iam: Any) -> None:
    iam.create_user(UserName="ann")
    for name, action in (("Mixed", "s3:*"), ("MIXED", "ec2:*")):
        iam.put_user_policy(UserName="ann", PolicyName=name, PolicyDocument=allow(action))
    assert iam.list_user_policies(UserName="ann")["PolicyNames"] == ["Mixed"]
    found = iam.get_user_policy(UserName="ann", PolicyName="mixed")
    assert "ec2" in str(found["PolicyDocument"])
    iam.delete_user_policy(UserName="ann", PolicyName="mIXED")
    assert iam.list_user_policies(UserName="ann")["PolicyNames"] == []


def test_what_an_update_of_a_role_leaves_out_stays(iam: Any) -> None:
    iam.create_role(
        RoleName="r", AssumeRolePolicyDocument=EC2, Description="d", MaxSessionDuration=7_200
    )

    def role() -> tuple[str, int]:
        found = iam.get_role(RoleName="r")["Role"]
        return found["Description"], found["MaxSessionDuration"]

    iam.update_role(RoleName="r")
    assert role() == ("d", 7_200)
    iam.update_role(RoleName="r", Description="")
    assert role() == ("", 7_200)
    iam.update_role(RoleName="r", MaxSessionDuration=3_600)
    assert role() == ("", 3_600)


def test_policies_that_are_used(iam: Any) -> None:
    document = {"PolicyDocument": allow("s3:*")}
    arns = {
        name: iam.create_policy(PolicyName=name, **document)["Policy"]["Arn"]
        for name in ("attached", "boundary", "unused")
    }
    iam.create_user(UserName="ann", PermissionsBoundary=arns["boundary"])
    iam.attach_user_policy(UserName="ann", PolicyArn=arns["attached"])

    def names(**parameters: Any) -> list[str]:
        found = iam.list_policies(Scope="Local", **parameters)["Policies"]
        return [it["PolicyName"] for it in found]

    assert names() == names(PolicyUsageFilter="PermissionsBoundary") == list(arns)
    assert names(OnlyAttached=True) == ["attached", "boundary"]
    assert names(OnlyAttached=True, PolicyUsageFilter="PermissionsPolicy") == ["attached"]
    assert names(OnlyAttached=True, PolicyUsageFilter="PermissionsBoundary") == ["boundary"]


def test_every_id_tells_what_it_is_of(lab: Lab, iam: Any) -> None:
    from moto.iam.utils import random_role_id

    assert random_role_id(ACCOUNT).startswith("AROA")  # roles that moto makes for other services
    found = {
        "AIDA": iam.create_user(UserName="ann")["User"]["UserId"],
        "AGPA": iam.create_group(GroupName="g")["Group"]["GroupId"],
        "AROA": iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2)["Role"]["RoleId"],
        "ANPA": iam.create_policy(PolicyName="p", PolicyDocument=allow("*"))["Policy"]["PolicyId"],
        "AIPA": iam.create_instance_profile(InstanceProfileName="i")["InstanceProfile"][
            "InstanceProfileId"
        ],
    }
    found["ANPA "] = iam.get_policy(PolicyArn=READ_ONLY)["Policy"]["PolicyId"]
    for prefix, made in found.items():
        assert made.startswith(prefix.strip())
        assert (len(made), made.isalnum(), made.isupper()) == (21, True, True)
    keys = {
        "AKIA": iam.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"],
        "ASIA": lab.caller("ann").client("sts").get_session_token()["Credentials"]["AccessKeyId"],
    }
    assert all(made.startswith(prefix) and len(made) == 20 for prefix, made in keys.items())


def test_nobody_is_named_and_the_caller_is_no_user(lab: Lab, iam: Any) -> None:
    ann = new_user(lab, "ann", allow("sts:AssumeRole"))
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": ann.arn}))
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=allow("*"))
    made = ann.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/r", RoleSessionName="ss"
    )
    session = client(made["Credentials"], "iam")
    for call in (session.get_user, session.list_access_keys, session.create_access_key):
        said = refused("ValidationError", call)
        assert said == "Must specify userName when calling with non-User credentials"


# Pages ------------------------------------------------------------------------------------------


def test_pages_of_every_list(iam: Any) -> None:
    names = ["a1", "B2", "c3"]
    for name in names:
        iam.create_user(UserName=name, Path="/staff/")
        iam.create_group(GroupName=name)
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=EC2)
        iam.create_instance_profile(InstanceProfileName=name)
        arn = iam.create_policy(PolicyName=name, PolicyDocument=allow("s3:*"))["Policy"]["Arn"]
        iam.add_user_to_group(GroupName=name, UserName="a1")
        iam.attach_user_policy(UserName="a1", PolicyArn=arn)
        iam.put_user_policy(UserName="a1", PolicyName=name, PolicyDocument=allow("s3:*"))
        iam.tag_user(UserName="a1", Tags=[{"Key": name, "Value": ""}])
        iam.create_virtual_mfa_device(VirtualMFADeviceName=name)
    a1 = {"UserName": "a1"}
    for method, parameters, listed, name in (
        ("list_users", {"PathPrefix": "/staff/"}, "Users", "UserName"),
        ("list_groups", {}, "Groups", "GroupName"),
        ("list_roles", {}, "Roles", "RoleName"),
        ("list_instance_profiles", {}, "InstanceProfiles", "InstanceProfileName"),
        ("list_policies", {"Scope": "Local"}, "Policies", "PolicyName"),
        ("list_groups_for_user", a1, "Groups", "GroupName"),
        ("list_attached_user_policies", a1, "AttachedPolicies", "PolicyName"),
        ("list_user_policies", a1, "PolicyNames", None),
        ("list_virtual_mfa_devices", {}, "VirtualMFADevices", "SerialNumber"),
        ("list_user_tags", a1, "Tags", "Key"),
    ):
        found: list[str] = []
        marker: dict[str, str] = {}
        for size in (2, 1):
            page = getattr(iam, method)(**parameters, MaxItems=2, **marker)
            assert (method, len(page[listed])) == (method, size)
            assert page["IsTruncated"] is (size == 2)
            found += [item[name] if name else item for item in page[listed]]
            marker = {"Marker": page["Marker"]} if size == 2 else {}
        assert "Marker" not in page
        plain = [item.rsplit("/", 1)[-1] for item in found]
        assert sorted(plain, key=str.lower) == names, method
        if iam.can_paginate(method):
            pages = iam.get_paginator(method).paginate(
                **parameters, PaginationConfig={"PageSize": 1}
            )
            assert len([item for page in pages for item in page[listed]]) == 3
    refused("ValidationError", iam.list_users, Marker="made-up")
    refused("ValidationError", iam.list_users, MaxItems=1001)
    assert iam.list_users(PathPrefix="/nobody/")["Users"] == []


def test_what_lists_leave_out(iam: Any) -> None:
    tags = [{"Key": "team", "Value": "red"}]
    iam.create_user(UserName="ann", Tags=tags, PermissionsBoundary=READ_ONLY)
    iam.create_role(
        RoleName="r",
        AssumeRolePolicyDocument=EC2,
        Description="for instances",
        Tags=tags,
        PermissionsBoundary=READ_ONLY,
    )
    iam.create_policy(
        PolicyName="p", PolicyDocument=allow("s3:*"), Description="all of S3", Tags=tags
    )
    for got, listed in (
        (iam.get_user(UserName="ann")["User"], iam.list_users()["Users"][0]),
        (iam.get_role(RoleName="r")["Role"], iam.list_roles()["Roles"][0]),
    ):
        boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": READ_ONLY}
        assert (got["Tags"], got["PermissionsBoundary"]) == (tags, boundary)
        assert not {"Tags", "PermissionsBoundary"} & set(listed)
    (listed,) = iam.list_policies(Scope="Local")["Policies"]
    got = iam.get_policy(PolicyArn=listed["Arn"])["Policy"]
    assert (got["Tags"], got["Description"]) == (tags, "all of S3")
    assert not {"Tags", "Description"} & set(listed)
    counts = iam.get_policy(PolicyArn=READ_ONLY)["Policy"]
    assert (counts["AttachmentCount"], counts["PermissionsBoundaryUsageCount"]) == (0, 2)


def test_who_has_a_policy(iam: Any) -> None:
    iam.create_user(UserName="ann", PermissionsBoundary=READ_ONLY)
    iam.create_group(GroupName="g")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2)
    iam.attach_group_policy(GroupName="g", PolicyArn=READ_ONLY)
    iam.attach_role_policy(RoleName="r", PolicyArn=READ_ONLY)

    def names(**parameters: str) -> list[str]:
        found = iam.list_entities_for_policy(PolicyArn=READ_ONLY, **parameters)
        kinds = ("Group", "User", "Role")
        return [it[f"{kind}Name"] for kind in kinds for it in found[f"Policy{kind}s"]]

    assert names() == ["g", "ann", "r"]
    assert names(PolicyUsageFilter="PermissionsPolicy") == ["g", "r"]
    assert names(PolicyUsageFilter="PermissionsBoundary") == ["ann"]
    assert names(EntityFilter="Role") == ["r"]


# A user's new name -------------------------------------------------------------------------------


def test_a_user_keeps_everything_under_a_new_name(lab: Lab, iam: Any) -> None:
    ann = new_user(lab, "ann", allow("s3:ListAllMyBuckets"))
    iam.create_group(GroupName="g")
    iam.add_user_to_group(GroupName="g", UserName="ann")
    iam.put_group_policy(GroupName="g", PolicyName="p", PolicyDocument=allow("sns:ListTopics"))
    iam.attach_user_policy(UserName="ann", PolicyArn=READ_ONLY)
    iam.tag_user(UserName="ann", Tags=[{"Key": "team", "Value": "red"}])
    iam.create_login_profile(UserName="ann", Password="winter-Sky-19")
    session = client(ann.client("sts").get_session_token()["Credentials"], "s3")
    before = iam.get_user(UserName="ann")["User"]
    iam.update_user(UserName="ann", NewUserName="anna", NewPath="/staff/")
    refused("NoSuchEntity", iam.get_user, UserName="ann")
    after = iam.get_user(UserName="anna")["User"]
    arn = f"arn:aws:iam::{ACCOUNT}:user/staff/anna"
    assert after == {**before, "UserName": "anna", "Path": "/staff/", "Arn": arn}
    assert ann.client("sts").get_caller_identity()["Arn"] == arn
    ann.client("s3").list_buckets()
    ann.client("sns").list_topics()
    session.list_buckets()
    assert iam.list_groups_for_user(UserName="anna")["Groups"][0]["GroupName"] == "g"
    assert iam.list_access_keys(UserName="anna")["AccessKeyMetadata"][0]["UserName"] == "anna"
    assert lab.sign_in("anna", "winter-Sky-19").arn == arn
    iam.create_user(UserName="bob")
    refused("EntityAlreadyExists", iam.update_user, UserName="anna", NewUserName="BOB")


def test_a_group_keeps_everything_under_a_new_name(lab: Lab, iam: Any) -> None:
    ann = new_user(lab, "ann").client("s3")
    iam.create_group(GroupName="g")
    iam.add_user_to_group(GroupName="g", UserName="ann")
    iam.attach_group_policy(GroupName="g", PolicyArn=READ_ONLY)
    ann.list_buckets()
    iam.update_group(GroupName="g", NewGroupName="h")
    ann.list_buckets()
    refused("NoSuchEntity", iam.get_group, GroupName="g")
    assert [user["UserName"] for user in iam.get_group(GroupName="h")["Users"]] == ["ann"]


# Tags -------------------------------------------------------------------------------------------


def test_tags_of_everything(lab: Lab, iam: Any) -> None:
    iam.create_user(UserName="ann")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2)
    iam.create_instance_profile(InstanceProfileName="i")
    arn = iam.create_policy(PolicyName="p", PolicyDocument=allow("s3:*"))["Policy"]["Arn"]
    oidc = iam.create_open_id_connect_provider(Url="https://token.example.com")
    metadata = "<EntityDescriptor>" + "x" * 1_000
    saml = iam.create_saml_provider(Name="s", SAMLMetadataDocument=metadata)
    for kind, name in (
        ("user", {"UserName": "ann"}),
        ("role", {"RoleName": "r"}),
        ("policy", {"PolicyArn": arn}),
        ("instance_profile", {"InstanceProfileName": "i"}),
        ("mfa_device", {"SerialNumber": new_phone(lab, iam).serial}),
        (
            "open_id_connect_provider",
            {"OpenIDConnectProviderArn": oidc["OpenIDConnectProviderArn"]},
        ),
        ("saml_provider", {"SAMLProviderArn": saml["SAMLProviderArn"]}),
    ):
        tag, untag = getattr(iam, f"tag_{kind}"), getattr(iam, f"untag_{kind}")
        listed = getattr(iam, f"list_{kind}_tags")
        tag(**name, Tags=[{"Key": "b", "Value": "1"}, {"Key": "a", "Value": "1"}])
        tag(**name, Tags=[{"Key": "B", "Value": "2"}])
        found = listed(**name)["Tags"]
        assert found == [{"Key": "B", "Value": "2"}, {"Key": "a", "Value": "1"}], kind
        untag(**name, TagKeys=["b", "never"])
        assert listed(**name)["Tags"] == [{"Key": "a", "Value": "1"}], kind


def test_tags_that_may_not_be(iam: Any) -> None:
    ann = {"UserName": "ann"}
    iam.create_user(**ann)
    twice = [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]
    for call in (iam.tag_user, iam.create_user):
        said = refused("InvalidInput", call, **{**ann, "UserName": "ann"}, Tags=twice)
        assert said.startswith("Duplicate tag keys found.")
    refused("InvalidInput", iam.tag_user, **ann, Tags=[{"Key": "aws:team", "Value": "1"}])
    many = [{"Key": f"k{n}", "Value": ""} for n in range(50)]
    iam.tag_user(**ann, Tags=many)
    refused("LimitExceeded", iam.tag_user, **ann, Tags=[{"Key": "k50", "Value": ""}])
    iam.tag_user(**ann, Tags=[{"Key": "K49", "Value": "other"}])
    assert len(iam.list_user_tags(**ann)["Tags"]) == 50


# The account in one answer ------------------------------------------------------------------------


def test_account_authorization_details(lab: Lab, iam: Any) -> None:
    iam.create_group(GroupName="g")
    iam.attach_group_policy(GroupName="g", PolicyArn=READ_ONLY)
    tags = [{"Key": "team", "Value": "red"}]
    iam.create_user(UserName="ann", PermissionsBoundary=READ_ONLY, Tags=tags)
    iam.put_user_policy(UserName="ann", PolicyName="in", PolicyDocument=allow("s3:*"))
    iam.add_user_to_group(GroupName="g", UserName="ann")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2, Tags=tags)
    iam.create_instance_profile(InstanceProfileName="i")
    iam.add_role_to_instance_profile(InstanceProfileName="i", RoleName="r")
    arn = iam.create_policy(PolicyName="p", PolicyDocument=allow("s3:*"))["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow("ec2:*"), SetAsDefault=True)
    iam.attach_role_policy(RoleName="r", PolicyArn=arn)
    iam.get_policy(PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")  # used by nobody
    found = iam.get_account_authorization_details()
    (ann,), (group,), (role,) = (
        found["UserDetailList"],
        found["GroupDetailList"],
        found["RoleDetailList"],
    )
    assert (ann["GroupList"], ann["Tags"]) == (["g"], tags)
    assert ann["PermissionsBoundary"]["PermissionsBoundaryArn"] == READ_ONLY
    (inline,) = ann["UserPolicyList"]
    assert inline["PolicyDocument"] == json.loads(allow("s3:*"))
    assert group["AttachedManagedPolicies"] == [
        {"PolicyName": "ReadOnlyAccess", "PolicyArn": READ_ONLY}
    ]
    assert role["InstanceProfileList"][0]["InstanceProfileName"] == "i"
    assert (role["Tags"], role["RoleLastUsed"]) == (tags, {})
    policies = {it["PolicyName"]: it for it in found["Policies"]}
    assert list(policies) == ["p", "ReadOnlyAccess"]
    assert policies["ReadOnlyAccess"]["PermissionsBoundaryUsageCount"] == 1
    versions = policies["p"]["PolicyVersionList"]
    assert [(v["VersionId"], v["IsDefaultVersion"]) for v in versions] == [
        ("v2", True),
        ("v1", False),
    ]
    assert policies["p"]["DefaultVersionId"] == "v2"
    only = iam.get_account_authorization_details(Filter=["Role", "LocalManagedPolicy"])
    assert [len(only[f"{kind}DetailList"]) for kind in ("User", "Group", "Role")] == [0, 0, 1]
    assert [it["PolicyName"] for it in only["Policies"]] == ["p"]
    pages = iam.get_paginator("get_account_authorization_details").paginate(
        PaginationConfig={"PageSize": 1}
    )
    assert len(list(pages)) == 5


def test_the_summary_counts(lab: Lab, iam: Any) -> None:
    before = iam.get_account_summary()["SummaryMap"]
    counted = (
        "Users",
        "Groups",
        "Roles",
        "Policies",
        "InstanceProfiles",
        "Providers",
        "MFADevices",
    )
    assert [before[name] for name in counted] == [0] * len(counted)
    iam.create_user(UserName="ann")
    iam.create_group(GroupName="g")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2)
    iam.create_policy(PolicyName="p", PolicyDocument=allow("s3:*"))
    iam.attach_role_policy(RoleName="r", PolicyArn=READ_ONLY)
    iam.create_instance_profile(InstanceProfileName="i")
    iam.create_open_id_connect_provider(Url="https://token.example.com")
    new_phone(lab, iam)
    after = iam.get_account_summary()["SummaryMap"]
    assert [after[name] for name in counted] == [1] * len(counted)
    assert after["PolicyVersionsInUse"] == 1
    assert (after["UsersQuota"], after["VersionsPerPolicyQuota"]) == (5000, 5)
    iam.set_security_token_service_preferences(GlobalEndpointTokenVersion="v2Token")
    assert iam.get_account_summary()["SummaryMap"]["GlobalEndpointTokenVersion"] == 2


def test_aliases(lab: Lab, iam: Any) -> None:
    iam.create_account_alias(AccountAlias="example-corp")
    said = refused("EntityAlreadyExists", iam.create_account_alias, AccountAlias="example-corp")
    assert said == "The account alias example-corp already exists."
    iam.create_account_alias(AccountAlias="example-corp-2")
    assert iam.list_account_aliases()["AccountAliases"] == ["example-corp-2"]
    refused("NoSuchEntity", iam.delete_account_alias, AccountAlias="example-corp")
    refused("ValidationError", iam.create_account_alias, AccountAlias="Example--Corp")
    iam.delete_account_alias(AccountAlias="example-corp-2")
    assert iam.list_account_aliases()["AccountAliases"] == []


# Keys and certificates --------------------------------------------------------------------------


def certificate(name: str, now: dt.datetime) -> tuple[str, str]:
    """A self-signed certificate for 90 days and its private key, in PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=90))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(pem).decode(), private.decode()


def test_server_certificates(lab: Lab, iam: Any) -> None:
    now = lab.clock.now
    body, private = certificate("www.example.com", now)
    made = iam.upload_server_certificate(
        ServerCertificateName="www", CertificateBody=body, PrivateKey=private
    )["ServerCertificateMetadata"]
    assert made["ServerCertificateId"].startswith("ASCA")
    assert made["Expiration"] == now + dt.timedelta(days=90)
    assert made["UploadDate"] >= now
    refused(
        "EntityAlreadyExists",
        iam.upload_server_certificate,
        ServerCertificateName="WWW",
        CertificateBody=body,
        PrivateKey=private,
    )
    refused(
        "MalformedCertificate",
        iam.upload_server_certificate,
        ServerCertificateName="other",
        CertificateBody="no certificate",
        PrivateKey=private,
    )
    iam.tag_server_certificate(ServerCertificateName="www", Tags=[{"Key": "a", "Value": "b"}])
    iam.update_server_certificate(ServerCertificateName="www", NewServerCertificateName="web")
    found = iam.get_server_certificate(ServerCertificateName="web")["ServerCertificate"]
    assert found["ServerCertificateMetadata"]["ServerCertificateId"] == made["ServerCertificateId"]
    assert found["Tags"] == [{"Key": "a", "Value": "b"}]
    assert len(iam.list_server_certificates()["ServerCertificateMetadataList"]) == 1
    iam.delete_server_certificate(ServerCertificateName="web")
    refused("NoSuchEntity", iam.get_server_certificate, ServerCertificateName="web")


def test_signing_certificates_and_ssh_keys_hold_a_user(lab: Lab, iam: Any) -> None:
    ann = {"UserName": "ann"}
    iam.create_user(**ann)
    body, _ = certificate("ann", lab.clock.now)
    made = iam.upload_signing_certificate(**ann, CertificateBody=body)["Certificate"]
    refused("DuplicateCertificate", iam.upload_signing_certificate, **ann, CertificateBody=body)
    refused("DeleteConflict", iam.delete_user, **ann)
    certificate_id = {"CertificateId": made["CertificateId"]}
    iam.update_signing_certificate(**ann, **certificate_id, Status="Inactive")
    (listed,) = iam.list_signing_certificates(**ann)["Certificates"]
    assert listed["Status"] == "Inactive"
    iam.delete_signing_certificate(**ann, **certificate_id)

    ssh = {"SSHPublicKeyBody": "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7 ann@example.com"}
    key = iam.upload_ssh_public_key(**ann, **ssh)["SSHPublicKey"]
    assert key["Fingerprint"].count(":") == 15
    refused("DuplicateSSHPublicKey", iam.upload_ssh_public_key, **ann, **ssh)
    refused("InvalidPublicKey", iam.upload_ssh_public_key, **ann, SSHPublicKeyBody="no key")
    refused("DeleteConflict", iam.delete_user, **ann)
    key_id = {"SSHPublicKeyId": key["SSHPublicKeyId"]}
    iam.update_ssh_public_key(**ann, **key_id, Status="Inactive")
    got = iam.get_ssh_public_key(**ann, **key_id, Encoding="SSH")["SSHPublicKey"]
    assert got == {**key, "Status": "Inactive"}
    iam.delete_ssh_public_key(**ann, **key_id)
    refused("NoSuchEntity", iam.delete_ssh_public_key, **ann, **key_id)
    iam.delete_user(**ann)


def test_credentials_for_one_service(iam: Any) -> None:
    ann = {"UserName": "ann"}
    iam.create_user(**ann)
    service = {"ServiceName": "codecommit.amazonaws.com"}
    made = iam.create_service_specific_credential(**ann, **service)["ServiceSpecificCredential"]
    assert made["ServiceUserName"] == f"ann-at-{ACCOUNT}"
    iam.create_service_specific_credential(**ann, **service)
    refused("LimitExceeded", iam.create_service_specific_credential, **ann, **service)
    identifier = {"ServiceSpecificCredentialId": made["ServiceSpecificCredentialId"]}
    reset = iam.reset_service_specific_credential(**ann, **identifier)
    assert reset["ServiceSpecificCredential"]["ServicePassword"] != made["ServicePassword"]
    iam.update_service_specific_credential(**ann, **identifier, Status="Inactive")
    listed = iam.list_service_specific_credentials(**ann)["ServiceSpecificCredentials"]
    assert [it["Status"] for it in listed] == ["Inactive", "Active"]
    assert "ServicePassword" not in listed[0]
    refused("DeleteConflict", iam.delete_user, **ann)
    for it in listed:
        identifier = {"ServiceSpecificCredentialId": it["ServiceSpecificCredentialId"]}
        iam.delete_service_specific_credential(**ann, **identifier)
    iam.delete_user(**ann)


def test_identity_providers(iam: Any) -> None:
    url = {"Url": "https://token.example.com"}
    arn = iam.create_open_id_connect_provider(**url, ClientIDList=["a"])["OpenIDConnectProviderArn"]
    said = refused("EntityAlreadyExists", iam.create_open_id_connect_provider, **url)
    assert said == "Provider with url https://token.example.com already exists."
    name = {"OpenIDConnectProviderArn": arn}
    for client_id in ("b", "b"):
        iam.add_client_id_to_open_id_connect_provider(**name, ClientID=client_id)
    iam.remove_client_id_from_open_id_connect_provider(**name, ClientID="a")
    assert iam.get_open_id_connect_provider(**name)["ClientIDList"] == ["b"]
    iam.delete_open_id_connect_provider(**name)
    refused("NoSuchEntity", iam.get_open_id_connect_provider, **name)

    metadata = "<EntityDescriptor>" + "x" * 1_000
    made = iam.create_saml_provider(Name="corp", SAMLMetadataDocument=metadata)
    refused(
        "EntityAlreadyExists", iam.create_saml_provider, Name="CORP", SAMLMetadataDocument=metadata
    )
    refused("InvalidInput", iam.create_saml_provider, Name="x", SAMLMetadataDocument="x" * 1_000)
    name = {"SAMLProviderArn": made["SAMLProviderArn"]}
    iam.update_saml_provider(**name, SAMLMetadataDocument=metadata + "y")
    assert iam.get_saml_provider(**name)["SAMLMetadataDocument"] == metadata + "y"
    iam.delete_saml_provider(**name)
    refused("NoSuchEntity", iam.delete_saml_provider, **name)


def test_policies_granting_service_access(iam: Any) -> None:
    iam.create_user(UserName="ann")
    iam.create_group(GroupName="g")
    iam.add_user_to_group(GroupName="g", UserName="ann")
    iam.put_group_policy(GroupName="g", PolicyName="store", PolicyDocument=allow("s3:Get*"))
    iam.put_user_policy(UserName="ann", PolicyName="compute", PolicyDocument=allow("ec2:*"))
    iam.attach_user_policy(UserName="ann", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    found = iam.list_policies_granting_service_access(
        Arn=f"arn:aws:iam::{ACCOUNT}:user/ann", ServiceNamespaces=["s3", "ec2", "sqs"]
    )["PoliciesGrantingServiceAccess"]
    names = {it["ServiceNamespace"]: [p["PolicyName"] for p in it["Policies"]] for it in found}
    assert names == {
        "s3": ["AdministratorAccess", "store"],
        "ec2": ["AdministratorAccess", "compute"],
        "sqs": ["AdministratorAccess"],
    }
    assert found[0]["Policies"][1] == {
        "PolicyName": "store",
        "PolicyType": "INLINE",
        "EntityType": "GROUP",
        "EntityName": "g",
    }
    nobody = f"arn:aws:iam::{ACCOUNT}:user/bob"
    refused(
        "NoSuchEntity",
        iam.list_policies_granting_service_access,
        Arn=nobody,
        ServiceNamespaces=["s3"],
    )


def test_the_walk_ends_in_an_answer_of_iam_whatever_the_name(lab: Lab, iam: Any) -> None:
    """No operation on a user, group, role or policy stumbles over one that there is not."""
    names = {
        "UserName": "nobody",
        "GroupName": "nobody",
        "RoleName": "nobody",
        "PolicyName": "nobody",
        "InstanceProfileName": "nobody",
        "PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/nobody",
        "SerialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/nobody",
    }
    model = iam.meta.service_model
    walked = 0
    for operation in model.operation_names:
        shape = model.operation_model(operation).input_shape
        if shape is None or operation.startswith(("Create", "Simulate", "Generate")):
            continue
        if not shape.required_members or not set(shape.required_members) <= set(names):
            continue
        given = {name: names[name] for name in shape.required_members}
        method = {v: k for k, v in iam.meta.method_to_api_mapping.items()}[operation]
        code = outcome(getattr(iam, method), **given)
        assert code in ("NoSuchEntity", "NotSimulated"), (operation, code)
        walked += 1
    assert walked > 40


@pytest.mark.parametrize("permissions", [allow("iam:*"), allow("s3:*")])
def test_a_role_is_no_user_and_has_to_name_one(lab: Lab, permissions: str) -> None:
    iam = lab.root.client("iam")
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))
    iam.put_role_policy(RoleName="worker", PolicyName="p", PolicyDocument=permissions)
    sts = new_user(lab, "ann", allow("sts:*")).client("sts")
    arn = f"arn:aws:iam::{ACCOUNT}:role/worker"
    session = sts.assume_role(RoleArn=arn, RoleSessionName="ann")["Credentials"]
    as_role = client(session, "iam")
    # IAM says so before it asks any policy: it does not know which resource to ask about.
    for call in (as_role.get_user, as_role.list_access_keys, as_role.create_access_key):
        said = refused("ValidationError", call)
        assert said == "Must specify userName when calling with non-User credentials"
