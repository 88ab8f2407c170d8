"""The glossary: in order, every term with AWS's page and a notebook that teaches it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import pytest
from notebook_files import FOLDER, Notebook, anchors

PAGE = FOLDER / "glossary.md"
OF_AWS = ("https://docs.aws.amazon.com/", "https://boto3.amazonaws.com/")


@dataclass(frozen=True)
class Entry:
    """A term, what it means, AWS's page, and the notebooks that teach it."""

    term: str
    meaning: str
    page: str
    notebooks: tuple[str, ...]


def entries(text: str) -> list[Entry]:
    """The entries of a glossary; an entry of another form is one without a page."""
    found = []
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        term, _, rest = part.partition("\n")
        meaning, _, links = rest.strip().partition("\n\nAWS: ")
        page = re.match(r"\[[^\]]+\]\((https://[^)]+)\)\. Taught in ", links)
        notebooks = tuple(re.findall(r"\[(?P<n>\d\d)\]\(((?P=n)_\w+\.ipynb)\)", links))
        names = tuple(name for _, name in notebooks)
        found.append(Entry(term, " ".join(meaning.split()), page[1] if page else "", names))
    return found


@cache
def prose(name: str) -> str:
    """What a notebook says, without its code."""
    return " ".join(cell.prose for cell in Notebook(FOLDER / name).markdown)


ENTRIES = entries(PAGE.read_text(encoding="utf-8"))


def out_of_order(terms: list[str]) -> list[str]:
    return [later for one, later in pairwise(terms) if one.casefold() >= later.casefold()]


def test_the_terms_are_in_the_order_of_the_alphabet() -> None:
    assert len(ENTRIES) > 80
    assert out_of_order([entry.term for entry in ENTRIES]) == []


def test_a_term_out_of_order_is_found() -> None:
    assert out_of_order(["ARN", "action", "bucket"]) == ["action"]
    assert out_of_order(["action", "action"]) == ["action"]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.term)
def test_an_entry_says_what_it_means_in_few_words(entry: Entry) -> None:
    sentences = re.findall(r"[.!?](?=\s|$)", entry.meaning)
    assert 1 <= len(sentences) <= 3
    assert 30 < len(entry.meaning) < 280
    assert entry.page.startswith(OF_AWS)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.term)
def test_the_notebooks_that_teach_a_term_use_it(entry: Entry) -> None:
    assert entry.notebooks
    assert list(entry.notebooks) == sorted(entry.notebooks)
    # "policy" is also found in "policies", and a notebook may speak of an identity-based one.
    stem = re.escape(entry.term.replace("-based policy", "-based").removesuffix("y"))
    for name in entry.notebooks:
        assert re.search(rf"\b{stem}", prose(name), re.IGNORECASE), name


def test_the_anchors_are_the_same_in_jupyterlab_and_on_github() -> None:
    """But for capitals, which GitHub does not mind."""
    found = anchors(PAGE)
    assert len({anchor.casefold() for anchor in found}) == len(found)
    assert [anchor for anchor in found if not re.fullmatch(r"[\w-]+", anchor)] == []
