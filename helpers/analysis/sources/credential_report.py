"""An account's credential report as a table with types.

Read is the CSV that AWS hands out, with 22 columns or with ``additional_credentials_info`` as the
23rd: as text, as the bytes of GetCredentialReport's ``Content``, and still base64, as
``aws iam get-credential-report --query Content --output text`` prints it, or within the whole
answer of that command.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from helpers.analysis.sources.export_files import ExportError, decoded, shown, text_of
from helpers.analysis.trail.cloudtrail_files import Skipped
from helpers.analysis.trail.usage import moment

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {
    "user": "the user's name; <root_account>: the root user",
    "arn": "its ARN",
    "user_creation_time": "when it was made",
    "password_enabled": "whether it has a password; missing, not_supported: the root user",
    "password_last_used": "its last sign-in; missing, no_information: none that is known of",
    "password_last_changed": "when the password was set; missing, not_supported: the root user",
    "password_next_rotation": "when it must be changed; missing: it need not be",
    "mfa_active": "whether it has an MFA device",
    "access_key_1_active": "whether the first access key is there and active",
    "access_key_1_last_rotated": "when that key was made or changed; missing: there is none",
    "access_key_1_last_used_date": "when that key last signed a call; missing: never, or no key",
    "access_key_1_last_used_region": "the Region of that call",
    "access_key_1_last_used_service": "the service's prefix of that call: s3",
    "access_key_2_active": "whether the second access key is there and active",
    "access_key_2_last_rotated": "when that key was made or changed; missing: there is none",
    "access_key_2_last_used_date": "when that key last signed a call; missing: never, or no key",
    "access_key_2_last_used_region": "the Region of that call",
    "access_key_2_last_used_service": "the service's prefix of that call",
    "cert_1_active": "whether the first signing certificate is there and active",
    "cert_1_last_rotated": "when it was made or changed; missing: there is none",
    "cert_2_active": "whether the second signing certificate is there and active",
    "cert_2_last_rotated": "when it was made or changed; missing: there is none",
    "additional_credentials_info": "what there is beyond two keys or certificates, in AWS's words",
    "words": "which values are missing for another reason than N/A: password_enabled=not_supported",
}
"""The columns of the table and what they hold; times are UTC."""

ADDITIONAL, WORDS = "additional_credentials_info", "words"
HEADER = tuple(name for name in COLUMNS if name not in (ADDITIONAL, WORDS))
"""The columns that every report has."""

TIMES = tuple(
    name
    for name in HEADER
    if name.endswith(("_time", "_used", "_changed", "_rotation", "_rotated", "_date"))
)
BOOLEANS = tuple(name for name in HEADER if name.endswith(("_enabled", "_active")))

NONE = "N/A"
NO_VALUE = ("no_information", "not_supported")
"""AWS's words in place of a value that say more than that there is none."""

START = "user,arn,"
"""How a report begins."""

_OTHER_JSON = "it is JSON, and no answer of GetCredentialReport"
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+")
_ENCODED_START = base64.b64encode(START.encode()).decode()


class CredentialReport(NamedTuple):
    """A credential report that was read."""

    table: pd.DataFrame
    """One row a user; see ``COLUMNS``. Times are ``datetime64[s, UTC]``, NaT where there is none;
    truth values ``boolean``, the others ``str``, both missing where there is none."""
    skipped: list[Skipped]
    """Rows that are too short or too long, and values that are none of their column: those are
    missing, their row is kept."""


def credential_report(
    source: str | bytes | Path, name: str = "credential report"
) -> CredentialReport:
    """A credential report, of a file (a ``Path``), a text, or the bytes of an answer's ``Content``.

    Args:
        name: What the report is called in ``skipped`` and in errors, unless it is a file.

    Raises:
        ExportError: It is no credential report: another CSV, an HTML page, nothing at all.

    >>> header = ",".join(HEADER)
    >>> root = ("<root_account>,arn:aws:iam::111122223333:root,2026-01-02T03:04:05+00:00,"
    ...     "not_supported,no_information,not_supported,not_supported,true" + ",false" +
    ...     ",N/A" * 4 + ",false" + ",N/A" * 4 + ",false,N/A,false,N/A")
    >>> report = credential_report(f"{header}\\n{root}\\n")
    >>> report.table.loc[0, ["user", "user_creation_time"]].tolist()
    ['<root_account>', Timestamp('2026-01-02 03:04:05+0000', tz='UTC')]
    >>> report.table.loc[0, "words"].split(", ")[:2]
    ['password_enabled=not_supported', 'password_last_used=no_information']
    """
    import pandas as pd

    if isinstance(source, Path):
        name, text = str(source), text_of(source)
    else:
        text = decoded(source) if isinstance(source, bytes) else source.removeprefix("\ufeff")
    reader = _Reader(name)
    rows = list(reader.rows(_csv_of(text, name)))
    columns: dict[str, Any] = {}
    for column in COLUMNS:
        values = [row.get(column) for row in rows]
        if column in TIMES:
            columns[column] = pd.Series(values, dtype="datetime64[s, UTC]")
        elif column in BOOLEANS:
            columns[column] = pd.array(values, dtype="boolean")
        else:
            columns[column] = pd.Series(values, dtype="str")
    return CredentialReport(pd.DataFrame(columns), reader.skipped)


def is_report(head: str) -> bool:
    """Whether a text that begins so is a credential report, in any of its forms.

    >>> is_report(START), is_report('{"Content": "dXNlcixhcm4s'), is_report("<html>")
    (True, True, False)
    """
    begin = head.lstrip().removeprefix('"')
    return begin.startswith((START, _ENCODED_START)) or (
        begin.startswith("{") and re.search(rf'"Content"\s*:\s*"{_ENCODED_START}', head) is not None
    )


def _csv_of(text: str, name: str) -> str:
    """The CSV, out of the answer and out of base64 where it is in there."""
    begin = text.lstrip()
    if begin.startswith("{"):
        try:
            begin = json.loads(begin)["Content"].strip()
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ExportError(
                name, 1, "it is JSON, and no answer of GetCredentialReport"
            ) from error
        text = begin
    begin = begin.strip().strip('"')
    if begin.startswith(_ENCODED_START) and _BASE64.fullmatch(begin):
        try:
            return decoded(base64.b64decode("".join(begin.split()), validate=True))
        except binascii.Error as error:
            raise ExportError(name, None, "its base64 is cut off or damaged") from error
    return text


class _Reader:
    def __init__(self, name: str) -> None:
        self._name = name
        self.skipped: list[Skipped] = []

    def _skip(self, line: int, reason: str) -> None:
        self.skipped.append(Skipped(self._name, line, reason))

    def rows(self, text: str) -> Iterator[dict[str, Any]]:
        lines = csv.reader(io.StringIO(text, newline=""))
        header: list[str] | None = None
        line = 1
        while True:
            try:
                cells = next(lines)
            except StopIteration:
                break
            except csv.Error as error:
                if header is None:
                    raise ExportError(self._name, line, f"it is no CSV: {error}") from error
                self._skip(line, f"the row is no CSV: {error}")
                line = lines.line_num + 1
                continue
            if header is None and cells:
                header = self._checked(cells, line)
            elif cells and len(cells) != len(header or ()):
                self._skip(line, f"{len(cells)} values for {len(header or ())} columns")
            elif cells:
                yield self._row(dict(zip(header or (), cells, strict=True)), line)
            line = lines.line_num + 1
        if header is None:
            raise ExportError(self._name, None, "it is empty")

    def _checked(self, cells: list[str], line: int) -> list[str]:
        """The header; raises where it is none of a credential report."""
        first = cells[0].strip()
        if first.startswith("<"):
            raise ExportError(self._name, line, "it is an HTML or XML page, no credential report")
        missing = [name for name in HEADER if name not in cells]
        if len(missing) == len(HEADER) or cells[:2] != ["user", "arn"]:
            reason = f"it is no credential report, whose first line begins {START!r}: "
            raise ExportError(self._name, line, reason + shown(",".join(cells)))
        if missing:
            raise ExportError(self._name, line, f"it has no column {', '.join(missing)}")
        for name in cells:
            if name not in HEADER and name != ADDITIONAL:
                self._skip(line, f"the column {shown(name)} is unknown; not read")
        return cells

    def _row(self, cells: dict[str, str], line: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        words = []
        for name, text in cells.items():
            if text in NO_VALUE:
                words.append(f"{name}={text}")
            elif text and text != NONE and name in COLUMNS:
                found[name] = value = _value(name, text)
                if value is None:
                    self._skip(line, f"{name} is {_kind(name)}, this is {shown(text)}")
        found[WORDS] = ", ".join(words) or None
        return found


def _value(column: str, text: str) -> str | bool | datetime | None:
    if column in TIMES:
        at = moment(text)
        return at.replace(microsecond=0) if at else None
    if column in BOOLEANS:
        return {"true": True, "false": False}.get(text.lower())
    return text


def _kind(column: str) -> str:
    return "a time" if column in TIMES else "true or false"
