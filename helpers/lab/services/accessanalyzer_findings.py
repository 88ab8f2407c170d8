"""Findings: listed, looked at, archived, counted; and the resources that were looked at.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-work-with-findings.html
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from helpers.lab.seam_shared import Shared
from helpers.lab.services import accessanalyzer_external as external
from helpers.lab.services import accessanalyzer_filters as filters
from helpers.lab.services.accessanalyzer_refresh import refresh
from helpers.lab.services.accessanalyzer_store import (
    Analyzer,
    Finding,
    analyzer_of_arn,
    external_only,
    invalid,
    not_found,
    page,
)
from helpers.lab.services.registry import Asked, answers

UNUSED_FINDING_TYPES = (
    "UnusedIAMRole",
    "UnusedIAMUserAccessKey",
    "UnusedIAMUserPassword",
    "UnusedPermission",
)
TOP_ACCOUNTS = 10


def _common(finding: Finding) -> dict[str, Any]:
    issue = finding.issue
    return {
        "id": finding.id,
        "resource": issue.resource,
        "resourceType": issue.resource_type,
        "resourceOwnerAccount": issue.owner,
        "createdAt": finding.created_at,
        "analyzedAt": finding.analyzed_at,
        "updatedAt": finding.updated_at,
        "status": finding.status,
    }


def _first_version(finding: Finding) -> dict[str, Any]:
    return {**_common(finding), **finding.external}


def _second_version(finding: Finding) -> dict[str, Any]:
    return {**_common(finding), "findingType": finding.issue.finding_type}


def fresh_finding(asked: Asked, analyzer: Analyzer) -> Finding:
    """The finding that a call names, up to date."""
    refresh(asked, analyzer)
    identifier = asked.parameters["id"]
    if identifier not in analyzer.findings:
        raise not_found("Finding", identifier)
    return analyzer.findings[identifier]


def _listed(asked: Asked, analyzer: Analyzer) -> list[Finding]:
    criteria = filters.check(asked.parameters.get("filter"))
    refresh(asked, analyzer)
    found = [one for one in analyzer.findings.values() if filters.meets(one, criteria)]
    return filters.in_order(found, asked.parameters.get("sort"))


@answers("accessanalyzer", "ListFindings")
def list_findings(asked: Asked) -> Any:
    analyzer = analyzer_of_arn(asked)
    external_only(asked, analyzer)
    return page(asked, "findings", _listed(asked, analyzer), _first_version)


@answers("accessanalyzer", "ListFindingsV2")
def list_findings_v2(asked: Asked) -> Any:
    return page(asked, "findings", _listed(asked, analyzer_of_arn(asked)), _second_version)


@answers("accessanalyzer", "GetFinding")
def get_finding(asked: Asked) -> Any:
    analyzer = analyzer_of_arn(asked)
    external_only(asked, analyzer)
    return {"finding": _first_version(fresh_finding(asked, analyzer))}


@answers("accessanalyzer", "GetFindingV2")
def get_finding_v2(asked: Asked) -> Any:
    finding = fresh_finding(asked, analyzer_of_arn(asked))
    return {**_second_version(finding), **page(asked, "findingDetails", finding.issue.details)}


@answers("accessanalyzer", "UpdateFindings")
def update_findings(asked: Asked) -> None:
    analyzer = analyzer_of_arn(asked)
    ids, arn = asked.parameters.get("ids"), asked.parameters.get("resourceArn")
    if not ids and not arn:
        raise invalid("Either ids or resourceArn is needed.", "ids", "resourceArn")
    refresh(asked, analyzer)
    for identifier in ids or ():
        if identifier not in analyzer.findings:
            raise not_found("Finding", identifier)
    for finding in analyzer.findings.values():
        named = finding.id in (ids or ()) or finding.issue.resource == arn
        # What is mended is neither active nor archived until it comes back.
        if named and finding.status not in ("RESOLVED", asked.parameters["status"]):
            finding.status, finding.updated_at = asked.parameters["status"], asked.now


@answers("accessanalyzer", "GetFindingsStatistics")
def get_findings_statistics(asked: Asked) -> Any:
    analyzer = analyzer_of_arn(asked)
    refresh(asked, analyzer)
    findings = list(analyzer.findings.values())
    by_status = Counter(one.status for one in findings)
    totals = {
        "totalActiveFindings": by_status["ACTIVE"],
        "totalArchivedFindings": by_status["ARCHIVED"],
        "totalResolvedFindings": by_status["RESOLVED"],
    }
    active = [one for one in findings if one.status == "ACTIVE"]
    if analyzer.is_external:
        of_type = {"externalAccessFindingsStatistics": {**_by_resource_type(active), **totals}}
    else:
        of_type = {"unusedAccessFindingsStatistics": {**_by_finding_type(active), **totals}}
    return {"findingsStatistics": [of_type], "lastUpdatedAt": asked.now}


def _by_resource_type(active: list[Finding]) -> dict[str, Any]:
    types: dict[str, dict[str, int]] = {}
    for finding in active:
        counts = types.setdefault(
            finding.issue.resource_type,
            {"totalActivePublic": 0, "totalActiveCrossAccount": 0, "totalActiveErrors": 0},
        )
        public = finding.external["isPublic"]
        counts["totalActivePublic" if public else "totalActiveCrossAccount"] += 1
    return {"resourceTypeStatistics": types}


def _by_finding_type(active: list[Finding]) -> dict[str, Any]:
    by_type = Counter(one.issue.finding_type for one in active)
    by_account: dict[str, Counter[str]] = {}
    for one in active:
        by_account.setdefault(one.issue.owner, Counter())[one.issue.finding_type] += 1
    top = sorted(by_account.items(), key=lambda item: (-item[1].total(), item[0]))[:TOP_ACCOUNTS]
    found: dict[str, Any] = {
        "unusedAccessTypeStatistics": [
            {"unusedAccessType": kind, "total": by_type[kind]} for kind in UNUSED_FINDING_TYPES
        ]
    }
    if top:
        found["topAccounts"] = [
            {
                "account": account,
                "numberOfActiveFindings": counts.total(),
                "details": dict(counts),
            }
            for account, counts in top
        ]
    return found


# -- analyzed resources ----------------------------------------------------------------------------


def _resources(asked: Asked, analyzer: Analyzer) -> list[tuple[str, Shared]]:
    return list(external.resources(analyzer, asked.account.id, asked.world))


@answers("accessanalyzer", "StartResourceScan")
def start_resource_scan(asked: Asked) -> None:
    analyzer = analyzer_of_arn(asked)
    external_only(asked, analyzer)
    arn = asked.parameters["resourceArn"]
    if not any(one.arn == arn for _, one in _resources(asked, analyzer)):
        raise not_found("Resource", arn)
    refresh(asked, analyzer)
    analyzer.last_resource = arn


@answers("accessanalyzer", "ListAnalyzedResources")
def list_analyzed_resources(asked: Asked) -> Any:
    analyzer = analyzer_of_arn(asked)
    external_only(asked, analyzer)
    kind = asked.parameters.get("resourceType")
    found = [
        {"resourceArn": one.arn, "resourceOwnerAccount": owner, "resourceType": one.type}
        for owner, one in _resources(asked, analyzer)
        if kind in (None, one.type)
    ]
    return page(asked, "analyzedResources", found)


@answers("accessanalyzer", "GetAnalyzedResource")
def get_analyzed_resource(asked: Asked) -> Any:
    analyzer = analyzer_of_arn(asked)
    external_only(asked, analyzer)
    arn = asked.parameters["resourceArn"]
    for owner, one in _resources(asked, analyzer):
        if one.arn == arn:
            refresh(asked, analyzer)
            return {"resource": _analyzed(asked, analyzer, owner, one)}
    raise not_found("Resource", arn)


def _analyzed(asked: Asked, analyzer: Analyzer, owner: str, one: Shared) -> dict[str, Any]:
    findings = [f for f in analyzer.findings.values() if f.issue.resource == one.arn]
    there = [f for f in findings if f.status != "RESOLVED"]
    times: list[datetime] = [f.created_at for f in findings] or [asked.now]
    answer: dict[str, Any] = {
        "resourceArn": one.arn,
        "resourceType": one.type,
        "resourceOwnerAccount": owner,
        "createdAt": min(times),
        "analyzedAt": asked.now,
        "updatedAt": max([f.updated_at for f in findings], default=asked.now),
        "isPublic": any(f.external["isPublic"] for f in there),
    }
    if there:
        actions = (action for f in there for action in f.external["action"])
        answer["actions"] = list(dict.fromkeys(actions))
        active = any(f.status == "ACTIVE" for f in there)
        answer["status"] = "ACTIVE" if active else "ARCHIVED"
        sources = (s["type"] for f in there for s in f.external.get("sources", ()))
        if shared_via := list(dict.fromkeys(sources)):
            answer["sharedVia"] = shared_via
    return answer
