"""EC2: rules of security groups, added all or not at all.

moto adds those before the one that it refuses, and answers with those of the last permission.

AWS page: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html
"""

from __future__ import annotations

import copy
import html
from typing import Any

from helpers.lab.errors import AwsError
from helpers.lab.services.ec2_calls import ec2_answers, for_real
from helpers.lab.services.ec2_vpcs import named_group
from helpers.lab.services.registry import Asked
from helpers.lab.wire import HttpAnswer, error_in, with_parameters

NAMES = {"-1": "ALL", "tcp": "TCP", "udp": "UDP", "icmp": "ICMP"}


@ec2_answers("AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress")
def authorize(asked: Asked) -> HttpAnswer | dict[str, Any]:
    """Add rules to a group, none of which it has."""
    group = named_group(asked)
    kept = "egress_rules" if asked.call.operation.endswith("Egress") else "ingress_rules"
    for_real(asked)
    before = list(getattr(group, kept))
    named = {k: v for k, v in asked.parameters.items() if k != "GroupName"}
    http = asked.forward(with_parameters(asked.call, {**named, "GroupId": group.id}))
    added = [rule for rule in getattr(group, kept) if not _among(rule, before)]
    if http[0] != 200:
        setattr(group, kept, before)
        error = error_in(http)
        if error is not None and error.code == "InvalidPermission.Duplicate":
            raise AwsError(error.code, _duplicate(asked, before) or html.unescape(error.message))
        return http
    shown = [copy.copy(rule) for rule in added]
    for rule in shown:
        rule.from_port = -1 if rule.from_port is None else rule.from_port
        rule.to_port = -1 if rule.to_port is None else rule.to_port
    return {"Return": True, "SecurityGroupRules": shown}


def _among(rule: Any, rules: list[Any]) -> bool:
    return any(rule is other for other in rules)


def _duplicate(asked: Asked, rules: list[Any]) -> str | None:
    """AWS's sentence about the first rule that is there already."""
    parameters = asked.parameters
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
