"""Which facts about a request a policy asks for.

AWS: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForCustomPolicy.html
"""

from __future__ import annotations

from .document import VERSIONS
from .statements import Policy, Statement
from .variables import variable_keys


def context_keys(policy: Policy, statement: Statement | None = None) -> list[str]:
    """The condition keys that a policy, or one statement of it, compares or uses as variables.

    Each is named once, as the policy first writes it; upper and lower case do not tell two keys
    apart.

    >>> from helpers.policy import parse_policy
    >>> context_keys(parse_policy({"Version": "2012-10-17", "Statement": {
    ...     "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::home/${aws:username}/*",
    ...     "Condition": {"Bool": {"aws:SecureTransport": "true"}}}}))
    ['aws:username', 'aws:SecureTransport']
    """
    found: dict[str, str] = {}
    for each in policy.statements if statement is None else (statement,):
        texts = list(each.resources.patterns) if each.resources is not None else []
        keys = []
        for condition in each.conditions:
            keys.append(condition.key)
            texts += condition.expected
        if policy.version == VERSIONS[0]:
            keys = [key for text in texts for key in variable_keys(text)] + keys
        for key in keys:
            found.setdefault(key.lower(), key)
    return list(found.values())
