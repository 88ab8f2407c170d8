"""The pictures and tables, used as a person would: opened, clicked, chosen from, scanned."""

from __future__ import annotations

import base64

from jupyterlab_pages import ROOT, Opened
from playwright.sync_api import Locator, Page, expect

NOTEBOOK = "98_pictures.ipynb"

SETUP = f"""import sys

import pandas as pd

sys.path.insert(0, {str(ROOT / "tests/unit/views")!r})
from view_builders import document, scorecard_card, vpc_map

from helpers import Lab
from helpers.analysis.permissions.unused import Verdict
from helpers.policy import Policies, Request, evaluate
from helpers.views import CostByHour, DecisionPath, GrantedUsedMap, QrCode"""

CELLS = (
    SETUP,
    """at = pd.Timestamp("2026-11-02T09:00:00Z")
rows = [
    (f"arn:aws:iam::111122223333:user/{who}", service, f"{service}:{action}", str(verdict), uses,
     at if uses else pd.NaT, 0, pd.NaT, "Read, statement no. 1")
    for who, service, action, verdict, uses in [
        ("ann", "s3", "GetObject", Verdict.USED, 3), ("ann", "s3", "PutObject", Verdict.UNUSED, 0),
        ("ann", "iam", "ListUsers", Verdict.UNUSED, 0),
        ("bob", "iam", "ListUsers", Verdict.USED, 7),
        ("bob", "kms", "ListKeys", Verdict.UNUSED, 0),
    ]
]
columns = ["principal", "service", "action", "verdict", "uses", "last_used", "denied",
           "last_denied", "statements"]
GrantedUsedMap(pd.DataFrame(rows, columns=columns))""",
    """GrantedUsedMap(pd.DataFrame([
    (f"arn:aws:iam::111122223333:user/{number}", *rows[0][1:]) for number in range(30)
], columns=columns))""",
    "scorecard_card('reports')",
    """request = Request(
    "s3:GetObject", "arn:aws:s3:::payroll/1.csv", "arn:aws:iam::111122223333:user/ann"
)
allow = ("ReadPayroll", document("Read"))
DecisionPath(evaluate(request, Policies(identity=[allow], permissions_boundary=allow)))""",
    "vpc_map('web')",
    "CostByHour(pd.DataFrame({'us-west-2': [1.0, 16.0]}, index=['Sun 21:00', 'Sun 22:00']))",
    """lab = Lab.start()
made = lab.root.client("iam").create_virtual_mfa_device(VirtualMFADeviceName="mine")
QrCode(made["VirtualMFADevice"])""",
)

QUICK = 10_000  # milliseconds


def use(notebook: Opened) -> None:
    """Runs the cells, then works with what they show; raises where something is amiss."""
    notebook.run_all()
    page = notebook.page
    _map(page)
    _scrolled_map(page)
    _scorecard(page)
    outputs = page.locator(".jp-OutputArea-output")
    path = outputs.filter(has_text="a Deny anywhere?")
    expect(path).to_contain_text("identity-based policy✔ allowsstatement Read of ReadPayroll")
    expect(path).to_contain_text("the decision✔ allowed")
    vpc = outputs.filter(has_text="◉ public subnet")
    expect(vpc).to_contain_text("internet gateway web")
    expect(vpc).to_contain_text("web (public)")
    costs = outputs.filter(has_text="Cost by hour, in US dollars: 2 hours, 17.00 in all")
    expect(costs.get_by_role("row").last).to_contain_text("Sun 22:0016.00us-west-2 16.00")


def _map(page: Page) -> None:
    """A field by a click, another one by the keyboard; principals found and ordered."""
    form = page.locator(".granted-used-map").first
    told = form.get_by_role("status").last
    expect(told).to_contain_text("user/ann, 2 services: 1 of 3 actions used", timeout=QUICK)
    field = form.get_by_role("button", name="user/bob, iam")
    expect(field).to_have_text("● 1/1 user/bob, iam")
    field.click()
    expect(told).to_contain_text("user/bob, iam: 1 of 1 action used", timeout=QUICK)
    expect(told).to_contain_text("iam:ListUsers72026-11-02 09:00 UTC0never✔ usedRead, statement")
    expect(form.get_by_label("Principal", exact=True)).to_have_value("user/bob")

    # The lists stand before the map's buttons, which are many.
    service = form.get_by_label("Service", exact=True)
    service.press("Tab")
    expect(form.get_by_role("button", name="user/ann, iam")).to_be_focused()
    service.press("Space")  # a list that is not open leaves its keys to JupyterLab
    page.keyboard.type("kms")
    page.keyboard.press("Enter")
    expect(told).to_contain_text("user/bob, kms: 0 of 1 action used", timeout=QUICK)
    folded = told.get_by_text("○ 1 unused, granted by Read, statement no. 1")
    folded.press("Enter")
    expect(told.get_by_text("kms:ListKeys")).to_be_visible()

    form.get_by_label("Order").select_option("most unused actions first")
    form.get_by_label("Only principals with").fill("BOB")
    expect(form.get_by_text("1 of 2 principals")).to_be_visible(timeout=QUICK)
    expect(form.get_by_role("button", name="user/ann, s3")).to_have_count(0)
    form.get_by_label("Only principals with").fill("")
    expect(form.get_by_role("button", name="user/ann, s3")).to_be_visible(timeout=QUICK)


def _scrolled_map(page: Page) -> None:
    """The services stand above their columns, however far down one looks."""
    heads = page.locator(".granted-used-map-top").last
    grid = heads.locator("xpath=..")
    grid.evaluate("each => each.scrollTop = 300")
    assert grid.evaluate("each => each.scrollTop") == 300
    expect(heads).to_contain_text("s3")
    above = grid.bounding_box(), heads.bounding_box()
    assert above[0]
    assert above[1]
    assert abs(above[0]["y"] - above[1]["y"]) < 2, above


def _scorecard(page: Page) -> None:
    """What mends a fault is there, folded, and the keyboard opens it."""
    card = page.locator(".jp-OutputArea-output").filter(has_text="Controls, worst first")
    expect(card.get_by_role("row").nth(1)).to_contain_text("✖ fail")
    mending = card.get_by_text("put_bucket_versioning(Bucket='reports'")
    expect(mending).to_be_hidden()
    card.get_by_text("Why, and how to mend it").press("Enter")
    expect(mending).to_be_visible()


def look(notebook: Opened) -> None:
    """In each theme: the QR code can be scanned from the screen, and nothing sticks out."""
    page = notebook.page
    _scan(page.get_by_role("img", name="QR code of"))
    shades = page.locator(".granted-used-map .widget-toggle-button")
    grounds = shades.evaluate_all("all => all.map(each => getComputedStyle(each).backgroundColor)")
    assert len(set(grounds)) >= 3, grounds


def _scan(code: Locator) -> None:
    """What the screen shows is the code that AWS answered, dark on white, whatever the theme."""
    seen = base64.b64encode(code.screenshot()).decode()
    alike, edge = code.page.evaluate(ALIKE, [seen, code.get_attribute("src"), 8])
    assert (alike, edge) == (1, 255)


# In how many of its modules a code on the screen, with its edge, is as dark as the code that it is
# drawn from; and how bright the darkest pixel of the edge is. A finder pattern is 7 modules wide.
ALIKE = """async ([seen, source, edge]) => {
    const read = async source => {
        const image = new Image();
        image.src = source;
        await image.decode();
        const canvas = document.createElement('canvas');
        const width = canvas.width = image.naturalWidth;
        const height = canvas.height = image.naturalHeight;
        const context = canvas.getContext('2d');
        context.drawImage(image, 0, 0);
        const data = context.getImageData(0, 0, width, height).data;
        return {width, height, grey: (x, y) => data[4 * (Math.floor(y) * width + Math.floor(x))]};
    };
    const code = await read(source);
    const screen = await read(`data:image/png;base64,${seen}`);
    let quiet = 0, end = 0;
    while (code.grey(quiet, quiet) > 127) quiet += 1;
    for (end = quiet; code.grey(end, quiet) < 128;) end += 1;
    const module = (end - quiet) / 7, scale = (screen.width - 2 * edge) / code.width;
    let all = 0, alike = 0, brightest = 255;
    for (let y = module / 2; y < code.height; y += module)
        for (let x = module / 2; x < code.width; x += module) {
            const shown = screen.grey(edge + x * scale, edge + y * scale);
            all += 1;
            alike += (shown > 127) === (code.grey(x, y) > 127);
        }
    for (let x = 0; x < screen.width; x += 1) brightest = Math.min(brightest, screen.grey(x, 3));
    return [alike / all, brightest];
}"""
