"""The scorecard: what became of every control in one account, as text, table and files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.analysis.controls.control import AREAS, CONTROLS, Control, Outcome, Result, Severity
from helpers.analysis.controls.sarif import sarif
from helpers.analysis.snapshot import Snapshot
from helpers.analysis.sources.account_calls import CannotTell

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {
    "control": "the control's id: root-mfa",
    "result": "fail, cannot tell or pass",
    "severity": "how much depends on it: critical, high, medium, low",
    "area": "what it is about: root, users, policies, storage, records, network",
    "title": "what it asks for, as a sentence that holds where it passes",
    "subjects": "how many things the evidence is about",
    "evidence": "what was found, a line each: ARN or id, and a sentence",
    "why": "why it matters",
    "mend": "how a fault is mended, in words",
    "boto3": "the same as a Python program; empty: nothing fails, or no call mends it",
    "cli": "the same as lines of the AWS CLI",
    "cis": "number in the CIS AWS Foundations Benchmark 7.0.0; empty: it is none of its",
    "security_hub": "id in AWS Security Hub; empty: it is none of its",
}
"""The columns of the frame and what they hold; all are text but ``subjects``, a number."""

COMPARED = {
    "control": "the control's id",
    "title": "what it asks for",
    "before": "the result before; missing: it was not asked",
    "after": "the result after; missing: it was not asked",
    "change": "mended, broken, now known, no longer known, or: the same",
    "mended": "subjects that failed before and do not fail now, a line each",
    "broken": "subjects that fail now and did not before, a line each",
}
"""The columns of ``compare`` and what they hold."""

SYMBOLS = {Outcome.PASS: "✔", Outcome.FAIL: "✖", Outcome.CANNOT_TELL: "?"}
SHOWN = 3
"""How many lines of evidence the text shows of a control."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Scorecard:
    """The results of all controls, area by area."""

    account: str
    """The account's number; empty: nothing tells it."""
    taken_at: datetime
    regions: tuple[str, ...]
    results: tuple[Result, ...]

    def __getitem__(self, control: str) -> Result:
        """The result of a control by its id. Raises ``KeyError``."""
        for one in self.results:
            if one.control.id == control:
                return one
        raise KeyError(control)

    def count(self, outcome: Outcome | str) -> int:
        """How many controls came out so."""
        return sum(1 for one in self.results if one.outcome == outcome)

    @property
    def ordered(self) -> list[Result]:
        """The results, worst first: failures by severity, then what cannot be told, then passes."""
        severities = list(Severity)
        outcomes = list(Outcome)
        return sorted(
            self.results,
            key=lambda one: (
                outcomes.index(one.outcome),
                severities.index(one.control.severity),
            ),
        )

    @property
    def headline(self) -> str:
        """The counts, in a sentence."""
        found = Counter(one.outcome for one in self.results)
        bad = Counter(one.control.severity for one in self.results if one.outcome is Outcome.FAIL)
        worst = ", ".join(f"{bad[one]} {one}" for one in Severity if bad[one])
        return (
            f"{found[Outcome.PASS]} of {len(self.results)} controls pass, "
            f"{found[Outcome.FAIL]} fail{f' ({worst})' if worst else ''}, "
            f"{found[Outcome.CANNOT_TELL]} cannot be told"
        )

    @property
    def about(self) -> str:
        """What was looked at, and when."""
        many = len(self.regions)
        where = f"{many} Region{'s' * (many != 1)}" if many else "no Region"
        account = f"Account {self.account}" if self.account else "An account"
        return f"{account} at {self.taken_at:%Y-%m-%d %H:%M} UTC, {where} looked at"

    def __str__(self) -> str:
        return "\n".join([self.about, self.headline, *self._lines()])

    __repr__ = __str__

    def _lines(self) -> Iterator[str]:
        for one in self.ordered:
            yield (
                f"{SYMBOLS[one.outcome]} {one.outcome:<11} {one.control.severity:<8} "
                f"{one.control.id}: {one.control.title}"
            )
            if one.outcome is Outcome.PASS:
                continue
            for reason in one.reasons[:SHOWN]:
                yield f"    {reason}"
            if len(one.reasons) > SHOWN:
                yield f"    and {len(one.reasons) - SHOWN} more"

    # As a table and as files --------------------------------------------------------------------

    def rows(self) -> list[dict[str, Any]]:
        """One dict a control, see ``COLUMNS``, area by area."""
        return [
            {
                "control": one.control.id,
                "result": str(one.outcome),
                "severity": str(one.control.severity),
                "area": one.control.area,
                "title": one.control.title,
                "subjects": len({reason.subject for reason in one.reasons}),
                "evidence": "\n".join(map(str, one.reasons)),
                "why": one.control.why,
                "mend": one.control.mend,
                "boto3": one.boto3,
                "cli": one.cli,
                "cis": one.control.cis,
                "security_hub": one.control.security_hub,
            }
            for one in self.results
        ]

    def frame(self) -> pd.DataFrame:
        """The scorecard as a table, one row a control; see ``COLUMNS``."""
        import pandas as pd

        table = pd.DataFrame(self.rows(), columns=list(COLUMNS))
        table["result"] = pd.Categorical(table["result"], categories=[*map(str, Outcome)])
        severities = [*map(str, Severity)]
        table["severity"] = pd.Categorical(table["severity"], categories=severities, ordered=True)
        return table

    def to_csv(self, path: str | Path) -> None:
        """Write the table as CSV.

        A cell that a spreadsheet would take for a formula begins with an apostrophe.
        """
        table = self.frame()
        for name in table.columns:
            if table[name].dtype.kind not in "iu":
                table[name] = [_no_formula(str(value)) for value in table[name]]
        table.to_csv(path, index=False, encoding="utf-8", errors="replace")

    def to_json(self, path: str | Path) -> None:
        """Write the scorecard as JSON: ``account``, ``taken_at``, ``regions``, ``controls``.

        Each control has the columns of the table, and under ``findings`` every piece of evidence:
        ``subject``, ``result``, ``text``.
        """
        controls = [
            {
                **row,
                "findings": [
                    {"subject": each.subject, "result": str(each.outcome), "text": each.text}
                    for each in one.evidence
                ],
            }
            for row, one in zip(self.rows(), self.results, strict=True)
        ]
        _write(
            path,
            {
                "account": self.account,
                "taken_at": self.taken_at.isoformat(),
                "regions": list(self.regions),
                "controls": controls,
            },
        )

    def to_sarif(self, path: str | Path) -> None:
        """Write the results as SARIF 2.1.0, which code scanning and other viewers read.

        One result for each piece of evidence: its kind is ``pass``, ``fail`` or ``open`` (cannot
        tell), its logical location the ARN or id.

        Format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
        """
        _write(path, sarif(self.results, self.account, self.taken_at))


def score(snapshot: Snapshot, controls: Iterable[Control] | None = None) -> Scorecard:
    """Every control answered for one account; nothing is raised, whatever the snapshot lacks.

    >>> from datetime import UTC
    >>> card = score(Snapshot({}, datetime(2026, 11, 2, tzinfo=UTC)))
    >>> card.count("cannot tell") == len(card.results) > 30
    True
    """
    if controls is None:
        controls = sorted(CONTROLS.values(), key=lambda one: AREAS.index(one.area))
    results = tuple(one.judge(snapshot) for one in controls)
    try:
        account = snapshot.account
    except CannotTell:
        account = ""
    return Scorecard(account, snapshot.taken_at, snapshot.regions, results)


def compare(before: Scorecard, after: Scorecard) -> pd.DataFrame:
    """What changed from one scorecard to another, one row a control; see ``COMPARED``."""
    import pandas as pd

    old = {one.control.id: one for one in before.results}
    new = {one.control.id: one for one in after.results}
    rows = []
    for name in dict.fromkeys([*old, *new]):
        first, last = old.get(name), new.get(name)
        failed, fails = _failing(first), _failing(last)
        rows.append(
            {
                "control": name,
                "title": (last or first).control.title,  # type: ignore[union-attr]
                "before": str(first.outcome) if first else None,
                "after": str(last.outcome) if last else None,
                "change": _change(first, last),
                "mended": "\n".join(one for one in failed if one not in fails),
                "broken": "\n".join(one for one in fails if one not in failed),
            }
        )
    return pd.DataFrame(rows, columns=list(COMPARED))


def _failing(result: Result | None) -> list[str]:
    found = result.evidence if result else ()
    return list(dict.fromkeys(one.subject for one in found if one.outcome is Outcome.FAIL))


def _change(first: Result | None, last: Result | None) -> str:
    before = first.outcome if first else Outcome.CANNOT_TELL
    after = last.outcome if last else Outcome.CANNOT_TELL
    if before is after:
        return "the same"
    if Outcome.CANNOT_TELL in (before, after):
        return "now known" if before is Outcome.CANNOT_TELL else "no longer known"
    return "mended" if after is Outcome.PASS else "broken"


def _no_formula(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _write(path: str | Path, content: Any) -> None:
    text = json.dumps(content, indent=2, ensure_ascii=False)
    # A name may hold half of a character pair, which no file can.
    Path(path).write_bytes(text.encode("utf-8", "replace"))
