"""Wildcards against a slow matcher that is plainly right, and against hostile input."""

from __future__ import annotations

import time
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from helpers.policy import Policies, Request, evaluate
from helpers.policy.arn import bind_to_segments
from helpers.policy.patterns import (
    ANY,
    SEGMENT_ANY,
    SEGMENT_STAR,
    STAR,
    Wildcard,
    compile_tokens,
    tokenize,
)

tokens = st.lists(
    st.one_of(
        st.text("ab:", min_size=1, max_size=3),
        st.sampled_from([STAR, ANY]),
    ),
    max_size=9,
)
texts = st.text("ab:", max_size=14)


def slowly(pattern: list[str | Wildcard], text: str) -> bool:
    """Every way to place every wildcard is tried."""
    places: list[str | Wildcard] = []
    for token in pattern:
        places += token if isinstance(token, str) else [token]

    @cache
    def match(place: int, at: int) -> bool:
        if place == len(places):
            return at == len(text)
        token = places[place]
        here = text[at] if at < len(text) else None
        if token in (STAR, SEGMENT_STAR):
            may_stay = here is not None and (token is STAR or here != ":")
            return match(place + 1, at) or (may_stay and match(place, at + 1))
        fits = here is not None and (
            token is ANY or (token is SEGMENT_ANY and here != ":") or token == here
        )
        return fits and match(place + 1, at + 1)

    return match(0, 0)


@settings(max_examples=250, deadline=None)
@given(tokens, texts)
@example(["a", STAR, "a"], "a")
@example([STAR, "ab", STAR, "b"], "ab")
def test_globs(pattern: list[str | Wildcard], text: str) -> None:
    assert compile_tokens(pattern).matches(text) is slowly(pattern, text)


@settings(max_examples=350, deadline=None)
@given(tokens, texts, st.booleans())
@example(["arn:a", STAR, "b", STAR, ":", STAR, "a:b"], "arn:aab::a:b", True)
def test_arns(pattern: list[str | Wildcard], text: str, last_star_crosses: bool) -> None:
    bound, _ = bind_to_segments(pattern, last_star_crosses=last_star_crosses)
    assert compile_tokens(bound).matches(text) is slowly(bound, text)


def test_which_wildcards_cross_colons() -> None:
    """In the Resource element, and in the ARN operators."""
    pattern = tokenize("arn:*:a*b:?*:x:*:c*?")
    resource, colons = bind_to_segments(pattern, last_star_crosses=True)
    assert colons == 6
    assert [token for token in resource if isinstance(token, Wildcard)] == [
        *(STAR, SEGMENT_STAR, SEGMENT_ANY, STAR),
        *(STAR, STAR, ANY),
    ]
    condition, _ = bind_to_segments(pattern, last_star_crosses=False)
    assert [token for token in condition if isinstance(token, Wildcard)] == [
        *(SEGMENT_STAR, SEGMENT_STAR, SEGMENT_ANY, SEGMENT_STAR),
        *(STAR, STAR, ANY),
    ]


MANY = 2000
HOSTILE = {
    "stars": ("*a" * MANY + "b", "a" * 4 * MANY),
    "stars in a row": ("*" * MANY + "b", "a" * 4 * MANY),
    "stars and marks": ("*?a" * (MANY // 4) + "b", "a" * 4 * MANY),
    "marks": ("?" * MANY + "*b", "a" * 4 * MANY),
    "a long piece": ("*" + "a" * MANY + "b*c", "a" * 4 * MANY),
    "parts of an ARN": ("arn:" + "a*" * MANY + "b:c?:d*:e:f*", "arn:" + "a" * 4 * MANY + ":c"),
    "colons": ("arn:a*:b*c:*:a*b:" + "?*" * MANY, "arn:" + ":a" * 4 * MANY),
    "nested words": ("(a+)+*" * 200 + "$", "(a+)+" * MANY),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_patterns_take_no_time(name: str) -> None:
    pattern, text = HOSTILE[name]
    statements = [
        {"Effect": "Allow", "Action": "*", "Resource": pattern},
        {"Effect": "Allow", "Action": "s3:" + pattern.replace(":", ""), "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": "*",
            "Resource": "*",
            "Condition": {"StringLike": {"x:y": pattern}, "ArnLike": {"x:z": pattern}},
        },
    ]
    policies = Policies(identity=[{"Version": "2012-10-17", "Statement": statements}])
    principal = "arn:aws:iam::111122223333:user/ann"
    request = Request("s3:" + text, text, principal, {"x:y": text, "x:z": text})
    start = time.process_time()
    evaluate(request, policies)
    # Milliseconds in truth; backtracking would take longer than the universe has.
    assert time.process_time() - start < 5


def test_hostile_variables_take_no_time() -> None:
    pattern = "arn:aws:s3:::" + "${a:b}*?" * 1000 + "c"
    document = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "*", "Resource": pattern},
    }
    request = Request(
        "s3:x",
        "arn:aws:s3:::" + "a" * 8000,
        "arn:aws:iam::111122223333:user/ann",
        {"a:b": "a"},
    )
    start = time.process_time()
    assert not evaluate(request, Policies(identity=[document])).allowed
    assert time.process_time() - start < 5
    document["Statement"]["Resource"] = "arn:aws:s3:::" + "${" * 20_000
    assert not evaluate(request, Policies(identity=[document])).allowed
    assert time.process_time() - start < 10
