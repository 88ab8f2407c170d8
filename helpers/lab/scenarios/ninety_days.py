"""The scenario "ninety_days": a quarter of a small company's life, and what it grew in rights.

Everybody has a job with a rhythm of its own, and most have more rights than it needs. One left, one
role was never used, one key was never replaced; one right is a week old, and one job is done once
a quarter. Everything is done by calls of boto3, so that CloudTrail's record is a real one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from helpers.lab.attacks.step import Step, attempt
from helpers.lab.caller import Caller
from helpers.lab.context import SOURCE_IP
from helpers.lab.scenarios.house import ADMINISTRATOR_ACCESS, PASSWORDS, house
from helpers.lab.scenarios.job import Call, Job, done, no_way_in

if TYPE_CHECKING:
    from helpers.lab.lab import Lab

DAYS = 91
"""How long the record is. An analyzer that looks back 90 days sees what was there all the time."""
LEFT_ON, QUARTER_END, NEW_RIGHT_ON = 16, 58, 84
"""Days on which the consultant leaves, the quarter's restore is tried, a right is added."""

HOME_IP, SERVER_IP, CONSULTANT_IP = "198.51.100.7", "192.0.2.20", "192.0.2.77"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
TOOL = "aws-cli/2.31.9"
PROGRAM = "Boto3/1.40.1"

IMAGE = "ami-04681a1dbd79675a5"
CONSULTANT_PASSWORD = "brave-Heron-lantern-5"

POLICIES: dict[str, dict[str, list[str] | str]] = {
    # group or user or role → actions; resources are all, as so often
    "group/developers": {
        "Develop": ["ec2:*", "s3:*", "sqs:*", "sns:*", "dynamodb:*", "logs:*", "cloudwatch:*",
                    "lambda:*", "iam:PassRole", "iam:Get*", "iam:List*"],
    },
    "group/analysts": {"AnalystTools": ["s3:*", "athena:*", "glue:*", "quicksight:*"]},
    "user/backup": {"Backup": ["s3:*", "kms:*"]},
    "user/scheduler": {"Assume": ["sts:AssumeRole", "sqs:SendMessage", "sqs:ReceiveMessage"]},
    "role/deploy": {"Deploy": ["ec2:*", "cloudformation:*", "iam:*", "s3:*"]},
    "role/restore": {"Restore": ["s3:ListBucket", "s3:GetObject", "s3:PutObject"]},
    "role/webserver": {"Serve": ["s3:GetObject", "logs:CreateLogStream", "logs:PutLogEvents"]},
    "role/migration": {"Migrate": ["dms:*", "rds:*", "s3:*"]},
}  # fmt: skip
"""What the company gave, as name of a policy → actions."""

WORKSHOP = ["ec2:*", "s3:*", "cloudformation:*"]
"""The permissions boundary of the role ``deploy``."""

NEW_RIGHT = ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "cloudwatch:GetDashboard"]
"""What the analyst was given a week ago, for dashboards that are not there yet."""

TRUST = {
    "inventory": {"AWS": "user/scheduler"},
    "restore": {"AWS": "user/scheduler"},
    "deploy": {"AWS": "user/builder"},
    "migration": {"AWS": "user/admin"},
    "webserver": {"Service": "ec2.amazonaws.com", "AWS": "user/builder"},
}
"""Role → who may assume it."""

OWNERS = {
    "user/builder": "development",
    "user/tester": "development",
    "user/consultant": "development",
    "user/backup": "operations",
    "user/scheduler": "operations",
    "role/deploy": "development",
    "role/inventory": "operations",
    "role/restore": "operations",
    "role/migration": "operations",
    "role/webserver": "development",
}
"""Whose each user and role is: the tag ``team``."""


def ninety_days(lab: Lab) -> None:
    """The house, and in it a quarter of work by eight people and programs and five roles.

    New are the users ``builder``, ``tester``, ``consultant`` (who left), ``backup`` and
    ``scheduler`` (programs), the roles ``deploy``, ``inventory``, ``restore``, ``webserver`` and
    ``migration``, and the buckets ``archive`` and ``reports``. Today is 91 days later, a Monday
    morning. As everywhere in the lab, the record has the data events of S3 and of other services,
    marked as such (``managementEvent`` is false); CloudTrail's event history leaves them out.
    """
    began = lab.clock.now
    house(lab)
    _found(lab)
    crew = _Crew(lab)
    for day, hour, work in sorted(_diary(crew), key=lambda entry: entry[:2]):
        at = began.replace(minute=0, second=0) + timedelta(days=day, hours=hour)
        _wait(lab, at + timedelta(seconds=(day * 7919 + int(hour * 60) * 104729) % 1500))
        work(day)
    _wait(lab, began + timedelta(days=DAYS))


def jobs(lab: Lab) -> list[Job]:
    """The company's regular work, to be done once more: today, with the policies of today."""
    crew = _Crew(lab)
    return [
        Job("administration", "admin, on the console", crew.administration),
        Job("Monday's figures", "analyst", crew.figures),
        Job("a day of development", "builder", crew.development),
        Job("a morning of tests", "tester", crew.tests),
        Job("a web server on trial", "builder", crew.web_server),
        Job("deployment", "builder in the role deploy", crew.deployment),
        Job("nightly backup", "backup, a program", crew.backup),
        Job("inventory", "scheduler in the role inventory", crew.inventory),
        Job("restore, once a quarter", "scheduler in the role restore", crew.restore),
    ]


def _wait(lab: Lab, until: datetime) -> None:
    seconds = (until - lab.clock.now).total_seconds()
    if seconds > 0:
        lab.clock.advance(seconds=seconds)


# What is there on the first day -----------------------------------------------------------------


def document(actions: list[str] | str, resource: str = "*") -> str:
    """A policy that allows some actions."""
    statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _found(lab: Lab) -> None:
    iam, s3 = lab.root.client("iam"), lab.root.client("s3")
    for bucket in ("archive", "reports"):
        s3.create_bucket(Bucket=bucket)
    for week in range(4):
        s3.put_object(Bucket="reports", Key=f"week-{week}.csv", Body=b"day,visits\n")
    iam.create_group(GroupName="developers")
    for owner in OWNERS:
        kind, _, name = owner.partition("/")
        if kind == "user":
            iam.create_user(UserName=name, Tags=_tags(owner))
            iam.create_access_key(UserName=name)
        else:
            _make_role(lab, name)
    iam.create_access_key(UserName="backup")  # a second one, for a day that never came
    for name in ("builder", "tester", "consultant"):
        iam.add_user_to_group(GroupName="developers", UserName=name)
    iam.create_login_profile(UserName="consultant", Password=CONSULTANT_PASSWORD)
    _give(iam, POLICIES)
    boundary = iam.create_policy(PolicyName="Workshop", PolicyDocument=document(WORKSHOP))
    iam.put_role_permissions_boundary(
        RoleName="deploy", PermissionsBoundary=boundary["Policy"]["Arn"]
    )
    iam.attach_role_policy(RoleName="inventory", PolicyArn=ADMINISTRATOR_ACCESS)
    iam.create_instance_profile(InstanceProfileName="webserver")
    iam.add_role_to_instance_profile(InstanceProfileName="webserver", RoleName="webserver")


def _tags(owner: str) -> list[dict[str, str]]:
    return [{"Key": "team", "Value": OWNERS[owner]}]


def _make_role(lab: Lab, name: str) -> None:
    lab.root.client("iam").create_role(
        RoleName=name,
        AssumeRolePolicyDocument=_trust(lab, TRUST[name]),
        Tags=_tags(f"role/{name}"),
    )


def put_back(lab: Lab, roles: Iterable[str]) -> None:
    """Bring back these roles and their inline policies, and those of the program ``backup``.

    What is there as it was stays: a policy that is put again is a new one to whoever asks since
    when somebody has it.
    """
    iam = lab.root.client("iam")
    present = {role["RoleName"] for role in iam.list_roles()["Roles"]}
    for name in roles:
        if name not in present:
            _make_role(lab, name)
    owners = {f"role/{name}" for name in roles} | {"user/backup"}
    _give(iam, {owner for owner in owners if not _has_its_own(iam, owner)})


def _trust(lab: Lab, trusted: dict[str, str]) -> str:
    account = f"arn:aws:iam::{lab.account.id}:"
    principal = {k: account + v if k == "AWS" else v for k, v in trusted.items()}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _give(iam: Any, owners: Iterable[str]) -> None:
    for owner in sorted(owners):
        kind, _, name = owner.partition("/")
        for policy, actions in POLICIES.get(owner, {}).items():
            getattr(iam, f"put_{kind}_policy")(
                **{f"{kind.title()}Name": name},
                PolicyName=policy,
                PolicyDocument=document(actions),
            )


def _has_its_own(iam: Any, owner: str) -> bool:
    """Whether a user or role has the inline policies that it was given, as they were."""
    kind, _, name = owner.partition("/")
    whose = {f"{kind.title()}Name": name}
    there = getattr(iam, f"list_{kind}_policies")(**whose)["PolicyNames"]
    get = getattr(iam, f"get_{kind}_policy")
    return all(
        policy in there
        and get(**whose, PolicyName=policy)["PolicyDocument"] == json.loads(document(actions))
        for policy, actions in POLICIES.get(owner, {}).items()
    )


# Who works when -----------------------------------------------------------------------------------

_Entry = tuple[int, float, Callable[[int], object]]
"""Day, hour after the lab's first one, work."""


def _diary(crew: _Crew) -> Iterator[_Entry]:
    """The quarter's work; the first day is a Monday."""
    for day in range(1, DAYS):
        weekday = day % 7
        yield day, 17, lambda _: _good(crew.backup())
        if weekday < 5:
            yield day, 0.5, lambda _: _good(crew.development())
            if day <= LEFT_ON:
                yield day, 3, lambda _: _good(crew.consulting())
        if weekday in (1, 3):
            yield day, 1.5, lambda _: _good(crew.tests())
        if weekday == 0:
            yield day, 0, lambda _: _good(crew.figures())
            yield day, 2, lambda _: _good(crew.administration())
        if weekday == 2:
            yield day, 4, lambda _: _good(crew.deployment())
        if weekday == 5:
            yield day, 19, lambda _: _good(crew.inventory())
        if day % 28 == 8:
            yield day, 5, lambda _: _good(crew.web_server())
    yield LEFT_ON, 2.5, lambda _: _good(crew.consultant_signs_in())
    for day in (22, 50):
        yield day, 6, lambda _: crew.curiosity()
    yield QUARTER_END, 18, lambda _: _good(crew.restore())
    yield NEW_RIGHT_ON, 3, lambda _: crew.new_right()


def _good(steps: list[Step]) -> None:
    for step in steps:
        if not step.worked:
            raise AssertionError(f"{step.name}: {step.said}")


class _Crew:
    """The people and programs at work, each with the credentials that they have now."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._callers: dict[str, Caller] = {}
        self._clients: dict[tuple[str, str], Any] = {}

    def _client(self, name: str, service: str, ip: str = SOURCE_IP, agent: str = TOOL) -> Any:
        """A client of a user's; made once, as a program does."""
        if (name, service) not in self._clients:
            if name not in self._callers:
                self._callers[name] = self._lab.caller(name).at(ip, agent)
            self._clients[name, service] = self._callers[name].client(service)
        return self._clients[name, service]

    def _in_role(self, name: str, role: str, service: str, agent: str) -> tuple[Step, Any]:
        """Assume a role: the step, and a client of its session."""
        sts = self._client(name, "sts", SERVER_IP if agent == PROGRAM else SOURCE_IP, agent)
        arn = f"arn:aws:iam::{self._lab.account.id}:role/{role}"
        step, answer = attempt(
            f"assume the role {role}", sts.assume_role, RoleArn=arn, RoleSessionName=name
        )
        return step, answer and self._session(name, answer, role, agent).client(service)

    def _session(self, name: str, answer: Any, role: str, agent: str) -> Caller:
        credentials = answer["Credentials"]
        user = self._callers[name]
        return Caller(
            role,
            answer["AssumedRoleUser"]["Arn"],
            credentials["AccessKeyId"],
            credentials["SecretAccessKey"],
            credentials["SessionToken"],
            credentials["Expiration"],
            user.source_ip,
            agent,
        )

    # People

    def administration(self) -> list[Step]:
        step, admin = attempt(
            "sign in", self._lab.sign_in, user_name="admin", password=PASSWORDS["admin"]
        )
        if admin is None:
            return [step]
        iam = admin.at(SOURCE_IP, BROWSER).client("iam")
        return [step, *done([
            ("see the users", iam.list_users, {}),
            ("see the groups", iam.list_groups, {}),
            ("see the analyst", iam.get_user, {"UserName": "analyst"}),
            ("see the analyst's keys", iam.list_access_keys, {"UserName": "analyst"}),
        ])]  # fmt: skip

    def figures(self) -> list[Step]:
        s3 = self._client("analyst", "s3")
        week = {"Bucket": "reports", "Key": f"week-{self._week}.csv"}
        return done([
            ("see the buckets", s3.list_buckets, {}),
            ("list the reports", s3.list_objects_v2, {"Bucket": "reports"}),
            ("read the week's report", s3.get_object, week),
            ("read the payroll", s3.get_object, {"Bucket": "payroll", "Key": "2026.csv"}),
        ])  # fmt: skip

    @property
    def _week(self) -> int:
        return self._lab.clock.now.isocalendar().week % 4

    def development(self) -> list[Step]:
        ec2, s3 = self._client("builder", "ec2"), self._client("builder", "s3")
        report = {"Bucket": "reports", "Key": f"week-{self._week}.csv"}
        return done([
            ("see the disks", ec2.describe_volumes, {}),
            ("list the reports", s3.list_objects_v2, {"Bucket": "reports"}),
            ("write the week's report", s3.put_object, report | {"Body": b"day,visits\n"}),
        ])  # fmt: skip

    def web_server(self) -> list[Step]:
        ec2 = self._client("builder", "ec2")
        step, answer = attempt(
            "start a web server", ec2.run_instances, ImageId=IMAGE, InstanceType="t3.micro",
            MinCount=1, MaxCount=1, IamInstanceProfile={"Name": "webserver"},
            # botocore would make one up, another in each run.
            ClientToken=f"web-server-{self._lab.clock.now:%Y%m%dT%H%M%S}",
        )  # fmt: skip
        if answer is None:
            return no_way_in(step, ["stop it again", "assume the role webserver"])
        ids = [instance["InstanceId"] for instance in answer["Instances"]]
        steps = [step, *done([("stop it again", ec2.terminate_instances, {"InstanceIds": ids})])]
        step, s3 = self._in_role("builder", "webserver", "s3", TOOL)
        if s3 is None:
            return [*steps, step]
        read = {"Bucket": "reports", "Key": f"week-{self._week}.csv"}
        return [*steps, step, *done([("read as the server would", s3.get_object, read)])]

    def tests(self) -> list[Step]:
        ec2 = self._client("tester", "ec2", HOME_IP)
        return done([
            ("see the machines' state", ec2.describe_instance_status, {}),
            ("see the disks", ec2.describe_volumes, {}),
        ])  # fmt: skip

    def curiosity(self) -> None:
        """What the tester tried and may not."""
        iam = self._client("tester", "iam", HOME_IP)
        attempt("make a user", iam.create_user, UserName="temporary")
        attempt("make a key", iam.create_access_key, UserName="admin")

    def consulting(self) -> list[Step]:
        ec2 = self._client("consultant", "ec2", CONSULTANT_IP)
        sqs = self._client("consultant", "sqs", CONSULTANT_IP)
        return done([
            ("see the disks", ec2.describe_volumes, {}),
            ("see the queues", sqs.list_queues, {}),
        ])  # fmt: skip

    def consultant_signs_in(self) -> list[Step]:
        step, _ = attempt(
            "sign in", self._lab.sign_in, user_name="consultant", password=CONSULTANT_PASSWORD
        )
        return [step]

    def new_right(self) -> None:
        self._lab.root.client("iam").put_user_policy(
            UserName="analyst", PolicyName="Dashboards", PolicyDocument=document(NEW_RIGHT)
        )

    # Programs and roles

    def backup(self) -> list[Step]:
        s3 = self._client("backup", "s3", SERVER_IP, PROGRAM)
        copy = {"Bucket": "archive", "Key": "payroll/2026.csv", "Body": b"month\n"}
        return done([
            ("list the payroll", s3.list_objects_v2, {"Bucket": "payroll"}),
            ("read the payroll", s3.get_object, {"Bucket": "payroll", "Key": "2026.csv"}),
            ("write the copy", s3.put_object, copy),
        ])  # fmt: skip

    def inventory(self) -> list[Step]:
        step, iam = self._in_role("scheduler", "inventory", "iam", PROGRAM)
        if iam is None:
            return no_way_in(step, ["see the users"])
        calls: list[Call] = [
            ("see the users", iam.list_users, {}),
            ("see the roles", iam.list_roles, {}),
            ("see the account's summary", iam.get_account_summary, {}),
        ]
        return [step, *done(calls)]

    def restore(self) -> list[Step]:
        step, s3 = self._in_role("scheduler", "restore", "s3", PROGRAM)
        if s3 is None:
            return no_way_in(step, ["list the archive"])
        calls: list[Call] = [
            ("list the archive", s3.list_objects_v2, {"Bucket": "archive"}),
            ("read a copy", s3.get_object, {"Bucket": "archive", "Key": "payroll/2026.csv"}),
            ("write it back", s3.put_object,
             {"Bucket": "reports", "Key": "restored.csv", "Body": b"month\n"}),
        ]  # fmt: skip
        return [step, *done(calls)]

    def deployment(self) -> list[Step]:
        step, ec2 = self._in_role("builder", "deploy", "ec2", TOOL)
        if ec2 is None:
            return no_way_in(step, ["see the machines"])
        calls: list[Call] = [
            ("see the machines", ec2.describe_instances, {}),
            ("see the security groups", ec2.describe_security_groups, {}),
            ("see the subnets", ec2.describe_subnets, {}),
        ]
        return [step, *done(calls)]
