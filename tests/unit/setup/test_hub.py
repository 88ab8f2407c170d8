"""What the instructor guide gives to copy for a class on a hub: it fits this repository."""

from __future__ import annotations

import importlib.util
import re
from urllib.parse import parse_qs, urlsplit

import yaml
from setup_checkout import ROOT

GUIDE = (ROOT / "notebooks" / "instructor_guide.md").read_text(encoding="utf-8")
PART = GUIDE.split("\n## Many at once\n")[1].split("\n## ")[0]


def blocks(language: str = "") -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", PART, re.MULTILINE | re.DOTALL)
    return [text for name, text in found if name == language]


def test_the_values_for_kubernetes_can_be_read() -> None:
    (text,) = blocks("yaml")
    values = yaml.safe_load(text)["singleuser"]
    page = values["defaultUrl"].removeprefix("/lab/tree/")
    assert (ROOT / page).is_file()
    megabytes = {
        name: int(re.sub("G$", "000M", size).removesuffix("M"))
        for name, size in values["memory"].items()
    }
    assert 300 <= megabytes["guarantee"] < megabytes["limit"]
    assert values["storage"] == {"type": "none"}


def test_the_link_opens_the_first_notebook() -> None:
    (text,) = [each for each in blocks() if "git-pull" in each]
    parts = urlsplit("".join(line.strip() for line in text.splitlines()))
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert parts.path == "/hub/user-redirect/git-pull"
    assert asked["repo"] == "https://HOST/OWNER/NAME"
    application, _, path = asked["urlpath"].partition("/NAME/")
    assert application == "lab/tree"
    assert (ROOT / path).is_file()
    assert set(asked) == {"repo", "branch", "urlpath"}


def test_what_pip_is_given_is_the_list_of_packages() -> None:
    (text,) = [each for each in blocks() if "tljh-config" in each]
    pattern = re.search(r"sed -n 's/(.+)//p' environment\.yml", text)[1]
    lines = (ROOT / "environment.yml").read_text(encoding="utf-8").splitlines()
    found = [re.sub(pattern, "", line) for line in lines if re.search(pattern, line)]
    spec = importlib.util.spec_from_file_location("start_for_the_hub", ROOT / "start.py")
    start = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(start)
    listed = [re.sub(r"\s+#.*", "", line) for line in found]
    assert listed == start.wanted_lines()
    assert listed[0] == "-c constraints.txt"
    assert listed[-1] == "-e ."


def test_a_class_is_measured_by_what_is_there() -> None:
    named = set(re.findall(r"tests/[\w/]+\.py", PART))
    assert "tests/benchmarks/bench_classroom.py" in named
    assert all((ROOT / path).is_file() for path in named)
    table = re.search(r"^\| Learners at once .*\n\|[-|]+\n((?:\|.*\n)+)", PART, re.MULTILINE)
    assert [line.split("|")[1].strip() for line in table[1].splitlines()] == ["1", "10", "30"]
