"""Small words for the tests of IAM Access Analyzer: a client whose answers are checked."""

from __future__ import annotations

import json
from typing import Any

from lab_calls import ACCOUNT

from helpers import Lab

ARN = f"arn:aws:access-analyzer:us-east-1:{ACCOUNT}:analyzer/"
OTHER = "444455556666"


def analyzer_client(lab: Lab, **options: Any) -> Any:
    """A stock client; each of its answers has to be what botocore's model says, and all of it.

    boto3 drops what its model does not know, and misses nothing that a model requires.
    """
    client = lab.root.client("accessanalyzer", **options)

    def check(http_response: Any, parsed: Any, model: Any, **_: Any) -> None:
        if http_response.status_code < 300 and model.output_shape is not None:
            raw = json.loads(http_response.content or b"{}")
            faults = list(differences(model.output_shape, raw, model.name))
            assert not faults, faults

    client.meta.events.register("after-call.accessanalyzer", check)
    return client


def differences(shape: Any, value: Any, path: str) -> Any:
    """What in an answer is unknown to the model, missing by it, or of another type."""
    if shape.type_name == "structure":
        if not isinstance(value, dict):
            yield f"{path} is no structure"
            return
        yield from (f"{path}.{name} is unknown" for name in value if name not in shape.members)
        required = getattr(shape, "required_members", [])
        yield from (f"{path}.{name} is missing" for name in required if value.get(name) is None)
        if getattr(shape, "is_tagged_union", False) and len(value) != 1:
            yield f"{path} has {len(value)} members of a union"
        for name, item in value.items():
            if name in shape.members:
                yield from differences(shape.members[name], item, f"{path}.{name}")
    elif shape.type_name == "list":
        for number, item in enumerate(value):
            yield from differences(shape.member, item, f"{path}[{number}]")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from differences(shape.value, item, f"{path}[{key}]")
    elif shape.type_name == "string":
        allowed = getattr(shape, "enum", None)
        if not isinstance(value, str) or (allowed and value not in allowed):
            yield f"{path} is {value!r}"
    elif shape.type_name == "boolean" and not isinstance(value, bool):
        yield f"{path} is {value!r}"


def external(client: Any, name: str = "outside") -> str:
    """An analyzer of external access; its ARN."""
    return client.create_analyzer(analyzerName=name, type="ACCOUNT")["arn"]


def unused(client: Any, age: int = 90, name: str = "unused", **rule: Any) -> str:
    """An analyzer of unused access; its ARN."""
    configuration: dict[str, Any] = {"unusedAccessAge": age}
    if rule:
        configuration["analysisRule"] = rule
    return client.create_analyzer(
        analyzerName=name,
        type="ACCOUNT_UNUSED_ACCESS",
        configuration={"unusedAccess": configuration},
    )["arn"]


def findings(client: Any, arn: str, **criteria: Any) -> list[dict[str, Any]]:
    """The findings that meet equal criteria."""
    wanted = {key: {"eq": [value]} for key, value in criteria.items()}
    pages = client.get_paginator("list_findings_v2").paginate(analyzerArn=arn, filter=wanted)
    return [one for page in pages for one in page["findings"]]


def details(client: Any, arn: str, finding: dict[str, Any]) -> list[dict[str, Any]]:
    """All details of a finding, each without the name of its kind."""
    pages = client.get_paginator("get_finding_v2").paginate(analyzerArn=arn, id=finding["id"])
    return [next(iter(one.values())) for page in pages for one in page["findingDetails"]]
