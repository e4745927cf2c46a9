"""Asks an app's health path once, bounded in time and bytes whatever answers."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

_MAX = 16 * 1024
_STATUS_PARTS = 2


def ask(port: int, path: str, seconds: float) -> int | None:
    """Return the status that 127.0.0.1:port answers to GET `path`, None if no HTTP answer came in time."""
    try:
        return _status(first_bytes("127.0.0.1", port, path, seconds))
    except OSError:
        return None


def first_bytes(host: str, port: int, path: str, seconds: float, tls: ssl.SSLContext | None = None) -> bytes:
    """Return what a service answers to GET `path` first, at most 16 KiB, none if nothing came in time.

    Raises OSError where it does not take the connection.
    """
    deadline = time.monotonic() + seconds
    name = f"[{host}]" if ":" in host else host
    request = f"GET {path} HTTP/1.1\r\nHost: {name}:{port}\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    with ExitStack() as stack:
        connection = stack.enter_context(socket.create_connection((host, port), timeout=seconds))
        if tls is not None:
            connection = stack.enter_context(tls.wrap_socket(connection, server_hostname=host))
        connection.sendall(request.encode())
        return _read(connection, deadline)


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
