"""The lab at an address of this machine: one account for the notebook and every other program."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.auth
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lab_calls import allow, child, policy, refused, statement

from helpers import Caller, Lab
from helpers.lab import NoLab, NothingLeaves, endpoint, server
from helpers.lab.surroundings import ENVIRONMENT

IDENTITY = "/?Action=GetCallerIdentity&Version=2011-06-15"
OBJECT = {"Bucket": "payroll", "Key": "2026.csv"}


@pytest.fixture
def served(house: Lab) -> Iterator[server.Server]:
    """The address of the house; ``house`` is its lab."""
    yield house.serve()
    threads = [t.name for t in threading.enumerate() if t.name.startswith("lab.serve")]
    Lab.stop()
    left = [t.name for t in threading.enumerate() if t.name.startswith("lab.serve")]
    assert left == [], f"before the stop: {threads}"


def ask(
    there: server.Server,
    method: str,
    target: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    **options: Any,
) -> tuple[http.client.HTTPResponse, bytes]:
    """A request over a connection of its own; the answer and its body."""
    connection = http.client.HTTPConnection("127.0.0.1", there.port, timeout=10)
    try:
        connection.request(method, target, body, dict(headers or {}), **options)
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


def raw(there: server.Server, sent: bytes) -> bytes:
    """Bytes as they are; all that comes back."""
    with socket.create_connection(("127.0.0.1", there.port), timeout=10) as made:
        made.sendall(sent)
        made.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: made.recv(65536), b""))


def code_of(body: bytes) -> str:
    found = re.search(rb"<Code>([^<]*)|\"__type\": ?\"([^\"]*)", body)
    return next(filter(None, found.groups())).decode() if found else ""


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch):
    """Let botocore's signers sign at a time."""

    def set_time(now: datetime) -> None:
        naive = now.astimezone(UTC).replace(tzinfo=None)
        monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: naive)

    return set_time


def signed(
    there: server.Server,
    caller: Caller,
    name: str,
    method: str,
    target: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    *,
    host: str | None = None,
    region: str = "us-east-1",
) -> dict[str, str]:
    """The headers of a request that a program signs for the address."""
    host = host or f"127.0.0.1:{there.port}"
    request = AWSRequest(method, f"http://{host}{target}", dict(headers or {}), body)
    keys = Credentials(caller.access_key_id, caller.secret_access_key, caller.session_token)
    kind = S3SigV4Auth if name == "s3" else SigV4Auth
    signer = kind(keys, name, region)
    if digest := request.headers.get("x-amz-content-sha256"):
        signer.payload = lambda _: digest
    signer.add_auth(request)
    return {"Host": host, **dict(request.headers.items())}


# One account ------------------------------------------------------------------------------------


def test_another_process_and_the_notebook_have_one_account(
    house: Lab, served: server.Server
) -> None:
    """boto3 in a process of its own: identity, denials, uploads of every kind, Regions."""
    lab = house
    lab.root.client("s3").create_bucket(Bucket="from-notebook")
    code = """
    import io, json, urllib.request
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config
    from botocore.exceptions import ClientError
    def code(call, **parameters):
        try:
            call(**parameters)
        except ClientError as error:
            return error.response["Error"]["Code"], error.response["Error"]["Message"]
    s3, found = boto3.client("s3"), {}
    found["arn"] = boto3.client("sts").get_caller_identity()["Arn"]
    found["buckets"] = [b["Name"] for b in s3.list_buckets()["Buckets"]]
    s3.create_bucket(Bucket="from-program")
    s3.put_object(Bucket="from-program", Key="a b+é/c", Body=b"text", Metadata={"k": "v"})
    s3.put_object(Bucket="from-program", Key="stream", Body=io.BytesIO(b"s" * 100_000),
                  ChecksumAlgorithm="SHA256")
    big = bytes(range(256)) * 36_000  # two parts
    s3.upload_fileobj(io.BytesIO(big), "from-program", "big")
    found["same"] = s3.get_object(Bucket="from-program", Key="big")["Body"].read() == big
    found["part"] = s3.get_object(Bucket="from-program", Key="big", Range="bytes=1-3")[
        "Body"].read().hex()
    found["head"] = s3.head_object(Bucket="from-program", Key="a b+é/c")["Metadata"]
    found["absent"] = code(s3.head_object, Bucket="from-program", Key="nothing")
    url = s3.generate_presigned_url("get_object",
                                    Params={"Bucket": "from-program", "Key": "a b+é/c"})
    found["url"] = urllib.request.urlopen(url).read().decode()
    west = boto3.client("s3", "eu-west-1")
    west.create_bucket(Bucket="in-ireland",
                       CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    found["west"] = s3.list_objects_v2(Bucket="in-ireland")["KeyCount"]
    nobody = boto3.client("s3", config=Config(signature_version=UNSIGNED))
    found["nobody"] = code(nobody.get_object, Bucket="payroll", Key="2026.csv")
    found["vpcs"] = [v["CidrBlock"] for v in boto3.client("ec2").describe_vpcs()["Vpcs"]]
    boto3.client("iam").create_user(UserName="from-program")
    found["events"] = boto3.client("cloudtrail").lookup_events(MaxResults=1)["Events"][0][
        "EventName"]
    print(json.dumps(found))
    """
    found = json.loads(child(code, env=served.environment()).stdout)
    assert found.pop("arn") == "arn:aws:iam::111122223333:root"
    assert found.pop("buckets") == ["from-notebook", "payroll"]
    assert found == {
        "same": True,
        "part": "010203",
        "head": {"k": "v"},
        "absent": ["404", "Not Found"],
        "url": "text",
        "west": 0,
        "nobody": ["AccessDenied", "Access Denied"],
        "vpcs": ["172.31.0.0/16"],
        "events": "CreateUser",
    }
    s3 = lab.root.client("s3")
    stored = s3.get_object(Bucket="from-program", Key="a b+é/c")
    assert (stored["Body"].read(), stored["Metadata"]) == (b"text", {"k": "v"})
    users = [user["UserName"] for user in lab.root.client("iam").list_users()["Users"]]
    assert "from-program" in users


def test_what_the_record_says_of_a_program(house: Lab, served: server.Server) -> None:
    lab = house
    analyst = lab.caller("analyst")
    target = "/?Action=ListUsers&Version=2010-05-08"
    headers = signed(served, analyst, "iam", "GET", target, headers={"User-Agent": "tool/1.0"})
    answer, body = ask(served, "GET", target, headers=headers)
    assert (answer.status, code_of(body)) == (403, "AccessDenied")
    assert b"user/analyst is not authorized to perform: iam:ListUsers" in body
    event = lab.events[-1]
    assert event["eventName"] == "ListUsers"
    assert event["userIdentity"]["userName"] == "analyst"
    assert (event["sourceIPAddress"], event["userAgent"]) == ("203.0.113.10", "tool/1.0")
    assert event["tlsDetails"]["clientProvidedHostHeader"] == "iam.amazonaws.com"
    assert event["requestID"] == answer.headers["x-amzn-requestid"]
    assert "iam:ListUsers" in str(lab.why())


def test_policies_about_transport_see_https(house: Lab, served: server.Server) -> None:
    """What a learner types stands for a call to AWS, where it would be https."""
    root = house.root
    only_https = statement(
        "Deny",
        "s3:*",
        ["arn:aws:s3:::payroll", "arn:aws:s3:::payroll/*"],
        Principal="*",
        Condition={"Bool": {"aws:SecureTransport": "false"}},
    )
    root.client("s3").put_bucket_policy(Bucket="payroll", Policy=policy(only_https))
    target = "/payroll/2026.csv"
    answer, _ = ask(served, "GET", target, headers=signed(served, root, "s3", "GET", target))
    assert answer.status == 200


def test_clients_of_this_process_at_the_address(house: Lab, served: server.Server) -> None:
    lab = house
    analyst = lab.caller("analyst")
    at_it = {"endpoint_url": served.url}
    before = threading.active_count()
    sts = analyst.client("sts", **at_it).get_caller_identity()
    assert sts["Arn"].endswith(":user/analyst")
    assert boto3.client("iam", **at_it).list_users()["Users"][0]["UserName"] == "admin"
    s3 = analyst.client("s3", endpoint_url=f"http://localhost:{served.port}")
    assert s3.get_object(**OBJECT)["Body"].read().startswith(b"month")
    virtual = Config(s3={"addressing_style": "virtual"})
    s3 = analyst.client("s3", endpoint_url=f"http://localhost:{served.port}", config=virtual)
    assert s3.get_object(**OBJECT)["Body"].read().startswith(b"month")
    control = lab.root.client("s3control", **at_it)
    block = {"BlockPublicAcls": True}
    control.put_public_access_block(AccountId="111122223333", PublicAccessBlockConfiguration=block)
    asked = lab.root.client("s3control").get_public_access_block(AccountId="111122223333")
    assert asked["PublicAccessBlockConfiguration"]["BlockPublicAcls"] is True
    assert threading.active_count() == before, "no connection was made"
    elsewhere = 1 + served.port % 65535
    for url in (
        "http://localhost:4566",
        f"http://127.0.0.1:{elsewhere}",
        f"https://127.0.0.1:{served.port}",
        f"http://192.168.1.1:{served.port}",
        f"http://localhost.example.org:{served.port}",
    ):
        with pytest.raises(NothingLeaves, match="was stopped"):
            lab.root.client("s3", endpoint_url=url).list_buckets()
    served.stop()
    with pytest.raises(NothingLeaves, match="was stopped"):
        lab.root.client("s3", **at_it).list_buckets()
    Lab.stop()
    with pytest.raises(NoLab):
        analyst.client("s3", **at_it).list_buckets()


# Whom a request is for --------------------------------------------------------------------------


def test_names_of_this_machine(house: Lab, served: server.Server) -> None:
    root = house.root
    for name in ("127.0.0.1", "localhost", "[::1]", "LocalHost", "payroll.localhost"):
        target = "/2026.csv" if name.startswith("payroll") else "/payroll/2026.csv"
        host = f"{name}:{served.port}"
        headers = signed(served, root, "s3", "GET", target, host=host)
        answer, body = ask(served, "GET", target, headers=headers)
        assert (answer.status, body[:5]) == (200, b"month"), name


FOREIGN = (
    *("", "example.org", "127.0.0.1.example.org", "localhost.example.org", "iam.amazonaws.com"),
    *("0.0.0.0", "10.0.0.1", "evil@127.0.0.1", "a b.localhost", "[::2]", "127.0.0.1:x"),
)


def test_foreign_names_are_refused(house: Lab, served: server.Server) -> None:
    """A page can make a name of its own lead to this machine; the name gives it away."""
    before = len(house.events)
    for host in FOREIGN:
        answer, _ = ask(served, "GET", "/payroll/2026.csv", headers={"Host": host})
        assert answer.status == 403, host
    assert len(house.events) == before


PAGES = [
    {"Origin": "https://example.org"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:8888"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
]


def test_pages_in_a_browser_are_refused(house: Lab, served: server.Server) -> None:
    before = len(house.events)
    for headers in PAGES:
        for method in ("GET", "POST", "OPTIONS"):
            answer, body = ask(served, method, "/payroll/2026.csv", headers=headers)
            assert (answer.status, body[:5]) == (403, b"Pages"), (method, headers)
    assert len(house.events) == before


def test_a_link_may_be_followed_and_no_page_reads_the_answer(
    house: Lab, served: server.Server
) -> None:
    s3 = house.root.client("s3", endpoint_url=served.url)
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}
    s3.put_bucket_cors(Bucket="payroll", CORSConfiguration={"CORSRules": [rule]})
    link = urlsplit(s3.generate_presigned_url("get_object", Params=OBJECT))
    followed = {
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
    }
    answer, body = ask(served, "GET", f"{link.path}?{link.query}", headers=followed)
    assert (answer.status, body[:5]) == (200, b"month")
    for headers in (followed, PAGES[0]):
        answer, _ = ask(served, "GET", "/payroll/2026.csv", headers=headers)
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_unsigned_requests(house: Lab, served: server.Server) -> None:
    """S3's, as nobody; those that name an operation are of its service."""
    answer, body = ask(served, "GET", "/payroll/2026.csv")
    assert (answer.status, code_of(body)) == (403, "AccessDenied")
    s3 = house.root.client("s3")
    s3.delete_public_access_block(Bucket="payroll")
    everybody = statement("Allow", "s3:GetObject", "arn:aws:s3:::payroll/*", Principal="*")
    s3.put_bucket_policy(Bucket="payroll", Policy=policy(everybody))
    assert ask(served, "GET", "/payroll/2026.csv")[1].startswith(b"month")
    answer, body = ask(served, "HEAD", "/payroll/2026.csv")
    assert (answer.status, body) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 20
    assert code_of(ask(served, "GET", IDENTITY)[1]) == "MissingAuthenticationToken"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = ask(served, "POST", "/", "Action=ListUsers&Version=2010-05-08", form)[1]
    assert code_of(body) == "MissingAuthenticationToken"
    target = {"X-Amz-Target": "DynamoDB_20120810.ListTables"}
    target["Content-Type"] = "application/x-amz-json-1.0"
    body = ask(served, "POST", "/", "{}", target)[1]
    assert code_of(body) == "MissingAuthenticationTokenException"


@pytest.mark.parametrize(
    ("name", "region", "host"),
    [
        ("iam", "us-east-1", "iam.amazonaws.com"),
        ("sts", "eu-west-1", "sts.eu-west-1.amazonaws.com"),
        ("s3", "eu-west-1", "s3.eu-west-1.amazonaws.com"),
        ("ec2", "cn-north-1", "ec2.cn-north-1.amazonaws.com.cn"),
        ("states", "eu-central-1", "states.eu-central-1.amazonaws.com"),
        ("organizations", "us-east-1", "organizations.us-east-1.amazonaws.com"),
        ("no such", "us east:1", "nosuch.us-east-1.amazonaws.com"),
    ],
)
def test_hosts_of_aws_by_the_scope_of_the_signature(name: str, region: str, host: str) -> None:
    from helpers.lab import addresses

    scope = f"AWS4-HMAC-SHA256 Credential=AKIA/20261102/{region}/{name}/aws4_request"
    request = addresses.received("GET", "localhost:1", "/x", {"authorization": scope}, b"")
    assert (request.host, request.scheme) == (host, "https")


# Signatures and clocks --------------------------------------------------------------------------


def test_another_secret_or_another_host_is_refused(house: Lab, served: server.Server) -> None:
    root = house.root
    wrong = Caller("", "", root.access_key_id, "wrong", root.session_token)
    headers = signed(served, wrong, "sts", "GET", IDENTITY)
    answer, body = ask(served, "GET", IDENTITY, headers=headers)
    assert (answer.status, code_of(body)) == (403, "SignatureDoesNotMatch")
    # Signed for AWS and sent here, or for another port: the host is part of the signature.
    for host in ("sts.amazonaws.com", "127.0.0.1:4566"):
        headers = signed(served, root, "sts", "GET", IDENTITY, host=host)
        headers["Host"] = f"127.0.0.1:{served.port}"
        body = ask(served, "GET", IDENTITY, headers=headers)[1]
        assert code_of(body) == "SignatureDoesNotMatch"


SKEWED = {
    "iam": ("/?Action=ListUsers&Version=2010-05-08", 403, "SignatureDoesNotMatch"),
    "s3": ("/payroll/2026.csv", 403, "RequestTimeTooSkewed"),
    "ec2": ("/?Action=DescribeVpcs&Version=2016-11-15", 400, "RequestExpired"),
    "dynamodb": ("/", 400, "InvalidSignatureException"),
}


@pytest.mark.parametrize("name", SKEWED)
def test_signatures_by_either_clock(house: Lab, served: server.Server, at, name: str) -> None:
    target, status, code = SKEWED[name]
    lab, method, body, given = house, "GET", b"", {}
    if name == "dynamodb":
        method, body = "POST", b"{}"
        given = {
            "X-Amz-Target": "DynamoDB_20120810.ListTables",
            "Content-Type": "application/x-amz-json-1.0",
        }
    lab.clock.advance(days=4000)  # wherever the machine's clock is, the lab's is elsewhere
    new = lab.root.client("sts").get_session_token()["Credentials"]
    caller = Caller("", "", new["AccessKeyId"], new["SecretAccessKey"], new["SessionToken"])
    if name == "iam":  # which such a session may not call
        caller = lab.caller("admin")
    machine = datetime.now(UTC)
    minutes = timedelta(minutes=1)
    for good in (machine - 14 * minutes, machine + 14 * minutes, lab.clock.now + 14 * minutes):
        at(good)
        headers = signed(served, caller, name, method, target, body, given)
        answer, text = ask(served, method, target, body or None, headers)
        assert answer.status == 200, (good, text)
    for bad in (machine - 16 * minutes, machine + 16 * minutes, lab.clock.now - 16 * minutes):
        at(bad)
        headers = signed(served, caller, name, method, target, body, given)
        answer, text = ask(served, method, target, body or None, headers)
        assert (answer.status, code_of(text)) == (status, code), bad
        if name in ("iam", "dynamodb"):
            side = b"not yet current" if bad > machine and bad.year == machine.year else b"expired"
            assert b"Signature " + side in text
        if name == "s3":
            assert b"<MaxAllowedSkewMilliseconds>900000<" in text
            assert f"<RequestTime>{bad:%Y%m%dT%H%M%SZ}<".encode() in text


def test_answers_carry_the_time_of_the_machine(house: Lab, served: server.Server) -> None:
    """SDKs set their clock by it, and a wrong one would make every further call too late."""
    house.clock.advance(days=400)
    answer, _ = ask(served, "GET", "/payroll/2026.csv")
    told = datetime.strptime(answer.headers["Date"], "%a, %d %b %Y %H:%M:%S GMT")
    assert abs(told.replace(tzinfo=UTC) - datetime.now(UTC)) < timedelta(minutes=1)


def test_sessions_end_by_the_labs_clock(house: Lab, served: server.Server) -> None:
    lab = house
    new = lab.root.client("sts").get_session_token(DurationSeconds=900)["Credentials"]
    caller = Caller("", "", new["AccessKeyId"], new["SecretAccessKey"], new["SessionToken"])
    headers = signed(served, caller, "sts", "GET", IDENTITY)
    assert ask(served, "GET", IDENTITY, headers=headers)[0].status == 200
    lab.clock.advance(minutes=16)
    headers = signed(served, caller, "sts", "GET", IDENTITY)
    assert code_of(ask(served, "GET", IDENTITY, headers=headers)[1]) == "ExpiredToken"


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_urls_for_the_address_by_either_clock(
    house: Lab, served: server.Server, monkeypatch: pytest.MonkeyPatch, at, version: str
) -> None:
    lab = house
    analyst = lab.caller("analyst")
    # Of the notebook: signed by the lab's clock. The machine's may be years away on either side.
    monkeypatch.setattr(server, "machine_now", lambda: datetime(2036, 5, 4, 12, tzinfo=UTC))
    s3 = analyst.client("s3", endpoint_url=served.url, config=Config(signature_version=version))
    url = urlsplit(s3.generate_presigned_url("get_object", Params=OBJECT, ExpiresIn=60))
    assert url.netloc == f"127.0.0.1:{served.port}"
    target = f"{url.path}?{url.query}"
    assert ask(served, "GET", target)[1].startswith(b"month")
    body = ask(served, "GET", target.replace("2026.csv", "2025.csv"))[1]
    assert code_of(body) == "SignatureDoesNotMatch"
    lab.clock.advance(seconds=61)
    answer, body = ask(served, "GET", target)
    assert (answer.status, code_of(body)) == (403, "AccessDenied")
    assert b"Request has expired" in body
    if version == "s3v4":
        # Of a program: signed by the machine's clock, for which a minute has not passed yet.
        keys = Credentials(analyst.access_key_id, analyst.secret_access_key)
        at(datetime(2036, 5, 4, 12, tzinfo=UTC))
        made = AWSRequest("GET", f"{served.url}/payroll/2026.csv")
        botocore.auth.S3SigV4QueryAuth(keys, "s3", "us-east-1", expires=60).add_auth(made)
        url = urlsplit(made.url)
        assert ask(served, "GET", f"{url.path}?{url.query}")[1].startswith(b"month")
        monkeypatch.setattr(server, "machine_now", lambda: datetime(2036, 5, 4, 13, tzinfo=UTC))
        assert b"expired" in ask(served, "GET", f"{url.path}?{url.query}")[1]
        monkeypatch.setattr(server, "machine_now", lambda: datetime(2036, 5, 4, 11, tzinfo=UTC))
        assert b"Request is not yet valid" in ask(served, "GET", f"{url.path}?{url.query}")[1]


# Uploads ----------------------------------------------------------------------------------------


def test_bodies_in_chunks_of_http(house: Lab, served: server.Server) -> None:
    root = house.root
    target, whole = "/payroll/chunks.bin", bytes(range(256)) * 300
    unsigned = {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
    headers = signed(served, root, "s3", "PUT", target, headers=unsigned)
    parts = iter([whole[:1], whole[1:5000], whole[5000:]])
    answer, body = ask(served, "PUT", target, parts, headers, encode_chunked=True)
    assert answer.status == 200, body
    stored = root.client("s3").get_object(Bucket="payroll", Key="chunks.bin")
    assert stored["Body"].read() == whole


def chunked(
    there: server.Server, caller: Caller, target: str, parts: list[bytes], trailer: bytes = b""
) -> tuple[dict[str, str], bytes]:
    """An upload in signed chunks of AWS's own kind, its digests chained: headers and body."""
    word = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
    given = {
        "x-amz-content-sha256": f"{word}-TRAILER" if trailer else word,
        "x-amz-decoded-content-length": str(sum(map(len, parts))),
        "content-encoding": "aws-chunked",
    }
    headers = signed(there, caller, "s3", "PUT", target, headers=given)
    before = headers["Authorization"].rpartition("=")[2]
    stamp = headers["X-Amz-Date"]
    where = f"{stamp[:8]}/us-east-1/s3/aws4_request"
    key = f"AWS4{caller.secret_access_key}".encode()
    for step in where.split("/"):
        key = hmac.digest(key, step.encode(), "sha256")

    def signature(kind: str, *digests: str) -> str:
        text = "\n".join([f"AWS4-HMAC-SHA256-{kind}", stamp, where, before, *digests])
        return hmac.new(key, text.encode(), "sha256").hexdigest()

    body = b""
    for part in [*parts, b""]:
        digests = (hashlib.sha256(content).hexdigest() for content in (b"", part))
        before = signature("PAYLOAD", *digests)
        body += f"{len(part):x};chunk-signature={before}\r\n".encode() + part
        body += b"\r\n" if part else b""
    if trailer:
        body += trailer + b"\r\nx-amz-trailer-signature:"
        body += signature("TRAILER", hashlib.sha256(trailer + b"\n").hexdigest()).encode()
        body += b"\r\n"
    return headers, body + b"\r\n"


@pytest.mark.parametrize("trailer", [b"", b"x-amz-checksum-crc32:NhCmhg=="])
def test_signed_chunks(house: Lab, served: server.Server, trailer: bytes) -> None:
    root, target = house.root, "/payroll/signed.bin"
    headers, body = chunked(served, root, target, [b"hel" * 3000, b"lo"], trailer)
    answer, text = ask(served, "PUT", target, body, headers)
    assert answer.status == 200, text
    stored = root.client("s3").get_object(Bucket="payroll", Key="signed.bin")
    assert stored["Body"].read() == b"hel" * 3000 + b"lo"
    for changed in (body.replace(b"hel", b"HEL", 1), body.replace(b"lo\r", b"LO\r", 1)):
        answer, text = ask(served, "PUT", target, changed, headers)
        assert (answer.status, code_of(text)) == (403, "SignatureDoesNotMatch")
    if trailer:
        answer, text = ask(served, "PUT", target, body.replace(b"NhC", b"NhD"), headers)
        assert code_of(text) == "SignatureDoesNotMatch"


def test_trailing_checksums(house: Lab, served: server.Server) -> None:
    """Chunks that are not signed, with a trailer: how SDKs upload a stream over https."""
    root, target = house.root, "/payroll/trailer.txt"
    given = {
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": "5",
        "x-amz-trailer": "x-amz-checksum-crc32",
        "content-encoding": "aws-chunked",
    }
    headers = signed(served, root, "s3", "PUT", target, headers=given)
    whole = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
    answer, text = ask(served, "PUT", target, whole, headers)
    assert answer.status == 200, text
    stored = root.client("s3").get_object(Bucket="payroll", Key="trailer.txt")
    assert stored["Body"].read() == b"hello"
    broken = [b"", b"hello", b"5\r\nhel", b"5\r\nhello", b"zz\r\nhello\r\n0\r\n\r\n"]
    broken += [b"-5\r\nhello\r\n0\r\n\r\n", b"4\r\nhell\r\n0\r\n\r\n", b"fffffffffffffff\r\nh\r\n"]
    for body in broken:
        answer, text = ask(served, "PUT", target, body, headers)
        assert (answer.status, code_of(text)) == (400, "IncompleteBody"), body
    given["x-amz-decoded-content-length"] = "9" * 30
    headers = signed(served, root, "s3", "PUT", target, headers=given)
    assert code_of(ask(served, "PUT", target, whole, headers)[1]) == "IncompleteBody"
    del given["x-amz-decoded-content-length"]
    headers = signed(served, root, "s3", "PUT", target, headers=given)
    assert code_of(ask(served, "PUT", target, whole, headers)[1]) == "MissingContentLength"


def test_a_body_that_is_not_the_one_that_was_signed(house: Lab, served: server.Server) -> None:
    root = house.root
    target = "/payroll/swapped.txt"
    headers = signed(served, root, "s3", "PUT", target, b"signed")
    answer, text = ask(served, "PUT", target, b"sent", headers)
    assert (answer.status, code_of(text)) == (400, "XAmzContentSHA256Mismatch")
    form = "Action=CreateUser&UserName=%s&Version=2010-05-08"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    body, digest = (form % "ann").encode(), {}
    for _ in range(2):  # with the digest in a header, as some SDKs send it, and without
        headers = signed(served, root, "iam", "POST", "/", body, {**kind, **digest})
        answer, text = ask(served, "POST", "/", form % "eve", headers)
        assert (answer.status, code_of(text)) == (403, "SignatureDoesNotMatch")
        digest = {"x-amz-content-sha256": hashlib.sha256(body).hexdigest()}
    assert ask(served, "POST", "/", body, headers)[0].status == 200


def test_a_client_that_waits_before_it_sends_a_body(house: Lab, served: server.Server) -> None:
    root = house.root
    target = "/payroll/waited.txt"
    unsigned = {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
    headers = signed(served, root, "s3", "PUT", target, headers=unsigned)
    lines = [f"PUT {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    head = "\r\n".join([*lines, "Content-Length: 5", "Expect: 100-continue", "", ""]).encode()
    with socket.create_connection(("127.0.0.1", served.port), timeout=5) as made:
        made.sendall(head)
        assert made.recv(1024) == b"HTTP/1.1 100 Continue\r\n\r\n"
        made.sendall(b"hello")
        assert made.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")
        # Too large: refused before it is sent.
        made.sendall(head.replace(b"Length: 5", b"Length: 999999999999"))
        answer = made.recv(65536)
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert code_of(answer) == "EntityTooLarge"


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large(
    house: Lab, served: server.Server, monkeypatch: pytest.MonkeyPatch, chunked: bool
) -> None:
    monkeypatch.setattr(endpoint, "LARGEST_BODY", 1000)
    headers = signed(served, house.root, "s3", "PUT", "/payroll/large")
    body = iter([b"x" * 600, b"x" * 600]) if chunked else b"x" * 1200
    answer, text = ask(served, "PUT", "/payroll/large", body, headers, encode_chunked=chunked)
    assert (answer.status, code_of(text)) == (413, "EntityTooLarge")


# HTTP -------------------------------------------------------------------------------------------


def test_one_connection_for_many_requests(house: Lab, served: server.Server) -> None:
    root = house.root
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    for _ in range(3):
        connection.request("GET", IDENTITY, headers=signed(served, root, "sts", "GET", IDENTITY))
        answer = connection.getresponse()
        assert b":root" in answer.read()
        assert not answer.will_close
    sock = connection.sock
    connection.request("GET", "/payroll/none")
    assert connection.getresponse().read()
    assert connection.sock is sock
    connection.close()
    two = b"GET /payroll/a HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2
    assert raw(served, two).count(b"HTTP/1.1 403 ") == 2
    old = b"GET /payroll/a HTTP/1.0\r\nHost: localhost\r\n\r\n"
    assert b"Connection: close" in raw(served, old * 2)


HEAD = b"Host: 127.0.0.1\r\n"
MALFORMED = {
    "no HTTP": (b"hello\r\n\r\n", b"400"),
    "0.9": (b"GET /\r\n\r\n", b"400"),
    "3.0": (b"GET / HTTP/3.0\r\n" + HEAD + b"\r\n", b"505"),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", b"403"),
    "two hosts": (b"GET / HTTP/1.1\r\n" + HEAD * 2 + b"\r\n", b"400"),
    "no path": (b"GET x HTTP/1.1\r\n" + HEAD + b"\r\n", b"400"),
    "a proxy's way": (b"GET http://example.org/ HTTP/1.1\r\n" + HEAD + b"\r\n", b"403"),
    "tunnel": (b"CONNECT a:443 HTTP/1.1\r\n" + HEAD + b"\r\n", b"405"),
    "length": (b"PUT /a HTTP/1.1\r\n" + HEAD + b"Content-Length: -1\r\n\r\n", b"400"),
    "two lengths": (b"PUT /a HTTP/1.1\r\n" + HEAD + b"Content-Length: 1\r\n" * 2 + b"\r\n", b"400"),
    "short body": (b"PUT /a HTTP/1.1\r\n" + HEAD + b"Content-Length: 9\r\n\r\nx", b"400"),
    "chunk": (b"PUT /a HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
    "negative chunk": (
        b"PUT /a HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
        b"400",
    ),
    "both": (
        b"PUT /a HTTP/1.1\r\n" + HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"400",
    ),
    "long line": (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n" + HEAD + b"\r\n", b"431"),
    "long head": (b"GET / HTTP/1.1\r\n" + HEAD + b"X: " + b"a" * 66_000 + b"\r\n\r\n", b"431"),
    "many headers": (b"GET / HTTP/1.1\r\n" + HEAD + b"X: a\r\n" * 200 + b"\r\n", b"431"),
}


def test_what_is_no_http_gets_a_clear_answer(served: server.Server) -> None:
    for case, (sent, status) in MALFORMED.items():
        answer = raw(served, sent)
        assert answer.startswith(b"HTTP/1.1 " + status), (case, answer)
        assert b"Traceback" not in answer
        assert answer.count(b"HTTP/1.1 ") == 1, "the connection is closed"


VALID = b"PUT /payroll/k HTTP/1.1\r\nHost: localhost:1\r\nContent-Length: 4\r\n\r\nbody"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    start=st.integers(0, len(VALID)),
    cut=st.integers(0, 12),
    junk=st.one_of(
        st.binary(max_size=30), st.text("\r\n :/%?&=;\x00é", max_size=12).map(str.encode)
    ),
)
@example(start=0, cut=len(VALID), junk=b"\xff" * 40)
def test_nothing_that_is_sent_breaks_it(
    served: server.Server, start: int, cut: int, junk: bytes
) -> None:
    answer = raw(served, VALID[:start] + junk + VALID[start + cut :])
    assert answer == b"" or answer.startswith(b"HTTP/1.1 ")
    assert b"HTTP/1.1 500" not in answer
    assert b"Traceback" not in answer
    assert raw(served, VALID).startswith(b"HTTP/1.1 403"), "the next one is answered"


def test_headers_cannot_be_split(house: Lab, served: server.Server) -> None:
    """What an answer says in its headers may come from the URL."""
    s3 = house.root.client("s3", endpoint_url=served.url)
    lie = "a\r\nAccess-Control-Allow-Origin: *\r\n\r\n<script>"
    params = {**OBJECT, "ResponseContentDisposition": lie}
    url = urlsplit(s3.generate_presigned_url("get_object", Params=params))
    answer, body = ask(served, "GET", f"{url.path}?{url.query}")
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert b"<script>" not in body


def test_slow_clients_are_let_go(served: server.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "SECONDS_TO_ASK", 0.3)
    with socket.create_connection(("127.0.0.1", served.port), timeout=5) as made:
        for _ in range(100):  # a byte now and then does not keep the connection
            try:
                made.sendall(b"G")
            except OSError:
                break
            time.sleep(0.05)
        else:
            pytest.fail("it was kept")


def test_more_connections_than_it_takes(
    served: server.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "MOST_CONNECTIONS", 3)
    address = ("127.0.0.1", served.port)
    held = [socket.create_connection(address, timeout=5) for _ in range(3)]
    assert raw(served, b"").startswith(b"HTTP/1.1 503 ")
    for one in held:
        one.close()

    def is_taken() -> bool:
        try:
            return not raw(served, VALID).startswith(b"HTTP/1.1 503 ")
        except OSError:  # closed before all of the request was sent
            return False

    deadline = time.monotonic() + 60
    while not is_taken():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_many_at_once_and_the_notebook_meanwhile(house: Lab, served: server.Server) -> None:
    lab = house
    root, analyst = lab.root, lab.caller("analyst")

    def program(number: int) -> set[int]:
        statuses = set()
        for turn in range(5):
            target = f"/payroll/{number}-{turn}"
            body = f"{number} {turn}".encode()
            headers = signed(served, root, "s3", "PUT", target, body)
            statuses.add(ask(served, "PUT", target, body, headers)[0].status)
            headers = signed(served, analyst, "sts", "GET", IDENTITY)
            answer, text = ask(served, "GET", IDENTITY, headers=headers)
            assert b"user/analyst" in text
            statuses.add(answer.status)
        return statuses

    s3, before = root.client("s3"), len(lab.events)
    with ThreadPoolExecutor(8) as pool:
        running = [pool.submit(program, number) for number in range(8)]
        for _ in range(30):
            s3.list_buckets()
        assert [one.result() for one in running] == [{200}] * 8
    assert len(lab.events) == before + 8 * 5 * 2 + 30
    listed = {item["Key"] for item in s3.list_objects_v2(Bucket="payroll")["Contents"]}
    assert {f"{number}-{turn}" for number in range(8) for turn in range(5)} <= listed


# Opening and closing ----------------------------------------------------------------------------


def test_serving_twice_gives_the_running_one(house: Lab, served: server.Server) -> None:
    lab = house
    assert lab.serve() is served
    assert lab.serve(port=served.port) is served
    with pytest.raises(ValueError, match=re.escape(f"at {served.url} already")):
        lab.serve(port=served.port % 65535 + 1)
    port = served.port
    served.stop()
    served.stop()
    with pytest.raises(ConnectionRefusedError):
        raw(served, b"")
    again = lab.serve(port=port)  # free at once
    assert again is not served
    assert again.port == port
    assert raw(again, VALID).startswith(b"HTTP/1.1 403")
    assert "lab.serve()" in repr(served)
    assert again.url in repr(again)
    assert "aws sts get-caller-identity" in repr(again)


def test_a_port_that_is_taken(lab: Lab) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(OSError, match=f"port {port} of this machine is taken"):
            lab.serve(port=port)
    for wrong in (-1, 65536, "80", True, 1.5, None):
        with pytest.raises(ValueError, match="a port is a number"):
            lab.serve(port=wrong)
    assert os.environ["AWS_ENDPOINT_URL"] == ENVIRONMENT["AWS_ENDPOINT_URL"]


def test_it_ends_with_the_lab_and_open_connections_with_it(house: Lab) -> None:
    with house.serve() as first:
        assert first.is_running
    assert not first.is_running
    second = house.serve()
    idle = socket.create_connection(("127.0.0.1", second.port), timeout=5)
    begun = time.monotonic()
    Lab.start()
    assert time.monotonic() - begun < endpoint.SECONDS_TO_ASK / 2
    assert idle.recv(10) == b""
    idle.close()
    assert not second.is_running
    with pytest.raises(ConnectionRefusedError):
        raw(second, b"")
    Lab.stop()
    with pytest.raises(NoLab):
        house.serve()


def test_the_environment_of_children(house: Lab, served: server.Server) -> None:
    lab = house

    def of_children() -> tuple[str | None, ...]:
        names = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN")
        return tuple(os.environ.get(name) for name in names)

    root, analyst = lab.root, lab.caller("analyst")
    assert of_children() == (served.url, root.access_key_id, root.session_token)
    lab.use(analyst)
    assert of_children() == (served.url, analyst.access_key_id, None)
    assert served.environment()["AWS_SESSION_TOKEN"] == ""
    assert served.environment(root)["AWS_SESSION_TOKEN"] == root.session_token
    lab.use(None)
    assert of_children() == (served.url, root.access_key_id, root.session_token)
    assert boto3.client("sts").get_caller_identity()["Arn"] == root.arn
    served.stop()
    made_up = (ENVIRONMENT["AWS_ENDPOINT_URL"], ENVIRONMENT["AWS_ACCESS_KEY_ID"], None)
    assert of_children() == made_up
    assert [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL_")] == []
    lab.serve()
    Lab.stop()
    assert of_children() == made_up


def test_lines_to_paste(house: Lab, served: server.Server) -> None:
    lab = house
    analyst = lab.caller("analyst")
    lines = served.lines(analyst, shell="powershell")
    assert f"$Env:AWS_ENDPOINT_URL = '{served.url}'" in lines.splitlines()
    assert "Remove-Item Env:AWS_SESSION_TOKEN -ErrorAction Ignore" in lines.splitlines()
    odd = Caller("", "", "AKIA", "a'b$c", None)
    assert "$Env:AWS_SECRET_ACCESS_KEY = 'a''b$c'" in served.lines(odd, shell="powershell")
    with pytest.raises(ValueError, match="a caller is needed"):
        served.lines("analyst")
    with pytest.raises(ValueError, match=r"'sh', 'powershell', not 'fish'"):
        served.lines(shell="fish")
    if shutil.which("sh"):
        before = {"AWS_PROFILE": "work", "AWS_SESSION_TOKEN": "old", "PATH": os.environ["PATH"]}
        show = f"{sys.executable} -c 'import json, os; print(json.dumps(dict(os.environ)))'"
        script = f"{served.lines(odd, shell='sh')}\n{show}"
        done = subprocess.run(["sh", "-c", script], env=before, capture_output=True, text=True)
        found = json.loads(done.stdout)
        assert "AWS_PROFILE" not in found
        assert "AWS_SESSION_TOKEN" not in found
        expected = {name: value for name, value in served.environment(odd).items() if value}
        assert {name: found[name] for name in expected} == expected


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_does_not_keep_the_port(house: Lab, served: server.Server) -> None:
    lab, port = house, served.port
    read, write = os.pipe()
    child_id = os.fork()
    if child_id == 0:
        os.write(write, b"0" if served.is_running else b"1")
        time.sleep(20)
        os._exit(0)
    try:
        assert os.read(read, 1) == b"1"
        assert raw(served, VALID).startswith(b"HTTP/1.1 403")
        served.stop()
        assert lab.serve(port=port).port == port
    finally:
        os.kill(child_id, 9)
        os.waitpid(child_id, 0)
        os.close(read)
        os.close(write)


@pytest.mark.skipif(shutil.which("aws") is None, reason="the AWS CLI is not installed here")
def test_the_aws_cli(served: server.Server) -> None:
    done = subprocess.run(
        ["aws", "sts", "get-caller-identity", "--output", "text", "--query", "Arn"],
        capture_output=True,
        text=True,
    )
    assert (done.stdout.strip(), done.stderr) == ("arn:aws:iam::111122223333:root", "")


def test_starting_a_lab_does_not_load_the_server() -> None:
    code = """
    import sys
    from helpers import Lab
    Lab.start()
    print([name for name in ("helpers.lab.server", "helpers.lab.endpoint", "helpers.lab.addresses")
           if name in sys.modules])
    """
    assert child(code).stdout.strip() == "[]"


def test_refusals_are_explained(house: Lab, served: server.Server) -> None:
    lab = house
    lab.root.client("iam").create_user(UserName="ann")
    ann = lab.caller("ann")
    lab.root.client("iam").put_user_policy(
        UserName="ann", PolicyName="p", PolicyDocument=allow("s3:ListAllMyBuckets")
    )
    headers = signed(served, ann, "s3", "GET", "/")
    assert ask(served, "GET", "/", headers=headers)[0].status == 200
    assert "payroll" in refused("AccessDenied", ann.client("s3").get_object, **OBJECT)
