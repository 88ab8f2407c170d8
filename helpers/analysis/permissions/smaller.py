"""The policy that would do: a document without what is unused, or one made of what was used.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-findings-remediate.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-generation.html
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from helpers.analysis.trail.usage import Use
from helpers.policy import catalogue
from helpers.policy.globs import Symbol, covers, resource_symbols
from helpers.policy.patterns import compile_glob

FEWEST_FOR_A_WILDCARD = 3
"""From how many actions on a wildcard stands for them."""


def without(
    document: Mapping[str, Any] | str, removed: Collection[str], *, wildcards: bool = False
) -> dict[str, Any] | None:
    """A policy document without some actions; ``None`` where no statement is left.

    Statements that grant none of them stay as they are; so do resources and conditions. Deny
    statements stay whatever is removed, for they bind what other policies allow. So the new
    document allows nothing, and undoes no denial, that the old one does not.

    Args:
        removed: Actions in AWS's spelling.
        wildcards: Write ``s3:GetBucket*`` for actions that are all there are of these names.

    >>> document = {"Version": "2012-10-17", "Statement": [
    ...     {"Effect": "Allow", "Action": "iam:*LoginProfile", "Resource": "*"}]}
    >>> without(document, {"iam:DeleteLoginProfile", "iam:CreateLoginProfile"})["Statement"]
    [{'Effect': 'Allow', 'Action': ['iam:GetLoginProfile', 'iam:UpdateLoginProfile'], \
'Resource': '*'}]
    >>> without(document, set(catalogue.actions("iam"))) is None
    True
    """
    data = json.loads(document) if isinstance(document, str) else dict(document)
    statements = data.get("Statement", [])
    statements = statements if isinstance(statements, list) else [statements]
    gone = {name.lower() for name in removed}
    left = [kept for one in statements if (kept := _statement(one, gone, wildcards)) is not None]
    return {**data, "Statement": left} if left else None


def _statement(
    one: dict[str, Any], gone: Collection[str], wildcards: bool
) -> dict[str, Any] | None:
    """A statement without the actions that are to go; ``None`` where none are left."""
    if one.get("Effect") != "Allow":
        return one
    negated = "NotAction" in one
    patterns = _listed(one.get("NotAction" if negated else "Action"))
    if negated:
        names = [name for name in catalogue.expand("*") if not _matches(patterns, name)]
        if not any(name.lower() in gone for name in names):
            return one
        actions = _written((name for name in names if name.lower() not in gone), wildcards)
    else:
        if not any(name.lower() in gone for p in patterns for name in catalogue.expand(p)):
            return one
        actions = []
        opened: list[str] = []
        for pattern in patterns:
            names = catalogue.expand(pattern)
            if any(name.lower() in gone for name in names):
                opened += (name for name in names if name.lower() not in gone)
            else:
                actions.append(pattern)
        actions += [a for a in _written(opened, wildcards) if not _matches(actions, a)]
    if not actions:
        return None
    return {
        ("Action" if key == "NotAction" else key): (
            sorted(actions, key=str.lower) if key in ("Action", "NotAction") else value
        )
        for key, value in one.items()
    }


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def _matches(patterns: Iterable[str], name: str) -> bool:
    return any(
        pattern in ("*", "*:*") or compile_glob(pattern.lower()).matches(name.lower())
        for pattern in patterns
    )


def _written(names: Iterable[str], wildcards: bool) -> list[str]:
    """Actions as a policy lists them."""
    kept = sorted(dict.fromkeys(names), key=str.lower)
    if not wildcards:
        return kept
    services: dict[str, set[str]] = {}
    for name in kept:
        services.setdefault(name.partition(":")[0], set()).add(name)
    return [text for service, of_it in services.items() for text in _shortened(service, of_it)]


_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z]|$)|[A-Z]?[a-z0-9]+|[A-Z]|[^A-Za-z]+")


def _shortened(service: str, kept: set[str]) -> Iterator[str]:
    """The actions of one service, those that share their first words behind one ``*`` where
    there is no other action of such a name."""
    everything = sorted(catalogue.actions(service), key=str.lower)
    folded = [name.lower() for name in everything]
    if len(kept) == len(everything):
        yield f"{service}:*"
        return
    done: set[str] = set()
    for name in sorted(kept, key=str.lower):
        if name in done:
            continue
        own = name.partition(":")[2]
        ends = [match.end() for match in _WORDS.finditer(own)]
        for end in ends:
            prefix = f"{service}:{own[:end]}"
            first = bisect_left(folded, prefix.lower())
            meant = everything[first : bisect_left(folded, f"{prefix.lower()}~", first)]
            if len(meant) >= FEWEST_FOR_A_WILDCARD and kept.issuperset(meant):
                done.update(meant)
                yield f"{prefix}*"
                break
        else:
            done.add(name)
            yield name


# -- the resources that were used ----------------------------------------------------------------


def seen_resources(action: str, use: Use) -> tuple[str, ...]:
    """The ARNs that a policy can keep an action to; empty where the record is not enough for it.

    It is enough where each call's resource is known, the action works on no other beside it (as
    RunInstances does on an image, a subnet and more), and no name would be read as a pattern.
    """
    if use.without_resource or any(_IN_PATTERNS.search(arn) for arn in use.resources):
        return ()
    if sum(kind.required for kind in catalogue.used_types(action)) > 1:
        return ()
    if action.startswith("iam:") and action not in _WHOLE_ARNS:
        return tuple(sorted(form for arn in use.resources for form in _whatever_path(arn)))
    return tuple(sorted(use.resources))


_WHOLE_ARNS = frozenset(
    {"iam:PassRole"}
    | {f"iam:Create{kind}" for kind in ("Group", "InstanceProfile", "Role", "User")}
)
"""Actions of IAM whose calls tell the path of what they work on."""
_NAMED = re.compile(r"(arn:[\w-]+:iam::\d+:(?:group|instance-profile|role|user))/([^/]+)")


def _whatever_path(arn: str) -> tuple[str, ...]:
    """A user, role or group as a policy names it whose path nobody knows. No two of an account
    have one name, so that this means no other.

    AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    """
    named = _NAMED.fullmatch(arn)
    return (arn, f"{named[1]}/*/{named[2]}") if named else (arn,)


_IN_PATTERNS = re.compile(r"[*?]|\$\{")

FEWEST_TO_GATHER = 3
"""From how many resources of one parent on a wildcard stands for them."""


def kept_to(
    document: Mapping[str, Any], seen: Mapping[str, Sequence[str]], *, wildcards: bool = False
) -> dict[str, Any] | None:
    """A policy document in which some actions are kept to the resources that were seen.

    Of these, each statement keeps what its own resources cover; an action of which it keeps
    nothing goes. Statements with NotAction, NotResource or policy variables stay as they are.
    ``None`` where no statement is left.

    Args:
        seen: Action in AWS's spelling → ARNs.
        wildcards: Write ``arn:aws:s3:::payroll/*`` for three objects of a bucket or more.

    >>> document = {"Version": "2012-10-17", "Statement": [
    ...     {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::p*"}]}
    >>> kept_to(document, {"s3:ListBucket": ["arn:aws:s3:::payroll"]})["Statement"][0]
    {'Effect': 'Allow', 'Action': ['s3:ListBucket'], 'Resource': ['arn:aws:s3:::payroll']}
    """
    listed = document.get("Statement", [])
    statements = listed if isinstance(listed, list) else [listed]
    left = [part for one in statements for part in _split(one, seen, wildcards)]
    return {**document, "Statement": left} if left else None


def _split(
    one: dict[str, Any], seen: Mapping[str, Sequence[str]], wildcards: bool
) -> Iterator[dict[str, Any]]:
    patterns = _listed(one.get("Resource"))
    if one.get("Effect") != "Allow" or "Action" not in one or not patterns:
        yield one
        return
    names = [name for action in _listed(one["Action"]) for name in catalogue.expand(action)]
    told = [name for name in dict.fromkeys(names) if name in seen]
    if not told or any("${" in pattern for pattern in patterns):
        yield one
        return
    # The other actions stay in a statement of their own.
    left: list[str] = []
    for action in _listed(one["Action"]):
        meant = catalogue.expand(action)
        left += [n for n in meant if n not in seen] if any(n in seen for n in meant) else [action]
    parts = [(sorted(dict.fromkeys(left), key=str.lower), one["Resource"])] if left else []
    wide = [resource_symbols(pattern, False) for pattern in patterns]
    grouped: dict[tuple[str, ...], list[str]] = {}
    for name in told:
        within = [arn for arn in seen[name] if _covered(arn, wide)]
        arns = _gathered(within, wide) if wildcards else within
        if arns:
            grouped.setdefault(tuple(arns), []).append(name)
    parts += [(sorted(own, key=str.lower), list(arns)) for arns, own in grouped.items()]
    for number, (actions, resources) in enumerate(parts):
        kept = {**one, "Action": actions, "Resource": resources}
        if number:  # a Sid stands once
            kept.pop("Sid", None)
        yield kept


def _covered(arn: str, wide: Iterable[tuple[Symbol, ...]]) -> bool:
    return any(covers(pattern, resource_symbols(arn, False)) for pattern in wide)


def _gathered(arns: Sequence[str], wide: Sequence[tuple[Symbol, ...]]) -> list[str]:
    """ARNs, those of one parent behind one ``*`` where the old resources cover that too."""
    parents: dict[str, list[str]] = {}
    for arn in arns:
        head, slash, _ = arn.partition("/")
        parents.setdefault(f"{head}/*" if slash else arn, []).append(arn)
    found: list[str] = []
    for parent, own in parents.items():
        whole = len(own) >= FEWEST_TO_GATHER and _covered(parent, wide)
        found += [parent] if whole else own
    return sorted(found)


# -- a policy of what was used -------------------------------------------------------------------


class Resources(StrEnum):
    """What a generated policy writes as its resources."""

    ALL = "*"
    PLACEHOLDERS = "ARNs with placeholders"
    SEEN = "the ARNs that the record shows"


def from_use(uses: Mapping[str, Use], resources: Resources = Resources.SEEN) -> dict[str, Any]:
    """A policy that allows the actions that were used, and no more.

    With ``Resources.SEEN`` an action is kept to the resources of its calls where the record is
    enough for that (:func:`seen_resources`); else its resource is ``*``.

    >>> from datetime import UTC, datetime
    >>> use = Use()
    >>> use.add(datetime(2026, 11, 2, tzinfo=UTC), denied=False,
    ...         resources=["arn:aws:s3:::payroll"])
    >>> from_use({"s3:ListBucket": use})["Statement"]
    [{'Effect': 'Allow', 'Action': ['s3:ListBucket'], 'Resource': ['arn:aws:s3:::payroll']}]
    """
    grouped: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for action, use in sorted(uses.items(), key=lambda item: item[0].lower()):
        service = "" if resources is Resources.ALL else action.partition(":")[0]
        grouped.setdefault((service, _resources(action, use, resources)), []).append(action)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": actions,
                "Resource": "*" if arns == ("*",) else list(arns),
            }
            for (_, arns), actions in grouped.items()
        ],
    }


def _resources(action: str, use: Use, wanted: Resources) -> tuple[str, ...]:
    if wanted is Resources.SEEN and (seen := seen_resources(action, use)):
        return seen
    if wanted is Resources.PLACEHOLDERS:
        known = catalogue.action(action)
        templates = [
            template.replace("${Partition}", "aws")
            for kind in (known.resource_types if known else ())
            if (template := catalogue.arn_template(known.service, kind))  # type: ignore[union-attr]
        ]
        if templates:
            return tuple(templates)
    return ("*",)
