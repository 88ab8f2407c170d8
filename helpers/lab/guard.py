"""Keeps every call on this machine, for as long as this process lives.

The guard is put up when ``helpers.lab`` is first imported and never taken down, because a
learner's next line may as well be plain boto3. What it closes, and how:

- **Requests of boto3**, by any client, made before or after: botocore's HTTP session hands
  them to the lab's gate instead of the network, whatever the endpoint.
- **Credentials**: botocore's chain (environment, profiles, credential processes, SSO, instance
  metadata) is not walked any more; clients without credentials of their own sign as the
  lab's current caller. Nothing is read that could be a real key.
- **Configuration**: the environment variables of AWS, moto and proxies are taken out of this
  process and of its children; the files in ``~/.aws`` are pointed away from.
- **Sockets**: an audit hook lets this process connect to and look up nothing but this machine.
- **Children** (``!aws s3 ls``): the environment that they inherit has made-up keys, no
  configuration, and an endpoint on this machine.

An audit hook cannot be removed from a Python process, which is meant: the kernel that once
had an account inside never talks to another one. Restart the kernel to get the network back.
"""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import socket
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import BotoCoreError

from helpers.lab import seam, surroundings, wire


class NothingLeaves(BotoCoreError, PermissionError):
    """A way out of this machine that the guard has closed."""

    fmt = "{reason}"


class NoLab(BotoCoreError):
    """A call while no account is there to answer it."""

    fmt = (
        "No account is running in this notebook, so nobody can answer this call "
        "(it did not leave this machine). Start one with: lab = Lab.start()"
    )


class _Running:
    """What the guard asks of the lab that is running; ``Lab`` fills it in."""

    gate: Callable[[Any], wire.HttpAnswer] | None = None
    credentials: Callable[[], ReadOnlyCredentials] | None = None
    time: Callable[[], AbstractContextManager[Any]] | None = None


running = _Running()

_armed = False


def arm() -> None:
    """Close the ways out. Doing it again changes nothing."""
    global _armed
    if _armed:
        return
    _armed = True
    surroundings.clean()
    _close_requests()
    seam.leave_decisions_to_the_gate()
    seam.leave_heads_without_a_body()
    seam.let_policies_name_root_users()
    _close_credentials()
    _close_sockets()


# boto3 and requests -----------------------------------------------------------------------


def _close_requests() -> None:
    def process_request(stub: Any, request: Any) -> wire.HttpAnswer:
        if running.gate is None:
            raise NoLab()
        try:
            return running.gate(request)
        except wire.NotAws as error:
            raise NothingLeaves(reason=_not_aws(str(error))) from None

    def send(session: Any, request: Any) -> Any:
        """The last step of every botocore client: nothing is sent, the gate is asked."""
        answer = seam.botocore_stubber("before-send", request)
        if answer is None:
            raise NoLab()
        return answer

    seam.BotocoreStubber.process_request = process_request
    seam.URLLib3Session.send = send


def _not_aws(host: str) -> str:
    return (
        f"The call to {host} was stopped: it is no endpoint of AWS, and this notebook's account "
        "answers for AWS alone. Leave endpoint_url out; nothing here leaves this machine."
    )


class Ambient(Credentials):
    """The credentials of whoever brought none: the lab's current caller, looked up each time."""

    def __init__(self) -> None:
        super().__init__("lab", "lab", method="lab")

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        if running.credentials is None:
            raise NoLab()
        return running.credentials()


def _close_credentials() -> None:
    ambient = Ambient()

    def load_credentials(resolver: Any) -> Credentials:
        """Every lookup of credentials ends here, before a file or an address is touched."""
        return ambient

    own = seam.RequestSigner.get_auth_instance

    def get_auth_instance(signer: Any, *args: Any, **kwargs: Any) -> Any:
        """Credentials that were looked up before the guard stood are not used either."""
        if kwargs.get("request_credentials") is None and not _explicit(signer._credentials):
            kwargs["request_credentials"] = ambient
        return own(signer, *args, **kwargs)

    def in_lab_time(function: Callable[..., Any]) -> Callable[..., Any]:
        """Signatures carry a date, and it is the account's."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            with running.time() if running.time else contextlib.nullcontext():
                return function(*args, **kwargs)

        return timed

    seam.CredentialResolver.load_credentials = load_credentials
    seam.RequestSigner.get_auth_instance = get_auth_instance
    seam.RequestSigner.sign = in_lab_time(seam.RequestSigner.sign)
    post = seam.S3PostPresigner
    post.generate_presigned_post = in_lab_time(post.generate_presigned_post)
    # The endpoint in the environment is for children; in here the gate needs AWS's own names.
    seam.ConfiguredEndpointProvider.provide = lambda provider: None


def _explicit(credentials: Any) -> bool:
    """Whether somebody wrote these credentials into the code that made the client."""
    return getattr(credentials, "method", None) == "explicit"


# Sockets ------------------------------------------------------------------------------------

_WITH_ADDRESS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_REVERSE = "socket.getnameinfo"
_WITH_HOST = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})
_INTERNET = (socket.AF_INET, socket.AF_INET6)
_WATCHED = _WITH_ADDRESS | _WITH_HOST | {_REVERSE}


def _audit(event: str, args: tuple[Any, ...]) -> None:
    if event not in _WATCHED:
        return
    if event in _WITH_HOST:
        host = args[0]
    elif event == _REVERSE:
        host = args[0][0]
    else:
        # Other families do not leave the machine. No address: it was connected, and checked then.
        own, address = args[0], args[1]
        if own.family not in _INTERNET or not isinstance(address, tuple) or not address:
            return
        host = address[0]
    if not is_local(host):
        raise NothingLeaves(
            reason=(
                f"The connection to {_text(host)} was stopped: a kernel with this notebook's "
                "account inside talks to nobody but this machine. Restart the kernel for the "
                "network."
            )
        )


def _text(host: Any) -> str:
    return host.decode("utf-8", "replace") if isinstance(host, bytes) else str(host)


def is_local(host: Any) -> bool:
    """Whether a host is this machine: a loopback address, localhost, or no host at all.

    >>> is_local("127.0.0.1"), is_local("::1"), is_local("iam.amazonaws.com")
    (True, True, False)
    """
    if host is None:
        return True
    name = _text(host).partition("%")[0].lower()
    if name in ("", "localhost", "ip6-localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback or address.is_unspecified


def _close_sockets() -> None:
    # A name given to these is looked up before the hook hears of it, so they are checked one
    # step earlier as well.
    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, _checked(getattr(socket.socket, name)))
    sys.addaudithook(_audit)


def _checked(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def checked(self: socket.socket, *args: Any) -> Any:
        if args:
            _audit("socket.connect", (self, args[-1]))  # the address is the last one in all
        return method(self, *args)

    return checked
