"""The users and roles that trust policies, bucket policies and key policies name.

AWS keeps the unique id of a user or role that a policy names as its principal. So a policy
cannot name one that there is not; it follows a user to a new name; and a deleted user's place
is not taken by a new one of the same name: the policy then shows the old one's id.

AWS page: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from helpers.lab import seam
from helpers.lab.account import Account

ELEMENTS = ("Principal", "NotPrincipal")

_ACCOUNT = re.compile(r"\d{12}")
_ARN = re.compile(r"arn:aws:(?:iam|sts)::(\d{12}):(.+)")
_SERVICE = re.compile(
    r"[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)"
)
_ID = re.compile(r"A(?:IDA|ROA)[A-Z0-9]{12,}")


def unknown(document: str, accounts: Mapping[str, Account]) -> tuple[str, str] | None:
    """The first principal in a document that is nobody, with the element that names it ("AWS"
    or "Service"); ``None``: all are somebody.

    Of accounts that are not among ``accounts`` the lab knows nothing, and takes them as given;
    so it does a service whose name is made as those of AWS's services are.
    """
    parsed = json.loads(document)
    for name in _named(parsed, "AWS"):
        if not _exists(name, accounts):
            return "AWS", name
    for name in _named(parsed, "Service"):
        if not _SERVICE.fullmatch(name):
            return "Service", name
    return None


def with_arns_of_accounts(text: str) -> str:
    """A document in which accounts stand by their ARNs, as S3 keeps it.

    >>> with_arns_of_accounts('{"Statement": {"Principal": {"AWS": ["111122223333"]}}}')
    '{"Statement": {"Principal": {"AWS": ["arn:aws:iam::111122223333:root"]}}}'
    """
    document = json.loads(text)
    accounts = {name for name in _named(document, "AWS") if _ACCOUNT.fullmatch(name)}
    for account in accounts:
        _rename(document, account, f"arn:aws:iam::{account}:root")
    return json.dumps(document) if accounts else text


def rename(accounts: Mapping[str, Account], old: str, new: str) -> None:
    """Name a principal anew in every trust, bucket and key policy: by a new ARN, or an id."""

    def renamed(text: str) -> str:
        document = json.loads(text)
        _rename(document, old, new)
        return json.dumps(document)

    for account_id in accounts:
        for role in seam.iam_backend(account_id).roles.values():
            if old in role.assume_role_policy_document:
                role.assume_role_policy_document = renamed(role.assume_role_policy_document)
        for key in seam.keys(account_id):
            if old in key.policy:
                key.policy = renamed(key.policy)
        _rename_in_buckets(account_id, old, renamed)


def _rename_in_buckets(account_id: str, old: str, renamed: Callable[[str], str]) -> None:
    for bucket in seam.buckets(account_id):
        if bucket.policy and old in (text := bucket.policy.decode()):
            bucket.policy = renamed(text).encode()


def _rename(document: Any, old: str, new: str) -> None:
    for statement in statements(document):
        for element in ELEMENTS:
            if isinstance(named := statement.get(element), dict) and "AWS" in named:
                named["AWS"] = _replaced(named["AWS"], old, new)


def _replaced(value: Any, old: str, new: str) -> Any:
    if isinstance(value, list):
        return [_replaced(item, old, new) for item in value]
    return new if value == old else value


def statements(document: Any) -> Iterator[dict[str, Any]]:
    """The statements of a document, one that stands alone as well."""
    found = document.get("Statement", [])
    yield from found if isinstance(found, list) else [found]


def _named(document: Any, kind: str) -> Iterator[str]:
    for statement in statements(document):
        for element in ELEMENTS:
            named = statement.get(element)
            if isinstance(named, dict):
                values = named.get(kind, [])
                yield from values if isinstance(values, list) else [values]


def _exists(principal: str, accounts: Mapping[str, Account]) -> bool:
    if principal == "*" or _ACCOUNT.fullmatch(principal):
        return True
    if _ID.fullmatch(principal):
        return any(_has_id(account_id, principal) for account_id in accounts)
    found = _ARN.fullmatch(principal)
    if found is None:
        return False
    account_id, name = found.groups()
    return account_id not in accounts or _is_in(account_id, principal, name)


def _has_id(account_id: str, unique_id: str) -> bool:
    store = seam.iam_backend(account_id)
    return unique_id in store.roles or any(u.id == unique_id for u in store.users.values())


def _is_in(account_id: str, arn: str, name: str) -> bool:
    """Whether an account of the lab has the user, role or session that an ARN names."""
    store = seam.iam_backend(account_id)
    kind, _, rest = name.partition("/")
    if kind == "user":
        return any(user.arn == arn for user in store.users.values())
    if kind == "role":
        return any(role.arn == arn for role in store.roles.values())
    if kind == "assumed-role":
        role_name, _, session = rest.partition("/")
        return bool(session) and any(role.name == role_name for role in store.roles.values())
    return name == "root" or (kind == "federated-user" and bool(rest))
