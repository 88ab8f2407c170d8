"""What is remembered of solved exercises: the file, its switch, and what can go wrong with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.exercises import nb00, progress, remember, remembered
from helpers.exercises.overview import NOTHING, names_of_exercises
from helpers.exercises.remembered import VARIABLE, Days, Memory, read

MONDAY, TUESDAY = date(2026, 11, 2), date(2026, 11, 3)
RIGHT = "arn:aws:iam::111122223333:user/analyst"


@pytest.fixture
def at_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A person's kernel, with a file that is not there yet."""
    path = tmp_path / "folder" / "progress.json"
    monkeypatch.setenv(VARIABLE, str(path))
    for name in remembered.NO_PERSON:
        monkeypatch.delenv(name, raising=False)
    shell = SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setattr(remembered, "_MEMORIES", {})
    monkeypatch.setattr("helpers.exercises.exercise.show", lambda thing: None)
    monkeypatch.setattr("helpers.exercises.quiz.show", lambda thing: None)
    return path


def kept(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def test_a_check_is_remembered_and_shown(at_work: Path) -> None:
    assert repr(progress()) == NOTHING
    nb00.q1.check(...)  # not attempted
    nb00.q1.check(3)  # cannot be checked
    assert not at_work.exists()
    nb00.q1.check("arn:aws:iam::111122223333:root")
    today = date.today().isoformat()
    assert kept(at_work)["exercises"] == {"nb00.q1": {"tried": today}}
    assert "✎ 00 start here" in repr(progress())
    assert "0 of 1" in repr(progress())
    nb00.q1.check(RIGHT)
    nb00.q1.check("arn:wrong")  # what was solved stays solved
    assert kept(at_work)["exercises"] == {"nb00.q1": {"tried": today, "solved": today}}
    shown = repr(progress())
    assert "✔ 00 start here" in shown
    assert "○ 05 deny without mfa" in shown
    assert shown.endswith(f"Remembered in {at_work}")
    assert "<td" in progress().html()
    # Exercise, two days: no answer, no person, no count.
    assert set(kept(at_work)) == {"form", "remember", "exercises"}


def test_a_question_of_a_quiz_is_remembered(at_work: Path) -> None:
    from helpers.exercises import nb07

    wrong, right = (
        next(k for k, option in nb07.quiz1.options.items() if option.right is wanted)
        for wanted in (False, True)
    )
    nb07.quiz1.answer(wrong)
    nb07.quiz1.answer("...")
    assert "solved" not in kept(at_work)["exercises"]["nb07.quiz1"]
    nb07.quiz1.answer(right)
    assert "solved" in kept(at_work)["exercises"]["nb07.quiz1"]


def test_remember_false_forgets_and_holds_for_other_kernels(at_work: Path) -> None:
    nb00.q1.check(RIGHT)
    assert "forgotten" in repr(remember(False))
    assert kept(at_work)["exercises"] == {}
    nb00.q1.check(RIGHT)
    remembered._MEMORIES.clear()  # another kernel
    nb00.q1.check(RIGHT)
    assert kept(at_work)["exercises"] == {}
    assert repr(progress()) == NOTHING
    assert str(at_work) in repr(remember())
    nb00.q1.check(RIGHT)
    assert list(kept(at_work)["exercises"]) == ["nb00.q1"]


@pytest.mark.parametrize("off", ["off", "OFF", "0", "no"])
def test_the_variable_switches_it_off(
    at_work: Path, monkeypatch: pytest.MonkeyPatch, off: str
) -> None:
    nb00.q1.check(RIGHT)
    monkeypatch.setenv(VARIABLE, off)
    assert remembered.memory() is None
    assert repr(progress()) == NOTHING
    assert "Nothing is remembered here" in repr(remember())


@pytest.mark.parametrize("name", remembered.NO_PERSON)
def test_nothing_is_remembered_where_no_person_works(
    at_work: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "9")
    nb00.q1.check(RIGHT)
    assert not at_work.exists()


def test_nothing_is_remembered_outside_of_a_kernel(
    at_work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    nb00.q1.check(RIGHT)
    assert not at_work.exists()


def test_pytest_says_so_to_all_that_it_starts() -> None:
    """The kernels of nbval and of the passes are such programs."""
    code = "import os; print('PYTEST_VERSION' in os.environ)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"


# The file ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("platform", "variables", "wanted"),
    [
        ("linux", {}, "home/.local/share"),
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data"),
        ("linux", {"XDG_DATA_HOME": "relative"}, "home/.local/share"),
        ("darwin", {"XDG_DATA_HOME": "/data"}, "home/Library/Application Support"),
        ("win32", {}, "home/AppData/Roaming"),
        ("win32", {"APPDATA": "/roaming"}, "/roaming"),
    ],
)
def test_the_folder_of_each_system(
    monkeypatch: pytest.MonkeyPatch, platform: str, variables: dict[str, str], wanted: str
) -> None:
    for name in (VARIABLE, "XDG_DATA_HOME", "APPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(remembered.sys, "platform", platform)
    monkeypatch.setattr(remembered.os.path, "expanduser", lambda path: path.replace("~", "home"))
    assert remembered.file() == Path(wanted) / "account-protection" / "progress.json"


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"{",
        b"[]",
        b'{"form": 2, "exercises": {}}',
        b'{"form": 1}',
        b"\xff\xfe\x00",
        b"[" * 9999,
    ],
)
def test_a_broken_file_is_set_aside(at_work: Path, broken: bytes) -> None:
    at_work.parent.mkdir()
    at_work.write_bytes(broken)
    assert repr(progress()) == NOTHING
    nb00.q1.check(RIGHT)
    assert list(kept(at_work)["exercises"]) == ["nb00.q1"]
    assert at_work.with_suffix(".broken.json").read_bytes() == broken


def test_a_file_that_cannot_be_written_is_no_error(at_work: Path) -> None:
    at_work.parent.write_text("a file where a folder should be")
    nb00.q1.check(RIGHT)
    assert "✔ 00" in repr(progress())  # this kernel knows
    assert "cannot be written" in repr(remember())
    assert "cannot be changed" in repr(remember(False))
    nb00.q1.check(RIGHT)
    assert repr(progress()) == NOTHING


def test_a_folder_in_the_files_place_and_one_that_is_full(
    at_work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work.mkdir(parents=True)
    nb00.q1.check(RIGHT)
    assert list(at_work.parent.iterdir()) == [at_work]
    at_work.rmdir()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(remembered.os, "replace", full)
    nb00.q1.check(RIGHT)
    assert list(at_work.parent.iterdir()) == []


def test_two_kernels_lose_nothing_for_good(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"
    one, other = Memory(path), Memory(path)
    one.note("nb01.q1", True, MONDAY)
    other.note("nb02.q1", False, MONDAY)
    assert set(kept(path)["exercises"]) == {"nb01.q1", "nb02.q1"}
    # The other kernel had read before the first one wrote, and wrote over it.
    path.write_text(json.dumps({"form": 1, "exercises": {"nb02.q1": {"tried": "2026-11-02"}}}))
    one.note("nb01.q2", False, TUESDAY)
    assert set(kept(path)["exercises"]) == {"nb01.q1", "nb01.q2", "nb02.q1"}
    other.note("nb02.q1", True, TUESDAY)
    one.note("nb02.q1", False, TUESDAY)
    assert one.known()[0]["nb02.q1"] == Days(MONDAY, TUESDAY)
    if os.name == "posix":
        assert path.stat().st_mode & 0o077 == 0  # nobody else's business


@given(st.recursive(st.none() | st.text() | st.integers(), lambda inner: st.lists(inner)
       | st.dictionaries(st.sampled_from(["form", "exercises", "remember", "nb05.q1", "tried"])
                         | st.text(), inner)))  # fmt: skip
def test_no_file_raises_anything_but_what_is_documented(content: Any) -> None:
    try:
        found, wanted = read(json.dumps(content))
    except ValueError:
        return
    assert isinstance(wanted, bool)
    assert all(isinstance(days, Days) for days in found.values())


def test_entries_that_are_none_are_left_out() -> None:
    entries = {
        "nb05.q1": {"tried": "2026-11-02", "solved": "not a day"},
        "nb05.q2": {"solved": "2026-11-02"},
        "../nb05.q3": {"tried": "2026-11-02"},
        "nb05.quiz1": ["2026-11-02"],
    }
    found, wanted = read(json.dumps({"form": 1, "exercises": entries}))
    assert found == {"nb05.q1": Days(MONDAY)}
    assert wanted


def test_every_exercise_has_a_name_that_is_remembered() -> None:
    names = [name for names in names_of_exercises().values() for name in names]
    assert len(names) == len(set(names)) > 50
    assert all(remembered._NAME.fullmatch(name) for name in names)
