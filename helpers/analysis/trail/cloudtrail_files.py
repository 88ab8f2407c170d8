"""CloudTrail records from files: what CloudTrail delivers to S3, and what was looked up.

Read are log files as they are delivered (``{"Records": [...]}``, plain or gzip), answers of
LookupEvents (``{"Events": [...]}``), a list of records, and one record a line; a file that is
named may also hold rows of Athena or CloudTrail Lake
(:mod:`helpers.analysis.trail.cloudtrail_rows`). What cannot be read is skipped and told, by file
and line; everything else is kept, also that of a file which was cut off. Nothing is sent anywhere.

AWS: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
and https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from helpers.analysis.progress import bar
from helpers.analysis.trail import cloudtrail_rows, json_values
from helpers.analysis.trail.event_actions import Record
from helpers.analysis.trail.json_values import NotRead

ENDINGS = (".json", ".json.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")
"""Of a folder, the files whose names end like this are read."""

LISTS = ("Records", "Events", "events")
"""The names under which a document holds its list of records."""


_RECORD = re.compile(r'\{\s*"(?:eventVersion|EventId)"')
"""How a record begins, also one of LookupEvents."""


class Skipped(NamedTuple):
    """Something that was not read."""

    file: str
    line: int | None
    """Counted from 1; None: the file as a whole."""
    reason: str


@dataclass
class LogFiles:
    """CloudTrail's records in files and folders, one after the other.

    Iterating reads piece by piece: memory holds one record and a little more, however large a
    file is.
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
        files = self.files
        with bar(len(files), "file") as progress:
            for file in files:
                yield from self.records_of(file)
                progress.update()

    def records_of(self, file: Path) -> Iterator[Record]:
        """The records of one file; what is not one goes to ``skipped``."""
        try:
            if (rows := cloudtrail_rows.reader_of(file)) is not None:
                for record in rows(file, partial(self._skip, file)):
                    self.read += 1
                    yield record
                return
            with file.open("rb") as opened:
                source = json_values.Source(opened)
                for line, found in json_values.values(source, LISTS, _RECORD):
                    record = found.reason if isinstance(found, NotRead) else _record_of(found)
                    if isinstance(record, str):
                        self._skip(file, line, record)
                    else:
                        self.read += 1
                        yield record
                if source.broken:
                    self._skip(file, None, source.broken)
        except OSError as error:
            self._skip(file, None, f"it cannot be read: {error.strerror or error}")

    def _skip(self, file: Path, line: int | None, reason: str) -> None:
        self.skipped.append(Skipped(str(file), line, reason))


def _files_of(path: Path) -> list[Path]:
    if path.is_dir():
        found = (each for each in path.rglob("*") if each.name.lower().endswith(ENDINGS))
        return sorted(each for each in found if each.is_file())
    if not path.exists():
        raise FileNotFoundError(f"There is no file or folder {str(path)!r}.")
    return [path]


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
