"""Every view with names that mean harm: they show as text. And what holds of each view in a page:
inputs with a name of their own, nothing that sticks out of a narrow window."""

from __future__ import annotations

import sys

from drawn_well import NARROW
from jupyterlab_pages import ROOT, Opened
from playwright.sync_api import expect

TABLE = ROOT / "tests" / "unit" / "views"
sys.path.insert(0, str(TABLE))

from view_builders import BUILDERS, HOSTILE, SECRET  # noqa: E402 (where it is has just been said)

NOTEBOOK = "98_every_view.ipynb"

NAME = " ".join(HOSTILE[each] for each in ("a script", "a picture", "SVG", "an element's end"))

CELLS = (
    f"import sys\n\nsys.path.insert(0, {str(TABLE)!r})\nfrom view_builders import BUILDERS",
    *(f"BUILDERS[{view!r}]({NAME!r})" for view in BUILDERS),
)

QUICK = 10_000  # milliseconds


def use(notebook: Opened) -> None:
    """Runs the cells; raises where a name was more than a text, or an input has no name."""
    notebook.run_all()
    page = notebook.page
    cells = page.locator(".jp-CodeCell")
    for number, view in enumerate(BUILDERS, 1):
        output = cells.nth(number).locator(".jp-OutputArea")
        expect(output).not_to_be_empty(timeout=QUICK)
        if view not in SECRET:
            expect(output).to_contain_text(HOSTILE["a script"], timeout=QUICK)
    assert page.title() != "hit"
    for element in ("script", "img[src='x']", "svg[onload]", "[onmouseover]"):
        assert page.locator(f".jp-OutputArea {element}").count() == 0, element
    named = names_of_inputs(notebook)
    assert len(named) > 30
    nameless = [role for role, name in named if not name.strip()]
    assert nameless == [], nameless


def names_of_inputs(notebook: Opened) -> list[tuple[str, str]]:
    """Role and name, as a screen reader is told them, of whatever in an output can be used."""
    session = notebook.page.context.new_cdp_session(notebook.page)
    session.send("Accessibility.enable")
    session.send("DOM.enable")
    root = session.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
    found = []
    areas = session.send(
        "DOM.querySelectorAll", {"nodeId": root, "selector": ".jp-OutputArea-output"}
    )["nodeIds"]
    for area in areas:
        tree = session.send("Accessibility.queryAXTree", {"nodeId": area})["nodes"]
        for node in tree:
            role = node.get("role", {}).get("value", "")
            if not node.get("ignored") and role in USABLE:
                found.append((role, node.get("name", {}).get("value", "")))
    session.detach()
    return found


USABLE = frozenset(
    {"button", "checkbox", "combobox", "listbox", "radio", "slider", "spinbutton", "textbox"}
    | {"link", "searchbox", "switch", "tab", "DisclosureTriangle", "image"}
)


def look(notebook: Opened) -> None:
    """In each theme nothing sticks out of a narrow window, but what scrolls by itself."""
    wide = notebook.page.evaluate(TOO_WIDE, NARROW)
    assert wide == [], wide


# What sticks out of an output to the right, at that width, and cannot be reached there.
TOO_WIDE = """width => {
    const outputs = [...document.querySelectorAll('.jp-CodeCell .jp-OutputArea-child')];
    const hides = each => /auto|scroll|hidden|clip/.test(getComputedStyle(each).overflowX);
    const found = [];
    for (const output of outputs) {
        output.style.maxWidth = `${width}px`;
        const edge = output.getBoundingClientRect().left + width + 1;
        for (const each of output.querySelectorAll('.jp-OutputArea-output *')) {
            if (!each.checkVisibility() || each.getBoundingClientRect().right <= edge) continue;
            let around = each.parentElement;
            while (!around.matches('.jp-OutputArea-output') && !hides(around))
                around = around.parentElement;
            const scrolled = !around.matches('.jp-OutputArea-output')
                && around.getBoundingClientRect().right <= edge;
            if (!scrolled) found.push(each.outerHTML.slice(0, 200));
        }
        output.style.maxWidth = '';
    }
    return found;
}"""
