"""The accounts of a lab, and who can act in each of them.

AWS page: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access-as-root.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from helpers.lab import console, seam
from helpers.lab.account import Account, Session
from helpers.lab.caller import Caller
from helpers.lab.world import World


def check_account_id(account_id: object) -> str:
    """The account id itself. Raises ``ValueError`` for anything but twelve digits.

    >>> check_account_id("444455556666")
    '444455556666'
    >>> check_account_id("12")
    Traceback (most recent call last):
    ValueError: account_id: twelve digits are needed, this is '12'
    """
    if not (
        isinstance(account_id, str)
        and account_id.isascii()
        and account_id.isdigit()
        and len(account_id) == 12
    ):
        raise ValueError(f"account_id: twelve digits are needed, this is {account_id!r}")
    return account_id


class LabAccount:
    """One account of the lab: its root user, its IAM users, and signing in to it.

    ``lab.accounts["444455556666"]`` gives it. ``lab.root``, ``lab.caller`` and ``lab.sign_in``
    are those of the account that the lab was started with.
    """

    def __init__(self, account: Account, world: World, must_run: Callable[[], None]) -> None:
        self._account = account
        self._world = world
        self._must_run = must_run
        self._root: Caller | None = None

    @property
    def id(self) -> str:
        """The account's twelve digits."""
        return self._account.id

    @property
    def name(self) -> str:
        """The account's name."""
        return self._account.name

    @property
    def root(self) -> Caller:
        """The root user, signed in on the console without MFA.

        Raises ``SignInFailed`` where the root user has no password, as in a member account that
        an organization created: nobody can sign in as it.
        """
        self._must_run()
        if self._account.root.password is None:
            raise console.SignInFailed(
                f"The root user of account {self.id} has no password, so nobody can sign in as "
                "it. The people of its organization's management account come in by assuming a "
                "role, usually OrganizationAccountAccessRole."
            )
        if self._root is None:
            now = self._world.clock.now
            session = console.session_of_root(self._account, now, mfa_at=None)
            self._account.root.password_last_used = now
            self._root = _caller("root", session)
        return self._root

    def caller(self, user_name: str) -> Caller:
        """An IAM user with an access key of their own: the newest active one.

        A user who has none is given one first, as root would do it (CreateAccessKey).
        Raises ``LookupError`` for a user that there is not, and ``SignInFailed`` where a key is
        needed and the account's root user cannot sign in to make it.
        """
        self._must_run()
        users = seam.iam_backend(self.id).users
        if user_name not in users:
            there = ", ".join(sorted(users)) or "nobody yet"
            raise LookupError(f"No IAM user is called {user_name!r}. There are: {there}.")
        user = users[user_name]
        if not user.access_keys:
            self.root.client("iam").create_access_key(UserName=user_name)
        active = [key for key in user.access_keys if key.status == "Active"]
        key = (active or user.access_keys)[-1]
        return Caller(user.name, user.arn, key.access_key_id, key.secret_access_key)

    def sign_in(
        self,
        user_name: str,
        password: str,
        mfa_code: str | None = None,
        *,
        new_password: str | None = None,
    ) -> Caller:
        """Sign in to the console, as "root" or as an IAM user; the credentials that come of it.

        They are temporary, and say whether MFA was used. As on AWS, a user with an MFA device
        is always asked for a code. A user whose password has expired or has to be changed gets
        in with a ``new_password`` only, which takes the permission ``iam:ChangePassword``.
        Raises ``SignInFailed`` in the console's words, and ``ValueError`` for a new password
        that nobody asks for.
        """
        self._must_run()

        def change(session: Session) -> None:
            _caller(user_name, session).client("iam").change_password(
                OldPassword=password, NewPassword=new_password
            )

        session = console.sign_in(
            self._world,
            self._account,
            user_name,
            password,
            mfa_code,
            change if new_password is not None else None,
        )
        return _caller(user_name, session)

    def reset_root_password(self, password: str) -> None:
        """Set the root user's password as "Forgot password?" does, by the account's email.

        Raises ``SignInFailed`` where an organization took the root user's login profile away:
        then there is no way back but through the organization (AssumeRoot with the task
        IAMCreateRootUserPassword).
        """
        self._must_run()
        console.reset_root_password(self._account, password)

    def __repr__(self) -> str:
        return f"<account {self.id} ({self.name})>"


class NoSuchAccount(KeyError):
    """There is no account of that id in the lab."""

    def __str__(self) -> str:
        return self.args[0]


class Accounts(Mapping[str, LabAccount]):
    """All accounts of a lab by id, the one that it was started with first.

    Asking for an id that no account has raises ``NoSuchAccount``, a ``LookupError``.
    """

    def __init__(self, world: World, must_run: Callable[[], None]) -> None:
        self._world = world
        self._must_run = must_run
        self._known: dict[str, LabAccount] = {}

    def __getitem__(self, account_id: str) -> LabAccount:
        account = self._world.accounts.get(account_id)
        if account is None:
            there = ", ".join(self._world.accounts)
            raise NoSuchAccount(f"No account is called {account_id!r}. There are: {there}.")
        if account_id not in self._known:
            self._known[account_id] = LabAccount(account, self._world, self._must_run)
        return self._known[account_id]

    def __contains__(self, account_id: object) -> bool:
        return account_id in self._world.accounts

    def __iter__(self) -> Iterator[str]:
        return iter(self._world.accounts)

    def __len__(self) -> int:
        return len(self._world.accounts)

    def __repr__(self) -> str:
        return f"<accounts: {', '.join(self)}>"


def _caller(name: str, session: Session) -> Caller:
    return Caller(
        name=name,
        arn=session.principal_arn,
        access_key_id=session.access_key_id,
        secret_access_key=session.secret,
        session_token=session.token,
        expires_at=session.expires_at,
    )
