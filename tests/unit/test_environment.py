"""The first cell of notebook 00: what is said of a whole and of a broken environment."""

from __future__ import annotations

import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from helpers import environment

VersionInfo = namedtuple("VersionInfo", "major minor micro")


def write(folder: Path, *lines: str) -> Path:
    file = folder / "environment.yml"
    file.write_text("dependencies:\n  - pip:\n" + "".join(f"    - {line}\n" for line in lines))
    return file


def test_this_environment_is_as_the_notebooks_need_it() -> None:
    assert list(environment.problems()) == []


def test_every_pinned_package_is_looked_at(tmp_path: Path) -> None:
    text = environment.ENVIRONMENT.read_text(encoding="utf-8")
    names = {
        line.split("==")[0].strip(" -").split("[")[0] for line in text.splitlines() if "==" in line
    }
    wanted = write(tmp_path, *(f"{name}==0.0.0" for name in sorted(names)))
    found = "\n".join(environment.problems(wanted))
    assert {"boto3", "moto", "pandas", "jupyterlab"} <= names
    assert all(f"The package {name} is there as" in found for name in names)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("no-such-package==1.0", "The package no-such-package is missing (1.0 is needed)."),
        ("moto[iam,s3]==0.1  # exactly", "The package moto is there as"),
    ],
)
def test_a_package_that_is_missing_or_another(tmp_path: Path, line: str, says: str) -> None:
    (problem,) = environment.problems(write(tmp_path, line))
    assert problem.startswith(says)


@pytest.mark.parametrize("line", ["-c constraints.txt", "-e .", "pip"])
def test_lines_that_pin_nothing_are_no_problem(tmp_path: Path, line: str) -> None:
    assert list(environment.problems(write(tmp_path, line))) == []


def test_without_the_list_there_is_nothing_to_compare(tmp_path: Path) -> None:
    (problem,) = environment.problems(tmp_path / "environment.yml")
    assert "the whole project folder" in problem


def test_an_old_python_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "version_info", VersionInfo(3, 10, 4))
    (problem,) = environment.problems(write(tmp_path))
    assert "3.11 or newer" in problem
    assert "runs 3.10" in problem


def test_a_problem_comes_with_the_command_that_mends_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = write(tmp_path, "no-such-package==1.0")
    monkeypatch.setattr(environment, "problems", lambda: iter(_problems(broken)))
    environment.check_environment()
    said = capsys.readouterr().out
    assert said.startswith("✖ The package no-such-package is missing")
    assert "python3 start.py setup" in said


_problems = environment.problems


def test_it_runs_where_no_package_is_installed() -> None:
    code = "import helpers.environment as e; print(len(list(e.problems())) > 5)"
    root = Path(environment.__file__).parents[1]
    # -S: without site-packages, as after an installation that broke off.
    run = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "True"
