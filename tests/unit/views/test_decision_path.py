"""The row of gates: what it says of each kind of decision, and that names in it are data."""

from __future__ import annotations

import doctest
from typing import Any

import pytest

from helpers.lab.errors import AwsError
from helpers.lab.explanation import Explanation, Refusal
from helpers.policy import Policies, Request, evaluate
from helpers.views import DecisionPath, decision_path

USER = "arn:aws:iam::111122223333:user/analyst"
ROOT = "arn:aws:iam::111122223333:root"


def document(effect: str, action: str = "s3:*", sid: str = "X", **others: Any) -> dict[str, Any]:
    statement = {"Sid": sid, "Effect": effect, "Action": action, "Resource": "*", **others}
    return {"Version": "2012-10-17", "Statement": [statement]}


ALLOW, DENY = document("Allow"), document("Deny", sid="No")


def path(policies: Policies, principal: str = USER) -> DecisionPath:
    request = Request("s3:GetObject", "arn:aws:s3:::payroll/2026.csv", principal)
    return DecisionPath(evaluate(request, policies))


def lines(policies: Policies, principal: str = USER) -> list[str]:
    return [" ".join(line.split()) for line in repr(path(policies, principal)).splitlines()[1:]]


def test_doctest() -> None:
    failed, tried = doctest.testmod(decision_path)
    assert tried
    assert not failed


def test_a_deny_decides_and_nothing_else_is_asked() -> None:
    found = lines(Policies(identity=[("Reading", ALLOW), ("Closed", DENY)], session=ALLOW))
    assert found == ["a Deny anywhere? ✖ yes: statement No of Closed", "→ ✖ denied explicitly"]


@pytest.mark.parametrize("place", ["permissions_boundary", "session", "resource"])
def test_a_deny_anywhere(place: str) -> None:
    deny = DENY
    if place == "resource":
        deny = document("Deny", sid="No", Principal="*")
    found = lines(Policies(identity=[ALLOW], **{place: ("Other", deny)}))
    assert found[0] == "a Deny anywhere? ✖ yes: statement No of Other"


def test_every_gate_in_the_order_of_evaluation() -> None:
    found = lines(
        Policies(
            identity=[("Reading", ALLOW)],
            permissions_boundary=("Edge", document("Allow", "s3:Get*", sid="")),
            session=("Narrow", document("Allow", "ec2:*")),
            service_control=[[("Full", ALLOW)], [("Unit", ALLOW)]],
            resource_control=[[("FullR", document("Allow", Principal="*"))]],
        )
    )
    assert [line.partition("✔")[0].partition("○")[0].strip() for line in found] == [
        "a Deny anywhere?",
        "resource control policy level 1",
        "service control policy level 1",
        "service control policy level 2",
        "resource-based policy",
        "identity-based policy",
        "permissions boundary",
        "session policy",
        "→ ✖ denied, because no session policy allows it",
    ]
    assert found[5] == "identity-based policy ✔ allows: statement X of Reading"
    assert found[6] == "permissions boundary ✔ allows: statement no. 1 of Edge"
    assert found[7] == "session policy ○ does not allow"


def test_the_root_user_is_not_asked_for_its_policies() -> None:
    found = lines(Policies(identity=[DENY]), ROOT)
    assert found[0] == "a Deny anywhere? ✔ no"
    assert "identity-based policy ○ not asked: the root user may do everything" in found[2]
    assert found[-1] == "→ ✔ allowed"


def test_the_picture_says_what_the_text_says() -> None:
    drawn = path(Policies(identity=[("Reading", ALLOW)]))
    bundle = drawn._repr_mimebundle_()
    for word in ("a Deny anywhere?", "there is none", "statement X of Reading", "✔ allowed"):
        assert word in bundle["text/html"]
    assert bundle["text/plain"] == repr(drawn)


def test_hostile_names_stay_text() -> None:
    name = '"><img src=x onerror=alert(1)>'
    for effect in ("Allow", "Deny"):
        drawn = path(Policies(identity=[(name, document(effect))])).html()
        assert "<img" not in drawn
    request = Request("s3:GetObject", f"arn:aws:s3:::payroll/{name}", USER)
    assert "<img" not in DecisionPath(evaluate(request, Policies(identity=[ALLOW]))).html()


def test_of_what_lab_why_explains() -> None:
    denied = path(Policies(identity=[DENY])).decision
    error = AwsError("AccessDenied", denied.message, 403)
    assert repr(DecisionPath(Explanation(Refusal("GetObject", error, denied)))) == repr(
        DecisionPath(denied)
    )
    for nothing in (Explanation(None), Explanation(Refusal("GetObject", error)), "denied", None):
        with pytest.raises(ValueError, match=r"expected a Decision, or lab\.why\(\)"):
            DecisionPath(nothing)  # type: ignore[arg-type]
