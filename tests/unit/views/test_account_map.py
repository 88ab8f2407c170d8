"""The account map: what it says, whom it is about, its pictures and its form."""

from __future__ import annotations

import base64
import doctest
import re
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.analysis.permissions.becoming import ANY_PERMISSION
from helpers.views import AccountMap, account_map
from helpers.views.account_map import WHOLE, picture, telling

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
from generated_account import account, policy, trust

ARN = "arn:aws:iam::111122223333"
ANN, OPS = f"{ARN}:user/ann", f"{ARN}:role/ops"
EVERYTHING = {"PolicyName": "Everything", "PolicyDocument": policy("*")}
SMALL: dict[str, Any] = {
    "UserDetailList": [
        {"UserName": "ann", "Arn": ANN, "GroupList": ["staff"]},
        {"UserName": "ben", "Arn": f"{ARN}:user/ben", "UserPolicyList": [
            {"PolicyName": "Keys", "PolicyDocument": policy("iam:CreateAccessKey", ANN)}]},
        {"UserName": "eve", "Arn": f"{ARN}:user/eve"},
    ],
    "GroupDetailList": [{"GroupName": "staff", "GroupPolicyList": [
        {"PolicyName": "Read", "PolicyDocument": policy("s3:Get*")}]}],
    "RoleDetailList": [
        {"RoleName": "ops", "Arn": OPS, "RolePolicyList": [EVERYTHING],
         "AssumeRolePolicyDocument": trust(AWS=ANN)},
        {"RoleName": "web", "Arn": f"{ARN}:role/web", "AssumeRolePolicyDocument":
            trust(Service="ec2.amazonaws.com")},
    ],
}  # fmt: skip


def lines(shown: AccountMap) -> list[str]:
    return [line.strip() for line in repr(shown).split("\n")]


def test_doctests() -> None:
    assert doctest.testmod(account_map).failed == 0


def test_the_whole_account_in_words() -> None:
    said = lines(AccountMap(SMALL))
    assert said[0] == "Account 111122223333: 3 users, 1 group, 2 roles, 0 managed policies"
    for line in (
        "★ the root user may get any permission: no IAM policy limits it",
        "★ role/ops may get any permission: attach any policy to itself",
        "★ user/ann: assume the role → role/ops, then attach any policy to itself → any permission",
        "→ ec2.amazonaws.com may become role/web: assume the role",
        "user/ann · in staff",
        "has Read of the group staff",
        "→ may become user/ann: make an access key for it",
        "by statement no. 1 of Keys",
    ):
        assert line in said
    at = said.index("user/eve")
    assert said[at + 1 : at + 3] == ["has no policy", "role/ops"]


def test_about_somebody_in_words() -> None:
    said = lines(AccountMap(SMALL, "ann"))
    assert said[0].endswith("· about user/ann")
    for line in (
        "Read of the group staff (inline)",
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", '
        '"Resource": "*"}]}',
        "→ may become role/ops: assume the role",
        "→ user/ben may become user/ann: make an access key for it",
        "★ who may get any permission (make an access key for it): the root user, role/ops",
    ):
        assert line in said
    assert "Who is let in" in lines(AccountMap(SMALL, "ops"))
    assert lines(AccountMap(SMALL, "ec2.amazonaws.com"))[1:] == [
        "May become, at once",
        "→ may become role/web: assume the role",
        "by statement no. 1 of the trust policy",
    ]


def test_whom_it_is_about() -> None:
    shown = AccountMap(SMALL)
    assert shown.chosen == ""
    for name in ("ann", "user/ann", ANN):
        assert shown.choose(name).chosen == ANN
    assert shown.choose(None).chosen == ""
    with pytest.raises(LookupError, match=r"nobody 'anna' in the account"):
        shown.choose("anna")
    with pytest.raises(LookupError, match=r"did you mean 'user/ann'\?"):
        AccountMap(SMALL, "usr/ann")
    twice = {**SMALL, "RoleDetailList": [{"RoleName": "ann", "Arn": f"{ARN}:role/ann"}]}
    with pytest.raises(LookupError, match="may be any of these"):
        AccountMap(twice, "ann")


def titles(html: str) -> list[str]:
    return re.findall(r"<title>([^<]*)</title>", html)


def test_the_picture_of_the_whole() -> None:
    drawn = picture.whole(AccountMap(SMALL).graph).svg
    heads = re.findall(r'font-size="13"[^>]*>([^<]*)</text>', drawn)
    assert heads == ["outside", "users", "groups", "roles", "policies"]
    assert {"ann · user", "staff · group", "ops · role", "Read · policy"} <= set(titles(drawn))
    assert "user/ben may become user/ann: make an access key for it" in titles(drawn)
    assert drawn.count('rx="5"') == 12  # root, 3 users, a group, 2 roles, EC2, any, 3 policies


def test_the_pictures_about_somebody() -> None:
    pictures = picture.about(AccountMap(SMALL).graph, ANN)
    assert [each.title for each in pictures] == [
        "Whom user/ann may become",
        "Who may become user/ann",
    ]
    assert all(f"<div>{each.title}</div>" in each.inline() for each in pictures)
    away, hither = (each.svg for each in pictures)
    heads = [re.findall(r'font-size="13"[^>]*>([^<]*)</text>', one) for one in (away, hither)]
    assert heads == [["in 1 step", "in 2 steps"]] * 2
    assert "role/ops · assume the role" in titles(away)
    assert "★ any permission · attach any policy to itself" in titles(away)
    assert "★ any permission · make an access key for it" in titles(hither)
    assert "user/ben · make an access key for it" in titles(hither)
    assert away.count('<path d="M') - away.count("<marker") == 2  # one line for each other box
    (role,) = picture.about(AccountMap(SMALL).graph, f"{ARN}:role/ops")[-1:]
    assert "★ any permission · let it trust oneself, then assume it" in titles(role.svg)
    eve = picture.about(AccountMap(SMALL).graph, f"{ARN}:user/eve")
    assert [each.title for each in eve] == ["Who may become user/eve"]


def points(path: str) -> list[tuple[float, float]]:
    """Points along a path of moves, curves and level lines."""
    found: list[tuple[float, float]] = []
    for command, text in re.findall(r"([MCH])([-\d. ]+)", path):
        to = [float(each) for each in text.split()]
        if command == "M":
            found.append((to[0], to[1]))
            continue
        begin = found[-1]
        curve = [begin, *zip(to[::2], to[1::2], strict=True)] if command == "C" else [
            begin, begin, (to[0], begin[1]), (to[0], begin[1])]  # fmt: skip
        for step in range(1, 41):
            part = step / 40
            share = ((1 - part) ** 3, 3 * part * (1 - part) ** 2, 3 * part**2 * (1 - part), part**3)
            found.append(
                (
                    sum(s * x for s, (x, _) in zip(share, curve, strict=True)),
                    sum(s * y for s, (_, y) in zip(share, curve, strict=True)),
                )
            )
    return found


@given(
    st.lists(st.integers(1, 5), min_size=2, max_size=5),
    st.tuples(st.integers(0, 24), st.integers(0, 24)),
    st.integers(0, 4),
)
def test_no_line_goes_on_behind_a_box(sizes: list[int], ends: tuple[int, int], before: int) -> None:
    """It would seem to be two lines: one to that box, and one from it."""
    boxes = [[picture.Box(f"{c} {r}", "x") for r in range(size)] for c, size in enumerate(sizes)]
    flat = [box.id for column in boxes for box in column]
    source, target = (flat[end % len(flat)] for end in ends)
    lines = [picture.Drawn(source, target, "said")] * (before + 1)
    svg = picture.drawn([("head", column) for column in boxes], lines, "A picture").svg
    paths = re.findall(r'<path d="([^"]*)" fill="none"', svg)
    assert len(paths) == before + 1
    drawn = [
        (float(x), float(y))
        for x, y in re.findall(r'<rect x="(\d+)" y="(\d+)" width="190" height="40"', svg)
    ]
    assert len(drawn) == len(flat)
    for x, y in points(paths[-1]):
        for left, top in drawn:
            assert not (left < x < left + 190 and top < y < top + 40), (x, y, left, top)


def test_a_line_with_a_condition_is_dashed() -> None:
    by_mfa = trust(AWS=ANN)
    by_mfa["Statement"][0]["Condition"] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    details = {**SMALL, "RoleDetailList": [
        {"RoleName": "ops", "Arn": OPS, "AssumeRolePolicyDocument": by_mfa}]}  # fmt: skip
    assert picture.about(AccountMap(details).graph, ANN)[0].svg.count("stroke-dasharray") == 1
    assert "stroke-dasharray" not in picture.about(AccountMap(SMALL).graph, ANN)[0].svg
    assert "→ may become role/ops: assume the role · with MFA" in lines(AccountMap(details, "ann"))


def test_without_widgets_the_picture_is_an_image() -> None:
    """Of SVG in a notebook that it does not trust, JupyterLab leaves the words alone, in a heap."""
    shown = AccountMap(SMALL, "ann")
    source = re.findall(r'<img src="data:image/svg\+xml;base64,([^"]*)"', shown.html())
    drawn = ElementTree.fromstring(base64.b64decode(source[0]))
    said = [each.text for each in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert "role/ops" in said
    assert "<svg" not in shown.html()
    assert "<svg" in shown.widget.children[-1].value


def test_nobody_and_what_cannot_be_read() -> None:
    nobody = AccountMap({"UserDetailList": []})
    assert lines(nobody) == [
        "Account of an unknown number: 0 users, 0 groups, 0 roles, 0 managed policies"
    ]
    assert "<img" not in nobody.html()
    broken = {**SMALL, "Policies": 7, "GroupDetailList": []}
    assert "⚠ details: Policies is a list, this is 7; not read" in lines(AccountMap(broken))
    assert any(line.startswith("⚠ group staff of user/ann") for line in lines(AccountMap(broken)))
    assert "⚠ details: Policies is a list" in AccountMap(broken, "eve").html()


def test_the_form() -> None:
    shown = AccountMap(SMALL)
    _, names, choice, told = shown.widget.children
    assert [one for one, _ in choice.options][:3] == [WHOLE, "the root user", "user/ann"]
    choice.value = ANN
    assert shown.chosen == ANN
    said = re.findall(r'role="status">(.*?)</strong>', told.value)  # the head, and no more
    assert len(said) == 1
    assert said[0].endswith("about user/ann")
    names.value = "BEN"
    assert [arn for _, arn in choice.options] == ["", ANN, f"{ARN}:user/ben"]
    assert (choice.value, shown.chosen) == (ANN, ANN)
    shown.choose("role/web")
    assert choice.value == f"{ARN}:role/web"
    assert "about role/web" in told.value
    choice.value = ""
    assert shown.chosen == ""


def test_a_large_account() -> None:
    """500 in less than a second each as a rule (bench_views.py); here the machine may be busy."""
    shown = AccountMap(account(users=120, roles=30, groups=5))
    assert not telling.is_small(shown.graph)
    begin = time.process_time()
    whole, html = repr(shown), shown.html()
    about, drawn = repr(shown.choose("staff-10")), shown.widget.children[-1].value
    assert time.process_time() - begin < 5
    assert "<img" not in html
    assert "It is too large for one picture" in html
    assert "× → make an access key for it" in whole
    assert "user/staff-40 … and 79 more" in about
    assert "… and 107 more" in drawn
    assert all(len(one) <= 1 + telling.MOST_LINES for one in map(_of, _sections(shown)))
    assert ANY_PERMISSION in shown.graph.chains_from(shown.chosen)


def _sections(shown: AccountMap) -> list[telling.Section]:
    return list(telling.of_principal(shown.graph, shown.chosen))


def _of(section: telling.Section) -> tuple[telling.Line, ...]:
    return section.lines
