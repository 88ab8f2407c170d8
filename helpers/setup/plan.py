"""Which wheels go into a pack, and for which of its targets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from helpers.setup.locked import File, Locked
from helpers.setup.offline import target_here
from helpers.setup.targets import Level, Target, takes

__all__ = ["Plan", "for_target", "worth_building"]


@dataclass
class Plan:
    """What each target takes."""

    wheels: dict[Target, list[str]] = field(default_factory=dict)
    asks: dict[Target, Level] = field(default_factory=dict)
    lacks: dict[Target, list[Locked]] = field(default_factory=dict)
    versions: dict[Target, list[str]] = field(default_factory=dict)
    """Its full versions of Python, one for each list of packages that they come to."""
    files: dict[str, File | None] = field(default_factory=dict)
    """File name → where it comes from; ``None``: it was built here."""

    @classmethod
    def of(cls, packages: list[Locked], wanted: Iterable[Target], built: Iterable[str]) -> Plan:
        plan, built = cls(), list(built)
        for target in wanted:
            chosen, plan.asks[target], plan.lacks[target] = for_target(packages, target, built)
            if plan.lacks[target]:
                chosen = {}  # a part would help nobody
            plan.versions[target] = versions_that_differ(packages, target)
            plan.wheels[target] = sorted(chosen)
            plan.files |= chosen
        return plan

    def first_target(self, name: str) -> Target:
        return next(target for target, names in self.wheels.items() if name in names)


def versions_that_differ(packages: list[Locked], target: Target) -> list[str]:
    """The first full version of the target's Python, and the last, where that takes others."""
    first, last = (
        [package.pinned for package in packages if target.wants(package.marker, [full])]
        for full in target.versions
    )
    return [*target.versions] if first != last else [target.versions[0]]


def for_target(
    packages: Iterable[Locked], target: Target, built: Iterable[str] = ()
) -> tuple[dict[str, File | None], Level, list[Locked]]:
    """What a target takes: file name → file, ``None`` for one of ``built`` (names of wheels that
    were built here); what these ask of the system; and the packages that have no wheel for it."""
    chosen: dict[str, File | None] = {}
    asks: Level = (0, 0)
    missing = []
    for package in packages:
        if not target.wants(package.marker):
            continue
        files: dict[str, File | None] = {file.name: file for file in package.wheels}
        files |= {name: None for name in built if _is_of(name, package)}
        found = takes(target, files)
        if found is None:
            missing.append(package)
            continue
        name, level = found
        chosen[name], asks = files[name], max(asks, level)
    return chosen, asks, missing


def _is_of(wheel: str, package: Locked) -> bool:
    name, version, *_ = wheel.split("-")
    return (name.replace("_", "-").lower(), version) == (package.name, package.version)


def worth_building(plan: Plan) -> list[Locked]:
    """The packages whose wheel may come out of their source here: those that have no wheel at all,
    for they may be for any system, and those that this machine lacks."""
    return [
        *{
            package: None
            for target, lacks in plan.lacks.items()
            for package in lacks
            if package.source and (not package.wheels or str(target) == target_here())
        }
    ]
