"""STS: what an encoded authorization failure message says.

AWS page: https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from helpers.lab.ec2_state import state_of
from helpers.lab.errors import AwsError
from helpers.lab.services.registry import Asked, answers
from helpers.policy import Decision

INVALID = "Message is invalid."


@answers("sts", "DecodeAuthorizationMessage")
def decode_authorization_message(asked: Asked) -> dict[str, str]:
    """The decision behind a message, in AWS's JSON; a message of another account is none."""
    message = asked.parameters.get("EncodedMessage", "")
    decision = state_of(asked.account).denials.get(message.strip())
    if decision is None:
        raise AwsError("InvalidAuthorizationMessageException", INVALID)
    return {"DecodedMessage": json.dumps(decoded(decision), separators=(",", ":"))}


def decoded(decision: Decision) -> dict[str, Any]:
    """A denied decision in the form of AWS's decoded messages."""
    request = decision.request
    context = dict(request.context)
    user_id = _first(context.pop("aws:userid", ""))
    arn = str(request.principal)
    return {
        "allowed": False,
        "explicitDeny": decision.effect == "explicitDeny",
        "matchedStatements": {"items": list(_matched(decision))},
        "failures": {"items": []},
        "context": {
            "principal": {"id": user_id, "name": arn.rpartition("/")[2], "arn": arn},
            "action": request.action,
            "resource": request.resource,
            "conditions": {"items": _conditions(context)},
        },
    }


def _matched(decision: Decision) -> list[dict[str, Any]]:
    """The statements that denied."""
    if decision.effect != "explicitDeny":
        return []
    return [
        {
            "statementId": statement.sid or "",
            "effect": "DENY",
            "principals": {"items": []},
            "principalGroups": {"items": []},
            "actions": _items(statement, "Action", "NotAction"),
            "resources": _items(statement, "Resource", "NotResource"),
            "conditions": {"items": _written_conditions(statement)},
        }
        for statement in decision.statements
    ]


def _items(statement: Any, *names: str) -> dict[str, Any]:
    found = next((statement.document[name] for name in names if name in statement.document), [])
    return {"items": [{"value": value} for value in _list(found)]}


def _written_conditions(statement: Any) -> list[dict[str, Any]]:
    """A statement's conditions: every key with the values it is compared with."""
    return [
        {"key": key, "values": {"items": [{"value": str(v)} for v in _list(values)]}}
        for keys in statement.document.get("Condition", {}).values()
        for key, values in keys.items()
    ]


def _conditions(context: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"key": key, "values": {"items": [{"value": str(value)} for value in _list(values)]}}
        for key, values in sorted(context.items())
    ]


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _first(value: Any) -> str:
    return str(_list(value)[0]) if _list(value) else ""
