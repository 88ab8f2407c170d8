"""Log files as they come: whole, cut off, of another kind; nothing is lost without a word."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from helpers import Lab
from helpers.analysis.trail import json_values
from helpers.analysis.trail.cloudtrail_files import LogFiles

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "cloudtrail-invictus"


def record(name: str, **others: Any) -> dict[str, Any]:
    return {"eventName": name, "userIdentity": {"type": "Root"}, **others}


def log(*names: str) -> str:
    return json.dumps({"Records": [record(name) for name in names]})


def read(path: Path) -> tuple[list[str], list[tuple[int | None, str]]]:
    files = LogFiles(path)
    names = [each["eventName"] for each in files]
    assert files.read == len(names)
    assert {each.file for each in files.skipped} <= {str(file) for file in files.files}
    return names, [(each.line, each.reason) for each in files.skipped]


def looked_up(name: str) -> dict[str, Any]:
    return {"EventName": name, "CloudTrailEvent": json.dumps(record(name))}


@pytest.mark.parametrize(
    "text",
    [
        log("A", "B"),
        "\ufeff" + log("A", "B"),
        json.dumps({"Records": [record("A"), record("B")]}, indent=2),
        json.dumps([record("A"), record("B")]),
        json.dumps({"Events": [looked_up("A"), looked_up("B")], "NextToken": "x"}),
        "\n\n".join(json.dumps(record(name)) for name in "AB"),
        json.dumps(looked_up("A")) + "\r\n" + json.dumps(looked_up("B")) + "\r\n",
        log("A") + "\n" + log("B") + "\n",
        log("A") + log("B"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_every_form_is_read(tmp_path: Path, text: str, packed: bool) -> None:
    file = tmp_path / ("a.json.gz" if packed else "a.json")
    data = text.encode()
    half = len(data) // 2
    members = gzip.compress(data[:half]) + gzip.compress(data[half:])  # as `cat` joins them
    file.write_bytes(members if packed else data)
    assert read(file) == (["A", "B"], [])
    assert read(tmp_path) == (["A", "B"], [])


def test_folders_are_read_in_order_and_other_files_left_alone(tmp_path: Path) -> None:
    for name in ("2026/11/b.json", "2026/10/a.json", "2026/notes.txt", "report.csv"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(log(name))
    assert read(tmp_path) == (["2026/10/a.json", "2026/11/b.json"], [])


def test_a_path_that_there_is_not_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="There is no file or folder"):
        list(LogFiles(tmp_path / "nowhere"))


def test_a_gzip_file_that_was_cut_off_keeps_what_came_before(tmp_path: Path) -> None:
    many = json.dumps(
        {"Records": [record("A", eventID=f"{number:032x}" * 9) for number in range(3000)]}
    )
    whole = gzip.compress(many.encode())
    file = tmp_path / "a.json.gz"
    file.write_bytes(whole[: len(whole) // 2])
    names, skipped = read(file)
    assert 1000 < len(names) < 2000
    assert skipped == [
        (1, "from here on it is no JSON"),
        (None, "the gzip file is cut off; its records up to there are read"),
    ]
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 0xFF
    file.write_bytes(damaged)
    names, skipped = read(file)
    assert names
    assert skipped[-1][0] is None


def test_a_gzip_file_cut_off_between_two_records_is_told_too(tmp_path: Path) -> None:
    """Also where something else of the file was skipped already."""
    file = tmp_path / "a.jsonl.gz"
    file.write_bytes(gzip.compress(f"oops\n{json.dumps(record('A'))}\n".encode())[:-8])
    names, skipped = read(file)
    assert names == ["A"]
    assert [line for line, _ in skipped] == [1, None]


@pytest.mark.parametrize(
    ("text", "names", "skipped"),
    [
        ("", [], []),
        ("not json", [], [(1, "the line is no JSON")]),
        ("\x00\x01\x02", [], [(1, "the line is no JSON")]),
        ("a,b\n1,2\n", [], [(1, "2 lines are no JSON")]),
        (f"{json.dumps(record('A'))}\n{{oops\n{json.dumps(record('B'))}", ["A", "B"],
         [(2, "the line is no JSON")]),
        ('{"Records": [7, null, "x", [], true]}', [],
         [(1, f"a record is an object, this is {kind}")
          for kind in ("a number", "null", "a text", "a list", "true or false")]),
        ('{"Records": []}', [], []),
        ('{"eventName": "A"}', [],
         [(1, "it has no userIdentity, so nobody can tell whose call it was")]),
        ('{"eventName": "A", "userIdentity": "me"}', [],
         [(1, "it has no userIdentity, so nobody can tell whose call it was")]),
        ('{"Users": []}', [], [(1, "it has no eventName, so it is no record of CloudTrail")]),
        ('{"CloudTrailEvent": "{"}', [], [(1, "its CloudTrailEvent is no JSON")]),
        ("[" * 100_000, [], [(1, "from here on it is no JSON")]),
        (f"x\ny\n{log('A')}\nz", ["A"],
         [(1, "2 lines are no JSON"), (4, "the line is no JSON")]),
        (log("A", "B")[:-1], ["A", "B"], [(1, "the document breaks off behind its list")]),
        (log("A")[:-1] + ', "more": {"x": [1]}}\n' + log("B"), ["A", "B"], []),
        (log("A")[:-1] + ', "more": }\n' + log("B"), ["A", "B"],
         [(1, "the document breaks off behind its list"), (1, "the line is no JSON")]),
    ],
)  # fmt: skip
def test_what_is_no_record_is_told(
    tmp_path: Path, text: str, names: list[str], skipped: list[tuple[int, str]]
) -> None:
    file = tmp_path / "a.json"
    file.write_text(text)
    assert read(file) == (names, skipped)


def test_a_list_that_breaks_off_is_read_up_to_there(tmp_path: Path) -> None:
    records = ",\n".join(json.dumps(record(name)) for name in "ABC")
    text = '{"Records": [\n' + records
    (tmp_path / "a.json").write_text(text[: text.index('"C"')])
    assert read(tmp_path) == (["A", "B"], [(4, "from here on it is no JSON")])


def test_behind_a_broken_record_the_list_goes_on(tmp_path: Path) -> None:
    whole = [json.dumps({"eventVersion": "1.11", **record(name)}) for name in "ABC"]
    whole[1] = whole[1].replace("eventName", 'event"Name')
    for space in ("", "x" * 3 * json_values.PIECE):
        text = '{"Records": [\n' + ",\n".join(whole).replace("B", f"B{space}") + "]}"
        (tmp_path / "a.json").write_text(text)
        assert read(tmp_path) == (["A", "C"], [(3, "the record is no JSON")])


@pytest.mark.parametrize("piece", [4, 7, 64])
def test_in_pieces_of_any_size_the_same_is_read(
    tmp_path: Path, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"oops\n{log('A', 'Bé')}\n12345\n{json.dumps(record('C'))}\n{log('D')[:-1]}\n\n[1"
    file = tmp_path / "a.json"
    for data in (text.encode(), b"\xef\xbb\xbf" + text.encode(), gzip.compress(text.encode())):
        file.write_bytes(data)
        monkeypatch.undo()
        expected = read(file)
        assert expected[0] == ["A", "Bé", "C", "D"]
        monkeypatch.setattr(json_values, "PIECE", piece)
        assert read(file) == expected


def test_memory_holds_a_piece_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "a.json.gz"
    one = json.dumps({"eventVersion": "1.11", **record("A", requestParameters={"x": "y" * 999})})
    with gzip.open(file, "wt", compresslevel=1) as out:
        out.write('{"Records": [' + one)
        for _ in range(200):
            out.write(f",{one}" * 100)
        out.write("]}")
    tracemalloc.start()
    assert sum(1 for _ in LogFiles(file)) == 20_001
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


def test_what_the_lab_exports_is_read_again(tmp_path: Path) -> None:
    lab = Lab.start("house")
    lab.root.client("iam").list_users()
    lab.export_trail(tmp_path)
    files = LogFiles(tmp_path)
    assert sorted(each["eventID"] for each in files) == sorted(e["eventID"] for e in lab.events)
    assert files.skipped == []
    Lab.stop()


@pytest.mark.skipif(not REAL.exists(), reason="the real log files are not beside the project")
def test_real_files() -> None:
    files = LogFiles(REAL)
    assert len(list(files)) == 2900
    assert files.skipped == []
