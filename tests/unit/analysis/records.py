"""CloudTrail records and authorization details in small."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

ACCOUNT = "111122223333"
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
ANN = f"arn:aws:iam::{ACCOUNT}:user/ann"
OPS = f"arn:aws:iam::{ACCOUNT}:role/team/ops"


def by_user(name: str = "ann") -> dict[str, Any]:
    return {
        "type": "IAMUser",
        "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
        "accountId": ACCOUNT,
        "userName": name,
        "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
    }


def by_role(session: str = "ann") -> dict[str, Any]:
    return {
        "type": "AssumedRole",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/{session}",
        "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "sessionContext": {"sessionIssuer": {"type": "Role", "arn": OPS}},
    }


def record(
    source: str,
    name: str,
    identity: Any = None,
    *,
    days: float = 0,
    error: str | None = None,
    **others: Any,
) -> dict[str, Any]:
    """A record, some days after noon."""
    at = NOON + timedelta(days=days)
    made = {
        "eventTime": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "eventType": "AwsApiCall",
        "userIdentity": by_user() if identity is None else identity,
        "recipientAccountId": ACCOUNT,
        **others,
    }
    if error is not None:
        made["errorCode"] = error
    return made


def allowing(*actions: str, **others: Any) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*", **others}],
    }


def details(*documents: dict[str, Any], **others: Any) -> dict[str, Any]:
    """Authorization details of one user, ann, with inline policies p0, p1, …"""
    user = {
        "Arn": ANN,
        "UserName": "ann",
        "Path": "/",
        "CreateDate": NOON.isoformat(),
        "UserPolicyList": [
            {"PolicyName": f"p{number}", "PolicyDocument": document}
            for number, document in enumerate(documents)
        ],
        **others,
    }
    return {"UserDetailList": [user], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
