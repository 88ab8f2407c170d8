"""The machines that a pack is made for, and which wheel each of them takes.

A wheel's name says where it runs (``numpy-2.5.5-cp312-cp312-macosx_11_0_arm64.whl``). Of several
that do, a target takes the one that asks least of the system, so that older machines in the room
can use it as well.

Specifications: https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
and https://packaging.python.org/en/latest/specifications/dependency-specifiers/
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from packaging.markers import Marker
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from helpers.setup.offline import PYTHONS
from helpers.setup.offline import SYSTEMS as NAMES

__all__ = ["Level", "Target", "takes", "targets"]

Level = tuple[int, int]
"""A version of glibc or of macOS; (0, 0) where a wheel asks for none."""


@dataclass(frozen=True)
class System:
    """What a marker and a wheel's name say of a system."""

    platform: str  # sys.platform
    os_name: str
    name: str  # platform.system()
    machine: str  # platform.machine()
    tags: re.Pattern[str]
    """Platform tags; two groups are the level, where there is one."""
    usual: Level
    """A level that every machine of today has; only where there is no other wheel, more."""
    uv: str
    """The name for uv's ``--python-platform``; ``{}_{}``: a glibc."""


def _glibc(machine: str) -> System:
    tags = rf"(?:manylinux_(\d+)_(\d+)|manylinux(?:1|2010|2014)|linux)_{machine}"
    uv = f"{machine}-manylinux_{{}}_{{}}"
    return System("linux", "posix", "Linux", machine, re.compile(tags), (2, 28), uv)


def _macos(machine: str, others: str, uv: str) -> System:
    tags = re.compile(rf"macosx_(\d+)_(\d+)_(?:{machine}|universal2{others})")
    return System("darwin", "posix", "Darwin", machine, tags, (12, 0), f"{uv}-apple-darwin")


SYSTEMS = {
    "linux-x86_64": _glibc("x86_64"),
    "linux-aarch64": _glibc("aarch64"),
    "macos-arm64": _macos("arm64", "", "aarch64"),
    "macos-x86_64": _macos("x86_64", "|intel|fat64|fat3|universal", "x86_64"),
    "windows-amd64": System(
        *("win32", "nt", "Windows", "AMD64", re.compile(r"win_amd64")),
        usual=(0, 0),
        uv="x86_64-pc-windows-msvc",
    ),
}
assert tuple(SYSTEMS) == NAMES, "a pack can be made for what it can be used on"

UV_GLIBC = (17, 28, *range(31, 41))
"""The 2.N of glibc that uv can be asked about."""

OLDER_NAMES = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}


@dataclass(frozen=True, order=True)
class Target:
    """One system with one version of Python, such as ``linux-x86_64-3.12``."""

    system: str
    python: str

    def __str__(self) -> str:
        return f"{self.system}-{self.python}"

    @property
    def said(self) -> str:
        return f"{self.system}, Python {self.python}"

    @property
    def of(self) -> System:
        return SYSTEMS[self.system]

    def uv(self, level: Level) -> tuple[str, dict[str, str]]:
        """What uv calls this system at this level: a ``--python-platform``, and variables.

        >>> Target("linux-x86_64", "3.12").uv((2, 26))[0]
        'x86_64-manylinux_2_28'
        """
        if self.of.platform == "darwin":
            return self.of.uv, {"MACOSX_DEPLOYMENT_TARGET": "{}.{}".format(*level)}
        known = (minor for minor in UV_GLIBC if (2, minor) >= level)
        return self.of.uv.format(2, next(known, UV_GLIBC[-1])), {}

    @cached_property
    def ranks(self) -> dict[tuple[str, str, bool], int]:
        """(Python tag, ABI tag, whether for any system) → its place, the best first."""
        version = tuple(map(int, self.python.split(".")))
        short = f"cp{version[0]}{version[1]}"
        ordered: list[Tag] = [
            *cpython_tags(version, [short], ["here"]),
            *compatible_tags(version, short, ["here"]),
        ]
        places: dict[tuple[str, str, bool], int] = {}
        for tag in ordered:
            places.setdefault((tag.interpreter, tag.abi, tag.platform == "any"), len(places))
        return places

    def level(self, platform_tag: str) -> Level | None:
        """What a wheel with this platform tag asks of the system; ``None``: it is for another.

        >>> target = Target("linux-x86_64", "3.12")
        >>> target.level("manylinux_2_28_x86_64"), target.level("manylinux2014_x86_64")
        ((2, 28), (2, 17))
        >>> target.level("any"), target.level("win_amd64")
        ((0, 0), None)
        """
        if platform_tag == "any":
            return (0, 0)
        found = self.of.tags.fullmatch(platform_tag)
        if not found:
            return None
        if found.re.groups and found[1]:
            return int(found[1]), int(found[2])
        return OLDER_NAMES.get(platform_tag.partition("_")[0], (0, 0))

    def wants(self, marker: str, versions: Iterable[str] = ()) -> bool:
        """Whether a requirement with this marker is for this target, with one of these versions.

        A marker may tell apart the third number of a Python's version, which nobody knows
        beforehand: where no version is given, both the first and the last count.

        >>> Target("windows-amd64", "3.12").wants("os_name == 'nt'")
        True
        """
        if not marker:
            return True
        common = {
            "os_name": self.of.os_name,
            "sys_platform": self.of.platform,
            "platform_system": self.of.name,
            "platform_machine": self.of.machine,
            "platform_release": "",
            "platform_version": "",
            "platform_python_implementation": "CPython",
            "implementation_name": "cpython",
            "python_version": self.python,
        }
        return any(
            Marker(marker).evaluate(
                {**common, "python_full_version": full, "implementation_version": full}
            )
            for full in versions or self.versions
        )

    @property
    def versions(self) -> tuple[str, str]:
        """The first and the last Python of this version, as far as markers are concerned."""
        return f"{self.python}.0", f"{self.python}.99"


def takes(target: Target, names: Iterable[str]) -> tuple[str, Level] | None:
    """Of a package's wheels, by their file names, the one for the target, and what it asks of the
    system; ``None`` where there is none.

    >>> names = ["a-1-cp312-cp312-macosx_14_0_arm64.whl", "a-1-cp312-cp312-macosx_11_0_arm64.whl"]
    >>> takes(Target("macos-arm64", "3.12"), names)
    ('a-1-cp312-cp312-macosx_11_0_arm64.whl', (11, 0))
    >>> takes(Target("macos-arm64", "3.13"), names)
    """
    found = []
    for name in names:
        try:
            *_, tags = parse_wheel_filename(name)
        except InvalidWheelFilename:
            continue
        for tag in tags:
            level = target.level(tag.platform)
            rank = target.ranks.get((tag.interpreter, tag.abi, tag.platform == "any"))
            if level is not None and rank is not None:
                found.append((level > target.of.usual, rank, level, name))
    if not found:
        return None
    *_, level, name = min(found)
    return name, level


def targets(systems: Iterable[str] = (), pythons: Iterable[str] = ()) -> list[Target]:
    """The targets of these systems (``linux``: both kinds of it) and Pythons; of none: all.

    >>> [str(target) for target in targets(["macos"], ["3.12"])]
    ['macos-arm64-3.12', 'macos-x86_64-3.12']
    """
    systems, pythons = list(systems), list(pythons) or list(PYTHONS)
    return [
        Target(system, python)
        for system in SYSTEMS
        if not systems or system in systems or system.partition("-")[0] in systems
        for python in pythons
    ]
