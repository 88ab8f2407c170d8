"""Controls on how an account is kept, and the scorecard of all of them.

A control asks one question of a snapshot of an account (:mod:`helpers.analysis.snapshot`) and is
answered by ``pass``, ``fail`` or ``cannot tell``, with what was found.

AWS: https://docs.aws.amazon.com/securityhub/latest/userguide/cis-aws-foundations-benchmark.html
"""

from __future__ import annotations

# Each of these registers its controls.
from helpers.analysis.controls import network, policies, records, root, storage, users
from helpers.analysis.controls.control import (
    AREAS,
    CONTROLS,
    Control,
    Evidence,
    Outcome,
    Result,
    Severity,
)
from helpers.analysis.controls.mending import Ask, Document, Step
from helpers.analysis.controls.one_page import Report, report
from helpers.analysis.controls.scorecard import Scorecard, compare, score

__all__ = [
    "AREAS",
    "CONTROLS",
    "Ask",
    "Control",
    "Document",
    "Evidence",
    "Outcome",
    "Report",
    "Result",
    "Scorecard",
    "Severity",
    "Step",
    "compare",
    "network",
    "policies",
    "records",
    "report",
    "root",
    "score",
    "storage",
    "users",
]
