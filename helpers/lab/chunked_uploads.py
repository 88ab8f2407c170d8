"""Uploads to S3 in chunks of AWS's own kind: are they whole, and is every chunk signed?

SDKs send a stream so whose digest they do not know when they sign. The header
``x-amz-content-sha256`` says that it is one, and whether its chunks are signed: each then signs
the chunk before it as well, the first the request's own signature.

AWS pages: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html,
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from typing import NamedTuple

from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from helpers.lab import seam
from helpers.lab.errors import AwsError
from helpers.lab.wire import Call

SIGNED = frozenset(
    {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"}
)
FORMS = SIGNED | {"STREAMING-UNSIGNED-PAYLOAD-TRAILER"}

_SIGNATURE = re.compile(r"Signature=([0-9a-f]+)")
_HEAD = re.compile(rb"([0-9a-fA-F]{1,16})(?:;chunk-signature=([0-9a-f]{64}))?")
_EMPTY = hashlib.sha256(b"").hexdigest()


class Chunk(NamedTuple):
    """Where a chunk's data is in the body, and the signature that it came with."""

    begin: int
    end: int
    signature: str


def is_right(call: Call, credentials: Credentials) -> bool:
    """Whether an upload's chunks carry the signatures that these credentials make; true for any
    call that is no upload in signed chunks.

    Raises ``AwsError`` for a body that is not whole.
    """
    request = call.request
    form = request.headers.get("X-Amz-Content-SHA256", "")
    if call.scope is None or call.scope.signing_name != "s3" or form not in FORMS:
        return True
    body: bytes = request.data
    chunks, rest = _chunks(body)
    length = request.headers.get("X-Amz-Decoded-Content-Length", "")
    if not length.isdecimal():
        raise AwsError(
            "MissingContentLength", "You must provide the Content-Length HTTP header.", 411
        )
    if int(length) != sum(chunk.end - chunk.begin for chunk in chunks):
        raise AwsError(
            "IncompleteBody",
            "You did not provide the number of bytes specified by the Content-Length HTTP header",
        )
    return form not in SIGNED or all(_checks(call, credentials, body, chunks, rest))


def _chunks(body: bytes) -> tuple[list[Chunk], int]:
    """The chunks, the empty last one too, and where the trailers begin."""
    found: list[Chunk] = []
    at = 0
    while True:
        end = body.find(b"\r\n", at, at + 200)
        match = _HEAD.fullmatch(body, at, end) if end >= 0 else None
        if match is None:
            raise _cut_off()
        begin, size = end + 2, int(match[1], 16)
        found.append(Chunk(begin, begin + size, (match[2] or b"").decode()))
        if size == 0:
            return found, begin
        at = begin + size + 2
        if body[at - 2 : at] != b"\r\n":
            raise _cut_off()


def _cut_off() -> AwsError:
    return AwsError("IncompleteBody", "The request body terminated unexpectedly")


def _checks(
    call: Call, credentials: Credentials, body: bytes, chunks: list[Chunk], rest: int
) -> Iterator[bool]:
    """Whether each chunk, and the trailers where there are any, are signed as they should be."""
    scope = call.scope
    stamp = call.request.headers.get("X-Amz-Date", "")
    signer = seam.SigV4Auth(credentials, scope.signing_name, scope.region)
    again = AWSRequest()
    again.context["timestamp"] = stamp
    where = f"{scope.date}/{scope.region}/{scope.signing_name}/aws4_request"
    match = _SIGNATURE.search(call.request.headers.get("Authorization", ""))
    before = match[1] if match else ""

    def signature(kind: str, *digests: str) -> str:
        lines = [f"AWS4-HMAC-SHA256-{kind}", stamp, where, before, *digests]
        return signer.signature("\n".join(lines), again)

    for chunk in chunks:
        digest = hashlib.sha256(memoryview(body)[chunk.begin : chunk.end]).hexdigest()
        before = signature("PAYLOAD", _EMPTY, digest)
        yield hmac.compare_digest(before, chunk.signature)
    if not call.request.headers["X-Amz-Content-SHA256"].endswith("-TRAILER"):
        return
    lines = dict(line.split(b":", 1) for line in body[rest:].split(b"\r\n") if b":" in line)
    given = lines.pop(b"x-amz-trailer-signature", b"").decode("latin-1").strip()
    text = b"".join(name + b":" + value.strip() + b"\n" for name, value in lines.items())
    made = signature("TRAILER", hashlib.sha256(text).hexdigest())
    yield hmac.compare_digest(made.encode(), given.encode())
