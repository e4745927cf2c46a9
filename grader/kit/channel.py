"""JSON lines over a socket between the suite's child and its parent."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket

MAX_LINE = 16 << 20


class Channel:
    """One end of the socket pair. Sending and asking are safe from several threads."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._buffer = b""
        self._asking = threading.Lock()
        self._sending = threading.Lock()
        self._asked = 0

    def send(self, message: dict[str, Any]) -> None:
        """Send one message."""
        with self._sending:
            self._socket.sendall(json.dumps(message).encode() + b"\n")

    def receive(self) -> dict[str, Any]:
        """Return the next message. Raises `ConnectionError` when the other end is gone."""
        while b"\n" not in self._buffer:
            # Kept in one place, so that a timeout's signal in the middle of a message loses nothing.
            chunk = self._socket.recv(1 << 16)
            if not chunk or len(self._buffer) > MAX_LINE:
                raise ConnectionError("the grader closed the channel")
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message

    def ask(self, power: str, args: dict[str, Any]) -> dict[str, Any]:
        """Request a power from the parent and return its whole reply."""
        with self._asking:
            self._asked += 1
            self.send({"event": "power", "id": self._asked, "power": power, "args": args})
            while (reply := self.receive())["id"] != self._asked:
                pass  # the reply to a request that a check's timeout has cut short
        return reply
