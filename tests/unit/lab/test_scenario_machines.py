"""The two machines in default VPCs: what lets the internet in, and who belongs to whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from lab_calls import outcome

from helpers import Lab
from helpers.analysis.network.reachability import Network, reach
from helpers.analysis.network.vpc_layout import layout, name_of
from helpers.lab.scenarios.machines import BOOKS, MEMBER, REGION_OF, WEB


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    yield Lab.start("machines")
    Lab.stop()


def _ec2(lab: Lab, region: str) -> Any:
    return lab.caller("admin").client("ec2", region_name=region)


def test_a_machine_in_each_of_two_regions(lab: Lab) -> None:
    regions = [one["RegionName"] for one in _ec2(lab, "us-east-1").describe_regions()["Regions"]]
    found = {
        name_of(instance): region
        for region in regions
        for instance in Network.read(_ec2(lab, region)).instances
    }
    assert found == REGION_OF


@pytest.mark.parametrize(
    ("name", "port", "groups"),
    [
        (BOOKS, 22, ["launch-wizard-1"]),
        (BOOKS, 443, []),
        (WEB, 22, ["default", "web"]),
        (WEB, 443, ["web"]),
        (WEB, 3389, []),
    ],
)
def test_what_the_internet_reaches(lab: Lab, name: str, port: int, groups: list[str]) -> None:
    network = Network.read(_ec2(lab, REGION_OF[name]))
    (machine,) = network.instances
    found = reach(network, machine["InstanceId"], port)
    names = {one["GroupId"]: one["GroupName"] for one in network.security_groups}
    assert sorted(names[step] for step in found.through if step in names) == groups
    assert found.lets_in("198.51.100.23") == bool(groups)


def test_they_stand_in_default_vpcs(lab: Lab) -> None:
    for name, region in REGION_OF.items():
        (vpc,) = layout(_ec2(lab, region))
        assert vpc.is_default
        assert len(vpc.gateways) == 1
        assert {subnet.gateway for subnet in vpc.subnets} == set(vpc.gateways)
        assert [one.name for subnet in vpc.subnets for one in subnet.machines] == [name]


def test_the_member_account_is_not_limited_yet(lab: Lab) -> None:
    developer = lab.accounts[MEMBER].caller("developer")
    assert outcome(developer.client("ec2").create_internet_gateway) == "allowed"
    assert outcome(developer.client("iam").list_users) == "AccessDenied"
    organizations = lab.caller("admin").client("organizations")
    attached = organizations.list_policies_for_target(
        TargetId=MEMBER, Filter="SERVICE_CONTROL_POLICY"
    )
    assert [policy["Name"] for policy in attached["Policies"]] == ["FullAWSAccess"]
    (unit,) = organizations.list_parents(ChildId=MEMBER)["Parents"]
    assert unit["Type"] == "ORGANIZATIONAL_UNIT"
