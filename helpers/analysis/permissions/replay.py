"""A recorded call made again: the requests, as the policy engine judges them, that a CloudTrail
record stands for.

A record tells who called, from where, with which kind of credentials, and of most calls what they
worked on. It tells little of the resource itself (its tags, its policy) and of some calls not
which resource it was. So every request comes with what the record leaves open.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html and
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from helpers.analysis.trail import event_actions
from helpers.analysis.trail.event_actions import Record
from helpers.analysis.trail.usage import event_time
from helpers.policy import Request, catalogue
from helpers.policy.principals import is_account_id

UNKNOWN = "*"
"""The resource of a request whose record does not name it. It is also the resource of actions
that have none; :attr:`Replay.names_resource` tells them apart."""


class Replay(NamedTuple):
    """One request of a recorded call.

    ``denied`` says what became of the call. ``names_resource`` is false where the action works on
    a resource and the record does not tell which. ``absent`` are condition keys (in lower case)
    that the record shows to be missing from the request, as opposed to those it says nothing of.
    """

    request: Request
    denied: bool
    names_resource: bool
    absent: frozenset[str]

    def untold(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Those of some condition keys that the request may have had, with a value that the
        record does not tell."""
        return tuple(
            key
            for key in keys
            if self.request.values(key) is None
            and _stem(key) not in self.absent
            and _carries(self.request.action, key)
        )


def requests_of(record: Record, tags: Mapping[str, str] | None = None) -> list[Request]:
    """The requests that a record stands for, one for each action and resource.

    Empty where the call needs no permission, where its action is unknown and where nobody can
    tell who called. See :func:`replays` for what the record leaves open.

    >>> requests_of({"eventSource": "s3.amazonaws.com", "eventName": "GetObject",
    ...     "eventTime": "2026-11-02T09:00:00Z", "sourceIPAddress": "203.0.113.10",
    ...     "requestParameters": {"bucketName": "payroll", "key": "2026.csv"},
    ...     "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ann",
    ...         "accountId": "111122223333", "userName": "ann"}})[0].resource
    'arn:aws:s3:::payroll/2026.csv'
    """
    return [one.request for one in replays(record, tags)]


def replays(record: Record, tags: Mapping[str, str] | None = None) -> list[Replay]:
    """The requests that a record stands for, each with what the record leaves open.

    Of a denied call this is the one request that the record's error message names; where it names
    none, all of them.

    Args:
        tags: Those of the user or role, and of its session: ``aws:PrincipalTag/…``. ``None``:
            they are not known.
    """
    identity = record.get("userIdentity")
    principal = identity.get("arn") if isinstance(identity, Mapping) else None
    at = event_time(record)
    if not isinstance(identity, Mapping) or not isinstance(principal, str) or at is None:
        return []
    denied = event_actions.is_denied(record)
    context, absent = _context(record, identity, tags)
    context["aws:CurrentTime"] = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    context["aws:EpochTime"] = str(int(at.timestamp()))
    found = []
    for action, resource in _asked(record, denied):
        own, missing = _of_the_call(record, action)
        owner = _owner(record, resource)
        if owner is not None:
            own["aws:ResourceAccount"] = owner
        names_resource = resource != UNKNOWN or not catalogue.used_types(action)
        try:
            request = Request(
                action,
                resource,
                principal,
                {**context, **own},
                owner,
                f"the record of {record.get('eventName')} at {record.get('eventTime')}",
            )
        except ValueError:  # an identity that is no principal
            return []
        found.append(Replay(request, denied, names_resource, absent | missing))
    return found


# -- action and resource -------------------------------------------------------------------------

_DENIAL = re.compile(
    r"is not authorized to perform: (?P<action>[\w-]+:\w+)"
    r'(?: on resource: (?P<quote>"?)(?P<resource>.+?)(?P=quote))?'
    r"(?: (?:because|with an explicit deny)\b.*|\.?)$",
    re.MULTILINE,
)
"""AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"""


def _asked(record: Record, denied: bool) -> Iterator[tuple[str, str]]:
    """The actions and resources of a call, each once."""
    message = record.get("errorMessage")
    if denied and isinstance(message, str) and (said := _DENIAL.search(message)):
        name = catalogue.spelled(said["action"])
        if name is not None and str(record.get("eventType")) not in event_actions.NO_ACTION_TYPES:
            resource = said["resource"] or UNKNOWN
            yield name, resource if resource.startswith("arn:") else UNKNOWN
            return
    for action in dict.fromkeys(event_actions.meaning(record).actions):
        known = event_actions.resources(record, action) or _own(record, action)
        for resource in known or (UNKNOWN,):
            yield action, resource


def _own(record: Record, action: str) -> tuple[str, ...]:
    """The user itself, whom IAM takes where a call that is about a user names none.

    AWS: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html
    """
    parameters, identity = record.get("requestParameters"), record["userIdentity"]
    if not action.startswith("iam:") or identity.get("type") != "IAMUser":
        return ()
    if isinstance(parameters, Mapping) and "userName" in parameters:
        return ()
    kinds = [kind.name for kind in catalogue.used_types(action)]
    return (str(identity["arn"]),) if kinds == ["user"] else ()


def _owner(record: Record, resource: str) -> str | None:
    """The account that a resource is in, by its ARN or by the record's list of resources."""
    part = resource.split(":", 5)
    if len(part) > 5 and is_account_id(part[4]):
        return part[4]
    arns = {resource, resource.partition("/")[0]} if resource.startswith("arn:aws:s3") else ()
    listed = record.get("resources")
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, Mapping) and item.get("ARN") in arns:
            account = item.get("accountId")
            if isinstance(account, str) and is_account_id(account):
                return account
    return None


# -- the context -----------------------------------------------------------------------------------

_TYPES = {
    "Root": "Account",
    "IAMUser": "User",
    "AssumedRole": "AssumedRole",
    "FederatedUser": "FederatedUser",
}
"""userIdentity's type → aws:PrincipalType."""

_OF_SERVICES = frozenset(
    {
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
    }
)
"""Keys of requests that an AWS service makes as itself."""

_OF_SESSIONS = frozenset(
    {
        "aws:assumedroot",
        "aws:chatbotsourcearn",
        "aws:ec2instancesourceprivateipv4",
        "aws:ec2instancesourcevpc",
        "aws:federatedprovider",
        "aws:multifactorauthage",
        "aws:multifactorauthpresent",
        "aws:sourceidentity",
        "aws:tokenissuetime",
        "ec2:roledelivery",
        "ec2:sourceinstancearn",
        "lambda:sourcefunctionarn",
        "ssm:sourceinstancearn",
    }
)
"""Keys that come with temporary credentials only."""

_OF_ENDPOINTS = frozenset(
    {
        "aws:sourcevpc",
        "aws:sourcevpcarn",
        "aws:sourcevpce",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "aws:vpceorgpaths",
        "aws:vpcsourceip",
    }
)
"""Keys of requests that come through a VPC endpoint."""

_CALLED_VIA = frozenset({"aws:calledvia", "aws:calledviafirst", "aws:calledvialast"})


def _context(
    record: Record, identity: Mapping[str, Any], tags: Mapping[str, str] | None
) -> tuple[dict[str, Any], frozenset[str]]:
    """The condition keys that hold for all requests of a call, and those that it had not."""
    context: dict[str, Any] = {
        "aws:PrincipalIsAWSService": "false",
        "aws:PrincipalType": _TYPES.get(str(identity.get("type"))),
        "aws:PrincipalAccount": identity.get("accountId"),
        "aws:userid": identity.get("principalId"),
        "aws:RequestedRegion": record.get("awsRegion"),
    }
    absent = _OF_SERVICES
    if identity.get("type") == "IAMUser":
        context["aws:username"] = identity.get("userName")
    else:
        absent |= {"aws:username"}
    if agent := record.get("userAgent"):
        context["aws:UserAgent"] = _agent(str(agent))
    if record.get("tlsDetails"):
        context["aws:SecureTransport"] = "true"
    for part, missing in (
        _of_session(identity, record),
        _of_place(record),
        _of_services(identity),
    ):
        context.update(part)
        absent |= missing
    if tags is not None:
        context.update({f"aws:PrincipalTag/{key}": value for key, value in tags.items()})
        absent |= {"aws:principaltag"}
    return {key: value for key, value in context.items() if value is not None}, absent


def _agent(text: str) -> str:
    """S3 writes what the client called itself in brackets."""
    return text[1:-1] if text.startswith("[") and text.endswith("]") else text


def _of_session(
    identity: Mapping[str, Any], record: Record
) -> tuple[dict[str, Any], frozenset[str]]:
    """Whose session it is, since when, and whether it began with MFA. A request that is signed
    with a long-term key has none of these keys."""
    session = identity.get("sessionContext")
    if not isinstance(session, Mapping):
        long_term = str(identity.get("accessKeyId", "")).startswith("AKIA")
        arn = {"aws:PrincipalArn": identity.get("arn")}
        return arn, _OF_SESSIONS if long_term else frozenset()
    issuer, attributes = session.get("sessionIssuer"), session.get("attributes")
    context: dict[str, Any] = {"aws:PrincipalArn": identity.get("arn")}
    if identity.get("type") == "AssumedRole":
        of_role = issuer.get("arn") if isinstance(issuer, Mapping) else None
        context["aws:PrincipalArn"] = of_role
    absent = set()
    if isinstance(attributes, Mapping):
        since, at = attributes.get("creationDate"), event_time(record)
        context["aws:TokenIssueTime"] = since or None
        absent.add("aws:multifactorauthage")
        with_mfa = attributes.get("mfaAuthenticated")
        if identity.get("type") == "FederatedUser":  # never has it, whatever the record says
            absent.add("aws:multifactorauthpresent")
        elif with_mfa is not None:
            context["aws:MultiFactorAuthPresent"] = str(with_mfa).lower()
            began = event_time({"eventTime": since})
            if context["aws:MultiFactorAuthPresent"] == "true" and began and at:
                context["aws:MultiFactorAuthAge"] = str(int((at - began).total_seconds()))
    of_web = session.get("webIdFederationData")
    for key, held, name in (
        ("aws:SourceIdentity", session, "sourceIdentity"),
        ("aws:AssumedRoot", session, "assumedRoot"),
        ("ec2:RoleDelivery", session, "ec2RoleDelivery"),
        ("aws:FederatedProvider", of_web, "federatedProvider"),
    ):
        value = held.get(name) if isinstance(held, Mapping) else None
        if value:
            context[key] = value
        else:
            absent.add(key.lower())
    return context, frozenset(absent)


def _of_place(record: Record) -> tuple[dict[str, Any], frozenset[str]]:
    """Where a call came from: an address, or a VPC endpoint."""
    address = record.get("sourceIPAddress")
    if endpoint := record.get("vpcEndpointId"):
        return {
            "aws:SourceVpce": endpoint,
            "aws:VpceAccount": record.get("vpcEndpointAccountId"),
            "aws:VpcSourceIp": address if _is_ip(address) else None,
        }, frozenset({"aws:sourceip"})
    # Of a call that a service made for somebody, its name stands in place of the address.
    return {"aws:SourceIp": address if _is_ip(address) else None}, _OF_ENDPOINTS


def _is_ip(value: object) -> bool:
    try:
        ipaddress.ip_address(str(value))
    except ValueError:
        return False
    return True


def _of_services(identity: Mapping[str, Any]) -> tuple[dict[str, Any], frozenset[str]]:
    """Whether an AWS service made the call for the principal. The record names the last one."""
    via = identity.get("invokedBy")
    if not via:
        return {"aws:ViaAWSService": "false"}, _CALLED_VIA
    context: dict[str, Any] = {"aws:ViaAWSService": "true"}
    if str(via).endswith(".amazonaws.com"):
        context["aws:CalledViaLast"] = via
    return context, frozenset()


def _of_the_call(record: Record, action: str) -> tuple[dict[str, Any], frozenset[str]]:
    """The keys that come from a call's own parameters, where the record writes them alike."""
    if action == "iam:PassRole":
        return {"iam:PassedToService": _receiver(record)}, frozenset()
    parameters = record.get("requestParameters")
    if not isinstance(parameters, Mapping):
        return {}, frozenset()
    context: dict[str, Any] = {}
    if action.startswith("s3:"):
        keys = _s3_keys(action)
        context = {key: str(parameters[n]) for key, n in keys if parameters.get(n) is not None}
        return context, frozenset(key.lower() for key, _ in keys if key not in context)
    for key, name in _OF_PARAMETERS.items():
        if isinstance(parameters.get(name), str) and _carries(action, key):
            context[key] = parameters[name]
    given = parameters.get("tags")
    if isinstance(given, list) and given:
        pairs = [(tag.get("key"), tag.get("value")) for tag in given if isinstance(tag, Mapping)]
        context |= {f"aws:RequestTag/{key}": str(value or "") for key, value in pairs if key}
        context["aws:TagKeys"] = [str(key) for key, _ in pairs if key]
    return context, frozenset()


_OF_PARAMETERS = {
    "iam:AWSServiceName": "aWSServiceName",
    "iam:PolicyARN": "policyArn",
    "sts:ExternalId": "externalId",
    "sts:RoleSessionName": "roleSessionName",
}
"""Condition key → the element of requestParameters that is its value."""

_S3_ARGUMENTS = frozenset({"delimiter", "max-keys", "prefix"})
_NEVER_WRITTEN = frozenset({"x-amz-content-sha256"})


@lru_cache(maxsize=512)
def _s3_keys(action: str) -> tuple[tuple[str, str], ...]:
    """The condition keys of an S3 action that bear the name of an argument or a header."""
    known = catalogue.action(action)
    named = [(key, key.partition(":")[2]) for key in (known.condition_keys if known else ())]
    return tuple(
        (key, name)
        for key, name in named
        if name in _S3_ARGUMENTS or (name.startswith("x-amz-") and name not in _NEVER_WRITTEN)
    )


def _receiver(record: Record) -> str:
    """The service that a role was passed to.

    AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
    """
    prefix = event_actions.prefix_of(str(record.get("eventSource")))
    if prefix == "autoscaling":
        prefix = "ec2"
    elif prefix == "ecs" and record.get("eventName") != "CreateService":
        prefix = "ecs-tasks"
    return f"{prefix}.amazonaws.com"


# -- what is left open -----------------------------------------------------------------------------


def _stem(key: str) -> str:
    """A key in lower case, without the part that its user chooses."""
    return key.lower().partition("/")[0]


@lru_cache(maxsize=8192)
def _carries(action: str, key: str) -> bool:
    return catalogue.carries(action, key)
