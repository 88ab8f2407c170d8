"""Which service a request is for, where the signature alone does not say."""

from __future__ import annotations

from typing import Any

import boto3
import botocore.loaders
import pytest

from helpers.lab import seam, service_names, wire
from helpers.lab.authorization import catalogue
from helpers.policy.catalogue import service_exists

# A call of each; those that share a name in the signature stand together.
CALLS = [
    ("apigateway", "get_rest_apis", {}),
    ("apigatewayv2", "get_apis", {}),
    ("dynamodb", "list_tables", {}),
    ("dynamodbstreams", "list_streams", {}),
    ("elb", "describe_load_balancers", {}),
    ("elbv2", "describe_load_balancers", {}),
    ("es", "list_domain_names", {}),
    ("opensearch", "list_domain_names", {}),
    ("iot-data", "publish", {"topic": "t"}),
    ("kinesisanalytics", "list_applications", {}),
    ("kinesisanalyticsv2", "list_applications", {}),
    ("s3", "list_buckets", {}),
    ("s3control", "list_jobs", {"AccountId": "111122223333"}),
    ("ses", "list_identities", {}),
    ("sesv2", "list_email_identities", {}),
    ("sso-admin", "list_instances", {}),
    ("stepfunctions", "list_state_machines", {}),
]


class Held(Exception):
    """In place of an answer: the request that was to be sent."""


def sent(service: str, operation: str, parameters: dict[str, Any]) -> Any:
    """The request that boto3 would send; nothing is sent."""

    def hold(request: Any, **_: Any) -> None:
        raise Held(request)

    client = boto3.client(service, region_name="us-east-1")
    client.meta.events.register_first("before-send", hold)
    with pytest.raises(Held) as caught:
        getattr(client, operation)(**parameters)
    return caught.value.args[0]


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize(("service", "operation", "parameters"), CALLS, ids=lambda it: str(it)[:30])
def test_a_request_is_told(service: str, operation: str, parameters: dict[str, Any]) -> None:
    call = wire.read(sent(service, operation, parameters))
    assert call.service == service
    assert call.operation.lower() == operation.replace("_", "")


def test_every_model_says_its_names() -> None:
    names = {names.service: names for names in service_names.all_names()}
    assert names.keys() == set(
        botocore.loaders.create_loader().list_available_services("service-2")
    )
    for service in ("elbv2", "dynamodbstreams", "kinesisanalyticsv2"):
        metadata = seam.get_service_model(service).metadata
        assert names[service] == service_names.Names.of(service, metadata)


# Services that AWS's reference has left, or not yet come to.
UNKNOWN = {"applicationcostprofiler", "iotthingsgraph", "opensearchmemory"}


def test_every_service_has_a_prefix_that_aws_knows() -> None:
    services = {names.service for names in service_names.all_names()}
    assert {it for it in services if not service_exists(catalogue.prefix(it))} == UNKNOWN
    assert set(catalogue.PREFIX_OF_SERVICE) <= services
    # No exception that the rule would have found.
    for service, prefix in catalogue.PREFIX_OF_SERVICE.items():
        assert prefix != service
        signing = next(n.signing for n in service_names.all_names() if n.service == service)
        assert not service_exists(signing) or signing == prefix
