"""When credentials and roles were last used, as IAM remembers it.

AWS pages: https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKeyLastUsed.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from helpers.lab import seam
from helpers.lab.account import Account, Credential, PrincipalType
from helpers.lab.callers import Principal
from helpers.lab.wire import Call

REPORTED_ONCE_IN = timedelta(minutes=15)
"""Of several uses within this time, the credential report knows the first only."""


@dataclass(frozen=True, slots=True)
class Use:
    """One use of an access key: when, in which Region, of which service (botocore's name)."""

    at: datetime
    region: str
    service: str


@dataclass(slots=True)
class KeyUse:
    """What IAM knows of an access key's use: the last, and the one that the report shows."""

    last: Use
    reported: Use


def key_uses(account: Account) -> dict[str, KeyUse]:
    """The account's access keys that were ever used, by their ids."""
    return account.own.setdefault("iam.key_uses", {})


def note(call: Call, principal: Principal, account: Account, now: datetime) -> None:
    """Remember a call as the last use of the access key or the role that signed it.

    Whether the call is allowed does not matter: the key has been used.
    """
    if principal.credential is Credential.LONG_TERM and principal.access_key_id:
        use = Use(now, call.region, call.service)
        uses = key_uses(account)
        known = uses.get(principal.access_key_id)
        if known is None:
            uses[principal.access_key_id] = KeyUse(use, use)
            return
        known.last = use
        if now - known.reported.at >= REPORTED_ONCE_IN:
            known.reported = use
    elif principal.type is PrincipalType.ROLE_SESSION:
        role = seam.role(principal.identity_arn)
        if role is not None:
            role.last_used, role.last_used_region = now, call.region
