"""Last-accessed data: which of the services that somebody may use were tried, and when.

The data is that of the record: every attempt counts, a denied one too, over the last 400 days.
On AWS it usually appears within four hours; the lab shows it at once.

AWS pages: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html,
https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateServiceLastAccessedDetails.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from helpers.lab import seam
from helpers.lab.errors import AwsError
from helpers.lab.policies import identity_policies
from helpers.lab.services import iam_store as store
from helpers.lab.services.registry import Asked, answers
from helpers.lab.trail import Attempt
from helpers.policy import Policies, catalogue
from helpers.policy.expansion import effective_permissions

TRACKED = timedelta(days=400)
JOB_LIVES = timedelta(days=7)

LEVELS = ("SERVICE_LEVEL", "ACTION_LEVEL")

# Services whose actions report when they were last tried; of the others only the service is known.
ACTION_LEVEL_SERVICES = frozenset(
    {
        "access-analyzer", "account", "acm", "apigateway", "athena", "autoscaling", "backup",
        "budgets", "ce", "cloudformation", "cloudfront", "cloudtrail", "cloudwatch", "codebuild",
        "codecommit", "codepipeline", "cognito-identity", "cognito-idp", "config", "dynamodb",
        "ec2", "ecr", "ecs", "eks", "elasticache", "elasticbeanstalk", "elasticfilesystem",
        "elasticloadbalancing", "elasticmapreduce", "es", "events", "firehose", "glue",
        "guardduty", "iam", "inspector2", "kinesis", "kms", "lambda", "logs", "organizations",
        "rds", "redshift", "route53", "s3", "sagemaker", "secretsmanager", "securityhub", "ses",
        "sns", "sqs", "ssm", "states", "sts", "support", "waf", "wafv2",
    }
)  # fmt: skip

UNTRACKED = frozenset({"iam:PassRole"})
"""Actions that never report: the service that gets the role asks, nobody calls them."""

_ENTITY = re.compile(r"arn:aws:iam::(\d{12}|aws):(user|group|role|policy)/.+")


@dataclass(frozen=True)
class Member:
    """A user or role that a report is about, by itself or through a group or a policy."""

    arn: str
    name: str
    kind: str
    id: str
    path: str


@dataclass(frozen=True)
class Job:
    """A report that was asked for, with the answers of that moment."""

    id: str
    level: str
    at: datetime
    services: tuple[str, ...]
    actions: dict[str, tuple[str, ...]]
    members: tuple[Member, ...]
    attempts: tuple[Attempt, ...]


def _jobs(asked: Asked) -> dict[str, Job]:
    return asked.account.own.setdefault("iam.last-accessed", {})


@answers("iam", "GenerateServiceLastAccessedDetails")
def generate_service_last_accessed_details(asked: Asked) -> Any:
    arn = asked.parameters["Arn"]
    level = asked.parameters.get("Granularity") or LEVELS[0]
    if level not in LEVELS:
        raise AwsError(
            "ValidationError",
            f"1 validation error detected: Value '{level}' at 'granularity' failed to satisfy "
            "constraint: Member must satisfy enum value set: [SERVICE_LEVEL, ACTION_LEVEL]",
        )
    documents, members = _of_arn(asked, arn)
    actions = _granted(tuple(documents))
    ids = {(member.arn, member.id) for member in members}
    oldest = asked.now - TRACKED
    job = Job(
        id=_new_id(asked),
        level=level,
        at=asked.now,
        services=tuple(sorted(actions)),
        actions=actions,
        members=tuple(members),
        attempts=tuple(
            attempt
            for attempt in asked.world.trail.attempts
            if (attempt.entity, attempt.entity_id) in ids and attempt.at >= oldest
        ),
    )
    jobs = _jobs(asked)
    for old in [one.id for one in jobs.values() if asked.now - one.at > JOB_LIVES]:
        del jobs[old]
    jobs[job.id] = job
    return {"JobId": job.id}


def _new_id(asked: Asked) -> str:
    return asked.world.trail.new_request_id("iam")[0]


@lru_cache(maxsize=8)
def _granted(documents: tuple[tuple[str, str], ...]) -> Mapping[str, tuple[str, ...]]:
    """Service → the actions that policies grant, in order. Many have the same policies, and what
    allows everything takes a while to write out."""
    found: dict[str, set[str]] = {}
    for row in effective_permissions(Policies(identity=list(documents))) if documents else ():
        if row.policy is not None:  # what AWS gives to everybody is no permission of theirs
            found.setdefault(row.service, set()).add(row.action)
    return {service: tuple(sorted(names)) for service, names in found.items()}


def _of_arn(asked: Asked, arn: str) -> tuple[list[tuple[str, str]], list[Member]]:
    """The policies that a report goes by, and the users and roles that it is about."""
    match = _ENTITY.fullmatch(arn)
    if match is None:
        raise store.invalid_input(f"Invalid ARN: {arn}")
    account, kind = match.groups()
    users, roles = list(asked.iam.users.values()), list(asked.iam.roles.values())
    if account in (asked.account.id, "aws"):
        if kind == "policy" and (policy := seam.policy(arn, asked.account.id)) is not None:
            holders = [thing for thing in (*users, *roles) if _holds(thing, arn)]
            return [(arn, seam.default_document(policy))], [_member(thing) for thing in holders]
        if kind == "group":
            group = next((one for one in asked.iam.groups.values() if one.arn == arn), None)
            if group is not None:
                return _own(group), [_member(user) for user in group.users]
        if kind in ("user", "role"):
            thing = next((one for one in (*users, *roles) if one.arn == arn), None)
            if thing is not None:
                return list(identity_policies(thing)), [_member(thing)]
    raise store.no_such_entity(f"ARN {arn} is not found.")


def _own(entity: Any) -> list[tuple[str, str]]:
    managed = entity.managed_policies.values()
    return [*entity.policies.items(), *((p.arn, seam.default_document(p)) for p in managed)]


def _holds(entity: Any, arn: str) -> bool:
    """Whether a user or role has a managed policy, by itself or through a group."""
    holders = (entity, *seam.groups_of(entity))
    return any(arn == policy.arn for one in holders for policy in one.managed_policies.values())


def _member(entity: Any) -> Member:
    kind = "USER" if hasattr(entity, "mfa_devices") else "ROLE"
    return Member(entity.arn, entity.name, kind, entity.id, entity.path or "/")


def _job(asked: Asked) -> Job:
    job_id = asked.parameters["JobId"]
    found = _jobs(asked).get(job_id)
    if found is None or asked.now - found.at > JOB_LIVES:
        raise store.no_such_entity(f"No job exists with id: {job_id}")
    return found


def _head(job: Job) -> dict[str, Any]:
    return {"JobStatus": "COMPLETED", "JobCreationDate": job.at, "JobCompletionDate": job.at}


@answers("iam", "GetServiceLastAccessedDetails")
def get_service_last_accessed_details(asked: Asked) -> Any:
    job = _job(asked)
    services, more = store.page(asked, list(job.services))
    return {
        **_head(job),
        "JobType": job.level,
        "ServicesLastAccessed": [_service(job, name) for name in services],
        **more,
    }


def _service(job: Job, namespace: str) -> dict[str, Any]:
    tried = [one for one in job.attempts if one.action.partition(":")[0] == namespace]
    found: dict[str, Any] = {
        "ServiceName": catalogue.service_name(namespace),
        "ServiceNamespace": namespace,
        "TotalAuthenticatedEntities": len({one.entity for one in tried}),
    }
    if tried:
        last = tried[-1]
        found |= {
            "LastAuthenticated": last.at,
            "LastAuthenticatedEntity": last.entity,
            "LastAuthenticatedRegion": last.region,
        }
    if job.level == "ACTION_LEVEL" and namespace in ACTION_LEVEL_SERVICES:
        found["TrackedActionsLastAccessed"] = _actions(job, namespace, tried)
    return found


def _actions(job: Job, namespace: str, tried: Iterable[Attempt]) -> list[dict[str, Any]]:
    """The tracked actions among those granted, with their last attempts."""
    last = {one.action.lower(): one for one in tried if one.management}
    found = []
    for action in job.actions[namespace]:
        if action in UNTRACKED or not is_management(action):
            continue
        row: dict[str, Any] = {"ActionName": action.partition(":")[2]}
        if (attempt := last.get(action.lower())) is not None:
            row |= {
                "LastAccessedEntity": attempt.entity,
                "LastAccessedTime": attempt.at,
                "LastAccessedRegion": attempt.region,
            }
        found.append(row)
    return found


def is_management(action: str) -> bool:
    """Whether an action is one of those that leave a management event: not one that works on
    the objects, items or messages that a resource holds."""
    from helpers.analysis.trail.recorded_actions import is_data_action

    return not is_data_action(action)


@answers("iam", "GetServiceLastAccessedDetailsWithEntities")
def get_service_last_accessed_details_with_entities(asked: Asked) -> Any:
    job, namespace = _job(asked), asked.parameters["ServiceNamespace"]
    if namespace not in job.services:
        raise store.no_such_entity(
            f"The service namespace {namespace} is not in the report of job {job.id}."
        )
    last = {one.entity: one for one in job.attempts if one.action.partition(":")[0] == namespace}
    rows = []
    for member in job.members:
        row: dict[str, Any] = {
            "EntityInfo": {
                "Arn": member.arn,
                "Name": member.name,
                "Type": member.kind,
                "Id": member.id,
                "Path": member.path,
            }
        }
        if member.arn in last:
            row["LastAuthenticated"] = last[member.arn].at
        rows.append(row)
    # The most recent first, those without any attempt last.
    rows.sort(key=lambda row: row["EntityInfo"]["Name"])
    rows.sort(key=lambda row: -row["LastAuthenticated"].timestamp() if len(row) > 1 else 0)
    page, more = store.page(asked, rows)
    return {**_head(job), "EntityDetailsList": page, **more}
