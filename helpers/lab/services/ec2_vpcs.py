"""EC2: what holds a VPC, a subnet, a gateway or a security group in its place.

AWS deletes none of them while something stands on it, and says so in one sentence for each.
moto deletes most, and stumbles over the default security group.

AWS pages: https://docs.aws.amazon.com/vpc/latest/userguide/delete-vpc.html,
https://docs.aws.amazon.com/vpc/latest/userguide/deleting-security-groups.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from helpers.lab import ec2_store
from helpers.lab.errors import AwsError
from helpers.lab.services.ec2_calls import ec2_answers, for_real, not_found, store_of
from helpers.lab.services.registry import Asked
from helpers.lab.wire import HttpAnswer

NO_DEFAULT_VPC = "No default VPC for this user"
GROUP_NAME_NEEDS_DEFAULT_VPC = (
    f"{NO_DEFAULT_VPC}. GroupName is only supported for EC2-Classic and default VPC."
)

# States in which moto still keeps what is gone.
GONE = frozenset({"deleted", "deleting", "failed", "rejected", "expired"})


def _in_use(what: str) -> AwsError:
    return AwsError("DependencyViolation", f"The {what} has dependencies and cannot be deleted.")


# -- VPCs ----------------------------------------------------------------------------------------


@ec2_answers("DeleteVpc")
def delete_vpc(asked: Asked) -> None:
    """Delete a VPC that nothing stands in, with its own route table, rules and group."""
    store, vpc_id = store_of(asked), asked.parameters["VpcId"]
    if any(_stands_in(store, vpc_id)):
        raise _in_use(f"vpc '{vpc_id}'")
    for_real(asked)
    for kept in (store.route_tables, store.network_acls):
        for identifier in [i for i, thing in kept.items() if thing.vpc_id == vpc_id]:
            del kept[identifier]
            store.tags.pop(identifier, None)
    for group in store.groups.pop(vpc_id, {}).values():
        store.tags.pop(group.id, None)
    if store.default_vpc is store.vpcs[vpc_id]:
        store.default_vpc = None
    del store.vpcs[vpc_id]
    store.tags.pop(vpc_id, None)


def _stands_in(store: Any, vpc_id: str) -> Iterator[Any]:
    """All that keeps a VPC from being deleted."""
    yield from (subnet for subnet in ec2_store.subnets(store) if subnet.vpc_id == vpc_id)
    yield from (nic for nic in store.enis.values() if nic.vpc_id == vpc_id)
    yield from (g for g in store.internet_gateways.values() if g.vpc and g.vpc.id == vpc_id)
    yield from (g for g in store.egress_only_internet_gateways.values() if g.vpc_id == vpc_id)
    yield from (g for g in store.carrier_gateways.values() if g.vpc_id == vpc_id)
    yield from (
        gateway
        for gateway in store.vpn_gateways.values()
        if vpc_id in gateway.attachments and gateway.attachments[vpc_id].state == "attached"
    )
    yield from (g for g in store.groups.get(vpc_id, {}).values() if not g.is_default)
    yield from (
        table
        for table in store.route_tables.values()
        if table.vpc_id == vpc_id and table.main_association_id is None
    )
    yield from (a for a in store.network_acls.values() if a.vpc_id == vpc_id and not a.default)
    yield from (
        thing
        for kept in (store.vpc_end_points, store.nat_gateways)
        for thing in kept.values()
        if thing.vpc_id == vpc_id and thing.state not in GONE
    )
    yield from (
        peering
        for peering in store.vpc_pcxs.values()
        if vpc_id in (peering.vpc.id, peering.peer_vpc.id) and peering.status["Code"] not in GONE
    )
    yield from (
        attachment
        for attachment in store.transit_gateway_attachments.values()
        if getattr(attachment, "vpc_id", None) == vpc_id and attachment.state not in GONE
    )


@ec2_answers("DeleteSubnet")
def delete_subnet(asked: Asked) -> HttpAnswer:
    """Delete a subnet that no interface and no NAT gateway is in."""
    store, subnet_id = store_of(asked), asked.parameters["SubnetId"]
    held = any(nic.subnet.id == subnet_id for nic in store.enis.values()) or any(
        gateway.subnet_id == subnet_id and gateway.state not in GONE
        for gateway in store.nat_gateways.values()
    )
    if held:
        raise _in_use(f"subnet '{subnet_id}'")
    for_real(asked)
    for acl in store.network_acls.values():
        for identifier in [i for i, a in acl._associations.items() if a.subnet_id == subnet_id]:
            del acl._associations[identifier]
    for table in store.route_tables.values():
        for identifier in [i for i, target in table._associations.items() if target == subnet_id]:
            del table._associations[identifier]
    return asked.forward()


@ec2_answers("DetachInternetGateway")
def detach_internet_gateway(asked: Asked) -> HttpAnswer:
    """Take the gateway from a VPC in which nothing has a public address."""
    vpc_id = asked.parameters["VpcId"]
    nics = store_of(asked).enis.values()
    if any(nic.public_ip for nic in nics if nic.vpc_id == vpc_id):
        raise AwsError(
            "DependencyViolation",
            f"Network {vpc_id} has some mapped public address(es). Please unmap those public "
            "address(es) before detaching the gateway.",
        )
    for_real(asked)
    return asked.forward()


@ec2_answers("DeleteInternetGateway")
def delete_internet_gateway(asked: Asked) -> HttpAnswer:
    """Delete a gateway that is attached to no VPC."""
    identifier = asked.parameters["InternetGatewayId"]
    gateway = ec2_store.find(store_of(asked), "internet-gateway", identifier)
    if gateway is not None and gateway.vpc:
        raise _in_use(f"internetGateway '{identifier}'")
    for_real(asked)
    return asked.forward()


@ec2_answers("DeleteRouteTable")
def delete_route_table(asked: Asked) -> HttpAnswer:
    """Delete a route table that is not its VPC's main one and that no subnet uses."""
    identifier = asked.parameters["RouteTableId"]
    table = ec2_store.find(store_of(asked), "route-table", identifier)
    if table is not None and (table.main_association_id or table._associations):
        raise _in_use(f"routeTable '{identifier}'")
    for_real(asked)
    return asked.forward()


@ec2_answers("DeleteNetworkAcl")
def delete_network_acl(asked: Asked) -> HttpAnswer:
    """Delete a network ACL that is not its VPC's default one."""
    identifier = asked.parameters["NetworkAclId"]
    acl = ec2_store.find(store_of(asked), "network-acl", identifier)
    if acl is not None and acl.default:
        raise AwsError("InvalidParameterValue", f"cannot delete default network ACL {identifier}")
    if acl is not None and acl._associations:
        raise _in_use(f"networkAcl '{identifier}'")
    for_real(asked)
    return asked.forward()


@ec2_answers("DeleteDhcpOptions")
def delete_dhcp_options(asked: Asked) -> None:
    """Delete a set of DHCP options that no VPC uses."""
    store, identifier = store_of(asked), asked.parameters["DhcpOptionsId"]
    if any(vpc.dhcp_options_id == identifier for vpc in store.vpcs.values()):
        raise _in_use(f"dhcpOptions '{identifier}'")
    for_real(asked)
    del store.dhcp_options_sets[identifier]


# -- security groups -----------------------------------------------------------------------------


@ec2_answers("CreateSecurityGroup")
def create_security_group(asked: Asked) -> HttpAnswer:
    """A group with a name that is new to its VPC; without a VPC named, in the default one."""
    store, name = store_of(asked), asked.parameters.get("GroupName") or ""
    vpc_id = asked.parameters.get("VpcId")
    if vpc_id is None:
        if store.get_default_vpc() is None:
            raise AwsError("VPCIdNotSpecified", NO_DEFAULT_VPC)
        vpc_id = store.get_default_vpc().id
    if name.startswith("sg-"):
        raise AwsError(
            "InvalidParameterValue",
            f"Invalid value '{name}' for groupName. Group names may not be in the format sg-*",
        )
    if name == "default":
        raise AwsError("InvalidParameterValue", "Cannot use reserved security group name: default")
    if any(group.name == name for group in store.groups.get(vpc_id, {}).values()):
        raise AwsError(
            "InvalidGroup.Duplicate",
            f"The security group '{name}' already exists for VPC '{vpc_id}'",
        )
    for_real(asked)
    return asked.forward()


@ec2_answers("DescribeSecurityGroups")
def describe_security_groups(asked: Asked) -> HttpAnswer:
    """Groups; those that are named by name are of the default VPC."""
    store = store_of(asked)
    for name in asked.parameters.get("GroupNames") or []:
        if ec2_store.default_vpc_group(store, name) is None:
            raise AwsError("InvalidGroup.NotFound", f"The security group '{name}' does not exist")
    for_real(asked)
    return asked.forward()


@ec2_answers("DeleteSecurityGroup")
def delete_security_group(asked: Asked) -> dict[str, Any]:
    """Delete a group that is not a VPC's default one and that nothing uses."""
    store = store_of(asked)
    group = named_group(asked)
    if group.is_default:
        raise AwsError(
            "CannotDelete",
            f'the specified group: "{group.id}" name: "{group.name}" cannot be deleted by a user',
        )
    if any(_uses(store, group)):
        raise AwsError("DependencyViolation", f"resource {group.id} has a dependent object")
    for_real(asked)
    del store.groups[group.vpc_id][group.id]
    store.tags.pop(group.id, None)
    return {"Return": True, "GroupId": group.id}


def _uses(store: Any, group: Any) -> Iterator[Any]:
    """The interfaces in a group, the endpoints with it, and the other groups' rules about it."""
    yield from (nic for nic in store.enis.values() if group in nic.group_set)
    yield from (
        endpoint
        for endpoint in store.vpc_end_points.values()
        if endpoint.state not in GONE and group.id in (endpoint.security_group_ids or ())
    )
    yield from (
        rule
        for other in ec2_store.groups(store)
        if other is not group
        for rule in (*other.ingress_rules, *other.egress_rules)
        if rule.source_group.get("GroupId") == group.id
    )


def named_group(asked: Asked) -> Any:
    """The group that a call names by its id, or by its name in the default VPC."""
    store, parameters = store_of(asked), asked.parameters
    if identifier := parameters.get("GroupId"):
        found = ec2_store.find(store, "security-group", identifier)
        if found is None:
            raise not_found("security-group", [identifier])
        return found
    name = parameters.get("GroupName")
    if name is None:
        raise AwsError(
            "MissingParameter", "The request must contain the parameter groupName or groupId"
        )
    vpc = store.get_default_vpc()
    if vpc is None:
        raise AwsError("VPCIdNotSpecified", GROUP_NAME_NEEDS_DEFAULT_VPC)
    found = ec2_store.default_vpc_group(store, name)
    if found is None:
        raise AwsError(
            "InvalidGroup.NotFound",
            f"The security group '{name}' does not exist in default VPC '{vpc.id}'",
        )
    return found
