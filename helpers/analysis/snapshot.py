"""What was read of one account at one time, as plain data.

A snapshot is taken where the credentials are and looked at anywhere: it is kept as JSON, and what
looks at it calls nothing. What could not be read is kept as well, with the reason.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_job-functions.html (the
managed policy SecurityAudit allows every call that is made here)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from helpers.analysis.sources import authorization_details as details_of
from helpers.analysis.sources import credential_report as report_of
from helpers.analysis.sources.account_calls import CALLS, CannotTell, shaped
from helpers.analysis.sources.account_reading import Answer, Asked, plain, read_account
from helpers.analysis.sources.export_files import ExportError, decoded, text_of
from helpers.analysis.trail.usage import moment

FORM = 1
"""The form of the JSON; another number is another form."""

DETAILS, REPORT = "iam:GetAccountAuthorizationDetails", "iam:GetCredentialReport"


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The answers of read-only calls about one account.

    >>> class Nobody:
    ...     def client(self, name, region_name=None):
    ...         raise ConnectionError("no network here")
    >>> Snapshot.collect(Nobody()).answer("iam:GetAccountSummary")
    Traceback (most recent call last):
    helpers.analysis.sources.account_calls.CannotTell: iam:GetAccountSummary: ConnectionError
    """

    answers: Mapping[Asked, Answer]
    taken_at: datetime
    """UTC: when the credential report was made, which may be up to four hours older than the rest
    (AWS hands out the same one so long), or, without one, when the reading ended."""
    regions: tuple[str, ...] = ()
    """The Regions that were looked at."""

    # Taking one -------------------------------------------------------------------------------

    @classmethod
    def collect(cls, session: Any, regions: Sequence[str] | None = None) -> Snapshot:
        """Read an account; nothing is raised for a call that fails, and nothing is changed in it.

        AWS makes the credential report anew at most every four hours: what it alone tells
        (passwords, MFA, last use) is as old as that.

        Args:
            session: Something with ``.client(name, region_name=...)`` that makes boto3's clients:
                a ``boto3.Session``, or ``lab.root``.
            regions: Regions to look at; ``None``: all that are enabled.
        """
        found = read_account(session, regions).answers
        made = found.get(Asked(REPORT), Answer()).value
        at = moment(made.get("GeneratedTime")) if isinstance(made, Mapping) else None
        looked = dict.fromkeys(asked.region for asked in found if asked.region)
        return cls(found, at or datetime.now(UTC), tuple(looked))

    @classmethod
    def from_exports(
        cls,
        details: Path | Iterable[Path] | Mapping[str, Any] | None = None,
        report: Path | str | bytes | None = None,
        taken_at: datetime | None = None,
    ) -> Snapshot:
        """A snapshot of what the IAM commands export; all else is not known.

        Args:
            details: File or files of ``aws iam get-account-authorization-details``, or its answer.
            report: The credential report, as
                :func:`helpers.analysis.sources.credential_report.credential_report` takes it.
            taken_at: When they were exported, aware; ``None``: now.

        Raises:
            ExportError: A file cannot be read.
        """
        answers: dict[Asked, Answer] = {}
        if details is not None:
            if not isinstance(details, Mapping):
                read = details_of.authorization_details(details)
                if read.skipped and not any(read.mapping.values()):
                    first = read.skipped[0]
                    raise ExportError(first.file, first.line, first.reason)
                details = read.mapping
            answers[Asked(DETAILS)] = Answer(plain(details))
        if report is not None:
            report_of.credential_report(report)  # says what is wrong with it
            text = text_of(report) if isinstance(report, Path) else report
            text = decoded(text) if isinstance(text, bytes) else text
            answers[Asked(REPORT)] = Answer({"Content": text})
        return cls(answers, taken_at or datetime.now(UTC))

    # Keeping one ------------------------------------------------------------------------------

    def to_json(self, path: str | Path | None = None) -> str:
        """The snapshot as JSON text, written to a file as well where one is named.

        It names people and machines of the account and holds no secret key and no password.
        """
        calls = []
        for asked, answer in self.answers.items():
            call = {name: value for name, value in asked._asdict().items() if value}
            if answer.code:
                call["error"] = {"code": answer.code, "message": answer.message}
            else:
                call["answer"] = answer.value
            calls.append(call)
        kept = {
            "form": FORM,
            "taken_at": self.taken_at.isoformat(),
            "regions": list(self.regions),
            "calls": calls,
        }
        text = json.dumps(kept, indent=1)
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text

    @classmethod
    def from_json(cls, source: str | Path) -> Snapshot:
        """A snapshot from what ``to_json`` gave: its text, or the file (a ``Path``).

        Calls that are none of those that are made here are left out.

        Raises:
            ValueError: It is no snapshot.
            OSError: The file cannot be read.
        """
        text = source.read_text(encoding="utf-8") if isinstance(source, Path) else source
        try:
            kept = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"It is no snapshot: it is no JSON ({error}).") from error
        shape = {"form": int, "taken_at": str, "regions": [str], "calls": [dict]}
        try:
            kept = shaped(kept, shape, "snapshot")
        except CannotTell as error:
            raise ValueError(f"It is no snapshot: {error}.") from error
        at = moment(kept["taken_at"])
        if kept["form"] != FORM or at is None:
            raise ValueError("It is no snapshot: its form or its time is another.")
        return cls(dict(_kept_calls(kept["calls"])), at, tuple(kept["regions"]))

    # Reading it -------------------------------------------------------------------------------

    def answer(self, call: str, *, region: str = "", of: str = "") -> Any:
        """What is read of a call's answer, see ``CALLS``; ``None``: there is no such thing.

        Raises:
            CannotTell: It was not asked, was refused, or the answer has another form.
        """
        asked = Asked(call, region, of)
        found = self.answers.get(asked)
        if found is None:
            raise CannotTell(f"{asked} was not read")
        if found.code in CALLS[call].absent:
            return None
        if found.code:
            raise CannotTell(f"{asked}: {found.code}")
        return shaped(found.value, CALLS[call].shape, str(asked))

    def refusal(self, call: str, *, of: str = "") -> str:
        """The code of the error that a call gave; empty where it gave none."""
        return self.answers.get(Asked(call, "", of), Answer()).code

    @property
    def account(self) -> str:
        """The account's number: of whoever read it, else of the users in it.

        Raises:
            CannotTell: Nothing tells.
        """
        try:
            return self.answer("sts:GetCallerIdentity")["Account"]
        except CannotTell:
            lists = self.details.mapping
            for entry in (*lists["UserDetailList"], *lists["RoleDetailList"]):
                if entry["Arn"].count(":") >= 5:
                    return entry["Arn"].split(":")[4]
            raise

    @property
    def bucket_names(self) -> list[str]:
        """The account's buckets. Raises ``CannotTell``."""
        return [bucket["Name"] for bucket in self.answer("s3:ListBuckets")["Buckets"]]

    @cached_property
    def details(self) -> details_of.Details:
        """Users, groups, roles and policies, and what of them cannot be read.

        Raises:
            CannotTell: They were not read.
        """
        return details_of.well_formed(self.answer(DETAILS))

    @cached_property
    def credentials(self) -> list[dict[str, Any]]:
        """The rows of the credential report, ``None`` where a value is missing.

        Raises:
            CannotTell: There is none, or not all of it can be read.
        """
        try:
            read = report_of.credential_report(self.answer(REPORT)["Content"])
        except ExportError as error:
            raise CannotTell(f"{REPORT}: {error.reason}") from error
        if read.skipped:
            raise CannotTell(f"{REPORT}: {read.skipped[0].reason}")
        return [
            {key: None if _is_missing(value) else value for key, value in row.items()}
            for row in read.table.to_dict("records")
        ]

    def __repr__(self) -> str:
        failed = sum(1 for answer in self.answers.values() if answer.code)
        return (
            f"<Snapshot of {self.taken_at:%Y-%m-%d %H:%M} UTC: {len(self.answers)} calls, "
            f"{failed} of them answered with an error, {len(self.regions)} Regions>"
        )


def _is_missing(value: Any) -> bool:
    import pandas as pd

    return bool(pd.isna(value))


def _kept_calls(calls: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Asked, Answer]]:
    for call in calls:
        asked = Asked(*(call.get(name, "") for name in Asked._fields))
        if not all(isinstance(part, str) for part in asked) or asked.call not in CALLS:
            continue
        error = call.get("error")
        if isinstance(error, Mapping):
            yield asked, Answer(None, str(error.get("code") or "?"), str(error.get("message", "")))
        else:
            yield asked, Answer(call.get("answer"))
