"""A phone with an authenticator app, whose codes go with the account's clock."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from helpers.cards import INFO, escaped, plain
from helpers.lab import Lab
from helpers.lab.authenticator import MOST_DRIFT, Authenticator, Entry
from helpers.views.live import LiveView, button, labelled, wrapped

if TYPE_CHECKING:
    import ipywidgets

__all__ = ["Phone"]

LOST = "✖ lost: nobody can read a code from it"
NOTHING = "no codes yet: scan a QR code"


class Phone(LiveView):
    """A virtual authenticator: it scans a QR code and shows the codes of the account's time.

    ``png`` is the ``QRCodePNG`` that ``create_virtual_mfa_device`` answers; ``scan`` takes more
    of them. The buttons let time pass, and in the field the phone's clock can be put wrong. A
    phone can be lost and found. What it shows it also says (``code`` gives it to a program); the
    secret stays inside.

    Raises ``QrUnreadable`` for a picture that holds no such code.

    >>> lab = Lab.start()
    >>> made = lab.root.client("iam").create_virtual_mfa_device(VirtualMFADeviceName="mine")
    >>> Phone(lab, made["VirtualMFADevice"]["QRCodePNG"])
    Phone, its clock says 09:00:01 UTC and is right
      mine@111122223333 of Amazon Web Services
      437 079, for 29 seconds more
    >>> Lab.stop()
    """

    def __init__(self, lab: Lab, png: bytes | None = None) -> None:
        self.lab: Lab = lab
        self.app = Authenticator(lab.clock)
        self._copied: Callable[[str], None] | None = None
        self._running: asyncio.Task[None] | None = None
        if png is not None:
            self.scan(png)

    def scan(self, png: bytes) -> Entry:
        """Add what a QR code says, once. Raises ``QrUnreadable``, and ``PhoneLost``."""
        entry = self.app.scan(png)
        self.refresh()
        return entry

    def code(self) -> str:
        """The newest entry's code of now. Raises ``PhoneLost``, and ``LookupError`` without one."""
        return self.app.code()

    @property
    def drift(self) -> int:
        """Seconds by which the clock is ahead; below zero it is slow. May be set, to a day."""
        return self.app.drift

    @drift.setter
    def drift(self, seconds: int) -> None:
        self.app.drift = seconds
        self.refresh()

    @property
    def lost(self) -> bool:
        """Whether the phone is lost. May be set."""
        return self.app.lost

    @lost.setter
    def lost(self, lost: bool) -> None:
        self.app.lost = bool(lost)
        self.refresh()

    # What it shows ------------------------------------------------------------------------------

    def __repr__(self) -> str:
        if self.lost:
            return f"Phone, {LOST}"
        lines = [f"Phone, its clock says {self.app.now:%H:%M:%S} UTC and is {self._off()}"]
        for entry in self.app.entries:
            lines += [f"  {plain(_whose(entry))}", f"  {self._code(entry)}, {self._left(entry)}"]
        return "\n".join(lines if self.app.entries else [*lines, f"  {NOTHING}"])

    def html(self) -> str:
        if self.lost:
            return _screen(f"<strong>Phone</strong><div>{LOST}</div>")
        said = f"its clock says {self.app.now:%H:%M:%S} UTC and is {self._off()}"
        rows = "".join(map(self._drawn, self.app.entries))
        return _screen(f"<strong>Phone</strong><div>{said}</div>{rows or f'<p>{NOTHING}</p>'}")

    def _off(self) -> str:
        if not self.drift:
            return "right"
        return f"{abs(self.drift)} seconds {'fast' if self.drift > 0 else 'slow'}"

    def _code(self, entry: Entry) -> str:
        code = entry.code(self.app.now)
        return f"{code[: len(code) // 2]} {code[len(code) // 2 :]}"

    def _left(self, entry: Entry) -> str:
        left = entry.seconds_left(self.app.now)
        return f"for {left} second{'s' if left > 1 else ''} more"

    def _drawn(self, entry: Entry) -> str:
        share = 100 * entry.seconds_left(self.app.now) / entry.seconds
        return (
            f'<div style="margin-top: 10px; overflow-wrap: anywhere">{escaped(_whose(entry))}'
            '</div><div style="font-family: monospace; font-size: 2em; line-height: 1.3">'
            f"{self._code(entry)}</div><div>{self._left(entry)}</div>"
            f'<div style="height: 6px; width: {share:.0f}%; {_BAR}"></div>'
        )

    # The buttons --------------------------------------------------------------------------------

    def _build(self) -> ipywidgets.Widget:
        import ipywidgets

        self._picture = ipywidgets.HTML()
        self._copy = button("Copy the code into the form", self._copy_code, display="none")
        self._wait = button("Wait 30 seconds", lambda: self._pass_time(30))
        self._run = button("Let time run", self._run_or_stop)
        self._lose = button("Lose the phone", self._lose_or_find)
        field = labelled(
            ipywidgets.BoundedIntText(
                description="Phone's clock ahead, in seconds", min=-MOST_DRIFT, max=MOST_DRIFT
            )
        )
        self._ahead = field
        field.observe(lambda change: setattr(self, "drift", change["new"]), names="value")
        return ipywidgets.VBox(
            [
                self._picture,
                wrapped(self._copy, self._wait, self._run, self._lose),
                field,
            ],
            layout=ipywidgets.Layout(flex="1 1 18em", max_width="24em"),
        )

    def refresh(self) -> None:
        if self._widget is None:
            return
        self._picture.value = self.html()
        self._ahead.value = self.drift
        self._lose.description = "Find the phone again" if self.lost else "Lose the phone"
        self._copy.disabled = self.lost or not self.app.entries
        self._copy.layout.display = None if self._copied else "none"
        self._run.description = "Stop the time" if self._running else "Let time run"

    def copy_into(self, receive: Callable[[str], None]) -> None:
        """Show a button that gives the newest entry's code to ``receive``."""
        self._copied = receive
        self.refresh()

    def _copy_code(self) -> None:
        if self._copied is not None:
            with contextlib.suppress(LookupError):  # no phone, no code: the screen says so
                self._copied(self.code())
        self.refresh()

    def _lose_or_find(self) -> None:
        self.lost = not self.lost

    def _pass_time(self, seconds: int) -> None:
        self.lab.clock.advance(seconds=seconds)
        self.refresh()

    def _run_or_stop(self) -> None:
        if self._running is None:
            self._running = asyncio.get_running_loop().create_task(self._tick())
        else:
            self._running.cancel()
            self._running = None
        self.refresh()

    async def _tick(self) -> None:
        """A second of the account's for each of ours, for as long as the account runs."""
        while self.lab.is_running:
            await asyncio.sleep(1)
            self._pass_time(1)
        self._running = None
        self.refresh()


# The bar in JupyterLab's blue; the fallback is 3:1 or more on white and on the dark ground.
_BAR = f"background: {INFO.fallback}"


def _whose(entry: Entry) -> str:
    return f"{entry.name} of {entry.issuer}" if entry.issuer else entry.name


def _screen(inside: str) -> str:
    style = (
        "border: 2px solid #757575; border-radius: 12px; padding: 10px 14px; "
        "max-width: 20em; box-sizing: border-box; line-height: 1.5"
    )
    return f'<div style="{style}">{inside}</div>'
