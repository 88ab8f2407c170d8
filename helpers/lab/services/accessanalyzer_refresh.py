"""Findings brought up to date: what is new, what has changed, what has been mended.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-findings.html
"""

from __future__ import annotations

from helpers.lab.services import accessanalyzer_external as external
from helpers.lab.services import accessanalyzer_filters as filters
from helpers.lab.services import accessanalyzer_unused as unused
from helpers.lab.services.accessanalyzer_store import Analyzer, Finding, Issue
from helpers.lab.services.registry import Asked


def refresh(asked: Asked, analyzer: Analyzer) -> None:
    """Look at everything that an analyzer is for, and bring its findings up to date.

    AWS does so within a day, or half an hour for external access; here nobody has to wait.
    """
    look = external.issues if analyzer.is_external else unused.issues
    now_there = {
        analyzer.id_of(issue.key): issue for issue in look(analyzer, asked.account.id, asked.world)
    }
    for identifier, issue in now_there.items():
        _see(asked, analyzer, identifier, issue)
    for identifier, finding in analyzer.findings.items():
        finding.analyzed_at = asked.now
        if identifier not in now_there and finding.status != "RESOLVED":
            finding.status, finding.updated_at = "RESOLVED", asked.now
    if analyzer.findings:
        analyzer.last_resource = list(analyzer.findings.values())[-1].issue.resource
    analyzer.last_analyzed_at = asked.now


def _see(asked: Asked, analyzer: Analyzer, identifier: str, issue: Issue) -> None:
    """Note that an issue is there: for the first time, again, or still."""
    finding, now = analyzer.findings.get(identifier), asked.now
    if finding is None:
        finding = analyzer.findings[identifier] = Finding(identifier, issue, now, now, now)
    elif finding.status == "RESOLVED":
        finding.issue, finding.status, finding.updated_at = issue, "ACTIVE", now
    else:
        if finding.issue != issue:
            finding.issue, finding.updated_at = issue, now
        return
    if any(filters.meets(finding, rule.filter) for rule in analyzer.rules.values()):
        finding.status = "ARCHIVED"
