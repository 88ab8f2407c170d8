"""CloudTrail's event history, and IAM's last-accessed data, which is made of the same record."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from lab_calls import ACCOUNT, allow, new_user, outcome, policy, refused, statement, trust

from helpers import Lab


def names(answer: dict) -> list[str]:
    return [event["EventName"] for event in answer["Events"]]


def lookup(lab: Lab, key: str, value: str, **others: object) -> list[dict]:
    cloudtrail = lab.root.client("cloudtrail")
    attributes = [{"AttributeKey": key, "AttributeValue": value}]
    return cloudtrail.lookup_events(LookupAttributes=attributes, **others)["Events"]


def test_the_newest_comes_first_and_is_the_record_itself(house: Lab) -> None:
    analyst = house.caller("analyst")
    outcome(analyst.client("iam").list_users)
    event = house.root.client("cloudtrail").lookup_events()["Events"][0]
    assert (event["EventName"], event["Username"]) == ("ListUsers", "analyst")
    assert event["ReadOnly"] == "true"
    assert event["AccessKeyId"] == analyst.access_key_id
    record = json.loads(event["CloudTrailEvent"])
    assert record == next(e for e in house.events if e["eventID"] == event["EventId"])
    assert record["errorCode"] == "AccessDenied"
    assert event["EventTime"] == house.clock.now - timedelta(seconds=1)


def test_data_events_are_no_part_of_the_history(house: Lab) -> None:
    house.root.client("s3").get_object(Bucket="payroll", Key="2026.csv")
    assert "GetObject" in [event["eventName"] for event in house.events]
    assert lookup(house, "EventName", "GetObject") == []


def test_every_lookup_attribute(house: Lab) -> None:
    admin = house.caller("admin")
    admin.client("iam").create_user(UserName="carla")
    made = lookup(house, "EventName", "CreateUser")[0]
    asked = {
        "EventId": made["EventId"],
        "ReadOnly": "false",
        "Username": "admin",
        "ResourceType": "AWS::IAM::User",
        "ResourceName": "carla",
        "EventSource": "iam.amazonaws.com",
        "AccessKeyId": admin.access_key_id,
    }
    for key, value in asked.items():
        found = lookup(house, key, value)
        assert made["EventId"] in [event["EventId"] for event in found], key
        assert lookup(house, key, "nothing" if key != "ReadOnly" else "true") != found
    assert {"ResourceType": "AWS::IAM::User", "ResourceName": "carla"} in made["Resources"]


def test_pages(house: Lab) -> None:
    cloudtrail = house.root.client("cloudtrail")
    for _ in range(60):
        house.root.client("sts").get_caller_identity()
    first = cloudtrail.lookup_events()
    assert len(first["Events"]) == 50
    second = cloudtrail.lookup_events(NextToken=first["NextToken"])
    ids = [event["EventId"] for page in (first, second) for event in page["Events"]]
    assert len(set(ids)) == len(ids)
    code = "InvalidNextTokenException"
    asked = [{"AttributeKey": "EventName", "AttributeValue": "CreateUser"}]
    refused(code, cloudtrail.lookup_events, NextToken=first["NextToken"], LookupAttributes=asked)
    refused(code, cloudtrail.lookup_events, NextToken="made up")
    pages = cloudtrail.get_paginator("lookup_events").paginate(PaginationConfig={"PageSize": 7})
    assert sum(len(page["Events"]) for page in pages) > 60


def test_time_and_the_ninety_days(house: Lab) -> None:
    cloudtrail = house.root.client("cloudtrail")
    begin = house.clock.now
    house.clock.advance(days=1)
    house.root.client("iam").create_user(UserName="late")
    assert "late" not in str(cloudtrail.lookup_events(EndTime=begin)["Events"])
    assert names(cloudtrail.lookup_events(StartTime=begin + timedelta(hours=1)))[-1] == "CreateUser"
    house.clock.advance(days=89, hours=12)
    assert lookup(house, "ResourceName", "late")
    assert not lookup(house, "ResourceName", "analyst")
    house.clock.advance(days=1)
    assert not lookup(house, "ResourceName", "late")


def test_each_region_has_its_own_history(lab: Lab) -> None:
    lab.root.client("ec2", region_name="eu-west-1").describe_vpcs()
    lab.root.client("iam").list_users()
    here = names(lab.root.client("cloudtrail").lookup_events())
    there = names(lab.root.client("cloudtrail", region_name="eu-west-1").lookup_events())
    assert "ListUsers" in here
    assert "DescribeVpcs" not in here
    assert there == ["DescribeVpcs"]


def test_each_account_has_its_own_history(lab: Lab) -> None:
    other = lab.add_account("444455556666")
    other.root.client("iam").list_users()
    assert "ListUsers" not in names(lab.root.client("cloudtrail").lookup_events())
    assert "ListUsers" in names(other.root.client("cloudtrail").lookup_events())


def test_what_lookup_refuses(lab: Lab) -> None:
    look = lab.root.client("cloudtrail").lookup_events
    one = {"AttributeKey": "EventName", "AttributeValue": "x"}
    now = lab.clock.now
    refused("InvalidLookupAttributesException", look, LookupAttributes=[one, one])
    unknown = {"AttributeKey": "Color", "AttributeValue": "x"}
    refused("InvalidLookupAttributesException", look, LookupAttributes=[unknown])
    unsure = {"AttributeKey": "ReadOnly", "AttributeValue": "maybe"}
    refused("InvalidLookupAttributesException", look, LookupAttributes=[unsure])
    refused("InvalidMaxResultsException", look, MaxResults=51)
    refused("InvalidTimeRangeException", look, StartTime=now, EndTime=now - timedelta(days=1))
    refused("InvalidEventCategoryException", look, EventCategory="data")
    assert look(EventCategory="insight")["Events"] == []
    ann = new_user(lab, "ann")
    refused("AccessDeniedException", ann.client("cloudtrail").lookup_events)


# Last accessed ------------------------------------------------------------------------------------


def report(lab: Lab, arn: str, level: str = "SERVICE_LEVEL") -> dict[str, dict]:
    iam = lab.root.client("iam")
    job = iam.generate_service_last_accessed_details(Arn=arn, Granularity=level)["JobId"]
    found = iam.get_service_last_accessed_details(JobId=job)
    assert (found["JobStatus"], found["JobType"]) == ("COMPLETED", level)
    return {row["ServiceNamespace"]: row for row in found["ServicesLastAccessed"]}


def test_services_granted_and_tried(lab: Lab) -> None:
    deny = policy(
        statement("Allow", ["s3:*", "ec2:DescribeVpcs", "iam:GetUser"]),
        statement("Deny", "ec2:*"),
        statement("Allow", "sqs:ListQueues"),
    )
    ann = new_user(lab, "ann", deny)
    ann.client("s3").list_buckets()
    at = lab.clock.now
    outcome(ann.client("iam").list_users)  # denied, and an attempt all the same
    rows = report(lab, ann.arn)
    assert set(rows) == {"s3", "iam", "sqs"}
    assert rows["s3"]["LastAuthenticated"] == at
    assert rows["s3"]["LastAuthenticatedEntity"] == ann.arn
    assert rows["s3"]["LastAuthenticatedRegion"] == "us-east-1"
    assert rows["s3"]["ServiceName"] == "Amazon S3"
    assert rows["s3"]["TotalAuthenticatedEntities"] == 1
    assert rows["iam"]["LastAuthenticated"] == at + timedelta(seconds=1)
    assert "LastAuthenticated" not in rows["sqs"]
    assert rows["sqs"]["TotalAuthenticatedEntities"] == 0
    assert "TrackedActionsLastAccessed" not in rows["s3"]


def test_actions(house: Lab) -> None:
    analyst = house.caller("analyst")
    iam = house.root.client("iam")
    iam.put_user_policy(
        UserName="analyst",
        PolicyName="p",
        PolicyDocument=allow(["iam:PassRole", "iam:ListUsers", "iam:ListRoles"]),
    )
    analyst.client("iam").list_users()
    analyst.client("s3").get_object(Bucket="payroll", Key="2026.csv")
    rows = report(house, analyst.arn, "ACTION_LEVEL")
    tracked = {row["ActionName"]: row for row in rows["iam"]["TrackedActionsLastAccessed"]}
    assert set(tracked) == {"ListRoles", "ListUsers"}
    assert tracked["ListUsers"]["LastAccessedEntity"] == analyst.arn
    assert "LastAccessedTime" not in tracked["ListRoles"]
    of_s3 = {row["ActionName"] for row in rows["s3"]["TrackedActionsLastAccessed"]}
    assert "ListAllMyBuckets" in of_s3
    assert "GetObject" not in of_s3


def test_groups_roles_and_policies(house: Lab) -> None:
    iam = house.root.client("iam")
    new_user(house, "carla")
    iam.add_user_to_group(GroupName="analysts", UserName="carla")
    house.caller("analyst").client("s3").list_buckets()
    group = f"arn:aws:iam::{ACCOUNT}:group/analysts"
    job = iam.generate_service_last_accessed_details(Arn=group)["JobId"]
    row = iam.get_service_last_accessed_details(JobId=job)["ServicesLastAccessed"][0]
    assert row["LastAuthenticatedEntity"].endswith("user/analyst")
    found = iam.get_service_last_accessed_details_with_entities(JobId=job, ServiceNamespace="s3")
    assert [e["EntityInfo"]["Name"] for e in found["EntityDetailsList"]] == ["analyst", "carla"]
    assert "LastAuthenticated" not in found["EntityDetailsList"][1]
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    job = iam.generate_service_last_accessed_details(Arn=arn)["JobId"]
    found = iam.get_service_last_accessed_details_with_entities(JobId=job, ServiceNamespace="iam")
    assert [e["EntityInfo"]["Name"] for e in found["EntityDetailsList"]] == ["admin"]
    page = iam.get_service_last_accessed_details(JobId=job, MaxItems=3)
    assert (len(page["ServicesLastAccessed"]), page["IsTruncated"]) == (3, True)
    rest = iam.get_service_last_accessed_details(JobId=job, Marker=page["Marker"], MaxItems=3)
    assert rest["ServicesLastAccessed"][0] != page["ServicesLastAccessed"][0]
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))
    assert report(house, f"arn:aws:iam::{ACCOUNT}:role/r") == {}


def test_a_user_made_anew_begins_anew_and_400_days_are_all(lab: Lab) -> None:
    ann = new_user(lab, "ann", allow("s3:*"))
    ann.client("s3").list_buckets()
    lab.clock.advance(days=399)
    assert "LastAuthenticated" in report(lab, ann.arn)["s3"]
    lab.clock.advance(days=2)
    assert "LastAuthenticated" not in report(lab, ann.arn)["s3"]
    ann.client("s3").list_buckets()
    iam = lab.root.client("iam")
    iam.delete_user_policy(UserName="ann", PolicyName="inline-0")
    iam.delete_access_key(UserName="ann", AccessKeyId=ann.access_key_id)
    iam.delete_user(UserName="ann")
    assert "LastAuthenticated" not in report(lab, new_user(lab, "ann", allow("s3:*")).arn)["s3"]


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        (f"arn:aws:iam::{ACCOUNT}:user/nobody", "NoSuchEntity"),
        ("arn:aws:iam::aws:policy/NoSuchPolicy", "NoSuchEntity"),
        ("arn:aws:s3:::bucket-of-mine", "InvalidInput"),
    ],
)
def test_reports_about_nobody(lab: Lab, arn: str, code: str) -> None:
    refused(code, lab.root.client("iam").generate_service_last_accessed_details, Arn=arn)


def test_a_job_that_there_is_not(lab: Lab) -> None:
    job = "12345678-1234-1234-1234-123456789012"
    refused("NoSuchEntity", lab.root.client("iam").get_service_last_accessed_details, JobId=job)
