"""How CloudTrail names things: sources, events, Regions, errors.

An event is called as the operation is in the service's own code, which for S3 and Lambda is not
always what the SDKs call it.

AWS pages: https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html,
https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html,
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html#cloudtrail-concepts-global-service-events
"""

from __future__ import annotations

import re
from typing import Any

SOURCES = {"s3control": "s3", "ses": "ses", "cloudwatch": "monitoring"}
"""botocore's name of a service → the first word of the event source, where the model's
endpoint prefix is not it."""

GLOBAL_SERVICES = frozenset(
    {"iam", "organizations", "route53", "cloudfront", "support", "account", "ce", "budgets"}
)
"""Services without Regions: their events are in us-east-1."""

S3_EVENTS = {
    "DeletePublicAccessBlock": "DeleteBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketLifecycleConfiguration": "GetBucketLifecycle",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "ListBucketAnalyticsConfigurations": "GetAnalyticsConfiguration",
    "ListBucketInventoryConfigurations": "GetInventoryConfiguration",
    "ListBucketMetricsConfigurations": "GetMetricsConfiguration",
    "ListObjectsV2": "ListObjects",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketLifecycleConfiguration": "PutBucketLifecycle",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}
S3CONTROL_EVENTS = {
    "DeletePublicAccessBlock": "DeleteAccountPublicAccessBlock",
    "GetPublicAccessBlock": "GetAccountPublicAccessBlock",
    "PutPublicAccessBlock": "PutAccountPublicAccessBlock",
}

# Operations of Lambda whose event says "v2" behind the date.
LAMBDA_SECOND_VERSION = frozenset(
    {
        "AddPermission",
        "GetFunction",
        "GetFunctionConfiguration",
        "GetPolicy",
        "RemovePermission",
        "UpdateFunctionCode",
        "UpdateFunctionConfiguration",
    }
)
# APIs of Lambda that are newer carry no date in the event's name.
_LAMBDA_DATES = ("2015-03-31", "2017-03-31", "2017-10-31", "2018-10-31")
_LAMBDA_PATH = re.compile(r"/(\d{4}-\d{2}-\d{2})/")

API_VERSIONS = {"logs": "20140328", "route53": "2013-04-01", "elb": "2012-06-01"}
"""Services whose records tell the version of the API."""


def source_of(service: str, model: Any) -> str:
    """The event source: ``iam.amazonaws.com``."""
    name = SOURCES.get(service) or model.service_model.endpoint_prefix.rpartition(".")[2]
    return f"{name}.amazonaws.com"


def event_of(service: str, operation: str, model: Any) -> str:
    """The event's name."""
    if service == "s3":
        return S3_EVENTS.get(operation, operation)
    if service == "s3control":
        return S3CONTROL_EVENTS.get(operation, operation)
    if service == "lambda" and operation not in ("Invoke", "InvokeAsync"):
        path = _LAMBDA_PATH.match(model.http.get("requestUri", ""))
        if path and path[1] in _LAMBDA_DATES:
            version = "v2" if operation in LAMBDA_SECOND_VERSION else ""
            return f"{operation}{path[1].replace('-', '')}{version}"
    return operation


def region_of(service: str, region: str, host: str) -> str:
    """The Region in which an event is recorded."""
    if service in GLOBAL_SERVICES or host == "sts.amazonaws.com" or region == "aws-global":
        return "us-east-1"
    return region


def error_code(service: str, code: str, status: int, denied: bool) -> str:
    """An error's code as records write it: the one inside the service, not the SDKs'."""
    if service == "ec2":
        side = "Server" if status >= 500 else "Client"
        return f"{side}.{code}"
    if denied or code == "AccessDenied":
        return "AccessDenied"
    if service == "iam" and not code.endswith("Exception") and code != "NotSimulated":
        return f"{code.removesuffix('Error')}Exception"
    return code
