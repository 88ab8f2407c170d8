"""The record of calls and sign-ins: the fields, names and elements that CloudTrail writes."""

from __future__ import annotations

import gzip
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from lab_calls import ACCOUNT, allow, client, enrol, new_phone, new_user, outcome, trust

from helpers import Lab
from helpers.lab.console import SignInFailed
from helpers.lab.trail import kinds
from helpers.lab.trail.records import ORDER

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
S3_ID = re.compile(r"[0-9A-Z]{16}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
TYPES = {"Root", "IAMUser", "AssumedRole", "FederatedUser", "AWSAccount", "AWSService"}
ALWAYS = {
    "eventVersion",
    "userIdentity",
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "requestParameters",
    "responseElements",
    "eventID",
    "readOnly",
    "eventType",
    "managementEvent",
    "recipientAccountId",
    "eventCategory",
}


def check(event: dict[str, Any]) -> None:
    """Whether a record is one of CloudTrail's, by its record contents page and real files."""
    assert set(event) >= ALWAYS, event
    assert list(event) == [name for name in ORDER if name in event]
    assert event["eventVersion"] == "1.11"
    assert event["userIdentity"]["type"] in TYPES
    assert TIME.fullmatch(event["eventTime"])
    assert event["eventSource"].endswith(".amazonaws.com")
    assert UUID.fullmatch(event["eventID"])
    assert type(event["readOnly"]) is type(event["managementEvent"]) is bool
    assert event["eventType"] in ("AwsApiCall", "AwsConsoleSignIn", "AwsServiceEvent")
    assert event["eventCategory"] == ("Management" if event["managementEvent"] else "Data")
    assert re.fullmatch(r"\d{12}", event["recipientAccountId"])
    for name in ("requestParameters", "responseElements"):
        assert event[name] is None or (isinstance(event[name], dict) and event[name]), event
    if event["eventType"] == "AwsApiCall":
        form = S3_ID if event["eventSource"] == "s3.amazonaws.com" else UUID
        assert form.fullmatch(event["requestID"])
    if event["readOnly"] and event["eventSource"] != "sts.amazonaws.com":
        assert event["responseElements"] is None, event
    if "errorCode" in event:
        assert event["responseElements"] is None
        assert event["errorCode"]
    assert json.loads(json.dumps(event)) == event


def last(lab: Lab, name: str) -> dict[str, Any]:
    return next(event for event in reversed(lab.events) if event["eventName"] == name)


def test_every_record_of_a_mixed_run_is_one_of_cloudtrails(house: Lab) -> None:
    root = house.root
    ann = new_user(house, "ann", allow(["s3:*", "sts:*", "ec2:Describe*"]))
    iam, s3, ec2 = root.client("iam"), ann.client("s3"), root.client("ec2")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))
    role = f"arn:aws:iam::{ACCOUNT}:role/r"
    made = ann.client("sts").assume_role(RoleArn=role, RoleSessionName="visit")["Credentials"]
    outcome(client(made, "s3").list_buckets)
    federated = ann.client("sts").get_federation_token(Name="fed")["Credentials"]
    outcome(client(federated, "s3").list_buckets)
    s3.create_bucket(Bucket="mixed")
    s3.put_object(Bucket="mixed", Key="k", Body=b"1")
    s3.put_bucket_tagging(Bucket="mixed", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    outcome(s3.get_bucket_policy, Bucket="mixed")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])
    outcome(ann.client("ec2").create_vpc, CidrBlock="10.1.0.0/16")
    outcome(ec2.describe_vpcs, VpcIds=["vpc-0123456789abcdef0"])
    for service, call in (("kms", "list_keys"), ("lambda", "list_functions"), ("logs", "x")):
        if hasattr(root.client(service), call):
            outcome(getattr(root.client(service), call))
    root.client("dynamodb").create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    root.client("dynamodb").put_item(TableName="t", Item={"id": {"S": "private text"}})
    with pytest.raises(SignInFailed):
        house.sign_in("admin", "wrong")
    house.sign_in("admin", "correct-Horse-battery-7").client("s3").list_buckets()
    events = house.events
    assert len(events) > 35
    for event in events:
        check(event)
    assert {event["userIdentity"]["type"] for event in events} == TYPES - {
        "AWSAccount",
        "AWSService",
    }
    assert "private text" not in json.dumps(events)
    ids = [event["eventID"] for event in events]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("service", "method", "parameters"),
    [
        ("iam", "list_users", {}),
        ("sts", "get_caller_identity", {}),
        ("ec2", "describe_vpcs", {}),
        ("s3", "list_buckets", {}),
        ("kms", "list_keys", {}),
        ("lambda", "list_functions", {}),
    ],
)
def test_the_answer_and_the_record_have_one_request_id(
    lab: Lab, service: str, method: str, parameters: dict[str, Any]
) -> None:
    call = getattr(lab.root.client(service), method)
    first, second = call(**parameters), call(**parameters)
    ids = [answer["ResponseMetadata"]["RequestId"] for answer in (first, second)]
    assert ids == [event["requestID"] for event in lab.events[-2:]]
    assert ids[0] != ids[1]


def test_errors_have_the_request_id_too(lab: Lab) -> None:
    ann = new_user(lab, "ann")
    for service, method in (
        ("iam", "list_users"),
        ("s3", "list_buckets"),
        ("ec2", "describe_vpcs"),
    ):
        call = getattr(ann.client(service), method)
        with pytest.raises(ClientError) as caught:
            call()
        metadata = caught.value.response["ResponseMetadata"]
        assert metadata["RequestId"] == lab.events[-1]["requestID"]


def test_error_codes_are_those_of_the_record(lab: Lab) -> None:
    ann = new_user(lab, "ann")
    iam, ec2 = lab.root.client("iam"), ann.client("ec2")
    outcome(iam.get_user, UserName="nobody")
    assert lab.events[-1]["errorCode"] == "NoSuchEntityException"
    outcome(ec2.describe_vpcs)
    assert lab.events[-1]["errorCode"] == "Client.UnauthorizedOperation"
    outcome(ann.client("cloudtrail").describe_trails)
    assert lab.events[-1]["errorCode"] == "AccessDenied"
    image = {"ImageId": "ami-12c6146b", "MinCount": 1, "MaxCount": 1}
    outcome(lab.root.client("ec2").run_instances, **image, DryRun=True)
    assert lab.events[-1]["errorCode"] == "Client.DryRunOperation"
    outcome(ann.client("iam").create_user, UserName="eve")
    assert lab.events[-1]["errorCode"] == "AccessDenied"
    assert lab.events[-1]["requestParameters"] is None
    assert "iam:CreateUser" in lab.events[-1]["errorMessage"]


def test_s3_is_named_and_written_as_in_real_files(house: Lab) -> None:
    s3 = house.root.client("s3")
    s3.get_public_access_block(Bucket="payroll")
    event = house.events[-1]
    assert event["eventName"] == "GetBucketPublicAccessBlock"
    assert event["requestParameters"] == {
        "bucketName": "payroll",
        "publicAccessBlock": "",
        "Host": "payroll.s3.amazonaws.com",
    }
    assert event["resources"] == [
        {"accountId": ACCOUNT, "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::payroll"}
    ]
    assert event["userAgent"].startswith("[Boto3/")
    assert event["userAgent"].endswith("]")
    assert set(event["additionalEventData"]) == {
        "SignatureVersion",
        "CipherSuite",
        "bytesTransferredIn",
        "AuthenticationMethod",
        "x-amz-id-2",
        "bytesTransferredOut",
    }
    s3.list_objects_v2(Bucket="payroll", Prefix="20")
    listed = house.events[-1]
    assert (listed["eventName"], listed["eventCategory"]) == ("ListObjects", "Data")
    assert listed["requestParameters"]["prefix"] == "20"
    assert listed["requestParameters"]["list-type"] == "2"
    s3.get_object(Bucket="payroll", Key="2026.csv")
    assert house.events[-1]["resources"][0] == {
        "type": "AWS::S3::Object",
        "ARN": "arn:aws:s3:::payroll/2026.csv",
    }


def test_ec2_is_written_in_sets_of_items(lab: Lab) -> None:
    ec2 = lab.root.client("ec2")
    ec2.describe_instances(Filters=[{"Name": "instance-state-name", "Values": ["running"]}])
    assert lab.events[-1]["requestParameters"] == {
        "instancesSet": {},
        "filterSet": {
            "items": [
                {"name": "instance-state-name", "valueSet": {"items": [{"value": "running"}]}}
            ]
        },
    }
    group = ec2.create_security_group(GroupName="g", Description="d")["GroupId"]
    made = lab.events[-1]
    assert made["requestParameters"]["groupDescription"] == "d"
    assert made["responseElements"]["groupId"] == group
    assert made["responseElements"]["requestId"] == made["requestID"]
    ec2.delete_security_group(GroupId=group)
    assert lab.events[-1]["responseElements"]["_return"] is True
    ec2.describe_nat_gateways(MaxResults=5)
    assert lab.events[-1]["requestParameters"] == {"DescribeNatGatewaysRequest": {"MaxResults": 5}}


def test_iam_answers_are_quoted_without_secrets(lab: Lab) -> None:
    iam = lab.root.client("iam")
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    assert lab.events[-1]["responseElements"] == {
        "accessKey": {
            "userName": "ann",
            "accessKeyId": key["AccessKeyId"],
            "status": "Active",
            "createDate": f"{lab.clock.now:%b} 2, 2026 9:00:{lab.clock.now:%S} AM",
        }
    }
    iam.create_login_profile(UserName="ann", Password="Never-written-9", PasswordResetRequired=True)
    assert lab.events[-1]["requestParameters"] == {
        "userName": "ann",
        "passwordResetRequired": True,
    }


@pytest.mark.parametrize(
    ("service", "operation", "read_only"),
    [
        ("kms", "Decrypt", True),
        ("kms", "GenerateDataKey", True),
        ("kms", "CreateKey", False),
        ("sts", "AssumeRole", True),
        ("sts", "GetCallerIdentity", True),
        ("s3", "GetBucketLocation", True),
        ("s3", "DeleteBucketEncryption", False),
        ("s3", "PutPublicAccessBlock", False),
        ("iam", "SimulatePrincipalPolicy", True),
        ("iam", "TagUser", False),
        ("secretsmanager", "GetSecretValue", True),
        ("ssm", "GetParameter", True),
        ("cloudtrail", "LookupEvents", True),
        ("cloudtrail", "StopLogging", False),
        ("ec2", "GetPasswordData", True),
        ("ce", "GetCostAndUsage", True),
        ("organizations", "LeaveOrganization", False),
    ],
)
def test_read_only(service: str, operation: str, read_only: bool) -> None:
    assert kinds.is_read_only(service, operation) is read_only


def test_identities(house: Lab) -> None:
    admin = house.caller("admin")
    iam = house.root.client("iam")
    assert house.root.client("sts").get_caller_identity()
    root = house.events[-1]["userIdentity"]
    assert (root["type"], root["principalId"]) == ("Root", ACCOUNT)
    assert house.events[-1]["sessionCredentialFromConsole"] == "true"
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))
    made = admin.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/r", RoleSessionName="job"
    )
    event = house.events[-1]
    assert "sessionContext" not in event["userIdentity"]
    assert event["responseElements"]["credentials"]["sessionToken"] == HIDDEN
    assert "secretAccessKey" not in event["responseElements"]["credentials"]
    assert event["resources"][0]["type"] == "AWS::IAM::Role"
    client(made["Credentials"], "sts").get_caller_identity()
    identity = house.events[-1]["userIdentity"]
    issuer = identity["sessionContext"]["sessionIssuer"]
    assert identity["principalId"] == f"{issuer['principalId']}:job"
    assert (issuer["type"], issuer["userName"]) == ("Role", "r")
    assert identity["sessionContext"]["attributes"]["mfaAuthenticated"] == "false"


def test_two_accounts_share_an_event(lab: Lab) -> None:
    other = lab.add_account("444455556666")
    iam = other.root.client("iam")
    iam.create_role(RoleName="in", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))
    ann = new_user(lab, "ann", allow("sts:AssumeRole"))
    ann.client("sts").assume_role(
        RoleArn="arn:aws:iam::444455556666:role/in", RoleSessionName="visit"
    )
    mine, theirs = lab.events[-2:]
    assert (mine["recipientAccountId"], theirs["recipientAccountId"]) == (ACCOUNT, "444455556666")
    assert mine["sharedEventID"] == theirs["sharedEventID"]
    assert mine["eventID"] != theirs["eventID"]
    assert theirs["userIdentity"] == {
        "type": "AWSAccount",
        "principalId": mine["userIdentity"]["principalId"],
        "accountId": ACCOUNT,
    }


def test_invalid_credentials_leave_no_record(lab: Lab) -> None:
    before = len(lab.events)
    unknown = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "x" * 40}
    outcome(client(unknown, "iam").list_users)
    assert len(lab.events) == before


# Sign-ins -----------------------------------------------------------------------------------------


def test_sign_ins(house: Lab) -> None:
    with pytest.raises(SignInFailed):
        house.sign_in("analyst", "wrong")
    failed = house.events[-1]
    check(failed)
    assert failed["errorMessage"] == "Failed authentication"
    assert failed["responseElements"] == {"ConsoleLogin": "Failure"}
    assert failed["userIdentity"]["userName"] == "analyst"
    with pytest.raises(SignInFailed):
        house.sign_in("my-password-by-mistake", "x")
    assert house.events[-1]["userIdentity"]["userName"] == HIDDEN
    assert "my-password-by-mistake" not in json.dumps(house.events)
    house.sign_in("root", house.account.root.password)
    assert house.events[-1]["userIdentity"]["type"] == "Root"
    assert house.events[-1]["additionalEventData"]["MFAUsed"] == "No"
    phone = enrol(house, house.root.client("iam"), "analyst")
    house.sign_in("analyst", "quiet-Otter-violet-3", phone.fresh())
    asked, signed_in = house.events[-2:]
    assert (asked["eventName"], asked["responseElements"]) == ("CheckMfa", {"CheckMfa": "Success"})
    assert signed_in["additionalEventData"]["MFAUsed"] == "Yes"
    assert signed_in["additionalEventData"]["MFAIdentifier"] == phone.serial
    with pytest.raises(SignInFailed):
        house.sign_in("analyst", "quiet-Otter-violet-3", phone.wrong())
    assert house.events[-1]["responseElements"] == {"ConsoleLogin": "Failure"}
    assert house.events[-1]["additionalEventData"]["MFAUsed"] == "Yes"


# Files --------------------------------------------------------------------------------------------


def test_export(house: Lab, tmp_path: Path) -> None:
    house.root.client("ec2", region_name="eu-west-1").describe_vpcs()
    paths = house.export_trail(tmp_path)
    assert len(paths) == 2
    name = re.compile(
        rf"AWSLogs/{ACCOUNT}/CloudTrail/([a-z0-9-]+)/2026/11/02/"
        rf"{ACCOUNT}_CloudTrail_\1_20261102T0905Z_[0-9A-Za-z]{{16}}\.json\.gz"
    )
    records = []
    for path in paths:
        assert name.fullmatch(path.relative_to(tmp_path).as_posix())
        records += json.loads(gzip.decompress(path.read_bytes()))["Records"]
    assert sorted(r["eventID"] for r in records) == sorted(e["eventID"] for e in house.events)


def test_two_starts_export_the_same_bytes(tmp_path: Path) -> None:
    def exported(folder: str) -> dict[str, bytes]:
        paths = Lab.start("house").export_trail(tmp_path / folder)
        return {path.name: path.read_bytes() for path in paths}

    assert exported("a") == exported("b")
    Lab.stop()


def test_export_into_what_is_no_folder(lab: Lab, tmp_path: Path) -> None:
    new_user(lab, "ann")
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="export_trail: the record cannot be written"):
        lab.export_trail(tmp_path / "file")


def test_events_are_copies_and_carry_the_accounts_time(lab: Lab) -> None:
    lab.root.client("sts").get_caller_identity()
    lab.events[-1]["eventName"] = "changed"
    assert lab.events[-1]["eventName"] == "GetCallerIdentity"
    lab.clock.advance(days=40)
    lab.root.client("sts").get_caller_identity()
    assert lab.events[-1]["eventTime"] == lab.clock.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert timedelta(days=40) <= lab.clock.now - lab.account.root.created_at


def test_codes_in_messages_are_hidden(house: Lab) -> None:
    admin = house.caller("admin").client("iam")
    phone = new_phone(house, admin)
    outcome(
        admin.enable_mfa_device,
        UserName="admin",
        SerialNumber=phone.serial,
        AuthenticationCode1="98x765",
        AuthenticationCode2="123456",
    )
    assert "98x765" not in json.dumps(house.events)
