"""Lambda: who may call a function, which roles it takes, and what an account may use.

A permission of a function is a statement of its policy. moto writes the parameters of a call
into the statement that have no place in one, and takes the same statement id twice.

AWS pages: https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html,
https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html,
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

import json
import re
from typing import Any

from helpers.lab import principals, seam
from helpers.lab.authorization.lambda_ import SERVICE, function_arn
from helpers.lab.authorization.table import Site
from helpers.lab.errors import AwsError
from helpers.lab.services.registry import Asked, answers
from helpers.lab.wire import HttpAnswer
from helpers.policy import Policies, PolicyError, Request, evaluate

# Parameter → operator and key of the condition that it becomes.
CONDITIONS = {
    "SourceArn": ("ArnLike", "AWS:SourceArn"),
    "SourceAccount": ("StringEquals", "AWS:SourceAccount"),
    "PrincipalOrgID": ("StringEquals", "aws:PrincipalOrgID"),
    "EventSourceToken": ("StringEquals", "lambda:EventSourceToken"),
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
    "InvokedViaFunctionUrl": ("Bool", "lambda:InvokedViaFunctionUrl"),
}

_SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?")
_STATEMENT_ID = re.compile(r"[a-zA-Z0-9-_]{1,100}")
_ACTION = re.compile(r"lambda:[*]|lambda:[a-zA-Z]+|[*]")

NO_ROLE = "The role defined for the function cannot be assumed by Lambda."


def _function(asked: Asked) -> Any | None:
    """moto's function that a call names; ``None``: there is none."""
    site = Site(asked.call, asked.principal, asked.account.id, asked.world)
    name = function_arn(site, str(asked.parameters["FunctionName"])).split(":")[6]
    store = seam.store("lambda", asked.account.id, asked.call.region)
    functions = store.list_functions() if store is not None else ()
    return next((f for f in functions if f.function_name == name), None)


def _constraint(value: str, member: str, pattern: str) -> AwsError:
    return AwsError(
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy "
        f"constraint: Member must satisfy regular expression pattern: {pattern}",
    )


# -- permissions ---------------------------------------------------------------------------------


@answers("lambda", "AddPermission")
def add_permission(asked: Asked) -> Any:
    """Add a statement to a function's policy."""
    parameters, function = asked.parameters, _function(asked)
    if function is None:
        return asked.forward()
    sid, action = str(parameters["StatementId"]), str(parameters["Action"])
    if not _STATEMENT_ID.fullmatch(sid):
        raise _constraint(sid, "statementId", "([a-zA-Z0-9-_]+)")
    if not _ACTION.fullmatch(action):
        raise _constraint(action, "action", "(lambda:[*]|lambda:[a-zA-Z]+|[*])")
    principal = _principal(asked, str(parameters["Principal"]))
    statements = function.policy.statements
    if any(statement.get("Sid") == sid for statement in statements):
        raise AwsError(
            "ResourceConflictException",
            f"The statement id ({sid}) provided already exists. Please provide a new statement "
            "id, or remove the existing statement.",
            409,
        )
    http = asked.forward()
    added = next((s for s in statements if s.get("Sid") == sid), None)
    if http[0] >= 300 or added is None:
        return http
    condition: dict[str, dict[str, str]] = {}
    for name, (operator, key) in CONDITIONS.items():
        value = parameters.get(name)
        if value is not None:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            condition.setdefault(operator, {})[key] = text
    resource = added["Resource"]
    added.clear()
    added |= {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": action}
    added |= {"Resource": resource, **({"Condition": condition} if condition else {})}
    return {"Statement": json.dumps(added)}


def _principal(asked: Asked, name: str) -> Any:
    """The Principal of a statement, from an account, an ARN, a service or ``*``."""
    if name == "*":
        return name
    if _SERVICE.fullmatch(name):
        return {"Service": name}
    if re.fullmatch(r"\d{12}", name):
        name = f"arn:aws:iam::{name}:root"
    document = {"Statement": [{"Principal": {"AWS": name}}]}
    if principals.unknown(json.dumps(document), asked.world.accounts):
        raise AwsError(
            "InvalidParameterValueException",
            "The provided principal was invalid. Please check the principal and try again.",
        )
    return {"AWS": name}


@answers("lambda", "RemovePermission")
def remove_permission(asked: Asked) -> HttpAnswer:
    """Take a statement out of a function's policy."""
    function, sid = _function(asked), asked.parameters["StatementId"]
    if function is not None and all(s.get("Sid") != sid for s in function.policy.statements):
        raise AwsError(
            "ResourceNotFoundException", f"Statement {sid} is not found in resource policy.", 404
        )
    return asked.forward()


# -- functions -----------------------------------------------------------------------------------


@answers("lambda", "CreateFunction", "UpdateFunctionConfiguration")
def with_a_role(asked: Asked) -> HttpAnswer:
    """Make or change a function; its role has to trust Lambda."""
    arn, runtime = asked.parameters.get("Role"), asked.parameters.get("Runtime")
    known = _runtimes(asked)
    if runtime is not None and runtime not in known:
        raise AwsError(
            "InvalidParameterValueException",
            f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum "
            f"value set: [{', '.join(known)}] or be a valid ARN",
        )
    role = seam.role(arn) if arn else None
    if arn and (role is None or not _trusts_lambda(role)):
        raise AwsError("InvalidParameterValueException", NO_ROLE)
    return asked.forward()


def _runtimes(asked: Asked) -> list[str]:
    return list(asked.call.model.input_shape.members["Runtime"].enum)


def _trusts_lambda(role: Any) -> bool:
    request = Request(
        action="sts:AssumeRole",
        resource=role.arn,
        principal=SERVICE,
        context={"aws:PrincipalIsAWSService": "true", "aws:SourceAccount": role.account_id},
        resource_account=role.account_id,
    )
    try:
        policies = Policies(resource=("trust policy", role.assume_role_policy_document))
        return evaluate(request, policies).effect == "allowed"
    except PolicyError:
        return False


@answers("lambda", "GetAccountSettings")
def get_account_settings(asked: Asked) -> dict[str, Any]:
    """The limits of an account in a Region, and how much of them is used."""
    store = seam.store("lambda", asked.account.id, asked.call.region)
    functions = list(store.list_functions()) if store is not None else []
    reserved = sum(int(f.reserved_concurrency or 0) for f in functions)
    return {
        "AccountLimit": {
            "TotalCodeSize": 80_530_636_800,
            "CodeSizeUnzipped": 262_144_000,
            "CodeSizeZipped": 52_428_800,
            "ConcurrentExecutions": 1000,
            "UnreservedConcurrentExecutions": 1000 - reserved,
        },
        "AccountUsage": {
            "TotalCodeSize": sum(int(f.code_size or 0) for f in functions),
            "FunctionCount": len(functions),
        },
    }
