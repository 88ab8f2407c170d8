"""The report of one page: what was found in an account, what was done, what is left.

It is for somebody who decides and does not read policies: sentences, counts, dates. As Markdown and
as HTML; both show names out of the account as they are, whatever is in them.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.analysis.controls.control import Outcome, Result, Severity
from helpers.analysis.controls.scorecard import Scorecard

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Report", "report"]

Rows = Sequence[Mapping[str, Any]]

WORST = (Severity.CRITICAL, Severity.HIGH)
FOUND, LEFT = 12, 7
"""How many controls the tables of the page hold; the others are counted."""

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~&])")
_WORKS = "✔"
MENDED = "✔\u00a0mended"


@dataclass(frozen=True)
class Report:
    """The page; ``markdown`` and ``html`` are its two forms, ``str()`` is the first."""

    before: Scorecard
    after: Scorecard
    attacks: tuple[Rows, Rows] = ((), ())
    """What was tried on the account before and after: rows with ``attack``, ``with``, ``outcome``
    (which begins with ✔ where it worked) and ``stopped by``."""
    jobs: tuple[Rows, Rows] = ((), ())
    """What has to go on working: rows with ``job``, ``outcome`` and ``ended at``."""
    plans: Mapping[str, str] = field(default_factory=dict)
    """For controls that still fail, by id: who does what until when, or why it stays."""

    # What it says -----------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """One line."""
        account = self.after.account or self.before.account
        return f"Account {account}: what was found, done and left" if account else "The account"

    @property
    def counts(self) -> list[tuple[str, str, str]]:
        """What was counted, before and after."""
        found = [
            (
                f"controls that pass, of {len(self.after.results)}",
                str(self.before.count(Outcome.PASS)),
                str(self.after.count(Outcome.PASS)),
            )
        ]
        for name, (before, after) in (
            ("attacks that work", self.attacks),
            ("jobs that work", self.jobs),
        ):
            if before or after:
                many = max(len(before), len(after))
                worked = [str(len(_working(rows))) if rows else "" for rows in (before, after)]
                found.append((f"{name}, of {many}", worked[0], worked[1]))
        return found

    @property
    def found(self) -> list[tuple[str, str, str, str]]:
        """The worst that was found: severity, what should hold, what was found, what it is now."""
        return [
            (
                str(one.control.severity),
                one.control.title,
                _evidence(one),
                self._now(one.control.id),
            )
            for one in self.before.ordered
            if one.outcome is Outcome.FAIL and one.control.severity in WORST
        ]

    @property
    def left(self) -> list[tuple[str, str, str, str]]:
        """What fails or cannot be told: severity, what should hold, what is found, the plan."""
        return [
            (
                str(one.control.severity),
                one.control.title,
                _evidence(one),
                self.plans.get(one.control.id, "no plan yet"),
            )
            for one in self.after.ordered
            if one.outcome is not Outcome.PASS
        ]

    def _now(self, control: str) -> str:
        for one in self.after.results:
            if one.control.id == control:
                return {Outcome.PASS: MENDED, Outcome.FAIL: "✖\u00a0left"}.get(
                    one.outcome, "? cannot be told"
                )
        return "? was not asked"

    @property
    def others(self) -> str:
        """A sentence on the faults that the table does not show."""
        failed = [
            one.control.id
            for one in self.before.results
            if one.outcome is Outcome.FAIL and one.control.severity not in WORST
        ]
        mended = sum(1 for name in failed if self._now(name) == MENDED)
        return f"Of medium and low severity {len(failed)} more failed; {mended} of them are mended."

    @property
    def proof(self) -> list[str]:
        """Sentences on the attacks and on the jobs, as they were tried at the end."""
        lines = []
        if tried := self.attacks[1]:
            worked = _working(tried)
            by = Counter(str(row.get("stopped by") or "?") for row in tried if row not in worked)
            lines.append(
                f"{len(tried)} attacks were tried with what strangers hold; {len(worked)} worked."
            )
            lines += [f"Still works: {row['attack']}, with {row['with']}." for row in worked]
            if by:
                stopped = "; ".join(
                    f"{what} ({many})" if many > 1 else what for what, many in by.most_common()
                )
                lines.append(f"Stopped by: {stopped}.")
        if done := self.jobs[1]:
            works = _working(done)
            lines.append(f"{len(works)} of {len(done)} jobs work.")
            lines += [
                f"Broken: {row['job']}, at: {row.get('ended at', '?')}."
                for row in done
                if row not in works
            ]
        return lines

    @property
    def when(self) -> str:
        """A sentence with the dates."""
        first, last = _time(self.before.taken_at), _time(self.after.taken_at)
        return f"Looked at on {first}, and again on {last}."

    # Its forms --------------------------------------------------------------------------------

    def markdown(self) -> str:
        """The page as Markdown."""
        return "\n".join(self._markdown())

    def _markdown(self) -> Iterator[str]:
        yield f"# {_marked(self.title)}"
        yield self.when
        yield ""
        yield from _table(("", "before", "after"), self.counts)
        yield "## What was found, and what became of it"
        yield from _table(("severity", "what should hold", "found", "now"), self.found[:FOUND])
        yield ""
        yield self.others
        if self.proof:
            yield "## How it was tried"
            yield from (f"- {_marked(line)}" for line in self.proof)
        yield "## What is left"
        if not self.left:
            yield "Nothing."
            return
        yield from _table(("severity", "what should hold", "found", "plan"), self.left[:LEFT])
        if len(self.left) > LEFT:
            yield ""
            yield f"And {len(self.left) - LEFT} more."

    __str__ = markdown
    __repr__ = markdown

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        # No headings there: they are the notebook's.
        body = f'<div style="overflow-x: auto">{self._body("strong", "strong")}</div>'
        return {"text/plain": self.markdown(), "text/html": body}

    def html(self) -> str:
        """The page as one HTML file, which loads nothing."""
        return (
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
            f"<title>{html.escape(self.title)}</title><style>{_STYLE}</style></head>"
            f"<body>{self._body('h1', 'h2')}</body></html>\n"
        )

    def _body(self, first: str, second: str) -> str:
        """What stands on the page; ``first`` and ``second`` are the elements of its headings."""

        def heading(text: str) -> str:
            return f"<{second}>{text}</{second}>"

        parts = [
            f"<{first}>{html.escape(self.title)}</{first}><p>{self.when}</p>",
            _rows(("", "before", "after"), self.counts),
            heading("What was found, and what became of it"),
            _rows(("severity", "what should hold", "found", "now"), self.found[:FOUND]),
            f"<p>{self.others}</p>",
        ]
        if self.proof:
            items = "".join(f"<li>{html.escape(line)}</li>" for line in self.proof)
            parts.append(f"{heading('How it was tried')}<ul>{items}</ul>")
        heads = ("severity", "what should hold", "found", "plan")
        parts.append(heading("What is left"))
        parts.append(_rows(heads, self.left[:LEFT]) if self.left else "<p>Nothing.</p>")
        if len(self.left) > LEFT:
            parts.append(f"<p>And {len(self.left) - LEFT} more.</p>")
        return "".join(parts)

    def save(self, path: str | Path) -> None:
        """Write the page: HTML where the file's name ends in ``.html``, else Markdown.

        Raises ``OSError`` where it cannot be written.
        """
        path = Path(path)
        text = self.html() if path.suffix == ".html" else self.markdown() + "\n"
        # A name may hold half of a character pair, which no file can.
        path.write_bytes(text.encode("utf-8", "replace"))


def report(
    before: Scorecard,
    after: Scorecard,
    *,
    attacks: tuple[Rows | pd.DataFrame, Rows | pd.DataFrame] = ((), ()),
    jobs: tuple[Rows | pd.DataFrame, Rows | pd.DataFrame] = ((), ()),
    plans: Mapping[str, str] | None = None,
) -> Report:
    """The page on one account between two scorecards; see the fields of :class:`Report`.

    Args:
        before: The first scorecard.
        after: The last one.
        attacks: What was tried before and after, as rows or as tables with these columns.
        jobs: The same of the jobs.
        plans: By control's id, for what is left.

    Raises:
        ValueError: The scorecards are of two accounts, or a plan is for a control that there
            is not.

    >>> from datetime import UTC, datetime
    >>> from helpers.analysis.controls import CONTROLS, score
    >>> from helpers.analysis.snapshot import Snapshot
    >>> card = score(Snapshot({}, datetime(2026, 11, 2, tzinfo=UTC)), [CONTROLS["root-mfa"]])
    >>> print(report(card, card, plans={"root-mfa": "ask root's owner"}).left[0][-1])
    ask root's owner
    """
    if before.account and after.account and before.account != after.account:
        raise ValueError(f"Two accounts: {before.account} before, {after.account} after.")
    plans = dict(plans or {})
    known = {one.control.id for one in after.results}
    if unknown := sorted(plans.keys() - known):
        raise ValueError(f"A plan for what is no control of the scorecard: {', '.join(unknown)}.")
    tried, done = ((_as_rows(first), _as_rows(last)) for first, last in (attacks, jobs))
    return Report(before, after, tried, done, plans)


def _as_rows(rows: Rows | pd.DataFrame) -> Rows:
    if isinstance(rows, Sequence):
        return tuple(rows)
    return tuple(rows.to_dict("records"))


def _working(rows: Rows) -> list[Mapping[str, Any]]:
    return [row for row in rows if str(row["outcome"]).startswith(_WORKS)]


def _evidence(one: Result) -> str:
    """The first piece of evidence, and how many more there are."""
    first, *more = one.reasons
    subject = first.subject.rpartition(":")[2]
    text = f"{subject}: {first.text}"
    return f"{text}, and {len(more)} more" if more else text


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


# Markdown and HTML -------------------------------------------------------------------------------


def _marked(text: str) -> str:
    r"""Text as Markdown that shows it as it is.

    >>> print(_marked("a|b *c*\n<d>"))
    a\|b \*c\* \<d\>
    """
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield f"| {' | '.join(map(_marked, row))} |"


def _rows(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    # JupyterLab sets cells of tables to the right, and takes a page's style out.
    left = 'style="text-align: left"'
    top = "".join(f'<th scope="col" {left}>{head}</th>' for head in heads)
    body = "".join(
        "<tr>" + "".join(f"<td {left}>{html.escape(value)}</td>" for value in row) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


_STYLE = (
    "body{font:10.5pt/1.35 sans-serif;max-width:52em;margin:1em auto;color:#111;background:#fff}"
    "h1{font-size:15pt}h2{font-size:12pt;margin:1em 0 .3em}table{border-collapse:collapse}"
    "th,td{text-align:left;vertical-align:top;padding:2px 8px;border-bottom:1px solid #bbb}"
    "@page{size:A4;margin:12mm}"
)
