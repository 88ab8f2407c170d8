"""The password meter, typed into; what is typed shows nowhere."""

from __future__ import annotations

from drawn_well import assert_drawn_well
from jupyterlab_pages import Opened
from playwright.sync_api import expect

NOTEBOOK = "98_password_meter.ipynb"

NASTY = "<img src=x onerror=document.title=1>"

CELLS = (
    f"""from helpers.views import PasswordMeter

PasswordMeter({NASTY!r}, leaked=["P@ssw0rd", "iloveyou"])""",
)

QUICK = 10_000  # milliseconds


def use(notebook: Opened) -> None:
    """Runs the cell, then types one letter after the other; raises where something is amiss."""
    page = notebook.page
    notebook.run_all()
    strength = page.get_by_role("status")
    expect(strength).to_contain_text(f"A password of {len(NASTY)} characters", timeout=QUICK)
    field = page.get_by_label("Password to measure")
    field.press_sequentially("iloveyou")
    expect(strength).to_contain_text("on the list of leaked passwords, so one", timeout=QUICK)
    expect(strength).to_contain_text("A password of 8 characters")
    field.press_sequentially("-4ever")
    expect(strength).to_contain_text("a leaked password with 6 characters more", timeout=QUICK)
    field.fill("")
    expect(strength).to_contain_text("No password to measure yet", timeout=QUICK)
    field.fill("seven-green-cups")
    expect(strength).to_contain_text("It is not on the list", timeout=QUICK)
    assert "seven-green" not in page.locator(".jp-OutputArea").first.inner_html()
    assert page.locator("img[src='x']").count() == 0


def look(notebook: Opened) -> None:
    assert_drawn_well(notebook)
