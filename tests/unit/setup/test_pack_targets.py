"""Which wheel each system takes."""

from __future__ import annotations

import pytest
from packaging.tags import sys_tags

from helpers.setup.locked import File, Locked
from helpers.setup.offline import PYTHONS, SYSTEMS, level_here, target_here
from helpers.setup.plan import for_target
from helpers.setup.targets import Target, takes, targets

LINUX, ARM = Target("linux-x86_64", "3.12"), Target("linux-aarch64", "3.12")
MAC, INTEL = Target("macos-arm64", "3.12"), Target("macos-x86_64", "3.12")
WINDOWS = Target("windows-amd64", "3.12")
CP = "cp312-cp312-"


@pytest.mark.parametrize(
    ("target", "wheels", "taken", "level"),
    [
        (LINUX, [CP + "manylinux_2_17_x86_64.manylinux2014_x86_64"], 0, (2, 17)),
        (LINUX, [CP + "manylinux2010_x86_64"], 0, (2, 12)),
        (LINUX, [CP + "manylinux1_x86_64"], 0, (2, 5)),
        (LINUX, [CP + "manylinux_2_17_aarch64"], None, None),
        (ARM, [CP + "manylinux_2_17_aarch64"], 0, (2, 17)),
        (LINUX, [CP + "musllinux_1_2_x86_64"], None, None),
        (LINUX, ["cp313-cp313-manylinux_2_17_x86_64"], None, None),
        (LINUX, ["cp313-cp313t-manylinux_2_17_x86_64"], None, None),
        (LINUX, ["cp39-abi3-manylinux_2_28_x86_64"], 0, (2, 28)),
        (LINUX, ["cp313-abi3-manylinux_2_28_x86_64"], None, None),
        (LINUX, ["py2.py3-none-any"], 0, (0, 0)),
        (LINUX, ["py3-none-manylinux_2_17_x86_64", "py3-none-win_amd64"], 0, (2, 17)),
        (LINUX, ["pp310-pypy310_pp73-manylinux_2_17_x86_64"], None, None),
        # Compiled before pure, and of the compiled ones the version's own.
        (LINUX, ["py3-none-any", CP + "manylinux_2_17_x86_64"], 1, (2, 17)),
        (LINUX, ["cp39-abi3-manylinux_2_5_x86_64", CP + "manylinux_2_17_x86_64"], 1, (2, 17)),
        # What every machine can take, before what only new ones can.
        (LINUX, [CP + "manylinux_2_28_x86_64", CP + "manylinux_2_17_x86_64"], 1, (2, 17)),
        (LINUX, [CP + "manylinux_2_34_x86_64", "py3-none-any"], 1, (0, 0)),
        (LINUX, [CP + "manylinux_2_34_x86_64"], 0, (2, 34)),
        (MAC, [CP + "macosx_14_0_arm64", CP + "macosx_11_0_arm64"], 1, (11, 0)),
        (MAC, [CP + "macosx_10_13_universal2"], 0, (10, 13)),
        (MAC, [CP + "macosx_10_13_x86_64"], None, None),
        (INTEL, [CP + "macosx_10_13_x86_64"], 0, (10, 13)),
        (INTEL, [CP + "macosx_10_9_universal2"], 0, (10, 9)),
        (INTEL, [CP + "macosx_11_0_arm64"], None, None),
        (WINDOWS, [CP + "win32", CP + "win_amd64", CP + "win_arm64"], 1, (0, 0)),
        (WINDOWS, [CP + "win_arm64"], None, None),
    ],
)  # fmt: skip
def test_takes(target, wheels, taken, level) -> None:
    names = [f"a-1-{tags}.whl" for tags in wheels]
    found = takes(target, names)
    assert found == (None if taken is None else (names[taken], level))
    assert takes(target, names[::-1]) == found


def test_what_is_no_wheel_is_passed_over() -> None:
    assert takes(LINUX, ["a.whl", "a-1.tar.gz", "a-1-py3-none-any.whl"]) == (
        "a-1-py3-none-any.whl",
        (0, 0),
    )


@pytest.mark.parametrize("tag", sorted({tag.platform for tag in sys_tags()}))
def test_this_machine_is_known_as_packaging_knows_it(tag) -> None:
    """Every platform that installers accept here, this target accepts."""
    system, _, python = target_here().rpartition("-")
    if system not in SYSTEMS:
        pytest.skip("no pack can be made for this machine")
    level = Target(system, python).level(tag)
    assert level is not None, tag
    assert level <= level_here()


@pytest.mark.parametrize(
    ("marker", "wanting"),
    [
        ("", {LINUX, ARM, MAC, INTEL, WINDOWS}),
        ("os_name == 'nt'", {WINDOWS}),
        ("sys_platform == 'darwin'", {MAC, INTEL}),
        ("sys_platform != 'win32' and platform_machine == 'x86_64'", {LINUX, INTEL}),
        ("platform_system == 'Linux'", {LINUX, ARM}),
        ("python_version < '3.12'", set()),
        # Nobody knows which 3.12 it will be, so that both are wanted.
        ("python_full_version < '3.12.5'", {LINUX, ARM, MAC, INTEL, WINDOWS}),
        ("python_full_version >= '3.12.5'", {LINUX, ARM, MAC, INTEL, WINDOWS}),
        ("implementation_name != 'cpython'", set()),
    ],
)
def test_wants(marker, wanting) -> None:
    assert {target for target in (LINUX, ARM, MAC, INTEL, WINDOWS) if target.wants(marker)} == (
        wanting
    )


def test_which_targets() -> None:
    assert len(targets()) == len(SYSTEMS) * len(PYTHONS)
    assert targets(["linux-aarch64", "windows"], ["3.12"]) == [ARM, WINDOWS]
    assert targets(["macos"], ["3.12"]) == [MAC, INTEL]


def package(name: str, *wheels: str, marker: str = "", source: bool = False) -> Locked:
    files = (File(f"{name}-1-{tags}.whl", "https://i", "00", 10) for tags in wheels)
    sdist = File(f"{name}-1.tar.gz", "https://i", "00", 10) if source else None
    return Locked(name.replace("_", "-"), "1", marker, tuple(files), sdist)


def test_for_target() -> None:
    pure, other = package("pure", "py3-none-any"), package("other", "cp311-cp311-win_amd64")
    compiled = package("some_c", CP + "win_amd64", CP + "manylinux_2_35_x86_64")
    mac_only = package("mac_only", marker="sys_platform == 'darwin'", source=True)
    everything = [pure, other, compiled, mac_only]
    chosen, asks, missing = for_target(everything, LINUX)
    assert set(chosen) == {"pure-1-py3-none-any.whl", compiled.wheels[1].name}
    assert (asks, missing) == ((2, 35), [other])
    assert for_target(everything, MAC)[2] == [other, compiled, mac_only]
    built = ["mac_only-1-py3-none-any.whl", "some_c-2-py3-none-any.whl"]
    chosen, _, missing = for_target(everything, MAC, built)
    assert missing == [other, compiled]  # another version is another package
    assert chosen["mac_only-1-py3-none-any.whl"] is None


def test_uv_is_asked_about_the_very_system() -> None:
    assert LINUX.uv((2, 17)) == ("x86_64-manylinux_2_17", {})
    assert ARM.uv((2, 34)) == ("aarch64-manylinux_2_34", {})
    assert LINUX.uv((0, 0)) == ("x86_64-manylinux_2_17", {})
    assert MAC.uv((12, 0)) == ("aarch64-apple-darwin", {"MACOSX_DEPLOYMENT_TARGET": "12.0"})
    assert WINDOWS.uv((0, 0)) == ("x86_64-pc-windows-msvc", {})
