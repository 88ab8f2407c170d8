"""IAM: names become ARNs with the path that the thing has, or is to be created with.

AWS page: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
"""

from __future__ import annotations

from helpers.lab import seam, seam_resources
from helpers.lab.authorization.table import ANY, Ask, By, Reader, Site, Table, pass_role

# Operations for which AWS's reference lists no resource, while its errors name one.
LISTS = {
    "ListGroups": "group",
    "ListInstanceProfiles": "instance-profile",
    "ListRoles": "role",
    "ListServerCertificates": "server-certificate",
    "ListUsers": "user",
    "ListVirtualMFADevices": "mfa",
}

# Operation → what it needs as well where it brings tags along.
TAGGED = {
    "CreateInstanceProfile": "TagInstanceProfile",
    "CreateOpenIDConnectProvider": "TagOpenIDConnectProvider",
    "CreatePolicy": "TagPolicy",
    "CreateRole": "TagRole",
    "CreateSAMLProvider": "TagSAMLProvider",
    "CreateUser": "TagUser",
    "CreateVirtualMFADevice": "TagMFADevice",
    "UploadServerCertificate": "TagServerCertificate",
}


def _pathed(kind: str) -> Reader:
    """From a name to an ARN with the thing's path."""

    def read(site: Site, name: str) -> str:
        thing = seam_resources.iam_entity(seam.iam_backend(site.account_id), kind, name)
        path = getattr(thing, "path", None) or site.parameters.get("Path") or "/"
        return f"arn:aws:iam::{site.account_id}:{kind}{path}{name}"

    return read


def _own_user(site: Site, _nothing: str) -> str:
    """Who names no user means itself."""
    return site.principal.identity_arn


def _listed(kind: str) -> Reader:
    def read(site: Site, _nothing: str) -> str:
        prefix = site.parameters.get("PathPrefix") or "/"
        return f"arn:aws:iam::{site.account_id}:{kind}{prefix}"

    return read


def _policies_listed(site: Site, _nothing: str) -> str:
    return f"policy path {site.parameters.get('PathPrefix') or '/'}"


def _owner_of_key(site: Site, access_key_id: str) -> str | None:
    store = seam.iam_backend(site.account_id)
    key = store.access_keys.get(access_key_id)
    user = store.users.get(key.user_name) if key is not None else None
    if user is not None:
        return user.arn
    account = site.world.accounts[site.account_id] if site.world is not None else None
    if account is not None and any(k.access_key_id == access_key_id for k in account.root.keys):
        return account.root.arn
    return None


def _service_linked(site: Site, service: str) -> str:
    return f"arn:aws:iam::{site.account_id}:role/aws-service-role/{service}/*"


def _provider(site: Site, url: str) -> str:
    host = url.removeprefix("https://")
    return f"arn:aws:iam::{site.account_id}:oidc-provider/{host}"


ROLE = By("RoleName", read=_pathed("role"))
USER = By("UserName", read=_pathed("user"))
GROUP = By("GroupName", read=_pathed("group"))
SOURCE = By("PolicySourceArn")
ENTITY = By("Arn")

TABLE = Table(
    resources={
        "access-report": (By("EntityPath"),),
        "delegation-request": (By("DelegationRequestId"), ANY),
        "group": (GROUP,),
        "instance-profile": (By("InstanceProfileName", read=_pathed("instance-profile")),),
        "mfa": (
            By("SerialNumber"),
            By("VirtualMFADeviceName", read=_pathed("mfa")),
        ),
        "oidc-provider": (By("OpenIDConnectProviderArn"), By("Url", read=_provider)),
        "policy": (By("PolicyArn"), By("PolicyName", read=_pathed("policy"))),
        "role": (ROLE,),
        "saml-provider": (By("SAMLProviderArn"), By("Name")),
        "server-certificate": (By("ServerCertificateName", read=_pathed("server-certificate")),),
        "sms-mfa": (),
        "user": (USER, By(read=_own_user)),
    },
    rows={
        **{
            operation: (Ask(operation, {kind: By(read=_listed(kind))}),)
            for operation, kind in LISTS.items()
        },
        "CreateServiceLinkedRole": (
            Ask(
                "CreateServiceLinkedRole",
                {"role": By("AWSServiceName", read=_service_linked)},
            ),
        ),
        "GenerateServiceLastAccessedDetails": (
            Ask("GenerateServiceLastAccessedDetails", {"user": ENTITY}),
        ),
        "GetAccessKeyLastUsed": (
            Ask("GetAccessKeyLastUsed", {"user": By("AccessKeyId", read=_owner_of_key)}),
        ),
        "GetContextKeysForPrincipalPolicy": (
            Ask("GetContextKeysForPrincipalPolicy", {"user": SOURCE}),
        ),
        "GetHumanReadableSummary": (
            Ask("GetHumanReadableSummary", {"delegation-request": By("EntityArn")}),
        ),
        "GetRoleTemplateVersion": (
            Ask("GetRoleTemplateVersion", {"role-template": By("RoleTemplateArn")}),
        ),
        "GetServiceLinkedRoleDeletionStatus": (
            Ask("GetServiceLinkedRoleDeletionStatus", {"role": ANY}),
        ),
        "ListPolicies": (Ask("ListPolicies", {"policy": By(read=_policies_listed)}),),
        "ListPoliciesGrantingServiceAccess": (
            Ask("ListPoliciesGrantingServiceAccess", {"user": ENTITY}),
        ),
        "SimulatePrincipalPolicy": (Ask("SimulatePrincipalPolicy", {"user": SOURCE}),),
    },
    also={
        "AddRoleToInstanceProfile": (pass_role("RoleName", "ec2.amazonaws.com", read=ROLE.read),),
        **{operation: (Ask(action, when="Tags"),) for operation, action in TAGGED.items()},
    },
    keys={
        "iam:AWSServiceName": "AWSServiceName",
        "iam:AccountPropertyNamespaces": "Namespaces[]",
        "iam:DelegationDuration": "SessionDuration",
        "iam:NotificationChannel": "NotificationChannel",
        "iam:OrganizationsPolicyId": "OrganizationsPolicyId",
        "iam:PermissionsBoundary": "PermissionsBoundary",
        "iam:PolicyARN": "PolicyArn",
        "iam:ServiceSpecificCredentialAgeDays": "CredentialAgeDays",
        "iam:ServiceSpecificCredentialServiceName": "ServiceName",
    },
)
