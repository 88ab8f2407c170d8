"""Many log files counted quickly: calls that are alike are read once and then only counted.

Of each record the few fields are parsed on which a count depends. Most calls of an account are
like others before: the same principal, event and outcome. The first of them is read by
:func:`helpers.analysis.trail.usage.reading`, the others cost a look into a table. A file
that is not as CloudTrail delivers it goes to
:class:`~helpers.analysis.trail.cloudtrail_files.LogFiles`, which reads whatever can be read and
tells the rest; the count is the same either way.

Memory holds one file a process, and the result.
"""

from __future__ import annotations

import heapq
import os
import zlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec

from helpers.analysis.progress import bar
from helpers.analysis.trail import event_actions, json_values
from helpers.analysis.trail.cloudtrail_files import LogFiles
from helpers.analysis.trail.counting_shares import count_shares
from helpers.analysis.trail.event_actions import Record
from helpers.analysis.trail.policy_changes import EVENTS, SOURCE
from helpers.analysis.trail.usage import (
    LONG_TERM,
    MOST_RESOURCES,
    SESSIONS,
    Reading,
    Usage,
    moment,
    reading,
    within,
)

MOST_PROCESSES = 8
SMALLEST_SHARE = 16 * 2**20
"""Bytes of files for which another process is worth its start: about a quarter of a second."""
LARGEST = 384 * 2**20
"""Bytes of decompressed files that all processes hold at once. A file that is larger than a
process's part is read piece by piece, by ``LogFiles``."""
MOST_DETAILS = 10 * MOST_RESOURCES
"""How many different parameters of calls that are alike are remembered."""
ESCAPE = rb"\u"
"""In parameters that may have a name which is not written as it reads."""


def count(
    paths: LogFiles | str | Path | Iterable[str | Path],
    since: datetime | None = None,
    until: datetime | None = None,
) -> Usage:
    """Count the records of log files; those outside of a time are left aside.

    Large logs are shared out among as many processes as there are processors.

    Args:
        paths: Files and folders; as ``LogFiles`` it tells afterwards what was ``read`` and
            ``skipped``.

    Raises ``FileNotFoundError`` for a path that there is not.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "a.json").write_text('''{"Records": [{"eventName": "ListUsers",
    ...         "eventSource": "iam.amazonaws.com", "eventTime": "2026-11-02T09:00:00Z",
    ...         "userIdentity": {"arn": "arn:aws:iam::111122223333:user/ann"}}]}''')
    ...     found = count(folder)
    >>> {action: use.count for action, use in
    ...     found.of("arn:aws:iam::111122223333:user/ann").items()}
    {'iam:ListUsers': 1}
    """
    log = paths if isinstance(paths, LogFiles) else LogFiles(paths)
    files = log.files
    log.begin()
    with bar(len(files), "file") as progress:
        shares = _shares(files)
        if len(shares) < 2:
            return count_files(files, log, since, until, progress.update)
        return count_shares(shares, log, since, until, progress.update, LARGEST // len(shares))


def _shares(files: list[Path]) -> list[list[Path]]:
    """The files as one share for each process, of about one size each."""
    sizes = {file: _size(file) for file in files}
    number = min(_processors(), MOST_PROCESSES, sum(sizes.values()) // SMALLEST_SHARE)
    if number < 2:
        return [files]
    heap: list[tuple[int, int, list[Path]]] = [(0, n, []) for n in range(number)]
    for file in sorted(files, key=sizes.__getitem__, reverse=True):
        size, n, share = heapq.heappop(heap)
        share.append(file)
        heapq.heappush(heap, (size + sizes[file], n, share))
    return [sorted(share) for _, _, share in sorted(heap)]


def _processors() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def count_files(
    files: Iterable[Path],
    log: LogFiles,
    since: datetime | None = None,
    until: datetime | None = None,
    done: Callable[[], object] = lambda: None,
    largest: int | None = None,
) -> Usage:
    """Count the records of files in this process; ``done`` is called after each.

    Files of up to ``largest`` bytes are held as a whole; ``None``: of up to ``LARGEST``.
    """
    found = Usage()
    alike = _Alike(found, since, until)
    for file in files:
        events = _events(_contents(file, LARGEST if largest is None else largest))
        if events is None:
            for record in within(log.records_of(file), since, until):
                found.add(record)
        else:
            log.read += len(events)
            alike.add(events)
        done()
    alike.finish()
    return found


def _contents(file: Path, largest: int) -> bytes | None:
    """A whole file, decompressed; ``None`` where it is too large or its end is missing."""
    try:
        if file.stat().st_size > largest:
            return None
        data = file.read_bytes()
        if not data.startswith(b"\x1f\x8b"):
            return data
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        found = member.decompress(data, largest)
    except (OSError, zlib.error):
        return None
    return found if member.eof and not member.unused_data else None


# -- the fields that count ------------------------------------------------------------------------


class _Issuer(msgspec.Struct, gc=False):
    arn: str | None = None


class _Context(msgspec.Struct, gc=False):
    sessionIssuer: _Issuer | None = None


class _Identity(msgspec.Struct, gc=False):
    type: str | None = None
    arn: str | None = None
    accessKeyId: str | None = None
    invokedBy: str | None = None
    sessionContext: _Context | None = None


class _Event(msgspec.Struct, gc=False):
    userIdentity: _Identity
    eventName: str
    eventSource: str
    eventTime: Annotated[datetime, msgspec.Meta(tz=True)]
    eventType: str | None = None
    eventCategory: str | None = None
    managementEvent: bool | None = None
    errorCode: str | None = None
    awsRegion: str | None = None
    recipientAccountId: str | None = None
    requestParameters: msgspec.Raw = msgspec.Raw()
    responseElements: msgspec.Raw = msgspec.Raw()
    resources: msgspec.Raw = msgspec.Raw()


class _File(msgspec.Struct, gc=False):
    Records: list[_Event]


_FILE = msgspec.json.Decoder(_File)
_RAW = ("requestParameters", "responseElements", "resources")


def _events(data: bytes | None) -> list[_Event] | None:
    """The records of a delivered file; ``None`` where anything in it is not as it should be."""
    if data is None:
        return None
    try:
        return _FILE.decode(data).Records
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None


def _record(event: _Event) -> Record:
    """A record with the fields that count."""
    found: dict[str, Any] = msgspec.to_builtins(
        {name: getattr(event, name) for name in event.__struct_fields__ if name not in _RAW},
        builtin_types=(datetime,),
    )
    for name in _RAW:
        found[name] = _value(getattr(event, name))
    return found


def _value(raw: msgspec.Raw) -> Any:
    if not raw:
        return None
    try:
        return msgspec.json.decode(raw)
    except msgspec.MsgspecError:  # a number that no machine's fits
        return json_values.DECODER.decode(bytes(raw).decode())


# -- calls that are alike -------------------------------------------------------------------------


class _Calls:
    """Calls that read alike, and what they worked on while each of them tells it."""

    __slots__ = ("count", "details", "first", "last", "reading", "resources", "seen", "to_read")

    def __init__(self, record: Record, at: datetime) -> None:
        # Of a call like the others; one whose parameters say more is read by itself.
        self.reading = found = reading({**record, "requestParameters": None})
        self.to_read = _to_read(record, found)
        """Bytes, any of them in parameters that say more than what a call worked on; such a call
        is read."""
        self.count = 0
        self.first = self.last = at
        self.resources: dict[str, set[str]] = {action: set() for action in found.actions}
        self.details = bool(found.actions) and not found.denied
        self.seen: set[tuple[Any, ...]] = set()

    def look(self, event: _Event) -> None:
        """Note on what a call worked."""
        what = (
            bytes(event.requestParameters),
            bytes(event.resources),
            event.awsRegion,
            event.recipientAccountId,
        )
        if what in self.seen:
            return
        if len(self.seen) >= MOST_DETAILS:
            self.seen.clear()
        self.seen.add(what)
        record: dict[str, Any] = {
            "eventName": event.eventName,
            "awsRegion": event.awsRegion,
            "recipientAccountId": event.recipientAccountId,
            "requestParameters": _value(event.requestParameters),
            "resources": _value(event.resources),
        }
        for action, known in list(self.resources.items()):
            found = event_actions.resources(record, action)
            known.update(found)
            if not found or len(known) > MOST_RESOURCES:
                del self.resources[action]
        if not self.resources:
            self.details = False
            self.seen.clear()


def _to_read(record: Record, found: Reading) -> tuple[bytes, ...]:
    is_change = record.get("eventSource") == SOURCE and record.get("eventName") in EVENTS
    if is_change or found.signs_in is not None or event_actions.may_pass_a_role(record):
        return (b"",)
    names = event_actions.telling_elements(record)
    if event_actions.OF_A_VERSION.keys() & found.actions:
        names = (*names, "versionId")
    return tuple(f'"{name}"'.encode() for name in names)


class _Alike:
    def __init__(self, found: Usage, since: datetime | None, until: datetime | None) -> None:
        self._usage = found
        self._since, self._until = since, until
        self._calls: dict[tuple[Any, ...], _Calls] = {}

    def add(self, events: list[_Event]) -> None:
        calls, since, until = self._calls, self._since, self._until
        for event in events:
            at = event.eventTime
            if at.tzinfo is not UTC:
                in_utc = moment(at)
                if in_utc is None:
                    self._usage.add(_record(event))
                    continue
                at = in_utc
            if (since and at < since) or (until and at > until):
                continue
            identity = event.userIdentity
            context = identity.sessionContext
            issuer = context.sessionIssuer if context is not None else None
            # Sessions of a role are alike, whatever they are called.
            who = identity.arn
            if issuer is not None and issuer.arn and identity.type in SESSIONS:
                who = issuer.arn
            key = identity.accessKeyId
            alike = (
                event.eventName,
                event.eventSource,
                who,
                event.errorCode,
                key if key is not None and key.startswith(LONG_TERM) else None,
                identity.type,
                identity.invokedBy,
                event.eventType,
                event.eventCategory,
                event.managementEvent,
            )
            known = calls.get(alike)
            if known is None:
                known = calls[alike] = _Calls(_record(event), at)
            if known.to_read:
                parameters = bytes(event.requestParameters)
                if ESCAPE in parameters or any(part in parameters for part in known.to_read):
                    self._usage.add(_record(event))
                    continue
            known.count += 1
            if at > known.last:
                known.last = at
            elif at < known.first:
                known.first = at
            if known.details:
                known.look(event)

    def finish(self) -> None:
        for known in self._calls.values():
            if known.count:
                on = {a: known.resources.get(a, ()) for a in known.reading.actions}
                self._usage.count(known.reading, known.count, known.first, known.last, on)
