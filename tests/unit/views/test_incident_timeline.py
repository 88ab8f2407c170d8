"""The incident's timeline: what it says and draws, and what its inputs do."""

from __future__ import annotations

import doctest
import re
import time
from typing import Any

import ipywidgets
import pytest
from view_builders import HOSTILE, incident_timeline

from helpers.views import IncidentTimeline, timeline
from helpers.views.timeline import drawing

IAM = "arn:aws:iam::111122223333"


def record(second: int, user: str = "ann", **more: Any) -> dict[str, Any]:
    minute, second = divmod(second, 60)
    hour, minute = divmod(minute, 60)
    return {
        "eventID": f"{user}-{hour}-{minute}-{second}-{len(more)}",
        "eventTime": f"2026-11-02T{9 + hour:02}:{minute:02}:{second:02}Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": "ListBuckets",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.10",
        "userIdentity": {"type": "IAMUser", "arn": f"{IAM}:user/{user}"},
        **more,
    }


SESSION = {
    "userIdentity": {
        "type": "AssumedRole",
        "arn": "arn:aws:sts::111122223333:assumed-role/ops/night",
        "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "sessionContext": {
            "sessionIssuer": {"arn": f"{IAM}:role/ops"},
            "attributes": {"mfaAuthenticated": "true"},
        },
    }
}
RECORDS = [
    record(0),
    record(1),
    record(2, eventName="GetObject", errorCode="AccessDenied", errorMessage="not authorized"),
    record(3_600, "bob", awsRegion="eu-west-1", sourceIPAddress="192.0.2.140"),
    record(7_205, eventName="RunInstances", errorCode="Client.VcpuLimitExceeded", **SESSION),
    record(7_210, eventTime="soon"),
]


class Inputs:
    """The inputs of a view, by what stands on them."""

    def __init__(self, view: IncidentTimeline) -> None:
        self.found: dict[str, ipywidgets.Widget] = {}
        left = [view.widget]
        while left:
            each = left.pop()
            left += getattr(each, "children", ())
            if getattr(each, "description", ""):
                self.found[re.sub(r" \(of .*", "", each.description)] = each
        self.page = view.widget

    def __getitem__(self, name: str) -> Any:
        return self.found[name]

    def said(self) -> str:
        left, values = [self.page], []
        while left:
            each = left.pop(0)
            left[:0] = getattr(each, "children", ())
            values += [each.value] if isinstance(each, ipywidgets.HTML) else []
        return re.sub(r"<style>.*?</style>|<[^>]+>", " ", " ".join(values), flags=re.DOTALL)


@pytest.fixture
def view() -> IncidentTimeline:
    return IncidentTimeline(RECORDS)


@pytest.fixture
def inputs(view: IncidentTimeline) -> Inputs:
    return Inputs(view)


def test_doctests() -> None:
    assert doctest.testmod(timeline).failed == 0
    assert doctest.testmod(drawing).failed == 0


# -- what it says ---------------------------------------------------------------------------------


def test_words(view: IncidentTimeline) -> None:
    assert repr(view).splitlines() == [
        "All 5 events",
        "2026-11-02 09:00:00 to 2026-11-02 11:00:05 UTC, 3 principals, 2 Regions",
        "● 3 allowed · ✖ 1 refused · ▲ 1 failed",
        "Left out: 1 without a time that can be read",
        "user/ann: ● 2 allowed · ✖ 1 refused",
        "    first 2026-11-02 09:00:00 ListBuckets in us-east-1 from 203.0.113.10, ● allowed",
        "user/bob: ● 1 allowed",
        "    first 2026-11-02 10:00:00 ListBuckets in eu-west-1 from 192.0.2.140, ● allowed",
        "role/ops: ▲ 1 failed",
        "    first 2026-11-02 11:00:05 RunInstances in us-east-1 from 203.0.113.10, ▲ failed "
        "(Client.VcpuLimitExceeded)",
        "first refusal: 2026-11-02 09:00:02 GetObject in us-east-1 from 203.0.113.10, ✖ refused "
        "(AccessDenied) by user/ann",
    ]


def test_words_of_a_choice() -> None:
    words = repr(IncidentTimeline(RECORDS, region="us-east-1", text="listb")).splitlines()
    assert words[0] == '2 of 5 events: us-east-1, with "listb"'
    assert words[-1] == "first refusal: none"
    nothing = repr(IncidentTimeline(RECORDS, until="2026-11-01"))
    assert nothing.splitlines()[0] == "0 of 5 events: until 2026-11-01 00:00:00"
    assert "first" not in nothing
    assert repr(IncidentTimeline([])) == "No events."


def test_words_of_many_principals_end() -> None:
    many = [record(number, f"u{number:02}") for number in range(23)]
    words = repr(IncidentTimeline(many)).splitlines()
    assert words[-2] == "and 3 principals more, with 3 events"
    assert len(words) < 50


def test_an_event_that_is_recorded_twice_is_drawn_once() -> None:
    shown = IncidentTimeline([*RECORDS, *RECORDS[:2]])
    assert len(shown.events) == 5
    assert "2 recorded twice" in repr(shown)


# -- what it draws --------------------------------------------------------------------------------


def test_the_picture_says_what_the_words_say(view: IncidentTimeline) -> None:
    plain = re.sub(r"<[^>]+>", " ", view.html())
    for line in repr(view).splitlines()[:4]:
        assert line in plain
    for lane in ("user/ann  ● 2 allowed · ✖ 1 refused", "role/ops  ▲ 1 failed"):
        assert lane in plain
    assert "nothing happened: 59 minutes 57 seconds from 2026-11-02 09:00:03" in plain
    # a mark each, and the three shapes once more where they are explained
    assert view.html().count("<svg") == len(view.chart.marks) + 3


def test_marks_stand_over_their_columns_in_their_rows(view: IncidentTimeline) -> None:
    where = drawing.places(view.chart)
    assert len(set(where.values())) == len(view.chart.marks) == len(where)
    for mark in view.chart.marks:
        place = where[mark[:3]]
        assert place.left == pytest.approx(100 * mark.column / len(view.chart.axis))
        assert place.top + drawing.ROW <= drawing.height(view.chart)
    rows = {(mark.who, mark.outcome): where[mark[:3]].top for mark in view.chart.marks}
    assert len(set(rows.values())) == len(rows)


def test_gaps_as_long_as_they_were() -> None:
    even = IncidentTimeline(RECORDS, fold=False)
    assert {column.folded for column in even.chart.axis} == {False}
    assert "nothing happened" not in even.html()
    even.fold = True
    assert "nothing happened" in even.html()


# -- its inputs -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [
        ("Principal", "user/ann", 3),
        ("Region", "eu-west-1", 1),
        ("Outcome", "refused", 1),
        ("Service", "ec2", 0),
        ("Text", "192.0.2", 1),
        ("From (UTC)", "2026-11-02 10:00", 2),
        ("To (UTC)", "2026-11-02 09:00:01", 2),
    ],
)
def test_a_filter_answers_at_once(
    view: IncidentTimeline, inputs: Inputs, name: str, value: str, number: int
) -> None:
    field = inputs[name]
    if number:
        field.value = value
        assert f"{number} of 5 events: " in inputs.said()
        assert sum(len(mark.places) for mark in view.chart.marks) == number
        inputs["No filters"].click()
    else:
        assert value not in [each for _, each in field.options]  # no event has it
    assert "All 5 events" in inputs.said()
    assert not field.value
    assert getattr(field, "index", 0) == 0  # "all", and not no choice


def test_choices_tell_how_many(inputs: Inputs) -> None:
    assert [label for label, _ in inputs["Outcome"].options] == [
        "all (5)",
        "allowed (3)",
        "failed (1)",
        "refused (1)",
    ]


def test_a_time_that_is_none_is_told(view: IncidentTimeline, inputs: Inputs) -> None:
    inputs["From (UTC)"].value = "2026-11-02 10:00"
    inputs["From (UTC)"].value = "2026-11-02 10:0"
    assert "From (UTC): &quot;2026-11-02 10:0&quot; is no time" in inputs.said()
    assert len(view.events) == 2
    inputs["From (UTC)"].value = ""
    assert "is no time" not in inputs.said()
    assert len(view.events) == 5


def test_a_mark_shows_its_events(view: IncidentTimeline, inputs: Inputs) -> None:
    assert "Click a mark" in inputs.said()
    inputs["Marks"].index = 2
    assert inputs["Mark"].value == 3
    said = inputs.said()
    assert "1 event of user/ann, refused" in said
    for words in ("GetObject", "us-east-1", "from 203.0.113.10", "AccessDenied", "not authorized"):
        assert words in said
    inputs["Mark"].value = len(view.chart.marks)
    assert inputs["Marks"].index == len(view.chart.marks) - 1
    said = inputs.said()
    for words in ("role/ops", "session night", "key ASIA************MPLE", "yes"):
        assert words in said
    inputs["Mark"].value = 0
    assert inputs["Marks"].index is None
    assert "Click a mark" in inputs.said()


def test_marks_are_named(inputs: Inputs) -> None:
    labels = inputs["Marks"]._options_labels
    assert labels[0] == "1. 2026-11-02 09:00:00 user/ann ● 1 allowed: ListBuckets"
    assert len(set(labels)) == len(labels)


def test_a_crowd_is_cut_and_says_so() -> None:
    many = IncidentTimeline([record(0, eventID=None, eventName=f"E{n % 7}") for n in range(60)])
    inputs = Inputs(many)
    assert (
        inputs["Marks"]
        ._options_labels[0]
        .endswith("● 60 allowed: E0 × 9, E1 × 9, E2 × 9, E3 × 9, and 3 more")
    )
    inputs["Mark"].value = 1
    assert "60 events of user/ann, allowed; the first 50 are shown" in inputs.said()


def test_zoom(view: IncidentTimeline, inputs: Inputs) -> None:
    assert inputs["Zoom into the mark"].disabled
    assert inputs["Zoom out"].disabled
    inputs["Marks"].index = 0
    inputs["Zoom into the mark"].click()
    assert len(view.events) == 1
    assert inputs["From (UTC)"].value == ""  # it begins with the first event
    assert inputs["To (UTC)"].value == "2026-11-02 09:00:00"
    inputs["Zoom out"].click()
    assert len(view.events) == 2  # a second more at either end
    for _ in range(12):
        inputs["Zoom out"].click()
    assert "All 5 events" in inputs.said()
    inputs["Mark"].value = len(view.chart.marks)
    inputs["Zoom into the mark"].click()
    assert inputs["From (UTC)"].value == "2026-11-02 11:00:05"
    assert view.events["who"].tolist() == ["role/ops"]
    inputs["All of the time"].click()
    assert len(view.events) == 5


def test_gaps_are_folded_by_an_input(view: IncidentTimeline, inputs: Inputs) -> None:
    inputs["Long gaps"].value = False
    assert not view.fold
    assert "nothing happened" not in inputs.said()


def test_filters_that_a_program_sets_are_in_the_inputs(
    view: IncidentTimeline, inputs: Inputs
) -> None:
    view.filters = view.timeline.filters(principal="user/bob", since="2026-11-02 09:30")
    assert inputs["Principal"].value == "user/bob"
    assert inputs["From (UTC)"].value == "2026-11-02 09:30:00"
    assert "1 of 5 events" in inputs.said()


def test_a_mark_of_before_is_no_longer_chosen(view: IncidentTimeline, inputs: Inputs) -> None:
    inputs["Mark"].value = 1
    view.filters = view.timeline.filters(principal="user/bob")
    assert "Click a mark" in inputs.said()
    assert inputs["Mark"].value == 0
    assert inputs["Marks"].index is None


@pytest.mark.parametrize("since", ["0001-01-01", "1969-12-31", "9999-12-31"])
def test_a_time_far_away(inputs: Inputs, since: str) -> None:
    inputs["From (UTC)"].value = since
    assert f"{0 if since.startswith('9') else 5} of 5 events: since" in inputs.said()
    inputs["Zoom out"].click()
    inputs["Long gaps"].value = False
    assert inputs["From (UTC)"].value in ("", since)


def test_without_events() -> None:
    inputs = Inputs(IncidentTimeline([]))
    assert "No events." in inputs.said()
    for name in ("Zoom into the mark", "Zoom out", "All of the time"):
        inputs[name].click()
    assert inputs["Mark"].max == 0


# -- hostile names, large trails ------------------------------------------------------------------


@pytest.mark.parametrize("hostile", HOSTILE)
def test_an_event_of_any_name_is_shown_as_data(hostile: str) -> None:
    view = incident_timeline(HOSTILE[hostile])
    page = drawing.table_html(view.events, view.chart.marks[-1])
    elements = re.findall(r"<(/?\w+)[^>]*>", page)
    assert "".join(f"<{name}>" for name in elements if name != "br") == TABLE
    found = view.timeline.filters(principal=view.events["who"].iloc[0])
    assert len(view.timeline.choose(found)) == 4


TABLE = "".join(
    [
        "<table><caption></caption><thead><tr>",
        "<th></th>" * 6,
        "</tr></thead><tbody><tr>",
        "<td></td>" * 4,
        "<td><span></span></td><td></td>",
        "</tr></tbody></table>",
    ]
)
"""The elements of a table with one event."""


def test_a_large_timeline_is_drawn_within_a_second() -> None:
    outcomes = ({}, {"errorCode": "AccessDenied"}, {"errorCode": "Throttling"})
    records = [
        record(7 * n % 50_000, f"u{n % 40}", eventID=str(n), **outcomes[n % 3])
        for n in range(5_000)
    ]
    IncidentTimeline(records[:1])._repr_mimebundle_()  # what is loaded when it is first used
    begin = time.process_time()
    view = IncidentTimeline(records)
    view._repr_mimebundle_()
    first = time.process_time() - begin
    begin = time.process_time()
    Inputs(view)["Outcome"].value = "refused"
    second = time.process_time() - begin
    assert sum(len(mark.places) for mark in view.chart.marks) == 1_667
    assert first < 4  # the machine may be busy
    assert second < 2
