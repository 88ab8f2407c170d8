"""The scenario "organization": a management account, and a member account that it limits.

AWS pages: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples.html,
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_examples.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from helpers.lab.organization import IAM, RCP, SCP
from helpers.lab.scenarios.house import ADMINISTRATOR_ACCESS, PASSWORDS

if TYPE_CHECKING:
    from helpers.lab.accounts import LabAccount
    from helpers.lab.lab import Lab

MEMBER = "444455556666"
"""The member account."""

PARTNER = "777788889999"
"""The account that the member's bucket is shared with. It is not in the lab until
``lab.add_account`` adds it."""

BUCKET = "workload-exports"
ROLE = "OrganizationAccountAccessRole"

DEVELOPER_PASSWORD = "early-Heron-copper-5"
"""The console password of the member account's user "developer"."""


def organization(lab: Lab) -> None:
    """An organization of two accounts with an SCP and an RCP in force.

    The account that the lab was started with is the management account, with the user ``admin``
    (AdministratorAccess). ``lab.accounts["444455556666"]`` is its member in the unit
    "Workloads": a root user, the user ``developer``, the bucket ``workload-exports`` and the
    role OrganizationAccountAccessRole, which ``admin`` may assume. The SCP ``guardrails`` is
    attached to the unit: no leaving, nothing as root, trails stay on, us-east-1 only. The RCP
    ``perimeter`` is attached to the root of the organization: S3 is for the organization's own
    principals, although the bucket's policy shares with the account 777788889999. The
    management account may act as root in its members (AssumeRoot).
    """
    root = lab.root
    _administrator(root.client("iam"))
    member = lab.add_account(MEMBER, "Workloads")
    _furnish(member, lab.account.id)
    organizations = root.client("organizations")
    found = organizations.create_organization(FeatureSet="ALL")["Organization"]
    top = organizations.list_roots()["Roots"][0]["Id"]
    unit = take_in(organizations, member, top)
    for type_ in (SCP, RCP):
        organizations.enable_policy_type(RootId=top, PolicyType=type_)
    _attach(
        organizations, "guardrails", "What no account of workloads may do.", SCP, GUARDRAILS, unit
    )
    _attach(
        organizations,
        "perimeter",
        "S3 for the organization alone.",
        RCP,
        perimeter(found["Id"]),
        top,
    )
    organizations.enable_aws_service_access(ServicePrincipal=IAM)
    root.client("iam").enable_organizations_root_credentials_management()
    root.client("iam").enable_organizations_root_sessions()


def _administrator(iam: Any) -> None:
    iam.create_group(GroupName="administrators")
    iam.attach_group_policy(GroupName="administrators", PolicyArn=ADMINISTRATOR_ACCESS)
    iam.create_user(UserName="admin")
    iam.add_user_to_group(GroupName="administrators", UserName="admin")
    iam.create_login_profile(UserName="admin", Password=PASSWORDS["admin"])
    iam.create_access_key(UserName="admin")


def _furnish(member: LabAccount, management_id: str) -> None:
    """What is in the member account; its root user did it before it joined."""
    iam, s3 = member.root.client("iam"), member.root.client("s3")
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{management_id}:root"},
        "Action": "sts:AssumeRole",
    }
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=_policy(trust))
    iam.attach_role_policy(RoleName=ROLE, PolicyArn=ADMINISTRATOR_ACCESS)
    iam.create_user(UserName="developer")
    iam.put_user_policy(UserName="developer", PolicyName="Develop", PolicyDocument=_policy(DEVELOP))
    iam.create_login_profile(UserName="developer", Password=DEVELOPER_PASSWORD)
    iam.create_access_key(UserName="developer")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="2026-10.csv", Body=b"order,total\n1001,250\n1002,90\n")
    s3.put_bucket_policy(Bucket=BUCKET, Policy=_policy(SHARE))


def take_in(organizations: Any, member: LabAccount, top: str) -> str:
    """Invite the member, accept for it, move it into its unit; the unit's id."""
    made = organizations.create_organizational_unit(ParentId=top, Name="Workloads")
    unit = made["OrganizationalUnit"]["Id"]
    invited = organizations.invite_account_to_organization(
        Target={"Id": member.id, "Type": "ACCOUNT"}
    )
    member.root.client("organizations").accept_handshake(HandshakeId=invited["Handshake"]["Id"])
    organizations.move_account(AccountId=member.id, SourceParentId=top, DestinationParentId=unit)
    return unit


def _attach(
    organizations: Any, name: str, description: str, type_: str, document: str, target: str
) -> None:
    made = organizations.create_policy(
        Name=name, Description=description, Type=type_, Content=document
    )
    organizations.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=target)


def _policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


DEVELOP = {
    "Sid": "Develop",
    "Effect": "Allow",
    "Action": ["s3:*", "ec2:*", "cloudtrail:*", "organizations:LeaveOrganization"],
    "Resource": "*",
}

SHARE = {
    "Sid": "ShareWithThePartner",
    "Effect": "Allow",
    "Principal": {"AWS": PARTNER},
    "Action": ["s3:ListBucket", "s3:GetObject"],
    "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
}

# Services whose calls go to us-east-1 wherever they come from, or to no Region.
# https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html
WITHOUT_REGION = [
    "account:*",
    "budgets:*",
    "ce:*",
    "cloudfront:*",
    "iam:*",
    "organizations:*",
    "route53:*",
    "s3:GetAccountPublicAccessBlock",
    "s3:ListAllMyBuckets",
    "s3:PutAccountPublicAccessBlock",
    "sts:*",
    "support:*",
]

GUARDRAILS = _policy(
    {
        "Sid": "StayInTheOrganization",
        "Effect": "Deny",
        "Action": "organizations:LeaveOrganization",
        "Resource": "*",
    },
    {
        "Sid": "NothingAsRoot",
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {
            "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"},
            # The management account's own privileged sessions (AssumeRoot) go on.
            "BoolIfExists": {"aws:AssumedRoot": "false"},
        },
    },
    {
        "Sid": "KeepTheTrailOn",
        "Effect": "Deny",
        "Action": [
            "cloudtrail:DeleteTrail",
            "cloudtrail:PutEventSelectors",
            "cloudtrail:StopLogging",
            "cloudtrail:UpdateTrail",
        ],
        "Resource": "*",
    },
    {
        "Sid": "OneRegion",
        "Effect": "Deny",
        "NotAction": WITHOUT_REGION,
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}},
    },
)


def perimeter(organization_id: str) -> str:
    """The RCP: S3 for principals of the organization, and for AWS's own services."""
    return _policy(
        {
            "Sid": "OurOwnPeopleOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {
                "StringNotEqualsIfExists": {"aws:PrincipalOrgID": organization_id},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            },
        }
    )
