"""The kinds of policy that AWS tells apart, in the words of its denial messages."""

from __future__ import annotations

from enum import StrEnum


class PolicyType(StrEnum):
    """A kind of policy; its value is what an access-denied message calls it.

    >>> PolicyType.SERVICE_CONTROL.with_article
    'a service control policy'

    AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """

    IDENTITY = "identity-based policy"
    RESOURCE = "resource-based policy"
    TRUST = "role trust policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"
    SERVICE_CONTROL = "service control policy"
    RESOURCE_CONTROL = "resource control policy"

    def __repr__(self) -> str:
        return repr(self.value)  # it is shown to learners, and is text before anything else

    @property
    def with_article(self) -> str:
        return f"an {self}" if self[0] in "aeiou" else f"a {self}"

    @property
    def names_principals(self) -> bool:
        """Whether a statement of this kind says to whom it applies (the Principal element)."""
        return self in _WITH_PRINCIPAL

    @property
    def is_iam_document(self) -> bool:
        """Whether IAM itself stores the document (and allows a Sid only letters and digits)."""
        return self in _STORED_BY_IAM


_WITH_PRINCIPAL = frozenset({PolicyType.RESOURCE, PolicyType.TRUST, PolicyType.RESOURCE_CONTROL})
_STORED_BY_IAM = frozenset(
    {PolicyType.IDENTITY, PolicyType.BOUNDARY, PolicyType.SESSION, PolicyType.TRUST}
)
