"""Results of controls as SARIF, the format in which analysis tools exchange results.

Format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from helpers.analysis.controls.control import Control, Evidence, Outcome, Result, Severity

VERSION = "2.1.0"
SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
}
SCORES = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.0",
    Severity.LOW: "2.0",
}
"""``security-severity``, by which viewers sort: from 9.0 critical, 7.0 high, 4.0 medium."""

KINDS = {Outcome.PASS: "pass", Outcome.FAIL: "fail", Outcome.CANNOT_TELL: "open"}


def sarif(results: Iterable[Result], account: str, taken_at: datetime) -> dict[str, Any]:
    """A SARIF log of one run: a rule for each control, a result for each piece of evidence."""
    results = list(results)
    driver = {
        "name": "aws-account-protection-notebooks",
        "rules": [_rule(one.control) for one in results],
    }
    found = [
        _result(place, one.control, evidence)
        for place, one in enumerate(results)
        for evidence in one.evidence
    ]
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "results": found,
        "invocations": [
            {
                "executionSuccessful": True,
                "endTimeUtc": taken_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        ],
    }
    if account:
        run["properties"] = {"account": account}
    return {"$schema": SCHEMA, "version": VERSION, "runs": [run]}


def _rule(control: Control) -> dict[str, Any]:
    others = {"cis": control.cis, "securityHub": control.security_hub}
    return {
        "id": control.id,
        "shortDescription": {"text": control.title},
        "fullDescription": {"text": control.why},
        "help": {"text": control.mend},
        "defaultConfiguration": {"level": LEVELS[control.severity]},
        "properties": {
            "tags": ["security"],
            "security-severity": SCORES[control.severity],
            **{name: text for name, text in others.items() if text},
        },
    }


def _result(place: int, control: Control, evidence: Evidence) -> dict[str, Any]:
    failed = evidence.outcome is Outcome.FAIL
    location = {"fullyQualifiedName": evidence.subject, "kind": "resource"}
    return {
        "ruleId": control.id,
        "ruleIndex": place,
        "kind": KINDS[evidence.outcome],
        "level": LEVELS[control.severity] if failed else "none",
        "message": {"text": str(evidence)},
        "locations": [{"logicalLocations": [location]}],
    }
