"""EC2: which resources a call works on, and what AWS knows of each when it asks the policies.

The action is the operation's own name. AWS's reference lists the types of resources that it
works on, each with its own condition keys: in RunInstances the type of an instance is known on
the instance, and not on the image, the subnet or the volumes. A type that the call tags when
it makes it is a new one (``instance/*``); of any other, the parameters name one.

AWS pages: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html,
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html,
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html#permission-to-pass-iam-roles
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from helpers.lab import ec2_store
from helpers.lab.authorization import catalogue, ec2_keys
from helpers.lab.authorization.ec2_keys import Launch, Place
from helpers.lab.authorization.requirement import Requirement, Source
from helpers.lab.callers import Principal
from helpers.lab.wire import Call

# Type → paths of the parameters that name one, beside those that are called as the type with
# "Id" or "Ids" behind it (InstanceId, VolumeIds …). A path goes through lists as it meets them.
PARAMETERS = {
    "capacity-reservation": (
        "SourceCapacityReservationId",
        "DestinationCapacityReservationId",
        "CapacityReservationSpecification.CapacityReservationTarget.CapacityReservationId",
    ),
    "certificate": ("CertificateArn",),
    "coip-pool": ("PoolId",),
    "declarative-policies-report": ("ReportId",),
    "dedicated-host": ("HostId", "HostIds", "HostIdSet", "Placement.HostId"),
    "elastic-ip": ("AllocationId", "AllocationIds", "SecondaryAllocationIds"),
    "fpga-image": ("SourceFpgaImageId",),
    "image-usage-report": ("ReportId",),
    "instance": (
        "InstanceSpecification.InstanceId",
        "InstanceCreditSpecifications.InstanceId",
        "Instances",
    ),
    "internet-gateway": ("GatewayId",),
    "ipam-scope": ("CurrentIpamScopeId", "DestinationIpamScopeId"),
    "ipv4pool-ec2": ("PoolId",),
    "ipv6pool-ec2": ("PoolId",),
    "key-pair": ("KeyName", "KeyNames"),
    "launch-template": ("LaunchTemplate.LaunchTemplateId",),
    "network-interface": ("NetworkInterfaces.NetworkInterfaceId", "ResourceIds"),
    "placement-group": ("GroupName", "Placement.GroupName"),
    "reserved-instances": ("ReservedInstanceIds",),
    "role": ("RoleArn",),
    "security-group": (
        "GroupId",
        "GroupIds",
        "Groups",
        "NetworkInterfaces.Groups",
        "AddSecurityGroupIds",
        "RemoveSecurityGroupIds",
    ),
    "security-group-rule": ("SecurityGroupRules.SecurityGroupRuleId",),
    "snapshot": ("SourceSnapshotIds", "SourceSnapshotId", "BlockDeviceMappings.Ebs.SnapshotId"),
    "spot-instances-request": ("SpotInstanceRequestIds",),
    "subnet": ("NetworkInterfaces.SubnetId", "AddSubnetIds", "RemoveSubnetIds", "ResourceIds"),
    "transit-gateway-attachment": ("PeeringAttachmentId",),
    "transit-gateway-route-table": ("TargetRouteTableId",),
    "vpc": ("ResourceIds",),
    "vpc-block-public-access-exclusion": ("ExclusionId",),
    "vpc-endpoint-service": ("ServiceId", "ServiceIds"),
    "vpc-flow-log": ("FlowLogId", "FlowLogIds"),
    "vpn-gateway": ("GatewayId",),
}

# Parameters that name security groups by their names, all in the default VPC.
GROUP_NAMES = ("GroupName", "GroupNames", "SecurityGroups")

# Operation → types that it makes although AWS's reference calls them optional.
ALWAYS_MADE = {"RunInstances": frozenset({"volume"})}

# Operation → types that it works on although no parameter may name them: the default ones.
BY_DEFAULT = {"RunInstances": frozenset({"security-group", "subnet"})}

# Operation → the role that it hands on (a path to its ARN) and the service that gets it.
ROLES = {
    "CreateFlowLogs": (("DeliverLogsPermissionArn", "vpc-flow-logs.amazonaws.com"),),
    "RequestSpotFleet": (("SpotFleetRequestConfig.IamFleetRole", "spotfleet.amazonaws.com"),),
}

# The parameter with an instance profile, whose role goes to EC2.
PROFILES = (
    "IamInstanceProfile",
    "LaunchSpecification.IamInstanceProfile",
    "SpotFleetRequestConfig.LaunchSpecifications.IamInstanceProfile",
)

EC2 = "ec2.amazonaws.com"


def requirements(call: Call, principal: Principal, account_id: str) -> Iterator[Requirement]:
    """What an EC2 call needs: one requirement for each resource, and what comes along."""
    place = Place(account_id, call.region)
    operation, parameters = call.operation, whole(call.parameters, place)
    action = f"ec2:{operation}"
    general = {"ec2:Region": call.region, **ec2_keys.of_call(operation, parameters)}
    if operation in ("CreateTags", "DeleteTags"):
        yield from _tagging(action, parameters, place, general)
        return
    used = catalogue.used_types(action)
    source = Source.TABLE if catalogue.action(action) else Source.NAME
    launch = Launch(parameters, place) if operation == "RunInstances" else None
    asked = False
    # What a call makes comes first, and so is what a denial speaks of.
    for kind in sorted(used, key=lambda kind: not _is_made(kind)):
        allowed = _Allowed(kind.condition_keys)
        for arn, keys in _resources(operation, kind, parameters, place, launch):
            asked = True
            yield Requirement(action, arn, allowed.of({**general, **keys}), source=source)
    if not asked:
        yield Requirement(action, "*", general, source=source, shown="")
    yield from _tags_at_once(operation, parameters, place)
    yield from _roles(operation, parameters, place)


def named(call: Call, place: Place) -> dict[str, list[str]]:
    """The ids (for key pairs, names) that a call's parameters say, by type."""
    types = [kind.name for kind in catalogue.used_types(f"ec2:{call.operation}")]
    found = {
        kind: _named(call.parameters, kind, place) for kind in types or list(ec2_store.PREFIXES)
    }
    return {kind: identifiers for kind, identifiers in found.items() if identifiers}


# -- resources ---------------------------------------------------------------------------------


def _resources(
    operation: str,
    kind: catalogue.UsedType,
    parameters: Mapping[str, Any],
    place: Place,
    launch: Launch | None,
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The ARNs of one type that a call works on, each with what is known of it."""
    made = _is_made(kind)
    by_name = kind.name == "security-group" and not made
    identifiers = _named(parameters, kind.name, place, by_name=by_name)
    if not identifiers and kind.name in BY_DEFAULT.get(operation, ()) and launch is not None:
        identifiers = launch.defaults(kind.name)
    of_launch = launch.keys_of_all if launch is not None else {}
    for identifier in identifiers:
        arn = place.arn(kind.name, identifier)
        yield arn, {**of_launch, **ec2_keys.of_stored(kind.name, identifier, place)}
    tags = _tags(parameters, kind.name)
    always = kind.name in ALWAYS_MADE.get(operation, ())
    if made and (kind.required or always or tags) and (not identifiers or always):
        every = launch.made(kind.name) if launch is not None else [ec2_keys.of_made(parameters)]
        for keys in every:
            yield place.arn(kind.name, "*"), {**of_launch, **keys, **tags}
    elif kind.required and not identifiers:
        found = list(ec2_keys.behind(operation, kind.name, parameters, place))
        for identifier in found or ["*"]:
            arn = place.arn(kind.name, identifier)
            yield arn, ec2_keys.of_stored(kind.name, identifier, place)


def _is_made(kind: catalogue.UsedType) -> bool:
    return "aws:RequestTag/${TagKey}" in kind.condition_keys


def _named(
    parameters: Mapping[str, Any], kind: str, place: Place, *, by_name: bool = False
) -> list[str]:
    """The ids of a type that parameters say."""
    stem = kind.replace("-", "")
    paths = [name for name in parameters if name.lower() in (f"{stem}id", f"{stem}ids")]
    identifiers: dict[str, None] = {}
    for path in (*paths, *PARAMETERS.get(kind, ())):
        for value in values(parameters, path):
            if isinstance(value, str) and ec2_store.kind_of(value) in (kind, None):
                identifiers[value] = None
    if by_name and place.store is not None:
        for path in GROUP_NAMES:
            for name in values(parameters, path):
                group = ec2_store.default_vpc_group(place.store, name)
                identifiers[group.id if group is not None else "*"] = None
    return list(identifiers)


def values(parameters: Any, path: str) -> list[Any]:
    """All that stands at a path, which goes through lists as it meets them.

    >>> values({"NetworkInterfaces": [{"Groups": ["sg-1", "sg-2"]}, {}]}, "NetworkInterfaces.Groups")
    ['sg-1', 'sg-2']
    """  # noqa: E501 (a doctest)
    found = [parameters]
    for part in path.split("."):
        found = [item[part] for item in found if isinstance(item, Mapping) and part in item]
        found = [one for item in found for one in (item if isinstance(item, list) else [item])]
    return found


def whole(parameters: Mapping[str, Any], place: Place) -> Mapping[str, Any]:
    """A call's parameters, with what a launch template says where they are silent."""
    named_template = parameters.get("LaunchTemplate")
    if not isinstance(named_template, Mapping) or place.store is None:
        return parameters
    template = ec2_store.launch_template(place.store, named_template)
    if template is None:
        return parameters
    identifier, data = template
    return {
        **data,
        **{name: value for name, value in parameters.items() if name != "TagSpecifications"},
        "TagSpecifications": [
            *(data.get("TagSpecifications") or []),
            *(parameters.get("TagSpecifications") or []),
        ],
        "LaunchTemplate": {**named_template, "LaunchTemplateId": identifier},
        ec2_keys.OF_TEMPLATE: sorted(set(data) - set(parameters)),
    }


# -- what comes along ----------------------------------------------------------------------------


def _tags(parameters: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The tags that a call gives to new resources of a type, as condition keys."""
    pairs = [
        (tag.get("Key", ""), tag.get("Value", ""))
        for specification in parameters.get("TagSpecifications") or []
        if specification.get("ResourceType") == kind
        for tag in specification.get("Tags") or []
    ]
    context: dict[str, Any] = {f"aws:RequestTag/{key}": value for key, value in pairs}
    if pairs:
        context["aws:TagKeys"] = list(dict.fromkeys(key for key, _ in pairs))
    return context


def _tags_at_once(
    operation: str, parameters: Mapping[str, Any], place: Place
) -> Iterator[Requirement]:
    """ec2:CreateTags on what a call makes with tags on it."""
    kinds = [spec.get("ResourceType") for spec in parameters.get("TagSpecifications") or []]
    for kind in dict.fromkeys(kinds):
        if isinstance(kind, str) and (tags := _tags(parameters, kind)):
            context = {"ec2:Region": place.region, "ec2:CreateAction": operation, **tags}
            yield Requirement("ec2:CreateTags", place.arn(kind, "*"), context)


def _tagging(
    action: str, parameters: Mapping[str, Any], place: Place, general: Mapping[str, Any]
) -> Iterator[Requirement]:
    """Tagging what is there already."""
    tags = parameters.get("Tags") or []
    context: dict[str, Any] = dict(general)
    if tags:
        context["aws:TagKeys"] = [tag.get("Key", "") for tag in tags]
    for tag in tags:
        if action == "ec2:CreateTags" or "Value" in tag:
            context[f"aws:RequestTag/{tag.get('Key', '')}"] = tag.get("Value", "")
    allowed = {kind.name: _Allowed(kind.condition_keys) for kind in catalogue.used_types(action)}
    for identifier in parameters.get("Resources") or ["*"]:
        kind = ec2_store.kind_of(identifier)
        if kind is None or kind not in allowed:
            yield Requirement(action, "*", context)
            continue
        keys = ec2_keys.of_stored(kind, identifier, place)
        arn = place.arn(kind, identifier)
        yield Requirement(action, arn, allowed[kind].of({**keys, **context}))


def _roles(operation: str, parameters: Mapping[str, Any], place: Place) -> Iterator[Requirement]:
    """iam:PassRole for the roles that a call hands to a service."""
    for path, service in ROLES.get(operation, ()):
        for arn in values(parameters, path):
            yield _pass_role(arn, service)
    for path in PROFILES:
        for given in values(parameters, path):
            profile = ec2_store.instance_profile(place.account_id, given)
            for role in profile.roles if profile is not None else ():
                yield _pass_role(role.arn, EC2)


def _pass_role(arn: str, service: str) -> Requirement:
    return Requirement("iam:PassRole", arn, {"iam:PassedToService": service})


class _Allowed:
    """The condition keys that AWS's reference lists for a type of resource in an action."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self._whole = {key.lower() for key in keys}
        self._stems = tuple(key.partition("${")[0].lower() for key in keys if "${" in key)

    def of(self, context: Mapping[str, Any]) -> dict[str, Any]:
        return {
            key: value
            for key, value in context.items()
            if key.lower() in self._whole or (self._stems and key.lower().startswith(self._stems))
        }
