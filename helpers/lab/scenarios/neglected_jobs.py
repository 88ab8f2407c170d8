"""The jobs of the neglected account: what has to go on working, whatever is mended.

A job is done by real calls, with the credentials that those who do it have now, and says of each
call whether it worked. Somebody who signs in with MFA, a program that got a new key or a machine's
role in its place, a partner who is named in a policy: all of that is the same job.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helpers.analysis.network.reachability import Network, reach
from helpers.lab.attacks.controls import tried
from helpers.lab.attacks.step import Step
from helpers.lab.caller import Caller
from helpers.lab.machine_roles import NoRole, address_of, caller_of_machine, running
from helpers.lab.people import NO_CREDENTIALS, at_work, caller_of, newest_key

if TYPE_CHECKING:
    from helpers.lab.lab import Lab

PARTNER, VENDOR = "444455556666", "777788889999"
"""The accounts of the partner who fetches orders, and of the firm that watches the machines."""
VENDORS_ID = "example-corp-8c41"
"""The external id that the vendor gave the company, and sends along each time."""

EXCHANGE, CONFIG, BACKUPS, REPORTS = "exchange", "config", "backups", "reports"
ORDERS, SITE = "orders/2027.csv", "site.json"
PROGRAM, WEB = "backup", "web"
DEPLOY, MONITORING = "deploy", "monitoring"
HTTPS = 443
CUSTOMER_IP, PARTNER_IP, VENDOR_IP = "198.51.100.77", "192.0.2.80", "192.0.2.90"
"""Where a customer of the website sits, and where the other companies call from: addresses kept
for documentation."""

WORKS, BROKEN, NOT_TRIED = "✔ works", "✖ broken", "? cannot be tried"


@dataclass(frozen=True)
class Job:
    """Something that the company does. ``do`` yields the steps, and ends after one that failed."""

    name: str
    who: str
    what: str
    do: Callable[[Lab], Iterator[Step]]

    def run(self, lab: Lab) -> JobRun:
        """Do it once, by calls that those who do it make."""
        return JobRun(self, tuple(self.do(lab)))


@dataclass(frozen=True)
class JobRun:
    """A job that was done once, or as far as it went."""

    job: Job
    steps: tuple[Step, ...]

    @property
    def worked(self) -> bool:
        """Whether every step worked."""
        return self.failed is None

    @property
    def failed(self) -> Step | None:
        """The step at which it ended; ``None``: it was done."""
        return next((step for step in self.steps if not step.worked), None)

    @property
    def outcome(self) -> str:
        """``WORKS``, ``BROKEN`` or ``NOT_TRIED``: nobody has the credentials to try."""
        if self.failed is None:
            return WORKS
        return NOT_TRIED if self.failed.control == NO_CREDENTIALS else BROKEN

    @property
    def row(self) -> dict[str, str]:
        """The run as a line of a table."""
        failed = self.failed or Step("", True)
        return {
            "job": self.job.name,
            "who": self.job.who,
            "outcome": self.outcome,
            "ended at": failed.name,
            "stopped by": failed.control,
            "said": failed.said,
        }


def jobs() -> list[Job]:
    """The jobs of the neglected account, in the order in which its day goes."""
    return [
        Job(
            "nightly backup",
            f"the program {PROGRAM}",
            f"lists the bucket payroll, reads its files, copies them to {BACKUPS}",
            _back_up,
        ),
        Job(
            "website",
            f"the machine {WEB}",
            f"answers everybody on port {HTTPS}, reads {CONFIG}/{SITE} through its role",
            _serve,
        ),
        Job(
            "monthly report",
            "the analyst",
            f"lists the bucket payroll, reads this year's file, writes a report to {REPORTS}",
            _report,
        ),
        Job(
            "deployment",
            "the administrator",
            f"assumes the role {DEPLOY}, looks at the machines, writes {CONFIG}/{SITE}",
            _deploy,
        ),
        Job(
            "fetch the orders",
            f"a partner, account {PARTNER}",
            f"reads {EXCHANGE}/{ORDERS} with their own user's key",
            _fetch_orders,
        ),
        Job(
            "monitoring",
            f"a vendor, account {VENDOR}",
            f"assumes the role {MONITORING} with the external id {VENDORS_ID}, lists the machines",
            _monitor,
        ),
        Job(
            "audit",
            "the auditor",
            "lists users and trails, reads the credential report",
            _audit,
        ),
    ]


def run_jobs(lab: Lab) -> list[dict[str, str]]:
    """Do every job once; a line of a table each: job, who, outcome, ended at, stopped by, said.

    They need the account of ``Lab.start("neglected")``; raises ``LookupError`` in another.

    >>> from helpers import Lab
    >>> run_jobs(Lab.start("house"))
    Traceback (most recent call last):
    LookupError: These jobs are not done here: start the account with Lab.start('neglected').
    >>> Lab.stop()
    """
    if PARTNER not in lab.accounts or VENDOR not in lab.accounts:
        raise LookupError(
            "These jobs are not done here: start the account with Lab.start('neglected')."
        )
    return [job.run(lab).row for job in jobs()]


# Who does them ------------------------------------------------------------------------------------


def holdings(lab: Lab) -> list[Caller]:
    """What the backup program can sign with now: its machine's role, its user's newest key.

    Its calls come from its machine. Empty where it holds nothing, or its machine does not run.
    """
    machine = running(lab, PROGRAM)
    if machine is None:
        return []
    found = []
    with contextlib.suppress(NoRole):  # then it runs with the key
        found.append(caller_of_machine(lab, machine))
    key = newest_key(lab, PROGRAM)
    return found if key is None else [*found, key.at(address_of(lab, machine))]


def partner(lab: Lab) -> Caller:
    """The partner's program, with the key of a user of the partner's account."""
    return lab.accounts[PARTNER].caller("service").at(PARTNER_IP)


def vendor(lab: Lab) -> Caller:
    """The vendor's program, with the key of a user of the vendor's account."""
    return lab.accounts[VENDOR].caller("service").at(VENDOR_IP)


def assume(
    lab: Lab, name: str, caller: Caller, role: str, **parameters: Any
) -> tuple[Step, Caller | None]:
    """Assume a role of the lab's account: the step, and the session (``None``: refused)."""
    arn = f"arn:aws:iam::{lab.account.id}:role/{role}"
    step, made = tried(
        lab,
        name,
        caller,
        caller.client("sts").assume_role,
        RoleArn=arn,
        RoleSessionName=caller.name,
        **parameters,
    )
    if made is None:
        return step, None
    session = caller_of(made, role, arn)
    return step, session.at(caller.source_ip) if caller.source_ip else session


# What they do ------------------------------------------------------------------------------------


def _each(
    lab: Lab, caller: Caller, *calls: tuple[str, Callable[..., Any], dict[str, Any]]
) -> Iterator[Step]:
    """The steps of somebody's calls, one after the other, until one fails."""
    for name, call, parameters in calls:
        step, _ = tried(lab, name, caller, call, **parameters)
        yield step
        if not step.worked:
            return


def _back_up(lab: Lab) -> Iterator[Step]:
    if running(lab, PROGRAM) is None:
        yield Step("start", False, f"no machine {PROGRAM} is running")
        return
    held = holdings(lab)
    if not held:
        yield Step("find credentials", False, "its user has no active key, its machine no role")
        return
    runs = [tuple(_back_up_as(lab, caller, f"{lab.clock.now:%Y-%m-%d}")) for caller in held]
    # A program with a role and a key from before is done with whichever of them works.
    yield from next((run for run in runs if run[-1].worked), runs[0])


def _back_up_as(lab: Lab, caller: Caller, day: str) -> Iterator[Step]:
    s3 = caller.client("s3")
    name = "list the bucket payroll"
    step, listed = tried(lab, name, caller, s3.list_objects_v2, Bucket="payroll")
    yield step
    for item in listed.get("Contents", ()) if listed is not None else ():
        key = item["Key"]
        name, file = f"read payroll/{key}", {"Bucket": "payroll", "Key": key}
        step, found = tried(lab, name, caller, s3.get_object, **file)
        yield step
        if found is None:
            return
        copy = {"Bucket": BACKUPS, "Key": f"{day}/{key}", "Body": found["Body"].read()}
        step, _ = tried(lab, f"write to {BACKUPS}", caller, s3.put_object, **copy)
        yield step
        if not step.worked:
            return


def _serve(lab: Lab) -> Iterator[Step]:
    name = f"answer on port {HTTPS}"
    machine = running(lab, WEB)
    if machine is None:
        yield Step(name, False, f"no machine {WEB} is running")
        return
    way = reach(Network.read(lab.root.client("ec2")), machine, HTTPS)
    if not way.lets_in(CUSTOMER_IP):
        yield Step(name, False, way.stopped_by or "its rules let in other addresses only")
        return
    yield Step(name, True)
    name = "get the role's credentials"
    try:
        role = caller_of_machine(lab, machine)
    except NoRole as reason:
        yield Step(name, False, str(reason))
        return
    yield Step(name, True)
    s3 = role.client("s3")
    yield from _each(
        lab, role, (f"read {CONFIG}/{SITE}", s3.get_object, {"Bucket": CONFIG, "Key": SITE})
    )


def _report(lab: Lab) -> Iterator[Step]:
    step, analyst = at_work(lab, "analyst")
    yield step
    if analyst is None:
        return
    s3, report = analyst.client("s3"), f"{lab.clock.now:%Y-%m}.txt"
    yield from _each(
        lab,
        analyst,
        ("list the bucket payroll", s3.list_objects_v2, {"Bucket": "payroll"}),
        ("read payroll/2026.csv", s3.get_object, {"Bucket": "payroll", "Key": "2026.csv"}),
        (
            f"write {REPORTS}/{report}",
            s3.put_object,
            {"Bucket": REPORTS, "Key": report, "Body": b"ok\n"},
        ),
    )


def _deploy(lab: Lab) -> Iterator[Step]:
    step, admin = at_work(lab, "admin")
    yield step
    if admin is None:
        return
    step, deploy = assume(lab, f"assume the role {DEPLOY}", admin, DEPLOY)
    yield step
    if deploy is None:
        return
    yield from _each(
        lab,
        deploy,
        ("look at the machines", deploy.client("ec2").describe_instances, {}),
        (
            f"write {CONFIG}/{SITE}",
            deploy.client("s3").put_object,
            {"Bucket": CONFIG, "Key": SITE, "Body": b'{"theme": "blue"}\n'},
        ),
    )


def _fetch_orders(lab: Lab) -> Iterator[Step]:
    theirs = partner(lab)
    what = {"Bucket": EXCHANGE, "Key": ORDERS}
    read = theirs.client("s3").get_object
    yield from _each(lab, theirs, (f"read {EXCHANGE}/{ORDERS}", read, what))


def _monitor(lab: Lab) -> Iterator[Step]:
    name = f"assume the role {MONITORING}"
    step, session = assume(lab, name, vendor(lab), MONITORING, ExternalId=VENDORS_ID)
    yield step
    if session is not None:
        ec2 = session.client("ec2")
        yield from _each(lab, session, ("list the machines", ec2.describe_instances, {}))


def _audit(lab: Lab) -> Iterator[Step]:
    step, auditor = at_work(lab, "auditor")
    yield step
    if auditor is None:
        return
    iam = auditor.client("iam")
    yield from _each(
        lab,
        auditor,
        ("list the users", iam.list_users, {}),
        ("ask for the credential report", iam.generate_credential_report, {}),
        ("read the credential report", iam.get_credential_report, {}),
        ("list the trails", auditor.client("cloudtrail").describe_trails, {}),
    )
