"""Timelines: every form that events come in, what is counted, the filters, the marks."""

from __future__ import annotations

import doctest
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import Lab
from helpers.analysis.exports import Exports
from helpers.analysis.trail import timeline as module
from helpers.analysis.trail import timeline_marks
from helpers.analysis.trail.cloudtrail_files import LogFiles
from helpers.analysis.trail.event_table import event_table
from helpers.analysis.trail.timeline import (
    NO_RECORD,
    NO_TIME,
    NOT_READ,
    NOT_TOLD,
    TWICE,
    Filters,
    summaries,
    timeline,
)
from helpers.analysis.trail.timeline_marks import MOST_LANES, chart

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "cloudtrail-invictus"
IAM = "arn:aws:iam::111122223333"


def record(second: int, user: str = "ann", **more: Any) -> dict[str, Any]:
    return {
        "eventID": f"{user}-{second}",
        "eventTime": f"2026-11-02T09:{second // 60:02}:{second % 60:02}Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": "ListBuckets",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.10",
        "userIdentity": {"type": "IAMUser", "arn": f"{IAM}:user/{user}"},
        **more,
    }


DENIED = {"errorCode": "AccessDenied", "errorMessage": "User: ann is not authorized"}
RECORDS = [
    record(0),
    record(5, "bob", awsRegion="eu-west-1"),
    record(9, **DENIED),
    record(60, "bob", errorCode="NoSuchBucket"),
]


@pytest.mark.parametrize("each", [module, timeline_marks])
def test_doctests(each: Any) -> None:
    assert doctest.testmod(each).failed == 0


# -- the forms of events --------------------------------------------------------------------------


def same(found: Any) -> bool:
    expected = timeline(RECORDS).events
    return bool(found.events[["id", "who", "outcome"]].equals(expected[["id", "who", "outcome"]]))


def test_records_tables_and_answers() -> None:
    envelopes = [{"EventId": "x", "CloudTrailEvent": json.dumps(each)} for each in RECORDS]
    for given_ in (
        RECORDS[::-1],
        iter(RECORDS),
        {"Records": RECORDS},
        {"Events": envelopes},
        envelopes,
        event_table(RECORDS),
        event_table(RECORDS)[["time", "principal", "event", "outcome", "id"]].iloc[::-1],
        timeline(RECORDS).events,
    ):
        found = timeline(given_)
        assert same(found)
        assert found.left_out == {}


def test_files(tmp_path: Path) -> None:
    file = tmp_path / "log.json"
    file.write_text(json.dumps({"Records": [*RECORDS, 7]}))
    for given_ in (file, str(tmp_path), LogFiles(tmp_path), Exports(tmp_path)):
        found = timeline(given_)
        assert same(found)
        assert found.left_out == {NOT_READ: 1}
    assert same(timeline(Exports(tmp_path).events()))
    with pytest.raises(FileNotFoundError):
        timeline(tmp_path / "none")


def test_of_the_lab() -> None:
    lab = Lab.start("house")
    lab.root.client("iam").list_users()
    try:
        found = timeline(lab.events)
        assert len(found.events) == len(lab.events)
        assert found.events["who"].iloc[-1] == "root"
        for whole in (lab, lab.trail):
            assert len(timeline(whole).events) == len(lab.events)
    finally:
        Lab.stop()


@pytest.mark.parametrize("given_", [7, None, {"a": 1}, b"x", object()])
def test_what_is_none_of_these(given_: Any) -> None:
    with pytest.raises(TypeError, match="expected records of CloudTrail"):
        timeline(given_)


def test_a_table_of_something_else() -> None:
    with pytest.raises(ValueError, match="the table has no column principal, event"):
        timeline(pd.DataFrame({"time": [], "outcome": []}))


# -- what is left out, what is odd ----------------------------------------------------------------


def test_what_has_no_place_is_counted() -> None:
    without = {name: value for name, value in record(1).items() if name != "eventTime"}
    odd = [7, None, "x", without, record(2, eventTime="soon"), record(3, eventTime=12)]
    found = timeline([*RECORDS, *odd, *RECORDS[:2], {"CloudTrailEvent": "{"}])
    assert same(found)
    # the two without a good time have the ids of nobody else; ann-1 is the third
    assert found.left_out == {NO_RECORD: 4, TWICE: 2, NO_TIME: 3}


def test_rows_of_a_table_that_come_twice_or_tell_no_time() -> None:
    table = event_table([*RECORDS, record(70, eventTime=None)])
    assert timeline(pd.concat([table, table.iloc[:3]])).left_out == {TWICE: 3, NO_TIME: 1}


def test_events_without_an_id_are_all_there() -> None:
    assert len(timeline([record(1, eventID=None)] * 3).events) == 3


def test_what_is_not_told() -> None:
    bare = {"eventTime": "2026-11-02T09:00:00Z"}
    (row,) = timeline([bare]).events.to_dict("records")
    assert (row["who"], row["outcome"]) == ("no userIdentity", "allowed")
    assert {row[name] for name in ("event", "region", "source")} == {NOT_TOLD}


def test_keys_are_masked_wherever_they_stand() -> None:
    key = "AKIAIOSFODNN7EXAMPLE"
    more = {"eventName": f"a {key}", "errorCode": "E", "errorMessage": f"key {key}"}
    (row,) = timeline([record(0, user=key, eventID="1", **more)]).events.to_dict("records")
    assert row["message"] == "key AKIA************MPLE"
    assert key not in repr(row)


def test_principals_of_two_accounts() -> None:
    other = record(9, userIdentity={"type": "IAMUser", "arn": "arn:aws:iam::444455556666:user/ann"})
    names = timeline([record(0), other]).events["who"].tolist()
    assert names == ["user/ann of 111122223333", "user/ann of 444455556666"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)


@settings(max_examples=15, deadline=None)
@given(st.lists(VALUES | st.dictionaries(st.sampled_from(list(record(0))), VALUES), max_size=4))
def test_whatever_is_given_is_drawn_or_counted(records: list[Any]) -> None:
    found = timeline(records)
    assert len(found.events) + sum(found.left_out.values()) == len(records)
    assert sum(len(mark.places) for mark in chart(found.events).marks) == len(found.events)


# -- filters --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, [0, 1, 2, 3]),
        ({"principal": "user/ann"}, [0, 2]),
        ({"principal": f"{IAM}:user/bob"}, [1, 3]),
        ({"region": "eu-west-1"}, [1]),
        ({"outcome": "refused"}, [2]),
        ({"outcome": "failed"}, [3]),
        ({"service": "s3"}, [0, 1, 2, 3]),
        ({"text": "LISTbuckets"}, [0, 1, 2, 3]),
        ({"text": "not authorized"}, [2]),
        ({"text": "nosuch"}, [3]),
        ({"text": "EU-west"}, [1]),
        ({"text": "user/bob"}, [1, 3]),
        ({"text": "203.0.113.1"}, [0, 1, 2, 3]),
        ({"text": ".*"}, []),
        ({"since": "2026-11-02 09:00:05"}, [1, 2, 3]),
        ({"until": "2026-11-02T09:00:05Z"}, [0, 1]),
        ({"since": datetime(2026, 11, 2, 9, 0, 6, tzinfo=UTC), "principal": "user/ann"}, [2]),
        ({"since": "2026-11-03", "until": "2026-11-01"}, []),
    ],
)
def test_filters(chosen: dict[str, Any], expected: list[int]) -> None:
    found = timeline(RECORDS)
    assert found.choose(found.filters(**chosen)).index.tolist() == expected


@pytest.mark.parametrize(
    ("chosen", "problem"),
    [
        (
            {"principal": "user/anne"},
            'principal: no event has "user/anne". Did you mean "user/ann"',
        ),
        ({"region": "eu-west-2"}, 'no event has "eu-west-2". Did you mean "eu-west-1"'),
        ({"outcome": "denied"}, 'outcome: no event has "denied"'),
        ({"since": "yesterday"}, 'since: "yesterday" is no time such as'),
        ({"until": 12}, 'until: "12" is no time such as'),
    ],
)
def test_what_no_event_has(chosen: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=r"no event has|no time") as raised:
        timeline(RECORDS).filters(**chosen)
    assert problem in str(raised.value)


def test_choices_are_those_of_the_events() -> None:
    found = timeline(RECORDS)
    assert found.choices("region") == {"us-east-1": 3, "eu-west-1": 1}
    assert found.choices("outcome") == {"allowed": 2, "failed": 1, "refused": 1}
    assert found.choices("service") == {"s3": 4}
    assert timeline([]).choices("principal") == {}


def test_filters_in_words() -> None:
    found = timeline(RECORDS).filters(principal="user/ann", text="x", since="2026-11-02 09:00")
    assert str(found) == 'user/ann, with "x", since 2026-11-02 09:00:00'
    assert str(Filters()) == ""


# -- marks ----------------------------------------------------------------------------------------


def test_summaries() -> None:
    assert [(one.who, one.numbers, one.first) for one in summaries(timeline(RECORDS).events)] == [
        ("user/ann", {"allowed": 1, "refused": 1}, 0),
        ("user/bob", {"allowed": 1, "failed": 1}, 1),
    ]


def test_a_lane_a_principal_a_row_an_outcome() -> None:
    found = chart(timeline(RECORDS).events)
    assert [(lane.who, list(lane.rows)) for lane in found.lanes] == [
        ("user/ann", ["allowed", "refused"]),
        ("user/bob", ["allowed", "failed"]),
    ]
    assert [mark.places for mark in found.marks] == [[0], [1], [2], [3]]
    assert found.others == []


def test_what_overlaps_is_one_mark() -> None:
    records = [record(second, eventID=None) for second in (0, 0, 0, 59)]
    assert [mark.places for mark in chart(timeline(records).events).marks] == [[0, 1, 2], [3]]


def test_a_window_sets_the_axis() -> None:
    since, until = (datetime(2026, 11, 2, hour, tzinfo=UTC) for hour in (8, 10))
    axis = chart(timeline(RECORDS).events, since, until, fold=False).axis
    assert axis[-1].end - axis[0].begin == 7_201


def test_those_with_the_fewest_events_share_the_last_lane() -> None:
    many = [record(second, f"u{number:02}") for number in range(20) for second in range(number + 1)]
    found = chart(timeline(many).events)
    assert len(found.lanes) == MOST_LANES
    assert found.others == [f"user/u{number:02}" for number in range(8, -1, -1)]
    assert found.lanes[-1].who == "9 other principals"
    assert sum(len(mark.places) for mark in found.marks) == len(many)
    assert not {lane.who for lane in found.lanes} & set(found.others)


def test_nothing() -> None:
    assert chart(timeline([]).events) == timeline_marks.Chart([], [], [], [])


@pytest.mark.skipif(not REAL.exists(), reason="the real log files are not beside the project")
def test_every_real_event_is_drawn() -> None:
    found = timeline(REAL)
    assert len(found.events) == 2900
    assert found.left_out == {}
    drawn = chart(found.events)
    assert sum(len(mark.places) for mark in drawn.marks) == 2900
    assert len(drawn.lanes) == MOST_LANES
