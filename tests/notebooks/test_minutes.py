"""The measure of a notebook's minutes, section by section."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
import small_notebooks
from minutes import A_QUESTION, A_WORD, AN_EXERCISE, Section, sections, walk
from notebook_files import Notebook, paths

WORDS = "word " * 150
"""A minute's."""


def _notebook(folder: Path, *texts: str) -> Notebook:
    """The small notebook with cells of markdown in front of its quiz."""
    cells = small_notebooks.cells()
    place = next(n for n, cell in enumerate(cells) if cell.source == "## Quiz")
    cells[place:place] = [nbformat.v4.new_markdown_cell(text) for text in texts]
    return small_notebooks.write(folder, cells)


def _named(notebook: Notebook, title: str) -> Section:
    (found,) = (section for section in sections(notebook) if section.title == title)
    return found


def test_sections_are_the_headings_of_the_second_level(tmp_path: Path) -> None:
    notebook = _notebook(tmp_path, "## One\n\n### Part of it\n\n## Two ##\n\nEnd.")
    assert [section.title for section in sections(notebook)] == [
        "Opening",
        *(f"Round q{n}" for n in (1, 2, 3)),
        *("Once more", "One", "Two", "Quiz"),
        *("In your own account", "Recap", "Sources", "Next"),
    ]


def test_what_stands_above_a_heading_in_its_cell_belongs_to_the_section_before(
    tmp_path: Path,
) -> None:
    notebook = _notebook(tmp_path, "## One\n\nEnd.", f"{WORDS}\n\n## Two\n\n{WORDS}{WORDS}")
    one, two = (_named(notebook, title).walk for title in ("One", "Two"))
    assert one.words == 152
    assert two.words == 301
    assert two.seconds == pytest.approx(301 * A_WORD)


def test_an_exercise_is_its_three_cells(tmp_path: Path) -> None:
    section = _named(_notebook(tmp_path), "Round q2")
    assert list(section.exercises) == ["q2"]
    assert section.exercises["q2"].cells == 3
    assert section.exercises["q2"].exercises == 1
    assert AN_EXERCISE < section.exercises["q2"].seconds < section.walk.seconds
    assert _named(_notebook(tmp_path), "Quiz").walk.seconds == pytest.approx(
        3 * A_QUESTION + A_WORD
    )


@pytest.mark.parametrize("path", paths(), ids=lambda path: path.stem)
def test_the_sections_are_the_whole_notebook(path: Path) -> None:
    notebook = Notebook(path)
    found, parts = sections(notebook), walk(notebook)
    titles = [section.title for section in found]
    assert len(titles) == len(set(titles))
    assert sum(section.walk.cells for section in found) == len(notebook.code)
    assert sum(s.walk.seconds for s in found) == pytest.approx(sum(p.seconds for p in parts))
    answered = {cell.checks for cell in notebook.code} - {None}
    assert {label for section in found for label in section.exercises} == answered
