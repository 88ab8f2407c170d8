"""AssumeRoot: acting as the root user of a member account, for one task, for fifteen minutes.

AWS pages: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html
"""

from __future__ import annotations

from typing import Any

from helpers.lab import seam
from helpers.lab.account import Account, Credential, PrincipalType
from helpers.lab.authorization.sts import root_arn
from helpers.lab.errors import AwsError
from helpers.lab.organization import IAM, RootFeature
from helpers.lab.policies import AS_ROOT
from helpers.lab.services.registry import Asked, answers
from helpers.lab.services.sts import credentials, new_session

LONGEST = 900

TASKS = frozenset(
    f"arn:aws:iam::aws:policy/root-task/{name}"
    for name in (
        "IAMAuditRootUserCredentials",
        "IAMCreateRootUserPassword",
        "IAMDeleteRootUserCredentials",
        "S3UnlockBucketPolicy",
        "SQSUnlockQueuePolicy",
    )
)
"""AWS's policies for such a session. Each denies all but its task, so that what the root user
may do is what is left."""


@answers("sts", "AssumeRoot")
def assume_root(asked: Asked) -> Any:
    arn = root_arn(asked.parameters["TargetPrincipal"])
    member = _member(asked, arn)
    task = (asked.parameters["TaskPolicyArn"] or {}).get("arn")
    if task not in TASKS:
        raise AwsError(
            "ValidationError", f"The task policy {task} is not one of a privileged root session."
        )
    caller = asked.principal.session
    session = new_session(
        member,
        _seconds(asked),
        asked.now,
        credential=Credential.ASSUMED_ROOT,
        principal_type=PrincipalType.ROOT,
        principal_arn=member.root.arn,
        identity_arn=member.root.arn,
        user_id=member.id,
        policies=(AS_ROOT, (task, seam.default_document(seam.policy(task, member.id)))),
        source_identity=caller.source_identity if caller is not None else None,
    )
    answer = {"Credentials": credentials(session)}
    if session.source_identity:
        answer["SourceIdentity"] = session.source_identity
    return answer


def _seconds(asked: Asked) -> int:
    seconds = asked.parameters.get("DurationSeconds")
    if seconds is None:
        return LONGEST
    if not 0 <= seconds <= LONGEST:
        bound = "greater than or equal to 0" if seconds < 0 else f"less than or equal to {LONGEST}"
        raise AwsError(
            "ValidationError",
            f"1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to "
            f"satisfy constraint: Member must have value {bound}",
        )
    return seconds


def _member(asked: Asked, arn: str) -> Account:
    """The account whose root user is asked for, if the caller may act as it at all.

    A root user may not; nor anybody outside the accounts that rule the root users of the
    organization; and the management account's own root user is out of reach.
    """
    organization = asked.world.organization_of(asked.account.id)
    target = next((a for a in asked.world.accounts.values() if a.root.arn == arn), None)
    may = (
        organization is not None
        and target is not None
        and not asked.principal.is_root
        and organization.rules_root_users(asked.account.id)
        and IAM in organization.trusted_services
        and RootFeature.SESSIONS in organization.root_features
        and target.id in organization.members
        and target.id != organization.management_id
    )
    if target is None or not may:
        raise AwsError(
            "AccessDenied",
            f"User: {asked.principal.arn} is not authorized to perform: sts:AssumeRoot on "
            f"resource: {arn}",
            403,
        )
    return target
