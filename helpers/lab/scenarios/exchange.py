"""The scenario "exchange": a bucket that was opened until the partner could read it.

The bucket is from before April 2023, when a new bucket was neither closed to the public nor without
access control lists. It was opened twice, by a policy for the orders and by a list for one file.

AWS page: https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore import UNSIGNED
from botocore.config import Config

from helpers.lab.attacks.stolen_key import ELSEWHERE
from helpers.lab.scenarios.house import house

if TYPE_CHECKING:
    from helpers.lab.lab import Lab

PARTNER, STRANGER = "444455556666", "999988887777"
"""The accounts of the partner who fetches orders, and of somebody whom nobody knows."""

BUCKET, ORDERS, CUSTOMERS = "exchange", "orders/2027.csv", "customers.csv"

FILES = {
    CUSTOMERS: "name,email\nAnn,ann@example.com\n",
    "orders/2026.csv": "order,items\n998,2\n999,5\n",
    ORDERS: "order,items\n1001,3\n",
}
"""What lies in the bucket "exchange": made-up lines."""

_READS = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}

OPEN_TO_ALL = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "SoThatThePartnerCanRead",
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{BUCKET}/orders/*",
        }
    ],
}
"""The bucket's policy. The partner could read the orders from then on, and so could everybody."""


def exchange(lab: Lab) -> None:
    """The house with a bucket ``exchange`` that strangers read, and two accounts outside.

    The partner's account has the users ``service``, whose own policy allows reading the bucket, and
    ``trainee``, who has none; the stranger's has ``stranger``, whose policy is that of ``service``.
    A crawler without credentials has been there.
    """
    house(lab)
    s3 = lab.root.client("s3")
    s3.create_bucket(Bucket=BUCKET, ObjectOwnership="ObjectWriter")
    s3.delete_public_access_block(Bucket=BUCKET)
    for key, body in FILES.items():
        s3.put_object(Bucket=BUCKET, Key=key, Body=body.encode())
    s3.put_object_acl(Bucket=BUCKET, Key=CUSTOMERS, ACL="public-read")
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(OPEN_TO_ALL))
    for account, name, users in (
        (PARTNER, "Example Partner", {"service": True, "trainee": False}),
        (STRANGER, "Example Stranger", {"stranger": True}),
    ):
        iam = lab.add_account(account, name).root.client("iam")
        for user, reads in users.items():
            iam.create_user(UserName=user)
            iam.create_access_key(UserName=user)
            if reads:
                document = json.dumps({"Version": "2012-10-17", "Statement": [_READS]})
                iam.put_user_policy(UserName=user, PolicyName="Read", PolicyDocument=document)
    _crawl(lab)
    lab.clock.advance(days=1)


def _crawl(lab: Lab) -> None:
    """Programs look for open buckets all day long; this one knows the names of files."""
    crawler = lab.root.at(ELSEWHERE).client("s3", config=Config(signature_version=UNSIGNED))
    for key in (CUSTOMERS, ORDERS):
        crawler.get_object(Bucket=BUCKET, Key=key)
