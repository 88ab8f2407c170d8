"""Counting many files quickly gives what counting record by record gives."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.analysis.trail import counting, counting_shares, usage
from helpers.analysis.trail.cloudtrail_files import LogFiles
from helpers.analysis.trail.counting import count

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "cloudtrail-invictus"
ANN, OPS = "arn:aws:iam::111122223333:user/ann", "arn:aws:iam::111122223333:role/team/ops"
SESSION = "arn:aws:sts::111122223333:assumed-role/ops/"
TRUST = {"sessionIssuer": {"arn": OPS}}
IDENTITIES: list[Any] = [
    {"type": "IAMUser", "arn": ANN, "accessKeyId": "AKIAIOSFODNN7EXAMPLE"},
    {"type": "IAMUser", "arn": ANN, "accessKeyId": "ASIAIOSFODNN7EXAMPLE"},
    {"type": "AssumedRole", "arn": f"{SESSION}one", "sessionContext": TRUST},
    {"type": "AssumedRole", "arn": f"{SESSION}two", "sessionContext": TRUST},
    {"type": "AssumedRole", "arn": f"{SESSION}two", "sessionContext": {}},
    {"type": "IAMUser", "arn": ANN, "sessionContext": {"sessionIssuer": {}}},
    {"type": "IAMUser", "arn": f"{ANN}e", "sessionContext": {"sessionIssuer": {}}},
    {"type": "IAMUser", "arn": f"{ANN}a", "sessionContext": TRUST},
    {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {}}},
    {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"},
    {"type": "Root", "arn": "arn:aws:iam::111122223333:root"},
    {"type": "AWSAccount", "accountId": "444455556666"},
    {},
    {"type": "IAMUser", "arn": 7},
    "nobody",
    None,
]
PROFILE = {"iamInstanceProfile": {"arn": "arn:aws:iam::111122223333:role/machine"}}
CALLS: list[tuple[str, str]] = [
    ("s3.amazonaws.com", "GetObject"),
    ("s3.amazonaws.com", "CopyObject"),
    ("s3.amazonaws.com", "PutObject"),
    ("iam.amazonaws.com", "CreateUser"),
    ("iam.amazonaws.com", "GetUser"),
    ("iam.amazonaws.com", "PutUserPolicy"),
    ("sts.amazonaws.com", "AssumeRole"),
    ("ec2.amazonaws.com", "RunInstances"),
    ("lambda.amazonaws.com", "GetFunction20150331v2"),
    ("signin.amazonaws.com", "ConsoleLogin"),
    ("nosuch.amazonaws.com", "DoIt"),
]
PARAMETERS = st.one_of(
    st.none(),
    st.builds(lambda n: {"bucketName": "b", "key": f"k{n}"}, st.integers(0, 200)),
    st.just({"bucketName": "b", "key": "k", "versionId": "v1"}),
    st.just({"bucketName": "b", "key": "k", "x-amz-acl": "private"}),
    st.just({"bucketName": "b", "key": "k", "versionId": None}),
    st.just({"userName": "ann"}),
    st.just({"userName": "ann", "policyName": "Read"}),
    st.just({"userName": "ann", "tags": [{"key": "team"}], "sourceIdentity": "ann"}),
    st.just({"tags": [], "tagSpecificationSet": {"items": [{"resourceType": "instance"}]}}),
    st.just(PROFILE),
    st.just({"roleArn": 5, "functionName": "arn:aws:lambda:us-east-1:111122223333:function:f"}),
)


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    source, name = draw(st.sampled_from(CALLS))
    day = draw(st.integers(1, 28))
    optional = {
        "errorCode": st.sampled_from(["AccessDenied", "NoSuchKey", None]),
        "eventType": st.sampled_from(["AwsApiCall", "AwsServiceEvent"]),
        "eventCategory": st.sampled_from(["Data", "Management"]),
        "managementEvent": st.booleans(),
        "awsRegion": st.sampled_from(["us-east-1", "eu-west-1", "cn-north-1"]),
        "recipientAccountId": st.just("111122223333"),
        "requestParameters": PARAMETERS,
        "responseElements": st.sampled_from([None, {"ConsoleLogin": "Success"}]),
        "resources": st.sampled_from([None, [], [{"ARN": "arn:aws:s3:::b/k"}], [{"ARN": 1}]]),
    }
    given_here = {key: draw(value) for key, value in optional.items() if draw(st.booleans())}
    at = draw(st.sampled_from([f"2026-11-{day:02}T09:00:00Z"] * 9 + ["yesterday", None]))
    times = {} if at is None else {"eventTime": at}
    identity = draw(st.sampled_from(IDENTITIES[: draw(st.sampled_from([4, 13, len(IDENTITIES)]))]))
    return {"userIdentity": identity, "eventSource": source, "eventName": name} | times | given_here


def write(folder: Path, *lists: list[dict[str, Any]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number, each in enumerate(lists):
        text = json.dumps({"Records": each}).encode()
        (folder / f"{number:03}.json.gz").write_bytes(gzip.compress(text, 1))
    return folder


def slowly(folder: Path, *times: datetime | None) -> tuple[Any, ...]:
    files = LogFiles(folder)
    return usage.usage(files, *times), files.read, files.skipped


def quickly(folder: Path, *times: datetime | None) -> tuple[Any, ...]:
    files = LogFiles(folder)
    return count(files, *times), files.read, files.skipped


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(records(), max_size=12), min_size=1, max_size=3), st.booleans())
def test_the_count_is_the_same_either_way(
    tmp_path_factory: pytest.TempPathFactory, lists: list[list[dict[str, Any]]], some: bool
) -> None:
    folder = write(tmp_path_factory.mktemp("logs"), *lists)
    times = (datetime(2026, 11, 9, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)) if some else ()
    assert quickly(folder, *times) == slowly(folder, *times)


ODD = {
    "a time in small letters": (
        '"eventTime":"2026-11-02T09:00:00Z"',
        '"eventTime":"2026-11-02t09:00:00z"',
    ),
    "parts of a microsecond": ("09:00:00Z", "09:00:00.9999999Z"),
    "a time outside of the calendar": ("2026-11-02T09:00:00Z", "0001-01-01T00:00:00+05:00"),
    "a number without bounds": ('"key":"k"', '"key":"k","n":1e999'),
    "a long number": ('"key":"k"', '"key":"k","n":' + "9" * 5000),
    "an escaped name": ('"key":"k"', '"key":"k","\\u0076ersionId":"1"'),
    "half a character": ('"key":"k"', '"key":"\\ud800"'),
    "a name twice": ('"key":"k"', '"key":"k","key":"l"'),
    "parameters that are a list": ('{"bucketName":"b","key":"k"}', "[1]"),
    "a type that is none": ('"IAMUser"', '["IAMUser"]'),
    "a key's id that is none": ('"AKIAIOSFODNN7EXAMPLE"', "7"),
}


@pytest.mark.parametrize("case", ODD)
def test_odd_values_are_counted_the_same_either_way(tmp_path: Path, case: str) -> None:
    made = many(1)[0] | {
        "eventName": "GetObject",
        "requestParameters": {"bucketName": "b", "key": "k"},
    }
    text = json.dumps(made, separators=(",", ":"))
    assert ODD[case][0] in text
    odd = text.replace(*ODD[case])
    (tmp_path / "a.json").write_text(f'{{"Records":[{text},{odd},{text}]}}')
    found = quickly(tmp_path)
    assert found == slowly(tmp_path)
    assert found[1] == 3


def many(number: int, first: int = 0) -> list[dict[str, Any]]:
    return [
        {
            "userIdentity": IDENTITIES[n % 4],
            "eventSource": "s3.amazonaws.com",
            "eventName": "PutObject",
            "eventTime": f"2026-11-02T09:{n % 60:02}:00Z",
            "requestParameters": {"bucketName": "b", "key": f"k{n}"},
        }
        for n in range(first, first + number)
    ]


def test_resources_are_forgotten_where_they_are_too_many_in_whichever_order(tmp_path: Path) -> None:
    folder = write(tmp_path, many(300), many(40))
    (found, read, _) = quickly(folder)
    assert (found, read) == slowly(folder)[:2]
    assert found.of(ANN)["s3:PutObject"].without_resource
    assert found.of(ANN)["s3:PutObject"].resources == set()
    backwards = usage.Usage()
    for record in reversed(many(300) + many(40)):
        backwards.add(record)
    assert backwards == found


@pytest.fixture
def shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes for any log."""
    monkeypatch.setattr(counting, "SMALLEST_SHARE", 1)
    monkeypatch.setattr(counting, "_processors", lambda: 2)


def test_shared_out_among_processes_the_count_is_the_same(tmp_path: Path, shared_out: None) -> None:
    odd = [{"userIdentity": IDENTITIES[0], "eventName": "A"}, 7]
    folder = write(tmp_path, many(50), odd, many(30, 50), many(90, 20), [5])  # type: ignore[list-item]
    assert len(counting._shares(LogFiles(folder).files)) == 2
    assert quickly(folder) == slowly(folder)
    assert len(quickly(folder)[2]) == 2


def test_a_process_that_ends_otherwise_loses_nothing(
    tmp_path: Path, shared_out: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path, many(50), many(30, 50))
    expected = slowly(folder)
    monkeypatch.setattr(counting_shares, "_PROGRAM", "import sys; sys.stdin.read(); 1 / 0")
    assert quickly(folder) == expected
    monkeypatch.setattr(counting_shares, "_PROGRAM", "print('no pickle at all')")
    assert quickly(folder) == expected
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    assert quickly(folder) == expected


def test_an_interrupt_ends_the_processes(
    tmp_path: Path, shared_out: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path, many(50), many(30, 50))
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(*args: Any, **named: Any) -> subprocess.Popen[bytes]:
        started.append(popen(*args, **named))
        return started[-1]

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", start)
    log = LogFiles(folder)
    with pytest.raises(KeyboardInterrupt):
        counting_shares.count_shares(
            counting._shares(log.files), log, None, None, interrupted, 2**20
        )
    assert len(started) == 2
    assert all(process.poll() is not None for process in started)


def test_a_file_that_grows_beyond_what_is_held_is_read_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path, many(50))
    monkeypatch.setattr(counting, "LARGEST", 2000)
    assert counting._contents(folder / "000.json.gz", 2000) is None
    assert quickly(folder) == slowly(folder)


def test_each_file_is_told_once(tmp_path: Path) -> None:
    folder = write(tmp_path, many(3), many(3), [])
    told: list[int] = []
    log = LogFiles(folder)
    counting.count_files(log.files, log, done=lambda: told.append(log.read))
    assert told == [3, 6, 6]


@pytest.mark.skipif(not REAL.exists(), reason="the real log files are not beside the project")
def test_real_files() -> None:
    found = quickly(REAL)
    assert found == slowly(REAL)
    assert found[1:] == (2900, [])
