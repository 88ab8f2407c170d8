"""Values of rows as values of CloudTrail records: names in their proper case, structures, times.

Athena and CloudTrail Lake write a structure or map in a CSV cell as ``{name=value, name=value}``
and a list as ``[value, value]``, without any quotes. Of a structure that is enough: the names of
users, roles and sessions hold no space. A map's values may hold anything; where they are JSON, as
Lake has it, brackets and quotes tell where they end. Numbers and truth values of Lake's maps stay
texts, for nothing tells them from texts that look alike.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

DEEPEST = 20
"""How deep structures may be in each other; what is deeper stays a text."""

_RECORD = """
    eventVersion userIdentity eventTime eventSource eventName awsRegion sourceIPAddress userAgent
    errorCode errorMessage requestParameters responseElements additionalEventData requestID eventID
    readOnly resources eventType apiVersion managementEvent recipientAccountId sharedEventID
    annotation vpcEndpointId vpcEndpointAccountId eventCategory serviceEventDetails addendum
    sessionCredentialFromConsole edgeDeviceDetails insightDetails tlsDetails
"""
_INSIDE = """
    type principalId arn accountId accessKeyId userName sessionContext attributes creationDate
    mfaAuthenticated sessionIssuer webIdFederationData federatedProvider sourceIdentity
    ec2RoleDelivery ec2IssuedInVpc assumedRoot onBehalfOf userId identityStoreArn inScopeOf
    sourceArn sourceAccount issuerType credentialsIssuedTo invokedBy identityProvider credentialId
    tlsVersion cipherSuite clientProvidedHostHeader reason updatedFields originalRequestID
    originalEventID
"""
FIELDS = {name.lower(): name for name in _RECORD.split()}
"""Names of a record's fields, in lower case → as log files have them."""
NAMES = FIELDS | {name.lower(): name for name in _INSIDE.split()}
"""The same with the names of what is within these fields."""

_ALIKE = 1024
"""Cells of identities that are remembered; those of a session are all the same."""

_RESOURCE = NAMES | {"arn": "ARN", "arnprefix": "ARNPrefix"}
_MAPS = ("requestParameters", "responseElements", "additionalEventData", "serviceEventDetails")
"""Parts whose names are those of the called API: they stay as they are."""
_STRUCTURES = {
    *_MAPS,
    *("userIdentity", "sessionContext", "attributes", "sessionIssuer", "webIdFederationData"),
    *("onBehalfOf", "inScopeOf", "resources", "addendum", "edgeDeviceDetails", "tlsDetails"),
    *("insightDetails", "updatedFields"),
}
"""Parts that hold others. A text such as userAgent may begin like one: ``[S3Console/0.4, …]``."""
_TRUTHS = ("readOnly", "managementEvent")
_TIMES = ("eventTime", "creationDate")

_PART = re.compile(r'[{}\[\]"]|, ')
_NAMED = re.compile(r"[^\s=,{}\[\]]+=")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?(?: ?UTC|Z)?")


def field(name: str, value: Any) -> Any:
    """A part of a record out of a cell; ``None`` where the cell is empty.

    >>> field("userIdentity", "{type=IAMUser, invokedby=null, sessioncontext={attributes={"
    ...     "mfaauthenticated=true, creationdate=2026-11-02 09:00:00.000}}}")
    {'type': 'IAMUser', 'sessionContext': {'attributes': {'mfaAuthenticated': 'true', \
'creationDate': '2026-11-02T09:00:00Z'}}}
    >>> field("requestParameters", '{bucketName=payroll, tags=[{"Key": "a, b=c"}]}')
    {'bucketName': 'payroll', 'tags': [{'Key': 'a, b=c'}]}
    >>> field("readOnly", "true")
    True
    """
    if isinstance(value, str):
        if value in ("", "null"):
            return None
        if name == "userIdentity":
            return _identity(value)
        if name in _STRUCTURES:
            value = _structure(value)
    elif name in _MAPS and isinstance(value, Mapping):  # of Parquet: its values are texts
        value = {key: _from_map(each) for key, each in value.items()}
    if name in _TRUTHS and isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower(), value)
    if name in _MAPS:
        return _plain(value)
    names = _RESOURCE if name == "resources" else NAMES
    return _named(_plain(value), names, name)


@lru_cache(maxsize=_ALIKE)
def _identity(cell: str) -> Any:
    return _named(_structure(cell), NAMES, "userIdentity")


def _named(value: Any, names: Mapping[str, str], own: str) -> Any:
    """The value with its names in their proper case, and without what is null."""
    if isinstance(value, Mapping):
        proper = {names.get(key.lower(), key): each for key, each in value.items()}
        return {key: _named(each, names, key) for key, each in proper.items() if each is not None}
    if isinstance(value, list):
        return [_named(each, names, own) for each in value]
    if own in _TIMES and isinstance(value, str) and (time := _TIME.fullmatch(value)):
        return f"{time[1]}T{time[2]}Z"
    return value


def _plain(value: Any) -> Any:
    """The value in JSON's types."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        in_utc = value.astimezone(UTC) if value.tzinfo else value
        return in_utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


def _from_map(value: Any) -> Any:
    return _structure(value) if isinstance(value, str) else value


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _structure(text: str, depth: int = 0) -> Any:
    """A cell's text as the structure that it writes; the text itself where it writes none."""
    if text == "null":
        return None
    if depth > DEEPEST or text[:1] not in ("{", "[") or text[-1:] != {"{": "}", "[": "]"}[text[0]]:
        return text
    if (read := _json(text)) is not None:
        return read
    parts = _parts(text[1:-1], named=text[0] == "{")
    if text[0] == "[":
        return [_structure(part, depth + 1) for part in parts]
    found = {}
    for part in parts:
        name, equals, value = part.partition("=")
        if not equals:
            return text
        found[name] = _structure(value, depth + 1)
    return found


def _backslashes(text: str, end: int) -> int:
    """How many stand before a place: of an even number each pair is one that is meant."""
    begin = end
    while begin and text[begin - 1] == "\\":
        begin -= 1
    return end - begin


def _parts(text: str, named: bool) -> list[str]:
    """What stands between the commas of a structure or list, but for those within its parts.

    ``named``: a comma that no name follows is part of a value.
    """
    parts, begin, depth, quoted = [], 0, 0, False
    for found in _PART.finditer(text):
        mark = found[0]
        if mark == '"':
            quoted = depth > 0 and (quoted ^ (_backslashes(text, found.start()) % 2 == 0))
        elif quoted:
            continue
        elif mark in "{[":
            depth += 1
        elif mark in "}]":
            depth -= 1
        elif depth <= 0 and (not named or _NAMED.match(text, found.end())):
            parts.append(text[begin : found.start()])
            begin = found.end()
    if begin < len(text):
        parts.append(text[begin:])
    return parts
