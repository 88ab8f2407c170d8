"""What has to be in a pack: every package of the series, with the files that the index has of it.

uv answers that in one go: from environment.yml and constraints.txt it makes a ``pylock.toml``, a
list of packages with the address, the size and the SHA-256 of each wheel for each system. It is
read here and then thrown away, for nothing that is kept names an index.

Specification: https://packaging.python.org/en/latest/specifications/pylock-toml/
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import start

__all__ = ["File", "Locked", "locked", "requirements"]

# hatchling asks for it when it installs a folder that can be edited (the line "-e ." of
# environment.yml); nothing but the build would tell.
TO_INSTALL_EDITABLE = "editables"


HALF = ".half-"
"""How folders in a pack begin that hold what is not whole yet."""


@dataclass(frozen=True)
class File:
    """A file that the index has."""

    name: str
    address: str
    sha256: str | None
    """``None`` where the index does not tell; then it is taken as it comes."""
    size: int
    """Bytes; 0 where the index does not tell."""


@dataclass(frozen=True)
class Locked:
    """A package in the one version that the series uses on some systems."""

    name: str
    version: str
    marker: str
    wheels: tuple[File, ...]
    source: File | None

    @property
    def pinned(self) -> str:
        return f"{self.name}=={self.version}"


def requirements() -> list[str]:
    """What a pack is made from: the list of environment.yml, what builds the line ``-e .`` of it,
    and the tools that make .venv."""
    wanted = [line for line in start.wanted_lines() if not line.startswith("-")]
    project = tomllib.loads(start.read("pyproject.toml").decode("utf-8"))
    builders = project["build-system"]["requires"]
    return [*wanted, *builders, TO_INSTALL_EDITABLE, "pip", start.UV, start.VIRTUALENV]


def locked(names: Iterable[str], folder: Path) -> list[Locked]:
    """Ask the index, with pip's settings, for all that the requirements come to. ``folder`` is for
    files in between. Raises start.Trouble."""
    output = write(folder / "requirements.txt", names).with_name("pylock.toml")
    command = [sys.executable, *start.COMPILE, "--format", "pylock.toml"]
    command += ["--constraints", str(constraints(folder)), "--output-file", str(output)]
    pip = [sys.executable, "-m", "pip", "config", "list"]
    settings = subprocess.run(pip, env=start.environment(), capture_output=True, text=True)
    variables = start.uv_variables(settings.stdout, start.environment())
    run([*command, str(output.with_name("requirements.txt"))], variables)
    return read(tomllib.loads(output.read_text(encoding="utf-8")))


def write(path: Path, lines: Iterable[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def constraints(folder: Path) -> Path:
    """A copy of constraints.txt; beside the lock file there may be other files of that name."""
    path = folder / "constraints.txt"
    path.write_bytes(start.read("constraints.txt"))
    return path


def read(pylock: dict[str, Any]) -> list[Locked]:
    """The packages of a pylock.toml.

    >>> wheel = {"url": "https://i/a-1%2Bb-py3-none-any.whl", "size": 7, "hashes": {"sha256": "5"}}
    >>> (package,) = read({"packages": [{"name": "a", "version": "1+b", "wheels": [wheel]}]})
    >>> package.pinned, package.wheels[0].name
    ('a==1+b', 'a-1+b-py3-none-any.whl')
    """
    return [
        Locked(
            entry["name"],
            entry.get("version", ""),
            entry.get("marker", ""),
            tuple(map(_file, entry.get("wheels", ()))),
            _file(entry["sdist"]) if "sdist" in entry else None,
        )
        for entry in pylock.get("packages", ())
    ]


def _file(entry: dict[str, Any]) -> File:
    address = entry.get("url") or Path(entry["path"]).absolute().as_uri()
    name = entry.get("name") or unquote(address.rpartition("/")[2])
    return File(name, address, entry.get("hashes", {}).get("sha256"), entry.get("size", 0))


def run(command: list[str], variables: dict[str, str]) -> str:
    """Run a command. Returns what it printed; raises start.Trouble where it failed. No log is kept,
    for these commands name the index."""
    done = subprocess.run(
        command, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise start.Trouble(start.meaning(done.stderr + done.stdout, kept=False))
    return done.stdout


def scratch(folder: Path) -> tempfile.TemporaryDirectory[str]:
    """A folder for files in between, on the disk that the pack is on."""
    return tempfile.TemporaryDirectory(prefix=HALF, dir=folder, ignore_cleanup_errors=True)
