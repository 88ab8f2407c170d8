"""Which events read only, and which are data events: what is done to the things in a resource,
as opposed to the resource.

AWS pages: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
"""

from __future__ import annotations

import functools

from helpers.lab.authorization import catalogue
from helpers.lab.authorization.s3 import ACTIONS as S3_ACTIONS
from helpers.policy.catalogue import access_level, action

READ_LEVELS = frozenset({"List", "Read"})

READ_ONLY = {
    ("kms", "Decrypt"): True,
    ("kms", "Encrypt"): True,
    ("kms", "GenerateDataKey"): True,
    ("kms", "GenerateDataKeyPair"): True,
    ("kms", "GenerateDataKeyPairWithoutPlaintext"): True,
    ("kms", "GenerateDataKeyWithoutPlaintext"): True,
    ("kms", "GenerateMac"): True,
    ("kms", "ReEncrypt"): True,
    ("kms", "Sign"): True,
    ("kms", "Verify"): True,
    ("kms", "VerifyMac"): True,
    ("sts", "AssumeRole"): True,
    ("sts", "AssumeRoleWithSAML"): True,
    ("sts", "AssumeRoleWithWebIdentity"): True,
    ("sts", "AssumeRoot"): True,
    ("sts", "DecodeAuthorizationMessage"): True,
    ("sts", "GetFederationToken"): True,
    ("sts", "GetSessionToken"): True,
}
"""Operations whose record says something else than the access level of their action."""

_READING = ("Get", "List", "Describe", "Head", "Lookup", "Search", "Simulate", "BatchGet", "Query")


@functools.cache
def is_read_only(service: str, operation: str) -> bool:
    """Whether an operation changes nothing.

    >>> is_read_only("kms", "Decrypt"), is_read_only("s3", "PutPublicAccessBlock")
    (True, False)
    """
    if (known := READ_ONLY.get((service, operation))) is not None:
        return known
    name = S3_ACTIONS.get(operation, operation) if service == "s3" else operation
    asked = f"{catalogue.prefix(service)}:{name}"
    if action(asked) is not None:
        return access_level(asked) in READ_LEVELS
    return operation.startswith(_READING)


DATA_EVENTS = {
    "s3": (
        "AWS::S3::Object",
        frozenset(
            {
                "AbortMultipartUpload",
                "CompleteMultipartUpload",
                "CopyObject",
                "CreateMultipartUpload",
                "DeleteObject",
                "DeleteObjectTagging",
                "DeleteObjects",
                "GetObject",
                "GetObjectAcl",
                "GetObjectAttributes",
                "GetObjectLegalHold",
                "GetObjectRetention",
                "GetObjectTagging",
                "GetObjectTorrent",
                "HeadBucket",
                "HeadObject",
                "ListMultipartUploads",
                "ListObjectVersions",
                "ListObjects",
                "ListObjectsV2",
                "ListParts",
                "PostObject",
                "PutObject",
                "PutObjectAcl",
                "PutObjectLegalHold",
                "PutObjectRetention",
                "PutObjectTagging",
                "RestoreObject",
                "SelectObjectContent",
                "UploadPart",
                "UploadPartCopy",
            }
        ),
    ),
    "lambda": ("AWS::Lambda::Function", frozenset({"Invoke", "InvokeAsync"})),
    "dynamodb": (
        "AWS::DynamoDB::Table",
        frozenset(
            {
                "BatchExecuteStatement",
                "BatchGetItem",
                "BatchWriteItem",
                "DeleteItem",
                "ExecuteStatement",
                "ExecuteTransaction",
                "GetItem",
                "PutItem",
                "Query",
                "Scan",
                "TransactGetItems",
                "TransactWriteItems",
                "UpdateItem",
            }
        ),
    ),
    "sns": ("AWS::SNS::Topic", frozenset({"Publish", "PublishBatch"})),
    "sqs": (
        "AWS::SQS::Queue",
        frozenset(
            {
                "ChangeMessageVisibility",
                "ChangeMessageVisibilityBatch",
                "DeleteMessage",
                "DeleteMessageBatch",
                "ReceiveMessage",
                "SendMessage",
                "SendMessageBatch",
            }
        ),
    ),
}
"""Service → the resource type that its data events are selected by, and their operations."""


def data_type(service: str, operation: str) -> str | None:
    """The resource type of a data event; ``None``: a management event."""
    kind, operations = DATA_EVENTS.get(service, ("", frozenset()))
    return kind if operation in operations else None
