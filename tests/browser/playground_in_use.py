"""The policy playground, used as a person would: by mouse and keyboard, with slips."""

from __future__ import annotations

from jupyterlab_pages import Opened
from playwright.sync_api import Locator, expect

NOTEBOOK = "98_playground.ipynb"

# A policy's name and a principal that would be elements of the page, were they not data.
NASTY = "<img src=x onerror=document.title=1><script>document.title=2</script>"

CELLS = (
    "from helpers.views import Playground\nplayground = Playground('deny without MFA')\nplayground",
    f"""Playground.from_text(r'''
principal: {NASTY}
action: s3:GetObject
resource: *

identity-based policy: {NASTY}
  {{"Statement": "{NASTY}"}}
''')""",
)

QUICK = 10_000  # milliseconds


def use(notebook: Opened) -> None:
    """Runs the cells, then works in the first one's form; raises where something is amiss."""
    page = notebook.page
    notebook.run_all()
    forms = page.locator(".policy-playground")
    expect(forms).to_have_count(2, timeout=QUICK)
    form, nasty = forms.nth(0), forms.nth(1)
    decision = form.get_by_role("status")
    expect(decision).to_contain_text("denied explicitly", timeout=QUICK)

    # The second factor is used; by the keyboard, which opens the list with Space.
    form.get_by_label("MFA", exact=True).press("Space")
    page.keyboard.type("true")
    page.keyboard.press("Enter")
    expect(decision).to_contain_text("the decision✔ allowed", timeout=QUICK)
    expect(form).to_contain_text(
        "✔ statement no. 1 (Allow) matches, and decides: Action and Resource match"
    )

    # With the keyboard from field to field, and a new action.
    form.get_by_label("Principal").focus()
    page.keyboard.press("Tab")
    expect(form.get_by_label("Action")).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("s3:GetObjekt")
    expect(decision).to_contain_text("Did you mean s3:GetObject?", timeout=QUICK)

    _slip(form, decision)
    _add_and_remove(form, decision)

    form.get_by_role("button", name="Write as a cell").click()
    written = form.get_by_label("The cell")
    expect(written).to_be_visible(timeout=QUICK)
    assert "MFA: true" in written.input_value()

    # What is hostile shows as it is written, and has done nothing.
    expect(nasty.get_by_role("status")).to_contain_text(NASTY)
    expect(nasty.get_by_label(f"identity-based policy {NASTY}")).to_be_visible()
    assert page.locator("img[src='x']").count() == 0
    assert page.title() not in ("1", "2")


def _slip(form: Locator, decision: Locator) -> None:
    """A bracket too few is told at once, where it is; the cursor stays where it was."""
    editor = form.get_by_label("identity-based policy AdministratorAccess")
    page = form.page
    editor.focus()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.press("Backspace")
    expect(decision).to_contain_text("AdministratorAccess, line 9, column 4", timeout=QUICK)
    expect(form.get_by_text("✖ line 9, column 4: This is not JSON")).to_be_visible()
    page.keyboard.type("}")
    expect(decision).to_contain_text("the decision✔ allowed", timeout=QUICK)
    expect(editor).to_be_focused()


def _add_and_remove(form: Locator, decision: Locator) -> None:
    form.get_by_label("New policy").select_option("permissions boundary")
    form.get_by_role("button", name="Add policy").press("Enter")
    editor = form.get_by_label("permissions boundary New1")
    expect(editor).to_be_visible(timeout=QUICK)
    editor.fill("{}")
    expect(decision).to_contain_text("permissions boundary New1, line 1, column 1", timeout=QUICK)
    form.get_by_role("button", name="Remove New1").press("Space")
    expect(decision).to_contain_text("the decision✔ allowed", timeout=QUICK)
    # Whoever uses the keyboard goes on nearby, and not at the top of the page.
    expect(form.get_by_label("New policy")).to_be_focused(timeout=QUICK)


def look(notebook: Opened) -> None:
    """What has to hold in each theme: in a narrow window nothing sticks out."""
    form = notebook.page.locator(".policy-playground").first
    assert form.evaluate(TOO_WIDE, NARROW) == []


NARROW = 340  # pixels that a window of 400 leaves for an output

# What sticks out of the form to the right, at that width.
TOO_WIDE = """(form, width) => {
    form.style.width = `${width}px`;
    const edge = form.getBoundingClientRect().right + 1;
    const found = [...form.querySelectorAll('*')]
        .filter(each => each.getBoundingClientRect().right > edge)
        .map(each => each.outerHTML.slice(0, 300));
    form.style.width = '';
    return found;
}"""
