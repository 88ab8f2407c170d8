"""What neither moto nor the lab answers is said so, clearly, and never by a traceback."""

from __future__ import annotations

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
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
