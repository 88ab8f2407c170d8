"""S3's own errors: code, sentence, status and the elements that go with them.

AWS page: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

from helpers.lab.errors import AwsError


def no_such_bucket(name: str) -> AwsError:
    return AwsError(
        "NoSuchBucket", "The specified bucket does not exist", 404, details={"BucketName": name}
    )


def no_such_key(key: str) -> AwsError:
    return AwsError("NoSuchKey", "The specified key does not exist.", 404, details={"Key": key})


def no_such_version(key: str, version_id: str) -> AwsError:
    return AwsError(
        "NoSuchVersion",
        "The specified version does not exist.",
        404,
        details={"Key": key, "VersionId": version_id},
    )


def a_delete_marker(method: str) -> AwsError:
    """A call that names a delete marker as the version that it is about."""
    return AwsError(
        "MethodNotAllowed",
        "The specified method is not allowed against this resource.",
        405,
        details={"Method": method, "ResourceType": "DeleteMarker"},
        headers={"x-amz-delete-marker": "true"},
    )


def access_denied(message: str = "Access Denied") -> AwsError:
    return AwsError("AccessDenied", message, 403)


def invalid_argument(message: str, name: str = "", value: str = "") -> AwsError:
    details = {"ArgumentName": name, "ArgumentValue": value} if name else {}
    return AwsError("InvalidArgument", message, 400, details=details)


def blocked(arn: str, action: str, resource: str, what: str, switch: str) -> AwsError:
    """A call that one of the switches of Block Public Access prevents."""
    return access_denied(
        f'User: {arn} is not authorized to perform: {action} on resource: "{resource}" because '
        f"public {what} are prevented by the {switch} setting in S3 Block Public Access."
    )
