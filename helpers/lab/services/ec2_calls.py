"""EC2: what every call goes through before it does anything.

The ids in it must look like ids and name something that there is; with DryRun the call ends
there, after the policies were asked and before anything is done.

AWS pages: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html,
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonParameters.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from helpers.lab import ec2_store
from helpers.lab.authorization import ec2 as table
from helpers.lab.authorization.ec2_keys import Place
from helpers.lab.errors import AwsError
from helpers.lab.services.registry import ANY_OPERATION, Answer, Asked, answers
from helpers.lab.wire import HttpAnswer

ec2_store.prepare()

DRY_RUN = "Request would have succeeded, but DryRun flag is set."

# Type → code and sentence for an id that nothing has.
NOT_FOUND = {
    "customer-gateway": (
        "InvalidCustomerGatewayID.NotFound",
        "The customerGateway ID '{}' does not exist",
    ),
    "dhcp-options": ("InvalidDhcpOptionID.NotFound", "The dhcpOption ID '{}' does not exist"),
    "elastic-ip": ("InvalidAllocationID.NotFound", "The allocation ID '{}' does not exist"),
    "image": ("InvalidAMIID.NotFound", "The image id '[{}]' does not exist"),
    "instance": ("InvalidInstanceID.NotFound", "The instance ID '{}' does not exist"),
    "internet-gateway": (
        "InvalidInternetGatewayID.NotFound",
        "The internetGateway ID '{}' does not exist",
    ),
    "key-pair": ("InvalidKeyPair.NotFound", "The key pair '{}' does not exist"),
    "natgateway": ("NatGatewayNotFound", "The Nat Gateway {} was not found"),
    "network-acl": ("InvalidNetworkAclID.NotFound", "The networkAcl ID '{}' does not exist"),
    "network-interface": (
        "InvalidNetworkInterfaceID.NotFound",
        "The networkInterface ID '{}' does not exist",
    ),
    "route-table": ("InvalidRouteTableID.NotFound", "The routeTable ID '{}' does not exist"),
    "security-group": ("InvalidGroup.NotFound", "The security group '{}' does not exist"),
    "snapshot": ("InvalidSnapshot.NotFound", "The snapshot '{}' does not exist."),
    "subnet": ("InvalidSubnetID.NotFound", "The subnet ID '{}' does not exist"),
    "volume": ("InvalidVolume.NotFound", "The volume '{}' does not exist."),
    "vpc": ("InvalidVpcID.NotFound", "The vpc ID '{}' does not exist"),
    "vpc-endpoint": (
        "InvalidVpcEndpointId.NotFound",
        "The Vpc Endpoint Id '{}' does not exist",
    ),
    "vpc-peering-connection": (
        "InvalidVpcPeeringConnectionID.NotFound",
        "The vpcPeeringConnection ID '{}' does not exist",
    ),
}

# Type → code for an id that is none. The sentence is the same for all.
MALFORMED = {
    "image": "InvalidAMIID.Malformed",
    "instance": "InvalidInstanceID.Malformed",
    "network-interface": "InvalidNetworkInterfaceId.Malformed",
    "security-group": "InvalidGroupId.Malformed",
    "snapshot": "InvalidSnapshotID.Malformed",
    "volume": "InvalidVolumeID.Malformed",
    "vpc-peering-connection": "InvalidVpcPeeringConnectionId.Malformed",
}

# What deletes, or looks at, what may be gone already.
KNOW_BETTER = frozenset(
    {"CreateKeyPair", "DeleteKeyPair", "DescribeKeyPairs", "DescribeImages", "ImportKeyPair"}
)

_ID = re.compile(r"[a-z]+-(?:[0-9a-f]{8}|[0-9a-f]{17})")


def ec2_answers(*operations: str) -> Callable[[Answer], Answer]:
    """Register an EC2 answer; it is asked after the ids were looked at.

    The answer itself has to call ``for_real`` once nothing speaks against doing it.
    """

    def register(function: Answer) -> Answer:
        def checked(asked: Asked) -> Any:
            check_ids(asked)
            return function(asked)

        answers("ec2", *operations)(checked)
        return function

    return register


@answers("ec2", ANY_OPERATION)
def motos_answer(asked: Asked) -> HttpAnswer:
    """moto's answer, once nothing speaks against the call."""
    check_ids(asked)
    for_real(asked)
    return asked.forward()


def for_real(asked: Asked) -> None:
    """End a call that only asks whether it would be allowed."""
    if asked.parameters.get("DryRun"):
        raise AwsError("DryRunOperation", DRY_RUN, 412)


def store_of(asked: Asked) -> Any:
    """moto's EC2 store that a call works on."""
    return ec2_store.store(asked.account.id, asked.call.region)


def check_ids(asked: Asked) -> None:
    """Raise AWS's error for a parameter that is missing, or an id that is none or nobody's."""
    shape = asked.call.model.input_shape
    for name in shape.required_members if shape is not None else ():
        if name not in asked.parameters:
            raise AwsError("MissingParameter", f"The request must contain the parameter {name}")
    if asked.call.operation in KNOW_BETTER:
        return
    place = Place(asked.account.id, asked.call.region)
    for kind, identifiers in table.named(asked.call, place).items():
        if kind not in NOT_FOUND:
            continue
        for identifier in identifiers:
            if kind in MALFORMED and not _ID.fullmatch(identifier):
                raise malformed(kind, identifier)
        missing = [i for i in identifiers if ec2_store.find(place.store, kind, i) is None]
        if missing:
            raise not_found(kind, missing)


def malformed(kind: str, identifier: str) -> AwsError:
    """The error for an id that is not in the form of its type."""
    prefix = ec2_store.PREFIXES[kind]
    hint = "" if identifier.startswith(f"{prefix}-") else f' (expecting "{prefix}-...")'
    return AwsError(MALFORMED[kind], f'Invalid id: "{identifier}"{hint}')


def not_found(kind: str, identifiers: list[str]) -> AwsError:
    """The error for ids of a type that nothing has."""
    code, sentence = NOT_FOUND[kind]
    if len(identifiers) > 1:
        sentence = sentence.replace(" ID '", " IDs '").replace("does not exist", "do not exist")
    return AwsError(code, sentence.format(", ".join(identifiers)))
