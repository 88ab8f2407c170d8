"""Object Lock: until when a version may not be deleted, and who may shorten that.

In compliance mode nobody may, root included; in governance mode who holds
``s3:BypassGovernanceRetention`` and says so.

AWS page: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from helpers.lab.errors import AwsError
from helpers.lab.services.registry import Asked, answers
from helpers.lab.services.s3_acls import object_of
from helpers.lab.services.s3_errors import access_denied

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
        raise AwsError("InvalidArgument", "The retain until date must be in the future!")
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
