"""No connection of this process goes anywhere but to this machine, nor through it to another.

The kernel, JupyterLab and a learner's own server talk over loopback and go on to. A proxy on
loopback (a corporate client's, a debugging tool's) would carry a request further, so
``http.client``, on which ``urllib``, ``requests`` and ``urllib3`` rest, asks none for a host that
is not this machine.
"""

from __future__ import annotations

import functools
import http.client
import ipaddress
import socket
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from helpers.lab.refusals import NothingLeaves

_WITH_ADDRESS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_REVERSE = "socket.getnameinfo"
_WITH_HOST = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})
_INTERNET = (socket.AF_INET, socket.AF_INET6)
_WATCHED = _WITH_ADDRESS | _WITH_HOST | {_REVERSE}


def close() -> None:
    """Close the ways out, for as long as this process lives. Call it once."""
    # A name given to these is looked up before the hook hears of it, so they are checked one
    # step earlier as well.
    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, _checked(getattr(socket.socket, name)))
    sys.addaudithook(_audit)
    connection = http.client.HTTPConnection
    connection.set_tunnel = _no_tunnel_beyond(connection.set_tunnel)
    connection.putrequest = _no_target_beyond(connection.putrequest)


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
    _refuse_others(host)


def _refuse_others(host: Any) -> None:
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


def _checked(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def checked(self: socket.socket, *args: Any) -> Any:
        if args:
            _audit("socket.connect", (self, args[-1]))  # the address is the last one in all
        return method(self, *args)

    return checked


def _no_tunnel_beyond(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def set_tunnel(self: Any, host: str, *args: Any, **kwargs: Any) -> Any:
        _refuse_others(_host_of(f"//{host}"))
        return method(self, host, *args, **kwargs)

    return set_tunnel


def _no_target_beyond(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def putrequest(self: Any, verb: str, url: str, *args: Any, **kwargs: Any) -> Any:
        # A target that names a host is for a proxy; to the server itself a path is enough.
        if not url.startswith("/"):
            _refuse_others(_host_of(f"//{url}" if verb.upper() == "CONNECT" else url))
        return method(self, verb, url, *args, **kwargs)

    return putrequest


def _host_of(url: str) -> str | None:
    """The host in a URL, ``None`` for one without; a URL that cannot be read is nobody's here."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return url
