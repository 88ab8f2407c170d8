"""The account as a whole: everything in it in one answer, its alias, its STS preferences.

AWS pages: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/console-account-alias.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from helpers.lab import seam
from helpers.lab.services import iam_quotas
from helpers.lab.services import iam_store as store
from helpers.lab.services import iam_views as views
from helpers.lab.services.iam_groups import groups_of
from helpers.lab.services.iam_instance_profiles import profiles_of
from helpers.lab.services.registry import Asked, answers

# Everything in one answer -----------------------------------------------------------------------


def _user(asked: Asked, user: Any) -> views.View:
    """In AWS's answer, and so here: no list of inline policies where there are none."""
    shown = views.user_in_full(user)
    shown.pop("PasswordLastUsed")
    return {
        **shown,
        "Tags": seam.tag_list(user),
        "UserPolicyList": views.inline(user) or None,
        "GroupList": [group.name for group in store.by_name(groups_of(asked, user))],
        "AttachedManagedPolicies": views.attached(user),
    }


def _group(asked: Asked, group: Any) -> views.View:
    return {
        **views.group_in_short(group),
        "GroupPolicyList": views.inline(group),
        "AttachedManagedPolicies": views.attached(group),
    }


def _role(asked: Asked, role: Any) -> views.View:
    shown = views.role_in_full(role)
    for name in ("Description", "MaxSessionDuration"):
        shown.pop(name)
    shown["Tags"] = seam.tag_list(role)
    profiles = store.by_name(profiles_of(asked, role))
    return {
        **shown,
        "InstanceProfileList": [views.instance_profile_in_short(it) for it in profiles],
        "RolePolicyList": views.inline(role),
        "AttachedManagedPolicies": views.attached(role),
    }


def _policies(asked: Asked, *, of_aws: bool) -> list[Any]:
    """The managed policies of one kind; of AWS's those that are in use, as AWS lists them."""
    uses = views.Uses(asked.iam)
    return [
        policy
        for policy in store.by_name(asked.iam.managed_policies.values())
        if seam.is_aws_managed(policy) == of_aws
        if not of_aws or uses.attached[policy.arn] or uses.boundaries[policy.arn]
    ]


def _policy(asked: Asked, policy: Any) -> views.View:
    """Without its description, which AWS leaves out here."""
    shown = views.policy_in_short(policy, views.Uses(asked.iam))
    versions = [views.version_in_full(policy, version) for version in reversed(policy.versions)]
    return {**shown, "PolicyVersionList": versions}


Entities = Callable[[Asked], list[Any]]
Shown = Callable[[Asked, Any], views.View]

DETAILS: dict[str, tuple[str, Entities, Shown]] = {
    "User": ("UserDetailList", lambda asked: store.by_name(asked.iam.users.values()), _user),
    "Role": ("RoleDetailList", lambda asked: store.by_name(asked.iam.roles.values()), _role),
    "Group": ("GroupDetailList", lambda asked: store.by_name(asked.iam.groups.values()), _group),
    "LocalManagedPolicy": ("Policies", lambda asked: _policies(asked, of_aws=False), _policy),
    "AWSManagedPolicy": ("Policies", lambda asked: _policies(asked, of_aws=True), _policy),
}
"""The call's word for a kind → the answer's, who is of the kind, and how they are shown; in the
order of AWS's pages."""


@answers("iam", "GetAccountAuthorizationDetails")
def get_account_authorization_details(asked: Asked) -> Any:
    wanted = asked.parameters.get("Filter") or DETAILS
    found = [(kind, it) for kind in DETAILS if kind in wanted for it in DETAILS[kind][1](asked)]
    entities, more = store.page(asked, found)
    answer: dict[str, Any] = {name: [] for name, _, _ in DETAILS.values()}
    for kind, entity in entities:
        name, _, shown = DETAILS[kind]
        answer[name].append(shown(asked, entity))
    return answer | more


# The alias, which is in the address of the account's sign-in page ---------------------------------


def _no_such_alias(alias: str) -> Exception:
    return store.no_such_entity(f"The account alias {alias} cannot be found.")


@answers("iam", "CreateAccountAlias")
def create_account_alias(asked: Asked) -> None:
    """An account has one alias at the most, and no two accounts have the same."""
    alias = asked.parameters["AccountAlias"]
    if any(alias in seam.iam_backend(account).account_aliases for account in asked.world.accounts):
        raise store.already_exists(f"The account alias {alias} already exists.")
    asked.iam.account_aliases = [alias]


@answers("iam", "ListAccountAliases")
def list_account_aliases(asked: Asked) -> Any:
    aliases, more = store.page(asked, asked.iam.account_aliases)
    return {"AccountAliases": aliases, **more}


@answers("iam", "DeleteAccountAlias")
def delete_account_alias(asked: Asked) -> None:
    alias = asked.parameters["AccountAlias"]
    if alias not in asked.iam.account_aliases:
        raise _no_such_alias(alias)
    asked.iam.account_aliases = []


# Tokens of the global STS endpoint ----------------------------------------------------------------


@answers("iam", "SetSecurityTokenServicePreferences")
def set_security_token_service_preferences(asked: Asked) -> None:
    version = asked.parameters["GlobalEndpointTokenVersion"]
    asked.account.own[iam_quotas.TOKEN_VERSION] = int(version[1])
