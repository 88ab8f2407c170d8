"""Routes of a VPC's route tables: which of two comes first, and what they lead through.

AWS page: https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def route_rank(route: Mapping[str, Any]) -> int:
    """The place of a route among those to the same range, the lowest first: static ones, then
    those to a prefix list, then those that a virtual private gateway propagates.

    >>> route_rank({"DestinationCidrBlock": "0.0.0.0/0", "Origin": "CreateRoute"})
    0
    >>> route_rank({"DestinationCidrBlock": "0.0.0.0/0", "Origin": "EnableVgwRoutePropagation"})
    2
    """
    if route.get("Origin") == "EnableVgwRoutePropagation":
        return 2
    return 1 if route.get("DestinationPrefixListId") else 0


def appliance_of(route: Mapping[str, Any]) -> str | None:
    """The network interface or the Gateway Load Balancer endpoint that a route leads through,
    None where it leads through neither or the target is gone. A gateway endpoint's route is to a
    prefix list, and is none.

    >>> appliance_of({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "vpce-1"})
    'vpce-1'
    >>> appliance_of({"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1"})
    """
    if route.get("State") == "blackhole":
        return None
    if route.get("NetworkInterfaceId"):
        return str(route["NetworkInterfaceId"])
    target = str(route.get("GatewayId"))
    is_endpoint = target.startswith("vpce-") and not route.get("DestinationPrefixListId")
    return target if is_endpoint else None
