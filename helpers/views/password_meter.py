"""How long a password holds, as bars on a scale where every step is a multiple, and in words."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from helpers.analysis.password_strength import LISTED, RATES, Strength, in_words, strength
from helpers.cards import BAD, GOOD, WARN, Tone
from helpers.policy.errors import counted
from helpers.views.live import LiveView, labelled

if TYPE_CHECKING:
    import ipywidgets

__all__ = ["PasswordMeter"]

_TONES: dict[str, Tone] = {"falls": BAD, "may fall": WARN, "holds": GOOD}

_MARKS = {
    "1 second": 1.0,
    "1 hour": 3_600.0,
    "1 year": 31_557_600.0,
    "a million years": 1e6 * 31_557_600,
}
"""What stands under the scale; equal multiples of time are equally far apart."""

_END = math.log10(1e6 * 31_557_600)


class PasswordMeter(LiveView):
    """What a password is worth against three guessers; a field to type others into.

    ``leaked`` are passwords that guessers have on a list. The meter keeps and tells the
    strength alone; what is typed is in the field, where it stands, and nowhere else. The
    arithmetic is that of ``helpers.analysis.password_strength``; the times are for half of all
    tries.

    >>> PasswordMeter("P@ssw0rd", leaked=["123456", "P@ssw0rd"])
    A password of 8 characters, at most 52 bits if it was drawn by chance
    ✖ It is on the list of leaked passwords, so one of the first 100,000 tries finds it
    ✖ online               10 tries a second: 3 hours, falls
    ✖ offline, slow hash   184,000 tries a second: at once, falls
    ✖ offline, fast hash   164,100,000,000 tries a second: at once, falls
    """

    def __init__(self, password: str = "", leaked: Iterable[str] = ()) -> None:
        self._leaked = frozenset(leaked)
        self.strength: Strength = strength(password, self._leaked)

    def __repr__(self) -> str:
        if not self.strength.length:
            return _EMPTY
        width = max(map(len, RATES))
        rows = [
            f"{_tone(self.strength, way).symbol} {way:<{width}}   {_said(self.strength, way)}"
            for way in RATES
        ]
        return "\n".join([self._headline(), *self._remarks(), *rows])

    def html(self) -> str:
        if not self.strength.length:
            return f"<div>{_EMPTY}</div>"
        parts = [f"<div><strong>{self._headline()}</strong></div>"]
        parts += [f"<div>{remark}</div>" for remark in self._remarks()]
        parts += [_bar(self.strength, way) for way in RATES]
        return f'<div style="max-width: 44em; line-height: 1.5">{"".join(parts)}{_SCALE}</div>'

    def _headline(self) -> str:
        found = self.strength
        condition = "for its pattern" if found.pattern else "if it was drawn by chance"
        return (
            f"A password of {counted(found.length, 'character')}, "
            f"at most {found.bits:,.0f} bits {condition}"
        )

    def _remarks(self) -> list[str]:
        found = []
        if self.strength.leaked:
            found.append(
                f"{BAD.symbol} It is on the list of leaked passwords, so one of the first "
                f"{LISTED:,} tries finds it"
            )
        elif self._leaked:
            many = len(self._leaked)
            found.append(f"{GOOD.symbol} It is not on the list of leaked passwords ({many} here)")
        if self.strength.pattern:
            found.append(f"{BAD.symbol} It is {self.strength.pattern}")
        return found

    # The field ----------------------------------------------------------------------------------

    def _build(self) -> ipywidgets.Widget:
        import ipywidgets

        class Unread(ipywidgets.Password):
            """A field whose own words never hold what is typed."""

            def _repr_keys(self) -> Any:
                return (key for key in super()._repr_keys() if key != "value")

        self._field = labelled(Unread(description="Password to measure"))
        self._field.observe(self._typed, names="value")
        self._picture = ipywidgets.HTML()
        note = ipywidgets.HTML(_NOTE)
        return ipywidgets.VBox([self._field, note, self._picture])

    def refresh(self) -> None:
        if self._widget is not None:
            self._picture.value = f'<div role="status">{self.html()}</div>'

    def _typed(self, change: Any) -> None:
        self.strength = strength(change["new"], self._leaked)
        self.refresh()


_EMPTY = "No password to measure yet"
_NOTE = (
    '<div style="line-height: 1.5">Make one up: never type a password that you use. The times are '
    "for a password drawn by chance: one of words, names or dates falls sooner.</div>"
)


def _tone(found: Strength, way: str) -> Tone:
    return _TONES[found.holds(way)]


def _said(found: Strength, way: str) -> str:
    return f"{RATES[way]:,} tries a second: {in_words(found.seconds(way))}, {found.holds(way)}"


def _share(seconds: float) -> float:
    """How far along the scale, in percent, between a second and a million years."""
    return 100 * min(max(math.log10(max(seconds, 1.0)) / _END, 0.01), 1.0)


def _bar(found: Strength, way: str) -> str:
    tone = _tone(found, way)
    return (
        f'<div style="margin-top: 8px">{tone.symbol} <strong>{way}</strong>, '
        f"{_said(found, way)}</div>"
        f'<div aria-hidden="true" style="height: 12px; background: {tone.fallback}; '
        f'width: {_share(found.seconds(way)):.0f}%"></div>'
    )


def _drawn_scale() -> str:
    """The marks under the bars, each in a box that ends where it stands."""
    boxes, before = [], 0.0
    for words, seconds in list(_MARKS.items())[1:]:
        share = _share(seconds)
        boxes.append(
            f'<div style="width: {share - before:.1f}%; border-right: 2px solid #757575; '
            'box-sizing: border-box; padding-right: 4px; text-align: right; font-size: 0.85em">'
            f"{words}</div>"
        )
        before = share
    return (
        '<div style="display: flex; margin-top: 4px; border: solid #757575; '
        f'border-width: 2px 0 0 2px">{"".join(boxes)}</div>'
        "<div>Time on a logarithmic scale, from a second on</div>"
    )


_SCALE = _drawn_scale()
