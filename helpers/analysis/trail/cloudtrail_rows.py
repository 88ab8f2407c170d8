"""CloudTrail records out of the rows that Athena and CloudTrail Lake answer with.

Both call their columns in lower case. Athena writes results as CSV, Lake saves them as CSV within
gzip; UNLOAD of Athena and copies of Lake make Parquet. In CSV a structure is written
``{type=IAMUser, arn=arn:aws:iam::…, sessioncontext={…}}``, see ``row_values``. Each row becomes a
record as log files have it, as far as its columns go.

The CSV that the console's event history offers names users without their ARNs, so that nobody can
tell a user from a role's session: it is refused, with the export that does.

AWS: https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table-understanding.html
and https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-supported-event-schemas.html
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from helpers.analysis.sources.export_files import Skip, head_of, shown
from helpers.analysis.trail import json_values, row_values
from helpers.analysis.trail.event_actions import Record

NEEDED = ("eventTime", "eventSource", "eventName", "userIdentity")
"""Without these a row says nothing about anybody."""

CONSOLE = (
    "it is the event history's CSV, which names users without their ARNs; choose Download as JSON "
    "there, or: aws cloudtrail lookup-events > events.json"
)

_WHOLE = ("eventjson", "cloudtrailevent")
"""Columns that hold the whole record as JSON."""
LONGEST_CELL = 2**20
"""Characters of a cell. A record ends at 256 kB; a quote that is never closed ends here."""
PARQUET = "PAR1"
"""How a Parquet file begins."""
_AT_ONCE = 500
"""Rows of a Parquet file that are held."""


def reader_of(file: Path) -> Callable[[Path, Skip], Iterator[Record]] | None:
    """What reads a file of rows; ``None`` where it is none. Raises ``OSError``."""
    head = head_of(file)
    if head.startswith(PARQUET):
        return parquet_records
    return csv_records if is_rows(head) or is_console(head) else None


def is_rows(head: str) -> bool:
    """Whether a text that begins so is a CSV of CloudTrail's rows.

    >>> is_rows('"eventtime","useridentity"\\n'), is_rows('{"eventName": 1}')
    (True, False)
    """
    return bool({"eventname", "useridentity", "eventtime", *_WHOLE} & set(_header_of(head)))


def is_console(head: str) -> bool:
    """Whether a text that begins so is the CSV of the console's event history.

    >>> is_console("Event name,Event time,User name,Event source")
    True
    """
    return {"event name", "event time"} <= set(_header_of(head))


def _header_of(head: str) -> list[str]:
    first = head.lstrip().partition("\n")[0]
    if first.startswith(("{", "[", "<")):
        return []
    return [cell.strip().strip('"').lower() for cell in first.split(",")]


def csv_records(file: Path, skip: Skip) -> Iterator[Record]:
    """The records of a CSV file, plain or gzip; what is not one is told to ``skip``.

    Rows are read one by one. Their lines are those in which they begin.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "rows.csv"
    ...     _ = file.write_text('eventtime,eventsource,eventname,useridentity\\n'
    ...         '2026-11-02 09:00:00.000,s3.amazonaws.com,ListBuckets,"{type=Root, arn=x}"\\n')
    ...     list(csv_records(file, print))
    [{'eventTime': '2026-11-02T09:00:00Z', 'eventSource': 's3.amazonaws.com', \
'eventName': 'ListBuckets', 'userIdentity': {'type': 'Root', 'arn': 'x'}}]
    """
    # The limit holds for all of this process, so it only ever goes up.
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_CELL))
    try:
        with file.open("rb") as opened:
            source = json_values.Source(opened)
            yield from _rows(csv.reader(_lines(source)), skip)
            if source.broken:
                skip(None, source.broken)
    except OSError as error:
        skip(None, f"it cannot be read: {error.strerror or error}")


def _lines(source: json_values.Source) -> Iterator[str]:
    """The lines of a text with their ends; one that never ends comes in pieces."""
    while source.place < len(source.text) or source.more():
        while (end := source.text.find("\n", source.place)) < 0:
            if len(source.text) - source.place > LONGEST_CELL or not source.more(json_values.PIECE):
                end = len(source.text) - 1
                break
        yield source.text[source.place : end + 1]
        source.place = end + 1


def _rows(reader: Any, skip: Skip) -> Iterator[Record]:
    header: list[str] = []
    columns: list[_Column | None] = []
    bad: list[int] = []  # of rows in a row that have another length: first line, values, how many
    line = 1

    def tell() -> None:
        if bad and bad[2] == 1:
            skip(bad[0], f"{bad[1]} values for {len(header)} columns")
        elif bad:
            skip(bad[0], f"{bad[2]} rows have more or fewer values than {len(header)} columns")
        bad.clear()

    while True:
        try:
            cells = next(reader)
        except StopIteration:
            tell()
            return
        except csv.Error as error:
            tell()
            skip(line, f"the row is no CSV: {error}")
            line = reader.line_num + 1
            continue
        if header and cells and len(cells) != len(header):
            bad[:] = [*bad[:2], bad[2] + 1] if bad else [line, len(cells), 1]
        elif cells:
            tell()
            if not header:
                header = [cell.strip() for cell in cells]
                if not _is_enough(header, partial(skip, line)):
                    return
                columns = [_column(name) for name in header]
            elif cells != header:  # files put together repeat it
                record = _record(columns, cells)
                if isinstance(record, str):
                    skip(line, record)
                else:
                    yield record
        line = reader.line_num + 1


def _is_enough(columns: list[str], skip: Callable[[str], None]) -> bool:
    """Whether rows of these columns can be records; ``skip`` is told why not."""
    if is_console(",".join(columns)):
        skip(CONSOLE)
        return False
    there = {name.lower() for name in columns}
    parts = {name.partition(".")[0] for name in there}
    missing = [name for name in NEEDED if name.lower() not in parts]
    if missing and not there & set(_WHOLE):
        skip(
            f"the query has no column {', '.join(missing)}, so its rows tell of nobody: "
            f"SELECT {', '.join(name.lower() for name in NEEDED)}, … or *"
        )
        return False
    return True


class _Column(NamedTuple):
    """What a column holds."""

    name: str
    path: tuple[str, ...]
    """Where in a record: userIdentity, or userIdentity, arn. Nothing: it is the whole record."""


def _column(name: str) -> _Column | None:
    """What a column holds; ``None``: nothing of a record, as partitions do."""
    first, *inner = name.lower().split(".")
    if first in _WHOLE:
        return _Column(name, ())
    if first not in row_values.FIELDS:
        return None
    inside = (row_values.NAMES.get(part, part) for part in inner)
    return _Column(name, (row_values.FIELDS[first], *inside))


def _record(columns: Iterable[_Column | None], cells: Iterable[Any]) -> Record | str:
    """A row as a record, or why it is none."""
    found: dict[str, Any] = {}
    for column, cell in zip(columns, cells, strict=True):
        if column is None or cell is None or cell == "":
            continue
        if not column.path:
            try:
                whole = json.loads(cell)
            except (ValueError, RecursionError):
                return f"its {column.name} is no JSON"
            if not isinstance(whole, dict):
                return f"its {column.name} is no record: {shown(whole)}"
            found = whole | found
        elif len(column.path) == 1:
            if (value := row_values.field(column.path[0], cell)) is not None:
                found[column.path[0]] = value
        else:
            _put(found, column.path, row_values.field(column.path[-1], cell))
    if not found.get("eventName"):
        return "it has no eventName"
    identity = found.get("userIdentity")
    if identity is None:
        return "it has no userIdentity, so nobody can tell whose call it was"
    if not isinstance(identity, Mapping):
        return f"its userIdentity cannot be read: {shown(identity)}"
    return found


def _put(record: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Put a value into a record's part, unless it is there already."""
    if value is None:
        return
    place = record
    for part in path[:-1]:
        inner = place.get(part, {})
        if not isinstance(inner, dict):
            return
        place[part] = place = dict(inner)  # rows that are alike share theirs
    place.setdefault(path[-1], value)


# -- Parquet --------------------------------------------------------------------------------------


def parquet_records(file: Path, skip: Skip) -> Iterator[Record]:
    """The records of a Parquet file; what is not one is told to ``skip``, by its row's number.

    Rows are read some hundred at a time. The reader sees this one file: no other, and no network.
    """
    if not file.is_file():
        skip(None, "there is no such file")
        return
    import duckdb  # 25 MB of memory, for those who have such files

    try:
        with connection(file) as opened:
            source = "FROM read_parquet(?)"
            path = [_pattern(file)]
            described = opened.execute(f"DESCRIBE SELECT * {source}", path).fetchall()
            names = [(str(name), str(kind)) for name, kind, *_ in described]
            if not _is_enough([name for name, _ in names], partial(skip, None)):
                return
            columns = [_column(name) for name, _ in names if _column(name)]
            wanted = ", ".join(_expression(*each) for each in names if _column(each[0]))
            found = opened.execute(f"SELECT {wanted} {source}", path)
            line = 0
            while rows := found.fetchmany(_AT_ONCE):
                for values in rows:
                    line += 1
                    record = _record(columns, values)
                    if isinstance(record, str):
                        skip(line, record)
                    else:
                        yield record
    except duckdb.Error as error:
        skip(None, f"it cannot be read as Parquet: {str(error).strip().splitlines()[0]}")


def connection(file: Path) -> Any:
    """A duckdb connection that can read one file and nothing else, and cannot be changed."""
    import duckdb

    opened = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "threads": "1",
            "memory_limit": "512MB",
        },
    )
    allowed = ", ".join(_quoted(each) for each in {str(file.absolute()), _pattern(file)})
    opened.execute("SET temp_directory = ''")
    opened.execute(f"SET allowed_paths = [{allowed}]")
    opened.execute("SET enable_external_access = false")
    opened.execute("SET lock_configuration = true")
    return opened


def _pattern(file: Path) -> str:
    """A path whose characters stand for themselves: duckdb takes paths as patterns, and a ``~``
    at the beginning for the home folder."""
    return "".join(f"[{each}]" if each in "*?[" else each for each in str(file.absolute()))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _expression(column: str, kind: str) -> str:
    name = '"' + column.replace('"', '""') + '"'
    # A time with a zone would need an extension to be told in UTC.
    return f"make_timestamp(epoch_us({name}))" if kind == "TIMESTAMP WITH TIME ZONE" else name
