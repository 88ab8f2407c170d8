"""Copies of start.py in folders of their own, so that no test touches the real .venv."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import textwrap
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[3]

ENVIRONMENT = """\
name: tiny
dependencies:
  - python=3.12
  - pip:
    - -c constraints.txt
    - helpers==1.0
"""

# Stands in for the slow steps, so that the rest of a start runs for real, in a process of its own:
# a .venv without pip, and an installation that puts an empty `helpers` there.
FAST = """\
import os, pathlib, sys, time
sys.path.insert(0, {root!r})
import start

def run(command, variables=None, run=start.run):
    return run(command + ["--without-pip"] * ("venv" in command), variables)

def install(lines, pack=None):
    with open(os.path.join(start.ROOT, "installations.txt"), "a") as file:
        file.write(" ".join(lines) + "\\n")
    time.sleep(float(os.environ.get("TEST_INSTALL_SECONDS", "0")))
    for folder in pathlib.Path(start.VENV).rglob("site-packages"):
        (folder / "helpers").mkdir()
        (folder / "helpers" / "__init__.py").touch()

start.run, start.install = run, install
sys.exit(start.main(sys.argv[1:]))
"""

# Stands in for the making of .venv only: of the one that is there nothing stays but pip.
EMPTIED_VENV = """\
import pathlib, sys
sys.path.insert(0, {root!r})
import start

def make_venv(pack=None):
    start.remove(start.STAMP)
    for folder in pathlib.Path(start.VENV).rglob("site-packages"):
        for path in folder.iterdir():
            if not path.name.startswith("pip"):
                start.remove(str(path))

start.make_venv = make_venv
sys.exit(start.main(sys.argv[1:]))
"""


@dataclass(frozen=True)
class Checkout:
    """A folder with start.py and the three files that it reads."""

    root: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def start(self) -> ModuleType:
        """This folder's start.py as a module, imported anew each time."""
        spec = importlib.util.spec_from_file_location("start_of_a_copy", self.root / "start.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    @property
    def stamp(self) -> Path:
        return self.root / ".venv" / "start-stamp.json"

    def command(self, *arguments: str, driver: str = FAST) -> list[str]:
        file = self.root / "start.py"
        if driver:
            file = self.root / "driver.py"
            file.write_text(driver.format(root=str(self.root)), encoding="utf-8")
        return [sys.executable, str(file), *arguments]

    def run(self, *arguments: str, driver: str = FAST, **variables: str):
        """Run start.py, by default with its slow steps stood in for."""
        return subprocess.run(
            self.command(*arguments, driver=driver),
            env={**os.environ, **self.variables, **variables},
            cwd=self.root.parent,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
        )

    def run_as_it_is(self, *arguments: str, **variables: str):
        """Run start.py itself."""
        return self.run(*arguments, driver="", **variables)


def lay(root: Path) -> Checkout:
    root.mkdir(parents=True)
    shutil.copy(ROOT / "start.py", root)
    (root / "environment.yml").write_text(ENVIRONMENT, encoding="utf-8")
    (root / "constraints.txt").write_text("helpers==1.0\n", encoding="utf-8")
    (root / "pyproject.toml").write_text("", encoding="utf-8")
    return Checkout(root)


def script(path: Path, text: str) -> None:
    """An executable shell script (not on Windows)."""
    path.write_text("#!/bin/sh\n" + textwrap.dedent(text), encoding="utf-8")
    path.chmod(0o755)


def wheel(
    folder: Path,
    name: str,
    version: str,
    files: dict[str, str],
    tag: str = "py3-none-any",
    requires: tuple[str, ...] = (),
) -> Path:
    """Write a wheel of pure Python, whatever its tag says."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {line}\n" for line in requires)
    files = {
        **files,
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    record = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    path = folder / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as file:
        for inside, text in {**files, f"{info}/RECORD": record}.items():
            file.writestr(inside, text)
    return path
