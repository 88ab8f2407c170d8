"""From a CloudTrail event to the IAM actions that it stands for.

An event is named after the API operation, an IAM action often too, but not always: S3 has names
of its own for half of its actions, Lambda dates its events, some calls need several actions and
some events need none. What is renamed stands in the tables; what nobody can tell from the record
is said to be unknown.

AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html and
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

from helpers.analysis.trail.extra_actions import extra_actions, extra_elements
from helpers.analysis.trail.recorded_actions import is_data_action
from helpers.policy import catalogue
from helpers.policy.s3_actions import RENAMED

Record = Mapping[str, Any]
"""One CloudTrail record."""


class Status(StrEnum):
    """How surely an event's actions are known."""

    KNOWN = "known"
    NO_ACTION = "needs no permission"
    UNKNOWN = "no action of this name"


class Meaning(NamedTuple):
    """The actions behind an event, in AWS's spelling; empty unless they are known."""

    actions: tuple[str, ...]
    status: Status


PREFIXES = {
    "api.ecr": "ecr",
    "billingconsole": "aws-portal",
    "catalog.marketplace": "aws-marketplace",
    "cloudcontrolapi": "cloudformation",
    "data.iot": "iot",
    "email": "ses",
    "entitlement.marketplace": "aws-marketplace",
    "iotdata": "iot",
    "metering-marketplace": "aws-marketplace",
    "models.lex": "lex",
    "monitoring": "cloudwatch",
    "opensearch": "es",
    "runtime.lex": "lex",
    "runtime.sagemaker": "sagemaker",
    "servicecatalog-appregistry": "servicecatalog",
    "streams.dynamodb": "dynamodb",
    "tagging": "tag",
}
"""The first words of an event source → the service's prefix in IAM actions, where they differ."""

NO_ACTION_SOURCES = frozenset({"signin"})
"""Sources whose events need no permission: signing in comes before any policy."""

NO_ACTION_TYPES = frozenset(
    {
        "AwsServiceEvent",
        "AwsConsoleSignIn",
        "AwsConsoleAction",
        "AwsCloudTrailInsight",
        "AwsVpceEvent",
    }
)
"""Types of events that are no call of a principal's, or tell one which another event tells as well:
what a VPC endpoint let through is recorded by the service too.
AWS: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-network-events-with-cloudtrail.html"""

S3 = {
    **RENAMED,
    "CopyObject": "GetObject PutObject",
    "DeleteAccountPublicAccessBlock": "PutAccountPublicAccessBlock",
    "DeleteBucketPublicAccessBlock": "PutBucketPublicAccessBlock",
    "UploadPartCopy": "GetObject PutObject",
}


def _same(action: str, *events: str) -> dict[str, str]:
    return dict.fromkeys(events, action)


RENAMED: Mapping[str, Mapping[str, str]] = {
    "access-analyzer": {"GetFindingV2": "GetFinding", "ListFindingsV2": "ListFindings"},
    "budgets": {
        **_same("ModifyBudget", "CreateBudget", "CreateNotification", "CreateSubscriber"),
        **_same("ModifyBudget", "DeleteBudget", "DeleteNotification", "DeleteSubscriber"),
        **_same("ModifyBudget", "UpdateBudget", "UpdateNotification", "UpdateSubscriber"),
        **_same("ViewBudget", "DescribeBudget", "DescribeBudgetNotificationsForAccount"),
        **_same("ViewBudget", "DescribeBudgetPerformanceHistory", "DescribeBudgets"),
        **_same(
            "ViewBudget", "DescribeNotificationsForBudget", "DescribeSubscribersForNotification"
        ),
    },
    "cloudtrail": {"ListInsightsMetricData": "ListInsightsData"},
    "s3": S3,
    "bedrock": {
        "Converse": "InvokeModel",
        "ConverseStream": "InvokeModelWithResponseStream",
        "StartAsyncInvoke": "InvokeModel",
    },
    "sns": {"PublishBatch": "Publish"},
    "sqs": {
        "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
        "DeleteMessageBatch": "DeleteMessage",
        "SendMessageBatch": "SendMessage",
    },
    "support": {
        **_same("UploadAttachment", "CompleteAttachmentUpload", "GetAttachmentUploadLinks"),
        "DescribeAttachmentUploadStatus": "DescribeAttachment",
        "GetAttachmentDownloadLink": "DownloadAttachment",
    },
    "dynamodb": {
        "BatchExecuteStatement": "",
        "ExecuteStatement": "",
        "ExecuteTransaction": "",
        "TransactGetItems": "GetItem",
        "TransactWriteItems": "",
    },
    "kms": {"ReEncrypt": "ReEncryptFrom ReEncryptTo"},
    "lambda": {
        "GetLayerVersionByArn": "GetLayerVersion",
        "Invoke": "InvokeFunction",
        "InvokeWithResponseStream": "InvokeFunction",
    },
}
"""Service prefix → event → its actions, where they are not the event's own name. No action: the
record does not say which of several was needed."""

_DATED = re.compile(r"(?:\d{8}|(?:_?\d{4}_\d{2}_\d{2}))(?:v\d+)?$")
"""The API's date (and version) behind the name of an event of Lambda and CloudFront."""

_VERBS = {"Create": "POST", "Delete": "DELETE", "Get": "GET", "Update": "PATCH", "Put": "PUT"}
"""Most of API Gateway's actions are verbs of HTTP; the event's name begins with what they do."""

OF_A_VERSION = {
    "s3:DeleteObject": "s3:DeleteObjectVersion",
    "s3:DeleteObjectTagging": "s3:DeleteObjectVersionTagging",
    "s3:GetObject": "s3:GetObjectVersion",
    "s3:GetObjectAcl": "s3:GetObjectVersionAcl",
    "s3:GetObjectAttributes": "s3:GetObjectVersionAttributes",
    "s3:GetObjectTagging": "s3:GetObjectVersionTagging",
    "s3:GetObjectTorrent": "s3:GetObjectVersionTorrent",
    "s3:PutObjectAcl": "s3:PutObjectVersionAcl",
    "s3:PutObjectTagging": "s3:PutObjectVersionTagging",
}
"""What S3 asks for instead when a version of the object is named."""

PASSES_A_ROLE = {
    ("autoscaling", "CreateLaunchConfiguration"): ("iamInstanceProfile",),
    ("cloudformation", "CreateStack"): ("roleARN",),
    ("cloudformation", "UpdateStack"): ("roleARN",),
    ("cloudtrail", "CreateTrail"): ("cloudWatchLogsRoleArn",),
    ("cloudtrail", "UpdateTrail"): ("cloudWatchLogsRoleArn",),
    ("codebuild", "CreateProject"): ("serviceRole",),
    ("ec2", "AssociateIamInstanceProfile"): ("iamInstanceProfile",),
    ("ec2", "RunInstances"): ("iamInstanceProfile",),
    ("ecs", "CreateService"): ("role",),
    ("ecs", "RegisterTaskDefinition"): ("taskRoleArn", "executionRoleArn"),
    ("ecs", "RunTask"): ("overrides.taskRoleArn", "overrides.executionRoleArn"),
    ("eks", "CreateCluster"): ("roleArn",),
    ("events", "PutRule"): ("roleArn",),
    ("glue", "CreateJob"): ("role",),
    ("lambda", "CreateFunction"): ("role",),
    ("lambda", "UpdateFunctionConfiguration"): ("role",),
    ("sagemaker", "CreateNotebookInstance"): ("roleArn",),
    ("states", "CreateStateMachine"): ("roleArn",),
    ("states", "UpdateStateMachine"): ("roleArn",),
}
"""(Service prefix, operation) → where its requestParameters name a role that is passed. PassRole
has no event of its own.
AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"""

DENIED = re.compile(
    r"(?:\w+\.)?(?:AccessDenied\w*|(?:Client\.|Server\.)?UnauthorizedOperation|"
    r"AuthorizationError(?:Exception)?|NotAuthorizedException|VpceAccessDenied)"
)
"""Error codes of a record that say: no policy allowed it, or one denied it.
AWS: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudwatch-alarms-for-cloudtrail.html"""


def is_denied(record: Record) -> bool:
    """Whether a call was refused for lack of permission; other errors come after permission.

    >>> is_denied({"errorCode": "Client.UnauthorizedOperation"}), is_denied({"errorCode": "NoSuch"})
    (True, False)
    """
    code = record.get("errorCode")
    return isinstance(code, str) and DENIED.fullmatch(code) is not None


def prefix_of(source: str) -> str:
    """The prefix of a service's actions, from an event source.

    >>> prefix_of("monitoring.amazonaws.com"), prefix_of("iam.amazonaws.com")
    ('cloudwatch', 'iam')
    """
    name = source.partition(".amazonaws.com")[0]
    return PREFIXES.get(name, name)


def meaning(record: Record) -> Meaning:
    """The actions that a record's call needed.

    >>> meaning({"eventSource": "s3.amazonaws.com", "eventName": "ListBuckets"}).actions
    ('s3:ListAllMyBuckets',)
    >>> meaning({"eventSource": "lambda.amazonaws.com",
    ...          "eventName": "GetFunction20150331v2"}).actions
    ('lambda:GetFunction',)
    >>> meaning({"eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin"}).status.value
    'needs no permission'
    """
    source, name = record.get("eventSource"), record.get("eventName")
    kind = record.get("eventType")
    if isinstance(kind, str) and kind in NO_ACTION_TYPES:
        return Meaning((), Status.NO_ACTION)
    if not (isinstance(source, str) and isinstance(name, str)):
        return Meaning((), Status.UNKNOWN)
    found = _by_name(source, name)
    parameters = record.get("requestParameters")
    if not found.actions or not isinstance(parameters, Mapping):
        return found
    actions = found.actions
    if parameters.get("versionId") and actions[0].startswith("s3:"):
        actions = tuple(OF_A_VERSION.get(action, action) for action in actions)
    if any(True for _ in passed_roles(record)):
        actions = (*actions, "iam:PassRole")
    more = extra_actions(*_operation(record), parameters)
    return Meaning((*actions, *more) if more else actions, Status.KNOWN)


def is_data_event(record: Record) -> bool:
    """Whether a record is a data event, which a trail has only where it is told to.

    >>> is_data_event({"eventCategory": "Data"}), is_data_event({"managementEvent": True})
    (True, False)
    """
    category, management = record.get("eventCategory"), record.get("managementEvent")
    if category is not None or management is not None:
        return category == "Data" or management is False
    # Before version 1.06 of a record nothing in it says so. HeadBucket was a management event.
    source, name = record.get("eventSource"), record.get("eventName")
    if source not in _HAD_DATA_EVENTS or not isinstance(name, str) or name == "HeadBucket":
        return False
    return any(map(is_data_action, _by_name(str(source), name).actions))


_HAD_DATA_EVENTS = ("s3.amazonaws.com", "lambda.amazonaws.com")


@lru_cache(maxsize=8192)
def _by_name(source: str, name: str) -> Meaning:
    prefix = prefix_of(source)
    if prefix in NO_ACTION_SOURCES:
        return Meaning((), Status.NO_ACTION)
    if prefix == "apigateway" and not catalogue.action_exists(f"{prefix}:{name}"):
        verb = next((verb for start, verb in _VERBS.items() if name.startswith(start)), None)
        return Meaning((f"apigateway:{verb}",), Status.KNOWN) if verb else _UNKNOWN
    renamed = RENAMED.get(prefix, {})
    plain = _DATED.sub("", name)
    for candidate in dict.fromkeys((name, plain)):
        names = renamed.get(candidate)
        if names is None and catalogue.action_exists(f"{prefix}:{candidate}"):
            names = candidate
        if names is not None:
            found = tuple(filter(None, (catalogue.spelled(f"{prefix}:{n}") for n in names.split())))
            return Meaning(found, Status.KNOWN) if found else _UNKNOWN
    return _UNKNOWN


_UNKNOWN = Meaning((), Status.UNKNOWN)


def may_pass_a_role(record: Record) -> bool:
    """Whether a call of this name can pass a role to a service, which its parameters tell."""
    return _operation(record) in PASSES_A_ROLE


def telling_elements(record: Record) -> tuple[str, ...]:
    """The elements of requestParameters that decide, by being there, which actions a call of this
    name needs."""
    return extra_elements(*_operation(record))


def _operation(record: Record) -> tuple[str, str]:
    prefix = prefix_of(str(record.get("eventSource", "")))
    return prefix, _DATED.sub("", str(record.get("eventName", "")))


def passed_roles(record: Record) -> Iterator[str]:
    """The roles (ARNs, or names of roles and instance profiles) that a call passed to a service."""
    for path in PASSES_A_ROLE.get(_operation(record), ()):
        value: Any = record.get("requestParameters")
        for step in path.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        if isinstance(value, Mapping):  # an instance profile
            value = value.get("arn") or value.get("name")
        if isinstance(value, str) and value:
            yield value


# Variables of ARN templates → where requestParameters hold their value, beside a parameter of
# the variable's own name.
_PARAMETERS = {
    "BucketName": ("bucketName",),
    "GroupNameWithPath": ("groupName",),
    "InstanceProfileNameWithPath": ("instanceProfileName",),
    "KeyId": ("keyId",),
    "MfaTokenIdWithPath": ("virtualMFADeviceName",),
    "ObjectName": ("key",),
    "PolicyNameWithPath": ("policyName",),
    "QueueName": ("queueName",),
    "RoleNameWithPath": ("roleName",),
    "SecretId": ("secretId",),
    "TrailName": ("name",),
    "UserNameWithPath": ("userName",),
}
_VARIABLE = re.compile(r"\$\{(\w+)\}")


def resources(record: Record, action: str) -> tuple[str, ...]:
    """The ARNs that a call worked on, as far as its record says; empty where it does not.

    >>> resources({"eventSource": "s3.amazonaws.com", "eventName": "GetObject",
    ...            "awsRegion": "us-east-1", "recipientAccountId": "111122223333",
    ...            "requestParameters": {"bucketName": "payroll", "key": "2026.csv"}},
    ...           "s3:GetObject")
    ('arn:aws:s3:::payroll/2026.csv',)
    """
    if action.startswith("s3:GetObject") and record.get("eventName") in _COPIES:
        return _copied(record)
    if action == "iam:PassRole":
        return tuple(name for name in passed_roles(record) if ":role/" in name)
    if action == "ec2:CreateTags" and record.get("eventName") != "CreateTags":
        return ()  # of what is being made, whose id nobody knows yet
    templates = _templates(action)
    if not templates:
        return ()
    parameters = record.get("requestParameters")
    parameters = parameters if isinstance(parameters, Mapping) else {}
    named = [v for v in parameters.values() if isinstance(v, str) and v[:4] == "arn:"]
    listed = record.get("resources")
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, Mapping) and isinstance(item.get("ARN"), str):
            named.append(item["ARN"])
    fitting = [arn for arn in named if any(_fits(one.text, arn) for one in templates)]
    if fitting:
        return tuple(dict.fromkeys(fitting))
    for template in templates:
        filled = _filled(template, record, parameters)
        if filled is not None:
            return (filled,)
    return ()


class _Template(NamedTuple):
    """The ARN of a resource type: texts, and between them what varies, each with the names of the
    parameters that may hold it (empty: where the call was made tells it)."""

    text: str
    parts: tuple[tuple[str, str, tuple[str, ...]], ...]
    """(text, variable behind it, parameters)."""
    end: str


@lru_cache(maxsize=8192)
def _templates(action: str) -> tuple[_Template, ...]:
    known = catalogue.action(action)
    found = []
    for kind in known.resource_types if known is not None else ():
        text = catalogue.arn_template(known.service, kind)  # type: ignore[union-attr]
        if text:
            *pieces, end = _VARIABLE.split(text)
            parts = tuple(
                (before, name, () if name in _OF_PLACE else _names_of(name))
                for before, name in zip(pieces[::2], pieces[1::2], strict=True)
            )
            found.append(_Template(text, parts, end))
    return tuple(found)


_OF_PLACE = ("Partition", "Region", "Account")


def _names_of(variable: str) -> tuple[str, ...]:
    return (variable[:1].lower() + variable[1:], *_PARAMETERS.get(variable, ()))


def _filled(template: _Template, record: Record, parameters: Mapping[str, Any]) -> str | None:
    filled = []
    for before, variable, names in template.parts:
        value: Any = None
        for name in names:
            value = parameters.get(name)
            if value:
                break
        if not names:
            value = _place(variable, record)
        if not isinstance(value, str) or not value or _NO_NAMES.get(variable, _ARN).match(value):
            return None
        if variable.endswith(_WITH_PATH):
            value = _path(parameters) + value
        filled += (before, value)
    return "".join((*filled, template.end))


_WITH_PATH = "WithPath"
_ARN = re.compile("arn:")
_NO_NAMES = {
    "FunctionName": re.compile(r"arn:|[^:]*:(?:[^:]*:)?function:"),
    "KeyId": re.compile("arn:|alias/"),
    "SecretId": re.compile(""),
}
"""Variable → what a parameter may hold that is not what the ARN has in its place: an alias is no
key's id, a function's name may bring its account along, and a secret's name ends in six characters
of AWS's own.
AWS: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html"""


def _path(parameters: Mapping[str, Any]) -> str:
    """The path that something of IAM is made with; of what is there already, no call tells it."""
    path = parameters.get("path")
    return path.removeprefix("/") if isinstance(path, str) else ""


def _place(variable: str, record: Record) -> Any:
    if variable == "Account":
        return record.get("recipientAccountId")
    region = record.get("awsRegion")
    if variable == "Region":
        return region
    return partition_of(region) if isinstance(region, str) else "aws"


@lru_cache(maxsize=256)
def partition_of(region: str) -> str:
    """The partition that a Region lies in.

    AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html

    >>> partition_of("eu-west-1"), partition_of("cn-north-1"), partition_of("us-gov-west-1")
    ('aws', 'aws-cn', 'aws-us-gov')
    """
    start = region.split("-")
    if start[0] == "cn":
        return "aws-cn"
    return "aws-us-gov" if start[1:2] == ["gov"] else "aws"


_COPIES = frozenset({"CopyObject", "UploadPartCopy"})


def _copied(record: Record) -> tuple[str, ...]:
    """The object that a call of S3 copies from: its other parameters name where it goes to.

    AWS: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
    """
    parameters = record.get("requestParameters")
    source = parameters.get("x-amz-copy-source") if isinstance(parameters, Mapping) else None
    if not isinstance(source, str):
        return ()
    name = unquote(source.partition("?versionId=")[0]).removeprefix("/")
    return (name,) if name.startswith("arn:") else (f"arn:aws:s3:::{name}",)


@lru_cache(maxsize=16384)
def _fits(template: str, arn: str) -> bool:
    parts, wanted = arn.split(":", 5), template.split(":", 5)
    if len(parts) < 6 or len(wanted) < 6 or parts[2] != wanted[2]:
        return False
    if any(part and not place for part, place in zip(parts[3:5], wanted[3:5], strict=True)):
        return False  # what has no Region or account, as a bucket, is none that has
    name = _VARIABLE.sub("\0", wanted[5]).replace("*", "\0")
    one = "[^/:]+" if wanted[5] == "${BucketName}" else ".+"
    return re.fullmatch(one.join(map(re.escape, name.split("\0"))), parts[5]) is not None
