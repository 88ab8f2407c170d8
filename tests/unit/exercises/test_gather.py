"""Learners' files gathered into one table."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from helpers.exercises import gather
from helpers.exercises.overview import names_of_exercises


def hand_in(folder: Path, name: str, exercises: Any) -> None:
    content = {"form": 1, "remember": True, "exercises": exercises}
    (folder / name).write_text(json.dumps(content), encoding="utf-8")


def test_one_table_of_all_learners(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    solved = {"tried": "2026-11-02", "solved": "2026-11-03"}
    hand_in(tmp_path, "müller.json", {"nb00.q1": solved, "nb07.quiz1": {"tried": "2026-11-05"}})
    hand_in(
        tmp_path, "=cmd.json", {"nb07.q1": {**solved, "solved": "2026-11-09"}, "nb00.q99": solved}
    )
    (tmp_path / "broken.json").write_bytes(b"\xff")
    (tmp_path / "other.json").write_text("[1]")
    (tmp_path / "notes.txt").write_text("no JSON is looked for here")
    for _ in range(2):  # the table is no learner
        assert gather.main([str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "2 learners" in said
    assert "left out: broken.json: it is no text" in said
    assert "left out: other.json: it is no file of progress" in said
    with (tmp_path / gather.TABLE).open(encoding="utf-8-sig", newline="") as file:
        first, second = csv.DictReader(file)
    asked = [name for names in names_of_exercises().values() for name in names]
    assert list(first) == ["learner", "solved", "of", "last", *asked]
    assert (first["learner"], first["nb07.q1"], first["last"]) == (
        "'=cmd",
        "2026-11-09",
        "2026-11-09",
    )
    assert (second["learner"], second["solved"], second["of"]) == ("müller", "1", str(len(asked)))
    assert (second["nb00.q1"], second["nb07.quiz1"]) == ("2026-11-03", "not yet")


def test_no_folder_and_no_file_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gather.main([str(tmp_path / "none")]) == 1
    assert "There is no folder" in capsys.readouterr().err
    assert gather.main([str(tmp_path)]) == 1
    assert "no learner's file" in capsys.readouterr().err
    assert not (tmp_path / gather.TABLE).exists()


def test_a_table_that_is_open_elsewhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hand_in(tmp_path, "anna.json", {})
    (tmp_path / gather.TABLE).mkdir()
    assert gather.main([str(tmp_path)]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_what_is_no_json_file_by_its_name_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in(tmp_path, "anna.json.txt", {})
    (tmp_path / "Bob").mkdir()
    hand_in(tmp_path / "Bob", "progress.json", {})
    (tmp_path / ".DS_Store").touch()
    (tmp_path / "progress.csv").touch()
    assert gather.main([str(tmp_path)]) == 1
    said = capsys.readouterr().out.splitlines()
    why = "its name does not end in .json"
    assert said == [f"left out: Bob: {why}", f"left out: anna.json.txt: {why}"]
    hand_in(tmp_path, "CARL.JSON", {})
    assert gather.main([str(tmp_path)]) == 0
    assert "\nCARL,0," in (tmp_path / "progress.csv").read_text(encoding="utf-8-sig")


def test_two_files_of_one_name_are_two_learners(tmp_path: Path) -> None:
    files = [tmp_path / "one" / "anna.json", tmp_path / "two" / "anna.JSON"]
    for file in files:
        file.parent.mkdir()
        hand_in(file.parent, file.name, {})
    assert list(gather.gather(files).learners) == ["anna", "anna.JSON"]


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "large.json").write_text(" " * (gather.LARGEST + 1))
    assert gather.gather(tmp_path.glob("*.json")).skipped == {"large.json": "it is too large"}
