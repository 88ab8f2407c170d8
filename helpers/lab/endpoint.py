"""HTTP for the served address: reads requests, hands them on, writes the answers.

Only this machine can connect. A page in the learner's browser could, too, and is turned away:
whatever carries an ``Origin``, whatever another site made the browser send (unless somebody
followed a link), and whatever calls this machine by a foreign name. No answer has a header that
would let a page read it. All that a client may send has a limit, in bytes and in time.

HTTP: https://www.rfc-editor.org/rfc/rfc9112.html,
https://www.w3.org/TR/fetch-metadata/
"""

from __future__ import annotations

import contextlib
import http.client
import io
import os
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from helpers.lab.addresses import is_here
from helpers.lab.clock import machine_now
from helpers.lab.errors import AwsError
from helpers.lab.wire import HttpAnswer

LOOPBACK = "127.0.0.1"

LONGEST_HEAD = 64 * 1024
LARGEST_BODY = 128 * 1024 * 1024
"""Bytes of a body at the most: all of it is in memory. S3's clients send large files in parts."""
MOST_CONNECTIONS = 64

SECONDS_TO_ASK = 30.0
"""How long a connection may wait for its next request, head and all."""
SECONDS_TO_SEND = 120.0
"""How long a body, or an answer, may take."""
SECONDS_TO_PART = 2.0
"""How long what a client still sends after a refusal is read, so that it sees the refusal."""

_OWN_HEADERS = frozenset({"connection", "date", "keep-alive", "server", "transfer-encoding"})
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as it came over the wire."""

    method: str
    host: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class Unreadable(Exception):
    """What came is not HTTP, or more than a client may send: status and sentence."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class _Reader(io.RawIOBase):
    """Reads from a socket until a moment that is set for the whole of what is read."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._until = 0.0

    def within(self, seconds: float) -> None:
        """Give what is read next this much time."""
        self._until = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)


class Handler(BaseHTTPRequestHandler):
    """One connection: its requests, one after the other."""

    protocol_version = "HTTP/1.1"
    server: Endpoint
    command = ""

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        self._reader = _Reader(self.connection)
        self.rfile = io.BufferedReader(self._reader, 64 * 1024)

    def handle(self) -> None:
        with contextlib.suppress(OSError):  # gone, too slow, or stopped
            super().handle()

    def handle_one_request(self) -> None:
        self.close_connection = True
        try:
            incoming = self._read()
        except Unreadable as error:
            return self._part_with(*_plain(error.status, str(error)))
        if incoming is not None:
            self._write(*self.server.answer(incoming))

    # Reading --------------------------------------------------------------------------------

    def _read(self) -> Incoming | None:
        """The next request; ``None`` where there is none, or it was refused already."""
        self._reader.within(SECONDS_TO_ASK)
        head = self._head()
        if head is None or not self._parsed(head):
            return None
        headers = _joined(self.headers)
        if self.command not in _METHODS:
            raise Unreadable(405, f"There is nothing here for the method {self.command[:20]!r}.")
        host, target = self._address(headers)
        incoming = Incoming(self.command, host, target, headers, b"")
        if text := _foreign(self.command, host, headers):
            raise Unreadable(403, text)
        length = self._length(headers)
        if length is not None and length > LARGEST_BODY:
            return self._too_large(incoming)
        self._reader.within(SECONDS_TO_SEND)
        if headers.get("expect", "").lower() == "100-continue" and self._is_current:
            self.connection.settimeout(SECONDS_TO_SEND)
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self._chunks() if length is None else self._exactly(length)
        if body is None:
            return self._too_large(incoming)
        return Incoming(self.command, host, target, headers, body)

    def _head(self) -> bytes | None:
        """All up to the empty line; ``None`` where the client has nothing more to ask."""
        lines: list[bytes] = []
        room = LONGEST_HEAD
        while True:
            line = self.rfile.readline(room + 1)
            room -= len(line)
            if room < 0:
                raise Unreadable(431, "The head of this request is too long.")
            if not line:
                return None
            if line in (b"\r\n", b"\n"):
                if lines:
                    return b"".join([*lines, line])
                continue  # empty lines before a request are to be passed over
            lines.append(line)

    def _parsed(self, head: bytes) -> bool:
        first, _, rest = head.partition(b"\n")
        self.raw_requestline, body = first + b"\n", self.rfile
        self.rfile = io.BytesIO(rest)
        try:
            return self.parse_request()
        finally:
            self.rfile = body

    @property
    def _is_current(self) -> bool:
        return self.request_version >= "HTTP/1.1"

    def handle_expect_100(self) -> bool:
        """Not yet: only when the head is one that will be answered."""
        return True

    def _address(self, headers: Mapping[str, str]) -> tuple[str, str]:
        """The host that the client asks, and the target."""
        if self.request_version == "HTTP/0.9":
            raise Unreadable(400, "This version of HTTP is too old.")
        # As it came: the base class shortens "//" at the beginning of its path.
        host, target = headers.get("host", ""), self.requestline.split()[1]
        if target.lower().startswith("http://"):  # as proxies are asked
            host, slash, rest = target[len("http://") :].partition("/")
            target = slash + rest or "/"
        if not target.startswith("/"):
            raise Unreadable(400, "The target of this request is no path.")
        if len(self.headers.get_all("host") or ()) > 1:
            raise Unreadable(400, "This request names two hosts.")
        return host, target

    def _length(self, headers: Mapping[str, str]) -> int | None:
        """The length of the body in bytes; ``None`` where it comes in chunks."""
        coding, text = headers.get("transfer-encoding"), headers.get("content-length")
        if coding is not None:
            if text is not None or coding.lower() != "chunked":
                raise Unreadable(400, "The length of this request's body cannot be told.")
            return None
        if text is None:
            return 0
        if not (text.isascii() and text.isdecimal() and len(text) < 20):
            raise Unreadable(400, "The length of this request's body is no number.")
        return int(text)

    def _exactly(self, length: int) -> bytes:
        body = self.rfile.read(length) if length else b""
        if len(body) < length:
            raise Unreadable(400, "The body of this request is shorter than its head says.")
        return body

    def _chunks(self) -> bytes | None:
        """A body that comes in chunks; ``None``: it is too large."""
        found: list[bytes] = []
        size = 0
        while True:
            text = self._line().partition(b";")[0].strip()
            try:
                length = int(text, 16) if len(text) < 17 and text.isalnum() else -1
            except ValueError:
                length = -1
            if length < 0:
                raise Unreadable(400, "The chunks of this request's body cannot be read.")
            if length == 0:
                break
            size += length
            if size > LARGEST_BODY:
                return None
            found.append(self._exactly(length))
            if self._line().strip():
                raise Unreadable(400, "The chunks of this request's body cannot be read.")
        for _ in range(100):  # trailers say nothing that matters here
            if not self._line().strip():
                return b"".join(found)
        raise Unreadable(431, "This request has too many trailers.")

    def _line(self) -> bytes:
        line = self.rfile.readline(8192)
        if not line.endswith(b"\n"):
            raise Unreadable(400, "The chunks of this request's body cannot be read.")
        return line

    # Writing --------------------------------------------------------------------------------

    def _too_large(self, incoming: Incoming) -> None:
        megabytes = LARGEST_BODY // 1024**2
        text = (
            f"The account of this notebook takes {megabytes} MB in one request at the most: it is "
            "in memory. Send larger objects in parts."
        )
        error = AwsError("EntityTooLarge", text, 413)
        self._part_with(*self.server.refuse(incoming, error))

    def _part_with(self, status: int, headers: Mapping[str, str], body: bytes | str) -> None:
        """Answer for the last time; what the client is still sending is read for a moment, for
        a connection that is closed over unread bytes takes the answer away with it."""
        self._write(status, {**headers, "Connection": "close"}, body)
        self.connection.shutdown(socket.SHUT_WR)
        self._reader.within(SECONDS_TO_PART)
        while self.rfile.read1(64 * 1024):
            pass

    def _write(self, status: int, headers: Mapping[str, str], body: bytes | str) -> None:
        content = body.encode() if isinstance(body, str) else bytes(body)
        lines = [f"HTTP/1.1 {status} {http.client.responses.get(status, 'Unknown')}"]
        lines.append(f"Date: {format_datetime(machine_now(), usegmt=True)}")
        length: str | None = str(len(content))
        for name, value in headers.items():
            lower = name.lower()
            if lower == "content-length":
                # What HEAD tells is the length that GET would give.
                length = str(value) if self.command == "HEAD" else length
            elif lower == "connection":
                self.close_connection = True
            elif lower not in _OWN_HEADERS and not lower.startswith("access-control-"):
                lines.append(f"{_one_line(name)}: {_one_line(value)}")
        if status in (204, 304) or status < 200:
            content, length = b"", None
        if length is not None:
            lines.append(f"Content-Length: {_one_line(length)}")
        lines.append("Connection: close" if self.close_connection else "Connection: keep-alive")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
        self.connection.settimeout(SECONDS_TO_SEND)
        self.connection.sendall(head if self.command == "HEAD" else head + content)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the standard library finds wrong with a head."""
        self._part_with(*_plain(int(code), message or "This request cannot be read."))

    def log_message(self, format: str, *args: Any) -> None:
        """The account's record is CloudTrail; nothing is written between the learner's cells."""


def _plain(status: int, text: str) -> HttpAnswer:
    return status, {"Content-Type": "text/plain; charset=utf-8"}, f"{text}\n"


def _one_line(text: Any) -> str:
    """A header's text, which may come from a URL, without what would end the header."""
    return str(text).replace("\r", " ").replace("\n", " ")


def _joined(headers: http.client.HTTPMessage) -> dict[str, str]:
    """Headers by their names in lower case; one that came twice is joined as signatures do."""
    found: dict[str, str] = {}
    for name, value in headers.items():
        lower = name.lower()
        text = " ".join(value.splitlines())
        found[lower] = f"{found[lower]},{text}" if lower in found else text
    return found


def _foreign(method: str, host: str, headers: Mapping[str, str]) -> str | None:
    """Why a request is none of a program on this machine; ``None``: it is one."""
    if not is_here(host):
        return (
            f"This is the AWS account of a notebook. It answers at {LOOPBACK} and localhost, not "
            "at the host name of this request."
        )
    if "origin" in headers:
        return "Pages in a browser may not call the AWS account of this notebook."
    site = headers.get("sec-fetch-site", "none").lower()
    followed = (
        method in ("GET", "HEAD")
        and headers.get("sec-fetch-mode", "").lower() == "navigate"
        and headers.get("sec-fetch-dest", "document").lower() == "document"
    )
    if site not in ("none", "same-origin") and not followed:
        return "Pages of other sites may not call the AWS account of this notebook."
    return None


class Endpoint(ThreadingHTTPServer):
    """A port of this machine, and a thread for each connection to it, until it is stopped.

    Raises ``OSError`` where the port is not to be had.
    """

    daemon_threads = True
    request_queue_size = MOST_CONNECTIONS
    # On Windows this option would take a busy port away from its owner.
    allow_reuse_address = os.name != "nt"
    timeout = 60.0

    def __init__(
        self,
        port: int,
        answer: Callable[[Incoming], HttpAnswer],
        refuse: Callable[[Incoming, AwsError], HttpAnswer],
    ) -> None:
        self.answer, self.refuse = answer, refuse
        self._lock = threading.Lock()
        self._live: dict[socket.socket, threading.Thread] = {}
        self._stopping = threading.Event()
        super().__init__((LOOPBACK, port), Handler)
        self._loop = threading.Thread(target=self._accept, name="lab.serve", daemon=True)
        self._loop.start()

    def server_bind(self) -> None:
        """Without asking the network for a name of this machine, as the base class does."""
        if os.name == "nt":
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = LOOPBACK, self.server_address[1]

    def _accept(self) -> None:
        while not self._stopping.is_set():
            self.handle_request()

    def verify_request(self, request: Any, client_address: Any) -> bool:
        return not self._stopping.is_set()

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = threading.Thread(
            target=self.process_request_thread,
            args=(request, client_address),
            name="lab.serve connection",
            daemon=True,
        )
        with self._lock:
            free = len(self._live) < MOST_CONNECTIONS and not self._stopping.is_set()
            if free:
                self._live[request] = thread
        if not free:
            # SDKs try again by themselves.
            with contextlib.suppress(OSError):
                request.settimeout(0.1)
                request.sendall(
                    b"HTTP/1.1 503 Slow Down\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
                )
            self.shutdown_request(request)
            return
        thread.start()

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._lock:
            self._live.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that ends badly is nothing to write between the learner's cells."""

    def stop(self) -> None:
        """Close the port and every connection, and wait for the threads."""
        self._stopping.set()
        # The loop sleeps until somebody connects.
        with contextlib.suppress(OSError):
            socket.create_connection(self.server_address, timeout=1).close()
        self._loop.join(5)
        self.server_close()
        with self._lock:
            live = dict(self._live)
        for connection in live:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in live.values():
            if thread is not threading.current_thread():
                thread.join(5)

    def let_go(self) -> None:
        """In a forked child, which has none of the threads: close its copies of the sockets."""
        self.socket.close()
        for connection in self._live:
            connection.close()
