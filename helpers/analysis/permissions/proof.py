"""The proof of a smaller policy: whatever was done still passes, what was removed is refused, and
nothing new is allowed.

All recorded calls of a user or role are made again from their records (:mod:`.replay`), under the
old policies and under the new ones. A record does not tell everything that decides a request. Such
calls are counted apart, each with the reason; they are safe all the same where the new policies
allow all that the old ones did for their action.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-custom-policy-checks.html
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from helpers.analysis.permissions.entities import Entity, policies_of
from helpers.analysis.permissions.grants import (
    Merged,
    Named,
    Origin,
    allows_all_of,
    merged,
    new_access,
)
from helpers.analysis.permissions.proof_result import Outcome, Proof, Reason, Removed, Row
from helpers.analysis.permissions.replay import Replay, replays
from helpers.analysis.trail.event_actions import Record, Status, meaning
from helpers.analysis.trail.usage import caller, event_time, without_path
from helpers.policy import (
    Decision,
    Policies,
    Request,
    catalogue,
    effective_permissions,
    evaluate,
)
from helpers.policy.context_keys import context_keys


def prove(
    entity: Entity,
    records: Iterable[Record],
    policies: Iterable[Named],
    removed: Iterable[str] | None = None,
) -> Proof:
    """Try new policies of a user or role on everything that is recorded of it.

    Args:
        entity: As it is now, with the old policies. Its permissions boundary stays as it is.
        records: CloudTrail records; those of others are left aside. Read once, one by one.
        policies: The new identity-based policies, groups' included: (id, document).
        removed: The actions that are to be refused; ``None``: all that the old policies allow and
            the new ones do not.

    Raises:
        PolicyError: A new document is no valid policy.

    >>> from helpers.analysis.permissions.entities import Attached
    >>> old = '{"Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}}'
    >>> ann = Entity("arn:aws:iam::111122223333:user/ann", "user", "ann", "/", None,
    ...              (Attached("Work", old),))
    >>> new = {"Statement": {"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"}}
    >>> print(prove(ann, [], [("Work", new)], ["sqs:DeleteQueue"]))
    Proof for user ann: it holds.
      ✔ no recorded call
      ✔ 1 removed action is refused, whatever the resource
      ✔ nothing new is allowed
    """
    new_named = list(policies)
    old_named = [(policy.id, policy.document) for policy in entity.policies]
    trial = _Trial(entity, old_named, new_named)
    used, unread = trial.used(records)
    if removed is None:
        removed = _actions(trial.old) - _actions(trial.new)
    return Proof(
        entity,
        tuple(used),
        tuple(trial.removed(sorted(removed, key=str.lower))),
        tuple(trial.added()),
        unread,
    )


def _actions(policies: Policies) -> set[str]:
    return {row.action for row in effective_permissions(policies) if row.policy}


class _Trial:
    """The old and the new policies of one entity, ready for questions."""

    def __init__(self, entity: Entity, old: list[Named], new: list[Named]) -> None:
        self.entity = entity
        self.old = policies_of(entity)
        self.new = policies_of(entity, new)
        account = entity.arn.split(":")[4]
        self._delegating = [
            (policies_of(entity, None, text), policies_of(entity, new, text))
            for text in (_delegating(account), _delegating(account, Resource="*"))
        ]
        self.old_merged = merged(old)
        self.new_merged = merged(new)
        self._keys: dict[str, tuple[str, ...]] = {}
        self._grants: dict[str, bool] = {}

    def used(self, records: Iterable[Record]) -> tuple[list[Row], Counter[str]]:
        """What becomes of the recorded calls, those alike in one row; and what cannot be read."""
        found: dict[tuple[Any, ...], Row] = {}
        unread: Counter[str] = Counter()
        for record in records:
            if caller(record).arn not in (self.entity.arn, without_path(self.entity.arn)):
                continue
            asked = replays(record, self.entity.tags)
            if not asked and meaning(record).status is not Status.NO_ACTION:
                unread[f"{record.get('eventSource')} {record.get('eventName')}"] += 1
            at = event_time(record)
            for one in asked if at is not None else ():
                keys = self.keys(one.request.action)
                told = tuple(one.request.values(key) for key in keys)
                alike = (one.request.action, one.request.resource, one.denied, told)
                known = found.get(alike)
                if known is None:
                    found[alike] = self.judged(one, one.untold(keys), at)
                else:
                    latest = {"request": one.request, "last": at} if at > known.last else {}
                    found[alike] = replace(known, calls=known.calls + 1, **latest)
        order = sorted(found.values(), key=lambda row: (row.request.action, row.request.resource))
        return order, unread

    def keys(self, action: str) -> tuple[str, ...]:
        """The condition keys that any policy asks for, of requests for an action."""
        if action not in self._keys:
            folded = action.lower()
            found = {
                key.lower(): key
                for policies in (self.old, self.new)
                for layer in policies.layers
                for placed in layer.policies
                for statement in placed.policy.statements
                if statement.actions.matches(folded)
                for key in context_keys(placed.policy, statement)
            }
            self._keys[action] = tuple(found.values())
        return self._keys[action]

    def judged(self, one: Replay, untold: tuple[str, ...], at: datetime) -> Row:
        """One request under the old and the new policies."""
        before, after = (decision.allowed for decision in self.decided(one.request))
        reason = None
        if not one.names_resource:
            reason = Reason.RESOURCE
        elif untold:
            reason = Reason.CONTEXT
        elif before and one.denied:
            reason = Reason.DENIED_ELSEWHERE
        elif not before and not one.denied:
            reason = Reason.ALLOWED_ELSEWHERE
        if reason is not None:
            outcome, safe = Outcome.INEXACT, one.denied or self.grants_as_before(one.request.action)
        elif one.denied:
            outcome, safe = (Outcome.NEWLY_ALLOWED, False) if after else (Outcome.DENIED, True)
        else:
            outcome, safe = (Outcome.PASSES, True) if after else (Outcome.FAILS, False)
        keys = untold if reason is Reason.CONTEXT else ()
        return Row(one.request, outcome, reason, keys, safe, 1, at)

    def decided(self, request: Request) -> tuple[Decision, Decision]:
        """What the old and the new policies say. A role, a key of KMS and whatever is in another
        account must allow the request as well: of those it is assumed that their policies leave
        it to the principal's account, as most do."""
        old, new = self.old, self.new
        if request.needs_resource_policy or request.crosses_accounts:
            old, new = self._delegating[0 if request.assumes_role else 1]
        return evaluate(request, old), evaluate(request, new)

    def grants_as_before(self, action: str) -> bool:
        """Whether the new policies allow every request for an action that the old ones allow."""
        if action not in self._grants:
            self._grants[action] = allows_all_of(
                self.new_merged.of_action(action), self.old_merged.of_action(action)
            )
        return self._grants[action]

    def removed(self, actions: Iterable[str]) -> Iterator[Removed]:
        """Each removed action on a resource that stands for all."""
        context = {
            "aws:PrincipalArn": self.entity.arn,
            "aws:username": self.entity.name if self.entity.kind == "user" else None,
            **{f"aws:PrincipalTag/{key}": value for key, value in self.entity.tags.items()},
        }
        for action in actions:
            resource = _example(self.entity, self.old_merged, action)
            request = Request(action, resource, self.entity.arn, context)
            before, after = self.decided(request)
            yield Removed(
                action, resource, before.effect, after.effect, not self.new_merged.allows(action)
            )

    def added(self) -> Iterator[Origin]:
        """The statements of the new policies that allow something new."""
        for index in new_access(self.new_merged.statements, self.old_merged.statements):
            yield self.new_merged.origins[index]


def _delegating(account: str, **others: str) -> str:
    """The policy of a resource that leaves it to an account who may use it."""
    allowed = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "*", **others}
    return json.dumps({"Version": "2012-10-17", "Statement": allowed})


# -- a resource that stands for all ----------------------------------------------------------------

_VARIABLE = re.compile(r"\$\{[^}]*\}")
EXAMPLE = "example"
REGION = "us-east-1"


def _example(entity: Entity, old: Merged, action: str) -> str:
    """A resource that the old policies grant an action on: one that their pattern means, else one
    of a type that the action works on."""
    patterns = [
        pattern
        for one in old.of_action(action)
        if one["Effect"] == "Allow" and "Resource" in one
        for pattern in ([one["Resource"]] if isinstance(one["Resource"], str) else one["Resource"])
    ]
    if patterns and "*" not in patterns:
        named = _VARIABLE.sub(entity.name, patterns[0])
        return named.replace("*", EXAMPLE).replace("?", "x")
    kinds = [kind.name for kind in catalogue.used_types(action)]
    templates = [catalogue.arn_template(action.partition(":")[0], kind) for kind in kinds]
    template = next(filter(None, templates), None)
    if template is None:
        return "*"
    place = {"Partition": "aws", "Region": REGION, "Account": entity.arn.split(":")[4]}
    return catalogue.fill(template, place).replace("*", EXAMPLE)
