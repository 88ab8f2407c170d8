"""The Regions of AWS, and which of them an account has.

Older Regions are on in every account; a newer one is off until the account enables it, and until
then it knows neither the account nor its keys.

AWS pages: https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from helpers.lab.account import Account

ON_BY_DEFAULT = (
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
)
BY_CHOICE = (
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-west-1",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
)
"""Regions that are off until somebody enables them."""

OTHER_PARTITIONS = ("cn-", "us-gov-", "us-iso", "eu-isoe-", "eusc-")
"""How the names of Regions begin that no account of this partition can enable."""

REGION_TAKES = timedelta(minutes=10)
"""How long it takes to enable or disable a Region."""


_LIKE_A_REGION = re.compile(r"(?!s3-)[a-z]{2,}(?:-[a-z]+)+-?\d+")


def no_region_in(host: str) -> str | None:
    """The label of a host name that should be a Region and is the name of none.

    >>> no_region_in("sqs.us-east1.amazonaws.com"), no_region_in("sqs.us-east-1.amazonaws.com")
    ('us-east1', None)
    """
    name = host.lower().removesuffix(".amazonaws.com").removesuffix(".api.aws").rpartition(".")[2]
    if not _LIKE_A_REGION.fullmatch(name) or name.startswith(OTHER_PARTITIONS):
        return None
    return None if name in ON_BY_DEFAULT or name in BY_CHOICE else name


def status(account: Account, region: str, now: datetime) -> str:
    """A Region's status in an account, in the words of Account Management."""
    if region in ON_BY_DEFAULT:
        return "ENABLED_BY_DEFAULT"
    kept = account.own.get("account")
    is_on, since = kept.regions.get(region, (False, None)) if kept is not None else (False, None)
    if since is not None and now < since + REGION_TAKES:
        return "ENABLING" if is_on else "DISABLING"
    return "ENABLED" if is_on else "DISABLED"


def knows(account: Account, region: str, now: datetime) -> bool:
    """Whether a Region takes an account's keys. Names that are no Region's are not judged."""
    if region in ON_BY_DEFAULT:
        return True
    if region in BY_CHOICE:
        return status(account, region, now) in ("ENABLED", "DISABLING")
    return not region.startswith(OTHER_PARTITIONS)
