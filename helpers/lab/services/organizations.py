"""AWS Organizations: who may ask what, and the organization itself.

moto keeps an organization that limits nobody and refuses little; the lab keeps its own
(:mod:`helpers.lab.organization`) and answers every operation that it has.

AWS pages: https://docs.aws.amazon.com/organizations/latest/APIReference/Welcome.html,
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from typing import Any

from helpers.lab import context
from helpers.lab.account import Account
from helpers.lab.authorization import requirements
from helpers.lab.callers import Principal
from helpers.lab.errors import AwsError
from helpers.lab.organization import SCP, Member, Organization
from helpers.lab.policies import AS_ROOT
from helpers.lab.services.registry import Asked, answers, checks
from helpers.lab.wire import Call
from helpers.lab.world import World
from helpers.policy import Policies, Request, evaluate

# What an answer of each list holds at the most.
PAGE = 20


def error(name: str, message: str, reason: str | None = None) -> AwsError:
    """An error of Organizations: its name without "Exception"; two kinds give a reason code."""
    return AwsError(f"{name}Exception", message, details={"Reason": reason} if reason else {})


NOT_YOURS = "You don't have permissions to access this resource."


def own_organization(asked: Asked) -> Organization:
    """The organization of the caller's account, whatever it is there."""
    found = asked.world.organization_of(asked.account.id)
    if found is None:
        raise error("AWSOrganizationsNotInUse", "Your account is not a member of an organization.")
    return found


def managed(asked: Asked) -> Organization:
    """The caller's organization, for what the management account may do, and others only as far
    as the organization's own policy lets them."""
    found = own_organization(asked)
    if asked.account.id != found.management_id and not _is_delegated(asked, found):
        raise error("AccessDenied", NOT_YOURS)
    return found


def readable(asked: Asked) -> Organization:
    """The caller's organization, for what delegated administrators may see as well."""
    found = own_organization(asked)
    return found if asked.account.id in found.delegated else managed(asked)


def _is_delegated(asked: Asked, organization: Organization) -> bool:
    """Whether the organization's own policy allows a member's call.

    The caller's policies allowed it already, so that they count as allowing everything here.
    """
    policy = organization.resource_policy
    if policy is None or asked.call.operation not in DELEGABLE:
        return False
    policies = Policies(identity=[AS_ROOT], resource=(policy.arn, policy.content))
    general = context.request_context(asked.call, asked.principal, asked.now)
    general |= context.organization_context("Principal", asked.account.id, asked.world)
    needs = requirements(asked.call, asked.principal, asked.account.id, asked.world)
    return all(
        evaluate(
            Request(
                need.action,
                need.resource,
                asked.principal.arn,
                {**general, **need.context},
                resource_account=organization.management_id,
            ),
            policies,
        ).effect
        == "allowed"
        for need in needs
    )


DELEGABLE = frozenset(
    {
        "AttachPolicy",
        "CreatePolicy",
        "DeletePolicy",
        "DescribeAccount",
        "DescribeCreateAccountStatus",
        "DescribeOrganizationalUnit",
        "DescribePolicy",
        "DescribeResourcePolicy",
        "DetachPolicy",
        "DisablePolicyType",
        "EnablePolicyType",
        "ListAWSServiceAccessForOrganization",
        "ListAccounts",
        "ListAccountsForParent",
        "ListChildren",
        "ListCreateAccountStatus",
        "ListDelegatedAdministrators",
        "ListDelegatedServicesForAccount",
        "ListHandshakesForOrganization",
        "ListOrganizationalUnitsForParent",
        "ListParents",
        "ListPolicies",
        "ListPoliciesForTarget",
        "ListRoots",
        "ListTagsForResource",
        "ListTargetsForPolicy",
        "TagResource",
        "UntagResource",
        "UpdatePolicy",
    }
)
"""What the organization's own policy can leave to member accounts.
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_delegate_policies.html"""


def page(asked: Asked, name: str, items: Iterable[Any], size: int = PAGE) -> dict[str, Any]:
    """A list operation's answer: as many items as fit on a page, and where the next begins."""
    found = list(items)
    size = min(asked.parameters.get("MaxResults") or size, size)
    start = 0
    if token := asked.parameters.get("NextToken"):
        try:
            start = int(base64.b64decode(token, validate=True))
        except ValueError:
            raise error(
                "InvalidInput", "You specified an invalid value.", "INVALID_NEXT_TOKEN"
            ) from None
    answer: dict[str, Any] = {name: found[start : start + size]}
    if start + size < len(found):
        answer["NextToken"] = base64.b64encode(str(start + size).encode()).decode()
    return answer


@checks("organizations")
def check_values(call: Call, principal: Principal, world: World) -> None:
    """Refuse parameters that are not of their form, which botocore's client sends as they are."""
    for name, value in call.parameters.items():
        shape = call.model.input_shape.members.get(name)
        if shape is None or not isinstance(value, str):
            continue
        limits = shape.metadata
        if len(value) > limits.get("max", len(value)):
            raise error(
                "InvalidInput",
                f"You provided a value for {name} that is longer than {limits['max']} characters.",
                "MAX_LENGTH_EXCEEDED",
            )
        if shape.enum and value not in shape.enum:
            raise error("InvalidInput", "You specified an invalid value.", "INVALID_ENUM")
        if (pattern := limits.get("pattern")) and not re.fullmatch(pattern, value):
            raise error(
                "InvalidInput",
                "You provided a value that does not match the required pattern.",
                "INVALID_PATTERN",
            )


def tags_in(asked: Asked) -> dict[str, str]:
    """The tags that a call brings along."""
    return {tag["Key"]: tag["Value"] for tag in asked.parameters.get("Tags") or []}


def join(world: World, organization: Organization, account: Account, method: str) -> Member:
    """Take an account of the lab into an organization."""
    return organization.join(account.id, account.name, account.email, method, world.clock.now)


def _described(organization: Organization, world: World) -> dict[str, Any]:
    management = organization.management_id
    found = {
        "Id": organization.id,
        "Arn": organization.arn,
        "FeatureSet": organization.feature_set,
        "MasterAccountArn": organization.arn_of("account", management),
        "MasterAccountId": management,
        "MasterAccountEmail": world.accounts[management].email,
        "AvailablePolicyTypes": [],
    }
    if organization.feature_set == "ALL":
        # AWS says of it: always so, whatever is enabled; ListRoots tells the truth.
        found["AvailablePolicyTypes"] = [{"Type": SCP, "Status": "ENABLED"}]
    return found


@answers("organizations", "CreateOrganization")
def create_organization(asked: Asked) -> Any:
    world, account = asked.world, asked.account
    if world.organization_of(account.id) is not None:
        raise error(
            "AlreadyInOrganization",
            "The provided account is already a member of an organization.",
        )
    features = asked.parameters.get("FeatureSet") or "ALL"
    organization = Organization.found(account.id, features, account.random)
    world.organizations[account.id] = organization
    join(world, organization, account, "INVITED")
    return {"Organization": _described(organization, world)}


@answers("organizations", "DescribeOrganization")
def describe_organization(asked: Asked) -> Any:
    return {"Organization": _described(own_organization(asked), asked.world)}


@answers("organizations", "DeleteOrganization")
def delete_organization(asked: Asked) -> None:
    organization = managed(asked)
    if len(organization.members) > 1:
        raise error(
            "OrganizationNotEmpty",
            "To delete an organization you must first remove all member accounts (except the "
            "master).",
        )
    del asked.world.organizations[asked.account.id]


@answers("organizations", "EnableAllFeatures")
def enable_all_features(asked: Asked) -> Any:
    organization = managed(asked)
    if organization.feature_set == "ALL":
        raise error(
            "HandshakeConstraintViolation",
            "The organization has all features enabled already.",
            "ORGANIZATION_ALREADY_HAS_ALL_FEATURES",
        )
    organization.feature_set = "ALL"
    identifier = organization.new_id("h")
    return {
        "Handshake": {
            "Id": identifier,
            "Arn": organization.arn_of("handshake", f"enable_all_features/{identifier}"),
            "Parties": [{"Id": organization.id, "Type": "ORGANIZATION"}],
            "State": "ACCEPTED",
            "RequestedTimestamp": asked.now,
            "ExpirationTimestamp": asked.now,
            "Action": "ENABLE_ALL_FEATURES",
            "Resources": [{"Type": "ORGANIZATION", "Value": organization.id}],
        }
    }


def check_all_features(organization: Organization) -> None:
    """Raise where an organization does nothing but bill for its accounts."""
    if organization.feature_set != "ALL":
        raise error(
            "ConstraintViolation",
            "This operation requires an organization with all features enabled.",
            "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE",
        )
