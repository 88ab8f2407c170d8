"""botocore's names of services and operations, looked up in AWS's service authorization
reference (:mod:`helpers.policy.catalogue`), which has names of its own for services.

AWS page: https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
"""

from __future__ import annotations

import functools

from helpers.lab.service_names import all_names
from helpers.policy.catalogue import UsedType, action, arn_template, service_exists, used_types

__all__ = [
    "PREFIX_OF_SERVICE",
    "UsedType",
    "action",
    "arn_template",
    "prefix",
    "resource_types",
    "used_types",
]

PREFIX_OF_SERVICE = {
    "cloudcontrol": "cloudformation",
    "iot-data": "iot",
    "iot-jobs-data": "iotjobsdata",
    "iotsecuretunneling": "iot",
    "mturk": "mechanicalturk",
    "opensearch": "es",
    "partnercentral-account": "partnercentral",
    "partnercentral-benefits": "partnercentral",
    "partnercentral-channel": "partnercentral",
    "partnercentral-selling": "partnercentral",
    "resourcegroupstaggingapi": "tag",
}
"""The IAM prefix of a service where it is neither botocore's name nor the signature's."""


@functools.cache
def prefix(service: str) -> str:
    """The part of an IAM action before the colon, for botocore's name of a service.

    >>> prefix("accessanalyzer"), prefix("iam"), prefix("opensearch")
    ('access-analyzer', 'iam', 'es')
    """
    if service in PREFIX_OF_SERVICE:
        return PREFIX_OF_SERVICE[service]
    if service_exists(service):
        return service
    signing = next((names.signing for names in all_names() if names.service == service), service)
    return signing if service_exists(signing) else service


def resource_types(service_prefix: str, operation: str) -> tuple[str, ...]:
    """The resource types that an action works on, required ones first; () for none.

    >>> resource_types("iam", "DeleteUser"), resource_types("iam", "NoSuchOperation")
    (('user',), ())
    """
    found = action(f"{service_prefix}:{operation}")
    return found.resource_types if found else ()
