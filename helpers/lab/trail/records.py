"""CloudTrail's records, made of what was taken down.

AWS page: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

from typing import Any

from helpers.lab.account import Credential, PrincipalType
from helpers.lab.errors import AwsError
from helpers.lab.trail import ec2, elements, identities, kinds, names, resources, s3, secrets
from helpers.lab.trail.identities import instant
from helpers.lab.trail.notes import Called, Note, Served, SignedIn
from helpers.lab.trail.trail import uuid_of
from helpers.lab.wire import error_in, is_aws_host

VERSION = "1.11"

TLS = {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256"}

# An answer to HEAD has no body to say what is wrong.
WITHOUT_BODY = {"403": "AccessDenied", "404": "NoSuchKey", "400": "BadRequest"}

# Services that have read the request before they ask whether it is allowed. The others refuse at
# the door, and the record has no parameters then.
READ_FIRST = frozenset({"ec2", "s3", "s3control"})

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
CONSOLE = "https://console.aws.amazon.com/console/home?isauthcode=true"
SIGN_IN_HOST = "us-east-1.signin.aws.amazon.com"


def of(note: Note) -> list[dict[str, Any]]:
    """The records of what was taken down: one, or one for each of two accounts."""
    if isinstance(note, Called):
        return _of_call(note)
    if isinstance(note, SignedIn):
        return [_of_sign_in(note)]
    return [_of_service(note)]


# Calls ----------------------------------------------------------------------------------------


def _of_call(note: Called) -> list[dict[str, Any]]:
    event = _call(note)
    recipients = _recipients(note, "errorCode" in event)
    shared = uuid_of(note.ids[2]) if len(recipients) > 1 else None
    found = []
    for number, account in enumerate(recipients):
        own = dict(event)
        own["eventID"] = uuid_of(note.ids[number])
        own["recipientAccountId"] = account
        if shared is not None:
            own["sharedEventID"] = shared
        if account != note.principal.account_id:
            own["userIdentity"] = identities.of_stranger(note.principal)
        found.append(_ordered(own))
    return found


def _recipients(note: Called, failed: bool) -> list[str]:
    """The accounts that get the record: the caller's, and the resource's where it is another."""
    if note.principal.type is PrincipalType.ANONYMOUS:
        return [note.owner]
    owner = note.owner
    if note.service == "sts" and note.operation == "AssumeRole":
        parts = str(note.parameters.get("RoleArn", "")).split(":")
        owner = parts[4] if len(parts) > 5 and not failed else note.home
    return [note.home] if owner == note.home else [note.home, owner]


def error_of(note: Called) -> AwsError | None:
    """The error that a call was answered with."""
    if note.error is not None or note.status < 400:
        return note.error
    error = error_in((note.status, note.headers, note.body or b""))
    if error is not None and error.code in WITHOUT_BODY:
        error = AwsError(WITHOUT_BODY[error.code], error.message, error.status)
    return error


def was_denied(note: Called) -> bool:
    """Whether policies said no to the call, as opposed to a service that found fault with it."""
    return note.status >= 400 and any(item.effect != "allowed" for item in note.decisions)


def _call(note: Called) -> dict[str, Any]:
    service, operation = note.service, note.operation
    data = kinds.data_type(service, operation)
    read_only = kinds.is_read_only(service, operation)
    error, denied = error_of(note), was_denied(note)
    request, response, hidden = _elements(note, read_only, error is not None)
    if denied and service not in READ_FIRST:
        request = None
    agent = f"[{note.user_agent}]" if service in ("s3", "s3control") else note.user_agent
    event: dict[str, Any] = {
        "userIdentity": identities.of_caller(note.principal),
        "eventTime": instant(note.at),
        "eventSource": names.source_of(service, note.model),
        "eventName": names.event_of(service, operation, note.model),
        "awsRegion": names.region_of(service, note.region, note.host),
        "sourceIPAddress": note.source_ip,
        "userAgent": agent,
        "requestParameters": elements.fitting(request),
        "responseElements": elements.fitting(response),
        "requestID": note.request_id,
        "readOnly": read_only,
        "eventType": "AwsApiCall",
        "managementEvent": data is None,
        "eventCategory": "Management" if data is None else "Data",
    }
    if error is not None:
        event["errorCode"] = names.error_code(service, error.code, error.status, denied)
        if message := secrets.without(error.message, hidden):
            event["errorMessage"] = message
    if service in ("s3", "s3control"):
        headers = {str(name).lower(): value for name, value in dict(note.headers).items()}
        event["additionalEventData"] = s3.additional(note, headers.get("x-amz-id-2", ""))
    if found := resources.of_call(note, data, error is not None):
        event["resources"] = found
    if service in names.API_VERSIONS:
        event["apiVersion"] = names.API_VERSIONS[service]
    if is_aws_host(note.host):
        event["tlsDetails"] = {**TLS, "clientProvidedHostHeader": note.host}
    if note.principal.credential is Credential.CONSOLE:
        event["sessionCredentialFromConsole"] = "true"
    return event


def _elements(
    note: Called, read_only: bool, failed: bool
) -> tuple[dict[str, Any] | None, dict[str, Any] | None, list[str]]:
    """requestParameters, responseElements, and the secrets that were left out of them."""
    quoted = not failed and (not read_only or note.service == "sts")
    if note.service == "ec2":
        asked = ec2.Writer(note.operation, answering=False)
        request = ec2.request_of(note, asked)
        answered = ec2.Writer(note.operation, answering=True)
        return request, ec2.response_of(note, answered) if quoted else None, asked.secrets
    writer = elements.Writer(note.service)
    if note.service in ("s3", "s3control"):
        request = s3.request_of(note, writer)
        return request, s3.response_of(note) if quoted else None, writer.secrets
    request = elements.request_of(note, writer)
    response = elements.response_of(note, elements.Writer(note.service)) if quoted else None
    if note.service == "sts" and note.operation == "GetCallerIdentity":
        response = None
    return request, response, writer.secrets


# Sign-ins and services --------------------------------------------------------------------------


def _of_sign_in(note: SignedIn) -> dict[str, Any]:
    outcome = "Success" if note.error is None else "Failure"
    if note.event == "CheckMfa":
        more: dict[str, Any] = {"MfaType": "Virtual MFA"}
    else:
        more = {"LoginTo": CONSOLE, "MobileVersion": "No"}
        if note.mfa_serial is not None:
            more["MFAIdentifier"] = note.mfa_serial
        more["MFAUsed"] = "Yes" if note.mfa_used else "No"
    event = {
        "userIdentity": identities.of_sign_in(note),
        "eventTime": instant(note.at),
        "eventSource": "signin.amazonaws.com",
        "eventName": note.event,
        "awsRegion": "us-east-1",
        "sourceIPAddress": note.source_ip,
        "userAgent": BROWSER,
        "requestParameters": None,
        "responseElements": {note.event: outcome},
        "additionalEventData": more,
        "eventID": uuid_of(note.ids[0]),
        "readOnly": False,
        "eventType": "AwsConsoleSignIn",
        "managementEvent": True,
        "recipientAccountId": note.account,
        "eventCategory": "Management",
        "tlsDetails": {**TLS, "clientProvidedHostHeader": SIGN_IN_HOST},
    }
    if note.error is not None:
        event["errorMessage"] = note.error
    return _ordered(event)


def _of_service(note: Served) -> dict[str, Any]:
    data = kinds.data_type(note.source.partition(".")[0], note.event)
    return _ordered(
        {
            "userIdentity": identities.of_service(note.service),
            "eventTime": instant(note.at),
            "eventSource": note.source,
            "eventName": note.event,
            "awsRegion": note.region,
            "sourceIPAddress": note.service,
            "userAgent": note.service,
            "requestParameters": note.request,
            "responseElements": None,
            "requestID": uuid_of(note.ids[1]),
            "eventID": uuid_of(note.ids[0]),
            "readOnly": note.read_only,
            "resources": note.resources,
            "eventType": "AwsApiCall",
            "managementEvent": data is None,
            "recipientAccountId": note.account,
            "sharedEventID": uuid_of(note.ids[2]),
            "eventCategory": "Management" if data is None else "Data",
        }
    )


ORDER = (
    "eventVersion",
    "userIdentity",
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "errorCode",
    "errorMessage",
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "requestID",
    "eventID",
    "readOnly",
    "resources",
    "eventType",
    "apiVersion",
    "managementEvent",
    "recipientAccountId",
    "sharedEventID",
    "eventCategory",
    "tlsDetails",
    "sessionCredentialFromConsole",
)
"""The order in which CloudTrail writes the fields of a record."""


def _ordered(event: dict[str, Any]) -> dict[str, Any]:
    event["eventVersion"] = VERSION
    return {name: event[name] for name in ORDER if name in event}
