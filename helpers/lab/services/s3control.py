"""S3 Control: Block Public Access of a whole account, and the tags of buckets.

AWS pages: https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutPublicAccessBlock.html,
https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_TagResource.html
"""

from __future__ import annotations

from typing import Any

from helpers.lab import seam
from helpers.lab.callers import Principal
from helpers.lab.errors import AwsError
from helpers.lab.services.registry import Asked, answers, checks
from helpers.lab.wire import Call
from helpers.lab.world import World


@checks("s3control")
def the_account_is_the_callers(call: Call, principal: Principal, world: World) -> None:
    """An account's own settings are nobody else's business, whatever policies say."""
    account = call.parameters.get("AccountId")
    if account and account != principal.account_id:
        raise AwsError("AccessDenied", "Access Denied", 403)


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
