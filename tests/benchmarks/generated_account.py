"""Authorization details of an account that nobody has, of any size, the same each time."""

from __future__ import annotations

import random
from typing import Any

ACCOUNT = "111122223333"
ARN = f"arn:aws:iam::{ACCOUNT}"


def policy(action: str | list[str], resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def trust(**principal: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


MANAGED = {
    "Everything": policy("*"),
    "Reading": policy(["s3:Get*", "s3:List*", "ec2:Describe*", "iam:Get*", "iam:List*"]),
    "Developing": policy(["ec2:*", "lambda:*", "iam:PassRole"]),
    "Operating": policy("sts:AssumeRole", f"{ARN}:role/team-*"),
    "Helping": policy(["iam:CreateAccessKey", "iam:UpdateLoginProfile"], f"{ARN}:user/staff-*"),
    "OwnKeys": policy(["iam:CreateAccessKey"], f"{ARN}:user/${{aws:username}}"),
}
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def account(users: int = 400, roles: int = 100, groups: int = 20) -> dict[str, Any]:
    """``users`` and ``roles`` with a few policies each; every
    twentieth user is an administrator, and as many make keys for all."""
    choose = random.Random(20261125)
    arns = {name: f"{ARN}:policy/{name}" for name in MANAGED}

    def attached(*names: str) -> list[dict[str, str]]:
        return [{"PolicyName": name, "PolicyArn": arns[name]} for name in names]

    few = ("Everything", "Helping")
    ordinary = [name for name in MANAGED if name not in few]
    return {
        "UserDetailList": [
            {
                "UserName": f"staff-{n}",
                "UserId": f"AIDA{n:016d}",
                "Arn": f"{ARN}:user/staff-{n}",
                "Path": "/",
                "GroupList": [f"group-{choose.randrange(groups)}"],
                "UserPolicyList": [
                    {
                        "PolicyName": f"Own{n}",
                        "PolicyDocument": policy("s3:*", f"arn:aws:s3:::home-{n}/*"),
                    }
                ],
                "AttachedManagedPolicies": attached(
                    few[n // 10 % 2] if n % 10 == 0 else choose.choice(ordinary)
                ),
            }
            for n in range(users)
        ],
        "GroupDetailList": [
            {
                "GroupName": f"group-{n}",
                "Arn": f"{ARN}:group/group-{n}",
                "GroupPolicyList": [
                    {"PolicyName": "Mfa", "PolicyDocument": policy("kms:*", Condition=MFA)}
                ],
                "AttachedManagedPolicies": attached(choose.choice(ordinary)),
            }
            for n in range(groups)
        ],
        "RoleDetailList": [
            {
                "RoleName": f"team-{n}",
                "RoleId": f"AROA{n:016d}",
                "Arn": f"{ARN}:role/team-{n}",
                "Path": "/",
                "AssumeRolePolicyDocument": choose.choice(
                    [
                        trust(AWS=f"{ARN}:root"),
                        trust(Service="ec2.amazonaws.com"),
                        trust(Service="lambda.amazonaws.com"),
                        trust(AWS=f"{ARN}:role/team-{(n + 1) % roles}"),
                        trust(AWS=f"{ARN}:user/staff-{n}"),
                    ]
                ),
                "InstanceProfileList": [],
                "RolePolicyList": [],
                "AttachedManagedPolicies": attached(choose.choice([*ordinary, "Everything"])),
            }
            for n in range(roles)
        ],
        "Policies": [
            {
                "PolicyName": name,
                "Arn": arns[name],
                "DefaultVersionId": "v1",
                "PolicyVersionList": [
                    {"VersionId": "v1", "IsDefaultVersion": True, "Document": document}
                ],
            }
            for name, document in MANAGED.items()
        ],
    }
