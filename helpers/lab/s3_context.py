"""S3's condition keys about how a request was signed and sent.

AWS pages: https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html,
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from helpers.lab.wire import Call, clocks

# Form of the signature → s3:authType and s3:signatureversion.
FORMS = {
    "header": ("REST-HEADER", "AWS4-HMAC-SHA256"),
    "url": ("REST-QUERY-STRING", "AWS4-HMAC-SHA256"),
    "url-v2": ("REST-QUERY-STRING", "AWS"),
    "form": ("POST", "AWS4-HMAC-SHA256"),
}
TLS_VERSION = "1.3"
"""What today's boto3 and S3 agree on."""


def signing(call: Call, now: datetime) -> dict[str, Any]:
    """The condition keys of a call to S3 that its signature and its connection give."""
    request, scope = call.request, call.scope
    context: dict[str, Any] = {}
    if request.scheme == "https":
        context["s3:TlsVersion"] = TLS_VERSION
    if digest := request.headers.get("X-Amz-Content-Sha256"):
        context["s3:x-amz-content-sha256"] = digest
    if scope is None:
        return context
    context["s3:authType"], context["s3:signatureversion"] = FORMS[scope.form]
    if scope.form == "form" and "AWSAccessKeyId" in request.form:
        context["s3:signatureversion"] = "AWS"
    if scope.form == "url":
        # Only pre-signed URLs of version 4 tell when they were signed; it is in milliseconds.
        made = datetime.strptime(request.args["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        age = min((clock - made for clock in clocks(request, now)), key=abs)
        context["s3:signatureAge"] = str(int(age.total_seconds() * 1000))
    if lock_until := _retain_until(call):
        days = (lock_until - now).total_seconds() / 86_400
        context["s3:object-lock-remaining-retention-days"] = str(max(0, round(days)))
    return context


def _retain_until(call: Call) -> datetime | None:
    """Until when a call wants an object to be kept."""
    parameters = call.parameters
    until = parameters.get("ObjectLockRetainUntilDate")
    until = until or (parameters.get("Retention") or {}).get("RetainUntilDate")
    if isinstance(until, str):
        try:
            until = datetime.fromisoformat(until)
        except ValueError:
            return None
    if isinstance(until, datetime):
        return until if until.tzinfo else until.replace(tzinfo=UTC)
    return None
