"""Requests and policies to begin with, most of them out of the notebooks."""

from __future__ import annotations

from typing import Any

from helpers.policy import PolicyType
from helpers.policy.simulation import WITH_MFA, Simulation, WrittenPolicy

__all__ = ["EXAMPLES", "PRESETS"]

ACCOUNT = "111122223333"
MEMBER = "777788889999"
PARTNER = "444455556666"


def _user(name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{account}:user/{name}"


def _document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _policy(type_: PolicyType, name: str, *statements: dict[str, Any]) -> WrittenPolicy:
    return WrittenPolicy(type_, name, _document(*statements))


EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}

ADMINISTRATOR = _policy(PolicyType.IDENTITY, "AdministratorAccess", EVERYTHING)

READ_PAYROLL = _policy(
    PolicyType.IDENTITY,
    "ReadPayroll",
    {
        "Sid": "SeeTheBuckets",
        "Effect": "Allow",
        "Action": "s3:ListAllMyBuckets",
        "Resource": "*",
    },
    {
        "Sid": "ReadPayroll",
        "Effect": "Allow",
        "Action": ["s3:ListBucket", "s3:GetObject"],
        "Resource": ["arn:aws:s3:::payroll", "arn:aws:s3:::payroll/*"],
    },
)

CLOSED = _policy(
    PolicyType.IDENTITY,
    "Closed",
    {
        "Sid": "LastYearIsClosed",
        "Effect": "Deny",
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::payroll/2025.csv",
    },
)

DENY_WITHOUT_MFA = _policy(
    PolicyType.IDENTITY,
    "DenyAllExceptListedIfNoMFA",
    {
        "Sid": "DenyAllExceptListedIfNoMFA",
        "Effect": "Deny",
        "NotAction": [
            "iam:CreateVirtualMFADevice",
            "iam:EnableMFADevice",
            "iam:GetUser",
            "iam:ListMFADevices",
            "iam:ListVirtualMFADevices",
            "iam:ResyncMFADevice",
            "sts:GetSessionToken",
        ],
        "Resource": "*",
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    },
)

RECENT_MFA = _policy(
    PolicyType.IDENTITY,
    "DeleteSoonAfterMFA",
    {
        "Sid": "DeleteSoonAfterMFA",
        "Effect": "Allow",
        "Action": "s3:DeleteObject",
        "Resource": "arn:aws:s3:::payroll/*",
        "Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "600"}},
    },
)

ONLY_S3 = _policy(
    PolicyType.BOUNDARY, "OnlyS3", {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
)

FULL_ACCESS = _policy(PolicyType.SERVICE_CONTROL, "FullAWSAccess", EVERYTHING)

NO_USERS = _policy(
    PolicyType.SERVICE_CONTROL,
    "NoUsers",
    {"Sid": "NoUsersHere", "Effect": "Deny", "Action": "iam:CreateUser", "Resource": "*"},
)

ONE_FILE = _policy(
    PolicyType.SESSION,
    "one_file",
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::payroll/2026.csv"},
)

NOT_THE_WEB_TEAM = _policy(
    PolicyType.IDENTITY,
    "NotTheWebTeam",
    {
        "Sid": "EverybodyElse",
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::payroll/*",
        "Condition": {"StringNotEquals": {"aws:PrincipalTag/team": "web"}},
    },
)

NOTES = _policy(
    PolicyType.RESOURCE,
    "payroll",
    {
        "Sid": "TheAnalystMayWrite",
        "Effect": "Allow",
        "Principal": {"AWS": _user("analyst")},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::payroll/notes/*",
    },
)

ORDERS = _policy(
    PolicyType.RESOURCE,
    "exchange",
    {
        "Sid": "ThePartnerReadsOrders",
        "Effect": "Allow",
        "Principal": {"AWS": PARTNER},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::exchange/orders/*",
    },
)

# One digit of the company's own account is wrong.
FENCED = _policy(
    PolicyType.RESOURCE,
    "exchange",
    {
        "Sid": "OnlyTheTwoAccounts",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::exchange", "arn:aws:s3:::exchange/*"],
        "Condition": {"StringNotEquals": {"aws:PrincipalAccount": ["111122223330", PARTNER]}},
    },
)

DEFAULT_REGION = "eu-central-1"


def _asked(
    principal: str, action: str, resource: str, *policies: WrittenPolicy, **more: str
) -> Simulation:
    """A request at one time from one address, for the rest as it is said."""
    usual = {
        "source_ip": "203.0.113.10",
        "region": DEFAULT_REGION,
        "time": "2026-11-02T09:00:00Z",
    }
    return Simulation(
        principal=principal,
        action=action,
        resource=resource,
        policies=policies,
        **{**usual, **more},  # type: ignore[arg-type]
    )


PRESETS = {
    "explicit deny": _asked(
        _user("analyst"), "s3:GetObject", "arn:aws:s3:::payroll/2025.csv", READ_PAYROLL, CLOSED
    ),
    "deny without MFA": _asked(
        _user("admin"), "s3:ListAllMyBuckets", "*", ADMINISTRATOR, DENY_WITHOUT_MFA
    ),
    "MFA a while ago": _asked(
        _user("analyst"),
        "s3:DeleteObject",
        "arn:aws:s3:::payroll/2025.csv",
        RECENT_MFA,
        mfa=WITH_MFA,
        mfa_age="3600",
    ),
    "missing condition key": _asked(
        _user("analyst"), "s3:GetObject", "arn:aws:s3:::payroll/2026.csv", NOT_THE_WEB_TEAM
    ),
    "permissions boundary": _asked(
        _user("admin"), "iam:ListUsers", "*", ADMINISTRATOR, ONLY_S3, region="us-east-1"
    ),
    "service control policy": _asked(
        f"arn:aws:sts::{MEMBER}:assumed-role/OrganizationAccountAccessRole/admin",
        "iam:CreateUser",
        f"arn:aws:iam::{MEMBER}:user/sam",
        FULL_ACCESS,
        NO_USERS,
        ADMINISTRATOR,
        region="us-east-1",
    ),
    "session policy": _asked(
        f"arn:aws:sts::{ACCOUNT}:federated-user/contractor",
        "s3:GetObject",
        "arn:aws:s3:::payroll/2025.csv",
        ADMINISTRATOR,
        ONE_FILE,
    ),
    "bucket policy": _asked(
        _user("analyst"),
        "s3:PutObject",
        "arn:aws:s3:::payroll/notes/today.txt",
        READ_PAYROLL,
        NOTES,
    ),
    "bucket policy of another account": _asked(
        _user("clerk", PARTNER),
        "s3:GetObject",
        "arn:aws:s3:::exchange/orders/1.csv",
        ORDERS,
        resource_account=ACCOUNT,
    ),
    "locked out by a bucket policy": _asked(
        _user("admin"), "s3:GetObject", "arn:aws:s3:::exchange/orders/1.csv", ADMINISTRATOR, FENCED
    ),
}
"""Name → simulation."""

_ONE_OBJECT = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::payroll/*"}

EXAMPLES: dict[PolicyType, dict[str, Any]] = {
    PolicyType.IDENTITY: _document(_ONE_OBJECT),
    PolicyType.RESOURCE: _document({**_ONE_OBJECT, "Principal": {"AWS": ACCOUNT}}),
    PolicyType.BOUNDARY: _document({**_ONE_OBJECT, "Action": "s3:*", "Resource": "*"}),
    PolicyType.SESSION: _document(_ONE_OBJECT),
    PolicyType.SERVICE_CONTROL: _document(EVERYTHING),
    PolicyType.RESOURCE_CONTROL: _document({**EVERYTHING, "Principal": "*"}),
}
"""What a policy that is added says at first."""
