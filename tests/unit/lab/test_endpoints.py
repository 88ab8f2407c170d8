"""Wherever a client is pointed: the lab answers as AWS, or the call is refused; nobody is called.

Family by family. ``test_guard.py`` has those that need a process of their own.
"""

from __future__ import annotations

import http.client
import json
import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError
from lab_calls import ACCOUNT, outcome, refused

from helpers import Lab
from helpers.lab import NothingLeaves

ROOT_ARN = f"arn:aws:iam::{ACCOUNT}:root"


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every address that a socket is connected to, loopback among them."""
    found: list[Any] = []
    for name in ("connect", "connect_ex"):
        own = getattr(socket.socket, name)

        def connect(self: socket.socket, address: Any, own: Callable = own) -> Any:
            found.append(address)
            return own(self, address)

        monkeypatch.setattr(socket.socket, name, connect)
    return found


def identity(**options: Any) -> str:
    return boto3.client("sts", **options).get_caller_identity()["Arn"]


AWS = [
    "https://sts.amazonaws.com",
    "http://sts.amazonaws.com",
    "https://sts.amazonaws.com:8443",
    "https://sts.amazonaws.com.",
    "https://STS.AmazonAWS.com",
    "https://sts.eu-west-1.amazonaws.com",
    "https://sts-fips.us-east-1.amazonaws.com",
    "https://sts.us-east-1.api.aws",
    "https://sts-fips.us-east-1.api.aws",
    "https://vpce-0a1b2c3d-4e5f.sts.us-east-1.vpce.amazonaws.com",
]
FOREIGN = [
    "http://localhost:4566",
    "http://127.0.0.1:5000",
    "http://[::1]:5000",
    "http://sts.localhost.localstack.cloud:4566",
    "https://sts.amazonaws.com.example.org",
    "https://sts.amazonaws.com@example.org",
    "https://example.org#sts.amazonaws.com",
    "https://example.org/?sts.amazonaws.com",
    "https://example.org/sts.amazonaws.com/",
    "https://evilamazonaws.com",
    "https://api.aws",
    "https://x.lambda-url.us-east-1.on.aws",
    "https://169.254.169.254",
    "https://sts.us-iso-east-1.c2s.ic.gov",
]


@pytest.mark.parametrize("url", AWS)
def test_an_endpoint_of_aws_is_the_lab(lab: Lab, reached: list[Any], url: str) -> None:
    assert identity(endpoint_url=url) == ROOT_ARN
    assert reached == []


@pytest.mark.parametrize("url", FOREIGN)
def test_any_other_endpoint_is_refused_by_name(lab: Lab, reached: list[Any], url: str) -> None:
    with pytest.raises(NothingLeaves, match=r"The call to \S+ was stopped"):
        identity(endpoint_url=url)
    assert reached == []
    assert lab.trail.events == []


def test_an_endpoint_with_a_password_does_not_tell_it(lab: Lab) -> None:
    with pytest.raises(NothingLeaves) as caught:
        identity(endpoint_url="https://key:secret@minio.example.org")
    assert "minio.example.org" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "options",
    [
        {"use_dualstack_endpoint": True},
        {"use_fips_endpoint": True},
        {"use_dualstack_endpoint": True, "use_fips_endpoint": True},
        {"sts_regional_endpoints": "legacy"},
        {"endpoint_discovery_enabled": True},
        {"proxies": {"https": "http://127.0.0.1:9", "http": "http://127.0.0.1:9"}},
        {"proxies": {"https": "http://proxy.example.org:80"}},
        {"inject_host_prefix": True},
        {"account_id_endpoint_mode": "preferred"},
        {"client_cert": "/nowhere/cert.pem"},
    ],
)
@pytest.mark.parametrize(
    ("service", "method"),
    [
        ("sts", "get_caller_identity"),
        ("s3", "list_buckets"),
        ("dynamodb", "list_tables"),
    ],
)
def test_settings_of_clients_end_in_the_lab(
    lab: Lab, reached: list[Any], service: str, method: str, options: dict
) -> None:
    if "sts_regional_endpoints" in options:
        session = botocore.session.Session()
        session.set_config_variable("sts_regional_endpoints", "legacy")
        client = session.create_client(service, "us-east-1")
    else:
        client = boto3.client(service, config=Config(**options))
    assert outcome(getattr(client, method)) == "allowed"
    assert reached == []


def test_endpoints_that_a_service_names_itself_are_the_labs(lab: Lab, reached: list[Any]) -> None:
    config = Config(endpoint_discovery_enabled=True)
    assert boto3.client("timestream-write", config=config).list_databases()["Databases"] == []
    assert reached == []


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1"])
def test_other_partitions_do_not_know_this_accounts_keys(lab: Lab, region: str) -> None:
    for service, method, code in (
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
        ("iam", "list_users", "InvalidClientTokenId"),
        ("s3", "list_buckets", "InvalidAccessKeyId"),
        ("ec2", "describe_vpcs", "AuthFailure"),
    ):
        refused(code, getattr(boto3.client(service, region), method))


STORAGE = {
    f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/ap": "NoSuchAccessPoint",
    f"arn:aws:s3:us-west-2:{ACCOUNT}:accesspoint/ap": "NoSuchAccessPoint",
    f"arn:aws:s3-outposts:us-east-1:{ACCOUNT}:outpost/op-01234567890123456/accesspoint/ap": (
        "NotSimulated"
    ),
    f"arn:aws:s3-object-lambda:us-east-1:{ACCOUNT}:accesspoint/olap": "NotSimulated",
    "base--use1-az4--x-s3": "NotSimulated",
    f"arn:aws:s3::{ACCOUNT}:accesspoint/mfzwi23gnjvgw.mrap": "MissingDependencyException",
}


@pytest.mark.parametrize(("bucket", "code"), STORAGE.items())
def test_what_stands_in_the_place_of_a_bucket(
    lab: Lab, reached: list[Any], bucket: str, code: str
) -> None:
    s3 = boto3.client("s3")
    for call in (s3.get_object, s3.put_object, s3.delete_object):
        with pytest.raises((ClientError, BotoCoreError)) as caught:
            call(Bucket=bucket, Key="k")
        error = getattr(caught.value, "response", {}).get("Error", {})
        assert error.get("Code", type(caught.value).__name__) == code
    assert reached == []


@pytest.mark.parametrize("style", ["path", "virtual", "auto"])
def test_styles_of_addresses(house: Lab, reached: list[Any], style: str) -> None:
    for extra in ({}, {"use_accelerate_endpoint": True}, {"us_east_1_regional_endpoint": "legacy"}):
        if style == "path" and "use_accelerate_endpoint" in extra:
            continue
        s3 = boto3.client("s3", config=Config(s3={"addressing_style": style, **extra}))
        assert s3.list_objects_v2(Bucket="payroll")["KeyCount"] == 2
        url = s3.generate_presigned_url("get_object", {"Bucket": "payroll", "Key": "2026.csv"})
        assert requests.get(url, timeout=5).status_code == 200
        proxies = {"https": "http://127.0.0.1:9"}
        assert requests.get(url, timeout=5, proxies=proxies).status_code == 200
    assert reached == []


# Whoever hands out credentials ------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """A server on this machine that hands out keys, as a container's agent does; its visitors."""
    seen: list[str] = []
    keys = {"AccessKeyId": "AKIACANARYCANARYCANA", "SecretAccessKey": "x", "Token": "x"}

    class Agent(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(f"{self.command} {self.path}")
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({**keys, "Expiration": "2099-01-01T00:00:00Z"}).encode())

        do_PUT = do_POST = do_CONNECT = do_GET

        def log_message(self, *args: Any) -> None:
            """Not on the screen."""

    agent = HTTPServer(("127.0.0.1", 0), Agent)
    thread = threading.Thread(target=agent.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{agent.server_port}", seen
    agent.shutdown()
    agent.server_close()
    thread.join()


def test_nobody_is_asked_for_credentials(
    lab: Lab, server: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """However the environment is set after the guard stands: the lab's caller signs."""
    url, seen = server
    marker, token = tmp_path / "process-ran", tmp_path / "token"
    token.write_text("canary")
    (tmp_path / "config").write_text(
        f"[default]\ncredential_process = touch {marker}\n"
        "[profile web]\nrole_arn = arn:aws:iam::999988887777:role/x\n"
        f"web_identity_token_file = {token}\n"
        f"[profile process]\ncredential_process = touch {marker}\n"
        "[profile box]\nrole_arn = arn:aws:iam::999988887777:role/x\n"
        "credential_source = EcsContainer\n"
        "[profile sso]\nsso_session = s\nsso_account_id = 999988887777\nsso_role_name = r\n"
        "[sso-session s]\nsso_region = us-east-1\nsso_start_url = https://x.awsapps.com/start\n"
    )
    for name, value in {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{url}/keys",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "canary",
        "AWS_EC2_METADATA_DISABLED": "false",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": url,
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
        "AWS_ROLE_ARN": "arn:aws:iam::999988887777:role/x",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_BEARER_TOKEN_BEDROCK": "canary",
    }.items():
        monkeypatch.setenv(name, value)
    assert boto3.Session().client("sts").get_caller_identity()["Arn"] == ROOT_ARN
    for profile in ("web", "process", "box", "sso"):
        session = boto3.Session(profile_name=profile)
        assert session.client("sts", "us-east-1").get_caller_identity()["Arn"] == ROOT_ARN
        frozen = session.get_credentials().get_frozen_credentials()
        assert "CANARY" not in frozen.access_key
    with pytest.raises((BotoCoreError, ClientError)) as caught:
        boto3.Session().client("bedrock", "us-east-1").list_foundation_models()
    assert "canary" not in str(caught.value)
    assert seen == []
    assert not marker.exists()
    assert "canary" not in json.dumps(lab.events, default=str).lower()


def through_urllib(proxy: str, url: str) -> object:
    handler = urllib.request.ProxyHandler({"http": proxy, "https": proxy})
    return urllib.request.build_opener(handler).open(url, timeout=5)


def through_requests(proxy: str, url: str) -> object:
    return requests.get(url, proxies={"http": proxy, "https": proxy}, timeout=5)


def through_a_tunnel(proxy: str, url: str) -> object:
    connection = http.client.HTTPConnection(proxy.removeprefix("http://"), timeout=5)
    connection.set_tunnel("example.org", 443)
    connection.request("GET", "/")
    return connection.getresponse()


def through_a_connect(proxy: str, url: str) -> object:
    connection = http.client.HTTPConnection(proxy.removeprefix("http://"), timeout=5)
    connection.request("CONNECT", "example.org:443")
    return connection.getresponse()


def through_a_whole_url(proxy: str, url: str) -> object:
    connection = http.client.HTTPConnection(proxy.removeprefix("http://"), timeout=5)
    connection.request("GET", url)
    return connection.getresponse()


@pytest.mark.parametrize("url", ["http://example.org/x", "https://iam.example.org/x"])
@pytest.mark.parametrize(
    "way",
    [
        through_urllib,
        through_requests,
        through_a_tunnel,
        through_a_connect,
        through_a_whole_url,
    ],
)
def test_a_proxy_on_this_machine_is_asked_for_nothing_beyond_it(
    lab: Lab, server: tuple[str, list[str]], way: Callable, url: str
) -> None:
    proxy, seen = server
    with pytest.raises(Exception, match="was stopped"):
        way(proxy, url)
    assert seen == []


def test_a_server_on_this_machine_is_asked_as_ever(lab: Lab, server: tuple[str, list[str]]) -> None:
    url, seen = server
    assert requests.get(f"{url}/a", timeout=5).ok
    assert through_urllib(url, f"{url}/b").status == 200
    assert through_requests(url, f"{url}/c").ok
    assert through_a_whole_url(url, f"{url}/d").status == 200
    assert [line.split("/")[-1] for line in seen] == ["a", "b", "c", "d"]


@pytest.mark.parametrize("region", ["us-east1", "mars-north-1", "eu-central-9"])
def test_a_region_that_there_is_not_has_no_endpoint(
    lab: Lab, reached: list[Any], region: str
) -> None:
    """As boto3 says it where no such host is found."""
    config = Config(retries={"total_max_attempts": 1})
    for service, method in (
        ("sqs", "list_queues"),
        ("s3", "list_buckets"),
        ("sts", "get_caller_identity"),
    ):
        with pytest.raises(EndpointConnectionError, match=f"{service}.{region}.amazonaws.com"):
            getattr(boto3.client(service, region, config=config), method)()
    assert boto3.client("iam", region).list_users()["Users"] == []
    assert reached == []


@pytest.mark.parametrize("bucket", ["mars-north-1", "us-east1", "my-bucket-1"])
def test_a_bucket_may_be_called_like_a_region(lab: Lab, bucket: str) -> None:
    for region in ("us-east-1", "eu-west-1"):
        s3 = boto3.client("s3", region)
        assert outcome(s3.head_bucket, Bucket=bucket) == "404"
