"""What a module asks of another module of ours by name is there.

Modules that load late, when a service is first called, would else fail in a learner's hands.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAB = sorted((ROOT / "helpers" / "lab").rglob("*.py"))


def modules_named(tree: ast.Module) -> dict[str, ModuleType]:
    """The modules of ours that a module imports whole, by the name that it gives them."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("helpers"):
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                package = importlib.util.find_spec(node.module).submodule_search_locations
                if package and importlib.util.find_spec(name):
                    found[alias.asname or alias.name] = importlib.import_module(name)
    return found


def missing(source: str) -> Iterator[str]:
    """Every ``module.name`` in a source that there is not."""
    tree = ast.parse(source)
    modules = modules_named(tree)
    assigned = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in modules.keys() - assigned
            and not hasattr(modules[node.value.id], node.attr)
        ):
            yield f"{node.value.id}.{node.attr}"


def test_a_name_that_is_not_there_is_found() -> None:
    source = "from helpers.lab import seam\nseam.role('x')\nseam.no_such_name('x')\n"
    assert list(missing(source)) == ["seam.no_such_name"]


@pytest.mark.parametrize("path", LAB, ids=lambda path: str(path.relative_to(ROOT)))
def test_names_are_there(path: Path) -> None:
    assert list(missing(path.read_text("utf-8"))) == []
