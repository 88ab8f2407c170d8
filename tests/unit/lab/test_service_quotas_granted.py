"""A quota that was granted: more machines, in the Region that asked."""

from __future__ import annotations

from lab_calls import refused

from helpers import Lab
from helpers.lab.services.service_quotas import grant

GPU = {"ServiceCode": "ec2", "QuotaCode": "L-DB2E81BA"}
BIG = {
    "ImageId": "ami-04681a1dbd79675a5",
    "InstanceType": "g4dn.12xlarge",
    "MinCount": 1,
    "MaxCount": 4,
}


def test_a_quota_is_raised_by_grant_and_in_its_region_alone(house: Lab) -> None:
    here = house.root.client("ec2", region_name="us-west-2")
    there = house.root.client("ec2", region_name="us-east-2")
    quotas = house.root.client("service-quotas", region_name="us-west-2")
    quotas.request_service_quota_increase(**GPU, DesiredValue=96.0)
    refused("VcpuLimitExceeded", here.run_instances, **BIG)
    grant(house.account, house.clock.now)
    history = quotas.list_requested_service_quota_change_history()["RequestedQuotas"]
    assert [change["Status"] for change in history] == ["APPROVED"]
    assert quotas.get_service_quota(**GPU)["Quota"]["Value"] == 96.0
    assert len(here.run_instances(**BIG)["Instances"]) == 2
    refused("VcpuLimitExceeded", there.run_instances, **BIG)
    elsewhere = house.root.client("service-quotas", region_name="us-east-2")
    assert elsewhere.get_service_quota(**GPU)["Quota"]["Value"] == 0.0
