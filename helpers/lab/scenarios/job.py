"""A job: regular work of somebody in an account, that can be done again at any time.

What a company does every day is the measure of its policies: a change is right when all jobs still
work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from helpers.lab.attacks.step import NO_WAY_IN, Step, attempt

Call = tuple[str, Callable[..., Any], dict[str, Any]]
"""What a step of work is called, the call, its parameters."""


@dataclass(frozen=True)
class Job:
    """``name`` says what is done and ``who`` by whom; ``run`` does it, step by step."""

    name: str
    who: str
    run: Callable[[], list[Step]]

    @property
    def row(self) -> dict[str, str]:
        """Do the job, and say in a line of a table whether it worked."""
        steps = self.run()
        broken = next((step for step in steps if not step.worked), None)
        return {
            "job": self.name,
            "who": self.who,
            "outcome": f"✔ all {len(steps)} steps" if broken is None else "✖ broken",
            "broken at": "" if broken is None else broken.name,
            "stopped by": "" if broken is None else broken.control,
        }


def done(calls: Iterable[Call]) -> list[Step]:
    """Make the calls of a job one after the other."""
    return [attempt(name, call, **parameters)[0] for name, call, parameters in calls]


def no_way_in(first: Step, names: Iterable[str]) -> list[Step]:
    """The steps of a job whose first one failed, so that the others cannot be tried."""
    return [first, *(Step(name, False, NO_WAY_IN) for name in names)]
