"""The scenario "neglected": an account that somebody else left in a bad state.

It is done by calls of boto3, as its people would have done it over ten months: each thing was quick
once, and nobody came back to it.

AWS pages: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html,
https://docs.aws.amazon.com/securityhub/latest/userguide/cis-aws-foundations-benchmark.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helpers.lab.caller import Caller
from helpers.lab.people import newest_key
from helpers.lab.scenarios.house import ADMINISTRATOR_ACCESS, PASSWORDS, house
from helpers.lab.scenarios.instances import start_instance
from helpers.lab.scenarios.neglected_jobs import (
    BACKUPS,
    CONFIG,
    DEPLOY,
    EXCHANGE,
    HTTPS,
    MONITORING,
    ORDERS,
    PARTNER,
    PROGRAM,
    REPORTS,
    SITE,
    VENDOR,
    VENDORS_ID,
    WEB,
    run_jobs,
)

if TYPE_CHECKING:
    from helpers.lab.lab import Lab

POWER_USER = "arn:aws:iam::aws:policy/PowerUserAccess"
SECURITY_AUDIT = "arn:aws:iam::aws:policy/SecurityAudit"

LOGS, TRAIL = "trail-logs", "management"
CONTRACTOR, INTERN = "contractor", "intern"
"""Two who left; their users did not."""

LEFT = {CONTRACTOR: "Summer-Job-2026!", INTERN: "Welcome-2026!"}
"""The passwords that they were given."""
AUDITORS_PASSWORD = "amber-Ledger-crane-5"

CUSTOMERS, DUMP = "customers.csv", "old/database.sql"
"""What lies in the public bucket beside the orders, and must not be public."""

SSH, REMOTE_DESKTOP = 22, 3389

PROJECT_DAYS, QUIET_DAYS = 20, 280
"""Those who left worked for the first days; since then nobody has looked at the account."""


@dataclass(frozen=True)
class Leaked:
    """What strangers got hold of over the months."""

    root: Caller
    """The root user's access key, out of a notebook that was shared."""
    contractor: Caller
    """An access key that went along with a laptop."""
    intern: Caller
    """One that lay in a folder which the university shares."""
    program: Caller
    """The backup program's access key, out of a public code repository."""
    administrator: str
    """The administrator's console password, used on another site as well."""


def leaked(lab: Lab) -> Leaked:
    """What strangers hold. Raises ``LookupError`` in an account where nothing leaked."""
    found = lab.account.own.get("neglected")
    if not isinstance(found, Leaked):
        raise LookupError("Nothing leaked here: start the account with Lab.start('neglected').")
    return found


def neglected(lab: Lab) -> None:
    """The company's account ten months on, in which nobody has tidied up.

    To the house (``house``) came a backup program, a website, a role to deploy with, a partner who
    fetches orders, a vendor who watches the machines, an auditor, and two people who have left.
    ``neglected_jobs`` has what works and has to go on working.
    """
    house(lab)
    iam = lab.root.client("iam")
    _people(lab, iam)
    _program(lab, iam)
    _buckets(lab)
    _machines(lab, iam)
    _outsiders(lab, iam)
    _trail(lab)
    root = _roots_key(lab, iam)
    lab.clock.advance(days=PROJECT_DAYS)
    contractor, intern = newest_key(lab, CONTRACTOR), newest_key(lab, INTERN)
    for caller in (contractor, intern, root):
        caller.client("s3").list_buckets()
    for name, password in LEFT.items():
        lab.sign_in(name, password)
    lab.clock.advance(days=QUIET_DAYS)
    run_jobs(lab)
    lab.account.own["neglected"] = Leaked(
        root, contractor, intern, newest_key(lab, PROGRAM), PASSWORDS["admin"]
    )


# People ------------------------------------------------------------------------------------------


def _people(lab: Lab, iam: Any) -> None:
    iam.put_group_policy(
        GroupName="analysts",
        PolicyName="WriteReports",
        PolicyDocument=document(_allow("s3:PutObject", f"arn:aws:s3:::{REPORTS}/*")),
    )
    iam.create_group(GroupName="developers")
    iam.attach_group_policy(GroupName="developers", PolicyArn=POWER_USER)
    for name, group in ((CONTRACTOR, "developers"), (INTERN, "analysts")):
        iam.create_user(UserName=name)
        iam.add_user_to_group(GroupName=group, UserName=name)
        iam.create_login_profile(UserName=name, Password=LEFT[name])
        iam.create_access_key(UserName=name)
    iam.create_user(UserName="auditor")
    iam.attach_user_policy(UserName="auditor", PolicyArn=SECURITY_AUDIT)
    iam.create_login_profile(UserName="auditor", Password=AUDITORS_PASSWORD)


def _program(lab: Lab, iam: Any) -> None:
    """The backup program, which may do everything."""
    iam.create_user(UserName=PROGRAM)
    iam.create_access_key(UserName=PROGRAM)
    iam.put_user_policy(
        UserName=PROGRAM, PolicyName="Everything", PolicyDocument=document(_allow("*", "*"))
    )


def _roots_key(lab: Lab, iam: Any) -> Caller:
    key = iam.create_access_key()["AccessKey"]
    return Caller("root", lab.root.arn, key["AccessKeyId"], key["SecretAccessKey"])


# Buckets -----------------------------------------------------------------------------------------


def _buckets(lab: Lab) -> None:
    s3 = lab.root.client("s3")
    for bucket in (BACKUPS, CONFIG, REPORTS):
        s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=CONFIG, Key=SITE, Body=b'{"theme": "green"}\n')
    # The partner could not read it, so it was opened until they could: in both ways.
    s3.create_bucket(Bucket=EXCHANGE, ObjectOwnership="BucketOwnerPreferred")
    s3.delete_public_access_block(Bucket=EXCHANGE)
    s3.put_bucket_acl(Bucket=EXCHANGE, ACL="public-read")
    files = f"arn:aws:s3:::{EXCHANGE}/*"
    s3.put_bucket_policy(
        Bucket=EXCHANGE, Policy=document(_allow("s3:GetObject", files) | {"Principal": "*"})
    )
    for key, body in (
        (ORDERS, b"order,items\n1001,3\n"),
        (CUSTOMERS, b"name,email\nAnn,ann@example.com\n"),
        (DUMP, b"INSERT INTO customers VALUES ('Ann');\n"),
    ):
        s3.put_object(Bucket=EXCHANGE, Key=key, Body=body)


# Machines ----------------------------------------------------------------------------------------


def _machines(lab: Lab, iam: Any) -> None:
    """The website's machine, which everybody may try to sign in to, and the backup program's."""
    ec2 = lab.root.client("ec2")
    iam.create_role(RoleName="web-server", AssumeRolePolicyDocument=_trust({"Service": EC2}))
    iam.put_role_policy(
        RoleName="web-server",
        PolicyName="ReadConfig",
        PolicyDocument=document(_allow("s3:GetObject", f"arn:aws:s3:::{CONFIG}/*")),
    )
    iam.create_instance_profile(InstanceProfileName="web-server")
    iam.add_role_to_instance_profile(InstanceProfileName="web-server", RoleName="web-server")
    open_, closed = (
        ec2.create_security_group(GroupName=name, Description=name)["GroupId"]
        for name in (WEB, PROGRAM)
    )
    ec2.authorize_security_group_ingress(
        GroupId=open_,
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": port,
                "ToPort": port,
                "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
            }
            for port in (SSH, HTTPS, REMOTE_DESKTOP)
        ],
    )
    start_instance(ec2, WEB, open_, IamInstanceProfile={"Name": "web-server"})
    start_instance(ec2, PROGRAM, closed)


EC2 = "ec2.amazonaws.com"


# Who comes from outside --------------------------------------------------------------------------


def _outsiders(lab: Lab, iam: Any) -> None:
    """The role to deploy with, which anyone may assume, and the vendor's; both companies' users."""
    iam.create_role(
        RoleName=DEPLOY,
        Description="The administrator deploys the website with it.",
        AssumeRolePolicyDocument=_trust({"AWS": "*"}),
    )
    iam.put_role_policy(
        RoleName=DEPLOY,
        PolicyName="Deploy",
        PolicyDocument=document(_allow(["ec2:*", "s3:*"], "*")),
    )
    iam.create_role(
        RoleName=MONITORING,
        Description=f"The vendor lists our machines. External id, as agreed: {VENDORS_ID}",
        AssumeRolePolicyDocument=_trust({"AWS": f"arn:aws:iam::{VENDOR}:root"}),
    )
    iam.attach_role_policy(RoleName=MONITORING, PolicyArn=ADMINISTRATOR_ACCESS)
    theirs = {
        PARTNER: ("Example Partner", _allow("s3:GetObject", f"arn:aws:s3:::{EXCHANGE}/*")),
        VENDOR: ("Example Monitoring", _allow("sts:AssumeRole", "*")),
    }
    for account, (name, allowed) in theirs.items():
        outside = lab.add_account(account, name).root.client("iam")
        outside.create_user(UserName="service")
        outside.create_access_key(UserName="service")
        outside.put_user_policy(
            UserName="service", PolicyName="Service", PolicyDocument=document(allowed)
        )


# The trail ---------------------------------------------------------------------------------------


def _trail(lab: Lab) -> None:
    """A trail of one Region, whose files nobody could prove unchanged."""
    s3 = lab.root.client("s3")
    s3.create_bucket(Bucket=LOGS)
    service = {"Principal": {"Service": "cloudtrail.amazonaws.com"}}
    arn = f"arn:aws:s3:::{LOGS}"
    s3.put_bucket_policy(
        Bucket=LOGS,
        Policy=document(
            _allow("s3:GetBucketAcl", arn) | service, _allow("s3:PutObject", f"{arn}/*") | service
        ),
    )
    cloudtrail = lab.root.client("cloudtrail")
    cloudtrail.create_trail(Name=TRAIL, S3BucketName=LOGS)
    cloudtrail.start_logging(Name=TRAIL)


# Small words -------------------------------------------------------------------------------------


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _allow(action: str | list[str], resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def _trust(principal: dict[str, str]) -> str:
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
