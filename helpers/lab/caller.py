"""Somebody with credentials, and the boto3 that signs as them."""

from __future__ import annotations

import copy
import functools
import ipaddress
import threading
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from helpers.lab import seam
from helpers.lab.surroundings import REGION

SOURCE_IP_ATTRIBUTE = "lab_source_ip"
"""Where a request of boto3 keeps the address that its caller sits at. It is no header, so that
nobody can write one."""


@functools.cache
def _handlers() -> seam.HierarchicalEmitter:
    """botocore's own handlers of events, looked into and registered once: half of what a session
    costs. Each session gets a copy, so that what one adds is not another's."""
    emitter = seam.HierarchicalEmitter()
    botocore.session.Session(event_hooks=emitter)
    return emitter


_MAKING = threading.RLock()
"""Held while a client is made: a session may not make two at once for two threads."""


@dataclass(frozen=True)
class Caller:
    """A principal of the account with credentials of its own.

    ``client`` and ``resource`` are boto3's own, with these credentials already in them; the
    access key, secret and token are there as well, for code that wants them as AWS gives them.
    """

    name: str
    arn: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = field(default=None, repr=False)
    source_ip: str | None = field(default=None, repr=False)
    user_agent: str | None = field(default=None, repr=False)

    def at(self, source_ip: str, user_agent: str | None = None) -> Caller:
        """The same credentials in other hands: calls that come from this address.

        ``user_agent`` is what the program there says of itself, in place of boto3's words. Policies
        see both (aws:SourceIp, aws:UserAgent), and CloudTrail writes them down. Raises
        ``ValueError`` for what is no IP address.
        """
        return replace(self, source_ip=str(ipaddress.ip_address(source_ip)), user_agent=user_agent)

    @property
    def session(self) -> boto3.Session:
        """A new ``boto3.Session`` with these credentials, in us-east-1."""
        core = botocore.session.Session(
            event_hooks=copy.copy(_handlers()), include_builtin_handlers=False
        )
        if self.source_ip is not None:
            core.get_component("event_emitter").register_first("before-send", self._stamp)
        found = boto3.Session(
            botocore_session=core,
            aws_access_key_id=self.access_key_id,
            aws_secret_access_key=self.secret_access_key,
            aws_session_token=self.session_token,
            region_name=REGION,
        )
        if self.user_agent is not None:
            core.set_default_client_config(Config(user_agent=self.user_agent))
            core.user_agent_extra = ""  # boto3 adds its own name otherwise
        return found

    def client(self, service: str, **options: Any) -> Any:
        """A stock boto3 client that signs as this caller; takes ``boto3.client``'s arguments."""
        with _MAKING:
            return self._own_session.client(service, **options)

    def resource(self, service: str, **options: Any) -> Any:
        """A stock boto3 resource that signs as this caller."""
        with _MAKING:
            return self._own_session.resource(service, **options)

    @functools.cached_property
    def _own_session(self) -> boto3.Session:
        """What this caller's clients come from; one for all of them, for it costs 3 ms."""
        return self.session

    def _stamp(self, request: Any, **_: Any) -> None:
        setattr(request, SOURCE_IP_ATTRIBUTE, self.source_ip)

    def __repr__(self) -> str:
        return f"<Caller {self.arn}>"


def check_caller(caller: Any) -> Caller:
    """The caller. Raises ``ValueError`` for anything else, such as a user's name."""
    if not isinstance(caller, Caller):
        raise ValueError(f"a caller is needed, such as lab.caller('analyst'); this is {caller!r}")
    return caller
