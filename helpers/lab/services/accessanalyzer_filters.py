"""Filters of findings, which lists and archive rules share, and their order.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-filter-keys.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from helpers.lab.services.accessanalyzer_store import Filter, Finding, invalid

KEYS = frozenset(
    {
        "action",
        "analyzedAt",
        "createdAt",
        "error",
        "findingType",
        "id",
        "isPublic",
        "resource",
        "resourceControlPolicyRestriction",
        "resourceOwnerAccount",
        "resourceType",
        "sources",
        "status",
        "updatedAt",
    }
)
"""What a finding can be filtered by; principals and conditions come as ``principal.AWS`` and
``condition.aws:SourceIp``."""

KEYS_WITH_A_NAME = ("principal.", "condition.")

SORTED_BY = frozenset(
    {
        "analyzedAt",
        "createdAt",
        "findingType",
        "id",
        "resource",
        "resourceOwnerAccount",
        "resourceType",
        "status",
        "updatedAt",
    }
)


def check(criteria: Filter | None, *, of_rule: bool = False) -> Filter:
    """The filter of a call; raises ValidationException for one that means nothing."""
    for key, criterion in (criteria or {}).items():
        if key not in KEYS and not key.startswith(KEYS_WITH_A_NAME):
            raise invalid(f"{key} is not a valid filter key.", "filter")
        if not any(criterion.get(name) is not None for name in ("eq", "neq", "contains", "exists")):
            raise invalid(f"The criterion of {key} needs eq, neq, contains or exists.", "filter")
    if of_rule and not criteria:
        raise invalid("An archive rule needs a filter with at least one criterion.", "filter")
    return dict(criteria or {})


def values(finding: Finding) -> dict[str, list[str]]:
    """What a finding has under each filter key."""
    issue = finding.issue
    found = {
        "analyzedAt": [finding.analyzed_at.isoformat()],
        "createdAt": [finding.created_at.isoformat()],
        "findingType": [issue.finding_type],
        "id": [finding.id],
        "resource": [issue.resource],
        "resourceOwnerAccount": [issue.owner],
        "resourceType": [issue.resource_type],
        "status": [finding.status],
        "updatedAt": [finding.updated_at.isoformat()],
    }
    if issue.finding_type == "ExternalAccess":
        found |= of_external(finding.external)
    return found


def of_external(details: Mapping[str, Any]) -> dict[str, list[str]]:
    """The filter keys of external access, and what a finding has under them."""
    found = {
        "action": list(details["action"]),
        "isPublic": [str(details["isPublic"]).lower()],
    }
    if sources := details.get("sources"):
        found["sources"] = [source["type"] for source in sources]
    for kind, name in details["principal"].items():
        found[f"principal.{kind}"] = [name]
    for key, value in details["condition"].items():
        found[f"condition.{key}"] = [value]
    return found


def meets(finding: Finding, criteria: Filter) -> bool:
    """Whether a finding meets every criterion of a filter."""
    return meets_values(values(finding), criteria)


def meets_values(found: Mapping[str, list[str]], criteria: Filter) -> bool:
    """Whether what is found under each key meets every criterion of a filter."""
    return all(_meets(found.get(key, []), criterion) for key, criterion in criteria.items())


def _meets(has: list[str], criterion: Mapping[str, Any]) -> bool:
    if (equal := criterion.get("eq")) is not None and not any(value in equal for value in has):
        return False
    if (others := criterion.get("neq")) is not None and any(value in others for value in has):
        return False
    parts = criterion.get("contains")
    if parts is not None and not any(part in value for part in parts for value in has):
        return False
    exists = criterion.get("exists")
    return exists is None or bool(has) is exists


def in_order(findings: Iterable[Finding], sort: Mapping[str, Any] | None) -> list[Finding]:
    """Findings in the order that a call asks for; else the oldest first."""
    found = sorted(findings, key=lambda one: (one.created_at, one.issue.resource, one.id))
    if not sort:
        return found
    name = sort.get("attributeName") or "createdAt"
    if name not in SORTED_BY:
        raise invalid(f"{name} is not an attribute that findings are sorted by.", "sort")
    descending = sort.get("orderBy") == "DESC"
    return sorted(found, key=lambda one: values(one)[name], reverse=descending)
