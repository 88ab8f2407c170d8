"""The resources that a record names, and those that ``lookup_events`` finds it by.

AWS page: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events-supported-resource-types.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from helpers.lab.trail.notes import Called

TYPES = {
    "dynamodb": "AWS::DynamoDB::Table",
    "kms": "AWS::KMS::Key",
    "lambda": "AWS::Lambda::Function",
    "sns": "AWS::SNS::Topic",
    "sqs": "AWS::SQS::Queue",
    "ssm": None,
}
"""Services whose records name the resources by ARN → the type that stands with the ARN."""

# Records of these name no resource, although the policies were asked about one.
NAMELESS = frozenset({"CreateBucket", "ListBuckets"})

S3_BUCKET, S3_OBJECT = "AWS::S3::Bucket", "AWS::S3::Object"
LISTING = frozenset({"ListObjects", "ListObjectsV2", "ListObjectVersions", "ListMultipartUploads"})


def of_call(note: Called, data: str | None, failed: bool) -> list[dict[str, Any]] | None:
    """The ``resources`` of a record; ``None``: it has none."""
    if note.service == "s3":
        return list(_of_s3(note, data)) or None
    if note.service == "sts" and note.operation.startswith("AssumeRole") and not failed:
        arn = str(note.parameters.get("RoleArn", ""))
        account = arn.split(":")[4] if arn.count(":") >= 5 else note.home
        return [{"accountId": account, "type": "AWS::IAM::Role", "ARN": arn}]
    if note.service not in TYPES or (note.service == "lambda" and data is None):
        return None
    kind, found = TYPES[note.service], []
    for arn in dict.fromkeys(decision.request.resource for decision in note.decisions):
        if arn.startswith("arn:") and not arn.endswith("*"):
            entry = {"accountId": arn.split(":")[4] or note.owner, "type": kind, "ARN": arn}
            found.append({name: value for name, value in entry.items() if value is not None})
    return found or None


def _of_s3(note: Called, data: str | None) -> Iterator[dict[str, Any]]:
    bucket, key = note.parameters.get("Bucket"), note.parameters.get("Key")
    if not bucket or note.operation in NAMELESS:
        return
    arn = f"arn:aws:s3:::{bucket}"
    if key:
        yield {"type": S3_OBJECT, "ARN": f"{arn}/{key}"}
    elif data is not None and note.operation in LISTING:
        yield {"type": S3_OBJECT, "ARNPrefix": f"{arn}/{note.parameters.get('Prefix') or ''}"}
    yield {"accountId": note.owner, "type": S3_BUCKET, "ARN": arn}


BY_ELEMENT = {
    "accessKeyId": "AWS::IAM::AccessKey",
    "allocationId": "AWS::EC2::EIP",
    "bucketName": S3_BUCKET,
    "functionName": "AWS::Lambda::Function",
    "groupId": "AWS::EC2::SecurityGroup",
    "imageId": "AWS::EC2::Ami",
    "instanceId": "AWS::EC2::Instance",
    "instanceProfileName": "AWS::IAM::InstanceProfile",
    "internetGatewayId": "AWS::EC2::InternetGateway",
    "keyName": "AWS::EC2::KeyPair",
    "logGroupName": "AWS::Logs::LogGroup",
    "networkAclId": "AWS::EC2::NetworkAcl",
    "networkInterfaceId": "AWS::EC2::NetworkInterface",
    "policyArn": "AWS::IAM::Policy",
    "roleArn": "AWS::IAM::Role",
    "roleName": "AWS::IAM::Role",
    "routeTableId": "AWS::EC2::RouteTable",
    "s3BucketName": S3_BUCKET,
    "secretId": "AWS::SecretsManager::Secret",
    "serialNumber": "AWS::IAM::MfaDevice",
    "snapshotId": "AWS::EC2::Snapshot",
    "subnetId": "AWS::EC2::Subnet",
    "tableName": "AWS::DynamoDB::Table",
    "trailARN": "AWS::CloudTrail::Trail",
    "userName": "AWS::IAM::User",
    "volumeId": "AWS::EC2::Volume",
    "vpcId": "AWS::EC2::VPC",
}
"""An element of a request or an answer → the type of the resource that it names."""

IN_SERVICES = {
    ("iam.amazonaws.com", "arn"): None,
    ("iam.amazonaws.com", "groupName"): "AWS::IAM::Group",
    ("iam.amazonaws.com", "policyName"): "AWS::IAM::Policy",
    ("iam.amazonaws.com", "userId"): "AWS::IAM::User",
    ("iam.amazonaws.com", "roleId"): "AWS::IAM::Role",
    ("iam.amazonaws.com", "groupId"): "AWS::IAM::Group",
    ("iam.amazonaws.com", "policyId"): "AWS::IAM::Policy",
    ("cloudtrail.amazonaws.com", "name"): "AWS::CloudTrail::Trail",
    ("cloudtrail.amazonaws.com", "trailName"): "AWS::CloudTrail::Trail",
    ("kms.amazonaws.com", "keyId"): "AWS::KMS::Key",
    ("sts.amazonaws.com", "assumedRoleId"): "AWS::STS::AssumedRole",
    ("sts.amazonaws.com", "arn"): "AWS::STS::AssumedRole",
}
"""(source, element) where the element means another thing than in other services."""


def looked_up(event: dict[str, Any]) -> list[dict[str, str]]:
    """The resources of a record as LookupEvents lists them: type and name, each once."""
    found: dict[tuple[str, str], None] = {}
    for resource in event.get("resources") or ():
        kind, arn = resource.get("type"), resource.get("ARN")
        if kind and arn:
            found[kind, arn.rpartition(":::")[2] if kind == S3_BUCKET else arn] = None
    for elements in (event["requestParameters"], event["responseElements"]):
        for kind, name in _named(event["eventSource"], elements):
            found[kind, name] = None
    return [{"ResourceType": kind, "ResourceName": name} for kind, name in found]


def _named(source: str, elements: Any) -> Iterator[tuple[str, str]]:
    if isinstance(elements, list):
        for item in elements:
            yield from _named(source, item)
        return
    if not isinstance(elements, dict):
        return
    for name, value in elements.items():
        if isinstance(value, str):
            kind = IN_SERVICES.get((source, name), BY_ELEMENT.get(name))
            if kind and value:
                yield kind, value
        else:
            yield from _named(source, value)
