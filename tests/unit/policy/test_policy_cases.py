"""The cases of ``cases/*.json``: each file names the AWS page that it follows.

Three kinds of case:

* an element (Action, Resource, NotAction, NotResource) and a request: does it match?
* a condition and a context: does it match?
* a request and all its policies: the decision, and where given its reason and deciding statement.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from helpers.policy import Policies, Request, evaluate

USER = "arn:aws:iam::111122223333:user/ann"
CASES = Path(__file__).parent / "cases"


def cases(kind: str) -> list[Any]:
    found = []
    for path in sorted(CASES.glob("*.json")):
        file = json.loads(path.read_text(encoding="utf-8"))
        for case in file["cases"]:
            is_kind = {
                "decision": "policies" in case,
                "condition": "condition" in case,
                "element": "matches" in case and "condition" not in case,
                "malformed": "text" in case,
            }[kind]
            if is_kind:
                if "request" in file:
                    case = {**case, "request": file["request"] | case.get("request", {})}
                found.append(pytest.param(case, id=f"{path.stem}: {case['name']}"))
    return found


def decide(statement: dict[str, Any], case: dict[str, Any], **request: Any) -> str:
    document = {"Version": case.get("version", "2012-10-17"), "Statement": [statement]}
    if document["Version"] == "none":
        del document["Version"]
    asked = {"action": "s3:GetObject", "resource": "arn:aws:s3:::b/k", "principal": USER} | request
    return evaluate(Request(**asked), Policies(identity=[document])).effect


@pytest.mark.parametrize("case", cases("element"))
def test_element(case: dict[str, Any]) -> None:
    elements = {
        name: case[name]
        for name in ("Action", "NotAction", "Resource", "NotResource")
        if name in case
    }
    if not elements.keys() & {"Action", "NotAction"}:
        elements["Action"] = "*"
    if not elements.keys() & {"Resource", "NotResource"}:
        elements["Resource"] = "*"
    effect = decide({"Effect": "Allow", **elements}, case, **case["request"])
    assert effect == ("allowed" if case["matches"] else "implicitDeny")


@pytest.mark.parametrize("case", cases("condition"))
@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_condition(case: dict[str, Any], effect: str) -> None:
    statement = {
        "Effect": effect,
        "Action": "*",
        "Resource": "*",
        "Condition": case["condition"],
    }
    found = decide(statement, case, context=case["context"])
    matched = "allowed" if effect == "Allow" else "explicitDeny"
    assert found == (matched if case["matches"] else "implicitDeny")


def as_documents(policies: dict[str, Any]) -> dict[str, Any]:
    """A pair of name and document is a list in JSON."""

    def one(document: Any) -> Any:
        return tuple(document) if isinstance(document, list) else document

    def each(documents: list[Any]) -> list[Any]:
        return [one(document) for document in documents]

    return {
        name: each(value)
        if name == "identity"
        else [each(level) for level in value]
        if name in ("service_control", "resource_control")
        else value
        for name, value in policies.items()
    }


@pytest.mark.parametrize("case", cases("decision"))
def test_decision(case: dict[str, Any]) -> None:
    decision = evaluate(Request(**case["request"]), Policies(**as_documents(case["policies"])))
    assert decision.effect == case["effect"], str(decision)
    if "reason" in case:
        assert decision.reason == case["reason"]
    if "decided_by" in case:
        assert list(decision.decided_by) == case["decided_by"]
    if decision.effect == "implicitDeny":
        assert decision.decided_by is None


def test_every_file_names_its_page() -> None:
    for path in CASES.glob("*.json"):
        page = json.loads(path.read_text(encoding="utf-8"))["page"]
        assert page.startswith("https://docs.aws.amazon.com/"), path.name


def test_names_of_cases_are_their_own() -> None:
    for path in CASES.glob("*.json"):
        names = [case["name"] for case in json.loads(path.read_text(encoding="utf-8"))["cases"]]
        assert len(names) == len(set(names)), path.name
