"""Is everything in place that the notebooks need? One line for each thing, with what mends it.

A leaf beside the rooms: it imports nothing of the project and nothing but the standard library,
for it has to run where the packages are missing.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

OLDEST_PYTHON = (3, 11)
ENVIRONMENT = Path(__file__).resolve().parents[1] / "environment.yml"
MENDING = (
    "  Mend it: in a terminal, in the series' folder, run   python3 start.py setup\n"
    "  then choose Kernel ▸ Restart Kernel here."
)

_PIN = re.compile(r"^\s*-\s+([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==([\w.]+)\s*(?:#.*)?$", re.M)


def problems(environment: Path = ENVIRONMENT) -> Iterator[str]:
    """What is not as environment.yml wants it, a sentence each; nothing when all is well.

    A line for some machines only (``…; sys_platform == 'darwin'``) is left to whoever installs.
    """
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(map(str, sys.version_info[:2]))
        yield f"Python 3.11 or newer is needed; this kernel runs {found}."
    try:
        text = environment.read_text(encoding="utf-8")
    except OSError:
        yield f"{environment.name} is not there: the notebooks need the whole project folder."
        return
    for name, wanted in _PIN.findall(text):
        try:
            found = version(name)
        except PackageNotFoundError:
            yield f"The package {name} is missing ({wanted} is needed)."
            continue
        if found != wanted:
            yield f"The package {name} is there as {found}, but {wanted} is needed."


def check_environment() -> None:
    """Print whether Python and the packages are as the notebooks need them."""
    found = list(problems())
    for problem in found:
        print(f"✖ {problem}")
    print(MENDING if found else "✔ Python and all packages are as the notebooks need them.")
