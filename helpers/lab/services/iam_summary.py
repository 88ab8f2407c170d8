"""What an account holds, and how much it may hold.

AWS pages: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

from typing import Any

from helpers.lab import seam
from helpers.lab.services import iam_quotas
from helpers.lab.services.iam_views import Uses
from helpers.lab.services.registry import Asked, answers


@answers("iam", "GetAccountSummary")
def get_account_summary(asked: Asked) -> Any:
    iam, root = asked.iam, asked.account.root
    own = [p for p in iam.managed_policies.values() if not seam.is_aws_managed(p)]
    uses = Uses(iam)
    counts = {
        "Users": len(iam.users),
        "Groups": len(iam.groups),
        "Roles": len(iam.roles),
        "Policies": len(own),
        "InstanceProfiles": len(iam.instance_profiles),
        "ServerCertificates": len(iam.certificates),
        "Providers": len(iam.saml_providers) + len(iam.open_id_providers),
        "PolicyVersionsInUse": len({*uses.attached, *uses.boundaries}),
        "MFADevices": len(asked.account.devices),
        "MFADevicesInUse": len(root.mfa_serials)
        + sum(len(user.mfa_devices) for user in iam.users.values()),
        "AccountMFAEnabled": int(bool(root.mfa_serials)),
        "AccountAccessKeysPresent": int(bool(root.keys)),
        "AccountPasswordPresent": int(root.login_profile_at is not None),
        "AccountSigningCertificatesPresent": 0,
        "GlobalEndpointTokenVersion": asked.account.own.get(
            iam_quotas.TOKEN_VERSION, iam_quotas.USUAL_TOKEN_VERSION
        ),
    }
    return {"SummaryMap": {**counts, **iam_quotas.QUOTAS}}
