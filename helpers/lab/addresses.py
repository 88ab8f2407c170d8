"""Whom a request to the served address is meant for.

Programs that are pointed to the lab by ``AWS_ENDPOINT_URL`` send every call to one host of this
machine. Which service and Region they mean stands in the signature; a call that nobody signed is
S3's, unless it names an operation. The gate then sees the request at AWS's own host name, with
https: what learners type stands for calls to AWS, so ``aws:SecureTransport`` is true for them, as
it would be there, and policies that ask for it can be tried from the command line too.

AWS pages: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
"""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import botocore.loaders

from helpers.lab import seam, service_names
from helpers.lab.wire import (
    DEFAULT_REGION,
    Scope,
    keep_signed_url,
    scope_of,
    service_signed_for,
)

# In front stands a bucket, or what SDKs put before every host of a service (S3 Control's account).
_HERE = re.compile(
    r"(?:(?:(?P<front>.+)\.)?(?:localhost|127\.0\.0\.1)|\[::1\])\.?(?::\d{1,5})?", re.I
)
_LABELS = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,253}[a-z0-9])?", re.I)
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}")
_ACCOUNT = re.compile(r"\d{12}")
_CONTROL_PATH = "/v20180820/"
"""Where every path of S3 Control begins; its signatures say "s3"."""

# What a URL may hold as it is. The rest is written as %XX, as a client should have done.
_IN_URL = "!$%&'()*+,-./:=?@_~"


def is_here(host: str) -> bool:
    """Whether a Host header means this machine by one of its own names.

    A page of the web can make a name of its own lead to this machine, but not one of these.

    >>> is_here("127.0.0.1:8000"), is_here("payroll.localhost:8000"), is_here("example.org:8000")
    (True, True, False)
    """
    match = _HERE.fullmatch(host)
    return match is not None and _LABELS.fullmatch(match["front"] or "bucket") is not None


def is_at(url: str, port: int) -> bool:
    """Whether a URL leads to a port of this machine by one of its own names.

    >>> is_at("http://localhost:8000/x", 8000), is_at("http://localhost:4566/x", 8000)
    (True, False)
    """
    try:
        parts = urlsplit(url)
        return parts.scheme == "http" and parts.port == port and is_here(parts.netloc)
    except ValueError:
        return False


def received(method: str, host: str, target: str, headers: Mapping[str, str], body: bytes) -> Any:
    """What came over the wire as a request at AWS's host name.

    ``host`` is the Host header, for which ``is_here`` has to be true, and ``target`` the path
    with its query.
    """
    path = quote(target.encode("latin-1"), safe=_IN_URL)
    sent = {name: value for name, value in headers.items() if name.lower() != "host"}
    request = seam.Request.from_primitives(method, f"http://{host}{path}", sent, body)
    return at_aws(request, f"http://{host}{path}")


def at_aws(request: Any, url: str) -> Any:
    """A request to the served address at the host name of AWS that it is meant for; the URL that
    it was signed for is kept."""
    body = request.get_data(cache=True)  # first: reading a form empties the stream
    scope = scope_of(request)
    host = _host(request, scope)
    environ = {
        **request.environ,
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(body),
        "HTTP_HOST": host,
        "SERVER_NAME": host,
        "SERVER_PORT": "443",
    }
    found = seam.Request(environ)
    keep_signed_url(found, url)
    return found


def _host(request: Any, scope: Scope | None) -> str:
    region = scope.region if scope and _REGION.fullmatch(scope.region) else DEFAULT_REGION
    endpoint = _endpoint(request, scope)
    if endpoint != "s3":
        return _host_of(endpoint, region)
    account = request.headers.get("x-amz-account-id", "")
    if account and request.path.startswith(_CONTROL_PATH):
        host = _host_of("s3-control", region)
        return f"{account}.{host}" if _ACCOUNT.fullmatch(account) else host
    host = _host_of("s3", region)
    match = _HERE.fullmatch(request.host)
    bucket = match and match["front"]
    return f"{bucket}.{host}" if bucket else host


def _endpoint(request: Any, scope: Scope | None) -> str:
    """What the host names of the service begin with that a request is meant for."""
    if scope is None:
        return service_names.endpoint_of(service_names.unsigned(request) or "s3")
    if scope.signing_name == "s3":
        return "s3"
    service = service_signed_for(request, scope)
    return service_names.endpoint_of(service) if service else _label(scope.signing_name)


def _label(name: str) -> str:
    """A name of no service that botocore knows, as far as it can be part of a host name."""
    return re.sub(r"[^a-z0-9-]", "", name.lower()) or "s3"


@functools.cache
def _resolver() -> Any:
    return seam.EndpointResolver(botocore.loaders.create_loader().load_data("endpoints"))


@functools.lru_cache(maxsize=256)
def _host_of(endpoint: str, region: str) -> str:
    """AWS's host name of a service in a Region; that of IAM and its like has no Region in it."""
    known = _resolver().construct_endpoint(endpoint, region)
    return known["hostname"] if known else f"{endpoint}.{region}.amazonaws.com"
