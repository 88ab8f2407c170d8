"""Make the README's picture: notebook 05 where a call is refused, then allowed with MFA.

    python tests/browser/readme_picture.py

Writes notebooks/data/notebook_05.png. Needs a browser, as the browser tests do.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from jupyterlab_pages import NO_BROWSER, NOTEBOOKS, chromium, desk, executable, jupyterlab

NOTEBOOK = "05_deny_without_mfa.ipynb"
PICTURE = NOTEBOOKS / "data" / "notebook_05.png"
MAX_BYTES = 200_000

# The picture goes from the cell with the first text to the next cell with the second.
FIRST, LAST = "The administrator calls with the access key, as before", "session_of(credentials)"

SIZE = {"width": 1000, "height": 3000}

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


def main() -> int:
    program = executable()
    if program is None:
        print(NO_BROWSER, file=sys.stderr)
        return 1
    with (
        tempfile.TemporaryDirectory() as folder,
        jupyterlab(Path(folder)) as server,
        chromium(program) as browser,
        desk(browser, server) as alone,
        alone.opened(NOTEBOOK) as notebook,
    ):
        notebook.run_all()
        notebook.command("application:toggle-left-area")
        notebook.page.set_viewport_size(SIZE)
        box = notebook.page.evaluate(BOX, [FIRST, LAST])
        if box is None:
            print(f"{NOTEBOOK} no longer says {FIRST!r} … {LAST!r}", file=sys.stderr)
            return 1
        picture = notebook.page.screenshot(clip=box)
    if len(picture) > MAX_BYTES:
        print(f"the picture has {len(picture)} bytes, more than {MAX_BYTES}", file=sys.stderr)
        return 1
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_bytes(picture)
    print(f"{PICTURE.relative_to(NOTEBOOKS.parent)}: {len(picture)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
