"""CloudTrail records from files: what CloudTrail delivers to S3, and what was looked up.

Read are log files as they are delivered (``{"Records": [...]}``, plain or gzip), answers of
LookupEvents (``{"Events": [...]}``), a list of records, and one record a line. What cannot be
read is skipped and told, by file and line; everything else is kept, also that of a file which was
cut off. Nothing is sent anywhere.

AWS: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
and https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from helpers.analysis.event_actions import Record

ENDINGS = (".json", ".json.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")
"""Of a folder, the files whose names end like this are read."""

_GZIP = b"\x1f\x8b"
_PIECE = 4096
_BOM = b"\xef\xbb\xbf"
_LISTS = ("Records", "Events", "events")
_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"\s*")
_BETWEEN = re.compile(r"[\s,]*")
# How a document begins that is a list of records, up to the first of them.
_LIST = re.compile(rf'(?:\{{\s*"(?:{"|".join(_LISTS)})"\s*:\s*)?\[')


class Skipped(NamedTuple):
    """Something that was not read."""

    file: str
    line: int | None
    """Counted from 1; None: the file as a whole."""
    reason: str


@dataclass
class LogFiles:
    """CloudTrail's records in files and folders, one after the other.

    Iterating reads one file at a time, so that memory holds the largest file and no more.
    ``skipped`` and ``read`` grow meanwhile, and begin anew with each iteration.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "a.json").write_text(
    ...         '{"Records": [{"eventName": "ListUsers", "userIdentity": {}}, 7]}')
    ...     files = LogFiles([folder])
    ...     names = [record["eventName"] for record in files]
    >>> names, files.read, [(each.line, each.reason) for each in files.skipped]
    (['ListUsers'], 1, [(1, 'a record is an object, this is a number')])
    """

    paths: str | Path | Iterable[str | Path]
    read: int = field(default=0, init=False)
    """Records so far."""
    skipped: list[Skipped] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        given = [self.paths] if isinstance(self.paths, str | Path) else self.paths
        self._paths = [Path(path) for path in given]

    @property
    def files(self) -> list[Path]:
        """The files, in the order of their names within each folder.

        Raises ``FileNotFoundError`` for a path that there is not.
        """
        return [file for path in self._paths for file in _files_of(path)]

    def begin(self) -> None:
        """Forget what was read and skipped before."""
        self.read, self.skipped = 0, []

    def __iter__(self) -> Iterator[Record]:
        self.begin()
        for file in self.files:
            yield from self.records_of(file)

    def records_of(self, file: Path) -> Iterator[Record]:
        """The records of one file; what is not one goes to ``skipped``."""
        try:
            text, broken = _text_of(file)
        except OSError as error:
            self._skip(file, None, f"it cannot be opened: {error.strerror or error}")
            return
        for line, found in _values(text):
            record = found.reason if isinstance(found, _NotRead) else _record_of(found)
            if isinstance(record, str):
                self._skip(file, line, record)
            else:
                self.read += 1
                yield record
        if broken:
            self._skip(file, None, broken)

    def _skip(self, file: Path, line: int | None, reason: str) -> None:
        self.skipped.append(Skipped(str(file), line, reason))


def _files_of(path: Path) -> list[Path]:
    if path.is_dir():
        found = (each for each in path.rglob("*") if each.name.lower().endswith(ENDINGS))
        return sorted(each for each in found if each.is_file())
    if not path.exists():
        raise FileNotFoundError(f"There is no file or folder {str(path)!r}.")
    return [path]


def _text_of(file: Path) -> tuple[str, str]:
    """A file's text, and what is wrong with the file where its end is missing."""
    data = file.read_bytes()
    broken = ""
    if data.startswith(_GZIP):
        data, broken = _decompressed(data)
    return data.removeprefix(_BOM).decode("utf-8", "replace"), broken


def _decompressed(data: bytes) -> tuple[bytes, str]:
    """What a gzip file holds, as far as it goes: Python's ``gzip`` drops what it read last."""
    found = bytearray()
    while data.rstrip(b"\0"):
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        place = 0
        try:
            while place < len(data) and not member.eof:
                found += member.decompress(data[place : place + _PIECE])
                place += _PIECE
        except zlib.error:
            return bytes(found), "the gzip file is damaged; its records up to there are read"
        if not member.eof:
            return bytes(found), "the gzip file is cut off; its records up to there are read"
        data = member.unused_data + data[place:]
    return bytes(found), ""


class _NotRead(NamedTuple):
    reason: str


def _values(text: str) -> Iterator[tuple[int, Any]]:
    """What should be records, each with its line: document after document, however they are
    put together; of one that breaks off, the records before; of what is no JSON, its lines."""
    place, line = 0, 1
    bad: tuple[int, int] | None = None  # the first of the lines that are no JSON, and how many
    while (begin := _SPACE.match(text, place).end()) < len(text):
        line += text.count("\n", place, begin)
        try:
            if text[begin] not in "{[":
                raise ValueError
            document, place = _DECODER.raw_decode(text, begin)
        except (ValueError, RecursionError):
            opening = _LIST.match(text, begin)
            if opening is None:
                bad = (bad[0], bad[1] + 1) if bad else (line, 1)
                place = text.find("\n", begin)
                if place < 0:
                    break
                continue
            found, place = list(_broken_list(text, opening.end(), line)), len(text)
        else:
            found = [(line, each) for each in _listed(document)]
            line += text.count("\n", begin, place)
        if bad:
            yield bad[0], _no_json(bad[1])
            bad = None
        yield from found
    if bad:
        yield bad[0], _no_json(bad[1])


def _no_json(lines: int) -> _NotRead:
    return _NotRead("the line is no JSON" if lines == 1 else f"{lines} lines are no JSON")


def _listed(value: Any) -> list[Any]:
    """The records of a file or a line."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        for name in _LISTS:
            if isinstance(value.get(name), list):
                return value[name]
    return [value]


def _broken_list(text: str, place: int, line: int) -> Iterator[tuple[int, Any]]:
    """The records of a list as far as they can be read, and that it breaks off."""
    counted = place
    while (begin := _BETWEEN.match(text, place).end()) < len(text):
        line += text.count("\n", counted, begin)
        counted = begin
        try:
            value, place = _DECODER.raw_decode(text, begin)
        except (ValueError, RecursionError):
            break
        yield line, value
    yield line, _NotRead("from here on it is no JSON")


def _record_of(value: Any) -> Record | str:
    """The record, taken out of LookupEvents' envelope; or why it is none."""
    if isinstance(value, dict) and isinstance(value.get("CloudTrailEvent"), str):
        try:
            value = json.loads(value["CloudTrailEvent"])
        except (ValueError, RecursionError):
            return "its CloudTrailEvent is no JSON"
    if not isinstance(value, dict):
        return f"a record is an object, this is {_KINDS.get(type(value), 'something else')}"
    if "eventName" not in value:
        return "it has no eventName, so it is no record of CloudTrail"
    if not isinstance(value.get("userIdentity"), dict):
        return "it has no userIdentity, so nobody can tell whose call it was"
    return value


_KINDS = {
    type(None): "null",
    bool: "true or false",
    float: "a number",
    int: "a number",
    list: "a list",
    str: "a text",
}
