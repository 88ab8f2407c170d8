"""The scorecard of an account as a card: a row for each control, worst first.

Every row says its result as a symbol and a word beside the colour. Text and ground are those of the
theme; the bar in front of a row is coloured as those of the project's cards.
"""

from __future__ import annotations

from typing import Any

from helpers.analysis.controls import Outcome, Result, Scorecard
from helpers.cards import BAD, GOOD, WARN, Tone, escaped, plain

__all__ = ["ScorecardCard"]

_TONES: dict[Outcome, Tone] = {
    Outcome.PASS: GOOD,
    Outcome.FAIL: BAD,
    Outcome.CANNOT_TELL: WARN,
}

SHOWN = 5
"""How many pieces of evidence a row shows at once; the others are behind a line to open."""


class ScorecardCard:
    """A scorecard to look at: the counts, and a row a control with what was found.

    Under a row that fails stand why it matters and how it is mended, to be opened. ``only`` keeps
    the rows of one result: "fail", "cannot tell", "pass".

    >>> from datetime import UTC, datetime
    >>> from helpers.analysis.controls import CONTROLS, score
    >>> from helpers.analysis.snapshot import Snapshot
    >>> nothing = Snapshot({}, datetime(2026, 11, 2, 9, tzinfo=UTC))
    >>> ScorecardCard(score(nothing, [CONTROLS["root-mfa"]]))
    An account at 2026-11-02 09:00 UTC, no Region looked at
    0 of 1 controls pass, 0 fail, 1 cannot be told
    ⚠ cannot tell  critical  The root user needs MFA to sign in
        root-mfa, CIS 2.5, Security Hub IAM.9
        account: cannot tell, because iam:GetAccountSummary was not read
    """

    def __init__(self, card: Scorecard, only: Outcome | str | None = None) -> None:
        if only is not None and only not in list(Outcome):
            raise ValueError(f"only: one of {', '.join(Outcome)}, not {only!r}")
        self.card = card
        self._results = [one for one in card.ordered if only in (None, one.outcome)]

    def __repr__(self) -> str:
        lines = [self.card.about, self.card.headline]
        for one in self._results:
            control = one.control
            mark = _TONES[one.outcome].symbol
            lines.append(f"{mark} {one.outcome:<11}  {control.severity:<8}  {control.title}")
            lines.append(f"    {_numbers(one)}")
            if one.outcome is Outcome.PASS:
                lines.append(f"    {_passed(one)}")
                continue
            lines += [f"    {reason}" for reason in one.reasons]
            if one.outcome is Outcome.FAIL:
                lines += [f"    Why: {control.why}", f"    To mend it: {control.mend}"]
                lines += [f"      {line}" for line in f"{one.boto3}\n{one.cli}".splitlines()]
        return "\n".join(map(plain, lines))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": repr(self), "text/html": self.html()}

    def html(self) -> str:
        """The card as HTML that loads nothing; names out of the account are data."""
        heads = "".join(
            f'<th scope="col" style="{_CELL}">{name}</th>'
            for name in ("Result", "Severity", "Control", "What was found")
        )
        rows = "".join(map(_row, self._results))
        return (
            f'<div style="{_WRAP}"><strong>{escaped(self.card.headline)}</strong></div>'
            f'<div style="{_WRAP}"><small>{escaped(self.card.about)}</small></div>'
            '<div style="overflow-x: auto"><table style="border-collapse: collapse">'
            '<caption style="text-align: left">Controls, worst first</caption>'
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
        )


_CELL = "text-align: left; vertical-align: top; padding: 4px 8px"
_WRAP = "overflow-wrap: anywhere"
_ROOM = "min-width: 12em"  # in a narrow window the table is scrolled


def _row(one: Result) -> str:
    tone, control = _TONES[one.outcome], one.control
    # The theme's colour is a declaration of its own, for where variables are taken out.
    bar = f"border-left: 6px solid {tone.fallback}; border-left-color: {tone.colour}"
    return (
        f'<tr><td style="{_CELL}; {bar}; white-space: nowrap">'
        f"{tone.symbol} {escaped(one.outcome)}</td>"
        f'<td style="{_CELL}">{escaped(control.severity)}</td>'
        f'<th scope="row" style="{_CELL}; {_ROOM}; font-weight: normal">{escaped(control.title)}'
        f"<br><small>{escaped(_numbers(one))}</small></th>"
        f'<td style="{_CELL}; {_ROOM}">{_found(one)}</td></tr>'
    )


def _numbers(one: Result) -> str:
    """What the control is called, here and in the lists that it is from."""
    control = one.control
    named = (("CIS", control.cis), ("Security Hub", control.security_hub))
    return ", ".join([control.id, *(f"{name} {number}" for name, number in named if number)])


def _passed(one: Result) -> str:
    many = len(one.reasons)
    return f"{many} looked at" if many != 1 else str(one.reasons[0])


def _found(one: Result) -> str:
    if one.outcome is Outcome.PASS:
        return escaped(_passed(one))
    reasons = [escaped(reason) for reason in one.reasons]
    parts = ["<br>".join(reasons[:SHOWN])]
    if len(reasons) > SHOWN:
        parts.append(_folded(f"{len(reasons) - SHOWN} more", "<br>".join(reasons[SHOWN:])))
    if one.outcome is Outcome.FAIL:
        how = f"<p>{escaped(one.control.why)}</p><p>{escaped(one.control.mend)}</p>"
        if one.boto3:
            how += f"{_code('Python', one.boto3)}{_code('AWS CLI', one.cli)}"
        parts.append(_folded("Why, and how to mend it", how))
    return "".join(parts)


def _folded(title: str, content: str) -> str:
    return f"<details><summary>{title}</summary>{content}</details>"


def _code(title: str, text: str) -> str:
    style = "white-space: pre-wrap; overflow-wrap: anywhere"
    lines = "\n".join(map(escaped, text.split("\n")))
    return f'<div>{title}</div><pre style="{style}">{lines}</pre>'
