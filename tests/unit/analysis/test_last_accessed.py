"""Answers of GetServiceLastAccessedDetails: whose they are, both granularities, broken ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from helpers import Lab
from helpers.analysis.sources.last_accessed import COLUMNS, TELL_WHOSE, last_accessed

ANN = "arn:aws:iam::111122223333:user/team/ann"
AT = "2026-11-02T09:00:00+00:00"
REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "iam-airiam" / "iam_data.json"


def answer(*services: Any, **others: Any) -> dict[str, Any]:
    return (
        {"JobStatus": "COMPLETED", "IsTruncated": False}
        | others
        | {"ServicesLastAccessed": list(services)}
    )


S3 = {
    "ServiceName": "Amazon S3",
    "ServiceNamespace": "s3",
    "LastAuthenticated": AT,
    "LastAuthenticatedEntity": ANN,
    "LastAuthenticatedRegion": "eu-west-1",
    "TotalAuthenticatedEntities": 1,
    "TrackedActionsLastAccessed": [
        {
            "ActionName": "ListAllMyBuckets",
            "LastAccessedEntity": ANN,
            "LastAccessedTime": AT,
            "LastAccessedRegion": "eu-west-2",
        },
        {"ActionName": "CreateBucket"},
    ],
}
SQS = {"ServiceName": "Amazon SQS", "ServiceNamespace": "sqs", "TotalAuthenticatedEntities": 0}


def put(file: Path, *documents: Any) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(json.dumps(document) for document in documents))
    return file


def test_services_and_actions_have_their_rows(tmp_path: Path) -> None:
    found = last_accessed(put(tmp_path / "user_ann.json", answer(S3, SQS)))
    assert found.skipped == []
    table = found.table
    assert list(table.columns) == list(COLUMNS)
    assert str(table["last"].dtype) == "datetime64[s, UTC]"
    assert table["principal"].unique().tolist() == [ANN]
    assert table["service"].tolist() == ["s3", "s3", "s3", "sqs"]
    assert table["action"].fillna("-").tolist() == [
        "-",
        "s3:ListAllMyBuckets",
        "s3:CreateBucket",
        "-",
    ]
    assert table["last"].tolist() == [pd.Timestamp(AT), pd.Timestamp(AT), pd.NaT, pd.NaT]
    assert table["region"].fillna("-").tolist() == ["eu-west-1", "eu-west-2", "-", "-"]
    assert table["entity"].notna().tolist() == [True, True, False, False]


@pytest.mark.parametrize(
    ("name", "document", "principals", "principal"),
    [
        ("role/ops.json", answer(SQS), ["arn:aws:iam::111122223333:role/x/ops"], None),
        ("users/ann", answer(SQS), [ANN], ANN),
        ("role-ops.json", answer(SQS), [], "role/ops"),
        ("user_ann_lee.json", answer(SQS), [], "user/ann_lee"),
        ("user_ben.json", answer(S3), [], "user/ben"),
        ("x.json", {"Arn": ANN, "Details": answer(SQS)}, [], ANN),
        ("x.json", {"Arn": ANN} | answer(SQS), [], ANN),
        ("user_ben.json", {"Arn": ANN} | answer(SQS), [], ANN),
    ],
)
def test_whose_it_is(
    tmp_path: Path, name: str, document: Any, principals: list[str], principal: str | None
) -> None:
    found = last_accessed(put(tmp_path / name, document), principals)
    assert found.skipped == []
    assert set(found.table["principal"]) == {principal or principals[0]}


@pytest.mark.parametrize(
    ("name", "document", "reason"),
    [
        ("x.json", answer(S3), TELL_WHOSE),
        ("group_dev.json", answer(S3), "it is of a group or a policy"),
        ("user_ann.json", {"JobStatus": "IN_PROGRESS"}, "its JobStatus is 'IN_PROGRESS'; ask"),
        (
            "user_ann.json",
            {"JobStatus": "FAILED", "Error": {"Message": "gone", "Code": "X"}},
            "its JobStatus is 'FAILED' ('gone')",
        ),
        ("user_ann.json", {"JobStatus": "COMPLETED"}, "it has no list ServicesLastAccessed"),
        ("user_ann.json", answer(S3, Arn="arn:aws:iam::aws:policy/P"), "its Arn is of no user"),
        ("user_ann.json", 7, "an answer is an object, this is 7"),
    ],
)
def test_what_cannot_be_told_is_told_so(
    tmp_path: Path, name: str, document: Any, reason: str
) -> None:
    found = last_accessed([put(tmp_path / name, document)])
    assert found.table.empty
    (told,) = found.skipped
    assert told.line == 1
    assert told.reason.startswith(reason)


def test_broken_entries_are_told_and_the_others_stay(tmp_path: Path) -> None:
    broken = S3 | {
        "TrackedActionsLastAccessed": [
            {},
            {"ActionName": "A", "LastAccessedTime": "x"},
            {"ActionName": "B"},
        ]
    }
    file = put(tmp_path / "user_ann.json", answer({}, broken, SQS | {"LastAuthenticated": "then"}))
    found = last_accessed(file)
    assert found.table["action"].fillna("-").tolist() == ["-", "s3:B"]
    assert [each.reason for each in found.skipped] == [
        "ServicesLastAccessed[0]: it has no ServiceNamespace",
        "ServicesLastAccessed[1].TrackedActionsLastAccessed[0]: it has no ActionName",
        "ServicesLastAccessed[1].TrackedActionsLastAccessed[1]: LastAccessedTime is no time: 'x'",
        "ServicesLastAccessed[2]: LastAuthenticated is no time: 'then'",
    ]


def test_pages_are_put_together_and_a_missing_one_is_told(tmp_path: Path) -> None:
    first, last = answer(S3, IsTruncated=True, Marker="x"), answer(SQS)
    whole = last_accessed(put(tmp_path / "user_ann.json", first, last))
    assert whole.skipped == []
    assert set(whole.table["service"]) == {"s3", "sqs"}
    part = last_accessed(put(tmp_path / "user_ann.json", first))
    assert set(part.table["service"]) == {"s3"}
    assert "the last one is missing" in part.skipped[0].reason


def test_a_file_that_is_cut_off_is_told_by_its_line(tmp_path: Path) -> None:
    file = tmp_path / "user_ann.json"
    file.write_text(json.dumps(answer(S3), indent=1)[:60])
    assert [each.line for each in last_accessed(file).skipped] == [4]


def test_the_labs_answer_is_read(tmp_path: Path) -> None:
    iam = Lab.start().root.client("iam")
    arn = iam.create_user(UserName="ann")["User"]["Arn"]
    iam.attach_user_policy(UserName="ann", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    job = iam.generate_service_last_accessed_details(Arn=arn, Granularity="ACTION_LEVEL")
    pages = [iam.get_service_last_accessed_details(JobId=job["JobId"])]
    while pages[-1]["IsTruncated"]:
        marker = pages[-1]["Marker"]
        pages.append(iam.get_service_last_accessed_details(JobId=job["JobId"], Marker=marker))
    Lab.stop()
    file = tmp_path / "user_ann.json"
    file.write_text(json.dumps(pages, default=str))
    found = last_accessed(file, [arn])
    assert found.skipped == []
    assert set(found.table["principal"]) == {arn}
    assert found.table["action"].notna().any()


@pytest.mark.skipif(not REAL.exists(), reason="the answers of a real account are not here")
def test_the_answers_of_a_real_account(tmp_path: Path) -> None:
    users = json.loads(REAL.read_text())["AccountUsers"]
    for user in users:
        services = [
            {
                "ServiceNamespace": each["ServiceNamespace"],
                "LastAuthenticated": each["LastAccessed"],
            }
            for each in user.get("LastAccessed", ())
        ]
        put(tmp_path / "user" / f"{user['UserName']}.json", answer(*services))
    found = last_accessed(sorted((tmp_path / "user").iterdir()), [user["Arn"] for user in users])
    assert found.skipped == []
    assert len(found.table) == sum(len(user.get("LastAccessed", ())) for user in users)
    assert set(found.table["principal"]) <= {user["Arn"] for user in users}
    assert found.table["last"].notna().any()
