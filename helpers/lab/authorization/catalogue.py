"""botocore's names of services and operations, looked up in AWS's service authorization
reference (:mod:`helpers.policy.catalogue`), which has names of its own for services.

AWS page: https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
"""

from __future__ import annotations

from helpers.policy.catalogue import action, arn_template

__all__ = ["PREFIX_OF_SERVICE", "action", "arn_template", "prefix", "resource_types"]

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


def prefix(service: str) -> str:
    """The part of an IAM action before the colon, for botocore's name of a service.

    >>> prefix("accessanalyzer"), prefix("iam")
    ('access-analyzer', 'iam')
    """
    return PREFIX_OF_SERVICE.get(service, service)


def resource_types(service_prefix: str, operation: str) -> tuple[str, ...]:
    """The resource types that an action works on, required ones first; () for none.

    >>> resource_types("iam", "DeleteUser"), resource_types("iam", "NoSuchOperation")
    (('user',), ())
    """
    found = action(f"{service_prefix}:{operation}")
    return found.resource_types if found else ()
