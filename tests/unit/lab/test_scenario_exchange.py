"""The bucket that was opened until the partner could read it, and who reads it since."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lab_calls import outcome
from s3_calls import anonymous

from helpers import Lab
from helpers.lab.attacks.stolen_key import ELSEWHERE
from helpers.lab.scenarios.exchange import CUSTOMERS, FILES, ORDERS, PARTNER, STRANGER


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    yield Lab.start("exchange")
    Lab.stop()


def test_the_house_stands_with_a_second_bucket(lab: Lab) -> None:
    s3 = lab.root.client("s3")
    assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == ["exchange", "payroll"]
    found = s3.list_objects_v2(Bucket="exchange")["Contents"]
    assert {
        each["Key"]: s3.get_object(Bucket="exchange", Key=each["Key"])["Body"].read().decode()
        for each in found
    } == FILES
    assert s3.get_public_access_block(Bucket="payroll")
    assert outcome(s3.get_public_access_block, Bucket="exchange") == (
        "NoSuchPublicAccessBlockConfiguration"
    )


DENIED = "AccessDenied"
MATRIX = [
    # who reads: the orders, the customers, the list of the bucket
    ("anybody", "allowed", "allowed", DENIED),
    ("analyst", "allowed", "allowed", DENIED),
    ("admin", "allowed", "allowed", "allowed"),
    ("service", "allowed", "allowed", DENIED),
    # A user of another account who signs needs a policy there, even for what anybody may read.
    ("trainee", DENIED, DENIED, DENIED),
    ("stranger", "allowed", "allowed", DENIED),
]


@pytest.mark.parametrize(("who", "orders", "customers", "listing"), MATRIX)
def test_who_reads(lab: Lab, who: str, orders: str, customers: str, listing: str) -> None:
    accounts = {"service": PARTNER, "trainee": PARTNER, "stranger": STRANGER}
    if who == "anybody":
        s3 = anonymous()
    else:
        s3 = lab.accounts[accounts.get(who, "111122223333")].caller(who).client("s3")
    assert outcome(s3.get_object, Bucket="exchange", Key=ORDERS) == orders
    assert outcome(s3.get_object, Bucket="exchange", Key=CUSTOMERS) == customers
    assert outcome(s3.list_objects_v2, Bucket="exchange") == listing


def test_a_crawler_was_there_the_day_before(lab: Lab) -> None:
    found = [e for e in lab.events if e["sourceIPAddress"] == ELSEWHERE]
    assert [e["requestParameters"]["key"] for e in found] == [CUSTOMERS, ORDERS]
    assert {e["userIdentity"]["accountId"] for e in found} == {"ANONYMOUS_PRINCIPAL"}
    assert {e["eventTime"][:10] for e in found} == {"2026-11-02"}
    assert f"{lab.clock.now:%Y-%m-%d}" == "2026-11-03"
