"""How fast the views follow. ``python tests/benchmarks/bench_views.py`` prints numbers.

The playground: a letter is typed into a policy of ten statements, as its widget tells the kernel.
Counted is everything until the new decision is drawn as HTML and handed to the widgets; their
messages are made, and there is no browser to read them. Nothing here is a test: numbers depend on
the machine.
"""

from __future__ import annotations

import json
import statistics
import time
from dataclasses import replace

import ipywidgets
from bench_policy import ten_statements

from helpers.policy import PolicyType
from helpers.policy.simulation import WrittenPolicy
from helpers.views import Playground

MOST = 50
"""Milliseconds from a letter to its decision."""


def playground() -> Playground:
    """One policy of ten statements, beside those of a preset."""
    start = Playground("explicit deny").simulation
    ten = WrittenPolicy(PolicyType.IDENTITY, "Ten", ten_statements())
    return Playground(replace(start, policies=(ten, *start.policies)))


def editor(box: ipywidgets.Box, label: str) -> ipywidgets.Textarea:
    """The text area of that label, somewhere in the box."""
    for child in box.children:
        if getattr(child, "description", None) == label:
            return child
        if isinstance(child, ipywidgets.Box) and (found := editor(child, label)) is not None:
            return found
    return None


def keystrokes(letters: int = 200) -> list[float]:
    """Milliseconds for each letter of a Sid that is typed and rubbed out again; every one of the
    documents in between is new to the engine."""
    shown = playground()
    area = editor(shown.widget, "identity-based policy Ten")
    before, found = area.value, []
    for number in range(letters):
        typed = before.replace('"Effect"', f'"Sid": "Typed{number}", "Effect"', 1)
        found.append(_milliseconds(area, typed))
        assert shown.judgement.decision is not None
        assert json.loads(shown.simulation.policies[0].text)["Statement"][0]["Sid"]
    return found


def letters_of_an_action() -> list[float]:
    """Milliseconds for each letter of an action's name, where the nearest of EC2's 700 actions is
    looked for as long as it is none."""
    shown = playground()
    field = editor(shown.widget, "Action")
    name = "ec2:RunInstancs"
    return [_milliseconds(field, name[:length]) for length in range(1, len(name) + 1)]


def _milliseconds(widget: ipywidgets.Widget, typed: str) -> float:
    begin = time.perf_counter()
    widget.set_state({"value": typed})  # what a message of the browser does
    return 1e3 * (time.perf_counter() - begin)


def main() -> None:
    times = sorted(keystrokes())
    print(f"milliseconds from a letter to its decision, of {len(times)} (less than {MOST}):")
    print(f"  median:                                    {statistics.median(times):>10.1f}")
    print(f"  slowest:                                   {times[-1]:>10.1f}")
    print(f"  slowest of an action's name:               {max(letters_of_an_action()):>10.1f}")
    begin = time.perf_counter()
    assert playground().widget.children
    print(
        f"milliseconds to make the form:               {1e3 * (time.perf_counter() - begin):>10.1f}"
    )


if __name__ == "__main__":
    main()
