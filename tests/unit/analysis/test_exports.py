"""A folder of exports: every file is known by its content, and what is not read is listed."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import Lab
from helpers.analysis.exports import Exports, Kind, kind_of
from helpers.analysis.permissions.entities import entities
from helpers.analysis.sources.credential_report import HEADER
from helpers.analysis.sources.export_commands import COMMANDS
from helpers.analysis.trail.cloudtrail_rows import CONSOLE
from helpers.analysis.trail.usage import usage

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
ANN = "arn:aws:iam::111122223333:user/team/ann"
RECORD = {
    "eventTime": "2026-11-02T09:00:00Z",
    "eventSource": "s3.amazonaws.com",
    "eventName": "ListBuckets",
    "userIdentity": {"type": "IAMUser", "arn": ANN, "accessKeyId": "AKIAIOSFODNN7EXAMPLE"},
}
DETAILS = {"UserDetailList": [{"UserName": "ann", "Arn": ANN}, {"UserName": "eve"}]}
ACCESSED = {"JobStatus": "COMPLETED", "ServicesLastAccessed": [{"ServiceNamespace": "s3"}]}
ROW = 'eventtime,eventsource,eventname,useridentity\nT,s3.amazonaws.com,A,"{type=Root, arn=x}"\n'


def report(used: str = "N/A") -> str:
    row = ["ann", ANN, "2026-01-02T03:04:05+00:00", "true", used, *["N/A"] * (len(HEADER) - 5)]
    return ",".join(HEADER) + "\n" + ",".join(row) + "\n"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (json.dumps({"Records": [RECORD]}), Kind.TRAIL),
        (json.dumps(RECORD) + "\n" + json.dumps(RECORD), Kind.TRAIL),
        (json.dumps({"Events": [{"CloudTrailEvent": json.dumps(RECORD)}]}, indent=4), Kind.TRAIL),
        (json.dumps([RECORD | {"requestParameters": {"x": json.dumps(DETAILS)}}]), Kind.TRAIL),
        (ROW, Kind.TRAIL),
        (json.dumps(DETAILS), Kind.DETAILS),
        (json.dumps([DETAILS, DETAILS]), Kind.DETAILS),
        (json.dumps({"Policies": [{"Arn": "x", "PolicyVersionList": []}]}), Kind.DETAILS),
        (json.dumps(ACCESSED), Kind.LAST_ACCESSED),
        (json.dumps({"Arn": ANN, "Details": ACCESSED}), Kind.LAST_ACCESSED),
        (report(), Kind.REPORT),
        (base64.b64encode(report().encode()).decode(), Kind.REPORT),
        (json.dumps({"Content": base64.b64encode(report().encode()).decode()}), Kind.REPORT),
        ("", "it is empty"),
        ("<!DOCTYPE html>", "it is an HTML or XML page, perhaps an error's"),
        ('{"Policies": [{"Arn": "x"}]}', "its JSON is none of the exports that are read here"),
        ('{"digestStartTime": 1}', "it is a digest of CloudTrail, which holds no records"),
        ("Event name,Event time,User name\n", CONSOLE),
        ("a,b,c\n", "it is none of the exports that are read here"),
        ("\x89PNG\x00", "it is none of the exports that are read here"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_what_a_file_is(tmp_path: Path, content: str, kind: Any, packed: bool) -> None:
    file = tmp_path / "anything.bin"
    data = content.encode()
    file.write_bytes(gzip.compress(data) if packed else data)
    assert kind_of(file) == kind


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([b"", b"\x1f\x8b\x08", b"PAR1", b"\xff\xfe", b"{", b'"']), st.binary())
def test_no_content_breaks_it(tmp_path_factory: Any, begin: bytes, rest: bytes) -> None:
    folder = tmp_path_factory.getbasetemp() / "any"
    folder.mkdir(exist_ok=True)
    (folder / "file").write_bytes(begin + rest)
    exports = Exports(folder)
    records = list(exports.trail)
    listed = len(exports.skipped) + len(exports.credential_report)
    assert records or listed


def test_powershells_text_is_read_or_told_so(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(json.dumps(DETAILS).encode("utf-16"))
    assert kind_of(file) is Kind.DETAILS
    file.write_bytes(json.dumps([RECORD]).encode("utf-16"))
    assert "UTF-16" in str(kind_of(file))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("user", ".git"):
        (tmp_path / name).mkdir()
    for name, content in {
        "a": json.dumps({"Records": [RECORD, 7]}),
        "b": ROW,
        "c": json.dumps(DETAILS),
        "d": report("2026-11-01T00:00:00+00:00"),
        "e": report("2026-10-01T00:00:00+00:00"),
        "user/ann.json": json.dumps(ACCESSED),
        "who.json": json.dumps(ACCESSED),
        "AKIAIOSFODNN7EXAMPLE.txt": "Dear diary",
        ".hidden": "x",
        ".git/config": "x",
    }.items():
        (tmp_path / name).write_text(content)
    return tmp_path


def test_everything_in_a_folder_is_read_or_listed(folder: Path) -> None:
    exports = Exports(folder)
    assert exports.missing == []
    assert [each.name for each in entities(exports.details)] == ["ann"]
    assert exports.credential_report["password_last_used"][0].month == 11
    assert exports.last_accessed["principal"].tolist() == [ANN]
    counted = usage(exports.trail)
    assert list(counted.of(ANN)) == ["s3:ListAllMyBuckets"]
    assert exports.trail.read == 2
    skipped = exports.skipped
    assert list(skipped.columns) == ["file", "line", "reason"]
    told = {
        str(Path(row.file).relative_to(folder)): (row.line, row.reason.partition(":")[0])
        for row in skipped.itertuples()
    }
    assert len(skipped) == len(told) == 5
    assert told["a"] == (1, "a record is an object, this is a number")
    assert told["c"] == (1, "UserDetailList[1] ('eve')")
    assert told["e"][1] == "another report of the account, d, is read"
    assert told["who.json"] == (1, "it does not say whose it is")
    assert told["AKIA************MPLE.txt"][1] == "it is none of the exports that are read here"
    assert skipped["line"].isna().sum() == 2


def test_its_text_says_what_was_found(folder: Path) -> None:
    text = repr(Exports(folder))
    assert "✔ CloudTrail records: a, b" in text
    assert "✔ last accessed: user/ann.json" in text.replace("\\", "/")
    assert "1 file not read; .skipped says why" in text
    assert "AKIAIOSFODNN7EXAMPLE" not in text
    assert "✖" not in text


def test_its_text_says_what_is_missing_and_what_makes_it(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("user,arn,\n")
    exports = Exports(tmp_path)
    text = repr(exports)
    assert exports.missing == [Kind.TRAIL, Kind.DETAILS, Kind.LAST_ACCESSED]
    for kind in exports.missing:
        assert f"✖ {kind.value}: none; make it with" in text
        assert all(line in text for line in COMMANDS[kind.value].splitlines())
    assert list(exports.trail) == []
    assert entities(exports.details) == []
    assert exports.credential_report.empty
    assert exports.last_accessed.empty
    (reason,) = exports.skipped["reason"]
    assert reason.startswith("it has no column user_creation_time")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="There is no folder"):
        Exports(tmp_path / "none")


@pytest.mark.skipif(not SHARED.exists(), reason="the exports of real accounts are not here")
def test_the_exports_of_real_accounts() -> None:
    exports = Exports(SHARED)
    files = sum(1 for file in SHARED.rglob("*.json") if "CloudTrail" in file.parts)
    assert len(exports.files[Kind.TRAIL]) == files
    assert sum(1 for _ in exports.trail) == exports.trail.read > 0
    assert {Path(file).name for file in exports.skipped["file"]} >= {"LICENSE"}


def test_what_the_files_say_together(tmp_path: Path) -> None:
    """The lab's own exports, from one end to the other."""
    lab = Lab.start("house")
    lab.caller("analyst").client("s3").list_buckets()
    account = Exports(lab.export_account(tmp_path))
    assert account.missing == []
    assert account.skipped.empty
    assert len(account.events()) == account.trail.read > 10
    analyst = account.entity("analyst")
    assert [account.entity(n) for n in (analyst.arn, "user/analyst")] == [analyst, analyst]
    table = account.granted_used()
    used = table[(table.principal == analyst.arn) & (table.verdict == "used")]
    assert used.action.tolist() == ["s3:ListAllMyBuckets"]
    assert set(account.granted_used_by_key().principal) == {analyst.arn}
    assert account.generate("analyst").proof(account.trail).holds
    assert account.recommend("user/analyst").entity == analyst
    Lab.stop()


@pytest.mark.parametrize(
    ("name", "said"),
    [("analist", "did you mean 'user/analyst'"), ("ops", "may be any of these"), ("", "no user")],
)
def test_a_name_that_is_nobody_s_or_of_two(tmp_path: Path, name: str, said: str) -> None:
    details = {
        "UserDetailList": [
            {"Arn": f"arn:aws:iam::111122223333:user/{n}", "UserName": n}
            for n in ("analyst", "ops")
        ],
        "RoleDetailList": [{"Arn": "arn:aws:iam::111122223333:role/ops", "RoleName": "ops"}],
    }
    (tmp_path / "details.json").write_text(json.dumps(details))
    account = Exports(tmp_path)
    with pytest.raises(LookupError, match=said):
        account.entity(name)
    with pytest.raises(ValueError, match="no record of CloudTrail"):
        account.granted_used()
