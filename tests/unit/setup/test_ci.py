"""The same command everywhere: in the README, in .ci/run and in the workflow."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
import yaml


@pytest.mark.skipif(os.name == "nt" or not shutil.which("bash"), reason="needs bash")
def test_ci_runs_the_readmes_test_command(root) -> None:
    text = (root / ".ci" / "run").read_text(encoding="utf-8")
    assert "\nset -euo pipefail\n" in text
    assert text.rstrip().splitlines()[-1] == "exec python3 start.py test"
    assert subprocess.run(["bash", "-n", str(root / ".ci" / "run")]).returncode == 0
    assert os.access(root / ".ci" / "run", os.X_OK)


@pytest.fixture(scope="module")
def workflow(root):
    return yaml.safe_load((root / ".github/workflows/test.yml").read_text(encoding="utf-8"))


def test_workflow_runs_the_same_command_on_every_system(workflow) -> None:
    (job,) = workflow["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == ["python start.py test"]
    matrix = job["strategy"]["matrix"]
    assert {name.split("-")[0] for name in matrix["system"]} == {"ubuntu", "macos", "windows"}
    assert matrix["python"] == ["3.11", "3.12", "3.13"]
    assert job["timeout-minutes"] <= 60


def test_workflow_may_only_read_and_runs_weekly(workflow) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    # YAML 1.1 reads the key `on` as true.
    events = workflow[True]
    assert {"push", "pull_request", "schedule"} <= set(events)
    assert events["schedule"][0]["cron"].split()[2:4] == ["*", "*"]
    assert events["schedule"][0]["cron"].split()[4].isdigit()


def test_readme_names_the_commands(root) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    assert "\npython3 start.py\n" in text
    assert "\npython3 start.py test\n" in text
