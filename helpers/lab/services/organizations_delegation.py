"""The organization's own policy, by which member accounts come to manage its policies.

Only the management account writes it. It can leave to others what concerns policies, and looking
around; all else stays with the management account.

AWS page: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_delegate_policies.html
"""

from __future__ import annotations

import json
from typing import Any

from helpers.lab.organization import Organization, ResourcePolicy
from helpers.lab.services.organizations import (
    DELEGABLE,
    NOT_YOURS,
    error,
    own_organization,
    readable,
    tags_in,
)
from helpers.lab.services.registry import Asked, answers
from helpers.policy import PolicyError, PolicyType, parse_policy


def _own(asked: Asked) -> Organization:
    organization = own_organization(asked)
    if asked.account.id != organization.management_id:
        raise error("AccessDenied", NOT_YOURS)
    return organization


def _policy(organization: Organization) -> ResourcePolicy:
    if organization.resource_policy is None:
        raise error("ResourcePolicyNotFound", "You specified a resource policy that doesn't exist.")
    return organization.resource_policy


def _check(content: str) -> None:
    try:
        parse_policy(content, PolicyType.RESOURCE)
    except PolicyError as fault:
        raise error("InvalidInput", str(fault), "INVALID_RESOURCE_POLICY_JSON") from fault
    known = {f"organizations:{name}".lower() for name in DELEGABLE}
    statements = json.loads(content)["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        actions = statement.get("Action") or []
        for action in [actions] if isinstance(actions, str) else actions:
            if not any(c in action for c in "*?") and action.lower() not in known:
                raise error(
                    "InvalidInput",
                    f"The resource policy contains an unsupported action: {action}.",
                    "UNSUPPORTED_ACTION_IN_RESOURCE_POLICY",
                )


@answers("organizations", "PutResourcePolicy")
def put_resource_policy(asked: Asked) -> Any:
    organization = _own(asked)
    content = asked.parameters["Content"]
    _check(content)
    kept = organization.resource_policy
    if kept is not None:
        kept.content = content
    else:
        identifier = organization.new_id("rp")
        arn = organization.arn_of("resourcepolicy", identifier)
        organization.resource_policy = ResourcePolicy(identifier, arn, content, tags_in(asked))
    return describe_resource_policy(asked)


@answers("organizations", "DescribeResourcePolicy")
def describe_resource_policy(asked: Asked) -> Any:
    policy = _policy(readable(asked))
    return {
        "ResourcePolicy": {
            "ResourcePolicySummary": {"Id": policy.id, "Arn": policy.arn},
            "Content": policy.content,
        }
    }


@answers("organizations", "DeleteResourcePolicy")
def delete_resource_policy(asked: Asked) -> None:
    organization = _own(asked)
    _policy(organization)
    organization.resource_policy = None
