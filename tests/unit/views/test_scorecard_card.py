"""The scorecard's card: words beside colours, and names that are data."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from helpers.analysis.controls import CONTROLS, Scorecard, score
from helpers.analysis.snapshot import Snapshot
from helpers.analysis.sources.account_reading import Answer, Asked
from helpers.cards import BAD, GOOD, WARN
from helpers.views import ScorecardCard

NASTY = "<script>alert(1)</script><img src=x onerror=y>\"'&</td></table>"


def scorecard(*names: str, buckets: tuple[str, ...] = (NASTY,)) -> Scorecard:
    answers = {
        Asked("s3:ListBuckets"): Answer({"Buckets": [{"Name": name} for name in buckets]}),
        Asked("iam:GetAccountSummary"): Answer(
            {"SummaryMap": {"AccountMFAEnabled": 0, "AccountAccessKeysPresent": 0}}
        ),
        Asked("sts:GetCallerIdentity"): Answer({"Account": NASTY, "Arn": NASTY}),
        Asked("account:GetAlternateContact", "", "SECURITY"): Answer(None, NASTY),
    }
    for name in buckets:
        answers[Asked("s3:GetBucketVersioning", "", name)] = Answer({})
    at = datetime(2026, 11, 2, 9, tzinfo=UTC)
    return score(Snapshot(answers, at, (NASTY,)), [CONTROLS[name] for name in names])


ALL = "root-access-key", "s3-versioning", "security-contact"


class Tags(HTMLParser):
    """The elements of a piece of HTML and what is open at its end."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_names_full_of_html_are_text() -> None:
    found = Tags(ScorecardCard(scorecard(*ALL)).html())
    assert not {"script", "img"} & found.names
    assert found.attributes <= {"style", "scope"}
    assert found.open == []
    assert "&lt;script&gt;alert(1)" in ScorecardCard(scorecard(*ALL)).html()


def test_a_word_and_a_symbol_beside_each_colour() -> None:
    text = ScorecardCard(scorecard(*ALL)).html()
    for tone, word in ((BAD, "fail"), (WARN, "cannot tell"), (GOOD, "pass")):
        assert f"{tone.symbol} {word}</td>" in text
        assert tone.colour in text
        assert tone.fallback in text
    # Grounds and text are the theme's own, so that both themes can be read.
    assert "background" not in text
    assert not re.search(r"[; \"]color:", text)


def test_the_words_say_what_the_picture_says() -> None:
    view = ScorecardCard(scorecard(*ALL))
    bundle = view._repr_mimebundle_()
    assert bundle["text/plain"] == repr(view)
    for one in view.card.results:
        assert one.control.title in repr(view)
        assert one.control.title.replace("'", "&#x27;") in bundle["text/html"]
    assert "versioning was never on" in repr(view)
    assert view.card.headline in repr(view)


def test_how_it_is_mended_is_behind_a_line() -> None:
    text = ScorecardCard(scorecard("s3-versioning", buckets=("b",))).html()
    _, _, folded = text.partition("<summary>Why, and how to mend it</summary>")
    assert "put_bucket_versioning(Bucket=&#x27;b&#x27;" in folded
    assert "aws s3api put-bucket-versioning --bucket b" in folded
    assert CONTROLS["s3-versioning"].why.split(",")[0] in folded


def test_many_pieces_of_evidence_are_folded() -> None:
    names = tuple(f"bucket-{n}" for n in range(9))
    view = ScorecardCard(scorecard("s3-versioning", buckets=names))
    assert all(f"{name}: " in repr(view) for name in names)
    shown, _, folded = view.html().partition("<summary>4 more</summary>")
    assert "bucket-4" in shown
    assert "bucket-5" not in shown
    assert "bucket-8" in folded


def test_only_one_result() -> None:
    assert "pass  " not in repr(ScorecardCard(scorecard(*ALL), "fail"))
    assert "root-access-key" not in ScorecardCard(scorecard(*ALL), "fail").html()
    assert "The root user has no access key" in repr(ScorecardCard(scorecard(*ALL), "pass"))
    with pytest.raises(ValueError, match="one of fail, cannot tell, pass"):
        ScorecardCard(scorecard(*ALL), "green")
