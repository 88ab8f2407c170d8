"""Can the internet reach a port of an EC2 instance, and through what?

Worked out from what EC2's describe calls say, those of the lab or of a real account: nothing is
sent anywhere. A packet gets in when the instance runs and has a public address, the route table of
its subnet leads back to an attached internet gateway, the subnet's network ACL lets the packet in
and the answer out, and a security group of the interface lets it in. Firewalls, load balancers
and VPC Block Public Access are not looked at; a route through an appliance is told as a doubt.

AWS pages: https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html,
https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html,
https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html,
https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from helpers.analysis.network.address_ranges import (
    EVERYWHERE,
    Ranges,
    covers,
    first_match,
    intersection,
    is_private,
    network,
    tidy,
)
from helpers.analysis.network.vpc_routes import appliance_of, route_rank

PROTOCOLS = {"tcp": "6", "udp": "17"}
EVERY_PROTOCOL = "-1"
EPHEMERAL = (1024, 65_535)
"""The ports that a client may wait for the answer on; systems differ in which part they use."""
PRIVILEGED = (0, 1023)
"""The ports that only a program that chooses its own waits on."""
SHOWN = 5
"""How many ranges of addresses the text of an answer lists."""

Answers = Sequence[Mapping[str, Any]]


class Incomplete(ValueError):
    """What is missing in the answers, so that the question cannot be decided."""


@dataclass(frozen=True)
class Network:
    """What EC2's describe calls say of one Region, each as the list that is in the answer.

    ``instances`` are the instances themselves, out of their reservations. ``prefix_lists`` has the
    ranges of managed prefix lists by id; rules that name others are reported, not guessed at.
    """

    instances: Answers
    security_groups: Answers
    route_tables: Answers
    internet_gateways: Answers
    network_acls: Answers
    prefix_lists: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, ec2: Any) -> Network:
        """Ask a client of EC2, of one Region; five read-only calls (and their further pages), and
        one for each prefix list that a rule or a route names. A list that AWS refuses to show is
        left out."""

        def pages(operation: str, member: str, **parameters: Any) -> list[Any]:
            return [
                found
                for page in ec2.get_paginator(operation).paginate(**parameters)
                for found in page.get(member, ())
            ]

        reservations = pages("describe_instances", "Reservations")
        groups = pages("describe_security_groups", "SecurityGroups")
        tables = pages("describe_route_tables", "RouteTables")
        prefix_lists = {}
        for name in _lists_in(groups, tables):
            try:
                entries = pages("get_managed_prefix_list_entries", "Entries", PrefixListId=name)
            except Exception as error:
                # botocore's ClientError by its shape: this module stays free of boto3.
                if not hasattr(error, "response"):
                    raise
            else:
                prefix_lists[name] = [entry["Cidr"] for entry in entries]
        return cls(
            instances=[one for found in reservations for one in found["Instances"]],
            security_groups=groups,
            route_tables=tables,
            internet_gateways=pages("describe_internet_gateways", "InternetGateways"),
            network_acls=pages("describe_network_acls", "NetworkAcls"),
            prefix_lists=prefix_lists,
        )


def _lists_in(groups: Answers, tables: Answers) -> list[str]:
    """The ids of the prefix lists that inbound rules and routes name."""
    found = {
        listed["PrefixListId"]
        for group in groups
        for rule in group.get("IpPermissions") or ()
        for listed in rule.get("PrefixListIds") or ()
    } | {
        route["DestinationPrefixListId"]
        for table in tables
        for route in table.get("Routes") or ()
        if route.get("DestinationPrefixListId")
    }
    return sorted(found)


@dataclass(frozen=True)
class Reach:
    """Whether a port of an instance can be reached from outside.

    ``sources`` are the ranges of addresses that get in, ``through`` what they pass, from the
    internet on; where nobody gets in, ``stopped_by`` is the first thing that stops everybody.
    ``unread`` has what could not be looked into: with it, more addresses may get in.
    """

    instance: str
    port: int
    sources: Ranges = ()
    through: tuple[str, ...] = ()
    stopped_by: str = ""
    unread: tuple[str, ...] = ()

    @property
    def reachable(self) -> bool:
        """Whether anybody outside gets in."""
        return bool(self.sources)

    def lets_in(self, address: str) -> bool:
        """Whether somebody on the internet at this address gets in; nobody has a private one
        there. Raises ``ValueError`` for what is no address."""
        known = ipaddress.ip_address(address)
        return covers(self.sources, known) and not is_private(ipaddress.ip_network(known))

    def __str__(self) -> str:
        what = f"port {self.port} of {self.instance}"
        doubt = f" (not looked into: {', '.join(self.unread)})" if self.unread else ""
        if not self.reachable:
            mark = "⚠" if doubt else "✔"
            return f"{mark} {what} cannot be reached from the internet: {self.stopped_by}{doubt}"
        who = ", ".join(map(str, self.sources[:SHOWN]))
        if len(self.sources) > SHOWN:
            who += f" and {len(self.sources) - SHOWN} more ranges"
        return f"✖ {what} can be reached from {who} through {', '.join(self.through)}{doubt}"


def reach(network_: Network, instance_id: str, port: int, protocol: str = "tcp") -> Reach:
    """Whether the internet reaches a port of an instance, and through what.

    ``protocol`` is "tcp" or "udp". Raises ``LookupError`` for an instance that is not among the
    answers, ``ValueError`` for a port or a protocol that there is not, and ``Incomplete`` where the
    answers lack the instance's route table, network ACL or security group.

    >>> group = {"GroupId": "sg-1", "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 22,
    ...     "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]}
    >>> every = {"Protocol": "-1", "RuleAction": "allow", "RuleNumber": 100,
    ...     "CidrBlock": "0.0.0.0/0"}
    >>> account = Network(
    ...     instances=[{"InstanceId": "i-1", "State": {"Name": "running"}, "NetworkInterfaces": [{
    ...         "SubnetId": "subnet-1", "VpcId": "vpc-1", "Groups": [{"GroupId": "sg-1"}],
    ...         "Association": {"PublicIp": "203.0.113.7"}}]}],
    ...     security_groups=[group],
    ...     route_tables=[{"RouteTableId": "rtb-1", "VpcId": "vpc-1",
    ...         "Associations": [{"Main": True}], "Routes": [{"GatewayId": "igw-1",
    ...         "DestinationCidrBlock": "0.0.0.0/0", "State": "active"}]}],
    ...     internet_gateways=[{"InternetGatewayId": "igw-1",
    ...         "Attachments": [{"State": "available", "VpcId": "vpc-1"}]}],
    ...     network_acls=[{"NetworkAclId": "acl-1", "VpcId": "vpc-1", "IsDefault": True,
    ...         "Entries": [every | {"Egress": True}, every | {"Egress": False}]}])
    >>> print(reach(account, "i-1", 22))
    ✖ port 22 of i-1 can be reached from 0.0.0.0/0 through igw-1, rtb-1, acl-1, sg-1
    >>> print(reach(account, "i-1", 3389))
    ✔ port 3389 of i-1 cannot be reached from the internet: no rule of its security groups (sg-1)
    """
    if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port <= 65_535:
        raise ValueError(f"port: a number from 0 to 65535 is needed, this is {port!r}")
    if protocol not in PROTOCOLS:
        raise ValueError(f"protocol: 'tcp' or 'udp' is needed, this is {protocol!r}")
    instance = _named(network_.instances, "InstanceId", instance_id)
    if instance is None:
        raise LookupError(f"instance_id: no instance {instance_id!r} is among the answers")
    state = instance.get("State", {}).get("Name", "unknown")
    if state != "running":
        return Reach(instance_id, port, stopped_by=f"the instance is {state}")
    ways = [
        _Interface(network_, interface, protocol, port).reach(instance_id)
        for interface in instance.get("NetworkInterfaces") or ()
    ]
    unread = tuple(dict.fromkeys(note for way in ways for note in way.unread))
    open_ = [way for way in ways if way.reachable]
    if not open_:
        stopped = "; ".join(dict.fromkeys(way.stopped_by for way in ways))
        stopped = stopped or "it has no network interface"
        return Reach(instance_id, port, stopped_by=stopped, unread=unread)
    sources = tidy(source for way in open_ for source in way.sources)
    through = tuple(dict.fromkeys(step for way in open_ for step in way.through))
    return Reach(instance_id, port, sources, through, unread=unread)


def route_table(network_: Network, subnet: str | None, vpc: str | None) -> Mapping[str, Any]:
    """The route table of a subnet: its own, else the VPC's main one.

    Raises ``Incomplete`` where neither is among the answers.
    """
    tables = network_.route_tables
    for table in tables:
        if any(one.get("SubnetId") == subnet for one in table.get("Associations") or ()):
            return table
    for table in tables:
        if table.get("VpcId") == vpc and any(
            one.get("Main") for one in table.get("Associations") or ()
        ):
            return table
    raise Incomplete(f"route_tables: that of {subnet} in {vpc} is not among the answers")


def attached_gateways(network_: Network, vpc: str | None) -> set[str]:
    """The internet gateways that are attached to a VPC: one at most, on AWS."""
    return {
        gateway["InternetGatewayId"]
        for gateway in network_.internet_gateways
        for one in gateway.get("Attachments") or ()
        if one.get("VpcId") == vpc and one.get("State") in ("available", "attached")
    }


def routed_gateways(network_: Network, table: Mapping[str, Any], vpc: str | None) -> set[str]:
    """The internet gateways that a table leads to and that are attached to the VPC."""
    named = {route.get("GatewayId") for route in table.get("Routes") or ()}
    return attached_gateways(network_, vpc) & named


def _named(answers: Answers, member: str, name: str | None) -> Mapping[str, Any] | None:
    return next((one for one in answers if one.get(member) == name), None)


@dataclass(frozen=True)
class _Interface:
    """One interface of an instance, and the port that is knocked at."""

    network: Network
    interface: Mapping[str, Any]
    protocol: str
    port: int

    def reach(self, instance_id: str) -> Reach:
        unread: list[str] = []

        def stopped(by: str) -> Reach:
            return Reach(instance_id, self.port, stopped_by=by, unread=tuple(unread))

        sources = self._public()
        if not sources:
            return stopped("it has no public address")
        subnet, vpc = self.interface.get("SubnetId"), self.interface.get("VpcId")
        table = route_table(self.network, subnet, vpc)
        gateways = routed_gateways(self.network, table, vpc)
        sources = _of_both(sources, self._routed(table, gateways, unread))
        if not sources:
            return stopped(f"no route of {table['RouteTableId']} to an internet gateway")
        acl = self._network_acl()
        sources = _of_both(sources, self._past(acl, unread))
        if not sources:
            return stopped(f"the network ACL {acl['NetworkAclId']}")
        groups = self._groups()
        by_group = {
            name: _of_both(sources, tuple(self._admitted(group, unread)))
            for name, group in groups.items()
        }
        admitting = [name for name, found in by_group.items() if found]
        if not admitting:
            return stopped(f"no rule of its security groups ({', '.join(groups)})")
        sources = tidy(source for found in by_group.values() for source in found)
        through = (*sorted(gateways), table["RouteTableId"], acl["NetworkAclId"], *admitting)
        return Reach(instance_id, self.port, sources, through, unread=tuple(unread))

    # Addresses and routes ---------------------------------------------------------------------

    def _public(self) -> Ranges:
        """All addresses of the versions of IP that the interface can be addressed in."""
        addresses = [self.interface, *(self.interface.get("PrivateIpAddresses") or ())]
        public = any((one.get("Association") or {}).get("PublicIp") for one in addresses)
        own = [one["Ipv6Address"] for one in self.interface.get("Ipv6Addresses") or ()]
        own += [one["Ipv6Prefix"] for one in self.interface.get("Ipv6Prefixes") or ()]
        versions = {4: public, 6: not all(is_private(network(one)) for one in own)}
        return tuple(every for every in EVERYWHERE if versions[every.version])

    def _routed(self, table: Mapping[str, Any], gateways: set[str], unread: list[str]) -> Ranges:
        """Where packets from the subnet leave by a gateway: the most specific route decides, of
        equal ones the static before that of a prefix list, and last the propagated one."""
        routes = []
        for route in table.get("Routes") or ():
            if route.get("GatewayId") == "local":
                continue  # the VPC's own addresses; nobody out there has them
            for range_ in self._ranges(route, "Destination", unread):
                routes.append((range_, route))
        routes.sort(key=lambda one: (-one[0].prefixlen, route_rank(one[1])))
        for name in dict.fromkeys(filter(None, (appliance_of(route) for _, route in routes))):
            passed = first_match((range_, appliance_of(route) == name) for range_, route in routes)
            if not all(map(is_private, passed)) and self._attached():
                unread.append(f"what is behind {name}")
        return first_match(
            (range_, route.get("GatewayId") in gateways and route.get("State") != "blackhole")
            for range_, route in routes
        )

    def _attached(self) -> set[str]:
        return attached_gateways(self.network, self.interface.get("VpcId"))

    def _ranges(self, entry: Mapping[str, Any], before: str, unread: list[str]) -> Iterator[Any]:
        for member in (f"{before}CidrBlock", f"{before}Ipv6CidrBlock"):
            if entry.get(member):
                yield network(entry[member])
        if entry.get(f"{before}PrefixListId"):
            yield from self._listed(entry[f"{before}PrefixListId"], unread)

    def _listed(self, prefix_list: str, unread: list[str]) -> Iterator[Any]:
        if prefix_list not in self.network.prefix_lists:
            unread.append(f"the prefix list {prefix_list}")
        yield from map(network, self.network.prefix_lists.get(prefix_list, ()))

    # Network ACLs -----------------------------------------------------------------------------

    def _network_acl(self) -> Mapping[str, Any]:
        """The network ACL of the interface's subnet, else the VPC's default one."""
        subnet, vpc = self.interface.get("SubnetId"), self.interface.get("VpcId")
        acls = self.network.network_acls
        for acl in acls:
            if any(one.get("SubnetId") == subnet for one in acl.get("Associations") or ()):
                return acl
        for acl in acls:
            if acl.get("VpcId") == vpc and acl.get("IsDefault"):
                return acl
        raise Incomplete(f"network_acls: that of {subnet} in {vpc} is not among the answers")

    def _past(self, acl: Mapping[str, Any], unread: list[str]) -> Ranges:
        """Whose packets get in and whose answers get out: an ACL remembers no connection."""
        entries = sorted(acl.get("Entries") or (), key=lambda entry: entry["RuleNumber"])
        into = [entry for entry in entries if not entry.get("Egress")]
        out = [entry for entry in entries if entry.get("Egress")]
        entering = self._decided(into, self.port, unread)
        usual, chosen = (
            intersection(entering, self._answered(out, span, unread))
            for span in (EPHEMERAL, PRIVILEGED)
        )
        if tidy((*usual, *chosen)) != usual:
            unread.append("visitors who come from a port below 1024")
        return usual

    def _answered(self, out: Answers, span: tuple[int, int], unread: list[str]) -> Ranges:
        """Whoever gets an answer on one of these ports at least."""
        return tidy(
            range_ for port in _turns(out, span) for range_ in self._decided(out, port, unread)
        )

    def _decided(
        self, entries: Iterable[Mapping[str, Any]], port: int, unread: list[str]
    ) -> Ranges:
        """The addresses that numbered rules allow on a port: the first that fits decides."""
        rules = [
            (range_, entry["RuleAction"] == "allow")
            for entry in entries
            if _fits(entry.get("Protocol"), self.protocol, entry.get("PortRange"), port)
            for range_ in self._ranges(entry, "", unread)
        ]
        return first_match(rules)

    # Security groups --------------------------------------------------------------------------

    def _groups(self) -> dict[str, Mapping[str, Any]]:
        found = {}
        for named in self.interface.get("Groups") or ():
            group = _named(self.network.security_groups, "GroupId", named["GroupId"])
            if group is None:
                raise Incomplete(f"security_groups: {named['GroupId']} is not among the answers")
            found[named["GroupId"]] = group
        return found

    def _admitted(self, group: Mapping[str, Any], unread: list[str]) -> Iterator[Any]:
        """The addresses that a group lets in; members of other groups are no addresses outside."""
        for rule in group.get("IpPermissions") or ():
            ports = {"From": rule.get("FromPort"), "To": rule.get("ToPort")}
            if not _fits(rule.get("IpProtocol"), self.protocol, ports, self.port):
                continue
            for range_ in rule.get("IpRanges") or ():
                yield network(range_["CidrIp"])
            for range_ in rule.get("Ipv6Ranges") or ():
                yield network(range_["CidrIpv6"])
            for listed in rule.get("PrefixListIds") or ():
                yield from self._listed(listed["PrefixListId"], unread)


def _fits(named: Any, protocol: str, ports: Mapping[str, Any] | None, port: int) -> bool:
    """Whether a rule is about this protocol and port. One about all protocols is about all ports;
    so is one that names none, and one from -1 on."""
    named = str(named)
    if named == EVERY_PROTOCOL:
        return True
    if named not in (protocol, PROTOCOLS[protocol]):
        return False
    first, last = (ports or {}).get("From"), (ports or {}).get("To")
    if first is None or last is None or first == -1:
        return True
    return int(first) <= port <= int(last)


def _of_both(first: Ranges, second: Ranges) -> Ranges:
    """What two have in common, without the ranges that nobody on the internet has."""
    return tuple(range_ for range_ in intersection(first, second) if not is_private(range_))


def _turns(entries: Iterable[Mapping[str, Any]], span: tuple[int, int]) -> list[int]:
    """One port of each stretch of a span of ports on which the same rules hold."""
    low, high = span
    turns = {low}
    for entry in entries:
        ports = entry.get("PortRange") or {}
        if ports.get("From") is not None and ports.get("To") is not None:
            turns |= {int(ports["From"]), int(ports["To"]) + 1}
    return sorted(port for port in turns if low <= port <= high)
