"""The list of what a new moto changes: every test that watches is in it, and what it says."""

from __future__ import annotations

from pathlib import Path

import gap_probes
import moto_moved
import pytest
from moto_moved import HERE, WATCHING, Watch

FAILING = """
import sys

def test_holds():
    assert True

def test_moved():
    assert sys is None, "moved: sys. Pinned is another"
"""


def test_every_file_of_canaries_and_gaps_is_run() -> None:
    named = {name for names in WATCHING.values() for name in names}
    assert named >= {path.name for path in HERE.glob("test_canar*.py")}
    assert named >= {path.name for path in HERE.glob("test_*gaps.py")}
    assert all((HERE / name).is_file() for name in named)


def test_what_moved_is_told_and_what_holds_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "test_moved_here.py").write_text(FAILING)
    (tmp_path / "test_gone_here.py").write_text("from moto.core import no_such_name\n")
    (tmp_path / "test_fine_here.py").write_text("def test_fine():\n    pass\n")
    names = ("test_moved_here.py", "test_gone_here.py", "test_fine_here.py")
    monkeypatch.setattr(moto_moved, "HERE", tmp_path)
    monkeypatch.setattr(
        moto_moved, "WATCHING", {"canaries": names[:1], "gaps": names[1:2], "coverage": names[2:]}
    )
    # What cannot be imported stops none of the others.
    watch = moto_moved.watched(f"--rootdir={tmp_path}")
    canaries, moved, gaps, gone, coverage = watch.text().splitlines()
    assert canaries == "canaries: 1 hold, 1 moved"
    assert "test_moved_here.py::test_moved: AssertionError: moved: sys. Pinned" in moved
    assert gaps == "gaps: 0 hold, 1 moved"
    assert "test_gone_here.py: " in gone
    assert "no_such_name" in gone
    assert coverage == "coverage: 1 hold, 0 moved"


def test_the_files_themselves_are_run() -> None:
    watch = moto_moved.watched("-k", "there_are_names_to_watch or every_walk_is_expected")
    assert (watch.held, watch.moved) == ({"canaries": 1, "gaps": 1}, {})


def test_what_did_not_run_is_no_good_news() -> None:
    with pytest.raises(RuntimeError, match="the tests did not run"):
        moto_moved.watched("-k", "no_such_test")


def test_nothing_moved_is_said_of_each_kind() -> None:
    assert Watch().text().splitlines() == [f"{kind}: 0 hold, 0 moved" for kind in WATCHING]


def test_every_gap_is_listed_with_both_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert moto_moved.main(["--gaps"]) == 0
    said = capsys.readouterr().out
    assert said.count("\n  moto: ") == said.count("\n  AWS:  ") == len(gap_probes.EXPECTED)
    assert said.startswith("01 who plain boto3 is\n")
