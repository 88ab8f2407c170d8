"""EC2: new VPCs and subnets, the gateway of a VPC, and the rules of network ACLs.

A range of addresses is kept without the bits behind its prefix; a VPC has one internet gateway,
and without it no Elastic IP address. moto keeps ranges as they were written, lets a VPC have many
gateways, and gives addresses to machines that the internet has no way to.

AWS pages: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html,
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html,
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachInternetGateway.html,
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateAddress.html,
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html
"""

from __future__ import annotations

import ipaddress
from typing import Any

from helpers.lab import ec2_store
from helpers.lab.errors import AwsError
from helpers.lab.services.ec2_calls import ec2_answers, for_real, store_of
from helpers.lab.services.registry import Asked
from helpers.lab.wire import with_parameters


@ec2_answers("CreateVpc", "CreateSubnet")
def create_network(asked: Asked) -> Any:
    """Make a VPC or a subnet."""
    parameters = dict(asked.parameters)
    zone = parameters.get("AvailabilityZone")
    zones = [one.name for one in store_of(asked).describe_availability_zones()]
    if zone is not None and zone not in zones:
        raise AwsError(
            "InvalidParameterValue",
            f"Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently "
            f"only be created in the following availability zones: {', '.join(zones)}.",
        )
    for_real(asked)
    cidr = parameters.get("CidrBlock")
    try:
        canonical = str(ipaddress.IPv4Network(cidr, strict=False)) if cidr else cidr
    except ValueError:
        return asked.forward()  # moto says what is wrong
    if canonical == cidr:
        return asked.forward()
    return asked.forward(with_parameters(asked.call, {**parameters, "CidrBlock": canonical}))


@ec2_answers("AttachInternetGateway")
def attach_internet_gateway(asked: Asked) -> Any:
    """Give a VPC its gateway."""
    name, vpc_id = asked.parameters["InternetGatewayId"], asked.parameters["VpcId"]
    for gateway in store_of(asked).internet_gateways.values():
        attached = gateway.vpc.id if gateway.vpc else None
        if gateway.id == name and attached is not None:
            raise AwsError(
                "Resource.AlreadyAssociated",
                f"resource {name} is already attached to network {attached}",
            )
        if attached == vpc_id:
            raise AwsError(
                "InvalidParameterValue",
                f"Network {vpc_id} already has an internet gateway attached",
            )
    for_real(asked)
    return asked.forward()


@ec2_answers("AssociateAddress")
def associate_address(asked: Asked) -> Any:
    """Give an interface an Elastic IP address; its VPC needs a way to the internet for it."""
    store, parameters = store_of(asked), asked.parameters
    named = (
        ec2_store.find(store, kind, parameters[name])
        for kind, name in (("network-interface", "NetworkInterfaceId"), ("instance", "InstanceId"))
        if parameters.get(name)
    )
    for holder in named:
        gateways = store.internet_gateways.values()
        if not any(gateway.vpc and gateway.vpc.id == holder.vpc_id for gateway in gateways):
            raise AwsError(
                "Gateway.NotAttached",
                f"Network {holder.vpc_id} is not attached to any internet gateway",
            )
    for_real(asked)
    return asked.forward()


@ec2_answers("CreateNetworkAclEntry")
def create_network_acl_entry(asked: Asked) -> Any:
    """Add a rule to a network ACL; its protocol is a number, as it is in a packet."""
    _protocol_is_a_number(asked)
    for_real(asked)
    return asked.forward()


def _protocol_is_a_number(asked: Asked) -> None:
    protocol = str(asked.parameters["Protocol"])
    if protocol != "-1" and not (protocol.isdecimal() and int(protocol) <= 255):
        raise AwsError(
            "InvalidParameterValue",
            f"Invalid value '{protocol}' for IP protocol. Unknown protocol.",
        )


@ec2_answers("DeleteNetworkAclEntry", "ReplaceNetworkAclEntry")
def change_network_acl_entry(asked: Asked) -> Any:
    """Delete or replace an entry that is there."""
    parameters = asked.parameters
    if asked.call.operation == "ReplaceNetworkAclEntry":
        _protocol_is_a_number(asked)
    number, egress = parameters["RuleNumber"], bool(parameters["Egress"])
    acl = ec2_store.find(store_of(asked), "network-acl", parameters["NetworkAclId"])
    entries = acl.network_acl_entries
    if not any((int(e.rule_number), bool(e.egress)) == (number, egress) for e in entries):
        way = "egress" if egress else "ingress"
        raise AwsError(
            "InvalidNetworkAclEntry.NotFound",
            f"The {way} entry with rule number '{number}' does not exist in network acl '{acl.id}'",
        )
    for_real(asked)
    return asked.forward()
