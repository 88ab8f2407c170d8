"""The map of granted and used: numbers, shades, names that are data."""

from __future__ import annotations

import re
import time

import ipywidgets
import pandas as pd
import pytest

from helpers.analysis.permissions.unused import Verdict
from helpers.views import GrantedUsedMap
from helpers.views.granted_used_form import COLUMNS, ROWS
from helpers.views.granted_used_map import SHADES
from helpers.views.granted_used_overview import overview

IAM = "arn:aws:iam::111122223333"
ANN, OPS = f"{IAM}:user/ann", f"{IAM}:role/team/ops"


def table(*rows: tuple[str, str, int, Verdict]) -> pd.DataFrame:
    """(principal, service, how many actions, their verdict)."""
    return pd.DataFrame(
        [
            (principal, service, f"{service}:{verdict}{n}", str(verdict))
            for principal, service, number, verdict in rows
            for n in range(number)
        ],
        columns=["principal", "service", "action", "verdict"],
    )


TABLE = table(
    (ANN, "s3", 2, Verdict.USED),
    (ANN, "s3", 20, Verdict.UNUSED),
    (ANN, "s3", 3, Verdict.NO_DATA_EVENTS),
    (ANN, "kms", 5, Verdict.ELSEWHERE),
    (OPS, "sqs", 3, Verdict.USED),
    (OPS, "iam", 7, Verdict.UNUSED),
    (OPS, "ec2", 9, Verdict.TOO_NEW),
    (OPS, "sns", 2, Verdict.ONLY_DENIED),
)


def test_words() -> None:
    assert repr(GrantedUsedMap(TABLE)) == "\n".join(
        [
            "                sqs  s3    other services (2)",
            "role/team/ops   3/3  –     0/16",
            "user/ann        –    2/25  –",
        ]
    )


def test_only_these_and_in_this_order() -> None:
    text = repr(GrantedUsedMap(TABLE, [ANN]))
    assert "user/ann" in text
    assert "ops" not in text
    first, second = repr(GrantedUsedMap(TABLE, [ANN, OPS])).splitlines()[1:]
    assert first.startswith("user/ann")
    assert second.startswith("role/team/ops")


def test_the_picture_says_what_the_words_say() -> None:
    page = GrantedUsedMap(TABLE).html()
    assert re.findall(r">(\d+/\d+|–)</td>", page) == ["3/3", "–", "0/16", "–", "2/25", "–"]
    assert "role/team/ops, sqs: 3 of 3 actions used" in page
    for share, shade in ((3 / 3, 3), (0 / 16, 0), (2 / 25, 1)):
        assert SHADES[shade].least <= share
        assert SHADES[shade].ground in page
    assert 'scope="row"' in page
    assert 'scope="col"' in page


def test_nothing() -> None:
    assert repr(GrantedUsedMap(table())) == "Nothing is granted and nothing was used."
    assert "Nothing" in GrantedUsedMap(table()).html()


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x onerror=a>', "a&b", ""]
)
def test_names_are_data(name: str) -> None:
    page = GrantedUsedMap(table((name, name, 2, Verdict.USED))).html()
    for part in ("<script", "<img"):
        assert part not in page
    assert not re.search(r'="[^"]*"[^ >/]', page)


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("shade", SHADES, ids=lambda shade: shade.word)
def test_ink_and_ground(shade: object) -> None:
    """WCAG AA: 4.5:1."""
    high, low = sorted((luminance(shade.ground), luminance(shade.ink)), reverse=True)  # type: ignore[attr-defined]
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_a_large_map_is_drawn_within_a_second() -> None:
    rows = [
        (f"{IAM}:role/r{n}", f"s{m}", 1, Verdict.USED if (n * m) % 3 else Verdict.UNUSED)
        for n in range(100)
        for m in range(200)
    ]
    large = table(*rows)
    begin = time.process_time()
    page = GrantedUsedMap(large).html()
    assert time.process_time() - begin < 3  # the machine may be busy
    assert page.count("<tr>") == 101


def test_a_large_map_to_click_on_is_made_quickly() -> None:
    """Less than a second as a rule (bench_views.py); here the machine may be busy."""
    large = table(
        *((f"{IAM}:role/r{n}", f"s{m}", 1, Verdict.USED) for n in range(100) for m in range(200))
    )
    begin = time.process_time()
    bundle = GrantedUsedMap(large)._repr_mimebundle_()
    assert time.process_time() - begin < 4
    assert "application/vnd.jupyter.widget-view+json" in bundle


# -- what is behind a field ---------------------------------------------------------------------

AT = pd.Timestamp("2026-11-02T09:00:00Z")


def told(*rows: tuple[str, str, str, Verdict, int, int, str]) -> GrantedUsedMap:
    """(principal, service, action, verdict, uses, denied, statements)."""
    columns = ["principal", "service", "action", "verdict", "uses", "denied", "statements"]
    table = pd.DataFrame(rows, columns=columns)
    for times, count in (("last_used", "uses"), ("last_denied", "denied")):
        table[times] = [AT + pd.Timedelta(hours=n) if n else pd.NaT for n in table[count]]
    return GrantedUsedMap(table)


FULL = told(
    (ANN, "s3", "s3:GetObject", Verdict.USED, 3, 0, "Read, statement no. 1"),
    (ANN, "s3", "s3:ListBucket", Verdict.USED, 5, 1, "Read, statement no. 1"),
    (ANN, "s3", "s3:PutObject", Verdict.UNUSED, 0, 0, "Write, statement Files"),
    (ANN, "s3", "s3:DeleteObject", Verdict.UNUSED, 0, 0, "Write, statement Files"),
    (ANN, "s3", "s3:PutBucketAcl", Verdict.ONLY_DENIED, 0, 2, ""),
    (ANN, "kms", "kms:ListKeys", Verdict.TOO_NEW, 0, 0, "Keys, statement no. 1"),
    (OPS, "sqs", "sqs:SendMessage", Verdict.NO_DATA_EVENTS, 0, 0, "Work, statement no. 2"),
)


def test_details_of_a_field() -> None:
    lines = [" ".join(line.split()) for line in repr(FULL.details("user/ann", "s3")).splitlines()]
    assert lines == [
        "user/ann, s3: 2 of 4 actions used",
        "Action Calls Last call Denied Last denied Verdict Granted by",
        "s3:ListBucket 5 2026-11-02 14:00 UTC 1 2026-11-02 10:00 UTC ✔ used Read, statement no. 1",
        "s3:GetObject 3 2026-11-02 12:00 UTC 0 never ✔ used Read, statement no. 1",
        "s3:PutBucketAcl 0 never 2 2026-11-02 11:00 UTC ⚠ tried, not granted none of its own",
        "○ 2 unused, granted by Write, statement Files",
        "s3:DeleteObject, s3:PutObject",
    ]
    assert repr(FULL.details(ANN, "s3")) == repr(FULL.details("user/ann", "s3"))


def test_details_of_all_services_and_of_none() -> None:
    everything = repr(FULL.details(ANN))
    assert everything.startswith("user/ann, 2 services: 2 of 5 actions used")
    assert "⚠ 1 granted for less than the tracking period, granted by Keys" in everything
    assert repr(FULL.details(OPS, "s3")) == "role/team/ops, s3: nothing granted and nothing used"
    assert "0 of 1 action used" in repr(FULL.other_details(OPS))
    with pytest.raises(ValueError, match='no principal "user/eve"'):
        FULL.details("user/eve")


def test_where_nothing_is_granted_the_record_is_told() -> None:
    """As where there is a trail and no word about the account's policies."""
    seen = told(
        (ANN, "s3", "s3:ListBucket", Verdict.ELSEWHERE, 5, 0, ""),
        (ANN, "s3", "s3:GetObject", Verdict.ELSEWHERE, 1, 0, ""),
    )
    assert repr(seen).endswith("details(…) says what is in the record: user/ann.")
    assert "user/ann" in seen.html()
    assert repr(seen.details(ANN)).startswith("user/ann, s3: nothing granted, 2 in the record\n")
    assert "s3:ListBucket" in Used(seen).said


def test_details_are_drawn_as_they_are_said() -> None:
    details = FULL.details(ANN)
    drawn = " ".join(re.sub(r"<[^>]+>", " ", details.html()).split())
    for line in repr(details).splitlines():
        for words in re.split(r"\s{2,}", line.strip()):
            assert words in drawn


def test_of_very_many_actions_the_rest_is_counted() -> None:
    many = GrantedUsedMap(table((ANN, "ec2", 700, Verdict.UNUSED))).details(ANN, "ec2")
    assert "and 500 more" in repr(many)
    assert "and 500 more" in many.html()


def widgets(box: ipywidgets.Widget) -> list[ipywidgets.Widget]:
    return [box, *(each for child in getattr(box, "children", ()) for each in widgets(child))]


class Used:
    """The form's parts by their labels."""

    def __init__(self, drawn: GrantedUsedMap) -> None:
        self.all = widgets(drawn.widget)

    def __getitem__(self, label: str) -> ipywidgets.Widget:
        (found,) = (one for one in self.all if getattr(one, "description", "") == label)
        return found

    @property
    def rows(self) -> list[str]:
        """The principals that are shown, in their order."""
        grid = next(one for one in self.all if one.layout.max_height == "32em")
        return [row.description for row in grid.children[1:]]

    @property
    def said(self) -> str:
        return str(self.all[-1].value)


def test_a_click_chooses_a_field() -> None:
    form = Used(GrantedUsedMap(TABLE))
    assert "role/team/ops, 4 services: 3 of 19 actions used" in form.said
    form["user/ann"].index = 1
    assert form["Principal"].value == ANN
    assert form["Service"].value == "s3"
    assert "user/ann, s3: 2 of 25 actions used" in form.said
    form["role/team/ops"].index = 2
    assert form["user/ann"].index is None
    assert "role/team/ops, 2 services: 0 of 16 actions used" in form.said


def test_the_lists_choose_a_field_too() -> None:
    form = Used(GrantedUsedMap(TABLE))
    at = [getattr(one, "description", "") for one in form.all]
    assert at.index("Service") < at.index("user/ann")  # before the many buttons, for the keyboard
    form["Principal"].value = ANN
    form["Service"].value = "s3"
    assert form["user/ann"].index == 1
    form["Service"].value = "iam"  # it has no column of its own
    assert form["user/ann"].index is None
    assert "user/ann, iam: nothing granted and nothing used" in form.said


def test_principals_are_found_and_ordered() -> None:
    form = Used(FULL)
    assert form.rows == ["role/team/ops", "user/ann"]
    form["Order"].value = "most unused actions first"
    assert form.rows == ["user/ann", "role/team/ops"]
    form["Order"].value = "smallest share used first"
    assert form.rows == ["role/team/ops", "user/ann"]
    form["Only principals with"].value = " ANN"
    assert form.rows == ["user/ann"]
    assert any("1 of 2 principals" in str(getattr(one, "value", "")) for one in form.all)
    form["Only principals with"].value = "nobody"
    assert form.rows == []


def large() -> GrantedUsedMap:
    """90 principals by 70 services, one action each, every third used."""
    fields = [(n, m) for n in range(90) for m in range(70)]
    verdicts = (Verdict.USED, Verdict.UNUSED, Verdict.UNUSED)
    return GrantedUsedMap(
        table(*((f"{IAM}:role/r{n:02}", f"s{m:02}", 1, verdicts[(n + m) % 3]) for n, m in fields))
    )


def test_a_large_map_has_buttons_for_a_part_and_is_drawn_as_a_whole() -> None:
    drawn = large()
    form = Used(drawn)
    assert form.rows == [f"role/r{n:02}" for n in range(ROWS)]
    first = form["role/r00"]
    assert len(first.options) == COLUMNS
    services = drawn.services
    form["Service"].value = services[65]
    form["Principal"].value = f"{IAM}:role/r85"
    assert form["Principals with buttons"].label == "81 to 90 of 90"
    assert form["Services with buttons"].label == "61 to 70 of 70"
    form = Used(drawn)
    assert form.rows == [f"role/r{n:02}" for n in range(80, 90)]
    assert form["role/r85"].index == 5
    assert form["role/r84"].index is None
    form["role/r84"].index = 2
    assert form["Principal"].value == f"{IAM}:role/r84"
    assert form["Service"].value == services[62]
    assert f"role/r84, {services[62]}: " in form.said
    form["Services with buttons"].value = 0
    form = Used(drawn)
    assert form["Service"].value == services[62], "another part is looked at, nothing else chosen"
    assert form["role/r84"].index is None


def test_what_fits_on_buttons_is_not_drawn_twice() -> None:
    drawn = large()
    form = Used(drawn)
    wholes = [one for one in form.all if "<svg" in str(getattr(one, "value", ""))]
    assert len(wholes) == 1
    small = Used(GrantedUsedMap(TABLE))
    assert not any("<svg" in str(getattr(one, "value", "")) for one in small.all)
    form["Only principals with"].value = "r8"
    assert form["Principals with buttons"].options == (("1 to 10 of 10", 0),)
    assert "10 principals by 70 columns" in wholes[0].value


def test_the_whole_has_a_point_for_each_field() -> None:
    drawn = large()
    picture = overview(drawn, drawn.names, range(40), range(30))
    lengths = {
        ground: sum(map(int, re.findall(r"h(\d+)", path)))
        for path, ground in re.findall(r'<path d="([^"]*)" stroke="([^"]*)"', picture)
    }
    assert lengths == {SHADES[0].ground: 4200, SHADES[-1].ground: 2100}
    assert 'viewBox="0 0 70 90"' in picture
    assert '<rect x="0" y="0" width="30" height="40"' in picture


def test_an_empty_map_has_a_form_that_says_so() -> None:
    assert "Nothing is granted" in Used(GrantedUsedMap(table())).said
