"""A folder with exports of a real account: what is in it, read as what it is.

The files may be called anything: what one is, is found from its content. Only the answers of
"last accessed" need a name, for they do not say whose they are. Nothing is sent anywhere.
"""

from __future__ import annotations

import os
import re
from datetime import datetime
from difflib import get_close_matches
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.analysis.masking import mask_text
from helpers.analysis.permissions import granted_used, recommendation
from helpers.analysis.permissions.entities import Entity, entities
from helpers.analysis.progress import bar
from helpers.analysis.sources import credential_report, last_accessed
from helpers.analysis.sources.authorization_details import Details, authorization_details
from helpers.analysis.sources.export_commands import COMMANDS
from helpers.analysis.sources.export_files import ExportError, head_of, is_utf16
from helpers.analysis.trail import cloudtrail_rows
from helpers.analysis.trail.cloudtrail_files import LogFiles, Skipped
from helpers.analysis.trail.counting import count
from helpers.analysis.trail.event_table import event_table
from helpers.analysis.trail.usage import Usage
from helpers.policy.errors import counted

if TYPE_CHECKING:
    import pandas as pd


class Kind(Enum):
    """What a file of an export is."""

    TRAIL = "CloudTrail records"
    DETAILS = "authorization details"
    REPORT = "credential report"
    LAST_ACCESSED = "last accessed"


_MEMBERS = {
    "UserDetailList": Kind.DETAILS,
    "GroupDetailList": Kind.DETAILS,
    "RoleDetailList": Kind.DETAILS,
    "PolicyVersionList": Kind.DETAILS,
    "JobStatus": Kind.LAST_ACCESSED,
    "JobCreationDate": Kind.LAST_ACCESSED,
    "ServicesLastAccessed": Kind.LAST_ACCESSED,
    "Records": Kind.TRAIL,
    "Events": Kind.TRAIL,
    "events": Kind.TRAIL,
    "EventId": Kind.TRAIL,
    "CloudTrailEvent": Kind.TRAIL,
    "eventVersion": Kind.TRAIL,
    "eventName": Kind.TRAIL,
    "userIdentity": Kind.TRAIL,
}
# Not behind a backslash: JSON within a text is none of the file's own.
_MEMBER = re.compile(rf'(?<!\\)"({"|".join(_MEMBERS)})"\s*:')
_UTF16 = "it is UTF-16, as > in PowerShell writes it; write it with: | Out-File -Encoding utf8 NAME"


def kind_of(file: Path) -> Kind | str:
    """What a file is, by its content; a text: why that cannot be told.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "anything"
    ...     _ = file.write_text('{"Records": []}')
    ...     print(kind_of(file))
    ...     _ = file.write_text("Dear diary")
    ...     print(kind_of(file))
    Kind.TRAIL
    it is none of the exports that are read here
    """
    try:
        head = head_of(file)
        found = _kind(head)
        if found is Kind.TRAIL and is_utf16(file):
            return _UTF16
    except OSError as error:
        return f"it cannot be read: {error.strerror or error}"
    return found


def _kind(head: str) -> Kind | str:
    begin = head.lstrip()
    if not begin:
        return "it is empty"
    if credential_report.is_report(head):
        return Kind.REPORT
    if begin.startswith("<"):
        return "it is an HTML or XML page, perhaps an error's"
    if begin.startswith(("{", "[")):
        if (member := _MEMBER.search(head)) is not None:
            return _MEMBERS[member[1]]
        if '"digestStartTime"' in head:
            return "it is a digest of CloudTrail, which holds no records"
        return "its JSON is none of the exports that are read here"
    if cloudtrail_rows.is_console(head):
        return cloudtrail_rows.CONSOLE
    if head.startswith(cloudtrail_rows.PARQUET) or cloudtrail_rows.is_rows(head):
        return Kind.TRAIL
    return "it is none of the exports that are read here"


class Exports:
    """The exports in a folder and all folders in it.

    Files and folders whose names begin with a dot are left aside. What each file is, is found at
    once; it is read when it is first asked for.

    Raises ``FileNotFoundError`` where there is no such folder.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "one").write_text('{"Records": [{"eventName": "ListUsers", '
    ...         '"userIdentity": {}}]}')
    ...     exports = Exports(folder)
    ...     names = [record["eventName"] for record in exports.trail]
    >>> names, [kind.value for kind in exports.missing]
    (['ListUsers'], ['authorization details', 'credential report', 'last accessed'])
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        if not self.folder.is_dir():
            raise FileNotFoundError(f"There is no folder {str(folder)!r}.")
        self.files: dict[Kind, list[Path]] = {kind: [] for kind in Kind}
        """The files of each kind, in the order of their names."""
        self._unknown: list[Skipped] = []
        files = sorted(file for file in self.folder.rglob("*") if self._counts(file))
        with bar(len(files), "file") as progress:
            for file in files:
                found = kind_of(file)
                if isinstance(found, Kind):
                    self.files[found].append(file)
                else:
                    self._unknown.append(Skipped(str(file), None, found))
                progress.update()
        self.trail = LogFiles(self.files[Kind.TRAIL])
        """The records of CloudTrail, one after the other, whatever files they are in."""

    def _counts(self, file: Path) -> bool:
        names = file.relative_to(self.folder).parts
        return file.is_file() and not any(name.startswith(".") for name in names)

    @property
    def missing(self) -> list[Kind]:
        """The kinds of which there is no file."""
        return [kind for kind, files in self.files.items() if not files]

    @cached_property
    def _details(self) -> Details:
        return authorization_details(self.files[Kind.DETAILS])

    @property
    def details(self) -> dict[str, list[dict[str, Any]]]:
        """The account's authorization details, as
        :func:`~helpers.analysis.permissions.entities.entities` takes them; its
        lists are empty where there is no file of them."""
        return self._details.mapping

    @cached_property
    def _report(self) -> credential_report.CredentialReport:
        reports, skipped = [], list[Skipped]()
        for file in self.files[Kind.REPORT]:
            try:
                reports.append((file, credential_report.credential_report(file)))
            except ExportError as error:
                skipped.append(Skipped(error.file, error.line, error.reason))
        if not reports:
            empty = credential_report.credential_report(",".join(credential_report.HEADER))
            return empty._replace(skipped=skipped)
        chosen = max(reports, key=lambda each: _latest(each[1].table))[0]
        for file, report in reports:
            if file == chosen:
                skipped += report.skipped
            else:
                reason = f"another report of the account, {chosen.name}, is read"
                skipped.append(Skipped(str(file), None, reason))
        return dict(reports)[chosen]._replace(skipped=skipped)

    @property
    def credential_report(self) -> pd.DataFrame:
        """The credential report; see
        :data:`helpers.analysis.sources.credential_report.COLUMNS`. Of several, the
        one that tells of the latest time; no rows where there is none."""
        return self._report.table

    @cached_property
    def _last_accessed(self) -> last_accessed.LastAccessed:
        known = [entity.arn for entity in entities(self.details)]
        return last_accessed.last_accessed(self.files[Kind.LAST_ACCESSED], known)

    @property
    def last_accessed(self) -> pd.DataFrame:
        """When users and roles last used what; see
        :data:`helpers.analysis.sources.last_accessed.COLUMNS`. No rows where there is no
        file of it."""
        return self._last_accessed.table

    # -- what the files say together ----------------------------------------------------------

    def events(self) -> pd.DataFrame:
        """The record as a table; see :data:`helpers.analysis.trail.event_table.COLUMNS`."""
        return event_table(self.trail)

    @cached_property
    def used(self) -> Usage:
        """The record counted: who used which actions, and when."""
        return count(self.trail)

    @cached_property
    def entities(self) -> list[Entity]:
        """The account's users and roles, each with its policies and since when it has them."""
        return entities(self.details, changes=self.used.changes)

    def entity(self, name: str) -> Entity:
        """A user or role by its ARN, the ARN's end (``user/ann``) or its name alone.

        Raises ``LookupError`` where there is none, or more than one.
        """
        found = [
            one
            for one in self.entities
            if name in (one.arn, one.arn.rpartition(":")[2], one.name, f"{one.kind}/{one.name}")
        ]
        if len(found) == 1:
            return found[0]
        if found:
            arns = ", ".join(one.arn for one in found)
            raise LookupError(f"{name!r} may be any of these: {arns}")
        near = get_close_matches(name, [f"{one.kind}/{one.name}" for one in self.entities], n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise LookupError(f"The authorization details have no user or role {name!r}{hint}")

    def granted_used(self, start: datetime | None = None) -> pd.DataFrame:
        """What was granted against what was used; see
        :func:`helpers.analysis.permissions.granted_used.granted_used`."""
        return granted_used.granted_used(self.details, self.used, start)

    def granted_used_by_key(self, start: datetime | None = None) -> pd.DataFrame:
        """The same for each long-term access key in the record; see
        :func:`helpers.analysis.permissions.granted_used.granted_used_by_key`."""
        return granted_used.granted_used_by_key(self.details, self.used, start)

    def recommend(
        self, name: str, start: datetime | None = None, **options: Any
    ) -> recommendation.Recommendation:
        """The smaller policies of a user or role; see
        :func:`helpers.analysis.permissions.recommendation.recommend`. Raises as ``entity`` does."""
        start = granted_used.beginning(self.used, start)
        return recommendation.recommend(self.entity(name), self.used, start, **options)

    def generate(
        self, name: str, start: datetime | None = None, **options: Any
    ) -> recommendation.Recommendation:
        """A policy of what a user or role did; see
        :func:`helpers.analysis.permissions.recommendation.generate`. Raises as ``entity`` does."""
        start = granted_used.beginning(self.used, start)
        return recommendation.generate(self.entity(name), self.used, start, **options)

    @property
    def skipped(self) -> pd.DataFrame:
        """What was not read: ``file``, ``line`` (missing: the file as a whole), ``reason``.

        Of ``trail``, what the last reading of it met. Ids of access keys are masked.
        """
        import pandas as pd

        found = [
            *self._unknown,
            *self._details.skipped,
            *self._report.skipped,
            *self._last_accessed.skipped,
            *self.trail.skipped,
        ]
        return pd.DataFrame(
            {
                "file": pd.Series([mask_text(each.file) for each in found], dtype="str"),
                "line": pd.array([each.line for each in found], dtype="Int64"),
                "reason": pd.Series([mask_text(each.reason) for each in found], dtype="str"),
            }
        )

    def __repr__(self) -> str:
        lines = [f"Exports in {self.folder.name}"]
        for kind, files in self.files.items():
            if files:
                lines.append(f"  ✔ {kind.value}: {self._shown(files)}")
            else:
                lines.append(f"  ✖ {kind.value}: none; make it with")
                lines += [f"      {line}" for line in COMMANDS[kind.value].splitlines()]
        if self._unknown:
            lines.append(f"  {counted(len(self._unknown), 'file')} not read; .skipped says why:")
            lines.append(f"      {self._shown([Path(each.file) for each in self._unknown])}")
        return "\n".join(lines)

    def _shown(self, files: list[Path], most: int = 3) -> str:
        paths = [file.relative_to(self.folder) for file in files]
        if len(paths) > most:
            shared = Path(os.path.commonpath([path.parent for path in paths]))
            place = f" in {mask_text(str(shared))}" if shared.parts else ""
            return f"{len(paths)} files{place}"
        return ", ".join(mask_text(str(path)) for path in paths)


def _latest(report: pd.DataFrame) -> int:
    """The latest time that a report tells of, in seconds; 0: it tells of none."""
    times = (report[name].max() for name in credential_report.TIMES)
    return max((int(time.timestamp()) for time in times if time == time), default=0)
