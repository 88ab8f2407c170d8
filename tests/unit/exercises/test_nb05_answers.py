"""Notebook 05: what a learner may do to the account beside the answers that are listed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pyotp
import pytest

from helpers import Lab, try_call
from helpers.exercises import Verdict, nb05


@pytest.fixture
def lab() -> Iterator[Lab]:
    """The account with the group of the notebook, which the analyst is in."""
    lab = Lab.start("house")
    iam = lab.root.client("iam")
    made = iam.create_policy(
        PolicyName=nb05.DENY_NAME, PolicyDocument=json.dumps(nb05.DENY_WITHOUT_MFA)
    )
    own_mfa = {"Effect": "Allow", "Action": "iam:*MFADevice*", "Resource": "*"}
    iam.create_group(GroupName="everyone")
    iam.attach_group_policy(GroupName="everyone", PolicyArn=made["Policy"]["Arn"])
    iam.put_group_policy(
        GroupName="everyone",
        PolicyName="ManageOwnMFA",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": own_mfa}),
    )
    iam.add_user_to_group(GroupName="everyone", UserName="analyst")
    yield lab
    Lab.stop()


def create(lab: Lab, name: str) -> Any:
    return lab.caller("analyst").client("iam").create_virtual_mfa_device(VirtualMFADeviceName=name)


def test_a_name_that_aws_refuses_is_an_attempt(lab: Lab) -> None:
    assert nb05.q2.judge(lab).verdict is Verdict.NOT_ATTEMPTED
    try_call(create, lab, "my phone")
    outcome = nb05.q2.judge(lab)
    assert outcome.verdict is Verdict.NOT_YET
    assert "`CreateVirtualMFADevice`, was refused" in outcome.message
    assert "must contain only alphanumeric characters" in outcome.message
    create(lab, "my-phone")
    assert "`my-phone`, but it is enabled for nobody" in nb05.q2.judge(lab).message


def test_the_same_code_twice_is_told_in_aws_words(lab: Lab) -> None:
    device = create(lab, "my-phone")["VirtualMFADevice"]
    code = pyotp.TOTP(device["Base32StringSeed"].decode()).at(lab.clock.now)
    try_call(
        lab.caller("analyst").client("iam").enable_mfa_device,
        UserName="analyst",
        SerialNumber=device["SerialNumber"],
        AuthenticationCode1=code,
        AuthenticationCode2=code,
    )
    assert "`EnableMFADevice`, was refused" in nb05.q2.judge(lab).message
    nb05.q2.finish(lab)
    assert nb05.q2.judge(lab).verdict is Verdict.CORRECT
