"""What a control is: a question about an account, and how it is answered of a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from helpers.analysis.controls.mending import Step, python, shell
from helpers.analysis.snapshot import Snapshot
from helpers.analysis.sources.account_calls import CALLS, CannotTell

Item = TypeVar("Item")

AREAS = ("root", "users", "policies", "storage", "records", "network")
"""What controls are about: the modules that they stand in, in the order of the scorecard."""


class Outcome(StrEnum):
    """What became of a control."""

    FAIL = "fail"
    CANNOT_TELL = "cannot tell"
    PASS = "pass"


class Severity(StrEnum):
    """How much depends on it, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True)
class Evidence:
    """What was found of one thing: its ARN or id, a sentence, and what mends it."""

    subject: str
    outcome: Outcome
    text: str
    steps: tuple[Step, ...] = ()

    def __str__(self) -> str:
        return f"{self.subject}: {self.text}"


def good(subject: str, text: str) -> Evidence:
    """Evidence that something is as it should be."""
    return Evidence(subject, Outcome.PASS, text)


def bad(subject: str, text: str, *steps: Step) -> Evidence:
    """Evidence that something is not, and the calls that mend it."""
    return Evidence(subject, Outcome.FAIL, text, steps)


def verdict(holds: bool, subject: str, yes: str, no: str, *steps: Step) -> Evidence:
    """Evidence for or against."""
    return good(subject, yes) if holds else bad(subject, no, *steps)


def unknown(subject: str, reason: str) -> Evidence:
    """Evidence that nothing can be told."""
    return Evidence(subject, Outcome.CANNOT_TELL, f"cannot tell, because {reason}")


def each(items: Iterable[Item], judge: Callable[[Item], Iterable[Evidence]]) -> Iterator[Evidence]:
    """What a judge says of each of many; of which one cannot tell does not hide the others."""
    for item in items:
        try:
            yield from judge(item)
        except CannotTell as reason:
            yield unknown(str(item), str(reason))


Check = Callable[[Snapshot], Iterable[Evidence]]


@dataclass(frozen=True)
class Control:
    """One control: what it asks, why, and how a fault is mended."""

    id: str
    title: str
    why: str
    mend: str
    """How a fault is mended, in words; the calls are in the evidence."""
    severity: Severity
    calls: tuple[str, ...]
    """The calls whose answers it reads: ``CALLS``."""
    check: Check
    cis: str = ""
    """Its number in the CIS AWS Foundations Benchmark 7.0.0; empty: it is none of its."""
    security_hub: str = ""
    """Its id in AWS Security Hub; empty: it is none of its."""
    by_hand: bool = False
    """Whether no call mends it."""

    @property
    def area(self) -> str:
        """What it is about: one of ``AREAS``."""
        return self.check.__module__.rpartition(".")[2]

    def judge(self, snapshot: Snapshot) -> Result:
        """What becomes of it in an account; nothing is raised for what cannot be told."""
        found: list[Evidence] = []
        try:
            for one in self.check(snapshot):
                found.append(one)
        except CannotTell as reason:
            found.append(unknown("account", str(reason)))
        if not found:
            found.append(good("account", "there is nothing that it asks about"))
        return Result(self, tuple(found))


CONTROLS: dict[str, Control] = {}
"""All controls by id."""


def control(
    id: str,
    title: str,
    *,
    why: str,
    mend: str,
    severity: Severity,
    calls: Iterable[str],
    cis: str = "",
    security_hub: str = "",
    by_hand: bool = False,
) -> Callable[[Check], Check]:
    """Registers the function below it as the check of a control; see ``Control``."""

    def register(check: Check) -> Check:
        needed = tuple(calls)
        if id in CONTROLS or not set(needed) <= set(CALLS):
            raise ValueError(f"control {id}: it is registered already, or reads unknown calls")
        CONTROLS[id] = Control(
            id, title, why, mend, severity, needed, check, cis, security_hub, by_hand
        )
        return check

    return register


@dataclass(frozen=True)
class Result:
    """What became of a control in one account."""

    control: Control
    evidence: tuple[Evidence, ...]

    @property
    def outcome(self) -> Outcome:
        """``FAIL`` where anything fails, else ``CANNOT_TELL`` where anything cannot be told."""
        found = {one.outcome for one in self.evidence}
        return next((one for one in Outcome if one in found), Outcome.PASS)

    @property
    def reasons(self) -> tuple[Evidence, ...]:
        """The evidence that decided: what fails, what cannot be told, or all that is well."""
        return tuple(one for one in self.evidence if one.outcome is self.outcome)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The calls that mend what fails."""
        return tuple(step for one in self.evidence for step in one.steps)

    @property
    def boto3(self) -> str:
        """A Python program that mends what fails; empty where no call does."""
        return python(self.steps)

    @property
    def cli(self) -> str:
        """The same as lines for a shell, with the AWS CLI."""
        return shell(self.steps)
