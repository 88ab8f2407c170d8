"""The policy that would do: a document without what is unused, or one made of what was used.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-findings-remediate.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-generation.html
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from helpers.analysis.usage import Use
from helpers.policy import catalogue
from helpers.policy.patterns import compile_glob

FEWEST_FOR_A_WILDCARD = 3
"""From how many actions on a wildcard stands for them."""


def without(
    document: Mapping[str, Any] | str, removed: Collection[str], *, wildcards: bool = False
) -> dict[str, Any] | None:
    """A policy document without some actions; ``None`` where it would allow nothing any more.

    Statements that grant none of them stay as they are, Deny statements too; so do resources and
    conditions. The new document allows nothing that the old one does not.

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
    if not any(one.get("Effect") == "Allow" for one in left):
        return None
    return {**data, "Statement": left}


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


class Resources(StrEnum):
    """What a generated policy writes as its resources."""

    ALL = "*"
    PLACEHOLDERS = "ARNs with placeholders"
    SEEN = "the ARNs that the record shows"


def from_use(uses: Mapping[str, Use], resources: Resources = Resources.SEEN) -> dict[str, Any]:
    """A policy that allows the actions that were used, and no more.

    With ``Resources.SEEN`` an action is kept to the resources of its calls where each of them
    tells one; else its resource is ``*``.

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
    if wanted is Resources.SEEN and use.resources and not use.without_resource:
        return tuple(sorted(use.resources))
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
