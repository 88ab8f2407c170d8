"""Controls on EC2, Region by Region: who gets to machines, and what machines hand out.

AWS: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-best-practices.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from helpers.analysis.controls.control import Evidence, Severity, control, each, good, verdict
from helpers.analysis.controls.mending import Step
from helpers.analysis.controls.records import looked_at
from helpers.analysis.snapshot import Snapshot

ADMIN_PORTS = {22: "SSH", 3389: "Remote Desktop"}
ANYWHERE = {"IpRanges": ("CidrIp", "0.0.0.0/0"), "Ipv6Ranges": ("CidrIpv6", "::/0")}
"""Where a rule lists addresses → how it names all of them."""

GROUPS = "ec2:DescribeSecurityGroups"


def _groups(snapshot: Snapshot, region: str) -> list[dict[str, Any]]:
    return snapshot.answer(GROUPS, region=region)["SecurityGroups"]


@control(
    "default-group-closed",
    "Default security groups let nothing through",
    why="Whoever forgets to name a group gets the default one, and with it whatever it allows.",
    mend="Give machines that use it a group of their own, then take all its rules away.",
    severity=Severity.MEDIUM,
    calls=[GROUPS],
    cis="6.5",
    security_hub="EC2.2",
)
def default_group_closed(snapshot: Snapshot) -> Iterator[Evidence]:
    def judge(region: str) -> Iterator[Evidence]:
        for group in _groups(snapshot, region):
            if group["GroupName"] != "default":
                continue
            steps, words = [], []
            for way, rules in (
                ("ingress", group["IpPermissions"]),
                ("egress", group["IpPermissionsEgress"]),
            ):
                if rules:
                    given = {"GroupId": group["GroupId"], "IpPermissions": [*map(_rule, rules)]}
                    steps.append(Step("ec2", f"revoke_security_group_{way}", given, region))
                    words.append(f"{len(rules)} {way} rule{'s' * (len(rules) > 1)}")
            yield verdict(
                not words,
                f"{region}/{group['GroupId']}",
                "it has no rules",
                f"it has {' and '.join(words)}",
                *steps,
            )

    yield from each(looked_at(snapshot), judge)


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule as the calls that revoke it want it: without empty lists."""
    return {name: value for name, value in rule.items() if value != []}


@control(
    "no-open-admin-ports",
    "Nobody gets to SSH or Remote Desktop from everywhere",
    why="Machines all over the internet try passwords and old faults on these ports all day.",
    mend="Take the rule away. Administrators come through Systems Manager, or from addresses that "
    "are named. Check what else the rule opens before it goes.",
    severity=Severity.HIGH,
    calls=[GROUPS],
    cis="6.3, 6.4",
    security_hub="EC2.13, EC2.14",
)
def no_open_admin_ports(snapshot: Snapshot) -> Iterator[Evidence]:
    def judge(region: str) -> Iterator[Evidence]:
        for group in _groups(snapshot, region):
            open_rules = [
                (ports, ranges, rule)
                for rule in group["IpPermissions"]
                if (ports := _admin_ports(rule)) and (ranges := _from_anywhere(rule))
            ]
            ports = dict.fromkeys(port for ports, _, _ in open_rules for port in ports)
            revoked = [_only(rule, ranges) for _, ranges, rule in open_rules]
            given = {"GroupId": group["GroupId"], "IpPermissions": revoked}
            yield verdict(
                not ports,
                f"{region}/{group['GroupId']}",
                f"{group['GroupName']} opens neither port to everybody",
                f"{group['GroupName']} opens to everybody: "
                + ", ".join(f"{port} ({ADMIN_PORTS[port]})" for port in ports),
                Step("ec2", "revoke_security_group_ingress", given, region),
            )

    yield from each(looked_at(snapshot), judge)


def _admin_ports(rule: Mapping[str, Any]) -> list[int]:
    if rule["IpProtocol"] == "-1":
        return list(ADMIN_PORTS)
    if rule["IpProtocol"] not in ("tcp", "6"):
        return []
    first, last = rule.get("FromPort", 0), rule.get("ToPort", 65535)
    return [port for port in ADMIN_PORTS if first <= port <= last]


def _from_anywhere(rule: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
    return {
        name: [{field: everything}]
        for name, (field, everything) in ANYWHERE.items()
        if any(one[field] == everything for one in rule.get(name, ()))
    }


def _only(rule: Mapping[str, Any], ranges: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a rule that holds for these addresses."""
    kept = {name: rule[name] for name in ("IpProtocol", "FromPort", "ToPort") if name in rule}
    return {**kept, **ranges}


@control(
    "default-vpc-unused",
    "Nothing runs in a default VPC",
    why="Each subnet of it is public, and every machine in it gets a public address.",
    mend="Build a VPC of your own with private subnets, start what runs here anew in there, and "
    "terminate it here. An unused default VPC may be deleted.",
    severity=Severity.LOW,
    calls=["ec2:DescribeVpcs", "ec2:DescribeNetworkInterfaces"],
    by_hand=True,
)
def default_vpc_unused(snapshot: Snapshot) -> Iterator[Evidence]:
    def judge(region: str) -> Iterator[Evidence]:
        vpcs = snapshot.answer("ec2:DescribeVpcs", region=region)["Vpcs"]
        default = [one["VpcId"] for one in vpcs if one.get("IsDefault")]
        call = "ec2:DescribeNetworkInterfaces"
        interfaces = snapshot.answer(call, region=region)["NetworkInterfaces"] if default else []
        for vpc in default:
            inside = [
                one.get("Attachment", {}).get("InstanceId") or one["NetworkInterfaceId"]
                for one in interfaces
                if one["VpcId"] == vpc
            ]
            yield verdict(
                not inside,
                f"{region}/{vpc}",
                "nothing is in it",
                f"in it: {', '.join(inside)}",
            )
        if not default:
            yield good(region, "it has no default VPC")

    yield from each(looked_at(snapshot), judge)


@control(
    "ebs-encryption",
    "New volumes are encrypted",
    why="A snapshot of a volume that is not encrypted can be shared with anyone by one call.",
    mend="Turn encryption by default on in each Region; it holds for volumes made from then on.",
    severity=Severity.MEDIUM,
    calls=["ec2:GetEbsEncryptionByDefault"],
    security_hub="EC2.7",
)
def ebs_encryption(snapshot: Snapshot) -> Iterator[Evidence]:
    def judge(region: str) -> Iterator[Evidence]:
        found = snapshot.answer("ec2:GetEbsEncryptionByDefault", region=region)
        yield verdict(
            found["EbsEncryptionByDefault"],
            region,
            "encryption by default is on",
            "encryption by default is off",
            Step("ec2", "enable_ebs_encryption_by_default", region=region),
        )

    yield from each(looked_at(snapshot), judge)


@control(
    "snapshots-not-shared",
    "Snapshots of volumes cannot be made public",
    why="A public snapshot is a copy of the whole disk for whoever asks.",
    mend="Block public access to snapshots in each Region.",
    severity=Severity.MEDIUM,
    calls=["ec2:GetSnapshotBlockPublicAccessState"],
)
def snapshots_not_shared(snapshot: Snapshot) -> Iterator[Evidence]:
    def judge(region: str) -> Iterator[Evidence]:
        state = snapshot.answer("ec2:GetSnapshotBlockPublicAccessState", region=region)["State"]
        yield verdict(
            state in ("block-all-sharing", "block-new-sharing"),
            region,
            f"public sharing is blocked ({state})",
            "public sharing is not blocked",
            Step(
                "ec2",
                "enable_snapshot_block_public_access",
                {"State": "block-all-sharing"},
                region,
            ),
        )

    yield from each(looked_at(snapshot), judge)


@control(
    "imdsv2",
    "Machines hand out their role's credentials to sessions only",
    why="Without a session token (IMDSv2) a web page that fetches any address gives them away.",
    mend="Require tokens. Programs with an old SDK stop getting credentials: update them first.",
    severity=Severity.HIGH,
    calls=["ec2:DescribeInstances"],
    security_hub="EC2.8",
)
def imdsv2(snapshot: Snapshot) -> Iterator[Evidence]:
    def judge(region: str) -> Iterator[Evidence]:
        found = snapshot.answer("ec2:DescribeInstances", region=region)["Reservations"]
        for instance in (one for reservation in found for one in reservation["Instances"]):
            state = instance.get("State", {}).get("Name")
            if state in ("shutting-down", "terminated"):
                continue
            options = instance.get("MetadataOptions", {})
            given = {"InstanceId": instance["InstanceId"], "HttpTokens": "required"}
            yield verdict(
                options.get("HttpTokens") == "required"
                or options.get("HttpEndpoint") == "disabled",
                f"{region}/{instance['InstanceId']}",
                "it asks for tokens, or hands out nothing",
                "it hands out credentials without a token",
                Step("ec2", "modify_instance_metadata_options", given, region),
            )

    yield from each(looked_at(snapshot), judge)
