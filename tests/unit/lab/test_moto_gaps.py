"""What plain moto answers wrongly, the lab answers rightly; and moto still does.

The same walks run under both. Where moto's half fails after an upgrade, moto has mended a gap,
and the lab's own answer may go.
"""

from __future__ import annotations

import json
from typing import Any

import gap_probes
import pytest
from gap_probes import EXPECTED
from lab_calls import ROOT, child

PLAIN = """
import functools, gc, json, os, sys
gc.disable()  # it ends soon
sys.path.insert(0, {folder!r})
os.environ.update(AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="us-east-1", AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull, MOTO_ACCOUNT_ID="111122223333")
import boto3, botocore.session
from moto import mock_aws
# A client, and what it reads, cost more than a walk.
botocore.session.create_loader = functools.cache(botocore.session.create_loader)
boto3.client = functools.cache(boto3.client)
import gap_probes
found = {{}}
for name in gap_probes.EXPECTED:
    # Each Region's 1,300 public images take longer than a walk, and one needs them.
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = str(name == "row_33_an_instance_in_it")
    with mock_aws():
        try:
            found[name] = getattr(gap_probes, name)()
        except Exception as error:
            found[name] = f"{{type(error).__name__}}: {{error}}"
assert "helpers" not in sys.modules
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    """What plain moto answers to all of them, in a process without the project."""
    done = child(PLAIN.format(folder=str(ROOT / "tests" / "unit" / "lab")))
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", EXPECTED)
def test_plain_moto_does_it_wrong(plain: dict[str, Any], name: str) -> None:
    wrong, right = EXPECTED[name]
    assert wrong != right
    assert plain[name] == wrong, f"moto answers otherwise now; AWS would answer {right!r}"


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize("name", EXPECTED)
def test_the_lab_does_it_right(name: str) -> None:
    assert json.loads(json.dumps(getattr(gap_probes, name)())) == EXPECTED[name][1]


def test_every_walk_is_expected() -> None:
    assert {name for name in vars(gap_probes) if name.startswith("row_")} == set(EXPECTED)
