"""The report of one page: its counts, its dates, its two forms, and names that are no text."""

from __future__ import annotations

import doctest
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from helpers.analysis.controls import CONTROLS, Scorecard, one_page, report, score
from helpers.analysis.controls.one_page import FOUND, LEFT
from helpers.analysis.snapshot import Snapshot
from helpers.analysis.sources.account_reading import Answer, Asked

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
ACCOUNT = "111122223333"
EVIL = '<img src=x onerror="alert(1)"> | *bold* [a](http://example.com) `x`'


def card(keys: int, mfa: int, *, days: int = 0, account: str = ACCOUNT) -> Scorecard:
    numbers = {"AccountMFAEnabled": mfa, "AccountAccessKeysPresent": keys}
    identity = {"Account": account, "Arn": f"arn:aws:iam::{account}:root"}
    answers = {
        Asked("iam:GetAccountSummary"): Answer({"SummaryMap": numbers}),
        Asked("sts:GetCallerIdentity"): Answer(identity),
        Asked("s3:ListBuckets"): Answer({"Buckets": [{"Name": EVIL}]}),
        Asked("s3:GetBucketVersioning", "", EVIL): Answer({"Status": "Suspended"}),
    }
    names = ("root-access-key", "root-mfa", "s3-versioning", "security-contact")
    snapshot = Snapshot(answers, AT + timedelta(days=days), ("us-east-1",))
    return score(snapshot, [CONTROLS[name] for name in names])


def attack(name: str, by: str) -> dict[str, str]:
    return {
        "attack": name,
        "with": "a key",
        "outcome": "✖ stopped" if by else "✔ worked",
        "stopped by": by,
    }


def job(name: str, at: str = "") -> dict[str, str]:
    return {"job": name, "outcome": "✖ broken" if at else "✔ works", "ended at": at}


BEFORE, AFTER = card(1, 0), card(0, 0, days=3)
PAGE = report(
    BEFORE,
    AFTER,
    attacks=([attack("read", ""), attack("rise", "")], [attack("read", "MFA"), attack("rise", "")]),
    jobs=([job("audit"), job("backup")], [job("audit"), job("backup", "list a bucket")]),
    plans={"root-mfa": "a key is on its way, by 2026-11-20"},
)


def test_it_says_what_was_found_what_was_done_and_what_is_left() -> None:
    lines = str(PAGE).splitlines()
    assert lines[0] == f"# Account {ACCOUNT}: what was found, done and left"
    assert "2026-11-02 09:00 UTC" in lines[1]
    assert "2026-11-05 09:00 UTC" in lines[1]
    assert "| controls that pass, of 4 | 0 | 1 |" in lines
    assert "| attacks that work, of 2 | 2 | 1 |" in lines
    assert "| jobs that work, of 2 | 2 | 1 |" in lines
    assert [row[0] for row in PAGE.found] == ["critical", "critical"]
    assert [row[-1] for row in PAGE.found] == ["✔\u00a0mended", "✖\u00a0left"]
    assert "Of medium and low severity 1 more failed; 0 of them are mended." in lines
    assert "- Still works: rise, with a key." in lines
    assert "- Stopped by: MFA." in lines
    assert "- Broken: backup, at: list a bucket." in lines
    # What cannot be told is left as well.
    assert [row[-1] for row in PAGE.left] == [
        "a key is on its way, by 2026-11-20",
        "no plan yet",
        "no plan yet",
    ]


def test_tables_are_taken_as_rows_are() -> None:
    tables = (pd.DataFrame(PAGE.attacks[0]), pd.DataFrame(PAGE.attacks[1]))
    work = (pd.DataFrame(PAGE.jobs[0]), pd.DataFrame(PAGE.jobs[1]))
    page = report(BEFORE, AFTER, attacks=tables, jobs=work, plans=PAGE.plans)
    assert str(page) == str(PAGE)
    shown = page._repr_mimebundle_()
    assert shown["text/plain"] == str(PAGE)
    assert not {"h1", "h2", "style", "html"} & set(Reader(shown["text/html"]).tags)


def test_without_attacks_and_jobs_nothing_is_said_of_them() -> None:
    text = str(report(BEFORE, AFTER))
    assert "attack" not in text
    assert "job" not in text
    assert "How it was tried" not in report(BEFORE, AFTER).html()


def test_nothing_is_left() -> None:
    after = score(Snapshot({}, AT), [])
    assert str(report(after, after)).endswith("## What is left\nNothing.")
    assert "<p>Nothing.</p>" in report(after, after).html()
    assert report(after, after).title == "The account"


def test_it_stays_one_page() -> None:
    """Of all controls of an account that nobody could read, as of one with all faults."""
    nothing = score(Snapshot({}, AT))
    page = report(nothing, nothing)
    assert len(page.left) > LEFT
    assert f"And {len(page.left) - LEFT} more." in str(page)
    assert len(str(page).splitlines()) <= 40
    worst = sum(1 for one in CONTROLS.values() if one.severity in ("critical", "high"))
    assert worst <= FOUND + 1  # one of them is not a fault of this account


class Reader(HTMLParser):
    """The tags of a page, and what is read on it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        assert not {name for name, _ in attrs} & {"src", "href", "onerror"}

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_names_are_data_in_both_forms() -> None:
    page = report(
        BEFORE,
        AFTER,
        attacks=((), [attack(EVIL, EVIL), attack(EVIL, "")]),
        jobs=((), [job(EVIL, EVIL)]),
        plans={"root-mfa": EVIL + "\n\n# no heading"},
    )
    read = Reader(page.html())
    assert not {"img", "a", "b", "script"} & set(read.tags)
    assert any("onerror" in word for word in read.words)
    text = page.markdown()
    assert not re.search(r"(?<!\\)[<*`\[]|^# no", text, re.MULTILINE)
    columns = [len(re.findall(r"(?<!\\)\|", line)) for line in text.splitlines() if line[:1] == "|"]
    assert set(columns) == {4, 5}


def test_it_is_saved_by_its_ending(tmp_path: Path) -> None:
    PAGE.save(tmp_path / "report.md")
    PAGE.save(str(tmp_path / "report.html"))
    assert (tmp_path / "report.md").read_text(encoding="utf-8") == f"{PAGE}\n"
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    half = report(BEFORE, AFTER, plans={"root-mfa": "\ud800"})
    half.save(tmp_path / "half.md")


def test_two_accounts_and_unknown_plans_are_refused() -> None:
    with pytest.raises(ValueError, match="Two accounts: 111122223333 before, 444455556666 after"):
        report(BEFORE, card(0, 1, account="444455556666"))
    with pytest.raises(ValueError, match="no control of the scorecard: root-mfe"):
        report(BEFORE, AFTER, plans={"root-mfe": "soon"})


def test_its_examples_are_true() -> None:
    failed, tried = doctest.testmod(one_page)
    assert (failed, tried > 0) == (0, True)
