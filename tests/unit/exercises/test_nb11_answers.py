"""Answers to notebook 11's exercises that nobody listed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from helpers import Lab
from helpers.analysis.network.reachability import Network
from helpers.analysis.network.vpc_layout import layout
from helpers.exercises import nb11
from helpers.exercises.outcome import Verdict

FOUR = [
    "ec2:CreateDefaultVpc",
    "ec2:CreateDefaultSubnet",
    "ec2:CreateInternetGateway",
    "ec2:AttachInternetGateway",
]
NETWORK_ADMIN = {"aws:PrincipalArn": "arn:aws:iam::*:role/network-admin"}


def denied(*actions: str, **elements: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": list(actions or FOUR), "Resource": "*", **elements}


@pytest.mark.parametrize(
    ("statements", "verdict", "says"),
    [
        ([denied(action, Condition={"StringNotLike": NETWORK_ADMIN}) for action in FOUR],
         Verdict.CORRECT, ""),
        ([denied("ec2:createdefault*", "ec2:*InternetGateway",
                 Condition={"ArnNotLike": NETWORK_ADMIN})],
         Verdict.NOT_YET, "InternetGateway` is denied to the developer"),
        ([denied(Condition={"ArnLike": NETWORK_ADMIN})], Verdict.NOT_YET, "the developer"),
        ([denied(Condition={"ArnNotEquals": {
            "aws:PrincipalArn": "arn:aws:iam::444455556666:role/network-admin"}})],
         Verdict.NOT_YET, "another member account"),
        ([denied(Condition={"ArnNotLike": {"aws:PrincipalArn": [
            "arn:aws:iam::*:role/network-admin", "arn:aws:iam::*:root"]}})],
         Verdict.NOT_YET, "root user"),
        ([denied(Condition={"ArnNotLike": NETWORK_ADMIN,
                            "StringEquals": {"aws:RequestedRegion": "us-east-1"}})],
         Verdict.NOT_YET, "in eu-west-1"),
        ([denied(Principal="*")], Verdict.NOT_YET, "cannot be read"),
    ],
)  # fmt: skip
def test_guards(statements: list[dict[str, Any]], verdict: Verdict, says: str) -> None:
    outcome = nb11.q4.judge({"Version": "2012-10-17", "Statement": statements})
    assert outcome.verdict is verdict, outcome
    assert says in outcome.message


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    yield Lab.start("machines")
    Lab.stop()


def _the_machine(ec2: Any) -> Any:
    return ec2.describe_instances()["Reservations"][0]["Instances"][0]


def test_the_website_step_by_step(lab: Lab) -> None:
    ec2 = lab.caller("admin").client("ec2", region_name="eu-west-1")
    assert nb11.q1.judge(lab).verdict is Verdict.NOT_ATTEMPTED
    with pytest.raises(ec2.exceptions.ClientError):
        ec2.revoke_security_group_ingress(
            GroupName="web", IpPermissions=[nb11._rule(2222, "0.0.0.0/0")]
        )
    assert "RevokeSecurityGroupIngress" in nb11.q1.judge(lab).message
    # Another way: the machine leaves the default group.
    (web,) = nb11._named_groups(ec2, "web")
    ec2.modify_instance_attribute(InstanceId=_the_machine(ec2)["InstanceId"], Groups=[web])
    assert web in nb11.q1.judge(lab).message
    ec2.revoke_security_group_ingress(GroupId=web, IpPermissions=[nb11._rule(22, "0.0.0.0/0")])
    assert "cannot reach port 22" in nb11.q1.judge(lab).message
    halves = [nb11._rule(22, half) for half in ("203.0.113.0/25", "203.0.113.128/25")]
    ec2.authorize_security_group_ingress(GroupId=web, IpPermissions=halves)
    assert nb11.q1.judge(lab).verdict is Verdict.CORRECT
    wider = {**nb11._rule(23, "203.0.113.0/24"), "ToPort": 80}
    ec2.authorize_security_group_ingress(GroupId=web, IpPermissions=[wider])
    assert "Port 23 (tcp) lets in `203.0.113.0/24`" in nb11.q1.judge(lab).message
    ec2.revoke_security_group_ingress(GroupId=web, IpPermissions=[wider])
    # Ports that are in no list of well-known ones, and another protocol.
    for one, says in (
        ({**nb11._rule(443, "0.0.0.0/0"), "ToPort": 444}, "Port 444 (tcp)"),
        ({**nb11._rule(443, "0.0.0.0/0"), "FromPort": 442}, "Port 442 (tcp)"),
        ({**nb11._rule(53, "0.0.0.0/0"), "IpProtocol": "udp"}, "Port 53 (udp)"),
    ):
        ec2.authorize_security_group_ingress(GroupId=web, IpPermissions=[one])
        assert says in nb11.q1.judge(lab).message
        ec2.revoke_security_group_ingress(GroupId=web, IpPermissions=[one])
    assert nb11.q1.judge(lab).verdict is Verdict.CORRECT
    ec2.stop_instances(InstanceIds=[_the_machine(ec2)["InstanceId"]])
    assert nb11.q1.judge(lab).verdict is Verdict.CANNOT_CHECK
    nb11.q1.finish(lab)
    assert len(ec2.describe_instances()["Reservations"]) == 1
    assert nb11.q1.judge(lab).verdict is Verdict.CORRECT


def test_the_books_step_by_step(lab: Lab) -> None:
    ec2 = lab.caller("admin").client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    place = {"VpcId": vpc, "CidrBlock": "10.0.0.0/24"}
    subnet = ec2.create_subnet(**place)["Subnet"]["SubnetId"]
    assert nb11.q2.judge(lab).verdict is Verdict.NOT_ATTEMPTED
    old = _the_machine(ec2)
    image = ec2.create_image(InstanceId=old["InstanceId"], Name="copy")["ImageId"]
    assert "does not run in the private VPC yet" in nb11.q2.judge(lab).message
    new = ec2.run_instances(
        ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1, SubnetId=subnet
    )["Instances"][0]["InstanceId"]
    assert "does not run in the private VPC yet" in nb11.q2.judge(lab).message
    ec2.create_tags(Resources=[new], Tags=[{"Key": "Name", "Value": "bookkeeping"}])
    assert "the old one is running" in nb11.q2.judge(lab).message
    ec2.terminate_instances(InstanceIds=[old["InstanceId"]])
    assert nb11.q2.judge(lab).verdict is Verdict.CORRECT
    # Tidy and untidy: the image goes, another attempt without the books is left.
    ec2.deregister_image(ImageId=image)
    left = ec2.run_instances(
        **nb11.SMALL, **nb11._name("bookkeeping"), ImageId=nb11.IMAGE, SubnetId=subnet
    )["Instances"][0]["InstanceId"]
    assert nb11.q2.judge(lab).verdict is Verdict.CORRECT
    ec2.terminate_instances(InstanceIds=[left])
    ec2.stop_instances(InstanceIds=[new])
    assert "is stopped" in nb11.q2.judge(lab).message
    # A door for the VPC: it is no private one any more.
    ec2.start_instances(InstanceIds=[new])
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    assert nb11.q2.judge(lab).verdict is Verdict.NOT_YET
    nb11.q2.finish(lab)
    assert nb11.q2.judge(lab).verdict is Verdict.CORRECT


def test_the_last_one_at_home(lab: Lab) -> None:
    ec2 = lab.caller("admin").client("ec2")
    assert nb11.q3.judge(lab).verdict is Verdict.NOT_ATTEMPTED
    (default,) = (vpc for vpc in layout(ec2) if vpc.is_default)
    ec2.delete_security_group(GroupId=nb11._named_groups(ec2, "launch-wizard-1")[0])
    assert default.id in nb11.q3.judge(lab).message
    nb11.q3.finish(lab)
    assert nb11.q3.judge(lab).verdict is Verdict.CORRECT
    assert not any(vpc.is_default for vpc in layout(ec2))
    for region, name in (("us-east-1", "bookkeeping"), ("eu-west-1", "webserver")):
        there = lab.caller("admin").client("ec2", region_name=region)
        (machine,) = nb11._living(Network.read(there), name)
        there.stop_instances(InstanceIds=[machine["InstanceId"]])
        assert f"`{name}` is stopped" in nb11.q3.judge(lab).message
        there.start_instances(InstanceIds=[machine["InstanceId"]])
    assert nb11.q2.judge(lab).verdict is Verdict.CORRECT


def test_a_second_lock(lab: Lab) -> None:
    ec2 = lab.caller("admin").client("ec2", region_name="eu-west-1")
    assert nb11.q5.judge(lab).verdict is Verdict.NOT_ATTEMPTED
    (acl,) = ec2.describe_network_acls()["NetworkAcls"]
    rule = {"NetworkAclId": acl["NetworkAclId"], "Egress": False, "Protocol": "6"}
    ssh = {**rule, "PortRange": {"From": 22, "To": 22}}
    ec2.create_network_acl_entry(**ssh, RuleNumber=50, RuleAction="deny", CidrBlock="0.0.0.0/0")
    assert "locked out" in nb11.q5.judge(lab).message
    ec2.create_network_acl_entry(**ssh, RuleNumber=40, RuleAction="allow", CidrBlock="203.0.0.0/16")
    assert "`203.0.0.0/16`" in nb11.q5.judge(lab).message
    named = {"NetworkAclId": acl["NetworkAclId"], "RuleNumber": 100, "Egress": True}
    ec2.delete_network_acl_entry(**named)  # no answer gets out any more
    assert "Port 443 was not to change" in nb11.q5.judge(lab).message
    ec2.create_network_acl_entry(**named, Protocol="-1", RuleAction="allow", CidrBlock="0.0.0.0/0")
    for number in (40, 50):
        ec2.delete_network_acl_entry(**{**named, "RuleNumber": number, "Egress": False})
    # Behind the rule that lets everybody in, nobody meets this one.
    ec2.create_network_acl_entry(**ssh, RuleNumber=110, RuleAction="deny", CidrBlock="0.0.0.0/0")
    assert "port 22 lets in `0.0.0.0/0`" in nb11.q5.judge(lab).message
    nb11.q5.finish(lab)
    assert nb11.q5.judge(lab).verdict is Verdict.CORRECT
