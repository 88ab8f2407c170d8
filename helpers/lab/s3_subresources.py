"""S3's subresources: the part of a URL that says which side of a bucket or object is meant.

``DELETE /bucket?metrics&id=…`` deletes a setting, ``DELETE /bucket`` the bucket. moto looks for the
subresources that it knows and takes every other request for one without: it would delete the
bucket. So a call whose subresource it does not know has to stop before it.

AWS: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html
"""

from __future__ import annotations

BUCKET, KEY = "bucket", "object"

KNOWN = {
    (BUCKET, "GET"): frozenset(
        {
            "accelerate",
            "acl",
            "cors",
            "encryption",
            "inventory",
            "lifecycle",
            "list-type",
            "location",
            "logging",
            "notification",
            "object-lock",
            "ownershipControls",
            "policy",
            "policyStatus",
            "publicAccessBlock",
            "replication",
            "tagging",
            "uploads",
            "versioning",
            "versions",
            "website",
        }
    ),
    (BUCKET, "PUT"): frozenset(
        {
            "accelerate",
            "acl",
            "cors",
            "encryption",
            "inventory",
            "lifecycle",
            "logging",
            "notification",
            "object-lock",
            "ownershipControls",
            "policy",
            "publicAccessBlock",
            "replication",
            "tagging",
            "versioning",
            "website",
        }
    ),
    (BUCKET, "DELETE"): frozenset(
        {
            "cors",
            "encryption",
            "lifecycle",
            "ownershipControls",
            "policy",
            "publicAccessBlock",
            "replication",
            "tagging",
            "website",
        }
    ),
    (BUCKET, "POST"): frozenset({"delete"}),
    (KEY, "GET"): frozenset({"acl", "attributes", "legal-hold", "tagging"}),
    (KEY, "PUT"): frozenset({"acl", "legal-hold", "retention", "tagging"}),
    (KEY, "DELETE"): frozenset({"tagging"}),
    (KEY, "POST"): frozenset({"restore", "select", "uploads"}),
}
"""The subresources that moto answers for, by what is addressed and the HTTP method."""


def is_known(method: str, uri: str) -> bool:
    """Whether moto answers an operation of S3's as what it is.

    ``uri`` is the path that botocore's model gives for it, the bucket left out.

    >>> is_known("DELETE", "?tagging"), is_known("DELETE", "?metrics"), is_known("DELETE", "")
    (True, False, True)
    """
    path, _, query = uri.partition("?")
    subresource = query.partition("&")[0].partition("=")[0]
    if not subresource:
        return True
    return subresource in KNOWN.get((KEY if "{Key" in path else BUCKET, method), ())
