"""The smaller policies that would do for a user or role, and what to do to get there.

There are two ways, as in IAM Access Analyzer. One takes away from each policy what was not used
(:func:`recommend`); what cannot be judged stays, with its reason. The other makes one new policy
of what the record shows (:func:`generate`); what the record cannot show is left out, with its
reason. Either comes with its proof on the recorded calls.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-findings-remediate.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-generation.html
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from helpers.analysis.permissions.difference import Difference, difference
from helpers.analysis.permissions.entities import UNKNOWN, Attached, Entity, is_valid
from helpers.analysis.permissions.proof import prove
from helpers.analysis.permissions.proof_result import Proof
from helpers.analysis.permissions.smaller import (
    Resources,
    from_use,
    kept_to,
    seen_resources,
    without,
)
from helpers.analysis.permissions.unused import Row, Verdict, rows
from helpers.analysis.trail.event_actions import Record
from helpers.analysis.trail.usage import Usage
from helpers.policy import Policies, catalogue, effective_permissions, parse_policy, policy_size
from helpers.policy.errors import counted

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 6
"""How many actions or services the text names in a line."""

INLINE_LIMITS = {"user": 2_048, "role": 10_240, "group": 5_120}
MANAGED_LIMIT = 6_144
"""Characters, white space aside, of a policy; of inline policies all of one holder together.
AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


class Step(StrEnum):
    """What to do with a policy."""

    KEEP = "keep"
    EDIT = "edit"
    REPLACE = "replace"
    """Attach a policy of the account's own in place of AWS's, which nobody can edit."""
    DETACH = "detach"
    DELETE = "delete"
    CREATE = "create"


@dataclass(frozen=True, slots=True)
class PolicyStep:
    """What to do with one policy of a user or role.

    ``policy`` is the old one, ``None`` for one that is created. ``id`` and ``document`` are those
    of the policy that is there afterwards; the document is ``None`` where there is none. ``notes``
    are what to think of before.
    """

    policy: Attached | None
    step: Step
    id: str
    document: Mapping[str, Any] | str | None
    notes: tuple[str, ...] = ()

    @property
    def difference(self) -> Difference:
        """What changes in the policy."""
        old = self.policy.document if self.policy is not None else None
        if old is not None and not is_valid(old):
            old = None
        kept_as_it_is = self.step is Step.KEEP
        return difference(old, old if kept_as_it_is else self.document, self.id)


@dataclass(frozen=True)
class Recommendation:
    """What would do for a user or role.

    ``rows`` are all actions that it has, with verdicts for the time from ``start`` on. ``unjudged``
    are those of which the record cannot tell whether they were used, by reason; ``keeps_unjudged``
    says whether the new policies allow them.
    """

    entity: Entity
    start: datetime
    steps: tuple[PolicyStep, ...]
    rows: tuple[Row, ...]
    keeps_unjudged: bool

    @property
    def policies(self) -> list[tuple[str, Mapping[str, Any] | str]]:
        """The policies that there are afterwards: (id, document)."""
        return [(one.id, one.document) for one in self.steps if one.document is not None]

    @property
    def unjudged(self) -> dict[Verdict, list[str]]:
        """Actions that cannot be judged, by reason."""
        found: dict[Verdict, list[str]] = {}
        for row in self.rows:
            if row.verdict not in (Verdict.USED, Verdict.UNUSED):
                found.setdefault(row.verdict, []).append(row.action)
        return found

    @property
    def removed(self) -> list[str]:
        """The actions that are taken away: unused, or left out because they cannot be judged."""
        return [row.action for row in self.rows if self._is_removed(row)]

    @property
    def removed_services(self) -> list[str]:
        """The services of which nothing is left."""
        left = {row.service for row in self.rows if not self._is_removed(row)}
        return sorted({row.service for row in self.rows} - left)

    def _is_removed(self, row: Row) -> bool:
        unjudged = row.verdict is not Verdict.USED and not self.keeps_unjudged
        return row.verdict is Verdict.UNUSED or unjudged

    def proof(self, records: Iterable[Record]) -> Proof:
        """Try the new policies on the recorded calls, as
        :func:`helpers.analysis.permissions.proof.prove` does."""
        return prove(self.entity, records, self.policies, self.removed)

    def frame(self) -> pd.DataFrame:
        """A row a policy: ``policy`` (its id), ``group`` (whose it is, or empty), ``step``,
        ``before`` and ``after`` (how many actions it allows), ``notes``."""
        import pandas as pd

        return pd.DataFrame(
            [
                (
                    one.policy.id if one.policy is not None else one.id,
                    (one.policy.group if one.policy is not None else None) or "",
                    str(one.step),
                    _count(one.policy.document if one.policy is not None else None),
                    _count(one.document),
                    "; ".join(one.notes),
                )
                for one in self.steps
            ],
            columns=["policy", "group", "step", "before", "after", "notes"],
        )

    def actions(self) -> pd.DataFrame:
        """A row an action that it has: ``service``, ``action``, ``verdict``, ``last_used`` (UTC),
        ``removed``."""
        import pandas as pd

        return pd.DataFrame(
            [
                (row.service, row.action, str(row.verdict), row.last_used, self._is_removed(row))
                for row in self.rows
            ],
            columns=["service", "action", "verdict", "last_used", "removed"],
        )

    def __str__(self) -> str:
        return "\n".join(_lines(self))

    __repr__ = __str__


def recommend(
    entity: Entity,
    use: Usage,
    start: datetime,
    *,
    wildcards: bool = False,
    keep_resources: bool = True,
    data_events: Collection[str] | None = None,
) -> Recommendation:
    """The policies of a user or role without what was not used since ``start``.

    They allow nothing new. Actions that cannot be judged stay; those that no request is allowed
    for anyway (denied elsewhere, outside of the boundary) go silently with the unused ones of
    their statement.

    Args:
        use: What the record says; it should reach back to ``start``.
        wildcards: Write ``s3:GetBucket*`` for actions that are all there are of such names.
        keep_resources: Leave the resources as the old policies have them. ``False``: keep the
            actions to the resources that the record shows, where each call's is known.
        data_events: Services whose data events the record has; ``None``: those of which it has
            any.

    >>> from datetime import UTC
    >>> from helpers.analysis.trail.usage import usage
    >>> work = '{"Statement": {"Effect": "Allow", "Action": "iam:*LoginProfile", "Resource": "*"}}'
    >>> ann = Entity("arn:aws:iam::111122223333:user/ann", "user", "ann", "/", None,
    ...              (Attached("Work", work),))
    >>> seen = [{"eventSource": "iam.amazonaws.com", "eventName": "GetLoginProfile",
    ...     "eventTime": "2026-11-02T09:00:00Z", "userIdentity": {"type": "IAMUser",
    ...     "arn": "arn:aws:iam::111122223333:user/ann"}}]
    >>> print(recommend(ann, usage(seen), datetime(2026, 10, 1, tzinfo=UTC)))
    Recommendation for user ann, by its use since 2026-10-01:
      edit Work: 1 of 4 actions stays
      removed, because unused: 3 actions: iam:CreateLoginProfile, iam:DeleteLoginProfile, \
iam:UpdateLoginProfile
    """
    judged = rows(entity, use, start, data_events=data_events)
    kept = {row.action for row in judged if row.verdict is not Verdict.UNUSED}
    seen: dict[str, Sequence[str]] = {}
    if not keep_resources:
        used = {row.action for row in judged if row.verdict is Verdict.USED}
        for action, one in use.of(entity.arn).items():
            if action in used and (arns := seen_resources(action, one)):
                seen[action] = arns
    gone = set(catalogue.expand("*")) - kept
    steps = policy_steps(entity, gone, wildcards=wildcards, seen=seen)
    return Recommendation(entity, start, tuple(steps), tuple(judged), True)


def generate(
    entity: Entity,
    use: Usage,
    start: datetime,
    *,
    resources: Resources = Resources.SEEN,
    data_events: Collection[str] | None = None,
) -> Recommendation:
    """One new policy of what a user or role did since ``start``, in place of what it has.

    Only calls that were not denied count. The policy may allow more than the old ones, where the
    record does not tell a call's resource or condition: the proof says so. Statements that deny
    stay. What a record cannot show (:attr:`Recommendation.unjudged`) is not in the policy.
    """
    judged = rows(entity, use, start, data_events=data_events)
    uses = {
        action: one
        for action, one in use.of(entity.arn).items()
        if one.last is not None and one.last >= start
    }
    steps = list(policy_steps(entity, set(catalogue.expand("*"))))
    if uses:
        name = _own_name(entity, "generated")
        document = from_use(uses, resources)
        steps.insert(0, PolicyStep(None, Step.CREATE, name, document, _too_long(document, None)))
    return Recommendation(entity, start, tuple(steps), tuple(judged), False)


def policy_steps(
    entity: Entity,
    removed: Collection[str],
    *,
    wildcards: bool = False,
    seen: Mapping[str, Sequence[str]] | None = None,
) -> Iterator[PolicyStep]:
    """What to do with each policy of a user or role, so that some actions are no longer allowed.

    Args:
        removed: Actions in AWS's spelling.
        wildcards: As for :func:`recommend`.
        seen: Action → the resources to keep it to; empty: those of the old policies.
    """
    for policy in entity.policies:
        if not is_valid(policy.document):
            unknown = policy.document == UNKNOWN
            note = "what it grants is not in the details" if unknown else "no valid policy"
            yield PolicyStep(policy, Step.KEEP, policy.id, None, (note,))
            continue
        smaller: dict[str, Any] | None = json.loads(policy.document)
        if grants_any(policy, removed):
            smaller = without(policy.document, removed, wildcards=wildcards)
        if smaller is not None and seen:
            smaller = kept_to(smaller, seen, wildcards=wildcards)
        yield _step(entity, policy, smaller)


def grants_any(policy: Attached, actions: Collection[str]) -> bool:
    """Whether a policy has an Allow statement that speaks of one of the actions."""
    parsed = parse_policy(policy.document)
    return any(
        statement.effect == "Allow" and any(statement.actions.matches(a.lower()) for a in actions)
        for statement in parsed.statements
    )


def _step(entity: Entity, policy: Attached, smaller: dict[str, Any] | None) -> PolicyStep:
    if smaller == json.loads(policy.document):
        return PolicyStep(policy, Step.KEEP, policy.id, policy.document)
    notes = []
    if policy.group is not None:
        notes.append(f"of the group {policy.group}: its other members lose the same")
    elif policy.is_managed and not policy.is_of_aws and smaller is not None:
        notes.append("a managed policy: whoever else has it loses the same")
    if smaller is None:
        step = Step.DETACH if policy.is_managed else Step.DELETE
        return PolicyStep(policy, step, policy.id, None, tuple(notes))
    if not any(one.get("Effect") == "Allow" for one in smaller["Statement"]):
        notes.append("what it denies stays")
    step, name = Step.EDIT, policy.id
    if policy.is_of_aws:
        step, name = Step.REPLACE, _own_name(entity, policy.id.rpartition("/")[2])
    notes += _too_long(smaller, policy, "group" if policy.group else entity.kind)
    if policy.group is None and policy.is_of_aws:
        notes.append("AWS's own policies cannot be edited")
    return PolicyStep(policy, step, name, smaller, tuple(notes))


def _own_name(entity: Entity, name: str) -> str:
    partition, account = entity.arn.split(":")[1], entity.arn.split(":")[4]
    return f"arn:{partition}:iam::{account}:policy/{entity.name}-{name}"


def _too_long(
    document: Mapping[str, Any], policy: Attached | None, holder: str = ""
) -> tuple[str, ...]:
    """A note on a document that is too long for what it is."""
    size = policy_size(json.dumps(document))
    managed = policy is None or policy.is_managed
    limit = MANAGED_LIMIT if managed else INLINE_LIMITS[holder]
    if size <= limit:
        return ()
    return (f"{size:,} characters, and {limit:,} are allowed: use wildcards or split it",)


# -- the text ------------------------------------------------------------------------------------


def _lines(found: Recommendation) -> Iterator[str]:
    entity = found.entity
    yield (
        f"Recommendation for {entity.kind} {entity.name}, by its use since {found.start:%Y-%m-%d}:"
    )
    for one in found.steps:
        name = one.policy.id if one.policy is not None else one.id
        text = f"  {one.step} {name}"
        if one.step in (Step.EDIT, Step.REPLACE) and one.policy is not None:
            before, after = _count(one.policy.document), _count(one.document)
            verb = "stays" if after == 1 else "stay"
            text += f": {after:,} of {before:,} actions {verb}"
        elif one.step is Step.CREATE:
            text += f": {counted(_count(one.document), 'action')}"
        yield text
        yield from (f"    ({note})" for note in one.notes)
    unused = [row.action for row in found.rows if row.verdict is Verdict.UNUSED]
    if unused:
        yield f"  removed, because unused: {_named(unused)}"
    if found.removed_services:
        services = found.removed_services
        more = f" and {len(services) - SHOWN:,} more" if len(services) > SHOWN else ""
        yield f"  services of which nothing is left: {', '.join(services[:SHOWN])}{more}"
    for reason, actions in found.unjudged.items():
        what = "kept" if found.keeps_unjudged else "left out"
        yield f"  {what}, not judged ({reason}): {_named(actions)}"


def _named(actions: Sequence[str]) -> str:
    more = f" and {len(actions) - SHOWN:,} more" if len(actions) > SHOWN else ""
    return f"{counted(len(actions), 'action')}: {', '.join(actions[:SHOWN])}{more}"


def _count(document: Mapping[str, Any] | str | None) -> int:
    """How many actions a document allows."""
    if document is None:
        return 0
    text = document if isinstance(document, str) else json.dumps(document)
    if not is_valid(text):
        return 0
    found = effective_permissions(Policies(identity=[text]))
    return len({row.action for row in found if row.policy})
