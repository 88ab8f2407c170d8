"""What neither moto nor the lab answers is said so, clearly, and never by a traceback."""

from __future__ import annotations

from collections.abc import Callable

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    EndpointResolutionError,
    NoAuthTokenError,
    ParamValidationError,
)
from lab_calls import new_user, outcome, refused

from helpers import Lab

LOOSE = Config(parameter_validation=False)


@pytest.mark.parametrize(
    ("service", "method", "parameters", "name"),
    [
        ("bedrock", "list_foundation_models", {}, "bedrock:ListFoundationModels"),
        ("chime", "list_accounts", {}, "chime"),
        ("iam", "get_organizations_access_report", {"JobId": "a" * 36}, "iam:GetOrg"),
        ("cloudtrail", "list_public_keys", {}, "cloudtrail:ListPublicKeys"),
        ("sts", "get_delegated_access_token", {"TradeInToken": "x"}, "sts:GetDelegated"),
        # Signed by version 2; in CBOR; at a host of another service that moto has.
        ("sdb", "list_domains", {}, "sdb:ListDomains"),
        ("eventbridgev2", "list_event_buses", {}, "eventbridgev2:ListEventBuses"),
        ("s3outposts", "list_endpoints", {}, "s3outposts:ListEndpoints"),
        ("resiliencehubv2", "list_dependencies", {}, "resiliencehubv2:ListDependencies"),
        # Where moto would start containers.
        ("batch", "submit_job", {"jobName": "j", "jobQueue": "q", "jobDefinition": "d"}, "batch:S"),
        ("lambda", "invoke", {"FunctionName": "f"}, "lambda:Invoke"),
    ],
)
def test_by_name_through_a_client_error(
    lab: Lab, service: str, method: str, parameters: dict, name: str
) -> None:
    message = refused("NotSimulated", getattr(boto3.client(service), method), **parameters)
    assert name in message
    assert "nothing was done" in message


def test_a_denial_comes_before_not_simulated(lab: Lab) -> None:
    """Policies are evaluated for calls that nobody simulates, as far as they can be told."""
    ann = new_user(lab, "ann")
    call = ann.client("iam").get_organizations_access_report
    assert outcome(call, JobId="a" * 36) in ("AccessDenied", "NotSimulated")


@pytest.mark.parametrize(
    ("service", "method", "parameters"),
    [
        ("sts", "get_federation_token", {}),
        ("sts", "get_session_token", {"SerialNumber": "x"}),
        ("iam", "create_user", {}),
        ("iam", "create_user", {"UserName": "x" * 200}),
        ("iam", "create_access_key", {"UserName": "nobody"}),
        ("iam", "enable_mfa_device", {}),
        ("iam", "put_user_policy", {"UserName": "nobody"}),
        ("iam", "list_users", {"MaxItems": "many"}),
        ("iam", "create_virtual_mfa_device", {}),
        ("iam", "attach_user_policy", {"UserName": "admin"}),
        ("s3", "list_objects_v2", {"Bucket": "payroll", "MaxKeys": -5}),
        ("s3", "put_object_tagging", {"Bucket": "payroll", "Key": "2026.csv", "Tagging": {}}),
        ("s3", "put_bucket_versioning", {"Bucket": "payroll", "VersioningConfiguration": {}}),
        ("s3", "put_bucket_policy", {"Bucket": "nowhere-at-all", "Policy": "{}"}),
        (
            "s3",
            "upload_part",
            {"Bucket": "payroll", "Key": "x", "PartNumber": 1, "UploadId": "no", "Body": b""},
        ),
        ("s3", "copy_object", {"Bucket": "payroll", "Key": "x", "CopySource": "nonsense"}),
        ("ec2", "delete_vpc", {}),
        ("ec2", "describe_instances", {"InstanceIds": ["i-0"]}),
        ("cloudtrail", "create_trail", {}),
    ],
)
def test_odd_parameters_end_in_an_error_of_aws_or_of_the_lab(
    house: Lab, service: str, method: str, parameters: dict
) -> None:
    call = getattr(boto3.client(service, config=LOOSE), method)
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    status = caught.value.response["ResponseMetadata"]["HTTPStatusCode"]
    code = caught.value.response["Error"]["Code"]
    assert status == 501 if code == "NotSimulated" else 400 <= status < 500
    house.caller("admin").client("s3").list_buckets()  # and the account goes on


def test_requests_that_are_no_call_at_all(lab: Lab) -> None:
    import requests

    for url in (
        "https://iam.amazonaws.com/",
        "https://iam.amazonaws.com/?Action=NoSuchAction&Version=2010-05-08",
        "https://nosuchservice.us-east-1.amazonaws.com/",
        "https://s3.amazonaws.com/",
        "https://x.s3.amazonaws.com/?policy&acl",
    ):
        answer = requests.get(url, timeout=5)
        assert 400 <= answer.status_code <= 501, url
        assert "Traceback" not in answer.text
    with pytest.raises(requests.ConnectionError, match="was stopped"):
        requests.get("https://amazonaws.com/", timeout=5)
    answer = requests.post(
        "https://iam.amazonaws.com/", data=b"\xff\xfe\x00garbage%%%&=&Action", timeout=5
    )
    assert 400 <= answer.status_code <= 501


def sweep(lab: Lab, services: list[str]) -> dict[str, str]:
    """The first operation of each service that needs no parameters: what its call ended in."""
    ends = {}
    for name in services:
        client = lab.root.client(name)
        model = client.meta.service_model
        for operation in model.operation_names:
            shape = model.operation_model(operation).input_shape
            is_free = shape is None or not shape.required_members
            if is_free and operation.startswith(("List", "Describe", "Get")):
                ends[name] = end_of(getattr(client, xform_name(operation)))
                break
    return ends


def end_of(call: Callable[[], object]) -> str:
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"]
    except (ParamValidationError, EndpointResolutionError, NoAuthTokenError):
        return "not sent"
    return "answered"


def test_a_sample_of_the_services_answers_or_says_that_it_does_not(lab: Lab) -> None:
    """tests/benchmarks/sweep_services.py asks all of them."""
    services = boto3.Session().get_available_services()[3::16]
    ends = sweep(lab, services)
    assert len(ends) > 20
    assert "NotSimulated" in ends.values()
    assert "answered" in ends.values()
    assert not [end for end in ends.values() if end.isdigit() or not end]


def test_an_invocation_that_runs_nothing(lab: Lab) -> None:
    """A dry run asks for the permission, and whether the function is there."""
    ann = new_user(lab, "ann").client("lambda")
    call = boto3.client("lambda").invoke
    refused("ResourceNotFoundException", call, FunctionName="f", InvocationType="DryRun")
    refused("AccessDeniedException", ann.invoke, FunctionName="f", InvocationType="DryRun")


def test_errors_in_cbor(lab: Lab) -> None:
    """The newest protocol's errors: the Smithy RPC v2 CBOR protocol, as other SDKs speak it."""
    ann = new_user(lab, "ann")
    assert outcome(ann.client("eventbridgev2").list_event_buses) in ("AccessDenied", "NotSimulated")
    stranger = boto3.client(
        "cloudwatchomni", aws_access_key_id="AKIAX", aws_secret_access_key="x"
    ).get_intelligence_configuration
    assert outcome(stranger) in ("UnrecognizedClientException", "NotSimulated")
