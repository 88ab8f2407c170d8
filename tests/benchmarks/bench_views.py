"""How fast the views follow. ``python tests/benchmarks/bench_views.py`` prints numbers.

The playground: a letter is typed into a policy of ten statements, as its widget tells the kernel.
Counted is everything until the new decision is drawn as HTML and handed to the widgets; their
messages are made, and there is no browser to read them. The incident's timeline: 5,000 records are
read and drawn, then each of its filters is used. The map of granted and used: 100 principals and
200 services, until words, picture and buttons are there; then the details of a field. The account
map: 500 users and roles, until who may become whom is decided; then the drawings. Nothing here is a
test: numbers depend on the machine.
"""

from __future__ import annotations

import json
import statistics
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import ipywidgets
import pandas as pd
from bench_policy import ten_statements
from generated_account import account

from helpers.analysis.permissions.unused import Verdict
from helpers.policy import PolicyType
from helpers.policy.simulation import WrittenPolicy
from helpers.views import AccountMap, GrantedUsedMap, IncidentTimeline, Playground

MOST = 50
"""Milliseconds from a letter to its decision."""

EVENTS = 5_000
MOST_OF_A_TIMELINE = 1_000
"""Milliseconds until so many events are drawn."""


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


def night(number: int) -> dict[str, Any]:
    """One record of many: 40 principals, three Regions, refusals and failures, gaps."""
    outcomes = ({}, {}, {"errorCode": "AccessDenied"}, {"errorCode": "ThrottlingException"})
    second = 7 * number + 20_000 * (number // 1_000)
    at = datetime(2026, 11, 2, 9, tzinfo=UTC) + timedelta(seconds=second)
    user = f"arn:aws:iam::111122223333:user/user{number * 7919 % 40:02}"
    return {
        "eventID": str(number),
        "eventTime": f"{at:%FT%TZ}",
        "eventSource": ("s3", "ec2", "iam")[number % 3] + ".amazonaws.com",
        "eventName": ("ListBuckets", "RunInstances", "ListUsers")[number % 3],
        "awsRegion": ("us-east-1", "us-west-2", "eu-west-1")[number // 7 % 3],
        "sourceIPAddress": f"198.51.100.{number % 250}",
        "userIdentity": {"type": "IAMUser", "arn": user},
        **outcomes[number * 31 % 4],
    }


def timelines() -> dict[str, float]:
    """What was done with the timeline → milliseconds until it was drawn."""
    records = [night(number) for number in range(EVENTS)]
    IncidentTimeline(records[:1])._repr_mimebundle_()  # what is loaded with the first one
    begin = time.perf_counter()
    shown = IncidentTimeline(records)
    shown._repr_mimebundle_()
    found = {"read and drawn": 1e3 * (time.perf_counter() - begin)}
    uses = {
        "Principal": "user/user07",
        "Region": "eu-west-1",
        "Outcome": "refused",
        "Service": "iam",
        "Text": "198.51.100.2",
        "From (UTC)": "2026-11-02 12:00",
        "To (UTC)": "2026-11-02 18:00",
        "Long gaps": False,
    }
    for label, value in uses.items():
        field, before = editor(shown.widget, label), shown.filters
        index = [each for _, each in getattr(field, "options", [])]
        state = {"index": index.index(value)} if index else {"value": value}
        begin = time.perf_counter()
        field.set_state(state)
        found[label] = 1e3 * (time.perf_counter() - begin)
        assert 0 < len(shown.events) < EVENTS or label == "Long gaps"
        shown.filters = before
    return found


def large_table() -> pd.DataFrame:
    """As ``granted_used`` returns it, with two actions for each of 20,000 fields."""
    rows = [
        (f"arn:aws:iam::111122223333:role/r{n}", f"s{m}", f"s{m}:A{k}", str(verdict))
        for n in range(100)
        for m in range(200)
        for k, verdict in enumerate((Verdict.USED, Verdict.UNUSED))
    ]
    return pd.DataFrame(rows, columns=["principal", "service", "action", "verdict"]).astype(
        "category"
    )


def account_maps() -> dict[str, float]:
    """What was done with the map of 500 users and roles → milliseconds that it took."""
    begin = time.perf_counter()
    shown = AccountMap(account(users=400, roles=100))
    found = {"decided": 1e3 * (time.perf_counter() - begin)}
    choices = {"the whole, drawn": None, "a user, drawn": "staff-3", "one of many ways": "staff-10"}
    for what, about in choices.items():
        begin = time.perf_counter()
        shown.choose(about)._repr_mimebundle_()
        found[what] = 1e3 * (time.perf_counter() - begin)
    begin = time.perf_counter()
    assert len(shown.graph.frame()) > 30_000
    found["all ways as a table"] = 1e3 * (time.perf_counter() - begin)
    return found


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
    print(f"milliseconds for a timeline of {EVENTS:,} events (less than {MOST_OF_A_TIMELINE:,}):")
    for what, taken in timelines().items():
        print(f"  {what + ':':<43}{taken:>10.1f}")
    table = large_table()
    begin = time.perf_counter()
    shown = GrantedUsedMap(table)
    shown._repr_mimebundle_()
    drawn = time.perf_counter()
    repr(shown.details("role/r7", "s7"))
    told = time.perf_counter()
    print("milliseconds for a map of 100 × 200 fields (less than 1000):")
    print(f"  drawn, with buttons for a part:             {1e3 * (drawn - begin):>10.1f}")
    print(f"  details of a field:                        {1e3 * (told - drawn):>10.1f}")
    print("milliseconds for an account of 500 users and roles (drawn in less than 1000):")
    for what, taken in account_maps().items():
        print(f"  {what + ':':<43}{taken:>10.1f}")


if __name__ == "__main__":
    main()
