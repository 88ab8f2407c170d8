"""Policies looked at by themselves: validation, and the custom policy checks.

AWS pages: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-validation.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-custom-policy-checks.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from helpers.lab.errors import AwsError
from helpers.lab.services.accessanalyzer_store import invalid, page
from helpers.lab.services.registry import Asked, answers
from helpers.policy import Finding, Policy, PolicyError, PolicyType, Statement, check_policy
from helpers.policy import parse_policy as parse
from helpers.policy.access_checks import granted_access, no_new_access
from helpers.policy.public_access import is_public_statement

TRUST_POLICY = "AWS::IAM::AssumeRolePolicyDocument"

# -- validation ------------------------------------------------------------------------------------


@answers("accessanalyzer", "ValidatePolicy")
def validate_policy(asked: Asked) -> Any:
    kind = asked.parameters["policyType"]
    resource_type = asked.parameters.get("validatePolicyResourceType")
    if resource_type is not None and kind != "RESOURCE_POLICY":
        raise invalid(
            "validatePolicyResourceType is for policies of the type RESOURCE_POLICY only.",
            "validatePolicyResourceType",
        )
    text = asked.parameters["policyDocument"]
    used_as = PolicyType.TRUST if resource_type == TRUST_POLICY else kind
    # Checks of the project's own are no findings of the service.
    found = [one for one in check_policy(text, used_as) if not one.own]
    lines = _Lines(text)
    return page(asked, "findings", found, lambda one: _finding(one, lines))


def _finding(one: Finding, lines: _Lines) -> dict[str, Any]:
    return {
        "findingDetails": one.message,
        "findingType": str(one.type),
        "issueCode": one.code,
        "learnMoreLink": one.learn_more,
        "locations": [
            {
                "path": [
                    {"index": step} if isinstance(step, int) else {"value": step}
                    for step in one.steps
                ],
                "span": {
                    "start": lines.position(one.line, one.column),
                    "end": lines.position(one.end_line, one.end_column),
                },
            }
        ],
    }


class _Lines:
    """Where lines begin in a text. The API counts lines from 1, columns and offsets from 0."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def position(self, line: int, column: int) -> dict[str, int]:
        start = self._starts[min(line, len(self._starts)) - 1]
        return {"line": line, "column": column - 1, "offset": start + column - 1}


# -- custom checks ---------------------------------------------------------------------------------

API_TYPES = {"IDENTITY_POLICY": PolicyType.IDENTITY, "RESOURCE_POLICY": PolicyType.RESOURCE}


def _policy(text: str, kind: PolicyType, name: str) -> Policy:
    try:
        return parse(text, kind)
    except PolicyError as error:
        message = f"{name} is not a valid {kind}: {error}"
        raise AwsError("InvalidParameterException", message) from error


def _answer(failing: Iterable[Statement], passed: str, failed: str, reason: str) -> dict[str, Any]:
    """PASS, or FAIL with the statements that made it."""
    reasons = [_reason(statement, reason) for statement in failing]
    if not reasons:
        return {"result": "PASS", "message": passed}
    return {"result": "FAIL", "message": failed, "reasons": reasons}


def _reason(statement: Statement, words: str) -> dict[str, Any]:
    if statement.sid:
        return {
            "description": f"{words} sid: {statement.sid}.",
            "statementIndex": statement.index,
            "statementId": statement.sid,
        }
    return {
        "description": f"{words} index: {statement.index}.",
        "statementIndex": statement.index,
    }


@answers("accessanalyzer", "CheckNoNewAccess")
def check_no_new_access(asked: Asked) -> Any:
    parameters = asked.parameters
    kind = API_TYPES[parameters["policyType"]]
    new = _policy(parameters["newPolicyDocument"], kind, "newPolicyDocument")
    existing = _policy(parameters["existingPolicyDocument"], kind, "existingPolicyDocument")
    return _answer(
        no_new_access(new, existing),
        "The modified permissions do not grant new access compared to your existing policy.",
        "The modified permissions grant new access compared to your existing policy.",
        "New access in the statement with",
    )


_ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+")


@answers("accessanalyzer", "CheckAccessNotGranted")
def check_access_not_granted(asked: Asked) -> Any:
    parameters = asked.parameters
    policy = _policy(
        parameters["policyDocument"], API_TYPES[parameters["policyType"]], "policyDocument"
    )
    given = parameters["access"]
    actions = [action for one in given for action in one.get("actions") or ()]
    resources = [arn for one in given for arn in one.get("resources") or ()]
    if not actions and not resources:
        raise invalid("The access object needs actions, resources or both.", "access")
    for action in actions:
        if not _ACTION.fullmatch(action):
            raise _wrong(f"{action} is not a valid action.")
    for arn in resources:
        parts = arn.split(":", 5)
        whole = len(parts) == 6 and parts[0] == "arn" and bool(parts[5])
        if arn != "*" and not (whole and not re.search(r"[*?]", "".join(parts[:5]))):
            raise _wrong(
                f"{arn} is not a valid resource: an ARN may have wildcards in the part that "
                "specifies the resource only."
            )
    return _answer(
        granted_access(policy, actions, resources),
        "The policy document does not grant access to perform the listed actions or resources.",
        "The policy document grants access to perform one or more of the listed actions or "
        "resources.",
        "One or more of the listed actions or resources in the statement with",
    )


def _wrong(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)


@answers("accessanalyzer", "CheckNoPublicAccess")
def check_no_public_access(asked: Asked) -> Any:
    parameters = asked.parameters
    trust = parameters["resourceType"] == TRUST_POLICY
    kind = PolicyType.TRUST if trust else PolicyType.RESOURCE
    text = parameters["policyDocument"]
    policy = _policy(text if trust else _with_resources(text), kind, "policyDocument")
    return _answer(
        [one for one in policy.statements if is_public_statement(one)],
        "The resource policy does not grant public access for the given resource type.",
        "The resource policy grants public access for the given resource type.",
        "Public access granted in the following statement with",
    )


def _with_resources(text: str) -> str:
    """The document, whose statements may leave out the resource that the policy hangs on."""
    try:
        data = json.loads(text)
    except ValueError:
        return text
    statements = data.get("Statement") if isinstance(data, dict) else None
    listed = statements if isinstance(statements, list) else [statements]
    if not all(isinstance(one, dict) for one in listed):
        return text
    if all("Resource" in one or "NotResource" in one for one in listed):
        return text
    for one in listed:
        if "NotResource" not in one:
            one.setdefault("Resource", "*")
    return json.dumps(data)
