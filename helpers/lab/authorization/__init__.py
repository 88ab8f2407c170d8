"""From a call to the questions that the policy engine answers.

Each service that the lessons use has a module here with its table (``TABLE``, in the form of
:mod:`table`), loaded when the service is first called; S3 and EC2, which follow rules of their
own, have a function ``requirements`` instead. Any other service is asked by its operation's name,
on the resources that AWS's reference lets be told from the parameters. ``Requirement.source``
says which of these it was.
"""

from __future__ import annotations

import functools
import importlib
from types import ModuleType
from typing import TYPE_CHECKING

from helpers.lab.authorization import catalogue, passed_roles, reading
from helpers.lab.authorization.requirement import Requirement, Source
from helpers.lab.authorization.table import Site, Table
from helpers.lab.callers import Principal
from helpers.lab.wire import Call, stumbled

if TYPE_CHECKING:
    from helpers.lab.world import World

__all__ = ["MODULES", "Requirement", "Source", "other_account", "requirements"]

MODULES = {
    "accessanalyzer": "accessanalyzer",
    "account": "account",
    "apigateway": "apigateway",
    "apigatewayv2": "apigateway",
    "budgets": "budgets",
    "ce": "ce",
    "cloudtrail": "cloudtrail",
    "dynamodb": "dynamodb",
    "dynamodbstreams": "dynamodb",
    "ec2": "ec2",
    "ecr": "ecr",
    "iam": "iam",
    "kms": "kms",
    "lambda": "lambda_",
    "logs": "logs",
    "organizations": "organizations",
    "s3": "s3",
    "s3control": "s3control",
    "secretsmanager": "secretsmanager",
    "sns": "sns",
    "sqs": "sqs",
    "ssm": "ssm",
    "sts": "sts",
    "support": "support",
}
"""botocore's name of a service → the module of this package that has its table."""

NO_TABLE = Table()


@functools.cache
def _module(service: str) -> ModuleType | None:
    name = MODULES.get(service)
    return importlib.import_module(f"{__name__}.{name}") if name is not None else None


def _table(service: str) -> Table:
    return getattr(_module(service), "TABLE", NO_TABLE)


def requirements(
    call: Call, principal: Principal, account_id: str, world: World | None = None
) -> list[Requirement]:
    """What a call needs to be allowed, all of it: a list that is never empty."""
    own = getattr(_module(call.service), "requirements", None)
    try:
        found = list(own(call, principal, account_id)) if own is not None else []
        if found:
            return found
        site = Site(call, principal, account_id, world)
        table, prefix = _table(call.service), catalogue.prefix(call.service)
        found = list(reading.requirements(site, table, prefix))
        if _module(call.service) is None:
            found.extend(passed_roles.requirements(site, prefix))
        return found
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        # Whatever the tables stumble over is refused, never let through.
        raise stumbled(call, error) from error


def other_account(
    call: Call, principal: Principal, account_id: str, world: World | None = None
) -> str | None:
    """The account whose resource a call names by its ARN, where that is not ``account_id`` and
    AWS lets the operation work across accounts; else ``None``."""
    table = _table(call.service)
    if call.operation not in table.across:
        return None
    site = Site(call, principal, account_id, world)
    try:
        arn = reading.named_resource(site, table, catalogue.prefix(call.service))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return None  # the requirements say what is wrong
    owner = reading.account_in(arn) if arn else None
    return owner if owner != account_id else None
