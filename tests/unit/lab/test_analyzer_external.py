"""External access: what is shared beyond the zone of trust, found in the account's real state."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from analyzer_calls import OTHER, analyzer_client, external, findings
from lab_calls import ACCOUNT, policy, refused, trust

from helpers import Lab
from helpers.lab import seam

OWN = f"arn:aws:iam::{ACCOUNT}:root"
EVERYBODY = {"Effect": "Allow", "Principal": "*"}


@pytest.fixture
def client(lab: Lab) -> Any:
    return analyzer_client(lab)


def bucket(name: str, *statements: dict[str, Any]) -> None:
    """A bucket without Block Public Access, with a policy."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=name)
    s3.delete_public_access_block(Bucket=name)
    if statements:
        s3.put_bucket_policy(Bucket=name, Policy=policy(*statements))


def reading(name: str, **others: Any) -> dict[str, Any]:
    return {
        **EVERYBODY,
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{name}/*",
        **others,
    }


def seen(client: Any, arn: str, **criteria: Any) -> list[tuple[Any, ...]]:
    """Principal, public or not, of each active finding."""
    wanted = {key: {"eq": [value]} for key, value in {"status": "ACTIVE", **criteria}.items()}
    found = client.list_findings(analyzerArn=arn, filter=wanted)["findings"]
    return [(one["principal"], one["isPublic"]) for one in found]


def test_an_empty_account_shares_nothing(client: Any) -> None:
    assert findings(client, external(client)) == []


def test_a_public_bucket(client: Any) -> None:
    arn = external(client)
    bucket("open", reading("open"))
    (found,) = client.list_findings(analyzerArn=arn)["findings"]
    assert found["resource"] == "arn:aws:s3:::open"
    assert found["resourceType"] == "AWS::S3::Bucket"
    assert found["resourceOwnerAccount"] == ACCOUNT
    assert found["principal"] == {"AWS": "*"}
    assert found["action"] == ["s3:GetObject"]
    assert found["condition"] == {}
    assert found["isPublic"] is True
    assert found["sources"] == [{"type": "POLICY"}]
    assert found["status"] == "ACTIVE"
    (second,) = client.list_findings_v2(analyzerArn=arn)["findings"]
    assert second["findingType"] == "ExternalAccess"
    assert second["id"] == found["id"]
    assert client.get_finding(analyzerArn=arn, id=found["id"])["finding"]["isPublic"]
    whole = client.get_finding_v2(analyzerArn=arn, id=found["id"])
    (detail,) = whole["findingDetails"]
    assert detail["externalAccessDetails"] == {
        "action": ["s3:GetObject"],
        "condition": {},
        "isPublic": True,
        "principal": {"AWS": "*"},
        "sources": [{"type": "POLICY"}],
    }


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({"Principal": {"AWS": OTHER}}, [({"AWS": OTHER}, False)]),
        ({"Principal": {"AWS": OWN}}, []),
        ({"Principal": {"AWS": ACCOUNT}}, []),
        ({"Principal": {"Service": "cloudtrail.amazonaws.com"}}, []),
        ({"Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}}, []),
        ({"Condition": {"StringEquals": {"aws:PrincipalAccount": OTHER}}}, [({"AWS": "*"}, False)]),
        (
            {"Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}},
            [({"AWS": "*"}, False)],
        ),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}, [({"AWS": "*"}, False)]),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, [({"AWS": "*"}, True)]),
        (
            {"Condition": {"StringEqualsIfExists": {"aws:PrincipalAccount": ACCOUNT}}},
            [({"AWS": "*"}, True)],
        ),
        (
            {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1a2b3c4d5e"}}},
            [({"AWS": "*"}, False)],
        ),
        (
            {"Condition": {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/*"}}},
            [],
        ),
    ],
)
def test_whom_a_bucket_policy_lets_in(
    client: Any, statement: dict[str, Any], expected: list[Any]
) -> None:
    arn = external(client)
    bucket("bucket-b", reading("bucket-b", **statement))
    assert seen(client, arn) == expected


def test_conditions_are_told(client: Any) -> None:
    arn = external(client)
    bucket(
        "bucket-b", reading("bucket-b", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})
    )
    (found,) = client.list_findings(analyzerArn=arn)["findings"]
    assert found["condition"] == {"aws:SourceIp": "203.0.113.0/24"}
    key = {"condition.aws:SourceIp": {"contains": ["203.0.113"]}}
    assert len(client.list_findings(analyzerArn=arn, filter=key)["findings"]) == 1
    none = {"condition.aws:SourceVpc": {"exists": True}}
    assert client.list_findings(analyzerArn=arn, filter=none)["findings"] == []


def test_denies_take_back(client: Any) -> None:
    arn = external(client)
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    outsiders = {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}
    bucket("all", reading("all"), deny)
    bucket("outsiders", reading("outsiders"), {**deny, "Condition": outsiders})
    bucket(
        "http", reading("http"), {**deny, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    )
    found = client.list_findings(analyzerArn=arn)["findings"]
    assert [one["resource"] for one in found] == ["arn:aws:s3:::http"]


def test_block_public_access_hides_what_it_blocks(client: Any) -> None:
    arn = external(client)
    bucket("bucket-b", reading("bucket-b"))
    assert len(seen(client, arn)) == 1
    boto3.client("s3").put_public_access_block(
        Bucket="bucket-b",
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": False,
            "IgnorePublicAcls": False,
            "BlockPublicPolicy": False,
            "RestrictPublicBuckets": True,
        },
    )
    assert seen(client, arn) == []
    assert len(findings(client, arn, status="RESOLVED")) == 1


def test_access_lists(client: Any) -> None:
    arn = external(client)
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="listed", ObjectOwnership="ObjectWriter")
    s3.delete_public_access_block(Bucket="listed")
    s3.put_bucket_acl(Bucket="listed", ACL="public-read")
    (found,) = client.list_findings(analyzerArn=arn)["findings"]
    assert found["isPublic"]
    assert found["sources"] == [{"type": "BUCKET_ACL"}]
    assert "s3:ListBucket" in found["action"]
    s3.put_public_access_block(
        Bucket="listed",
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": False,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": False,
            "RestrictPublicBuckets": False,
        },
    )
    assert seen(client, arn) == []


def test_roles_that_others_may_assume(client: Any) -> None:
    arn = external(client)
    iam = boto3.client("iam")
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.example.com"
    documents = {
        "partner": trust({"AWS": f"arn:aws:iam::{OTHER}:role/app"}),
        "partner-with-id": trust(
            {"AWS": OTHER}, Condition={"StringEquals": {"sts:ExternalId": "unique"}}
        ),
        "own": trust({"AWS": OWN}),
        "service": trust({"Service": "ec2.amazonaws.com"}),
        "federated": policy(
            {
                "Effect": "Allow",
                "Principal": {"Federated": provider},
                "Action": "sts:AssumeRoleWithWebIdentity",
            }
        ),
        "anybody": trust("*"),
    }
    for name, document in documents.items():
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
    found = {
        one["resource"].rpartition("/")[2]: one
        for one in client.list_findings(analyzerArn=arn)["findings"]
    }
    assert set(found) == {"partner", "partner-with-id", "federated", "anybody"}
    assert found["partner"]["principal"] == {"AWS": f"arn:aws:iam::{OTHER}:role/app"}
    assert found["partner-with-id"]["condition"] == {"sts:ExternalId": "unique"}
    assert found["federated"]["principal"] == {"Federated": provider}
    assert found["federated"]["action"] == ["sts:AssumeRoleWithWebIdentity"]
    assert found["anybody"]["isPublic"]
    assert not found["partner"]["isPublic"]


def test_keys_queues_topics_secrets(client: Any) -> None:
    arn = external(client)
    shared = {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Resource": "*"}
    kms = boto3.client("kms")
    own = {"Effect": "Allow", "Principal": {"AWS": OWN}, "Action": "kms:*", "Resource": "*"}
    kms.create_key(Policy=policy(own))
    key = kms.create_key(Policy=policy(own, {**shared, "Action": "kms:Decrypt"}))
    sqs = boto3.client("sqs")
    sqs.create_queue(QueueName="private")
    statement = {**EVERYBODY, "Action": "sqs:SendMessage", "Resource": "*"}
    sqs.create_queue(QueueName="open", Attributes={"Policy": policy(statement)})
    sns = boto3.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    assert len(seen(client, arn)) == 2  # a topic's first policy is for its own account
    sns.set_topic_attributes(
        TopicArn=topic,
        AttributeName="Policy",
        AttributeValue=policy({**shared, "Action": "sns:Subscribe", "Resource": topic}),
    )
    secrets = boto3.client("secretsmanager")
    secret = secrets.create_secret(Name="s", SecretString="x")["ARN"]
    document = policy({**shared, "Action": "secretsmanager:GetSecretValue"})
    secrets.put_resource_policy(SecretId="s", ResourcePolicy=document)
    found = {one["resourceType"]: one for one in client.list_findings(analyzerArn=arn)["findings"]}
    assert found["AWS::KMS::Key"]["resource"] == key["KeyMetadata"]["Arn"]
    assert found["AWS::SNS::Topic"]["resource"] == topic
    assert found["AWS::SecretsManager::Secret"]["resource"] == secret
    assert found["AWS::SQS::Queue"]["isPublic"]
    assert len(found) == 4


def test_snapshots(client: Any) -> None:
    arn = external(client)
    ec2 = boto3.client("ec2")
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    change = {
        "SnapshotId": ec2.create_snapshot(VolumeId=volume)["SnapshotId"],
        "Attribute": "createVolumePermission",
    }
    ec2.modify_snapshot_attribute(**change, OperationType="add", UserIds=[OTHER, ACCOUNT])
    snapshots = {"resourceType": "AWS::EC2::Snapshot"}
    assert seen(client, arn, **snapshots) == [({"AWS": OTHER}, False)]
    ec2.modify_snapshot_attribute(**change, OperationType="add", GroupNames=["all"])
    found = seen(client, arn, **snapshots)
    assert ({"AWS": "*"}, True) in found
    assert len(found) == 2


def test_mended_and_back_again(lab: Lab, client: Any) -> None:
    arn = external(client)
    bucket("bucket-b", reading("bucket-b"))
    (first,) = findings(client, arn)
    lab.clock.advance(hours=1)
    s3 = boto3.client("s3")
    s3.delete_bucket_policy(Bucket="bucket-b")
    (mended,) = findings(client, arn)
    assert (mended["id"], mended["status"]) == (first["id"], "RESOLVED")
    assert mended["createdAt"] == first["createdAt"] < mended["updatedAt"]
    s3.put_bucket_policy(Bucket="bucket-b", Policy=policy(reading("bucket-b")))
    (again,) = findings(client, arn)
    assert (again["id"], again["status"]) == (first["id"], "ACTIVE")


def test_archiving(client: Any) -> None:
    arn = external(client)
    bucket("bucket-a", reading("bucket-a"))
    bucket("bucket-b", reading("bucket-b", Principal={"AWS": OTHER}))
    one, other = findings(client, arn)
    client.update_findings(analyzerArn=arn, ids=[one["id"]], status="ARCHIVED")
    assert [f["id"] for f in findings(client, arn, status="ARCHIVED")] == [one["id"]]
    client.update_findings(analyzerArn=arn, resourceArn="arn:aws:s3:::bucket-a", status="ACTIVE")
    assert findings(client, arn, status="ARCHIVED") == []
    client.create_archive_rule(
        analyzerName="outside", ruleName="r", filter={"principal.AWS": {"eq": [OTHER]}}
    )
    # A rule is for what is new; to what is there it has to be applied.
    assert findings(client, arn, status="ARCHIVED") == []
    client.apply_archive_rule(analyzerArn=arn, ruleName="r")
    assert [f["id"] for f in findings(client, arn, status="ARCHIVED")] == [other["id"]]
    bucket("bucket-c", reading("bucket-c", Principal={"AWS": OTHER}))
    assert len(findings(client, arn, status="ARCHIVED")) == 2
    refused("ValidationException", client.update_findings, analyzerArn=arn, status="ACTIVE")
    refused(
        "ResourceNotFoundException",
        client.update_findings,
        analyzerArn=arn,
        ids=["nobody"],
        status="ACTIVE",
    )
    refused("ResourceNotFoundException", client.get_finding_v2, analyzerArn=arn, id="nobody")
    refused("ResourceNotFoundException", client.apply_archive_rule, analyzerArn=arn, ruleName="x")


def test_filters_and_order(client: Any) -> None:
    arn = external(client)
    for name in ("b", "a", "c"):
        whom = {} if name == "a" else {"Principal": {"AWS": OTHER}}
        bucket(f"bucket-{name}", reading(f"bucket-{name}", **whom))

    def names(**parameters: Any) -> str:
        found = client.list_findings_v2(analyzerArn=arn, **parameters)["findings"]
        return "".join(one["resource"][-1] for one in found)

    by_name = {"attributeName": "resource", "orderBy": "ASC"}
    assert names(sort=by_name) == "abc"
    assert names(sort={**by_name, "orderBy": "DESC"}) == "cba"
    assert names(filter={"isPublic": {"eq": ["true"]}}) == "a"
    assert names(filter={"isPublic": {"neq": ["true"]}}, sort=by_name) == "bc"
    assert names(filter={"resource": {"contains": ["-b", "-c"]}}, sort=by_name) == "bc"
    assert names(filter={"principal.Federated": {"exists": True}}) == ""
    assert names(filter={"error": {"exists": False}}, sort=by_name) == "abc"
    both = {"isPublic": {"eq": ["false"]}, "resource": {"neq": ["arn:aws:s3:::bucket-b"]}}
    assert names(filter=both) == "c"
    pages = client.get_paginator("list_findings_v2").paginate(
        analyzerArn=arn, sort=by_name, PaginationConfig={"PageSize": 2}
    )
    assert [len(page["findings"]) for page in pages] == [2, 1]
    for wrong in ({"filter": {"colour": {"eq": ["red"]}}}, {"sort": {"attributeName": "colour"}}):
        refused("ValidationException", client.list_findings_v2, analyzerArn=arn, **wrong)


def test_statistics(client: Any) -> None:
    arn = external(client)
    bucket("bucket-a", reading("bucket-a"))
    bucket("bucket-b", reading("bucket-b", Principal={"AWS": OTHER}))
    boto3.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": OTHER}))
    answer = client.get_findings_statistics(analyzerArn=arn)
    (found,) = answer["findingsStatistics"]
    found = found["externalAccessFindingsStatistics"]
    assert found["totalActiveFindings"] == 3
    assert found["resourceTypeStatistics"]["AWS::S3::Bucket"] == {
        "totalActivePublic": 1,
        "totalActiveCrossAccount": 1,
        "totalActiveErrors": 0,
    }


def test_analyzed_resources(client: Any) -> None:
    arn = external(client)
    bucket("open", reading("open"))
    bucket("closed")
    boto3.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": OWN}))
    found = client.list_analyzed_resources(analyzerArn=arn)["analyzedResources"]
    assert {one["resourceType"] for one in found} == {"AWS::S3::Bucket", "AWS::IAM::Role"}
    only = client.list_analyzed_resources(analyzerArn=arn, resourceType="AWS::IAM::Role")
    assert [one["resourceArn"] for one in only["analyzedResources"]] == [
        f"arn:aws:iam::{ACCOUNT}:role/r"
    ]
    where = {"analyzerArn": arn, "resourceArn": "arn:aws:s3:::open"}
    client.start_resource_scan(**where)
    got = client.get_analyzed_resource(**where)["resource"]
    assert got["isPublic"]
    assert got["actions"] == ["s3:GetObject"]
    assert (got["status"], got["sharedVia"]) == ("ACTIVE", ["POLICY"])
    closed = {**where, "resourceArn": "arn:aws:s3:::closed"}
    got = client.get_analyzed_resource(**closed)["resource"]
    assert not got["isPublic"]
    assert "status" not in got
    summary = client.get_analyzer(analyzerName="outside")["analyzer"]
    assert summary["lastResourceAnalyzed"] == "arn:aws:s3:::open"
    for call in (client.start_resource_scan, client.get_analyzed_resource):
        refused("ResourceNotFoundException", call, analyzerArn=arn, resourceArn="arn:aws:s3:::no")


def test_previews(client: Any) -> None:
    arn = external(client)
    bucket("bucket-b", reading("bucket-b"))

    def preview(**configuration: Any) -> tuple[str, list[dict[str, Any]]]:
        made = client.create_access_preview(
            analyzerArn=arn, configurations={"arn:aws:s3:::bucket-b": configuration}
        )
        which = {"analyzerArn": arn, "accessPreviewId": made["id"]}
        got = client.get_access_preview(**which)["accessPreview"]
        if got["status"] == "FAILED":
            assert got["statusReason"] == {"code": "INVALID_CONFIGURATION"}
        return got["status"], client.list_access_preview_findings(**which)["findings"]

    status, same = preview(s3Bucket={"bucketPolicy": policy(reading("bucket-b"))})
    assert (status, [one["changeType"] for one in same]) == ("COMPLETED", ["UNCHANGED"])
    assert same[0]["existingFindingId"] == findings(client, arn)[0]["id"]
    _, other = preview(
        s3Bucket={"bucketPolicy": policy(reading("bucket-b", Principal={"AWS": OTHER}))}
    )
    assert {one["changeType"]: one["status"] for one in other} == {
        "NEW": "ACTIVE",
        "CHANGED": "RESOLVED",
    }
    status, _ = preview(s3Bucket={"bucketPolicy": "{"})
    assert status == "FAILED"
    listed = client.list_access_previews(analyzerArn=arn)["accessPreviews"]
    assert [one["status"] for one in listed] == ["COMPLETED", "COMPLETED", "FAILED"]
    # Nothing of it has happened.
    assert seen(client, arn) == [({"AWS": "*"}, True)]


def test_documents_are_data(client: Any) -> None:
    """A policy that is none, however it came into moto's stores, stops nobody's list."""
    arn = external(client)
    boto3.client("sqs").create_queue(QueueName="q")
    queues = seam.store("sqs", ACCOUNT, "us-east-1").queues
    queues["q"].policy = json.dumps({"Version": "x"})
    assert client.list_findings_v2(analyzerArn=arn)["findings"] == []
