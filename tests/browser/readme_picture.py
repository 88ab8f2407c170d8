"""Make the README's pictures: a notebook where a call is refused, and views in use.

    python tests/browser/readme_picture.py                  # all of them
    python tests/browser/readme_picture.py playground.png   # these

Writes into notebooks/data. Needs a browser, as the browser tests do.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import nbformat
from jupyterlab_pages import (
    NO_BROWSER,
    NOTEBOOKS,
    Desk,
    Opened,
    chromium,
    desk,
    executable,
    jupyterlab,
)
from playwright.sync_api import FloatRect
from small_png import small

FOLDER = NOTEBOOKS / "data"
MAX_BYTES = 70_000
QUICK = 10_000  # milliseconds
SIZE = {"width": 1000, "height": 3000}
EDGE = 3  # pixels around what a cell shows

# The box around all cells from the first to the last text, in the page.
BOX = """([first, last]) => {
    const cells = [...document.querySelectorAll('.jp-Notebook .jp-Cell')];
    const at = (text, start) => cells.findIndex(
        (cell, index) => index >= start && cell.innerText.includes(text)
    );
    const from = at(first, 0), to = at(last, from);
    if (from < 0 || to < 0) return null;
    cells[from].scrollIntoView({block: 'start'});
    const top = cells[from].getBoundingClientRect();
    const bottom = cells[to].getBoundingClientRect();
    return {x: top.x, y: top.y, width: top.width, height: bottom.bottom - top.y};
}"""


class Picture(NamedTuple):
    """Where a picture is taken, and of what."""

    cell: str
    """A notebook's file, or the one cell of a notebook that is made for the picture."""
    box: Callable[[Opened], FloatRect | None]
    """Does what is to be done first; returns what is in the picture, ``None``: it is not there."""


def refused(notebook: Opened) -> FloatRect | None:
    """From the cell with the first text to the next cell with the second."""
    first = "The administrator calls with the access key, as before"
    return notebook.page.evaluate(BOX, [first, "session_of(credentials)"])


def whole_output(notebook: Opened) -> FloatRect | None:
    """What the last cell shows, with a little of what is around it."""
    output = notebook.page.locator(".jp-CodeCell").last.locator(".jp-OutputArea-output").last
    output.scroll_into_view_if_needed()
    found = output.bounding_box()
    if found is None:
        return None
    return {
        "x": found["x"] - EDGE,
        "y": found["y"] - EDGE,
        "width": found["width"] + 2 * EDGE,
        "height": found["height"] + 2 * EDGE,
    }


def forbidden_by_a_boundary(notebook: Opened) -> FloatRect | None:
    """The playground, down to the policies."""
    form = notebook.page.locator(".policy-playground")
    form.get_by_role("status").get_by_text("no permissions boundary").wait_for(timeout=QUICK)
    form.get_by_text("New policy").evaluate("each => each.parentElement.parentElement.remove()")
    form.get_by_role("button", name="Write as a cell").evaluate("each => each.remove()")
    return whole_output(notebook)


def chosen_field(notebook: Opened) -> FloatRect | None:
    """The map with a field that was clicked on, and what is in it."""
    form = notebook.page.locator(".granted-used-map").first
    form.get_by_role("button", name="user/analyst, s3").click()
    form.get_by_text("user/analyst, s3: 3 of 180").wait_for(timeout=QUICK)
    return whole_output(notebook)


def a_night(notebook: Opened) -> FloatRect | None:
    """The timeline as it first stands there."""
    notebook.page.get_by_label("Outcome").first.wait_for(timeout=QUICK)
    return whole_output(notebook)


PICTURES = {
    "notebook_05.png": Picture("05_deny_without_mfa.ipynb", refused),
    "playground.png": Picture(
        """from helpers.views import Playground

Playground("permissions boundary")""",
        forbidden_by_a_boundary,
    ),
    "granted_used_map.png": Picture(
        """from datetime import timedelta

from helpers import Lab
from helpers.analysis.exports import Exports
from helpers.views import GrantedUsedMap

lab = Lab.start("ninety_days")
table = Exports(lab.export_account()).granted_used(lab.clock.now - timedelta(days=90))
GrantedUsedMap(table[table["kind"].isin(["user", "role"])])""",
        chosen_field,
    ),
    "incident_timeline.png": Picture(
        """from helpers import Lab
from helpers.views import IncidentTimeline

lab = Lab.start("hijacked")
night = [
    event for event in lab.events
    if "2026-11-08T21:40" <= event["eventTime"] < "2026-11-09T08:00"
    and event["recipientAccountId"] == "111122223333"
]
IncidentTimeline(night)""",
        a_night,
    ),
}


def take(name: str, alone: Desk) -> bytes | None:
    """The picture; ``None`` where the notebook no longer says what is to be in it."""
    cell, box = PICTURES[name]
    file = cell
    if not cell.endswith(".ipynb"):
        file = "98_picture.ipynb"
        spec = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
        node = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell)], metadata={"kernelspec": spec}
        )
        (alone.server.root / "notebooks" / file).write_text(nbformat.writes(node))
    with alone.opened(file) as notebook:
        notebook.run_all()
        notebook.page.set_viewport_size(SIZE)
        found = box(notebook)
        return small(notebook.page.screenshot(clip=found), notebook.page) if found else None


def main(names: list[str]) -> int:
    program = executable()
    if program is None:
        print(NO_BROWSER, file=sys.stderr)
        return 1
    if unknown := set(names) - set(PICTURES):
        print(f"no such picture: {', '.join(unknown)}", file=sys.stderr)
        return 1
    with (
        tempfile.TemporaryDirectory() as folder,
        jupyterlab(Path(folder)) as server,
        chromium(program) as browser,
        desk(browser, server) as alone,
    ):
        alone.page.evaluate(
            "() => window.jupyterapp.commands.execute('application:toggle-left-area')"
            ".then(() => null)"
        )
        pictures = {name: take(name, alone) for name in names or PICTURES}
    for name, picture in pictures.items():
        if picture is None:
            print(f"{name}: what is to be in it is no longer there", file=sys.stderr)
            return 1
        if len(picture) > MAX_BYTES:
            print(f"{name}: {len(picture)} bytes, more than {MAX_BYTES}", file=sys.stderr)
            return 1
        (FOLDER / name).write_bytes(picture)
        print(f"notebooks/data/{name}: {len(picture)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
