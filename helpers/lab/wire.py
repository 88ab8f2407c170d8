"""From an HTTP request to a typed call, and from an answer back to HTTP.

moto's own router, parsers and serializers do the work, for they follow botocore's models:
what is read here is what boto3 wrote, and what is written here is what boto3 reads.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.sax.saxutils import escape

from botocore.exceptions import UnknownServiceError
from botocore.validate import ParamValidator

from helpers.lab import seam, service_names
from helpers.lab.errors import AwsError, not_simulated, simulation_failed

HttpAnswer = tuple[int, Mapping[str, str], bytes | str]
"""Status, headers, body: what moto's stub hands back to boto3."""

AWS_DOMAINS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")
"""The domains under which AWS answers; the lab answers for no other."""

DEFAULT_REGION = "us-east-1"

# Operations that carry no signature on AWS either: the caller has no AWS identity yet.
UNSIGNED_OPERATIONS = frozenset({"AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"})

_SCOPE = re.compile(
    r"AWS4-HMAC-SHA256 .*?Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request", re.S
)
_V2_HEADER = re.compile(r"AWS ([^:\s]+):")


@dataclass(frozen=True, slots=True)
class Scope:
    """What the signature says of itself: whose key, which day, Region and service.

    ``form`` is "header", "url" (pre-signed, version 4), "url-v2", "form" (a POST upload) or
    "form-v2" (a query service's form, which SimpleDB alone still signs so);
    "header-v2" is the oldest form, which AWS's current Regions refuse.
    """

    access_key_id: str
    form: str
    date: str = ""
    region: str = DEFAULT_REGION
    signing_name: str = "s3"


@dataclass(frozen=True, slots=True)
class Call:
    """One API call, as typed as boto3 wrote it.

    ``parameters`` has the names and types of botocore's model of the operation; a streaming
    body is not among them (``request.data`` has it).
    """

    service: str
    operation: str
    parameters: Mapping[str, Any]
    region: str
    protocol: str
    scope: Scope | None
    request: Any
    model: Any = field(repr=False)

    @property
    def api(self) -> str:
        """The call's name as people say it: "iam:CreateUser" (not always the IAM action)."""
        return f"{self.service}:{self.operation}"


class NotAws(Exception):
    """The request goes to a host that is not AWS's."""


# A request that came to the served address is at AWS's own host name from then on. What its
# sender knew is kept beside it, where WSGI keeps what no header can set.
_SIGNED_URL = "helpers.lab.signed_url"
_SENDERS_TIME = "helpers.lab.senders_time"


def keep_signed_url(request: Any, url: str) -> None:
    """Keep the URL that a request was signed for, which is not the one that it has now."""
    request.environ[_SIGNED_URL] = url


def signed_url(request: Any) -> str:
    """The URL that a request was signed for."""
    return request.environ.get(_SIGNED_URL) or request.raw_url


def keep_senders_time(request: Any, now: datetime) -> None:
    """Keep the time of the sender of a request, whose clock is not the account's."""
    request.environ[_SENDERS_TIME] = now


def senders_time(request: Any) -> datetime | None:
    """The time of the sender of a request; ``None``: the sender goes by the account's clock."""
    return request.environ.get(_SENDERS_TIME)


def clocks(request: Any, now: datetime) -> tuple[datetime, ...]:
    """The times by which a signature may be good: the account's, and its sender's own."""
    other = senders_time(request)
    return (now,) if other is None else (now, other)


def is_aws_host(host: str) -> bool:
    """Whether a host name is one of AWS's API endpoints.

    >>> is_aws_host("iam.amazonaws.com"), is_aws_host("amazonaws.com.example.org")
    (True, False)
    """
    host = host.rsplit(":", 1)[0].rstrip(".").lower()
    return host.endswith(AWS_DOMAINS)


def read(request: Any) -> Call:
    """The call in a request of botocore, requests or moto.

    Raises ``NotAws`` for a host that is none of AWS's and ``AwsError`` for a call that
    cannot be told (an operation or a service that nobody simulates).
    """
    request = seam.normalize_request(request)
    if not is_aws_host(request.host):
        raise NotAws(request.host)
    scope = scope_of(request)
    service, operation_model, uri_parameters = _operation(request, scope)
    if service == "s3" and request.host.endswith(".api.aws"):
        raise NotAws(request.host)  # S3's dual-stack endpoints are under amazonaws.com
    region = scope.region if scope else _region_of_host(request.host)
    protocol = seam.determine_request_protocol(operation_model.service_model, request.content_type)
    call = Call(
        service=service,
        operation=operation_model.name,
        parameters=_parameters(request, operation_model, protocol, uri_parameters),
        region=region,
        protocol=protocol,
        scope=scope,
        request=request,
        model=operation_model,
    )
    return call


def scope_of(request: Any) -> Scope | None:
    """What the request's signature says of itself; ``None``: it is not signed."""
    authorization = request.headers.get("Authorization", "")
    if authorization:
        if match := _SCOPE.match(authorization):
            key, date, region, name = match.groups()
            return Scope(key, "header", date, region, name)
        if match := _V2_HEADER.match(authorization):
            return Scope(match[1], "header-v2")
    arguments = request.args
    if "X-Amz-Credential" in arguments:
        parts = arguments["X-Amz-Credential"].split("/")
        if len(parts) == 5:
            return Scope(parts[0], "url", parts[1], parts[2], parts[3])
    if "AWSAccessKeyId" in arguments and "Signature" in arguments:
        return Scope(arguments["AWSAccessKeyId"], "url-v2")
    if request.values.get("SignatureVersion") == "2" and "Signature" in request.values:
        name = _service_of_host(request.host)
        return Scope(request.values.get("AWSAccessKeyId", ""), "form-v2", signing_name=name)
    if request.mimetype == "multipart/form-data":
        form = request.form
        if "AWSAccessKeyId" in form:
            return Scope(form["AWSAccessKeyId"], "form")
        parts = form.get("x-amz-credential", form.get("X-Amz-Credential", "")).split("/")
        if len(parts) == 5:
            return Scope(parts[0], "form", parts[1], parts[2], parts[3])
    return None


def _operation(request: Any, scope: Scope | None) -> tuple[str, Any, Mapping[str, Any]]:
    """botocore's name of the service that a request goes to, the model of the operation, and
    what the path says.

    Raises ``AwsError`` where no service of the request's name has such an operation.
    """
    tried: list[AwsError] = []
    name = _service(request, scope)
    if (kind := _other_storage(request.host)) is not None:
        operation = request.args.get("x-id") or f"{request.method} {request.path}"
        raise not_simulated(kind, operation)
    if _is_service(name) and (found := _matched(name, request, tried)) is not None:
        return name, *found
    for other in service_names.candidates(scope and scope.signing_name, request):
        if other != name and (found := _matched(other, request, tried)) is not None:
            return other, *found
    raise tried[0] if tried else not_simulated(name, "this service")


def service_signed_for(request: Any, scope: Scope) -> str | None:
    """botocore's name of the service that a request is signed for, whatever host it goes to;
    ``None`` for a name that no service signs with."""
    try:
        return _operation(request, scope)[0]
    except AwsError:
        found = service_names.candidates(scope.signing_name, request)
        return found[0] if found else None


@functools.cache
def _is_service(name: str) -> bool:
    """Whether botocore has a model of a service of this name."""
    try:
        seam.get_service_model(name)
    except (UnknownServiceError, KeyError):
        return False
    return True


def _matched(service: str, request: Any, tried: list[AwsError]) -> tuple[Any, Any] | None:
    """The operation of a service that a request is for; what was wrong is put with ``tried``."""
    names = service_names.Names.of(service, seam.get_service_model(service).metadata)
    fits = names.fits(request)
    try:
        if fits:
            return seam.get_service_router(service).match(request)
    except seam.NotFound:
        pass
    except NotImplementedError as error:  # a body in a form that the service does not read
        tried.append(AwsError("SerializationException", str(error)))
        return None
    target = service_names.target_of(request)[1]
    name = request.values.get("Action") or target or f"{request.method} {request.path}"
    # The best guess comes first, and is what the caller hears.
    tried.insert(0 if fits else len(tried), not_simulated(service, name))
    return None


def _service(request: Any, scope: Scope | None) -> str:
    """The likeliest name of the service that a request goes to: that of its signature."""
    name = scope.signing_name if scope is not None else _service_of_host(request.host)
    if _other_storage(request.host) is not None:
        return "s3"
    # Only the host tells: an object's key may begin with s3control's path.
    if name == "s3" and ".s3-control" in f".{request.host}":
        return "s3control"
    return name


_OTHER_STORAGE = re.compile(
    r"(?:^|\.)(s3express-[^.]+|s3-object-lambda|accesspoint\.s3-global)\.|[^.]\.(s3-outposts)\."
)


def _other_storage(host: str) -> str | None:
    """S3's client calls these hosts too, for buckets that are none of an ordinary Region's:
    directory buckets, Outposts, Object Lambda, access points of many Regions."""
    found = _OTHER_STORAGE.search(host)
    return found and (found[1] or found[2])


def _service_of_host(host: str) -> str:
    """The service in a host name such as ``iam.amazonaws.com`` or ``b.s3.eu-west-1.…``."""
    labels = host.split(":")[0].lower().split(".")
    if any(label == "s3" or label.startswith("s3-") for label in labels[:-2]):
        return "s3"
    return labels[0]


def _region_of_host(host: str) -> str:
    found = re.search(r"\.([a-z]{2}(?:-[a-z]+)+-\d)\.", host)
    return found[1] if found else DEFAULT_REGION


def usual_host(host: str) -> str:
    """The host of a service's ordinary endpoint, for that of its dual-stack or FIPS endpoint.

    >>> usual_host("ec2-fips.eu-west-1.api.aws"), usual_host("iam.global.api.aws")
    ('ec2.eu-west-1.amazonaws.com', 'iam.amazonaws.com')
    """
    first, _, rest = host.partition(".")
    if rest.endswith("api.aws"):
        rest = rest.removesuffix("api.aws").removeprefix("global.") + "amazonaws.com"
    return f"{first.removesuffix('-fips')}.{rest}"


def for_moto(call: Call) -> Any:
    """A call's request as moto is to see it: at the one endpoint of a service that it knows."""
    request = call.request
    host = usual_host(request.host)
    # S3's names of hosts hold buckets, and moto reads them all.
    if call.service == "s3" or host == request.host:
        return request
    return seam.Request.from_primitives(
        request.method,
        request.raw_url.replace(request.host, host, 1),
        {name: value for name, value in request.headers.items() if name != "Host"},
        request.get_data(),
    )


def with_parameters(call: Call, parameters: Mapping[str, Any]) -> Call:
    """The same EC2 call with other parameters, for moto to answer; its signature is the old one."""
    request = call.request
    form = {**seam.query_form(parameters, call.model), "Version": request.values["Version"]}
    headers = {k: v for k, v in request.headers.items() if k.lower() != "content-length"}
    made = seam.Request.from_primitives(
        request.method,
        request.raw_url,
        {**headers, "Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
        urlencode({"Action": call.operation, **form}).encode(),
    )
    return replace(call, parameters=parameters, request=made)


# What the parsers stumble with over a body that is not in the form they expect.
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, SyntaxError)


def _parameters(
    request: Any, operation_model: Any, protocol: str, uri_parameters: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The typed parameters; a streaming body, which may be large, is left where it is."""
    if operation_model.name == "PostObject":
        return _upload(request, uri_parameters)
    body = b"" if operation_model.has_streaming_input else request.data
    try:
        return seam.PROTOCOL_PARSERS[protocol](operation_model, map_type=dict).parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": body,
                "url_path": request.path,
                "url_params": uri_parameters,
            }
        )
    except (*_UNREADABLE, seam.RequestParserError) as error:
        raise AwsError(
            "MalformedXML" if protocol == "rest-xml" else "SerializationException",
            f"The request's body cannot be read as {operation_model.name} needs it: {error}",
        ) from error


# Fields of an upload form that mean the same as a parameter of PutObject.
_FORM_FIELDS = {"acl": "ACL", "tagging": "Tagging", "content-type": "ContentType"}


def _upload(request: Any, uri_parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters of an upload form, which botocore's models leave out: PutObject's names."""
    form = {name.lower(): value for name, value in request.form.items()}
    file = request.files.get("file")
    name = (file.filename if file is not None else None) or ""
    found = {
        "Bucket": uri_parameters.get("Bucket"),
        "Key": form.get("key", "").replace("${filename}", name),
    }
    found.update({_FORM_FIELDS[name]: form[name] for name in _FORM_FIELDS if name in form})
    return found


@functools.lru_cache(maxsize=512)
def _serializer(service: str, protocol: str) -> Any:
    return seam.get_serializer_class(service, protocol)


class _Picker(seam.XFormedAttributePicker):
    """moto's way to find a member's value in a result, which tries a dozen spellings of its name.
    The lab's own answers spell it as the model does, and that is looked at first."""

    def __call__(self, context: Any) -> Any:
        if type(context.obj) is dict and context.key in context.obj:
            return context.obj[context.key]
        return super().__call__(context)


_PICKER = _Picker()


def _serialize(call: Call, result: Any) -> HttpAnswer:
    serializer = _serializer(call.service, call.protocol)(
        operation_model=call.model, value_picker=_PICKER
    )
    answer = serializer.serialize(result)
    return answer["status_code"], dict(answer["headers"]), answer["body"]


def answer(call: Call, result: Any) -> HttpAnswer:
    """A result as HTTP: a dict in the shape of botocore's model, or moto's own objects in it."""
    return _serialize(call, result)


def error_answer(call: Call, error: AwsError) -> HttpAnswer:
    """An error as HTTP, in the shape that the call's service gives to errors."""
    return _error(call.request, error, call.service, call.protocol)


def bare_error_answer(request: Any, error: AwsError) -> HttpAnswer:
    """An error for a request whose operation could not be told: in its service's shape."""
    scope = scope_of(request)
    service = _service(request, scope)
    if not _is_service(service):
        found = service_names.candidates(scope and scope.signing_name, request)
        service = found[0] if found else service
    try:
        protocol = str(seam.get_service_model(service).protocol)
    except UnknownServiceError:
        # The protocols whose errors are XML name their operation so; the others read JSON.
        protocol = "query" if "Action" in request.values else "json"
    return _error(request, error, service, protocol)


def _error(request: Any, error: AwsError, service: str, protocol: str) -> HttpAnswer:
    """The shapes of errors, which are the protocols' and need no model of the operation.

    https://smithy.io/2.0/aws/protocols/index.html
    """
    status, code, message = error.status, error.code, error.message
    if request.method == "HEAD":
        return status, dict(error.headers), b""
    if request.headers.get("Smithy-Protocol") == "rpc-v2-cbor":
        sent = {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        return status, sent, b"\xa2" + b"".join(map(_cbor, ("__type", code, "message", message)))
    if "json" in protocol or protocol == "smithy-rpc-v2-cbor":
        headers = {"content-type": "application/x-amz-json-1.1", "x-amzn-errortype": code}
        return status, headers, json.dumps({"__type": code, "message": message, **error.details})
    text = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    # The ids are filled in when the answer is recorded.
    if service == "s3":
        for name, value in error.details.items():
            text += f"<{name}>{escape(value)}</{name}>"
        return _in_s3_shape(request, status, error.headers, f"<Error>{text}</Error>")
    if protocol == "ec2":
        body = f"<Response><Errors><Error>{text}</Error></Errors><RequestID></RequestID></Response>"
    else:
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type>{text}</Error>"
            "<RequestId></RequestId></ErrorResponse>"
        )
    return status, {"content-type": "text/xml"}, f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'


def _cbor(text: str) -> bytes:
    """A text in CBOR, of which errors need no more: https://www.rfc-editor.org/rfc/rfc8949"""
    data = text.encode()
    return b"\x7a" + len(data).to_bytes(4, "big") + data


_ERROR = re.compile(r"<Error[^>]*>.*</Error>", re.S)
_MOTOS_OWN = frozenset({"content-type", "content-length", "x-amzn-requestid"})
_REQUEST_ID = re.compile(r"<(RequestId|RequestID|HostId)>.*?</\1>", re.S)


def in_s3_shape(call: Call, http: HttpAnswer) -> HttpAnswer:
    """moto's answer of an error as S3 gives it: with the request's two ids, and bare for HEAD."""
    status, headers, body = http
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    if call.request.method == "HEAD":
        return status, headers, b""
    found = _ERROR.search(text)
    if found is None:
        return http
    kept = {name: headers[name] for name in headers if name.lower() not in _MOTOS_OWN}
    return _in_s3_shape(call.request, status, kept, _REQUEST_ID.sub("", found[0]))


def _in_s3_shape(request: Any, status: int, headers: Mapping[str, str], error: str) -> HttpAnswer:
    """An ``<Error>`` of S3, completed by the ids that name the request to AWS's support.

    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    """
    # Drawn from the request itself, so that the same lab answers the same.
    seed = hashlib.sha512(f"{request.method} {request.raw_url} {error}".encode())
    seed.update(request.headers.get("Authorization", "").encode())
    request_id = base64.b32encode(seed.digest()[:10]).decode()
    host_id = base64.b64encode(seed.digest()[:56]).decode()
    ids = f"<RequestId>{request_id}</RequestId><HostId>{host_id}</HostId></Error>"
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{error.removesuffix("</Error>")}{ids}'
    sent = {
        "x-amz-request-id": request_id,
        "x-amz-id-2": host_id,
        "content-type": "application/xml",
    }
    return status, {**headers, **sent}, body


def moto_error_answer(call: Call, error: Any) -> HttpAnswer:
    """An error that moto's stores raised, as moto itself would answer it."""
    http = _serialize(call, error)
    return in_s3_shape(call, http) if call.service == "s3" else http


def error_in(http: HttpAnswer) -> AwsError | None:
    """The error that an HTTP answer carries, for the record; ``None`` for a good answer."""
    status, _, body = http
    if status < 400:
        return None
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    code = re.search(r"<Code>([^<]*)</Code>|\"__type\": ?\"(?:[^\"#]*#)?([^\"]*)\"", text)
    message = re.search(r"<Message>([^<]*)</Message>|\"[Mm]essage\": ?\"([^\"]*)\"", text)
    return AwsError(
        next(filter(None, code.groups()), "") if code else str(status),
        next(filter(None, message.groups()), "") if message else "",
        status,
    )


def is_bare(http: HttpAnswer) -> bool:
    """Whether moto says no more than that it has no such thing, in words of no protocol."""
    status, _, body = http
    return status in (404, 501) and body in ("Not yet implemented", "Not Implemented")


def stumbled(call: Call, error: Exception) -> AwsError:
    """The error for a call on which the lab or moto stumbled.

    boto3 checks the types of parameters; others may send a list for a text, which is the caller's
    fault. Parameters that are as the model wants them are not.
    """
    shape = call.model.input_shape
    if isinstance(error, ImportError):  # a package that moto needs for this, and nobody else
        return not_simulated(call.service, call.operation)
    report = ParamValidator().validate(call.parameters, shape) if shape is not None else None
    if report is not None and report.has_errors():
        return AwsError(
            "SerializationException",
            f"The parameters of {call.operation} are not of the types that it takes.",
        )
    return simulation_failed(call.service, call.operation, error)


# Where the bodies of answers name the request: query's, EC2's, and both kinds of errors.
_REQUEST_ID_TAGS = ("<RequestId>", "<requestId>", "<RequestID>")
_REQUEST_ID_HEADERS = frozenset({"x-amzn-requestid", "x-amz-request-id", "x-amz-id-2"})


def with_request_id(
    service: str, protocol: str, http: HttpAnswer, request_id: str, host_id: str
) -> HttpAnswer:
    """An answer that carries this request id, where its protocol has the id: in a header, and in
    the body of XML answers (S3's objects are left alone)."""
    status, given, body = http
    headers = {n: v for n, v in given.items() if n.lower() not in _REQUEST_ID_HEADERS}
    if service in ("s3", "s3control"):
        headers["x-amz-request-id"], headers["x-amz-id-2"] = request_id, host_id
        if status >= 400:
            body = _between("<RequestId>", "</", request_id, body)
            body = _between("<HostId>", "</", host_id, body)
        return status, headers, body
    headers["x-amzn-requestid"] = request_id
    if protocol in ("query", "ec2", "rest-xml"):
        for tag in _REQUEST_ID_TAGS:
            body = _between(tag, "</", request_id, body)
    return status, headers, body


def _between(start: str, end: str, text: str, body: bytes | str) -> bytes | str:
    """The body with the text between the last ``start`` and the ``end`` behind it replaced."""
    if isinstance(body, bytes):
        begin, stop, middle = body.rfind(start.encode()), end.encode(), text.encode()
        if begin < 0:
            return body
        begin += len(start)
        return body[:begin] + middle + body[body.find(stop, begin) :]
    begin = body.rfind(start)
    if begin < 0:
        return body
    begin += len(start)
    return body[:begin] + text + body[body.find(end, begin) :]


def host_of(url: str) -> str:
    """The host of a URL, for messages.

    >>> host_of("https://key:secret@example.org:8443/path?x=1")
    'example.org'
    """
    return urlsplit(url).hostname or url
