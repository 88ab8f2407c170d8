"""Names, lengths, durations and session tags that STS refuses before it asks any policy.

AWS pages: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_know
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from helpers.lab.callers import Principal
from helpers.lab.constraints import Violation, validation_error, violations
from helpers.lab.errors import AwsError
from helpers.lab.services.registry import checks
from helpers.lab.wire import Call
from helpers.lab.world import World

# What the pages say and botocore's model does not.
LONGEST = {"Policy": 2_048, "PolicyArns": 10}
"""Characters of an inline session policy; managed session policies."""


@checks("sts")
def check_parameters(call: Call, _principal: Principal, _world: World) -> None:
    """Raise ``AwsError`` for parameters that are not as STS's model and its pages ask."""
    found = violations(call.model.input_shape, call.parameters)
    if broken := found or list(_too_long(call.parameters)):
        raise validation_error(broken)
    keys = [tag["Key"].lower() for tag in call.parameters.get("Tags") or []]
    if len(set(keys)) < len(keys):
        raise _invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    if any(key.startswith("aws:") for key in keys):
        raise _invalid("Tag keys and values cannot start with aws:")


def _too_long(parameters: Mapping[str, Any]) -> Iterator[Violation]:
    for name, longest in LONGEST.items():
        value = parameters.get(name) or ""
        if len(value) > longest:
            yield Violation(
                f"{name[:1].lower()}{name[1:]}",
                f"Value '{value}'",
                f"Member must have length less than or equal to {longest}",
            )


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message)
