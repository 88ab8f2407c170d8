"""Service Quotas: EC2's vCPUs, asked for and granted, in one Region."""

from __future__ import annotations

from lab_calls import refused

from helpers import Lab
from helpers.lab.services.servicequotas import grant

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
    assert quotas.get_service_quota(**GPU)["Quota"]["Value"] == 0.0
    refused("VcpuLimitExceeded", here.run_instances, **BIG)
    asked = quotas.request_service_quota_increase(**GPU, DesiredValue=96.0)["RequestedQuota"]
    assert (asked["Status"], asked["DesiredValue"]) == ("PENDING", 96.0)
    refused(
        "ResourceAlreadyExistsException",
        quotas.request_service_quota_increase,
        **GPU,
        DesiredValue=192.0,
    )
    refused("VcpuLimitExceeded", here.run_instances, **BIG)

    grant(house.account, house.world)
    history = quotas.list_requested_service_quota_change_history()["RequestedQuotas"]
    assert [change["Status"] for change in history] == ["APPROVED"]
    assert quotas.get_service_quota(**GPU)["Quota"]["Value"] == 96.0
    assert len(here.run_instances(**BIG)["Instances"]) == 2
    refused("VcpuLimitExceeded", there.run_instances, **BIG)


def test_what_there_is_not(house: Lab) -> None:
    quotas = house.root.client("service-quotas")
    get, ask = quotas.get_service_quota, quotas.request_service_quota_increase
    refused("NoSuchResourceException", get, ServiceCode="ec2", QuotaCode="L-00000000")
    refused("NoSuchResourceException", quotas.list_service_quotas, ServiceCode="palace")
    standard = {"ServiceCode": "ec2", "QuotaCode": "L-1216C47A"}
    refused("IllegalArgumentException", ask, **standard, DesiredValue=32.0)
    analyst = house.caller("analyst").client("service-quotas")
    refused("AccessDeniedException", analyst.list_service_quotas, ServiceCode="ec2")
    names = {q["QuotaName"] for q in quotas.list_service_quotas(ServiceCode="ec2")["Quotas"]}
    assert "Running On-Demand G and VT instances" in names
