"""The credential report in all its forms, the lab's and broken ones among them."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pandas as pd
import pytest

from helpers import Lab
from helpers.analysis.sources.credential_report import (
    ADDITIONAL,
    BOOLEANS,
    COLUMNS,
    HEADER,
    TIMES,
    credential_report,
    is_report,
)
from helpers.analysis.sources.export_files import ExportError

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "iam-airiam" / "iam_data.json"
ANN = {
    "user": "ann",
    "arn": "arn:aws:iam::111122223333:user/ann",
    "user_creation_time": "2026-01-02T03:04:05+00:00",
    "password_enabled": "TRUE",
    "password_last_used": "no_information",
    "password_last_changed": "2026-01-02T05:04:05+02:00",
    "mfa_active": "false",
    "access_key_1_active": "true",
    "access_key_1_last_used_service": "s3",
}


def text(*rows: dict[str, str], columns: tuple[str, ...] = HEADER, end: str = "\n") -> str:
    lines = [",".join(columns)]
    lines += [",".join(row.get(name, "N/A") for name in columns) for row in rows]
    return end.join(lines) + end


CSV = text(ANN)
ENCODED = base64.b64encode(CSV.encode())


@pytest.mark.parametrize(
    "content",
    [
        CSV.encode(),
        text(ANN, end="\r\n").encode("utf-8-sig"),
        CSV.encode("utf-16"),
        CSV.strip().encode(),
        ENCODED,
        b"\n".join(ENCODED[n : n + 76] for n in range(0, len(ENCODED), 76)),
        b'"' + ENCODED + b'"\n',
        json.dumps({"Content": ENCODED.decode(), "ReportFormat": "text/csv"}).encode(),
    ],
)
@pytest.mark.parametrize("as_file", [False, True])
def test_every_form_gives_the_same_table(tmp_path: Path, content: bytes, as_file: bool) -> None:
    file = tmp_path / "report"
    file.write_bytes(content)
    report = credential_report(file if as_file else content)
    assert report.skipped == []
    assert list(report.table.columns) == list(COLUMNS)
    (row,) = report.table.to_dict("records")
    assert row["user_creation_time"] == pd.Timestamp("2026-01-02T03:04:05Z")
    assert row["password_last_changed"] == pd.Timestamp("2026-01-02T03:04:05Z")
    assert (row["password_enabled"], row["mfa_active"]) == (True, False)
    assert row["access_key_1_last_used_service"] == "s3"
    assert row["password_last_used"] is pd.NaT
    assert report.table["cert_1_active"].isna().all()
    assert row["words"] == "password_last_used=no_information"
    for name in TIMES:
        assert str(report.table[name].dtype) == "datetime64[s, UTC]"
    for name in BOOLEANS:
        assert str(report.table[name].dtype) == "boolean"


def test_text_is_taken_as_well_and_the_23rd_column_kept() -> None:
    more = "1 more access key; iam:ListAccessKeys"
    report = credential_report(text(ANN | {ADDITIONAL: more}, columns=(*HEADER, ADDITIONAL)))
    assert report.table[ADDITIONAL].tolist() == [more]
    assert credential_report(CSV).table[ADDITIONAL].isna().all()
    assert credential_report(text()).table.empty


def test_a_row_of_another_length_is_told_by_its_line_and_the_others_stay() -> None:
    lines = [*text(ANN, ANN).splitlines(), "short,row", "", ",".join(["x"] * 30)]
    report = credential_report("\n".join(lines), name="r.csv")
    assert len(report.table) == 2
    assert [tuple(each) for each in report.skipped] == [
        ("r.csv", 4, "2 values for 22 columns"),
        ("r.csv", 6, "30 values for 22 columns"),
    ]


def test_a_value_that_is_none_is_missing_and_told() -> None:
    report = credential_report(text(ANN | {"mfa_active": "maybe", "password_last_used": "soon"}))
    assert report.table["mfa_active"].isna().all()
    assert [(each.line, each.reason) for each in report.skipped] == [
        (2, "password_last_used is a time, this is 'soon'"),
        (2, "mfa_active is true or false, this is 'maybe'"),
    ]


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        ("", None, "it is empty"),
        ("\n<html><body>Forbidden", 2, "it is an HTML or XML page"),
        ("eventName,eventTime\nA,B\n", 1, "it is no credential report"),
        ("user,arn,mfa_active\n", 1, "it has no column user_creation_time, password_enabled"),
        ('{"Records": []}', 1, "it is JSON, and no answer of GetCredentialReport"),
        (ENCODED.decode()[:-3], None, "its base64 is cut off or damaged"),
    ],
)
def test_what_is_no_report_is_refused(
    tmp_path: Path, content: str, line: int | None, reason: str
) -> None:
    file = tmp_path / "r.csv"
    file.write_text(content)
    with pytest.raises(ExportError) as caught:
        credential_report(file)
    place = f", line {line}" if line else ""
    assert str(caught.value).startswith(f"{file}{place}: {reason}")
    assert (caught.value.file, caught.value.line) == (str(file), line)


def test_how_a_report_begins() -> None:
    assert is_report(CSV)
    assert is_report(ENCODED.decode())
    assert not is_report("user;arn;x")
    assert not is_report('{"Content": "other"}')


def test_the_labs_report_is_read() -> None:
    iam = Lab.start().root.client("iam")
    iam.create_user(UserName="ann")
    iam.generate_credential_report()
    report = credential_report(iam.get_credential_report()["Content"])
    Lab.stop()
    assert report.skipped == []
    assert report.table["user"].tolist() == ["<root_account>", "ann"]
    assert "password_enabled=not_supported" in report.table["words"][0]
    assert report.table["password_enabled"].tolist()[1:] == [False]


@pytest.mark.skipif(not REAL.exists(), reason="the report of a real account is not here")
def test_the_report_of_a_real_account() -> None:
    rows = json.loads(REAL.read_text())["CredentialReport"]
    report = credential_report(text(*rows))
    assert report.skipped == []
    assert len(report.table) == len(rows)
    assert report.table["user_creation_time"].notna().all()
