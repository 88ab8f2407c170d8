"""S3 Control: Block Public Access of accounts and access points, and the tags of buckets.

AWS pages: https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutPublicAccessBlock.html,
https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_TagResource.html
"""

from __future__ import annotations

from typing import Any

from helpers.lab import seam
from helpers.lab.authorization.s3_grants import is_public_text, switches
from helpers.lab.callers import Principal
from helpers.lab.errors import AwsError
from helpers.lab.services.registry import Asked, answers, checks
from helpers.lab.services.s3_errors import blocked
from helpers.lab.wire import Call
from helpers.lab.world import World
from helpers.policy import PolicyError, PolicyType, parse_policy


@checks("s3control")
def the_account_is_the_callers(call: Call, principal: Principal, world: World) -> None:
    """An account's own settings are nobody else's business, whatever policies say."""
    account = call.parameters.get("AccountId")
    if account and account != principal.account_id:
        raise AwsError("AccessDenied", "Access Denied", 403)


@answers("s3control", "PutAccessPointPolicy")
def put_access_point_policy(asked: Asked) -> Any:
    """A policy of an access point, unless it is public and its switches or the bucket's are on.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-bpa-settings.html
    """
    parameters = asked.parameters
    text = str(parameters.get("Policy") or "")
    try:
        parse_policy(text, PolicyType.RESOURCE)
    except PolicyError as error:
        raise AwsError("MalformedPolicy", str(error)) from error
    point = seam.s3_access_point(f"{parameters.get('Name')}-{asked.account.id}")
    bucket = seam.s3_bucket(point.bucket) if point is not None else None
    if bucket is not None and is_public_text(text) and switches(bucket, point).block_public_policy:
        raise blocked(
            asked.principal.arn,
            "s3:PutAccessPointPolicy",
            point.arn,
            "policies",
            "BlockPublicPolicy",
        )
    return asked.forward()


def _bucket(asked: Asked) -> Any | None:
    """The bucket whose tags a call is about; ``None``: another kind of resource."""
    arn = str(asked.parameters.get("ResourceArn") or "")
    if not arn.startswith("arn:aws:s3:::"):
        return None
    name = arn.removeprefix("arn:aws:s3:::")
    bucket = seam.s3_bucket(name)
    if bucket is None:
        raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404)
    return bucket


@answers("s3control", "TagResource")
def tag_resource(asked: Asked) -> Any:
    bucket = _bucket(asked)
    if bucket is None:
        return asked.forward()
    new = {tag["Key"]: tag.get("Value", "") for tag in asked.parameters.get("Tags") or []}
    seam.s3_tag(bucket, {**seam.s3_tags(bucket), **new})
    return {}


@answers("s3control", "UntagResource")
def untag_resource(asked: Asked) -> Any:
    bucket = _bucket(asked)
    if bucket is None:
        return asked.forward()
    keys = set(asked.parameters.get("TagKeys") or [])
    kept = {key: value for key, value in seam.s3_tags(bucket).items() if key not in keys}
    seam.s3_tag(bucket, kept)
    return {}


@answers("s3control", "ListTagsForResource")
def list_tags_for_resource(asked: Asked) -> Any:
    bucket = _bucket(asked)
    if bucket is None:
        return asked.forward()
    return {"Tags": [{"Key": k, "Value": v} for k, v in seam.s3_tags(bucket).items()]}
