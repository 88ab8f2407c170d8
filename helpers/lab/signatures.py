"""Is a request signed with the secret that belongs to its access key?

The signature is computed again with botocore's own signers and compared, for the forms that
boto3 makes: the Authorization header, pre-signed URLs of version 4 and of S3's version 2,
S3's POST upload form, and SimpleDB's form of version 2.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from helpers.lab import chunked_uploads, seam
from helpers.lab.wire import Call, clocks, senders_time, signed_url

LONGEST_URL = timedelta(days=7)
"""A pre-signed URL of version 4 lives a week at the most."""

SKEW = timedelta(minutes=15)
"""How far the clock of who signs a request may be from AWS's."""

_STAMP = "%Y%m%dT%H%M%SZ"
_SIGNED = re.compile(r"SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]+)")


def is_right(call: Call, secret: str, token: str | None) -> bool:
    """Whether a signed call carries the signature that ``secret`` makes."""
    assert call.scope is not None
    check = _CHECKS.get(call.scope.form)
    return check is not None and check(call, Credentials(call.scope.access_key_id, secret, token))


_SHA256 = re.compile(r"[0-9a-f]{64}")


def changed_body(call: Call) -> tuple[str, str] | None:
    """The SHA-256 that a call was signed with and that of its body, where they differ.

    The signature covers the header ``x-amz-content-sha256``, and that the body; some signatures
    leave the body out, and say so in the header instead.
    """
    said = call.request.headers.get("X-Amz-Content-SHA256", "")
    if not _SHA256.fullmatch(said):
        return None
    found = hashlib.sha256(call.request.get_data(cache=True)).hexdigest()
    return None if found == said else (said, found)


def session_token(call: Call) -> str | None:
    """The session token that came with a call, wherever its form of signature puts it."""
    request = call.request
    return (
        request.headers.get("X-Amz-Security-Token")
        or request.args.get("X-Amz-Security-Token")
        or request.args.get("x-amz-security-token")
        or (request.form.get("x-amz-security-token") if call.scope.form == "form" else None)
        or (request.values.get("SecurityToken") if call.scope.form == "form-v2" else None)
    )


def has_expired(call: Call, now: datetime) -> bool:
    """Whether a call is a pre-signed URL past its end.

    One that came to the served address may have been made by a program, which goes by the
    machine's clock, or in the notebook by the account's: it is good while either finds it good.
    """
    end = _expiry(call)
    return end is not None and all(
        clock >= end or _is_early(call, clock) for clock in clocks(call.request, now)
    )


def is_early(call: Call, now: datetime) -> bool:
    """Whether a call is a pre-signed URL of a time to come."""
    is_url = call.scope.form == "url"
    return is_url and all(_is_early(call, clock) for clock in clocks(call.request, now))


def _is_early(call: Call, clock: datetime) -> bool:
    made = signed_at(call)
    return made is not None and made - SKEW > clock


def missed_clock(call: Call, now: datetime) -> datetime | None:
    """The time that a call was signed too long before or after; ``None``: it is in time.

    Only calls of programs can be late: in the notebook, boto3 signs with the account's time.
    """
    if senders_time(call.request) is None or call.scope.form != "header":
        return None
    made = signed_at(call)
    if made is None:
        return None
    nearest = min(clocks(call.request, now), key=lambda clock: abs(clock - made))
    return nearest if abs(nearest - made) > SKEW else None


def signed_at(call: Call) -> datetime | None:
    """When a call was signed by version 4, as it says itself."""
    request = call.request
    stamp = request.headers.get("X-Amz-Date") or request.args.get("X-Amz-Date", "")
    try:
        return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def _expiry(call: Call) -> datetime | None:
    """When a pre-signed URL ends; ``None`` for a call that is not one."""
    arguments = call.request.args
    try:
        if call.scope.form == "url":
            made = datetime.strptime(arguments["X-Amz-Date"], _STAMP).replace(tzinfo=UTC)
            life = timedelta(seconds=int(arguments["X-Amz-Expires"]))
            return made + min(life, LONGEST_URL)
        if call.scope.form == "url-v2":
            return datetime.fromtimestamp(int(arguments["Expires"]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return datetime.min.replace(tzinfo=UTC)  # an end that cannot be read has passed
    return None


def _same(found: str, made: str) -> bool:
    return hmac.compare_digest(found.encode(), made.encode())


def _signer(call: Call, credentials: Credentials, v4: Any, v4_s3: Any, **options: Any) -> Any:
    scope = call.scope
    kind = v4_s3 if scope.signing_name == "s3" else v4
    return kind(credentials, scope.signing_name, scope.region, **options)


def _header(call: Call, credentials: Credentials) -> bool:
    request = call.request
    match = _SIGNED.search(request.headers.get("Authorization", ""))
    timestamp = request.headers.get("X-Amz-Date", "")
    if match is None or not timestamp.startswith(call.scope.date):
        return False
    again = AWSRequest(
        method=request.method,
        url=signed_url(request),
        headers={name: request.headers[name] for name in _signed_names(match[1], request)},
        data=request.data,
    )
    again.context["timestamp"] = timestamp
    signer = _signer(call, credentials, seam.SigV4Auth, seam.S3SigV4Auth)
    canonical = signer.canonical_request(again)
    made = signer.signature(signer.string_to_sign(again, canonical), again)
    return _same(match[2], made) and chunked_uploads.is_right(call, credentials)


def _signed_names(names: str, request: Any) -> list[str]:
    """The signed headers that are there; the host is taken from the URL."""
    return [name for name in names.split(";") if name != "host" and name in request.headers]


def _url(call: Call, credentials: Credentials) -> bool:
    request = call.request
    parts = urlsplit(signed_url(request))
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    found = dict(pairs).get("X-Amz-Signature", "")
    query = "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
        for name, value in pairs
        if name != "X-Amz-Signature"
    )
    signed = dict(pairs).get("X-Amz-SignedHeaders", "host")
    again = AWSRequest(
        method=request.method,
        url=parts._replace(query=query).geturl(),
        headers={name: request.headers[name] for name in _signed_names(signed, request)},
        data=request.data,
    )
    again.context["timestamp"] = dict(pairs).get("X-Amz-Date", "")
    signer = _signer(call, credentials, seam.SigV4QueryAuth, seam.S3SigV4QueryAuth, expires=0)
    canonical = signer.canonical_request(again)
    return _same(found, signer.signature(signer.string_to_sign(again, canonical), again))


class _AtItsExpiry(seam.HmacV1QueryAuth):
    """Version 2's signer, at the end that a URL names instead of one counted from now."""

    def _get_date(self) -> str:
        return str(self._expires)


def _url_v2(call: Call, credentials: Credentials) -> bool:
    request = call.request
    arguments = request.args
    # What the URL was signed with stands in its query; a header of the request overrides it.
    signed = {
        name.lower(): value
        for name, value in [*arguments.items(), *request.headers.items()]
        if name.lower().startswith("x-amz-") or name.lower() in ("content-md5", "content-type")
    }
    headers = HTTPHeaders()
    for name, value in signed.items():
        headers[name] = value
    # The bucket stands in the host or in the path; version 2 signs it as part of the path.
    path = request.raw_path
    bucket = call.parameters.get("Bucket")
    if bucket and request.host.startswith(f"{bucket}."):
        path = f"/{bucket}{path}"
    split = SimpleNamespace(path=path, query=request.query_string.decode())
    signer = _AtItsExpiry(credentials, expires=arguments.get("Expires", ""))
    text = signer.canonical_string(request.method, split, headers, auth_path=path)
    return _same(arguments["Signature"], signer.sign_string(text))


def _form(call: Call, credentials: Credentials) -> bool:
    """The signature of an upload form: over its policy field alone."""
    form = {name.lower(): value for name, value in call.request.form.items()}
    policy = form.get("policy", "")
    if "x-amz-signature" in form:
        scope = call.scope
        signer = seam.SigV4Auth(credentials, scope.signing_name, scope.region)
        again = AWSRequest()
        again.context["timestamp"] = form.get("x-amz-date", "")
        return _same(form["x-amz-signature"], signer.signature(policy, again))
    made = hmac.new(credentials.secret_key.encode(), policy.encode(), hashlib.sha1).digest()
    return _same(form.get("signature", ""), base64.b64encode(made).decode())


def _form_v2(call: Call, credentials: Credentials) -> bool:
    """The signature of version 2 over all the fields of a query service's form."""
    request = call.request
    fields = dict(request.values.items())
    again = AWSRequest(method=request.method, url=request.raw_url)
    _, signature = seam.SigV2Auth(credentials).calc_signature(again, fields)
    return _same(fields["Signature"], signature)


_CHECKS = {
    "header": _header,
    "url": _url,
    "url-v2": _url_v2,
    "form": _form,
    "form-v2": _form_v2,
}
