"""The map of granted and used to work with: find principals, choose a field, see what is in it.

A row is one group of buttons, a button each field. What a button says begins with a symbol, by
which it gets its colour; behind a wide tab, cut off for the eye, follow principal and service, so
that a screen reader tells which field it is. The two lists choose a field by the keyboard; they
stand before the map, for whoever uses the keyboard would go through all of its buttons to get past.

A browser takes seconds for 20,000 buttons. So a large map is drawn as a whole, without buttons, and
a part of it, which two more lists choose, has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import ipywidgets

from helpers.analysis.permissions.entities import short
from helpers.cards import escaped, plain
from helpers.views.granted_used_map import SHADES, field_text, shade_of
from helpers.views.granted_used_overview import overview
from helpers.views.live import ARROW, labelled, wrapped

if TYPE_CHECKING:
    from helpers.views.granted_used_map import GrantedUsedMap

__all__ = ["GrantedUsedForm"]

ALL = "all services"

_CLASS = "granted-used-map"
ROWS, COLUMNS = 40, 30
"""Fields with buttons, at most, down and across."""

_SIDE, _FIELD = "13em", "7em"
_EMPTY_SYMBOL = "–"

_ORDERS = ("as they are", "most unused actions first", "smallest share used first")

_CHOSEN = "outline: 3px solid var(--jp-brand-color1, #1976d2); outline-offset: -3px;"

_STYLE = f"""<style>
.{_CLASS} {{ {ARROW} }}
.{_CLASS} .widget-html-content {{ line-height: 1.4; min-width: 0; }}
.{_CLASS} .widget-toggle-buttons {{
    display: flex; flex-flow: row nowrap; width: max-content; margin: 0; overflow: visible; }}
.{_CLASS} .widget-toggle-buttons > div {{ display: flex; flex-flow: row nowrap; margin: 0; }}
.{_CLASS} .widget-toggle-buttons > .widget-label {{
    position: sticky; left: 0; z-index: 1; width: {_SIDE}; flex: none; text-align: left; margin: 0;
    align-self: stretch; height: auto;
    background: var(--jp-layout-color0, #fff); }}
.{_CLASS} .widget-toggle-button {{
    width: {_FIELD}; flex: none; margin: 1px; padding: 0 6px; text-align: left;
    white-space: pre; tab-size: 40; overflow: hidden; text-overflow: clip; }}
.{_CLASS} .widget-toggle-button.mod-active {{ {_CHOSEN} font-weight: bold; }}
.{_CLASS} .{_CLASS}-top {{
    position: sticky; top: 0; z-index: 2; flex: none; width: max-content; margin: 0;
    overflow: visible; background: var(--jp-layout-color0, #fff); }}
.{_CLASS} .{_CLASS}-heads {{
    display: flex; width: max-content; align-items: end; line-height: 1.2; }}
.{_CLASS} .{_CLASS}-heads > div {{
    width: {_FIELD}; flex: none; margin: 0 1px; padding: 0 6px; box-sizing: border-box;
    max-height: 4.8em; overflow: hidden; overflow-wrap: anywhere; }}
.{_CLASS} .{_CLASS}-heads > div:first-child {{
    position: sticky; left: 0; width: {_SIDE}; margin: 0; padding: 0;
    background: var(--jp-layout-color0, #fff); }}
{{shades}}
</style>"""


class GrantedUsedForm:
    """The inputs, the map, and what is behind the chosen field. ``box`` is all of it."""

    def __init__(self, of: GrantedUsedMap) -> None:
        self._map = of
        self._loading = False
        self._principal = _dropdown("Principal", [(plain(short(name)), name) for name in of.names])
        services = [ALL, *of.columns, *of.other_services]
        self._service = _dropdown("Service", [(plain(each), each) for each in services])
        self._filter = labelled(ipywidgets.Text(description="Only principals with"))
        self._order = _dropdown("Order", list(_ORDERS))
        self._down = _dropdown("Principals with buttons", [("none", 0)])
        self._across = _dropdown("Services with buttons", _parts(len(of.columns), COLUMNS))
        # One for all rows, each of which would else tell the browser of two of its own.
        self._style, self._layout = ipywidgets.ToggleButtonsStyle(), ipywidgets.Layout()
        self._names: list[str] = []
        self._rows: dict[str, ipywidgets.ToggleButtons] = {}
        self._whole, self._heads = ipywidgets.HTML(), ipywidgets.HTML()
        self._heads.add_class(f"{_CLASS}-top")
        self._part = wrapped(self._down, self._across)
        self._grid = ipywidgets.VBox(
            layout=ipywidgets.Layout(overflow="auto", max_height="32em", width="100%")
        )
        self._shown = ipywidgets.HTML()
        self._details = ipywidgets.HTML(layout=ipywidgets.Layout(min_width="0", max_width="100%"))
        for each in (self._principal, self._service):
            each.observe(self._chosen, names="value")
        for each in (self._filter, self._order):
            each.observe(lambda _: self._arrange(), names="value")
        for each in (self._down, self._across):
            each.observe(lambda _: self._draw(), names="value")
        self.box = ipywidgets.VBox(
            [
                ipywidgets.HTML(_STYLE.replace("{shades}", _shades())),
                wrapped(self._filter, self._order),
                self._shown,
                self._whole,
                self._part,
                wrapped(self._principal, self._service),
                self._grid,
                ipywidgets.HTML(_legend()),
                self._details,
            ]
        )
        self.box.add_class(_CLASS)
        self._arrange()
        self._chosen()

    # -- the map ---------------------------------------------------------------------------------

    def _row(self, name: str, columns: range) -> ipywidgets.ToggleButtons:
        of, labels, tips = self._map, [], []
        fields = of.fields(name)
        for column, field in ((of.columns[n], fields[n]) for n in columns):
            shade = shade_of(field)
            symbol = f"{shade.symbol} " if shade else ""
            which = plain(f"{short(name)}, {column}")
            labels.append(f"{symbol}{field_text(field)}\t{which}")
            tips.append(which)
        made = ipywidgets.ToggleButtons(
            options=labels,
            tooltips=tips,
            index=None,
            description=plain(short(name)),
            style=self._style,
            layout=self._layout,
        )
        made.observe(lambda change: self._clicked(name, change["new"]), names="index")
        return made

    def _arrange(self) -> None:
        """The principals that are asked for, in the order that is."""
        wanted = self._filter.value.strip().lower()
        names = [name for name in self._map.names if wanted in short(name).lower()]
        if self._order.value != _ORDERS[0]:
            key = _unused if self._order.value == _ORDERS[1] else _share
            names.sort(key=lambda name: key(self._map.fields(name)))
        self._names = names
        of = f"{len(names):,} of {len(self._map.names):,} principals"
        self._shown.value = (
            f'<div role="status">{of}, actions used of those granted by service</div>'
        )
        was, self._loading = self._loading, True
        try:
            self._down.options = _parts(len(names), ROWS)
        finally:
            self._loading = was
        self._draw()

    @property
    def _window(self) -> tuple[range, range]:
        """Which of the principals and of the columns have buttons."""
        down, across = self._down.value, self._across.value
        rows = range(down, min(down + ROWS, len(self._names)))
        return rows, range(across, min(across + COLUMNS, len(self._map.columns)))

    def _draw(self) -> None:
        """The buttons of a part, and where it is not all, the whole without."""
        if self._loading:
            return
        rows, columns = self._window
        is_all = len(rows) == len(self._names) and len(columns) == len(self._map.columns)
        self._part.layout.display = "none" if is_all else "flex"
        self._whole.value = "" if is_all else overview(self._map, self._names, rows, columns)
        names = [escaped(self._map.columns[n]) for n in columns]
        heads = "".join(f'<div title="{name}">{name}</div>' for name in names)
        self._heads.value = f'<div class="{_CLASS}-heads"><div>Principal</div>{heads}</div>'
        before = self._rows
        self._rows = {name: self._row(name, columns) for name in (self._names[n] for n in rows)}
        self._mark()
        self._grid.children = [self._heads, *self._rows.values()]
        for row in before.values():
            row.close()

    # -- the chosen field ------------------------------------------------------------------------

    def _clicked(self, name: str, index: int | None) -> None:
        if index is None or self._loading:
            return
        self._loading = True
        try:
            self._principal.value = name
            self._service.value = self._map.columns[self._window[1][index]]
        finally:
            self._loading = False
        self._mark()
        self._tell()

    def _chosen(self, _: Any = None) -> None:
        """Show the field that the two lists name, and tell what is in it."""
        if self._loading:
            return
        self._loading = True
        before = self._window
        try:
            if self._principal.value in self._names:
                row = self._names.index(self._principal.value)
                self._down.value = row - row % ROWS
            if self._service.value in self._map.columns:
                column = self._map.columns.index(self._service.value)
                self._across.value = column - column % COLUMNS
        finally:
            self._loading = False
        if self._window == before:
            self._mark()
        else:
            self._draw()
        self._tell()

    def _mark(self) -> None:
        """Press the button of the field that the two lists name, and no other."""
        columns = [self._map.columns[n] for n in self._window[1]]
        service = self._service.value
        index = columns.index(service) if service in columns else None
        was, self._loading = self._loading, True
        try:
            for name, row in self._rows.items():
                wanted = index if name == self._principal.value else None
                if row.index != wanted:
                    row.index = wanted
        finally:
            self._loading = was

    def _tell(self) -> None:
        told = self._told(self._principal.value, self._service.value)
        self._details.value = f'<div role="status">{told}</div>'

    def _told(self, principal: str | None, service: str) -> str:
        if principal is None:
            return escaped(repr(self._map))
        if service in self._map.columns[len(self._map.services) :]:
            return self._map.other_details(principal).html()
        return self._map.details(principal, None if service == ALL else service).html()


def _unused(fields: list[tuple[int, int] | None]) -> int:
    return sum(field[0] - field[1] for field in fields if field)


def _share(fields: list[tuple[int, int] | None]) -> float:
    granted = sum(field[1] for field in fields if field)
    return sum(field[0] for field in fields if field) / granted if granted else 2.0


def _parts(many: int, at_once: int) -> list[tuple[str, int]]:
    """The parts of so many, each with the number of its first.

    >>> _parts(100, 40)
    [('1 to 40 of 100', 0), ('41 to 80 of 100', 40), ('81 to 100 of 100', 80)]
    >>> _parts(0, 40)
    [('none', 0)]
    """
    return [
        (f"{first + 1:,} to {min(first + at_once, many):,} of {many:,}", first)
        for first in range(0, many, at_once)
    ] or [("none", 0)]


def _dropdown(label: str, options: list[Any]) -> ipywidgets.Dropdown:
    return labelled(ipywidgets.Dropdown(options=options, description=label))


def _shades() -> str:
    """The colours by the symbol that a button's words begin with, as the browser has them."""
    return "\n".join(
        f'.{_CLASS} .widget-toggle-button[data-value^="{quote(shade.symbol)}"] '
        f"{{ background: {shade.ground}; color: {shade.ink}; }}"
        for shade in SHADES
    )


def _legend() -> str:
    spans = " ".join(
        f'<span style="background: {shade.ground}; color: {shade.ink}; padding: 1px 6px; '
        f'white-space: nowrap">{shade.symbol} {escaped(shade.word)}</span>'
        for shade in SHADES
    )
    return f'<div style="line-height: 1.8">{spans} {_EMPTY_SYMBOL} nothing granted</div>'
