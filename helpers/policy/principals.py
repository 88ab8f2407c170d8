"""Who asks (the principal of a request), and whom a statement means (the Principal element).

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
and https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum, IntEnum
from functools import lru_cache
from typing import NamedTuple

from .variables import Context


class PrincipalKind(Enum):
    """What sort of principal makes a request, in AWS's words."""

    ROOT = "root user"
    USER = "IAM user"
    ROLE = "IAM role"
    ROLE_SESSION = "assumed-role session"
    FEDERATED_USER = "federated user session"
    SERVICE = "AWS service"
    IDENTITY_PROVIDER = "identity provider"
    ANONYMOUS = "anonymous"


PRINCIPAL_TYPES = ("AWS", "Service", "Federated", "CanonicalUser")
"""The names under which a Principal element lists principals."""

_LISTED_AS = {
    PrincipalKind.SERVICE: "Service",
    PrincipalKind.IDENTITY_PROVIDER: "Federated",
}

WEB_IDENTITY_PROVIDERS = frozenset(
    {
        "accounts.google.com",
        "cognito-identity.amazonaws.com",
        "graph.facebook.com",
        "www.amazon.com",
    }
)
"""Providers that need no resource of their own in the account, and so have no ARN."""


class Match(IntEnum):
    """How a Principal element meets the principal of a request.

    The difference decides what a resource-based policy grants within one account: DIRECT grants
    by itself, ROLE leaves permissions boundary and session policy in force, ACCOUNT only hands
    the decision to the account's own policies.
    AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-single.html
    """

    NONE = 0
    ACCOUNT = 1
    ROLE = 2
    DIRECT = 3


class Principal(NamedTuple):
    """The principal of a request.

    Attributes:
        arn: As the request names it: an ARN, a service's name or ``*``.
        kind: What sort of principal it is.
        account: Its account; None for services, identity providers and anonymous requests.
        own: The names that mean this very principal; a role has none, for only its sessions act.
        role: The names of its role; empty where there is none.
        of_account: The names of its account; empty where there is none.
        canonical_id: Its S3 canonical user id, where the request gives one.
        service_linked: Whether its role is a service-linked one.
        listed_as: Under which name a Principal element lists it.
    """

    arn: str
    kind: PrincipalKind
    account: str | None = None
    own: frozenset[str] = frozenset()
    role: frozenset[str] = frozenset()
    of_account: frozenset[str] = frozenset()
    canonical_id: str | None = None
    service_linked: bool = False
    listed_as: str = "AWS"

    @property
    def is_root(self) -> bool:
        return self.kind is PrincipalKind.ROOT

    @property
    def has_identity_policies(self) -> bool:
        """Whether the principal belongs to an account, whose policies then apply to it."""
        return self.account is not None

    @property
    def is_user_or_role(self) -> bool:
        """Whether it can carry a permissions boundary."""
        return self.has_identity_policies and not self.is_root


_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):(?P<service>iam|sts)::(?P<account>[0-9]{12}):"
    r"(?P<type>root|user/|role/|assumed-role/|federated-user/|saml-provider/|oidc-provider/)"
    r"(?P<name>.*)",
    re.DOTALL,
)
_KINDS = {
    ("iam", "root"): PrincipalKind.ROOT,
    ("iam", "user/"): PrincipalKind.USER,
    ("iam", "role/"): PrincipalKind.ROLE,
    ("iam", "saml-provider/"): PrincipalKind.IDENTITY_PROVIDER,
    ("iam", "oidc-provider/"): PrincipalKind.IDENTITY_PROVIDER,
    ("sts", "assumed-role/"): PrincipalKind.ROLE_SESSION,
    ("sts", "federated-user/"): PrincipalKind.FEDERATED_USER,
}
_SERVICE = re.compile(r"[a-z0-9][a-z0-9.-]*\.(?:amazonaws\.com(?:\.cn)?|aws\.internal)")
_ACCOUNT = re.compile(r"[0-9]{12}")
_UNIQUE_ID = re.compile(r"(AIDA|AROA)[A-Z0-9]{2,128}")
_SERVICE_LINKED_PATH = "aws-service-role/"
_SERVICE_LINKED_NAME = "AWSServiceRoleFor"


def is_account_id(text: str) -> bool:
    return _ACCOUNT.fullmatch(text) is not None


def read_principal(text: str, context: Context) -> Principal | None:
    """The principal that a request names; None where the text names none.

    Known are the root user, users, roles, role sessions, federated users, identity providers (in
    every partition), services by their name, ``*`` for an anonymous request, and a bare account
    id, which means that account's root user. Two keys of the context add what the ARN lacks:
    ``aws:PrincipalArn`` the path of a session's role, ``aws:userid`` the unique id (``AIDA…``,
    ``AROA…``) that a policy shows in place of a deleted principal's ARN. The key
    ``aws:CanonicalUserId`` (the engine's own name, AWS has none) holds the S3 canonical user id.

    >>> session = read_principal("arn:aws:sts::111122223333:assumed-role/ops/ann", {})
    >>> session.kind.value, sorted(session.role)
    ('assumed-role session', ['arn:aws:iam::111122223333:role/ops'])
    """
    role_arn = _single(context, "aws:principalarn")
    user_id = _single(context, "aws:userid")
    canonical = _single(context, "aws:canonicaluserid")
    if max(len(text), len(role_arn or ""), len(user_id or ""), len(canonical or "")) > 512:
        return _read.__wrapped__(text, role_arn, user_id, canonical)  # hostile: not to be kept
    return _read(text, role_arn, user_id, canonical)


def _single(context: Context, key: str) -> str | None:
    values = context.get(key)
    return values[0] if values is not None and len(values) == 1 else None


@lru_cache(maxsize=1024)
def _read(
    text: str, role_arn: str | None, user_id: str | None, canonical_id: str | None
) -> Principal | None:
    principal = _without_arn(text) or _from_arn(text, role_arn, user_id)
    return None if principal is None else principal._replace(canonical_id=canonical_id)


def _without_arn(text: str) -> Principal | None:
    if text == "*":
        return Principal(text, PrincipalKind.ANONYMOUS)
    if is_account_id(text):
        return _root(f"arn:aws:iam::{text}:root", text)
    if text in WEB_IDENTITY_PROVIDERS:
        return _outside(text, PrincipalKind.IDENTITY_PROVIDER)
    return _outside(text, PrincipalKind.SERVICE) if _SERVICE.fullmatch(text) else None


def _from_arn(text: str, role_arn: str | None, user_id: str | None) -> Principal | None:
    if not (found := _ARN.fullmatch(text)):
        return None
    partition, service, account, type_, name = found.groups()
    kind = _KINDS.get((service, type_))
    if kind is None or bool(name) is (kind is PrincipalKind.ROOT):
        return None
    if kind is PrincipalKind.ROOT:
        return _root(text, account)
    if kind is PrincipalKind.IDENTITY_PROVIDER:
        return _outside(text, kind)
    unique = _UNIQUE_ID.match(user_id) if user_id else None
    own, roles = {text}, set()
    role = None
    if kind is PrincipalKind.ROLE:
        own, role = set(), text
    elif kind is PrincipalKind.ROLE_SESSION:
        role_name, _, session_name = name.partition("/")
        if not (role_name and session_name):
            return None
        role = _role_of_session(partition, account, role_name, role_arn)
    if role:
        roles = {role, unique[0]} if unique and unique[1] == "AROA" else {role}
    elif unique and unique[1] == "AIDA" and kind is PrincipalKind.USER:
        own.add(unique[0])
    return Principal(
        text,
        kind,
        account,
        own=frozenset(own),
        role=frozenset(roles),
        of_account=frozenset({account, f"arn:{partition}:iam::{account}:root"}),
        service_linked=role is not None
        and _is_service_linked(role, path_known=role in (text, role_arn)),
    )


def _outside(name: str, kind: PrincipalKind) -> Principal:
    """A principal that belongs to no account."""
    return Principal(name, kind, own=frozenset({name}), listed_as=_LISTED_AS[kind])


def _root(arn: str, account: str) -> Principal:
    names = frozenset({arn, account})
    return Principal(arn, PrincipalKind.ROOT, account, own=names, of_account=names)


def _role_of_session(partition: str, account: str, name: str, claimed: str | None) -> str:
    if claimed is not None and (found := _ARN.fullmatch(claimed)):
        same_role = found["type"] == "role/" and found["name"].rpartition("/")[2] == name
        if same_role and (found["partition"], found["account"]) == (partition, account):
            return claimed
    return f"arn:{partition}:iam::{account}:role/{name}"


def _is_service_linked(role_arn: str, *, path_known: bool) -> bool:
    """Nobody but AWS can make a role under the reserved path. A session's ARN leaves the path out;
    where nothing tells it, the name has to do, which any role could bear."""
    path_and_name = role_arn.partition(":role/")[2]
    if path_known:
        return path_and_name.startswith(_SERVICE_LINKED_PATH)
    return path_and_name.startswith(_SERVICE_LINKED_NAME)


class PrincipalElement:
    """``Principal`` or ``NotPrincipal``.

    ``"*"`` and ``{"AWS": "*"}`` mean everybody, anonymous requests and services included.

    Args:
        listed: The element as a mapping of AWS, Service, Federated, CanonicalUser to their
            values; ``"*"`` alone is given as ``{"AWS": ("*",)}``.
    """

    __slots__ = ("_everyone", "_names", "listed", "negated")

    def __init__(self, listed: Mapping[str, tuple[str, ...]], *, negated: bool = False) -> None:
        self.listed = dict(listed)
        self.negated = negated
        self._names = {kind: frozenset(listed.get(kind, ())) for kind in PRINCIPAL_TYPES}
        self._everyone = "*" in self._names["AWS"]

    @property
    def name(self) -> str:
        return "NotPrincipal" if self.negated else "Principal"

    @property
    def names(self) -> tuple[str, ...]:
        """The values of all kinds, in the order of the document."""
        return tuple(name for names in self.listed.values() for name in names)

    def match(self, principal: Principal) -> Match:
        """How the listed principals (without negation) meet the principal of a request."""
        if self._is_own(principal):
            return Match.DIRECT
        names = self._names["AWS"]
        if not names.isdisjoint(principal.role):
            return Match.ROLE
        if not names.isdisjoint(principal.of_account):
            return Match.ACCOUNT
        return Match.NONE

    def _is_own(self, principal: Principal) -> bool:
        """Whether the principal itself is listed, and not only its role or its account."""
        if self._everyone:
            return True
        names = self._names[principal.listed_as]
        return (
            not names.isdisjoint(principal.own)
            or "*" in names
            or principal.canonical_id in self._names["CanonicalUser"]
        )

    def grants(self, principal: Principal) -> Match:
        """How an Allow statement with this element meets the principal.

        NotPrincipal means everybody of whom nothing is listed: neither the principal nor its role
        nor its account.
        """
        match = self.match(principal)
        if not self.negated:
            return match
        return Match.NONE if match else Match.DIRECT

    def denies(self, principal: Principal, *, has_boundary: bool = False) -> bool:
        """Whether a Deny statement with this element is meant for the principal.

        NotPrincipal spares a principal only where each of its identities is listed: the account
        and the user, or the account, the role and the session. It spares no user and no role
        that has a permissions boundary, whatever is listed.
        """
        if not self.negated:
            return self.match(principal) is not Match.NONE
        if has_boundary and principal.is_user_or_role:
            return True
        if self._everyone:
            return False
        names = self._names["AWS"]
        return not (
            self._is_own(principal)
            and (not principal.role or not names.isdisjoint(principal.role))
            and (not principal.of_account or not names.isdisjoint(principal.of_account))
        )
