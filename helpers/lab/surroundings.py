"""What this process and its children have in their environment once the guard stands.

moto reads its settings when it is imported, so this is done before: this module imports
nothing of moto or boto3.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

REGION = "us-east-1"
NOWHERE = "http://127.0.0.1:9"
"""Where children's AWS calls go while no lab is served: a port at which nobody answers."""

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "FTP_PROXY")

PREFIXES = (
    "AWS_",
    "MOTO_",
    "TEST_SERVER_MODE",
    "TEST_PROXY_MODE",
    "INITIAL_NO_AUTH_ACTION_COUNT",
    "S3_UPLOAD_PART_MIN_SIZE",
    "S3_IGNORE_SUBDOMAIN_BUCKETNAME",
)

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIAINSIDETHENOTEBOOK",
    "AWS_SECRET_ACCESS_KEY": "no-secret-of-any-account",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_ENDPOINT_URL": NOWHERE,
    # The transfers in C open sockets that the guard does not hear of.
    "BOTO_DISABLE_CRT": "true",
    "NO_PROXY": "*",
    "no_proxy": "*",
    # An account's time is UTC. moto asks the machine's local time here and there, which would
    # make dates differ from desk to desk.
    "TZ": "UTC",
}
"""What this process and its children have in their environment once the guard stands."""


def served(
    url: str, access_key_id: str, secret_access_key: str, session_token: str | None
) -> dict[str, str]:
    """What a program needs in its environment to reach the account at ``url`` with these keys.

    The token is there, and empty, where the keys need none: another one may be left over.
    """
    return {
        "AWS_ENDPOINT_URL": url,
        # SDKs put the account in front of this one. Nobody finds 111122223333.127.0.0.1, while
        # many systems know that what ends in localhost is this machine.
        "AWS_ENDPOINT_URL_S3_CONTROL": url.replace("127.0.0.1", "localhost"),
        "AWS_ACCESS_KEY_ID": access_key_id,
        "AWS_SECRET_ACCESS_KEY": secret_access_key,
        "AWS_SESSION_TOKEN": session_token or "",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def open_to_children(values: Mapping[str, str]) -> None:
    """Let children reach the account: with what ``served`` gives."""
    os.environ.update({name: value for name, value in values.items() if value})
    for name, value in values.items():
        if not value:
            os.environ.pop(name, None)


def close_to_children() -> None:
    """Let children's calls of AWS go nowhere again, with keys of nobody."""
    for name in served("", "", "", None).keys() - ENVIRONMENT.keys():
        os.environ.pop(name, None)
    os.environ.update(ENVIRONMENT)


def clean() -> None:
    """Take the settings of AWS, moto and proxies out, and put the lab's own in."""
    for name in list(os.environ):
        upper = name.upper()
        if upper.startswith(PREFIXES) or upper in PROXIES:
            del os.environ[name]
    os.environ.update(ENVIRONMENT)
    if hasattr(time, "tzset"):  # Windows has not got it
        time.tzset()
