"""A way for one client to the service on which the grader can count, hold back and cut what goes over it.

A socket.io library cannot be told how many bytes to take, to stop reading, or to vanish without a word:
so it connects to a port of the grader's own, and this relay carries the bytes.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 16 << 20
"""Bytes the service may send to one client: far more than any check makes it say."""

_CHUNK = 64 << 10
_PATIENCE = 10.0
_ABRUPT = struct.pack("ii", 1, 0)


class Relay:
    """Carries bytes between one port of this machine and the service, until it is closed.

    `flooded` tells that the service sent more than `LIMIT` bytes, after which everything is cut.
    """

    def __init__(self, base: str) -> None:
        address = urlsplit(base)
        self._target = (address.hostname or "", address.port or 80)
        self._peers: dict[socket.socket, socket.socket] = {}
        self._from_service: set[socket.socket] = set()
        self._received = 0
        self._orders: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._wake, self._woken = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._held = self._closed = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread.start()

    @property
    def flooded(self) -> bool:
        """Whether the service sent more than a client may take."""
        return self._received > LIMIT

    def hold(self) -> None:
        """Take no more bytes from the service, while its connections stay open."""
        self._order("hold")

    def close(self) -> None:
        """Reset every connection, as when a cable is pulled, and take no more. May be called twice."""
        self._order("close")
        self._thread.join(_PATIENCE)

    def _order(self, what: str) -> None:
        self._orders.append(what)
        with contextlib.suppress(OSError):
            self._wake.send(b".")

    def _run(self) -> None:
        while not self._closed:
            ready = [key.fileobj for key, _ in self._selector.select()]
            # An order may close what else is ready.
            if self._woken in ready:
                self._obey()
                continue
            for sock in ready:
                if sock is self._listener:
                    self._accept()
                elif isinstance(sock, socket.socket) and sock in self._peers:
                    self._carry(sock)
        for sock in (self._listener, self._wake, self._woken):
            sock.close()
        self._selector.close()

    def _obey(self) -> None:
        self._woken.recv(_CHUNK)
        while self._orders:
            order = self._orders.pop(0)
            if order == "hold":
                self._held = True
                for sock in self._from_service:
                    self._forget(sock)
            else:
                self._cut()
                self._closed = True

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        try:
            service = socket.create_connection(self._target, timeout=_PATIENCE)
        except OSError:
            _reset(client)
            return
        for one, other in ((client, service), (service, client)):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            one.settimeout(_PATIENCE)
            self._peers[one] = other
        self._from_service.add(service)
        for sock in self._read(client, service):
            self._selector.register(sock, selectors.EVENT_READ)

    def _read(self, client: socket.socket, service: socket.socket) -> Iterator[socket.socket]:
        yield client
        if not self._held:
            yield service

    def _carry(self, sock: socket.socket) -> None:
        try:
            data = sock.recv(_CHUNK)
            if sock in self._from_service:
                self._received += len(data)
            if not data or self.flooded:
                self._end(sock)
            else:
                self._peers[sock].sendall(data)
        except OSError:
            self._end(sock)

    def _end(self, sock: socket.socket) -> None:
        """Close both sides of a connection of which one has ended."""
        for each in (sock, self._peers[sock]):
            self._forget(each)
            self._peers.pop(each, None)
            self._from_service.discard(each)
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _cut(self) -> None:
        for sock in self._peers:
            self._forget(sock)
            _reset(sock)
        self._peers.clear()
        self._from_service.clear()

    def _forget(self, sock: socket.socket) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(sock)


def _reset(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABRUPT)
    sock.close()
