"""One connection on which everything that happens shares one deadline."""

from __future__ import annotations

import functools
import select
import socket
import ssl
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpcore

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = 128 << 10
"""Bytes of an answer's beginning that are kept: more than the parser takes as status line and headers."""

_PATIENCE_MS = 500


class FloodError(Exception):
    """More bytes came than an answer may have."""


class Deadline:
    """An instant, `seconds` from now, after which nothing is waited for."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left. Raises `TimeoutError` when none are."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class Wire(httpcore.NetworkStream):
    """A connected socket; `received` counts the bytes that came, `head` holds the first of them.

    Reading raises `FloodError` beyond `limit` bytes. Writing stops when the other side answers instead of
    reading on, as an early 413 does.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline, limit: int) -> None:
        self.received = 0
        self.head = bytearray()
        self._socket = sock
        self._deadline = deadline
        self._limit = limit

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - ours is stricter
        """Return what came next, empty at the end."""
        with _mapped(httpcore.ReadTimeout, httpcore.ReadError):
            self._socket.settimeout(self._deadline.left())
            data = self._socket.recv(max_bytes)
        self.received += len(data)
        if self.received > self._limit:
            raise FloodError
        self.head += data[: HEAD - len(self.head)]
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - ours is stricter
        """Send all of it."""
        view = memoryview(buffer)
        with _mapped(httpcore.WriteTimeout, httpcore.WriteError):
            while view:
                view = view[self._send(view) :]

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def get_extra_info(self, info: str) -> Any:
        """Return nothing: there is no pool that would ask."""

    def _send(self, view: memoryview) -> int:
        if isinstance(self._socket, ssl.SSLSocket):
            self._socket.settimeout(self._deadline.left())
            return self._socket.send(view)
        self._socket.settimeout(0)
        while True:
            self._deadline.left()
            try:
                return self._socket.send(view)
            except BlockingIOError:
                self._wait_for_room()

    def _wait_for_room(self) -> None:
        patience = min(self._deadline.left() * 1000, _PATIENCE_MS)
        if not self._ready(select.POLLOUT, patience) and self._ready(select.POLLIN, 0):
            raise httpcore.WriteError("the other side answers and does not read on")

    def _ready(self, event: int, milliseconds: float) -> bool:
        poll = select.poll()
        poll.register(self._socket, event)
        return bool(poll.poll(milliseconds))


def connect(host: str, port: int, *, tls: bool, deadline: Deadline, limit: int) -> Wire:
    """Connect to the first address of the host that takes the connection, within the deadline."""
    with _mapped(httpcore.ConnectTimeout, httpcore.ConnectError):
        sock = _connected(host, port, deadline)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if tls:
                sock.settimeout(deadline.left())
                sock = _trust().wrap_socket(sock, server_hostname=host)
        except BaseException:
            sock.close()
            raise
    return Wire(sock, deadline, limit)


def _connected(host: str, port: int, deadline: Deadline) -> socket.socket:
    refusal: OSError = ConnectionRefusedError(f"{host} has no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(deadline.left())
            sock.connect(address)
        except OSError as error:
            sock.close()
            refusal = error
        else:
            return sock
    raise refusal


@functools.cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


@contextmanager
def _mapped(late: type[Exception], broken: type[Exception]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except (OSError, UnicodeError) as error:
        raise broken(str(error)) from error
