"""Asks an app's health path once, bounded in time and bytes whatever answers."""

from __future__ import annotations

import socket
import time
from contextlib import closing

_MAX = 16 * 1024
_STATUS_PARTS = 2


def ask(port: int, path: str, seconds: float) -> int | None:
    """Return the status that 127.0.0.1:port answers to GET `path`, None if no HTTP answer came in time."""
    deadline = time.monotonic() + seconds
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    try:
        with closing(socket.create_connection(("127.0.0.1", port), timeout=seconds)) as connection:
            connection.sendall(request.encode())
            return _status(_read(connection, deadline))
    except OSError:
        return None


def _read(connection: socket.socket, deadline: float) -> bytes:
    """Read until the head is complete, the server closes, the bytes are enough or the time is over."""
    received = b""
    while len(received) < _MAX and b"\r\n\r\n" not in received:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        connection.settimeout(left)
        try:
            chunk = connection.recv(_MAX)
        except TimeoutError:
            break
        if not chunk:
            break
        received += chunk
    return received


def _status(response: bytes) -> int | None:
    parts = response.partition(b"\r\n")[0].split(b" ")
    if not response.startswith(b"HTTP/1.") or len(parts) < _STATUS_PARTS or not parts[1].isdigit():
        return None
    return int(parts[1][:3])
