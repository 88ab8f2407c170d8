"""EC2: launching, stopping and terminating instances.

A launch is made whole before moto sees it: the default subnet and security group, the image's
root volume, the metadata options and all instances that were asked for, where moto would take
an address outside the VPC, a volume of its own idea and the least number.

AWS pages: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html,
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-on-demand-instances.html#ec2-on-demand-instances-limits
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helpers.lab import ec2_store, seam
from helpers.lab.authorization import ec2 as table
from helpers.lab.authorization.ec2_keys import DEFAULT_INSTANCE_TYPE, Place
from helpers.lab.ec2_state import bucket_of, state_of
from helpers.lab.errors import AwsError
from helpers.lab.services.ec2_calls import ec2_answers, for_real, not_found, store_of
from helpers.lab.services.ec2_vpcs import GROUP_NAME_NEEDS_DEFAULT_VPC
from helpers.lab.services.registry import Asked
from helpers.lab.wire import HttpAnswer, with_parameters


@ec2_answers("RunInstances")
def run_instances(asked: Asked) -> HttpAnswer:
    """Launch instances, as many as were asked for."""
    store = store_of(asked)
    place = Place(asked.account.id, asked.call.region)
    given = asked.parameters
    template = given.get("LaunchTemplate")
    if template and not ec2_store.launch_template(store, template):
        raise _no_template(template)
    parameters = table.whole(given, place)
    image = _image(store, parameters)
    kind = parameters.get("InstanceType") or DEFAULT_INSTANCE_TYPE
    _check_type(kind, image, asked.call.region)
    _check_profile(asked, parameters.get("IamInstanceProfile"))
    count = _count(asked, parameters, kind)
    whole = {
        **{name: value for name, value in parameters.items() if name[:1].isupper()},
        **_network(store, parameters),
        "InstanceType": kind,
        "MinCount": count,
        "MaxCount": count,
        "MetadataOptions": ec2_store.metadata_options(store, parameters),
        "BlockDeviceMappings": ec2_store.block_devices(store, parameters),
    }
    for_real(asked)
    http = asked.forward(with_parameters(asked.call, whole))
    if http[0] == 200:
        _what_moto_leaves_out(store, whole)
    return http


def _what_moto_leaves_out(store: Any, parameters: Mapping[str, Any]) -> None:
    launched = list(store.reservations.values())[-1].instances
    profile = parameters.get("IamInstanceProfile") or {}
    for number, instance in enumerate(launched):
        instance.disable_api_termination = bool(parameters.get("DisableApiTermination"))
        placement = parameters.get("Placement") or {}
        instance.placement.tenancy = placement.get("Tenancy") or "default"
        instance.placement.group_name = placement.get("GroupName") or ""
        if profile and number > 0:
            store.associate_iam_instance_profile(
                instance.id, profile.get("Name"), profile.get("Arn")
            )


def _no_template(given: Mapping[str, Any]) -> AwsError:
    if identifier := given.get("LaunchTemplateId"):
        return AwsError(
            "InvalidLaunchTemplateId.NotFound",
            f"The specified launch template, with template ID {identifier}, does not exist.",
        )
    return AwsError(
        "InvalidLaunchTemplateName.NotFoundException",
        "The specified launch template, with template name "
        f"{given.get('LaunchTemplateName')}, does not exist.",
    )


def _image(store: Any, parameters: Mapping[str, Any]) -> Any:
    identifier = parameters.get("ImageId")
    if not identifier:
        raise AwsError("MissingParameter", "The request must contain the parameter ImageId")
    image = ec2_store.find(store, "image", identifier)
    if image is None:
        raise not_found("image", [identifier])
    if image.state != "available":
        raise AwsError(
            "InvalidAMIID.Unavailable", f"The image id '[{identifier}]' is no longer available"
        )
    return image


def _check_type(kind: str, image: Any, region: str) -> None:
    """A type that there is, in this Region, for the image's architecture."""
    described = seam.ec2_instance_types().get(kind)
    if described is None:
        raise AwsError("InvalidParameterValue", f"Invalid value '{kind}' for InstanceType.")
    if not seam.ec2_offers(kind, region):
        raise AwsError(
            "Unsupported",
            "The requested configuration is currently not supported. Please check the "
            "documentation for supported configurations.",
        )
    supported = described.get("ProcessorInfo", {}).get("SupportedArchitectures", [])
    if supported and image.architecture and image.architecture not in supported:
        raise AwsError(
            "InvalidParameterValue",
            f"The architecture '{','.join(supported)}' of the specified instance type does not "
            f"match the architecture '{image.architecture}' of the specified AMI. Specify an "
            "instance type and an AMI that have matching architectures, and try again. You can "
            "use 'describe-instance-types' or 'describe-images' to discover the architecture of "
            "the instance type or AMI.",
        )


def _check_profile(asked: Asked, given: Mapping[str, Any] | None) -> None:
    if not given or ec2_store.instance_profile(asked.account.id, given) is not None:
        return
    form, word = ("arn", "ARN") if given.get("Arn") else ("name", "name")
    raise AwsError(
        "InvalidParameterValue",
        f"Value ({given.get('Arn') or given.get('Name')}) for parameter iamInstanceProfile.{form} "
        f"is invalid. Invalid IAM Instance Profile {word}",
    )


def _count(asked: Asked, parameters: Mapping[str, Any], kind: str) -> int:
    """How many are launched: the most that was asked for and the account's limit has room for."""
    least, most = int(parameters.get("MinCount", 1)), int(parameters.get("MaxCount", 1))
    if least < 1 or most < 1:
        name, value = ("minCount", least) if least < 1 else ("maxCount", most)
        raise AwsError(
            "InvalidParameterValue",
            f"Value ({value}) for parameter {name} is invalid. Must be greater than 0.",
        )
    if least > most:
        raise AwsError(
            "InvalidParameterCombination",
            f"The parameter minCount ({least}) cannot be larger than maxCount ({most})",
        )
    types = seam.ec2_instance_types()
    bucket = bucket_of(kind)
    limit = state_of(asked.account).vcpu_limit(bucket, asked.call.region)
    if limit is None:
        return most
    running = [i.instance_type for i in ec2_store.instances(store_of(asked)) if i.is_running()]
    in_use = sum(
        types[name]["VCpuInfo"]["DefaultVCpus"]
        for name in running
        if name in types and bucket_of(name) == bucket
    )
    room = (limit - in_use) // types[kind]["VCpuInfo"]["DefaultVCpus"]
    if room < least:
        raise AwsError(
            "VcpuLimitExceeded",
            f"You have requested more vCPU capacity than your current vCPU limit of {limit} allows "
            "for the instance bucket that the specified instance type belongs to. Please visit "
            "http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.",
        )
    return min(most, room)


def _network(store: Any, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The subnet and the security groups of a launch, all named by their ids."""
    interfaces = [dict(nic) for nic in parameters.get("NetworkInterfaces") or []]
    names = parameters.get("SecurityGroups") or []
    if any("NetworkInterfaceId" in nic for nic in interfaces):
        return {}
    if names and (parameters.get("SubnetId") or interfaces):
        raise AwsError(
            "InvalidParameterCombination",
            "The parameter groupName cannot be used with the parameter subnet",
        )
    first: Mapping[str, Any] = interfaces[0] if interfaces else {}
    subnet = _subnet(store, parameters, first)
    identifiers = list(parameters.get("SecurityGroupIds") or first.get("Groups") or [])
    for name in names:
        group = ec2_store.default_vpc_group(store, name)
        if group is None:
            raise AwsError(
                "InvalidGroup.NotFound",
                f"The security group '{name}' does not exist in default VPC '{subnet.vpc_id}'",
            )
        identifiers.append(group.id)
    for identifier in identifiers:
        group = ec2_store.find(store, "security-group", identifier)
        if group is None:
            raise not_found("security-group", [identifier])
        if group.vpc_id != subnet.vpc_id:
            raise AwsError(
                "InvalidParameter",
                f"Security group {identifier} and subnet {subnet.id} belong to different networks.",
            )
    if not identifiers:
        identifiers = [store.get_default_security_group(subnet.vpc_id).id]
    found: dict[str, Any] = {"SecurityGroups": []}
    if interfaces:
        interfaces[0] |= {"SubnetId": subnet.id, "Groups": identifiers}
        return {**found, "NetworkInterfaces": interfaces}
    return {**found, "SubnetId": subnet.id, "SecurityGroupIds": identifiers}


def _subnet(store: Any, parameters: Mapping[str, Any], first: Mapping[str, Any]) -> Any:
    if named := parameters.get("SubnetId") or first.get("SubnetId"):
        return ec2_store.find(store, "subnet", named)
    vpc = store.get_default_vpc()
    if vpc is None:
        raise AwsError("VPCIdNotSpecified", GROUP_NAME_NEEDS_DEFAULT_VPC)
    zone = (parameters.get("Placement") or {}).get("AvailabilityZone")
    subnet = ec2_store.default_subnet(store, zone)
    if subnet is not None:
        return subnet
    if zone is not None and ec2_store.default_subnet(store, None) is not None:
        raise AwsError("InvalidInput", f"No default subnet for availability zone: '{zone}'.")
    raise AwsError(
        "MissingInput",
        f"No subnets found for the default VPC '{vpc.id}'. Please specify a subnet.",
    )


@ec2_answers("CreateImage")
def create_image(asked: Asked) -> HttpAnswer:
    """Make an image of an instance, under a name that none of the account's images has.

    The instance still has its disk: one that is terminated has none.
    """
    name, store = asked.parameters.get("Name"), store_of(asked)
    instance = ec2_store.find(store, "instance", asked.parameters.get("InstanceId"))
    if instance.state not in ("running", "stopping", "stopped"):
        raise AwsError(
            "InvalidParameterValue",
            f"Invalid value '{instance.id}' for instanceId. Instance is not in state "
            "'running' or 'stopping' or 'stopped'",
        )
    for image in store.amis.values():
        if image.name == name and image.owner_id == asked.account.id:
            raise AwsError(
                "InvalidAMIName.Duplicate", f"AMI name {name} is already in use by AMI {image.id}"
            )
    for_real(asked)
    return asked.forward()


# -- afterwards ----------------------------------------------------------------------------------


def _instances(asked: Asked) -> list[Any]:
    store = store_of(asked)
    identifiers = asked.parameters.get("InstanceIds") or []
    return [ec2_store.find(store, "instance", identifier) for identifier in identifiers]


@ec2_answers("TerminateInstances")
def terminate_instances(asked: Asked) -> HttpAnswer:
    """Terminate instances, none of which is protected; their interfaces and addresses go free."""
    instances, store = _instances(asked), store_of(asked)
    for instance in instances:
        if instance.disable_api_termination:
            raise AwsError(
                "OperationNotPermitted",
                f"The instance '{instance.id}' may not be terminated. Modify its "
                "'disableApiTermination' instance attribute and try again.",
            )
    for_real(asked)
    for address in store.addresses:
        if address.instance in instances:
            store.disassociate_address(association_id=address.association_id)
    http = asked.forward()
    for instance in instances:
        for nic in instance.nics.values():
            if nic.id not in store.enis:
                nic.delete_on_termination = False  # terminating it again finds none to delete
    return http


@ec2_answers("StartInstances", "StopInstances", "RebootInstances")
def start_or_stop_instances(asked: Asked) -> HttpAnswer:
    """Start, stop or reboot instances that have not been terminated."""
    done = {"StartInstances": "started", "StopInstances": "stopped"}
    for instance in _instances(asked):
        if instance.state == "terminated":
            word = done.get(asked.call.operation, "rebooted")
            raise AwsError(
                "IncorrectInstanceState",
                f"The instance '{instance.id}' is not in a state from which it can be {word}.",
            )
    for_real(asked)
    return asked.forward()
