"""EC2's elements: lists are sets of items, and newer operations are wrapped in their own name.

AWS page: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/using-cloudtrail.html
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from helpers.lab.trail import elements, secrets
from helpers.lab.trail.notes import Called

SETS = {
    "AllocationIds": ("allocationIdsSet", "allocationId"),
    "AttributeNames": ("accountAttributeNameSet", "attributeName"),
    "BlockDeviceMappings": ("blockDeviceMapping", None),
    "DhcpOptionsIds": ("dhcpOptionsSet", "dhcpOptionsId"),
    "ExecutableUsers": ("executableBySet", "user"),
    "Filters": ("filterSet", None),
    "GroupIds": ("securityGroupIdSet", "groupId"),
    "GroupNames": ("securityGroupSet", "groupName"),
    "Groups": ("groupSet", "groupId"),
    "ImageIds": ("imagesSet", "imageId"),
    "InstanceIds": ("instancesSet", "instanceId"),
    "InternetGatewayIds": ("internetGatewayIdSet", "internetGatewayId"),
    "IpPermissions": ("ipPermissions", None),
    "KeyNames": ("keySet", "keyName"),
    "KeyPairIds": ("keyPairIdSet", "keyPairId"),
    "NetworkAclIds": ("networkAclIdSet", "networkAclId"),
    "NetworkInterfaceIds": ("networkInterfaceIdSet", "networkInterfaceId"),
    "NetworkInterfaces": ("networkInterfaceSet", None),
    "Owners": ("ownersSet", "owner"),
    "PrivateIpAddresses": ("privateIpAddressesSet", None),
    "PublicIps": ("publicIpsSet", "publicIp"),
    "RegionNames": ("regionSet", "regionName"),
    "Resources": ("resourcesSet", "resourceId"),
    "RouteTableIds": ("routeTableIdSet", "routeTableId"),
    "SecurityGroupIds": ("groupSet", "groupId"),
    "SecurityGroups": ("groupSet", "groupName"),
    "SnapshotIds": ("snapshotSet", "snapshotId"),
    "SubnetIds": ("subnetSet", "subnetId"),
    "TagSpecifications": ("tagSpecificationSet", None),
    "UserIdGroupPairs": ("groups", None),
    "Values": ("valueSet", "value"),
    "VolumeIds": ("volumeSet", "volumeId"),
    "VpcIds": ("vpcSet", "vpcId"),
    "ZoneIds": ("availabilityZoneIdSet", "zoneId"),
    "ZoneNames": ("availabilityZoneSet", "zoneName"),
}
"""A request's list → the set's name in the record, and what a plain item is called in it."""

RENAMED = {
    "Description": {"CreateSecurityGroup": "groupDescription"},
    "AvailabilityZone": {"CreateVolume": "zone"},
}
"""A member → operation → another name in the record."""

# Numbers that records write as text.
AS_TEXT = frozenset({"Size", "VolumeSize"})

# What an instance is launched from, and how many, stands in a set.
LAUNCHED = ("ImageId", "MinCount", "MaxCount", "KeyName")

# Words in the names of operations that came after EC2 had changed its own framework.
NEWER = re.compile(
    "AddressTransfer|AddressesAttribute|CapacityReservation|CarrierGateway|ClientVpn|CoipPool"
    "|ClassicLinkDnsSupport|EbsEncryption|EgressOnlyInternetGateway|Fleet|FlowLog|FpgaImage|Hosts?$"
    "|IamInstanceProfile|ImageBlockPublicAccess|InstanceConnectEndpoint|InstanceMetadata|Ipam"
    "|LaunchTemplate|LocalGateway|ManagedPrefixList|NatGateway|NetworkInsights|SecurityGroupRules"
    "|SnapshotBlockPublicAccess|StaleSecurityGroups|TrafficMirror|TransitGateway|VerifiedAccess"
    "|VpcEndpoint"
)
NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"


class Writer(elements.Writer):
    """Writes EC2's requests and answers."""

    def __init__(self, operation: str, *, answering: bool) -> None:
        super().__init__("ec2")
        self.operation = operation
        self.answering = answering
        # A Describe lists even the sets that were not asked by; so do the rules of a firewall.
        self.with_empty_sets = operation.startswith("Describe") and not answering

    def structure(self, shape: Any, value: Any) -> dict[str, Any]:
        found = super().structure(shape, value)
        if self.with_empty_sets or (shape.name == "IpPermission" and not self.answering):
            for name, member in shape.members.items():
                if member.type_name == "list" and not value.get(name):
                    found[self.name(name, member)] = {}
        return found

    def value(self, shape: Any, value: Any) -> Any:
        if shape.type_name == "list" and isinstance(value, list):
            return self._set(shape, value)
        return super().value(shape, value)

    def _set(self, shape: Any, value: list[Any], inner: str | None = None) -> Any:
        if not value:
            return {}
        items = [self.value(shape.member, item) for item in value]
        if inner is not None:
            items = [item if isinstance(item, dict) else {inner: item} for item in items]
        if shape.name == "TagList" and not self.answering and self.operation != "CreateTags":
            return items  # inside a tag specification
        return {"items": items}

    def name(self, name: str, shape: Any) -> str:
        if self.answering:
            name = shape.serialization.get("name", name)
            return "_return" if name == "return" else name[:1].lower() + name[1:]
        if other := RENAMED.get(name, {}).get(self.operation):
            return other
        if name == "Tags" and self.operation in ("CreateTags", "DeleteTags"):
            return "tagSet"
        if shape.type_name == "list" and name in SETS:
            return SETS[name][0]
        return name[:1].lower() + name[1:]

    def date(self, value: datetime) -> Any:
        return int(value.timestamp() * 1000)

    def request(self, shape: Any, value: Any) -> dict[str, Any]:
        """A request's members, their plain lists as sets of named items."""
        return self._named_sets(shape, value, self.structure(shape, value))

    def _named_sets(self, shape: Any, value: Any, found: dict[str, Any]) -> dict[str, Any]:
        for name, member in shape.members.items():
            item = value.get(name)
            if member.type_name != "list" or not item:
                continue
            key = self.name(name, member)
            inner = SETS[name][1] if name in SETS else _singular(name)
            if member.member.type_name != "structure":
                found[key] = self._set(member, item, inner)
            elif isinstance(found[key], dict):
                for written, given in zip(found[key]["items"], item, strict=True):
                    self._named_sets(member.member, given, written)
        return found


def _singular(name: str) -> str:
    name = name[:1].lower() + name[1:]
    return name.removesuffix("s")


def request_of(note: Called, writer: Writer) -> dict[str, Any] | None:
    """The requestParameters of an EC2 call."""
    shape, parameters = note.model.input_shape, note.parameters
    if shape is None:
        return None
    dry = parameters.get("DryRun")
    if NEWER.search(note.operation):
        inside = _wrapped(shape, parameters, writer)
        return {f"{note.operation}Request": inside or ""}
    found = writer.request(shape, {k: v for k, v in parameters.items() if k != "DryRun"})
    if dry:
        found["dryRun"] = True
    if note.operation == "RunInstances":
        found = _launch(parameters, found)
    return found or None


def _launch(parameters: Any, found: dict[str, Any]) -> dict[str, Any]:
    item = {
        name[:1].lower() + name[1:]: parameters[name] for name in LAUNCHED if name in parameters
    }
    for name in item:
        found.pop(name, None)
    first = {"instancesSet": {"items": [item]}}
    groups = found.pop("groupSet", None)
    if groups:
        first["groupSet"] = groups
    found.setdefault("blockDeviceMapping", {})
    found.setdefault("monitoring", {"enabled": False})
    found.setdefault("disableApiTermination", False)
    return {**first, **found}


def _wrapped(shape: Any, value: Any, writer: Writer) -> dict[str, Any]:
    """A newer operation's request: the names of the wire, each item of a list with its number."""
    found: dict[str, Any] = {}
    for name, member in shape.members.items():
        item = value.get(name)
        if item is None:
            continue
        if secrets.is_secret("ec2", name, member):
            writer.secrets += secrets.texts(item)
            continue
        key = member.serialization.get("name", name)
        key = key[:1].upper() + key[1:]
        if member.type_name == "list":
            items = [_numbered(member.member, one, number, writer) for number, one in _count(item)]
            found[key] = items[0] if len(items) == 1 else items
        elif member.type_name == "structure":
            found[key] = _wrapped(member, item, writer)
        else:
            found[key] = elements.plain(item)
    return found


def _count(items: list[Any]) -> Any:
    return enumerate(items, 1)


def _numbered(shape: Any, item: Any, number: int, writer: Writer) -> dict[str, Any]:
    if shape.type_name == "structure":
        return {**_wrapped(shape, item, writer), "tag": number}
    return {"tag": number, "content": elements.plain(item)}


def response_of(note: Called, writer: Writer) -> dict[str, Any] | None:
    """The responseElements of an EC2 call that changed something."""
    shape = note.model.output_shape
    answer = elements.parsed(note)
    found = writer.structure(shape, answer) if shape is not None and answer else {}
    if NEWER.search(note.operation):
        inside = {"xmlns": NAMESPACE, "requestId": note.request_id, **found}
        return {f"{note.operation}Response": inside}
    if not found:
        found = {"_return": True}
    for name in AS_TEXT:
        key = name[:1].lower() + name[1:]
        if key in found:
            found[key] = str(found[key])
    return {"requestId": note.request_id, **found}
