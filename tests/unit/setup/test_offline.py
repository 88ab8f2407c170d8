"""A pack that does not serve here is told apart from one that does, in one line."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from setup_checkout import ROOT, Checkout, lay, wheel

from helpers.setup.offline import Pack, Unfit, level_here, target_here, variables_for

WANTED = {"constraints.txt": "1", "environment.yml": "2"}
HERE, LEVEL = "linux-x86_64-3.12", (2, 31)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def lay_pack(folder: Path, target: str = HERE, made_for: dict[str, str] | None = None) -> Path:
    """A pack of the wheels that are in the folder already, or else of two made-up files."""
    wheels = folder / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    if not any(wheels.iterdir()):
        for name in ("a-1-py3-none-any.whl", "pip-9-py3-none-any.whl"):
            (wheels / name).write_bytes(name.encode())
    names = sorted(path.name for path in wheels.iterdir())
    manifest = {
        "form": 1,
        "made for": WANTED if made_for is None else made_for,
        "targets": {
            target: {"asks": [2, 28], "lacks": [], "wheels": names},
            "windows-amd64-3.13": {"asks": [0, 0], "lacks": ["b==2"], "wheels": []},
        },
        "files": {
            name: {"sha256": sha256(wheels / name), "size": (wheels / name).stat().st_size}
            for name in names
        },
    }
    write(folder, manifest)
    return folder


def write(folder: Path, manifest: Any) -> None:
    (folder / "pack.json").write_text(json.dumps(manifest), encoding="utf-8")


def edited(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "pack.json").read_text(encoding="utf-8"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return lay_pack(tmp_path / "ein Stick" / "pack")


def test_a_whole_pack_serves(folder) -> None:
    pack = Pack.read(folder)
    assert pack.check(WANTED, HERE, LEVEL) == 2
    assert pack.check(WANTED, HERE, (2, 28)) == 2
    assert pack.pip == str(folder / "wheels" / "pip-9-py3-none-any.whl" / "pip")


def unfit(folder: Path, here: str = HERE, level: tuple[int, int] = LEVEL) -> str:
    with pytest.raises(Unfit) as trouble:
        Pack.read(folder).check(WANTED, here, level)
    text = str(trouble.value)
    assert "\n" not in text
    return text


def test_no_folder_and_no_pack(folder, tmp_path) -> None:
    assert f"There is no pack in {tmp_path / 'gone'}" in unfit(tmp_path / "gone")
    assert f"python3 start.py pack {tmp_path}" in unfit(tmp_path)
    (folder / "pack.json").unlink()
    assert "There is no pack in" in unfit(folder)


BROKEN = {
    "empty": "",
    "half": '{"form": 1, "made f',
    "a list": "[1]",
    "other form": '{"form": 2}',
    "nothing in it": '{"form": 1}',
    "files of another kind": '{"form": 1, "made for": {}, "targets": {}, "files": [1]}',
    "a file without its sum": '{"form": 1, "made for": {}, "targets": {}, "files": {"a": {}}}',
    "a wheel that is no file of it": json.dumps(
        {
            "form": 1,
            "made for": {},
            "targets": {HERE: {"asks": [0, 0], "lacks": [], "wheels": ["a"]}},
            "files": {},
        }
    ),
    "deep": "[" * 100_000,
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_broken_manifest(folder, text) -> None:
    (folder / "pack.json").write_text(text)
    assert "pack.json cannot be read" in unfit(folder)


def test_made_for_another_state_of_the_series(folder) -> None:
    manifest = edited(folder)
    manifest["made for"]["constraints.txt"] = "other"
    write(folder, manifest)
    assert "made for another constraints.txt than the one here" in unfit(folder)


@pytest.mark.parametrize("here", ["linux-x86_64-3.11", "macos-arm64-3.12"])
def test_a_system_that_is_not_in_it(folder, here) -> None:
    system, _, python = here.rpartition("-")
    text = unfit(folder, here)
    assert f"has not all for {here}, but for {HERE}. " in text
    assert f"start.py pack {folder} --system {system} --python {python}" in text


@pytest.mark.parametrize(
    "here", ["linux-x86_64 without glibc-3.12", "windows-arm64-3.12", HERE + "t", "win32-3.12"]
)
def test_a_system_that_cannot_be_in_one(folder, here) -> None:
    text = unfit(folder, here)
    assert "--system" not in text
    assert "A pack can be made for linux-x86_64, linux-aarch64" in text


def test_a_system_for_which_something_is_not_to_be_had(folder) -> None:
    assert "It lacks b==2." in unfit(folder, "windows-amd64-3.13", (0, 0))


def test_a_system_that_is_too_old(folder) -> None:
    assert "needs glibc 2.28 or newer, and this is 2.27." in unfit(folder, level=(2, 27))
    manifest = edited(folder)
    manifest["targets"]["macos-arm64-3.12"] = {"asks": [12, 0], "lacks": [], "wheels": []}
    write(folder, manifest)
    assert "needs macOS 12.0 or newer" in unfit(folder, "macos-arm64-3.12", (11, 6))


def spoil(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("damage", [Path.unlink, spoil, lambda path: path.write_bytes(b"")])
def test_files_that_are_damaged_or_missing(folder, damage) -> None:
    damage(folder / "wheels" / "a-1-py3-none-any.whl")
    text = unfit(folder)
    assert "1 of 2 files of the pack" in text
    assert "such as a-1-py3-none-any.whl" in text


def test_what_another_system_takes_is_not_looked_at(folder) -> None:
    """On an old stick, reading takes longest."""
    manifest = edited(folder)
    manifest["files"]["c-1-py3-none-any.whl"] = {"sha256": "0", "size": 1}
    write(folder, manifest)
    assert Pack.read(folder).check(WANTED, HERE, LEVEL) == 2


def test_a_wheel_that_somebody_put_there(folder) -> None:
    (folder / "wheels" / "._a-1-py3-none-any.whl").write_bytes(b"notes that macOS keeps")
    (folder / "wheels" / "readme.txt").touch()
    assert Pack.read(folder).check(WANTED, HERE, LEVEL) == 2
    (folder / "wheels" / "a-1-cp312-cp312-manylinux_2_17_x86_64.whl").touch()
    assert "does not belong to the pack" in unfit(folder)


def test_pip_and_uv_know_nothing_but_the_pack(tmp_path) -> None:
    given = {
        "PIP_INDEX_URL": "https://mirror.example/simple",
        "PIP_EXTRA_INDEX_URL": "https://other.example/simple",
        "PIP_FIND_LINKS": "/elsewhere",
        "PIP_CONFIG_FILE": "/etc/pip.conf",
        "UV_DEFAULT_INDEX": "https://mirror.example/simple",
        "PIP_NO_INPUT": "1",
        "UV_CACHE_DIR": "/cache",
        "HOME": "/home/anna",
    }
    kept = variables_for(tmp_path / "a b,c", given)
    assert "example" not in " ".join(kept.values())
    assert kept["PIP_FIND_LINKS"] == kept["UV_FIND_LINKS"] == tmp_path.as_uri() + "/a%20b%2Cc"
    assert (kept["PIP_NO_INDEX"], kept["PIP_CONFIG_FILE"]) == ("1", os.devnull)
    assert (kept["PIP_NO_INPUT"], kept["UV_CACHE_DIR"], kept["HOME"]) == (
        "1",
        "/cache",
        given["HOME"],
    )
    assert given["PIP_FIND_LINKS"] == "/elsewhere"


# --- start.py with a pack -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "command", "further"),
    [
        (["--offline", "pack"], "lab", ["--offline", "pack"]),
        (["--offline=pack", "test", "-x"], "test", ["-x", "--offline", "pack"]),
        (["--offline", "pack", "setup"], "setup", ["--offline", "pack"]),
        (["--offline", "pack", "05"], "lab", ["05", "--offline", "pack"]),
        (["test", "--offline", "pack"], "test", ["--offline", "pack"]),
    ],
)
def test_the_words(checkout, words, command, further) -> None:
    start = checkout.start
    assert start.chosen(words) == (start.COMMANDS[command], further)
    assert start.pack_and_rest(words)[0] == "pack"


@pytest.mark.parametrize("words", [["--offline"], ["--offline", ""], ["--offline="]])
def test_a_pack_that_is_not_named(checkout, capsys, one_line, words) -> None:
    # Left out, the network would be asked, which the words say is not there.
    assert checkout.start.main(["setup", *words]) == 1
    assert "comes the folder of a pack" in one_line(capsys.readouterr().err)


def test_a_slip_with_the_words(checkout, capsys, one_line) -> None:
    assert checkout.start.main(["--offline", "pack", "tset"]) == 1
    assert "'tset'" in one_line(capsys.readouterr().err)
    start = checkout.start
    assert start.chosen(["--offlinepack"]) == (start.COMMANDS["lab"], ["--offlinepack"])


# Stands in for the slow part of making .venv: no ensurepip, but a copy of the pip that is here.
COPIED_PIP = """\
import pathlib, shutil, sys
import pip
sys.path.insert(0, {root!r})
import start

def make_venv(pack):
    start.remove(start.VENV)
    start.run([sys.executable, "-m", "venv", "--without-pip", start.VENV])
    (folder,) = pathlib.Path(start.VENV).rglob("site-packages")
    shutil.copytree(pathlib.Path(pip.__file__).parent, folder / "pip")

start.make_venv = make_venv
sys.exit(start.main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def packed(tmp_path_factory) -> Checkout:
    """A checkout with a pack of hand-made packages in it."""
    root = tmp_path_factory.mktemp("without a network") / "ein Ordner für Übungen" / "repo"
    checkout = lay(root)
    shutil.copytree(ROOT / "helpers" / "setup", root / "helpers" / "setup")
    (root / "helpers" / "__init__.py").touch()
    (root / "environment.yml").write_text("- pip:\n  - -c constraints.txt\n  - helpers\n")
    wheels = root / "pack" / "wheels"
    wheels.mkdir(parents=True)
    wheel(wheels, "helpers", "1.0", {"helpers/__init__.py": ""})
    uv = "import os, sys; print('uv:', *sorted(os.environ)); sys.exit(3)"
    wheel(wheels, "uv", checkout.start.UV.partition("==")[2], {"uv/__main__.py": uv})
    lay_pack(root / "pack", target_here(), checkout.start.pack_for())
    # An index that answers nobody.
    checkout.variables.update(
        PIP_INDEX_URL="http://127.0.0.1:9/simple",
        UV_DEFAULT_INDEX="http://127.0.0.1:9/simple",
        PIP_FIND_LINKS="",
        PIP_NO_CACHE_DIR="1",
        HOME=str(root.parent),
    )
    return checkout


@pytest.fixture(scope="module")
def set_up(packed) -> subprocess.CompletedProcess[str]:
    return packed.run("setup", "--offline", "pack", driver=COPIED_PIP)


@pytest.mark.skipif(level_here() < (2, 28), reason="the pack here asks for glibc 2.28")
def test_from_the_pack_alone(packed, set_up) -> None:
    assert set_up.returncode == 0, set_up.stdout + set_up.stderr
    log = (packed.root / ".venv-start" / "log.txt").read_text(encoding="utf-8")
    assert "Successfully installed helpers-1.0" in log
    assert "127.0.0.1" not in log
    (asked,) = (line for line in log.splitlines() if line.startswith("uv:"))
    assert "UV_FIND_LINKS" in asked
    assert "UV_DEFAULT_INDEX" not in asked


def test_later_starts_need_no_pack(packed, set_up) -> None:
    (packed.root / "pack").rename(packed.root / "away")
    try:
        again = packed.run_as_it_is("setup")
        assert (again.returncode, again.stderr) == (0, "")
        assert "Setting up" not in again.stdout
        assert packed.start.remembered_pack() is None
    finally:
        (packed.root / "away").rename(packed.root / "pack")
    # It would be used again, should .venv have to be made anew.
    assert packed.start.remembered_pack() == str(packed.root / "pack")


def test_a_pack_that_does_not_fit_removes_nothing(packed, set_up, one_line) -> None:
    manifest = edited(packed.root / "pack")
    constraints = packed.root / "constraints.txt"
    before = constraints.read_bytes()
    constraints.write_bytes(before + b"other==1\n")
    try:
        ended = packed.run_as_it_is("setup", "--offline", "pack")
        assert ended.returncode == 1
        assert "made for another constraints.txt" in one_line(ended.stderr)
        # Then it is the network's turn, and not that pack's.
        assert packed.start.remembered_pack() is None
    finally:
        constraints.write_bytes(before)
    assert edited(packed.root / "pack") == manifest
    assert packed.start.why_not_ready() is None


def test_ends_of_lines_and_comments_make_no_other_pack(packed) -> None:
    constraints = packed.root / "constraints.txt"
    before, made_for = constraints.read_bytes(), packed.start.pack_for()
    constraints.write_bytes(b"# made by hand\r\n" + before.replace(b"\n", b"\r\n"))
    try:
        assert packed.start.pack_for() == made_for
    finally:
        constraints.write_bytes(before)


def test_without_venv_and_without_pip(packed, monkeypatch) -> None:
    """Debian's bare Python: virtualenv and the pip that fetches it are in the pack."""
    start, commands = packed.start, []

    def run(command, variables=None):
        commands.append((command[1:], variables))
        return 0, ""

    monkeypatch.setattr(start, "run", run)
    monkeypatch.setattr(start, "remove", lambda path: None)
    monkeypatch.setattr(start, "has_module", lambda name: False)

    class Stick:
        pip, wheels = "/stick/pip-9-py3-none-any.whl/pip", Path("/stick/wheels")

    start.make_venv(Stick)
    install, virtualenv = commands
    assert install[0] == [Stick.pip, "install", "--target", start.BOOTSTRAP, start.VIRTUALENV]
    assert install[1]["PIP_NO_INDEX"] == "1"
    assert virtualenv[0] == ["-m", "virtualenv", start.VENV]
    assert virtualenv[1]["PYTHONPATH"] == start.BOOTSTRAP


def test_needs_the_standard_library_only() -> None:
    question = (
        "import sys; before = set(sys.modules); sys.path.insert(0, sys.argv[1]);"
        "import helpers.setup.offline, helpers.setup.reset;"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    command = [sys.executable, "-I", "-S", "-c", question, str(ROOT)]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert set(said.stdout.split()) - {"helpers"} <= sys.stdlib_module_names
