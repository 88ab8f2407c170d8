"""Whatever CONTRIBUTING.md names is there: files, commands and their words, tests, names."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import pytest
from setup_checkout import ROOT

PAGE = ROOT / "CONTRIBUTING.md"
START = (ROOT / "start.py").read_text(encoding="utf-8")

_FENCE = re.compile(r"^ *```\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_COMMAND = re.compile(r"(?:python3?|ruff) \S+")
_FILE = re.compile(r"[\w./-]+\.(?:py|yml|md|ipynb)|[\w.-]+(?:/[\w.-]+)+")


def commands(text: str) -> list[list[str]]:
    """The words of each command, in a block of its own or within a line."""
    lines = [line for block in _FENCE.findall(text) for line in block.splitlines()]
    inline = [code for code in _CODE.findall(_FENCE.sub("", text)) if _COMMAND.match(code)]
    return [shlex.split(line) for line in [*lines, *inline] if line.strip()]


def files(text: str) -> list[str]:
    """Paths and names of files: what is linked to, and what stands in code."""
    linked = re.findall(r"\]\(((?!https?:)[^)#]+)", text)
    return [*linked, *(code for code in _CODE.findall(text) if _FILE.fullmatch(code))]


def names(text: str) -> list[str]:
    """Names of Python in code: a test, a function, a table."""
    found = [code.removeprefix("@").partition("(")[0] for code in _CODE.findall(text)]
    return [name for name in found if re.fullmatch(r"\w+", name)]


def missing(name: str) -> bool:
    """Whether no file has this path or, where it is a name alone, this name."""
    if "/" in name:
        return not (ROOT / name).exists()
    parts = (ROOT / "tests", ROOT / "helpers")
    return not ((ROOT / name).exists() or any(any(part.rglob(name)) for part in parts))


def faults(words: list[str]) -> Iterator[str]:
    """What a command names that is not there."""
    program, first, *others = words
    if program in ("ruff", "source", ".venv\\Scripts\\activate"):
        return
    if program == "python3" and first == "start.py":
        if others and f'"{others[0]}": ' not in START:
            yield f"start.py knows no command {others[0]}"
        others = others[1:]
        source = START
    elif (ROOT / first).is_file():
        source = (ROOT / first).read_text(encoding="utf-8")
    else:
        yield f"{first} is not there"
        return
    for word in others:
        if word.startswith("--") and f'"{word}"' not in source:
            yield f"{first} has no option {word}"
        if "/" in word and not (ROOT / word).exists():
            yield f"{word} is not there"


def sources() -> str:
    paths = [*(ROOT / "helpers").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def test_every_file_is_there() -> None:
    found = files(PAGE.read_text(encoding="utf-8"))
    assert len(found) > 40
    assert [name for name in found if missing(name)] == []


def test_every_command_is_there() -> None:
    found = commands(PAGE.read_text(encoding="utf-8"))
    assert len(found) > 15
    assert [fault for words in found for fault in faults(words)] == []


def test_every_name_is_in_the_code() -> None:
    found = set(names(PAGE.read_text(encoding="utf-8"))) - {"python", "solution"}
    known = set(re.findall(r"\w+", sources()))
    assert len(found) > 20
    assert found - known == set()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("python3 start.py fly", "start.py knows no command fly"),
        ("python3 start.py test tests/unit/gone", "tests/unit/gone is not there"),
        ("python tests/notebooks/regenerate.py --chek", "has no option --chek"),
        ("python tests/gone.py", "tests/gone.py is not there"),
    ],
)
def test_a_wrong_command_is_found(line: str, says: str) -> None:
    block, inline = f"```\n{line}\n```\n", f"Run `{line}` now.\n"
    for text in (block, inline):
        (found,) = [fault for words in commands(text) for fault in faults(words)]
        assert says in found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("`tests/unit/gone.py`", True),
        ("[gone](helpers/gone)", True),
        ("`nothing_here.py`", True),
        ("`tests/unit/test_style.py`", False),
        ("`seam.py`", False),
        ("[notes](README.md)", False),
    ],
)
def test_a_wrong_path_is_found(text: str, found: bool) -> None:
    (name,) = files(text)
    assert missing(name) is found


def test_the_readme_leads_to_it() -> None:
    assert "](CONTRIBUTING.md" in (ROOT / "README.md").read_text(encoding="utf-8")
