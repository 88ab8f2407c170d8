"""EC2's condition keys: what AWS knows of a resource when it asks the policies about it.

Of a stored resource its own attributes and tags; of a new one what the call says it will be,
and what it becomes where the call is silent. ``ec2.py`` keeps of each what AWS's reference
lists for the action and the type of resource.

AWS page: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/amazon-ec2-keys.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from helpers.lab import ec2_store

OF_TEMPLATE = "(from the launch template)"
"""In parameters: the names of those that a launch template has said, and not the call."""

DEFAULT_INSTANCE_TYPE = "m1.small"
DEFAULT_VOLUME_TYPE = "gp2"

# Types in whose ARN AWS leaves the account out.
PUBLIC = frozenset({"image", "snapshot"})


@dataclass(frozen=True, slots=True)
class Place:
    """The account and Region that a call works in."""

    account_id: str
    region: str

    @property
    def store(self) -> Any | None:
        """moto's store of this place; ``None`` for a Region that there is not."""
        try:
            return ec2_store.store(self.account_id, self.region)
        except KeyError:
            return None

    def arn(self, kind: str, identifier: str) -> str:
        """The ARN of a resource here."""
        if identifier.startswith("arn:"):
            return identifier
        account = "" if kind in PUBLIC else self.account_id
        return f"arn:aws:ec2:{self.region}:{account}:{kind}/{identifier}"


# -- of the call ---------------------------------------------------------------------------------


def of_call(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The keys that say what a call changes."""
    keys: dict[str, Any] = {}
    if operation.startswith(("Modify", "Reset")):
        attributes = dict(_attributes(parameters))
        if attributes:
            keys["ec2:Attribute"] = list(attributes)
            keys |= {f"ec2:Attribute/{name}": value for name, value in attributes.items()}
    for verb, stem in (("Add", "ec2:Add"), ("Remove", "ec2:Remove")):
        for groups, users in _permissions(parameters, verb):
            if groups:
                keys[f"{stem}/group"] = groups
            if users:
                keys[f"{stem}/userId"] = users
    if operation in ("AssociateIamInstanceProfile", "ReplaceIamInstanceProfileAssociation"):
        profile = parameters.get("IamInstanceProfile") or {}
        if arn := profile.get("Arn"):
            keys["ec2:NewInstanceProfile"] = arn
    return keys


def _attributes(parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a Modify… call sets: name and value, whichever of EC2's forms it has."""
    if isinstance(name := parameters.get("Attribute"), str):
        yield name[:1].upper() + name[1:], _text(parameters.get("Value", ""))
    for name, value in parameters.items():
        if name in ("Attribute", "Value", "DryRun") or name.endswith(("Id", "Ids")):
            continue
        if isinstance(value, Mapping):
            value = value.get("Value")
        if isinstance(value, str | bool | int):
            yield name, _text(value)


def _permissions(parameters: Mapping[str, Any], verb: str) -> Iterator[tuple[list[str], list[str]]]:
    """Groups and accounts that a call gives an image or a snapshot to, or takes it from."""
    for name in ("LaunchPermission", "CreateVolumePermission"):
        items = (parameters.get(name) or {}).get(verb) or []
        yield (
            [item["Group"] for item in items if "Group" in item],
            [item["UserId"] for item in items if "UserId" in item],
        )
    if str(parameters.get("OperationType", "")).capitalize() == verb:
        groups = [*(parameters.get("UserGroups") or []), *(parameters.get("GroupNames") or [])]
        yield groups, list(parameters.get("UserIds") or [])


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


# -- of what is stored ---------------------------------------------------------------------------


def of_stored(kind: str, identifier: str, place: Place) -> dict[str, Any]:
    """The keys of a resource that is there; none for one that is not."""
    store = place.store
    thing = ec2_store.find(store, kind, identifier) if store is not None else None
    if thing is None:
        return {}
    keys = {
        key: value if isinstance(value, list) else _text(value)
        for key, value in STORED.get(kind, lambda _thing, _place: {})(thing, place).items()
        if value not in (None, "", [])
    }
    for key, value in store.tags.get(thing.id, {}).items():
        keys[f"aws:ResourceTag/{key}"] = keys[f"ec2:ResourceTag/{key}"] = value
    return keys


def _in_vpc(thing: Any, place: Place) -> dict[str, Any]:
    return {"ec2:Vpc": place.arn("vpc", thing.vpc_id)}


def _instance(thing: Any, place: Place) -> dict[str, Any]:
    profile = thing.iam_instance_profile
    options = thing.metadata_options
    return {
        "ec2:AvailabilityZone": thing.placement.zone,
        "ec2:EbsOptimized": bool(thing.ebs_optimized),
        "ec2:InstanceID": thing.id,
        "ec2:InstanceMarketType": "spot" if thing.lifecycle == "spot" else "on-demand",
        "ec2:InstanceMetadataTags": options.instance_metadata_tags,
        "ec2:InstanceProfile": profile.get("Arn") if isinstance(profile, Mapping) else None,
        "ec2:InstanceType": thing.instance_type,
        "ec2:MetadataHttpEndpoint": options.http_endpoint,
        "ec2:MetadataHttpPutResponseHopLimit": options.http_put_response_hop_limit,
        "ec2:MetadataHttpTokens": options.http_tokens,
        "ec2:RootDeviceType": thing.root_device_type,
        "ec2:Tenancy": thing.placement.tenancy,
    }


def _volume(thing: Any, place: Place) -> dict[str, Any]:
    parent = thing.snapshot_id
    return {
        "ec2:AvailabilityZone": thing.availability_zone,
        "ec2:Encrypted": bool(thing.encrypted),
        "ec2:ParentSnapshot": place.arn("snapshot", parent) if parent else None,
        "ec2:VolumeID": thing.id,
        "ec2:VolumeIops": thing.iops,
        "ec2:VolumeSize": thing.size,
        "ec2:VolumeThroughput": thing.throughput,
        "ec2:VolumeType": thing.volume_type,
    }


def _image(thing: Any, place: Place) -> dict[str, Any]:
    return {
        "ec2:ImageID": thing.id,
        "ec2:ImageType": thing.image_type,
        "ec2:Owner": thing.owner_alias or thing.owner_id,
        "ec2:Public": thing.is_public,
        "ec2:RootDeviceType": "ebs",
    }


def _snapshot(thing: Any, place: Place) -> dict[str, Any]:
    return {
        "ec2:Encrypted": bool(thing.encrypted),
        "ec2:Owner": thing.owner_id,
        "ec2:ParentVolume": place.arn("volume", thing.volume.id),
        "ec2:SnapshotID": thing.id,
        "ec2:SnapshotTime": thing.start_time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "ec2:VolumeSize": thing.volume.size,
    }


def _subnet(thing: Any, place: Place) -> dict[str, Any]:
    return {
        "ec2:AvailabilityZone": thing.availability_zone,
        "ec2:AvailabilityZoneId": thing.availability_zone_id,
        "ec2:SubnetID": thing.id,
        **_in_vpc(thing, place),
    }


def _network_interface(thing: Any, place: Place) -> dict[str, Any]:
    return {
        "ec2:AssociatePublicIpAddress": bool(thing.public_ip),
        "ec2:AvailabilityZone": thing.subnet.availability_zone,
        "ec2:NetworkInterfaceID": thing.id,
        "ec2:Subnet": place.arn("subnet", thing.subnet.id),
        **_in_vpc(thing, place),
    }


def _address(thing: Any, place: Place) -> dict[str, Any]:
    return {
        "ec2:AllocationId": thing.allocation_id,
        "ec2:Domain": thing.domain,
        "ec2:PublicIpAddress": thing.public_ip,
    }


def _peering(thing: Any, place: Place) -> dict[str, Any]:
    return {
        "ec2:AccepterVpc": place.arn("vpc", thing.peer_vpc.id),
        "ec2:RequesterVpc": place.arn("vpc", thing.vpc.id),
        "ec2:VpcPeeringConnectionID": thing.id,
    }


def _with_id(key: str, *, in_vpc: bool = False) -> Callable[[Any, Place], dict[str, Any]]:
    def keys(thing: Any, place: Place) -> dict[str, Any]:
        return {key: thing.id, **(_in_vpc(thing, place) if in_vpc else {})}

    return keys


STORED: Mapping[str, Callable[[Any, Place], dict[str, Any]]] = {
    "dhcp-options": _with_id("ec2:DhcpOptionsID"),
    "elastic-ip": _address,
    "image": _image,
    "instance": _instance,
    "internet-gateway": _with_id("ec2:InternetGatewayID"),
    "key-pair": lambda thing, place: {
        "ec2:KeyPairName": thing.key_name,
        "ec2:KeyPairType": thing.key_type,
    },
    "network-acl": _with_id("ec2:NetworkAclID", in_vpc=True),
    "network-interface": _network_interface,
    "route-table": _with_id("ec2:RouteTableID", in_vpc=True),
    "security-group": _with_id("ec2:SecurityGroupID", in_vpc=True),
    "snapshot": _snapshot,
    "subnet": _subnet,
    "volume": _volume,
    "vpc": lambda thing, place: {
        "ec2:Tenancy": thing.instance_tenancy,
        "ec2:VpcID": thing.id,
    },
    "vpc-endpoint": lambda thing, place: {"ec2:VpceServiceName": thing.service_name},
    "vpc-peering-connection": _peering,
}
"""Type of resource → what moto's object says, by condition key."""


# -- of what is new ------------------------------------------------------------------------------

# Condition key → the parameter that says it of a new resource.
MADE = {
    "ec2:AvailabilityZone": "AvailabilityZone",
    "ec2:Domain": "Domain",
    "ec2:Encrypted": "Encrypted",
    "ec2:InstanceType": "InstanceType",
    "ec2:KeyPairName": "KeyName",
    "ec2:KeyPairType": "KeyType",
    "ec2:PlacementGroupStrategy": "Strategy",
    "ec2:Tenancy": "InstanceTenancy",
    "ec2:VolumeIops": "Iops",
    "ec2:VolumeSize": "Size",
    "ec2:VolumeThroughput": "Throughput",
    "ec2:VolumeType": "VolumeType",
    "ec2:VpceServiceName": "ServiceName",
}


def of_made(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The keys that a call's parameters say of what it makes."""
    return {
        key: _text(parameters[name])
        for key, name in MADE.items()
        if isinstance(parameters.get(name), str | int | bool)
    }


class Launch:
    """What RunInstances makes, by its parameters and by what stands where they are silent."""

    def __init__(self, parameters: Mapping[str, Any], place: Place) -> None:
        self._parameters = parameters
        self._place = place
        self._interfaces = parameters.get("NetworkInterfaces") or []
        self._store = place.store
        self._subnet = self._find_subnet()

    def _find_subnet(self) -> Any | None:
        """The subnet that the first interface comes into: the default one if none is named."""
        named = self._parameters.get("SubnetId") or next(
            (nic["SubnetId"] for nic in self._interfaces if nic.get("SubnetId")), None
        )
        if self._store is None:
            return None
        if named:
            return ec2_store.find(self._store, "subnet", named)
        zone = (self._parameters.get("Placement") or {}).get("AvailabilityZone")
        return ec2_store.default_subnet(self._store, zone)

    def defaults(self, kind: str) -> list[str]:
        """The subnet, or the security group, of a launch that names none."""
        if self._subnet is None or any("NetworkInterfaceId" in nic for nic in self._interfaces):
            return []
        if kind == "subnet":
            return [self._subnet.id]
        group = self._store.get_default_security_group(self._subnet.vpc_id)
        return [group.id] if group is not None else []

    @property
    def keys_of_all(self) -> dict[str, Any]:
        """The keys of every resource in the launch."""
        template = (self._parameters.get("LaunchTemplate") or {}).get("LaunchTemplateId")
        said = self._parameters.get(OF_TEMPLATE)
        keys: dict[str, Any] = {"ec2:IsLaunchTemplateResource": _text(bool(said))}
        if template:
            keys["ec2:LaunchTemplate"] = self._place.arn("launch-template", template)
        return keys

    def made(self, kind: str) -> list[dict[str, Any]]:
        """The keys of each new resource of a type."""
        if kind == "instance":
            return [self._instance()]
        if kind == "volume":
            return [self._volume(ebs) for ebs in self._volumes()]
        if kind == "network-interface":
            new = [nic for nic in self._interfaces if "NetworkInterfaceId" not in nic]
            return [self._interface(nic) for nic in new or ([] if self._interfaces else [{}])]
        return [{}]

    @property
    def _zone(self) -> dict[str, Any]:
        if self._subnet is None:
            return {}
        return {
            "ec2:AvailabilityZone": self._subnet.availability_zone,
            "ec2:AvailabilityZoneId": self._subnet.availability_zone_id,
        }

    def _instance(self) -> dict[str, Any]:
        parameters = self._parameters
        options = ec2_store.metadata_options(self._store, parameters)
        market = (parameters.get("InstanceMarketOptions") or {}).get("MarketType")
        placement = parameters.get("Placement") or {}
        given = parameters.get("IamInstanceProfile")
        profile = ec2_store.instance_profile(self._place.account_id, given) if given else None
        keys = {
            **self._zone,
            "ec2:EbsOptimized": bool(parameters.get("EbsOptimized")),
            "ec2:InstanceMarketType": market or "on-demand",
            "ec2:InstanceMetadataTags": options["InstanceMetadataTags"],
            "ec2:InstanceProfile": profile.arn if profile is not None else None,
            "ec2:InstanceType": parameters.get("InstanceType") or DEFAULT_INSTANCE_TYPE,
            "ec2:MetadataHttpEndpoint": options["HttpEndpoint"],
            "ec2:MetadataHttpPutResponseHopLimit": options["HttpPutResponseHopLimit"],
            "ec2:MetadataHttpTokens": options["HttpTokens"],
            "ec2:PlacementGroup": self._place.arn("placement-group", placement["GroupName"])
            if placement.get("GroupName")
            else None,
            "ec2:RootDeviceType": "ebs",
            "ec2:Tenancy": placement.get("Tenancy") or "default",
        }
        return {key: _text(value) for key, value in keys.items() if value is not None}

    def _volumes(self) -> list[Mapping[str, Any]]:
        mappings = ec2_store.block_devices(self._store, self._parameters)
        return [mapping["Ebs"] for mapping in mappings if "Ebs" in mapping]

    def _volume(self, ebs: Mapping[str, Any]) -> dict[str, Any]:
        snapshot = ebs.get("SnapshotId")
        keys = {
            **self._zone,
            "ec2:Encrypted": bool(ebs.get("Encrypted")),
            "ec2:ParentSnapshot": self._place.arn("snapshot", snapshot) if snapshot else None,
            "ec2:VolumeIops": ebs.get("Iops"),
            "ec2:VolumeSize": ebs.get("VolumeSize"),
            "ec2:VolumeThroughput": ebs.get("Throughput"),
            "ec2:VolumeType": ebs.get("VolumeType") or DEFAULT_VOLUME_TYPE,
        }
        return {key: _text(value) for key, value in keys.items() if value is not None}

    def _interface(self, nic: Mapping[str, Any]) -> dict[str, Any]:
        subnet = self._subnet
        if nic.get("SubnetId") and self._store is not None:
            subnet = ec2_store.find(self._store, "subnet", nic["SubnetId"])
        if subnet is None:
            return {}
        public = nic.get("AssociatePublicIpAddress")
        return {
            "ec2:AssociatePublicIpAddress": _text(
                subnet.map_public_ip_on_launch if public is None else public
            ),
            "ec2:AvailabilityZone": subnet.availability_zone,
            "ec2:Subnet": self._place.arn("subnet", subnet.id),
            "ec2:Vpc": self._place.arn("vpc", subnet.vpc_id),
        }


# -- of what stands behind another id ------------------------------------------------------------


def behind(operation: str, kind: str, parameters: Mapping[str, Any], place: Place) -> Iterator[str]:
    """The ids of a type behind the id of an association or an attachment, or an address."""
    store = place.store
    if store is None:
        return
    association = parameters.get("AssociationId")
    attachment = parameters.get("AttachmentId")
    if operation.endswith("IamInstanceProfile") or "IamInstanceProfile" in operation:
        for held in store.iam_instance_profile_associations.values():
            if held.association_id == association and kind == "instance":
                yield held.instance.id
    elif attachment is not None:
        for nic in store.enis.values():
            if nic.attachment_id == attachment:
                yield nic.instance.id if kind == "instance" else nic.id
    elif kind == "subnet" and association is not None:
        for acl in store.network_acls.values():
            if association in acl._associations:
                yield acl._associations[association].subnet_id
        for subnet in ec2_store.subnets(store):
            if association in subnet.ipv6_cidr_block_associations:
                yield subnet.id
    elif kind == "vpc" and operation == "AcceptVpcPeeringConnection":
        peering = ec2_store.find(
            store, "vpc-peering-connection", parameters.get("VpcPeeringConnectionId", "")
        )
        if peering is not None:
            yield peering.peer_vpc.id
