"""Records as a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import Lab
from helpers.analysis.masking import mask_text, masked
from helpers.analysis.trail.cloudtrail_files import LogFiles
from helpers.analysis.trail.event_table import COLUMNS, event_table

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "cloudtrail-invictus"
ANN = "arn:aws:iam::111122223333:user/ann"
RECORD = {
    "eventID": "1",
    "eventTime": "2026-11-02T09:00:00Z",
    "eventSource": "s3.amazonaws.com",
    "eventName": "GetObject",
    "userIdentity": {"type": "IAMUser", "arn": ANN, "accessKeyId": "AKIAIOSFODNN7EXAMPLE"},
}


def only(**changes: Any) -> dict[str, Any]:
    (found,) = event_table([RECORD | changes]).to_dict("records")
    return found


def test_types() -> None:
    table = event_table([RECORD])
    assert list(table.columns) == list(COLUMNS)
    types = {name: str(kind) for name, kind in table.dtypes.items()}
    assert types["time"] == "datetime64[s, UTC]"
    assert (types["mfa"], types["reads"], types["data"]) == ("boolean", "boolean", "bool")
    assert types["principal"] == "category"
    assert {str(kind) for kind in event_table([]).dtypes} == set(types.values())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"action": "s3:GetObject", "outcome": "done", "principal": ANN, "data": True}),
        ({"eventCategory": "Management"}, {"data": False}),
        ({"errorCode": "AccessDenied"}, {"outcome": "denied", "error": "AccessDenied"}),
        ({"errorCode": "NoSuchKey"}, {"outcome": "failed"}),
        (
            {"errorMessage": "Failed authentication"},
            {"outcome": "failed", "message": "Failed authentication"},
        ),
        ({"eventName": "CopyObject"}, {"action": "s3:GetObject, s3:PutObject"}),
        ({"managementEvent": False, "readOnly": True}, {"data": True, "reads": True}),
        ({"readOnly": "false"}, {"reads": False}),
        ({"additionalEventData": {"MFAUsed": "Yes"}}, {"mfa": True}),
        (
            {
                "userIdentity": {
                    "type": "AssumedRole",
                    "arn": "arn:aws:sts::111122223333:assumed-role/ops/ann",
                    "sessionContext": {"attributes": {"mfaAuthenticated": "false"}},
                }
            },
            {
                "principal": "arn:aws:iam::111122223333:role/ops",
                "session": "ann",
                "mfa": False,
            },
        ),
        ({"userIdentity": {"type": "AWSService"}}, {"nobody": "an AWS service"}),
        (
            {"requestParameters": {"bucketName": "b", "key": "k"}},
            {"resource": "arn:aws:s3:::b/k"},
        ),
    ],
)
def test_what_the_columns_hold(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    found = only(**changes)
    assert {name: found[name] for name in expected} == expected


def test_what_is_missing_is_missing() -> None:
    found = only(eventTime="soon", userIdentity={})
    assert found["time"] is pd.NaT
    for name in ("principal", "access_key", "mfa", "reads", "error", "region", "resource"):
        assert pd.isna(found[name]), name


def test_in_the_order_of_time_and_each_event_once() -> None:
    later = RECORD | {"eventID": "2", "eventTime": "2026-11-03T09:00:00Z"}
    without_id = {name: value for name, value in RECORD.items() if name != "eventID"}
    table = event_table([later, RECORD, later, without_id, without_id])
    assert table["id"].fillna("").tolist() == ["1", "", "", "2"]


def test_no_access_key_is_shown_whole() -> None:
    assert only()["access_key"] == masked("AKIAIOSFODNN7EXAMPLE") == "AKIA************MPLE"


@pytest.mark.parametrize("text", ["", "AKIA", "AKIAIOSFODNN", "not a key: AKIAlower7EXAMPLEaaaa"])
def test_what_is_no_key_is_left_alone(text: str) -> None:
    assert mask_text(text) == text


@given(st.text("AKISX27", max_size=40))
def test_masking_keeps_the_length_and_never_the_middle(key: str) -> None:
    shown = masked(key)
    assert len(shown) == len(key)
    assert len(shown.strip("*")) <= 8 or "*" in shown
    assert shown.count("*") >= min(len(key), 4)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from([*RECORD, "resources", "requestParameters"]), VALUES))
def test_whatever_a_record_holds_it_has_a_row(record: dict[str, Any]) -> None:
    assert len(event_table([record])) == 1


def test_of_the_lab() -> None:
    lab = Lab.start("house")
    lab.root.client("iam").list_users()
    table = event_table(lab.events)
    assert len(table) == len(lab.events)
    assert table.action.iloc[-1] == "iam:ListUsers"
    assert table.principal.iloc[-1] == lab.root.arn
    Lab.stop()


@pytest.mark.skipif(not REAL.exists(), reason="the real log files are not beside the project")
def test_every_real_event_is_attributed_or_a_named_exception() -> None:
    table = event_table(LogFiles(REAL))
    assert len(table) == 2900
    assert (table.principal.notna() ^ table.nobody.notna()).all()
    assert table.time.notna().all()
    without = table[table.action.isna() & table.principal.notna()]
    assert set(without.source) <= {"signin", "ec2", "s3", "secretsmanager"}
    assert len(without) < 30
