"""Which policies let a user, group or role into a service at all.

AWS page: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPoliciesGrantingServiceAccess.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from helpers.lab import seam
from helpers.lab.services import iam_store as store
from helpers.lab.services.iam_groups import groups_of
from helpers.lab.services.registry import Asked, answers

_ARN = re.compile(r"arn:aws:iam::(\d{12}):(user|group|role)/.+")


def _entity(asked: Asked) -> tuple[str, Any]:
    """User, Group or Role, and moto's object of the one that the call names."""
    arn = asked.parameters["Arn"]
    match = _ARN.fullmatch(arn)
    if match is None:
        raise store.invalid_input(f"Invalid Entity Arn: {arn}")
    kind = match[2]
    things = {"user": asked.iam.users, "group": asked.iam.groups, "role": asked.iam.roles}[kind]
    found = next((thing for thing in things.values() if thing.arn == arn), None)
    if found is None:
        name = arn.rsplit("/", 1)[-1]
        raise store.no_such_entity(f"The {kind} with name {name} cannot be found.")
    return kind.capitalize(), found


def _policies(asked: Asked, kind: str, entity: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """Each policy of an entity, as the answer names it, with its document."""
    for policy in store.by_name(entity.managed_policies.values()):
        named = {"PolicyName": policy.name, "PolicyType": "MANAGED", "PolicyArn": policy.arn}
        yield named, seam.default_document(policy)
    for name, document in sorted(entity.policies.items()):
        inline = {"PolicyName": name, "PolicyType": "INLINE"}
        yield {**inline, "EntityType": kind.upper(), "EntityName": entity.name}, document
    if kind == "User":
        for group in store.by_name(groups_of(asked, entity)):
            yield from _policies(asked, "Group", group)


def grants_access(document: str, namespace: str) -> bool:
    """Whether a policy allows any action of a service, whatever its conditions say.

    >>> read = '{"Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}'
    >>> grants_access(read, "s3")
    True
    """
    statements = json.loads(document)["Statement"]
    statements = statements if isinstance(statements, list) else [statements]
    return any(it["Effect"] == "Allow" and _reaches(it, namespace) for it in statements)


def _reaches(statement: dict[str, Any], namespace: str) -> bool:
    if "Action" in statement:
        prefixes = (action.lower().partition(":")[0] for action in _listed(statement["Action"]))
        return any(fnmatchcase(namespace, prefix) for prefix in prefixes)
    left_out = {action.lower() for action in _listed(statement["NotAction"])}
    return not left_out & {"*", "*:*", f"{namespace}:*"}


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


@answers("iam", "ListPoliciesGrantingServiceAccess")
def list_policies_granting_service_access(asked: Asked) -> Any:
    kind, entity = _entity(asked)
    policies = list(_policies(asked, kind, entity))
    namespaces, more = store.page(asked, asked.parameters["ServiceNamespaces"])
    return {
        "PoliciesGrantingServiceAccess": [
            {
                "ServiceNamespace": namespace,
                "Policies": [
                    named for named, document in policies if grants_access(document, namespace)
                ],
            }
            for namespace in namespaces
        ],
        **more,
    }
