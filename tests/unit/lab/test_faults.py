"""What a notebook meets when cells run twice, in threads, in copies, or beside another mock.

Each has one result, nothing is lost in silence, and nothing leaves the machine.
"""

from __future__ import annotations

import copy
import os
import pickle
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import boto3
import moto.core.models
import pytest
import requests
import time_machine
from botocore.exceptions import ClientError
from lab_calls import child, outcome, refused
from moto import mock_aws
from moto.core.config import default_user_config

from helpers import Lab
from helpers.lab import NoLab, NothingLeaves
from helpers.lab.clock import turn


@pytest.fixture(autouse=True)
def stopped() -> Iterator[None]:
    """No lab, no mock and no session is left over, whatever a test does."""
    yield
    Lab.stop()
    moto.core.models.MockAWS._nested_count = 0
    boto3.DEFAULT_SESSION = None


def users() -> list[str]:
    return [user["UserName"] for user in boto3.client("iam").list_users()["Users"]]


# Another mock -------------------------------------------------------------------------------------


@mock_aws
def decorated() -> list[str]:
    boto3.client("iam").create_user(UserName="of-the-function")
    return users()


@mock_aws
class Decorated:
    def setup_method(self) -> None:
        """Where moto empties its state, in a class of tests."""

    def names(self) -> list[str]:
        return users()


def one_stop_too_many() -> None:
    with pytest.raises(RuntimeError, match="before start"):
        mock_aws().stop()


def started_and_left() -> None:
    mock_aws().start()


def reset() -> None:
    with mock_aws() as mock:
        mock.reset()


def with_settings() -> None:
    settings = {
        "core": {
            "mock_credentials": True,
            "passthrough": {"urls": [".*"], "services": ["iam", "s3"]},
            "service_whitelist": ["sqs"],
        },
        "iam": {"load_aws_managed_policies": True},
    }
    with mock_aws(config=settings):
        assert users()[0] == "ann"


def a_class_of_tests() -> None:
    Decorated().setup_method()
    assert Decorated().names()[0] == "ann"


def by_the_address_of_motos_server() -> None:
    answer = requests.post("http://motoapi.amazonaws.com/moto-api/reset", timeout=5)
    assert answer.status_code >= 400


def turned_off() -> None:
    moto.core.models.botocore_stubber.enabled = False


@pytest.mark.parametrize(
    "other",
    [
        decorated,
        one_stop_too_many,
        started_and_left,
        reset,
        with_settings,
        a_class_of_tests,
        by_the_address_of_motos_server,
        turned_off,
    ],
)
def test_another_mock_inside_leaves_the_lab_as_it_is(lab: Lab, other: Callable[[], object]) -> None:
    iam = boto3.client("iam")
    iam.create_user(UserName="ann")
    environment = dict(os.environ)
    other()
    assert users()[0] == iam.list_users()["Users"][0]["UserName"] == "ann"
    assert boto3.client("sts").get_caller_identity()["Arn"].endswith(":root")
    url = boto3.client("s3").generate_presigned_url("list_buckets")
    assert requests.get(url, timeout=5).status_code == 200
    assert dict(os.environ) == environment
    before = len(lab.trail.events)
    iam.list_users()
    assert len(lab.trail.events) == before + 1


def test_what_a_mock_inside_makes_is_in_the_account(lab: Lab) -> None:
    assert decorated() == users() == ["of-the-function"]


def test_a_stop_too_many_does_not_make_later_ones_wrong(lab: Lab) -> None:
    one_stop_too_many()
    with mock_aws():
        pass
    one_stop_too_many()


def test_a_mock_around_the_lab() -> None:
    mock = mock_aws()
    mock.start()
    with pytest.raises(NoLab):
        users()
    lab = Lab.start()
    assert users() == []
    boto3.client("iam").create_user(UserName="ann")
    mock.stop()
    assert users() == ["ann"]
    mock.start()
    Lab.stop()
    assert lab.is_running is False
    with pytest.raises(NoLab):
        users()
    mock.stop()


def test_a_lab_after_a_mock_that_was_left_running_before_the_import() -> None:
    """In a process of its own, as the guard stands in this one already."""
    found = child(
        """
        import os
        os.environ.update(AWS_ACCESS_KEY_ID="AKIACANARYCANARYCANA", AWS_SECRET_ACCESS_KEY="x")
        import boto3, moto, requests
        mock = moto.mock_aws()
        mock.start()
        old = boto3.client("iam", "us-east-1")
        old.create_user(UserName="of-the-mock")
        sqs = boto3.client("sqs", "us-east-1")
        sqs.create_queue(QueueName="of-the-mock")
        from helpers import Lab
        try:
            old.list_users()
        except Exception as error:
            print(type(error).__name__)
        lab = Lab.start()
        print(old.list_users()["Users"], sqs.list_queues().get("QueueUrls"))
        lab.root.client("iam").create_user(UserName="ann")
        mock.stop()
        print([user["UserName"] for user in old.list_users()["Users"]])
        print(requests.get(boto3.client("s3").generate_presigned_url("list_buckets")).status_code)
        print([value for value in os.environ.values() if "CANARY" in value])
        """
    ).stdout.splitlines()
    assert found == ["NoLab", "[] None", "['ann']", "200", "[]"]


# Copies -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_lab_is_not_copied(lab: Lab, way: Callable) -> None:
    with pytest.raises(TypeError, match="cannot be copied or pickled"):
        way(lab)
    with pytest.raises(TypeError, match="cannot be copied or pickled"):
        way({"mine": [lab]}) if way is not copy.copy else way(lab)
    assert lab.is_running


def test_a_caller_is_copied_with_its_keys(house: Lab) -> None:
    caller = pickle.loads(pickle.dumps(copy.deepcopy(house.caller("analyst"))))
    assert caller.client("sts").get_caller_identity()["Arn"].endswith("user/analyst")


def test_reloads_forks_and_imports_anew() -> None:
    found = child(
        """
        import importlib, multiprocessing, os, sys
        import boto3, helpers.lab
        from helpers import Lab
        from helpers.lab import NoLab, guard
        lab = Lab.start("house")
        s3 = lab.caller("admin").client("s3")
        def answer(call=s3.list_buckets):
            try:
                return len(call()["Buckets"])
            except NoLab as error:
                return f"NoLab {str(error)[:40]}"
            except BaseException as error:
                return repr(error)
        for module in (helpers.lab, guard, sys.modules["helpers.lab.lab"], helpers.lab, guard):
            importlib.reload(module)
            print(answer(), lab.is_running)
        new = helpers.lab.Lab.start()
        print(answer(boto3.client("s3").list_buckets), lab.is_running, new.is_running)
        Lab.stop()
        print(answer(), new.is_running)

        lab = helpers.lab.Lab.start("house")
        def in_child(number, where):
            calls = [answer(), answer(boto3.client("s3").list_buckets), lab.is_running]
            try:
                lab.root
            except NoLab as error:
                calls.append(str(error)[:40])
            again = helpers.lab.Lab.start("house")
            calls += [answer(), again.is_running]
            where.put(calls)
        context = multiprocessing.get_context("fork")
        queue = context.SimpleQueue()
        process = context.Process(target=in_child, args=(1, queue))
        process.start()
        print(queue.get())
        process.join()
        print(process.exitcode, answer(), lab.is_running)

        for name in [n for n in sys.modules if n.partition(".")[0] == "helpers"]:
            del sys.modules[name]
        from helpers import Lab as Anew
        print(answer(), lab.is_running)
        new = Anew.start("house")
        print(answer(new.root.client("s3").list_buckets), answer(), lab.is_running, new.is_running)
        new.clock.advance(days=500)
        print(answer(new.root.client("s3").list_buckets))
        """
    ).stdout.splitlines()
    assert found[:5] == ["1 True"] * 5
    assert found[5:7] == ["0 False True", "NoLab No account is running in this notebook,  False"]
    copied = "This process is a copy of the notebook's"
    assert found[7] == str([f"NoLab {copied}", f"NoLab {copied}", False, copied, 1, True])
    assert found[8] == "0 1 True"
    assert found[9] == "1 True"
    assert found[10:] == ["1 1 False True", "1"]


# Threads ------------------------------------------------------------------------------------------


def in_threads(*works: Callable[[], object]) -> list[BaseException]:
    """Run these at once; what they raised."""
    errors: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return errors


def test_a_lab_is_started_and_stopped_in_a_thread() -> None:
    assert in_threads(lambda: Lab.start("house")) == []
    assert users() == ["admin", "analyst"]
    assert in_threads(Lab.stop) == []
    with pytest.raises(NoLab):
        users()


def test_two_start_at_once_and_one_whole_lab_is_there() -> None:
    labs: list[Lab] = []
    assert in_threads(*[lambda: labs.append(Lab.start("house"))] * 3) == []
    assert [lab.is_running for lab in labs].count(True) == 1
    running = next(lab for lab in labs if lab.is_running)
    assert users() == ["admin", "analyst"]
    made = [e for e in running.trail.events if e["eventName"] == "CreateUser"]
    assert len(made) == 2


def test_calls_while_labs_come_and_go_end_in_one_lab_or_in_none() -> None:
    """A call that waited for its turn belongs to the lab that is there when it has it."""
    Lab.start()
    stop = threading.Event()
    odd: list[BaseException] = []

    def calls() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            name = f"{threading.get_ident()}-{number}"
            try:
                boto3.client("iam").create_user(UserName=name)
            except NoLab:
                pass
            except BaseException as error:
                odd.append(error)

    def labs() -> None:
        for _ in range(8):
            lab = Lab.start()
            time.sleep(0.03)
            with turn():
                there = {u["UserName"] for u in lab.root.client("iam").list_users()["Users"]}
                made = [e for e in lab.trail.events if e["eventName"] == "CreateUser"]
                assert {e["requestParameters"]["userName"] for e in made} == there
        stop.set()

    try:
        assert in_threads(labs, calls, calls) == []
    finally:
        stop.set()
    assert odd == []


# Cells that run twice, and after ------------------------------------------------------------------


def test_old_clients_and_keys_after_another_start() -> None:
    first = Lab.start()
    iam = first.root.client("iam")
    iam.create_user(UserName="ann")
    ann = first.caller("ann").client("sts")
    session = first.root.client("sts").get_session_token()["Credentials"]
    Lab.start()
    assert users() == []
    refused("InvalidClientTokenId", ann.get_caller_identity)
    old = boto3.client(
        "s3",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    refused("InvalidAccessKeyId", old.list_buckets)
    # The root user's are made by the start alone, and it made the same.
    assert iam.list_users()["Users"] == []
    with pytest.raises(NoLab):
        first.sign_in("root", "x")
    with pytest.raises(NoLab):
        first.add_account("444455556666")


def test_a_bad_start_leaves_the_lab_that_runs() -> None:
    lab = Lab.start()
    boto3.client("iam").create_user(UserName="ann")
    for arguments in ({"scenario": "palace"}, {"account_id": "1"}, {"now": datetime(2026, 1, 1)}):
        with pytest.raises(ValueError, match=r"\w+: "):
            Lab.start(**arguments)
        assert lab.is_running
        assert users() == ["ann"]


def test_a_default_session_is_of_its_lab() -> None:
    Lab.start()
    boto3.setup_default_session(region_name="eu-west-1", aws_access_key_id="AKIAX",
                                aws_secret_access_key="x")  # fmt: skip
    assert boto3.client("sqs").meta.region_name == "eu-west-1"
    refused("InvalidClientTokenId", boto3.client("sts").get_caller_identity)
    Lab.start()
    assert boto3.client("sqs").meta.region_name == "us-east-1"
    assert users() == []


# The learner's own surroundings -------------------------------------------------------------------

KEY = "AKIACANARYCANARYCANA"


def test_an_environment_that_is_changed_afterwards(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_SESSION_TOKEN": "x",
        "AWS_ENDPOINT_URL": "http://localhost:4566",
        "AWS_ENDPOINT_URL_S3": "http://localhost:4566",
        "HTTP_PROXY": "http://127.0.0.1:3128",
        "HTTPS_PROXY": "http://127.0.0.1:3128",
        "MOTO_ACCOUNT_ID": "999988887777",
        "TEST_SERVER_MODE": "true",
        "AWS_USE_FIPS_ENDPOINT": "true",
    }.items():
        monkeypatch.setenv(name, value)
    found = boto3.Session().client("sts").get_caller_identity()
    assert found["Arn"] == "arn:aws:iam::111122223333:root"
    assert boto3.client("s3").list_buckets()["Buckets"] == []
    assert KEY not in repr(lab.trail.events)
    monkeypatch.setenv("AWS_PROFILE", "work")
    with pytest.raises(Exception, match="work"):
        boto3.Session().client("s3")
    monkeypatch.delenv("AWS_PROFILE")
    assert users() == []
    # Keys in the code are keys that this account does not know.
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        boto3.client("iam", aws_access_key_id=KEY, aws_secret_access_key="x").list_users()


@pytest.mark.parametrize("tick", [True, False])
def test_a_time_of_the_learners_own(lab: Lab, tick: bool) -> None:
    """Whatever the process's time is, the account's is the lab's."""
    far = datetime(2031, 1, 1, tzinfo=UTC)
    with time_machine.travel(far, tick=tick):
        made = boto3.client("iam").create_user(UserName="ann")["User"]
        assert outcome(boto3.client("s3").list_buckets) == "allowed"
        assert datetime.now(UTC).year == 2031
    assert made["CreateDate"].date() == lab.clock.now.date()
    assert abs(time.time() - datetime.now(UTC).timestamp()) < 5
    assert datetime.now(UTC).year != 2031
    boto3.client("iam").get_user(UserName="ann")


def test_settings_of_moto_that_are_changed_inside(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        default_user_config,
        "core",
        {"mock_credentials": True, "passthrough": {"urls": [".*"], "services": ["sts"]}},
    )
    assert boto3.client("sts").get_caller_identity()["Account"] == "111122223333"
    assert (
        requests.get("https://sts.amazonaws.com/?Action=GetCallerIdentity", timeout=5).ok is False
    )


def test_after_the_stop_requests_too_says_why(lab: Lab) -> None:
    url = boto3.client("s3").generate_presigned_url("list_buckets")
    Lab.stop()
    with pytest.raises(NoLab, match="Start one with"):
        requests.get(url, timeout=5)
    with pytest.raises(NothingLeaves, match="no endpoint of AWS"):
        Lab.start().root.client("s3", endpoint_url="http://localhost:4566").list_buckets()
