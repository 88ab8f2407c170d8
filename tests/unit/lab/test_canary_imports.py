"""The canaries that need no lab: where a private name moved, the lab cannot even be imported.

Nothing of the project is imported here, so that these can say which name it was.
"""

from __future__ import annotations

import ast
import importlib
from importlib.metadata import version
from pathlib import Path

import pytest

SEAM = Path(__file__).resolve().parents[3] / "helpers" / "lab" / "seam.py"

PRIVATE = [
    (node.module, alias.name)
    for node in ast.walk(ast.parse(SEAM.read_text()))
    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("moto", "botocore"))
    for alias in node.names
]


@pytest.mark.parametrize(("module", "name"), PRIVATE)
def test_the_name_is_still_there(module: str, name: str) -> None:
    package = module.partition(".")[0]
    try:
        found = hasattr(importlib.import_module(module), name)
    except ImportError:
        found = False
    assert found, (
        f"moved: {module}.{name} is gone from {package} {version(package)}; environment.yml pins "
        "the version that helpers/lab/seam.py was written for"
    )


def test_there_are_names_to_watch() -> None:
    assert len(PRIVATE) > 15
