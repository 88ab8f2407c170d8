"""The incident's timeline, used as a person would: filters, clicks, keys, a large trail."""

from __future__ import annotations

from drawn_well import assert_drawn_well
from jupyterlab_pages import Opened
from playwright.sync_api import Locator, expect

NOTEBOOK = "98_timeline.ipynb"

# A user's and an event's name that would be elements of the page, were they not data.
NASTY = "<img src=x onerror=document.title=1><script>document.title=2</script>"

RECORDS = f"""def record(number, user, name, second, **more):
    return {{
        "eventID": str(number), "eventName": name, "eventSource": "s3.amazonaws.com",
        "eventTime": f"2026-11-02T{{9 + second // 3600:02}}:{{second // 60 % 60:02}}:"
                     f"{{second % 60:02}}Z",
        "awsRegion": "us-east-1", "sourceIPAddress": "203.0.113.10",
        "userIdentity": {{"type": "IAMUser", "arn": f"arn:aws:iam::111122223333:user/{{user}}"}},
        **more,
    }}


DENIED = {{"errorCode": "AccessDenied", "errorMessage": {NASTY!r}}}
OF_A_NIGHT = [
    *(record(number, "ann", "ListBuckets", number) for number in range(3)),
    record(3, {NASTY!r}, {NASTY!r}, 4000, awsRegion="eu-west-1"),
    record(4, {NASTY!r}, "GetObject", 4001, **DENIED),
    record(5, "bob", "GetObject", 0, eventTime="soon"),
]
A_LARGE_ONE = [
    record(number, f"user{{number % 30}}", f"Call{{number % 9}}", 7 * number % 40_000,
           **(DENIED if number % 50 == 0 else {{}}))
    for number in range(5_000)
]"""

CELLS = (
    RECORDS,
    "from helpers.views import IncidentTimeline\n\nIncidentTimeline(OF_A_NIGHT)",
    "IncidentTimeline(A_LARGE_ONE)",
)

QUICK = 10_000  # milliseconds


def use(notebook: Opened) -> None:
    """Runs the cells, then works in both forms; raises where something is amiss."""
    page = notebook.page
    notebook.run_all()
    forms = page.locator(".incident-timeline")
    expect(forms).to_have_count(2, timeout=QUICK)
    night, large = forms.nth(0), forms.nth(1)
    shown = night.get_by_role("status")
    expect(shown).to_contain_text("All 5 events", timeout=QUICK)
    expect(shown).to_contain_text("Left out: 1 without a time that can be read")

    _filters(night, shown)
    _marks(night)
    _keyboard(night)
    _large(large)

    # What is hostile shows as it is written, and has done nothing.
    expect(night.get_by_text(f"user/{NASTY}", exact=True).first).to_be_visible()
    assert page.locator("img[src='x']").count() == 0
    assert page.title() not in ("1", "2")


def _filters(form: Locator, shown: Locator) -> None:
    form.get_by_label("Outcome").select_option("refused (1)")
    expect(shown).to_contain_text("1 of 5 events: refused", timeout=QUICK)
    expect(_buttons(form)).to_have_count(1)
    form.get_by_role("button", name="No filters").click()
    expect(shown).to_contain_text("All 5 events", timeout=QUICK)
    expect(form.get_by_label("Outcome").locator("option:checked")).to_have_text("all\xa0(5)")
    text = form.get_by_label("Text")
    text.press_sequentially("eu-w")
    expect(shown).to_contain_text('1 of 5 events: with "eu-w"', timeout=QUICK)
    expect(text).to_be_focused()
    text.fill("")
    form.get_by_label("From (UTC)").fill("2026-11-02 1")
    expect(form.get_by_role("alert")).to_contain_text("is no time such as", timeout=QUICK)
    form.get_by_label("From (UTC)").fill("2026-11-02 10:00")
    expect(shown).to_contain_text("2 of 5 events: since 2026-11-02 10:00:00", timeout=QUICK)
    expect(form.get_by_role("alert")).to_have_count(0)
    form.get_by_role("button", name="All of the time").press("Enter")
    expect(shown).to_contain_text("All 5 events", timeout=QUICK)


def _marks(form: Locator) -> None:
    """A mark is clicked where it is drawn; its button lies over it."""
    _buttons(form).last.click()
    table = form.locator(".incident-timeline-events")
    expect(table).to_contain_text("1 event of", timeout=QUICK)
    expect(table).to_contain_text(f"AccessDenied{NASTY}")
    expect(form.get_by_label("Mark (of")).to_have_value(f"{_buttons(form).count()}")
    drawn = form.locator("svg[fill]").filter(has_not=form.locator("span svg"))
    button, mark = _buttons(form).last.bounding_box(), drawn.nth(-4).bounding_box()
    assert button is not None
    assert mark is not None
    assert button["x"] <= mark["x"] + mark["width"] / 2 <= button["x"] + button["width"]
    assert button["y"] <= mark["y"] + mark["height"] / 2 <= button["y"] + button["height"]


def _keyboard(form: Locator) -> None:
    """From mark to mark with the arrow keys; into one and out again with Enter."""
    page, table = form.page, form.locator(".incident-timeline-events")
    number = form.get_by_label("Mark (of")
    number.fill("1")
    number.press("Enter")
    expect(table).to_contain_text("user/ann, allowed", timeout=QUICK)
    before = table.inner_text()
    number.press("ArrowUp")
    expect(number).to_have_value("2")
    expect(table).not_to_have_text(before, timeout=QUICK)
    expect(number).to_be_focused()
    form.get_by_role("button", name="Zoom into the mark").press("Enter")
    expect(form.get_by_role("status")).to_contain_text("of 5 events: ", timeout=QUICK)
    _buttons(form).first.press("Enter")
    expect(table).to_be_visible(timeout=QUICK)
    page.keyboard.press("Escape")
    form.get_by_role("button", name="No filters").press("Space")
    expect(form.get_by_role("status")).to_contain_text("All 5 events", timeout=QUICK)
    form.get_by_label("Mark (of").fill("1")
    expect(table).to_be_visible(timeout=QUICK)


def _large(form: Locator) -> None:
    """5,000 events: crowds, and all of it answers."""
    shown = form.get_by_role("status")
    expect(shown).to_contain_text("All 5,000 events")
    expect(form).to_contain_text("19 other principals")
    _buttons(form).filter(has_text="19 other principals ●").first.click()
    table = form.locator(".incident-timeline-events")
    expect(table).to_contain_text("are shown: zoom in", timeout=QUICK)
    expect(table.locator("tbody tr")).to_have_count(50)
    form.get_by_label("Outcome").select_option("refused (100)")
    expect(shown).to_contain_text("100 of 5,000 events", timeout=QUICK)


def _buttons(form: Locator) -> Locator:
    return form.locator(".widget-toggle-button")


def look(notebook: Opened) -> None:
    assert_drawn_well(notebook)
