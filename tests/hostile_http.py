"""Servers on loopback that break HTTP in one chosen way; each stops by itself within `LIFE` seconds."""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Behaviour = Callable[["Visit"], None]

LIFE = 20.0


@dataclass
class Visit:
    """One connection; `send` and `read` end it when the client is gone or time is over."""

    socket: socket.socket
    ends: float = field(default_factory=lambda: time.monotonic() + LIFE)

    @property
    def going(self) -> bool:
        """Whether this visit may last on."""
        return time.monotonic() < self.ends

    def read_head(self) -> bytes:
        """Return the request up to the end of its headers, and whatever came with it."""
        data = b""
        while b"\r\n\r\n" not in data and (more := self.socket.recv(1 << 16)):
            data += more
        return data

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self.socket.sendall(data)

    def reset(self) -> None:
        """End the connection by RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def linger(self) -> None:
        """Wait until the client closes."""
        while self.going and self.socket.recv(1 << 16):
            pass


@dataclass
class Server:
    """A listener; `requests` holds what each visitor sent, as far as the behaviour read it."""

    url: str
    requests: list[bytes] = field(default_factory=list)
    visits: int = 0


@contextmanager
def serving(behave: Behaviour) -> Iterator[Server]:
    """Serve every connection by `behave`, in a thread of its own."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        server = Server(f"http://127.0.0.1:{listener.getsockname()[1]}")
        threading.Thread(target=_accept, args=(listener, behave, server), daemon=True).start()
        try:
            yield server
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, behave: Behaviour, server: Server) -> None:
    with suppress(OSError):
        while True:
            sock, _ = listener.accept()
            server.visits += 1
            threading.Thread(target=_visit, args=(sock, behave, server), daemon=True).start()


def _visit(sock: socket.socket, behave: Behaviour, server: Server) -> None:
    with sock, suppress(OSError):
        sock.settimeout(LIFE)
        visit = Visit(sock)
        read_head = visit.read_head

        def remembered() -> bytes:
            head = read_head()
            server.requests.append(head)
            return head

        visit.read_head = remembered  # type: ignore[method-assign]
        behave(visit)


def says(data: bytes) -> Behaviour:
    """Read the request, send these bytes, close."""

    def behave(visit: Visit) -> None:
        visit.read_head()
        visit.send(data)
        visit.socket.shutdown(socket.SHUT_WR)
        visit.linger()

    return behave


def answers(body: bytes, *headers: str, status: str = "200 OK") -> Behaviour:
    """Send a well-formed answer with these extra headers."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return says("\r\n".join(lines).encode("latin-1") + body)


def floods(start: bytes, more: bytes) -> Behaviour:
    """Send `start`, then `more` again and again, as fast as it is read."""

    def behave(visit: Visit) -> None:
        visit.read_head()
        visit.send(start)
        while visit.going:
            visit.send(more)

    return behave


def drips(start: bytes, more: bytes, pause: float = 0.05) -> Behaviour:
    """Send `start`, then `more` with pauses, so that no single read is ever late."""

    def behave(visit: Visit) -> None:
        visit.read_head()
        visit.send(start)
        while visit.going:
            visit.send(more)
            time.sleep(pause)

    return behave


def silent(visit: Visit) -> None:
    """Take the request and say nothing."""
    visit.linger()


def resets(visit: Visit) -> None:
    """Take the request and cut the connection."""
    visit.read_head()
    visit.reset()


def answers_early(data: bytes) -> Behaviour:
    """Answer as soon as the headers came, then neither read on nor close."""

    def behave(visit: Visit) -> None:
        visit.read_head()
        visit.send(data)
        while visit.going:
            time.sleep(0.05)

    return behave


@contextmanager
def full_backlog() -> Iterator[str]:
    """Give the URL of a listener that takes no further connection."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        held = []
        for _ in range(4):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(address)
            held.append(sock)
        try:
            yield f"http://127.0.0.1:{address[1]}"
        finally:
            for sock in held:
                sock.close()
