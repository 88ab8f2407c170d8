"""Actions that do not exist, and actions that stand twice."""

from __future__ import annotations

from collections.abc import Iterator

from .. import catalogue
from ..errors import quoted
from ..globs import action_covers, action_matcher
from .reading import Document, Problem, StatementView


def check(document: Document) -> Iterator[Problem]:
    for statement in document.statements:
        yield from unknown(statement)
        yield from redundant(statement)


def unknown(statement: StatementView) -> Iterator[Problem]:
    """A service that does not exist, an action that does not, a pattern that matches none."""
    for value in statement.actions:
        if catalogue.expand(value.text):
            continue
        service, _, _ = value.text.partition(":")
        if not catalogue.service_exists(service):
            close = catalogue.nearest_action(value.text) or catalogue.nearest_service(service)
            yield Problem(
                "INVALID_SERVICE_IN_ACTION",
                f"No service has the prefix {quoted(service)}.{_meant(close)}",
                value.path,
            )
        elif "*" in value.text or "?" in value.text:
            yield Problem(
                "INVALID_ACTION",
                f"No action matches {quoted(value.text)}, so it stands for nothing.",
                value.path,
            )
        else:
            close = catalogue.nearest_action(value.text)
            yield Problem(
                "INVALID_ACTION",
                f"There is no action {quoted(value.text)}.{_meant(close)}",
                value.path,
            )


def _meant(close: str | None) -> str:
    return f' Did you mean "{close}"?' if close else ""


def redundant(statement: StatementView) -> Iterator[Problem]:
    """An action that another one of the same list covers."""
    first: dict[str, int] = {}
    for index, value in enumerate(statement.actions):
        first.setdefault(value.text.lower(), index)
    patterns = [
        (index, text, action_matcher(text))
        for text, index in first.items()
        if "*" in text or "?" in text
    ]
    for index, value in enumerate(statement.actions):
        text = value.text.lower()
        outer = first[text]
        if outer == index:
            outer = next(
                (
                    other
                    for other, pattern, covers in patterns
                    if other != index
                    and covers(text)
                    # Of two patterns that mean the same, the first one stays.
                    and (other < index or not action_covers(text, pattern))
                ),
                index,
            )
        if outer != index:
            yield Problem(
                "REDUNDANT_ACTION",
                f"{quoted(value.text)} is covered by {quoted(statement.actions[outer].text)} "
                f"in the same {statement.action_name}.",
                value.path,
            )
