"""EC2 as AWS has it: the network that is there already, launches, what may be deleted, denials.

One lab serves all of them, for EC2 takes a second to load; each test works in a Region of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from lab_calls import (
    ACCOUNT,
    KINDS_OF_A_LAUNCH,
    allow,
    new_user,
    newest_image,
    outcome,
    policy,
    refused,
    statement,
    trust,
)

from helpers import Lab
from helpers.lab.ec2_state import state_of
from helpers.lab.services import ANSWERS, ANY_OPERATION

NAMES = count()


@pytest.fixture(scope="module")
def shared() -> Iterator[Lab]:
    yield Lab.start()
    Lab.stop()


@pytest.fixture
def region(shared: Lab, request: pytest.FixtureRequest) -> str:
    """A Region without anything of another test in it."""
    regions = ("us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-2", "eu-west-3")
    store = shared.__dict__.setdefault("regions_of_tests", {})
    return store.setdefault(request.node.originalname, regions[len(store) % len(regions)])


@pytest.fixture
def ec2(shared: Lab, region: str) -> Iterator[Any]:
    client = shared.root.client("ec2", region_name=region)
    yield client
    for reservation in client.describe_instances()["Reservations"]:
        for one in reservation["Instances"]:
            where = {"InstanceId": one["InstanceId"]}
            client.modify_instance_attribute(**where, DisableApiTermination={"Value": False})
            client.terminate_instances(InstanceIds=[one["InstanceId"]])


@pytest.fixture
def launch(shared: Lab, region: str) -> dict[str, Any]:
    """The parameters of the smallest launch."""
    image = newest_image(shared, region_name=region)
    return {"ImageId": image, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}


def person(lab: Lab, region: str, *documents: str) -> Any:
    """A new user's EC2 client."""
    return new_user(lab, f"user-{next(NAMES)}", *documents).client("ec2", region_name=region)


# The default VPC ----------------------------------------------------------------------------------


def test_every_region_begins_with_a_vpc_that_is_open_to_the_internet(shared: Lab) -> None:
    for region in ("sa-east-1", "ap-south-1"):
        ec2 = shared.root.client("ec2", region_name=region)
        (vpc,) = ec2.describe_vpcs()["Vpcs"]
        assert (vpc["IsDefault"], vpc["CidrBlock"]) == (True, "172.31.0.0/16")
        zones = [
            zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]
        ]
        subnets = ec2.describe_subnets()["Subnets"]
        assert sorted(subnet["AvailabilityZone"] for subnet in subnets) == sorted(zones)
        assert all(s["DefaultForAz"] and s["MapPublicIpOnLaunch"] for s in subnets)
        assert all(s["CidrBlock"].endswith("/20") for s in subnets)
        (gateway,) = ec2.describe_internet_gateways()["InternetGateways"]
        assert gateway["Attachments"] == [{"State": "available", "VpcId": vpc["VpcId"]}]
        (table,) = ec2.describe_route_tables()["RouteTables"]
        routes = {route["DestinationCidrBlock"]: route["GatewayId"] for route in table["Routes"]}
        assert routes == {"172.31.0.0/16": "local", "0.0.0.0/0": gateway["InternetGatewayId"]}
        assert table["Associations"][0]["Main"]
        (acl,) = ec2.describe_network_acls()["NetworkAcls"]
        assert acl["IsDefault"]
        assert len(acl["Associations"]) == len(subnets)
        (options,) = ec2.describe_dhcp_options()["DhcpOptions"]
        assert vpc["DhcpOptionsId"] == options["DhcpOptionsId"]


def test_a_default_group_lets_members_in_and_everything_out(ec2: Any) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    where = [{"Name": "vpc-id", "Values": [vpc]}]
    (group,) = ec2.describe_security_groups(Filters=where)["SecurityGroups"]
    (way_in,), (way_out,) = group["IpPermissions"], group["IpPermissionsEgress"]
    assert way_in["UserIdGroupPairs"] == [{"UserId": ACCOUNT, "GroupId": group["GroupId"]}]
    assert (way_in["IpProtocol"], way_in["IpRanges"]) == ("-1", [])
    assert way_out["IpRanges"] == [{"CidrIp": "0.0.0.0/0"}]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]
    assert not subnet["DefaultForAz"]
    assert not subnet["MapPublicIpOnLaunch"]
    ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    ec2.delete_vpc(VpcId=vpc)
    assert not ec2.describe_security_groups(Filters=where)["SecurityGroups"]


def test_taking_the_default_vpc_apart_and_making_it_again(
    ec2: Any, launch: dict[str, Any], region: str
) -> None:
    (vpc,) = (vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"])
    instance = ec2.run_instances(**launch)["Instances"][0]
    (gateway,) = ec2.describe_internet_gateways()["InternetGateways"]
    attached = {"InternetGatewayId": gateway["InternetGatewayId"], "VpcId": vpc}
    in_use = f"The vpc '{vpc}' has dependencies and cannot be deleted."
    assert refused("DependencyViolation", ec2.delete_vpc, VpcId=vpc) == in_use
    message = refused("DependencyViolation", ec2.detach_internet_gateway, **attached)
    assert message.startswith(f"Network {vpc} has some mapped public address(es).")
    subnet = {"SubnetId": instance["SubnetId"]}
    message = refused("DependencyViolation", ec2.delete_subnet, **subnet)
    assert message == f"The subnet '{subnet['SubnetId']}' has dependencies and cannot be deleted."
    ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])
    for each in ec2.describe_subnets()["Subnets"]:
        ec2.delete_subnet(SubnetId=each["SubnetId"])
    assert refused("MissingInput", ec2.run_instances, **launch).endswith("specify a subnet.")
    assert refused("DependencyViolation", ec2.delete_vpc, VpcId=vpc) == in_use
    ec2.detach_internet_gateway(**attached)
    group = ec2.create_security_group(GroupName="web", Description="d")["GroupId"]
    assert refused("DependencyViolation", ec2.delete_vpc, VpcId=vpc) == in_use
    ec2.delete_security_group(GroupId=group)
    (default,) = ec2.describe_security_groups()["SecurityGroups"]
    message = refused("CannotDelete", ec2.delete_security_group, GroupId=default["GroupId"])
    assert message.endswith('name: "default" cannot be deleted by a user')
    ec2.delete_vpc(VpcId=vpc)
    for left in ("vpcs", "security_groups", "route_tables", "network_acls"):
        answer = getattr(ec2, f"describe_{left}")()
        assert [found for found in answer.values() if isinstance(found, list)] == [[]]
    message = refused("VPCIdNotSpecified", ec2.run_instances, **launch)
    assert message.startswith("No default VPC for this user.")
    refused("VPCIdNotSpecified", ec2.create_security_group, GroupName="x", Description="d")
    refused("DefaultVpcDoesNotExist", ec2.create_default_subnet, AvailabilityZone=region + "a")
    ec2.create_default_vpc()
    refused("DefaultVpcAlreadyExists", ec2.create_default_vpc)
    assert ec2.run_instances(**launch)["Instances"][0]["PublicIpAddress"]


def test_default_subnets_take_the_blocks_that_are_free(ec2: Any, region: str) -> None:
    subnets = sorted(ec2.describe_subnets()["Subnets"], key=lambda s: s["CidrBlock"])
    gone = subnets[0]
    ec2.delete_subnet(SubnetId=gone["SubnetId"])
    where = {"AvailabilityZone": gone["AvailabilityZone"]}
    made = ec2.create_default_subnet(**where)["Subnet"]
    assert made["CidrBlock"] == gone["CidrBlock"]
    assert made["DefaultForAz"]
    refused("DefaultSubnetAlreadyExistsInAvailabilityZone", ec2.create_default_subnet, **where)


# Launches -----------------------------------------------------------------------------------------


def test_a_launch_that_says_little(ec2: Any, launch: dict[str, Any]) -> None:
    made = ec2.run_instances(**{**launch, "MaxCount": 3})["Instances"]
    assert len(made) == 3
    assert len({one["PrivateIpAddress"] for one in made}) == 3
    one = made[0]
    assert one["PrivateIpAddress"].startswith("172.31.")
    assert one["State"]["Name"] == "pending"
    assert [group["GroupName"] for group in one["SecurityGroups"]] == ["default"]
    # Amazon Linux 2023 knows no other than IMDSv2.
    assert one["MetadataOptions"]["HttpTokens"] == "required"
    (device,) = one["BlockDeviceMappings"]
    assert device["DeviceName"] == one["RootDeviceName"]
    assert device["Ebs"]["DeleteOnTermination"]
    (nic,) = one["NetworkInterfaces"]
    assert nic["Attachment"]["DeleteOnTermination"]
    ec2.terminate_instances(InstanceIds=[each["InstanceId"] for each in made])
    assert not ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert not ec2.describe_volumes()["Volumes"]
    ec2.terminate_instances(InstanceIds=[one["InstanceId"]])
    where = {"InstanceIds": [one["InstanceId"]]}
    assert "it can be started" in refused("IncorrectInstanceState", ec2.start_instances, **where)


def test_errors_of_a_launch(ec2: Any, launch: dict[str, Any]) -> None:
    def wrong(code: str, **changes: Any) -> str:
        return refused(code, ec2.run_instances, **{**launch, **changes})

    unknown = "0123456789abcdef0"
    assert unknown in wrong("InvalidAMIID.NotFound", ImageId=f"ami-{unknown}")
    assert wrong("InvalidAMIID.Malformed", ImageId="web") == (
        'Invalid id: "web" (expecting "ami-...")'
    )
    assert wrong("InvalidParameterValue", InstanceType="x9.huge").startswith("Invalid value 'x9.")
    assert "architecture" in wrong("InvalidParameterValue", InstanceType="t4g.micro")
    assert wrong("InvalidSubnetID.NotFound", SubnetId=f"subnet-{unknown}") == (
        f"The subnet ID 'subnet-{unknown}' does not exist"
    )
    wrong("InvalidKeyPair.NotFound", KeyName="nobodys")
    wrong("InvalidGroup.NotFound", SecurityGroups=["nobodys"])
    assert "iamInstanceProfile.name" in wrong(
        "InvalidParameterValue", IamInstanceProfile={"Name": "nobodys"}
    )
    wrong("InvalidLaunchTemplateName.NotFoundException", LaunchTemplate={"LaunchTemplateName": "x"})
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="web", Description="d", VpcId=vpc)["GroupId"]
    assert "different networks" in wrong("InvalidParameter", SecurityGroupIds=[group])
    assert not ec2.describe_instances()["Reservations"]


def test_accelerated_instances_need_a_higher_limit(
    shared: Lab, ec2: Any, launch: dict[str, Any]
) -> None:
    gpu = {**launch, "InstanceType": "g4dn.xlarge", "MaxCount": 5}
    assert "vCPU limit of 0" in refused("VcpuLimitExceeded", ec2.run_instances, **gpu)
    state_of(shared.account).vcpu_limits["G and VT"] = 8
    assert len(ec2.run_instances(**gpu)["Instances"]) == 2
    refused("VcpuLimitExceeded", ec2.run_instances, **gpu)


def test_termination_protection_holds_all(ec2: Any, launch: dict[str, Any]) -> None:
    kept = ec2.run_instances(**launch, DisableApiTermination=True)["Instances"][0]["InstanceId"]
    other = ec2.run_instances(**launch)["Instances"][0]["InstanceId"]
    message = refused("OperationNotPermitted", ec2.terminate_instances, InstanceIds=[other, kept])
    assert message.startswith(f"The instance '{kept}' may not be terminated.")
    states = {
        one["InstanceId"]: one["State"]["Name"]
        for reservation in ec2.describe_instances()["Reservations"]
        for one in reservation["Instances"]
    }
    assert states[other] == "running"
    ec2.modify_instance_attribute(InstanceId=kept, DisableApiTermination={"Value": False})
    ec2.terminate_instances(InstanceIds=[kept])


def test_the_name_of_an_image_is_taken_once(ec2: Any, launch: dict[str, Any]) -> None:
    machine = ec2.run_instances(**launch)["Instances"][0]["InstanceId"]
    made = ec2.create_image(InstanceId=machine, Name="books")["ImageId"]
    message = refused(
        "InvalidAMIName.Duplicate", ec2.create_image, InstanceId=machine, Name="books"
    )
    assert message == f"AMI name books is already in use by AMI {made}"
    ec2.deregister_image(ImageId=made)
    ec2.create_image(InstanceId=machine, Name="books")


def test_an_image_needs_a_disk(ec2: Any, launch: dict[str, Any]) -> None:
    machine = ec2.run_instances(**launch)["Instances"][0]["InstanceId"]
    ec2.stop_instances(InstanceIds=[machine])
    ec2.create_image(InstanceId=machine, Name="of a stopped one")
    ec2.terminate_instances(InstanceIds=[machine])
    message = refused(
        "InvalidParameterValue", ec2.create_image, InstanceId=machine, Name="too late"
    )
    assert message.startswith(f"Invalid value '{machine}' for instanceId.")
    nothing = {"InstanceId": "i-0123456789abcdef0", "Name": "nothing"}
    refused("InvalidInstanceID.NotFound", ec2.create_image, **nothing)


def test_a_launch_template_speaks_where_the_call_is_silent(
    shared: Lab, ec2: Any, launch: dict[str, Any]
) -> None:
    data = {"ImageId": launch["ImageId"], "InstanceType": "t3.small", "UserData": "IyEvYmlu"}
    ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)
    template = {"LaunchTemplate": {"LaunchTemplateName": "web"}, "MinCount": 1, "MaxCount": 1}
    made = ec2.run_instances(**template)["Instances"][0]
    assert (made["InstanceType"], made["ImageId"]) == ("t3.small", launch["ImageId"])
    found = ec2.describe_instance_attribute(InstanceId=made["InstanceId"], Attribute="userData")
    assert found["UserData"] == {"Value": "IyEvYmlu"}
    assert ec2.run_instances(**template, InstanceType="t3.nano")["Instances"][0][
        "InstanceType"
    ] == ("t3.nano")


def test_volumes_are_encrypted_once_the_account_says_so(ec2: Any, launch: dict[str, Any]) -> None:
    zone = ec2.describe_subnets()["Subnets"][0]["AvailabilityZone"]
    assert not ec2.create_volume(AvailabilityZone=zone, Size=1)["Encrypted"]
    ec2.enable_ebs_encryption_by_default()
    assert ec2.create_volume(AvailabilityZone=zone, Size=1)["Encrypted"]
    one = ec2.run_instances(**launch)["Instances"][0]
    volume = one["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    assert ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["Encrypted"]
    ec2.disable_ebs_encryption_by_default()


# Settings and rules -------------------------------------------------------------------------------


def test_snapshots_and_images_kept_from_the_public(ec2: Any, launch: dict[str, Any]) -> None:
    zone = ec2.describe_subnets()["Subnets"][0]["AvailabilityZone"]
    volume = ec2.create_volume(AvailabilityZone=zone, Size=1)["VolumeId"]
    snapshot = {"SnapshotId": ec2.create_snapshot(VolumeId=volume)["SnapshotId"]}
    public = {"CreateVolumePermission": {"Add": [{"Group": "all"}]}}
    assert ec2.get_snapshot_block_public_access_state()["State"] == "unblocked"
    ec2.modify_snapshot_attribute(**snapshot, **public)
    shared = ec2.describe_snapshot_attribute(**snapshot, Attribute="createVolumePermission")
    assert shared["CreateVolumePermissions"] == [{"Group": "all"}]
    for whose in ({"OwnerIds": ["self"]}, {"RestorableByUserIds": ["all"]}):
        found = ec2.describe_snapshots(**whose)["Snapshots"]
        assert [one["SnapshotId"] for one in found] == [snapshot["SnapshotId"]]
    ec2.modify_snapshot_attribute(**snapshot, CreateVolumePermission={"Remove": [{"Group": "all"}]})
    ec2.enable_snapshot_block_public_access(State="block-all-sharing")
    refused("OperationNotPermitted", ec2.modify_snapshot_attribute, **snapshot, **public)
    ec2.modify_snapshot_attribute(**snapshot, OperationType="add", UserIds=["444455556666"],
                                  Attribute="createVolumePermission")  # fmt: skip
    instance = ec2.run_instances(**launch)["Instances"][0]["InstanceId"]
    image = {"ImageId": ec2.create_image(InstanceId=instance, Name="mine")["ImageId"]}
    everybody = {"LaunchPermission": {"Add": [{"Group": "all"}]}}
    refused("OperationNotPermitted", ec2.modify_image_attribute, **image, **everybody)
    ec2.disable_image_block_public_access()
    ec2.modify_image_attribute(**image, **everybody)


def test_switches_of_a_region(ec2: Any) -> None:
    assert ec2.get_ebs_default_kms_key_id()["KmsKeyId"] == "alias/aws/ebs"
    assert not ec2.get_serial_console_access_status()["SerialConsoleAccessEnabled"]
    ec2.enable_serial_console_access()
    assert ec2.get_serial_console_access_status()["SerialConsoleAccessEnabled"]
    ec2.disable_serial_console_access()
    acl = ec2.describe_network_acls()["NetworkAcls"][0]["NetworkAclId"]
    entry = {"NetworkAclId": acl, "RuleNumber": 90, "Egress": False}
    refused("InvalidNetworkAclEntry.NotFound", ec2.delete_network_acl_entry, **entry)
    ec2.create_network_acl_entry(**entry, Protocol="6", RuleAction="deny", CidrBlock="0.0.0.0/0",
                                 PortRange={"From": 22, "To": 22})  # fmt: skip
    ec2.delete_network_acl_entry(**entry)


def test_metadata_defaults_of_the_account(ec2: Any, launch: dict[str, Any]) -> None:
    ec2.modify_instance_metadata_defaults(HttpTokens="optional", HttpPutResponseHopLimit=3)
    options = ec2.run_instances(**launch)["Instances"][0]["MetadataOptions"]
    assert (options["HttpTokens"], options["HttpPutResponseHopLimit"]) == ("optional", 3)
    level = ec2.get_instance_metadata_defaults()["AccountLevel"]
    assert level["HttpTokens"] == "optional"
    ec2.modify_instance_metadata_defaults(HttpTokens="no-preference", HttpPutResponseHopLimit=-1)
    options = ec2.run_instances(**launch)["Instances"][0]["MetadataOptions"]
    assert options["HttpTokens"] == "required"


def test_rules_of_a_group_are_added_all_or_none(ec2: Any) -> None:
    group = {"GroupId": ec2.create_security_group(GroupName="w", Description="d")["GroupId"]}

    def rule(port: int) -> dict[str, Any]:
        ports = {"FromPort": port, "ToPort": port}
        return {"IpProtocol": "tcp", **ports, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}

    both = [rule(22), rule(443)]
    made = ec2.authorize_security_group_ingress(**group, IpPermissions=both)["SecurityGroupRules"]
    assert [one["FromPort"] for one in made] == [22, 443]
    message = refused("InvalidPermission.Duplicate", ec2.authorize_security_group_ingress, **group,
                      IpPermissions=[rule(80), rule(22)])  # fmt: skip
    assert message == (
        'the specified rule "peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW" '
        "already exists"
    )
    where = [{"Name": "group-id", "Values": [group["GroupId"]]}]
    rules = ec2.describe_security_group_rules(Filters=where)["SecurityGroupRules"]
    assert sorted(one["FromPort"] for one in rules if not one["IsEgress"]) == [22, 443]
    ec2.revoke_security_group_ingress(**group, SecurityGroupRuleIds=[
        one["SecurityGroupRuleId"] for one in made])  # fmt: skip
    (found,) = ec2.describe_security_groups(GroupIds=[group["GroupId"]])["SecurityGroups"]
    assert found["IpPermissions"] == []
    message = refused("InvalidGroup.NotFound", ec2.describe_security_groups,
                      GroupNames=["default", "nobodys"])  # fmt: skip
    assert message == "The security group 'nobodys' does not exist"


# Authorization ------------------------------------------------------------------------------------


def test_each_resource_of_a_launch_has_its_own_keys(
    shared: Lab, region: str, ec2: Any, launch: dict[str, Any]
) -> None:
    before = len(shared.decisions)
    devices = [{"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 20, "Encrypted": True}}]
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "team", "Value": "web"}]}]
    ec2.run_instances(**launch, BlockDeviceMappings=devices, TagSpecifications=tags)
    asked = {}
    for decision in shared.decisions[before:]:
        request = decision.request
        kind = request.resource.rpartition(":")[2].partition("/")[0]
        asked.setdefault((request.action, kind), []).append(dict(request.context))
    run = "ec2:RunInstances"
    assert set(asked) == {
        *((run, kind) for kind in ("instance", *KINDS_OF_A_LAUNCH)),
        ("ec2:CreateTags", "instance"),
    }
    (instance,) = asked[run, "instance"]
    assert instance["ec2:InstanceType"] == "t3.micro"
    assert instance["ec2:MetadataHttpTokens"] == "required"
    assert instance["ec2:Region"] == region
    assert instance["aws:RequestTag/team"] == "web"
    for kind in KINDS_OF_A_LAUNCH:
        for context in asked[run, kind]:
            assert "ec2:InstanceType" not in context
            assert "aws:RequestTag/team" not in context
    (image,) = asked[run, "image"]
    assert (image["ec2:Owner"], image["ec2:Public"]) == ("amazon", "true")
    sizes = {v["ec2:VolumeSize"]: v["ec2:Encrypted"] for v in asked[run, "volume"]}
    assert sizes == {"8": "false", "20": "true"}
    (nic,) = asked[run, "network-interface"]
    assert nic["ec2:Vpc"].startswith(f"arn:aws:ec2:{region}:{ACCOUNT}:vpc/vpc-")
    (tagged,) = asked["ec2:CreateTags", "instance"]
    assert tagged["ec2:CreateAction"] == "RunInstances"


@pytest.mark.parametrize(
    ("key", "value", "denied", "allowed"),
    [
        ("ec2:MetadataHttpTokens", "required", {"MetadataOptions": {"HttpTokens": "optional"}}, {}),
        ("ec2:InstanceType", "t3.micro", {"InstanceType": "t3.large"}, {}),
        ("ec2:Tenancy", "default", {"Placement": {"Tenancy": "dedicated"}}, {}),
        ("ec2:InstanceMarketType", "on-demand",
         {"InstanceMarketOptions": {"MarketType": "spot"}}, {}),
        ("aws:RequestTag/team", "web", {},
         {"TagSpecifications": [
             {"ResourceType": "instance", "Tags": [{"Key": "team", "Value": "web"}]}]}),
    ],
)  # fmt: skip
def test_conditions_on_the_instance(
    shared: Lab, region: str, launch: dict, key: str, value: str, denied: dict, allowed: dict
) -> None:
    deny = statement(
        "Deny",
        "ec2:RunInstances",
        "arn:aws:ec2:*:*:instance/*",
        Condition={"StringNotEquals": {key: value}},
    )
    ec2 = person(shared, region, policy(statement("Allow", "ec2:*"), deny))
    refused("UnauthorizedOperation", ec2.run_instances, **{**launch, **denied}, DryRun=True)
    refused("DryRunOperation", ec2.run_instances, **{**launch, **allowed}, DryRun=True)


def test_tags_on_what_is_there_decide(shared: Lab, region: str, ec2: Any, launch: dict) -> None:
    def with_tag(team: str) -> list[str]:
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "team", "Value": team}]}]
        made = ec2.run_instances(**launch, TagSpecifications=tags)
        return [made["Instances"][0]["InstanceId"]]

    ours, theirs = with_tag("web"), with_tag("db")
    for key in ("aws:ResourceTag/team", "ec2:ResourceTag/team"):
        own = allow("ec2:StopInstances", Condition={"StringEquals": {key: "web"}})
        ann = person(shared, region, own)
        refused("UnauthorizedOperation", ann.stop_instances, InstanceIds=theirs)
        refused("UnauthorizedOperation", ann.stop_instances, InstanceIds=ours + theirs)
        refused("DryRunOperation", ann.stop_instances, InstanceIds=ours, DryRun=True)


def test_tagging(shared: Lab, region: str, ec2: Any) -> None:
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    (gateway,) = ec2.describe_internet_gateways()["InternetGateways"]
    only_vpcs = statement("Allow", "ec2:CreateTags", "arn:aws:ec2:*:*:vpc/*")
    at_once = statement(
        "Allow",
        ["ec2:CreateTags", "ec2:CreateSecurityGroup"],
        ["arn:aws:ec2:*:*:security-group/*", "arn:aws:ec2:*:*:vpc/*"],
        Condition={"StringEqualsIfExists": {"ec2:CreateAction": "CreateSecurityGroup"}},
    )
    tags = [{"Key": "a", "Value": "b"}]
    ann = person(shared, region, policy(only_vpcs))
    ann.create_tags(Resources=[vpc], Tags=tags)
    both = [vpc, gateway["InternetGatewayId"]]
    refused("UnauthorizedOperation", ann.create_tags, Resources=both, Tags=tags)
    group = {"GroupName": "tagged", "Description": "d", "VpcId": vpc}
    with_tags = [{"ResourceType": "security-group", "Tags": tags}]
    without = person(shared, region, allow("ec2:CreateSecurityGroup"))
    refused("UnauthorizedOperation", without.create_security_group, **group,
            TagSpecifications=with_tags)  # fmt: skip
    bob = person(shared, region, policy(at_once))
    bob.create_security_group(**group, TagSpecifications=with_tags)


def test_a_role_is_passed_to_an_instance(shared: Lab, region: str, launch: dict) -> None:
    iam = shared.root.client("iam")
    iam.create_role(
        RoleName="web", AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"})
    )
    iam.create_instance_profile(InstanceProfileName="front")
    iam.add_role_to_instance_profile(InstanceProfileName="front", RoleName="web")
    arn = iam.get_instance_profile(InstanceProfileName="front")["InstanceProfile"]["Arn"]
    role = f"arn:aws:iam::{ACCOUNT}:role/web"
    may = statement("Allow", "ec2:*")
    to_ec2 = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    without = person(shared, region, policy(may))
    able = person(
        shared, region, policy(may, statement("Allow", "iam:PassRole", role, Condition=to_ec2))
    )
    for profile in ({"Name": "front"}, {"Arn": arn}):
        where = {**launch, "IamInstanceProfile": profile, "DryRun": True}
        message = refused("UnauthorizedOperation", without.run_instances, **where)
        assert f"iam:PassRole on resource: {role}" in message
        refused("DryRunOperation", able.run_instances, **where)
    instance = able.run_instances(**launch)["Instances"][0]["InstanceId"]
    associate = {"InstanceId": instance, "IamInstanceProfile": {"Name": "front"}}
    refused("UnauthorizedOperation", without.associate_iam_instance_profile, **associate)
    able.associate_iam_instance_profile(**associate)


def test_what_a_call_changes_is_a_key(shared: Lab, region: str, ec2: Any, launch: dict) -> None:
    instance = ec2.run_instances(**launch)["Instances"][0]["InstanceId"]
    weak = {"StringNotEquals": {"ec2:Attribute/HttpTokens": "required"}}
    deny = statement("Deny", "ec2:ModifyInstanceMetadataOptions", Condition=weak)
    ann = person(shared, region, policy(statement("Allow", "ec2:*"), deny))
    change = ann.modify_instance_metadata_options
    refused("UnauthorizedOperation", change, InstanceId=instance, HttpTokens="optional")
    change(InstanceId=instance, HttpTokens="required")


def test_groups_named_by_name_are_their_ids(shared: Lab, region: str, ec2: Any) -> None:
    group = ec2.create_security_group(GroupName="named", Description="d")["GroupId"]
    arn = f"arn:aws:ec2:{region}:{ACCOUNT}:security-group/"
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}
    action = "ec2:AuthorizeSecurityGroupIngress"
    other = person(shared, region, allow(action, arn + "sg-0123456789abcdef0"))
    refused("UnauthorizedOperation", other.authorize_security_group_ingress, GroupName="named",
            **rule)  # fmt: skip
    able = person(shared, region, allow(action, arn + group))
    able.authorize_security_group_ingress(GroupName="named", **rule)


# DryRun and denials -------------------------------------------------------------------------------


def test_dry_runs_do_nothing(shared: Lab, region: str, ec2: Any) -> None:
    """Also where moto does not know the parameter."""
    vpcs = ec2.describe_vpcs()["Vpcs"]
    error = "DryRunOperation"
    message = refused(error, ec2.create_vpc, CidrBlock="10.0.0.0/16", DryRun=True)
    assert message == "Request would have succeeded, but DryRun flag is set."
    assert ec2.describe_vpcs()["Vpcs"] == vpcs
    nobody = person(shared, region)
    refused("UnauthorizedOperation", nobody.create_vpc, CidrBlock="10.0.0.0/16", DryRun=True)
    unknown = "vpc-0123456789abcdef0"
    refused("InvalidVpcID.NotFound", ec2.delete_vpc, VpcId=unknown, DryRun=True)


def test_our_own_answers_know_dry_runs(ec2: Any, launch: dict[str, Any]) -> None:
    """Each of them, by its first words: none forgets to ask."""
    import inspect

    ec2.describe_vpcs()
    ours = {name: f for (service, name), f in ANSWERS.items() if service == "ec2"}
    assert len(ours) > 10
    for name, function in ours.items():
        inner = inspect.getclosurevars(function).nonlocals.get("function", function)
        assert "for_real(asked)" in inspect.getsource(inner), name
    assert ANY_OPERATION in ours


def test_denials_of_changes_carry_an_encoded_message(shared: Lab, region: str) -> None:
    sid = "NoNetworks"
    deny = statement("Deny", "ec2:CreateVpc", Sid=sid)
    ann = person(shared, region, policy(statement("Allow", "ec2:*"), deny))
    message = refused("UnauthorizedOperation", ann.create_vpc, CidrBlock="10.0.0.0/16")
    sentence, _, encoded = message.partition(" Encoded authorization failure message: ")
    assert sentence.startswith("You are not authorized to perform this operation. User: arn:aws:")
    assert sentence.endswith("with an explicit deny in an identity-based policy.")
    assert len(encoded) > 400
    assert sid not in encoded
    sts = shared.root.client("sts")
    found = json.loads(sts.decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"])
    assert (found["allowed"], found["explicitDeny"]) == (False, True)
    assert found["matchedStatements"]["items"][0]["statementId"] == sid
    assert found["context"]["action"] == "ec2:CreateVpc"
    assert found["context"]["resource"] == f"arn:aws:ec2:{region}:{ACCOUNT}:vpc/*"
    keys = {one["key"]: one["values"]["items"] for one in found["context"]["conditions"]["items"]}
    assert keys["ec2:Region"] == [{"value": region}]
    nobody = new_user(shared, f"user-{next(NAMES)}").client("sts")
    assert outcome(nobody.decode_authorization_message, EncodedMessage=encoded) == "AccessDenied"
    refused("InvalidAuthorizationMessageException", sts.decode_authorization_message,
            EncodedMessage="hello")  # fmt: skip


def test_denials_of_looking_do_not(shared: Lab, region: str) -> None:
    message = refused("UnauthorizedOperation", person(shared, region).describe_instances)
    assert message.endswith(
        "is not authorized to perform: ec2:DescribeInstances because no identity-based policy "
        "allows the ec2:DescribeInstances action"
    )
