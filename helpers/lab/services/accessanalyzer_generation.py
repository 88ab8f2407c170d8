"""Policy generation: a policy out of what a user or role did, by the account's record.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-generation.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from helpers.analysis.permissions.smaller import Resources, from_use
from helpers.analysis.trail.event_actions import Record
from helpers.analysis.trail.recorded_actions import NEVER_LOGGED, is_data_action
from helpers.analysis.trail.usage import Usage, moment, usage
from helpers.lab import seam, seam_shared
from helpers.lab.services.accessanalyzer_store import invalid, once, page, store, uuid_from
from helpers.lab.services.registry import Asked, answers

LONGEST = timedelta(days=90)
"""The longest time that is looked at."""

LISTED_FOR = timedelta(days=7)


@dataclass
class Job:
    """One policy generation. It is under way until somebody looks."""

    id: str
    principal: str
    region: str
    started_on: datetime
    start: datetime
    end: datetime
    trails: tuple[dict[str, Any], ...] = ()
    status: str = "IN_PROGRESS"
    completed_on: datetime | None = None
    error: dict[str, str] | None = None
    used: Usage | None = None

    def finish(self, asked: Asked) -> None:
        """Work it out, if that is still to be done."""
        if self.status != "IN_PROGRESS":
            return
        self.completed_on = asked.now
        named = [trail["cloudTrailArn"] for trail in self.trails]
        missing = [arn for arn in named if not seam_shared.has_trail(arn)]
        if not _exists(self.principal, asked.account.id):
            missing.insert(0, self.principal)
        if missing:
            self.status = "FAILED"
            self.error = {
                "code": "RESOURCE_NOT_FOUND_ERROR",
                "message": f"{missing[0]} does not exist.",
            }
            return
        self.status = "SUCCEEDED"
        self.used = usage(_records(asked, self), self.start, self.end)


def _records(asked: Asked, job: Job) -> Iterator[Record]:
    """The records of the account in the Regions that the trails were to be read for."""
    regions: set[str] = {region for trail in job.trails for region in trail.get("regions") or ()}
    everywhere = not regions or any(trail.get("allRegions") for trail in job.trails)
    for event in asked.world.trail.events:
        if event.get("recipientAccountId") == asked.account.id and (
            everywhere or event.get("awsRegion") in regions
        ):
            yield event


def _exists(arn: str, account_id: str) -> bool:
    store_ = seam.iam_backend(account_id)
    return any(one.arn == arn for one in (*store_.users.values(), *store_.roles.values()))


@answers("accessanalyzer", "StartPolicyGeneration")
@once
def start_policy_generation(asked: Asked) -> Any:
    parameters, now = asked.parameters, asked.now
    principal = parameters["policyGenerationDetails"]["principalArn"]
    if principal.split(":")[4] != asked.account.id:
        raise invalid("The principal is not in this account.", "principalArn")
    given = parameters.get("cloudTrailDetails") or {}
    end = moment(given.get("endTime")) or now
    start = moment(given.get("startTime")) or end - LONGEST
    if start >= end or end - start > LONGEST:
        raise invalid(
            f"The time range must be positive and at most {LONGEST.days} days.",
            "cloudTrailDetails.startTime",
        )
    if given and len(given["trails"]) != 1:
        raise invalid("Exactly one trail is needed.", "cloudTrailDetails.trails")
    if given and seam.role(given["accessRole"]) is None:
        raise invalid(
            "The access role does not exist or IAM Access Analyzer may not assume it.",
            "cloudTrailDetails.accessRole",
        )
    jobs = store(asked.account).jobs
    job = Job(
        id=uuid_from(f"{asked.account.id} {principal} {now.isoformat()} {len(jobs)}"),
        principal=principal,
        region=asked.call.region,
        started_on=now,
        start=start,
        end=end,
        trails=tuple(given.get("trails") or ()),
    )
    jobs[job.id] = job
    return {"jobId": job.id}


def _job(asked: Asked) -> Job:
    identifier = asked.parameters["jobId"]
    job = store(asked.account).jobs.get(identifier)
    if job is None or job.region != asked.call.region:
        raise invalid(f"There is no policy generation with the job id {identifier}.", "jobId")
    return job


@answers("accessanalyzer", "GetGeneratedPolicy")
def get_generated_policy(asked: Asked) -> Any:
    job = _job(asked)
    job.finish(asked)
    details: dict[str, Any] = {
        "jobId": job.id,
        "status": job.status,
        "startedOn": job.started_on,
    }
    if job.completed_on is not None:
        details["completedOn"] = job.completed_on
    if job.error is not None:
        details["jobError"] = job.error
    return {"jobDetails": details, "generatedPolicyResult": _result(asked, job)}


def _result(asked: Asked, job: Job) -> dict[str, Any]:
    properties: dict[str, Any] = {"principalArn": job.principal}
    if job.trails:
        properties["cloudTrailProperties"] = {
            "trailProperties": [
                {
                    "cloudTrailArn": trail["cloudTrailArn"],
                    "regions": trail.get("regions") or [],
                    "allRegions": bool(trail.get("allRegions")),
                }
                for trail in job.trails
            ],
            "startTime": job.start,
            "endTime": job.end,
        }
    if job.used is None:
        return {"properties": properties}
    uses = job.used.of(job.principal)
    # The actions of data events, and those without events, cannot be told from a trail.
    told = {a: use for a, use in uses.items() if not is_data_action(a) and a not in NEVER_LOGGED}
    services = sorted({a.partition(":")[0] for a in uses if a not in told})
    properties["isComplete"] = not services
    placeholders = asked.parameters.get("includeResourcePlaceholders")
    policy = from_use(told, Resources.PLACEHOLDERS if placeholders else Resources.ALL)
    if asked.parameters.get("includeServiceLevelTemplate") and services:
        policy["Statement"].append(
            {
                "Effect": "Allow",
                "Action": [f"{service}:*" for service in services],
                "Resource": "*",
            }
        )
    for number, statement in enumerate(policy["Statement"]):
        policy["Statement"][number] = {"Sid": f"SupportedServiceSid{number}", **statement}
    if not policy["Statement"]:
        return {"properties": properties, "generatedPolicies": []}
    text = json.dumps(policy, separators=(",", ":"))
    return {"properties": properties, "generatedPolicies": [{"policy": text}]}


@answers("accessanalyzer", "CancelPolicyGeneration")
def cancel_policy_generation(asked: Asked) -> Any:
    job = _job(asked)
    if job.status != "IN_PROGRESS":
        raise invalid("The policy generation is not in progress.", "jobId", reason="other")
    job.status = "CANCELED"
    return {}


@answers("accessanalyzer", "ListPolicyGenerations")
def list_policy_generations(asked: Asked) -> Any:
    wanted = asked.parameters.get("principalArn")
    found = [
        job
        for job in store(asked.account).jobs.values()
        if wanted in (None, job.principal)
        and job.region == asked.call.region
        and asked.now - job.started_on <= LISTED_FOR
    ]
    for job in found:
        job.finish(asked)
    return page(asked, "policyGenerations", found, _summary)


def _summary(job: Job) -> dict[str, Any]:
    found: dict[str, Any] = {
        "jobId": job.id,
        "principalArn": job.principal,
        "status": job.status,
        "startedOn": job.started_on,
    }
    if job.completed_on is not None:
        found["completedOn"] = job.completed_on
    return found
