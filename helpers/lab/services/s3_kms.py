"""Objects under a KMS key: what S3 asks of a request before it turns to KMS.

KMS answers somebody, so S3 has to know who asks: a request that is not signed, or in the old way,
gets nothing, however public the bucket is. And AWS's own key for S3 serves one account only.

AWS pages: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html,
https://repost.aws/knowledge-center/s3-kms-signature-version-error,
https://repost.aws/knowledge-center/cross-account-access-denied-error-s3
"""

from __future__ import annotations

from typing import Any

from helpers.lab import seam
from helpers.lab.authorization import s3_encryption
from helpers.lab.errors import AwsError
from helpers.lab.services import s3_customer_keys
from helpers.lab.services.registry import Asked, answers
from helpers.lab.services.s3_errors import a_delete_marker, access_denied

UNSIGNED = (
    "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature "
    "Version 4."
)
INSECURE = (
    "Requests specifying Server Side Encryption with AWS KMS managed keys must be made over a "
    "secure connection."
)
ANOTHERS = (
    "The ciphertext refers to a customer master key that does not exist, does not exist in this "
    "region, or you are not allowed to access."
)


@answers("s3", "GetObject")
def get_object(asked: Asked) -> Any:
    """moto's answer, to those to whom KMS would open the object."""
    parameters = asked.parameters
    name = parameters["Bucket"]
    point = seam.s3_access_point(name)
    bucket = seam.s3_bucket(point.bucket if point is not None else name)
    version = seam.s3_version(bucket, parameters["Key"], parameters.get("VersionId"))
    if seam.is_s3_delete_marker(version):
        raise a_delete_marker(asked.call.request.method)
    if version is None:
        return asked.forward()
    s3_customer_keys.check_read(asked, version)
    if version.encryption in s3_encryption.KMS:
        _check(asked, bucket, version)
    return s3_customer_keys.told(asked.forward(), seam.s3_customer_key(version))


def _check(asked: Asked, bucket: Any, version: Any) -> None:
    if not s3_encryption.is_signed(asked.call):
        raise AwsError("InvalidArgument", UNSIGNED)
    if asked.call.request.scheme != "https":
        raise AwsError("InvalidArgument", INSECURE)
    foreign = asked.principal.account_id != bucket.account_id
    if foreign and s3_encryption.is_aws_managed(version.kms_key_id):
        raise access_denied(ANOTHERS)
