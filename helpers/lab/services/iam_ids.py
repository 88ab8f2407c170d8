"""Ids of groups, managed policies and instance profiles, with the prefix that tells their kind.

moto makes ids without it; users and roles have theirs already.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
"""

from __future__ import annotations

from typing import Any

from helpers.lab.services.registry import Asked, answers


@answers("iam", "CreateGroup")
def create_group(asked: Asked) -> Any:
    parameters = asked.parameters
    group = asked.iam.create_group(parameters["GroupName"], parameters.get("Path") or "/")
    group.id = asked.account.new_key_id("AGPA")
    return {"Group": group}


@answers("iam", "CreatePolicy")
def create_policy(asked: Asked) -> Any:
    parameters = asked.parameters
    policy = asked.iam.create_policy(
        description=parameters.get("Description"),
        path=parameters.get("Path") or "/",
        policy_document=parameters["PolicyDocument"],
        policy_name=parameters["PolicyName"],
        tags=parameters.get("Tags") or [],
    )
    policy.id = asked.account.new_key_id("ANPA")
    return {"Policy": policy}


@answers("iam", "CreateInstanceProfile")
def create_instance_profile(asked: Asked) -> Any:
    parameters = asked.parameters
    profile = asked.iam.create_instance_profile(
        parameters["InstanceProfileName"],
        parameters.get("Path") or "/",
        role_names=[],
        tags=parameters.get("Tags") or [],
    )
    profile.id = asked.account.new_key_id("AIPA")
    return {"InstanceProfile": profile}
