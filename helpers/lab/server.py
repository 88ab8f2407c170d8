"""The lab at an address of this machine, for the AWS CLI and every other SDK.

What arrives there passes the same gate as boto3's calls in the notebook, so it is one account: a
bucket made in a terminal is there in the next cell.

AWS pages: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html,
https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html
"""

from __future__ import annotations

import errno
import os
import shlex
import weakref
from collections.abc import Callable
from types import TracebackType
from typing import Any

from helpers.lab import addresses, seam, surroundings, wire
from helpers.lab.caller import Caller, check_caller
from helpers.lab.clock import machine_now
from helpers.lab.endpoint import LOOPBACK, Endpoint, Incoming
from helpers.lab.errors import AwsError

UNSET = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
"""What a terminal may have set that would lead its calls past the address."""


class Server:
    """The running lab's address; ``lab.serve()`` gives it.

    It is there until ``stop()``, the end of a ``with`` block, or the end of the lab.
    """

    def __init__(
        self,
        port: int,
        gate: Callable[[Any], wire.HttpAnswer],
        current: Callable[[], Caller],
        on_stop: Callable[[], None],
    ) -> None:
        """Use ``lab.serve``."""
        self._gate, self._current, self._on_stop = gate, current, on_stop
        try:
            self._endpoint = Endpoint(port, self._answer, _refusal)
        except OSError as error:
            raise _no_port(port, error) from None
        self.port: int = self._endpoint.server_port
        """The port; only this machine can reach it."""
        self._is_running = True
        _servers.add(self)

    @property
    def url(self) -> str:
        """The address, for ``--endpoint-url`` and ``AWS_ENDPOINT_URL``."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def is_running(self) -> bool:
        """Whether it answers."""
        return self._is_running

    def environment(self, caller: Caller | None = None) -> dict[str, str]:
        """What a program needs in its environment to act as ``caller``; ``None``: as whoever
        plain boto3 acts as now (``lab.use``). Raises ``ValueError`` for what is no caller.

        So that ``subprocess.run(command, env={**os.environ, **server.environment()})`` does.
        """
        caller = self._current() if caller is None else check_caller(caller)
        return surroundings.served(
            self.url, caller.access_key_id, caller.secret_access_key, caller.session_token
        )

    def lines(self, caller: Caller | None = None, shell: str | None = None) -> str:
        """Lines to paste into a terminal, so that what is typed there acts as ``caller``.

        ``shell`` is "sh" (bash, zsh) or "powershell"; ``None``: the usual one of this machine.
        Raises ``ValueError`` for another one.
        """
        shell = shell or ("powershell" if os.name == "nt" else "sh")
        if shell not in _SHELLS:
            raise ValueError(f"shell: one of {', '.join(map(repr, _SHELLS))}, not {shell!r}")
        unset, assign = _SHELLS[shell]
        values = {**self.environment(caller), **_PAST_PROXIES}
        gone = [*UNSET, *(name for name, value in values.items() if not value)]
        lines = [unset(name) for name in gone]
        lines += [assign(name, value) for name, value in values.items() if value]
        return "\n".join(lines)

    def stop(self) -> None:
        """Close the address. What is in the account stays. Stopping twice is fine."""
        if self._is_running:
            self._is_running = False
            self._endpoint.stop()
            self._on_stop()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        if not self._is_running:
            return "<the account is not served any more: lab.serve() opens a new address>"
        return (
            f"The account answers at {self.url}, to programs on this machine alone.\n"
            "  in this notebook:  !aws sts get-caller-identity\n"
            "  in a terminal:     paste what print(server.lines()) shows, then type "
            "aws sts get-caller-identity\n"
            "  another library:   give it server.environment()\n"
            "  to close it:       server.stop()"
        )

    # Requests ---------------------------------------------------------------------------------

    def _answer(self, incoming: Incoming) -> wire.HttpAnswer:
        try:
            request = _request(incoming)
            # The program signs by this machine's clock, which knows nothing of the account's.
            wire.keep_senders_time(request, machine_now())
            return self._gate(request)
        except Exception as error:
            # The gate answers errors itself; a fault of ours is not to end in a traceback there.
            code, status = "InternalFailure", 500
            if isinstance(error, seam.HTTPException):
                code, status = "InvalidRequest", error.code or 400
            return _refusal(incoming, AwsError(code, f"{type(error).__name__}: {error}", status))

    def at_aws(self, request: Any) -> Any:
        """A request of this process's own boto3: as it is, or at AWS's host name where it was
        made for the address. No socket is needed to ask oneself."""
        request = seam.normalize_request(request)
        url = request.raw_url
        return addresses.at_aws(request, url) if addresses.is_at(url, self.port) else request


def _request(incoming: Incoming) -> Any:
    return addresses.received(
        incoming.method, incoming.host, incoming.target, incoming.headers, incoming.body
    )


def _refusal(incoming: Incoming, error: AwsError) -> wire.HttpAnswer:
    """An error in the shape of the service that was asked, without asking the account."""
    try:
        return wire.bare_error_answer(_request(incoming), error)
    except Exception:  # not even that can be told
        return error.status, {"Content-Type": "text/plain"}, f"{error.code}: {error.message}\n"


def _no_port(port: int, error: OSError) -> OSError:
    if error.errno == errno.EACCES and os.name != "nt":
        text = f"port {port} is kept for the system: take one above 1023, or none"
    elif error.errno in (errno.EADDRINUSE, errno.EACCES):
        text = f"port {port} of this machine is taken by another program: take another one, or none"
    else:
        text = f"port {port} cannot be opened ({error.strerror or error})"
    return OSError(error.errno, f"serve: {text}, as in lab.serve()")


# A terminal of a company may have a proxy set, which does not know this machine's addresses.
_PAST_PROXIES = {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


_SHELLS: dict[str, tuple[Callable[[str], str], Callable[[str, str], str]]] = {
    "sh": (
        lambda name: f"unset {name}",
        lambda name, value: f"export {name}={shlex.quote(value)}",
    ),
    "powershell": (
        lambda name: f"Remove-Item Env:{name} -ErrorAction Ignore",
        lambda name, value: f"$Env:{name} = {_quoted(value)}",
    ),
}


_servers: weakref.WeakSet[Server] = weakref.WeakSet()


def _after_fork() -> None:
    """A forked child has no thread that would answer, and would keep the port from being free."""
    for server in _servers:
        if server._is_running:
            server._is_running = False
            server._endpoint.let_go()


if hasattr(os, "register_at_fork"):  # Windows has not got it
    os.register_at_fork(after_in_child=_after_fork)
