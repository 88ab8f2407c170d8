"""A notebook goes back to its shipped state, and what the learner wrote is never lost."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
import tomllib
from datetime import datetime
from pathlib import Path

import pytest
from setup_checkout import ROOT, lay

from helpers.setup import reset as module
from helpers.setup.reset import Unknown, main, named, reset
from helpers.setup.shipped import KEPT, Broken, Shipped, kept_name, ship

NAMES = ("00_start_here.ipynb", "05_deny_without_mfa.ipynb", "07_least_privilege.ipynb")
NOW = datetime(2026, 11, 25, 14, 30)
MINE = b'{"cells": ["mine"]}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three shipped notebooks; 05 has been worked on."""
    folder = tmp_path / "my übungen" / "notebooks"
    folder.mkdir(parents=True)
    for name in NAMES:
        (folder / name).write_bytes(b'{"cells": [\n "' + name.encode() + b'"]}\n')
    ship(folder)
    (folder / NAMES[1]).write_bytes(MINE)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_one_goes_back_and_the_others_stay(folder, capsys) -> None:
    (folder / NAMES[2]).write_bytes(b"also mine")
    before = files(folder)
    os.utime(folder / NAMES[1], (1000, 1000))
    assert main(["05"], folder) == 0
    (kept,) = (path for path in folder.iterdir() if KEPT.fullmatch(path.name))
    assert kept.read_bytes() == MINE
    assert kept.stat().st_mtime == 1000
    text = b'{"cells": [\n "05_deny_without_mfa.ipynb"]}\n'
    assert files(folder) == {**before, NAMES[1]: text, kept.name: MINE}
    said = capsys.readouterr().out
    assert kept.name in said
    assert "Reload Notebook from Disk" in said


def test_nothing_changed_is_said_and_nothing_written(folder, capsys) -> None:
    before = files(folder)
    assert main(["00"], folder) == 0
    assert capsys.readouterr().out == (
        "00_start_here.ipynb: nothing has changed in it since it was shipped.\n"
    )
    assert files(folder) == before


def test_other_ends_of_lines_are_no_change(folder) -> None:
    """As git writes them on Windows."""
    path = folder / NAMES[0]
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert Shipped(folder).is_unchanged(path)


def test_all_resets_what_has_changed(folder, capsys) -> None:
    (folder / NAMES[2]).write_bytes(b"also mine")
    assert main(["all"], folder) == 0
    assert all(Shipped(folder).is_unchanged(folder / name) for name in NAMES)
    kept = {path.read_bytes() for path in folder.glob("* kept *")}
    assert kept == {MINE, b"also mine"}
    assert "00_start_here.ipynb: nothing" in capsys.readouterr().out


def test_a_deleted_one_comes_back(folder, capsys) -> None:
    (folder / NAMES[1]).unlink()
    assert main(["5"], folder) == 0
    assert Shipped(folder).is_unchanged(folder / NAMES[1])
    assert not list(folder.glob("* kept *"))
    assert "Yours" not in capsys.readouterr().out


def test_an_earlier_kept_one_is_never_overwritten(folder) -> None:
    shipped, path = Shipped(folder), folder / NAMES[1]
    kept = []
    for text in (b"first", b"second", b"third"):
        path.write_bytes(text)
        kept.append(reset("05", path, shipped, NOW))
    assert [file.name for file in kept] == [
        "05 kept 2026-11-25 14.30.ipynb",
        "05 kept 2026-11-25 14.30 (2).ipynb",
        "05 kept 2026-11-25 14.30 (3).ipynb",
    ]
    assert [file.read_bytes() for file in kept] == [b"first", b"second", b"third"]


def test_where_it_cannot_be_written_the_learners_stays(folder, monkeypatch, capsys) -> None:
    def refuse(source, target):
        raise PermissionError(13, "Permission denied")

    before = files(folder)
    monkeypatch.setattr(module.os, "replace", refuse)
    assert main(["05"], folder) == 1
    assert files(folder) == before
    said = capsys.readouterr().err
    assert "05_deny_without_mfa.ipynb stays as it is (Permission denied)" in said
    assert len(said.splitlines()) == 1


def test_where_the_disk_is_full_the_learners_stays(folder, monkeypatch, capsys) -> None:
    before = files(folder)
    written = Path.write_bytes

    def full(path, text):
        written(path, text[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert main(["05"], folder) == 1
    assert files(folder) == before


def test_a_broken_copy_is_named(folder, capsys) -> None:
    copy = folder / "data" / "shipped" / (NAMES[1] + ".gz")
    for damaged in (b"", b"no gzip", copy.read_bytes()[:-9], gzip.compress(b"x")[:12]):
        copy.write_bytes(damaged)
        with pytest.raises(Broken):
            Shipped(folder).text(folder / NAMES[1])
        before = files(folder)
        assert main(["05"], folder) == 1
        assert "cannot be read" in capsys.readouterr().err
        assert files(folder) == before


THERE = {name[:2]: Path(name) for name in NAMES}


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        (["05"], ["05"]),
        (["5"], ["05"]),
        (["07", "0"], ["00", "07"]),
        (["05", "5"], ["05"]),
        (["05_deny_without_mfa"], ["05"]),
        (["deny_without_mfa"], ["05"]),
        (["05_deny_without_mfa.ipynb"], ["05"]),
        (["notebooks/05_deny_without_mfa.ipynb"], ["05"]),
        (["notebooks\\05_deny_without_mfa.ipynb"], ["05"]),
        (["/home/anna/notebooks/05_deny_without_mfa.ipynb"], ["05"]),
        (["all"], ["00", "05", "07"]),
    ],
)
def test_words(words, numbers) -> None:
    assert list(named(words, THERE)) == numbers


@pytest.mark.parametrize("word", ["12", "", "deny", "05_", "05 kept 2026-11-25 14.30.ipynb", "ALL"])
def test_an_unknown_word_resets_nothing_and_tells_what_there_is(folder, capsys, word) -> None:
    with pytest.raises(Unknown, match="05_deny_without_mfa, 07_least_privilege"):
        named(["05", word], THERE)
    before = files(folder)
    assert main(["05", word], folder) == 1
    assert repr(word) in capsys.readouterr().err
    assert files(folder) == before


def test_what_is_kept_is_none_of_the_series_and_stands_beside_it() -> None:
    kept = [kept_name("05", "2026-11-25 14.30", again) for again in (1, 2)]
    assert all(KEPT.fullmatch(name) for name in kept)
    assert not any(Path(name).match("[0-9][0-9]_*.ipynb") for name in kept)
    order = sorted([*kept, "04_x.ipynb", "05_x.ipynb", "06_x.ipynb"])
    assert order == ["04_x.ipynb", *sorted(kept), "05_x.ipynb", "06_x.ipynb"]
    assert not any(KEPT.fullmatch(name) for name in NAMES)


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_what_is_kept_is_not_tested_linted_or_committed(tmp_path) -> None:
    """Neither in a clone nor in a folder without git."""
    root = tmp_path / "repo"
    (root / "notebooks").mkdir(parents=True)
    for name in (".gitignore", "pyproject.toml"):
        shutil.copy(ROOT / name, root)
    kept = root / "notebooks" / kept_name("05", "2026-11-25 14.30")
    kept.write_text('{"cells": [{"cell_type": "code", "source": ["import  os\\n"]}]}')
    ruff = [sys.executable, "-m", "ruff", "check", "--no-cache", "."]
    linted = subprocess.run(ruff, cwd=root, capture_output=True, text=True)
    assert linted.returncode == 0, linted.stdout
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = settings["tool"]["pytest"]["ini_options"]["testpaths"]
    assert not any(kept in root.glob(pattern) for pattern in patterns)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    status = ["git", "status", "--porcelain", "--untracked-files=all"]
    listed = subprocess.run(status, cwd=root, capture_output=True, text=True, check=True)
    assert listed.stdout.split() == ["??", ".gitignore", "??", "pyproject.toml"]


def test_without_venv_and_without_git(tmp_path, one_line) -> None:
    """The command itself, in a folder as a ZIP file unpacks it."""
    checkout = lay(tmp_path / "repo")
    shutil.copytree(ROOT / "helpers" / "setup", checkout.root / "helpers" / "setup")
    (checkout.root / "helpers" / "__init__.py").touch()
    folder = checkout.root / "notebooks"
    folder.mkdir()
    (folder / NAMES[1]).write_bytes(b"{}\n")
    ship(folder)
    (folder / NAMES[1]).write_bytes(MINE)
    done = checkout.run_as_it_is("reset", "05")
    assert (done.returncode, done.stderr) == (0, "")
    assert (folder / NAMES[1]).read_bytes() == b"{}\n"
    assert len(list(folder.glob("05 kept *.ipynb"))) == 1
    assert not (checkout.root / ".venv").exists()
    assert "'99'" in one_line(checkout.run_as_it_is("reset", "99").stderr)
