"""A pack: the folder of wheels from which start.py sets up .venv without a network.

``python3 start.py pack`` makes one (``helpers.setup.pack``)::

    pack.json     what it was made for, what each system takes, and the SHA-256 of each wheel
    wheels/       the wheels, those of pip, uv and virtualenv among them

Here is what ``python3 start.py --offline FOLDER`` needs: nothing but the standard library, for at
that time there is no .venv.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["PYTHONS", "SYSTEMS", "Pack", "Unfit", "level_here", "target_here", "variables_for"]

SYSTEMS = ("linux-x86_64", "linux-aarch64", "macos-arm64", "macos-x86_64", "windows-amd64")
"""What a pack can hold wheels for: a system and its processor."""

PYTHONS = ("3.11", "3.12", "3.13")
"""The versions of Python that the series is tested with."""

MANIFEST, WHEELS, FORM = "pack.json", "wheels", 1

OURS = {"PIP_USER", "PIP_NO_INPUT", "PIP_REQUIRE_VIRTUALENV", "PIP_DISABLE_PIP_VERSION_CHECK"}
"""The settings of pip that start.py makes itself."""


class Unfit(Exception):
    """There is no pack, or it does not serve here. The text is one line that says what to do."""


def target_here() -> str:
    """This machine and this Python, as a pack names them, such as ``linux-x86_64-3.12``."""
    built = sysconfig.get_platform().lower()
    if built.startswith("macosx"):
        machine = platform.machine() if built.endswith("universal2") else built.split("-")[-1]
        built = f"macos-{machine}"
    elif built.startswith("win-"):
        built = built.replace("win-", "windows-", 1)
    elif built.startswith("linux") and platform.libc_ver()[0] != "glibc":
        built += " without glibc"
    python = "{}.{}".format(*sys.version_info[:2])
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        python += "t"
    if sys.implementation.name != "cpython":
        python = sys.implementation.name + python
    return f"{built}-{python}"


def level_here() -> tuple[int, int]:
    """The version of the system that wheels ask for: of glibc, or of macOS; (0, 0) elsewhere."""
    text = platform.mac_ver()[0] if sys.platform == "darwin" else platform.libc_ver()[1]
    first, second, *_ = [*map(int, re.findall(r"\d+", text)), 0, 0]
    return first, second


def digest(path: Path) -> str | None:
    """The SHA-256 of a file; ``None`` where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


@dataclass(frozen=True)
class Pack:
    """A folder that has a manifest."""

    folder: Path
    manifest: dict[str, Any]

    @classmethod
    def read(cls, folder: Path) -> Pack:
        """The pack in a folder. Raises Unfit where there is none, or one that is broken."""
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            if manifest["form"] != FORM:
                raise ValueError("it is of another version of the series")
            # All that is looked at later is there, and of its kind.
            files = {str(name): str(entry["sha256"]) for name, entry in manifest["files"].items()}
            for target in manifest["targets"].values():
                assert_kind = [*target["lacks"], *target["asks"], *map(files.get, target["wheels"])]
                if None in assert_kind or len(target["asks"]) != 2:
                    raise ValueError("it does not agree with itself")
            dict(manifest["made for"])
        except OSError as error:
            raise Unfit(
                f"There is no pack in {folder} ({MANIFEST}: {error.strerror}). Where there is a"
                f" network, one is made with: python3 start.py pack {folder}"
            ) from None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise Unfit(
                f"{folder / MANIFEST} cannot be read ({error}). Copy the pack again, or make it"
                f" again where there is a network: python3 start.py pack {folder}"
            ) from None
        return cls(folder, manifest)

    @property
    def wheels(self) -> Path:
        return self.folder / WHEELS

    @property
    def pip(self) -> str:
        """The pip of the pack, for a Python to run: a wheel is a ZIP file that Python can read."""
        (wheel,) = self.wheels.glob("pip-*.whl")
        return str(wheel / "pip")

    @property
    def again(self) -> str:
        return f"python3 start.py pack {self.folder}"

    def check(self, wanted: Mapping[str, str], here: str, level: tuple[int, int]) -> int:
        """See that the pack has all that this target takes, each file as it was made.

        ``wanted`` is what it has to be made for, by file of the repository; ``here`` and ``level``
        are what ``target_here`` and ``level_here`` give. Returns the number of files looked at.
        Raises Unfit.
        """
        for name, value in wanted.items():
            if self.manifest["made for"].get(name) != value:
                raise Unfit(
                    f"The pack in {self.folder} was made for another {name} than the one here."
                    " Where there is a network, run in this copy of the series: " + self.again
                )
        self._check_target(here, level)
        names = self.manifest["targets"][here]["wheels"]
        wrong = [
            name
            for name in names
            if digest(self.wheels / name) != self.manifest["files"][name]["sha256"]
        ]
        if wrong:
            raise Unfit(
                f"{len(wrong)} of {len(names)} files of the pack in {self.folder} are missing or"
                f" damaged, such as {wrong[0]}. Copy the pack again, or, where there is a network,"
                f" run: {self.again}"
            )
        for path in self.strangers():
            raise Unfit(f"{path} does not belong to the pack: take it out of there.")
        return len(names)

    def _check_target(self, here: str, level: tuple[int, int]) -> None:
        targets = self.manifest["targets"]
        target = targets.get(here)
        if target is None or target["lacks"]:
            system, _, python = here.rpartition("-")
            if system in SYSTEMS and python in PYTHONS:
                how = f"Where there is a network: {self.again} --system {system} --python {python}"
            else:
                how = f"A pack can be made for {', '.join(SYSTEMS)}, Python {', '.join(PYTHONS)}."
            if target:
                how = f"It lacks {', '.join(target['lacks'])}. {how}"
            has = ", ".join(name for name in sorted(targets) if not targets[name]["lacks"])
            raise Unfit(
                f"The pack in {self.folder} has not all for {here}, but for"
                f" {has or 'nothing yet'}. {how}"
            )
        if tuple(target["asks"]) > level:
            kind = "macOS" if here.startswith("macos") else "glibc"
            raise Unfit(
                f"The pack in {self.folder} needs {kind} {'.'.join(map(str, target['asks']))} or"
                f" newer, and this is {'.'.join(map(str, level))}."
            )

    def strangers(self) -> list[Path]:
        """Wheels in the pack's folder that it does not know: pip would take them unchecked. Not
        those that begin with a dot, in which macOS keeps notes about files on other disks."""
        found = sorted(self.wheels.glob("*.whl"))
        files = self.manifest["files"]
        return [path for path in found if path.name not in files and path.name[0] != "."]


def variables_for(wheels: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment in which pip and uv know nothing but a folder of wheels: no index, and no
    settings of this machine's own.

    >>> found = variables_for(Path("/my pack"), {"PIP_INDEX_URL": "https://mirror", "PATH": "/bin"})
    >>> found["PIP_FIND_LINKS"], found["PATH"], "PIP_INDEX_URL" in found
    ('file:///my%20pack', '/bin', False)
    """
    kept = {
        name: value
        for name, value in environment.items()
        if name in OURS or name.endswith("_CACHE_DIR") or not name.startswith(("PIP_", "UV_"))
    }
    return {
        **kept,
        "PIP_FIND_LINKS": wheels.as_uri(),  # in a plain path pip takes a space for its end
        "PIP_NO_INDEX": "1",
        "PIP_CONFIG_FILE": os.devnull,
        "UV_FIND_LINKS": wheels.as_uri(),
        "UV_NO_CONFIG": "1",
        "UV_OFFLINE": "1",
    }
