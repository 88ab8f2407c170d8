"""What stands in the VPCs of a Region: subnets, machines, gateways, routes, security groups.

Read with EC2's describe calls, from the lab or from a real account. A subnet is public where its
route table leads to the internet gateway of its VPC, and private otherwise.

AWS pages: https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html,
https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from helpers.analysis.network.reachability import (
    Network,
    attached_gateways,
    route_table,
    routed_gateways,
)

EVERYTHING = "everything"
GONE = ("shutting-down", "terminated")


@dataclass(frozen=True)
class Machine:
    """An instance, as far as its place in a network is concerned. Addresses may be empty."""

    id: str
    name: str
    state: str
    private: str
    public: str


@dataclass(frozen=True)
class Subnet:
    """A subnet: ``gateway`` is the internet gateway that its routes lead to, "" where none."""

    id: str
    zone: str
    addresses: str
    route_table: str
    gateway: str
    machines: tuple[Machine, ...]


@dataclass(frozen=True)
class RouteTable:
    """A route table, each route as where it is for and where it leads."""

    id: str
    routes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class SecurityGroup:
    """A security group; each rule as a text, such as "tcp 22 from 0.0.0.0/0"."""

    id: str
    name: str
    inbound: tuple[str, ...]
    outbound: tuple[str, ...]


@dataclass(frozen=True)
class Vpc:
    """A VPC with all that is told of it here. ``name`` is that of its tag, "" where none."""

    id: str
    name: str
    addresses: str
    is_default: bool
    gateways: tuple[str, ...]
    subnets: tuple[Subnet, ...]
    route_tables: tuple[RouteTable, ...]
    security_groups: tuple[SecurityGroup, ...]


def layout(ec2: Any, *vpc_ids: str) -> list[Vpc]:
    """The VPCs of the Region that a client of EC2 asks, by id; all of them where none is named.

    Only describe calls are made. Machines that are terminated are left out. Raises the client's
    own error where AWS refuses, as for a VPC that there is not.
    """
    network = Network.read(ec2)
    found = ec2.describe_vpcs(VpcIds=list(vpc_ids))["Vpcs"]
    subnets = ec2.get_paginator("describe_subnets").paginate()
    known = [subnet for page in subnets for subnet in page["Subnets"]]
    return [_vpc(network, vpc, known) for vpc in sorted(found, key=lambda vpc: vpc["VpcId"])]


def name_of(tagged: Mapping[str, Any]) -> str:
    """What the tag Name of a resource says; "" where it has none.

    >>> name_of({"Tags": [{"Key": "Name", "Value": "webserver"}]}), name_of({})
    ('webserver', '')
    """
    return next((tag["Value"] for tag in tagged.get("Tags") or () if tag["Key"] == "Name"), "")


def _vpc(network: Network, vpc: Mapping[str, Any], subnets: list[Any]) -> Vpc:
    identifier = vpc["VpcId"]
    return Vpc(
        id=identifier,
        name=name_of(vpc),
        addresses=vpc["CidrBlock"],
        is_default=bool(vpc.get("IsDefault")),
        gateways=tuple(sorted(attached_gateways(network, identifier))),
        subnets=tuple(
            _subnet(network, subnet)
            for subnet in sorted(
                subnets, key=lambda one: (one["AvailabilityZone"], one["SubnetId"])
            )
            if subnet["VpcId"] == identifier
        ),
        route_tables=tuple(
            RouteTable(table["RouteTableId"], tuple(map(_route, table.get("Routes") or ())))
            for table in network.route_tables
            if table.get("VpcId") == identifier
        ),
        security_groups=tuple(
            SecurityGroup(
                id=group["GroupId"],
                name=group.get("GroupName", ""),
                inbound=tuple(_rules(group, "IpPermissions", "from")),
                outbound=tuple(_rules(group, "IpPermissionsEgress", "to")),
            )
            for group in network.security_groups
            if group.get("VpcId") == identifier
        ),
    )


def _subnet(network: Network, subnet: Mapping[str, Any]) -> Subnet:
    table = route_table(network, subnet["SubnetId"], subnet["VpcId"])
    return Subnet(
        id=subnet["SubnetId"],
        zone=subnet["AvailabilityZone"],
        addresses=subnet.get("CidrBlock", ""),
        route_table=table["RouteTableId"],
        gateway=", ".join(sorted(routed_gateways(network, table, subnet["VpcId"]))),
        machines=tuple(_machines(network, subnet["SubnetId"])),
    )


def _machines(network: Network, subnet: str) -> Iterator[Machine]:
    for instance in network.instances:
        state = instance.get("State", {}).get("Name", "unknown")
        for interface in instance.get("NetworkInterfaces") or ():
            if interface.get("SubnetId") == subnet and state not in GONE:
                yield Machine(
                    id=instance["InstanceId"],
                    name=name_of(instance),
                    state=state,
                    private=interface.get("PrivateIpAddress", ""),
                    public=_public(interface),
                )


def _public(interface: Mapping[str, Any]) -> str:
    """The public IPv4 addresses of an interface, those of its further private ones too."""
    addresses = [interface, *(interface.get("PrivateIpAddresses") or ())]
    found = ((one.get("Association") or {}).get("PublicIp") for one in addresses)
    return ", ".join(dict.fromkeys(filter(None, found)))


_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
_TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "EgressOnlyInternetGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "NetworkInterfaceId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
)


def _route(route: Mapping[str, Any]) -> tuple[str, str]:
    where = next((route[name] for name in _DESTINATIONS if route.get(name)), "?")
    target = next((route[name] for name in _TARGETS if route.get(name)), "?")
    return where, f"{target} (blackhole)" if route.get("State") == "blackhole" else target


def _rules(group: Mapping[str, Any], member: str, preposition: str) -> Iterator[str]:
    for rule in group.get(member) or ():
        peers = [
            *(one["CidrIp"] for one in rule.get("IpRanges") or ()),
            *(one["CidrIpv6"] for one in rule.get("Ipv6Ranges") or ()),
            *(one["PrefixListId"] for one in rule.get("PrefixListIds") or ()),
            *(
                "its own members" if one.get("GroupId") == group["GroupId"] else one.get("GroupId")
                for one in rule.get("UserIdGroupPairs") or ()
            ),
        ]
        for peer in peers:
            yield f"{_ports(rule)} {preposition} {peer}"


def _ports(rule: Mapping[str, Any]) -> str:
    protocol, first, last = (rule.get(name) for name in ("IpProtocol", "FromPort", "ToPort"))
    if protocol == "-1":
        return EVERYTHING
    if first is None or first == -1:
        return str(protocol)
    return f"{protocol} {first}" if first == last else f"{protocol} {first}-{last}"
