"""What stands in a VPC, out of EC2's own answers: public and private, routes, rules, machines."""

from __future__ import annotations

from typing import Any

from helpers.analysis.network.vpc_layout import Machine, RouteTable, layout

EVERYWHERE = [{"CidrIp": "0.0.0.0/0"}]


class Client:
    """EC2 with one VPC of a public, a private and a formerly public subnet."""

    answers: dict[str, list[Any]]

    def __init__(self, *, attached: bool = True) -> None:
        vpc = {"VpcId": "vpc-1"}
        subnets = [
            {
                **vpc,
                "SubnetId": f"subnet-{n}",
                "AvailabilityZone": f"z-{n}",
                "CidrBlock": f"10.0.{n}.0/24",
            }
            for n in (2, 1, 3)
        ]
        out = {"DestinationCidrBlock": "0.0.0.0/0"}
        inside = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}
        tables = [
            ("rtb-1", {"SubnetId": "subnet-1"}, {**out, "GatewayId": "igw-1"}),
            ("rtb-2", {"Main": True}, {**out, "NatGatewayId": "nat-1"}),
            (
                "rtb-3",
                {"SubnetId": "subnet-3"},
                {**out, "GatewayId": "igw-9", "State": "blackhole"},
            ),
        ]
        interface = {"SubnetId": "subnet-1", "PrivateIpAddress": "10.0.1.4"}
        instances = [
            {"InstanceId": f"i-{n}", "State": {"Name": state}, "NetworkInterfaces": [nic], **tags}
            for n, (state, nic, tags) in enumerate(
                [
                    ("running", {**interface, "Association": {"PublicIp": "203.0.113.7"}}, {}),
                    ("stopped", interface, {"Tags": [{"Key": "Name", "Value": "old"}]}),
                    ("terminated", interface, {}),
                ]
            )
        ]
        rules = [
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 23, "IpRanges": EVERYWHERE},
            {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-1"}, {"GroupId": "sg-2"}]},
            {
                "IpProtocol": "icmp",
                "FromPort": -1,
                "ToPort": -1,
                "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
            },
            {"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "IpRanges": []},
        ]
        group = {**vpc, "GroupId": "sg-1", "GroupName": "web", "IpPermissions": rules}
        gateway = {"InternetGatewayId": "igw-1"}
        if attached:
            gateway["Attachments"] = [{**vpc, "State": "available"}]  # type: ignore[assignment]
        self.vpcs = [
            {"VpcId": "vpc-2", "CidrBlock": "10.1.0.0/16"},
            {**vpc, "CidrBlock": "10.0.0.0/16", "IsDefault": True},
        ]
        self.answers = {
            "describe_instances": [{"Reservations": [{"Instances": instances}]}],
            "describe_security_groups": [{"SecurityGroups": [group]}],
            "describe_route_tables": [
                {
                    "RouteTables": [
                        {**vpc, "RouteTableId": name, "Associations": [of], "Routes": [inside, way]}
                        for name, of, way in tables
                    ]
                }
            ],
            "describe_internet_gateways": [{"InternetGateways": [gateway]}],
            "describe_subnets": [{"Subnets": subnets[:1]}, {"Subnets": subnets[1:]}],
        }

    def describe_vpcs(self, VpcIds: list[str]) -> dict[str, Any]:
        return {"Vpcs": [one for one in self.vpcs if not VpcIds or one["VpcId"] in VpcIds]}

    def get_paginator(self, operation: str) -> Any:
        pages = self.answers.get(operation, [{}])
        return type("Paginator", (), {"paginate": lambda self, **_: pages})()


def test_public_is_what_the_routes_make_it() -> None:
    vpc, other = layout(Client())
    assert (vpc.id, vpc.is_default, vpc.gateways) == ("vpc-1", True, ("igw-1",))
    assert [(one.id, one.gateway, one.route_table) for one in vpc.subnets] == [
        ("subnet-1", "igw-1", "rtb-1"),
        ("subnet-2", "", "rtb-2"),
        ("subnet-3", "", "rtb-3"),
    ]
    assert (other.id, other.is_default, other.subnets, other.gateways) == ("vpc-2", False, (), ())


def test_without_its_gateway_no_subnet_is_public() -> None:
    (vpc,) = layout(Client(attached=False), "vpc-1")
    assert {subnet.gateway for subnet in vpc.subnets} == {""}
    assert vpc.gateways == ()


def test_routes_rules_and_machines() -> None:
    (vpc,) = layout(Client(), "vpc-1")
    inside = ("10.0.0.0/16", "local")
    assert vpc.route_tables == (
        RouteTable("rtb-1", (inside, ("0.0.0.0/0", "igw-1"))),
        RouteTable("rtb-2", (inside, ("0.0.0.0/0", "nat-1"))),
        RouteTable("rtb-3", (inside, ("0.0.0.0/0", "igw-9 (blackhole)"))),
    )
    (group,) = vpc.security_groups
    assert group.inbound == (
        "tcp 22-23 from 0.0.0.0/0",
        "everything from its own members",
        "everything from sg-2",
        "icmp from ::/0",
    )
    assert group.outbound == ()
    assert vpc.subnets[0].machines == (
        Machine("i-0", "", "running", "10.0.1.4", "203.0.113.7"),
        Machine("i-1", "old", "stopped", "10.0.1.4", ""),
    )


def test_a_public_address_of_a_further_private_one() -> None:
    client = Client()
    (page,) = client.answers["describe_instances"]
    first, second, _ = page["Reservations"][0]["Instances"]
    for machine, addresses in ((first, ["203.0.113.7", "203.0.113.8"]), (second, ["203.0.113.9"])):
        machine["NetworkInterfaces"][0]["PrivateIpAddresses"] = [
            {"PrivateIpAddress": "10.0.1.9", "Association": {"PublicIp": one}} for one in addresses
        ]
    (vpc,) = layout(client, "vpc-1")
    shown = [one.public for one in vpc.subnets[0].machines]
    assert shown[0] == "203.0.113.7, 203.0.113.8"
    assert shown[1] == "203.0.113.9"
