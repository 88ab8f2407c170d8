"""A pack is made from an index, here one of hand-made packages; no network is needed."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path

import pytest
from setup_checkout import lay, wheel

import start
from helpers.setup import pack as module
from helpers.setup.locked import File, Locked, requirements
from helpers.setup.offline import Pack, target_here
from helpers.setup.pack import main
from helpers.setup.plan import Plan, worth_building
from helpers.setup.targets import Target, targets

LINUX, WINDOWS = Target("linux-x86_64", "3.12"), Target("windows-amd64", "3.12")
MAC = Target("macos-arm64", "3.12")
CP = "cp312-cp312"


def publish(index: Path, *files: Path) -> None:
    """Put files into an index of folders and pages."""
    for path in files:
        name = re.sub(r"[-_.]+", "-", path.name.split("-")[0])
        folder = index / name
        folder.mkdir(parents=True, exist_ok=True)
        path = path.replace(folder / path.name)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        with (folder / "index.html").open("a") as page:
            page.write(f'<a href="{path.name}#sha256={digest}">{path.name}</a>\n')


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the series with a short list, and an index that has it."""
    root = lay(tmp_path / "meine Übungen").root
    (root / "environment.yml").write_text("- pip:\n  - -c constraints.txt\n  - alpha\n")
    (root / "constraints.txt").write_text("alpha==1.0\nbeta==1.0 ; os_name == 'nt'\n")
    (root / "pyproject.toml").write_text('[build-system]\nrequires = ["hatchling"]\n')
    index, made = tmp_path / "index", tmp_path / "made"
    made.mkdir()
    for tag in ("manylinux_2_17_x86_64", "macosx_11_0_arm64", "macosx_14_0_arm64"):
        needs = ("beta; os_name == 'nt'",)
        publish(index, wheel(made, "alpha", "1.0", {"a.py": tag}, f"{CP}-{tag}", needs))
    publish(index, wheel(made, "alpha", "1.0", {"a.py": ""}, "cp312-cp312-win_amd64", needs))
    for name in ("alpha-2.0", "beta-1.0", "hatchling-1", "editables-1", "pip-9"):
        publish(index, wheel(made, *name.split("-"), {}))
    for tool in (start.UV, start.VIRTUALENV):
        publish(index, wheel(made, *tool.split("=="), {}))
    monkeypatch.setattr(start, "ROOT", str(root))
    for name in ("PIP_FIND_LINKS", "UV_INDEX_URL", "UV_DEFAULT_INDEX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", index.as_uri())
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    return root


def names(folder: Path) -> set[str]:
    return {path.name for path in (folder / "wheels").iterdir()}


def test_from_nothing_to_all_and_again(root, capsys, monkeypatch) -> None:
    """One long story, for each step asks uv and pip in earnest."""
    folder = root / "pack"
    assert main(["--system", "windows", "--python", "3.12"], root) == 0, capsys.readouterr().err
    said = capsys.readouterr().out
    assert "windows-amd64, Python 3.12   complete\n" in said
    assert "python3 start.py --offline pack" in said
    tools = [tool.replace("==", "-") for tool in (start.UV, start.VIRTUALENV)]
    pure = ["hatchling-1", "editables-1", "pip-9", "beta-1.0", *tools]
    expected = {f"{name}-py3-none-any.whl" for name in pure} | {f"alpha-1.0-{CP}-win_amd64.whl"}
    assert names(folder) == expected
    pack = Pack.read(folder)
    assert pack.check(start.pack_for(), str(WINDOWS), (0, 0)) == len(expected)
    assert "://" not in (folder / "pack.json").read_text()
    assert sorted(path.name for path in folder.iterdir()) == ["pack.json", "wheels"]

    # Again, for one system more, after a wheel was damaged and another came by.
    damaged = folder / "wheels" / "editables-1-py3-none-any.whl"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    (folder / "wheels" / "old-1-py3-none-any.whl").touch()
    fetched: list[File] = []
    fetch = module.fetch

    def noted(target, part, pack):
        fetched.extend(part)
        fetch(target, part, pack)

    monkeypatch.setattr(module, "fetch", noted)
    assert main(["--system", "macos-arm64", "--python", "3.12"], root) == 0
    said = capsys.readouterr().out
    assert "macos-arm64, Python 3.12     complete (macOS 11.0 or newer)\n" in said
    mac = f"alpha-1.0-{CP}-macosx_11_0_arm64.whl"
    assert {file.name for file in fetched} == {damaged.name, mac}
    assert names(folder) == {*expected, mac}
    pack = Pack.read(folder)
    assert set(pack.manifest["targets"]) == {str(WINDOWS), str(MAC)}
    assert pack.check(start.pack_for(), str(WINDOWS), (0, 0)) == len(expected)
    assert pack.check(start.pack_for(), str(MAC), (11, 0)) == len(expected) - 1


def test_without_a_network(root, capsys, one_line, monkeypatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    assert main([], root) == 1
    assert "no connection" in one_line(capsys.readouterr().err)
    # It is a pack already, though an empty one, so that the next run may go on in it.
    assert Pack.read(root / "pack").manifest["files"] == {}


# --- the parts, without uv and pip ----------------------------------------------------------------


def file(name: str, text: bytes = b"x", size: int | None = None) -> File:
    digest = hashlib.sha256(text).hexdigest()
    return File(f"{name}.whl", "https://i/x", digest, len(text) if size is None else size)


def package(name: str, *wheels: File, sdist: bool = False) -> Locked:
    return Locked(name, "1", "", wheels, File("x", "https://i/x", None, 1) if sdist else None)


@pytest.fixture
def small(root, monkeypatch):
    """Makes packs from these packages, with uv content and pip stood in for."""
    packages: list[Locked] = []
    fetched: list[list[str]] = []

    def fetch(target, part, pack):
        fetched.append([file.name for file in part])
        for one in part:
            (pack.wheels / one.name).write_bytes(b"x")

    monkeypatch.setattr(module, "locked", lambda names, folder: packages)
    monkeypatch.setattr(module, "fetch", fetch)
    monkeypatch.setattr(module, "check", lambda *arguments: "")
    return packages, fetched


ONE = ["--system", "linux-x86_64", "--python", "3.12"]


def test_an_interrupted_pack_goes_on(root, small, capsys, monkeypatch) -> None:
    packages, fetched = small
    packages += [package("a", file("a-1-py3-none-any")), package("b", file("b-1-py3-none-any"))]
    monkeypatch.setattr(module, "BATCH", 1)
    fetch = module.fetch

    def interrupted(target, part, pack):
        if fetched:
            raise KeyboardInterrupt
        fetch(target, part, pack)

    monkeypatch.setattr(module, "fetch", interrupted)
    assert main(ONE, root) == 130
    assert "goes on from here" in capsys.readouterr().err
    monkeypatch.setattr(module, "fetch", fetch)
    (root / "pack" / ".half-killed").mkdir()
    assert main(ONE, root) == 0
    assert sorted(path.name for path in (root / "pack").iterdir()) == ["pack.json", "wheels"]
    assert fetched == [["a-1-py3-none-any.whl"], ["b-1-py3-none-any.whl"]]


def test_parts_are_small_and_hold_no_package_twice(root, small, monkeypatch) -> None:
    packages, fetched = small
    packages += [
        package("big", file("big-1-py3-none-any", size=50)),
        package("s", file("s-1-py3-none-any")),
        Locked("s", "2", "", (file("s-2-py3-none-any"),), None),
        package("small", file("small-1-py3-none-any", size=60)),
        package("unsaid", file("unsaid-1-py3-none-any", size=0)),
    ]
    monkeypatch.setattr(module, "BATCH", 60)
    assert main(ONE, root) == 0
    assert len(fetched) == 3
    for part in fetched:
        assert len({name.split("-")[0] for name in part}) == len(part)
    assert sum(map(len, fetched)) == 5


def test_parts_have_no_more_files_than_a_command_line_holds(root, small) -> None:
    packages, fetched = small
    packages += [package(f"p{n}", file(f"p{n}-1-py3-none-any", size=0)) for n in range(120)]
    assert main(ONE, root) == 0
    assert [len(part) for part in fetched] == [50, 50, 20]


def test_without_uv(root, small, capsys, one_line, monkeypatch) -> None:
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    assert main(ONE, root) == 1
    assert start.UV in one_line(capsys.readouterr().err)


def test_too_little_room(root, small, capsys, one_line, monkeypatch) -> None:
    packages, fetched = small
    packages.append(package("a", file("a-1-py3-none-any", size=5_000_000_000)))
    usage = shutil.disk_usage(root)._replace(free=4_000_000_000)
    monkeypatch.setattr(module.shutil, "disk_usage", lambda path: usage)
    assert main(ONE, root) == 1
    line = one_line(capsys.readouterr().err)
    assert "5,120 MB are needed, 4,000 MB are free" in line
    assert fetched == []


def test_a_disk_that_fills_up(root, small, capsys, one_line, monkeypatch) -> None:
    packages, _ = small
    packages.append(package("a", file("a-1-py3-none-any")))

    def full(target, part, pack):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "fetch", full)
    assert main(ONE, root) == 1
    assert "the disk is full" in one_line(capsys.readouterr().err)


def test_another_folder_is_left_alone(root, small, capsys, one_line) -> None:
    packages, _ = small
    packages.append(package("a", file("a-1-py3-none-any")))
    folder = root / "photos"
    folder.mkdir()
    (folder / "me.jpg").touch()
    assert main(["photos", *ONE], root) == 1
    assert "holds something else than a pack" in one_line(capsys.readouterr().err)
    assert [path.name for path in folder.iterdir()] == ["me.jpg"]
    (folder / "pack.json").write_text("{")
    assert main(["photos", *ONE], root) == 1
    assert "cannot be read" in one_line(capsys.readouterr().err)


def test_newer_versions_take_the_place_of_older_ones(root, small) -> None:
    packages, _ = small
    packages.append(package("a", file("a-1-py3-none-any")))
    assert main(ONE, root) == 0
    packages[:] = [Locked("a", "2", "", (file("a-2-py3-none-any"),), None)]
    (root / "constraints.txt").write_text("a==2\n")
    assert main(["--system", "windows", "--python", "3.12"], root) == 0
    assert names(root / "pack") == {"a-2-py3-none-any.whl"}
    pack = Pack.read(root / "pack")
    # What the pack was for before, it is still for.
    assert set(pack.manifest["targets"]) == {str(LINUX), str(WINDOWS)}
    assert pack.check(start.pack_for(), str(LINUX), (2, 17)) == 1


def test_what_is_not_to_be_had_is_named_and_no_part_of_it_fetched(root, small, capsys) -> None:
    packages, fetched = small
    packages += [package("a", file("a-1-py3-none-any")), package("b", file(f"b-1-{CP}-win_amd64"))]
    assert main(ONE, root) == 1
    assert "linux-x86_64, Python 3.12    lacks b==1\n" in capsys.readouterr().out
    assert fetched == []
    assert Pack.read(root / "pack").manifest["targets"][str(LINUX)]["lacks"] == ["b==1"]
    assert main(["--system", "windows", "--python", "3.12"], root) == 1
    assert Pack.read(root / "pack").check(start.pack_for(), str(WINDOWS), (0, 0)) == 2


def test_two_lists_of_packages_are_two_checks() -> None:
    old, new = "python_full_version < '3.12.5'", "python_full_version >= '3.12.5'"
    versions = [
        Locked("s", number, marker, (), None) for number, marker in (("1", old), ("2", new))
    ]
    assert Plan.of(versions, [LINUX], ()).versions == {LINUX: ["3.12.0", "3.12.99"]}
    assert Plan.of([package("a")], [LINUX], ()).versions == {LINUX: ["3.12.0"]}


def test_what_uv_does_not_find_makes_the_target_useless(root, small, capsys, monkeypatch) -> None:
    packages, _ = small
    packages.append(package("a", file("a-1-py3-none-any")))
    monkeypatch.setattr(module, "check", lambda *arguments: "uv finds no b")
    assert main(ONE, root) == 1
    assert "uv finds no b" in capsys.readouterr().out
    assert Pack.read(root / "pack").manifest["targets"][str(LINUX)]["lacks"] == ["uv finds no b"]


def test_what_is_worth_building() -> None:
    system, _, python = target_here().rpartition("-")
    here = Target(system, python)
    other = next(target for target in targets() if target.system != system)
    compiled = package("compiled", file("compiled-1-cp38-cp38-win32"), sdist=True)
    only_source, nothing = package("only", sdist=True), package("nothing")
    lacks = [compiled, only_source, nothing]
    assert worth_building(Plan(lacks={other: lacks})) == [only_source]
    assert worth_building(Plan(lacks={other: lacks, here: lacks})) == [only_source, compiled]


def test_a_package_that_is_source_only_is_built_once(root, small, capsys, monkeypatch) -> None:
    packages, fetched = small
    packages += [package("some-source", sdist=True), package("broken", sdist=True)]
    built = []

    def run(command, variables):
        built.append(command[-1])
        if command[-1].startswith("broken"):
            raise start.Trouble("no compiler")
        folder = command[command.index("--wheel-dir") + 1]
        Path(folder, "some_source-1-py3-none-any.whl").write_bytes(b"x")

    monkeypatch.setattr(module, "run", run)
    assert main(ONE, root) == 1
    said = capsys.readouterr().out
    assert built == ["some-source @ https://i/x", "broken @ https://i/x"]
    assert "it could not be built: no compiler" in said
    assert "lacks broken==1\n" in said
    packages.pop()
    for _ in range(2):
        built.clear()
        assert main(["--system", "windows", "--python", "3.12"], root) == 0
    assert built == fetched == []
    pack = Pack.read(root / "pack")
    assert pack.check(start.pack_for(), str(LINUX), (2, 17)) == 1
    assert pack.check(start.pack_for(), str(WINDOWS), (0, 0)) == 1


def test_the_tools_that_make_venv_are_in_it(root) -> None:
    wanted = requirements()
    assert wanted == ["alpha", "hatchling", "editables", "pip", start.UV, start.VIRTUALENV]


@pytest.mark.parametrize("words", [["--system", "dos"], ["--python", "3.10"], ["a", "b"]])
def test_words_that_are_none(root, words, capsys) -> None:
    with pytest.raises(SystemExit):
        main(words, root)
    assert "usage: start.py pack" in capsys.readouterr().err
    assert not (root / "pack").exists()
