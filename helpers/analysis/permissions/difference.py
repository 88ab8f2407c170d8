"""What changes from one policy document to another: line by line, and action by action.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from helpers.analysis.permissions.grants import Document, allows_all_of, merged
from helpers.policy import Permission, Policies, effective_permissions, parse_policy
from helpers.policy.document import POLICY_ELEMENTS, STATEMENT_ELEMENTS

if TYPE_CHECKING:
    import pandas as pd

CONTEXT_LINES = 2
"""How many lines the text shows around a change."""


class Change(StrEnum):
    """What becomes of an action."""

    GONE = "gone"
    NARROWED = "narrowed"
    """Allowed in fewer requests: on fewer resources, or under a condition more."""
    KEPT = "kept"
    WIDENED = "widened"
    CHANGED = "changed"
    """Allowed in other requests; neither policy surely allows all that the other does."""
    NEW = "new"


class ActionChange(NamedTuple):
    """An action and what becomes of it; ``before`` and ``after`` are resource patterns."""

    action: str
    change: Change
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def service(self) -> str:
        """The service prefix."""
        return self.action.partition(":")[0]


@dataclass(frozen=True)
class Difference:
    """What changes from one document to another; as a text the lines that differ.

    ``old`` and ``new`` are in canonical form, empty where there is no document. ``changes`` are
    the actions that either of them allows, by name.
    """

    name: str
    old: str
    new: str
    changes: tuple[ActionChange, ...]

    def of(self, change: Change) -> list[str]:
        """The actions that a change is made to."""
        return [one.action for one in self.changes if one.change == change]

    @property
    def text(self) -> str:
        """The difference in the unified format; empty where nothing differs."""
        return "\n".join(
            difflib.unified_diff(
                self.old.splitlines(),
                self.new.splitlines(),
                f"{self.name} (now)" if self.old else "(nothing)",
                f"{self.name} (then)" if self.new else "(nothing)",
                n=CONTEXT_LINES,
                lineterm="",
            )
        )

    def frame(self) -> pd.DataFrame:
        """A row an action: ``service``, ``action``, ``change``, ``before``, ``after`` (resource
        patterns, one behind the other)."""
        import pandas as pd

        return pd.DataFrame(
            [
                (
                    one.service,
                    one.action,
                    str(one.change),
                    ", ".join(one.before),
                    ", ".join(one.after),
                )
                for one in self.changes
            ],
            columns=["service", "action", "change", "before", "after"],
        )

    def services(self) -> pd.DataFrame:
        """A row a service (the index): how many of its actions are ``gone``, ``narrowed``, …, a
        column each kind of change, in that order."""
        import pandas as pd

        rows = self.frame()
        counts = pd.crosstab(rows.service, rows.change)
        counts = counts.reindex(columns=[str(c) for c in Change], fill_value=0)
        return counts.rename_axis(columns=None)

    def __str__(self) -> str:
        return self.text or f"{self.name}: nothing changes"

    __repr__ = __str__


def difference(old: Document | None, new: Document | None, name: str = "policy") -> Difference:
    """Compare two documents; ``None`` where there is none.

    Raises:
        PolicyError: A document is no valid identity-based policy.

    >>> old = {"Version": "2012-10-17", "Statement": {
    ...     "Effect": "Allow", "Action": ["sqs:ListQueues", "sqs:PurgeQueue"], "Resource": "*"}}
    >>> new = {"Version": "2012-10-17", "Statement": {
    ...     "Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"}}
    >>> found = difference(old, new, "Queues")
    >>> found.of(Change.GONE)
    ['sqs:PurgeQueue']
    >>> print(found)
    --- Queues (now)
    +++ Queues (then)
    @@ -5,6 +5,5 @@
           "Effect": "Allow",
           "Action": [
    -        "sqs:ListQueues",
    -        "sqs:PurgeQueue"
    +        "sqs:ListQueues"
           ],
           "Resource": [
    """
    for document in (old, new):
        if document is not None:
            parse_policy(document if isinstance(document, str) else dict(document), name=name)
    before, after = (canonical(one) if one is not None else "" for one in (old, new))
    return Difference(name, before, after, tuple(_changes(before, after)))


# -- the text ------------------------------------------------------------------------------------

_ORDER = (*POLICY_ELEMENTS, *STATEMENT_ELEMENTS)
_SETS = ("Action", "NotAction", "Resource", "NotResource")


def canonical(document: Document) -> str:
    """A document as JSON in which equal policies look alike: elements in AWS's order, actions and
    resources as sorted lists, one a line.

    >>> print(canonical('{"Statement": {"Resource": "*", "Action": "s3:*", "Effect": "Allow"}}'))
    {
      "Statement": [
        {
          "Effect": "Allow",
          "Action": [
            "s3:*"
          ],
          "Resource": [
            "*"
          ]
        }
      ]
    }
    """
    data = json.loads(document) if isinstance(document, str) else dict(document)
    listed = data.get("Statement", [])
    statements = [_ordered(one) for one in (listed if isinstance(listed, list) else [listed])]
    return json.dumps(_ordered({**data, "Statement": statements}), indent=2, ensure_ascii=False)


def _ordered(element: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for key in sorted(element, key=lambda k: (_ORDER.index(k) if k in _ORDER else len(_ORDER), k)):
        value = element[key]
        if key in _SETS:
            value = sorted({value} if isinstance(value, str) else set(value), key=str.lower)
        elif key == "Condition" and isinstance(value, Mapping):
            value = {
                operator: dict(sorted(keys.items())) for operator, keys in sorted(value.items())
            }
        found[key] = value
    return found


# -- the actions -----------------------------------------------------------------------------------


def _changes(old: str, new: str) -> list[ActionChange]:
    before, after = _granted(old), _granted(new)
    statements = [merged([("", text)] if text else []) for text in (old, new)]
    known: dict[tuple[tuple[int, ...], ...], Change] = {}
    found = []
    for action in sorted(before.keys() | after.keys(), key=str.lower):
        held, holds = before.get(action, ()), after.get(action, ())
        if not holds:
            change = Change.GONE
        elif not held:
            change = Change.NEW
        else:
            # Actions that the same statements speak of change alike.
            alike = tuple(one.speaking_of(action) for one in statements)
            if alike not in known:
                known[alike] = _compared(*(one.of_action(action) for one in statements))
            change = known[alike]
        found.append(ActionChange(action, change, _patterns(held), _patterns(holds)))
    return found


def _compared(old: tuple[dict[str, Any], ...], new: tuple[dict[str, Any], ...]) -> Change:
    less, more = allows_all_of(old, new), allows_all_of(new, old)
    if less and more:
        return Change.KEPT
    if less:
        return Change.NARROWED
    return Change.WIDENED if more else Change.CHANGED


def _granted(text: str) -> dict[str, list[Permission]]:
    found: dict[str, list[Permission]] = {}
    for row in effective_permissions(Policies(identity=[text] if text else [])):
        if row.policy:
            found.setdefault(row.action, []).append(row)
    return found


def _patterns(rows: list[Permission] | tuple[()]) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            f"all but {pattern}" if row.except_resources else pattern
            for row in rows
            for pattern in row.resources
        )
    )
