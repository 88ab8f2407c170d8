"""Ranges of addresses and ports as EC2 takes them, and the one gateway of a VPC."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from lab_calls import refused

from helpers import Lab
from helpers.lab.attacks.machines import amazon_image


def test_networks(lab: Lab) -> None:
    ec2 = lab.root.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.1/16")["Vpc"]
    assert vpc["CidrBlock"] == "10.0.0.0/16"
    inside: dict[str, Any] = {"VpcId": vpc["VpcId"]}
    made = ec2.create_subnet(**inside, CidrBlock="10.0.1.7/24")["Subnet"]
    assert made["CidrBlock"] == "10.0.1.0/24"
    wrong = {"CidrBlock": "10.0.2.0/24", "AvailabilityZone": "us-east-1z"}
    message = refused("InvalidParameterValue", ec2.create_subnet, **inside, **wrong)
    assert "us-east-1a" in message
    assert "eu-west" not in message
    names = [ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"] for _ in "12"]
    ec2.attach_internet_gateway(**inside, InternetGatewayId=names[0])
    again = {**inside, "InternetGatewayId": names[0]}
    refused("Resource.AlreadyAssociated", ec2.attach_internet_gateway, **again)
    second = {**inside, "InternetGatewayId": names[1]}
    message = refused("InvalidParameterValue", ec2.attach_internet_gateway, **second)
    assert message == f"Network {vpc['VpcId']} already has an internet gateway attached"


def test_an_address_needs_a_gateway(lab: Lab) -> None:
    ec2 = lab.root.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    nic = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    launch = {"ImageId": amazon_image(ec2), "InstanceType": "t3.micro", "SubnetId": subnet}
    machine = ec2.run_instances(**launch, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    for holder in ({"NetworkInterfaceId": nic}, {"InstanceId": machine}):
        given: dict[str, Any] = {"AllocationId": address, **holder}
        message = refused("Gateway.NotAttached", ec2.associate_address, **given)
        assert message == f"Network {vpc} is not attached to any internet gateway"
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.associate_address(AllocationId=address, NetworkInterfaceId=nic)
    (found,) = ec2.describe_addresses()["Addresses"]
    assert found["NetworkInterfaceId"] == nic
    assert ipaddress.ip_address(found["PublicIp"]).is_global
    ec2.release_address(AllocationId=ec2.allocate_address(Address="198.51.100.7")["AllocationId"])
    assert ec2.describe_addresses()["Addresses"] == [found]


def test_an_instance_is_in_the_groups_of_its_first_interface(lab: Lab) -> None:
    ec2 = lab.root.client("ec2")

    def groups() -> list[list[str]]:
        (found,) = ec2.describe_instances(InstanceIds=[machine])["Reservations"][0]["Instances"]
        (nic,) = ec2.describe_network_interfaces()["NetworkInterfaces"]
        holders = (found, found["NetworkInterfaces"][0], nic)
        names = ("SecurityGroups", "Groups", "Groups")
        return [
            [group["GroupId"] for group in holder[name]]
            for holder, name in zip(holders, names, strict=True)
        ]

    made = [
        ec2.create_security_group(GroupName=name, Description=name)["GroupId"] for name in "abcdef"
    ]
    launch = {"ImageId": amazon_image(ec2), "InstanceType": "t3.micro", "SecurityGroupIds": made}
    machine = ec2.run_instances(**launch, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    assert groups() == [made, made, made]  # in the order given, each time
    ec2.modify_instance_attribute(InstanceId=machine, Groups=made[1:3])
    assert groups() == [made[1:3]] * 3
    nic = ec2.describe_network_interfaces()["NetworkInterfaces"][0]["NetworkInterfaceId"]
    ec2.modify_network_interface_attribute(NetworkInterfaceId=nic, Groups=made[3:])
    assert groups() == [made[3:]] * 3
    refused("DependencyViolation", ec2.delete_security_group, GroupId=made[3])
    ec2.delete_security_group(GroupId=made[0])


def test_rules_of_a_network_acl(lab: Lab) -> None:
    ec2 = lab.root.client("ec2")
    acl = {"NetworkAclId": ec2.describe_network_acls()["NetworkAcls"][0]["NetworkAclId"]}
    rule = {"RuleNumber": 90, "Egress": False}
    what = {"RuleAction": "deny", "CidrBlock": "0.0.0.0/0", "PortRange": {"From": 22, "To": 22}}
    for protocol in ("tcp", "256", "-2", ""):
        made = {**acl, **rule, **what, "Protocol": protocol}
        message = refused("InvalidParameterValue", ec2.create_network_acl_entry, **made)
        assert message == f"Invalid value '{protocol}' for IP protocol. Unknown protocol."
    ec2.create_network_acl_entry(**acl, **rule, **what, Protocol="6")
    named = {**acl, **rule, **what, "Protocol": "udp"}
    refused("InvalidParameterValue", ec2.replace_network_acl_entry, **named)
    ec2.replace_network_acl_entry(**{**named, "Protocol": "17"})
    (found,) = (
        entry
        for one in ec2.describe_network_acls(NetworkAclIds=[acl["NetworkAclId"]])["NetworkAcls"]
        for entry in one["Entries"]
        if entry["RuleNumber"] == 90
    )
    assert found["Protocol"] == "17"
    nowhere = {"NetworkAclId": "acl-0123456789abcdef0"}
    refused("InvalidNetworkAclID.NotFound", ec2.delete_network_acl_entry, **nowhere, **rule)
    ec2.delete_network_acl_entry(**acl, **rule)


@pytest.fixture
def ec2(lab: Lab) -> Any:
    return lab.root.client("ec2")


def test_rules(ec2: Any) -> None:
    group = ec2.create_security_group(GroupName="web", Description="web")["GroupId"]

    def wrong(**rule: Any) -> str:
        whole = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0", **rule}
        call = ec2.authorize_security_group_ingress
        return refused("InvalidParameterValue", call, GroupId=group, **whole)

    assert wrong(ToPort=99999) == "TCP/UDP port (99999) out of range"
    assert wrong(FromPort=23) == "Invalid TCP/UDP port range (23:22)"
    assert wrong(IpProtocol="foo").startswith("Invalid value 'foo' for IP protocol")
    assert wrong(CidrIp="999.0.0.0/0") == "CIDR block 999.0.0.0/0 is malformed"
    assert wrong(CidrIp="10.0.0.1") == "CIDR block 10.0.0.1 is malformed"
    rule = {
        "IpProtocol": "6",
        "FromPort": 443,
        "ToPort": 443,
        "IpRanges": [{"CidrIp": "10.1.2.3/8", "Description": "office"}],
        "Ipv6Ranges": [{"CidrIpv6": "2001:db8::1/32"}],
    }
    whole = {"GroupId": group, "IpPermissions": [rule]}
    made = ec2.authorize_security_group_ingress(**whole)["SecurityGroupRules"]
    assert {one["IpProtocol"] for one in made} == {"tcp"}
    ranges = {one.get("CidrIpv4") or one.get("CidrIpv6") for one in made}
    assert ranges == {"10.0.0.0/8", "2001:db8::/32"}
    refused("InvalidPermission.Duplicate", ec2.authorize_security_group_ingress, **whole)
    ec2.revoke_security_group_ingress(
        GroupId=group,
        IpPermissions=[{**rule, "IpProtocol": "tcp", "IpRanges": [{"CidrIp": "10.0.0.0/8"}],
                        "Ipv6Ranges": []}],
    )  # fmt: skip
