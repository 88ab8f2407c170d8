"""The record as files, named and packed as CloudTrail delivers them.

AWS page: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

EVERY = timedelta(minutes=5)
"""How often CloudTrail delivers."""

_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def delivered_at(event: dict[str, Any]) -> datetime:
    """When an event is delivered: at the end of its five minutes."""
    at = datetime.strptime(event["eventTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    seconds = int(EVERY.total_seconds())
    return datetime.fromtimestamp((int(at.timestamp()) // seconds + 1) * seconds, UTC)


def packed(events: Iterable[dict[str, Any]], prefix: str = "") -> Iterator[tuple[str, bytes]]:
    """Log files as (path, content): one for each account, Region and five minutes.

    >>> event = {"eventTime": "2026-11-02T09:01:00Z", "awsRegion": "us-east-1",
    ...          "recipientAccountId": "111122223333"}
    >>> [path[:68] for path, _ in packed([event])]
    ['AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/02/111122223333_Clo']
    """
    together: dict[tuple[str, str, datetime], list[dict[str, Any]]] = {}
    for event in events:
        key = (event["recipientAccountId"], event["awsRegion"], delivered_at(event))
        together.setdefault(key, []).append(event)
    for (account, region, at), records in together.items():
        text = json.dumps({"Records": records}, separators=(",", ":")).encode()
        digest = int.from_bytes(hashlib.sha256(text).digest())
        unique = "".join(_LETTERS[digest // 62**place % 62] for place in range(16))
        folder = f"{prefix}AWSLogs/{account}/CloudTrail/{region}/{at:%Y/%m/%d}"
        name = f"{account}_CloudTrail_{region}_{at:%Y%m%dT%H%MZ}_{unique}.json.gz"
        # No time of packing inside: the same record gives the same bytes.
        yield f"{folder}/{name}", gzip.compress(text, mtime=0)


def export(events: Iterable[dict[str, Any]], folder: str | Path) -> list[Path]:
    """Write log files under a folder, which is made where it is missing; their paths.

    Raises ``OSError`` with a plain sentence for a folder that cannot be written.
    """
    root, found = Path(folder), []
    try:
        for name, content in packed(events):
            path = root.joinpath(*name.split("/"))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            found.append(path)
    except OSError as error:
        raise OSError(
            f"export_trail: the record cannot be written into {str(root)!r} "
            f"({error.strerror or error}). Name a folder that you may write to."
        ) from error
    return found
