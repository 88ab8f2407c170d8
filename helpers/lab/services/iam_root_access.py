"""Root users of member accounts, ruled centrally: the two features, and what a root session does.

The management account of an organization (or the account that it made IAM's delegated
administrator) may take the passwords and keys of its members' root users away, and may act as
one of them for a quarter of an hour, for one of five tasks (``sts_root``).

AWS pages: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from helpers.lab.account import Credential
from helpers.lab.errors import AwsError
from helpers.lab.organization import IAM, Organization, RootFeature
from helpers.lab.services.registry import ANSWERS, Answer, Asked, answers

FEATURE_OF = {
    "EnableOrganizationsRootCredentialsManagement": RootFeature.CREDENTIALS,
    "EnableOrganizationsRootSessions": RootFeature.SESSIONS,
    "DisableOrganizationsRootCredentialsManagement": RootFeature.CREDENTIALS,
    "DisableOrganizationsRootSessions": RootFeature.SESSIONS,
}


def _organization(asked: Asked) -> Organization:
    """The organization whose root users the caller's account may rule."""
    organization = asked.world.organization_of(asked.account.id)
    if organization is None:
        raise AwsError(
            "OrganizationNotFoundException",
            "The request was rejected because no organization is associated with your account.",
        )
    if not organization.rules_root_users(asked.account.id):
        raise AwsError(
            "AccountNotManagementOrDelegatedAdministratorException",
            "The request was rejected because the account making the request is not the "
            "management account or delegated administrator account for centralized root access.",
        )
    if organization.feature_set != "ALL":
        raise AwsError(
            "OrganizationNotInAllFeaturesModeException",
            "The request was rejected because your organization does not have All features "
            "enabled.",
        )
    if IAM not in organization.trusted_services:
        raise AwsError(
            "ServiceAccessNotEnabledException",
            "The request was rejected because trusted access is not enabled for IAM in "
            "Organizations.",
        )
    return organization


def _features(organization: Organization) -> dict[str, Any]:
    return {
        "OrganizationId": organization.id,
        "EnabledFeatures": [str(f) for f in RootFeature if f in organization.root_features],
    }


@answers("iam", "EnableOrganizationsRootCredentialsManagement", "EnableOrganizationsRootSessions")
def enable_feature(asked: Asked) -> Any:
    organization = _organization(asked)
    if asked.account.id != organization.management_id:
        raise AwsError(
            "CallerIsNotManagementAccountException",
            "The request was rejected because the account making the request is not the "
            "management account for the organization.",
        )
    organization.root_features.add(FEATURE_OF[asked.call.operation])
    return _features(organization)


@answers("iam", "DisableOrganizationsRootCredentialsManagement", "DisableOrganizationsRootSessions")
def disable_feature(asked: Asked) -> Any:
    organization = _organization(asked)
    organization.root_features.discard(FEATURE_OF[asked.call.operation])
    return _features(organization)


@answers("iam", "ListOrganizationsFeatures")
def list_organizations_features(asked: Asked) -> Any:
    return _features(_organization(asked))


# The root user's own password and certificates, which only a root session names by nobody's name.


def _for_root(operation: str) -> Callable[[Answer], Answer]:
    """Register an answer for a root session that names no user; others get the usual one.

    This module is the last of IAM's, so that the usual answers are there by now.
    """
    usual = ANSWERS.get(("iam", operation), _moto)

    def register(own: Answer) -> Answer:
        @answers("iam", operation)
        def answer(asked: Asked) -> Any:
            is_own = asked.parameters.get("UserName") is None
            is_session = asked.principal.credential is Credential.ASSUMED_ROOT
            return own(asked) if is_own and is_session else usual(asked)

        return own

    return register


def _moto(asked: Asked) -> Any:
    return asked.forward()


def _no_profile() -> AwsError:
    return AwsError("NoSuchEntity", "Login Profile for User root cannot be found.", 404)


def _profile(asked: Asked) -> dict[str, Any]:
    since = asked.account.root.login_profile_at
    if since is None:
        raise _no_profile()
    profile = {"UserName": "root", "CreateDate": since, "PasswordResetRequired": False}
    return {"LoginProfile": profile}


@_for_root("CreateLoginProfile")
def create_login_profile(asked: Asked) -> Any:
    """Let the root user set a password by the account's email address; none is set by this."""
    root = asked.account.root
    if asked.parameters.get("Password") is not None:
        raise AwsError(
            "ValidationError", "Password must be omitted for a session of the root user."
        )
    if root.login_profile_at is not None:
        raise AwsError("EntityAlreadyExists", "Login Profile for user root already exists.", 409)
    root.login_profile_at = asked.now
    return _profile(asked)


@_for_root("GetLoginProfile")
def get_login_profile(asked: Asked) -> Any:
    return _profile(asked)


@_for_root("DeleteLoginProfile")
def delete_login_profile(asked: Asked) -> None:
    root = asked.account.root
    if root.login_profile_at is None:
        raise _no_profile()
    root.login_profile_at = root.password = None


@_for_root("ListSigningCertificates")
def list_signing_certificates(asked: Asked) -> Any:
    return {"Certificates": [], "IsTruncated": False}


@_for_root("DeleteSigningCertificate")
def delete_signing_certificate(asked: Asked) -> None:
    identifier = asked.parameters["CertificateId"]
    raise AwsError("NoSuchEntity", f"The Certificate with id {identifier} cannot be found.", 404)
