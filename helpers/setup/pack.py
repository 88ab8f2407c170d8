"""A folder with every wheel, for a room without a network.

    python3 start.py pack                                   into the folder "pack", for everything
    python3 start.py pack /media/stick/pack --system windows --python 3.12 3.13

On each machine, in the copy of the series there: ``python3 start.py --offline FOLDER``.

Run again, it fetches only what is missing, and adds to what the pack has. A file counts as whole
when its SHA-256 is that of the index. At the end uv has to find all that each system takes in the
pack alone. No address of an index is written down.
"""

from __future__ import annotations

import argparse
import errno
import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from packaging.utils import parse_wheel_filename

import start
from helpers.setup.locked import (
    HALF,
    File,
    Locked,
    constraints,
    locked,
    requirements,
    run,
    scratch,
    write,
)
from helpers.setup.offline import (
    FORM,
    MANIFEST,
    PYTHONS,
    SYSTEMS,
    Pack,
    Unfit,
    digest,
    variables_for,
)
from helpers.setup.plan import Plan, worth_building
from helpers.setup.targets import Target, targets

__all__ = ["main", "make"]

FOLDER = "pack"
"""Where a pack is made when no folder is named: inside the series' folder, to be copied with it."""

FAMILIES = tuple(dict.fromkeys(system.partition("-")[0] for system in SYSTEMS))

BATCH, MOST = 60_000_000, 50
"""Bytes, and files, that are fetched in one go. An interruption loses no more."""


def megabytes(size: int) -> str:
    """
    >>> megabytes(1_234_567_890), megabytes(1)
    ('1,235 MB', '1 MB')
    """
    return f"{max(1, round(size / 1e6)):,} MB"


# --- the folder -----------------------------------------------------------------------------------


def opened(folder: Path) -> Pack:
    """The pack in a folder, for adding to; a new, empty one where there is nothing yet. Raises
    start.Trouble where the folder holds something else."""
    if folder.is_dir() and any(folder.iterdir()):
        try:
            pack = Pack.read(folder)
            for left in folder.glob(f"{HALF}*"):  # of a run that was killed
                shutil.rmtree(left, ignore_errors=True)
            pack.wheels.mkdir(exist_ok=True)
            return pack
        except Unfit as unfit:
            if (folder / MANIFEST).exists():
                raise start.Trouble(
                    f"{unfit} To make it anew, remove {folder / MANIFEST} and {folder / 'wheels'}."
                ) from None
            raise start.Trouble(
                f"{folder} holds something else than a pack: name another folder."
            ) from None
    pack = Pack(folder, {"form": FORM, "made for": {}, "targets": {}, "files": {}})
    pack.wheels.mkdir(parents=True, exist_ok=True)
    # So that the next run knows the folder for its own, should this one be interrupted.
    save(pack)
    return pack


def save(pack: Pack) -> None:
    """Write the manifest, in one go."""
    new = pack.folder / f"{MANIFEST}.new"
    new.write_text(json.dumps(pack.manifest, indent=1) + "\n", encoding="utf-8")
    os.replace(new, pack.folder / MANIFEST)


def of_earlier(pack: Pack) -> list[Target]:
    """The targets that the pack has already."""
    named = (name.rpartition("-") for name in pack.manifest["targets"])
    return [
        Target(system, python)
        for system, _, python in named
        if system in SYSTEMS and python in PYTHONS
    ]


def is_whole(path: Path, file: File | None, pack: Pack) -> bool:
    """Whether a wheel is there as the index has it; one that was built here, or whose index tells
    nothing, as the pack has noted it."""
    noted = pack.manifest["files"].get(path.name, {}).get("sha256")
    known = (file and file.sha256) or noted
    return known is not None and digest(path) == known


# --- fetching -------------------------------------------------------------------------------------


def batches(plan: Plan, missing: list[str]) -> Iterator[tuple[Target, list[File]]]:
    """What is missing, in parts that pip can fetch in one go: each for one target, and without two
    versions of one package."""
    for target in plan.wheels:
        part: list[File] = []
        for name in missing:
            file = plan.files[name]
            if file is None or plan.first_target(name) != target:
                continue
            full = sum(other.size for other in part) + file.size > BATCH
            if part and (
                full
                or len(part) == MOST
                or project(name) in {project(other.name) for other in part}
            ):
                yield target, part
                part = []
            part.append(file)
        if part:
            yield target, part


def fetch(target: Target, part: list[File], pack: Pack) -> None:
    """Fetch wheels into the pack. What pip has not fetched whole never gets there."""
    with scratch(pack.folder) as half:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir"]
        command += ["--only-binary=:all:", "--quiet", "--dest", half]
        command += ["--python-version", target.versions[-1], "--implementation", "cp"]
        for platform in sorted({platform for file in part for platform in platforms(file.name)}):
            command += ["--platform", platform]
        for file in part:
            hashed = f"#sha256={file.sha256}" if file.sha256 else ""
            command.append(f"{project(file.name)} @ {file.address}{hashed}")
        # pip's own files in between, too, on the disk whose room was looked at.
        variables = {**start.environment(), **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), half)}
        run(command, variables)
        for file in part:
            path = Path(half, file.name)
            if not path.exists() or (file.sha256 and digest(path) != file.sha256):
                raise start.Trouble(
                    f"{file.name} came otherwise than the index says. Run it again."
                )
            os.replace(path, pack.wheels / file.name)


def project(wheel: str) -> str:
    """The name of its package, as in the wheel's name."""
    return wheel.partition("-")[0]


def platforms(wheel: str) -> set[str]:
    """The platforms in a wheel's name, but for "any", which pip takes by itself."""
    *_, tags = parse_wheel_filename(wheel)
    return {tag.platform for tag in tags} - {"any"}


def build(packages: Iterable[Locked], pack: Pack) -> list[str]:
    """Build wheels from source. Returns the names of those that came out; a package that cannot be
    built is left to the report."""
    names = []
    for package in packages:
        assert package.source is not None
        earlier = sorted(
            path.name
            for path in pack.wheels.glob("*.whl")
            if path.name in pack.manifest["files"]
            and is_whole(path, None, pack)
            and path.name.lower().startswith(f"{package.name.replace('-', '_')}-{package.version}-")
        )
        if earlier:
            names += earlier
            continue
        print(f"Building {package.pinned}, of which the index has no wheel ...", flush=True)
        with scratch(pack.folder) as half:
            hashed = f"#sha256={package.source.sha256}" if package.source.sha256 else ""
            command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet"]
            command += ["--wheel-dir", half, f"{package.name} @ {package.source.address}{hashed}"]
            try:
                run(command, start.environment())
            except start.Trouble as trouble:
                print(f"  it could not be built: {trouble}")
                continue
            for path in sorted(Path(half).glob("*.whl")):
                os.replace(path, pack.wheels / path.name)
                names.append(path.name)
    return names


# --- the whole ------------------------------------------------------------------------------------


def make(folder: Path, wanted: Iterable[Target]) -> dict[Target, str]:
    """Make a pack, or add to one. Returns what is wrong with it for each target of it: an empty
    text where it is complete. Raises start.Trouble."""
    pack = opened(folder)
    everything = sorted({*of_earlier(pack), *wanted}, key=lambda t: (SYSTEMS.index(t.system), t))
    names = requirements()
    with scratch(folder) as half:
        packages = locked(names, Path(half))
    plan = Plan.of(packages, everything, ())
    built = build(worth_building(plan), pack)
    plan = Plan.of(packages, everything, built)

    print("Looking at what the pack has ...", flush=True)
    missing = [
        name
        for name, file in plan.files.items()
        if file is not None and not is_whole(pack.wheels / name, file, pack)
    ]
    gather(plan, missing, pack)
    for path in pack.wheels.glob("*.whl"):
        if path.name not in plan.files:  # of earlier versions
            path.unlink()
    describe(pack, plan)
    print("Looking whether each system finds there all that it takes ...", flush=True)
    faults = {}
    for target in everything:
        lacks = [package.pinned for package in plan.lacks[target]]
        faults[target] = f"lacks {', '.join(lacks)}" if lacks else check(names, target, plan, pack)
        if faults[target]:
            pack.manifest["targets"][str(target)]["lacks"] = lacks or [faults[target]]
    save(pack)
    return faults


def gather(plan: Plan, missing: list[str], pack: Pack) -> None:
    """Fetch what is missing, having said how much that is."""
    todo = sum(file.size for name in missing if (file := plan.files[name]))
    total = sum(file.size for file in plan.files.values() if file)
    print(
        f"The pack: {len(plan.files)} wheels, {megabytes(total)}."
        f" To fetch: {len(missing)}{f', {megabytes(todo)}' if missing else ''}."
    )
    # Twice the last part, for pip copies; and the manifest.
    free, needed = shutil.disk_usage(pack.folder).free, todo + 2 * BATCH
    if missing and free < needed:
        raise start.Trouble(
            f"There is too little room for the pack in {pack.folder}: {megabytes(needed)} are"
            f" needed, {megabytes(free)} are free. Narrow it with --system and --python, or name"
            " another folder."
        )
    done = 0
    for target, part in batches(plan, missing):
        fetch(target, part, pack)
        done += len(part)
        print(f"  {done} of {len(missing)} ({target.said})", flush=True)


def describe(pack: Pack, plan: Plan) -> None:
    """Put the plan, and what the files are, into the manifest."""
    files: dict[str, Any] = {}
    for name in sorted(plan.files):
        path = pack.wheels / name
        files[name] = {"sha256": digest(path), "size": path.stat().st_size}
    pack.manifest["made for"] = start.pack_for()
    pack.manifest["files"] = files
    pack.manifest["targets"] = {
        str(target): {
            "asks": list(plan.asks[target]),
            "lacks": [package.pinned for package in plan.lacks[target]],
            "wheels": names,
        }
        for target, names in plan.wheels.items()
    }


def check(names: list[str], target: Target, plan: Plan, pack: Pack) -> str:
    """What uv finds wrong when it has the pack alone to set up this target; nothing where all is
    well."""
    with scratch(pack.folder) as half:
        listed = write(Path(half, "requirements.txt"), names)
        platform, more = target.uv(plan.asks[target])
        command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-index"]
        command += ["--only-binary", ":all:", "--python-platform", platform]
        command += ["--constraints", str(constraints(Path(half))), str(listed)]
        command += ["--output-file", str(Path(half, "found.txt"))]
        variables = {**variables_for(pack.wheels, start.environment()), **more}
        for version in plan.versions[target]:
            try:
                run([*command, "--python-version", version], variables)
            except start.Trouble as trouble:
                return f"uv finds not all that Python {version} takes: {trouble}"
    return ""


def said(faults: dict[Target, str], pack: Pack) -> Iterator[str]:
    """The report, line by line."""
    for target, fault in faults.items():
        asks = pack.manifest["targets"][str(target)]["asks"]
        kind = {"linux": "glibc", "darwin": "macOS"}.get(target.of.platform)
        least = f" ({kind} {asks[0]}.{asks[1]} or newer)" if kind and asks != [0, 0] else ""
        yield f"  {target.said:<28} {fault or 'complete'}{'' if fault else least}"
    size = sum(entry["size"] for entry in pack.manifest["files"].values())
    yield f"{len(pack.manifest['files'])} wheels, {megabytes(size)}, in {pack.folder}"


def main(arguments: list[str], root: Path = Path(start.ROOT)) -> int:
    """The command. Returns the exit code: 0, or 1 where no pack was made, or not all of it."""
    parser = argparse.ArgumentParser(
        prog="start.py pack",
        description="Make a folder of every wheel, from which start.py --offline FOLDER sets up"
        " without a network. Run again, it fetches what is missing and adds to what is there.",
    )
    parser.add_argument("folder", nargs="?", default=FOLDER, help='without one: "pack", in here')
    parser.add_argument(
        "--system",
        nargs="+",
        default=[],
        choices=[*FAMILIES, *SYSTEMS],
        metavar="NAME",
        help=f"only for these: {', '.join(FAMILIES)}; or closer: {', '.join(SYSTEMS)}",
    )
    parser.add_argument(
        "--python",
        nargs="+",
        default=[],
        choices=PYTHONS,
        metavar="VERSION",
        help=f"only for these: {', '.join(PYTHONS)}",
    )
    chosen = parser.parse_args(arguments)
    folder = Path(os.path.abspath(root / Path(chosen.folder).expanduser()))
    if importlib.util.find_spec("uv") is None:  # where it could not be installed
        print(f"start.py: {start.UV} is not to be had for this machine.", file=sys.stderr)
        return 1
    try:
        faults = make(folder, targets(chosen.system, chosen.python))
    except start.Trouble as trouble:
        print(f"start.py: {trouble}", file=sys.stderr)
        return 1
    except OSError as error:
        full = error.errno == errno.ENOSPC
        what = "the disk is full" if full else f"{error.strerror}: {error.filename}"
        print(f"start.py: The pack is not complete ({what}). Run it again.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("start.py: interrupted. The same command goes on from here.", file=sys.stderr)
        return 130
    for line in said(faults, Pack.read(folder)):
        print(line)
    print(f"On a machine without a network: python3 start.py --offline {chosen.folder}")
    return 1 if any(faults.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
