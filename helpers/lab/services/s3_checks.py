"""What S3 looks at before it asks any policy: is there such a bucket, and is it this Region's?

Whether a bucket exists everybody may learn; whether an object does, only who may list it.

AWS pages: https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html,
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

from __future__ import annotations

import re
from typing import Any

from helpers.lab import seam
from helpers.lab.authorization.s3 import copy_source
from helpers.lab.callers import Principal
from helpers.lab.errors import AwsError
from helpers.lab.services.registry import checks
from helpers.lab.services.s3_errors import access_denied, invalid_argument, no_such_bucket
from helpers.lab.signatures import LONGEST_URL
from helpers.lab.wire import DEFAULT_REGION, Call
from helpers.lab.world import World

LONGEST_KEY = 1024
"""Bytes that the key of an object may have."""

_VERSION_ID = re.compile(r"null|[A-Za-z0-9._-]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""A version without versioning, one of AWS's form, one of moto's."""

# They are answered wherever they are asked: this is how one finds the Region out.
IN_EVERY_REGION = frozenset({"CreateBucket", "GetBucketLocation"})


@checks("s3")
def a_url_lives_a_week(call: Call, principal: Principal, world: World) -> None:
    """Refuse a pre-signed URL that was made to live longer than any may."""
    if call.scope is None or call.scope.form != "url":
        return
    longest = int(LONGEST_URL.total_seconds())
    if int(call.request.args["X-Amz-Expires"]) > longest:
        raise AwsError(
            "AuthorizationQueryParametersError",
            "X-Amz-Expires must be less than a week (in seconds); that is, the given "
            f"X-Amz-Expires must be less than {longest} seconds",
        )


@checks("s3")
def what_comes_with_a_url_is_signed(call: Call, principal: Principal, world: World) -> None:
    """Refuse a header of S3's that was added to a pre-signed URL, an access control list, say."""
    if call.scope is None or call.scope.form != "url":
        return
    signed = str(call.request.args.get("X-Amz-SignedHeaders") or "").split(";")
    added = sorted(
        name
        for name in map(str.lower, call.request.headers.keys())
        if name.startswith("x-amz-") and name != "x-amz-content-sha256" and name not in signed
    )
    if added:
        raise AwsError(
            "AccessDenied",
            "There were headers present in the request which were not signed",
            403,
            details={"HeadersNotSigned": ", ".join(added)},
        )


@checks("s3")
def a_key_is_not_too_long(call: Call, principal: Principal, world: World) -> None:
    """Refuse a key that no object can have."""
    key = call.parameters.get("Key")
    if key and len(key) > LONGEST_KEY // 4 and (size := len(str(key).encode())) > LONGEST_KEY:
        raise AwsError(
            "KeyTooLongError",
            "Your key is too long",
            details={"Size": str(size), "MaxSizeAllowed": str(LONGEST_KEY)},
        )


@checks("s3")
def a_version_id_looks_like_one(call: Call, principal: Principal, world: World) -> None:
    """Refuse the id of a version that no version can have."""
    source = copy_source(call.parameters)
    for version_id in (call.parameters.get("VersionId"), source and source.version_id):
        if version_id and not _VERSION_ID.fullmatch(version_id):
            raise invalid_argument("Invalid version id specified", "versionId", version_id)


@checks("s3")
def the_bucket_is_there_and_here(call: Call, principal: Principal, world: World) -> None:
    """Refuse a call to a bucket that there is not, that is elsewhere, or that is another's."""
    parameters = call.parameters
    name = parameters.get("Bucket")
    if name is None or call.operation == "CreateBucket":
        return
    bucket = seam.s3_bucket(name)
    if bucket is None:
        if ".s3-accesspoint." not in call.request.host:
            raise no_such_bucket(name)
        point = seam.s3_access_point(name)
        if point is None:
            raise AwsError("NoSuchAccessPoint", "The specified accesspoint does not exist", 404)
        if str(point.network_origin).upper() == "VPC":
            raise access_denied()  # nobody here calls from inside a VPC
        bucket = seam.s3_bucket(point.bucket)
        if bucket is None:
            raise no_such_bucket(point.bucket)
    if call.operation not in IN_EVERY_REGION:
        _check_region(call, bucket)
    expected = parameters.get("ExpectedBucketOwner")
    if expected and expected != bucket.account_id:
        raise access_denied()
    source = copy_source(parameters)
    if source is not None:
        _check_source(source.bucket, parameters)


def _check_source(name: str, parameters: Any) -> None:
    bucket = seam.s3_bucket(name)
    if bucket is None:
        raise no_such_bucket(name)
    expected = parameters.get("ExpectedSourceBucketOwner")
    if expected and expected != bucket.account_id:
        raise access_denied()


def _check_region(call: Call, bucket: Any) -> None:
    """Send a call on to the Region of its bucket; boto3 follows by itself."""
    there = bucket.region_name
    if call.scope is None or call.region == there or call.scope.form in ("url-v2", "form"):
        return
    told = {"x-amz-bucket-region": there}
    if call.scope.form == "url":
        raise AwsError(
            "AuthorizationQueryParametersError",
            f"Error parsing the X-Amz-Credential parameter; the region '{call.region}' is wrong; "
            f"expecting '{there}'",
            400,
            details={"Region": there},
            headers=told,
        )
    host = call.request.host
    by_name = host.startswith(f"{bucket.name}.")
    if by_name and call.region == DEFAULT_REGION and ".s3.amazonaws." in host:
        # The one host without a Region leads to the bucket wherever it is.
        raise AwsError(
            "AuthorizationHeaderMalformed",
            f"The authorization header is malformed; the region '{call.region}' is wrong; "
            f"expecting '{there}'",
            400,
            details={"Region": there},
            headers=told,
        )
    endpoint = f"s3.{there}.amazonaws.com"
    raise AwsError(
        "PermanentRedirect",
        "The bucket you are attempting to access must be addressed using the specified endpoint. "
        "Please send all future requests to this endpoint.",
        301,
        details={
            "Endpoint": f"{bucket.name}.{endpoint}" if by_name else endpoint,
            "Bucket": bucket.name,
        },
        headers=told,
    )
