"""The tags that a call brings along, as condition keys.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TAGS = ("Tags", "tags", "TagsList", "TagList", "ResourceTags")
"""The parameters in which services take tags: a list of keys with values, or a map."""

TAG_KEYS = ("TagKeys", "tagKeys", "ResourceTagKeys")
"""The parameters in which they take the keys of tags that are to go."""


def request_tags(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """``aws:RequestTag/…`` and ``aws:TagKeys`` of a call; none where it names no tags.

    >>> request_tags("TagUser", {"Tags": [{"Key": "team", "Value": "web"}]})
    {'aws:RequestTag/team': 'web', 'aws:TagKeys': ['team']}
    >>> request_tags("UntagResource", {"TagKeys": ["team"]})
    {'aws:TagKeys': ['team']}
    """
    context: dict[str, Any] = {}
    keys: list[str] = []
    for name in TAGS:
        for key, value in _pairs(parameters.get(name)):
            keys.append(key)
            if value is not None and not operation.startswith(("Remove", "Untag")):
                context[f"aws:RequestTag/{key}"] = value
    for name in TAG_KEYS:
        keys += [key for key in parameters.get(name) or () if isinstance(key, str)]
    if keys:
        context["aws:TagKeys"] = list(dict.fromkeys(keys))
    return context


def _pairs(tags: Any) -> list[tuple[str, str | None]]:
    """Tags in any of the services' forms as pairs; a key alone has no value."""
    if isinstance(tags, Mapping):
        return [(str(key), str(value)) for key, value in tags.items()]
    pairs: list[tuple[str, str | None]] = []
    for tag in tags if isinstance(tags, list) else ():
        if isinstance(tag, str):
            pairs.append((tag, None))
        elif isinstance(tag, Mapping):
            key = tag.get("Key") or tag.get("key") or tag.get("TagKey")
            value = tag.get("Value") or tag.get("value") or tag.get("TagValue") or ""
            if isinstance(key, str):
                pairs.append((key, str(value)))
    return pairs
