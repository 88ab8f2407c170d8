"""The record itself: taken down call by call, written when somebody looks."""

from __future__ import annotations

import base64
import threading
from collections import deque
from datetime import datetime
from random import Random
from typing import Any

from helpers.lab.callers import Principal
from helpers.lab.context import SOURCE_IP
from helpers.lab.errors import AwsError
from helpers.lab.trail.notes import Attempt, Note, Served, SignedIn, called
from helpers.lab.wire import Call, HttpAnswer, with_request_id
from helpers.policy import Decision

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Trail:
    """The events of all accounts of a lab, oldest first.

    It has a source of random numbers of its own, so that the ids of users and keys do not
    depend on how many calls were made before.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._notes: deque[Note] = deque()
        self._events: list[dict[str, Any]] = []
        self._attempts: list[Attempt] = []
        self._writing = threading.RLock()

    # Taking down ------------------------------------------------------------------------------

    def record(
        self,
        call: Call,
        principal: Principal,
        home: str,
        owner: str,
        at: datetime,
        answer: HttpAnswer,
        error: AwsError | None,
        decisions: list[Decision],
        source_ip: str = SOURCE_IP,
    ) -> HttpAnswer:
        """Take down a call; the answer comes back with the id that the record knows it by."""
        request_id, host_id = self.new_request_id(call.service)
        answer = with_request_id(call.service, call.protocol, answer, request_id, host_id)
        self._notes.append(
            called(
                call,
                principal,
                home,
                owner,
                at,
                answer,
                error,
                tuple(decisions),
                source_ip,
                request_id,
                self._ids(3 if home != owner or call.operation == "AssumeRole" else 1),
            )
        )
        return answer

    def _ids(self, count: int) -> tuple[int, ...]:
        """Random bits for the ids of events: two accounts' and the one that both share."""
        return tuple(self._random.getrandbits(128) for _ in range(count))

    def new_request_id(self, service: str) -> tuple[str, str]:
        """An id for an answer, and the second one that S3 adds."""
        if service in ("s3", "s3control"):
            bits = self._random.getrandbits(80)
            short = "".join(_LETTERS[bits >> shift & 31] for shift in range(0, 80, 5))
            return short, base64.b64encode(self._random.randbytes(56)).decode()
        return uuid_of(self._random.getrandbits(128)), ""

    def signed_in(
        self,
        event: str,
        account: str,
        at: datetime,
        *,
        root: bool = False,
        user: Any = None,
        mfa_serial: str | None = None,
        mfa_used: bool = False,
        error: str | None = None,
        source_ip: str = SOURCE_IP,
    ) -> None:
        """Take down a step of a sign-in; ``user`` is moto's, ``None`` for root and for nobody."""
        self._notes.append(
            SignedIn(
                event,
                account,
                root,
                user.name if user is not None else None,
                user.id if user is not None else None,
                user.arn if user is not None else None,
                mfa_serial,
                mfa_used,
                error,
                source_ip,
                at,
                self._ids(1),
            )
        )

    def served(
        self,
        service: str,
        source: str,
        event: str,
        account: str,
        region: str,
        at: datetime,
        *,
        request: Any,
        resources: Any,
        read_only: bool,
    ) -> None:
        """Take down what the AWS service ``service`` did in an account."""
        self._notes.append(
            Served(
                service,
                source,
                event,
                account,
                region,
                request,
                resources,
                read_only,
                at,
                self._ids(3),
            )
        )

    # Looking ----------------------------------------------------------------------------------

    @property
    def events(self) -> list[dict[str, Any]]:
        """Every event so far, oldest first, as CloudTrail's records (plain dicts)."""
        self._write()
        return list(self._events)

    @property
    def attempts(self) -> list[Attempt]:
        """Every action that somebody tried so far, oldest first."""
        self._write()
        return list(self._attempts)

    def of_account(self, account: str) -> list[dict[str, Any]]:
        """The events of one account, oldest first."""
        return [event for event in self.events if event["recipientAccountId"] == account]

    def _write(self) -> None:
        from helpers.lab.trail import attempts, records

        with self._writing:
            while self._notes:
                note = self._notes.popleft()
                self._events += records.of(note)
                self._attempts += attempts.of(note)


def uuid_of(bits: int) -> str:
    """128 random bits as a version 4 UUID.

    >>> uuid_of(0)
    '00000000-0000-4000-8000-000000000000'
    """
    bits = bits & ~(0xF000 << 64) | 0x4000 << 64
    bits = bits & ~(0xC000 << 48) | 0x8000 << 48
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
