"""Trails that log to a bucket: what they need, what they deliver, and when."""

from __future__ import annotations

import gzip
import json
from typing import Any

from lab_calls import ACCOUNT, policy, refused

from helpers import Lab

LOGS = "company-logs"
FOLDER = f"AWSLogs/{ACCOUNT}/CloudTrail/"
EVERYTHING = {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}


def log_policy(**conditions: Any) -> str:
    service = {"Service": "cloudtrail.amazonaws.com"}
    acl = {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", **conditions}}
    return policy(
        {
            "Effect": "Allow",
            "Principal": service,
            "Action": "s3:GetBucketAcl",
            "Resource": f"arn:aws:s3:::{LOGS}",
        },
        {
            "Effect": "Allow",
            "Principal": service,
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{LOGS}/AWSLogs/{ACCOUNT}/*",
            "Condition": acl,
        },
    )


def bucket(lab: Lab, document: str | None = None) -> None:
    s3 = lab.root.client("s3")
    s3.create_bucket(Bucket=LOGS)
    s3.put_bucket_policy(Bucket=LOGS, Policy=document or log_policy())


def delivered(lab: Lab) -> list[dict[str, Any]]:
    s3 = lab.root.client("s3")
    found = []
    for item in s3.list_objects_v2(Bucket=LOGS).get("Contents", []):
        assert item["Key"].startswith(FOLDER)
        body = s3.get_object(Bucket=LOGS, Key=item["Key"])["Body"].read()
        found += json.loads(gzip.decompress(body))["Records"]
    return found


def test_the_bucket_has_to_let_cloudtrail_in(lab: Lab) -> None:
    cloudtrail, s3 = lab.root.client("cloudtrail"), lab.root.client("s3")
    create = cloudtrail.create_trail
    refused("S3BucketDoesNotExistException", create, Name="audit", S3BucketName=LOGS)
    s3.create_bucket(Bucket=LOGS)
    code = "InsufficientS3BucketPolicyException"
    refused(code, create, Name="audit", S3BucketName=LOGS)
    arn = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/audit"
    s3.put_bucket_policy(Bucket=LOGS, Policy=log_policy(**{"aws:SourceArn": f"{arn}-not"}))
    refused(code, create, Name="audit", S3BucketName=LOGS)
    s3.put_bucket_policy(Bucket=LOGS, Policy=log_policy(**{"aws:SourceArn": arn}))
    refused(code, create, Name="audit", S3BucketName=LOGS, S3KeyPrefix="elsewhere")
    assert create(Name="audit", S3BucketName=LOGS)["TrailARN"] == arn
    refused("TrailAlreadyExistsException", create, Name="audit", S3BucketName=LOGS)
    acl = lab.events[-3:]
    assert "GetBucketAcl" in [event["eventName"] for event in acl]


def test_files_come_five_minutes_behind(lab: Lab) -> None:
    bucket(lab)
    cloudtrail, iam = lab.root.client("cloudtrail"), lab.root.client("iam")
    cloudtrail.create_trail(Name="audit", S3BucketName=LOGS)
    iam.create_user(UserName="before")
    assert cloudtrail.get_trail_status(Name="audit")["IsLogging"] is False
    cloudtrail.start_logging(Name="audit")
    iam.create_user(UserName="during")
    assert delivered(lab) == []
    lab.clock.advance(minutes=6)
    names = [event["eventName"] for event in delivered(lab)]
    assert names[0] == "StartLogging"
    assert names.count("CreateUser") == 1
    assert "PutObject" not in names
    assert cloudtrail.get_trail_status(Name="audit")["LatestDeliveryTime"] < lab.clock.now
    cloudtrail.stop_logging(Name="audit")
    iam.create_user(UserName="after")
    lab.clock.advance(minutes=6)
    text = json.dumps(delivered(lab))
    assert "StopLogging" in text
    assert "after" not in text
    history = cloudtrail.lookup_events(
        LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": "after"}]
    )
    assert len(history["Events"]) == 1


def test_event_selectors(house: Lab) -> None:
    bucket(house)
    cloudtrail, s3 = house.root.client("cloudtrail"), house.root.client("s3")
    cloudtrail.create_trail(Name="audit", S3BucketName=LOGS)
    payroll = {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::payroll/"]}
    selector = {
        "ReadWriteType": "ReadOnly",
        "IncludeManagementEvents": False,
        "DataResources": [payroll],
    }
    (before,) = cloudtrail.describe_trails()["trailList"]
    cloudtrail.put_event_selectors(TrailName="audit", EventSelectors=[selector])
    after = cloudtrail.get_trail(Name="audit")["Trail"]
    flags = [trail["HasCustomEventSelectors"] for trail in (before, after)]
    assert flags == [False, True]
    cloudtrail.start_logging(Name="audit")
    s3.get_object(Bucket="payroll", Key="2026.csv")
    s3.put_object(Bucket="payroll", Key="new", Body=b"x")
    house.root.client("iam").list_users()
    house.clock.advance(minutes=6)
    assert [event["eventName"] for event in delivered(house)] == ["GetObject"]


def test_advanced_selectors_and_regions(house: Lab) -> None:
    bucket(house)
    cloudtrail = house.root.client("cloudtrail")
    cloudtrail.create_trail(Name="audit", S3BucketName=LOGS, IsMultiRegionTrail=True)
    fields = [
        {"Field": "eventCategory", "Equals": ["Management"]},
        {"Field": "readOnly", "Equals": ["true"]},
        {"Field": "eventSource", "NotEquals": ["cloudtrail.amazonaws.com"]},
    ]
    cloudtrail.put_event_selectors(
        TrailName="audit", AdvancedEventSelectors=[{"FieldSelectors": fields}]
    )
    cloudtrail.start_logging(Name="audit")
    house.root.client("ec2", region_name="eu-west-1").describe_vpcs()
    house.root.client("iam").create_user(UserName="x")
    house.clock.advance(minutes=6)
    assert [event["eventName"] for event in delivered(house)] == ["DescribeVpcs"]
    there = house.root.client("cloudtrail", region_name="eu-west-1")
    refused("InvalidHomeRegionException", there.stop_logging, Name="audit")
    assert there.get_trail_status(Name="audit")["IsLogging"] is True


def test_a_bucket_that_closes_gets_its_files_later(lab: Lab) -> None:
    bucket(lab)
    cloudtrail, s3 = lab.root.client("cloudtrail"), lab.root.client("s3")
    cloudtrail.create_trail(Name="audit", S3BucketName=LOGS)
    cloudtrail.start_logging(Name="audit")
    s3.delete_bucket_policy(Bucket=LOGS)
    lab.clock.advance(minutes=6)
    assert delivered(lab) == []
    assert cloudtrail.get_trail_status(Name="audit")["LatestDeliveryError"] == "AccessDenied"
    s3.put_bucket_policy(Bucket=LOGS, Policy=log_policy())
    assert "StartLogging" in [event["eventName"] for event in delivered(lab)]
    cloudtrail.delete_trail(Name="audit")
    refused("TrailNotFoundException", cloudtrail.get_trail_status, Name="audit")
    refused("TrailNotFoundException", cloudtrail.delete_trail, Name="audit")
