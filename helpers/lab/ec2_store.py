"""moto's EC2 store of an account and Region, with what AWS puts in it before anybody comes.

Every Region begins with a default VPC that is open to the internet: a public subnet in each
zone, an internet gateway and the route to it. Every VPC has a default security group whose
members may talk to each other. moto has neither gateway nor rule, and takes the first subnet
of a zone for its default one, so the methods that make these things are put right here.

AWS pages: https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html,
https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html,
https://docs.aws.amazon.com/vpc/latest/userguide/DHCPOptionSetConcepts.html
"""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from helpers.lab import seam

DEFAULT_SUBNET_PREFIX = 20
"""The size of a default subnet: /20."""


def store(account_id: str, region: str) -> Any:
    """moto's EC2 store of an account and Region.

    Raises ``KeyError`` for a Region that moto does not know.
    """
    return _stores()[account_id][region]


def prepare() -> None:
    """Put moto's kind of store right, before moto makes the first one."""
    _stores()


@functools.cache
def _stores() -> Any:
    """moto's EC2 stores by account; their kind is put right once."""
    models = seam.ec2()
    kind = models.EC2Backend
    for method in (
        _create_vpc,
        _create_default_vpc,
        _create_subnet,
        _create_default_subnet,
        _create_volume,
        _allocate_address,
        _modify_instance_security_groups,
        _modify_network_interface_attribute,
    ):
        name = method.__name__.removeprefix("_")
        setattr(kind, name, functools.partialmethod(method, getattr(kind, name)))
    _read_images_when_needed(kind)
    instance = seam.ec2_instance()
    instance.prep_nics = functools.partialmethod(_prep_nics, instance.prep_nics)
    seam.ec2_interface().group_set = property(_group_set)
    return models.ec2_backends


Original = Callable[..., Any]
"""moto's own method, which stands behind the one that is put in its place."""


def _create_vpc(self: Any, original: Original, *args: Any, **kwargs: Any) -> Any:
    vpc = original(self, *args, **kwargs)
    group = self.get_default_security_group(vpc.id)
    members = {"GroupId": group.id}
    self.authorize_security_group_ingress(group.id, "-1", "", "", [], source_groups=[members])
    vpc.dhcp_options = _default_dhcp_options(self)
    return vpc


def _default_dhcp_options(self: Any) -> Any:
    """The one set of DHCP options with which all VPCs of a Region begin."""
    options = getattr(self, "default_dhcp_options", None)
    if options is None or options.id not in self.dhcp_options_sets:
        region = self.region_name
        domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
        options = self.create_dhcp_options(["AmazonProvidedDNS"], [domain])
        self.default_dhcp_options = options
    return options


def _create_default_vpc(self: Any, original: Original) -> Any:
    vpc = original(self)
    gateway = self.create_internet_gateway()
    self.attach_internet_gateway(gateway.id, vpc.id)
    main = next(t for t in self.route_tables.values() if t.vpc_id == vpc.id)
    self.create_route(main.id, "0.0.0.0/0", gateway_id=gateway.id)
    self.default_vpc = vpc
    return vpc


def _create_subnet(self: Any, original: Original, *args: Any, **kwargs: Any) -> Any:
    subnet = original(self, *args, **kwargs)
    subnet.default_for_az = subnet.map_public_ip_on_launch = False
    return subnet


def _create_default_subnet(self: Any, original: Original, availability_zone: str) -> Any:
    # moto's own would take the block after the last one, which may be in use.
    vpc = self.get_default_vpc()
    if vpc is None or availability_zone in self.get_default_subnets():
        return original(self, availability_zone)  # which knows the errors
    taken = [subnet.cidr for subnet in subnets(self) if subnet.vpc_id == vpc.id]
    blocks = ipaddress.ip_network(vpc.cidr_block).subnets(new_prefix=DEFAULT_SUBNET_PREFIX)
    free = (block for block in blocks if not any(block.overlaps(other) for other in taken))
    subnet = self.create_subnet(vpc.id, str(next(free)), availability_zone=availability_zone)
    subnet.default_for_az = subnet.map_public_ip_on_launch = True
    return subnet


def _create_volume(self: Any, original: Original, *args: Any, **kwargs: Any) -> Any:
    # moto keeps the setting and encrypts nothing.
    if getattr(self, "ebs_encryption_by_default", False):
        kwargs["encrypted"] = True
    return original(self, *args, **kwargs)


def _allocate_address(
    self: Any, original: Original, domain: str, address: str | None = None, **kwargs: Any
) -> Any:
    # moto's own would be loopback addresses. These are of the range of its instances.
    low = seam.mock_random.getrandbits(16)
    return original(self, domain, address or f"54.214.{low >> 8}.{low & 255}", **kwargs)


def _prep_nics(
    self: Any, original: Original, nic_spec: list[dict[str, Any]], *args: Any, **kwargs: Any
) -> None:
    """Interfaces that come with an instance go with it, unless the launch says otherwise."""
    original(self, nic_spec, *args, **kwargs)
    stay = {
        int(nic["DeviceIndex"])
        for nic in nic_spec
        if "NetworkInterfaceId" in nic or nic.get("DeleteOnTermination") is False
    }
    for index, nic in self.nics.items():
        nic.delete_on_termination = index not in stay
    if not self.security_groups and 0 in self.nics:
        self.security_groups = list(self.nics[0]._group_set)


def _group_set(self: Any) -> list[Any]:
    """The groups of an interface, in the order given.

    moto adds those of its instance, so that none could be taken away, and the order is chance.
    """
    return list(dict.fromkeys(self._group_set))


def _modify_instance_security_groups(
    self: Any, original: Original, *args: Any, **kwargs: Any
) -> Any:
    # The groups of an instance are those of its first interface.
    instance = original(self, *args, **kwargs)
    if 0 in instance.nics:
        instance.nics[0]._group_set = list(instance.security_groups)
    return instance


def _modify_network_interface_attribute(
    self: Any, original: Original, eni_id: str, *args: Any, **kwargs: Any
) -> None:
    original(self, eni_id, *args, **kwargs)
    nic = self.enis[eni_id]
    if nic.instance is not None and nic.instance.nics.get(0) is nic:
        nic.instance.security_groups = list(nic._group_set)


def _read_images_when_needed(kind: Any) -> None:
    """Let a Region's 1,300 public images wait until somebody looks for an image or a snapshot."""
    load = kind._load_amis
    kind._load_amis = lambda self: None

    def waiting(name: str) -> property:
        def read(self: Any) -> Any:
            if "images_read" not in self.__dict__:
                self.images_read = True
                load(self)
            return self.__dict__[name]

        def write(self: Any, value: Any) -> None:
            self.__dict__[name] = value

        return property(read, write)

    for name in ("amis", "snapshots"):
        setattr(kind, name, waiting(name))


def subnets(self: Any) -> Iterator[Any]:
    """All subnets of a store, which keeps them by zone."""
    for of_a_zone in self.subnets.values():
        yield from of_a_zone.values()


def groups(self: Any) -> Iterator[Any]:
    """All security groups of a store, which keeps them by VPC."""
    for of_a_vpc in self.groups.values():
        yield from of_a_vpc.values()


def instances(self: Any) -> Iterator[Any]:
    """All instances of a store, which keeps them by reservation."""
    for reservation in self.reservations.values():
        yield from reservation.instances


PREFIXES = {
    "carrier-gateway": "cagw",
    "customer-gateway": "cgw",
    "dhcp-options": "dopt",
    "egress-only-internet-gateway": "eigw",
    "elastic-ip": "eipalloc",
    "fleet": "fleet",
    "image": "ami",
    "instance": "i",
    "internet-gateway": "igw",
    "key-pair": "key",
    "launch-template": "lt",
    "natgateway": "nat",
    "network-acl": "acl",
    "network-interface": "eni",
    "prefix-list": "pl",
    "route-table": "rtb",
    "security-group": "sg",
    "security-group-rule": "sgr",
    "snapshot": "snap",
    "spot-instances-request": "sir",
    "subnet": "subnet",
    "transit-gateway": "tgw",
    "transit-gateway-attachment": "tgw-attach",
    "transit-gateway-route-table": "tgw-rtb",
    "volume": "vol",
    "vpc": "vpc",
    "vpc-endpoint": "vpce",
    "vpc-endpoint-service": "vpce-svc",
    "vpc-flow-log": "fl",
    "vpc-peering-connection": "pcx",
    "vpn-connection": "vpn",
    "vpn-gateway": "vgw",
}
"""Type of resource → what its ids begin with."""

_KIND_OF_PREFIX = {prefix: kind for kind, prefix in PREFIXES.items()}

# Type → the attribute of moto's store that keeps these resources by id.
_KEPT_BY_ID = {
    "carrier-gateway": "carrier_gateways",
    "customer-gateway": "customer_gateways",
    "dhcp-options": "dhcp_options_sets",
    "egress-only-internet-gateway": "egress_only_internet_gateways",
    "image": "amis",
    "internet-gateway": "internet_gateways",
    "launch-template": "launch_templates",
    "natgateway": "nat_gateways",
    "network-acl": "network_acls",
    "network-interface": "enis",
    "route-table": "route_tables",
    "snapshot": "snapshots",
    "transit-gateway": "transit_gateways",
    "volume": "volumes",
    "vpc": "vpcs",
    "vpc-endpoint": "vpc_end_points",
    "vpc-flow-log": "flow_logs",
    "vpc-peering-connection": "vpc_pcxs",
    "vpn-connection": "vpn_connections",
    "vpn-gateway": "vpn_gateways",
}


def kind_of(identifier: str) -> str | None:
    """The type of resource that an id is of.

    >>> kind_of("sgr-0123456789abcdef0"), kind_of("payroll")
    ('security-group-rule', None)
    """
    return _KIND_OF_PREFIX.get(identifier.rpartition("-")[0])


def find(self: Any, kind: str, identifier: str) -> Any | None:
    """moto's resource of an id (of a name, for a key pair); ``None``: there is none."""
    if kind in _KEPT_BY_ID:
        return getattr(self, _KEPT_BY_ID[kind]).get(identifier)
    if kind == "instance":
        return next((i for i in instances(self) if i.id == identifier), None)
    if kind == "subnet":
        return next((s for s in subnets(self) if s.id == identifier), None)
    if kind == "security-group":
        return next((g for g in groups(self) if g.id == identifier), None)
    if kind == "elastic-ip":
        return next((a for a in self.addresses if a.allocation_id == identifier), None)
    if kind == "key-pair":
        pairs = self.key_pairs.values()
        return next((k for k in pairs if identifier in (k.key_name, k.id)), None)
    return None


def default_vpc_group(self: Any, name: str) -> Any | None:
    """The security group of that name in the default VPC: names mean nothing in another."""
    vpc = self.get_default_vpc()
    in_vpc = self.groups.get(vpc.id, {}).values() if vpc is not None else ()
    return next((group for group in in_vpc if group.name == name), None)


def launch_template(self: Any, given: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    """The id of a launch template and what the version that is asked for says."""
    identifier = given.get("LaunchTemplateId") or self.launch_template_name_to_ids.get(
        given.get("LaunchTemplateName")
    )
    template = self.launch_templates.get(identifier)
    if template is None:
        return None
    version = given.get("Version") or "$Default"
    numbers = {
        "$Default": template.default_version_number,
        "$Latest": max(v.number for v in template.versions),
    }
    number = str(numbers.get(version, version))
    data = next((v.data for v in template.versions if str(v.number) == number), None)
    return (identifier, data) if data is not None else None


def instance_profile(account_id: str, given: Mapping[str, Any]) -> Any | None:
    """moto's instance profile of a name or an ARN."""
    profiles = seam.iam_backend(account_id).instance_profiles.values()
    name, arn = given.get("Name"), given.get("Arn")
    return next((p for p in profiles if (arn and p.arn == arn) or (name and p.name == name)), None)


def default_subnet(self: Any, zone: str | None) -> Any | None:
    """The default subnet of a zone; without one named, that of the first zone that has one."""
    found = [subnet for subnet in subnets(self) if subnet.default_for_az]
    if zone is not None:
        found = [subnet for subnet in found if subnet.availability_zone == zone]
    return min(found, key=lambda subnet: subnet.availability_zone, default=None)


METADATA_DEFAULTS = {
    "HttpTokens": "optional",
    "HttpPutResponseHopLimit": 1,
    "HttpEndpoint": "enabled",
    "InstanceMetadataTags": "disabled",
}
"""How an instance's metadata service is set where nobody says anything.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-options-order-of-precedence.html
"""

NEEDS_TOKENS = {"HttpTokens": "required", "HttpPutResponseHopLimit": 2}
"""What an image says that knows no other than IMDSv2."""

IMDS_V2_IMAGES = ("al2023-ami-",)
"""How the names of Amazon's images begin that have ImdsSupport v2.0."""


def metadata_options(self: Any, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata options of a new instance: the call's, the account's, the image's, AWS's."""
    image = find(self, "image", parameters.get("ImageId", "")) if self is not None else None
    name = str(getattr(image, "name", "") or "")
    of_image = NEEDS_TOKENS if name.startswith(IMDS_V2_IMAGES) else {}
    of_account = getattr(self, "metadata_defaults", {})
    if of_account.get("HttpTokens"):
        of_image = {}
    return {
        **METADATA_DEFAULTS,
        **of_image,
        **{key: value for key, value in of_account.items() if key in METADATA_DEFAULTS},
        **(parameters.get("MetadataOptions") or {}),
    }


def block_devices(self: Any, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The block devices of a new instance: the image's root volume, with what the call says of
    it, and the call's others. All are encrypted where the account says so."""
    encrypt = bool(getattr(self, "ebs_encryption_by_default", False))
    image = find(self, "image", parameters.get("ImageId", "")) if self is not None else None
    root = image.root_device_name if image is not None else "/dev/xvda"
    devices: dict[str, dict[str, Any]] = {
        root: {"VolumeSize": 8, "VolumeType": "gp2", "DeleteOnTermination": True}
    }
    others: list[dict[str, Any]] = []
    for mapping in parameters.get("BlockDeviceMappings") or []:
        name = mapping.get("DeviceName", "")
        if "Ebs" in mapping and "NoDevice" not in mapping:
            devices[name] = {**devices.get(name, {}), **mapping["Ebs"]}
        else:
            devices.pop(name, None)
            others.append(dict(mapping))
    made = [
        {
            "DeviceName": name,
            "Ebs": {**ebs, "Encrypted": bool(ebs.get("Encrypted")) or encrypt},
        }
        for name, ebs in devices.items()
    ]
    return made + others
