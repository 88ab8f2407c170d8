"""S3's elements: the bucket and the host, the headers and arguments of the HTTP request, and the
body's XML as an object.

AWS page: https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-understanding-s3-entries.html
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from helpers.lab.trail import secrets
from helpers.lab.trail.elements import Writer, plain
from helpers.lab.trail.notes import Called

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"

# What a pre-signed URL's arguments tell without telling how to use it.
OF_A_SIGNED_URL = ("X-Amz-Algorithm", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders")

# A body that the record leaves out: names of objects, parts.
UNQUOTED_BODIES = frozenset({"DeleteObjects", "CompleteMultipartUpload"})

# Answer's headers that the record quotes.
ANSWERED = (
    "x-amz-copy-source-version-id",
    "x-amz-delete-marker",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-version-id",
)


def request_of(note: Called, writer: Writer) -> dict[str, Any]:
    """The requestParameters of an S3 call."""
    found: dict[str, Any] = {}
    parameters = note.parameters
    shape = note.model.input_shape
    members = shape.members if shape is not None else {}
    payload = shape.serialization.get("payload") if shape is not None else None
    for name, member in members.items():
        value = parameters.get(name)
        if value in (None, ""):
            continue
        if secrets.is_secret("s3", name, member):
            writer.secrets += secrets.texts(value)
            continue
        place, key = member.serialization.get("location"), member.serialization.get("name", name)
        if name == "Bucket":
            found["bucketName"] = value
        elif place == "uri" and name == "Key":
            found["key"] = value
        elif place == "uri" or name == "AccountId":
            found[name[:1].lower() + name[1:]] = plain(value)
        elif place == "querystring":
            found[key] = str(value)
        elif place == "header" and key.lower().startswith("x-amz-"):
            found[key.lower()] = plain(value)
        elif name == payload:
            found |= _body(note.operation, key, member, value)
    if note.operation == "PostObject":
        found |= {"bucketName": parameters.get("Bucket"), "key": parameters.get("Key")}
    found |= _subresources(note)
    found["Host"] = note.host
    given = dict(parse_qsl(note.query))
    found |= {name: given[name] for name in OF_A_SIGNED_URL if name in given}
    found.pop("accountId", None)
    return found


def _body(operation: str, key: str, shape: Any, value: Any) -> dict[str, Any]:
    if operation == "PutBucketPolicy":
        try:
            return {"bucketPolicy": json.loads(value)}
        except ValueError:
            return {}
    if shape.type_name != "structure" or operation in UNQUOTED_BODIES:
        return {}
    return {key: {"xmlns": NAMESPACE, **_xml(shape, value)}}


def _xml(shape: Any, value: Any) -> dict[str, Any]:
    """A structure as the body's XML has it; a list of one is that one."""
    found: dict[str, Any] = {}
    for name, member in shape.members.items():
        item = value.get(name)
        if item is None:
            continue
        key = member.serialization.get("name", name)
        if member.type_name == "structure":
            found[key] = _xml(member, item) or ""
        elif member.type_name == "list":
            inner = member.member
            items = [_xml(inner, i) if inner.type_name == "structure" else plain(i) for i in item]
            one = items[0] if len(items) == 1 else items
            if member.serialization.get("flattened"):
                found[key] = one
            else:
                found[key] = {inner.serialization.get("name", "member"): one} if items else ""
        else:
            found[key] = plain(item)
    return found


def _subresources(note: Called) -> dict[str, str]:
    """The part of a bucket or object that the operation is about ("acl", "policy"), and the
    arguments that the operation always sends ("list-type": "2")."""
    _, _, query = note.model.http.get("requestUri", "").partition("?")
    if note.service == "s3control":
        return {}
    parts = (part.partition("=") for part in query.split("&") if part)
    return {name: value for name, _, value in parts if name != "x-id"}


def response_of(note: Called) -> dict[str, Any] | None:
    """The responseElements of an S3 call that changed something."""
    headers = {str(name).lower(): str(value) for name, value in dict(note.headers or {}).items()}
    return {name: headers[name] for name in ANSWERED if name in headers} or None


def additional(note: Called, host_id: str) -> dict[str, Any]:
    """What S3 adds: how the request was signed, and how much went in and out."""
    found: dict[str, Any] = {}
    if note.scope is not None:
        found["SignatureVersion"] = "SigV2" if note.scope.form.endswith("v2") else "SigV4"
    found["CipherSuite"] = "TLS_AES_128_GCM_SHA256"
    found["bytesTransferredIn"] = note.received
    if note.scope is not None:
        found["AuthenticationMethod"] = {
            "header": "AuthHeader",
            "form": "HtmlForm",
        }.get(note.scope.form, "QueryString")
    found["x-amz-id-2"] = host_id
    found["bytesTransferredOut"] = note.sent
    return found
