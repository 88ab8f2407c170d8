"""Objects under a key that the caller brings along: where they are taken, and who reads them."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from lab_calls import outcome, refused
from s3_calls import vault

from helpers import Lab

K = {"Bucket": "vault", "Key": "own"}
ENCODED = base64.b64encode(b"k" * 32).decode()


def key(byte: bytes = b"k", prefix: str = "") -> dict[str, Any]:
    return {f"{prefix}SSECustomerAlgorithm": "AES256", f"{prefix}SSECustomerKey": byte * 32}


def configure(s3: Any, blocked: str, **others: Any) -> str:
    rule = {"BlockedEncryptionTypes": {"EncryptionType": [blocked]}, **others}
    return outcome(
        s3.put_bucket_encryption,
        Bucket="vault",
        ServerSideEncryptionConfiguration={"Rules": [rule]},
    )


def blocked(s3: Any) -> list[str]:
    found = s3.get_bucket_encryption(Bucket="vault")["ServerSideEncryptionConfiguration"]["Rules"]
    assert found[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    return found[0]["BlockedEncryptionTypes"]["EncryptionType"]


def test_a_bucket_takes_none_until_it_is_told_to(lab: Lab) -> None:
    s3 = vault(lab)
    copy = {**K, "CopySource": "vault/k", **key()}
    assert blocked(s3) == ["SSE-C"]
    refused("AccessDenied", s3.put_object, **K, Body=b"x", **key())
    refused("AccessDenied", s3.copy_object, **copy)
    refused("AccessDenied", s3.create_multipart_upload, **K, **key())
    default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    assert configure(s3, "NONE", **default) == "allowed"
    assert blocked(s3) == ["NONE"]
    s3.put_object(**K, Body=b"x", **key())
    s3.copy_object(**copy)
    assert configure(s3, "SSE-C") == "allowed"
    refused("AccessDenied", s3.put_object, **K, Body=b"x", **key())
    assert s3.get_object(**K, **key())["Body"].read() == b"secret"  # what is there can be read
    assert configure(s3, "SSE-S3") == "MalformedXML"


@pytest.fixture
def taken(lab: Lab) -> Any:
    """Root's client, and a bucket that takes such objects and has one, "own"."""
    s3 = vault(lab)
    configure(s3, "NONE")
    answer = s3.put_object(**K, Body=b"x", **key())
    assert answer["SSECustomerAlgorithm"] == "AES256"
    assert "ServerSideEncryption" not in answer
    return s3


def test_reading_takes_the_key(lab: Lab, taken: Any) -> None:
    assert "correct parameters must be provided" in refused("InvalidRequest", taken.get_object, **K)
    refused("AccessDenied", taken.get_object, **K, **key(b"j"))
    assert outcome(taken.head_object, **K) == "400"
    assert outcome(taken.head_object, **K, **key()) == "allowed"
    answer = taken.get_object(**K, **key())
    assert (answer["Body"].read(), answer["SSECustomerAlgorithm"]) == (b"x", "AES256")
    assert "not applicable" in refused(
        "InvalidRequest", taken.get_object, Bucket="vault", Key="k", **key()
    )


def test_a_copy_takes_the_key_of_its_source(lab: Lab, taken: Any) -> None:
    copy = {"Bucket": "vault", "Key": "copy", "CopySource": "vault/own"}
    refused("InvalidRequest", taken.copy_object, **copy)
    refused("AccessDenied", taken.copy_object, **copy, **key(b"j", "CopySource"))
    taken.copy_object(**copy, **key(prefix="CopySource"))
    assert taken.get_object(Bucket="vault", Key="copy")["Body"].read() == b"x"


def test_an_upload_in_parts(lab: Lab, taken: Any) -> None:
    upload = {**K, "UploadId": taken.create_multipart_upload(**K, **key())["UploadId"]}
    part = {**upload, "PartNumber": 1, "Body": b"y"}
    refused("InvalidRequest", taken.upload_part, **part)
    parts = [{"PartNumber": 1, "ETag": taken.upload_part(**part, **key())["ETag"]}]
    taken.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    refused("InvalidRequest", taken.get_object, **K)
    assert taken.get_object(**K, **key())["Body"].read() == b"y"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"SSECustomerKey": b"short"}, "InvalidArgument"),
        ({"SSECustomerAlgorithm": "DES"}, "InvalidEncryptionAlgorithmError"),
        # With a digest of its own botocore passes both on as they are.
        ({"SSECustomerKey": ENCODED, "SSECustomerKeyMD5": "AAAAAAAAAAAAAAAAAAAAAA=="},
         "InvalidArgument"),
        ({"SSECustomerKey": "no base64", "SSECustomerKeyMD5": "x"}, "InvalidArgument"),
    ],
)  # fmt: skip
def test_what_is_no_key(lab: Lab, taken: Any, change: dict[str, Any], code: str) -> None:
    assert outcome(taken.put_object, **K, Body=b"x", **{**key(), **change}) == code


def test_a_key_does_not_go_over_plain_http(lab: Lab, taken: Any) -> None:
    plainly = lab.root.client("s3", use_ssl=False)
    assert "secure connection" in refused("InvalidArgument", plainly.get_object, **K, **key())
