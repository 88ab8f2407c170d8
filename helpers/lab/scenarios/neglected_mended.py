"""The neglected account mended, round by round, as the notebooks before teach it.

Each round may be done again, and begins with whatever the account is like by then. It is one way of
many: keys are made inactive and not deleted, people keep their users.

AWS pages: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pyotp
from botocore.exceptions import ClientError

from helpers.lab.scenarios.house import ADMINISTRATOR_ACCESS
from helpers.lab.scenarios.neglected import (
    CONTRACTOR,
    INTERN,
    REMOTE_DESKTOP,
    SSH,
    TRAIL,
    document,
)
from helpers.lab.scenarios.neglected_jobs import (
    BACKUPS,
    DEPLOY,
    EXCHANGE,
    MONITORING,
    PARTNER,
    PROGRAM,
    VENDOR,
    VENDORS_ID,
    WEB,
)
from helpers.lab.services.s3_buckets import ALL_ON

if TYPE_CHECKING:
    from helpers.lab.lab import Lab

PEOPLE, LEAVERS = ("admin", "analyst", "auditor"), (CONTRACTOR, INTERN)
LENGTH, REMEMBERED = 14, 24
"""Characters of a password, and how many former ones it must differ from."""

EC2_READ_ONLY = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"
ANALYZER = "outside"


def mend(lab: Lab, rounds: int) -> None:
    """The first so many rounds, one after the other; a call that is refused is passed over."""
    for each in ROUNDS[:rounds]:
        each(lab)


def root_and_people(lab: Lab) -> None:
    """Root's key goes, everybody who works gets MFA, who left is out, old keys are off."""
    iam = lab.root.client("iam")
    for key in iam.list_access_keys()["AccessKeyMetadata"]:
        iam.delete_access_key(AccessKeyId=key["AccessKeyId"])
    for name in ("root", *PEOPLE):
        _enrol(lab, iam, name)
    for name in LEAVERS:
        _tried(iam.delete_login_profile, UserName=name)
    for name in (*LEAVERS, "admin", "analyst"):
        _keys_off(iam, name)
    iam.update_account_password_policy(
        MinimumPasswordLength=LENGTH, PasswordReusePrevention=REMEMBERED
    )


def programs_and_roles(lab: Lab) -> None:
    """The backup program gets a new key and its work alone; roles trust whom they are for."""
    iam = lab.root.client("iam")
    _new_key(iam, PROGRAM)
    work = {
        "s3:ListBucket": "arn:aws:s3:::payroll",
        "s3:GetObject": "arn:aws:s3:::payroll/*",
        "s3:PutObject": f"arn:aws:s3:::{BACKUPS}/*",
    }
    statements = [
        {"Effect": "Allow", "Action": action, "Resource": resource}
        for action, resource in work.items()
    ]
    _tried(
        iam.put_user_policy,
        UserName=PROGRAM,
        PolicyName="Work",
        PolicyDocument=document(*statements),
    )
    _tried(iam.delete_user_policy, UserName=PROGRAM, PolicyName="Everything")
    _trust(iam, DEPLOY, f"arn:aws:iam::{lab.account.id}:user/admin")
    external = {"StringEquals": {"sts:ExternalId": VENDORS_ID}}
    _trust(iam, MONITORING, f"arn:aws:iam::{VENDOR}:root", Condition=external)
    _tried(iam.attach_role_policy, RoleName=MONITORING, PolicyArn=EC2_READ_ONLY)
    _tried(iam.detach_role_policy, RoleName=MONITORING, PolicyArn=ADMINISTRATOR_ACCESS)


def record_and_watch(lab: Lab) -> None:
    """The trail records every Region and its files can be proved; analyzers; a contact."""
    cloudtrail = lab.root.client("cloudtrail")
    _tried(
        cloudtrail.update_trail,
        Name=TRAIL,
        IsMultiRegionTrail=True,
        EnableLogFileValidation=True,
    )
    _tried(cloudtrail.start_logging, Name=TRAIL)
    for region in lab.root.client("ec2").describe_regions()["Regions"]:
        analyzer = lab.root.client("accessanalyzer", region_name=region["RegionName"])
        if not analyzer.list_analyzers(type="ACCOUNT")["analyzers"]:
            analyzer.create_analyzer(analyzerName=ANALYZER, type="ACCOUNT")
    lab.root.client("account").put_alternate_contact(
        AlternateContactType="SECURITY",
        Name="Security",
        Title="Team",
        EmailAddress="security@example.com",
        PhoneNumber="+15555550101",
    )


def buckets_and_network(lab: Lab) -> None:
    """The partner alone reads the orders alone; nothing is public; two ports are closed."""
    s3, ec2 = lab.root.client("s3"), lab.root.client("ec2")
    orders = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{PARTNER}:root"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{EXCHANGE}/orders/*",
    }
    _tried(s3.put_bucket_policy, Bucket=EXCHANGE, Policy=document(orders))
    lab.root.client("s3control").put_public_access_block(
        AccountId=lab.account.id, PublicAccessBlockConfiguration=ALL_ON
    )
    named = [{"Name": "group-name", "Values": [WEB]}]
    for group in ec2.describe_security_groups(Filters=named)["SecurityGroups"]:
        for port in (SSH, REMOTE_DESKTOP):
            _tried(
                ec2.revoke_security_group_ingress,
                GroupId=group["GroupId"],
                IpProtocol="tcp",
                FromPort=port,
                ToPort=port,
                CidrIp="0.0.0.0/0",
            )


ROUNDS: tuple[Callable[[Lab], None], ...] = (
    root_and_people,
    programs_and_roles,
    record_and_watch,
    buckets_and_network,
)


# Small words -------------------------------------------------------------------------------------


def _tried(call: Callable[..., Any], **parameters: Any) -> Any:
    """A call that may find nothing to do any more."""
    try:
        return call(**parameters)
    except ClientError:
        return None


def _enrol(lab: Lab, iam: Any, name: str) -> None:
    if any(
        device["User"]["Arn"].endswith(f":{name}" if name == "root" else f":user/{name}")
        for device in iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"]
    ):
        return
    made = _tried(iam.create_virtual_mfa_device, VirtualMFADeviceName=f"{name}-phone")
    if made is None:
        return
    device = made["VirtualMFADevice"]
    app = pyotp.TOTP(device["Base32StringSeed"].decode())
    _tried(
        iam.enable_mfa_device,
        UserName=name,
        SerialNumber=device["SerialNumber"],
        AuthenticationCode1=app.at(lab.clock.now),
        AuthenticationCode2=app.at(lab.clock.now, counter_offset=1),
    )


def _keys_of(iam: Any, name: str) -> list[dict[str, str]]:
    found = _tried(iam.list_access_keys, UserName=name) or {"AccessKeyMetadata": []}
    return [
        {"UserName": name, "AccessKeyId": key["AccessKeyId"], "Status": key["Status"]}
        for key in found["AccessKeyMetadata"]
    ]


def _keys_off(iam: Any, name: str) -> None:
    for key in _keys_of(iam, name):
        iam.update_access_key(**{**key, "Status": "Inactive"})


def _new_key(iam: Any, name: str) -> None:
    """A key in the place of the others; one that was off already makes room for it."""
    for key in _keys_of(iam, name):
        if key.pop("Status") == "Inactive":
            iam.delete_access_key(**key)
    old = _keys_of(iam, name)
    _tried(iam.create_access_key, UserName=name)
    for key in old:
        iam.update_access_key(**{**key, "Status": "Inactive"})


def _trust(iam: Any, role: str, principal: str, **condition: Any) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    _tried(
        iam.update_assume_role_policy,
        RoleName=role,
        PolicyDocument=document({**statement, **condition}),
    )
