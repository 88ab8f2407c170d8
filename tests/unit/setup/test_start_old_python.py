"""On a Python that is too old: a sentence, or a newer Python, but never a SyntaxError."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from setup_checkout import ROOT, Checkout, script

posix = pytest.mark.skipif(os.name == "nt", reason="shell scripts stand in for Pythons")


def old_pythons() -> list[str]:
    """One interpreter of each old version that this machine has."""
    names = [f"python{version}" for version in ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10")]
    found = [shutil.which(name) for name in names]
    found += sorted(map(str, Path.home().glob(".pyenv/versions/*/bin/python")))
    versions: dict[str, str] = {}
    for path in filter(None, found):
        question = "import sys; print('%d.%d' % sys.version_info[:2])"
        answer = subprocess.run([path, "-c", question], capture_output=True, text=True)
        if answer.returncode == 0 and tuple(map(int, answer.stdout.split("."))) < (3, 11):
            versions.setdefault(answer.stdout.strip(), path)
    return list(versions.values())


OLD = [pytest.param(path, id=path) for path in old_pythons()] or [
    pytest.param(None, marks=pytest.mark.skip(reason="this machine has no Python before 3.11"))
]


def start_with(python: str, checkout: Checkout, path: str, *arguments: str):
    return subprocess.run(
        [python, str(checkout.root / "start.py"), *arguments],
        env={"PATH": path, **{k: os.environ[k] for k in ("SYSTEMROOT",) if k in os.environ}},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )


@pytest.mark.parametrize("python", OLD)
def test_a_real_old_python_says_one_line(python, checkout, one_line) -> None:
    ended = start_with(python, checkout, "/nowhere")
    assert ended.returncode == 1
    assert ended.stdout == ""
    line = one_line(ended.stderr)
    assert "Python 3.11 or newer is needed; this is " in line
    assert "start.py" in line.split("Get one, ")[1]
    assert not (checkout.root / ".venv").exists()


@posix
@pytest.mark.parametrize("python", OLD[:1])
def test_a_real_old_python_goes_on_with_a_newer_one(python, checkout, tmp_path, one_line) -> None:
    script(tmp_path / "python3.13", "exit 127")  # a stand-in that starts nothing
    script(tmp_path / "python3.12", f'exec "{sys.executable}" "$@"')
    ended = start_with(python, checkout, f"{tmp_path}:/usr/bin:/bin", "setup", "two words")
    assert "going on with python3.12." in ended.stdout
    # The newer one got the arguments, and its exit code comes back.
    assert "setup knows one further word, --fresh; got: two words" in one_line(ended.stderr)
    assert ended.returncode == 1


def test_new_enough(checkout, monkeypatch) -> None:
    start = checkout.start
    monkeypatch.setattr(start, "newer_pythons", lambda: pytest.fail("not to be asked"))
    for version in ((3, 11, 0), (3, 12, 9), (3, 20, 1), (4, 0, 0)):
        assert start.require_python(version, []) is None


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 6, 15), (3, 10, 13)])
@pytest.mark.parametrize(
    ("windows", "platform", "how"),
    [
        (True, "win32", "winget install"),
        (False, "darwin", "https://www.python.org/downloads/"),
        (False, "linux", "sudo apt install python3.12-venv"),
    ],
)
def test_too_old_says_what_to_do(checkout, monkeypatch, version, windows, platform, how) -> None:
    start = checkout.start
    monkeypatch.setattr(start, "newer_pythons", lambda: [["no-such-python"]])
    monkeypatch.setattr(start, "WINDOWS", windows)
    monkeypatch.setattr(start.sys, "platform", platform)
    with pytest.raises(start.Trouble) as trouble:
        start.require_python(version, [])
    assert ".".join(map(str, version)) in str(trouble.value)
    assert how in str(trouble.value)


def test_a_newer_one_gets_the_arguments(checkout, monkeypatch, capsys) -> None:
    start = checkout.start
    handed = []
    monkeypatch.setattr(start, "newer_pythons", lambda: [["no-such-python"], [sys.executable]])
    monkeypatch.setattr(start, "hand_over", lambda command: handed.append(command) or sys.exit(7))
    with pytest.raises(SystemExit, match="7"):
        start.require_python((3, 8, 1), ["test", "-x"])
    assert handed == [[sys.executable, str(checkout.root / "start.py"), "test", "-x"]]
    assert "This is Python 3.8.1; going on with" in capsys.readouterr().out


def test_is_new_enough_asks_the_python_itself(checkout, monkeypatch) -> None:
    start = checkout.start
    assert start.is_new_enough([sys.executable])
    assert not start.is_new_enough(["no-such-python"])
    monkeypatch.setattr(start, "OLDEST", (99, 0))
    assert not start.is_new_enough([sys.executable])


def test_windows_asks_its_launcher_first(checkout, monkeypatch) -> None:
    start = checkout.start
    monkeypatch.setattr(start, "WINDOWS", True)
    assert start.newer_pythons()[0] == ["py", "-3"]


# --- the source, where no old Python is at hand ---------------------------------------------------


def too_new(source: str) -> list[str]:
    """What in a source Python 2.7 or 3.6 would not parse."""
    faults = ["a letter outside ASCII"] if not source.isascii() else []
    for node in ast.walk(ast.parse(source)):
        where = f"line {getattr(node, 'lineno', '?')}: "
        if isinstance(node, ast.JoinedStr):
            faults.append(where + "an f-string")
        if isinstance(node, ast.AnnAssign) or getattr(node, "annotation", None):
            faults.append(where + "an annotation")
        if isinstance(node, ast.FunctionDef) and node.returns:
            faults.append(where + "an annotation")
        if isinstance(node, ast.arguments) and (node.kwonlyargs or node.posonlyargs):
            faults.append(where + "keyword-only or positional-only arguments")
        if isinstance(node, ast.NamedExpr | ast.Nonlocal | ast.Match | ast.Await):
            faults.append(where + type(node).__name__)
        if isinstance(node, ast.Raise) and node.cause:
            faults.append(where + "raise from")
        if isinstance(node, ast.List | ast.Tuple | ast.Set) and any(
            isinstance(part, ast.Starred) for part in node.elts
        ):
            faults.append(where + "a star in a display")
        if isinstance(node, ast.Dict) and None in node.keys:
            faults.append(where + "two stars in a display")
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            faults.append(where + "a __future__ import")
    return faults


def test_start_parses_on_old_pythons() -> None:
    assert too_new((ROOT / "start.py").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        'f"{1}"',
        "a: int = 1",
        "def f(a: int): pass",
        "def f() -> int: pass",
        "def f(*, a): pass",
        "def f(a, /): pass",
        "(a := 1)",
        "raise A from b",
        "[*a]",
        "{**a}",
        "from __future__ import annotations",
        "'ä'",
        "match a:\n    case 1: pass",
    ],
)
def test_what_old_pythons_do_not_parse_is_found(source) -> None:
    assert too_new(source)


def test_only_the_standard_library_is_imported() -> None:
    tree = ast.parse((ROOT / "start.py").read_text(encoding="utf-8"))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module]
        )
    }
    assert "subprocess" in imported
    assert imported - {"helpers"} <= sys.stdlib_module_names


def test_of_the_project_it_imports_nothing_on_an_old_python() -> None:
    """Only where it goes on, and only what needs no packages itself (test_offline.py)."""
    tree = ast.parse((ROOT / "start.py").read_text(encoding="utf-8"))
    assert not [node for node in tree.body if getattr(node, "module", None) == "helpers.setup"]
    found = {
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module.startswith("helpers")
        for alias in node.names
    }
    assert found == {"helpers.setup.offline"}
