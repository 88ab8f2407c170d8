"""A judgement as words and as HTML: the gates, then every policy with its statements marked.

Both are made of the same blocks, so that the words say all that the picture shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from helpers.cards import BAD, GOOD, INFO, NEUTRAL, WARN, Card, Tone, escaped, plain
from helpers.policy.simulation import Fault, Judgement, Reading, Simulation, StatementReading
from helpers.views.decision_path import DecisionPath

__all__ = ["asked_html", "decision_html", "decision_words", "policy_html", "words"]


class _Block(NamedTuple):
    """Lines of a document that belong together: a statement's, or those between two."""

    first: int
    last: int
    tone: Tone | None
    remarks: tuple[str, ...]


def _remark(statement: StatementReading) -> tuple[Tone, str]:
    name = f"{statement.name} ({statement.effect})"
    if statement.decides:
        tone = BAD if statement.effect == "Deny" else GOOD
        return tone, f"{name} matches, and decides: {statement.because}"
    if statement.matched is None:
        because = f": {statement.because}" if statement.because else ""
        return NEUTRAL, f"{name} is not asked{because}"
    if statement.matched:
        return INFO, f"{name} matches, and does not decide: {statement.because}"
    return NEUTRAL, f"{name} does not match: {statement.because}"


# The tone of several statements in one line: the first of these.
_STRONGEST = (BAD, GOOD, INFO, NEUTRAL)


def _blocks(reading: Reading, count: int) -> Iterator[_Block]:
    """The document's lines, from 1 to ``count``, each in one block."""
    if fault := reading.fault:
        line = min(fault.line or 1, count)
        if line > 1:
            yield _Block(1, line - 1, None, ())
        said = plain(" ".join(filter(None, (fault.problem, fault.hint))))
        remark = f"{BAD.symbol} line {line}, column {fault.column}: {said}"
        yield _Block(line, line, BAD, (remark,))
        if line < count:
            yield _Block(line + 1, count, None, ())
        return
    after = 1  # the first line that is in no block so far
    for group in _by_lines(reading.statements):
        first, last = group[0].first_line, group[-1].last_line
        if first > after:
            yield _Block(after, first - 1, None, ())
        said = [_remark(statement) for statement in group]
        tone = min((tone for tone, _ in said), key=_STRONGEST.index)
        yield _Block(
            first, last, tone, tuple(f"{tone.symbol} {plain(text)}" for tone, text in said)
        )
        after = last + 1
    if after <= count:
        yield _Block(after, count, None, ())


def _by_lines(statements: tuple[StatementReading, ...]) -> list[list[StatementReading]]:
    """The statements in the order of the text; those that share a line stand together."""
    groups: list[list[StatementReading]] = []
    for statement in statements:
        if groups and statement.first_line <= groups[-1][-1].last_line:
            groups[-1].append(statement)
        else:
            groups.append([statement])
    return groups


# As words ----------------------------------------------------------------------------------------


def words(simulation: Simulation, judgement: Judgement) -> str:
    """Everything as text."""
    parts = [decision_words(judgement), _asked_words(simulation, judgement)]
    parts += [_policy_words(reading) for reading in judgement.readings]
    return "\n\n".join(parts)


def decision_words(judgement: Judgement) -> str:
    """The gates, or why there is no decision."""
    if judgement.decision is None:
        return _no_decision(judgement.faults).plain()
    return "\n".join([repr(DecisionPath(judgement.decision)), *_notes(judgement)])


def _notes(judgement: Judgement) -> list[str]:
    found = [f"{WARN.symbol} {plain(note)}" for note in judgement.notes]
    decision = judgement.decision
    near = decision.nearest() if decision is not None and decision.lacking else None
    if near is not None:
        found.append(f"{INFO.symbol} {'nearest: ' if near.step else ''}{plain(near)}")
    return found


def _no_decision(faults: tuple[Fault, ...]) -> Card:
    return Card(BAD, "No decision yet", "\n".join(map(plain, faults)).replace("`", "'"))


def _asked_lines(simulation: Simulation, judgement: Judgement) -> list[tuple[str, str]]:
    lines = [("who", simulation.principal)]
    if simulation.account:
        lines.append(("resource account", simulation.account))
    return lines + [(key, ", ".join(values)) for key, values in judgement.context.items()]


def _asked_words(simulation: Simulation, judgement: Judgement) -> str:
    return "\n".join(
        plain(f"{name}: {value}") for name, value in _asked_lines(simulation, judgement)
    )


def _policy_words(reading: Reading) -> str:
    lines = reading.policy.text.split("\n")
    width = len(str(len(lines)))
    found = [plain(reading.policy.label)]
    for block in _blocks(reading, len(lines)):
        mark = block.tone.symbol if block.tone else " "
        for number in range(block.first, block.last + 1):
            line = lines[number - 1]
            found.append(f"{mark} {number:>{width}}  {plain(line)}".rstrip())
            if reading.fault and block.tone:
                before = plain(line[: (reading.fault.column or 1) - 1])
                found.append(" " * (width + 4 + len(before)) + "^")
        found += [f"{' ' * (width + 4)}{remark}" for remark in block.remarks]
    return "\n".join(found)


# As HTML -----------------------------------------------------------------------------------------

_CODE = (
    "font-family: monospace; white-space: pre-wrap; overflow-wrap: anywhere; "
    "padding-left: 6ch; text-indent: -6ch;"
)
_BOX = "border: 1px solid #757575; padding: 4px 0; margin: 4px 0; text-align: left;"


def decision_html(judgement: Judgement) -> str:
    """The gates, or why there is no decision."""
    if judgement.decision is None:
        return _no_decision(judgement.faults).html()
    notes = "".join(f"<div>{escaped(note)}</div>" for note in _notes(judgement))
    return DecisionPath(judgement.decision).html() + notes


def asked_html(simulation: Simulation, judgement: Judgement) -> str:
    """Who asked, and with which condition keys; to be opened."""
    lines = "".join(
        f"<li><code>{escaped(name)}</code>: {escaped(value)}</li>"
        for name, value in _asked_lines(simulation, judgement)
    )
    style = "overflow-wrap: anywhere; margin: 0;"
    return (
        f'<details><summary>What the request carries</summary><ul style="{style}">{lines}</ul>'
        "</details>"
    )


def policy_html(reading: Reading) -> str:
    """A policy's lines with numbers; a bar and a remark say what became of each statement."""
    lines = reading.policy.text.split("\n")
    blocks = "".join(_block_html(block, lines, reading) for block in _blocks(reading, len(lines)))
    title = escaped(reading.policy.label)
    head = f'<div style="padding: 0 10px;"><strong>{title}</strong></div>'
    return f'<div style="{_BOX}">{head}{blocks}</div>'


def _block_html(block: _Block, lines: list[str], reading: Reading) -> str:
    fault = reading.fault if block.tone else None
    drawn = "".join(
        f'<div style="{_CODE}">{number:>4}  {_line_html(lines[number - 1], fault)}</div>'
        for number in range(block.first, block.last + 1)
    )
    remarks = "".join(
        f'<div style="padding: 2px 4px;"><strong>{escaped(remark)}</strong></div>'
        if remark.startswith((BAD.symbol, GOOD.symbol))
        else f'<div style="padding: 2px 4px;">{escaped(remark)}</div>'
        for remark in block.remarks
    )
    if block.tone is None:
        return f'<div style="padding: 0 4px 0 10px;">{drawn}</div>'
    # The theme's colour is a declaration of its own, for where variables are taken out.
    bar = (
        f"border-left: 6px solid {block.tone.fallback}; border-left-color: {block.tone.colour}; "
        "padding: 2px 4px;"
    )
    return f'<div style="{bar}">{drawn}{remarks}</div>'


def _line_html(line: str, fault: Fault | None) -> str:
    """A line as data; in the faulty one the character at fault is underlined."""
    if fault is None:
        return escaped(line)
    place = (fault.column or 1) - 1
    at = escaped(line[place : place + 1]) or "&nbsp;"
    style = "text-decoration: underline; text-decoration-thickness: 3px; font-weight: bold;"
    before, behind = escaped(line[:place]), escaped(line[place + 1 :])
    return f'{before}<span style="{style}">{at}</span>{behind}'
