"""Sample calls, made from botocore's models: every parameter is there, and every name is a name."""

from __future__ import annotations

import functools
from types import SimpleNamespace
from typing import Any

import botocore.loaders
import botocore.model
from lab_calls import ACCOUNT

from helpers.lab.account import PrincipalType
from helpers.lab.authorization import requirements
from helpers.lab.authorization.requirement import Requirement
from helpers.lab.callers import Principal

SERVICES = (
    "accessanalyzer",
    "account",
    "budgets",
    "ce",
    "cloudtrail",
    "dynamodb",
    "iam",
    "kms",
    "lambda",
    "logs",
    "organizations",
    "secretsmanager",
    "ssm",
    "sts",
    "support",
)
"""The services with a table; those of S3 and EC2 have tests of their own."""

ANN = Principal(
    type=PrincipalType.USER,
    arn=f"arn:aws:iam::{ACCOUNT}:user/ann",
    identity_arn=f"arn:aws:iam::{ACCOUNT}:user/ann",
    account_id=ACCOUNT,
    user_id="AIDAEXAMPLE",
)

DEPTH = 4
"""How deep the parameters of a sample go."""


# Parameters whose value has a form of its own.
TEXTS = {
    "AliasName": "alias/sample",
    "DestinationParentId": "r-ab12",
    "GrantToken": "",
    "HandshakeId": "h-examplehandshakeid111",
    "Id": "rt-12345678",
    "InstanceId": "mi-0123456789abcdef0",
    "OrganizationalUnitId": "ou-ab12-12345678",
    "ParentId": "r-ab12",
    "Path": "/sample/",
    "PathPrefix": "/sample/",
    "TargetPrincipal": ACCOUNT,
    "PolicyId": "p-examplepolicyid111",
    "RootId": "r-ab12",
    "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/sample",
    "SourceParentId": "ou-ab12-12345678",
    "Statement": "SELECT * FROM \"music\" WHERE artist = 'sample'",
    "Target": "i-0123456789abcdef0",
}
# Instances in one list: one of EC2's and one of one's own.
INSTANCES = ("i-0123456789abcdef0", "mi-0123456789abcdef0")


def _text(shape: botocore.model.Shape, name: str) -> str:
    if getattr(shape, "enum", None):
        return shape.enum[0]
    return TEXTS.get(name, f"sample-{name.lower()}")


@functools.cache
def model(service: str) -> botocore.model.ServiceModel:
    raw = botocore.loaders.create_loader().load_service_model(service, "service-2")
    return botocore.model.ServiceModel(raw, service)


def sample(shape: botocore.model.Shape | None, name: str = "", depth: int = 0) -> Any:
    """A value of a shape; a text is an ARN of no particular thing where its name says ARN."""
    if shape is None or depth > DEPTH:
        return None
    if shape.type_name == "structure":
        return {key: sample(inner, key, depth + 1) for key, inner in shape.members.items()}
    if name == "InstanceIds":
        return list(INSTANCES)
    if shape.type_name == "list":
        return [sample(shape.member, name.removesuffix("s"), depth + 1)]
    if shape.type_name == "map":
        return {f"{name or 'key'}-key": sample(shape.value, name, depth + 1)}
    if shape.type_name == "string":
        return _text(shape, name)
    return {"boolean": True, "integer": 1, "long": 1, "blob": b"sample"}.get(shape.type_name, 1)


def call(service: str, operation: str, parameters: dict[str, Any] | None = None) -> Any:
    """A call of an operation; with all its parameters, where none are given."""
    operation_model = model(service).operation_model(operation)
    if parameters is None:
        parameters = sample(operation_model.input_shape) or {}
    return SimpleNamespace(
        service=service,
        operation=operation,
        parameters=parameters,
        region="us-east-1",
        model=operation_model,
    )


def needs(
    service: str, operation: str, parameters: dict[str, Any] | None = None
) -> list[Requirement]:
    """What a call of the user ann needs."""
    return requirements(call(service, operation, parameters), ANN, ACCOUNT)
