"""When users and roles last used which service or action, as IAM itself remembers.

Read are answers of ``aws iam get-service-last-accessed-details``, of a service's and of an
action's granularity. Such an answer does not say whose it is. That is told by its file's name,
``user_ann.json`` or ``role/ops.json``, or by an object around it, ``{"Arn": …, "Details": …}``;
an ``Arn`` beside the answer's own members will do as well.

AWS: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetails.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from helpers.analysis.sources.export_files import ExportError, documents, shown, text_of
from helpers.analysis.trail.cloudtrail_files import Skipped
from helpers.analysis.trail.usage import moment

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {
    "principal": "ARN of the user or role; user/ann where the account is not known",
    "service": "the service's prefix in actions: s3",
    "action": "the action: s3:ListAllMyBuckets; missing: the row is of the service as a whole",
    "last": "when it was last tried, allowed or not, UTC; NaT: not within IAM's memory",
    "region": "the Region of that call; missing: none",
    "entity": "ARN of who made that call, as the answer says; missing: none",
}
"""The columns of the table and what they hold."""

TELL_WHOSE = (
    "it does not say whose it is: name the file user_NAME.json or role_NAME.json, "
    "or put it into a folder user or role"
)

_ENDING = re.compile(r"(?:\.json)?(?:\.gz)?$", re.IGNORECASE)
_KINDS = re.compile(r"(user|role)s?", re.IGNORECASE)
_NAMED = re.compile(r"(user|role)[_-](.+)", re.IGNORECASE)
_OTHERS = re.compile(r"(?:group|policy)(?:[_-].+)?|groups|policies", re.IGNORECASE)
_PRINCIPAL = re.compile(r"arn:[\w-]+:iam::(\d{12}):(?:(user|role)/(?:[^:]*/)?([^:/]+))")


class LastAccessed(NamedTuple):
    """What was read of the answers."""

    table: pd.DataFrame
    """One row a principal and service, and one a principal and action; see ``COLUMNS``."""
    skipped: list[Skipped]


class _Row(NamedTuple):
    principal: str
    service: str
    action: str | None
    last: datetime | None
    region: str | None
    entity: str | None


def last_accessed(
    files: str | Path | Iterable[str | Path], principals: Iterable[str] = ()
) -> LastAccessed:
    """The answers in files, as one table.

    Args:
        principals: ARNs of the account's users and roles, where they are known: names become
            ARNs with their help. Otherwise those in the answer itself are used.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "user_ann.json"
    ...     _ = file.write_text('''{"JobStatus": "COMPLETED", "ServicesLastAccessed": [{
    ...         "ServiceNamespace": "s3", "LastAuthenticated": "2026-11-02T09:00:00+00:00",
    ...         "LastAuthenticatedEntity": "arn:aws:iam::111122223333:user/ann"}]}''')
    ...     found = last_accessed(file)
    >>> found.table.loc[0, ["principal", "service", "last"]].tolist()
    ['arn:aws:iam::111122223333:user/ann', 's3', Timestamp('2026-11-02 09:00:00+0000', tz='UTC')]
    """
    import pandas as pd

    reader = _Reader(principals)
    rows = [
        row
        for file in ([files] if isinstance(files, str | Path) else files)
        for row in reader.rows(Path(file))
    ]
    columns: dict[str, Any] = {
        name: pd.Series(
            [getattr(row, name) for row in rows],
            dtype="datetime64[s, UTC]" if name == "last" else "str",
        )
        for name in COLUMNS
    }
    return LastAccessed(pd.DataFrame(columns), reader.skipped)


class _Owner(NamedTuple):
    """Whose a file is by its name."""

    kind: str
    name: str


def _owner(file: Path) -> _Owner | None:
    """Whose an answer is, by the names of its file and of the folder that this is in."""
    stem = _ENDING.sub("", file.name)
    if (named := _NAMED.fullmatch(stem)) is not None:
        return _Owner(named[1].lower(), named[2])
    if (folder := _KINDS.fullmatch(file.parent.name)) is not None and stem:
        return _Owner(folder[1].lower(), stem)
    return None


class _Reader:
    def __init__(self, principals: Iterable[str]) -> None:
        self._known = {
            _Owner(found[2], found[3]): arn
            for arn in principals
            if (found := _PRINCIPAL.fullmatch(arn))
        }
        self.skipped: list[Skipped] = []

    def rows(self, file: Path) -> Iterator[_Row]:
        def skip(line: int | None, reason: str) -> None:
            self.skipped.append(Skipped(str(file), line, reason))

        answers: list[tuple[int, str | None, Mapping[str, Any]]] = []
        try:
            for line, document in documents(text_of(file), skip):
                try:
                    answers.append((line, *_opened(document)))
                except _Unusable as error:
                    skip(line, str(error))
        except ExportError as error:
            skip(error.line, error.reason)
        try:
            owner = self._principal(file, [answer for _, arn, answer in answers if arn is None])
        except _Unusable as error:
            skip(next(line for line, arn, _ in answers if arn is None), str(error))
            answers = [each for each in answers if each[1] is not None]
            owner = ""
        unfinished: dict[str, int] = {}
        for line, arn, answer in answers:
            if answer.get("IsTruncated") is True:
                unfinished[arn or owner] = line
            else:
                unfinished.pop(arn or owner, None)
            yield from _rows(arn or owner, answer, line, skip)
        for line in unfinished.values():
            skip(line, "it says that more pages follow (IsTruncated); the last one is missing")

    def _principal(self, file: Path, answers: list[Mapping[str, Any]]) -> str:
        """Whose the answers of a file are that do not say it themselves."""
        if not answers:
            return ""
        owner = _owner(file)
        if owner is None:
            if _OTHERS.fullmatch(_ENDING.sub("", file.name)) or _OTHERS.fullmatch(file.parent.name):
                raise _Unusable("it is of a group or a policy; read are those of users and roles")
            raise _Unusable(TELL_WHOSE)
        if owner in self._known:
            return self._known[owner]
        # Of a user or role, the answer names the one it is of wherever there was an access.
        for service in (each for answer in answers for each in answer["ServicesLastAccessed"]):
            entity = service.get("LastAuthenticatedEntity") if isinstance(service, dict) else None
            found = _PRINCIPAL.fullmatch(entity) if isinstance(entity, str) else None
            if found and _Owner(found[2], found[3]) == owner:
                return found[0]
        return f"{owner.kind}/{owner.name}"


class _Unusable(ValueError):
    """Why a document is not read."""


def _opened(document: Any) -> tuple[str | None, Mapping[str, Any]]:
    """The ARN of an answer where it is given, and the answer."""
    if not isinstance(document, dict):
        raise _Unusable(f"an answer is an object, this is {shown(document)}")
    arn, answer = document.get("Arn"), document
    if "JobStatus" not in answer and "ServicesLastAccessed" not in answer:
        inner = [each for each in document.values() if isinstance(each, dict)]
        answer = next((each for each in inner if "ServicesLastAccessed" in each), document)
    if arn is not None and not (isinstance(arn, str) and _PRINCIPAL.fullmatch(arn)):
        raise _Unusable(f"its Arn is of no user or role: {shown(arn)}")
    status = answer.get("JobStatus", "COMPLETED")
    if status != "COMPLETED":
        error = answer.get("Error")
        why = error.get("Message") or error.get("Code") if isinstance(error, dict) else None
        more = f" ({shown(why)})" if why else "; ask again until it is COMPLETED"
        raise _Unusable(f"its JobStatus is {shown(status)}{more}")
    if not isinstance(answer.get("ServicesLastAccessed"), list):
        raise _Unusable("it has no list ServicesLastAccessed")
    return arn, answer


def _rows(principal: str, answer: Mapping[str, Any], line: int, skip: Any) -> Iterator[_Row]:
    for number, service in enumerate(answer["ServicesLastAccessed"]):
        where = f"ServicesLastAccessed[{number}]"
        try:
            prefix, last = _used(service, "ServiceNamespace", "LastAuthenticated")
        except _Unusable as reason:
            skip(line, f"{where}: {reason}")
            continue
        region, entity = service.get("LastAuthenticatedRegion"), "LastAuthenticatedEntity"
        yield _Row(principal, prefix, None, last, _text(region), _text(service.get(entity)))
        for index, action in enumerate(_list(service.get("TrackedActionsLastAccessed"))):
            inner = f"{where}.TrackedActionsLastAccessed[{index}]"
            try:
                name, last = _used(action, "ActionName", "LastAccessedTime")
            except _Unusable as reason:
                skip(line, f"{inner}: {reason}")
                continue
            yield _Row(
                principal,
                prefix,
                name if ":" in name else f"{prefix}:{name}",
                last,
                _text(action.get("LastAccessedRegion")),
                _text(action.get("LastAccessedEntity")),
            )


def _used(entry: Any, naming: str, timing: str) -> tuple[str, datetime | None]:
    """What an entry is about and when it was last used; ``None``: never. Raises ``_Unusable``."""
    name = entry.get(naming) if isinstance(entry, dict) else None
    if not isinstance(name, str) or not name:
        raise _Unusable(f"it has no {naming}")
    last = moment(entry.get(timing))
    if entry.get(timing) is not None and last is None:
        raise _Unusable(f"{timing} is no time: {shown(entry[timing])}")
    return name, last


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
