"""The neglected account from its first score to all green, and what the rounds of notebook 09 say
of wrong ways and of other right ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import neglected_repairs as repairs
import pyotp
import pytest
from lab_calls import enrol

from helpers import Lab
from helpers.analysis.controls import CONTROLS, Outcome, Scorecard, compare, report, score
from helpers.analysis.snapshot import Snapshot
from helpers.exercises import Verdict, nb09
from helpers.lab.attacks.neglected import ATTACKS, replay_attacks
from helpers.lab.scenarios.instances import start_instance
from helpers.lab.scenarios.neglected_jobs import WORKS, jobs, run_jobs
from helpers.lab.scenarios.neglected_mended import mend

REGIONS = ["us-east-1", "eu-west-1"]

OUT_OF_REACH = {
    "root-hardware-mfa": "a security key is enrolled in the console, by hand; the lab has apps only"
}
"""Controls that no call lets pass in a lab, and why."""

NOT_BY_ITS_LINES = {
    "service-wildcards": "the lines take the policy that a deployment works with",
    "s3-mfa-delete": "root types a code for each bucket",
    "default-vpc-unused": "machines are started anew in another network",
    **OUT_OF_REACH,
}


@pytest.fixture
def neglected() -> Iterator[Lab]:
    yield Lab.start("neglected")
    Lab.stop()


def failing(card: Scorecard) -> set[str]:
    return {one.control.id for one in card.results if one.outcome is not Outcome.PASS}


def move_machines(lab: Lab) -> None:
    """Both machines start anew in a network of the company's own, as they were."""
    ec2 = lab.root.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    (table,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])[
        "RouteTables"
    ]
    ec2.create_route(
        RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway
    )
    web, closed = (
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        for name in ("website", "program")
    )
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}
    ec2.authorize_security_group_ingress(GroupId=web, **https)
    here = {"SubnetId": subnet, "MetadataOptions": {"HttpTokens": "required"}}
    profile = {"IamInstanceProfile": {"Name": "web-server"}}
    for name, group, more in (("web", web, profile), ("backup", closed, {})):
        ec2.terminate_instances(InstanceIds=[machine(ec2, name)])
        start_instance(ec2, name, group, **here, **more)


def machine(ec2: Any, name: str) -> str:
    named = [{"Name": "tag:Name", "Values": [name]}]
    (found,) = ec2.describe_instances(Filters=named)["Reservations"]
    return found["Instances"][0]["InstanceId"]


def keep_versions(lab: Lab) -> None:
    """Versions of each bucket are deleted for good only with a code of root's phone."""
    s3, serial = lab.root.client("s3"), f"arn:aws:iam::{lab.account.id}:mfa/root-phone"
    phone = pyotp.TOTP(lab.account.devices[serial].seed)
    for bucket in s3.list_buckets()["Buckets"]:
        lab.clock.advance(seconds=90)  # a code is good once
        s3.put_bucket_versioning(
            Bucket=bucket["Name"],
            MFA=f"{serial} {phone.at(lab.clock.now)}",
            VersioningConfiguration={"Status": "Enabled", "MFADelete": "Enabled"},
        )


def deploy_with_less(lab: Lab) -> None:
    deploys = repairs.policy(
        repairs.statement("Allow", "ec2:DescribeInstances"),
        repairs.statement("Allow", "s3:PutObject", "arn:aws:s3:::config/*"),
    )
    lab.root.client("iam").put_role_policy(
        RoleName="deploy", PolicyName="Deploy", PolicyDocument=deploys
    )


def test_from_the_first_score_to_all_green(neglected: Lab) -> None:
    before = score(Snapshot.collect(neglected.root, REGIONS))
    assert len(failing(before)) == 33
    tried, done = replay_attacks(neglected), run_jobs(neglected)
    assert {row["outcome"] for row in tried} == {"✔ worked"}
    mend(neglected, 4)
    move_machines(neglected)
    deploy_with_less(neglected)
    neglected.clock.advance(hours=4)  # the credential report is as old as that
    for one in score(Snapshot.collect(neglected.root, REGIONS)).results:
        if one.control.id not in NOT_BY_ITS_LINES:
            exec(one.boto3, {})  # as the card shows them
    keep_versions(neglected)
    after = score(Snapshot.collect(neglected.root, REGIONS))
    assert failing(after) == set(OUT_OF_REACH)
    assert set(compare(before, after)["change"]) == {"mended", "the same"}
    again, work = replay_attacks(neglected), run_jobs(neglected)
    assert {row["outcome"] for row in again} == {"✖ stopped"}
    assert [row["outcome"] for row in work] == [WORKS] * len(jobs())
    page = report(before, after, attacks=(tried, again), jobs=(done, work), plans=OUT_OF_REACH)
    assert [row[-1] for row in page.left] == list(OUT_OF_REACH.values())
    assert ("attacks that work, of 15", "15", "0") in page.counts


# What the rounds of the notebook say --------------------------------------------------------------


def test_three_wrong_ways_are_refused_with_their_reasons(neglected: Lab) -> None:
    lab = neglected
    nb09.attacks(lab)
    nb09.jobs(lab)
    assert nb09.q2.judge(lab).verdict is Verdict.NOT_ATTEMPTED  # what was tried changes nothing
    repairs.cosmetics(lab)
    said = nb09.q2.judge(lab)
    assert said.verdict is Verdict.NOT_YET
    assert said.message == (
        "The attack once more: read the payroll, with the leaked key of root, still works."
    )
    asked = len(lab.decisions)
    assert nb09.q2.judge(lab).message == said.message
    assert len(lab.decisions) == asked  # the same account is not asked again
    repairs.delete_users(lab)
    said = nb09.q2.judge(lab)
    assert said.verdict is Verdict.NOT_YET
    assert said.message.startswith("The job `nightly backup` of the program backup does not work")
    # Whoever went the wrong way goes on all the same, in an account that was started afresh.
    fresh = nb09.q2.finish(lab)
    assert fresh is not lab
    assert nb09.q2.judge(fresh).verdict is Verdict.CORRECT
    assert nb09.q3.judge(fresh).verdict is Verdict.NOT_ATTEMPTED
    repairs.deny_everything(fresh)
    for exercise in (nb09.q2, nb09.q3, nb09.q4):
        said = exercise.judge(fresh)
        assert said.verdict is Verdict.NOT_YET
        assert "does not work any more" in said.message
        assert "AWSDenyAll" in said.message
    last = nb09.q4.finish(fresh)
    assert {row["outcome"] for row in replay_attacks(last)} == {"✖ stopped"}
    assert nb09.q4.judge(last).verdict is Verdict.CORRECT


def test_another_right_way_is_right_and_stays(neglected: Lab) -> None:
    repairs.good_repair(neglected)
    for exercise in (nb09.q2, nb09.q3, nb09.q4):
        assert exercise.judge(neglected).verdict is Verdict.CORRECT
        assert exercise.finish(neglected) is neglected
        assert exercise.judge(neglected).verdict is Verdict.CORRECT
    names = [user["UserName"] for user in neglected.root.client("iam").list_users()["Users"]]
    assert "contractor" not in names  # the notebook's own way keeps the user


def _password(lab: Lab) -> None:
    lab.root.client("iam").update_account_password_policy(
        MinimumPasswordLength=10, PasswordReusePrevention=24
    )


def _reuse(lab: Lab) -> None:
    lab.root.client("iam").update_account_password_policy(MinimumPasswordLength=14)


def _no_policy(lab: Lab) -> None:
    lab.root.client("iam").delete_account_password_policy()


def _idle_key(lab: Lab) -> None:
    for status in ("Inactive", "Active"):
        key = repairs.old_key(lab.root.client("iam"), "analyst")
        lab.root.client("iam").update_access_key(**key, Status=status)


def _no_phone(lab: Lab) -> None:
    iam = lab.root.client("iam")
    serial = iam.list_mfa_devices(UserName="auditor")["MFADevices"][0]["SerialNumber"]
    iam.deactivate_mfa_device(UserName="auditor", SerialNumber=serial)


LEFT: list[tuple[Callable[[Lab], None], str]] = [
    (_password, "A password of 10 characters is still enough."),
    (_reuse, "A password that somebody had before can be chosen again."),
    (_no_policy, "8 characters are enough"),
    (_no_phone, "`auditor` has a password and no MFA device."),
    (_idle_key, "An access key of `analyst` is active, and nobody used it for 300 days."),
]
"""In the order from the last thing that is looked at to the first."""


def test_what_no_attack_shows_is_asked_for_as_well(neglected: Lab) -> None:
    mend(neglected, 1)
    assert nb09.FIRST.also(neglected) is None
    for undo, words in LEFT:
        undo(neglected)
        assert words in nb09.FIRST.also(neglected)
    assert "`auditor`" not in nb09.q2.judge(neglected).message  # the first of them is told


def test_the_plan(neglected: Lab) -> None:
    """Which of the eleven worst controls stop an attack, mended alone, and which do not."""
    card = score(Snapshot.collect(neglected.root, REGIONS[:1]))
    worst = {
        one.control.id
        for one in card.results
        if one.outcome is Outcome.FAIL and one.control.severity in ("critical", "high")
    }
    assert worst == nb09.LATER | set(nb09.STOPS)
    iam = neglected.root.client("iam")
    enrol(neglected, iam, "root", "roots")
    for name in ("trail-everywhere", "imdsv2"):
        exec(card[name].boto3, {})
    assert {row["outcome"] for row in replay_attacks(neglected)} == {"✔ worked"}
    s3, ec2 = neglected.root.client("s3"), neglected.root.client("ec2")
    open_bucket = s3.get_bucket_policy(Bucket="exchange")["Policy"]
    rules = [
        {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": "0.0.0.0/0"}
        for port in (22, 3389)
    ]

    def private() -> None:
        s3.put_bucket_policy(Bucket="exchange", Policy=repairs.partner_reads())
        s3.put_bucket_acl(Bucket="exchange", ACL="private")

    def block() -> None:
        s3.put_bucket_policy(Bucket="exchange", Policy=open_bucket)
        exec(card["s3-account-block"].boto3, {})

    def close_ports() -> None:
        group = repairs.open_group(ec2)
        for rule in rules:
            ec2.revoke_security_group_ingress(GroupId=group, **rule)

    def less() -> None:
        iam.delete_user_policy(UserName="backup", PolicyName="Everything")

    mends: dict[str, Callable[[], Any]] = {
        "root-access-key": lambda: iam.delete_access_key(
            AccessKeyId=iam.list_access_keys()["AccessKeyMetadata"][0]["AccessKeyId"]
        ),
        "role-for-anyone": lambda: exec(card["role-for-anyone"].boto3, {}),
        "s3-not-public": private,
        "s3-account-block": block,
        "console-mfa": lambda: enrol(neglected, iam, "admin", "admin"),
        "no-full-admin": less,
        "role-for-others": lambda: iam.update_assume_role_policy(
            RoleName="monitoring",
            PolicyDocument=repairs.trust(
                {"AWS": f"arn:aws:iam::{repairs.VENDOR}:root"},
                Condition={"StringEquals": {"sts:ExternalId": "example-corp-8c41"}},
            ),
        ),
        "no-open-admin-ports": close_ports,
    }
    assert set(mends) == set(nb09.STOPS)
    for control, change in mends.items():
        attack = ATTACKS[nb09.STOPS[control]]
        if control == "s3-account-block":
            s3.put_bucket_policy(Bucket="exchange", Policy=open_bucket)
        assert attack.run(neglected, attack.name).worked
        change()
        assert not attack.run(neglected, attack.name).worked, control


def test_there_is_no_such_account() -> None:
    with pytest.raises(LookupError, match="first code cell"):
        nb09.attacks(None)
    lab = Lab.start("house")
    try:
        said = nb09.q2.judge(lab)
        assert said.verdict is Verdict.CANNOT_CHECK
        with pytest.raises(LookupError, match="neglected"):
            nb09.jobs(lab)
    finally:
        Lab.stop()


def test_every_control_that_is_named_is_one() -> None:
    assert set(NOT_BY_ITS_LINES) | nb09.LATER | set(nb09.STOPS) <= set(CONTROLS)
