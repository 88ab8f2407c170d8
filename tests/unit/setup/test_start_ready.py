"""When .venv is ready, when it is made anew, and what two starts at once do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from setup_checkout import Checkout


def test_a_new_checkout_is_not_ready(checkout: Checkout) -> None:
    assert checkout.start.why_not_ready() == "there is none yet"


def test_ready_after_the_setup(ready: Checkout) -> None:
    assert ready.start.why_not_ready() is None


def test_second_start_installs_nothing_and_is_quick(ready: Checkout) -> None:
    begin = time.monotonic()
    again = ready.run("setup")
    seconds = time.monotonic() - begin
    assert again.returncode == 0
    assert "Setting up" not in again.stdout
    assert len((ready.root / "installations.txt").read_text().splitlines()) == 1
    assert seconds < 20  # one in truth; the machine may be busy


def test_a_ready_checkout_is_only_read(ready: Checkout) -> None:
    shutil.rmtree(ready.root / ".venv-start")
    before = sorted(ready.root.iterdir())
    assert ready.run("setup").returncode == 0
    assert sorted(ready.root.iterdir()) == before


def test_jupyterlab_gets_no_news(ready: Checkout) -> None:
    file = ready.root / ".venv/share/jupyter/lab/settings/overrides.json"
    settings = json.loads(file.read_text(encoding="utf-8"))
    assert settings["@jupyterlab/apputils-extension:notification"] == {
        "fetchNews": "false",
        "checkForUpdates": False,
    }


def edit(name: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        (root / name).write_bytes((root / name).read_bytes() + b"# \n")

    return change


def link_python_nowhere(root: Path) -> None:
    python = root / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to(root / "gone" / "python3")


def change_stamp(text: str) -> Callable[[Path], None]:
    return lambda root: (
        (root / ".venv/start-stamp.json").write_text(text, encoding="utf-8") and None
    )


def older_python_made_it(root: Path) -> None:
    file = root / ".venv" / "start-stamp.json"
    stamp = json.loads(file.read_text(encoding="utf-8"))
    stamp["python"] = "cpython-310"
    file.write_text(json.dumps(stamp), encoding="utf-8")


def file_instead(root: Path) -> None:
    shutil.rmtree(root / ".venv")
    (root / ".venv").write_text("not a folder")


def link_instead(root: Path) -> None:
    shutil.rmtree(root / ".venv")
    (root / ".venv").symlink_to(root / "gone")


posix = pytest.mark.skipif(os.name == "nt", reason="links need rights that Windows users lack")

SPOILT = {
    "no .venv": (lambda root: shutil.rmtree(root / ".venv"), "none yet"),
    "no stamp": (lambda root: (root / ".venv/start-stamp.json").unlink(), "not complete"),
    "empty stamp": (change_stamp(""), "not complete"),
    "half a stamp": (change_stamp('{"made from": {'), "not complete"),
    "another stamp": (change_stamp("[1, 2]"), "not complete"),
    "a stamp of text": (change_stamp('{"made from": "x", "python": "y"}'), "not complete"),
    "environment.yml": (edit("environment.yml"), "environment.yml has changed"),
    "constraints.txt": (edit("constraints.txt"), "constraints.txt has changed"),
    "pyproject.toml": (edit("pyproject.toml"), "pyproject.toml has changed"),
    "python gone": (lambda root: shutil.rmtree(next(bins(root))), "has gone"),
    "python upgraded": (older_python_made_it, "gone or changed"),
    "a file": (file_instead, "not complete"),
}
SPOILT_BY_LINKS = {
    "python a dead link": (link_python_nowhere, "has gone"),
    "a dead link": (link_instead, "not complete"),
}


def bins(root: Path):
    return (
        root / ".venv" / name for name in ("bin", "Scripts") if (root / ".venv" / name).exists()
    )


CASES = [pytest.param(*case, id=name) for name, case in SPOILT.items()] + [
    pytest.param(*case, id=name, marks=posix) for name, case in SPOILT_BY_LINKS.items()
]


@pytest.mark.parametrize(("spoil", "why"), CASES)
def test_a_spoilt_venv_is_noticed(ready: Checkout, spoil, why: str) -> None:
    spoil(ready.root)
    assert why in ready.start.why_not_ready()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [case for case in CASES if case.id in {"no stamp", "python gone", "a file", "a dead link"}],
)
def test_a_spoilt_venv_is_made_anew(ready: Checkout, spoil, why: str) -> None:
    spoil(ready.root)
    mended = ready.run("setup")
    assert mended.returncode == 0, mended.stderr
    assert why in mended.stdout
    # At the first go, not because the second way of making it came to help.
    assert "virtualenv" not in (ready.root / ".venv-start" / "log.txt").read_text(encoding="utf-8")
    assert ready.start.why_not_ready() is None


def test_a_moved_checkout_is_made_anew(ready: Checkout) -> None:
    moved = Checkout(ready.root.with_name("moved"))
    shutil.move(ready.root, moved.root)
    assert moved.start.why_not_ready() == "this folder's path has changed"
    assert moved.run("setup").returncode == 0
    assert moved.start.why_not_ready() is None


@posix
def test_a_checkout_reached_through_a_link_is_the_same(ready: Checkout) -> None:
    link = ready.root.with_name("link")
    link.symlink_to(ready.root)
    assert Checkout(link).start.why_not_ready() is None


@posix
def test_what_a_link_leads_to_stays_as_it_is(ready: Checkout, monkeypatch) -> None:
    other = ready.root.with_name("another's .venv")
    (ready.root / ".venv").rename(other)
    (ready.root / ".venv").symlink_to(other)
    before, start = sorted(other.rglob("*")), ready.start
    monkeypatch.setattr(start, "run", lambda command, variables=None: (0, ""))
    start.make_venv()
    assert not (ready.root / ".venv").is_symlink()
    assert sorted(other.rglob("*")) == before


def test_start_from_inside_its_own_venv(ready: Checkout) -> None:
    """With .venv activated it is the base Python that makes the new one."""
    _, *rest = ready.command("setup", "--fresh")
    command = [ready.start.PYTHON, *rest]
    ended = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60)
    if os.name == "nt":  # where a running Python cannot be removed
        assert "Close JupyterLab" in ended.stderr
        return
    assert ended.returncode == 0, ended.stderr
    assert ready.start.why_not_ready() is None
    home = (ready.root / ".venv" / "pyvenv.cfg").read_text(encoding="utf-8")
    assert f"home = {ready.root}" not in home


def test_fresh_makes_it_anew(ready: Checkout) -> None:
    assert "Setting up" in ready.run("setup", "--fresh").stdout


def test_a_file_edited_during_the_setup_counts_at_the_next_start(checkout: Checkout) -> None:
    start = checkout.start
    made_from = start.wish()
    edit("environment.yml")(checkout.root)
    assert checkout.run("setup").returncode == 0
    start.write_stamp(made_from)
    assert start.why_not_ready() == "environment.yml has changed"


def test_the_stamp_goes_before_anything_else_does(ready: Checkout, monkeypatch) -> None:
    """Removing a large .venv takes a while, and may be interrupted too."""
    start = ready.start
    remove = start.remove

    def interrupted(path: str) -> None:
        if path == start.VENV:
            raise KeyboardInterrupt
        remove(path)

    monkeypatch.setattr(start, "remove", interrupted)
    assert start.main(["setup"]) == 0
    with pytest.raises(KeyboardInterrupt):
        start.make_venv()
    assert start.why_not_ready() == "the one here is not complete"


@pytest.mark.parametrize("step", ["make_venv", "install", "settle"])
def test_a_step_that_fails_leaves_no_stamp(ready: Checkout, monkeypatch, capsys, step) -> None:
    start = ready.start

    def fail(*arguments):
        raise start.Trouble("it rains")

    for name in ("make_venv", "install", "settle"):
        monkeypatch.setattr(start, name, fail if name == step else lambda *arguments: None)
    assert start.main(["setup", "--fresh"]) == 1
    assert capsys.readouterr().err == "start.py: it rains\n"
    assert start.why_not_ready() == "the one here is not complete"


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
def test_an_interrupted_installation_leaves_no_stamp(checkout: Checkout, one_line) -> None:
    import signal

    process = subprocess.Popen(
        checkout.command("setup"),
        env={**os.environ, "TEST_INSTALL_SECONDS": "60"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    while "2 of 3" not in process.stdout.readline():
        assert process.poll() is None
    while not (checkout.root / "installations.txt").exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "interrupted" in one_line(stderr)
    assert not checkout.stamp.exists()
    assert checkout.run("setup").returncode == 0
    assert checkout.start.why_not_ready() is None


def test_two_starts_at_once_install_once(checkout: Checkout) -> None:
    environment = {**os.environ, "TEST_INSTALL_SECONDS": "1"}
    processes = [
        subprocess.Popen(
            checkout.command("setup"),
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    assert sum("waiting for it" in text for text in said) == 1
    assert sum("Setting up .venv" in text for text in said) == 1
    assert (checkout.root / "installations.txt").read_text().count("helpers==1.0") == 1
    assert checkout.start.why_not_ready() is None


def test_the_lock_of_a_dead_start_holds_nobody_up(checkout: Checkout) -> None:
    (checkout.root / ".venv-start").mkdir()
    (checkout.root / ".venv-start" / "lock").write_text("left over")
    done = checkout.run("setup")
    assert done.returncode == 0
    assert "waiting" not in done.stdout


def test_the_check_before_each_start_imports_nothing_heavy(ready: Checkout) -> None:
    question = (
        "import sys; before = set(sys.modules); sys.path.insert(0, '.'); import start;"
        "assert start.why_not_ready() is None; print(*(set(sys.modules) - before))"
    )
    said = subprocess.run(
        [sys.executable, "-I", "-c", question], cwd=ready.root, capture_output=True, text=True
    )
    loaded = set(said.stdout.split())
    assert "start" in loaded, said.stderr
    assert not loaded & {"asyncio", "email", "http", "importlib.metadata", "ssl", "urllib.request"}
