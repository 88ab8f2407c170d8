"""Who is calling? From the access key in the signature to a principal.

AWS pages: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from helpers.lab import seam, signatures
from helpers.lab.account import Account, Credential, PrincipalType, Session
from helpers.lab.errors import AwsError, Failure, changed_in_s3, early, failure, skewed
from helpers.lab.wire import UNSIGNED_OPERATIONS, Call


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller as AWS sees it.

    ``arn`` is what GetCallerIdentity answers; ``identity_arn`` the user or role whose policies
    apply (for a role's session, the role). ``mfa`` is ``None`` where the request carries no
    word about MFA at all, as with long-term access keys: that is the condition key missing,
    which is not the same as false.
    """

    type: PrincipalType
    arn: str
    identity_arn: str
    account_id: str | None
    user_id: str
    credential: Credential | None = None
    access_key_id: str | None = None
    mfa: bool | None = None
    mfa_at: datetime | None = None
    issued_at: datetime | None = None
    session: Session | None = None

    @property
    def is_root(self) -> bool:
        """Whether this is an account's root user."""
        return self.type is PrincipalType.ROOT

    @property
    def name(self) -> str:
        """The user's or role's name; "root" and "anonymous" for those who have none."""
        if self.is_root:
            return "root"
        if self.type is PrincipalType.ANONYMOUS:
            return "anonymous"
        return self.identity_arn.rsplit("/", 1)[-1]


ANONYMOUS = Principal(
    type=PrincipalType.ANONYMOUS, arn="*", identity_arn="*", account_id=None, user_id="anonymous"
)


@dataclass(frozen=True, slots=True)
class _Known:
    """An access key that some account knows: what signs with it, and as whom."""

    secret: str
    principal: Principal
    token: str | None = None
    expires_at: datetime | None = None
    active: bool = True


def identify(call: Call, accounts: Iterable[Account], now: datetime) -> Principal:
    """The principal that signed a call.

    Raises ``AwsError`` in the words of the call's service for a key that is unknown, deleted
    or inactive, a wrong secret, a wrong, missing or expired session token, an expired
    pre-signed URL, and for no signature where the service wants one.
    """

    def no(kind: Failure) -> AwsError:
        return failure(kind, call.service, call.protocol)

    if call.scope is None:
        if call.service == "s3" or call.operation in UNSIGNED_OPERATIONS:
            return ANONYMOUS
        raise no(Failure.NO_SIGNATURE)
    if call.scope.form == "header-v2":
        raise no(Failure.OLD_SIGNATURE)
    known = _look_up(call.scope.access_key_id, accounts)
    if known is None or not known.active:
        raise no(Failure.UNKNOWN_KEY)
    token = signatures.session_token(call)
    if known.token is None and token:
        raise no(Failure.UNKNOWN_TOKEN)
    if known.token is not None and token != known.token:
        # Temporary keys without their token are unknown keys to AWS.
        raise no(Failure.UNKNOWN_TOKEN if token else Failure.UNKNOWN_KEY)
    if not signatures.is_right(call, known.secret, token):
        raise no(Failure.WRONG_SIGNATURE)
    if (digests := signatures.changed_body(call)) is not None:
        if call.scope.signing_name != "s3":
            raise no(Failure.WRONG_SIGNATURE)
        raise changed_in_s3(*digests)
    if (clock := signatures.missed_clock(call, now)) is not None:
        raise skewed(call.service, call.protocol, signatures.signed_at(call), clock)
    if known.expires_at is not None and now >= known.expires_at:
        raise no(Failure.EXPIRED_TOKEN)
    if signatures.is_early(call, now):
        raise early(call.service, call.protocol, signatures.signed_at(call), now)
    if signatures.has_expired(call, now):
        raise no(Failure.EXPIRED_URL)
    return known.principal


def _look_up(access_key_id: str, accounts: Iterable[Account]) -> _Known | None:
    for account in accounts:
        if (session := account.sessions.get(access_key_id)) is not None:
            return _of_session(session, account)
        for key in account.root.keys:
            if key.access_key_id == access_key_id:
                return _Known(key.secret, _root(account, key.access_key_id), active=_on(key))
        store = seam.iam_backend(account.id)
        key = store.access_keys.get(access_key_id)
        user = store.users.get(key.user_name) if key is not None else None
        # moto keeps a deleted user's keys; a new user of the same name has not got them.
        if user is not None and any(own is key for own in user.access_keys):
            return _Known(key.secret_access_key, user_principal(user, key), active=_on(key))
    return None


def _on(key: Any) -> bool:
    return key.status == "Active"


def _root(account: Account, access_key_id: str) -> Principal:
    return Principal(
        type=PrincipalType.ROOT,
        arn=account.root.arn,
        identity_arn=account.root.arn,
        account_id=account.id,
        user_id=account.id,
        credential=Credential.LONG_TERM,
        access_key_id=access_key_id,
    )


def user_principal(user: Any, key: Any) -> Principal:
    """The principal that an IAM user's own access key stands for (moto's user and key)."""
    return Principal(
        type=PrincipalType.USER,
        arn=user.arn,
        identity_arn=user.arn,
        account_id=user.account_id,
        user_id=user.id,
        credential=Credential.LONG_TERM,
        access_key_id=key.access_key_id,
    )


def _of_session(session: Session, account: Account) -> _Known:
    """A session is as good as the one whose it is: a deleted user's or role's signs nothing."""
    return _Known(
        secret=session.secret,
        token=session.token,
        expires_at=session.expires_at,
        active=_still_there(session, account),
        principal=Principal(
            type=session.principal_type,
            arn=session.principal_arn,
            identity_arn=session.identity_arn,
            account_id=session.account_id,
            user_id=session.user_id,
            credential=session.credential,
            access_key_id=session.access_key_id,
            mfa=session.mfa_at is not None,
            mfa_at=session.mfa_at,
            issued_at=session.issued_at,
            session=session,
        ),
    )


def _still_there(session: Session, account: Account) -> bool:
    store = seam.iam_backend(account.id)
    if session.identity_arn == account.root.arn:
        return True
    if session.principal_type is PrincipalType.ROLE_SESSION:
        # By id: a role or user made anew under an old name is another one.
        return session.user_id.partition(":")[0] in store.roles
    user = store.users.get(session.identity_arn.rsplit("/", 1)[-1])
    return user is not None and user.id in (session.user_id, session.issuer_id)
