"""start.py reads the pip list of environment.yml; the list is fit for pip, conda and Binder."""

from __future__ import annotations

import re

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

GOOD = {
    "plain": ("- pip:\n  - a==1\n  - b==2\n", ["a==1", "b==2"]),
    "indented": ("dependencies:\n    - pip:\n        - a==1\n", ["a==1"]),
    "items under the p": ("  - pip:\n    - a==1\n", ["a==1"]),
    "comments": (
        "- pip:  # these\n  # first\n  - a==1  # why\n#left\n  - b==2\n",
        ["a==1", "b==2"],
    ),
    "blank lines": ("- pip:\n\n  - a==1\n   \n\n  - b==2\n", ["a==1", "b==2"]),
    "quotes": ("- pip:\n  - 'a==1'\n  - \"b[x,y]==2\"  # two\n", ["a==1", "b[x,y]==2"]),
    "hash in quotes": ("- pip:\n  - 'a #1'\n", ["a #1"]),
    "hash in a word": ("- pip:\n  - a==1#2\n", ["a==1#2"]),
    "options": ("- pip:\n  - -c constraints.txt\n  - -e .\n", ["-c constraints.txt", "-e ."]),
    "markers": ("- pip:\n  - a==1 ; os_name == 'nt'\n", ["a==1 ; os_name == 'nt'"]),
    "ends at the next entry": ("- pip:\n  - a==1\n- python=3.12\n", ["a==1"]),
    "ends at the next key": ("dependencies:\n- pip:\n  - a==1\nvariables:\n  x: 1\n", ["a==1"]),
    "pip itself before it": ("- python=3.12\n- pip\n- pip:\n  - a==1\n", ["a==1"]),
    "Windows line ends": ("- pip:\r\n  - a==1\r\n  - b==2\r\n", ["a==1", "b==2"]),
    "no line end": ("- pip:\n  - a==1", ["a==1"]),
}

BAD = {
    "no list": ("dependencies:\n  - python\n", "no list"),
    "only pip itself": ("dependencies:\n  - pip\n", "no list"),
    "an empty list": ("- pip:\n- python\n", "no list"),
    "flow style": ("- pip: [a, b]\n", "no list"),
    "not an entry": ("- pip:\n  - a==1\n  b==2\n", "line 3"),
    "an open quote": ("- pip:\n  - 'a==1\n", "line 2"),
    "an empty entry": ("- pip:\n  -\n", "line 2"),
}


@pytest.mark.parametrize(("text", "entries"), GOOD.values(), ids=GOOD)
def test_reads(checkout, text, entries) -> None:
    assert checkout.start.pip_lines(text) == entries


@pytest.mark.parametrize(("text", "entries"), GOOD.values(), ids=GOOD)
def test_reads_what_yaml_reads(text, entries) -> None:
    """The expectations above are YAML's own."""
    parts = yaml.safe_load(text)
    if isinstance(parts, dict):
        parts = parts["dependencies"]
    (block,) = (part for part in parts if isinstance(part, dict))
    assert block["pip"] == entries


@pytest.mark.parametrize(("text", "told"), BAD.values(), ids=BAD)
def test_refuses(checkout, text, told) -> None:
    start = checkout.start
    with pytest.raises(start.Trouble, match=told):
        start.pip_lines(text)


# --- the project's own files ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def environment(root):
    return yaml.safe_load((root / "environment.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pip_list(environment):
    (block,) = (part for part in environment["dependencies"] if isinstance(part, dict))
    return block["pip"]


@pytest.fixture(scope="module")
def pins(root) -> dict[str, set[str]]:
    """Package to its versions in constraints.txt; several where they differ between systems."""
    found: dict[str, set[str]] = {}
    for line in (root / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            requirement = Requirement(line)
            (version,) = requirement.specifier
            assert version.operator == "==", line
            found.setdefault(canonicalize_name(requirement.name), set()).add(version.version)
    return found


def test_conda_part(environment) -> None:
    assert environment["channels"] == ["conda-forge"]
    # Binder takes one plain version; a range makes it fall back to an old Python.
    assert environment["dependencies"][:2] == ["python=3.12", "pip"]


def test_start_reads_the_same_list(root, checkout, pip_list) -> None:
    text = (root / "environment.yml").read_text(encoding="utf-8")
    assert checkout.start.pip_lines(text) == pip_list


def test_constraints_come_first_and_the_project_last(pip_list) -> None:
    assert pip_list[0] == "-c constraints.txt"
    # With the space: Binder then copies the whole repository before it installs.
    assert pip_list[-1] == "-e ."
    assert not any(line.startswith("-") for line in pip_list[1:-1])


def test_each_dependency_is_pinned_as_in_the_constraints(pip_list, pins) -> None:
    for line in pip_list[1:-1]:
        requirement = Requirement(line)
        (version,) = requirement.specifier
        assert version.operator == "==", line
        locked = pins[canonicalize_name(requirement.name)]
        assert version.version in locked, line
        assert requirement.marker or len(locked) == 1, line


def test_constraints_hold_more_than_the_list(pip_list, pins) -> None:
    assert len(pins) > 3 * len(pip_list)
    assert {"botocore", "cryptography", "tornado"} <= set(pins)


def test_no_file_names_an_address_to_install_from(root) -> None:
    text = "".join(
        (root / name).read_text(encoding="utf-8") for name in ("environment.yml", "constraints.txt")
    )
    assert not re.search(r"://|--(extra-)?index|--find-links", text)
