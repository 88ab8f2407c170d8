"""A decision as gates: which there are, in which order, and the statement that made each."""

from __future__ import annotations

import doctest
from typing import Any

from helpers.policy import Decision, Policies, Request, evaluate, gates
from helpers.policy.gates import Gate

USER = "arn:aws:iam::111122223333:user/analyst"


def document(effect: str, sid: str = "X", **more: Any) -> dict[str, Any]:
    statement = {"Sid": sid, "Effect": effect, "Action": "s3:*", "Resource": "*", **more}
    return {"Version": "2012-10-17", "Statement": statement}


def decided(principal: str = USER, **policies: Any) -> Decision:
    request = Request("s3:GetObject", "arn:aws:s3:::payroll/2026.csv", principal)
    return evaluate(request, Policies(**policies))


def test_doctest() -> None:
    failed, tried = doctest.testmod(gates)
    assert tried
    assert not failed


def test_a_deny_is_the_only_gate() -> None:
    found = list(gates.gates(decided(identity=[document("Allow"), ("No", document("Deny"))])))
    assert found == [
        Gate("a Deny anywhere?", "explicitDeny", "yes", "statement X of No"),
        Gate("the decision", "explicitDeny", "denied explicitly"),
    ]


def test_each_type_of_policy_is_a_gate() -> None:
    boundary = ("Edge", document("Allow", Action="ec2:*"))
    found = list(
        gates.gates(decided(identity=[("Read", document("Allow"))], permissions_boundary=boundary))
    )
    assert found[:-1] == [
        Gate("a Deny anywhere?", "allowed", "no"),
        Gate("resource-based policy", "implicitDeny", "there is none"),
        Gate("identity-based policy", "allowed", "allows", "statement X of Read"),
        Gate("permissions boundary", "implicitDeny", "does not allow"),
    ]
    assert found[-1].effect == "explicitDeny"
    assert found[-1].word == "denied, because no permissions boundary allows it"


def test_what_is_not_asked_says_why() -> None:
    root = decided("arn:aws:iam::111122223333:root")
    found = {gate.name: gate for gate in gates.gates(root)}
    gate = found["identity-based policy"]
    assert (gate.effect, gate.word) == ("notEvaluated", "not asked")
    assert gate.statement.startswith("the root user may do everything")
    assert found["the decision"] == Gate("the decision", "allowed", "allowed")
