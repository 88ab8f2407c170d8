"""What to do about unused permissions: smaller policies in place of those that there are.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-findings-remediate.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from helpers.analysis.permissions.entities import Attached, Entity
from helpers.analysis.permissions.recommendation import Step, policy_steps
from helpers.lab.services.accessanalyzer_findings import fresh_finding
from helpers.lab.services.accessanalyzer_store import (
    Finding,
    Recommendation,
    analyzer_of_arn,
    invalid,
    not_found,
    page,
)
from helpers.lab.services.accessanalyzer_unused import entities_of
from helpers.lab.services.registry import Asked, answers
from helpers.policy import catalogue


@answers("accessanalyzer", "GenerateFindingRecommendation")
def generate_finding_recommendation(asked: Asked) -> None:
    analyzer = analyzer_of_arn(asked)
    finding = fresh_finding(asked, analyzer)
    if finding.issue.finding_type != "UnusedPermission":
        raise invalid(
            "Recommendations are generated for findings of the type UnusedPermission only.", "id"
        )
    if finding.status == "RESOLVED":
        raise invalid("There is nothing to recommend for a resolved finding.", "id")
    entity = next(
        one
        for one in entities_of(asked.world, finding.issue.owner)
        if one.arn == finding.issue.resource
    )
    analyzer.recommendations[finding.id] = Recommendation(
        asked.now, asked.now, entity.arn, list(_steps(entity, _removed(finding)))
    )


def _removed(finding: Finding) -> set[str]:
    """The actions that a finding calls unused."""
    gone: set[str] = set()
    for detail in finding.issue.details:
        permission = detail["unusedPermissionDetails"]
        if "actions" in permission:
            gone.update(one["action"] for one in permission["actions"])
        else:
            gone.update(catalogue.actions(permission["serviceNamespace"]))
    return gone


def _steps(entity: Entity, removed: set[str]) -> Iterator[dict[str, Any]]:
    """For each policy that grants something unused: a smaller one, and away with the old one."""
    for one in policy_steps(entity, removed, wildcards=True):
        if one.policy is None or one.step is Step.KEEP:
            continue
        if one.document is not None:
            text = json.dumps(one.document, separators=(",", ":"))
            yield _step(one.policy, recommendedAction="CREATE_POLICY", recommendedPolicy=text)
        yield _step(one.policy, recommendedAction="DETACH_POLICY")


def _step(policy: Attached, **members: Any) -> dict[str, Any]:
    if policy.is_managed and policy.updated is not None:
        members["policyUpdatedAt"] = policy.updated
    return {"unusedPermissionsRecommendedStep": {**members, "existingPolicyId": policy.id}}


@answers("accessanalyzer", "GetFindingRecommendation")
def get_finding_recommendation(asked: Asked) -> Any:
    analyzer, identifier = analyzer_of_arn(asked), asked.parameters["id"]
    found = analyzer.recommendations.get(identifier)
    if found is None:
        raise not_found("FindingRecommendation", identifier)
    return {
        "startedAt": found.started_at,
        "completedAt": found.completed_at,
        "resourceArn": found.resource,
        "recommendationType": "UnusedPermissionRecommendation",
        "status": "SUCCEEDED",
        **page(asked, "recommendedSteps", found.steps),
    }
