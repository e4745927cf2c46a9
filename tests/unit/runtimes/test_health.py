"""The health path is asked within bounds, whatever answers."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import closing

import pytest

from grader.runtimes.health import ask


def served(answer: bytes, *, drip: bool = False) -> int:
    """Answer one connection with these bytes, one at a time when dripping, and return the port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with closing(listener), closing(connection):
            connection.recv(65536)
            try:
                for part in [answer[i : i + 1] for i in range(len(answer))] if drip else [answer]:
                    connection.sendall(part)
                    time.sleep(0.1 if drip else 0)
                connection.recv(1)
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    return int(listener.getsockname()[1])


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200),
        (b"HTTP/1.0 503 No\r\n\r\nbody", 503),
        (b"HTTP/1.1 204\r\n\r\n", 204),
        (b"SSH-2.0-x\r\n\r\n", None),
        (b"HTTP/1.1 abc\r\n\r\n", None),
        (b"HTTP/1.1 \xb2\xb2\r\n\r\n", None),
        (b"\r\n\r\n", None),
    ],
)
def test_status_is_read(answer, status):
    assert ask(served(answer), "/healthz", 5) == status


def test_endless_head_is_cut():
    assert ask(served(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 50_000_000), "/", 5) == 200


def test_dripping_answer_does_not_outlast_the_deadline():
    began = time.monotonic()
    ask(served(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1000, drip=True), "/", 0.5)
    assert time.monotonic() - began < 2


def test_closed_port_is_no_answer():
    with closing(socket.create_server(("127.0.0.1", 0))) as unused:
        port = unused.getsockname()[1]
    assert ask(port, "/", 1) is None
