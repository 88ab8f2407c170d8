"""Login profiles, the change of one's own password, and the account's password policy.

AWS pages: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ChangePassword.html,
https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html
"""

from __future__ import annotations

from typing import Any

from helpers.lab import passwords
from helpers.lab.account import PrincipalType
from helpers.lab.errors import AwsError
from helpers.lab.services import iam_store as store
from helpers.lab.services.registry import Asked, answers

SHORTEST_BY_CHOICE = 6
"""The length that a policy asks for which does not name one."""

# The API's name → moto's name, and what it is where the call leaves it out.
POLICY_FIELDS: dict[str, tuple[str, Any]] = {
    "MinimumPasswordLength": ("minimum_password_length", SHORTEST_BY_CHOICE),
    "RequireSymbols": ("require_symbols", False),
    "RequireNumbers": ("require_numbers", False),
    "RequireUppercaseCharacters": ("require_uppercase_characters", False),
    "RequireLowercaseCharacters": ("require_lowercase_characters", False),
    "AllowUsersToChangePassword": ("allow_change_password", False),
    "MaxPasswordAge": ("max_password_age", None),
    "PasswordReusePrevention": ("password_reuse_prevention", None),
    "HardExpiry": ("hard_expiry", False),
}


def _user_with_password(asked: Asked) -> Any:
    user = store.own_or_named_user(asked)
    if user.password is None:
        raise store.no_such_entity(f"Login Profile for User {user.name} cannot be found.")
    return user


def _profile(asked: Asked, user: Any) -> Any:
    profile = passwords.profile_of(asked.account, user)
    return {
        "LoginProfile": {
            "UserName": user.name,
            "CreateDate": profile.created_at,
            "PasswordResetRequired": profile.reset_required,
        }
    }


@answers("iam", "CreateLoginProfile")
def create_login_profile(asked: Asked) -> Any:
    user = store.own_or_named_user(asked)
    if user.password is not None:
        raise store.already_exists(f"Login Profile for user {user.name} already exists.")
    if (password := asked.parameters.get("Password")) is None:
        raise AwsError("ValidationError", "Password is required for IAM users")
    passwords.set_password(asked.account, user, password, asked.now)
    profile = passwords.profile_of(asked.account, user)
    profile.reset_required = bool(asked.parameters.get("PasswordResetRequired"))
    return _profile(asked, user)


@answers("iam", "GetLoginProfile")
def get_login_profile(asked: Asked) -> Any:
    return _profile(asked, _user_with_password(asked))


@answers("iam", "UpdateLoginProfile")
def update_login_profile(asked: Asked) -> None:
    user = _user_with_password(asked)
    if (password := asked.parameters.get("Password")) is not None:
        passwords.set_password(asked.account, user, password, asked.now)
    if (required := asked.parameters.get("PasswordResetRequired")) is not None:
        passwords.profile_of(asked.account, user).reset_required = required


@answers("iam", "DeleteLoginProfile")
def delete_login_profile(asked: Asked) -> None:
    user = _user_with_password(asked)
    user.password = None
    passwords.profiles(asked.account).pop(user.id, None)


@answers("iam", "ChangePassword")
def change_password(asked: Asked) -> None:
    """Only for IAM users, of themselves, and with the password that they have."""
    if asked.principal.type is not PrincipalType.USER:
        raise AwsError("InvalidUserType", "Only IAM Users can change their own password")
    user = store.user(asked, asked.principal.name)
    if user.password is None:
        raise store.no_such_entity(f"Login Profile for User {user.name} cannot be found.")
    if asked.parameters["OldPassword"] != user.password:
        raise AwsError("AccessDenied", "The old password was incorrect.", 403)
    passwords.set_password(asked.account, user, asked.parameters["NewPassword"], asked.now)
    passwords.profile_of(asked.account, user).reset_required = False


@answers("iam", "UpdateAccountPasswordPolicy")
def update_account_password_policy(asked: Asked) -> None:
    """All of the policy anew: what the call leaves out goes back to what it is without."""
    fields = {
        ours: usual if (given := asked.parameters.get(name)) is None else given
        for name, (ours, usual) in POLICY_FIELDS.items()
    }
    asked.iam.update_account_password_policy(**fields)


@answers("iam", "GetAccountPasswordPolicy")
def get_account_password_policy(asked: Asked) -> Any:
    policy = passwords.account_policy(asked.account)
    if policy is None:
        raise store.no_such_entity(
            f"The Password Policy with domain name {asked.account.id} cannot be found."
        )
    found = {
        name: getattr(policy, _ATTRIBUTES.get(ours, ours))
        for name, (ours, _) in POLICY_FIELDS.items()
    }
    return {"PasswordPolicy": {**found, "ExpirePasswords": policy.max_password_age is not None}}


# moto stores one of them under another name than its function takes.
_ATTRIBUTES = {"allow_change_password": "allow_users_to_change_password"}


@answers("iam", "DeleteAccountPasswordPolicy")
def delete_account_password_policy(asked: Asked) -> None:
    if passwords.account_policy(asked.account) is None:
        raise store.no_such_entity("The account policy with name PasswordPolicy cannot be found.")
    asked.iam.account_password_policy = None
