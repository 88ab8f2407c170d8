"""Keeps every call on this machine, for as long as this process lives.

The guard is put up when ``helpers.lab`` is first imported and never taken down, because a
learner's next line may as well be plain boto3. What it closes, and how:

- **Requests of boto3**, by any client, made before or after: botocore's HTTP session hands
  them to the lab's gate instead of the network, whatever the endpoint.
- **Credentials**: botocore's chain (environment, profiles, credential processes, SSO, instance
  metadata) is not walked any more, nor that of bearer tokens; clients without credentials of
  their own sign as the lab's current caller. Nothing is read that could be a real key.
- **Configuration**: the environment variables of AWS, moto and proxies are taken out of this
  process and of its children; the files in ``~/.aws`` are pointed away from.
- **Sockets**: an audit hook lets this process connect to and look up nothing but this machine,
  and asks no proxy there for others (``sockets.py``).
- **Other mocks** (``mock_aws``): they have nothing to do any more. The lab's state is its own,
  whoever starts, stops or resets a mock before it, in it or after it.
- **Copies of this process** (``os.fork``): no account is in them, and their calls say so.
- **Children** (``!aws s3 ls``): the environment that they inherit has made-up keys, no
  configuration, and an endpoint on this machine at which nobody answers, or, after
  ``lab.serve()``, the lab itself, with keys of the lab.

An audit hook cannot be removed from a Python process, which is meant: the kernel that once
had an account inside never talks to another one. Restart the kernel to get the network back.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import EndpointConnectionError

from helpers.lab import clock, collector, refusals, regions, seam, sockets, surroundings, wire
from helpers.lab.refusals import NoLab, NothingLeaves


class Running:
    """What this process has one of: the lab that runs, and what the guard asks of it."""

    def __init__(self) -> None:
        self.armed = False
        self.starting = threading.RLock()
        """Held while somebody starts or stops a lab."""
        self.end()

    def begin(
        self,
        lab: Any,
        gate: Callable[[Any], wire.HttpAnswer],
        credentials: Callable[[], ReadOnlyCredentials],
        time: Callable[[], AbstractContextManager[Any]],
    ) -> None:
        """From now on this lab answers."""
        self.lab, self.gate, self.credentials, self.time = lab, gate, credentials, time

    def end(self, reason: str = refusals.NO_LAB) -> None:
        """Nobody answers any more, for this reason."""
        self.lab: Any = None
        self.gate: Callable[[Any], wire.HttpAnswer] | None = None
        self.credentials: Callable[[], ReadOnlyCredentials] | None = None
        self.time: Callable[[], AbstractContextManager[Any]] | None = None
        self.address: Callable[[Any], Any] | None = None
        """While the lab is served: a request to its address, at AWS's host name."""
        self.reason = reason

    def refuse(self) -> NoLab:
        """The error of a call that nobody answers."""
        return NoLab(self.reason)


# Kept where a reload of this module, or a new import of the package, finds it again.
running: Running = vars(seam.URLLib3Session).get("of_the_lab") or Running()
seam.URLLib3Session.of_the_lab = running


def arm() -> None:
    """Close the ways out. Doing it again changes nothing."""
    if running.armed:
        return
    running.armed = True
    collector.look_less_often()
    surroundings.clean()
    seam.read_models_once()
    seam.do_without_crt()
    seam.leave_mocks_nothing_to_do()
    seam.leave_docker_alone()
    _close_requests()
    seam.leave_decisions_to_the_gate()
    seam.let_policies_name_root_users()
    _close_credentials()
    sockets.close()
    if hasattr(os, "register_at_fork"):  # Windows has not got it
        os.register_at_fork(after_in_child=_leave_the_lab_behind)


def _leave_the_lab_behind() -> None:
    """In a forked child: a copy of the account would answer, and nobody would see what it did."""
    clock.forget_other_threads()
    running.starting = threading.RLock()
    if running.lab is not None:
        running.end(refusals.FORKED)


# boto3 and requests -----------------------------------------------------------------------


def _close_requests() -> None:
    def process_request(stub: Any, request: Any) -> wire.HttpAnswer:
        # The turn comes first: whoever waited for it while another lab was started is in that.
        with clock.turn():
            if running.gate is None:
                raise running.refuse()
            if regions.no_region_in(wire.host_of(request.url)) is not None:
                # Nobody finds such a host on the internet either; boto3 says it so.
                raise EndpointConnectionError(endpoint_url=request.url)
            if running.address is not None:
                request = running.address(request)
            try:
                return running.gate(request)
            except wire.NotAws as error:
                raise NothingLeaves(
                    reason=_not_aws(str(error) or wire.host_of(request.url))
                ) from None

    def send(session: Any, request: Any) -> Any:
        """The last step of every botocore client: nothing is sent, the gate is asked."""
        seam.botocore_stubber.enabled = True  # whoever turned it off
        return seam.botocore_stubber("before-send", request)

    own = seam.HTTPAdapter.send

    def send_of_requests(adapter: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        """The same for ``requests``, which opens pre-signed URLs; other hosts are the sockets'."""
        if not wire.is_aws_host(wire.host_of(request.url)):
            return own(adapter, request, *args, **kwargs)
        return seam.answer_for_requests(adapter, request)

    seam.BotocoreStubber.process_request = process_request
    seam.URLLib3Session.send = send
    seam.make_one_tls_context()
    seam.HTTPAdapter.send = send_of_requests


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
            raise running.refuse()
        return running.credentials()


def _close_credentials() -> None:
    ambient = Ambient()

    def load_credentials(resolver: Any) -> Credentials:
        """Every lookup of credentials ends here, before a file or an address is touched."""
        return ambient

    own = seam.RequestSigner.get_auth_instance

    def get_auth_instance(signer: Any, *args: Any, **kwargs: Any) -> Any:
        """Credentials that were looked up before the guard stood are not used either, and no
        bearer tokens at all: this account gave none."""
        signer._auth_token = None
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
    seam.TokenProviderChain.load_token = lambda chain, **asked: None
    seam.RequestSigner.get_auth_instance = get_auth_instance
    seam.RequestSigner.sign = in_lab_time(seam.RequestSigner.sign)
    post = seam.S3PostPresigner
    post.generate_presigned_post = in_lab_time(post.generate_presigned_post)
    # The endpoint in the environment is for children; in here the gate needs AWS's own names.
    seam.ConfiguredEndpointProvider.provide = lambda provider: None


def _explicit(credentials: Any) -> bool:
    """Whether somebody wrote these credentials into the code that made the client."""
    return getattr(credentials, "method", None) == "explicit"
