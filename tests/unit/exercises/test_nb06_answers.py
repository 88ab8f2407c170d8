"""Notebook 06: the second account that its round about organizations is played in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from helpers import Lab
from helpers.exercises import nb06


@pytest.fixture
def lab() -> Iterator[Lab]:
    yield Lab.start("house")
    Lab.stop()


def test_the_second_account_is_made_once_and_is_another(lab: Lab) -> None:
    account, inside = nb06.second_account(lab)
    again, _ = nb06.second_account(lab)
    assert account == again != lab.account.id
    identity = inside.client("sts").get_caller_identity()
    assert identity["Account"] == account
    assert ":assumed-role/OrganizationAccountAccessRole/" in identity["Arn"]
    inside.client("iam").create_user(UserName="sam")  # it may do everything over there
    assert lab.root.client("iam").list_users()["Users"][-1]["UserName"] != "sam"
    accounts = lab.root.client("organizations").list_accounts()["Accounts"]
    assert len(accounts) == 2
