"""Is a policy that somebody stores a policy at all?

AWS refuses a malformed one when it is stored, so that evaluation never meets it. moto checks
identity-based policies only, and a stored one that nobody can read would stop every later call.

AWS pages: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html,
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from helpers.lab import principals, seam
from helpers.lab.account import Account
from helpers.lab.document_errors import CODE, malformed
from helpers.lab.errors import AwsError
from helpers.lab.wire import Call
from helpers.policy import PolicyError, PolicyType, parse_policy, policy_size

DOCUMENTS = {
    ("iam", "CreatePolicy"): ("PolicyDocument", PolicyType.IDENTITY),
    ("iam", "CreatePolicyVersion"): ("PolicyDocument", PolicyType.IDENTITY),
    ("iam", "CreateRole"): ("AssumeRolePolicyDocument", PolicyType.TRUST),
    ("iam", "PutGroupPolicy"): ("PolicyDocument", PolicyType.IDENTITY),
    ("iam", "PutRolePolicy"): ("PolicyDocument", PolicyType.IDENTITY),
    ("iam", "PutUserPolicy"): ("PolicyDocument", PolicyType.IDENTITY),
    ("iam", "UpdateAssumeRolePolicy"): ("PolicyDocument", PolicyType.TRUST),
}
"""(service, operation) → the parameter that holds a policy, and what it is used as."""

# Characters without white space. A managed policy and a trust policy count alone, inline
# policies all of one user, group or role together.
LARGEST = {"CreatePolicy": 6_144, "CreatePolicyVersion": 6_144}
LARGEST_TRUST = {"CreateRole": 2_048, "UpdateAssumeRolePolicy": 2_048}
LARGEST_INLINE = {
    "PutGroupPolicy": ("group", "GroupName", 5_120),
    "PutRolePolicy": ("role", "RoleName", 10_240),
    "PutUserPolicy": ("user", "UserName", 2_048),
}


def check(call: Call, account_id: str, accounts: Mapping[str, Account]) -> None:
    """Raise ``AwsError`` where a call stores a document that is no policy of its type, one that
    names a principal that there is not, or one larger than IAM's quotas let it be."""
    parameter, kind = DOCUMENTS.get((call.service, call.operation), (None, None))
    if parameter is None or kind is None:
        return
    document = call.parameters.get(parameter) or ""
    try:
        parse_policy(document, kind)
    except PolicyError as error:
        raise malformed(error, kind) from error
    _check_size(call, document, account_id)
    if kind is PolicyType.TRUST:
        _check_trust(document, accounts)


def _check_trust(document: str, accounts: Mapping[str, Account]) -> None:
    """What IAM asks of a trust policy beyond its grammar: actions of STS, principals that are."""
    if not all(map(_is_of_sts, _actions(document))):
        raise AwsError(CODE, "AssumeRole policy may only specify STS AssumeRole actions.")
    if nobody := principals.unknown(document, accounts):
        element, name = nobody
        raise AwsError(CODE, f'Invalid principal in policy: "{element.upper()}":"{name}"')


def _actions(document: str) -> Iterator[str]:
    """Every action, or one left out, that a document names."""
    for statement in principals.statements(json.loads(document)):
        named = statement.get("Action", statement.get("NotAction", []))
        yield from named if isinstance(named, list) else [named]


def _is_of_sts(action: str) -> bool:
    return action == "*" or action.lower().startswith("sts:")


def _check_size(call: Call, document: str, account_id: str) -> None:
    size = policy_size(document)
    if size > (largest := LARGEST.get(call.operation, size)):
        raise _too_large(f"Cannot exceed quota for PolicySize: {largest}")
    if size > (largest := LARGEST_TRUST.get(call.operation, size)):
        raise _too_large(f"Cannot exceed quota for ACLSizePerRole: {largest}")
    if call.operation in LARGEST_INLINE:
        kind, name_parameter, largest = LARGEST_INLINE[call.operation]
        name = call.parameters.get(name_parameter)
        others = _inline(kind, name, account_id)
        others.pop(call.parameters.get("PolicyName"), None)  # it takes that one's place
        if size + sum(map(policy_size, others.values())) > largest:
            raise _too_large(f"Maximum policy size of {largest} bytes exceeded for {kind} {name}")


def _too_large(message: str) -> AwsError:
    return AwsError("LimitExceeded", message, 409)


def _inline(kind: str, name: Any, account_id: str) -> dict[str, str]:
    """The inline policies that a user, group or role has; none for one that there is not."""
    store = getattr(seam.iam_backend(account_id), f"{kind}s")
    found = next((thing for thing in store.values() if thing.name == name), None)
    return dict(found.policies) if found is not None else {}
