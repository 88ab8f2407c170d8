"""What a new moto or boto3 changes under the lab, in one list.

    python tests/unit/lab/moto_moved.py             # run what watches them, say what moved
    python tests/unit/lab/moto_moved.py --gaps      # only list what moto answers wrongly

Three kinds of tests watch: the *canaries*, one for each private name of moto and botocore that the
lab rests on; the *gaps*, small walks which moto ends otherwise than AWS; and the *coverage*, which
compares the lab's tables with botocore's operations. CONTRIBUTING.md says what to do for each.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
from collections import Counter
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import pytest

HERE = Path(__file__).parent
WATCHING = {
    "canaries": (
        "test_canary_imports.py",
        "test_canaries.py",
        "test_canaries_resources.py",
        "test_canaries_shared.py",
    ),
    "gaps": ("test_moto_gaps.py",),
    "coverage": (
        "test_authorization_coverage.py",
        "test_event_actions_of_operations.py",
        "test_service_names.py",
    ),
}
"""Kind → the files of its tests."""


@dataclass(eq=False)  # pytest keeps its plugins in sets
class Watch:
    """Listens to pytest: how many tests of each kind held, and what the others say."""

    held: Counter[str] = field(default_factory=Counter)
    moved: dict[str, list[str]] = field(default_factory=dict)
    """Kind → a line for each test that failed or could not be collected."""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._note(report.nodeid, report)
        elif report.when == "call" and report.passed:
            self.held[kind_of(report.nodeid)] += 1

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._note(report.nodeid, report)

    def _note(self, nodeid: str, report: pytest.TestReport | pytest.CollectReport) -> None:
        said = getattr(getattr(report.longrepr, "reprcrash", None), "message", None)
        lines = str(said or report.longrepr or "").strip().splitlines() or ["it failed"]
        # A failed import's last line says why, an assertion's first one.
        line = lines[0] if said else lines[-1]
        name = nodeid.rpartition("/")[2]
        self.moved.setdefault(kind_of(nodeid), []).append(f"{name}: {line}")

    def text(self) -> str:
        """The list: a head for each kind, and under it what moved."""
        found = []
        for kind in WATCHING:
            lines = self.moved.get(kind, [])
            found.append(f"{kind}: {self.held[kind]} hold, {len(lines)} moved")
            found += [f"  {line}" for line in lines]
        return "\n".join(found)


def kind_of(nodeid: str) -> str:
    """The kind of a test, by its file.

    >>> kind_of("tests/unit/lab/test_moto_gaps.py::test_the_lab_does_it_right[row_01]")
    'gaps'
    """
    file = nodeid.partition("::")[0].rpartition("/")[2]
    return next(kind for kind, files in WATCHING.items() if file in files)


def watched(*options: str) -> Watch:
    """What the tests that watch say of the moto and boto3 that are installed."""
    watch = Watch()
    files = [str(HERE / name) for names in WATCHING.values() for name in names]
    # Where a name is gone, the lab cannot be imported, and the canaries' own file still runs.
    always = ("-q", "-p", "no:cacheprovider", "--continue-on-collection-errors")
    with contextlib.redirect_stdout(io.StringIO()) as own_words:
        status = pytest.main([*files, *always, *options], plugins=[watch])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and not watch.moved:
        raise RuntimeError(f"the tests did not run: {own_words.getvalue()[-1000:]}")
    return watch


def gaps() -> str:
    """Each walk that moto ends otherwise than AWS: what both answer."""
    from gap_probes import EXPECTED

    return "\n".join(
        f"{name.removeprefix('row_').replace('_', ' ')}\n  moto: {wrong!r}\n  AWS:  {right!r}"
        for name, (wrong, right) in EXPECTED.items()
    )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--gaps", action="store_true", help="only list the gaps, run nothing")
    if parser.parse_args(arguments).gaps:
        print(gaps())
        return 0
    print(", ".join(f"{name} {version(name)}" for name in ("moto", "boto3", "botocore")))
    watch = watched()
    print(watch.text())
    return int(bool(watch.moved))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
