"""Which issue a :class:`PolicyError` is.

The parser speaks in sentences; IAM Access Analyzer gives codes. The table goes from the first to
the second, and its tests hold it to every sentence that the parser has.
"""

from __future__ import annotations

import re

from ..errors import PolicyError

_TABLE = tuple(
    (re.compile(pattern), code)
    for pattern, code in (
        (
            r"is not JSON|not text in UTF-8|nested too deeply|be written as JSON",
            "JSON_SYNTAX_ERROR",
        ),
        (r"stands twice in the same object", "JSON_SYNTAX_ERROR"),
        (r"stands twice|the same key", "DUPLICATE_KEYS_WITH_DIFFERENT_CASE"),
        (r"is not a version", "INVALID_VERSION"),
        (r"has no Statement|^Statement holds statements", "MISSING_STATEMENT"),
        (r"^The Sid .* is that of statement", "UNIQUE_SIDS_REQUIRED"),
        (r"^The Sid .* holds characters", "UNSUPPORTED_SID"),
        (r"has no Effect", "MISSING_EFFECT"),
        (r"is no Effect", "INVALID_EFFECT"),
        (r"neither Action nor NotAction", "MISSING_ACTION"),
        (r"is no action", "INVALID_ACTION"),
        (r"role's trust policy\.$", "ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE"),
        (r"neither Resource nor NotResource", "MISSING_RESOURCE"),
        (r"this has no Principal", "MISSING_PRINCIPAL"),
        (r"Principal may not stand in", "UNSUPPORTED_PRINCIPAL"),
        (r"resource control policy is everybody", "RCP_SYNTAX_ERROR_PRINCIPAL"),
        (r"^(Not)?Principal has no element", "INVALID_PRINCIPAL_KEY"),
        (r"named in full", "UNSUPPORTED_WILDCARD_IN_PRINCIPAL"),
        (r"stand in the same statement", "UNSUPPORTED_ELEMENT_COMBINATION"),
        (r"has no element", "INVALID_POLICY_ELEMENT"),
        (r"NullIfExists", "NULL_WITH_IF_EXISTS"),
        (r"condition operator|no set operator", "INVALID_CONDITION_OPERATOR"),
        (r"^A condition key has a name", "INVALID_CONDITION_KEY_FORMAT"),
        (r"^(Not)?Action is an empty list", "EMPTY_ARRAY_ACTION"),
        (r"^(Not)?Resource is an empty list", "EMPTY_ARRAY_RESOURCE"),
        (r"list of values is empty", "EMPTY_ARRAY_CONDITION"),
        (r"^(Not)?Principal is an object .*an empty object", "EMPTY_OBJECT_PRINCIPAL"),
        (r"^\w+ is an empty list", "EMPTY_ARRAY_PRINCIPAL"),
    )
)

_AT_PRINCIPAL = re.compile(r"\.(Not)?Principal(\.|\[|$)")


def code_of(error: PolicyError) -> str:
    """The issue code of a parser's error.

    >>> from helpers.policy import parse_policy
    >>> try:
    ...     parse_policy({"Statement": {"Action": "*", "Resource": "*"}})
    ... except PolicyError as error:
    ...     code_of(error)
    'MISSING_EFFECT'
    """
    for pattern, code in _TABLE:
        if pattern.search(error.problem):
            return code
    is_type = re.search(r"this is (a|an|null|true|false)\b", error.problem)
    if is_type:
        return "DATA_TYPE_MISMATCH"
    if _AT_PRINCIPAL.search(error.path):
        return "INVALID_PRINCIPAL_FORMAT"
    return "INVALID_POLICY_ELEMENT"
