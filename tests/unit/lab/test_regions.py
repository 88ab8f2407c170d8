"""Which Regions an account has, and what the others say to its keys."""

from __future__ import annotations

import pytest
from lab_calls import outcome, refused

from helpers import Lab


def names(answer: dict) -> list[str]:
    return [region["RegionName"] for region in answer["Regions"]]


def test_describe_regions_shows_those_of_the_account(lab: Lab) -> None:
    ec2 = lab.root.client("ec2")
    assert len(names(ec2.describe_regions())) == 17
    every = ec2.describe_regions(AllRegions=True)
    assert len(names(every)) == 34
    assert not [name for name in names(every) if name.startswith(("us-gov-", "cn-"))]
    assert names(ec2.describe_regions(RegionNames=["af-south-1"])) == ["af-south-1"]
    off = ec2.describe_regions(
        AllRegions=True, Filters=[{"Name": "opt-in-status", "Values": ["not-opted-in"]}]
    )
    assert len(names(off)) == 17
    refused("InvalidParameterValue", ec2.describe_regions, RegionNames=["us-moon-1"])


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("ec2", "describe_vpcs", "AuthFailure"),
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
        ("kms", "list_keys", "UnrecognizedClientException"),
        ("s3", "list_buckets", "InvalidAccessKeyId"),
    ],
)
def test_a_region_that_is_off_does_not_know_the_account(
    lab: Lab, service: str, operation: str, code: str
) -> None:
    away = lab.root.client(service, region_name="af-south-1")
    refused(code, getattr(away, operation))
    lab.root.client("account").enable_region(RegionName="af-south-1")
    refused(code, getattr(away, operation))
    lab.clock.advance(minutes=10)
    assert outcome(getattr(away, operation)) == "allowed"
    assert "af-south-1" in names(lab.root.client("ec2").describe_regions())


def test_no_account_has_regions_of_other_partitions(lab: Lab) -> None:
    refused("AuthFailure", lab.root.client("ec2", region_name="us-gov-west-1").describe_vpcs)
