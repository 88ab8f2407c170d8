"""The issues that a check can report, as data.

Codes and types are those of IAM Access Analyzer's policy validation, whose page has an anchor for
each. Issues that the project adds of its own are marked ``own`` and link to the AWS page that
they follow.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

_GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
_REFERENCE = f"{_GUIDE}access-analyzer-reference-policy-checks.html"


class FindingType(StrEnum):
    """How grave a finding is.

    AWS: https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ValidatePolicyFinding.html
    """

    ERROR = "ERROR"
    """A part of the policy does not work."""
    SECURITY_WARNING = "SECURITY_WARNING"
    """The policy allows more, or denies less, than its author is likely to want."""
    WARNING = "WARNING"
    """The policy departs from good practice, or a part of it is without effect."""
    SUGGESTION = "SUGGESTION"
    """The policy could be written better, and would mean the same."""

    def __repr__(self) -> str:
        return repr(self.value)


ERROR, SECURITY_WARNING = FindingType.ERROR, FindingType.SECURITY_WARNING
WARNING, SUGGESTION = FindingType.WARNING, FindingType.SUGGESTION

_ANCHORS = {
    ERROR: "error",
    SECURITY_WARNING: "security-warning",
    WARNING: "general-warning",
    SUGGESTION: "suggestion",
}


class Issue(NamedTuple):
    """What can be wrong with a policy: its code, how grave it is, and where to read on."""

    code: str
    type: FindingType
    learn_more: str
    own: bool


def _analyzer(type_: FindingType, codes: str) -> dict[str, Issue]:
    anchor = f"{_REFERENCE}#access-analyzer-reference-policy-checks-{_ANCHORS[type_]}"
    return {
        code: Issue(code, type_, f"{anchor}-{code.lower().replace('_', '-')}", own=False)
        for code in codes.split()
    }


def _own(type_: FindingType, **pages: str) -> dict[str, Issue]:
    return {code: Issue(code, type_, _GUIDE + page, own=True) for code, page in pages.items()}


_OPERATORS = "reference_policies_elements_condition_operators.html"
_MULTIVALUED = "reference_policies_condition-single-vs-multi-valued-context-keys.html"
_MFA = "reference_policies_condition-keys.html#condition-keys-multifactorauthpresent"

ISSUES: dict[str, Issue] = {
    **_analyzer(
        ERROR,
        """
        DATA_TYPE_MISMATCH DUPLICATE_KEYS_WITH_DIFFERENT_CASE EMPTY_VARIABLE INVALID_ACTION
        INVALID_ARN_ACCOUNT INVALID_ARN_PREFIX INVALID_ARN_RESOURCE INVALID_ARN_SERVICE_CASE
        INVALID_CONDITION_KEY_FORMAT INVALID_CONDITION_MULTIPLE_BOOLEAN INVALID_CONDITION_OPERATOR
        INVALID_EFFECT INVALID_GLOBAL_CONDITION_KEY INVALID_PARTITION INVALID_POLICY_ELEMENT
        INVALID_PRINCIPAL_FORMAT INVALID_PRINCIPAL_KEY INVALID_SERVICE
        INVALID_SERVICE_CONDITION_KEY INVALID_SERVICE_IN_ACTION INVALID_VARIABLE_FOR_OPERATOR
        INVALID_VERSION JSON_SYNTAX_ERROR MISSING_ACTION MISSING_ARN_FIELD
        MISSING_BRACE_IN_VARIABLE MISSING_EFFECT MISSING_PRINCIPAL MISSING_RESOURCE
        MISSING_STATEMENT MISSING_TAG_KEY_IN_CONDITION NULL_WITH_IF_EXISTS PRIVATE_IP_ADDRESS
        RCP_SYNTAX_ERROR_PRINCIPAL ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE UNIQUE_SIDS_REQUIRED
        UNSUPPORTED_ELEMENT_COMBINATION UNSUPPORTED_PRINCIPAL UNSUPPORTED_SID
        UNSUPPORTED_SPACE_IN_VARIABLE UNSUPPORTED_WILDCARD_IN_PRINCIPAL
        VARIABLE_UNSUPPORTED_IN_VERSION
        """,
    ),
    **_analyzer(
        SECURITY_WARNING,
        """
        ALLOW_WITH_NOT_PRINCIPAL DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE
        FORALLVALUES_WITH_SINGLE_VALUED_KEY PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE
        PASS_ROLE_WITH_NOT_RESOURCE PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE
        PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE PASS_ROLE_WITH_STAR_IN_RESOURCE
        PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL
        """,
    ),
    **_analyzer(
        WARNING,
        """
        CREATE_SLR_WITH_NOT_ACTION_AND_NOT_RESOURCE CREATE_SLR_WITH_NOT_RESOURCE
        CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE
        CREATE_SLR_WITH_STAR_IN_RESOURCE CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION
        INVALID_DATE_VALUE INVALID_ROLE_REFERENCE INVALID_USER_REFERENCE MISSING_VERSION
        POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA TYPE_MISMATCH TYPE_MISMATCH_BOOLEAN
        TYPE_MISMATCH_DATE TYPE_MISMATCH_IP_RANGE TYPE_MISMATCH_NUMBER TYPE_MISMATCH_STRING
        WILDCARD_WITHOUT_LIKE_OPERATOR
        """,
    ),
    **_analyzer(
        SUGGESTION,
        """
        ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE EMPTY_ARRAY_ACTION
        EMPTY_ARRAY_CONDITION EMPTY_ARRAY_PRINCIPAL EMPTY_ARRAY_RESOURCE EMPTY_OBJECT_CONDITION
        EMPTY_OBJECT_PRINCIPAL EMPTY_SID_VALUE IMPROVE_IP_RANGE NULL_WITH_QUALIFIER
        PRIVATE_IP_ADDRESS_SUBSET REDUNDANT_ACTION REDUNDANT_RESOURCE REDUNDANT_STATEMENT
        """,
    ),
    **_own(
        SECURITY_WARNING,
        ALLOW_MFA_IF_EXISTS=_MFA,
        DENY_MFA_WITHOUT_IF_EXISTS=_MFA,
        ALLOW_WITH_NOT_ACTION="reference_policies_elements_notaction.html",
        ALLOW_WITH_NOT_RESOURCE="reference_policies_elements_notresource.html",
        FORALLVALUES_WITHOUT_NULL_CHECK=_MULTIVALUED,
        FULL_ADMINISTRATOR_ACCESS="best-practices.html#grant-least-privilege",
        PUBLIC_PRINCIPAL="reference_policies_elements_principal.html#principal-anonymous",
    ),
    **_own(
        WARNING,
        CONDITION_KEY_NOT_OF_ACTION="reference_policies_actions-resources-contextkeys.html",
        NULL_ON_MFA=_MFA,
        RESOURCE_NOT_OF_ACTION="reference_policies_elements_resource.html",
        RESOURCE_WITHOUT_ACTION="reference_policies_elements_resource.html",
        UNKNOWN_VARIABLE="reference_policies_variables.html",
        VALUE_NOT_AN_ARN=f"{_OPERATORS}#Conditions_ARN",
    ),
}
"""Every issue by its code."""
