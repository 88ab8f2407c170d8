"""Uploads that are not what they say, and bucket policies whose conditions cannot hold."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from botocore.exceptions import ClientError
from lab_calls import policy, refused
from s3_calls import BUCKET, OBJECTS, bucket_policy, everybody, vault

from helpers import Lab
from helpers.lab.services.s3_digests import _unpacked


@pytest.fixture
def s3(lab: Lab) -> Any:
    return vault(lab)


def md5(body: bytes) -> str:
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


def sha256(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def test_digests_have_to_be_those_of_the_body(s3: Any) -> None:
    put = {"Bucket": "vault", "Key": "k", "Body": b"abc"}
    s3.put_object(**put, ContentMD5=md5(b"abc"))
    s3.put_object(**put, ChecksumSHA256=sha256(b"abc"))
    refused("BadDigest", s3.put_object, **put, ContentMD5=md5(b"abd"))
    refused("BadDigest", s3.put_object, **put, ChecksumSHA256=sha256(b"abd"))
    refused("InvalidDigest", s3.put_object, **put, ContentMD5="banana")
    with pytest.raises(ClientError) as caught:
        s3.put_object(**put, ChecksumSHA256="AAAA")
    assert "x-amz-checksum-sha256 header is invalid" in str(caught.value)
    upload = s3.create_multipart_upload(Bucket="vault", Key="k")["UploadId"]
    part = {**put, "UploadId": upload, "PartNumber": 1}
    refused("BadDigest", s3.upload_part, **part, ContentMD5=md5(b"abd"))


def test_chunks() -> None:
    body = b"3\r\nabc\r\n2;chunk-signature=0\r\nde\r\n0\r\nx-amz-checksum-crc32:x\r\n\r\n"
    assert _unpacked(body) == b"abcde"
    assert _unpacked(b"") == b""


def test_a_key_has_at_most_1024_bytes(s3: Any) -> None:
    s3.put_object(Bucket="vault", Key="k" * 1024, Body=b"")
    refused("KeyTooLongError", s3.put_object, Bucket="vault", Key="k" * 1025, Body=b"")
    refused("KeyTooLongError", s3.get_object, Bucket="vault", Key="ä" * 513)


def test_parts_come_in_order_and_an_upload_knows_when_it_was_begun(lab: Lab, s3: Any) -> None:
    which = {"Bucket": "vault", "Key": "big"}
    upload = {**which, "UploadId": s3.create_multipart_upload(**which)["UploadId"]}
    begun = lab.clock.now
    lab.clock.advance(days=3)
    (found,) = s3.list_multipart_uploads(Bucket="vault")["Uploads"]
    assert abs((found["Initiated"] - begun).total_seconds()) < 5
    tags = [s3.upload_part(**upload, PartNumber=n, Body=b"x")["ETag"] for n in (1, 2)]
    refused("InvalidArgument", s3.upload_part, **upload, PartNumber=0, Body=b"x")
    parts = [{"PartNumber": n, "ETag": tag} for n, tag in zip((2, 1), tags, strict=True)]
    whole = {**upload, "MultipartUpload": {"Parts": parts}}
    refused("InvalidPartOrder", s3.complete_multipart_upload, **whole)


@pytest.mark.parametrize(
    ("action", "resource", "condition", "sentence"),
    [
        ("s3:GetObject", OBJECTS, {"aws:Nope": "x"}, "Policy has an invalid condition key"),
        ("s3:GetObject", OBJECTS, {"s3:nope": "x"}, "Policy has an invalid condition key"),
        ("s3:GetObject", OBJECTS, {"s3:prefix": "x"}, "Conditions do not apply to combination"),
        ("s3:GetObject", OBJECTS, {"s3:x-amz-acl": "private"}, "Conditions do not apply"),
        ("s3:ListBucket", BUCKET, {"s3:prefix": "x"}, None),
        ("s3:PutObject", OBJECTS, {"s3:x-amz-acl": "private"}, None),
        ("s3:PutObject", OBJECTS, {"s3:x-amz-server-side-encryption": "aws:kms"}, None),
        ("s3:GetObject", OBJECTS, {"s3:ExistingObjectTag/class": "public"}, None),
        ("s3:*", OBJECTS, {"s3:TlsVersion": "1.2"}, None),
        ("s3:*", OBJECTS, {"aws:PrincipalTag/team": "blue"}, None),
        ("s3:GetObject", OBJECTS, {"s3:authType": "REST-QUERY-STRING"}, None),
        ("s3:GetObject", OBJECTS, {"s3:signatureAge": "600000"}, None),
    ],
)
def test_conditions_have_to_come_with_an_action(
    s3: Any, action: str, resource: str, condition: dict[str, str], sentence: str | None
) -> None:
    document = bucket_policy(everybody(action, resource, Condition={"StringEquals": condition}))
    if sentence is None:
        s3.put_bucket_policy(**document)
    else:
        assert refused("MalformedPolicy", s3.put_bucket_policy, **document).startswith(sentence)


def test_a_policy_says_something(s3: Any) -> None:
    message = refused("MalformedPolicy", s3.put_bucket_policy, Bucket="vault", Policy=policy())
    assert message == "Could not parse the policy: Statement is empty!"
