"""What the views with buttons have in common: their text beside the widget, and staying fresh."""

from __future__ import annotations

import base64
import contextlib
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ipywidgets

    from helpers.lab import Lab

__all__ = ["ARROW", "LiveView", "button", "labelled", "wrapped"]

ARROW_INK = "#808080"
_DRAWN_ARROW = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 18 18">'
    f'<path d="M5 7l4 4 4-4" fill="none" stroke="{ARROW_INK}" stroke-width="2"/></svg>'
)
_AS_DATA = base64.b64encode(_DRAWN_ARROW.encode()).decode()
ARROW = f'--jp-widgets-dropdown-arrow: url("data:image/svg+xml;base64,{_AS_DATA}");'
"""A declaration for a view's style: the arrow by which one sees that a list opens. ipywidgets' own
is black, also on a dark ground; this one is 3:1 or more on both."""


class LiveView(ABC):
    """A view that shows a widget where there are any, else a picture, else its words."""

    lab: Lab | None = None
    """The account whose time and state it shows; ``None`` where it shows none."""

    _widget: ipywidgets.Widget | None = None

    @abstractmethod
    def __repr__(self) -> str: ...

    @abstractmethod
    def html(self) -> str:
        """The picture as it is now, as HTML that loads nothing; names in it are data."""

    @abstractmethod
    def _build(self) -> ipywidgets.Widget:
        """The widget, made when it is first asked for."""

    @abstractmethod
    def refresh(self) -> None:
        """Draw in the widget, where there is one, what has changed since."""

    @property
    def widget(self) -> ipywidgets.Widget:
        """The view with its buttons and fields, for ``ipywidgets``."""
        if self._widget is None:
            self._widget = self._build()
            self._follow()
        self.refresh()
        return self._widget

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        shown = {"text/plain": repr(self), "text/html": self.html()}
        with contextlib.suppress(ImportError):  # where there is no ipywidgets
            return {**self.widget._repr_mimebundle_(), **shown}
        return shown

    def _follow(self) -> None:
        """Refresh after each cell, which may have moved the clock, while the account runs."""
        from IPython import get_ipython

        shell, lab = get_ipython(), self.lab
        if shell is None or lab is None:
            return

        def ran(*_: Any) -> None:
            self.refresh()
            if not lab.is_running:
                shell.events.unregister("post_run_cell", ran)

        shell.events.register("post_run_cell", ran)


def button(words: str, pressed: Any, **layout: str) -> ipywidgets.Button:
    """A button as wide as its words; ``pressed`` is called without arguments."""
    import ipywidgets

    made = ipywidgets.Button(description=words, layout=ipywidgets.Layout(width="auto", **layout))
    made.on_click(lambda _: pressed())
    return made


def labelled(field: Any) -> Any:
    """An input with the whole of its label, no wider than the window."""
    field.style.description_width = "initial"
    field.layout.width = "auto"
    field.layout.min_width = "0"
    field.layout.max_width = "24em"
    return field


def wrapped(*children: Any) -> ipywidgets.Box:
    """Side by side where there is room, else one under the other."""
    import ipywidgets

    layout = ipywidgets.Layout(display="flex", flex_flow="row wrap", align_items="flex-start")
    return ipywidgets.Box(children, layout=layout)
