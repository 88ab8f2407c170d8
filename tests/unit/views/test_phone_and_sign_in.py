"""The phone and the sign-in form: what they say, what their buttons do, and what they keep."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import ipywidgets
import pytest
import segno

from helpers.lab import Lab
from helpers.views import Phone, SignIn

PASSWORD = "quiet-Otter-violet-3"
VIEW = "application/vnd.jupyter.widget-view+json"
HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "&lt;b&gt; `x` ${1}"]


@pytest.fixture
def lab() -> Iterator[Lab]:
    yield Lab.start("house")
    Lab.stop()


@pytest.fixture
def phone(lab: Lab) -> Phone:
    """The analyst's, enrolled, half a minute ago."""
    iam = lab.root.client("iam")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="mine")["VirtualMFADevice"]
    found = Phone(lab, device["QRCodePNG"])
    first = found.code()
    lab.clock.advance(seconds=30)
    iam.enable_mfa_device(
        UserName="analyst",
        SerialNumber=device["SerialNumber"],
        AuthenticationCode1=first,
        AuthenticationCode2=found.code(),
    )
    lab.clock.advance(seconds=30)
    return found


def parts(view: Any, kind: type) -> dict[str, Any]:
    """The widgets of a kind within a view, by what stands on them."""
    found, left = {}, [view.widget]
    while left:
        one = left.pop()
        left += getattr(one, "children", ())
        if isinstance(one, kind):
            found[one.description] = one
    return found


def press(view: Any, words: str) -> None:
    parts(view, ipywidgets.Button)[words].click()


def enter(form: SignIn, **typed: str) -> None:
    fields = parts(form, ipywidgets.Text)
    for name, value in typed.items():
        fields[name.replace("_", " ")].value = value


def test_a_bundle_says_the_same_three_times(phone: Phone, lab: Lab) -> None:
    bundle = SignIn(lab, phone)._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", VIEW}
    for kind in ("text/plain", "text/html"):
        assert f"{phone.code()[:3]} {phone.code()[3:]}" in bundle[kind]
        assert "Nobody is signed in" in bundle[kind]


def test_the_buttons_of_the_phone(phone: Phone, lab: Lab) -> None:
    before, code = lab.clock.now, phone.code()
    press(phone, "Wait 30 seconds")
    assert (lab.clock.now - before).total_seconds() == 30
    assert phone.code() != code
    press(phone, "Lose the phone")
    assert repr(phone) == "Phone, ✖ lost: nobody can read a code from it"
    assert "lost" in phone._picture.value
    press(phone, "Find the phone again")
    (field,) = parts(phone, ipywidgets.BoundedIntText).values()
    field.value = -90
    assert "90 seconds slow" in repr(phone)
    assert "90 seconds slow" in phone._picture.value
    phone.drift = 0
    assert field.value == 0


def test_time_runs_until_it_is_stopped(
    phone: Phone, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = asyncio.Semaphore(0)

    async def soon(_: float) -> None:
        await seconds.acquire()

    async def watched() -> None:
        before = lab.clock.now
        monkeypatch.setattr("helpers.views.phone.asyncio.sleep", soon)
        press(phone, "Let time run")
        for _ in range(3):
            seconds.release()
            await asyncio.wait_for(_turns(), 5)
        assert (lab.clock.now - before).total_seconds() == 3
        press(phone, "Stop the time")
        seconds.release()
        await _turns()
        assert (lab.clock.now - before).total_seconds() == 3

    async def _turns() -> None:
        for _ in range(5):
            await asyncio.get_running_loop().run_in_executor(None, lambda: None)

    asyncio.run(watched())


def test_signing_in_by_the_form(phone: Phone, lab: Lab) -> None:
    form = SignIn(lab, phone)
    enter(form, User_name="analyst", Password=PASSWORD)
    press(form, "Sign in")
    assert "enter the code of your MFA device" in repr(form)
    assert form.caller is None
    enter(form, Password=PASSWORD)
    press(form, "Copy the code into the form")
    assert parts(form, ipywidgets.Text)["MFA code"].value == phone.code()
    press(form, "Sign in")
    assert "✔ Signed in with MFA" in repr(form)
    assert "Signed in with MFA" in form._answered.value
    assert form.caller.arn.endswith(":user/analyst")
    typed = {name: field.value for name, field in parts(form, ipywidgets.Text).items()}
    assert typed == {"User name": "analyst", "Password": "", "MFA code": "", "New password": ""}


def test_without_mfa_it_says_so(lab: Lab) -> None:
    form = SignIn(lab).enter("admin", "correct-Horse-battery-7")
    assert "✔ Signed in without MFA" in repr(form)


def test_the_enter_key_presses_the_button(lab: Lab) -> None:
    form = SignIn(lab)
    enter(form, User_name="analyst", Password=PASSWORD)
    field = parts(form, ipywidgets.Text)["Password"]
    field._handle_custom_msg({"event": "submit"}, [])
    assert form.caller is not None


def test_a_lost_phone_copies_nothing(phone: Phone, lab: Lab) -> None:
    form = SignIn(lab, phone)
    phone.lost = True
    copy = parts(form, ipywidgets.Button)["Copy the code into the form"]
    assert copy.disabled
    form._receive("")
    phone._copy_code()
    assert parts(form, ipywidgets.Text)["MFA code"].value == ""


def test_a_new_password_is_asked_for_in_a_field_of_its_own(lab: Lab) -> None:
    iam = lab.root.client("iam")
    iam.update_account_password_policy(AllowUsersToChangePassword=True, MinimumPasswordLength=8)
    iam.update_login_profile(
        UserName="analyst", Password="seven-Green-cups", PasswordResetRequired=True
    )
    form = SignIn(lab)
    new = parts(form, ipywidgets.Text)["New password"]
    assert new.layout.display == "none"
    enter(form, User_name="analyst", Password="seven-Green-cups")
    press(form, "Sign in")
    assert new.layout.display is None
    enter(form, Password="seven-Green-cups", New_password="eight-Green-cups")
    press(form, "Sign in")
    assert form.caller is not None
    assert new.layout.display == "none"


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_data(lab: Lab, name: str) -> None:
    picture = io.BytesIO()
    uri = f"otpauth://totp/{quote(name, safe='')}?issuer={quote(name)}&secret={'MFRGGZDF' * 4}"
    segno.make(uri, micro=False).save(picture, kind="png")
    form = SignIn(lab, Phone(lab, picture.getvalue())).enter(name, name, name, name)
    assert f"{name} of {name}" in repr(form)
    drawn = [form.html(), form.phone.html(), form._repr_mimebundle_()["text/html"]]
    drawn += [form._answered.value, form.phone._picture.value]
    for html in drawn:
        assert "<script" not in html
        assert "<img" not in html
        assert "&lt;b&gt; " not in html.replace("&amp;lt;b&amp;gt; ", "")


def test_the_secret_and_the_passwords_are_in_no_words(phone: Phone, lab: Lab) -> None:
    form = SignIn(lab, phone)
    form.enter("analyst", PASSWORD, phone.code())
    seed = next(iter(lab.account.devices.values())).seed
    said = repr(form) + form.html() + repr(vars(form)) + repr(vars(phone)) + repr(phone.app.entries)
    assert seed not in said
    assert PASSWORD not in said


def test_a_phone_with_nothing_on_it(lab: Lab) -> None:
    phone = Phone(lab)
    assert repr(phone).endswith("\n  no codes yet: scan a QR code")
    assert "no codes yet" in phone.html()
    assert SignIn(lab, phone).widget
    assert phone._copy.disabled
