"""A policy and its statements, compiled: what the evaluation works on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeAlias

from .conditions import Condition
from .elements import ActionElement, ResourceElement
from .policy_types import PolicyType
from .principals import PrincipalElement
from .source import Path, Position, Source
from .variables import Context

Effect: TypeAlias = Literal["Allow", "Deny"]


def statement_name(sid: str | None, index: int) -> str:
    """What people call a statement; ``index`` is its place in its policy, from 0.

    >>> statement_name("Read", 0), statement_name(None, 0)
    ('statement Read', 'statement no. 1')
    """
    return f"statement {sid}" if sid else f"statement no. {index + 1}"


class Statement:
    """One statement of a policy, compiled.

    Attributes:
        sid: The Sid; None where there is none.
        index: Its place in the policy, from 0.
        effect: ``"Allow"`` or ``"Deny"``.
        actions, resources, principals, conditions: What has to match. ``resources`` is None in a
            trust policy, ``principals`` is None in policies that hang on a principal.
    """

    __slots__ = (
        "_path",
        "_source",
        "actions",
        "conditions",
        "effect",
        "index",
        "principals",
        "resources",
        "sid",
    )

    def __init__(
        self,
        *,
        sid: str | None,
        index: int,
        effect: Effect,
        actions: ActionElement,
        resources: ResourceElement | None,
        principals: PrincipalElement | None,
        conditions: Sequence[Condition],
        source: Source,
        path: Path,
    ) -> None:
        self.sid = sid
        self.index = index
        self.effect = effect
        self.actions = actions
        self.resources = resources
        self.principals = principals
        self.conditions = tuple(conditions)
        self._source = source
        self._path = path

    def applies(self, action: str, resource: str, context: Context) -> bool:
        """Whether action (in lower case), resource and conditions match; not yet the principal."""
        if not self.actions.matches(action):
            return False
        if self.resources is not None and not self.resources.matches(resource, context):
            return False
        for condition in self.conditions:  # noqa: SIM110 (all() takes three times as long)
            if not condition.matches(context):
                return False
        return True

    @property
    def name(self) -> str:
        """``statement Read``; by its place where it has no Sid."""
        return statement_name(self.sid, self.index)

    @property
    def document(self) -> dict[str, Any]:
        """The statement as it is written."""
        found: Any = self._source.data
        for part in self._path:
            found = found[part]
        return found

    @property
    def start(self) -> Position:
        """Where the statement begins in its document (line and column from 1)."""
        return self._source.start(self._path)

    @property
    def end(self) -> Position:
        """The place right behind the statement's last character."""
        return self._source.end(self._path)

    @property
    def simulator_start(self) -> Position:
        """Where IAM's policy simulator says that the statement begins.

        It names the place that its reader has come to when it meets the statement: behind the
        ``{`` of a statement that stands alone, behind the ``[`` for the first of a list, behind
        the statement before for the others.
        AWS: https://docs.aws.amazon.com/cli/latest/reference/iam/simulate-principal-policy.html
        """
        *around, last = self._path
        if isinstance(last, int) and last > 0:
            return self._source.end((*around, last - 1))
        line, column = self._source.start(tuple(around) if isinstance(last, int) else self._path)
        return Position(line, column + 1)

    def __repr__(self) -> str:
        name = self.sid if self.sid else f"no. {self.index + 1}"
        return f"<Statement {name}: {self.effect}>"


class Policy:
    """A policy document, compiled. It never changes and may serve any number of requests.

    Attributes:
        type: The kind of policy that the document was read as.
        name: Its name or ARN; None where it has none.
        version: ``2012-10-17`` or ``2008-10-17``.
        id: The Id element; None where there is none.
        statements: The statements in the order of the document.
    """

    __slots__ = ("id", "name", "statements", "type", "version")

    def __init__(
        self,
        type: PolicyType,
        name: str | None,
        version: str,
        id: str | None,
        statements: Iterable[Statement],
    ) -> None:
        self.type = type
        self.name = name
        self.version = version
        self.id = id
        self.statements = tuple(statements)

    def __repr__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        return f"<Policy{name}: {self.type}, {len(self.statements)} statements>"
