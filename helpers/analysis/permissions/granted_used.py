"""Granted against used: the table of what every user and role may do and what it did.

The rows come from an account's authorization details, which say what is granted, and from a count
of its CloudTrail records, which say what was used. Whatever the record cannot tell is a verdict of
its own, never a guess.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from helpers.analysis.masking import masked
from helpers.analysis.permissions.entities import Entity, entities
from helpers.analysis.permissions.grants import Origin
from helpers.analysis.permissions.unused import Verdict, columns, data_events_of
from helpers.analysis.trail.usage import Usage, Use, without_path
from helpers.policy.patterns import compile_glob

if TYPE_CHECKING:
    import pandas as pd

ROOT, GONE = "root", "not in the details"
"""Kinds of principals beside ``user`` and ``role``: the second was deleted, or is of another
account, or is a federated session."""

COLUMNS = {
    "principal": "ARN of the user, role or root user",
    "kind": "user, role, root, or: not in the details",
    "service": "the service's prefix in actions: s3",
    "action": "the action in AWS's spelling: s3:GetObject",
    "verdict": "used, unused, or why that cannot be told: the texts of Verdict",
    "uses": "how many calls were not denied, over the whole record; two trails tell each twice",
    "first_used": "UTC; NaT: never in the record",
    "last_used": "UTC; NaT: never in the record; it may lie before the tracking period",
    "denied": "how many calls were denied: attempts, no use",
    "last_denied": "UTC; NaT: never in the record",
    "since": "UTC: since when the principal has the permission; NaT: nobody can tell",
    "policies": "names or ARNs of the policies that grant it; empty: none of its own does",
    "statements": "the statements in them that do, each after its policy: Read, statement no. 1",
}
"""The columns of the table and what they hold."""

ACCESS_KEY = {"access_key": "the id of a long-term access key, its middle masked"}
"""The first column of the table by access key."""


def granted_used(
    details: Mapping[str, Any],
    used: Usage,
    start: datetime | None = None,
    *,
    data_events: Collection[str] | None = None,
    actions: str = "*",
) -> pd.DataFrame:
    """One row for each principal and action that is granted or was used; see ``COLUMNS``.

    Granted is what identity-based policies allow, groups' included, less what they deny and what
    lies outside a permissions boundary. What organization policies take away is not in the
    details, nor what policies of resources give: such use has the verdict ``ELSEWHERE``.

    Args:
        details: The answer of GetAccountAuthorizationDetails, all pages in one.
        used: A count of the records (``counting.count``).
        start: When the tracking period begins, aware; ``None``: with the first record.
        data_events: Services whose data events are recorded; ``None``: those that have any.
        actions: An action pattern: only these.

    Raises:
        ValueError: There is no record, so that nothing can be said of use.

    >>> from helpers.analysis.trail.usage import usage
    >>> ann = "arn:aws:iam::111122223333:user/ann"
    >>> details = {"UserDetailList": [{"Arn": ann, "UserName": "ann", "UserPolicyList": [{
    ...     "PolicyName": "Keys", "PolicyDocument": {"Version": "2012-10-17", "Statement": {
    ...         "Effect": "Allow", "Action": "iam:*AccessKeys", "Resource": "*"}}}]}]}
    >>> record = {"eventTime": "2026-11-02T09:00:00Z", "eventSource": "iam.amazonaws.com",
    ...     "eventName": "ListUsers", "userIdentity": {"type": "IAMUser", "arn": ann}}
    >>> granted_used(details, usage([record]))[["action", "verdict", "uses"]]
                   action                               verdict  uses
    0  iam:ListAccessKeys                                unused     0
    1       iam:ListUsers  used, no policy of its own grants it     1
    """
    start = beginning(used, start)
    logged = data_events_of(used, data_events)
    known = entities(details, changes=used.changes)
    uses = _of_entities(known, used.by_principal)
    blocks = [_of_entity(one, uses.pop(one.arn, {}), start, logged, actions) for one in known]
    blocks += (_of_nobody(arn, of_it, actions) for arn, of_it in sorted(uses.items()))
    return _frame(blocks)


def granted_used_by_key(
    details: Mapping[str, Any],
    used: Usage,
    start: datetime | None = None,
    *,
    data_events: Collection[str] | None = None,
    actions: str = "*",
) -> pd.DataFrame:
    """As ``granted_used``, for each long-term access key in the record: what its owner may do,
    and what was done with this key. The key stands in a column before the others.

    Keys that were never used are not in the record; the credential report has them, without ids.
    """
    start = beginning(used, start)
    logged = data_events_of(used, data_events)
    known = {one.arn: one for one in entities(details, changes=used.changes)}
    keys = sorted(used.owners)
    blocks = []
    for key in keys:
        owner, uses = used.owners[key], used.by_key.get(key, {})
        blocks.append(
            _of_entity(known[owner], uses, start, logged, actions)
            if owner in known
            else _of_nobody(owner, uses, actions)
        )
    table = _frame(blocks)
    shown = _repeated([masked(key) for key in keys], [len(block.actions) for block in blocks])
    table.insert(0, next(iter(ACCESS_KEY)), shown)
    return table


def beginning(used: Usage, start: datetime | None) -> datetime:
    """When a tracking period begins: at ``start``, else with the record.

    Raises ``ValueError`` where there is no record.
    """
    found = start or used.first
    if found is None:
        raise ValueError("There is no record of CloudTrail, so nobody can tell what was used.")
    return found


class _Block(NamedTuple):
    """Rows of one principal, as columns; ``seen`` is the use of those that have any."""

    principal: str
    kind: str
    services: list[str]
    actions: list[str]
    verdicts: list[Verdict]
    since: list[datetime | None]
    policies: list[tuple[str, ...]]
    statements: list[tuple[Origin, ...]]
    seen: dict[int, Use]


def _of_entity(
    entity: Entity,
    uses: Mapping[str, Use],
    start: datetime,
    data_events: frozenset[str],
    actions: str,
) -> _Block:
    found = columns(entity, uses, start, data_events=data_events, actions=actions)
    block = _Block(
        entity.arn,
        entity.kind,
        list(found.services),
        list(found.actions),
        list(found.verdicts),
        list(found.since),
        list(found.policies),
        list(found.statements),
        {},
    )
    places = {action: place for place, action in enumerate(found.actions) if action in uses}
    block.seen.update({place: uses[action] for action, place in places.items()})
    _add_used(block, {a: use for a, use in uses.items() if a not in places}, actions)
    return block


def _of_nobody(arn: str, uses: Mapping[str, Use], actions: str) -> _Block:
    block = _Block(arn, ROOT if arn.endswith(":root") else GONE, [], [], [], [], [], [], {})
    _add_used(block, uses, actions)
    return block


def _add_used(block: _Block, uses: Mapping[str, Use], actions: str) -> None:
    """Rows for what was used and is not granted."""
    matches = compile_glob(actions.lower()).matches
    for action, use in sorted(uses.items()):
        if actions != "*" and not matches(action.lower()):
            continue
        block.seen[len(block.actions)] = use
        block.services.append(action.partition(":")[0])
        block.actions.append(action)
        block.verdicts.append(Verdict.ELSEWHERE if use.count else Verdict.ONLY_DENIED)
        block.since.append(None)
        block.policies.append(())
        block.statements.append(())


def _of_entities(
    known: list[Entity], by_principal: Mapping[str, Mapping[str, Use]]
) -> dict[str, dict[str, Use]]:
    """The use by principal, that of a role whose path a record leaves out with the role's."""
    arns = {one.arn for one in known}
    with_path = {without_path(one.arn): one.arn for one in known if one.kind == "role"}
    found: dict[str, dict[str, Use]] = {}
    for arn, uses in by_principal.items():
        owner = found.setdefault(arn if arn in arns else with_path.get(arn, arn), {})
        for action, use in uses.items():
            owner.setdefault(action, Use()).merge(use)
    return found


def _frame(blocks: list[_Block]) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    lengths = [len(block.actions) for block in blocks]
    length = sum(lengths)
    seen = dict(_all_seen(blocks, lengths))
    places = np.fromiter(seen, dtype="int64", count=len(seen))

    def of_use(values: Iterable[Any], empty: Any, dtype: str) -> Any:
        column = np.full(length, empty, dtype=dtype)
        column[places] = np.fromiter(values, dtype=dtype, count=len(seen))
        return column

    def time_of_use(name: str) -> pd.Series:
        return _utc(of_use((_seconds(getattr(use, name)) for use in seen.values()), NAT, "int64"))

    def joined(name: str) -> list[Any]:
        return [value for block in blocks for value in getattr(block, name)]

    texts = {ids: ", ".join(ids) for block in blocks for ids in set(block.policies)}
    places_of = {each: "; ".join(map(str, each)) for b in blocks for each in set(b.statements)}
    began = joined("since")
    seconds = {at: _seconds(at) for at in set(began)}
    return pd.DataFrame(
        {
            "principal": _repeated([block.principal for block in blocks], lengths),
            "kind": _repeated([block.kind for block in blocks], lengths),
            "service": _categories(joined("services")),
            "action": _categories(joined("actions")),
            "verdict": pd.Categorical.from_codes(
                [_VERDICTS[verdict] for verdict in joined("verdicts")],
                categories=[str(verdict) for verdict in Verdict],
            ),
            "uses": of_use((use.count for use in seen.values()), 0, "int64"),
            "first_used": time_of_use("first"),
            "last_used": time_of_use("last"),
            "denied": of_use((use.denied for use in seen.values()), 0, "int64"),
            "last_denied": time_of_use("last_denied"),
            "since": _utc(np.fromiter((seconds[at] for at in began), "int64", count=length)),
            "policies": _categories([texts[ids] for ids in joined("policies")]),
            "statements": _categories([places_of[each] for each in joined("statements")]),
        },
        columns=list(COLUMNS),
    )


_VERDICTS = {verdict: code for code, verdict in enumerate(Verdict)}


def _all_seen(blocks: list[_Block], lengths: list[int]) -> Iterator[tuple[int, Use]]:
    first = 0
    for block, length in zip(blocks, lengths, strict=True):
        for place, use in block.seen.items():
            yield first + place, use
        first += length


def _categories(values: list[str]) -> pd.Categorical:
    """Texts as a category; pandas' own way takes five times as long for so many."""
    import pandas as pd

    names = sorted(set(values))
    codes = {name: code for code, name in enumerate(names)}
    return pd.Categorical.from_codes([codes[value] for value in values], categories=names)


def _repeated(values: list[str], lengths: list[int]) -> pd.Categorical:
    import numpy as np
    import pandas as pd

    short = _categories(values)
    repeats = np.repeat(np.asarray(short.codes), lengths)
    return pd.Categorical.from_codes(repeats, categories=short.categories)


NAT = -(2**63)
"""What numpy holds where there is no time."""


def _seconds(at: datetime | None) -> int:
    return NAT if at is None else int(at.timestamp())


def _utc(seconds: Any) -> pd.Series:
    import pandas as pd

    return pd.Series(seconds.view("datetime64[s]")).dt.tz_localize("UTC")
