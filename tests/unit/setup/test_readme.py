"""The README says what is there: its table of notebooks, its links, its messages."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from setup_checkout import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
NUMBERS = {path.name[:2] for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")}

ROW = re.compile(
    r"^\| (?P<number>\d\d) \| \[(?P<title>.+?)\]\(notebooks/(?P<file>\w+\.ipynb)\)"
    r" \| (?P<minutes>\d+) \| (?P<needs>.+?) \|$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Entry:
    """What the table says of a notebook, or a notebook of itself."""

    number: str
    title: str
    minutes: int
    needs: frozenset[str]  # numbers of other notebooks


def numbers(text: str) -> frozenset[str]:
    """The notebooks that a text names: two digits, alone or at the start of a file's name."""
    return frozenset(re.findall(r"(?<![\w.])(\d\d)(?=_|\b)(?! minutes)", text)) & NUMBERS


def table(readme: str) -> dict[str, Entry]:
    return {
        row["file"]: Entry(row["number"], row["title"], int(row["minutes"]), numbers(row["needs"]))
        for row in ROW.finditer(readme)
    }


def folder(path: Path) -> dict[str, Entry]:
    return {file.name: read(file) for file in sorted(path.glob("[0-9][0-9]_*.ipynb"))}


def read(file: Path) -> Entry:
    """What a notebook says above its first code cell."""
    head = ""
    for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "markdown":
            break
        head += "".join(cell["source"]) + "\n\n"
    title = re.search(r"^# (.+)$", head, re.MULTILINE)
    minutes = re.search(r"\b(\d+) minutes\b", head)
    needs = re.search(r"(?is)what you need first(.*?)(?=^#|\Z)", head, re.MULTILINE)
    return Entry(
        file.name[:2],
        re.sub(r"^\d\d\W+", "", title[1]) if title else "",
        int(minutes[1]) if minutes else 0,
        numbers(needs[1]) if needs else frozenset(),
    )


def test_the_table_is_the_folder() -> None:
    assert table(README) == folder(ROOT / "notebooks")


def test_the_table_is_in_order_and_numbered_like_the_files() -> None:
    entries = table(README)
    assert list(entries) == sorted(entries)
    assert all(file.startswith(entry.number + "_") for file, entry in entries.items())
    # No row was passed over because it has another form.
    assert len(entries) == len(re.findall(r"^\| \d\d ", README, re.MULTILINE))


NOTEBOOK = "# 05 · Deny\n\nIt denies.\n\n40 minutes\n\n**What you need first**: {}"
LINE = "| 05 | [Deny](notebooks/05_deny.ipynb) | 40 | 00, 04 |\n"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    first = "[notebook 00](00_start_here.ipynb) and 04, 11 minutes each"
    cells = [
        {"cell_type": "markdown", "source": NOTEBOOK.format(first).splitlines(keepends=True)},
        {"cell_type": "code", "source": ["x = 11"]},
    ]
    (tmp_path / "05_deny.ipynb").write_text(json.dumps({"cells": cells}))
    return tmp_path


def test_a_right_table_is_found_right(written) -> None:
    assert table(LINE) == folder(written)


@pytest.mark.parametrize(
    ("old", "new"),
    [("Deny]", "Refuse]"), ("40", "35"), ("00, 04", "00"), ("00, 04", "nothing"), ("05_", "06_")],
)
def test_a_wrong_table_is_found_wrong(written, old, new) -> None:
    assert table(LINE.replace(old, new)) != folder(written)


# --- links and messages ---------------------------------------------------------------------------


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("target", re.findall(r"\]\(((?!https?:)[^)]+)\)", README))
def test_links_lead_somewhere(target: str) -> None:
    path, _, anchor = target.partition("#")
    assert (ROOT / path).exists()
    page = (ROOT / path).read_text(encoding="utf-8") if path and anchor else README
    assert not anchor or anchor in anchors(page)


def test_pictures_say_what_they_show() -> None:
    alts = re.findall(r"!\[(.*?)\]", README)
    assert alts
    assert all(len(alt) > 30 for alt in alts)


@pytest.mark.parametrize("picture", re.findall(r"!\[.*?\]\((.*?)\)", README))
def test_pictures_are_small_and_made_by_the_script(picture: str) -> None:
    assert (ROOT / picture).read_bytes().startswith(b"\x89PNG")
    assert (ROOT / picture).stat().st_size < 70_000
    script = (ROOT / "tests/browser/readme_picture.py").read_text(encoding="utf-8")
    assert f'"{Path(picture).name}": Picture(' in script


def test_every_picture_of_the_script_is_shown() -> None:
    script = (ROOT / "tests/browser/readme_picture.py").read_text(encoding="utf-8")
    made = re.findall(r'^    "(\w+\.png)": Picture\(', script, re.MULTILINE)
    shown = re.findall(r"!\[.*?\]\(notebooks/data/(.*?)\)", README)
    assert sorted(made) == sorted(shown)


def test_the_messages_are_those_of_start_py() -> None:
    part = README.split("| It says |")[1].split("\n\n")[0]
    messages = re.findall(r"^\| `(.+?)` \|", part, re.MULTILINE)
    files = [ROOT / "start.py", *(ROOT / "helpers" / "setup").glob("*.py")]
    source = "".join(path.read_text(encoding="utf-8") for path in files)
    # Texts over several lines of source, in one; what is filled in at the time, as it is meant.
    said = re.sub(r'"\n\s*"', "", source).replace("Python {} or newer", "Python 3.11 or newer")
    assert len(messages) >= 10
    assert [message for message in messages if message not in said] == []


def test_the_commands_are_those_of_start_py() -> None:
    source = (ROOT / "start.py").read_text(encoding="utf-8")
    words = set(re.findall(r"py(?:thon3)? start\.py (\w+)(?![\w/])", README))
    assert {"test", "setup", "lock"} <= words
    # A number is a notebook's.
    assert all(f'"{word}": ' in source for word in words if not word.isdecimal())
