"""Is a policy that somebody stores a policy at all?

AWS refuses a malformed one when it is stored, so that evaluation never meets it. moto checks
identity-based policies only, and a stored one that nobody can read would stop every later call.

AWS pages: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html,
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

from helpers.lab.errors import AwsError
from helpers.lab.wire import Call
from helpers.policy import PolicyError, PolicyType, parse_policy

DOCUMENTS = {
    ("iam", "CreatePolicy"): ("PolicyDocument", PolicyType.IDENTITY),
    ("iam", "CreatePolicyVersion"): ("PolicyDocument", PolicyType.IDENTITY),
    ("iam", "CreateRole"): ("AssumeRolePolicyDocument", PolicyType.TRUST),
    ("iam", "PutGroupPolicy"): ("PolicyDocument", PolicyType.IDENTITY),
    ("iam", "PutRolePolicy"): ("PolicyDocument", PolicyType.IDENTITY),
    ("iam", "PutUserPolicy"): ("PolicyDocument", PolicyType.IDENTITY),
    ("iam", "UpdateAssumeRolePolicy"): ("PolicyDocument", PolicyType.TRUST),
    ("s3", "PutBucketPolicy"): ("Policy", PolicyType.RESOURCE),
}
"""(service, operation) → the parameter that holds a policy, and what it is used as."""

CODES = {"iam": "MalformedPolicyDocument", "s3": "MalformedPolicy"}


def check(call: Call) -> None:
    """Raise ``AwsError`` where a call stores a document that is no policy of its type."""
    parameter, kind = DOCUMENTS.get((call.service, call.operation), (None, None))
    if parameter is None or kind is None:
        return
    try:
        parse_policy(call.parameters.get(parameter) or "", kind)
    except PolicyError as error:
        raise AwsError(CODES[call.service], str(error)) from error
