"""The phone and the sign-in form, used as a person would; a code that is wrong, a phone lost."""

from __future__ import annotations

from drawn_well import assert_drawn_well
from jupyterlab_pages import Opened
from playwright.sync_api import Locator, Page, expect

NOTEBOOK = "98_phone.ipynb"

# Names in a QR code that would be elements of the page, were they not data.
NASTY = (
    "<img src=x onerror=document.title=1><script>document.title=2</script>",
    "\"><svg onload='document.title=3'> &lt;b&gt; ${1} `code`",
)

CELLS = (
    f"""import io
from urllib.parse import quote

import segno

from helpers import Lab
from helpers.views import Phone, SignIn

lab = Lab.start("house")
iam = lab.root.client("iam")
phone = Phone(lab)
for name in {NASTY!r}:
    png = io.BytesIO()
    uri = f"otpauth://totp/{{quote(name, safe='')}}?issuer=&secret={{'MFRGGZDF' * 4}}"
    segno.make(uri, micro=False).save(png, kind="png", scale=2)
    phone.scan(png.getvalue())
made = iam.create_virtual_mfa_device(VirtualMFADeviceName="analyst-phone")["VirtualMFADevice"]
phone.scan(made["QRCodePNG"])
first = phone.code()
lab.clock.advance(seconds=30)
iam.enable_mfa_device(
    UserName="analyst", SerialNumber=made["SerialNumber"],
    AuthenticationCode1=first, AuthenticationCode2=phone.code(),
)
SignIn(lab, phone)""",
    "lab.clock.advance(hours=1)",
)

QUICK = 10_000  # milliseconds


def use(notebook: Opened) -> None:
    """Runs the cells, then signs in; raises where something is amiss."""
    page = notebook.page
    notebook.run_all()
    answer = page.get_by_role("status")
    expect(answer).to_contain_text("Nobody is signed in", timeout=QUICK)
    # A later cell has moved the clock, and the phone knows.
    expect(page.get_by_text("its clock says 10:00")).to_be_visible(timeout=QUICK)

    _fill(page)
    page.get_by_role("button", name="Sign in").click()
    expect(answer).to_contain_text("enter the code of your MFA device", timeout=QUICK)
    expect(page.get_by_label("Password", exact=True)).to_have_value("")

    _with_code(page)
    expect(answer).to_contain_text("Signed in with MFA", timeout=QUICK)
    expect(answer).to_contain_text("user/analyst is signed in")

    _play(page, answer)
    for name in NASTY:
        expect(page.get_by_text(name, exact=True)).to_be_visible()
    assert page.locator("img[src='x']").count() == 0
    assert page.title() not in ("1", "2", "3")


def look(notebook: Opened) -> None:
    assert_drawn_well(notebook)


def _play(page: Page, answer: Locator) -> None:
    """A clock that runs wrong, time that passes, a phone that is lost, all by the keyboard."""
    page.get_by_label("Phone's clock ahead, in seconds").fill("600")
    page.keyboard.press("Tab")
    expect(page.get_by_text("600 seconds fast")).to_be_visible(timeout=QUICK)
    _with_code(page)
    expect(answer).to_contain_text("Authentication failed", timeout=QUICK)

    clock = page.get_by_text("its clock says")
    for words in ("Wait 30 seconds", "Let time run"):
        before = clock.inner_text()
        page.get_by_role("button", name=words).press("Enter")
        expect(clock).not_to_have_text(before, timeout=QUICK)
    page.get_by_role("button", name="Stop the time").press("Enter")

    page.get_by_role("button", name="Lose the phone").press("Space")
    expect(page.get_by_text("lost: nobody can read a code from it")).to_be_visible(timeout=QUICK)
    expect(page.get_by_role("button", name="Copy the code into the form")).to_be_disabled()
    page.get_by_role("button", name="Find the phone again").press("Space")
    expect(clock).to_be_visible(timeout=QUICK)


def _fill(page: Page) -> None:
    page.get_by_label("User name").fill("analyst")
    page.get_by_label("Password", exact=True).fill("quiet-Otter-violet-3")


def _with_code(page: Page) -> None:
    """Copied from the phone, and sent off by the Enter key."""
    _fill(page)
    page.get_by_role("button", name="Copy the code into the form").click()
    code = page.get_by_label("MFA code")
    expect(code).to_be_focused(timeout=QUICK)
    expect(code).not_to_have_value("", timeout=QUICK)
    page.keyboard.press("Enter")
