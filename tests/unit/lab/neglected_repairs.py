"""What learners may do to the neglected account: two right ways to mend it, and three wrong ones.

All of it is boto3 as somebody at the account's console would write it.
"""

from __future__ import annotations

import json
from typing import Any

from lab_calls import allow, enrol, policy, statement, trust

from helpers import Lab

DENY_ALL = "arn:aws:iam::aws:policy/AWSDenyAll"
PARTNER, VENDOR = "444455556666", "777788889999"
ALL_ON = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)
PROGRAMS_WORK = policy(
    statement("Allow", "s3:ListBucket", "arn:aws:s3:::payroll"),
    statement("Allow", "s3:GetObject", "arn:aws:s3:::payroll/*"),
    statement("Allow", "s3:PutObject", "arn:aws:s3:::backups/*"),
)
WITH_MFA = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
LIST_MACHINES = allow("ec2:DescribeInstances")


def remove_user(iam: Any, name: str) -> None:
    """All that keeps a user from being deleted, then the user."""
    for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    for group in iam.list_groups_for_user(UserName=name)["Groups"]:
        iam.remove_user_from_group(UserName=name, GroupName=group["GroupName"])
    for attached in iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]:
        iam.detach_user_policy(UserName=name, PolicyArn=attached["PolicyArn"])
    for inline in iam.list_user_policies(UserName=name)["PolicyNames"]:
        iam.delete_user_policy(UserName=name, PolicyName=inline)
    if has_password(iam, name):
        iam.delete_login_profile(UserName=name)
    iam.delete_user(UserName=name)


def has_password(iam: Any, name: str) -> bool:
    """Whether a user has a password."""
    try:
        iam.get_login_profile(UserName=name)
    except iam.exceptions.NoSuchEntityException:
        return False
    return True


def old_key(iam: Any, name: str) -> dict[str, str]:
    """A user's first key, as the calls about it name it."""
    key = iam.list_access_keys(UserName=name)["AccessKeyMetadata"][0]["AccessKeyId"]
    return {"UserName": name, "AccessKeyId": key}


def open_group(ec2: Any) -> str:
    return ec2.describe_security_groups(GroupNames=["web"])["SecurityGroups"][0]["GroupId"]


def partner_reads() -> str:
    """A bucket policy: of all others the partner alone, and the orders alone."""
    return policy(
        statement(
            "Allow",
            "s3:GetObject",
            "arn:aws:s3:::exchange/orders/*",
            Principal={"AWS": f"arn:aws:iam::{PARTNER}:root"},
        )
    )


def good_repair(lab: Lab) -> None:
    """As the notebooks before teach it."""
    iam, s3, ec2 = (lab.root.client(service) for service in ("iam", "s3", "ec2"))
    # root
    enrol(lab, iam, "root", "roots")
    for key in iam.list_access_keys()["AccessKeyMetadata"]:
        iam.delete_access_key(AccessKeyId=key["AccessKeyId"])
    # people
    iam.update_account_password_policy(MinimumPasswordLength=14, PasswordReusePrevention=24)
    for name in ("admin", "analyst", "auditor"):
        enrol(lab, iam, name, name)
    for name in ("admin", "analyst"):
        iam.delete_access_key(**old_key(iam, name))
    for name in ("contractor", "intern"):
        remove_user(iam, name)
    # the program
    iam.create_access_key(UserName="backup")
    iam.delete_access_key(**old_key(iam, "backup"))
    iam.delete_user_policy(UserName="backup", PolicyName="Everything")
    iam.put_user_policy(UserName="backup", PolicyName="Work", PolicyDocument=PROGRAMS_WORK)
    # roles
    admin = f"arn:aws:iam::{lab.account.id}:user/admin"
    iam.update_assume_role_policy(
        RoleName="deploy", PolicyDocument=trust({"AWS": admin}, **WITH_MFA)
    )
    external = {"Condition": {"StringEquals": {"sts:ExternalId": "example-corp-8c41"}}}
    iam.update_assume_role_policy(
        RoleName="monitoring",
        PolicyDocument=trust({"AWS": f"arn:aws:iam::{VENDOR}:root"}, **external),
    )
    iam.detach_role_policy(
        RoleName="monitoring", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    )
    iam.put_role_policy(RoleName="monitoring", PolicyName="List", PolicyDocument=LIST_MACHINES)
    # the bucket
    s3.put_bucket_policy(Bucket="exchange", Policy=partner_reads())
    s3.put_bucket_acl(Bucket="exchange", ACL="private")
    s3.put_bucket_ownership_controls(
        Bucket="exchange",
        OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    )
    s3.put_public_access_block(Bucket="exchange", PublicAccessBlockConfiguration=ALL_ON)
    # the machine
    for port in (22, 3389):
        ec2.revoke_security_group_ingress(
            GroupId=open_group(ec2),
            IpProtocol="tcp",
            FromPort=port,
            ToPort=port,
            CidrIp="0.0.0.0/0",
        )
    # who looks on
    lab.root.client("cloudtrail").update_trail(
        Name="management", IsMultiRegionTrail=True, EnableLogFileValidation=True
    )
    lab.root.client("accessanalyzer").create_analyzer(analyzerName="external", type="ACCOUNT")
    lab.root.client("account").put_alternate_contact(
        AlternateContactType="SECURITY",
        Name="Security",
        Title="Team",
        EmailAddress="security@example.com",
        PhoneNumber="+15555550101",
    )


def other_repair(lab: Lab) -> None:
    """Another right way: keys off instead of deleted, a role for the program, blocks and denies."""
    iam, s3, ec2 = (lab.root.client(service) for service in ("iam", "s3", "ec2"))
    for key in iam.list_access_keys()["AccessKeyMetadata"]:
        iam.update_access_key(AccessKeyId=key["AccessKeyId"], Status="Inactive")
    for name in ("contractor", "intern"):
        iam.delete_login_profile(UserName=name)
        iam.update_access_key(**old_key(iam, name), Status="Inactive")
    iam.update_login_profile(UserName="admin", Password="Fresh-otter-cabinet-91")
    # The analyst works with a key, and the MFA device goes with it.
    iam.delete_login_profile(UserName="analyst")
    enrol(lab, iam, "analyst", "analyst")
    iam.put_user_policy(
        UserName="analyst",
        PolicyName="OnlyWithMfa",
        PolicyDocument=policy(
            {
                "Effect": "Deny",
                "NotAction": "sts:GetSessionToken",
                "Resource": "*",
                "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
            }
        ),
    )
    # The program runs as its machine's role, and its user goes.
    iam.create_role(
        RoleName="backup", AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"})
    )
    iam.put_role_policy(RoleName="backup", PolicyName="Work", PolicyDocument=PROGRAMS_WORK)
    iam.create_instance_profile(InstanceProfileName="backup")
    iam.add_role_to_instance_profile(InstanceProfileName="backup", RoleName="backup")
    (machine,) = ec2.describe_instances(Filters=[{"Name": "tag:Name", "Values": ["backup"]}])[
        "Reservations"
    ][0]["Instances"]
    ec2.associate_iam_instance_profile(
        InstanceId=machine["InstanceId"], IamInstanceProfile={"Name": "backup"}
    )
    remove_user(iam, "backup")
    # Whoever of the account may assume it: the administrator is the only one.
    own = {"AWS": f"arn:aws:iam::{lab.account.id}:root"}
    iam.update_assume_role_policy(RoleName="deploy", PolicyDocument=trust(own))
    theirs = {"AWS": f"arn:aws:iam::{VENDOR}:user/service"}
    external = {"Condition": {"StringEquals": {"sts:ExternalId": "example-corp-8c41"}}}
    iam.update_assume_role_policy(RoleName="monitoring", PolicyDocument=trust(theirs, **external))
    iam.put_role_permissions_boundary(
        RoleName="monitoring",
        PermissionsBoundary="arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess",
    )
    # The bucket's files are closed to the world by the account's block; one statement is added.
    s3.put_bucket_policy(Bucket="exchange", Policy=partner_reads())
    lab.root.client("s3control").put_public_access_block(
        AccountId=lab.account.id, PublicAccessBlockConfiguration=ALL_ON
    )
    # In front of all machines of the network.
    (acl,) = ec2.describe_network_acls()["NetworkAcls"]
    for number, port in ((10, 22), (11, 3389)):
        ec2.create_network_acl_entry(
            NetworkAclId=acl["NetworkAclId"],
            RuleNumber=number,
            Protocol="6",
            RuleAction="deny",
            Egress=False,
            CidrBlock="0.0.0.0/0",
            PortRange={"From": port, "To": port},
        )


def deny_everything(lab: Lab) -> None:
    """Nobody may do anything any more: AWSDenyAll for all users and roles, all rules revoked."""
    iam, s3, ec2 = (lab.root.client(service) for service in ("iam", "s3", "ec2"))
    for key in iam.list_access_keys()["AccessKeyMetadata"]:
        iam.delete_access_key(AccessKeyId=key["AccessKeyId"])
    for user in iam.list_users()["Users"]:
        iam.attach_user_policy(UserName=user["UserName"], PolicyArn=DENY_ALL)
    for role in iam.list_roles()["Roles"]:
        iam.attach_role_policy(RoleName=role["RoleName"], PolicyArn=DENY_ALL)
    s3.put_public_access_block(Bucket="exchange", PublicAccessBlockConfiguration=ALL_ON)
    group = open_group(ec2)
    rules = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=rules)


def delete_users(lab: Lab) -> None:
    """Every user goes, those who work among them."""
    iam = lab.root.client("iam")
    for user in iam.list_users()["Users"]:
        remove_user(iam, user["UserName"])


def cosmetics(lab: Lab) -> None:
    """Tags, descriptions, new names: nothing that decides anything."""
    iam, s3, ec2 = (lab.root.client(service) for service in ("iam", "s3", "ec2"))
    checked = [{"Key": "Status", "Value": "checked"}]
    for name in ("admin", "contractor", "backup"):
        iam.tag_user(UserName=name, Tags=checked)
    iam.update_user(UserName="intern", NewUserName="former-intern")
    for role in ("deploy", "monitoring"):
        iam.update_role(RoleName=role, Description="Reviewed and found safe.")
    everything = iam.get_user_policy(UserName="backup", PolicyName="Everything")["PolicyDocument"]
    iam.delete_user_policy(UserName="backup", PolicyName="Everything")
    iam.put_user_policy(
        UserName="backup", PolicyName="LeastPrivilege", PolicyDocument=json.dumps(everything)
    )
    s3.put_bucket_tagging(Bucket="exchange", Tagging={"TagSet": checked})
    ec2.create_tags(Resources=[open_group(ec2)], Tags=checked)
