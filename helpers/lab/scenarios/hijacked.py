"""The scenario "hijacked": a leaked key, and the night in which it was used to mine.

Everything is done by calls of boto3: the company's week, and what a thief did on Sunday night with
the administrator's access key. The steps are those that were seen in real accounts.

AWS pages: https://repost.aws/knowledge-center/potential-account-compromise,
https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-types-ec2.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from helpers.lab.caller import Caller
from helpers.lab.context import SOURCE_IP
from helpers.lab.scenarios.house import ADMINISTRATOR_ACCESS, house
from helpers.lab.services.service_quotas import grant
from helpers.lab.services.support import Case, desk

if TYPE_CHECKING:
    from helpers.lab.lab import Lab

THIEF_IP, SECOND_IP = "198.51.100.23", "192.0.2.140"
"""Where the thief calls from: addresses kept for documentation."""
THIEF_ACCOUNT = "999988887777"
"""The thief's own account."""

OFFICE_TOOL = "aws-cli/2.31.9"
THIEF_TOOL = "python-requests/2.32.3"
"""What the programs say of themselves."""

IMAGE = "ami-04681a1dbd79675a5"
REGIONS = ("us-west-2", "eu-west-1", "ap-southeast-2")
"""Where the thief's machines run. The company works in us-east-1."""

CPU, GPU = "c6i.8xlarge", "g4dn.12xlarge"
GPU_QUOTA = {"ServiceCode": "ec2", "QuotaCode": "L-DB2E81BA"}
BACKUP, SUPPORT, DEPLOY = "svc-backup", "support-access", "deploy"
BACKUP_PASSWORD = "Nightly-Backup-2026!"
ENTERED, MORNING = timedelta(days=6, hours=12, minutes=40), timedelta(days=6, hours=23)
"""When the key is first used and when the learner comes in, from the account's first hour on."""

HOURS_12, HOURS_36 = 43_200, 129_600


@dataclass
class Loot:
    """All that the thief holds when the learner comes in."""

    leaked: Caller
    """The administrator's access key."""
    session: Caller
    """The administrator's, of GetSessionToken."""
    deploy: Caller
    """A session of the role "deploy"."""
    backup: Caller
    """The key of the user that the thief made."""
    analyst: Caller
    """A second key of the analyst's."""
    outside: Caller
    """A user of the thief's own account."""
    support: Caller
    """A session of the role that the thief made."""
    entered: datetime
    """When the leaked key was first used."""
    morning: datetime
    """When the learner comes in."""

    @property
    def keys(self) -> frozenset[str]:
        """The access keys of this account, no sessions, that the thief has."""
        return frozenset(k.access_key_id for k in (self.leaked, self.backup, self.analyst))


def loot(lab: Lab) -> Loot:
    """What the thief holds. Raises ``LookupError`` in an account where nobody broke in."""
    found = lab.account.own.get("hijacked")
    if not isinstance(found, Loot):
        raise LookupError("Nobody broke in here: start the account with Lab.start('hijacked').")
    return found


def hijacked(lab: Lab) -> None:
    """The company's account on a Monday morning, after a night in a thief's hands.

    A week before there was the house (``house``), the role ``deploy``, which the administrator
    assumes, and a small server in us-east-1. On Sunday at 21:40 the administrator's access key,
    which had leaked, is used from elsewhere.
    """
    began = lab.clock.now

    def at(**since: float) -> None:
        step = began + timedelta(**since) - lab.clock.now
        lab.clock.advance(seconds=step.total_seconds())

    house(lab)
    _week(lab, at)
    _night(lab, at)
    at(seconds=MORNING.total_seconds())
    desk(lab.account).reply = answer_of_support


# The company's week --------------------------------------------------------------------------


def make_deploy(lab: Lab) -> None:
    """The role with which the administrator updates the company's server."""
    iam = lab.root.client("iam")
    iam.create_role(
        RoleName=DEPLOY,
        AssumeRolePolicyDocument=_document("sts:AssumeRole", who=_arn(lab, "user/admin")),
        MaxSessionDuration=HOURS_12,
    )
    iam.put_role_policy(RoleName=DEPLOY, PolicyName="Deploy", PolicyDocument=_document("ec2:*"))


def start_server(caller: Caller) -> None:
    """The company's own server, small, and with a name."""
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "reports"}]}]
    _run(caller, "us-east-1", "t3.small", TagSpecifications=tags)


def _week(lab: Lab, at: Callable[..., None]) -> None:
    make_deploy(lab)
    admin = lab.caller("admin").at(SOURCE_IP, OFFICE_TOOL)
    analyst = lab.caller("analyst").at(SOURCE_IP, OFFICE_TOOL)
    for day in range(5):
        at(days=day, hours=1)
        analyst.client("s3").list_buckets()
        analyst.client("s3").get_object(Bucket="payroll", Key="2026.csv")
        if day == 1:
            start_server(admin)
        if day == 3:
            assumed(lab, admin, DEPLOY).client("ec2").describe_instances()


# The thief's night ---------------------------------------------------------------------------


def _night(lab: Lab, at: Callable[..., None]) -> None:
    at(seconds=ENTERED.total_seconds())
    leaked = lab.caller("admin").at(THIEF_IP, THIEF_TOOL)
    entered = lab.clock.now
    iam = leaked.client("iam")
    leaked.client("sts").get_caller_identity()
    iam.list_users()
    at(days=6, hours=12, minutes=42)
    for region in REGIONS:
        leaked.client("service-quotas", region_name=region).get_service_quota(**GPU_QUOTA)
    at(days=6, hours=12, minutes=44)
    for region in REGIONS:
        _refused(_run, leaked, region, CPU, DryRun=True)

    at(days=6, hours=12, minutes=46)
    token = leaked.client("sts").get_session_token(DurationSeconds=HOURS_36)["Credentials"]
    session = _of(token, "admin", leaked.arn).at(THIEF_IP, THIEF_TOOL)
    backup = _make_user(lab, iam)
    analyst = _key(lab, iam.create_access_key(UserName="analyst")["AccessKey"])
    at(days=6, hours=12, minutes=48)
    _make_role(iam)

    at(days=6, hours=12, minutes=50)
    _run(leaked, "us-west-2", CPU)
    deploy = assumed(lab, leaked, DEPLOY)
    _run(deploy, "eu-west-1", CPU)
    _run(session, "ap-southeast-2", CPU)
    at(days=6, hours=12, minutes=55)
    for region, vcpus in (("us-west-2", 192.0), ("ap-southeast-2", 96.0)):
        _refused(_run, deploy, region, GPU)
        quotas = backup.client("service-quotas", region_name=region)
        quotas.request_service_quota_increase(**GPU_QUOTA, DesiredValue=vcpus)

    at(days=6, hours=13, minutes=30)
    outside = _outsider(lab)
    support = assumed(lab, outside, SUPPORT)
    at(days=6, hours=15)
    grant(lab.account, lab.clock.now)
    at(days=6, hours=15, minutes=15)
    _run(backup, "us-west-2", GPU, 4, DisableApiTermination=True)
    at(days=6, hours=18, minutes=30)
    _run(support, "ap-southeast-2", GPU, 2, DisableApiTermination=True)
    lab.account.own["hijacked"] = Loot(
        leaked,
        session,
        deploy,
        backup,
        analyst,
        outside,
        support,
        entered,
        morning=entered - ENTERED + MORNING,
    )


def _make_user(lab: Lab, iam: Any) -> Caller:
    iam.create_user(UserName=BACKUP)
    iam.attach_user_policy(UserName=BACKUP, PolicyArn=ADMINISTRATOR_ACCESS)
    iam.create_login_profile(UserName=BACKUP, Password=BACKUP_PASSWORD)
    return _key(lab, iam.create_access_key(UserName=BACKUP)["AccessKey"])


def _make_role(iam: Any) -> None:
    iam.create_role(
        RoleName=SUPPORT,
        AssumeRolePolicyDocument=_document("sts:AssumeRole", who=THIEF_ACCOUNT),
        MaxSessionDuration=HOURS_12,
    )
    iam.attach_role_policy(RoleName=SUPPORT, PolicyArn=ADMINISTRATOR_ACCESS)


def _outsider(lab: Lab) -> Caller:
    """Somebody in the thief's own account."""
    theirs = lab.add_account(THIEF_ACCOUNT, "Somebody else")
    iam = theirs.root.client("iam")
    iam.create_user(UserName="ops")
    iam.attach_user_policy(UserName="ops", PolicyArn=ADMINISTRATOR_ACCESS)
    return theirs.caller("ops").at(SECOND_IP, THIEF_TOOL)


# Small words -----------------------------------------------------------------------------------


def _document(action: str, who: str | None = None) -> str:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": action}
    if who is None:
        statement["Resource"] = "*"
    else:
        statement["Principal"] = {"AWS": who}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _arn(lab: Lab, name: str) -> str:
    return f"arn:aws:iam::{lab.account.id}:{name}"


def _run(caller: Caller, region: str, kind: str, count: int = 1, **others: Any) -> None:
    ec2 = caller.client("ec2", region_name=region)
    ec2.run_instances(ImageId=IMAGE, InstanceType=kind, MinCount=count, MaxCount=count, **others)


def _refused(function: Callable[..., Any], *args: Any, **parameters: Any) -> None:
    """Make a call that the account refuses, and answers with DryRun at best."""
    try:
        function(*args, **parameters)
    except ClientError:
        return
    raise AssertionError("the account did what it was to refuse")


def _key(lab: Lab, key: Any) -> Caller:
    name = key["UserName"]
    found = Caller(name, _arn(lab, f"user/{name}"), key["AccessKeyId"], key["SecretAccessKey"])
    return found.at(SECOND_IP, THIEF_TOOL)


def _of(credentials: Any, name: str, arn: str) -> Caller:
    return Caller(
        name,
        arn,
        credentials["AccessKeyId"],
        credentials["SecretAccessKey"],
        credentials["SessionToken"],
        credentials["Expiration"],
    )


def assumed(lab: Lab, caller: Caller, role: str) -> Caller:
    """A session of a role, in the hands of whoever assumed it."""
    answer = caller.client("sts").assume_role(
        RoleArn=_arn(lab, f"role/{role}"), RoleSessionName=role, DurationSeconds=HOURS_12
    )
    found = _of(answer["Credentials"], role, answer["AssumedRoleUser"]["Arn"])
    return found.at(caller.source_ip or SOURCE_IP, caller.user_agent)


# AWS Support --------------------------------------------------------------------------------------


def answer_of_support(case: Case) -> str:
    """What AWS Support writes back to who reports the break-in."""
    return (
        f"Thank you for writing to AWS Support about “{case.subject}”.\n\n"
        "This account lives inside a notebook, and nobody at AWS reads this. In an account of "
        "your own, Support would now ask you to confirm what you did: that the exposed access "
        "key is replaced and deleted, that unknown users, roles and keys are gone, that no "
        "unknown resource is left in any Region, and that the root user has a new password and "
        "MFA. Answer each point in this case.\n\n"
        "Once the account is secure, ask here about the charges. AWS looks at each case by "
        "itself; nobody can promise you the outcome.\n\n"
        "Kind regards,\nAWS Support"
    )
