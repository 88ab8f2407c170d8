"""Digests that a client sends along, so that S3 can tell a body that was damaged on its way.

AWS page: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable

from helpers.lab.errors import AwsError
from helpers.lab.services.registry import Asked
from helpers.lab.services.s3_errors import invalid_argument


def _crc32(body: bytes) -> bytes:
    return zlib.crc32(body).to_bytes(4, "big")


# Parameter → the name in S3's sentences, and what the digest is of a body. Of the algorithms
# that the standard library has not, the digest is taken as it is given.
CHECKSUMS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "ChecksumCRC32": ("CRC32", _crc32),
    "ChecksumSHA1": ("SHA1", lambda body: hashlib.sha1(body).digest()),
    "ChecksumSHA256": ("SHA256", lambda body: hashlib.sha256(body).digest()),
}


def check_digests(asked: Asked) -> None:
    """Raise ``AwsError`` for a digest that is none, or not the body's."""
    parameters, request = asked.parameters, asked.call.request
    given = parameters.get("ContentMD5")
    wanted = [name for name in CHECKSUMS if parameters.get(name)]
    if not given and not wanted:
        return
    body = request.get_data()
    if "aws-chunked" in str(request.headers.get("Content-Encoding") or ""):
        body = _unpacked(body)
    if given:
        digest = _decoded(str(given))
        if digest is None or len(digest) != 16:
            raise AwsError("InvalidDigest", "The Content-MD5 you specified was invalid.")
        if digest != hashlib.md5(body, usedforsecurity=False).digest():
            raise AwsError(
                "BadDigest", "The Content-MD5 you specified did not match what we received."
            )
    for name in wanted:
        algorithm, digest_of = CHECKSUMS[name]
        found, true = _decoded(str(parameters[name])), digest_of(body)
        header = f"x-amz-checksum-{algorithm.lower()}"
        if found is None or len(found) != len(true):
            raise invalid_argument(
                f"Value for {header} header is invalid.", header, str(parameters[name])
            )
        if found != true:
            raise AwsError(
                "BadDigest", f"The {algorithm} you specified did not match the calculated checksum."
            )


def _unpacked(body: bytes) -> bytes:
    """What is in the chunks of a body; the trailer is left out."""
    found, rest = [], body
    while rest:
        head, _, rest = rest.partition(b"\r\n")
        size = int(head.partition(b";")[0], 16)
        if size == 0:
            break
        found.append(rest[:size])
        rest = rest[size + 2 :]
    return b"".join(found)


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
