"""An account's authorization details from files, whatever state they are in.

Read is what ``aws iam get-account-authorization-details`` writes: one document, or its pages as
several documents or files. What is broken in them is left out and told; the rest is kept.

AWS: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

from helpers.analysis.sources.export_files import ExportError, documents, shown, text_of
from helpers.analysis.trail.cloudtrail_files import Skipped
from helpers.analysis.trail.usage import moment

SECTIONS = {
    "UserDetailList": ("Arn", "UserName"),
    "GroupDetailList": ("GroupName",),
    "RoleDetailList": ("Arn", "RoleName"),
    "Policies": ("Arn",),
}
"""The lists of the details, and what an entry of each must have to be of use."""

_ATTACHED, _BOUNDARY = "AttachedManagedPolicies", "PermissionsBoundary"
_GONE = {
    _ATTACHED: "is not among Policies, so nobody can tell what it grants",
    _BOUNDARY: "is not among Policies; a boundary that is not known lets nothing through",
    "GroupList": "is not among GroupDetailList, so nobody can tell what it grants",
}
_BESIDE = ("IsTruncated", "Marker", "NextToken", "ResponseMetadata")
_UNKNOWN_BOUNDARY = {"PermissionsBoundaryArn": "a boundary that cannot be read"}


class Details(NamedTuple):
    """Authorization details, and what was left out of them."""

    mapping: dict[str, list[dict[str, Any]]]
    """``SECTIONS``, as :func:`helpers.analysis.permissions.entities.entities` takes them."""
    skipped: list[Skipped]


def authorization_details(files: str | Path | Iterable[str | Path]) -> Details:
    """The authorization details of an account, put together from the files of an export.

    Nothing is raised: a file that is no JSON, or not these details, is told in ``skipped``.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "details.json"
    ...     _ = file.write_text('''{"UserDetailList": [{"UserName": "ann"}, {"UserName": "ben",
    ...         "Arn": "arn:aws:iam::111122223333:user/ben"}]}''')
    ...     found = authorization_details(file)
    >>> [user["UserName"] for user in found.mapping["UserDetailList"]]
    ['ben']
    >>> found.skipped[0].reason
    "UserDetailList[0] ('ann'): it has no Arn"
    """
    given = [files] if isinstance(files, str | Path) else files
    reader = _Reader()
    for file in map(Path, given):
        reader.file = str(file)
        try:
            for line, document in documents(text_of(file), reader.skip):
                reader.add(document, line)
        except ExportError as error:
            reader.skip(error.line, error.reason)
    reader.tell_missing()
    return reader.result()


def well_formed(details: Any, file: str = "details") -> Details:
    """Details that are held already, without what is broken in them.

    >>> well_formed({"Policies": [7]}).skipped
    [Skipped(file='details', line=None, reason='Policies[0]: an entry is an object, this is 7')]
    """
    reader = _Reader(file)
    reader.add(details, None)
    return reader.result()


class _Broken(ValueError):
    """Why something is left out."""


class _Reader:
    """Puts pages together."""

    def __init__(self, file: str = "") -> None:
        self.file = file
        self._line: int | None = None
        self._skipped: list[Skipped] = []
        self._found: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in SECTIONS}
        self._unfinished = self._finished = False

    def skip(self, line: int | None, reason: str) -> None:
        self._skipped.append(Skipped(self.file, line, reason))

    def result(self) -> Details:
        if self._unfinished and not self._finished:
            self.skip(None, "it says that more pages follow (IsTruncated); the last one is missing")
        mapping = {name: list(found.values()) for name, found in self._found.items()}
        return Details(mapping, self._skipped)

    def tell_missing(self) -> None:
        """Tell of policies and groups that somebody has and that are not among the details."""
        policies, groups = self._found["Policies"], self._found["GroupDetailList"]
        missing: dict[tuple[str, str], list[str]] = {}
        for section in ("UserDetailList", "GroupDetailList", "RoleDetailList"):
            for entry in self._found[section].values():
                bound = entry.get("PermissionsBoundary") or {}
                needed = [
                    *((_ATTACHED, one["PolicyArn"]) for one in entry.get(_ATTACHED) or ()),
                    *((_BOUNDARY, arn) for arn in bound.values() if arn.startswith("arn:")),
                ]
                absent = [each for each in needed if each[1] not in policies]
                absent += [
                    ("GroupList", name)
                    for name in entry.get("GroupList") or ()
                    if name not in groups
                ]
                name = entry[f"{section.partition('Detail')[0]}Name"]
                for each in absent:
                    missing.setdefault(each, []).append(name)
        for (where, what), holders in missing.items():
            others = f" and {len(holders) - 1} more" if len(holders) > 1 else ""
            self.skip(
                None, f"{shown(what)} ({where} of {shown(holders[0])}{others}) {_GONE[where]}"
            )
        for arn, policy in policies.items():
            if not _in_force(policy):
                self.skip(None, f"{shown(arn)}: its default version is not among its versions")

    def add(self, document: Any, line: int | None) -> None:
        self._line = line
        if not isinstance(document, Mapping):
            self.skip(line, f"authorization details are an object, this is {shown(document)}")
            return
        if not any(name in document for name in SECTIONS):
            self.skip(line, "it has none of " + ", ".join(SECTIONS))
            return
        if document.get("IsTruncated") is True:
            self._unfinished = True
        else:
            self._finished = True
        for name in document:
            if name not in SECTIONS and name not in _BESIDE:
                self.skip(line, f"{shown(name)} is no part of authorization details; not read")
        for section in SECTIONS:
            entries = document.get(section)
            if entries is not None and not isinstance(entries, list | tuple):
                self.skip(line, f"{section} is a list, this is {shown(entries)}; not read")
                continue
            for number, entry in enumerate(entries or ()):
                self._add_entry(section, f"{section}[{number}]", entry)

    def _add_entry(self, section: str, where: str, entry: Any) -> None:
        wanted = SECTIONS[section]
        try:
            if not isinstance(entry, Mapping):
                raise _Broken(f"an entry is an object, this is {shown(entry)}")
            if isinstance(name := entry.get(section.partition("Detail")[0] + "Name"), str):
                where = f"{where} ({shown(name)})"
            for key in wanted:
                _text(entry, key)
        except _Broken as error:
            self.skip(self._line, f"{where}: {error}")
            return
        kept = self._kept(where, entry)
        known = self._found[section].setdefault(entry[wanted[0]], kept)
        if known != kept:
            self.skip(self._line, f"{where}: another of this name was read before")

    def _kept(self, where: str, entry: Mapping[str, Any]) -> dict[str, Any]:
        """An entry without its broken parts; what nobody here reads stays as it is."""
        found = {}
        for key, value in entry.items():
            if value is None:
                continue
            try:
                if key in _ITEMS:
                    found[key] = self._items(f"{where}.{key}", value, _ITEMS[key])
                else:
                    found[key] = _VALUES[key](value) if key in _VALUES else value
            except _Broken as error:
                self.skip(self._line, f"{where}.{key}: {error}")
                if key == "PermissionsBoundary":  # without one, more would be allowed
                    found[key] = _UNKNOWN_BOUNDARY
        return found

    def _items(self, where: str, value: Any, check: Callable[[Any], Any]) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise _Broken(f"it is a list, this is {shown(value)}")
        found = []
        for number, item in enumerate(value):
            try:
                found.append(check(item))
            except _Broken as error:
                self.skip(self._line, f"{where}[{number}]: {error}")
        return found


def _in_force(policy: Mapping[str, Any]) -> bool:
    wanted = policy.get("DefaultVersionId")
    return any(
        version.get("IsDefaultVersion") or version.get("VersionId") == wanted
        for version in policy.get("PolicyVersionList") or ()
    )


def _text(entry: Any, key: str) -> str:
    if not isinstance(entry, Mapping):
        raise _Broken(f"it is an object, this is {shown(entry)}")
    if entry.get(key) is None:
        raise _Broken(f"it has no {key}")
    if not isinstance(entry[key], str) or not entry[key]:
        raise _Broken(f"its {key} is a text, this is {shown(entry[key])}")
    return entry[key]


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise _Broken(f"it is a text, this is {shown(value)}")
    return value


def _time(value: Any) -> Any:
    if moment(value) is None:
        raise _Broken(f"it is no time: {shown(value)}")
    return value


def _document(value: Any) -> Any:
    """A policy document: an object, or its JSON text, URL-encoded as the API itself gives it."""
    if isinstance(value, Mapping):
        return value
    if not isinstance(value, str):
        raise _Broken(f"a policy document is an object, this is {shown(value)}")
    text = unquote(value) if value.lstrip().startswith("%") else value
    try:
        if isinstance(json.loads(text), dict):
            return text
    except (ValueError, RecursionError):
        pass
    raise _Broken("the policy document is no JSON object")


def _with(*texts: str, document: str = "") -> Callable[[Any], dict[str, Any]]:
    """A check of an object that must have these texts, and a policy document under a name."""

    def check(value: Any) -> dict[str, Any]:
        for key in texts:
            _text(value, key)
        if not isinstance(value, Mapping):
            raise _Broken(f"it is an object, this is {shown(value)}")
        found = {key: each for key, each in value.items() if each is not None}
        if document:
            if document not in found:
                raise _Broken(f"it has no {document}")
            found[document] = _document(found[document])
        return found

    return check


_INLINE = _with("PolicyName", document="PolicyDocument")
_ITEMS: dict[str, Callable[[Any], Any]] = {
    "UserPolicyList": _INLINE,
    "GroupPolicyList": _INLINE,
    "RolePolicyList": _INLINE,
    "AttachedManagedPolicies": _with("PolicyArn"),
    "PolicyVersionList": _with(document="Document"),
    "GroupList": _string,
    "Tags": _with("Key"),
}
_VALUES: dict[str, Callable[[Any], Any]] = {
    "Path": _string,
    "CreateDate": _time,
    "UpdateDate": _time,
    "AssumeRolePolicyDocument": _document,
    "PermissionsBoundary": _with("PermissionsBoundaryArn"),
}
