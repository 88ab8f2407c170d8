"""S3 Control: access points, Block Public Access of an account, Batch Operations and the rest.

The action is the operation's name with few exceptions, under S3's own prefix. The resource is
the ARN of its kind, filled from the parameters below; what makes a new thing of a kind is asked
for the kind at large.

AWS page: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from helpers.lab import seam
from helpers.lab.authorization import catalogue
from helpers.lab.authorization.requirement import Requirement
from helpers.lab.authorization.s3 import tag_keys
from helpers.lab.authorization.s3_grants import granted
from helpers.lab.callers import Principal
from helpers.lab.wire import Call
from helpers.policy.catalogue import arn_template, fill

# Operation → action, where they differ. Operations on S3 on Outposts have a prefix of their own.
ACTIONS = {
    "CreateBucket": "s3-outposts:CreateBucket",
    "DeleteBucket": "s3-outposts:DeleteBucket",
    "DeleteBucketLifecycleConfiguration": "s3-outposts:PutLifecycleConfiguration",
    "DeleteBucketPolicy": "s3-outposts:DeleteBucketPolicy",
    "DeleteBucketReplication": "s3-outposts:PutReplicationConfiguration",
    "DeleteBucketTagging": "s3-outposts:PutBucketTagging",
    "DeleteAccessPointScope": "s3express:DeleteAccessPointScope",
    "DeletePublicAccessBlock": "s3:PutAccountPublicAccessBlock",
    "GetAccessPointScope": "s3express:GetAccessPointScope",
    "GetBucket": "s3-outposts:GetBucket",
    "GetBucketLifecycleConfiguration": "s3-outposts:GetLifecycleConfiguration",
    "GetBucketPolicy": "s3-outposts:GetBucketPolicy",
    "GetBucketReplication": "s3-outposts:GetReplicationConfiguration",
    "GetBucketTagging": "s3-outposts:GetBucketTagging",
    "GetBucketVersioning": "s3-outposts:GetBucketVersioning",
    "GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
    "ListAccessPointsForDirectoryBuckets": "s3express:ListAccessPointsForDirectoryBuckets",
    "ListRegionalBuckets": "s3-outposts:ListRegionalBuckets",
    "PutAccessPointScope": "s3express:PutAccessPointScope",
    "PutBucketLifecycleConfiguration": "s3-outposts:PutLifecycleConfiguration",
    "PutBucketPolicy": "s3-outposts:PutBucketPolicy",
    "PutBucketReplication": "s3-outposts:PutReplicationConfiguration",
    "PutBucketTagging": "s3-outposts:PutBucketTagging",
    "PutBucketVersioning": "s3-outposts:PutBucketVersioning",
    "PutPublicAccessBlock": "s3:PutAccountPublicAccessBlock",
}

# Kind of resource → the variable in its ARN, and the parameters that may hold it.
NAMED_BY = {
    "accessgrant": ("Token", ("AccessGrantId",)),
    "accessgrantsinstance": (None, ()),
    "accessgrantslocation": ("Token", ("AccessGrantsLocationId",)),
    "accesspoint": ("AccessPointName", ("Name",)),
    "job": ("JobId", ("JobId",)),
    "multiregionaccesspoint": ("AccessPointAlias", ("Name", "Mrap", "Details")),
    "objectlambdaaccesspoint": ("AccessPointName", ("Name",)),
    "storagelensconfiguration": ("ConfigId", ("ConfigId",)),
    "storagelensgroup": ("Name", ("Name",)),
}


def requirements(call: Call, principal: Principal, account_id: str) -> Iterator[Requirement]:
    """What an S3 Control call needs."""
    parameters = call.parameters
    action = ACTIONS.get(call.operation, f"s3:{call.operation}")
    account = parameters.get("AccountId") or account_id
    context: dict[str, Any] = {"s3:ResourceAccount": account, "aws:ResourceAccount": account}
    tags = parameters.get("Tags") or []
    if tags:
        context["aws:TagKeys"] = [tag["Key"] for tag in tags]
        context.update(tag_keys("aws:RequestTag", {t["Key"]: t.get("Value", "") for t in tags}))
    elif keys := parameters.get("TagKeys"):
        context["aws:TagKeys"] = list(keys)
    arn = str(parameters.get("ResourceArn") or "")
    bucket = seam.s3_bucket(arn.removeprefix("arn:aws:s3:::")) if arn else None
    if bucket is not None:  # the tags of a bucket
        if seam.s3_marks(bucket).abac:
            own = seam.s3_tags(bucket)
            context |= tag_keys("aws:ResourceTag", own) | tag_keys("s3:BucketTag", own)
        policies, owner = granted(bucket, None, None, call.operation, principal)
        yield Requirement(action, arn, context, policies, owner)
        return
    resource = arn or _resource(call, account)
    on_point = call.operation == "CreateAccessPoint" and parameters.get("Bucket")
    if on_point:
        context["s3:AccessPointNetworkOrigin"] = (
            "VPC" if parameters.get("VpcConfiguration") else "Internet"
        )
    yield Requirement(action, resource, context, resource_account=account)
    if call.operation == "CreateJob" and parameters.get("RoleArn"):
        passed = {"iam:PassedToService": "batchoperations.s3.amazonaws.com"}
        yield Requirement("iam:PassRole", parameters["RoleArn"], passed)


def _resource(call: Call, account: str) -> str:
    """The ARN of what a call works on, or ``*`` where AWS knows of no resource."""
    known = {"Partition": "aws", "Region": call.region, "Account": account}
    for kind in catalogue.resource_types("s3", call.operation):
        variable, names = NAMED_BY.get(kind, (None, None))
        if names is None:
            continue
        value = next((v for n in names if (v := call.parameters.get(n))), "*")
        if isinstance(value, dict):  # Details of a multi-Region access point
            value = value.get("Name", "*")
        values = {**known, **({variable: str(value)} if variable else {})}
        template = arn_template("s3", kind) or "*"
        return fill(template, {**values, "AccessPointAlias": str(value)})
    return "*"
