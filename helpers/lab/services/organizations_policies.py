"""Service control policies and resource control policies: kept, attached, put in force.

Enabling a type attaches full access to everything, so that nothing changes by that alone;
what is attached from then on limits the calls of the accounts below. Full access of RCPs
cannot be detached, and every root, unit and account keeps at least one SCP.

AWS pages: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html,
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html,
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
"""

from __future__ import annotations

import json
from typing import Any

from helpers.lab.errors import AwsError, not_simulated
from helpers.lab.organization import RCP, SCP, Organization, OrganizationPolicy
from helpers.lab.services.organizations import (
    error,
    managed,
    own_organization,
    page,
    readable,
    tags_in,
)
from helpers.lab.services.organizations_units import described_root
from helpers.lab.services.registry import Asked, answers
from helpers.policy import PolicyError, PolicyType, parse_policy
from helpers.policy.evaluation import RCP_SERVICES

TYPES = {SCP: PolicyType.SERVICE_CONTROL, RCP: PolicyType.RESOURCE_CONTROL}
"""The types whose effect the lab knows. Organizations has others, which limit no call."""

ATTACHED = 5
"""How many policies of a type may be attached to one root, unit or account."""

SIZE = 5_120
"""Characters of a policy; white space counts, for only the console takes it out."""


def _check_type(asked: Asked, type_: str) -> None:
    if type_ not in TYPES:
        raise not_simulated("organizations", f"{asked.call.operation} for {type_}")


def _policy(organization: Organization, policy_id: str) -> OrganizationPolicy:
    if policy_id not in organization.policies:
        raise error("PolicyNotFound", "You specified a policy that doesn't exist.")
    return organization.policies[policy_id]


def _own_policy(organization: Organization, policy_id: str) -> OrganizationPolicy:
    """A policy that may be changed: not one of AWS's own."""
    policy = _policy(organization, policy_id)
    if policy.aws_managed:
        raise error(
            "InvalidInput", "You cannot change a policy that AWS manages.", "IMMUTABLE_POLICY"
        )
    return policy


def _check_content(content: str, type_: str) -> None:
    if len(content) > SIZE:
        raise error(
            "ConstraintViolation",
            "You have exceeded the maximum policy size.",
            "POLICY_CONTENT_LIMIT_EXCEEDED",
        )
    try:
        parse_policy(content, TYPES[type_])
    except PolicyError as fault:
        raise _malformed(str(fault)) from fault
    if type_ == RCP:
        _check_rcp(content)


def _check_rcp(content: str) -> None:
    """What the engine lets pass and AWS does not: an RCP of one's own only denies, to everybody,
    actions of the services that RCPs cover."""
    statements = json.loads(content)["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        if statement.get("Effect") != "Deny":
            raise _malformed("The Effect of a resource control policy can only be Deny.")
        if statement.get("Principal") != "*":
            raise _malformed('A resource control policy needs "Principal": "*".')
        actions = statement.get("Action")
        if actions is None:
            raise _malformed("A resource control policy needs Action; NotAction is not for it.")
        for action in [actions] if isinstance(actions, str) else actions:
            if action.partition(":")[0].lower() not in RCP_SERVICES:
                raise _malformed(f"Resource control policies do not cover the action {action}.")


def _malformed(why: str) -> AwsError:
    return AwsError(
        "MalformedPolicyDocumentException",
        "The provided policy document does not meet the requirements of the specified policy type.",
        hint=why,
    )


@answers("organizations", "CreatePolicy")
def create_policy(asked: Asked) -> Any:
    organization = managed(asked)
    parameters = asked.parameters
    type_ = parameters["Type"]
    _check_type(asked, type_)
    if organization.feature_set != "ALL":
        raise error(
            "PolicyTypeNotAvailableForOrganization",
            "The policy type is not available for the feature set of your organization.",
        )
    _check_content(parameters["Content"], type_)
    _check_name(organization, type_, parameters["Name"])
    identifier = organization.new_id("p")
    policy = OrganizationPolicy(
        id=identifier,
        arn=organization.arn_of("policy", f"{type_.lower()}/{identifier}"),
        name=parameters["Name"],
        description=parameters["Description"],
        type=type_,
        content=parameters["Content"],
        tags=tags_in(asked),
    )
    organization.policies[identifier] = policy
    return {"Policy": _described(policy)}


def _check_name(organization: Organization, type_: str, name: str) -> None:
    if any(p.type == type_ and p.name == name for p in organization.policies.values()):
        raise error("DuplicatePolicy", "A policy with the specified name and type already exists.")


def _summary(policy: OrganizationPolicy) -> dict[str, Any]:
    return {
        "Id": policy.id,
        "Arn": policy.arn,
        "Name": policy.name,
        "Description": policy.description,
        "Type": policy.type,
        "AwsManaged": policy.aws_managed,
    }


def _described(policy: OrganizationPolicy) -> dict[str, Any]:
    return {"PolicySummary": _summary(policy), "Content": policy.content}


@answers("organizations", "DescribePolicy")
def describe_policy(asked: Asked) -> Any:
    policy = _policy(readable(asked), asked.parameters["PolicyId"])
    return {"Policy": _described(policy)}


@answers("organizations", "UpdatePolicy")
def update_policy(asked: Asked) -> Any:
    organization = managed(asked)
    parameters = asked.parameters
    policy = _own_policy(organization, parameters["PolicyId"])
    name, content = parameters.get("Name"), parameters.get("Content")
    if name and name != policy.name:
        _check_name(organization, policy.type, name)
    if content is not None:
        _check_content(content, policy.type)
        policy.content = content
    policy.name = name or policy.name
    policy.description = parameters.get("Description", policy.description)
    return {"Policy": _described(policy)}


@answers("organizations", "DeletePolicy")
def delete_policy(asked: Asked) -> None:
    organization = managed(asked)
    policy = _own_policy(organization, asked.parameters["PolicyId"])
    if any(True for _ in organization.targets_of(policy.id)):
        raise error(
            "PolicyInUse",
            "The policy is attached to one or more entities. You must detach it from all roots, "
            "OUs, and accounts before performing this operation.",
        )
    del organization.policies[policy.id]


@answers("organizations", "ListPolicies")
def list_policies(asked: Asked) -> Any:
    organization = readable(asked)
    type_ = asked.parameters["Filter"]
    policies = (p for p in organization.policies.values() if p.type == type_)
    return page(asked, "Policies", map(_summary, policies))


# Attached ----------------------------------------------------------------------------------------


def _target(organization: Organization, target_id: str) -> str:
    if target_id not in organization.units and target_id not in organization.members:
        raise error("TargetNotFound", "You specified a target that doesn't exist.")
    return target_id


@answers("organizations", "AttachPolicy")
def attach_policy(asked: Asked) -> None:
    organization = managed(asked)
    policy = _policy(organization, asked.parameters["PolicyId"])
    target = _target(organization, asked.parameters["TargetId"])
    _check_enabled(organization, policy.type)
    attached = organization.attached_to(target, policy.type)
    if policy in attached:
        raise error(
            "DuplicatePolicyAttachment",
            "The selected policy is already attached to the specified target.",
        )
    if len(attached) >= ATTACHED:
        raise error(
            "ConstraintViolation",
            "You have attached the maximum number of policies to the specified target.",
            "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
        )
    organization.attached[target].append(policy.id)


@answers("organizations", "DetachPolicy")
def detach_policy(asked: Asked) -> None:
    organization = managed(asked)
    policy = _policy(organization, asked.parameters["PolicyId"])
    target = _target(organization, asked.parameters["TargetId"])
    attached = organization.attached_to(target, policy.type)
    if policy not in attached:
        raise error("PolicyNotAttached", "The policy isn't attached to the specified target.")
    if policy.type == RCP and policy.aws_managed:
        raise error(
            "InvalidInput",
            "You cannot detach this policy from any target.",
            "NON_DETACHABLE_POLICY",
        )
    if len(attached) == 1:
        raise error(
            "ConstraintViolation",
            "You cannot remove the last policy attached to the specified target. You must have "
            "at least one attached at all times.",
            "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
        )
    organization.attached[target].remove(policy.id)


@answers("organizations", "ListPoliciesForTarget")
def list_policies_for_target(asked: Asked) -> Any:
    organization = readable(asked)
    target = _target(organization, asked.parameters["TargetId"])
    policies = organization.attached_to(target, asked.parameters["Filter"])
    return page(asked, "Policies", map(_summary, policies))


@answers("organizations", "ListTargetsForPolicy")
def list_targets_for_policy(asked: Asked) -> Any:
    organization = readable(asked)
    policy = _policy(organization, asked.parameters["PolicyId"])
    targets = (_described_target(organization, t) for t in organization.targets_of(policy.id))
    return page(asked, "Targets", targets)


def _described_target(organization: Organization, target: str) -> dict[str, Any]:
    if (member := organization.members.get(target)) is not None:
        return {"TargetId": target, "Arn": member.arn, "Name": member.name, "Type": "ACCOUNT"}
    unit = organization.units[target]
    kind = "ROOT" if unit.is_root else "ORGANIZATIONAL_UNIT"
    return {"TargetId": target, "Arn": unit.arn, "Name": unit.name, "Type": kind}


# In force ----------------------------------------------------------------------------------------


def _check_enabled(organization: Organization, type_: str) -> None:
    if type_ not in organization.enabled_types:
        raise error(
            "PolicyTypeNotEnabled",
            "This operation can be performed only for enabled policy types.",
        )


def _check_root(organization: Organization, root_id: str) -> None:
    if root_id != organization.root_id:
        raise error("RootNotFound", "You specified a root that doesn't exist.")


@answers("organizations", "EnablePolicyType")
def enable_policy_type(asked: Asked) -> Any:
    organization = managed(asked)
    type_ = asked.parameters["PolicyType"]
    _check_type(asked, type_)
    _check_root(organization, asked.parameters["RootId"])
    if organization.feature_set != "ALL":
        raise error(
            "PolicyTypeNotAvailableForOrganization",
            "The policy type is not available for the feature set of your organization.",
        )
    if type_ in organization.enabled_types:
        raise error("PolicyTypeAlreadyEnabled", "The specified policy type is already enabled.")
    organization.enable(type_)
    return {"Root": described_root(organization)}


@answers("organizations", "DisablePolicyType")
def disable_policy_type(asked: Asked) -> Any:
    organization = managed(asked)
    type_ = asked.parameters["PolicyType"]
    _check_root(organization, asked.parameters["RootId"])
    _check_enabled(organization, type_)
    organization.disable(type_)
    return {"Root": described_root(organization)}


@answers("organizations", "DescribeEffectivePolicy")
def describe_effective_policy(asked: Asked) -> Any:
    """Only types that the lab does not know have one: SCPs and RCPs are never merged."""
    own_organization(asked)
    raise error(
        "EffectivePolicyNotFound",
        "There is no effective policy of the specified type for the account.",
    )
