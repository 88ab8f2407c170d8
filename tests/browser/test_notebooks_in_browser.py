"""Every notebook in a real browser: Run All ends well, and the page asks nobody else.

With SCREENSHOTS set, pictures of what was seen are written to the folder that it names.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import nbformat
import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

import account_map_in_use
import every_view_in_use
import password_meter_in_use
import phone_in_use
import pictures_in_use
import playground_in_use
import timeline_in_use
from jupyterlab_pages import (
    NO_BROWSER,
    NOTEBOOKS,
    Desk,
    Opened,
    Server,
    chromium,
    desk,
    executable,
    jupyterlab,
)

# Each is a view in a small notebook: NOTEBOOK, CELLS, ``use`` and ``look``.
IN_USE = (
    playground_in_use,
    phone_in_use,
    password_meter_in_use,
    timeline_in_use,
    pictures_in_use,
    every_view_in_use,
    account_map_in_use,
)

NAMES = sorted(path.name for path in NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}

pytestmark = pytest.mark.skipif(executable() is None, reason=NO_BROWSER)

# A card's bar and the ground it stands on, as the browser draws them.
BARS = """() => {
    const ground = getComputedStyle(document.querySelector('.jp-Notebook')).backgroundColor;
    const cards = [...document.querySelectorAll('.jp-Notebook div[style*="border-left"]')];
    return cards.map(getComputedStyle).map(
        style => [style.borderLeftWidth, style.borderLeftColor, ground]
    );
}"""


# Of every element in an output that says something itself, and can be used: its words, their colour
# and size, and the ground behind them.
TEXTS = """() => {
    const says = each => each.matches('input, textarea, select')
        || [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    const ground = each => {
        for (; each; each = each.parentElement) {
            const colour = getComputedStyle(each).backgroundColor;
            if (!/, 0\\)$|^transparent$/.test(colour)) return colour;
        }
        return 'rgb(255, 255, 255)';
    };
    // A text that is drawn has its ink as its fill, and as its ground the box that it is drawn in.
    const drawn = each => each instanceof SVGElement;
    const box = each => drawn(each) && each.parentElement.querySelector(':scope > rect');
    const inkOf = each => getComputedStyle(each)[drawn(each) ? 'fill' : 'color'];
    const groundOf = each => box(each) ? getComputedStyle(box(each)).fill : ground(each);
    return [...document.querySelectorAll('.jp-Notebook .jp-OutputArea-output *')]
        .filter(each => each.checkVisibility() && !each.disabled && says(each))
        .filter(each => !['STYLE', 'OPTION', 'title'].includes(each.tagName))
        .map(each => [
            (each.value || each.textContent).slice(0, 40), inkOf(each), groundOf(each),
        ]);
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with jupyterlab(tmp_path_factory.mktemp("jupyterlab")) as started:
        yield started


@pytest.fixture(scope="module")
def shared_desk(server: Server) -> Iterator[Desk]:
    with chromium(executable() or "") as browser, desk(browser, server) as found:
        yield found


@pytest.mark.parametrize("name", NAMES)
def test_run_all(shared_desk: Desk, name: str) -> None:
    with shared_desk.opened(name) as notebook:
        notebook.run_all()
        assert notebook.errors() == []
        counts = notebook.counts()
        assert counts == [f"[{number}]:" for number in range(1, len(counts) + 1)]
        for theme, title in themes(notebook):
            notebook.theme(title)
            assert_bars_are_visible(notebook)
            if folder := os.environ.get("SCREENSHOTS"):
                notebook.whole(Path(folder) / f"{Path(name).stem}-{theme}.png")
        assert notebook.strangers == []


@pytest.mark.parametrize("view", IN_USE, ids=lambda view: view.__name__)
def test_view(shared_desk: Desk, view: ModuleType) -> None:
    write(shared_desk, view.NOTEBOOK, *map(nbformat.v4.new_code_cell, view.CELLS))
    with shared_desk.opened(view.NOTEBOOK) as notebook:
        view.use(notebook)
        assert notebook.errors() == []
        for theme, title in themes(notebook):
            notebook.theme(title)
            assert_bars_are_visible(notebook)
            assert_text_is_readable(notebook)
            view.look(notebook)
            if folder := os.environ.get("SCREENSHOTS"):
                notebook.whole(Path(folder) / f"{view.__name__}-{theme}.png")
        assert notebook.strangers == []


def test_faults_are_seen(shared_desk: Desk) -> None:
    """A cell that raises ends the run and is told; so is a picture from elsewhere."""
    cells = [
        nbformat.v4.new_markdown_cell("![A lock](https://pictures.invalid/lock.png)"),
        *map(nbformat.v4.new_code_cell, ["1 + 1", "1 / 0", "'never reached'"]),
    ]
    write(shared_desk, "99_faulty.ipynb", *cells)
    with shared_desk.opened("99_faulty.ipynb") as notebook:
        notebook.run_all()
        assert "ZeroDivisionError: division by zero" in notebook.errors()[0]
        assert notebook.counts()[2:] == ["[ ]:"]
        assert notebook.strangers == ["https://pictures.invalid/lock.png"]


def themes(notebook: Opened) -> list[tuple[str, str]]:
    """Both, first the one that the page wears: a change takes most of a second."""
    worn = notebook.page.evaluate("() => document.body.dataset.jpThemeName")
    return sorted(THEMES.items(), key=lambda theme: theme[1] != worn)


def write(shared_desk: Desk, name: str, *cells: nbformat.NotebookNode) -> None:
    """A notebook of these cells beside the project's own."""
    spec = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    node = nbformat.v4.new_notebook(cells=list(cells), metadata={"kernelspec": spec})
    (shared_desk.server.root / "notebooks" / name).write_text(nbformat.writes(node))


def assert_bars_are_visible(notebook: Opened) -> None:
    """Each card's bar is drawn (the sanitizer has left it) and stands out, 3:1 at least."""
    for width, bar, ground in notebook.page.evaluate(BARS):
        assert width == "6px"
        assert contrast(bar, ground) >= 3, (bar, ground)


def assert_text_is_readable(notebook: Opened) -> None:
    """Whatever an output says stands out from its ground, 4.5:1 at least."""
    texts = notebook.page.evaluate(TEXTS)
    assert len(texts) > 10
    pale = [
        (words, ink, ground)
        for words, ink, ground in texts
        if contrast(over(ink, ground), ground) < 4.5
    ]
    assert pale == []


def over(ink: str, ground: str) -> str:
    """What is seen of an ink that lets its ground shine through.

    >>> over("rgba(0, 0, 0, 0.5)", "rgb(255, 255, 255)")
    'rgb(128, 128, 128)'
    """
    *parts, alpha = [float(part) for part in re.findall(r"[\d.]+", f"{ink} 1")][:4]
    behind = [float(part) for part in re.findall(r"[\d.]+", ground)][:3]
    mixed = [
        round(alpha * one + (1 - alpha) * other) for one, other in zip(parts, behind, strict=True)
    ]
    return f"rgb({', '.join(map(str, mixed))})"


def contrast(one: str, other: str) -> float:
    """WCAG's contrast of two ``rgb(…)``.

    >>> round(contrast("rgb(0, 0, 0)", "rgb(255, 255, 255)"))
    21
    """
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
