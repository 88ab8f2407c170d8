"""A name that one module takes out of another is there.

``seam.bucket`` in a function is looked up when the function runs, which may be in a lesson and in
no test.
"""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in (ROOT / "helpers").rglob("*.py")
)


def missing(module: ModuleType, source: str) -> list[str]:
    """``name.attribute`` in the source, where ``name`` is a module of the project without it."""
    found, tree = [], ast.parse(source)
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
            continue
        if node.value.id not in imported:
            continue
        other = vars(module).get(node.value.id)
        of_ours = isinstance(other, ModuleType) and other.__name__.startswith("helpers")
        if of_ours and not hasattr(other, node.attr):
            found.append(f"line {node.lineno}: {node.value.id}.{node.attr}")
    return found


@pytest.mark.parametrize("name", MODULES)
def test_names_of_other_modules_are_there(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__file__ is not None
    assert missing(module, Path(module.__file__).read_text(encoding="utf-8")) == []


def test_the_rule_finds_a_name_that_is_gone() -> None:
    from helpers.lab import callers

    source = "from helpers.lab import seam\ndef f():\n    return seam."
    assert missing(callers, source + "no_such_name") == ["line 3: seam.no_such_name"]
    assert missing(callers, source + "iam_backend") == []
