"""A Docker engine that misbehaves on purpose: HTTP on a unix socket, scripted per path."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

Behaviour = Callable[["Visit"], None]
IMAGE = {"Id": "sha256:1", "Config": {"Labels": {}, "Volumes": None}}


@dataclass
class Visit:
    """One request: what was asked, and the connection to answer on."""

    method: str
    path: str
    body: bytes
    connection: socket.socket
    over: threading.Event

    def send(self, status: int, document: object, headers: str = "") -> None:
        body = json.dumps(document).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nConnection: close\r\n{headers}"
        self.connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)


def says(status: int, document: object) -> Behaviour:
    """Answer with a status and a JSON document."""
    return lambda visit: visit.send(status, document)


def fails(visit: Visit) -> None:
    """Answer 500, as an engine with a broken disk does."""
    visit.send(500, {"message": "something broke inside"})


def stalls(visit: Visit) -> None:
    """Take the request and never answer."""
    visit.over.wait(30)


def cuts(visit: Visit) -> None:
    """Begin an answer and close in the middle of it."""
    visit.connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{"
    )


def hangs_up(visit: Visit) -> None:
    """Close without a word."""


def babbles(visit: Visit) -> None:
    """Answer with something that is no JSON."""
    visit.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>")


HEALTHY: dict[str, Behaviour] = {
    r"GET /version": says(200, {"ApiVersion": "1.41", "Version": "20.10.24"}),
    r"GET .*/info": says(200, {"NCPU": 2}),
    r"GET .*/images/.*/json": says(200, IMAGE),
    r"POST .*/networks/create": says(201, {"Id": "n1"}),
    r"POST .*/containers/create.*": says(201, {"Id": "c1"}),
    r"POST .*/start": says(204, None),
    r"POST .*/connect": says(200, None),
    r"GET .*/containers/c1/json": says(
        200, {"State": {"Running": False, "ExitCode": 1}, "NetworkSettings": {"Ports": {}}}
    ),
    r"GET .*/(containers|networks).*": says(200, []),
}


@dataclass
class FakeEngine:
    """The engine's address and what it was asked, as `METHOD path`."""

    url: str
    asked: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)


@contextlib.contextmanager
def engine(**behaviours: Behaviour) -> Iterator[FakeEngine]:
    """Serve a healthy engine but for `behaviours`: a word of the request to how it is met."""
    rules = [*((f".*{word}.*", how) for word, how in behaviours.items()), *HEALTHY.items()]
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        path = Path(folder, "docker.sock")
        listener.bind(str(path))
        listener.listen(16)
        fake, over = FakeEngine(f"unix://{path}"), threading.Event()
        server = threading.Thread(target=_serve, args=(listener, fake, rules, over), daemon=True)
        server.start()
        try:
            yield fake
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)
            server.join(5)


def _serve(
    listener: socket.socket, fake: FakeEngine, rules: list[tuple[str, Behaviour]], over: threading.Event
) -> None:
    while not over.is_set():
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_answer, args=(connection, fake, rules, over), daemon=True).start()


def _answer(
    connection: socket.socket, fake: FakeEngine, rules: list[tuple[str, Behaviour]], over: threading.Event
) -> None:
    with connection, contextlib.suppress(OSError), connection.makefile("rb") as stream:
        first = stream.readline().decode()
        if not first:  # somebody only knocked
            return
        method, path, _ = first.split(" ")
        headers = {}
        while line := stream.readline().strip():
            name, _, value = line.partition(b":")
            headers[name.lower()] = value.strip()
        body = stream.read(int(headers.get(b"content-length", 0)))
        fake.asked.append(f"{method} {path}")
        fake.bodies.append(body)
        behave = next((how for rule, how in rules if re.fullmatch(rule, f"{method} {path}")), says(404, {}))
        behave(Visit(method, path, body, connection, over))
