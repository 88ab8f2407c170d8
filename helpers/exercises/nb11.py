"""Exercises of notebook 11, retire the default VPC."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import Any

from helpers.analysis.network.address_ranges import EVERYWHERE
from helpers.analysis.network.reachability import PROTOCOLS, Network, Reach, reach
from helpers.analysis.network.vpc_layout import GONE, Vpc, layout, name_of
from helpers.exercises.answers import LAB, POLICY
from helpers.exercises.behaviour import decides, refused
from helpers.exercises.exercise import Exercise, WrongAnswer
from helpers.exercises.outcome import CannotCheck, NotAttempted
from helpers.exercises.quiz import Option, Quiz
from helpers.policy import Policies, Request, catalogue, evaluate

HOME, AWAY = "us-east-1", "eu-west-1"
BOOKS, WEB, WIZARDS = "bookkeeping", "webserver", "launch-wizard-1"
SSH, HTTPS = 22, 443
OFFICE = "203.0.113.0/24"
EVERYBODY = EVERYWHERE[0]
IMAGE = "ami-04681a1dbd79675a5"
SMALL = {"InstanceType": "t3.small", "MinCount": 1, "MaxCount": 1}
OTHERS = (1, 21, 23, 80, 1433, 3306, 3389, 5432, 8080, 65_535)
"""Ports that nobody asked for, some of them well known."""


def _ec2(lab: Any, region: str) -> Any:
    return lab.root.client("ec2", region_name=region)


def _living(network: Network, name: str) -> list[Mapping[str, Any]]:
    """The instances of a name that are not terminated."""
    return [
        instance
        for instance in network.instances
        if name_of(instance) == name and instance["State"]["Name"] not in GONE
    ]


def _name(name: str) -> dict[str, Any]:
    """How ``run_instances`` is told a machine's name."""
    tags = [{"Key": "Name", "Value": name}]
    return {"TagSpecifications": [{"ResourceType": "instance", "Tags": tags}]}


def _who(ranges: Any) -> str:
    return ", ".join(f"`{one}`" for one in ranges) or "nobody"


def _last_refusal(lab: Any, *names: str) -> str | None:
    """What AWS said to the administrator's last call of these names."""
    return refused(
        event
        for event in lab.trail.events
        if event["eventName"] in names and event["userIdentity"].get("userName") == "admin"
    )


# q1: SSH for the office --------------------------------------------------------------------------


def _website(lab: Any) -> tuple[Network, str]:
    network = Network.read(_ec2(lab, AWAY))
    running = [one for one in _living(network, WEB) if one["State"]["Name"] == "running"]
    if not running:
        raise CannotCheck(
            "No machine called `webserver` runs in eu-west-1 any more. "
            "`exercise.q1.finish(lab)` starts it, or another one."
        )
    return network, running[0]["InstanceId"]


AS_FOUND = {
    "default": ("everything from its own members", "tcp 22 from 0.0.0.0/0"),
    "web": ("tcp 443 from 0.0.0.0/0", "tcp 22 from 0.0.0.0/0"),
}
"""The rules of the groups in eu-west-1 before anybody looked at them."""


def _inbound(lab: Any) -> dict[str, tuple[str, ...]]:
    groups = (group for vpc in layout(_ec2(lab, AWAY)) for group in vpc.security_groups)
    return {group.name: group.inbound for group in groups}


def _ssh_for_the_office(lab: Any) -> str | None:
    network, machine = _website(lab)
    web, ssh = (reach(network, machine, port) for port in (HTTPS, SSH))
    strangers = [one for one in ssh.sources if not _within(one, OFFICE)]
    if len(_groups_of(ssh)) == 2 and _inbound(lab) == AS_FOUND:
        if said := _last_refusal(
            lab, "AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"
        ):
            return said
        raise NotAttempted("Port 22 is as open as before. Put your calls above the check.")
    if web.sources != (EVERYBODY,):
        return (
            "The website has lost its visitors: they come in on port 443 from everywhere, "
            f"`{EVERYBODY}`. Now it lets in {_who(web.sources)}"
            + (f" (stopped by: {web.stopped_by})." if web.stopped_by else ".")
        )
    if strangers:
        return (
            f"Port 22 still lets in {_who(strangers)}, through "
            f"{_who(_groups_of(ssh))}. How many groups is the machine in?"
        )
    inside = ipaddress.ip_network(OFFICE)
    for person in (inside[1], inside[-2]):
        if not ssh.lets_in(str(person)):
            stopped = ssh.stopped_by or f"it lets in {_who(ssh.sources)}"
            return f"Somebody in the office, at `{person}`, cannot reach port 22: {stopped}."
    for port in sorted({*OTHERS, *_bounds(network)} - {SSH, HTTPS}):
        for protocol in PROTOCOLS:
            if (found := reach(network, machine, port, protocol)).reachable:
                return (
                    f"Port {port} ({protocol}) lets in {_who(found.sources)}, "
                    "and nobody asked for it."
                )
    return None


def _bounds(network: Network) -> set[int]:
    """The first and the last port of each inbound rule: a port that is open lies between two."""
    rules = [rule for group in network.security_groups for rule in group["IpPermissions"]]
    named = {rule.get(end) for rule in rules for end in ("FromPort", "ToPort")}
    return {port for port in named if port is not None and port >= 0}


def _within(range_: Any, outer: str) -> bool:
    whole = ipaddress.ip_network(outer)
    return range_.version == whole.version and range_.subnet_of(whole)


def _groups_of(found: Reach) -> list[str]:
    return [step for step in found.through if step.startswith("sg-")]


def _mend_the_website(lab: Any) -> None:
    ec2 = _ec2(lab, AWAY)
    here = _living(Network.read(ec2), WEB)
    if not here:
        groups = _named_groups(ec2, "web", "default")
        ec2.run_instances(**SMALL, **_name(WEB), ImageId=IMAGE, SecurityGroupIds=groups)
    elif all(one["State"]["Name"] != "running" for one in here):
        ec2.start_instances(InstanceIds=[here[0]["InstanceId"]])
    if _is_not_yet(_ssh_for_the_office, lab):
        group = _named_groups(ec2, "web")[0]
        for each in ec2.describe_security_groups()["SecurityGroups"]:
            if each["IpPermissions"]:
                ec2.revoke_security_group_ingress(
                    GroupId=each["GroupId"], IpPermissions=each["IpPermissions"]
                )
        ec2.authorize_security_group_ingress(
            GroupId=group, IpPermissions=[_rule(HTTPS, str(EVERYBODY)), _rule(SSH, OFFICE)]
        )


def _named_groups(ec2: Any, *names: str) -> list[str]:
    found = ec2.describe_security_groups()["SecurityGroups"]
    return [one["GroupId"] for name in names for one in found if one["GroupName"] == name]


def _rule(port: int, cidr: str) -> dict[str, Any]:
    ranges = [{"CidrIp": cidr}]
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": ranges}


def _is_not_yet(rule: Any, lab: Any) -> bool:
    """Whether an exercise about the account is still open."""
    try:
        return rule(lab) is not None
    except NotAttempted:
        return True


_SSH = """web = ec2_in("eu-west-1")
groups = {group["GroupName"]: group for group in web.describe_security_groups()["SecurityGroups"]}
for group in groups.values():
    ssh = [rule for rule in group["IpPermissions"] if rule.get("FromPort") == 22]
    if ssh:
        web.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=ssh)
web.authorize_security_group_ingress(
    GroupId=groups["web"]["GroupId"],
    IpPermissions=[{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22,
                    "IpRanges": [{"CidrIp": "203.0.113.0/24"}]}],
)"""

q1 = Exercise(
    name="nb11.q1",
    title="SSH for the office, the website for everybody",
    question=(
        "The `webserver` in eu-west-1 goes on serving everybody on port 443. Port 22 is for the "
        "office, `203.0.113.0/24`, and for nobody else. No other port is open. Change the "
        "security groups so that it is so."
    ),
    expects=LAB,
    stub='web = ec2_in("eu-west-1")',
    model_answer=_SSH,
    rule=_ssh_for_the_office,
    explanation=(
        "A machine is reached when *any* of its groups lets the packet in: groups only allow, "
        "none of them denies. So both groups had to lose the rule. A rule is revoked and another "
        "authorized, or it is changed in its place by `modify_security_group_rules`."
    ),
    hints=(
        "Look at the map again: which two groups open port 22?",
        "`web.revoke_security_group_ingress(GroupId=..., IpPermissions=[...])` takes a rule in the "
        "form in which `describe_security_groups` shows it.",
        "`authorize_security_group_ingress` takes the same form. The office's range goes into "
        '`"IpRanges": [{"CidrIp": ...}]`.',
    ),
    wrong_answers=(
        WrongAnswer(
            _SSH.replace("for group in groups.values():", 'for group in [groups["web"]]:'),
            says="Port 22 still lets in `0.0.0.0/0`",
        ),
        WrongAnswer(_SSH.partition("web.authorize")[0].strip(), says="in the office"),
        WrongAnswer(
            _SSH.replace(
                'ssh = [rule for rule in group["IpPermissions"] if rule.get("FromPort") == 22]',
                'ssh = group["IpPermissions"]',
            ),
            says="lost its visitors",
        ),
        WrongAnswer(_SSH.replace("203.0.113.0/24", "203.0.113.10/32"), says="`203.0.113.1`"),
    ),
    reach=_mend_the_website,
    reached="The website is for everybody, and port 22 of its machine for the office.",
)


# q2: a machine moves -----------------------------------------------------------------------------


def _private_vpcs(ec2: Any) -> list[Vpc]:
    return [vpc for vpc in layout(ec2) if not vpc.is_default and not vpc.gateways]


def _moved(lab: Any) -> str | None:
    ec2 = _ec2(lab, HOME)
    network, private = Network.read(ec2), {vpc.id for vpc in _private_vpcs(ec2)}
    here = _living(network, BOOKS)
    new = [one for one in here if one.get("VpcId") in private]
    old = [one for one in here if one.get("VpcId") not in private]
    if not new:
        if not old:
            return "No machine called `bookkeeping` is left, and with it the books are gone."
        if said := _last_refusal(lab, "CreateImage", "RunInstances", "TerminateInstances"):
            return said
        if any(event["eventName"] == "CreateImage" for event in lab.trail.events):
            return (
                "`bookkeeping` does not run in the private VPC yet. It is there when it has the "
                "tag `Name` and its subnet is one of `private`."
            )
        raise NotAttempted("`bookkeeping` is where it was. Put your calls above the check.")
    machine = next((one for one in new if _has_the_books(lab, network, one)), new[-1])
    if not _has_the_books(lab, network, machine):
        return (
            f"`{machine['InstanceId']}` was started from `{machine['ImageId']}`, which is not an "
            "image of the old machine. The books are not on it."
        )
    if machine["State"]["Name"] != "running":
        return f"The new machine is {machine['State']['Name']}."
    if old:
        return (
            f"The new machine is there, and the old one is {old[0]['State']['Name']} in the "
            "default VPC. What is stopped can be started again."
        )
    for port in sorted({SSH, HTTPS, *OTHERS, *_bounds(network)}):
        if (found := reach(network, machine["InstanceId"], port)).reachable:
            return f"Port {port} of the new machine lets in {_who(found.sources)}."
    return None


def _has_the_books(lab: Any, network: Network, machine: Mapping[str, Any]) -> bool:
    """Whether the image of a machine was made of one called bookkeeping; by CloudTrail's record,
    for a tidy learner deregisters the image after the move."""
    named = {one["InstanceId"] for one in network.instances if name_of(one) == BOOKS}
    return any(
        event["responseElements"]["imageId"] == machine["ImageId"]
        and event["requestParameters"]["instanceId"] in named
        for event in lab.trail.events
        if event["eventName"] == "CreateImage" and "errorCode" not in event
    )


def _move(lab: Any) -> None:
    """Move what is called bookkeeping, wherever it is; where it is gone, its backup."""
    if not _is_not_yet(_moved, lab):
        return
    ec2 = _ec2(lab, HOME)
    vpc = _a_private_vpc(ec2)
    place = {**SMALL, **_name(BOOKS), "SubnetId": vpc.subnets[0].id}
    if not _living(Network.read(ec2), BOOKS):
        ec2.run_instances(**place, ImageId=IMAGE)
    before = _living(Network.read(ec2), BOOKS)
    books = next((one for one in before if one["VpcId"] != vpc.id), before[0])
    taken = {image["Name"] for image in ec2.describe_images(Owners=["self"])["Images"]}
    name = next(name for n in count(1) if (name := f"{BOOKS}-{n}") not in taken)
    image = ec2.create_image(InstanceId=books["InstanceId"], Name=name)["ImageId"]
    own = [group.id for group in vpc.security_groups if group.name == BOOKS] or [
        ec2.create_security_group(GroupName=BOOKS, Description="No way in", VpcId=vpc.id)["GroupId"]
    ]
    for group in ec2.describe_security_groups(GroupIds=own)["SecurityGroups"]:
        if group["IpPermissions"]:
            ec2.revoke_security_group_ingress(
                GroupId=group["GroupId"], IpPermissions=group["IpPermissions"]
            )
    ec2.run_instances(**place, ImageId=image, SecurityGroupIds=own)
    ec2.terminate_instances(InstanceIds=[one["InstanceId"] for one in before])


def _a_private_vpc(ec2: Any) -> Vpc:
    found = [vpc for vpc in _private_vpcs(ec2) if vpc.subnets]
    if found:
        return found[-1]
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone=f"{HOME}a")
    return layout(ec2, vpc)[0]


_MOVE = """ec2 = ec2_in("us-east-1")
for reservation in ec2.describe_instances()["Reservations"]:
    for old in reservation["Instances"]:
        if old["State"]["Name"] != "running" or old["VpcId"] == vpc:
            continue
        image = ec2.create_image(InstanceId=old["InstanceId"], Name="bookkeeping")["ImageId"]
        ec2.get_waiter("image_available").wait(ImageIds=[image])
        group = ec2.create_security_group(
            GroupName="bookkeeping", Description="No way in", VpcId=vpc)["GroupId"]
        ec2.run_instances(
            ImageId=image, InstanceType=old["InstanceType"], MinCount=1, MaxCount=1,
            SubnetId=private[0], SecurityGroupIds=[group],
            TagSpecifications=[{"ResourceType": "instance", "Tags": old["Tags"]}])
        ec2.terminate_instances(InstanceIds=[old["InstanceId"]])"""

q2 = Exercise(
    name="nb11.q2",
    title="The books move",
    question=(
        "Bring `bookkeeping` into a subnet of `private`, with all that is on its disk and with its "
        "name. Nobody outside reaches any port of it. In the end the old machine is gone for "
        "good. An image of a machine, with its disk, is made by "
        "`ec2.create_image(InstanceId=..., Name=...)`."
    ),
    expects=LAB,
    stub='ec2 = ec2_in("us-east-1")',
    model_answer=_MOVE,
    rule=_moved,
    explanation=(
        "A machine never changes its VPC. Its disk goes along in the image, its tags do not, and "
        "it gets another private address. In an account with people in it, look whether the new "
        "machine works before you terminate the old one."
    ),
    hints=(
        "Four calls in this order: `create_image`, `create_security_group` with `VpcId`, "
        "`run_instances`, `terminate_instances`.",
        "The old machine is in `ec2.describe_instances()`: you need its `InstanceId`, its "
        "`InstanceType` and its `Tags`. `run_instances` takes the image's id as `ImageId`.",
        '`SubnetId=private[0]` says where, `TagSpecifications=[{"ResourceType": "instance", '
        '"Tags": old["Tags"]}]` gives the name.',
    ),
    wrong_answers=(
        WrongAnswer(
            _MOVE.replace("ImageId=image", 'ImageId=old["ImageId"]'), says="The books are not on it"
        ),
        WrongAnswer(
            _MOVE.replace("ec2.terminate_instances", "ec2.stop_instances"), says="started again"
        ),
        WrongAnswer(
            _MOVE.replace("SubnetId=private[0], SecurityGroupIds=[group],", ""),
            says="does not run in the private VPC yet",
        ),
        WrongAnswer(
            'ec2 = ec2_in("us-east-1")\n'
            'for reservation in ec2.describe_instances()["Reservations"]:\n'
            '    for old in reservation["Instances"]:\n'
            '        ec2.terminate_instances(InstanceIds=[old["InstanceId"]])',
            says="the books are gone",
        ),
    ),
    reach=_move,
    reached="`bookkeeping` runs in the private VPC, and the old machine is terminated.",
)


# q3: the default VPC at home ----------------------------------------------------------------------


def _retired_at_home(lab: Any) -> str | None:
    home = layout(_ec2(lab, HOME))
    if not _living(Network.read(_ec2(lab, HOME)), BOOKS):
        return "The default VPC was to go, not `bookkeeping`. It is terminated."
    if not _living(Network.read(_ec2(lab, AWAY)), WEB):
        return "The `webserver` in eu-west-1 is terminated, and it was to stay."
    for region, name in ((HOME, BOOKS), (AWAY, WEB)):
        states = {one["State"]["Name"] for one in _living(Network.read(_ec2(lab, region)), name)}
        if "running" not in states:
            return f"`{name}` is {', '.join(sorted(states))}, and it was to go on running."
    left = [vpc for vpc in home if vpc.is_default]
    if not left:
        return None
    (vpc,) = left
    if any(group.name == WIZARDS for group in vpc.security_groups):
        if vpc.subnets or vpc.gateways:
            raise NotAttempted("The default VPC of us-east-1 stands as it did.")
        if said := _last_refusal(lab, "DeleteSecurityGroup", "DeleteRouteTable"):
            return said
        raise NotAttempted(
            "Of the default VPC of us-east-1 gateway and subnets are gone, and it is still there. "
            "Something of people's own making holds it."
        )
    return f"What held it is gone. But the default VPC, `{vpc.id}`, is still there."


def _retire_at_home(lab: Any) -> None:
    _move(lab)
    ec2 = _ec2(lab, HOME)
    for group in _named_groups(ec2, WIZARDS):
        ec2.delete_security_group(GroupId=group)
    for vpc in layout(ec2):
        if vpc.is_default:
            for gateway in vpc.gateways:
                ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc.id)
                ec2.delete_internet_gateway(InternetGatewayId=gateway)
            for subnet in vpc.subnets:
                ec2.delete_subnet(SubnetId=subnet.id)
            ec2.delete_vpc(VpcId=vpc.id)
    _mend_the_website(lab)


_RETIRE = """ec2 = ec2_in("us-east-1")
for group in ec2.describe_security_groups()["SecurityGroups"]:
    if group["GroupName"] == "launch-wizard-1":
        ec2.delete_security_group(GroupId=group["GroupId"])
retire(ec2)"""

q3 = Exercise(
    name="nb11.q3",
    title="What holds the last one at home",
    question=(
        "Nothing lives in the default VPC of us-east-1 any more, and AWS keeps it all the same. "
        "Find out what holds it, take that away, and retire the VPC. The machines in "
        "both Regions go on running."
    ),
    expects=LAB,
    stub='ec2 = ec2_in("us-east-1")',
    model_answer=_RETIRE,
    rule=_retired_at_home,
    explanation=(
        "The VPC's own security group, route table and network ACL go with it. A group that "
        "somebody made does not: the launch wizard's was left behind, still open for SSH, for "
        "whoever would have started a machine with it."
    ),
    hints=(
        "Draw the map: `VpcMap(layout(ec2))`. What is in the default VPC that is not in the "
        "others?",
        "`ec2.delete_security_group(GroupId=...)` deletes any group but the default one.",
        "Then call `retire(ec2)` once more.",
    ),
    wrong_answers=(
        WrongAnswer(_RETIRE.replace("\nretire(ec2)", ""), says="is still there"),
        WrongAnswer(
            _RETIRE + '\nfor reservation in ec2.describe_instances()["Reservations"]:\n'
            '    for one in reservation["Instances"]:\n'
            '        ec2.terminate_instances(InstanceIds=[one["InstanceId"]])',
            says="not `bookkeeping`",
        ),
        WrongAnswer(
            _RETIRE + '\nweb = ec2_in("eu-west-1")\n'
            'for reservation in web.describe_instances()["Reservations"]:\n'
            '    for one in reservation["Instances"]:\n'
            '        web.terminate_instances(InstanceIds=[one["InstanceId"]])',
            says="it was to stay",
        ),
    ),
    reach=_retire_at_home,
    reached="us-east-1 has no default VPC any more, and `bookkeeping` runs.",
)


# q4: the guard ------------------------------------------------------------------------------------

DENIED = (
    "ec2:CreateDefaultVpc",
    "ec2:CreateDefaultSubnet",
    "ec2:CreateInternetGateway",
    "ec2:AttachInternetGateway",
)
MEMBER, ANOTHER = "444455556666", "777788889999"
ADMINISTRATOR = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},
}


def _by(
    action: str, who: str, account: str = MEMBER, session: str = "", region: str = HOME
) -> dict[str, Any]:
    """A call in a member account. ``who`` is what ``aws:PrincipalArn`` ends with."""
    arn = f"arn:aws:iam::{account}:{who}"
    name = who.rpartition("/")[2]
    acting = f"arn:aws:sts::{account}:assumed-role/{name}/{session}" if session else arn
    return {
        "action": action,
        "resource": "*",
        "principal": acting,
        "context": {"aws:PrincipalArn": arn, "aws:RequestedRegion": region},
    }


def _guards(policy: Any) -> str | None:
    cases: list[Any] = []
    for action in DENIED:
        cases += [
            (_by(action, "user/developer"), "denied", f"the developer, `{action}`"),
            (_by(action, "user/developer", region=AWAY), "denied", "the developer, in eu-west-1"),
            (_by(action, "root"), "denied", f"the member's root user, `{action}`"),
            (_by(action, "role/admin", ANOTHER, "ann"), "denied", "an administrator's role"),
            (
                _by(action, "role/network-admin", MEMBER, "ann"),
                "allowed",
                f"the role `network-admin`, `{action}`",
            ),
            (
                _by(action, "role/network-admin", ANOTHER, "bob"),
                "allowed",
                "the role `network-admin` of another member account",
            ),
            (_by(action, "user/network-admin"), "denied", "a *user* called `network-admin`"),
            (
                _by(action, "role/not-network-admin", MEMBER, "eve"),
                "denied",
                "a role whose name only ends so",
            ),
            (
                _by(action, "role/network-admin-of-eve", MEMBER, "eve"),
                "denied",
                "a role whose name only begins so",
            ),
        ]
    beside = {"identity": [ADMINISTRATOR]}
    return decides(policy, cases, place="service_control", beside=beside) or _stops_work(policy)


def _stops_work(policy: Any) -> str | None:
    """The first action that the guard stops and that has to go on."""
    policies = Policies(
        identity=[ADMINISTRATOR], service_control=[[("FullAWSAccess", ADMINISTRATOR), policy]]
    )
    for action in (*catalogue.expand("ec2:*"), "s3:GetObject", "iam:CreateUser"):
        if action in DENIED:
            continue
        if not evaluate(Request(**_by(action, "user/developer")), policies).allowed:
            return f"`{action}` is denied to the developer now, and it was to go on."
    return None


_GUARD = """policy = {
    "Version": "2012-10-17",
    "Statement": [{
        "Sid": "NoWayInByItself",
        "Effect": "Deny",
        "Action": ["ec2:CreateDefaultVpc", "ec2:CreateDefaultSubnet",
                   "ec2:CreateInternetGateway", "ec2:AttachInternetGateway"],
        "Resource": "*",
        "Condition": {
            "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/network-admin"}},
    }],
}"""
_CONDITION = (
    ',\n        "Condition": {\n            "ArnNotLike": {"aws:PrincipalArn": '
    '"arn:aws:iam::*:role/network-admin"}}'
)

q4 = Exercise(
    name="nb11.q4",
    title="A guard with one exception",
    question=(
        "Write the SCP for all member accounts. Nobody makes a default VPC or a default subnet, "
        "and nobody makes an internet gateway or attaches one: `ec2:CreateDefaultVpc`, "
        "`ec2:CreateDefaultSubnet`, `ec2:CreateInternetGateway`, `ec2:AttachInternetGateway`. One "
        "role may do all four, in whichever member account it is: the one called `network-admin`. "
        "Everything else goes on as before."
    ),
    expects=POLICY,
    stub="""policy = {
    "Version": "2012-10-17",
    "Statement": [{
        "Sid": "NoDefaultVpc",
        "Effect": "Deny",
        "Action": "ec2:CreateDefaultVpc",
        "Resource": "*",
    }],
}""",
    model_answer=_GUARD,
    rule=_guards,
    explanation=(
        "`aws:PrincipalArn` is the ARN of whoever calls; for a role it is the role's, whatever "
        "the session is called. `ArnNotLike` spares that one, and the `*` stands for the account. "
        "An SCP allows nothing: the role still needs a policy of its own."
    ),
    hints=(
        "`Action` can be a list. Which four actions are named in the question?",
        "An SCP has no `Principal`. A `Condition` on the key `aws:PrincipalArn` says whom the Deny "
        "leaves alone.",
        "The operator is `ArnNotLike`, and the value ends with `:role/network-admin`. Which part "
        "differs from account to account?",
    ),
    wrong_answers=(
        WrongAnswer(_GUARD.replace(_CONDITION, ""), says="the role `network-admin`"),
        WrongAnswer(_GUARD.replace("role/", "*"), says="a *user* called"),
        WrongAnswer(
            _GUARD.replace("::*:role", "::444455556666:role"), says="another member account"
        ),
        WrongAnswer(
            _GUARD.replace("role/network-admin", "role/*network-admin"), says="only ends so"
        ),
        WrongAnswer(_GUARD.replace('"ec2:CreateDefaultSubnet",', ""), says="CreateDefaultSubnet"),
        WrongAnswer(
            _GUARD.replace('"ec2:CreateDefaultVpc"', '"ec2:Create*"'), says="it was to go on"
        ),
        WrongAnswer(_GUARD.replace('"Deny"', '"deny"'), says="cannot be read"),
    ),
)


# q5: a network ACL --------------------------------------------------------------------------------


def _acl_guards(lab: Any) -> str | None:
    network, machine = _website(lab)
    anybody = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": str(EVERYBODY)}]}]
    wide = [{**group, "IpPermissions": anybody} for group in network.security_groups]
    account = replace(network, security_groups=wide)
    untouched = all(len(acl["Entries"]) == AS_MADE for acl in network.network_acls)
    ssh = reach(account, machine, SSH)
    others = [reach(account, machine, port) for port in (HTTPS, *OTHERS)]
    if untouched and ssh.sources == (EVERYBODY,):
        if said := _last_refusal(
            lab, "CreateNetworkAclEntry", "ReplaceNetworkAclEntry", "DeleteNetworkAclEntry"
        ):
            return said
        raise NotAttempted("The network ACL is as AWS made it: it lets everything through.")
    for one in others:
        if one.sources != (EVERYBODY,):
            return (
                f"Port {one.port} was not to change. With groups that are wide open it lets in "
                f"{_who(one.sources)}" + (f": {one.stopped_by}." if one.stopped_by else ".")
            )
    strangers = [one for one in ssh.sources if not _within(one, OFFICE)]
    if strangers:
        return f"With groups that are wide open, port 22 lets in {_who(strangers)}."
    inside = ipaddress.ip_network(OFFICE)
    for person in (inside[1], inside[-2]):
        if not ssh.lets_in(str(person)):
            return (
                f"The office is locked out: `{person}` cannot reach port 22. Rules are read by "
                "their numbers, the lowest first, and the first one that fits decides."
            )
    return None


def _guard_by_acl(lab: Any) -> None:
    _mend_the_website(lab)
    if not _is_not_yet(_acl_guards, lab):
        return
    ec2 = _ec2(lab, AWAY)
    acl = _acl_of_the_website(ec2)
    for entry in acl["Entries"]:
        if entry["RuleNumber"] < LAST_RULE:
            ec2.delete_network_acl_entry(
                NetworkAclId=acl["NetworkAclId"],
                RuleNumber=entry["RuleNumber"],
                Egress=entry["Egress"],
            )
    for egress in (False, True):
        ec2.create_network_acl_entry(
            NetworkAclId=acl["NetworkAclId"], RuleNumber=100, Egress=egress, Protocol="-1",
            RuleAction="allow", CidrBlock=str(EVERYBODY),
        )  # fmt: skip
    exec(_ACL, {"ec2_in": lambda region: _ec2(lab, region)})  # the solution as it is shown


AS_MADE = 4
"""How many rules a new VPC's network ACL has: all in, all out, and the two that deny the rest."""

LAST_RULE = 32_767
"""The number of the rule that denies the rest. It cannot be changed."""


def _acl_of_the_website(ec2: Any) -> Mapping[str, Any]:
    network = Network.read(ec2)
    subnet = _living(network, WEB)[0]["SubnetId"]
    return next(
        acl
        for acl in network.network_acls
        if any(one["SubnetId"] == subnet for one in acl["Associations"])
    )


_ACL = """web = ec2_in("eu-west-1")
acl = web.describe_network_acls()["NetworkAcls"][0]
taken = {entry["RuleNumber"] for entry in acl["Entries"] if not entry["Egress"]}
rules = {80: ("allow", "203.0.113.0/24"), 90: ("deny", "0.0.0.0/0")}
for number, (action, addresses) in rules.items():
    if number not in taken:
        web.create_network_acl_entry(
            NetworkAclId=acl["NetworkAclId"], RuleNumber=number, RuleAction=action,
            Egress=False, Protocol="6", PortRange={"From": 22, "To": 22},
            CidrBlock=addresses)"""

q5 = Exercise(
    name="nb11.q5",
    title="A second lock on port 22",
    question=(
        "Add rules to the network ACL in eu-west-1: whatever the security groups say, port 22 is "
        "for the office, `203.0.113.0/24`, alone. All other ports stay as they are. "
        "`web.create_network_acl_entry` takes `NetworkAclId`, `RuleNumber`, `RuleAction`, "
        '`Egress`, `CidrBlock`, `Protocol` (`"6"` is TCP) and `PortRange`.'
    ),
    expects=LAB,
    stub='web = ec2_in("eu-west-1")\nacl = web.describe_network_acls()["NetworkAcls"][0]',
    model_answer=_ACL,
    rule=_acl_guards,
    explanation=(
        "The office's rule has the lower number, so it is read first. Everybody else meets your "
        "Deny before the rule at 100 that allows everything. A security group could not "
        "say that: it knows no Deny."
    ),
    hints=(
        "Two rules: one lets the office in, one denies everybody. Both are about port 22.",
        "The rule that allows everything has the number 100. Yours have to be read before it.",
        'Inbound is `Egress=False`, and the port is `PortRange={"From": 22, "To": 22}`.',
    ),
    wrong_answers=(
        WrongAnswer(_ACL.replace("80: (", "95: ("), says="The office is locked out"),
        WrongAnswer(
            _ACL.replace('Protocol="6", PortRange={"From": 22, "To": 22}', 'Protocol="-1"'),
            says="Port 443 was not to change",
        ),
    ),
    reach=_guard_by_acl,
    reached="The network ACL lets the office alone to port 22, and all other ports are as before.",
)


# The quiz -----------------------------------------------------------------------------------------

quiz1 = Quiz(
    name="nb11.quiz1",
    question=(
        "A machine has a public address, and its security group lets everybody in on port 22. The "
        "route table of its subnet has no route to an internet gateway. Who reaches port 22?"
    ),
    options={
        "a": Option(
            "everybody: the security group decides",
            "The group is one of several gates. A packet has to pass all of them.",
        ),
        "b": Option(
            "nobody from the internet",
            "Without the route no answer leaves, so nobody gets a connection. One closed gate is "
            "enough. But one route added by mistake opens it, so close the group as well.",
            right=True,
        ),
        "c": Option(
            "only those who know the address",
            "Programs try all addresses of AWS, day and night. An address is no secret.",
        ),
    },
)

quiz2 = Quiz(
    name="nb11.quiz2",
    question=(
        "`delete_vpc` answers DependencyViolation. No machine is in the VPC, and no subnet. What "
        "may still hold it?"
    ),
    options={
        "a": Option(
            "its default security group",
            "It cannot be deleted at all. It goes with its VPC.",
        ),
        "b": Option(
            "its main route table",
            "That one goes with its VPC, as do the default network ACL and the default group.",
        ),
        "c": Option(
            "a security group that somebody made",
            "What people made, people have to delete: groups, route tables, gateways, endpoints.",
            right=True,
        ),
    },
)

quiz3 = Quiz(
    name="nb11.quiz3",
    question=(
        "An SCP that denies `ec2:CreateDefaultVpc` is attached to the root of the organization. "
        "Who can still make a default VPC?"
    ),
    options={
        "a": Option(
            "the root users of the member accounts",
            "It limits them, too: a member's root user stands below the organization.",
        ),
        "b": Option(
            "whoever is administrator in the management account",
            "No SCP reaches the management account, wherever it is attached. So nothing that can "
            "live elsewhere should live there.",
            right=True,
        ),
        "c": Option(
            "nobody, for the Deny stands at the top",
            "It reaches every account below but one: the management account is outside.",
        ),
    },
)

quiz4 = Quiz(
    name="nb11.quiz4",
    question="No machine uses a VPC's default security group. Why take its rules away?",
    options={
        "a": Option(
            "whoever starts a machine and names no group gets this one",
            "With no rules in it, such a machine talks to nobody until somebody has thought "
            "about it.",
            right=True,
        ),
        "b": Option(
            "so that it can be deleted",
            "It can never be deleted, as long as its VPC is there.",
        ),
        "c": Option(
            "because it lets the whole internet in",
            "As AWS makes it, it lets in its own members only. People add rules, as in eu-west-1.",
        ),
    },
)
