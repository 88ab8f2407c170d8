"""The words behind start.py: which command they choose, and what it runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from setup_checkout import ROOT


@pytest.mark.parametrize(
    ("arguments", "command", "further"),
    [
        ([], "lab", []),
        (["lab"], "lab", []),
        (["lab", "--no-browser"], "lab", ["--no-browser"]),
        (["--no-browser", "--port", "9"], "lab", ["--no-browser", "--port", "9"]),
        (["environment.yml"], "lab", ["environment.yml"]),
        (["05"], "lab", ["05"]),
        (["7", "--no-browser"], "lab", ["7", "--no-browser"]),
        (["test"], "test", []),
        (["test", "-k", "lab", "tests/unit"], "test", ["-k", "lab", "tests/unit"]),
        (["setup"], "setup", []),
        (["bench", "--quick"], "bench", ["--quick"]),
        (["lock", "--upgrade"], "lock", ["--upgrade"]),
        (["progress", "class"], "progress", ["class"]),
        (["pack", "folder", "--system", "linux"], "pack", ["folder", "--system", "linux"]),
        (["reset", "05", "07"], "reset", ["05", "07"]),
    ],
)
def test_choice(checkout, arguments, command, further) -> None:
    start = checkout.start
    assert start.chosen(arguments) == (start.COMMANDS[command], further)


@pytest.mark.parametrize("word", ["tset", "Test", "notebooks/99.ipynb", " ", "", ".", "123"])
def test_a_slip_is_named_and_nothing_is_set_up(checkout, one_line, word) -> None:
    ended = checkout.run_as_it_is(word)
    assert ended.returncode == 1
    line = one_line(ended.stderr)
    assert repr(word) in line
    assert "bench, lab, lock, pack, progress, reset, setup, test" in line
    assert "number, as in: python3 start.py 05" in line
    assert not (checkout.root / ".venv").exists()


@pytest.mark.parametrize("word", ["-h", "--help", "help"])
def test_help_names_every_command(checkout, word) -> None:
    ended = checkout.run_as_it_is(word)
    assert ended.returncode == 0
    for name in checkout.start.COMMANDS:
        assert re.search(rf"^  {name} +\w", ended.stdout, re.MULTILINE)
    assert not (checkout.root / ".venv").exists()


@pytest.fixture
def handed(ready, monkeypatch):
    """start.py of a ready checkout, and what it would become."""
    start = ready.start
    commands: list[list[str]] = []
    monkeypatch.setattr(start, "hand_over", commands.append)
    return start, commands


def test_lab(handed) -> None:
    start, commands = handed
    assert start.main(["05", "--no-browser"]) == 0
    assert commands == [[start.PYTHON, "-m", "helpers.setup.lab", "05", "--no-browser"]]


def test_reset_needs_no_venv(checkout, monkeypatch) -> None:
    start, commands = checkout.start, []
    monkeypatch.setattr(start, "hand_over", commands.append)
    assert start.main(["reset", "05"]) == 0
    assert commands == [[sys.executable, "-m", "helpers.setup.reset", "05"]]
    assert not (checkout.root / ".venv").exists()


def test_test(handed) -> None:
    start, commands = handed
    start.main(["test", "-x"])
    assert [" ".join(command) for command in commands] == [
        f"{start.PYTHON} -m pytest --nbval --nbval-current-env --nbval-cell-timeout=60"
        " -n auto --dist loadscope --no-loadscope-reorder -x"
    ]


def test_progress(handed) -> None:
    start, commands = handed
    start.main(["progress", "class"])
    assert commands == [[start.PYTHON, "-m", "helpers.exercises.gather", "class"]]


def test_pack(handed) -> None:
    start, commands = handed
    start.main(["pack", "folder"])
    assert commands == [[start.PYTHON, "-m", "helpers.setup.pack", "folder"]]


def test_the_notebooks_and_the_tests_are_what_is_tested_without_a_path() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["tool"]["pytest"]["ini_options"]["testpaths"] == [
        "notebooks/[0-9][0-9]_*.ipynb",
        "tests",
    ]


@pytest.mark.parametrize("further", [["--fresk"], ["x", "y"], ["--fresh", "x"]])
def test_setup_knows_its_words(ready, capsys, one_line, further) -> None:
    assert ready.start.main(["setup", *further]) == 1
    assert " ".join(further) in one_line(capsys.readouterr().err)


def test_bench_runs_one_after_the_other(ready) -> None:
    folder = ready.root / "tests" / "benchmarks"
    folder.mkdir(parents=True)
    (folder / "bench_b.py").write_text("import sys; print('b', sys.argv[1:], sys.prefix)")
    (folder / "bench_a.py").write_text("import sys; print('a', sys.argv[1:]); sys.exit(3)")
    (folder / "other.py").write_text("print('not me')")
    ended = ready.run("bench", "--quick")
    lines = [line for line in ended.stdout.splitlines() if not line.startswith("---")]
    assert lines == ["a ['--quick']", f"b ['--quick'] {ready.root / '.venv'}"]
    assert ended.returncode == 1
    (folder / "bench_a.py").write_text("print('a')")
    assert ready.run("bench").returncode == 0


def test_bench_without_benchmarks(ready, one_line) -> None:
    ended = ready.run("bench")
    assert ended.returncode == 1
    assert "bench_*.py" in one_line(ended.stderr)


def test_interrupt(checkout, monkeypatch, capsys, one_line) -> None:
    start = checkout.start
    monkeypatch.setattr(start, "why_not_ready", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
    assert start.main([]) == 130
    assert "interrupted" in one_line(capsys.readouterr().err)


# --- lock -----------------------------------------------------------------------------------------


@pytest.fixture
def locked(ready, monkeypatch):
    """start.py of a checkout with an old constraints.txt; uv is stood in for."""
    start = ready.start
    seen: dict[str, object] = {}

    def uv(command):
        seen["command"] = command
        output = command[command.index("--output-file") + 1]
        seen["inputs"] = Path(command[-1]).read_text(encoding="utf-8")
        seen["before"] = Path(output).read_text(encoding="utf-8")
        Path(output).write_text("helpers==2.0\n", encoding="utf-8")
        return 0, ""

    monkeypatch.setattr(start, "run", lambda command, variables=None: (0, ""))
    monkeypatch.setattr(start, "run_uv", uv)
    (ready.root / "environment.yml").write_text(
        "- pip:\n  - -c constraints.txt\n  - helpers==2.0\n  - moto[iam]==5\n  - -e .\n"
    )
    return start, seen


def test_lock(locked, capsys) -> None:
    start, seen = locked
    assert start.main(["lock", "--upgrade"]) == 0
    assert "constraints.txt is new" in capsys.readouterr().out
    assert start.read("constraints.txt") == b"helpers==2.0\n"
    # Neither the old constraints nor the project itself may bind the new ones ...
    assert seen["inputs"] == "helpers==2.0\nmoto[iam]==5\n"
    # ... but without --upgrade uv keeps what it finds in its output file.
    assert seen["before"] == "helpers==1.0\n"
    command = seen["command"]
    assert {"--universal", "--upgrade", "--no-emit-index-url"} <= set(command)
    assert command[command.index("--python-version") + 1] == "3.11"


def test_lock_twice_changes_nothing(locked, capsys) -> None:
    start, _ = locked
    start.main(["lock"])
    capsys.readouterr()
    assert start.main(["lock"]) == 0
    assert "up to date" in capsys.readouterr().out


def test_a_lock_that_fails_changes_nothing(locked, monkeypatch, capsys, one_line) -> None:
    start, _ = locked
    monkeypatch.setattr(start, "run_uv", lambda command: (1, "error: No solution found: a and b"))
    assert start.main(["lock"]) == 1
    one_line(capsys.readouterr().err)
    assert start.read("constraints.txt") == b"helpers==1.0\n"


def test_lock_needs_no_venv_that_is_up_to_date(locked, monkeypatch) -> None:
    """It is how environment.yml and constraints.txt come back into line."""
    start, _ = locked
    monkeypatch.setattr(start, "ensure", lambda: pytest.fail("must not be asked"))
    assert start.main(["lock"]) == 0


# --- handing over ---------------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="Windows has no exec")
def test_hand_over_becomes_the_command(ready) -> None:
    """The exit code is the command's, the folder is the checkout, and .venv is active."""
    driver = ready.root / "driver.py"
    question = "import os, sys; print(os.getcwd(), os.environ['VIRTUAL_ENV'], os.getpid()); exit(5)"
    driver.write_text(
        f"import os, sys\nsys.path.insert(0, {str(ready.root)!r})\n"
        "import start\nprint(os.getpid())\n"
        f"start.hand_over([start.PYTHON, '-c', {question!r}])\n",
        encoding="utf-8",
    )
    ended = subprocess.run([sys.executable, str(driver)], capture_output=True, text=True)
    first, second = ended.stdout.splitlines()
    assert ended.returncode == 5
    assert second == f"{ready.root} {ready.root / '.venv'} {first}"


def test_hand_over_on_windows_waits(ready, monkeypatch) -> None:
    start = ready.start
    monkeypatch.setattr(start, "WINDOWS", True)
    monkeypatch.chdir(ready.root)
    monkeypatch.setattr(start.signal, "signal", lambda *arguments: None)
    with pytest.raises(SystemExit) as ended:
        start.hand_over([sys.executable, "-c", "raise SystemExit(6)"])
    assert ended.value.code == 6
