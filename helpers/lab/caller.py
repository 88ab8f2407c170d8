"""Somebody with credentials, and the boto3 that signs as them."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import boto3
import botocore.loaders
import botocore.session

from helpers.lab.surroundings import REGION


@functools.cache
def _loader() -> botocore.loaders.Loader:
    """botocore's models, read once for all callers: a client in 12 ms instead of 90."""
    return botocore.loaders.create_loader()


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

    @property
    def session(self) -> boto3.Session:
        """A ``boto3.Session`` with these credentials, in us-east-1."""
        core = botocore.session.get_session()
        core.register_component("data_loader", _loader())
        return boto3.Session(
            botocore_session=core,
            aws_access_key_id=self.access_key_id,
            aws_secret_access_key=self.secret_access_key,
            aws_session_token=self.session_token,
            region_name=REGION,
        )

    def client(self, service: str, **options: Any) -> Any:
        """A stock boto3 client that signs as this caller; takes ``boto3.client``'s arguments."""
        return self.session.client(service, **options)

    def resource(self, service: str, **options: Any) -> Any:
        """A stock boto3 resource that signs as this caller."""
        return self.session.resource(service, **options)

    def __repr__(self) -> str:
        return f"<Caller {self.arn}>"


def check_caller(caller: Any) -> Caller:
    """The caller. Raises ``ValueError`` for anything else, such as a user's name."""
    if not isinstance(caller, Caller):
        raise ValueError(f"a caller is needed, such as lab.caller('analyst'); this is {caller!r}")
    return caller
