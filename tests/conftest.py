"""For all tests."""

from __future__ import annotations

import functools
import gc
import os
import shutil
import tempfile
from collections import Counter

import pytest
from hypothesis import HealthCheck, settings
from worked_in import changed_notebooks

LONG = ("tests/notebooks/test_notebook_passes.py", "tests/browser/")
"""Where tests take longest. They begin first, so that at the end no worker waits for another."""


def pytest_configure(config: pytest.Config) -> None:
    """A folder for all temporary files: nbval kills its kernels, which then leave theirs behind."""
    if hasattr(config, "workerinput"):
        return  # one of xdist's workers, which has the environment of the process that began it
    # pytest's own are kept: they are for looking at what failed.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())
    folder = os.environ["TMPDIR"] = tempfile.mkdtemp(prefix="tests-")
    tempfile.tempdir = None  # it is asked for anew
    config.add_cleanup(functools.partial(shutil.rmtree, folder, ignore_errors=True))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


# How long an example takes depends on what else the machine does.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


def pytest_collection_finish() -> None:
    """What is imported by now stays: the collector need not look through it again and again.

    botocore's models, moto and the tests themselves are a million objects; it is a tenth of the
    time of all tests.
    """
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What those need to know who only wanted to see whether all is well: a line for each reason
    why tests were left out, such as a missing browser, and which notebooks are not as shipped."""
    reports = terminalreporter.stats.get("skipped", [])
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ")
        for report in reports
        if isinstance(report.longrepr, tuple)
    )
    for reason, many in sorted(reasons.items()):
        terminalreporter.write_line(f"{many} left out: {reason}")
    failed = {report.nodeid for report in terminalreporter.stats.get("failed", [])}
    if changed := changed_notebooks(failed):
        terminalreporter.write_line(
            f"Worked in, and not as shipped: {', '.join(changed)}. Tests of these may fail for "
            "that alone. To test them as shipped, bring them back first (yours are kept): "
            f"python3 start.py reset {' '.join(changed)}"
        )
