"""Public keys and certificates: for Git over SSH, for signed requests, for HTTPS servers.

AWS pages: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadSSHPublicKey.html,
https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadSigningCertificate.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_server-certs.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from datetime import datetime
from typing import Any

from helpers.lab.errors import AwsError
from helpers.lab.services import iam_store as store
from helpers.lab.services import iam_tags
from helpers.lab.services.iam_quotas import room_for_one
from helpers.lab.services.registry import Asked, answers

# SSH public keys --------------------------------------------------------------------------------

SSH_KEYS_PER_USER = 5
SSH_KINDS = ("ssh-rsa",)
PEM_HEAD = "-----BEGIN PUBLIC KEY-----"


def _ssh_key(asked: Asked) -> Any:
    wanted = asked.parameters["SSHPublicKeyId"]
    keys = store.user(asked).ssh_public_keys
    found = next((key for key in keys if key.ssh_public_key_id == wanted), None)
    if found is None:
        raise store.no_such_entity(f"The Public Key with id {wanted} cannot be found.")
    return found


def _shown(key: Any) -> dict[str, Any]:
    return {
        "UserName": key.user_name,
        "SSHPublicKeyId": key.ssh_public_key_id,
        "Status": key.status,
        "UploadDate": key.upload_date,
    }


def _fingerprint(body: str) -> str:
    """MD5 of the key in pairs of digits, as ``ssh-keygen -E md5 -l`` prints it."""
    parts = body.split()
    encoded = parts[1] if parts[:1] and parts[0] in SSH_KINDS and len(parts) > 1 else None
    if body.lstrip().startswith(PEM_HEAD):
        encoded = "".join(line for line in body.split("\n") if not line.startswith("-----"))
    try:
        digits = hashlib.md5(base64.b64decode(encoded or "", validate=True)).hexdigest()
    except binascii.Error:
        encoded = None
    if not encoded:
        raise AwsError("InvalidPublicKey", "The public key is malformed or otherwise invalid.")
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))


@answers("iam", "UploadSSHPublicKey")
def upload_ssh_public_key(asked: Asked) -> Any:
    user, body = store.user(asked), asked.parameters["SSHPublicKeyBody"]
    fingerprint = _fingerprint(body)
    if any(key.fingerprint == fingerprint for key in user.ssh_public_keys):
        raise AwsError(
            "DuplicateSSHPublicKey", "The SSH public key is already associated with the user."
        )
    if len(user.ssh_public_keys) >= SSH_KEYS_PER_USER:
        raise store.limit_exceeded("SSHPublicKeysPerUser", SSH_KEYS_PER_USER)
    key = asked.iam.upload_ssh_public_key(user.name, body)
    key.fingerprint = fingerprint
    return {"SSHPublicKey": {**_shown(key), "Fingerprint": fingerprint, "SSHPublicKeyBody": body}}


@answers("iam", "GetSSHPublicKey")
def get_ssh_public_key(asked: Asked) -> Any:
    key = _ssh_key(asked)
    more = {"Fingerprint": key.fingerprint, "SSHPublicKeyBody": key.ssh_public_key_body}
    return {"SSHPublicKey": {**_shown(key), **more}}


@answers("iam", "ListSSHPublicKeys")
def list_ssh_public_keys(asked: Asked) -> Any:
    keys, more = store.page(asked, store.own_or_named_user(asked).ssh_public_keys)
    return {"SSHPublicKeys": [_shown(key) for key in keys], **more}


@answers("iam", "UpdateSSHPublicKey")
def update_ssh_public_key(asked: Asked) -> None:
    _ssh_key(asked).status = asked.parameters["Status"]


@answers("iam", "DeleteSSHPublicKey")
def delete_ssh_public_key(asked: Asked) -> None:
    store.user(asked).ssh_public_keys.remove(_ssh_key(asked))


# Signing certificates ---------------------------------------------------------------------------


def _certificate(asked: Asked) -> tuple[Any, str]:
    """The user and the id of the certificate that the call names."""
    user, wanted = store.own_or_named_user(asked), asked.parameters["CertificateId"]
    if wanted not in user.signing_certificates:
        raise store.no_such_entity(f"The Certificate with id {wanted} cannot be found.")
    return user, wanted


def _signing(user: Any, certificate: Any) -> dict[str, Any]:
    return {
        "UserName": user.name,
        "CertificateId": certificate.id,
        "CertificateBody": certificate.body,
        "Status": certificate.status,
        "UploadDate": certificate.upload_date,
    }


@answers("iam", "UploadSigningCertificate")
def upload_signing_certificate(asked: Asked) -> Any:
    user, body = store.own_or_named_user(asked), asked.parameters["CertificateBody"]
    _expiration(body)
    if any(certificate.body == body for certificate in user.signing_certificates.values()):
        raise AwsError(
            "DuplicateCertificate",
            "The same certificate is associated with an IAM user already.",
            409,
        )
    room_for_one("SigningCertificatesPerUserQuota", user.signing_certificates)
    made = asked.iam.upload_signing_certificate(user.name, body)
    return {"Certificate": _signing(user, made)}


@answers("iam", "ListSigningCertificates")
def list_signing_certificates(asked: Asked) -> Any:
    user = store.own_or_named_user(asked)
    certificates, more = store.page(asked, user.signing_certificates.values())
    return {"Certificates": [_signing(user, it) for it in certificates], **more}


@answers("iam", "UpdateSigningCertificate")
def update_signing_certificate(asked: Asked) -> None:
    user, wanted = _certificate(asked)
    user.signing_certificates[wanted].status = asked.parameters["Status"]


@answers("iam", "DeleteSigningCertificate")
def delete_signing_certificate(asked: Asked) -> None:
    user, wanted = _certificate(asked)
    del user.signing_certificates[wanted]


def _expiration(body: str) -> datetime:
    """When an X.509 certificate in PEM ends. Raises MalformedCertificate for anything else."""
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(body.encode()).not_valid_after_utc
    except ValueError as error:
        raise AwsError("MalformedCertificate", "Unable to parse certificate.") from error


# Server certificates ----------------------------------------------------------------------------


def _server_certificate(asked: Asked) -> tuple[str, Any]:
    """The id and moto's object of the certificate that the call names."""
    name = asked.parameters["ServerCertificateName"]
    for identifier, certificate in asked.iam.certificates.items():
        if certificate.cert_name == name:
            return identifier, certificate
    raise store.no_such_entity(f"The Server Certificate with name {name} cannot be found.")


def _metadata(asked: Asked, identifier: str, certificate: Any) -> dict[str, Any]:
    return {
        "ServerCertificateName": certificate.cert_name,
        "Path": certificate.path,
        "Arn": certificate.arn,
        "ServerCertificateId": identifier,
        "UploadDate": _uploaded(asked)[identifier],
        "Expiration": _expiration(certificate.cert_body),
    }


def _uploaded(asked: Asked) -> dict[str, datetime]:
    """When each server certificate came, by its id; moto has no place for it."""
    return asked.account.own.setdefault("iam.server_certificates", {})


def _new_name_is_free(asked: Asked, name: str) -> None:
    if store.taken(name, (it.cert_name for it in asked.iam.certificates.values())):
        raise store.already_exists(f"The Server Certificate with name {name} already exists.")


@answers("iam", "UploadServerCertificate")
def upload_server_certificate(asked: Asked) -> Any:
    parameters = asked.parameters
    name, body = parameters["ServerCertificateName"], parameters["CertificateBody"]
    _expiration(body)
    _new_name_is_free(asked, name)
    room_for_one("ServerCertificatesQuota", asked.iam.certificates)
    tags = iam_tags.checked(parameters.get("Tags"))
    certificates = asked.iam.certificates
    made = asked.iam.upload_server_certificate(
        name,
        body,
        parameters["PrivateKey"],
        parameters.get("CertificateChain"),
        parameters.get("Path"),
    )
    identifier = asked.account.new_key_id("ASCA")
    certificates[identifier] = certificates.pop(next(reversed(certificates)))
    _uploaded(asked)[identifier] = asked.now
    if tags:
        iam_tags.tags_by_arn(asked.account)[made.arn] = tags
    return {"ServerCertificateMetadata": _metadata(asked, identifier, made), "Tags": tags}


@answers("iam", "GetServerCertificate")
def get_server_certificate(asked: Asked) -> Any:
    identifier, found = _server_certificate(asked)
    return {
        "ServerCertificate": {
            "ServerCertificateMetadata": _metadata(asked, identifier, found),
            "CertificateBody": found.cert_body,
            "CertificateChain": found.cert_chain,
            "Tags": iam_tags.tags_by_arn(asked.account).get(found.arn) or None,
        }
    }


@answers("iam", "ListServerCertificates")
def list_server_certificates(asked: Asked) -> Any:
    prefix = asked.parameters.get("PathPrefix") or "/"
    there = [item for item in asked.iam.certificates.items() if item[1].path.startswith(prefix)]
    found, more = store.page(asked, sorted(there, key=lambda item: item[1].cert_name.lower()))
    return {"ServerCertificateMetadataList": [_metadata(asked, *item) for item in found], **more}


@answers("iam", "UpdateServerCertificate")
def update_server_certificate(asked: Asked) -> None:
    parameters = asked.parameters
    _, found = _server_certificate(asked)
    name = parameters.get("NewServerCertificateName") or found.cert_name
    if name != found.cert_name:
        _new_name_is_free(asked, name)
    tags = iam_tags.tags_by_arn(asked.account)
    kept = tags.pop(found.arn, [])
    found.cert_name, found.path = name, parameters.get("NewPath") or found.path
    tags[found.arn] = kept


@answers("iam", "DeleteServerCertificate")
def delete_server_certificate(asked: Asked) -> None:
    identifier, found = _server_certificate(asked)
    iam_tags.tags_by_arn(asked.account).pop(found.arn, None)
    del _uploaded(asked)[identifier]
    del asked.iam.certificates[identifier]
