"""Actions that a call needs beside the one of its name, because of what it asks for at once: tags
on what it makes, tags on a session, a source identity.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html,
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TAGS_OF_IAM = {
    "CreateInstanceProfile": "iam:TagInstanceProfile",
    "CreateOpenIDConnectProvider": "iam:TagOpenIDConnectProvider",
    "CreatePolicy": "iam:TagPolicy",
    "CreateRole": "iam:TagRole",
    "CreateSAMLProvider": "iam:TagSAMLProvider",
    "CreateUser": "iam:TagUser",
    "CreateVirtualMFADevice": "iam:TagMFADevice",
    "UploadServerCertificate": "iam:TagServerCertificate",
}
"""Operation of IAM that may set tags → the action that it then needs as well."""

TAGS_OF_EC2 = "tagSpecificationSet"
SESSIONS = frozenset(
    {"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "GetFederationToken"}
)


def extra_elements(prefix: str, operation: str) -> tuple[str, ...]:
    """The elements of requestParameters that decide what else a call needs.

    >>> extra_elements("iam", "CreateUser"), extra_elements("iam", "GetUser")
    (('tags',), ())
    """
    if prefix == "iam" and operation in TAGS_OF_IAM:
        return ("tags",)
    if prefix == "sts" and operation in SESSIONS:
        return ("tags", "sourceIdentity")
    return (TAGS_OF_EC2,) if prefix == "ec2" and operation != "CreateTags" else ()


def extra_actions(prefix: str, operation: str, parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """What else a call needs, by its requestParameters.

    >>> extra_actions("iam", "CreateUser", {"userName": "bob", "tags": [{"key": "team"}]})
    ('iam:TagUser',)
    """
    given = {name for name in extra_elements(prefix, operation) if parameters.get(name)}
    found = []
    if "tags" in given:
        found.append("sts:TagSession" if prefix == "sts" else TAGS_OF_IAM[operation])
    if "sourceIdentity" in given:
        found.append("sts:SetSourceIdentity")
    if TAGS_OF_EC2 in given:
        found.append("ec2:CreateTags")
    return tuple(found)
