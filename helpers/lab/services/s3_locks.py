"""Object Lock: until when a version may not be deleted, and who may shorten that.

In compliance mode nobody may, root included; in governance mode who holds
``s3:BypassGovernanceRetention`` and says so.

AWS page: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from helpers.lab import seam
from helpers.lab.errors import AwsError
from helpers.lab.services.registry import Asked, answers
from helpers.lab.services.s3_acls import object_of
from helpers.lab.services.s3_errors import access_denied, invalid_argument

PAST = "The retain until date must be in the future!"
LOCKED = "Access Denied because object protected by object lock."
COMPLIANCE, GOVERNANCE = "COMPLIANCE", "GOVERNANCE"


def _until(version: Any) -> datetime | None:
    """When the retention of a version ends; ``None``: it has none."""
    return _time(version.lock_until) if version.lock_mode else None


def _time(value: Any) -> datetime | None:
    """A date as a call or moto has it; ``None``: there is none, or it cannot be read."""
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def check_new(asked: Asked) -> None:
    """Raise ``AwsError`` for a lock that a new object cannot bring along."""
    mode = asked.parameters.get("ObjectLockMode")
    until = _time(asked.parameters.get("ObjectLockRetainUntilDate"))
    if (mode is None) is not (until is None):
        raise invalid_argument(
            "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied"
        )
    if mode not in (None, COMPLIANCE, GOVERNANCE):
        raise invalid_argument("Unknown wormMode directive.", "x-amz-object-lock-mode", str(mode))
    if until is not None and until <= asked.now:
        raise invalid_argument(PAST)


@answers("s3", "PutObjectLockConfiguration")
def put_object_lock_configuration(asked: Asked) -> Any:
    """Object Lock for a bucket that keeps versions, empty or not, and what new objects get.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html
    """
    bucket = seam.s3_bucket(asked.parameters["Bucket"])
    wanted = asked.parameters.get("ObjectLockConfiguration") or {}
    if bucket.versioning_status != "Enabled":
        raise AwsError(
            "InvalidBucketState",
            "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
            409,
        )
    rule = (wanted.get("Rule") or {}).get("DefaultRetention") or {}
    mode, days, years = rule.get("Mode"), rule.get("Days"), rule.get("Years")
    good = mode in (COMPLIANCE, GOVERNANCE) and (days is None) is not (years is None)
    if wanted.get("ObjectLockEnabled") != "Enabled" or (wanted.get("Rule") and not good):
        raise AwsError(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published "
            "schema",
        )
    if any(number is not None and int(number) <= 0 for number in (days, years)):
        raise invalid_argument("Default retention period must be a positive integer value.")
    bucket.object_lock_enabled = True
    bucket.default_lock_mode = mode
    bucket.default_lock_days, bucket.default_lock_years = int(days or 0), int(years or 0)
    return {}


@answers("s3", "GetObjectLockConfiguration")
def get_object_lock_configuration(asked: Asked) -> Any:
    bucket = seam.s3_bucket(asked.parameters["Bucket"])
    if not bucket.object_lock_enabled:
        return asked.forward()
    found: dict[str, Any] = {"ObjectLockEnabled": "Enabled"}
    if bucket.default_lock_mode:
        span = {"Days": bucket.default_lock_days, "Years": bucket.default_lock_years}
        kept = {name: number for name, number in span.items() if number}
        found["Rule"] = {"DefaultRetention": {"Mode": bucket.default_lock_mode, **kept}}
    return {"ObjectLockConfiguration": found}


@answers("s3", "PutObjectRetention")
def put_object_retention(asked: Asked) -> Any:
    bucket, version = object_of(asked)
    if not bucket.object_lock_enabled:
        raise AwsError("InvalidRequest", "Bucket is missing Object Lock Configuration")
    wanted = asked.parameters.get("Retention") or {}
    mode, until = wanted.get("Mode"), _time(wanted.get("RetainUntilDate"))
    if (mode is None) is not (until is None) or mode not in (None, COMPLIANCE, GOVERNANCE):
        raise AwsError(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published "
            "schema",
        )
    if until is not None and until <= asked.now:
        raise invalid_argument(PAST)
    standing = _until(version)
    if standing is not None and standing > asked.now:
        weaker = until is None or until < standing
        weaker = weaker or (version.lock_mode == COMPLIANCE and mode != COMPLIANCE)
        may = version.lock_mode == GOVERNANCE and asked.parameters.get("BypassGovernanceRetention")
        if weaker and not may:
            raise access_denied(LOCKED)
    version.lock_mode = mode
    version.lock_until = until.strftime("%Y-%m-%dT%H:%M:%SZ") if until is not None else None
    return {}


@answers("s3", "GetObjectRetention")
def get_object_retention(asked: Asked) -> Any:
    bucket, version = object_of(asked)
    if not bucket.object_lock_enabled:
        raise AwsError("InvalidRequest", "Bucket is missing Object Lock Configuration")
    until = _until(version)
    if until is None:
        raise AwsError(
            "NoSuchObjectLockConfiguration",
            "The specified object does not have a ObjectLock configuration",
            404,
        )
    return {"Retention": {"Mode": version.lock_mode, "RetainUntilDate": until}}


@answers("s3", "DeleteObjectTagging", "GetObjectLegalHold", "PutObjectLegalHold")
def on_an_object(asked: Asked) -> Any:
    """moto's answer, for an object that there is."""
    object_of(asked)
    return asked.forward()
