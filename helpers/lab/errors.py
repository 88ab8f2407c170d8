"""AWS's error words, in the dialect of each service.

One failure (an unknown access key, say) has a different code, sentence and HTTP status in
IAM, S3, EC2 and the JSON services. The tables below hold those dialects; the rest of the lab
raises ``AwsError`` by the failure's name and never spells a dialect itself.

AWS pages: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html,
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html,
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple


class Failure(StrEnum):
    """What can be wrong with a request before any policy is asked."""

    UNKNOWN_KEY = "unknown or inactive access key"
    WRONG_SIGNATURE = "signed with another secret"
    UNKNOWN_TOKEN = "session token missing or not the key's own"
    EXPIRED_TOKEN = "temporary credentials past their time"
    EXPIRED_URL = "pre-signed URL past its time"
    NO_SIGNATURE = "not signed at all"
    OLD_SIGNATURE = "signed in the header by version 2"
    SKEWED_CLOCK = "signed too long ago, or at a time to come"


class Words(NamedTuple):
    """How a service says it: error code, message and HTTP status."""

    code: str
    message: str
    status: int


DENIALS = frozenset(
    {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}
)
"""The codes of a refusal, in the dialects of the services."""


@dataclass
class AwsError(Exception):
    """An error that the account answers with, as AWS would.

    ``failure`` is there where the credentials were no good, so that no policy was asked.

    >>> raise AwsError("NoSuchEntity", "The user with name nobody cannot be found.", 404)
    Traceback (most recent call last):
    helpers.lab.errors.AwsError: NoSuchEntity: The user with name nobody cannot be found.
    """

    code: str
    message: str
    status: int = 400
    failure: Failure | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    """Further members of the error in botocore's model, such as a Reason."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers that go with it, such as the Region that a bucket is in."""
    hint: str = ""
    """What the lab knows beyond AWS's sentence, for ``lab.why()``; the caller is not told."""

    @property
    def is_denial(self) -> bool:
        """Whether it says that the caller may not, rather than that the call was wrong."""
        return self.failure is not None or self.code in DENIALS

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


_SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. Check your "
)
_S3_SIGNATURE = _SIGNATURE + "key and signing method."
_LONG_SIGNATURE = (
    _SIGNATURE + "AWS Secret Access Key and signing method. "
    "Consult the service documentation for details."
)
_NOT_VALIDATED = "AWS was not able to validate the provided access credentials"
_INVALID = "The security token included in the request is invalid"
_EXPIRED = "The security token included in the request is expired"
_MISSING = "Missing Authentication Token"

_OLD = (
    "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
)

_QUERY = {
    Failure.UNKNOWN_KEY: Words("InvalidClientTokenId", _INVALID + ".", 403),
    Failure.WRONG_SIGNATURE: Words("SignatureDoesNotMatch", _LONG_SIGNATURE, 403),
    Failure.UNKNOWN_TOKEN: Words("InvalidClientTokenId", _INVALID + ".", 403),
    Failure.EXPIRED_TOKEN: Words("ExpiredToken", _EXPIRED, 403),
    Failure.EXPIRED_URL: Words("SignatureDoesNotMatch", "Signature expired.", 403),
    Failure.NO_SIGNATURE: Words(
        "MissingAuthenticationToken", "Request is missing Authentication Token", 403
    ),
    Failure.OLD_SIGNATURE: Words("IncompleteSignature", _OLD, 400),
}
_S3 = {
    Failure.UNKNOWN_KEY: Words(
        "InvalidAccessKeyId",
        "The AWS Access Key Id you provided does not exist in our records.",
        403,
    ),
    Failure.WRONG_SIGNATURE: Words("SignatureDoesNotMatch", _S3_SIGNATURE, 403),
    Failure.UNKNOWN_TOKEN: Words(
        "InvalidToken", "The provided token is malformed or otherwise invalid.", 400
    ),
    Failure.EXPIRED_TOKEN: Words("ExpiredToken", "The provided token has expired.", 400),
    Failure.EXPIRED_URL: Words("AccessDenied", "Request has expired", 403),
    # Not signed is no failure in S3: the request is anonymous and the bucket decides.
    Failure.NO_SIGNATURE: Words("AccessDenied", "Access Denied", 403),
    Failure.OLD_SIGNATURE: Words("InvalidRequest", _OLD, 400),
}
_EC2 = {
    Failure.UNKNOWN_KEY: Words("AuthFailure", _NOT_VALIDATED, 401),
    Failure.WRONG_SIGNATURE: Words("AuthFailure", _NOT_VALIDATED, 401),
    Failure.UNKNOWN_TOKEN: Words("AuthFailure", _NOT_VALIDATED, 401),
    Failure.EXPIRED_TOKEN: Words("RequestExpired", "Request has expired.", 400),
    Failure.EXPIRED_URL: Words("RequestExpired", "Request has expired.", 400),
    Failure.NO_SIGNATURE: Words("AuthFailure", _NOT_VALIDATED, 401),
    Failure.OLD_SIGNATURE: Words("AuthFailure", _NOT_VALIDATED, 401),
}
_JSON = {
    Failure.UNKNOWN_KEY: Words("UnrecognizedClientException", _INVALID + ".", 400),
    Failure.WRONG_SIGNATURE: Words("InvalidSignatureException", _LONG_SIGNATURE, 400),
    Failure.UNKNOWN_TOKEN: Words("UnrecognizedClientException", _INVALID + ".", 400),
    Failure.EXPIRED_TOKEN: Words("ExpiredTokenException", _EXPIRED, 400),
    Failure.EXPIRED_URL: Words("InvalidSignatureException", "Signature expired.", 400),
    Failure.NO_SIGNATURE: Words("MissingAuthenticationTokenException", _MISSING, 400),
    Failure.OLD_SIGNATURE: Words("IncompleteSignatureException", _OLD, 400),
}
# The REST services say the same words with the statuses of the web.
_REST_JSON = {
    failure: words._replace(status=403) if words.status == 400 else words
    for failure, words in _JSON.items()
}

DIALECTS = {
    "query": _QUERY,
    "rest-xml": _QUERY,
    "s3": _S3,
    "ec2": _EC2,
    "json": _JSON,
    "rest-json": _REST_JSON,
}
"""Dialect by protocol; S3 and EC2 have their own, whatever their protocol is called."""


def dialect(service: str, protocol: str) -> dict[Failure, Words]:
    """The dialect in which a service speaks: its own, or that of its protocol."""
    service = "s3" if service == "s3control" else service
    return DIALECTS.get(service) or DIALECTS.get(protocol, _QUERY)


def failure(kind: Failure, service: str, protocol: str) -> AwsError:
    """The error that a service answers with for a failure of signing.

    >>> failure(Failure.UNKNOWN_KEY, "s3", "rest-xml").code
    'InvalidAccessKeyId'
    >>> failure(Failure.UNKNOWN_KEY, "iam", "query").code
    'InvalidClientTokenId'
    """
    return AwsError(*dialect(service, protocol)[kind], failure=kind)


def changed_in_s3(signed: str, computed: str) -> AwsError:
    """S3's error for a body that is not the one that was signed, by their SHA-256."""
    return AwsError(
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
        details={"ClientComputedContentSHA256": signed, "S3ComputedContentSHA256": computed},
    )


# The service counts the minutes in its own sentence; S3 and EC2 have one for both sides.
_LATE = "Signature expired: {made} is now earlier than {limit} ({now} - 15 min.)"
_EARLY = "Signature not yet current: {made} is still later than {limit} ({now} + 15 min.)"
_STAMP = "%Y%m%dT%H%M%SZ"


def skewed(service: str, protocol: str, made: datetime, now: datetime) -> AwsError:
    """The error for a request that was signed more than 15 minutes before or after ``now``.

    >>> made, now = datetime(2026, 11, 2, 9, 0), datetime(2026, 11, 2, 9, 20)
    >>> skewed("sts", "query", made, now).message.partition(" (")[0]
    'Signature expired: 20261102T090000Z is now earlier than 20261102T090500Z'
    """
    kind = Failure.SKEWED_CLOCK
    if service in ("s3", "s3control"):
        details = {
            "RequestTime": made.strftime(_STAMP),
            "ServerTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "MaxAllowedSkewMilliseconds": "900000",
        }
        text = "The difference between the request time and the current time is too large."
        return AwsError("RequestTimeTooSkewed", text, 403, kind, details)
    if service == "ec2":
        return AwsError("RequestExpired", "Request has expired.", 400, kind)
    words = dialect(service, protocol)[Failure.WRONG_SIGNATURE]
    minutes = timedelta(minutes=15)
    text, limit = (_LATE, now - minutes) if made < now else (_EARLY, now + minutes)
    stamps = {"made": made, "limit": limit, "now": now}
    message = text.format(**{name: time.strftime(_STAMP) for name, time in stamps.items()})
    return AwsError(words.code, message, words.status, kind)


def early(service: str, protocol: str, made: datetime, now: datetime) -> AwsError:
    """The error for a pre-signed URL of a time to come."""
    if service in ("s3", "s3control"):
        return AwsError("AccessDenied", "Request is not yet valid", 403, Failure.SKEWED_CLOCK)
    return skewed(service, protocol, made, now)


class Denied(NamedTuple):
    """How a service says that a decision was no: error code and HTTP status."""

    code: str
    status: int


DENIED = {
    "ec2": Denied("UnauthorizedOperation", 403),
    "sns": Denied("AuthorizationError", 403),
    "sqs": Denied("AccessDenied", 403),
    "json": Denied("AccessDeniedException", 400),
    "rest-json": Denied("AccessDeniedException", 403),
    "smithy-rpc-v2-cbor": Denied("AccessDeniedException", 400),
}
"""Dialect by service, else by protocol; all others say AccessDenied with 403."""


SPELLED: dict[str, Callable[[str], str]] = {
    "sns": lambda action: f"SNS{action.removeprefix('sns')}",
    "sqs": str.lower,
}
"""How a service's sentences write an action, where not as policies do."""


def access_denied(service: str, protocol: str, message: str) -> AwsError:
    """The error for a decision that says no: the sentence, in the service's own wrapping."""
    code, status = DENIED.get(service) or DENIED.get(protocol) or Denied("AccessDenied", 403)
    if service == "ec2":
        message = f"You are not authorized to perform this operation. {message}"
    return AwsError(code, message, status)


def not_simulated(service: str, operation: str) -> AwsError:
    """The lab's own error, for what neither moto nor the lab answers. AWS has no such code."""
    return AwsError(
        "NotSimulated",
        f"This account lives inside the notebook and does not simulate {service}:{operation}. "
        "The call is right in form and would work on AWS; nothing was done here.",
        501,
    )


def simulation_failed(service: str, operation: str, error: Exception) -> AwsError:
    """The lab's own error for a call on which the simulation itself stumbled."""
    return AwsError(
        "NotSimulated",
        f"This account lives inside the notebook, and its simulation of {service}:{operation} "
        f"does not cope with these parameters ({type(error).__name__}: {error}).",
        501,
    )
