"""What never reaches the record: passwords, secret keys, tokens, codes, seeds.

botocore's models mark many secrets as sensitive; some that CloudTrail hides as well are not
marked, and are listed here.

AWS page: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/data-protection.html
"""

from __future__ import annotations

from typing import Any

from helpers.lab.trail.identities import HIDDEN

MEMBERS = frozenset(
    {
        "AuthenticationCode1",
        "AuthenticationCode2",
        "Base32StringSeed",
        "CiphertextBlob",
        "CopySourceSSECustomerKey",
        "KeyMaterial",
        "MasterUserPassword",
        "NewPassword",
        "OldPassword",
        "Password",
        "PasswordData",
        "Plaintext",
        "PrivateKey",
        "QRCodePNG",
        "SAMLAssertion",
        "SecretAccessKey",
        "SecretBinary",
        "SecretString",
        "SSECustomerKey",
        "ServicePassword",
        "SessionToken",
        "TokenCode",
        "UserData",
        "WebIdentityToken",
    }
)
"""Members that hold a secret in whatever service they stand."""

# (service, member) for names that hold a secret in one service only.
IN_SERVICES = frozenset(
    {
        ("ssm", "Parameters"),
        ("ssm", "Value"),
        ("lambda", "Variables"),
        ("lambda", "ZipFile"),
        ("support", "Data"),
    }
)

# Marked as sensitive, and written into the record all the same.
SHOWN = frozenset({"SSEKMSKeyId", "SSEKMSEncryptionContext", "KMSMasterKeyID", "StackTrace"})

LEFT_OUT = frozenset({"iam", "kms", "lambda", "secretsmanager", "sts", "s3", "support"})
"""Services whose records leave a secret out instead of naming the place where it stood."""

IN_PLACE = {"ec2": "<sensitiveDataRemoved>", "organizations": "****"}

# STS's records have the member, with the token in it on AWS. The lab keeps the token back.
KEPT_IN_PLACE = frozenset({"SessionToken"})


def is_secret(service: str, name: str, shape: Any) -> bool:
    """Whether a member (by botocore's name) holds a secret."""
    if name in MEMBERS or (service, name) in IN_SERVICES:
        return True
    return name not in SHOWN and bool(shape.metadata.get("sensitive"))


def instead(service: str, name: str) -> str | None:
    """What stands in a secret's place; ``None``: the member is left out."""
    if service in LEFT_OUT and name not in KEPT_IN_PLACE:
        return None
    return IN_PLACE.get(service, HIDDEN)


def texts(value: Any) -> list[str]:
    """The texts inside a secret value, to be found again in an error's message."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    return []


def without(text: str, secrets: list[str]) -> str:
    """A message with the secrets in it hidden, for some messages quote what was sent."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text
