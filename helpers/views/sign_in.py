"""The console's sign-in page as a form, and what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from helpers.cards import BAD, GOOD, NEUTRAL, Card
from helpers.lab import Caller, Lab
from helpers.lab.sign_in_answer import SignInAnswer, sign_in_answer
from helpers.views.live import LiveView, button, labelled, wrapped
from helpers.views.phone import Phone

if TYPE_CHECKING:
    import ipywidgets

__all__ = ["SignIn"]


class SignIn(LiveView):
    """A form for the user name, the password and the one-time code, and the console's answer.

    Signing in is ``lab.sign_in``'s. ``phone`` is drawn beside the form and can copy its code into
    it. ``enter`` does what the form does; afterwards ``caller`` is who is signed in. Neither keeps
    a password: the fields are emptied by the press of the button.

    >>> lab = Lab.start("house")
    >>> form = SignIn(lab)
    >>> form
    Sign-in to account 111122223333
    ○ Nobody is signed in
    >>> form.enter("analyst", "password1")
    Sign-in to account 111122223333
    ✖ Not signed in
      Authentication failed: your authentication information is incorrect. Please try again.
    >>> Lab.stop()
    """

    def __init__(self, lab: Lab, phone: Phone | None = None) -> None:
        self.lab: Lab = lab
        self.phone = phone
        self.answer: SignInAnswer | None = None

    @property
    def caller(self) -> Caller | None:
        """Who signed in last; ``None`` where nobody did, or the last try failed."""
        return self.answer.caller if self.answer else None

    def enter(
        self, user_name: str, password: str, code: str = "", new_password: str = ""
    ) -> SignIn:
        """Fill in the form and press the button; the form, which now shows the answer."""
        self.answer = sign_in_answer(self.lab, user_name, password, code, new_password)
        self.refresh()
        return self

    def __repr__(self) -> str:
        parts = [self._title, repr(self._card)]
        return "\n".join([*parts, repr(self.phone)] if self.phone else parts)

    def html(self) -> str:
        inside = f"<div><strong>{self._title}</strong></div>{self._answer_html()}"
        return inside + (self.phone.html() if self.phone else "")

    def _answer_html(self) -> str:
        style = "overflow-wrap: anywhere; line-height: 1.5"
        return f'<div role="status" style="{style}">{self._card.html()}</div>'

    @property
    def _title(self) -> str:
        return f"Sign-in to account {self.lab.account.id}"

    @property
    def _card(self) -> Card:
        if self.answer is None:
            return Card(NEUTRAL, "Nobody is signed in")
        if self.answer.signed_in:
            how = "with MFA" if self.answer.mfa_at else "without MFA"
            return Card(GOOD, f"Signed in {how}", self.answer.words)
        return Card(BAD, "Not signed in", self.answer.words)

    # The form -----------------------------------------------------------------------------------

    def _build(self) -> ipywidgets.Widget:
        import ipywidgets

        self._name = labelled(ipywidgets.Text(description="User name"))
        self._password = labelled(ipywidgets.Password(description="Password"))
        self._code = labelled(ipywidgets.Text(description="MFA code", placeholder="if asked for"))
        self._new = labelled(ipywidgets.Password(description="New password"))
        self._answered = ipywidgets.HTML()
        fields = [self._name, self._password, self._code, self._new]
        for field in fields:
            field.on_msg(self._typed)
        note = ipywidgets.HTML("An IAM user's name, or root")
        form = ipywidgets.VBox(
            [
                ipywidgets.HTML(f"<strong>{self._title}</strong>"),
                note,
                *fields,
                button("Sign in", self._press, align_self="flex-start"),
                self._answered,
            ],
            layout=ipywidgets.Layout(flex="1 1 18em", max_width="26em"),
        )
        if self.phone is None:
            return form
        self.phone.copy_into(self._receive)
        return wrapped(form, self.phone.widget)

    def refresh(self) -> None:
        if self._widget is None:
            return
        self._answered.value = self._answer_html()
        asked = self.answer is not None and self.answer.asks_new_password
        self._new.layout.display = None if asked else "none"
        if self.phone is not None:
            self.phone.refresh()

    def _receive(self, code: str) -> None:
        self._code.value = code
        self._code.focus()

    def _typed(self, _: Any, content: Any, __: Any) -> None:
        if content.get("event") == "submit":  # the Enter key
            self._press()

    def _press(self) -> None:
        typed = [self._name, self._password, self._code, self._new]
        given = [field.value for field in typed]
        for field in typed[1:]:
            field.value = ""
        self.enter(*given)
