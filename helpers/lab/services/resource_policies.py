"""Policies that are put on resources: read before they are kept, in each service's own words.

AWS refuses a policy that nobody can read and one that names a user or role that there is not;
KMS also one that would lock out the one who puts it. moto keeps them all.

AWS pages: https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html,
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html,
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

from __future__ import annotations

from typing import Any

from helpers.lab import principals
from helpers.lab.authorization import Requirement
from helpers.lab.authorization.kms import key_arn
from helpers.lab.authorization.paths import value
from helpers.lab.authorization.table import Site
from helpers.lab.context import request_context
from helpers.lab.errors import AwsError
from helpers.lab.policies import policies_for
from helpers.lab.services.registry import Asked, answers
from helpers.policy import PolicyError, PolicyType, Request, evaluate, parse_policy

DOCUMENTS = {
    ("dynamodb", "CreateTable"): "ResourcePolicy",
    ("dynamodb", "PutResourcePolicy"): "Policy",
    ("ecr", "SetRepositoryPolicy"): "policyText",
    ("kms", "CreateKey"): "Policy",
    ("kms", "PutKeyPolicy"): "Policy",
    ("logs", "PutDestinationPolicy"): "accessPolicy",
    ("logs", "PutResourcePolicy"): "policyDocument",
    ("secretsmanager", "PutResourcePolicy"): "ResourcePolicy",
    ("sns", "CreateTopic"): "Attributes.Policy",
    ("sns", "SetTopicAttributes"): "AttributeValue",
    ("sqs", "CreateQueue"): "Attributes.Policy",
    ("sqs", "SetQueueAttributes"): "Attributes.Policy",
}
"""(service, operation) → where the policy stands in its parameters."""

# Service → error code, what it says of a text that is no policy ("": what is wrong with it), and
# what of a principal that is nobody.
WORDS = {
    "dynamodb": ("ValidationException", "", "Invalid policy document: Invalid principal"),
    "ecr": (
        "InvalidParameterException",
        "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository "
        "policy provided'",
        "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Principal not found'",
    ),
    "kms": (
        "MalformedPolicyDocumentException",
        "",
        "Policy contains a statement with one or more invalid principals.",
    ),
    "logs": ("InvalidParameterException", "", "Invalid principal in policy"),
    "secretsmanager": (
        "MalformedPolicyDocumentException",
        "This resource policy contains a syntax error.",
        "This resource policy contains an unsupported principal.",
    ),
    "sns": (
        "InvalidParameter",
        "Invalid parameter: Policy Error: null",
        "Invalid parameter: Policy Error: PrincipalNotFound",
    ),
    "sqs": (
        "InvalidAttributeValue",
        "Invalid value for the parameter Policy.",
        "Invalid value for the parameter Policy.",
    ),
}

LOCKED_OUT = "The new key policy will not allow you to update the key policy in the future."


def put(asked: Asked) -> Any:
    """Keep a policy that can be read and names nobody who is not there."""
    service, operation = asked.call.service, asked.call.operation
    if operation == "SetTopicAttributes" and asked.parameters.get("AttributeName") != "Policy":
        return asked.forward()
    document = value(asked.parameters, DOCUMENTS[service, operation])
    if document:  # an empty one takes the policy away
        check(asked, str(document))
    return asked.forward()


for _service, _operation in DOCUMENTS:
    answers(_service, _operation)(put)


def check(asked: Asked, document: str) -> None:
    """Raise ``AwsError`` in the service's words for a policy that it does not take."""
    service = asked.call.service
    code, unreadable, nobody = WORDS[service]
    try:
        parse_policy(document, PolicyType.RESOURCE)
    except PolicyError as error:
        raise AwsError(code, unreadable or str(error)) from error
    if principals.unknown(document, asked.world.accounts):
        raise AwsError(code, nobody)
    if service == "kms" and not asked.parameters.get("BypassPolicyLockoutSafetyCheck"):
        _check_lockout(asked, document)


def _check_lockout(asked: Asked, document: str) -> None:
    """Raise ``AwsError`` where the caller could not change the key's policy again."""
    site = Site(asked.call, asked.principal, asked.account.id, asked.world)
    arn = key_arn(site, str(asked.parameters.get("KeyId") or "new"))
    need = Requirement("kms:PutKeyPolicy", arn, resource_policy=("key policy", document))
    request = Request(
        action=need.action,
        resource=need.resource,
        principal=asked.principal.arn,
        context={
            **request_context(asked.call, asked.principal, asked.now),
            "kms:CallerAccount": asked.principal.account_id,
        },
    )
    decision = evaluate(request, policies_for(asked.principal, need, asked.world))
    if decision.effect != "allowed":
        raise AwsError("MalformedPolicyDocumentException", LOCKED_OUT)
