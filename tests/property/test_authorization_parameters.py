"""Whatever a caller writes into parameters, the tables ask for something or refuse."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers import Lab
from helpers.lab.errors import AwsError

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "lab"))

from authorization_samples import ANN, SERVICES, call, model, sample

from helpers.lab.authorization import other_account, requirements
from helpers.lab.context import merged
from helpers.policy import Request

TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "",
            "*",
            "arn:",
            "arn:aws:kms:us-east-1:111122223333:alias/x",
            "arn:aws:kms",
            "arn:aws:dynamodb:us-east-1:999999999999:table/t",
            "alias/",
            "/",
            ":",
            "${Account}",
            "111122223333:function:f",
            "SELECT",
            "https://sqs.us-east-1.amazonaws.com/1/q",
        ]
    ),
)
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.binary(max_size=40), TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["Key", "Value", "TableName", "Put", "KeyId", "x"]), inner, max_size=3
        ),
    ),
    max_leaves=6,
)
OPERATIONS = [(service, name) for service in SERVICES for name in model(service).operation_names]


@pytest.fixture(scope="module", autouse=True)
def lab() -> Iterator[Lab]:
    yield Lab.start()
    Lab.stop()


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(OPERATIONS), st.data())
def test_every_call_is_asked_about_or_refused(operation: tuple[str, str], data: Any) -> None:
    service, name = operation
    shape = model(service).operation_model(name).input_shape
    parameters = dict(sample(shape) or {})
    for parameter in parameters:
        if data.draw(st.booleans()):
            parameters[parameter] = data.draw(ANYTHING)
    asked = call(service, name, parameters)
    # An error of AWS's is an answer; any other ends the test.
    with contextlib.suppress(AwsError):
        found = requirements(asked, ANN, ANN.account_id)
        assert found
        for need in found:
            assert isinstance(need.resource, str)
            assert need.resource
            with contextlib.suppress(ValueError):  # which the gate turns into a refusal
                Request(need.action, need.resource, ANN.arn, merged(need.context))
    other_account(asked, ANN, ANN.account_id)
