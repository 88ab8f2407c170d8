"""The account inside the notebook: start it, act in it, ask it why, stop it."""

from __future__ import annotations

import base64
import copy
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import boto3
from botocore.credentials import ReadOnlyCredentials

from helpers.lab import guard, scenarios, seam, surroundings, wire
from helpers.lab.account import Account, RootUser
from helpers.lab.accounts import Accounts, LabAccount, check_account_id
from helpers.lab.caller import Caller, check_caller
from helpers.lab.clock import START, Clock, turn
from helpers.lab.explanation import Explanation
from helpers.lab.gate import Gate
from helpers.lab.interrupts import Deferred
from helpers.lab.trail import Trail
from helpers.lab.world import World
from helpers.policy import Decision

if TYPE_CHECKING:
    from helpers.lab.server import Server

ACCOUNT_ID = "111122223333"
"""The account's number: one that AWS keeps for documentation."""

SEED = 20_261_102
"""Where the ids of a fresh account begin, so that two runs of a notebook print the same."""


class Lab:
    """An AWS account that lives inside this process.

    There is one at a time; starting another throws the first away. While it runs, every boto3
    client of the process talks to it, and none can talk to anything else. An organization, or
    ``add_account``, brings further accounts into it (``accounts``); what is said of "the
    account" is about the first.

    >>> lab = Lab.start()
    >>> lab.root.client("sts").get_caller_identity()["Arn"]
    'arn:aws:iam::111122223333:root'
    >>> Lab.stop()
    """

    def __init__(self, account_id: str, started_at: datetime, seed: int) -> None:
        """Use ``Lab.start``."""
        random = Random(seed)
        self.clock = Clock(started_at)
        # Its own numbers: ids of users and keys do not depend on how many calls were made.
        self.trail = Trail(Random(f"trail {seed}"))
        password = base64.b64encode(random.randbytes(12)).decode()
        now = self.clock.now
        root = RootUser(account_id, password, created_at=now, login_profile_at=now)
        self.account = Account(account_id, root, random)
        self.world = World({account_id: self.account}, self.clock, self.trail)
        self._seed = seed
        self._accounts = Accounts(self.world, self._must_run)
        self._first = self._accounts[account_id]
        self._gate = Gate(self.world)
        self._current: Caller | None = None
        self._root: Caller | None = None
        self._server: Server | None = None

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

        Raises ``ValueError`` for a scenario that there is not, an account id that is not 12
        digits, or a ``now`` without a time zone; a lab that runs then goes on.
        """
        prepare = scenarios.named(scenario)
        check_account_id(account_id)
        guard.arm()
        with guard.running.starting:
            lab = cls(account_id, now, seed)
            cls.stop()
            try:
                lab._begin(seed)
                if prepare is not None:
                    prepare(lab)
            except BaseException:
                cls.stop()
                raise
        return lab

    def _begin(self, seed: int) -> None:
        with Deferred(), turn():
            seam.forget_everything()  # a mock from before the guard may have left something
            seam.mock_random.seed(seed)
            # A session from before may know an account that is gone, or another Region.
            boto3.DEFAULT_SESSION = None
            guard.running.begin(self, self._gate.answer, self._ambient, self._time)
        self._root = self._first.root

    @classmethod
    def stop(cls) -> None:
        """Throw the account away. Calls after it are refused; stopping twice is fine."""
        running = guard.running
        with running.starting, Deferred():
            if running.lab is not None and running.lab._server is not None:
                running.lab._server.stop()  # before the turn, which its calls may wait for
            with turn():
                if running.lab is not None:
                    seam.forget_everything()
                running.end()

    @classmethod
    def current(cls) -> Lab | None:
        """The account that answers now; ``None``: none is running."""
        lab = guard.running.lab
        return lab if isinstance(lab, cls) else None

    @property
    def is_running(self) -> bool:
        """Whether this is the account that answers now."""
        return guard.running.lab is self

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Refused, for ``copy`` and ``pickle`` alike: a copy would be no account at all."""
        raise TypeError(
            "A lab cannot be copied or pickled: the account is in this process, and only here. "
            "Share `lab` itself, or start another with Lab.start()"
        )

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
        return self._first.caller(user_name)

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
        return self._first.sign_in(user_name, password, mfa_code, new_password=new_password)

    @property
    def accounts(self) -> Accounts:
        """Every account of the lab by id: ``lab.accounts["444455556666"].root``, ``.caller(…)``,
        ``.sign_in(…)``. There is one until an organization or ``add_account`` adds more."""
        return self._accounts

    def add_account(self, account_id: str, name: str = "Example Partner") -> LabAccount:
        """Another account, empty, in no organization: a partner's or a stranger's.

        It shares the lab's clock and nothing else. Raises ``ValueError`` for an id that is not
        twelve digits or that an account of this lab has.
        """
        self._must_run()
        if check_account_id(account_id) in self.world.accounts:
            raise ValueError(f"account_id: there is an account {account_id} in this lab already")
        random = Random(f"{self._seed} {account_id}")
        self.world.open_account(
            account_id,
            random=random,
            name=name,
            email=f"root+{account_id}@example.com",
            password=base64.b64encode(random.randbytes(12)).decode(),
        )
        return self._accounts[account_id]

    def use(self, caller: Caller | None) -> None:
        """Let plain boto3 (``boto3.client("s3")``) act as this caller; ``None``: as root."""
        self._current = None if caller is None else check_caller(caller)
        if self._server is not None:
            surroundings.open_to_children(self._server.environment())

    def _who(self) -> Caller:
        return self._current or self._root

    def _ambient(self) -> ReadOnlyCredentials:
        caller = self._who()
        return ReadOnlyCredentials(
            caller.access_key_id, caller.secret_access_key, caller.session_token
        )

    # Other programs ---------------------------------------------------------------------------

    def serve(self, port: int = 0) -> Server:
        """Let other programs of this machine use the account: the AWS CLI, any SDK.

        The account answers at an address of this machine, ``.url``, until ``.stop()``;
        ``.lines()`` are to paste into a terminal, ``.environment()`` is for programs that Python
        starts. Programs started in the notebook (``!aws s3 ls``) act as plain boto3 does
        (``lab.use``). ``port`` 0 takes a free one. Serving again gives the address that there is.
        Raises ``OSError`` for a port that is not to be had and ``ValueError`` for one that there
        is not, or another one than that which is open.
        """
        self._must_run()
        if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port <= 65535:
            raise ValueError(f"serve: a port is a number from 1 to 65535, not {port!r}")
        with guard.running.starting:
            if self._server is None:
                self._open(port)
        if port not in (0, self._server.port):
            raise ValueError(
                f"serve: the account is at {self._server.url} already; to move it, "
                "call stop() of what lab.serve() gives, then serve again"
            )
        return self._server

    def _open(self, port: int) -> None:
        from helpers.lab.server import Server  # what it takes is imported when it is used

        self._server = Server(port, self._answer, self._who, self._not_served)
        guard.running.address = self._server.at_aws
        surroundings.open_to_children(self._server.environment())

    def _answer(self, request: Any) -> wire.HttpAnswer:
        with turn():
            self._must_run()
            return self._gate.answer(request)

    def _not_served(self) -> None:
        self._server = guard.running.address = None
        surroundings.close_to_children()

    # What happened -----------------------------------------------------------------------------

    @property
    def decisions(self) -> list[Decision]:
        """Every decision so far, the newest last."""
        return self.world.decisions

    @property
    def events(self) -> list[dict[str, Any]]:
        """Every event of CloudTrail's so far, of all accounts and Regions, oldest first.

        Plain dicts, a copy each time: ``pandas.json_normalize(lab.events)`` makes a table of them.
        """
        return copy.deepcopy(self.trail.events)

    def export_trail(self, folder: str | Path) -> list[Path]:
        """Write the record as log files, as CloudTrail would deliver them, and return their paths.

        Under ``folder``, which is made where it is missing, come AWS's own folders
        (``AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/02``) and gzip files of the form
        ``{"Records": [...]}``. Raises ``OSError`` for a folder that cannot be written.
        """
        from helpers.lab.trail import files

        return files.export(self.trail.events, folder)

    def export_account(self, folder: str | Path | None = None) -> Path:
        """Write what an owner would export of an account, and return the folder.

        Into ``folder``, which is made where it is missing, come the log files
        (``trail/AWSLogs/...``), ``authorization-details.json``, ``credential-report.csv`` and
        ``last-accessed/user/NAME.json`` (``role/NAME.json``), in the forms that the AWS CLI gives
        them. The root user asks IAM for them, after the record was written; see
        :mod:`helpers.analysis.sources.export_commands` for a real account. Without ``folder`` it is
        one for temporary files, which is gone when this process ends. Raises ``OSError`` for a
        folder that cannot be written.
        """
        from helpers.lab import account_export

        self._must_run()
        folder = account_export.temporary() if folder is None else Path(folder)
        self.export_trail(folder / account_export.TRAIL)
        list(account_export.export(self.root.client("iam"), folder))
        return folder

    def why(self) -> Explanation:
        """Why the last refused call was refused: which policy, which statement, what helps."""
        return Explanation(self.world.refusal)

    def _time(self) -> AbstractContextManager[Any]:
        return self.clock.hold()

    def _must_run(self) -> None:
        if not self.is_running:
            raise guard.running.refuse()

    def __repr__(self) -> str:
        state = "running" if self.is_running else "stopped"
        return f"<Lab: account {self.account.id}, {state}, {self.clock.now:%Y-%m-%d %H:%M} UTC>"
