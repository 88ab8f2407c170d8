"""What IAM will not delete, and how many of everything there may be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lab_calls import allow, enrol, refused, trust

from helpers import Lab

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
IN_USE = "DeleteConflict"
EC2 = trust({"Service": "ec2.amazonaws.com"})


@pytest.fixture
def iam(lab: Lab) -> Any:
    return lab.root.client("iam")


ANN = {"UserName": "ann"}

# What hangs on a user: how it is put there, IAM's sentence, how it is taken away.
ON_A_USER: dict[str, tuple[Callable[..., Any], str, Callable[..., Any]]] = {
    "attached policy": (
        lambda iam: iam.attach_user_policy(**ANN, PolicyArn=READ_ONLY),
        "must detach all policies first.",
        lambda iam, _: iam.detach_user_policy(**ANN, PolicyArn=READ_ONLY),
    ),
    "inline policy": (
        lambda iam: iam.put_user_policy(**ANN, PolicyName="p", PolicyDocument=allow("s3:*")),
        "must delete policies first.",
        lambda iam, _: iam.delete_user_policy(**ANN, PolicyName="p"),
    ),
    "access key": (
        lambda iam: iam.create_access_key(**ANN)["AccessKey"]["AccessKeyId"],
        "must delete access keys first.",
        lambda iam, key: iam.delete_access_key(**ANN, AccessKeyId=key),
    ),
    "login profile": (
        lambda iam: iam.create_login_profile(**ANN, Password="winter-Sky-19"),
        "must delete login profile first.",
        lambda iam, _: iam.delete_login_profile(**ANN),
    ),
    "group": (
        lambda iam: (iam.create_group(GroupName="g"), iam.add_user_to_group(**ANN, GroupName="g")),
        "must remove users from group first.",
        lambda iam, _: iam.remove_user_from_group(**ANN, GroupName="g"),
    ),
}


@pytest.mark.parametrize("what", ON_A_USER)
def test_a_user_with_something_is_not_deleted(iam: Any, what: str) -> None:
    put, said, take = ON_A_USER[what]
    iam.create_user(**ANN)
    made = put(iam)
    assert refused(IN_USE, iam.delete_user, **ANN) == f"Cannot delete entity, {said}"
    assert iam.get_user(**ANN)["User"]["UserName"] == "ann"
    take(iam, made)
    iam.delete_user(**ANN)
    assert refused("NoSuchEntity", iam.delete_user, **ANN) == (
        "The user with name ann cannot be found."
    )


def test_a_user_with_a_device_is_not_deleted(lab: Lab, iam: Any) -> None:
    iam.create_user(**ANN)
    phone = enrol(lab, iam, "ann")
    said = refused(IN_USE, iam.delete_user, **ANN)
    assert said == "Cannot delete entity, must delete MFA device first."
    iam.deactivate_mfa_device(**ANN, SerialNumber=phone.serial)
    iam.delete_user(**ANN)
    assert len(iam.list_virtual_mfa_devices()["VirtualMFADevices"]) == 1


def test_a_group_with_members_or_policies_is_not_deleted(iam: Any) -> None:
    group = {"GroupName": "g"}
    iam.create_group(**group)
    iam.create_user(**ANN)
    iam.add_user_to_group(**group, **ANN)
    iam.attach_group_policy(**group, PolicyArn=READ_ONLY)
    iam.put_group_policy(**group, PolicyName="p", PolicyDocument=allow("s3:*"))
    said = [refused(IN_USE, iam.delete_group, **group)]
    iam.remove_user_from_group(**group, **ANN)
    said.append(refused(IN_USE, iam.delete_group, **group))
    iam.detach_group_policy(**group, PolicyArn=READ_ONLY)
    said.append(refused(IN_USE, iam.delete_group, **group))
    iam.delete_group_policy(**group, PolicyName="p")
    iam.delete_group(**group)
    assert said == [
        "Cannot delete entity, must remove users from group first.",
        "Cannot delete entity, must detach all policies first.",
        "Cannot delete entity, must delete policies first.",
    ]


def test_a_role_with_policies_or_in_a_profile_is_not_deleted(iam: Any) -> None:
    role, profile = {"RoleName": "r"}, {"InstanceProfileName": "i"}
    iam.create_role(**role, AssumeRolePolicyDocument=EC2)
    iam.create_instance_profile(**profile)
    iam.add_role_to_instance_profile(**role, **profile)
    iam.attach_role_policy(**role, PolicyArn=READ_ONLY)
    iam.put_role_policy(**role, PolicyName="p", PolicyDocument=allow("s3:*"))
    in_profile = "Cannot delete entity, must remove roles from instance profile first."
    said = [refused(IN_USE, iam.delete_role, **role)]
    assert refused(IN_USE, iam.delete_instance_profile, **profile) == in_profile
    iam.remove_role_from_instance_profile(**role, **profile)
    said.append(refused(IN_USE, iam.delete_role, **role))
    iam.detach_role_policy(**role, PolicyArn=READ_ONLY)
    said.append(refused(IN_USE, iam.delete_role, **role))
    iam.delete_role_policy(**role, PolicyName="p")
    iam.delete_role(**role)
    iam.delete_instance_profile(**profile)
    assert said == [
        in_profile,
        "Cannot delete entity, must detach all policies first.",
        "Cannot delete entity, must delete policies first.",
    ]


def test_a_policy_in_use_or_with_versions_is_not_deleted(iam: Any) -> None:
    document = allow("s3:*")
    arn = iam.create_policy(PolicyName="p", PolicyDocument=document)["Policy"]["Arn"]
    policy = {"PolicyArn": arn}
    iam.create_user(**ANN)
    iam.attach_user_policy(**ANN, **policy)
    attached = "Cannot delete a policy attached to entities."
    assert refused(IN_USE, iam.delete_policy, **policy) == attached
    iam.detach_user_policy(**ANN, **policy)
    iam.put_user_permissions_boundary(**ANN, PermissionsBoundary=arn)
    assert refused(IN_USE, iam.delete_policy, **policy) == attached
    iam.delete_user_permissions_boundary(**ANN)
    iam.create_policy_version(**policy, PolicyDocument=document)
    assert refused(IN_USE, iam.delete_policy, **policy) == (
        "This policy has more than one version. Before you delete a policy, you must delete the "
        "policy's versions. The default version is deleted with the policy."
    )
    assert refused(IN_USE, iam.delete_policy_version, **policy, VersionId="v1") == (
        "Cannot delete the default version of a policy."
    )
    iam.delete_policy_version(**policy, VersionId="v2")
    iam.delete_policy(**policy)
    assert refused("NoSuchEntity", iam.get_policy, **policy) == f"Policy {arn} was not found."


def test_what_belongs_to_aws_stays(iam: Any) -> None:
    refused("AccessDenied", iam.delete_policy, PolicyArn=READ_ONLY)
    refused(
        "AccessDenied", iam.create_policy_version, PolicyArn=READ_ONLY, PolicyDocument=allow("*")
    )
    role = iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")["Role"]
    name = {"RoleName": role["RoleName"]}
    said = (
        "Cannot perform the operation on the protected role 'AWSServiceRoleForAutoScaling' - "
        "this role is only modifiable by AWS"
    )
    for call, others in (
        (iam.attach_role_policy, {"PolicyArn": READ_ONLY}),
        (iam.put_role_policy, {"PolicyName": "p", "PolicyDocument": allow("*")}),
        (iam.put_role_permissions_boundary, {"PermissionsBoundary": READ_ONLY}),
        (iam.update_assume_role_policy, {"PolicyDocument": EC2}),
        (iam.update_role, {"Description": "mine"}),
        (iam.tag_role, {"Tags": [{"Key": "a", "Value": "b"}]}),
        (iam.delete_role, {}),
    ):
        assert refused("UnmodifiableEntity", call, **name, **others) == said
    again = {"AWSServiceName": "autoscaling.amazonaws.com"}
    assert "has been taken" in refused("InvalidInput", iam.create_service_linked_role, **again)
    (attached,) = iam.list_attached_role_policies(**name)["AttachedPolicies"]
    assert attached["PolicyName"] == "AutoScalingServiceRolePolicy"
    iam.create_role(RoleName="mine", AssumeRolePolicyDocument=EC2)
    said = refused(
        "PolicyNotAttachable",
        iam.attach_role_policy,
        RoleName="mine",
        PolicyArn=attached["PolicyArn"],
    )
    assert said == "Cannot attach a Service Role Policy to a Customer Role."
    task = iam.delete_service_linked_role(**name)["DeletionTaskId"]
    found = iam.get_service_linked_role_deletion_status(DeletionTaskId=task)
    assert found["Status"] == "SUCCEEDED"
    refused("NoSuchEntity", iam.get_role, **name)


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("access-analyzer", "AWSServiceRoleForAccessAnalyzer"),
        ("support", "AWSServiceRoleForSupport"),
        ("guardduty", "AWSServiceRoleForAmazonGuardDuty"),
    ],
)
def test_roles_of_services_have_their_names(iam: Any, service: str, name: str) -> None:
    host = f"{service}.amazonaws.com"
    made = iam.create_service_linked_role(AWSServiceName=host)["Role"]
    assert made["RoleName"] == name
    assert made["Arn"].endswith(f":role/aws-service-role/{host}/{name}")
    assert iam.get_role(RoleName=name)["Role"]["RoleId"] == made["RoleId"]
    assert len(iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]) == 1


# How many ---------------------------------------------------------------------------------------


def test_quotas(iam: Any) -> None:
    too_many = "LimitExceeded"
    iam.create_user(**ANN)
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2)
    iam.create_group(GroupName="g0")
    arns = [
        iam.create_policy(PolicyName=f"p{n}", PolicyDocument=allow("s3:*"))["Policy"]["Arn"]
        for n in range(11)
    ]
    for kind, attach, name in (
        ("User", iam.attach_user_policy, ANN),
        ("Role", iam.attach_role_policy, {"RoleName": "r"}),
        ("Group", iam.attach_group_policy, {"GroupName": "g0"}),
    ):
        for arn in arns[:10]:
            attach(**name, PolicyArn=arn)
        said = refused(too_many, attach, **name, PolicyArn=arns[10])
        assert said == f"Cannot exceed quota for PoliciesPer{kind}: 10"
        attach(**name, PolicyArn=arns[3])  # it is there already
    assert iam.get_policy(PolicyArn=arns[3])["Policy"]["AttachmentCount"] == 3
    for n in range(1, 10):
        iam.create_group(GroupName=f"g{n}")
    for n in range(10):
        iam.add_user_to_group(**ANN, GroupName=f"g{n}")
    iam.add_user_to_group(**ANN, GroupName="g5")
    iam.create_group(GroupName="g10")
    said = refused(too_many, iam.add_user_to_group, **ANN, GroupName="g10")
    assert said == "Cannot exceed quota for GroupsPerUser: 10"
    for _ in range(2):
        iam.create_access_key(**ANN)
    said = refused(too_many, iam.create_access_key, **ANN)
    assert said == "Cannot exceed quota for AccessKeysPerUser: 2"


def test_five_versions_of_a_policy(iam: Any) -> None:
    made = iam.create_policy(PolicyName="p", PolicyDocument=allow("s3:*"))["Policy"]
    policy = {"PolicyArn": made["Arn"]}
    for n in range(2, 6):
        version = iam.create_policy_version(**policy, PolicyDocument=allow("ec2:*"))
        assert version["PolicyVersion"]["VersionId"] == f"v{n}"
    assert "up to 5 versions" in refused(
        "LimitExceeded", iam.create_policy_version, **policy, PolicyDocument=allow("sqs:*")
    )
    iam.set_default_policy_version(**policy, VersionId="v3")
    assert iam.get_policy(**policy)["Policy"]["DefaultVersionId"] == "v3"
    versions = iam.list_policy_versions(**policy)["Versions"]
    assert [v["VersionId"] for v in versions if v["IsDefaultVersion"]] == ["v3"]
    iam.delete_policy_version(**policy, VersionId="v1")
    made = iam.create_policy_version(**policy, PolicyDocument=allow("sqs:*"), SetAsDefault=True)
    assert made["PolicyVersion"]["VersionId"] == "v6"
    assert "sqs" in str(
        iam.get_policy_version(**policy, VersionId="v6")["PolicyVersion"]["Document"]
    )
    said = refused("NoSuchEntity", iam.get_policy_version, **policy, VersionId="v1")
    assert said == f"Policy {made_arn(policy)} version v1 does not exist or is not attachable."


def made_arn(policy: dict[str, str]) -> str:
    return policy["PolicyArn"]
