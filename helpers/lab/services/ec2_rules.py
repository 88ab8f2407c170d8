"""EC2: rules of security groups, added all or not at all.

moto adds those before the one that it refuses, and answers with those of the last permission.

AWS page: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html
"""

from __future__ import annotations

import copy
import html
import ipaddress
from collections.abc import Mapping
from typing import Any

from helpers.lab.errors import AwsError
from helpers.lab.services.ec2_calls import ec2_answers, for_real
from helpers.lab.services.ec2_vpcs import named_group
from helpers.lab.services.registry import Asked
from helpers.lab.wire import HttpAnswer, error_in, with_parameters

NUMBERED = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
NAMED = frozenset({"-1", *NUMBERED.values()})
LAST_PORT = 65_535
BOTH_PORTS = "Must specify both from and to ports with TCP/UDP."

# Parameter with ranges → the member that has one, and its kind.
RANGES = (
    ("IpRanges", "CidrIp", ipaddress.IPv4Network),
    ("Ipv6Ranges", "CidrIpv6", ipaddress.IPv6Network),
)

NAMES = {"-1": "ALL", "tcp": "TCP", "udp": "UDP", "icmp": "ICMP"}


@ec2_answers("AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress")
def authorize(asked: Asked) -> HttpAnswer | dict[str, Any]:
    """Add rules to a group, none of which it has."""
    group = named_group(asked)
    kept = "egress_rules" if asked.call.operation.endswith("Egress") else "ingress_rules"
    named = {k: v for k, v in _canonical(asked.parameters).items() if k != "GroupName"}
    for_real(asked)
    before = list(getattr(group, kept))
    http = asked.forward(with_parameters(asked.call, {**named, "GroupId": group.id}))
    added = [rule for rule in getattr(group, kept) if not _among(rule, before)]
    if http[0] != 200:
        setattr(group, kept, before)
        error = error_in(http)
        if error is not None and error.code == "InvalidPermission.Duplicate":
            raise AwsError(error.code, _duplicate(named, before) or html.unescape(error.message))
        return http
    shown = [copy.copy(rule) for rule in added]
    for rule in shown:
        rule.from_port = -1 if rule.from_port is None else rule.from_port
        rule.to_port = -1 if rule.to_port is None else rule.to_port
    return {"Return": True, "SecurityGroupRules": shown}


def _among(rule: Any, rules: list[Any]) -> bool:
    return any(rule is other for other in rules)


def _canonical(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """A call's parameters as AWS keeps them; raises ``AwsError`` for what is no rule."""
    if "IpPermissions" in parameters:
        permissions = [_permission(one) for one in parameters["IpPermissions"] or ()]
        return {**parameters, "IpPermissions": permissions}
    return _permission(parameters) if parameters.get("IpProtocol") else dict(parameters)


def _permission(given: Mapping[str, Any]) -> dict[str, Any]:
    protocol = str(given.get("IpProtocol") or "").lower()
    protocol = NUMBERED.get(protocol, protocol)
    if protocol not in NAMED and not (protocol.isdecimal() and int(protocol) <= 255):
        raise _invalid(f"Invalid value '{protocol}' for IP protocol. Unknown protocol.")
    first, last = given.get("FromPort"), given.get("ToPort")
    if protocol in ("tcp", "udp"):
        if first is None or last is None:
            raise _invalid(f"Invalid value '{BOTH_PORTS}' for portRange.")
        for port in (first, last):
            if not 0 <= port <= LAST_PORT:
                raise _invalid(f"TCP/UDP port ({port}) out of range")
        if first > last:
            raise _invalid(f"Invalid TCP/UDP port range ({first}:{last})")
    found = {**given, "IpProtocol": protocol}
    for name, kind in (("CidrIp", ipaddress.IPv4Network), ("CidrIpv6", ipaddress.IPv6Network)):
        if given.get(name):
            found[name] = canonical_cidr(given[name], kind)
    for name, inner, kind in RANGES:
        if given.get(name):
            found[name] = [
                {**one, inner: canonical_cidr(one[inner], kind)} if one.get(inner) else one
                for one in given[name]
            ]
    return found


def canonical_cidr(text: str, kind: Any) -> str:
    """A range of addresses, without the bits behind the prefix."""
    try:
        if "/" not in text:
            raise ValueError(text)
        return str(kind(text, strict=False))
    except ValueError:
        raise _invalid(f"CIDR block {text} is malformed") from None


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message)


def _duplicate(parameters: Mapping[str, Any], rules: list[Any]) -> str | None:
    """AWS's sentence about the first rule that is there already."""
    for permission in parameters.get("IpPermissions") or [
        {**parameters, "IpRanges": [{"CidrIp": parameters.get("CidrIp")}]}
    ]:
        protocol = str(permission.get("IpProtocol"))
        ports = (permission.get("FromPort"), permission.get("ToPort"))
        for found in permission.get("IpRanges") or []:
            peer = found.get("CidrIp")
            for rule in rules:
                all_ports = protocol == "-1" or (rule.from_port, rule.to_port) == ports
                if rule.ip_protocol == protocol and rule.cidr_ipv4 == peer and all_ports:
                    where = f", from port: {ports[0]}, to port: {ports[1]}"
                    where = "" if protocol == "-1" else where
                    name = NAMES.get(protocol, protocol)
                    return f'the specified rule "peer: {peer}, {name}{where}, ALLOW" already exists'
    return None
