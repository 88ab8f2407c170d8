"""Which of moto's functions answers a URL: the same as moto's own stub would choose."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from lab_calls import ROOT

from helpers import Lab
from helpers.lab import handlers, seam

URLS = [
    "https://iam.amazonaws.com/",
    "https://sts.amazonaws.com/",
    "https://sts.eu-central-1.amazonaws.com/",
    "https://s3.amazonaws.com/",
    "https://s3.amazonaws.com/vault",
    "https://s3.eu-west-1.amazonaws.com/vault/a/b.csv",
    "https://vault.s3.amazonaws.com/",
    "https://vault.s3.amazonaws.com/2026.csv",
    "https://vault.s3.us-west-2.amazonaws.com/a/b%20c",
    "https://111122223333.s3-control.us-east-1.amazonaws.com/v20180820/configuration/publicAccessBlock",
    "https://ec2.ap-southeast-2.amazonaws.com/",
    "https://kms.us-east-1.amazonaws.com/",
    "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/",
    "https://organizations.us-east-1.amazonaws.com/",
    "https://dynamodb.us-east-1.amazonaws.com/",
]


def as_moto_chooses(url: str) -> object:
    """moto's rule: the first service whose pattern matches, and in it the first URL."""
    for service, pattern in seam.backend_url_patterns:
        if pattern.match(url):
            for path, handler in seam.urls_of(service).items():
                if re.match(path, url):
                    return handler
    return None


@pytest.mark.parametrize("url", URLS)
def test_the_same_function_as_moto(url: str) -> None:
    chosen = handlers._handler(url.split("/")[2], url)
    assert chosen is not None
    assert chosen == as_moto_chooses(url)


def test_a_path_that_looks_like_another_host_does_not_lead_astray(lab: Lab) -> None:
    s3 = lab.root.client("s3")
    s3.create_bucket(Bucket="vault")
    key = "https://iam.us-east-1.amazonaws.com/x"
    s3.put_object(Bucket="vault", Key=key, Body=b"here")
    assert s3.get_object(Bucket="vault", Key=key)["Body"].read() == b"here"


def test_motos_own_pages_are_not_to_be_had() -> None:
    url = "http://motoapi.amazonaws.com/moto-api/reset"
    assert handlers._handler("motoapi.amazonaws.com", url) is None


def test_importing_the_lab_does_not_bring_pytest() -> None:
    code = (
        "import sys; from helpers import Lab; Lab; print([m for m in sys.modules if 'pytest' in m])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"
