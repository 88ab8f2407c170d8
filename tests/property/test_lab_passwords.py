"""Passwords and pages as properties: what a policy lets pass, and lists that lose nothing."""

from __future__ import annotations

import string
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers import Lab
from helpers.lab import seam
from helpers.lab.errors import AwsError
from helpers.lab.passwords import SYMBOLS, check
from helpers.lab.services import iam_store

SHARED = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
CLASSES = {
    "RequireUppercaseCharacters": string.ascii_uppercase,
    "RequireLowercaseCharacters": string.ascii_lowercase,
    "RequireNumbers": string.digits,
    "RequireSymbols": "".join(sorted(SYMBOLS)),
}
EVERY_CHARACTER = "".join(CLASSES.values())


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    yield Lab.start()
    Lab.stop()


def passes(lab: Lab, password: str, earlier: list[str]) -> bool:
    try:
        check(lab.account, password, earlier)
    except AwsError as error:
        return error.code != "PasswordPolicyViolation"
    return True


@SHARED
@given(
    password=st.text(EVERY_CHARACTER, min_size=1, max_size=24),
    length=st.integers(6, 20),
    asked=st.sets(st.sampled_from(sorted(CLASSES))),
    reuse=st.one_of(st.none(), st.integers(1, 24)),
    ago=st.integers(1, 24),
)
def test_a_policy_lets_a_password_pass_that_has_all_it_asks_and_no_other(
    lab: Lab, password: str, length: int, asked: set[str], reuse: int | None, ago: int
) -> None:
    parameters: dict[str, Any] = dict.fromkeys(asked, True)
    if reuse is not None:
        parameters["PasswordReusePrevention"] = reuse
    lab.root.client("iam").update_account_password_policy(
        MinimumPasswordLength=length, **parameters
    )
    earlier = [password, *(f"later-{number}" for number in range(ago - 1))]
    right = len(password) >= length and all(set(password) & set(CLASSES[name]) for name in asked)
    assert passes(lab, password, []) is right
    assert passes(lab, password, earlier) is (right and not (reuse and ago <= reuse))


@SHARED
@given(st.text(EVERY_CHARACTER, min_size=1, max_size=20))
def test_iam_asks_for_eight_characters_of_three_classes(lab: Lab, password: str) -> None:
    seam.iam_backend(lab.account.id).account_password_policy = None
    classes = sum(bool(set(password) & set(kind)) for kind in CLASSES.values())
    assert passes(lab, password, []) is (len(password) >= 8 and classes >= 3)


class _Asked:
    """As much of a call as a list reads of it."""

    def __init__(self, **parameters: Any) -> None:
        self.parameters = parameters


@given(st.lists(st.integers(), max_size=40), st.integers(1, 50))
def test_pages_are_the_list_whatever_their_size(items: list[int], size: int) -> None:
    found: list[int] = []
    marker: dict[str, str] = {}
    for _ in range(len(items) // size + 1):
        page, more = iam_store.page(_Asked(MaxItems=size, **marker), items)  # type: ignore[arg-type]
        assert len(page) <= size
        found += page
        if not more["IsTruncated"]:
            break
        marker = {"Marker": more["Marker"]}
    assert not more["IsTruncated"]
    assert found == items
