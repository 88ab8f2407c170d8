"""IAM's sentences for a policy that is none, which tell less than the policy engine's.

IAM reads identity-based policies with one parser and trust policies with another, and each has
words of its own. What the engine has found goes along as the error's hint, for ``lab.why()``.

AWS pages: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_policies.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import re

from helpers.lab.errors import AwsError
from helpers.policy import PolicyError, PolicyType

CODE = "MalformedPolicyDocument"

NO_ACTIONS = "Policy statement must contain actions."
NO_RESOURCES = "Policy statement must contain resources."
NOT_JSON = "This policy contains invalid Json"

# The faulty element with the engine's problem → IAM's sentence; the first that matches.
IDENTITY = (
    (r"Statement: The statement has neither Action", NO_ACTIONS),
    (r"(Not)?Action: .* is an empty list", NO_ACTIONS),
    (
        r'(Not)?Action: "[^":]+" is no action',
        "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
    ),
    (
        r'(Not)?Action: "[^":]*:[^":]*:[^"]*" is no action',
        "Actions/Condition can contain only one colon.",
    ),
    (r"Statement: The statement has neither Resource", NO_RESOURCES),
    (r"(Not)?Resource: .* is an empty list", NO_RESOURCES),
    (r"(Not)?Principal: .* may not stand", "Policy document should not specify a principal."),
    (
        r"Sid: .* that IAM does not take",
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "
        "expression [0-9A-Za-z]*",
    ),
    (r"Sid: .* already", "Statement IDs (SID) in a single policy must be unique."),
    (r"", "Syntax errors in policy."),
)
TRUST = (
    (r": (This is not JSON|A policy is a JSON object)", NOT_JSON),
    (r": The policy has no Statement", "Missing required field Statement"),
    (r"Statement: .* is an empty list", "Could not parse the policy: Statement is empty!"),
    (r"Statement: The statement has neither Action", "Missing required field Action"),
    (r"Statement: The statement has no Effect", "Missing required field Effect"),
    (r"Statement: .* this has no Principal", "Missing required field Principal"),
    (r'Effect: "(?P<value>.*)" is no Effect', "Invalid effect: {value}"),
    (r"(?P<element>(Not)?Resource): .* may not stand", "Has prohibited field {element}"),
    (
        r'(?P<element>AWS): "(?P<value>.*)" is no AWS principal',
        'Invalid principal in policy: "{element}":"{value}"',
    ),
    (r"", "Syntax error at position ({line},{column})"),
)


def malformed(error: PolicyError, kind: PolicyType) -> AwsError:
    """The error that IAM and STS answer a faulty document with.

    >>> from helpers.policy import parse_policy
    >>> try:
    ...     parse_policy('{"Statement": {"Effect": "Allow", "Action": "*"}}')
    ... except PolicyError as fault:
    ...     print(malformed(fault, PolicyType.IDENTITY))
    MalformedPolicyDocument: Policy statement must contain resources.
    """
    element = re.sub(r"\[\d+\]$", "", error.path.rsplit(".", 1)[-1])
    for pattern, sentence in TRUST if kind is PolicyType.TRUST else IDENTITY:
        if found := re.match(pattern, f"{element}: {error.problem}", re.DOTALL):
            said = sentence.format(line=error.line, column=error.column, **found.groupdict())
            return AwsError(CODE, said, hint=str(error))
    raise AssertionError("the last pattern matches everything")
