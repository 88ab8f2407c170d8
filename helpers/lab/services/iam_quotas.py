"""How much of everything IAM lets an account have.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

from collections.abc import Sized

from helpers.lab.services.iam_store import limit_exceeded

TOKEN_VERSION = "iam.global_endpoint_token_version"
"""Where an account keeps which tokens the global STS endpoint gives out, if it ever chose."""

USUAL_TOKEN_VERSION = 1

QUOTAS = {
    "AccessKeysPerUserQuota": 2,
    "AssumeRolePolicySizeQuota": 2_048,
    "AttachedPoliciesPerGroupQuota": 10,
    "AttachedPoliciesPerRoleQuota": 10,
    "AttachedPoliciesPerUserQuota": 10,
    "GroupPolicySizeQuota": 5_120,
    "GroupsPerUserQuota": 10,
    "GroupsQuota": 300,
    "InstanceProfilesQuota": 1_000,
    "PoliciesQuota": 1_500,
    "PolicySizeQuota": 6_144,
    "PolicyVersionsInUseQuota": 10_000,
    "RolePolicySizeQuota": 10_240,
    "RolesQuota": 1_000,
    "ServerCertificatesQuota": 20,
    "SigningCertificatesPerUserQuota": 2,
    "UserPolicySizeQuota": 2_048,
    "UsersQuota": 5_000,
    "VersionsPerPolicyQuota": 5,
}
"""The quotas as GetAccountSummary names them."""

NAMES_IN_ERRORS = {
    "AccessKeysPerUserQuota": "AccessKeysPerUser",
    "AttachedPoliciesPerGroupQuota": "PoliciesPerGroup",
    "AttachedPoliciesPerRoleQuota": "PoliciesPerRole",
    "AttachedPoliciesPerUserQuota": "PoliciesPerUser",
    "GroupsPerUserQuota": "GroupsPerUser",
    "GroupsQuota": "GroupsPerAccount",
    "InstanceProfilesQuota": "InstanceProfilesPerAccount",
    "PoliciesQuota": "CustomerManagedPoliciesPerAccount",
    "RolesQuota": "RolesPerAccount",
    "ServerCertificatesQuota": "ServerCertificatesPerAccount",
    "SigningCertificatesPerUserQuota": "CertificatesPerUser",
    "UsersQuota": "UsersPerAccount",
}
"""The names that the same quotas have in LimitExceeded."""


def room_for_one(quota: str, there: Sized) -> None:
    """Raise LimitExceeded where there are as many as a quota allows."""
    if len(there) >= QUOTAS[quota]:
        raise limit_exceeded(NAMES_IN_ERRORS[quota], QUOTAS[quota])
