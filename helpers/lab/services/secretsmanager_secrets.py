"""Secrets Manager: policies that let everybody in, and the sentences of its errors.

AWS pages: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html,
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ValidateResourcePolicy.html
"""

from __future__ import annotations

import re
from typing import Any

from helpers.lab import seam, seam_resources
from helpers.lab.errors import AwsError
from helpers.lab.services import resource_policies
from helpers.lab.services.registry import ANY_OPERATION, Asked, answers
from helpers.lab.wire import HttpAnswer, error_in
from helpers.policy.public_access import is_public

BROAD = (
    "The BlockPublicPolicy parameter is set to true, and the resource policy did not prevent "
    "broad access to the secret."
)

DEFAULT_KEY = "alias/aws/secretsmanager"
ACROSS = (
    "You can't access a secret from a different AWS account if you encrypt the secret with the "
    "default KMS service key."
)

# moto writes the sentence that boto3 makes of an error into the error.
_MADE_BY_BOTO3 = re.compile(r"An error occurred \(\w+\) when calling the \w+ operation: (.*)", re.S)

_MARKED = re.compile(r"You tried to +perform the operation on a secret that's currently marked")
DELETED = "You can't perform this operation on the secret because it was marked for deletion."


@answers("secretsmanager", ANY_OPERATION)
def in_its_own_words(asked: Asked) -> HttpAnswer:
    """moto's answer; its errors as the service says them."""
    http = asked.forward()
    error = error_in(http)
    found = _MADE_BY_BOTO3.match(error.message) if error is not None else None
    if error is None or found is None:
        return http
    sentence = " ".join(found[1].split())
    raise AwsError(error.code, DELETED if _MARKED.match(sentence) else sentence, http[0])


@answers("secretsmanager", "GetSecretValue")
def get_secret_value(asked: Asked) -> HttpAnswer:
    """The secret, whose key has to be one that the caller's account may use."""
    store = seam.store("secretsmanager", asked.account.id, asked.call.region)
    found = seam_resources.secret(store, asked.parameters["SecretId"]) if store else None
    key = str(getattr(found, "kms_key_id", None) or DEFAULT_KEY)
    if key.endswith(DEFAULT_KEY) and asked.principal.account_id != asked.account.id:
        raise AwsError("InvalidRequestException", ACROSS)
    return in_its_own_words(asked)


@answers("secretsmanager", "PutResourcePolicy")
def put_resource_policy(asked: Asked) -> Any:
    """Keep a policy; a public one only where that is not blocked."""
    document = str(asked.parameters.get("ResourcePolicy") or "")
    resource_policies.check(asked, document)
    if asked.parameters.get("BlockPublicPolicy") and is_public(document):
        raise AwsError("PublicPolicyException", BROAD)
    return in_its_own_words(asked)


@answers("secretsmanager", "ValidateResourcePolicy")
def validate_resource_policy(asked: Asked) -> Any:
    """Whether a policy could be put on a secret, and what speaks against it."""
    document = str(asked.parameters["ResourcePolicy"])
    try:
        resource_policies.check(asked, document)
    except AwsError as error:
        found = [{"CheckName": "MALFORMED_POLICY", "ErrorMessage": error.message}]
        return {"PolicyValidationPassed": False, "ValidationErrors": found}
    if is_public(document):
        found = [{"CheckName": "PUBLIC_POLICY", "ErrorMessage": BROAD}]
        return {"PolicyValidationPassed": False, "ValidationErrors": found}
    return {"PolicyValidationPassed": True, "ValidationErrors": []}
