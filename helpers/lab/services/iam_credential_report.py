"""The credential report: one line for each user, the root user first.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from helpers.lab import last_use, passwords
from helpers.lab.account import Account
from helpers.lab.authorization import catalogue
from helpers.lab.errors import AwsError
from helpers.lab.services import iam_store as store
from helpers.lab.services.registry import Asked, answers

FRESH_FOR = timedelta(hours=4)
"""How long a report is handed out again instead of a new one."""

GOOD_FOR = timedelta(days=7)
"""How long a report can be fetched."""

KEY_COLUMNS = ("active", "last_rotated", "last_used_date", "last_used_region", "last_used_service")
COLUMNS = (
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    *(f"access_key_{number}_{column}" for number in (1, 2) for column in KEY_COLUMNS),
    *(f"cert_{number}_{column}" for number in (1, 2) for column in ("active", "last_rotated")),
)

NONE = "N/A"
NO_INFORMATION = "no_information"
NOT_SUPPORTED = "not_supported"

_WORDS = "Unknown"
"""All that AWS says where there is no report, beside the error's code."""

KEYS = CERTIFICATES = 2
"""How many of each a line has room for, which is how many a user may have."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it was made."""

    made_at: datetime
    content: str


def _report(account: Account) -> Report | None:
    return account.own.get("iam.credential_report")


@answers("iam", "GenerateCredentialReport")
def generate_credential_report(asked: Asked) -> Any:
    """A report is ready by the next call: the lab's accounts are small."""
    report = _report(asked.account)
    if report is not None and asked.now - report.made_at < FRESH_FOR:
        return {"State": "COMPLETE"}
    asked.account.own["iam.credential_report"] = Report(asked.now, _content(asked))
    return {
        "State": "STARTED",
        "Description": "No report exists. Starting a new report generation task",
    }


@answers("iam", "GetCredentialReport")
def get_credential_report(asked: Asked) -> Any:
    report = _report(asked.account)
    if report is None:
        raise AwsError("ReportNotPresent", _WORDS, 410)
    if asked.now - report.made_at > GOOD_FOR:
        raise AwsError("ReportExpired", _WORDS, 410)
    return {
        "Content": report.content.encode(),
        "ReportFormat": "text/csv",
        "GeneratedTime": report.made_at,
    }


def _content(asked: Asked) -> str:
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerow(_root_line(asked.account))
    for user in store.by_name(asked.iam.users.values()):
        writer.writerow(_line(asked.account, user))
    return lines.getvalue().removesuffix("\n")


def _root_line(account: Account) -> list[str]:
    root = account.root
    keys = [(key.access_key_id, key.status, key.created_at) for key in root.keys]
    return [
        "<root_account>",
        root.arn,
        _time(root.created_at),
        NOT_SUPPORTED,
        _time(root.password_last_used) if root.password_last_used else NO_INFORMATION,
        NOT_SUPPORTED,
        NOT_SUPPORTED,
        _yes(root.mfa_serials),
        *_keys(account, keys),
        *_certificates([]),
    ]


def _line(account: Account, user: Any) -> list[str]:
    keys = [(key.access_key_id, key.status, key.create_date) for key in user.access_keys]
    return [
        user.name,
        user.arn,
        _time(user.create_date),
        _yes(user.password is not None),
        *_password(account, user),
        _yes(user.mfa_devices),
        *_keys(account, keys),
        *_certificates(user.signing_certificates.values()),
    ]


def _password(account: Account, user: Any) -> list[str]:
    """Last used, last changed, next rotation."""
    if user.password is None:
        return [NONE, NONE, NONE]
    end = passwords.expires_at(account, user)
    return [
        _time(user.password_last_used) if user.password_last_used else NO_INFORMATION,
        _time(passwords.profile_of(account, user).changed_at),
        _time(end) if end else NONE,
    ]


def _keys(account: Account, keys: Iterable[tuple[str, str, datetime]]) -> list[str]:
    uses = last_use.key_uses(account)
    cells: list[str] = []
    for key_id, status, created_at in keys:
        cells += [_yes(status == "Active"), _time(created_at)]
        if (known := uses.get(key_id)) is None:
            cells += [NONE] * 3
        else:
            use = known.reported
            cells += [_time(use.at), use.region, catalogue.prefix(use.service)]
    absent = ["false", *[NONE] * (len(KEY_COLUMNS) - 1)]
    return cells + absent * (KEYS - len(cells) // len(KEY_COLUMNS))


def _certificates(certificates: Iterable[Any]) -> list[str]:
    cells: list[str] = []
    for certificate in certificates:
        cells += [_yes(certificate.status == "Active"), _time(certificate.upload_date)]
    return cells + ["false", NONE] * (CERTIFICATES - len(cells) // 2)


def _yes(value: object) -> str:
    return "true" if value else "false"


def _time(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%S+00:00")
