"""The attacks on the neglected account: what strangers do with what it leaves lying about.

Each attack is real calls with what the stranger holds, from an address elsewhere. What would leave
something behind is asked for only (DryRun), or taken back at once by the root user.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from botocore import UNSIGNED
from botocore.config import Config

from helpers.analysis.network.reachability import Network, Reach, reach
from helpers.lab import console
from helpers.lab.attacks.controls import state_of_password, tried
from helpers.lab.attacks.escalation import WAYS, Target, escalate
from helpers.lab.attacks.step import NO_WAY_IN, Step
from helpers.lab.attacks.stolen_key import ADMINISTRATOR_ACCESS, ELSEWHERE
from helpers.lab.attacks.takeover import at_home
from helpers.lab.caller import Caller
from helpers.lab.people import caller_of
from helpers.lab.scenarios.instances import IMAGE
from helpers.lab.scenarios.neglected import (
    CONTRACTOR,
    CUSTOMERS,
    DUMP,
    INTERN,
    LEFT,
    REMOTE_DESKTOP,
    SSH,
    leaked,
)
from helpers.lab.scenarios.neglected_jobs import (
    DEPLOY,
    EXCHANGE,
    MONITORING,
    ORDERS,
    PROGRAM,
    VENDOR,
    VENDORS_ID,
    holdings,
    vendor,
)

if TYPE_CHECKING:
    from helpers.lab.lab import Lab

OF_ANOTHER_CUSTOMER = "another-customer-77b0"
"""The external id that the vendor gave somebody else."""

STRANGERS = (ELSEWHERE, "192.0.2.140", "2001:db8::23")
"""Addresses kept for documentation, from all over the internet."""

ALONE = frozenset(
    {"iam:AttachUserPolicy", "iam:PutUserPolicy", "iam:AddUserToGroup", "iam:CreateAccessKey"}
)
"""Rights of which one is enough to become an administrator, whatever else is in the account."""

SERVICE_ROLES = "/aws-service-role/"


@dataclass(frozen=True)
class Attack:
    """What is tried, with what, and how; ``run`` gives the one step that decided it."""

    name: str
    held: str
    run: Callable[[Lab, str], Step]


def replay_attacks(lab: Lab) -> list[dict[str, str]]:
    """Try every attack once; a line of a table each: attack, with, outcome, stopped by, said.

    The account is as it was afterwards, but for its clock and its record. Raises ``LookupError`` in
    an account that is not ``Lab.start("neglected")``.

    >>> from helpers import Lab
    >>> replay_attacks(Lab.start("house"))
    Traceback (most recent call last):
    LookupError: Nothing leaked here: start the account with Lab.start('neglected').
    >>> Lab.stop()
    """
    leaked(lab)
    lines = []
    for attack in ATTACKS:
        row = (step := attack.run(lab, attack.name)).row
        lines.append(
            {
                "attack": attack.name,
                "with": attack.held,
                "outcome": row["outcome"],
                "stopped by": row["stopped by"],
                "said": step.said,
            }
        )
    return lines


# What a stranger is after -------------------------------------------------------------------------


def _read_payroll(lab: Lab, name: str, caller: Caller) -> Step:
    call = caller.client("s3").get_object
    return tried(lab, name, caller, call, Bucket="payroll", Key="2026.csv")[0]


def _start_machine(lab: Lab, name: str, caller: Caller) -> Step:
    return tried(
        lab,
        name,
        caller,
        caller.client("ec2").run_instances,
        ImageId=IMAGE,
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        DryRun=True,
    )[0]


def _make_administrator(lab: Lab, name: str, caller: Caller) -> Step:
    iam, owner = caller.client("iam"), lab.root.client("iam")
    user = {"UserName": f"helper-{lab.clock.now:%H%M%S}"}
    step, made = tried(lab, name, caller, iam.create_user, **user)
    if made is None:
        return step
    administrator = {**user, "PolicyArn": ADMINISTRATOR_ACCESS}
    step, raised = tried(lab, name, caller, iam.attach_user_policy, **administrator)
    if raised is not None:
        owner.detach_user_policy(**administrator)
    owner.delete_user(**user)
    return step


def _rise(lab: Lab, name: str, caller: Caller) -> Step:
    """Become an administrator: by a new user, or (an IAM user's key) by one right of IAM alone."""
    made = _make_administrator(lab, name, caller)
    if made.worked or caller.session_token is not None:
        return made
    target = Target(lab.accounts[lab.account.id], caller.name, "", source_ip=caller.source_ip)
    steps = escalate(target, [way for way in WAYS if ALONE.issuperset(way.right)])
    risen = next((step for step in steps if step.worked), None)
    return made if risen is None else Step(name, True, said=risen.name)


def _switch_trail_off(lab: Lab, name: str, caller: Caller) -> Step:
    on = list(_trails_on(lab))
    if not on:
        return Step(name, True, said="No trail is on: there is nothing to switch off.")
    steps = []
    for arn, region in on:
        stop = caller.client("cloudtrail", region_name=region).stop_logging
        step, stopped = tried(lab, name, caller, stop, Name=arn)
        steps.append(step)
        if stopped is not None:
            lab.root.client("cloudtrail", region_name=region).start_logging(Name=arn)
    return _best(steps)


def _trails_on(lab: Lab) -> Iterable[tuple[str, str]]:
    """ARN and home Region of each trail that is on, as seen from us-east-1."""
    for trail in lab.root.client("cloudtrail").describe_trails()["trailList"]:
        arn, region = trail["TrailARN"], trail["HomeRegion"]
        home = lab.root.client("cloudtrail", region_name=region)
        if home.get_trail_status(Name=arn)["IsLogging"]:
            yield arn, region


def _best(steps: list[Step]) -> Step:
    """Of several tries the first that worked, else the first."""
    return next((step for step in steps if step.worked), steps[0])


# With what ---------------------------------------------------------------------------------------

Aim = Callable[["Lab", str, Caller], Step]


def _with(whose: Callable[[Lab], Caller], aim: Aim) -> Callable[[Lab, str], Step]:
    """An attack with credentials that a stranger has."""
    return lambda lab, name: aim(lab, name, whose(lab).at(ELSEWHERE))


def _inside_the_program(aim: Aim) -> Callable[[Lab, str], Step]:
    """An attack by whoever gets into the backup program, with all that it can sign with now."""

    def run(lab: Lab, name: str) -> Step:
        steps = [aim(lab, name, caller.at(ELSEWHERE)) for caller in holdings(lab)]
        return _best(steps or [Step(name, False, NO_WAY_IN)])

    return run


def _signed_in(
    user_name: str, password: Callable[[Lab], str], aim: Aim
) -> Callable[[Lab, str], Step]:
    """An attack at the console, with a password and no phone."""

    def run(lab: Lab, name: str) -> Step:
        step, session = tried(
            lab,
            name,
            None,
            console.sign_in,
            world=lab.world,
            account=lab.account,
            user_name=user_name,
            password=password(lab),
            mfa_code=None,
            source_ip=ELSEWHERE,
        )
        if step.said == console.MUST_CHANGE:
            return replace(step, worked=True, control="")  # the stranger chooses the new one
        if session is None:
            return replace(step, control=state_of_password(lab, user_name) or step.control)
        who = Caller(
            user_name,
            session.principal_arn,
            session.access_key_id,
            session.secret,
            session.token,
        )
        return aim(lab, name, who.at(ELSEWHERE))

    return run


def _assumed(lab: Lab, name: str, caller: Caller, role: str, aim: Aim, **parameters: Any) -> Step:
    arn = f"arn:aws:iam::{lab.account.id}:role/{role}"
    call = caller.client("sts").assume_role
    step, made = tried(lab, name, caller, call, RoleArn=arn, RoleSessionName="x1", **parameters)
    if made is None:
        return step
    return aim(lab, name, caller_of(made, role, arn).at(ELSEWHERE))


def _any_role(lab: Lab, name: str) -> Step:
    """A stranger's own account tries every role by its name, the one to deploy with first."""
    thief = at_home(lab).at(ELSEWHERE)
    there = [
        role["RoleName"]
        for page in lab.root.client("iam").get_paginator("list_roles").paginate()
        for role in page["Roles"]
        if not role["Path"].startswith(SERVICE_ROLES)
    ]
    there.sort(key=lambda role: role != DEPLOY)
    steps = [_assumed(lab, name, thief, role, _nothing_more) for role in there]
    return _best(steps or [Step(name, False, "there is no role")])


def _nothing_more(lab: Lab, name: str, caller: Caller) -> Step:
    """To be in is enough."""
    return tried(lab, name, caller, caller.client("sts").get_caller_identity)[0]


def _as_vendor(external_id: str, aim: Aim) -> Callable[[Lab, str], Step]:
    """An attack through the vendor's account, which acts for whoever is its customer."""

    def run(lab: Lab, name: str) -> Step:
        theirs = vendor(lab)
        return _assumed(lab, name, theirs, MONITORING, aim, ExternalId=external_id)

    return run


# Without anything --------------------------------------------------------------------------------


def _anonymously(lab: Lab, name: str) -> Step:
    """What lies in the public bucket, read by somebody who signs nothing."""
    nobody = Caller("nobody", "", "none", "none").at(ELSEWHERE)
    s3 = nobody.client("s3", config=Config(signature_version=UNSIGNED))
    return _best(
        [
            tried(lab, name, None, s3.get_object, Bucket=EXCHANGE, Key=key)[0]
            for key in (CUSTOMERS, DUMP, ORDERS)
        ]
    )


def _port(port: int) -> Callable[[Lab, str], Step]:
    """Whether strangers get as far as a port of any machine that runs in us-east-1."""

    def run(lab: Lab, name: str) -> Step:
        network = Network.read(lab.root.client("ec2"))
        ways = [
            reach(network, machine["InstanceId"], port)
            for machine in network.instances
            if machine["State"]["Name"] == "running"
        ]
        steps = [_knocked(name, way) for way in ways]
        return _best(steps or [Step(name, False, "no machine is running")])

    return run


def _knocked(name: str, way: Reach) -> Step:
    if any(map(way.lets_in, STRANGERS)):
        return Step(name, True, said=str(way))
    if way.reachable:
        who = ", ".join(map(str, way.sources))
        return Step(name, False, f"security group or network ACL: only {who} gets in", str(way))
    return Step(name, False, way.stopped_by, str(way))


# All of them -------------------------------------------------------------------------------------

_INSIDE = f"what the program {PROGRAM} holds now"
_VENDOR = f"the vendor's account {VENDOR}"

ATTACKS = (
    Attack(
        "read the payroll",
        "the leaked key of root",
        _with(lambda lab: leaked(lab).root, _read_payroll),
    ),
    Attack(
        "make an administrator",
        "the leaked key of root",
        _with(lambda lab: leaked(lab).root, _make_administrator),
    ),
    Attack(
        "start a machine",
        f"the key of {CONTRACTOR}, who left",
        _with(lambda lab: leaked(lab).contractor, _start_machine),
    ),
    Attack(
        "sign in and start a machine",
        f"the password of {CONTRACTOR}, who left",
        _signed_in(CONTRACTOR, lambda _: LEFT[CONTRACTOR], _start_machine),
    ),
    Attack(
        "read the payroll",
        f"the key of {INTERN}, who left",
        _with(lambda lab: leaked(lab).intern, _read_payroll),
    ),
    Attack(
        "sign in and make an administrator",
        "the leaked password of admin",
        _signed_in("admin", lambda lab: leaked(lab).administrator, _make_administrator),
    ),
    Attack("assume a role", "an account that nobody knows", _any_role),
    Attack(
        f"assume {MONITORING} for another customer",
        _VENDOR,
        _as_vendor(OF_ANOTHER_CUSTOMER, _nothing_more),
    ),
    Attack(
        f"assume {MONITORING} and read the payroll",
        _VENDOR,
        _as_vendor(VENDORS_ID, _read_payroll),
    ),
    Attack(f"read the bucket {EXCHANGE}", "nothing", _anonymously),
    Attack(f"reach port {SSH}", "nothing", _port(SSH)),
    Attack(f"reach port {REMOTE_DESKTOP}", "nothing", _port(REMOTE_DESKTOP)),
    Attack(
        "read the payroll",
        f"the leaked key of {PROGRAM}",
        _with(lambda lab: leaked(lab).program, _read_payroll),
    ),
    Attack("make an administrator", _INSIDE, _inside_the_program(_rise)),
    Attack("switch the trail off", _INSIDE, _inside_the_program(_switch_trail_off)),
)
"""Every attack, in the order in which they are tried."""
