"""An account read by calls, kept as JSON, looked at elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helpers import Lab
from helpers.analysis.snapshot import DETAILS, REPORT, Snapshot
from helpers.analysis.sources.account_calls import CALLS, CannotTell
from helpers.analysis.sources.account_reading import Answer, Asked
from helpers.analysis.sources.export_files import ExportError

REGIONS = ("us-east-1", "eu-west-1")


@pytest.fixture(scope="module")
def house() -> Iterator[Lab]:
    yield Lab.start("house")
    Lab.stop()


@pytest.fixture(scope="module")
def taken(house: Lab) -> Snapshot:
    house.clock.advance(days=3)
    return Snapshot.collect(house.root, REGIONS)


def test_every_answer_of_the_lab_has_the_shape_that_is_read(taken: Snapshot) -> None:
    for asked in taken.answers:
        taken.answer(asked.call, region=asked.region, of=asked.of)
    not_asked = set(CALLS) - {asked.call for asked in taken.answers}
    # There is no organization, and no trail.
    assert not_asked == {
        "iam:ListOrganizationsFeatures",
        "cloudtrail:GetTrailStatus",
        "cloudtrail:GetEventSelectors",
    }


def test_what_is_read(taken: Snapshot) -> None:
    assert taken.account == "111122223333"
    assert taken.bucket_names == ["payroll"]
    assert taken.regions == REGIONS
    assert taken.answer("iam:GetAccountPasswordPolicy") is None  # there is none
    assert [row["user"] for row in taken.credentials] == ["<root_account>", "admin", "analyst"]
    keys = taken.answer("iam:ListAccessKeys", of="admin")["AccessKeyMetadata"]
    assert [key["Status"] for key in keys] == ["Active"]
    groups = taken.answer("ec2:DescribeSecurityGroups", region="eu-west-1")["SecurityGroups"]
    assert [group["GroupName"] for group in groups] == ["default"]


def test_its_time_is_the_accounts_own(house: Lab, taken: Snapshot) -> None:
    assert abs((house.clock.now - taken.taken_at).total_seconds()) < 3600


def test_nothing_in_the_account_is_changed_by_it(house: Lab, taken: Snapshot) -> None:
    before = len(house.events)
    Snapshot.collect(house.root, REGIONS)
    changed = {event["eventName"] for event in house.events[before:] if not event["readOnly"]}
    assert changed <= {"GenerateCredentialReport"}


def test_it_is_the_same_out_of_json(taken: Snapshot, tmp_path: Path) -> None:
    text = taken.to_json(tmp_path / "snapshot.json")
    for again in (Snapshot.from_json(text), Snapshot.from_json(tmp_path / "snapshot.json")):
        assert again.answers == taken.answers
        assert (again.taken_at, again.regions) == (taken.taken_at, taken.regions)


def test_all_regions_by_default(house: Lab) -> None:
    found = Snapshot.collect(house.root)
    enabled = [one["RegionName"] for one in found.answer("ec2:DescribeRegions")["Regions"]]
    assert list(found.regions) == enabled
    assert len(enabled) > 10


def test_what_is_refused_is_told(house: Lab) -> None:
    found = Snapshot.collect(house.caller("analyst"), ["us-east-1"])
    with pytest.raises(CannotTell, match="iam:GetAccountSummary: AccessDenied"):
        found.answer("iam:GetAccountSummary")
    with pytest.raises(CannotTell, match="in us-east-1: UnauthorizedOperation"):
        found.answer("ec2:DescribeInstances", region="us-east-1")
    assert found.bucket_names == ["payroll"]
    assert found.account == "111122223333"


class _Broken:
    """A session without credentials, or without a network."""

    def client(self, name: str, region_name: str | None = None) -> object:
        raise ConnectionError(f"{name} of {region_name} cannot be reached")


def test_nothing_is_raised_where_nothing_answers() -> None:
    found = Snapshot.collect(_Broken(), ["us-east-1"])
    assert {answer.code for answer in found.answers.values()} == {"ConnectionError"}
    for reading in ("credentials", "details", "bucket_names", "account"):
        with pytest.raises(CannotTell):
            getattr(found, reading)


def test_exports_tell_of_users_and_policies_alone(house: Lab, tmp_path: Path) -> None:
    folder = house.export_account(tmp_path)
    files = folder / "authorization-details.json", folder / "credential-report.csv"
    at = datetime(2026, 11, 9, tzinfo=UTC)
    found = Snapshot.from_exports(*files, taken_at=at)
    assert found.taken_at == at
    assert found.account == "111122223333"
    assert len(found.credentials) == 3
    assert len(found.details.mapping["UserDetailList"]) == 2
    with pytest.raises(CannotTell, match="s3:ListBuckets was not read"):
        found.answer("s3:ListBuckets")


def test_exports_that_are_none(tmp_path: Path) -> None:
    wrong = tmp_path / "page.html"
    wrong.write_text("<html>Sign in</html>")
    with pytest.raises(ExportError, match=r"page\.html"):
        Snapshot.from_exports(report=wrong)
    with pytest.raises(ExportError, match=r"page\.html"):
        Snapshot.from_exports(wrong)
    with pytest.raises(ExportError):
        Snapshot.from_exports(report="")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no JSON"),
        ("[]", "is no object"),
        ("[" * 100_000, "no JSON"),
        ('{"form": 1}', "has no taken_at"),
        ('{"form": 2, "taken_at": "2026-11-02", "regions": [], "calls": []}', "its form"),
        ('{"form": 1, "taken_at": "soon", "regions": [], "calls": []}', "its time"),
        ('{"form": 1, "taken_at": "2026-11-02", "regions": [7], "calls": []}', "no text"),
    ],
)
def test_json_that_is_no_snapshot(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"It is no snapshot: .*{reason}"):
        Snapshot.from_json(text)


def test_parts_of_json_that_nobody_knows_are_left_out(taken: Snapshot) -> None:
    kept = json.loads(taken.to_json())
    kept["calls"] += [{}, {"call": 7}, {"call": "s3:DeleteBucket"}, {"call": [], "of": {}}]
    assert Snapshot.from_json(json.dumps(kept)).answers == taken.answers


def test_answers_of_another_form_cannot_tell() -> None:
    found = Snapshot(
        {
            Asked("iam:GetAccountSummary"): Answer({"SummaryMap": {"AccountMFAEnabled": True}}),
            Asked(REPORT): Answer({"Content": "user,arn\nann,x"}),
            Asked(DETAILS): Answer([1]),
        },
        datetime(2026, 11, 2, tzinfo=UTC),
    )
    with pytest.raises(CannotTell, match=r"SummaryMap\.AccountMFAEnabled is no number"):
        found.answer("iam:GetAccountSummary")
    with pytest.raises(CannotTell, match="it has no column"):
        assert found.credentials
    with pytest.raises(CannotTell, match="is no object"):
        assert found.details
