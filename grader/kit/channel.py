"""JSON lines over a socket between the suite's child and its parent."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket

MAX_LINE = 1 << 20


class Channel:
    """One end of the socket pair. Sending and asking are safe from several threads."""

    def __init__(self, sock: socket.socket) -> None:
        self._reader = sock.makefile("rb")
        self._socket = sock
        self._asking = threading.Lock()
        self._sending = threading.Lock()
        self._asked = 0

    def send(self, message: dict[str, Any]) -> None:
        """Send one message."""
        with self._sending:
            self._socket.sendall(json.dumps(message).encode() + b"\n")

    def receive(self) -> dict[str, Any]:
        """Return the next message. Raises `ConnectionError` when the other end is gone."""
        line = self._reader.readline(MAX_LINE)
        if not line.endswith(b"\n"):
            raise ConnectionError("the grader closed the channel")
        message: dict[str, Any] = json.loads(line)
        return message

    def ask(self, power: str, args: dict[str, Any]) -> dict[str, Any]:
        """Request a power from the parent and return its whole reply."""
        with self._asking:
            self._asked += 1
            self.send({"event": "power", "id": self._asked, "power": power, "args": args})
            reply = self.receive()
        if reply.get("id") != self._asked:
            raise ConnectionError(f"reply {reply.get('id')} to request {self._asked}")
        return reply
