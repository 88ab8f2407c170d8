"""The scenario "house": a small company's account."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helpers.lab.lab import Lab

ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"

PAYROLL = {
    "2025.csv": "month,employees,total\n2025-11,12,60480\n2025-12,12,61200\n",
    "2026.csv": "month,employees,total\n2026-09,14,70560\n2026-10,14,71400\n",
}
"""What lies in the bucket "payroll": made-up numbers."""


def house(lab: Lab) -> None:
    """A small company's account: an administrator, an analyst, a bucket with the payroll.

    The administrator is in the group ``administrators`` (AdministratorAccess), the analyst in
    ``analysts``, who may list the buckets and read the one called ``payroll``. Both have an
    access key and a console password; nobody has MFA.
    """
    iam = lab.root.client("iam")
    s3 = lab.root.client("s3")
    s3.create_bucket(Bucket="payroll")
    for key, body in PAYROLL.items():
        s3.put_object(Bucket="payroll", Key=key, Body=body.encode())
    iam.create_group(GroupName="administrators")
    iam.attach_group_policy(GroupName="administrators", PolicyArn=ADMINISTRATOR_ACCESS)
    iam.create_group(GroupName="analysts")
    iam.put_group_policy(
        GroupName="analysts", PolicyName="ReadPayroll", PolicyDocument=json.dumps(READ_PAYROLL)
    )
    for user, group in (("admin", "administrators"), ("analyst", "analysts")):
        iam.create_user(UserName=user)
        iam.add_user_to_group(GroupName=group, UserName=user)
        iam.create_login_profile(UserName=user, Password=PASSWORDS[user])
        iam.create_access_key(UserName=user)


READ_PAYROLL = {
    "Version": "2012-10-17",
    "Statement": [
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
    ],
}

PASSWORDS = {"admin": "correct-Horse-battery-7", "analyst": "quiet-Otter-violet-3"}
"""The console passwords of the house's users."""
