"""Imports only ever go down: which room of ``helpers`` may use which."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

HELPERS = Path(__file__).resolve().parents[2] / "helpers"

# What each room may import of the project. ``cards``, ``environment`` and ``setup`` stand
# beside the rooms.
MAY_IMPORT = {
    "policy": set(),
    "analysis": {"policy"},
    "lab": {"analysis", "policy", "cards"},
    "exercises": {"lab", "analysis", "policy", "cards"},
    "views": {"lab", "analysis", "policy", "cards"},
    "cards": set(),
    "environment": {"cards"},
    "setup": set(),
}

# What a room may not import of others' packages, and why.
NOT_IN = {
    "policy": {"boto3", "botocore", "moto", "pandas", "IPython", "os", "pathlib", "socket"},  # pure
    "analysis": {"boto3", "botocore", "moto", "IPython"},  # reads real exports as well
    "lab": {"pandas", "ipywidgets"},  # may run where these are missing
    "cards": {"IPython", "ipywidgets"},
    "environment": {"boto3", "moto", "pandas"},  # has to run where these are missing
    "setup": {"boto3", "moto", "pandas", "IPython"},  # and before each start
}

# Names that ``helpers`` itself hands out, and the room that they come from.
HANDED_OUT = {"Lab": "lab", "Caller": "lab", "try_call": "lab"}


def imported(source: str, package: str) -> set[str]:
    """The modules that ``source``, a module in ``package``, imports; absolute, all of them."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")[: -(node.level - 1) or None] if node.level else []
            base = ".".join([*parts, *([node.module] if node.module else [])])
            found |= {f"{base}.{alias.name}" for alias in node.names}
    return found


def faults(source: str, package: str) -> list[str]:
    """What the module may not import, by the tables above."""
    room = package.split(".")[1]
    found = []
    for name in sorted(imported(source, package)):
        first, _, rest = name.partition(".")
        if first in NOT_IN.get(room, set()):
            found.append(name)
        if first == "helpers":
            other = rest.partition(".")[0]
            other = HANDED_OUT.get(other, other)
            if other != room and other not in MAY_IMPORT[room]:
                found.append(name)
    return found


def modules() -> list[Path]:
    return sorted(path for path in HELPERS.rglob("*.py") if path != HELPERS / "__init__.py")


def package(path: Path) -> str:
    """The package that relative imports in ``path`` start from; a leaf is its own."""
    parts = path.relative_to(HELPERS.parent).with_suffix("").parts
    return ".".join(parts if len(parts) == 2 else parts[:-1])


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(HELPERS)))
def test_module_imports_only_from_below(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8"), package(path)) == []


def test_every_room_has_its_rule() -> None:
    rooms = {path.parent.name for path in HELPERS.glob("*/__init__.py")}
    leaves = {path.stem for path in HELPERS.glob("*.py")} - {"__init__"}
    assert rooms | leaves == set(MAY_IMPORT)


@pytest.mark.parametrize(
    ("source", "room", "found"),
    [
        ("import boto3", "policy", ["boto3"]),
        ("from moto.core import models", "policy", ["moto.core.models"]),
        ("def f():\n    import pandas as pd", "lab", ["pandas"]),
        ("from helpers.lab import Lab", "policy", ["helpers.lab.Lab"]),
        ("from helpers import Lab", "analysis", ["helpers.Lab"]),
        ("from helpers import exercises", "lab", ["helpers.exercises"]),
        ("from helpers.views.cards import x", "exercises", ["helpers.views.cards.x"]),
        ("from helpers.exercises import nb05", "views", ["helpers.exercises.nb05"]),
        ("from ..lab import gate", "policy", ["helpers.lab.gate"]),
        ("from .. import views", "lab", ["helpers.views"]),
        ("from . import arn\nfrom .conditions import ip\nimport json", "policy", []),
        ("from helpers import Lab\nfrom helpers.policy import evaluate", "exercises", []),
        ("import boto3\nfrom moto.core import models", "lab", []),
    ],
)
def test_the_rule_finds_what_it_is_for(source: str, room: str, found: list[str]) -> None:
    assert faults(source, f"helpers.{room}") == found


def test_importing_helpers_is_light() -> None:
    heavy = ("boto3", "botocore", "moto", "pandas", "IPython", "ipywidgets", "helpers.lab")
    code = f"import sys, helpers; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
