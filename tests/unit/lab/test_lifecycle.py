"""Starting, stopping, again and again: always the same account, and never a half-started one."""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from lab_calls import child, new_user, outcome

from helpers import Lab
from helpers.lab import NoLab, guard


@pytest.fixture(autouse=True)
def stopped():
    """No lab is left over, whatever a test does."""
    yield
    Lab.stop()


def history(lab: Lab) -> list:
    """All that a start and a few calls make up: ids, keys, dates, the record."""
    iam = lab.root.client("iam")
    group = iam.create_group(GroupName="g")["Group"]
    key = iam.create_access_key(UserName="admin")["AccessKey"]
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="p")["VirtualMFADevice"]
    session = lab.root.client("sts").get_session_token()["Credentials"]
    s3 = lab.root.client("s3")
    s3.put_object(Bucket="payroll", Key="k", Body=b"x")
    stored = s3.head_object(Bucket="payroll", Key="k")
    instances = lab.root.client("ec2").describe_vpcs()["Vpcs"]
    return [
        group,
        key,
        device,
        session,
        stored["LastModified"],
        iam.list_users()["Users"],
        instances,
        lab.account.root.password,
        lab.root.access_key_id,
        lab.clock.now,
        [{**event, "userAgent": ""} for event in lab.trail.events],
    ]


def test_two_fresh_labs_are_equal_and_another_seed_is_not() -> None:
    first, second = history(Lab.start("house")), history(Lab.start("house"))
    assert first == second
    other = history(Lab.start("house", seed=7))
    assert other[0]["GroupId"] != first[0]["GroupId"]
    assert other[1]["SecretAccessKey"] != first[1]["SecretAccessKey"]
    assert other[9] == first[9]


def test_two_processes_are_equal() -> None:
    code = """
    from helpers import Lab
    lab = Lab.start("house")
    print([(u["UserId"], u["CreateDate"]) for u in lab.root.client("iam").list_users()["Users"]])
    print(lab.caller("admin").access_key_id, lab.caller("admin").secret_access_key)
    """
    one, two = child(code).stdout, child(code, env={"PYTHONHASHSEED": "7"}).stdout
    assert one == two
    assert "AIDA" in one


def test_starting_again_throws_the_first_account_away() -> None:
    first = Lab.start("house")
    second = Lab.start()
    assert (first.is_running, second.is_running) == (False, True)
    assert boto3.client("iam").list_users()["Users"] == []
    assert boto3.client("s3").list_buckets()["Buckets"] == []
    for use in (lambda: first.root, lambda: first.caller("admin")):
        with pytest.raises(NoLab):
            use()


def test_stopping_twice_and_calls_after_it() -> None:
    lab = Lab.start("house")
    admin = lab.caller("admin")
    s3 = admin.client("s3")
    s3.list_buckets()
    Lab.stop()
    Lab.stop()
    assert repr(lab).startswith("<Lab: account 111122223333, stopped")
    for call in (
        s3.list_buckets,
        boto3.client("s3").list_buckets,
        lambda: lab.root,
        lambda: lab.sign_in("admin", "x"),
    ):
        with pytest.raises(NoLab, match="Start one with"):
            call()
    Lab.start("house")
    s3.list_buckets()  # the same ids, so the same key


@pytest.mark.parametrize(
    "arguments",
    [
        {"scenario": "palace"},
        {"account_id": "123"},
        {"account_id": "12345678901x"},
        {"account_id": "١٢٣٤٥٦٧٨٩٠١٢"},
        {"account_id": 111122223333},
        {"now": datetime(2026, 1, 1)},
    ],
)
def test_a_bad_start_leaves_no_half_started_lab(arguments: dict) -> None:
    with pytest.raises(ValueError, match=r"\w+: "):
        Lab.start(**arguments)
    assert guard.running.gate is None or boto3.client("sts").get_caller_identity()
    with pytest.raises(NoLab):
        boto3.client("sts").get_caller_identity()
    Lab.start()
    assert boto3.client("iam").list_users()["Users"] == []


def test_a_scenario_that_fails_leaves_no_half_started_lab(monkeypatch) -> None:
    from helpers.lab.scenarios import house

    def broken(lab: Lab) -> None:
        lab.root.client("iam").create_user(UserName="half")
        raise KeyboardInterrupt

    monkeypatch.setattr(house, "house", broken)
    with pytest.raises(KeyboardInterrupt):
        Lab.start("house")
    with pytest.raises(NoLab):
        boto3.client("iam").list_users()
    assert Lab.start().root.client("iam").list_users()["Users"] == []


def test_another_account_and_another_day() -> None:
    now = datetime(2030, 5, 17, 12, tzinfo=UTC)
    lab = Lab.start("house", account_id="444455556666", now=now)
    assert boto3.client("sts").get_caller_identity()["Account"] == "444455556666"
    user = lab.root.client("iam").get_user(UserName="admin")["User"]
    assert user["Arn"] == "arn:aws:iam::444455556666:user/admin"
    assert timedelta() < user["CreateDate"] - now < timedelta(minutes=1)
    lab.caller("analyst").client("s3").get_object(Bucket="payroll", Key="2026.csv")


def test_an_interrupt_inside_a_call_leaves_the_lab_usable(monkeypatch) -> None:
    from helpers.lab.services import ANSWERS

    lab = Lab.start("house")
    iam = lab.root.client("iam")
    own = ANSWERS["iam", "GetUser"]

    def interrupted(asked):
        raise KeyboardInterrupt

    monkeypatch.setitem(ANSWERS, ("iam", "GetUser"), interrupted)
    with pytest.raises(KeyboardInterrupt):
        iam.get_user(UserName="admin")
    assert abs(time.time() - datetime.now(UTC).timestamp()) < 5
    assert datetime.now(UTC) != lab.clock.now, "the account's time is not the process's"
    monkeypatch.setitem(ANSWERS, ("iam", "GetUser"), own)
    done = []
    other = threading.Thread(target=lambda: done.append(iam.get_user(UserName="admin")))
    other.start()
    other.join(60)
    assert done, "the gate's lock was left behind"


def test_the_accounts_time_is_not_the_processs_time() -> None:
    lab = Lab.start("house")
    before = datetime.now(UTC)
    lab.clock.advance(days=500)
    lab.caller("admin").client("s3").generate_presigned_url("list_buckets")
    lab.root.client("iam").list_users()
    assert timedelta() <= datetime.now(UTC) - before < timedelta(minutes=1)
    with pytest.raises(ValueError, match="forward"):
        lab.clock.advance(days=-1)


def test_threads_call_at_once_and_time_is_right_after() -> None:
    lab = Lab.start("house")
    errors: list[BaseException] = []
    real = time.time()

    def work(number: int) -> None:
        try:
            s3 = lab.caller("admin").client("s3")
            iam = lab.root.client("iam")
            for n in range(15):
                s3.put_object(Bucket="payroll", Key=f"{number}-{n}", Body=b"x")
                iam.get_user(UserName="admin")
                s3.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})
        except BaseException as error:
            errors.append(error)

    lab.caller("admin")
    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    found = lab.root.client("s3").list_objects_v2(Bucket="payroll")["Contents"]
    assert len(found) == 2 + 4 * 15
    assert {item["LastModified"].year for item in found} == {2026}
    assert {item["LastModified"].date() for item in found} == {lab.clock.now.date()}
    assert 0 <= time.time() - real < 60
    events = [e for e in lab.trail.events if e["eventName"] == "PutObject"]
    assert len({e["eventID"] for e in events}) == len(events) == 2 + 4 * 15


def test_threads_sign_at_once() -> None:
    """Signing holds the account's time outside the gate, where nothing else makes it take turns."""
    lab = Lab.start("house")
    errors: list[BaseException] = []
    s3 = lab.caller("admin").client("s3")

    def work() -> None:
        try:
            for _ in range(300):
                s3.generate_presigned_url("list_buckets")
        except BaseException as error:
            errors.append(error)

    before = os.environ.get("TZ")
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert os.environ.get("TZ") == before
    assert abs(datetime.now(UTC) - lab.clock.now) > timedelta(hours=1)


def test_uploads_in_parts_by_boto3s_own_threads(tmp_path) -> None:
    lab = Lab.start("house")
    big = tmp_path / "big"
    big.write_bytes(bytes(range(256)) * 4 * 1024 * 20)  # 20 MiB: three parts
    s3 = lab.root.client("s3")
    s3.upload_file(str(big), "payroll", "big")
    assert s3.head_object(Bucket="payroll", Key="big")["ContentLength"] == big.stat().st_size
    again = tmp_path / "again"
    s3.download_file("payroll", "big", str(again))
    assert again.read_bytes() == big.read_bytes()
    assert "UploadPart" in {event["eventName"] for event in lab.trail.events}


def test_using_a_caller_of_the_lab_before() -> None:
    lab = Lab.start("house")
    lab.use(lab.caller("analyst"))
    Lab.start("house")
    assert boto3.client("sts").get_caller_identity()["Arn"].endswith(":root")


def test_the_record_has_each_call_with_its_caller_and_error() -> None:
    lab = Lab.start("house")
    before = len(lab.trail.events)
    ann = new_user(lab, "ann")
    made = len(lab.trail.events)
    assert outcome(ann.client("iam").list_users) == "AccessDenied"
    assert outcome(lab.root.client("iam").get_user, UserName="nobody") == "NoSuchEntity"
    assert made > before
    denied, missing = lab.trail.events[made:]
    assert (denied["eventName"], denied["errorCode"]) == ("ListUsers", "AccessDenied")
    assert denied["userIdentity"]["userName"] == "ann"
    assert missing["errorCode"] == "NoSuchEntityException"
    assert missing["userIdentity"]["type"] == "Root"
    secrets = {ann.secret_access_key, lab.account.root.password}
    lab.root.client("iam").create_login_profile(UserName="ann", Password="Very-secret-12!")
    text = repr(lab.trail.events)
    assert "Very-secret-12!" not in text
    assert not [secret for secret in secrets if secret in text]
