"""Rows of Athena and CloudTrail Lake are the records that the log files hold."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from helpers.analysis.trail import row_values
from helpers.analysis.trail.cloudtrail_files import LogFiles
from helpers.analysis.trail.cloudtrail_rows import (
    CONSOLE,
    LONGEST_CELL,
    connection,
    csv_records,
    parquet_records,
    reader_of,
)
from helpers.analysis.trail.counting import count
from helpers.analysis.trail.usage import caller, usage

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "cloudtrail-invictus"
IDENTITY = {
    "type": "AssumedRole",
    "principalId": "AROAEXAMPLE:ann",
    "arn": "arn:aws:sts::111122223333:assumed-role/ops/ann",
    "accountId": "111122223333",
    "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
    "sessionContext": {
        "attributes": {"mfaAuthenticated": "false", "creationDate": "2026-11-02T08:00:00Z"},
        "sessionIssuer": {
            "type": "Role",
            "arn": "arn:aws:iam::111122223333:role/team/ops",
            "userName": "ops",
        },
    },
}
RECORD = {
    "eventVersion": "1.11",
    "userIdentity": IDENTITY,
    "eventTime": "2026-11-02T09:00:00Z",
    "eventSource": "s3.amazonaws.com",
    "eventName": "PutBucketPolicy",
    "awsRegion": "eu-west-1",
    "sourceIPAddress": "203.0.113.7",
    "userAgent": '[aws-cli/2 "quoted", with\na line]',
    "requestParameters": {"bucketName": "payroll", "bucketPolicy": {"Statement": [{"Sid": "a,b"}]}},
    "requestID": "R1",
    "eventID": "E1",
    "readOnly": False,
    "managementEvent": True,
    "resources": [{"ARN": "arn:aws:s3:::payroll", "type": "AWS::S3::Bucket"}],
    "recipientAccountId": "111122223333",
}


def written(value: Any) -> str:
    """A value as Athena and Lake write structures: names in lower case, no quotes."""
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key.lower()}={written(value[key])}" for key in value) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def lake_map(value: dict[str, Any]) -> str:
    """A map as Lake writes it: the names of the call's own, values as texts or JSON."""
    pairs = (
        f"{key}={each if isinstance(each, str) else json.dumps(each)}"
        for key, each in value.items()
    )
    return "{" + ", ".join(pairs) + "}"


def athena(record: dict[str, Any]) -> dict[str, str]:
    row = {name.lower(): written(value) for name, value in record.items()}
    row["useridentity"] = written({"invokedBy": None, **record["userIdentity"]})
    return row | {"requestparameters": json.dumps(record["requestParameters"]), "errorcode": ""}


def lake(record: dict[str, Any]) -> dict[str, str]:
    at = record["eventTime"].replace("T", " ").replace("Z", ".000")
    row = {name: written(value) for name, value in record.items()} | {"eventTime": at}
    row["userIdentity"] = row["userIdentity"].replace("T08:00:00Z", " 08:00:00.000")
    return row | {"requestParameters": lake_map(record["requestParameters"])}


def text(*rows: dict[str, str]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def read(file: Path) -> tuple[list[Any], list[tuple[int | None, str]]]:
    skipped: list[tuple[int | None, str]] = []
    reader = reader_of(file)
    assert reader is not None
    return list(reader(file, lambda line, reason: skipped.append((line, reason)))), skipped


@pytest.mark.parametrize("form", [athena, lake])
@pytest.mark.parametrize("packed", [False, True])
def test_a_row_is_the_record_of_the_log_file(
    tmp_path: Path, form: Callable[[dict[str, Any]], dict[str, str]], packed: bool
) -> None:
    file = tmp_path / "result"
    data = text(form(RECORD), form(RECORD)).encode("utf-8-sig")
    file.write_bytes(gzip.compress(data) if packed else data)
    assert read(file) == ([RECORD, RECORD], [])
    assert caller(read(file)[0][0]).arn == "arn:aws:iam::111122223333:role/team/ops"


NAMES = st.text("abcXYZ019+=,.@_-", min_size=1, max_size=12).filter(lambda text: text != "null")


@example({"type": "x", "arn": "x", "userName": "x"}, {"Y": "\\", "X": '], "='})
@settings(max_examples=100, deadline=None)
@given(
    st.fixed_dictionaries({"type": NAMES, "arn": NAMES, "userName": NAMES}),
    st.dictionaries(st.text("abcXY", min_size=1), st.text('ab ,={}[]"\\\n', min_size=1)),
)
def test_names_and_json_come_back_as_they_were(
    identity: dict[str, str], parameters: dict[str, str]
) -> None:
    assert row_values.field("userIdentity", written(identity)) == identity
    if parameters:
        held = {"x": parameters}
        assert row_values.field("requestParameters", json.dumps(held)) == held
        assert row_values.field("requestParameters", lake_map(held)) == held


@settings(max_examples=200, deadline=None)
@given(st.text('{}[]=,"\\ ab', max_size=40))
def test_no_cell_breaks_it(cell: str) -> None:
    for name in ("userIdentity", "requestParameters", "resources", "readOnly", "eventTime"):
        json.dumps(row_values.field(name, cell))


def test_a_structure_that_is_too_deep_stays_a_text() -> None:
    cell = "{a=" * 5000 + "}" * 5000
    assert "{a=" in json.dumps(row_values.field("userIdentity", cell))


def test_rows_that_are_no_records_are_told_by_their_line(tmp_path: Path) -> None:
    row = athena(RECORD)
    good = text(row)
    header = good.splitlines()[0]
    lines = [
        text(row, row | {"useridentity": ""}, row | {"useridentity": "eve"}).rstrip(),
        "short,row",
        text(row | {"eventname": ""}).split("\n", 1)[1].rstrip(),
        header,
        good.split("\n", 1)[1],
    ]
    file = tmp_path / "rows.csv"
    file.write_text("\n".join(lines))
    records, skipped = read(file)
    assert records == [RECORD, RECORD]
    assert skipped == [  # each row takes two lines, for the break in its userAgent
        (4, "it has no userIdentity, so nobody can tell whose call it was"),
        (6, "its userIdentity cannot be read: 'eve'"),
        (8, f"2 values for {len(row)} columns"),
        (9, "it has no eventName"),
    ]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("eventtime,eventname,eventsource", "the query has no column userIdentity,"),
        ("useridentity,eventtime", "the query has no column eventSource, eventName,"),
        ("Event name,Event time,User name,Event source", CONSOLE),
    ],
)
def test_columns_that_say_nothing_are_told_once(tmp_path: Path, header: str, reason: str) -> None:
    file = tmp_path / "rows.csv"
    row = ",".join("x" for _ in header.split(","))
    file.write_text("\n".join([header, row, row]))
    records, skipped = read(file)
    assert records == []
    ((line, told),) = skipped
    assert line == 1
    assert told.startswith(reason)


def test_parts_of_the_identity_may_be_columns_and_a_record_one_column(tmp_path: Path) -> None:
    file = tmp_path / "parts.csv"
    file.write_text(
        "eventTime,eventSource,eventName,userIdentity.type,userIdentity.sessionContext."
        "sessionIssuer.arn\n2026-11-02T09:00:00Z,s3.amazonaws.com,ListBuckets,AssumedRole,arn:x\n"
    )
    records, skipped = read(file)
    assert skipped == []
    assert records[0]["userIdentity"] == {
        "type": "AssumedRole",
        "sessionContext": {"sessionIssuer": {"arn": "arn:x"}},
    }
    (shared := tmp_path / "shared.csv").write_text(
        "eventTime,eventSource,eventName,userIdentity,userIdentity.userName\n"
        'T,s3.amazonaws.com,A,"{type=Root, arn=y}",ann\n'
        'T,s3.amazonaws.com,A,"{type=Root, arn=y}",\n'
    )
    assert [each["userIdentity"] for each in read(shared)[0]] == [
        {"type": "Root", "arn": "y", "userName": "ann"},
        {"type": "Root", "arn": "y"},
    ]
    whole = tmp_path / "whole.csv"
    whole.write_text(text({"eventJson": json.dumps(RECORD)}, {"eventJson": "{"}))
    assert read(whole) == ([RECORD], [(3, "its eventJson is no JSON")])


def test_a_file_that_is_cut_off_keeps_its_rows(tmp_path: Path) -> None:
    file = tmp_path / "cut.csv.gz"
    rows = [athena(RECORD) | {"eventid": str(number)} for number in range(500)]
    file.write_bytes(gzip.compress(text(*rows).encode())[:-400])
    records, skipped = read(file)
    assert 0 < len(records) < 500
    assert skipped[-1] == (None, "the gzip file is cut off; its records up to there are read")


def test_a_quote_that_is_never_closed_ends(tmp_path: Path) -> None:
    file = tmp_path / "open.csv"
    good = text(athena(RECORD))
    file.write_text(good + '"' + "x\n" * LONGEST_CELL)
    records, skipped = read(file)
    assert records == [RECORD]
    assert skipped[0][0] == 4
    assert "field larger than field limit" in skipped[0][1]
    assert len(skipped) == 2
    assert skipped[1][1].endswith(
        f"rows have more or fewer values than {len(athena(RECORD))} columns"
    )


def test_log_files_read_rows_too(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(text(athena(RECORD)) + "x\n")
    (tmp_path / "log.json").write_text(json.dumps({"Records": [RECORD]}))
    files = LogFiles(sorted(tmp_path.iterdir()))
    assert list(files) == [RECORD, RECORD]
    assert (files.read, len(files.skipped)) == (2, 1)
    assert usage(files).of("arn:aws:iam::111122223333:role/team/ops")


# -- Parquet --------------------------------------------------------------------------------------

PARQUET = """
COPY (SELECT
  {'type': 'AssumedRole', 'arn': 'arn:aws:sts::111122223333:assumed-role/ops/ann',
   'invokedby': NULL, 'sessioncontext': {
     'attributes': {'creationdate': TIMESTAMP '2026-11-02 08:00:00', 'mfaauthenticated': 'true'},
     'sessionissuer': {'arn': 'arn:aws:iam::111122223333:role/ops'}}} AS useridentity,
  TIMESTAMPTZ '2026-11-02 09:00:00+00' AS eventtime, 's3.amazonaws.com' AS eventsource,
  CASE WHEN n = 2 THEN NULL ELSE 'GetObject' END AS eventname, true AS readonly,
  MAP {'bucketName': 'payroll', 'tags': '["a"]'} AS requestparameters,
  [{'accountid': '111122223333', 'arn': 'arn:aws:s3:::payroll'}] AS resources, 7 AS partition_0
  FROM range(1, 4) AS rows(n)) TO '%s' (FORMAT parquet)
"""


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    import duckdb

    file = tmp_path / "it's [1]*.parquet"
    with duckdb.connect(":memory:") as made:
        made.execute(PARQUET % str(file).replace("'", "''"))
    return file


def test_a_row_of_parquet_is_a_record(parquet: Path) -> None:
    records, skipped = read(parquet)
    assert skipped == [(2, "it has no eventName")]
    assert len(records) == 2
    assert records[0] == {
        "eventTime": "2026-11-02T09:00:00Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject",
        "readOnly": True,
        "userIdentity": {
            "type": "AssumedRole",
            "arn": "arn:aws:sts::111122223333:assumed-role/ops/ann",
            "sessionContext": {
                "attributes": {
                    "creationDate": "2026-11-02T08:00:00Z",
                    "mfaAuthenticated": "true",
                },
                "sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/ops"},
            },
        },
        "requestParameters": {"bucketName": "payroll", "tags": ["a"]},
        "resources": [{"accountId": "111122223333", "ARN": "arn:aws:s3:::payroll"}],
    }


def test_a_relative_path_and_a_tilde_are_no_others(
    parquet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(parquet.parent)
    parquet.rename("~rows.parquet")
    assert len(read(Path("~rows.parquet"))[0]) == 2


def test_a_damaged_parquet_file_is_told(parquet: Path) -> None:
    parquet.write_bytes(parquet.read_bytes()[:-20])
    records, ((line, reason),) = read(parquet)
    assert (records, line) == ([], None)
    assert reason.startswith("it cannot be read as Parquet: ")


@pytest.mark.parametrize("path", ["https://example.com/a.parquet", "s3://bucket/a.parquet"])
def test_no_path_leads_to_a_network(parquet: Path, path: str) -> None:
    import duckdb

    told: list[Any] = []
    assert list(parquet_records(Path(path), lambda *each: told.append(each))) == []
    assert told == [(None, "there is no such file")]
    other = parquet.with_name("other.parquet")
    other.write_bytes(parquet.read_bytes())
    with connection(parquet) as opened:
        for asked in (path, str(other)):
            with pytest.raises(duckdb.PermissionException):
                opened.execute("SELECT * FROM read_parquet(?)", [asked])
        for statement in (
            "INSTALL httpfs",
            "LOAD httpfs",
            "SET enable_external_access = true",
            "SET autoload_known_extensions = true",
        ):
            with pytest.raises(duckdb.Error):
                opened.execute(statement)


def test_duckdb_is_loaded_for_parquet_only(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(text(athena(RECORD)))
    program = (
        "import sys; from helpers.analysis.trail.cloudtrail_files import LogFiles\n"
        "assert len(list(LogFiles(sys.argv[1]))) == 1\n"
        "assert not {'duckdb', 'pandas', 'boto3'} & set(sys.modules)"
    )
    file = str(tmp_path / "rows.csv")
    run = subprocess.run(
        [sys.executable, "-c", program, file],
        cwd=Path(__file__).resolve().parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


def test_other_files_have_no_reader_of_rows(tmp_path: Path) -> None:
    file = tmp_path / "other"
    for content in ("", "{}", "user,arn\n", "<html>eventname", '{"eventName": 1}'):
        file.write_text(content)
        assert reader_of(file) is None
    file.write_text("eventname")
    assert reader_of(file) is csv_records


def test_columns_that_are_no_records_are_left_aside(tmp_path: Path) -> None:
    file = tmp_path / "partitioned.csv"
    file.write_text(text(athena(RECORD) | {"timestamp": "2026/11/02", "arn": "x", "type": "y"}))
    assert read(file) == ([RECORD], [])


def test_the_quick_count_reads_rows_as_well(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(text(athena(RECORD), athena(RECORD)))
    assert count(file) == usage([RECORD, RECORD])


@pytest.mark.skipif(not REAL.exists(), reason="the records of a real account are not here")
def test_the_records_of_a_real_account_come_back(tmp_path: Path) -> None:
    records = [
        {name: value for name, value in record.items() if value is not None}
        for record in LogFiles(REAL)
    ]
    file = tmp_path / "rows.csv"
    names = list(row_values.FIELDS.values())
    texts = {name for name in names if name.endswith(("Parameters", "Elements", "Data", "Details"))}
    texts -= {"tlsDetails"}
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        writer.writerow(name.lower() for name in names)
        for record in records:
            writer.writerow(
                (json.dumps if name in texts else written)(record[name]) if name in record else ""
                for name in names
            )
    found, skipped = read(file)
    assert skipped == []
    assert usage(found) == usage(records)
    assert found == records
