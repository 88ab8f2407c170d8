"""Which of moto's functions answers a request.

moto's stub looks for it anew for each request: it tries some two hundred patterns of URLs, makes
a store of a default account that nobody uses (EC2's takes a second and 130 MB), and reads S3's
patterns from their file again. Here the patterns of a service are compiled once, and the services
at a host are looked up once. The first that matches answers, as in moto.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from helpers.lab import seam

Handler = Callable[[Any, str, Any], Any]
"""moto's function for a URL: (request, url, headers) → status, headers, body."""


STRANGERS = frozenset(
    {
        "cloudhsm",
        "connectscheduling",
        "greengrassv2",
        "kinesis-video-signaling",
        "kinesis-video-webrtc-storage",
        "kinesisanalytics",
        "lambda-core",
        "lambda-microvms",
        "lambda-web",
        "pinpoint-email",
        "resiliencehubv2",
        "s3files",
        "s3outposts",
    }
)
"""Services that moto has not, at a host of one that it has: that one would answer for them."""


def answer(request: Any, service: str) -> Any | None:
    """moto's HTTP answer to a service's request; ``None``: moto has nothing at this URL."""
    if service in STRANGERS:
        return None
    url = f"{request.scheme}://{request.host}{request.raw_path}"
    handler = _handler(request.host, url)
    if handler is None:
        return None
    try:
        return handler(request, request.raw_url, request.headers)
    except seam.HTTPException as error:
        return error.code, dict(error.get_headers()), error.get_body()


def _handler(host: str, url: str) -> Handler | None:
    for service in _services_at(host):
        for pattern, handler in _handlers_of(service):
            if pattern.match(url):
                return handler
    return None


_BUCKET_HOST = re.compile(r"\.s3(?:\.dualstack)?(?:[.-][a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com")


@functools.lru_cache(maxsize=1024)
def _services_at(host: str) -> tuple[str, ...]:
    """moto's names of the services that may answer at a host: one, as a rule."""
    if _BUCKET_HOST.search(host):
        return ("s3",)  # a bucket may be called "logs", as a service is
    url = f"https://{host}/"
    found = [name for name, pattern in seam.backend_url_patterns if pattern.match(url)]
    return tuple(dict.fromkeys(found))


@functools.cache
def _handlers_of(service: str) -> tuple[tuple[re.Pattern[str], Handler], ...]:
    urls = seam.urls_of(service)
    return tuple((re.compile(url), handler) for url, handler in urls.items())
