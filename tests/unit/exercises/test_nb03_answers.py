"""Notebook 03: what a learner may do to the account beside the answers that are listed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from helpers import Lab
from helpers.exercises import Verdict, nb03
from helpers.lab.scenarios.hijacked import loot
from helpers.lab.scenarios.hijacked_replay import contain, deleted_while_active, mining

DELETE = nb03.q2.model_answer.replace("update_access_key", "delete_access_key").replace(
    ', Status="Inactive"', ""
)


@pytest.fixture
def hijacked() -> Iterator[Lab]:
    lab = Lab.start("hijacked")
    contain(lab, only_the_key=True)  # what the notebook does before the exercise
    yield lab
    Lab.stop()


def turn_off(lab: Lab, machines: list[tuple[str, str]]) -> None:
    for region, identifier in machines:
        ec2 = lab.root.client("ec2", region_name=region)
        ec2.modify_instance_attribute(InstanceId=identifier, DisableApiTermination={"Value": False})
        ec2.terminate_instances(InstanceIds=[identifier])


def run(lab: Lab, code: str) -> None:
    held = loot(lab)
    names: dict[str, Any] = {
        "lab": lab,
        "iam": lab.root.client("iam"),
        "stolen_keys": {each.access_key_id: each.name for each in (held.backup, held.analyst)},
        "mining": mining(lab),
        "turn_off": lambda machines: turn_off(lab, machines),
        "sessions_end": lambda moment: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": {
                    "Effect": "Deny",
                    "Action": "*",
                    "Resource": "*",
                    "Condition": {
                        "DateLessThan": {"aws:TokenIssueTime": f"{moment:%Y-%m-%dT%H:%M:%SZ}"}
                    },
                },
            }
        ),
    }
    exec(code, names)


def test_a_key_deleted_while_it_was_active_is_told(hijacked: Lab) -> None:
    run(hijacked, DELETE)
    outcome = nb03.q2.judge(hijacked)
    assert outcome.verdict is Verdict.NOT_YET
    assert loot(hijacked).backup.access_key_id in outcome.message
    assert "without having been inactive" in outcome.message
    nb03.q2.finish(hijacked)
    assert nb03.q2.judge(hijacked).verdict is Verdict.CORRECT


def test_a_key_deleted_after_it_was_inactive_is_not(hijacked: Lab) -> None:
    run(hijacked, nb03.q2.model_answer)
    assert nb03.q2.judge(hijacked).verdict is Verdict.CORRECT
    key = loot(hijacked).leaked.access_key_id
    iam = hijacked.root.client("iam")
    iam.delete_access_key(UserName="admin", AccessKeyId=key)
    assert deleted_while_active(hijacked) is None
    assert nb03.q2.judge(hijacked).verdict is Verdict.CORRECT


def test_only_the_thiefs_keys_count_and_only_as_they_were_last(hijacked: Lab) -> None:
    iam, backup = hijacked.root.client("iam"), loot(hijacked).backup
    own = hijacked.caller("admin").access_key_id
    iam.delete_access_key(UserName="admin", AccessKeyId=own)
    assert deleted_while_active(hijacked) is None
    key = {"UserName": backup.name, "AccessKeyId": backup.access_key_id}
    for status in ("Inactive", "Active"):
        iam.update_access_key(**key, Status=status)
    iam.delete_access_key(**key)
    assert deleted_while_active(hijacked) == backup.access_key_id
