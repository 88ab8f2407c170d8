"""The timeline as a form: filters, the picture with its marks, and one mark's events.

Over the picture lies one widget of see-through buttons, a button a mark: a widget for each would
take the browser seconds. A number goes from mark to mark with the arrow keys, which JupyterLab
leaves to fields that are typed into and to no others.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import ipywidgets

from helpers.analysis.trail.time_scale import at
from helpers.analysis.trail.timeline import Filters
from helpers.analysis.trail.timeline_marks import Mark
from helpers.analysis.trail.usage import moment
from helpers.cards import BAD, escaped, plain
from helpers.policy.errors import quoted
from helpers.views.live import button, labelled, wrapped
from helpers.views.timeline import drawing

if TYPE_CHECKING:
    from helpers.views.timeline import IncidentTimeline

__all__ = ["Form"]

_CHOICES = {
    "principal": "Principal",
    "region": "Region",
    "outcome": "Outcome",
    "service": "Service",
}
_TIMES = {"since": "From (UTC)", "until": "To (UTC)"}
_ALL = ""
"""The value of a choice that lets all events pass; ``None`` would be that of no choice."""
_NONE_CHOSEN = (
    "Click a mark, or go from one to the next with the arrow keys in the field Mark: its events "
    "then stand here."
)

# Whoever cannot see the buttons hears their words, so these are there, in no size.
_BUTTONS = """
.{cls} .widget-toggle-buttons, .{cls} .widget-toggle-buttons > div {{
  position: relative; width: 100%; height: 100%; margin: 0; padding: 0; }}
.{cls} .widget-label {{ display: none !important; }}
.{cls} .widget-toggle-button {{
  position: absolute; margin: 0; padding: 0; min-width: 0; height: {height}px; border: 0;
  background: transparent; box-shadow: none; overflow: hidden; font-size: 0; }}
.{cls} .widget-toggle-button.mod-active {{ outline: 2px solid #757575; outline-offset: -2px; }}
.{cls} .widget-toggle-button:focus-visible, .{cls} .widget-toggle-button:hover {{
  outline: 3px solid #0b7f8c; outline-offset: -3px; }}
"""


class Form:
    """The inputs and what they show. ``box`` is the whole of it."""

    def __init__(self, view: IncidentTimeline) -> None:
        self._view = view
        self._loading = False  # whether it is the view that changes the inputs
        self._chosen: Mark | None = None
        self._fields = {name: self._choice(name) for name in _CHOICES}
        self._fields["text"] = self._text("Text", "text", "name, address or error")
        for name, label in _TIMES.items():
            self._fields[name] = self._text(label, name, "such as 2026-11-08 21:40")
        self._gaps = labelled(
            ipywidgets.Dropdown(
                description="Long gaps",
                options=[("folded", True), ("as long as they were", False)],
            )
        )
        self._gaps.observe(self._folded, "value")
        self._zoom_in = button("Zoom into the mark", self._to_mark)
        self._zoom_out = button("Zoom out", self._wider)
        self._whole = button("All of the time", lambda: self._change(since=None, until=None))
        self._clear = button("No filters", lambda: self._set(Filters()))
        self._head, self._plot, self._notes = (ipywidgets.HTML() for _ in range(3))
        self._faults, self._events, self._style = (ipywidgets.HTML() for _ in range(3))
        self._number = labelled(ipywidgets.BoundedIntText(min=0, continuous_update=True))
        self._number.layout.max_width = "14em"
        self._number.observe(lambda change: self._picked(change["new"]), "value")
        self._buttons = ipywidgets.ToggleButtons(description="Marks", options=[])
        self._buttons.observe(lambda change: self._clicked(change["new"]), "index")
        self.box = ipywidgets.VBox(
            [
                ipywidgets.HTML(drawing.STYLE),
                wrapped(*self._fields.values(), self._gaps),
                self._faults,
                self._head,
                wrapped(self._number, self._zoom_in, self._zoom_out, self._whole, self._clear),
                self._layers(),
                self._notes,
                self._events,
            ]
        )
        self.box.add_class(drawing.CLASS)

    # -- the inputs ------------------------------------------------------------------------------

    def _choice(self, name: str) -> ipywidgets.Dropdown:
        counts = self._view.timeline.choices(name)
        options = [(f"all ({sum(counts.values()):,})", _ALL)]
        options += [(f"{plain(value)} ({number:,})", value) for value, number in counts.items()]
        made = labelled(ipywidgets.Dropdown(description=_CHOICES[name], options=options))
        made.observe(lambda change: self._change(**{name: change["new"] or None}), "value")
        return made

    def _text(self, label: str, name: str, placeholder: str) -> ipywidgets.Text:
        made = labelled(ipywidgets.Text(description=label, placeholder=placeholder))
        made.observe(lambda change: self._change(**{name: change["new"]}), "value")
        return made

    def _layers(self) -> ipywidgets.Widget:
        """The picture, and over it the buttons."""
        layers = ipywidgets.Box(
            [self._plot, self._buttons, self._style], layout=ipywidgets.Layout(display="grid")
        )
        for each in layers.children:
            each.layout = ipywidgets.Layout(
                grid_area="1 / 1 / 2 / 2", width="auto", height="auto", margin="0", min_width="0"
            )
        self._style.layout.display = "none"
        self._layer_class = f"{drawing.CLASS}-{layers.model_id}"
        layers.add_class(self._layer_class)
        return layers

    # -- what happens ----------------------------------------------------------------------------

    def _change(self, **changes: Any) -> None:
        """Another value of a filter; a time that is none is told, and nothing changes."""
        if self._loading:
            return
        given = {name: changes.pop(name) or None for name in _TIMES if name in changes}
        try:
            times = self._view.timeline.filters(**given)
        except ValueError:
            self._refresh_faults()
            return
        found = {name: getattr(times, name) for name in given}
        self._set(replace(self._view.filters, **changes, **found))

    def _set(self, filters: Filters) -> None:
        self._view.filters = filters

    def _folded(self, change: Any) -> None:
        if not self._loading:
            self._view.fold = change["new"]

    def _clicked(self, index: int | None) -> None:
        if not self._loading and index is not None:
            self._number.value = index + 1

    def _picked(self, number: int) -> None:
        """The mark of that number is chosen, counted from 1; 0: none is."""
        if self._loading:
            return
        self._chosen = self._view.chart.marks[number - 1] if number else None
        with self._quietly():
            if self._buttons.index != (index := number - 1 if number else None):
                self._buttons.index = index
        self._refresh_chosen()

    def _to_mark(self) -> None:
        if self._chosen is not None:
            column = self._view.chart.axis[self._chosen.column]
            self._change_times(column.begin, column.end - 1)

    def _wider(self) -> None:
        """Three times as much time; all of it, where that is less."""
        if axis := self._view.chart.axis:
            begin, end = axis[0].begin, axis[-1].end - 1
            length = end - begin + 1
            self._change_times(begin - length, end + length)

    def _change_times(self, begin: int, end: int) -> None:
        first, last = self._view.timeline.events["time"].astype("int64").iloc[[0, -1]]
        since = at(begin) if begin > first else None
        until = at(end) if end < last else None
        self._change(since=since, until=until)

    # -- what is shown ---------------------------------------------------------------------------

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        self._loading, before = True, self._loading
        try:
            yield
        finally:
            self._loading = before

    def refresh(self) -> None:
        """Draw the view as it is now, no mark chosen. An input that says so already is left alone,
        with the place where somebody types in it."""
        view, self._chosen = self._view, None
        with self._quietly():
            self._refresh_fields(view.filters)
            self._refresh_marks()
        self._refresh_faults()
        head = drawing.head_html(view.timeline, view.events, view.filters)
        self._head.value = f'<div role="status">{head}</div>'
        self._plot.value = drawing.plot_html(view.chart)
        self._notes.value = drawing.notes_html(view.chart)
        self._refresh_chosen()

    def _refresh_fields(self, filters: Filters) -> None:
        for name, field in self._fields.items():
            value = getattr(filters, name)
            if name in _TIMES:
                if moment(field.value) != value:
                    field.value = "" if value is None else f"{value:%F %T}"
            elif field.value != (value or _ALL):
                field.value = value or _ALL
        self._gaps.value = self._view.fold
        for each in (self._zoom_out, self._whole):
            each.disabled = filters.since is None and filters.until is None
        self._clear.disabled = filters == Filters()

    def _refresh_faults(self) -> None:
        """What is typed for a time and is none."""
        typed = {label: self._fields[name].value for name, label in _TIMES.items()}
        self._faults.value = "".join(
            f'<div role="alert">{BAD.symbol} {label}: {escaped(quoted(text))} is no time such '
            "as 2026-11-08 21:40</div>"
            for label, text in typed.items()
            if text and moment(text) is None
        )

    def _refresh_marks(self) -> None:
        events, marks = self._view.events, self._view.chart.marks
        names = drawing.mark_names(events, marks)
        with self._buttons.hold_sync():
            self._buttons.tooltips = names
            self._buttons.options = names
            self._buttons.index = None
        self._number.max, self._number.value = len(marks), 0
        self._number.description = f"Mark (of {len(marks):,})"
        where = drawing.places(self._view.chart)
        rules = [_BUTTONS.format(cls=self._layer_class, height=drawing.ROW)]
        for number, mark in enumerate(marks, 1):
            place = where[mark[:3]]
            rules.append(
                f".{self._layer_class} .widget-toggle-button:nth-child({number}) {{ "
                f"left: {place.left:.3f}%; width: {place.width:.3f}%; top: {place.top}px; }}"
            )
        self._style.value = f"<style>{' '.join(rules)}</style>"

    def _refresh_chosen(self) -> None:
        self._zoom_in.disabled = True
        if self._chosen is None:
            self._events.value = f"<div>{_NONE_CHOSEN}</div>" if self._view.chart.marks else ""
            return
        axis = self._view.chart.axis
        self._zoom_in.disabled = axis[self._chosen.column].seconds >= axis[-1].end - axis[0].begin
        self._events.value = drawing.table_html(self._view.events, self._chosen)
