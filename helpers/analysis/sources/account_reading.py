"""An account read by calls: which are made, where, and what of each becomes of it.

No call is retried, and none that fails stops the others: its error is an answer as well.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from helpers.analysis.sources.account_calls import BY_BUCKET, BY_REGION, CALLS, CannotTell, shaped

HOME = "us-east-1"
"""Where calls are made that are not of a Region."""

REPORT_TRIES = 30
"""How often, a second apart, it is asked whether the credential report is made."""


class Asked(NamedTuple):
    """What was asked: a call, in which Region, of what (a bucket, a trail's ARN, a user)."""

    call: str
    region: str = ""
    of: str = ""

    def __str__(self) -> str:
        where = f" in {self.region}" if self.region else ""
        return f"{self.call}{where}{f' of {self.of}' if self.of else ''}"


class Answer(NamedTuple):
    """What came of it: the answer as JSON has it, or the error's code and words."""

    value: Any = None
    code: str = ""
    message: str = ""


class Reading:
    """The calls made so far with one session."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._clients: dict[tuple[str, str], Any] = {}
        self.answers: dict[Asked, Answer] = {}

    def ask(self, call: str, *, region: str = "", of: str = "", **parameters: Any) -> Any:
        """Make a call and keep what came of it; the part of the answer that is read, or ``None``.

        ``region`` is where it is made, and is kept for calls that are made in every one.
        """
        asked = Asked(call, region if call in BY_REGION else "", of)
        try:
            client = self._client(CALLS[call].service, region or HOME)
            answer = Answer(_all_pages(client, CALLS[call].method, parameters))
        except Exception as error:  # whatever a client raises is an answer, too
            answer = Answer(None, *_of_error(error))
        self.answers[asked] = answer
        try:
            return shaped(answer.value, CALLS[call].shape, call)
        except CannotTell:
            return None

    def wait_for_the_report(self) -> None:
        """Have the credential report made; that it cannot be is told when it is fetched."""
        try:
            client = self._client("iam", HOME)
            for _ in range(REPORT_TRIES):
                if client.generate_credential_report()["State"] == "COMPLETE":
                    return
                time.sleep(1)
        except Exception:  # the call that fetches it says what is wrong
            return

    def _client(self, service: str, region: str) -> Any:
        if (service, region) not in self._clients:
            self._clients[service, region] = self._session.client(service, region_name=region)
        return self._clients[service, region]


def read_account(session: Any, regions: Sequence[str] | None) -> Reading:
    """All calls of one account; see :meth:`helpers.analysis.snapshot.Snapshot.collect`."""
    reading = Reading(session)
    ask = reading.ask
    account = (ask("sts:GetCallerIdentity") or {}).get("Account")
    for call in ("iam:GetAccountSummary", "iam:GetAccountPasswordPolicy"):
        ask(call)
    reading.wait_for_the_report()
    for call in ("iam:GetCredentialReport", "iam:ListVirtualMFADevices"):
        ask(call)
    details = ask("iam:GetAccountAuthorizationDetails")
    for name in _users(details):
        ask("iam:ListAccessKeys", of=name, UserName=name)
    if ask("organizations:DescribeOrganization"):
        ask("iam:ListOrganizationsFeatures")
    ask("account:GetAlternateContact", of="SECURITY", AlternateContactType="SECURITY")
    if account:
        ask("s3control:GetPublicAccessBlock", AccountId=account)
    trails = _read_regions(ask, regions)
    buckets = [bucket["Name"] for bucket in (ask("s3:ListBuckets") or {}).get("Buckets", ())]
    theirs = [trail["S3BucketName"] for trail in trails]
    for bucket in dict.fromkeys([*buckets, *theirs]):
        for call in BY_BUCKET:
            ask(call, of=bucket, Bucket=bucket)
    return reading


def _read_regions(ask: Callable[..., Any], given: Sequence[str] | None) -> list[dict[str, Any]]:
    """What is asked in every Region; the trails that were found."""
    known = (ask("ec2:DescribeRegions") or {"Regions": []})["Regions"]
    regions = list(given) if given is not None else [one["RegionName"] for one in known]
    trails: dict[str, dict[str, Any]] = {}
    for region in regions or [HOME]:
        for call in BY_REGION:
            ask(call, region=region)
        found = ask("cloudtrail:DescribeTrails", region=region, of=region)
        trails.update({one["TrailARN"]: one for one in (found or {}).get("trailList", ())})
    for arn, trail in trails.items():
        home = trail["HomeRegion"]
        ask("cloudtrail:GetTrailStatus", region=home, of=arn, Name=arn)
        ask("cloudtrail:GetEventSelectors", region=home, of=arn, TrailName=arn)
    return list(trails.values())


def _users(details: Any) -> Iterator[str]:
    listed = details.get("UserDetailList") if isinstance(details, Mapping) else None
    for user in listed or ():
        yield user["UserName"]


def _all_pages(client: Any, method: str, parameters: Mapping[str, Any]) -> Any:
    if client.can_paginate(method):
        answer = client.get_paginator(method).paginate(**parameters).build_full_result()
    else:
        answer = getattr(client, method)(**parameters)
    return plain({key: value for key, value in answer.items() if key != "ResponseMetadata"})


def _of_error(error: Exception) -> tuple[str, str]:
    """Code and words of an error: AWS's own, or those of whatever came before AWS."""
    response = getattr(error, "response", None)
    of_aws = response.get("Error") if isinstance(response, Mapping) else None
    if not isinstance(of_aws, Mapping):
        return type(error).__name__, str(error)
    return str(of_aws.get("Code", "")) or type(error).__name__, str(of_aws.get("Message", ""))


def plain(value: Any) -> Any:
    """A value of a client's answer as JSON has it: times as ISO 8601 in UTC, bytes as text.

    >>> plain({"Content": b"user,arn", "At": datetime(2026, 11, 2, 9, tzinfo=UTC)})
    {'Content': 'user,arn', 'At': '2026-11-02T09:00:00+00:00'}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str | int | float | bool | None) else str(value)
