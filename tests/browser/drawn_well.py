"""What a view with fields has to be: each field labelled, nothing cut off in a narrow window."""

from __future__ import annotations

from jupyterlab_pages import Opened

NARROW = 340  # pixels that a window of 400 leaves for an output

OUTPUT = ".jp-OutputArea-output.jupyter-widgets-view, .jp-OutputArea-output:has(.widget-box)"

UNLABELLED = """selector => [...document.querySelector(selector).querySelectorAll('input')]
    .filter(each => each.checkVisibility())
    .filter(each => !each.labels.length || !each.labels[0].innerText.trim())
    .map(each => each.outerHTML)"""

# What sticks out of the output to the right, at that width.
TOO_WIDE = """([selector, width]) => {
    const output = document.querySelector(selector);
    output.style.maxWidth = `${width}px`;
    const edge = output.getBoundingClientRect().left + width + 1;
    const found = [...output.querySelectorAll('*')]
        .filter(each => each.checkVisibility() && each.getBoundingClientRect().right > edge)
        .map(each => each.outerHTML.slice(0, 300));
    output.style.maxWidth = '';
    return found;
}"""


def assert_drawn_well(notebook: Opened) -> None:
    """The first view of the notebook, as it stands."""
    page = notebook.page
    assert page.locator(OUTPUT).first.locator("input:visible").count()
    assert page.evaluate(UNLABELLED, OUTPUT) == []
    assert page.evaluate(TOO_WIDE, [OUTPUT, NARROW]) == []
