"""The account map, used as a person would: somebody chosen, a policy opened, by mouse and keys."""

from __future__ import annotations

import re

from jupyterlab_pages import ROOT, Opened
from playwright.sync_api import Locator, expect

NOTEBOOK = "98_account_map.ipynb"

# A user's name that would be elements of the page, were it not data.
NASTY = "<img src=x onerror=document.title=1><script>document.title=2</script>"

CELLS = (
    f"""import sys

sys.path.insert(0, {str(ROOT / "tests/benchmarks")!r})
from generated_account import account

from helpers.views import AccountMap

arn = "arn:aws:iam::111122223333"
everything = {{"Version": "2012-10-17", "Statement": [
    {{"Effect": "Allow", "Action": "*", "Resource": "*"}}]}}
trust = {{"Version": "2012-10-17", "Statement": [
    {{"Effect": "Allow", "Principal": {{"AWS": f"{{arn}}:user/ann"}}, "Action": "sts:AssumeRole",
     "Condition": {{"Bool": {{"aws:MultiFactorAuthPresent": "true"}}}}}}]}}
small = {{
    "UserDetailList": [{{"UserName": name, "Arn": f"{{arn}}:user/{{name}}"}}
                       for name in ("ann", "ben", {NASTY!r})],
    "RoleDetailList": [
        {{"RoleName": "ops", "Arn": f"{{arn}}:role/ops", "AssumeRolePolicyDocument": trust,
         "RolePolicyList": [{{"PolicyName": {NASTY!r}, "PolicyDocument": everything}}]}}],
}}
AccountMap(small)""",
    "AccountMap(account(users=60, roles=10, groups=5))",
)

QUICK = 10_000  # milliseconds


def use(notebook: Opened) -> None:
    """Runs the cells, then works in both forms; raises where something is amiss."""
    page = notebook.page
    notebook.run_all()
    forms = page.locator(".account-map")
    expect(forms).to_have_count(2, timeout=QUICK)
    _small(forms.nth(0))
    _large(forms.nth(1))
    assert page.locator("img[src='x']").count() == 0
    assert page.title() not in ("1", "2")


def _small(form: Locator) -> None:
    page, told = form.page, form.locator(".widget-html").last
    # A screen reader says the head alone when somebody else is chosen.
    head = form.get_by_role("status")
    expect(told).to_contain_text("3 users, 0 groups, 1 role", timeout=QUICK)
    expect(told.get_by_role("img", name="The account")).to_be_visible()
    # What is hostile shows as it is written.
    expect(told.get_by_text(f"user/{NASTY}", exact=True).first).to_be_visible()

    form.get_by_label("About").select_option("user/ann")
    expect(head).to_have_text(re.compile("about user/ann$"), timeout=QUICK)
    expect(told).to_contain_text("about user/ann", timeout=QUICK)
    expect(told).to_contain_text("→ may become role/ops: assume the role · with MFA")
    expect(told).to_contain_text(
        "★ assume the role → role/ops, then attach any policy to itself → any permission"
    )
    picture = told.get_by_role("img", name="Whom user/ann may become")
    expect(picture).to_contain_text("role/ops · assume the role, with MFA")
    expect(told.get_by_role("img", name="Who may become user/ann")).to_be_visible()
    expect(picture.locator("path[stroke-dasharray]")).to_have_count(1)

    # By the keyboard alone: from the field to the list, to a role; then its policy is opened.
    field = form.get_by_label("Names with")
    field.focus()
    page.keyboard.type("OPS")
    choice = form.get_by_label("About")
    expect(choice.locator("option")).to_have_count(3, timeout=QUICK)  # whoever is chosen stays
    page.keyboard.press("Tab")
    expect(choice).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.type("role")
    page.keyboard.press("Enter")
    expect(told).to_contain_text("about role/ops", timeout=QUICK)
    expect(told).to_contain_text("→ user/ann may become role/ops: assume the role · with MFA")
    document = told.locator("pre", has_text='"Action": "*"')
    expect(document).to_be_hidden()
    told.get_by_text(f"{NASTY} (inline)").press("Enter")
    expect(document).to_be_visible()
    field.fill("")
    expect(choice.locator("option")).to_have_count(6, timeout=QUICK)
    choice.select_option("the whole account")
    expect(told.get_by_role("img", name="The account")).to_be_visible(timeout=QUICK)


def _large(form: Locator) -> None:
    told = form.locator(".widget-html").last
    expect(told).to_contain_text("It is too large for one picture", timeout=QUICK)
    expect(told).to_contain_text("★ May get any permission")
    form.get_by_label("About").select_option("user/staff-10")
    picture = told.get_by_role("img", name="Whom user/staff-10 may become")
    expect(picture).to_contain_text("make an access key for it", timeout=QUICK)
    expect(picture).to_contain_text(re.compile(r"… and \d+ more"))


def look(notebook: Opened) -> None:
    """What has to hold in each theme: in a narrow window the picture alone is scrolled."""
    form = notebook.page.locator(".account-map").first
    assert form.locator("input, select").evaluate_all(UNLABELLED) == []
    found = form.evaluate(TOO_WIDE, NARROW)
    assert found == [], found


NARROW = 340  # pixels that a window of 400 leaves for an output

UNLABELLED = """all => all.filter(each => !each.labels.length).map(each => each.outerHTML)"""

# What sticks out of the form to the right, at that width, and is in nothing that is scrolled.
TOO_WIDE = """(form, width) => {
    form.style.width = `${width}px`;
    const edge = form.getBoundingClientRect().left + width + 1;
    const found = [...form.querySelectorAll('*')]
        .filter(each => each.checkVisibility() && each.getBoundingClientRect().right > edge)
        .filter(each => !each.parentElement.closest('[style*="overflow-x"]'))
        .map(each => each.outerHTML.slice(0, 300));
    form.style.width = '';
    return found;
}"""
