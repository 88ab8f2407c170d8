"""A recommendation, proven on the record and then put into effect in the account."""

from __future__ import annotations

import json
from datetime import timedelta

from lab_calls import ACCOUNT, outcome

from helpers import Lab
from helpers.analysis.permissions.entities import entities
from helpers.analysis.permissions.recommendation import Step, recommend
from helpers.analysis.trail.recorded_actions import DATA_ACTIONS
from helpers.analysis.trail.usage import usage
from helpers.lab import seam_shared


def test_the_importer_of_the_office(lab: Lab) -> None:
    lab = Lab.start(scenario="office")
    events = lab.trail.of_account(ACCOUNT)
    found = {one.name: one for one in entities(seam_shared.authorization_details(ACCOUNT), events)}
    importer = found["importer"]
    start = lab.clock.now - timedelta(days=10)
    # The lab records every data event, so that their absence tells something.
    advice = recommend(
        importer,
        usage(events),
        start,
        wildcards=True,  # written out, what cannot be judged is more than an inline policy holds
        keep_resources=False,
        data_events=list(DATA_ACTIONS),
    )
    proof = advice.proof(events)
    assert proof.holds is True
    assert len(proof.passed) > 2
    (step,) = advice.steps
    assert step.step is Step.EDIT
    assert "s3" not in advice.removed_services
    used = set(usage(events).of(importer.arn))
    assert len(used) > 2
    assert not used & set(advice.removed)
    assert "iam:CreateUser" in advice.removed
    # In effect, it does what the proof says.
    lab.root.client("iam").put_user_policy(
        UserName="importer", PolicyName=step.id, PolicyDocument=json.dumps(step.document)
    )
    caller = lab.caller("importer")
    assert outcome(caller.client("s3").list_objects_v2, Bucket="incoming") == "allowed"
    assert outcome(caller.client("iam").create_user, UserName="x") == "AccessDenied"
