"""Buckets: their names, and how a new one is set up.

Since 2023 a new bucket has all four switches of Block Public Access on, its access control lists
off, and encrypts what it is given.

AWS pages: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html
"""

from __future__ import annotations

import re
from typing import Any

from helpers.lab import seam
from helpers.lab.authorization.s3_grants import ENFORCED, canonical_id
from helpers.lab.errors import AwsError
from helpers.lab.services import s3_acls
from helpers.lab.services.registry import Asked, answers
from helpers.lab.wire import DEFAULT_REGION

_NAME = re.compile(r"(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
RESERVED_BEGINNINGS = ("xn--", "sthree-", "amzn-s3-demo-")
RESERVED_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")

SSE_S3 = {
    "Rule": {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
        "BucketKeyEnabled": False,
    }
}
"""moto's form of a bucket's encryption: with S3's own keys, which every bucket has at least."""

ALL_ON = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)


def is_bucket_name(name: str) -> bool:
    """Whether a general purpose bucket may be called so.

    >>> is_bucket_name("payroll-2026"), is_bucket_name("Payroll"), is_bucket_name("192.0.2.7")
    (True, False, False)
    """
    return bool(_NAME.fullmatch(name)) and not (
        name.startswith(RESERVED_BEGINNINGS) or name.endswith(RESERVED_ENDS)
    )


@answers("s3", "CreateBucket")
def create_bucket(asked: Asked) -> Any:
    parameters, account = asked.parameters, asked.account.id
    name = parameters["Bucket"]
    if asked.principal.account_id is None:
        raise AwsError("AccessDenied", "Access Denied", 403)
    if not is_bucket_name(name):
        raise AwsError(
            "InvalidBucketName", "The specified bucket is not valid.", details={"BucketName": name}
        )
    _check_location(asked)
    grants = s3_acls.asked_for(asked, account, account)
    owner = seam.s3_account_of(name)
    if owner is not None and (again := _again(asked, name, owner)):
        return again
    ownership = parameters.get("ObjectOwnership") or ENFORCED
    if ownership not in s3_acls.OWNERSHIPS:
        raise s3_acls.invalid_argument("Invalid x-amz-object-ownership header")
    if grants is not None and ownership == ENFORCED and not s3_acls.gives_only_to(grants, account):
        raise s3_acls.acl_with_ownership()
    if grants is not None and s3_acls.is_public(grants):
        raise AwsError(
            "InvalidBucketAclWithBlockPublicAccessError",
            "Bucket cannot have public ACLs set with BlockPublicAccess enabled",
        )
    http = asked.forward()
    bucket = seam.s3_bucket(name)
    if http[0] >= 300 or bucket is None:
        return http
    bucket.public_access_block = seam.s3_public_access_block(ALL_ON)
    bucket.ownership_rule = ownership
    bucket.encryption = SSE_S3
    bucket.acl = seam.s3_acl(grants or [(canonical_id(account), "", "FULL_CONTROL")])
    tags = (parameters.get("CreateBucketConfiguration") or {}).get("Tags") or []
    if tags:
        seam.s3_tag(bucket, {tag["Key"]: tag.get("Value", "") for tag in tags})
    # In the first Region S3 tells the path, in all others the whole address.
    here = bucket.region_name == DEFAULT_REGION
    return {"Location": f"/{name}" if here else f"http://{name}.s3.amazonaws.com/"}


def _check_location(asked: Asked) -> None:
    """Refuse a Region that there is not; which one fits the endpoint, moto looks at."""
    configuration = asked.parameters.get("CreateBucketConfiguration") or {}
    location = configuration.get("LocationConstraint")
    known = asked.call.model.service_model.shape_for("BucketLocationConstraint").enum
    # us-east-1 has no name here, so moto has a word of its own for it.
    if location and location not in (*known, DEFAULT_REGION):
        raise AwsError(
            "InvalidLocationConstraint",
            "The specified location-constraint is not valid",
            details={"LocationConstraint": location},
        )


def _again(asked: Asked, name: str, owner: str) -> Any:
    """The answer for a name that is taken. In us-east-1 alone, one's own may be made again."""
    details = {"BucketName": name}
    if owner != asked.account.id:
        raise AwsError(
            "BucketAlreadyExists",
            "The requested bucket name is not available. The bucket namespace is shared by all "
            "users of the system. Please select a different name and try again.",
            409,
            details=details,
        )
    bucket = seam.s3_bucket(name)
    if bucket.region_name != DEFAULT_REGION or asked.call.region != DEFAULT_REGION:
        raise AwsError(
            "BucketAlreadyOwnedByYou",
            "Your previous request to create the named bucket succeeded and you already own it.",
            409,
            details=details,
        )
    bucket.acl = seam.s3_acl([(canonical_id(owner), "", "FULL_CONTROL")])
    return {"Location": f"/{name}"}


@answers("s3", "DeleteBucketEncryption")
def delete_bucket_encryption(asked: Asked) -> None:
    """Takes back what somebody set; the encryption that every bucket has stays."""
    seam.s3_bucket(asked.parameters["Bucket"]).encryption = SSE_S3


@answers("s3", "GetBucketRequestPayment")
def get_bucket_request_payment(asked: Asked) -> dict[str, Any]:
    """The owner pays; to have the requester pay (PutBucketRequestPayment) is not simulated."""
    return {"Payer": "BucketOwner"}


@answers("s3", "ListBuckets")
def list_buckets(asked: Asked) -> Any:
    parameters = asked.parameters
    prefix, region = parameters.get("Prefix") or "", parameters.get("BucketRegion")
    after, most = parameters.get("ContinuationToken"), parameters.get("MaxBuckets")
    found = [
        bucket
        for bucket in sorted(seam.buckets(asked.account.id), key=lambda bucket: bucket.name)
        if bucket.name.startswith(prefix)
        and (not region or bucket.region_name == region)
        and (not after or bucket.name > after)
    ]
    shown = found[: int(most)] if most else found
    # Which Region each is in is told to those who page or filter, as on AWS.
    paged = bool(most or region or prefix or after)
    result: dict[str, Any] = {
        "Owner": {"ID": canonical_id(asked.account.id)},
        "Buckets": [
            {
                "Name": bucket.name,
                "CreationDate": bucket.creation_date,
                **({"BucketRegion": bucket.region_name} if paged else {}),
            }
            for bucket in shown
        ],
    }
    if prefix:
        result["Prefix"] = prefix
    if len(shown) < len(found):
        result["ContinuationToken"] = shown[-1].name
    return result


@answers("s3", "PutBucketAbac")
def put_bucket_abac(asked: Asked) -> None:
    """Whether tags of the bucket count in policies, as aws:ResourceTag and s3:BucketTag.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging-enable-abac.html
    """
    status = (asked.parameters.get("AbacStatus") or {}).get("Status")
    seam.s3_marks(seam.s3_bucket(asked.parameters["Bucket"])).abac = status == "Enabled"


@answers("s3", "GetBucketAbac")
def get_bucket_abac(asked: Asked) -> Any:
    on = seam.s3_marks(seam.s3_bucket(asked.parameters["Bucket"])).abac
    return {"AbacStatus": {"Status": "Enabled" if on else "Disabled"}}


@answers("s3", "PutBucketTagging", "DeleteBucketTagging")
def bucket_tagging(asked: Asked) -> Any:
    """Where tags count in policies, only TagResource and UntagResource change them."""
    if seam.s3_marks(seam.s3_bucket(asked.parameters["Bucket"])).abac:
        raise AwsError(
            "InvalidRequest",
            "Use TagResource and UntagResource to manage tags of a bucket that has ABAC enabled.",
        )
    return asked.forward()
