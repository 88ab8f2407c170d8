"""The scorecard: its order, its words, its table and its files, and one against another."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from helpers.analysis.controls import CONTROLS, Outcome, Scorecard, Severity, compare, score
from helpers.analysis.controls.scorecard import COLUMNS, COMPARED
from helpers.analysis.snapshot import Snapshot
from helpers.analysis.sources.account_reading import Answer, Asked

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
FORMULA = '=HYPERLINK("http://example.com")'


def summary(**counts: int) -> dict[Asked, Answer]:
    numbers = {"AccountMFAEnabled": 0, "AccountAccessKeysPresent": 0, **counts}
    identity = {"Account": "111122223333", "Arn": "arn:aws:iam::111122223333:root"}
    return {
        Asked("iam:GetAccountSummary"): Answer({"SummaryMap": numbers}),
        Asked("sts:GetCallerIdentity"): Answer(identity),
    }


def buckets(**versioning: str) -> dict[Asked, Answer]:
    names = [{"Name": name} for name in versioning]
    found = {Asked("s3:ListBuckets"): Answer({"Buckets": names})}
    for name, status in versioning.items():
        found[Asked("s3:GetBucketVersioning", "", name)] = Answer({"Status": status})
    return found


def card(answers: dict[Asked, Answer], *names: str) -> Scorecard:
    chosen = [CONTROLS[name] for name in names] if names else None
    return score(Snapshot(answers, AT, ("us-east-1",)), chosen)


@pytest.fixture
def mixed() -> Scorecard:
    """One of each: critical failure, low failure, cannot tell, pass."""
    return card(
        {
            **summary(AccountAccessKeysPresent=0),
            **buckets(**{FORMULA: "Suspended", "b": "Enabled"}),
        },
        "root-access-key",
        "s3-versioning",
        "security-contact",
        "root-mfa",
    )


def test_the_worst_comes_first(mixed: Scorecard) -> None:
    assert [one.control.id for one in mixed.ordered] == [
        "root-mfa",
        "s3-versioning",
        "security-contact",
        "root-access-key",
    ]
    counts = {outcome: mixed.count(outcome) for outcome in Outcome}
    assert counts == {Outcome.FAIL: 2, Outcome.CANNOT_TELL: 1, Outcome.PASS: 1}
    assert mixed["root-mfa"].control.severity is Severity.CRITICAL
    with pytest.raises(KeyError, match="no-such"):
        assert mixed["no-such"]


def test_its_words(mixed: Scorecard) -> None:
    lines = str(mixed).splitlines()
    assert lines[:2] == [
        "Account 111122223333 at 2026-11-02 09:00 UTC, 1 Region looked at",
        "1 of 4 controls pass, 2 fail (1 critical, 1 low), 1 cannot be told",
    ]
    assert lines[2:4] == [
        "✖ fail        critical root-mfa: The root user needs MFA to sign in",
        "    arn:aws:iam::111122223333:root: it has no MFA device",
    ]
    assert "? cannot tell medium   security-contact: AWS knows whom to write to" in str(mixed)
    assert lines[-1].startswith("✔ pass")


def test_many_pieces_of_evidence_are_counted() -> None:
    found = card(buckets(**{f"b{n}": "Suspended" for n in range(9)}), "s3-versioning")
    assert "and 6 more" in str(found)
    assert "b8" not in str(found)
    (row,) = found.rows()
    assert row["subjects"] == 9
    assert "b8" in row["evidence"]


def test_areas_keep_together() -> None:
    areas = [one.control.area for one in card({}).results]
    assert list(dict.fromkeys(areas)) == sorted(set(areas), key=areas.index)
    assert areas == sorted(areas, key=list(dict.fromkeys(areas)).index)
    assert areas[0] == "root"


def test_the_table(mixed: Scorecard) -> None:
    table = mixed.frame()
    assert list(table.columns) == list(COLUMNS)
    assert table["control"].tolist() == [one.control.id for one in mixed.results]
    assert table["result"].tolist() == ["pass", "fail", "cannot tell", "fail"]
    assert (table["severity"] <= "high").tolist() == [True, False, False, True]
    failed = table.set_index("control").loc["root-mfa"]
    assert "enable_mfa_device(UserName='root'" in failed["boto3"]
    assert failed["cli"].startswith("aws iam create-virtual-mfa-device")
    assert failed["cis"] == "2.5"
    assert table.set_index("control").loc["root-access-key", "boto3"] == ""
    assert card({}, "root-mfa").frame()["subjects"].dtype.kind == "i"


def test_csv_begins_no_formula(mixed: Scorecard, tmp_path: Path) -> None:
    file = tmp_path / "card.csv"
    found = card(buckets(**{"b": "Suspended"}), "s3-versioning")
    mixed.to_csv(file)
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [row["control"] for row in rows] == [one.control.id for one in mixed.results]
    assert FORMULA in rows[1]["evidence"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    from helpers.analysis.controls.scorecard import _no_formula

    assert _no_formula(FORMULA) == f"'{FORMULA}"
    assert _no_formula(found.headline) == found.headline


def test_json(mixed: Scorecard, tmp_path: Path) -> None:
    file = tmp_path / "card.json"
    mixed.to_json(file)
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert kept["account"] == "111122223333"
    assert kept["taken_at"] == "2026-11-02T09:00:00+00:00"
    by_id = {one["control"]: one for one in kept["controls"]}
    assert list(by_id) == [one.control.id for one in mixed.results]
    assert [one["result"] for one in by_id["s3-versioning"]["findings"]] == ["fail", "pass"]


def test_sarif(mixed: Scorecard, tmp_path: Path) -> None:
    """The structure that the format's schema asks for, where this writes it."""
    file = tmp_path / "card.sarif"
    mixed.to_sarif(file)
    log = json.loads(file.read_text(encoding="utf-8"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [one.control.id for one in mixed.results]
    assert len(run["results"]) == sum(len(one.evidence) for one in mixed.results)
    for found in run["results"]:
        assert rules[found["ruleIndex"]]["id"] == found["ruleId"]
        assert found["kind"] in ("pass", "fail", "open")
        # The format: what is no failure has no level.
        assert (found["level"] == "none") == (found["kind"] != "fail")
        assert found["message"]["text"]
        (location,) = found["locations"][0]["logicalLocations"]
        assert location["fullyQualifiedName"]
    levels = {
        found["ruleId"]: found["level"] for found in run["results"] if found["kind"] == "fail"
    }
    assert levels == {"root-mfa": "error", "s3-versioning": "note"}
    assert "properties" not in json.loads(_sarif_of(card({}), tmp_path))["runs"][0]


def _sarif_of(found: Scorecard, folder: Path) -> str:
    found.to_sarif(folder / "x.sarif")
    return (folder / "x.sarif").read_text(encoding="utf-8")


@pytest.mark.parametrize("write", [Scorecard.to_csv, Scorecard.to_json, Scorecard.to_sarif])
def test_names_that_no_file_can_hold(write: Callable[..., Any], tmp_path: Path) -> None:
    write(card(buckets(**{"half \ud800": "Suspended"}), "s3-versioning"), tmp_path / "card")
    assert b"half ?" in (tmp_path / "card").read_bytes()


def test_one_against_another() -> None:
    before = card(
        {
            **summary(AccountAccessKeysPresent=1),
            **buckets(a="Suspended", b="Suspended", c="Enabled"),
        },
        "root-access-key",
        "root-mfa",
        "s3-versioning",
        "security-contact",
    )
    after = card(
        {**summary(AccountMFAEnabled=1), **buckets(a="Enabled", b="Suspended", c="Suspended")},
        "root-access-key",
        "root-mfa",
        "s3-versioning",
        "ebs-encryption",
    )
    table = compare(before, after).set_index("control")
    assert ["control", *table.columns] == list(COMPARED)
    assert table["change"].to_dict() == {
        "root-access-key": "mended",
        "root-mfa": "mended",
        "s3-versioning": "the same",
        "security-contact": "the same",
        "ebs-encryption": "the same",
    }
    assert table.loc["s3-versioning", "mended"] == "arn:aws:s3:::a"
    assert table.loc["s3-versioning", "broken"] == "arn:aws:s3:::c"
    assert table["before"].isna().tolist() == [False, False, False, False, True]
    assert table["after"].isna().tolist() == [False, False, False, True, False]
    assert compare(after, before).set_index("control").loc["root-mfa", "change"] == "broken"


def test_what_is_known_of_one_alone() -> None:
    nothing, known = card({}, "root-mfa"), card(summary(), "root-mfa")
    assert compare(nothing, known)["change"].tolist() == ["now known"]
    assert compare(known, nothing)["change"].tolist() == ["no longer known"]
    assert compare(known, known)["change"].tolist() == ["the same"]
    assert list(compare(card({}, "root-mfa"), nothing).columns) == list(COMPARED)
