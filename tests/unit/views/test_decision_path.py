"""The row of gates: what it says of each kind of decision, and that names in it are data."""

from __future__ import annotations

import doctest
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from view_builders import HOSTILE
from view_builders import decision_path as decision_path_of

from helpers.cards import BAD, GOOD, NEUTRAL
from helpers.lab.errors import AwsError
from helpers.lab.explanation import Explanation, Refusal
from helpers.policy import Policies, Request, evaluate
from helpers.views import DecisionPath, decision_path
from helpers.views.decision_drawing import COLOURS

USER = "arn:aws:iam::111122223333:user/analyst"
ROOT = "arn:aws:iam::111122223333:root"


def document(effect: str, action: str = "s3:*", sid: str = "X", **others: Any) -> dict[str, Any]:
    statement = {"Sid": sid, "Effect": effect, "Action": action, "Resource": "*", **others}
    return {"Version": "2012-10-17", "Statement": [statement]}


ALLOW, DENY = document("Allow"), document("Deny", sid="No")


def path(policies: Policies, principal: str = USER) -> DecisionPath:
    request = Request("s3:GetObject", "arn:aws:s3:::payroll/2026.csv", principal)
    return DecisionPath(evaluate(request, policies))


def lines(policies: Policies, principal: str = USER) -> list[str]:
    return [" ".join(line.split()) for line in repr(path(policies, principal)).splitlines()[1:]]


def test_doctest() -> None:
    failed, tried = doctest.testmod(decision_path)
    assert tried
    assert not failed


def test_a_deny_decides_and_nothing_else_is_asked() -> None:
    found = lines(Policies(identity=[("Reading", ALLOW), ("Closed", DENY)], session=ALLOW))
    assert found == ["a Deny anywhere? ✖ yes: statement No of Closed", "→ ✖ denied explicitly"]


@pytest.mark.parametrize("place", ["permissions_boundary", "session", "resource"])
def test_a_deny_anywhere(place: str) -> None:
    deny = DENY
    if place == "resource":
        deny = document("Deny", sid="No", Principal="*")
    found = lines(Policies(identity=[ALLOW], **{place: ("Other", deny)}))
    assert found[0] == "a Deny anywhere? ✖ yes: statement No of Other"


def test_every_gate_in_the_order_of_evaluation() -> None:
    found = lines(
        Policies(
            identity=[("Reading", ALLOW)],
            permissions_boundary=("Edge", document("Allow", "s3:Get*", sid="")),
            session=("Narrow", document("Allow", "ec2:*")),
            service_control=[[("Full", ALLOW)], [("Unit", ALLOW)]],
            resource_control=[[("FullR", document("Allow", Principal="*"))]],
        )
    )
    assert [line.partition("✔")[0].partition("○")[0].strip() for line in found] == [
        "a Deny anywhere?",
        "resource control policy level 1",
        "service control policy level 1",
        "service control policy level 2",
        "resource-based policy",
        "identity-based policy",
        "permissions boundary",
        "session policy",
        "→ ✖ denied, because no session policy allows it",
    ]
    assert found[5] == "identity-based policy ✔ allows: statement X of Reading"
    assert found[6] == "permissions boundary ✔ allows: statement no. 1 of Edge"
    assert found[7] == "session policy ○ does not allow"


def test_the_root_user_is_not_asked_for_its_policies() -> None:
    found = lines(Policies(identity=[DENY]), ROOT)
    assert found[0] == "a Deny anywhere? ✔ no"
    assert "identity-based policy ○ not asked: the root user may do everything" in found[2]
    assert found[-1] == "→ ✔ allowed"


def test_the_picture_says_what_the_text_says() -> None:
    drawn = path(Policies(identity=[("Reading", ALLOW)]))
    bundle = drawn._repr_mimebundle_()
    for word in ("a Deny anywhere?", "there is none", "statement X of Reading", "✔ allowed"):
        assert word in bundle["text/html"]
    assert bundle["text/plain"] == repr(drawn)


def test_hostile_names_stay_text() -> None:
    name = '"><img src=x onerror=alert(1)>'
    for effect in ("Allow", "Deny"):
        drawn = path(Policies(identity=[(name, document(effect))])).html()
        assert "<img" not in drawn
    request = Request("s3:GetObject", f"arn:aws:s3:::payroll/{name}", USER)
    assert "<img" not in DecisionPath(evaluate(request, Policies(identity=[ALLOW]))).html()


def test_of_what_lab_why_explains() -> None:
    denied = path(Policies(identity=[DENY])).decision
    error = AwsError("AccessDenied", denied.message, 403)
    assert repr(DecisionPath(Explanation(Refusal("GetObject", error, denied)))) == repr(
        DecisionPath(denied)
    )
    for nothing in (Explanation(None), Explanation(Refusal("GetObject", error)), "denied", None):
        with pytest.raises(ValueError, match=r"expected a Decision, or lab\.why\(\)"):
            DecisionPath(nothing)  # type: ignore[arg-type]


# -- as a drawing of its own -----------------------------------------------------------------------

SVG = "{http://www.w3.org/2000/svg}"


def svg(drawn: DecisionPath) -> ElementTree.Element:
    return ElementTree.fromstring(drawn.svg())


def contrast(one: str, other: str) -> float:
    """WCAG's contrast of two colours."""

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    high, low = sorted(map(luminance, (one, other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_the_drawing_is_an_svg_that_says_what_the_words_say(hostile: str) -> None:
    drawn = decision_path_of(HOSTILE[hostile])
    root = svg(drawn)
    texts = [element.text or "" for element in root.iter(f"{SVG}text")]
    said = "".join(texts).replace(" ", "")
    for line in repr(drawn).splitlines():
        for words in re.split(r"\s{3,}|^\s+→ |: ", line.strip()):
            assert words.removeprefix("→ ").replace(" ", "") in said
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {
        "svg", "title", "desc", "style", "rect", "text", "path",
    }  # fmt: skip
    assert root.find(f"{SVG}desc").text == repr(drawn)  # type: ignore[union-attr]


@pytest.mark.parametrize("hostile", ["a long one", "right to left", "markdown"])
def test_nothing_in_the_drawing_sticks_out(hostile: str) -> None:
    """A letter of a font of one width is at most 0.61 of its size wide; one of East Asia, twice."""
    for name in (HOSTILE[hostile], "\u6771\u4eac" * 60):
        root = svg(decision_path_of(name))
        width, height = int(root.get("width", "")), int(root.get("height", ""))
        for text in root.iter(f"{SVG}text"):
            letters = sum(2 if ord(each) > 0x2E80 else 1 for each in text.text or "")
            assert int(text.get("x", "")) + letters * 0.61 * 14 <= width
            assert int(text.get("y", "")) <= height


def test_the_drawing_can_be_read_in_light_and_dark() -> None:
    for scheme, (ink, ground) in COLOURS.items():
        assert contrast(ink, ground) >= 4.5
        for tone in (GOOD, BAD, NEUTRAL):
            assert contrast(tone.fallback, ground) >= 3, scheme
    page = decision_path_of("ann").svg()
    light, _, dark = page.partition("@media (prefers-color-scheme: dark)")
    assert COLOURS["light"][0] in light
    assert COLOURS["dark"][0] in dark
    assert not re.search(r"(?i)<script|href|url\(|@import", page)
