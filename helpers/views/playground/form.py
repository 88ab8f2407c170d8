"""The playground as a form. Whatever is typed makes a new simulation, which is judged and drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import ipywidgets

from helpers.policy import PolicyType
from helpers.policy.simulation import (
    ALONE,
    MOST_POLICIES,
    NO_KEY,
    NO_MFA,
    WITH_MFA,
    Simulation,
    WrittenPolicy,
)
from helpers.views.live import ARROW
from helpers.views.playground import drawing
from helpers.views.playground.presets import EXAMPLES, PRESETS

if TYPE_CHECKING:
    from helpers.views.playground import Playground

__all__ = ["Form"]

_FIELDS = {
    "principal": "Principal",
    "action": "Action",
    "resource": "Resource",
    "resource_account": "Resource's account",
    "region": "Region",
    "mfa": "MFA",
    "mfa_age": "Seconds since MFA",
    "source_ip": "Source IP",
    "time": "Time (UTC)",
    "context": "Other keys",
}

_EMPTY = {
    "resource_account": "empty: as the ARN says",
    "mfa_age": "such as 300",
    "source_ip": "such as 203.0.113.10",
    "region": "such as eu-central-1",
    "time": "2026-11-02T09:00:00Z",
    "context": "aws:PrincipalTag/team = data",
}

_MFA = (
    ("missing (an access key)", NO_KEY),
    ("false (session without)", NO_MFA),
    ("true (session with MFA)", WITH_MFA),
)

_LONG = ("principal", "resource", "context")
"""What is as a rule too long for half a line."""

_WIDE = {"description_width": "130px"}
_CLASS = "policy-playground"

# The document and its marks stand side by side where there is room, else one below the other.
_ROW = {"display": "flex", "flex_flow": "row wrap", "align_items": "stretch", "width": "100%"}
_STYLE = f"""<style>
.{_CLASS} {{ {ARROW} }}
.{_CLASS} textarea {{ font-family: var(--jp-code-font-family, monospace); white-space: pre; }}
.{_CLASS} .widget-textarea.{_CLASS}-text textarea {{ width: 100%; }}
.{_CLASS} .widget-textarea.{_CLASS}-text {{ flex-direction: column; height: auto; }}
.{_CLASS} .widget-textarea.{_CLASS}-text .widget-label {{ width: auto; text-align: left; }}
.{_CLASS} .widget-html-content {{ line-height: 1.4; }}
</style>"""


class Form:
    """The inputs, and below each what it says. ``box`` is the whole of it."""

    def __init__(self, playground: Playground) -> None:
        self._playground = playground
        self._loading = False  # whether it is the playground that changes the inputs
        self._fields = {name: self._field(name) for name in _FIELDS}
        self._decision = ipywidgets.HTML()
        self._asked = ipywidgets.HTML()
        self._editors: list[ipywidgets.Textarea] = []
        self._marks: list[ipywidgets.HTML] = []
        self._shape: list[str] = []  # the labels of the policies that the editors are for
        self._policies = ipywidgets.VBox()
        self._cell = _text_area("The cell", rows=12)
        self._cell.layout.display = "none"
        fields = ipywidgets.Box(list(self._fields.values()), layout=ipywidgets.Layout(**_ROW))
        self.box = ipywidgets.VBox(
            [
                ipywidgets.HTML(_STYLE),
                self._preset_row(),
                fields,
                self._decision,
                self._asked,
                self._policies,
                self._add_row(),
                _button("Write as a cell", self._write_cell),
                self._cell,
            ]
        )
        self.box.add_class(_CLASS)
        self.refresh()

    # -- the inputs ------------------------------------------------------------------------------

    def _field(self, name: str) -> ipywidgets.Widget:
        basis = "100%" if name in _LONG else "330px"
        layout = ipywidgets.Layout(flex=f"1 1 {basis}", width="auto", min_width="0")
        common = {"description": _FIELDS[name], "style": _WIDE, "layout": layout}
        if name == "mfa":
            made = ipywidgets.Dropdown(options=_MFA, **common)
        elif name == "context":
            made = ipywidgets.Textarea(rows=2, placeholder=_EMPTY[name], **common)
        else:
            made = ipywidgets.Text(placeholder=_EMPTY.get(name, ""), **common)
        made.observe(lambda change: self._typed(**{name: change["new"]}), "value")
        return made

    def _preset_row(self) -> ipywidgets.Widget:
        chosen = _dropdown("Preset", list(PRESETS))
        now = self._playground.simulation
        chosen.value = next((name for name in PRESETS if PRESETS[name] == now), chosen.value)
        return _row(chosen, _button("Load preset", lambda: self._show(PRESETS[chosen.value])))

    def _add_row(self) -> ipywidgets.Widget:
        self._types = _dropdown("New policy", [])
        return _row(self._types, _button("Add policy", self._add))

    # -- what happens ----------------------------------------------------------------------------

    def _typed(self, **changes: Any) -> None:
        if not self._loading:
            self._show(replace(self._playground.simulation, **changes))

    def _edited(self, index: int, text: str) -> None:
        policies = list(self._playground.simulation.policies)
        policies[index] = WrittenPolicy(policies[index].type, policies[index].name, text)
        self._typed(policies=tuple(policies))

    def _show(self, simulation: Simulation) -> None:
        self._playground.simulation = simulation

    def _add(self) -> None:
        if self._types.value is None:
            return
        type_, policies = PolicyType(self._types.value), self._playground.simulation.policies
        taken = {policy.name for policy in policies}
        name = next(f"New{n}" for n in range(1, MOST_POLICIES + 2) if f"New{n}" not in taken)
        self._typed(policies=(*policies, WrittenPolicy(type_, name, EXAMPLES[type_])))

    def _remove(self, index: int) -> None:
        policies = self._playground.simulation.policies
        self._typed(policies=(*policies[:index], *policies[index + 1 :]))
        self._types.focus()  # the button that had the keyboard is gone

    def _write_cell(self) -> None:
        self._cell.layout.display = None
        self._cell.value = self._playground.cell()

    # -- what is shown ---------------------------------------------------------------------------

    def refresh(self) -> None:
        """Draw the playground as it is now. An input that says so already is left alone, with the
        place where somebody types in it."""
        simulation, judgement = self._playground.simulation, self._playground.judgement
        self._loading = True
        try:
            for name, widget in self._fields.items():
                if _tidy(widget.value) != _tidy(getattr(simulation, name)):
                    widget.value = getattr(simulation, name)
            self._fields["mfa_age"].disabled = simulation.mfa != WITH_MFA
            self._refresh_policies(simulation)
        finally:
            self._loading = False
        self._decision.value = f'<div role="status">{drawing.decision_html(judgement)}</div>'
        self._asked.value = drawing.asked_html(simulation, judgement)
        for mark, reading in zip(self._marks, judgement.readings, strict=True):
            mark.value = drawing.policy_html(reading)
        if self._cell.layout.display is None:
            self._cell.value = self._playground.cell()

    def _refresh_policies(self, simulation: Simulation) -> None:
        labels = [policy.label for policy in simulation.policies]
        if labels != self._shape:
            self._shape = labels
            old = self._policies.children
            self._editors, self._marks = [], []
            self._policies.children = [
                self._policy_row(index, policy) for index, policy in enumerate(simulation.policies)
            ]
            for row in old:
                _close(row)
            chosen, kinds = self._types.value, _can_be_added(simulation)
            self._types.options = kinds
            self._types.value = chosen if chosen in kinds else next(iter(kinds), None)
        for editor, policy in zip(self._editors, simulation.policies, strict=True):
            if WrittenPolicy(policy.type, policy.name, editor.value).text != policy.text:
                editor.value = policy.text

    def _policy_row(self, index: int, policy: WrittenPolicy) -> ipywidgets.Widget:
        editor = _text_area(policy.label, rows=min(24, policy.text.count("\n") + 2))
        editor.value = policy.text
        editor.observe(lambda change: self._edited(index, change["new"]), "value")
        mark = ipywidgets.HTML(layout=ipywidgets.Layout(flex="1 1 330px", min_width="0"))
        remove = _button(f"Remove {policy.name}", lambda: self._remove(index))
        left = ipywidgets.VBox(
            [editor, remove], layout=ipywidgets.Layout(flex="1 1 330px", min_width="0")
        )
        self._editors.append(editor)
        self._marks.append(mark)
        return _row(left, mark)


def _can_be_added(simulation: Simulation) -> list[str]:
    there = {policy.type for policy in simulation.policies}
    if len(simulation.policies) >= MOST_POLICIES:
        return []
    return [str(each) for each in EXAMPLES if not (each in ALONE and each in there)]


def _close(widget: ipywidgets.Widget) -> None:
    """The widget is gone, and what is in it."""
    for child in getattr(widget, "children", ()):
        _close(child)
    widget.close()


def _tidy(value: str) -> str:
    return "\n".join(filter(None, (line.strip() for line in value.splitlines())))


def _row(*widgets: ipywidgets.Widget) -> ipywidgets.Box:
    return ipywidgets.Box(list(widgets), layout=ipywidgets.Layout(**_ROW))


def _dropdown(label: str, options: list[Any]) -> ipywidgets.Dropdown:
    layout = ipywidgets.Layout(flex="0 1 400px", width="auto", min_width="0")
    return ipywidgets.Dropdown(options=options, description=label, style=_WIDE, layout=layout)


def _button(label: str, pressed: Callable[[], None]) -> ipywidgets.Button:
    layout = ipywidgets.Layout(width="auto", max_width="100%", align_self="flex-start")
    made = ipywidgets.Button(description=label, layout=layout)
    made.on_click(lambda _: pressed())
    return made


def _text_area(label: str, rows: int) -> ipywidgets.Textarea:
    """A text area with its label above it."""
    layout = ipywidgets.Layout(width="auto", height="auto")
    made = ipywidgets.Textarea(description=label, rows=rows, layout=layout)
    made.add_class(f"{_CLASS}-text")
    return made
