"""The account inside the notebook: start it, act in it, ask it why, stop it."""

from __future__ import annotations

import base64
from contextlib import AbstractContextManager
from datetime import datetime
from random import Random
from typing import Any

from botocore.credentials import ReadOnlyCredentials

from helpers.lab import console, guard, scenarios, seam
from helpers.lab.account import Account, RootUser
from helpers.lab.caller import Caller
from helpers.lab.clock import START, Clock
from helpers.lab.explanation import Explanation
from helpers.lab.gate import Gate
from helpers.lab.trail import Trail
from helpers.lab.world import World
from helpers.policy import Decision

ACCOUNT_ID = "111122223333"
"""The account's number: one that AWS keeps for documentation."""

SEED = 20_261_102
"""Where the ids of a fresh account begin, so that two runs of a notebook print the same."""


class Lab:
    """An AWS account that lives inside this process.

    There is one at a time; starting another throws the first away. While it runs, every boto3
    client of the process talks to it, and none can talk to anything else.

    >>> lab = Lab.start()
    >>> lab.root.client("sts").get_caller_identity()["Arn"]
    'arn:aws:iam::111122223333:root'
    >>> Lab.stop()
    """

    _running: Lab | None = None

    def __init__(self, account_id: str, started_at: datetime, seed: int) -> None:
        """Use ``Lab.start``."""
        random = Random(seed)
        self.clock = Clock(started_at)
        self.trail = Trail(random)
        password = base64.b64encode(random.randbytes(12)).decode()
        root = RootUser(account_id, password, created_at=self.clock.now)
        self.account = Account(account_id, root, random)
        self.world = World({account_id: self.account}, self.clock, self.trail)
        self._gate = Gate(self.world)
        self._moto = seam.MockAWS(config={"core": {"mock_credentials": False}})
        self._current: Caller | None = None
        self._root: Caller | None = None

    # Starting and stopping ------------------------------------------------------------------

    @classmethod
    def start(
        cls,
        scenario: str | None = None,
        *,
        account_id: str = ACCOUNT_ID,
        now: datetime = START,
        seed: int = SEED,
    ) -> Lab:
        """A fresh account, signed in as its root user; a lab that runs is thrown away first.

        ``scenario`` names a prepared account (``helpers.lab.scenarios`` lists them); without
        it the account is as empty as on its first day. ``now`` is where its clock begins.
        The same arguments give the same ids, keys and dates.

        Raises ``ValueError`` for a scenario that there is not, or an account id that is not
        12 digits.
        """
        prepare = scenarios.named(scenario)
        if not (isinstance(account_id, str) and account_id.isascii() and account_id.isdigit()):
            raise ValueError(f"account_id: twelve digits are needed, this is {account_id!r}")
        if len(account_id) != 12:
            raise ValueError(f"account_id: twelve digits are needed, this is {account_id!r}")
        cls.stop()
        lab = cls(account_id, now, seed)
        lab._begin(seed)
        try:
            if prepare is not None:
                prepare(lab)
        except BaseException:
            cls.stop()
            raise
        return lab

    def _begin(self, seed: int) -> None:
        guard.arm()
        seam.mock_random.seed(seed)
        self._moto.start()
        type(self)._running = self
        guard.running.gate = self._gate.answer
        guard.running.credentials = self._ambient
        guard.running.time = self._time
        session = console.session_of_root(self.account, self.clock.now, mfa_at=None)
        self._root = self._caller("root", session)

    @classmethod
    def stop(cls) -> None:
        """Throw the account away. Calls after it are refused; stopping twice is fine."""
        lab, cls._running = cls._running, None
        guard.running.gate = guard.running.credentials = guard.running.time = None
        if lab is not None:
            lab._moto.stop()

    @property
    def is_running(self) -> bool:
        """Whether this is the account that answers now."""
        return type(self)._running is self

    # Callers ----------------------------------------------------------------------------------

    @property
    def root(self) -> Caller:
        """The root user, signed in on the console without MFA."""
        self._must_run()
        return self._root

    def caller(self, user_name: str) -> Caller:
        """An IAM user with an access key of their own: the newest active one.

        A user who has none is given one first, as root would do it (CreateAccessKey).
        Raises ``LookupError`` for a user that there is not.
        """
        self._must_run()
        users = seam.iam_backend(self.account.id).users
        if user_name not in users:
            there = ", ".join(sorted(users)) or "nobody yet"
            raise LookupError(f"No IAM user is called {user_name!r}. There are: {there}.")
        user = users[user_name]
        if not user.access_keys:
            self.root.client("iam").create_access_key(UserName=user_name)
        active = [key for key in user.access_keys if key.status == "Active"]
        key = (active or user.access_keys)[-1]
        return Caller(user.name, user.arn, key.access_key_id, key.secret_access_key)

    def sign_in(self, user_name: str, password: str, mfa_code: str | None = None) -> Caller:
        """Sign in to the console, as "root" or as an IAM user; the credentials that come of it.

        They are temporary, and say whether MFA was used. As on AWS, a user with an MFA device
        is always asked for a code. Raises ``SignInFailed`` in the console's words.
        """
        self._must_run()
        session = console.sign_in(self.world, self.account, user_name, password, mfa_code)
        return self._caller(user_name, session)

    def _caller(self, name: str, session: Any) -> Caller:
        return Caller(
            name=name,
            arn=session.principal_arn,
            access_key_id=session.access_key_id,
            secret_access_key=session.secret,
            session_token=session.token,
            expires_at=session.expires_at,
        )

    def use(self, caller: Caller | None) -> None:
        """Let plain boto3 (``boto3.client("s3")``) act as this caller; ``None``: as root."""
        if caller is not None and not isinstance(caller, Caller):
            raise ValueError(
                f"use: a caller is needed, such as lab.caller('analyst'); this is {caller!r}"
            )
        self._current = caller

    def _ambient(self) -> ReadOnlyCredentials:
        caller = self._current or self._root
        return ReadOnlyCredentials(
            caller.access_key_id, caller.secret_access_key, caller.session_token
        )

    # What happened -----------------------------------------------------------------------------

    @property
    def decisions(self) -> list[Decision]:
        """Every decision so far, the newest last."""
        return self.world.decisions

    def why(self) -> Explanation:
        """Why the last refused call was refused: which policy, which statement, what helps."""
        return Explanation(self.world.refusal)

    def _time(self) -> AbstractContextManager[Any]:
        return self.clock.hold()

    def _must_run(self) -> None:
        if not self.is_running:
            raise guard.NoLab()

    def __repr__(self) -> str:
        state = "running" if self.is_running else "stopped"
        return f"<Lab: account {self.account.id}, {state}, {self.clock.now:%Y-%m-%d %H:%M} UTC>"
