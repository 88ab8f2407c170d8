"""What changes from one policy to another."""

from __future__ import annotations

import json
from typing import Any

import pytest
from records import allowing

from helpers.analysis.permissions.difference import Change, canonical, difference
from helpers.policy import PolicyError

CONDITION = {"Bool": {"aws:SecureTransport": "true"}}
PAYROLL = "arn:aws:s3:::payroll/*"


def on(resource: Any, *actions: str, **others: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource, **others}
    return {"Version": "2012-10-17", "Statement": [statement]}


DENY = {"Effect": "Deny", "Action": "s3:Get*", "Resource": PAYROLL}


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        (allowing("s3:GetObject"), allowing("s3:getobject"), Change.KEPT),
        (allowing("s3:GetObject"), on(PAYROLL, "s3:GetObject"), Change.NARROWED),
        (allowing("s3:Get*"), allowing("s3:GetObject", Condition=CONDITION), Change.NARROWED),
        (on(PAYROLL, "s3:GetObject"), allowing("s3:GetObject"), Change.WIDENED),
        (on(PAYROLL, "s3:GetObject"), on("arn:aws:s3:::b/*", "s3:*"), Change.CHANGED),
        (allowing("s3:*"), allowing("s3:PutObject"), Change.GONE),
        (None, allowing("s3:GetObject"), Change.NEW),
        (allowing("s3:GetObject"), None, Change.GONE),
        (
            allowing("s3:GetObject"),
            {**allowing("s3:Get*"), "Statement": [*allowing("s3:Get*")["Statement"], DENY]},
            Change.NARROWED,
        ),
    ],
)
def test_an_action(old: Any, new: Any, change: Change) -> None:
    found = {one.action: one for one in difference(old, new).changes}
    assert found["s3:GetObject"].change is change
    other_way = {one.action: one for one in difference(new, old).changes}
    assert other_way["s3:GetObject"].change is {
        Change.GONE: Change.NEW,
        Change.NEW: Change.GONE,
        Change.NARROWED: Change.WIDENED,
        Change.WIDENED: Change.NARROWED,
    }.get(change, change)


def test_resources_and_tables() -> None:
    found = difference(
        allowing("s3:GetObject", "s3:PutObject", "iam:*"), on(PAYROLL, "s3:GetObject")
    )
    table = found.frame().set_index("action")
    assert list(table.columns) == ["service", "change", "before", "after"]
    assert tuple(table.loc["s3:GetObject"]) == ("s3", "narrowed", "*", PAYROLL)
    assert tuple(table.loc["s3:PutObject"]) == ("s3", "gone", "*", "")
    services = found.services()
    assert list(services.columns) == [str(change) for change in Change]
    assert (services.loc["s3", "gone"], services.loc["s3", "narrowed"]) == (1, 1)
    assert services.loc["iam", "gone"] == len(found.of(Change.GONE)) - 1 > 100


def test_the_text() -> None:
    plain = difference(allowing("s3:GetObject"), json.dumps(allowing("s3:GetObject")), "Read")
    assert plain.text == ""
    assert str(plain) == "Read: nothing changes"
    assert difference(None, None).changes == ()
    gone = difference(allowing("s3:GetObject"), None, "Read")
    assert gone.text.splitlines()[:2] == ["--- Read (now)", "+++ (nothing)"]
    assert '-        "s3:GetObject"' in gone.text


def test_equal_policies_look_alike() -> None:
    one = '{"Statement":{"Resource":"*","Effect":"Allow","Action":["s3:b","S3:a","s3:b"]}}'
    other = {"Statement": [{"Action": ["S3:a", "s3:b"], "Effect": "Allow", "Resource": ["*"]}]}
    assert canonical(one) == canonical(other)
    assert json.loads(canonical(one))["Statement"][0]["Action"] == ["S3:a", "s3:b"]


def test_a_broken_document() -> None:
    with pytest.raises(PolicyError):
        difference(allowing("s3:GetObject"), {"Statement": "none"})
    with pytest.raises(PolicyError):
        difference("{", allowing("s3:GetObject"))
