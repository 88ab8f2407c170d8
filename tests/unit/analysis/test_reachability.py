"""Whether the internet reaches a port: addresses, routes, network ACLs, security groups."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.analysis.network.address_ranges import covers, first_match, intersection, network, tidy
from helpers.analysis.network.reachability import Incomplete, Network, reach

STRANGER, OFFICE = "198.51.100.23", "203.0.113.10"
STRANGER_6 = "2001:db8::23"


def entry(number: int, action: str, cidr: str, *, egress: bool = False, **more: Any) -> Any:
    """A rule of a network ACL."""
    range_ = {"Ipv6CidrBlock" if ":" in cidr else "CidrBlock": cidr}
    rest = {"Protocol": "-1", **more}
    return {"RuleNumber": number, "RuleAction": action, "Egress": egress, **range_, **rest}


def ports(first: int, last: int) -> dict[str, Any]:
    return {"Protocol": "6", "PortRange": {"From": first, "To": last}}


def rule(port: int, *cidrs: str, protocol: str = "tcp", **more: Any) -> dict[str, Any]:
    """A rule of a security group."""
    return {
        "IpProtocol": protocol,
        "FromPort": port,
        "ToPort": port,
        "IpRanges": [{"CidrIp": cidr} for cidr in cidrs if ":" not in cidr],
        "Ipv6Ranges": [{"CidrIpv6": cidr} for cidr in cidrs if ":" in cidr],
        **more,
    }


def interface(**more: Any) -> dict[str, Any]:
    return {
        "SubnetId": "subnet-1",
        "VpcId": "vpc-1",
        "Groups": [{"GroupId": "sg-1"}],
        "Ipv6Addresses": [],
        "Association": {"PublicIp": "192.0.2.7"},
        **more,
    }


def machine(*interfaces: dict[str, Any], state: str = "running") -> list[dict[str, Any]]:
    return [
        {
            "InstanceId": "i-1",
            "State": {"Name": state},
            "NetworkInterfaces": list(interfaces or [interface()]),
        }
    ]


def group(*rules: dict[str, Any], name: str = "sg-1") -> dict[str, Any]:
    return {"GroupId": name, "IpPermissions": list(rules)}


def table(
    *routes: dict[str, Any], name: str = "rtb-1", subnet: str | None = None
) -> dict[str, Any]:
    used = {"SubnetId": subnet} if subnet else {"Main": True}
    return {
        "RouteTableId": name,
        "VpcId": "vpc-1",
        "Associations": [used],
        "Routes": list(routes),
    }


def route(cidr: str, gateway: str = "igw-1", state: str = "active") -> dict[str, Any]:
    member = "DestinationIpv6CidrBlock" if ":" in cidr else "DestinationCidrBlock"
    return {member: cidr, "GatewayId": gateway, "State": state}


def acl(*entries: Any, name: str = "acl-1", **more: Any) -> dict[str, Any]:
    return {"NetworkAclId": name, "VpcId": "vpc-1", "Entries": list(entries), **more}


ALL_IN, ALL_OUT = entry(100, "allow", "0.0.0.0/0"), entry(100, "allow", "0.0.0.0/0", egress=True)
GATEWAY = {
    "InternetGatewayId": "igw-1",
    "Attachments": [{"State": "available", "VpcId": "vpc-1"}],
}

OPEN = Network(
    instances=machine(),
    security_groups=[group(rule(22, "0.0.0.0/0"))],
    route_tables=[table(route("10.0.0.0/16", "local"), route("0.0.0.0/0"))],
    internet_gateways=[GATEWAY],
    network_acls=[acl(ALL_IN, ALL_OUT, IsDefault=True)],
)


def test_an_open_port() -> None:
    found = reach(OPEN, "i-1", 22)
    assert found.reachable
    assert found.lets_in(STRANGER)
    assert not found.lets_in(STRANGER_6)
    assert found.through == ("igw-1", "rtb-1", "acl-1", "sg-1")
    assert str(found).startswith("✖ port 22 of i-1 can be reached from 0.0.0.0/0 through igw-1")


CLOSED: list[tuple[str, dict[str, Any], str]] = [
    ("stopped", {"instances": machine(state="stopped")}, "the instance is stopped"),
    (
        "no public address",
        {"instances": machine(interface(Association=None))},
        "no public address",
    ),
    ("no interface", {"instances": [{**machine()[0], "NetworkInterfaces": []}]}, "no network"),
    ("no route", {"route_tables": [table(route("10.0.0.0/16", "local"))]}, "no route of rtb-1"),
    (
        "through a NAT gateway",
        {"route_tables": [table({"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1"})]},
        "no route of rtb-1",
    ),
    (
        "a route into nothing",
        {"route_tables": [table(route("0.0.0.0/0", state="blackhole"))]},
        "no route of rtb-1",
    ),
    ("gateway detached", {"internet_gateways": [{**GATEWAY, "Attachments": []}]}, "no route"),
    ("gateway gone", {"internet_gateways": []}, "no route of rtb-1"),
    (
        "the subnet's own table",
        {"route_tables": [*OPEN.route_tables, table(name="rtb-2", subnet="subnet-1")]},
        "no route of rtb-2",
    ),
    ("ACL, in", {"network_acls": [acl(ALL_OUT, IsDefault=True)]}, "the network ACL acl-1"),
    ("ACL, out", {"network_acls": [acl(ALL_IN, IsDefault=True)]}, "the network ACL acl-1"),
    (
        "ACL, an earlier deny",
        {
            "network_acls": [
                acl(
                    ALL_IN,
                    ALL_OUT,
                    entry(90, "deny", "0.0.0.0/0", **ports(22, 22)),
                    IsDefault=True,
                )
            ]
        },
        "the network ACL acl-1",
    ),
    (
        "ACL, answers on privileged ports only",
        {
            "network_acls": [
                acl(
                    ALL_IN,
                    entry(90, "allow", "0.0.0.0/0", egress=True, **ports(0, 1023)),
                    IsDefault=True,
                )
            ]
        },
        "the network ACL acl-1",
    ),
    (
        "the subnet's own ACL",
        {
            "network_acls": [
                *OPEN.network_acls,
                acl(name="acl-2", Associations=[{"SubnetId": "subnet-1"}]),
            ]
        },
        "the network ACL acl-2",
    ),
    ("group without rules", {"security_groups": [group()]}, r"security groups (sg-1)"),
    ("another port", {"security_groups": [group(rule(443, "0.0.0.0/0"))]}, "(sg-1)"),
    (
        "another protocol",
        {"security_groups": [group(rule(22, "0.0.0.0/0", protocol="udp"))]},
        "(sg-1)",
    ),
    (
        "members of a group only",
        {"security_groups": [group(rule(22, UserIdGroupPairs=[{"GroupId": "sg-2"}]))]},
        "(sg-1)",
    ),
    ("an address of IPv6 only", {"security_groups": [group(rule(22, "::/0"))]}, "(sg-1)"),
]


@pytest.mark.parametrize(("changed", "by"), [c[1:] for c in CLOSED], ids=[c[0] for c in CLOSED])
def test_each_thing_alone_stops_it(changed: dict[str, Any], by: str) -> None:
    found = reach(replace(OPEN, **changed), "i-1", 22)
    assert not found.reachable
    assert by in found.stopped_by
    assert by in str(found)
    assert not found.lets_in(STRANGER)


def test_later_denies_and_other_ports_stop_nothing() -> None:
    rules = acl(
        ALL_IN,
        ALL_OUT,
        entry(50, "deny", "0.0.0.0/0", **ports(23, 80)),
        entry(200, "deny", "0.0.0.0/0"),
        IsDefault=True,
    )
    assert reach(replace(OPEN, network_acls=[rules]), "i-1", 22).lets_in(STRANGER)


def test_answers_may_go_out_on_a_part_of_the_ephemeral_ports() -> None:
    """Linux waits on 32768 and above: an ACL that lets those out is open."""
    out = entry(90, "allow", "0.0.0.0/0", egress=True, **ports(32_768, 60_999))
    rules = acl(ALL_IN, out, IsDefault=True)
    assert reach(replace(OPEN, network_acls=[rules]), "i-1", 22).lets_in(STRANGER)


def test_who_gets_in_is_what_all_of_them_let_in() -> None:
    account = replace(
        OPEN,
        security_groups=[group(rule(22, "203.0.113.0/24", "198.51.100.0/24"))],
        network_acls=[acl(ALL_IN, ALL_OUT, entry(10, "deny", "198.51.100.0/25"), IsDefault=True)],
    )
    found = reach(account, "i-1", 22)
    assert found.sources == (network("198.51.100.128/25"), network("203.0.113.0/24"))
    assert (found.lets_in(OFFICE), found.lets_in(STRANGER)) == (True, False)


def test_the_most_specific_route_decides() -> None:
    routes = table(route("0.0.0.0/0"), route("198.51.100.0/24", "vgw-1"))
    found = reach(replace(OPEN, route_tables=[routes]), "i-1", 22)
    assert (found.lets_in(OFFICE), found.lets_in(STRANGER)) == (True, False)


def to(cidr: str, **target: str) -> dict[str, Any]:
    """A route to something else than a gateway of the internet."""
    return {"DestinationCidrBlock": cidr, "State": "active", **target}


LEARNED = {**route("0.0.0.0/0", "vgw-1"), "Origin": "EnableVgwRoutePropagation"}
LISTED = {"DestinationPrefixListId": "pl-1", "GatewayId": "igw-1", "State": "active"}


@pytest.mark.parametrize(
    ("routes", "reachable"),
    [
        ([LEARNED, route("0.0.0.0/0")], True),
        ([LEARNED, LISTED], True),
        ([LISTED, to("0.0.0.0/0", NatGatewayId="nat-1")], False),
        ([{**LEARNED, "GatewayId": "igw-1"}, to("0.0.0.0/0", NatGatewayId="nat-1")], False),
    ],
    ids=["static", "list before learned", "static before list", "static before learned"],
)
def test_of_two_routes_to_the_same_range(routes: list[Any], reachable: bool) -> None:
    """A static one is before one by a prefix list, and that before a propagated one."""
    account = replace(OPEN, route_tables=[table(*routes)], prefix_lists={"pl-1": ["0.0.0.0/0"]})
    assert reach(account, "i-1", 22).reachable is reachable


@pytest.mark.parametrize(
    "routes",
    [
        [to("0.0.0.0/0", GatewayId="vpce-1")],
        [to("0.0.0.0/0", NetworkInterfaceId="eni-1", InstanceId="i-9")],
        [route("0.0.0.0/0"), to("198.51.0.0/16", NetworkInterfaceId="eni-1")],
    ],
)
def test_a_firewall_on_the_way_is_told(routes: list[Any]) -> None:
    """Answers that leave through an appliance: it may well pass packets on to the gateway."""
    found = reach(replace(OPEN, route_tables=[table(*routes)]), "i-1", 22)
    assert found.unread in (("what is behind vpce-1",), ("what is behind eni-1",))
    assert not found.lets_in(STRANGER)
    assert "(not looked into: what is behind" in str(found)


@pytest.mark.parametrize(
    "routes",
    [
        [route("0.0.0.0/0"), to("10.9.0.0/16", NetworkInterfaceId="eni-1")],
        [route("0.0.0.0/0"), {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1"}],
        [{**to("0.0.0.0/0", NetworkInterfaceId="eni-1"), "State": "blackhole"}],
        [route("0.0.0.0/0"), to("172.31.0.0/16", VpcPeeringConnectionId="pcx-1")],
    ],
    ids=["private addresses", "a gateway endpoint", "into nothing", "peering"],
)
def test_routes_that_no_visitor_takes_are_no_doubt(routes: list[Any]) -> None:
    account = replace(OPEN, route_tables=[table(*routes)], prefix_lists={"pl-1": ["192.0.2.0/24"]})
    assert reach(account, "i-1", 22).unread == ()


def test_nobody_on_the_internet_has_a_private_address() -> None:
    """A rule for a company's own network opens nothing to the internet."""
    own = ("10.0.0.0/8", "172.16.0.0/12", "192.168.1.0/24", "100.64.0.0/10", "fd00::/8")
    account = replace(OPEN, security_groups=[group(rule(22, *own))])
    closed = reach(account, "i-1", 22)
    assert not closed.reachable
    assert closed.stopped_by == "no rule of its security groups (sg-1)"
    within = acl(entry(1, "allow", "10.0.0.0/8"), ALL_OUT, IsDefault=True)
    by_acl = reach(replace(OPEN, network_acls=[within]), "i-1", 22)
    assert by_acl.stopped_by == "the network ACL acl-1"
    beside = replace(OPEN, security_groups=[group(rule(22, *own, "203.0.113.0/24"))])
    assert reach(beside, "i-1", 22).sources == (network("203.0.113.0/24"),)
    everybody = reach(OPEN, "i-1", 22)
    assert everybody.sources == (network("0.0.0.0/0"),)
    assert not everybody.lets_in("10.1.2.3")
    # A group that lets in nobody but private addresses is no way through.
    both = replace(
        OPEN,
        instances=machine(interface(Groups=[{"GroupId": "sg-1"}, {"GroupId": "sg-2"}])),
        security_groups=[group(rule(22, "0.0.0.0/0")), group(rule(22, "10.0.0.0/8"), name="sg-2")],
    )
    assert reach(both, "i-1", 22).through[-1] == "sg-1"


def test_many_ranges_are_told_in_short() -> None:
    but_one = acl(ALL_IN, ALL_OUT, entry(1, "deny", f"{STRANGER}/32"), IsDefault=True)
    found = reach(replace(OPEN, network_acls=[but_one]), "i-1", 22)
    assert (len(found.sources), found.lets_in(STRANGER), found.lets_in(OFFICE)) == (32, False, True)
    assert " and 27 more ranges through igw-1" in str(found)


def test_a_firewall_without_a_gateway_is_no_doubt() -> None:
    routes = table(to("0.0.0.0/0", GatewayId="vpce-1"))
    account = replace(OPEN, route_tables=[routes], internet_gateways=[])
    assert reach(account, "i-1", 22).unread == ()


def test_ports_below_1024_are_a_doubt() -> None:
    """A program may come from any port that it likes, and an ACL goes by the answer's port."""
    strict = entry(90, "allow", "0.0.0.0/0", egress=True, **ports(443, 443))
    found = reach(replace(OPEN, network_acls=[acl(ALL_IN, strict, IsDefault=True)]), "i-1", 22)
    assert not found.reachable
    assert found.unread == ("visitors who come from a port below 1024",)
    closed = reach(replace(OPEN, network_acls=[acl(ALL_IN, IsDefault=True)]), "i-1", 22)
    assert closed.unread == ()


OPEN_6 = replace(
    OPEN,
    security_groups=[group(rule(22, "::/0"))],
    network_acls=[
        acl(entry(101, "allow", "::/0"), entry(101, "allow", "::/0", egress=True), IsDefault=True)
    ],
)


@pytest.mark.parametrize(
    ("interface_", "route_", "reachable"),
    [
        ({"Ipv6Addresses": [{"Ipv6Address": "2600:1f18::7"}]}, route("::/0"), True),
        ({"Ipv6Prefixes": [{"Ipv6Prefix": "2600:1f18::/80"}]}, route("::/0"), True),
        ({"Ipv6Addresses": [{"Ipv6Address": "fd00:ec2::7"}]}, route("::/0"), False),
        ({"Ipv6Prefixes": [{"Ipv6Prefix": "fd00:ec2::/80"}]}, route("::/0"), False),
        ({}, route("::/0"), False),
        (
            {"Ipv6Addresses": [{"Ipv6Address": "2600:1f18::7"}]},
            {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1"},
            False,
        ),
    ],
)
def test_addresses_of_ipv6(interface_: Any, route_: Any, reachable: bool) -> None:
    """Unique local addresses are private; an egress-only gateway lets nobody in."""
    account = replace(
        OPEN_6, instances=machine(interface(**interface_)), route_tables=[table(route_)]
    )
    assert reach(account, "i-1", 22).lets_in(STRANGER_6) is reachable


def test_ipv6_is_a_way_of_its_own() -> None:
    account = replace(
        OPEN,
        instances=machine(interface(Association=None, Ipv6Addresses=[{"Ipv6Address": "::7"}])),
        security_groups=[group(rule(22, "0.0.0.0/0", "::/0"))],
        route_tables=[table(route("0.0.0.0/0"), route("::/0"))],
        network_acls=[
            acl(
                entry(101, "allow", "::/0"),
                entry(101, "allow", "::/0", egress=True),
                IsDefault=True,
            )
        ],
    )
    assert reach(account, "i-1", 22).sources == (network("::/0"),)


def test_one_interface_is_enough_and_groups_add_up() -> None:
    hidden = interface(Association=None)
    shown = interface(Groups=[{"GroupId": "sg-1"}, {"GroupId": "sg-2"}])
    account = replace(
        OPEN,
        instances=machine(hidden, shown),
        security_groups=[group(), group(rule(22, "0.0.0.0/0"), name="sg-2")],
    )
    found = reach(account, "i-1", 22)
    assert found.lets_in(STRANGER)
    assert found.through[-1] == "sg-2"


@pytest.mark.parametrize(
    "whole",
    [
        {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
        {"IpProtocol": "6", "FromPort": 0, "ToPort": 65535, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
        {"IpProtocol": "tcp", "FromPort": 20, "ToPort": 25, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
    ],
)
def test_rules_about_many_ports(whole: dict[str, Any]) -> None:
    assert reach(replace(OPEN, security_groups=[group(whole)]), "i-1", 22).lets_in(STRANGER)


def test_udp_is_asked_for() -> None:
    account = replace(OPEN, security_groups=[group(rule(53, "0.0.0.0/0", protocol="udp"))])
    assert reach(account, "i-1", 53, "udp").reachable
    assert not reach(account, "i-1", 53).reachable


def test_prefix_lists_are_read_or_reported() -> None:
    listed = group(rule(22, PrefixListIds=[{"PrefixListId": "pl-1"}]))
    account = replace(OPEN, security_groups=[listed])
    unknown = reach(account, "i-1", 22)
    assert not unknown.reachable
    assert unknown.unread == ("the prefix list pl-1",)
    known = reach(replace(account, prefix_lists={"pl-1": ["198.51.100.0/24"]}), "i-1", 22)
    assert (known.lets_in(STRANGER), known.lets_in(OFFICE), known.unread) == (True, False, ())
    assert str(unknown).startswith("⚠")
    assert str(unknown).endswith("(not looked into: the prefix list pl-1)")
    assert "not looked into" not in str(known)


class _Refused(Exception):
    def __init__(self) -> None:
        self.response = {"Error": {"Code": "UnauthorizedOperation"}}


class _Client:
    """Answers as EC2 does, in pages; of the prefix lists it shows one."""

    def get_paginator(self, operation: str) -> _Client:
        self.operation = operation
        return self

    def paginate(self, PrefixListId: str = "") -> list[dict[str, Any]]:
        def listed(name: str) -> Any:
            return group(rule(22, PrefixListIds=[{"PrefixListId": name}]), name=f"sg-{name}")

        if PrefixListId == "pl-2":
            raise _Refused
        to_storage = {"DestinationPrefixListId": "pl-3", "GatewayId": "vpce-1"}
        return {
            "describe_instances": [{"Reservations": [{"Instances": machine()}]}, {}],
            "describe_security_groups": [
                {"SecurityGroups": [listed("pl-1")]},
                {"SecurityGroups": [listed("pl-2")]},
            ],
            "describe_route_tables": [{"RouteTables": [table(to_storage)]}],
            "get_managed_prefix_list_entries": [
                {"Entries": [{"Cidr": f"10.{PrefixListId[-1:]}.0.0/16"}]}
            ],
        }.get(self.operation, [{}])


def test_reading_an_account() -> None:
    found = Network.read(_Client())
    assert [one["InstanceId"] for one in found.instances] == ["i-1"]
    assert [one["GroupId"] for one in found.security_groups] == ["sg-pl-1", "sg-pl-2"]
    assert found.prefix_lists == {"pl-1": ["10.1.0.0/16"], "pl-3": ["10.3.0.0/16"]}


@pytest.mark.parametrize("part", ["route_tables", "network_acls", "security_groups"])
def test_answers_that_lack_something(part: str) -> None:
    with pytest.raises(Incomplete, match=part):
        reach(replace(OPEN, **{part: []}), "i-1", 22)


@pytest.mark.parametrize("port", [-1, 65_536, "22", True])
def test_what_is_no_port(port: Any) -> None:
    with pytest.raises(ValueError, match="port: a number from 0 to 65535"):
        reach(OPEN, "i-1", port)


def test_what_is_not_there() -> None:
    with pytest.raises(LookupError, match="'i-2'"):
        reach(OPEN, "i-2", 22)
    with pytest.raises(ValueError, match="protocol: 'tcp' or 'udp'"):
        reach(OPEN, "i-1", 22, "icmp")
    with pytest.raises(ValueError, match="does not appear to be"):
        reach(OPEN, "i-1", 22).lets_in("everywhere")


# Ranges ------------------------------------------------------------------------------------------

FOUR_BITS = st.integers(0, 15).map(lambda bits: ipaddress.ip_address(bits << 28))
RANGES = st.builds(
    lambda bits, length: ipaddress.ip_network((bits << 28, length), strict=False),
    st.integers(0, 15),
    st.integers(0, 4),
)


@given(st.lists(st.tuples(RANGES, st.booleans()), max_size=6), FOUR_BITS)
def test_the_first_rule_that_fits_decides(
    rules: list[tuple[Any, bool]], address: ipaddress.IPv4Address
) -> None:
    wanted = next((allow for range_, allow in rules if address in range_), False)
    assert covers(first_match(rules), address) is wanted


@given(st.lists(RANGES, max_size=4), st.lists(RANGES, max_size=4), FOUR_BITS)
def test_both_is_what_is_in_both(
    first: list[Any], second: list[Any], address: ipaddress.IPv4Address
) -> None:
    both = covers(first, address) and covers(second, address)
    assert covers(intersection(first, second), address) is both


@given(st.lists(RANGES, max_size=6), FOUR_BITS)
def test_tidying_changes_no_address(ranges: list[Any], address: ipaddress.IPv4Address) -> None:
    assert covers(tidy(ranges), address) is covers(ranges, address)
    assert list(tidy(tidy(ranges))) == list(tidy(ranges))
