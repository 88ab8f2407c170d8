"""Whole starts with a real .venv, real pip and hand-made packages: no network is needed."""

from __future__ import annotations

import os
import subprocess

import pytest
from setup_checkout import EMPTIED_VENV, Checkout, lay, wheel

UV_STAND_IN = """\
import os, subprocess, sys
print("stand-in for uv, index:", os.environ.get("UV_DEFAULT_INDEX"))
at = sys.argv.index("--python")
assert sys.argv[1:3] == ["pip", "install"] and sys.argv[at + 1] == sys.executable
sys.exit(subprocess.call([sys.executable, "-m", *sys.argv[1:at], *sys.argv[at + 2:]]))
"""
SHOW = "import os, sys; print(sys.argv[1:], os.getcwd(), os.environ.get('PYTHONPATH'))\n"


@pytest.fixture(scope="module")
def offline(tmp_path_factory) -> Checkout:
    """A checkout, and an environment in which pip finds the hand-made packages only."""
    folder = tmp_path_factory.mktemp("for real")
    checkout = lay(folder / "ein Ordner für Übungen" / "repo")
    wheels = folder / "wheels"
    wheels.mkdir()
    lab = {"helpers/setup/__init__.py": "", "helpers/setup/lab.py": SHOW}
    wheel(wheels, "helpers", "1.0", {"helpers/__init__.py": "", **lab})
    wheel(wheels, "helpers", "2.0", {"helpers/__init__.py": "raise SystemExit('not pinned')"})
    wheel(wheels, "pytest", "9", {"pytest/__init__.py": "", "pytest/__main__.py": SHOW})
    uv_version = checkout.start.UV.partition("==")[2]
    wheel(wheels, "uv", uv_version, {"uv/__init__.py": "", "uv/__main__.py": UV_STAND_IN})
    (checkout.root / "environment.yml").write_text(
        "- pip:\n  - -c constraints.txt\n  - helpers\n  - pytest==9\n"
    )
    trap = folder / "trap"
    trap.mkdir()
    for name in ("pytest", "pip", "helpers"):
        (trap / f"{name}.py").write_text("raise SystemExit('the wrong one, from PYTHONPATH')")
    checkout.variables.update(
        PIP_CONFIG_FILE=os.devnull,
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS=wheels.as_uri(),
        PIP_INDEX_URL="https://mirror.invalid/simple",
        PIP_USER="1",
        PIP_REQUIRE_VIRTUALENV="1",
        PYTHONPATH=str(trap),
        VIRTUAL_ENV=str(trap),
    )
    return checkout


@pytest.fixture(scope="module")
def first(offline) -> subprocess.CompletedProcess[str]:
    """The first start: from nothing to the tests."""
    return offline.run_as_it_is("test", "-k", "two words")


def test_first_start_runs_the_tests(first, offline) -> None:
    assert first.returncode == 0, first.stdout + first.stderr
    assert first.stderr == ""
    words = [*offline.start.PYTEST[2:], "-k", "two words"]
    assert first.stdout.splitlines()[-1] == f"{words} {offline.root} None"


def test_uv_did_it_with_pips_index(first, offline) -> None:
    log = (offline.root / ".venv-start" / "log.txt").read_text(encoding="utf-8")
    assert "stand-in for uv, index: https://mirror.invalid/simple" in log
    assert "Successfully installed helpers-1.0" in log


def test_second_start_goes_straight_to_jupyterlab(first, offline) -> None:
    second = offline.run_as_it_is("--no-browser")
    assert second.returncode == 0
    assert "Setting up" not in second.stdout
    assert second.stdout.splitlines()[-1] == f"['--no-browser'] {offline.root} None"


def test_without_a_network(first, offline, one_line) -> None:
    """Nothing listens on that port: the connection is refused."""
    ended = offline.run(
        *("setup", "--fresh"),
        driver=EMPTIED_VENV,
        PIP_NO_INDEX="0",
        PIP_INDEX_URL="http://127.0.0.1:9/simple",
        PIP_FIND_LINKS="",
        PIP_RETRIES="1",
        PIP_NO_CACHE_DIR="1",
    )
    assert ended.returncode == 1
    assert "no connection" in one_line(ended.stderr)
    assert offline.start.why_not_ready() == "the one here is not complete"
