"""The four exports of an account, as its owner would make them with the AWS CLI.

AWS: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html and
https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetails.html
"""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

DETAILS = "authorization-details.json"
REPORT = "credential-report.csv"
LAST_ACCESSED = "last-accessed"
TRAIL = "trail"
LARGEST_PAGE = 1000


def temporary() -> Path:
    """A folder that is there until this process ends."""
    outer = Path(tempfile.mkdtemp(prefix="account-"))
    atexit.register(shutil.rmtree, outer, ignore_errors=True)
    return outer / "my_account"


def export(iam: Any, folder: Path) -> Iterator[Path]:
    """Write what IAM says of an account: authorization details, credential report, last accessed
    information of each user and role. ``iam`` is a client of boto3's."""
    details = _details(iam)
    yield _written(folder / DETAILS, _text(details))
    iam.generate_credential_report()
    yield _written(folder / REPORT, iam.get_credential_report()["Content"].decode())
    for kind in ("user", "role"):
        for each in details[f"{kind.title()}DetailList"]:
            name = each[f"{kind.title()}Name"]
            answer = _last_accessed(iam, each["Arn"])
            yield _written(folder / LAST_ACCESSED / kind / f"{name}.json", _text(answer))


def _details(iam: Any) -> dict[str, list[Any]]:
    """All pages in one, as the CLI prints them."""
    found: dict[str, list[Any]] = {}
    for page in iam.get_paginator("get_account_authorization_details").paginate():
        for name, value in page.items():
            if isinstance(value, list):
                found.setdefault(name, []).extend(value)
    return found


def _last_accessed(iam: Any, arn: str) -> dict[str, Any]:
    job = iam.generate_service_last_accessed_details(Arn=arn)["JobId"]
    answer = iam.get_service_last_accessed_details(JobId=job, MaxItems=LARGEST_PAGE)
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def _text(value: Any) -> str:
    return json.dumps(value, indent=4, default=_time) + "\n"


def _time(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not written to JSON")


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
