"""Objects under a key that the caller brings along (SSE-C): S3 keeps the object, and not the key.

Who loses the key has lost the object, and thieves have used that to ask for money. Since April
2026 no bucket takes such objects until somebody has its encryption say so.

AWS pages: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/blocking-unblocking-s3-c-encryption-gpb.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

from helpers.lab import seam
from helpers.lab.errors import AwsError
from helpers.lab.services.registry import Asked, answers
from helpers.lab.services.s3_errors import access_denied, invalid_argument

SSE_C, ALGORITHM, KEY_BYTES = "SSE-C", "AES256", 32

INSECURE = (
    "Requests specifying Server Side Encryption with Customer provided keys must be made over a "
    "secure connection."
)
NEEDS_KEY = (
    "The object was stored using a form of Server Side Encryption. The correct parameters must be "
    "provided to retrieve the object."
)
NOT_APPLICABLE = "The encryption parameters are not applicable to this object."
_HEADERS = "x-amz-server-side-encryption"


def key_of(asked: Asked, prefix: str = "") -> str | None:
    """The digest of the key that a call brings along, for an object or, with the ``prefix``
    "CopySource", for the source of a copy; ``None``: it brings none.

    Raises ``AwsError`` for a key that is none, and for one that comes over plain http.
    """
    names = (f"{prefix}SSECustomer{part}" for part in ("Algorithm", "Key", "KeyMD5"))
    algorithm, key, digest = (asked.parameters.get(name) for name in names)
    if not algorithm and not key:
        return None
    if asked.call.request.scheme != "https":
        raise invalid_argument(INSECURE)
    if algorithm != ALGORITHM:
        raise AwsError(
            "InvalidEncryptionAlgorithmError",
            f"The encryption request that you specified is not valid. Supported value: {ALGORITHM}",
        )
    try:
        secret = base64.b64decode(str(key or ""), validate=True)
    except binascii.Error:
        secret = b""
    if len(secret) != KEY_BYTES:
        raise invalid_argument("The secret key was invalid for the specified algorithm.")
    true = base64.b64encode(hashlib.md5(secret, usedforsecurity=False).digest()).decode()
    if digest != true:
        raise invalid_argument(
            "The calculated MD5 hash of the key did not match the hash that was provided."
        )
    return true


def check_new(asked: Asked, bucket: Any) -> str | None:
    """The digest of the key for a new object; raise ``AwsError`` where the bucket takes none."""
    digest = key_of(asked)
    if digest is not None and seam.s3_marks(bucket).blocks_customer_keys:
        raise access_denied()
    return digest


def check_read(asked: Asked, version: Any, prefix: str = "") -> None:
    """Raise ``AwsError`` for who reads an object without the key that it was written with."""
    written, brought = seam.s3_customer_key(version), key_of(asked, prefix)
    if brought is not None and written is None:
        raise AwsError("InvalidRequest", NOT_APPLICABLE)
    if written is not None and brought is None:
        raise AwsError("InvalidRequest", NEEDS_KEY)
    if written != brought:
        raise access_denied()


def told(http: Any, digest: str | None) -> Any:
    """moto's answer about an object, which says nothing of the key that was brought along."""
    if digest is None or http[0] >= 300:
        return http
    status, headers, body = http
    kept = {name: value for name, value in headers.items() if name.lower() != _HEADERS}
    told = {f"{_HEADERS}-customer-algorithm": ALGORITHM, f"{_HEADERS}-customer-key-MD5": digest}
    return status, {**kept, **told}, body


@answers("s3", "PutBucketEncryption")
def put_bucket_encryption(asked: Asked) -> Any:
    """Which encryption new objects get by themselves, and whether callers may bring keys."""
    bucket = seam.s3_bucket(asked.parameters["Bucket"])
    configuration = asked.parameters.get("ServerSideEncryptionConfiguration") or {}
    rules = configuration.get("Rules") or []
    blocked = ((rules[0] if rules else {}).get("BlockedEncryptionTypes") or {}).get(
        "EncryptionType"
    )
    if blocked is not None and blocked not in ([SSE_C], ["NONE"]):
        raise AwsError(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published "
            "schema",
        )
    if blocked is None or rules[0].get("ApplyServerSideEncryptionByDefault"):
        http = asked.forward()
        if http[0] >= 300:
            return http
    if blocked is not None:
        seam.s3_marks(bucket).blocks_customer_keys = blocked == [SSE_C]
    return 200, {}, b""


@answers("s3", "GetBucketEncryption")
def get_bucket_encryption(asked: Asked) -> Any:
    bucket = seam.s3_bucket(asked.parameters["Bucket"])
    http = asked.forward()
    if http[0] >= 300:
        return http
    found = seam.parse_answer(asked.call.model, *http)
    blocked = SSE_C if seam.s3_marks(bucket).blocks_customer_keys else "NONE"
    for rule in found["ServerSideEncryptionConfiguration"]["Rules"]:
        rule["BlockedEncryptionTypes"] = {"EncryptionType": [blocked]}
    return found
