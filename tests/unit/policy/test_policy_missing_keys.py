"""What a missing key means: every operator, with and without IfExists, under every set operator.

The table is written out here once more, apart from the engine's own, after
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from helpers.policy import Policies, PolicyError, Request, evaluate


class Sample(NamedTuple):
    """An operator with a value of a policy, and what a request may hold beside it."""

    operator: str
    expected: str
    matching: str
    other: str
    negated: bool = False


ARN = "arn:aws:s3:::"
SAMPLES = (
    Sample("StringEquals", "a", "a", "b"),
    Sample("StringNotEquals", "a", "b", "a", negated=True),
    Sample("StringEqualsIgnoreCase", "a", "A", "b"),
    Sample("StringNotEqualsIgnoreCase", "a", "b", "A", negated=True),
    Sample("StringLike", "a*", "ab", "b"),
    Sample("StringNotLike", "a*", "b", "ab", negated=True),
    Sample("NumericEquals", "5", "5.0", "6"),
    Sample("NumericNotEquals", "5", "6", "5.0", negated=True),
    Sample("NumericLessThan", "5", "4", "5"),
    Sample("NumericLessThanEquals", "5", "5", "6"),
    Sample("NumericGreaterThan", "5", "6", "5"),
    Sample("NumericGreaterThanEquals", "5", "5", "4"),
    Sample("DateEquals", "2026-01-01", "2026", "2027"),
    Sample("DateNotEquals", "2026-01-01", "2027", "2026", negated=True),
    Sample("DateLessThan", "2026-01-01", "2025", "2026"),
    Sample("DateLessThanEquals", "2026-01-01", "2026", "2027"),
    Sample("DateGreaterThan", "2026-01-01", "2027", "2026"),
    Sample("DateGreaterThanEquals", "2026-01-01", "2026", "2025"),
    Sample("Bool", "true", "true", "false"),
    Sample("BinaryEquals", "YQ==", "YQ==", "Yg=="),
    Sample("IpAddress", "10.0.0.0/8", "10.1.1.1", "11.1.1.1"),
    Sample("NotIpAddress", "10.0.0.0/8", "11.1.1.1", "10.1.1.1", negated=True),
    Sample("ArnEquals", ARN + "a", ARN + "a", ARN + "b"),
    Sample("ArnLike", ARN + "a*", ARN + "ab", ARN + "b"),
    Sample("ArnNotEquals", ARN + "a", ARN + "b", ARN + "a", negated=True),
    Sample("ArnNotLike", ARN + "a*", ARN + "b", ARN + "ab", negated=True),
)
PREFIXES = ("", "ForAllValues:", "ForAnyValue:")
SUFFIXES = ("", "IfExists")


def matches(operator: str, expected: Any, context: dict[str, Any]) -> bool:
    statement = {
        "Effect": "Allow",
        "Action": "*",
        "Resource": "*",
        "Condition": {operator: {"x:Key": expected}},
    }
    request = Request("a:b", "*", "arn:aws:iam::111122223333:user/ann", context)
    return evaluate(request, Policies(identity=[{"Statement": statement}])).allowed


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.operator)
@pytest.mark.parametrize("context", [{}, {"x:Key": None}, {"x:Key": []}, {"x:Other": "a"}])
def test_missing(sample: Sample, prefix: str, suffix: str, context: dict[str, Any]) -> None:
    if suffix == "IfExists" or prefix == "ForAllValues:":
        expected = True
    elif prefix == "ForAnyValue:":
        expected = False
    else:
        expected = sample.negated
    assert matches(prefix + sample.operator + suffix, sample.expected, context) is expected


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.operator)
def test_present(sample: Sample, prefix: str, suffix: str) -> None:
    name = prefix + sample.operator + suffix
    assert matches(name, sample.expected, {"X:key": sample.matching}) is True
    assert matches(name, [sample.expected], {"x:key": [sample.matching]}) is True
    assert matches(name, sample.expected, {"x:Key": sample.other}) is False


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.operator)
def test_some_values_match_and_others_do_not(sample: Sample, prefix: str, suffix: str) -> None:
    expected = {
        "": not sample.negated,  # without a set operator: one equal value decides
        "ForAllValues:": False,
        "ForAnyValue:": True,
    }[prefix]
    for values in ([sample.matching, sample.other], [sample.other, sample.matching]):
        assert matches(prefix + sample.operator + suffix, sample.expected, {"x:Key": values}) is (
            expected
        )


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.operator)
def test_nothing_but_an_empty_text(sample: Sample, suffix: str) -> None:
    empty = {"x:Key": [""]}
    assert matches(f"ForAllValues:{sample.operator}{suffix}", sample.expected, empty) is True
    assert matches(f"ForAnyValue:{sample.operator}{suffix}", sample.expected, empty) is False


@pytest.mark.parametrize(
    ("expected", "missing", "present"),
    [
        ("true", True, False),
        ("false", False, True),
        (True, True, False),
        (["true", "false"], True, True),
    ],
)
def test_null(expected: Any, missing: bool, present: bool) -> None:
    assert matches("Null", expected, {}) is missing
    assert matches("Null", expected, {"x:Key": None}) is missing
    assert matches("Null", expected, {"x:key": "anything"}) is present


def test_null_has_no_if_exists() -> None:
    with pytest.raises(PolicyError, match="Null itself asks whether the key is there"):
        matches("NullIfExists", "true", {})
